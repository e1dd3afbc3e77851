package icp

import "unicode/utf8"

// Folded runes with a meaning of their own.
const (
	eot   rune = -1  // beyond the text
	blank rune = ' ' // any horizontal blank
	line  rune = '\n'
	dash  rune = '-'
	open  rune = '('
	shut  rune = ')'
)

// fold maps a rune to the one that stands for it in the grammar: full-width
// and styled digits to ASCII, letters to upper case, every dash to '-', every
// bracket to '(' or ')', every blank to ' ', traditional to simplified. It is
// 0 for characters that show nothing.
func fold(r rune) rune {
	switch {
	case r < 0x80:
		return foldASCII(r)
	case 0xFF10 <= r && r <= 0xFF19:
		return r - 0xFF10 + '0'
	case 0xFF21 <= r && r <= 0xFF3A:
		return r - 0xFF21 + 'A'
	case 0xFF41 <= r && r <= 0xFF5A:
		return r - 0xFF41 + 'A'
	case 0x1D7CE <= r && r <= 0x1D7FF: // mathematical digits
		return '0' + (r-0x1D7CE)%10
	case isZeroWidth(r):
		return 0
	case 0x2000 <= r && r <= 0x200A:
		return blank
	case 0x2010 <= r && r <= 0x2015:
		return dash
	}
	return foldWide(r)
}

func foldASCII(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	case r == '\n' || r == '\r' || r == '\f':
		return line
	case r < ' ' || r == 0x7F:
		return blank
	case r == '_':
		return dash
	case r == '[' || r == '<' || r == '{':
		return open
	case r == ']' || r == '>' || r == '}':
		return shut
	}
	return r
}

func foldWide(r rune) rune {
	switch r {
	case 0xA0, 0x3000, 0x202F, 0x205F, 0x1680, 0x3164, 0xFFA0:
		return blank
	case 0x85, 0x2028, 0x2029:
		return line
	case '−', '﹣', '－', '＿', '﹘', '⁃', 'ー', 'ｰ', '─', '━', '⸺', '⸻', '￣':
		return dash
	case '（', '【', '［', '〔', '「', '『', '〖', '《', '〈', '﹙', '｛', '“', '‘':
		return open
	case '）', '】', '］', '〕', '」', '』', '〗', '》', '〉', '﹚', '｝', '”', '’':
		return shut
	case '：', '﹕', '∶', '︰':
		return ':'
	case '．', '。', '·', '•', '・', '‧', '｡', '･':
		return '.'
	case '／', '、', '∕', '⁄':
		return '/'
	case '，', '﹐':
		return ','
	case '號':
		return '号'
	case '備', '俻', '偹':
		return '备'
	case '証', '證':
		return '证'
	case '網':
		return '网'
	case '聯':
		return '联'
	case '許':
		return '许'
	case 'І', 'Ι', 'Ⅰ', 'ı': // Cyrillic, Greek, Roman one, dotless
		return 'I'
	case 'С', 'Ⅽ', 'с':
		return 'C'
	case 'Р', 'Ρ', 'р':
		return 'P'
	case 'В', 'Β':
		return 'B'
	}
	return foldMark(r)
}

// isZeroWidth tells whether r shows nothing and takes no room: joiners, soft
// hyphen, direction marks, byte-order mark, variation selectors, tags.
func isZeroWidth(r rune) bool {
	switch {
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x115F, r == 0x1160, r == 0x180E, r == 0xFEFF:
		return true
	case 0x200B <= r && r <= 0x200F, 0x202A <= r && r <= 0x202E, 0x2060 <= r && r <= 0x206F,
		0xFE00 <= r && r <= 0xFE0F, 0xE0000 <= r && r <= 0xE01EF:
		return true
	}
	return false
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isAlnum(r rune) bool { return isDigit(r) || 'A' <= r && r <= 'Z' }

// maxRun bounds how many runes that show nothing, or nothing of the number,
// are stepped over in one go: it keeps a scan linear on hostile text.
const maxRun = 32

// next folds the rune at i, stepping over what shows nothing; j is the index
// behind it. At the end, or behind too many invisible runes, r is eot and j is i.
func next(s string, i int) (r rune, j int) {
	j = i
	for range maxRun {
		if j >= len(s) {
			break
		}
		if c := s[j]; c < utf8.RuneSelf {
			return foldASCII(rune(c)), j + 1
		}
		raw, n := utf8.DecodeRuneInString(s[j:])
		j += n
		if r = fold(raw); r != 0 {
			return r, j
		}
	}
	return eot, i
}

// prev folds the rune that ends at i, stepping over what shows nothing; j is
// the index of its first byte. At the beginning r is eot and j is i.
func prev(s string, i int) (r rune, j int) {
	j = i
	for range maxRun {
		if j <= 0 {
			break
		}
		if c := s[j-1]; c < utf8.RuneSelf {
			return foldASCII(rune(c)), j - 1
		}
		raw, n := utf8.DecodeLastRuneInString(s[:j])
		j -= n
		if r = fold(raw); r != 0 {
			return r, j
		}
	}
	return eot, i
}

// skip steps forward over at most maxRun runes of set; i is where it stops.
func skip(s string, i int, set func(rune) bool) int {
	for range maxRun {
		r, j := next(s, i)
		if r == eot || !set(r) {
			break
		}
		i = j
	}
	return i
}

// skipBack steps backward over at most maxRun runes of set.
func skipBack(s string, i int, set func(rune) bool) int {
	for range maxRun {
		r, j := prev(s, i)
		if r == eot || !set(r) {
			break
		}
		i = j
	}
	return i
}

func isBlank(r rune) bool { return r == blank }

func isBracketOrBlank(r rune) bool { return r == blank || r == open || r == shut }
