package dnscheck

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
)

// Bounds of a look at a delegation.
const (
	maxNameServers = 16
	maxReferrals   = 4                      // from the known parent down to the domain
	hedgeAfter     = 400 * time.Millisecond // then the next parent server is asked too
	perServer      = 3                      // addresses of one name server that are asked
)

// Faults of a name server.
const (
	faultNoAddress        = "no_address"        // conclusively
	faultRefused          = "refused"           // REFUSED or NOTAUTH
	faultServfail         = "servfail"          // SERVFAIL or another error
	faultNXDomain         = "nxdomain"          // denies the domain itself
	faultNotAuthoritative = "not_authoritative" // answers without authority
	faultMalformed        = "malformed"
	faultTimeout          = "timeout"
	faultUnreachable      = "unreachable"
	faultPrivate          = "private"    // only addresses that are not asked
	faultUnresolved       = "unresolved" // its addresses could not be looked up
	faultGivenUp          = "given_up"   // the look ended before its answer was due
)

// delegation looks at both sides of the delegation of the domain.
//
// The parent's servers are asked without recursion for the NS set they hand
// out; each server named there is asked the same and must answer with
// authority (RFC 1912 §2.8: a server that does not is lame). A server that
// stays silent is lame only if another one answered, for else the silence may
// be ours. If every server answers wrongly but the resolvers do resolve the
// domain, something between us and them answers in their place (port 53 is
// intercepted in many networks): then nothing is said of them.
func (o *Observer) delegation(ctx context.Context, domain string) *domaincheck.Delegation {
	d := &domaincheck.Delegation{}
	parents := make(chan parentSays, 1)
	go func() { parents <- o.parent(ctx, domain) }()
	byResolver := o.Resolve(ctx, domain, dns.TypeNS)
	recursive := nsNames(byResolver.Records)
	// The servers the resolver names are mostly those of the parent: no need to
	// wait for it before asking them.
	early := make(map[string]*asked)
	for _, n := range recursive {
		early[n] = o.startChild(ctx, domain, n, nil)
	}
	p := <-parents
	if p.outcome == domaincheck.OutcomeAbsent && len(recursive) > 0 && !p.mapped {
		p = parentSays{outcome: domaincheck.OutcomeFailed,
			err: domaincheck.Errorf(domaincheck.CodeMalformed, domain, "the parent's server denies a domain that the resolver knows")}
	}
	d.ParentOutcome, d.Error = p.outcome, p.err
	names := slices.Clone(recursive)
	for _, n := range p.names {
		if early[n] == nil && len(names) < maxNameServers {
			names = append(names, n)
			early[n] = o.startChild(ctx, domain, n, p.glue[n])
		}
	}
	slices.Sort(names)
	servers := make([]serverSays, len(names))
	for i, n := range names {
		servers[i] = early[n].wait()
		if glue := p.glue[n]; len(glue) > 0 && len(servers[i].Addresses) == 0 {
			servers[i] = o.child(ctx, domain, n, glue)
		}
	}
	if p.outcome == domaincheck.OutcomeAbsent {
		d.Outcome, d.ChildOutcome = domaincheck.OutcomeAbsent, domaincheck.OutcomeAbsent
		return d
	}
	d.Parent = slices.Sorted(slices.Values(p.names))
	if len(names) == 0 {
		d.Outcome = p.outcome
		if p.outcome == domaincheck.OutcomeOK {
			d.Outcome = domaincheck.OutcomeFailed
		}
		d.ChildOutcome = d.Outcome
		return d
	}
	o.judgeServers(d, servers, byResolver.Outcome == domaincheck.OutcomeOK && len(recursive) > 0)
	if len(d.Child) == 0 {
		d.Child = slices.Sorted(slices.Values(recursive))
	}
	return d
}

// asked is a name server that is being asked.
type asked struct{ answer chan serverSays }

func (o *Observer) startChild(ctx context.Context, domain, host string, glue []netip.Addr) *asked {
	a := &asked{answer: make(chan serverSays, 1)}
	go func() { a.answer <- o.child(ctx, domain, host, glue) }()
	return a
}

func (a *asked) wait() serverSays { return <-a.answer }

