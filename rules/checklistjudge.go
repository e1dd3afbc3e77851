package rules

import (
	"slices"
	"strings"

	"domaincheck"
)

// verdictOn is what a judge of the checklist says; the zero value leaves the
// condition out.
type verdictOn struct {
	state    ConditionState
	code     string
	why      domaincheck.Why
	knows    domaincheck.Knows
	target   domaincheck.Text
	at       domaincheck.Instant
	evidence domaincheck.Evidence
	facts    []string // instead of the item's
	words    *Words   // instead of the code's
}

func on(state ConditionState, code string, pairs ...any) verdictOn {
	o := outcome{}.with(pairs...)
	v := verdictOn{state: state, code: code, evidence: o.ev}
	if state == Unsure {
		v.why = domaincheck.WhyUndeclared
	}
	return v
}

func (v verdictOn) unseen(part string) verdictOn {
	v.why, v.knows, v.facts = domaincheck.WhyUnobserved, domaincheck.Observed, []string{part}
	return v
}

func (v verdictOn) seen(l *domaincheck.Look) verdictOn {
	v.knows, v.at = domaincheck.Observed, l.At
	return v
}

// judgement decides one item of the checklist.
type judgement func(*preflight, *Item) verdictOn

// judgementOf gives a judge by its name, with the codes it may answer.
func judgementOf(name string) (judgement, []string) {
	switch name {
	case "province":
		return judgeProvince, []string{"known", "undeclared"}
	case "kind":
		return judgeKind, []string{"unit", "individual", "undeclared"}
	case "provider":
		return judgeProvider, []string{"known", "undeclared"}
	case "needed":
		return judgeNeeded, []string{"mainland", "abroad_only", "undeclared"}
	case "address_site":
		return judgeAddressSite, []string{"address"}
	case "registrable":
		return judgeRegistrable, []string{"covered"}
	case "subject_number":
		return judgeSubjectNumber, []string{"conflict", "has_number", "none_declared", "undeclared"}
	case "domain_number":
		return judgeDomainNumber, []string{"filed", "free", "filed_here", "filed_elsewhere", "number_seen", "not_filed", "declared_unfiled", "undeclared"}
	case "move":
		return judgeMove, []string{"still_there", "accessed", "switched_early", "provider_unknown", "hidden", "unseen"}
	case "exempt":
		return judgeExempt, []string{"exempt", "verified", "undeclared"}
	case "refile":
		return judgeRefile, []string{"fileable", "not_fileable", "unsure"}
	case "change_address":
		return judgeChangeAddress, []string{"dns_only", "file_change", "undeclared"}
	}
	return judgementOfRest(name)
}

func judgementOfRest(name string) (judgement, []string) {
	switch name {
	case "own_machine":
		return judgeServerKind("own", "own"), []string{"own"}
	case "jushita":
		return judgeServerKind("jushita", "jushita"), []string{"jushita"}
	case "chengxintong":
		return judgeServerKind("chengxintong", "shop"), []string{"shop"}
	case "other_provider":
		return judgeOtherProvider, []string{"elsewhere"}
	case "front_oss":
		return judgeFront("oss"), []string{"seen"}
	case "front_cdn":
		return judgeFront("cdn"), []string{"seen"}
	case "front_waf":
		return judgeFront("waf"), []string{"seen"}
	case "front_ddos":
		return judgeFront("ddos"), []string{"seen"}
	case "certificate":
		return judgeCertificate, []string{"long_enough", "too_short", "undeclared"}
	case "documents":
		return judgeDocuments, []string{"fitting", "unfit_principal", "unfit_responsible", "undeclared"}
	case "commercial":
		return judgeCommercial, []string{"not_commercial", "licence_due", "licensed", "review", "undeclared"}
	case "approval":
		return judgeApproval, []string{"none_declared", "concerned", "undeclared"}
	case "finance_later":
		return judgeFinanceLater, []string{"watched"}
	case "finance_name":
		return judgeFinanceName, []string{"words", "approved"}
	case "foundation":
		return judgeFoundation, []string{"papers_due", "at_hand"}
	}
	return nil, nil
}

