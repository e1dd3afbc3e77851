package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"domaincheck"
)

// Backup writes the whole store, as of one moment, into a new file that opens
// as a SQLite store, whatever the dialect of this one. The store stays in use
// meanwhile. A file that is already there is refused; a failed backup leaves
// none.
func (s *Store) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return domaincheck.Errorf(domaincheck.CodeBadInput, path, "is already there").WithHint("name a new file; a backup overwrites nothing")
	} else if !errors.Is(err, fs.ErrNotExist) {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, path, "cannot be looked at: %w", err)
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, part, "is left of a backup that was cut off and cannot be removed: %w", err)
	}
	err := s.explain(s.d.backup(ctx, s, part))
	if err == nil {
		err = toDisk(part)
	}
	if err == nil {
		// Never over a file that appeared meanwhile.
		err = os.Link(part, path)
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(part + end)
	}
	if err != nil {
		return fmt.Errorf("the backup failed: %w", err)
	}
	return nil
}

func toDisk(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// tables in the order of copying.
func tables() []string {
	return []string{
		"sites", "site_domains", "site_tags", "subjects", "servers", "site_servers", "parts", "reports", "raws", "raw_refs",
		"findings", "risks", "events", "outbox", "outbox_keys", "leases", "budgets", "holds", "marks",
		"opens", "cases", "case_steps", "audit", "sessions", "failures",
	}
}

// backupPostgres copies row by row into a new SQLite store, whose tables have the
// same columns, and some more that are derived.
func backupPostgres(ctx context.Context, s *Store, path string) error {
	to, err := Open(ctx, Options{URL: "sqlite:" + path, Now: s.now, Log: s.log})
	if err != nil {
		return err
	}
	err = copyAll(ctx, s, to)
	if err == nil {
		// The file alone is the backup: nothing stays in the log beside it, which
		// takes that nobody else has it open.
		err = errors.Join(to.read.Close(), to.help.Close())
	}
	if err == nil {
		_, err = to.write.ExecContext(ctx, `PRAGMA journal_mode = DELETE`)
	}
	return errors.Join(err, to.Close())
}

func copyAll(ctx context.Context, from, to *Store) error {
	rt, err := from.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: from.snapshot()})
	if err != nil {
		return err
	}
	defer func() { _ = rt.Rollback() }()
	if from.d.name == "postgres" {
		if _, err := rt.ExecContext(ctx, idleLimit(true, patientTime)); err != nil {
			return err
		}
	}
	return to.inTx(ctx, func(t *tx) error {
		for _, table := range tables() {
			if err := copyTable(ctx, rt, t, table); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		// What lists read is another dialect's.
		return errors.Join(to.deriveAll(ctx, t), to.deriveShared(ctx, t))
	})
}

func copyTable(ctx context.Context, from querier, to *tx, table string) error {
	rows, err := from.QueryContext(ctx, `SELECT * FROM `+table)
	if err != nil {
		return err
	}
	columns, err := rows.Columns()
	if err != nil {
		_ = rows.Close()
		return err
	}
	values, into, marks := make([]any, len(columns)), make([]any, len(columns)), make([]string, len(columns))
	for i := range columns {
		into[i], marks[i] = &values[i], fmt.Sprintf("$%d", i+1)
	}
	insert := `INSERT INTO ` + table + ` (` + strings.Join(columns, ", ") + `) VALUES (` + strings.Join(marks, ", ") + `) ON CONFLICT DO NOTHING`
	return eachRow(rows, into, func() error {
		_, err := to.exec(ctx, insert, values...)
		return err
	})
}
