package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/robfig/cron/v3"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/watch"
)

const (
	sweepQueue = "sweeps"
	shardQueue = "shards"

	// A shard gives its place back after shardTime, so that a rescue of jobs
	// whose node died need not wait long; what is under way then has until
	// jobTimeout to end.
	shardTime   = 30 * time.Second
	jobTimeout  = 50 * time.Second
	rescueAfter = 55 * time.Second

	// askedPoll is how often a node looks whether somebody waits for a check.
	askedPoll = time.Second

	// failedWait is how long a node waits after the store did not answer.
	failedWait = 2 * time.Second

	connectTimeout = 10 * time.Second

	// migrationLock keeps nodes that start together from migrating together.
	migrationLock = 1684891503
)

// Store is what a node needs of the store; *store.Store is one.
type Store interface {
	// Paces counts the sites of each pace key of a part.
	Paces(ctx context.Context, part watch.Part) (map[string]int, error)
	// Drainer is the owner of a channel's drainer lease, "" if there is none.
	Drainer(ctx context.Context, channel string) (string, error)
	// Asked counts the sites that somebody waits for.
	Asked(ctx context.Context) (int, error)
}

// Worker works what is due of a part within a partition, one round of it; left
// tells that more may be due already. A round over a share of the sites must
// look at each once at most. It must be safe for concurrent use, and end soon
// when the context does.
type Worker func(ctx context.Context, part watch.Part, p store.Partition) (left bool, err error)

// Options of a Node. URL, Node, Store and Worker are needed.
type Options struct {
	URL      string // postgres://…, of the store
	Schema   string // of River's tables; "" is "domaincheck_river"
	Node     string // names the node: the owner of its drainer leases, unique and stable
	Store    Store
	Worker   Worker
	Poke     func(channel string)         // wakes this node's drainer of a channel; nil: there is none
	Cron     map[watch.Part]cron.Schedule // when the sweep of each part begins, in a named zone
	Shards   int                          // shares of a sweep of DNS or pages, 1 to 256; 0 is 32
	Workers  int                          // shards at once on this node; 0 is 4
	Poll     time.Duration                // how often the node works what is due anywhere; 0 is 15 s
	PollOnly bool                         // no LISTEN and no prepared statements: behind a transaction pooler
	Idle     bool                         // works nothing itself: a node of role api
	Log      *slog.Logger                 // nil is silent
}

// Node is one machine of many. Make it with [New], let it live in [Node.Run].
type Node struct {
	o      Options
	pool   *pgxpool.Pool
	river  *river.Client[pgx.Tx]
	counts counts
}

type counts struct{ sweeps, shards, rounds, polls, pokes atomic.Int64 }

// Status is what a node has done since its start.
type Status struct {
	Node   string `json:"node"`
	Sweeps int64  `json:"sweeps"` // begun here
	Shards int64  `json:"shards"` // finished here
	Rounds int64  `json:"rounds"` // of work for shards
	Polls  int64  `json:"polls"`  // of what was due anywhere
	Pokes  int64  `json:"pokes"`  // sent to other nodes
}

