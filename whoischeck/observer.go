package whoischeck

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	domaincheck "domaincheck"
)

// Dialer makes the connections; *netguard.Guard is one.
type Dialer interface {
	// DialContext connects to a host that a stranger named: resolved, vetted,
	// that very address dialled.
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
	// DialTrusted connects to a host that the user or our own table named.
	DialTrusted(ctx context.Context, network, address string) (net.Conn, error)
}

// Options of an [Observer]. Only Dialer is needed; without Services or an
// override a suffix cannot be asked.
type Options struct {
	Dialer Dialer

	// Services gives the WHOIS host (with or without port) and the RDAP base
	// of a top-level domain, "" where there is none.
	Services func(tld string) (whoisHost, rdapBase string)

	// Servers overrides the WHOIS server of a suffix ("cn", "com.cn", "*" for
	// all; the longest wins): host[:port]. It holds for referrals too: a
	// registrar's server named in an answer is asked at the override, and not
	// at all if that was just asked.
	Servers map[string]string

	// RDAPBases overrides the RDAP base of a suffix in the same way; "" turns
	// RDAP off. It holds for links too, unless a link stays on the base's host.
	RDAPBases map[string]string

	// Mapped tells whether the user said where this host is (a connect-to
	// mapping that names it). A referral to such a host is followed there even
	// under an override. Nil: none is.
	Mapped func(host string, port uint16) bool

	// Resolve gives the addresses of a host, for pacing by address; nil is the
	// system's resolver. Its failure only means that pacing goes by name.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)

	Pacer   Pacer            // nil: a MemoryPacer with default limits
	Timeout time.Duration    // of one answer, dial to last byte; default 10 s
	Now     func() time.Time // default time.Now
	Roots   *x509.CertPool   // trusted by RDAP over TLS; nil: the system's
}

// Observer looks up registrations. It is safe for concurrent use.
type Observer struct {
	opt     Options
	keys    keyring
	trusted *http.Transport // for hosts that the user or our table named
	vetted  *http.Transport // for hosts that strangers named

	mu      sync.Mutex
	flights map[string]*flight
}

// New makes an observer.
func New(opt Options) *Observer {
	if opt.Dialer == nil {
		var d net.Dialer
		opt.Dialer = plainDialer{&d}
	}
	if opt.Pacer == nil {
		opt.Pacer = NewMemoryPacer(Limits{})
	}
	if opt.Timeout <= 0 {
		opt.Timeout = 10 * time.Second
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Resolve == nil {
		opt.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	o := &Observer{opt: opt, flights: map[string]*flight{}}
	o.trusted, o.vetted = transport(opt.Dialer.DialTrusted, opt.Roots), transport(opt.Dialer.DialContext, opt.Roots)
	return o
}

// plainDialer is used where no guard is given: it refuses strangers' hosts.
type plainDialer struct{ d *net.Dialer }

func (p plainDialer) DialTrusted(ctx context.Context, network, address string) (net.Conn, error) {
	return p.d.DialContext(ctx, network, address)
}

func (p plainDialer) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	return nil, domaincheck.Errorf(domaincheck.CodeForbidden, address, "no guard to vet the host with")
}

// flight is one look-up that several callers may wait for.
type flight struct {
	done    chan struct{}
	result  *domaincheck.Registration
	waiters int
	cancel  context.CancelFunc
}

// Look asks for the registration of a domain (a registrable name, A- or
// U-label). The result is never nil: its Outcome and Error tell what happened.
//
// Looks at the same domain that run at the same time are one question. Each
// caller waits under its own context; the question goes on while anyone waits.
func (o *Observer) Look(ctx context.Context, domain string) *domaincheck.Registration {
	domain = aLabel(domain)
	o.mu.Lock()
	f := o.flights[domain]
	if f == nil {
		// The question must outlive the caller who happens to be first, and it
		// is cancelled when the last one leaves.
		inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &flight{done: make(chan struct{}), cancel: cancel}
		o.flights[domain] = f
		go o.fly(inner, domain, f)
	}
	f.waiters++
	o.mu.Unlock()

	select {
	case <-f.done:
		o.leave(domain, f)
		return clone(f.result)
	case <-ctx.Done():
	}
	o.leave(domain, f)
	reg := &domaincheck.Registration{Domain: domaincheck.Text(domain)}
	reg.At = domaincheck.At(o.opt.Now())
	if ctx.Err() == context.DeadlineExceeded {
		return fail(reg, domaincheck.OutcomeTimeout, domaincheck.CodeTimeout, "no answer, or no turn to ask, within the time given")
	}
	return fail(reg, domaincheck.OutcomeFailed, domaincheck.CodeCancelled, "the look-up was given up")
}

// fly answers for a flight.
func (o *Observer) fly(ctx context.Context, domain string, f *flight) {
	f.result = o.look(ctx, domain)
	f.result.At = domaincheck.At(o.opt.Now())
	o.mu.Lock()
	if o.flights[domain] == f {
		delete(o.flights, domain)
	}
	o.mu.Unlock()
	close(f.done)
	f.cancel()
}

// leave takes a waiter off; the last one cancels the question and makes room
// for a new one.
func (o *Observer) leave(domain string, f *flight) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f.waiters--
	if f.waiters == 0 {
		f.cancel()
		if o.flights[domain] == f {
			delete(o.flights, domain)
		}
	}
}

