package present

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"domaincheck"
)

// overview is the summary in lines of plain text.
func (p *Printer) overview(d *Digest) []string {
	lines := []string{p.v.sayf("网站 %d 个：不符合 %d，暂时无法判断 %d，符合 %d", "%d sites: %d fail, %d unknown, %d pass", d.Sites, d.Fail, d.Unknown, d.Pass)}
	if d.Never+d.Stale > 0 {
		lines = append(lines, p.v.sayf("24 小时内没有真正查到的：%d 个（其中从未查过 %d 个）", "not truly checked within 24 h: %d (never: %d)", d.Never+d.Stale, d.Never))
	}
	for _, o := range d.Outcomes {
		lines = append(lines, p.v.outcome(o.Outcome)+p.v.say("：", ": ")+p.outcomeCounts(o))
	}
	return lines
}

// outcomeCounts is a row of counts without its zeros.
func (p *Printer) outcomeCounts(o Outcomes) string {
	var parts []string
	for _, c := range []struct {
		word string
		n    int
	}{
		{p.v.say("紧急", "critical"), o.Critical}, {p.v.say("高", "high"), o.High}, {p.v.say("中", "medium"), o.Medium}, {p.v.say("低", "low"), o.Low},
		{p.v.say("未确认", "not confirmed"), o.Unsure},
	} {
		if c.n > 0 {
			parts = append(parts, c.word+" "+strconv.Itoa(c.n))
		}
	}
	return strings.Join(parts, p.v.say("，", ", "))
}

// stepLine is a site to act on, on one line.
func (p *Printer) stepLine(s Step) string {
	level, mark := p.riskLevel(s.Risk)
	line := p.v.level(level) + p.v.say("", " ") + shownName(s.Unicode, s.Domain) + p.v.say(" 可能", " risks ") + p.v.outcome(s.Risk.Outcome) + mark
	if s.Seen != "" {
		line += p.v.say("｜看到：", " | seen: ") + s.Seen
	}
	if day := p.deadline(s.Risk); day != "" {
		line += p.v.say("｜期限：", " | by ") + day
	}
	return line
}

// deadline is a risk's day with what kind of day it is.
func (p *Printer) deadline(r domaincheck.Risk) string {
	day := r.Deadline.Day()
	if day.IsZero() {
		return ""
	}
	text := day.String()
	if r.Approximate {
		text = p.v.say("约 ", "about ") + text
	}
	if kind := p.v.deadlineKind(string(r.DeadlineKind)); kind != "" {
		text += p.v.say("（", " (") + kind + p.v.say("）", ")")
	}
	return text
}

// shownName is a domain as people write it, with the A-label where it differs.
func shownName(unicode, domain string) string {
	return name(&domaincheck.Report{Domain: domaincheck.Text(domain), Unicode: domaincheck.Text(unicode)})
}

// textReport is the summary for a terminal.
func (p *Printer) textReport(c Compliance) error {
	d, err := p.digest(c)
	if err != nil {
		return err
	}
	p.write(p.bold(p.title(c)), "\n", p.asOf(c), "\n\n", strings.Join(p.overview(&d), "\n"), "\n")
	section := func(n int, title string) {
		if n > 0 {
			p.write("\n", p.bold(title), "\n")
		}
	}
	section(len(d.First), p.v.say("先做什么", "What to do first"))
	for i, s := range d.First {
		p.write(strconv.Itoa(i+1), ". ", p.stepLine(s), "\n")
		if s.Fix != "" {
			p.write("   ", p.v.say("现在要做：", "to do: "), s.Fix, "\n")
		}
	}
	section(len(d.Deadlines), p.v.sayf("%d 天内的期限", "Deadlines of %d days", horizon))
	for _, x := range d.Deadlines {
		p.write(x.Day.String(), "  ", shownName(x.Unicode, x.Domain), "  ", p.deadlineWhat(x), p.v.say("（", " ("), p.v.deadlineKind(x.Kind), p.v.say("）", ")"), "  ", p.v.left(c.At.Day(), x.Day), "\n")
	}
	section(len(d.Changes), p.changesTitle(c))
	for _, x := range d.Changes {
		p.write("· ", shownName(x.Unicode, x.Domain), "  ", p.changeWords(x), "\n")
	}
	return p.w.Flush()
}

func (p *Printer) title(c Compliance) string {
	title := p.v.say("ICP 备案合规报告", "ICP filing compliance report")
	if c.Title != "" {
		return clip(Clean(c.Title), 100) + p.v.say("　", " — ") + title
	}
	return title
}

