package scheduler_test

import (
	"context"
	"sync"
	"testing"
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
