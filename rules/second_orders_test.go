package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/rules"
)

// The second reading of what an order needs, against the checklist: the
// province's papers at hand and missing, names that may not be, and what an
// access or a change order must agree with.

// orderCase is a checklist of one book's subject for one order.
type orderCase struct {
	t      *testing.T
	g      *personCases
	prefix string
	judge  *rules.Book
	orders *rules.Orders
}

func allOrders() []domaincheck.OrderKind {
	return []domaincheck.OrderKind{domaincheck.OrderFirst, domaincheck.OrderNewSite, domaincheck.OrderAccess, domaincheck.OrderChange}
}

func (o *orderCase) list(kind domaincheck.OrderKind, changes ...func(*domaincheck.Case)) rules.Checklist {
	return o.judge.Preflight(o.orders, o.g.build(personCase{today: o.g.today, order: kind, change: changes}), kind)
}

// fields are the conditions of one field of the province's book.
func (o *orderCase) fields(l rules.Checklist, field string) (out []rules.Condition) {
	for _, c := range l.Conditions {
		if strings.HasPrefix(c.ID, o.prefix+field) {
			out = append(out, c)
		}
	}
	return out
}

func (o *orderCase) errorf(format string, a ...any) {
	o.t.Helper()
	o.t.Errorf("%s %s: %s", o.g.province, o.g.kind, fmt.Sprintf(format, a...))
}

func TestSecondReadingOfOrders(t *testing.T) {
	book, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	orders, err := rules.DefaultOrders()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range loadSheets(t) {
		for _, kb := range books(&s.Unit, &s.Individual) {
			g := &personCases{province: s.Province, kind: kb.kind, book: kb.book, today: domaincheck.MustDate("2026-11-21")}
			o := &orderCase{t, g, "province." + s.Pinyin + "." + kb.kind + ".", book, orders}
			o.papers()
			o.names()
			o.agreements()
			o.demands()
		}
	}
}

// papers: each paper of the sheet is on the list of the orders it is for, met
// when at hand, unmet when not, unknown when nothing is declared.
func (o *orderCase) papers() {
	state := func(l rules.Checklist, kind string) rules.ConditionState {
		for _, p := range l.Papers {
			if p.Kind == kind {
				return p.State
			}
		}
		return ""
	}
	for _, p := range o.g.book.Papers {
		if p.When != "" || p.Optional {
			continue
		}
		for _, kind := range allOrders() {
			if len(p.Orders) > 0 && !slices.Contains(p.Orders, kind) {
				continue
			}
			for want, change := range map[rules.ConditionState]func(*domaincheck.Case){
				rules.Met: func(*domaincheck.Case) {}, rules.Unmet: take(p.Kind), rules.Unsure: papersUnsaid,
			} {
				if got := state(o.list(kind, change), p.Kind); got != want {
					o.errorf("%s for %s is %q, want %q", p.Kind, kind, got, want)
				}
			}
		}
	}
}

// names: no ending of the sheet is taken, any other is.
func (o *orderCase) names() {
	named := func(name string) func(*domaincheck.Case) {
		return func(c *domaincheck.Case) { c.Site.Name = domaincheck.Text(name) }
	}
	endings := []string{}
	for _, n := range o.g.book.Naming {
		endings = append(endings, n.RefuseEndings...)
	}
	for _, ending := range endings {
		l := o.list(domaincheck.OrderFirst, named("示例"+ending))
		if !slices.ContainsFunc(o.fields(l, "naming"), func(c rules.Condition) bool { return c.State == rules.Unmet }) {
			o.errorf("a name that ends in %s is taken", ending)
		}
		l = o.list(domaincheck.OrderFirst, named(ending+"示例"))
		if slices.ContainsFunc(o.fields(l, "naming"), func(c rules.Condition) bool { return c.State == rules.Unmet }) {
			o.errorf("a name that begins with %s is refused", ending)
		}
	}
	if len(endings) > 0 {
		l := o.list(domaincheck.OrderFirst, named(""))
		if !slices.ContainsFunc(o.fields(l, "naming"), func(c rules.Condition) bool { return c.State == rules.Unsure }) {
			o.errorf("without a name the endings are not unknown")
		}
	}
	for _, c := range o.fields(o.list(domaincheck.OrderFirst, named("示例视频")), "naming") {
		if len(endings) == 0 && c.State == rules.Unmet {
			o.errorf("refuses an ending that the text does not")
		}
	}
}

// agreements: every row about access and change that the sheet has stands on
// the list of that order, by the line that says it, and on no other's.
func (o *orderCase) agreements() {
	shown := func(kind domaincheck.OrderKind, field string, lines []string) {
		got := o.fields(o.list(kind), field+"[")
		for _, cite := range lines {
			if !slices.ContainsFunc(got, func(c rules.Condition) bool {
				return slices.ContainsFunc(c.Clauses, func(x rules.Clause) bool { return cites(x.Cite, cite) })
			}) {
				o.errorf("%s of %s is not on the list of %s", field, cite, kind)
			}
		}
		for _, other := range allOrders() {
			if other != kind && len(o.fields(o.list(other), field+"[")) > 0 {
				o.errorf("%s is on the list of %s", field, other)
			}
		}
	}
	access, change := []string{}, []string{}
	for _, r := range o.g.book.Access {
		access = append(access, r.Cite)
	}
	for _, r := range o.g.book.Change {
		change = append(change, r.Cite)
	}
	shown(domaincheck.OrderAccess, "access", access)
	shown(domaincheck.OrderChange, "change", change)
	for _, c := range o.fields(o.list(domaincheck.OrderChange), "change[") {
		if c.State != rules.ToDo {
			o.errorf("%s: nobody but a person can tell, got %s", c.ID, c.State)
		}
	}
}

// demands: a whole subject meets every condition of the province that can be
// judged, and each spoilt fact leaves its own unmet.
func (o *orderCase) demands() {
	typed := func(c *domaincheck.Case) {
		c.Site.Subject.Type = map[string]domaincheck.Text{"unit": "企业", "individual": "个人"}[o.g.kind]
	}
	for _, c := range o.fields(o.list(domaincheck.OrderFirst, typed), "") {
		if c.State != rules.Met && c.State != rules.ToDo {
			o.errorf("%s is %s (%s %v) though all is in order", c.ID, c.State, c.Code, c.Facts)
		}
	}
	spoilt := func(field string, change ...func(*domaincheck.Case)) {
		l := o.list(domaincheck.OrderFirst, change...)
		if !slices.ContainsFunc(o.fields(l, field), func(c rules.Condition) bool { return c.State == rules.Unmet }) {
			o.errorf("%s is not unmet: %v", field, o.fields(l, field))
		}
	}
	b := o.g.book
	if b.IDTerm != nil {
		spoilt("id_term", func(c *domaincheck.Case) { principalOf(c).IDExpires = o.g.today })
	}
	if r := b.Residence; r != nil {
		spoilt("residence", func(c *domaincheck.Case) { principalOf(c).IDProvince = o.g.elsewhere() })
	}
	if o.g.mustBeLegal() {
		spoilt("principal", notLegal)
	}
	if b.SamePerson != nil && b.SamePerson.Rule == "forbidden" {
		spoilt("same_person", other("张三", true))
	}
	for _, a := range b.Ages {
		if a.Min > 0 {
			spoilt("ages", o.g.whoOf(a.Who[0], func(p *domaincheck.Person) { p.BirthDate = earlierYears(o.g.today, a.Min-1) }))
		}
	}
}
