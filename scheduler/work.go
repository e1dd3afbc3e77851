package scheduler

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/watch"
)

const (
	batchSites = 256
	batchWait  = 200 * time.Millisecond
	crowdWait  = 50 * time.Millisecond
	mostLook   = 5 * time.Minute // one look at all parts of a site, waiting for its turn included
)

// job is a site that is looked at.
type job struct {
	memory store.Memory
	leases []store.Lease
	parts  []watch.Part
	asked  bool
	pace   string
	joined bool // takes the registration along outside of its own pump
	shadow bool // not claimed: the store is lost
	began  time.Time
}

// result is what a look brought.
type result struct {
	job
	report  *domaincheck.Report
	err     error
	glances []glance
	groups  groups
	held    bool
}

// Work does one round over what is due of a part: it claims, looks and commits
// until nothing is due any more, or ctx ends; what is under way then is finished
// or given back. An error means that the store could not be asked.
//
// A round over a share of the sites takes what was due when it began, each site
// once: where there is more to look at than there is time for, it would go on
// without end among its own sites, and those of other shares would wait.
//
// It is for shards of many machines and for simulated time; Run does the same
// without end.
func (s *Scheduler) Work(ctx context.Context, part watch.Part, partition store.Partition) (Done, error) {
	ticker := time.NewTicker(s.o.Lease / 3)
	stop := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				s.heartbeat(context.WithoutCancel(ctx))
			}
		}
	})
	defer func() {
		close(stop)
		wait.Wait()
	}()
	p := s.newPump(part, partition, false)
	if partition != (store.Partition{}) {
		p.by = s.o.Store.Now()
	}
	err := p.run(ctx)
	return p.done, err
}

// pump is the one goroutine that claims, and commits, for a part.
type pump struct {
	s         *Scheduler
	part      watch.Part
	partition store.Partition
	forever   bool
	by        time.Time // only what was due by then; zero: what is due
	results   chan result
	gone      chan struct{} // closed when run returns
	idle      chan func()   // taken from by workers that have nothing to do
	running   int           // looks whose results did not come yet
	looking   int           // of those, looks that have not ended; the scheduler guards it
	ended     bool          // run has returned; guarded as well
	joined    int           // of those running: looks that take the registration along
	byPace    map[string]int
	batch     []result
	first     time.Time // when the oldest result of the batch came
	more      bool      // there may be something to claim
	done      Done
}

func (s *Scheduler) newPump(part watch.Part, partition store.Partition, forever bool) *pump {
	return &pump{s: s, part: part, partition: partition, forever: forever, results: make(chan result), gone: make(chan struct{}), idle: make(chan func()), byPace: map[string]int{}, more: true}
}

// run pumps until ctx ends or, if not forever, nothing is due.
func (p *pump) run(ctx context.Context) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer close(p.gone)
	defer p.s.orphaned(p)
	defer cancel()
	var grace <-chan time.Time // after which looks under way are cut short
	var abandon <-chan time.Time
	stop := ctx.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var failure error
	for {
		p.s.turned(p.part)
		p.takeAll()
		claimed := 0
		crowded := grace == nil && failure == nil && !p.room()
		if grace == nil && failure == nil && !crowded && (p.more || !p.forever && p.running == 0) {
			var err error
			if claimed, err = p.fill(work); err != nil && !p.forever {
				failure = err
			}
		}
		if p.full() || p.running == 0 {
			p.settle(work)
		}
		if p.running == 0 && (grace != nil || failure != nil || !p.forever && claimed == 0 && !crowded) {
			return failure
		}
		pause := p.pause()
		if crowded && p.running == 0 {
			pause = min(pause, crowdWait) // other rounds of the part have all the places
		}
		timer.Reset(pause)
		select {
		case r := <-p.results:
			p.take(r)
		case <-timer.C:
			p.tick()
		case <-p.s.parts[p.part].wake:
			p.more = true
		case <-stop:
			stop = nil
			t := time.NewTimer(p.s.o.Grace)
			defer t.Stop()
			grace = t.C
		case <-grace:
			grace = make(chan time.Time)
			cancel()
			t := time.NewTimer(time.Second)
			defer t.Stop()
			abandon = t.C
		case <-abandon:
			// A looker that does not heed its context: its leases run out by themselves.
			p.settle(context.WithoutCancel(ctx))
			return domaincheck.Errorf(domaincheck.CodeInternal, "scheduler", "%d looks did not end when they were told to", p.running)
		}
	}
}

// free is how many more looks may begin.
func (p *pump) free() int {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.o.Shared {
		return s.tune.slots - s.parts[p.part].Running
	}
	return s.tune.slots - p.running
}

// turned notes that a part's work is gone through.
func (s *Scheduler) turned(part watch.Part) {
	now := s.o.Store.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts[part].Turned = now
}

// room tells whether another claim is worth while.
func (p *pump) room() bool {
	free := p.free()
	return free > 0 && (p.running == 0 || free >= min(8, p.s.tuning().slots/4) || p.part == watch.Registration)
}

