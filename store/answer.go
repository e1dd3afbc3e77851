package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"domaincheck"

	"github.com/jackc/pgx/v5"
)

// A database on the other side of a network can fall silent: packets are lost,
// a connection's state is forgotten on the way. Nobody is told then, neither the
// process that waits for an answer nor the server, which would keep the locks
// of an unfinished transaction and hold up all others. So both sides wait for a
// bounded time only.
const (
	// answerTime bounds one call of the watch's own work: a claim, a commit.
	answerTime = 20 * time.Second
	// idleTime is how long the server lets a transaction lie idle before it ends
	// it; shorter than a lease, so that a dead machine's rows are free with it.
	idleTime = 15 * time.Second
	// patientAnswer is the same for imports, migrations and other work on all sites.
	patientAnswer = time.Hour
	// patientTime is idleTime for them: they work on their own between two
	// statements.
	patientTime = 10 * time.Minute
)

type patientKey struct{}

// patient marks a call that may take long.
func patient(ctx context.Context) context.Context {
	return context.WithValue(ctx, patientKey{}, true)
}

func isPatient(ctx context.Context) bool { return ctx.Value(patientKey{}) != nil }

// errSilent is the cause of a context that timely ended.
type errSilent struct{}

func (errSilent) Error() string { return "no answer for too long" }

// timely bounds a call on a server.
func (s *Store) timely(ctx context.Context) (context.Context, context.CancelFunc) {
	switch {
	case s.d.name != "postgres":
		return ctx, func() {}
	case isPatient(ctx):
		return context.WithTimeoutCause(ctx, patientAnswer, errSilent{})
	}
	return context.WithTimeoutCause(ctx, answerTime, errSilent{})
}

// silent turns the end of a context that timely bounded into what it means. What
// a caller's own end leaves of a transaction (its statements are closed, it is
// done) is told as that end.
func (s *Store) silent(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errSilent{}) {
		return explained(CodeUnavailable, s.place, cause)
	}
	var coded *domaincheck.Error
	if end := ctx.Err(); err != nil && end != nil && !errors.Is(err, end) && !errors.As(err, &coded) {
		return fmt.Errorf("%w: %w", end, err)
	}
	return err
}

// idleLimit is the statement that bounds how long the server lets a transaction
// lie idle: of the session, or of the transaction alone (LOCAL).
func idleLimit(local bool, d time.Duration) string {
	word := ""
	if local {
		word = "LOCAL "
	}
	return "SET " + word + "idle_in_transaction_session_timeout = " + strconv.FormatInt(d.Milliseconds(), 10)
}

// Guard makes a PostgreSQL server notice soon when the process at the other end
// of a new connection is gone, so that its locks and unfinished transactions go
// with it. It is said after connecting, since poolers refuse start-up parameters
// that they do not know; behind one that gives each transaction another session
// it must not be said at all.
func Guard(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, idleLimit(false, idleTime)+`; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; SET tcp_user_timeout = `+
		strconv.FormatInt(answerTime.Milliseconds(), 10), pgx.QueryExecModeSimpleProtocol)
	return err
}

// limit bounds how long the server lets the transaction lie idle, where that is
// not as the session has it: a pooler's sessions have nothing of ours.
func (s *Store) limit(ctx context.Context, t *tx) error {
	d := idleTime
	switch {
	case s.d.name != "postgres":
		return nil
	case isPatient(ctx):
		d = patientTime
	case !s.d.pooled:
		return nil
	}
	_, err := t.ExecContext(ctx, idleLimit(true, d))
	return err
}

// one reads one row outside of a transaction, soon; sql.ErrNoRows if there is
// none.
func (s *Store) one(ctx context.Context, query string, args []any, into ...any) error {
	ctx, done := s.timely(ctx)
	defer done()
	return s.silent(ctx, s.read.QueryRowContext(ctx, query, args...).Scan(into...))
}

// soon is each, for what the watch itself waits for.
func (s *Store) soon(ctx context.Context, query string, args []any, into []any, do func() error) error {
	ctx, done := s.timely(ctx)
	defer done()
	return s.silent(ctx, s.each(ctx, query, args, into, do))
}