// New connects to PostgreSQL, brings River's tables up to date (one node at a
// time) and makes a node. It has code bad_settings for a URL that cannot be
// read, and store_unavailable where the server cannot be reached. Close the
// node if it is never run.
func New(ctx context.Context, o Options) (*Node, error) {
	o = o.filled()
	pool, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	n := &Node{o: o, pool: pool}
	if err := n.prepare(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return n, nil
}

func (o Options) filled() Options {
	if o.Schema == "" {
		o.Schema = "domaincheck_river"
	}
	if o.Shards <= 0 {
		o.Shards = 32
	}
	o.Shards = min(o.Shards, store.Shards)
	if o.Workers <= 0 {
		o.Workers = 4
	}
	if o.Poll <= 0 {
		o.Poll = 15 * time.Second
	}
	if o.Poke == nil {
		o.Poke = func(string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// connect opens the pool. Errors never show the URL: it may hold a password.
func connect(ctx context.Context, o Options) (*pgxpool.Pool, error) {
	conf, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "store", "the PostgreSQL URL cannot be read").
			WithHint("write postgres://user:password@host:5432/database")
	}
	conf.MaxConns = max(conf.MaxConns, 6)
	if conf.ConnConfig.RuntimeParams["application_name"] == "" {
		conf.ConnConfig.RuntimeParams["application_name"] = "domaincheck node"
	}
	if conf.ConnConfig.ConnectTimeout == 0 {
		conf.ConnConfig.ConnectTimeout = connectTimeout
	}
	if o.PollOnly {
		conf.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	} else {
		conf.AfterConnect = store.Guard
	}
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, unavailable(conf.ConnConfig.Host, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, unavailable(conf.ConnConfig.Host, err)
	}
	return pool, nil
}

func unavailable(host string, err error) error {
	e := domaincheck.AsError(err, store.CodeUnavailable, "postgres "+host)
	return e.WithHint("is the server up, and may this machine connect?")
}

// prepare migrates River's tables and makes the client.
func (n *Node) prepare(ctx context.Context) error {
	if err := n.migrate(ctx); err != nil {
		return domaincheck.AsError(err, store.CodeUnavailable, "store")
	}
	workers, err := n.workers()
	if err != nil {
		return err
	}
	conf := &river.Config{
		ID: n.o.Node, Schema: n.o.Schema, Logger: quieter(n.o.Log), PollOnly: n.o.PollOnly,
		JobTimeout: jobTimeout, RescueStuckJobsAfter: rescueAfter,
		CompletedJobRetentionPeriod: time.Hour, CancelledJobRetentionPeriod: time.Hour, DiscardedJobRetentionPeriod: 24 * time.Hour,
		Workers: workers, Queues: map[string]river.QueueConfig{
			nodeQueue(n.o.Node): {MaxWorkers: 4, FetchCooldown: 50 * time.Millisecond},
			sweepQueue:          {MaxWorkers: 1},
			shardQueue:          {MaxWorkers: n.o.Workers},
		},
	}
	if n.o.Idle {
		delete(conf.Queues, sweepQueue)
		delete(conf.Queues, shardQueue)
	}
	conf.PeriodicJobs = periodic(n.o.Cron)
	n.river, err = river.NewClient(riverpgxv5.New(n.pool), conf)
	return err
}

// periodic are the leader's jobs: one a part begins its sweep.
func periodic(schedules map[watch.Part]cron.Schedule) []*river.PeriodicJob {
	var jobs []*river.PeriodicJob
	for _, part := range slices.Sorted(maps.Keys(schedules)) {
		schedule := schedules[part]
		if schedule == nil {
			continue
		}
		jobs = append(jobs, river.NewPeriodicJob(schedule, func() (river.JobArgs, *river.InsertOpts) {
			return sweepJob{Part: part}, nil
		}, &river.PeriodicJobOpts{ID: "sweep_" + string(part), RunOnStart: true})) // a sweep too many finds nothing due
	}
	return jobs
}

// Reload puts other schedules in force on this node; they count while it leads.
func (n *Node) Reload(schedules map[watch.Part]cron.Schedule) {
	jobs := n.river.PeriodicJobs()
	jobs.Clear()
	if _, err := jobs.AddManySafely(periodic(schedules)); err != nil {
		n.o.Log.Error("the sweeps' schedules could not be changed; each node works what is due all the same", "error", err)
	}
}

// migrate brings River's tables up to date under a lock that all nodes share.
// The lock has a transaction of its own, since River's migrations need several.
func (n *Node) migrate(ctx context.Context) error {
	lock, err := n.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Rollback(context.WithoutCancel(ctx)) }()
	// It lies idle while River's migrations run on other connections.
	if _, err := lock.Exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0`); err != nil {
		return err
	}
	if _, err := lock.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(migrationLock)); err != nil {
		return err
	}
	if _, err := n.pool.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+pgx.Identifier{n.o.Schema}.Sanitize()); err != nil {
		return err
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(n.pool), &rivermigrate.Config{Schema: n.o.Schema, Logger: quieter(n.o.Log)})
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// quieter passes River's warnings and errors on; what it tells of itself is of
// no use to whoever runs the daemon.
func quieter(log *slog.Logger) *slog.Logger { return slog.New(warnings{log.Handler()}) }

type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}
func (w warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(a)} }
func (w warnings) WithGroup(g string) slog.Handler      { return warnings{w.Handler.WithGroup(g)} }

// Run works until ctx ends, then finishes what is under way within a few
// seconds. It returns nil, or what kept River from starting.
func (n *Node) Run(ctx context.Context) error {
	// River gets a context that outlives ctx: it is stopped, not cut off.
	work, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	for wait := time.Second; ; wait = min(2*wait, 15*time.Second) {
		err := n.river.Start(work)
		if err == nil {
			break
		}
		n.o.Log.Warn("the queue cannot start yet; what is due is worked without it", "error", err)
		if !n.idle(ctx, wait) {
			return nil
		}
	}
	var polling sync.WaitGroup
	if !n.o.Idle {
		n.poll(ctx, &polling)
	}
	<-ctx.Done()
	polling.Wait()
	soft, done := context.WithTimeout(work, 5*time.Second)
	defer done()
	if err := n.river.Stop(soft); err != nil {
		hard, done := context.WithTimeout(work, 3*time.Second)
		defer done()
		_ = n.river.StopAndCancel(hard)
	}
	return nil
}

// idle works what is due, then waits for d; false: ctx ended.
func (n *Node) idle(ctx context.Context, d time.Duration) bool {
	if !n.o.Idle {
		n.everything(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// parts are what a node works, each for itself: a registry that takes its time
// holds up no DNS.
func parts() []watch.Part {
	return []watch.Part{watch.Resolution, watch.Page, watch.Registration}
}

// poll works what is due anywhere every now and then: what a dead node left,
// what no shard came for; and soon what somebody waits for.
func (n *Node) poll(ctx context.Context, all *sync.WaitGroup) {
	wake := make([]chan struct{}, len(parts()))
	for i, part := range parts() {
		wake[i] = make(chan struct{}, 1)
		all.Go(func() { n.pollPart(ctx, part, wake[i]) })
	}
	all.Go(func() {
		quick := time.NewTicker(min(askedPoll, n.o.Poll))
		defer quick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-quick.C:
			}
			if asked, err := n.o.Store.Asked(ctx); err != nil || asked == 0 {
				continue
			}
			for i := range wake {
				select {
				case wake[i] <- struct{}{}:
				default:
				}
			}
		}
	})
}

// pollPart works one part: at once, then each time it is woken, or Poll after
// nothing was due; while something is, each second.
func (n *Node) pollPart(ctx context.Context, part watch.Part, wake <-chan struct{}) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-timer.C:
		}
		n.counts.polls.Add(1)
		wait := n.o.Poll
		left, err := n.o.Worker(ctx, part, store.Partition{})
		switch {
		case err != nil && ctx.Err() == nil:
			n.o.Log.Warn("what is due could not be worked", "part", part, "error", err)
			wait = min(wait, failedWait)
		case left:
			wait = min(wait, askedPoll)
		}
		timer.Reset(wait)
	}
}

// everything works once what is due.
func (n *Node) everything(ctx context.Context) {
	var all sync.WaitGroup
	for _, part := range parts() {
		all.Go(func() {
			if _, err := n.o.Worker(ctx, part, store.Partition{}); err != nil && ctx.Err() == nil {
				n.o.Log.Warn("what is due could not be worked", "part", part, "error", err)
			}
		})
	}
	all.Wait()
}

// Poke announces new messages of a channel to the node that drains it; to this
// one directly. Where it is lost the drainer's own poll finds them.
func (n *Node) Poke(ctx context.Context, channel string) error {
	owner, err := n.o.Store.Drainer(ctx, channel)
	if err != nil {
		return err
	}
	if owner == n.o.Node || owner == "" {
		n.o.Poke(channel)
		return nil
	}
	n.counts.pokes.Add(1)
	_, err = n.river.Insert(ctx, pokeJob{Channel: channel}, &river.InsertOpts{Queue: nodeQueue(owner), MaxAttempts: 1, UniqueOpts: whileOpen()})
	return err
}

// nodeQueue is the queue that only one node reads.
func nodeQueue(node string) string {
	sum := sha256.Sum256([]byte(node))
	return "node_" + hex.EncodeToString(sum[:8])
}

// Status tells what this node has done.
func (n *Node) Status() Status {
	return Status{
		Node: n.o.Node, Sweeps: n.counts.sweeps.Load(), Shards: n.counts.shards.Load(), Rounds: n.counts.rounds.Load(),
		Polls: n.counts.polls.Load(), Pokes: n.counts.pokes.Load(),
	}
}

// Close ends the connections. Run must have returned.
func (n *Node) Close() { n.pool.Close() }