// asOf says as of when and of which sites.
func (p *Printer) asOf(c Compliance) string {
	text := p.v.say("截至 ", "As of ") + minute(c.At) + p.v.say("（北京时间）", " (Beijing time)")
	if scope := p.scope(c.Scope); scope != "" {
		text += p.v.say("　范围：", "  Sites: ") + scope
	}
	return text
}

func (p *Printer) scope(s Scope) string {
	var parts []string
	if len(s.Tags) > 0 {
		parts = append(parts, p.v.say("标签 ", "tag ")+clip(Clean(strings.Join(s.Tags, p.v.say("、", ", "))), 200))
	}
	if s.Subject != "" {
		parts = append(parts, p.v.say("主办单位 ", "subject ")+clip(Clean(s.Subject), 100))
	}
	if s.Provider != "" {
		parts = append(parts, p.v.say("接入商 ", "provider ")+p.fact("provider", s.Provider))
	}
	return strings.Join(parts, p.v.say("，", ", "))
}

func (p *Printer) changesTitle(c Compliance) string {
	return p.v.sayf("%s 以来的变化", "Changes since %s", minute(c.Since))
}

// changeWords is what is different about a site, in a sentence.
func (p *Printer) changeWords(c Change) string {
	var parts []string
	switch {
	case c.New:
		parts = append(parts, p.v.say("新纳入：", "new: ")+p.v.verdict(c.Verdict))
	case c.Before != c.Verdict:
		parts = append(parts, p.v.verdict(c.Before)+" → "+p.v.verdict(c.Verdict))
	}
	if len(c.Failed) > 0 {
		parts = append(parts, p.v.say("新问题：", "now failing: ")+strings.Join(c.Failed, p.v.say("；", "; ")))
	}
	if len(c.Recovered) > 0 {
		parts = append(parts, p.v.say("已恢复：", "recovered: ")+strings.Join(c.Recovered, p.v.say("；", "; ")))
	}
	return strings.Join(parts, p.v.say("　", " · "))
}

func minute(i domaincheck.Instant) string {
	if i.IsZero() {
		return ""
	}
	return i.In(domaincheck.Beijing()).Format("2006-01-02 15:04")
}

// csvReport is one row a site, as `check --format csv` writes it.
func (p *Printer) csvReport(c Compliance) error {
	out := &csvPrinter{Printer: p}
	for e, err := range c.Sites {
		if err != nil {
			return err
		}
		line, err := out.render(&e.Report)
		if err != nil {
			return err
		}
		if err := out.put(line); err != nil {
			return err
		}
	}
	if err := out.close(); err != nil {
		return err
	}
	return p.w.Flush()
}

// jsonHead is what the json report says besides its sites and summary.
type jsonHead struct {
	Schema int                      `json:"schema"`
	Title  domaincheck.Text         `json:"title"`
	At     domaincheck.Instant      `json:"at"`
	Since  domaincheck.Instant      `json:"since"`
	Lang   domaincheck.Text         `json:"lang"`
	Tags   domaincheck.List[string] `json:"tags"`
	Who    domaincheck.Text         `json:"subject"`
	Where  domaincheck.Text         `json:"provider"`
}

// jsonReport is one object {…head, "sites": [reports as check prints them],
// "summary": {…}}; the summary stands at the end because it is made on the way.
func (p *Printer) jsonReport(c Compliance) error {
	head, err := marshal(jsonHead{Schema: 1, Title: domaincheck.Text(c.Title), At: c.At, Since: c.Since, Lang: domaincheck.Text(p.lang()),
		Tags: c.Scope.Tags, Who: domaincheck.Text(c.Scope.Subject), Where: domaincheck.Text(c.Scope.Provider)})
	if err != nil {
		return err
	}
	p.write(strings.TrimSuffix(head, "}"), `,"sites":[`)
	t, n := p.newTally(c), 0
	for e, err := range c.Sites {
		if err != nil {
			return err
		}
		t.add(&e)
		shown := withoutContacts(e.Report)
		line, err := marshal(p.rendered(&shown))
		if err != nil {
			return err
		}
		if n++; n > 1 {
			p.write(",")
		}
		p.write("\n", line)
	}
	summary, err := marshal(t.done())
	if err != nil {
		return err
	}
	p.write("\n],\n", `"summary":`, summary, "}\n")
	return p.w.Flush()
}

func marshal(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", domaincheck.Errorf(domaincheck.CodeInternal, "", "the report cannot be written as JSON: %w", err)
	}
	return strings.TrimRight(b.String(), "\n"), nil
}
