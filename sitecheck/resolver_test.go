package sitecheck_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/netguard"
	"domaincheck/sitecheck"
)

// TestResolverFailureSaysNothingOfTheSite: a resolver that refuses, fails or
// is silent is no refusal, reset or absence of the site.
func TestResolverFailureSaysNothingOfTheSite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want domaincheck.Outcome
	}{
		"REFUSED":        {domaincheck.Errorf(domaincheck.CodeRefused, "192.0.2.53:53", "REFUSED"), domaincheck.OutcomeTimeout},
		"SERVFAIL":       {domaincheck.Errorf(domaincheck.CodeNetwork, "192.0.2.53:53", "SERVFAIL"), domaincheck.OutcomeTimeout},
		"silence":        {domaincheck.Errorf(domaincheck.CodeTimeout, "192.0.2.53:53", "no answer in time"), domaincheck.OutcomeTimeout},
		"malformed":      {domaincheck.Errorf(domaincheck.CodeMalformed, "192.0.2.53:53", "no message"), domaincheck.OutcomeTimeout},
		"no such name":   {&net.DNSError{Err: "no such host", IsNotFound: true}, domaincheck.OutcomeAbsent},
		"without answer": {fmt.Errorf("nothing: %w", netguard.ErrNoAddress), domaincheck.OutcomeAbsent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := sitecheck.New(sitecheck.Options{Browser: "off", Guard: netguard.New(netguard.Options{
				Resolve: func(context.Context, string) ([]netip.Addr, error) { return nil, c.err },
			})})
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			p := o.Look(t.Context(), sitecheck.Target{Domain: "site.cn"})
			if p.Outcome != c.want || p.Error == nil {
				t.Errorf("outcome %s (%v), want %s", p.Outcome, p.Error, c.want)
			}
			for _, a := range p.Attempts {
				if a.Outcome != c.want || a.IP != "" {
					t.Errorf("%s: %s at %q", a.URL, a.Outcome, a.IP)
				}
			}
		})
	}
}

// TestSilentResolverIsAskedOnce: where no resolver answers, schemes and hosts
// do not wait one behind the other.
func TestSilentResolverIsAskedOnce(t *testing.T) {
	t.Parallel()
	const timeout = time.Second
	var asked atomic.Int32
	o, err := sitecheck.New(sitecheck.Options{Browser: "off", Timeout: timeout, Guard: netguard.New(netguard.Options{
		Resolve: func(ctx context.Context, host string) ([]netip.Addr, error) {
			asked.Add(1)
			<-ctx.Done()
			return nil, domaincheck.Errorf(domaincheck.CodeTimeout, host, "no answer in time")
		},
	})})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	began := time.Now()
	p := o.Look(t.Context(), sitecheck.Target{Domain: "site.cn", Hosts: []string{"@", "www", "shop", "m"}})
	if took := time.Since(began); took > 4*timeout-timeout/4 {
		t.Errorf("took %v", took)
	}
	if n := asked.Load(); n > 8 {
		t.Errorf("the resolver was asked %d times for four hosts", n)
	}
	if p.Outcome != domaincheck.OutcomeTimeout {
		t.Errorf("outcome %s", p.Outcome)
	}
}
