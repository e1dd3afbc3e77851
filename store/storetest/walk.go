package storetest

import (
	"testing"
	"time"

	"domaincheck"
	"domaincheck/store"
)

// walk: every site once, the worst first, with its newest report and how it was
// at a moment; again the same.
func walk(t *testing.T, env Env) {
	s, c := begin(t, env)
	names := fill(t, s, 3) // none looked at yet
	commitNow(t, s, c, names[1], "")
	commitNow(t, s, c, names[2], "refused")
	c.forward(time.Hour)
	since := c.now()
	c.forward(time.Hour)
	commitNow(t, s, c, names[1], "refused")
	commitNow(t, s, c, names[2], "refused")
	w := must[*store.Walk](t)(s.Walk(t.Context(), store.WalkQuery{Since: since}))
	if w.Len() != 3 {
		t.Fatalf("%d sites", w.Len())
	}
	for range 2 {
		var got []string
		for row, err := range w.All(t.Context()) {
			ok(t, err)
			got = append(got, row.Site.MainDomain())
			switch main := row.Site.MainDomain(); main {
			case names[0]:
				if row.Report != nil || row.Before != nil || !row.LookedAt.IsZero() || row.AddedAt.IsZero() {
					t.Errorf("never looked at: %+v", row)
				}
			case names[1]:
				if row.Report.Verdict != domaincheck.VerdictFail || row.Before == nil || row.Before.Verdict != domaincheck.VerdictPass || !row.FirstAt.After(since) {
					t.Errorf("changed since: %+v", row)
				}
			case names[2]:
				if row.Report.Verdict != domaincheck.VerdictFail || row.Before != nil || row.FirstAt.After(since) {
					t.Errorf("as before: %+v", row)
				}
			}
		}
		if len(got) != 3 || got[2] != names[0] {
			t.Errorf("order %q: the worst first, what has no risk last", got)
		}
	}
	ok(t, s.Remove(t.Context(), names[0]))
	n := 0
	for _, err := range w.All(t.Context()) {
		ok(t, err)
		n++
	}
	if n != 2 {
		t.Errorf("%d sites after one was removed", n)
	}
	if tagged := must[*store.Walk](t)(s.Walk(t.Context(), store.WalkQuery{Tags: []string{"no such tag"}})); tagged.Len() != 0 {
		t.Errorf("%d sites have a tag that nobody gave", tagged.Len())
	}
}
