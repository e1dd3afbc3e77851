package dnscheck

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
)

func ips(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

func TestResolve(t *testing.T) {
	chain := func(n int) (records []string) {
		for i := range n {
			records = append(records, fmt.Sprintf("c%d.example. 60 IN CNAME c%d.example.", i, i+1))
		}
		return append(records, fmt.Sprintf("c%d.example. 60 IN A 47.110.0.9", n))
	}
	long := []string{}
	for i := range 250 {
		long = append(long, fmt.Sprintf("big.example. 60 IN A 47.1.%d.%d", i/200, i%200))
	}
	tests := []struct {
		name    string
		ask     string
		qtype   uint16
		h       handler
		outcome domaincheck.Outcome
		rcode   string
		cname   []string
		ips     int
		loop    bool
		code    domaincheck.Code
	}{
		{name: "address", ask: "WWW.Example.", h: zoneOf(t, "www.example. 60 IN A 47.110.0.1"), outcome: "ok", rcode: "NOERROR", ips: 1},
		{name: "aaaa", ask: "www.example", qtype: dns.TypeAAAA, h: zoneOf(t, "www.example. 60 IN AAAA 2408::1"), outcome: "ok", rcode: "NOERROR", ips: 1},
		{name: "answer in other case", ask: "www.example", h: zoneOf(t, "wWw.eXample. 60 IN A 47.110.0.1"), outcome: "ok", rcode: "NOERROR", ips: 1},
		{name: "doubled address counts once", ask: "www.example", h: zoneOf(t, "www.example. 60 IN A 47.110.0.1", "www.example. 60 IN A 47.110.0.1"), outcome: "ok", rcode: "NOERROR", ips: 1},
		{name: "no such name", ask: "no.example", h: zoneOf(t, "www.example. 60 IN A 47.110.0.1"), outcome: "ok", rcode: "NXDOMAIN"},
		{name: "no such type", ask: "www.example", qtype: dns.TypeAAAA, h: zoneOf(t, "www.example. 60 IN A 47.110.0.1"), outcome: "ok", rcode: "NOERROR"},
		{name: "servfail", ask: "www.example", h: rcode(dns.RcodeServerFailure), outcome: "failed", rcode: "SERVFAIL", code: domaincheck.CodeNetwork},
		{name: "refused", ask: "www.example", h: rcode(dns.RcodeRefused), outcome: "refused", rcode: "REFUSED", code: domaincheck.CodeRefused},
		{name: "not implemented", ask: "www.example", h: rcode(dns.RcodeNotImplemented), outcome: "failed", rcode: "NOTIMP", code: domaincheck.CodeNetwork},
		{name: "silence", ask: "www.example", h: func(*dns.Msg) *dns.Msg { return nil }, outcome: "timeout", code: domaincheck.CodeTimeout},
		{name: "chain", ask: "c0.example", h: zoneOf(t, chain(2)...), outcome: "ok", rcode: "NOERROR", cname: []string{"c1.example", "c2.example"}, ips: 1},
		{name: "sixteen aliases", ask: "c0.example", h: zoneOf(t, chain(16)...), outcome: "ok", rcode: "NOERROR", cname: []string{"…16"}, ips: 1},
		{name: "seventeen aliases", ask: "c0.example", h: zoneOf(t, chain(17)...), outcome: "ok", rcode: "NOERROR", cname: []string{"…16"}, loop: true},
		{name: "loop", ask: "a.example", h: zoneOf(t, "a.example. 60 IN CNAME b.example.", "b.example. 60 IN CNAME a.example."), outcome: "ok", rcode: "NOERROR", cname: []string{"b.example"}, loop: true},
		{name: "alias of itself", ask: "a.example", h: zoneOf(t, "a.example. 60 IN CNAME a.example."), outcome: "ok", rcode: "NOERROR", loop: true},
		{name: "chain to nowhere", ask: "a.example", h: zoneOf(t, "a.example. 60 IN CNAME b.example."), outcome: "ok", rcode: "NXDOMAIN", cname: []string{"b.example"}},
		{name: "chain the resolver does not follow", ask: "c0.example", h: oneAtATime(zoneOf(t, chain(3)...)), outcome: "ok", rcode: "NOERROR", cname: []string{"c1.example", "c2.example", "c3.example"}, ips: 1},
		{name: "loop the resolver does not follow", ask: "a.example", h: oneAtATime(zoneOf(t, "a.example. 60 IN CNAME b.example.", "b.example. 60 IN CNAME a.example.")), outcome: "ok", rcode: "NOERROR", cname: []string{"b.example"}, loop: true},
		{name: "dname", ask: "www.old.example", h: answer(t, "old.example. 60 IN DNAME new.example.", "www.new.example. 60 IN A 47.110.0.3"), outcome: "ok", rcode: "NOERROR", cname: []string{"www.new.example"}, ips: 1},
		{name: "records outside the chain", ask: "www.example", h: answer(t, "www.example. 60 IN CNAME a.example.", "bank.example. 60 IN A 8.8.8.8", "a.example. 60 IN A 47.110.0.4", "b.example. 60 IN CNAME www.example."), outcome: "ok", rcode: "NOERROR", cname: []string{"a.example"}, ips: 1},
		{name: "record of another class", ask: "www.example", h: answer(t, "www.example. 60 CH A 8.8.8.8"), outcome: "ok", rcode: "NOERROR"},
		{name: "records of another name alone", ask: "www.example", h: answer(t, "bank.example. 60 IN A 8.8.8.8"), outcome: "malformed", code: domaincheck.CodeMalformed},
		{name: "truncated", ask: "big.example", h: zoneOf(t, long...), outcome: "ok", rcode: "NOERROR", ips: 250},
		{name: "cannot read EDNS", ask: "www.example", h: noEDNS(zoneOf(t, "www.example. 60 IN A 47.110.0.1")), outcome: "ok", rcode: "NOERROR", ips: 1},
		{name: "refusal without question", ask: "www.example", h: func(q *dns.Msg) *dns.Msg {
			m := new(dns.Msg).SetRcode(q, dns.RcodeRefused)
			m.Question = nil
			return m
		}, outcome: "refused", rcode: "REFUSED", code: domaincheck.CodeRefused},
		{name: "not a name", ask: strings.Repeat("x", 64) + ".example", h: rcode(dns.RcodeSuccess), outcome: "failed", code: domaincheck.CodeBadInput},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tt.h)
			if tt.qtype == 0 {
				tt.qtype = dns.TypeA
			}
			a := observer(t, Options{Resolvers: []string{s.address}}).Resolve(context10(t), tt.ask, tt.qtype)
			cname := a.CNAME
			if len(cname) > 3 {
				cname = []string{fmt.Sprintf("…%d", len(cname))}
			}
			if a.Outcome != tt.outcome || a.RCode != tt.rcode || !slices.Equal(cname, tt.cname) || len(a.Addresses) != tt.ips || a.Loop != tt.loop {
				t.Errorf("got %v loop=%v error=%v", a, a.Loop, a.Error)
			}
			if (a.Error != nil) != (tt.code != "") {
				t.Errorf("error %v, want code %q", a.Error, tt.code)
			} else if tt.code != "" {
				wantCode(t, a.Error, tt.code)
			}
			if tt.name == "truncated" && s.overTCP.Load() != 1 {
				t.Errorf("%d questions over TCP, want 1", s.overTCP.Load())
			}
		})
	}
}

