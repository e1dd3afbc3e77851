package present

import (
	_ "embed"
	"slices"
	"strings"

	"domaincheck"
)

//go:embed refusals.zh.txt
var refusalsZH string

// Refusals says in Chinese what refuses: the message and the hint of an error,
// which are English where they are made. Its methods may be called from any
// goroutine.
type Refusals struct {
	whole    map[string]string // sentences without values
	patterns []refusal         // the most certain first
}

// refusal is a sentence with values in it.
type refusal struct {
	english []string // what stands around the values
	chinese string
	certain int // so many bytes of it are no values
}

// values are what stands in a sentence of this form; ok is false for another.
func (f *refusal) values(sentence string) (all []string, ok bool) {
	rest, ok := strings.CutPrefix(sentence, f.english[0])
	if !ok {
		return nil, false
	}
	last := len(f.english) - 1
	for _, part := range f.english[1:last] {
		value, after, found := strings.Cut(rest, part)
		if !found {
			return nil, false
		}
		all, rest = append(all, value), after
	}
	rest, ok = strings.CutSuffix(rest, f.english[last])
	return append(all, rest), ok
}

// deepest is how far values are looked into for sentences of their own.
const deepest = 4

// NewRefusals reads the sentences; the error tells a line that is none.
func NewRefusals() (*Refusals, error) { return readRefusals(refusalsZH) }

func readRefusals(text string) (*Refusals, error) {
	r := &Refusals{whole: map[string]string{}}
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		english, chinese, ok := strings.Cut(line, " ⇒ ")
		if !ok || english == "" || chinese == "" {
			return nil, domaincheck.Errorf(domaincheck.CodeInternal, "refusals.zh.txt", "line %d is no pair", i+1)
		}
		parts := strings.Split(english, "%s")
		if len(parts) == 1 {
			if _, twice := r.whole[english]; twice {
				return nil, domaincheck.Errorf(domaincheck.CodeInternal, "refusals.zh.txt", "line %d is there already", i+1)
			}
			r.whole[english] = chinese
			continue
		}
		r.patterns = append(r.patterns, refusal{parts, chinese, len(english) - 2*(len(parts)-1)})
	}
	slices.SortStableFunc(r.patterns, func(a, b refusal) int { return b.certain - a.certain })
	return r, nil
}

// Say is an English sentence of a refusal in Chinese; ok is false where it is
// not known, and the sentence comes back as it is.
func (r *Refusals) Say(english string) (chinese string, ok bool) { return r.say(english, deepest) }

func (r *Refusals) say(english string, depth int) (string, bool) {
	if chinese, known := r.whole[english]; known {
		return chinese, true
	}
	if depth == 0 || len(english) > 4096 {
		return english, false
	}
	// The key or the place that the sentence speaks of stands before it.
	if place, rest, found := strings.Cut(english, ": "); found && !strings.Contains(place, " ") {
		if chinese, known := r.say(rest, depth-1); known {
			return place + ": " + chinese, true
		}
	}
	for i := range r.patterns {
		values, ok := r.patterns[i].values(english)
		if !ok {
			continue
		}
		pairs := make([]string, 0, 2*len(values))
		for n, v := range values {
			v, _ = r.say(v, depth-1)
			pairs = append(pairs, "%"+string(rune('1'+n)), v)
		}
		return strings.NewReplacer(pairs...).Replace(r.patterns[i].chinese), true
	}
	return english, false
}

// Error is an error with its message and hint in Chinese as far as they are
// known; whole tells whether the message is. The code and the place stay.
func (r *Refusals) Error(e *domaincheck.Error) (in *domaincheck.Error, whole bool) {
	c := *e
	c.Message, whole = r.Say(e.Message)
	c.Hint, _ = r.Say(e.Hint)
	return &c, whole
}
