package scheduler_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domaincheck"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

// TestShare: where there is more to look at than there is time for, a round
// over a share ends all the same, and so the others' turn comes: each of its
// sites is looked at once, though all are due again before the last one is.
func TestShare(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	r := newRig(t, 10, func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	})
	defer r.close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	looks := 0
	r.o.Concurrency = 1
	r.o.Looker = scheduler.LookerFunc(func(ctx context.Context, task scheduler.Task) (*domaincheck.Report, error) {
		mu.Lock()
		now = now.Add(10 * time.Hour)
		if looks++; looks > 30 {
			stop()
		}
		mu.Unlock()
		return r.world.Look(ctx, task)
	})
	s := r.scheduler()
	if err := s.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	d, err := s.Work(ctx, watch.Resolution, store.Partition{From: 0, To: store.Shards})
	if err != nil || d.Claimed != 10 || d.Committed != 10 {
		t.Errorf("%+v, %v after %d looks", d, err, looks)
	}
	if b, err := r.store.Backlog(ctx, watch.Resolution, store.Partition{}); err != nil || b.Due < 8 {
		t.Errorf("they were not due again: %+v, %v", b, err)
	}
}

// TestShareOfRegistry: a round over the names of one registry has no more of
// them in hand than it takes in some seconds: the others would be refused their
// turn and put off, and would keep other registries' names from theirs.
func TestShareOfRegistry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 150, time.Now)
		defer r.close()
		r.o.Pace = func(string) string { return registry }
		p := newPacer(r, scheduler.PacerOptions{PerSecond: 1, Burst: 5})
		p.Name(registry, registry)
		r.o.Paces, r.o.Shared, r.o.Concurrency = p, true, 96
		refused, running, most := 0, 0, 0
		var mu sync.Mutex
		r.o.Looker = scheduler.LookerFunc(func(ctx context.Context, task scheduler.Task) (*domaincheck.Report, error) {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			err := p.Wait(ctx, registry)
			mu.Lock()
			running--
			if err != nil && ctx.Err() == nil {
				refused++
			}
			mu.Unlock()
			if err != nil {
				return nil, err
			}
			return r.world.Look(ctx, task)
		})
		s := r.scheduler()
		if _, err := r.store.AssignPaces(t.Context(), watch.Registration, r.o.Pace); err != nil {
			t.Fatal(err)
		}
		if err := s.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		committed, key := 0, registry
		for range 4 {
			ctx, done := context.WithTimeout(t.Context(), 30*time.Second)
			d, err := s.Work(ctx, watch.Registration, store.Partition{Pace: &key})
			done()
			if err != nil {
				t.Fatal(err)
			}
			committed += d.Committed
		}
		if refused > 0 || most > 10 || committed < 110 {
			t.Errorf("%d refused, %d at once, %d committed of 150 in two minutes at one a second", refused, most, committed)
		}
	})
}

// TestPlaces: a look's place is free when the look has ended, not only when its
// report is written: while one round writes, others look.
func TestPlaces(t *testing.T) {
	r := newRig(t, 12, time.Now)
	defer r.close()
	r.o.Shared, r.o.Concurrency = true, 4
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	writing, looked := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var mu sync.Mutex
	looks := 0
	r.o.Store = &holding{Store: r.store, before: func() {
		once.Do(func() {
			close(writing)
			select {
			case <-looked: // until another round has looked at all the rest
			case <-ctx.Done():
				t.Error("nobody looks while a round writes")
			}
		})
	}}
	r.o.Looker = scheduler.LookerFunc(func(ctx context.Context, task scheduler.Task) (*domaincheck.Report, error) {
		mu.Lock()
		looks++
		n := looks
		mu.Unlock()
		switch {
		case n == len(r.sites):
			close(looked)
		case n > 1: // all but the first end while that one's report is written
			select {
			case <-writing:
			case <-ctx.Done():
			}
		}
		return r.world.Look(ctx, task)
	})
	s := r.scheduler()
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	ends := make(chan error, 2)
	work := func() {
		_, err := s.Work(ctx, watch.Resolution, store.Partition{})
		ends <- err
	}
	go work()
	<-writing
	go work()
	for range 2 {
		if err := <-ends; err != nil {
			t.Error(err)
		}
	}
	if st := s.Status().Parts[watch.Resolution]; st.Running != 0 || st.Looks != 12 || st.Commits != 12 {
		t.Errorf("%+v", st)
	}
}

// holding is a store whose commits begin with a call.
type holding struct {
	scheduler.Store
	before func()
}

func (h *holding) Commit(ctx context.Context, batch []store.Commit) ([]store.Committed, error) {
	h.before()
	return h.Store.Commit(ctx, batch)
}
