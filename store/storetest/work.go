package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
	"domaincheck/watch"
)

func names(claimed []store.Claimed) []string {
	var all []string
	for _, c := range claimed {
		all = append(all, c.Lease.Site)
	}
	return all
}

func leasesOf(claimed []store.Claimed) []store.Lease {
	var all []store.Lease
	for _, c := range claimed {
		all = append(all, c.Lease)
	}
	return all
}

// claim: what is due is lent once, and free again when the lease runs out.
func claim(t *testing.T, env Env) {
	s, c := begin(t, env)
	fill(t, s, 5)
	ask := store.ClaimOptions{Part: watch.Page, N: 3, Owner: "a", Lease: 30 * time.Second}
	first := must[[]store.Claimed](t)(s.Claim(t.Context(), ask))
	ask.N, ask.Owner = 10, "b"
	second := must[[]store.Claimed](t)(s.Claim(t.Context(), ask))
	all := append(names(first), names(second)...)
	slices.Sort(all)
	if len(first) != 3 || len(second) != 2 || len(slices.Compact(all)) != 5 {
		t.Fatalf("claimed %v and %v", names(first), names(second))
	}
	if n := must[[]store.Claimed](t)(s.Claim(t.Context(), ask)); len(n) != 0 {
		t.Fatalf("lent twice: %v", names(n))
	}
	if n := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Registration, N: 9})); len(n) != 5 {
		t.Fatalf("another part: %v", names(n))
	}
	b := must[store.Backlog](t)(s.Backlog(t.Context(), watch.Page, store.Partition{}))
	if b.Sites != 5 || b.Due != 0 || b.Lent != 5 || !b.Next.Equal(c.now().Add(30*time.Second)) {
		t.Fatalf("backlog %+v", b)
	}
	c.forward(30 * time.Second)
	third := must[[]store.Claimed](t)(s.Claim(t.Context(), ask))
	if len(third) != 5 || third[0].Lease.Token < 2 {
		t.Fatalf("after the leases ran out: %+v", third)
	}
	// Due times order the work; a commit sets the next one.
	m := third[0]
	res := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: m.Lease.Site, Rev: m.Rev, Report: Report(m.Lease.Site, "", c.at()),
		Leases: []store.Lease{m.Lease}, Next: []store.Due{{Part: watch.Page, At: c.now().Add(time.Hour)}}}}))
	ok(t, res[0].Err)
	ok(t, s.Release(t.Context(), leasesOf(third[1:2]), time.Time{}))
	ok(t, s.Release(t.Context(), leasesOf(third[2:]), c.now().Add(2*time.Hour)))
	if n := names(must[[]store.Claimed](t)(s.Claim(t.Context(), ask))); !slices.Equal(n, []string{third[1].Lease.Site}) {
		t.Fatalf("released: %v", n)
	}
	c.forward(90 * time.Minute)
	got := must[[]store.Claimed](t)(s.Claim(t.Context(), ask))
	if len(got) != 2 || got[1].Lease.Site != m.Lease.Site || got[1].Asked || got[1].Report == nil {
		t.Fatalf("after an hour: %+v", names(got))
	}
	key := "whois.cnnic.cn:43"
	ok(t, s.SetDue(t.Context(), []store.Due{{Site: third[2].Lease.Site, Part: watch.Page, At: c.now(), Pace: &key}, {Site: "gone.cn", Part: watch.Page}}))
	if got := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, N: 9, Partition: store.Partition{Pace: &key}})); len(got) != 1 || got[0].Pace != key {
		t.Fatalf("by pace: %v", names(got))
	}
	same(t, "paces", must[map[string]int](t)(s.Paces(t.Context(), watch.Page)), map[string]int{"": 4, key: 1})
}

