package lab

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// dnsFault is how a host's question goes wrong at the resolvers.
type dnsFault int

const (
	dnsAnswers dnsFault = iota
	dnsNXDomain
	dnsNoData
	dnsServFail
	dnsServFailFirst // the first resolver fails, the second answers
	dnsRefused
	dnsDropped
	dnsGarbage
	dnsTruncated // over UDP; whole over TCP
	dnsSpoofed   // a datagram with a wrong id comes first
	dnsLoop
)

// role is which server a DNS socket plays.
type role string

// The DNS servers of the lab, as they are named in counts.
const (
	roleResolver1 role = "resolver-1"
	roleResolver2 role = "resolver-2"
	roleParent    role = "parent" // root and TLD servers
	roleChild     role = "child"  // authoritative for every delegated site
	roleLame      role = "lame"   // REFUSED to everything
	roleSilent    role = "silent" // no answer to anything
)

const ttl = 300

// nameserver answers DNS questions in one role.
type nameserver struct {
	role   role
	world  *world
	counts *counter
}

// ServeDNS implements dns.Handler.
func (s *nameserver) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	if len(q.Question) != 1 {
		m := new(dns.Msg)
		_ = w.WriteMsg(m.SetRcode(q, dns.RcodeFormatError))
		return
	}
	question := q.Question[0]
	name := strings.ToLower(strings.TrimSuffix(question.Name, "."))
	s.counts.add(Count{Kind: "dns", Server: string(s.role), Name: name, Type: dns.TypeToString[question.Qtype]})
	switch s.role {
	case roleSilent:
		return
	case roleLame:
		m := new(dns.Msg)
		_ = w.WriteMsg(m.SetRcode(q, dns.RcodeRefused))
		return
	case roleParent, roleChild:
		_ = w.WriteMsg(s.authoritative(q, name))
		return
	}
	s.resolve(w, q, name)
}

// resolve answers as a recursive resolver would.
func (s *nameserver) resolve(w dns.ResponseWriter, q *dns.Msg, name string) {
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable = true
	subnet := echoSubnet(m, q)
	if addrs := ownHosts(name); addrs != nil {
		m.Answer = addressRecords(q.Question[0].Name, q.Question[0].Qtype, addrs)
		s.finish(w, q, m)
		return
	}
	p, below := s.world.findHost(name)
	switch {
	case p == nil:
		s.infrastructure(m, q, name)
	case below == "" && q.Question[0].Qtype == dns.TypeNS && len(p.zone.child) > 0:
		m.Answer = nsRecords(p.domain, p.zone.child)
	case below == "" && q.Question[0].Qtype == dns.TypeSOA && len(p.zone.child) > 0:
		m.Answer = []dns.RR{soa(p.domain)}
	default:
		if s.answerHost(w, m, q, site{p, below, subnet}) {
			return
		}
	}
	s.finish(w, q, m)
}

// site is a question about one host of a plan, from a client that showed a
// subnet or not.
type site struct {
	plan   *plan
	below  string
	subnet netip.Prefix
}

// host is the planted answer for a label below the domain; false if the label
// does not exist.
func (p *plan) host(below string) (answer, bool) {
	if a, ok := p.zone.hosts[below]; ok {
		return a, true
	}
	// the members of a CNAME chain are names of their own
	for _, a := range p.zone.hosts {
		for i, c := range a.cname {
			if c == below+"."+p.domain {
				return answer{cname: a.cname[i+1:], a: a.a, abroad: a.abroad}, true
			}
		}
	}
	if a, ok := p.zone.hosts[""]; ok && a.fault == dnsLoop && strings.HasPrefix(below, "loop") {
		return a, true
	}
	a, ok := p.zone.hosts["*"]
	return a, ok
}

