package store

import (
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// This file keeps the sets by which SQLite finds sites: which ids have a word,
// and the ids in the order of their domains. A transaction gathers what changes
// and writes it before it ends; a block is read, changed and written once,
// however many sites of a batch touch it.

// pending is what a transaction is to change of the sets.
type pending struct {
	sets, pairs, shared map[string]map[int64][]int32 // word → block → id<<1, +1 to add
	messages            map[string]map[int64][]int32 // the same of messages
	domains             map[string]bool              // that came or went
	tags                tagTally
	n                   int
}

func newPending() *pending {
	return &pending{sets: map[string]map[int64][]int32{}, pairs: map[string]map[int64][]int32{}, shared: map[string]map[int64][]int32{}, messages: map[string]map[int64][]int32{}, domains: map[string]bool{}}
}

func (p *pending) note(to map[string]map[int64][]int32, word string, id int64, add bool) {
	blocks := to[word]
	if blocks == nil {
		blocks = map[int64][]int32{}
		to[word] = blocks
	}
	v := int32(id&0xffff) << 1
	if add {
		v++
	}
	blocks[id>>blockBits] = append(blocks[id>>blockBits], v)
	p.n++
}

// sets tells whether this store keeps them.
func (s *Store) sets() bool { return s.d.sets }

// reface moves a site from one pair of known and seen words to another.
func (s *Store) reface(ctx context.Context, t *tx, id int64, known, seen, known2, seen2 string) error {
	if known == known2 && seen == seen2 {
		return nil
	}
	words := union
	if s.sets() {
		words = joined
	}
	was, is := words(known, seen), words(known2, seen2)
	add, drop := wordDiff(was, is)
	if s.sets() {
		t.pending.tags.recount(known, known2, was, is, add, drop)
	}
	return s.reword(ctx, t, id, add, drop)
}

// reword gives words to a site and takes words from it.
func (s *Store) reword(ctx context.Context, t *tx, id int64, add, drop []string) error {
	if s.sets() {
		for _, w := range drop {
			t.pending.note(t.pending.sets, w, id, false)
		}
		for _, w := range add {
			t.pending.note(t.pending.sets, w, id, true)
		}
		return s.flushFull(ctx, t)
	}
	for _, w := range drop {
		if _, err := t.exec(ctx, `DELETE FROM site_facets WHERE facet = $1 AND site_id = $2`, w, id); err != nil {
			return err
		}
	}
	for _, w := range add {
		if _, err := t.exec(ctx, `INSERT INTO site_facets (facet, site_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, w, id); err != nil {
			return err
		}
	}
	return nil
}

// gramsOf are the pairs of neighbouring signs of a folded text, the last sign of
// each line paired with the line's end, and the triples of plain ones. A word of
// two signs is found by its pair, one of three plain ones by its triple, one
// sign by all pairs that begin with it; a longer one by all of its pairs and
// triples and a look at the text.
func gramsOf(text string) map[string]bool {
	set := make(map[string]bool, len(text))
	if text == "" {
		return set
	}
	text += "\n"
	for i, r := range text {
		if r == '\n' {
			continue
		}
		n := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, n = utf8.DecodeRuneInString(text[i:])
		}
		_, m := utf8.DecodeRuneInString(text[i+n:])
		set[text[i:i+n+m]] = true
	}
	for i := 3; i < len(text); i++ {
		if plainSign(text[i-3]) && plainSign(text[i-2]) && plainSign(text[i-1]) {
			set["\n"+text[i-3:i]] = true // no pair begins so
		}
	}
	return set
}

// plainSign tells the signs of names and numbers, which have few pairs: texts
// are full of each.
func plainSign(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.'
}

// soughtGrams are the grams by which a word is found, none for a single sign;
// sure tells whether what has them all has the word.
func soughtGrams(w string) (grams []string, sure bool) {
	n := utf8.RuneCountInString(w)
	if n == 1 {
		return nil, true
	}
	plain := strings.IndexFunc(w, func(r rune) bool { return r >= utf8.RuneSelf || !plainSign(byte(r)) }) < 0
	for g := range gramsOf(w) {
		// Of a plain word the triples say more than its pairs.
		if !strings.HasSuffix(g, "\n") && (!plain || n == 2 || g[0] == '\n') {
			grams = append(grams, g)
		}
	}
	slices.Sort(grams)
	return grams, n == 2 || n == 3 && plain
}

// retext moves a site from one folded text to another.
func (s *Store) retext(ctx context.Context, t *tx, id int64, was, is string) error {
	if !s.sets() || was == is {
		return nil
	}
	had, has := gramsOf(was), gramsOf(is)
	for w := range had {
		if !has[w] {
			t.pending.note(t.pending.pairs, w, id, false)
		}
	}
	for w := range has {
		if !had[w] {
			t.pending.note(t.pending.pairs, w, id, true)
		}
	}
	return s.flushFull(ctx, t)
}

// reorder notes that a main domain came or went.
func (s *Store) reorder(t *tx, domain string) {
	if s.sets() {
		t.pending.domains[domain] = true
	}
}

// lookWords are the words that say when a site was last looked at: for each
// counted part the hour of the last look that told something, then the hour of
// the newest look.
func lookWords(ok [3]int64, looked int64) [4]string {
	return [4]string{lookWord(0, ok[0]), lookWord(1, ok[1]), lookWord(2, ok[2]), lookWord(3, looked)}
}

const facetLooked = "3:"

// lookWord is the word of one hour; hours sort as they follow each other.
func lookWord(kind int, us int64) string {
	h := us / 3600e6
	b := []byte("0:0000000")
	b[0] += byte(kind)
	for i := len(b) - 1; h > 0 && i > 1; i, h = i-1, h/10 {
		b[i] = byte('0' + h%10)
	}
	return string(b)
}

// hourOf reads a lookWord.
func hourOf(word string) int64 {
	var h int64
	for i := 2; i < len(word); i++ {
		h = h*10 + int64(word[i]-'0')
	}
	return h
}

// relook moves a site between the hours of its looks; known are the words of
// its entry.
func (s *Store) relook(ctx context.Context, t *tx, id int64, known string, was, is [4]string) error {
	if !s.sets() {
		return nil
	}
	tags := tagsIn(known)
	for i := range was {
		if was[i] == is[i] {
			continue
		}
		if was[i] != "" {
			t.pending.note(t.pending.sets, was[i], id, false)
		}
		if is[i] != "" {
			t.pending.note(t.pending.sets, is[i], id, true)
		}
		for _, tag := range tags {
			t.pending.tags.note(tag, was[i:i+1], -1)
			t.pending.tags.note(tag, is[i:i+1], 1)
		}
	}
	return s.flushFull(ctx, t)
}

func (s *Store) flushFull(ctx context.Context, t *tx) error {
	if t.pending.n+t.pending.tags.n < s.sizes.pending {
		return nil
	}
	return s.flush(ctx, t)
}

// flush writes what a transaction gathered.
func (s *Store) flush(ctx context.Context, t *tx) error {
	p := t.pending
	if p.n == 0 && p.tags.n == 0 && len(p.domains) == 0 {
		return nil
	}
	counts := map[string]int64{}
	if err := flushSets(ctx, t, "site_sets", p.sets, counts); err != nil {
		return err
	}
	if err := errors.Join(flushSets(ctx, t, "site_pairs", p.pairs, nil), flushSets(ctx, t, "shared_pairs", p.shared, nil), flushSets(ctx, t, "message_sets", p.messages, nil)); err != nil {
		return err
	}
	for _, w := range slices.Sorted(maps.Keys(counts)) {
		if counts[w] == 0 {
			continue
		}
		if _, err := t.exec(ctx, `INSERT INTO site_counts (word, n) VALUES ($1, $2) ON CONFLICT (word) DO UPDATE SET n = n + excluded.n`, w, counts[w]); err != nil {
			return err
		}
		if counts[w] < 0 {
			if _, err := t.exec(ctx, `DELETE FROM site_counts WHERE word = $1 AND n = 0`, w); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(p.tags.write(ctx, t), s.flushOrder(ctx, t, p.domains)); err != nil {
		return err
	}
	t.pending = newPending()
	return nil
}

func flushSets(ctx context.Context, t *tx, table string, changes map[string]map[int64][]int32, counts map[string]int64) error {
	for _, w := range slices.Sorted(maps.Keys(changes)) {
		for _, chunk := range slices.Sorted(maps.Keys(changes[w])) {
			var n int64
			var ids []byte
			err := t.row(ctx, `SELECT n, ids FROM `+table+` WHERE word = $1 AND chunk = $2`, []any{w, chunk}, &n, &ids)
			fresh := isNone(err)
			if err != nil && !fresh {
				return err
			}
			var b idBlock
			if !fresh {
				b.mix(n, ids)
			}
			for _, v := range changes[w][chunk] {
				if id := v >> 1; v&1 == 1 {
					b[id>>6] |= 1 << (id & 63)
				} else {
					b[id>>6] &^= 1 << (id & 63)
				}
			}
			had := n
			n, ids = b.stored()
			if counts != nil {
				counts[w] += n - had
			}
			switch {
			case n == 0 && fresh:
			case n == 0:
				_, err = t.exec(ctx, `DELETE FROM `+table+` WHERE word = $1 AND chunk = $2`, w, chunk)
			default:
				_, err = t.exec(ctx, `INSERT INTO `+table+` (word, chunk, n, ids) VALUES ($1, $2, $3, $4) ON CONFLICT (word, chunk) DO UPDATE SET n = excluded.n, ids = excluded.ids`, w, chunk, n, ids)
			}
			if err != nil && !isNone(err) {
				return err
			}
		}
	}
	return nil
}

// flushOrder writes the runs anew that the domains fall into. A run of more
// than twice the length of a new one is cut.
func (s *Store) flushOrder(ctx context.Context, t *tx, domains map[string]bool) error {
	done, some := "", false
	for _, d := range slices.Sorted(maps.Keys(domains)) {
		if some && (done == "" || d < done) {
			continue // in a run that is written already
		}
		first, next := "", ""
		if err := t.row(ctx, `SELECT first FROM site_order WHERE first <= $1 ORDER BY first DESC LIMIT 1`, []any{d}, &first); err != nil && !isNone(err) {
			return err
		}
		if err := t.row(ctx, `SELECT first FROM site_order WHERE first > $1 ORDER BY first LIMIT 1`, []any{first}, &next); err != nil && !isNone(err) {
			return err
		}
		if err := s.writeRuns(ctx, t, first, next); err != nil {
			return err
		}
		if done, some = next, true; next == "" {
			return nil
		}
	}
	return nil
}

// writeRuns writes the order of the domains from first up to, not including,
// next ("": the end).
func (s *Store) writeRuns(ctx context.Context, t *tx, first, next string) error {
	query, args := `SELECT id, site FROM sites WHERE site >= $1 ORDER BY site`, []any{first}
	if next != "" {
		query, args = `SELECT id, site FROM sites WHERE site >= $1 AND site < $2 ORDER BY site`, []any{first, next}
	}
	type run struct {
		first string
		ids   []byte
	}
	runs := []run{{first: first}}
	var id int64
	var site string
	total := 0
	if err := t.each(ctx, query, args, []any{&id, &site}, func() error {
		last := &runs[len(runs)-1]
		if len(last.ids) >= 4*s.sizes.run {
			runs = append(runs, run{first: site})
			last = &runs[len(runs)-1]
		}
		last.ids = binary.LittleEndian.AppendUint32(last.ids, uint32(id)) //nolint:gosec // ids are counted from 1
		total++
		return nil
	}); err != nil {
		return err
	}
	if total <= 2*s.sizes.run && len(runs) > 1 { // not yet worth cutting
		for _, r := range runs[1:] {
			runs[0].ids = append(runs[0].ids, r.ids...)
		}
		runs = runs[:1]
	}
	if _, err := t.exec(ctx, `DELETE FROM site_order WHERE first = $1`, first); err != nil {
		return err
	}
	for _, r := range runs {
		if len(r.ids) == 0 {
			continue
		}
		if _, err := t.exec(ctx, `INSERT INTO site_order (first, n, ids) VALUES ($1, $2, $3)`, r.first, len(r.ids)/4, r.ids); err != nil {
			return err
		}
	}
	return nil
}
