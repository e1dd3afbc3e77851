package store

import (
	"context"
	"slices"
	"strings"
)

// This file takes what was found by sets until there is enough of it whose texts
// have the words that no set tells.

// inText tells whether a text has all words that the sets cannot tell.
func (f *found) inText(text string) bool {
	return !slices.ContainsFunc(f.words, func(w string) bool { return !strings.Contains(text, w) })
}

// sure keeps, in their order, the ids whose texts have all words.
func (v view) sure(ctx context.Context, f *found, ids []int64) ([]int64, error) {
	if len(f.words) == 0 || len(ids) == 0 {
		return ids, nil
	}
	parts := pieces(ids)
	good := make([]map[int64]bool, len(parts))
	err := v.spread(ctx, len(parts), func(q querier, i int) error {
		good[i] = make(map[int64]bool, len(parts[i]))
		var id int64
		var text string
		return eachOf(ctx, q, `SELECT id, search FROM sites WHERE id IN (`+numbers(parts[i])+`)`, nil, []any{&id, &text}, func() error {
			good[i][id] = f.inText(text)
			return nil
		})
	})
	out := make([]int64, 0, len(ids))
	for i, part := range parts {
		for _, id := range part {
			if good[i][id] {
				out = append(out, id)
			}
		}
	}
	return out, err
}

// taker is given ids in their order, checked if their texts were looked at
// already; it ends the walk when it has enough.
type taker func(ctx context.Context, ids []int64, checked bool) (goOn bool, err error)

// picker takes ids in their order until there are enough whose texts have all
// words.
type picker struct {
	v          view
	f          *found
	out        []int64
	n          int
	step       int // texts that are looked at together, at most
	seen, good int // texts that were looked at; that had the words
}

func (p *picker) take(ctx context.Context, ids []int64, checked bool) (goOn bool, err error) {
	if checked || len(p.f.words) == 0 {
		return p.keep(ids), nil
	}
	for len(ids) > 0 {
		k := min(p.next(), len(ids))
		good, err := p.v.sure(ctx, p.f, ids[:k])
		if err != nil {
			return false, err
		}
		p.seen, p.good = p.seen+k, p.good+len(good)
		if !p.keep(good) {
			return false, nil
		}
		ids, p.step = ids[k:], min(2*p.step, 1000)
	}
	return true, nil
}

// keep adds ids until there are enough.
func (p *picker) keep(ids []int64) (goOn bool) {
	p.out = append(p.out, ids...)
	if len(p.out) < p.n {
		return true
	}
	p.out = p.out[:p.n]
	return false
}

// next is how many texts to look at together: as many as have what is wanted
// still, by those that were looked at, and more and more for words that few have.
func (p *picker) next() int {
	if p.seen == 0 || len(p.f.words) == 0 {
		return max(p.n-len(p.out), 1)
	}
	return max(min((p.n-len(p.out))*(p.seen+1)/(p.good+1)*9/8+4, p.step), 1)
}
