package scheduler

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"time"

	"domaincheck/store"
	"domaincheck/watch"
)

const (
	beat    = time.Second      // of the keeper
	alive   = 30 * time.Second // between two marks that somebody is awake
	napping = 15 * time.Minute // a shorter gap between two runs leaves the watch unbroken
	jumped  = time.Minute      // by how much the clock must be put forward or back to be noticed
	asleep  = 5 * time.Minute  // without a beat: the machine slept
)

// Run looks, until ctx ends; then it finishes what is under way, within Grace
// and a little, and gives back the rest. An error means that it could not begin
// (the store), or that looks would not end.
func (s *Scheduler) Run(ctx context.Context) error {
	return s.while(ctx, func() error {
		var wait sync.WaitGroup
		errs := make([]error, len(scheduled()))
		for i, part := range scheduled() {
			p := s.newPump(part, s.o.Partition, true)
			wait.Go(func() { errs[i] = p.run(ctx) })
		}
		wait.Wait()
		return errors.Join(errs...)
	})
}

// Tend does all that Run does but for looking: it takes up the work where it
// was left, keeps leases and marks, and brings what waits for a lost store. What
// is due is worked by others who call Work meanwhile: the shards of a cluster.
// It returns when ctx has ended and work returns; work is what calls Work.
func (s *Scheduler) Tend(ctx context.Context, work func(context.Context) error) error {
	return s.while(ctx, func() error { return work(ctx) })
}

// while is the frame around looking.
func (s *Scheduler) while(ctx context.Context, looking func() error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer func() {
		s.mu.Lock()
		s.running = false
		s.mu.Unlock()
	}()
	var keep sync.WaitGroup
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	keep.Go(func() { s.keep(keeping) })
	err := looking()
	stop()
	keep.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if s.isLost() {
		s.mu.Lock()
		s.lost.tried = time.Time{}
		s.mu.Unlock()
		if err := s.recover(last); err != nil {
			st := s.Status()
			s.log.ErrorContext(ctx, "schedule: stopped without a store; what waited for it will be looked at again", "sites", st.Store.Queued, "error", err)
		}
	}
	s.mark(last, s.o.Store.Now())
	return err
}

// awakeMark is how long the watch has been unbroken.
type awakeMark struct {
	Since time.Time                `json:"since"`
	Seen  time.Time                `json:"seen"`
	Ticks map[watch.Part]time.Time `json:"ticks"` // the newest of each schedule
}

// begin takes up the work where it was left.
func (s *Scheduler) begin(ctx context.Context) error {
	now := s.o.Store.Now()
	// Nobody knows how much was asked of the registries meanwhile.
	if err := s.o.Store.EmptyBudgets(ctx); err != nil {
		return err
	}
	if err := s.bound(ctx, now); err != nil {
		return err
	}
	if err := s.recallSystem(ctx); err != nil {
		return err
	}
	text, err := s.o.Store.Mark(ctx, "scheduler.awake")
	if err != nil {
		return err
	}
	var m awakeMark
	if text != "" && json.Unmarshal([]byte(text), &m) != nil {
		s.log.WarnContext(ctx, "schedule: the mark of the last run cannot be read")
	}
	s.mu.Lock()
	s.running = true
	s.awake = now
	if !m.Since.IsZero() && !m.Seen.After(now) && now.Sub(m.Seen) <= napping {
		s.awake = m.Since
	}
	for _, part := range scheduled() {
		if last := m.Ticks[part]; !last.IsZero() && !last.After(now) {
			s.missedLocked(ctx, part, last, now)
		}
	}
	s.mu.Unlock()
	s.mark(ctx, now)
	return nil
}

// Resume takes up the watch where the last run left it, for those who drive
// Work themselves instead of Run.
func (s *Scheduler) Resume(ctx context.Context) error {
	err := s.begin(ctx)
	s.mu.Lock()
	s.running = false
	s.mu.Unlock()
	return err
}

// missedLocked counts the ticks that nobody was awake for. Their sites are
// overdue, and one look at each makes up for all of them.
func (s *Scheduler) missedLocked(ctx context.Context, part watch.Part, last, now time.Time) {
	t := s.tune.ticks[part]
	p := s.parts[part]
	p.Missed, p.LastTick, p.swept = 0, last, true
	if t.schedule == nil {
		return
	}
	for tick := t.schedule.Next(last); !tick.IsZero() && !tick.After(now) && p.Missed < 10000; tick = t.schedule.Next(tick) {
		p.Missed++
		p.LastTick, p.swept = tick, false
	}
	if p.Missed > 1 {
		s.log.InfoContext(ctx, "schedule: runs were missed; one look at each site makes up for them", "part", part, "missed", p.Missed, "since", last)
	}
}

