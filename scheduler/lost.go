package scheduler

import (
	"context"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/watch"
)

// lost is the time without a store. The scheduler guards it.
type lost struct {
	since   time.Time
	err     string
	tried   time.Time
	queue   map[string]*store.Commit // by site
	order   []string                 // of the queue
	dropped int64

	// What is remembered of some sites, so that looks go on.
	sites map[string]*shadow
}

// shadow is a site as this process knows it.
type shadow struct {
	memory store.Memory
	due    map[watch.Part]time.Time
	busy   bool
}

func (l *lost) init() {
	l.queue, l.sites = map[string]*store.Commit{}, map[string]*shadow{}
}

func (l *lost) status() StoreStatus {
	return StoreStatus{Lost: l.since, Error: l.err, Queued: len(l.queue), Dropped: l.dropped}
}

func (s *Scheduler) isLost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.lost.since.IsZero()
}

// lose notes that the store does not answer.
func (s *Scheduler) lose(ctx context.Context, err error) {
	now := s.o.Store.Now()
	s.mu.Lock()
	first := s.lost.since.IsZero()
	if first {
		s.lost.since = now
	}
	s.lost.err, s.lost.tried = err.Error(), now
	s.mu.Unlock()
	if !first {
		return
	}
	s.log.ErrorContext(ctx, "schedule: the store is lost; looks go on, their reports wait in memory", "error", err)
	if s.o.Hooks.Store != nil {
		s.o.Hooks.Store(err)
	}
}

// recover tries to write what waits; nil if the store is back. It is not tried
// more than once a second.
func (s *Scheduler) recover(ctx context.Context) error {
	s.recovering.Lock() // one at a time: what waits is written once
	defer s.recovering.Unlock()
	now := s.o.Store.Now()
	s.mu.Lock()
	if s.lost.since.IsZero() {
		s.mu.Unlock()
		return nil
	}
	if now.Sub(s.lost.tried).Abs() < time.Second {
		err := domaincheck.Errorf(store.CodeUnavailable, "store", "%s", s.lost.err)
		s.mu.Unlock()
		return err
	}
	s.lost.tried = now
	batch := make([]store.Commit, 0, batchSites)
	for _, site := range s.lost.order[:min(len(s.lost.order), batchSites)] {
		batch = append(batch, *s.lost.queue[site])
	}
	s.mu.Unlock()
	if len(batch) == 0 {
		if err := s.o.Store.SetMark(ctx, "scheduler.back", now.UTC().Format(time.RFC3339)); err != nil {
			s.lose(ctx, err)
			return err
		}
	}
	for len(batch) > 0 {
		results, err := s.o.Store.Commit(ctx, batch)
		if err != nil {
			s.lose(ctx, err)
			return err
		}
		var done Done
		for i := range results {
			if results[i].Err == nil {
				s.written(&batch[i], &results[i], nil, &done)
				continue
			}
			// The site changed while the store was away for us: the next look,
			// at once, is judged on what it has become; nothing was told yet.
			s.release(ctx, batch[i].Leases, now)
			s.forget(batch[i].Site)
		}
		batch = s.dequeue(len(results))
	}
	s.mu.Lock()
	gap := now.Sub(s.lost.since)
	s.lost.since, s.lost.err = time.Time{}, ""
	s.mu.Unlock()
	s.log.InfoContext(ctx, "schedule: the store is back", "after", gap)
	if s.o.Hooks.Store != nil {
		s.o.Hooks.Store(nil)
	}
	return nil
}

// dequeue drops the first n commits of the queue and gives the next batch.
func (s *Scheduler) dequeue(n int) []store.Commit {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, site := range s.lost.order[:n] {
		if c := s.lost.queue[site]; c != nil {
			if known := s.lost.sites[site]; known != nil {
				known.memory.Rev++ // as written
			}
			delete(s.lost.queue, site)
		}
	}
	s.lost.order = s.lost.order[n:]
	var batch []store.Commit
	for _, site := range s.lost.order[:min(len(s.lost.order), batchSites)] {
		batch = append(batch, *s.lost.queue[site])
	}
	return batch
}

