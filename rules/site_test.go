package rules

import (
	"domaincheck"
)

func page(c cs) *domaincheck.HomePage { return c.Observation.Page }

func pageFailed(o domaincheck.Outcome, code domaincheck.Code) func(cs) {
	return func(c cs) {
		p := &domaincheck.HomePage{Look: domaincheck.Look{Outcome: o, At: instant(today)}}
		if code != "" {
			p.Error = &domaincheck.Error{Code: code}
		}
		c.Observation.Page = p
	}
}

func noPage(c cs) { c.Observation.Page = nil }

func httpStatus(n int) func(cs) { return func(c cs) { page(c).Status = domaincheck.Known(n) } }

func challenge(c cs) { page(c).Challenge = "captcha" }
func truncated(c cs) { page(c).Truncated = true }
func shell(c cs)     { page(c).ScriptShell = true }

func attempts(a ...domaincheck.PageAttempt) func(cs) {
	return func(c cs) { page(c).Attempts = a }
}

func numbers(n ...domaincheck.PageNumber) func(cs) {
	return func(c cs) { page(c).RecordNumbers = n }
}

// tlsTried is a page over http beside which https was tried; url "" for not.
func tlsTried(url string, o domaincheck.Outcome, code domaincheck.Code) func(cs) {
	return func(c cs) {
		p := page(c)
		p.TLS = nil
		p.Attempts = domaincheck.List[domaincheck.PageAttempt]{{URL: "http://example.cn/", Outcome: domaincheck.OutcomeOK, Status: domaincheck.Known(200)}}
		if url == "" {
			return
		}
		a := domaincheck.PageAttempt{URL: url, Outcome: o}
		if code != "" {
			a.Error = &domaincheck.Error{Code: code}
		}
		p.Attempts = append(p.Attempts, a)
	}
}

