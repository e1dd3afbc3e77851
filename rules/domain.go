package rules

import (
	"slices"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/registrars"
	"domaincheck/tldlist"
)

// This file holds the rules domain.*.

// tables asks the TLD and registrar tables once per domain.
func (e *eval) tables(v *view) {
	if v.looked {
		return
	}
	v.looked = true
	v.tld = e.b.seen.tld(e.b.tables.TLDs, v.domain)
	v.registrar = registrars.Match{Approved: registrars.Unknown}
	if r := v.obs.Registration; r != nil && r.Registrar != nil {
		v.registrar = e.b.seen.match(e.b.tables.Registrars, r.Registrar)
	}
}

// registration gives the registration if a registry answered with data, else
// the outcome of rules that need them.
func registration(v *view) (*domaincheck.Registration, outcome) {
	r := v.obs.Registration
	switch {
	case r == nil:
		return nil, unobserved("not_looked")
	case r.Outcome == domaincheck.OutcomeOK:
		return r, outcome{}
	case r.Outcome == domaincheck.OutcomeAbsent, r.Outcome == domaincheck.OutcomeReserved:
		return nil, notApplicable("not_registered").seen(&r.Look).with("outcome", string(r.Outcome))
	}
	return nil, lookFailed(&r.Look)
}

func domainRegistered(e *eval, v *view) outcome {
	r := v.obs.Registration
	switch {
	case r == nil:
		return unobserved("not_looked")
	case r.Outcome == domaincheck.OutcomeOK:
		return pass("registered").seen(&r.Look).only("source", string(r.Source), e)
	case r.Outcome == domaincheck.OutcomeAbsent:
		return fail("absent").seen(&r.Look)
	case r.Outcome == domaincheck.OutcomeReserved:
		return fail("reserved").seen(&r.Look)
	}
	return lookFailed(&r.Look)
}

// exemptOr softens a result that an exempted filing need not fear.
func (e *eval) exemptOr(o outcome) outcome {
	if o.result == domaincheck.Pass || o.result == domaincheck.NotApplicable || !e.exempt() {
		return o
	}
	return outcome{code: "exempt", result: domaincheck.Pass, knows: domaincheck.Declared, at: o.at, ev: o.ev, shared: o.shared}.
		with("would", o.code, "filed_on", day(e.c.Site.FiledOn))
}

// undatedOr: a filing under a TLD that is not approved cannot have been made
// since 2018, for the system refuses it. When its date is not declared, and the
// record number shows no later year, it is most likely exempt: not known.
func (e *eval) undatedOr(o outcome) outcome {
	if o.result != domaincheck.Fail || e.state != domaincheck.StateFiled || !e.c.Site.FiledOn.IsZero() || e.numberYear() >= 2018 {
		return o
	}
	u := undeclared("filed_on_undeclared").with("would", o.code)
	u.at = o.at
	return u
}

func domainTLD(e *eval, v *view) outcome {
	e.tables(v)
	evidence := func(o outcome) outcome {
		o = o.declaredBy(domaincheck.Observed)
		if _, n := e.books(); o.shared && n == 1 {
			o.ev = e.b.seen.place(e.province, e.kind, v.tld.TLD)
			return o
		}
		return o.with("tld", v.tld.TLD)
	}
	o := fail("not_approved")
	if v.tld.Approved != tldlist.No {
		o = e.perBook(func(b *ProvinceBook) outcome {
			listed := b != nil && b.TLDList != nil
			switch {
			case listed && (v.tld.Beijing == tldlist.No || slices.Contains(b.TLDList.Refuse, v.tld.TLD)):
				return fail("not_on_province_list")
			case v.tld.Approved != tldlist.Yes:
				return unknowable("approval_unknown")
			case listed && v.tld.Beijing != tldlist.Yes:
				return unknowable("province_list_unknown")
			}
			return pass("approved")
		})
	}
	return e.undatedOr(e.exemptOr(evidence(o)))
}

// declaredBy sets how the outcome knows, unless something weaker stands there.
func (o outcome) declaredBy(k domaincheck.Knows) outcome {
	if o.knows == "" {
		o.knows = k
	}
	return o
}

func domainRegistrar(e *eval, v *view) outcome {
	r, o := registration(v)
	if r == nil {
		return o
	}
	if r.Registrar == nil || (r.Registrar.Name == "" && r.Registrar.IANAID == "") {
		return unobserved("no_registrar").seen(&r.Look)
	}
	e.tables(v)
	switch v.registrar.Approved {
	case registrars.Yes:
		o = pass("approved")
	case registrars.No:
		o = fail("not_approved")
	default:
		o = unknowable("approval_unknown")
	}
	return e.exemptOr(o.seen(&r.Look).only("registrar", registrarName(v), e))
}

