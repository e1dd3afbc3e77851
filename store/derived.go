package store

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// derived gathers the sets of many sites, whose ids ascend. What it has of a
// block of sites goes to a stage when the block's last site has been seen, and
// into the store at the end, word by word.
type derived struct {
	place     string // of the store
	block     int64
	sets      map[string][]uint16
	pairs     map[uint64][]uint16 // pairs and triples of plain texts
	counts    map[string]int64
	seen      map[uint64]struct{}
	odd       map[string][]uint16 // those of other texts
	set, gram *stage
	tags      tagTally
}

func newDerived(place string) *derived {
	return &derived{place: place, block: -1, sets: map[string][]uint16{}, pairs: map[uint64][]uint16{}, counts: map[string]int64{}, seen: map[uint64]struct{}{}, odd: map[string][]uint16{}}
}

// close takes the stages away.
func (d *derived) close() {
	for _, g := range []*stage{d.set, d.gram} {
		if g != nil {
			_ = g.close() // all that it held is in the store, or nothing is
		}
	}
}

// listing is what a site is found by.
type listing struct {
	known, seen, text string
	looks             [4]string
	open              []string
}

// triple marks the key of three plain signs: no sign has such a number.
const triple = uint64(1) << 63

// site adds one site to the block at hand, and stages the one before if that is
// another.
func (d *derived) site(id int64, l listing) error {
	if id>>blockBits != d.block {
		if err := d.write(); err != nil {
			return err
		}
	}
	low := uint16(id & 0xffff) //nolint:gosec // the low bits
	add := func(w string) { d.sets[w] = append(d.sets[w], low) }
	words := joined(l.known, l.seen)
	for w := range words {
		add(w)
	}
	d.tags.site(words, l.looks[:], l.open)
	for _, w := range l.looks {
		add(w)
	}
	for _, w := range l.open {
		add(w)
	}
	d.block = id >> blockBits
	if !plain(l.text) {
		for w := range gramsOf(l.text) {
			d.odd[w] = append(d.odd[w], low)
		}
		return nil
	}
	clear(d.seen)
	gram := func(k uint64) {
		if _, had := d.seen[k]; !had {
			d.seen[k] = struct{}{}
			d.pairs[k] = append(d.pairs[k], low)
		}
	}
	var before rune
	run := 0 // plain signs in a row
	for i, r := range l.text + "\n" {
		if before != 0 && before != '\n' {
			gram(uint64(before)<<32 | uint64(r)) //nolint:gosec // signs are not negative
		}
		if before = r; r >= 0x80 || !plainSign(byte(r)) {
			run = 0
		} else if run++; run >= 3 {
			gram(triple | uint64(l.text[i-2])<<16 | uint64(l.text[i-1])<<8 | uint64(l.text[i]))
		}
	}
	return nil
}

// gramOf is the word of a key.
func gramOf(k uint64) string {
	if k&triple != 0 {
		return string([]byte{'\n', byte(k >> 16), byte(k >> 8), byte(k)})
	}
	return string([]rune{rune(k >> 32), rune(k & 0xffffffff)}) //nolint:gosec // two signs
}

// plain tells texts whose signs are whole: almost all.
func plain(text string) bool {
	return strings.IndexByte(text, 0) < 0 && !strings.ContainsRune(text, '\uFFFD')
}

// write stages the block at hand.
func (d *derived) write() (err error) {
	if d.block < 0 {
		return nil
	}
	if d.set == nil {
		if d.set, err = newStage(d.place); err != nil {
			return err
		}
	}
	if d.gram == nil {
		if d.gram, err = newStage(d.place); err != nil {
			return err
		}
	}
	d.set.run()
	for _, w := range slices.Sorted(maps.Keys(d.sets)) {
		n, ids := storedList(d.sets[w])
		d.counts[w] += n
		if err := d.set.add(stagedRow{w, d.block, n, ids}); err != nil {
			return err
		}
	}
	for k, low := range d.pairs {
		w := gramOf(k)
		if had := d.odd[w]; had != nil {
			low = append(had, low...)
			slices.Sort(low)
			low = slices.Compact(low)
		}
		d.odd[w] = low
	}
	d.gram.run()
	for _, w := range slices.Sorted(maps.Keys(d.odd)) {
		n, ids := storedList(d.odd[w])
		if err := d.gram.add(stagedRow{w, d.block, n, ids}); err != nil {
			return err
		}
	}
	clear(d.sets)
	clear(d.pairs)
	clear(d.odd)
	d.block = -1
	return nil
}

// finish writes all of it into the store.
func (d *derived) finish(ctx context.Context, s *Store, t *tx) error {
	if !s.sets() {
		return nil
	}
	if err := d.write(); err != nil {
		return err
	}
	for table, g := range map[string]*stage{"site_sets": d.set, "site_pairs": d.gram} {
		if g == nil {
			continue
		}
		in := t.into(table, "word, chunk, n, ids")
		if err := g.rows(func(r *stagedRow) error { return in.add(ctx, r.word, r.chunk, r.n, r.ids) }); err != nil {
			return err
		}
		if err := in.end(ctx); err != nil {
			return err
		}
	}
	in := t.into("site_counts", "word, n")
	for _, w := range slices.Sorted(maps.Keys(d.counts)) {
		if err := in.add(ctx, w, d.counts[w]); err != nil {
			return err
		}
	}
	if err := in.end(ctx); err != nil {
		return err
	}
	if err := d.tags.write(ctx, t); err != nil {
		return err
	}
	return s.writeRuns(ctx, t, "", "")
}