func pageRows() []row {
	noNumber := numbers()
	own := func(link domaincheck.LinkState) domaincheck.PageNumber {
		return number("沪ICP备2020012345号-1", "沪ICP备2020012345号", 1, link)
	}
	subjects := number("沪ICP备2020012345号", "沪ICP备2020012345号", 0, domaincheck.LinkCurrent)
	second := number("沪ICP备2020012345号-2", "沪ICP备2020012345号", 2, domaincheck.LinkCurrent)
	others := number("沪ICP备99999999号-1", "沪ICP备99999999号", 1, domaincheck.LinkCurrent)
	app := number("沪ICP备2020012345号-2A", "沪ICP备2020012345号", 2, domaincheck.LinkCurrent)
	app.Suffix = "A"
	guangdong := func(c cs) { inProvince(c, "广东") }
	police := func(link domaincheck.LinkState) func(cs) {
		return func(c cs) { page(c).PoliceNumbers[0].LinkState = link }
	}
	noPolice := func(c cs) { page(c).PoliceNumbers = nil }
	parked := func(kind string) func(cs) {
		return func(c cs) { page(c).Parked = &domaincheck.Parked{Kind: kind, Sign: "x"} }
	}
	ok := domaincheck.PageAttempt{URL: "http://www.example.cn/", Outcome: domaincheck.OutcomeOK, Status: domaincheck.Known(200)}
	refused := domaincheck.PageAttempt{URL: "http://example.cn/", Outcome: domaincheck.OutcomeFailed}
	moved := domaincheck.PageAttempt{URL: "http://example.cn/", Outcome: domaincheck.OutcomeOK, Status: domaincheck.Known(301)}
	silent := domaincheck.PageAttempt{URL: "http://www.example.cn/", Outcome: domaincheck.OutcomeTimeout, IP: "47.110.0.1"}
	nameless := domaincheck.PageAttempt{URL: "http://other.cn/", Outcome: domaincheck.OutcomeTimeout}
	noWay := domaincheck.PageAttempt{URL: "http://www.example.cn/", Outcome: domaincheck.OutcomeTimeout, IP: "2408:400a::1", Error: &domaincheck.Error{Code: domaincheck.CodeNetwork, Message: "network is unreachable"}}
	noSuite := func(c cs) { page(c).TLS = &domaincheck.TLS{OK: domaincheck.Known(false), Error: "handshake_failed"} }
	broken := domaincheck.PageAttempt{URL: "http://example.cn/", Outcome: domaincheck.OutcomeFailed, Status: domaincheck.Known(502)}
	return []row{
		{"site.reachable", "pass up", "200", healthy, nil},
		{"site.reachable", "pass up", "403 is alive", healthy, httpStatus(403)},
		{"site.reachable", "pass up", "404 is alive", healthy, httpStatus(404)},
		{"site.reachable", "fail server_error medium", "502", healthy, httpStatus(502)},
		{"site.reachable", "fail server_error info", "天津, the number is younger than half a year", healthy, all(httpStatus(502), tianjinSince("2026-05-22"))},
		{"site.reachable", "fail server_error medium", "天津, half a year", healthy, all(httpStatus(502), tianjinSince("2026-05-21"))},
		{"site.reachable", "fail server_error medium", "天津, day of the number undeclared", healthy, all(httpStatus(502), tianjinSince(""))},
		{"site.reachable", "fail server_error medium", "上海 grants no time", healthy, all(httpStatus(502), func(c cs) { c.Site.Subject.FiledOn = date("2026-11-01") })},
		{"site.reachable", "unknown challenge unobserved", "503 with a challenge", healthy, all(httpStatus(503), challenge)},
		{"site.reachable", "fail refused medium", "refused", healthy, pageFailed(domaincheck.OutcomeFailed, domaincheck.CodeNetwork)},
		{"site.reachable", "fail refused", "refused, as the attempts tell", healthy, all(pageFailed(domaincheck.OutcomeFailed, ""), attempts(refused))},
		{"site.reachable", "fail server_error", "5xx, as the attempts tell", healthy, all(pageFailed(domaincheck.OutcomeFailed, ""), attempts(broken))},
		{"site.reachable", "unknown look_failed unobserved", "our guard refused", healthy, pageFailed(domaincheck.OutcomeFailed, domaincheck.CodeForbidden)},
		{"site.reachable", "unknown look_failed unobserved", "timeout", healthy, pageFailed(domaincheck.OutcomeTimeout, domaincheck.CodeTimeout)},
		{"site.reachable", "fail timeout medium", "timeout while another host answered", healthy, all(pageFailed(domaincheck.OutcomeTimeout, ""), attempts(ok))},
		{"site.reachable", "fail timeout medium", "a redirect to where nobody speaks", healthy, all(pageFailed(domaincheck.OutcomeTimeout, domaincheck.CodeTimeout), attempts(moved, silent))},
		{"site.reachable", "unknown look_failed unobserved", "a redirect to a host whose address no resolver tells", healthy, all(pageFailed(domaincheck.OutcomeTimeout, domaincheck.CodeNetwork), attempts(moved, nameless))},
		{"site.reachable", "unknown look_failed unobserved", "a redirect to a host that has IPv6 alone, seen from where there is none", healthy, all(pageFailed(domaincheck.OutcomeTimeout, domaincheck.CodeNetwork), attempts(moved, noWay))},
		{"site.reachable", "fail refused medium", "a redirect to where nobody answers", healthy, all(pageFailed(domaincheck.OutcomeFailed, domaincheck.CodeNetwork), attempts(moved, refused))},
		{"site.reachable", "fail refused medium", "a redirect to where the handshake is cut", healthy, all(pageFailed(domaincheck.OutcomeFailed, domaincheck.CodeTLSReset), attempts(moved, refused))},
		{"site.reachable", "unknown look_failed unobserved", "a redirect to where another TLS is spoken", healthy, all(pageFailed(domaincheck.OutcomeFailed, domaincheck.CodeNetwork), attempts(moved, refused), noSuite)},
		{"site.reachable", "unknown look_failed unobserved", "another host answers, with more than a redirect", healthy, all(pageFailed(domaincheck.OutcomeFailed, domaincheck.CodeNetwork), attempts(moved, refused, ok))},
		{"site.reachable", "unknown look_failed unobserved", "a redirect that our guard refused", healthy, all(pageFailed(domaincheck.OutcomeRefused, domaincheck.CodeForbidden), attempts(moved))},
		{"site.reachable", "unknown status unobserved", "a status of no kind", healthy, httpStatus(999)},
		{"site.reachable", "unknown challenge unobserved", "a wall", healthy, all(pageFailed(domaincheck.OutcomeRefused, ""), challenge)},
		{"site.reachable", "unknown look_failed unobserved", "refused by rate", healthy, pageFailed(domaincheck.OutcomeRefused, domaincheck.CodeRefused)},
		{"site.reachable", "unknown look_failed unobserved", "malformed", healthy, pageFailed(domaincheck.OutcomeMalformed, domaincheck.CodeMalformed)},
		{"site.reachable", "not_applicable no_address", "no address at all", healthy, all(pageFailed(domaincheck.OutcomeFailed, domaincheck.CodeNetwork), hosts(rcode("example.cn", "NXDOMAIN", 2), rcode("www.example.cn", "NXDOMAIN", 2)))},
		{"site.reachable", "unknown look_failed unobserved", "the resolvers refused, no server did", healthy, all(pageFailed(domaincheck.OutcomeFailed, domaincheck.CodeNetwork), hosts(rcode("example.cn", "REFUSED", 2), rcode("www.example.cn", "REFUSED", 2)))},
		{"site.reachable", "unknown not_looked unobserved", "never", healthy, noPage},
		{"site.reachable", "not_applicable role", "a mail domain", healthy, func(c cs) { c.Site.Domains[0].Role = domaincheck.RoleMail }},
		{"site.reachable", "not_applicable state", "unfiled", unfiled, nil},

		{"site.blocked", "pass not_blocked", "fine", healthy, nil},
		{"site.blocked", "fail blocked critical", "block page", sick, nil},
		{"site.blocked", "fail blocked critical", "block page with a status", healthy, all(httpStatus(403), func(c cs) { page(c).Block = &domaincheck.Block{Provider: "aliyun", Sign: "x"} })},
		{"site.blocked", "fail carrier_dns high", "a carrier's sink", healthy, hosts(host("example.cn", domaincheck.Address{IP: "182.43.124.6", Kind: "sink"}))},
		{"site.blocked", "unknown look_failed unobserved", "timeout", healthy, pageFailed(domaincheck.OutcomeTimeout, "")},
		{"site.blocked", "unknown challenge unobserved", "challenge", healthy, challenge},
		{"site.blocked", "unknown not_looked unobserved", "never", healthy, noPage},

		{"site.parked", "pass a_site", "fine", healthy, nil},
		{"site.parked", "fail parked medium", "parked", healthy, parked("parked")},
		{"site.parked", "fail for_sale medium", "for sale", healthy, parked("for_sale")},
		{"site.parked", "fail default medium", "default page", healthy, all(httpStatus(403), parked("default"))},
		{"site.parked", "fail empty low", "empty page", healthy, parked("empty")},
		{"site.parked", "unknown status unobserved", "an empty redirect to nowhere", healthy, all(httpStatus(302), parked("empty"))},
		{"site.parked", "unknown page_blocked unobserved", "blocked", sick, nil},
		{"site.parked", "unknown challenge unobserved", "challenge", healthy, challenge},
		{"site.parked", "fail parked_by_ns medium", "no page, name servers of a parking service", healthy, all(pageFailed(domaincheck.OutcomeTimeout, ""), nsOf("ns1.sedoparking.com", "ns2.sedoparking.com"))},
		{"site.parked", "fail parked_by_ns medium", "the same, as the registry lists them", healthy, all(noPage, func(c cs) {
			c.Observation.Resolution = nil
			reg(c).Nameservers = domaincheck.List[string]{"NS1.SEDOPARKING.COM.", "ns2.sedoparking.com"}
		})},
		{"site.parked", "fail parked_by_ns medium", "a bare 404 there", healthy, all(httpStatus(404), nsOf("ns1.sedoparking.com", "ns2.sedoparking.com"))},
		{"site.parked", "pass a_site", "the page is a site whatever its name servers", healthy, nsOf("ns1.sedoparking.com", "ns2.sedoparking.com")},
		{"site.parked", "unknown look_failed unobserved", "one such name server among many", healthy, all(pageFailed(domaincheck.OutcomeTimeout, ""), nsOf("a.example.net", "b.example.net", "ns1.sedoparking.com"))},
		{"site.blocked", "fail offline critical", "the CDN took it offline", healthy, all(pageFailed(domaincheck.OutcomeTimeout, ""), aliased("www.example.cn.w.kunlunsl.com", "offline.kunlunsl.com."))},
		{"site.blocked", "pass not_blocked", "a site is seen all the same", healthy, aliased("offline.kunlunsl.com")},
		{"site.blocked", "unknown look_failed unobserved", "an own host of that name", healthy, all(pageFailed(domaincheck.OutcomeTimeout, ""), aliased("offline.example.cn"))},
		{"site.parked", "unknown script_shell unobserved", "script not run", healthy, shell},
		{"site.parked", "not_applicable status", "404: no home page was seen", healthy, httpStatus(404)},
		{"site.parked", "unknown status unobserved", "502", healthy, httpStatus(502)},
		{"site.parked", "unknown look_failed unobserved", "timeout", healthy, pageFailed(domaincheck.OutcomeTimeout, "")},

		{"site.number", "pass shown", "shown", healthy, nil},
		{"site.number", "unknown status unobserved", "a redirect to nowhere", healthy, all(noNumber, httpStatus(302))},
		{"site.number", "pass shown", "a redirect to nowhere whose body is the page", healthy, httpStatus(302)},
		{"site.number", "fail missing medium", "missing", healthy, noNumber},
		{"site.number", "fail missing medium", "only as a tooltip", healthy, all(noNumber, func(c cs) { page(c).Tooltips = domaincheck.List[string]{"沪ICP备1号"} })},
		{"site.number", "unknown truncated unobserved", "cut off", healthy, all(noNumber, truncated)},
		{"site.number", "unknown script_shell unobserved", "script not run", healthy, all(noNumber, shell)},
		{"site.number", "fail missing", "script run", healthy, all(noNumber, shell, func(c cs) { page(c).Rendered = true })},
		{"site.number", "pass shown", "cut off, but seen before", healthy, truncated},
		{"site.number", "unknown challenge unobserved", "challenge", healthy, all(noNumber, challenge)},
		{"site.number", "unknown page_blocked unobserved", "blocked", sick, nil},
		{"site.number", "unknown status unobserved", "403", healthy, all(noNumber, httpStatus(403))},
		{"site.number", "unknown look_failed unobserved", "timeout", healthy, pageFailed(domaincheck.OutcomeTimeout, "")},

		{"site.number_matches", "pass matches", "the same", healthy, nil},
		{"site.number_matches", "fail other_subject high", "another's", healthy, numbers(others)},
		{"site.number_matches", "pass matches", "a partner's beside it", healthy, numbers(others, own(domaincheck.LinkCurrent))},
		{"site.number_matches", "fail other_index low", "another index", healthy, numbers(second)},
		{"site.number_matches", "fail subject_number_shown low", "the subject's", healthy, numbers(subjects)},
		{"site.number_matches", "pass matches", "the subject's in Guangdong", healthy, all(guangdong, numbers(subjects))},
		{"site.number_matches", "fail site_number_shown low", "the site's in Guangdong", healthy, guangdong},
		{"site.number_matches", "fail app_number low", "an app's", healthy, numbers(app)},
		{"site.number_matches", "pass matches", "only the subject's is declared", healthy, func(c cs) { c.Site.RecordNumber = "" }},
		{"site.number_matches", "unknown number_undeclared undeclared", "none declared", healthy, func(c cs) { c.Site.RecordNumber, c.Site.Subject.RecordNumber = "", "" }},
		{"site.number_matches", "unknown number_unreadable undeclared", "declared nonsense", healthy, func(c cs) { c.Site.RecordNumber = "待填" }},
		{"site.number_matches", "not_applicable no_number", "none shown", healthy, noNumber},
		{"site.number_matches", "unknown truncated unobserved", "another's, then cut off", healthy, all(numbers(others), truncated)},
		{"site.number_matches", "unknown script_shell unobserved", "script not run", healthy, all(noNumber, shell)},

		{"site.link", "pass current", "current", healthy, nil},
		{"site.link", "fail none low", "none", healthy, numbers(own(domaincheck.LinkNone))},
		{"site.link", "fail outdated medium", "outdated", healthy, numbers(own(domaincheck.LinkOutdated))},
		{"site.link", "fail wrong medium", "wrong", healthy, numbers(own(domaincheck.LinkWrong))},
		{"site.link", "fail none low", "the partner's is linked, the own is not", healthy, numbers(others, own(domaincheck.LinkNone))},
		{"site.link", "not_applicable no_number", "no number", healthy, noNumber},
		{"site.link", "unknown truncated unobserved", "cut off", healthy, all(noNumber, truncated)},

		{"site.police", "pass shown", "shown", healthy, nil},
		{"site.police", "fail missing low", "missing", healthy, noPolice},
		{"site.police", "fail missing low", "open for 30 days", healthy, all(noPolice, func(c cs) { c.Site.OpenedOn = date("2026-10-22") })},
		{"site.police", "not_applicable just_opened", "open for 29 days", healthy, all(noPolice, func(c cs) { c.Site.OpenedOn = date("2026-10-23") })},
		{"site.police", "unknown opened_undeclared undeclared", "opening not declared", healthy, all(noPolice, func(c cs) { c.Site.OpenedOn = domaincheck.Date{} })},
		{"site.police", "unknown truncated unobserved", "cut off", healthy, all(noPolice, truncated)},
		{"site.police", "fail link_none low", "no link", healthy, police(domaincheck.LinkNone)},
		{"site.police", "not_applicable just_opened", "no link, open for 29 days", healthy, all(police(domaincheck.LinkNone), func(c cs) { c.Site.OpenedOn = date("2026-10-23") })},
		{"site.police", "fail link_outdated low", "outdated link", healthy, police(domaincheck.LinkOutdated)},
		{"site.police", "fail link_wrong low", "wrong link", healthy, police(domaincheck.LinkWrong)},
		{"site.police", "fail other_number low", "another number", healthy, func(c cs) { c.Site.PoliceNumber = "沪公网安备31010102009999号" }},
		{"site.police", "pass shown", "the declared number in another writing", healthy, func(c cs) { c.Site.PoliceNumber = "沪公网安备 31010102001234 号" }},

		{"site.parked", "unknown truncated unobserved", "empty, but cut off", healthy, func(c cs) {
			page(c).Parked, page(c).Truncated = &domaincheck.Parked{Kind: "empty"}, true
		}},
		{"site.tls", "pass sound", "sound", healthy, nil},
		{"site.tls", "fail unsound low", "unsound", healthy, func(c cs) { page(c).TLS = &domaincheck.TLS{OK: domaincheck.Known(false), Error: "other host"} }},
		{"site.tls", "fail expired low", "expired", healthy, func(c cs) { page(c).TLS.Expires = instant("2026-11-20") }},
		{"site.tls", "not_applicable no_https", "no https", healthy, func(c cs) { page(c).TLS = nil }},
		{"site.tls", "unknown https_unseen unobserved", "https timed out in the same look", healthy, tlsTried("https://example.cn/", domaincheck.OutcomeTimeout, domaincheck.CodeTimeout)},
		{"site.tls", "unknown https_unseen unobserved", "the probe was cut short", healthy, tlsTried("https://example.cn/", domaincheck.OutcomeFailed, domaincheck.CodeCancelled)},
		{"site.tls", "unknown https_unseen unobserved", "https timed out at another host", healthy, tlsTried("https://www.example.cn/", domaincheck.OutcomeTimeout, "")},
		{"site.tls", "not_applicable no_https", "no https attempt is told: the port is closed", healthy, tlsTried("", "", "")},
		{"site.tls", "not_applicable no_https", "https is refused", healthy, tlsTried("https://example.cn/", domaincheck.OutcomeFailed, domaincheck.CodeNetwork)},
		{"site.tls", "not_applicable no_https", "no TLS is spoken there", healthy, tlsTried("https://example.cn/", domaincheck.OutcomeMalformed, domaincheck.CodeMalformed)},
		{"site.tls", "not_applicable no_https", "another host is silent over http too", healthy, func(c cs) {
			tlsTried("https://WWW.example.cn:443/", domaincheck.OutcomeTimeout, "")(c)
			page(c).Attempts = append(page(c).Attempts, domaincheck.PageAttempt{URL: "http://www.example.cn/", Outcome: domaincheck.OutcomeTimeout})
		}},
		{"site.tls", "unknown look_failed unobserved", "timeout", healthy, pageFailed(domaincheck.OutcomeTimeout, "")},
		{"site.tls", "unknown no_handshake unobserved", "the handshake broke off", healthy, func(c cs) { page(c).TLS = &domaincheck.TLS{Error: "connection reset"} }},
		{"site.tls", "unknown not_looked unobserved", "never", healthy, noPage},
	}
}

