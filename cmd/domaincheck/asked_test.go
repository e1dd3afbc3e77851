package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// lookTakes is how long a relay holds up what belongs to a look, so that looks
// last long enough to be met half done.
const lookTakes = 250 * time.Millisecond

// asking is one question that a node asked the world: of a part of a site.
type asking struct {
	node       int
	what       string // part and site
	begun, end time.Time
}

// askings are all that the nodes of a fleet asked.
type askings struct {
	mu   sync.Mutex
	all  []asking
	open map[int]int // node → questions under way
	news chan struct{}
}

func newAskings() *askings {
	return &askings{open: map[int]int{}, news: make(chan struct{}, 1)}
}

// begin notes a question; call the function when it is answered.
func (a *askings) begin(node int, part, site string) func() {
	a.mu.Lock()
	i := len(a.all)
	a.all = append(a.all, asking{node: node, what: part + " " + site, begun: time.Now()})
	a.open[node]++
	a.mu.Unlock()
	a.tell()
	return func() {
		a.mu.Lock()
		a.all[i].end = time.Now()
		a.open[node]--
		a.mu.Unlock()
		a.tell()
	}
}

func (a *askings) tell() {
	select {
	case a.news <- struct{}{}:
	default:
	}
}

// busy waits until a node has questions under way, and gives their number.
func (a *askings) busy(t *testing.T, node, least int) int {
	t.Helper()
	limit := time.NewTimer(60 * time.Second)
	defer limit.Stop()
	for {
		a.mu.Lock()
		n := a.open[node]
		a.mu.Unlock()
		if n >= least {
			return n
		}
		select {
		case <-a.news:
		case <-limit.C:
			t.Fatalf("node %d asks nothing", node)
		}
	}
}

// after lists what was asked by anybody from a moment on.
func (a *askings) after(since time.Time) map[string]bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	asked := map[string]bool{}
	for i := range a.all {
		if a.all[i].begun.After(since) {
			asked[a.all[i].what] = true
		}
	}
	return asked
}

// stretch is the time in which a node looked at something.
type stretch struct {
	node       int
	begun, end time.Time
}

// stretches joins the questions of one look: those of one node that follow each
// other closely. A node that died asked nothing any more.
func (a *askings) stretches(died map[int][]time.Time) map[string][]stretch {
	a.mu.Lock()
	defer a.mu.Unlock()
	byWhat := map[string][]stretch{}
	for i := range a.all {
		q := &a.all[i]
		end := q.end
		if end.IsZero() {
			end = time.Now()
		}
		for _, death := range died[q.node] {
			if death.After(q.begun) && death.Before(end) {
				end = death
			}
		}
		all, joined := byWhat[q.what], false
		for j := len(all) - 1; j >= 0 && !joined; j-- {
			if s := &all[j]; s.node == q.node {
				if q.begun.Sub(s.end) > lookTakes {
					break
				}
				joined = true
				if end.After(s.end) {
					s.end = end
				}
			}
		}
		if !joined {
			byWhat[q.what] = append(all, stretch{q.node, q.begun, end})
		}
	}
	return byWhat
}

// twice lists what two nodes looked at at once.
func (a *askings) twice(died map[int][]time.Time) (found []string, looks int) {
	for what, all := range a.stretches(died) {
		looks += len(all)
		slices.SortFunc(all, func(x, y stretch) int { return x.begun.Compare(y.begun) })
		for i := range all {
			for j := i + 1; j < len(all) && all[j].begun.Before(all[i].end); j++ {
				if all[i].node != all[j].node {
					found = append(found, fmt.Sprintf("%s by node %d from %s to %s and by node %d from %s to %s", what,
						all[i].node, all[i].begun.Format("05.000"), all[i].end.Format("05.000"), all[j].node, all[j].begun.Format("05.000"), all[j].end.Format("05.000")))
				}
			}
		}
	}
	return found, looks
}

// site is the site of the fleet that a host belongs to; "" for none.
func (f *fleet) siteOf(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for name := host; name != ""; _, name, _ = strings.Cut(name, ".") {
		if f.sites[name] {
			return name
		}
	}
	return ""
}

