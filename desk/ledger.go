package desk

import (
	"cmp"
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/icp"
)

// Ledger gathers what a ledger says of subjects and numbers, a site at a time,
// and finds where it contradicts itself. It holds one short row a site. The
// zero value is an empty ledger; it belongs to one goroutine.
type Ledger struct {
	byNumber  map[string][]entry // subject number in its normal form
	bySubject map[string][]entry // subject's name, blanks and width folded
	foreign   []Candidate
}

type entry struct {
	domain, customer, subject, number string
}

// Add takes in one site. Numbers that cannot be read are passed over: that is
// for whoever reads the ledger.
func (l *Ledger) Add(s domaincheck.Site) {
	if l.byNumber == nil {
		l.byNumber, l.bySubject = map[string][]entry{}, map[string][]entry{}
	}
	if s.Subject == nil {
		return
	}
	e := entry{domain: s.MainDomain(), customer: string(s.Customer), subject: string(s.Subject.Name)}
	own, err := icp.ParseNumber(string(s.Subject.RecordNumber))
	declared := err == nil
	if declared {
		e.number = string(own.Subject)
	}
	if site, err := icp.ParseNumber(string(s.RecordNumber)); err == nil {
		if declared && !icp.SameSubject(own, site) {
			l.foreign = append(l.foreign, Candidate{
				Kind: ForeignNumber, Domain: e.domain, Unicode: domaincheck.Unicode(e.domain), Customer: s.Customer, Subject: s.Subject.Name,
				Confirmed: true, Numbers: []string{string(own.Subject), string(site.Subject)},
			})
		}
		if !declared {
			e.number = string(site.Subject)
		}
	}
	if e.number == "" || e.subject == "" {
		return
	}
	l.byNumber[e.number] = append(l.byNumber[e.number], e)
	l.bySubject[folded(e.subject)] = append(l.bySubject[folded(e.subject)], e)
}

// folded is a name without the differences that typing makes.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '\u3000' || r == '\u00a0':
			return -1
		case r == '（':
			return '('
		case r == '）':
			return ')'
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		}
		return r
	}, strings.ToLower(name))
}

// Contradictions lists one candidate for each site concerned, by kind, number
// or subject, and domain.
func (l *Ledger) Contradictions() []Candidate {
	all := slices.Clone(l.foreign)
	all = append(all, clashes(l.byNumber, NumberShared, func(e entry) string { return folded(e.subject) }, func(e entry) string { return e.subject })...)
	all = append(all, clashes(l.bySubject, SubjectNumbers, func(e entry) string { return e.number }, func(e entry) string { return e.number })...)
	order := Kinds()
	slices.SortFunc(all, func(a, b Candidate) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)),
			slices.Compare(a.Numbers, b.Numbers), cmp.Compare(a.Domain, b.Domain),
		)
	})
	return all
}

// clashes gives the entries of each group in which there are two values.
func clashes(groups map[string][]entry, kind Kind, value, name func(entry) string) []Candidate {
	var all []Candidate
	for _, group := range groups {
		values := map[string]string{}
		numbers := map[string]bool{}
		for _, e := range group {
			if _, had := values[value(e)]; !had {
				values[value(e)] = name(e)
			}
			numbers[e.number] = true
		}
		if len(values) < 2 {
			continue
		}
		for _, e := range group {
			c := Candidate{
				Kind: kind, Domain: e.domain, Unicode: domaincheck.Unicode(e.domain), Customer: domaincheck.Text(e.customer),
				Subject: domaincheck.Text(e.subject), Confirmed: true,
			}
			for n := range numbers {
				c.Numbers = append(c.Numbers, n)
			}
			for v, shown := range values {
				if v != value(e) {
					c.Others = append(c.Others, shown)
				}
			}
			slices.Sort(c.Numbers)
			slices.Sort(c.Others)
			all = append(all, c)
		}
	}
	return all
}
