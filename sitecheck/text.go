package sitecheck

import (
	"unicode/utf8"
	"unsafe"
)

// textWindow is the visible text, as much of it as is still to be read: blanks
// collapsed, blocks on lines of their own, and for each stretch the link it
// stands in.
type textWindow struct {
	buf   []byte
	marks []linkMark // in the order of offsets
	links []pageLink // 0 is no link
	hrefs []byte     // the bytes of the links' targets
	done  int        // buf[:done] was read already and is kept as context
	link  int        // the link that text now stands in
	runes int        // visible characters so far, blanks aside
	space bool       // a blank is due before the next character
}

// linkMark: from off on, text stands in link.
type linkMark struct{ off, link int }

// pageLink is an anchor: its href is hrefs[start:mid], what a click runs
// hrefs[mid:end]. What it opens is found out only where a number stands in it.
type pageLink struct {
	start, mid, end int
	script          bool // href is what a script opens that a click runs
}

// windowSize is how much text is gathered before it is read; windowKeep how
// much of it stays as context. A number with its label is far shorter.
const (
	windowSize = 64 << 10
	windowKeep = 512
)

// newLink remembers a target and returns its number.
func (w *textWindow) newLink(href, click []byte, script bool) int {
	if len(w.links) == 0 {
		w.links = append(w.links, pageLink{})
	}
	l := pageLink{start: len(w.hrefs), script: script}
	w.hrefs = append(w.hrefs, href[:min(len(href), maxHref)]...)
	l.mid = len(w.hrefs)
	w.hrefs = append(w.hrefs, click[:min(len(click), maxHref)]...)
	l.end = len(w.hrefs)
	w.links = append(w.links, l)
	return len(w.links) - 1
}

// maxHref bounds the target of one link.
const maxHref = 4 << 10

// href is the target of a link and whether a script opens it.
func (w *textWindow) href(link int) (string, bool) {
	l := w.links[link]
	href := string(w.hrefs[l.start:l.mid])
	if l.script {
		return href, true
	}
	return anchorTarget(href, string(w.hrefs[l.mid:l.end]))
}

// mark notes that text from here on stands in the current link.
func (w *textWindow) mark() {
	last := 0
	if n := len(w.marks); n > 0 {
		last = w.marks[n-1].link
	}
	if last != w.link {
		w.marks = append(w.marks, linkMark{len(w.buf), w.link})
	}
}

// tally counts the bytes of a run of text by their classes, 16 bits for each.
type tally uint64

// maxTally is how many bytes are counted; more count as of all classes.
const maxTally = 16 << 10

// The counts of a tally.
const (
	inShown     = 16 * iota // characters that show
	inBlank                 // blanks
	inPart                  // bytes that may part labels
	inReference             // & and carriage returns: the text is not as it reads
)

func (t tally) has(kind int) bool  { return t>>kind&0xFFFF != 0 }
func (t tally) count(kind int) int { return int(t >> kind & 0xFFFF) }

// tallies is read only.
var tallies = func() *[256]tally {
	var t [256]tally
	for c := range t {
		classes := tagBytes[c]
		for _, in := range [...]struct {
			is   bool
			kind int
		}{{classes&inView != 0, inShown}, {classes&inSpace != 0, inBlank}, {classes&inBreak != 0, inPart}, {c == '&' || c == '\r', inReference}} {
			if in.is {
				t[c] += 1 << in.kind
			}
		}
	}
	return &t
}()

// tallyOf counts b.
func tallyOf(b []byte) (t tally) {
	if len(b) > maxTally {
		return 1<<inShown | 1<<inBlank | 1<<inPart | 1<<inReference
	}
	counts := tallies
	for ; len(b) >= 8; b = b[8:] {
		t += counts[b[0]] + counts[b[1]] + counts[b[2]] + counts[b[3]] + counts[b[4]] + counts[b[5]] + counts[b[6]] + counts[b[7]]
	}
	for _, c := range b {
		t += counts[c]
	}
	return t
}

// add appends text as it is shown: runs of white space become one blank.
func (w *textWindow) add(b []byte, t tally) {
	switch {
	case t.has(inBlank):
		w.addSpaced(b)
	case len(b) > 0:
		w.runes += t.count(inShown)
		w.addSolid(b)
	}
}

// addSpaced appends text with blanks in it.
func (w *textWindow) addSpaced(b []byte) {
	t := tagBytes
	for i := 0; i < len(b); {
		if t[b[i]]&inSpace != 0 {
			w.space = true
			i++
			continue
		}
		j, shown := i, 0
		for ; j < len(b); j++ {
			c := t[b[j]]
			if c&inSpace != 0 {
				break
			}
			shown += int(c & inView)
		}
		w.runes += shown / inView
		w.addSolid(b[i:j])
		i = j
	}
}

// addSolid appends text without blanks.
func (w *textWindow) addSolid(b []byte) {
	if w.space {
		if n := len(w.buf); n > 0 && w.buf[n-1] != '\n' {
			w.buf = append(w.buf, ' ')
		}
		w.space = false
	}
	w.mark()
	w.buf = append(w.buf, b...)
}

// text is the window as it stands, without a copy: no byte of it is written
// again until the page is done, since text is only appended and slide begins
// with new memory. What outlives the page is to be copied.
func (w *textWindow) text() string { return unsafe.String(unsafe.SliceData(w.buf), len(w.buf)) }

// breakLine ends the line.
func (w *textWindow) breakLine() {
	w.space = false
	if n := len(w.buf); n > 0 && w.buf[n-1] != '\n' {
		w.buf = append(w.buf, '\n')
	}
}

// linkOver finds the link that a stretch of text stands in: of several the one
// that covers most of it.
func (w *textWindow) linkOver(start, end int) int {
	best, most := 0, 0
	for i := w.markAt(start); i < len(w.marks); i++ {
		from, to := max(start, w.marks[i].off), end
		if w.marks[i].off >= end {
			break
		}
		if i+1 < len(w.marks) {
			to = min(end, w.marks[i+1].off)
		}
		if w.marks[i].link != 0 && to-from > most {
			best, most = w.marks[i].link, to-from
		}
	}
	return best
}

// markAt is the index of the last mark at or before off, or 0.
func (w *textWindow) markAt(off int) int {
	lo, hi := 0, len(w.marks)
	for lo < hi {
		mid := (lo + hi) / 2
		if w.marks[mid].off <= off {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return max(0, lo-1)
}

// slide drops what was read but for the last bytes, and the links of what was
// dropped. open are links of elements that are still open; they are given
// their new numbers.
func (w *textWindow) slide(cut int, open []*int) {
	from := max(0, cut-windowKeep)
	for from > 0 && !utf8.RuneStart(w.buf[from]) {
		from--
	}
	old := *w
	w.buf = append(make([]byte, 0, windowSize+windowKeep), old.buf[from:]...)
	w.marks, w.links, w.hrefs = nil, nil, nil
	moved := map[int]int{0: 0}
	move := func(link int) int {
		to, ok := moved[link]
		if !ok {
			l := old.links[link]
			to = w.newLink(old.hrefs[l.start:l.mid], old.hrefs[l.mid:l.end], l.script)
			moved[link] = to
		}
		return to
	}
	if len(old.marks) > 0 {
		for i := old.markAt(from); i < len(old.marks); i++ {
			w.marks = append(w.marks, linkMark{max(0, old.marks[i].off-from), move(old.marks[i].link)})
		}
	}
	w.link = move(old.link)
	for _, link := range open {
		*link = move(*link)
	}
	w.done = cut - from
}

func isHTMLSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }
