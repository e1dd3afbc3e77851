package present

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"domaincheck"
)

// textPrinter writes for a person at a terminal.
type textPrinter struct {
	*Printer
	details []string
	counts  map[domaincheck.Verdict]int
	errors  int
	doubt   bool // a failure that is not confirmed was shown
}

func (p *textPrinter) render(r *domaincheck.Report) (Rendered, error) {
	out := Rendered{body: p.line(r) + "\n"}
	if r.Error == nil {
		out.verdict = cmp.Or(r.Verdict, domaincheck.VerdictUnknown)
	}
	details := p.detail(r)
	switch {
	case p.o.Single:
		out.body += details
	case details != "" && (r.Verdict == domaincheck.VerdictFail || p.o.Verbose):
		out.detail = p.bold(name(r)) + "\n" + details
		for _, f := range failed(r) {
			out.doubt = out.doubt || !p.confirmed(r, f)
		}
	}
	return out, nil
}

func (p *textPrinter) put(r Rendered) error {
	if p.counts == nil {
		p.counts = map[domaincheck.Verdict]int{}
	}
	if r.verdict == "" {
		p.errors++
	} else {
		p.counts[r.verdict]++
	}
	p.write(r.body)
	if r.detail != "" {
		p.details = append(p.details, r.detail)
	}
	p.doubt = p.doubt || r.doubt
	return nil
}

func (p *textPrinter) close() error {
	for _, d := range p.details {
		p.write("\n", d)
	}
	if p.doubt && !p.o.Stored {
		var b strings.Builder
		p.para(&b, "", p.v.onceOnly())
		p.write("\n", b.String())
	}
	total := p.errors
	for _, n := range p.counts {
		total += n
	}
	if p.o.Single || total < 2 {
		return nil
	}
	p.write("\n", p.v.sayf("共 %d 个：%d 个不符合，%d 个暂时无法判断，%d 个符合", "%d sites: %d fail, %d unknown, %d pass",
		total, p.counts[domaincheck.VerdictFail], p.counts[domaincheck.VerdictUnknown], p.counts[domaincheck.VerdictPass]))
	if p.errors > 0 {
		p.write(p.v.sayf("，%d 行未能检查", ", %d rows not checked", p.errors))
	}
	p.write("\n")
	return nil
}

// line is a site on one line: verdict, name, and the worst of it.
func (p *textPrinter) line(r *domaincheck.Report) string {
	verdict := p.verdict(r.Verdict)
	if r.Error != nil {
		return p.verdict(domaincheck.VerdictUnknown) + "  " + p.bold(name(r)) + "  " + p.v.problem(r.Error)
	}
	n := p.v.sayf("%d 项不符合，%d 项暂时无法判断，%d 项符合", "%d failed, %d unknown, %d passed",
		count(r, domaincheck.Fail), count(r, domaincheck.Unknown), count(r, domaincheck.Pass))
	line := verdict + "  " + p.bold(name(r)) + "  " + n
	if p.o.Single {
		return line
	}
	if worst := failed(r); len(worst) > 0 && r.Verdict == domaincheck.VerdictFail {
		return line + p.v.say("：", ": ") + p.oneLine(worst[0])
	}
	for _, f := range unsure(r) {
		if r.Verdict == domaincheck.VerdictUnknown && f.Why == domaincheck.WhyUnobserved && f.Severity.Rank() >= domaincheck.Medium.Rank() {
			return line + p.v.say("：", ": ") + p.oneLine(f)
		}
	}
	return line
}

// oneLine is a finding's sentence, cut to what fits beside others.
func (p *Printer) oneLine(f domaincheck.Finding) string {
	return clip(Clean(p.explain(f).Summary), 80)
}

