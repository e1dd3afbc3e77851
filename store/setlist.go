package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"domaincheck"
)

// This file reads the lists of findings, risks, deadlines and open events in
// SQLite by the sets of sites, where the other way would read row by row what
// it does not want.

// rowsBySets reads a page of findings or risks: the sites that have such rows,
// in the order of their domains, then the rows of each.
func rowsBySets[T any](ctx context.Context, s *Store, l rowList, read func(*listedRow) (T, error)) (Page[T], error) {
	var out Page[T]
	v, end, err := s.view(ctx)
	if err != nil {
		return out, err
	}
	defer end()
	f, err := v.find(ctx, &SiteQuery{Scope: l.scope, Tags: l.tags})
	if err == nil {
		err = v.narrowTo(ctx, f, l.kind, l.wanted)
	}
	if err != nil {
		return out, s.explain(err)
	}
	n := page(l.limit)
	var after, last rowCursor
	var at *siteCursor
	if l.after != "" {
		if err := decodeCursor(l.after, &after); err != nil {
			return out, err
		}
		at = &siteCursor{Site: after.Site}
		var id int64 // more rows of the last site come first
		err := v.QueryRowContext(ctx, `SELECT id FROM sites WHERE site = $1`, after.Site).Scan(&id)
		if err != nil && !isNone(err) {
			return out, s.explain(err)
		}
		if err == nil && f.has(id) {
			if err := readRows(ctx, v, &rowPage[T]{l, &last, n, &out}, []int64{id}, after.N, read); err != nil {
				return out, s.explain(err)
			}
		}
	}
	for out.Next == "" {
		ids, err := v.walk(ctx, f, &SiteQuery{}, at, false, n+1)
		if err != nil {
			return out, s.explain(err)
		}
		if len(ids) == 0 {
			return out, nil
		}
		if err := readRows(ctx, v, &rowPage[T]{l, &last, n, &out}, ids, -1, read); err != nil {
			return out, s.explain(err)
		}
		if len(ids) <= n {
			return out, nil
		}
		at = &siteCursor{}
		if err := v.QueryRowContext(ctx, `SELECT site FROM sites WHERE id = $1`, ids[len(ids)-1]).Scan(&at.Site); err != nil {
			return out, s.explain(err)
		}
	}
	return out, nil
}

// rowPage is a page that is being filled.
type rowPage[T any] struct {
	rowList
	last *rowCursor // row put last onto it
	n    int        // rows wanted
	out  *Page[T]
}

// readRows adds the rows of some sites, which come in the order of their
// domains, until the page is full.
func readRows[T any](ctx context.Context, v view, p *rowPage[T], ids []int64, after int64, read func(*listedRow) (T, error)) error {
	left := p.n + 1 - len(p.out.Items)
	parts := pieces(ids)
	found := make([][]listedRow, len(parts))
	if err := v.spread(ctx, len(parts), func(from querier, i int) error {
		q := &query{where: slices.Clone(p.where), args: slices.Clone(p.args)}
		q.add(`f.site_id IN (` + numbers(parts[i]) + `)`)
		q.add(`f.n > ?`, after)
		return p.each(ctx, from, q, left, func(r *listedRow) error { found[i] = append(found[i], *r); return nil })
	}); err != nil {
		return err
	}
	for _, r := range slices.Concat(found...) {
		if len(p.out.Items) == p.n {
			p.out.Next = encodeCursor(*p.last)
			return nil
		}
		item, err := read(&r)
		if err != nil {
			return err
		}
		p.out.Items, *p.last = append(p.out.Items, item), r.at
	}
	return nil
}

