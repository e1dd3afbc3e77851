package whoischeck

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	domaincheck "domaincheck"
)

type jsonNumber = json.Number

// ParseRDAP reads an RDAP answer (RFC 9083) for a domain. It never fails: the
// outcome tells what kind of answer it is.
//
//   - ok: a domain object with the very name (its A-label, its U-label, or one
//     of its variants).
//   - absent: an error object with code 404.
//   - reserved: an error object, or an object without registrar and dates, that
//     says the name is kept back.
//   - refused: error code 401, 403, 429 or 451.
//   - failed: any other error code.
//   - malformed: no JSON (a web page, a cut-off body), another object, another
//     domain.
//
// Events may come in any order; of the entities the registrar and the
// registrant are found wherever they are nested; the registrar's IANA id is the
// public id of that type (not the first one), else a numeric handle; statuses
// become EPP words (RFC 8056). Withheld holders are told by the RFC 9537
// "redacted" list, by remarks, or by masks, and give Redacted without a name.
func ParseRDAP(domain string, raw []byte) *domaincheck.Registration {
	reg, _ := parseRDAP(domain, raw)
	return reg
}

// parseRDAP also gives the link to the registrar's answer, if there is one.
func parseRDAP(domain string, raw []byte) (*domaincheck.Registration, string) {
	domain = aLabel(domain)
	reg := &domaincheck.Registration{Source: "rdap", Domain: domaincheck.Text(domain)}
	if len(raw) > MaxRDAP {
		return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeTooLarge, "the answer is too long"), ""
	}
	top, err := decodeJSON(raw)
	if err != nil {
		message := "the answer is no JSON"
		switch {
		case len(bytes.TrimSpace(raw)) == 0:
			message = "the answer is empty"
		case isHTML(string(raw[:min(len(raw), 2048)])):
			if sign, ok := refusingPage(string(raw)); ok {
				return refuse(reg, Refusal{Phrase: sign}), ""
			}
			message = "a web page came instead of RDAP"
		}
		return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, message), ""
	}
	if code := textIn(get(top, "errorCode")); code != "" {
		return rdapError(reg, top, code), ""
	}
	if code := looseCode(top); code != "" {
		return rdapError(reg, top, code), ""
	}
	if list := objectsIn(get(top, "domainSearchResults")); len(list) > 0 {
		for _, o := range list {
			if domain == "" || rdapSpeaksOf(o, domain) {
				top = o
				break
			}
		}
	}
	class := textIn(get(top, "objectClassName"))
	if class != "" && !strings.EqualFold(class, "domain") || class == "" && textIn(get(top, "ldhName")) == "" && textIn(get(top, "unicodeName")) == "" {
		return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "the answer is no domain object"), ""
	}
	if domain != "" && !rdapSpeaksOf(top, domain) {
		other := textIn(get(top, "ldhName"))
		return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "the answer speaks of another domain: "+cut(other, 80)), ""
	}
	fillRDAP(reg, top)
	return reg, relatedLink(top)
}

// decodeJSON reads one JSON object (or the first of an array), numbers kept as
// printed.
func decodeJSON(raw []byte) (jsonObject, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF"))
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if list := objectsIn(v); len(list) > 0 {
		return list[0], nil
	}
	return jsonObject{}, nil
}

// looseCode is the error code of an error object that lacks "errorCode": a
// problem document (RFC 9457), a gateway's own object, or one that says in
// words what it means. It is "" for everything else.
func looseCode(top jsonObject) string {
	for _, k := range []string{"objectClassName", "ldhName", "unicodeName", "domainSearchResults", "entities", "nameservers"} {
		if get(top, k) != nil {
			return ""
		}
	}
	for _, k := range []string{"status", "code", "statusCode"} {
		switch code := textIn(get(top, k)); code {
		case "401", "403", "404", "429", "451", "500", "502", "503", "504":
			return code
		}
	}
	words := append(textsIn(get(top, "description")), textIn(get(top, "title")), textIn(get(top, "message")))
	for _, s := range words {
		if s = strings.ToLower(strings.Trim(s, ". ")); s == "forbidden" || s != "" && refuses(s) {
			return "429"
		}
	}
	for _, s := range words {
		if s = strings.ToLower(strings.Trim(s, ". ")); isReservedPhrase(s) || isAbsentPhrase(s, "") {
			return "404"
		}
	}
	return ""
}

