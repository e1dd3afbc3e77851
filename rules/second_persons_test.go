package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/rules"
)

// The persons and papers of an order, at the edge of every scalar of the
// second reading: from a subject that satisfies its sheet, each case changes
// one fact. What a sheet does not demand must not be held against anybody.

// personCase is one changed fact with the result it must have.
type personCase struct {
	name   string
	today  domaincheck.Date
	order  domaincheck.OrderKind
	change []func(*domaincheck.Case)
	rule   string
	want   domaincheck.Result
}

// personCases gathers the cases of one book.
type personCases struct {
	province string
	kind     string
	book     *rules.ProvinceBook
	today    domaincheck.Date
	list     []personCase
}

const (
	identity = "subject.identity"
	contact  = "subject.contact"
)

// add expects of subject.identity what the changed facts mean.
func (g *personCases) add(want domaincheck.Result, name string, change ...func(*domaincheck.Case)) {
	g.list = append(g.list, personCase{name, g.today, domaincheck.OrderFirst, change, identity, want})
}

func (g *personCases) at(day string, want domaincheck.Result, name string, change ...func(*domaincheck.Case)) {
	g.list = append(g.list, personCase{name, domaincheck.MustDate(day), domaincheck.OrderFirst, change, identity, want})
}

func (g *personCases) phone(want domaincheck.Result, name string, change ...func(*domaincheck.Case)) {
	g.list = append(g.list, personCase{name, g.today, domaincheck.OrderFirst, change, contact, want})
}

func TestSecondReadingOfPersons(t *testing.T) {
	book, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range loadSheets(t) {
		for _, kb := range books(&s.Unit, &s.Individual) {
			g := &personCases{province: s.Province, kind: kb.kind, book: kb.book, today: domaincheck.MustDate("2026-11-21")}
			g.base()
			g.ages()
			g.cards()
			g.cardKinds()
			g.nationality()
			g.residence()
			g.persons()
			g.samePerson()
			g.papers()
			g.paperAges()
			g.phones()
			for _, c := range g.list {
				n++
				t.Run(s.Province+"/"+kb.kind+"/"+c.rule+"/"+c.name, func(t *testing.T) {
					f := findingOf(t, book.Evaluate(g.build(c)), c.rule)
					if f.Result != c.want {
						t.Errorf("got %s %s %v, want %s", f.Result, f.Code, f.Evidence, c.want)
					}
				})
			}
		}
	}
	t.Logf("%d cases", n)
}

func findingOf(t *testing.T, findings []domaincheck.Finding, rule string) domaincheck.Finding {
	t.Helper()
	for _, f := range findings {
		if f.Rule == rule {
			return f
		}
	}
	t.Fatalf("no finding of %s", rule)
	return domaincheck.Finding{}
}

// build makes the case: a first order of a subject that satisfies the sheet,
// then the changes.
func (g *personCases) build(pc personCase) domaincheck.Case {
	me := domaincheck.Person{
		Name: "张三", BirthDate: domaincheck.MustDate("1980-01-01"), Nationality: "CN", IDType: "身份证", IDExpires: domaincheck.MustDate("2040-01-01"),
		IDProvince: domaincheck.Text(g.province), PhoneProvince: domaincheck.Text(g.province), PhoneCheckedOn: pc.today,
		Contact: &domaincheck.PersonContact{Swapped: domaincheck.Known(false), SameAsOtherPerson: domaincheck.Known(false),
			SameAsEmergency: domaincheck.Known(false), Dead: domaincheck.Known(false)},
	}
	subject := &domaincheck.Subject{Name: "张三", Kind: domaincheck.Kind(g.kind), Province: domaincheck.Text(g.province), Principal: &me,
		ClusterAddress: domaincheck.Known(false), Counts: &domaincheck.Counts{Sites: domaincheck.Known(1), DomainPrefixes: domaincheck.Known(1)}}
	c := domaincheck.Case{At: domaincheck.At(pc.today.Start().Add(10 * time.Hour)), Site: domaincheck.Site{
		Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: domaincheck.RoleMain}}, Name: "示例", Subject: subject,
		State: domaincheck.StateFiling, Order: &domaincheck.Order{Kind: pc.order, SubmittedOn: pc.today}, Commercial: domaincheck.Known(false),
		Papers: []domaincheck.Paper{},
	}}
	if g.kind == "unit" {
		subject.Name, subject.Type, subject.LegalRepresentative, me.IsLegalRepresentative = "示例科技有限公司", "企业", "张三", domaincheck.Known(true)
	}
	for _, p := range g.book.Papers {
		if p.When == "" {
			give(p.Kind)(&c)
		}
	}
	if s := g.book.SamePerson; s != nil && s.Rule == "forbidden" {
		other("李四", false)(&c)
		if r := g.book.Responsible; r != nil {
			give(r.Papers...)(&c)
		}
	}
	for _, change := range pc.change {
		change(&c)
	}
	return c
}

