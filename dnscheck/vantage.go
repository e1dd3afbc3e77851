package dnscheck

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
)

const (
	vantageFresh    = time.Hour       // a known place is asked again after this
	vantageRetry    = 5 * time.Minute // an unknown one after this
	vantagePatience = 2 * time.Second
)

// place is where the view is taken from (see Options.Vantage).
//
// Public resolvers are anycast: an address in the mainland's table may be
// answered by a node in Singapore if the scanner is there. What counts for
// answers that depend on place is from where the resolver asks authoritative
// servers. Two well-known names answer with just that: whoami.akamai.net (A)
// and o-o.myaddr.l.google.com (TXT). The place is known if all that answer
// agree.
func (o *Observer) place(ctx context.Context) domaincheck.Vantage {
	if o.opts.Vantage != "" {
		return o.opts.Vantage
	}
	if o.opts.ClientSubnet.IsValid() {
		return vantageOf(o.opts.Attribute(o.opts.ClientSubnet.Addr(), nil).Mainland)
	}
	for _, u := range o.upstreams {
		if onLoopback(u.address) {
			return domaincheck.VantageUnknown
		}
	}
	return o.askPlace(ctx)
}

// askPlace asks the names, or gives what they said not long ago.
func (o *Observer) askPlace(ctx context.Context) domaincheck.Vantage {
	o.vantageMu.Lock()
	known, age := o.vantage, time.Since(o.vantageAt)
	o.vantageMu.Unlock()
	if known != "" && (age < vantageRetry || known != domaincheck.VantageUnknown && age < vantageFresh) {
		return known
	}
	ctx, cancel := context.WithTimeout(ctx, vantagePatience)
	defer cancel()
	answers := make(chan Answer, 2*len(o.upstreams))
	for _, u := range o.upstreams {
		go func() { answers <- chase(ctx, u, "whoami.akamai.net.", dns.TypeA, 0) }()
		go func() { answers <- chase(ctx, u, "o-o.myaddr.l.google.com.", dns.TypeTXT, 0) }()
	}
	place := domaincheck.VantageUnknown
	mixed := false
	for range cap(answers) {
		a := <-answers
		for _, ip := range seenFrom(a) {
			v := vantageOf(o.opts.Attribute(ip, nil).Mainland)
			if v == domaincheck.VantageUnknown {
				continue
			}
			mixed = mixed || place != domaincheck.VantageUnknown && place != v
			place = v
		}
	}
	if mixed {
		place = domaincheck.VantageUnknown
	}
	o.vantageMu.Lock()
	o.vantage, o.vantageAt = place, time.Now()
	o.vantageMu.Unlock()
	return place
}

// seenFrom are the addresses that a "who am I" answer names: of the resolver's
// node, or of the client subnet it passed on.
func seenFrom(a Answer) []netip.Addr {
	ips := a.Addresses
	for _, rr := range a.Records {
		t, ok := rr.(*dns.TXT)
		if !ok {
			continue
		}
		for _, s := range t.Txt {
			s = strings.TrimPrefix(s, "edns0-client-subnet ")
			s, _, _ = strings.Cut(s, "/")
			if ip, err := netip.ParseAddr(s); err == nil {
				ips = append(ips, ip)
			}
		}
	}
	return ips
}

func vantageOf(mainland *bool) domaincheck.Vantage {
	switch {
	case domaincheck.Is(mainland):
		return domaincheck.VantageMainland
	case domaincheck.IsNot(mainland):
		return domaincheck.VantageAbroad
	}
	return domaincheck.VantageUnknown
}

// onLoopback tells whether a resolver runs on this machine.
func onLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
