package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"

	"domaincheck"
	"domaincheck/present"
	"domaincheck/rules"
)

// preflightView is the JSON of preflight; scripts rely on it. Lists are never
// null, absent facts are.
type preflightView struct {
	Schema     int                             `json:"schema"`
	Domain     domaincheck.Text                `json:"domain"`
	Unicode    domaincheck.Text                `json:"unicode"`
	At         domaincheck.Instant             `json:"at"`
	Lang       domaincheck.Text                `json:"lang"`
	Order      orderView                       `json:"order"`
	Province   domaincheck.Text                `json:"province"`
	Kind       domaincheck.Kind                `json:"kind"`
	State      domaincheck.SiteState           `json:"state"`
	Inferred   domaincheck.List[string]        `json:"inferred"`
	Verdict    domaincheck.Verdict             `json:"verdict"`
	Counts     countsView                      `json:"counts"` // of conditions
	Conditions domaincheck.List[conditionView] `json:"conditions"`
	Papers     domaincheck.List[paperView]     `json:"papers"`
	Image      rules.ImageLimits               `json:"image"`
	Files      domaincheck.List[fileView]      `json:"files"`
	Steps      domaincheck.List[stepView]      `json:"steps"`
	Tables     map[string]string               `json:"tables"`
	list       *rules.Checklist
	provider   string // the name of the order's provider
}

type orderView struct {
	Kind     domaincheck.OrderKind `json:"kind"`
	Provider domaincheck.Text      `json:"provider"`
}

type countsView struct {
	Met     int `json:"met"`
	Unmet   int `json:"unmet"`
	Unknown int `json:"unknown"`
	ToDo    int `json:"todo"`
}

type conditionView struct {
	rules.Condition
	rules.Said
}

type paperView struct {
	rules.PaperNeed
	Text  string                           `json:"text"`
	Files domaincheck.List[string]         `json:"files"`
	Basis domaincheck.List[rules.Citation] `json:"basis"`
}

type fileView struct {
	File     string                   `json:"file"`
	Paper    domaincheck.Text         `json:"paper"` // null: its name means no paper that is asked for
	Format   domaincheck.Text         `json:"format"`
	Bytes    int64                    `json:"bytes"`
	State    rules.ConditionState     `json:"state"`    // met, unmet, todo (say what it is)
	Problems domaincheck.List[string] `json:"problems"` // format, too_small, too_large, renamed
}

type stepView struct {
	N     int              `json:"n"`
	ID    string           `json:"id"`
	Text  string           `json:"text"`
	Basis []rules.Citation `json:"basis"`
}

func (p *program) printPreflight(v *preflightView) error {
	switch p.global.format {
	case "json":
		return p.printJSON(v)
	case "jsonl":
		enc := json.NewEncoder(p.out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return cannot(err)
		}
		return nil
	case "csv":
		return p.preflightCSV(v)
	}
	var b strings.Builder
	p.preflightText(&b, v, p.global.format == "markdown")
	if _, err := p.out.Write([]byte(b.String())); err != nil {
		return cannot(err)
	}
	return nil
}

// preflightCSV writes the conditions, then the papers, a row each.
func (p *program) preflightCSV(v *preflightView) error {
	w := csv.NewWriter(p.out)
	cell := func(s string) string {
		s = present.Clean(s)
		if strings.ContainsAny(s[:min(1, len(s))], "=+-@\t") {
			return "'" + s
		}
		return s
	}
	rows := [][]string{{"id", "target", "layer", "state", "severity", "text", "summary", "fix", "facts", "source"}}
	for i := range v.Conditions {
		c := &v.Conditions[i]
		rows = append(rows, []string{c.ID, string(c.Target), c.Layer, string(c.State), string(c.Severity), c.Text, c.Note, string(c.Said.Fix), strings.Join(c.Facts, " "), sources(c.Said.Basis)})
	}
	for i := range v.Papers {
		n := &v.Papers[i]
		rows = append(rows, []string{n.ID, "", n.Layer, string(n.State), "medium", n.Kind, n.Text, "", strings.Join(n.Facts, " "), sources(n.Basis)})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = cell(row[i])
		}
		if err := w.Write(row); err != nil {
			return cannot(err)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return cannot(err)
	}
	return nil
}

func sources(basis []rules.Citation) string {
	var out []string
	for _, c := range basis {
		out = append(out, c.Source)
	}
	return strings.Join(out, "; ")
}