// detail is all there is to say about a site below its first line.
func (p *textPrinter) detail(r *domaincheck.Report) string {
	if r.Error != nil {
		return ""
	}
	var b strings.Builder
	if t, err := domaincheck.ParseTarget(string(r.Input)); err == nil && string(r.Domain) == t.Domain && t.Host != "" {
		p.para(&b, "  ", p.v.sayf("输入 %s，按注册域名 %s 检查，并查看主机 %s", "given %s: checked as its registrable domain %s, host %s included",
			clip(Clean(string(r.Input)), 80), Clean(string(r.Domain)), Clean(t.Host)))
	}
	if facts := p.facts(r); facts != "" {
		p.para(&b, "  ", facts)
	}
	if line := p.keepers(r); line != "" {
		p.para(&b, "  ", line)
	}
	for _, risk := range shownRisks(r) {
		level, mark := p.riskLevel(risk)
		p.para(&b, "  ", p.v.say("风险", "Risk ")+p.level(level)+p.v.say("", " ")+p.riskWords(risk)+mark)
	}
	bad := failed(r)
	p.section(&b, len(bad), p.v.say("不符合", "Failed"))
	doubt := false
	for _, f := range bad {
		doubt = doubt || !p.confirmed(r, f)
		p.failure(&b, r, f)
	}
	var open []domaincheck.Finding
	for _, f := range unsure(r) {
		if p.o.Verbose || f.Severity.Rank() >= domaincheck.Low.Rank() {
			open = append(open, f)
		}
	}
	p.section(&b, len(open), p.v.say("暂时无法判断（没查到，不等于不合规）", "Unknown (not seen is not the same as not compliant)"))
	for _, line := range p.together(open) {
		p.para(&b, "  ", line)
	}
	p.section(&b, len(hints(r)), p.v.say("提示", "For information"))
	for _, f := range hints(r) {
		p.para(&b, "  ", f.Rule+p.target(f)+"  "+Clean(p.explain(f).Summary))
	}
	p.rest(&b, r)
	p.closing(&b, r, doubt)
	return b.String()
}

// together puts unknown findings of one sentence on one line: a look that did
// not come about leaves many rules open, but says only one thing.
func (p *Printer) together(open []domaincheck.Finding) []string {
	var sentences []string
	rulesOf := map[string][]string{}
	worst := map[string]domaincheck.Severity{}
	for _, f := range open {
		text := Clean(p.explain(f).Summary)
		if f.Why == domaincheck.WhyUnknowable && !strings.Contains(text, p.v.say("外部", "outside")) {
			text += p.v.say("（", " (") + p.v.why(f.Why) + p.v.say("）", ")")
		}
		if _, ok := rulesOf[text]; !ok {
			sentences = append(sentences, text)
			worst[text] = f.Severity
		}
		if f.Severity.Rank() > worst[text].Rank() {
			worst[text] = f.Severity
		}
		rulesOf[text] = append(rulesOf[text], Clean(f.Rule)+p.target(f))
	}
	var out []string
	for _, text := range sentences {
		out = append(out, p.v.level(worst[text])+" "+strings.Join(rulesOf[text], p.v.say("、", ", "))+"  "+text)
	}
	return out
}

// rest lists what passed or does not apply, when asked for.
func (p *textPrinter) rest(b *strings.Builder, r *domaincheck.Report) {
	if !p.o.Verbose {
		return
	}
	for _, result := range []domaincheck.Result{domaincheck.Pass, domaincheck.NotApplicable} {
		first := true
		for _, f := range r.Findings {
			if f.Result != result {
				continue
			}
			if first {
				p.section(b, 1, p.v.result(result))
				first = false
			}
			p.para(b, "  ", f.Rule+p.target(f)+"  "+Clean(p.explain(f).Summary))
		}
	}
}

// closing says what stands at the end: missing facts in one line, and that one
// look is not a confirmation.
func (p *textPrinter) closing(b *strings.Builder, r *domaincheck.Report, doubt bool) {
	if p.o.Verbose {
		first := true
		for _, f := range r.Findings {
			if f.Result == domaincheck.Unknown && f.Why == domaincheck.WhyUndeclared {
				if first {
					p.section(b, 1, p.v.say("台账未填", "Not declared"))
					first = false
				}
				p.para(b, "  ", f.Rule+p.target(f)+"  "+Clean(p.explain(f).Summary))
			}
		}
	}
	if doubt && !p.o.Stored && p.o.Single {
		b.WriteString("\n")
		p.para(b, "", p.v.onceOnly())
	}
	for i, line := range p.unseen(r) {
		if i == 0 {
			b.WriteString("\n")
		}
		p.para(b, "", line)
	}
	if line := p.missing(r); line != "" {
		b.WriteString("\n")
		p.para(b, "", line)
	}
}

func (p *textPrinter) section(b *strings.Builder, n int, title string) {
	if n > 0 {
		b.WriteString("\n" + p.bold(title) + "\n")
	}
}

