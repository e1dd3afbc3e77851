package present

import (
	"embed"
	"html/template"
	"strings"

	"domaincheck"
	"domaincheck/rules"
)

//go:embed templates/*.html
var templateFiles embed.FS

// htmlView is what the head of the page is made from.
type htmlView struct {
	HTMLLang, Title, AsOf, Foot string
	ChangesTitle                string
	W                           map[string]string // words
	D                           *Digest
	Contents                    []htmlAnchor
	Notes                       []string
	Outcomes                    []htmlOutcome
	First                       []htmlStep
	Deadlines                   []htmlDeadline
	Changes                     []htmlChange
	Subjects, Providers         htmlGroups
	Lines                       []htmlLine
	Shown                       int // sites with details
	Basis                       []rules.Citation
	Glossary                    []labelled
}

type (
	htmlAnchor  struct{ ID, Title string }
	htmlOutcome struct {
		Name string
		Outcomes
	}
	htmlStep struct {
		N                                                int
		Name, Class, Level, Outcome, Seen, Deadline, Fix string
	}
	htmlDeadline struct{ Day, Left, Name, What, Kind string }
	htmlChange   struct {
		Name, Was, Is     string
		Failed, Recovered []string
	}
	htmlGroups struct {
		ID, Title, Who, Number string
		W                      map[string]string
		Rows                   []htmlGroup
	}
	htmlGroup struct {
		Group
		Class, Level string
	}
	htmlLine struct{ Name, Subject, Number, Verdict, Class, Level, Risk, Deadline, Expires string }
	labelled struct{ Label, Text string }
	htmlSite struct {
		Name, Verdict string
		Lines         []string
		Risks         []htmlRisk
		Findings      []htmlFinding
		Unknown       []string
	}
	htmlRisk    struct{ Class, Level, Text string }
	htmlFinding struct {
		Class, Level, Rule, Target, Summary, How string
		Rows                                     []labelled
		BasisWord                                string
		Basis                                    []int
	}
)

// htmlReport goes over the sites once for what is counted and once for the
// details of those that need some.
func (p *Printer) htmlReport(c Compliance) error {
	t, err := template.New("").Funcs(template.FuncMap{"inc": func(i int) int { return i + 1 }}).ParseFS(templateFiles, "templates/report.html")
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeInternal, "", "the report's template: %w", err)
	}
	tally := p.newTally(c)
	v := &htmlView{}
	for e, err := range c.Sites {
		if err != nil {
			return err
		}
		tally.add(&e)
		v.Lines = append(v.Lines, p.htmlLine(&e.Report))
	}
	d := tally.done()
	p.fill(v, c, &d)
	if err := t.ExecuteTemplate(p.w, "head", v); err != nil {
		return err
	}
	v.Lines = nil
	cited := map[rules.Citation]int{}
	for e, err := range c.Sites {
		if err != nil {
			return err
		}
		r := &e.Report
		if unlooked(r) || verdictOf(r) == domaincheck.VerdictPass && worstOf(r) == nil {
			continue
		}
		v.Shown++
		if err := t.ExecuteTemplate(p.w, "site", p.htmlSite(v, cited, r)); err != nil {
			return err
		}
	}
	if err := t.ExecuteTemplate(p.w, "foot", v); err != nil {
		return err
	}
	return p.w.Flush()
}

