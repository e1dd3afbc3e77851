package dnscheck

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
)

// upstream is one resolver, or a name server that is asked as often, with its
// sockets.
type upstream struct {
	address string
	opts    *Options
	slots   chan struct{} // one for each question in flight
	sharing

	mu   sync.Mutex
	open []*socket
}

// sharing is how questions to one server share sockets.
type sharing struct {
	sockets    int           // how many
	batch      int           // datagrams per system call
	idle, life time.Duration // of a socket
}

func newUpstream(address string, opts *Options, s sharing) *upstream {
	return &upstream{address: address, opts: opts, slots: make(chan struct{}, opts.InFlight), sharing: s, open: make([]*socket, s.sockets)}
}

// quiet tells whether all sockets are closed: nobody asks any more.
func (u *upstream) quiet() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return !slices.ContainsFunc(u.open, func(s *socket) bool { return s != nil && !s.isClosed() })
}

func (u *upstream) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i, s := range u.open {
		if s != nil {
			s.close()
			u.open[i] = nil
		}
	}
}

// socket picks one of the sockets at random, opening or replacing it if needed.
// A replaced socket closes itself once its last call has ended.
func (u *upstream) socket(ctx context.Context) (*socket, error) {
	i := rand.IntN(len(u.open))
	now := time.Now()
	u.mu.Lock()
	s := u.open[i]
	u.mu.Unlock()
	if s != nil && now.Sub(s.born) < u.life && !s.isClosed() {
		return s, nil
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", u.address)
	if err != nil {
		return nil, err
	}
	fresh := newSocket(conn.(*net.UDPConn), now, u.idle, u.batch)
	u.mu.Lock()
	defer u.mu.Unlock()
	if other := u.open[i]; other != s && other != nil {
		fresh.close() // somebody was faster
		return other, nil
	}
	u.open[i] = fresh
	return fresh, nil
}

// exchange asks the resolver one question: over UDP, repeated Options.Retries
// times within Options.Timeout, over TCP if the answer is truncated, without
// EDNS if the server cannot read that. It gives the message, or why there is
// none. With patience > 0 it gives up after that time, with a time-out.
func (u *upstream) exchange(ctx context.Context, name string, qtype uint16, patience time.Duration) (*dns.Msg, *domaincheck.Error) {
	select {
	case u.slots <- struct{}{}:
	default:
		select {
		case u.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, contextError(ctx, u.address)
		}
	}
	defer func() { <-u.slots }()
	f := flags{recursion: true, edns: true, subnet: u.opts.ClientSubnet}
	msg, err := u.overUDP(ctx, name, qtype, f, patience)
	if err == nil && f.edns && refusesEDNS(msg) {
		msg, err = u.overUDP(ctx, name, qtype, flags{recursion: true}, patience)
	}
	if err == nil && msg.Truncated {
		return overTCP(ctx, tcpTarget{address: u.address, timeout: u.opts.Timeout}, name, qtype, f)
	}
	return msg, err
}

// refusesEDNS tells whether the server could not read a query with an OPT
// record (RFC 6891 §7).
func refusesEDNS(m *dns.Msg) bool {
	return m.Rcode == dns.RcodeFormatError || m.Rcode == dns.RcodeBadVers || m.Rcode == dns.RcodeNotImplemented
}

// overUDP asks over one of the shared sockets. A truncated answer comes back
// with nothing but its header.
func (u *upstream) overUDP(ctx context.Context, name string, qtype uint16, f flags, patience time.Duration) (*dns.Msg, *domaincheck.Error) {
	c, err := newCall(name, qtype, f)
	if err != nil {
		return nil, domaincheck.AsError(err, domaincheck.CodeBadInput, name)
	}
	defer c.release()
	wait := u.opts.Timeout / time.Duration(u.opts.Retries+1)
	tries := u.opts.Retries + 1
	if patience > 0 {
		wait, tries = patience, 1
	}
	for refusals := 0; ; {
		s, err := u.socket(ctx)
		if err == nil {
			err = s.send(c)
		}
		if err == nil {
			err = c.wait(ctx, s, wait, tries)
		}
		switch {
		case err == nil:
			return parse(c.reply, u.address)
		case errors.Is(err, errUnanswered):
			return nil, c.unanswered(u.address)
		case ctx.Err() != nil:
			return nil, contextError(ctx, u.address)
		}
		// A socket that closed under us, or a refusal that may have spoken of an
		// earlier question: once more.
		if refusals++; refusals > 2 {
			return nil, networkError(err, u.address)
		}
		c.err = nil
	}
}

// errUnanswered ends a wait in which no answer came.
var errUnanswered = errors.New("no answer in time")

// wait waits for the answer, repeating the question after each interval. The
// socket has forgotten the call when it returns.
func (c *call) wait(ctx context.Context, s *socket, interval time.Duration, tries int) error {
	c.timer.Reset(interval)
	for {
		select {
		case <-c.done:
			return c.err
		case <-ctx.Done():
			s.cancel(c)
			return context.Cause(ctx)
		case <-c.timer.C:
			if tries--; tries <= 0 {
				s.cancel(c)
				return errUnanswered
			}
			s.resend(c)
			c.timer.Reset(interval)
		}
	}
}

// unanswered tells silence from a server that answers other questions.
func (c *call) unanswered(server string) *domaincheck.Error {
	if c.strange {
		return domaincheck.Errorf(domaincheck.CodeMalformed, server, "what came is no answer to the question")
	}
	return domaincheck.Errorf(domaincheck.CodeTimeout, server, "no answer in time")
}

// parse reads a matched reply. Of a truncated one only the header is read.
func parse(reply []byte, server string) (*dns.Msg, *domaincheck.Error) {
	m := new(dns.Msg)
	if truncated(reply) {
		m.Truncated = true
		m.Rcode = int(reply[3] & 0x0f)
		return m, nil
	}
	if err := m.Unpack(reply); err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeMalformed, server, "an answer that cannot be read: %w", err)
	}
	// The library stops silently where a message ends between two records.
	for i, have := range [...]int{len(m.Answer), len(m.Ns), len(m.Extra)} {
		if said := int(binary.BigEndian.Uint16(reply[6+2*i:])); have != said {
			return nil, domaincheck.Errorf(domaincheck.CodeMalformed, server, "an answer with %d records where it says %d", have, said)
		}
	}
	return m, nil
}

