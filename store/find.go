package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"slices"
	"sort"
	"strings"

	"domaincheck/watch"
)

// This file finds sites in SQLite by the sets that index.go keeps: whatever
// the filters are, a page costs their intersection and a way through the order
// that reads no more than the ids of all sites.

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
	if err := v.findNamed(ctx, f, ask); err != nil || f.set != nil && len(f.set) == 0 {
		return f, err
	}
	var wants []want
	var ends []int // of the wants of which a site must be in one
	any := func(list ...want) {
		if len(list) > 0 {
			wants = append(wants, list...)
			ends = append(ends, len(wants))
		}
	}
	for _, g := range ask.groups() {
		any(g.wants()...)
	}
	if !ask.UncheckedSince.IsZero() {
		if _, err := ask.uncheckedColumns(); err != nil {
			return nil, err
		}
		var list []want
		for i, part := range countedParts() {
			if part == ask.Unchecked || ask.Unchecked == "" && part != watch.Registration {
				list = append(list, wordsFrom("site_sets", lookWord(i, 0), lookWord(i, micros(ask.UncheckedSince))))
			}
		}
		any(list...)
	}
	for _, w := range f.seek(ask.Text) {
		any(w)
	}
	sets, err := v.load(ctx, wants...)
	if err != nil {
		return nil, err
	}
	from := 0
	for _, end := range ends {
		for _, more := range sets[from+1 : end] {
			sets[from].or(more)
		}
		f.narrow(sets[from])
		from = end
	}
	return f, nil
}

// findNamed narrows by what no stored set tells.
func (v view) findNamed(ctx context.Context, f *found, ask *SiteQuery) error {
	named := func(query string, arg any) error {
		set := idSet{}
		err := v.ids(ctx, set, query, arg)
		f.narrow(set)
		return err
	}
	if ask.Site != "" {
		if err := named(`SELECT id FROM sites WHERE site = $1`, ask.Site); err != nil {
			return err
		}
	}
	if ask.Subject != "" {
		if err := named(`SELECT id FROM sites WHERE subject_key = $1`, "id "+ask.Subject); err != nil {
			return err
		}
	}
	if ask.Server != "" {
		if err := named(`SELECT site_id FROM site_servers WHERE server_id = $1`, ask.Server); err != nil {
			return err
		}
	}
	if ask.DeadlineBy.IsZero() {
		return nil
	}
	by := micros(ask.DeadlineBy)
	set, err := v.sum(ctx, wordsFrom("site_sets", facetNearest, numbered(facetNearest, beijingDay(by))))
	if err == nil {
		err = v.ids(ctx, set, `SELECT id FROM sites INDEXED BY sites_deadline WHERE deadline <> 0 AND deadline >= $1 AND deadline < $2`, dayStart(beijingDay(by)), by)
	}
	f.narrow(set)
	return err
}

// seek gives the sets of the sites that may have the words of a text, and notes
// the words that must be looked for in the texts themselves.
func (f *found) seek(text string) []want {
	var all []want
	for _, w := range strings.Fields(fold(text)) {
		grams, sure := soughtGrams(w)
		if len(grams) == 0 {
			all = append(all, wordsFrom("site_pairs", w, w+"\U0010ffff"))
		}
		for _, g := range grams {
			all = append(all, wordOf("site_pairs", g))
		}
		if !sure {
			f.words = append(f.words, w)
		}
	}
	return all
}

// segment is a stretch of the order of sites: those that have a word (""
// and no others: all), by domain, or by a column between lo and hi.
type segment struct {
	word   string
	others string // those that have no word of this kind
	column string // "": by domain
	index  string
	none   int64 // 1: the sites without a value
	lo, hi int64 // values of the order in it: lo up to, not including, hi
	down   bool
	flat   bool  // the value is the same in all of it: they stand by domain
	n      int64 // sites in it, whatever is found
	want   int   // found ones that are wanted of it

	noneLast bool // sites with the value 0 are in it, and stand last
}

