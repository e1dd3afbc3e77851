package netguard_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/netguard"
)

func TestRemember(t *testing.T) {
	var calls atomic.Int32
	base := netguard.New(netguard.Options{
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			calls.Add(1)
			return []netip.Addr{netip.MustParseAddr("47.110.0.1")}, nil
		},
		ConnectTo: []netguard.Mapping{mapping(t, "::"+listen(t))},
	})
	g := base.Remember()
	if got := g.Remembered("a.cn"); got != nil {
		t.Errorf("remembers %v before asking", got)
	}
	var work sync.WaitGroup
	for range 20 {
		work.Go(func() {
			c, err := g.DialContext(t.Context(), "tcp", "a.cn:80")
			if err != nil {
				t.Error(err)
				return
			}
			c.Close()
		})
	}
	work.Wait()
	if n := calls.Load(); n != 1 {
		t.Errorf("asked %d times in one look", n)
	}
	if got := g.Remembered("A.cn."); len(got) != 1 {
		t.Errorf("remembers %v", got)
	}
	if _, err := base.Remember().Lookup(t.Context(), "a.cn"); err != nil || calls.Load() != 2 {
		t.Errorf("another look must ask again: %d, %v", calls.Load(), err)
	}
}

func TestResolverFailuresAreToldApart(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		mark error
		code domaincheck.Code
	}{
		"NXDOMAIN of the system":   {&net.DNSError{Err: "no such host", IsNotFound: true}, netguard.ErrNoAddress, domaincheck.CodeNetwork},
		"no address, said so":      {domaincheck.Errorf(domaincheck.CodeNetwork, "x", "%w", netguard.ErrNoAddress), netguard.ErrNoAddress, domaincheck.CodeNetwork},
		"SERVFAIL":                 {&net.DNSError{Err: "server misbehaving", IsTemporary: true}, netguard.ErrResolve, domaincheck.CodeNetwork},
		"time-out of the resolver": {&net.DNSError{Err: "i/o timeout", IsTimeout: true}, netguard.ErrResolve, domaincheck.CodeTimeout},
		"refused by the resolver":  {domaincheck.Errorf(domaincheck.CodeRefused, "x", "REFUSED"), netguard.ErrResolve, domaincheck.CodeRefused},
	} {
		g := netguard.New(netguard.Options{Resolve: func(context.Context, string) ([]netip.Addr, error) { return nil, tc.err }})
		_, err := g.DialContext(t.Context(), "tcp", "a.cn:80")
		if !errors.Is(err, tc.mark) || !errors.Is(err, tc.code) {
			t.Errorf("%s: %v, want %v and %s", name, err, tc.mark, tc.code)
		}
	}
}

// A silent address does not hold up the next one.
func TestSilentAddressIsPassedBy(t *testing.T) {
	// A listener whose queue is full drops further connection requests.
	full, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	silent := fill(t, full)
	g := netguard.New(netguard.Options{
		Resolve: resolver(map[string][]string{"a.cn": {"47.110.0.1", "47.110.0.2"}}),
		ConnectTo: []netguard.Mapping{
			mapping(t, "47.110.0.1::"+silent), mapping(t, "47.110.0.2::"+listen(t)),
		},
		Stagger: 20 * time.Millisecond, Timeout: 10 * time.Second,
	})
	begin := time.Now()
	c, err := g.DialContext(t.Context(), "tcp", "a.cn:80")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.(*netguard.Conn).Vetted.String(); got != "47.110.0.2" || time.Since(begin) > 5*time.Second {
		t.Errorf("connected to %s after %s", got, time.Since(begin))
	}
}
