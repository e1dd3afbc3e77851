package scheduler

import (
	"context"
	"slices"
	"time"

	"domaincheck/store"
	"domaincheck/watch"
)

// This file holds how the scheduler makes sure that it can see before it
// believes that somebody else is down.

const (
	controls    = 5                // sites looked at to prove our sight
	controlWait = 20 * time.Second // for them
	lonely      = 10 * time.Minute // after no such site was found
	probeGap    = time.Minute      // between two rounds of them for one part
)

// lookAround takes the results of a batch into the sights, tells of sight lost
// and found again, and marks the results that are to be held back.
func (s *Scheduler) lookAround(ctx context.Context, batch []result, now time.Time) {
	s.mu.Lock()
	for i := range batch {
		r := &batch[i]
		site := r.memory.Site.MainDomain()
		for _, g := range r.glances {
			if g.class == unseen && g.again {
				continue // it was not seen before either: that tells nothing of now
			}
			s.sights[g.part].put(seen{site: site, groups: r.groups, pace: r.paceKey(s), class: g.class, server: g.server, at: now})
		}
	}
	changed := s.judgeRegistriesLocked(batch, now)
	s.mu.Unlock()
	for _, b := range changed {
		s.tellBlind(ctx, b)
	}
	for _, part := range []watch.Part{watch.Resolution, watch.Page} {
		s.judge(ctx, part, batch, now)
	}
	for i := range batch {
		r := &batch[i]
		for _, g := range r.glances {
			if !g.advance || s.blindTo(g.part, r.paceKey(s)) {
				continue
			}
			if (g.opens || g.class == turned) && !s.proved(g.part, r, now) {
				s.control(ctx, g.part, r, now)
			}
		}
	}
	for i := range batch {
		r := &batch[i]
		for _, g := range r.glances {
			r.held = r.held || g.advance && s.blindTo(g.part, r.paceKey(s))
		}
	}
}

// paceKey is the pace key of a result's site, whichever part was claimed.
func (r *result) paceKey(s *Scheduler) string {
	for _, l := range r.leases {
		if l.Part == watch.Registration && r.pace != "" && !r.joined {
			return r.pace
		}
	}
	return s.paceOf(r.memory.Site.MainDomain())
}

// judge updates whether a part can be seen. What the looks of a batch say is
// not taken for blindness, nor is blindness taken to last, before others were
// looked at: where many sites truly went bad, the rest is seen as ever.
func (s *Scheduler) judge(ctx context.Context, part watch.Part, batch []result, now time.Time) {
	var about *result // a look that speaks against a site
	for i := range batch {
		if slices.ContainsFunc(batch[i].glances, func(g glance) bool {
			return g.part == part && (g.advance || g.class == turned || g.class == unseen)
		}) {
			about = &batch[i]
			break
		}
	}
	s.mu.Lock()
	sight := s.sights[part]
	blind := sight.blind != nil
	over := blind && sight.recovered(now, s.o.BlindMost)
	var suspected *Blind
	if !blind {
		suspected = sight.suspected(part, now, s.prompt())
	}
	probe := about != nil && (blind && !over || suspected != nil) && now.Sub(sight.probed).Abs() >= probeGap
	if probe {
		sight.probed = now
	}
	s.mu.Unlock()
	var t tally
	if probe {
		t, _, _ = s.tryOthers(ctx, part, about, now, blind)
	}
	var changed *Blind
	s.mu.Lock()
	switch {
	case blind && (over || probe && sight.blind != nil && sight.recovered(now, s.o.BlindMost)):
		if sight.blind != nil {
			copied := *sight.blind
			copied.Until = now
			changed, sight.blind = &copied, nil
		}
	case suspected != nil && probe && t.bad >= t.of && sight.blind == nil && ctx.Err() == nil:
		sight.begin(suspected)
		changed = suspected
	}
	s.mu.Unlock()
	if changed != nil {
		s.tellBlind(ctx, *changed)
	}
}

// judgeRegistriesLocked updates which registries are believed, and gives what
// changed.
func (s *Scheduler) judgeRegistriesLocked(batch []result, now time.Time) []Blind {
	var changed []Blind
	sight := s.sights[watch.Registration]
	tried := map[string]bool{}
	for i := range batch {
		key := batch[i].paceKey(s)
		if tried[key] || batch[i].err != nil {
			continue
		}
		tried[key] = true
		entered, left := sight.judgeRegistry(key, now, s.o.BlindMost)
		switch {
		case entered:
			changed = append(changed, *sight.doubts[key])
		case left:
			b := *sight.doubts[key]
			b.Until = now
			delete(sight.doubts, key)
			changed = append(changed, b)
		}
	}
	return changed
}

