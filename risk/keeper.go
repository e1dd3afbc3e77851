package risk

import (
	"slices"
	"strings"

	"domaincheck"
)

// What still stands at the filing provider: nothing, only another host, or @
// or www. Providers differ in which host they count; @ or www always does.
const (
	anchorNone  = "none"
	anchorOther = "other"
	anchorFront = "front"
)

// Keeper lists the hosts that keep the filing alive: those that lead to a
// mainland address of a provider that holds an access record (its CDN
// included), or to an address on such a record. With no access record declared
// any mainland address counts. Hosts of the site's further domains come after
// those of the main one.
func Keeper(c domaincheck.Case) []domaincheck.Host {
	var kept []domaincheck.Host
	main := c.Site.MainDomain()
	seen := map[string]bool{}
	add := func(domain string) {
		if seen[domain] {
			return
		}
		seen[domain] = true
		r := c.Observation.Of(domain, main).Resolution
		if r == nil {
			return
		}
		for i := range r.Hosts {
			if keeps(&c, &r.Hosts[i]) {
				kept = append(kept, r.Hosts[i])
			}
		}
	}
	add(main)
	for _, d := range c.Site.Domains {
		add(d.Domain)
	}
	return kept
}

// Keepers names the hosts of [Keeper] with the access record that each holds
// up, for a report: one entry a host and provider, in the order of the hosts. A
// site that is not filed has nothing to keep. Where no access is declared the
// provider is whom the mainland address belongs to, or unknown.
func Keepers(c domaincheck.Case) domaincheck.List[domaincheck.Keeper] {
	if c.Site.State != domaincheck.StateFiled {
		return nil
	}
	var out domaincheck.List[domaincheck.Keeper]
	add := func(host, provider string) {
		k := domaincheck.Keeper{Host: host, Provider: domaincheck.Text(provider)}
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	for _, h := range Keeper(c) {
		for i := range c.Site.Access {
			x := &c.Site.Access[i]
			if x.State == domaincheck.AccessCancelled {
				continue
			}
			for j := range h.Addresses {
				if atProvider(&c, x, &h.Addresses[j]) {
					add(h.Host, x.Provider)
				}
			}
		}
		for j := range h.Addresses {
			if a := &h.Addresses[j]; len(c.Site.Access) == 0 && domaincheck.Is(a.Mainland) {
				add(h.Host, string(a.Provider))
			}
		}
	}
	return out
}

// anchorOf sums up the keepers of one domain. A host of which some addresses
// lie abroad holds nothing.
func anchorOf(c *domaincheck.Case, domain string) string {
	r := c.Observation.Of(domain, c.Site.MainDomain()).Resolution
	if r == nil {
		return anchorNone
	}
	anchor := anchorNone
	for i := range r.Hosts {
		if !keeps(c, &r.Hosts[i]) || someAbroad(&r.Hosts[i]) {
			continue
		}
		if isFront(r.Hosts[i].Host, domain) {
			return anchorFront
		}
		anchor = anchorOther
	}
	return anchor
}

func someAbroad(h *domaincheck.Host) bool {
	for i := range h.Addresses {
		if domaincheck.IsNot(h.Addresses[i].Mainland) {
			return true
		}
	}
	return false
}

func isFront(host, domain string) bool {
	return host == "@" || host == "www" || host == domain || host == "www."+domain
}

func keeps(c *domaincheck.Case, h *domaincheck.Host) bool {
	declared := false
	for i := range c.Site.Access {
		x := &c.Site.Access[i]
		if x.State == domaincheck.AccessCancelled {
			continue
		}
		declared = true
		for j := range h.Addresses {
			if atProvider(c, x, &h.Addresses[j]) {
				return true
			}
		}
	}
	if declared || len(c.Site.Access) > 0 {
		return false
	}
	for j := range h.Addresses {
		if domaincheck.Is(h.Addresses[j].Mainland) {
			return true
		}
	}
	return false
}

// atProvider tells whether an address is the provider's of an access record:
// by attribution, or because it stands on the record or on a declared server.
func atProvider(c *domaincheck.Case, x *domaincheck.Access, a *domaincheck.Address) bool {
	if domaincheck.IsNot(a.Mainland) || a.Kind == "private" || a.Kind == "sink" {
		return false
	}
	if a.Provider != "" && strings.EqualFold(string(a.Provider), x.Provider) {
		return true
	}
	for _, ip := range x.Addresses {
		if ip == a.IP {
			return true
		}
	}
	for i := range c.Site.Servers {
		s := &c.Site.Servers[i]
		if !strings.EqualFold(string(s.Provider), x.Provider) {
			continue
		}
		for _, ip := range s.Addresses {
			if ip == a.IP {
				return true
			}
		}
	}
	return false
}

// providers lists the distinct providers that hold an access record.
func providers(c *domaincheck.Case) []string {
	var out []string
next:
	for i := range c.Site.Access {
		x := &c.Site.Access[i]
		if x.State == domaincheck.AccessCancelled {
			continue
		}
		for _, p := range out {
			if strings.EqualFold(p, x.Provider) {
				continue next
			}
		}
		out = append(out, x.Provider)
	}
	return out
}
