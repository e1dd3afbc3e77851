package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"domaincheck"
)

const (
	applicationID = 1684891502
	// wholeCheck is the size up to which opening reads every page of a store;
	// a larger one would make the start wait for minutes. The reads of a
	// damaged page fail later, in the same words.
	wholeCheck = 1 << 30
	readers    = 8 // at once, within one call too: a disk answers several questions as fast as one
	// pageSize is that of a store that is made now; another keeps its own. With
	// twice the usual one a list of a million sites needs two thirds of the reads,
	// and a commit no more time.
	pageSize = "8192"
)

func sqliteDialect() dialect {
	return dialect{
		name: "sqlite", sets: true, single: true, migrate: goose.DialectSQLite3,
		backup: backupSQLite, retry: sqliteRetry, explain: sqliteCode,
	}
}

// openSQLite looks at the file before anything could change it, then opens
// one writer and some readers.
func openSQLite(ctx context.Context, o Options, path string) (*Store, error) {
	path = strings.TrimPrefix(path, "//")
	if path == "" || path == ":memory:" {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "store", "a store needs a file").WithHint("write sqlite:domaincheck.db")
	}
	d := sqliteDialect()
	if err := inspectSQLite(ctx, path); err != nil {
		return nil, err
	}
	if err := private(path); err != nil {
		return nil, err
	}
	s := &Store{d: d, now: o.Now, log: o.Log, sizes: sizesOf(o), place: path}
	s.packs.plain = o.Scratch
	synchronous := "_pragma=synchronous(FULL)"
	if o.Scratch {
		synchronous = "_pragma=synchronous(OFF)"
	}
	var err error
	// The size of pages comes first, before anything is written. WAL: readers never wait for the writer. FULL: what Commit acknowledged
	// survives a power cut. The busy time-out covers a second process.
	if s.write, err = s.sqliteDB(o, path, 1, "_txlock=immediate", "_pragma=busy_timeout(10000)", "_pragma=page_size("+pageSize+")", "_journal_mode=WAL", synchronous, "_pragma=journal_size_limit(67108864)"); err != nil {
		return nil, err
	}
	fail := func(err error) (*Store, error) {
		_ = s.write.Close()
		return nil, s.explain(err)
	}
	if err := migrateUp(ctx, s.write, d); err != nil {
		return fail(err)
	}
	if err := s.remember(); err != nil {
		return fail(err)
	}
	if s.read, err = s.sqliteDB(o, path, readers, "_pragma=busy_timeout(10000)", "_pragma=query_only(1)"); err != nil {
		return fail(err)
	}
	s.spare = make(chan struct{}, helpers)
	if s.help, err = s.sqliteDB(o, path, helpers, "_pragma=busy_timeout(10000)", "_pragma=query_only(1)", "_pragma=cache_size(-512)"); err == nil {
		// From here on begin waits for other processes.
		_, err = s.write.ExecContext(ctx, `PRAGMA busy_timeout = `+decimal(lockWait.Milliseconds()))
		err = errors.Join(err, s.derive(ctx), s.Ready(ctx), s.measure(ctx))
	}
	if err != nil {
		_ = s.read.Close()
		if s.help != nil {
			_ = s.help.Close()
		}
		return fail(err)
	}
	return s, nil
}

