package rules

import (
	"slices"
	"strings"
	"testing"

	"domaincheck"
)

// The embedded books of the eastern provinces, by the scalars that differ
// between them: each with a pass and a fail at its edge.

type adder func(rule, want, name string, change ...func(cs))

func eastPapers(kinds ...string) func(cs) {
	return func(c cs) {
		c.Site.Papers = []domaincheck.Paper{}
		for _, k := range kinds {
			c.Site.Papers = append(c.Site.Papers, domaincheck.Paper{Kind: k, IssuedOn: date("2026-11-01")})
		}
	}
}

func more(k string) func(cs) {
	return func(c cs) { c.Site.Papers = append(c.Site.Papers, domaincheck.Paper{Kind: k}) }
}

func born(day string) func(cs) { return func(c cs) { principal(c).BirthDate = date(day) } }

func unitOf(p string) func(cs) {
	base := all(func(c cs) { inProvince(c, domaincheck.Text(p)); principal(c).IDProvince = domaincheck.Text(p) }, eastPapers("主办单位证件", "主体负责人证件", "网站负责人证件"))
	if p == "江苏" {
		return all(base, jiangsuPapers())
	}
	return base
}

func personOf(p string) func(cs) {
	base := all(func(c cs) {
		inProvince(c, domaincheck.Text(p))
		principal(c).IDProvince, reg(c).Registrant.Name, c.Site.Subject.Name = domaincheck.Text(p), "张三", "张三"
	}, individual, eastPapers("个人证件"))
	if p == "江苏" {
		return all(base, jiangsuPapers())
	}
	return base
}

func jiangsuPapers() func(cs) {
	return all(more("网站备案信息真实性责任告知书"), more("网站备案信息真实性承诺书"), more("承诺视频"))
}

func permitOf(province, issued, expires string) func(cs) {
	return func(c cs) {
		r := domaincheck.ResidencePermit{Province: domaincheck.Text(province), IssuedOn: date(issued)}
		if expires != "" {
			r.Expires = date(expires)
		}
		principal(c).IDProvince, principal(c).ResidencePermit = "河南", &r
	}
}

func away(c cs) { principal(c).IDProvince = "河南" }

func notLR(c cs) { principal(c).IsLegalRepresentative = domaincheck.Known(false) }

func responsibleIs(name string, legal bool) func(cs) {
	return func(c cs) {
		p := *principal(c)
		p.Name, p.IsLegalRepresentative = domaincheck.Text(name), domaincheck.Known(legal)
		c.Site.Responsible = &p
	}
}

func citizenOf(n string) func(cs) {
	return func(c cs) {
		principal(c).Nationality = domaincheck.Text(n)
		if n != "CN" {
			principal(c).IDType = "护照"
		}
	}
}

func subjectType(s string) func(cs) {
	return func(c cs) { c.Site.Subject.Type = domaincheck.Text(s) }
}

func TestEast(t *testing.T) {
	book, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	rows := []row{}
	add := func(rule, want, name string, change ...func(cs)) {
		rows = append(rows, row{rule, want, name, unfiled, all(change...)})
	}
	for _, p := range []string{"安徽", "福建", "江苏", "山东", "浙江", "江西", "广西"} {
		eastTerms(add, p)
		eastHolders(add, p)
		eastAges(add, p)
		eastResidence(add, p)
		eastPersons(add, p)
	}
	eastCounts(add)
	eastPermits(add)
	eastExceptions(add)
	declaredWords(add)
	otherPapers(add)
	for _, r := range rows {
		t.Run(r.rule+"/"+r.name, func(t *testing.T) {
			c := r.base()
			r.change(&c)
			f := find(t, book.Evaluate(c), r.rule)
			want := strings.Fields(r.want)
			if string(f.Result) != want[0] || len(want) > 1 && f.Code != want[1] {
				t.Errorf("got %s %s (%s %s, %v), want %s", f.Result, f.Code, f.Severity, f.Why, f.Evidence, r.want)
			}
		})
	}
}

