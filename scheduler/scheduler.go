package scheduler

import (
	"container/heap"
	"context"
	"log/slog"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
	"domaincheck/watch"
)

// Scheduler drives looks. Make one with New; all methods may be called from
// several goroutines.
type Scheduler struct {
	o   Options
	log *slog.Logger

	claiming   sync.Mutex
	recovering sync.Mutex

	mu      sync.Mutex
	tune    *tuning
	running bool
	awake   time.Time
	parts   map[watch.Part]*partState
	sights  map[watch.Part]*sight
	alone   map[watch.Part]time.Time // when no site was found to make a control look at
	leases  map[leaseKey]held
	named   map[string]string // hosts of registries, as last kept
	joined  int               // registrations under way outside of the registration's own pump
	lost    lost
	system  system
}

// tuning is what Reload replaces as a whole.
type tuning struct {
	ticks  map[watch.Part]ticks
	policy watch.Policy
	slots  int
}

type leaseKey struct {
	site string
	part watch.Part
}

// partState is how the looks at one part stand.
type partState struct {
	PartStatus
	wake     chan struct{}
	upcoming dues // that this process has set
	nextTick time.Time
	swept    bool // the present sweep is through
}

// dues is a heap of due times in microseconds.
type dues []int64

func (d dues) Len() int           { return len(d) }
func (d dues) Less(i, j int) bool { return d[i] < d[j] }
func (d dues) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *dues) Push(v any)        { *d = append(*d, v.(int64)) }
func (d *dues) Pop() any {
	old := *d
	v := old[len(old)-1]
	*d = old[:len(old)-1]
	return v
}

// mostDues bounds what is remembered of due times; beyond it the store is
// polled.
const mostDues = 1 << 20

// scheduled lists the parts that have schedules, in the order of looking.
func scheduled() []watch.Part {
	return []watch.Part{watch.Resolution, watch.Page, watch.Registration}
}

// New makes a scheduler. Errors are of code bad_settings.
func New(o Options) (*Scheduler, error) {
	if o.Store == nil || o.Looker == nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "scheduler", "a scheduler needs a store and a looker")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 64
	}
	if o.Lease <= 0 {
		o.Lease = 30 * time.Second
	}
	if o.Grace <= 0 {
		o.Grace = 8 * time.Second
	}
	if o.Queue <= 0 {
		o.Queue = 2000
	}
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	if o.BlindMost <= 0 {
		o.BlindMost = 2 * time.Hour
	}
	if o.Pace == nil {
		o.Pace = func(string) string { return "" }
	}
	s := &Scheduler{
		o: o, log: o.Log, parts: map[watch.Part]*partState{}, sights: map[watch.Part]*sight{},
		alone: map[watch.Part]time.Time{}, leases: map[leaseKey]held{},
	}
	s.lost.init()
	now := o.Store.Now()
	s.awake = now
	s.tune = tuned(o, now)
	for _, part := range append(scheduled(), watch.Record) {
		s.parts[part] = &partState{wake: make(chan struct{}, 1)}
		s.sights[part] = &sight{}
		s.restart(part, now)
	}
	return s, nil
}

func tuned(o Options, now time.Time) *tuning {
	return &tuning{policy: o.Policy, slots: o.Concurrency, ticks: map[watch.Part]ticks{
		watch.Resolution:   ticksOf(o.Schedules.Access, now),
		watch.Page:         ticksOf(o.Schedules.Page, now),
		watch.Registration: ticksOf(o.Schedules.Registration, now),
	}}
}

// restart counts the ticks of a part from now.
func (s *Scheduler) restart(part watch.Part, now time.Time) {
	p, t := s.parts[part], s.tune.ticks[part]
	p.Interval, p.nextTick = t.interval, time.Time{}
	if t.schedule != nil {
		p.nextTick = t.schedule.Next(now)
	}
	p.Next = p.nextTick
}

// Tuning is what may change while a scheduler runs.
type Tuning struct {
	Schedules   Schedules
	Policy      watch.Policy
	Concurrency int // 0 is 64
}

