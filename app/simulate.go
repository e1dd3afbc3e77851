package app

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/check"
	"domaincheck/config"
	"domaincheck/dnscheck"
	"domaincheck/lab"
	"domaincheck/scheduler"
	"domaincheck/sitecheck"
	"domaincheck/store"
	"domaincheck/watch"
)

// SimulateOptions of Simulate.
type SimulateOptions struct {
	Days, Sites int // 0 is 90 and 300
	Seed        uint64
	Start       time.Time // begin of the first day; zero is 2026-11-22

	// Access is when DNS is looked at, as in the settings. "" is their default,
	// or, for an operation of more than some 600,000 looks, a sparser schedule:
	// the score names it.
	Access string
	Dir    string // where the store is made and removed; "" is the system's temporary folder

	// Confirm is another measure of what makes a failure sure, and Drop leaves
	// looks out: both make the daemon worse, to see that a simulation can fail.
	Confirm watch.Override
	Drop    func(site string, part watch.Part, at time.Time) bool

	// Progress hears of every day that has passed. May be nil.
	Progress func(day int)
}

// How a simulated clock goes.
const (
	simulateStep  = 2 * time.Minute // dues are worked off together so often
	simulateAlive = 10 * time.Minute
)

// Simulate runs the daemon's scheduler, judgement, alerts and store through an
// operation of the lab in simulated time: only the observers are the lab's. It
// compares what was sent with what was planted.
func Simulate(ctx context.Context, o SimulateOptions) (lab.Score, error) {
	if o.Start.IsZero() {
		o.Start = domaincheck.MustDate("2026-11-22").Start()
	}
	if o.Days <= 0 {
		o.Days = 90
	}
	if o.Sites <= 0 {
		o.Sites = 300
	}
	usual := string(config.Default().Schedule.Access)
	if o.Access == "" {
		o.Access = affordable(usual, o.Days*o.Sites)
	}
	schedules, err := simulateSchedules(o.Access)
	if err != nil {
		return lab.Score{}, err
	}
	op, err := lab.PlanOperation(lab.OperationOptions{Sites: o.Sites, Days: o.Days, Seed: o.Seed, Start: o.Start,
		Access: scheduler.Interval(schedules.Access, o.Start), Page: scheduler.Interval(schedules.Page, o.Start), Registration: scheduler.Interval(schedules.Registration, o.Start)})
	if err != nil {
		return lab.Score{}, err
	}
	dir, err := os.MkdirTemp(o.Dir, "domaincheck-simulate-")
	if err != nil {
		return lab.Score{}, domaincheck.Errorf(domaincheck.CodeUnreadable, o.Dir, "no temporary folder: %w", err)
	}
	defer os.RemoveAll(dir)
	s := &simulation{o: o, op: op, schedules: schedules, url: "sqlite:" + filepath.Join(dir, "simulate.db")}
	s.at.Store(o.Start.UnixMicro())
	if err := s.open(ctx); err != nil {
		return lab.Score{}, err
	}
	err = s.run(ctx)
	s.close()
	if err != nil {
		return lab.Score{}, err
	}
	score := op.Score(s.told, op.End())
	score.Looks, score.Access, score.Sparser = s.looks, o.Access, o.Access != usual
	return score, nil
}

// mostLooks is what a simulation makes in a few minutes.
const mostLooks = 600_000

// affordable is the usual schedule of looks at DNS, or the first sparser one
// under which so many days of one site take no more than mostLooks. Pages and
// registrations are looked at as usual, which is some six looks a day.
func affordable(usual string, days int) string {
	for _, s := range []struct {
		cron  string
		looks int // a day
	}{{usual, 48}, {"0 * * * *", 24}, {"0 */2 * * *", 12}, {"0 */3 * * *", 8}} {
		if days*(s.looks+6) <= mostLooks {
			return s.cron
		}
	}
	return "0 */6 * * *"
}

// simulateSchedules are the defaults of the settings.
func simulateSchedules(access string) (scheduler.Schedules, error) {
	var s scheduler.Schedules
	d := config.Default()
	zone, err := d.Timezone.Location()
	if err != nil {
		return s, err
	}
	d.Schedule.Access = config.Cron(access)
	if s.Access, err = d.Schedule.Access.In(zone); err != nil {
		return s, err
	}
	if s.Page, err = d.Schedule.Page.In(zone); err != nil {
		return s, err
	}
	s.Registration, err = d.Schedule.Registration.In(zone)
	return s, err
}