// preflightText writes the list for a person: verdict, what is unmet, what is
// not known, what to do, papers, files, steps. What is met is counted, and
// shown with -v.
func (p *program) preflightText(b *strings.Builder, v *preflightView, markdown bool) {
	title := func(s string) {
		if markdown {
			fmt.Fprintf(b, "\n## %s\n\n", s)
			return
		}
		fmt.Fprintf(b, "\n%s\n", s)
	}
	head := fmt.Sprintf("%s  %s%s%s", present.Clean(string(v.Unicode)), p.orderWord(v.Order.Kind), p.say("：", ": "), p.verdictWord(v.Verdict))
	if markdown {
		head = "# " + head
	}
	fmt.Fprintln(b, head)
	fmt.Fprintf(b, p.say("%s%s · %s · 符合 %d，不符合 %d，暂时无法判断 %d，待办 %d\n", "%s%s · %s · met %d, unmet %d, unknown %d, to do %d\n"),
		orDash(string(v.Province)), p.kindWord(v.Kind), orDash(present.Clean(v.provider)), v.Counts.Met, v.Counts.Unmet, v.Counts.Unknown, v.Counts.ToDo)
	for _, part := range []struct {
		state rules.ConditionState
		title string
	}{
		{rules.Unmet, p.say("不符合", "Unmet")}, {rules.Unsure, p.say("暂时无法判断（没查到，不等于不合规）", "Unknown (not seen is not the same as wrong)")},
		{rules.ToDo, p.say("要做的事", "To do")}, {rules.Met, p.say("符合", "Met")},
	} {
		if part.state == rules.Met && !p.global.verbose {
			continue
		}
		first, facts := true, []string{}
		for i := range v.Conditions {
			c := &v.Conditions[i]
			if c.State != part.state {
				continue
			}
			if first {
				title(part.title)
				first = false
			}
			if c.State == rules.Unsure && c.Why == domaincheck.WhyUndeclared && !p.global.verbose {
				for _, f := range c.Facts {
					facts = appendNew(facts, f)
				}
				continue
			}
			p.conditionLine(b, c)
		}
		if names, err := present.Facts(facts, p.global.lang); err == nil {
			facts = names
		}
		if len(facts) > 0 {
			fmt.Fprintf(b, p.say("  补充这 %d 项可多核对几条：%s（填在 --facts 文件里；-v 逐条列出）\n", "  declare these %d to settle more: %s (in a --facts file; -v lists them)\n"), len(facts), strings.Join(facts, p.say("、", ", ")))
		}
	}
	p.paperLines(b, v, title)
	if len(v.Steps) > 0 {
		title(p.say("步骤", "Steps"))
		for _, s := range v.Steps {
			fmt.Fprintf(b, "  %d. %s\n", s.N, s.Text)
		}
	}
}

func (p *program) conditionLine(b *strings.Builder, c *conditionView) {
	target := ""
	if c.Target != "" {
		target = " [" + present.Clean(string(c.Target)) + "]"
	}
	fmt.Fprintf(b, p.say("- %s%s（%s%s）\n", "- %s%s (%s%s)\n"), c.Text, target, p.layerWord(c.Layer), p.severityNote(c))
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(b, "    %s%s%s\n", label, p.say("：", ": "), present.Clean(text))
		}
	}
	line(p.say("现状", "now"), c.Note)
	if c.State != rules.Met {
		line(p.say("处理", "to do"), string(c.Said.Fix))
	}
	if c.State == rules.Unmet || p.global.verbose {
		line(p.say("依据", "basis"), sources(c.Said.Basis))
	}
}

func (p *program) severityNote(c *conditionView) string {
	if c.State != rules.Unmet {
		return ""
	}
	return p.say("，", ", ") + strings.Trim(p.severityWord(c.Severity), "【】[]")
}

func (p *program) paperLines(b *strings.Builder, v *preflightView, title func(string)) {
	if len(v.Papers) > 0 {
		title(p.say("材料", "Papers"))
	}
	for i := range v.Papers {
		n := &v.Papers[i]
		fmt.Fprintf(b, p.say("- [%s] %s（%s", "- [%s] %s (%s"), p.paperWord(n), n.Kind, p.needWord(n.Need))
		if n.MaxAge != nil {
			fmt.Fprintf(b, "%s%s", p.say("，", ", "), p.ageWord(n.MaxAge))
		}
		for _, l := range n.Limits {
			fmt.Fprintf(b, "%s%s", p.say("，", ", "), l)
		}
		fmt.Fprintf(b, p.say("）%s\n", ") %s\n"), n.Text)
		for _, f := range n.Files {
			fmt.Fprintf(b, "    %s\n", present.Clean(f))
		}
	}
	for _, f := range v.Files {
		if f.State == rules.Met {
			continue
		}
		words := make([]string, len(f.Problems))
		for i, code := range f.Problems {
			words[i] = p.faultWord(code, v.Image, v.limitsOf(f.Paper))
		}
		if f.State == rules.ToDo {
			words = append(words, p.say("看不出是哪种材料", "which paper is it?"))
		}
		fmt.Fprintf(b, "- [%s] %s%s%s\n", p.stateWord(f.State), present.Clean(f.File), p.say("：", ": "), strings.Join(words, p.say("；", "; ")))
	}
}

