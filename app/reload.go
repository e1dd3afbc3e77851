package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"domaincheck"
	"domaincheck/config"
	"domaincheck/present"
	"domaincheck/scheduler"
	"domaincheck/web"
	"domaincheck/whoischeck"
)

// reloaded is what came of the newest reload.
type reloaded struct {
	at    time.Time
	err   error    // nil: taken over
	later []string // settings that take effect after a restart only
}

// whoisPacer is the scheduler's pacer as package whoischeck calls it.
type whoisPacer struct {
	*scheduler.Pacer
	ctx   context.Context
	meter *web.Meter
}

// Wait implements whoischeck.Pacer.
func (p *whoisPacer) Wait(ctx context.Context, key string) error {
	begun := time.Now()
	err := p.Pacer.Wait(ctx, key)
	if err == nil {
		p.meter.Waited(key, time.Since(begun))
	}
	return err
}

// Learn implements whoischeck.Pacer.
func (p *whoisPacer) Learn(key string, r whoischeck.Refusal) {
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	refused := r != (whoischeck.Refusal{})
	if refused {
		p.meter.Refused(key)
	}
	p.Pacer.Learn(ctx, key, refused, r.Phrase, r.Wait)
}

// Reload reads the settings and the inventory anew. If anything is wrong with
// the settings the error tells all of it and everything stays as it was. What
// takes effect only after a restart is named in the log.
func (a *App) Reload(ctx context.Context) error {
	a.reloadMu.Lock()
	defer a.reloadMu.Unlock()
	err := a.reloadSettings(ctx)
	a.mu.Lock()
	a.reload.at, a.reload.err = a.o.Now(), err
	a.mu.Unlock()
	if err != nil {
		a.tellReload(err)
		return err
	}
	a.log.InfoContext(ctx, "the settings were read again and are in force", "file", a.inForce().config.File)
	return a.Reread(ctx)
}

// tellReload tells each mistake with its place.
func (a *App) tellReload(err error) {
	var problems config.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			a.log.Error("the settings were not taken over; those from before stay in force", "place", string(p.Place), "error", p.Message, "hint", p.Hint)
		}
		return
	}
	e := errorOf(err)
	a.log.Error("the settings were not taken over; those from before stay in force", "place", string(e.Place), "error", e.Message, "hint", e.Hint)
}

func (a *App) reloadSettings(ctx context.Context) error {
	next, err := a.o.Load()
	if err != nil {
		return err
	}
	return a.takeSettings(ctx, next)
}

// takeSettings puts settings and the tables that they name in force; if
// anything is wrong all stays as it was.
func (a *App) takeSettings(ctx context.Context, next Config) error {
	serve, err := webOptions(next.Settings, a.o.Version)
	if err != nil {
		return err
	}
	if err := web.CheckListen(serve); err != nil {
		return err
	}
	f, err := a.build(next)
	if err != nil {
		return err
	}
	notifier, err := a.teller.make(next, Words(f.world.Book, f.world.Risks, f.world.Providers))
	if err != nil {
		f.world.Close()
		return err
	}
	face, err := a.buildWeb(f, serve)
	if err != nil {
		f.world.Close()
		return err
	}
	old := a.inForce().config.Settings
	a.take(f, notifier)
	a.putWeb(face)
	if a.keys.Load() != nil && serve.TLS != nil {
		a.keepKeys(serve.TLS)
	}
	a.pacer.Limit(next.Network.WHOISPerSecond, next.Network.WHOISBurst, next.Network.WHOISLimits)
	if err := a.reloadScheduler(ctx, f); err != nil {
		return err
	}
	var later []string
	if old.StoreURL() != next.Settings.StoreURL() {
		later = append(later, "store")
	}
	if old.Listen != next.Settings.Listen {
		later = append(later, "listen")
	}
	if old.Web.TLS != next.Settings.Web.TLS && (old.Web.TLS == config.TLS{} || next.Settings.Web.TLS == config.TLS{}) {
		later = append(later, "web.tls")
	}
	if len(later) > 0 {
		a.log.WarnContext(ctx, "these settings take effect after a restart", "settings", fmt.Sprint(later))
	}
	a.mu.Lock()
	a.reload.later = later
	a.mu.Unlock()
	return nil
}

