package rules

import (
	"domaincheck"
)

func dns(c cs) *domaincheck.Resolution { return c.Observation.Resolution }

func hosts(h ...domaincheck.Host) func(cs) {
	return func(c cs) { dns(c).Hosts = h }
}

func rcode(name, code string, agreed int) domaincheck.Host {
	outcome := domaincheck.OutcomeOK
	switch code {
	case "SERVFAIL":
		outcome = domaincheck.OutcomeFailed
	case "REFUSED":
		outcome = domaincheck.OutcomeRefused
	case "":
		outcome = domaincheck.OutcomeTimeout
	}
	return domaincheck.Host{Host: name, Outcome: outcome, RCode: domaincheck.Text(code), Agreed: agreed}
}

func dnsFailed(o domaincheck.Outcome) func(cs) {
	return func(c cs) {
		c.Observation.Resolution = &domaincheck.Resolution{Look: domaincheck.Look{Outcome: o, At: instant(today)}, Vantage: domaincheck.VantageMainland}
	}
}

func vantage(v domaincheck.Vantage) func(cs) { return func(c cs) { dns(c).Vantage = v } }

func private(ip string) domaincheck.Address { return domaincheck.Address{IP: ip, Kind: "private"} }

func carrier(ip string) domaincheck.Address {
	return domaincheck.Address{IP: ip, Country: "CN", Mainland: domaincheck.Known(true), Kind: "carrier"}
}

func cdn(ip string) domaincheck.Address {
	return domaincheck.Address{IP: ip, Country: "CN", Mainland: domaincheck.Known(true), Provider: "tencent", CDN: true, By: "cname"}
}

func placeless(ip string) domaincheck.Address { return domaincheck.Address{IP: ip} }

// declaredAt has the one access at a provider, without addresses.
func declaredAt(provider string) func(cs) {
	return func(c cs) {
		c.Site.Access[0].Provider, c.Site.Access[0].Addresses = provider, nil
	}
}

func filing(kind domaincheck.OrderKind) func(cs) {
	return func(c cs) {
		c.Site.State = domaincheck.StateFiling
		if kind != "" {
			c.Site.Order = &domaincheck.Order{Kind: kind}
		}
	}
}

