package lab

import dc "domaincheck"

// numberStories are about the record number in the footer.
func numberStories() []*Story {
	foot := func(style footerStyle) func(*plan) { return func(p *plan) { p.web.footer.style = style } }
	link := func(to string) func(*plan) { return func(p *plan) { p.web.footer.link = to } }
	missing := func(name, about string, plant func(*plan)) *Story {
		return &Story{Name: name, Part: "page", About: about, plant: plant,
			want: []Expect{fails("site.number", dc.Medium), calm("site.number_matches"), calm("site.link")}}
	}
	return []*Story{
		missing("number_missing", "the footer has no number", foot(footNone)),
		missing("number_comment", "the number stands in a comment", foot(footComment)),
		missing("number_script", "the number stands in a script's data", foot(footScript)),
		missing("number_hidden", "the number is hidden by style and attribute", foot(footHidden)),
		missing("number_tooltip", "the number is only the title of an image", foot(footTooltip)),
		missing("number_joke", "萌ICP备 is a joke, not a filing", foot(footJoke)),
		missing("number_placeholder", "a placeholder that a template left", foot(footPlaceholder)),
		{Name: "link_missing", Part: "page", About: "the number is not linked", plant: link(""), want: []Expect{fails("site.link", dc.Low)}},
		{Name: "link_outdated", Part: "page", About: "the link leads to the old MIIT address", plant: link("http://www.miitbeian.gov.cn/"), want: []Expect{fails("site.link", dc.Medium)}},
		{Name: "link_outdated_www", Part: "page", About: "the link leads to the form of 2019", plant: link("http://www.beian.miit.gov.cn/"), want: []Expect{fails("site.link", dc.Medium)}},
		{Name: "link_wrong", Part: "page", About: "the link leads to the site itself", plant: link("/about"), want: []Expect{fails("site.link", dc.Medium)}},
		{Name: "link_lookalike", Part: "page", About: "a host that only looks like the MIIT's", plant: link("https://beian.miit.gov.cn.lab-dns.net/"), want: []Expect{fails("site.link", dc.Medium)}},
		{Name: "link_police", Part: "page", About: "the number links to the police site", plant: link("https://beian.mps.gov.cn/"), want: []Expect{fails("site.link", dc.Medium)}},
		{Name: "number_other_subject", Part: "page", About: "another subject's number", plant: func(p *plan) {
			p.web.footer.number = p.otherNumber()
		}, want: []Expect{fails("site.number_matches", dc.High)}},
		{Name: "number_other_province", Part: "page", About: "another province's number", province: "浙江", plant: func(p *plan) {
			p.web.footer.number = "沪" + p.number[len("浙"):]
		}, want: []Expect{fails("site.number_matches", dc.High)}},
		{Name: "number_wrong_index", Part: "page", About: "the right subject, another site's index", province: "浙江", plant: func(p *plan) {
			p.web.footer.number = p.subject + "-7"
		}, want: []Expect{fails("site.number_matches", dc.Low)}},
		{Name: "number_subject_only", Part: "page", About: "the subject's number where the site's is due", province: "四川", plant: func(p *plan) {
			p.web.footer.number = p.subject
		}, want: []Expect{fails("site.number_matches", dc.Low)}},
		{Name: "number_index_guangdong", Part: "page", About: "the site's number where Guangdong asks for the subject's", province: "广东", plant: func(p *plan) {
			p.web.footer.number = p.number
		}, want: []Expect{fails("site.number_matches", dc.Low)}},
		{Name: "police_missing", Part: "page", About: "no police number long after opening", plant: func(p *plan) { p.web.police = false }, want: []Expect{fails("site.police", dc.Low)}},
		{Name: "police_missing_new", Part: "page", About: "no police number, but opened ten days ago", plant: func(p *plan) {
			p.web.police = false
			p.site.OpenedOn, p.site.PoliceNumber = p.today.AddDays(-10), ""
		}, want: []Expect{calm("site.police")}},
		{Name: "copyright_other", Part: "page", About: "a Jiangsu unit's page names another holder", province: "江苏", plant: func(p *plan) {
			p.web.copyright = "成都他人示例商贸有限公司"
		}, want: []Expect{fails("site.copyright", "")}},
		{Name: "title_other", Part: "page", About: "a Zhejiang site whose page never shows the filed name", province: "浙江", plant: func(p *plan) {
			p.web.title, p.web.h1, p.web.copyright = "欢迎光临", "欢迎光临", ""
		}, want: []Expect{failsAs("site.title", dc.Low, "review")}},
		{Name: "script_shell", Part: "page", About: "an empty shell that a script fills: unknown until rendered", plant: func(p *plan) { p.web.body = bodyShell },
			want: []Expect{expect("site.number", dc.Pass, dc.Unknown), expect("site.number_matches", dc.Pass, dc.Unknown, dc.NotApplicable), expect("site.link", dc.Pass, dc.Unknown, dc.NotApplicable), calm("site.police"), calm("site.copyright"), calm("site.title"), calm("site.parked")}},
	}
}