func judgeProvince(p *preflight, _ *Item) verdictOn {
	if p.e.known == nil {
		return on(Unsure, "undeclared")
	}
	v := on(Met, "known", "province", p.e.province)
	if isInferred(p.c, "subject.province") {
		v.knows = domaincheck.Inferred
	}
	return v
}

func judgeKind(p *preflight, _ *Item) verdictOn {
	switch p.e.kind {
	case domaincheck.KindUnit:
		return on(Met, "unit")
	case domaincheck.KindIndividual:
		return on(Met, "individual")
	}
	return on(Unsure, "undeclared")
}

func judgeProvider(p *preflight, _ *Item) verdictOn {
	if p.provider == "" {
		return on(Unsure, "undeclared")
	}
	return on(Met, "known", "provider", p.provider)
}

// judgeNeeded: a declared server decides; else what the name leads to now.
func judgeNeeded(p *preflight, _ *Item) verdictOn {
	abroad := []string{}
	for i := range p.c.Site.Servers {
		region := strings.ToLower(string(p.c.Site.Servers[i].Region))
		switch {
		case isForeignRegion(region):
			abroad = append(abroad, string(p.c.Site.Servers[i].Region))
		case isMainlandRegion(region):
			return on(Met, "mainland")
		}
	}
	if len(abroad) > 0 {
		return on(ToDo, "abroad_only", "addresses", abroad)
	}
	for _, f := range p.now["access.unfiled"] {
		if f.Code == "abroad" {
			v := on(ToDo, "abroad_only", "addresses", f.Evidence["addresses"])
			v.knows, v.at = domaincheck.Observed, f.ObservedAt
			return v
		}
	}
	return on(Unsure, "undeclared")
}

func judgeAddressSite(p *preflight, _ *Item) verdictOn {
	for i := range p.e.views {
		if p.e.views[i].ip {
			return on(Met, "address", "domain", p.e.views[i].domain)
		}
	}
	return verdictOn{}
}

func judgeRegistrable(p *preflight, _ *Item) verdictOn {
	if p.e.views[0].ip || p.c.Site.MainDomain() == "" {
		return verdictOn{}
	}
	return on(Met, "covered", "domain", domaincheck.Unicode(p.c.Site.MainDomain()))
}

// judgeSubjectNumber: one subject has one number (004:53-55).
func judgeSubjectNumber(p *preflight, _ *Item) verdictOn {
	number := string(p.e.subject.RecordNumber)
	if number == "" && p.e.numbered != noNumber && p.e.numbered != badNumber {
		number = p.e.number.Subject
	}
	first := p.order == domaincheck.OrderFirst
	switch {
	case number != "" && first:
		return on(Unmet, "conflict", "number", number)
	case number != "":
		return on(Met, "has_number", "number", number)
	case first:
		return on(ToDo, "none_declared")
	}
	if n := visibleNumber(p.c); n != nil && p.order != domaincheck.OrderNewSite {
		v := on(Met, "has_number", "number", n.Subject)
		v.knows = domaincheck.Inferred
		return v
	}
	return on(Unsure, "undeclared")
}

// judgeDomainNumber: a name with a number cannot be filed again, one without
// cannot be brought to another provider.
func judgeDomainNumber(p *preflight, _ *Item) verdictOn {
	site := &p.c.Site
	filing := p.order == domaincheck.OrderFirst || p.order == domaincheck.OrderNewSite
	number := string(site.RecordNumber)
	declared := !isInferred(p.c, "state")
	if r := p.c.Observation.Record; r != nil && (r.Outcome == domaincheck.OutcomeOK || r.Outcome == domaincheck.OutcomeAbsent) {
		switch absent := r.Outcome == domaincheck.OutcomeAbsent; {
		case absent && filing:
			return on(Met, "free").seen(&r.Look)
		case absent:
			return on(Unmet, "not_filed").seen(&r.Look)
		}
		number, declared = string(r.Number), true
		if filing {
			return p.filedAlready(number).seen(&r.Look)
		}
		return on(Met, "filed", "number", number).seen(&r.Look)
	}
	switch site.State {
	case domaincheck.StateFiled:
		if seen := visibleNumber(p.c); !declared && number == "" && seen != nil {
			v := on(Met, "filed", "number", seen.Number)
			if filing {
				v = on(Unsure, "number_seen", "number", seen.Number)
			}
			v.knows = domaincheck.Inferred
			return v
		}
		if filing {
			return p.filedAlready(number)
		}
		return on(Met, "filed", "number", number)
	case domaincheck.StateFiling:
		if filing {
			return on(ToDo, "declared_unfiled")
		}
	case domaincheck.StateUnfiled, domaincheck.StateCancelled, domaincheck.StateNotRequired:
		switch {
		case !declared:
			return on(Unsure, "undeclared")
		case filing:
			return on(ToDo, "declared_unfiled")
		}
		return on(Unmet, "not_filed")
	}
	return on(Unsure, "undeclared")
}