// oneAtATime cuts an answer after its first record and leaves the rest out.
func oneAtATime(h handler) handler {
	return func(q *dns.Msg) *dns.Msg {
		m := h(q)
		if len(m.Answer) > 1 {
			m.Answer = m.Answer[:1]
		}
		if len(m.Answer) > 0 {
			m.Ns, m.Rcode = nil, dns.RcodeSuccess
		}
		return m
	}
}

func noEDNS(h handler) handler {
	return func(q *dns.Msg) *dns.Msg {
		if q.IsEdns0() != nil {
			return new(dns.Msg).SetRcode(q, dns.RcodeFormatError)
		}
		return h(q)
	}
}

// answer gives the same answer section to every question.
func answer(t *testing.T, records ...string) handler {
	t.Helper()
	var all []dns.RR
	for _, s := range records {
		all = append(all, rr(t, s))
	}
	return func(q *dns.Msg) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.Answer = all
		return m
	}
}

// reply makes a good answer to a raw query, for spoiling.
func reply(t *testing.T, query []byte, ip string) []byte {
	t.Helper()
	q := new(dns.Msg)
	if err := q.Unpack(query); err != nil {
		t.Error(err)
		return nil
	}
	m := new(dns.Msg).SetReply(q)
	m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: netip.MustParseAddr(ip).AsSlice()}}
	b, err := m.Pack()
	if err != nil {
		t.Error(err)
	}
	return b
}

