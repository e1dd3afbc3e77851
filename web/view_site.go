package web

import (
	"strings"

	"domaincheck"
	"domaincheck/present"
	"domaincheck/store"
)

// siteView is everything one site's page shows.
type siteView struct {
	Domain, Label string
	Name          string
	Verdict       domaincheck.Verdict
	State         domaincheck.SiteState
	Inferred      bool
	HeroClass     string
	Headline      string
	Risks         []riskView
	Found         sorted
	Open          []openGroup
	Facts         []factView
	Parts         []partView
	Path          *pathView
	Term          *termView
	Keepers       []string
	NoKeeper      bool
	Page          *pageFacts
	Events        []eventView
	Deliveries    []deliveryView
	Changes       []changeView
	ReportID      int64
	FromFile      bool
	Asked         string // instant of "check now", for the progress
	Tags          []string
	Silenced      []holdView
	Empty         bool // never looked at
}

// factView is one declared or seen fact.
type factView struct {
	Label, Value, Note, Href string
}

// partView is how the newest look at a part went.
type partView struct {
	Key, Name, Outcome, At, Ago string
	Class                       string // pass or unknown
	Error                       string
}

// pageFacts is what the home page showed.
type pageFacts struct {
	Final, Title, Status string
	Numbers              []numberView
	Police               []numberView
	Before, Mark, After  string // the text around the number
	NoNumber             string
	Notes                []string
}

type numberView struct {
	Number, Link, LinkWords, Class string
}

// changeView is one stored report: how the site was for a while.
type changeView struct {
	ID          int64
	From, Until string
	Verdict     domaincheck.Verdict
	Level       domaincheck.Severity
	Looks       int
}

// headline is the verdict in a sentence, before everything else.
func (t tongue) headline(v *siteView, r *domaincheck.Report) (class, text string) {
	for _, k := range v.Risks {
		if k.Level != string(domaincheck.Info) && k.Level != "" {
			what := k.Outcome
			if k.Provider != "" && r != nil {
				text = t.sayf("可能被%s%s", "At risk: %[2]s by %[1]s", k.Provider, what)
			} else {
				text = t.sayf("可能%s", "At risk: %s", what)
				if what == t.say("暂不能备案", "cannot be filed now") {
					text = what
				}
			}
			class = "warn"
			if k.Level == string(domaincheck.Critical) || k.Level == string(domaincheck.High) {
				class = "bad"
			}
			return class, text
		}
	}
	switch v.Verdict {
	case domaincheck.VerdictFail:
		return "warn", t.say("有不符合的地方，尚无备案风险", "Something fails; the filing is not at risk")
	case domaincheck.VerdictPass:
		return "good", t.say("符合，没有发现风险", "Compliant, no risk found")
	case "":
		return "odd", t.say("还没有查过", "Not looked at yet")
	}
	return "odd", t.say("暂时无法判断（没查到，不等于不合规）", "Unknown (not seen is not the same as not compliant)")
}

// facts are the declared facts that people ask for first.
func (w words) facts(site *domaincheck.Site, reg *domaincheck.Registration, personal bool) []factView {
	var list []factView
	put := func(zh, en, value, note string) {
		if value != "" {
			list = append(list, factView{Label: w.say(zh, en), Value: value, Note: note})
		}
	}
	if s := site.Subject; s != nil {
		note := strings.TrimSpace(w.kind(s.Kind) + " " + w.province(string(s.Province)))
		value := clean(string(s.Name))
		if value == "" {
			value = clean(string(s.ID))
		}
		f := factView{Label: w.say("主办单位", "Subject"), Value: value, Note: note}
		if s.ID != "" {
			f.Href = "/sites?subject=" + queryEscape(string(s.ID))
		}
		if value != "" {
			list = append(list, f)
		}
		put("主体备案号", "Subject's number", clean(string(s.RecordNumber)), "")
	}
	put("网站备案号", "Site's number", clean(string(site.RecordNumber)), site.FiledOn.String())
	put("网站名称", "Filed name", clean(string(site.Name)), "")
	var access []string
	for _, a := range site.Access {
		name := w.provider(a.Provider)
		if a.State != "" && a.State != domaincheck.AccessActive {
			name += w.say("（", " (") + w.access(a.State) + w.say("）", ")")
		}
		access = append(access, name)
	}
	put("接入商", "Access providers", strings.Join(access, w.say("、", ", ")), "")
	var servers []string
	for _, v := range site.Servers {
		text := clean(firstOf(string(v.ID), string(v.Type)))
		if !v.Expires.IsZero() {
			text += w.say("（到期 ", " (ends ") + v.Expires.String() + w.say("）", ")")
		}
		servers = append(servers, text)
	}
	put("服务器", "Servers", strings.Join(servers, w.say("、", ", ")), "")
	if reg != nil && reg.Registrar != nil {
		put("注册商", "Registrar", clean(string(reg.Registrar.Name)), "")
	}
	if reg != nil && reg.Registrant != nil {
		name := clean(firstOf(string(reg.Registrant.Organization), string(reg.Registrant.Name)))
		switch {
		case reg.Registrant.Redacted && name == "":
			name = w.say("注册局未公开", "redacted")
		case !personal && reg.Registrant.Organization == "":
			name = maskName(name)
		}
		put("域名持有者", "Registrant", name, "")
	}
	if len(site.Domains) > 1 {
		var all []string
		for _, d := range site.Domains {
			all = append(all, siteLabel(d.Domain)+w.say("（", " (")+w.role(d.Role)+w.say("）", ")"))
		}
		put("域名", "Domains", strings.Join(all, w.say("、", ", ")), "")
	}
	put("客户", "Customer", clean(string(site.Customer)), "")
	return list
}

