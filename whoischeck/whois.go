package whoischeck

import (
	"strings"
	"time"

	domaincheck "domaincheck"

	whoisparser "github.com/likexian/whois-parser"
)

// Limits of what is read.
const (
	MaxWHOIS = 256 << 10 // bytes of one WHOIS answer
	MaxRDAP  = 1 << 20   // bytes of one RDAP answer

	maxName    = 256      // runes of a name
	maxLibrary = 32 << 10 // bytes that are also given to whois-parser
)

// ParseWHOIS reads a WHOIS answer (RFC 3912: free text in any form) for a
// domain. It never fails: the outcome tells what kind of answer it is.
//
//   - ok: a record of this very domain; the other facts are filled as far as
//     the text states them.
//   - absent: the registry says that the name is not registered.
//   - reserved: it keeps the name back (reserved, blocked, premium, prohibited).
//   - refused: it refused to answer (rate, quota, access); never absent or ok,
//     even if "no entries found" follows.
//   - malformed: empty, HTML, another domain's record, or text that says none
//     of these.
//   - failed: the server does not serve the suffix or rejects the question.
//
// domain is an A-label or U-label; if it is empty, the first record counts.
// The look's At is not set; a pure function does not know the time. ParseWHOIS
// may be called from any number of goroutines.
func ParseWHOIS(domain string, raw []byte) *domaincheck.Registration {
	domain = aLabel(domain)
	reg := &domaincheck.Registration{Source: "whois", Domain: domaincheck.Text(domain)}
	if len(raw) > MaxWHOIS {
		raw = raw[:MaxWHOIS]
	}
	text := dropCutDate(repairText(domain, raw))
	switch {
	case strings.TrimSpace(text) == "":
		return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "the answer is empty")
	case isHTML(text):
		if sign, ok := refusingPage(text); ok {
			return refuse(reg, Refusal{Phrase: sign})
		}
		return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "a web page came instead of WHOIS text")
	}
	r := read(domain, text)
	r.leave()
	r.resolveHandles()
	own := r.matching(domain)

	before := 1 << 30
	if len(own) > 0 && own[0].name != "" {
		before = own[0].at
	}
	if ref, ok := r.refusal(before); ok {
		return refuse(reg, ref)
	}
	if len(own) > 0 {
		switch statusKind(allStatuses(own)) {
		case kindAbsent:
			return absent(reg)
		case kindReserved:
			if own[0].created == "" && own[0].expires == "" {
				return reserved(reg)
			}
		case kindUnserved:
			if facts(own) <= 1 { // nothing but the status
				return fail(reg, domaincheck.OutcomeFailed, domaincheck.CodeNetwork, "the server rejects the question: "+cut(own[0].statuses[0], 120))
			}
		}
		if facts(own) > 0 {
			fill(reg, r, own, libraryInfo(domain, text))
			return reg
		}
	}
	return r.without(reg, domain, text)
}

// without decides about a text that holds no record of the domain.
func (r *reader) without(reg *domaincheck.Registration, domain, text string) *domaincheck.Registration {
	if r.addressRegistry() {
		return fail(reg, domaincheck.OutcomeFailed, domaincheck.CodeNetwork, "a registry of addresses answers")
	}
	k, phrase := r.verdict(domain)
	if named := r.otherDomain(domain); k == kindUnclear && named == "" {
		k = statusKind(allStatuses(r.objects)) // "Status: free" and nothing else
	}
	if other := r.sibling(domain); k == kindAbsent && other != "" {
		return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "the answer speaks of another domain: "+cut(other, 80))
	}
	switch k {
	case kindAbsent:
		return absent(reg)
	case kindReserved:
		return reserved(reg)
	case kindUnserved:
		return fail(reg, domaincheck.OutcomeFailed, domaincheck.CodeNetwork, "the server does not answer such questions: "+cut(phrase, 120))
	}
	if other := r.otherDomain(domain); other != "" {
		return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "the answer speaks of another domain: "+cut(other, 80))
	}
	switch k, phrase := r.looseKind(domain, text); k {
	case kindRefused:
		return refuse(reg, Refusal{Phrase: cut(phrase, 200), Wait: waitIn(phrase)})
	case kindReserved:
		return reserved(reg)
	case kindAbsent:
		return absent(reg)
	}
	return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "the answer is not understood")
}

