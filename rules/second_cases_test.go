package rules_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/rules"
)

// Boundary cases, made from the sheets of the second reading and judged by the
// engine with the embedded book: so every scalar of every province and kind is
// met on both sides of its edge and without the fact it asks for.

const secondToday = "2026-11-21"

type change = func(*domaincheck.Case)

// maker makes the cases of one province and kind.
type maker struct {
	t        *testing.T
	judge    *rules.Book
	province string
	kind     domaincheck.Kind
	b        *rules.ProvinceBook
	pending  map[string]string
	met      map[string]bool
	made     map[domaincheck.Result]int
}

// Every case made from the sheets is judged as the text demands. Cases that a
// known fault of the engine gets wrong stand in pending.yaml with the reason,
// and must leave it when the fault is gone.
func TestSecondReadingAtItsEdges(t *testing.T) {
	judge, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Pending []struct {
			Case   string `yaml:"case"`
			Reason string `yaml:"reason"`
		} `yaml:"pending"`
	}
	decodeFile(t, secondDir+"/pending.yaml", &file)
	pending, met, made := map[string]string{}, map[string]bool{}, map[domaincheck.Result]int{}
	for _, p := range file.Pending {
		pending[p.Case] = p.Reason
	}
	for _, s := range loadSheets(t) {
		for _, k := range books(&s.Unit, &s.Individual) {
			m := &maker{t, judge, s.Province, domaincheck.Kind(k.kind), k.book, pending, met, made}
			m.domainCases()
			m.pageCases()
			m.countCases()
			m.certificateCases()
			m.proofsCases()
		}
	}
	for name := range pending {
		if !met[name] || pending[name] == "" {
			t.Errorf("pending case %q was not made, or has no reason", name)
		}
	}
	t.Logf("cases made: %v, pending %d", made, len(pending))
}

// add judges one case: the base with the changes.
func (m *maker) add(rule string, want domaincheck.Result, name string, changes ...change) {
	m.t.Helper()
	name = fmt.Sprintf("%s %s %s: %s", m.province, m.kind, rule, name)
	if m.met[name] {
		m.t.Errorf("case %q is made twice", name)
	}
	m.met[name] = true
	c := m.base()
	for _, f := range changes {
		f(&c)
	}
	m.made[want]++
	for _, f := range m.judge.Evaluate(c) {
		if f.Rule != rule {
			continue
		}
		ok := f.Result == want
		switch reason := m.pending[name]; {
		case !ok && reason == "":
			m.t.Errorf("%s: got %s %s %v, want %s", name, f.Result, f.Code, f.Evidence, want)
		case ok && reason != "":
			m.t.Errorf("%s: is right now, take it out of pending", name)
		}
		return
	}
	m.t.Errorf("%s: no finding", name)
}

// base is a site to be filed that meets all the province demands.
func (m *maker) base() domaincheck.Case {
	name, legal := domaincheck.Text("示例科技有限公司"), true
	if m.kind == domaincheck.KindIndividual {
		name, legal = "张三", false
	}
	day := domaincheck.MustDate(secondToday)
	c := domaincheck.Case{
		At: domaincheck.At(day.Start().Add(10 * time.Hour)),
		Site: domaincheck.Site{
			Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: domaincheck.RoleMain}},
			Name:    "示例网站", State: domaincheck.StateUnfiled, Expires: domaincheck.MustDate("2036-01-01"),
			Subject: &domaincheck.Subject{
				Name: name, Kind: m.kind, Type: "企业", Province: domaincheck.Text(m.province), LegalRepresentative: "张三",
				ClusterAddress: domaincheck.Known(false), Principal: m.person("张三", legal),
				Counts: &domaincheck.Counts{Sites: domaincheck.Known(1), DomainPrefixes: domaincheck.Known(1)},
			},
		},
	}
	if m.kind == domaincheck.KindIndividual {
		c.Site.Subject.Type, c.Site.Subject.LegalRepresentative, c.Site.Subject.ClusterAddress = "", "", nil
	}
	c.Observation.Registration = &domaincheck.Registration{
		Look:       domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: c.At},
		Registrar:  &domaincheck.Registrar{Name: "阿里云计算有限公司（万网）", IANAID: "420"},
		Registrant: &domaincheck.Registrant{Name: name},
		Created:    domaincheck.At(domaincheck.MustDate("2020-01-01").Start()),
		Expires:    domaincheck.At(domaincheck.MustDate("2036-01-01").Start()),
		Statuses:   domaincheck.List[string]{"ok"}, Nameservers: domaincheck.List[string]{"ns1.example.cn"},
	}
	papers(m.usualPapers(domaincheck.OrderFirst)...)(&c)
	if s := m.b.SamePerson; s != nil && s.Rule == "forbidden" {
		m.responsible(false, nil)(&c)
		addPapers(m.lettersOf(m.b.Responsible)...)(&c)
	}
	return c
}