// filedAlready: the name has a number; at this order's provider or elsewhere.
func (p *preflight) filedAlready(number string) verdictOn {
	for i := range p.c.Site.Access {
		if a := &p.c.Site.Access[i]; a.State != domaincheck.AccessCancelled && p.e.sameProvider(a.Provider, p.provider) {
			return on(Unmet, "filed_here", "number", number)
		}
	}
	return on(Unmet, "filed_elsewhere", "number", number)
}

// judgeMove: the name may be switched to the new provider only once there is
// an access record.
func judgeMove(p *preflight, _ *Item) verdictOn {
	if p.provider == "" {
		v := on(Unsure, "provider_unknown")
		v.facts = []string{"order.provider"}
		return v
	}
	for i := range p.c.Site.Access {
		a := &p.c.Site.Access[i]
		if (a.State == domaincheck.AccessActive || a.State == "") && p.e.sameProvider(a.Provider, p.provider) {
			return on(Met, "accessed", "provider", p.provider)
		}
	}
	r, _ := resolution(&p.e.views[0])
	if r == nil {
		return on(Unsure, "unseen").unseen("resolution")
	}
	var hidden []string
	named, unseen := false, len(r.Hosts) == 0
	for i := range r.Hosts {
		h := &r.Hosts[i]
		unseen = unseen || answer(h) == unsure
		for j := range h.Addresses {
			a := &h.Addresses[j]
			switch {
			case unusable(a):
			case p.newAddress(a) || a.Provider != "" && !inFront(a) && p.e.sameProvider(p.provider, string(a.Provider)) && !domaincheck.IsNot(a.Mainland):
				return on(Unmet, "switched_early", "host", h.Host, "address", a.IP, "provider", p.provider).seen(&r.Look)
			case a.Provider == "" || inFront(a):
				hidden = appendOnce(hidden, a.IP)
			default:
				named = true
			}
		}
	}
	switch {
	case unseen:
		return on(Unsure, "unseen").unseen("resolution").seen(&r.Look)
	case len(hidden) > 0 && !named:
		v := on(Unsure, "hidden", "addresses", hidden).seen(&r.Look)
		v.why, v.facts = domaincheck.WhyUnknowable, []string{"servers.addresses"}
		return v
	}
	return on(Met, "still_there").seen(&r.Look)
}

// newAddress tells an address of a server declared at the order's provider.
func (p *preflight) newAddress(a *domaincheck.Address) bool {
	for i := range p.c.Site.Servers {
		s := &p.c.Site.Servers[i]
		if p.e.sameProvider(string(s.Provider), p.provider) && slices.Contains(s.Addresses, a.IP) {
			return true
		}
	}
	return false
}

func judgeExempt(p *preflight, _ *Item) verdictOn {
	switch {
	case p.e.exempt():
		return on(Met, "exempt", "filed_on", day(p.c.Site.FiledOn))
	case p.c.Site.FiledOn.IsZero():
		return on(Unsure, "undeclared")
	}
	return on(Met, "verified", "filed_on", day(p.c.Site.FiledOn))
}

// judgeRefile: a change ends the exemption of 2018, a cancellation ends the
// number; both need a name that could be filed today.
func judgeRefile(p *preflight, _ *Item) verdictOn {
	var bad, doubt []string
	unseen := false
	for _, rule := range [...]string{"domain.registered", "domain.tld", "domain.registrar", "domain.domestic", "domain.holder"} {
		for _, f := range p.running[rule] {
			switch f.Result {
			case domaincheck.Fail:
				bad = appendOnce(bad, rule)
			case domaincheck.Unknown:
				doubt = appendOnce(doubt, rule)
				unseen = unseen || f.Why == domaincheck.WhyUnobserved
			}
		}
	}
	switch {
	case len(bad) > 0:
		return on(Unmet, "not_fileable", "rules", bad)
	case len(doubt) > 0:
		v := on(Unsure, "unsure", "rules", doubt)
		if unseen {
			return v.unseen("registration")
		}
		v.facts = []string{"subject.name", "site.holder.name"}
		return v
	}
	return on(Met, "fileable")
}

