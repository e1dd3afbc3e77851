package inventory

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/width"
)

//go:embed words.txt
var wordsFile string

// words are what people write above columns and into cells.
type words struct {
	sections map[string]map[string]string // section → folded word → meaning
	first    map[string]string            // field path → the heading that is written
	order    []string                     // field paths in the order of the file
}

// loadWords reads the embedded word list; a doubled word or an unknown line is
// an error.
func loadWords(text string) (*words, error) {
	w := &words{sections: map[string]map[string]string{}, first: map[string]string{}}
	section := ""
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if name, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSuffix(name, "]")
			w.sections[section] = map[string]string{}
			continue
		}
		meaning, list, ok := strings.Cut(line, " = ")
		if !ok || section == "" {
			return nil, fmt.Errorf("words.txt:%d: not \"meaning = word, word\"", n)
		}
		for i, word := range strings.Split(list, ", ") {
			key := foldWord(word)
			if other, twice := w.sections[section][key]; twice && other != meaning {
				return nil, fmt.Errorf("words.txt:%d: %s stands for %s too", n, word, other)
			}
			w.sections[section][key] = meaning
			if i == 0 && section == "headings" {
				w.first[meaning] = word
				w.order = append(w.order, meaning)
			}
		}
		if section != "headings" && section != "forever" && section != "nothing" {
			w.sections[section][foldWord(meaning)] = meaning
		}
	}
	if len(w.sections["headings"]) < 150 || len(w.sections["province"]) < 31*3 {
		return nil, errors.New("words.txt: words are missing")
	}
	return w, nil
}

// foldWord makes words comparable: width, case, blanks and the marks that
// forms put beside a heading (*, ：) do not count.
func foldWord(s string) string {
	if plainWord(s) {
		return s
	}
	s = strings.ToLower(width.Fold.String(s))
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n', 0x3000, 0x00A0, '*', ':', 0xFEFF, 0x200B:
			return -1
		}
		return r
	}, s)
}

// plainWord tells the words that folding leaves as they are: lower-case letters,
// digits and marks of ASCII, and ideographs.
func plainWord(s string) bool {
	for _, r := range s {
		switch {
		case r >= 0x4E00 && r <= 0x9FFF:
		case r <= ' ' || r >= 0x7F || r >= 'A' && r <= 'Z' || r == '*' || r == ':':
			return false
		}
	}
	return true
}

// value is the meaning of a word in a section.
func (w *words) value(section, word string) (string, bool) {
	meaning, ok := w.sections[section][foldWord(word)]
	return meaning, ok
}

// heading is the field path of a heading in a sheet of the given kind; "" if
// it means nothing here. Bracketed remarks such as （必填） do not count.
func (w *words) heading(text string, kind RowKind) string {
	key := foldWord(text)
	if key == "" || len(key) > 200 {
		return ""
	}
	if path, ok := fieldPath(key, kind); ok {
		return path
	}
	if path, ok := w.sections["headings"][key]; ok {
		return path
	}
	if i := strings.IndexByte(key, '('); i > 0 {
		if j := strings.IndexByte(key[i:], ')'); j > 0 {
			return w.heading(key[:i]+key[i+j+1:], kind)
		}
	}
	return ""
}

// isHeading tells whether a line alone is the heading of a one-column table of
// domains.
func (w *words) isHeading(line string) bool {
	return w.heading(strings.Trim(line, `"`), RowSite) == "site.domains"
}

// isNothing tells the words that stand for an empty cell.
func (w *words) isNothing(text string) bool {
	_, ok := w.value("nothing", text)
	return ok
}

// Meaning is what people's word for a value stands for, as cells of a table have
// it: of a "kind" of subject (企业 → unit) or the "state" of a filing (已备案 →
// filed). ok is false for a word that is not known.
func Meaning(section, word string) (meaning string, ok bool, err error) {
	w, err := loadWords(wordsFile)
	if err != nil {
		return "", false, err
	}
	meaning, ok = w.value(section, word)
	return meaning, ok, nil
}

// Headings gives the Chinese heading of each field of a ledger by its path:
// "subject.principal.id_expires" → 主体负责人证件到期日期. Paths begin with site,
// subject, server, access or notice.
func Headings() (map[string]string, error) {
	w, err := loadWords(wordsFile)
	if err != nil {
		return nil, err
	}
	return w.first, nil
}
