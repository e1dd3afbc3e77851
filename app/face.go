package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/config"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
	"domaincheck/web"
)

// webOptions are the options of the face that the settings alone give.
func webOptions(s config.Settings, version string) (web.Options, error) {
	zone, err := s.Timezone.Location()
	if err != nil {
		return web.Options{}, err
	}
	o := web.Options{
		Listen: s.Listen, Hosts: s.Web.Hosts, Zone: zone, Lang: s.Language, Version: version,
		Settings: s.Redacted().String(), Inventory: s.File(s.Inventory),
	}
	for _, t := range s.Auth.Tokens {
		o.Tokens = append(o.Tokens, web.Token{Name: t.Name, Hash: t.Hash.Reveal(), Role: web.Role(t.Role), Tags: t.Scope.Tags})
	}
	for _, p := range s.Web.Proxies {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			addr, bad := netip.ParseAddr(p)
			if bad != nil {
				return o, domaincheck.Errorf(domaincheck.CodeBadSettings, "web.proxies", "%q is neither an address nor a network", p)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		o.Proxies = append(o.Proxies, prefix)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Channels)) {
		c := s.Channels[name]
		o.Channels = append(o.Channels, web.Channel{Name: name, Type: c.Type, Fallback: c.Fallback, Lang: c.Language})
	}
	for _, x := range s.Silences {
		o.Silences = append(o.Silences, web.FileHold{Kind: store.HoldSilence, Match: matchOf(x.Match), Owner: x.Owner, Reason: x.Reason, From: x.From, Until: x.Until})
	}
	for _, m := range s.Maintenance {
		o.Silences = append(o.Silences, web.FileHold{
			Kind: store.HoldMaintenance, Match: matchOf(m.Match), Reason: m.Reason, From: m.From, Until: m.Until, Cron: string(m.Cron), For: m.For,
		})
	}
	if o.TLS, err = tlsOf(s); err != nil {
		return o, err
	}
	return o, nil
}

func matchOf(m config.Match) web.Match {
	return web.Match{Tags: m.Tags, Subjects: m.Subjects, Providers: m.Providers, Domains: m.Domains, Rules: m.Rules}
}

// tlsOf loads the server's certificate; nil without one.
func tlsOf(s config.Settings) (*tls.Config, error) {
	if s.Web.TLS.Certificate == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(s.File(s.Web.TLS.Certificate), s.File(s.Web.TLS.Key))
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "web.tls", "the certificate cannot be used: %w", err).
			WithHint("PEM files: the certificate with its chain, and the key that belongs to it")
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// openWeb listens and builds the face.
func (a *App) openWeb(ctx context.Context, f *force, o web.Options) error {
	a.fillWeb(&o, f)
	a.keepKeys(o.TLS)
	if o.TLS != nil {
		o.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return a.keys.Load(), nil }
	}
	face, err := web.New(o)
	if err != nil {
		return err
	}
	a.putWeb(face)
	if a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen); err != nil {
		return domaincheck.Errorf(domaincheck.CodeNetwork, o.Listen, "cannot be listened at: %w", err).
			WithHint("another process may hold the port; name another one with listen: HOST:PORT")
	}
	a.close = append(a.close, func() { _ = a.listener.Close() })
	return nil
}

// keepKeys puts a certificate in force for connections from now on.
func (a *App) keepKeys(c *tls.Config) {
	if c != nil {
		c = c.Clone()
		c.GetConfigForClient = nil
		c.NextProtos = []string{"h2", "http/1.1"}
	}
	a.keys.Store(c)
}

// fillWeb gives the face what the daemon knows.
func (a *App) fillWeb(o *web.Options, f *force) {
	o.Store, o.Book, o.Risks, o.Providers = a.store, f.world.Book, f.world.Risks, f.world.Providers
	o.Status, o.Ready, o.TestChannel, o.Poke = a.webStatus, a.Ready, a.testChannel, a.poke
	o.Desk = a.desk.get
	o.Tables, o.Now, o.Log, o.Meter = f.world.Tables, a.o.Now, a.log, a.meter
	now := a.store.Now()
	stale := func(s interface{ Next(time.Time) time.Time }, times int) time.Duration {
		if s == nil {
			return 0
		}
		return watch.StaleAfter(scheduler.Interval(s, now) * time.Duration(times))
	}
	o.Stale = web.Staleness{Access: stale(f.schedules.Access, 1), Page: stale(f.schedules.Page, 1), Registration: stale(f.schedules.Registration, 7)}
}

// buildWeb makes a face of other settings, to be put in force.
func (a *App) buildWeb(f *force, o web.Options) (*web.Server, error) {
	a.fillWeb(&o, f)
	o.Listen = a.inForce().config.Settings.Listen // another address takes a restart
	if a.keys.Load() == nil {
		o.TLS = nil // and so does the first certificate
	} else if o.TLS != nil {
		o.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return a.keys.Load(), nil }
	}
	return web.New(o)
}

// poke hears of what people asked for or said. What was silenced holds from the
// moment that the answer says so.
func (a *App) poke(string) {
	ctx, done := context.WithTimeout(a.ctx, 2*time.Second)
	a.readHolds(ctx)
	done()
	a.sched.Wake()
	a.teller.poke(nil)
}

