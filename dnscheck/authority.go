package dnscheck

import (
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/miekg/dns"

	"domaincheck"
	"domaincheck/netguard"
)

// dnsPort is where authoritative servers listen.
const dnsPort = 53

// target is an authoritative server to ask: host:port as it is dialled.
type target struct {
	address string
	mapped  bool // by Options.ConnectTo: the user named it
	six     bool
}

// targets are the addresses of a name server at which it may be asked:
// vetted, then mapped as the user says.
func (o *Observer) targets(host string, ips []netip.Addr) []target {
	var out []target
	if len(ips) == 0 {
		// A server that the user maps by name can be asked without an address.
		for _, m := range o.opts.ConnectTo {
			if m.Host == host && m.To != "" && (m.Port == 0 || m.Port == dnsPort) {
				return []target{{address: mappedTo(m, netip.Addr{}), mapped: true}}
			}
		}
		return nil
	}
	for _, ip := range ips {
		if !o.opts.AllowPrivate && netguard.Vet(ip) != nil {
			continue
		}
		t := target{address: netip.AddrPortFrom(ip, dnsPort).String(), six: ip.Is6()}
		for _, m := range o.opts.ConnectTo {
			if (m.Port == 0 || m.Port == dnsPort) && (m.Host == "" || m.Host == host || m.Host == ip.String()) {
				t = target{address: mappedTo(m, ip), mapped: true}
				break
			}
		}
		if !contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func mappedTo(m netguard.Mapping, ip netip.Addr) string {
	to, port := m.To, int(m.ToPort)
	if to == "" {
		to = ip.String()
	}
	if port == 0 {
		port = dnsPort
	}
	return net.JoinHostPort(to, strconv.Itoa(port))
}

// askServer asks an authoritative server one question without recursion,
// repeated as questions to resolvers are: from a socket of its own, or from one
// of those that questions to a busy server share.
func (o *Observer) askServer(ctx context.Context, address, name string, qtype uint16) (*dns.Msg, *domaincheck.Error) {
	select {
	case o.direct <- struct{}{}:
	case <-ctx.Done():
		return nil, contextError(ctx, address)
	}
	defer func() { <-o.direct }()
	once := o.askOnce
	if u := o.busy.server(address, &o.opts); u != nil {
		once = func(ctx context.Context, _, name string, qtype uint16, f flags) (*dns.Msg, *domaincheck.Error) {
			return u.overUDP(ctx, name, qtype, f, 0)
		}
	}
	f := flags{edns: true}
	m, err := once(ctx, address, name, qtype, f)
	if err == nil && refusesEDNS(m) {
		f = flags{}
		m, err = once(ctx, address, name, qtype, f)
	}
	if err == nil && m.Truncated {
		return overTCP(ctx, tcpTarget{address: address, timeout: o.opts.Timeout}, name, qtype, f)
	}
	return m, err
}

var readBuffers = sync.Pool{New: func() any { b := make([]byte, readSize); return &b }}

func (o *Observer) askOnce(ctx context.Context, address, name string, qtype uint16, f flags) (*dns.Msg, *domaincheck.Error) {
	c, err := newCall(name, qtype, f)
	if err != nil {
		return nil, domaincheck.AsError(err, domaincheck.CodeBadInput, name)
	}
	defer c.release()
	ctx, cancel := context.WithTimeout(ctx, o.opts.Timeout)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", address)
	if err != nil {
		return nil, dialError(ctx, err, address)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	id := uint16(rand.Uint32())
	c.packed[0], c.packed[1] = byte(id>>8), byte(id)
	room := readBuffers.Get().(*[]byte)
	defer readBuffers.Put(room)
	interval := o.opts.Timeout / time.Duration(o.opts.Retries+1)
	for try := 0; ; {
		if _, err = conn.Write(c.packed); err == nil {
			err = readReply(conn, c, *room, time.Now().Add(interval))
		}
		if err == nil {
			return parse(c.reply, address)
		}
		e := dialError(ctx, err, address)
		if try++; ctx.Err() != nil || try > o.opts.Retries || e.Code != domaincheck.CodeTimeout {
			if e.Code == domaincheck.CodeTimeout {
				return nil, c.unanswered(address)
			}
			return nil, e
		}
	}
}

// readReply reads datagrams until one answers the call, or the deadline.
func readReply(conn net.Conn, c *call, room []byte, deadline time.Time) error {
	if err := conn.SetReadDeadline(deadline); err != nil {
		return err
	}
	for {
		n, err := conn.Read(room)
		if err != nil {
			return err
		}
		reply := room[:n]
		if garbage(reply) {
			c.strange = true
			continue
		}
		if reply[0] != c.packed[0] || reply[1] != c.packed[1] {
			continue
		}
		if match(reply, c.question) == foreign {
			c.strange = true
			continue
		}
		if n == len(room) {
			reply[2] |= 0x02 // perhaps cut by our own buffer
		}
		c.reply = append(c.reply[:0], reply...)
		return nil
	}
}

// zone is a parent zone: where its servers are, or why that is not known.
type zone struct {
	servers []parentServer
	err     *domaincheck.Error
}

type parentServer struct {
	host string
	ips  []netip.Addr
}

// How long the servers of a parent zone and the addresses of a name server are
// believed, whatever their TTL: a sweep of ten thousand .com names asks for
// those of .com once an hour.
const (
	minZoneTime = 30 * time.Second
	maxZoneTime = time.Hour
	maxHostTime = 5 * time.Minute
)

// maxParentServers are asked for their addresses; a few of them are enough.
const maxParentServers = 4

// parentServers finds the servers of the zone that delegates the domain: of
// the nearest ancestor that has an NS set.
func (o *Observer) parentServers(ctx context.Context, domain string) ([]parentServer, *domaincheck.Error) {
	key := ancestor(domain)
	found := o.zones.get(ctx, key, maxZoneTime, func() (zone, time.Duration) {
		for name := key; ; name = ancestor(name) {
			a := o.Resolve(ctx, name, dns.TypeNS)
			if a.Outcome != domaincheck.OutcomeOK {
				return zone{err: a.Error}, 0
			}
			if len(a.Records) > 0 && len(a.CNAME) == 0 {
				servers := o.locate(ctx, nsNames(a.Records))
				if len(servers) == 0 {
					return zone{err: domaincheck.Errorf(domaincheck.CodeNetwork, name, "no server of the parent zone has an address")}, 0
				}
				return zone{servers: servers}, max(minZoneTime, a.TTL)
			}
			if name == "." {
				return zone{err: domaincheck.Errorf(domaincheck.CodeNetwork, domain, "the resolver names no servers of the parent zone")}, 0
			}
		}
	})
	return found.servers, found.err
}

// ancestor is the name without its first label; "." at the top.
func ancestor(name string) string {
	for i := 0; i < len(name)-1; i++ {
		if name[i] == '.' {
			return name[i+1:]
		}
	}
	return "."
}

// locate finds addresses of a few of the servers, in random order.
func (o *Observer) locate(ctx context.Context, names []string) []parentServer {
	rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	names = names[:min(len(names), maxParentServers)]
	found := make([]parentServer, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() {
			ips, _ := o.serverAddresses(ctx, name)
			found[i] = parentServer{host: name, ips: ips}
		})
	}
	wg.Wait()
	out := found[:0]
	for _, s := range found {
		if len(o.targets(s.host, s.ips)) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// nsNames are the hosts of NS records, each once, as plain names.
func nsNames(records []dns.RR) []string {
	var names []string
	for _, rr := range records {
		if ns, ok := rr.(*dns.NS); ok && len(names) < maxNameServers {
			if name := plain(ns.Ns); !contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
