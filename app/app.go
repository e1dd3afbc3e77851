package app

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/check"
	"domaincheck/cluster"
	"domaincheck/config"
	"domaincheck/notify"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/web"
)

// App is the daemon. Make it with New, let it live in Run, end it with Close.
// Its methods may be called from any goroutine.
type App struct {
	ctx   context.Context // ends with nothing; for what is written after a stop
	o     Options
	log   *slog.Logger
	often *seldom // for what would be said again and again
	owner string  // of leases: the same after a restart

	store    *store.Store
	worlds   worlds
	holds    holds
	pacer    *scheduler.Pacer
	meter    *web.Meter
	sched    *scheduler.Scheduler
	node     *cluster.Node // nil on a machine of its own
	pokes    chan string   // channels with new messages, for other nodes
	teller   *teller
	last     *lastAlert
	listener net.Listener
	web      *web.Server                // in force; guarded by mu
	faces    chan struct{}              // another one is
	keys     atomic.Pointer[tls.Config] // of the face; nil: plain HTTP
	close    []func()                   // in order of opening
	closed   sync.Once

	started time.Time
	force   atomic.Pointer[force]
	rereads chan reread // the inventory is to be read now

	mu        sync.Mutex
	reloadMu  sync.Mutex
	inventory *Inventory // what came of the newest reading; nil before one, or without a file
	reload    reloaded
	file      *ledgerFile // that is watched; nil without one
	beat      beat
	table     tableFault
	desk      candidates // of the access provider's desk
	views     views
}

// force is what a reload replaces.
type force struct {
	config    Config
	zone      *time.Location
	policy    alert.Policy // by the settings alone
	schedules scheduler.Schedules
	reports   []func(time.Time) time.Time // next times of the settings' reports
	daily     func(time.Time) time.Time   // when pruning is due
	world     *check.World
	tables    string // the files of tables, as they were before they were read
	lang      string
}

func (a *App) inForce() *force { return a.force.Load() }

// policy is who hears what, as of now.
func (a *App) policy() alert.Policy { return a.holds.over(a.inForce().policy) }

