package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/desk"
	"domaincheck/dnscheck"
	"domaincheck/present"
	"domaincheck/web"
)

const (
	pointedDaily = 24 * time.Hour  // names are looked up anew after so long
	pointedShown = 5 * time.Second // how often a first reading shows how far it is
	pointedTold  = 5               // refused rows that are shown
	pointedSoon  = time.Minute     // … and so soon while DNS is silent, at first; doubled each time
	pointedMost  = time.Hour       // … up to this
	silentInRow  = 64              // domains without an answer, one after another: DNS is silent
	askedOnce    = 1 << 20         // names that are remembered, to be asked for once
)

// pointed is how the file of names that the desk's settings name stands.
type pointed struct {
	file   watched
	own    []string
	tables string
	next   time.Time
	listed int // domains with an access record here, when it was read
	names  int // of it that were looked up
	silent int // readings one after another that DNS did not answer
}

// runPointing reads the file of names when it changed, and by and by, until ctx
// ends.
func (a *App) runPointing(ctx context.Context) {
	tick := time.NewTicker(a.o.Chores)
	defer tick.Stop()
	var p *pointed
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		f := a.inForce()
		s := f.config.Settings
		path := s.File(s.Desk.Pointing)
		own, listed, _, ok := a.desk.known()
		if path == "" || !ok || len(own) == 0 {
			if p != nil && path == "" {
				a.desk.change(func() { a.desk.unlisted, a.desk.pointing = nil, nil })
			}
			p = nil
			continue
		}
		if p == nil || p.file.path != path || !slices.Equal(p.own, own) || p.tables != f.world.Providers.Version() {
			p = &pointed{file: watched{path: path}, own: own, tables: f.world.Providers.Version()}
		}
		now := a.o.Now()
		other := p.names == 0 && p.listed != len(listed) // names that must be looked up take their time
		if !p.file.changed() && now.Before(p.next) && !(other && now.After(p.file.read.Add(a.o.Desk))) {
			continue
		}
		a.readPointing(ctx, p, listed)
		a.deskCases(ctx)
	}
}

// reading is one reading of the file of names.
type reading struct {
	a       *App
	p       *pointed
	began   time.Time
	listed  listing
	status  web.DeskPointing
	asked   map[uint64]bool
	domains map[uint64]bool // of the names that were looked up
	first   bool            // nothing is shown yet: show how far it is
	shown   time.Time
	workers chan struct{}
	wait    sync.WaitGroup

	mu     sync.Mutex
	finds  *desk.Finds
	silent map[string]bool // domains about which DNS did not answer
	inRow  int             // … since it answered last
}

// readPointing reads the file once. Names without an address, and those last
// seen long ago, are looked up, an eighth of the settings' looks at a time.
func (a *App) readPointing(ctx context.Context, p *pointed, listed listing) {
	p.file.begin(a.o.Now())
	p.listed = len(listed)
	r := &reading{
		a: a, p: p, began: a.o.Now(), listed: listed, asked: map[uint64]bool{}, domains: map[uint64]bool{}, status: web.DeskPointing{File: filepath.Base(p.file.path)},
		workers: make(chan struct{}, max(1, a.inForce().config.Settings.Limits.Concurrency/8)),
		finds:   desk.NewFinds(a.ownIDs(p.own), listed.has),
		silent:  map[string]bool{},
	}
	had := a.desk.get().Pointing
	r.first = had == nil || had.At.IsZero()
	err := r.rows(ctx)
	r.wait.Wait()
	if ctx.Err() != nil {
		return
	}
	p.names = r.status.Names
	err = r.heard(err)
	p.next = a.o.Now().Add(max(p.again(err, min(pointedSoon, a.o.Desk)), deskShare*a.o.Now().Sub(r.began)))
	if err != nil {
		r.status.Error = domaincheck.AsError(err, domaincheck.CodeUnreadable, p.file.path)
		a.log.ErrorContext(ctx, "the desk's file of names was not taken over; what it said before stays", "file", p.file.path, "error", err, "next", p.next)
		if had != nil && !had.At.IsZero() {
			kept := *had
			kept.Error, kept.Next = r.status.Error, domaincheck.At(p.next)
			a.desk.change(func() { a.desk.pointing = &kept })
			return
		}
	}
	r.status.At, r.status.Next = domaincheck.At(a.store.Now()), domaincheck.At(p.next)
	if err != nil {
		r.status.At = domaincheck.Instant{}
	}
	r.show()
	if err == nil {
		a.log.InfoContext(ctx, "the desk's file of names was read", "file", p.file.path, "rows", r.status.Rows, "refused", r.status.Refused, "looked_up", r.status.Names, "unanswered", r.status.Unanswered, "here_not_listed", len(r.finds.All()))
	}
}

