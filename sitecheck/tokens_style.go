package sitecheck

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
)

// This file reads of CSS what decides whether an element is seen: inline
// styles, and the rules of <style> elements whose selectors are made of tags,
// classes and ids.

// style is what some declarations say. The zero value says nothing.
type style struct {
	display    int8 // 1 none, 2 shown
	visibility int8 // 1 hidden, 2 visible
	font       int8 // 1 of no size, 2 of some size
	paint      int8 // 1 text that cannot be told from what is behind it, 2 of some colour
	gone       int8 // 1 drawn, but where or how nobody sees it; 2 not so
	important  bool // of display
}

// over lays b over a.
func (a style) over(b style) style {
	if b.display != 0 && (!a.important || b.important) {
		a.display, a.important = b.display, b.important
	}
	if b.visibility != 0 {
		a.visibility = b.visibility
	}
	if b.font != 0 {
		a.font = b.font
	}
	if b.paint != 0 {
		a.paint = b.paint
	}
	if b.gone != 0 {
		a.gone = b.gone
	}
	return a
}

// parseStyle reads declarations: the value of a style attribute, or the block
// of a rule.
func parseStyle(b []byte) style {
	var s style
	var x box
	if bytes.IndexByte(b, '\\') >= 0 || bytes.Contains(b, []byte("/*")) {
		b = unescaped(stripComments(b))
	}
	for len(b) > 0 {
		var decl []byte
		decl, b, _ = bytes.Cut(b, []byte{';'})
		name, value, ok := bytes.Cut(decl, []byte{':'})
		if !ok {
			continue
		}
		var nbuf [32]byte
		var vbuf [maxValue]byte
		if name = lowerInto(nbuf[:0], name); !isOfUse(name) {
			continue
		}
		value = lowerInto(vbuf[:0], value)
		important := false
		if i := bytes.IndexByte(value, '!'); i >= 0 {
			important = bytes.Contains(value[i:], []byte("important"))
			value = bytes.TrimSpace(value[:i])
		}
		if len(value) == 0 {
			continue
		}
		s.declare(&x, name, value, important)
	}
	x.judge(&s)
	return s
}

// unescaped undoes the escapes of CSS (Syntax Level 3 §4.3.7) that stand for
// characters of words. Any other is part of a word that nothing here knows, and
// no punctuation or blank: "display: none\9" is not read, but by Internet
// Explorer.
func unescaped(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		c := b[0]
		b = b[1:]
		if c != '\\' || len(b) == 0 {
			out = append(out, c)
			continue
		}
		n, digits := int(b[0]), 0 // the character itself, or its number
		for code := 0; digits < min(6, len(b)) && unhex(b[digits]) >= 0; digits++ {
			code = code<<4 | unhex(b[digits])
			n = code
		}
		if b = b[max(1, digits):]; digits > 0 && len(b) > 0 && isHTMLSpace(b[0]) {
			b = b[1:]
		}
		if n >= utf8.RuneSelf || n != '-' && !isWordByte(byte(n)) {
			n = '?'
		}
		out = append(out, byte(n))
	}
	return out
}

// isOfUse tells of the properties that decide whether an element is seen.
func isOfUse(name []byte) bool {
	switch string(name) {
	case "display", "visibility", "content-visibility", "opacity", "filter", "font-size", "font", "text-indent", "transform", "clip-path",
		"position", "left", "top", "right", "bottom", "inset-inline-start", "margin-left", "margin-top", "overflow", "overflow-x", "overflow-y",
		"width", "height", "max-width", "max-height", "clip", "color", "background", "background-color", "background-clip", "-webkit-background-clip",
		"animation", "animation-name", "-webkit-animation":
		return true
	}
	return false
}

