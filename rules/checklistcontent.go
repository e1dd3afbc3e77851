package rules

import (
	"slices"
	"strings"

	"domaincheck"
)

// This file judges content: commercial licence, prior approvals (001 §7).

// pageSignals are the kinds of signs on the main domain's page, with a look to
// cite; nil if there is no page.
func (p *preflight) pageSignals() ([]string, *domaincheck.HomePage) {
	page := p.e.views[0].obs.Page
	if page == nil {
		return nil, nil
	}
	var kinds []string
	for i := range page.Signals {
		kinds = appendOnce(kinds, page.Signals[i].Kind)
	}
	return kinds, page
}

// judgeCommercial: paid services need the licence beside the number (004:48-49,
// 002:11-12). Signs on the page are for a person to weigh.
func judgeCommercial(p *preflight, _ *Item) verdictOn {
	kinds, page := p.pageSignals()
	if domaincheck.Is(p.c.Site.Commercial) {
		if page != nil && len(page.Licences) > 0 {
			return on(Met, "licensed", "licences", []string(page.Licences)).seen(&page.Look)
		}
		return on(ToDo, "licence_due")
	}
	var signs []string
	for _, k := range kinds {
		if k == "shop" || k == "payment" {
			signs = append(signs, k)
		}
	}
	switch {
	case len(signs) > 0:
		return on(ToDo, "review", "signs", signs).seen(&page.Look)
	case p.c.Site.Commercial != nil:
		return on(Met, "not_commercial")
	}
	return on(Unsure, "undeclared")
}

// names are those in which words of a category are looked for.
func (p *preflight) names() string {
	return string(p.e.subject.Name) + "\n" + string(p.c.Site.Name)
}

// declares tells whether the ledger's categories name the approval's.
func (a *ApprovalRule) declares(categories []string) bool {
	for _, c := range categories {
		c = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(c)), "类")
		if c == a.ID || strings.EqualFold(c, strings.TrimSuffix(a.Name.ZH, "类")) || slices.Contains(a.Categories, c) {
			return true
		}
	}
	return false
}

// signs of a category in names and on the page.
func (p *preflight) signs(a *ApprovalRule) []string {
	var found []string
	names := strings.ReplaceAll(p.names(), "基金会", "")
	for _, w := range a.Words {
		if strings.Contains(names, w) {
			found = appendOnce(found, w)
		}
	}
	kinds, _ := p.pageSignals()
	for _, k := range a.Signals {
		if slices.Contains(kinds, k) {
			found = appendOnce(found, k)
		}
	}
	return found
}

// judgeApproval sums up: which categories are concerned.
func judgeApproval(p *preflight, it *Item) verdictOn {
	var concerned, zh, en []string
	for i := range p.o.approvals {
		a := &p.o.approvals[i]
		if a.declares(p.c.Site.Categories) || !a.Cancelled && len(p.signs(a)) > 0 {
			concerned, zh, en = append(concerned, a.ID), append(zh, a.Name.ZH), append(en, a.Name.EN)
		}
	}
	switch {
	case len(concerned) > 0:
		v, w := on(ToDo, "concerned", "categories", concerned), it.Codes["concerned"]
		v.words = &Words{
			ZH: strings.ReplaceAll(w.ZH, "{categories}", strings.Join(zh, "、")),
			EN: strings.ReplaceAll(w.EN, "{categories}", strings.Join(en, ", ")),
		}
		return v
	case p.c.Site.Categories == nil:
		return on(Unsure, "undeclared")
	}
	return on(Met, "none_declared")
}

