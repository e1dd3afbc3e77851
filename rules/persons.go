package rules

import (
	"slices"
	"strings"
	"time"

	"domaincheck"
)

// This file holds what subject.identity asks of persons.

// responsible is the person responsible for the site; unless declared, the
// principal (001 §5: the data are taken over by default).
func (e *eval) responsible() *domaincheck.Person {
	if p := e.c.Site.Responsible; p != nil {
		return p
	}
	return e.subject.Principal
}

// person finds who a rule speaks of and where the ledger holds them. Without a
// person, the place is that of the fact that would tell; it is empty when the
// declared persons are certainly others, so that the ledger has no room for
// the one meant and a person must see to it.
func (e *eval) person(who string) (*domaincheck.Person, string) {
	switch who {
	case "responsible":
		if e.c.Site.Responsible == nil && e.subject.Principal != nil {
			return e.subject.Principal, "subject.principal"
		}
		return e.c.Site.Responsible, "site.responsible"
	case "legal_representative":
		p, r := e.subject.Principal, e.c.Site.Responsible
		switch {
		case p != nil && domaincheck.Is(p.IsLegalRepresentative):
			return p, "subject.principal"
		case r != nil && domaincheck.Is(r.IsLegalRepresentative):
			return r, "site.responsible"
		case p == nil || p.IsLegalRepresentative == nil:
			return nil, "subject.principal.is_legal_representative"
		}
		return nil, ""
	}
	return e.subject.Principal, "subject.principal"
}

// age in completed years; it is reached at 00:00 on the birthday, for those
// born on 29 February on 1 March of common years.
func age(born, today domaincheck.Date) int {
	years := today.Year - born.Year
	birthday := domaincheck.DateOf(time.Date(today.Year, born.Month, born.Day, 0, 0, 0, 0, domaincheck.Beijing()))
	if today.Before(birthday) {
		years--
	}
	return years
}

func (e *eval) auditAges(a *audit, b *ProvinceBook) {
	for i := range b.Ages {
		r := &b.Ages[i]
		for _, who := range r.Who {
			p, place := e.person(who)
			switch {
			case p == nil && place == "":
				a.byHand(who + ".birth_date")
				continue
			case p == nil:
				a.lack(place)
				continue
			case r.ExceptLegalRepresentative && domaincheck.Is(p.IsLegalRepresentative):
				continue
			case p.BirthDate.IsZero():
				a.lack(place + ".birth_date")
				continue
			}
			a.checked++
			years := age(p.BirthDate, e.today)
			switch {
			case r.Min > 0 && years < r.Min:
				a.fail("too_young", domaincheck.Medium)
			case r.Min == 0 && years >= r.From && years < r.Until && r.ExceptLegalRepresentative && p.IsLegalRepresentative == nil && e.lacksAll(r.PapersAny):
				a.lack(place + ".is_legal_representative")
			case r.Min == 0 && years >= r.From && years < r.Until:
				e.anyPapers(a, r.PapersAny, "age_paper_missing")
			}
		}
	}
}

// auditCards: terms and kinds of identity documents, and the certificate's term
// (at least 3 months from the order, 001 §5).
func (e *eval) auditCards(a *audit, b *ProvinceBook) {
	people := [...]*domaincheck.Person{e.subject.Principal, e.c.Site.Responsible}
	for i, place := range [...]string{"subject.principal", "site.responsible"} {
		p := people[i]
		if p == nil {
			if i == 0 && (b.IDTerm != nil || len(b.IDTypes) > 0) {
				a.lack(place)
			}
			continue
		}
		if t := b.IDTerm; t != nil {
			e.auditCardTerm(a, p, place, t)
		}
		for j := range b.IDTypes {
			auditCardType(a, p, place, &b.IDTypes[j])
		}
	}
	for j := range b.Nationality {
		e.auditNationality(a, &b.Nationality[j])
	}
	if c := e.subject.Certificate; c != nil && !c.Expires.IsZero() {
		a.checked++
		if c.Expires.Before(e.today.AddMonths(3)) {
			a.fail("certificate_too_short", domaincheck.Medium)
		}
	}
}

