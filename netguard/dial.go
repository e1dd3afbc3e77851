package netguard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

type dialled struct {
	conn *Conn
	err  error
}

// race dials the targets in order: the next one when the one before failed, or
// beside it when it stays silent for the stagger. The first connection wins;
// the others are closed before race returns their owner.
func (g *Guard) race(ctx context.Context, network string, targets []target) (*Conn, error) {
	if len(targets) == 1 {
		return g.dialOne(ctx, network, targets[0])
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan dialled)
	next, running := 0, 0
	start := func() {
		t := targets[next]
		next++
		running++
		go func() {
			c, err := g.dialOne(ctx, network, t)
			results <- dialled{c, err}
		}()
	}
	timer := time.NewTimer(g.opt.Stagger)
	defer timer.Stop()
	start()
	var errs []error
	var won *Conn
	for running > 0 {
		select {
		case <-timer.C:
			if next < len(targets) && won == nil {
				start()
				timer.Reset(g.opt.Stagger)
			}
		case r := <-results:
			running--
			switch {
			case r.err == nil && won == nil:
				won = r.conn
				cancel()
			case r.err == nil:
				r.conn.Close()
			default:
				errs = append(errs, r.err)
				if won == nil && next < len(targets) && ctx.Err() == nil {
					start()
					timer.Reset(g.opt.Stagger)
				}
			}
		}
	}
	if won != nil {
		return won, nil
	}
	return nil, worst(errs)
}

func (g *Guard) dialOne(ctx context.Context, network string, t target) (*Conn, error) {
	var d net.Dialer
	d.KeepAlive = -1
	if g.speaksFirst {
		d.Control = acknowledgeWithData
	}
	c, err := d.DialContext(ctx, network, t.to)
	if err != nil {
		place := t.to
		if t.vetted.IsValid() {
			place = t.vetted.String()
		}
		return nil, Classify(ctx, place, err)
	}
	return &Conn{Conn: c, Vetted: t.vetted}, nil
}

// worst chooses among the errors of several addresses the one that claims
// least: silence before a refusal, and what the host did before what our own
// machine lacks (no route, no IPv6).
func worst(errs []error) error {
	rank := func(err error) int {
		switch {
		case errors.Is(err, CodeCancelled):
			return 3
		case errors.Is(err, CodeTimeout):
			return 2
		case Unroutable(err):
			return 0
		}
		return 1
	}
	var out error
	for _, err := range errs {
		if out == nil || rank(err) > rank(out) {
			out = err
		}
	}
	return out
}

// Unroutable tells that our own machine, or a router on the way, has no path
// to the address: nothing was learned of the host itself.
func Unroutable(err error) bool {
	return errors.Is(err, errNetwork) || errors.Is(err, errHost) || errors.Is(err, errNoAddress) || errors.Is(err, errNoSuchAddress)
}

// Refused tells that nobody listens at the port, on every system.
func Refused(err error) bool { return errors.Is(err, errRefused) }

// Reset tells that the other side cut the connection, on every system.
func Reset(err error) bool { return errors.Is(err, errReset) }

// Classify makes a coded error of what a connection gave: cancelled if the
// caller gave up, timeout for a deadline, else network (a closed port, a cut connection, no route). An error that has a
// code already keeps it; nil stays nil.
func Classify(ctx context.Context, place string, err error) error {
	if err == nil {
		return nil
	}
	var known coded
	if errors.As(err, &known) {
		return err
	}
	code, message := describe(ctx, err)
	return &Error{Code: code, Message: message, Place: place, Err: err}
}

// describe gives a code and a text without addresses and local ports, so that
// the same failure reads the same at every look.
func describe(ctx context.Context, err error) (Code, string) {
	var timeout interface{ Timeout() bool }
	var errno syscall.Errno
	switch {
	case errors.Is(ctx.Err(), context.Canceled) || errors.Is(err, context.Canceled):
		return CodeCancelled, "given up"
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return CodeTimeout, "no answer in time"
	case Refused(err):
		return CodeNetwork, "connection refused"
	case Reset(err), errors.Is(err, syscall.EPIPE):
		return CodeNetwork, "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return CodeNetwork, "connection closed before the end"
	case errors.As(err, &errno):
		return CodeNetwork, errno.Error()
	}
	return CodeNetwork, err.Error()
}

// ErrResolve marks that the resolver, not the host, failed: nothing was learned
// of the host.
var ErrResolve = errors.New("the name could not be resolved")

// resolveError wraps what the resolver said. A name that does not exist
// carries [ErrNoAddress], any other failure [ErrResolve].
func resolveError(ctx context.Context, host string, err error) error {
	mark := ErrResolve
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound || errors.Is(err, ErrNoAddress) {
		mark = ErrNoAddress
	}
	code := CodeNetwork
	var known coded
	if errors.As(err, &known) {
		code = Code(known.ErrorCode())
	} else {
		code, _ = describe(ctx, err)
	}
	return errorf(code, host, "%w", fmt.Errorf("%w: %w", mark, err))
}
