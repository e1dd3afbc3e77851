package rules

import (
	"net/netip"
	"strings"

	"domaincheck"
)

// This file holds the rules access.*: where the hosts of a domain lead.

// hostRank tells the apex and www, which keep a filing alive, from others.
func isFront(host, domain string) bool {
	return host == "@" || host == domain || host == "www" ||
		len(host) == len(domain)+4 && strings.HasPrefix(host, "www.") && host[4:] == domain
}

// resolution gives the part if DNS answered, else the outcome of rules that
// need it.
func resolution(v *view) (*domaincheck.Resolution, outcome) {
	r := v.obs.Resolution
	switch {
	case r == nil:
		return nil, unobserved("not_looked")
	case r.Outcome != domaincheck.OutcomeOK && r.Outcome != domaincheck.OutcomeAbsent:
		// A look of which no host got an answer may still carry what several
		// resolvers agreed upon.
		for i := range r.Hosts {
			if answer(&r.Hosts[i]) != unsure {
				return r, outcome{}
			}
		}
		return nil, lookFailed(&r.Look)
	}
	return r, outcome{}
}

// hostAnswer is what one host's answer says.
type hostAnswer uint8

const (
	unsure    hostAnswer = iota // time-out, REFUSED, one resolver's SERVFAIL, private answers
	noAddress                   // NXDOMAIN, NODATA; SERVFAIL or a loop on which two resolvers agree
	hasAddress
)

func answer(h *domaincheck.Host) hostAnswer {
	for i := range h.Addresses {
		if !unusable(&h.Addresses[i]) {
			return hasAddress
		}
	}
	if len(h.Addresses) > 0 {
		return unsure
	}
	switch {
	case h.Loop || h.RCode == "SERVFAIL":
		if h.Agreed >= 2 {
			return noAddress
		}
		return unsure
	case h.RCode == "NXDOMAIN", h.RCode == "NOERROR":
		return noAddress
	case h.RCode == "" && (h.Outcome == domaincheck.OutcomeOK || h.Outcome == domaincheck.OutcomeAbsent):
		return noAddress
	}
	return unsure
}

// unusable tells addresses that say nothing about where the site stands:
// answers for inside a network, and a carrier's own answer in place of it.
func unusable(a *domaincheck.Address) bool {
	if a.Kind != "" || a.Mainland != nil {
		return a.Kind == "private" || a.Kind == "sink"
	}
	return isPrivate(a.IP)
}

// isPrivate tells addresses that no visitor from outside can reach, or that
// cannot be read (RFC 6890).
func isPrivate(text string) bool {
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return true
	}
	ip = ip.Unmap()
	shared := ip.Is4() && ip.As4()[0] == 100 && ip.As4()[1]&0xc0 == 64 // RFC 6598
	return shared || ip.IsPrivate() || !ip.IsGlobalUnicast()
}

func accessUnfiled(_ *eval, v *view) outcome {
	r, o := resolution(v)
	if r == nil {
		return o
	}
	var foreign []string
	doubt := len(r.Hosts) == 0 && r.Outcome != domaincheck.OutcomeAbsent
	for i := range r.Hosts {
		h := &r.Hosts[i]
		doubt = doubt || answer(h) == unsure
		for j := range h.Addresses {
			switch a := &h.Addresses[j]; {
			case unusable(a) || a.Mainland == nil:
				doubt = true
			case *a.Mainland:
				return fail("served_mainland").seen(&r.Look).with("host", h.Host, "address", a.IP, "provider", string(a.Provider))
			default:
				foreign = appendOnce(foreign, a.IP)
			}
		}
	}
	switch {
	case doubt:
		return unobserved("some_hosts_unseen").seen(&r.Look)
	case len(foreign) == 0:
		return pass("not_serving").seen(&r.Look)
	case r.Vantage == domaincheck.VantageAbroad:
		return unobserved("seen_from_abroad").seen(&r.Look).with("addresses", foreign)
	}
	return pass("abroad").seen(&r.Look).with("addresses", foreign)
}

