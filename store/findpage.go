package store

import (
	"context"
	"slices"
)

// sitesBySets reads a page by the sets, and counts what it is a page of.
func (s *Store) sitesBySets(ctx context.Context, ask *SiteQuery, cursor *siteCursor, back, count bool) (r *siteReader, more bool, total Count, err error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, false, total, err
	}
	defer end()
	f, err := v.find(ctx, ask)
	if err != nil {
		return nil, false, total, s.explain(err)
	}
	n := page(ask.Limit)
	var ids []int64
	if f.set == nil || len(f.set) > 0 {
		if ids, err = v.walk(ctx, f, ask, cursor, back, n+1); err != nil {
			return nil, false, total, s.explain(err)
		}
	}
	more = len(ids) > n
	if count && cursor == nil && !more { // the page is all there is
		total = Count{N: int64(len(ids))}
	} else if count {
		if total, err = v.count(ctx, f); err != nil {
			return nil, false, total, s.explain(err)
		}
	}
	ids = ids[:min(len(ids), n)]
	if back {
		slices.Reverse(ids)
	}
	r, err = s.siteRows(ctx, v, ids, ask.Brief)
	return r, more, total, s.explain(err)
}

// siteRows reads the rows of some sites, in their order.
func (s *Store) siteRows(ctx context.Context, v view, ids []int64, brief bool) (*siteReader, error) {
	parts := pieces(ids)
	read := make([]*siteReader, len(parts))
	err := v.spread(ctx, len(parts), func(q querier, i int) (err error) {
		read[i], err = readSites(ctx, q, `SELECT `+s.siteColumns()+` FROM sites s WHERE s.id IN (`+numbers(parts[i])+`)`, nil)
		switch {
		case err != nil:
		case brief:
			err = s.brief(read[i])
		default:
			err = s.whole(ctx, q, read[i])
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	r := &siteReader{whole: true}
	for _, p := range read {
		r.rows = append(r.rows, p.rows...)
	}
	r.arrange(ids)
	return r, nil
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
	v, end, err := s.view(ctx)
	if err != nil {
		return Count{}, err
	}
	defer end()
	f, err := v.find(ctx, ask)
	if err != nil {
		return Count{}, s.explain(err)
	}
	n, err := v.count(ctx, f)
	return n, s.explain(err)
}

// count counts what was found; where the texts must be looked at, by a sample.
func (v view) count(ctx context.Context, f *found) (Count, error) {
	if f.set == nil {
		var n int64
		err := v.QueryRowContext(ctx, `SELECT coalesce(sum(n), 0) FROM site_counts WHERE word >= $1 AND word < $2`, facetState, facetState+"\U0010ffff").Scan(&n)
		return Count{N: n}, err
	}
	n := f.set.len()
	if len(f.words) == 0 || n == 0 {
		return Count{N: int64(n)}, nil
	}
	ids := slices.Collect(f.set.all())
	step := max((n+v.sizes.sample-1)/v.sizes.sample, 1)
	var some []int64
	for i := 0; i < n; i += step {
		some = append(some, ids[i])
	}
	good, err := v.sure(ctx, f, some)
	return Count{N: int64(len(good)) * int64(n) / int64(len(some)), About: step > 1}, err
}
