package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Budget is the pace at which one registry may be asked: a bucket of tokens,
// one a query, and what was learned of it. The arithmetic is the caller's; the
// store keeps one bucket for all processes.
type Budget struct {
	Key       string
	Tokens    float64   // at the instant At
	PerSecond float64   // learned; 0 means nothing was
	Burst     float64   // learned; 0 means nothing was
	At        time.Time // when Tokens was counted
	Blocked   time.Time // nothing may be asked before then; zero: free
	Refusals  int       // in a row
	Note      string    // why, for people
}

// UpdateBudget changes a bucket under a lock that all processes share: change
// is given the bucket (known false and only Key set if there is none yet) and
// gives the next one. It may be called again if the transaction runs again, so
// it must not do anything else.
func (s *Store) UpdateBudget(ctx context.Context, key string, change func(b Budget, known bool) Budget) (Budget, error) {
	var next Budget
	err := s.inTx(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `INSERT INTO budgets (key, tokens, per_second, burst, at, blocked_until, refusals, note) VALUES ($1, 0, 0, 0, 0, 0, 0, '') ON CONFLICT (key) DO NOTHING`, key)
		if err != nil {
			return err
		}
		b := Budget{Key: key}
		var at, blocked int64
		if err := t.row(ctx, `SELECT tokens, per_second, burst, at, blocked_until, refusals, note FROM budgets WHERE key = $1`+s.d.forUpdate,
			[]any{key}, &b.Tokens, &b.PerSecond, &b.Burst, &at, &blocked, &b.Refusals, &b.Note); err != nil {
			return err
		}
		b.At, b.Blocked = instant(at), instant(blocked)
		next = change(b, n == 0)
		next.Key = key
		_, err = t.exec(ctx, `UPDATE budgets SET tokens = $1, per_second = $2, burst = $3, at = $4, blocked_until = $5, refusals = $6, note = $7 WHERE key = $8`,
			next.Tokens, next.PerSecond, next.Burst, micros(next.At), micros(next.Blocked), next.Refusals, next.Note, key)
		return err
	})
	return next, err
}

// Budgets lists all buckets by key.
func (s *Store) Budgets(ctx context.Context) ([]Budget, error) {
	var all []Budget
	var b Budget
	var at, blocked int64
	err := s.soon(ctx, `SELECT key, tokens, per_second, burst, at, blocked_until, refusals, note FROM budgets ORDER BY key`, nil,
		[]any{&b.Key, &b.Tokens, &b.PerSecond, &b.Burst, &at, &blocked, &b.Refusals, &b.Note}, func() error {
			b.At, b.Blocked = instant(at), instant(blocked)
			all = append(all, b)
			return nil
		})
	return all, err
}

// EmptyBudgets empties every bucket as of now, keeping what was learned: after
// a start or a take-over nobody knows how much was asked meanwhile.
func (s *Store) EmptyBudgets(ctx context.Context) error {
	return s.inTx(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE budgets SET tokens = 0, at = $1`, micros(s.Now()))
		return err
	})
}

// Hold is something people said that holds messages back or settles a matter:
// a silence, a maintenance window, a false alarm reported (误报), a change
// acknowledged. What it says in detail is the business of who wrote it.
type Hold struct {
	ID        string // the caller's; writing the same id again replaces it
	Kind      string // silence, maintenance, suppression, acknowledgement …
	Owner     string // who said it
	Reason    string
	Starts    time.Time
	Ends      time.Time // zero: until it is ended
	CreatedAt time.Time // the store's
	EndedAt   time.Time // by hand; zero while it stands
	EndedBy   string
	Doc       []byte // JSON, opaque
}

// PutHold writes a hold.
func (s *Store) PutHold(ctx context.Context, h Hold) error {
	return s.inTx(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO holds (id, kind, owner, reason, starts_at, ends_at, created_at, ended_at, ended_by, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', $8)
			ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, owner = excluded.owner, reason = excluded.reason, starts_at = excluded.starts_at, ends_at = excluded.ends_at, ended_at = 0, ended_by = '', doc = excluded.doc`,
			h.ID, h.Kind, h.Owner, h.Reason, micros(h.Starts), micros(h.Ends), micros(s.Now()), append([]byte{}, h.Doc...))
		return err
	})
}

// EndHold ends a hold now; it stays in the list until it is pruned.
// CodeNotFound if there is none that stands.
func (s *Store) EndHold(ctx context.Context, id, by string) error {
	return s.inTx(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `UPDATE holds SET ended_at = $1, ended_by = $2 WHERE id = $3 AND ended_at = 0`, micros(s.Now()), by, id)
		if err == nil && n == 0 {
			return notFound(id)
		}
		return err
	})
}

// Holds lists holds of a kind ("" is all) by id: those that stand or are still
// to come, or with all also those that are over.
func (s *Store) Holds(ctx context.Context, kind string, all bool) ([]Hold, error) {
	var list []Hold
	var h Hold
	var starts, ends, created, ended int64
	err := s.soon(ctx, `SELECT id, kind, owner, reason, starts_at, ends_at, created_at, ended_at, ended_by, doc FROM holds
		WHERE ($1 = '' OR kind = $1) AND ($2 = 1 OR ended_at = 0 AND (ends_at = 0 OR ends_at > $3)) ORDER BY id`,
		[]any{kind, boolInt(all), micros(s.Now())}, []any{&h.ID, &h.Kind, &h.Owner, &h.Reason, &starts, &ends, &created, &ended, &h.EndedBy, &h.Doc}, func() error {
			h.Starts, h.Ends, h.CreatedAt, h.EndedAt = instant(starts), instant(ends), instant(created), instant(ended)
			h.Doc = append([]byte{}, h.Doc...)
			list = append(list, h)
			return nil
		})
	return list, err
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// errNone is what a query for one row says that found none.
func errNone() error { return sql.ErrNoRows }

// isNone tells whether a query found no row.
func isNone(err error) bool { return errors.Is(err, sql.ErrNoRows) }