func appendOnce(list []string, s string) []string {
	for _, x := range list {
		if x == s {
			return list
		}
	}
	return append(list, s)
}

// front sums up the answers of @ and www, and of the other hosts.
func front(r *domaincheck.Resolution, domain string) (first, other hostAnswer, host *domaincheck.Host, some bool) {
	first, other = noAddress, noAddress
	sure := true
	for i := range r.Hosts {
		h := &r.Hosts[i]
		a := answer(h)
		if !isFront(h.Host, domain) {
			if a == hasAddress {
				other = hasAddress
			}
			continue
		}
		some = true
		switch a {
		case hasAddress:
			if first != hasAddress {
				first, host = hasAddress, h
			}
		case unsure:
			sure = false
		}
	}
	if first != hasAddress && (!sure || !some && r.Outcome != domaincheck.OutcomeAbsent) {
		first = unsure
	}
	return first, other, host, some
}

func accessResolves(e *eval, v *view) outcome {
	r, o := resolution(v)
	if r == nil {
		return o
	}
	first, other, host, _ := front(r, v.domain)
	if e.state == domaincheck.StateFiling && (e.order == domaincheck.OrderFirst || e.order == domaincheck.OrderNewSite) {
		return notYet(r, first, host).seen(&r.Look)
	}
	switch {
	case first == hasAddress:
		o = pass("resolves").with("host", host.Host)
	case first == unsure:
		o = unobserved("some_hosts_unseen")
	case other == hasAddress:
		o = fail("only_subdomain").severity(domaincheck.Low)
	default:
		o = fail("no_address")
		if how := brokenAnswer(r, v.domain); how != "" {
			o = o.with("rcode", how)
		}
	}
	return o.seen(&r.Look)
}

// brokenAnswer is what stands in the way of an address, where that is more
// than its absence: SERVFAIL, or a loop of aliases.
func brokenAnswer(r *domaincheck.Resolution, domain string) string {
	for i := range r.Hosts {
		switch h := &r.Hosts[i]; {
		case !isFront(h.Host, domain):
		case h.Loop:
			return "CNAME loop"
		case h.RCode == "SERVFAIL":
			return "SERVFAIL"
		}
	}
	return ""
}

// notYet: a name whose first filing is under way must not lead to a site yet.
func notYet(r *domaincheck.Resolution, first hostAnswer, host *domaincheck.Host) outcome {
	switch first {
	case noAddress:
		return pass("not_yet")
	case unsure:
		return unobserved("some_hosts_unseen")
	}
	for i := range r.Hosts {
		for j := range r.Hosts[i].Addresses {
			if a := &r.Hosts[i].Addresses[j]; domaincheck.Is(a.Mainland) && !unusable(a) {
				return fail("points_already").with("host", r.Hosts[i].Host, "address", a.IP)
			}
		}
	}
	return fail("points_abroad").severity(domaincheck.Low).with("host", host.Host)
}

// located prepares the rules about places: they need the view of a resolver in
// the mainland. doubtful is true when the vantage is not known.
func located(v *view) (r *domaincheck.Resolution, doubtful bool, o outcome) {
	r, o = resolution(v)
	if r == nil {
		return nil, false, o
	}
	if r.Vantage == domaincheck.VantageAbroad && !v.ip {
		return nil, false, unobserved("seen_from_abroad").seen(&r.Look)
	}
	return r, r.Vantage != domaincheck.VantageMainland && !v.ip, outcome{}
}

