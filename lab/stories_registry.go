package lab

import (
	"time"

	dc "domaincheck"
)

// registryUnseen is what follows when the registry could not be read: each rule
// that rests on it is unknown, not failed, not passed.
func registryUnseen() []Expect {
	return []Expect{
		unknown("domain.registered", dc.WhyUnobserved), unseen("domain.registrar"), unseen("domain.status"),
		expect("domain.expiry", dc.Unknown), unseen("domain.holder"), calm("domain.changed"),
	}
}

// notRegistered is what follows when the registry knows no such name.
func notRegistered() []Expect {
	return []Expect{fails("domain.registered", "")}
}

func afterAbsence() []string {
	return []string{"domain.registrar", "domain.status", "domain.expiry", "domain.holder", "domain.changed", "domain.real_name"}
}

// expiryStories differ only in the day on which the registration ends.
func expiryStories() []*Story {
	on := func(days int) func(*plan) { return func(p *plan) { p.expiresOn(days) } }
	return []*Story{
		{Name: "expires_91_days", Part: "registration", About: "91 days left: not yet worth a word", plant: on(91)},
		{Name: "expires_90_days", Part: "registration", About: "90 days left", plant: on(90), want: []Expect{fails("domain.expiry", dc.Low)}},
		{Name: "expires_31_days", Part: "registration", About: "31 days left", plant: on(31), want: []Expect{fails("domain.expiry", dc.Low)}},
		{Name: "expires_30_days", Part: "registration", About: "30 days left", plant: on(30), want: []Expect{fails("domain.expiry", dc.Medium)}},
		{Name: "expires_20_days_renewing", Part: "registration", About: "20 days left and renewed by itself", plant: func(p *plan) {
			p.expiresOn(20)
			p.site.AutoRenew = dc.Known(true)
		}, want: []Expect{fails("domain.expiry", dc.Low)}},
		{Name: "expires_5_days", Part: "registration", About: "5 days left", plant: on(5), want: []Expect{fails("domain.expiry", dc.High)}},
		{Name: "expired", Part: "registration", About: "ended three days ago, still answering", plant: on(-3), want: []Expect{fails("domain.expiry", dc.Critical)}, loose: []string{"domain.status"}},
		{Name: "expires_8_days_early", Part: "registration", About: "ends in 8 days at 00:30 in Beijing, when UTC still counts the seventh", tld: "cn", plant: func(p *plan) {
			p.reg.expires = p.today.AddDays(8).Start().Add(30 * time.Minute)
		}, want: []Expect{fails("domain.expiry", dc.Medium)}},
		{Name: "redemption", Part: "registration", About: "redemptionPeriod at a gTLD", tld: "gtld", plant: func(p *plan) {
			p.expiresOn(-45)
			p.reg.statuses = []string{"redemptionPeriod"}
		}, want: []Expect{fails("domain.expiry", dc.Critical)}, loose: []string{"domain.status"}},
		{Name: "pending_delete", Part: "registration", About: "pendingDelete at .cn, where it can still be redeemed", tld: "cn", plant: func(p *plan) {
			p.expiresOn(-35)
			p.reg.statuses = []string{"pendingDelete"}
		}, want: []Expect{fails("domain.expiry", dc.Critical)}, loose: []string{"domain.status"}},
	}
}

