package present

import (
	"slices"
	"strings"

	"domaincheck"
)

// facts is what the judgement took for given, on one line.
func (p *Printer) facts(r *domaincheck.Report) string {
	if r.Site == nil {
		return ""
	}
	state := p.v.state(r.Site.State)
	if slices.Contains(r.Inferred, "state") {
		state += p.inferred(r)
	}
	parts := []string{p.v.say("状态：", "state: ") + state}
	if s := r.Site.Subject; s != nil && s.Name != "" {
		parts = append(parts, p.v.say("主办单位：", "subject: ")+clip(Clean(string(s.Name)), 60))
	}
	if !r.At.IsZero() {
		parts = append(parts, p.v.say("时间：", "as of: ")+r.At.In(domaincheck.Beijing()).Format("2006-01-02 15:04"))
	}
	return strings.Join(parts, p.v.say("　", "  "))
}

// inferred marks a state that nobody declared. A home page that was not seen
// shows no record number, which says nothing about a filing.
func (p *Printer) inferred(r *domaincheck.Report) string {
	page := r.Observation.Page
	if r.Site.State == domaincheck.StateUnfiled && page != nil && page.Outcome != domaincheck.OutcomeOK {
		how := Outcome(page.Outcome, p.o.Lang)
		return p.v.sayf("（没有看到首页：%s，暂按未备案判断）", " (assumed: the home page was not seen: %s)", how)
	}
	if r.Site.State == domaincheck.StateUnfiled && page == nil {
		return p.v.say("（没有看到首页，暂按未备案判断）", " (assumed: the home page was not seen)")
	}
	return p.v.say("（推断）", " (inferred)")
}

// onceOnly says what "not confirmed" means.
func (v voice) onceOnly() string {
	return v.say("标“未确认”的只看了一次，可能是一时的故障：过几小时再查一次，结果相同才算确认。", "What is marked not confirmed was seen once and may be passing: look again in some hours.")
}

// unseen says why a part was not seen, a line for each: what a registry said
// that refused, which often is when to come back, and where the look at the home
// page ended. When neither registry nor DNS answered, that speaks of the machine
// rather than of the site, and the line is advice.
func (p *Printer) unseen(r *domaincheck.Report) (lines []string) {
	o := r.Observation
	g, res, page := o.Registration, o.Resolution, o.Page
	if g != nil && !g.Outcome.Conclusive() && res != nil && !res.Outcome.Conclusive() && g.Outcome != domaincheck.OutcomeRefused {
		return []string{p.v.say("注册和解析都没有查到，可能是本机的网络问题：请运行 domaincheck doctor 自检。", "Neither registration nor DNS answered, which may be this machine's network: run domaincheck doctor.")}
	}
	if g != nil && !g.Outcome.Conclusive() && g.Error != nil {
		lines = append(lines, p.v.say("注册信息没有查到：", "The registration was not seen: ")+p.v.problem(g.Error))
	}
	switch {
	case res != nil && !res.Outcome.Conclusive() && res.Error != nil:
		lines = append(lines, p.v.say("解析没有查到：", "DNS was not seen: ")+p.v.problem(res.Error))
	case page != nil && !page.Outcome.Conclusive() && page.Error != nil:
		lines = append(lines, p.v.say("首页没有看到：", "The home page was not seen: ")+p.v.problem(page.Error))
	}
	return lines
}

// keepers says which hosts keep the filing alive, on one line; "" for a site
// that is not filed or of which DNS was not seen. That there are none is said:
// the risks tell what comes of it.
func (p *Printer) keepers(r *domaincheck.Report) string {
	res := r.Observation.Resolution
	if r.Site == nil || r.Site.State != domaincheck.StateFiled || res == nil || !res.Outcome.Conclusive() {
		return ""
	}
	var order []domaincheck.Text
	hosts := map[domaincheck.Text][]string{}
	for _, k := range r.Keepers {
		if hosts[k.Provider] == nil {
			order = append(order, k.Provider)
		}
		hosts[k.Provider] = append(hosts[k.Provider], Clean(domaincheck.Unicode(k.Host)))
	}
	if len(order) == 0 {
		return p.v.say("维持备案的主机：没有（没有主机解析到备案接入商的境内节点）", "Keeps the filing alive: no host leads to a mainland node of the access provider")
	}
	var parts []string
	for _, provider := range order {
		text := strings.Join(hosts[provider], p.v.say("、", ", "))
		if provider != "" {
			text += p.v.say("（", " (") + p.fact("provider", string(provider)) + p.v.say("）", ")")
		}
		parts = append(parts, text)
	}
	return p.v.say("维持备案的主机：", "Keeps the filing alive: ") + strings.Join(parts, p.v.say("；", "; "))
}
