package whoischeck

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	domaincheck "domaincheck"

	"domaincheck/netguard"
)

const record = `Domain Name: SHILI.COM
Registrar WHOIS Server: %s
Creation Date: 2001-02-03T00:00:00Z
Registry Expiry Date: 2027-02-03T00:00:00Z
Registrar: Sample LLC
Name Server: NS1.SAMPLE.EXAMPLE
`

// whoisServer answers each question with what f writes.
func whoisServer(t *testing.T, f func(c net.Conn, question string)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer c.Close()
				q, _ := bufio.NewReader(c).ReadString('\n')
				f(c, strings.TrimSpace(q))
			}()
		}
	}()
	return l.Addr().String()
}

func says(text string) func(net.Conn, string) {
	return func(c net.Conn, _ string) { io.WriteString(c, text) }
}

// fast is a pacer that does not hold tests up.
func fast() Pacer { return NewMemoryPacer(Limits{PerSecond: 1e6, Burst: 1e6}) }

func observer(t *testing.T, opt Options) *Observer {
	t.Helper()
	if opt.Dialer == nil {
		opt.Dialer = netguard.New(netguard.Options{})
	}
	if opt.Pacer == nil {
		opt.Pacer = fast()
	}
	if opt.Timeout == 0 {
		opt.Timeout = 5 * time.Second
	}
	o := New(opt)
	t.Cleanup(o.Close)
	return o
}

func TestLookWHOISOutcomes(t *testing.T) {
	full := fmt.Sprintf(record, "")
	for _, tc := range []struct {
		name    string
		serve   func(net.Conn, string)
		outcome domaincheck.Outcome
		code    domaincheck.Code
	}{
		{"a record", says(full), domaincheck.OutcomeOK, ""},
		{"no match", says("No match for \"SHILI.COM\".\r\n"), domaincheck.OutcomeAbsent, ""},
		{"refused", says("Number of allowed queries exceeded.\r\n"), domaincheck.OutcomeRefused, domaincheck.CodeRefused},
		{"nothing", says(""), domaincheck.OutcomeMalformed, domaincheck.CodeMalformed},
		{"a web page", says("<html><body>no match</body></html>"), domaincheck.OutcomeMalformed, domaincheck.CodeMalformed},
		{"endless", func(c net.Conn, _ string) {
			line := []byte(full + "\n")
			for {
				if _, err := c.Write(line); err != nil {
					return
				}
			}
		}, domaincheck.OutcomeMalformed, domaincheck.CodeTooLarge},
		{"reset in the middle", func(c net.Conn, _ string) {
			io.WriteString(c, "Domain Name: SHILI.COM\nCreation Date: 2001-02-03T00:00:00Z\n")
			c.(*net.TCPConn).SetLinger(0)
		}, domaincheck.OutcomeFailed, domaincheck.CodeNetwork},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := whoisServer(t, tc.serve)
			o := observer(t, Options{Servers: map[string]string{"*": server}})
			r := o.Look(t.Context(), "shili.com")
			if r.Outcome != tc.outcome || tc.code != "" && (r.Error == nil || r.Error.Code != tc.code) {
				t.Fatalf("outcome %s, error %v", r.Outcome, r.Error)
			}
			if r.At.IsZero() {
				t.Error("no time of the look")
			}
		})
	}
}