func eastTerms(add adder, p string) {
	expires := func(day string) func(cs) { return func(c cs) { reg(c).Expires = instant(day) } }
	for kind, base := range map[string]func(cs){" unit": unitOf(p), " individual": personOf(p)} {
		add("subject.identity", "pass in_order", p+kind+" base", base)
		add("domain.term", "pass", p+kind+" 3 months", base, expires("2027-02-21"))
		add("domain.term", "fail", p+kind+" a day less", base, expires("2027-02-20"))
		add("subject.identity", "fail card_too_short", p+kind+" card 3 months", base, func(c cs) { principal(c).IDExpires = date("2027-02-21") })
		add("subject.identity", "pass in_order", p+kind+" card 3 months and a day", base, func(c cs) { principal(c).IDExpires = date("2027-02-22") })
	}
}

func eastHolders(add adder, p string) {
	held := func(n string) func(cs) { return func(c cs) { reg(c).Registrant.Name = domaincheck.Text(n) } }
	add("domain.holder", "pass", p+" individual self", personOf(p))
	add("domain.holder", "fail", p+" individual other", personOf(p), held("王五"))
	add("domain.holder", "pass", p+" unit self", unitOf(p))
	legal := "pass"
	if p == "江西" || p == "广西" {
		legal = "fail"
	}
	add("domain.holder", legal, p+" unit's legal representative", unitOf(p), held("张三"))
	add("domain.holder", "fail", p+" unit's shareholder", unitOf(p), held("李四"), func(c cs) { c.Site.Subject.Shareholders = domaincheck.List[string]{"李四"} })
}

func eastAges(add adder, p string) {
	id, i := "subject.identity", personOf(p)
	if p == "浙江" || p == "广西" {
		add(id, "fail too_young", p+" individual of 17", i, born("2008-11-22"))
		add(id, "pass in_order", p+" individual of 18", i, born("2008-11-21"))
		return
	}
	add(id, "fail too_young", p+" individual of 15", i, born("2010-11-22"))
	without := "fail age_paper_missing"
	if p == "江西" {
		without = "pass in_order"
	}
	add(id, without, p+" individual of 16", i, born("2010-11-21"))
	admitted := map[string]string{"安徽": "就业证明 收入证明", "福建": "监护人身份证 就业证明", "江苏": "就业证明 收入证明", "山东": "监护人身份证"}[p]
	for _, k := range []string{"就业证明", "收入证明", "监护人身份证"} {
		want := without
		if strings.Contains(admitted, k) {
			want = "pass in_order"
		}
		add(id, want, p+" individual of 16 with "+k, i, born("2010-11-21"), more(k))
	}
	add(id, "pass in_order", p+" individual of 18", i, born("2008-11-21"))
}

func eastResidence(add adder, p string) {
	id, i := "subject.identity", personOf(p)
	switch p {
	case "安徽", "江西":
		add(id, "fail not_local", p+" from elsewhere", i, more("居住证"), permitOf(p, "2026-05-01", ""))
	case "福建", "江苏", "山东":
		add(id, "fail residence_paper_missing", p+" from elsewhere", i, away)
		add(id, "pass in_order", p+" from elsewhere with a permit", i, permitOf(p, "2026-05-01", ""))
	default:
		add(id, "pass in_order", p+" from elsewhere", i, away)
	}
}

