package rules

import (
	"slices"
	"strings"

	"domaincheck"
)

// condition judges the `when` of a paper; fact names what is not declared.
// Conditions that only a person can judge never hold here.
func (e *eval) condition(when string) (holds bool, fact string) {
	principal, responsible := e.subject.Principal, e.responsible()
	notLegal := func(p *domaincheck.Person, name string) (bool, string) {
		if p == nil || p.IsLegalRepresentative == nil {
			return false, name + ".is_legal_representative"
		}
		return !*p.IsLegalRepresentative, ""
	}
	switch when {
	case "":
		return true, ""
	case "principal_not_legal_representative":
		return notLegal(principal, "subject.principal")
	case "responsible_not_legal_representative":
		return notLegal(responsible, "site.responsible")
	case "not_local", "legal_representative_not_local":
		p, place := principal, "subject.principal"
		if when == "legal_representative_not_local" {
			p, place = e.person("legal_representative")
		}
		switch {
		case p == nil && place == "":
			return false, "legal_representative.id_province"
		case p == nil:
			return false, place
		case p.IDProvince == "":
			return false, place + ".id_province"
		}
		return e.b.provinceName(string(p.IDProvince)) != e.province, ""
	case "legal_representative_foreign", "legal_representative_not_mainland":
		p, place := e.person("legal_representative")
		switch {
		case p == nil && place == "":
			return false, "legal_representative.nationality"
		case p == nil:
			return false, place
		case country(p.Nationality) == "":
			return false, place + ".nationality"
		case when == "legal_representative_foreign":
			return !chinese(country(p.Nationality)), ""
		}
		return country(p.Nationality) != "CN", ""
	case "institution":
		return e.typed("事业单位", "党政机关", "政府机关", "国家机关", "机关")
	case "law_firm":
		return e.typed("律师")
	case "individual_business":
		return e.typed("个体")
	case "cluster_address":
		// Few units share a registered address; one that does knows it.
		return domaincheck.Is(e.subject.ClusterAddress), ""
	case "commercial":
		return domaincheck.Is(e.c.Site.Commercial), ""
	case "forum", "finance", "news", "medical", "training":
		return e.categorised(when), ""
	}
	if role, found := strings.CutPrefix(when, "holder_"); found {
		return e.heldBy(role), ""
	}
	return false, ""
}

// typed tells whether the subject's declared type holds one of the words.
func (e *eval) typed(words ...string) (bool, string) {
	if e.subject.Type == "" {
		return false, "subject.type"
	}
	for _, w := range words {
		if strings.Contains(string(e.subject.Type), w) {
			return true, ""
		}
	}
	return false, ""
}

// categorised tells whether the site is declared to be of a category, or shows
// signs of it.
func (e *eval) categorised(kind string) bool {
	zh := map[string]string{"forum": "论坛", "finance": "金融", "news": "新闻", "medical": "医疗", "training": "培训"}[kind]
	for _, c := range e.c.Site.Categories {
		if c == kind || strings.Contains(c, zh) {
			return true
		}
	}
	if p := e.views[0].obs.Page; p != nil {
		for i := range p.Signals {
			if p.Signals[i].Kind == kind {
				return true
			}
		}
	}
	return false
}

// heldBy tells whether the main domain is held by a role other than the unit.
func (e *eval) heldBy(role string) bool {
	v := &e.views[0]
	name := ""
	if r := v.obs.Registration; r != nil && r.Outcome == domaincheck.OutcomeOK && r.Registrant != nil && !r.Registrant.Redacted && !r.Registrant.Proxy {
		name = holderName(r.Registrant)
	}
	if h := e.c.Site.Holder; name == "" && h != nil {
		name = string(h.Name)
	}
	if name == "" {
		return false
	}
	n, how := e.named(name)
	switch {
	case how == "":
		return false
	case role == "not_unit":
		return n.role != "unit" && n.role != "former"
	}
	return n.role == role
}

// subjectContact: phones. A dead phone counts on filed sites too; the rest
// while an order runs, as the province says.
func subjectContact(e *eval) outcome {
	var a audit
	people := [...]*domaincheck.Person{e.subject.Principal, e.c.Site.Responsible}
	for _, p := range people {
		if p == nil {
			continue
		}
		if c := p.Contact; c != nil && c.Dead != nil {
			a.checked++
			if *c.Dead {
				a.fail("dead", domaincheck.High)
			}
		}
		if !p.PhoneCheckedOn.IsZero() {
			a.checked++
			if p.PhoneCheckedOn.DaysUntil(e.today) > 180 {
				a.fail("not_checked_lately", domaincheck.Low)
			}
		}
	}
	if !e.running() {
		if a.checked == 0 {
			return undeclared("undeclared").with("missing", []string{"subject.principal.phone_checked_on", "subject.principal.contact.dead"})
		}
		return a.outcome("reachable")
	}
	if e.known == nil {
		if a.checked > 0 {
			return a.outcome("reachable")
		}
		return e.noBook()
	}
	common := a
	return e.perBook(func(b *ProvinceBook) outcome {
		a := audit{failed: slices.Clip(common.failed), missing: slices.Clip(common.missing), sev: common.sev, checked: common.checked}
		for i := range b.Phones {
			r := &b.Phones[i]
			declared := false
			for j, place := range [...]string{"subject.principal", "site.responsible"} {
				if p := people[j]; p != nil {
					declared = true
					e.auditPhone(&a, p, place, r)
				}
			}
			if !declared {
				a.lack("subject.principal")
			}
		}
		return a.outcome("in_order")
	})
}

func (e *eval) auditPhone(a *audit, p *domaincheck.Person, place string, r *PhoneRule) {
	flag := func(fact *bool, name, code string) {
		if fact == nil {
			a.lack(place + "." + name)
			return
		}
		a.checked++
		if *fact {
			a.fail(code, domaincheck.Medium)
		}
	}
	c := p.Contact
	if c == nil {
		c = &domaincheck.PersonContact{}
	}
	switch r.Rule {
	case "local", "of":
		if p.PhoneProvince == "" {
			a.lack(place + ".phone_province")
			return
		}
		a.checked++
		place := e.b.provinceName(string(p.PhoneProvince))
		if r.Rule == "local" && place != e.province || r.Rule == "of" && !slices.Contains(r.Provinces, place) {
			a.fail("phone_elsewhere", domaincheck.Medium)
		}
	case "not_swapped":
		flag(c.Swapped, "contact.swapped", "phones_swapped")
	case "not_same_as_emergency":
		flag(c.SameAsEmergency, "contact.same_as_emergency", "same_as_emergency")
	case "not_shared":
		flag(c.SameAsOtherPerson, "contact.same_as_other_person", "phone_shared")
	}
}

// subjectState: what the public register of companies says, as declared.
func subjectState(e *eval) outcome {
	if e.kind == domaincheck.KindIndividual {
		return notApplicable("individual").declared()
	}
	state := string(e.subject.State)
	if state == "" {
		return undeclared("state_undeclared")
	}
	o := unknowable("state_unread")
	for _, w := range [...]string{"注销", "吊销", "撤销", "异常", "清算", "停业", "歇业", "迁出", "解散", "破产", "严重"} {
		if strings.Contains(state, w) {
			o = fail("not_in_business")
			break
		}
	}
	if o.result != domaincheck.Fail {
		for _, w := range [...]string{"存续", "在业", "开业", "在营", "正常", "登记成立", "确立"} {
			if strings.Contains(state, w) {
				o = pass("in_business")
				break
			}
		}
	}
	return o.declared().with("state", state)
}
