package sitecheck

import (
	"bytes"
	"html"

	"golang.org/x/net/html/atom"
)

// attrName is an attribute that the parser has a use for.
type attrName uint8

const (
	attrOther attrName = iota
	attrClass
	attrID
	attrStyle
	attrHref
	attrSrc
	attrAlt
	attrTitle
	attrClick
	attrContent
	attrOwnName
	attrProperty
	attrEquiv
	attrType
	attrValue
	attrMedia
	attrHidden
	attrOpen
	attrPopover
	attrCount
)

// attrNames are the names of those attributes, but for http-equiv.
func attrNames() [attrCount]string {
	return [attrCount]string{
		attrClass: "class", attrID: "id", attrStyle: "style", attrHref: "href", attrSrc: "src", attrAlt: "alt", attrTitle: "title",
		attrClick: "onclick", attrContent: "content", attrOwnName: "name", attrProperty: "property", attrType: "type", attrValue: "value",
		attrMedia: "media", attrHidden: "hidden", attrOpen: "open", attrPopover: "popover",
	}
}

// attrTable finds an attribute by its name, which is eight letters at most, as
// a number. It is read only.
var attrTable = func() *[64]struct {
	name uint64
	is   attrName
} {
	var t [64]struct {
		name uint64
		is   attrName
	}
	for is, name := range attrNames() {
		if name != "" {
			w := shortWord([]byte(name))
			at := attrSlot(w)
			for t[at].name != 0 {
				at = (at + 1) & 63
			}
			t[at].name, t[at].is = w, attrName(is)
		}
	}
	return &t
}()

func attrSlot(w uint64) uint64 { return wordHash(w) >> 58 }

// wordHash mixes a word; its highest bits are the best. The factor was chosen so
// that by eight of them common tags are told apart, and common attributes by six.
func wordHash(w uint64) uint64 { return (w ^ w>>32) * 0xE9E4405FD65D49A5 }

// attrNamed tells which attribute a word of n bytes names, in any case.
func attrNamed(w uint64, n int) attrName {
	w |= 0x2020202020202020 << (-n * 8 & 63)
	for at := attrSlot(w); ; at++ {
		switch e := &attrTable[at&63]; e.name {
		case w:
			return e.is
		case 0:
			return attrOther
		}
	}
}

func longAttrNamed(name []byte) attrName {
	switch {
	case sameName(name, []byte("http-equiv")):
		return attrEquiv
	case sameName(name, []byte("xlink:href")): // of a link in a drawing
		return attrHref
	}
	return attrOther
}

// attrSet is a set of attributes, a bit for each.
type attrSet uint32

// tagAttrs are the attributes of the current tag, of which the first of each
// name counts. Values are valid until the next token; nil is absent.
type tagAttrs struct{ z *scanner }

// get is the value of an attribute.
func (a tagAttrs) get(name attrName) []byte {
	if a.z.have>>name&1 == 0 {
		return nil
	}
	return a.z.value(name)
}

// value is the value of an attribute that stands there. It is decoded once,
// however often it is asked for.
func (z *scanner) value(name attrName) []byte {
	if z.coded>>name&1 == 0 {
		return z.part(z.spans[name])
	}
	if s := z.spans[name]; s.from >= 0 {
		z.values[name] = z.part(s)
		if bytes.IndexByte(z.values[name], '&') >= 0 {
			z.values[name] = decodeAttr(z.values[name])
		}
		z.spans[name].from = -1
	}
	return z.values[name]
}

// has tells whether an attribute stands there, whatever its value.
func (a tagAttrs) has(name attrName) bool { return a.z.have>>name&1 != 0 }

// any tells whether one of a set of attributes stands there.
func (a tagAttrs) any(set attrSet) bool { return a.z.have&set != 0 }

// rare is the value of an attribute of the current tag that few tags have, nil
// where it is absent.
func (z *scanner) rare(name string) []byte {
	token := z.token()
	for a := range attrsOf(token, int(z.name.to)) {
		if sameName(token[a.key.from:a.key.to], []byte(name)) {
			return decodeAttr(token[a.value.from:a.value.to])
		}
	}
	return nil
}

// decodeAttr decodes the character references of an attribute. One without its
// semicolon counts only if it is a number: ?a=1&copy=2 is no ©.
func decodeAttr(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return append(out, b...)
		}
		out, b = append(out, b[:i]...), b[i:]
		end := 1
		for end < len(b) && end < 40 && (isNameByte(b[end]) && b[end] < 0x80 || b[end] == '#') {
			end++
		}
		switch {
		case end < len(b) && b[end] == ';':
			end++
			out = append(out, html.UnescapeString(string(b[:end]))...)
		case end > 2 && b[1] == '#':
			out = append(out, html.UnescapeString(string(b[:end]))...)
		default:
			out = append(out, b[:end]...)
		}
		b = b[end:]
	}
	return out
}

// maxName bounds the names of tags that are looked at; longer ones are cut, and
// then are none of ours.
const maxName = 64

// tagNames knows tags by their names, and remembers those of short names.
type tagNames struct {
	known [256]namedTag
	long  namedTag // the last one with a long name
}

// namedTag is a tag with all that its name tells.
type namedTag struct {
	name  uint64 // its bytes
	tag   atom.Atom
	kinds tagKinds
	raw   string // see rawElement
}

// remembered is the tag that a word names, nil if that was not asked for before.
// What it gives is good until find is asked.
func (t *tagNames) remembered(w uint64) *namedTag {
	if e := &t.known[wordHash(w)>>56]; e.name == w {
		return e
	}
	return nil
}

// find knows the tag of a name, in any case.
func (t *tagNames) find(name []byte) *namedTag {
	e := &t.long
	if len(name) <= 8 {
		w := shortWord(name)
		if e = &t.known[wordHash(w)>>56]; e.name == w {
			return e
		}
		e.name = w
	}
	e.learn(name)
	return e
}

func (e *namedTag) learn(name []byte) {
	e.tag, e.raw = tagNamed(name), rawElement(name)
	e.kinds = kindsOf(e.tag)
}

// tagNamed is the atom of a tag's name in any case.
func tagNamed(name []byte) atom.Atom {
	var buf [maxName]byte
	n := min(len(name), maxName)
	for i, c := range name[:n] {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return tagOf(buf[:n])
}
