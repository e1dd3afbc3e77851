package rules

import (
	"domaincheck"
	"domaincheck/providers"
)

// This file holds what DNS alone gives away of a site that shows no page.

// Signs knows names of CDNs that took a site offline and name servers of
// parking services; the table of package providers does. Both results are nil
// for everything else.
type Signs interface {
	Names(providers.NameView) (*domaincheck.Block, *domaincheck.Parked)
}

// live tells whether the page was seen and is a site: then no sign of DNS
// speaks against it.
func live(p *domaincheck.HomePage) bool {
	return p != nil && p.Outcome == domaincheck.OutcomeOK && p.Block == nil && p.Parked == nil && p.Challenge == "" &&
		(p.Status == nil || *p.Status < 400) && (!p.ScriptShell || p.Rendered)
}

// takenOffline finds an alias of @ or www by which a CDN shows that it has
// stopped serving the name.
func takenOffline(e *eval, v *view) (outcome, bool) {
	r := v.obs.Resolution
	if e.b.tables.Signs == nil || r == nil || live(v.obs.Page) {
		return outcome{}, false
	}
	for i := range r.Hosts {
		h := &r.Hosts[i]
		if len(h.CNAME) == 0 || !isFront(h.Host, v.domain) {
			continue
		}
		if block, _ := e.b.tables.Signs.Names(providers.NameView{Domain: v.domain, CNAME: h.CNAME}); block != nil {
			return fail("offline").seen(&r.Look).with("provider", string(block.Provider), "sign", block.Sign, "host", h.Host), true
		}
	}
	return outcome{}, false
}

// parkedByNS finds name servers of a parking service behind a domain that
// shows no site.
func parkedByNS(e *eval, v *view) (outcome, bool) {
	if e.b.tables.Signs == nil || live(v.obs.Page) {
		return outcome{}, false
	}
	servers, look := nameServers(v)
	if len(servers) == 0 {
		return outcome{}, false
	}
	_, parked := e.b.tables.Signs.Names(providers.NameView{Domain: v.domain, NS: servers})
	if parked == nil {
		return outcome{}, false
	}
	return fail("parked_by_ns").seen(look).with("kind", parked.Kind, "sign", parked.Sign, "nameservers", servers), true
}

// nameServers gives the domain's name servers: as the parent zone delegates to
// them, else as the registry lists them.
func nameServers(v *view) ([]string, *domaincheck.Look) {
	if r := v.obs.Resolution; r != nil && r.Delegation != nil && len(r.Delegation.Parent) > 0 {
		return r.Delegation.Parent, &r.Look
	}
	if r := v.obs.Registration; r != nil && r.Outcome == domaincheck.OutcomeOK {
		return r.Nameservers, &r.Look
	}
	return nil, nil
}
