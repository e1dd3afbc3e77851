package netguard

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options of a [Guard]. The zero value is a guard with the system's resolver,
// no mapping, and the ports of sites and WHOIS.
type Options struct {
	// Resolve gives the addresses of a host; nil is the system's resolver. For
	// a name that has none it gives an empty list, or an error with
	// [ErrNoAddress] in its chain; every other error means that the resolver
	// failed, and is handed on under [ErrResolve].
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// AllowPrivate admits addresses outside the public internet. Multicast,
	// broadcast and the unspecified address stay refused.
	AllowPrivate bool
	// ConnectTo holds the mappings; the first that matches counts.
	ConnectTo []Mapping
	// Timeout bounds one dial, resolution included; default 10 s. An earlier
	// deadline of the context counts.
	Timeout time.Duration
	// Ports that strangers may name; default 43, 80, 443.
	Ports []uint16
	// Stagger is how long an address may stay silent before the next one is
	// tried beside it (RFC 8305 §5); default 250 ms.
	Stagger time.Duration
}

// maxAddresses is how many addresses of one host are tried at most.
const maxAddresses = 8

// Guard connects to hosts that strangers name. It is safe for concurrent use
// and holds no connection of its own.
type Guard struct {
	opt   Options
	table *Table
	err   error // the embedded table failed to load: every dial is refused
	memo  *memory

	speaksFirst bool
}

// New makes a guard.
func New(opt Options) *Guard {
	if opt.Timeout <= 0 {
		opt.Timeout = 10 * time.Second
	}
	if opt.Stagger <= 0 {
		opt.Stagger = 250 * time.Millisecond
	}
	if len(opt.Ports) == 0 {
		opt.Ports = []uint16{43, 80, 443}
	}
	if opt.Resolve == nil {
		opt.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	g := &Guard{opt: opt}
	g.table, g.err = special()
	return g
}

// WithPorts is the same guard with other ports that strangers may name.
func (g *Guard) WithPorts(ports ...uint16) *Guard {
	c := *g
	c.opt.Ports = slices.Clone(ports)
	return &c
}

// WithTimeout is the same guard with another bound on one dial.
func (g *Guard) WithTimeout(d time.Duration) *Guard {
	c := *g
	if d > 0 {
		c.opt.Timeout = d
	}
	return &c
}

// SpeakFirst is the same guard for protocols in which the client speaks first,
// as HTTP and TLS: where the system can (Linux), the acknowledgement that ends
// the TCP handshake travels with the client's first bytes, which spares a packet
// and the server a wake-up. A client that then keeps silent is acknowledged
// after 200 ms all the same, so a protocol whose server greets is only slower.
func (g *Guard) SpeakFirst() *Guard {
	c := *g
	c.speaksFirst = true
	return &c
}

// AllowsPort tells whether strangers may name the port.
func (g *Guard) AllowsPort(port uint16) bool { return slices.Contains(g.opt.Ports, port) }

// Conn is a connection made by a guard.
type Conn struct {
	net.Conn
	// Vetted is the address of the host as it was vetted; under a mapping the
	// connection itself leads elsewhere. Invalid for a trusted host.
	Vetted netip.Addr
}

// Lookup resolves a host (or reads an address literal) and vets it: the
// addresses that may be dialled, in the resolver's order, at least one. Where
// some of several addresses are forbidden, only the others are given. A
// forbidden host is an error of code forbidden, a host without any address one
// of code network with [ErrNoAddress] in its chain.
func (g *Guard) Lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if g.err != nil {
		return nil, g.err
	}
	host = foldHost(host)
	if a, is := literal(host); is {
		if err := g.vet(a); err != nil {
			return nil, err
		}
		return []netip.Addr{a.Unmap()}, nil
	}
	if err := checkName(host); err != nil {
		return nil, err
	}
	all, err := g.resolve(ctx, host)
	if err != nil {
		return nil, resolveError(ctx, host, err)
	}
	var good []netip.Addr
	var refused error
	for _, a := range all {
		a = a.Unmap()
		if err := g.vet(a); err != nil {
			refused = err
		} else if !slices.Contains(good, a) {
			good = append(good, a)
		}
	}
	switch {
	case len(good) > 0:
		return good, nil
	case refused != nil:
		return nil, errorf(CodeForbidden, host, "resolves to %w", refused)
	}
	return nil, errorf(CodeNetwork, host, "%w", ErrNoAddress)
}

// literal is the address that a host is; of names, which most hosts are, it does
// not make an error first.
func literal(host string) (netip.Addr, bool) {
	if host == "" || !strings.Contains(host, ":") && (host[len(host)-1] < '0' || host[len(host)-1] > '9') {
		return netip.Addr{}, false // the last of an IPv4 address is a digit
	}
	a, err := netip.ParseAddr(host)
	return a, err == nil
}

// ErrNoAddress tells that a name exists, or not, but has no address.
var ErrNoAddress = errors.New("the host has no address")

func (g *Guard) vet(a netip.Addr) error {
	if g.opt.AllowPrivate {
		if u := a.Unmap(); !u.IsValid() || u.IsUnspecified() || u.IsMulticast() || u == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
			return errorf(CodeForbidden, a.String(), "not the address of one host")
		}
		return nil
	}
	return g.table.Vet(a)
}

