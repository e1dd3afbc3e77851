package lab

import dc "domaincheck"

// Story is one thing planted on a site, and what the rules must make of it.
type Story struct {
	Name  string `json:"name"`
	Part  string `json:"part"`  // healthy, dns, registration, page, ledger: where it is planted
	About string `json:"about"` // one sentence
	Slow  bool   `json:"slow"`  // some answer never comes, or comes only after seconds

	tld         string      // "" any approved one, "gtld" one with RDAP, else exactly this
	province    string      // "" any
	pool        pool        // "" any mainland provider
	idn         bool        // the label is in Chinese
	address     bool        // the site has an address instead of a domain
	second      string      // the TLD of a second domain, role redirect; "" none
	label       string      // exactly this registrable label, in Chinese or Latin letters; "" is made from the index
	role        func(*plan) // names the healthy site before anything is planted; nil for none
	limit       int         // at most so many sites; the others get the story instead
	instead     string
	plant       func(*plan) // changes a healthy plan; nil for none
	plantSecond func(*plan) // changes the plan of the second domain, after plant
	want        []Expect    // replaces the baseline's expectation of the same rule
	loose       []string    // rules, or families such as "site", of which nothing is expected
}

// Catalogue lists every story, in a fixed order.
func Catalogue() []Story {
	var out []Story
	for _, s := range catalogue() {
		out = append(out, *s)
	}
	return out
}

func catalogue() []*Story {
	var all []*Story
	for _, group := range [][]*Story{
		healthyStories(), dnsStories(), dnsAnswerStories(), delegationStories(), stateStories(), expiryStories(),
		registryStories(), registryAnswerStories(), numberStories(), pageStories(), transportStories(), ledgerStories(),
	} {
		all = append(all, group...)
	}
	return all
}

// pageUnseen is what is expected of the rules that read the page when there was
// none to read: absence is never concluded.
func pageUnseen() []Expect {
	rules := []string{"site.number", "site.number_matches", "site.link", "site.police", "site.copyright", "site.title", "site.category"}
	out := make([]Expect, 0, len(rules))
	for _, rule := range rules {
		out = append(out, unseen(rule))
	}
	return out
}

// with joins expectations; a later one of the same rule wins.
func with(list []Expect, more ...Expect) []Expect {
	out := make([]Expect, 0, len(list)+len(more))
	return append(append(out, list...), more...)
}

// numbersUnseen is pageUnseen for a page that was reached but could not be read
// to its end: only what is shown at the end stays unknown.
func numbersUnseen() []Expect {
	return []Expect{unseen("site.number"), unseen("site.number_matches"), unseen("site.link"), unseen("site.police")}
}

func expect(rule string, results ...dc.Result) Expect { return Expect{Rule: rule, Results: results} }

