package rules

import (
	"slices"
	"strconv"

	"domaincheck"
)

// ConditionState is where one condition of an order stands.
type ConditionState string

// The states. Unknown is never met and never unmet; todo is what only a person
// can do or judge.
const (
	Met     ConditionState = "met"
	Unmet   ConditionState = "unmet"
	Unsure  ConditionState = "unknown"
	ToDo    ConditionState = "todo"
	omitted ConditionState = ""
)

// Condition is one condition of an order. It holds no sentences but those of
// its sources; [Book.Say] renders it.
type Condition struct {
	ID         string                   `json:"id"`     // of the checklist, or province.<pinyin>.<kind>.<field>
	Rule       domaincheck.Text         `json:"rule"`   // the rule whose finding it rests on
	Target     domaincheck.Text         `json:"target"` // the domain, server or person it speaks of
	Group      string                   `json:"group"`  // order domain server site subject content material account process province
	Layer      string                   `json:"layer"`  // law, province, provider
	State      ConditionState           `json:"state"`
	Code       string                   `json:"code"`
	Why        domaincheck.Why          `json:"why"` // of unknown
	Severity   domaincheck.Severity     `json:"severity"`
	Knows      domaincheck.Knows        `json:"knows"`
	ObservedAt domaincheck.Instant      `json:"observed_at"`
	Evidence   domaincheck.Evidence     `json:"evidence"`
	Facts      domaincheck.List[string] `json:"facts"` // what would settle it: facts of the ledger, or parts to be seen
	Clauses    []Clause                 `json:"-"`     // what is demanded, by which text
	words      *Words                   // of the code
	fix        Words
	finding    *domaincheck.Finding
}

// Checklist is everything an order needs.
type Checklist struct {
	Order      domaincheck.OrderKind
	Provider   domaincheck.Text
	Province   domaincheck.Text
	Kind       domaincheck.Kind
	State      domaincheck.SiteState
	Inferred   []string
	Conditions []Condition
	Papers     []PaperNeed
	Image      ImageLimits
	Steps      []Step
}

// Verdict of a checklist: fail if a condition of severity low or worse is
// unmet, or a paper; else unknown if one of severity medium or worse is unknown
// because it was not observed (strict: whatever the reason); else pass.
func (c *Checklist) Verdict(strict bool) domaincheck.Verdict {
	return domaincheck.VerdictOf(c.Findings(), strict)
}

// Findings are the conditions and papers as findings, for those who weigh
// them: met passes, unmet fails, todo does not apply.
func (c *Checklist) Findings() []domaincheck.Finding {
	out := make([]domaincheck.Finding, 0, len(c.Conditions)+len(c.Papers))
	add := func(id string, state ConditionState, why domaincheck.Why, s domaincheck.Severity) {
		f := domaincheck.Finding{Rule: id, Result: domaincheck.NotApplicable, Severity: s}
		switch state {
		case Met:
			f.Result = domaincheck.Pass
		case Unmet:
			f.Result = domaincheck.Fail
		case Unsure:
			f.Result, f.Why = domaincheck.Unknown, why
		}
		out = append(out, f)
	}
	for i := range c.Conditions {
		x := &c.Conditions[i]
		add(x.ID, x.State, x.Why, x.Severity)
	}
	for i := range c.Papers {
		if p := &c.Papers[i]; p.Need != "optional" {
			add("paper", p.State, domaincheck.WhyUndeclared, domaincheck.Medium)
		}
	}
	return out
}

// preflight is one run of Preflight.
type preflight struct {
	b        *Book
	o        *Orders
	c        *domaincheck.Case // with the order set
	order    domaincheck.OrderKind
	provider string
	e        *eval // of c
	now      map[string][]domaincheck.Finding
	running  map[string][]domaincheck.Finding // as if the order ran already
	planned  map[string][]domaincheck.Finding // as if the site were not filed yet
	list     *Checklist
}

// Preflight lists everything that an order needs at the subject's province, for
// its kind and at the order's provider: conditions with their states, papers
// with their limits, and the safe sequence of steps. What the rules judge is
// taken from their findings, not judged again. The provider is that of the
// case's order, else that of its only access record. Preflight is pure; a case
// without a state is judged as [Infer] completes it.
func (b *Book) Preflight(o *Orders, c domaincheck.Case, kind domaincheck.OrderKind) Checklist {
	order := domaincheck.Order{}
	if c.Site.Order != nil {
		order = *c.Site.Order
	}
	order.Kind = kind
	if order.Provider == "" && len(c.Site.Access) == 1 && c.Site.State != domaincheck.StateFiled && kind != domaincheck.OrderAccess {
		order.Provider = domaincheck.Text(c.Site.Access[0].Provider)
	}
	if order.Provider == "" && len(c.Site.Servers) == 1 {
		order.Provider = c.Site.Servers[0].Provider
	}
	c.Site.Order = &order
	Infer(&c)
	p := &preflight{b: b, o: o, c: &c, order: kind, provider: string(order.Provider), list: &Checklist{
		Order: kind, Provider: order.Provider, State: c.Site.State, Inferred: slices.Clone(c.Inferred), Image: o.image,
	}}
	p.provider = p.providerID(p.provider)
	p.list.Provider = domaincheck.Text(p.provider)
	p.e = newEval(b, &c)
	p.list.Province, p.list.Kind = domaincheck.Text(p.e.province), p.e.kind
	p.now, p.running, p.planned = byRule(b.Evaluate(c)), p.as(domaincheck.StateFiling), p.as(domaincheck.StateUnfiled)
	if c.Site.State == domaincheck.StateFiling {
		p.planned = p.running
	}
	for i := range o.items {
		p.item(&o.items[i])
	}
	p.approvals()
	p.province()
	p.papers()
	for i := range o.steps {
		if slices.Contains(o.steps[i].Orders, kind) {
			p.list.Steps = append(p.list.Steps, o.steps[i])
		}
	}
	return *p.list
}

