package sitecheck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/netguard"
)

// What is wrong with a certificate, in TLS.Error, comma-separated where there
// is more than one.
const (
	tlsExpired     = "expired"
	tlsNotYet      = "not_yet_valid"
	tlsWrongName   = "wrong_name"
	tlsSelfSigned  = "self_signed"
	tlsUntrusted   = "unknown_issuer" // also a chain sent incomplete
	tlsUnfit       = "unfit"          // not for servers, or a broken rule of RFC 5280
	tlsNoHandshake = "handshake_failed"
	tlsReset       = "reset_after_client_hello"
	tlsNoRoots     = "no_trusted_roots" // this machine has none: soundness is not known
)

// clientTLS is the configuration that all handshakes share. Certificates are
// not refused but judged afterwards; old versions and suites are spoken,
// because the point is to see what is there. The key shares are those that
// every server knows: nothing secret is said, the post-quantum one costs more
// than the page's parsing, and its ClientHello of two packets is lost in old
// middleboxes.
func clientTLS() *tls.Config {
	c := &tls.Config{
		InsecureSkipVerify: true, // judged by certificateFacts
		MinVersion:         tls.VersionTLS10,
		NextProtos:         []string{"http/1.1"},
		CurvePreferences:   []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
	}
	for _, s := range tls.CipherSuites() {
		c.CipherSuites = append(c.CipherSuites, s.ID)
	}
	for _, s := range tls.InsecureCipherSuites() {
		if !strings.Contains(s.Name, "RC4") {
			c.CipherSuites = append(c.CipherSuites, s.ID)
		}
	}
	return c
}

// rootless tells whether there is no root at all to verify against: neither of
// the user's, nor of the system. The system's are read when the first
// certificate is looked at: a process is not kept waiting for them at its start.
func rootless(extra *x509.CertPool) func() bool {
	return sync.OnceValue(func() bool {
		if extra != nil {
			return false
		}
		system, err := x509.SystemCertPool()
		return err != nil || system.Equal(x509.NewCertPool())
	})
}

// handshake speaks TLS with server name host and remembers the certificate's
// facts for that host.
func (l *look) handshake(ctx context.Context, w *wire, host string) (*tls.Conn, error) {
	cfg := l.o.tls.Clone()
	cfg.ServerName = host
	tc := tls.Client(w, cfg)
	if err := l.deadline(ctx, w, l.o.opt.TLS); err != nil {
		return nil, err
	}
	err := tc.HandshakeContext(ctx)
	if err == nil {
		l.remember(host, l.o.certificateFacts(tc.ConnectionState(), host))
		return tc, nil
	}
	place := "https://" + host
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &record):
		return nil, domaincheck.Errorf(domaincheck.CodeMalformed, place, "no TLS is spoken there: %w", err)
	case netguard.Reset(err) && w.got == 0:
		l.remember(host, &domaincheck.TLS{Error: tlsReset}) // no certificate was seen: nothing is known of it
		return nil, &domaincheck.Error{Code: domaincheck.CodeTLSReset, Message: "connection reset after the TLS ClientHello",
			Place: domaincheck.Text(place), Err: netguard.Classify(ctx, place, err)}
	}
	coded := netguard.Classify(ctx, place, err)
	if !errors.Is(coded, domaincheck.CodeTimeout) && !errors.Is(coded, domaincheck.CodeCancelled) {
		facts := &domaincheck.TLS{Error: tlsNoHandshake}
		if w.got > 0 { // the server answered, and not with a certificate
			facts.OK = domaincheck.Known(false)
		}
		l.remember(host, facts)
	}
	if errors.Is(err, io.EOF) && w.got == 0 {
		return nil, &domaincheck.Error{Code: domaincheck.CodeNetwork, Message: "connection closed after the TLS ClientHello", Place: domaincheck.Text(place), Err: err}
	}
	return nil, coded
}

func (l *look) remember(host string, t *domaincheck.TLS) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tls[host] = t
}

func (l *look) certificate(host string) *domaincheck.TLS {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tls[host]
}

// certificateFacts judges chain, name and term apart, so that an expired
// certificate of a known issuer is not called untrusted.
func (o *Observer) certificateFacts(state tls.ConnectionState, host string) *domaincheck.TLS {
	certs := state.PeerCertificates
	if len(certs) == 0 {
		return &domaincheck.TLS{OK: domaincheck.Known(false), Error: tlsNoHandshake}
	}
	leaf, now := certs[0], o.opt.Now()
	facts := &domaincheck.TLS{Expires: domaincheck.At(leaf.NotAfter)}
	var faults []string
	switch {
	case now.After(leaf.NotAfter):
		faults = append(faults, tlsExpired)
		now = leaf.NotAfter.Add(-time.Second)
	case now.Before(leaf.NotBefore):
		faults = append(faults, tlsNotYet)
		now = leaf.NotBefore.Add(time.Second)
	}
	if leaf.VerifyHostname(host) != nil {
		faults = append(faults, tlsWrongName)
	}
	switch fault := o.chainFault(certs, now); {
	case fault == "", slices.Contains(faults, fault):
	case fault == tlsUntrusted && o.rootless():
		if len(faults) == 0 {
			facts.Error = tlsNoRoots
			return facts
		}
	default:
		faults = append(faults, fault)
	}
	facts.OK = domaincheck.Known(len(faults) == 0)
	facts.Error = domaincheck.Text(strings.Join(faults, ","))
	return facts
}

