package scheduler

import (
	"context"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
	"domaincheck/watch"
)

// Looker makes one check of one site. It is called from many goroutines.
type Looker interface {
	// Look looks at the task's parts, lays the answers over what the task's
	// memory holds, and judges: the report is complete, with the states
	// advanced from those of Memory.Report, the risks assessed, and the raw
	// answers inside the parts. A part that could not be seen is an outcome
	// inside the report, not an error. An error means that there is no report:
	// the context ended, or a defect; the part is then looked at again later.
	Look(ctx context.Context, t Task) (*domaincheck.Report, error)
}

// LookerFunc is a function as a Looker.
type LookerFunc func(ctx context.Context, t Task) (*domaincheck.Report, error)

// Look implements [Looker].
func (f LookerFunc) Look(ctx context.Context, t Task) (*domaincheck.Report, error) { return f(ctx, t) }

// Task is what a Looker is asked for.
type Task struct {
	// Memory is the site with its subject, servers and siblings, and the
	// newest report (nil before the first): its Observation is what is known,
	// its States are what the watch remembers.
	Memory store.Memory
	// Parts are looked at; the others stay as Memory.Report has them. With no
	// parts nothing is looked at: the site is judged anew, as of now, from what
	// is known (a date has come, another look was faster, nobody can see).
	Parts []watch.Part
	// Schedule is how often each part of this very site is looked at: the
	// measure of watch.stale (three times that, at least an hour). Zero: the
	// part cannot go stale now, because nobody looks at it regularly, or
	// because the daemon has not been awake for that long itself.
	Schedule watch.Schedule
	// Asked tells that somebody waits for this look.
	Asked bool
	// Control tells a look made to see whether one can see at all: its report
	// is thrown away.
	Control bool
}

// Has tells whether a part is among those to be looked at.
func (t Task) Has(p watch.Part) bool {
	for _, q := range t.Parts {
		if q == p {
			return true
		}
	}
	return false
}

// Store is what the scheduler needs of a store; *store.Store is one.
type Store interface {
	Now() time.Time
	Claim(ctx context.Context, o store.ClaimOptions) ([]store.Claimed, error)
	ClaimAsked(ctx context.Context, of store.Lease, d time.Duration) ([]store.Lease, error)
	Borrow(ctx context.Context, site string, parts []watch.Part, owner string, d time.Duration) (leases []store.Lease, ok bool, err error)
	Extend(ctx context.Context, leases []store.Lease, d time.Duration) (lost []store.Lease, err error)
	Release(ctx context.Context, leases []store.Lease, again time.Time) error
	Commit(ctx context.Context, batch []store.Commit) ([]store.Committed, error)
	Load(ctx context.Context, domain string) (*store.Memory, error)
	Sample(ctx context.Context, n int) ([]string, error)
	Backlog(ctx context.Context, part watch.Part, p store.Partition) (store.Backlog, error)
	AssignPaces(ctx context.Context, part watch.Part, name func(domain string) string) (int, error)
	ReadyPaces(ctx context.Context, part watch.Part, p store.Partition) (map[string]int, error)
	BoundDue(ctx context.Context, part watch.Part, latestDue, latestLease time.Time) (int64, error)
	Enqueue(ctx context.Context, once string, out []alert.Outgoing) error
	Mark(ctx context.Context, name string) (string, error)
	SetMark(ctx context.Context, name, value string) error
	Budgets
	EmptyBudgets(ctx context.Context) error
}

// Budgets keeps the buckets of a [Pacer]; *store.Store does.
type Budgets interface {
	UpdateBudget(ctx context.Context, key string, change func(b store.Budget, known bool) store.Budget) (store.Budget, error)
}

// Schedules are when each part is looked at. A nil schedule never comes: the
// part is looked at only when somebody asks.
type Schedules struct {
	Access       cron.Schedule // DNS
	Page         cron.Schedule
	Registration cron.Schedule // its ticks; which sites are asked at one, see [Cadence]
}

// Options of a Scheduler. Store, Looker and Schedules are needed.
type Options struct {
	Store     Store
	Looker    Looker
	Schedules Schedules
	Owner     string // names the process in leases, for people
	// Shared tells that other machines work the same store. A look then ends
	// when its lease does, because another machine may have taken the part by
	// then, and while the store is lost nothing new is looked at: nobody knows
	// who looks. Concurrency bounds all rounds of a part together.
	Shared bool
	Policy watch.Policy // when one more look is wanted; its Schedule is not used

	// Alerts is who hears what, as of now: routes, silences, maintenance. It is
	// asked for every report, so that it may change. Nil: nobody hears.
	Alerts func() alert.Policy
	// Suppressions are what people called false alarms (误报) of a site. May be nil.
	Suppressions func(site string) []alert.Suppression

	// Pace names the registry that answers for a site's main domain, as
	// host:port of its WHOIS server or of its RDAP base: sites with one pace
	// key are asked one after another. Nil or "": no pace of its own.
	Pace func(domain string) string
	// Paces is the pacer that the looker's registrations go through; it tells
	// which registries are to be left alone. May be nil.
	Paces *Pacer

	Concurrency int           // looks at once; 0 is 64
	Lease       time.Duration // of a claim; prolonged while it is worked on; 0 is 30 s
	Grace       time.Duration // for what is under way when Run is told to stop; 0 is 8 s
	Queue       int           // sites whose reports wait while the store is lost; 0 is 2,000
	Poll        time.Duration // how often the store is asked for what others put there; 0 is 2 s
	BlindMost   time.Duration // how long bad looks are disbelieved; 0 is 2 h
	// Partition is the share of the sites that Run works on; the zero value is all.
	Partition store.Partition

	Hooks Hooks
	Log   *slog.Logger // nil is silent
}

