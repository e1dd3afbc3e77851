package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"domaincheck"
)

// Problems are all errors of the settings, in the order of the file; never
// empty. Each has code bad_settings, its place and a hint. errors.As finds the
// first as a [domaincheck.Error].
type Problems []*domaincheck.Error

// Error gives one line an error.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, e := range p {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the errors to errors.Is and errors.As.
func (p Problems) Unwrap() []error {
	out := make([]error, len(p))
	for i, e := range p {
		out[i] = e
	}
	return out
}

// place is where a value stands: line and column of the file, or a variable of
// the environment.
type place struct {
	name      string // the file, or the variable
	line, col int    // 0: none
}

func (p place) String() string {
	if p.line == 0 {
		return p.name
	}
	return fmt.Sprintf("%s:%d:%d", p.name, p.line, p.col)
}

// problem is an error not yet put in order.
type problem struct {
	at  place
	err *domaincheck.Error
}

// maxProblems bounds what is told of a hopeless file.
const maxProblems = 50

type findings struct{ list []problem }

func (f *findings) add(at place, hint, format string, args ...any) {
	f.list = append(f.list, problem{at, domaincheck.Errorf(domaincheck.CodeBadSettings, at.String(), format, args...).WithHint(hint)})
}

// err gives what was found, in the order of the file, the environment last; nil
// if nothing was.
func (f *findings) err() error {
	if len(f.list) == 0 {
		return nil
	}
	slices.SortStableFunc(f.list, func(a, b problem) int {
		if (a.at.line == 0) != (b.at.line == 0) {
			return cmp.Compare(b.at.line, a.at.line)
		}
		return cmp.Or(cmp.Compare(a.at.line, b.at.line), cmp.Compare(a.at.col, b.at.col), cmp.Compare(a.at.name, b.at.name))
	})
	var out Problems
	for _, p := range f.list {
		if len(out) == maxProblems {
			break
		}
		out = append(out, p.err)
	}
	return out
}

// show is a text of the file as a message quotes it: short, one line, without
// control characters.
func show(text string) string {
	runes := []rune(text)
	if len(runes) > 60 {
		text = string(runes[:60]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// Nearest is the word that text was probably meant to be, or "".
func Nearest(text string, words []string) string {
	best, found := 3, ""
	for _, w := range words {
		// Of two letters any other two are near: no guess.
		if d := distance(strings.ToLower(text), w); d < best && d <= len(w)-2 {
			best, found = d, w
		}
	}
	return found
}

// distance is the number of letters to change, add or drop (Levenshtein),
// bounded work for bounded words.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above+1, row[j]+1, diagonal+cost)
			diagonal = above
		}
	}
	return row[len(b)]
}
