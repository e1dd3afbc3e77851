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
// writing transactions keep, a scope in intersections of sets.

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

// common counts, for each word between two, the sites that are also in each of
// some sets.
func (v view) common(ctx context.Context, from, to string, sets ...idSet) (words []string, counts [][]int64, err error) {
	var w string
	var chunk, n int64
	var ids sql.RawBytes
	err = v.each(ctx, `SELECT word, chunk, n, ids FROM site_sets WHERE word >= $1 AND word < $2 ORDER BY word, chunk`, []any{from, to}, []any{&w, &chunk, &n, &ids}, func() error {
		if len(words) == 0 || words[len(words)-1] != w {
			words, counts = append(words, w), append(counts, make([]int64, len(sets)))
		}
		row := counts[len(counts)-1]
		for i, set := range sets {
			if set == nil {
				row[i] += n
			} else {
				row[i] += set.countIn(chunk, n, ids)
			}
		}
		return nil
	})
	return words, counts, err
}

func (s *Store) setTallies(ctx context.Context, scope Scope, ranges [][2]string) ([]Tally, error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	set, err := v.scopeSet(ctx, scope)
	if err != nil {
		return nil, s.explain(err)
	}
	var all []Tally
	for _, r := range ranges {
		if set == nil {
			list, err := v.counts(ctx, r[0], r[1])
			if err != nil {
				return nil, s.explain(err)
			}
			all = append(all, list...)
			continue
		}
		words, counts, err := v.common(ctx, r[0], r[1], set)
		if err != nil {
			return nil, s.explain(err)
		}
		for i, w := range words {
			if counts[i][0] > 0 {
				all = append(all, Tally{w, counts[i][0]})
			}
		}
	}
	return all, nil
}

// setStandings counts the sites, the failing ones and those with a high risk
// of every word of a kind, and of those without one.
func (s *Store) setStandings(ctx context.Context, scope Scope, kind string) ([]Standing, error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	all, err := v.standings(ctx, scope, kind)
	return all, s.explain(err)
}

func (v view) standings(ctx context.Context, scope Scope, kind string) ([]Standing, error) {
	set, err := v.scopeSet(ctx, scope)
	if err != nil {
		return nil, err
	}
	fail, err := v.words(ctx, group{exact: []string{word(facetVerdict, string(domaincheck.VerdictFail))}})
	if err != nil {
		return nil, err
	}
	high, err := v.words(ctx, group{exact: []string{facetLevel + "3", facetLevel + "4"}})
	if err != nil {
		return nil, err
	}
	if set != nil {
		fail.and(set)
		high.and(set)
	}
	words, counts, err := v.common(ctx, kind, kind+"\U0010ffff", set, fail, high)
	if err != nil {
		return nil, err
	}
	var all []Standing
	for i, w := range words {
		if c := counts[i]; c[0] > 0 {
			all = append(all, Standing{Key: w[len(kind):], Sites: c[0], Fail: c[1], High: c[2]})
		}
	}
	// Those without any.
	rest := set
	if rest == nil {
		if rest, err = v.words(ctx, group{prefix: []string{facetState}}); err != nil {
			return nil, err
		}
	}
	have, err := v.words(ctx, group{prefix: []string{kind}})
	if err != nil {
		return nil, err
	}
	rest.minus(have)
	if n := rest.len(); n > 0 {
		all = append(all, Standing{Sites: int64(n), Fail: int64(rest.common(fail)), High: int64(rest.common(high))})
	}
	slices.SortFunc(all, func(a, b Standing) int { return cmp.Or(cmp.Compare(b.Sites, a.Sites), strings.Compare(a.Key, b.Key)) })
	return all, nil
}

func (s *Store) setCoverage(ctx context.Context, scope Scope, since time.Time) ([]Coverage, error) {
	var all []Coverage
	for i, part := range countedParts() {
		kind := lookWord(i, 0)[:2]
		list, err := s.talliesOf(ctx, scope, [][2]string{{kind, kind + "\U0010ffff"}})
		if err != nil {
			return nil, err
		}
		c := Coverage{Part: part}
		cut := lookWord(i, micros(since))
		for _, t := range list {
			c.Sites += t.N
			if t.Key < cut {
				c.Old += t.N
			}
			if hourOf(t.Key) == 0 {
				c.Never += t.N
			}
		}
		all = append(all, c)
	}
	return all, nil
}
