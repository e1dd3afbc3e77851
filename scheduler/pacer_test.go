package scheduler_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"domaincheck"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

func newPacer(r *rig, o scheduler.PacerOptions) *scheduler.Pacer {
	o.Store, o.Now = r.store, r.store.Now
	return scheduler.NewPacer(o)
}

const registry = "198.51.100.7:43"

// TestPace: questions come at the rate, after a burst; after a restart the
// bucket is empty.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1, time.Now)
		defer r.close()
		p := newPacer(r, scheduler.PacerOptions{PerSecond: 2, Burst: 4})
		ask := func(p *scheduler.Pacer, n int) time.Duration {
			begun := time.Now()
			for range n {
				if err := p.Wait(t.Context(), registry); err != nil {
					t.Fatal(err)
				}
			}
			return time.Since(begun)
		}
		if d := ask(p, 1); d != 0 {
			t.Errorf("the first question waited %s", d)
		}
		if d := ask(p, 10); d < 4900*time.Millisecond || d > 5100*time.Millisecond {
			t.Errorf("ten questions at two a second took %s", d)
		}
		time.Sleep(time.Minute)
		if d := ask(p, 4); d != 0 {
			t.Errorf("a burst waited %s", d)
		}
		time.Sleep(time.Minute)
		if err := r.store.EmptyBudgets(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := ask(newPacer(r, scheduler.PacerOptions{PerSecond: 2, Burst: 4}), 4); d < 1900*time.Millisecond {
			t.Errorf("after a restart four questions took %s", d)
		}
	})
}

// TestLearn: a refusal slows down and leaves alone, also over a restart;
// answers bring the rate back.
func TestLearn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1, time.Now)
		defer r.close()
		p := newPacer(r, scheduler.PacerOptions{PerSecond: 1, Burst: 5, MostWait: 20 * time.Second})
		p.Name(registry, "whois.example:43")
		p.Learn(t.Context(), registry, true, "queries exceeded", 2*time.Minute)
		if b := p.Blocked("whois.example:43"); !b.Equal(time.Now().Add(2 * time.Minute)) {
			t.Errorf("left alone until %s", b)
		}
		if err := p.Wait(t.Context(), registry); !errors.Is(err, domaincheck.CodeRefused) {
			t.Errorf("asked all the same: %v", err)
		}
		p = newPacer(r, scheduler.PacerOptions{PerSecond: 1, Burst: 5, MostWait: 20 * time.Second}) // a restart
		begun := time.Now()
		if err := p.Wait(t.Context(), registry); !errors.Is(err, domaincheck.CodeRefused) || time.Since(begun) != 0 {
			t.Errorf("after a restart: %v", err)
		}
		time.Sleep(2 * time.Minute)
		if rate := p.Rate(registry); rate != 0.5 {
			t.Errorf("rate after a refusal: %v", rate)
		}
		n := 0
		for p.Rate(registry) < 1 && n < 1000 {
			if err := p.Wait(t.Context(), registry); err != nil {
				t.Fatal(err)
			}
			p.Learn(t.Context(), registry, false, "", 0)
			n++
		}
		if n != 100 {
			t.Errorf("recovered after %d answers", n)
		}
		if st := p.Status(); len(st) != 0 {
			t.Errorf("still learned: %+v", st)
		}
		for range 20 {
			p.Learn(t.Context(), registry, true, "", 0)
		}
		if rate := p.Rate(registry); rate < 1.0/601 || rate > 1.0/600 {
			t.Errorf("rate after many refusals: %v", rate)
		}
		if d := time.Until(p.Blocked(registry)).Round(time.Second); d != 640*time.Second {
			t.Errorf("left alone for %s", d)
		}
	})
}

// TestPaceEnds: nobody waits longer than he wants to, nor than the bound.
func TestPaceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1, time.Now)
		defer r.close()
		p := newPacer(r, scheduler.PacerOptions{PerSecond: 0.1, Burst: 1, MostWait: 25 * time.Second, Servers: map[string]float64{"fast.example": 50}})
		p.Name("198.51.100.9:43", "fast.example:43")
		if rate := p.Rate("fast.example:43"); rate != 50 {
			t.Errorf("a rate given by name: %v", rate)
		}
		if err := p.Wait(t.Context(), registry); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := p.Wait(ctx, registry); !errors.Is(err, domaincheck.CodeRefused) {
			t.Errorf("a turn after the deadline: %v", err)
		}
		results := make(chan error, 4)
		for range 4 {
			go func() { results <- p.Wait(t.Context(), registry) }()
		}
		refused := 0
		for range 4 {
			if err := <-results; errors.Is(err, domaincheck.CodeRefused) {
				refused++
			}
		}
		if refused != 2 {
			t.Errorf("%d of 4 were refused; two turns come within 25 s", refused)
		}
		ctx, cancel = context.WithCancel(t.Context())
		go func() { time.Sleep(time.Second); cancel() }()
		if err := p.Wait(ctx, registry); !errors.Is(err, domaincheck.CodeCancelled) {
			t.Errorf("given up: %v", err)
		}
	})
}

// lostBudgets has lost its store.
type lostBudgets struct{}

func (lostBudgets) UpdateBudget(context.Context, string, func(store.Budget, bool) store.Budget) (store.Budget, error) {
	return store.Budget{}, domaincheck.Errorf(store.CodeUnavailable, "store", "gone")
}

// TestPaceWithoutStore: without a store the pace is kept in memory.
func TestPaceWithoutStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := scheduler.NewPacer(scheduler.PacerOptions{Store: lostBudgets{}, PerSecond: 1, Burst: 2})
		begun := time.Now()
		for range 6 {
			if err := p.Wait(t.Context(), registry); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(begun); d != 5*time.Second {
			t.Errorf("six questions took %s", d)
		}
	})
}

// TestSlowRegistry: a registry that is left alone holds up its own sites only.
func TestSlowRegistry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 30, time.Now)
		defer r.close()
		r.o.Pace = func(domain string) string {
			if domain < name(20) {
				return registry
			}
			return "203.0.113.5:43"
		}
		p := newPacer(r, scheduler.PacerOptions{PerSecond: 1})
		r.o.Paces = p
		p.Learn(t.Context(), registry, true, "go away", time.Hour)
		r.o.Concurrency = 4
		stop := r.run(r.scheduler())
		time.Sleep(5 * time.Minute)
		for i, site := range r.sites {
			if n := r.world.count(site, watch.Registration); n != 0 && i < 20 || n != 1 && i >= 20 {
				t.Errorf("%s: %d questions", site, n)
			}
		}
		time.Sleep(time.Hour)
		stop()
		for _, site := range r.sites {
			if n := r.world.count(site, watch.Registration); n != 1 {
				t.Errorf("%s: %d questions in the end", site, n)
			}
		}
	})
}
