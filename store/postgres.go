package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"domaincheck"
)

func postgresDialect() dialect {
	return dialect{
		name: "postgres", forUpdate: " FOR UPDATE", skip: " FOR UPDATE SKIP LOCKED", migrate: goose.DialectPostgres,
		inOrder: `SELECT pg_advisory_xact_lock(1684891502)`,
		backup:  backupPostgres, retry: postgresRetry, explain: postgresCode,
	}
}

// openPostgres connects. Errors never show the URL: it may hold a password.
func openPostgres(ctx context.Context, o Options) (*Store, error) {
	conf, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "store", "the PostgreSQL URL cannot be read").
			WithHint("write postgres://user:password@host:5432/database")
	}
	if conf.ConnectTimeout == 0 {
		conf.ConnectTimeout = answerTime / 2
	}
	if conf.RuntimeParams["application_name"] == "" {
		conf.RuntimeParams["application_name"] = "domaincheck"
	}
	d := postgresDialect()
	if d.pooled, err = transactionPooled(ctx, conf.Copy()); err != nil {
		return nil, (&Store{d: d, place: "postgres " + conf.Host + "/" + conf.Database}).explain(err)
	}
	if d.pooled {
		conf.DefaultQueryExecMode = pgx.QueryExecModeExec
	} else {
		conf.RuntimeParams["timezone"] = "UTC"
	}
	var connect []stdlib.OptionOpenDB
	if !d.pooled {
		connect = append(connect, stdlib.OptionAfterConnect(Guard))
	}
	db := sql.OpenDB(o.wrap(stdlib.GetConnector(*conf, connect...)))
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	s := &Store{d: d, write: db, read: db, now: o.Now, log: o.Log, sizes: sizesOf(o), place: "postgres " + conf.Host + "/" + conf.Database}
	err = s.preparePostgres(ctx)
	if err == nil && !s.newer {
		err = s.derive(ctx)
	}
	if err != nil {
		_ = db.Close()
		return nil, s.explain(err)
	}
	return s, nil
}

// transactionPooled tells whether a pooler stands in front of the server that
// gives each transaction whatever session is free (pgbouncer, pool_mode
// transaction): prepared statements and LISTEN do not survive there. Two
// connections that are both open share one backend only then.
func transactionPooled(ctx context.Context, conf *pgx.ConnConfig) (bool, error) {
	conf.DefaultQueryExecMode = pgx.QueryExecModeExec
	var pids [2]int64
	for i := range pids {
		c, err := pgx.ConnectConfig(ctx, conf)
		if err != nil {
			return false, err
		}
		defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
		if err := c.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&pids[i]); err != nil {
			return false, err
		}
		if int64(c.PgConn().PID()) == pids[i] {
			return false, nil // the session is the server's own: nothing stands between
		}
	}
	return pids[0] == pids[1], nil
}

// Pooled tells whether a transaction pooler stands in front of the server:
// neither LISTEN nor prepared statements work.
func (s *Store) Pooled() bool { return s.d.pooled }

// preparePostgres refuses what must not be touched and migrates the rest, one
// process at a time: the lock has a transaction of its own and goes with it.
func (s *Store) preparePostgres(ctx context.Context) error {
	lock, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Rollback() }()
	if _, err := lock.ExecContext(ctx, idleLimit(true, 0)); err != nil { // it waits for another connection's work
		return err
	}
	if _, err := lock.ExecContext(ctx, `SELECT pg_advisory_xact_lock(1684891501)`); err != nil {
		return err
	}
	return s.migratePostgres(ctx)
}

func (s *Store) migratePostgres(ctx context.Context) error {
	var readOnly, encoding string
	if err := s.read.QueryRowContext(ctx, `SELECT current_setting('transaction_read_only'), current_setting('server_encoding')`).Scan(&readOnly, &encoding); err != nil {
		return err
	}
	if readOnly == "on" {
		return explained(CodeReadOnly, s.place, errors.New("the server answers read-only (a standby?)"))
	}
	if encoding != "UTF8" {
		return domaincheck.Errorf(domaincheck.CodeBadSettings, s.place, "the database is encoded in %s", encoding).WithHint("make it with ENCODING 'UTF8'")
	}
	var versions, ours sql.NullString
	if err := s.read.QueryRowContext(ctx, `SELECT to_regclass('goose_db_version')::text, to_regclass('site_domains')::text`).Scan(&versions, &ours); err != nil {
		return err
	}
	if versions.Valid {
		have, err := readVersion(ctx, s.read)
		if err != nil {
			return err
		}
		know, err := knownVersion(s.d.name)
		if err != nil {
			return err
		}
		if err := admit(ctx, s.read, s.place, have, know); err != nil {
			return err
		}
		if have > 0 && !ours.Valid {
			return domaincheck.Errorf(CodeCorrupt, s.place, "this schema belongs to another program").WithHint("give the store a database or a search_path of its own")
		}
		if s.newer = have > know; s.newer {
			s.log.InfoContext(ctx, "store: a newer release upgraded the store; this one may go on until the next", "schema", have, "known", know)
			return s.trigramsOf(ctx)
		}
		if ours.Valid { // before it is true, so that machines of the release before are never in doubt
			if err := allow(ctx, s.write, know); err != nil {
				return err
			}
		}
	}
	if err := migrateUp(ctx, s.write, s.d); err != nil {
		return err
	}
	know, err := knownVersion(s.d.name)
	if err != nil {
		return err
	}
	if err := allow(ctx, s.write, know); err != nil {
		return err
	}
	return s.trigramsOf(ctx)
}

func (s *Store) trigramsOf(ctx context.Context) error {
	return s.read.QueryRowContext(ctx, `SELECT to_regclass('sites_search') IS NOT NULL`).Scan(&s.d.trigrams)
}

// postgresRetry tells what lost against another transaction: serialization,
// deadlock, lock time-out, and a row that both found missing and inserted.
func postgresRetry(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01" || e.Code == "55P03" || e.Code == "23505")
}

func postgresCode(err error) domaincheck.Code {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		var connect *pgconn.ConnectError
		var network net.Error
		if errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
			errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ECONNREFUSED) {
			return CodeUnavailable
		}
		return domaincheck.CodeInternal
	}
	switch {
	case e.Code == "25006":
		return CodeReadOnly
	case e.Code == "53100" || e.Code == "53200":
		return CodeFull
	case e.Code == "XX001" || e.Code == "XX002":
		return CodeCorrupt
	case strings.HasPrefix(e.Code, "08"), strings.HasPrefix(e.Code, "53"), strings.HasPrefix(e.Code, "57P"), strings.HasPrefix(e.Code, "28"), strings.HasPrefix(e.Code, "40"), e.Code == "3D000":
		return CodeUnavailable
	}
	return domaincheck.CodeInternal
}