// providerID is the id of a provider as a ledger holds it; 互联互通, whose guide
// is text 002, stands in no table of addresses.
func (p *preflight) providerID(word string) string {
	switch word {
	case "互联互通", "北京互联互通科技有限公司":
		return "linktom"
	}
	if id := p.b.tables.Providers.ID(word); id != "" {
		return id
	}
	return word
}

// as judges the case in another state. That the order is asked for says more
// than a state inferred from a page.
func (p *preflight) as(state domaincheck.SiteState) map[string][]domaincheck.Finding {
	c := *p.c
	c.Site.State = state
	c.Inferred = slices.DeleteFunc(slices.Clone(c.Inferred), func(s string) bool { return s == "state" })
	return byRule(p.b.Evaluate(c))
}

// findings are those of an item's rule. What a filed site must keep to is
// judged as it stands; what binds an order as if the order were at hand.
func (p *preflight) findings(it *Item) []domaincheck.Finding {
	now := p.now[it.Rule]
	switch {
	case it.Group == "site":
		return now
	case it.AsFiling:
		return p.running[it.Rule]
	case p.c.Site.State != domaincheck.StateFiled || len(now) > 0 && now[0].Result == domaincheck.NotApplicable && now[0].Code == "state":
		return p.planned[it.Rule]
	}
	return now
}

func byRule(findings []domaincheck.Finding) map[string][]domaincheck.Finding {
	m := make(map[string][]domaincheck.Finding, len(findings))
	for _, f := range findings {
		m[f.Rule] = append(m[f.Rule], f)
	}
	return m
}

// covers tells whether an entry speaks of this order, kind and provider. An
// unknown kind is covered by both.
func (p *preflight) covers(orders []domaincheck.OrderKind, kinds []domaincheck.Kind, provider string) bool {
	if !orderApplies(orders, p.order) {
		return false
	}
	if len(kinds) > 0 && p.e.kind != "" && !slices.Contains(kinds, p.e.kind) {
		return false
	}
	return provider == "" || provider == p.provider || p.e.sameProvider(p.provider, provider)
}

func (p *preflight) item(it *Item) {
	if !p.covers(it.Orders, it.Kinds, it.Provider) || it.Unless != "" && p.serverOf(it.Unless) != nil {
		return
	}
	if it.Rule != "" {
		findings := p.findings(it)
		for i := range findings {
			p.add(p.fromFinding(it, &findings[i]))
		}
		return
	}
	c := Condition{ID: it.ID, Group: it.Group, Layer: it.Layer, State: ToDo, Code: "todo", Severity: it.Severity, Knows: domaincheck.Declared, fix: it.Fix, Clauses: []Clause{it.Clause}}
	if it.judgement != nil {
		v := it.judgement(p, it)
		if v.state == omitted {
			return
		}
		w := it.Codes[v.code]
		c.State, c.Code, c.Why, c.Evidence, c.words = v.state, v.code, v.why, v.evidence, &w
		c.Target, c.ObservedAt = v.target, v.at
		if v.words != nil {
			c.words = v.words
		}
		if v.knows != "" {
			c.Knows = v.knows
		}
		if v.state == Unsure {
			c.Facts = it.Facts
			if len(v.facts) > 0 {
				c.Facts = v.facts
			}
		}
	}
	p.add(c)
}

func (p *preflight) add(c Condition) {
	if c.State != omitted {
		p.list.Conditions = append(p.list.Conditions, c)
	}
}

// fromFinding turns a finding into a condition; one that does not apply is
// left out.
func (p *preflight) fromFinding(it *Item, f *domaincheck.Finding) Condition {
	c := Condition{
		ID: it.ID, Rule: domaincheck.Text(f.Rule), Target: f.Target, Group: it.Group, Layer: it.Layer,
		State: stateOf(f), Code: f.Code, Why: f.Why, Severity: f.Severity, Knows: f.Knows, ObservedAt: f.ObservedAt, Evidence: f.Evidence,
		Clauses: []Clause{it.Clause}, finding: f, fix: it.Fix,
	}
	if c.State == Unsure {
		c.Facts = p.settling(f)
	}
	if it.AsFiling && f.Code == "points_already" && p.c.Site.State == domaincheck.StateFiled {
		return filedAlready(c)
	}
	if f.Code == "points_abroad" { // open abroad is no fault; it must not move before approval
		c.State, c.Severity = ToDo, domaincheck.Info
	}
	return c
}

