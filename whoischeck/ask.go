package whoischeck

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	domaincheck "domaincheck"

	"github.com/likexian/whois"
)

// registryWHOIS asks the registry and, where its answer names a registrar's
// server and holds no registrant, that one too.
func (o *Observer) registryWHOIS(ctx context.Context, domain string, p plan) *domaincheck.Registration {
	reg, referral := o.askWHOIS(ctx, domain, p.whois, true)
	if reg.Outcome != domaincheck.OutcomeOK || referral == "" || !thin(reg) || ctx.Err() != nil {
		return reg
	}
	target, ok := o.referral(referral, p)
	if !ok {
		return reg
	}
	more, _ := o.askWHOIS(ctx, domain, target, target == p.whois)
	merge(reg, more)
	return reg
}

// referral decides where a registrar's WHOIS server is asked: at the host
// named if it is a plain host on port 43, not the one just asked, and no
// override holds for the suffix (then the override would be asked, which was
// just done), unless the user mapped that very host.
func (o *Observer) referral(named string, p plan) (string, bool) {
	named = strings.ToLower(strings.TrimSpace(named))
	for _, scheme := range []string{"whois://", "rwhois://", "http://", "https://"} {
		named = strings.TrimPrefix(named, scheme)
	}
	named, _, _ = strings.Cut(named, "/")
	if named == "" || strings.ContainsAny(named, " \t@") {
		return "", false
	}
	target := withPort(named, "43")
	host, port, err := net.SplitHostPort(target)
	if err != nil || target == p.whois || !looksHost(host) && net.ParseIP(host) == nil {
		return "", false
	}
	if p.ownServer {
		return target, o.mapped(host, port)
	}
	return target, true
}

func (o *Observer) mapped(host, port string) bool {
	if o.opt.Mapped == nil {
		return false
	}
	var n uint16
	if _, err := fmt.Sscanf(port, "%d", &n); err != nil {
		return false
	}
	return o.opt.Mapped(host, n)
}

// askWHOIS asks one server and reads its answer. trusted servers are named by
// the user or our table, others by strangers.
func (o *Observer) askWHOIS(ctx context.Context, domain, server string, trusted bool) (*domaincheck.Registration, string) {
	reg := &domaincheck.Registration{Source: "whois", Servers: []string{server}, Domain: domaincheck.Text(domain)}
	key, left := o.key(ctx, server)
	if err := o.opt.Pacer.Wait(ctx, key); err != nil {
		return failed(reg, err, server), ""
	}
	at := domaincheck.At(o.opt.Now())
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	raw, err := o.query(ctx, domain, server, trusted)
	if len(raw) == 0 && err != nil {
		return failed(reg, err, server), ""
	}
	got := ParseWHOIS(domain, raw)
	got.Servers = []string{server}
	got.Raw = []domaincheck.Raw{{Kind: "whois", Source: server, At: at, Bytes: raw}}
	if got.Error != nil {
		got.Error.Place = domaincheck.Text(server)
	}
	if got.Outcome == domaincheck.OutcomeRefused {
		ref, _ := IsRefusal(repairText(domain, raw))
		ref.Phrase = got.Error.Message
		o.opt.Pacer.Learn(key, ref)
		tellWait(got, ref)
		return got, ""
	}
	if err != nil && !complete(got, err) { // the answer broke off
		raws := got.Raw
		failed(reg, err, server)
		reg.Raw = raws
		return reg, ""
	}
	o.opt.Pacer.Learn(key, Refusal{})
	stamp(got, "whois", server)
	return got, whoisReferral(domain, raw)
}

// tellWait adds to a refusal how long the server asks to wait, if it says so.
func tellWait(reg *domaincheck.Registration, ref Refusal) {
	if ref.Wait > 0 {
		reg.Error.Message += fmt.Sprintf("; it asks to wait %d s", int(ref.Wait.Round(time.Second)/time.Second))
	}
}

// complete tells whether an answer that ended in an error is whole all the
// same: many servers reset the connection behind a full record. Absence is
// never taken from a broken answer.
func complete(got *domaincheck.Registration, err error) bool {
	if errors.Is(err, domaincheck.CodeTooLarge) || errors.Is(err, domaincheck.CodeTimeout) || errors.Is(err, domaincheck.CodeCancelled) {
		return false
	}
	return got.Outcome == domaincheck.OutcomeOK && !got.Expires.IsZero() && !got.Created.IsZero() && len(got.Nameservers) > 0
}