func eastPersons(add adder, p string) {
	id, u := "subject.identity", unitOf(p)
	switch p {
	case "安徽", "江苏":
		add(id, "fail paper_missing", p+" delegated without a letter", u, notLR, responsibleIs("张三", false))
		add(id, "fail not_same_person", p+" delegated to two", u, more("授权委托书"), notLR, responsibleIs("李四", false))
		add(id, "pass in_order", p+" delegated, nobody else declared", u, more("授权书"), notLR)
	default:
		add(id, "fail principal_not_legal_representative", p+" principal", u, notLR)
	}
	other := "pass in_order"
	if p == "福建" || p == "江苏" {
		other = "fail paper_missing"
		add(id, "pass in_order", p+" another responsible with a letter", u, responsibleIs("李四", false), more("授权委托书"))
	}
	add(id, other, p+" another responsible", u, responsibleIs("李四", false))
}

func eastCounts(add adder) {
	prefixes := func(n int) func(cs) {
		return func(c cs) {
			c.Site.Subject.Counts = &domaincheck.Counts{Sites: domaincheck.Known(n), DomainPrefixes: domaincheck.Known(n)}
		}
	}
	add("subject.count", "pass within", "江苏 unit 29", unitOf("江苏"), prefixes(29))
	add("subject.count", "fail paper_missing", "江苏 unit 30", unitOf("江苏"), prefixes(30))
	add("subject.count", "pass within", "江苏 individual 9", personOf("江苏"), prefixes(9))
	add("subject.count", "fail paper_missing", "江苏 individual 10", personOf("江苏"), prefixes(10))
	add("subject.count", "pass within", "江西 individual 4", personOf("江西"), prefixes(4))
	add("subject.count", "fail paper_missing", "江西 individual 5", personOf("江西"), prefixes(5))
}

func eastPermits(add adder) {
	id := "subject.identity"
	fujian := func(issued, expires string) func(cs) {
		return all(personOf("福建"), permitOf("福建", issued, expires))
	}
	add(id, "fail paper_missing", "江苏 permit of last year", personOf("江苏"), permitOf("江苏", "2025-12-31", ""))
	add(id, "fail permit_expired", "福建 a year and a day, whatever is printed", fujian("2025-11-20", "2030-01-01"))
	add(id, "fail permit_ends_soon", "福建 15 days left", fujian("2026-01-01", "2026-12-06"))
	add(id, "pass in_order", "福建 16 days left", fujian("2026-01-01", "2026-12-07"))
	add(id, "fail permit_ends_soon", "福建 the year ends in 10 days", fujian("2025-12-01", ""))
	add("subject.contact", "fail phones_swapped", "福建 swapped", unitOf("福建"), func(c cs) { principal(c).Contact.Swapped = domaincheck.Known(true) })
}