func TestLookSilence(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	server := whoisServer(t, func(c net.Conn, _ string) {
		io.WriteString(c, "No match")
		<-hold
	})
	o := observer(t, Options{Servers: map[string]string{"*": server}, Timeout: 150 * time.Millisecond})
	start := time.Now()
	r := o.Look(t.Context(), "shili.com")
	if r.Outcome != domaincheck.OutcomeTimeout || r.Error.Code != domaincheck.CodeTimeout {
		t.Errorf("outcome %s, error %v", r.Outcome, r.Error)
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("it took %s", d)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if r := o.Look(ctx, "other.com"); r.Outcome != domaincheck.OutcomeTimeout {
		t.Errorf("the caller's deadline gave %s", r.Outcome)
	}
	done, stop := context.WithCancel(t.Context())
	stop()
	if r := o.Look(done, "third.com"); !errors.Is(r.Error, domaincheck.CodeCancelled) {
		t.Errorf("a cancelled caller got %v", r.Error)
	}
}

func TestLookClosedPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	o := observer(t, Options{Servers: map[string]string{"*": l.Addr().String()}})
	if r := o.Look(t.Context(), "shili.com"); r.Outcome != domaincheck.OutcomeFailed || r.Error.Code != domaincheck.CodeNetwork {
		t.Errorf("outcome %s, error %v", r.Outcome, r.Error)
	}
	if r := observer(t, Options{}).Look(t.Context(), "shili.nowhere"); r.Outcome != domaincheck.OutcomeFailed || r.Error == nil {
		t.Errorf("no service: %s %v", r.Outcome, r.Error)
	}
}

func TestReferral(t *testing.T) {
	var asked atomic.Int32
	registrar := whoisServer(t, func(c net.Conn, q string) {
		asked.Add(1)
		io.WriteString(c, "Domain Name: shili.com\nRegistrar Registration Expiration Date: 2026-02-03T00:00:00Z\nRegistrar: Sample LLC\nRegistrar IANA ID: 99\nRegistrant Organization: Example Trading Co.\n")
	})
	for _, tc := range []struct {
		name, named string
		follow      bool
	}{
		{"an address of our own network is not asked", registrar, false},
		{"loopback by name", "localhost", false},
		{"the server just asked", "whois.registry.example", false},
		{"a web address", "www.registrar.example/whois", true},
		{"a plain host", "whois.registrar.example", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			asked.Store(0)
			registry := whoisServer(t, says(fmt.Sprintf(record, tc.named)))
			var maps []netguard.Mapping
			for _, m := range []string{"whois.registry.example:43:" + registry, "whois.registrar.example:43:" + registrar, "www.registrar.example:43:" + registrar} {
				v, err := netguard.ParseMapping(m)
				if err != nil {
					t.Fatal(err)
				}
				maps = append(maps, v)
			}
			o := observer(t, Options{
				Dialer:   netguard.New(netguard.Options{ConnectTo: maps, Resolve: publicAddress}),
				Services: func(string) (string, string) { return "whois.registry.example", "" },
				Resolve:  publicAddress,
			})
			r := o.Look(t.Context(), "shili.com")
			if r.Outcome != domaincheck.OutcomeOK || r.Expires.String() != "2027-02-03T08:00:00+08:00" {
				t.Fatalf("the registry's part: %s %s %v", r.Outcome, r.Expires, r.Error)
			}
			if got := asked.Load() > 0; got != tc.follow {
				t.Fatalf("registrar asked: %v", got)
			}
			if !tc.follow {
				return
			}
			if r.Registrant == nil || r.Registrant.Organization != "Example Trading Co." || r.Registrar.IANAID != "99" || r.RegistrarExpires.String() != "2026-02-03T08:00:00+08:00" {
				t.Errorf("the registrar's part: %+v %+v %s", r.Registrant, r.Registrar, r.RegistrarExpires)
			}
			if len(r.Raw) != 2 || len(r.Servers) != 2 || r.Source != "whois" || !strings.Contains(r.Provenance["registrant"], "registrar.example") || !strings.Contains(r.Provenance["expires"], "registry.example") {
				t.Errorf("raw %d servers %v source %s provenance %v", len(r.Raw), r.Servers, r.Source, r.Provenance)
			}
		})
	}
}

// publicAddress resolves every example host to an address that may be asked.
func publicAddress(_ context.Context, host string) ([]netip.Addr, error) {
	if strings.HasSuffix(host, ".example") {
		return []netip.Addr{netip.MustParseAddr("93.184.216." + fmt.Sprint(len(host)))}, nil
	}
	return nil, errors.New("no such host")
}