// New builds the daemon and listens, but looks at nothing yet. Errors of code
// bad_settings (and those of tables) are the settings', others are of what they
// name: the store, the address.
func New(ctx context.Context, o Options) (*App, error) {
	o.defaults()
	a := &App{ctx: context.WithoutCancel(ctx), o: o, log: o.Log, often: newSeldom(o.Log), rereads: make(chan reread), faces: make(chan struct{}, 1), pokes: make(chan string, 64), meter: web.NewMeter()}
	if err := a.open(ctx); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// open opens everything, in the order in which one needs the other.
func (a *App) open(ctx context.Context) error {
	config, err := a.o.Load()
	if err != nil {
		return err
	}
	s := config.Settings
	if err := a.o.check(s); err != nil {
		return err
	}
	serve, err := webOptions(s, a.o.Version)
	if err != nil {
		return err
	}
	if err := web.CheckListen(serve); err != nil {
		return err
	}
	if err := a.openStore(ctx, config); err != nil {
		return err
	}
	place := ""
	if s.Limits.PerAddress {
		place = a.owner
	}
	a.pacer = scheduler.NewPacer(scheduler.PacerOptions{
		Place: place,
		Store: a.store, Now: a.store.Now, PerSecond: config.Network.WHOISPerSecond, Burst: config.Network.WHOISBurst,
		Servers: config.Network.WHOISLimits, Log: a.log,
	})
	a.teller = newTeller(&measured{a.store, a.meter}, a.owner, a.log)
	a.last = newLastAlert(a.teller, a.o.Now, a.often.warn)
	next, err := a.build(config)
	if err != nil {
		return err
	}
	notifier, err := a.teller.make(config, Words(next.world.Book, next.world.Risks, next.world.Providers))
	if err != nil {
		return err
	}
	if err := a.holds.read(ctx, a.store); err != nil {
		a.log.WarnContext(ctx, "some of what was silenced cannot be read", "error", err)
	}
	a.take(next, notifier)
	a.close = append(a.close, func() { a.worlds.swap(nil) })
	if err := a.openScheduler(next); err != nil {
		return err
	}
	if err := a.openCluster(ctx, next); err != nil {
		return err
	}
	if err := a.takeInventory(ctx, newLedgerFile(s)); err != nil {
		return err
	}
	return a.openWeb(ctx, next, serve)
}

// openStore opens the store, alone on this machine where it is a file.
func (a *App) openStore(ctx context.Context, config Config) error {
	s := config.Settings
	place := s.Store.String() + " " + s.Listen
	if _, port, err := net.SplitHostPort(s.Listen); err == nil && port == "0" && s.Store.Postgres() {
		// Several may run here with the same settings: each is a node of its own.
		place += " " + strconv.Itoa(os.Getpid()) + " " + strconv.FormatInt(a.o.Now().UnixNano(), 36)
	}
	if path := s.Store.Path(); path != "" {
		file := s.StoreURL()[len("sqlite:"):]
		release, err := lockStore(file)
		if err != nil {
			return err
		}
		a.close = append(a.close, release)
		if place, err = filepath.Abs(file); err != nil {
			place = file
		}
	}
	sum := sha256.Sum256([]byte(place))
	a.owner = hostName() + "-" + hex.EncodeToString(sum[:4])
	var err error
	if a.store, err = store.Open(ctx, store.Options{URL: s.StoreURL(), Now: a.o.Now, Log: a.log}); err != nil {
		return err
	}
	a.close = append(a.close, func() { _ = a.store.Close() })
	if s.Store.Path() == "" {
		return nil
	}
	n, err := a.store.Disown(ctx, a.owner) // alone on this store: whoever held them is dead
	if n > 0 {
		a.log.InfoContext(ctx, "looks that the last run did not finish are made again", "looks", n)
	}
	return errors.Join(err, a.store.Prepare(ctx))
}

// build makes what a reload replaces, and connects to nothing yet. The world
// must be closed if it is not taken.
func (a *App) build(c Config) (*force, error) {
	s := c.Settings
	zone, err := s.Timezone.Location()
	if err != nil {
		return nil, err
	}
	f := &force{config: c, zone: zone, lang: s.Language}
	if f.schedules.Access, err = scheduleOf(s.Schedule.Access, zone); err != nil {
		return nil, err
	}
	if f.schedules.Page, err = scheduleOf(s.Schedule.Page, zone); err != nil {
		return nil, err
	}
	if f.schedules.Registration, err = scheduleOf(s.Schedule.Registration, zone); err != nil {
		return nil, err
	}
	for _, r := range s.Reports {
		next, err := nextOf(r.Cron, zone)
		if err != nil {
			return nil, err
		}
		f.reports = append(f.reports, next)
	}
	if f.daily, err = nextOf("30 4 * * *", zone); err != nil {
		return nil, err
	}
	f.tables = stampsOf(c.Tables)
	if f.world, err = check.OpenTables(c.Tables); err != nil {
		return nil, domaincheck.AsError(err, domaincheck.CodeBadTable, "")
	}
	if err := checkWords(s, f.world); err != nil {
		f.world.Close()
		return nil, err
	}
	if f.policy, err = Policy(s, f.world.Book, f.world.Providers.ID); err != nil {
		return nil, err
	}
	network := c.Network
	network.Pacer = &whoisPacer{Pacer: a.pacer, ctx: a.ctx, meter: a.meter}
	network.KeepPages = true // evidence of what was seen
	if err := f.world.Connect(network); err != nil {
		f.world.Close()
		return nil, domaincheck.AsError(err, domaincheck.CodeBadSettings, "")
	}
	return f, nil
}

// scheduleOf is a schedule of the settings; nil for none.
func scheduleOf(c config.Cron, zone *time.Location) (cron.Schedule, error) {
	if c == "" {
		return nil, nil
	}
	return c.In(zone)
}

// take puts what was built in force.
func (a *App) take(f *force, n *notify.Notifier) {
	a.force.Store(f)
	a.worlds.swap(f.world)
	a.teller.put(n)
}

// Close ends what New opened. Run must have returned.
func (a *App) Close() {
	a.closed.Do(func() {
		for _, end := range slices.Backward(a.close) {
			end()
		}
	})
}

// Run works until ctx ends, or the face fails, and stops within ten seconds.
func (a *App) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	a.started = a.o.Now()
	var all sync.WaitGroup
	own := func(name string, run func(context.Context)) {
		all.Go(func() {
			run(ctx)
			a.log.DebugContext(ctx, "ended", "task", name)
		})
	}
	if a.o.Role != API {
		own("scheduler", a.runScheduler)
		own("channels", func(ctx context.Context) { a.teller.run(ctx, stopGrace) })
		own("last alert", a.last.run)
		own("regular tasks", a.runChores)
		own("what was silenced", a.runHolds)
		own("inventory", a.runInventory)
		own("heartbeat", a.runBeat)
	}
	if a.node != nil {
		own("pokes", a.runPokes)
	}
	if a.node != nil && a.o.Role == API {
		own("node", func(ctx context.Context) { _ = a.node.Run(ctx) })
	}
	if a.o.Role != Worker {
		own("the provider's desk", a.runDesk)
		own("the desk's file of names", a.runPointing)
	}
	own("tables", a.runTables)
	own("store watch", a.watchStore)
	all.Go(func() {
		if err := a.watchRelease(ctx); err != nil {
			stop(err)
		}
	})
	all.Go(func() {
		if err := a.runWeb(ctx); err != nil && ctx.Err() == nil {
			stop(err)
		}
	})
	<-ctx.Done()
	all.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// stopGrace is how long what is under way may take after a stop.
const stopGrace = 7 * time.Second

// runScheduler looks until ctx ends. A scheduler that cannot go on is told and
// begun anew.
func (a *App) runScheduler(ctx context.Context) {
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, time.Minute) {
		err := a.look(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		a.log.ErrorContext(ctx, "looking ended and begins anew", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}
