package store

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"domaincheck"
)

// This file counts in SQLite, for each tag, what a scope of that tag asks for:
// reading the sets of all sites to count those of one tag would read a hundred
// times what is needed.

// tagMark names the form of these counts, as derivedMark does.
const (
	tagMark = "derived tags"
	tagForm = "1"
)

// tagTally is by how much the counts of tags change: tag → word → by.
type tagTally struct {
	by map[string]map[string]int64
	n  int // counts in it
}

func (c *tagTally) note(tag string, words []string, by int64) {
	if len(words) == 0 {
		return
	}
	counts := c.of(tag)
	for _, w := range words {
		c.add(counts, w, by)
	}
}

// of is what changes of a tag.
func (c *tagTally) of(tag string) map[string]int64 {
	counts := c.by[tag]
	if counts == nil {
		if c.by == nil {
			c.by = map[string]map[string]int64{}
		}
		counts = map[string]int64{}
		c.by[tag] = counts
	}
	return counts
}

func (c *tagTally) add(counts map[string]int64, w string, by int64) {
	if tagCounted(w) {
		had := len(counts)
		counts[w] += by
		c.n += len(counts) - had
	}
}

// site adds all that is counted of a site.
func (c *tagTally) site(words map[string]bool, more ...[]string) {
	for w := range words {
		if w[:2] != facetTag {
			continue
		}
		counts := c.of(w[2:])
		for w := range words {
			c.add(counts, w, 1)
		}
		for _, list := range more {
			for _, w := range list {
				c.add(counts, w, 1)
			}
		}
	}
}

// tagCounted tells the words that are counted by tag.
func tagCounted(w string) bool {
	if len(w) < 2 {
		return false
	}
	switch w[:2] {
	case facetState, facetProvince, facetProvider, facetTLD, facetVerdict, facetLevel, facetOutcome, facetRegistrar, facetDay, facetOpen, facetFailing, facetDanger, facetNowhere:
		return true
	}
	return lookKind(w) >= 0
}

// lookKind is of which part a word says when it was looked at; -1 for others.
func lookKind(w string) int {
	if w[1] == ':' && w[0] >= '0' && w[0] < '0'+lookKinds {
		return int(w[0] - '0')
	}
	return -1
}

// lookKinds are the parts of countedParts.
const lookKinds = 3

// tagsIn are the tags among the words of an entry.
func tagsIn(known string) []string {
	var tags []string
	for w := range strings.SplitSeq(known, "\n") {
		if tag, ok := strings.CutPrefix(w, facetTag); ok {
			tags = append(tags, tag)
		}
	}
	return tags
}

// recount notes that the words of a site change, and its tags with them.
func (c *tagTally) recount(known, known2 string, was, is map[string]bool, add, drop []string) {
	had, has := tagsIn(known), tagsIn(known2)
	for _, tag := range had {
		if slices.Contains(has, tag) {
			c.note(tag, add, 1)
			c.note(tag, drop, -1)
		} else {
			c.note(tag, slices.Collect(maps.Keys(was)), -1)
		}
	}
	for _, tag := range has {
		if !slices.Contains(had, tag) {
			c.note(tag, slices.Collect(maps.Keys(is)), 1)
		}
	}
}

// move notes that what stands beside the words of a site (its looks, what is
// open) goes with it from some tags to others.
func (c *tagTally) move(known, known2 string, words []string) {
	had, has := tagsIn(known), tagsIn(known2)
	for _, tag := range had {
		if !slices.Contains(has, tag) {
			c.note(tag, words, -1)
		}
	}
	for _, tag := range has {
		if !slices.Contains(had, tag) {
			c.note(tag, words, 1)
		}
	}
}

// write puts the changes into the store and forgets them.
func (c *tagTally) write(ctx context.Context, t *tx) error {
	for _, tag := range slices.Sorted(maps.Keys(c.by)) {
		counts := c.by[tag]
		looked := false
		for _, w := range slices.Sorted(maps.Keys(counts)) {
			n := counts[w]
			if lookKind(w) >= 0 {
				looked = looked || n != 0
				continue
			}
			if n == 0 {
				continue
			}
			if _, err := t.exec(ctx, `INSERT INTO tag_counts (tag, word, n) VALUES ($1, $2, $3) ON CONFLICT (tag, word) DO UPDATE SET n = n + excluded.n`, tag, w, n); err != nil {
				return err
			}
			if n < 0 {
				if _, err := t.exec(ctx, `DELETE FROM tag_counts WHERE tag = $1 AND word = $2 AND n = 0`, tag, w); err != nil {
					return err
				}
			}
		}
		if looked {
			if err := writeLooks(ctx, t, tag, counts); err != nil {
				return err
			}
		}
	}
	c.by, c.n = nil, 0
	return nil
}