func (m *maker) person(name string, legal bool) *domaincheck.Person {
	no := func() *bool { return domaincheck.Known(false) }
	phone := domaincheck.Text(m.province)
	for _, r := range m.b.Phones {
		if r.Rule == "of" && !slices.Contains(r.Provinces, m.province) {
			phone = domaincheck.Text(r.Provinces[0])
		}
	}
	return &domaincheck.Person{
		Name: domaincheck.Text(name), IsLegalRepresentative: domaincheck.Known(legal), BirthDate: domaincheck.MustDate("1980-01-01"),
		Nationality: "CN", IDType: "身份证", IDExpires: domaincheck.MustDate("2036-01-01"), IDProvince: domaincheck.Text(m.province),
		PhoneProvince: phone, PhoneCheckedOn: domaincheck.MustDate("2026-11-01"),
		Contact: &domaincheck.PersonContact{Swapped: no(), SameAsOtherPerson: no(), SameAsEmergency: no(), Dead: no()},
	}
}

// responsible puts another person in charge of the site.
func (m *maker) responsible(legal bool, with func(*domaincheck.Person)) change {
	return func(c *domaincheck.Case) {
		c.Site.Responsible = m.person("李四", legal)
		if with != nil {
			with(c.Site.Responsible)
		}
	}
}

// papers declares exactly these papers.
func papers(kinds ...string) change {
	return func(c *domaincheck.Case) {
		c.Site.Papers = []domaincheck.Paper{}
		addPapers(kinds...)(c)
	}
}

func addPapers(kinds ...string) change {
	return func(c *domaincheck.Case) {
		for _, k := range kinds {
			c.Site.Papers = append(c.Site.Papers, domaincheck.Paper{Kind: k, IssuedOn: domaincheck.MustDate("2026-11-01")})
		}
	}
}

func noPapersDeclared(c *domaincheck.Case) { c.Site.Papers = nil }

func order(kind domaincheck.OrderKind) change {
	return func(c *domaincheck.Case) { c.Site.Order = &domaincheck.Order{Kind: kind} }
}

// covers tells whether a list of orders covers one; an empty list covers all.
func covers(orders []domaincheck.OrderKind, kind domaincheck.OrderKind) bool {
	return len(orders) == 0 || slices.Contains(orders, kind)
}

// usualPapers are those that the province asks of everybody for an order.
func (m *maker) usualPapers(kind domaincheck.OrderKind) (kinds []string) {
	for _, p := range m.b.Papers {
		if p.When == "" && !p.Optional && covers(p.Orders, kind) {
			kinds = append(kinds, p.Kind)
		}
	}
	return kinds
}