// simulation is a daemon in simulated time.
type simulation struct {
	o         SimulateOptions
	op        *lab.Operation
	schedules scheduler.Schedules
	url       string
	at        atomic.Int64 // true time, microseconds
	world     *check.World
	worlds    worlds
	holds     holds
	alerts    alert.Policy
	store     *store.Store
	sched     *scheduler.Scheduler

	mu   sync.Mutex
	told []lab.Told

	looks int
	next  map[watch.Part]time.Time // by the daemon's clock, when something is due; none: not known
}

// true is the time as it is; now is the time as the daemon's clock shows it.
func (s *simulation) true() time.Time { return time.UnixMicro(s.at.Load()) }
func (s *simulation) now() time.Time  { t := s.true(); return t.Add(s.op.Shift(t)) }

// open loads the tables and fills the ledger.
func (s *simulation) open(ctx context.Context) error {
	world, err := check.OpenTables(check.TableFiles{Confirm: s.o.Confirm})
	if err != nil {
		return err
	}
	world.Checker = check.New(check.Options{
		Registrations: simRegistrations{s}, Resolutions: simResolutions{s}, Pages: simPages{s},
		Book: world.Book, Risks: world.Risks, Policy: world.Policy(), Attribute: world.Attribute, ProviderID: world.Providers.ID, Tables: world.Tables, Now: s.now,
	})
	s.world = world
	s.worlds.swap(world)
	if s.alerts, err = Policy(config.Default(), world.Book, world.Providers.ID); err != nil {
		return err
	}
	s.alerts.Default = []string{"ops"}
	for _, n := range s.op.Noises {
		if n.Kind == lab.NoiseDeploy {
			s.alerts.Maintenance = append(s.alerts.Maintenance, alert.Window{Match: alert.Match{Domains: []string{n.Site}}, Reason: "deploy", From: domaincheck.At(n.From), Until: domaincheck.At(n.Until)})
		}
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	return s.ledger(ctx, s.op.Domains()...)
}

// ledger writes what the owners know by now of some sites.
func (s *simulation) ledger(ctx context.Context, domains ...string) error {
	var l store.Ledger
	for _, d := range domains {
		if site, ok := s.op.Site(d, s.true()); ok {
			l.Sites = append(l.Sites, site)
		}
	}
	s.next = map[watch.Part]time.Time{}
	changes, err := s.store.Import(ctx, l, store.ImportOptions{})
	if err == nil && len(changes.Refused) > 0 {
		err = changes.Refused[0].Err
	}
	return err
}

// start begins a daemon on the store as the last one left it.
func (s *simulation) start(ctx context.Context) error {
	var err error
	s.next = map[watch.Part]time.Time{}
	if s.store, err = store.Open(ctx, store.Options{URL: s.url, Now: s.now, Scratch: true}); err != nil {
		return err
	}
	s.sched, err = scheduler.New(scheduler.Options{
		Store: simStore{s.store, s}, Looker: &looker{worlds: &s.worlds, holds: &s.holds, now: s.store.Now},
		Schedules: s.schedules, Owner: "simulation", Policy: s.world.Policy(), Alerts: s.policy, Pace: s.op.Registry, Concurrency: 256,
	})
	if err != nil {
		return err
	}
	return s.sched.Resume(ctx)
}

// policy leaves out the maintenance that is not now: there are hundreds.
func (s *simulation) policy() alert.Policy {
	p := s.alerts
	p.Maintenance = nil
	now := s.now()
	for _, w := range s.alerts.Maintenance {
		if !now.Before(w.From.Time) && now.Before(w.Until.Time) {
			p.Maintenance = append(p.Maintenance, w)
		}
	}
	return p
}

func (s *simulation) close() {
	if s.store != nil {
		_ = s.store.Close() // nothing of it is kept
		s.store, s.sched = nil, nil
	}
}

// run goes from one instant at which something is due to the next.
func (s *simulation) run(ctx context.Context) error {
	turns, changes := s.op.Turns(), s.op.LedgerChanges()
	day := 0
	for at := s.true(); at.Before(s.op.End()); {
		if err := ctx.Err(); err != nil {
			return domaincheck.Errorf(domaincheck.CodeCancelled, "simulate", "given up on day %d: %w", day, err)
		}
		if until, down := s.op.Down(at); down {
			s.close()
			at = until
			s.at.Store(at.UnixMicro())
			continue
		}
		if s.store == nil {
			if err := s.start(ctx); err != nil {
				return err
			}
		}
		for len(changes) > 0 && !changes[0].At.After(at) {
			if err := s.ledger(ctx, changes[0].Site); err != nil {
				return err
			}
			changes = changes[1:]
		}
		for len(turns) > 0 && !turns[0].After(at) {
			turns = turns[1:]
		}
		next, err := s.work(ctx, at)
		if err != nil {
			return err
		}
		if len(turns) > 0 && turns[0].Before(next) {
			next = turns[0]
		}
		was := at
		at = next
		s.at.Store(at.UnixMicro())
		if _, down := s.op.Down(at); !down {
			s.sched.Alive(ctx, at.Sub(was))
		}
		if d := int(at.Sub(s.o.Start) / (24 * time.Hour)); d > day {
			day = d
			if s.o.Progress != nil {
				s.o.Progress(day)
			}
		}
	}
	return nil
}

// work does what is due and tells when something is due next, in true time.
func (s *simulation) work(ctx context.Context, at time.Time) (time.Time, error) {
	next, now := at.Add(simulateAlive), s.now()
	for _, part := range []watch.Part{watch.Resolution, watch.Page, watch.Registration} {
		if due, known := s.next[part]; known && due.After(now) {
			continue
		}
		done, err := s.sched.Work(ctx, part, store.Partition{})
		if err != nil {
			return next, err
		}
		s.looks += done.Looked
		clear(s.next) // one look may bring another forward
	}
	shift := s.op.Shift(at)
	for _, part := range []watch.Part{watch.Resolution, watch.Page, watch.Registration} {
		due, known := s.next[part]
		if !known {
			b, err := s.store.Backlog(ctx, part, store.Partition{})
			if err != nil {
				return next, err
			}
			if due = b.Next; due.IsZero() {
				continue
			}
			s.next[part] = due
		}
		if due = due.Add(-shift); due.Before(next) {
			next = due
		}
	}
	if whole := next.Truncate(simulateStep); whole.Before(next) {
		next = whole.Add(simulateStep)
	}
	if !next.After(at) {
		next = at.Truncate(simulateStep).Add(simulateStep)
	}
	return next, nil
}

// simStore is the store with an eye on what goes out.
type simStore struct {
	*store.Store
	s *simulation
}

// Commit implements scheduler.Store.
func (w simStore) Commit(ctx context.Context, batch []store.Commit) ([]store.Committed, error) {
	results, err := w.Store.Commit(ctx, batch)
	if err == nil {
		for i := range results {
			if results[i].Err == nil {
				w.s.sent(batch[i].Out)
			}
		}
	}
	return results, err
}

// Enqueue implements scheduler.Store.
func (w simStore) Enqueue(ctx context.Context, once string, out []alert.Outgoing) error {
	err := w.Store.Enqueue(ctx, once, out)
	if err == nil {
		w.s.sent(out)
	}
	return err
}

func (s *simulation) sent(out []alert.Outgoing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range out {
		for _, e := range out[i].Events {
			s.told = append(s.told, lab.Told{At: s.true(), Site: string(e.Domain), Rule: e.Rule, Kind: string(out[i].Kind), Level: string(e.Level)})
		}
	}
}

// The observers: what the lab says, stamped by the daemon's clock. A look that
// is dropped sees nothing.
type (
	simRegistrations struct{ s *simulation }
	simResolutions   struct{ s *simulation }
	simPages         struct{ s *simulation }
)

func (s *simulation) dropped(site string, part watch.Part) bool {
	return s.o.Drop != nil && s.o.Drop(site, part, s.true())
}

// Look implements check.Registrations.
func (r simRegistrations) Look(_ context.Context, domain string) *domaincheck.Registration {
	got := r.s.op.RegistrationAt(domain, r.s.true())
	if r.s.dropped(domain, watch.Registration) {
		got = &domaincheck.Registration{Domain: domaincheck.Text(domain), Look: domaincheck.Look{Outcome: domaincheck.OutcomeTimeout}}
	}
	got.At = domaincheck.At(r.s.now())
	return got
}

// Look implements check.Resolutions.
func (r simResolutions) Look(_ context.Context, q dnscheck.Question) *domaincheck.Resolution {
	got := r.s.op.ResolutionAt(q.Domain, r.s.true(), r.s.world.Attribute)
	if r.s.dropped(q.Domain, watch.Resolution) {
		got = &domaincheck.Resolution{Look: domaincheck.Look{Outcome: domaincheck.OutcomeTimeout}}
	}
	got.At = domaincheck.At(r.s.now())
	return got
}

// Look implements check.Pages.
func (r simPages) Look(_ context.Context, t sitecheck.Target) *domaincheck.HomePage {
	got := r.s.op.PageAt(t.Domain, r.s.true())
	if r.s.dropped(t.Domain, watch.Page) {
		got = &domaincheck.HomePage{Look: domaincheck.Look{Outcome: domaincheck.OutcomeTimeout}}
	}
	got.At = domaincheck.At(r.s.now())
	return got
}
