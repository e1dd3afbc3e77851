package rules

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
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

// The JSON of a province has snake-case keys, and its lists are never null.
func TestProvinceJSON(t *testing.T) {
	key := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	var keys func(place string, v any)
	keys = func(place string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, inner := range v {
				if !key.MatchString(k) {
					t.Errorf("%s: key %q", place, k)
				}
				keys(place+"."+k, inner)
			}
		case []any:
			for _, inner := range v {
				keys(place+"[]", inner)
			}
		}
	}
	raw, err := json.Marshal(Province{Unit: ProvinceBook{
		Term: &Term{}, Holder: &HolderRule{Proofs: []HolderProof{{}}}, TLDList: &TLDList{}, Number: &NumberRule{}, Reachable: &ReachableRule{},
		DisplayedName: &DisplayedName{}, Counts: []Count{{}}, Ages: []AgeRule{{}}, IDTerm: &IDTerm{}, IDTypes: []IDType{{}},
		Nationality: []Nationality{{}}, Residence: &Residence{}, Principal: &PersonRule{Exceptions: []PersonException{{}}}, SamePerson: &SamePerson{},
		Papers: []PaperRule{{}}, PaperAges: []PaperAge{{}}, Phones: []PhoneRule{{}}, Naming: []Naming{{}}, Access: []AccessRule{{}},
		Change: []ChangeRule{{}}, Duties: []Duty{{}}, Notes: []Note{{}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	keys("province", tree)
	var lists func(place string, v reflect.Type)
	lists = func(place string, v reflect.Type) {
		switch v.Kind() {
		case reflect.Pointer:
			lists(place, v.Elem())
		case reflect.Slice:
			if !v.Implements(reflect.TypeFor[json.Marshaler]()) {
				t.Errorf("%s: %s is null when it is empty", place, v)
			}
			if v.Elem().Kind() == reflect.Struct {
				lists(place+"[]", v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				lists(place+"."+v.Field(i).Name, v.Field(i).Type)
			}
		}
	}
	lists("Province", reflect.TypeFor[Province]())
}

// Demands are what the province asks for; of the notes only those on unclear
// passages are for people.
func TestDemandsAndDoubts(t *testing.T) {
	for name, p := range checkedBook(t).provinces {
		for _, b := range []*ProvinceBook{&p.Unit, &p.Individual} {
			if len(b.Demands())+len(b.Notes) != len(b.Clauses()) {
				t.Errorf("%s: %d demands and %d notes, %d clauses", name, len(b.Demands()), len(b.Notes), len(b.Clauses()))
			}
			doubts := 0
			for _, n := range b.Notes {
				if n.Kind != "conflict" && n.Kind != "misprint" {
					continue
				}
				if b.Doubts()[doubts] != n.Clause {
					t.Errorf("%s: %s", name, n.Text)
				}
				doubts++
			}
			if doubts != len(b.Doubts()) {
				t.Errorf("%s: %d doubts, want %d", name, len(b.Doubts()), doubts)
			}
		}
	}
}
