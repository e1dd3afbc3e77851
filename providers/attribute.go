package providers

import (
	"net/netip"
	"strings"

	"domaincheck"
)

// What decided ([domaincheck.Address.By] and LocatedBy).
const (
	ByUser    = "user"
	ByCNAME   = "cname"
	ByASN     = "asn"
	ByCountry = "country"
)

// Locate is what the address table (and the user's mmdb before it) says of an
// address. It allocates nothing unless an mmdb is in force.
func (t *Table) Locate(ip netip.Addr) Place {
	p := t.addresses.lookup(ip)
	if t.mmdb != nil {
		t.mmdb.overlay(ip, &p)
	}
	return p
}

// ASName is the registered name of an autonomous system; "" if not known.
func (t *Table) ASName(asn uint32) string { return t.addresses.asName(asn) }

// Attribute tells whose an address is and where it stands, given the CNAME
// chain that led to it (targets in order, may be empty). See the package
// comment for the order of sources. What is not known stays null: Mainland is
// nil for special addresses, sinks, and addresses no table covers.
func (t *Table) Attribute(ip netip.Addr, cname []string) domaincheck.Address {
	a := domaincheck.Address{IP: ip.String()}
	real := inner(ip)
	if !real.IsValid() {
		return a
	}
	isSpecial := special(real)
	var place Place
	if !isSpecial {
		place = t.Locate(real)
		a.Country = domaincheck.Text(place.Country)
		if place.ASN != 0 {
			a.ASN = domaincheck.Known(int64(place.ASN))
			a.ASName = domaincheck.Text(t.ASName(place.ASN))
		}
	}
	if u, ok := t.users.find(real); ok {
		t.attributeUser(&a, u, real, place)
		return a
	}
	if isSpecial {
		a.Kind = KindPrivate
		return a
	}
	if t.sinks[real] {
		a.Kind = KindSink
		return a
	}
	if u, ok := t.findCNAME(cname); ok {
		t.attributeUser(&a, u, real, place)
		return a
	}
	if t.attributeCNAME(&a, cname, real, place) {
		return a
	}
	t.attributeASN(&a, real, place)
	return a
}

// set states the place and what decided it; the country follows where the
// country set says otherwise.
func set(a *domaincheck.Address, mainland *bool, by string) {
	if mainland == nil {
		return
	}
	a.Mainland, a.LocatedBy = mainland, domaincheck.Text(by)
	switch {
	case *mainland:
		a.Country = "CN"
	case a.Country == "CN":
		a.Country = "" // abroad, but the country set does not know where
	}
}

// located is where an address stands by range, AS and country.
func (t *Table) located(ip netip.Addr, p Place) (*bool, string) {
	if r, ok := t.rangeOf(ip); ok && r.scope != ScopeMixed {
		return domaincheck.Known(r.scope == ScopeMainland), ByASN
	}
	if row := t.asns[p.ASN]; row != nil && row.Scope != ScopeMixed {
		return domaincheck.Known(row.Scope == ScopeMainland), ByASN
	}
	if p.Country == "" {
		return nil, ""
	}
	return domaincheck.Known(p.Country == "CN"), ByCountry
}

// rangeOf is the row of ranges.csv that covers an address.
func (t *Table) rangeOf(ip netip.Addr) (rangeRow, bool) {
	for _, bits := range t.rangeBits {
		if bits > ip.BitLen() {
			continue
		}
		if prefix, err := ip.Prefix(bits); err == nil {
			if r, ok := t.ranges[prefix]; ok {
				return r, true
			}
		}
	}
	return rangeRow{}, false
}

func (t *Table) attributeUser(a *domaincheck.Address, u userWord, ip netip.Addr, p Place) {
	a.By, a.Provider = ByUser, domaincheck.Text(u.provider)
	if t.IsCarrier(u.provider) {
		a.Provider, a.Kind = "", KindCarrier
	}
	if u.mainland != nil {
		set(a, domaincheck.Known(*u.mainland), ByUser)
		return
	}
	if !special(ip) {
		mainland, by := t.located(ip, p)
		set(a, mainland, by)
	}
}

// CNAME finds the row of the longest suffix in a chain, its scope (regions
// told apart) and the kind of what stands behind it; nil if there is none.
func (t *Table) CNAME(chain []string) (row *Row, scope, kind string) {
	var best hit[*Row]
	var host string
	for _, c := range chain {
		h := hostName(c)
		if h == "" {
			continue
		}
		if found, ok := t.cnames.match(h); ok && (best.value == nil || longer(found.labels, found.length, best.labels, best.length)) {
			best, host = found, h
		}
	}
	if best.value == nil {
		return nil, "", ""
	}
	if k, ok := t.kinds.match(host); ok {
		kind = k.value
	}
	scope = best.value.Scope
	for _, r := range t.regions {
		below, ok := strings.CutSuffix(host, "."+r.suffix)
		if !ok {
			continue
		}
		if _, rest, more := strings.Cut(below, "."); more && kind == KindOSS {
			below = rest // the first label is the bucket, which its owner names
		}
		if hasRegion(below, r.code) {
			return best.value, r.scope, kind
		}
	}
	return best.value, scope, kind
}

func (t *Table) attributeCNAME(a *domaincheck.Address, chain []string, ip netip.Addr, p Place) bool {
	row, scope, kind := t.CNAME(chain)
	if row == nil {
		return false
	}
	a.By, a.Provider, a.Kind = ByCNAME, domaincheck.Text(row.Provider), domaincheck.Text(kind)
	a.CDN = hides(kind)
	mainland, by := t.located(ip, p)
	switch scope {
	case ScopeInternational:
		mainland, by = domaincheck.Known(false), ByCNAME
	case ScopeMainland:
		// Only an AS that is wholly abroad outweighs it.
		if by != ByASN || mainland == nil || *mainland {
			mainland, by = domaincheck.Known(true), ByCNAME
		}
	}
	set(a, mainland, by)
	return true
}

func (t *Table) attributeASN(a *domaincheck.Address, ip netip.Addr, p Place) {
	mainland, by := t.located(ip, p)
	set(a, mainland, by)
	if r, ok := t.rangeOf(ip); ok && r.provider != "" {
		a.By = ByASN
		if r.provider != "-" {
			a.Provider = domaincheck.Text(r.provider)
		}
		return
	}
	row := t.asns[p.ASN]
	if row == nil {
		a.By = domaincheck.Text(by)
		return
	}
	a.By = ByASN
	switch t.names.byID[row.Provider].role {
	case "carrier":
		a.Kind = KindCarrier
		return
	case "cdn":
		a.Kind = KindCDN
	}
	a.Provider = domaincheck.Text(row.Provider)
	if kind := t.asnKinds[p.ASN]; kind != "" {
		a.Kind = domaincheck.Text(kind)
	}
	a.CDN = hides(string(a.Kind))
}

// hides tells the kinds behind which an origin server stands.
func hides(kind string) bool { return kind == KindCDN || kind == KindWAF || kind == KindDDoS }

// InFront tells whether something stands in front of the origin, or in its
// place, so that the address does not name the provider of the server: CDN,
// WAF, 高防, object storage.
func InFront(a domaincheck.Address) bool { return a.CDN || a.Kind == KindOSS }