func (e *eval) auditCardTerm(a *audit, p *domaincheck.Person, place string, t *IDTerm) {
	if p.IDType != "" && idType(p.IDType) != "身份证" {
		return
	}
	if p.IDExpires.IsZero() {
		a.lack(place + ".id_expires")
		return
	}
	a.checked++
	limit := e.today.AddMonths(t.Months)
	if p.IDExpires.Before(limit) || t.Op == ">" && p.IDExpires == limit {
		a.fail("card_too_short", domaincheck.Medium)
	}
}

func auditCardType(a *audit, p *domaincheck.Person, place string, t *IDType) {
	if p.IDType == "" {
		a.lack(place + ".id_type")
		return
	}
	card := idType(p.IDType)
	breaks := len(t.Require) > 0 && !slices.Contains(t.Require, card) || slices.Contains(t.Refuse, card)
	citizen := country(p.Nationality)
	if citizen == "" && (card == "身份证" || card == "临时身份证") {
		citizen = "CN" // nobody else is given one
	}
	switch {
	case len(t.For) > 0 && citizen == "" && breaks:
		a.lack(place + ".nationality")
	case len(t.For) > 0 && citizen != "" && !slices.Contains(t.For, citizen):
	case breaks:
		a.checked++
		a.fail("card_kind", domaincheck.Medium)
	default:
		a.checked++
	}
}

// auditNationality: a delegate is a principal who is not the legal
// representative. The legal representative whom the ledger does not hold as a
// person is not judged here, but where their citizenship matters to others.
//
// A foreign legal representative may not file as the principal, but may
// authorise a citizen who does (001:1251, 001:928 and the like). The ledger
// tells of a legal representative's citizenship only where that is a person of
// it, mostly the principal; so with the letter of authority declared the demand
// counts as met, and that the order names the citizen is left to a person.
func (e *eval) auditNationality(a *audit, n *Nationality) {
	for _, who := range n.Who {
		p, place := e.person(who)
		if who == "delegate" && p != nil && !domaincheck.IsNot(p.IsLegalRepresentative) {
			continue
		}
		if p == nil {
			if who != "legal_representative" && who != "delegate" {
				a.lack(place)
			}
			continue
		}
		citizen := country(p.Nationality)
		if citizen == "" {
			a.lack(place + ".nationality")
			continue
		}
		a.checked++
		switch {
		case slices.Contains(n.Admit, citizen):
		case len(n.Papers) > 0:
			e.needPapers(a, n.Papers)
			if who == "legal_representative" && e.c.Site.Papers != nil && !e.lacksOneOf(n.Papers) {
				a.byHand("subject.principal")
			}
		default:
			a.fail("nationality", domaincheck.Medium)
		}
	}
}

// auditPersons: who must be the legal representative, and whether principal
// and responsible may be one.
func (e *eval) auditPersons(a *audit, b *ProvinceBook) {
	check := func(p *domaincheck.Person, fact, code string, r *PersonRule) {
		if r == nil || r.LegalRepresentative == "free" {
			return
		}
		if p == nil || p.IsLegalRepresentative == nil {
			a.lack(fact + ".is_legal_representative")
			return
		}
		a.checked++
		switch {
		case *p.IsLegalRepresentative:
		case r.LegalRepresentative == "required":
			if !e.excepted(a, r.Exceptions) {
				a.fail(code, domaincheck.Medium)
			}
		default:
			e.needPapers(a, r.Papers)
		}
	}
	check(e.subject.Principal, "subject.principal", "principal_not_legal_representative", b.Principal)
	check(e.responsible(), "site.responsible", "responsible_not_legal_representative", b.Responsible)
	if s := b.SamePerson; s != nil {
		e.auditSame(a, s)
	}
}

// excepted tells whether an exception takes the place of the rule: its
// condition holds (then its papers are asked for), or cannot be told while its
// papers may be at hand (then the fact that would tell is missing).
func (e *eval) excepted(a *audit, exceptions []PersonException) bool {
	for i := range exceptions {
		x := &exceptions[i]
		holds, fact := e.condition(x.When)
		switch {
		case fact == "" && holds:
			e.needPapers(a, x.Papers)
			return true
		case fact == "" || e.lacksOneOf(x.Papers):
		case e.subject.LegalRepresentative != "" && strings.HasPrefix(x.When, "legal_representative_") && looksLikePerson(string(e.subject.LegalRepresentative)):
			// A legal representative with a Chinese name is one of the mainland
			// unless the ledger says otherwise.
		default:
			a.lack(fact)
			return true
		}
	}
	return false
}

