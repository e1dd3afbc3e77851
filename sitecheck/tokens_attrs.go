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
	class, id, style, href, src, alt, title, click, content, name, property, equiv, kind, value []byte
	hidden, open, popover                                                                       bool
}

// maxName bounds the names of tags and attributes that are looked at; longer
// ones are cut, and then are none of ours.
const maxName = 64

// read takes a start tag, raw with its angle brackets, and gives its atom. It
// follows the tag states of the HTML Standard (§13.2.5.8 ff.); of a doubled
// attribute the first counts.
func (a *tagAttrs) read(raw []byte) atom.Atom {
	raw = bytes.TrimSuffix(raw, []byte{'>'})
	if len(raw) < 2 {
		return 0
	}
	i := 1
	var buf [maxName]byte
	tag := tagOf(lowerName(&buf, raw[1:], &i))
	for i < len(raw) {
		if c := raw[i]; isHTMLSpace(c) || c == '/' {
			i++
			continue
		}
		start := i
		for i < len(raw) && !isHTMLSpace(raw[i]) && raw[i] != '/' && (raw[i] != '=' || i == start) {
			i++
		}
		key := raw[start:i]
		j := i
		for j < len(raw) && isHTMLSpace(raw[j]) {
			j++
		}
		var value []byte
		if j < len(raw) && raw[j] == '=' {
			value, i = attrValue(raw, j+1)
		}
		a.set(key, value)
	}
	return tag
}

// attrValue reads a value behind its = at i; next is where the tag goes on.
func attrValue(raw []byte, i int) (value []byte, next int) {
	for i < len(raw) && isHTMLSpace(raw[i]) {
		i++
	}
	if i >= len(raw) {
		return nil, i
	}
	if q := raw[i]; q == '"' || q == '\'' {
		end := bytes.IndexByte(raw[i+1:], q)
		if end < 0 {
			return raw[i+1:], len(raw)
		}
		return raw[i+1 : i+1+end], i + end + 2
	}
	start := i
	for i < len(raw) && !isHTMLSpace(raw[i]) {
		i++
	}
	return raw[start:i], i
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
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	switch string(buf[:len(key)]) {
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

// endTag is the atom of an end tag, raw with its angle brackets.
func endTag(raw []byte) atom.Atom {
	if len(raw) < 3 {
		return 0
	}
	var buf [maxName]byte
	i := 0
	return tagOf(lowerName(&buf, raw[2:], &i))
}

// lowerName reads the name of a tag in lower case and moves i behind it.
func lowerName(buf *[maxName]byte, b []byte, i *int) []byte {
	n := 0
	for _, c := range b {
		if isHTMLSpace(c) || c == '/' || c == '>' {
			break
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if n < maxName {
			buf[n] = c
		}
		n++
	}
	*i += n
	return buf[:min(n, maxName)]
}