func eastExceptions(add adder) {
	id := "subject.identity"
	add(id, "pass in_order", "江苏 legal representative of 18", unitOf("江苏"), born("2008-11-21"))
	add(id, "fail too_young", "江苏 legal representative of 15", unitOf("江苏"), born("2010-11-22"))
	add(id, "fail age_paper_missing", "江苏 legal representative of 16", unitOf("江苏"), born("2010-11-21"))
	add(id, "fail paper_missing", "江苏 forum", unitOf("江苏"), func(c cs) { c.Site.Categories = domaincheck.List[string]{"论坛"} })
	add(id, "fail paper_missing", "山东 legal representative of Hong Kong", unitOf("山东"), citizenOf("HK"))
	add(id, "pass in_order", "山东 legal representative of Hong Kong, letter", unitOf("山东"), citizenOf("HK"), more("授权委托书"))
	add(id, "pass in_order", "江西 legal representative of Hong Kong", unitOf("江西"), citizenOf("HK"))
	add(id, "fail paper_missing", "江西 legal representative of the US", unitOf("江西"), citizenOf("US"))
	add(id, "fail too_young", "山东 unit, 15", unitOf("山东"), born("2010-11-22"))
	add(id, "fail age_paper_missing", "山东 unit, 16", unitOf("山东"), born("2010-11-21"))
	add(id, "fail principal_not_legal_representative", "浙江 company with a letter", unitOf("浙江"), notLR, more("授权委托书"))
	add(id, "pass in_order", "浙江 institution with a letter", unitOf("浙江"), notLR, more("授权委托书"), subjectType("事业单位"))
	add(id, "fail paper_missing", "浙江 institution without", unitOf("浙江"), notLR, subjectType("事业单位"))
	add(id, "unknown undeclared", "浙江 type undeclared with a letter", unitOf("浙江"), notLR, subjectType(""), more("授权书"))
	add(id, "fail principal_not_legal_representative", "浙江 type undeclared without", unitOf("浙江"), notLR, subjectType(""))
	add(id, "fail paper_missing", "江西 institution without its papers", unitOf("江西"), subjectType("事业单位"))
	add(id, "pass in_order", "江西 institution", unitOf("江西"), subjectType("事业单位"), more("编办证明"))
	foreign := func(n string) func(cs) {
		return all(responsibleIs("Bob", true), notLR, more("授权委托书"), func(c cs) {
			c.Site.Responsible.Nationality, c.Site.Responsible.IDType = domaincheck.Text(n), "护照"
		})
	}
	add(id, "pass in_order", "山东 foreign legal representative is responsible, delegate with a letter", unitOf("山东"), foreign("US"))
	add(id, "pass in_order", "山东 one of Hong Kong likewise", unitOf("山东"), foreign("HK"))
	add(id, "pass in_order", "江西 foreign, delegate with a letter", unitOf("江西"), foreign("US"))
	add(id, "fail principal_not_legal_representative", "江西 one of Hong Kong is no foreigner", unitOf("江西"), foreign("HK"))
	add(id, "pass in_order", "河北 foreign, delegate with a letter", unitOf("河北"), foreign("US"))
	add(id, "fail principal_not_legal_representative", "河北 one of Hong Kong is no foreigner", unitOf("河北"), foreign("HK"))
	add(id, "fail nationality", "河北 the delegate is a foreigner", unitOf("河北"), foreign("US"), citizenOf("FR"))
	add(id, "fail principal_not_legal_representative", "山东 a Chinese legal representative stays the principal", unitOf("山东"), notLR, more("授权委托书"))
	add(id, "unknown undeclared", "山东 nobody says who the legal representative is", unitOf("山东"), notLR, more("授权委托书"), func(c cs) { c.Site.Subject.LegalRepresentative = "" })
	add(id, "unknown undeclared", "吉林 birth date of the legal representative undeclared", unitOf("吉林"), func(c cs) { principal(c).BirthDate = domaincheck.Date{} })
	add(id, "pass in_order", "四川 the ledger has no room for the legal representative's birth date", unitOf("四川"), notLR, more("授权委托书"), func(c cs) { principal(c).BirthDate = domaincheck.Date{} })
}

func cardType(s string) func(cs) {
	return func(c cs) { principal(c).IDType = domaincheck.Text(s) }
}

// Documents and citizenships go by many names.
func declaredWords(add adder) {
	id := "subject.identity"
	bj := all(personOf("北京"), more("手持个人证件照片"))
	for _, card := range []string{"居民身份证", "二代身份证", "中华人民共和国居民身份证", "身份证"} {
		add(id, "pass in_order", "北京 "+card, bj, cardType(card))
		add(id, "fail card_too_short", "北京 "+card+" that ends tomorrow", bj, cardType(card), func(c cs) { principal(c).IDExpires = date("2026-11-22") })
	}
	add(id, "fail card_kind", "上海 临时居民身份证", personOf("上海"), cardType("临时居民身份证"))
	add(id, "pass in_order", "上海 回乡证", personOf("上海"), citizenOf("中国香港"), cardType("港澳居民往来内地通行证"))
	for _, country := range []string{"中国", "cn", "CHN", "香港", "HKG", "tw"} {
		add(id, "pass in_order", "河北 "+country, personOf("河北"), citizenOf(country), cardType("身份证"), hebeiPhone)
	}
	for _, country := range []string{"US", "USA", "美国", "FR"} {
		add(id, "fail nationality", "河北 "+country, personOf("河北"), citizenOf(country), hebeiPhone)
	}
	add(id, "unknown undeclared", "河北 a word that is no country", personOf("河北"), citizenOf("火星"), hebeiPhone)
	add(id, "pass in_order", "北京 a mainland card, citizenship undeclared", bj, citizenOf(""), cardType("身份证"))
	add(id, "pass in_order", "上海 a mainland card, citizenship undeclared", personOf("上海"), citizenOf(""), cardType("身份证"))
	add(id, "fail card_kind", "上海 a temporary mainland card, citizenship undeclared", personOf("上海"), citizenOf(""), cardType("临时身份证"))
	add(id, "unknown undeclared", "北京 a passport, citizenship undeclared", bj, citizenOf(""), cardType("护照"))
}