// registryStories are facts of the registry, well told.
func registryStories() []*Story {
	status := func(words ...string) func(*plan) { return func(p *plan) { p.reg.statuses = words } }
	return []*Story{
		{Name: "server_hold", Part: "registration", About: "the registry holds the name", plant: status("serverHold"), want: []Expect{fails("domain.status", dc.Critical)}},
		{Name: "client_hold", Part: "registration", About: "the registrar holds the name", plant: status("clientHold", "clientTransferProhibited"), want: []Expect{fails("domain.status", dc.Critical)}},
		{Name: "pending_verification", Part: "registration", About: "the registrant has yet to be verified", tld: "cn", plant: status("pendingVerification"),
			want: []Expect{fails("domain.status", "")}, loose: []string{"domain.real_name"}},
		{Name: "locked", Part: "registration", About: "many prohibitions: all of them harmless", plant: status("clientTransferProhibited", "clientUpdateProhibited", "clientDeleteProhibited", "serverTransferProhibited")},
		{Name: "registrar_foreign", Part: "registration", About: "a registrar outside China", tld: "gtld", plant: func(p *plan) {
			p.reg.registrar = registrarFact{"", "GoDaddy.com, LLC", "146", "http://www.godaddy.com"}
		}, want: []Expect{fails("domain.registrar", dc.High)}},
		{Name: "registrar_decoy", Part: "registration", About: "the IANA id comes after other public ids", tld: "gtld", plant: func(p *plan) { p.reg.rdap = modeDecoy }},
		{Name: "registrar_unknown", Part: "registration", About: "a registrar in no list: unknown is not no", tld: "cn", plant: func(p *plan) {
			p.reg.registrar = registrarFact{"示例域名注册服务有限公司", "Shili Example Registrar Co., Ltd.", "", ""}
		}, want: []Expect{expect("domain.registrar", dc.Unknown)}},
		{Name: "tld_unapproved", Part: "registration", About: "a TLD that was never approved", tld: "dev", want: []Expect{fails("domain.tld", dc.High)}},
		{Name: "tld_exempt", Part: "registration", About: "a .org name filed in 2016 and unchanged since", tld: "org", plant: func(p *plan) {
			p.site.FiledOn = dc.MustDate("2016-05-20")
			p.site.OpenedOn = dc.MustDate("2016-06-01")
			p.site.Subject.FiledOn = p.site.FiledOn
			p.site.RealNameVerifiedOn = dc.MustDate("2016-04-01")
			p.reg.created = dc.MustDate("2015-03-02").Start().Add(10 * time.Hour)
		}, want: []Expect{passes("domain.tld"), expect("domain.holder", dc.Pass, dc.Unknown, dc.NotApplicable)}},
		{Name: "holder_other", Part: "registration", About: "the registrant is somebody else", tld: "cn", plant: func(p *plan) {
			p.reg.registrant = "成都他人示例商贸有限公司"
		}, want: []Expect{fails("domain.holder", dc.High)}},
		{Name: "holder_brackets", Part: "registration", About: "the same name in other brackets, width and blanks", tld: "cn", plant: func(p *plan) {
			p.site.Subject.Name = "示例（中国）网络科技有限公司"
			p.web.copyright = "示例（中国）网络科技有限公司"
			p.reg.registrant = "示例(中国) 网络科技有限公司"
		}},
		{Name: "holder_proxy", Part: "registration", About: "a privacy service stands for the registrant", tld: "gtld", plant: func(p *plan) {
			p.reg.redacted, p.reg.proxy = false, true
			p.reg.registrant, p.reg.organization = "Registration Private", "Domains By Proxy, LLC"
			p.reg.country = "US"
		}, want: []Expect{failsAs("domain.holder", dc.Medium, "proxy")}},
		{Name: "holder_redacted", Part: "registration", About: "the registrant is redacted: nobody can know", tld: "gtld"},
		{Name: "new_owner", Part: "registration", About: "created after the filing: the name has changed hands", tld: "cn", plant: func(p *plan) {
			p.reg.created = p.today.AddDays(-100).Start().Add(10 * time.Hour)
		}, want: []Expect{fails("domain.changed", "")}},
		{Name: "absent_whois", Part: "registration", About: "the registry has no matching record", tld: "cn", plant: func(p *plan) { p.reg.whois = modeAbsent }, want: notRegistered(), loose: afterAbsence()},
		{Name: "absent_rdap", Part: "registration", About: "RDAP says 404 with an error object", tld: "gtld", plant: func(p *plan) { p.reg.rdap, p.reg.whois = modeAbsent, modeAbsent }, want: notRegistered(), loose: afterAbsence()},
		{Name: "absent_rdap_bare", Part: "registration", About: "RDAP says 404 with an empty body", tld: "gtld", plant: func(p *plan) { p.reg.rdap, p.reg.whois = modeAbsentBare, modeAbsent }, want: notRegistered(), loose: afterAbsence()},
		{Name: "reserved", Part: "registration", About: "the registry keeps the name back", tld: "cn", plant: func(p *plan) { p.reg.whois = modeReserved }, want: notRegistered(), loose: afterAbsence()},
	}
}