func healthyStories() []*Story {
	return []*Story{
		{Name: "healthy", Part: "healthy", About: "nothing is wrong"},
		{Name: "healthy_cn", Part: "healthy", About: "a .cn name, WHOIS only, registrant in clear", tld: "cn"},
		{Name: "healthy_com", Part: "healthy", About: "a .com name by RDAP, registrant redacted", tld: "com"},
		{Name: "healthy_idn_tld", Part: "healthy", About: "a name under .中国", tld: "xn--fiqs8s"},
		{Name: "healthy_idn", Part: "healthy", About: "a name in Chinese under .中国", tld: "xn--fiqs8s", idn: true},
		{Name: "healthy_two_domains", Part: "healthy", About: "a second domain that redirects", tld: "com", second: "cn", plantSecond: redirectToMain},
		{Name: "second_expired", Part: "registration", About: "the second domain has ended", tld: "com", second: "cn", plantSecond: func(p *plan) {
			redirectToMain(p)
			p.expiresOn(-2)
		}, want: []Expect{fails("domain.expiry", dc.Critical)}, loose: []string{"domain.status"}},
		{Name: "second_abroad", Part: "dns", About: "the second domain is served from abroad", tld: "com", second: "cn", plantSecond: func(p *plan) {
			redirectToMain(p)
			p.servedFrom(poolSingapore)
		}, want: []Expect{fails("access.mainland", dc.High)}, loose: []string{"access.provider", "access.address"}},
		{Name: "healthy_address", Part: "healthy", About: "a site that is an address, without a domain", pool: poolAliyun, address: true, limit: mappedSites, instead: "healthy", plant: func(p *plan) {
			p.site.Hosts = nil
			p.web.http, p.web.https = serveHere, serveRefused
		}, want: []Expect{passes("access.mainland"), passes("access.provider"), unseen("site.tls")}, loose: []string{"domain", "access.resolves", "access.delegation", "access.address", "subject.count"}},
		{Name: "healthy_https", Part: "healthy", About: "http leads to https, https to www", plant: func(p *plan) { p.web.http = serveToTLS; p.web.toWWW = true }},
		{Name: "healthy_http_only", Part: "healthy", About: "no https at all: port 443 refuses", limit: mappedSites, instead: "healthy", plant: func(p *plan) { p.web.http, p.web.https = serveHere, serveRefused },
			want: []Expect{unseen("site.tls")}},
		{Name: "healthy_gbk", Part: "healthy", About: "a GBK page that says so in the header", plant: func(p *plan) { p.web.charset, p.web.declared = "gbk", "gbk" }},
		{Name: "healthy_gb18030_meta", Part: "healthy", About: "GB18030, said in a meta tag only", plant: func(p *plan) { p.web.charset, p.web.meta = "gb18030", "gb2312" }},
		{Name: "healthy_wrong_charset", Part: "healthy", About: "UTF-8 that the header calls iso-8859-1 and the meta tag utf-8",
			plant: func(p *plan) { p.web.declared, p.web.meta = "iso-8859-1", "utf-8" }, loose: []string{"site.title", "site.copyright", "site.number", "site.number_matches", "site.link", "site.police"}},
		{Name: "healthy_gzip", Part: "healthy", About: "a compressed body", plant: func(p *plan) { p.web.gzip = true }},
		{Name: "healthy_delay", Part: "healthy", About: "the page takes one second", Slow: true, plant: func(p *plan) { p.web.delay = second }},
		{Name: "healthy_entities", Part: "healthy", About: "number cut by tags, entities and blanks", plant: func(p *plan) { p.web.footer.style = footEntities }},
		{Name: "healthy_fullwidth", Part: "healthy", About: "full-width digits and dash", plant: func(p *plan) { p.web.footer.style = footFullWidth }},
		{Name: "healthy_traditional", Part: "healthy", About: "traditional characters: 備 and 號", plant: func(p *plan) { p.web.footer.style = footTraditional }},
		{Name: "healthy_zero_width", Part: "healthy", About: "zero-width characters inside the number", plant: func(p *plan) { p.web.footer.style = footZeroWidth }},
		{Name: "healthy_digits_linked", Part: "healthy", About: "the link holds only part of the number", plant: func(p *plan) { p.web.footer.style = footDigitsLinked }},
		{Name: "healthy_footer_linked", Part: "healthy", About: "one link around the whole footer line", plant: func(p *plan) { p.web.footer.style = footAllLinked }},
		{Name: "healthy_partner_number", Part: "healthy", About: "a partner's number in the text, the own one in the footer", plant: func(p *plan) { p.web.partner = true }},
		{Name: "healthy_guangdong", Part: "healthy", About: "Guangdong shows the subject's number", province: "广东"},
		{Name: "healthy_jiangsu", Part: "healthy", About: "Jiangsu compares the copyright holder", province: "江苏", want: []Expect{passes("site.copyright")}},
		{Name: "healthy_zhejiang", Part: "healthy", About: "Zhejiang compares the title", province: "浙江", want: []Expect{passes("site.title")}},
		{Name: "healthy_frames", Part: "healthy", About: "a frameset; the footer is in a frame", plant: func(p *plan) { p.web.body = bodyFrames }},
		{Name: "healthy_meta_refresh", Part: "healthy", About: "an empty first page that refreshes to the real one", plant: func(p *plan) { p.web.body = bodyRefresh }},
		{Name: "healthy_forbidden", Part: "healthy", About: "403 from a live server is not unreachable", plant: func(p *plan) { p.web.status = 403; p.web.body = bodyError },
			want: []Expect{passes("site.reachable"), fine("site.parked")}, loose: []string{"site.number", "site.number_matches", "site.link", "site.police", "site.copyright", "site.title"}},
		{Name: "healthy_not_found", Part: "healthy", About: "404 from a live server is not unreachable", plant: func(p *plan) { p.web.status = 404; p.web.body = bodyError },
			want: []Expect{passes("site.reachable"), fine("site.parked")}, loose: []string{"site.number", "site.number_matches", "site.link", "site.police", "site.copyright", "site.title"}},
		{Name: "healthy_agent_words", Part: "healthy", About: "a filing agent's page: speaks of 未备案 and 备案号已注销 at length", plant: func(p *plan) { p.web.body = bodyAgent }},
	}
}

// redirectToMain makes every request a redirect to the main domain.
func redirectToMain(p *plan) { p.web.location = "http://" + p.main + "/" }

