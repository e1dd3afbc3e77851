package rules_test

import (
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/rules"
)

// The second half of the cases of second_persons_test.go: residence, offices,
// papers and phones.

// elsewhere is a province that is not that of the sheet, nor near it.
func (g *personCases) elsewhere() domaincheck.Text {
	if g.province == "海南" {
		return "黑龙江"
	}
	return "海南"
}

func (g *personCases) residence() {
	r := g.book.Residence
	away := func(c *domaincheck.Case) { principalOf(c).IDProvince = g.elsewhere() }
	undeclared := func(c *domaincheck.Case) { principalOf(c).IDProvince = "" }
	if r == nil {
		if !g.asks("not_local") && !g.asks("legal_representative_not_local") {
			g.add(domaincheck.Pass, "residence is not demanded", away)
			g.add(domaincheck.Pass, "nor its declaration", undeclared)
		}
		return
	}
	g.add(domaincheck.Unknown, "residence undeclared", undeclared)
	g.add(domaincheck.Fail, "from elsewhere", away)
	if len(r.PapersAny) == 0 {
		g.add(domaincheck.Fail, "from elsewhere with a permit among the papers", away, give("居住证"))
		g.add(domaincheck.Fail, "from elsewhere with a permit", away, g.permit(domaincheck.Text(g.province), g.today.AddDays(-30), g.today.AddDays(90)))
		return
	}
	g.add(domaincheck.Unknown, "from elsewhere, papers undeclared", away, papersUnsaid)
	permits := false
	for _, all := range r.PapersAny {
		g.add(domaincheck.Pass, "from elsewhere with "+strings.Join(all, "+"), away, give(all...))
		if len(all) > 1 {
			g.add(domaincheck.Fail, "from elsewhere with not all of "+strings.Join(all, "+"), away, give(all[1:]...))
		}
		permits = permits || len(all) == 1 && (all[0] == "居住证" || all[0] == "暂住证")
	}
	if permits {
		g.permits(r, away)
	}
}

func (g *personCases) permit(province domaincheck.Text, issued, expires domaincheck.Date) func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		principalOf(c).ResidencePermit = &domaincheck.ResidencePermit{Province: province, IssuedOn: issued, Expires: expires}
	}
}

func (g *personCases) permits(r *rules.Residence, away func(*domaincheck.Case)) {
	here, none := domaincheck.Text(g.province), domaincheck.Date{}
	lately := g.today.AddDays(-30)
	g.add(domaincheck.Pass, "a permit of here", away, g.permit(here, lately, g.today.AddDays(200)))
	g.add(domaincheck.Fail, "a permit of elsewhere", away, g.permit(g.elsewhere(), lately, g.today.AddDays(200)))
	g.add(domaincheck.Fail, "a permit that ended yesterday", away, g.permit(here, lately, g.today.AddDays(-1)))
	if r.PermitDays == 0 {
		g.add(domaincheck.Pass, "a permit that ends today", away, g.permit(here, lately, g.today))
	} else {
		g.add(domaincheck.Fail, "a permit that ends within the days", away, g.permit(here, lately, g.today.AddDays(r.PermitDays)))
		g.add(domaincheck.Pass, "a permit that ends a day later", away, g.permit(here, lately, g.today.AddDays(r.PermitDays+1)))
	}
	if r.PermitMonths > 0 {
		issued := later(g.today.AddDays(r.PermitDays+1), -r.PermitMonths)
		g.add(domaincheck.Pass, "a permit counts its months", away, g.permit(here, issued, none))
		g.add(domaincheck.Fail, "a permit counts no day more", away, g.permit(here, issued.AddDays(-1), none))
		g.add(domaincheck.Fail, "a permit counts its months, whatever is printed", away, g.permit(here, issued.AddDays(-1), g.today.AddDays(900)))
	}
	if len(r.PermitYear) > 0 {
		newYear := domaincheck.Date{Year: g.today.Year, Month: 1, Day: 1}
		g.add(domaincheck.Pass, "a permit of this year's first day", away, g.permit(here, newYear, g.today.AddDays(200)))
		g.add(domaincheck.Fail, "a permit of last year's last day", away, g.permit(here, newYear.AddDays(-1), g.today.AddDays(200)))
		g.add(domaincheck.Pass, "a permit of last year with its papers", away, g.permit(here, newYear.AddDays(-1), g.today.AddDays(200)), give(r.PermitYear...))
		g.add(domaincheck.Unknown, "a permit of an undeclared day", away, g.permit(here, none, g.today.AddDays(200)))
	} else if r.PermitMonths == 0 {
		g.add(domaincheck.Pass, "an old permit in force", away, g.permit(here, g.today.AddDays(-1000), g.today.AddDays(200)))
	}
}

