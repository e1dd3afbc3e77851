package rules

import (
	"slices"
	"strings"

	"domaincheck"
)

// This file lists what the province's own book demands of an order. A value of
// the book is judged by the rule that reads it, over a book that holds nothing
// but that value: so no demand is judged in two ways.

// bound is a province's book as far as it binds the subject.
type bound struct {
	kind domaincheck.Kind
	book *ProvinceBook
	sure bool // the subject's kind is declared
}

func (p *preflight) bounds() []bound {
	switch {
	case p.e.known == nil:
		return nil
	case p.e.kind == domaincheck.KindUnit:
		return []bound{{p.e.kind, &p.e.known.Unit, true}}
	case p.e.kind == domaincheck.KindIndividual:
		return []bound{{p.e.kind, &p.e.known.Individual, true}}
	}
	return []bound{{domaincheck.KindUnit, &p.e.known.Unit, false}, {domaincheck.KindIndividual, &p.e.known.Individual, false}}
}

// only judges by a book that holds nothing but one value. Of the papers at
// hand only those of the kinds given are shown; the unit's certificate has a
// condition of its own.
func (p *preflight) only(b bound, rule string, book ProvinceBook, papers []domaincheck.Paper) domaincheck.Finding {
	book.Term, book.Number = b.book.Term, b.book.Number
	if book.Holder == nil {
		book.Holder = &HolderRule{Admit: b.book.Holder.Admit, Clause: b.book.Holder.Clause}
	}
	narrow := *p.b
	narrow.provinces = map[string]*Province{p.e.province: {Name: p.e.province, Pinyin: p.e.known.Pinyin, Unit: book, Individual: book}}
	c := *p.c
	c.Site.Papers = papers
	if c.Site.Subject != nil {
		subject := *c.Site.Subject
		subject.Certificate, subject.Kind = nil, b.kind
		c.Site.Subject = &subject
	}
	e := newEval(&narrow, &c)
	r := p.b.byID[rule]
	o := r.site(e)
	return e.add(nil, r, "", &o)[0]
}

// having are the papers at hand of some kinds; nil if papers are undeclared.
func (p *preflight) having(kinds ...string) []domaincheck.Paper {
	if p.c.Site.Papers == nil {
		return nil
	}
	out := []domaincheck.Paper{}
	for _, x := range p.c.Site.Papers {
		if slices.ContainsFunc(kinds, func(k string) bool { return samePaper(k, x.Kind) }) {
			out = append(out, x)
		}
	}
	return out
}

func (p *preflight) province() {
	if p.order == domaincheck.OrderCancel {
		return
	}
	for _, b := range p.bounds() {
		p.persons(b)
		p.counts(b)
		p.naming(b)
		p.afterwards(b)
		p.orderRules(b)
		p.duties(b)
	}
}

// row adds a value of the book, judged by its rule. With the kind of the
// subject unknown a failure is not sure.
func (p *preflight) row(b bound, field string, c Clause, f domaincheck.Finding) {
	x := Condition{
		ID: p.id(b, field), Rule: domaincheck.Text(f.Rule), Group: "province", Layer: "province",
		State: stateOf(&f), Code: f.Code, Why: f.Why, Severity: f.Severity, Knows: f.Knows, ObservedAt: f.ObservedAt,
		Evidence: f.Evidence, Clauses: []Clause{c}, finding: &f,
	}
	if x.State == omitted { // the value asks nothing of this subject, if its persons are known
		x.State = Met
		if f.Rule != "subject.count" && p.e.subject.Principal == nil {
			x.State, x.Code, x.Why, x.Facts, x.finding = Unsure, "undeclared", domaincheck.WhyUndeclared, []string{"subject.principal"}, nil
			p.add(p.settled(b, x))
			return
		}
	}
	if x.State == Unsure {
		x.Facts = p.settling(&f)
	}
	p.add(p.settled(b, x))
}

// settled is a condition under a book that may not bind the subject: with its
// kind unknown nothing is sure.
func (p *preflight) settled(b bound, x Condition) Condition {
	if !b.sure && x.State != ToDo {
		x.State, x.Why, x.Facts, x.Code = Unsure, domaincheck.WhyUndeclared, []string{"subject.kind"}, "depends_on_kind"
		x.finding, x.words = nil, nil
	}
	return x
}

// task adds a value that a person must do or judge.
func (p *preflight) task(b bound, field string, c Clause, s domaincheck.Severity) {
	p.add(Condition{
		ID: p.id(b, field), Group: "province", Layer: "province", State: ToDo, Code: "todo", Severity: s,
		Knows: domaincheck.Declared, Clauses: []Clause{c},
	})
}

func (p *preflight) id(b bound, field string) string {
	return "province." + p.e.known.Pinyin + "." + string(b.kind) + "." + field
}

