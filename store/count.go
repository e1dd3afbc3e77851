package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"domaincheck"
)

// This file counts over the sets of SQLite: everything is in counters that the
// writing transactions keep, of all sites and of each tag's, and what is not in
// these of a scope in intersections of sets.

// scopeSet is the set of the sites in scope; nil for all.
func (v view) scopeSet(ctx context.Context, scope Scope) (idSet, error) {
	if scope.All() {
		return nil, nil
	}
	g := group{}
	for _, t := range scope.Tags {
		g.exact = append(g.exact, word(facetTag, t))
	}
	return v.words(ctx, g)
}

// counts gives the counters of the words between two.
func (v view) counts(ctx context.Context, from, to string) ([]Tally, error) {
	var all []Tally
	var t Tally
	err := v.each(ctx, `SELECT word, n FROM site_counts WHERE word >= $1 AND word < $2 ORDER BY word`, []any{from, to}, []any{&t.Key, &t.N}, func() error {
		all = append(all, t)
		return nil
	})
	return all, err
}

// common counts, for the words of some ranges, the sites that are also in a set.
func (v view) common(ctx context.Context, ranges [][2]string, set idSet) ([]Tally, error) {
	// Stretches of words that stand next to each other, with about as many sites.
	const stretch = 1 << 17
	var all []Tally
	var cuts []int
	for _, r := range ranges {
		list, err := v.counts(ctx, r[0], r[1])
		if err != nil {
			return nil, err
		}
		sum := int64(0)
		for i := range list {
			if i == 0 || sum > stretch {
				cuts, sum = append(cuts, len(all)+i), 0
			}
			sum += list[i].N
			list[i].N = 0
		}
		all = append(all, list...)
	}
	cuts = append(cuts, len(all))
	err := v.spread(ctx, len(cuts)-1, func(q querier, i int) error {
		part := all[cuts[i]:cuts[i+1]]
		at := -1
		var w string
		var chunk, n int64
		var ids sql.RawBytes
		return eachOf(ctx, q, `SELECT word, chunk, n, ids FROM site_sets WHERE word >= $1 AND word <= $2 ORDER BY word, chunk`, []any{part[0].Key, part[len(part)-1].Key}, []any{&w, &chunk, &n, &ids}, func() error {
			for at < 0 || part[at].Key != w {
				if at++; at == len(part) {
					return domaincheck.Errorf(CodeCorrupt, "", "the sets of sites and their counts differ at %q", w)
				}
			}
			part[at].N += set.countIn(chunk, n, ids)
			return nil
		})
	})
	return slices.DeleteFunc(all, func(t Tally) bool { return t.N == 0 }), err
}

// tallies counts the sites of a scope by the words of some ranges.
func (v view) tallies(ctx context.Context, scope Scope, ranges [][2]string) ([]Tally, error) {
	if !scope.All() {
		return v.scopeTallies(ctx, scope, ranges)
	}
	var all []Tally
	for _, r := range ranges {
		list, err := v.counts(ctx, r[0], r[1])
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func (s *Store) setTallies(ctx context.Context, scope Scope, ranges [][2]string) ([]Tally, error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	all, err := v.tallies(ctx, scope, ranges)
	return all, s.explain(err)
}

// wordsOf is the range of the words of a kind.
func wordsOf(kind string) [2]string { return [2]string{kind, kind + "\U0010ffff"} }

// setOverview counts everything of an overview as of one moment.
func (s *Store) setOverview(ctx context.Context, o *Overview, scope Scope, since time.Time) error {
	v, end, err := s.view(ctx)
	if err != nil {
		return err
	}
	defer end()
	var ranges [][2]string
	for _, kind := range []string{facetVerdict, facetLevel, facetOutcome, facetState} {
		ranges = append(ranges, wordsOf(kind))
	}
	for _, place := range []string{facetProvince, facetProvider} {
		for _, kind := range []string{"", facetFailing, facetDanger, facetNowhere} {
			ranges = append(ranges, wordsOf(kind+place))
		}
	}
	for i := range countedParts() {
		ranges = append(ranges, [2]string{lookWord(i, 0), lookWord(i, micros(since))})
	}
	counts, err := v.tallies(ctx, scope, ranges)
	if err != nil {
		return s.explain(err)
	}
	if err := o.take(counts); err != nil {
		return err
	}
	o.Provinces, o.Providers = standingsOf(counts, facetProvince), standingsOf(counts, facetProvider)
	for i, part := range countedParts() {
		c := Coverage{Part: part, Sites: o.Sites}
		for _, t := range counts {
			if t.Key[:2] != lookWord(i, 0)[:2] {
				continue
			}
			c.Old += t.N
			if hourOf(t.Key) == 0 {
				c.Never += t.N
			}
		}
		o.Coverage = append(o.Coverage, c)
	}
	return nil
}

// standingsOf reads how the sites of each place of a kind stand, the most sites
// first; last those of no place.
func standingsOf(counts []Tally, kind string) []Standing {
	places := map[string]*Standing{}
	at := func(key string) *Standing {
		if places[key] == nil {
			places[key] = &Standing{Key: key}
		}
		return places[key]
	}
	for _, t := range counts {
		if key, ok := strings.CutPrefix(t.Key, kind); ok {
			at(key).Sites = t.N
			continue
		}
		key, ok := strings.CutPrefix(t.Key[2:], kind)
		if !ok {
			continue
		}
		switch t.Key[:2] {
		case facetFailing:
			at(key).Fail = t.N
		case facetDanger:
			at(key).High = t.N
		case facetNowhere:
			at(key).Sites = t.N
		}
	}
	all := make([]Standing, 0, len(places))
	for _, p := range places {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b Standing) int { return cmp.Or(cmp.Compare(b.Sites, a.Sites), strings.Compare(a.Key, b.Key)) })
	return all
}
