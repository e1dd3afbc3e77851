package app

import (
	"context"
	"time"

	"domaincheck/alert"
	"domaincheck/scheduler"
	"domaincheck/store"
)

// openScheduler builds the scheduler over what is in force.
func (a *App) openScheduler(f *force) error {
	var err error
	a.sched, err = scheduler.New(scheduler.Options{
		Store: a.store, Looker: &looker{worlds: &a.worlds, holds: &a.holds, now: a.store.Now, meter: a.meter},
		Schedules: f.schedules, Owner: a.owner, Shared: f.config.Settings.Store.Postgres(), Policy: f.world.Policy(),
		Alerts: a.policy, Suppressions: a.holds.suppressions, Pace: a.pace, Paces: a.pacer,
		Concurrency: f.config.Settings.Limits.Concurrency, Grace: stopGrace,
		Hooks: scheduler.Hooks{
			Queued: a.queued, Store: a.looksLost, Blind: a.blindIs,
		},
		Log: a.log,
	})
	return err
}

// reloadScheduler puts other schedules and limits in force.
func (a *App) reloadScheduler(ctx context.Context, f *force) error {
	if a.node != nil {
		a.node.Reload(cronOf(f))
	}
	return a.sched.Reload(ctx, scheduler.Tuning{Schedules: f.schedules, Policy: f.world.Policy(), Concurrency: f.config.Settings.Limits.Concurrency})
}

// pace names the registry that answers for a domain.
func (a *App) pace(domain string) string {
	world, done := a.worlds.borrow()
	defer done()
	return world.Registrations.Registry(domain)
}

// blindIs hears when sight is lost and when it is back.
func (a *App) blindIs(b scheduler.Blind) {
	if b.Until.IsZero() {
		a.log.Error("this machine cannot see: nothing is said of the sites", "part", b.Part, "why", b.Why, "bad", b.Bad, "of", b.Of)
		return
	}
	a.log.Info("this machine can see again", "part", b.Part, "after", b.Until.Sub(b.Since).Round(time.Second))
}

// allOpen is what is open over all sites, the worst first.
func (a *App) allOpen(ctx context.Context) ([]alert.Open, error) {
	var all []alert.Open
	for after := ""; ; {
		page, err := a.store.OpenEvents(ctx, store.OpenQuery{After: after, Limit: 1000})
		if err != nil {
			return nil, err
		}
		for _, row := range page.Items {
			all = append(all, row.Open)
		}
		if after = page.Next; after == "" {
			return all, nil
		}
	}
}
