package rules

import (
	"slices"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/providers"
)

// row is one case of a rule: what is different from a base case, and what the
// rule must say. want is "result code" and any of severity, why, knows.
type row struct {
	rule   string
	want   string
	name   string
	base   func() domaincheck.Case
	change func(c *domaincheck.Case)
}

func allRows() []row {
	return slices.Concat(domainRows(), accessRows(), serverRows(), pageRows(), contentRows(), subjectRows())
}

func loadBook(t testing.TB) *Book {
	t.Helper()
	signs, err := providers.DefaultSigns()
	if err != nil {
		t.Fatal(err)
	}
	named, err := providers.Default()
	if err != nil {
		t.Fatal(err)
	}
	b, err := load(testFiles(t), Tables{Signs: signs, Providers: named})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRules(t *testing.T) {
	book := loadBook(t)
	for _, r := range allRows() {
		t.Run(r.rule+"/"+r.name, func(t *testing.T) {
			c := r.base()
			if r.change != nil {
				r.change(&c)
			}
			b := book
			if strings.Contains(r.name, "scheduled") {
				b = book.Watching(Limits{Registration: LimitOf(24 * hour), Resolution: LimitOf(hour / 2), Page: LimitOf(6 * hour)})
			}
			f := find(t, b.Evaluate(c), r.rule)
			want := strings.Fields(r.want)
			if string(f.Result) != want[0] || f.Code != want[1] {
				t.Fatalf("got %s %s (%s %s %s, %v), want %s", f.Result, f.Code, f.Severity, f.Why, f.Knows, f.Evidence, r.want)
			}
			for _, w := range want[2:] {
				if w != string(f.Severity) && w != string(f.Why) && w != string(f.Knows) {
					t.Errorf("got %s %s %s %s, want %s", f.Code, f.Severity, f.Why, f.Knows, r.want)
				}
			}
		})
	}
}

func find(t *testing.T, findings []domaincheck.Finding, rule string) domaincheck.Finding {
	t.Helper()
	for _, f := range findings {
		if f.Rule == rule {
			return f
		}
	}
	t.Fatalf("no finding of %s", rule)
	return domaincheck.Finding{}
}

// Every code that the book words is reached by a row, every code that a row
// reaches is worded in both languages without a hole, and every rule has a row
// for each result it can give.
func TestEveryCodeIsReachedAndWorded(t *testing.T) {
	book := loadBook(t)
	reached := map[string]bool{}
	results := map[string]map[domaincheck.Result]bool{}
	scheduled := book.Watching(Limits{Registration: LimitOf(24 * hour), Resolution: LimitOf(hour / 2), Page: LimitOf(6 * hour)})
	for _, r := range allRows() {
		c := r.base()
		if r.change != nil {
			r.change(&c)
		}
		for _, b := range []*Book{book, scheduled} {
			for _, f := range b.Evaluate(c) {
				reached[f.Rule+" "+f.Code] = true
				reached[f.Code] = true
				if results[f.Rule] == nil {
					results[f.Rule] = map[domaincheck.Result]bool{}
				}
				results[f.Rule][f.Result] = true
				checkWords(t, b, f)
			}
		}
	}
	for _, r := range book.Rules() {
		for code := range r.Codes {
			if !reached[r.ID+" "+code] {
				t.Errorf("%s: no row reaches code %s", r.ID, code)
			}
		}
		for _, result := range []domaincheck.Result{domaincheck.Pass, domaincheck.Fail, domaincheck.Unknown, domaincheck.NotApplicable} {
			if !results[r.ID][result] && !(result == domaincheck.NotApplicable && alwaysApplies(r.ID)) {
				t.Errorf("%s: no row gives %s", r.ID, result)
			}
		}
	}
	for code := range book.common {
		if !strings.HasPrefix(code, "word.") && !reached[code] {
			t.Errorf("common code %s is reached by no row", code)
		}
	}
}

func alwaysApplies(rule string) bool { return rule == "server.expiry" }

func checkWords(t *testing.T, b *Book, f domaincheck.Finding) {
	t.Helper()
	r, ok := b.Rule(f.Rule)
	if !ok {
		t.Fatalf("unknown rule %s", f.Rule)
	}
	_, own := r.Codes[f.Code]
	_, common := b.common[f.Code]
	if !own && !common {
		t.Errorf("%s: code %s has no words", f.Rule, f.Code)
	}
	for name, value := range f.Evidence {
		if value == "" {
			t.Errorf("%s %s: evidence %s is empty, not left out", f.Rule, f.Code, name)
		}
	}
	for _, lang := range []string{"zh", "en"} {
		x := b.Explain(f, lang)
		if x.Summary == "" || len(x.Basis) == 0 || strings.Contains(x.Summary+x.Fix, "{") {
			t.Errorf("%s %s %s: %+v", f.Rule, f.Code, lang, x)
		}
		// A dash stands for a value that the evidence does not hold.
		if strings.Contains(x.Summary, "—") && f.Result != domaincheck.NotApplicable {
			t.Errorf("%s %s %s: a value is missing in %q of %v", f.Rule, f.Code, lang, x.Summary, f.Evidence)
		}
		if (f.Result == domaincheck.Fail) != (x.Consequence != "") || f.Result == domaincheck.Fail && x.Fix == "" {
			t.Errorf("%s %s %s: fix %q, consequence %q", f.Rule, f.Code, lang, x.Fix, x.Consequence)
		}
		if strings.Contains(x.Summary+x.Fix+x.Consequence, "掉备案") || strings.Contains(x.Summary+x.Fix+x.Consequence, "违法") {
			t.Errorf("%s %s: forbidden word", f.Rule, f.Code)
		}
	}
}