// registryAnswerStories are registries that answer badly or not at all.
func registryAnswerStories() []*Story {
	whois := func(m mode) func(*plan) { return func(p *plan) { p.reg.whois = m } }
	both := func(m mode) func(*plan) { return func(p *plan) { p.reg.rdap, p.reg.whois = m, m } }
	one := func(name, about string, slow bool, plant func(*plan)) *Story {
		return &Story{Name: name, Part: "registration", About: about, Slow: slow, tld: "cn", plant: plant, want: registryUnseen()}
	}
	two := func(name, about string, slow bool, plant func(*plan)) *Story {
		s := one(name, about, slow, plant)
		s.tld = "gtld"
		return s
	}
	refusing := func(tld string, s *Story) *Story {
		s.tld = tld
		return s
	}
	return []*Story{
		refusing(tldRefusedCN, one("whois_too_fast", "refused: asked again too soon", false, whois(modeTooFast))),
		refusing(tldRefusedCN, one("whois_exceeded", "refused: quota exceeded", false, whois(modeExceeded))),
		refusing(tldRefusedCN, one("whois_refused_absent", "a refusal followed by words of absence", false, whois(modeRefusedAbsent))),
		one("whois_endless", "an answer that never ends", true, whois(modeEndless)),
		one("whois_trickle", "one byte every few seconds", true, whois(modeTrickle)),
		one("whois_reset", "the connection is reset", false, whois(modeReset)),
		one("whois_html", "an HTML page instead of text", false, whois(modeHTML)),
		one("whois_empty", "the connection closes without a word", false, whois(modeEmpty)),
		one("whois_silent", "no answer at all", true, whois(modeSilent)),
		refusing(tldRefused, two("rdap_too_many", "429 with Retry-After, and WHOIS refuses too", false, both(modeTooFast))),
		two("rdap_server_error", "500 from RDAP, WHOIS resets", false, both(modeReset)),
		two("rdap_malformed", "cut JSON, and WHOIS says nothing", false, func(p *plan) { p.reg.rdap, p.reg.whois = modeCut, modeEmpty }),
		two("rdap_html", "a web page from both", false, both(modeHTML)),
		two("rdap_endless", "endless bodies from both", true, both(modeEndless)),
		two("rdap_silent", "both are silent", true, both(modeSilent)),
		{Name: "whois_slow", Part: "registration", About: "WHOIS takes two seconds", Slow: true, tld: "cn", plant: whois(modeSlow)},
		{Name: "whois_gb18030", Part: "registration", About: "WHOIS text in GB18030", tld: "cn", plant: func(p *plan) { p.reg.gb18030 = true }},
		{Name: "whois_cut", Part: "registration", About: "the connection is cut in the middle of the text", tld: "cn", plant: whois(modeCut),
			want:  []Expect{calm("domain.registered"), calm("domain.expiry"), calm("domain.registrar"), calm("domain.holder"), calm("domain.status")},
			loose: []string{"domain.changed"}},
		{Name: "rdap_slow", Part: "registration", About: "RDAP takes two seconds", Slow: true, tld: "gtld", plant: func(p *plan) { p.reg.rdap = modeSlow }},
		{Name: "rdap_down_whois_thin", Part: "registration", About: "RDAP fails; WHOIS is thin and refers to the registrar", tld: "com", plant: func(p *plan) {
			p.reg.rdap, p.reg.thin = modeServerError, true
		}, want: []Expect{calm("domain.registered"), calm("domain.registrar"), calm("domain.expiry"), calm("domain.status"), calm("domain.holder")}},
		{Name: "rdap_down_whois_hosts", Part: "registration", About: "RDAP fails; WHOIS prints host records of like names first", tld: "com", plant: func(p *plan) {
			p.reg.rdap, p.reg.thin, p.reg.hostRecords = modeServerError, true, true
		}, want: []Expect{calm("domain.registered"), calm("domain.registrar"), calm("domain.expiry"), calm("domain.status"), calm("domain.holder")}},
		{Name: "rdap_thin", Part: "registration", About: "the registry's RDAP has no contacts and links to the registrar's", tld: "com", plant: func(p *plan) { p.reg.thin = true },
			want: []Expect{unseen("domain.holder")}},
	}
}
