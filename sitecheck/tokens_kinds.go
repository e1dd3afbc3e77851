package sitecheck

import (
	"bytes"

	"golang.org/x/net/html/atom"
)

// This file holds the kinds of elements (HTML Standard, §13.1.2, §13.2.4.2) and
// the matching of selectors.

// unknownTag and beyond are tags that HTML does not know; they are told apart
// by a hash of their names.
const unknownTag atom.Atom = 0xFF000000

// tagOf is the atom of a tag's name in lower case.
func tagOf(name []byte) atom.Atom {
	if a := atom.Lookup(name); a != 0 {
		return a
	}
	h := uint32(2166136261)
	for _, c := range name {
		h = (h ^ uint32(c)) * 16777619
	}
	return unknownTag | atom.Atom((h^h>>24)&0x00FFFF00) | 1
}

// tagKinds are the kinds of a tag, a bit for each of the functions below.
type tagKinds uint16

const (
	voidTag tagKinds = 1 << iota
	blockTag
	formattingTag
	boundaryTag
	tablePartTag
	headingTag
	needsTableTag
	tableFrameTag
	cellTag
	unseenTag  // neverShown
	textTag    // its content is text of its own, not markup
	wrapperTag // html, head, body: there is one, whatever the page says
	closerTag  // its start ends other elements, blocks aside
	deafTag    // its end tag ends nothing
	svgTag     // is not shown within an <svg>
)

// kindsOf gathers the kinds of a tag.
func kindsOf(tag atom.Atom) (k tagKinds) {
	for _, kind := range [...]struct {
		is  bool
		bit tagKinds
	}{
		{isVoid(tag), voidTag}, {isBlock(tag), blockTag}, {isFormatting(tag), formattingTag}, {isBoundary(tag), boundaryTag},
		{isTablePart(tag), tablePartTag}, {isHeading(tag), headingTag}, {needsTable(tag), needsTableTag},
		{isTableFrame(tag), tableFrameTag}, {isCell(tag), cellTag}, {neverShown(tag), unseenTag}, {holdsText(tag), textTag},
		{tag == atom.Html || tag == atom.Body || tag == atom.Head, wrapperTag}, {isCloser(tag), closerTag}, {isDeaf(tag), deafTag},
		{tag == atom.Desc || tag == tagOf([]byte("defs")) || tag == tagOf([]byte("symbol")), svgTag},
	} {
		if kind.is {
			k |= kind.bit
		}
	}
	return k
}

// holdsText tells of elements whose content is not markup.
func holdsText(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Title, atom.Xmp, atom.Plaintext, atom.Textarea, atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript:
		return true
	}
	return false
}

// isCloser tells of elements whose start ends others; see impliedEnds.
func isCloser(tag atom.Atom) bool {
	switch tag {
	case atom.Li, atom.Dt, atom.Dd, atom.Option, atom.Td, atom.Th, atom.Tr, atom.A, atom.Button:
		return true
	}
	return isHeading(tag)
}

// isDeaf tells of elements whose end tag is passed over: they end with the page,
// or with their text.
func isDeaf(tag atom.Atom) bool {
	switch tag {
	case 0, atom.Html, atom.Body, atom.Head, atom.Script, atom.Style, atom.Title, atom.Iframe, atom.Noscript, atom.Textarea:
		return true
	}
	return false
}

// isVoid tells of elements without content and end tag.
func isVoid(tag atom.Atom) bool {
	switch tag {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Param,
		atom.Source, atom.Track, atom.Wbr, atom.Frame, atom.Keygen, atom.Basefont, atom.Bgsound, atom.Image:
		return true
	}
	return false
}

// isBlock tells of elements that stand on lines of their own.
func isBlock(tag atom.Atom) bool {
	switch tag {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Center, atom.Dd, atom.Details, atom.Dialog, atom.Dir,
		atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3,
		atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Li, atom.Listing, atom.Main, atom.Menu, atom.Nav, atom.Ol,
		atom.P, atom.Pre, atom.Section, atom.Summary, atom.Table, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr,
		atom.Ul, atom.Caption, atom.Marquee, atom.Legend, atom.Option, atom.Optgroup, atom.Search:
		return true
	}
	return false
}

// isFormatting tells of elements that may end before those within them do.
func isFormatting(tag atom.Atom) bool {
	switch tag {
	case atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Strike, atom.Strong,
		atom.Tt, atom.U:
		return true
	}
	return false
}

// isBoundary tells of elements that an end tag does not reach beyond.
func isBoundary(tag atom.Atom) bool {
	switch tag {
	case atom.Table, atom.Td, atom.Th, atom.Caption, atom.Template, atom.Object, atom.Applet, atom.Button, atom.Marquee, atom.Foreignobject:
		return true
	}
	return false
}

// isTablePart tells of elements whose end tags do reach beyond a cell.
func isTablePart(tag atom.Atom) bool {
	switch tag {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Td, atom.Th, atom.Caption, atom.Template, atom.Object,
		atom.Applet, atom.Button, atom.Marquee, atom.Svg, atom.Foreignobject:
		return true
	}
	return false
}