// narrowTo keeps the sites that have a word of a kind that is wanted.
func (v view) narrowTo(ctx context.Context, f *found, kind string, wanted func(value []string) bool) error {
	all, err := v.counts(ctx, kind, kind+"\U0010ffff")
	if err != nil {
		return err
	}
	g := group{}
	for _, t := range all {
		if wanted(strings.Split(t.Key[len(kind):], "|")) {
			g.exact = append(g.exact, t.Key)
		}
	}
	if len(g.exact) == len(all) && len(all) > 0 {
		g = group{prefix: []string{kind}}
	}
	set, err := v.words(ctx, g)
	if err == nil {
		f.narrow(set)
	}
	return err
}

// indexWalk reads rows of an index in their order, passing over the sites
// that are out of scope: columns begin with the key of the order, which ends
// with site_id and n.
type indexWalk struct {
	from, index string
	key         []sortKey
	where       query
	scope       idSet
}

// rows gives (site_id, n) of up to n rows behind a key.
func (w *indexWalk) rows(ctx context.Context, v view, after []any, n int) ([][2]int64, error) {
	var out [][2]int64
	columns := make([]string, len(w.key))
	values := make([]int64, len(w.key))
	into := make([]any, len(w.key))
	for i, k := range w.key {
		columns[i], into[i] = k.expr, &values[i]
	}
	few := w.scope != nil && w.scope.len() <= v.sizes.scopeFew
	size := n
	if w.scope != nil {
		size = min(4*n, v.sizes.scopeFew)
	}
	for ; ; size = min(4*size, 64000) {
		q := &query{where: slices.Clone(w.where.where), args: slices.Clone(w.where.args)}
		from := w.from + ` INDEXED BY ` + w.index
		if few {
			q.add(`site_id IN (` + numbers(slices.Collect(w.scope.all())) + `)`)
			from, size = w.from, n
		}
		if after != nil {
			sign := ` >= ?`
			if w.key[0].desc {
				sign = ` <= ?`
			}
			q.add(w.key[0].expr+sign, after[0])
			q.beyond(w.key, after)
		}
		got := 0
		err := v.each(ctx, `SELECT `+strings.Join(columns, ", ")+` FROM `+from+q.sql()+orderBy(w.key)+` LIMIT `+strconv.Itoa(size), q.args, into, func() error {
			site := values[len(values)-2]
			if got++; len(out) < n && (w.scope == nil || w.scope.has(site)) {
				out = append(out, [2]int64{site, values[len(values)-1]})
			}
			return nil
		})
		if err != nil || len(out) >= n || got < size {
			return out, err
		}
		after = anys(values)
	}
}