func accessMainland(_ *eval, v *view) outcome {
	r, doubtful, o := located(v)
	if r == nil {
		return o
	}
	var any, unknown, unseen, foreignOther bool
	var otherHost, otherIP string
	for i := range r.Hosts {
		h := &r.Hosts[i]
		main := isFront(h.Host, v.domain)
		unseen = unseen || main && answer(h) == unsure
		for j := range h.Addresses {
			a := &h.Addresses[j]
			switch {
			case unusable(a):
			case a.Mainland == nil:
				unknown = unknown || main
			case *a.Mainland:
				any = any || main
			case main:
				o = fail("foreign").seen(&r.Look).with("host", h.Host, "address", a.IP, "country", string(a.Country))
				if doubtful && (len(h.CNAME) > 0 || a.CDN) { // CDNs answer by the place of asking
					o = o.severity(domaincheck.Medium).with("vantage", string(r.Vantage))
				}
				return o
			case !foreignOther:
				foreignOther, otherHost, otherIP = true, h.Host, a.IP
			}
		}
	}
	switch {
	case unseen:
		o = unobserved("some_hosts_unseen")
	case unknown:
		o = unknowable("place_unknown")
	case foreignOther:
		o = fail("foreign_subdomain").severity(domaincheck.Low).with("host", otherHost, "address", otherIP)
	case any:
		o = pass("mainland")
	default:
		o = notApplicable("no_address")
	}
	return o.seen(&r.Look)
}

// inFront tells addresses behind which the origin hides.
func inFront(a *domaincheck.Address) bool {
	return a.CDN || a.Kind == "cdn" || a.Kind == "oss" || a.Kind == "waf" || a.Kind == "ddos"
}

// accessAt is the provider at which an address has an access record, "" if
// none: by the provider's id, or by the address on the record or on a
// declared server.
func (e *eval) accessAt(a *domaincheck.Address) string {
	for i := range e.c.Site.Access {
		x := &e.c.Site.Access[i]
		if x.State == domaincheck.AccessCancelled {
			continue
		}
		if a.Provider != "" && e.sameProvider(x.Provider, string(a.Provider)) {
			return x.Provider
		}
		for _, ip := range x.Addresses {
			if ip == a.IP {
				return x.Provider
			}
		}
		for j := range e.c.Site.Servers {
			s := &e.c.Site.Servers[j]
			if !e.sameProvider(x.Provider, string(s.Provider)) {
				continue
			}
			for _, ip := range s.Addresses {
				if ip == a.IP {
					return x.Provider
				}
			}
		}
	}
	return ""
}

// sameProvider compares provider ids; a ledger may also hold the name.
func (e *eval) sameProvider(declared, id string) bool {
	if declared == id {
		return id != ""
	}
	return declared != "" && id != "" && (strings.EqualFold(declared, id) || e.b.tables.Providers.ID(declared) == id)
}

// unreadAccess is a declared provider that the table does not know, "" if none:
// a reseller or a name nobody else uses, which may well be the one seen.
func (e *eval) unreadAccess() string {
	for i := range e.c.Site.Access {
		x := &e.c.Site.Access[i]
		if x.State != domaincheck.AccessCancelled && x.Provider != "" && e.b.tables.Providers.ID(x.Provider) == "" {
			return x.Provider
		}
	}
	return ""
}

func accessProvider(e *eval, v *view) outcome {
	r, doubtful, o := located(v)
	if r == nil {
		return o
	}
	var covered, ahead, carrier, unseen bool
	var missing *domaincheck.Address
	var missingHost string
	for i := range r.Hosts {
		h := &r.Hosts[i]
		main := isFront(h.Host, v.domain)
		unseen = unseen || answer(h) == unsure
		for j := range h.Addresses {
			a := &h.Addresses[j]
			switch {
			case unusable(a) || domaincheck.IsNot(a.Mainland):
			case inFront(a):
				ahead = true
			case e.accessAt(a) != "":
				covered = true
			case a.Kind == "carrier" || a.Provider == "":
				carrier = true
			case missing == nil || main && !isFront(missingHost, v.domain):
				missing, missingHost = a, h.Host
			}
		}
	}
	undeclaredAccess := len(e.c.Site.Access) == 0
	unread := ""
	if missing != nil {
		unread = e.unreadAccess()
	}
	switch {
	case undeclaredAccess && (missing != nil || carrier || ahead):
		o = undeclared("access_undeclared")
		if missing != nil {
			o = o.with("host", missingHost, "provider", string(missing.Provider))
		}
	case missing != nil && unread != "":
		o = undeclared("provider_not_known").with("declared", unread, "host", missingHost, "address", missing.IP, "provider", string(missing.Provider))
	case missing != nil:
		o = fail("no_access_record").with("host", missingHost, "address", missing.IP, "provider", string(missing.Provider))
		if !isFront(missingHost, v.domain) {
			o = o.severity(domaincheck.Medium)
		} else if doubtful && missing.Mainland == nil {
			o = o.severity(domaincheck.Medium)
		}
	case carrier:
		o = unknowable("carrier")
	case unseen:
		o = unobserved("some_hosts_unseen")
	case ahead:
		o = pass("front").severity(domaincheck.Info)
	case covered:
		o = pass("recorded")
	default:
		o = notApplicable("no_mainland_address")
	}
	return o.seen(&r.Look)
}

