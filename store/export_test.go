package store

import (
	"context"
	"database/sql/driver"
	"strings"
	"testing"
)

// Wrapped puts a driver in between, for tests of failures.
func Wrapped(o Options, wrap func(driver.Connector) driver.Connector) Options {
	o.wrap = wrap
	return o
}

// Small makes the sizes at which ways part small.
func Small(o Options) Options {
	o.small = true
	return o
}

// Exec runs a statement on the writer's connection.
func (s *Store) Exec(query string) error {
	_, err := s.write.Exec(query) //nolint:noctx // a test's own statement
	return err
}

// Setting is one of PostgreSQL's, as the store's sessions have it.
func (s *Store) Setting(t *testing.T, name string) (value string) {
	t.Helper()
	if err := s.read.QueryRowContext(t.Context(), `SHOW `+name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// Moment counts the transactions that wrote something.
func (s *Store) Moment(t *testing.T) (n int64) {
	t.Helper()
	if err := s.read.QueryRowContext(t.Context(), `SELECT n FROM moment`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Glance is a short form of all that the store holds, in one statement: every
// writing call changes something in it.
func (s *Store) Glance(ctx context.Context) (string, error) {
	sums := []string{`(SELECT coalesce(sum(rev), 0) + coalesce(sum(report_id), 0) FROM sites)`, `(SELECT coalesce(sum(asked + lease_token), 0) FROM parts)`,
		`(SELECT coalesce(sum(due_at / 1000000 % 1000000), 0) FROM parts)`, `(SELECT coalesce(sum(token), 0) FROM leases)`, `(SELECT coalesce(sum(tokens), 0) FROM budgets)`,
		`(SELECT coalesce(sum(looks), 0) FROM reports)`, `(SELECT count(*) FROM outbox WHERE state = 'pending')`}
	for _, table := range tables() {
		sums = append(sums, `(SELECT count(*) FROM `+table+`)`)
	}
	values := make([]string, len(sums))
	into := make([]any, len(sums))
	for i := range sums {
		into[i] = &values[i]
	}
	err := s.read.QueryRowContext(ctx, `SELECT `+strings.Join(sums, ", ")).Scan(into...)
	return strings.Join(values, " "), err
}

// Together puts statements together in one transaction that reads nothing, and
// tells whether they were sent together.
func (s *Store) Together(ctx context.Context, queries ...string) (sent bool, err error) {
	err = s.inTx(batched(ctx), func(t *tx) error {
		for _, query := range queries {
			if err := t.put(ctx, query); err != nil {
				return err
			}
		}
		sent = len(t.waiting) == len(queries)
		return nil
	})
	return sent, err
}