// checkName refuses what is neither an address nor a host name: a name whose
// last label is a number is an IPv4 address in a spelling (0x7f.1, 2130706433)
// that some resolvers read and others do not.
func checkName(host string) error {
	last := host[strings.LastIndexByte(host, '.')+1:]
	numeric := last != "" && strings.Trim(last, "0123456789") == ""
	if strings.HasPrefix(last, "0x") && strings.Trim(last[2:], "0123456789abcdef") == "" {
		numeric = true
	}
	switch {
	case host == "" || len(host) > 253 || !isPlain(host) || emptyLabel(host):
		return errorf(CodeForbidden, "", "%.80q is not a host name", host)
	case numeric:
		return errorf(CodeForbidden, host, "an address in disguise")
	}
	return nil
}

// DialContext connects to host:port as a stranger named it. network is tcp,
// tcp4, tcp6 or udp. The connection is a *[Conn].
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	if !g.AllowsPort(port) {
		return nil, errorf(CodeForbidden, address, "port %d is not one that strangers may name", port)
	}
	ctx, cancel := context.WithTimeout(ctx, g.opt.Timeout)
	defer cancel()
	addrs, err := g.Lookup(ctx, host)
	if err != nil {
		if m, ok := g.named(host, port); ok && !errors.Is(err, CodeForbidden) {
			// The user named this very host and where it is: no resolver need know it.
			return g.race(ctx, network, []target{{to: m.target(host, port)}})
		}
		return nil, err
	}
	return g.race(ctx, network, g.targets(host, port, addrs))
}

// DialVetted connects to one of the addresses that [Guard.Lookup] gave for the
// host. Mappings apply.
func (g *Guard) DialVetted(ctx context.Context, network, host string, port uint16, addrs []netip.Addr) (*Conn, error) {
	if !g.AllowsPort(port) {
		return nil, errorf(CodeForbidden, net.JoinHostPort(host, strconv.Itoa(int(port))), "port %d is not one that strangers may name", port)
	}
	for _, a := range addrs {
		if err := g.vet(a); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, g.opt.Timeout)
	defer cancel()
	return g.race(ctx, network, g.targets(foldHost(host), port, addrs))
}

// DialTrusted connects to host:port as the user named it: nothing is vetted
// and any port is good; mappings apply. A name is resolved by the guard's
// resolver, and by the system's where that knows no address.
func (g *Guard) DialTrusted(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, g.opt.Timeout)
	defer cancel()
	a, _ := literal(host)
	for _, m := range g.opt.ConnectTo {
		if m.matchesHost(host, port) || m.matchesAddr(a, port) {
			return g.race(ctx, network, []target{{to: m.target(host, port)}})
		}
	}
	if strings.Contains(host, ".") && !a.IsValid() {
		if addrs, err := g.resolve(ctx, host); err == nil && len(addrs) > 0 {
			var ts []target
			for _, a := range addrs {
				ts = append(ts, target{to: netip.AddrPortFrom(a.Unmap(), port).String()})
			}
			return g.race(ctx, network, ts)
		}
	}
	return g.race(ctx, network, []target{{to: net.JoinHostPort(host, strconv.Itoa(int(port)))}})
}

// Names tells whether a mapping of the user names this very host and says
// where it is; a catch-all does not count.
func (g *Guard) Names(host string, port uint16) bool {
	_, ok := g.named(foldHost(host), port)
	return ok
}

// named finds a mapping that names the host (or is the first to match it and
// names it): a catch-all does not count.
func (g *Guard) named(host string, port uint16) (Mapping, bool) {
	for _, m := range g.opt.ConnectTo {
		if m.matchesHost(host, port) {
			return m, m.Host != "" && m.To != ""
		}
	}
	return Mapping{}, false
}

func (m Mapping) target(host string, port uint16) string {
	if m.To != "" {
		host = m.To
	}
	if m.ToPort != 0 {
		port = m.ToPort
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// target is one place to dial, and the vetted address it stands for.
type target struct {
	vetted netip.Addr
	to     string
}

// targets are the places to dial for vetted addresses, mappings applied, no
// place twice, families in turn (RFC 8305 §4) beginning with the resolver's
// first.
func (g *Guard) targets(host string, port uint16, addrs []netip.Addr) []target {
	var out []target
	for _, a := range interleave(addrs) {
		t := target{vetted: a, to: netip.AddrPortFrom(a, port).String()}
		for _, m := range g.opt.ConnectTo {
			if m.matchesHost(host, port) || m.matchesAddr(a, port) {
				t.to = m.target(a.String(), port)
				break
			}
		}
		if len(out) < maxAddresses && !slices.ContainsFunc(out, func(o target) bool { return o.to == t.to }) {
			out = append(out, t)
		}
	}
	return out
}

func interleave(addrs []netip.Addr) []netip.Addr {
	if len(addrs) < 2 {
		return addrs
	}
	var same, other []netip.Addr
	for _, a := range addrs {
		if a.Is4() == addrs[0].Is4() {
			same = append(same, a)
		} else {
			other = append(other, a)
		}
	}
	out := make([]netip.Addr, 0, len(addrs))
	for i := 0; i < len(same) || i < len(other); i++ {
		if i < len(same) {
			out = append(out, same[i])
		}
		if i < len(other) {
			out = append(out, other[i])
		}
	}
	return out
}

func splitAddress(address string) (host string, port uint16, err error) {
	h, p, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, errorf(CodeForbidden, address, "not HOST:PORT: %w", err)
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil || n == 0 {
		return "", 0, errorf(CodeForbidden, address, "%q is not a port", p)
	}
	return foldHost(h), uint16(n), nil
}
