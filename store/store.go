package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"domaincheck"
)

// The codes of this package, beside those of package domaincheck.
const (
	CodeCorrupt     domaincheck.Code = "store_corrupt"     // the file is damaged, or no store at all
	CodeNewer       domaincheck.Code = "store_newer"       // written by a newer version of the program
	CodeReadOnly    domaincheck.Code = "store_read_only"   // cannot be written: rights, a read-only file system, a standby
	CodeFull        domaincheck.Code = "store_full"        // no space left
	CodeUnavailable domaincheck.Code = "store_unavailable" // gone, locked for too long, connection lost
	CodeConflict    domaincheck.Code = "conflict"          // the site changed since it was read
	CodeNotFound    domaincheck.Code = "not_found"
	CodeFromFile    domaincheck.Code = "from_file" // the row belongs to the inventory file and is changed there
	CodeLost        domaincheck.Code = "lease_lost"
)

//go:embed migrations
var migrations embed.FS

// Options of Open.
type Options struct {
	// URL is "sqlite:PATH" (or a bare path) or "postgres://…".
	URL string
	// Now is the clock; nil is time.Now. Leases and due times of all processes
	// that share a store compare by it.
	Now func() time.Time
	// Log hears of retries and of what is made good; nil is silent. It never
	// gets the URL's password.
	Log *slog.Logger

	// Scratch is for a store that its maker throws away: nothing waits for the
	// disk, and reports are kept as they are, not packed. What a power cut
	// leaves of it is nothing. Only for SQLite.
	Scratch bool

	// small makes the sizes at which ways part so small that tests take all of
	// them.
	small bool

	// wrap lets tests put a failing driver in between.
	wrap func(driver.Connector) driver.Connector
}

// Store is an open store. Close it.
type Store struct {
	d     dialect
	write *sql.DB // SQLite: one connection; PostgreSQL: the same as read
	read  *sql.DB
	now   func() time.Time
	log   *slog.Logger
	newer bool   // a release after this one has upgraded it
	place string // for errors: the path, or host and database
	packs packPools
	hot   hot
	kept  kept
	sizes sizes
	file  os.FileInfo // of the SQLite file as it was opened

	// For the views of SQLite.
	help   *sql.DB
	spare  chan struct{} // one for each connection of help in use
	blocks atomic.Int64  // of ids, about
}

// sizes are those at which one way of finding sites gives way to another.
type sizes struct {
	run      int   // ids in a run of the order of domains
	few      int   // sites that are read one by one and sorted, rather than picked out of an index
	indexed  int64 // sites of a segment that are picked out of its index whatever was found
	flat     int64 // of so many sites one: where more have the same value, the runs of all domains are shorter
	scopeFew int   // sites of a scope whose rows are looked up one by one
	sample   int   // texts that are read to count
	pending  int   // changes of sets that are gathered before they are written
	loadMost int   // runs that are read at once
}

func sizesOf(o Options) sizes {
	if o.small {
		return sizes{run: 3, few: 2, indexed: 3, flat: 1 << 14, scopeFew: 2, sample: 1000, pending: 5, loadMost: 2}
	}
	return sizes{run: 4096, few: 120, indexed: 2400, flat: 128, scopeFew: 1000, sample: 64, pending: 1 << 21, loadMost: 128}
}

// dialect is where the two databases differ.
type dialect struct {
	name      string
	forUpdate string // after a SELECT in a writing transaction: what locks its rows
	skip      string // the same, passing over rows that others hold
	inOrder   string // locks the ids of events and messages until the transaction ends
	pooled    bool   // a transaction pooler is in front: nothing may be prepared
	single    bool   // one connection writes: statements stay prepared on it
	trigrams  bool   // substrings are found by pg_trgm
	sets      bool   // sites are found by the sets of ids that the store keeps
	migrate   goose.Dialect
	backup    func(ctx context.Context, s *Store, path string) error
	retry     func(error) bool
	explain   func(err error) domaincheck.Code
}

// Open opens a store, makes it if there is none, and brings its schema up to
// date. A damaged, foreign, read-only or newer store is refused (CodeCorrupt,
// CodeReadOnly, CodeNewer) and left as it is. A scheme that is not known is
// CodeBadSettings.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.wrap == nil {
		o.wrap = func(c driver.Connector) driver.Connector { return c }
	}
	scheme, rest, ok := strings.Cut(o.URL, ":")
	switch {
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return openPostgres(ctx, o)
	case ok && scheme == "sqlite":
		return openSQLite(ctx, o, rest)
	case o.URL != "" && !strings.Contains(scheme, "://") && !strings.Contains(o.URL, "://"):
		return openSQLite(ctx, o, o.URL)
	}
	return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "store", "%q names no store", scheme).
		WithHint("write sqlite:PATH or postgres://user@host/database")
}