// writeLooks adds to the hours of a tag what counts says of them.
func writeLooks(ctx context.Context, t *tx, tag string, counts map[string]int64) error {
	var stored []byte
	if err := t.row(ctx, `SELECT hours FROM tag_looks WHERE tag = $1`, []any{tag}, &stored); err != nil && !isNone(err) {
		return err
	}
	hours, err := readHours(stored)
	if err != nil {
		return err
	}
	for w, n := range counts {
		kind := lookKind(w)
		if kind < 0 {
			continue
		}
		h := hourOf(w)
		if hours[kind][h] += n; hours[kind][h] == 0 {
			delete(hours[kind], h)
		}
	}
	if len(hours[0])+len(hours[1])+len(hours[2]) == 0 {
		_, err = t.exec(ctx, `DELETE FROM tag_looks WHERE tag = $1`, tag)
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO tag_looks (tag, hours) VALUES ($1, $2) ON CONFLICT (tag) DO UPDATE SET hours = excluded.hours`, tag, hours.stored())
	return err
}

// hourCounts are how many sites were last looked at in which hour.
type hourCounts [lookKinds]map[int64]int64

func (h *hourCounts) stored() []byte {
	var b []byte
	for _, counts := range h {
		b = binary.AppendUvarint(b, uint64(len(counts)))
		last := int64(0)
		for _, hour := range slices.Sorted(maps.Keys(counts)) {
			b = binary.AppendVarint(binary.AppendVarint(b, hour-last), counts[hour])
			last = hour
		}
	}
	return b
}

func readHours(b []byte) (h hourCounts, err error) {
	for kind := range h {
		h[kind] = map[int64]int64{}
		if len(b) == 0 {
			continue
		}
		n, size := binary.Uvarint(b)
		b = b[max(size, 0):]
		hour := int64(0)
		for ; n > 0; n-- {
			step, size := binary.Varint(b)
			count, size2 := binary.Varint(b[max(size, 0):])
			if size <= 0 || size2 <= 0 {
				return h, domaincheck.Errorf(CodeCorrupt, "", "the looks of a tag cannot be read")
			}
			b = b[size+size2:]
			hour += step
			h[kind][hour] = count
		}
	}
	return h, nil
}

// deriveTags makes the counts of tags anew.
func (s *Store) deriveTags(ctx context.Context, t *tx) error {
	if !s.sets() {
		return nil
	}
	for _, table := range []string{"tag_counts", "tag_looks"} {
		if _, err := t.exec(ctx, `DELETE FROM `+table); err != nil {
			return err
		}
	}
	last := int64(0)
	for {
		rows, err := countedSites(ctx, t, `id > `+decimal(last)+` ORDER BY id LIMIT `+decimal(10*deriveBatch))
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		c := &tagTally{}
		for _, r := range rows {
			c.site(r.words, r.more)
			last = r.id
		}
		if err := c.write(ctx, t); err != nil {
			return err
		}
	}
}

// countedSite is a site with all that is counted of it.
type countedSite struct {
	id    int64
	words map[string]bool
	more  []string // looks, and what is open
}

// countedSites reads sites by a condition on sites.
func countedSites(ctx context.Context, q querier, where string) ([]countedSite, error) {
	var all []countedSite
	var id, looked int64
	var known, seen string
	var ok [3]int64
	var memory []byte
	err := eachOf(ctx, q, `SELECT id, known, seen, ok_registration, ok_resolution, ok_page, looked_at, memory FROM sites WHERE `+where, nil,
		[]any{&id, &known, &seen, &ok[0], &ok[1], &ok[2], &looked, &memory}, func() error {
			open, err := openOf(memory)
			looks := lookWords(ok, looked)
			all = append(all, countedSite{id, joined(known, seen), append(looks[:], openWords(open)...)})
			return err
		})
	return all, err
}

// byTags counts the sites of some tags by the words of ranges, all of kinds that
// are counted by tag; sure is false where too many sites have several of them.
func (v view) byTags(ctx context.Context, tags []string, ranges [][2]string) (all []Tally, sure bool, err error) {
	twice, err := v.severalTags(ctx, tags)
	if err != nil || len(twice) > v.sizes.few {
		return nil, false, err
	}
	counts := map[string]int64{}
	for _, tag := range tags {
		if err := v.ofTag(ctx, counts, tag, ranges); err != nil {
			return nil, false, err
		}
	}
	if len(twice) > 0 {
		if err := v.onceOnly(ctx, counts, tags, twice, ranges); err != nil {
			return nil, false, err
		}
	}
	for _, w := range slices.Sorted(maps.Keys(counts)) {
		if counts[w] != 0 {
			all = append(all, Tally{w, counts[w]})
		}
	}
	return all, true, nil
}

// severalTags gives the sites that have more than one of some tags.
func (v view) severalTags(ctx context.Context, tags []string) ([]int64, error) {
	if len(tags) < 2 {
		return nil, nil
	}
	wants := make([]want, len(tags))
	for i, tag := range tags {
		wants[i] = wordOf("site_sets", facetTag+tag)
	}
	sets, err := v.load(ctx, wants...)
	if err != nil {
		return nil, err
	}
	once, twice := idSet{}, idSet{}
	for _, set := range sets {
		twice.or(once.both(set))
		once.or(set)
	}
	return slices.Collect(twice.all()), nil
}

// ofTag adds the counts of one tag.
func (v view) ofTag(ctx context.Context, counts map[string]int64, tag string, ranges [][2]string) error {
	var looks hourCounts
	read := false
	var w string
	var n int64
	for _, r := range ranges {
		kind := lookKind(r[0])
		if kind < 0 {
			if err := v.each(ctx, `SELECT word, n FROM tag_counts WHERE tag = $1 AND word >= $2 AND word < $3`, []any{tag, r[0], r[1]}, []any{&w, &n}, func() error { counts[w] += n; return nil }); err != nil {
				return err
			}
			continue
		}
		if !read {
			var stored []byte
			err := v.QueryRowContext(ctx, `SELECT hours FROM tag_looks WHERE tag = $1`, tag).Scan(&stored)
			if err != nil && !isNone(err) {
				return err
			}
			if looks, err = readHours(stored); err != nil {
				return err
			}
			read = true
		}
		for hour, n := range looks[kind] {
			if w := lookWord(kind, hour*3600e6); w >= r[0] && w < r[1] {
				counts[w] += n
			}
		}
	}
	return nil
}

// onceOnly takes away what sites with several tags were counted too often.
func (v view) onceOnly(ctx context.Context, counts map[string]int64, tags []string, twice []int64, ranges [][2]string) error {
	parts := pieces(twice)
	read := make([][]countedSite, len(parts))
	if err := v.spread(ctx, len(parts), func(q querier, i int) (err error) {
		read[i], err = countedSites(ctx, q, `id IN (`+numbers(parts[i])+`)`)
		return err
	}); err != nil {
		return err
	}
	for _, site := range slices.Concat(read...) {
		more := int64(-1)
		for _, tag := range tags {
			if site.words[facetTag+tag] {
				more++
			}
		}
		less := func(w string) {
			if slices.ContainsFunc(ranges, func(r [2]string) bool { return w >= r[0] && w < r[1] }) {
				counts[w] -= more
			}
		}
		for w := range site.words {
			less(w)
		}
		for _, w := range site.more {
			less(w)
		}
	}
	return nil
}

// scopeTallies counts the sites of a scope by the words of some ranges.
func (v view) scopeTallies(ctx context.Context, scope Scope, ranges [][2]string) ([]Tally, error) {
	var tags []string
	for _, t := range scope.Tags {
		tags = append(tags, word(facetTag, t)[2:])
	}
	slices.Sort(tags)
	tags = slices.Compact(tags)
	var own, counted, others [][2]string
	for _, r := range ranges {
		switch tag, alone := strings.CutSuffix(r[1], "\x01"); {
		case alone && r[0] == tag && strings.HasPrefix(tag, facetTag) && slices.Contains(tags, tag[2:]):
			own = append(own, r)
		case tagCounted(r[0]):
			counted = append(counted, r)
		default:
			others = append(others, r)
		}
	}
	var all []Tally
	for _, r := range own { // all sites of a tag of the scope are in it
		list, err := v.counts(ctx, r[0], r[1])
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	if len(counted) > 0 {
		list, sure, err := v.byTags(ctx, tags, counted)
		if err != nil {
			return nil, err
		}
		if all = append(all, list...); !sure {
			others = append(others, counted...)
		}
	}
	if len(others) == 0 {
		return all, nil
	}
	set, err := v.scopeSet(ctx, scope)
	if err != nil {
		return nil, err
	}
	list, err := v.common(ctx, others, set)
	return append(all, list...), err
}