// request: who is asked for comes first, and once more if it is just looked at.
func request(t *testing.T, env Env) {
	s, c := begin(t, env)
	all := fill(t, s, 4)
	c.forward(time.Hour)
	_, err := s.Request(t.Context(), "nobody.cn")
	wantCode(t, err, store.CodeNotFound)
	for _, name := range []string{all[3], all[1]} {
		if site := must[string](t)(s.Request(t.Context(), name)); site != name {
			t.Fatalf("requested %q", site)
		}
		c.forward(time.Second)
	}
	ask := store.ClaimOptions{Part: watch.Resolution, N: 2, Lease: time.Minute}
	got := must[[]store.Claimed](t)(s.Claim(t.Context(), ask))
	if !slices.Equal(names(got), []string{all[3], all[1]}) || !got[0].Asked || !got[0].Due.Equal(c.now().Add(-2*time.Second)) {
		t.Fatalf("first: %v, asked %v, due %v", names(got), got[0].Asked, got[0].Due)
	}
	// Asked for while it is looked at: never two looks at once, one more after.
	must[string](t)(s.Request(t.Context(), all[3], watch.Resolution))
	ask.N = 9
	if n := names(must[[]store.Claimed](t)(s.Claim(t.Context(), ask))); !slices.Equal(n, []string{all[0], all[2]}) {
		t.Fatalf("meanwhile: %v", n)
	}
	for _, k := range got {
		res := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: k.Lease.Site, Rev: k.Rev, Report: Report(k.Lease.Site, "", c.at()),
			Leases: []store.Lease{k.Lease}, Next: []store.Due{{Part: watch.Resolution, At: c.now().Add(24 * time.Hour)}}}}))
		ok(t, res[0].Err)
	}
	if n := must[[]store.Claimed](t)(s.Claim(t.Context(), ask)); len(n) != 1 || n[0].Lease.Site != all[3] || !n[0].Asked {
		t.Fatalf("once more: %v", names(n))
	}
	// A schedule does not push back what somebody asked for.
	must[string](t)(s.Request(t.Context(), all[1], watch.Page))
	ok(t, s.SetDue(t.Context(), []store.Due{{Site: all[1], Part: watch.Page, At: c.now().Add(time.Hour)}}))
	if n := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, N: 1})); n[0].Lease.Site != all[3] || !n[0].Asked {
		t.Fatalf("page: %v", names(n))
	}
}

// partitions: ranges of shards cover every site once.
func partitions(t *testing.T, env Env) {
	s, _ := begin(t, env)
	all := fill(t, s, 60)
	var got []string
	for from := 0; from < store.Shards; from += 64 {
		part := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, N: 100, Partition: store.Partition{From: from, To: from + 64}}))
		if len(part) == 0 || len(part) > 40 {
			t.Errorf("shards from %d hold %d of 60 sites", from, len(part))
		}
		got = append(got, names(part)...)
	}
	slices.Sort(got)
	if !slices.Equal(got, all) {
		t.Fatalf("got %d sites: %v", len(got), got)
	}
	t.Run("along", func(t *testing.T) { along(t, env) })
}

// along: another part is lent with the one that is claimed where it is due, lent
// to nobody and not asked for.
func along(t *testing.T, env Env) {
	s, c := begin(t, env)
	all := fill(t, s, 4)
	must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Resolution, N: 1, Lease: time.Minute}))
	ok(t, s.SetDue(t.Context(), []store.Due{{Site: all[1], Part: watch.Resolution, At: c.now().Add(time.Hour)}}))
	must[string](t)(s.Request(t.Context(), all[2], watch.Resolution))
	claimed := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, Along: []watch.Part{watch.Resolution}, N: 9, Owner: "a", Lease: time.Minute}))
	var with []string
	for _, k := range claimed {
		for _, l := range k.Along {
			with = append(with, l.Site)
			if l.Part != watch.Resolution || l.Owner != "a" || l.Token != 1 || !l.Until.Equal(c.now().Add(time.Minute)) {
				t.Errorf("lent along: %+v", l)
			}
		}
	}
	if len(claimed) != 4 || !slices.Equal(with, []string{all[3]}) {
		t.Fatalf("of %v with %v", names(claimed), with)
	}
	// One commit ends both leases.
	k := claimed[slices.IndexFunc(claimed, func(k store.Claimed) bool { return k.Lease.Site == all[3] })]
	res := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: all[3], Rev: k.Rev, Report: Report(all[3], "", c.at()), Leases: append(k.Along, k.Lease),
		Next: []store.Due{{Part: watch.Page, At: c.now().Add(time.Hour)}, {Part: watch.Resolution, At: c.now().Add(time.Hour)}}}}))
	ok(t, res[0].Err)
	c.forward(30 * time.Minute) // what is still lent runs out
	if n := names(must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Resolution, N: 9}))); !slices.Equal(n, []string{all[2], all[0]}) {
		t.Fatalf("afterwards %v", n)
	}
}