func registrarName(v *view) string {
	r := v.obs.Registration.Registrar
	if r.Name != "" {
		return string(r.Name)
	}
	return "IANA " + string(r.IANAID)
}

func domainDomestic(e *eval, v *view) outcome {
	if e.known == nil {
		return e.noBook()
	}
	e.tables(v)
	return e.perBook(func(b *ProvinceBook) outcome {
		if b.ForeignDomain == nil {
			return notApplicable("not_demanded").declared()
		}
		r, o := registration(v)
		if r == nil {
			return o
		}
		if r.Registrar == nil || (r.Registrar.Name == "" && r.Registrar.IANAID == "") {
			return unobserved("no_registrar").seen(&r.Look)
		}
		switch row := v.registrar.Row; {
		case v.registrar.Approved == registrars.Yes || row != nil && row.Country == "CN":
			o = pass("domestic")
		case row != nil && row.Country != "":
			o = fail("abroad").with("country", row.Country)
		case v.registrar.Approved == registrars.No:
			o = fail("abroad")
		default:
			o = unknowable("registrar_unknown")
		}
		return o.seen(&r.Look).with("registrar", registrarName(v))
	})
}

// noBook is the outcome of a province's rule when the province is not declared.
func (e *eval) noBook() outcome {
	if e.province == "" {
		return undeclared("province_undeclared")
	}
	return undeclared("no_province_book").with("province", e.province)
}

// expiry is when the domain runs out: the earlier of the registry's and the
// registrar's instant (registries of gTLDs show one year more during the
// registrar's grace period), else the declared day.
type expiry struct {
	at       domaincheck.Instant // zero for a declared day
	day      domaincheck.Date
	declared bool
	graced   bool // the registry's date after its own renewal, which nobody may have paid for
	look     domaincheck.Instant
}

func (e *eval) expiryOf(v *view) (expiry, outcome) {
	r, o := registration(v)
	if r == nil && o.result == domaincheck.NotApplicable {
		return expiry{}, o
	}
	if r != nil {
		at := r.Expires
		if !r.RegistrarExpires.IsZero() && (at.IsZero() || r.RegistrarExpires.Before(at.Time)) {
			at = r.RegistrarExpires
		}
		if !at.IsZero() {
			return expiry{at: at, day: domaincheck.DateOf(at.Time), look: r.At, graced: e.graced(v, r)}, outcome{}
		}
		o = unobserved("no_date").seen(&r.Look)
	}
	if d := e.c.Site.Expires; !d.IsZero() && v.domain == e.c.Site.MainDomain() {
		return expiry{day: d, declared: true}, outcome{}
	}
	return expiry{}, o
}

// graced tells whether the registry's date is that of its own renewal: for up
// to 45 days after expiry registries of gTLDs show the name with one year more
// and the status autoRenewPeriod (RFC 3915), whether or not the holder has
// paid, and the registrar may still give the name back. It is settled by the
// registrar's own date or answer, or by the date or the auto-renewal that the
// owner declares.
func (e *eval) graced(v *view, r *domaincheck.Registration) bool {
	if registryStatus(r)&isAutoRenew == 0 || !r.RegistrarExpires.IsZero() || len(r.Servers) > 1 {
		return false
	}
	end := domaincheck.DateOf(r.Expires.Time).AddMonths(-12)
	if end.After(e.today) || end.DaysUntil(e.today) > 46 {
		return false
	}
	main := v.domain == e.c.Site.MainDomain()
	return !domaincheck.Is(e.c.Site.AutoRenew) && !(main && e.c.Site.Expires.After(e.today))
}

// unpaid is the outcome of rules that need a date while only the registry's
// own renewal is seen.
func (x expiry) unpaid() outcome {
	return x.mark(unobserved("auto_renew_grace")).with("ended", day(x.day.AddMonths(-12)))
}

// past tells whether the domain has run out: the instant lies behind, or the
// declared day is over.
func (x expiry) past(e *eval) bool {
	if x.declared {
		return x.day.Before(e.today)
	}
	return !x.at.After(e.at)
}

func (x expiry) mark(o outcome) outcome {
	o.at = x.look
	if x.declared {
		o = o.declared()
	}
	return o.with("expires", day(x.day))
}

// domainTerm: the province's months by the calendar, in Beijing days. Without
// a declared province all provinces are asked: pass if every one is content,
// fail if none is.
func domainTerm(e *eval, v *view) outcome {
	x, o := e.expiryOf(v)
	if x.day.IsZero() {
		return o
	}
	if x.graced {
		return x.unpaid()
	}
	days := e.today.DaysUntil(x.day)
	judge := func(t *Term) outcome {
		limit := e.today.AddMonths(t.Months)
		ok := x.day.After(limit) || (t.Op == ">=" && x.day.Compare(limit) == 0)
		o := fail("too_short")
		if ok && !x.past(e) {
			o = pass("long_enough")
		}
		return o.with("months", t.Months, "op", string(t.Op), "limit", day(limit), "days", days)
	}
	if e.known == nil {
		loose, strict := judge(e.b.looseTerm), judge(e.b.strictTerm)
		switch {
		case loose.result == domaincheck.Fail:
			return x.mark(loose)
		case strict.result == domaincheck.Pass:
			return x.mark(strict)
		}
		return x.mark(e.noBook()).with("days", days)
	}
	return e.perBook(func(b *ProvinceBook) outcome { return x.mark(judge(b.Term)) })
}