func isHeading(tag atom.Atom) bool {
	switch tag {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// needsTable tells of elements that exist only within a table.
func needsTable(tag atom.Atom) bool {
	switch tag {
	case atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Td, atom.Th, atom.Caption, atom.Col, atom.Colgroup:
		return true
	}
	return false
}

// isTableFrame tells of the parts of a table that hold no content themselves.
func isTableFrame(tag atom.Atom) bool {
	switch tag {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr:
		return true
	}
	return false
}

func isCell(tag atom.Atom) bool { return tag == atom.Td || tag == atom.Th || tag == atom.Caption }

// neverShown tells of elements whose content no visitor with scripts sees:
// templates, lists of choices, what stands in for a plug-in, a picture, a
// player or a gauge that works.
func neverShown(tag atom.Atom) bool {
	switch tag {
	case atom.Template, atom.Select, atom.Datalist, atom.Object, atom.Applet, atom.Audio, atom.Video, atom.Canvas, atom.Rp,
		atom.Noscript, atom.Noframes, atom.Noembed, atom.Frameset, atom.Math, atom.Progress, atom.Meter:
		return true
	}
	return false
}

// inSVG tells whether an <svg> is open.
func (p *pageParser) inSVG() bool {
	for i := len(p.stack) - 1; i >= 0; i-- {
		switch p.stack[i].tag {
		case atom.Svg:
			return true
		case atom.Foreignobject:
			return false
		}
	}
	return false
}

// foreign tells whether a self-closing tag closes the element: in SVG only.
func (p *pageParser) foreign(tag atom.Atom) bool { return tag == atom.Svg || p.inSVG() }

// ruled is what the rules of the style sheet say of a tag being opened, whose
// ancestors are on the stack. (The tag itself may be on it already; then its
// own entry is stepped over.)
func (p *pageParser) ruled(tag atom.Atom, a tagAttrs) style {
	var hits ruleHits
	sheet := &p.styles
	for rest := a.get(attrClass); len(rest) > 0; {
		var class []byte
		if class, rest = cutWord(rest); len(class) > 0 && len(class) < 128 {
			if at := hint('.', class); sheet.hints[at] {
				p.hits(&hits, sheet.first[at], ruleKey{'.', class}, tag, a)
			}
		}
	}
	if id := a.get(attrID); len(id) > 0 && len(id) < 128 {
		if at := hint('#', id); sheet.hints[at] {
			p.hits(&hits, sheet.first[at], ruleKey{'#', id}, tag, a)
		}
	}
	if tag != 0 && sheet.tags[slot(tag)] {
		p.hits(&hits, sheet.first[slot(tag)], ruleKey{'<', []byte(tag.String())}, tag, a)
	}
	n, list := hits.n, &hits.rules
	if n == 0 {
		return style{}
	}
	var s style
	for i := 1; i < n; i++ { // stable insertion by specificity
		for j := i; j > 0 && list[j].weight < list[j-1].weight; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	for i := range n {
		s = s.over(list[i].style)
	}
	return s
}

// ruleHits are the rules that fit a tag.
type ruleHits struct {
	rules [16]*rule
	n     int
}

// ruleKey is what rules are kept by.
type ruleKey struct {
	kind byte
	name []byte
}

// maxCompared bounds how often rules are held against elements and what they
// stand in, on one page: an ordinary page asks for some ten thousand.
const maxCompared = 10_000_000

// hits gathers the rules of a key that fit the tag; first is 1 + the place of the
// first rule of the key's hint.
func (p *pageParser) hits(to *ruleHits, first int32, key ruleKey, tag atom.Atom, a tagAttrs) {
	for i := first; i > 0 && to.n < len(to.rules); {
		if p.compared++; p.compared > maxCompared {
			p.tooDeep = true
			return
		}
		r := &p.styles.rules[i-1]
		if i = r.next; r.kind == key.kind && r.key == string(key.name) && p.matches(r, tag, a) {
			to.rules[to.n] = r
			to.n++
		}
	}
}

// concerns tells whether the sheet may have a rule for a tag like this: most
// tags it has none for. Only rules that hide count, or all.
func (s *styleSheet) concerns(tag atom.Atom, a tagAttrs, class classMarks, all bool) bool {
	if all {
		return class&classRuled != 0 || s.tags[slot(tag)] || len(a.get(attrID)) > 0 && s.hints[hint('#', a.get(attrID))]
	}
	return class&classHiding != 0 || s.hidingTags[slot(tag)] || len(a.get(attrID)) > 0 && s.hiding[hint('#', a.get(attrID))]
}

// classMarks is what a class attribute tells of its element.
type classMarks uint8

const (
	classRuled  classMarks = 1 << iota // the sheet may have rules for one of the classes
	classHiding                        // the sheet may have rules that hide
	classLogo                          // the classes call it a logo
	classKnown
)

// classMemo remembers the marks of short class attributes: pages repeat them.
type classMemo [64]struct {
	low, high uint64
	marks     classMarks
}

// marksOf tells what a class attribute, z.part(at), tells.
func (p *pageParser) marksOf(class []byte) classMarks {
	n := len(class)
	if n == 0 {
		return 0
	}
	if n > 16 {
		return p.styles.marks(class)
	}
	low, high := word(class, 0, min(n, 8)), uint64(n)
	if n > 8 {
		high ^= word(class, n-8, n)
	}
	e := &p.classes[wordHash(low^high*31)>>58]
	if e.low != low || e.high != high || e.marks == 0 {
		e.low, e.high, e.marks = low, high, p.styles.marks(class)|classKnown
	}
	return e.marks
}

// marks finds out what a class attribute tells.
func (s *styleSheet) marks(class []byte) (m classMarks) {
	for rest := class; len(rest) > 0; {
		var name []byte
		if name, rest = cutWord(rest); len(name) > 0 {
			at := hint('.', name)
			if s.hints[at] {
				m |= classRuled
			}
			if s.hiding[at] {
				m |= classHiding
			}
		}
	}
	if hasWord(class, "logo") || len(class) >= len("sitename") &&
		(hasWord(class, "site-name") || hasWord(class, "site-title") || hasWord(class, "sitename") || hasWord(class, "navbar-brand")) {
		m |= classLogo
	}
	return m
}

// cutWord cuts the first word off a list of classes.
func cutWord(b []byte) (word, rest []byte) {
	i := 0
	for i < len(b) && tagBytes[b[i]]&inSpace != 0 {
		i++
	}
	j := i
	for j < len(b) && tagBytes[b[j]]&inSpace == 0 {
		j++
	}
	return b[i:j], b[j:]
}

// hint is where a style sheet notes that it has rules for a name like this.
func hint(kind byte, name []byte) uint8 {
	return kind + name[0]*7 + name[len(name)-1]*31 + uint8(len(name))*57
}

// matches tells whether a rule's selector fits the tag being opened.
func (p *pageParser) matches(r *rule, tag atom.Atom, a tagAttrs) bool {
	last := len(r.parts) - 1
	if !fits(&r.parts[last], tag, a.get(attrClass), a.get(attrID)) {
		return false
	}
	at := len(p.stack) - 1
	if at >= 0 && p.stack[at].tag == tag && bytes.Equal(p.classOf(at), a.get(attrClass)) && bytes.Equal(p.idOf(at), a.get(attrID)) && !isVoid(tag) {
		at-- // the element itself
	}
	for k := last - 1; k >= 0; k-- {
		child := r.parts[k+1].child
		for {
			if at < 0 {
				return false
			}
			e := at
			at--
			p.compared++
			if fits(&r.parts[k], p.stack[e].tag, p.classOf(e), p.idOf(e)) {
				break
			}
			if child {
				return false
			}
		}
	}
	return true
}

func (p *pageParser) classOf(i int) []byte { return p.arena[p.stack[i].class:p.stack[i].id] }
func (p *pageParser) idOf(i int) []byte    { return p.arena[p.stack[i].id:p.stack[i].end] }

// fits tells whether a compound selector fits an element.
func fits(c *compound, tag atom.Atom, class, id []byte) bool {
	if c.tag != 0 && c.tag != tag || c.id != "" && c.id != string(id) {
		return false
	}
	for _, want := range c.classes {
		found := false
		for rest := class; len(rest) >= len(want) && !found; {
			var have []byte
			have, rest = cutWord(rest)
			found = string(have) == want
		}
		if !found {
			return false
		}
	}
	return true
}

// isLogo tells whether class, id, file or words of an element call it a logo.
func isLogo(a tagAttrs, class classMarks) bool {
	return class&classLogo != 0 || a.has(attrID) && hasWord(a.get(attrID), "logo") || a.has(attrSrc) && hasWord(a.get(attrSrc), "logo")
}

// hasWord tells whether b holds word in any case, not in the middle of a longer
// one: header-logo, logo.png, topLogo, but not catalogo.
func hasWord(b []byte, word string) bool {
	if len(b) < len(word) || len(b) > 1<<10 {
		return false
	}
	for from := 0; ; {
		i := indexFold(b[from:], word)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(word)
		before := i == 0 || !isLower(b[i-1]) || b[i] < 'a' && isLower(b[i-1])
		after := end == len(b) || !isLower(b[end]) || bytes.HasPrefix(b[end:], []byte("img")) || bytes.HasPrefix(b[end:], []byte("box"))
		if before && after {
			return true
		}
		from = end
	}
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// indexFold is strings.Index for an ASCII word in lower case, in any case of s.
func indexFold[S ~string | ~[]byte](s S, word string) int {
	first, second := word[0], word[1]|0x20
	for i := 0; i+len(word) <= len(s); i++ {
		for s[i]|0x20 != first {
			if i++; i+len(word) > len(s) {
				return -1
			}
		}
		if s[i+1]|0x20 != second {
			continue
		}
		k := 2
		for k < len(word) && (s[i+k] == word[k] || isLower(word[k]) && s[i+k]|0x20 == word[k]) {
			k++
		}
		if k == len(word) && (s[i] == first || isLower(first)) && (s[i+1] == word[1] || isLower(word[1])) {
			return i
		}
	}
	return -1
}