// testChannel sends a trial message.
func (a *App) testChannel(ctx context.Context, channel, lang string) (web.ChannelTest, error) {
	if _, known := a.inForce().config.Settings.Channels[channel]; !known {
		return web.ChannelTest{}, domaincheck.Errorf(store.CodeNotFound, channel, "there is no channel of this name")
	}
	d, err := a.teller.get().Test(ctx, channel, lang)
	if err != nil {
		return web.ChannelTest{}, err
	}
	return web.ChannelTest{
		Channel: d.Channel, Type: d.Type, Delivered: d.Delivered, Code: d.Code, Message: d.Message, Advice: d.Advice, TookMS: d.Took.Milliseconds(),
	}, nil
}

// webStatus is what the daemon says of itself.
func (a *App) webStatus(ctx context.Context) web.Status {
	s := a.sched.Status()
	out := web.Status{Started: domaincheck.At(a.started), Role: domaincheck.Text(a.o.Role)}
	for _, part := range []watch.Part{watch.Resolution, watch.Page, watch.Registration} {
		p := s.Parts[part]
		out.Parts = append(out.Parts, web.PartStatus{
			Part: string(part), Sites: p.Backlog.Sites, Due: p.Backlog.Due, Running: p.Running, Oldest: domaincheck.At(p.Backlog.Oldest),
			LastSweep: domaincheck.At(p.LastTick), SweepMS: p.LastSweep.Milliseconds(), Overrun: !p.Overrun.IsZero(),
		})
	}
	for _, r := range s.Registry {
		out.Paces = append(out.Paces, web.PaceStatus{Key: r.Key, PerSecond: r.PerSecond, Blocked: domaincheck.At(r.Blocked), Sites: r.Waiting, Note: domaincheck.Text(r.Note)})
	}
	for _, h := range a.teller.get().Health() {
		out.Channels = append(out.Channels, web.ChannelStatus{Channel: h.Channel, Failing: h.Failing, Code: domaincheck.Text(h.Code), Message: domaincheck.Text(h.Message), Last: h.Last})
	}
	if b := s.Blind; b != nil {
		out.Blind = append(out.Blind, web.BlindnessState{Part: string(b.Part), Since: domaincheck.At(b.Since)})
	}
	a.mu.Lock()
	reload, inventory := a.reload, a.inventory
	a.mu.Unlock()
	if !reload.at.IsZero() || inventory != nil {
		out.Reload = reloadStatus(reload, inventory)
	}
	out.Problems = a.problems(ctx, s)
	return out
}

func reloadStatus(r reloaded, i *Inventory) *web.ReloadStatus {
	out := &web.ReloadStatus{At: domaincheck.At(r.at)}
	if r.err != nil {
		out.Error = errorOf(r.err)
	}
	if i != nil {
		if i.At.After(r.at) {
			out.At = domaincheck.At(i.At)
		}
		if out.Error == nil {
			out.Error = i.Err
		}
		for n, e := range i.Refused {
			if n == 100 {
				break
			}
			out.Refused = append(out.Refused, e)
		}
	}
	return out
}

// problems is what the operator should know, worst first.
func (a *App) problems(ctx context.Context, s scheduler.Status) domaincheck.List[web.ProblemStatus] {
	var all domaincheck.List[web.ProblemStatus]
	add := func(code string, since time.Time, format string, args ...any) {
		all = append(all, web.ProblemStatus{Code: code, Message: fmt.Sprintf(format, args...), Since: domaincheck.At(since)})
	}
	for _, err := range unjoined(a.Ready(ctx)) {
		e := errorOf(err)
		add(string(e.Code), time.Time{}, "%s", e.Message)
	}
	if b := s.Blind; b != nil {
		add("blind", b.Since, "nothing of the part %s can be seen: %d of %d looks", b.Part, b.Bad, b.Of)
	}
	for _, part := range slices.Sorted(maps.Keys(s.Parts)) {
		if p := s.Parts[part]; !p.Overrun.IsZero() {
			add("overrun", p.Overrun, "a sweep of %s takes %s, longer than its schedule of %s", part, p.LastSweep.Round(time.Second), p.Interval)
		}
	}
	for _, h := range a.teller.get().Health() {
		if !h.Failing.IsZero() {
			add("channel_failing", h.Failing.Time, "channel %s: %s %s", h.Channel, h.Code, h.Message)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := a.inventory; i != nil && i.Err != nil {
		add("inventory_refused", i.At, "%s", i.Err.Message)
	}
	if a.table.err != nil {
		add("table_refused", a.table.at, "%s: %s", a.table.err.Place, a.table.err.Message)
	}
	if a.reload.err != nil {
		add("settings_refused", a.reload.at, "%s", errorOf(a.reload.err).Message)
	}
	if len(a.reload.later) > 0 {
		add("restart_needed", a.reload.at, "these settings take effect after a restart: %s", strings.Join(a.reload.later, ", "))
	}
	if a.beat.err != nil {
		add("heartbeat_failing", a.beat.since, "%s", errorOf(a.beat.err).Message)
	}
	return all
}

// unjoined are the errors of errors.Join, one by one.
func unjoined(err error) []error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var coded *domaincheck.Error
		if !errors.As(err, &coded) || error(coded) != err {
			return many.Unwrap()
		}
	}
	return []error{err}
}
