package rules_test

import (
	"testing"

	"domaincheck"
	"domaincheck/rules"
)

// The second reading where the ledger does not say what the subject is, and
// where no order runs.

// bothKinds is a case that satisfies both sheets of a province, of a subject
// whose kind is not declared.
func bothKinds(s sheet) (unit, individual *personCases, build func(changes ...func(*domaincheck.Case)) domaincheck.Case) {
	today := domaincheck.MustDate("2026-11-21")
	unit = &personCases{province: s.Province, kind: "unit", book: &s.Unit, today: today}
	individual = &personCases{province: s.Province, kind: "individual", book: &s.Individual, today: today}
	return unit, individual, func(changes ...func(*domaincheck.Case)) domaincheck.Case {
		c := unit.build(personCase{today: today, order: domaincheck.OrderFirst})
		for _, p := range s.Individual.Papers {
			if p.When == "" {
				give(p.Kind)(&c)
			}
		}
		c.Site.Subject.Kind = ""
		for _, change := range changes {
			change(&c)
		}
		return c
	}
}

// Of an undeclared kind both books are asked: it fails only where both fail,
// and where one fails nobody can say.
func TestSecondReadingOfAnUndeclaredKind(t *testing.T) {
	book, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range loadSheets(t) {
		unit, individual, build := bothKinds(s)
		check := func(name string, want domaincheck.Result, changes ...func(*domaincheck.Case)) {
			t.Helper()
			if f := findingOf(t, book.Evaluate(build(changes...)), identity); f.Result != want {
				t.Errorf("%s: %s: got %s %s %v, want %s", s.Province, name, f.Result, f.Code, f.Evidence, want)
			}
		}
		check("all in order", domaincheck.Pass)
		check("a card that ends tomorrow", domaincheck.Fail, func(c *domaincheck.Case) { principalOf(c).IDExpires = unit.today.AddDays(1) })
		check("no papers", domaincheck.Fail, func(c *domaincheck.Case) { c.Site.Papers = []domaincheck.Paper{} })
		if individual.book.Residence != nil && unit.book.Residence == nil && !unit.asks("legal_representative_not_local") {
			check("from elsewhere, which matters to persons only", domaincheck.Unknown, func(c *domaincheck.Case) { principalOf(c).IDProvince = unit.elsewhere() })
		}
		if unit.mustBeLegal() && len(unit.book.Ages) == 0 {
			check("no legal representative, which matters to units only", domaincheck.Unknown, notLegal)
		}
	}
}

// What an order asks for is not held against a filed site; a card that has run
// out is.
func TestSecondReadingOfFiledSites(t *testing.T) {
	book, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range loadSheets(t) {
		for _, kb := range books(&s.Unit, &s.Individual) {
			g := &personCases{province: s.Province, kind: kb.kind, book: kb.book, today: domaincheck.MustDate("2026-11-21")}
			spoil := func(c *domaincheck.Case) {
				p := principalOf(c)
				p.BirthDate, p.IDProvince, p.PhoneProvince, p.Nationality = earlierYears(g.today, 10), g.elsewhere(), g.elsewhere(), "US"
				p.Contact.Swapped, p.Contact.SameAsEmergency, p.Contact.SameAsOtherPerson = domaincheck.Known(true), domaincheck.Known(true), domaincheck.Known(true)
				p.IDExpires, c.Site.Papers = g.today, []domaincheck.Paper{}
				c.Site.State, c.Site.Order, c.Site.Responsible = domaincheck.StateFiled, nil, nil
				if g.kind == "unit" {
					notLegal(c)
				}
			}
			filed := personCase{today: g.today, change: []func(*domaincheck.Case){spoil}}
			findings := book.Evaluate(g.build(filed))
			for _, rule := range []string{identity, contact} {
				if f := findingOf(t, findings, rule); f.Result != domaincheck.Pass {
					t.Errorf("%s %s %s on a filed site: got %s %s %v", s.Province, g.kind, rule, f.Result, f.Code, f.Evidence)
				}
			}
			filed.change = append(filed.change, func(c *domaincheck.Case) { principalOf(c).IDExpires = g.today.AddDays(-1) })
			if f := findingOf(t, book.Evaluate(g.build(filed)), identity); f.Result != domaincheck.Fail {
				t.Errorf("%s %s: a card that ran out: got %s %s", s.Province, g.kind, f.Result, f.Code)
			}
		}
	}
}
