package rules

import (
	"slices"
	"strings"

	"domaincheck"
)

// This file holds the rules subject.*, judged from declared facts.

// audit gathers what a rule with many conditions found: the first failure
// gives the code, the worst one the severity; a missing fact makes the result
// unknown only if nothing failed.
type audit struct {
	failed  []string
	missing []string
	hand    []string // what the ledger has no room for: a person sees to it
	sev     domaincheck.Severity
	checked int
}

func (a *audit) fail(code string, s domaincheck.Severity) {
	if !slices.Contains(a.failed, code) {
		a.failed = append(a.failed, code)
	}
	if s.Rank() > a.sev.Rank() {
		a.sev = s
	}
}

func (a *audit) lack(fact string) {
	if !slices.Contains(a.missing, fact) {
		a.missing = append(a.missing, fact)
	}
}

func (a *audit) byHand(fact string) {
	if !slices.Contains(a.hand, fact) {
		a.hand = append(a.hand, fact)
	}
}

// outcome joins the parts: failures, then missing facts, then a pass; with
// nothing to check the rule does not apply.
func (a *audit) outcome(passCode string) outcome {
	var o outcome
	switch {
	case len(a.failed) > 0:
		code, _, _ := strings.Cut(a.failed[0], ":")
		o = fail(code).severity(a.sev).with("problems", a.failed)
		if len(a.missing) > 0 {
			o = o.with("missing", a.missing)
		}
	case len(a.missing) > 0:
		o = undeclared("undeclared").with("missing", a.missing)
	case a.checked == 0:
		o = notApplicable("not_demanded")
	default:
		o = pass(passCode)
	}
	if len(a.hand) > 0 {
		o = o.with("by_hand", a.hand)
	}
	return o.declared()
}

// running tells whether an order runs or is to be made.
func (e *eval) running() bool {
	return e.ordered || e.state == domaincheck.StateFiling || e.state == domaincheck.StateUnfiled
}

// subjectCount: thresholds above which papers are asked for, or the order is
// refused. Counts include this site and its order.
func subjectCount(e *eval) outcome {
	if e.known == nil {
		return e.noBook()
	}
	return e.perBook(e.auditCounts)
}

func (e *eval) auditCounts(b *ProvinceBook) outcome {
	var a audit
	var reached, remarks []string
	for i := range b.Counts {
		c := &b.Counts[i]
		if !orderApplies(c.Orders, e.order) {
			continue
		}
		a.checked++
		n, fact := e.count(c.Of)
		if n < 0 {
			a.lack(fact)
			continue
		}
		if !c.Op.Holds(n, c.N) {
			continue
		}
		reached = append(reached, c.Of)
		switch c.Then {
		case "refuse":
			a.fail("too_many", domaincheck.Medium)
		case "remark":
			remarks = append(remarks, c.Of)
		default:
			e.needPapers(&a, c.Papers)
		}
	}
	if b.PrefixIsSite != nil {
		a.checked++
		if len(e.prefixes()) > 1 {
			a.fail("several_prefixes", domaincheck.Medium)
		}
	}
	o := a.outcome("within")
	if o.result == domaincheck.Pass && len(remarks) > 0 {
		o.code = "remark"
	}
	if len(reached) > 0 {
		o = o.with("reached", reached)
	}
	return o
}

// count gives a count, or -1 and the fact that is missing.
func (e *eval) count(of string) (int, string) {
	counts, siblings := e.subject.Counts, e.c.Siblings
	switch of {
	case "sites":
		if counts != nil && counts.Sites != nil {
			return *counts.Sites, ""
		}
		if siblings != nil {
			return siblings.Sites, ""
		}
		return -1, "subject.counts.sites"
	case "domain_prefixes":
		if counts != nil && counts.DomainPrefixes != nil {
			return *counts.DomainPrefixes, ""
		}
		if siblings != nil {
			return siblings.DomainPrefixes, ""
		}
		return -1, "subject.counts.domain_prefixes"
	case "order_domains":
		if o := e.c.Site.Order; o != nil && len(o.Domains) > 0 {
			return len(o.Domains), ""
		}
		n := 0
		for i := range e.c.Site.Domains {
			if showsSite(e.c.Site.Domains[i].Role) {
				n++
			}
		}
		return n, ""
	}
	return len(e.prefixes()), ""
}

// showsSite tells roles that need a filing from those that show no site.
func showsSite(r domaincheck.Role) bool {
	return r != domaincheck.RoleMail && r != domaincheck.RoleDefensive
}

// prefixes are the different first labels of the domains under which visitors
// reach the site.
func (e *eval) prefixes() []string {
	var out []string
	for _, d := range e.c.Site.Domains {
		if !showsSite(d.Role) {
			continue
		}
		prefix, _, _ := strings.Cut(d.Domain, ".")
		out = appendOnce(out, strings.ToLower(prefix))
	}
	return out
}

// subjectIdentity: while an order runs, ages, residence, persons, card terms
// and papers as the province says; on a filed site only cards that have run out.
func subjectIdentity(e *eval) outcome {
	if !e.running() {
		return e.expiredCards()
	}
	if e.known == nil {
		return e.noBook()
	}
	return e.perBook(func(b *ProvinceBook) outcome {
		var a audit
		e.auditAges(&a, b)
		e.auditCards(&a, b)
		e.auditPersons(&a, b)
		e.auditResidence(&a, b)
		e.auditPapers(&a, b)
		return a.outcome("in_order")
	})
}

// expiredCards: identity cards and the unit's certificate that have run out.
func (e *eval) expiredCards() outcome {
	var a audit
	for _, p := range [...]*domaincheck.Person{e.subject.Principal, e.responsible()} {
		if p == nil || p.IDExpires.IsZero() {
			continue
		}
		a.checked++
		if p.IDExpires.Before(e.today) {
			a.fail("card_expired", domaincheck.Medium)
		}
	}
	if c := e.subject.Certificate; c != nil && !c.Expires.IsZero() {
		a.checked++
		if c.Expires.Before(e.today) {
			a.fail("certificate_expired", domaincheck.Medium)
		}
	}
	if a.checked == 0 {
		return undeclared("undeclared").with("missing", []string{"subject.principal.id_expires"})
	}
	return a.outcome("in_force")
}