// reread asks the keeper of the inventory file to read it now.
type reread struct {
	done chan error
}

// Reread reads the inventory file now, changed or not. It is nil without one.
// The error tells why the file was not taken over.
func (a *App) Reread(ctx context.Context) error {
	r := reread{done: make(chan error, 1)}
	select {
	case a.rereads <- r:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// runInventory reads the inventory file when it changed, until ctx ends.
func (a *App) runInventory(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		file := a.ledger()
		select {
		case <-ctx.Done():
			return
		case r := <-a.rereads:
			err := a.takeInventory(ctx, newLedgerFile(a.inForce().config.Settings))
			if result := a.inventoryNow(); err == nil && result != nil && result.Err != nil {
				err = result.Err
			}
			a.sched.Wake() // what is new is due
			r.done <- err
		case <-tick.C:
			if file == nil || !file.changed() {
				continue
			}
			if err := a.takeInventory(ctx, file); err != nil && ctx.Err() == nil {
				a.often.warn("the inventory waits for the store", "file", file.path, "error", err)
			}
			a.sched.Wake()
		}
	}
}

// ledger is the inventory file that is watched; nil for none.
func (a *App) ledger() *ledgerFile {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.file
}

func (a *App) inventoryNow() *Inventory {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.inventory
}

// newLedgerFile is the inventory file of settings; nil without one.
func newLedgerFile(s config.Settings) *ledgerFile {
	if path := s.File(s.Inventory); path != "" {
		return &ledgerFile{watched: watched{path: path}}
	}
	return nil
}

// takeInventory reads a file, watches it from now on, and tells what came of
// it. The error is of the store.
func (a *App) takeInventory(ctx context.Context, file *ledgerFile) error {
	a.mu.Lock()
	if a.file != nil && file != nil && a.file.path == file.path {
		file.sum = a.file.sum
	}
	a.file = file
	a.mu.Unlock()
	if file == nil {
		a.mu.Lock()
		a.inventory = nil
		a.mu.Unlock()
		return nil
	}
	world, done := a.worlds.borrow()
	result, err := file.take(ctx, a.store, world.Providers.ID)
	done()
	if err != nil {
		return err
	}
	a.mu.Lock()
	was := a.inventory
	if result.Same && was != nil && was.Err == nil {
		a.mu.Unlock()
		return nil
	}
	a.inventory = &result
	a.mu.Unlock()
	a.tellInventory(ctx, &result)
	evidence := domaincheck.Evidence{"file": filepath.Base(file.path)}
	if result.Err != nil {
		evidence["error"] = present.Clean(result.Err.Message)
	}
	return a.sayOfSelf(ctx, selfInventory, domaincheck.Medium, result.Err != nil, evidence)
}

// tellInventory tells what came of reading the inventory.
func (a *App) tellInventory(ctx context.Context, now *Inventory) {
	for i, e := range now.Refused {
		if i == 20 {
			a.log.ErrorContext(ctx, "the inventory has more rows that are refused", "file", now.File, "more", len(now.Refused)-i)
			break
		}
		a.log.ErrorContext(ctx, "a row of the inventory is refused", "file", now.File, "place", string(e.Place), "error", e.Message)
	}
	switch {
	case now.Err != nil && len(now.Refused) == 0:
		a.log.ErrorContext(ctx, "the inventory was not taken over; the one from before stays in force", "file", now.File, "place", string(now.Err.Place), "error", now.Err.Message)
	case now.Err != nil:
		a.log.ErrorContext(ctx, "the inventory was not taken over; the one from before stays in force", "file", now.File, "refused", len(now.Refused))
	default:
		c := now.Changes
		a.log.InfoContext(ctx, "the inventory was read", "file", now.File, "added", len(c.Added), "changed", len(c.Changed), "removed", len(c.Removed), "unchanged", len(c.Unchanged))
	}
}

// errorOf is an error in the form of this program.
func errorOf(err error) *domaincheck.Error {
	return domaincheck.AsError(err, domaincheck.CodeInternal, "")
}