// mark notes that somebody is awake.
func (s *Scheduler) mark(ctx context.Context, now time.Time) {
	s.mu.Lock()
	m := awakeMark{Since: s.awake, Seen: now, Ticks: map[watch.Part]time.Time{}}
	for _, part := range scheduled() {
		if last := s.parts[part].LastTick; !last.IsZero() {
			m.Ticks[part] = last
		} else {
			m.Ticks[part] = now
		}
	}
	s.mu.Unlock()
	doc, err := json.Marshal(m)
	if err == nil {
		err = s.o.Store.SetMark(ctx, "scheduler.awake", string(doc))
	}
	if err == nil && s.o.Paces != nil {
		err = s.markNames(ctx)
	}
	if err != nil && ctx.Err() == nil {
		s.lose(ctx, err)
	}
}

// namesMark keeps under which key each registry is paced, for predictions.
const namesMark = "scheduler.paces"

func (s *Scheduler) markNames(ctx context.Context) error {
	names := s.o.Paces.Names()
	s.mu.Lock()
	same := maps.Equal(names, s.named)
	s.named = names
	s.mu.Unlock()
	if same || len(names) == 0 {
		return nil
	}
	doc, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return s.o.Store.SetMark(ctx, namesMark, string(doc))
}

// Learned is what a store's daemon has learned of registries, by their
// host:port, for [Predict].
func Learned(ctx context.Context, s interface {
	Mark(ctx context.Context, name string) (string, error)
	Budgets(ctx context.Context) ([]store.Budget, error)
}) ([]store.Budget, error) {
	budgets, err := s.Budgets(ctx)
	if err != nil {
		return nil, err
	}
	text, err := s.Mark(ctx, namesMark)
	if err != nil || text == "" {
		return budgets, err
	}
	var names map[string]string
	if err := json.Unmarshal([]byte(text), &names); err != nil {
		return budgets, nil // another version's: the keys themselves will have to do
	}
	for name, key := range names {
		for _, b := range budgets {
			if b.Key == key && name != key {
				b.Key = name
				budgets = append(budgets, b)
				break
			}
		}
	}
	return budgets, nil
}

// Alive notes that the watch goes on, for those who drive Work themselves: call
// it every minute or so. It also sees to a clock that was put forward or back,
// given how much time has truly passed since the last call.
func (s *Scheduler) Alive(ctx context.Context, passed time.Duration) {
	now := s.o.Store.Now()
	s.mu.Lock()
	was := s.parts[watch.Resolution].Measured
	s.parts[watch.Resolution].Measured = now
	s.mu.Unlock()
	if jump := now.Sub(was) - passed; !was.IsZero() && jump.Abs() >= jumped {
		s.clock(ctx, was, now, passed)
	}
	s.mark(ctx, now)
}

// keep is the keeper: heartbeat, clock, ticks.
func (s *Scheduler) keep(ctx context.Context) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	last, mono := s.o.Store.Now(), time.Now()
	beaten, marked := last, last
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := s.o.Store.Now()
		s.fence(ctx, now)
		passed := time.Since(mono)
		jump := s.clock(ctx, last, now, passed)
		last, mono = now, time.Now()
		if jump || now.Sub(beaten).Abs() >= s.o.Lease/3 {
			beaten = now
			s.heartbeat(ctx)
		}
		if jump || now.Sub(marked).Abs() >= alive {
			marked = now
			s.mark(ctx, now)
		}
		for _, part := range scheduled() {
			s.tick(ctx, part, now)
		}
	}
}

// clock notices a clock that was put forward or back, and a machine that slept:
// what the clock says has passed is not what truly has.
func (s *Scheduler) clock(ctx context.Context, last, now time.Time, passed time.Duration) bool {
	jump := now.Sub(last) - passed
	if jump.Abs() < jumped && passed < asleep {
		return false
	}
	s.log.WarnContext(ctx, "schedule: the clock jumped, or the machine slept; the watch begins anew", "jump", jump, "passed", passed)
	s.mu.Lock()
	s.awake = now // nothing can have gone stale while nobody was awake
	for _, part := range scheduled() {
		p := s.parts[part]
		s.restart(part, now)
		p.upcoming = nil
		p.Overrun = time.Time{}
		if p.LastTick.After(now) {
			p.LastTick = now
		}
		if jump > 0 && !p.LastTick.IsZero() {
			s.missedLocked(ctx, part, p.LastTick, now)
		}
		s.sights[part].looks = nil
	}
	clear(s.alone)
	s.mu.Unlock()
	if err := s.bound(ctx, now); err != nil {
		s.lose(ctx, err)
	}
	if err := s.o.Store.EmptyBudgets(ctx); err != nil {
		s.lose(ctx, err)
	}
	s.Wake()
	return true
}

