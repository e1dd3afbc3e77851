package present

import (
	"slices"

	"domaincheck"
	"domaincheck/inventory"
)

// Verdict is the word for a verdict in a language, as [Level] is for a severity.
func Verdict(v domaincheck.Verdict, lang string) string { return voice{lang != "en"}.verdict(v) }

// Result is the word for the result of a finding.
func Result(r domaincheck.Result, lang string) string { return voice{lang != "en"}.result(r) }

// Knows is the word for how a finding knows what it says.
func Knows(k domaincheck.Knows, lang string) string { return voice{lang != "en"}.knows(k) }

// Why is the word for why a finding is unknown.
func Why(w domaincheck.Why, lang string) string { return voice{lang != "en"}.why(w) }

// Problem is an error as a sentence: in Chinese what its code means comes first.
func Problem(e *domaincheck.Error, lang string) string { return voice{lang != "en"}.problem(e) }

// Pair is one fact of a finding's evidence, in words.
type Pair struct{ Name, Value string }

// Evidence is what a finding rests on, by name in a fixed order; what the
// judgement was given rather than saw is left out. o gives the language and the
// names of providers. Values are cleaned; each is at most some 200 characters.
func Evidence(f domaincheck.Finding, o Options) []Pair {
	p := &Printer{o: o, v: voice{o.Lang != "en"}}
	var names []string
	for n := range f.Evidence {
		names = append(names, n)
	}
	slices.Sort(names)
	var pairs []Pair
	for _, n := range names {
		if given(n, f.Evidence[n]) {
			continue
		}
		if text := p.fact(n, f.Evidence[n]); text != "" {
			pairs = append(pairs, Pair{p.v.evidence(n), text})
		}
	}
	return pairs
}

// Confirmed tells whether a failure of a report is sure: declared facts need no
// second look, nor do rules that the book of o counts at once.
func Confirmed(r *domaincheck.Report, f domaincheck.Finding, o Options) bool {
	return (&Printer{o: o}).confirmed(r, f)
}

// Undeclared names the facts of the ledger that a report misses, each once, and
// counts the findings that wait for them.
func Undeclared(r *domaincheck.Report, lang string) (facts []string, findings int, err error) {
	headings, err := inventory.Headings()
	if err != nil {
		return nil, 0, domaincheck.Errorf(domaincheck.CodeBadTable, "", "the names of the ledger's facts: %w", err)
	}
	p := &Printer{o: Options{Lang: lang}, v: voice{lang != "en"}, headings: headings}
	facts, findings = p.undeclared(r)
	return facts, findings, nil
}

// Risks are the risks of a report worth a line each: of each outcome and target
// the worst, the worst first.
func Risks(r *domaincheck.Report) []domaincheck.Risk { return shownRisks(r) }
