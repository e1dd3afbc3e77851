package sitecheck

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// tokenKind is what the scanner found.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota // no more tokens
	tokenText
	tokenStart
	tokenSelfClosing
	tokenEndTag
	tokenComment // bogus comments and processing instructions too
	tokenDoctype
)

// scanner cuts a page into the tokens of HTML (HTML Standard, §13.2.5) where
// they stand: it copies nothing, decodes nothing that is not asked for, and
// makes no memory per token. Its stream of tokens is that of the tokenizer of
// golang.org/x/net/html, which a fuzz test holds it to; it exists because pages
// are to be read at a rate that byte-by-byte states do not reach.
//
// What it hands out is valid until the next token.
type scanner struct {
	r   io.Reader
	buf []byte
	own []byte // the scanner's memory while buf is another's
	pos int    // buf[pos:end] waits, the current token at its front
	end int    //
	err error  // of r, behind buf[:end]
	cr  bool   // a carriage return came

	size  int    // of the current token
	over  bool   // nothing comes any more
	raw   string // the element whose raw text comes next: script, style, title …
	plain bool   // data holds no character references
	nul   bool   // NUL in data stands for U+FFFD
	data  span   // of the current text
	name  span   // of the current tag
	known *namedTag
	names *tagNames
	short tokenKind // what an unfinished token counts as at the end; tokenEnd: it is dropped

	have   attrSet           // the attributes of use of the current tag
	coded  attrSet           // those whose value may hold character references
	loose  int               // where the last value ends that stands otherwise than name="value"
	spans  [attrCount]span   // the value of each, the first where it stands twice
	values [attrCount][]byte // those that were decoded

	foreign func() bool // whether a CDATA section is text at this place
	scratch []byte      // decoded text
}

// span is token[from:to].
type span struct{ from, to int32 }

// between is the span from one place to another.
func between(from, to int) span { return span{int32(from), int32(to)} }

// errTokenTooLarge is why a page with an endless token ends.
var errTokenTooLarge = errors.New("a token larger than is read")

// scanBuffer is the memory a scanner begins with.
const scanBuffer = 32 << 10

// reset begins another page with the memory of the last, unless that made it
// large.
func (z *scanner) reset(r io.Reader, foreign func() bool) {
	again := scanner{r: r, foreign: foreign, own: z.own}
	if z.own == nil && len(z.buf) <= 4*scanBuffer {
		again.own = z.buf
	}
	again.buf, again.own = again.own, nil
	again.scratch, again.names = z.scratch[:0], z.names
	if again.names == nil {
		again.names = new(tagNames)
	}
	*z = again
}

// lend gives a page that is in memory already, and why it ended. Line ends are
// changed in it.
func (z *scanner) lend(all []byte, err error) {
	if z.own = z.buf; z.own == nil {
		z.own = []byte{}
	}
	z.buf, z.pos, z.end, z.err = all, 0, len(all), err
	z.cr = bytes.IndexByte(all, '\r') >= 0
}

// next goes on to the next token. Most are tags with a name that is known, all
// of which has come.
func (z *scanner) next() tokenKind {
	z.pos += z.size
	z.size = 0
	if z.raw != "" || z.over {
		return z.further()
	}
	z.plain, z.nul = false, false
	const enough = 11 // bytes: a name as long as is remembered, and its end
	if z.pos+enough > z.end {
		return z.further()
	}
	t := z.buf[z.pos : z.pos+enough]
	if t[0] != '<' {
		return z.textOrMore()
	}
	w, from, kind := binary.LittleEndian.Uint64(t[1:9]), 1, tokenStart
	if t[1] == '/' {
		w, from, kind = binary.LittleEndian.Uint64(t[2:10]), 2, tokenEndTag
	}
	n := wordLength(w)
	known, i := z.names.remembered(w<<(-n*8&63)), from+n
	c := t[i]
	if known == nil || tagBytes[c]&inName == 0 {
		return z.further()
	}
	z.name, z.known = between(from, i), known
	z.have, z.loose = 0, 0
	b := t
	if i++; c != '>' {
		b = z.buf[z.pos:z.end]
		if i = z.attributes(b, i-1); i == 0 {
			return z.further()
		}
	}
	z.size = i
	if kind == tokenEndTag {
		return kind
	}
	return z.opened(b, i)
}

