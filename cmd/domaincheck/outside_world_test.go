package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// This file and outside_test.go look at the program from outside: servers
// written from the protocols alone, reached only by the flags every user has,
// and the JSON compared with what the program promises to scripts. They share
// nothing with the lab, so that an error of the lab cannot hide one here.

// Addresses that belong to somebody, by the public routing tables of 2026.
const (
	oAliyun   = "47.110.0.1"    // AS37963
	oTencent  = "1.12.0.1"      // AS45090
	oHongKong = "47.75.0.1"     // AS45102, not in the mainland
	oCarrier  = "202.96.128.86" // AS4134
	oAbroad   = "8.8.8.8"       // AS15169
)

// oName is what one name answers.
type oName struct {
	a, aaaa []string
	cname   string
	rcode   int
	drop    bool // no answer at all
}

// oSite is one invented site: its names, its registry entry and its pages.
type oSite struct {
	domain string
	names  map[string]oName // "" is the apex, "www", …; what is missing is NXDOMAIN
	gone   bool             // the zone itself does not exist
	whois  string           // the registry's text
	rdap   func(http.ResponseWriter, *http.Request)
	page   http.HandlerFunc
	mode   string   // "", "refused", "hang", "reset": what port 80 does
	ns     []string // what parent and child name
	second *oSite   // how the second resolver sees it, where it differs
}

// oWorld is the servers.
type oWorld struct {
	mu       sync.Mutex
	sites    map[string]*oSite
	extra    map[string]oName // names outside all sites
	first    string           // resolvers
	backup   string
	auth     string
	whois    string
	rdap     string
	web, tls string
	hang     string
	closed   string
	trap     string       // a listener nobody may reach
	trapped  atomic.Int64 // connections it saw
	asked    sync.Map     // hosts of which a page was fetched
	before   []string     // flags that come before all others: the first --connect-to that fits holds
}

func oStart(t *testing.T) *oWorld {
	t.Helper()
	w := &oWorld{sites: map[string]*oSite{}, extra: map[string]oName{
		"a.dns.cn":               {a: []string{"203.119.25.1"}},
		"a.gtld-servers.net":     {a: []string{"192.5.6.30"}},
		"ns1.outside-hosting.cn": {a: []string{"47.110.9.1"}},
		"ns2.outside-hosting.cn": {a: []string{"47.110.9.2"}},
	}}
	w.first = w.serveDNS(t, false, false)
	w.backup = w.serveDNS(t, true, false)
	w.auth = w.serveDNS(t, false, true)
	w.whois = w.serveWHOIS(t)
	rdap := httptest.NewServer(http.HandlerFunc(w.serveRDAP))
	t.Cleanup(rdap.Close)
	w.rdap = rdap.URL + "/"
	web := httptest.NewServer(http.HandlerFunc(w.servePage))
	t.Cleanup(web.Close)
	w.web = web.Listener.Addr().String()
	secure := httptest.NewUnstartedServer(http.HandlerFunc(w.servePage))
	secure.Config.ErrorLog = nil
	secure.StartTLS() // a certificate no authority signed
	t.Cleanup(secure.Close)
	w.tls = secure.Listener.Addr().String()
	w.hang = oListen(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	w.trap = oListen(t, func(c net.Conn) { w.trapped.Add(1); c.Close() })
	shut, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.closed = shut.Addr().String()
	shut.Close()
	return w
}

// oListen serves each connection with f until the test ends.
func oListen(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		open.Wait()
	})
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			open.Go(func() { defer c.Close(); f(c) })
		}
	})
	return l.Addr().String()
}

func (w *oWorld) add(s *oSite) *oSite {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.ns == nil {
		s.ns = []string{"ns1.outside-hosting.cn", "ns2.outside-hosting.cn"}
	}
	w.sites[s.domain] = s
	return s
}

// site finds the site a host belongs to, and the host's label below it.
func (w *oWorld) site(host string) (*oSite, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for rest := host; rest != ""; {
		if s := w.sites[rest]; s != nil {
			return s, strings.TrimSuffix(strings.TrimSuffix(host, rest), ".")
		}
		_, after, ok := strings.Cut(rest, ".")
		if !ok {
			break
		}
		rest = after
	}
	return nil, ""
}

