package app

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/check"
	"domaincheck/notify"
)

// callTime bounds one call to a service; a stop cuts it shorter.
const callTime = 10 * time.Second

// teller drains the outbox by the notifier in force, which a reload replaces.
type teller struct {
	outbox notify.Outbox
	owner  string
	log    *slog.Logger

	mu      sync.RWMutex
	now     *notify.Notifier
	changed chan struct{}
	lines   *lines
}

func newTeller(outbox notify.Outbox, owner string, log *slog.Logger) *teller {
	return &teller{outbox: outbox, owner: owner, log: log, changed: make(chan struct{}, 1), lines: newLines()}
}

// make builds a notifier for settings, without connecting to anything.
func (t *teller) make(c Config, words alert.Words) (*notify.Notifier, error) {
	channels, err := Channels(c.Settings)
	if err != nil {
		return nil, err
	}
	trust, err := Trust(c.Network.CAFile)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy, transport.DialContext, transport.TLSClientConfig = nil, t.lines.dial, trust
	return notify.New(notify.Options{
		Channels: channels, Outbox: t.outbox, Words: words, Owner: t.owner,
		Client: &http.Client{Transport: transport}, TLS: trust.Clone(), Dial: t.lines.dial, Timeout: callTime, Log: t.log,
	})
}

// Trust is how services of ours are believed: by the machine's authorities and
// those of a file; "" is none.
func Trust(file string) (*tls.Config, error) {
	roots, err := check.Roots(file)
	if err != nil {
		return nil, domaincheck.AsError(err, domaincheck.CodeBadSettings, "network.ca_file")
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, nil
}

// put puts a notifier in force.
func (t *teller) put(n *notify.Notifier) {
	t.mu.Lock()
	t.now = n
	t.mu.Unlock()
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

func (t *teller) get() *notify.Notifier {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.now
}

// run drains until ctx ends: by one notifier after another as they are put in
// force. Calls that are not done within grace of the end are cut off; they are
// made again after the next start, with the same keys.
func (t *teller) run(ctx context.Context, grace time.Duration) {
	for ctx.Err() == nil {
		select { // what was put before is in force from the beginning
		case <-t.changed:
		default:
		}
		inner, cancel := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := t.get().Run(inner); err != nil {
				t.log.ErrorContext(ctx, "the channels are not served", "error", err)
			}
		}()
		select {
		case <-ctx.Done():
		case <-t.changed:
		}
		cancel()
		end := time.NewTimer(grace)
		select {
		case <-done:
		case <-end.C:
			t.lines.cut()
			<-done
		}
		end.Stop()
	}
}

// poke wakes the drainers of channels; of all of them for none.
func (t *teller) poke(channels []string) {
	n := t.get()
	if len(channels) == 0 {
		n.Poke("")
	}
	for _, c := range channels {
		n.Poke(c)
	}
}

// lines are the connections to services, so that a stop can cut them.
type lines struct {
	mu   sync.Mutex
	open map[*line]struct{}
	d    net.Dialer
}

type line struct {
	net.Conn
	of *lines
}

func newLines() *lines { return &lines{open: map[*line]struct{}{}} }

func (l *lines) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := l.d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &line{Conn: conn, of: l}
	l.mu.Lock()
	l.open[c] = struct{}{}
	l.mu.Unlock()
	return c, nil
}

// Close implements net.Conn.
func (c *line) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// cut ends every connection.
func (l *lines) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.Conn.Close()
	}
	clear(l.open)
}
