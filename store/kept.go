package store

import (
	"sync"

	"domaincheck"
)

// Bounds of what a store keeps of the sites that it lends.
const (
	keptMost  = 2000     // sites
	keptBytes = 64 << 10 // of a report as it is stored; a larger one is read each time
	keptShare = 16       // of so many further sites one takes the place of another
)

// kept holds, of sites that were claimed, what the next claim gives: the entry
// with its subject and servers, and what the next look goes on from. Reading
// both from the database costs more than all else that a claim does. It is
// never trusted without the site's row: revision, report and time must be those
// that the row names, whoever wrote it. What is in it is shared by all claims
// and is not written to. Its zero value is ready.
//
// A sweep over more sites than fit would, if the newest always went in, drop
// each just before it is wanted; so most of the further ones stay out.
type kept struct {
	mu    sync.Mutex
	sites map[string]keptSite
	tries int
}

// keptSite is one site as of a revision.
type keptSite struct {
	rev, report, looked int64
	site                domaincheck.Site
	newest              *domaincheck.Report // lean
}

// get gives what is kept of a site if it is what the site's row names.
func (k *kept) get(site string, rev, report, looked int64) (keptSite, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.sites[site]
	return e, ok && e.rev == rev && e.report == report && e.looked == looked
}

// has tells whether a site is kept as of a revision.
func (k *kept) has(site string, rev int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.sites[site]
	return ok && e.rev == rev
}

// put keeps a site, if there is room.
func (k *kept) put(site string, e keptSite) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, known := k.sites[site]; !known && len(k.sites) >= keptMost {
		if k.tries++; k.tries%keptShare != 0 {
			return
		}
		for other := range k.sites { // any: their order is not ours
			delete(k.sites, other)
			break
		}
	}
	if k.sites == nil {
		k.sites = map[string]keptSite{}
	}
	k.sites[site] = e
}

// follow replaces what is kept of a site by what a commit made of it.
func (k *kept) follow(site string, was int64, e keptSite) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old, ok := k.sites[site]; ok && old.rev == was {
		e.site = old.site
		k.sites[site] = e
	}
}

// lean is a report as a claim gives it: without what every look makes anew.
func lean(r *domaincheck.Report) *domaincheck.Report {
	return &domaincheck.Report{
		Schema: r.Schema, Domain: r.Domain, At: r.At, Verdict: r.Verdict,
		Observation: r.Observation, States: r.States, Before: r.Before, StaleAfter: r.StaleAfter,
	}
}

// unpackLean reads the lean part of a stored report, and tells its size.
func unpackLean(b []byte) (*domaincheck.Report, int, error) {
	var r leanReport
	size, err := unpackInto(b, &r)
	if err != nil {
		return nil, 0, err
	}
	return &domaincheck.Report{
		Schema: r.Schema, Domain: r.Domain, At: r.At, Verdict: r.Verdict,
		Observation: r.Observation, States: r.States, Before: r.Before, StaleAfter: r.StaleAfter,
	}, size, nil
}

// leanReport is what lean keeps of a report.
type leanReport struct {
	Schema      int                                 `json:"schema"`
	Domain      domaincheck.Text                    `json:"domain"`
	At          domaincheck.Instant                 `json:"at"`
	Verdict     domaincheck.Verdict                 `json:"verdict"`
	Observation domaincheck.Observation             `json:"observation"`
	States      domaincheck.List[domaincheck.State] `json:"states"`
	Before      *domaincheck.Observation            `json:"before"`
	StaleAfter  *domaincheck.StaleAfter             `json:"stale_after"`
}
