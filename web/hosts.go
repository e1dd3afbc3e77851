package web

import (
	"net"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"

	"domaincheck"
)

// hostNames are the names under which the server may be called.
type hostNames map[string]bool

// newHostNames gathers the names of the options: those set, the host listened
// on, and those of the certificates.
func newHostNames(o Options) (hostNames, error) {
	h := hostNames{}
	names := o.Hosts
	if host, _, err := net.SplitHostPort(o.Listen); err == nil && host != "" {
		names = append([]string{host}, names...)
	}
	if o.TLS != nil {
		for _, c := range o.TLS.Certificates {
			if c.Leaf != nil {
				names = append(names, c.Leaf.DNSNames...)
			}
		}
	}
	for _, n := range names {
		host, err := plainHost(n)
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "web.hosts", "%q is no host name", n).WithHint("write a name such as watch.example.cn")
		}
		h[host] = true
	}
	return h, nil
}

// has tells whether a Host header names us. A literal address does: no name of
// a stranger stands behind it. So do localhost and what is below it (RFC 6761
// §6.3), which browsers resolve to this machine themselves.
func (h hostNames) has(header string) bool {
	host, err := plainHost(header)
	if err != nil {
		return false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || h[host] {
		return true
	}
	_, parent, ok := strings.Cut(host, ".")
	return ok && h["*."+parent]
}

// plainHost is a host without port, brackets, final dot and case.
func plainHost(text string) (string, error) {
	host := text
	if name, port, err := net.SplitHostPort(text); err == nil {
		if strings.Trim(port, "0123456789") != "" {
			return "", domaincheck.CodeBadInput
		}
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().WithZone("").String(), nil
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	star := strings.HasPrefix(host, "*.")
	ascii, err := idna.Lookup.ToASCII(strings.TrimPrefix(host, "*."))
	if err != nil || ascii == "" {
		return "", domaincheck.CodeBadInput
	}
	if star {
		ascii = "*." + ascii
	}
	return ascii, nil
}

// CheckListen tells whether the server may listen at an address: beyond
// loopback it takes tokens, and TLS keys or a named reverse proxy that has them.
// Errors are of domaincheck.CodeBadSettings with a hint.
func CheckListen(o Options) error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeBadSettings, "listen", "%q is no address to listen on", o.Listen).WithHint("HOST:PORT, such as 127.0.0.1:8480")
	}
	if addr, err := netip.ParseAddr(host); host == "localhost" || err == nil && addr.Unmap().IsLoopback() {
		return nil
	}
	switch {
	case len(o.Tokens) == 0:
		return domaincheck.Errorf(domaincheck.CodeBadSettings, "listen", "%s is beyond loopback, which needs auth.tokens", o.Listen).
			WithHint("make one with: domaincheck token, and add it to auth.tokens")
	case o.TLS == nil && len(o.Proxies) == 0:
		return domaincheck.Errorf(domaincheck.CodeBadSettings, "listen", "%s is beyond loopback, where tokens must not travel unencrypted", o.Listen).
			WithHint("set web.tls (certificate and key), or name the reverse proxy that encrypts in web.proxies")
	}
	return nil
}
