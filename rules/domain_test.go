package rules

import (
	"io/fs"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"domaincheck"
)

const hour = time.Hour

// testFiles are the real book with the two provinces that tests rest on, and
// made-up books under real provinces' names that hold what those lack.
func testFiles(t testing.TB) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	for _, pattern := range []string{"book/*.yaml", "provinces/shanghai.yaml", "provinces/guangdong.yaml"} {
		names, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = &fstest.MapFile{Data: raw}
		}
	}
	for _, name := range []string{"beijing", "tianjin"} {
		raw, err := os.ReadFile("testdata/provinces/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		out["provinces/"+name+".yaml"] = &fstest.MapFile{Data: raw}
	}
	return out
}

type cs = *domaincheck.Case

func reg(c cs) *domaincheck.Registration { return c.Observation.Registration }

func inProvince(c cs, name domaincheck.Text) {
	c.Site.Subject.Province = name
	if name == "" { // nor may a number tell it
		c.Site.RecordNumber, c.Site.Subject.RecordNumber = "", ""
		c.Observation.Page.RecordNumbers = nil
	}
}

func filedOn(day string) func(cs) {
	return func(c cs) { c.Site.FiledOn = date(day) }
}

func all(changes ...func(cs)) func(cs) {
	return func(c cs) {
		for _, f := range changes {
			f(c)
		}
	}
}

func failed(o domaincheck.Outcome) func(cs) {
	return func(c cs) {
		look := domaincheck.Look{Outcome: o, At: instant(today)}
		c.Observation.Registration = &domaincheck.Registration{Look: look}
	}
}

func tld(d string) func(cs) {
	return func(c cs) { c.Site.Domains[0].Domain = d }
}

func noRegistration(c cs) { c.Observation.Registration = nil }

func expires(day string) func(cs) {
	return func(c cs) { reg(c).Expires = instant(day) }
}

// grace is a gTLD name within the registry's grace period of auto-renewal.
func grace(day string) func(cs) {
	return all(tld("example.com"), expires(day), status("clientTransferProhibited", "auto renew period"))
}

func status(s ...string) func(cs) {
	return func(c cs) { reg(c).Statuses = s }
}

func holder(name string) func(cs) {
	return func(c cs) { reg(c).Registrant = &domaincheck.Registrant{Name: domaincheck.Text(name)} }
}

func registrar(name, iana string) func(cs) {
	return func(c cs) {
		reg(c).Registrar = &domaincheck.Registrar{Name: domaincheck.Text(name), IANAID: domaincheck.Text(iana)}
	}
}

