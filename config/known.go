package config

import (
	"fmt"
	"slices"
	"strings"

	"domaincheck/desk"
)

// Known are words that settings choose by and that the tables in force hold:
// what is loaded after the settings, since these name the tables.
type Known struct {
	Rules     []string               // ids
	Providers []string               // ids, to guess from
	Provider  func(word string) bool // tells a provider, by id or as people write it
}

// CheckWords holds the rules and providers that the settings choose by against
// those there are: a word that is none would silently choose nothing. Errors
// are [Problems].
func (s Settings) CheckWords(k Known) error {
	var found findings
	w := &wordChecker{checker{decoder: &decoder{findings: &found, places: s.places, written: s.written}, s: &s}, k}
	for i := range s.Routes {
		w.match(fmt.Sprintf("routes[%d].match", i), s.Routes[i].Match)
	}
	for i := range s.Silences {
		w.match(fmt.Sprintf("silences[%d].match", i), s.Silences[i].Match)
	}
	for i := range s.Maintenance {
		w.match(fmt.Sprintf("maintenance[%d].match", i), s.Maintenance[i].Match)
	}
	for i := range s.Reports {
		w.match(fmt.Sprintf("reports[%d].match", i), s.Reports[i].Match)
	}
	for i, rule := range s.Desk.OpenCases {
		if slices.Contains(desk.Kinds(), desk.Kind(rule)) {
			continue
		}
		w.rule(fmt.Sprintf("desk.open_cases[%d]", i), rule)
	}
	for i, word := range s.Desk.Own {
		w.provider(fmt.Sprintf("desk.own[%d]", i), word)
	}
	return found.err()
}

// wordChecker is a checker that knows the tables' words.
type wordChecker struct {
	checker
	known Known
}

func (w *wordChecker) match(path string, m Match) {
	for i, rule := range m.Rules {
		w.rule(fmt.Sprintf("%s.rules[%d]", path, i), rule)
	}
	for i, word := range m.Providers {
		w.provider(fmt.Sprintf("%s.providers[%d]", path, i), word)
	}
}

// rule wants an id, or all of a part by a star at the end.
func (w *wordChecker) rule(path, word string) {
	part, star := strings.CutSuffix(word, "*")
	if slices.ContainsFunc(w.known.Rules, func(id string) bool { return id == word || star && strings.HasPrefix(id, part) }) {
		return
	}
	hint := "domaincheck rules list names them; site.* is all of a part"
	if near := Nearest(strings.TrimSuffix(part, "."), w.known.Rules); near != "" {
		hint = "did you mean " + near + "?"
	} else if of, _, ok := strings.Cut(word, "."); ok {
		if all := slices.DeleteFunc(slices.Clone(w.known.Rules), func(id string) bool { return !strings.HasPrefix(id, of+".") }); len(all) > 0 {
			hint = "the rules of this part are " + strings.Join(all, ", ")
		}
	}
	w.fail(path, hint, "there is no rule %s", w.shown(path, word))
}

// provider wants an id, a name or an alias.
func (w *wordChecker) provider(path, word string) {
	if w.known.Provider(word) {
		return
	}
	hint := "an id or a name of the table of providers, such as aliyun or 阿里云, or a word of tables.prefixes"
	if near := Nearest(word, w.known.Providers); near != "" {
		hint = "did you mean " + near + "?"
	}
	w.fail(path, hint, "there is no provider %s", w.shown(path, word))
}

// operator tells what a word of match looks like that is meant to be more than
// a word: words are compared as they stand.
func operator(word string) bool {
	lower := strings.ToLower(strings.TrimSpace(word))
	if strings.HasPrefix(lower, "/") && strings.HasSuffix(lower, "/") && len(lower) > 1 {
		return true
	}
	return lower != "" && strings.ContainsRune("!~^=", rune(lower[0])) || strings.HasPrefix(lower, "not ") ||
		strings.ContainsAny(lower, "*|,，") || strings.Contains(lower, "&&") || strings.Contains(lower, " and ") || strings.Contains(lower, " or ")
}
