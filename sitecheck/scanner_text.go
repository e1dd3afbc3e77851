package sitecheck

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// rawElement is the name of an element whose content is not markup, "" for any
// other.
func rawElement(name []byte) string {
	var of [3]string
	switch len(name) {
	case 3:
		of[0] = "xmp"
	case 5:
		of = [3]string{"style", "title"}
	case 6:
		of = [3]string{"script", "iframe"}
	case 7:
		of[0] = "noembed"
	case 8:
		of = [3]string{"textarea", "noscript", "noframes"}
	case 9:
		of[0] = "plaintext"
	default:
		return ""
	}
	for _, raw := range of {
		if equalFold(name, raw) {
			return raw
		}
	}
	return ""
}

// rawText reads the content of the element named raw; n is its length, up to
// the end tag or the end of the page.
func (z *scanner) rawText() (n int) {
	name := z.raw
	z.raw = ""
	z.nul, z.plain = true, name != "textarea" && name != "title"
	for {
		b := z.buf[z.pos:z.end]
		found := false
		switch name {
		case "plaintext":
		case "script":
			n, found = scriptEnd(b)
		default:
			n, found = rawEnd(b, name)
		}
		if found {
			return n
		}
		if !z.fill() {
			z.over = true
			if len(b) == 0 {
				return 0
			}
			return len(b)
		}
	}
}

// rawEnd finds the end tag of name.
func rawEnd(b []byte, name string) (at int, found bool) {
	for i := 0; ; {
		lt := bytes.IndexByte(b[i:], '<')
		if lt < 0 {
			return 0, false
		}
		i += lt + 1
		if i >= len(b) {
			return 0, false
		}
		if b[i] != '/' {
			continue
		}
		next, is := endTagAt(b, i+1, name)
		if is {
			return i - 1, true
		}
		i = next
	}
}

// endTagAt tells whether the end tag of name goes on at b[i], behind </; next
// is where reading goes on if not, len(b) if b ends before that is known.
func endTagAt(b []byte, i int, name string) (next int, is bool) {
	for k := range len(name) {
		if i >= len(b) || b[i]|0x20 != name[k] {
			return i, false
		}
		i++
	}
	return i, i < len(b) && tagBytes[b[i]]&inName != 0
}

// scriptEnd finds the end tag of a script. Within <!-- a <script> may stand
// with its own end tag (§13.2.5.15 to 31).
func scriptEnd(b []byte) (at int, found bool) {
	for i := 0; ; {
		lt := bytes.IndexByte(b[i:], '<')
		if lt < 0 || i+lt+1 >= len(b) {
			return 0, false
		}
		i += lt + 1
		switch b[i] {
		case '/':
			next, is := endTagAt(b, i+1, "script")
			if is {
				return i - 1, true
			}
			i = next
		case '!':
			i++
			for dashes := 0; dashes < 2; dashes++ {
				if i >= len(b) {
					return 0, false
				}
				if b[i] != '-' {
					break
				}
				i++
				if dashes == 1 {
					if i, at, found = escapedScript(b, i); i < 0 {
						return at, found
					}
				}
			}
		}
	}
}

// escapedScript reads on behind <!-- in a script; next is where the text is
// common script again, negative if the end tag or the end of b was found.
func escapedScript(b []byte, i int) (next, at int, found bool) {
	for dashes := 2; i < len(b); {
		switch c := b[i]; {
		case c == '-':
			dashes++
			i++
			continue
		case c == '>' && dashes >= 2:
			return i + 1, 0, false
		case c != '<':
			i++
		case i+1 >= len(b):
			return -1, 0, false
		case b[i+1] == '/':
			n, is := endTagAt(b, i+2, "script")
			if is {
				return -1, i, true
			}
			i = n
		case isLetter(b[i+1]):
			n, is := endTagAt(b, i+1, "script")
			if i = n; is {
				i++
				out, end := doubleEscapedScript(b, i)
				if out {
					return end, 0, false
				}
				i = end
			}
		default:
			return i + 1, 0, false
		}
		dashes = 0
	}
	return -1, 0, false
}

// doubleEscapedScript reads on behind <!-- … <script> in a script. out tells
// that --> ended both, else the inner end tag ended one.
func doubleEscapedScript(b []byte, i int) (out bool, next int) {
	for dashes := 0; i < len(b); {
		switch c := b[i]; {
		case c == '-':
			dashes++
			i++
			continue
		case c == '>' && dashes >= 2:
			return true, i + 1
		case c == '<' && i+1 < len(b) && b[i+1] == '/':
			n, is := endTagAt(b, i+2, "script")
			if i = n; is {
				return false, i + 1
			}
		default:
			i++
		}
		dashes = 0
	}
	return false, len(b)
}

// text is the current text as it reads: line ends are line feeds, character
// references are decoded where the element has them. Line ends are changed in
// place.
func (z *scanner) text() []byte {
	b := z.part(z.data)
	if z.cr {
		if i := bytes.IndexByte(b, '\r'); i >= 0 {
			b = lineFeeds(b, i)
		}
	}
	if z.nul && bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, []byte("\uFFFD"))
	}
	if z.plain {
		return b
	}
	if i := bytes.IndexByte(b, '&'); i >= 0 {
		z.scratch = decodeText(z.scratch[:0], b, i)
		b = z.scratch
		if cap(z.scratch) > 4*windowSize {
			z.scratch = nil
		}
	}
	return b
}

// lineFeeds makes one line feed of each \r\n and \r, the first at i.
func lineFeeds(b []byte, i int) []byte {
	out := b[:i]
	for ; i < len(b); i++ {
		c := b[i]
		if c == '\r' {
			c = '\n'
			if i+1 < len(b) && b[i+1] == '\n' {
				i++
			}
		}
		out = append(out, c)
	}
	return out
}

// decodeText appends b to dst with its character references decoded; the first
// & stands at i.
func decodeText(dst, b []byte, i int) []byte {
	for i >= 0 {
		dst, b = append(dst, b[:i]...), b[i:]
		end := 1
		for end < len(b) && (isLetter(b[end]) || '0' <= b[end] && b[end] <= '9' || b[end] == '#') {
			end++
		}
		if end < len(b) && b[end] == ';' {
			end++
		}
		if r := commonReference(b[:end]); r != 0 {
			dst = utf8.AppendRune(dst, r)
		} else {
			dst = append(dst, html.UnescapeString(string(b[:end]))...)
		}
		b = b[end:]
		i = bytes.IndexByte(b, '&')
	}
	return append(dst, b...)
}

// commonReference decodes the references that most pages use, and numbers of
// characters beyond the Latin controls; 0 is any other.
func commonReference(b []byte) rune {
	switch string(b) {
	case "&nbsp;":
		return '\u00A0'
	case "&copy;":
		return '©'
	case "&amp;":
		return '&'
	case "&gt;":
		return '>'
	case "&lt;":
		return '<'
	case "&quot;":
		return '"'
	case "&middot;":
		return '·'
	case "&raquo;":
		return '»'
	}
	if len(b) < 5 || len(b) > 10 || b[1] != '#' || b[len(b)-1] != ';' {
		return 0
	}
	r, digits := rune(0), b[2:len(b)-1]
	if digits[0]|0x20 == 'x' {
		for _, c := range digits[1:] {
			d := unhex(c)
			if d < 0 {
				return 0
			}
			r = r<<4 | rune(d)
		}
	} else {
		for _, c := range digits {
			if c < '0' || c > '9' {
				return 0
			}
			r = r*10 + rune(c-'0')
		}
	}
	if r < 0xA0 || !utf8.ValidRune(r) {
		return 0
	}
	return r
}
