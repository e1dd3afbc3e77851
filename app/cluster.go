package app

import (
	"context"
	"time"

	"github.com/robfig/cron/v3"

	"domaincheck/cluster"
	"domaincheck/store"
	"domaincheck/watch"
)

// shardsAtOnce is how many shares of sweeps a node works at a time, beside what
// it polls for; they share the settings' concurrency.
const shardsAtOnce = 3

// openCluster makes this process a node where machines share a store. On one
// machine there is nothing to share.
func (a *App) openCluster(ctx context.Context, f *force) error {
	s := f.config.Settings
	if !s.Store.Postgres() {
		return nil
	}
	var err error
	a.node, err = cluster.New(ctx, cluster.Options{
		URL: s.Store.Reveal(), Node: a.owner, Store: a.store, Poke: a.pokeHere, Cron: cronOf(f),
		Workers: shardsAtOnce, PollOnly: a.store.Pooled(), Idle: a.o.Role == API, Log: a.log,
		Worker: func(ctx context.Context, part watch.Part, p store.Partition) (bool, error) {
			done, err := a.sched.Work(ctx, part, p)
			return done.Claimed > 0, err
		},
	})
	if err != nil {
		return err
	}
	a.close = append(a.close, a.node.Close)
	return nil
}

// cronOf are the schedules of the sweeps.
func cronOf(f *force) map[watch.Part]cron.Schedule {
	schedules := map[watch.Part]cron.Schedule{}
	for part, schedule := range map[watch.Part]cron.Schedule{
		watch.Resolution: f.schedules.Access, watch.Page: f.schedules.Page, watch.Registration: f.schedules.Registration,
	} {
		if schedule != nil {
			schedules[part] = schedule
		}
	}
	return schedules
}

// pokeHere wakes this process's own drainer of a channel, if it drains any.
func (a *App) pokeHere(channel string) {
	if a.o.Role != API {
		a.teller.poke([]string{channel})
	}
}

// queued hears of new messages: their channels are woken here, or on the node
// that drains them.
func (a *App) queued(channels []string) {
	if a.node == nil {
		a.teller.poke(channels)
		return
	}
	for _, c := range channels {
		select {
		case a.pokes <- c:
		default: // the drainers look for themselves every few seconds
		}
	}
}

// runPokes passes pokes on, so that nobody who has just committed waits for it.
func (a *App) runPokes(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case channel := <-a.pokes:
			bounded, done := context.WithTimeout(ctx, 5*time.Second)
			if err := a.node.Poke(bounded, channel); err != nil && ctx.Err() == nil {
				a.log.DebugContext(ctx, "a poke was lost", "channel", channel, "error", err)
			}
			done()
		}
	}
}

// look looks until ctx ends: by itself, or as a node of a cluster.
func (a *App) look(ctx context.Context) error {
	if a.node == nil {
		return a.sched.Run(ctx)
	}
	return a.sched.Tend(ctx, a.node.Run)
}