func domainExpiry(e *eval, v *view) outcome {
	x, o := e.expiryOf(v)
	status := v.status()
	if x.day.IsZero() && status&(isRedemption|isPendingDelete) == 0 {
		return o
	}
	days := e.today.DaysUntil(x.day)
	switch {
	case status&isPendingDelete != 0 && status&isRedemption == 0 && !e.recoverable(v):
		o = fail("pending_delete").severity(domaincheck.Critical)
	case status&(isRedemption|isPendingDelete) != 0:
		o = fail("redemption").severity(domaincheck.Critical)
	case x.graced:
		return x.unpaid()
	case x.past(e):
		o = fail("expired").severity(domaincheck.Critical)
	case days <= 7:
		o = fail("within_7").severity(domaincheck.High)
	case days <= 30:
		o = fail("within_30").severity(domaincheck.Medium)
	case days <= 90:
		o = fail("within_90").severity(domaincheck.Low)
	default:
		o = pass("in_term")
	}
	if o.result == domaincheck.Fail && domaincheck.Is(e.c.Site.AutoRenew) {
		o = o.severity(o.sev.Lower()).with("auto_renew", true)
	}
	if x.day.IsZero() {
		return o.seen(&v.obs.Registration.Look)
	}
	return x.mark(o.with("days", days))
}

// recoverable tells whether a name in pendingDelete alone can still be had
// back: so it is under .cn, not under gTLDs, whose names in redemption show
// redemptionPeriod beside it (RFC 3915 §3.1).
func (e *eval) recoverable(v *view) bool {
	e.tables(v)
	return v.tld.Family == tldlist.FamilyCN
}

type statusBits uint8

const (
	isServerHold statusBits = 1 << iota
	isClientHold
	isPendingVerification
	isInactive
	isRedemption
	isPendingDelete
	isAutoRenew
)

// status is the registryStatus of the domain, read once.
func (v *view) status() statusBits {
	if !v.statusRead {
		v.statusRead, v.statusBits = true, registryStatus(v.obs.Registration)
	}
	return v.statusBits
}

// registryStatus reads the EPP statuses that matter, in any writing: camel
// case, blanks, a URL behind (RFC 5731, RFC 3915, RFC 8056).
func registryStatus(r *domaincheck.Registration) statusBits {
	var bits statusBits
	if r == nil || r.Outcome != domaincheck.OutcomeOK {
		return 0
	}
	for _, s := range r.Statuses {
		switch {
		case statusIs(s, "serverhold"):
			bits |= isServerHold
		case statusIs(s, "clienthold"):
			bits |= isClientHold
		case statusIs(s, "pendingverification"):
			bits |= isPendingVerification
		case statusIs(s, "inactive"):
			bits |= isInactive
		case statusIs(s, "redemptionperiod"), statusIs(s, "pendingrestore"), statusIs(s, "redemption"), statusIs(s, "pendingdeleterestorable"):
			bits |= isRedemption
		case statusIs(s, "pendingdelete"):
			bits |= isPendingDelete
		case statusIs(s, "autorenewperiod"):
			bits |= isAutoRenew
		}
	}
	return bits
}

// statusIs compares a status with a word of lower-case letters; blanks,
// hyphens and underscores do not count, and what follows in brackets or as a
// URL is cut off.
func statusIs(status, word string) bool {
	n := 0
	for i := range len(status) {
		c := status[i] | 0x20
		if status[i] == '(' || status[i] == '#' || strings.HasPrefix(status[i:], "http") {
			break
		}
		if c < 'a' || c > 'z' {
			continue
		}
		if n == len(word) || c != word[n] {
			return false
		}
		n++
	}
	return n == len(word)
}

func domainStatus(e *eval, v *view) outcome {
	r, o := registration(v)
	if r == nil {
		return o
	}
	bits := v.status()
	suspended := suspendedServer(r.Nameservers)
	switch {
	case bits&(isServerHold|isClientHold) != 0:
		o = fail("hold").severity(domaincheck.Critical)
	case bits&isPendingVerification != 0:
		o = fail("pending_verification").severity(domaincheck.High)
	case suspended != "":
		o = fail("suspended").severity(domaincheck.High).with("nameserver", suspended)
	case bits&isInactive != 0:
		o = fail("no_delegation").severity(domaincheck.Medium)
	case len(r.Nameservers) == 0:
		o = withoutNameservers(r, v.obs.Resolution)
	case len(r.Statuses) == 0:
		o = pass("no_status")
	default:
		o = pass("clear")
	}
	return o.seen(&r.Look).with("statuses", []string(r.Statuses))
}

