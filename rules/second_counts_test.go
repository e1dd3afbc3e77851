package rules_test

import (
	"fmt"
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/rules"
)

// Boundary cases of counts, of holders' proofs and of certificates.

// countCases: each threshold one below, on and above it, with the papers, with
// none and with none declared.
func (m *maker) countCases() {
	const rule = "subject.count"
	if len(m.b.Counts) == 0 && m.b.PrefixIsSite == nil {
		m.add(rule, domaincheck.NotApplicable, "not demanded")
		return
	}
	if m.b.PrefixIsSite != nil {
		two := func(second string) change {
			return func(c *domaincheck.Case) {
				c.Site.Domains = append(c.Site.Domains, domaincheck.Domain{Domain: second, Role: domaincheck.RoleAlias})
			}
		}
		m.add(rule, domaincheck.Pass, "one prefix under two suffixes", two("example.com"))
		m.add(rule, domaincheck.Fail, "two prefixes in one site", two("sample.cn"))
	}
	for i, row := range m.b.Counts {
		for _, n := range []int{row.N - 1, row.N, row.N + 1} {
			kind := domaincheck.OrderFirst
			if len(row.Orders) > 0 {
				kind = row.Orders[0]
			}
			asked, refused := m.asked(row.Of, n, kind)
			name := fmt.Sprintf("row %d, %s %d", i, row.Of, n)
			set := []change{order(kind), setCount(row.Of, n)}
			with := func(f change) []change { return append(slices.Clone(set), f) }
			m.add(rule, verdict(!refused), name+", with papers", with(papers(asked...))...)
			m.add(rule, verdict(!refused && len(asked) == 0), name+", no papers", with(papers())...)
			want := verdict(!refused)
			if len(asked) > 0 && !refused {
				want = domaincheck.Unknown
			}
			m.add(rule, want, name+", papers not declared", with(noPapersDeclared)...)
			for j, missing := range asked {
				m.add(rule, verdict(false), name+", without "+missing, with(papers(slices.Delete(slices.Clone(asked), j, j+1)...))...)
			}
		}
		m.uncountedCases(i, row)
	}
}

// uncountedCases: an order that the threshold does not speak of, and a count
// nobody declared.
func (m *maker) uncountedCases(i int, row rules.Count) {
	for _, other := range []domaincheck.OrderKind{domaincheck.OrderFirst, domaincheck.OrderNewSite, domaincheck.OrderAccess, domaincheck.OrderChange} {
		if asked, refused := m.asked(row.Of, row.N+1, other); !covers(row.Orders, other) && len(asked) == 0 && !refused {
			c := m.base()
			for _, f := range []change{order(other), setCount(row.Of, row.N+1), papers()} {
				f(&c)
			}
			for _, f := range m.judge.Evaluate(c) {
				if f.Rule == "subject.count" && f.Result == domaincheck.Fail {
					m.t.Errorf("%s %s: %s %d counts for %s", m.province, m.kind, row.Of, row.N+1, other)
				}
			}
		}
	}
	if row.Of == "sites" || row.Of == "domain_prefixes" {
		m.add("subject.count", domaincheck.Unknown, fmt.Sprintf("row %d, %s not declared", i, row.Of), func(c *domaincheck.Case) {
			if row.Of == "sites" {
				c.Site.Subject.Counts.Sites = nil
			} else {
				c.Site.Subject.Counts.DomainPrefixes = nil
			}
		})
	}
}

// asked tells what all rows together ask for when one count is n and the others 1.
func (m *maker) asked(of string, n int, kind domaincheck.OrderKind) (kinds []string, refused bool) {
	for _, row := range m.b.Counts {
		v := 1
		if row.Of == of {
			v = n
		}
		reached := map[rules.Op]bool{">=": v >= row.N, ">": v > row.N, "<": v < row.N, "<=": v <= row.N}[row.Op]
		if !reached || !covers(row.Orders, kind) {
			continue
		}
		refused = refused || row.Then == "refuse"
		for _, k := range row.Papers {
			if !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	return kinds, refused
}

func setCount(of string, n int) change {
	return func(c *domaincheck.Case) {
		switch of {
		case "sites":
			c.Site.Subject.Counts.Sites = domaincheck.Known(n)
		case "domain_prefixes":
			c.Site.Subject.Counts.DomainPrefixes = domaincheck.Known(n)
		case "order_domains":
			for i := range n {
				c.Site.Order.Domains = append(c.Site.Order.Domains, fmt.Sprintf("example%d.cn", i))
			}
		case "site_prefixes":
			c.Site.Domains = nil
			for i := range n {
				c.Site.Domains = append(c.Site.Domains, domaincheck.Domain{Domain: fmt.Sprintf("example%d.cn", i), Role: domaincheck.RoleAlias})
			}
		}
	}
}

// certificateCases: a certificate is valid for 3 months or more everywhere
// (001 §5).
func (m *maker) certificateCases() {
	if m.kind != domaincheck.KindUnit {
		return
	}
	limit := addMonths(domaincheck.MustDate(secondToday), 3)
	for _, off := range []int{-1, 0} {
		day := limit.AddDays(off)
		m.add(identity, verdict(off == 0), "certificate ends "+day.String(), func(c *domaincheck.Case) {
			c.Site.Subject.Certificate = &domaincheck.Certificate{Expires: day}
		})
	}
}

// lettersOf are the papers that make up for a person who is not the legal
// representative.
func (m *maker) lettersOf(r *rules.PersonRule) []string {
	kinds := []string{}
	if r != nil {
		kinds = append(kinds, r.Papers...)
	}
	for _, p := range m.b.Papers {
		if strings.HasSuffix(p.When, "_not_legal_representative") && !p.Optional {
			kinds = append(kinds, p.Kind)
		}
	}
	return kinds
}

// proofsCases: holders other than the unit and the papers asked of them.
func (m *maker) proofsCases() {
	for i, p := range m.b.Holder.Proofs {
		for _, role := range p.For {
			if role == "principal" && m.b.Principal != nil && m.b.Principal.LegalRepresentative == "required" {
				continue // such a principal is the legal representative
			}
			m.proofCases(fmt.Sprintf("proof row %d of %s", i, role), role, p)
		}
	}
}

// proofCases: a holder other than the unit with the proofs, with each
// alternative, with one missing, with none.
func (m *maker) proofCases(name, role string, p rules.HolderProof) {
	base := []change{m.heldBy(role)}
	if role == "principal" {
		base = append(base, addPapers(m.lettersOf(m.b.Principal)...), addPapers(m.lettersOf(m.b.Responsible)...))
	}
	with := func(kinds ...string) []change { return append(slices.Clone(base), addPapers(kinds...)) }
	m.add(identity, domaincheck.Fail, name+", none", base...)
	m.add(identity, domaincheck.Unknown, name+", papers not declared", append(slices.Clone(base), noPapersDeclared)...)
	alternatives := p.PapersAny
	if len(alternatives) == 0 {
		alternatives = [][]string{nil}
	}
	for _, all := range alternatives {
		whole := slices.Concat(p.Papers, all)
		m.add(identity, domaincheck.Pass, name+", with "+strings.Join(whole, " "), with(whole...)...)
		for i, k := range whole {
			if slices.ContainsFunc(m.b.Papers, func(p rules.PaperRule) bool { return p.Kind == k && p.When == "" }) {
				continue // asked of everybody, so at hand in the base
			}
			m.add(identity, domaincheck.Fail, name+", with "+strings.Join(whole, " ")+" but "+k, with(slices.Delete(slices.Clone(whole), i, i+1)...)...)
		}
	}
}