func TestHostileDatagrams(t *testing.T) {
	tests := []struct {
		name    string
		f       func(q []byte) [][]byte
		outcome domaincheck.Outcome
		ips     []netip.Addr
	}{
		{"wrong ID, then the answer", func(q []byte) [][]byte {
			spoof := reply(t, q, "8.8.8.8")
			spoof[0] ^= 0xff
			return [][]byte{spoof, reply(t, q, "47.110.0.1")}
		}, "ok", ips("47.110.0.1")},
		{"wrong ID only", func(q []byte) [][]byte {
			spoof := reply(t, q, "8.8.8.8")
			spoof[0] ^= 0xff
			return [][]byte{spoof}
		}, "timeout", nil},
		{"another question, then the answer", func(q []byte) [][]byte {
			spoof := reply(t, q, "8.8.8.8")
			spoof[13] ^= 1
			return [][]byte{spoof, reply(t, q, "47.110.0.1")}
		}, "ok", ips("47.110.0.1")},
		{"another question only", func(q []byte) [][]byte {
			spoof := reply(t, q, "8.8.8.8")
			spoof[13] ^= 1
			return [][]byte{spoof}
		}, "malformed", nil},
		{"the query itself comes back", func(q []byte) [][]byte { return [][]byte{q} }, "malformed", nil},
		{"no DNS message", func([]byte) [][]byte { return [][]byte{[]byte("HTTP/1.1 400 Bad Request\r\n\r\n")} }, "malformed", nil},
		{"noise, then the answer", func(q []byte) [][]byte {
			return [][]byte{[]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), reply(t, q, "47.110.0.1")}
		}, "ok", ips("47.110.0.1")},
		{"short datagrams, then the answer", func(q []byte) [][]byte { return [][]byte{{}, q[:1], q[:11], reply(t, q, "47.110.0.1")} }, "ok", ips("47.110.0.1")},
		{"cut within a record", func(q []byte) [][]byte { b := reply(t, q, "47.110.0.1"); return [][]byte{b[:len(b)-2]} }, "malformed", nil},
		{"compression pointer to itself", func(q []byte) [][]byte {
			b := reply(t, q, "47.110.0.1")
			at := len(b) - 16 // the owner of the record
			binary.BigEndian.PutUint16(b[at:], 0xc000|uint16(at))
			return [][]byte{b}
		}, "malformed", nil},
		{"ten thousand records promised", func(q []byte) [][]byte {
			b := reply(t, q, "47.110.0.1")
			binary.BigEndian.PutUint16(b[6:], 10000)
			return [][]byte{b}
		}, "malformed", nil},
		{"noise after the answer", func(q []byte) [][]byte {
			return [][]byte{append(reply(t, q, "47.110.0.1"), make([]byte, 3000)...)}
		}, "ok", ips("47.110.0.1")},
		{"two answers: the first counts", func(q []byte) [][]byte {
			return [][]byte{reply(t, q, "47.110.0.1"), reply(t, q, "8.8.8.8")}
		}, "ok", ips("47.110.0.1")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := observer(t, Options{Resolvers: []string{serveRaw(t, tt.f)}, Timeout: 300 * time.Millisecond})
			a := o.Resolve(context10(t), "www.example", dns.TypeA)
			if a.Outcome != tt.outcome || !slices.Equal(a.Addresses, tt.ips) {
				t.Errorf("got %v %v", a, a.Error)
			}
			// The same over a socket of its own, as authoritative servers are asked.
			m, err := o.askServer(context10(t), o.upstreams[0].address, "www.example.", dns.TypeA)
			got := domaincheck.OutcomeOK
			if err != nil {
				got = outcomeOfError(err)
			}
			if got != tt.outcome || err == nil && len(m.Answer) != len(tt.ips) {
				t.Errorf("asked directly: %v %v, want %v", got, err, tt.outcome)
			}
		})
	}
}

