package lab

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	dc "domaincheck"
)

var testNow = time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)

// client is what a test sees the lab through: nothing but the addresses and
// mappings that the flags hand out.
type client struct {
	t   *testing.T
	lab *Lab
	web *http.Client
}

func start(t *testing.T, o Options) *client {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = testNow
	}
	l, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &client{t: t, lab: l}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(l.CA()) {
		t.Fatal("the authority is no PEM certificate")
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, c.mapped(address))
		},
		TLSClientConfig:        &tls.Config{RootCAs: pool, Time: func() time.Time { return testNow }},
		MaxResponseHeaderBytes: 1 << 20, DisableKeepAlives: true,
	}
	c.web = &http.Client{Transport: transport, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c
}

// only starts a lab with one site of one story.
func only(t *testing.T, story string) (*client, Truth) {
	t.Helper()
	c := start(t, Options{Stories: []string{story}, Seed: 7})
	return c, c.lab.Truth()[0]
}

// mapped applies the lab's --connect-to mappings as curl does: the first match
// wins, an empty host is any.
func (c *client) mapped(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range c.lab.ConnectTo() {
		f := strings.SplitN(m, ":", 3)
		if (f[0] == "" || f[0] == host) && f[1] == port {
			return f[2]
		}
	}
	c.t.Fatalf("no mapping leads %s back to the lab", address)
	return ""
}

// ask sends one question; server is a host:port that mapped understands, or one
// of the lab's resolvers.
func (c *client) ask(network, server, name string, qtype uint16) (*dns.Msg, error) {
	if !slices.Contains(c.lab.Resolvers(), server) {
		server = c.mapped(server)
	}
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	d := &dns.Client{Net: network, Timeout: 700 * time.Millisecond}
	reply, _, err := d.Exchange(m, server)
	return reply, err
}

func (c *client) mustAsk(network, server, name string, qtype uint16) *dns.Msg {
	c.t.Helper()
	m, err := c.ask(network, server, name, qtype)
	if err != nil {
		c.t.Fatalf("%s %s: %v", name, dns.TypeToString[qtype], err)
	}
	return m
}

func addressesOf(m *dns.Msg) []string {
	var out []string
	for _, rr := range m.Answer {
		switch r := rr.(type) {
		case *dns.A:
			out = append(out, r.A.String())
		case *dns.AAAA:
			out = append(out, r.AAAA.String())
		}
	}
	return out
}

// whois asks a WHOIS server and reads to the end, one second at most.
func (c *client) whois(server, query string) (string, error) {
	conn, err := net.Dial("tcp", server)
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		c.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, query+"\r\n"); err != nil {
		c.t.Fatal(err)
	}
	b, err := io.ReadAll(io.LimitReader(conn, 8<<20))
	return string(b), err
}

// get fetches a URL with its own Accept-Encoding, so that bodies stay as sent.
func (c *client) get(url string) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := c.web.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	return resp, b, err
}

func (c *client) mustGet(url string) (*http.Response, string) {
	c.t.Helper()
	resp, b, err := c.get(url)
	if err != nil {
		c.t.Fatalf("%s: %v", url, err)
	}
	return resp, string(b)
}

