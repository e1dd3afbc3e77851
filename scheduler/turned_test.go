package scheduler_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"domaincheck/store"
)

// stuckStore is a store whose commits take until free is closed.
type stuckStore struct {
	*store.Store
	free chan struct{}
}

// Commit implements scheduler.Store.
func (s stuckStore) Commit(ctx context.Context, batch []store.Commit) ([]store.Committed, error) {
	<-s.free
	return s.Store.Commit(ctx, batch)
}

// TestTurned: that the work is gone through can be seen, and that it is not.
func TestTurned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, time.Now)
		defer r.close()
		s := r.scheduler()
		if at := s.Status().Turned; !at.IsZero() {
			t.Errorf("it turned at %s before it ran", at)
		}
		stop := r.run(s)
		time.Sleep(time.Hour)
		if age := time.Since(s.Status().Turned); age > r.o.Poll+time.Second {
			t.Errorf("it turned %s ago", age)
		}
		stop()
		stuck := stuckStore{r.store, make(chan struct{})}
		r.o.Store = stuck
		s = r.scheduler()
		stop = r.run(s)
		time.Sleep(time.Hour)
		if age := time.Since(s.Status().Turned); age < 20*time.Minute {
			t.Errorf("it stands still, and turned %s ago", age)
		}
		close(stuck.free)
		stop()
	})
}