func (w *oWorld) serveDNS(t *testing.T, second, auth bool) string {
	t.Helper()
	var pc net.PacketConn
	var l net.Listener
	for range 50 { // one port free for both transports
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if pc, err = net.ListenPacket("udp", l.Addr().String()); err == nil {
			break
		}
		l.Close()
	}
	if pc == nil {
		t.Fatal("no port for DNS")
	}
	h := dns.HandlerFunc(func(rw dns.ResponseWriter, q *dns.Msg) {
		if m := w.answer(q, second, auth); m != nil {
			rw.WriteMsg(m)
		}
	})
	for _, s := range []*dns.Server{{PacketConn: pc, Handler: h}, {Listener: l, Handler: h}} {
		ready := make(chan struct{})
		s.NotifyStartedFunc = func() { close(ready) }
		done := make(chan struct{})
		go func() { defer close(done); s.ActivateAndServe() }()
		<-ready
		t.Cleanup(func() { s.Shutdown(); <-done })
	}
	return l.Addr().String()
}

func oRR(s string) dns.RR {
	rr, err := dns.NewRR(s)
	if err != nil {
		panic(err)
	}
	return rr
}

func (w *oWorld) answer(q *dns.Msg, second, auth bool) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable, m.Authoritative = !auth, auth
	name, kind := strings.ToLower(strings.TrimSuffix(q.Question[0].Name, ".")), q.Question[0].Qtype
	if kind == dns.TypeNS && (name == "cn" || name == "com.cn") {
		m.Answer = append(m.Answer, oRR(name+". 60 IN NS a.dns.cn."))
		return m
	}
	if kind == dns.TypeNS && (name == "com" || name == "org" || name == "net") {
		m.Answer = append(m.Answer, oRR(name+". 60 IN NS a.gtld-servers.net."))
		return m
	}
	s, label := w.site(name)
	if s != nil && second && s.second != nil {
		s = s.second
	}
	if s != nil && s.gone {
		m.Rcode = dns.RcodeNameError
		return m
	}
	if s != nil && label == "" && kind == dns.TypeNS {
		for _, n := range s.ns {
			m.Answer = append(m.Answer, oRR(s.domain+". 60 IN NS "+n+"."))
		}
		return m
	}
	if s != nil && label == "" && kind == dns.TypeSOA {
		m.Answer = append(m.Answer, oRR(s.domain+". 60 IN SOA ns1.outside-hosting.cn. root.outside-hosting.cn. 1 60 60 60 60"))
		return m
	}
	for range 20 {
		n, ok := w.lookup(name, second)
		switch {
		case n.drop:
			return nil
		case n.rcode != 0:
			m.Rcode = n.rcode
			return m
		case !ok:
			m.Rcode = dns.RcodeNameError
			return m
		case n.cname != "":
			m.Answer = append(m.Answer, oRR(name+". 60 IN CNAME "+n.cname+"."))
			name = n.cname
			continue
		}
		if kind == dns.TypeA {
			for _, a := range n.a {
				m.Answer = append(m.Answer, oRR(name+". 60 IN A "+a))
			}
		}
		if kind == dns.TypeAAAA {
			for _, a := range n.aaaa {
				m.Answer = append(m.Answer, oRR(name+". 60 IN AAAA "+a))
			}
		}
		return m
	}
	return m
}

func (w *oWorld) lookup(name string, second bool) (oName, bool) {
	s, label := w.site(name)
	if s == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		n, ok := w.extra[name]
		return n, ok
	}
	if second && s.second != nil {
		s = s.second
	}
	n, ok := s.names[label]
	return n, ok || label == ""
}

func (w *oWorld) serveWHOIS(t *testing.T) string {
	return oListen(t, func(c net.Conn) {
		c.SetDeadline(time.Now().Add(10 * time.Second))
		buf := make([]byte, 512)
		n, _ := c.Read(buf)
		fields := strings.Fields(string(buf[:n]))
		if len(fields) == 0 {
			return
		}
		name := strings.TrimPrefix(strings.ToLower(fields[len(fields)-1]), "=")
		s, _ := w.site(name)
		if s == nil || s.whois == "" {
			io.WriteString(c, "No matching record.\r\n")
			return
		}
		io.WriteString(c, strings.ReplaceAll(s.whois, "\n", "\r\n"))
	})
}

