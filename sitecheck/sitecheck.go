package sitecheck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/idna"

	"domaincheck"
	"domaincheck/netguard"
)

// Limits of one look.
const (
	DefaultMaxBytes  = 2 << 20  // of a page, decompressed
	DefaultMaxHeader = 64 << 10 // of an answer's header
	MaxRedirects     = 10       // of one chain
	maxHosts         = 16       // further hosts looked at
	maxFrames        = 4        // frames of one page
)

// Options of an [Observer]. The zero value looks at the real internet without
// a browser's help where none is installed.
type Options struct {
	// Guard makes every connection; nil is one with the system's resolver. Its
	// ports are replaced by 80, 443 and Ports.
	Guard *netguard.Guard
	// Ports that the user's settings name beside 80 and 443. The port of a
	// home page the user names is good for that look.
	Ports []uint16

	// Timeout is the default of the four phases; 10 s if zero.
	Timeout time.Duration
	// Connect bounds resolution and connection; TLS the handshake; Header the
	// time from the request to the end of the header; Body the reading of it.
	Connect, TLS, Header, Body time.Duration
	// Total bounds a whole look without rendering; default 3 × Timeout.
	Total time.Duration

	MaxBytes  int64 // of a page after decompression; default 2 MiB
	MaxHeader int64 // default 64 KiB

	// Roots are trusted beside the system's.
	Roots *x509.CertPool
	// NoTLSProbe leaves out the handshake that tells the certificate's state
	// where the page itself was read over http.
	NoTLSProbe bool
	// KeepRaw keeps the answer that was judged in HomePage.Raw.
	KeepRaw bool
	// UserAgent of the requests.
	UserAgent string
	// Now is the clock; default time.Now.
	Now func() time.Time

	// Browser is auto, off, or the path of a Chromium; default auto.
	Browser string
	// BrowserNoSandbox lets the browser run without its own sandbox where the
	// system gives it none. It is never run as root, with or without.
	BrowserNoSandbox bool
	// BrowserUser is the user the browser runs as where we are root; default
	// nobody.
	BrowserUser string
	// Render bounds the rendering of one page; default 15 s.
	Render time.Duration
	// Logger tells why the browser cannot be used; default discards.
	Logger *slog.Logger

	Parse ParseOptions // defaults for the parser: signs, charset
}

// Target is what to look at.
type Target struct {
	Domain string   // A-label or address
	Hosts  []string // hosts asked for: "@", "www", a label, or a full name; "@" and "www" are looked at anyway
	Home   string   // URL of the home page, if the user named one
}

// Observer looks at pages. It is safe for concurrent use; Close ends its
// browser.
type Observer struct {
	opt      Options
	guard    *netguard.Guard
	rootless func() bool
	tls      *tls.Config
	browser  *browser

	verified verified
}

// New makes an observer. An unknown Browser that is neither auto, off nor a
// path that can be run is an error of code bad_settings.
func New(opt Options) (*Observer, error) {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&opt.Timeout, 10*time.Second)
	for _, d := range []*time.Duration{&opt.Connect, &opt.TLS, &opt.Header, &opt.Body} {
		def(d, opt.Timeout)
	}
	def(&opt.Total, 3*opt.Timeout)
	def(&opt.Render, 15*time.Second)
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = DefaultMaxBytes
	}
	if opt.MaxHeader <= 0 {
		opt.MaxHeader = DefaultMaxHeader
	}
	if opt.UserAgent == "" {
		opt.UserAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 domaincheck"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Guard == nil {
		opt.Guard = netguard.New(netguard.Options{})
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if strings.ContainsAny(opt.UserAgent, "\r\n") {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "user_agent", "a user agent is one line")
	}
	o := &Observer{opt: opt, tls: clientTLS()}
	o.guard = opt.Guard.WithPorts(append([]uint16{80, 443}, opt.Ports...)...).WithTimeout(opt.Connect).SpeakFirst()
	o.rootless = rootless(opt.Roots)
	b, err := newBrowser(opt)
	if err != nil {
		return nil, err
	}
	o.browser = b
	return o, nil
}

// Close ends the browser, if one was started, with all its processes.
func (o *Observer) Close() error { return o.browser.Close() }

// BrowserState tells whether pages can be rendered, and if not, why not.
func (o *Observer) BrowserState() (available bool, why string) { return o.browser.state() }