// filedAlready: the owner, or the record number on the page, says that the site
// is filed. Then it is the order that is in doubt; to stop the resolution would
// take a filed site off the net.
func filedAlready(c Condition) Condition {
	c.State, c.Code, c.Why, c.Facts, c.finding = Unsure, "filed_already", domaincheck.WhyUndeclared, []string{"site.state"}, nil
	c.words = &Words{"网站看来已有备案，又已指向境内；请核对是否该办这种备案", "the site seems to be filed already and leads to the mainland: see whether this is the right order"}
	c.fix = Words{"先不要停止解析：备案号是本站的，不用再办首次备案（换接入商的办接入备案）；不是本站的，才在审核通过前停止解析", "do not stop the resolution yet: if the record number is this site's, no first filing is needed (an access filing for another provider); only if it is not, stop the resolution until approval"}
	return c
}

func stateOf(f *domaincheck.Finding) ConditionState {
	switch f.Result {
	case domaincheck.Pass:
		return Met
	case domaincheck.Fail:
		return Unmet
	case domaincheck.Unknown:
		return Unsure
	}
	return omitted
}

// settling names what would settle an unknown finding.
func (p *preflight) settling(f *domaincheck.Finding) []string {
	if missing, ok := f.Evidence["missing"].([]string); ok && len(missing) > 0 {
		return missing
	}
	switch f.Code {
	case "province_undeclared":
		return []string{"subject.province"}
	case "depends_on_kind":
		return []string{"subject.kind"}
	case "provider_undeclared":
		return []string{"servers.provider"}
	case "filed_on_undeclared":
		return []string{"site.filed_on"}
	}
	if f.Why == domaincheck.WhyUnobserved {
		if r, ok := p.b.Rule(f.Rule); ok && r.Part != "declared" {
			return []string{r.Part}
		}
	}
	return factsOf(f.Rule)
}

// factsOf names the declared facts that a rule asks.
func factsOf(rule string) []string {
	switch rule {
	case "domain.real_name":
		return []string{"site.real_name_verified_on"}
	case "domain.holder":
		return []string{"subject.name", "site.holder.name"}
	case "domain.term", "domain.expiry":
		return []string{"site.expires"}
	case "domain.tld", "domain.registrar", "domain.domestic", "domain.privacy", "domain.registered", "domain.status":
		return []string{"registration"}
	case "server.type":
		return []string{"servers.type", "servers.billing", "servers.order_amount"}
	case "server.region":
		return []string{"servers.region"}
	case "server.term":
		return []string{"servers.first_term_months", "servers.expires"}
	case "server.bandwidth":
		return []string{"servers.public_bandwidth"}
	case "server.codes":
		return []string{"servers.codes"}
	case "server.expiry":
		return []string{"servers.expires"}
	case "subject.state":
		return []string{"subject.state"}
	case "subject.count":
		return []string{"subject.counts"}
	case "subject.contact":
		return []string{"subject.principal.phone_province", "subject.principal.contact"}
	case "subject.identity":
		return []string{"subject.principal"}
	case "access.resolves":
		return []string{"resolution"}
	}
	return []string{}
}

// Said is a condition in words.
type Said struct {
	Text  string           `json:"text"`    // what is demanded
	Note  string           `json:"summary"` // how it stands
	Fix   domaincheck.Text `json:"fix"`
	Basis []Citation       `json:"basis"`
}

// Say renders a condition in a language ("en", else Chinese). Met conditions
// have no fix.
func (b *Book) Say(c *Condition, lang string) Said {
	var s Said
	for i, clause := range c.Clauses {
		cite := clause.Citation(lang)
		if i == 0 {
			s.Text = cite.Text
		}
		s.Basis = append(s.Basis, cite)
	}
	s.Fix = domaincheck.Text(b.fill(c.fix.In(lang), c.Evidence, lang))
	switch {
	case c.finding != nil:
		x := b.Explain(*c.finding, lang)
		s.Note = x.Summary
		if s.Fix == "" {
			s.Fix = domaincheck.Text(x.Fix)
		}
		for _, cite := range x.Basis {
			if !slices.Contains(s.Basis, cite) {
				s.Basis = append(s.Basis, cite)
			}
		}
	case c.words != nil:
		s.Note = b.fill(c.words.In(lang), c.Evidence, lang)
	}
	if c.State == Met {
		s.Fix = ""
	}
	return s
}

// Citation is what the step asks, for people.
func (s *Step) Say(lang string) Citation { return s.Clause.Citation(lang) }

// indexed writes counts[2].
func indexed(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }
