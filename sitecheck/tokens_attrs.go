package sitecheck

import (
	"bytes"
	"html"

	"golang.org/x/net/html/atom"
)

// tagAttrs are the attributes of one tag that the parser has a use for, read
// from the tag as it stands. nil is absent. The slices are valid until the
// next token.
type tagAttrs struct {
	class, id, style, href, src, alt, title, click, content, name, property, equiv, kind, value, media []byte
	hidden, open, popover                                                                              bool
}

// read takes the attributes of the current tag; of a doubled one the first
// counts.
func (a *tagAttrs) read(z *scanner) {
	for i := range z.attrs {
		at := &z.attrs[i]
		a.set(z.part(at.key), z.part(at.value))
	}
}

// set keeps an attribute that is of use.
func (a *tagAttrs) set(key, value []byte) {
	var to *[]byte
	var buf [16]byte
	if len(key) > len(buf) {
		return
	}
	for i, c := range key {
		if 'A' <= c && c <= 'Z' {
			copy(buf[:], key)
			for ; i < len(key); i++ {
				if c := key[i]; 'A' <= c && c <= 'Z' {
					buf[i] = c + 'a' - 'A'
				}
			}
			key = buf[:len(key)]
			break
		}
	}
	switch string(key) {
	case "class":
		to = &a.class
	case "id":
		to = &a.id
	case "style":
		to = &a.style
	case "href":
		to = &a.href
	case "src":
		to = &a.src
	case "alt":
		to = &a.alt
	case "title":
		to = &a.title
	case "onclick":
		to = &a.click
	case "content":
		to = &a.content
	case "name":
		to = &a.name
	case "property":
		to = &a.property
	case "http-equiv":
		to = &a.equiv
	case "type":
		to = &a.kind
	case "value":
		to = &a.value
	case "media":
		to = &a.media
	case "hidden":
		a.hidden = true
	case "open":
		a.open = true
	case "popover":
		a.popover = true
	}
	if to == nil || *to != nil {
		return
	}
	if bytes.IndexByte(value, '&') >= 0 {
		value = decodeAttr(value)
	}
	if value == nil {
		value = []byte{}
	}
	*to = value
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

// find knows the tag of a name in any case. What it gives is good until it is
// asked again.
func (t *tagNames) find(name []byte) *namedTag {
	if len(name) > 8 {
		t.long.learn(name)
		return &t.long
	}
	var key uint64
	for _, c := range name {
		key = key<<8 | uint64(c)
	}
	e := &t.known[key*0x9E3779B97F4A7C15>>56]
	if e.name != key {
		e.name = key
		e.learn(name)
	}
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