// delegation are the papers that the conditions of the sheet ask for once the
// principal (and so, unless declared, the person responsible) is not the legal
// representative.
func (g *personCases) delegation() func(*domaincheck.Case) {
	return func(c *domaincheck.Case) {
		for _, p := range g.book.Papers {
			if p.When == "principal_not_legal_representative" || p.When == "responsible_not_legal_representative" {
				give(p.Kind)(c)
			}
		}
		for _, r := range []*rules.PersonRule{g.book.Principal, g.book.Responsible} {
			if r != nil {
				give(r.Papers...)(c)
			}
		}
	}
}

func (g *personCases) persons() {
	if g.kind == "individual" {
		return
	}
	r := g.book.Principal
	forbidden := g.book.SamePerson != nil && g.book.SamePerson.Rule == "forbidden"
	switch {
	case r == nil || r.LegalRepresentative == "free":
		if !g.asks("principal_not_legal_representative") && !g.asks("responsible_not_legal_representative") && g.book.Responsible == nil {
			g.add(domaincheck.Pass, "the principal may be anybody", notLegal)
		}
		g.add(domaincheck.Pass, "the principal may be anybody with the papers", notLegal, g.delegation())
	case r.LegalRepresentative == "required":
		g.add(domaincheck.Fail, "the principal is not the legal representative", notLegal, g.delegation())
		g.add(domaincheck.Fail, "a letter does not make up for it", notLegal, g.delegation(), give("授权委托书"))
		g.add(domaincheck.Unknown, "nobody says whether the principal is the legal representative", legalUndeclared)
		g.exceptions(r)
	default:
		g.add(domaincheck.Pass, "a delegated principal with the papers", notLegal, g.delegation())
		g.add(domaincheck.Unknown, "a delegated principal, papers undeclared", notLegal, papersUnsaid)
		g.add(domaincheck.Unknown, "nobody says whether the principal is the legal representative", legalUndeclared)
		for _, p := range r.Papers {
			g.add(domaincheck.Fail, "a delegated principal without "+p, notLegal, g.delegation(), take(p))
		}
	}
	if s := g.book.Responsible; s != nil && s.LegalRepresentative == "or_papers" && !forbidden {
		g.add(domaincheck.Pass, "somebody else responsible, with the papers", other("李四", false), g.delegation())
		g.add(domaincheck.Unknown, "somebody else responsible, papers undeclared", other("李四", false), papersUnsaid)
		for _, p := range s.Papers {
			g.add(domaincheck.Fail, "somebody else responsible, without "+p, other("李四", false), g.delegation(), take(p))
		}
	} else if (s == nil || s.LegalRepresentative == "free") && !g.asks("responsible_not_legal_representative") {
		g.add(domaincheck.Pass, "anybody may be responsible", other("李四", false))
	}
}

// exceptions of a principal who must be the legal representative. A foreign
// legal representative is somebody whom the ledger holds as responsible.
func (g *personCases) exceptions(r *rules.PersonRule) {
	for _, x := range r.Exceptions {
		switch x.When {
		case "institution":
			institution := func(c *domaincheck.Case) { c.Site.Subject.Type = "事业单位" }
			g.add(domaincheck.Pass, "an institution's delegate", notLegal, institution, g.delegation(), give(x.Papers...))
			g.add(domaincheck.Fail, "an institution's delegate without papers", notLegal, institution)
			g.add(domaincheck.Unknown, "a unit of an undeclared type with a delegate", notLegal, func(c *domaincheck.Case) { c.Site.Subject.Type = "" }, give(x.Papers...))
		case "legal_representative_foreign", "legal_representative_not_mainland":
			for _, n := range []string{"CN", "HK", "US"} {
				chief := func(c *domaincheck.Case) {
					notLegal(c)
					other("Bob", true)(c)
					c.Site.Responsible.Nationality, c.Site.Responsible.IDType = domaincheck.Text(n), "护照"
				}
				want := domaincheck.Fail
				if n == "US" || n == "HK" && x.When == "legal_representative_not_mainland" {
					want = domaincheck.Pass
				}
				g.add(want, "a delegate of somebody of "+n, chief, g.delegation(), give(x.Papers...))
				g.add(domaincheck.Fail, "a delegate of somebody of "+n+" without papers", chief)
			}
		}
	}
}

