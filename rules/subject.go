package rules

import (
	"slices"
	"strings"
	"time"

	"domaincheck"
)

// This file holds the rules subject.*, judged from declared facts.

// audit gathers what a rule with many conditions found: the first failure
// gives the code, the worst one the severity; a missing fact makes the result
// unknown only if nothing failed.
type audit struct {
	failed  []string
	missing []string
	sev     domaincheck.Severity
	checked int
}

func (a *audit) fail(code string, s domaincheck.Severity) {
	if !slices.Contains(a.failed, code) {
		a.failed = append(a.failed, code)
	}
	if s.Rank() > a.sev.Rank() {
		a.sev = s
	}
}

func (a *audit) lack(fact string) {
	if !slices.Contains(a.missing, fact) {
		a.missing = append(a.missing, fact)
	}
}

// outcome joins the parts: failures, then missing facts, then a pass; with
// nothing to check the rule does not apply.
func (a *audit) outcome(passCode string) outcome {
	switch {
	case len(a.failed) > 0:
		code, _, _ := strings.Cut(a.failed[0], ":")
		o := fail(code).severity(a.sev).with("problems", a.failed)
		if len(a.missing) > 0 {
			o = o.with("missing", a.missing)
		}
		return o.declared()
	case len(a.missing) > 0:
		return undeclared("undeclared").with("missing", a.missing)
	case a.checked == 0:
		return notApplicable("not_demanded").declared()
	}
	return pass(passCode).declared()
}

// running tells whether an order runs or is to be made.
func (e *eval) running() bool {
	return e.ordered || e.state == domaincheck.StateFiling || e.state == domaincheck.StateUnfiled
}

// subjectCount: thresholds above which papers are asked for, or the order is
// refused. Counts include this site and its order.
func subjectCount(e *eval) outcome {
	if e.known == nil {
		return e.noBook()
	}
	return e.perBook(func(b *ProvinceBook) outcome {
		var a audit
		reached := []string(nil)
		for i := range b.Counts {
			c := &b.Counts[i]
			if !orderApplies(c.Orders, e.order) || c.Then == "remark" {
				continue
			}
			a.checked++
			n, fact := e.count(c.Of)
			if n < 0 {
				a.lack(fact)
				continue
			}
			if !c.Op.Holds(n, c.N) {
				continue
			}
			reached = append(reached, c.Of)
			if c.Then == "refuse" {
				a.fail("too_many", domaincheck.Medium)
				continue
			}
			e.needPapers(&a, c.Papers)
		}
		o := a.outcome("within")
		if len(reached) > 0 {
			o = o.with("reached", reached)
		}
		return o
	})
}

// count gives a count, or -1 and the fact that is missing.
func (e *eval) count(of string) (int, string) {
	counts, siblings := e.subject.Counts, e.c.Siblings
	switch of {
	case "sites":
		if counts != nil && counts.Sites != nil {
			return *counts.Sites, ""
		}
		if siblings != nil {
			return siblings.Sites, ""
		}
		return -1, "subject.counts.sites"
	case "domain_prefixes":
		if counts != nil && counts.DomainPrefixes != nil {
			return *counts.DomainPrefixes, ""
		}
		if siblings != nil {
			return siblings.DomainPrefixes, ""
		}
		return -1, "subject.counts.domain_prefixes"
	case "order_domains":
		if o := e.c.Site.Order; o != nil && len(o.Domains) > 0 {
			return len(o.Domains), ""
		}
		return len(e.c.Site.Domains), ""
	}
	prefixes := map[string]bool{}
	for _, d := range e.c.Site.Domains {
		prefix, _, _ := strings.Cut(d.Domain, ".")
		prefixes[prefix] = true
	}
	return len(prefixes), ""
}

// needPapers adds what is wrong with papers that are all needed.
func (e *eval) needPapers(a *audit, kinds []string) {
	a.checked++
	if e.c.Site.Papers == nil {
		a.lack("site.papers")
		return
	}
	for _, k := range kinds {
		if !e.hasPaper(k) {
			a.fail("paper_missing:"+k, domaincheck.Medium)
		}
	}
}

// anyPapers adds a failure when none of the alternatives is whole.
func (e *eval) anyPapers(a *audit, alternatives [][]string, code string) {
	a.checked++
	if e.c.Site.Papers == nil {
		a.lack("site.papers")
		return
	}
	for _, all := range alternatives {
		whole := true
		for _, k := range all {
			whole = whole && e.hasPaper(k)
		}
		if whole {
			return
		}
	}
	a.fail(code, domaincheck.Medium)
}

// hasPaper tells whether a paper is at hand and in force.
func (e *eval) hasPaper(kind string) bool {
	for i := range e.c.Site.Papers {
		p := &e.c.Site.Papers[i]
		if samePaper(p.Kind, kind) && (p.Expires.IsZero() || !p.Expires.Before(e.today)) {
			return true
		}
	}
	return false
}

