package dnscheck

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
)

// fromWhere is a name server that remembers the ports it was asked from.
func fromWhere(t *testing.T) (address string, ports func() map[string]int) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	var mu sync.Mutex
	seen := make(map[string]int)
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			mu.Lock()
			seen[from.String()]++
			mu.Unlock()
			var q dns.Msg
			if q.Unpack(b[:n]) != nil {
				return
			}
			r := new(dns.Msg)
			r.SetReply(&q)
			r.Authoritative = true
			r.Answer = []dns.RR{&dns.NS{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeNS, Class: dns.ClassINET, Ttl: 60}, Ns: "ns." + q.Question[0].Name}}
			packed, err := r.Pack()
			if err != nil {
				return
			}
			_, _ = c.WriteTo(packed, from)
		}
	}()
	return c.LocalAddr().String(), func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		all := make(map[string]int, len(seen))
		for k, v := range seen {
			all[k] = v
		}
		return all
	}
}

func askNS(t *testing.T, o *Observer, address string, i int) {
	t.Helper()
	name := fmt.Sprintf("d%d.example.", i)
	m, err := o.askServer(context10(t), address, name, dns.TypeNS)
	if err != nil || len(m.Answer) != 1 || m.Answer[0].(*dns.NS).Ns != "ns."+name {
		t.Fatalf("%s: %v %v", name, m, err)
	}
}

// A server that is asked now and then is asked from a new port each time; one
// that is asked again and again from a few ports, which change.
func TestBusyServersShareSockets(t *testing.T) {
	address, ports := fromWhere(t)
	o := observer(t, Options{Resolvers: []string{address}})
	for i := range busyAfter - 1 {
		askNS(t, o, address, i)
	}
	// The system gives a port again that was closed, but seldom.
	before := len(ports())
	if before < busyAfter-2 {
		t.Errorf("%d ports for the first %d questions", before, busyAfter-1)
	}
	for i := range 200 {
		askNS(t, o, address, i)
	}
	if all := len(ports()); all <= before || all > before+40 {
		t.Errorf("%d ports for 200 more questions", all-before)
	}
	o.busy.mu.Lock()
	u := o.busy.shared[address]
	o.busy.mu.Unlock()
	u.life, u.idle = 10*time.Millisecond, 10*time.Millisecond
	for _, s := range u.open {
		if s != nil {
			s.close()
		}
	}
	before = len(ports())
	for until := time.Now().Add(100 * time.Millisecond); time.Now().Before(until); {
		askNS(t, o, address, 0)
	}
	if all := len(ports()); all < before+3 {
		t.Errorf("%d new ports in ten lives of a socket", all-before)
	}
	waitForNoSocket(t)
	if !u.quiet() {
		t.Error("sockets are closed, but not quiet")
	}
	askNS(t, o, address, 1)
	o.Close()
	waitForNoSocket(t)
	askNS(t, o, address, 2)
}

// No more servers than busyMost share sockets; one that nobody asks any more
// makes room.
func TestBusyServersAreBounded(t *testing.T) {
	opts := &Options{InFlight: 1}
	var b busy
	open := &socket{}
	for i := range busyMost + 1 {
		for n := 1; n <= busyAfter; n++ {
			u := b.server(fmt.Sprint(i), opts)
			if want := n == busyAfter && i < busyMost; (u != nil) != want {
				t.Fatalf("server %d, question %d: shared %v", i, n, u != nil)
			}
			if u != nil {
				u.open[0] = open
			}
		}
	}
	b.shared["7"].open[0] = nil
	if b.server(fmt.Sprint(busyMost), opts) == nil || b.shared["7"] != nil || len(b.shared) != busyMost {
		t.Errorf("%d servers, no room made", len(b.shared))
	}
	b.since = time.Now().Add(-2 * busyWindow)
	b.server("once", opts)
	if len(b.counts) != 1 {
		t.Errorf("%d servers counted in a new window", len(b.counts))
	}
}

// A busy server that falls silent, refuses or talks nonsense is told as one
// that is asked alone.
func TestBusyServersFailAsOthers(t *testing.T) {
	closed, quiet := closedPort(t), silent(t)
	noise := serveRaw(t, func([]byte) [][]byte { return [][]byte{[]byte("HTTP/1.1 400")} })
	o := observer(t, Options{Resolvers: []string{quiet}, Timeout: 60 * time.Millisecond})
	for address, want := range map[string]domaincheck.Code{closed: domaincheck.CodeNetwork, quiet: domaincheck.CodeTimeout, noise: domaincheck.CodeMalformed} {
		var alone, shared *domaincheck.Error
		_, alone = o.askServer(context10(t), address, "a.example.", dns.TypeNS)
		for range busyAfter {
			o.busy.server(address, &o.opts)
		}
		_, shared = o.askServer(context10(t), address, "a.example.", dns.TypeNS)
		if alone == nil || shared == nil || alone.Code != want || alone.Code != shared.Code {
			t.Errorf("%s: alone %v, shared %v, want %s", address, alone, shared, want)
		}
	}
}