func (w *oWorld) serveRDAP(rw http.ResponseWriter, r *http.Request) {
	_, name, _ := strings.Cut(r.URL.Path, "/domain/")
	s, _ := w.site(name)
	if s == nil || s.rdap == nil {
		rw.Header().Set("Content-Type", "application/rdap+json")
		rw.WriteHeader(http.StatusNotFound)
		io.WriteString(rw, `{"errorCode":404,"title":"Not Found"}`)
		return
	}
	s.rdap(rw, r)
}

func (w *oWorld) servePage(rw http.ResponseWriter, r *http.Request) {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	w.asked.Store(host, true)
	s, _ := w.site(host)
	switch {
	case s == nil || s.page == nil:
		http.NotFound(rw, r)
	case s.mode == "reset":
		if c, _, err := http.NewResponseController(rw).Hijack(); err == nil {
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	default:
		s.page(rw, r)
	}
}

// flags lead the program to the servers, and to no other.
func (w *oWorld) flags(t *testing.T) []string {
	f := []string{"--resolver", w.first, "--resolver", w.backup, "--whois-server", "*=" + w.whois, "--rdap-base", "*=", "--rdap-base", "com=" + w.rdap,
		"--whois-per-second", "10000", "--whois-burst", "1000", "--browser", "off", "--timeout", "10s", "--lang", "en", "--vantage", "mainland"}
	w.mu.Lock()
	defer w.mu.Unlock()
	for d, s := range w.sites {
		for _, host := range []string{d, "www." + d} {
			switch s.mode {
			case "refused":
				f = append(f, "--connect-to", host+":80:"+w.closed, "--connect-to", host+":443:"+w.closed)
			case "hang":
				f = append(f, "--connect-to", host+":80:"+w.hang, "--connect-to", host+":443:"+w.hang)
			case "tls":
			default:
				f = append(f, "--connect-to", host+":443:"+w.closed)
			}
		}
	}
	return append(f, "--connect-to", ":80:"+w.web, "--connect-to", ":443:"+w.tls, "--connect-to", ":53:"+w.auth)
}

// oRun runs the program and gives its status and output.
func oRun(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(args, streams{strings.NewReader(""), &out, &errs})
	return status, out.String(), errs.String()
}

// check runs one check and decodes its one report.
func (w *oWorld) check(t *testing.T, args ...string) *oReport {
	t.Helper()
	reports := w.checkAll(t, args...)
	if len(reports) != 1 {
		t.Fatalf("%d reports, want 1", len(reports))
	}
	return reports[0]
}

func (w *oWorld) checkAll(t *testing.T, args ...string) []*oReport {
	t.Helper()
	status, out, errs := oRun(t, append(append(append([]string{"check", "--json"}, w.before...), w.flags(t)...), args...)...)
	return oDecode(t, status, out, errs)
}

// oDecode reads one report or an array of them. The status is that of a single
// report, else -1.
func oDecode(t *testing.T, status int, out, errs string) []*oReport {
	t.Helper()
	text := strings.TrimSpace(out)
	if !strings.HasPrefix(text, "[") {
		text = "[" + text + "]"
	}
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatalf("no JSON (%v), status %d, stderr %s\n%s", err, status, errs, out)
	}
	var reports []*oReport
	for _, b := range raw {
		r := &oReport{t: t, status: status, out: string(b)}
		if len(raw) != 1 {
			r.status = -1
		}
		if err := json.Unmarshal(b, &r.m); err != nil {
			t.Fatal(err)
		}
		reports = append(reports, r)
	}
	return reports
}

// oReport is a report as a script sees it: plain JSON.
type oReport struct {
	t      *testing.T
	status int
	m      map[string]any
	out    string
}

// at follows a dotted path; numbers index lists. Missing keys are an error:
// absent facts are null, never left out.
func (r *oReport) at(path string) any {
	r.t.Helper()
	var v any = r.m
	for _, key := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			next, ok := x[key]
			if !ok {
				r.t.Errorf("%s: no key %q", path, key)
				return nil
			}
			v = next
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(x) {
				r.t.Errorf("%s: no element %q of %d", path, key, len(x))
				return nil
			}
			v = x[i]
		default:
			r.t.Errorf("%s: %q of %v", path, key, v)
			return nil
		}
	}
	return v
}