// answerHost fills in the answer for a site's host; true if it has already been
// written, or never will be.
func (s *nameserver) answerHost(w dns.ResponseWriter, m, q *dns.Msg, about site) bool {
	a, ok := about.plan.host(about.below)
	if !ok {
		// below an apex that fails altogether, nothing else works either
		if apex := about.plan.zone.hosts[""]; apex.fault == dnsServFail || apex.fault == dnsRefused {
			a.fault = apex.fault
		} else {
			a.fault = dnsNXDomain
		}
	}
	_, udp := w.RemoteAddr().(*net.UDPAddr)
	switch a.fault {
	case dnsDropped:
		return true
	case dnsGarbage:
		_, _ = w.Write([]byte("this is no DNS message"))
		return true
	case dnsNXDomain:
		m.Rcode = dns.RcodeNameError
	case dnsServFail:
		m.Rcode = dns.RcodeServerFailure
	case dnsRefused:
		m.Rcode = dns.RcodeRefused
	case dnsServFailFirst:
		if s.role == roleResolver1 {
			m.Rcode = dns.RcodeServerFailure
		}
	case dnsTruncated:
		if udp {
			m.Truncated = true
			return w.WriteMsg(m) == nil
		}
	case dnsSpoofed:
		if udp {
			decoy := m.Copy()
			decoy.Id ^= 0x5aa5
			decoy.Answer = addressRecords(q.Question[0].Name, q.Question[0].Qtype, []netip.Addr{poolSingapore.at(about.plan.index)})
			_ = w.WriteMsg(decoy)
		}
	case dnsLoop:
		m.Answer = loop(q.Question[0], about.plan.domain)
		return w.WriteMsg(m) == nil
	}
	if m.Rcode != dns.RcodeSuccess {
		if m.Rcode == dns.RcodeNameError {
			m.Ns = []dns.RR{soa(about.plan.domain)}
		}
		return false
	}
	m.Answer = records(q.Question[0], a, about.subnet)
	if len(m.Answer) == 0 {
		m.Ns = []dns.RR{soa(about.plan.domain)}
	}
	return false
}

// finish writes the message, cut to what the client takes over UDP.
func (s *nameserver) finish(w dns.ResponseWriter, q, m *dns.Msg) {
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
		size := dns.MinMsgSize
		if opt := q.IsEdns0(); opt != nil {
			size = max(size, int(opt.UDPSize()))
		}
		m.Truncate(size)
	}
	_ = w.WriteMsg(m)
}

// infrastructure answers for the root, the TLDs and the lab's own zone; all
// other names do not exist.
func (s *nameserver) infrastructure(m, q *dns.Msg, name string) {
	question := q.Question[0]
	servers := []string{hostTLD1, hostTLD2}
	zone := name
	switch {
	case name == "":
		servers = []string{hostRoot}
	case isSuffix(name):
	case name == strings.TrimSuffix(zoneName, "."):
		servers = []string{hostNS1, hostNS2}
	default:
		m.Rcode = dns.RcodeNameError
		m.Ns = []dns.RR{soa("")}
		return
	}
	switch question.Qtype {
	case dns.TypeNS:
		m.Answer = nsRecords(zone, servers)
	case dns.TypeSOA:
		m.Answer = []dns.RR{soa(zone)}
	default:
		m.Ns = []dns.RR{soa(zone)}
	}
	for _, host := range servers {
		if question.Qtype == dns.TypeNS {
			m.Extra = append(m.Extra, addressRecords(dns.Fqdn(host), dns.TypeA, ownHosts(host))...)
		}
	}
}

// authoritative answers as the root's, a TLD's or a site's own server, without
// recursion.
func (s *nameserver) authoritative(q *dns.Msg, name string) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Authoritative = true
	question := q.Question[0]
	if addrs := ownHosts(name); addrs != nil {
		m.Answer = addressRecords(question.Name, question.Qtype, addrs)
		return m
	}
	p, below := s.world.find(name)
	switch {
	case p == nil:
		s.infrastructure(m, q, name)
	case len(p.zone.parent) == 0:
		m.Rcode = dns.RcodeNameError
		m.Ns = []dns.RR{soa(p.tld)}
	case s.role == roleParent:
		m.Authoritative = false
		m.Ns = nsRecords(p.domain, p.zone.parent)
		for _, host := range p.zone.parent {
			m.Extra = append(m.Extra, addressRecords(dns.Fqdn(host), dns.TypeA, ownHosts(host))...)
		}
	case below == "" && question.Qtype == dns.TypeNS:
		m.Answer = nsRecords(p.domain, p.zone.child)
	case below == "" && question.Qtype == dns.TypeSOA:
		m.Answer = []dns.RR{soa(p.domain)}
	default:
		s.zoneAnswer(m, question, site{plan: p, below: below})
	}
	return m
}

// zoneAnswer is what a site's own server says of one host: its records, without
// following a CNAME out of the zone.
func (s *nameserver) zoneAnswer(m *dns.Msg, question dns.Question, about site) {
	a, ok := about.plan.host(about.below)
	switch {
	case ok && a.fault == dnsLoop:
		m.Answer = loop(question, about.plan.domain)[:1]
	case ok && a.fault == dnsNoData:
		m.Ns = []dns.RR{soa(about.plan.domain)}
	case ok && a.fault != dnsNXDomain:
		m.Answer = records(question, a, netip.Prefix{})
	case about.below == "":
		m.Ns = []dns.RR{soa(about.plan.domain)}
	default:
		m.Rcode = dns.RcodeNameError
		m.Ns = []dns.RR{soa(about.plan.domain)}
	}
}