func principalOf(c *domaincheck.Case) *domaincheck.Person { return c.Site.Subject.Principal }

// give adds papers of yesterday's issue; take removes one and its synonyms.
func give(kinds ...string) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		for _, k := range kinds {
			c.Site.Papers = append(c.Site.Papers, domaincheck.Paper{Kind: k, IssuedOn: domaincheck.DateOf(c.At.Time).AddDays(-1)})
		}
	}
}

func take(kind string) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		c.Site.Papers = slices.DeleteFunc(c.Site.Papers, func(p domaincheck.Paper) bool { return p.Kind == kind })
	}
}

func papersUnsaid(c *domaincheck.Case) { c.Site.Papers = nil }

func inTurn(changes ...func(*domaincheck.Case)) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		for _, change := range changes {
			change(c)
		}
	}
}

func notLegal(c *domaincheck.Case) { principalOf(c).IsLegalRepresentative = domaincheck.Known(false) }

func legalUndeclared(c *domaincheck.Case) { principalOf(c).IsLegalRepresentative = nil }

// other makes somebody else responsible for the site.
func other(name string, legal bool) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		p := *principalOf(c)
		p.Name, p.IsLegalRepresentative = domaincheck.Text(name), domaincheck.Known(legal)
		c.Site.Responsible = &p
	}
}

// later is the day some months on, by the calendar: a day that the month has
// not becomes its last. It is reckoned here anew, not by the product's code.
func later(d domaincheck.Date, months int) domaincheck.Date {
	first := time.Date(d.Year, d.Month+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return domaincheck.Date{Year: first.Year(), Month: first.Month(), Day: min(d.Day, last)}
}

func earlierYears(d domaincheck.Date, years int) domaincheck.Date {
	return domaincheck.Date{Year: d.Year - years, Month: d.Month, Day: d.Day}
}

func (g *personCases) base() {
	g.add(domaincheck.Pass, "all in order")
	if len(g.book.Phones) > 0 {
		g.phone(domaincheck.Pass, "all in order")
	}
}

// whoOf sets a fact of the person a row speaks of. Somebody responsible for
// the site who is the principal is set apart first, so that only they change.
func (g *personCases) whoOf(who string, set func(*domaincheck.Person)) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		if who != "responsible" {
			set(principalOf(c))
			return
		}
		if c.Site.Responsible == nil {
			p := *principalOf(c)
			c.Site.Responsible = &p
		}
		set(c.Site.Responsible)
	}
}

func (g *personCases) ages() {
	born := func(who string, d domaincheck.Date) func(*domaincheck.Case) {
		return g.whoOf(who, func(p *domaincheck.Person) { p.BirthDate = d })
	}
	for _, r := range g.book.Ages {
		born := born
		if r.ExceptLegalRepresentative { // it speaks of delegates
			born = g.bornDelegate
		}
		for _, who := range r.Who {
			if r.ExceptLegalRepresentative && who == "principal" && g.mustBeLegal() { // nobody to ask
				young := g.whoOf(who, func(p *domaincheck.Person) { p.BirthDate = earlierYears(g.today, 15) })
				g.add(domaincheck.Pass, "the legal representative's age", other("李四", false), young, g.delegation())
				continue
			}
			g.add(domaincheck.Unknown, fmt.Sprintf("%s birth date undeclared, %d %d", who, r.Min, r.From), born(who, domaincheck.Date{}))
			if r.Min > 0 {
				g.minimum(who, r.Min, born)
				continue
			}
			g.youth(who, r, born)
		}
	}
	if len(g.book.Ages) == 0 {
		g.add(domaincheck.Pass, "no age is demanded", born("person", earlierYears(g.today, 10)))
		g.add(domaincheck.Pass, "no birth date is demanded", born("person", domaincheck.Date{}))
	}
}