// lacksOneOf tells whether the papers are declared and one of kinds is not
// among them.
func (e *eval) lacksOneOf(kinds []string) bool {
	return e.c.Site.Papers != nil && slices.ContainsFunc(kinds, func(k string) bool { return !e.hasPaper(k) })
}

func (e *eval) auditSame(a *audit, s *SamePerson) {
	p, r := e.subject.Principal, e.c.Site.Responsible
	if p == nil {
		a.lack("subject.principal.name")
		return
	}
	if s.Rule == "required_if_delegated" {
		if domaincheck.Is(p.IsLegalRepresentative) || r == nil {
			a.checked++ // nobody is delegated, or the principal is both
			return
		}
		if p.IsLegalRepresentative == nil {
			a.lack("subject.principal.is_legal_representative")
			return
		}
	}
	if p.Name == "" {
		a.lack("subject.principal.name")
		return
	}
	if r == nil || r.Name == "" {
		a.lack("site.responsible.name")
		return
	}
	a.checked++
	same := foldName(string(p.Name)) == foldName(string(r.Name))
	switch {
	case s.Rule == "forbidden" && same:
		a.fail("same_person", domaincheck.Medium)
	case s.Rule == "required_if_delegated" && !same:
		a.fail("not_same_person", domaincheck.Medium)
	}
}

func (e *eval) auditResidence(a *audit, b *ProvinceBook) {
	r := b.Residence
	if r == nil {
		return
	}
	p := e.subject.Principal
	if p == nil || p.IDProvince == "" {
		a.lack("subject.principal.id_province")
		return
	}
	a.checked++
	if e.b.provinceName(string(p.IDProvince)) == e.province {
		return
	}
	if len(r.PapersAny) == 0 {
		a.fail("not_local", domaincheck.Medium)
		return
	}
	permit := p.ResidencePermit
	if permit == nil || !permitAdmitted(r) {
		e.anyPapers(a, r.PapersAny, "residence_paper_missing")
		return
	}
	// A permit that counts for some months ends then, whatever is printed on it.
	ends := permit.Expires
	if r.PermitMonths > 0 && !permit.IssuedOn.IsZero() {
		if d := permit.IssuedOn.AddMonths(r.PermitMonths); ends.IsZero() || d.Before(ends) {
			ends = d
		}
	}
	code := ""
	switch {
	case permit.Province != "" && e.b.provinceName(string(permit.Province)) != e.province:
		code = "permit_elsewhere"
	case !ends.IsZero() && ends.Before(e.today):
		code = "permit_expired"
	case r.PermitDays > 0 && !ends.IsZero() && e.today.DaysUntil(ends) <= r.PermitDays:
		code = "permit_ends_soon"
	case len(r.PermitYear) > 0 && permit.IssuedOn.IsZero():
		a.lack("subject.principal.residence_permit.issued_on")
	case len(r.PermitYear) > 0 && permit.IssuedOn.Year != e.today.Year:
		e.needPapers(a, r.PermitYear)
	}
	if code == "" {
		return
	}
	// The permit that was declared does not count, neither does its copy among
	// the papers; another of the province's alternatives may.
	others := make([][]string, 0, len(r.PapersAny))
	for _, all := range r.PapersAny {
		if !slices.ContainsFunc(all, isPermit) {
			others = append(others, all)
		}
	}
	switch {
	case len(others) > 0:
		e.anyPapers(a, others, code)
	default:
		a.checked++
		a.fail(code, domaincheck.Medium)
	}
}

func isPermit(kind string) bool { return paperName(kind) == "居住证" }

// permitAdmitted tells whether a residence permit alone makes up for an
// address elsewhere.
func permitAdmitted(r *Residence) bool {
	for _, all := range r.PapersAny {
		if len(all) == 1 && (paperName(all[0]) == "居住证" || all[0] == "暂住证") {
			return true
		}
	}
	return false
}