// textOrMore reads text whose end has come, or what else there is.
func (z *scanner) textOrMore() tokenKind {
	b, n := z.buf[z.pos:z.end], 1
	if b[1] != '<' { // not the end of a line between tags
		n = bytes.IndexByte(b, '<')
	}
	if n > 0 && n+1 < len(b) && opensMarkup(b[n+1]) {
		z.size, z.data = n, between(0, n)
		return tokenText
	}
	return z.further()
}

// opened is what the tag at the beginning of b, n bytes, is the start of.
func (z *scanner) opened(b []byte, n int) tokenKind {
	if z.known.raw != "" {
		z.raw = z.known.raw
	}
	if b[n-2] == '/' && z.closesItself(b, n-2) {
		return tokenSelfClosing
	}
	return tokenStart
}

// further reads the next token, of whatever kind, to where bytes run out.
func (z *scanner) further() tokenKind {
	if z.over {
		return tokenEnd
	}
	z.plain, z.nul = false, false
	if z.raw != "" {
		if n := z.rawText(); n > 0 {
			z.size, z.data = n, between(0, n)
			return tokenText
		}
		z.plain, z.nul = false, false
	}
	for {
		b := z.buf[z.pos:z.end]
		kind, n := tokenText, 0
		if len(b) >= 2 && b[0] == '<' && opensMarkup(b[1]) {
			kind, n = z.markup(b)
		} else {
			n = z.scanText(b)
		}
		if n > 0 {
			z.size = n
			return kind
		}
		if !z.fill() {
			return z.last(len(b))
		}
	}
}

// last is what the n bytes that wait, the beginning of a token, count as where
// nothing follows them.
func (z *scanner) last(n int) tokenKind {
	z.over = true
	if n == 0 || z.short == tokenEnd {
		return tokenEnd
	}
	z.size = n
	z.data = between(min(int(z.data.from), n), n)
	return z.short
}

// token is the current token as it stands.
func (z *scanner) token() []byte { return z.buf[z.pos : z.pos+z.size] }

// part is a span of the current token.
func (z *scanner) part(s span) []byte { return z.buf[z.pos+int(s.from) : z.pos+int(s.to)] }

// failed is why the page ended; nil at its end.
func (z *scanner) failed() error {
	if errors.Is(z.err, io.EOF) {
		return nil
	}
	return z.err
}

// fill reads until the memory is full or nothing comes; false if nothing came.
// A token that takes all the memory gets twice as much, so that beginning it
// anew costs no more than reading it.
func (z *scanner) fill() bool {
	if z.err != nil {
		return false
	}
	switch {
	case z.pos > 0:
		z.end = copy(z.buf, z.buf[z.pos:z.end])
		z.pos = 0
	case z.end == len(z.buf) && z.end >= maxToken:
		z.err = errTokenTooLarge
		return false
	case z.end == len(z.buf):
		grown := make([]byte, max(scanBuffer, 2*len(z.buf)))
		copy(grown, z.buf[:z.end])
		z.buf = grown
	}
	had := z.end
	for idle := 0; z.end < len(z.buf) && z.err == nil; {
		n, err := z.r.Read(z.buf[z.end:])
		z.end += n
		z.err = err
		if idle++; n > 0 {
			idle = 0
		} else if idle >= 100 && err == nil {
			z.err = io.ErrNoProgress
		}
	}
	z.cr = z.cr || bytes.IndexByte(z.buf[had:z.end], '\r') >= 0
	return z.end > had
}

// scanText reads the text at the beginning of b; n is 0 if b may end before the
// text does.
func (z *scanner) scanText(b []byte) (n int) {
	z.short, z.data = tokenText, span{}
	for i := 1; i < len(b); i++ {
		at := bytes.IndexByte(b[i:], '<')
		if at < 0 || i+at+1 >= len(b) {
			return 0
		}
		i += at
		if opensMarkup(b[i+1]) {
			z.data = between(0, i)
			return i
		}
	}
	return 0
}

// opensMarkup tells whether < and c are no text.
func opensMarkup(c byte) bool { return tagBytes[c]&inMarkup != 0 }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// markup reads what begins with <, which something to open stands behind.
func (z *scanner) markup(b []byte) (tokenKind, int) {
	z.data = span{}
	switch c := b[1]; {
	case isLetter(c):
		z.short = tokenEnd
		n := z.tag(b, 1)
		if n == 0 {
			return 0, 0
		}
		return z.opened(b, n), n
	case c == '/':
		z.short = tokenText
		if len(b) < 3 {
			return 0, 0
		}
		if isLetter(b[2]) {
			z.short = tokenEnd
			return tokenEndTag, z.tag(b, 2)
		}
		return z.bogus(b, 2)
	case c == '!':
		return z.declaration(b)
	}
	return z.bogus(b, 1)
}

