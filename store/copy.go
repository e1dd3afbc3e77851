package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// copyRows is how many rows are copied at once.
const copyRows = 4096

// ownTries is how many dead connections are replaced before a transaction is
// given up; all that are open may have died at once.
const ownTries = 8

// beginOwn begins a transaction of PostgreSQL on a connection of its own, over
// which rows can be copied and statements put together; close it when the
// transaction has ended. A connection that turns out to be dead is replaced.
func (s *Store) beginOwn(ctx context.Context) (*sql.Tx, *sql.Conn, error) {
	for try := 0; ; try++ {
		conn, err := s.write.Conn(ctx)
		if err != nil {
			return nil, nil, err
		}
		t, err := conn.BeginTx(ctx, nil)
		if err == nil {
			return t, conn, nil
		}
		if closing := conn.Close(); closing != nil && !errors.Is(closing, sql.ErrConnDone) {
			err = errors.Join(err, closing)
		}
		if try == ownTries || !errors.Is(err, driver.ErrBadConn) {
			return nil, nil, err
		}
	}
}

// copies tells whether rows can be copied: on PostgreSQL, in a transaction of
// work on many sites, if no driver stands in between.
func (t *tx) copies() bool { return t.bulk && t.native() }

// native tells whether the transaction's connection is pgx's own.
func (t *tx) native() bool {
	if t.conn == nil {
		return false
	}
	native := false
	err := t.conn.Raw(func(c any) error {
		_, native = c.(*stdlib.Conn)
		return nil
	})
	return err == nil && native
}

// copyIn writes rows by COPY.
func (t *tx) copyIn(ctx context.Context, table string, columns []string, rows [][]any) error {
	ctx = t.within(ctx)
	return t.conn.Raw(func(c any) error {
		_, err := c.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	})
}
