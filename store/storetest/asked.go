package storetest

import (
	"slices"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/watch"
)

// queued: sites that are asked for count until somebody begins to look at them;
// newest looks are listed once each, from a moment on.
func queued(t *testing.T, env Env) {
	s, c := begin(t, env)
	names := fill(t, s, 3)
	count := func(want int) {
		t.Helper()
		if n := must[int](t)(s.Asked(t.Context())); n != want {
			t.Fatalf("%d sites are asked for, want %d", n, want)
		}
	}
	count(0) // new sites are due, but nobody asked
	var all []string
	if n := must[int](t)(s.Names(t.Context(), func(name string) { all = append(all, name) })); n != 3 {
		t.Errorf("%d sites have names", n)
	}
	slices.Sort(all)
	same(t, "names", all, names)
	for _, n := range names[:2] {
		must[string](t)(s.Request(t.Context(), n))
	}
	count(2)
	must[string](t)(s.Request(t.Context(), names[0], watch.Page))
	count(2)
	lent := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Resolution, N: 1, Owner: "a"}))
	must[[]store.Lease](t)(s.ClaimAsked(t.Context(), lent[0].Lease, time.Minute))
	count(1)

	begun := c.now()
	commitNow(t, s, c, names[2], "refused")
	commitNow(t, s, c, names[0], "")
	looks := must[[]store.Looked](t)(s.LookedSince(t.Context(), store.LookedQuery{After: begun.Add(-time.Hour)}))
	if len(looks) != 2 {
		t.Fatalf("looks: %+v", looks)
	}
	for _, l := range looks {
		if l.Site == names[2] && l.Level == "" || l.At.IsZero() || l.Verdict == "" {
			t.Errorf("a look says too little: %+v", l)
		}
	}
	if rest := must[[]store.Looked](t)(s.LookedSince(t.Context(), store.LookedQuery{After: looks[0].At, Name: looks[0].Site})); len(rest) != 1 || rest[0].Site != looks[1].Site {
		t.Errorf("after the first: %+v", rest)
	}
	if none := must[[]store.Looked](t)(s.LookedSince(t.Context(), store.LookedQuery{After: begun.Add(-time.Hour), Scope: store.Scope{Tags: []string{"others"}}})); len(none) != 0 {
		t.Errorf("out of scope: %+v", none)
	}
}

// expiries: domains are counted once each by the days that are left.
func expiries(t *testing.T, env Env) {
	s, c := begin(t, env)
	names := fill(t, s, 5)
	for i, days := range []int{-3, 5, 20, 400} {
		r := Report(names[i], "", c.at())
		r.Observation.Registration.Expires = domaincheck.At(c.now().Add(time.Duration(days) * 24 * time.Hour))
		m := must[*store.Memory](t)(s.Load(t.Context(), names[i]))
		done := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: names[i], Rev: m.Rev, Report: r}}))
		ok(t, done[0].Err)
	}
	same(t, "domains by days left", must[[]int64](t)(s.ExpiryCounts(t.Context(), []int{0, 7, 30, 90, 365})), []int64{1, 1, 1, 0, 0, 1})
}
