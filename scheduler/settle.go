package scheduler

import (
	"context"
	"errors"
	"slices"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
	"domaincheck/watch"
)

const conflicts = 4 // how often a site that changed meanwhile is judged anew before it is given back

// settle turns results into commits: it makes sure of our sight, plans what is
// to be told, and writes.
func (s *Scheduler) settle(ctx context.Context, part watch.Part, batch []result) Done {
	done := Done{}
	now := s.o.Store.Now()
	tn := s.tuning()
	policy := watch.DefaultPolicy()
	atOnce := func(rule string) bool { return policy.For(rule).AtOnce() }
	for i := range batch {
		r := &batch[i]
		if r.err != nil {
			done.Failed++
			continue
		}
		done.Looked++
		r.groups = groupsOf(r.memory.Report, r.report)
		for _, q := range r.parts {
			g := classify(tn.policy, atOnce, r.memory.Report, r.report, q)
			r.glances = append(r.glances, g)
			if !conclusive(r.report, q) {
				done.Unseen++
			}
		}
	}
	s.lookAround(ctx, batch, now)
	commits := make([]store.Commit, 0, len(batch))
	rows := make([]*result, 0, len(batch))
	for i := range batch {
		r := &batch[i]
		if r.err != nil {
			s.giveBack(ctx, r, now)
			continue
		}
		if r.held {
			done.Held++
			s.judgeOnly(ctx, tn, r)
			if r.err != nil {
				s.giveBack(ctx, r, now)
				continue
			}
		}
		commits = append(commits, s.commitOf(tn, r, now))
		rows = append(rows, r)
	}
	done.add(s.write(ctx, part, commits, rows))
	s.mu.Lock()
	st := s.parts[part]
	st.Unseen += int64(done.Unseen)
	st.Held += int64(done.Held)
	st.Commits += int64(done.Committed)
	st.Conflicts += int64(done.Conflicts)
	s.mu.Unlock()
	return done
}

// judgeOnly replaces a report that is not believed by one that says what was
// known before, as of now.
func (s *Scheduler) judgeOnly(ctx context.Context, tn *tuning, r *result) {
	r.report, r.err = s.look(ctx, Task{Memory: r.memory, Schedule: s.scheduleOf(tn, &r.memory, s.o.Store.Now()), Asked: r.asked})
}

// giveBack ends the leases of a look that brought no report.
func (s *Scheduler) giveBack(ctx context.Context, r *result, now time.Time) {
	s.log.WarnContext(ctx, "schedule: a look brought no report", "site", r.memory.Site.MainDomain(), "error", r.err)
	again := time.Time{} // when we are told to stop: at once, by somebody else
	if ctx.Err() == nil {
		again = now.Add(s.tuning().ticks[r.parts[0]].retry())
	}
	s.release(ctx, r.leases, again)
	if r.shadow {
		s.unshade(r, laterOf(again, now))
	}
}

func (s *Scheduler) release(ctx context.Context, leases []store.Lease, again time.Time) {
	s.drop(leases...)
	if len(leases) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := s.o.Store.Release(ctx, leases, again); err != nil {
		s.log.WarnContext(ctx, "schedule: leases run out by themselves", "sites", len(leases), "error", err)
		return
	}
	if !again.IsZero() {
		next := make([]store.Due, len(leases))
		for i, l := range leases {
			next[i] = store.Due{Part: l.Part, At: again}
		}
		s.remember(next, s.o.Store.Now())
	}
}

// commitOf plans what is to be told of a report, and when the site is due next.
func (s *Scheduler) commitOf(tn *tuning, r *result, now time.Time) store.Commit {
	site := r.memory.Site.MainDomain()
	in := alert.Input{Report: r.report, Open: r.memory.Open, At: r.report.At}
	if s.o.Suppressions != nil {
		in.Suppressions = s.o.Suppressions(site)
	}
	plan := alert.Plan(in, s.alertPolicy())
	return store.Commit{
		Site: site, Rev: r.memory.Rev, Report: r.report, Open: &plan.Open, Events: plan.Events, Out: plan.Out,
		Leases: r.leases, Next: s.next(tn, r, now),
	}
}