// segments cut an order so that each has its own set.
func (v view) segments(ctx context.Context, by SiteOrder, desc bool) ([]segment, error) {
	var list []segment
	kinds := func(kind string, make func(word string) segment) error {
		var w string
		var n int64
		return v.each(ctx, `SELECT word, n FROM site_counts WHERE word >= $1 AND word < $2 ORDER BY word`, []any{kind, kind + "\U0010ffff"}, []any{&w, &n}, func() error {
			list = append(list, make(w))
			list[len(list)-1].n = n
			return nil
		})
	}
	var err error
	switch by {
	case ByLevel:
		err = kinds(facetLevel, func(w string) segment {
			rank := numberOf(w)
			return segment{word: w, column: "level", index: "sites_level", lo: rank, hi: rank + 1, flat: true}
		})
	case ByLooked:
		err = kinds(facetLooked, func(w string) segment {
			h := hourOf(w)
			if h == 0 {
				return segment{word: w, column: "looked_at", index: "sites_looked", hi: 3600e6, flat: true}
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
	p := &picker{v: v, f: f, n: n, step: n}
	if f.set != nil && f.set.len() <= v.sizes.few {
		g := wholeOrder(by, desc)
		err := v.sorted(ctx, f, &g, cursor, back, p.take)
		return p.out, err
	}
	list, err := v.segments(ctx, by, desc)
	if err != nil {
		return nil, err
	}
	if back {
		slices.Reverse(list)
	}
	next := outlook{v: v, f: f, list: list, n: n}
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
		part := f
		g.want = p.next()
		if f.set != nil || !v.short(g) {
			if part, err = next.within(ctx, i); err != nil {
				return nil, err
			}
		}
		if part.set != nil && len(part.set) == 0 {
			continue
		}
		if err := v.wayThrough(part, g)(ctx, part, g, from, back, p.take); err != nil || len(p.out) >= n {
			return p.out, err
		}
	}
	return p.out, nil
}

// wholeOrder is a whole order as one segment, for the few sites that are read
// and sorted; those without a value stand last.
func wholeOrder(by SiteOrder, desc bool) segment {
	switch by {
	case ByLevel:
		return segment{column: "level", down: desc}
	case ByLooked:
		return segment{column: "looked_at", down: desc}
	case ByDeadline:
		return segment{column: "deadline", noneLast: true, down: desc}
	case ByExpiry:
		return segment{column: "expires", noneLast: true, down: desc}
	}
	return segment{down: desc}
}

// within is what of the found sites is in a segment.
func (v view) within(ctx context.Context, f *found, g *segment) (*found, error) {
	if g.word == "" && g.others == "" {
		return f, nil
	}
	if g.word != "" {
		set, err := v.sum(ctx, wordOf("site_sets", g.word))
		if f.set != nil {
			set = set.both(f.set)
		}
		return &found{set, f.words}, err
	}
	every, some := wordsFrom("site_sets", facetState, facetState+"\U0010ffff"), wordsFrom("site_sets", g.others, g.others+"\U0010ffff") // every site has a state
	if f.set != nil {
		have, err := v.sum(ctx, some)
		set := f.set.both(f.set)
		set.minus(have)
		return &found{set, f.words}, err
	}
	sets, err := v.load(ctx, every, some)
	if err != nil {
		return nil, err
	}
	sets[0].minus(sets[1])
	return &found{sets[0], f.words}, nil
}

// way gives the ids of a segment in its order.
type way func(ctx context.Context, f *found, g *segment, from *siteCursor, back bool, take taker) error

// wayThrough is the one that reads least: a segment's index where that is short,
// the few found sites themselves, or the runs of all domains.
func (v view) wayThrough(f *found, g *segment) way {
	switch {
	case g.index != "" && g.n <= v.sizes.indexed:
		return v.byColumn
	case f.set != nil && f.set.len() <= v.sizes.few:
		return v.sorted
	case v.short(g):
		return v.byColumn
	}
	return v.byDomain
}

// short tells whether a segment is better read by its index than by the runs of
// all domains.
func (v view) short(g *segment) bool {
	return g.index != "" && (!g.flat || g.n <= (v.crew.s.blocks.Load()+1)<<blockBits/v.sizes.flat)
}

// byDomain gives the ids of a segment in the order of their domains.
func (v view) byDomain(ctx context.Context, f *found, g *segment, from *siteCursor, back bool, take taker) error {
	down := g.down != back
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
	for size := v.runs(f, g.want); ; size = min(2*size, v.sizes.loadMost) {
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
			if goOn, err := take(ctx, run, false); err != nil || !goOn {
				return err
			}
		}
		if !more {
			return nil
		}
		first, begun = last, true
	}
}

// runs is how many runs have about as many found sites as are wanted.
func (v view) runs(f *found, want int) int {
	if f.set == nil {
		return 1
	}
	all := int(v.crew.s.blocks.Load()+1) << blockBits / v.sizes.run
	return min(want*all/max(f.set.len(), 1)*9/8+1, v.sizes.loadMost)
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
	if g.noneLast && (a.value == 0) != (b.value == 0) {
		return b.value == 0
	}
	if g.column != "" && a.value != b.value {
		return (a.value < b.value) != g.down
	}
	if g.column == "" && g.down {
		return a.site > b.site
	}
	return a.site < b.site
}

// sorted reads the few sites of a segment, and sorts those whose texts have all
// words.
func (v view) sorted(ctx context.Context, f *found, g *segment, from *siteCursor, back bool, take taker) error {
	column := g.column
	if column == "" {
		column = "0"
	}
	text := `''`
	if len(f.words) > 0 {
		text = "search"
	}
	parts := pieces(slices.Collect(f.set.all()))
	read := make([][]keyed, len(parts))
	if err := v.spread(ctx, len(parts), func(q querier, i int) error {
		var k keyed
		var search string
		return eachOf(ctx, q, `SELECT id, `+column+`, site, `+text+` FROM sites WHERE id IN (`+numbers(parts[i])+`)`, nil, []any{&k.id, &k.value, &k.site, &search}, func() error {
			if f.inText(search) {
				read[i] = append(read[i], k)
			}
			return nil
		})
	}); err != nil {
		return err
	}
	rows := slices.Concat(read...)
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
	_, err := take(ctx, ids, true)
	return err
}

// byColumn gives the ids of a segment in the order of a column, from its index.
func (v view) byColumn(ctx context.Context, f *found, g *segment, from *siteCursor, back bool, take taker) error {
	keys := []sortKey{{g.column, g.down != back}, {"site", back}}
	size := v.sizes.few
	if f.set != nil { // not all are found
		size *= 8
	}
	for ; ; size = min(size*4, 64000) {
		q := &query{}
		if !g.flat {
			q.add(g.column + ` <> 0`) // as the index has it
		}
		q.add(g.column+` >= ? AND `+g.column+` < ?`, g.lo, g.hi)
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
		if goOn, err := take(ctx, ids, false); err != nil || !goOn || n < size {
			return err
		}
		from = &siteCursor{Value: last.value, Site: last.site}
	}
}
