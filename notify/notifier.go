package notify

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/alert"
)

// Options of a Notifier.
type Options struct {
	Channels []Channel
	Outbox   Outbox      // needed by Run only
	Words    alert.Words // must be given
	Owner    string      // of the drainers' leases, unique among processes; needed by Run

	Client  *http.Client  // default: a new one that follows no redirects, with TLS as below
	TLS     *tls.Config   // of e-mail too; default: the machine's authorities
	Dial    DialFunc      // of e-mail; default: net.Dialer's
	Timeout time.Duration // of one call; default 15 s
	Poll    time.Duration // at least so often the outbox is looked at; default 2 s
	GiveUp  time.Duration // after which a row becomes a dead letter; default 25 h, never less than 24 h
	Log     *slog.Logger  // default: discards
}

// DialFunc connects.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Notifier delivers. Its methods may be called from any goroutine.
type Notifier struct {
	o        Options
	drainers []*drainer
}

// sending is what one channel needs to send.
type sending struct {
	channel *Channel
	words   alert.Words
	client  *http.Client
	tls     *tls.Config
	dial    DialFunc
	timeout time.Duration
	doc     *Document // to hand out instead of events; nil for events
}

// New checks the channels and makes a notifier; it connects to nothing. Errors
// have code bad_input and name the channel, never its secrets.
func New(o Options) (*Notifier, error) {
	if o.Words == nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, "", "a notifier needs words")
	}
	if o.Client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.Proxy, transport.TLSClientConfig = nil, o.TLS.Clone()
		o.Client = &http.Client{Transport: transport}
	}
	client := *o.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	o.Client = &client
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	if o.GiveUp < 24*time.Hour {
		o.GiveUp = 25 * time.Hour
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	n := &Notifier{o: o}
	for i := range o.Channels {
		c := o.Channels[i]
		if err := c.check(); err != nil {
			return nil, err
		}
		if n.find(c.Name) != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadInput, "channels."+c.Name, "there are two channels of this name")
		}
		n.drainers = append(n.drainers, &drainer{
			n: n, channel: &c, poke: make(chan struct{}, 1),
			s: sending{channel: &c, words: o.Words, client: o.Client, tls: o.TLS, dial: o.Dial, timeout: o.Timeout},
		})
	}
	return n, nil
}

func (n *Notifier) find(name string) *drainer {
	i := slices.IndexFunc(n.drainers, func(d *drainer) bool { return d.channel.Name == name })
	if i < 0 {
		return nil
	}
	return n.drainers[i]
}

// Run drains every channel until ctx ends; then each finishes the call it is
// in (at most the time-out), records it, and Run returns. A channel that fails
// holds up no other.
func (n *Notifier) Run(ctx context.Context) error {
	if n.o.Outbox == nil || n.o.Owner == "" {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "", "draining needs an outbox and an owner's name")
	}
	var wg sync.WaitGroup
	for _, d := range n.drainers {
		wg.Go(func() { d.run(ctx) })
	}
	wg.Wait()
	return nil
}

// Poke tells the drainer of a channel that there is something new; of every
// channel for "".
func (n *Notifier) Poke(channel string) {
	for _, d := range n.drainers {
		if channel == "" || d.channel.Name == channel {
			select {
			case d.poke <- struct{}{}:
			default: // it is awake already
			}
		}
	}
}

// Send sends events now, past the outbox, once and unpaced: a last alert when
// the store is lost, a report of the daemon itself. The error is a *Failure.
func (n *Notifier) Send(ctx context.Context, channel string, events []alert.Event) error {
	d := n.find(channel)
	if d == nil {
		return &Failure{Kind: domaincheck.CodeBadInput, Message: "there is no channel " + channel, Whole: true}
	}
	calls, err := d.s.plan(events)
	if err != nil {
		return failureOf(d.channel, err)
	}
	for _, c := range calls {
		if err := d.s.once(ctx, c); err != nil {
			return failureOf(d.channel, err)
		}
	}
	return nil
}

// Health is how a channel fares.
type Health struct {
	Channel string
	Leading bool                // this process drains it
	Failing domaincheck.Instant // since when; zero while it delivers
	Code    string              // of the newest failure, while it lasts
	Message string
	Last    domaincheck.Instant // newest delivery by this process
}

// Health tells how the channels fare, in their order.
func (n *Notifier) Health() []Health {
	var out []Health
	for _, d := range n.drainers {
		d.mu.Lock()
		h := d.health
		d.mu.Unlock()
		h.Channel = d.channel.Name
		out = append(out, h)
	}
	return out
}

// plan makes the calls that tell the events.
func (s *sending) plan(events []alert.Event) ([]call, error) {
	switch s.channel.Type {
	case "dingtalk":
		return s.dingtalk(events)
	case "wecom":
		return s.wecom(events)
	case "feishu":
		return s.feishu(events)
	case "slack":
		return s.slack(events)
	case "webhook":
		return s.webhook(events)
	case "alertmanager":
		return s.alertmanager(events)
	}
	return s.email(events)
}

// once makes one call within the time-out.
func (s *sending) once(ctx context.Context, c call) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return c.run(ctx)
}

// Beat tells a dead-man's service that the daemon lives: one GET, any answer
// of 2xx is good. The URL is a secret and in no error.
func (n *Notifier) Beat(ctx context.Context, to Secret) error {
	c := &Channel{Name: "heartbeat", URL: to}
	ctx, cancel := context.WithTimeout(ctx, n.o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.reveal(), nil)
	if err != nil {
		return &Failure{Kind: domaincheck.CodeBadSettings, Message: "the heartbeat's url cannot be used", Whole: true}
	}
	resp, err := n.o.Client.Do(req)
	if err != nil {
		return onTheWay(c, err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return &Failure{Kind: domaincheck.CodeRefused, Code: resp.Status[:3], Message: http.StatusText(resp.StatusCode), Whole: true}
	}
	return nil
}