// accessAddress: huaweicloud demands a change filing when the address changes;
// commercial filings bind the address (001 §4.1).
func accessAddress(e *eval, v *view) outcome {
	commercial := domaincheck.Is(e.c.Site.Commercial)
	r, _, o := located(v)
	demanded := commercial
	var onRecord []string
	for i := range e.c.Site.Access {
		x := &e.c.Site.Access[i]
		if x.State == domaincheck.AccessCancelled {
			continue
		}
		if commercial || e.sameProvider(x.Provider, "huawei") {
			demanded = true
			onRecord = append(onRecord, x.Addresses...)
		}
	}
	if !demanded {
		return notApplicable("not_demanded").declared()
	}
	if r == nil {
		return o
	}
	if len(onRecord) == 0 {
		return undeclared("addresses_undeclared")
	}
	var seen, unseen bool
	for i := range r.Hosts {
		h := &r.Hosts[i]
		unseen = unseen || answer(h) == unsure
		for j := range h.Addresses {
			a := &h.Addresses[j]
			if unusable(a) || inFront(a) || !commercial && a.Provider != "" && !e.sameProvider("huawei", string(a.Provider)) {
				continue
			}
			seen = true
			found := false
			for _, ip := range onRecord {
				found = found || ip == a.IP
			}
			if !found {
				return fail("not_on_record").seen(&r.Look).with("host", h.Host, "address", a.IP, "on_record", onRecord)
			}
		}
	}
	switch {
	case unseen:
		o = unobserved("some_hosts_unseen")
	case seen:
		o = pass("on_record")
	default:
		o = notApplicable("no_origin_address")
	}
	return o.seen(&r.Look)
}

func accessDelegation(_ *eval, v *view) outcome {
	r := v.obs.Resolution
	if r == nil {
		return unobserved("not_looked")
	}
	d := r.Delegation
	switch {
	case d == nil:
		return unobserved("delegation_unseen").seen(&r.Look)
	case d.Outcome == domaincheck.OutcomeAbsent:
		return fail("not_delegated").seen(&r.Look)
	case d.Outcome != domaincheck.OutcomeOK:
		return unobserved("delegation_unseen").seen(&r.Look).with("outcome", string(d.Outcome))
	case len(d.Lame) > 0:
		return fail("lame").seen(&r.Look).with("servers", []string(d.Lame))
	case len(d.Parent) == 0:
		return fail("not_delegated").seen(&r.Look)
	case len(d.Child) > 0 && !(within(d.Parent, d.Child) && within(d.Child, d.Parent)):
		return fail("differs").seen(&r.Look).with("parent", []string(d.Parent), "child", []string(d.Child))
	}
	return pass("whole").seen(&r.Look)
}

// within tells whether every host name of a stands in b, in whatever case and
// with or without a trailing dot.
func within(a, b []string) bool {
	for _, x := range a {
		found := false
		for _, y := range b {
			if strings.EqualFold(strings.TrimSuffix(x, "."), strings.TrimSuffix(y, ".")) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}
