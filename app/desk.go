package app

import (
	"cmp"
	"context"
	"hash/fnv"
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

// listing is a set of domains, as sorted hashes: millions of them are kept. Two
// domains in 2^64 are mistaken for each other.
type listing []uint64

func hashOf(domain string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(domain))
	return h.Sum64()
}

func (l listing) has(domain string) bool {
	_, is := slices.BinarySearch(l, hashOf(domain))
	return is
}

// candidates is the newest list of the provider's desk: what the ledger and the
// looks say, and what the file of names says.
type candidates struct {
	mu       sync.Mutex
	own      []string // of the settings
	at       time.Time
	ledger   []web.DeskRow
	listed   listing // domains with an access record here
	unlisted []desk.Candidate
	pointing *web.DeskPointing
	list     web.DeskList // all of it, as the face shows it
	cased    map[string]bool
}

func (c *candidates) get() web.DeskList {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.list
}

// found is what the last reading of the file of names found.
func (c *candidates) found() []desk.Candidate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unlisted
}

// seen is the list, and what of it was seen when cases were opened last: a map
// that nobody writes to any more.
func (c *candidates) seen() (web.DeskList, map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.list, c.cased
}

// change changes some of it and puts the list together anew.
func (c *candidates) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
	c.list = web.DeskList{Own: c.own, At: c.at, Pointing: c.pointing, Rows: slices.Clone(c.ledger)}
	for _, u := range c.unlisted {
		if !c.listed.has(u.Domain) {
			c.list.Rows = append(c.list.Rows, web.DeskRow{Candidate: u})
		}
	}
	kinds := desk.Kinds()
	slices.SortStableFunc(c.list.Rows, func(x, y web.DeskRow) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, x.Kind), slices.Index(kinds, y.Kind)), cmp.Compare(x.Domain, y.Domain))
	})
}

// known is what a reading of the file of names is compared with; false: not yet.
func (c *candidates) known() (own []string, listed listing, at time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.own, c.listed, c.at, !c.at.IsZero()
}

// runDesk makes the list of the desk that the settings name, and makes it anew
// by and by and at once for another desk or other tables, until ctx ends.
func (a *App) runDesk(ctx context.Context) {
	tick := time.NewTicker(a.o.Chores)
	defer tick.Stop()
	var next time.Time
	var own []string
	tables := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		f := a.inForce()
		if names := f.config.Settings.Desk.Own; !slices.Equal(own, names) || tables != f.world.Providers.Version() {
			if !slices.Equal(own, names) {
				a.desk.change(func() {
					a.desk.own, a.desk.at, a.desk.ledger, a.desk.unlisted, a.desk.pointing = names, time.Time{}, nil, nil, nil
				})
			}
			own, tables, next = names, f.world.Providers.Version(), time.Time{}
		}
		began := a.o.Now()
		if len(own) == 0 || began.Before(next) {
			continue
		}
		rows, listed, err := a.candidates(ctx, own)
		took := a.o.Now().Sub(began)
		next = a.o.Now().Add(max(a.o.Desk, deskShare*took))
		if err != nil {
			if ctx.Err() == nil {
				a.often.warn("the list of the desk cannot be made", "error", err)
			}
			continue
		}
		a.desk.change(func() { a.desk.at, a.desk.ledger, a.desk.listed = a.store.Now(), rows, listed })
		a.deskCases(ctx)
	}
}

// ownIDs are the ids of the providers that the settings name.
func (a *App) ownIDs(names []string) desk.Own {
	var own desk.Own
	table := a.inForce().world.Providers
	for _, name := range names {
		own = append(own, cmp.Or(table.ID(name), name))
	}
	return own
}

// candidates goes over all sites once; listed are the domains with an access
// record at the own provider.
func (a *App) candidates(ctx context.Context, names []string) (rows []web.DeskRow, listed listing, err error) {
	own := a.ownIDs(names)
	walk, err := a.store.Walk(ctx, store.WalkQuery{})
	if err != nil {
		return nil, nil, err
	}
	var ledger desk.Ledger
	for row, err := range walk.All(ctx) {
		if err != nil {
			return nil, nil, err
		}
		ledger.Add(row.Site)
		if own.Serves(&row.Site) {
			for _, d := range row.Site.Domains {
				listed = append(listed, hashOf(d.Domain))
			}
		}
		for _, c := range desk.OfReport(row.Report, own) {
			tags := slices.Clone([]string(row.Site.Tags))
			if row.Site.Subject != nil {
				tags = append(tags, row.Site.Subject.Tags...)
			}
			rows = append(rows, web.DeskRow{Candidate: c, Tags: tags})
		}
	}
	slices.Sort(listed)
	for _, c := range ledger.Contradictions() {
		rows = append(rows, web.DeskRow{Candidate: c})
	}
	return rows, listed, nil
}

// deskCases opens cases for what is new on the list, for the kinds that the
// settings name.
func (a *App) deskCases(ctx context.Context) {
	kinds := a.inForce().config.Settings.Desk.OpenCases
	list, cased := a.desk.seen()
	now := map[string]bool{}
	var fresh []desk.Candidate
	for i := range list.Rows {
		c := &list.Rows[i].Candidate
		if !slices.Contains(kinds, string(c.Kind)) || !c.Sure() {
			continue
		}
		key := string(c.Kind) + " " + c.Domain
		if now[key] = true; !cased[key] {
			fresh = append(fresh, *c)
		}
	}
	if _, err := OpenDeskCases(ctx, a.store, fresh, casesBy); err != nil {
		if ctx.Err() == nil {
			a.often.warn("cases cannot be opened for the list of the desk", "error", err)
		}
		return
	}
	a.desk.mu.Lock()
	a.desk.cased = now
	a.desk.mu.Unlock()
}