func (p *pump) full() bool {
	return len(p.batch) >= batchSites || len(p.batch) > 0 && p.s.o.Store.Now().Sub(p.first).Abs() >= batchWait
}

// pause is how long there is nothing to do but wait for results.
func (p *pump) pause() time.Duration {
	wait := p.s.o.Poll
	if len(p.batch) > 0 {
		wait = min(wait, batchWait)
	}
	now := p.s.o.Store.Now()
	if next, come := p.s.soonest(p.part, now); come {
		return 0
	} else if !next.IsZero() {
		wait = min(wait, next.Sub(now))
	}
	return max(wait, 0)
}

func (p *pump) tick() { p.more = true }

// takeAll takes the results that wait, so that their places are claimed for
// together.
func (p *pump) takeAll() {
	for len(p.batch) < batchSites {
		select {
		case r := <-p.results:
			p.take(r)
		default:
			return
		}
	}
}

func (p *pump) take(r result) {
	p.running--
	if r.joined {
		p.joined--
	}
	p.byPace[r.pace]--
	if p.byPace[r.pace] <= 0 {
		delete(p.byPace, r.pace)
	}
	p.s.looked(p.part, &r)
	if len(p.batch) == 0 {
		p.first = p.s.o.Store.Now()
	}
	p.batch = append(p.batch, r)
	if p.part == watch.Registration {
		p.more = true // its key has room again
	}
}

// looked counts, for Status: a look at several parts is a look at each.
func (s *Scheduler) looked(part watch.Part, r *result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Store.Now()
	for _, p := range r.parts {
		if seen := s.parts[p]; seen != nil {
			seen.Looks++
			seen.LastLook = now
		}
	}
	st := s.parts[part]
	if r.err != nil {
		st.Failed++
	}
	if r.joined {
		s.joined--
	}
}

// settle commits the batch.
func (p *pump) settle(ctx context.Context) {
	for len(p.batch) > 0 {
		n := min(len(p.batch), batchSites)
		p.done.add(p.s.settle(ctx, p.part, p.batch[:n]))
		p.batch = p.batch[n:]
	}
	p.batch = nil
}

// fill claims what is due as far as there is room, and begins to look.
func (p *pump) fill(ctx context.Context) (int, error) {
	s := p.s
	if s.isLost() {
		if err := s.recover(ctx); err != nil {
			if s.o.Shared {
				p.more = false
				return 0, err
			}
			jobs := s.shadowJobs(p.part, p.free())
			for _, j := range jobs {
				p.start(ctx, j)
			}
			p.more = false
			return len(jobs), err
		}
	}
	// One pump claims at a time, so that a site that was asked for is taken as a
	// whole by one of them.
	s.claiming.Lock()
	defer s.claiming.Unlock()
	free := p.free()
	if free <= 0 {
		return 0, nil
	}
	var claimed []store.Claimed
	var err error
	if p.part == watch.Registration {
		claimed, err = p.claimPaced(ctx, free)
		p.more = false
	} else {
		want := min(free, batchSites)
		claimed, err = s.o.Store.Claim(ctx, store.ClaimOptions{Part: p.part, Along: s.along(p.part), Partition: p.partition, N: want, Owner: s.o.Owner, Lease: s.o.Lease, By: p.by})
		p.more = len(claimed) == want
	}
	if err != nil {
		p.more = false
		if ctx.Err() == nil {
			s.lose(ctx, err)
		}
		return 0, err
	}
	if len(claimed) == 0 && p.running == 0 {
		s.sweptThrough(p.part)
	}
	p.done.Claimed += len(claimed)
	for i := range claimed {
		p.start(ctx, s.jobOf(ctx, p.part, &claimed[i]))
	}
	return len(claimed), nil
}

// claimPaced claims registrations key by key: of each registry a few at once,
// of one that is to be left alone none.
func (p *pump) claimPaced(ctx context.Context, free int) ([]store.Claimed, error) {
	s := p.s
	ready, err := p.readyPaces(ctx)
	if err != nil {
		return nil, err
	}
	keys := slices.Sorted(maps.Keys(ready))
	var all []store.Claimed
	for _, key := range keys {
		n := min(s.atOnce(key)-p.byPace[key], free-len(all), ready[key])
		if n <= 0 {
			continue
		}
		partition := p.partition
		partition.Pace = &key
		got, err := s.o.Store.Claim(ctx, store.ClaimOptions{Part: p.part, Partition: partition, N: n, Owner: s.o.Owner, Lease: s.o.Lease, By: p.by})
		if err != nil {
			if len(all) == 0 {
				return nil, err
			}
			break // what was claimed is looked at; the next claim tells
		}
		all = append(all, got...)
	}
	return all, nil
}

// readyPaces counts what may be claimed of each registry of the partition.
func (p *pump) readyPaces(ctx context.Context) (map[string]int, error) {
	s := p.s
	if key := p.partition.Pace; key != nil && *key != "" {
		return map[string]int{*key: s.tuning().slots}, nil // the claim tells
	}
	ready, err := s.o.Store.ReadyPaces(ctx, p.part, p.partition)
	if err != nil || ready[""] == 0 {
		return ready, err
	}
	if _, err := s.o.Store.AssignPaces(ctx, p.part, s.paceOf); err != nil {
		return nil, err
	}
	return s.o.Store.ReadyPaces(ctx, p.part, p.partition)
}

