package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// copyRows is how many rows are copied at once.
const copyRows = 4096

// beginCopy begins a transaction of PostgreSQL on a connection of its own, over
// which rows can be copied; close it when the transaction has ended.
func (s *Store) beginCopy(ctx context.Context) (*sql.Tx, *sql.Conn, error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	t, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return t, conn, nil
}

// copies tells whether rows can be copied: on PostgreSQL, in a transaction of
// work on many sites, if no driver stands in between.
func (t *tx) copies() bool {
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