// heartbeat prolongs the leases of what is under way.
func (s *Scheduler) heartbeat(ctx context.Context) {
	s.mu.Lock()
	leases := make([]store.Lease, 0, len(s.leases))
	for _, l := range s.leases {
		leases = append(leases, l.Lease)
	}
	lost := !s.lost.since.IsZero()
	s.mu.Unlock()
	if len(leases) == 0 || lost {
		return
	}
	until := s.o.Store.Now().Add(s.o.Lease)
	gone, err := s.o.Store.Extend(ctx, leases, s.o.Lease)
	if err != nil {
		if ctx.Err() == nil {
			s.lose(ctx, err)
		}
		return
	}
	if n := s.prolonged(leases, gone, until); n > 0 {
		// Somebody else looks too, or the site is gone. Double work does no harm,
		// since the slower commit conflicts, but it asks others twice.
		s.log.InfoContext(ctx, "schedule: leases were lost", "parts", n)
	}
}

// prolonged notes how long leases run now, and cuts the looks whose lease is
// gone; it gives their number. What was committed meanwhile is not among them.
func (s *Scheduler) prolonged(leases, gone []store.Lease, until time.Time) (cut int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range leases {
		key := leaseKey{l.Site, l.Part}
		if h, ok := s.leases[key]; ok && h.Token == l.Token {
			h.Until = until
			s.leases[key] = h
		}
	}
	for _, l := range gone {
		key := leaseKey{l.Site, l.Part}
		if h, ok := s.leases[key]; ok && h.Token == l.Token && !h.over { // else it is being committed
			if s.o.Shared {
				h.cut()
			}
			delete(s.leases, key)
			cut++
		}
	}
	return cut
}

// tick begins a sweep when its time has come. One that is still under way is
// told, and not begun twice: a site is due once, however often its time came.
func (s *Scheduler) tick(ctx context.Context, part watch.Part, now time.Time) {
	s.mu.Lock()
	p, t := s.parts[part], s.tune.ticks[part]
	due := t.schedule != nil && !p.nextTick.IsZero() && !now.Before(p.nextTick)
	measure := due && now.Sub(p.Measured).Abs() >= min(10*time.Second, max(t.interval, beat)) || now.Sub(p.Measured).Abs() >= time.Minute
	tick := p.nextTick
	if due {
		p.nextTick = t.schedule.Next(now)
		p.Next = p.nextTick
	}
	s.mu.Unlock()
	var b store.Backlog
	if measure {
		var err error
		if b, err = s.o.Store.Backlog(ctx, part, s.o.Partition); err != nil {
			if ctx.Err() == nil {
				s.lose(ctx, err)
			}
			measure = false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if measure {
		p.Backlog, p.Measured = b, now
	}
	if !due {
		return
	}
	p.LastTick, p.swept = tick, false
	if !measure {
		return
	}
	// What was due long before this tick belongs to the sweep before.
	late := !b.Oldest.IsZero() && b.Oldest.Before(tick.Add(-t.interval/2))
	switch {
	case late && p.Overrun.IsZero():
		p.Overrun = now
		s.log.WarnContext(ctx, "schedule: a sweep takes longer than its schedule allows; sites are looked at as soon as their turn comes", "part", part, "waiting", b.Due, "oldest", b.Oldest, "interval", t.interval)
	case !late && !p.Overrun.IsZero():
		s.log.InfoContext(ctx, "schedule: sweeps keep to their schedule again", "part", part, "after", now.Sub(p.Overrun))
		p.Overrun = time.Time{}
	}
}

// sweptThrough notes that nothing is due any more.
func (s *Scheduler) sweptThrough(part watch.Part) {
	now := s.o.Store.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	p, t := s.parts[part], s.tune.ticks[part]
	if p.swept || p.LastTick.IsZero() || now.Before(p.LastTick.Add(t.spread)) {
		return
	}
	p.swept, p.LastSweep = true, now.Sub(p.LastTick)
}