func hebeiPhone(c cs) { principal(c).PhoneProvince = "河北" }

// What takes the place of a paper or a permit.
func otherPapers(add adder) {
	id := "subject.identity"
	gd := all(personOf("广东"), more("互联网信息服务备案承诺书"))
	ended := permitOf("广东", "2020-01-01", "2026-11-20")
	add(id, "fail permit_expired", "广东 permit ran out", gd, ended)
	add(id, "fail permit_expired", "广东 permit ran out, its copy is no other paper", gd, ended, more("居住证"))
	add(id, "pass in_order", "广东 permit ran out, a deed instead", gd, ended, more("房产证"))
	cluster := all(unitOf("广东"), more("互联网信息服务备案承诺书"), func(c cs) { c.Site.Subject.ClusterAddress = domaincheck.Known(true) })
	add(id, "unknown undeclared", "广东 cluster address: in Qianhai or not", cluster)
	add(id, "pass in_order", "广东 cluster address with the tax record", cluster, more("单位缴税记录"))
	add(id, "pass in_order", "广东 cluster address undeclared", unitOf("广东"), more("互联网信息服务备案承诺书"))
	young := all(unitOf("云南"), born("2009-11-01"))
	add(id, "fail age_paper_missing", "云南 17, not the legal representative", young, more("授权委托书"), notLR)
	add(id, "unknown undeclared", "云南 17, legal representative or not", young, func(c cs) { principal(c).IsLegalRepresentative = nil })
	add(id, "pass in_order", "云南 17, the legal representative", young)
}

// What the ledger has no room for is told to people, and never makes a rule
// unknown for ever.
func TestByHand(t *testing.T) {
	book, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	c := unfiled()
	all(unitOf("四川"), notLR, more("授权委托书"))(&c)
	f := find(t, book.Evaluate(c), "subject.identity")
	for lang, want := range map[string]string{
		"zh": "负责人与材料符合；另须人工核对：法定代表人出生日期",
		"en": "persons and papers are in order; a person must also check: legal representative: date of birth",
	} {
		if got := book.Explain(f, lang).Summary; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A letter of authority makes up for the legal representative's citizenship;
// that the order names who is authorised is left to a person, and said.
func TestForeignLegalRepresentative(t *testing.T) {
	book, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, province := range []string{"河北", "江西", "山东", "吉林", "辽宁", "山西", "海南"} {
		for _, letter := range []bool{true, false} {
			c := unfiled()
			for _, change := range []func(*domaincheck.Case){unitOf(province), citizenOf("US")} {
				change(&c)
			}
			if letter {
				more("授权委托书")(&c)
			}
			for _, f := range book.Evaluate(c) {
				if f.Rule != "subject.identity" {
					continue
				}
				hand, _ := f.Evidence["by_hand"].([]string)
				if said := slices.Contains(hand, "subject.principal"); said != letter || !letter && f.Result != domaincheck.Fail {
					t.Errorf("%s, letter %v: %s %s %v", province, letter, f.Result, f.Code, f.Evidence)
				}
			}
		}
	}
}