// judgeServers fills what the domain's own servers tell. resolves tells
// whether the resolvers know the domain.
func (o *Observer) judgeServers(d *domaincheck.Delegation, servers []serverSays, resolves bool) {
	good, wrong, mapped := 0, 0, false
	var child []string
	for _, s := range servers {
		d.Servers = append(d.Servers, s.NameServer)
		mapped = mapped || s.mapped
		switch {
		case s.Outcome == domaincheck.OutcomeOK:
			good++
			for _, n := range s.names {
				if !contains(child, n) {
					child = append(child, n)
				}
			}
		case answeredWrongly(string(s.Fault)):
			wrong++
		}
	}
	d.Child = slices.Sorted(slices.Values(child))
	intercepted := good == 0 && wrong > 0 && resolves && !mapped
	for _, s := range servers {
		switch {
		case s.Fault == faultNoAddress,
			answeredWrongly(string(s.Fault)) && !intercepted,
			(s.Fault == faultTimeout || s.Fault == faultUnreachable && !s.onlySix) && good > 0:
			d.Lame = append(d.Lame, s.Host)
		}
	}
	switch {
	case good > 0:
		d.ChildOutcome, d.Outcome = domaincheck.OutcomeOK, domaincheck.OutcomeOK
	case wrong > 0 && !intercepted, len(d.Lame) == len(servers):
		d.ChildOutcome, d.Outcome = servers[0].Outcome, domaincheck.OutcomeOK
	default:
		d.ChildOutcome = servers[0].Outcome
		if d.Outcome = d.ChildOutcome; len(d.Lame) > 0 {
			d.Outcome = domaincheck.OutcomeOK
		}
		if d.Error == nil {
			d.Error = servers[0].err
		}
	}
	if d.ParentOutcome != domaincheck.OutcomeOK && len(d.Lame) == 0 {
		d.Outcome = d.ParentOutcome // half of it was not seen
	}
}

// answeredWrongly tells whether the fault is an answer, not a silence.
func answeredWrongly(fault string) bool {
	switch fault {
	case faultRefused, faultServfail, faultNXDomain, faultNotAuthoritative:
		return true
	}
	return false
}

// parentSays is what the parent's servers say of the domain.
type parentSays struct {
	outcome domaincheck.Outcome
	names   []string
	glue    map[string][]netip.Addr
	mapped  bool
	err     *domaincheck.Error
}