func (g *personCases) samePerson() {
	s := g.book.SamePerson
	switch {
	case s == nil:
		if g.kind == "unit" {
			g.add(domaincheck.Pass, "principal and responsible may be one", other("张三", true), g.delegation())
		}
	case s.Rule == "forbidden":
		g.add(domaincheck.Fail, "principal and responsible are one", other("张三", true))
		g.add(domaincheck.Pass, "principal and responsible are two", other("李四", false), g.delegation())
		g.add(domaincheck.Unknown, "the responsible's name is undeclared", other("", false), g.delegation())
	case s.Rule == "required_if_delegated":
		g.add(domaincheck.Pass, "delegated to one", notLegal, other("张三", false), g.delegation())
		g.add(domaincheck.Fail, "delegated to two", notLegal, other("李四", false), g.delegation())
		g.add(domaincheck.Pass, "two, but not delegated", other("李四", false), g.delegation())
	}
}

// met makes the condition of a paper true; ok is false for those that no fact
// of the ledger decides.
func (g *personCases) met(when string) (change func(*domaincheck.Case), ok bool) {
	subject := func(set func(*domaincheck.Subject)) func(*domaincheck.Case) {
		return func(c *domaincheck.Case) { set(c.Site.Subject) }
	}
	category := func(word string) func(*domaincheck.Case) {
		return func(c *domaincheck.Case) { c.Site.Categories = domaincheck.List[string]{word} }
	}
	citizen := func(n domaincheck.Text) func(*domaincheck.Case) {
		return func(c *domaincheck.Case) { principalOf(c).Nationality, principalOf(c).IDType = n, "护照" }
	}
	switch when {
	case "principal_not_legal_representative":
		return notLegal, true
	case "responsible_not_legal_representative":
		return other("李四", false), true
	case "not_local", "legal_representative_not_local":
		return func(c *domaincheck.Case) { principalOf(c).IDProvince = g.elsewhere() }, true
	case "legal_representative_foreign", "legal_representative_not_mainland":
		return citizen("US"), true
	case "institution":
		return subject(func(s *domaincheck.Subject) { s.Type = "事业单位" }), true
	case "law_firm":
		return subject(func(s *domaincheck.Subject) { s.Type = "律师事务所" }), true
	case "individual_business":
		return subject(func(s *domaincheck.Subject) { s.Type = "个体工商户" }), true
	case "cluster_address":
		return subject(func(s *domaincheck.Subject) { s.ClusterAddress = domaincheck.Known(true) }), true
	case "forum":
		return category("论坛"), true
	case "finance":
		return category("金融"), true
	case "news":
		return category("新闻"), true
	case "medical":
		return category("医疗"), true
	case "training":
		return category("培训"), true
	case "commercial":
		return func(c *domaincheck.Case) { c.Site.Commercial = domaincheck.Known(true) }, true
	}
	return nil, false
}

// all gives every paper of the sheet.
func (g *personCases) all(c *domaincheck.Case) {
	for _, p := range g.book.Papers {
		give(p.Kind)(c)
	}
	g.delegation()(c)
	if r := g.book.Residence; r != nil && len(r.PapersAny) > 0 {
		give(r.PapersAny[0]...)(c)
	}
}