// otherNumber is the number of a neighbour in the same province.
func (p *plan) otherNumber() string {
	r := []rune(p.number)
	for i := len(r) - 1; i >= 0; i-- {
		if r[i] == '号' {
			// another digit in the hundred thousands: no site of this lab has it
			r[i-6] = '9'
			break
		}
	}
	return string(r)
}

// pageStories are pages that are no site, or not the one filed.
func pageStories() []*Story {
	show := func(b bodyKind) func(*plan) { return func(p *plan) { p.web.body = b } }
	page := []string{"site.reachable", "site.parked", "site.number", "site.number_matches", "site.link", "site.police", "site.copyright", "site.title", "site.tls"}
	blocked := func(name, about string, slow bool, plant func(*plan)) *Story {
		return &Story{Name: name, Part: "page", About: about, Slow: slow, plant: plant, want: []Expect{fails("site.blocked", dc.Critical)}, loose: page}
	}
	parked := func(name, about string, b bodyKind) *Story {
		return &Story{Name: name, Part: "page", About: about, plant: show(b),
			want: []Expect{fails("site.parked", dc.Medium), passes("site.reachable"), passes("site.blocked")}, loose: page[2:]}
	}
	return []*Story{
		blocked("blocked_aliyun", "Aliyun's block page", false, show(bodyBlockAliyun)),
		blocked("blocked_tencent", "a redirect to Tencent's block page", false, func(p *plan) {
			p.web.location = "https://" + hostBlock + "/static/webblock.html?d=" + p.domain
		}),
		blocked("blocked_ucloud", "UCloud's block page", false, show(bodyBlockUCloud)),
		blocked("blocked_carrier", "a carrier's filter in GB2312 with a frame", false, show(bodyBlockCarrier)),
		parked("parked", "a parking page", bodyParked),
		parked("for_sale", "the name is for sale", bodyForSale),
		parked("default_nginx", "the server's welcome page", bodyNginx),
		parked("default_panel", "a hosting panel's first page", bodyPanel),
		{Name: "captcha", Part: "page", About: "a captcha wall: what is behind it is unknown", plant: show(bodyCaptcha), want: with(pageUnseen(), calm("site.blocked"), calm("site.parked"), calm("site.reachable"))},
		{Name: "waf_wall", Part: "page", About: "a firewall's interstitial with status 405", plant: show(bodyWAF), want: with(pageUnseen(), calm("site.blocked"), calm("site.parked"), calm("site.reachable"))},
		{Name: "tls_alert", Part: "page", About: "port 443 answers, but ends the handshake with an alert", plant: func(p *plan) { p.web.http, p.web.https = serveHere, serveNoTLS }, loose: []string{"site.tls"}},
		{Name: "tls_expired", Part: "page", About: "the certificate ended three days ago", plant: func(p *plan) { p.web.cert = certExpired }, want: []Expect{fails("site.tls", dc.Low)}},
		{Name: "tls_wrong_name", Part: "page", About: "a certificate for another name", plant: func(p *plan) { p.web.cert = certWrongName }, want: []Expect{fails("site.tls", dc.Low)}},
		{Name: "tls_self_signed", Part: "page", About: "a certificate signed by itself", plant: func(p *plan) { p.web.cert = certSelfSigned }, want: []Expect{fails("site.tls", dc.Low)}},
	}
}

