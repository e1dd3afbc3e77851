package web

import (
	"crypto/sha256"
	"encoding/hex"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/present"
	"domaincheck/rules"
)

// findingView is a finding in words, with what is known of it over time.
type findingView struct {
	ID                  string // for anchors: the same over looks
	Rule, Title, Target string
	RawTarget           string // as stored, for forms
	Result, Level       string
	Word                string // of the level for a failure, else of the result
	Summary             string
	Consequence, Fix    string
	Knows               string
	Sure                bool
	Certainty           string // words; "" where nothing is remembered
	Since, Seen         string
	Evidence            []present.Pair
	Basis               []rules.Citation
	Fingerprint         string
	Strip               *stripView
	Held                string // who called it a false alarm, and why
	HeldID              string
}

// findingID names a finding within its page.
func findingID(rule, target string) string {
	sum := sha256.Sum256([]byte(rule + "\x00" + target))
	return "f-" + hex.EncodeToString(sum[:6])
}

// words are what turns facts into sentences: the rule book and the names of
// providers.
type words struct {
	tongue
	book     *rules.Book
	provider func(id string) string
}

func (w words) options() present.Options {
	return present.Options{Lang: w.lang, Book: w.book, ProviderName: func(id, _ string) string { return w.provider(id) }}
}

// finding says one finding of a report in words.
func (w words) finding(r *domaincheck.Report, f domaincheck.Finding) findingView {
	x := w.book.Explain(f, w.lang)
	v := findingView{
		ID: findingID(f.Rule, string(f.Target)), Rule: clean(f.Rule), Title: clean(f.Rule), Target: siteLabel(string(f.Target)), RawTarget: string(f.Target),
		Result: string(f.Result), Level: string(f.Severity), Word: w.result(f.Result),
		Summary: clean(x.Summary), Consequence: clean(x.Consequence), Fix: clean(x.Fix), Knows: present.Knows(f.Knows, w.lang),
		Seen: w.instant(f.ObservedAt.Time), Fingerprint: alert.Fingerprint(f),
	}
	if rule, ok := w.book.Rule(f.Rule); ok {
		v.Title = rule.Title.In(w.lang)
	}
	for _, c := range x.Basis {
		v.Basis = append(v.Basis, rules.Citation{Text: clean(c.Text), Source: clean(c.Source)})
	}
	if f.Result == domaincheck.Fail || f.Result == domaincheck.Unknown {
		v.Evidence = present.Evidence(f, w.options())
	}
	switch f.Result {
	case domaincheck.Fail:
		v.Word = w.severity(f.Severity)
		v.Sure = present.Confirmed(r, f, w.options())
	case domaincheck.Unknown:
		if why := present.Why(f.Why, w.lang); why != "" {
			v.Certainty = why
		}
	}
	for _, s := range r.States {
		if s.Rule == f.Rule && s.Target == f.Target && f.Result == domaincheck.Fail {
			v.Certainty = w.certainty(s.Certainty)
			v.Since = w.instant(s.Since.Time)
			if s.Since.IsZero() {
				v.Since = ""
			}
		}
	}
	return v
}

// sorted are the findings of a report as a page shows them.
type sorted struct {
	Failed, Hints, Open, Passed, Other []findingView
	Undeclared                         int
	Missing                            []string
}

// findings sorts a report's findings by what a reader asks first.
func (w words) findings(r *domaincheck.Report) (sorted, error) {
	var s sorted
	for rank := domaincheck.Critical.Rank(); rank >= domaincheck.Info.Rank(); rank-- {
		for _, f := range r.Findings {
			if f.Severity.Rank() != rank && (rank > 0 || f.Severity.Rank() >= 0) {
				continue
			}
			switch {
			case f.Result == domaincheck.Fail && rank >= domaincheck.Low.Rank():
				s.Failed = append(s.Failed, w.finding(r, f))
			case f.Result == domaincheck.Fail:
				s.Hints = append(s.Hints, w.finding(r, f))
			case f.Result == domaincheck.Unknown && f.Why != domaincheck.WhyUndeclared:
				s.Open = append(s.Open, w.finding(r, f))
			}
		}
	}
	for _, f := range r.Findings {
		switch f.Result {
		case domaincheck.Pass:
			s.Passed = append(s.Passed, w.finding(r, f))
		case domaincheck.NotApplicable:
			s.Other = append(s.Other, w.finding(r, f))
		}
	}
	var err error
	s.Missing, s.Undeclared, err = present.Undeclared(r, w.lang)
	return s, err
}
