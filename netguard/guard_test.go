package netguard_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/netguard"
)

// listen accepts on loopback and keeps the connections until the test ends.
func listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

// closedPort is a loopback port on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func mapping(t *testing.T, s string) netguard.Mapping {
	t.Helper()
	m, err := netguard.ParseMapping(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func resolver(hosts map[string][]string) func(context.Context, string) ([]netip.Addr, error) {
	return func(_ context.Context, host string) ([]netip.Addr, error) {
		var out []netip.Addr
		for _, s := range hosts[host] {
			out = append(out, netip.MustParseAddr(s))
		}
		return out, nil
	}
}

func TestStrangersHostsAreVetted(t *testing.T) {
	addr := listen(t)
	_, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	hosts := map[string][]string{
		"good.cn":    {"47.110.0.1"},
		"inside.cn":  {"10.0.0.1"},
		"loop.cn":    {"127.0.0.1"},
		"mixed.cn":   {"10.0.0.1", "47.110.0.1"},
		"meta.cn":    {"::ffff:169.254.169.254"},
		"v6loop.cn":  {"::1"},
		"nothing.cn": nil,
	}
	all := mapping(t, "::"+addr)
	for _, tc := range []struct {
		name    string
		address string
		opt     netguard.Options
		want    domaincheck.Code // "" = connected
	}{
		{"public, mapped", "good.cn:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, ""},
		{"upper case and dot", "GOOD.cn.:443", netguard.Options{ConnectTo: []netguard.Mapping{all}}, ""},
		{"one of two is public", "mixed.cn:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, ""},
		{"private behind a catch-all", "inside.cn:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, domaincheck.CodeForbidden},
		{"loopback name behind its own mapping", "loop.cn:80", netguard.Options{ConnectTo: []netguard.Mapping{mapping(t, "loop.cn:80:"+addr)}}, domaincheck.CodeForbidden},
		{"metadata, mapped address", "meta.cn:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, domaincheck.CodeForbidden},
		{"metadata literal", "169.254.169.254:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, domaincheck.CodeForbidden},
		{"loopback literal", "127.0.0.1:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, domaincheck.CodeForbidden},
		{"v6 literal", "[::1]:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, domaincheck.CodeForbidden},
		{"v6 loopback", "v6loop.cn:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, domaincheck.CodeForbidden},
		{"public literal, mapped", "47.110.0.1:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, ""},
		{"decimal literal", "2130706433:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, domaincheck.CodeForbidden},
		{"hex literal", "0x7f.1:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, domaincheck.CodeForbidden},
		{"other port", "good.cn:22", netguard.Options{ConnectTo: []netguard.Mapping{all}}, domaincheck.CodeForbidden},
		{"no port", "good.cn", netguard.Options{ConnectTo: []netguard.Mapping{all}}, domaincheck.CodeForbidden},
		{"no address", "nothing.cn:80", netguard.Options{ConnectTo: []netguard.Mapping{all}}, domaincheck.CodeNetwork},
		{"no address but mapped by name", "nothing.cn:80", netguard.Options{ConnectTo: []netguard.Mapping{mapping(t, "nothing.cn::"+addr)}}, ""},
		{"mapped by vetted address", "good.cn:80", netguard.Options{ConnectTo: []netguard.Mapping{mapping(t, "47.110.0.1:80:"+addr)}}, ""},
		{"private allowed", "loop.cn:" + port, netguard.Options{AllowPrivate: true, Ports: []uint16{uint16(n)}}, ""},
		{"private allowed is not everything", "224.0.0.1:80", netguard.Options{AllowPrivate: true}, domaincheck.CodeForbidden},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.opt.Resolve = resolver(hosts)
			tc.opt.Timeout = 5 * time.Second
			c, err := netguard.New(tc.opt).DialContext(t.Context(), "tcp", tc.address)
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				c.Close()
				return
			}
			if err == nil {
				c.Close()
				t.Fatalf("connected to %s", tc.address)
			}
			if !errors.Is(err, tc.want) {
				t.Errorf("%v, want code %s", err, tc.want)
			}
		})
	}
}

func TestConnTellsTheVettedAddress(t *testing.T) {
	g := netguard.New(netguard.Options{
		Resolve:   resolver(map[string][]string{"good.cn": {"47.110.0.1"}}),
		ConnectTo: []netguard.Mapping{mapping(t, "::"+listen(t))},
	})
	c, err := g.DialContext(t.Context(), "tcp", "good.cn:443")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.(*netguard.Conn).Vetted.String(); got != "47.110.0.1" {
		t.Errorf("vetted %s", got)
	}
}

func TestTrustedHosts(t *testing.T) {
	addr := listen(t)
	g := netguard.New(netguard.Options{ConnectTo: []netguard.Mapping{mapping(t, "whois.example:43:"+addr)}})
	for _, a := range []string{addr, "whois.example:43"} {
		c, err := g.DialTrusted(t.Context(), "tcp", a)
		if err != nil {
			t.Fatalf("%s: %v", a, err)
		}
		c.Close()
	}
}

func TestNextAddressIsTried(t *testing.T) {
	open, closed := listen(t), closedPort(t)
	g := netguard.New(netguard.Options{
		Resolve: resolver(map[string][]string{"two.cn": {"47.110.0.1", "47.110.0.2"}, "none.cn": {"47.110.0.1"}}),
		ConnectTo: []netguard.Mapping{
			mapping(t, "47.110.0.1::"+closed), mapping(t, "47.110.0.2::"+open),
		},
	})
	c, err := g.DialContext(t.Context(), "tcp", "two.cn:80")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.(*netguard.Conn).Vetted.String(); got != "47.110.0.2" {
		t.Errorf("connected to %s", got)
	}
	_, err = g.DialContext(t.Context(), "tcp", "none.cn:80")
	if !errors.Is(err, syscall.ECONNREFUSED) || !errors.Is(err, domaincheck.CodeNetwork) {
		t.Errorf("a closed port: %v", err)
	}
}

func TestDeadlines(t *testing.T) {
	stuck := func(ctx context.Context, _ string) ([]netip.Addr, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	g := netguard.New(netguard.Options{Resolve: stuck, Timeout: 20 * time.Millisecond})
	if _, err := g.DialContext(t.Context(), "tcp", "slow.cn:80"); !errors.Is(err, domaincheck.CodeTimeout) {
		t.Errorf("a resolver that never answers: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.DialContext(ctx, "tcp", "slow.cn:80"); !errors.Is(err, domaincheck.CodeCancelled) {
		t.Errorf("a cancelled caller: %v", err)
	}
}

func TestResolvedOnce(t *testing.T) {
	calls := 0
	g := netguard.New(netguard.Options{
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			calls++
			if calls > 1 {
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
			}
			return []netip.Addr{netip.MustParseAddr("47.110.0.1")}, nil
		},
		ConnectTo: []netguard.Mapping{mapping(t, "47.110.0.1::"+listen(t))},
	})
	c, err := g.DialContext(t.Context(), "tcp", "rebind.cn:80")
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if calls != 1 {
		t.Errorf("resolved %d times", calls)
	}
}

func TestParseMapping(t *testing.T) {
	for _, tc := range []struct{ in, out string }{
		{"example.com:443:127.0.0.1:8443", "example.com:443:127.0.0.1:8443"},
		{"::127.0.0.1:8080", "::127.0.0.1:8080"},
		{"Example.COM.::[::1]:", "example.com::[::1]:"},
		{"[2001:DB8::1]:80:[::1]:8080", "[2001:db8::1]:80:[::1]:8080"},
		{"例子.中国:80:127.0.0.1:80", "xn--fsqu00a.xn--fiqs8s:80:127.0.0.1:80"},
		{":80::8080", ":80::8080"},
		{"", ""}, {"a:b:c", ""}, {"a:1:b:2:c", ""}, {"a:0:b:1", ""}, {"a:65536:b:1", ""}, {"a:x:b:1", ""},
		{"[::1:80:b:1", ""}, {"::00[]:", ""}, {"[::1]x:80:b:1", ""}, {"[a.cn]:80:b:1", ""}, {"[zz]:80:b:1", ""}, {"http://a:80:b:1", ""}, {"a b:80:c:1", ""},
	} {
		m, err := netguard.ParseMapping(tc.in)
		if tc.out == "" {
			if !errors.Is(err, domaincheck.CodeBadSettings) {
				t.Errorf("%q: %v, want bad_settings", tc.in, err)
			}
			continue
		}
		if err != nil || m.String() != tc.out {
			t.Errorf("%q: %v %v, want %s", tc.in, m, err, tc.out)
		}
	}
}

func FuzzMapping(f *testing.F) {
	f.Add("example.com:443:127.0.0.1:8443")
	f.Add("[::1]::[fe80::1]:")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := netguard.ParseMapping(s)
		if err != nil {
			return
		}
		again, err := netguard.ParseMapping(m.String())
		if err != nil || again != m {
			t.Errorf("%q → %q → %v %v: not idempotent", s, m, again, err)
		}
	})
}