// A server may send more than was asked for: up to 4 KiB is read; what is
// longer counts as truncated and is asked for over TCP.
func TestLargeDatagrams(t *testing.T) {
	records := func(q []byte, n int) []byte {
		m := new(dns.Msg)
		if err := m.Unpack(q); err != nil {
			t.Error(err)
		}
		m.SetReply(m)
		m.Compress = true
		for i := range n {
			m.Answer = append(m.Answer, &dns.A{Hdr: dns.RR_Header{Name: "www.example.", Rrtype: dns.TypeA, Class: 1}, A: []byte{47, 1, byte(i >> 8), byte(i)}})
		}
		b, err := m.Pack()
		if err != nil {
			t.Error(err)
		}
		return b
	}
	for _, tt := range []struct {
		n       int
		outcome domaincheck.Outcome
	}{{250, "ok"}, {400, "failed"}} { // 16 bytes each; nobody listens on TCP
		o := observer(t, Options{Resolvers: []string{serveRaw(t, func(q []byte) [][]byte { return [][]byte{records(q, tt.n)} })}})
		a := o.Resolve(context10(t), "www.example", dns.TypeA)
		if a.Outcome != tt.outcome || tt.outcome == "ok" && len(a.Addresses) != tt.n {
			t.Errorf("%d records: %s, %d addresses, %v", tt.n, a.Outcome, len(a.Addresses), a.Error)
		}
		m, err := o.askServer(context10(t), o.upstreams[0].address, "www.example.", dns.TypeA)
		if (err == nil) != (tt.outcome == "ok") || err == nil && len(m.Answer) != tt.n {
			t.Errorf("%d records, asked directly: %v", tt.n, err)
		}
	}
}

// Endless or trickling answers over TCP end with the time-out.
func TestSlowTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for _, b := range []byte{0xff, 0xff, 1, 2, 3} { // 65,535 bytes are promised
					if _, err := c.Write([]byte{b}); err != nil {
						return
					}
				}
				_, _ = io.Copy(io.Discard, c)
			}()
		}
	}()
	started := time.Now()
	_, fail := overTCP(context10(t), tcpTarget{address: l.Addr().String(), timeout: 200 * time.Millisecond}, "www.example.", dns.TypeA, flags{})
	if fail == nil || fail.Code != domaincheck.CodeTimeout || time.Since(started) > 9*time.Second {
		t.Errorf("%v after %v", fail, time.Since(started))
	}
}

func TestLostDatagramIsRepeated(t *testing.T) {
	var n atomic.Int64
	address := serveRaw(t, func(q []byte) [][]byte {
		if n.Add(1) < 3 {
			return nil
		}
		return [][]byte{reply(t, q, "47.110.0.1")}
	})
	a := observer(t, Options{Resolvers: []string{address}}).Resolve(context10(t), "www.example", dns.TypeA)
	if a.Outcome != domaincheck.OutcomeOK || n.Load() != 3 {
		t.Errorf("%v after %d datagrams", a, n.Load())
	}
}

