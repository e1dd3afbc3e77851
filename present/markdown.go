package present

import (
	"strings"

	"domaincheck"
)

// markdownPrinter writes a section a site, for tickets and chats. Everything
// but the frame is escaped.
type markdownPrinter struct {
	*Printer
	n     int
	doubt bool // a failure that is not confirmed was shown
}

func (p *markdownPrinter) close() error {
	if p.doubt && !p.o.Stored {
		p.write("\n" + p.v.onceOnly() + "\n")
	}
	return nil
}

func (p *markdownPrinter) put(r Rendered) error {
	if p.n++; p.n > 1 {
		p.write("\n")
	}
	p.write(r.body)
	p.doubt = p.doubt || r.doubt
	return nil
}

func (p *markdownPrinter) render(r *domaincheck.Report) (Rendered, error) {
	var b strings.Builder
	verdict := r.Verdict
	if r.Error != nil || verdict == "" {
		verdict = domaincheck.VerdictUnknown
	}
	b.WriteString("## " + p.v.verdict(verdict) + p.v.say("：", ": ") + escapeMarkdown(name(r)) + "\n\n")
	if r.Error != nil {
		b.WriteString(escapeMarkdown(p.v.problem(r.Error)) + "\n")
		return Rendered{body: b.String()}, nil
	}
	b.WriteString(p.v.sayf("%d 项不符合，%d 项暂时无法判断，%d 项符合。", "%d failed, %d unknown, %d passed.",
		count(r, domaincheck.Fail), count(r, domaincheck.Unknown), count(r, domaincheck.Pass)) + "\n")
	if facts := p.facts(r); facts != "" {
		b.WriteString("\n" + escapeMarkdown(facts) + "\n")
	}
	if line := p.keepers(r); line != "" {
		b.WriteString("\n" + escapeMarkdown(line) + "\n")
	}
	for _, risk := range shownRisks(r) {
		level, mark := p.riskLevel(risk)
		b.WriteString("\n> **" + p.v.say("风险", "Risk") + " " + p.v.level(level) + "** " + escapeMarkdown(p.riskWords(risk)+mark) + "\n")
	}
	doubt := p.findings(&b, r)
	for _, line := range p.unseen(r) {
		b.WriteString("\n" + escapeMarkdown(line) + "\n")
	}
	if line := p.missing(r); line != "" {
		b.WriteString("\n" + escapeMarkdown(line) + "\n")
	}
	return Rendered{body: b.String(), doubt: doubt}, nil
}

// findings writes them, and tells whether a failure among them is not confirmed.
func (p *markdownPrinter) findings(b *strings.Builder, r *domaincheck.Report) (doubt bool) {
	bad := failed(r)
	if len(bad) > 0 {
		b.WriteString("\n### " + p.v.say("不符合", "Failed") + "\n")
	}
	for _, f := range bad {
		x := p.explain(f)
		b.WriteString("\n- **" + p.v.level(f.Severity) + " `" + strings.ReplaceAll(Clean(f.Rule), "`", "") + "`**" + escapeMarkdown(p.target(f)) + " " + escapeMarkdown(x.Summary))
		how := p.v.knows(f.Knows)
		if !p.confirmed(r, f) {
			doubt = true
			how += p.v.say("，未确认", ", not confirmed")
		}
		b.WriteString(p.v.say("（", " (") + how + p.v.say("）", ")") + "\n")
		p.item(b, p.v.say("看到", "Seen"), p.evidence(f))
		p.item(b, p.v.say("后果", "Consequence"), x.Consequence)
		p.item(b, p.v.say("现在要做", "To do"), x.Fix)
		for _, c := range x.Basis {
			p.item(b, p.v.say("依据", "Basis"), clip(Clean(c.Text), 300)+p.v.say("　——", " — ")+c.Source)
		}
	}
	open := unsure(r)
	if len(open) > 0 {
		b.WriteString("\n### " + p.v.say("暂时无法判断（没查到，不等于不合规）", "Unknown (not seen is not the same as not compliant)") + "\n\n")
	}
	for _, line := range p.together(open) {
		b.WriteString("- " + escapeMarkdown(line) + "\n")
	}
	if notes := hints(r); len(notes) > 0 {
		b.WriteString("\n### " + p.v.say("提示", "For information") + "\n\n")
		for _, f := range notes {
			b.WriteString("- `" + strings.ReplaceAll(Clean(f.Rule), "`", "") + "`" + escapeMarkdown(p.target(f)) + " " + escapeMarkdown(p.explain(f).Summary) + "\n")
		}
	}
	return doubt
}

func (p *markdownPrinter) item(b *strings.Builder, label, text string) {
	if text != "" {
		b.WriteString("  - " + label + p.v.say("：", ": ") + escapeMarkdown(text) + "\n")
	}
}