// approvals lists one condition for each category that is concerned.
func (p *preflight) approvals() {
	if p.order == domaincheck.OrderCancel {
		return
	}
	for i := range p.o.approvals {
		a := &p.o.approvals[i]
		v, concerned := p.approval(a)
		if !concerned {
			continue
		}
		w := p.o.words[v.code]
		authority, clauses := a.Authority, []Clause{a.Clause}
		for _, x := range a.Exceptions {
			if x.Province == p.e.province {
				authority, clauses = x.Authority, append(clauses, x.Clause)
			}
		}
		if v.evidence == nil {
			v.evidence = domaincheck.Evidence{}
		}
		v.evidence["category"], v.evidence["authority"] = a.Name.ZH, authority.ZH
		if len(a.Documents) > 0 {
			v.evidence["documents"] = a.Documents
		}
		fill := strings.NewReplacer("{category}", a.Name.ZH, "{authority}", authority.ZH)
		fillEN := strings.NewReplacer("{category}", a.Name.EN, "{authority}", authority.EN)
		words := Words{ZH: fill.Replace(w.ZH), EN: fillEN.Replace(w.EN)}
		c := Condition{
			ID: "approval." + a.ID, Group: "content", Layer: "law", State: v.state, Code: v.code, Why: v.why, Severity: domaincheck.High,
			Knows: domaincheck.Declared, Evidence: v.evidence, Clauses: clauses, words: &words, fix: p.o.fix,
		}
		if v.state == Unsure {
			c.Facts = []string{"site.approvals"}
		}
		p.add(c)
	}
}

func (p *preflight) approval(a *ApprovalRule) (verdictOn, bool) {
	signs := p.signs(a)
	declared := a.declares(p.c.Site.Categories)
	if !declared && (len(signs) == 0 || a.Cancelled) {
		return verdictOn{}, false
	}
	if a.Cancelled {
		return on(Met, "cancelled"), true
	}
	for i := range p.c.Site.Approvals {
		x := &p.c.Site.Approvals[i]
		if !a.declares([]string{x.Category}) {
			continue
		}
		if !x.Expires.IsZero() && x.Expires.Before(p.e.today) {
			return on(Unmet, "expired", "expires", day(x.Expires)), true
		}
		number := string(x.Number)
		if number == "" {
			number = "—"
		}
		return on(Met, "approved", "number", number), true
	}
	switch {
	case p.e.hasPaper("说明书") || p.e.hasPaper("前置审批说明书"):
		return on(ToDo, "statement"), true
	case !declared:
		return on(ToDo, "review", "signs", signs), true
	case p.c.Site.Approvals == nil:
		return on(Unsure, "undeclared"), true
	}
	return on(Unmet, "missing"), true
}

// finance is the category's rule.
func (p *preflight) finance() *ApprovalRule {
	for i := range p.o.approvals {
		if p.o.approvals[i].ID == "finance" {
			return &p.o.approvals[i]
		}
	}
	return &ApprovalRule{}
}

func judgeFinanceLater(p *preflight, _ *Item) verdictOn {
	a := p.finance()
	if !a.declares(p.c.Site.Categories) && len(p.signs(a)) == 0 {
		return verdictOn{}
	}
	return on(ToDo, "watched")
}

// judgeFinanceName: finance words in the unit's or the site's name.
func judgeFinanceName(p *preflight, _ *Item) verdictOn {
	a := p.finance()
	names := strings.ReplaceAll(p.names(), "基金会", "")
	var words []string
	for _, w := range a.Words {
		if strings.Contains(names, w) {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return verdictOn{}
	}
	if v, _ := p.approval(a); v.code == "approved" {
		return on(Met, "approved", "words", words)
	}
	return on(ToDo, "words", "words", words)
}

// judgeFoundation: charitable foundations (001:4030).
func judgeFoundation(p *preflight, _ *Item) verdictOn {
	if !strings.Contains(p.names(), "基金会") && !strings.Contains(string(p.e.subject.Type), "基金会") {
		return verdictOn{}
	}
	papers := []string{"民政部门准入证明", "不从事金融业务保证书"}
	if p.e.province == "浙江" {
		papers = append(papers, "金融监管部门认定说明")
	}
	for _, k := range papers {
		if !p.e.hasPaper(k) {
			return on(ToDo, "papers_due", "papers", papers)
		}
	}
	return on(Met, "at_hand", "papers", papers)
}
