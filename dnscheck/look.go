package dnscheck

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
	"domaincheck/netguard"
)

// Question is what to look at.
type Question struct {
	Domain string   // registrable domain
	Hosts  []string // hosts besides "@" and www: labels below the domain, or full names
}

// Look looks at a domain and never gives nil: what went wrong stands in the
// outcome and error of the whole and of each host.
//
// Hosts come in the order apex, www, then as given, each once. The first two
// resolvers are asked side by side, further ones only if neither tells
// anything. Of two good answers that of the earlier resolver is taken; one
// with addresses is taken before "nothing there", and that before SERVFAIL.
// Host.Agreed counts the resolvers that gave the same kind of answer (both
// addresses in the mainland or both with one abroad, both NXDOMAIN, …).
//
// The outcome is ok if any host got an answer, NXDOMAIN included, or if two
// resolvers agree on SERVFAIL; else it is that of the apex.
func (o *Observer) Look(ctx context.Context, q Question) *domaincheck.Resolution {
	res := &domaincheck.Resolution{Vantage: domaincheck.VantageUnknown}
	res.At = domaincheck.At(o.opts.Now())
	for _, u := range o.upstreams {
		res.Resolvers = append(res.Resolvers, u.address)
	}
	domain, ok := asciiName(q.Domain)
	if !ok {
		res.Outcome = domaincheck.OutcomeFailed
		res.Error = domaincheck.Errorf(domaincheck.CodeBadInput, q.Domain, "not a domain name")
		return res
	}
	q.Domain = domain
	names, bad := hostNames(q)
	views := make([]combined, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() { views[i] = o.host(ctx, name) })
	}
	wg.Go(func() { res.Wildcard = o.wildcard(ctx, domain) })
	wg.Go(func() { res.Delegation = o.delegation(ctx, domain) })
	wg.Go(func() { res.Vantage = o.place(ctx) })
	wg.Wait()
	for _, v := range views {
		res.Hosts = append(res.Hosts, v.host)
	}
	res.Raw = o.raws(views, res.At)
	for _, name := range bad {
		res.Hosts = append(res.Hosts, domaincheck.Host{Host: name, Outcome: domaincheck.OutcomeFailed,
			Error: domaincheck.Errorf(domaincheck.CodeBadInput, name, "not a host name")})
	}
	res.Outcome, res.Error = overall(res.Hosts)
	return res
}

// raws are the answers of each resolver, all in one text: with an id of 0, for
// what we made up ourselves tells nothing.
func (o *Observer) raws(views []combined, at domaincheck.Instant) []domaincheck.Raw {
	var raws []domaincheck.Raw
	for _, u := range o.upstreams {
		b := make([]byte, 0, 512*2*len(views))
		for i := range views {
			for j := range views[i].raw {
				if a := &views[i].raw[j]; a.Resolver == u.address {
					a.raw.Id = 0
					b = append(appendText(b, a.raw), '\n')
				}
			}
		}
		if len(b) > 0 {
			raws = append(raws, domaincheck.Raw{Kind: "dns", Source: u.address, At: at, Bytes: b})
		}
	}
	return raws
}

// overall is the outcome of the part.
func overall(hosts []domaincheck.Host) (domaincheck.Outcome, *domaincheck.Error) {
	for _, h := range hosts {
		if h.Outcome == domaincheck.OutcomeOK || h.RCode == "SERVFAIL" && h.Agreed >= 2 {
			return domaincheck.OutcomeOK, nil
		}
	}
	return hosts[0].Outcome, hosts[0].Error
}

// class of a view, from the most to the least telling.
type class int

const (
	hasAddress class = iota
	aliasLoop
	noData
	noName
	serverFails
	tellsNothing
)

// view is what one resolver says of one host.
type view struct {
	order   int // of the resolver
	class   class
	outcome domaincheck.Outcome
	rcode   string
	cname   []string
	ips     []netip.Addr
	err     *domaincheck.Error
	answers []Answer
}

// combined is what the resolvers together say.
type combined struct {
	host domaincheck.Host
	raw  []Answer
}

// host asks the resolvers about one host. Once one of them gives a healthy
// answer the others have a short grace; bad news waits for the full time-out,
// for it needs a second voice.
func (o *Observer) host(ctx context.Context, name string) combined {
	first := min(2, len(o.upstreams))
	views := o.ask(ctx, name, 0, first)
	if len(o.upstreams) > first && !slices.ContainsFunc(views, func(v view) bool { return v.class != tellsNothing }) {
		views = append(views, o.ask(ctx, name, first, len(o.upstreams))...)
	}
	slices.SortFunc(views, func(a, b view) int { return a.order - b.order })
	return o.combine(name, views)
}

// ask gathers the views of the resolvers from..to.
func (o *Observer) ask(ctx context.Context, name string, from, to int) []view {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	started := time.Now()
	arrived := make(chan view, to-from)
	for i := from; i < to; i++ {
		wg.Go(func() {
			v := lookAt(ctx, o.upstreams[i], fqdn(name))
			v.order = i
			arrived <- v
		})
	}
	var views []view
	var grace <-chan time.Time
	for range to - from {
		select {
		case v := <-arrived:
			views = append(views, v)
			if grace == nil && o.healthy(v) {
				timer := time.NewTimer(min(o.opts.Timeout, max(2*time.Since(started), 400*time.Millisecond)))
				defer timer.Stop()
				grace = timer.C
			}
		case <-grace:
			return views
		}
	}
	return views
}

