package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"
)

// retries bounds how often a transaction that met another is tried again.
const retries = 12

// tx is a writing transaction that prepares each statement once: a batch runs
// the same few statements hundreds of times.
type tx struct {
	*sql.Tx
	bound   context.Context      // bounds every statement; callers hand in the one that it was made of
	stmts   map[string]*sql.Stmt // nil: nothing may be prepared
	hot     *hot                 // nil: nothing is kept prepared beyond the transaction
	through context.Context      // nil, or what bounds exec and row instead: nothing
	pending *pending             // of the sets of sites
	unnamed bool                 // parameters may go by place: SQLite looks for a name among all
	sets    bool                 // of sites and messages are kept
	conn    *sql.Conn            // nil: any
	bulk    bool                 // work on many sites, over which rows may be copied
	pipes   bool                 // statements may be put together
	waiting []statement          // put together, not yet sent
	ahead   *ahead               // nil: nothing was read ahead
}

// What waits for another process's writing transaction.
const (
	// lockWait is how long SQLite itself waits for the lock: it looks again after
	// ever longer pauses, in the end after 100 ms. Beside a process that writes all
	// the time, and lets go of the lock for an instant only, none of these looks
	// would find it free; so it looks a few times soon, and then begins anew.
	lockWait = 20 * time.Millisecond
	// lockPatience is how long this goes on before the transaction is given up for
	// this time.
	lockPatience = 10 * time.Second
	lockPause    = 4 * time.Millisecond // at most, between two
)

// begin begins a writing transaction; a connection that comes with it is to be
// closed after it.
func (s *Store) begin(ctx context.Context) (*sql.Tx, *sql.Conn, error) {
	if s.d.name == "postgres" && (isPatient(ctx) || isBatched(ctx)) {
		return s.beginOwn(ctx)
	}
	for began := time.Now(); ; {
		t, err := s.write.BeginTx(ctx, nil)
		if err == nil || !s.d.single || !s.d.retry(err) || time.Since(began) > lockPatience {
			return t, nil, err
		}
		if !pause(ctx, time.Duration(rand.Int64N(int64(lockPause)))) {
			return nil, nil, ctx.Err()
		}
	}
}

// errNothing ends a transaction in which nothing was written, and is no failure:
// there is nothing to commit, and nothing for a disk to sync.
var errNothing = errors.New("nothing was written")

// inTx runs fn in a writing transaction and commits it. What lost against
// another transaction (SQLITE_BUSY, 40001, deadlock) runs again from the
// start, so fn must begin its results anew each time. Errors are explained;
// errNothing is none.
func (s *Store) inTx(ctx context.Context, fn func(*tx) error) error {
	ctx, done := s.timely(ctx)
	defer done()
	for try := 0; ; try++ {
		err := s.once(ctx, fn)
		if err == nil || errors.Is(err, errNothing) {
			return nil
		}
		err = s.silent(ctx, err)
		if try == retries || !s.d.retry(err) {
			return s.explain(err)
		}
		wait := time.Duration(rand.Int64N(int64(5*time.Millisecond) << min(try, 7)))
		s.log.DebugContext(ctx, "store: a transaction met another and runs again", "try", try+1, "wait", wait)
		if !pause(ctx, wait) {
			return s.explain(err)
		}
	}
}