func accessRows() []row {
	own := mainland("47.110.0.1", "aliyun")
	other := mainland("119.29.0.1", "tencent")
	www, apex := "www.example.cn", "example.cn"
	commercial := func(c cs) { c.Site.Commercial = domaincheck.Known(true) }
	huawei := func(c cs) {
		c.Site.Access = domaincheck.List[domaincheck.Access]{{Provider: "huawei", Addresses: domaincheck.List[string]{"114.115.0.1"}}}
		c.Site.Servers = nil
	}
	return []row{
		{"access.unfiled", "not_applicable state", "filed", healthy, nil},
		{"access.unfiled", "pass not_serving", "no address", unfiled, nil},
		{"access.unfiled", "pass not_serving", "absent", unfiled, dnsFailed(domaincheck.OutcomeAbsent)},
		{"access.unfiled", "pass abroad", "abroad", unfiled, hosts(host(apex, abroad("47.52.0.1")))},
		{"access.unfiled", "fail served_mainland high", "mainland", unfiled, hosts(host(apex, abroad("47.52.0.1"), own))},
		{"access.unfiled", "fail served_mainland", "a carrier's address is in the mainland", unfiled, hosts(host(apex, carrier("1.2.3.4")))},
		{"access.unfiled", "fail served_mainland", "mainland, even seen from abroad", unfiled, all(hosts(host(apex, own)), vantage(domaincheck.VantageAbroad))},
		{"access.unfiled", "unknown seen_from_abroad unobserved", "abroad, seen from abroad", unfiled, all(hosts(host(apex, abroad("47.52.0.1"))), vantage(domaincheck.VantageAbroad))},
		{"access.unfiled", "unknown some_hosts_unseen unobserved", "one host timed out", unfiled, hosts(host(apex, abroad("47.52.0.1")), rcode(www, "", 0))},
		{"access.unfiled", "unknown some_hosts_unseen unobserved", "a private answer", unfiled, hosts(host(apex, private("10.0.0.1")))},
		{"access.unfiled", "unknown some_hosts_unseen unobserved", "place not known", unfiled, hosts(host(apex, placeless("9.9.9.9")))},
		{"access.unfiled", "unknown look_failed unobserved", "timeout", unfiled, dnsFailed(domaincheck.OutcomeTimeout)},
		{"access.unfiled", "unknown not_looked unobserved", "never", unfiled, func(c cs) { c.Observation.Resolution = nil }},
		{"access.unfiled", "fail served_mainland", "cancelled", unfiled, all(hosts(host(apex, own)), func(c cs) { c.Site.State = domaincheck.StateCancelled })},
		{"access.unfiled", "fail served_mainland", "inferred from a page without a number", unfiled, all(hosts(host(apex, own)), func(c cs) { c.Site.State = "" })},
		{"access.unfiled", "unknown state_unseen unobserved inferred", "inferred, page not seen", unfiled, all(hosts(host(apex, own)), func(c cs) { c.Site.State, c.Observation.Page = "", nil })},
		{"access.unfiled", "unknown state_unseen", "inferred, page cut off", unfiled, all(hosts(host(apex, own)), func(c cs) { c.Site.State, c.Observation.Page.Truncated = "", true })},
		{"access.unfiled", "unknown state_unseen", "inferred, script not run", unfiled, all(hosts(host(apex, own)), func(c cs) { c.Site.State, c.Observation.Page.ScriptShell = "", true })},
		{"access.unfiled", "unknown state_unseen", "inferred, challenge", unfiled, all(hosts(host(apex, own)), func(c cs) { c.Site.State, c.Observation.Page.Challenge = "", "captcha" })},
		{"access.unfiled", "fail served_mainland", "an address", unfiled, all(tld("47.110.0.1"), hosts(host("47.110.0.1", own)))},

		{"access.resolves", "pass resolves", "both", healthy, nil},
		{"access.resolves", "pass resolves", "only www", healthy, hosts(rcode(apex, "NXDOMAIN", 2), host(www, own))},
		{"access.resolves", "fail no_address high", "NXDOMAIN", healthy, hosts(rcode(apex, "NXDOMAIN", 1), rcode(www, "NXDOMAIN", 1))},
		{"access.resolves", "fail no_address", "NODATA", healthy, hosts(rcode(apex, "NOERROR", 1), rcode(www, "NOERROR", 1))},
		{"access.resolves", "fail no_address", "absent", healthy, dnsFailed(domaincheck.OutcomeAbsent)},
		{"access.resolves", "fail only_subdomain low", "only another", healthy, hosts(rcode(apex, "NXDOMAIN", 1), rcode(www, "NXDOMAIN", 1), host("api.example.cn", own))},
		{"access.resolves", "unknown some_hosts_unseen unobserved", "SERVFAIL of one resolver", healthy, hosts(rcode(apex, "SERVFAIL", 1), rcode(www, "SERVFAIL", 1))},
		{"access.resolves", "fail no_address", "SERVFAIL of two", healthy, hosts(rcode(apex, "SERVFAIL", 2), rcode(www, "SERVFAIL", 2))},
		{"access.resolves", "fail no_address", "a loop seen twice", healthy, hosts(domaincheck.Host{Host: apex, Outcome: domaincheck.OutcomeFailed, RCode: "NOERROR", Loop: true, Agreed: 2}, rcode(www, "NXDOMAIN", 1))},
		{"access.resolves", "unknown some_hosts_unseen", "a loop seen once", healthy, hosts(domaincheck.Host{Host: apex, Outcome: domaincheck.OutcomeFailed, RCode: "NOERROR", Loop: true, Agreed: 1}, rcode(www, "NXDOMAIN", 1))},
		{"access.resolves", "unknown some_hosts_unseen", "REFUSED", healthy, hosts(rcode(apex, "REFUSED", 2), rcode(www, "REFUSED", 2))},
		{"access.resolves", "unknown some_hosts_unseen", "one timed out, the other is absent", healthy, hosts(rcode(apex, "", 0), rcode(www, "NXDOMAIN", 1))},
		{"access.resolves", "unknown some_hosts_unseen", "private answers", healthy, hosts(host(apex, private("192.168.0.1")), rcode(www, "NXDOMAIN", 1))},
		{"access.resolves", "unknown some_hosts_unseen", "a private answer that nobody marked", healthy, hosts(host(apex, placeless("100.64.0.1")), rcode(www, "NXDOMAIN", 1))},
		{"access.resolves", "unknown some_hosts_unseen", "a loopback answer", healthy, hosts(host(apex, placeless("127.0.0.1")), rcode(www, "NXDOMAIN", 1))},
		{"access.resolves", "fail no_address", "the part failed but two resolvers agree on SERVFAIL", healthy, all(dnsFailed(domaincheck.OutcomeFailed), hosts(rcode(apex, "SERVFAIL", 2), rcode(www, "SERVFAIL", 2)))},
		{"access.resolves", "unknown look_failed unobserved", "timeout", healthy, dnsFailed(domaincheck.OutcomeTimeout)},
		{"access.resolves", "not_applicable address_site", "an address", healthy, tld("47.110.0.1")},
		{"access.resolves", "pass not_yet", "filing, no address", unfiled, filing("")},
		{"access.resolves", "fail points_already high", "filing, leads to the mainland", healthy, filing(domaincheck.OrderFirst)},
		{"access.resolves", "fail points_abroad low", "filing, leads abroad", unfiled, all(filing(""), hosts(host(www, abroad("47.52.0.1"))))},
		{"access.resolves", "unknown some_hosts_unseen", "filing, timed out", unfiled, all(filing(""), hosts(rcode(apex, "", 0)))},
		{"access.resolves", "pass resolves", "filing an access: it may lead to the old site", healthy, filing(domaincheck.OrderAccess)},
		{"access.resolves", "not_applicable state", "unfiled", unfiled, nil},

		{"access.mainland", "pass mainland", "both", healthy, nil},
		{"access.mainland", "fail foreign high", "one foreign address on www", healthy, hosts(host(apex, own), host(www, own, abroad("47.52.0.1")))},
		{"access.mainland", "fail foreign_subdomain low", "foreign on another", healthy, hosts(host(apex, own), host("img.example.cn", abroad("47.52.0.1")))},
		{"access.mainland", "fail foreign high", "vantage not known, but an address of its own", healthy, all(hosts(host(apex, abroad("47.52.0.1"))), vantage(domaincheck.VantageUnknown))},
		{"access.mainland", "fail foreign medium", "vantage not known, an alias answers by place", healthy, all(hosts(domaincheck.Host{Host: apex, Outcome: domaincheck.OutcomeOK, RCode: "NOERROR", Agreed: 1,
			CNAME: domaincheck.List[string]{"example.cn.cdn.example.net"}, Addresses: domaincheck.List[domaincheck.Address]{abroad("47.52.0.1")}}), vantage(domaincheck.VantageUnknown))},
		{"access.mainland", "unknown seen_from_abroad unobserved", "from abroad", healthy, all(hosts(host(apex, abroad("47.52.0.1"))), vantage(domaincheck.VantageAbroad))},
		{"access.mainland", "unknown place_unknown unknowable", "place not known", healthy, hosts(host(apex, placeless("9.9.9.9")))},
		{"access.mainland", "unknown some_hosts_unseen unobserved", "www timed out", healthy, hosts(host(apex, own), rcode(www, "", 0))},
		{"access.mainland", "not_applicable no_address", "nothing resolves", healthy, hosts(rcode(apex, "NXDOMAIN", 1))},
		{"access.mainland", "pass mainland", "a carrier's address", healthy, hosts(host(apex, carrier("1.2.3.4")))},
		{"access.mainland", "fail foreign high", "a site that is an address", healthy, all(tld("47.52.0.1"), hosts(host("47.52.0.1", abroad("47.52.0.1"))))},
		{"access.mainland", "unknown look_failed unobserved", "refused", healthy, dnsFailed(domaincheck.OutcomeRefused)},
		{"access.mainland", "not_applicable state", "not required", healthy, func(c cs) { c.Site.State = domaincheck.StateNotRequired }},

		{"access.provider", "pass recorded", "own", healthy, nil},
		{"access.provider", "fail no_access_record high", "another provider", healthy, hosts(host(apex, other))},
		{"access.provider", "fail no_access_record medium", "another provider on a sub-domain", healthy, hosts(host(apex, own), host("api.example.cn", other))},
		{"access.provider", "fail no_access_record high", "its access is cancelled", healthy, func(c cs) { c.Site.Access[0].State = domaincheck.AccessCancelled }},
		{"access.provider", "pass recorded", "its access is pending", healthy, func(c cs) { c.Site.Access[0].State = domaincheck.AccessPending }},
		{"access.provider", "pass recorded", "the ledger holds the provider's name", healthy, func(c cs) { c.Site.Access[0].Provider = "阿里云" }},
		{"access.provider", "unknown provider_not_known undeclared", "the declared provider is in no table", healthy, declaredAt("未知云")},
		{"access.provider", "unknown provider_not_known undeclared", "one of two declared providers is in no table", healthy, all(hosts(host(apex, other)), func(c cs) {
			c.Site.Access = append(c.Site.Access, domaincheck.Access{Provider: "未知云"})
		})},
		{"access.provider", "fail no_access_record high", "the access at the unknown provider is cancelled", healthy, all(hosts(host(apex, other)), func(c cs) {
			c.Site.Access = append(c.Site.Access, domaincheck.Access{Provider: "未知云", State: domaincheck.AccessCancelled})
		})},
		{"access.provider", "pass recorded", "an unknown provider, with the address on record", healthy, func(c cs) { c.Site.Access[0].Provider = "未知云" }},
		{"access.provider", "pass recorded", "an unknown provider, its networks are given", healthy, all(declaredAt("未知云"), hosts(host(apex, mainland("47.110.0.9", "未知云"))))},
		{"access.provider", "pass front info", "a CDN in front", healthy, hosts(host(apex, cdn("1.1.1.1")))},
		{"access.provider", "unknown carrier unknowable", "a carrier's address", healthy, hosts(host(apex, carrier("1.2.3.4")))},
		{"access.provider", "pass recorded", "a carrier's address on record", healthy, all(hosts(host(apex, carrier("1.2.3.4"))), func(c cs) {
			c.Site.Access[0].Addresses = domaincheck.List[string]{"1.2.3.4"}
		})},
		{"access.provider", "unknown access_undeclared undeclared", "none declared", healthy, func(c cs) { c.Site.Access = nil }},
		{"access.provider", "unknown some_hosts_unseen unobserved", "one timed out", healthy, hosts(host(apex, own), rcode(www, "", 0))},
		{"access.provider", "not_applicable no_mainland_address", "abroad only", healthy, hosts(host(apex, abroad("47.52.0.1")))},
		{"access.provider", "unknown seen_from_abroad unobserved", "from abroad", healthy, vantage(domaincheck.VantageAbroad)},
		{"access.provider", "not_applicable state", "unfiled", unfiled, nil},

		{"access.address", "not_applicable not_demanded", "not commercial", healthy, nil},
		{"access.address", "pass on_record", "commercial", healthy, commercial},
		{"access.address", "fail not_on_record medium", "commercial, another address", healthy, all(commercial, hosts(host(apex, mainland("47.110.0.2", "aliyun"))))},
		{"access.address", "unknown addresses_undeclared undeclared", "commercial, none declared", healthy, all(commercial, func(c cs) { c.Site.Access[0].Addresses = nil })},
		{"access.address", "fail not_on_record", "huawei, another address", healthy, all(huawei, hosts(host(apex, mainland("114.115.0.2", "huawei"))))},
		{"access.address", "pass on_record", "huawei", healthy, all(huawei, hosts(host(apex, mainland("114.115.0.1", "huawei"))))},
		{"access.address", "not_applicable no_origin_address", "a CDN in front", healthy, all(commercial, hosts(host(apex, cdn("1.1.1.1"))))},
		{"access.address", "unknown some_hosts_unseen unobserved", "www timed out", healthy, all(commercial, hosts(host(apex, own), rcode(www, "", 0)))},
		{"access.address", "unknown look_failed unobserved", "timeout", healthy, all(commercial, dnsFailed(domaincheck.OutcomeTimeout))},

		{"access.delegation", "pass whole", "whole", healthy, nil},
		{"access.delegation", "fail lame low", "lame", healthy, func(c cs) { dns(c).Delegation.Lame = domaincheck.List[string]{"ns2.example.net"} }},
		{"access.delegation", "fail differs low", "differs", healthy, func(c cs) { dns(c).Delegation.Child = domaincheck.List[string]{"ns3.example.net"} }},
		{"access.delegation", "fail not_delegated low", "no parent", healthy, func(c cs) { dns(c).Delegation.Parent = nil }},
		{"access.delegation", "fail not_delegated low", "absent", healthy, func(c cs) { dns(c).Delegation = &domaincheck.Delegation{Outcome: domaincheck.OutcomeAbsent} }},
		{"access.delegation", "unknown delegation_unseen unobserved", "timeout", healthy, func(c cs) { dns(c).Delegation = &domaincheck.Delegation{Outcome: domaincheck.OutcomeTimeout} }},
		{"access.delegation", "unknown delegation_unseen unobserved", "none", healthy, func(c cs) { dns(c).Delegation = nil }},
		{"access.delegation", "unknown not_looked unobserved", "never", healthy, func(c cs) { c.Observation.Resolution = nil }},
		{"access.delegation", "not_applicable address_site", "an address", healthy, tld("47.110.0.1")},
	}
}

