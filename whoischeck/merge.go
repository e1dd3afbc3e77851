package whoischeck

import (
	"strings"

	domaincheck "domaincheck"
)

// stamp notes for every fact where it came from: "rdap @ rdap.example".
func stamp(reg *domaincheck.Registration, kind, server string) {
	if reg.Outcome != domaincheck.OutcomeOK {
		return
	}
	from := kind + " @ " + server
	reg.Provenance = map[string]string{}
	for field, known := range map[string]bool{
		"registrar": reg.Registrar != nil, "registrant": reg.Registrant != nil,
		"created": !reg.Created.IsZero(), "updated": !reg.Updated.IsZero(), "expires": !reg.Expires.IsZero(), "registrar_expires": !reg.RegistrarExpires.IsZero(),
		"statuses": len(reg.Statuses) > 0, "nameservers": len(reg.Nameservers) > 0, "dnssec": reg.DNSSEC != nil,
	} {
		if known {
			reg.Provenance[field] = from
		}
	}
}

// merge adds the registrar's answer to the registry's. The registry's facts
// stand; the registrar's fill what is open, its own date of expiry is kept
// apart where it differs, its statuses are added (it alone knows its holds). An
// answer that is no record changes nothing but the evidence.
func merge(reg, more *domaincheck.Registration) {
	reg.Raw = append(reg.Raw, more.Raw...)
	for _, s := range more.Servers {
		reg.Servers = appendNew(reg.Servers, s)
	}
	if more.Outcome != domaincheck.OutcomeOK {
		return
	}
	if more.Source != reg.Source {
		reg.Source = "both"
	}
	take := func(field string, theirs string) {
		if from, ok := more.Provenance[theirs]; ok {
			reg.Provenance[field] = from
		}
	}
	if reg.Created.IsZero() && !more.Created.IsZero() {
		reg.Created = more.Created
		take("created", "created")
	}
	if reg.Updated.IsZero() && !more.Updated.IsZero() {
		reg.Updated = more.Updated
		take("updated", "updated")
	}
	switch theirs := more.Expires; {
	case theirs.IsZero():
	case reg.Expires.IsZero():
		reg.Expires = theirs
		take("expires", "expires")
	case !theirs.Equal(reg.Expires.Time) && reg.RegistrarExpires.IsZero():
		reg.RegistrarExpires = theirs
		take("registrar_expires", "expires")
	}
	mergeParties(reg, more, take)
	for _, s := range more.Statuses {
		if s != "ok" && len(reg.Statuses) < maxFacts {
			reg.Statuses = appendNew(reg.Statuses, s)
		}
	}
	if len(reg.Nameservers) == 0 && len(more.Nameservers) > 0 {
		reg.Nameservers = more.Nameservers
		take("nameservers", "nameservers")
	}
	if reg.DNSSEC == nil && more.DNSSEC != nil {
		reg.DNSSEC = more.DNSSEC
		take("dnssec", "dnssec")
	}
}

func mergeParties(reg, more *domaincheck.Registration, take func(field, theirs string)) {
	if more.Registrant != nil && thin(reg) {
		if thin(more) && reg.Registrant != nil {
			reg.Registrant.Redacted = reg.Registrant.Redacted || more.Registrant.Redacted
			if reg.Registrant.Country == "" {
				reg.Registrant.Country = more.Registrant.Country
			}
		} else {
			reg.Registrant = more.Registrant
			take("registrant", "registrant")
		}
	}
	switch {
	case more.Registrar == nil:
	case reg.Registrar == nil:
		reg.Registrar = more.Registrar
		take("registrar", "registrar")
	case reg.Registrar.IANAID == more.Registrar.IANAID || strings.EqualFold(string(reg.Registrar.Name), string(more.Registrar.Name)):
		setText(&reg.Registrar.IANAID, string(more.Registrar.IANAID))
		setText(&reg.Registrar.URL, string(more.Registrar.URL))
	}
}