// prompt tells whether the settings say that a failure counts at once (confirm:
// apart: 0s): then pages are believed as long as names resolve. The caller holds
// the lock.
func (s *Scheduler) prompt() bool { return s.tune.policy.For("site.reachable").Apart == 0 }

// blindTo tells whether what a look at a part says against a site is not to be
// believed now. Who sees nothing in DNS sees nothing at all.
func (s *Scheduler) blindTo(part watch.Part, pace string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sights[watch.Resolution].blind != nil {
		return true
	}
	if part == watch.Registration {
		return s.sights[part].doubts[pace] != nil
	}
	return s.sights[part].blind != nil
}

// proved tells whether another site was seen well since the look began; of a
// registry, another of its names not long ago.
func (s *Scheduler) proved(part watch.Part, r *result, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.sights[part].believe) || part != watch.Registration && now.Sub(s.alone[part]).Abs() < lonely {
		return true
	}
	site := r.memory.Site.MainDomain()
	for i := range s.sights[part].looks {
		l := &s.sights[part].looks[i]
		if l.class != good || l.site == site {
			continue
		}
		if part == watch.Registration && l.pace == r.paceKey(s) && now.Sub(l.at).Abs() <= sureWHOIS {
			return true
		}
		if part != watch.Registration && !l.at.Before(r.began) && now.Sub(l.at) < outlived {
			return true
		}
	}
	return false
}

// tryOthers looks at a few other sites that were good, at other providers where
// there are any; a registry is tried with other names of its own. It gives what
// they say, and whether not even a name was resolved. ok is false if there are
// too few of them. Unless all are wanted, the first that is seen ends it: one
// that takes its time holds up nobody's message.
func (s *Scheduler) tryOthers(ctx context.Context, part watch.Part, r *result, now time.Time, all bool) (t tally, nothing, ok bool) {
	sites := s.candidates(ctx, part, r)
	if len(sites) < 2 || part != watch.Registration && len(sites) < 3 {
		return t, false, false
	}
	type answer struct {
		look     seen
		resolved bool
	}
	answers := make(chan answer, len(sites))
	short, cancel := context.WithTimeout(ctx, controlWait)
	defer cancel()
	for i := range sites {
		go func() { // each ends with short, and its answer is waited for
			look, resolved := s.controlLook(short, part, &sites[i], now)
			answers <- answer{look, resolved}
		}()
	}
	looks := make([]seen, 0, len(sites))
	nothing, enough := true, false
	for range sites {
		a := <-answers
		if enough && a.look.class != good {
			continue // cut short
		}
		nothing = nothing && !a.resolved
		looks = append(looks, a.look)
		if a.look.class == good && !all {
			enough = true
			cancel()
		}
	}
	s.mu.Lock()
	for _, l := range looks {
		s.sights[part].put(l)
	}
	s.mu.Unlock()
	return count(looks), nothing, true
}

// control looks at a few other sites. If none of them can be seen either, it is
// we who cannot see.
func (s *Scheduler) control(ctx context.Context, part watch.Part, r *result, now time.Time) {
	t, nothing, ok := s.tryOthers(ctx, part, r, now, false)
	s.mu.Lock()
	var entered *Blind
	switch {
	case !ok:
		s.alone[part] = now
	case ctx.Err() != nil, t.bad < t.of: // somebody is seen
	case part == watch.Registration:
		if t.turned > 0 {
			entered = &Blind{Since: now, Part: part, Pace: r.paceKey(s), Why: "turned", Bad: t.turned + 1, Of: t.of + 1}
			s.sights[part].doubt(entered)
		}
	case nothing || t.groups >= 2 && (part != watch.Page || t.unseen > t.turned || !s.prompt()):
		why := "turned"
		if t.unseen > t.turned {
			why = "unseen"
		}
		entered = &Blind{Since: now, Part: part, Why: why, Bad: t.bad + 1, Of: t.of + 1}
		s.sights[part].begin(entered)
	default:
		// All at one provider, and the names resolve: it may well be theirs. Or
		// the settings want to hear of it at once.
		s.alone[part] = now
	}
	s.mu.Unlock()
	if entered != nil {
		s.tellBlind(ctx, *entered)
	}
}