// ledgerStories plant in what the owner declares.
func ledgerStories() []*Story {
	ends := func(days int) func(*plan) {
		return func(p *plan) { p.site.Servers[0].Expires = p.today.AddDays(days) }
	}
	return []*Story{
		{Name: "server_20_days", Part: "ledger", About: "the server runs out in 20 days", plant: ends(20), want: []Expect{fails("server.expiry", dc.Medium)}},
		{Name: "server_5_days", Part: "ledger", About: "the server runs out in 5 days", plant: ends(5), want: []Expect{fails("server.expiry", dc.High)}},
		{Name: "server_ended", Part: "ledger", About: "the server ended ten days ago", plant: ends(-10), want: []Expect{fails("server.expiry", dc.Critical)}},
		{Name: "server_60_days", Part: "ledger", About: "the server runs another 60 days", plant: ends(60)},
		{Name: "notice_open", Part: "ledger", About: "the provider's notice is open", plant: func(p *plan) {
			p.site.Access[0].State = dc.AccessNotice
			p.site.Access[0].Notices = dc.List[dc.Notice]{{Kind: "接入核查", Received: p.today.AddDays(-3), Deadline: p.today.AddDays(7), Text: "请于期限内整改"}}
		}, want: []Expect{fails("notice.deadline", "")}},
		{Name: "notice_closed", Part: "ledger", About: "a notice was closed", plant: func(p *plan) {
			p.site.Access[0].Notices = dc.List[dc.Notice]{{Kind: "接入核查", Received: p.today.AddDays(-30), Deadline: p.today.AddDays(-20), ClosedOn: p.today.AddDays(-25)}}
		}},
		{Name: "real_name_fresh", Part: "ledger", About: "verified yesterday: the data have not reached the regulator", plant: func(p *plan) {
			p.site.RealNameVerifiedOn = p.today.AddDays(-1)
		}, want: []Expect{expect("domain.real_name", dc.Unknown)}},
		{Name: "individual_shop", Part: "ledger", About: "a personal filing, but the page sells", plant: func(p *plan) {
			p.site.Subject.Kind, p.site.Subject.Type = dc.KindIndividual, "个人"
			p.site.Subject.Name, p.site.Subject.LegalRepresentative = "张示例", ""
			p.site.Subject.Certificate = nil
			p.reg.registrant = "张示例"
			p.web.copyright = "张示例"
			p.web.shop = true
		}, want: []Expect{failsAs("site.category", dc.Low, "review")}, loose: []string{"subject", "site.title"}},
	}
}

// stateStories are sites that are not filed, or no longer.
func stateStories() []*Story {
	unfiled := func(p *plan) {
		p.site.State = dc.StateUnfiled
		p.site.RecordNumber, p.site.FiledOn, p.site.OpenedOn = "", dc.Date{}, dc.Date{}
		p.site.Subject.RecordNumber, p.site.Subject.FiledOn = "", dc.Date{}
		p.site.Access, p.site.PoliceNumber, p.site.LastVisitOn = nil, "", dc.Date{}
		p.web.footer.style, p.web.police = footNone, false
	}
	return []*Story{
		{Name: "unfiled_mainland", Part: "dns", About: "never filed, yet served from the mainland", plant: unfiled,
			want: []Expect{fails("access.unfiled", dc.High)}, loose: []string{"access.resolves", "access.mainland", "access.provider", "access.address", "site", "server", "domain", "subject"}},
		{Name: "unfiled_abroad", Part: "dns", About: "never filed, served from Hong Kong: no filing needed", plant: func(p *plan) { unfiled(p); p.servedFrom(poolHongKong) },
			want: []Expect{passes("access.unfiled")}, loose: []string{"access.resolves", "access.mainland", "access.provider", "access.address", "site", "server", "domain", "subject"}},
		{Name: "cancelled_mainland", Part: "dns", About: "the filing was cancelled, the mainland server still answers", plant: func(p *plan) {
			p.site.State = dc.StateCancelled
			p.site.Access[0].State = dc.AccessCancelled
		}, want: []Expect{fails("access.unfiled", dc.High), silent("site.number"), silent("access.mainland")}, loose: []string{"domain.tld", "domain.registrar", "server", "site", "access.provider", "access.address", "access.resolves"}},
		{Name: "filing_resolves", Part: "dns", About: "an order is open and the name already points at a site", plant: filing,
			want: []Expect{fails("access.resolves", "")}, loose: []string{"domain", "server", "subject", "site", "access.unfiled", "access.mainland", "access.provider", "access.address"}},
		{Name: "filing_quiet", Part: "dns", About: "an order is open and the name points nowhere, as it must", plant: func(p *plan) {
			filing(p)
			p.everyHost(answer{fault: dnsNXDomain})
		}, want: []Expect{passes("access.resolves")}, loose: []string{"domain", "server", "subject", "site", "access.unfiled", "access.mainland", "access.provider", "access.address"}},
		{Name: "not_required", Part: "dns", About: "an overseas site that needs no filing", plant: func(p *plan) {
			unfiled(p)
			p.site.State = dc.StateNotRequired
			p.servedFrom(poolSingapore)
		}, want: []Expect{silent("access.mainland"), silent("access.resolves"), silent("site.number"), silent("domain.tld")}, loose: []string{"access", "site", "domain", "server", "subject"}},
	}
}

// filing puts a site into an open first order.
func filing(p *plan) {
	p.site.State = dc.StateFiling
	p.site.RecordNumber, p.site.FiledOn, p.site.OpenedOn = "", dc.Date{}, dc.Date{}
	p.site.Subject.RecordNumber, p.site.Subject.FiledOn = "", dc.Date{}
	p.site.PoliceNumber, p.site.LastVisitOn = "", dc.Date{}
	p.site.Order = &dc.Order{Kind: dc.OrderFirst, Provider: dc.Text(p.pool), SubmittedOn: p.today.AddDays(-5), Stage: "管局审核", Domains: dc.List[string]{p.domain}}
	p.web.footer.style, p.web.police = footNone, false
}
