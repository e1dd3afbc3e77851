package app

import (
	"context"
	"errors"
	"time"

	"domaincheck"
	"domaincheck/notify"
	"domaincheck/scheduler"
	"domaincheck/store"
)

// The codes of Ready, beside those of the store.
const (
	CodeNotLooking domaincheck.Code = "not_looking"   // the scheduler does not run, or stands still
	CodeQueued     domaincheck.Code = "queue_is_full" // the store is lost, and reports find no room in memory
)

// standstill is how long work may be due without any look.
const standstill = 10 * time.Minute

// Ready tells why the daemon cannot do its work now: the store does not answer
// or cannot be written, or the scheduler does not move. It is nil, or the joined
// errors, each a *domaincheck.Error.
func (a *App) Ready(ctx context.Context) error {
	var all []error
	err := a.store.Ready(ctx)
	if err == nil {
		_, err = a.last.since()
	}
	if err != nil {
		all = append(all, errorOf(err))
	}
	if a.o.Role != API {
		all = append(all, lookingAt(a.sched.Status())...)
	}
	return errors.Join(all...)
}

// lookingAt tells what is wrong with the looks.
func lookingAt(s scheduler.Status) []error {
	var all []error
	if !s.Running {
		all = append(all, domaincheck.Errorf(CodeNotLooking, "scheduler", "the scheduler does not run"))
	}
	if s.Store.Dropped > 0 && !s.Store.Lost.IsZero() {
		all = append(all, domaincheck.Errorf(CodeQueued, "scheduler", "%d looks were for nothing: the store is lost and memory is full", s.Store.Dropped))
	}
	var moved, oldest time.Time
	running, due := 0, 0
	for _, p := range s.Parts {
		running += p.Running
		due += p.Backlog.Due
		if p.LastLook.After(moved) {
			moved = p.LastLook
		}
		if b := p.Backlog.Oldest; !b.IsZero() && (oldest.IsZero() || b.Before(oldest)) {
			oldest = b
		}
	}
	waits := s.Running && due > 0 && s.At.Sub(oldest) > standstill && s.At.Sub(s.Awake) > standstill
	switch {
	case waits && !s.Turned.IsZero() && s.At.Sub(s.Turned) > standstill:
		all = append(all, domaincheck.Errorf(CodeNotLooking, "scheduler", "%d looks are due since %s, and what is due was last asked for at %s", due, domaincheck.At(oldest), domaincheck.At(s.Turned)))
	case waits && running == 0 && s.At.Sub(moved) > standstill:
		all = append(all, domaincheck.Errorf(CodeNotLooking, "scheduler", "%d looks are due since %s and none is made", due, domaincheck.At(oldest)))
	}
	return all
}

// watchStore writes a mark into the store by and by, so that its loss is seen
// also when no look would find out, until ctx ends.
func (a *App) watchStore(ctx context.Context) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		ask, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := a.store.SetMark(ask, "alive:"+a.owner, domaincheck.At(a.o.Now()).String())
		cancel()
		if ctx.Err() == nil {
			a.storeIs(func(v *views) { v.probe = err })
		}
	}
}

// releaseWatch is how often a node asks whether its release may still write.
const releaseWatch = 5 * time.Second

// watchRelease returns an error when another machine has brought the store to a
// schema that this release must not write any more; nil when ctx ends.
func (a *App) watchRelease(ctx context.Context) error {
	tick := time.NewTicker(releaseWatch)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := a.store.Admitted(ctx); errors.Is(err, store.CodeNewer) {
			a.log.ErrorContext(ctx, "this release is too old for the store that it shares, and ends", "error", err)
			return err
		}
	}
}

// views are what those who write say of the store: nil while they can.
type views struct{ probe, looks error }

// looksLost hears from the scheduler how the store fares.
func (a *App) looksLost(err error) { a.storeIs(func(v *views) { v.looks = err }) }

// storeIs takes in how the store fares: it is lost as long as anybody cannot
// write what he has.
func (a *App) storeIs(change func(*views)) {
	a.mu.Lock()
	change(&a.views)
	err := a.views.looks
	if err == nil {
		err = a.views.probe
	}
	a.mu.Unlock()
	was, _ := a.last.since()
	a.last.store(err)
	switch lost := err != nil; {
	case lost && was.IsZero():
		a.log.Error("the store is lost; looks go on and wait in memory", "error", err)
	case !lost && !was.IsZero():
		a.log.Info("the store is back", "after", a.o.Now().Sub(was).Round(time.Second))
	}
}

// beat is how the dead-man's heartbeat fares.
type beat struct {
	since time.Time
	err   error // nil: the newest one was heard
}

// runBeat tells the dead-man's service that the daemon is well, for as long as
// it is, until ctx ends.
func (a *App) runBeat(ctx context.Context) {
	tick := time.NewTicker(a.o.Beat)
	defer tick.Stop()
	for first := time.After(min(a.o.Beat, 2*time.Second)); ; first = nil {
		select {
		case <-ctx.Done():
			return
		case <-first:
		case <-tick.C:
		}
		to := a.inForce().config.Settings.Heartbeat
		if to.IsZero() {
			continue
		}
		if err := a.Ready(ctx); err != nil {
			if ctx.Err() == nil {
				a.often.warn("no heartbeat, since the daemon is not well", "error", err)
			}
			continue
		}
		err := a.teller.get().Beat(ctx, notify.NewSecret(to.Reveal()))
		if ctx.Err() != nil {
			return
		}
		a.mu.Lock()
		if err == nil || a.beat.err == nil {
			a.beat = beat{since: a.o.Now(), err: err}
		}
		a.mu.Unlock()
		if err != nil {
			a.often.warn("the heartbeat was not heard", "error", err)
		}
	}
}