// parent asks the parent's servers.
func (o *Observer) parent(ctx context.Context, domain string) parentSays {
	servers, err := o.parentServers(ctx, domain)
	if err != nil {
		return parentSays{outcome: outcomeOfError(err), err: err}
	}
	for range maxReferrals {
		var ts []target
		for _, s := range servers {
			found := o.targets(s.host, s.ips)
			ts = append(ts, found[:min(len(found), 2)]...)
		}
		// IPv4 first: not every machine has IPv6.
		slices.SortStableFunc(ts, func(a, b target) int { return boolInt(a.six) - boolInt(b.six) })
		m, t, err := o.firstGood(ctx, ts, domain)
		if err != nil {
			return parentSays{outcome: outcomeOfError(err), err: err}
		}
		says := parentSays{outcome: domaincheck.OutcomeOK, mapped: t.mapped}
		at, records := referral(m, domain)
		switch {
		case sameName(at, fqdn(domain)):
			says.names, says.glue = nsNames(records), glueOf(m)
			return says
		case at == "" || m.Authoritative:
			says.outcome = domaincheck.OutcomeAbsent // NXDOMAIN or NODATA with authority
			return says
		}
		// A zone between: its servers hand out the domain.
		glue := glueOf(m)
		servers = nil
		var missing []string
		for _, n := range nsNames(records) {
			if ips := glue[n]; len(ips) > 0 {
				servers = append(servers, parentServer{host: n, ips: ips})
			} else {
				missing = append(missing, n)
			}
		}
		if len(servers) == 0 {
			servers = o.locate(ctx, missing)
		}
	}
	return parentSays{outcome: domaincheck.OutcomeFailed,
		err: domaincheck.Errorf(domaincheck.CodeMalformed, domain, "the parent's servers refer on and on")}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// referral is the owner and the records of the NS set in a message that speaks
// of the domain or of a zone above it; "" if there is none.
func referral(m *dns.Msg, domain string) (string, []dns.RR) {
	name := fqdn(domain)
	for _, section := range [][]dns.RR{m.Answer, m.Ns} {
		var owner string
		var records []dns.RR
		for _, rr := range section {
			h := rr.Header()
			if h.Rrtype != dns.TypeNS || h.Name == "." || !dns.IsSubDomain(h.Name, name) {
				continue
			}
			if owner == "" {
				owner = h.Name
			}
			if sameName(owner, h.Name) {
				records = append(records, rr)
			}
		}
		if owner != "" {
			return owner, records
		}
	}
	return "", nil
}

// glueOf are the addresses in the additional section for the servers that the
// message names, and for no others.
func glueOf(m *dns.Msg) map[string][]netip.Addr {
	glue := make(map[string][]netip.Addr)
	named := nsNames(append(slices.Clone(m.Answer), m.Ns...))
	for _, rr := range m.Extra {
		name := plain(rr.Header().Name)
		if !contains(named, name) || len(glue[name]) >= perServer {
			continue
		}
		switch rr := rr.(type) {
		case *dns.A:
			if ip, ok := netip.AddrFromSlice(rr.A); ok {
				glue[name] = append(glue[name], ip.Unmap())
			}
		case *dns.AAAA:
			if ip, ok := netip.AddrFromSlice(rr.AAAA); ok {
				glue[name] = append(glue[name], ip)
			}
		}
	}
	return glue
}

// firstGood asks the targets for the domain's NS set, the next one when one
// fails or dawdles, and gives the first message that comes with authority: a
// referral, or an authoritative answer.
func (o *Observer) firstGood(ctx context.Context, ts []target, domain string) (*dns.Msg, target, *domaincheck.Error) {
	type reply struct {
		m   *dns.Msg
		t   target
		err *domaincheck.Error
	}
	if len(ts) == 0 {
		return nil, target{}, domaincheck.Errorf(domaincheck.CodeForbidden, domain, "no server of the parent zone may be asked")
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	replies := make(chan reply, len(ts))
	hedge := time.NewTimer(0)
	defer hedge.Stop()
	var last *domaincheck.Error
	for started, ended := 0, 0; ended < len(ts); {
		select {
		case <-hedge.C:
			if started < len(ts) {
				t := ts[started]
				started++
				wg.Go(func() {
					m, err := o.askServer(ctx, t.address, fqdn(domain), dns.TypeNS)
					replies <- reply{m, t, err}
				})
				hedge.Reset(hedgeAfter)
			}
		case r := <-replies:
			ended++
			if r.err == nil && authoritative(r.m, domain) {
				return r.m, r.t, nil
			}
			if last = r.err; last == nil {
				code := domaincheck.CodeNetwork
				if outcomeOf(r.m.Rcode) == domaincheck.OutcomeRefused {
					code = domaincheck.CodeRefused
				}
				last = domaincheck.Errorf(code, r.t.address, "the parent's server answers %s without authority", rcodeName(r.m.Rcode))
			}
			hedge.Reset(0)
		}
	}
	return nil, target{}, last
}

// authoritative tells whether a parent's server said something to rely on.
func authoritative(m *dns.Msg, domain string) bool {
	if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		return false
	}
	if m.Authoritative {
		return true
	}
	owner, _ := referral(m, domain)
	return m.Rcode == dns.RcodeSuccess && len(m.Answer) == 0 && owner != ""
}

// serverSays is one name server with the NS set it gives.
type serverSays struct {
	domaincheck.NameServer
	names   []string
	mapped  bool
	onlySix bool // it could be asked by IPv6 only
	err     *domaincheck.Error
}

// child asks one of the domain's servers at each of its addresses.
func (o *Observer) child(ctx context.Context, domain, host string, glue []netip.Addr) serverSays {
	s := serverSays{NameServer: domaincheck.NameServer{Host: host}}
	ips, failed := o.serverAddresses(ctx, host)
	if len(ips) == 0 {
		ips = glue
	}
	for _, ip := range ips {
		s.Addresses = append(s.Addresses, ip.String())
	}
	ts := o.targets(host, ips)
	if len(ts) == 0 {
		switch {
		case len(ips) > 0:
			s.Outcome, s.Fault = domaincheck.OutcomeFailed, faultPrivate
			s.err = domaincheck.Errorf(domaincheck.CodeForbidden, host, "the name server's addresses are not on the public internet")
		case failed != nil:
			s.Outcome, s.Fault, s.err = outcomeOfError(failed), faultUnresolved, failed
		default:
			s.Outcome, s.Fault = domaincheck.OutcomeFailed, faultNoAddress
			s.err = domaincheck.Errorf(domaincheck.CodeNetwork, host, "the name server has no address")
		}
		return s
	}
	ts = ts[:min(len(ts), perServer)]
	s.onlySix = !slices.ContainsFunc(ts, func(t target) bool { return !t.six })
	replies := make([]serverSays, len(ts))
	var wg sync.WaitGroup
	for i, t := range ts {
		wg.Go(func() { replies[i] = o.askChild(ctx, domain, t) })
	}
	wg.Wait()
	best := slices.MinFunc(replies, func(a, b serverSays) int { return faultRank(a) - faultRank(b) })
	s.Outcome, s.RCode, s.Fault, s.err = best.Outcome, best.RCode, best.Fault, best.err
	s.names, s.mapped = best.names, ts[0].mapped
	return s
}

// faultRank orders what one address says by how much it tells of the server.
func faultRank(s serverSays) int {
	switch {
	case s.Outcome == domaincheck.OutcomeOK:
		return 0
	case answeredWrongly(string(s.Fault)):
		return 1
	case s.Fault == faultMalformed:
		return 2
	case s.Fault == faultTimeout:
		return 3
	}
	return 4
}

// nameServer is what is known of a name server's addresses.
type nameServer struct {
	ips []netip.Addr
	err *domaincheck.Error
}

// serverAddresses are the addresses of a name server, IPv4 first. The error is
// set if they could not be looked up, and nil if there are conclusively none.
// Servers that many domains share are looked up once while their TTL lasts,
// maxHostTime at the longest; what is not whole is never remembered.
func (o *Observer) serverAddresses(ctx context.Context, host string) ([]netip.Addr, *domaincheck.Error) {
	s := o.hosts.get(ctx, host, maxHostTime, func() (nameServer, time.Duration) { return o.askAddresses(ctx, host) })
	return slices.Clip(s.ips), s.err
}

// askAddresses looks a name server up, and tells how long that is good for.
func (o *Observer) askAddresses(ctx context.Context, host string) (nameServer, time.Duration) {
	six := make(chan Answer, 1)
	go func() { six <- o.Resolve(ctx, host, dns.TypeAAAA) }()
	a4 := o.Resolve(ctx, host, dns.TypeA)
	a6 := <-six
	ips := append(slices.Clone(a4.Addresses), a6.Addresses...)
	switch {
	case len(ips) > 0:
		good := maxHostTime
		for _, a := range []Answer{a4, a6} {
			if a.Outcome != domaincheck.OutcomeOK {
				good = 0
			} else if len(a.Addresses) > 0 {
				good = min(good, a.TTL)
			}
		}
		return nameServer{ips: ips}, good
	case a4.RCode == "NXDOMAIN":
		return nameServer{}, 0
	case a4.Error != nil:
		return nameServer{err: a4.Error}, 0
	}
	return nameServer{err: a6.Error}, 0
}

// askChild asks a name server at one address whether it serves the domain.
func (o *Observer) askChild(ctx context.Context, domain string, t target) serverSays {
	var s serverSays
	m, err := o.askServer(ctx, t.address, fqdn(domain), dns.TypeNS)
	if err != nil {
		s.Outcome, s.err = outcomeOfError(err), err
		switch {
		case ctx.Err() != nil:
			s.Fault = faultGivenUp
		case s.Outcome == domaincheck.OutcomeTimeout:
			s.Fault = faultTimeout
		case s.Outcome == domaincheck.OutcomeMalformed:
			s.Fault = faultMalformed
		default:
			s.Fault = faultUnreachable
		}
		return s
	}
	s.RCode, s.Outcome = domaincheck.Text(rcodeName(m.Rcode)), outcomeOf(m.Rcode)
	switch {
	case s.Outcome == domaincheck.OutcomeRefused:
		s.Fault = faultRefused
	case s.Outcome == domaincheck.OutcomeFailed:
		s.Fault = faultServfail
	case m.Rcode == dns.RcodeNameError:
		s.Fault, s.Outcome = faultNXDomain, domaincheck.OutcomeFailed
	case !m.Authoritative || !servesZone(m, domain):
		s.Fault, s.Outcome = faultNotAuthoritative, domaincheck.OutcomeFailed
	default:
		for _, rr := range m.Answer {
			if ns, ok := rr.(*dns.NS); ok && sameName(ns.Hdr.Name, fqdn(domain)) && len(s.names) < maxNameServers {
				s.names = append(s.names, plain(ns.Ns))
			}
		}
		return s
	}
	s.err = domaincheck.Errorf(domaincheck.CodeNetwork, t.address, "the name server answers %s (%s)", s.RCode, s.Fault)
	return s
}

// servesZone tells whether an authoritative answer is that of the domain's own
// zone and not of a zone above it.
func servesZone(m *dns.Msg, domain string) bool {
	for _, rr := range m.Ns {
		if rr.Header().Rrtype == dns.TypeSOA && !sameName(rr.Header().Name, fqdn(domain)) {
			return false
		}
	}
	return true
}
