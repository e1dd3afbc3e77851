package dnscheck

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/netguard"
)

// Defaults of [Options].
const (
	DefaultTimeout  = 5 * time.Second
	DefaultRetries  = 2
	DefaultInFlight = 512
	DefaultSockets  = 4
)

// DefaultResolvers are the public resolvers of Alibaba and DNSPod, both in the
// mainland. They are anycast: from abroad an overseas node may answer.
func DefaultResolvers() []string { return []string{"223.5.5.5", "119.29.29.29"} }

// Options of an [Observer]. The zero value asks the default resolvers.
type Options struct {
	// Resolvers are HOST[:PORT], in order of preference; an IPv6 address with a
	// port stands in brackets. Repeated ones are dropped. The user names them,
	// so they are not vetted. Default: DefaultResolvers.
	Resolvers []string

	// ClientSubnet, if valid, is sent to the resolvers (EDNS client subnet,
	// RFC 7871), so that a resolver that honours it answers as it would a
	// client there: with a mainland subnet a scanner abroad gets the mainland
	// view. It is never sent to authoritative servers.
	ClientSubnet netip.Prefix

	// Vantage is where the answers are valid for. "" or "auto" decides: the
	// place of ClientSubnet if one is given; else the place from which the
	// resolvers ask authoritative servers, which public "who am I" names tell;
	// unknown if neither can be had, or if the resolver is on loopback.
	Vantage domaincheck.Vantage

	// AllowPrivate admits addresses outside the public internet: they are
	// attributed like others, and name servers there are asked.
	AllowPrivate bool

	// ConnectTo redirects queries to authoritative servers, by the NS host's
	// name or one of its addresses and port 53. The first match counts. It does
	// not hold for the resolvers, which the user names himself.
	ConnectTo []netguard.Mapping

	// Attribute tells what is known of an address that was reached through a
	// chain of aliases. Without it addresses stand alone.
	Attribute func(ip netip.Addr, cname []string) domaincheck.Address

	// Sink tells whether an address is one that carriers answer in place of
	// the true one. Such addresses get kind "sink" and no provider.
	Sink func(ip netip.Addr) bool

	// Timeout is the longest wait for the answer to one question from one
	// server, repetitions included. Default 5 s.
	Timeout time.Duration

	// Retries is how often a UDP query is repeated within Timeout, evenly
	// spaced. Default 2; negative for none.
	Retries int

	// InFlight bounds the questions in flight per resolver, and over all
	// authoritative servers together. Default 512.
	InFlight int

	// Sockets is the number of UDP sockets per resolver. Default 4.
	Sockets int

	// Now gives the time of a look. Default time.Now.
	Now func() time.Time
}

// Observer looks at DNS. It is safe for concurrent use. Sockets are opened
// when needed and close by themselves when idle; Close closes them at once.
type Observer struct {
	opts      Options
	upstreams []*upstream
	direct    chan struct{} // slots for questions to authoritative servers
	busy      busy
	zones     memory[zone]
	hosts     memory[nameServer]

	vantageMu sync.Mutex
	vantage   domaincheck.Vantage
	vantageAt time.Time
}

// New makes an Observer. A resolver or vantage that cannot be read is an error
// of code bad_settings. Nothing is sent yet.
func New(o Options) (*Observer, error) {
	if len(o.Resolvers) == 0 {
		o.Resolvers = DefaultResolvers()
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	switch {
	case o.Retries == 0:
		o.Retries = DefaultRetries
	case o.Retries < 0:
		o.Retries = 0
	}
	if o.InFlight <= 0 {
		o.InFlight = DefaultInFlight
	}
	if o.Sockets <= 0 {
		o.Sockets = DefaultSockets
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Attribute == nil {
		o.Attribute = func(ip netip.Addr, _ []string) domaincheck.Address {
			return domaincheck.Address{IP: ip.String()}
		}
	}
	switch o.Vantage {
	case "", "auto":
		o.Vantage = ""
	case domaincheck.VantageMainland, domaincheck.VantageAbroad, domaincheck.VantageUnknown:
	default:
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "vantage", "%q is not auto, mainland or abroad", o.Vantage)
	}
	if o.ClientSubnet.IsValid() {
		o.ClientSubnet = netip.PrefixFrom(o.ClientSubnet.Addr().WithZone(""), o.ClientSubnet.Bits()).Masked()
	}
	ob := &Observer{opts: o, direct: make(chan struct{}, o.InFlight)}
	seen := make(map[string]bool)
	for _, r := range o.Resolvers {
		address, err := ParseResolver(r)
		if err != nil {
			return nil, err
		}
		if seen[address] {
			continue
		}
		seen[address] = true
		ob.upstreams = append(ob.upstreams, newUpstream(address, &ob.opts, sharing{sockets: o.Sockets, batch: batchSize, idle: socketIdle, life: socketLife}))
	}
	return ob, nil
}

// Close closes all sockets; questions in flight fail. It is safe to call more
// than once, and the Observer can be used again afterwards.
func (o *Observer) Close() error {
	for _, u := range o.upstreams {
		u.close()
	}
	o.busy.close()
	return nil
}

// ParseResolver reads HOST[:PORT] and gives host:port, port 53 when none is
// said. A host that is neither an address nor a name, or a port outside
// 1-65535, is an error of code bad_settings.
func ParseResolver(s string) (string, error) {
	bad := func(why string) (string, error) {
		return "", domaincheck.Errorf(domaincheck.CodeBadSettings, s, "not a resolver: %s", why).
			WithHint("write HOST or HOST:PORT, for example 223.5.5.5 or [2400:3200::1]:53")
	}
	t := strings.TrimSpace(s)
	if ip, err := netip.ParseAddr(strings.Trim(t, "[]")); err == nil {
		return net.JoinHostPort(ip.String(), "53"), nil
	}
	host, port := t, "53"
	if strings.Contains(t, ":") {
		var err error
		if host, port, err = net.SplitHostPort(t); err != nil {
			return bad("host and port cannot be told apart")
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return bad("the port is not a number from 1 to 65535")
	}
	if host == "" {
		return bad("no host")
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
	} else if !plainName(host) {
		return bad(fmt.Sprintf("%q is not a host", host))
	}
	return net.JoinHostPort(strings.ToLower(host), port), nil
}

// plainName tells whether s is a host name of letters, digits, hyphens and
// underscores, within the lengths of RFC 1035 §2.3.4.
func plainName(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := 0; i < len(label); i++ {
			c := label[i]
			if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
				return false
			}
		}
	}
	return true
}
