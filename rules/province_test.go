package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every province file loads, and accounts for every line of its section.
func TestProvinceFilesLoadAndAccountForEveryLine(t *testing.T) {
	files, err := filepath.Glob("provinces/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no province files: %v", err)
	}
	provinces, err := LoadProvinces(os.DirFS("."), "provinces")
	if err != nil {
		t.Fatal(err)
	}
	if len(provinces) != len(files) {
		t.Errorf("%d files, %d provinces", len(files), len(provinces))
	}
	for name, p := range provinces {
		whole, _, err := parseRef(p.Lines)
		if err != nil {
			t.Fatal(err)
		}
		cited := map[int]bool{}
		for _, clause := range p.Clauses() {
			for _, ref := range strings.Split(clause.Cite, ", ") {
				if r, ok, err := parseRef(ref); ok && err == nil && r.file == whole.file {
					for l := r.first; l <= r.last; l++ {
						cited[l] = true
					}
				}
			}
		}
		// Blank lines stand between paragraphs, so a single uncited line
		// between two cited ones may be blank; two in a row hold text.
		for l := whole.first + 1; l < whole.last; l++ {
			if !cited[l] && !cited[l+1] && !cited[l-1] {
				t.Errorf("%s: line %d of the section (and its neighbours) is not accounted for", name, l)
			}
		}
	}
}

// A bad province file is refused with the reason, whatever is wrong in it.
func TestProvinceFileErrors(t *testing.T) {
	good, err := os.ReadFile("provinces/shanghai.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown key", "  reachable:", "  reachible:", "unknown field"},
		{"doubled key", "  privacy_off:", "  reachable:", "already defined"},
		{"unknown op", `op: ">"`, `op: "~"`, "none of"},
		{"unknown word", "admit: [person]", "admit: [people]", "none of"},
		{"no citation", "cite: 001:2058", "cite: \"\"", "required"},
		{"no words", "text: 单位网站名称另有命名要求", "text: \"\"", "required"},
		{"line outside the text", "cite: 001:2058", "cite: 001:9999", "lines 1 to 4076"},
		{"no such text", "cite: 001:2058", "cite: 009:1", "no text 009"},
		{"range upside down", "cite: 001:2075-2078", "cite: 001:2078-2075", "lines 1 to 4076"},
		{"wrong type", "months: 6", "months: six", "cannot unmarshal"},
		{"no months", "months: 6", "months: 0", "1 or more"},
		{"papers without or_papers", "legal_representative: or_papers", "legal_representative: required", "or_papers"},
		{"exception that nobody judges", "legal_representative: required", "legal_representative: required\n    exceptions: [{when: human, papers: [授权委托书], cite: \"001:2055\", text: 例外, en: exception}]", "exceptions[0]"},
		{"exception of an unknown kind", "legal_representative: required", "legal_representative: required\n    exceptions: [{when: weekday, papers: [授权委托书], cite: \"001:2055\", text: 例外, en: exception}]", "none of"},
		{"unit book that admits no unit", "admit: [unit, legal_representative, shareholder]", "admit: [shareholder]", "must name unit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := strings.Replace(string(good), c.old, c.new, 1)
			if raw == string(good) {
				t.Fatal("the sample does not hold what is to be replaced")
			}
			_, err := parseProvince([]byte(raw))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