// paceOf is a site's pace key; "-" where there is none.
func (s *Scheduler) paceOf(domain string) string {
	if key := s.o.Pace(domain); key != "" {
		return key
	}
	return "-"
}

// atOnce is how many questions to one registry are under way: as many as it
// takes in some seconds, none while it is left alone.
func (s *Scheduler) atOnce(pace string) int {
	slots := s.tuning().slots
	if pace == "-" || s.o.Paces == nil {
		return slots
	}
	if !s.o.Paces.Blocked(pace).IsZero() {
		return 0
	}
	return min(max(int(s.o.Paces.Rate(pace)*5), 1), max(1, slots/2))
}

// along are the parts that a look at one takes along where they are due as well:
// then one judgement and one commit do for both. A page needs the site's names
// anyway, and takes longer than they do; DNS does not wait for pages, and what it
// says is not held back with what nobody believes of pages.
func (s *Scheduler) along(part watch.Part) []watch.Part {
	if part == watch.Page && !s.blindTo(part, "") {
		return []watch.Part{watch.Resolution}
	}
	return nil
}

// jobOf makes a job of a claim; a site that was asked for is taken as a whole.
func (s *Scheduler) jobOf(ctx context.Context, part watch.Part, c *store.Claimed) job {
	j := job{memory: c.Memory, leases: []store.Lease{c.Lease}, parts: []watch.Part{part}, asked: c.Asked, pace: c.Pace}
	for _, l := range c.Along {
		j.leases, j.parts = append(j.leases, l), append(j.parts, l.Part)
	}
	if !c.Asked {
		return j
	}
	more, err := s.o.Store.ClaimAsked(ctx, c.Lease, s.o.Lease)
	if err != nil {
		s.log.WarnContext(ctx, "schedule: the other parts of a site that was asked for are taken one by one", "site", c.Lease.Site, "error", err)
		return j
	}
	for _, l := range more {
		if l.Part == watch.Registration && part != watch.Registration && !s.join() {
			if err := s.o.Store.Release(ctx, []store.Lease{l}, time.Time{}); err != nil {
				s.log.WarnContext(ctx, "schedule: a lease runs out by itself", "site", l.Site, "part", l.Part, "error", err)
			}
			continue
		}
		j.joined = j.joined || l.Part == watch.Registration && part != watch.Registration
		j.leases = append(j.leases, l)
		j.parts = append(j.parts, l.Part)
	}
	return j
}

// join tells whether one more registration may be looked at outside of its own
// pump: a few, so that waiting for a registry does not take all workers.
func (s *Scheduler) join() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.joined >= max(1, s.tune.slots/4) {
		return false
	}
	s.joined++
	return true
}

// start begins a look.
func (p *pump) start(ctx context.Context, j job) {
	s := p.s
	j.began = s.o.Store.Now()
	look, cancel := context.WithTimeout(ctx, mostLook)
	s.hold(p, cancel, j.leases)
	p.running++
	if j.joined {
		p.joined++
	}
	p.byPace[j.pace]++
	s.mu.Lock()
	s.parts[p.part].Running++
	p.looking++
	s.mu.Unlock()
	task := Task{Memory: j.memory, Parts: j.parts, Schedule: s.scheduleOf(s.tuning(), &j.memory, j.began), Asked: j.asked}
	p.hand(func() {
		defer cancel()
		r := result{job: j}
		r.report, r.err = s.look(look, task)
		s.over(p, j.leases)
		select {
		case p.results <- r:
		case <-p.gone:
		}
	})
}

// hand gives a look to a worker that has nothing to do, or to a new one.
// Workers are owned by run, which ends when every result has come.
func (p *pump) hand(look func()) {
	select {
	case p.idle <- look:
	default:
		go p.work(look)
	}
}

// work looks, and waits for more to do: the stack of a new goroutine would have
// to grow once more to what a look needs.
func (p *pump) work(look func()) {
	for {
		look()
		select {
		case look = <-p.idle:
		case <-p.gone:
			return
		}
	}
}

// look calls the looker; a panic of one site's look must not end the others.
func (s *Scheduler) look(ctx context.Context, t Task) (r *domaincheck.Report, err error) {
	defer func() {
		if v := recover(); v != nil {
			r, err = nil, domaincheck.Errorf(domaincheck.CodeInternal, t.Memory.Site.MainDomain(), "the look broke off: %v", v)
			s.log.ErrorContext(ctx, "schedule: a look broke off", "site", t.Memory.Site.MainDomain(), "panic", v)
		}
	}()
	r, err = s.o.Looker.Look(ctx, t)
	switch {
	case err == nil && r == nil:
		err = domaincheck.Errorf(domaincheck.CodeInternal, t.Memory.Site.MainDomain(), "the look gave no report")
	case err == nil && r.Error != nil:
		err = r.Error
	}
	if err != nil {
		r = nil
	}
	return r, err
}
