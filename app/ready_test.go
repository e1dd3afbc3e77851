package app

import (
	"errors"
	"testing"
	"time"

	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

// TestLookingAt: readiness fails where work waits and nobody goes through it,
// and only there.
func TestLookingAt(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	long, just := now.Add(-time.Hour), now.Add(-time.Second)
	status := func(oldest, turned, looked time.Time, running int) scheduler.Status {
		due := 0
		if !oldest.IsZero() {
			due = 3
		}
		return scheduler.Status{At: now, Running: true, Awake: now.Add(-24 * time.Hour), Turned: turned, Parts: map[watch.Part]scheduler.PartStatus{
			watch.Page: {Running: running, LastLook: looked, Backlog: store.Backlog{Due: due, Oldest: oldest}}}}
	}
	awoken := status(long, long, long, 0)
	awoken.Awake = just
	for name, c := range map[string]struct {
		s    scheduler.Status
		want int
	}{
		"all is well":              {status(time.Time{}, just, just, 1), 0},
		"nothing to do":            {status(time.Time{}, long, long, 0), 0},
		"behind, but moving":       {status(long, just, just, 5), 0},
		"it does not turn":         {status(long, long, just, 5), 1},
		"it turns and never looks": {status(long, just, long, 0), 1},
		"never turned yet":         {status(long, time.Time{}, just, 1), 0},
		"just awoken":              {awoken, 0},
		"not running":              {scheduler.Status{At: now}, 1},
	} {
		got := lookingAt(c.s)
		if len(got) != c.want || c.want > 0 && !errors.Is(got[0], CodeNotLooking) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
