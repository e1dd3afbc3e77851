package rules

import (
	"strconv"
	"strings"

	"domaincheck"
)

// Clause is the common tail of every value of the rule data: where it stands
// and what it says, in our own words.
//
// Cite names lines of the seed texts as "001:2058", ranges as "001:2394-2397",
// several of them separated by ", ". A value from a law or an RFC is cited by
// its name instead ("33号令 第十三条", "RFC 5731").
type Clause struct {
	Cite string `yaml:"cite" json:"cite"` // required
	Text string `yaml:"text" json:"text"` // required, Chinese
	En   string `yaml:"en" json:"en"`     // required, English
}

// Citation is one basis of a finding as shown to people.
type Citation struct {
	Text   string `json:"text"`   // what the source demands, in the language asked for
	Source string `json:"source"` // 《阿里云 ICP备案前准备 20220711》 §6.4.5 (001:2058)
}

// SeedName is the human name of a seed text ("001"); empty for none.
func SeedName(file string) string {
	name, _ := seedName(file)
	return name
}

// seedName is the human name of a seed text, and its number of lines.
func seedName(file string) (name string, lines int) {
	switch file {
	case "000":
		return "《内蒙古备案规则》", 111
	case "001":
		return "《阿里云 ICP备案前准备 20220711》", 4076
	case "002":
		return "《互联互通 ICP备案流程和要求》", 60
	case "003":
		return "《阿里云ICP備案流程 2020-09-09》", 154
	case "004":
		return "《ICP备案申请指南 2020-03-18》", 220
	}
	return "", 0
}

// section001 is the section of the guide (seed 001) in which a line stands,
// from the line numbers of its headings.
func section001(line int) string {
	type head struct {
		line    int
		section string
	}
	heads := [...]head{
		{97, "§1"}, {242, "§2"}, {285, "§3"}, {399, "§4.1"}, {506, "§4.2"}, {600, "§4.3"}, {652, "§5"}, {786, "§6.1"},
		{833, "§6.2.1"}, {915, "§6.2.2"}, {1026, "§6.2.3"},
		{1126, "§6.3.1"}, {1240, "§6.3.2"}, {1328, "§6.3.3"}, {1425, "§6.3.4"}, {1512, "§6.3.5"},
		{1611, "§6.4.1"}, {1707, "§6.4.2"}, {1810, "§6.4.3"}, {1958, "§6.4.4"}, {2045, "§6.4.5"}, {2137, "§6.4.6"}, {2232, "§6.4.7"},
		{2336, "§6.5.1"}, {2443, "§6.5.2"}, {2542, "§6.5.3"},
		{2633, "§6.6.1"}, {2726, "§6.6.2"}, {2813, "§6.6.3"},
		{2905, "§6.7.1"}, {3002, "§6.7.2"}, {3098, "§6.7.3"}, {3193, "§6.7.4"}, {3288, "§6.7.5"},
		{3380, "§6.8.1"}, {3475, "§6.8.2"}, {3571, "§6.8.3"}, {3663, "§6.8.4"}, {3757, "§6.8.5"},
		{3844, "§6.9.1"}, {3856, "§6.9.2"}, {3894, "§6.9.3"}, {3903, "§6.9.4"}, {3928, "§7"},
	}
	section := ""
	for _, h := range heads {
		if line < h.line {
			break
		}
		section = h.section
	}
	return section
}

// seedRef is one reference "001:2394-2397" taken apart.
type seedRef struct {
	file        string
	first, last int
}

// parseRef reads one reference; ok is false for a basis that is not in the
// seeds (a law, an RFC), err tells what is wrong with one that claims to be.
func parseRef(ref string) (seedRef, bool, error) {
	file, at, found := strings.Cut(ref, ":")
	name, lines := seedName(file)
	if !found || name == "" {
		if len(file) == 3 && strings.Trim(file, "0123456789") == "" {
			return seedRef{}, false, badTable("cite %q: there is no text %s, or no line is named", ref, file)
		}
		return seedRef{}, false, nil
	}
	a, b, isRange := strings.Cut(at, "-")
	first, err := strconv.Atoi(a)
	last := first
	if err == nil && isRange {
		last, err = strconv.Atoi(b)
	}
	if err != nil || first < 1 || last < first || last > lines {
		return seedRef{}, false, badTable("cite %q: text %s has lines 1 to %d", ref, file, lines)
	}
	return seedRef{file, first, last}, true, nil
}

// source writes a cite for people: the seed's human name, its section, and
// the references themselves; what repeats is said once:
// 《…》 §3 (001:359); §4.1 (001:464-468, 001:478-480).
func source(cite string) string {
	var out strings.Builder
	name, section, open := "", "", false
	for i, ref := range strings.Split(cite, ", ") {
		r, seed, err := parseRef(ref)
		if err != nil || !seed {
			r = seedRef{file: ref}
		}
		n, _ := seedName(r.file)
		s := ""
		if r.file == "001" {
			s = section001(r.first)
		}
		if open && n == name && s == section {
			out.WriteString(", " + ref)
			continue
		}
		if open {
			out.WriteByte(')')
			open = false
		}
		if i > 0 {
			out.WriteString("; ")
		}
		if n == "" {
			name = ""
			out.WriteString(ref)
			continue
		}
		if n != name {
			out.WriteString(n)
			if s != "" {
				out.WriteByte(' ')
			}
		}
		out.WriteString(s + " (" + ref)
		name, section, open = n, s, true
	}
	if open {
		out.WriteByte(')')
	}
	return out.String()
}

// check refuses a clause without citation or words, and a citation outside
// its text.
func (c Clause) check(where string) error {
	if c.Cite == "" || c.Text == "" || c.En == "" {
		return badTable("%s: cite, text and en are all required", where)
	}
	for _, ref := range strings.Split(c.Cite, ", ") {
		if _, _, err := parseRef(ref); err != nil {
			return badTable("%s: %w", where, err)
		}
	}
	for _, word := range []string{"掉备案", "违法"} {
		if strings.Contains(c.Text, word) {
			return badTable("%s: the word %s is not used", where, word)
		}
	}
	return nil
}

// Citation is the clause for people, in a language ("en", else Chinese).
func (c Clause) Citation(lang string) Citation {
	text := c.Text
	if lang == "en" {
		text = c.En
	}
	return Citation{Text: text, Source: source(c.Cite)}
}

func badTable(format string, args ...any) *domaincheck.Error {
	return domaincheck.Errorf(domaincheck.CodeBadTable, "", format, args...)
}