// queue keeps commits until the store is back. Several of one site become one:
// the newest report, with the events and messages of all.
func (s *Scheduler) queue(commits []store.Commit, rows []*result) {
	s.recovering.Lock() // nothing is added to what is being written
	defer s.recovering.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range commits {
		c := &commits[i]
		if was := s.lost.queue[c.Site]; was != nil {
			was.Report, was.Open = c.Report, c.Open
			was.Events = append(was.Events, c.Events...)
			was.Out = append(was.Out, c.Out...)
			was.Leases = append(was.Leases, c.Leases...)
			was.Next = append(was.Next, c.Next...)
		} else if len(s.lost.queue) < s.o.Queue {
			copied := *c
			s.lost.queue[c.Site] = &copied
			s.lost.order = append(s.lost.order, c.Site)
		} else {
			// No room: the look is as if it had not been made. Nothing of it was
			// acknowledged or told; its lease runs out and it is looked at again.
			s.lost.dropped++
			for _, l := range c.Leases {
				delete(s.leases, leaseKey{l.Site, l.Part})
			}
			continue
		}
		s.shadeLocked(rows[i], c, c.Rev)
	}
}

// shade remembers a site as it was committed.
func (s *Scheduler) shade(r *result, c *store.Commit, rev int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shadeLocked(r, c, rev)
}

func (s *Scheduler) shadeLocked(r *result, c *store.Commit, rev int64) {
	if !s.running {
		return
	}
	known := s.lost.sites[c.Site]
	if known == nil {
		if len(s.lost.sites) >= s.o.Queue {
			return
		}
		known = &shadow{due: map[watch.Part]time.Time{}}
		s.lost.sites[c.Site] = known
	}
	known.busy = false
	known.memory = r.memory
	known.memory.Rev, known.memory.Report = rev, bare(c.Report)
	if c.Open != nil {
		known.memory.Open = *c.Open
	}
	for _, d := range c.Next {
		known.due[d.Part] = d.At
	}
}

// unshade lets a remembered site be looked at again.
func (s *Scheduler) unshade(r *result, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.lost.sites[r.memory.Site.MainDomain()]; known != nil {
		known.busy = false
		for _, part := range r.parts {
			known.due[part] = at
		}
	}
}

// forget drops what is remembered of a site.
func (s *Scheduler) forget(site string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lost.sites, site)
}

// shadowJobs are jobs of the sites that are remembered, while the store is lost.
func (s *Scheduler) shadowJobs(part watch.Part, n int) []job {
	now := s.o.Store.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var jobs []job
	for _, known := range s.lost.sites {
		if len(jobs) >= n {
			break
		}
		if due, ok := known.due[part]; !ok || known.busy || due.After(now) {
			continue
		}
		known.busy = true
		pace := ""
		if part == watch.Registration {
			pace = s.paceOf(known.memory.Site.MainDomain())
		}
		jobs = append(jobs, job{memory: known.memory, parts: []watch.Part{part}, pace: pace, shadow: true})
	}
	return jobs
}

// bare is a report without the answers as they came, which are large and are
// written with the look that brought them.
func bare(r *domaincheck.Report) *domaincheck.Report {
	c := *r
	c.Observation = bareObservation(c.Observation)
	return &c
}

func bareObservation(o domaincheck.Observation) domaincheck.Observation {
	if o.Registration != nil {
		part := *o.Registration
		part.Raw = nil
		o.Registration = &part
	}
	if o.Resolution != nil {
		part := *o.Resolution
		part.Raw = nil
		o.Resolution = &part
	}
	if o.Page != nil {
		part := *o.Page
		part.Raw = nil
		o.Page = &part
	}
	if len(o.Others) > 0 {
		others := make(map[string]*domaincheck.Observation, len(o.Others))
		for domain, other := range o.Others {
			b := bareObservation(*other)
			others[domain] = &b
		}
		o.Others = others
	}
	return o
}
