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
		"sites first":     {"sites:\n  - {domain: a.cn, subject: s0, servers: [v]}\n  - {domain: b.cn, subject: s1}\nservers:\n  - id: v\n    provider: aliyun\n  - id: v\nsubjects:\n  - id: s0\n    name: x\n  - id: s0\n    name: y\n", true},
		"refused":         {"sites:\n  - domain: a.cn\n    nmae: x\n  - domain: a b\n  - name: x\n    tags: {a: b}\n  - domain: b.cn\n    filed_on: [1]\n\n  # a word\n  - domain: c.cn\n    filed_on: 2026-13-01\n", true},
		"key twice":       {"sites:\n  - domain: a.cn\n    domain: b.cn\n", false},
	} {
		pieces, whole := &loader{o: Options{Name: "f.yaml"}}, &loader{o: Options{Name: "f.yaml"}}
		if ok := pieces.inPieces([]byte(c.text), 20); ok != c.pieces {
			t.Errorf("%s: read in pieces: %t", name, ok)
		}
		if !c.pieces {
			if !reflect.DeepEqual(pieces, whole) {
				t.Errorf("%s: something stays of what could not be read in pieces: %+v", name, pieces.doc)
			}
			continue
		}
		if err := whole.readYAML([]byte(c.text)); err != nil || !reflect.DeepEqual(pieces.doc, whole.doc) {
			t.Errorf("%s: in pieces\n%+v, as a whole\n%+v, %v", name, pieces.doc, whole.doc, err)
		}
	}
}