// next are the due times that follow from a look.
func (s *Scheduler) next(tn *tuning, r *result, now time.Time) []store.Due {
	site := r.memory.Site.MainDomain()
	due := make([]store.Due, 0, len(r.parts)+1)
	for _, part := range r.parts {
		t := tn.ticks[part]
		d := store.Due{Site: site, Part: part}
		switch {
		case part == watch.Registration:
			d.At = nextRegistration(t, r.memory.Site, r.memory.Report, r.report, now)
			pace := s.paceOf(site)
			d.Pace = &pace
		case part == watch.Record || t.schedule == nil:
			d.At = t.next(site, now, 1)
		default:
			d.At = t.next(site, now, 1)
			if retry := t.retryAfter(tn.policy, r.report, part, newest(r.report, part).Time); retry > 0 {
				d.At = earlier(d.At, now.Add(retry))
			}
			if part == watch.Page && cutShort(r.memory.Report, r.report) {
				d.At = earlier(d.At, now.Add(t.retry()))
			}
		}
		if r.held {
			d.At = earlier(d.At, now.Add(s.lookAgain(part, site)))
		} else if t.schedule != nil || part == watch.Record {
			looked := newest(r.report, part).Time
			if looked.IsZero() || looked.Before(r.began.Truncate(time.Millisecond)) {
				looked = now
			}
			d.At = earlier(d.At, awaited(tn.policy, r.report.States, part, looked, t.retry()))
		}
		if !d.At.After(now) {
			d.At = now.Add(again)
		}
		due = append(due, d)
	}
	if t := tn.ticks[watch.Registration]; t.schedule != nil && !r.held && slices.Contains(r.parts, watch.Resolution) && !slices.Contains(r.parts, watch.Registration) && moved(r.memory.Report, r.report) {
		at := now
		if last := newest(r.report, watch.Registration); !last.IsZero() {
			at = laterOf(at, last.Add(min(settleDNS, max(t.interval, again))))
		}
		due = append(due, store.Due{Site: site, Part: watch.Registration, At: at})
	}
	return due
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// lookAgain is how soon a look that was not believed is repeated: within a
// minute by a few sites, the others take their time.
func (s *Scheduler) lookAgain(part watch.Part, site string) time.Duration {
	t := s.tuning().ticks[part]
	soon, late := 30*time.Second, 5*time.Minute
	if t.interval > 0 && t.interval < soon {
		return t.interval
	}
	share := time.Duration(hashOf(site) % uint64(soon))
	if hashOf(site)>>40%16 == 0 {
		return soon + share
	}
	return late + share
}

// write commits; what conflicts is judged anew. Without a store the commits
// wait in memory.
func (s *Scheduler) write(ctx context.Context, part watch.Part, commits []store.Commit, rows []*result) Done {
	var done Done
	if len(commits) == 0 {
		return done
	}
	if s.isLost() && s.recover(ctx) != nil {
		s.queue(commits, rows)
		return done
	}
	results, err := s.o.Store.Commit(ctx, commits)
	if err != nil && ctx.Err() != nil {
		// Cut short: nothing was written, and the work is done; once more, shortly.
		short, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		results, err = s.o.Store.Commit(short, commits)
	}
	if err != nil {
		s.lose(ctx, err)
		s.queue(commits, rows)
		return done
	}
	for i, c := range results {
		switch {
		case c.Err == nil:
			s.written(&commits[i], &c, rows[i], &done)
		case errors.Is(c.Err, store.CodeConflict):
			done.Conflicts++
			s.anew(ctx, rows[i], &done)
		default: // the site is gone
			s.drop(commits[i].Leases...)
		}
	}
	return done
}

// written takes note of a commit that stands.
func (s *Scheduler) written(c *store.Commit, to *store.Committed, r *result, done *Done) {
	done.Committed++
	if to.Changed {
		done.Changed++
	}
	now := s.o.Store.Now()
	s.drop(c.Leases...)
	s.remember(c.Next, now)
	for _, d := range c.Next {
		done.Next = earlier(d.At, done.Next)
	}
	if r != nil {
		s.shade(r, c, to.Rev)
	}
	if s.o.Hooks.Committed != nil {
		s.o.Hooks.Committed(c.Site, c.Report, c.Events)
	}
	if s.o.Hooks.Queued != nil && len(c.Out) > 0 {
		s.o.Hooks.Queued(channelsOf(c.Out))
	}
}

func channelsOf(out []alert.Outgoing) []string {
	var all []string
	for i := range out {
		if !slices.Contains(all, out[i].Channel) {
			all = append(all, out[i].Channel)
		}
	}
	return all
}

// anew judges a look once more on what the site has become meanwhile: another
// part was committed, the ledger changed. What was seen is not asked for again.
func (s *Scheduler) anew(ctx context.Context, r *result, done *Done) {
	for range conflicts {
		m, err := s.o.Store.Load(ctx, r.memory.Site.MainDomain())
		if err != nil {
			break
		}
		seen, was := r.report, *m
		base := domaincheck.Report{}
		if m.Report != nil {
			base = *m.Report
		}
		base.Observation = overlaid(base.Observation, seen.Observation, r.parts)
		m.Report = &base
		tn := s.tuning()
		report, err := s.look(ctx, Task{Memory: *m, Schedule: s.scheduleOf(tn, m, s.o.Store.Now()), Asked: r.asked})
		if err != nil {
			break
		}
		next := *r
		next.memory, next.report = was, report
		c := s.commitOf(tn, &next, s.o.Store.Now())
		results, err := s.o.Store.Commit(ctx, []store.Commit{c})
		if err != nil {
			s.lose(ctx, err)
			s.queue([]store.Commit{c}, []*result{&next})
			return
		}
		if results[0].Err == nil {
			s.written(&c, &results[0], &next, done)
			return
		}
		if !errors.Is(results[0].Err, store.CodeConflict) {
			s.drop(c.Leases...)
			return
		}
	}
	s.release(ctx, r.leases, s.o.Store.Now().Add(again))
}

// overlaid is an observation with the given parts, of all domains, as they were
// seen.
func overlaid(o, seen domaincheck.Observation, parts []watch.Part) domaincheck.Observation {
	take(&o, &seen, parts)
	if len(seen.Others) == 0 {
		return o
	}
	others := make(map[string]*domaincheck.Observation, len(o.Others)+len(seen.Others))
	for domain, other := range o.Others {
		others[domain] = other
	}
	for domain, other := range seen.Others {
		next := domaincheck.Observation{}
		if was := others[domain]; was != nil {
			next = *was
		}
		take(&next, other, parts)
		others[domain] = &next
	}
	o.Others = others
	return o
}

func take(o, seen *domaincheck.Observation, parts []watch.Part) {
	for _, part := range parts {
		switch {
		case part == watch.Registration && seen.Registration != nil:
			o.Registration = seen.Registration
		case part == watch.Resolution && seen.Resolution != nil:
			o.Resolution = seen.Resolution
		case part == watch.Page && seen.Page != nil:
			o.Page = seen.Page
		case part == watch.Record && seen.Record != nil:
			o.Record = seen.Record
		}
	}
}