func TestSecondResolver(t *testing.T) {
	good := serve(t, zoneOf(t, "www.example. 60 IN A 47.110.0.1"))
	for name, first := range map[string]string{
		"silent":    silent(t),
		"nobody":    closedPort(t),
		"servfail":  serve(t, rcode(dns.RcodeServerFailure)).address,
		"refused":   serve(t, rcode(dns.RcodeRefused)).address,
		"malformed": serveRaw(t, func(q []byte) [][]byte { return [][]byte{reply(t, q, "8.8.8.8")[:40]} }),
	} {
		t.Run(name, func(t *testing.T) {
			o := observer(t, Options{Resolvers: []string{first, good.address}, Timeout: 9 * time.Second})
			started := time.Now()
			a := o.Resolve(context10(t), "www.example", dns.TypeA)
			if a.Outcome != domaincheck.OutcomeOK || a.Resolver != good.address {
				t.Errorf("got %v from %s: %v", a, a.Resolver, a.Error)
			}
			if took := time.Since(started); took > 8*time.Second {
				t.Errorf("took %v: the second resolver is asked before the first one's time is up", took)
			}
			if found, err := o.Addresses(context10(t), "www.example"); err != nil || len(found) != 1 {
				t.Errorf("Addresses: %v %v", found, err)
			}
		})
	}
	t.Run("both fail", func(t *testing.T) {
		o := observer(t, Options{Resolvers: []string{silent(t), serve(t, rcode(dns.RcodeServerFailure)).address}})
		if a := o.Resolve(context10(t), "www.example", dns.TypeA); a.RCode != "SERVFAIL" {
			t.Errorf("got %v, want the failure that says most", a)
		}
	})
}

func TestSlowResolverIsWaitedFor(t *testing.T) {
	slow := serve(t, func(q *dns.Msg) *dns.Msg {
		<-time.After(1200 * time.Millisecond)
		return zoneOf(t, "www.example. 60 IN A 47.110.0.1")(q)
	})
	o := observer(t, Options{Resolvers: []string{slow.address, silent(t)}, Timeout: 3 * time.Second})
	if a := o.Resolve(context10(t), "www.example", dns.TypeA); a.Outcome != domaincheck.OutcomeOK {
		t.Errorf("got %v %v", a, a.Error)
	}
}

func TestAddresses(t *testing.T) {
	s := serve(t, zoneOf(t, "www.example. 60 IN A 47.110.0.1", "www.example. 60 IN AAAA 2408::1", "txt.example. 60 IN TXT x"))
	o := observer(t, Options{Resolvers: []string{s.address}})
	if got, err := o.Addresses(context10(t), "WWW.example."); err != nil || !slices.Equal(got, ips("47.110.0.1", "2408::1")) {
		t.Errorf("%v %v", got, err)
	}
	if got, err := o.Addresses(context10(t), "192.0.2.1"); err != nil || !slices.Equal(got, ips("192.0.2.1")) {
		t.Errorf("%v %v", got, err)
	}
	for host, code := range map[string]domaincheck.Code{"no.example": domaincheck.CodeNetwork, "txt.example": domaincheck.CodeNetwork, "a b": domaincheck.CodeBadInput} {
		_, err := o.Addresses(context10(t), host)
		wantCode(t, err, code)
	}
	refused := observer(t, Options{Resolvers: []string{serve(t, rcode(dns.RcodeRefused)).address}})
	_, err := refused.Addresses(context10(t), "www.example")
	wantCode(t, err, domaincheck.CodeRefused)
}

func TestContextEndsTheWait(t *testing.T) {
	o := observer(t, Options{Resolvers: []string{silent(t)}, Timeout: time.Minute})
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	time.AfterFunc(50*time.Millisecond, func() { cancel(cause) })
	started := time.Now()
	a := o.Resolve(ctx, "www.example", dns.TypeA)
	wantCode(t, a.Error, domaincheck.CodeCancelled)
	if !errors.Is(a.Error, cause) {
		t.Errorf("the cause is lost: %v", a.Error)
	}
	if _, err := o.askServer(ctx, o.upstreams[0].address, "www.example.", dns.TypeA); err == nil || err.Code != domaincheck.CodeCancelled {
		t.Errorf("asked directly: %v", err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	res := o.Look(ctx, Question{Domain: "example.cn"})
	if res.Outcome != domaincheck.OutcomeTimeout || res.Hosts[1].Outcome != domaincheck.OutcomeTimeout {
		t.Errorf("%v %v", res.Outcome, res.Error)
	}
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	s := serve(t, zoneOf(t, "www.example. 60 IN A 47.110.0.1"))
	o := observer(t, Options{Resolvers: []string{s.address}})
	for range 50 {
		if a := o.Resolve(context10(t), "www.example", dns.TypeA); a.Outcome != domaincheck.OutcomeOK {
			t.Fatal(a)
		}
	}
	o.Close()
	waitForNoSocket(t)
	if a := o.Resolve(context10(t), "www.example", dns.TypeA); a.Outcome != domaincheck.OutcomeOK {
		t.Errorf("after Close: %v", a)
	}
}

// waitForNoSocket waits until no reader or writer is left.
func waitForNoSocket(t *testing.T) {
	t.Helper()
	ours := func() int {
		b := make([]byte, 1<<20)
		return strings.Count(string(b[:runtime.Stack(b, true)]), "dnscheck.(*socket)")
	}
	deadline := time.Now().Add(5 * time.Second)
	for n := ours(); n > 0; n = ours() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines of sockets", n)
		}
		runtime.Gosched()
	}
}