// fill puts words and counts into the view.
func (p *Printer) fill(v *htmlView, c Compliance, d *Digest) {
	today := c.At.Day()
	v.HTMLLang, v.Title, v.AsOf, v.D, v.W = p.v.say("zh-CN", "en"), p.title(c), p.asOf(c), d, p.reportWords()
	v.Foot = p.v.say("ICP 备案合规报告 ", "ICP filing compliance report ") + today.String()
	if d.Never+d.Stale > 0 {
		v.Notes = append(v.Notes, p.v.sayf("24 小时内没有真正查到的有 %d 个（其中从未查过 %d 个）：对它们的结论以最近一次查到的为准。",
			"%d sites were not truly checked within 24 hours (never: %d): what is said of them is as of their last look.", d.Never+d.Stale, d.Never))
	}
	for _, o := range d.Outcomes {
		v.Outcomes = append(v.Outcomes, htmlOutcome{p.v.outcome(o.Outcome), o})
	}
	for i, s := range d.First {
		level, mark := p.riskLevel(s.Risk)
		v.First = append(v.First, htmlStep{i + 1, shownName(s.Unicode, s.Domain), string(level), p.v.plainLevel(level), p.v.outcome(s.Risk.Outcome) + mark, s.Seen, p.deadline(s.Risk), s.Fix})
	}
	for _, x := range d.Deadlines {
		v.Deadlines = append(v.Deadlines, htmlDeadline{x.Day.String(), p.v.left(today, x.Day), shownName(x.Unicode, x.Domain), p.deadlineWhat(x), p.v.deadlineKind(x.Kind)})
	}
	if !c.Since.IsZero() {
		v.ChangesTitle = p.changesTitle(c)
	}
	for _, x := range d.Changes {
		was := p.v.say("新纳入", "new")
		if !x.New {
			was = p.v.verdict(x.Before)
		}
		v.Changes = append(v.Changes, htmlChange{shownName(x.Unicode, x.Domain), was, p.v.verdict(x.Verdict), x.Failed, x.Recovered})
	}
	v.Subjects = p.htmlGroups("subjects", p.v.say("按主办单位", "By subject"), v.W["Subject"], v.W["SubjectNumber"], d.Subjects)
	v.Providers = p.htmlGroups("providers", p.v.say("按接入商", "By access provider"), v.W["Provider"], "id", d.Providers)
	v.Glossary = p.glossary()
	v.Contents = []htmlAnchor{{"summary", v.W["Summary"]}, {"deadlines", v.W["Deadlines"]}}
	if v.ChangesTitle != "" {
		v.Contents = append(v.Contents, htmlAnchor{"changes", v.ChangesTitle})
	}
	v.Contents = append(v.Contents, htmlAnchor{"subjects", v.Subjects.Title}, htmlAnchor{"providers", v.Providers.Title}, htmlAnchor{"sites", v.W["AllSites"]},
		htmlAnchor{"findings", v.W["Findings"]}, htmlAnchor{"annex", v.W["Annex"]})
}

func (p *Printer) htmlGroups(id, title, who, number string, groups []Group) htmlGroups {
	out := htmlGroups{ID: id, Title: title, Who: who, Number: number, W: p.reportWords()}
	for _, g := range groups {
		out.Rows = append(out.Rows, htmlGroup{g, string(g.Worst), p.groupLevel(g)})
	}
	return out
}

func (p *Printer) htmlLine(r *domaincheck.Report) htmlLine {
	f := p.siteFacts(r)
	verdict, class := p.v.verdict(verdictOf(r)), ""
	if unlooked(r) {
		verdict = p.v.say("尚未查过", "never looked at")
	}
	if risk := worstOf(r); risk != nil {
		level, _ := p.riskLevel(*risk)
		class = string(level)
	}
	return htmlLine{name(r), clip(Clean(f.Subject), 60), clip(Clean(f.Number), 40), verdict, class, f.Level, f.Risk, f.Deadline, f.Expires}
}

// htmlSite is a site in detail. Its citations get numbers in the annex.
func (p *Printer) htmlSite(v *htmlView, cited map[rules.Citation]int, r *domaincheck.Report) htmlSite {
	out := htmlSite{Name: name(r), Verdict: p.v.verdict(verdictOf(r))}
	if r.Error != nil {
		out.Lines = append(out.Lines, p.v.problem(r.Error))
		return out
	}
	for _, line := range []string{p.facts(r), p.keepers(r)} {
		if line != "" {
			out.Lines = append(out.Lines, line)
		}
	}
	for _, risk := range shownRisks(r) {
		level, mark := p.riskLevel(risk)
		if level.Rank() >= domaincheck.Low.Rank() {
			out.Risks = append(out.Risks, htmlRisk{string(level), p.v.plainLevel(level), p.riskWords(risk) + mark})
		}
	}
	for _, f := range failed(r) {
		x := p.explain(f)
		how := p.v.knows(f.Knows)
		if !p.confirmed(r, f) {
			how += p.v.say("，未确认", ", not confirmed")
		}
		h := htmlFinding{Class: string(f.Severity), Level: p.v.plainLevel(f.Severity), Rule: Clean(f.Rule), Target: clip(Clean(string(f.Target)), 100), Summary: Clean(x.Summary), How: how, BasisWord: p.v.say("依据", "Basis")}
		for _, row := range []labelled{{p.v.say("看到", "Seen"), p.evidence(f)}, {p.v.say("后果", "Consequence"), Clean(x.Consequence)}, {p.v.say("现在要做", "To do"), Clean(x.Fix)}} {
			if row.Text != "" {
				h.Rows = append(h.Rows, row)
			}
		}
		for _, b := range x.Basis {
			b = rules.Citation{Text: clip(Clean(b.Text), 600), Source: Clean(b.Source)}
			if cited[b] == 0 {
				v.Basis = append(v.Basis, b)
				cited[b] = len(v.Basis)
			}
			h.Basis = append(h.Basis, cited[b])
		}
		out.Findings = append(out.Findings, h)
	}
	var open []domaincheck.Finding
	for _, f := range unsure(r) {
		if f.Severity.Rank() >= domaincheck.Low.Rank() {
			open = append(open, f)
		}
	}
	for _, line := range p.together(open) {
		out.Unknown = append(out.Unknown, p.v.say("暂时无法判断：", "Unknown: ")+line)
	}
	if line := p.missing(r); line != "" {
		out.Unknown = append(out.Unknown, line)
	}
	return out
}