func fail(reg *domaincheck.Registration, o domaincheck.Outcome, code domaincheck.Code, message string) *domaincheck.Registration {
	reg.Outcome = o
	reg.Error = domaincheck.Errorf(code, "", "%s", message)
	return reg
}

func refuse(reg *domaincheck.Registration, ref Refusal) *domaincheck.Registration {
	reg.Outcome = domaincheck.OutcomeRefused
	reg.Error = domaincheck.Errorf(domaincheck.CodeRefused, "", "the server refused to answer: %s", ref.Phrase)
	return reg
}

func absent(reg *domaincheck.Registration) *domaincheck.Registration {
	reg.Outcome = domaincheck.OutcomeAbsent
	return reg
}

func reserved(reg *domaincheck.Registration) *domaincheck.Registration {
	reg.Outcome = domaincheck.OutcomeReserved
	return reg
}

// matching gives the objects that speak of the domain, in their order; an
// object without a name counts if there is no named one and it states enough
// to be a record.
func (r *reader) matching(domain string) []*object {
	var own []*object
	named := false
	for _, o := range r.objects {
		if o.host {
			continue
		}
		if o.name != "" {
			if domain == "" && !named || o.speaksOf(domain) || domain == "" && len(own) > 0 && own[0].name == o.name {
				own = append(own, o)
			}
			named = true
		}
	}
	if !named {
		for _, o := range r.objects {
			if !o.host && (o.facts() >= 3 && (o.created != "" || o.expires != "") || o.created != "" && o.expires != "") {
				return []*object{o}
			}
		}
	}
	return own
}

// sibling is the name below the same suffix of which a text speaks that does not
// speak of the domain: who does not find that one says nothing of ours.
func (r *reader) sibling(domain string) string {
	other := ""
	for _, o := range r.objects {
		switch {
		case o.name == "" || o.host:
		case o.speaksOf(domain):
			return ""
		case looksHost(o.name) && topLevel(o.name) == topLevel(domain) && !strings.HasSuffix(domain, "."+o.name):
			other = o.name
		}
	}
	return other
}

// otherDomain is the name of a record that is not the domain's.
func (r *reader) otherDomain(domain string) string {
	for _, o := range r.objects {
		if o.name != "" && !o.speaksOf(domain) && o.facts() > 0 {
			return o.name
		}
	}
	return ""
}

func allStatuses(own []*object) []string {
	var s []string
	for _, o := range own {
		s = append(s, o.statuses...)
	}
	return s
}

func facts(own []*object) int {
	n := 0
	for _, o := range own {
		n += o.facts()
	}
	return n
}

// resolveHandles gives the holder's name to objects that name him by handle.
func (r *reader) resolveHandles() {
	for _, o := range r.objects {
		if o.holderHandle == "" && o.registrant.org == "" && !strings.ContainsAny(o.registrant.name, " \t") {
			o.holderHandle = o.registrant.name // a handle of an odd form (.fo: "SP/F-1"), if a contact bears it
		}
		if o.holderHandle == "" {
			continue
		}
		for _, c := range r.contacts {
			if !strings.EqualFold(c.handle, o.holderHandle) {
				continue
			}
			if strings.EqualFold(o.registrant.name, c.handle) {
				o.registrant.name = ""
			}
			set(&o.registrant.name, c.name)
			set(&o.registrant.nameOther, c.nameOther)
			set(&o.registrant.org, c.org)
			set(&o.registrant.orgOther, c.orgOther)
			set(&o.registrant.country, c.country)
			break
		}
	}
}