// rdapError judges an error object (RFC 9083 §6).
func rdapError(reg *domaincheck.Registration, top jsonObject, code string) *domaincheck.Registration {
	said := textIn(get(top, "title"))
	for _, d := range textsIn(get(top, "description")) {
		said += ". " + d
	}
	if m := textIn(get(top, "message")); m != "" {
		said += ". " + m
	}
	said = cut(strings.Trim(said, ". "), 200)
	lower := strings.ToLower(said)
	switch code {
	case "400", "404", "422":
		unserved := false
		for _, s := range strings.Split(lower, ". ") {
			if refuses(s) {
				return refuse(reg, Refusal{Phrase: said, Wait: waitIn(lower)})
			}
			if code == "404" && isReservedPhrase(s) {
				return reserved(reg)
			}
			unserved = unserved || noRDAPHere(s)
		}
		if code == "404" && !unserved {
			return absent(reg)
		}
	case "401", "403", "429", "451":
		return refuse(reg, Refusal{Phrase: "code " + code + " " + said, Wait: waitIn(lower)})
	}
	return fail(reg, domaincheck.OutcomeFailed, domaincheck.CodeNetwork, cut("the server reports error "+cut(code, 10)+": "+said, 240))
}

// noRDAPHere tells the 404 of a server that was asked about what is not its own
// (a bootstrap without the suffix, a wrong path) from that of a registry.
func noRDAPHere(s string) bool {
	return phraseKind(s, "") == kindUnserved || containsAny(s, "no rdap serv", "rdap service not", "unknown tld", "unsupported tld", "tld is not", "tld not supported", "tld not found", "does not support", "not supported", "not authoritative", "unknown zone", "requested url", "no route", "cannot get /", "no bootstrap")
}

// rdapSpeaksOf tells whether the object is the domain's. An object without any
// name is taken at its word.
func rdapSpeaksOf(o jsonObject, domain string) bool {
	named := false
	for _, name := range []string{textIn(get(o, "ldhName")), textIn(get(o, "unicodeName"))} {
		if name == "" {
			continue
		}
		named = true
		if aLabel(name) == domain {
			return true
		}
	}
	for _, v := range objectsIn(get(o, "variants")) {
		for _, n := range objectsIn(get(v, "variantNames")) {
			if aLabel(textIn(get(n, "ldhName"))) == domain || aLabel(textIn(get(n, "unicodeName"))) == domain {
				return true
			}
		}
	}
	return !named
}

func fillRDAP(reg *domaincheck.Registration, top jsonObject) {
	reg.Outcome = domaincheck.OutcomeOK
	if reg.Domain == "" {
		reg.Domain = domaincheck.Text(cut(aLabel(textIn(get(top, "ldhName"))), 253))
	}
	printed := textsIn(get(top, "status"))
	reg.Statuses = statusList(printed)
	rdapEvents(reg, top)
	for _, v := range nameserverValues(get(top, "nameservers")) {
		if h := aLabel(v); looksHost(h) && h != notDefined && len(reg.Nameservers) < maxFacts {
			reg.Nameservers = appendNew(reg.Nameservers, h)
		}
	}
	if dns, ok := get(top, "secureDNS").(jsonObject); ok {
		switch v := get(dns, "delegationSigned").(type) {
		case bool:
			reg.DNSSEC = &v
		case string:
			signed := strings.EqualFold(v, "true")
			reg.DNSSEC = &signed
		default:
			if len(objectsIn(get(dns, "dsData"))) > 0 {
				reg.DNSSEC = domaincheck.Known(true)
			}
		}
	}
	entities := flatten(get(top, "entities"), 0, nil)
	rdapRegistrar(reg, entities)
	rdapRegistrant(reg, top, entities)
	if reg.Registrar == nil && reg.Created.IsZero() && reg.Expires.IsZero() {
		switch statusKind(printed) {
		case kindReserved:
			reserved(reg)
		case kindAbsent:
			absent(reg)
		}
	}
}