// transportStories are servers that are down, or hostile.
func transportStories() []*Story {
	serve := func(s serving) func(*plan) { return func(p *plan) { p.web.http, p.web.https = s, s } }
	down := func(name, about string, plant func(*plan)) *Story {
		return &Story{Name: name, Part: "page", About: about, plant: plant, want: with(pageUnseen(), fails("site.reachable", dc.Medium), calm("site.parked"), calm("site.tls"), calm("site.blocked"))}
	}
	jump := func(name, about, to string) *Story {
		return &Story{Name: name, Part: "page", About: about, plant: func(p *plan) { p.web.location = to },
			want: with(pageUnseen(), calm("site.blocked"), calm("site.parked"), calm("site.tls")), loose: []string{"site.reachable"}}
	}
	reset := down("down_reset", "connections are reset once the request is in", serve(serveReset))
	// A reset after ClientHello is also what some blocks look like.
	reset.loose, reset.want = []string{"site.blocked"}, without(reset.want, "site.blocked")
	refused := down("down_refused", "connections are refused", serve(serveRefused))
	refused.limit, refused.instead = mappedSites, "down_reset"
	hang := down("down_hang", "connections are accepted and nothing follows", serve(serveHang))
	hang.Slow, hang.want = true, with(hang.want, unknown("site.reachable", dc.WhyUnobserved))
	status := down("down_503", "503 from a live server", func(p *plan) { p.web.status, p.web.body = 503, bodyError })
	status.loose, status.want = []string{"site.tls"}, without(status.want, "site.tls")
	return []*Story{
		reset, refused, hang, status,
		{Name: "down_http_only", Part: "page", About: "port 80 resets, https is fine", plant: func(p *plan) { p.web.http = serveReset }, loose: []string{"site"}},
		jump("jump_metadata", "a redirect to a cloud's metadata address", "http://169.254.169.254/latest/meta-data/"),
		jump("jump_loopback", "a redirect to loopback", "http://127.0.0.1/admin"),
		jump("jump_mapped", "a redirect to loopback as an IPv4-mapped IPv6 literal", "http://[::ffff:127.0.0.1]/"),
		jump("jump_internal", "a redirect to a name with a private address", "http://"+hostIntranet+"/"),
		jump("jump_port", "a redirect to a database port", "http://"+hostBlock+":6379/"),
		jump("jump_loop", "redirects that go round", "loop"),
		jump("jump_many", "more redirects than anyone follows", "many"),
		{Name: "bomb_gzip", Part: "page", About: "a small body that unpacks to 256 MiB", plant: serve(serveBomb), want: numbersUnseen(), loose: []string{"site.copyright", "site.title", "site.category"}},
		{Name: "body_endless", Part: "page", About: "a body without end, the footer never comes", Slow: true, plant: serve(serveEndless), want: numbersUnseen(), loose: []string{"site.copyright", "site.title", "site.category"}},
		{Name: "body_trickle", Part: "page", About: "a byte of the body every few seconds", Slow: true, plant: serve(serveTrickle), want: with(pageUnseen(), calm("site.reachable"), calm("site.parked"))},
		{Name: "body_cut", Part: "page", About: "the body ends before its announced length", plant: serve(serveCut), want: with(numbersUnseen(), calm("site.reachable")), loose: []string{"site.copyright", "site.title", "site.category"}},
		{Name: "header_flood", Part: "page", About: "endless response headers", plant: serve(serveFlood), want: with(pageUnseen(), calm("site.blocked"), calm("site.parked")), loose: []string{"site.reachable", "site.tls"}},
	}
}

// without is the list less one rule.
func without(list []Expect, rule string) []Expect {
	var out []Expect
	for _, e := range list {
		if e.Rule != rule {
			out = append(out, e)
		}
	}
	return out
}