// declare takes one declaration, both sides in lower case.
func (s *style) declare(x *box, name, value []byte, important bool) {
	switch string(name) {
	case "display":
		if s.important && !important {
			return
		}
		s.display, s.important = 2, important
		if string(value) == "none" {
			s.display = 1
		}
	case "visibility":
		s.visibility = 2
		if string(value) == "hidden" || string(value) == "collapse" {
			s.visibility = 1
		}
	case "content-visibility":
		if string(value) == "hidden" {
			s.gone = 1
		}
	case "opacity":
		s.gone = 2
		x.clear = isZero(value)
	case "filter":
		if bytes.HasPrefix(value, []byte("opacity(0")) && !bytes.HasPrefix(value, []byte("opacity(0.")) ||
			bytes.HasPrefix(value, []byte("alpha(opacity=0)")) {
			s.gone = 1
		}
	case "font-size":
		s.font = 2
		if isZero(value) {
			s.font = 1
		}
	case "font":
		s.font = 2
		for len(value) > 0 {
			f := value
			if value = nil; len(f) > 0 {
				if i := bytes.IndexFunc(f, unicode.IsSpace); i >= 0 {
					_, n := utf8.DecodeRune(f[i:])
					f, value = f[:i], f[i+n:]
				}
			}
			if size, _, _ := bytes.Cut(f, []byte{'/'}); len(size) > 0 && size[0] == '0' && isZero(size) {
				s.font = 1
			}
		}
	case "text-indent":
		if isFar(value) {
			s.gone = 1
		}
	case "transform":
		if bytes.HasPrefix(value, []byte("scale(0)")) || bytes.HasPrefix(value, []byte("scale(0,")) {
			s.gone = 1
		}
		x.declare(name, value)
	case "clip-path":
		if bytes.HasPrefix(value, []byte("inset(50%")) || bytes.HasPrefix(value, []byte("inset(100%")) || string(value) == "circle(0)" {
			s.gone = 1
		}
	default:
		x.declare(name, value)
	}
}