// fill writes the facts of the domain's objects: the first object (the
// registry's) prevails, later ones fill what it leaves open, and a registrar's
// own date of expiry stands apart if it differs.
func fill(reg *domaincheck.Registration, r *reader, own []*object, lib *whoisparser.WhoisInfo) {
	reg.Outcome = domaincheck.OutcomeOK
	if reg.Domain == "" && own[0].name != "" {
		reg.Domain = domaincheck.Text(cut(own[0].name, 253))
	}
	zone, order := zoneOf(r.tld), orderOf(r.tld, printedDates(own))
	when := func(s string) domaincheck.Instant {
		t, ok := parseDate(s, zone, order)
		if !ok {
			return domaincheck.Instant{}
		}
		return domaincheck.At(t)
	}
	for _, o := range own {
		first(&reg.Created, when(o.created))
		first(&reg.Updated, when(o.updated))
		expires := when(o.expires)
		if !reg.Expires.IsZero() && !expires.IsZero() && !reg.Expires.Equal(expires.Time) {
			first(&reg.RegistrarExpires, expires) // a registrar's text below the registry's
		}
		first(&reg.Expires, expires)
		first(&reg.RegistrarExpires, when(o.registrarExpires))
		if len(reg.Nameservers) == 0 {
			reg.Nameservers = append(reg.Nameservers, o.ns...)
		}
		if reg.DNSSEC == nil {
			reg.DNSSEC = o.dnssec
		}
		fillRegistrar(reg, o)
	}
	if reg.Expires.IsZero() {
		reg.Expires, reg.RegistrarExpires = reg.RegistrarExpires, domaincheck.Instant{}
	}
	if reg.RegistrarExpires.Equal(reg.Expires.Time) {
		reg.RegistrarExpires = domaincheck.Instant{}
	}
	reg.Statuses = statusList(allStatuses(own))
	fillRegistrant(reg, own)
	mend(reg, lib, zone, order)
}

func first(to *domaincheck.Instant, v domaincheck.Instant) {
	if to.IsZero() {
		*to = v
	}
}

func appendNew(list []string, v string) []string {
	for _, l := range list {
		if l == v {
			return list
		}
	}
	return append(list, v)
}

func printedDates(own []*object) []string {
	var s []string
	for _, o := range own {
		s = append(s, o.created, o.updated, o.expires, o.registrarExpires)
	}
	return s
}

// fillRegistrar writes what one object says of the registrar.
func fillRegistrar(reg *domaincheck.Registration, o *object) {
	name := o.registrar.org
	for _, s := range []string{o.registrar.name, o.registrar.firstPlain} {
		if name == "" {
			name = s
		}
	}
	id := strings.Trim(o.registrarID, " ")
	if i := strings.Index(id, " ("); i > 0 && name == "" { // puntCAT: the id, and the name in brackets
		name = strings.TrimSuffix(id[i+2:], ")")
	}
	if _, behind, ok := strings.Cut(name, "(IANA ID:"); ok && id == "" {
		id = strings.Trim(behind, " )")
	}
	name, link := registrarName(name)
	for _, s := range []string{o.registrarURL, o.registrar.url} {
		if s != "" {
			link = s
		}
	}
	if strings.Trim(id, "0123456789") != "" || id == "0" {
		id = ""
	}
	if name == "" && id == "" {
		return
	}
	if reg.Registrar == nil {
		reg.Registrar = &domaincheck.Registrar{}
	}
	setText(&reg.Registrar.Name, name)
	setText(&reg.Registrar.IANAID, id)
	setText(&reg.Registrar.URL, link)
}

// registrarName strips what registries print behind the name: web addresses in
// brackets, Nominet's tag, the old Afilias id "(R91-LROR)".
func registrarName(s string) (name, link string) {
	for _, tag := range [...]string{"[Tag =", "[ ID =", "(IANA ID:"} { // Nominet, the old co.za registry, Hetzner
		if i := strings.Index(s, tag); i > 0 {
			s = s[:i]
		}
	}
	if i := strings.LastIndexByte(s, '('); i > 0 && strings.HasSuffix(strings.TrimSpace(s), ")") {
		inner := strings.Trim(s[i:], "() ")
		switch {
		case strings.HasPrefix(strings.ToLower(inner), "http"):
			s, link = s[:i], inner
		case isHandle(inner) && strings.HasPrefix(inner, "R") && strings.Contains(inner, "-"):
			s = s[:i]
		}
	}
	s = strings.TrimSpace(s)
	if isBlankValue(s) || isRedacted(s) || strings.HasPrefix(strings.ToLower(s), "no registrar") {
		return "", link
	}
	return s, link
}

func setText(to *domaincheck.Text, v string) {
	v = strings.TrimSpace(v)
	if *to == "" && v != "" && !isBlankValue(v) {
		*to = domaincheck.Text(cut(v, maxName))
	}
}