// resolver leads a node's DNS questions to the lab and notes those that only a
// look at DNS asks: which name servers a site has, and whether any name at all
// exists beneath it.
func (f *fleet) resolver(node int) string {
	t := f.t
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := f.lab.Resolver()
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		if len(q.Question) == 1 {
			name := strings.ToLower(strings.TrimSuffix(q.Question[0].Name, "."))
			site := f.siteOf(name)
			if site != "" && (q.Question[0].Qtype == dns.TypeNS || name != site && name != "www."+site) {
				defer f.asked.begin(node, "resolution", site)()
				wait := time.NewTimer(lookTakes)
				<-wait.C
			}
		}
		client := &dns.Client{Timeout: 5 * time.Second, UDPSize: 4096}
		if r, _, err := client.Exchange(q, target); err == nil {
			r.Id = q.Id
			_ = w.WriteMsg(r)
		}
	})
	up := make(chan struct{})
	server := &dns.Server{PacketConn: pc, Handler: handler, UDPSize: 4096, NotifyStartedFunc: func() { close(up) }}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.ActivateAndServe() }()
	<-up
	tcp, err := net.Listen("tcp", pc.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	stop := serveConns(tcp, func(c net.Conn) { lead(c, target) })
	t.Cleanup(func() { _ = server.Shutdown(); <-done; stop() })
	return pc.LocalAddr().String()
}

// lead joins a connection with one to a target until either ends.
func lead(c net.Conn, target string) {
	defer c.Close()
	to, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer to.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(to, c)
		_ = to.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(c, to)
	_ = c.Close()
	<-done
}

// serveConns takes connections until stop is called, which waits for them.
func serveConns(l net.Listener, serve func(net.Conn)) (stop func()) {
	var all sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			all.Go(func() {
				serve(c)
				mu.Lock()
				delete(open, c)
				mu.Unlock()
			})
		}
	})
	return func() {
		_ = l.Close()
		mu.Lock()
		for c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	}
}

// relay leads a node's connections to a target of the lab and notes them under
// the site that subject finds in their first bytes.
func (f *fleet) relay(node int, part, target string, subject func(first []byte) (site string, enough bool)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(serveConns(l, func(c net.Conn) {
		var first bytes.Buffer
		buf := make([]byte, 4096)
		site := ""
		for enough := false; !enough; {
			n, err := c.Read(buf)
			first.Write(buf[:n])
			if site, enough = subject(first.Bytes()); err != nil {
				_ = c.Close()
				return
			}
		}
		if site != "" {
			defer f.asked.begin(node, part, site)()
			wait := time.NewTimer(lookTakes)
			<-wait.C
		}
		lead(readAgain{c, io.MultiReader(&first, c)}, target)
	}))
	return l.Addr().String()
}

// readAgain is a connection whose first bytes were read already.
type readAgain struct {
	net.Conn
	r io.Reader
}

// Read implements net.Conn.
func (c readAgain) Read(b []byte) (int, error) { return c.r.Read(b) }

// inLine is the site named by a line: a question to WHOIS.
func (f *fleet) inLine(first []byte) (string, bool) {
	line, _, whole := bytes.Cut(first, []byte("\n"))
	if !whole {
		return "", false
	}
	for _, word := range strings.Fields(string(line)) {
		if site := f.siteOf(word); site != "" {
			return site, true
		}
	}
	return "", true
}

// rdap leads a node's questions to an RDAP server and notes them.
func (f *fleet) rdap(node int, target *url.URL) string {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: target.Scheme, Host: target.Host})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if site := f.siteOf(path.Base(r.URL.Path)); site != "" {
			defer f.asked.begin(node, "registration", site)()
			wait := time.NewTimer(lookTakes)
			<-wait.C
		}
		proxy.ServeHTTP(w, r)
	}))
	f.t.Cleanup(server.Close)
	return server.URL + target.Path
}

// inHost is the site that an HTTP request is for.
func (f *fleet) inHost(first []byte) (string, bool) {
	head, _, whole := bytes.Cut(first, []byte("\r\n\r\n"))
	if !whole {
		return "", false
	}
	for _, line := range strings.Split(string(head), "\r\n") {
		if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "host") {
			return f.siteOf(strings.TrimSpace(value)), true
		}
	}
	return "", true
}

// inHello is the site that a TLS client greets.
func (f *fleet) inHello(first []byte) (string, bool) {
	met, host := errors.New("met"), ""
	err := tls.Server(readAgain{noConn{}, bytes.NewReader(first)}, &tls.Config{
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			host = hello.ServerName
			return nil, met
		},
		MinVersion: tls.VersionTLS12,
	}).Handshake()
	if errors.Is(err, met) {
		return f.siteOf(host), true
	}
	return "", !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF)
}

// noConn is a connection to nobody.
type noConn struct{ net.Conn }

// Write implements net.Conn.
func (noConn) Write(b []byte) (int, error) { return len(b), nil }

// Close implements net.Conn.
func (noConn) Close() error { return nil }