// lowerInto appends b in lower case, blanks trimmed, as far as there is room.
func lowerInto(dst, b []byte) []byte {
	b = bytes.TrimSpace(b)
	if len(b) > cap(dst) {
		b = b[:cap(dst)]
	}
	for _, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// rule is one selector with its style: the compounds of the selector, the
// element's own last.
type rule struct {
	kind   byte   // what the last compound asks for first: '#' an id, '.' a class, '<' a tag
	key    string // its name
	parts  []compound
	style  style
	weight int   // specificity; the order of the rules decides between equals
	next   int32 // 1 + the place of the next rule of the same hint
}

// compound is a simple selector: div.a.b#c. child tells of a > before it.
type compound struct {
	tag     atom.Atom // 0 is any
	id      string
	classes []string
	child   bool
}

// styleSheet holds the rules that matter, in their order, chained by a hint of
// what they are kept by.
type styleSheet struct {
	rules       []rule
	first, last [256]int32 // by hint: 1 + the place of a rule
	parts       []compound // memory of the rules
	names       []string   // memory of the compounds
	nestedBytes int        // of the selectors of rules within rules

	hints [256]bool // of the classes and ids that rules are kept by
	tags  [256]bool // of the tags, by slot

	hiding, hidingTags [256]bool // the same of rules that hide
}

// styleMemory is what a sheet takes over from the one before.
type styleMemory struct {
	rules []rule
	parts []compound
	names []string
}

// with gives the sheet memory, memory takes it back unless it grew large.
func (s *styleSheet) with(m styleMemory) {
	s.rules, s.parts, s.names = m.rules[:0], m.parts[:0], m.names[:0]
}

func (s *styleSheet) memory() styleMemory {
	if cap(s.rules) > 256 || cap(s.parts) > 1024 || cap(s.names) > 1024 {
		return styleMemory{}
	}
	return styleMemory{s.rules, s.parts, s.names}
}

// Bounds of a style sheet: what is beyond them is not read.
const (
	maxRules    = 4000
	maxSelector = 300
)

// add reads the text of a <style> element.
func (s *styleSheet) add(css []byte) {
	if bytes.IndexByte(css, '{') < 0 {
		return
	}
	s.block(stripComments(css), 0, false)
}

// block reads rules until the text ends. At-rules are stepped over but for
// media that a screen always has, layers and supports; of media that a wide
// screen has, what shows counts and what hides does not, since it is seen on a
// narrow one.
func (s *styleSheet) block(css []byte, depth int, shows bool) {
	for len(css) > 0 && len(s.rules) < maxRules {
		openAt := bytes.IndexByte(css, '{')
		if openAt < 0 {
			return
		}
		prelude := css[:openAt]
		if i := bytes.LastIndexByte(prelude, ';'); i >= 0 {
			prelude = prelude[i+1:] // @import …;
		}
		prelude = bytes.TrimSpace(prelude)
		body, rest := cutBlock(css[openAt+1:])
		css = rest
		if len(prelude) > 0 && prelude[0] == '@' {
			switch {
			case depth >= 4:
			case alwaysApplies(prelude):
				s.block(body, depth+1, shows)
			case onWideScreens(prelude):
				s.block(body, depth+1, true)
			}
			continue
		}
		s.ruleSet(prelude, body, depth, shows)
	}
}

// alwaysApplies tells whether the rules of an at-rule hold on any screen.
func alwaysApplies(prelude []byte) bool {
	var buf [64]byte
	p := lowerInto(buf[:0], prelude)
	switch string(p) {
	case "@media screen", "@media all", "@media only screen", "@media":
		return true
	}
	return bytes.HasPrefix(p, []byte("@layer")) || bytes.HasPrefix(p, []byte("@supports (")) && !bytes.Contains(p, []byte("not"))
}

// onWideScreens tells whether a media rule holds on a desktop's screen: all it
// asks is a width of at least at most 1200 pixels (75em).
func onWideScreens(prelude []byte) bool {
	var buf [96]byte
	p := lowerInto(buf[:0], prelude)
	if len(p) == cap(p) {
		return false
	}
	p, ok := bytes.CutPrefix(p, []byte("@media"))
	if !ok {
		return false
	}
	p = bytes.ReplaceAll(p, []byte{' '}, nil)
	for _, word := range [...]string{"only", "screen", "all", "and"} {
		p = bytes.TrimPrefix(p, []byte(word))
	}
	for _, least := range [...]string{"(min-width:", "(width>=", "(width>"} {
		if p, ok = bytes.CutPrefix(p, []byte(least)); ok {
			break
		}
	}
	if !ok {
		return false
	}
	n, i := 0, 0
	for ; i < len(p) && '0' <= p[i] && p[i] <= '9' && n < 10_000; i++ {
		n = n*10 + int(p[i]-'0')
	}
	for i < len(p) && (p[i] == '.' || '0' <= p[i] && p[i] <= '9') {
		i++
	}
	switch string(p[i:]) {
	case "px)":
		return n <= 1200
	case "em)", "rem)":
		return n <= 75
	}
	return false
}

// forScreens tells whether the media attribute of a <style> names a screen, or
// is absent.
func forScreens(media []byte) bool {
	var buf [64]byte
	switch string(lowerInto(buf[:0], media)) {
	case "", "all", "screen", "only screen", "screen, projection", "screen,projection", "screen, print", "screen,print":
		return true
	}
	return false
}

// shown is what of a style shows.
func (s style) shown() style {
	if s.display == 1 {
		s.display, s.important = 0, false
	}
	if s.visibility == 1 {
		s.visibility = 0
	}
	if s.font == 1 {
		s.font = 0
	}
	if s.paint == 1 {
		s.paint = 0
	}
	if s.gone == 1 {
		s.gone = 0
	}
	return s
}

// cutBlock cuts css behind the brace that closes a block opened before it.
func cutBlock(css []byte) (body, rest []byte) {
	depth := 1
	for i, c := range css {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return css[:i], css[i+1:]
			}
		}
	}
	return css, nil
}

// stripComments drops /* … */ and the <!-- --> that old pages put around.
func stripComments(css []byte) []byte {
	if !bytes.Contains(css, []byte("/*")) && !bytes.Contains(css, []byte("<!--")) {
		return css
	}
	out := make([]byte, 0, len(css))
	for len(css) > 0 {
		i := bytes.Index(css, []byte("/*"))
		if i < 0 {
			out = append(out, css...)
			break
		}
		out = append(out, css[:i]...)
		end := bytes.Index(css[i+2:], []byte("*/"))
		if end < 0 {
			break
		}
		css = css[i+2+end+2:]
	}
	out = bytes.ReplaceAll(out, []byte("<!--"), nil)
	return bytes.ReplaceAll(out, []byte("-->"), nil)
}