// domainCases: term, holder, registration abroad, privacy, suffixes.
func (m *maker) domainCases() {
	m.termCases()
	m.holderCases()
	registrar := func(name, iana string) change {
		return func(c *domaincheck.Case) {
			c.Observation.Registration.Registrar = &domaincheck.Registrar{Name: domaincheck.Text(name), IANAID: domaincheck.Text(iana)}
		}
	}
	notLooked := func(c *domaincheck.Case) { c.Observation.Registration = nil }
	redacted := func(c *domaincheck.Case) {
		c.Observation.Registration.Registrant = &domaincheck.Registrant{Redacted: true}
	}
	if m.b.ForeignDomain == nil {
		m.add("domain.domestic", domaincheck.NotApplicable, "not demanded", registrar("GoDaddy.com, LLC", "146"))
	} else {
		m.add("domain.domestic", domaincheck.Pass, "registered in the mainland")
		m.add("domain.domestic", domaincheck.Fail, "registered abroad", registrar("GoDaddy.com, LLC", "146"))
		m.add("domain.domestic", domaincheck.Unknown, "registrar unknown", registrar("无人知晓的注册商", ""))
		m.add("domain.domestic", domaincheck.Unknown, "not looked at", notLooked)
	}
	if m.b.PrivacyOff == nil {
		m.add("domain.privacy", domaincheck.NotApplicable, "not demanded", redacted)
	} else {
		m.add("domain.privacy", domaincheck.Pass, "the holder is named")
		m.add("domain.privacy", domaincheck.Fail, "a proxy service is named", func(c *domaincheck.Case) {
			c.Observation.Registration.Registrant = &domaincheck.Registrant{Organization: "Domains By Proxy, LLC", Proxy: true}
		})
		m.add("domain.privacy", domaincheck.Unknown, "the holder is left out", redacted)
		m.add("domain.privacy", domaincheck.Unknown, "not looked at", notLooked)
	}
	if l := m.b.TLDList; l != nil {
		for _, suffix := range l.Refuse {
			m.add("domain.tld", domaincheck.Fail, "suffix refused: "+suffix, func(c *domaincheck.Case) { c.Site.Domains[0].Domain = "example." + suffix })
		}
	}
}

// addMonths is the day n months later, the month's last day where it has none
// such; written apart from the engine's.
func addMonths(d domaincheck.Date, n int) domaincheck.Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return domaincheck.Date{Year: first.Year(), Month: first.Month(), Day: min(d.Day, last)}
}

func verdict(ok bool) domaincheck.Result {
	if ok {
		return domaincheck.Pass
	}
	return domaincheck.Fail
}

// termCases: a day before, on and after the limit; month ends, a leap year, and
// both ends of the Beijing day.
func (m *maker) termCases() {
	term := m.b.Term
	for _, today := range []string{secondToday, "2026-11-30", "2027-11-30", "2026-08-31", "2026-12-31", "2028-02-29"} {
		limit := addMonths(domaincheck.MustDate(today), term.Months)
		at := func(c *domaincheck.Case) {
			c.At = domaincheck.At(domaincheck.MustDate(today).Start().Add(23*time.Hour + 59*time.Minute))
			c.Observation.Registration.At = c.At
		}
		for _, off := range []int{-1, 0, 1} {
			day := limit.AddDays(off)
			want := verdict(off > 0 || off == 0 && term.Op == ">=")
			name := fmt.Sprintf("on %s, ends %s", today, day)
			m.add("domain.term", want, name+", declared", at, func(c *domaincheck.Case) {
				c.Observation.Registration, c.Site.Expires = nil, day
			})
			m.add("domain.term", want, name+", first second of the day", at, func(c *domaincheck.Case) {
				c.Observation.Registration.Expires = domaincheck.At(day.Start())
			})
			m.add("domain.term", want, name+", last second of the day", at, func(c *domaincheck.Case) {
				c.Observation.Registration.Expires = domaincheck.At(day.Start().Add(24*time.Hour - time.Second))
			})
		}
	}
	m.add("domain.term", domaincheck.Unknown, "no date known", func(c *domaincheck.Case) {
		c.Observation.Registration, c.Site.Expires = nil, domaincheck.Date{}
	})
}