// fillRegistrant writes the holder: organisation and name as printed, masks
// left out and told by Redacted, privacy services kept and told by Proxy.
func fillRegistrant(reg *domaincheck.Registration, own []*object) {
	out := &domaincheck.Registrant{}
	seen := false
	for _, o := range own {
		p := o.registrant
		if p.name == "" {
			p.name = p.firstPlain
		}
		if p.name == "" && p.org == "" && !isBlankValue(o.descr) {
			p.name = o.descr
		}
		if p.name != "" && isNumber(p.org) {
			p.org = ""
		}
		if p.nameOther == "" && p.secondPlain != "-" {
			p.nameOther = p.secondPlain
		}
		for _, f := range []struct {
			to *domaincheck.Text
			v  string
		}{{&out.Organization, p.org}, {&out.Name, p.name}} {
			if f.v == "" || isBlankValue(f.v) {
				continue
			}
			seen = true
			f.v = withoutHandle(f.v)
			switch {
			case isProxy(f.v):
				out.Proxy = true
				setText(f.to, f.v)
			case isRedacted(f.v):
				out.Redacted = true
			default:
				if isPrivatePerson(f.v) {
					out.Redacted = true
				}
				if *f.to != "" && !strings.EqualFold(string(*f.to), f.v) && isHan(string(*f.to)) != isHan(f.v) {
					p.nameOther = f.v
				}
				setText(f.to, f.v)
			}
		}
		for _, other := range []string{p.orgOther, p.nameOther} {
			if other != "" && !isRedacted(other) && !isBlankValue(other) {
				out.OtherNames = appendNew(out.OtherNames, cut(other, maxName))
			}
		}
		if p.country != "" && !isRedacted(p.country) && !isBlankValue(p.country) {
			setText(&out.Country, p.country)
			seen = true
		}
	}
	if out.Organization != "" || out.Name != "" && !isPrivatePerson(string(out.Name)) {
		out.Redacted = false
	}
	if seen {
		reg.Registrant = out
	}
}

// libraryInfo is what whois-parser makes of the text; nil if it fails or the
// text is longer than it can work through in bounded time (it joins strings in
// a loop).
func libraryInfo(domain, text string) (info *whoisparser.WhoisInfo) {
	if len(text) > maxLibrary {
		return nil
	}
	defer func() {
		if recover() != nil { // some of its country readers index past their tables
			info = nil
		}
	}()
	got, err := whoisparser.Parse(text)
	if err != nil || got.Domain == nil {
		return nil
	}
	if domain != "" && aLabel(got.Domain.Domain) != domain {
		return nil
	}
	return &got
}

// mend fills from the library's reading what ours left open.
func mend(reg *domaincheck.Registration, lib *whoisparser.WhoisInfo, zone *time.Location, order dayOrder) {
	if lib == nil {
		return
	}
	for _, d := range []struct {
		to *domaincheck.Instant
		v  string
	}{{&reg.Created, lib.Domain.CreatedDate}, {&reg.Expires, lib.Domain.ExpirationDate}} {
		if d.to.IsZero() {
			if t, ok := parseDate(d.v, zone, order); ok {
				*d.to = domaincheck.At(t)
			}
		}
	}
	if len(reg.Nameservers) == 0 {
		for _, n := range lib.Domain.NameServers {
			if n = aLabel(n); looksHost(n) && len(reg.Nameservers) < maxFacts {
				reg.Nameservers = appendNew(reg.Nameservers, n)
			}
		}
	}
	if reg.Registrar == nil && lib.Registrar != nil {
		if name, link := registrarName(lib.Registrar.Name); name != "" && !isHandle(name) {
			reg.Registrar = &domaincheck.Registrar{}
			setText(&reg.Registrar.Name, name)
			setText(&reg.Registrar.URL, link)
		}
	}
	if reg.Registrant == nil && lib.Registrant != nil && !isHandle(lib.Registrant.Name) && !isHandle(lib.Registrant.Organization) {
		fillRegistrant(reg, []*object{{registrant: party{name: lib.Registrant.Name, org: lib.Registrant.Organization, country: lib.Registrant.Country}}})
	}
}