func (g *personCases) papers() {
	orders := []domaincheck.OrderKind{domaincheck.OrderFirst, domaincheck.OrderNewSite, domaincheck.OrderAccess, domaincheck.OrderChange}
	demanded := false
	for _, p := range g.book.Papers {
		if p.Optional {
			g.add(domaincheck.Pass, "the optional "+p.Kind+" is missing", take(p.Kind))
			continue
		}
		if p.When == "" {
			for _, o := range orders {
				want := domaincheck.Pass
				if len(p.Orders) == 0 || slices.Contains(p.Orders, o) {
					want, demanded = domaincheck.Fail, true
				}
				g.list = append(g.list, personCase{"without " + p.Kind + " for " + string(o), g.today, o, []func(*domaincheck.Case){take(p.Kind)}, identity, want})
			}
			continue
		}
		met, ok := g.met(p.When)
		switch {
		case !ok:
			g.add(domaincheck.Pass, "without "+p.Kind+", which a person decides", take(p.Kind))
		case p.When == "not_local" && g.book.Residence != nil: // see residence
		case p.When == "legal_representative_not_local" || strings.HasPrefix(p.When, "principal_") && g.mustBeLegal():
			g.add(domaincheck.Fail, p.When+" without "+p.Kind, met, g.all, take(p.Kind))
		default:
			g.add(domaincheck.Pass, p.When+" with "+p.Kind, met, g.all)
			g.add(domaincheck.Fail, p.When+" without "+p.Kind, met, g.all, take(p.Kind))
			g.add(domaincheck.Pass, "not "+p.When+" without "+p.Kind, take(p.Kind))
		}
	}
	if demanded {
		g.add(domaincheck.Unknown, "papers undeclared", papersUnsaid)
		g.add(domaincheck.Fail, "papers declared as none", func(c *domaincheck.Case) { c.Site.Papers = []domaincheck.Paper{} })
	}
}

// paperAges: as the province says; letters of authority count 3 months
// everywhere else (001 §5).
func (g *personCases) paperAges() {
	aged := func(kind string, day domaincheck.Date) func(*domaincheck.Case) {
		return func(c *domaincheck.Case) {
			take(kind)(c)
			c.Site.Papers = append(c.Site.Papers, domaincheck.Paper{Kind: kind, IssuedOn: day})
		}
	}
	letters := false
	for _, r := range g.book.PaperAges {
		oldest := g.today.AddDays(-r.Days)
		if r.Months > 0 {
			oldest = later(g.today, -r.Months)
		}
		letters = letters || r.Kind == "授权委托书"
		g.add(domaincheck.Pass, r.Kind+" of the greatest age", aged(r.Kind, oldest))
		g.add(domaincheck.Fail, r.Kind+" a day older", aged(r.Kind, oldest.AddDays(-1)))
	}
	if !letters && g.kind == "unit" {
		oldest := later(g.today, -3)
		g.add(domaincheck.Pass, "a letter of 3 months", aged("授权委托书", oldest))
		g.add(domaincheck.Fail, "a letter a day older", aged("授权委托书", oldest.AddDays(-1)))
	}
}

func (g *personCases) phones() {
	phone := func(set func(*domaincheck.Person)) func(*domaincheck.Case) {
		return func(c *domaincheck.Case) { set(principalOf(c)) }
	}
	from := func(province domaincheck.Text) func(*domaincheck.Case) {
		return phone(func(p *domaincheck.Person) { p.PhoneProvince = province })
	}
	flags := map[string]func(*domaincheck.PersonContact, *bool){
		"not_swapped":           func(c *domaincheck.PersonContact, b *bool) { c.Swapped = b },
		"not_same_as_emergency": func(c *domaincheck.PersonContact, b *bool) { c.SameAsEmergency = b },
		"not_shared":            func(c *domaincheck.PersonContact, b *bool) { c.SameAsOtherPerson = b },
	}
	place := false
	for _, r := range g.book.Phones {
		if set := flags[r.Rule]; set != nil {
			delete(flags, r.Rule)
			g.phone(domaincheck.Fail, r.Rule+" but it is", phone(func(p *domaincheck.Person) { set(p.Contact, domaincheck.Known(true)) }))
			g.phone(domaincheck.Unknown, r.Rule+" undeclared", phone(func(p *domaincheck.Person) { set(p.Contact, nil) }))
			continue
		}
		place = true
		g.phone(domaincheck.Fail, "a phone of elsewhere", from(g.elsewhere()))
		g.phone(domaincheck.Unknown, "a phone of an undeclared province", from(""))
		for _, p := range r.Provinces {
			g.phone(domaincheck.Pass, "a phone of "+p, from(domaincheck.Text(p)))
		}
	}
	if !place {
		g.phone(domaincheck.Pass, "a phone of elsewhere does not matter", from(g.elsewhere()))
	}
	for name, set := range flags {
		g.phone(domaincheck.Pass, name+" is not demanded", phone(func(p *domaincheck.Person) { set(p.Contact, domaincheck.Known(true)) }))
	}
}