// nameserverValues gives the names of name server objects, or plain strings.
func nameserverValues(v any) []string {
	out := textsIn(v)
	for _, o := range objectsIn(v) {
		names := textsIn(get(o, "ldhName"))
		if len(names) == 0 || names[0] == "" {
			names = textsIn(get(o, "unicodeName"))
		}
		out = append(out, names...)
	}
	return out
}

// rdapEvents reads the dates. "reregistration" counts where there is no
// "registration"; events of the database itself do not count.
func rdapEvents(reg *domaincheck.Registration, top jsonObject) {
	var again domaincheck.Instant
	for _, e := range objectsIn(get(top, "events")) {
		t, ok := parseDate(textIn(get(e, "eventDate")), time.UTC, dayFirst)
		if !ok {
			continue
		}
		at := domaincheck.At(t)
		switch squeeze(textIn(get(e, "eventAction"))) {
		case "registration", "registered", "created", "creation":
			first(&reg.Created, at)
		case "reregistration":
			first(&again, at)
		case "expiration", "expiry", "expires", "registryexpiration":
			first(&reg.Expires, at)
		case "registrarexpiration", "registrarexpirationdate":
			first(&reg.RegistrarExpires, at)
		case "lastchanged", "lastupdate", "lastupdated", "updated", "changed":
			first(&reg.Updated, at)
		}
	}
	first(&reg.Created, again)
	if reg.Expires.IsZero() {
		reg.Expires, reg.RegistrarExpires = reg.RegistrarExpires, domaincheck.Instant{}
	}
	if reg.RegistrarExpires.Equal(reg.Expires.Time) {
		reg.RegistrarExpires = domaincheck.Instant{}
	}
}

// entity is an RDAP entity with its roles, wherever it was nested.
type entity struct {
	object jsonObject
	roles  []string
	depth  int
}

func (e entity) has(role string) bool {
	for _, r := range e.roles {
		if strings.EqualFold(strings.TrimSpace(r), role) {
			return true
		}
	}
	return false
}

// flatten lists entities outer ones first, at most six levels deep.
func flatten(v any, depth int, into []entity) []entity {
	if depth > 5 || len(into) > 256 {
		return into
	}
	list := objectsIn(v)
	for _, o := range list {
		roles := textsIn(get(o, "roles"))
		if len(roles) == 0 {
			roles = textsIn(get(o, "role"))
		}
		into = append(into, entity{o, roles, depth})
	}
	for _, o := range list {
		into = flatten(get(o, "entities"), depth+1, into)
	}
	return into
}

func rdapRegistrar(reg *domaincheck.Registration, entities []entity) {
	for _, role := range []string{"registrar", "sponsor"} {
		for _, e := range entities {
			if !e.has(role) {
				continue
			}
			c := cardOf(e.object)
			handle := textIn(get(e.object, "handle"))
			id := ianaID(get(e.object, "publicIds"))
			if id == "" && strings.Trim(handle, "0123456789") == "" && handle != "" && handle != "0" && len(handle) <= 5 {
				id = handle
			}
			// ICANN has fn be the registrar's name; other registries have it be
			// the person's who looks after the contract, beside the company's.
			name := c.fn
			if name == "" || isRedacted(name) || id == "" && c.org != "" && !isRedacted(c.org) && !isBlankValue(c.org) {
				name = c.org
			}
			if name == "" {
				name = handle
			}
			out := &domaincheck.Registrar{}
			setText(&out.Name, name)
			setText(&out.IANAID, id)
			link := c.url
			for _, l := range objectsIn(get(e.object, "links")) {
				if link == "" && strings.EqualFold(textIn(get(l, "rel")), "about") && !strings.Contains(textIn(get(l, "type")), "rdap") {
					link = textIn(get(l, "href"))
				}
			}
			setText(&out.URL, link)
			if out.Name != "" || out.IANAID != "" {
				reg.Registrar = out
				return
			}
		}
	}
}

