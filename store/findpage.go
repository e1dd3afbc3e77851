package store

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// sitesBySets reads a page by the sets.
func (s *Store) sitesBySets(ctx context.Context, ask *SiteQuery, cursor *siteCursor, back bool) (*siteReader, bool, error) {
	n := page(ask.Limit)
	ids, err := s.siteIDs(ctx, ask, cursor, back, n+1)
	if err != nil {
		return nil, false, s.explain(err)
	}
	more := len(ids) > n
	ids = ids[:min(len(ids), n)]
	if back {
		slices.Reverse(ids)
	}
	pieces := slices.Collect(slices.Chunk(ids, max((len(ids)+readers-1)/readers, 1)))
	parts := make([]*siteReader, len(pieces))
	if err := together(len(pieces), func(i int) error {
		r, err := readSites(ctx, s.read, `SELECT `+siteColumns+` FROM sites s WHERE s.id IN (`+numbers(pieces[i])+`)`, nil)
		if err == nil {
			err = s.whole(ctx, r)
		}
		parts[i] = r
		return err
	}); err != nil {
		return nil, false, s.explain(err)
	}
	r := &siteReader{whole: true}
	for _, p := range parts {
		r.rows = append(r.rows, p.rows...)
	}
	r.arrange(ids)
	return r, more, nil
}

// siteIDs settles which sites a page shows, as of one moment.
func (s *Store) siteIDs(ctx context.Context, ask *SiteQuery, cursor *siteCursor, back bool, n int) ([]int64, error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	f, err := v.find(ctx, ask)
	if err != nil || f.set != nil && len(f.set) == 0 {
		return nil, err
	}
	return v.walk(ctx, f, ask, cursor, back, n)
}

// together does n things at once.
func together(n int, do func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = do(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// arrange puts rows into the order of their ids.
func (r *siteReader) arrange(ids []int64) {
	at := make(map[int64]int, len(r.rows))
	for i := range r.rows {
		at[r.rows[i].id] = i
	}
	rows := make([]SiteRow, 0, len(ids))
	for _, id := range ids {
		if i, there := at[id]; there {
			rows = append(rows, r.rows[i])
		}
	}
	r.rows = rows
}

// countBySets counts what a query asks for.
func (s *Store) countBySets(ctx context.Context, ask *SiteQuery) (Count, error) {
	f, all, err := s.countSet(ctx, ask)
	if err != nil {
		return Count{}, s.explain(err)
	}
	if f.set == nil {
		return Count{N: all}, nil
	}
	n := f.set.len()
	if len(f.words) == 0 || n == 0 {
		return Count{N: int64(n)}, nil
	}
	ids := slices.Collect(f.set.all())
	step := max((n+s.sizes.sample-1)/s.sizes.sample, 1)
	var some []int64
	for i := 0; i < n; i += step {
		some = append(some, ids[i])
	}
	pieces := slices.Collect(slices.Chunk(some, (len(some)+readers-1)/readers))
	good := make([]int, len(pieces))
	err = together(len(pieces), func(i int) error {
		list, err := f.sure(ctx, s.read, pieces[i])
		good[i] = len(list)
		return err
	})
	have := 0
	for _, g := range good {
		have += g
	}
	return Count{N: int64(have) * int64(n) / int64(len(some)), About: step > 1}, s.explain(err)
}

// countSet is the set to count; without one, how many sites there are.
func (s *Store) countSet(ctx context.Context, ask *SiteQuery) (*found, int64, error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer end()
	f, err := v.find(ctx, ask)
	if err != nil || f.set != nil {
		return f, 0, err
	}
	var n int64
	err = v.QueryRowContext(ctx, `SELECT coalesce(sum(n), 0) FROM site_counts WHERE word >= $1 AND word < $2`, facetState, facetState+"\U0010ffff").Scan(&n)
	return f, n, err
}
