package app

import (
	"context"
	"iter"
	"slices"
	"time"

	"domaincheck"
	"domaincheck/present"
	"domaincheck/store"
)

// Entries goes over the sites of a store for a compliance report, the worst
// first: as they are, and as they were at since (zero: only as they are). The
// walk may be gone over several times; which sites it holds, and their order,
// is settled by this call. Errors are those of the store.
func Entries(ctx context.Context, s *store.Store, scope present.Scope, since time.Time) (iter.Seq2[present.Entry, error], error) {
	// Tags of subjects count too, and those are not in the store's index.
	walk, err := s.Walk(ctx, store.WalkQuery{Since: since})
	if err != nil {
		return nil, err
	}
	return func(yield func(present.Entry, error) bool) {
		for row, err := range walk.All(ctx) {
			if err != nil {
				yield(present.Entry{}, err)
				return
			}
			e := entryOf(row, since)
			if scope.Admits(&e.Report) && !yield(e, nil) {
				return
			}
		}
	}, nil
}

// entryOf is a site of the store as a report wants it. What the ledger says
// now counts, whatever it said when the site was last looked at; but a fact
// that was inferred then stays.
func entryOf(row store.Walked, since time.Time) present.Entry {
	e := present.Entry{Before: row.Before}
	e.New = !since.IsZero() && row.AddedAt.After(since) && row.Before == nil && (row.Report == nil || row.FirstAt.After(since))
	if row.Report != nil {
		e.Report = *row.Report
		if e.Report.Site != nil {
			site := *e.Report.Site
			if row.Site.State == "" {
				row.Site.State = site.State
			}
			if row.Site.Subject == nil {
				row.Site.Subject = site.Subject
			}
			site.Site = row.Site
			e.Report.Site = &site
		}
		return e
	}
	main := row.Site.MainDomain()
	e.Report = domaincheck.Report{Schema: domaincheck.Schema, Input: domaincheck.Text(main), Domain: domaincheck.Text(main), Unicode: domaincheck.Text(domaincheck.Unicode(main)),
		Site: &domaincheck.ReportSite{Site: row.Site, Siblings: row.Siblings}, Verdict: domaincheck.VerdictUnknown}
	return e
}

// ReportEntries makes a walk of whole reports, such as `check --json` prints
// them: of each site the newest, beside it the newest as of since. The worst
// risk comes first, then the order of names.
func ReportEntries(list []domaincheck.Report, scope present.Scope, since time.Time) iter.Seq2[present.Entry, error] {
	type past struct{ now, before *domaincheck.Report }
	sites := map[domaincheck.Text]*past{}
	var order []*past
	for i := range list {
		r := &list[i]
		key := r.Domain
		if r.Error != nil {
			key = "\x00" + r.Input
		}
		p := sites[key]
		if p == nil {
			p = &past{}
			sites[key] = p
			order = append(order, p)
		}
		if p.now == nil || !r.At.Before(p.now.At.Time) {
			p.now = r
		}
		if !since.IsZero() && !r.At.After(since) && (p.before == nil || !r.At.Before(p.before.At.Time)) {
			p.before = r
		}
	}
	slices.SortStableFunc(order, func(a, b *past) int { return worst(b.now) - worst(a.now) })
	return func(yield func(present.Entry, error) bool) {
		for _, p := range order {
			e := present.Entry{Report: *p.now, New: !since.IsZero() && p.before == nil}
			if p.before != p.now {
				e.Before = p.before
			}
			if scope.Admits(&e.Report) && !yield(e, nil) {
				return
			}
		}
	}
}

// worst is the rank of a report's worst risk; -1 without one.
func worst(r *domaincheck.Report) int {
	rank := -1
	for i := range r.Risks {
		rank = max(rank, r.Risks[i].Level.Rank())
	}
	return rank
}