// mustBeLegal tells whether the principal must be the legal representative.
func (g *personCases) mustBeLegal() bool {
	return g.book.Principal != nil && g.book.Principal.LegalRepresentative == "required"
}

// bornDelegate sets the birth date of somebody who is not the legal
// representative and has the letters for it.
func (g *personCases) bornDelegate(who string, d domaincheck.Date) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		g.delegation()(c)
		g.whoOf(who, func(p *domaincheck.Person) { p.BirthDate, p.IsLegalRepresentative = d, domaincheck.Known(false) })(c)
	}
}

type setBirth func(string, domaincheck.Date) func(*domaincheck.Case)

// youthPapers are the papers of the ages from years on, so that the minimum
// alone decides.
func (g *personCases) youthPapers(years int) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		for _, r := range g.book.Ages {
			if r.Min == 0 && r.From <= years && years < r.Until {
				give(r.PapersAny[0]...)(c)
			}
		}
	}
}

func (g *personCases) minimum(who string, years int, born setBirth) {
	name := fmt.Sprintf("%s %d ", who, years)
	g.add(domaincheck.Pass, name+"today", g.youthPapers(years), born(who, earlierYears(g.today, years)))
	g.add(domaincheck.Fail, name+"tomorrow", g.youthPapers(years), g.youthPapers(years-1), born(who, earlierYears(g.today.AddDays(1), years)))
	clock := func(after time.Duration) func(*domaincheck.Case) {
		return func(c *domaincheck.Case) { c.At = domaincheck.At(g.today.Start().Add(after)) }
	}
	g.add(domaincheck.Pass, name+"at Beijing's midnight", g.youthPapers(years), born(who, earlierYears(g.today, years)), clock(0))
	g.add(domaincheck.Fail, name+"a second before", g.youthPapers(years-1), born(who, earlierYears(g.today, years)), clock(-time.Second))
	g.at("2027-01-01", domaincheck.Pass, name+"at new year", g.youthPapers(years), born(who, domaincheck.Date{Year: 2027 - years, Month: 1, Day: 1}))
	g.at("2026-12-31", domaincheck.Fail, name+"at new year, a day before", g.youthPapers(years), born(who, domaincheck.Date{Year: 2027 - years, Month: 1, Day: 1}))
	if years == 18 { // a leap day's birthday is 1 March in common years
		leap := domaincheck.MustDate("2008-02-29")
		g.at("2026-02-28", domaincheck.Fail, name+"born on a leap day, 28 February", born(who, leap))
		g.at("2026-03-01", domaincheck.Pass, name+"born on a leap day, 1 March", born(who, leap))
	}
}

func (g *personCases) youth(who string, r rules.AgeRule, born setBirth) {
	from := max(r.From, 1)
	edges := []struct {
		name string
		day  domaincheck.Date
		asks bool
	}{
		{fmt.Sprintf("%d today", from), earlierYears(g.today, from), true},
		{fmt.Sprintf("%d tomorrow", r.Until), earlierYears(g.today.AddDays(1), r.Until), true},
		{fmt.Sprintf("%d today", r.Until), earlierYears(g.today, r.Until), false},
	}
	for _, e := range edges {
		if !e.asks {
			g.add(domaincheck.Pass, who+" "+e.name+" without papers", born(who, e.day))
			continue
		}
		g.add(domaincheck.Fail, who+" "+e.name+" without papers", born(who, e.day))
		g.add(domaincheck.Unknown, who+" "+e.name+" papers undeclared", born(who, e.day), papersUnsaid)
		for _, all := range r.PapersAny {
			g.add(domaincheck.Pass, who+" "+e.name+" "+strings.Join(all, "+"), born(who, e.day), give(all...))
			if len(all) > 1 {
				g.add(domaincheck.Fail, who+" "+e.name+" not all of "+strings.Join(all, "+"), born(who, e.day), give(all[1:]...))
			}
		}
	}
	if r.ExceptLegalRepresentative {
		legal := g.whoOf(who, func(p *domaincheck.Person) { p.IsLegalRepresentative = domaincheck.Known(true) })
		g.add(domaincheck.Pass, who+" is the legal representative", born(who, edges[1].day), legal)
	}
}

