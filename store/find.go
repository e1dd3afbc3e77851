package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"domaincheck/watch"
)

// This file finds sites in SQLite by the sets that index.go keeps: whatever
// the filters are, a page costs their intersection and a way through the order
// that reads no more than the ids of all sites.

// view reads the store as of one moment.
type view struct {
	*sql.Tx
	sizes sizes
}

// view begins a reading transaction; end it.
func (s *Store) view(ctx context.Context) (view, func(), error) {
	t, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return view{}, nil, s.explain(err)
	}
	return view{t, s.sizes}, func() { _ = t.Rollback() }, nil
}

func (v view) each(ctx context.Context, query string, args, into []any, do func() error) error {
	rows, err := v.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return eachRow(rows, into, do)
}

// load adds the sets that a condition names.
func (v view) load(ctx context.Context, table string, into idSet, cond string, args ...any) error {
	var chunk, n int64
	var ids sql.RawBytes
	return v.each(ctx, `SELECT chunk, n, ids FROM `+table+` WHERE `+cond, args, []any{&chunk, &n, &ids}, func() error {
		into.mix(chunk, n, ids)
		return nil
	})
}

// words is the set of the sites that have any word of a group.
func (v view) words(ctx context.Context, g group) (idSet, error) {
	out := idSet{}
	for _, w := range g.exact {
		if err := v.load(ctx, "site_sets", out, `word = $1`, w); err != nil {
			return nil, err
		}
	}
	for _, p := range g.prefix {
		if err := v.between(ctx, out, p, p+"\U0010ffff"); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// between adds the sets of the words from one up to, not including, another.
func (v view) between(ctx context.Context, into idSet, from, to string) error {
	return v.load(ctx, "site_sets", into, `word >= $1 AND word < $2`, from, to)
}

// ids adds the ids that a query gives.
func (v view) ids(ctx context.Context, into idSet, query string, args ...any) error {
	var id int64
	return v.each(ctx, query, args, []any{&id}, func() error { into.add(id); return nil })
}

// found is what a query asks for: the sites of a set (nil: all) whose texts
// have all words that the set cannot tell.
type found struct {
	set   idSet
	words []string
}

func (f *found) has(id int64) bool { return f.set == nil || f.set.has(id) }

// narrow keeps what is also in the set.
func (f *found) narrow(set idSet) {
	if f.set == nil {
		f.set = set
	} else {
		f.set.and(set)
	}
}

// find settles the set of a query.
func (v view) find(ctx context.Context, ask *SiteQuery) (*found, error) {
	f := &found{}
	for _, g := range ask.groups() {
		set, err := v.words(ctx, g)
		if err != nil {
			return nil, err
		}
		if f.narrow(set); len(f.set) == 0 {
			return f, nil
		}
	}
	if ask.Site != "" {
		set := idSet{}
		if err := v.ids(ctx, set, `SELECT id FROM sites WHERE site = $1`, ask.Site); err != nil {
			return nil, err
		}
		f.narrow(set)
	}
	if ask.Subject != "" {
		set := idSet{}
		if err := v.ids(ctx, set, `SELECT id FROM sites WHERE subject_key = $1`, "id "+ask.Subject); err != nil {
			return nil, err
		}
		f.narrow(set)
	}
	if ask.Server != "" {
		set := idSet{}
		if err := v.ids(ctx, set, `SELECT site_id FROM site_servers WHERE server_id = $1`, ask.Server); err != nil {
			return nil, err
		}
		f.narrow(set)
	}
	if !ask.DeadlineBy.IsZero() {
		set, by := idSet{}, micros(ask.DeadlineBy)
		day := numbered(facetNearest, beijingDay(by))
		if err := v.between(ctx, set, facetNearest, day); err != nil {
			return nil, err
		}
		if err := v.ids(ctx, set, `SELECT id FROM sites INDEXED BY sites_deadline WHERE deadline <> 0 AND deadline >= $1 AND deadline < $2`, dayStart(beijingDay(by)), by); err != nil {
			return nil, err
		}
		f.narrow(set)
	}
	if !ask.UncheckedSince.IsZero() {
		if _, err := ask.uncheckedColumns(); err != nil {
			return nil, err
		}
		set := idSet{}
		for i, part := range countedParts() {
			if part == ask.Unchecked || ask.Unchecked == "" && part != watch.Registration {
				if err := v.between(ctx, set, lookWord(i, 0), lookWord(i, micros(ask.UncheckedSince))); err != nil {
					return nil, err
				}
			}
		}
		f.narrow(set)
	}
	return f, v.findText(ctx, f, ask.Text)
}

// findText narrows by the words of a text.
func (v view) findText(ctx context.Context, f *found, text string) error {
	for _, w := range strings.Fields(fold(text)) {
		n := utf8.RuneCountInString(w)
		if n == 1 {
			one := idSet{}
			if err := v.load(ctx, "site_pairs", one, `word >= $1 AND word < $2`, w, w+"\U0010ffff"); err != nil {
				return err
			}
			f.narrow(one)
			continue
		}
		pairs := make([]string, 0, len(w))
		for p := range pairsOf(w) {
			if !strings.HasSuffix(p, "\n") {
				pairs = append(pairs, p)
			}
		}
		slices.Sort(pairs)
		for _, p := range pairs {
			one := idSet{}
			if err := v.load(ctx, "site_pairs", one, `word = $1`, p); err != nil {
				return err
			}
			if f.narrow(one); len(f.set) == 0 {
				return nil
			}
		}
		if n > 2 {
			f.words = append(f.words, w)
		}
	}
	return nil
}

// sure keeps, in their order, the ids whose texts have all words.
func (f *found) sure(ctx context.Context, from querier, ids []int64) ([]int64, error) {
	if len(f.words) == 0 || len(ids) == 0 {
		return ids, nil
	}
	rows, err := from.QueryContext(ctx, `SELECT id, search FROM sites WHERE id IN (`+numbers(ids)+`)`)
	if err != nil {
		return nil, err
	}
	good := map[int64]bool{}
	var id int64
	var text string
	err = eachRow(rows, []any{&id, &text}, func() error {
		good[id] = !slices.ContainsFunc(f.words, func(w string) bool { return !strings.Contains(text, w) })
		return nil
	})
	out := make([]int64, 0, len(ids))
	for _, id := range ids {
		if good[id] {
			out = append(out, id)
		}
	}
	return out, err
}

// segment is a stretch of the order of sites: those that have a word (""
// and no others: all), by domain, or by a column between lo and hi.
type segment struct {
	word   string
	others string // those that have no word of this kind
	column string // "": by domain
	index  string
	none   int64
	lo, hi int64 // values of the order in it: lo up to, not including, hi
	down   bool
}

// segments cut an order so that each has its own set.
func (v view) segments(ctx context.Context, by SiteOrder, desc bool) ([]segment, error) {
	var list []segment
	kinds := func(kind string, make func(word string) segment) error {
		var w string
		return v.each(ctx, `SELECT word FROM site_counts WHERE word >= $1 AND word < $2 ORDER BY word`, []any{kind, kind + "\U0010ffff"}, []any{&w}, func() error {
			list = append(list, make(w))
			return nil
		})
	}
	var err error
	switch by {
	case ByLevel:
		for rank := int64(-1); rank <= 4; rank++ {
			list = append(list, segment{word: facetLevel + decimal(rank), lo: rank, hi: rank + 1})
		}
	case ByLooked:
		err = kinds(facetLooked, func(w string) segment {
			h := hourOf(w)
			if h == 0 {
				return segment{word: w, hi: 3600e6}
			}
			return segment{word: w, column: "looked_at", index: "sites_looked", lo: h * 3600e6, hi: (h + 1) * 3600e6, down: desc}
		})
	case ByDeadline:
		err = kinds(facetNearest, func(w string) segment {
			lo := dayStart(numberOf(w))
			return segment{word: w, column: "deadline", index: "sites_deadline", lo: lo, hi: lo + 86400e6, down: desc}
		})
	case ByExpiry:
		err = kinds(facetExpiry, func(w string) segment {
			lo := dayStart(numberOf(w) * spanDays)
			return segment{word: w, column: "expires", index: "sites_expires", lo: lo, hi: lo + spanDays*86400e6, down: desc}
		})
	default:
		return []segment{{down: desc}}, nil
	}
	if desc {
		slices.Reverse(list)
	}
	switch by {
	case ByDeadline:
		list = append(list, segment{others: facetNearest, none: 1})
	case ByExpiry:
		list = append(list, segment{others: facetExpiry, none: 1})
	}
	return list, err
}

// behind tells whether all of a segment comes before a cursor (-1), the cursor
// stands in it (0), or all of it comes after (1), in the order of the list.
func (g *segment) behind(c *siteCursor, desc bool) int {
	switch {
	case c.Order == ByDomain:
		return 0
	case g.none != c.None:
		return int(g.none - c.None)
	case g.none == 1 || c.Value >= g.lo && c.Value < g.hi:
		return 0
	case (c.Value >= g.hi) != desc:
		return -1
	}
	return 1
}

// walk gives the ids of up to n found sites behind a cursor, nearest first;
// back walks the other way.
func (v view) walk(ctx context.Context, f *found, ask *SiteQuery, cursor *siteCursor, back bool, n int) ([]int64, error) {
	by, desc, err := ask.order()
	if err != nil {
		return nil, err
	}
	list, err := v.segments(ctx, by, desc)
	if err != nil {
		return nil, err
	}
	if back {
		slices.Reverse(list)
	}
	var out []int64
	for i := range list {
		g := &list[i]
		from := cursor
		if cursor != nil {
			side := g.behind(cursor, desc)
			if back {
				side = -side
			}
			if side < 0 {
				continue
			}
			if side > 0 {
				from = nil
			}
		}
		part, err := v.within(ctx, f, g)
		if err != nil {
			return nil, err
		}
		if part.set != nil && len(part.set) == 0 {
			continue
		}
		step := v.byDomain
		if g.column != "" {
			step = v.byColumn
		}
		take := func(ids []int64) (bool, error) {
			for piece := range slices.Chunk(ids, n) {
				good, err := f.sure(ctx, v, piece)
				if err != nil {
					return false, err
				}
				if out = append(out, good...); len(out) >= n {
					out = out[:n]
					return false, nil
				}
			}
			return true, nil
		}
		if err := step(ctx, part, g, from, back, take); err != nil || len(out) >= n {
			return out, err
		}
	}
	return out, nil
}

// within is what of the found sites is in a segment.
func (v view) within(ctx context.Context, f *found, g *segment) (*found, error) {
	if g.word == "" && g.others == "" {
		return f, nil
	}
	set := idSet{}
	if g.word != "" {
		if err := v.load(ctx, "site_sets", set, `word = $1`, g.word); err != nil {
			return nil, err
		}
		if f.set != nil {
			set = set.both(f.set)
		}
		return &found{set: set}, nil
	}
	if f.set != nil {
		set = f.set.both(f.set)
	} else if err := v.between(ctx, set, facetState, facetState+"\U0010ffff"); err != nil { // every site has a state
		return nil, err
	}
	have := idSet{}
	if err := v.between(ctx, have, g.others, g.others+"\U0010ffff"); err != nil {
		return nil, err
	}
	set.minus(have)
	return &found{set: set}, nil
}

// byDomain gives the ids of a segment in the order of their domains.
func (v view) byDomain(ctx context.Context, f *found, g *segment, from *siteCursor, back bool, take func([]int64) (bool, error)) error {
	down := g.down != back
	if f.set != nil && f.set.len() <= v.sizes.few {
		return v.sorted(ctx, f, g, from, back, take)
	}
	after, begun := "", from != nil
	if begun {
		after = from.Site
	}
	first := ""
	if begun {
		var err error
		if first, err = v.runOf(ctx, after); err != nil {
			return err
		}
	}
	for size := v.sizes.loadBlock; ; size = min(2*size, 64) {
		cond, order := `first >= $1`, ` ORDER BY first`
		switch {
		case down && !begun:
			cond, order = `first >= $1`, ` ORDER BY first DESC`
		case down:
			cond, order = `first <= $1`, ` ORDER BY first DESC`
		}
		var runs [][]int64
		var name, last string
		var ids sql.RawBytes
		if err := v.each(ctx, `SELECT first, ids FROM site_order WHERE `+cond+order+` LIMIT `+decimal(int64(size)+1), []any{first}, []any{&name, &ids}, func() error {
			if last = name; len(runs) < size {
				runs = append(runs, f.pick(ids, down))
			} else {
				runs = append(runs, nil) // there is more
			}
			return nil
		}); err != nil {
			return err
		}
		more := len(runs) > size
		for i, run := range runs[:min(len(runs), size)] {
			if i == 0 && begun && after != "" {
				var err error
				if run, err = v.cut(ctx, run, after, down); err != nil {
					return err
				}
				after = ""
			}
			if goOn, err := take(run); err != nil || !goOn {
				return err
			}
		}
		if !more {
			return nil
		}
		first, begun = last, true
	}
}

// pick gives the ids of a stored run that are found.
func (f *found) pick(ids []byte, down bool) []int64 {
	var out []int64
	for ; len(ids) >= 4; ids = ids[4:] {
		if id := int64(binary.LittleEndian.Uint32(ids)); f.has(id) {
			out = append(out, id)
		}
	}
	if down {
		slices.Reverse(out)
	}
	return out
}

// runOf is the name of the run that a domain belongs to.
func (v view) runOf(ctx context.Context, domain string) (string, error) {
	first := ""
	err := v.QueryRowContext(ctx, `SELECT first FROM site_order WHERE first <= $1 ORDER BY first DESC LIMIT 1`, domain).Scan(&first)
	if isNone(err) {
		err = nil
	}
	return first, err
}

// cut drops the ids of a run up to a domain, which may be gone.
func (v view) cut(ctx context.Context, run []int64, domain string, down bool) ([]int64, error) {
	var failed error
	i := sort.Search(len(run), func(i int) bool {
		var site string
		if err := v.QueryRowContext(ctx, `SELECT site FROM sites WHERE id = $1`, run[i]).Scan(&site); err != nil {
			failed = err
		}
		if down {
			return site < domain
		}
		return site > domain
	})
	return run[i:], failed
}

// keyed is a site with what it is sorted by.
type keyed struct {
	id, value int64
	site      string
}

// before is the order within a segment.
func (g *segment) before(a, b *keyed) bool {
	if g.column != "" && a.value != b.value {
		return (a.value < b.value) != g.down
	}
	if g.column == "" && g.down {
		return a.site > b.site
	}
	return a.site < b.site
}

// sorted reads the few sites of a segment and sorts them.
func (v view) sorted(ctx context.Context, f *found, g *segment, from *siteCursor, back bool, take func([]int64) (bool, error)) error {
	column := g.column
	if column == "" {
		column = "0"
	}
	var rows []keyed
	var k keyed
	if err := v.each(ctx, `SELECT id, `+column+`, site FROM sites WHERE id IN (`+numbers(slices.Collect(f.set.all()))+`)`, nil, []any{&k.id, &k.value, &k.site}, func() error {
		rows = append(rows, k)
		return nil
	}); err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b keyed) int {
		if g.before(&a, &b) != back {
			return -1
		}
		return 1
	})
	ids := make([]int64, 0, len(rows))
	for i := range rows {
		if from != nil {
			at := keyed{value: from.Value, site: from.Site}
			if back && !g.before(&rows[i], &at) || !back && !g.before(&at, &rows[i]) {
				continue
			}
		}
		ids = append(ids, rows[i].id)
	}
	_, err := take(ids)
	return err
}