// Hooks tell the daemon what happens. Each may be nil; they are called from
// several goroutines and must return quickly.
type Hooks struct {
	// Committed hears of every report that was written.
	Committed func(site string, r *domaincheck.Report, events []alert.Event)
	// Queued names the channels that have new rows in the outbox: wake their
	// drainers.
	Queued func(channels []string)
	// Store hears when the store is lost (its error) and when it is back (nil).
	Store func(err error)
	// Blind hears when sight is lost and when it is back (b.Until set).
	Blind func(b Blind)
}

// Done is what one round of Work did.
type Done struct {
	Claimed   int       // parts taken
	Looked    int       // looks made, control looks and looks over again not counted
	Committed int       // reports written
	Changed   int       // of them, those that say something new
	Conflicts int       // judged anew because the site had changed meanwhile
	Held      int       // held back because the daemon cannot see
	Unseen    int       // looks that ended without an observation
	Failed    int       // looks without a report
	Next      time.Time // earliest due time that the round left behind, of any part; zero: none known
}

// add adds up rounds.
func (d *Done) add(e Done) {
	d.Claimed += e.Claimed
	d.Looked += e.Looked
	d.Committed += e.Committed
	d.Changed += e.Changed
	d.Conflicts += e.Conflicts
	d.Held += e.Held
	d.Unseen += e.Unseen
	d.Failed += e.Failed
	if !e.Next.IsZero() && (d.Next.IsZero() || e.Next.Before(d.Next)) {
		d.Next = e.Next
	}
}

// Status is how the work stands, for health, metrics and people. JSON is
// snake_case; the zero time is an instant not known.
type Status struct {
	At       time.Time                 `json:"at"`
	Running  bool                      `json:"running"`
	Awake    time.Time                 `json:"awake"`  // watching without a gap since then
	Turned   time.Time                 `json:"turned"` // the least of the parts: while it runs it is seconds ago; zero: not yet all of them
	Parts    map[watch.Part]PartStatus `json:"parts"`
	Blind    *Blind                    `json:"blind"` // nil: it sees
	Store    StoreStatus               `json:"store"`
	Registry []PaceStatus              `json:"registry"` // those that hold something up, or of which something was learned
}

// PartStatus is how the looks at one part stand.
type PartStatus struct {
	Next      time.Time     `json:"next"`     // next tick of the schedule
	Interval  time.Duration `json:"interval"` // longest gap between two ticks
	Running   int           `json:"running"`
	Backlog   store.Backlog `json:"backlog"`    // as of Measured
	Measured  time.Time     `json:"measured"`   // when the backlog was counted
	LastTick  time.Time     `json:"last_tick"`  // begin of the present sweep
	LastSweep time.Duration `json:"last_sweep"` // how long the sweep before took; 0: not known yet
	Overrun   time.Time     `json:"overrun"`    // since when sweeps take longer than the schedule allows; zero: they do not
	Missed    int           `json:"missed"`     // ticks during which nobody was awake, as of the last start or sleep
	Turned    time.Time     `json:"turned"`     // when its work was last gone through: what is due taken, what has come written
	Looks     int64         `json:"looks"`      // since the start
	Unseen    int64         `json:"unseen"`
	Failed    int64         `json:"failed"`
	Commits   int64         `json:"commits"` // of looks for this part; what they took along is not counted there
	Conflicts int64         `json:"conflicts"`
	Held      int64         `json:"held"`
	LastLook  time.Time     `json:"last_look"`
}

// StoreStatus tells whether reports can be written.
type StoreStatus struct {
	Lost    time.Time `json:"lost"` // since when; zero: it works
	Error   string    `json:"error"`
	Queued  int       `json:"queued"`  // sites whose reports wait in memory
	Dropped int64     `json:"dropped"` // looks that found no room there
}

// Blind is a time in which the daemon could not see.
type Blind struct {
	Since time.Time  `json:"since"`
	Until time.Time  `json:"until"` // zero while it lasts
	Part  watch.Part `json:"part"`  // what could not be seen
	Pace  string     `json:"pace"`  // of registration: the one registry that cannot be believed; "" otherwise
	Why   string     `json:"why"`   // unseen: looks end without an observation; turned: good sites turn bad all at once
	Bad   int        `json:"bad"`   // looks that say so …
	Of    int        `json:"of"`    // … among so many
}

// PaceStatus is how one registry is asked.
type PaceStatus struct {
	Key       string    `json:"key"`
	PerSecond float64   `json:"per_second"` // in force
	Learned   bool      `json:"learned"`    // slower than the settings allow, because it refused
	Blocked   time.Time `json:"blocked"`    // left alone until then
	Note      string    `json:"note"`
	Waiting   int       `json:"waiting"` // questions that wait for their turn
}
