package inventory

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestPieces: what is read piece by piece is what is read as a whole, places
// included, or nothing.
func TestPieces(t *testing.T) {
	var many strings.Builder
	many.WriteString("# a ledger\nsubjects:\n  - id: s0\n    name: \"甲：乙\"\n\nsites:\n")
	for i := range 300 {
		fmt.Fprintf(&many, "  - domain: d%d.cn\n    name: |\n      第%d号\n      - 网站\n    tags: [a, b]\n    # a word\n    hosts:\n      - www\n      - api\n", i, i)
	}
	for name, c := range map[string]struct {
		text   string
		pieces bool
	}{
		"many":            {many.String(), true},
		"flush":           {"sites:\n- domain: a.cn\n- domain: b.cn\n  name: x\n- domain: c.cn\n", true},
		"carriage return": {"sites:\r\n  - domain: a.cn\r\n  - domain: b.cn\r\n", true},
		"quoted dash":     {"sites:\n  - domain: a.cn\n    name: \"x\n  - y\"\n  - domain: b.cn\n", false},
		"open bracket":    {"sites:\n  - domain: a.cn\n    tags: [a,\n  - b]\n  - domain: b.cn\n", false},
		"anchor":          {"sites:\n  - domain: a.cn\n    subject: &s {name: x}\n  - domain: b.cn\n    subject: *s\n", false},
		"twice":           {"sites:\n  - domain: a.cn\nsites:\n  - domain: b.cn\n", false},
		"no entries":      {"subjects:\nsites:\n  - domain: a.cn\n", false},
		"another key":     {"version: 1\nsites:\n  - domain: a.cn\n", false},
		"documents":       {"sites:\n  - domain: a.cn\n---\nsites:\n  - domain: b.cn\n", false},
		"nothing":         {"sites:\n  - domain: a.cn\n  -\n  - \n  - domain: b.cn\n", false},
		"a list":          {"- domain: a.cn\n- domain: b.cn\n", false},
		"key twice":       {"sites:\n  - domain: a.cn\n    domain: b.cn\n", false},
	} {
		got := parsePieces("f.yaml", []byte(c.text), 20)
		if (got != nil) != c.pieces {
			t.Errorf("%s: read in pieces: %t", name, got != nil)
		}
		if whole, err := parseTree("f.yaml", []byte(c.text)); got != nil && (err != nil || !reflect.DeepEqual(got, whole)) {
			t.Errorf("%s: in pieces %+v, as a whole %+v, %v", name, got, whole, err)
		}
	}
}
