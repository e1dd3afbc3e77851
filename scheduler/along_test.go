package scheduler_test

import (
	"testing"
	"time"

	"domaincheck/store"
	"domaincheck/watch"
)

// TestAlong: where the page and the names of a site are due, one look at both
// brings one report; names alone do not bring the page along.
func TestAlong(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	r := newRig(t, 5, func() time.Time { return now })
	defer r.close()
	s := r.scheduler()
	work := func(part watch.Part, looks int) {
		t.Helper()
		done, err := s.Work(t.Context(), part, store.Partition{})
		if err != nil || done.Committed != looks || done.Conflicts != 0 {
			t.Fatalf("%s: %+v, %v", part, done, err)
		}
	}
	work(watch.Page, 5)
	work(watch.Resolution, 0)
	for _, task := range r.world.newest(5) {
		if len(task.Parts) != 2 || !task.Has(watch.Page) || !task.Has(watch.Resolution) {
			t.Errorf("looked at %v", task.Parts)
		}
	}
	now = now.Add(45 * time.Minute)
	work(watch.Page, 0)
	work(watch.Resolution, 5)
	for _, site := range r.sites {
		if pages, names := r.world.count(site, watch.Page), r.world.count(site, watch.Resolution); pages != 1 || names != 2 {
			t.Errorf("%s: %d looks at the page, %d at the names", site, pages, names)
		}
	}
}
