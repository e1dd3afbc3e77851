package rules

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"domaincheck"
)

// Whatever a report holds, judging gives every rule with a whole finding, and
// words for it, and the same again.
func FuzzEvaluate(f *testing.F) {
	book := loadBook(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var c domaincheck.Case
		if json.Unmarshal(raw, &c) != nil || len(c.Site.Domains) > 20 || len(c.Site.Servers) > 20 {
			return
		}
		findings := book.Evaluate(c)
		seen := map[string]bool{}
		for _, finding := range findings {
			seen[finding.Rule] = true
			if (finding.Result == domaincheck.Unknown) != (finding.Why != "") || finding.Code == "" {
				t.Fatalf("%+v", finding)
			}
			if x := book.Explain(finding, "zh"); x.Summary == "" {
				t.Fatalf("no words for %+v", finding)
			}
		}
		for _, id := range IDs() {
			if !seen[id] {
				t.Fatalf("no finding of %s", id)
			}
		}
		a, errA := json.Marshal(findings)
		b, errB := json.Marshal(book.Evaluate(c))
		if errA != nil || errB != nil || !slices.Equal(a, b) {
			t.Fatalf("not stable: %v %v\n%s\n%s", errA, errB, a, b)
		}
	})
}

// A province file is refused or whole; it never panics.
func FuzzProvince(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parseProvince(raw)
		if err != nil {
			if p != nil {
				t.Fatal("a refused file gives a province")
			}
			return
		}
		if p.Unit.Term == nil || p.Individual.Term == nil || p.Unit.Number == nil || p.Unit.Holder == nil {
			t.Fatalf("%+v is not whole", p)
		}
		for _, c := range p.Clauses() {
			if err := c.check("clause"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Folding a name twice changes nothing, and a name is the same as itself.
func FuzzFoldName(f *testing.F) {
	f.Fuzz(func(t *testing.T, name string) {
		once := foldName(name)
		if twice := foldName(once); twice != once {
			t.Fatalf("%q folds to %q, then to %q", name, once, twice)
		}
		if strings.ContainsAny(once, " \t\n\u3000\u200b") {
			t.Fatalf("%q keeps blanks", once)
		}
	})
}

// The seeds are part of the tests.
func TestFuzzSeedsAreThere(t *testing.T) {
	for name, least := range map[string]int{"FuzzEvaluate": 3, "FuzzProvince": 2, "FuzzFoldName": 3} {
		seeds, err := filepath.Glob(filepath.Join("testdata", "fuzz", name, "*"))
		if err != nil || len(seeds) < least {
			t.Errorf("%s: %d seeds, want at least %d", name, len(seeds), least)
		}
		for _, s := range seeds {
			if raw, err := os.ReadFile(s); err != nil || !strings.HasPrefix(string(raw), "go test fuzz v1\n") {
				t.Errorf("%s is no seed", s)
			}
		}
	}
}