// Sockets close by themselves when nothing is asked, and are replaced in time,
// so that a scanner changes its ports and a forgotten Close leaks nothing.
func TestSocketsCloseWhenIdleAndAreReplaced(t *testing.T) {
	s := serve(t, zoneOf(t, "www.example. 60 IN A 47.110.0.1"))
	o := observer(t, Options{Resolvers: []string{s.address}, Sockets: 1})
	o.upstreams[0].idle, o.upstreams[0].life = 50*time.Millisecond, 20*time.Millisecond
	ports := make(map[string]bool)
	for until := time.Now().Add(200 * time.Millisecond); time.Now().Before(until); {
		if a := o.Resolve(context10(t), "www.example", dns.TypeA); a.Outcome != domaincheck.OutcomeOK {
			t.Fatal(a, a.Error)
		}
		o.upstreams[0].mu.Lock()
		ports[o.upstreams[0].open[0].conn.LocalAddr().String()] = true
		o.upstreams[0].mu.Unlock()
	}
	if len(ports) < 3 {
		t.Errorf("%d ports in ten lives of a socket", len(ports))
	}
	waitForNoSocket(t)
	if a := o.Resolve(context10(t), "www.example", dns.TypeA); a.Outcome != domaincheck.OutcomeOK {
		t.Errorf("after a pause: %v %v", a, a.Error)
	}
}

func TestClientSubnetAndFlags(t *testing.T) {
	s := serve(t, zoneOf(t, "www.example. 60 IN A 47.110.0.1"))
	o := observer(t, Options{Resolvers: []string{s.address}, ClientSubnet: netip.MustParsePrefix("1.2.3.4/24")})
	o.Resolve(context10(t), "www.example", dns.TypeA)
	s.mu.Lock()
	opt, recursion := s.last.IsEdns0(), s.last.RecursionDesired
	s.mu.Unlock()
	if opt == nil || opt.UDPSize() != udpSize || len(opt.Option) != 1 || !recursion {
		t.Fatalf("query: %v", opt)
	}
	if sub, ok := opt.Option[0].(*dns.EDNS0_SUBNET); !ok || sub.Address.String() != "1.2.3.0" || sub.SourceNetmask != 24 || sub.SourceScope != 0 {
		t.Errorf("subnet %v", opt.Option[0])
	}
	if _, err := o.askServer(context10(t), s.address, "www.example.", dns.TypeA); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if opt := s.last.IsEdns0(); opt == nil || len(opt.Option) != 0 || s.last.RecursionDesired {
		t.Errorf("an authoritative server is asked with %v, recursion %v", opt, s.last.RecursionDesired)
	}
}

func TestSocketsAreShared(t *testing.T) {
	s := serve(t, zoneOf(t, "www.example. 60 IN A 47.110.0.1"))
	o := observer(t, Options{Resolvers: []string{s.address}, InFlight: 7, Sockets: 1})
	done := make(chan Answer, 300)
	for range cap(done) {
		go func() { done <- o.Resolve(context10(t), "www.example", dns.TypeA) }()
	}
	for range cap(done) {
		if a := <-done; a.Outcome != domaincheck.OutcomeOK || len(a.Addresses) != 1 {
			t.Errorf("%v %v", a, a.Error)
		}
	}
}
