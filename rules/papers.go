package rules

import (
	"slices"
	"strings"

	"domaincheck"
)

// This file holds what rules ask of papers.

// needPapers adds what is wrong with papers that are all needed.
func (e *eval) needPapers(a *audit, kinds []string) {
	a.checked++
	if e.c.Site.Papers == nil {
		a.lack("site.papers")
		return
	}
	for _, k := range kinds {
		if !e.hasPaper(k) {
			a.fail("paper_missing:"+k, domaincheck.Medium)
		}
	}
}

// anyPapers adds a failure when none of the alternatives is whole.
func (e *eval) anyPapers(a *audit, alternatives [][]string, code string) {
	a.checked++
	if e.c.Site.Papers == nil {
		a.lack("site.papers")
		return
	}
	for _, all := range alternatives {
		whole := true
		for _, k := range all {
			whole = whole && e.hasPaper(k)
		}
		if whole {
			return
		}
	}
	a.fail(code, domaincheck.Medium)
}

// lacksAll tells whether the papers are declared and none of the alternatives
// is whole.
func (e *eval) lacksAll(alternatives [][]string) bool {
	for _, all := range alternatives {
		if !e.lacksOneOf(all) {
			return false
		}
	}
	return true
}

// hasPaper tells whether a paper is at hand and in force.
func (e *eval) hasPaper(kind string) bool {
	for i := range e.c.Site.Papers {
		p := &e.c.Site.Papers[i]
		if samePaper(p.Kind, kind) && (p.Expires.IsZero() || !p.Expires.Before(e.today)) {
			return true
		}
	}
	return false
}

func samePaper(a, b string) bool { return a == b || paperName(a) == paperName(b) }

// auditPapers: the province's papers for this order, the proofs of a holder who
// is not the unit, and the papers' ages.
func (e *eval) auditPapers(a *audit, b *ProvinceBook) {
	for i := range b.Papers {
		p := &b.Papers[i]
		if p.Optional || !orderApplies(p.Orders, e.order) {
			continue
		}
		switch holds, fact := e.condition(p.When); {
		case fact != "" && e.c.Site.Papers != nil && e.hasPaper(p.Kind):
			a.checked++ // at hand, whether needed or not
		case strings.HasPrefix(fact, "legal_representative."):
			a.byHand(fact)
		case fact != "":
			a.lack(fact)
		case holds && len(p.Any) > 0:
			e.onePaper(a, p)
		case holds && p.Kind != "居住证": // residence is judged with its permit
			e.needPapers(a, []string{p.Kind})
		}
	}
	for i := range b.Holder.Proofs {
		p := &b.Holder.Proofs[i]
		for _, role := range p.For {
			if !e.heldBy(role) {
				continue
			}
			if len(p.PapersAny) > 0 {
				e.anyPapers(a, p.PapersAny, "holder_paper_missing")
			}
			if len(p.Papers) > 0 {
				e.needPapers(a, p.Papers)
			}
			break
		}
	}
	for i := range e.c.Site.Papers {
		p := &e.c.Site.Papers[i]
		if !p.IssuedOn.IsZero() && e.tooOld(p, b) {
			a.checked++
			a.fail("paper_too_old:"+p.Kind, domaincheck.Medium)
		}
	}
}

// onePaper: one of several papers is needed, unless a person finds that
// something else takes its place.
func (e *eval) onePaper(a *audit, p *PaperRule) {
	a.checked++
	switch {
	case e.c.Site.Papers == nil:
		a.lack("site.papers")
	case e.hasPaper(p.Kind) || slices.ContainsFunc(p.Any, e.hasPaper):
	case p.OrHuman:
		a.lack("site.papers: " + strings.Join(p.Any, " / "))
	default:
		a.fail("paper_missing:"+p.Kind, domaincheck.Medium)
	}
}

// tooOld: letters of authority and proofs count for 3 months from their issue
// (001 §5), unless the province says otherwise.
func (e *eval) tooOld(p *domaincheck.Paper, b *ProvinceBook) bool {
	for i := range b.PaperAges {
		r := &b.PaperAges[i]
		if !samePaper(r.Kind, p.Kind) {
			continue
		}
		if r.Days > 0 {
			return p.IssuedOn.DaysUntil(e.today) > r.Days
		}
		return p.IssuedOn.AddMonths(r.Months).Before(e.today)
	}
	if name := paperName(p.Kind); name != "授权委托书" && !strings.HasSuffix(name, "证明") {
		return false
	}
	return p.IssuedOn.AddMonths(3).Before(e.today)
}