func (g *personCases) cards() {
	t := g.book.IDTerm
	if t == nil {
		return
	}
	for _, who := range []string{"principal", "responsible"} {
		ends := func(d domaincheck.Date) func(*domaincheck.Case) {
			return g.whoOf(who, func(p *domaincheck.Person) { p.IDExpires = d })
		}
		exact := map[bool]domaincheck.Result{true: domaincheck.Pass, false: domaincheck.Fail}[t.Op == ">="]
		for _, day := range []string{"2026-11-21", "2026-11-30", "2027-11-30", "2027-08-31", "2027-02-28", "2027-10-01"} {
			limit := later(domaincheck.MustDate(day), t.Months)
			g.at(day, exact, who+" card exactly at the limit on "+day, ends(limit))
			g.at(day, domaincheck.Fail, who+" card a day short on "+day, ends(limit.AddDays(-1)))
			g.at(day, domaincheck.Pass, who+" card a day more on "+day, ends(limit.AddDays(1)))
		}
		g.add(domaincheck.Unknown, who+" card's end undeclared", ends(domaincheck.Date{}))
	}
}

func (g *personCases) cardKinds() {
	card := func(nationality, kind string) func(*domaincheck.Case) {
		return func(c *domaincheck.Case) {
			principalOf(c).Nationality, principalOf(c).IDType = domaincheck.Text(nationality), domaincheck.Text(kind)
		}
	}
	for _, r := range g.book.IDTypes {
		people := r.For
		if len(people) == 0 {
			people = []string{"CN"}
		}
		for _, p := range people {
			for _, k := range r.Refuse {
				g.add(domaincheck.Fail, p+" with "+k, card(p, k))
			}
			for _, k := range r.Require {
				g.add(domaincheck.Pass, p+" with "+k, card(p, k))
			}
			if len(r.Require) > 0 {
				g.add(domaincheck.Fail, p+" with a passport", card(p, "护照"))
			}
			g.add(domaincheck.Unknown, p+" with an undeclared card", card(p, ""))
		}
	}
	if len(g.book.IDTypes) == 0 {
		g.add(domaincheck.Pass, "no card is demanded", card("CN", "护照"))
	}
}

func (g *personCases) nationality() {
	of := map[string]*rules.Nationality{}
	for i, r := range g.book.Nationality {
		for _, who := range r.Who {
			of[who] = &g.book.Nationality[i]
		}
	}
	for _, who := range []string{"person", "principal", "responsible", "legal_representative"} {
		r := of[who]
		if r == nil {
			continue
		}
		for _, n := range []string{"CN", "HK", "MO", "TW", "US"} {
			set := g.whoOf(who, func(p *domaincheck.Person) {
				p.Nationality = domaincheck.Text(n)
				if n != "CN" {
					p.IDType = "护照"
				}
			})
			if who != "responsible" && of["responsible"] != nil { // else the same person, under two rows
				set = inTurn(other("李四", false), g.delegation(), set)
			}
			switch {
			case slices.Contains(r.Admit, n):
				g.add(domaincheck.Pass, who+" of "+n, set)
			case len(r.Papers) > 0:
				g.add(domaincheck.Fail, who+" of "+n, set)
				g.add(domaincheck.Pass, who+" of "+n+" with papers", set, give(r.Papers...))
				g.add(domaincheck.Unknown, who+" of "+n+" papers undeclared", set, papersUnsaid)
			default:
				g.add(domaincheck.Fail, who+" of "+n, set)
			}
		}
		g.add(domaincheck.Unknown, who+" of an undeclared nationality", g.whoOf(who, func(p *domaincheck.Person) { p.Nationality = "" }))
	}
	if len(of) == 0 && len(g.book.IDTypes) == 0 {
		g.add(domaincheck.Pass, "no nationality is demanded", func(c *domaincheck.Case) { principalOf(c).Nationality, principalOf(c).IDType = "US", "护照" })
		g.add(domaincheck.Pass, "nor its declaration", func(c *domaincheck.Case) { principalOf(c).Nationality = "" })
	}
}

// asks tells whether a paper of the sheet depends on a condition.
func (g *personCases) asks(when string) bool {
	return slices.ContainsFunc(g.book.Papers, func(p rules.PaperRule) bool { return p.When == when })
}
