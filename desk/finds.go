package desk

import (
	"cmp"
	"slices"

	"domaincheck"
)

// OfPointing tells whether a row is a site that resolves here and that no access
// record in the ledger covers. a is what is known of the row's address; listed
// tells whether the ledger has an access record of own for the registrable
// domain.
func OfPointing(p Pointing, a domaincheck.Address, own Own, listed func(domain string) bool) (Candidate, bool) {
	if !own.has(a.Provider) || p.Domain == "" || listed(p.Domain) {
		return Candidate{}, false
	}
	c := Candidate{
		Kind: Unlisted, Domain: p.Domain, Unicode: domaincheck.Unicode(p.Domain), Provider: a.Provider,
		Since: p.FirstAt, Seen: []string{p.Host + " → " + a.IP},
	}
	if c.Since.IsZero() {
		c.Since = p.SeenAt
	}
	return c, true
}

// Bounds of [Finds]: a list of names that is longer is for nobody's eyes.
const (
	mostFound = 100_000
	mostSeen  = 20 // hosts and addresses of one domain
)

// Finds gathers the rows that are candidates of kind [Unlisted], one candidate a
// domain. Make it with [NewFinds]; it belongs to one goroutine.
type Finds struct {
	// Left counts the rows left out because there were 100,000 domains already.
	Left int

	own    Own
	listed func(domain string) bool
	found  map[string]*Candidate
}

// NewFinds gathers for the desk of own; listed is that of [OfPointing].
func NewFinds(own Own, listed func(domain string) bool) *Finds {
	return &Finds{own: own, listed: listed, found: map[string]*Candidate{}}
}

// Take takes in a row with what is known of its address.
func (f *Finds) Take(p Pointing, a domaincheck.Address) {
	c, is := OfPointing(p, a, f.own, f.listed)
	if !is {
		return
	}
	had := f.found[c.Domain]
	switch {
	case had == nil && len(f.found) >= mostFound:
		f.Left++
		return
	case had == nil:
		f.found[c.Domain] = &c
		return
	}
	if !slices.Contains(had.Seen, c.Seen[0]) && len(had.Seen) < mostSeen {
		had.Seen = append(had.Seen, c.Seen...)
	}
	if !c.Since.IsZero() && (had.Since.IsZero() || c.Since.Before(had.Since.Time)) {
		had.Since = c.Since
	}
}

// All gives the candidates so far, by domain.
func (f *Finds) All() []Candidate {
	all := make([]Candidate, 0, len(f.found))
	for _, c := range f.found {
		kept := *c
		kept.Seen = slices.Clone(c.Seen)
		slices.Sort(kept.Seen)
		all = append(all, kept)
	}
	Sort(all)
	return all
}

// Sort orders candidates by kind, then by domain.
func Sort(all []Candidate) {
	order := Kinds()
	slices.SortStableFunc(all, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)), cmp.Compare(a.Domain, b.Domain))
	})
}

// Sure tells whether a case may be opened for a candidate: the watch is sure, or
// it stands in the desk's own file of names.
func (c *Candidate) Sure() bool { return c.Confirmed || c.Kind == Unlisted }