func (s *Store) once(ctx context.Context, fn func(*tx) error) (err error) {
	if err := s.sameFile(); err != nil {
		return err
	}
	if s.d.single {
		if err := s.hot.warm(ctx, s.write); err != nil {
			return err
		}
	}
	inner, conn, err := s.begin(ctx)
	if err != nil {
		return err
	}
	if conn != nil {
		defer func() { err = errors.Join(err, conn.Close()) }()
	}
	t := &tx{Tx: inner, conn: conn, bound: ctx, pending: newPending(), unnamed: s.d.single, sets: s.sets()}
	t.bulk, t.pipes = isPatient(ctx), isBatched(ctx) && t.native()
	if s.d.single {
		t.hot = &s.hot
	}
	if s.d.name == "sqlite" { // pgx itself keeps what each connection has prepared
		t.stmts = map[string]*sql.Stmt{}
	}
	defer func() {
		for _, st := range t.stmts {
			_ = st.Close()
		}
		if err != nil {
			_ = inner.Rollback()
		}
	}()
	if err = s.limit(ctx, t); err != nil {
		return err
	}
	if err = fn(t); err != nil {
		return err
	}
	if err = t.send(ctx); err != nil {
		return err
	}
	if err = s.flush(ctx, t); err != nil {
		return err
	}
	if s.sets() {
		if _, err = t.exec(ctx, `UPDATE moment SET n = n + 1`); err != nil {
			return err
		}
	}
	if err = s.sameFile(); err != nil {
		return err
	}
	return inner.Commit()
}

// within is the context of a statement: what runs in a transaction was begun
// with the caller's context, which does not know that an answer is waited for no
// longer than timely says.
func (t *tx) within(ctx context.Context) context.Context {
	if t.bound != nil {
		return t.bound
	}
	return ctx
}

// brief promises that what exec and row do from here on is over in microseconds:
// in SQLite they are not watched for the end of the context any more, for which
// a goroutine is made each time. The transaction itself ends with its context,
// and its caller looks at that between two sites.
func (t *tx) brief(ctx context.Context) {
	if t.hot != nil {
		t.through = context.WithoutCancel(t.within(ctx))
	}
}

// short is the context of a statement that does not take long.
func (t *tx) short(ctx context.Context) context.Context {
	if t.through != nil {
		return t.through
	}
	return t.within(ctx)
}

// stmt prepares a query once a transaction; nil where nothing may be prepared.
func (t *tx) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if t.stmts == nil {
		return nil, nil
	}
	if st := t.kept(ctx, query); st != nil {
		return st, nil
	}
	st, err := t.PrepareContext(ctx, query)
	if err == nil {
		t.stmts[query] = st
	}
	return st, err
}

// kept is a statement that this transaction, or the store, has prepared
// already; nil if none has.
func (t *tx) kept(ctx context.Context, query string) *sql.Stmt {
	if st := t.stmts[query]; st != nil || t.hot == nil {
		return st
	}
	kept := t.hot.get(query)
	if kept == nil {
		return nil
	}
	st := t.StmtContext(ctx, kept)
	t.stmts[query] = st
	return st
}

// QueryContext reads rows, by a statement that is kept where there is one.
func (t *tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx = t.within(ctx)
	if err := t.send(ctx); err != nil {
		return nil, err
	}
	if st := t.kept(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return t.Tx.QueryContext(ctx, query, args...)
}

// exec runs a statement and gives the number of rows it changed.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	var res sql.Result
	ctx = t.short(ctx)
	if err := t.send(ctx); err != nil {
		return 0, err
	}
	st, err := t.stmt(ctx, query)
	switch {
	case err != nil:
		return 0, err
	case st == nil:
		res, err = t.ExecContext(ctx, query, args...)
	default:
		res, err = st.ExecContext(ctx, args...)
	}
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// row reads one row; sql.ErrNoRows if there is none.
func (t *tx) row(ctx context.Context, query string, args []any, into ...any) error {
	ctx = t.short(ctx)
	if err := t.send(ctx); err != nil {
		return err
	}
	st, err := t.stmt(ctx, query)
	switch {
	case err != nil:
		return err
	case st == nil:
		return t.QueryRowContext(ctx, query, args...).Scan(into...)
	}
	return st.QueryRowContext(ctx, args...).Scan(into...)
}

// each reads every row of a query into the same variables and calls do.
func (t *tx) each(ctx context.Context, query string, args []any, into []any, do func() error) error {
	rows, err := t.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return eachRow(rows, into, do)
}

func eachRow(rows *sql.Rows, into []any, do func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := do(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// each reads outside of a transaction.
func (s *Store) each(ctx context.Context, query string, args []any, into []any, do func() error) error {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return s.explain(err)
	}
	return s.explain(eachRow(rows, into, do))
}
