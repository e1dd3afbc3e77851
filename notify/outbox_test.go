package notify_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	dc "domaincheck"
	"domaincheck/alert"
	"domaincheck/lab"
	"domaincheck/notify"
)

// memory is an outbox in memory that may fail.
type memory struct {
	mu      sync.Mutex
	next    int64
	pending []alert.Queued
	dead    []alert.Queued
	tries   []alert.Delivery
	leases  map[string]lease
	gone    bool // every call fails
}

type lease struct {
	owner string
	until time.Time
}

var errGone = errors.New("the store is gone")

func (m *memory) add(rows ...alert.Outgoing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(rows)
}

func (m *memory) put(rows []alert.Outgoing) {
	for _, r := range rows {
		m.next++
		m.pending = append(m.pending, alert.Queued{ID: m.next, Outgoing: r, QueuedAt: dc.At(time.Now())})
	}
}

func (m *memory) lose(gone bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gone = gone
}

func (m *memory) LeaseChannel(_ context.Context, channel, owner string, ttl time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return false, errGone
	}
	if l := m.leases[channel]; l.owner != owner && time.Now().Before(l.until) {
		return false, nil
	}
	if m.leases == nil {
		m.leases = map[string]lease{}
	}
	m.leases[channel] = lease{owner, time.Now().Add(ttl)}
	return true, nil
}

func (m *memory) DropChannel(_ context.Context, channel, owner string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leases[channel].owner == owner {
		delete(m.leases, channel)
	}
	return nil
}

func (m *memory) Pending(_ context.Context, channel string, limit int) ([]alert.Queued, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return nil, errGone
	}
	var out []alert.Queued
	for _, q := range m.pending {
		if q.Channel == channel && len(out) < limit {
			out = append(out, q)
		}
	}
	return out, nil
}

func (m *memory) Settle(_ context.Context, tries []alert.Delivery, more []alert.Outgoing) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return errGone
	}
	m.tries = append(m.tries, tries...)
	for _, t := range tries {
		i := slices.IndexFunc(m.pending, func(q alert.Queued) bool { return q.ID == t.Row })
		if i < 0 {
			continue
		}
		q := &m.pending[i]
		q.Attempts, q.FirstTry, q.NextTry = t.Attempts, t.FirstTry, t.NextTry
		switch t.Outcome {
		case alert.Dead:
			m.dead = append(m.dead, *q)
			m.pending = slices.Delete(m.pending, i, i+1)
		case alert.Delivered:
			m.pending = slices.Delete(m.pending, i, i+1)
		}
	}
	m.put(more)
	return nil
}

func (m *memory) waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.pending)
}

func (m *memory) settled() ([]alert.Delivery, []alert.Queued) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.tries), slices.Clone(m.dead)
}

// direct hands requests to a handler without a socket, so that time may be
// fake.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	defer func() {
		if recover() != nil {
			resp, err = nil, io.ErrUnexpectedEOF // http.ErrAbortHandler: the connection was cut
		}
	}()
	w := httptest.NewRecorder()
	body := io.NopCloser(bytes.NewReader(nil))
	if req.Body != nil {
		body = req.Body
	}
	in := req.Clone(req.Context())
	in.Body = body
	d.handler.ServeHTTP(w, in)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// plain are words for tests.
type plain struct{}

func (plain) Finding(f dc.Finding, _ string) alert.Sentence {
	return alert.Sentence{Summary: "看到 " + f.Code, Fix: "改 " + f.Rule, Basis: []string{"001 §4"}}
}
func (plain) Risk(dc.Risk, string) alert.Consequence {
	return alert.Consequence{Outcome: "取消接入"}
}
func (plain) Provider(id, _ string) string { return id }

const (
	token  = "tok-3f9a77c1"
	secret = "SEC-very-secret-value"
)

func robots() *lab.Robots {
	return lab.NewRobots(lab.RobotOptions{Now: time.Now, Secret: secret, Token: token})
}

// chats are the channels that the robots serve, one of each type.
func chats(r *lab.Robots, types ...string) []notify.Channel {
	if len(types) == 0 {
		types = []string{"dingtalk", "slack", "wecom", "feishu", "webhook", "alertmanager"}
	}
	var out []notify.Channel
	for _, t := range types {
		c := notify.Channel{Name: t, Type: t, URL: notify.NewSecret("http://robots.example" + r.Path(t))}
		if t == "dingtalk" || t == "feishu" || t == "webhook" {
			c.Secret = notify.NewSecret(secret)
		}
		out = append(out, c)
	}
	return out
}

func row(channel, domain string, kind alert.Kind, group string) alert.Outgoing {
	now := dc.At(time.Now())
	e := alert.Event{
		Key: alert.KeyOf(domain, "access.mainland", "", dc.At(dc.MustDate("2026-11-01").Start())), Kind: kind, Domain: dc.Text(domain), Unicode: dc.Text(domain), Rule: "access.mainland",
		Level: dc.High, Since: now, At: now, Finding: dc.Finding{Rule: "access.mainland", Code: "foreign", Result: dc.Fail},
	}
	return alert.Outgoing{Channel: channel, Keys: dc.List[string]{e.Key}, Kind: kind, Group: group, Events: dc.List[alert.Event]{e}}
}