// bogus reads up to the next >, at or behind i.
func (z *scanner) bogus(b []byte, i int) (tokenKind, int) {
	z.short = tokenComment
	if end := bytes.IndexByte(b[i:], '>'); end >= 0 {
		return tokenComment, i + end + 1
	}
	return 0, 0
}

// declaration reads what begins with <!.
func (z *scanner) declaration(b []byte) (tokenKind, int) {
	z.short = tokenComment
	const doctype, cdata = "doctype", "[CDATA["
	rest := b[2:]
	switch {
	case len(rest) < 2:
		return 0, 0
	case rest[0] == '-' && rest[1] == '-':
		return tokenComment, commentEnd(b)
	case len(rest) >= len(doctype) && equalFold(rest[:len(doctype)], doctype):
		z.short = tokenDoctype
		if end := bytes.IndexByte(rest, '>'); end >= 0 {
			return tokenDoctype, 2 + end + 1
		}
		return 0, 0
	case len(rest) < len(doctype) && (equalFold(rest, doctype[:len(rest)]) || string(rest) == cdata[:len(rest)]):
		return 0, 0
	case bytes.HasPrefix(rest, []byte(cdata)) && z.foreign != nil && z.foreign():
		z.short, z.nul = tokenText, true
		from := 2 + len(cdata)
		z.data.from = int32(from)
		end := bytes.Index(b[from:], []byte("]]>"))
		if end < 0 {
			return 0, 0
		}
		z.data = between(from, from+end)
		return tokenText, from + end + 3
	}
	return z.bogus(b, 2)
}

// commentEnd is the length of the comment at the beginning of b, 0 if b ends
// before it: --> ends it, --!> too, and <!--> and <!---> are whole.
func commentEnd(b []byte) int {
	i := 4
	if i < len(b) && b[i] == '>' {
		return i + 1
	}
	if i+1 < len(b) && b[i] == '-' && b[i+1] == '>' {
		return i + 2
	}
	for {
		at := bytes.IndexByte(b[i:], '>')
		if at < 0 {
			return 0
		}
		i += at + 1
		inner := b[4 : i-1]
		if bytes.HasSuffix(inner, []byte("--")) || bytes.HasSuffix(inner, []byte("--!")) {
			return i
		}
	}
}

// Classes of bytes, within a tag and in text.
const (
	inSpace  = 1 << iota // blanks
	inName               // ends a name: blanks, / and >
	inKey                // ends an attribute's name: also =
	inValue              // ends a value without quotes: blanks and >
	inView               // begins a character that shows
	inBreak              // may part two labels, or begins a character that does
	inMarkup             // behind <, begins what is no text
)

// byteClasses gives the classes of each byte.
type byteClasses [256]uint8

// tagBytes is read only.
var tagBytes = newByteClasses()

func newByteClasses() *byteClasses {
	var t byteClasses
	for i := range t {
		c := byte(i)
		if isHTMLSpace(c) {
			t[i] |= inSpace | inName | inKey | inValue
		}
		if c > ' ' && c&0xC0 != 0x80 {
			t[i] |= inView
		}
		if isLetter(c) || c == '!' || c == '?' {
			t[i] |= inMarkup
		}
		switch {
		case c == '/':
			t[i] |= inName | inKey | inMarkup
		case c == '=':
			t[i] |= inKey
		case c == '>':
			t[i] |= inName | inKey | inValue | inBreak
		case c <= ' ', c == '|', c == '[', c == ']', c == 0xC2, c == 0xE2, c == 0xE3, c == 0xEF:
			t[i] |= inBreak
		}
	}
	return &t
}

// tag reads a tag whose name begins at b[i]; 0 if b ends before it.
func (z *scanner) tag(b []byte, i int) int {
	from := i
	for i < len(b) && tagBytes[b[i]]&inName == 0 {
		i++
	}
	end := z.attributes(b, i)
	if end > 0 {
		z.name, z.known = between(from, i), z.names.find(b[from:i])
	}
	return end
}

// sameName compares names as tags do, by bytes and ASCII case: bytes.EqualFold
// takes all broken UTF-8 for one character.
func sameName(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && (a[i]|0x20 != b[i]|0x20 || !isLetter(a[i])) {
			return false
		}
	}
	return true
}

// equalFold tells whether b is s, which is lower-case letters, in any case.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if c|0x20 != s[i] || !isLetter(c) {
			return false
		}
	}
	return true
}