// byColumn gives the ids of a segment in the order of a column, from its index.
func (v view) byColumn(ctx context.Context, f *found, g *segment, from *siteCursor, back bool, take func([]int64) (bool, error)) error {
	if f.set.len() <= v.sizes.few {
		return v.sorted(ctx, f, g, from, back, take)
	}
	keys := []sortKey{{g.column, g.down != back}, {"site", back}}
	for size := 3 * v.sizes.few; ; size = min(size*4, 64000) {
		q := &query{}
		q.add(g.column+` <> 0 AND `+g.column+` >= ? AND `+g.column+` < ?`, g.lo, g.hi)
		if from != nil {
			sign := ` >= ?`
			if keys[0].desc {
				sign = ` <= ?`
			}
			q.add(g.column+sign, from.Value)
			q.beyond(keys, []any{from.Value, from.Site})
		}
		var ids []int64
		var last keyed
		n := 0
		if err := v.each(ctx, `SELECT id, `+g.column+`, site FROM sites INDEXED BY `+g.index+q.sql()+orderBy(keys)+` LIMIT `+decimal(int64(size)), q.args, []any{&last.id, &last.value, &last.site}, func() error {
			if n++; f.has(last.id) {
				ids = append(ids, last.id)
			}
			return nil
		}); err != nil {
			return err
		}
		if goOn, err := take(ids); err != nil || !goOn || n < size {
			return err
		}
		from = &siteCursor{Value: last.value, Site: last.site}
	}
}