func TestCatalogueIsSound(t *testing.T) {
	names := map[string]bool{}
	known := map[string]bool{}
	w, err := newWorld(Options{Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	for rule := range baseline(w.plan(0)) {
		known[rule] = true
	}
	parts := map[string]int{}
	for _, s := range catalogue() {
		if names[s.Name] {
			t.Errorf("two stories are called %s", s.Name)
		}
		names[s.Name] = true
		parts[s.Part]++
		if s.About == "" || !slices.Contains([]string{"healthy", "dns", "registration", "page", "ledger"}, s.Part) {
			t.Errorf("%s: part %q, about %q", s.Name, s.Part, s.About)
		}
		for _, e := range s.want {
			if !known[e.Rule] || len(e.Results) == 0 {
				t.Errorf("%s expects %v: no such rule, or no result", s.Name, e)
			}
		}
		for _, group := range s.loose {
			hit := false
			for rule := range known {
				hit = hit || rule == group || strings.HasPrefix(rule, group+".")
			}
			if !hit {
				t.Errorf("%s expects nothing of %q, which names no rule", s.Name, group)
			}
		}
	}
	if len(names) < 120 {
		t.Errorf("%d stories", len(names))
	}
	for part, n := range parts {
		if n < 8 {
			t.Errorf("only %d stories of part %s", n, part)
		}
	}
	for _, s := range catalogue() {
		if s.instead != "" && !names[s.instead] {
			t.Errorf("%s stands in for %s, which is no story", s.instead, s.Name)
		}
	}
}

func TestTruthIsDeterministic(t *testing.T) {
	truth := func(seed uint64) []byte {
		c := start(t, Options{Sites: 300, Seed: seed})
		b, err := json.Marshal(c.lab.Truth())
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := truth(1)
	if !bytes.Equal(first, truth(1)) {
		t.Error("the same seed and day gave another truth")
	}
	if bytes.Equal(first, truth(2)) {
		t.Error("another seed gave the same truth")
	}
}

func TestEveryStoryIsDealt(t *testing.T) {
	c := start(t, Options{Seed: 5})
	seen := map[string]bool{}
	domains := map[string]bool{}
	for _, site := range c.lab.Truth() {
		seen[site.Story] = true
		if domains[site.Domain] {
			t.Errorf("%s twice", site.Domain)
		}
		domains[site.Domain] = true
		if got, ok := c.lab.TruthOf(strings.ToUpper(site.Domain)); !ok || got.Index != site.Index {
			t.Errorf("TruthOf(%s) = %v, %v", site.Domain, got.Index, ok)
		}
	}
	for _, s := range Catalogue() {
		if !seen[s.Name] {
			t.Errorf("%s was not dealt among %d sites", s.Name, len(domains))
		}
	}
}

func TestNamesOfNobody(t *testing.T) {
	w, err := newWorld(Options{Sites: 50, Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	label, tld := w.name(7)
	if w.storyOf(7).idn || w.storyOf(7).address {
		t.Fatal("choose another site")
	}
	for _, name := range []string{"", "cn", "com.cn", "example.cn", "hengtong50.cn", "hengtong007.cn", label + "x." + tld, "x" + label + "." + tld, label + ".invalid", "7.cn", "-7.cn"} {
		if p, _ := w.find(name); p != nil {
			t.Errorf("find(%q) = %s", name, p.domain)
		}
	}
	if p, below := w.find("A.B." + label + "." + tld + "."); p == nil || p.index != 7 || below != "a.b" {
		t.Errorf("find below %s.%s: %v %q", label, tld, p, below)
	}
}

func TestOptionsRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"no moment":       {Sites: 3},
		"too many":        {Sites: 5_000_000, Now: testNow},
		"negative":        {Sites: -1, Now: testNow},
		"no such story":   {Stories: []string{"nonsense"}, Now: testNow},
		"nothing is left": {Stories: []string{"dns_dropped"}, NoSlow: true, Now: testNow},
	} {
		l, err := Start(t.Context(), o)
		if !errors.Is(err, dc.CodeBadInput) {
			t.Errorf("%s: %v", name, err)
		}
		if l != nil {
			t.Errorf("%s: a lab nevertheless", name)
		}
	}
	if _, err := Start(t.Context(), Options{Now: testNow, Listen: "203.0.113.1"}); !errors.Is(err, dc.CodeNetwork) {
		t.Errorf("an address that is not ours: %v", err)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	ctx, cancel := context.WithCancel(t.Context())
	l, err := Start(ctx, Options{Sites: 20, Seed: 1, Now: testNow, CAFile: ca, Stories: []string{"down_hang", "whois_endless", "healthy"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(ca); err != nil {
		t.Error(err)
	}
	if flags := l.Flags(); !slices.Contains(flags, ca) {
		t.Errorf("the flags do not name the authority: %v", flags)
	}
	// leave a hanging request, an endless answer and an idle connection behind
	for _, s := range l.Truth()[:6] {
		conn, err := net.Dial("tcp", l.ports.http)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "+s.Domain+"\r\n\r\n")
		who, err := net.Dial("tcp", l.ports.whois)
		if err != nil {
			t.Fatal(err)
		}
		defer who.Close()
		_, _ = io.WriteString(who, s.Domain+"\r\n")
		_, _ = who.Read(make([]byte, 1))
	}
	cancel()
	if err := l.Wait(); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(ca); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the authority's file is still there: %v", err)
	}
	// goroutines that called Done may still be on their last instruction
	for range 1_000_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	b := make([]byte, 64<<10)
	t.Errorf("%d goroutines before, %d after\n%s", before, runtime.NumGoroutine(), b[:runtime.Stack(b, true)])
}

func TestTenThousandSitesStartAtOnce(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	c := start(t, Options{Sites: 10_000, Seed: 3})
	took := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("holds %d bytes", grown)
	}
	if n := len(c.lab.ConnectTo()); n > 100 {
		t.Errorf("%d mappings", n)
	}
	refused := 0
	for _, s := range c.lab.Truth() {
		if s.Story == "down_refused" {
			refused++
		}
	}
	if refused == 0 || refused > 8 {
		t.Errorf("%d sites at the closed port", refused)
	}
	t.Logf("10,000 sites started in %v", took)
}

func TestAddressesArePublicAndPlausible(t *testing.T) {
	for _, p := range []pool{poolAliyun, poolTencent, poolHuawei, poolBaidu, poolTelecom, poolHongKong, poolSingapore, poolCloudflare, poolAliyun6, poolForeign6} {
		for _, n := range []int{0, 1, 65023, 65024, 899_999} {
			a := p.at(n)
			if !p.prefix().Contains(a) || a.IsPrivate() || !a.IsGlobalUnicast() {
				t.Errorf("%s %d: %s", p, n, a)
			}
		}
	}
	if a := poolPrivate.at(3); !a.IsPrivate() {
		t.Errorf("%s is not private", a)
	}
}

func TestDescribe(t *testing.T) {
	c := start(t, Options{Sites: 3})
	for lang, want := range map[string]string{"zh": "本地互联网已启动：3 个网站", "en": "Local internet running: 3 sites"} {
		var b strings.Builder
		if err := c.lab.Describe(&b, lang); err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{want, c.lab.Resolver(), c.lab.WHOISServer(), "--connect-to", "--rdap-base", c.lab.Domains()[0]} {
			if !strings.Contains(b.String(), part) {
				t.Errorf("%s: %q is missing in\n%s", lang, part, b.String())
			}
		}
	}
}

func TestFlagsArePairs(t *testing.T) {
	c := start(t, Options{Sites: 2})
	flags := c.lab.Flags()
	for i := 0; i < len(flags); i += 2 {
		if !strings.HasPrefix(flags[i], "--") || i+1 == len(flags) || strings.HasPrefix(flags[i+1], "--") {
			t.Fatalf("flag %d of %v", i, flags)
		}
	}
	if _, err := netip.ParsePrefix(c.lab.ClientSubnet()); err != nil {
		t.Error(err)
	}
}
