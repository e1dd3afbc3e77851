package dnscheck

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// asciiName is a host name as A-labels in lower case without the final dot,
// and whether it is one at all.
func asciiName(s string) (string, bool) {
	s = strings.TrimSuffix(strings.ReplaceAll(strings.TrimSpace(s), "。", "."), ".")
	if !plainName(s) {
		ascii, err := idna.Lookup.ToASCII(s)
		if err != nil || !plainName(ascii) {
			return s, false
		}
		s = ascii
	}
	return strings.ToLower(s), true
}

// hostName is the full name of a host as a ledger writes it, below the domain:
// "@" is the apex, "*" the wildcard, "api" and "a.b" labels below it; a name
// that ends in the domain, ends in a dot, or is a host of another registrable
// domain is full already.
func hostName(host, domain string) (string, bool) {
	host = strings.TrimSpace(host)
	switch host {
	case "@", "":
		return domain, true
	case "*":
		return "*." + domain, true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return host, false
	}
	full := strings.HasSuffix(host, ".") || strings.HasSuffix(host, "。")
	wild := strings.HasPrefix(host, "*.")
	name, ok := asciiName(strings.TrimPrefix(host, "*."))
	if !ok {
		return host, false
	}
	if full || name == domain || strings.HasSuffix(name, "."+domain) || elsewhere(name) {
		return withWildcard(name, wild), true
	}
	name += "." + domain
	return withWildcard(name, wild), len(name) <= 253
}

func withWildcard(name string, wild bool) string {
	if wild {
		return "*." + name
	}
	return name
}

// elsewhere tells whether a name is a host below some registrable domain
// (www.example.com), judged by the ICANN section of the public suffix list. A
// name of two labels is taken for labels below the domain: "www.shop" may be
// either, and nobody lists another domain's apex as his host.
func elsewhere(name string) bool {
	if strings.Count(name, ".") < 2 {
		return false
	}
	suffix, icann := publicsuffix.PublicSuffix(name)
	return icann && strings.Count(name, ".")-strings.Count(suffix, ".") >= 2
}

// hostNames are the distinct full names to look at: apex, www, then the given
// hosts in their order. Those that are no host names come back apart.
func hostNames(q Question) (names, bad []string) {
	for _, h := range append([]string{"@", "www"}, q.Hosts...) {
		name, ok := hostName(h, q.Domain)
		switch {
		case !ok && !contains(bad, name):
			bad = append(bad, name)
		case ok && !contains(names, name):
			names = append(names, name)
		}
	}
	return names, bad
}