func judgeChangeAddress(p *preflight, _ *Item) verdictOn {
	switch {
	case p.c.Site.Commercial == nil:
		return on(Unsure, "undeclared")
	case *p.c.Site.Commercial:
		return on(ToDo, "file_change")
	}
	return on(Met, "dns_only")
}

func serverName(s *domaincheck.Server) string {
	if s.ID != "" {
		return string(s.ID)
	}
	return string(s.Type)
}

// serverOf is the first declared server of a type.
func (p *preflight) serverOf(kind string) *domaincheck.Server {
	for i := range p.c.Site.Servers {
		if s := &p.c.Site.Servers[i]; strings.EqualFold(string(s.Type), kind) {
			return s
		}
	}
	return nil
}

func judgeServerKind(kind, code string) judgement {
	return func(p *preflight, _ *Item) verdictOn {
		s := p.serverOf(kind)
		if s == nil {
			return verdictOn{}
		}
		v := on(ToDo, code, "server", serverName(s))
		v.target = s.ID
		return v
	}
}

func judgeOtherProvider(p *preflight, _ *Item) verdictOn {
	for i := range p.c.Site.Servers {
		s := &p.c.Site.Servers[i]
		if p.provider != "" && s.Provider != "" && !p.e.sameProvider(string(s.Provider), p.provider) && !p.e.sameProvider(p.provider, string(s.Provider)) {
			v := on(ToDo, "elsewhere", "server", serverName(s), "provider", string(s.Provider))
			v.target = s.ID
			return v
		}
	}
	return verdictOn{}
}

func judgeFront(kind string) judgement {
	return func(p *preflight, _ *Item) verdictOn {
		r, _ := resolution(&p.e.views[0])
		if r == nil {
			return verdictOn{}
		}
		for i := range r.Hosts {
			for j := range r.Hosts[i].Addresses {
				a := &r.Hosts[i].Addresses[j]
				if string(a.Kind) == kind || kind == "cdn" && a.CDN && (a.Kind == "" || a.Kind == "carrier") {
					return on(ToDo, "seen", "host", r.Hosts[i].Host, "provider", string(a.Provider)).seen(&r.Look)
				}
			}
		}
		return verdictOn{}
	}
}

// judgeCertificate: three months, "or more" as printed (001 §5, 001:752).
func judgeCertificate(p *preflight, _ *Item) verdictOn {
	c := p.e.subject.Certificate
	switch {
	case c == nil:
		return on(Unsure, "undeclared")
	case c.Expires.IsZero():
		return on(Met, "long_enough")
	case c.Expires.Before(p.e.today.AddMonths(3)):
		return on(Unmet, "too_short", "expires", day(c.Expires))
	}
	return on(Met, "long_enough", "expires", day(c.Expires))
}

// judgeDocuments: which document persons of which origin use (001 §5).
func judgeDocuments(p *preflight, _ *Item) verdictOn {
	persons := []struct {
		p    *domaincheck.Person
		code string
	}{{p.e.subject.Principal, "unfit_principal"}, {p.c.Site.Responsible, "unfit_responsible"}}
	sure := false
	for _, x := range persons {
		if x.p == nil || x.p.IDType == "" || x.p.Nationality == "" {
			continue
		}
		sure = true
		words := []string{"护照"}
		switch x.p.Nationality {
		case "CN":
			words = []string{"身份证"}
		case "HK", "MO", "TW":
			words = []string{"居住证", "通行证"}
		}
		if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(string(x.p.IDType), w) }) {
			return on(Unmet, x.code, "document", string(x.p.IDType))
		}
	}
	if !sure || p.e.subject.Principal == nil || p.e.subject.Principal.IDType == "" || p.e.subject.Principal.Nationality == "" {
		return on(Unsure, "undeclared")
	}
	return on(Met, "fitting")
}