// withoutNameservers judges a registration that lists none: DNS tells whether
// the registry just does not print them.
func withoutNameservers(r *domaincheck.Registration, dns *domaincheck.Resolution) outcome {
	if dns != nil {
		if d := dns.Delegation; d != nil && d.Outcome == domaincheck.OutcomeOK && len(d.Parent) > 0 {
			return pass("clear")
		}
		for i := range dns.Hosts {
			if len(dns.Hosts[i].Addresses) > 0 {
				return pass("clear")
			}
		}
	}
	if len(r.Statuses) == 0 {
		return unobserved("no_status_seen")
	}
	return fail("no_delegation").severity(domaincheck.Medium)
}

// suspendedServer finds a name server that registrars put in place of the
// owner's when a contact was not verified or the name has expired (MISP
// warning lists, 2024).
func suspendedServer(servers []string) string {
	for _, s := range servers {
		name := strings.ToLower(strings.TrimSuffix(s, "."))
		for _, known := range [...]string{
			"failed-whois-verification.namecheap.com", "verify-contact-details.namecheap.com", "emailverification.info",
			"expirationwarning.net", "domainhasexpired.com", "renewyourname.net", "expiereddnsmanager.com", "expired.uniregistry-dns.com",
		} {
			if n := len(name) - len(known); n == 0 && name == known || n > 0 && name[n-1] == '.' && name[n:] == known {
				return name
			}
		}
	}
	return ""
}

// domainRealName: declared, or inferred; never observed, for the verification
// codes of registries are not published.
func domainRealName(e *eval, v *view) outcome {
	r, o := registration(v)
	if r == nil && o.result == domaincheck.NotApplicable {
		return o
	}
	bits := v.status()
	if bits&isPendingVerification != 0 {
		return fail("pending_verification").inferred().seen(&r.Look)
	}
	if verified := e.verifiedOn(v); !verified.IsZero() {
		if wait := verified.AddDays(3); e.today.Before(wait) {
			return unknowable("wait").declared().with("verified_on", day(verified), "wait_until", day(wait))
		}
		return pass("verified").declared().with("verified_on", day(verified))
	}
	if r == nil {
		return o
	}
	if bits&(isServerHold|isClientHold) != 0 {
		return fail("hold").inferred().seen(&r.Look)
	}
	e.tables(v)
	if v.registrar.Approved == registrars.No {
		o = e.exemptOr(fail("unapproved_registrar").with("registrar", registrarName(v)))
		if o.code == "exempt" {
			o.result = domaincheck.NotApplicable
		}
		if o.result == domaincheck.Fail && e.state == domaincheck.StateNotRequired {
			o = o.severity(domaincheck.Info)
		}
		return o.inferred().seen(&r.Look)
	}
	switch {
	case v.registrar.Approved != registrars.Yes:
		o = unknowable("registrar_unknown")
	case r.Created.IsZero():
		o = unknowable("no_creation_date")
	case e.at.Sub(r.Created.Time) <= 5*24*time.Hour:
		o = unknowable("too_young").with("created", day(domaincheck.DateOf(r.Created.Time)))
	default:
		o = pass("probably_verified").with("created", day(domaincheck.DateOf(r.Created.Time)))
	}
	return o.inferred().seen(&r.Look)
}

// verifiedOn is the later of the two declared dates of verification. They
// speak of the main domain.
func (e *eval) verifiedOn(v *view) domaincheck.Date {
	if v.domain != e.c.Site.MainDomain() {
		return domaincheck.Date{}
	}
	d := e.c.Site.RealNameVerifiedOn
	if h := e.c.Site.Holder; h != nil && h.VerifiedOn.After(d) {
		d = h.VerifiedOn
	}
	return d
}

func domainPrivacy(e *eval, v *view) outcome {
	if e.known == nil {
		return e.noBook()
	}
	return e.perBook(func(b *ProvinceBook) outcome {
		if b.PrivacyOff == nil {
			return notApplicable("not_demanded").declared()
		}
		r, o := registration(v)
		if r == nil {
			return o
		}
		switch h := r.Registrant; {
		case h == nil:
			o = unknowable("not_published")
		case h.Proxy:
			o = fail("proxy").with("holder", holderName(h))
		case h.Redacted:
			o = unknowable("redacted")
		case holderName(h) == "":
			o = unknowable("not_published")
		default:
			o = pass("open")
		}
		return o.seen(&r.Look)
	})
}