func domainRows() []row {
	rows := []row{
		{"domain.registered", "pass registered observed", "ok", healthy, nil},
		{"domain.registered", "fail absent critical", "absent", healthy, failed(domaincheck.OutcomeAbsent)},
		{"domain.registered", "fail reserved critical", "reserved", healthy, failed(domaincheck.OutcomeReserved)},
		{"domain.registered", "unknown look_failed unobserved", "refused", healthy, failed(domaincheck.OutcomeRefused)},
		{"domain.registered", "unknown look_failed unobserved", "timeout", healthy, failed(domaincheck.OutcomeTimeout)},
		{"domain.registered", "unknown look_failed unobserved", "malformed", healthy, failed(domaincheck.OutcomeMalformed)},
		{"domain.registered", "unknown not_looked unobserved", "never", healthy, noRegistration},
		{"domain.registered", "not_applicable address_site", "address", healthy, tld("47.110.0.1")},
		{"domain.registered", "not_applicable address_site", "IPv6 address", healthy, tld("2408:4000::1")},

		{"domain.tld", "pass approved", "cn", healthy, nil},
		{"domain.tld", "fail not_approved high", "org filed in 2020", healthy, tld("example.org")},
		{"domain.tld", "fail not_approved high", "org unfiled", unfiled, tld("example.org")},
		{"domain.tld", "pass exempt declared", "org filed in 2017", healthy, all(tld("example.org"), filedOn("2017-12-31"))},
		{"domain.tld", "fail not_approved", "org filed on 2018-01-01", healthy, all(tld("example.org"), filedOn("2018-01-01"))},
		{"domain.tld", "fail not_approved", "org filed 2017, changed 2018-01-01", healthy,
			all(tld("example.org"), filedOn("2017-05-01"), func(c cs) { c.Site.ChangedOn = date("2018-01-01") })},
		{"domain.tld", "pass exempt", "org filed 2016, changed 2017", healthy,
			all(tld("example.org"), filedOn("2016-05-01"), func(c cs) { c.Site.ChangedOn = date("2017-12-31") })},
		{"domain.tld", "unknown filed_on_undeclared undeclared", "org, filing date not declared", healthy,
			all(tld("example.org"), filedOn(""), func(c cs) { c.Site.RecordNumber = "沪ICP备12345678号-1" })},
		{"domain.tld", "fail not_approved", "org, not declared but numbered in 2020", healthy, all(tld("example.org"), filedOn(""))},
		{"domain.tld", "unknown approval_unknown unknowable", "made-up TLD", healthy, tld("example.zzzz")},
		{"domain.tld", "fail not_on_province_list high", "approval unknown, but Beijing names it as refused", unfiled, all(tld("example.zzzz"), func(c cs) { inProvince(c, "北京") })},
		{"domain.tld", "unknown approval_unknown unknowable", "the same for an individual", unfiled, all(tld("example.zzzz"), func(c cs) { inProvince(c, "北京") }, individual)},
		{"domain.tld", "fail not_on_province_list high", "hk for a unit of Beijing", unfiled, all(tld("example.hk"), func(c cs) { inProvince(c, "北京") }, approvedButNotBeijing)},
		{"domain.tld", "pass approved", "the same for an individual", unfiled,
			all(approvedButNotBeijing, func(c cs) { inProvince(c, "北京"); c.Site.Subject.Kind = domaincheck.KindIndividual })},
		{"domain.tld", "unknown depends_on_kind undeclared", "the same, kind unknown", unfiled,
			all(approvedButNotBeijing, func(c cs) { inProvince(c, "北京"); c.Site.Subject.Kind = "" })},
		{"domain.tld", "unknown province_list_unknown unknowable", "not known whether on Beijing's list", unfiled,
			all(beijingUnknown, func(c cs) { inProvince(c, "北京") })},
		{"domain.tld", "not_applicable state", "not required", healthy, func(c cs) { c.Site.State = domaincheck.StateNotRequired }},

		{"domain.registrar", "pass approved", "hichina", healthy, nil},
		{"domain.registrar", "fail not_approved high", "GoDaddy", healthy, registrar("GoDaddy.com, LLC", "146")},
		{"domain.registrar", "pass exempt", "GoDaddy, filed 2017", healthy, all(registrar("GoDaddy.com, LLC", "146"), filedOn("2017-01-01"))},
		{"domain.registrar", "unknown approval_unknown unknowable", "made up", healthy, registrar("No Such Registrar Ltd", "")},
		{"domain.registrar", "unknown no_registrar unobserved", "no registrar", healthy, func(c cs) { reg(c).Registrar = nil }},
		{"domain.registrar", "unknown look_failed unobserved", "timeout", healthy, failed(domaincheck.OutcomeTimeout)},
		{"domain.registrar", "not_applicable not_registered", "absent", healthy, failed(domaincheck.OutcomeAbsent)},
		{"domain.registrar", "not_applicable state", "cancelled", healthy, func(c cs) { c.Site.State = domaincheck.StateCancelled }},

		{"domain.domestic", "not_applicable state", "filed", healthy, nil},
		{"domain.domestic", "not_applicable not_demanded", "Shanghai does not forbid it", unfiled, nil},
		{"domain.domestic", "unknown province_undeclared undeclared", "no province", unfiled, func(c cs) { inProvince(c, "") }},
		{"domain.domestic", "unknown no_province_book undeclared", "a province without a book", unfiled, func(c cs) { inProvince(c, "火星") }},
		{"domain.domestic", "pass domestic", "Beijing, hichina", unfiled, func(c cs) { inProvince(c, "北京市") }},
		{"domain.domestic", "fail abroad high", "Beijing, GoDaddy", unfiled, all(registrar("GoDaddy.com, LLC", "146"), func(c cs) { inProvince(c, "北京") })},
		{"domain.domestic", "unknown registrar_unknown unknowable", "Beijing, made up", unfiled, all(registrar("No Such", ""), func(c cs) { inProvince(c, "北京") })},
		{"domain.domestic", "unknown no_registrar unobserved", "Beijing, none", unfiled, func(c cs) { inProvince(c, "北京"); reg(c).Registrar = nil }},
		{"domain.domestic", "unknown look_failed unobserved", "Beijing, refused", unfiled, all(failed(domaincheck.OutcomeRefused), func(c cs) { inProvince(c, "北京") })},

		{"domain.real_name", "pass verified declared", "declared", healthy, nil},
		{"domain.real_name", "unknown wait unknowable declared", "verified two days ago", healthy, func(c cs) { c.Site.RealNameVerifiedOn = date("2026-11-19") }},
		{"domain.real_name", "pass verified declared", "verified three days ago", healthy, func(c cs) { c.Site.RealNameVerifiedOn = date("2026-11-18") }},
		{"domain.real_name", "unknown wait", "the later of two dates counts", healthy, func(c cs) {
			c.Site.Holder = &domaincheck.Holder{VerifiedOn: date("2026-11-20")}
		}},
		{"domain.real_name", "fail pending_verification inferred", "pending beats the declaration", healthy, status("pendingVerification")},
		{"domain.real_name", "pass probably_verified inferred", "inferred", healthy, unverified},
		{"domain.real_name", "fail hold inferred", "hold", healthy, all(unverified, status("serverHold"))},
		{"domain.real_name", "fail unapproved_registrar inferred medium", "foreign registrar", healthy, all(unverified, registrar("GoDaddy.com, LLC", "146"))},
		{"domain.real_name", "not_applicable exempt", "foreign registrar, filed 2017", healthy, all(unverified, filedOn("2017-01-01"), registrar("GoDaddy.com, LLC", "146"))},
		{"domain.real_name", "fail unapproved_registrar info", "foreign registrar, no filing needed", healthy,
			all(unverified, registrar("GoDaddy.com, LLC", "146"), func(c cs) { c.Site.State = domaincheck.StateNotRequired })},
		{"domain.real_name", "unknown registrar_unknown unknowable", "registrar not known", healthy, all(unverified, registrar("No Such", ""))},
		{"domain.real_name", "unknown no_creation_date unknowable", "no creation date", healthy, all(unverified, func(c cs) { reg(c).Created = domaincheck.Instant{} })},
		{"domain.real_name", "unknown too_young unknowable", "five days old", healthy, all(unverified, func(c cs) { reg(c).Created = instant("2026-11-16") })},
		{"domain.real_name", "pass probably_verified", "older than five days", healthy, all(unverified, func(c cs) { reg(c).Created = instant("2026-11-15") })},
		{"domain.real_name", "unknown look_failed unobserved", "timeout", healthy, all(unverified, failed(domaincheck.OutcomeTimeout))},
		{"domain.real_name", "pass verified declared", "timeout, but declared", healthy, failed(domaincheck.OutcomeTimeout)},
	}
	return append(append(append(rows, expiryRows()...), holderRows()...), statusRows()...)
}

