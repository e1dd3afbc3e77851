package present

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean takes out of text what could move a cursor, colour a screen or turn
// the direction of writing: control characters (newlines and tabs become
// blanks), bidirectional marks, other invisible format characters, and bytes
// that are not UTF-8. Use it on anything remote before it reaches a terminal.
func Clean(s string) string {
	if strings.IndexFunc(s, unsafeRune) < 0 {
		return s
	}
	var b strings.Builder
	sequence := 0 // 1 after an escape character, 2 inside a control sequence
	for _, r := range s {
		switch {
		case r == 0x1b || r == 0x9b:
			sequence = 1
			if r == 0x9b {
				sequence = 2
			}
			continue
		case sequence == 1 && r == '[':
			sequence = 2
			continue
		case sequence == 2 && (r >= '0' && r <= '?' || r >= ' ' && r <= '/'):
			continue
		case sequence == 2 && r >= '@' && r <= '~':
			sequence = 0
			continue
		}
		sequence = 0
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case !unsafeRune(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unsafeRune(r rune) bool {
	return r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Co, r)
}

// clip is s, cut to n characters with an ellipsis.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}

// escapeMarkdown makes text harmless inside a Markdown paragraph, list or
// table cell: no markup, no links, no HTML, no row or cell ends.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for _, r := range Clean(s) {
		switch r {
		case '\\', '`', '*', '_', '{', '}', '[', ']', '<', '>', '(', ')', '#', '+', '-', '!', '|', '~', '&', '$', '@':
			b.WriteByte('\\')
		case ':':
			// Renderers turn bare URLs into links: break "https://".
			b.WriteString("&#58;")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// guard keeps a csv cell from being taken for a formula.
func guard(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Cell is text as it may stand in a csv cell: escaped for a terminal, and never
// a formula.
func Cell(s string) string { return guard(Clean(s)) }

// wide tells whether a terminal gives r two columns: CJK and full-width forms.
func wide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 ||
		r >= 0xffe0 && r <= 0xffe6 || r >= 0x20000 && r <= 0x3fffd)
}

// columns is the width of s on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// runeColumns is the width of one character. The escape character itself has
// none; colours are the only escape sequences that come here, and their few
// other characters make a line break a little early, never late.
func runeColumns(r rune) int {
	switch {
	case r < ' ':
		return 0
	case wide(r):
		return 2
	}
	return 1
}

// wrap breaks s into lines of at most width columns: at blanks, and between
// any two characters where one is wide, but never before closing punctuation.
func wrap(s string, width int) []string {
	if width < 20 || columns(s) <= width {
		return []string{s}
	}
	var lines []string
	runes := []rune(s)
	start, last, col := 0, -1, 0
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		w := runeColumns(r)
		if col+w > width && i > start {
			cut := last
			if cut <= start {
				cut = i
			}
			lines = append(lines, strings.TrimRight(string(runes[start:cut]), " "))
			for cut < len(runes) && runes[cut] == ' ' {
				cut++
			}
			start, last, i, col = cut, -1, cut-1, 0
			continue
		}
		col += w
		if i+1 < len(runes) && (r == ' ' || wide(r) || wide(runes[i+1])) && !closing(runes[i+1]) && !opening(r) {
			last = i + 1
		}
	}
	if start < len(runes) {
		lines = append(lines, string(runes[start:]))
	}
	return lines
}

func closing(r rune) bool {
	return strings.ContainsRune("，。、；：？！）」』》】”’,.;:?!)]}…", r)
}

func opening(r rune) bool { return strings.ContainsRune("（「『《【“‘([{", r) }