// failure is one failed finding with all that helps to mend it.
func (p *textPrinter) failure(b *strings.Builder, r *domaincheck.Report, f domaincheck.Finding) {
	x := p.explain(f)
	how := p.v.knows(f.Knows)
	if !p.confirmed(r, f) {
		how += p.v.say("，未确认", ", not confirmed")
	}
	p.para(b, "  ", p.level(f.Severity)+" "+f.Rule+p.target(f)+"  "+Clean(x.Summary)+p.v.say("（", " (")+how+p.v.say("）", ")"))
	if seen := p.evidence(f); seen != "" {
		p.labelled(b, p.v.say("看到", "Seen"), seen)
	}
	if x.Consequence != "" {
		p.labelled(b, p.v.say("后果", "Consequence"), Clean(x.Consequence))
	}
	if x.Fix != "" {
		p.labelled(b, p.v.say("现在要做", "To do"), Clean(x.Fix))
	}
	for i, c := range x.Basis {
		if i >= 2 && !p.o.Verbose {
			p.labelled(b, p.v.say("依据", "Basis"), p.v.sayf("另有 %d 条（-v 显示）", "%d more (shown with -v)", len(x.Basis)-i))
			break
		}
		p.labelled(b, p.v.say("依据", "Basis"), clip(Clean(c.Text), 200)+p.v.say("　——", " — ")+Clean(c.Source))
	}
}

func (p *Printer) target(f domaincheck.Finding) string {
	if f.Target == "" {
		return ""
	}
	return " " + clip(Clean(string(f.Target)), 100)
}

// evidence is what a finding rests on, by name in a fixed order.
func (p *Printer) evidence(f domaincheck.Finding) string {
	var names []string
	for n := range f.Evidence {
		names = append(names, n)
	}
	slices.Sort(names)
	var parts []string
	for _, n := range names {
		if given(n, f.Evidence[n]) {
			continue
		}
		if text := p.fact(n, f.Evidence[n]); text != "" {
			parts = append(parts, p.v.evidence(n)+" "+text)
		}
	}
	return clip(strings.Join(parts, p.v.say("；", "; ")), 500)
}

// fact is one value of the evidence as text.
func (p *Printer) fact(n string, value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case string:
		if word := valueWord(n, x); p.v.zh && word != "" {
			return word
		}
		if strings.Contains(n, "provider") && p.o.ProviderName != nil {
			if name := p.o.ProviderName(x, p.o.Lang); name != "" {
				return Clean(name)
			}
		}
		return clip(Clean(x), 200)
	case bool:
		if x {
			return p.v.say("是", "yes")
		}
		return p.v.say("否", "no")
	case []string:
		var out []string
		for _, s := range x {
			out = append(out, p.fact(n, s))
		}
		return strings.Join(out, p.v.say("、", ", "))
	case []any:
		var out []string
		for _, s := range x {
			out = append(out, p.fact(n, s))
		}
		return strings.Join(out, p.v.say("、", ", "))
	case fmt.Stringer:
		return Clean(x.String())
	case int, int64, float64, domaincheck.Text, domaincheck.SiteState, domaincheck.Kind:
		return clip(Clean(fmt.Sprint(x)), 200)
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return clip(Clean(string(raw)), 200)
}

func (p *textPrinter) labelled(b *strings.Builder, label, text string) {
	p.para(b, "      ", label+p.v.say("：", ": ")+text)
}

// para writes text indented and broken at the terminal's width.
func (p *textPrinter) para(b *strings.Builder, indent, text string) {
	for i, line := range wrap(text, p.o.Width-len(indent)-2) {
		if i > 0 {
			b.WriteString("  ")
		}
		b.WriteString(indent + line + "\n")
	}
}

// Colours: escape sequences are written only when asked for, and never come
// from the text itself, which is cleaned.
func (p *Printer) paint(code, s string) string {
	if !p.o.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p *Printer) bold(s string) string { return p.paint("1", s) }

func (p *Printer) verdict(v domaincheck.Verdict) string {
	switch v {
	case domaincheck.VerdictPass:
		return p.paint("1;32", p.v.verdict(v))
	case domaincheck.VerdictFail:
		return p.paint("1;31", p.v.verdict(v))
	}
	return p.paint("1;33", p.v.verdict(v))
}

func (p *Printer) level(s domaincheck.Severity) string {
	switch s {
	case domaincheck.Critical, domaincheck.High:
		return p.paint("31", p.v.level(s))
	case domaincheck.Medium:
		return p.paint("33", p.v.level(s))
	}
	return p.paint("36", p.v.level(s))
}