// holderCases: every role, a stranger, a name left out.
func (m *maker) holderCases() {
	held := func(name string) change {
		return func(c *domaincheck.Case) {
			c.Observation.Registration.Registrant = &domaincheck.Registrant{Name: domaincheck.Text(name)}
		}
	}
	m.add("domain.holder", domaincheck.Pass, "the subject")
	m.add("domain.holder", domaincheck.Fail, "another unit", held("不相干贸易有限公司"))
	m.add("domain.holder", domaincheck.Unknown, "left out", func(c *domaincheck.Case) {
		c.Observation.Registration.Registrant = &domaincheck.Registrant{Redacted: true}
	})
	m.add("domain.holder", domaincheck.Unknown, "not looked at", func(c *domaincheck.Case) { c.Observation.Registration = nil })
	if m.kind == domaincheck.KindIndividual {
		m.add("domain.holder", domaincheck.Fail, "another person", held("赵六"))
		return
	}
	for _, role := range []string{"legal_representative", "shareholder", "principal", "officer"} {
		m.add("domain.holder", verdict(slices.Contains(m.b.Holder.Admit, role)), role, m.heldBy(role))
	}
	m.add("domain.holder", domaincheck.Fail, "a stranger", held("赵六"))
	nobody := func(c *domaincheck.Case) { c.Site.Subject.LegalRepresentative, c.Site.Subject.Principal = "", nil }
	want := domaincheck.Fail
	if slices.Contains(m.b.Holder.Admit, "legal_representative") {
		want = domaincheck.Unknown
	}
	m.add("domain.holder", want, "a person, and nobody is declared", held("赵六"), nobody)
}

// heldBy puts the domain into the hands of a role.
func (m *maker) heldBy(role string) change {
	return func(c *domaincheck.Case) {
		s, name := c.Site.Subject, "王五"
		switch role {
		case "legal_representative":
			name = "张三"
		case "shareholder":
			s.Shareholders = domaincheck.List[string]{name}
		case "officer":
			s.Officers = domaincheck.List[string]{name}
		case "principal":
			s.Principal = m.person(name, false)
		}
		c.Observation.Registration.Registrant = &domaincheck.Registrant{Name: domaincheck.Text(name)}
	}
}

// pageCases: what the page of a filed site must show.
func (m *maker) pageCases() {
	place, _ := icp.ProvinceByName(m.province)
	subject := place.Mark + "ICP备12345678号"
	show := func(number string, link domaincheck.LinkState) change {
		return func(c *domaincheck.Case) {
			n, err := icp.ParseNumber(number)
			if err != nil {
				m.t.Fatal(err)
			}
			c.Observation.Page.RecordNumbers = domaincheck.List[domaincheck.PageNumber]{{Number: n, LinkState: link}}
		}
	}
	add := func(rule string, want domaincheck.Result, name string, changes ...change) {
		m.add(rule, want, name, append([]change{filed(subject + "-1")}, changes...)...)
	}
	unseen := func(c *domaincheck.Case) { c.Observation.Page = nil }
	showsSubject := m.b.Number.Show == "subject"
	add("site.number_matches", verdict(showsSubject), "the subject's number", show(subject, domaincheck.LinkCurrent))
	add("site.number_matches", verdict(!showsSubject), "the site's number", show(subject+"-1", domaincheck.LinkCurrent))
	add("site.number_matches", domaincheck.Fail, "another's number", show(place.Mark+"ICP备87654321号-1", domaincheck.LinkCurrent))
	add("site.number_matches", domaincheck.Unknown, "no number declared", show(subject, domaincheck.LinkCurrent), func(c *domaincheck.Case) {
		c.Site.RecordNumber = ""
	})
	add("site.number_matches", domaincheck.Unknown, "page not looked at", unseen)
	right := subject + "-1"
	if showsSubject {
		right = subject
	}
	add("site.number", domaincheck.Pass, "shown", show(right, domaincheck.LinkCurrent))
	add("site.number", domaincheck.Fail, "not shown")
	add("site.number", domaincheck.Unknown, "page not looked at", unseen)
	for link, want := range map[domaincheck.LinkState]domaincheck.Result{
		domaincheck.LinkCurrent: domaincheck.Pass, domaincheck.LinkOutdated: domaincheck.Fail, domaincheck.LinkWrong: domaincheck.Fail, domaincheck.LinkNone: domaincheck.Fail,
	} {
		add("site.link", want, "link "+string(link), show(right, link))
	}
	add("site.link", domaincheck.Unknown, "page not looked at", unseen)
	add("site.reachable", domaincheck.Pass, "open")
	add("site.reachable", domaincheck.Fail, "refused", refused)
	add("site.reachable", domaincheck.Unknown, "page not looked at", unseen)
	if m.b.Reachable != nil && m.b.Reachable.AfterMonths > 0 {
		m.openLaterCases(subject+"-1", m.b.Reachable.AfterMonths)
	}
	m.nameCases(add, unseen)
}