// whoisReferral is the registrar's server that a record names.
func whoisReferral(domain string, raw []byte) string {
	if len(raw) > MaxWHOIS {
		return ""
	}
	r := read(domain, repairText(domain, raw))
	for _, obj := range r.matching(domain) {
		if obj.whoisServer != "" {
			return obj.whoisServer
		}
	}
	return ""
}

// query asks through likexian/whois: one question, no referral, no look-up at
// IANA (a server is always given), no statistics in the text. What the library
// lacks our connection adds: context, deadline, byte cap.
func (o *Observer) query(ctx context.Context, domain, server string, trusted bool) ([]byte, error) {
	d := &dialer{ctx: ctx, server: server, dial: o.opt.Dialer.DialContext}
	if trusted {
		d.dial = o.opt.Dialer.DialTrusted
	}
	c := whois.NewClient().SetDialer(d).SetTimeout(o.opt.Timeout).SetDisableStats(true).SetDisableReferral(true)
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, server, "no host[:port]: %w", err)
	}
	text, err := c.Whois(domain, host+":"+port)
	return []byte(text), d.classify(err)
}

// dialer is the library's way to our connections. It serves one question.
type dialer struct {
	ctx    context.Context
	server string
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	conn   *boundConn
}

// Dial implements proxy.Dialer; the address the library made is passed over
// for the one that was decided.
func (d *dialer) Dial(network, _ string) (net.Conn, error) {
	c, err := d.dial(d.ctx, network, d.server)
	if err != nil {
		return nil, err
	}
	deadline, _ := d.ctx.Deadline()
	if err := c.SetDeadline(deadline); err != nil {
		c.Close()
		return nil, err
	}
	b := &boundConn{Conn: c, left: MaxWHOIS}
	b.stop = context.AfterFunc(d.ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	d.conn = b
	return b, nil
}

// classify tells silence, too many bytes and a broken connection apart.
func (d *dialer) classify(err error) error {
	if err == nil {
		return nil
	}
	if d.conn != nil && d.conn.over {
		return domaincheck.Errorf(domaincheck.CodeTooLarge, d.server, "the answer is longer than %d bytes", MaxWHOIS)
	}
	return classify(d.ctx, d.server, err)
}

// classify gives a network error its code.
func classify(ctx context.Context, place string, err error) error {
	if e, ok := domaincheck.ErrorIn(err); ok {
		return e
	}
	var n net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return domaincheck.Errorf(domaincheck.CodeCancelled, place, "the look-up was given up: %w", err)
	case ctx.Err() != nil, errors.As(err, &n) && n.Timeout():
		return domaincheck.Errorf(domaincheck.CodeTimeout, place, "no full answer in time: %w", err)
	}
	return domaincheck.Errorf(domaincheck.CodeNetwork, place, "%w", err)
}

// boundConn reads at most so many bytes, and keeps the deadline of the context
// whatever the library sets.
type boundConn struct {
	net.Conn
	left int
	over bool
	stop func() bool
}

var errTooLong = errors.New("answer too long")

// Read implements net.Conn.
func (b *boundConn) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		if n, err := b.Conn.Read(one[:]); n == 0 {
			return 0, err // it ended exactly at the limit
		}
		b.over = true
		return 0, errTooLong
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	if err != nil && !errors.Is(err, io.EOF) {
		return n, err
	}
	return n, err
}

// SetDeadline and its kin keep the context's deadline.
func (b *boundConn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline keeps the context's deadline.
func (b *boundConn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline keeps the context's deadline.
func (b *boundConn) SetWriteDeadline(time.Time) error { return nil }

// Close implements net.Conn.
func (b *boundConn) Close() error {
	b.stop()
	return b.Conn.Close()
}

// failed writes an error and the outcome that its code means.
func failed(reg *domaincheck.Registration, err error, place string) *domaincheck.Registration {
	e := domaincheck.AsError(err, domaincheck.CodeNetwork, place)
	if e.Place == "" {
		c := *e
		c.Place = domaincheck.Text(place)
		e = &c
	}
	reg.Error = e
	switch e.Code {
	case domaincheck.CodeTimeout:
		reg.Outcome = domaincheck.OutcomeTimeout
	case domaincheck.CodeRefused:
		reg.Outcome = domaincheck.OutcomeRefused
	case domaincheck.CodeTooLarge, domaincheck.CodeMalformed:
		reg.Outcome = domaincheck.OutcomeMalformed
	default:
		reg.Outcome = domaincheck.OutcomeFailed
	}
	return reg
}