// rowsAt reads the rows of a walk with their sites, in its order.
func rowsAt[T any](ctx context.Context, v view, table string, keys [][2]int64, columns string, read func(*sql.Rows) (T, error)) ([]T, error) {
	out, there := make([]T, len(keys)), make([]bool, len(keys))
	err := v.spread(ctx, len(keys), func(q querier, i int) error {
		rows, err := q.QueryContext(ctx, `SELECT s.site, f.doc, `+columns+` FROM `+table+` f JOIN sites s ON s.id = f.site_id WHERE f.site_id = $1 AND f.n = $2`, keys[i][0], keys[i][1])
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			there[i] = true
			if out[i], err = read(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	kept := out[:0]
	for i, v := range out {
		if there[i] {
			kept = append(kept, v)
		}
	}
	return kept, err
}

// deadlinesBySets is Deadlines in a scope.
func (s *Store) deadlinesBySets(ctx context.Context, ask *DeadlineQuery) (Page[RiskRow], error) {
	var out Page[RiskRow]
	v, end, err := s.view(ctx)
	if err != nil {
		return out, err
	}
	defer end()
	w := indexWalk{from: "risks", index: "risks_deadline", key: []sortKey{{"deadline", false}, {"site_id", false}, {"n", false}}}
	if w.scope, err = v.scopeSet(ctx, ask.Scope); err != nil {
		return out, s.explain(err)
	}
	ask.where(&w.where, "")
	var after []any
	if ask.After != "" {
		var c deadlineCursor
		if err := decodeCursor(ask.After, &c); err != nil {
			return out, err
		}
		after = []any{c.At, c.Site, c.N}
	}
	n := page(ask.Limit)
	keys, err := w.rows(ctx, v, after, n+1)
	if err != nil {
		return out, s.explain(err)
	}
	more := len(keys) > n
	keys = keys[:min(len(keys), n)]
	type row struct {
		RiskRow
		at deadlineCursor
	}
	rows, err := rowsAt(ctx, v, "risks", keys, "f.deadline, f.site_id, f.n", func(r *sql.Rows) (out row, err error) {
		var doc []byte
		if err = r.Scan(&out.Site, &doc, &out.at.At, &out.at.Site, &out.at.N); err == nil {
			err = json.Unmarshal(doc, &out.Risk)
		}
		return out, err
	})
	for _, r := range rows {
		out.Items = append(out.Items, r.RiskRow)
	}
	if more && len(rows) > 0 {
		out.Next = encodeCursor(rows[len(rows)-1].at)
	}
	return out, s.explain(err)
}

// openBySets is OpenEvents: level after level, so that the index has the order.
func (s *Store) openBySets(ctx context.Context, ask *OpenQuery) (Page[OpenRow], error) {
	var out Page[OpenRow]
	v, end, err := s.view(ctx)
	if err != nil {
		return out, err
	}
	defer end()
	set, err := v.scopeSet(ctx, ask.Scope)
	if err != nil {
		return out, s.explain(err)
	}
	first := openCursor{Level: domaincheck.Critical.Rank()}
	if ask.After != "" {
		if err := decodeCursor(ask.After, &first); err != nil {
			return out, err
		}
	}
	n := page(ask.Limit)
	var keys [][2]int64
	for level := first.Level; level >= max(ask.MinLevel.Rank(), -1) && len(keys) <= n; level-- {
		w := indexWalk{from: "opens", index: "opens_level", key: []sortKey{{"since", false}, {"site_id", false}, {"n", false}}, scope: set}
		w.where.add(`level = ?`, level)
		if ask.Rule != "" {
			w.where.add(`rule = ?`, ask.Rule)
		}
		var after []any
		if ask.After != "" && level == first.Level {
			after = []any{first.Since, first.Site, first.N}
		}
		more, err := w.rows(ctx, v, after, n+1-len(keys))
		if err != nil {
			return out, s.explain(err)
		}
		keys = append(keys, more...)
	}
	more := len(keys) > n
	keys = keys[:min(len(keys), n)]
	if out.Items, err = v.openAt(ctx, keys); err != nil || !more {
		return out, s.explain(err)
	}
	last := openCursor{Site: keys[n-1][0], N: keys[n-1][1]}
	if err := v.QueryRowContext(ctx, `SELECT level, since FROM opens WHERE site_id = $1 AND n = $2`, last.Site, last.N).Scan(&last.Level, &last.Since); err != nil {
		return out, s.explain(err)
	}
	out.Next = encodeCursor(last)
	return out, nil
}

// openAt gives what is open at some sites, by their number there, in that order.
// All of it stands in the site's row, in the order of opens: one place of the
// disk for each, where opens, in the order of its sites, has several.
func (v view) openAt(ctx context.Context, keys [][2]int64) ([]OpenRow, error) {
	out := make([]OpenRow, len(keys))
	err := v.spread(ctx, len(keys), func(q querier, i int) error {
		var memory []byte
		return eachOf(ctx, q, `SELECT site, memory FROM sites WHERE id = $1`, []any{keys[i][0]}, []any{&out[i].Site, &memory}, func() error {
			open, err := openOf(memory)
			if err != nil {
				return err
			}
			if keys[i][1] >= int64(len(open)) {
				return domaincheck.Errorf(CodeCorrupt, out[i].Site, "more is open there than alerting remembers")
			}
			out[i].Open = open[keys[i][1]]
			return nil
		})
	})
	return out, err
}