// Look takes one look. It never returns nil: outcome and error are inside. A
// cancelled context gives outcome timeout with an error of code cancelled.
func (o *Observer) Look(ctx context.Context, t Target) *domaincheck.HomePage {
	whole := ctx // rendering has a bound of its own
	ctx, cancel := context.WithTimeout(whole, o.opt.Total)
	defer cancel()
	l := &look{o: o, guard: o.guardFor(t).Remember(), tls: map[string]*domaincheck.TLS{}}
	candidates, err := l.candidates(t)
	if err != nil {
		e := domaincheck.AsError(err, domaincheck.CodeBadInput, t.Domain)
		return &domaincheck.HomePage{Look: domaincheck.Look{Outcome: domaincheck.OutcomeMalformed, Error: e, At: domaincheck.At(o.opt.Now())}}
	}
	hosts := l.furtherHosts(t)
	others := make([]*domaincheck.HomePage, len(hosts))
	var work sync.WaitGroup
	for i, host := range hosts {
		work.Go(func() { others[i] = l.best(ctx, whole, schemes(host)) })
	}
	page := l.best(ctx, whole, candidates)
	work.Wait()
	for _, other := range others {
		if page.Outcome == domaincheck.OutcomeAbsent && other.Outcome != domaincheck.OutcomeAbsent {
			page = merge(other, page) // only a sub-domain lives
			continue
		}
		page.Others = append(page.Others, other)
	}
	return page
}

// guardFor admits the port of a home page that the user named.
func (o *Observer) guardFor(t Target) *netguard.Guard {
	u, err := url.Parse(t.Home)
	if err != nil || u.Port() == "" {
		return o.guard
	}
	p, err := netip.ParseAddrPort("0.0.0.0:" + u.Port())
	if err != nil || o.guard.AllowsPort(p.Port()) {
		return o.guard
	}
	return o.guard.WithPorts(append([]uint16{80, 443, p.Port()}, o.opt.Ports...)...)
}

// candidates are the pages to try, in a visitor's order.
func (l *look) candidates(t Target) ([]string, error) {
	var out []string
	if t.Home != "" {
		home := t.Home
		if !strings.Contains(home, "://") {
			home = "http://" + home
		}
		u, err := parseURL(nil, home)
		if err != nil {
			return nil, err
		}
		out = append(out, u.String())
	}
	host := hostOf("@", t.Domain)
	if host == "" {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, t.Domain, "no domain")
	}
	out = append(out, schemes(host)...)
	if _, err := netip.ParseAddr(host); err != nil && !strings.HasPrefix(host, "www.") {
		out = append(out, schemes("www."+host)...)
	}
	distinct := out[:0]
	for _, u := range out {
		if !slices.Contains(distinct, u) {
			distinct = append(distinct, u)
		}
	}
	return distinct, nil
}

// aLabels is a host name in A-labels; what cannot be one stays as it is.
func aLabels(host string) string {
	if isPlainHost(host) {
		return host
	}
	if a, err := idna.Lookup.ToASCII(host); err == nil {
		return a
	}
	return host
}

// isPlainHost tells of names that are in A-labels already: lower-case letters,
// digits, dots and hyphens, and no label with a prefix.
func isPlainHost(host string) bool {
	for i := range len(host) {
		if c := host[i]; !(isLower(c) || '0' <= c && c <= '9' || c == '.' || c == '-') {
			return false
		}
	}
	return !strings.Contains(host, "--")
}

func schemes(host string) []string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return []string{"http://" + host + "/", "https://" + host + "/"}
}

// furtherHosts are the hosts asked for beside @ and www.
func (l *look) furtherHosts(t Target) []string {
	domain := hostOf("@", t.Domain)
	var out []string
	for _, h := range t.Hosts {
		h = hostOf(h, domain)
		if h == "" || h == domain || h == "www."+domain || slices.Contains(out, h) || len(out) >= maxHosts {
			continue
		}
		out = append(out, h)
	}
	return out
}

// hostOf is the full name of a host of a domain: "@" is the domain itself, a
// label or a relative name stands below it. A wildcard is no host.
func hostOf(h, domain string) string {
	h = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(h), "."))
	domain = strings.ToLower(strings.TrimSuffix(strings.Trim(domain, "[] "), "."))
	if h != "@" {
		h = aLabels(h)
	}
	domain = aLabels(domain)
	switch {
	case h == "@" || h == "" || h == domain:
		return domain
	case strings.HasPrefix(h, "*"):
		return ""
	case net.ParseIP(h) != nil || strings.HasSuffix(h, "."+domain):
		return h
	}
	return h + "." + domain
}
