package storetest

import (
	"maps"
	"testing"
	"time"

	"domaincheck/store"
	"domaincheck/watch"
)

// asked: who takes a part that was asked for may take the rest of what was
// asked of that site with it.
func asked(t *testing.T, env Env) {
	s, c := begin(t, env)
	all := fill(t, s, 2)
	for _, part := range []watch.Part{watch.Resolution, watch.Page, watch.Registration, watch.Record} {
		ok(t, s.SetDue(t.Context(), []store.Due{{Site: all[0], Part: part, At: c.now().Add(time.Hour)}, {Site: all[1], Part: part, At: c.now().Add(time.Hour)}}))
	}
	must[string](t)(s.Request(t.Context(), all[0]))
	got := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Resolution, N: 9, Owner: "me"}))
	if len(got) != 1 || !got[0].Asked {
		t.Fatalf("claimed %v", names(got))
	}
	rest := must[[]store.Lease](t)(s.ClaimAsked(t.Context(), got[0].Lease, time.Minute))
	if len(rest) != 3 || rest[0].Part != watch.Page || rest[1].Part != watch.Record || rest[2].Part != watch.Registration || rest[0].Site != all[0] {
		t.Fatalf("the rest: %+v", rest)
	}
	if again := must[[]store.Lease](t)(s.ClaimAsked(t.Context(), got[0].Lease, time.Minute)); len(again) != 0 {
		t.Fatalf("lent twice: %+v", again)
	}
	if more := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, N: 9})); len(more) != 0 {
		t.Fatalf("lent to another: %v", names(more))
	}
	commit := store.Commit{Site: all[0], Rev: got[0].Rev, Report: Report(all[0], "", c.at()), Leases: append(rest, got[0].Lease)}
	for _, l := range commit.Leases {
		commit.Next = append(commit.Next, store.Due{Part: l.Part, At: c.now().Add(time.Hour)})
	}
	ok(t, must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{commit}))[0].Err)
	for _, l := range commit.Leases {
		if b := must[store.Backlog](t)(s.Backlog(t.Context(), l.Part, store.Partition{})); b.Due != 0 || b.Lent != 0 {
			t.Fatalf("%s after the commit: %+v", l.Part, b)
		}
	}
	if rest := must[[]store.Lease](t)(s.ClaimAsked(t.Context(), commit.Leases[3], time.Minute)); len(rest) != 0 {
		t.Fatalf("nobody asked: %+v", rest)
	}
}

// paces: keys are named once, and only the ready parts count.
func paces(t *testing.T, env Env) {
	s, c := begin(t, env)
	all := fill(t, s, 5)
	name := func(domain string) string {
		if domain == all[0] {
			return "a:43"
		}
		return "b:43"
	}
	if n := must[int](t)(s.AssignPaces(t.Context(), watch.Registration, name)); n != 5 {
		t.Fatalf("named %d", n)
	}
	if n := must[int](t)(s.AssignPaces(t.Context(), watch.Registration, name)); n != 0 {
		t.Fatalf("named %d again", n)
	}
	ok(t, s.SetDue(t.Context(), []store.Due{{Site: all[1], Part: watch.Registration, At: c.now().Add(time.Hour)}}))
	got := must[map[string]int](t)(s.ReadyPaces(t.Context(), watch.Registration, store.Partition{}))
	if !maps.Equal(got, map[string]int{"a:43": 1, "b:43": 3}) {
		t.Fatalf("ready: %v", got)
	}
	if got := must[map[string]int](t)(s.ReadyPaces(t.Context(), watch.Page, store.Partition{})); !maps.Equal(got, map[string]int{"": 5}) {
		t.Fatalf("other parts: %v", got)
	}
}

// bounds: a clock that was ahead leaves due times and leases too late.
func bounds(t *testing.T, env Env) {
	s, c := begin(t, env)
	all := fill(t, s, 3)
	c.forward(72 * time.Hour) // wrong
	got := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, N: 2, Lease: time.Minute}))
	ok(t, s.SetDue(t.Context(), []store.Due{{Site: all[2], Part: watch.Page, At: c.now().Add(time.Hour)}}))
	c.forward(-72 * time.Hour) // put right
	if more := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, N: 9})); len(more) != 0 {
		t.Fatalf("claimed %v", names(more))
	}
	if n := must[int64](t)(s.BoundDue(t.Context(), watch.Page, c.now().Add(time.Minute), c.now().Add(30*time.Second))); n != 3 {
		t.Fatalf("%d parts brought forward", n)
	}
	c.forward(31 * time.Second)
	if more := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, N: 9})); len(more) != 2 {
		t.Fatalf("the leases still run: %v", names(more))
	}
	c.forward(30 * time.Second)
	if more := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, N: 9})); len(more) < 1 {
		t.Fatal("the due time is still in the false future")
	}
	if lost := must[[]store.Lease](t)(s.Extend(t.Context(), []store.Lease{got[0].Lease}, time.Minute)); len(lost) != 1 {
		t.Fatal("the old owner did not notice")
	}
	if n := must[[]string](t)(s.Sample(t.Context(), 2)); len(n) != 0 {
		t.Fatalf("a sample without a report: %v", n)
	}
	res := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: all[1], Rev: 1, Report: Report(all[1], "", c.at())}}))
	ok(t, res[0].Err)
	if n := must[[]string](t)(s.Sample(t.Context(), 2)); len(n) != 1 || n[0] != all[1] {
		t.Fatalf("sample: %v", n)
	}
}