// limitsOf are the limits of a paper that is no picture, as the province
// words them; else none.
func (v *preflightView) limitsOf(paper domaincheck.Text) []string {
	for i := range v.Papers {
		if n := &v.Papers[i]; paper != "" && !n.Image && n.Names(string(paper)) {
			return n.Limits
		}
	}
	return nil
}

// faultWord says what is wrong with a file: a picture, or a paper with limits
// of its own.
func (p *program) faultWord(code string, l rules.ImageLimits, own []string) string {
	if len(own) > 0 {
		return p.say("须合乎 ", "must keep to ") + strings.Join(own, ", ")
	}
	switch code {
	case "format":
		return p.say("格式须是 ", "the format must be one of ") + strings.Join(l.Formats, " ")
	case "too_small":
		return fmt.Sprintf(p.say("小于 %d KB", "below %d KB"), l.MinBytes/1024)
	case "too_large":
		return fmt.Sprintf(p.say("大于 %d MB", "above %d MB"), l.MaxBytes/1024/1024)
	}
	return p.say("后缀与实际格式不符，须另存", "the ending is not that of its format: save it anew")
}

func (p *program) ageWord(a *rules.PaperMaxAge) string {
	if a.Days > 0 {
		return fmt.Sprintf(p.say("办理不超过 %d 天", "at most %d days old"), a.Days)
	}
	return fmt.Sprintf(p.say("办理不超过 %d 个月", "at most %d months old"), a.Months)
}

func (p *program) stateWord(s rules.ConditionState) string {
	switch s {
	case rules.Met:
		return p.say("符合", "met")
	case rules.Unmet:
		return p.say("不符合", "unmet")
	case rules.Unsure:
		return p.say("暂时无法判断", "unknown")
	}
	return p.say("待办", "to do")
}

// paperWord is the state of a paper: one that is not there is missing rather
// than wrong.
func (p *program) paperWord(n *paperView) string {
	if n.State == rules.Unmet && len(n.Files) == 0 {
		return p.say("缺少", "missing")
	}
	return p.stateWord(n.State)
}

func (p *program) needWord(need string) string {
	switch need {
	case "required":
		return p.say("必须", "required")
	case "one_of":
		return p.say("任选其一", "one of them")
	case "optional":
		return p.say("可选", "optional")
	case "judge":
		return p.say("视情况", "as the case may be")
	}
	return p.say("取决于未填报的事实", "depends on an undeclared fact")
}

func (p *program) layerWord(layer string) string {
	switch layer {
	case "law":
		return p.say("全国", "law")
	case "province":
		return p.say("管局", "province")
	}
	return p.say("接入商", "provider")
}

func (p *program) orderWord(k domaincheck.OrderKind) string {
	switch k {
	case domaincheck.OrderFirst:
		return p.say("首次备案", "first filing")
	case domaincheck.OrderNewSite:
		return p.say("新增网站", "new site")
	case domaincheck.OrderAccess:
		return p.say("接入备案", "access filing")
	case domaincheck.OrderChange:
		return p.say("变更备案", "change")
	}
	return p.say("注销备案", "cancellation")
}

func (p *program) verdictWord(v domaincheck.Verdict) string {
	switch v {
	case domaincheck.VerdictFail:
		return p.say("不符合", "fail")
	case domaincheck.VerdictUnknown:
		return p.say("暂时无法判断", "unknown")
	}
	return p.say("没有发现不符合", "pass")
}

func (p *program) kindWord(k domaincheck.Kind) string {
	switch k {
	case domaincheck.KindUnit:
		return p.say("单位", " unit")
	case domaincheck.KindIndividual:
		return p.say("个人", " individual")
	}
	return ""
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func appendNew(list []string, s string) []string {
	for _, x := range list {
		if x == s {
			return list
		}
	}
	return append(list, s)
}