// Close ends all use. It waits for running calls.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read != s.write {
		err = errors.Join(err, s.read.Close())
	}
	if s.help != nil {
		err = errors.Join(err, s.help.Close())
	}
	return err
}

// Dialect is "sqlite" or "postgres".
func (s *Store) Dialect() string { return s.d.name }

// Place names the store for people, without secrets.
func (s *Store) Place() string { return s.place }

// Search tells how substrings are found: "pairs", "pg_trgm" or "like".
func (s *Store) Search() string {
	switch {
	case s.d.sets:
		return "pairs"
	case s.d.trigrams:
		return "pg_trgm"
	}
	return "like"
}

// Ready tells whether the store answers and can be written: it begins a
// writing transaction, writes a mark and takes it back.
func (s *Store) Ready(ctx context.Context) error {
	undo := errors.New("undone")
	err := s.inTx(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, `INSERT INTO marks (name, value) VALUES ('ready', '') ON CONFLICT (name) DO UPDATE SET value = excluded.value`); err != nil {
			return err
		}
		return undo
	})
	if errors.Is(err, undo) {
		return nil
	}
	return err
}

// SchemaVersion is the version of the schema in the store and the one that
// this program knows; after Open they are equal, unless a release after this one
// has upgraded a shared store.
func (s *Store) SchemaVersion(ctx context.Context) (have, know int64, err error) {
	know, err = knownVersion(s.d.name)
	if err != nil {
		return 0, 0, err
	}
	have, err = readVersion(ctx, s.read)
	return have, know, s.explain(err)
}

// Now is the store's clock, cut to the microseconds that it keeps.
func (s *Store) Now() time.Time { return s.now().Truncate(time.Microsecond) }

func (s *Store) explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var coded *domaincheck.Error
	if errors.As(err, &coded) {
		return err
	}
	return explained(s.d.explain(err), s.place, err)
}

// explained says in clear words what a database's error means.
func explained(code domaincheck.Code, place string, err error) *domaincheck.Error {
	switch code {
	case CodeCorrupt:
		return domaincheck.Errorf(code, place, "the store is damaged: %w", err).WithHint("it was left as it is; restore the last backup, or move the file away to begin anew")
	case CodeReadOnly:
		return domaincheck.Errorf(code, place, "the store cannot be written: %w", err).WithHint("check the rights of the file and its folder, and whether the file system is mounted read-only")
	case CodeFull:
		return domaincheck.Errorf(code, place, "there is no space left for the store: %w", err).WithHint("free space on its file system; nothing that was acknowledged is lost")
	case CodeUnavailable:
		return domaincheck.Errorf(code, place, "the store does not answer: %w", err).WithHint("check that the database runs and can be reached; the next call tries again")
	}
	return domaincheck.Errorf(domaincheck.CodeInternal, place, "the store refused a statement: %w", err)
}

// migrateUp brings the schema up to date. Two processes may do so at once: the
// slower one finds the work done when it tries again.
func migrateUp(ctx context.Context, db *sql.DB, d dialect) error {
	dir, err := fs.Sub(migrations, "migrations/"+d.name)
	if err != nil {
		return err
	}
	// A database of our own type: goose must neither close it nor keep state.
	p, err := goose.NewProvider(d.migrate, db, dir, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		if _, err = p.Up(ctx); err == nil {
			return nil
		}
		if try == 50 || ctx.Err() != nil {
			return err
		}
		if !pause(ctx, 20*time.Millisecond+time.Duration(try)*5*time.Millisecond) {
			return err
		}
	}
}

// knownVersion is the newest migration embedded for a dialect.
func knownVersion(dialect string) (int64, error) {
	names, err := fs.ReadDir(migrations, "migrations/"+dialect)
	if err != nil {
		return 0, err
	}
	var newest int64
	for _, n := range names {
		v, err := goose.NumericComponent(n.Name())
		if err != nil {
			return 0, err
		}
		newest = max(newest, v)
	}
	return newest, nil
}

// readVersion is the schema's version in the store.
func readVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var v sql.NullInt64
	err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&v)
	return v.Int64, err
}

// pause waits, or reports false if the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// micros is an instant as it is kept; 0 is the unknown one.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant is what micros keeps, in UTC.
func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
