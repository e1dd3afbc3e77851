package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/config"
	"domaincheck/store"
)

// chore is something regular that is done once a turn by one process of those
// that share the store. When it was last done stands in the store, so that a
// turn that was missed is made up for once, and none is done twice.
type chore struct {
	name string
	next func(after time.Time) time.Time
	do   func(ctx context.Context, last, due time.Time) error
}

// choresLease is how long one process does the chores without a sign of life.
const choresLease = 30 * time.Second

// runChores does what is due until ctx ends.
func (a *App) runChores(ctx context.Context) {
	tick := time.NewTicker(a.o.Chores)
	defer tick.Stop()
	waits := map[string]time.Time{} // chores that failed are left alone for a while
	gone := &strays{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		_, mine, err := a.store.Acquire(ctx, "chores", a.owner, choresLease)
		if err != nil || !mine {
			continue
		}
		if err := a.closeStrays(ctx, gone); err != nil && ctx.Err() == nil {
			a.often.warn("messages for channels that are gone cannot be closed", "error", err)
		}
		if err := a.followCases(ctx); err != nil && ctx.Err() == nil {
			a.often.warn("cases cannot be opened for what was found", "error", err)
		}
		for _, c := range a.chores() {
			if a.o.Now().Before(waits[c.name]) || ctx.Err() != nil {
				continue
			}
			if err := a.turn(ctx, c); err != nil && ctx.Err() == nil {
				a.log.ErrorContext(ctx, "a regular task failed and is tried again in a minute", "task", c.name, "error", err)
				waits[c.name] = a.o.Now().Add(time.Minute)
			}
		}
	}
}

// runHolds reads what people silenced, called false alarms or acknowledged as
// soon as they say it here, and by and by what they say on other nodes, until
// ctx ends.
func (a *App) runHolds(ctx context.Context) {
	tick := time.NewTicker(a.o.Chores)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		a.readHolds(ctx)
	}
}

func (a *App) readHolds(ctx context.Context) {
	if err := a.holds.read(ctx, a.store); err != nil && ctx.Err() == nil {
		a.often.warn("what was silenced cannot be read", "error", err)
	}
}

// turn does a chore if its time has come. One that was never done begins to
// count now.
func (a *App) turn(ctx context.Context, c chore) error {
	mark := "chore:" + c.name
	text, err := a.store.Mark(ctx, mark)
	if err != nil {
		return err
	}
	now := a.store.Now()
	set := func(at time.Time) error { return a.store.SetMark(ctx, mark, strconv.FormatInt(at.UnixMicro(), 10)) }
	last, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return set(now)
	}
	due := c.next(time.UnixMicro(last))
	if due.IsZero() || due.After(now) {
		return nil
	}
	for later := c.next(due); !later.IsZero() && !later.After(now) && later.After(due); later = c.next(due) {
		due = later // turns that were missed are one
	}
	if err := c.do(ctx, time.UnixMicro(last), due); err != nil {
		return err
	}
	return set(due)
}

// chores are what is regular under the settings in force.
func (a *App) chores() []chore {
	f := a.inForce()
	all := []chore{{name: "prune", next: f.daily, do: func(ctx context.Context, _, _ time.Time) error { return a.prune(ctx, f.config.Settings.Retention) }}}
	for i := range f.policy.Routes {
		r := f.policy.Routes[i]
		if r.Digest == nil {
			continue
		}
		name := "digest:" + idOf(f.config.Settings.Routes[i])
		all = append(all, chore{name: name, next: r.Digest, do: func(ctx context.Context, _, due time.Time) error { return a.digest(ctx, name, r, due) }})
	}
	for i, r := range f.config.Settings.Reports {
		for _, channel := range r.Channels {
			all = append(all, chore{name: "report:" + idOf(r) + ":" + channel, next: f.reports[i], do: func(ctx context.Context, last, due time.Time) error {
				return a.report(ctx, f, r, channel, last, due)
			}})
		}
	}
	return all
}

// idOf names an entry of the settings by what it says, so that its turns go on
// where others come and go beside it.
func idOf(entry any) string {
	data, err := json.Marshal(entry)
	if err != nil {
		data = []byte(fmt.Sprintf("%+v", entry))
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

// prune ends what is older than its retention.
func (a *App) prune(ctx context.Context, r config.Retention) error {
	gone, err := a.store.Prune(ctx, store.Retention{Changes: r.Changes, Raw: r.Raw})
	if err != nil {
		return err
	}
	a.log.InfoContext(ctx, "what is older than its retention was removed",
		"reports", gone.Reports, "events", gone.Events, "messages", gone.Messages, "holds", gone.Holds, "answers", gone.Raws)
	return nil
}

// digest puts the summary of a route into the outbox, once for its turn.
func (a *App) digest(ctx context.Context, name string, r alert.Route, due time.Time) error {
	open, err := a.allOpen(ctx)
	if err != nil {
		return err
	}
	out := alert.Digest(r, a.policy(), open, domaincheck.At(due))
	if len(out) == 0 {
		return nil
	}
	if err := a.store.Enqueue(ctx, name+"@"+due.UTC().Format(time.RFC3339), out); err != nil {
		return err
	}
	a.teller.poke(r.Channels)
	return nil
}