// ianaID is the public id of type "IANA Registrar ID".
func ianaID(v any) string {
	for _, p := range objectsIn(v) {
		if t := squeeze(textIn(get(p, "type"))); strings.Contains(t, "iana") {
			if id := textIn(get(p, "identifier")); id != "" && strings.Trim(id, "0123456789") == "" && id != "0" && len(id) <= 6 {
				return id
			}
		}
	}
	return ""
}

func rdapRegistrant(reg *domaincheck.Registration, top jsonObject, entities []entity) {
	withheld := registrantWithheld(top)
	var best *domaincheck.Registrant
	for _, e := range entities {
		if !e.has("registrant") {
			continue
		}
		c := cardOf(e.object)
		r := &domaincheck.Registrant{}
		fillRegistrantCard(r, c)
		if r.Name == "" && r.Organization == "" && (withheld || remarksRedact(e.object) || c.present) {
			r.Redacted = true
		}
		if best == nil || best.Name == "" && best.Organization == "" && (r.Name != "" || r.Organization != "") {
			best = r
		}
	}
	if best == nil && withheld {
		best = &domaincheck.Registrant{Redacted: true}
	}
	reg.Registrant = best
}

func fillRegistrantCard(r *domaincheck.Registrant, c card) {
	for _, f := range []struct {
		to *domaincheck.Text
		v  string
	}{{&r.Organization, c.org}, {&r.Name, c.fn}} {
		switch {
		case f.v == "" || isBlankValue(f.v):
		case isProxy(f.v):
			r.Proxy = true
			setText(f.to, f.v)
		case isRedacted(f.v):
			r.Redacted = true
		default:
			if isPrivatePerson(f.v) {
				r.Redacted = true
			}
			setText(f.to, f.v)
		}
	}
	if r.Organization != "" || r.Name != "" && !isPrivatePerson(string(r.Name)) {
		r.Redacted = false
	}
	if !isRedacted(c.country) {
		setText(&r.Country, c.country)
	}
}

// registrantWithheld reads the RFC 9537 list for the holder's name or
// organisation.
func registrantWithheld(top jsonObject) bool {
	for _, o := range objectsIn(get(top, "redacted")) {
		name, _ := get(o, "name").(jsonObject)
		s := squeeze(textIn(get(name, "description")) + textIn(get(name, "type")))
		if strings.Contains(s, "registrantname") || strings.Contains(s, "registrantorgani") || s == "registrant" || strings.Contains(s, "registrantcontact") {
			return true
		}
	}
	return false
}

// remarksRedact tells whether an entity's remarks say that data were taken out
// (RFC 9083 §10.2.1: "object redacted due to authorization" and its like).
func remarksRedact(o jsonObject) bool {
	for _, m := range objectsIn(get(o, "remarks")) {
		s := strings.ToLower(textIn(get(m, "title")) + " " + textIn(get(m, "type")) + " " + textIn(get(m, "description")))
		for _, w := range []string{"redact", "truncated due to authorization", "data policy", "privacy", "not disclosed", "gdpr", "withheld", "removed due"} {
			if strings.Contains(s, w) {
				return true
			}
		}
	}
	return false
}

// relatedLink is the registrar's RDAP address of the domain: rel "related" of
// the RDAP type, or of no type with a path of its form.
func relatedLink(top jsonObject) string {
	loose := ""
	for _, l := range objectsIn(get(top, "links")) {
		if !strings.EqualFold(textIn(get(l, "rel")), "related") {
			continue
		}
		href := textIn(get(l, "href"))
		u, err := url.Parse(href)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(href) > 2048 {
			continue
		}
		kind := strings.ToLower(textIn(get(l, "type")))
		if strings.HasPrefix(kind, "application/rdap+json") {
			return href
		}
		if kind == "" && strings.Contains(strings.ToLower(u.Path), "/domain/") && loose == "" {
			loose = href
		}
	}
	return loose
}
