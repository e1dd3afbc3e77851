package app

import (
	"context"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/scheduler"
	"domaincheck/watch"
	"domaincheck/web"
)

// worlds hands out the world in force. One that was replaced is closed when
// the last look with it has ended.
type worlds struct {
	mu  sync.RWMutex
	now *lent
}

type lent struct {
	*check.World
	users sync.WaitGroup
}

// borrow gives the world in force until done is called.
func (w *worlds) borrow() (world *check.World, done func()) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	now := w.now
	now.users.Add(1)
	return now.World, now.users.Done
}

// swap puts another world in force; nil ends them all. It waits for the looks
// with the old one.
func (w *worlds) swap(next *check.World) {
	w.mu.Lock()
	old := w.now
	w.now = nil
	if next != nil {
		w.now = &lent{World: next}
	}
	w.mu.Unlock()
	if old != nil {
		old.users.Wait()
		old.Close()
	}
}

// looker looks through the world in force, and judges from what the report
// before left.
type looker struct {
	worlds *worlds
	holds  *holds
	now    func() time.Time
	meter  *web.Meter // nil: nothing is measured
}

// Look implements scheduler.Looker.
func (l *looker) Look(ctx context.Context, t scheduler.Task) (*domaincheck.Report, error) {
	world, done := l.worlds.borrow()
	defer done()
	site := t.Memory.Site.MainDomain()
	job := check.Job{
		Input: site, Site: t.Memory.Site, Siblings: t.Memory.Siblings, Parts: partsOf(t.Parts),
		Watched: true, Acknowledged: l.holds.acknowledged(site), StaleAfter: staleAfter(t.Schedule),
	}
	if r := t.Memory.Report; r != nil {
		job.Previous, job.States, job.Before = r.Observation, r.States, r.Before
	}
	if job.Parts == 0 {
		report := world.Checker.Judge(job, job.Previous, domaincheck.At(l.now()))
		return &report, nil
	}
	begun := time.Now()
	report := world.Checker.Check(ctx, job)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if report.Error != nil {
		return nil, report.Error
	}
	measureLook(l.meter, t.Parts, &report.Observation, begun, time.Now())
	return &report, nil
}

// partsOf are the parts of a task as package check names them. The filed record
// is looked up by nobody here.
func partsOf(parts []watch.Part) check.Parts {
	var set check.Parts
	for _, p := range parts {
		switch p {
		case watch.Registration:
			set |= check.RegistrationPart
		case watch.Resolution:
			set |= check.ResolutionPart
		case watch.Page:
			set |= check.PagePart
		}
	}
	return set
}

// staleAfter is how long the parts may tell nothing under a schedule.
func staleAfter(s watch.Schedule) *domaincheck.StaleAfter {
	seconds := func(d time.Duration) int64 { return int64(watch.StaleAfter(d) / time.Second) }
	return &domaincheck.StaleAfter{Registration: seconds(s.Registration), Resolution: seconds(s.Resolution), Page: seconds(s.Page)}
}
