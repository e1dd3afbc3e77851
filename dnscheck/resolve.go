package dnscheck

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
	"domaincheck/netguard"
)

// MaxChain is the number of aliases followed; a longer chain counts as a loop.
const MaxChain = 16

// Answer is what the resolvers say to one question.
type Answer struct {
	Name string // as asked: lower case, no final dot
	Type uint16

	// Outcome is ok for NOERROR and NXDOMAIN: an answer came. Otherwise Error
	// tells more.
	Outcome domaincheck.Outcome
	RCode   string // NOERROR, NXDOMAIN, SERVFAIL …; "" when no answer came

	CNAME     []string      // the alias chain, without the name asked
	Addresses []netip.Addr  // of A and AAAA questions
	Records   []dns.RR      // of other questions: the records at the end of the chain
	Loop      bool          // the chain bites its tail or is longer than MaxChain
	TTL       time.Duration // the shortest of the records at the end of the chain
	Resolver  string        // host:port that answered
	Error     *domaincheck.Error

	raw *dns.Msg
}

// Empty tells whether the answer is NODATA or NXDOMAIN: a conclusive "nothing".
func (a *Answer) Empty() bool {
	return a.Outcome == domaincheck.OutcomeOK && len(a.Addresses) == 0 && len(a.Records) == 0
}

// Resolve asks one question of the resolvers, in their order: the second is
// asked when the first does not answer, is refused or fails (SERVFAIL). It
// follows aliases the resolver did not follow. It gives up when ctx ends.
//
// If no resolver gives a conclusive answer, the first one's failure is told.
func (o *Observer) Resolve(ctx context.Context, name string, qtype uint16) Answer {
	name = fqdn(name)
	patience := time.Duration(0)
	if len(o.upstreams) > 1 {
		patience = o.opts.Timeout / time.Duration(o.opts.Retries+1)
	}
	first := chase(ctx, o.upstreams[0], name, qtype, patience)
	if first.Outcome == domaincheck.OutcomeOK || len(o.upstreams) == 1 || ctx.Err() != nil {
		return first
	}
	rest := o.upstreams[1:]
	if first.Outcome == domaincheck.OutcomeTimeout {
		rest = o.upstreams // it may only be slow: it stays in the race
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan Answer, len(rest))
	for _, u := range rest {
		go func() { answers <- chase(ctx, u, name, qtype, 0) }()
	}
	best := first
	for range rest {
		a := <-answers
		if a.Outcome == domaincheck.OutcomeOK {
			return a
		}
		if best.RCode == "" && a.RCode != "" {
			best = a
		}
	}
	return best
}

// Addresses are the A and AAAA addresses of a host, for a guarded dialer. A
// literal address is given back. A host without addresses is an error of code
// network; otherwise the code tells why it could not be looked up (timeout,
// refused, malformed, network, cancelled).
func (o *Observer) Addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	host, ok := asciiName(host)
	if !ok {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, host, "not a host name")
	}
	six := make(chan Answer, 1)
	go func() { six <- o.Resolve(ctx, host, dns.TypeAAAA) }()
	a4 := o.Resolve(ctx, host, dns.TypeA)
	a6 := <-six
	addresses := append(a4.Addresses, a6.Addresses...)
	if len(addresses) > 0 {
		return addresses, nil
	}
	for _, a := range []Answer{a4, a6} {
		if a.Error != nil {
			return nil, a.Error
		}
	}
	return nil, domaincheck.Errorf(domaincheck.CodeNetwork, host, "%w (%s)", netguard.ErrNoAddress, a4.RCode)
}

