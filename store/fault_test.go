package store_test

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
	"domaincheck/store/storetest"
	"domaincheck/watch"
)

var errInjected = errors.New("injected")

// faults makes the n-th operation on the database fail, once it is armed.
type faults struct {
	left atomic.Int64 // operations until the failure; below zero: none
	hit  atomic.Bool
}

func (f *faults) arm(n int64) { f.hit.Store(false); f.left.Store(n) }

func (f *faults) disarm() { f.left.Store(-1) }

// step counts an operation and gives its failure.
func (f *faults) step() error {
	for {
		n := f.left.Load()
		if n < 0 {
			return nil
		}
		if f.left.CompareAndSwap(n, n-1) {
			if n == 0 {
				f.hit.Store(true)
				return errInjected
			}
			return nil
		}
	}
}

// fullConn is what both drivers' connections can do and the store needs.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

type faultConnector struct {
	driver.Connector
	f *faults
}

func (c faultConnector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := inner.(fullConn)
	if !ok {
		return nil, fmt.Errorf("%T lacks something", inner)
	}
	return &faultConn{full, c.f}, nil
}

type faultConn struct {
	fullConn
	f *faults
}

func (c *faultConn) CheckNamedValue(v *driver.NamedValue) error {
	if check, ok := c.fullConn.(driver.NamedValueChecker); ok {
		return check.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *faultConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := c.f.step(); err != nil {
		return nil, err
	}
	tx, err := c.fullConn.BeginTx(ctx, o)
	return faultTx{tx, c.f}, err
}

func (c *faultConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.f.step(); err != nil {
		return nil, err
	}
	return c.fullConn.ExecContext(ctx, q, args)
}

func (c *faultConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.f.step(); err != nil {
		return nil, err
	}
	return c.fullConn.QueryContext(ctx, q, args)
}

func (c *faultConn) PrepareContext(ctx context.Context, q string) (driver.Stmt, error) {
	if err := c.f.step(); err != nil {
		return nil, err
	}
	st, err := c.fullConn.PrepareContext(ctx, q)
	if err != nil {
		return nil, err
	}
	return faultStmt{st, c}, nil
}

type faultStmt struct {
	driver.Stmt
	c *faultConn
}

func (s faultStmt) CheckNamedValue(v *driver.NamedValue) error { return s.c.CheckNamedValue(v) }

func (s faultStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.c.f.step(); err != nil {
		return nil, err
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (s faultStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.c.f.step(); err != nil {
		return nil, err
	}
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

type faultTx struct {
	driver.Tx
	f *faults
}

// Commit fails before the database heard of it: the transaction is then rolled
// back by the store.
func (t faultTx) Commit() error {
	if err := t.f.step(); err != nil {
		return errors.Join(err, t.Tx.Rollback())
	}
	return t.Tx.Commit()
}

// TestFailures lets every single operation of each writing call fail in turn:
// the call says so, nothing of it can be seen, and the same call then succeeds.
func TestFailures(t *testing.T) {
	t.Parallel()
	server := storetest.SharedPostgres(t)
	for _, backend := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", newSQLite}, {"postgres", server.New}} {
		t.Run(backend.name, func(t *testing.T) { failures(t, backend.url(t)) })
	}
}

func failures(t *testing.T, url string) {
	f := &faults{}
	f.disarm()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	s, err := store.Open(t.Context(), store.Wrapped(store.Options{URL: url, Now: func() time.Time { return now }},
		func(c driver.Connector) driver.Connector { return faultConnector{c, f} }))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{plain("a.cn"), plain("b.cn")}}, store.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	row := int64(0) // the oldest of the outbox; a failed transaction may use up an id
	steps := writes(t, s, now, &row)
	for _, step := range steps {
		before, short := picture(t, s), glance(t, s)
		if q, err := s.Pending(t.Context(), "ops", 1); err != nil {
			t.Fatal(err)
		} else if len(q) > 0 {
			row = q[0].ID
		}
		n := int64(0)
		for ; ; n++ {
			f.arm(n)
			err := step.do()
			hit := f.hit.Load()
			f.disarm()
			if !hit {
				if err != nil {
					t.Fatalf("%s without a failure: %v", step.name, err)
				}
				break
			}
			if !errors.Is(err, errInjected) {
				t.Fatalf("%s, operation %d failed and the call says %v", step.name, n, err)
			}
			after := glance(t, s)
			if after != short {
				t.Fatalf("%s, operation %d failed and left something: %s, not %s", step.name, n, after, short)
			}
			if n%8 != 7 {
				continue // what was left would still be there at the next whole picture
			}
			if after := picture(t, s); after != before {
				t.Fatalf("%s, operation %d failed and left something:\nbefore %s\nafter  %s", step.name, n, before, after)
			}
		}
		if n < 3 {
			t.Errorf("%s has only %d operations", step.name, n)
		}
		if step.name != "prune" && picture(t, s) == before {
			t.Errorf("%s did nothing", step.name)
		}
	}
}

// write is a call that writes.
type write struct {
	name string
	do   func() error
}

// writes are all of them, in an order in which each has something to do.
func writes(t *testing.T, s *store.Store, now time.Time, row *int64) []write {
	at := domaincheck.At(now)
	e := alert.Event{Key: "K", Kind: alert.Opened, Domain: "a.cn", At: at}
	out := []alert.Outgoing{{Channel: "ops", Keys: []string{"K"}, Kind: alert.Opened, Events: []alert.Event{e}}}
	report := func(domain, code string) *domaincheck.Report {
		r := storetest.Report(domain, code, at)
		r.Observation.Registration.Raw = []domaincheck.Raw{{Kind: "whois", At: at, Bytes: []byte(domain + code)}}
		return r
	}
	return []write{
		{"import", func() error {
			c := plain("c.cn")
			c.Subject, c.Tags = &domaincheck.Subject{ID: "s", Name: "主体"}, []string{"t"}
			_, err := s.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{c, plain("d.cn")}}, store.ImportOptions{})
			return err
		}},
		{"commit", func() error {
			_, err := s.Commit(t.Context(), []store.Commit{
				{Site: "a.cn", Rev: 1, Report: report("a.cn", "x"), Events: []alert.Event{e}, Out: out, Next: []store.Due{{Part: watch.Page, At: now.Add(time.Hour)}}},
				{Site: "b.cn", Rev: 1, Report: report("b.cn", "y")},
			})
			return err
		}},
		{"change", func() error {
			_, err := s.Commit(t.Context(), []store.Commit{{Site: "a.cn", Rev: 2, Report: report("a.cn", ""), Open: &[]alert.Open{{Event: e}}, Events: []alert.Event{e}}})
			return err
		}},
		{"enqueue", func() error { return s.Enqueue(t.Context(), "digest", out) }},
		{"settle", func() error {
			return s.Settle(t.Context(), []alert.Delivery{{Row: *row, At: at, Outcome: alert.Dead}}, out)
		}},
		{"claim", func() error {
			_, err := s.Claim(t.Context(), store.ClaimOptions{Part: watch.Page, N: 9})
			return err
		}},
		{"request", func() error { _, err := s.Request(t.Context(), "a.cn"); return err }},
		{"acquire", func() error { _, _, err := s.Acquire(t.Context(), "l", "me", time.Hour); return err }},
		{"budget", func() error {
			_, err := s.UpdateBudget(t.Context(), "b", func(b store.Budget, _ bool) store.Budget { b.Tokens++; return b })
			return err
		}},
		{"hold", func() error { return s.PutHold(t.Context(), store.Hold{ID: "h"}) }},
		{"prune", func() error { _, err := s.Prune(t.Context(), store.Retention{Changes: time.Nanosecond}); return err }},
		{"remove", func() error { return s.Remove(t.Context(), "b.cn") }},
	}
}

func plain(domain string) domaincheck.Site {
	return domaincheck.Site{Domains: []domaincheck.Domain{{Domain: domain}}}
}

func glance(t *testing.T, s *store.Store) string {
	t.Helper()
	v, err := s.Glance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// picture is all that can be seen of a small store.
func picture(t *testing.T, s *store.Store) string {
	t.Helper()
	ctx := t.Context()
	var all []any
	add := func(v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	add(s.Sizes(ctx))
	add(s.Export(ctx))
	for _, d := range []string{"a.cn", "b.cn"} {
		m, err := s.Load(ctx, d)
		if !errors.Is(err, store.CodeNotFound) {
			add(m, err)
		}
		add(s.Reports(ctx, d, 0, 9, true))
	}
	add(s.Findings(ctx, store.FindingQuery{}))
	add(s.Events(ctx, store.EventQuery{}))
	add(s.Deliveries(ctx, store.DeliveryQuery{}))
	add(s.Budgets(ctx))
	add(s.Holds(ctx, "", true))
	add(s.Backlog(ctx, watch.Page, store.Partition{}))
	add(s.Backlog(ctx, watch.Record, store.Partition{}))
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