// look asks RDAP first, then WHOIS where RDAP does not exist or said nothing
// conclusive.
func (o *Observer) look(ctx context.Context, domain string) *domaincheck.Registration {
	p := o.plan(domain)
	if p.base == "" && p.whois == "" {
		reg := &domaincheck.Registration{Domain: domaincheck.Text(domain)}
		return fail(reg, domaincheck.OutcomeFailed, domaincheck.CodeUnknownSuffix, "no RDAP base and no WHOIS server is known for ."+topLevel(domain))
	}
	var byRDAP *domaincheck.Registration
	if p.base != "" {
		byRDAP = o.registryRDAP(ctx, domain, p)
		if p.whois == "" || ctx.Err() != nil {
			return byRDAP
		}
		if byRDAP.Outcome == domaincheck.OutcomeAbsent {
			return o.secondVoice(ctx, domain, p, byRDAP)
		}
		if byRDAP.Outcome.Conclusive() {
			return byRDAP
		}
	}
	byWHOIS := o.registryWHOIS(ctx, domain, p)
	if byRDAP == nil || byWHOIS.Outcome.Conclusive() {
		if byRDAP != nil {
			byWHOIS.Raw = append(byRDAP.Raw, byWHOIS.Raw...)
		}
		return byWHOIS
	}
	worse, other := byRDAP, byWHOIS
	if byRDAP.Outcome != domaincheck.OutcomeRefused && byWHOIS.Outcome == domaincheck.OutcomeRefused {
		worse, other = byWHOIS, byRDAP
	}
	worse.Raw = append(worse.Raw, other.Raw...)
	for _, s := range other.Servers {
		worse.Servers = appendNew(worse.Servers, s)
	}
	return worse
}

// secondVoice asks WHOIS before an RDAP server's "not found" is believed: a 404
// is also what a wrong base answers, and a living domain called absent is the
// worst of false alarms. What WHOIS found counts; a WHOIS server that cannot
// tell takes nothing from what RDAP said.
func (o *Observer) secondVoice(ctx context.Context, domain string, p plan, absent *domaincheck.Registration) *domaincheck.Registration {
	byWHOIS := o.registryWHOIS(ctx, domain, p)
	if byWHOIS.Outcome == domaincheck.OutcomeOK || byWHOIS.Outcome == domaincheck.OutcomeReserved {
		byWHOIS.Raw = append(absent.Raw, byWHOIS.Raw...)
		return byWHOIS
	}
	if byWHOIS.Outcome == domaincheck.OutcomeAbsent {
		absent.Source = "both"
		for _, s := range byWHOIS.Servers {
			absent.Servers = appendNew(absent.Servers, s)
		}
	}
	absent.Raw = append(absent.Raw, byWHOIS.Raw...)
	return absent
}

// plan is where a domain is asked.
type plan struct {
	base, whois        string
	ownBase, ownServer bool // named by the user's overrides
}

func (o *Observer) plan(domain string) plan {
	var p plan
	if o.opt.Services != nil {
		p.whois, p.base = o.opt.Services(topLevel(domain))
	}
	if v, ok := bySuffix(o.opt.RDAPBases, domain); ok {
		p.base, p.ownBase = v, true
	}
	if v, ok := bySuffix(o.opt.Servers, domain); ok {
		p.whois, p.ownServer = v, true
	}
	if p.whois != "" {
		p.whois = withPort(p.whois, "43")
	}
	return p
}

