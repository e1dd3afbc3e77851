package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/present"
)

// tableFault is a file of a table that was not taken over.
type tableFault struct {
	at  time.Time
	err *domaincheck.Error // nil: all were
}

// stampsOf tells one state of the files of tables from another.
func stampsOf(t check.TableFiles) string {
	var b strings.Builder
	add := func(path string) {
		if path != "" {
			fmt.Fprintf(&b, "%q %v\n", path, stampOf(path))
		}
	}
	for _, path := range []string{t.TLDs, t.Registrars, t.Providers, t.Prefixes, t.CNAMEs, t.Holidays} {
		add(path)
	}
	for _, dir := range []string{t.Dir, t.Provinces} {
		if dir == "" {
			continue
		}
		add(dir)
		entries, _ := os.ReadDir(dir) // what cannot be read has no stamp; reading it tells why
		for _, e := range entries {
			add(filepath.Join(dir, e.Name()))
		}
	}
	return b.String()
}

// runTables reads the files of tables again when they changed and came to rest,
// until ctx ends. If anything is wrong with them the tables from before stay in
// force, all of them.
func (a *App) runTables(ctx context.Context) {
	tick := time.NewTicker(a.o.Chores)
	defer tick.Stop()
	seen, refused := "", ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		f := a.inForce()
		before := seen
		seen = stampsOf(f.config.Tables)
		switch {
		case seen == f.tables && refused != "": // also by a reload of the settings
			refused = ""
			a.tableIs(ctx, nil)
		case seen == f.tables || seen != before || seen == refused:
		default:
			if err := a.reloadTables(ctx); err != nil {
				refused = seen
				a.tableIs(ctx, err)
			} else if refused != "" {
				refused = ""
				a.tableIs(ctx, nil)
			}
		}
	}
}

// reloadTables puts the tables in force as their files are now, with the
// settings as they are.
func (a *App) reloadTables(ctx context.Context) error {
	a.reloadMu.Lock()
	defer a.reloadMu.Unlock()
	if err := a.takeSettings(ctx, a.inForce().config); err != nil {
		return err
	}
	a.log.InfoContext(ctx, "the tables were read again and are in force", "providers", a.inForce().world.Providers.Version())
	return nil
}

// tableIs tells that a file of a table was refused, or that all is well again.
func (a *App) tableIs(ctx context.Context, err error) {
	fault, evidence := tableFault{}, domaincheck.Evidence{}
	if err != nil {
		fault = tableFault{at: a.o.Now(), err: errorOf(err)}
		evidence["error"] = present.Clean(filepath.Base(string(fault.err.Place)) + " " + fault.err.Message)
		a.log.ErrorContext(ctx, "a file of a table was not taken over; the tables from before stay in force", "place", string(fault.err.Place), "error", fault.err.Message, "hint", fault.err.Hint)
	}
	a.mu.Lock()
	a.table = fault
	a.mu.Unlock()
	if a.o.Role == API {
		return // the nodes that look tell of theirs
	}
	if err := a.sayOfSelf(ctx, selfTables, domaincheck.Medium, err != nil, evidence); err != nil && ctx.Err() == nil {
		a.often.warn("the channels were not told of the tables", "error", err)
	}
}