// tcpTarget is whom to ask over TCP.
type tcpTarget struct {
	address string
	timeout time.Duration
}

// overTCP asks one question over a connection of its own.
func overTCP(ctx context.Context, t tcpTarget, name string, qtype uint16, f flags) (*dns.Msg, *domaincheck.Error) {
	c, err := newCall(name, qtype, f)
	if err != nil {
		return nil, domaincheck.AsError(err, domaincheck.CodeBadInput, name)
	}
	defer c.release()
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", t.address)
	if err != nil {
		return nil, dialError(ctx, err, t.address)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	id := uint16(rand.Uint32())
	c.packed[0], c.packed[1] = byte(id>>8), byte(id)
	wire := &dns.Conn{Conn: conn}
	if _, err := wire.Write(c.packed); err != nil {
		return nil, dialError(ctx, err, t.address)
	}
	room := make([]byte, dns.MaxMsgSize)
	n, err := wire.Read(room)
	if err != nil {
		return nil, dialError(ctx, err, t.address)
	}
	reply := room[:n]
	if n < headerSize || reply[0] != c.packed[0] || reply[1] != c.packed[1] || match(reply, c.question) == foreign {
		return nil, domaincheck.Errorf(domaincheck.CodeMalformed, t.address, "an answer to another question came over TCP")
	}
	reply[2] &^= 0x02 // over TCP there is no further resort: read what is there
	return parse(reply, t.address)
}

// dialError tells a time-out or the caller's end from other failures.
func dialError(ctx context.Context, err error, server string) *domaincheck.Error {
	if ctx.Err() != nil {
		return contextError(ctx, server)
	}
	return networkError(err, server)
}

// contextError is why the context ended: its deadline, or the caller.
func contextError(ctx context.Context, server string) *domaincheck.Error {
	err := context.Cause(ctx)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return domaincheck.Errorf(domaincheck.CodeTimeout, server, "no answer in time: %w", err)
	}
	return domaincheck.Errorf(domaincheck.CodeCancelled, server, "given up: %w", err)
}

// outcomeOfError is the outcome of a look that ended with the error.
func outcomeOfError(e *domaincheck.Error) domaincheck.Outcome {
	switch e.Code {
	case domaincheck.CodeTimeout:
		return domaincheck.OutcomeTimeout
	case domaincheck.CodeMalformed:
		return domaincheck.OutcomeMalformed
	case domaincheck.CodeRefused:
		return domaincheck.OutcomeRefused
	}
	return domaincheck.OutcomeFailed
}