// persons: ages, documents, nationality, residence, principal, responsible.
func (p *preflight) persons(b bound) {
	const identity = "subject.identity"
	for i, r := range b.book.Ages {
		p.row(b, indexed("ages", i), r.Clause, p.only(b, identity, ProvinceBook{Ages: []AgeRule{r}}, p.having(flat(r.PapersAny)...)))
	}
	if t := b.book.IDTerm; t != nil {
		p.row(b, "id_term", t.Clause, p.only(b, identity, ProvinceBook{IDTerm: t}, p.having()))
	}
	for i, t := range b.book.IDTypes {
		p.row(b, indexed("id_types", i), t.Clause, p.only(b, identity, ProvinceBook{IDTypes: []IDType{t}}, p.having()))
	}
	for i, n := range b.book.Nationality {
		if slices.Contains(n.Who, "legal_representative") && p.unknownHead(b, indexed("nationality", i), n.Clause) {
			continue
		}
		p.row(b, indexed("nationality", i), n.Clause, p.only(b, identity, ProvinceBook{Nationality: []Nationality{n}}, p.having(n.Papers...)))
	}
	if r := b.book.Residence; r != nil {
		kinds := append(flat(r.PapersAny), r.PermitYear...)
		p.row(b, "residence", r.Clause, p.only(b, identity, ProvinceBook{Residence: r}, p.having(kinds...)))
	}
	if r := b.book.Principal; r != nil && r.LegalRepresentative != "free" {
		p.row(b, "principal", r.Clause, p.only(b, identity, ProvinceBook{Principal: r}, p.having(personPapers(r)...)))
	}
	if r := b.book.Responsible; r != nil && r.LegalRepresentative != "free" {
		p.row(b, "responsible", r.Clause, p.only(b, identity, ProvinceBook{Responsible: r}, p.having(personPapers(r)...)))
	}
	if s := b.book.SamePerson; s != nil {
		p.row(b, "same_person", s.Clause, p.only(b, identity, ProvinceBook{SamePerson: s}, p.having()))
	}
	for i, r := range b.book.Phones {
		p.row(b, indexed("phones", i), r.Clause, p.only(b, "subject.contact", ProvinceBook{Phones: []PhoneRule{r}}, p.having()))
	}
}

// unknownHead adds a demand on the legal representative where that person is
// not among those declared: whether the principal is that person is not said,
// or it is somebody of whom a ledger holds nothing.
func (p *preflight) unknownHead(b bound, field string, c Clause) bool {
	person := p.e.subject.Principal
	switch {
	case person == nil || domaincheck.Is(person.IsLegalRepresentative):
		return false
	case p.c.Site.Responsible != nil && domaincheck.Is(p.c.Site.Responsible.IsLegalRepresentative):
		return false
	case person.IsLegalRepresentative == nil:
		p.add(p.settled(b, Condition{
			ID: p.id(b, field), Group: "province", Layer: "province", State: Unsure, Code: "undeclared", Why: domaincheck.WhyUndeclared,
			Severity: domaincheck.Medium, Knows: domaincheck.Declared, Facts: []string{"subject.principal.is_legal_representative"}, Clauses: []Clause{c},
		}))
	default:
		p.task(b, field, c, domaincheck.Medium)
	}
	return true
}

func flat(lists [][]string) []string { return slices.Concat(lists...) }

func personPapers(r *PersonRule) []string {
	kinds := slices.Clone(r.Papers)
	for i := range r.Exceptions {
		kinds = append(kinds, r.Exceptions[i].Papers...)
	}
	return kinds
}

func (p *preflight) counts(b bound) {
	for i, c := range b.book.Counts {
		if !orderApplies(c.Orders, p.order) {
			continue
		}
		remark := c.Then == "remark"
		if remark {
			c.Then = "refuse" // reaching it is what the rule can tell
		}
		f := p.only(b, "subject.count", ProvinceBook{Counts: []Count{c}}, p.having(c.Papers...))
		if remark && f.Result == domaincheck.Fail {
			p.task(b, indexed("counts", i), c.Clause, domaincheck.Low)
			continue
		}
		p.row(b, indexed("counts", i), c.Clause, f)
	}
}

// naming: how the site's name may end.
func (p *preflight) naming(b bound) {
	for i, n := range b.book.Naming {
		field := indexed("naming", i)
		name := string(p.c.Site.Name)
		c := Condition{
			ID: p.id(b, field), Group: "province", Layer: "province", Severity: domaincheck.Medium, Knows: domaincheck.Declared,
			Clauses: []Clause{n.Clause}, State: Met, Code: "ending",
		}
		ending := func(e string) bool { return strings.HasSuffix(strings.TrimSpace(name), e) }
		switch at := slices.IndexFunc(n.RefuseEndings, ending); {
		case len(n.RefuseEndings) == 0:
			c.State, c.Code, c.Severity = ToDo, "todo", domaincheck.Low
		case name == "":
			c.State, c.Code, c.Why, c.Facts = Unsure, "undeclared", domaincheck.WhyUndeclared, []string{"site.name"}
		case at >= 0:
			c.State, c.Code, c.Evidence = Unmet, "refused_ending", domaincheck.Evidence{"name": name, "ending": n.RefuseEndings[at]}
			c.words = &Words{"网站名称“{name}”以“{ending}”结尾", "the name {name} ends in {ending}"}
			c.fix = Words{"换一个不以这些词结尾的网站名称", "choose a name that does not end in these words"}
		default:
			c.Evidence = domaincheck.Evidence{"name": name}
		}
		p.add(p.settled(b, c))
	}
}

