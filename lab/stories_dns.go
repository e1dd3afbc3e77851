package lab

import (
	"net/netip"

	dc "domaincheck"
)

// resolvesNowhere is what follows when no host has an address.
func resolvesNowhere(more ...Expect) []Expect {
	return with(with(pageUnseen(), fails("access.resolves", dc.High)), more...)
}

// looksNowhere is what follows when nobody could be asked.
func looksNowhere() []Expect {
	return with(pageUnseen(), unknown("access.resolves", dc.WhyUnobserved), unseen("access.mainland"), unseen("access.provider"))
}

// noSite are the rules open to the reader when the site cannot be found by name.
func noSite(more ...string) []string {
	return append([]string{"access.mainland", "access.provider", "access.address", "site.reachable", "site.blocked", "site.parked", "site.tls"}, more...)
}

// dnsStories are answers that are missing or faulty.
func dnsStories() []*Story {
	all := func(f dnsFault) func(*plan) { return func(p *plan) { p.everyHost(answer{fault: f}) } }
	return []*Story{
		{Name: "dns_nxdomain", Part: "dns", About: "@ and www do not exist", plant: all(dnsNXDomain), want: resolvesNowhere(), loose: noSite()},
		{Name: "dns_nodata", Part: "dns", About: "@ and www exist without an address", plant: all(dnsNoData), want: resolvesNowhere(), loose: noSite()},
		{Name: "dns_servfail", Part: "dns", About: "both resolvers say SERVFAIL", plant: all(dnsServFail), want: resolvesNowhere(), loose: noSite()},
		{Name: "dns_servfail_first", Part: "dns", About: "the first resolver says SERVFAIL, the second answers", plant: func(p *plan) {
			p.everyHost(answer{fault: dnsServFailFirst, a: []netip.Addr{p.ip}})
		}, want: []Expect{expect("access.resolves", dc.Pass, dc.Unknown), calm("access.mainland"), calm("access.provider")}, loose: noSite("site")},
		{Name: "dns_refused", Part: "dns", About: "both resolvers say REFUSED", plant: all(dnsRefused), want: looksNowhere(), loose: []string{"site", "access.address"}},
		{Name: "dns_dropped", Part: "dns", About: "the resolvers never answer for this name", Slow: true, plant: all(dnsDropped), want: looksNowhere(), loose: []string{"site", "access.address"}},
		{Name: "dns_garbage", Part: "dns", About: "the answer is no DNS message", Slow: true, plant: all(dnsGarbage), want: looksNowhere(), loose: []string{"site", "access.address"}},
		{Name: "dns_truncated", Part: "dns", About: "UDP answers are cut; TCP has them whole", plant: func(p *plan) { p.everyHost(answer{fault: dnsTruncated, a: []netip.Addr{p.ip}}) }},
		{Name: "dns_spoofed", Part: "dns", About: "a foreign answer with a wrong id comes before the right one", plant: func(p *plan) {
			p.everyHost(answer{fault: dnsSpoofed, a: []netip.Addr{p.ip}})
		}},
		{Name: "dns_cname_chain", Part: "dns", About: "www is five CNAMEs away", plant: func(p *plan) {
			p.zone.hosts["www"] = answer{cname: p.chain(5), a: []netip.Addr{p.ip}}
		}},
		{Name: "dns_cname_loop", Part: "dns", About: "@ and www are CNAMEs that bite their tail", plant: func(p *plan) {
			p.everyHost(answer{fault: dnsLoop})
		}, want: resolvesNowhere(), loose: noSite()},
		{Name: "dns_wildcard", Part: "dns", About: "any name below the domain answers", plant: func(p *plan) {
			p.zone.hosts["*"] = answer{a: []netip.Addr{p.ip}}
		}},
		{Name: "dns_private", Part: "dns", About: "private addresses: split DNS, nothing can be said", plant: func(p *plan) { p.servedFrom(poolPrivate) },
			want: with(pageUnseen(), expect("access.mainland", dc.Unknown), expect("access.provider", dc.Unknown)), loose: []string{"access.resolves", "access.address", "site.reachable", "site.blocked", "site.parked", "site.tls"}},
		{Name: "dns_only_www", Part: "dns", About: "only www has an address: either one will do", plant: func(p *plan) {
			p.zone.hosts[""] = answer{fault: dnsNoData}
		}, want: []Expect{passes("access.resolves"), passes("access.mainland")}, loose: []string{"site", "access.address"}},
		{Name: "dns_only_api", Part: "dns", About: "only api has an address; @ and www have none", plant: func(p *plan) {
			p.site.Hosts = append(p.site.Hosts, "api")
			p.everyHost(answer{fault: dnsNoData})
			p.zone.hosts["api"] = answer{a: []netip.Addr{p.ip}}
		}, want: []Expect{fails("access.resolves", "")}, loose: noSite("site")}, // the page of api may stand for the site's
	}
}

// chain is n names of the site's own zone, each to be the next one's CNAME.
func (p *plan) chain(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "c" + string(rune('1'+i)) + "." + p.domain
	}
	return out
}