// Reload puts other schedules, another measure of certainty and another bound in
// force, losing nothing: what is under way goes on, and due times that the new
// schedule would not wait for are brought forward.
func (s *Scheduler) Reload(ctx context.Context, t Tuning) error {
	if t.Concurrency <= 0 {
		t.Concurrency = 64
	}
	now := s.o.Store.Now()
	s.mu.Lock()
	o := s.o
	o.Schedules, o.Policy, o.Concurrency = t.Schedules, t.Policy, t.Concurrency
	s.tune = tuned(o, now)
	for _, part := range scheduled() {
		s.restart(part, now)
	}
	s.mu.Unlock()
	err := s.bound(ctx, now)
	s.Wake()
	return err
}

// bound brings forward due times and leases that lie beyond what the schedules
// and the clock allow.
func (s *Scheduler) bound(ctx context.Context, now time.Time) error {
	tn := s.tuning()
	for _, part := range scheduled() {
		t := tn.ticks[part]
		var latest time.Time
		if t.schedule != nil {
			n := 1
			if part == watch.Registration {
				n = weekly
			}
			latest = t.next("", now, n).Add(t.spread)
		}
		n, err := s.o.Store.BoundDue(ctx, part, latest, now.Add(s.o.Lease))
		if err != nil {
			return err
		}
		if n > 0 {
			s.remember([]store.Due{{Part: part, At: latest}}, now)
			s.log.InfoContext(ctx, "schedule: due times were too far ahead and are brought forward", "part", part, "sites", n)
		}
	}
	return nil
}

func (s *Scheduler) tuning() *tuning {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tune
}

// Wake makes Run look for work at once: after store.Request, an import, a
// change of settings.
func (s *Scheduler) Wake() {
	for _, part := range scheduled() {
		select {
		case s.parts[part].wake <- struct{}{}:
		default:
		}
	}
}

// remember notes due times that were set, so that Run wakes in time for them.
func (s *Scheduler) remember(next []store.Due, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running {
		return
	}
	for _, d := range next {
		p := s.parts[d.Part]
		if p == nil || d.At.Sub(now) > 24*time.Hour || len(p.upcoming) >= mostDues {
			continue
		}
		heap.Push(&p.upcoming, d.At.UnixMicro())
	}
}

// soonest is the next due time that is known of a part; those that have come
// are dropped, and come tells of them.
func (s *Scheduler) soonest(part watch.Part, now time.Time) (next time.Time, come bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.parts[part]
	for len(p.upcoming) > 0 && p.upcoming[0] <= now.UnixMicro() {
		heap.Pop(&p.upcoming)
		come = true
	}
	if len(p.upcoming) > 0 {
		next = time.UnixMicro(p.upcoming[0])
	}
	return next, come
}

// held is a lease that the heartbeat prolongs.
type held struct {
	store.Lease
	cut  context.CancelFunc // ends the look
	over bool               // the look has ended; its report waits to be written
	pump *pump              // that claimed it
}

// hold and drop keep the leases that the heartbeat prolongs.
func (s *Scheduler) hold(p *pump, cut context.CancelFunc, leases []store.Lease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range leases {
		s.leases[leaseKey{l.Site, l.Part}] = held{Lease: l, cut: cut, pump: p}
	}
}

// orphaned takes back what a pump leaves behind that ended before its looks did:
// their leases run out, and their places are free for others.
func (s *Scheduler) orphaned(p *pump) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts[p.part].Running -= p.looking
	p.ended = true
	s.joined -= p.joined
	for key, l := range s.leases {
		if l.pump == p {
			delete(s.leases, key)
		}
	}
}

// over notes that the look under some leases has ended: its place is free,
// whenever its pump comes to take the result.
func (s *Scheduler) over(p *pump, leases []store.Lease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.ended {
		s.parts[p.part].Running--
		p.looking--
	}
	for _, l := range leases {
		key := leaseKey{l.Site, l.Part}
		if h, ok := s.leases[key]; ok && h.Token == l.Token {
			h.over = true
			s.leases[key] = h
		}
	}
}