// afterwards: what the site must bear once it is filed; on a filed site the
// rules site.* judge it.
func (p *preflight) afterwards(b bound) {
	if x := b.book.PrefixIsSite; x != nil {
		prefixes := map[string]bool{}
		for _, d := range p.c.Site.Domains {
			prefix, _, _ := strings.Cut(d.Domain, ".")
			prefixes[prefix] = true
		}
		if len(prefixes) > 1 {
			p.task(b, "prefix_is_site", *x, domaincheck.Medium)
		} else {
			p.add(Condition{
				ID: p.id(b, "prefix_is_site"), Group: "province", Layer: "province", State: Met, Code: "one_prefix",
				Severity: domaincheck.Medium, Knows: domaincheck.Declared, Clauses: []Clause{*x},
			})
		}
	}
	if p.order != domaincheck.OrderFirst && p.order != domaincheck.OrderNewSite {
		return
	}
	p.task(b, "number", b.book.Number.Clause, domaincheck.Info)
	if r := b.book.Reachable; r != nil {
		p.task(b, "reachable", r.Clause, domaincheck.Info)
	}
	if c := b.book.Copyright; c != nil {
		p.task(b, "copyright", *c, domaincheck.Info)
	}
	if d := b.book.DisplayedName; d != nil {
		p.task(b, "displayed_name", d.Clause, domaincheck.Info)
	}
}

// orderRules: what an access order must agree with, what a change order may do.
func (p *preflight) orderRules(b bound) {
	switch p.order {
	case domaincheck.OrderAccess:
		for i, r := range b.book.Access {
			if !p.accessName(b, indexed("access", i), &r) {
				p.task(b, indexed("access", i), r.Clause, accessSeverity(&r))
			}
		}
	case domaincheck.OrderChange:
		for i, r := range b.book.Change {
			p.task(b, indexed("change", i), r.Clause, domaincheck.Low)
		}
	}
}

func accessSeverity(r *AccessRule) domaincheck.Severity {
	if r.Rule == "local_rules" {
		return domaincheck.Info
	}
	return domaincheck.Medium
}

// accessName judges a rule about nothing but the subject's name where the filed
// record was looked up.
func (p *preflight) accessName(b bound, field string, r *AccessRule) bool {
	record := p.c.Observation.Record
	if len(r.Items) != 1 || (r.Items[0] != "unit_name" && r.Items[0] != "person_name") || r.Rule != "same" {
		return false
	}
	if record == nil || record.Outcome != domaincheck.OutcomeOK || record.Subject == "" || p.e.subject.Name == "" || !b.sure {
		return false
	}
	c := Condition{
		ID: p.id(b, field), Group: "province", Layer: "province", State: Met, Code: "same_name", Severity: domaincheck.Medium,
		Knows: domaincheck.Observed, ObservedAt: record.At, Clauses: []Clause{r.Clause},
		Evidence: domaincheck.Evidence{"filed": string(record.Subject), "declared": string(p.e.subject.Name)},
	}
	if foldName(string(record.Subject)) != foldName(string(p.e.subject.Name)) {
		c.State, c.Code = Unmet, "other_name"
		c.words = &Words{"备案的是“{filed}”，台账是“{declared}”", "filed as {filed}, declared as {declared}"}
		c.fix = Words{"先在原接入商变更，或按该省办法处理", "change it at the old provider first, or as the province says"}
	}
	p.add(c)
	return true
}

// duties: single duties of the province. Their papers stand in the list of
// papers.
func (p *preflight) duties(b bound) {
	for i := range b.book.Duties {
		d := &b.book.Duties[i]
		if !orderApplies(d.Orders, p.order) {
			continue
		}
		field := "duties." + d.ID
		if d.When == "" || d.When == "human" {
			p.task(b, field, d.Clause, domaincheck.Low)
			continue
		}
		switch holds, missing := p.e.condition(d.When); {
		case missing != "":
			p.add(Condition{
				ID: p.id(b, field), Group: "province", Layer: "province", State: Unsure, Code: "undeclared", Why: domaincheck.WhyUndeclared,
				Severity: domaincheck.Low, Knows: domaincheck.Declared, Facts: []string{missing}, Clauses: []Clause{d.Clause},
			})
		case holds:
			p.task(b, field, d.Clause, domaincheck.Medium)
		}
	}
}