// heard adds to what ended a reading that DNS answered about less than half of
// the domains: such a reading says nothing.
func (r *reading) heard(err error) error {
	if silent, all := len(r.silent), len(r.domains); err == nil && 2*silent > all {
		return domaincheck.Errorf(domaincheck.CodeTimeout, r.p.file.path, "DNS did not answer about %d of %d names", silent, all)
	}
	return err
}

// again is when the file is read again although it did not change: soon while
// DNS is silent.
func (p *pointed) again(err error, soon time.Duration) time.Duration {
	if !errors.Is(err, domaincheck.CodeTimeout) {
		p.silent = 0
		return pointedDaily
	}
	p.silent++
	return min(soon<<min(p.silent-1, 6), pointedMost)
}

// rows goes through the file. An error means that it cannot be read, or that no
// row of it is one.
func (r *reading) rows(ctx context.Context) error {
	path := r.p.file.path
	f, err := os.Open(path)
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, path, "cannot be read: %w", err)
	}
	defer f.Close()
	r.shown = r.began
	for row, err := range desk.ReadPointings(f, filepath.Base(path)) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, domaincheck.CodeUnreadable) {
			return err // half of it would be taken for all
		}
		if err != nil {
			r.refuse(ctx, err)
			continue
		}
		r.status.Rows++
		if r.deaf() {
			return domaincheck.Errorf(domaincheck.CodeTimeout, path, "DNS did not answer about %d names one after another", silentInRow)
		}
		r.row(ctx, row)
		if now := r.a.o.Now(); r.first && now.Sub(r.shown) >= pointedShown {
			r.shown = now
			r.show()
		}
	}
	if r.status.Rows == 0 && r.status.Refused > 0 {
		return domaincheck.Errorf(domaincheck.CodeBadInput, path, "no row of it can be read: %s", r.status.Problems[0])
	}
	return nil
}

// refuse counts a row that cannot be read; the first are told.
func (r *reading) refuse(ctx context.Context, err error) {
	r.status.Refused++
	if len(r.status.Problems) < pointedTold {
		r.status.Problems = append(r.status.Problems, present.Clean(fmt.Sprint(err)))
		r.a.log.WarnContext(ctx, "a row of the desk's file of names cannot be read", "error", err)
	}
}

// row takes in a row, or has its name looked up. What has an access record is
// not asked for.
func (r *reading) row(ctx context.Context, row desk.Pointing) {
	if r.listed.has(row.Domain) {
		return
	}
	if row.Fresh(r.began) {
		r.take(row)
		return
	}
	name := hashOf(row.Host)
	if r.asked[name] {
		return
	}
	if len(r.asked) < askedOnce {
		r.asked[name] = true
	}
	r.status.Names++
	if len(r.domains) < askedOnce {
		r.domains[hashOf(row.Domain)] = true
	}
	select {
	case r.workers <- struct{}{}:
	case <-ctx.Done():
		return
	}
	r.wait.Go(func() {
		defer func() { <-r.workers }()
		world, done := r.a.worlds.borrow()
		defer done()
		seen := world.Resolutions.Look(ctx, dnscheck.Question{Domain: row.Domain, Hosts: []string{row.Host}})
		r.mu.Lock()
		defer r.mu.Unlock()
		r.hears(row.Domain, seen.Outcome.Conclusive())
		for _, h := range seen.Hosts {
			for _, a := range h.Addresses {
				told := row
				told.Host, told.FirstAt, told.SeenAt = h.Host, domaincheck.Instant{}, seen.At
				r.finds.Take(told, a)
			}
		}
	})
}

// hears notes whether DNS answered about a name. Of a domain whose servers are
// dead many hosts may be listed: it counts once. The caller holds mu.
func (r *reading) hears(domain string, answered bool) {
	switch {
	case answered:
		r.inRow = 0
	case !r.silent[domain]:
		r.silent[domain] = true
		r.inRow++
	}
}

// deaf tells whether DNS is silent altogether.
func (r *reading) deaf() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.inRow >= silentInRow
}

// take judges a row by its address.
func (r *reading) take(row desk.Pointing) {
	world, done := r.a.worlds.borrow()
	defer done()
	a := world.Attribute(row.IP, row.Chain())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finds.Take(row, a)
}

// show puts what was found so far on the list. What was found earlier of names
// about which DNS is silent now stays.
func (r *reading) show() {
	r.mu.Lock()
	found := r.finds.All()
	for _, c := range r.a.desk.found() {
		if r.silent[c.Domain] && !slices.ContainsFunc(found, func(f desk.Candidate) bool { return f.Domain == c.Domain }) {
			found = append(found, c)
		}
	}
	desk.Sort(found)
	status := r.status
	status.Left, status.Unanswered = r.finds.Left, len(r.silent)
	r.mu.Unlock()
	status.Problems = slices.Clone(status.Problems)
	r.a.desk.change(func() { r.a.desk.unlisted, r.a.desk.pointing = found, &status })
}