// dnsAnswerStories are whole answers that lead elsewhere.
func dnsAnswerStories() []*Story {
	return []*Story{
		{Name: "located_hongkong", Part: "dns", About: "every address is in Hong Kong", pool: poolAliyun, plant: func(p *plan) { p.servedFrom(poolHongKong) },
			want: []Expect{fails("access.mainland", dc.High)}, loose: []string{"access.provider", "access.address"}},
		{Name: "located_abroad", Part: "dns", About: "every address is in Singapore", plant: func(p *plan) { p.servedFrom(poolSingapore) },
			want: []Expect{fails("access.mainland", dc.High)}, loose: []string{"access.provider", "access.address"}},
		{Name: "located_cloudflare", Part: "dns", About: "a foreign anycast CDN in front", plant: func(p *plan) { p.servedFrom(poolCloudflare) },
			want: []Expect{fails("access.mainland", dc.High)}, loose: []string{"access.provider", "access.address"}},
		{Name: "located_www_abroad", Part: "dns", About: "@ is in the mainland, www is not", plant: func(p *plan) { p.zone.hosts["www"] = answer{a: p.in(poolSingapore)} },
			want: []Expect{fails("access.mainland", dc.High)}, loose: []string{"access.provider", "access.address"}},
		{Name: "located_api_abroad", Part: "dns", About: "only another host is abroad", plant: func(p *plan) {
			p.site.Hosts = append(p.site.Hosts, "api")
			p.zone.hosts["api"] = answer{a: p.in(poolSingapore)}
		}, want: []Expect{fails("access.mainland", dc.Low)}, loose: []string{"access.provider", "access.address"}},
		{Name: "located_ipv6", Part: "dns", About: "IPv4 and IPv6, both in the mainland", pool: poolAliyun, plant: func(p *plan) {
			p.everyHost(answer{a: []netip.Addr{p.ip, poolAliyun6.at(p.index)}})
		}, want: []Expect{fine("access.address")}, loose: []string{"access.address"}},
		{Name: "located_ipv6_abroad", Part: "dns", About: "IPv4 in the mainland, IPv6 abroad", plant: func(p *plan) {
			p.everyHost(answer{a: []netip.Addr{p.ip, poolForeign6.at(p.index)}})
		}, want: []Expect{fails("access.mainland", dc.High)}, loose: []string{"access.provider", "access.address"}},
		{Name: "located_other_provider", Part: "dns", About: "another mainland provider, with no access record there", pool: poolAliyun, plant: func(p *plan) { p.servedFrom(poolTencent) },
			want: []Expect{passes("access.mainland"), fails("access.provider", "")}, loose: []string{"access.address"}},
		{Name: "located_second_access", Part: "dns", About: "another provider, where a second access record is pending", pool: poolAliyun, plant: func(p *plan) {
			p.servedFrom(poolTencent)
			p.site.Access = append(p.site.Access, dc.Access{Provider: string(poolTencent), State: dc.AccessPending, Since: p.today.AddDays(-30), Addresses: dc.List[string]{poolTencent.at(p.index).String()}})
		}},
		{Name: "located_carrier", Part: "dns", About: "a carrier's address: the mainland, by a provider unknown", plant: func(p *plan) { p.servedFrom(poolTelecom) },
			want: []Expect{passes("access.mainland"), unknown("access.provider", dc.WhyUnknowable)}, loose: []string{"access.address"}},
		{Name: "cdn_own", Part: "dns", About: "www through the provider's own CDN, a mainland node", pool: poolAliyun, plant: func(p *plan) {
			p.zone.hosts["www"] = answer{cname: []string{"www." + p.domain + cdnAliyun}, a: p.in(poolTelecom)}
		}, want: []Expect{fine("access.address")}, loose: []string{"access.address"}},
		{Name: "cdn_other", Part: "dns", About: "another vendor's CDN in front of the origin", pool: poolAliyun, plant: func(p *plan) {
			p.everyHost(answer{cname: []string{"www." + p.domain + cdnTencent}, a: p.in(poolTelecom)})
			p.zone.hosts[""] = answer{a: []netip.Addr{p.ip}}
		}, want: []Expect{passes("access.mainland"), passes("access.provider")}, loose: []string{"access.address"}},
		{Name: "cdn_by_place", Part: "dns", About: "the CDN answers abroad with a node abroad, in the mainland with one there", pool: poolAliyun, plant: func(p *plan) {
			p.zone.hosts["www"] = answer{cname: []string{"www." + p.domain + cdnAliyun}, a: p.in(poolTelecom), abroad: p.in(poolSingapore)}
		}, want: []Expect{calm("access.mainland"), calm("access.provider")}, loose: []string{"access.address"}},
	}
}

// The CDN suffixes under which sites have CNAMEs; the site's host stands before them.
const (
	cdnAliyun  = ".w.kunlunar.com"
	cdnTencent = ".cdn.dnsv1.com"
)

// delegationStories are faults between parent and child.
func delegationStories() []*Story {
	return []*Story{
		{Name: "delegation_lame", Part: "dns", About: "one of two name servers knows nothing of the zone", plant: func(p *plan) {
			p.zone.parent, p.zone.child = []string{hostNS1, hostLame}, []string{hostNS1, hostLame}
		}, want: []Expect{fails("access.delegation", dc.Low)}},
		{Name: "delegation_mismatch", Part: "dns", About: "the child names other servers than the parent", plant: func(p *plan) {
			p.zone.child = []string{hostNS1, hostNS3}
		}, want: []Expect{fails("access.delegation", dc.Low)}},
		{Name: "delegation_silent", Part: "dns", About: "one of two name servers never answers", Slow: true, plant: func(p *plan) {
			p.zone.parent, p.zone.child = []string{hostNS1, hostSilent}, []string{hostNS1, hostSilent}
		}, loose: []string{"access.delegation"}},
		{Name: "delegation_none", Part: "dns", About: "registered, but the registry delegates to nobody", tld: "cn", plant: func(p *plan) {
			p.zone.parent, p.zone.child = nil, nil
			p.everyHost(answer{fault: dnsNXDomain})
		}, want: resolvesNowhere(fails("domain.status", "")), loose: noSite("access.delegation")},
	}
}