// heartbeat: leases are prolonged while they are the owner's, and no longer.
func heartbeat(t *testing.T, env Env) {
	s, c := begin(t, env)
	fill(t, s, 2)
	ask := store.ClaimOptions{Part: watch.Page, N: 2, Owner: "a", Lease: 30 * time.Second}
	mine := must[[]store.Claimed](t)(s.Claim(t.Context(), ask))
	for range 3 {
		c.forward(20 * time.Second)
		if lost := must[[]store.Lease](t)(s.Extend(t.Context(), leasesOf(mine), 30*time.Second)); len(lost) != 0 {
			t.Fatalf("lost %v", lost)
		}
	}
	if n := must[[]store.Claimed](t)(s.Claim(t.Context(), ask)); len(n) != 0 {
		t.Fatal("a prolonged lease was lent")
	}
	c.forward(31 * time.Second)
	ask.N, ask.Owner = 1, "b"
	other := must[[]store.Claimed](t)(s.Claim(t.Context(), ask))
	lost := must[[]store.Lease](t)(s.Extend(t.Context(), leasesOf(mine), 30*time.Second))
	if len(other) != 1 || len(lost) != 1 || lost[0].Site != other[0].Lease.Site {
		t.Fatalf("lost %v, the other has %v", lost, names(other))
	}
	// The sleeper's commit is good work (nobody was faster), but does not end
	// the other's lease; the other's commit then loses.
	var late store.Claimed
	for _, k := range mine {
		if k.Lease.Site == lost[0].Site {
			late = k
		}
	}
	next := []store.Due{{Part: watch.Page, At: c.now().Add(time.Hour)}}
	res := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: late.Lease.Site, Rev: late.Rev, Report: Report(late.Lease.Site, "", c.at()), Leases: []store.Lease{late.Lease}, Next: next}}))
	ok(t, res[0].Err)
	if lost := must[[]store.Lease](t)(s.Extend(t.Context(), leasesOf(other), time.Minute)); len(lost) != 0 {
		t.Fatal("a late commit ended another's lease")
	}
	res = must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: late.Lease.Site, Rev: other[0].Rev, Report: Report(late.Lease.Site, "", c.at()), Leases: leasesOf(other), Next: next}}))
	wantCode(t, res[0].Err, store.CodeConflict)
	ok(t, s.Remove(t.Context(), late.Lease.Site))
	if lost := must[[]store.Lease](t)(s.Extend(t.Context(), leasesOf(other), time.Minute)); len(lost) != 1 {
		t.Fatal("the lease of a site that is gone was prolonged")
	}
}