// measure notes how many blocks of ids there are.
func (s *Store) measure(ctx context.Context) error {
	var newest int64
	err := s.read.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM sites`).Scan(&newest)
	s.blocks.Store(newest >> blockBits)
	return err
}

// private makes the file, if there is none, for its owner alone: a ledger names
// people. SQLite gives its companions the same rights.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return explained(CodeReadOnly, path, err)
	}
	return f.Close()
}

func sqliteDSN(path string, params ...string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(params, "&")
}

func (s *Store) sqliteDB(o Options, path string, conns int, params ...string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(sqliteDSN(path, params...))
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeInternal, path, "the store cannot be opened: %w", err)
	}
	db := sql.OpenDB(o.wrap(sameFileOnly{c, s}))
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// inspectSQLite refuses what must not be touched, reading only.
func inspectSQLite(ctx context.Context, path string) error {
	corrupt := func(format string, args ...any) error {
		return domaincheck.Errorf(CodeCorrupt, path, format, args...).
			WithHint("it was left as it is; restore the last backup, or name another file")
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return domaincheck.Errorf(domaincheck.CodeBadSettings, path, "the folder of the store does not exist: %w", err).WithHint("make the folder first")
		}
		return nil
	}
	if err != nil {
		return explained(CodeReadOnly, path, err)
	}
	head := make([]byte, 100)
	n, err := io.ReadFull(f, head)
	size, statErr := f.Stat()
	_ = f.Close()
	switch {
	case statErr != nil || err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return corrupt("the file cannot be read: %w", errors.Join(err, statErr))
	case size.IsDir():
		return corrupt("this is a folder, not a store")
	case n > 0 && (n < len(head) || !bytes.HasPrefix(head, []byte("SQLite format 3\x00"))):
		return corrupt("this file is not a store, or it is damaged")
	}
	if w, err := os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return explained(CodeReadOnly, path, err)
	} else if err := w.Close(); err != nil {
		return explained(CodeReadOnly, path, err)
	}
	if n == 0 {
		return nil
	}
	return inspectTables(ctx, path, size.Size(), corrupt)
}

// inspectTables reads the store through a connection that cannot write.
func inspectTables(ctx context.Context, path string, size int64, corrupt func(string, ...any) error) error {
	c, err := sqlite.NewConnector(sqliteDSN(path, "mode=ro", "_pragma=busy_timeout(10000)"))
	if err != nil {
		return corrupt("the store cannot be opened: %w", err)
	}
	db := sql.OpenDB(c)
	defer db.Close()
	explain := func(err error) error {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return explained(sqliteCode(err), path, err)
	}
	var id, tables, versions int64
	if err := db.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil {
		return explain(err)
	}
	if err := db.QueryRowContext(ctx, `SELECT count(*), count(CASE WHEN name = 'goose_db_version' THEN 1 END) FROM sqlite_master`).Scan(&tables, &versions); err != nil {
		return explain(err)
	}
	switch {
	case tables == 0 && (id == 0 || id == applicationID), tables > 0 && versions == 1 && id == applicationID:
	case versions == 1 && id == 0: // another process is just making it
	default:
		return corrupt("this is a database of another program")
	}
	if size <= wholeCheck {
		var verdict string
		if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
			return explain(err)
		}
		if verdict != "ok" {
			return corrupt("the store is damaged: %s", verdict)
		}
	}
	if versions == 0 {
		return nil
	}
	have, err := readVersion(ctx, db)
	if err != nil {
		return explain(err)
	}
	know, err := knownVersion("sqlite")
	if err != nil {
		return err
	}
	return refuseNewer(path, have, know)
}

func sqliteRetry(err error) bool {
	code := sqliteErr(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

// sqliteErr is the primary result code in the chain, or 0.
func sqliteErr(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

func sqliteCode(err error) domaincheck.Code {
	switch sqliteErr(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return CodeCorrupt
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return CodeReadOnly
	case sqlite3.SQLITE_FULL:
		return CodeFull
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR:
		return CodeUnavailable
	}
	return domaincheck.CodeInternal
}

// backupSQLite copies the store as of one moment while it is in use.
func backupSQLite(ctx context.Context, s *Store, path string) error {
	if err := private(path); err != nil {
		return err
	}
	c, err := sqlite.NewConnector(sqliteDSN(s.place, "_pragma=busy_timeout(10000)", "_pragma=page_size("+pageSize+")"))
	if err != nil {
		return err
	}
	db := sql.OpenDB(c)
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, path); err != nil {
		return fmt.Errorf("the copy failed: %w", err)
	}
	return nil
}