// .hk is on no list of Beijing though some tables approve it: a TLD that is
// approved and not listed is looked for in the real table.
func approvedButNotBeijing(c cs) { c.Site.Domains[0].Domain = "example." + tldWith("yes", "no") }
func beijingUnknown(c cs)        { c.Site.Domains[0].Domain = "example." + tldWith("yes", "unknown") }

func unverified(c cs) { c.Site.RealNameVerifiedOn = domaincheck.Date{} }

func expiryRows() []row {
	undated := func(c cs) { reg(c).Expires = domaincheck.Instant{} }
	order := func(kind domaincheck.OrderKind) func(cs) {
		return func(c cs) { c.Site.Order = &domaincheck.Order{Kind: kind} }
	}
	at := func(day string) func(cs) { return func(c cs) { c.At = instant(day) } }
	guangdong := func(c cs) { inProvince(c, "广东") }
	nowhere := func(c cs) { inProvince(c, "") }
	return []row{
		{"domain.expiry", "pass in_term", "healthy", healthy, nil},
		{"domain.expiry", "pass in_term", "91 days", healthy, expires("2027-02-20")},
		{"domain.expiry", "fail within_90 low", "90 days", healthy, expires("2027-02-19")},
		{"domain.expiry", "fail within_90 low", "31 days", healthy, expires("2026-12-22")},
		{"domain.expiry", "fail within_30 medium", "30 days", healthy, expires("2026-12-21")},
		{"domain.expiry", "fail within_30 medium", "8 days", healthy, expires("2026-11-29")},
		{"domain.expiry", "fail within_7 high", "7 days", healthy, expires("2026-11-28")},
		{"domain.expiry", "fail within_7 high", "later today", healthy, func(c cs) { reg(c).Expires = domaincheck.At(c.At.Add(time.Minute)) }},
		{"domain.expiry", "fail expired critical", "earlier today", healthy, func(c cs) { reg(c).Expires = domaincheck.At(c.At.Add(-time.Minute)) }},
		{"domain.expiry", "fail expired critical", "this very instant", healthy, func(c cs) { reg(c).Expires = c.At }},
		{"domain.expiry", "fail within_90 low", "the Beijing day counts, not the one of UTC", healthy, func(c cs) {
			reg(c).Expires = domaincheck.At(time.Date(2027, 2, 19, 15, 59, 0, 0, time.UTC))
		}},
		{"domain.expiry", "pass in_term", "one minute later it is the next day in Beijing", healthy, func(c cs) {
			reg(c).Expires = domaincheck.At(time.Date(2027, 2, 19, 16, 0, 0, 0, time.UTC))
		}},
		{"domain.expiry", "fail within_30 low", "auto-renew lowers 8 days", healthy, all(expires("2026-11-29"), func(c cs) { c.Site.AutoRenew = domaincheck.Known(true) })},
		{"domain.expiry", "fail within_90 info", "auto-renew lowers 90 days", healthy, all(expires("2027-02-19"), func(c cs) { c.Site.AutoRenew = domaincheck.Known(true) })},
		{"domain.expiry", "fail expired high", "auto-renew lowers expired", healthy, all(expires("2026-11-20"), func(c cs) { c.Site.AutoRenew = domaincheck.Known(true) })},
		{"domain.expiry", "fail redemption critical", "redemption", healthy, all(expires("2027-09-01"), status("redemptionPeriod"))},
		{"domain.expiry", "fail redemption critical", "redemption in RDAP's words", healthy, status("redemption period")},
		{"domain.expiry", "fail redemption critical", "cn pendingDelete can be had back", healthy, status("pendingDelete")},
		{"domain.expiry", "fail pending_delete critical", "gTLD pendingDelete cannot", healthy, all(tld("example.com"), status("pendingDelete https://icann.org/epp#pendingDelete"))},
		{"domain.expiry", "fail redemption critical", "gTLD redemption shows both", healthy, all(tld("example.com"), status("pendingDelete", "redemptionPeriod"))},
		{"domain.expiry", "fail redemption critical", "gTLD restorable", healthy, all(tld("example.com"), status("pendingDeleteRestorable"))},
		{"domain.expiry", "fail redemption critical", "gTLD being restored", healthy, all(tld("example.com"), status("pending delete", "pending restore"))},
		{"domain.expiry", "fail redemption critical", "redemption without a date", healthy, all(undated, status("redemptionPeriod"))},
		{"domain.expiry", "fail expired critical", "the registrar's date comes before the registry's", healthy, func(c cs) { reg(c).RegistrarExpires = instant("2026-11-01") }},
		{"domain.expiry", "unknown auto_renew_grace unobserved", "renewed by the registry alone", healthy, grace("2027-11-10")},
		{"domain.expiry", "unknown auto_renew_grace unobserved", "renewed by the registry 46 days ago", healthy, grace("2027-10-06")},
		{"domain.expiry", "pass in_term", "the status does not fit the date", healthy, grace("2027-10-05")},
		{"domain.expiry", "pass in_term", "nor one that is to come", healthy, grace("2027-11-22")},
		{"domain.expiry", "fail expired critical", "the registrar's date says that nobody paid", healthy, all(grace("2027-11-10"), func(c cs) { reg(c).RegistrarExpires = instant("2026-11-10") })},
		{"domain.expiry", "pass in_term", "the registrar was asked too", healthy, all(grace("2027-11-10"), func(c cs) { reg(c).Servers = domaincheck.List[string]{"rdap.registry.test", "rdap.registrar.test"} })},
		{"domain.expiry", "pass in_term", "auto-renewal is declared", healthy, all(grace("2027-11-10"), func(c cs) { c.Site.AutoRenew = domaincheck.Known(true) })},
		{"domain.expiry", "pass in_term", "the owner declares the new date", healthy, all(grace("2027-11-10"), func(c cs) { c.Site.Expires = date("2027-11-10") })},
		{"domain.term", "unknown auto_renew_grace unobserved", "renewed by the registry alone", unfiled, grace("2027-11-10")},
		{"domain.expiry", "unknown no_date unobserved", "no date", healthy, undated},
		{"domain.expiry", "fail within_30 medium declared", "declared date, registry has none", healthy, all(undated, func(c cs) { c.Site.Expires = date("2026-12-01") })},
		{"domain.expiry", "fail within_7 high declared", "declared to end today", healthy, all(noRegistration, func(c cs) { c.Site.Expires = date(today) })},
		{"domain.expiry", "fail expired critical declared", "declared to have ended yesterday", healthy, all(noRegistration, func(c cs) { c.Site.Expires = date("2026-11-20") })},
		{"domain.expiry", "pass in_term observed", "the registry's date beats the declared one", healthy, func(c cs) { c.Site.Expires = date("2026-11-20") }},
		{"domain.expiry", "unknown look_failed unobserved", "malformed", healthy, failed(domaincheck.OutcomeMalformed)},
		{"domain.expiry", "not_applicable not_registered", "absent", healthy, failed(domaincheck.OutcomeAbsent)},

		{"domain.term", "not_applicable state", "healthy and filed", healthy, nil},
		{"domain.term", "pass long_enough", "filed with an access order", healthy, order(domaincheck.OrderAccess)},
		{"domain.term", "not_applicable state", "filed with a cancellation", healthy, order(domaincheck.OrderCancel)},
		{"domain.term", "fail too_short medium", "Shanghai: exactly 6 months is not more", unfiled, expires("2027-05-21")},
		{"domain.term", "pass long_enough", "Shanghai: 6 months and a day", unfiled, expires("2027-05-22")},
		{"domain.term", "pass long_enough", "Guangdong: exactly 3 months", unfiled, all(guangdong, expires("2027-02-21"))},
		{"domain.term", "fail too_short", "Guangdong: a day less", unfiled, all(guangdong, expires("2027-02-20"))},
		{"domain.term", "pass long_enough", "30 November and 3 months is 28 February", unfiled, all(guangdong, at("2026-11-30"), expires("2027-02-28"))},
		{"domain.term", "fail too_short", "a day before that", unfiled, all(guangdong, at("2026-11-30"), expires("2027-02-27"))},
		{"domain.term", "pass long_enough", "30 November before a leap year", unfiled, all(guangdong, at("2027-11-30"), expires("2028-02-29"))},
		{"domain.term", "pass long_enough", "no province: enough for every one", unfiled, all(nowhere, expires("2027-05-22"))},
		{"domain.term", "fail too_short", "no province: too short for every one", unfiled, all(nowhere, expires("2027-02-20"))},
		{"domain.term", "unknown province_undeclared undeclared", "no province: it depends", unfiled, all(nowhere, expires("2027-04-01"))},
		{"domain.term", "unknown no_date unobserved", "no date", unfiled, undated},
		{"domain.term", "unknown look_failed unobserved", "refused", unfiled, failed(domaincheck.OutcomeRefused)},
		{"domain.term", "pass long_enough", "kind unknown: both books agree", unfiled, func(c cs) { c.Site.Subject.Kind = "" }},
		{"domain.term", "not_applicable not_registered", "absent", unfiled, failed(domaincheck.OutcomeAbsent)},
		{"domain.term", "unknown state_unseen unobserved inferred", "the state rests on a page that was not seen", unfiled, all(expires("2026-12-01"), func(c cs) {
			c.Site.State, c.Observation.Page = "", nil
		})},
	}
}