// twoStores: two openings of one store share the work and nothing is done
// twice or lost.
func twoStores(t *testing.T, env Env) {
	c := newClock()
	url := env.New(t)
	a := reopen(t, url, c)
	b := reopen(t, url, c)
	const sites, workers, rounds = 16, 4, 2
	all := fill(t, a, sites)
	var mu sync.Mutex
	looked := map[string]int{}
	for round := range rounds {
		var wg sync.WaitGroup
		for w := range workers {
			s := []*store.Store{a, b}[w%2]
			wg.Go(func() {
				for {
					got, err := s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, N: 4, Owner: fmt.Sprint(w), Lease: time.Hour})
					if err != nil || len(got) == 0 {
						if err != nil {
							t.Error(err)
						}
						return
					}
					var batch []store.Commit
					for _, k := range got {
						batch = append(batch, store.Commit{Site: k.Lease.Site, Rev: k.Rev, Report: Report(k.Lease.Site, fmt.Sprint("code", round), c.at()), Leases: []store.Lease{k.Lease},
							Next: []store.Due{{Part: watch.Page, At: c.now().Add(time.Minute)}}})
					}
					done, err := s.Commit(t.Context(), batch)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for i, d := range done {
						if d.Err != nil || !d.Changed {
							t.Errorf("%s: %+v", batch[i].Site, d)
						}
						looked[batch[i].Site]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		c.forward(time.Minute)
	}
	for _, name := range all {
		if looked[name] != rounds {
			t.Errorf("%s was looked at %d times", name, looked[name])
		}
		if h := must[[]store.ReportRow](t)(a.Reports(t.Context(), name, 0, 10, false)); len(h) != rounds {
			t.Errorf("%s has %d reports", name, len(h))
		}
	}
}

// order: who reads events on and on, after the last one seen, misses none,
// however many write.
func order(t *testing.T, env Env) {
	c := newClock()
	url := env.New(t)
	stores := []*store.Store{reopen(t, url, c), reopen(t, url, c)}
	names := fill(t, stores[0], 4)
	const each = 8
	var wg sync.WaitGroup
	for w, name := range names {
		wg.Go(func() {
			for i := range each {
				e := event(name, domaincheck.At(c.now().Add(time.Duration(i)*time.Second)))
				got, err := stores[w%2].Commit(t.Context(), []store.Commit{{Site: name, Rev: int64(1 + i), Report: Report(name, "", c.at()), Events: []alert.Event{e}, Out: []alert.Outgoing{outgoing("ops", e)}}})
				if err != nil || got[0].Err != nil {
					t.Error(err, got)
					return
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() { wg.Wait(); close(ended) }()
	seen, last := map[string]bool{}, int64(0)
	for over := false; ; {
		events := must[[]store.Event](t)(stores[1].Events(t.Context(), store.EventQuery{After: last}))
		for _, e := range events {
			if e.ID <= last || seen[e.Event.Key] {
				t.Fatalf("event %d after %d", e.ID, last)
			}
			last, seen[e.Event.Key] = e.ID, true
		}
		if over && len(events) == 0 {
			break
		}
		select {
		case <-ended:
			over = true
		default:
		}
	}
	if len(seen) != each*len(names) {
		t.Fatalf("%d events of %d were seen", len(seen), each*len(names))
	}
}

// budgets: one bucket for all, however many take from it.
func budgets(t *testing.T, env Env) {
	c := newClock()
	url := env.New(t)
	stores := []*store.Store{reopen(t, url, c), reopen(t, url, c)}
	var wg sync.WaitGroup
	const each = 10
	for w := range 4 {
		wg.Go(func() {
			for range each {
				if _, err := stores[w%2].UpdateBudget(t.Context(), "k", func(b store.Budget, known bool) store.Budget {
					b.Tokens++
					b.At, b.PerSecond, b.Note = c.now(), 0.5, "学到"
					return b
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := must[[]store.Budget](t)(stores[1].Budgets(t.Context()))
	if len(got) != 1 || got[0].Tokens != 4*each || got[0].PerSecond != 0.5 || !got[0].At.Equal(c.now()) || !got[0].Blocked.IsZero() || got[0].Note != "学到" {
		t.Fatalf("budgets %+v", got)
	}
	c.forward(time.Hour)
	ok(t, stores[0].EmptyBudgets(t.Context()))
	if b := must[[]store.Budget](t)(stores[1].Budgets(t.Context()))[0]; b.Tokens != 0 || !b.At.Equal(c.now()) || b.PerSecond != 0.5 {
		t.Fatalf("emptied: %+v", b)
	}
	must[store.Budget](t)(stores[0].UpdateBudget(t.Context(), "new", func(b store.Budget, known bool) store.Budget {
		if known || b.Key != "new" {
			t.Errorf("a new bucket: %+v, known %v", b, known)
		}
		return b
	}))
}

// leases by name: one holder, its token grows when it changes hands.
func leases(t *testing.T, env Env) {
	s, c := begin(t, env)
	take := func(owner string) (int64, bool) {
		t.Helper()
		token, got, err := s.Acquire(t.Context(), "leader", owner, time.Minute)
		ok(t, err)
		return token, got
	}
	if token, got := take("a"); !got || token != 1 {
		t.Fatalf("first: %d %v", token, got)
	}
	if _, got := take("b"); got {
		t.Fatal("two holders")
	}
	c.forward(59 * time.Second)
	if token, got := take("a"); !got || token != 1 {
		t.Fatalf("prolonged: %d %v", token, got)
	}
	c.forward(59 * time.Second)
	if _, got := take("b"); got {
		t.Fatal("taken from a live holder")
	}
	c.forward(time.Second)
	if token, got := take("b"); !got || token != 2 {
		t.Fatalf("after it ran out: %d %v", token, got)
	}
	ok(t, s.Drop(t.Context(), "leader", "a"))
	if _, got := take("a"); got {
		t.Fatal("dropped by another")
	}
	ok(t, s.Drop(t.Context(), "leader", "b"))
	if token, got := take("a"); !got || token != 3 {
		t.Fatalf("after it was dropped: %d %v", token, got)
	}
	if got, err := s.LeaseChannel(t.Context(), "ops", "x", time.Minute); err != nil || !got {
		t.Fatal(got, err)
	}
	if got, err := s.LeaseChannel(t.Context(), "ops", "y", time.Minute); err != nil || got {
		t.Fatal("two drainers", err)
	}
	if got, err := s.Drainer(t.Context(), "ops"); err != nil || got != "x" {
		t.Errorf("ops is drained by %q, %v", got, err)
	}
	if got, err := s.Drainer(t.Context(), "nobody's"); err != nil || got != "" {
		t.Errorf("a channel without drainer is drained by %q, %v", got, err)
	}
	if got, err := s.LeaseChannel(t.Context(), "mail", "y", time.Minute); err != nil || !got {
		t.Fatal("channels are not apart", err)
	}
	ok(t, s.DropChannel(t.Context(), "ops", "x"))
	if got, err := s.LeaseChannel(t.Context(), "ops", "y", time.Minute); err != nil || !got {
		t.Fatal("a drainer that went holds on", err)
	}
}

// holds and marks are kept as they were said.
func holds(t *testing.T, env Env) {
	s, c := begin(t, env)
	h := store.Hold{ID: "1", Kind: "silence", Owner: "王", Reason: "迁移", Starts: c.now(), Ends: c.now().Add(time.Hour), Doc: []byte(`{"tags":["shop"]}`)}
	ok(t, s.PutHold(t.Context(), h))
	ok(t, s.PutHold(t.Context(), store.Hold{ID: "2", Kind: "suppression", Owner: "李"}))
	got := must[[]store.Hold](t)(s.Holds(t.Context(), "silence", false))
	if len(got) != 1 || got[0].Owner != "王" || !got[0].Ends.Equal(h.Ends) || string(got[0].Doc) != string(h.Doc) || !got[0].CreatedAt.Equal(c.now()) {
		t.Fatalf("holds %+v", got)
	}
	c.forward(2 * time.Hour)
	if got := must[[]store.Hold](t)(s.Holds(t.Context(), "", false)); len(got) != 1 || got[0].ID != "2" {
		t.Fatalf("standing: %+v", got)
	}
	ok(t, s.EndHold(t.Context(), "2", "赵"))
	wantCode(t, s.EndHold(t.Context(), "2", "赵"), store.CodeNotFound)
	if got := must[[]store.Hold](t)(s.Holds(t.Context(), "", true)); len(got) != 2 || got[1].EndedBy != "赵" {
		t.Fatalf("all: %+v", got)
	}
	if v := must[string](t)(s.Mark(t.Context(), "sweep")); v != "" {
		t.Fatalf("mark %q", v)
	}
	ok(t, s.SetMark(t.Context(), "sweep", "2026"))
	ok(t, s.SetMark(t.Context(), "sweep", "2027"))
	if v := must[string](t)(s.Mark(t.Context(), "sweep")); v != "2027" {
		t.Fatalf("mark %q", v)
	}
}