func samePaper(a, b string) bool { return a == b || paperName(a) == paperName(b) }

// paperName folds the names under which one paper goes.
func paperName(kind string) string {
	switch kind {
	case "授权书", "授权委托书", "法定代表人授权委托书", "法定代表人授权书", "法人授权书", "法人委托授权书", "网站负责人授权书", "主体负责人授权书":
		return "授权委托书"
	case "劳动就业证明", "就业证明", "劳动就业证明材料":
		return "就业证明"
	case "居住证", "居住证电子版", "本省居住证":
		return "居住证"
	case "营业执照", "主办单位证件", "单位证件", "主办单位有效证件":
		return "主办单位证件"
	case "身份证", "个人证件", "个人有效证件":
		return "个人证件"
	case "房产证", "房产登记证", "本地房产登记证":
		return "房产证"
	case "在职证明", "工作证明":
		return "工作证明"
	case "监护人身份证", "监护人有效身份证":
		return "监护人身份证"
	case "互联网信息服务备案承诺书", "备案承诺书":
		return "互联网信息服务备案承诺书"
	}
	return kind
}

// subjectIdentity: while an order runs, ages, residence, persons, card terms
// and papers as the province says; on a filed site only cards that have run out.
func subjectIdentity(e *eval) outcome {
	if !e.running() {
		return e.expiredCards()
	}
	if e.known == nil {
		return e.noBook()
	}
	return e.perBook(func(b *ProvinceBook) outcome {
		var a audit
		e.auditAges(&a, b)
		e.auditCards(&a, b)
		e.auditPersons(&a, b)
		e.auditResidence(&a, b)
		e.auditPapers(&a, b)
		return a.outcome("in_order")
	})
}

// expiredCards: identity cards and the unit's certificate that have run out.
func (e *eval) expiredCards() outcome {
	var a audit
	for _, p := range [...]*domaincheck.Person{e.subject.Principal, e.responsible()} {
		if p == nil || p.IDExpires.IsZero() {
			continue
		}
		a.checked++
		if p.IDExpires.Before(e.today) {
			a.fail("card_expired", domaincheck.Medium)
		}
	}
	if c := e.subject.Certificate; c != nil && !c.Expires.IsZero() {
		a.checked++
		if c.Expires.Before(e.today) {
			a.fail("certificate_expired", domaincheck.Medium)
		}
	}
	if a.checked == 0 {
		return undeclared("undeclared").with("missing", []string{"subject.principal.id_expires"})
	}
	return a.outcome("in_force")
}

// responsible is the person responsible for the site; unless declared, the
// principal (001 §5: the data are taken over by default).
func (e *eval) responsible() *domaincheck.Person {
	if p := e.c.Site.Responsible; p != nil {
		return p
	}
	return e.subject.Principal
}