// chainFault is what is wrong with the chain at a moment within the leaf's
// term; empty if it leads to a trusted root.
func (o *Observer) chainFault(certs []*x509.Certificate, now time.Time) string {
	certs = certs[:min(len(certs), 10)]
	key := chainKey(certs)
	if o.verified.good(key, now) {
		return ""
	}
	opts := x509.VerifyOptions{CurrentTime: now}
	if len(certs) > 1 {
		opts.Intermediates = x509.NewCertPool()
		for _, c := range certs[1:] {
			opts.Intermediates.AddCert(c)
		}
	}
	ways, err := certs[0].Verify(opts)
	if err != nil && o.opt.Roots != nil { // pools cannot be joined: the user's are tried second
		opts.Roots = o.opt.Roots
		ways, err = certs[0].Verify(opts)
	}
	if err == nil {
		o.verified.remember(key, ways)
		return ""
	}
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case selfSigned(certs[0]):
		return tlsSelfSigned
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return tlsExpired // an issuer's, the leaf's own term was taken care of
	case errors.As(err, &invalid):
		return tlsUnfit
	case errors.As(err, &unknown):
		return tlsUntrusted
	}
	return tlsUntrusted
}

func selfSigned(c *x509.Certificate) bool {
	return slices.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// probeWait bounds the handshake that only asks for the certificate.
const probeWait = 3 * time.Second

// probing is a question for a host's certificate, asked beside the reading of
// its page over http.
type probing struct {
	host      string
	cancel    context.CancelFunc
	connected chan struct{}            // closed when a TCP connection stands
	done      chan struct{}            // closed at the end
	attempt   *domaincheck.PageAttempt // once done: a cut after the ClientHello, or silence
}

// Patience with the https port once the page itself was read: with a
// connection, which a filtered port does not give, and with a handshake.
const (
	probeGrace = 50 * time.Millisecond
	probeFloor = time.Second
)

// ask begins to ask host; whoever begins it calls answer or stop.
func (l *look) ask(ctx context.Context, host string) *probing {
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	p := &probing{host: host, cancel: cancel, connected: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.attempt = l.probe(ctx, host, func() { close(p.connected) })
	}()
	return p
}

// stop ends the question, if there is one.
func (p *probing) stop() {
	if p != nil {
		p.cancel()
		<-p.done
	}
}

// answer waits for the end, but not for a port that is silent: took is what the
// page took, and a connection gets no more than that once more, and a little.
// What did not answer by then is an attempt that ran out of time: whether the
// site has https is not known.
func (p *probing) answer(took time.Duration) *domaincheck.PageAttempt {
	defer p.stop()
	grace := time.NewTimer(probeGrace + took)
	defer grace.Stop()
	select {
	case <-p.connected:
	case <-p.done:
	case <-grace.C:
		return p.late("no connection while the page was read over http")
	}
	handshake := time.NewTimer(max(probeFloor, 2*took))
	defer handshake.Stop()
	select {
	case <-p.done:
		return p.attempt
	case <-handshake.C:
		return p.late("no end of the TLS handshake")
	}
}

// late is the attempt that ran out of time.
func (p *probing) late(why string) *domaincheck.PageAttempt {
	place := httpsURL(p.host).String()
	return &domaincheck.PageAttempt{
		URL: place, Outcome: domaincheck.OutcomeTimeout, Error: domaincheck.Errorf(domaincheck.CodeTimeout, place, "%s", why),
	}
}

// httpsURL is the front page of a host over https.
func httpsURL(host string) *url.URL {
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is6() {
		host = "[" + host + "]"
	}
	return &url.URL{Scheme: "https", Host: host, Path: "/"}
}

// probe asks the https port of a host for its certificate, where the page
// itself came over http. Only a cut after the ClientHello and silence are told
// as an attempt: a site without https has no fault in that. connected is told
// when a TCP connection stands.
func (l *look) probe(ctx context.Context, host string, connected func()) *domaincheck.PageAttempt {
	a, u := &answer{}, httpsURL(host)
	conn, _, err := l.connect(ctx, u, a, func(stage int) {
		if stage == 0 {
			connected()
		}
	})
	if err == nil {
		conn.Close()
		return nil
	}
	if a.attempt.Outcome = outcomeOf(err); a.attempt.Outcome != domaincheck.OutcomeTimeout {
		if !errors.Is(err, domaincheck.CodeTLSReset) {
			return nil
		}
		a.attempt.Outcome = domaincheck.OutcomeFailed
	}
	a.attempt.URL = u.String()
	a.attempt.Error = domaincheck.AsError(err, domaincheck.CodeTLSReset, u.String())
	return &a.attempt
}