func refused(c *domaincheck.Case) {
	c.Observation.Page = &domaincheck.HomePage{Look: domaincheck.Look{Outcome: domaincheck.OutcomeFailed, At: c.At}}
}

// openLaterCases: a site that is down counts in full from some months after the
// subject's number was given, before then for information only.
func (m *maker) openLaterCases(number string, months int) {
	for _, off := range []int{0, 1} {
		c := m.base()
		filed(number)(&c)
		refused(&c)
		given := addMonths(domaincheck.MustDate(secondToday), -months).AddDays(off)
		c.Site.Subject.FiledOn = given
		for _, f := range m.judge.Evaluate(c) {
			if f.Rule == "site.reachable" && (f.Severity == domaincheck.Info) != (off > 0) {
				m.t.Errorf("%s %s: number given %s, down: %s %s", m.province, m.kind, given, f.Result, f.Severity)
			}
		}
	}
}

// filed turns the site into a filed one whose page is up and shows its name.
func filed(number string) change {
	return func(c *domaincheck.Case) {
		c.Site.State, c.Site.FiledOn, c.Site.RecordNumber = domaincheck.StateFiled, domaincheck.MustDate("2020-05-01"), domaincheck.Text(number)
		c.Observation.Page = &domaincheck.HomePage{
			Look:   domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: c.At},
			Status: domaincheck.Known(200), Title: c.Site.Name, Bytes: 4000,
			Copyright: domaincheck.List[string]{"© 2026 " + string(c.Site.Subject.Name)},
		}
	}
}

// nameCases: the copyright holder and the displayed name, where demanded.
func (m *maker) nameCases(add func(string, domaincheck.Result, string, ...change), unseen change) {
	other := func(c *domaincheck.Case) {
		c.Observation.Page.Copyright = domaincheck.List[string]{"© 2026 不相干贸易有限公司"}
	}
	if m.b.Copyright == nil {
		add("site.copyright", domaincheck.NotApplicable, "not demanded", other)
	} else {
		add("site.copyright", domaincheck.Pass, "the subject's")
		add("site.copyright", domaincheck.Fail, "another's", other)
		add("site.copyright", domaincheck.Unknown, "page not looked at", unseen)
	}
	d := m.b.DisplayedName
	if d == nil {
		return
	}
	for _, where := range d.Where {
		add("site.title", domaincheck.Pass, "shown: "+where, func(c *domaincheck.Case) {
			p, name := c.Observation.Page, string(c.Site.Name)
			p.Title = "首页"
			switch where {
			case "heading":
				p.H1 = domaincheck.List[string]{name}
			case "logo":
				p.SiteNames = domaincheck.List[string]{name}
			default:
				p.Title = domaincheck.Text(name)
			}
		})
	}
	add("site.title", domaincheck.Fail, "shown nowhere", func(c *domaincheck.Case) { c.Observation.Page.Title = "别的名字" })
	add("site.title", domaincheck.Unknown, "page not looked at", unseen)
	add("site.title", domaincheck.Unknown, "no name declared", func(c *domaincheck.Case) { c.Site.Name = "" })
}
