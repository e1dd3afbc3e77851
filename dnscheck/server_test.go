package dnscheck

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
)

// server is a DNS server on loopback, UDP and TCP on one port. Its handler
// gives the reply, or nil for silence.
type server struct {
	address string
	queries atomic.Int64
	overTCP atomic.Int64
	mu      sync.Mutex
	asked   []dns.Question
	last    *dns.Msg
}

type handler func(q *dns.Msg) *dns.Msg

func serve(t *testing.T, h handler) *server {
	t.Helper()
	s := &server{}
	var packets net.PacketConn
	var stream net.Listener
	for range 20 { // a UDP port whose TCP twin is taken is given back
		var err error
		if packets, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if stream, err = net.Listen("tcp", packets.LocalAddr().String()); err == nil {
			break
		}
		packets.Close()
	}
	if stream == nil {
		t.Fatal("no port for both UDP and TCP")
	}
	s.address = packets.LocalAddr().String()
	mux := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		s.queries.Add(1)
		s.mu.Lock()
		s.asked = append(s.asked, q.Question...)
		s.last = q.Copy()
		s.mu.Unlock()
		if w.RemoteAddr().Network() == "tcp" {
			s.overTCP.Add(1)
		}
		r := h(q)
		if r == nil {
			return
		}
		if w.RemoteAddr().Network() == "udp" {
			r.Truncate(udpLimit(q))
		}
		_ = w.WriteMsg(r) // a client that went away is no failure of the test
	})
	for _, d := range []*dns.Server{{PacketConn: packets, Handler: mux}, {Listener: stream, Handler: mux}} {
		started := make(chan struct{})
		d.NotifyStartedFunc = func() { close(started) }
		ended := make(chan error, 1)
		go func() { ended <- d.ActivateAndServe() }()
		select {
		case <-started:
		case err := <-ended:
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Shutdown() })
	}
	return s
}

func udpLimit(q *dns.Msg) int {
	if o := q.IsEdns0(); o != nil {
		return int(o.UDPSize())
	}
	return dns.MinMsgSize
}

// serveRaw answers each UDP datagram with what the function gives.
func serveRaw(t *testing.T, f func(query []byte) [][]byte) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			for _, r := range f(append([]byte(nil), b[:n]...)) {
				if _, err := c.WriteTo(r, from); err != nil {
					return
				}
			}
		}
	}()
	return c.LocalAddr().String()
}

// silent is an address that takes datagrams and never answers.
func silent(t *testing.T) string {
	t.Helper()
	return serveRaw(t, func([]byte) [][]byte { return nil })
}

// closedPort is an address where nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().String()
}

func rr(t *testing.T, s string) dns.RR {
	t.Helper()
	r, err := dns.NewRR(s)
	if err != nil || r == nil {
		t.Fatalf("%q: %v", s, err)
	}
	return r
}

// zoneOf is a handler over records in presentation form: the exact owner and
// type, aliases followed within the records as a resolver does; a known name
// without the type is NODATA, an unknown one NXDOMAIN, both with a SOA.
func zoneOf(t *testing.T, records ...string) handler {
	t.Helper()
	var all []dns.RR
	for _, s := range records {
		all = append(all, rr(t, s))
	}
	return func(q *dns.Msg) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.Authoritative = true
		name, found := strings.ToLower(q.Question[0].Name), false
		for range 20 {
			next := ""
			for _, r := range all {
				h := r.Header()
				if !strings.EqualFold(h.Name, name) {
					if dns.IsSubDomain(name, strings.ToLower(h.Name)) {
						found = true // an empty non-terminal
					}
					continue
				}
				found = true
				if h.Rrtype == q.Question[0].Qtype {
					m.Answer = append(m.Answer, r)
				} else if c, ok := r.(*dns.CNAME); ok {
					m.Answer = append(m.Answer, r)
					next = strings.ToLower(c.Target)
				}
			}
			if next == "" || len(m.Answer) > 18 {
				break
			}
			name, found = next, false
		}
		if !found {
			m.Rcode = dns.RcodeNameError
		}
		if len(m.Answer) == 0 || m.Rcode != dns.RcodeSuccess {
			m.Ns = []dns.RR{rr(t, "example. 60 IN SOA ns. admin. 1 2 3 4 5")}
		}
		return m
	}
}

func rcode(code int) handler {
	return func(q *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(q, code) }
}

func observer(t *testing.T, o Options) *Observer {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = time.Second
	}
	ob, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ob.Close() })
	return ob
}

func context10(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// place attributes addresses as the tests need: 47.x is the mainland, 8.x abroad.
func testPlaces(ip netip.Addr, cname []string) domaincheck.Address {
	a := domaincheck.Address{IP: ip.String()}
	switch {
	case strings.HasPrefix(a.IP, "47."):
		a.Mainland, a.Country, a.Provider, a.By = domaincheck.Known(true), "CN", "aliyun", "asn"
	case strings.HasPrefix(a.IP, "8."):
		a.Mainland, a.Country, a.By = domaincheck.Known(false), "US", "country"
	}
	for _, c := range cname {
		if strings.HasSuffix(c, ".kunlun.example") {
			a.CDN, a.By = true, "cname"
		}
	}
	return a
}

func wantCode(t *testing.T, err error, code domaincheck.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Errorf("error %v, want code %s", err, code)
	}
}