// overHere tells whether this process has just looked at all these parts of a
// site, and holds them until the report is written.
func (s *Scheduler) overHere(site string, parts []watch.Part) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range parts {
		if !s.leases[leaseKey{site, p}].over {
			return false
		}
	}
	return true
}

// fenceMargin is how long before the end of its lease a look is cut: what it
// has asked must be answered or given up when another machine begins.
const fenceMargin = 3 * time.Second

// fence cuts the looks whose lease runs out, where machines share the store: it
// could not be prolonged in time.
func (s *Scheduler) fence(ctx context.Context, now time.Time) {
	if !s.o.Shared {
		return
	}
	n := 0
	s.mu.Lock()
	for key, l := range s.leases {
		if now.Before(l.Until.Add(-fenceMargin)) {
			continue
		}
		l.cut()
		delete(s.leases, key)
		if !l.over {
			n++
		}
	}
	s.mu.Unlock()
	if n > 0 {
		s.log.WarnContext(ctx, "schedule: looks were cut short, for their leases could not be prolonged and others may have taken them over", "parts", n)
	}
}

func (s *Scheduler) drop(leases ...store.Lease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range leases {
		delete(s.leases, leaseKey{l.Site, l.Part})
	}
}

// scheduleOf is how often each part of a site is looked at, for watch.stale: a
// part that nobody could have looked at for that long, because the daemon was
// not awake, cannot have gone stale yet. What is stale already stays so.
func (s *Scheduler) scheduleOf(tn *tuning, m *store.Memory, now time.Time) watch.Schedule {
	s.mu.Lock()
	awake := now.Sub(s.awake)
	s.mu.Unlock()
	open := staleNow(m.Report)
	gap := func(d time.Duration) time.Duration {
		if d <= 0 || awake < watch.StaleAfter(d) && !open {
			return 0
		}
		return d
	}
	every, _ := cadence(m.Site, m.Report, now)
	if asked := newest(m.Report, watch.Registration); !asked.IsZero() && asked.Before(now) {
		// A name whose expiry has come near since is looked at more often from
		// its next look on: until then it was promised no more than this.
		then, _ := cadence(m.Site, m.Report, asked.Time)
		every = max(every, then)
	}
	return watch.Schedule{
		Resolution:   gap(tn.ticks[watch.Resolution].interval),
		Page:         gap(tn.ticks[watch.Page].interval),
		Registration: gap(tn.ticks[watch.Registration].interval * time.Duration(every)),
	}
}

func staleNow(r *domaincheck.Report) bool {
	if r == nil {
		return false
	}
	for i := range r.States {
		s := &r.States[i]
		if s.Rule == "watch.stale" && s.Certainty != domaincheck.CertainOK && s.Certainty != domaincheck.NeverKnown {
			return true
		}
	}
	return false
}

func (s *Scheduler) alertPolicy() alert.Policy {
	if s.o.Alerts == nil {
		return alert.Policy{}
	}
	return s.o.Alerts()
}

// Status tells how the work stands.
func (s *Scheduler) Status() Status {
	now := s.o.Store.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{At: now, Running: s.running, Awake: s.awake, Parts: map[watch.Part]PartStatus{}, Store: s.lost.status()}
	for i, part := range scheduled() {
		st.Parts[part] = s.parts[part].PartStatus
		if at := st.Parts[part].Turned; i == 0 || at.Before(st.Turned) {
			st.Turned = at
		}
		if b := s.sights[part].blind; b != nil && (st.Blind == nil || b.Since.Before(st.Blind.Since)) {
			copied := *b
			st.Blind = &copied
		}
		for _, b := range s.sights[part].doubts {
			if st.Blind == nil {
				copied := *b
				st.Blind = &copied
			}
		}
	}
	if s.o.Paces != nil {
		st.Registry = s.o.Paces.Status()
	}
	return st
}
