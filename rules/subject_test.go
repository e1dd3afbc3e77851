package rules

import (
	"testing"

	"domaincheck"
)

func principal(c cs) *domaincheck.Person { return c.Site.Subject.Principal }

func subjectRows() []row {
	guangdong := func(c cs) { inProvince(c, "广东") }
	beijing := func(c cs) { inProvince(c, "北京") }
	nowhere := func(c cs) { inProvince(c, "") }
	born := func(day string) func(cs) { return func(c cs) { principal(c).BirthDate = date(day) } }
	papers := func(kinds ...string) func(cs) {
		return func(c cs) {
			c.Site.Papers = []domaincheck.Paper{}
			for _, k := range kinds {
				c.Site.Papers = append(c.Site.Papers, domaincheck.Paper{Kind: k, IssuedOn: date("2026-11-01")})
			}
		}
	}
	more := func(p domaincheck.Paper) func(cs) {
		return func(c cs) { c.Site.Papers = append(c.Site.Papers, p) }
	}
	undeclaredPapers := func(c cs) { c.Site.Papers = nil }
	counts := func(sites, prefixes int) func(cs) {
		return func(c cs) {
			c.Site.Subject.Counts = &domaincheck.Counts{Sites: domaincheck.Known(sites), DomainPrefixes: domaincheck.Known(prefixes)}
		}
	}
	gdIndividual := all(guangdong, individual, func(c cs) { principal(c).IDProvince = "广东" }, papers("个人证件", "互联网信息服务备案承诺书"))
	shIndividual := all(individual, papers("个人证件"))
	bjIndividual := all(beijing, individual, papers("个人证件"), func(c cs) { c.Site.Responsible = principal(c) })
	away := func(c cs) { principal(c).IDProvince = "河南" }
	permit := func(p domaincheck.ResidencePermit) func(cs) {
		return func(c cs) { principal(c).ResidencePermit = &p }
	}
	responsible := func(change func(*domaincheck.Person)) func(cs) {
		return func(c cs) {
			p := *principal(c)
			p.Name, p.IsLegalRepresentative = "李四", domaincheck.Known(false)
			change(&p)
			c.Site.Responsible = &p
		}
	}
	same := func(*domaincheck.Person) {}
	contact := func(change func(*domaincheck.PersonContact)) func(cs) {
		return func(c cs) { change(principal(c).Contact) }
	}
	rows := []row{
		{"subject.count", "not_applicable state", "filed", healthy, nil},
		{"subject.count", "not_applicable not_demanded", "Shanghai counts nothing", unfiled, nil},
		{"subject.count", "unknown province_undeclared undeclared", "no province", unfiled, nowhere},
		{"subject.count", "pass within", "Guangdong, 31 sites", unfiled, all(guangdong, counts(31, 31))},
		{"subject.count", "fail paper_missing medium", "Guangdong, 32 sites, no papers", unfiled, all(guangdong, counts(32, 3), papers())},
		{"subject.count", "pass within", "Guangdong, 32 sites, a plan each", unfiled, all(guangdong, counts(32, 3), papers("网站建设方案书"))},
		{"subject.count", "fail paper_missing", "Guangdong, 32 prefixes, the guarantee is missing", unfiled, all(guangdong, counts(3, 32), papers("网站建设方案书"))},
		{"subject.count", "unknown undeclared undeclared", "Guangdong, 32 sites, papers not declared", unfiled, all(guangdong, counts(32, 3), undeclaredPapers)},
		{"subject.count", "unknown undeclared undeclared", "Guangdong, nothing declared", unfiled, all(guangdong, func(c cs) { c.Site.Subject.Counts = nil })},
		{"subject.count", "fail paper_missing", "Guangdong, counted in the ledger", unfiled, all(guangdong, papers(), func(c cs) {
			c.Site.Subject.Counts, c.Siblings = nil, &domaincheck.Siblings{Sites: 40, DomainPrefixes: 1}
		})},
		{"subject.count", "pass within", "Guangdong individual, 5", unfiled, all(gdIndividual, counts(5, 5))},
		{"subject.count", "fail paper_missing", "Guangdong individual, 6", unfiled, all(gdIndividual, counts(6, 1))},
		{"subject.count", "pass within", "Guangdong individual, 9 prefixes with plans", unfiled, all(gdIndividual, counts(1, 9), more(domaincheck.Paper{Kind: "网站建设方案书"}))},
		{"subject.count", "fail paper_missing", "Guangdong individual, 10 prefixes need the guarantee", unfiled, all(gdIndividual, counts(1, 10), more(domaincheck.Paper{Kind: "网站建设方案书"}))},
		{"subject.count", "fail too_many medium", "four domains in an order", unfiled, all(beijing, func(c cs) {
			c.Site.Order = &domaincheck.Order{Kind: domaincheck.OrderFirst, Domains: domaincheck.List[string]{"a.cn", "b.cn", "c.cn", "d.cn"}}
		})},
		{"subject.count", "pass remark", "three prefixes on one site", unfiled, all(beijing, domains("a.cn", "b.cn", "c.cn"))},
		{"subject.count", "pass within", "two prefixes, a third for mail", unfiled, all(beijing, domains("a.cn", "a.com", "b.cn", "c.cn"), func(c cs) { c.Site.Domains[3].Role = domaincheck.RoleMail })},
		{"subject.count", "fail several_prefixes medium", "Guangdong: another prefix is another site", unfiled, all(guangdong, domains("a.cn", "b.cn"))},
		{"subject.count", "pass within", "Guangdong: one prefix, two suffixes", unfiled, all(guangdong, domains("a.cn", "A.com"))},
		{"subject.count", "pass within", "three", unfiled, all(beijing, func(c cs) {
			c.Site.Order = &domaincheck.Order{Kind: domaincheck.OrderFirst, Domains: domaincheck.List[string]{"a.cn", "b.cn", "c.cn"}}
		})},

		{"subject.identity", "pass in_force", "filed", healthy, nil},
		{"subject.identity", "fail card_expired medium", "filed, card ran out", healthy, func(c cs) { principal(c).IDExpires = date("2026-11-20") }},
		{"subject.identity", "pass in_force", "filed, card ends today", healthy, func(c cs) { principal(c).IDExpires = date(today) }},
		{"subject.identity", "fail certificate_expired medium", "filed, certificate ran out", healthy, func(c cs) {
			c.Site.Subject.Certificate = &domaincheck.Certificate{Expires: date("2026-11-20")}
		}},
		{"subject.identity", "unknown undeclared undeclared", "filed, nothing declared", healthy, func(c cs) { c.Site.Subject.Principal = nil }},
		{"subject.identity", "pass in_order", "unfiled", unfiled, nil},
		{"subject.identity", "unknown province_undeclared undeclared", "no province", unfiled, nowhere},
		{"subject.identity", "fail card_too_short medium", "exactly 3 months is not more", unfiled, func(c cs) { principal(c).IDExpires = date("2027-02-21") }},
		{"subject.identity", "pass in_order", "3 months and a day", unfiled, func(c cs) { principal(c).IDExpires = date("2027-02-22") }},
		{"subject.identity", "pass in_order", "a passport has no such term", unfiled, func(c cs) { principal(c).IDType, principal(c).IDExpires = "护照", domaincheck.Date{} }},
		{"subject.identity", "pass in_order", "a certificate of exactly 3 months", unfiled, func(c cs) { c.Site.Subject.Certificate = &domaincheck.Certificate{Expires: date("2027-02-21")} }},
		{"subject.identity", "fail certificate_too_short medium", "a certificate of a day less", unfiled, func(c cs) { c.Site.Subject.Certificate = &domaincheck.Certificate{Expires: date("2027-02-20")} }},
		{"subject.identity", "unknown undeclared undeclared", "no principal declared", unfiled, func(c cs) { c.Site.Subject.Principal = nil }},
		{"subject.identity", "fail principal_not_legal_representative medium", "principal", unfiled, func(c cs) { principal(c).IsLegalRepresentative = domaincheck.Known(false) }},
		{"subject.identity", "pass in_order", "another person with a letter", unfiled, responsible(same)},
		{"subject.identity", "fail paper_missing medium", "another person without a letter", unfiled, all(responsible(same), papers("主办单位证件", "主体负责人证件", "网站负责人证件"))},
		{"subject.identity", "pass in_order", "the letter under another of its names", unfiled, all(responsible(same), papers("营业执照", "主体负责人证件", "网站负责人证件", "法定代表人授权委托书"))},
		{"subject.identity", "unknown undeclared undeclared", "papers not declared", unfiled, undeclaredPapers},
		{"subject.identity", "fail paper_missing", "papers declared as none", unfiled, papers()},
		{"subject.identity", "fail paper_missing", "a paper that ran out", unfiled, func(c cs) { c.Site.Papers[0].Expires = date("2026-11-20") }},
		{"subject.identity", "pass in_order", "a letter of exactly 3 months", unfiled, func(c cs) { c.Site.Papers[3].IssuedOn = date("2026-08-21") }},
		{"subject.identity", "fail paper_too_old medium", "a letter a day older", unfiled, func(c cs) { c.Site.Papers[3].IssuedOn = date("2026-08-20") }},
		{"subject.identity", "fail paper_too_old", "46 days where 45 count", unfiled, all(beijing, more(domaincheck.Paper{Kind: "域名证书", IssuedOn: date("2026-10-06")}), responsible(same))},
		{"subject.identity", "pass in_order", "45 days where 45 count", unfiled, all(beijing, more(domaincheck.Paper{Kind: "域名证书", IssuedOn: date("2026-10-07")}), responsible(same))},
		{"subject.identity", "fail too_young medium", "Shanghai: 18 tomorrow", unfiled, all(shIndividual, born("2008-11-22"))},
		{"subject.identity", "pass in_order", "Shanghai: 18 today", unfiled, all(shIndividual, born("2008-11-21"))},
		{"subject.identity", "fail too_young", "Guangdong: under 16", unfiled, all(gdIndividual, born("2010-11-22"))},
		{"subject.identity", "fail age_paper_missing medium", "Guangdong: 16, no proof", unfiled, all(gdIndividual, born("2010-11-21"))},
		{"subject.identity", "pass in_order", "Guangdong: 16 with a proof", unfiled, all(gdIndividual, born("2010-11-21"), more(domaincheck.Paper{Kind: "劳动就业证明"}))},
		{"subject.identity", "fail card_kind medium", "a temporary card", unfiled, all(shIndividual, func(c cs) { principal(c).IDType = "临时身份证" })},
		{"subject.identity", "pass in_order", "Hong Kong with its permit", unfiled, all(shIndividual, func(c cs) { principal(c).Nationality, principal(c).IDType = "HK", "港澳居民来往内地通行证" })},
		{"subject.identity", "fail card_kind", "Hong Kong with a passport", unfiled, all(shIndividual, func(c cs) { principal(c).Nationality, principal(c).IDType = "HK", "护照" })},
		{"subject.identity", "fail residence_paper_missing medium", "from elsewhere", unfiled, all(shIndividual, away)},
		{"subject.identity", "pass in_order", "from elsewhere, permit among the papers", unfiled, all(shIndividual, away, more(domaincheck.Paper{Kind: "居住证"}))},
		{"subject.identity", "pass in_order", "from elsewhere, permit declared", unfiled, all(shIndividual, away, permit(domaincheck.ResidencePermit{Province: "上海"}))},
		{"subject.identity", "fail permit_elsewhere medium", "from elsewhere, permit of elsewhere", unfiled, all(shIndividual, away, permit(domaincheck.ResidencePermit{Province: "浙江"}))},
		{"subject.identity", "fail permit_expired medium", "from elsewhere, permit ran out", unfiled, all(shIndividual, away, permit(domaincheck.ResidencePermit{Province: "上海", Expires: date("2026-11-20")}))},
		{"subject.identity", "fail permit_expired", "a permit counts for a year", unfiled, all(bjIndividual, away, permit(domaincheck.ResidencePermit{Province: "北京", IssuedOn: date("2025-11-20")}))},
		{"subject.identity", "fail permit_ends_soon medium", "a permit ends in 15 days", unfiled, all(bjIndividual, away, permit(domaincheck.ResidencePermit{Province: "北京", IssuedOn: date("2026-01-01"), Expires: date("2026-12-06")}))},
		{"subject.identity", "pass in_order", "a permit ends in 16 days", unfiled, all(bjIndividual, away, permit(domaincheck.ResidencePermit{Province: "北京", IssuedOn: date("2026-01-01"), Expires: date("2026-12-07")}))},
		{"subject.identity", "fail paper_missing", "a permit of last year needs a proof", unfiled, all(bjIndividual, away, permit(domaincheck.ResidencePermit{Province: "北京", IssuedOn: date("2025-12-10")}))},
		{"subject.identity", "unknown undeclared", "a permit of unknown date", unfiled, all(bjIndividual, away, permit(domaincheck.ResidencePermit{Province: "北京"}))},
		{"subject.identity", "fail nationality medium", "a foreigner responsible", unfiled, all(beijing, responsible(func(p *domaincheck.Person) { p.Nationality = "FR" }))},
		{"subject.identity", "fail paper_missing medium", "Shanghai: held by a shareholder, no proof", unfiled, all(holder("李四"), func(c cs) { c.Site.Subject.Shareholders = domaincheck.List[string]{"李四"} })},
		{"subject.identity", "pass in_order", "Shanghai: held by a shareholder, with the articles", unfiled, all(holder("李四"), more(domaincheck.Paper{Kind: "公司章程"}), func(c cs) {
			c.Site.Subject.Shareholders = domaincheck.List[string]{"李四"}
		})},
		{"subject.identity", "fail holder_paper_missing medium", "held by an officer, no proof", unfiled, all(holder("李四"), func(c cs) { inProvince(c, "天津"); c.Site.Subject.Officers = domaincheck.List[string]{"李四"} })},
		{"subject.identity", "pass in_order", "held by an officer, one of the proofs", unfiled, all(holder("李四"), more(domaincheck.Paper{Kind: "聘书"}), func(c cs) { inProvince(c, "天津"); c.Site.Subject.Officers = domaincheck.List[string]{"李四"} })},
		{"subject.identity", "fail same_person medium", "one person for both", unfiled, all(beijing, func(c cs) { c.Site.Responsible = principal(c) })},
		{"subject.identity", "fail not_same_person medium", "two persons when delegated", unfiled, all(bjIndividual, responsible(same), func(c cs) { principal(c).IsLegalRepresentative = domaincheck.Known(false) })},
		{"subject.identity", "fail responsible_not_legal_representative medium", "no letter makes up for it", unfiled, all(responsible(same), func(c cs) { inProvince(c, "天津") })},
		{"subject.identity", "fail not_local medium", "no permit makes up for it", unfiled, all(individual, func(c cs) { inProvince(c, "天津") })},
	}
	return append(rows, []row{
		{"subject.state", "pass in_business", "in business", healthy, nil},
		{"subject.state", "fail not_in_business high", "revoked", sick, nil},
		{"subject.state", "fail not_in_business", "abnormal", healthy, func(c cs) { c.Site.Subject.State = "列入经营异常名录" }},
		{"subject.state", "unknown state_unread unknowable", "not understood", healthy, func(c cs) { c.Site.Subject.State = "？" }},
		{"subject.state", "unknown state_undeclared undeclared", "not declared", healthy, func(c cs) { c.Site.Subject.State = "" }},
		{"subject.state", "not_applicable individual", "an individual", healthy, individual},

		{"subject.contact", "pass reachable", "filed", healthy, nil},
		{"subject.contact", "fail dead high", "dead", healthy, contact(func(k *domaincheck.PersonContact) { k.Dead = domaincheck.Known(true) })},
		{"subject.contact", "fail not_checked_lately low", "not checked for 181 days", healthy, func(c cs) { principal(c).PhoneCheckedOn = date("2026-05-24") }},
		{"subject.contact", "pass reachable", "checked 180 days ago", healthy, func(c cs) { principal(c).PhoneCheckedOn = date("2026-05-25") }},
		{"subject.contact", "unknown undeclared undeclared", "nothing declared", healthy, func(c cs) { c.Site.Subject.Principal = nil }},
		{"subject.contact", "pass in_order", "unfiled", unfiled, nil},
		{"subject.contact", "not_applicable not_demanded", "unfiled, nothing declared or demanded", unfiled, func(c cs) { c.Site.Subject.Principal = nil }},
		{"subject.contact", "unknown province_undeclared undeclared", "no province, nothing declared", unfiled, func(c cs) { inProvince(c, ""); c.Site.Subject.Principal = nil }},
		{"subject.contact", "pass reachable", "no province, but declared", unfiled, nowhere},
		{"subject.contact", "fail phone_elsewhere medium", "not local", unfiled, beijing},
		{"subject.contact", "fail phone_elsewhere", "not of the provinces listed", unfiled, bjIndividual},
		{"subject.contact", "pass in_order", "of a province listed", unfiled, all(bjIndividual, func(c cs) { principal(c).PhoneProvince = "天津" })},
		{"subject.contact", "fail phones_swapped medium", "swapped", unfiled, all(beijing, local, contact(func(k *domaincheck.PersonContact) { k.Swapped = domaincheck.Known(true) }))},
		{"subject.contact", "fail same_as_emergency medium", "same as the emergency phone", unfiled, all(beijing, local, contact(func(k *domaincheck.PersonContact) { k.SameAsEmergency = domaincheck.Known(true) }))},
		{"subject.contact", "fail phone_shared medium", "shared", unfiled, all(beijing, local, contact(func(k *domaincheck.PersonContact) { k.SameAsOtherPerson = domaincheck.Known(true) }))},
		{"subject.contact", "unknown undeclared undeclared", "facts missing", unfiled, all(beijing, local, contact(func(k *domaincheck.PersonContact) { k.Swapped = nil }))},
	}...)
}

func domains(names ...string) func(cs) {
	return func(c cs) {
		c.Site.Domains = nil
		for i, n := range names {
			role := domaincheck.RoleAlias
			if i == 0 {
				role = domaincheck.RoleMain
			}
			c.Site.Domains = append(c.Site.Domains, domaincheck.Domain{Domain: n, Role: role})
		}
	}
}

func local(c cs) { principal(c).PhoneProvince = "北京" }

// An age is reached at 00:00 on the birthday; those born on 29 February reach
// it on 1 March of common years.
func TestAge(t *testing.T) {
	for _, c := range []struct {
		born, day string
		want      int
	}{
		{"2008-11-21", "2026-11-20", 17}, {"2008-11-21", "2026-11-21", 18},
		{"2008-02-29", "2026-02-28", 17}, {"2008-02-29", "2026-03-01", 18},
		{"2008-02-29", "2024-02-28", 15}, {"2008-02-29", "2024-02-29", 16},
		{"2008-12-31", "2026-01-01", 17},
	} {
		if got := age(date(c.born), date(c.day)); got != c.want {
			t.Errorf("born %s, on %s: %d, want %d", c.born, c.day, got, c.want)
		}
	}
}
