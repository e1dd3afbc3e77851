package holder

import (
	"strings"
	"unicode/utf8"
)

// char is one character of a Chinese name and what may stand for it in a
// romanised one.
type char struct {
	sounds []string // readings, or the letter itself
	words  []word   // renderings of words that begin here
}

// word is an English rendering of the next n characters; it may be empty.
type word struct {
	n  int
	en string
}

// spell prepares a folded name.
func (m *Matcher) spell(key string) []char {
	runes := []rune(key)
	offset := make([]int, 0, len(runes)+1) // of each character in key
	for i := range key {
		offset = append(offset, i)
	}
	offset = append(offset, len(key))
	out := make([]char, len(runes))
	for i, r := range runes {
		if s := m.sound(r); s != "" {
			out[i].sounds = spellings(s)
		} else {
			out[i].sounds = []string{letters(string(r))}
		}
		if len(runes) <= 4 && !unitName(key) {
			continue // too short for a company: a person's name has no words
		}
		for n := 1; n <= m.longest && i+n <= len(runes); n++ {
			for _, en := range m.words[key[offset[i]:offset[i+n]]] {
				out[i].words = append(out[i].words, word{n, en})
			}
		}
	}
	return out
}

// unitName tells a short name of a unit from a person's by its last word.
func unitName(key string) bool {
	for _, w := range [...]string{"公司", "大学", "学院", "学校", "中学", "小学", "医院", "银行", "集团", "中心", "协会", "律所", "酒店", "书店", "药店"} {
		if strings.HasSuffix(key, w) {
			return true
		}
	}
	return false
}

// mayRead tells cheaply whether a Chinese name may read like one of the
// romanised names of a subject: in the order as written one of them begins
// with a letter of the first character's readings or of a word there. Persons'
// names, which may be turned, always may.
func (p *Prepared) mayRead(f *folded) bool {
	if f.person {
		return true
	}
	for i := range p.names {
		if latin := p.names[i].latin; latin != "" && p.m.mayBegin(f.key, latin) {
			return true
		}
	}
	return false
}

func (m *Matcher) mayBegin(key, latin string) bool {
	r, size := utf8.DecodeRuneInString(key)
	for _, s := range strings.Fields(m.sound(r)) {
		if strings.HasPrefix(latin, s[:1]) {
			return true
		}
	}
	if l := letters(string(r)); l != "" && strings.HasPrefix(latin, l) {
		return true
	}
	for n, end := 1, size; n <= m.longest; n++ {
		for _, en := range m.words[key[:end]] {
			if en == "" || strings.HasPrefix(latin, en) {
				return true
			}
		}
		if end == len(key) {
			break
		}
		_, size = utf8.DecodeRuneInString(key[end:])
		end += size
	}
	return false
}

// spellings are the ways in which readings are written: ü as v, u or yu.
func spellings(set string) []string {
	list := strings.Split(set, " ")
	for _, s := range list[:len(list):len(list)] {
		if i := strings.IndexByte(s, 'v'); i >= 0 {
			list = append(list, s[:i]+"u"+s[i+1:], s[:i]+"yu"+s[i+1:])
		}
	}
	return list
}

// sounds tells whether latin (letters and digits) reads like the whole name in
// any combination of readings. It walks over the name once with the set of
// positions in latin that can be reached, so its work is bounded by the
// product of both lengths, whatever the number of combinations.
func sounds(name []char, latin string) bool {
	if len(name) < 2 || len(latin) < 3 || len(latin) > 256 || len(name) > 64 {
		return false
	}
	// reach[i] holds the positions reached when i characters are read.
	reach := make([]positions, len(name)+1)
	reach[0].set(0)
	for i, c := range name {
		for at := 0; at <= len(latin); at++ {
			if !reach[i].has(at) {
				continue
			}
			for _, s := range c.sounds {
				if s != "" && strings.HasPrefix(latin[at:], s) {
					reach[i+1].set(at + len(s))
				}
			}
			for _, w := range c.words {
				if strings.HasPrefix(latin[at:], w.en) {
					reach[i+w.n].set(at + len(w.en))
				}
			}
		}
	}
	return reach[len(name)].has(len(latin))
}

// positions is a set of 0…256.
type positions [5]uint64

func (p *positions) set(i int)      { p[i>>6] |= 1 << (i & 63) }
func (p *positions) has(i int) bool { return p[i>>6]&(1<<(i&63)) != 0 }

// romanised tells whether latin is the romanised name, and in which order: a
// person's given name may stand before the surname, which has one or two
// characters.
func romanised(f *folded, latin string) (order string, ok bool) {
	if sounds(f.chars, latin) {
		return "as written", true
	}
	if !f.person {
		return "", false
	}
	for surname := 1; surname <= 2 && surname < len(f.chars); surname++ {
		turned := append(append([]char{}, f.chars[surname:]...), f.chars[:surname]...)
		if sounds(turned, latin) {
			return "given name first", true
		}
	}
	return "", false
}