// rule keeps one selector, if it is made of tags, classes and ids only.
func (s *styleSheet) rule(selector []byte, st style) {
	selector = bytes.TrimSpace(selector)
	if len(selector) == 0 || len(selector) > maxSelector || len(s.rules) >= maxRules {
		return
	}
	r := rule{style: st}
	parts, names := len(s.parts), len(s.names)
	tag, ok := s.compounds(&r, string(selector))
	if !ok {
		s.parts, s.names = s.parts[:parts], s.names[:names]
		return
	}
	r.parts = s.parts[parts:len(s.parts):len(s.parts)]
	last := &r.parts[len(r.parts)-1]
	if isRevealed(last.classes) {
		r.style = st.revealed()
	}
	switch {
	case last.id != "":
		r.kind, r.key = '#', last.id
	case len(last.classes) > 0:
		r.kind, r.key = '.', last.classes[0]
	case tag == "" || tag == "body" || tag == "html":
		return // pages hide their body until a script shows it
	default:
		r.kind, r.key = '<', tag
	}
	hides := r.style != r.style.shown()
	at := s.place(r.kind, last.tag, r.key)
	if r.kind == '<' {
		s.tags[slot(last.tag)] = true
		s.hidingTags[slot(last.tag)] = s.hidingTags[slot(last.tag)] || hides
	} else {
		s.hints[at] = true
		s.hiding[at] = s.hiding[at] || hides
	}
	s.rules = append(s.rules, r)
	if n := int32(len(s.rules)); s.last[at] == 0 {
		s.first[at], s.last[at] = n, n
	} else {
		s.rules[s.last[at]-1].next, s.last[at] = n, n
	}
}

// place is the hint of what a rule is kept by.
func (s *styleSheet) place(kind byte, tag atom.Atom, key string) uint8 {
	if kind == '<' {
		return slot(tag)
	}
	return hint(kind, []byte(key))
}

// compounds reads the compounds of a selector, eight at most, into the memory of
// the sheet; tag is the name of the last one's.
func (s *styleSheet) compounds(r *rule, selector string) (tag string, ok bool) {
	child, n := false, 0
	for i := 0; i < len(selector); {
		from := i
		for i < len(selector) && tagBytes[selector[i]]&inSpace == 0 && selector[i] != '>' {
			i++
		}
		if from == i { // a blank or >
			child = child || selector[i] == '>'
			i++
			continue
		}
		c, name, weight, ok := s.compound(selector[from:i])
		if !ok || n >= 8 {
			return "", false
		}
		c.child, child = child, false
		s.parts = append(s.parts, c)
		r.weight += weight
		tag, n = name, n+1
	}
	return tag, n > 0
}

// compound reads div.a#b; anything else (:hover, [x], *, +, ~) is refused.
func (s *styleSheet) compound(part string) (c compound, tag string, weight int, ok bool) {
	names := len(s.names)
	for i := 0; i < len(part); {
		kind := part[i]
		j := i
		if kind == '.' || kind == '#' {
			j++
		}
		start := j
		escaped := false
		for j < len(part) && (isNameByte(part[j]) || part[j] == '\\') {
			if part[j] == '\\' {
				if j++; j == len(part) || unhex(part[j]) >= 0 {
					return c, "", 0, false
				}
				escaped = true
			}
			j++
		}
		name := part[start:j]
		if escaped { // .md\:block
			name = strings.ReplaceAll(name, `\`, "")
		}
		if name == "" {
			return c, "", 0, false
		}
		switch {
		case kind == '.':
			s.names, weight = append(s.names, name), weight+100
		case kind == '#':
			if c.id != "" && c.id != name {
				return c, "", 0, false
			}
			c.id, weight = name, weight+10_000
		case i == 0:
			tag, weight = strings.ToLower(name), weight+1
			c.tag = tagOf([]byte(tag))
		default:
			return c, "", 0, false
		}
		i = j
	}
	c.classes = s.names[names:len(s.names):len(s.names)]
	return c, tag, weight, len(part) > 0
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c >= 0x80
}