func holderRows() []row {
	redacted := func(c cs) { reg(c).Registrant = &domaincheck.Registrant{Redacted: true} }
	proxy := func(c cs) {
		reg(c).Registrant = &domaincheck.Registrant{Organization: "Domains By Proxy, LLC", Proxy: true}
	}
	guangdong := func(c cs) { inProvince(c, "广东") }
	return []row{
		{"domain.holder", "pass same observed", "equal", healthy, nil},
		{"domain.holder", "pass same", "width, brackets, blanks", healthy, func(c cs) {
			c.Site.Subject.Name, reg(c).Registrant.Name = "示例（上海）科技有限公司ＡＢＣ", "示例(上海) 科技有限公司abc"
		}},
		{"domain.holder", "fail other_name high", "another company", healthy, holder("上海示列科技有限公司")},
		{"domain.holder", "fail other_name high", "a longer name", healthy, holder("上海示例科技有限公司北京分公司")},
		{"domain.holder", "pass exempt declared", "another company, filed 2017", healthy, all(holder("上海别家有限公司"), filedOn("2017-06-01"))},
		{"domain.holder", "pass admitted_person", "Shanghai admits the legal representative", healthy, holder("张三")},
		{"domain.holder", "fail not_admitted high", "Guangdong does not", healthy, all(guangdong, holder("张三"))},
		{"domain.holder", "pass admitted_person", "the law does", healthy, all(holder("张三"), func(c cs) {
			inProvince(c, "")
			c.Site.RecordNumber, c.Site.Subject.RecordNumber = "", ""
			c.Observation.Page.RecordNumbers = nil
		})},
		{"domain.holder", "pass admitted_person", "a shareholder in Shanghai", healthy, all(holder("李四"), func(c cs) { c.Site.Subject.Shareholders = domaincheck.List[string]{"李四"} })},
		{"domain.holder", "fail not_admitted", "an officer in Shanghai", healthy, all(holder("李四"), func(c cs) { c.Site.Subject.Officers = domaincheck.List[string]{"李四"} })},
		{"domain.holder", "pass former", "a former name", healthy, all(holder("上海旧名有限公司"), func(c cs) { c.Site.Subject.FormerNames = domaincheck.List[string]{"上海旧名有限公司"} })},
		{"domain.holder", "pass same", "a declared English name", healthy, all(holder("Shanghai Example Technology Co., Ltd."), func(c cs) {
			c.Site.Subject.OtherNames = domaincheck.List[string]{"SHANGHAI EXAMPLE TECHNOLOGY CO.,LTD."}
		})},
		{"domain.holder", "unknown romanised undeclared", "an English name, none declared", healthy, holder("Shanghai Example Technology Co., Ltd.")},
		{"domain.holder", "unknown romanised undeclared", "an English name, a Chinese one declared beside the own", healthy, all(holder("Shanghai Example Technology Co., Ltd."), func(c cs) {
			c.Site.Subject.OtherNames = domaincheck.List[string]{"示例科技"}
		})},
		{"domain.holder", "unknown person_undeclared undeclared", "a person, none declared", healthy, all(holder("王五"), func(c cs) {
			c.Site.Subject.LegalRepresentative, c.Site.Subject.Principal = "", nil
		})},
		{"domain.holder", "fail other_name", "a person who is not the declared one", healthy, holder("王五")},
		{"domain.holder", "pass same", "the organization comes before the person", healthy, func(c cs) {
			reg(c).Registrant = &domaincheck.Registrant{Name: "王五", Organization: "上海示例科技有限公司"}
		}},
		{"domain.holder", "fail proxy medium", "a proxy", healthy, proxy},
		{"domain.holder", "unknown redacted unknowable", "redacted", healthy, redacted},
		{"domain.holder", "pass same declared", "redacted, but declared", healthy, all(redacted, func(c cs) { c.Site.Holder = &domaincheck.Holder{Name: "上海示例科技有限公司"} })},
		{"domain.holder", "fail other_name declared", "redacted, another declared", healthy, all(redacted, func(c cs) { c.Site.Holder = &domaincheck.Holder{Name: "上海别家有限公司"} })},
		{"domain.holder", "unknown not_published unknowable", "not published", healthy, func(c cs) { reg(c).Registrant = nil }},
		{"domain.holder", "unknown subject_undeclared undeclared", "no subject", healthy, func(c cs) { c.Site.Subject.Name = "" }},
		{"domain.holder", "unknown look_failed unobserved", "timeout", healthy, failed(domaincheck.OutcomeTimeout)},
		{"domain.holder", "not_applicable not_registered", "absent", healthy, failed(domaincheck.OutcomeAbsent)},
		{"domain.holder", "pass same", "an individual", healthy, all(holder("张三"), func(c cs) { c.Site.Subject.Kind, c.Site.Subject.Name = domaincheck.KindIndividual, "张三" })},

		{"domain.privacy", "not_applicable state", "filed", healthy, nil},
		{"domain.privacy", "not_applicable not_demanded", "Shanghai units", unfiled, nil},
		{"domain.privacy", "pass open", "Shanghai individual", unfiled, individual},
		{"domain.privacy", "fail proxy medium", "Shanghai individual, proxy", unfiled, all(individual, proxy)},
		{"domain.privacy", "unknown redacted unknowable", "Shanghai individual, redacted", unfiled, all(individual, redacted)},
		{"domain.privacy", "unknown not_published unknowable", "Shanghai individual, none", unfiled, all(individual, func(c cs) { reg(c).Registrant = nil })},
		{"domain.privacy", "unknown depends_on_kind undeclared", "kind unknown: the other book does not demand it", unfiled, all(proxy, func(c cs) { c.Site.Subject.Kind = "" })},
		{"domain.privacy", "unknown province_undeclared undeclared", "no province", unfiled, func(c cs) { inProvince(c, "") }},
	}
}