// person finds who a rule speaks of; nil and the missing fact if undeclared.
func (e *eval) person(who string) (*domaincheck.Person, string) {
	switch who {
	case "responsible":
		return e.responsible(), "site.responsible"
	case "legal_representative":
		if p := e.subject.Principal; p != nil && domaincheck.Is(p.IsLegalRepresentative) {
			return p, ""
		}
		if p := e.c.Site.Responsible; p != nil && domaincheck.Is(p.IsLegalRepresentative) {
			return p, ""
		}
		return nil, "subject.principal.is_legal_representative"
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
			p, fact := e.person(who)
			if p == nil {
				a.lack(fact)
				continue
			}
			if p.BirthDate.IsZero() {
				a.lack(fact + ".birth_date")
				continue
			}
			if r.ExceptLegalRepresentative && domaincheck.Is(p.IsLegalRepresentative) {
				continue
			}
			a.checked++
			years := age(p.BirthDate, e.today)
			switch {
			case r.Min > 0 && years < r.Min:
				a.fail("too_young", domaincheck.Medium)
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
	for i, p := range people {
		if p == nil {
			if i == 0 && (b.IDTerm != nil || len(b.IDTypes) > 0) {
				a.lack("subject.principal")
			}
			continue
		}
		if t := b.IDTerm; t != nil {
			e.auditCardTerm(a, p, t)
		}
		for j := range b.IDTypes {
			auditCardType(a, p, &b.IDTypes[j])
		}
		for j := range b.Nationality {
			e.auditNationality(a, p, i == 0, &b.Nationality[j])
		}
	}
	if c := e.subject.Certificate; c != nil && !c.Expires.IsZero() {
		a.checked++
		if c.Expires.Before(e.today.AddMonths(3)) {
			a.fail("certificate_too_short", domaincheck.Medium)
		}
	}
}

func (e *eval) auditCardTerm(a *audit, p *domaincheck.Person, t *IDTerm) {
	if p.IDType != "" && p.IDType != "身份证" {
		return
	}
	if p.IDExpires.IsZero() {
		a.lack("id_expires")
		return
	}
	a.checked++
	limit := e.today.AddMonths(t.Months)
	if p.IDExpires.Before(limit) || t.Op == ">" && p.IDExpires == limit {
		a.fail("card_too_short", domaincheck.Medium)
	}
}

func auditCardType(a *audit, p *domaincheck.Person, t *IDType) {
	if p.IDType == "" {
		a.lack("id_type")
		return
	}
	if len(t.For) > 0 {
		if p.Nationality == "" {
			a.lack("nationality")
			return
		}
		if !slices.Contains(t.For, string(p.Nationality)) {
			return
		}
	}
	a.checked++
	if len(t.Require) > 0 && !slices.Contains(t.Require, string(p.IDType)) || slices.Contains(t.Refuse, string(p.IDType)) {
		a.fail("card_kind", domaincheck.Medium)
	}
}

func (e *eval) auditNationality(a *audit, p *domaincheck.Person, principal bool, n *Nationality) {
	concerned := false
	for _, who := range n.Who {
		switch who {
		case "responsible":
			concerned = concerned || !principal || e.c.Site.Responsible == nil
		case "legal_representative":
			concerned = concerned || domaincheck.Is(p.IsLegalRepresentative)
		default:
			concerned = concerned || principal
		}
	}
	if !concerned {
		return
	}
	if p.Nationality == "" {
		a.lack("nationality")
		return
	}
	a.checked++
	if slices.Contains(n.Admit, string(p.Nationality)) {
		return
	}
	if len(n.Papers) > 0 {
		e.needPapers(a, n.Papers)
		return
	}
	a.fail("nationality", domaincheck.Medium)
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
			a.fail(code, domaincheck.Medium)
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

func (e *eval) auditSame(a *audit, s *SamePerson) {
	p, r := e.subject.Principal, e.c.Site.Responsible
	if p == nil || p.Name == "" {
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
	case s.Rule == "required_if_delegated" && !same && domaincheck.IsNot(p.IsLegalRepresentative):
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
	switch {
	case permit.Province != "" && e.b.provinceName(string(permit.Province)) != e.province:
		e.anyPapers(a, r.PapersAny, "permit_elsewhere")
	case !permit.Expires.IsZero() && permit.Expires.Before(e.today),
		r.PermitMonths > 0 && !permit.IssuedOn.IsZero() && permit.IssuedOn.AddMonths(r.PermitMonths).Before(e.today):
		a.fail("permit_expired", domaincheck.Medium)
	case r.PermitDays > 0 && !permit.Expires.IsZero() && e.today.DaysUntil(permit.Expires) <= r.PermitDays:
		a.fail("permit_ends_soon", domaincheck.Medium)
	case len(r.PermitYear) > 0 && permit.IssuedOn.IsZero():
		a.lack("residence_permit.issued_on")
	case len(r.PermitYear) > 0 && permit.IssuedOn.Year != e.today.Year:
		e.needPapers(a, r.PermitYear)
	}
}

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

// auditPapers: the province's papers for this order, the proofs of a holder who
// is not the unit, and the papers' ages.
func (e *eval) auditPapers(a *audit, b *ProvinceBook) {
	for i := range b.Papers {
		p := &b.Papers[i]
		if p.Optional || !orderApplies(p.Orders, e.order) {
			continue
		}
		switch holds, fact := e.condition(p.When); {
		case fact != "":
			a.lack(fact)
		case holds && p.Kind != "居住证": // residence is judged with its permit
			e.needPapers(a, []string{p.Kind})
		}
	}
	for i := range b.Holder.Proofs {
		p := &b.Holder.Proofs[i]
		for _, role := range p.For {
			if e.heldBy(role) {
				e.needPapers(a, p.Papers)
				break
			}
		}
	}
	for i := range e.c.Site.Papers {
		p := &e.c.Site.Papers[i]
		if !p.IssuedOn.IsZero() && e.tooOld(p, b) {
			a.checked++
			a.fail("paper_too_old:"+p.Kind, domaincheck.Medium)
		}
	}
}

// tooOld: letters of authority and proofs count for 3 months from their issue
// (001 §5), unless the province says otherwise.
func (e *eval) tooOld(p *domaincheck.Paper, b *ProvinceBook) bool {
	for i := range b.PaperAges {
		r := &b.PaperAges[i]
		if !samePaper(r.Kind, p.Kind) {
			continue
		}
		if r.Days > 0 {
			return p.IssuedOn.DaysUntil(e.today) > r.Days
		}
		return p.IssuedOn.AddMonths(r.Months).Before(e.today)
	}
	if name := paperName(p.Kind); name != "授权委托书" && !strings.HasSuffix(name, "证明") {
		return false
	}
	return p.IssuedOn.AddMonths(3).Before(e.today)
}