// findHost is find for resolvers: it also knows the CDN names that stand for a
// site's host.
func (w *world) findHost(name string) (*plan, string) {
	for _, suffix := range []string{cdnAliyun, cdnTencent} {
		if host, ok := strings.CutSuffix(name, suffix); ok {
			p, _ := w.find(host)
			if p == nil {
				return nil, ""
			}
			for _, a := range p.zone.hosts {
				if slices.Contains(a.cname, name) {
					p.zone.hosts["cdn"] = answer{a: a.a, abroad: a.abroad}
					return p, "cdn"
				}
			}
			return nil, ""
		}
	}
	return w.find(name)
}

func isSuffix(name string) bool {
	for _, tld := range suffixes() {
		if tld == name {
			return true
		}
	}
	return false
}

// records are a host's records of the asked type, its CNAME chain before them.
func records(q dns.Question, a answer, subnet netip.Prefix) []dns.RR {
	var out []dns.RR
	owner := q.Name
	for _, target := range a.cname {
		out = append(out, &dns.CNAME{Hdr: header(owner, dns.TypeCNAME), Target: dns.Fqdn(target)})
		owner = dns.Fqdn(target)
		if q.Qtype == dns.TypeCNAME {
			return out
		}
	}
	addrs := a.a
	if a.abroad != nil && !mainland(subnet) {
		addrs = a.abroad
	}
	return append(out, addressRecords(owner, q.Qtype, addrs)...)
}

// mainland tells whether a client subnet is the one the flags name.
func mainland(subnet netip.Prefix) bool {
	return subnet.IsValid() && netip.MustParsePrefix(mainlandSubnet).Overlaps(subnet)
}

// loop is a CNAME chain that comes back to its first name.
func loop(q dns.Question, domain string) []dns.RR {
	names := []string{q.Name, "loop1." + domain + ".", "loop2." + domain + ".", q.Name}
	var out []dns.RR
	for i := range 3 {
		out = append(out, &dns.CNAME{Hdr: header(names[i], dns.TypeCNAME), Target: names[i+1]})
	}
	return out
}

// echoSubnet copies the client's EDNS options into the reply, as RFC 7871 §7.2
// asks, and returns the subnet shown.
func echoSubnet(m, q *dns.Msg) netip.Prefix {
	opt := q.IsEdns0()
	if opt == nil {
		return netip.Prefix{}
	}
	m.SetEdns0(1232, opt.Do())
	for _, o := range opt.Option {
		if e, ok := o.(*dns.EDNS0_SUBNET); ok {
			reply := *e
			reply.SourceScope = e.SourceNetmask
			m.IsEdns0().Option = append(m.IsEdns0().Option, &reply)
			if addr, ok := netip.AddrFromSlice(e.Address); ok {
				return netip.PrefixFrom(addr.Unmap(), int(e.SourceNetmask))
			}
		}
	}
	return netip.Prefix{}
}

func header(name string, rrtype uint16) dns.RR_Header {
	return dns.RR_Header{Name: dns.Fqdn(name), Rrtype: rrtype, Class: dns.ClassINET, Ttl: ttl}
}

func addressRecords(owner string, qtype uint16, addrs []netip.Addr) []dns.RR {
	var out []dns.RR
	for _, a := range addrs {
		switch {
		case qtype == dns.TypeA && a.Is4():
			out = append(out, &dns.A{Hdr: header(owner, dns.TypeA), A: a.AsSlice()})
		case qtype == dns.TypeAAAA && a.Is6():
			out = append(out, &dns.AAAA{Hdr: header(owner, dns.TypeAAAA), AAAA: a.AsSlice()})
		}
	}
	return out
}

func nsRecords(zone string, hosts []string) []dns.RR {
	var out []dns.RR
	for _, h := range hosts {
		out = append(out, &dns.NS{Hdr: header(zone, dns.TypeNS), Ns: dns.Fqdn(h)})
	}
	return out
}

func soa(zone string) dns.RR {
	return &dns.SOA{Hdr: header(zone, dns.TypeSOA), Ns: dns.Fqdn(hostNS1), Mbox: "hostmaster." + zoneName,
		Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: ttl}
}