// controlLook looks at one site, for our sight only. A site that cannot be
// looked at because we are told to stop says nothing.
func (s *Scheduler) controlLook(ctx context.Context, part watch.Part, m *store.Memory, now time.Time) (look seen, resolved bool) {
	look = seen{site: m.Site.MainDomain(), groups: groupsOf(m.Report, nil), pace: s.paceOf(m.Site.MainDomain()), class: unseen, at: now}
	parts := []watch.Part{part}
	if part == watch.Page {
		parts = append(parts, watch.Resolution)
	}
	defer s.release(ctx, s.borrow(ctx, look.site, parts), time.Time{})
	report, err := s.look(ctx, Task{Memory: *m, Parts: parts, Control: true})
	if err != nil {
		return look, false
	}
	policy := watch.DefaultPolicy()
	g := classify(s.tuning().policy, func(rule string) bool { return policy.For(rule).AtOnce() }, m.Report, report, part)
	look.class, look.server = g.class, g.server
	return look, part == watch.Resolution && g.class != unseen || part == watch.Page && conclusive(report, watch.Resolution)
}

// borrow lends parts for a control look where machines share the store, so that
// nobody looks at them meanwhile; who does so now is waited for, within reason:
// to say wrongly that a site is down would be worse than to look twice.
func (s *Scheduler) borrow(ctx context.Context, site string, parts []watch.Part) []store.Lease {
	if !s.o.Shared {
		return nil
	}
	short, cancel := context.WithTimeout(ctx, controlWait/2)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for !s.overHere(site, parts) {
		leases, ok, err := s.o.Store.Borrow(short, site, parts, s.o.Owner, s.o.Lease)
		if ok || err != nil {
			return leases
		}
		select {
		case <-short.Done():
			return nil
		case <-tick.C:
		}
	}
	return nil
}

// candidates are sites for control looks, each of another group as far as
// there are groups.
func (s *Scheduler) candidates(ctx context.Context, part watch.Part, r *result) []store.Memory {
	site, pace := r.memory.Site.MainDomain(), r.paceKey(s)
	s.mu.Lock()
	var names []string
	taken := map[string]int{r.groups.host: 1}
	for pass := range 2 {
		looks := s.sights[part].looks
		for i := len(looks) - 1; i >= 0 && len(names) < controls; i-- {
			l := &looks[i]
			if l.class != good || l.site == site || part == watch.Registration && l.pace != pace || (taken[l.groups.host] > 0) != (pass == 1) || has(names, l.site) {
				continue
			}
			taken[l.groups.host]++
			names = append(names, l.site)
		}
	}
	if part != watch.Registration {
		for _, name := range s.sights[part].trusted {
			if len(names) < 4*controls && name != site && !has(names, name) {
				names = append(names, name)
			}
		}
	}
	s.mu.Unlock()
	if len(names) < 2 {
		more, err := s.o.Store.Sample(ctx, 4*controls)
		if err != nil {
			return nil
		}
		names = append(names, more...)
	}
	var all []store.Memory
	for _, name := range names {
		if len(all) >= controls {
			break
		}
		if name == site || part == watch.Registration && (s.paceOf(name) != pace || len(all) >= doubtful) {
			continue
		}
		m, err := s.o.Store.Load(ctx, name)
		if err != nil || m.Report == nil || !healthyPart(s.tuning().policy, m, part) || hasSite(all, name) {
			continue
		}
		all = append(all, *m)
	}
	return all
}

// healthyPart tells whether nothing is wrong with a part of a site, as far as
// is known.
func healthyPart(p watch.Policy, m *store.Memory, part watch.Part) bool {
	if l := lookOf(&m.Report.Observation, part); l == nil || !l.Outcome.Conclusive() {
		return false
	}
	for i := range m.Report.States {
		st := &m.Report.States[i]
		if p.For(st.Rule).Part == part && st.LastResult == "fail" {
			return false
		}
	}
	return true
}

func has(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func hasSite(list []store.Memory, site string) bool {
	for i := range list {
		if list[i].Site.MainDomain() == site {
			return true
		}
	}
	return false
}