// is compares values by their JSON.
func (r *oReport) is(path string, want any) {
	r.t.Helper()
	got, _ := json.Marshal(r.at(path))
	expect, _ := json.Marshal(want)
	if !bytes.Equal(got, expect) {
		r.t.Errorf("%s = %s, want %s", path, got, expect)
	}
}

// finding gives the findings of a rule; target "" means any.
func (r *oReport) finding(rule, target string) []map[string]any {
	var found []map[string]any
	list, _ := r.m["findings"].([]any)
	for _, f := range list {
		f := f.(map[string]any)
		if f["rule"] == rule && (target == "" || f["target"] == target) {
			found = append(found, f)
		}
	}
	return found
}

// says checks "rule[@target] result [why|severity|code=…]…" against a report.
func (r *oReport) says(lines ...string) {
	r.t.Helper()
	for _, line := range lines {
		words := strings.Fields(line)
		rule, target, _ := strings.Cut(words[0], "@")
		found := r.finding(rule, target)
		if len(found) != 1 {
			r.t.Errorf("%s: %d findings, want 1", words[0], len(found))
			continue
		}
		f := found[0]
		ok := fmt.Sprint(f["result"]) == words[1]
		for _, w := range words[2:] {
			if code, is := strings.CutPrefix(w, "code="); is {
				ok = ok && f["code"] == code
				continue
			}
			switch w {
			case "unobserved", "undeclared", "unknowable":
				ok = ok && f["why"] == w
			case "observed", "inferred", "declared":
				ok = ok && f["knows"] == w
			default:
				ok = ok && f["severity"] == w
			}
		}
		if !ok {
			evidence, _ := json.Marshal(f["evidence"])
			r.t.Errorf("want %s\n     got %v %v code=%v why=%v severity=%v knows=%v: %v %s", line, rule, f["result"], f["code"], f["why"], f["severity"], f["knows"], f["summary"], evidence)
		}
	}
}

// ends checks the verdict, and the status where the run was of one site.
func (r *oReport) ends(verdict string) {
	r.t.Helper()
	want := map[string]int{"pass": 0, "fail": 1, "unknown": 3}[verdict]
	if r.m["verdict"] != verdict || r.status != want && r.status >= 0 {
		r.t.Errorf("verdict %v status %d, want %s %d; %s", r.m["verdict"], r.status, verdict, want, r.weighs())
	}
}

// weighs lists what fails or is unknown.
func (r *oReport) weighs() string {
	var b strings.Builder
	list, _ := r.m["findings"].([]any)
	for _, f := range list {
		f := f.(map[string]any)
		if f["result"] == "fail" || f["result"] == "unknown" {
			fmt.Fprintf(&b, "\n  %v@%v %v code=%v why=%v %v: %v", f["rule"], f["target"], f["result"], f["code"], f["why"], f["severity"], f["summary"])
		}
	}
	return b.String()
}

// facts writes one site of the ledger and gives the flag that names it.
func oFacts(t *testing.T, yaml string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "facts.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--facts", file}
}

// oCN is a registry answer of .cn in its usual form; times are Beijing's.
func oCN(domain, registrant, registrar string, expires time.Time, statuses ...string) string {
	if len(statuses) == 0 {
		statuses = []string{"ok"}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Domain Name: %s\nROID: 20030312s10001s00033735-cn\n", domain)
	for _, s := range statuses {
		fmt.Fprintf(&b, "Domain Status: %s\n", s)
	}
	beijing := time.FixedZone("CST", 8*3600)
	fmt.Fprintf(&b, "Registrant: %s\nRegistrant Contact Email: a@%s\nSponsoring Registrar: %s\nName Server: ns1.outside-hosting.cn\nName Server: ns2.outside-hosting.cn\nRegistration Time: 2015-03-12 10:00:00\nExpiration Time: %s\nDNSSEC: unsigned\n",
		registrant, domain, registrar, expires.In(beijing).Format("2006-01-02 15:04:05"))
	return b.String()
}