func TestReferralUnderOverride(t *testing.T) {
	var asked atomic.Int32
	server := whoisServer(t, func(c net.Conn, _ string) {
		asked.Add(1)
		fmt.Fprintf(c, record, "whois.registrar.example")
	})
	o := observer(t, Options{Servers: map[string]string{"*": server}})
	if r := o.Look(t.Context(), "shili.com"); r.Outcome != domaincheck.OutcomeOK || asked.Load() != 1 {
		t.Errorf("%s after %d questions", r.Outcome, asked.Load())
	}
}

func TestLookRDAP(t *testing.T) {
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	defer srv.Close()
	var limited atomic.Int32
	reply := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	const rdapJSON = "application/rdap+json"
	thinAnswer := `{"objectClassName":"domain","ldhName":"thin.com","events":[{"eventAction":"expiration","eventDate":"2027-01-01T00:00:00Z"}],"links":[{"rel":"related","type":"application/rdap+json","href":"` + srv.URL + `/registrar/domain/thin.com"}]}`
	mux.HandleFunc("/r/domain/thin.com", reply(200, rdapJSON, thinAnswer))
	mux.HandleFunc("/registrar/domain/thin.com", reply(200, rdapJSON, `{"objectClassName":"domain","ldhName":"thin.com","events":[{"eventAction":"expiration","eventDate":"2026-01-01T00:00:00Z"}],"entities":[{"roles":["registrant"],"vcardArray":["vcard",[["org",{},"text","Example Co."]]]}]}`))
	mux.HandleFunc("/r/domain/broken.com", reply(200, rdapJSON, strings.ReplaceAll(thinAnswer, "thin.com", "broken.com")))
	mux.HandleFunc("/registrar/domain/broken.com", reply(500, "text/plain", "oops"))
	mux.HandleFunc("/r/domain/empty404.com", reply(404, rdapJSON, ""))
	mux.HandleFunc("/r/domain/html404.com", reply(404, "text/html", "<html>Not Found</html>"))
	mux.HandleFunc("/r/domain/json404.com", reply(404, "application/json", `{"message":"no route"}`))
	mux.HandleFunc("/r/domain/error404.com", reply(404, rdapJSON, `{"errorCode":404,"title":"Not Found"}`))
	mux.HandleFunc("/r/domain/down.com", reply(503, "text/plain", "down"))
	mux.HandleFunc("/r/domain/loop.com", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) })
	mux.HandleFunc("/r/domain/away.com", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/domain/away.com", http.StatusFound)
	})
	mux.HandleFunc("/r/domain/moved.com", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/r/domain/empty404.com", http.StatusMovedPermanently)
	})
	mux.HandleFunc("/r/domain/bomb.com", func(w http.ResponseWriter, _ *http.Request) {
		for range 40 {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/r/domain/limited.com", func(w http.ResponseWriter, _ *http.Request) {
		limited.Add(1)
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	for _, tc := range []struct {
		domain  string
		outcome domaincheck.Outcome
	}{
		{"thin.com", domaincheck.OutcomeOK}, {"broken.com", domaincheck.OutcomeOK},
		{"empty404.com", domaincheck.OutcomeAbsent}, {"error404.com", domaincheck.OutcomeAbsent}, {"moved.com", domaincheck.OutcomeAbsent},
		{"html404.com", domaincheck.OutcomeMalformed}, {"json404.com", domaincheck.OutcomeMalformed}, {"bomb.com", domaincheck.OutcomeMalformed},
		{"down.com", domaincheck.OutcomeFailed}, {"loop.com", domaincheck.OutcomeFailed}, {"away.com", domaincheck.OutcomeFailed},
		{"limited.com", domaincheck.OutcomeRefused},
	} {
		t.Run(tc.domain, func(t *testing.T) {
			o := observer(t, Options{RDAPBases: map[string]string{"*": srv.URL + "/r"}})
			r := o.Look(t.Context(), tc.domain)
			if r.Outcome != tc.outcome || r.Source != "rdap" {
				t.Fatalf("outcome %s, error %v, source %s", r.Outcome, r.Error, r.Source)
			}
			switch tc.domain {
			case "thin.com":
				if r.Registrant == nil || r.Registrant.Organization != "Example Co." || r.Expires.Day().String() != "2027-01-01" || r.RegistrarExpires.Day().String() != "2026-01-01" {
					t.Errorf("merged: %+v %s %s", r.Registrant, r.Expires, r.RegistrarExpires)
				}
			case "away.com":
				if r.Error.Code != domaincheck.CodeForbidden {
					t.Errorf("a redirect into our network: %v", r.Error)
				}
			case "limited.com":
				if again := o.Look(t.Context(), tc.domain); again.Outcome != domaincheck.OutcomeRefused || limited.Load() != 1 {
					t.Errorf("asked %d times in spite of Retry-After", limited.Load())
				}
			}
		})
	}
}

func TestFallBackToWHOIS(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler()) // a text/plain 404: some gateway
	defer srv.Close()
	whois := whoisServer(t, says(fmt.Sprintf(record, "")))
	o := observer(t, Options{RDAPBases: map[string]string{"com": srv.URL}, Servers: map[string]string{"com": whois}})
	r := o.Look(t.Context(), "SHILI.com.")
	if r.Outcome != domaincheck.OutcomeOK || r.Source != "whois" || len(r.Raw) != 2 && len(r.Raw) != 1 {
		t.Errorf("%s from %s: %v", r.Outcome, r.Source, r.Error)
	}
	off := observer(t, Options{
		Services:  func(string) (string, string) { return "127.0.0.1:1", srv.URL },
		RDAPBases: map[string]string{"*": ""}, Servers: map[string]string{"net": "127.0.0.1:1", "com": whois},
	})
	if r := off.Look(t.Context(), "shili.com"); r.Outcome != domaincheck.OutcomeOK {
		t.Errorf("RDAP off: %s %v", r.Outcome, r.Error)
	}
}

func TestJoinedLooks(t *testing.T) {
	var asked atomic.Int32
	release := make(chan struct{})
	server := whoisServer(t, func(c net.Conn, _ string) {
		asked.Add(1)
		<-release
		fmt.Fprintf(c, record, "")
	})
	o := observer(t, Options{Servers: map[string]string{"*": server}})
	first, cancel := context.WithCancel(t.Context())
	gone := make(chan *domaincheck.Registration)
	go func() { gone <- o.Look(first, "shili.com") }()
	results := make(chan *domaincheck.Registration, 8)
	for range 8 {
		go func() { results <- o.Look(t.Context(), "shili.com") }()
	}
	for waiters := 0; waiters < 9; {
		o.mu.Lock()
		if f := o.flights["shili.com"]; f != nil {
			waiters = f.waiters
		}
		o.mu.Unlock()
	}
	cancel()
	if r := <-gone; !errors.Is(r.Error, domaincheck.CodeCancelled) {
		t.Errorf("who left got %v", r.Error)
	}
	close(release)
	for range 8 {
		if r := <-results; r.Outcome != domaincheck.OutcomeOK {
			t.Errorf("who stayed got %s %v", r.Outcome, r.Error)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("%d questions", n)
	}
}

func TestPacingKey(t *testing.T) {
	o := observer(t, Options{Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
		switch host {
		case "a.example":
			return []netip.Addr{netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.1")}, nil
		case "b.example":
			return []netip.Addr{netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.0")}, nil
		}
		return nil, errors.New("no such host")
	}})
	key := func(hostport string) string {
		k, left := o.key(t.Context(), hostport)
		if left <= 0 || left > 5*time.Second {
			t.Errorf("%s: %s left", hostport, left)
		}
		return k
	}
	a, b, c := key("a.example:43"), key("b.example:43"), key("c.example:43")
	if a != b || a != "192.0.2.1:43" || c != "c.example:43" {
		t.Errorf("keys %s %s %s", a, b, c)
	}
}

func TestMemoryPacer(t *testing.T) {
	p := NewMemoryPacer(Limits{PerSecond: 20, Burst: 2, Backoff: time.Hour})
	start := time.Now()
	for range 4 {
		if err := p.Wait(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
	}
	if d := time.Since(start); d < 80*time.Millisecond {
		t.Errorf("four questions, two of them above the burst, took %s", d)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	slow := NewMemoryPacer(Limits{PerSecond: 0.001, Burst: 1})
	if err := slow.Wait(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if err := slow.Wait(ctx, "k"); !errors.Is(err, domaincheck.CodeTimeout) {
		t.Errorf("no turn in time: %v", err)
	}
	slow.Learn("asks", Refusal{Phrase: "429", Wait: time.Minute})
	if err := slow.Wait(t.Context(), "asks"); !errors.Is(err, domaincheck.CodeRefused) || !strings.Contains(err.Error(), "left alone for another 60 s") {
		t.Errorf("asked to wait for longer than there is patience: %v", err)
	}
	p.Learn("k", Refusal{Phrase: "too fast"})
	if err := p.Wait(t.Context(), "k"); !errors.Is(err, domaincheck.CodeRefused) {
		t.Errorf("after a refusal: %v", err)
	}
	if err := p.Wait(t.Context(), "other"); err != nil {
		t.Errorf("another server: %v", err)
	}
	p.Learn("short", Refusal{Phrase: "wait", Wait: 30 * time.Millisecond})
	start = time.Now()
	if err := p.Wait(t.Context(), "short"); err != nil || time.Since(start) < 25*time.Millisecond {
		t.Errorf("a short hold: %v after %s", err, time.Since(start))
	}
	p = NewMemoryPacer(Limits{PerSecond: 1000, Servers: map[string]float64{"whois.example": 1}, Burst: 1})
	p.Name("192.0.2.1:43", "whois.example:43")
	if err := p.Wait(t.Context(), "192.0.2.1:43"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Wait(ctx, "192.0.2.1:43"); !errors.Is(err, domaincheck.CodeTimeout) {
		t.Errorf("the limit given by name does not hold: %v", err)
	}
	for i := range 3 * maxBuckets {
		p.Learn(fmt.Sprint(i), Refusal{Phrase: "x"})
	}
	if n := len(p.keys); n > maxBuckets {
		t.Errorf("%d buckets", n)
	}
}

// silentDialer never connects.
type silentDialer struct{}

func (silentDialer) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	<-ctx.Done()
	return nil, domaincheck.Errorf(domaincheck.CodeTimeout, address, "no answer: %w", ctx.Err())
}

func (d silentDialer) DialTrusted(ctx context.Context, network, address string) (net.Conn, error) {
	return d.DialContext(ctx, network, address)
}

// TestDeadResolver: resolvers that are silent cost a look the time of one
// answer, and half of it once more where a second service is asked; the looks
// that follow do not ask them again at once.
func TestDeadResolver(t *testing.T) {
	for name, tc := range map[string]struct {
		rdap string
		most time.Duration
	}{"whois alone": {"", 3 * time.Second}, "both": {"https://rdap.example/", 4500 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				o := New(Options{
					Dialer: silentDialer{}, Pacer: fast(), Timeout: 3 * time.Second,
					Services: func(string) (string, string) { return "whois.example", tc.rdap },
					Resolve: func(ctx context.Context, _ string) ([]netip.Addr, error) {
						asked.Add(1)
						<-ctx.Done()
						return nil, ctx.Err()
					},
				})
				defer o.Close()
				for range 2 {
					began := time.Now()
					r := o.Look(t.Context(), "shili.cn")
					if took := time.Since(began); took > tc.most || r.Outcome != domaincheck.OutcomeTimeout {
						t.Errorf("%s in %s: %v", r.Outcome, took, r.Error)
					}
				}
				if n := asked.Load(); n > 2 {
					t.Errorf("the resolver was asked %d times", n)
				}
			})
		})
	}
}