// bySuffix finds the entry of the longest suffix of the domain, "*" last.
func bySuffix(m map[string]string, domain string) (string, bool) {
	if len(m) == 0 {
		return "", false
	}
	for s := domain; s != ""; {
		if v, ok := m[s]; ok {
			return v, true
		}
		for k, v := range m { // U-labels and upper case in the user's keys
			if k != "*" && aLabel(k) == s {
				return v, true
			}
		}
		_, s, _ = strings.Cut(s, ".")
	}
	v, ok := m["*"]
	return v, ok
}

// withPort completes host[:port].
func withPort(host, port string) string {
	host = strings.TrimSpace(host)
	if _, _, err := net.SplitHostPort(host); err == nil {
		return strings.ToLower(host)
	}
	return net.JoinHostPort(strings.ToLower(strings.Trim(host, "[]")), port)
}

// clone gives every caller facts of his own.
func clone(r *domaincheck.Registration) *domaincheck.Registration {
	c := *r
	if r.Registrar != nil {
		v := *r.Registrar
		c.Registrar = &v
	}
	if r.Registrant != nil {
		v := *r.Registrant
		v.OtherNames = append(domaincheck.List[string](nil), v.OtherNames...)
		c.Registrant = &v
	}
	if r.Error != nil {
		v := *r.Error
		c.Error = &v
	}
	c.Servers = append(domaincheck.List[string](nil), r.Servers...)
	c.Statuses = append(domaincheck.List[string](nil), r.Statuses...)
	c.Nameservers = append(domaincheck.List[string](nil), r.Nameservers...)
	if r.Provenance != nil {
		c.Provenance = make(map[string]string, len(r.Provenance))
		for k, v := range r.Provenance {
			c.Provenance[k] = v
		}
	}
	c.Raw = append([]domaincheck.Raw(nil), r.Raw...)
	return &c
}

// keyring gives the pacing key of a server: one of its addresses, the same for
// all hosts that share any address.
type keyring struct {
	mu     sync.Mutex
	hosts  map[string]keyed
	byAddr map[string]string
	deaf   time.Time // until then the resolver, which was silent, is not asked
}

type keyed struct {
	key   string
	until time.Time
}

// key resolves host:port at most every ten minutes. left is what of the time of
// one answer is left for asking: a resolver that is silent takes half of it,
// once, for the connection will hardly fare better.
func (o *Observer) key(ctx context.Context, hostport string) (key string, left time.Duration) {
	now := time.Now()
	o.keys.mu.Lock()
	k, ok := o.keys.hosts[hostport]
	deaf := now.Before(o.keys.deaf)
	o.keys.mu.Unlock()
	if ok && now.Before(k.until) {
		return k.key, o.opt.Timeout
	}
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport, o.opt.Timeout
	}
	var addrs []netip.Addr
	left = o.opt.Timeout
	if a, err := netip.ParseAddr(host); err == nil {
		addrs = []netip.Addr{a}
	} else if !o.mapped(host, port) { // a mapped host may exist for the user alone
		if deaf {
			return hostport, left / 2
		}
		rctx, cancel := context.WithTimeout(ctx, min(left/2, 3*time.Second))
		addrs, err = o.opt.Resolve(rctx, host)
		if err != nil && errors.Is(rctx.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
			o.keys.silent(time.Now().Add(o.opt.Timeout))
		}
		cancel()
		left -= min(time.Since(now), left/2)
	}
	key = o.keys.join(hostport, port, addrs, now)
	if n, ok := o.opt.Pacer.(interface{ Name(key, hostport string) }); ok {
		n.Name(key, hostport)
	}
	return key, left
}

// silent notes that the resolver did not answer.
func (k *keyring) silent(until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.deaf = until
}

// join finds the key under which one of the addresses is known, or makes one.
func (k *keyring) join(hostport, port string, addrs []netip.Addr, now time.Time) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.hosts == nil || len(k.hosts) > maxBuckets {
		k.hosts, k.byAddr = map[string]keyed{}, map[string]string{}
	}
	key := ""
	var least netip.Addr
	for _, a := range addrs {
		a = a.Unmap().WithZone("")
		if known, ok := k.byAddr[net.JoinHostPort(a.String(), port)]; ok {
			key = known
			break
		}
		if !least.IsValid() || a.Less(least) {
			least = a
		}
	}
	switch {
	case key != "":
	case least.IsValid():
		key = net.JoinHostPort(least.String(), port)
	default:
		key = hostport
	}
	for _, a := range addrs {
		k.byAddr[net.JoinHostPort(a.Unmap().WithZone("").String(), port)] = key
	}
	until := now.Add(10 * time.Minute)
	if now.Before(k.deaf) {
		until = k.deaf
	}
	k.hosts[hostport] = keyed{key, until}
	return key
}
