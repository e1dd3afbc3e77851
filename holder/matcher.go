package holder

import (
	"embed"
	"io/fs"
	"strings"
	"unicode/utf8"

	"domaincheck"
)

//go:embed t2s.txt pinyin.bin words.csv
var files embed.FS

const (
	pinyinMagic = "DCPINYIN1\n"
	pinyinFirst = 0x3400
	pinyinLast  = 0x9fff
)

// Matcher holds the tables by which names are compared.
type Matcher struct {
	simple   map[rune]rune       // traditional → simplified
	readings string              // two bytes a character: number of its set
	sets     []string            // readings, separated by blanks
	words    map[string][]string // Chinese word → English renderings, letters only
	longest  int                 // characters of the longest word
	version  string
}

// Default loads the embedded tables.
func Default() (*Matcher, error) { return Load(files) }

// Load reads t2s.txt, pinyin.bin and words.csv from fsys. Errors have code
// [domaincheck.CodeBadTable] and name the file.
func Load(fsys fs.FS) (*Matcher, error) {
	m := &Matcher{}
	pairs, err := fs.ReadFile(fsys, "t2s.txt")
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "t2s.txt", "cannot be read: %w", err)
	}
	if err := m.takePairs(string(pairs)); err != nil {
		return nil, err
	}
	sounds, err := fs.ReadFile(fsys, "pinyin.bin")
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "pinyin.bin", "cannot be read: %w", err)
	}
	if err := m.takeReadings(string(sounds)); err != nil {
		return nil, err
	}
	f, err := fsys.Open("words.csv")
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "words.csv", "cannot be opened: %w", err)
	}
	defer f.Close()
	words, err := domaincheck.ReadTable(f, domaincheck.TableSpec{Name: "words.csv", MinRows: 50, Header: []string{"zh", "en"}, Key: func(r []string) string { return r[0] }})
	if err != nil {
		return nil, err
	}
	m.words = make(map[string][]string, len(words.Rows))
	for i, c := range words.Rows {
		if c[0] == "" || strings.ToLower(c[1]) != c[1] {
			return nil, words.Row("words.csv", i, "needs a Chinese word and renderings in lower case")
		}
		for _, en := range strings.Split(c[1], "|") {
			m.words[c[0]] = append(m.words[c[0]], letters(en))
		}
		m.longest = max(m.longest, utf8.RuneCountInString(c[0]))
	}
	m.version = domaincheck.TableVersion(words.AsOf, pairs, sounds, words.Bytes)
	return m, nil
}

// Version is "YYYY-MM-DD#8hex" of the tables in force.
func (m *Matcher) Version() string { return m.version }

func (m *Matcher) takePairs(s string) error {
	m.simple = make(map[rune]rune, len(s)/6)
	for s != "" {
		from, n := utf8.DecodeRuneInString(s)
		to, k := utf8.DecodeRuneInString(s[n:])
		if from == utf8.RuneError || to == utf8.RuneError || from == to || m.simple[from] != 0 {
			return domaincheck.Errorf(domaincheck.CodeBadTable, "t2s.txt", "is damaged at %q", s[:min(len(s), 12)])
		}
		m.simple[from] = to
		s = s[n+k:]
	}
	if len(m.simple) < 3500 {
		return domaincheck.Errorf(domaincheck.CodeBadTable, "t2s.txt", "has %d characters where at least 3500 are expected", len(m.simple))
	}
	return nil
}

func (m *Matcher) takeReadings(s string) error {
	rest, ok := strings.CutPrefix(s, pinyinMagic)
	sets, values, ok2 := strings.Cut(rest, "\n\n")
	if !ok || !ok2 || len(values) != 2*(pinyinLast-pinyinFirst+1) {
		return domaincheck.Errorf(domaincheck.CodeBadTable, "pinyin.bin", "is not the table of readings expected")
	}
	m.sets, m.readings = strings.Split(sets, "\n"), values
	for i := 0; i < len(values); i += 2 {
		if int(values[i])|int(values[i+1])<<8 > len(m.sets) {
			return domaincheck.Errorf(domaincheck.CodeBadTable, "pinyin.bin", "names a set of readings that is not there")
		}
	}
	return nil
}

// sound gives the toneless readings of a character, separated by blanks, with
// v for ü; "" if it has none.
func (m *Matcher) sound(r rune) string {
	if r == '〇' {
		return "ling"
	}
	if r < pinyinFirst || r > pinyinLast {
		return ""
	}
	i := 2 * int(r-pinyinFirst)
	n := int(m.readings[i]) | int(m.readings[i+1])<<8
	if n == 0 {
		return ""
	}
	return m.sets[n-1]
}