// maskName leaves the first character of a person's name.
func maskName(name string) string {
	if r := []rune(name); len(r) > 1 {
		return string(r[:1]) + "**"
	}
	return name
}

// parts are the newest looks.
func (t tongue) parts(o *domaincheck.Observation) []partView {
	var list []partView
	add := func(key string, l *domaincheck.Look) {
		p := partView{Key: key, Name: t.part(key), Outcome: t.say("还没查", "not looked at yet"), Class: "unknown"}
		if l != nil {
			p.Outcome, p.At, p.Ago = t.outcome(l.Outcome), t.instant(l.At.Time), t.ago(l.At.Time)
			if l.Outcome.Conclusive() {
				p.Class = "pass"
			}
			if l.Error != nil {
				p.Error = present.Problem(l.Error, t.lang)
			}
			if a := l.LastAttempt; a != nil && a.At.After(l.At.Time) {
				p.Class = "unknown"
				p.Error = t.say("最近一次：", "newest try: ") + t.outcome(a.Outcome) + " " + t.short(a.At.Time)
				if a.Error != nil {
					p.Error += " " + present.Problem(a.Error, t.lang)
				}
			}
		}
		list = append(list, p)
	}
	var reg, res, page *domaincheck.Look
	if o.Registration != nil {
		reg = &o.Registration.Look
	}
	if o.Resolution != nil {
		res = &o.Resolution.Look
	}
	if o.Page != nil {
		page = &o.Page.Look
	}
	add("resolution", res)
	add("page", page)
	add("registration", reg)
	return list
}

// pageFacts says what the home page showed, with the text around its number.
func (t tongue) pageFacts(p *domaincheck.HomePage) *pageFacts {
	if p == nil {
		return nil
	}
	v := &pageFacts{Final: clipped(firstOf(string(p.Final), string(p.Requested)), 200), Title: clipped(string(p.Title), 160)}
	if p.Status != nil {
		v.Status = number(int64(*p.Status))
	}
	for _, n := range p.RecordNumbers {
		words, class := t.link(n.LinkState)
		v.Numbers = append(v.Numbers, numberView{clean(n.Text), clipped(string(n.Link), 160), words, class})
	}
	for _, n := range p.PoliceNumbers {
		words, class := t.link(n.LinkState)
		v.Police = append(v.Police, numberView{clean(n.Number), clipped(string(n.Link), 160), words, class})
	}
	snippet := clean(string(p.Snippet))
	v.Before = snippet
	if len(p.RecordNumbers) > 0 {
		mark := clean(p.RecordNumbers[0].Text)
		if before, after, ok := strings.Cut(snippet, mark); ok && mark != "" {
			v.Before, v.Mark, v.After = before, mark, after
		}
	}
	if len(v.Numbers) == 0 {
		v.NoNumber = t.say("页面上没有看到备案号", "No record number was seen on the page")
	}
	note := func(on bool, zh, en string) {
		if on {
			v.Notes = append(v.Notes, t.say(zh, en))
		}
	}
	note(p.Block != nil, "这是拦截页", "This is a block page")
	note(p.Parked != nil, "这是停放、出售或默认页", "This is a parked, for-sale or default page")
	note(p.Challenge != "", "被验证码或防火墙挡住，没有看到真正的页面", "A captcha or firewall stood before the page")
	note(p.ScriptShell && !p.Rendered, "页面由脚本生成，没有渲染", "The page is made by scripts and was not rendered")
	note(p.Rendered, "用浏览器渲染后查看", "Rendered by a browser")
	note(p.Truncated, "页面太长，只看了前面一部分", "The page is long; only its beginning was read")
	return v
}

func (t tongue) link(s domaincheck.LinkState) (words, class string) {
	switch s {
	case domaincheck.LinkCurrent:
		return t.say("链接正确", "link is right"), "pass"
	case domaincheck.LinkOutdated:
		return t.say("链接是旧地址", "link is outdated"), "medium"
	case domaincheck.LinkWrong:
		return t.say("链接不对", "link is wrong"), "medium"
	}
	return t.say("没有链接", "no link"), "low"
}

// keepers names the hosts that keep the filing alive.
func (w words) keepers(r *domaincheck.Report) (list []string, none bool) {
	if r.Site == nil || r.Site.State != domaincheck.StateFiled || r.Observation.Resolution == nil || !r.Observation.Resolution.Outcome.Conclusive() {
		return nil, false
	}
	for _, k := range r.Keepers {
		text := siteLabel(k.Host)
		if k.Provider != "" {
			text += w.say("（", " (") + w.provider(string(k.Provider)) + w.say("）", ")")
		}
		list = append(list, text)
	}
	return list, len(list) == 0
}

func (t tongue) changes(rows []store.ReportRow) []changeView {
	var list []changeView
	for i, r := range rows {
		until := t.say("现在", "now")
		if i > 0 {
			until = t.short(rows[i-1].FirstAt)
		}
		list = append(list, changeView{r.ID, t.short(r.FirstAt), until, r.Verdict, r.Level, r.Looks})
	}
	return list
}

// openGroup is unknown findings of one sentence: a look that did not come about
// leaves many rules open, but says only one thing.
type openGroup struct {
	Summary, Certainty string
	Findings           []findingView
}

func grouped(open []findingView) []openGroup {
	var list []openGroup
	at := map[string]int{}
	for _, f := range open {
		key := f.Summary + "\x00" + f.Certainty
		i, ok := at[key]
		if !ok {
			i = len(list)
			at[key] = i
			list = append(list, openGroup{Summary: f.Summary, Certainty: f.Certainty})
		}
		list[i].Findings = append(list[i].Findings, f)
	}
	return list
}