func serverRows() []row {
	server := func(change func(s *domaincheck.Server)) func(cs) {
		return func(c cs) { change(&c.Site.Servers[0]) }
	}
	kind := func(k string) func(cs) {
		return server(func(s *domaincheck.Server) { s.Type = domaincheck.Text(k) })
	}
	codes := func(change func(*domaincheck.Codes)) func(cs) {
		return server(func(s *domaincheck.Server) { change(s.Codes) })
	}
	amount := func(v float64) func(cs) { return server(func(s *domaincheck.Server) { s.OrderAmount = &v }) }
	bought := func(n int) func(cs) { return server(func(s *domaincheck.Server) { s.FirstTermMonths = &n }) }
	ends := func(day string) func(cs) { return server(func(s *domaincheck.Server) { s.Expires = date(day) }) }
	usedUp := codes(func(k *domaincheck.Codes) { k.Used = domaincheck.Known(5) })
	paid := func(state, expires string) func(cs) {
		return codes(func(k *domaincheck.Codes) {
			k.Paid = append(k.Paid, domaincheck.PaidCode{State: domaincheck.Text(state), Expires: date(expires)})
		})
	}
	noServer := func(c cs) { c.Site.Servers = nil }
	tencent := server(func(s *domaincheck.Server) { s.Provider = "tencent" })
	noProvider := server(func(s *domaincheck.Server) { s.Provider = "" })
	return []row{
		{"server.type", "not_applicable state", "filed", healthy, nil},
		{"server.type", "pass fileable declared", "ecs", unfiled, nil},
		{"server.type", "fail pay_as_you_go medium", "pay as you go", unfiled, server(func(s *domaincheck.Server) { s.Billing = "pay_as_you_go" })},
		{"server.type", "fail pay_as_you_go", "nat, pay as you go", unfiled, all(kind("nat"), server(func(s *domaincheck.Server) { s.Billing = "pay_as_you_go" }))},
		{"server.type", "unknown billing_undeclared undeclared", "billing not declared", unfiled, server(func(s *domaincheck.Server) { s.Billing = "" })},
		{"server.type", "unknown billing_unread unknowable", "billing not understood", unfiled, server(func(s *domaincheck.Server) { s.Billing = "???" })},
		{"server.type", "pass fileable", "market, 99 yuan", unfiled, all(kind("market"), amount(99))},
		{"server.type", "fail order_too_small medium", "market, 98.99 yuan", unfiled, all(kind("market"), amount(98.99))},
		{"server.type", "fail order_too_small", "function packs, 99 yuan", unfiled, all(kind("fc"), amount(99))},
		{"server.type", "pass fileable", "mall, 100 yuan", unfiled, all(kind("mall"), amount(100))},
		{"server.type", "unknown amount_undeclared undeclared", "mall, sum not declared", unfiled, kind("mall")},
		{"server.type", "pass fileable", "iot needs no subscription", unfiled, all(kind("iot"), server(func(s *domaincheck.Server) { s.Billing = "" }))},
		{"server.type", "pass fileable", "jushita", unfiled, kind("jushita")},
		{"server.type", "fail not_fileable medium", "another kind", unfiled, kind("other")},
		{"server.type", "unknown own_machine unknowable", "own machine", unfiled, kind("own")},
		{"server.type", "unknown type_undeclared undeclared", "kind not declared", unfiled, kind("")},
		{"server.type", "unknown other_provider unknowable", "another provider", unfiled, tencent},
		{"server.type", "unknown provider_undeclared undeclared", "provider not declared", unfiled, noProvider},
		{"server.type", "unknown no_server undeclared", "no server", unfiled, noServer},

		{"server.region", "pass mainland", "cn-shanghai", unfiled, nil},
		{"server.region", "fail abroad medium", "Hong Kong", unfiled, server(func(s *domaincheck.Server) { s.Region = "cn-hongkong" })},
		{"server.region", "fail abroad", "Singapore", unfiled, server(func(s *domaincheck.Server) { s.Region = "ap-southeast-1" })},
		{"server.region", "pass mainland", "in words", unfiled, server(func(s *domaincheck.Server) { s.Region = "华东1（杭州）" })},
		{"server.region", "fail abroad", "abroad in words", unfiled, server(func(s *domaincheck.Server) { s.Region = "中国香港" })},
		{"server.region", "unknown region_unread unknowable", "not understood", unfiled, server(func(s *domaincheck.Server) { s.Region = "zone-7" })},
		{"server.region", "unknown region_undeclared undeclared", "not declared", unfiled, server(func(s *domaincheck.Server) { s.Region = "" })},
		{"server.region", "not_applicable not_demanded", "iot", unfiled, kind("iot")},
		{"server.region", "not_applicable not_fileable", "another kind", unfiled, kind("other")},
		{"server.region", "unknown other_provider unknowable", "another provider", unfiled, tencent},

		{"server.term", "pass long_enough", "12 months", unfiled, nil},
		{"server.term", "fail bought_too_short medium", "2 months", unfiled, bought(2)},
		{"server.term", "pass long_enough", "3 months", unfiled, bought(3)},
		{"server.term", "pass long_enough", "exactly 3 months remain", unfiled, ends("2027-02-21")},
		{"server.term", "fail remaining_too_short medium", "a day less", unfiled, ends("2027-02-20")},
		{"server.term", "pass long_enough", "nat: 1 month", unfiled, all(kind("nat"), bought(1), ends("2026-12-21"))},
		{"server.term", "fail remaining_too_short", "ipv6: less than 1 month", unfiled, all(kind("ipv6"), bought(1), ends("2026-12-20"))},
		{"server.term", "fail bought_too_short", "market: 11 months", unfiled, all(kind("market"), bought(11))},
		{"server.term", "pass long_enough", "market: the first purchase counts, not what remains", unfiled, all(kind("market"), ends("2026-12-01"))},
		{"server.term", "fail ended", "market: ended", unfiled, all(kind("market"), ends("2026-11-20"))},
		{"server.term", "unknown bought_undeclared undeclared", "total not declared", unfiled, server(func(s *domaincheck.Server) { s.FirstTermMonths = nil })},
		{"server.term", "unknown expiry_undeclared undeclared", "end not declared", unfiled, ends("")},
		{"server.term", "not_applicable not_demanded", "iot", unfiled, kind("iot")},

		{"server.bandwidth", "pass public", "bought", unfiled, nil},
		{"server.bandwidth", "fail none medium", "none", unfiled, server(func(s *domaincheck.Server) { s.PublicBandwidth = domaincheck.Known(false) })},
		{"server.bandwidth", "unknown bandwidth_undeclared undeclared", "not declared", unfiled, server(func(s *domaincheck.Server) { s.PublicBandwidth = nil })},
		{"server.bandwidth", "not_applicable not_demanded", "vhost", unfiled, kind("vhost")},

		{"server.codes", "pass left", "3 of 5", unfiled, nil},
		{"server.codes", "fail used_up medium", "5 of 5", unfiled, usedUp},
		{"server.codes", "fail used_up", "4 used, 1 running", unfiled, codes(func(k *domaincheck.Codes) { k.Used, k.Filing = domaincheck.Known(4), domaincheck.Known(1) })},
		{"server.codes", "fail used_up", "a total beyond the table does not help", unfiled, codes(func(k *domaincheck.Codes) { k.Total, k.Used = domaincheck.Known(9), domaincheck.Known(5) })},
		{"server.codes", "fail used_up", "nat has two", unfiled, kind("nat")},
		{"server.codes", "pass left", "a bound paid code", unfiled, all(usedUp, paid("已绑定", "2027-01-01"))},
		{"server.codes", "fail used_up", "a bound paid code that ran out", unfiled, all(usedUp, paid("已绑定", "2026-11-20"))},
		{"server.codes", "fail unbound low", "a paid code not bound", unfiled, all(usedUp, paid("未绑定", ""))},
		{"server.codes", "fail used_up", "paid codes used and refunded", unfiled, all(usedUp, paid("已备案", ""), paid("已退费", ""))},
		{"server.codes", "pass in_use", "the running order holds one", unfiled, all(usedUp, filing(""), paid("备案中", ""))},
		{"server.codes", "unknown codes_undeclared undeclared", "not declared", unfiled, server(func(s *domaincheck.Server) { s.Codes = nil })},
		{"server.codes", "unknown codes_undeclared undeclared", "used not declared", unfiled, codes(func(k *domaincheck.Codes) { k.Used = nil })},
		{"server.codes", "not_applicable not_demanded", "chengxintong needs none", unfiled, kind("chengxintong")},

		{"server.expiry", "pass in_term", "healthy", healthy, nil},
		{"server.expiry", "pass in_term", "31 days", healthy, ends("2026-12-22")},
		{"server.expiry", "fail within_30 medium", "30 days", healthy, ends("2026-12-21")},
		{"server.expiry", "fail within_7 high", "7 days", healthy, ends("2026-11-28")},
		{"server.expiry", "fail within_7 high", "today", healthy, ends(today)},
		{"server.expiry", "fail ended critical", "yesterday", healthy, ends("2026-11-20")},
		{"server.expiry", "fail ended critical", "another provider's too", healthy, all(tencent, ends("2026-11-20"))},
		{"server.expiry", "unknown expiry_undeclared undeclared", "not declared", healthy, ends("")},
		{"server.expiry", "unknown no_server undeclared", "no server", healthy, noServer},
	}
}