// lookAt asks one resolver for both families.
func lookAt(ctx context.Context, u *upstream, name string) view {
	six := make(chan Answer, 1)
	go func() { six <- chase(ctx, u, name, dns.TypeAAAA, 0) }()
	a4 := chase(ctx, u, name, dns.TypeA, 0)
	return merge(a4, <-six)
}

// merge is what the answers for A and AAAA say together. A failure for one
// family hides a "nothing" for the other, but not addresses; NXDOMAIN speaks
// of the name, whatever the type (RFC 8020).
func merge(a4, a6 Answer) view {
	lead := a4
	v := view{class: tellsNothing, answers: []Answer{a4, a6}}
	ok4, ok6 := a4.Outcome == domaincheck.OutcomeOK, a6.Outcome == domaincheck.OutcomeOK
	switch {
	case len(a4.Addresses) > 0:
		v.class = hasAddress
	case len(a6.Addresses) > 0:
		lead, v.class = a6, hasAddress
	case a4.Loop:
		v.class = aliasLoop
	case a6.Loop:
		lead, v.class = a6, aliasLoop
	case ok4 && a4.RCode == "NXDOMAIN" && (!ok6 || a6.RCode == "NXDOMAIN"):
		v.class = noName
	case ok4 && ok6:
		if a4.RCode == "NXDOMAIN" {
			lead = a6
		}
		v.class = noData
	case ok4 || !ok6 && a4.RCode == "" && a6.RCode != "":
		lead = a6
	}
	if v.class == tellsNothing && lead.RCode == "SERVFAIL" {
		v.class = serverFails
	}
	v.outcome, v.rcode, v.cname, v.err = lead.Outcome, lead.RCode, lead.CNAME, lead.Error
	v.ips = append(slices.Clone(a4.Addresses), a6.Addresses...)
	return v
}

// healthy tells whether a view is such that nobody would raise an alarm.
func (o *Observer) healthy(v view) bool {
	if v.class != hasAddress {
		return false
	}
	for _, ip := range v.ips {
		if a := o.address(ip, v.cname); a.Kind == "private" || a.Kind == "sink" || domaincheck.IsNot(a.Mainland) {
			return false
		}
	}
	return true
}

// combine chooses among views in the order of the resolvers.
func (o *Observer) combine(name string, views []view) combined {
	rank := func(c class) int { // loop, NODATA and NXDOMAIN are of one rank
		if c == noData || c == noName {
			return int(aliasLoop)
		}
		return int(c)
	}
	best := views[0]
	for _, v := range views[1:] {
		if rank(v.class) < rank(best.class) || v.class == tellsNothing && best.rcode == "" && v.rcode != "" {
			best = v
		}
	}
	h := domaincheck.Host{Host: name, Outcome: best.outcome, RCode: domaincheck.Text(best.rcode), CNAME: best.cname,
		Error: best.err, Loop: best.class == aliasLoop}
	for _, ip := range best.ips {
		h.Addresses = append(h.Addresses, o.address(ip, best.cname))
	}
	out := combined{raw: nil}
	for _, v := range views {
		if best.rcode != "" && v.class == best.class && v.rcode == best.rcode && o.abroad(v) == o.abroad(best) {
			h.Agreed++
		}
		for _, a := range v.answers {
			if a.raw != nil {
				out.raw = append(out.raw, a)
			}
		}
	}
	out.host = h
	return out
}

// abroad tells whether any address is known to lie outside the mainland.
func (o *Observer) abroad(v view) bool {
	return slices.ContainsFunc(v.ips, func(ip netip.Addr) bool { return domaincheck.IsNot(o.address(ip, v.cname).Mainland) })
}

// address is what is known of an address a host has. Outside the public
// internet it belongs to nobody, unless the user says to whom.
func (o *Observer) address(ip netip.Addr, cname []string) domaincheck.Address {
	if o.opts.Sink != nil && o.opts.Sink(ip) {
		a := o.opts.Attribute(ip, nil)
		return domaincheck.Address{IP: ip.String(), Country: a.Country, ASN: a.ASN, ASName: a.ASName, Kind: "sink"}
	}
	a := o.opts.Attribute(ip, cname)
	if a.IP == "" {
		a.IP = ip.String()
	}
	if !o.opts.AllowPrivate && netguard.Vet(ip) != nil && a.By != "user" {
		return domaincheck.Address{IP: ip.String(), Kind: "private"}
	}
	return a
}

// wildcard tells whether a random name below the domain exists; nil if that
// could not be seen.
func (o *Observer) wildcard(ctx context.Context, domain string) *bool {
	a := o.Resolve(ctx, randomLabel()+"."+domain, dns.TypeA)
	if a.Outcome != domaincheck.OutcomeOK {
		return nil
	}
	return domaincheck.Known(len(a.Addresses) > 0 || len(a.CNAME) > 0 || a.Loop)
}

func randomLabel() string {
	var b [14]byte
	for i := range b {
		b[i] = 'a' + byte(rand.IntN(26))
	}
	return string(b[:])
}