// chase asks one resolver and follows the aliases from the name asked.
func chase(ctx context.Context, u *upstream, name string, qtype uint16, patience time.Duration) Answer {
	a := Answer{Name: plain(name), Type: qtype, Resolver: u.address}
	current := name
	for {
		m, err := u.exchange(ctx, current, qtype, patience)
		if err != nil {
			a.fail(err)
			return a
		}
		if a.raw == nil || len(a.CNAME) > 0 {
			a.raw = m
		}
		before := len(a.CNAME)
		current = a.follow(m, current)
		a.RCode = rcodeName(m.Rcode)
		a.Outcome = outcomeOf(m.Rcode)
		switch {
		case a.Outcome != domaincheck.OutcomeOK:
			code := domaincheck.CodeNetwork
			if a.Outcome == domaincheck.OutcomeRefused {
				code = domaincheck.CodeRefused
			}
			a.Error = domaincheck.Errorf(code, u.address, "the resolver answers %s", a.RCode)
			return a
		case a.Loop, len(a.Addresses) > 0, len(a.Records) > 0, m.Rcode != dns.RcodeSuccess:
			return a
		case negative(m):
			return a // NODATA
		case len(a.CNAME) == before:
			if len(m.Answer) > 0 && !speaksOf(m, current) {
				a.fail(domaincheck.Errorf(domaincheck.CodeMalformed, u.address, "the answer is of another name"))
			}
			return a // NODATA
		}
	}
}

func (a *Answer) fail(err *domaincheck.Error) {
	a.Outcome, a.Error, a.RCode = outcomeOfError(err), err, ""
}

// negative tells whether the authority section holds a SOA record: the
// resolver reached the end of the chain and says that nothing is there
// (RFC 2308 §2.2).
func negative(m *dns.Msg) bool {
	for _, rr := range m.Ns {
		if rr.Header().Rrtype == dns.TypeSOA {
			return true
		}
	}
	return false
}

// speaksOf tells whether any record of the answer section is the name's. Records
// of others alone say nothing of it: neither what it has nor that it has nothing.
func speaksOf(m *dns.Msg, name string) bool {
	for _, rr := range m.Answer {
		if sameName(rr.Header().Name, name) {
			return true
		}
	}
	return false
}

// follow walks the alias chain through the answer section, from the name
// asked, and reads the records at its end. Records elsewhere are ignored. It
// gives the last name reached.
func (a *Answer) follow(m *dns.Msg, current string) string {
	for a.Type != dns.TypeCNAME {
		target := alias(m.Answer, current)
		if target == "" {
			break
		}
		target = fqdn(target)
		p := plain(target)
		if p == a.Name || contains(a.CNAME, p) || len(a.CNAME) >= MaxChain {
			a.Loop = true
			return current
		}
		a.CNAME = append(a.CNAME, p)
		current = target
	}
	for _, rr := range m.Answer {
		h := rr.Header()
		if h.Rrtype != a.Type || h.Class != dns.ClassINET || !sameName(h.Name, current) {
			continue
		}
		var ip netip.Addr
		switch rr := rr.(type) {
		case *dns.A:
			ip, _ = netip.AddrFromSlice(rr.A)
			ip = ip.Unmap()
		case *dns.AAAA:
			ip, _ = netip.AddrFromSlice(rr.AAAA)
		default:
			a.Records = append(a.Records, rr)
		}
		if ip.IsValid() && !contains(a.Addresses, ip) {
			a.Addresses = append(a.Addresses, ip)
		}
		if ttl := time.Duration(h.Ttl) * time.Second; a.TTL == 0 || ttl < a.TTL {
			a.TTL = ttl
		}
	}
	return current
}

// alias is where the name leads by a CNAME, or by a DNAME above it (RFC 6672
// §2.2); "" if it leads nowhere.
func alias(records []dns.RR, name string) string {
	for _, rr := range records {
		if c, ok := rr.(*dns.CNAME); ok && sameName(c.Hdr.Name, name) {
			return c.Target
		}
	}
	for _, rr := range records {
		d, ok := rr.(*dns.DNAME)
		if !ok || sameName(d.Hdr.Name, name) || !dns.IsSubDomain(d.Hdr.Name, name) {
			continue
		}
		target := name[:len(name)-len(d.Hdr.Name)] + d.Target
		if _, ok := dns.IsDomainName(target); ok {
			return target
		}
	}
	return ""
}

func contains[T comparable](list []T, v T) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// String is the answer in one line, for logs and tests.
func (a Answer) String() string {
	return fmt.Sprintf("%s %s %s %s %v %v", a.Name, dns.TypeToString[a.Type], a.Outcome, a.RCode, a.CNAME, a.Addresses)
}