func contentRows() []row {
	beijing := func(c cs) { inProvince(c, "北京") }
	signal := func(kinds ...string) func(cs) {
		return func(c cs) {
			for _, k := range kinds {
				page(c).Signals = append(page(c).Signals, domaincheck.Signal{Kind: k, Text: k})
			}
		}
	}
	notice := func(n domaincheck.Notice) func(cs) {
		return func(c cs) { c.Site.Access[0].Notices = domaincheck.List[domaincheck.Notice]{n} }
	}
	record := func(change func(*domaincheck.FilingRecord)) func(cs) {
		return func(c cs) { change(c.Observation.Record) }
	}
	recordFailed := func(o domaincheck.Outcome) func(cs) {
		return record(func(r *domaincheck.FilingRecord) { r.Outcome = o })
	}
	noRecord := func(c cs) { c.Observation.Record = nil }
	aged := func(day string) func(cs) {
		return func(c cs) {
			reg(c).At, dns(c).At, page(c).At = instant(day), instant(day), instant(day)
		}
	}
	return []row{
		{"site.copyright", "not_applicable not_demanded", "Shanghai", healthy, nil},
		{"site.copyright", "pass subject", "demanded", healthy, beijing},
		{"site.copyright", "fail other low", "another's", healthy, all(beijing, func(c cs) { page(c).Copyright = domaincheck.List[string]{"上海别家有限公司"} })},
		{"site.copyright", "fail missing low", "none", healthy, all(beijing, func(c cs) { page(c).Copyright = nil })},
		{"site.copyright", "unknown truncated unobserved", "cut off", healthy, all(beijing, truncated, func(c cs) { page(c).Copyright = nil })},
		{"site.copyright", "unknown subject_undeclared undeclared", "no subject", healthy, all(beijing, func(c cs) { c.Site.Subject.Name = "" })},

		{"site.title", "pass shown", "in the title", healthy, nil},
		{"site.title", "pass shown", "in a logo's text", healthy, func(c cs) { page(c).Title, page(c).SiteNames = "首页", domaincheck.List[string]{"示例 科技"} }},
		{"site.title", "pass shown", "in a heading", healthy, func(c cs) { page(c).Title, page(c).H1 = "首页", domaincheck.List[string]{"欢迎来到示例科技"} }},
		{"site.title", "fail review low", "nowhere", healthy, func(c cs) { page(c).Title = "别的名字" }},
		{"site.title", "fail review low", "nowhere, where it is demanded", healthy, all(beijing, func(c cs) { page(c).Title = "别的名字" })},
		{"site.title", "unknown name_undeclared undeclared", "no name declared", healthy, func(c cs) { c.Site.Name = "" }},
		{"site.title", "unknown script_shell unobserved", "script not run", healthy, all(shell, func(c cs) { page(c).Title = "" })},

		{"site.category", "pass no_sign", "nothing", healthy, nil},
		{"site.category", "fail review low", "news", healthy, signal("news")},
		{"site.category", "pass no_sign", "news, approved", healthy, all(signal("news"), func(c cs) { c.Site.Approvals = domaincheck.List[domaincheck.Approval]{{Category: "新闻"}} })},
		{"site.category", "fail review low", "news, approval ran out", healthy, all(signal("news"), func(c cs) {
			c.Site.Approvals = domaincheck.List[domaincheck.Approval]{{Category: "新闻", Expires: date("2026-11-20")}}
		})},
		{"site.category", "pass no_sign", "a unit's shop", healthy, signal("shop")},
		{"site.category", "fail review low", "gambling on a unit's page", healthy, signal("gambling")},
		{"site.category", "fail review low", "gambling on a person's page", healthy, all(individual, signal("gambling"))},
		{"site.category", "fail review low", "gambling on somebody's page", healthy, all(signal("gambling"), func(c cs) { c.Site.Subject.Kind = "" })},
		{"site.category", "fail review low", "gambling, whatever is approved", healthy, all(signal("gambling"), func(c cs) {
			c.Site.Approvals = domaincheck.List[domaincheck.Approval]{{Category: "gambling"}, {Category: "游戏类"}}
		})},
		{"site.category", "fail review low", "a person's shop", healthy, all(individual, signal("shop"))},
		{"site.category", "unknown depends_on_kind undeclared", "somebody's shop", healthy, all(signal("shop"), func(c cs) { c.Site.Subject.Kind = "" })},
		{"site.category", "fail review", "payments on a site declared not commercial", healthy, all(signal("payment"), func(c cs) { c.Site.Commercial = domaincheck.Known(false) })},
		{"site.category", "unknown truncated unobserved", "cut off", healthy, truncated},
		{"site.category", "not_applicable not_open_yet", "filing, not open", unfiled, all(filing(""), pageFailed(domaincheck.OutcomeFailed, ""))},
		{"site.category", "not_applicable state", "unfiled", unfiled, nil},

		{"site.traffic", "pass visited declared", "yesterday", healthy, nil},
		{"site.traffic", "pass visited", "29 days ago", healthy, func(c cs) { c.Site.LastVisitOn = date("2026-10-23") }},
		{"site.traffic", "fail no_visits medium", "30 days ago", healthy, func(c cs) { c.Site.LastVisitOn = date("2026-10-22") }},
		{"site.traffic", "unknown visits_undeclared undeclared", "not declared", healthy, func(c cs) { c.Site.LastVisitOn = domaincheck.Date{} }},

		{"notice.deadline", "pass no_open_notice", "none", healthy, nil},
		{"notice.deadline", "fail open high", "10 days left", healthy, notice(domaincheck.Notice{Kind: "接入核查", Deadline: date("2026-12-01")})},
		{"notice.deadline", "fail open critical", "3 days left", healthy, notice(domaincheck.Notice{Kind: "接入核查", Deadline: date("2026-11-24")})},
		{"notice.deadline", "fail open high", "4 days left", healthy, notice(domaincheck.Notice{Kind: "接入核查", Deadline: date("2026-11-25")})},
		{"notice.deadline", "fail overdue critical", "overdue", healthy, notice(domaincheck.Notice{Kind: "接入核查", Deadline: date("2026-11-20")})},
		{"notice.deadline", "fail open high", "without a date: the typical ten days", healthy, notice(domaincheck.Notice{Kind: "管局", Received: date("2026-11-20")})},
		{"notice.deadline", "pass no_open_notice", "closed", healthy, notice(domaincheck.Notice{Kind: "管局", Deadline: date("2026-11-01"), ClosedOn: date("2026-10-30")})},
		{"notice.deadline", "unknown access_undeclared undeclared", "no access declared", healthy, func(c cs) { c.Site.Access = nil }},

		{"record.exists", "pass on_record observed", "by interface", healthy, nil},
		{"record.exists", "pass on_record declared", "by hand", healthy, record(func(r *domaincheck.FilingRecord) { r.Source = "manual" })},
		{"record.exists", "fail no_record critical", "absent", healthy, recordFailed(domaincheck.OutcomeAbsent)},
		{"record.exists", "unknown look_failed unobserved", "refused", healthy, recordFailed(domaincheck.OutcomeRefused)},
		{"record.exists", "unknown no_record_source undeclared", "no interface", healthy, noRecord},
		{"record.matches", "pass same", "the same", healthy, nil},
		{"record.matches", "fail differs high", "another subject", healthy, record(func(r *domaincheck.FilingRecord) { r.Subject = "上海别家有限公司" })},
		{"record.matches", "fail differs high", "another site name", healthy, record(func(r *domaincheck.FilingRecord) { r.SiteName = "别的名字" })},
		{"record.matches", "fail differs high", "another number", healthy, record(func(r *domaincheck.FilingRecord) { r.Number = "沪ICP备2020012345号-2" })},
		{"record.matches", "pass same", "the subject's number", healthy, record(func(r *domaincheck.FilingRecord) { r.Number = "沪ICP备2020012345号" })},
		{"record.matches", "unknown nothing_to_compare undeclared", "an empty record", healthy, record(func(r *domaincheck.FilingRecord) { r.Number, r.Subject, r.SiteName = "", "", "" })},
		{"record.matches", "not_applicable no_record", "absent", healthy, recordFailed(domaincheck.OutcomeAbsent)},
		{"record.stale", "pass fresh", "fresh", healthy, nil},
		{"record.stale", "fail old_look low", "91 days", healthy, record(func(r *domaincheck.FilingRecord) { r.At = instant("2026-08-22") })},
		{"record.stale", "pass fresh", "90 days", healthy, record(func(r *domaincheck.FilingRecord) { r.At = instant("2026-08-23") })},
		{"record.stale", "fail audited_before_change low", "audited before the change", healthy, func(c cs) { c.Site.ChangedOn = date("2024-01-01") }},
		{"record.stale", "unknown no_record_source", "no interface", healthy, noRecord},

		{"watch.stale", "not_applicable no_schedule", "one look", healthy, nil},
		{"watch.stale", "pass fresh", "scheduled, fresh", healthy, nil},
		{"watch.stale", "fail stale low", "scheduled, old", healthy, aged("2026-11-20")},
		{"watch.stale", "unknown never_seen unobserved", "scheduled, never", healthy, noPage},
		{"watch.stale", "pass fresh", "scheduled, old, but seen to be down", healthy, func(c cs) {
			page(c).At = instant("2026-11-20")
			page(c).LastAttempt = &domaincheck.Attempt{Outcome: domaincheck.OutcomeFailed, Error: &domaincheck.Error{Code: domaincheck.CodeNetwork}, At: instant(today)}
		}},
		{"watch.stale", "unknown never_seen unobserved", "scheduled, failed for the first time", healthy, pageFailed(domaincheck.OutcomeTimeout, "")},
		{"watch.stale", "fail stale low", "scheduled, failed for days", healthy, all(pageFailed(domaincheck.OutcomeTimeout, ""), func(c cs) {
			old := *page(c)
			old.At = instant("2026-11-19")
			c.History = []domaincheck.Observation{{Page: &old}}
		})},
	}
}

func tianjinSince(day string) func(cs) {
	return func(c cs) {
		inProvince(c, "天津")
		c.Site.Subject.FiledOn = domaincheck.Date{}
		if day != "" {
			c.Site.Subject.FiledOn = date(day)
		}
	}
}

func nsOf(names ...string) func(cs) {
	return func(c cs) { c.Observation.Resolution.Delegation.Parent = names }
}

func aliased(chain ...string) func(cs) {
	return func(c cs) { c.Observation.Resolution.Hosts[1].CNAME = chain }
}
