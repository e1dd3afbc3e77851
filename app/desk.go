package app

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"domaincheck/desk"
	"domaincheck/store"
	"domaincheck/web"
)

// A list of the desk is made anew after ten minutes, but a node spends no more
// than a twentieth of its time on it.
const (
	deskEvery = 10 * time.Minute
	deskShare = 20
)

// candidates is the newest list of the provider's desk.
type candidates struct {
	mu   sync.Mutex
	list web.DeskList
}

func (c *candidates) get() web.DeskList {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.list
}

func (c *candidates) put(l web.DeskList) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = l
}

// runDesk makes the list of the desk that the settings name, and makes it anew
// by and by and at once for another desk, until ctx ends.
func (a *App) runDesk(ctx context.Context) {
	tick := time.NewTicker(a.o.Chores)
	defer tick.Stop()
	var next time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		own := a.inForce().config.Settings.Desk.Own
		had := a.desk.get()
		if !slices.Equal(own, had.Own) {
			had, next = web.DeskList{Own: own}, time.Time{}
			a.desk.put(had)
		}
		began := a.o.Now()
		if len(own) == 0 || began.Before(next) {
			continue
		}
		rows, err := a.candidates(ctx, own)
		took := a.o.Now().Sub(began)
		next = a.o.Now().Add(max(a.o.Desk, deskShare*took))
		if err != nil {
			if ctx.Err() == nil {
				a.often.warn("the list of the desk cannot be made", "error", err)
			}
			continue
		}
		a.desk.put(web.DeskList{Own: own, At: a.store.Now(), Rows: rows})
	}
}

// candidates goes over all sites once.
func (a *App) candidates(ctx context.Context, names []string) ([]web.DeskRow, error) {
	var own desk.Own
	table := a.inForce().world.Providers
	for _, name := range names {
		own = append(own, cmp.Or(table.ID(name), name))
	}
	walk, err := a.store.Walk(ctx, store.WalkQuery{})
	if err != nil {
		return nil, err
	}
	var rows []web.DeskRow
	var ledger desk.Ledger
	for row, err := range walk.All(ctx) {
		if err != nil {
			return nil, err
		}
		ledger.Add(row.Site)
		for _, c := range desk.OfReport(row.Report, own) {
			tags := slices.Clone([]string(row.Site.Tags))
			if row.Site.Subject != nil {
				tags = append(tags, row.Site.Subject.Tags...)
			}
			rows = append(rows, web.DeskRow{Candidate: c, Tags: tags})
		}
	}
	for _, c := range ledger.Contradictions() {
		rows = append(rows, web.DeskRow{Candidate: c})
	}
	kinds := desk.Kinds()
	slices.SortStableFunc(rows, func(x, y web.DeskRow) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, x.Kind), slices.Index(kinds, y.Kind)), cmp.Compare(x.Domain, y.Domain))
	})
	return rows, nil
}
