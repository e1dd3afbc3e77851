package holder

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxName bounds a name in bytes; a longer one matches nothing but itself.
const maxName = 600

// folded is a name in the form under which names are compared.
type folded struct {
	raw    string // without blanks at the ends
	key    string // normalised; "" for a name that is too long or says nothing
	chars  []char // of a subject's name with Chinese characters: what it may sound like
	runes  int    // characters in key
	han    int    // Chinese characters in key
	latin  string // of a name without Chinese characters: its letters and digits
	person bool   // at most four Chinese characters and nothing else
}

// fold brings a name into that form: compatibility forms, lower case,
// traditional characters simplified, without blanks, brackets and punctuation,
// legal forms in one spelling.
func (m *Matcher) fold(name string) folded {
	f := folded{raw: strings.TrimSpace(name)}
	if len(name) > maxName {
		return f
	}
	var words []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			words = append(words, b.String())
			b.Reset()
		}
	}
	b.Grow(len(f.raw))
	for _, r := range cutFormer(norm.NFKC.String(f.raw)) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b.WriteByte(byte(r))
		case 'A' <= r && r <= 'Z':
			b.WriteByte(byte(r) + 'a' - 'A')
		case pinyinFirst <= r && r <= pinyinLast:
			if s, ok := m.simple[r]; ok {
				r = s
			}
			b.WriteRune(r)
		case r == ' ', r == ',', r == '(', r == ')', r == '"', r == '/', unicode.IsSpace(r), r > 0x80 && (unicode.Is(unicode.Ps, r) || unicode.Is(unicode.Pe, r)):
			flush()
		case r == '&', r == '+':
			flush()
			words = append(words, "and")
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			if s, ok := m.simple[r]; ok {
				r = s
			}
			b.WriteRune(unicode.ToLower(r))
		}
		// Everything else is dots, dashes, apostrophes, controls: not compared.
	}
	flush()
	for i, w := range words {
		words[i] = legalWord(w)
	}
	f.key = legalForm(strings.Join(words, ""))
	for _, r := range f.key {
		f.runes++
		if pinyinFirst <= r && r <= pinyinLast || r > 0x80 && unicode.Is(unicode.Han, r) {
			f.han++
		}
	}
	f.person = f.han == f.runes && f.han > 0 && f.han <= 4
	if f.han == 0 {
		f.latin = letters(f.key)
	}
	return f
}

// cutFormer leaves out what a name says of its former self at its end:
// "X(原Y)" is X.
func cutFormer(s string) string {
	if rest, ok := strings.CutSuffix(strings.TrimSpace(s), ")"); ok {
		if i := strings.LastIndexByte(rest, '('); i > 0 {
			for _, mark := range [...]string{"原名", "曾用名", "原", "formerly "} {
				if y, ok := strings.CutPrefix(rest[i+1:], mark); ok && unitName(y) {
					return rest[:i]
				}
			}
		}
	}
	return s
}

// spelt is fold with the sounds of the characters.
func (m *Matcher) spelt(name string) folded {
	f := m.fold(name)
	if f.han > 0 {
		f.chars = m.spell(f.key)
	}
	return f
}

// legalWord gives words of legal forms in English one spelling.
func legalWord(w string) string {
	switch w {
	case "limited":
		return "ltd"
	case "company":
		return "co"
	case "corporation":
		return "corp"
	case "incorporated":
		return "inc"
	}
	return w
}

// legalForm gives legal forms in Chinese one spelling. 有限责任公司 and 有限公司
// are the same form of company (公司法: either is to be in the name);
// 个体工商户 behind a shop's name is its kind, not its name.
func legalForm(s string) string {
	for _, v := range [][2]string{{"有限责任公司", "有限公司"}, {"股份公司", "股份有限公司"}} {
		if rest, ok := strings.CutSuffix(s, v[0]); ok && rest != "" {
			return rest + v[1]
		}
	}
	if rest, ok := strings.CutSuffix(s, "个体工商户"); ok && rest != "" {
		return rest
	}
	return s
}

// letters keeps ASCII letters and digits; ü becomes v, other accents fall.
func letters(s string) string {
	plain := true
	for i := range len(s) {
		plain = plain && ('a' <= s[i] && s[i] <= 'z' || '0' <= s[i] && s[i] <= '9')
	}
	if plain {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ReplaceAll(strings.ToLower(s), "ü", "v")) {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// twoScripts takes apart a name that stands in two scripts, one of them behind
// the other in brackets or behind a bar, as registrars of international
// companies write it: "Shili Ltd.(示例有限公司)". A part without Chinese
// characters that may be a place (HK, Shanghai) tells companies apart and is not
// taken off: it must be two words at least, or a key with digits. Nor is a
// branch or an office, which is another holder.
func twoScripts(s string) []string {
	s = strings.TrimSpace(s)
	if len(s) > maxName {
		return nil
	}
	cut := -1
	if strings.HasSuffix(s, ")") || strings.HasSuffix(s, "）") {
		cut = strings.LastIndexAny(s, "(（")
	} else {
		cut = strings.IndexAny(s, "/|")
	}
	if cut <= 0 {
		return nil
	}
	first, second := strings.TrimSpace(s[:cut]), strings.Trim(s[cut:], "()（）/| ")
	latin := second
	if hanIn(first) == hanIn(second) {
		return nil
	}
	if hanIn(second) {
		latin = first
	}
	if !strings.ContainsAny(latin, " 0123456789") {
		return nil
	}
	for _, of := range [...]string{"branch", "office", "subsidiary", "division"} {
		if n := len(latin) - len(of); n >= 0 && strings.EqualFold(latin[n:], of) {
			return nil
		}
	}
	return []string{first, second}
}

// hanIn tells whether a Chinese character stands in s.
func hanIn(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= pinyinFirst && r <= pinyinLast })
}
