package store

import (
	"testing"

	"domaincheck"
)

// TestStateOf: each finding has its own state, in any order.
func TestStateOf(t *testing.T) {
	states := []domaincheck.State{{Rule: "a"}, {Rule: "a", Target: "x.cn"}, {Rule: "b"}, {Rule: "c"}}
	next := 0
	for _, f := range []domaincheck.Finding{{Rule: "b"}, {Rule: "c"}, {Rule: "a"}, {Rule: "d"}, {Rule: "a", Target: "x.cn"}, {Rule: "a", Target: "y.cn"}, {Rule: "a"}} {
		s := stateOf(states, &next, &f)
		there := f.Rule != "d" && f.Target != "y.cn"
		if (s != nil) != there || there && (s.Rule != f.Rule || s.Target != f.Target) {
			t.Errorf("%s %s: %v", f.Rule, f.Target, s)
		}
	}
	if stateOf(nil, &next, &domaincheck.Finding{}) != nil {
		t.Error("a state of none")
	}
}