func individual(c cs) { c.Site.Subject.Kind = domaincheck.KindIndividual }

func statusRows() []row {
	noServers := func(c cs) { reg(c).Nameservers = nil }
	before := func(change func(*domaincheck.Registration)) func(cs) {
		return func(c cs) {
			old := *reg(c)
			old.At = instant("2026-11-01")
			change(&old)
			c.History = []domaincheck.Observation{{Registration: &old}}
		}
	}
	return []row{
		{"domain.status", "pass clear", "ok", healthy, nil},
		{"domain.status", "fail hold critical", "clientHold", healthy, status("clientHold")},
		{"domain.status", "fail hold critical", "server hold in RDAP's words", healthy, status("client transfer prohibited", "server hold")},
		{"domain.status", "fail hold critical", "with a URL behind", healthy, status("serverHold https://icann.org/epp#serverHold")},
		{"domain.status", "fail pending_verification high", "pending", healthy, status("pendingVerification")},
		{"domain.status", "fail suspended high", "the registrar's servers", healthy, func(c cs) {
			reg(c).Nameservers = domaincheck.List[string]{"ns1.expirationwarning.net"}
		}},
		{"domain.status", "fail no_delegation medium", "inactive", healthy, status("inactive")},
		{"domain.status", "fail no_delegation medium", "no servers, and nothing resolves", healthy, all(noServers, func(c cs) { c.Observation.Resolution = nil })},
		{"domain.status", "pass clear", "no servers printed, but it is delegated", healthy, noServers},
		{"domain.status", "pass no_status", "no status printed", healthy, status()},
		{"domain.status", "unknown no_status_seen unobserved", "nothing printed", healthy, all(noServers, status(), func(c cs) { c.Observation.Resolution = nil })},
		{"domain.status", "unknown look_failed unobserved", "refused", healthy, failed(domaincheck.OutcomeRefused)},
		{"domain.status", "not_applicable not_registered", "absent", healthy, failed(domaincheck.OutcomeAbsent)},

		{"domain.changed", "not_applicable no_history", "no history", healthy, nil},
		{"domain.changed", "pass unchanged", "the same", healthy, before(func(*domaincheck.Registration) {})},
		{"domain.changed", "fail changed high", "another registrant", healthy, before(func(r *domaincheck.Registration) {
			r.Registrant = &domaincheck.Registrant{Name: "上海别家有限公司"}
		})},
		{"domain.changed", "fail changed high", "another registrar", healthy, before(func(r *domaincheck.Registration) {
			r.Registrar = &domaincheck.Registrar{Name: "成都西维数码科技有限公司"}
		})},
		{"domain.changed", "fail changed medium", "other servers", healthy, before(func(r *domaincheck.Registration) {
			r.Nameservers = domaincheck.List[string]{"ns1.other.example"}
		})},
		{"domain.changed", "pass unchanged", "the same servers in another order and writing", healthy, before(func(r *domaincheck.Registration) {
			r.Nameservers = domaincheck.List[string]{"NS2.EXAMPLE.NET.", "ns1.example.net"}
		})},
		{"domain.changed", "fail changed high", "created anew", healthy, before(func(r *domaincheck.Registration) { r.Created = instant("2018-01-01") })},
		{"domain.changed", "pass unchanged", "acknowledged by a filed change", healthy, all(before(func(r *domaincheck.Registration) {
			r.Registrant = &domaincheck.Registrant{Name: "上海别家有限公司"}
		}), func(c cs) {
			newer := *reg(c)
			newer.At = instant("2026-11-10")
			c.History = append(c.History, domaincheck.Observation{Registration: &newer})
			c.Site.ChangedOn = date("2026-11-12")
		})},
		{"domain.changed", "fail new_owner high", "created after the filing", healthy, func(c cs) { reg(c).Created = instant("2020-05-02") }},
		{"domain.changed", "not_applicable no_history", "created on the day of filing", healthy, func(c cs) { reg(c).Created = instant("2020-05-01") }},
		{"domain.changed", "unknown look_failed unobserved", "timeout", healthy, all(before(func(*domaincheck.Registration) {}), failed(domaincheck.OutcomeTimeout))},
	}
}