// reportWords are the words of the page.
func (p *Printer) reportWords() map[string]string {
	say := p.v.say
	return map[string]string{
		"Contents": say("目录", "Contents"), "Summary": say("概要", "Summary"), "Sites": say("网站", "Sites"), "Fail": say("不符合", "Fail"), "Unknown": say("暂时无法判断", "Unknown"), "Pass": say("符合", "Pass"),
		"Risks": say("风险（每个网站按最高级别计一次）", "Risks (each site once, by its worst level)"), "Outcome": say("可能的后果", "What may happen"), "Critical": say("紧急", "Critical"), "High": say("高", "High"),
		"Medium": say("中", "Medium"), "Low": say("低", "Low"), "Unsure": say("未确认", "Not confirmed"), "First": say("先做什么", "What to do first"), "Site": say("网站", "Site"), "Risk": say("风险", "Risk"),
		"Seen": say("看到", "Seen"), "Deadline": say("期限", "Deadline"), "Todo": say("现在要做", "To do"), "Deadlines": p.v.sayf("%d 天内的期限", "Deadlines of %d days", horizon), "Day": say("日期", "Day"),
		"Left": say("剩余", "Left"), "What": say("事项", "What"), "Kind": say("性质", "Kind"), "None": say("没有。", "None."), "Was": say("之前", "Before"), "Is": say("现在", "Now"), "NowFailing": say("新问题", "Now failing"),
		"Recovered": say("已恢复", "Recovered"), "AllSites": say("网站一览", "All sites"), "Subject": say("主办单位", "Subject"), "SubjectNumber": say("主体备案号", "Record number"), "Number": say("备案号", "Record number"), "Verdict": say("结论", "Verdict"),
		"Expires": say("域名到期", "Expires"), "Findings": say("问题明细", "Findings"), "Provider": say("接入商", "Provider"), "Worst": say("最大风险", "Worst risk"), "Next": say("最近期限", "Next deadline"), "Notices": say("未结通知", "Open notices"),
		"Annex": say("附录", "Annex"), "Basis": say("依据", "Basis"), "Tables": say("判断所用的表", "Tables used"), "Table": say("表", "Table"), "Version": say("版本（日期#摘要）", "Version (date#hash)"), "Terms": say("用语", "Terms"),
	}
}

// glossary explains the words that a reader could take for more than they say.
func (p *Printer) glossary() []labelled {
	v := p.v
	return []labelled{
		{v.verdict(domaincheck.VerdictUnknown), v.say("没查到，不等于不合规：对方没有回答、被拒绝，或从外部无法得知。", "Not seen is not the same as not compliant: no answer, a refusal, or not to be known from outside.")},
		{strings.Join([]string{v.knows(domaincheck.Observed), v.knows(domaincheck.Inferred), v.knows(domaincheck.Declared)}, v.say("、", ", ")),
			v.say("亲自查到的；由查到的推出的；按台账所填的。", "Seen by the checks; concluded from what was seen; as the ledger declares.")},
		{v.say("未确认", "Not confirmed"), v.say("只看到一次，可能是一时的故障；再次看到才算确认。", "Seen once and maybe passing; it counts once it is seen again.")},
		{v.say("经验期限，非法定", "Typical, not a legal date"), v.say("从首次看到之日起，按接入商通常的处理时间推算；收到通知的，以通知为准。", "Counted from the first day it was seen by how long providers usually take; a notice's date replaces it.")},
		{v.outcome(domaincheck.RiskEmptyShell), v.say("有备案、没有接入的网站；会被成批注销备案。", "A filed site without access data; such filings are cancelled in batches.")},
	}
}
