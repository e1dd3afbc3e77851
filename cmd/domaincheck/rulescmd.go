package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/present"
	"domaincheck/rules"
)

func (p *program) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "The rule book with its citations (规则)",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return p.rulesList() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: "Every rule, a line each", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return p.rulesList() },
		},
		&cobra.Command{
			Use: "show RULE", Short: "One rule: what passes, what it costs, what to do, by which text", Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return p.rulesShow(args[0]) },
		},
		&cobra.Command{
			Use: "province PROVINCE", Short: "What one provincial administration demands (管局规则)", Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return p.rulesProvince(args[0]) },
		},
	)
	return cmd
}

// ruleView is a rule as JSON: what scripts may rely on.
type ruleView struct {
	ID          string                                  `json:"id"`
	Title       rules.Words                             `json:"title"`
	Passes      rules.Words                             `json:"passes"`
	Consequence rules.Words                             `json:"consequence"`
	Fix         rules.Words                             `json:"fix"`
	Severity    domaincheck.Severity                    `json:"severity"`
	States      domaincheck.List[domaincheck.SiteState] `json:"states"` // [] is every state
	OnOrder     bool                                    `json:"on_order"`
	Verdict     bool                                    `json:"verdict"` // a failure moves the verdict
	Digest      bool                                    `json:"digest"`
	Part        string                                  `json:"part"`
	Layer       string                                  `json:"layer"`
	Confirm     confirmView                             `json:"confirm"`
	Basis       []rules.Citation                        `json:"basis"`
	Codes       []string                                `json:"codes"`
}

type confirmView struct {
	Looks       int    `json:"looks"`
	Apart       string `json:"apart"`
	NotifyApart string `json:"notify_apart"`
}

func (p *program) viewRule(r *rules.Rule) ruleView {
	v := ruleView{
		ID: r.ID, Title: r.Title, Passes: r.Passes, Consequence: r.Consequence, Fix: r.Fix,
		Severity: r.Severity, States: r.States, OnOrder: r.OnOrder, Verdict: r.Verdict, Digest: r.Digest,
		Part: r.Part, Layer: r.Layer, Codes: slices.Sorted(maps.Keys(r.Codes)),
		Confirm: confirmView{r.Confirm.Looks, r.Confirm.Apart.String(), r.Confirm.NotifyApart.String()},
		Basis:   []rules.Citation{},
	}
	for _, c := range r.Basis {
		v.Basis = append(v.Basis, c.Citation(p.global.lang))
	}
	return v
}

func (p *program) rulesList() error {
	world, err := p.openTables()
	if err != nil {
		return err
	}
	list := world.Book.Rules()
	if p.global.format == "json" {
		views := make([]ruleView, len(list))
		for i := range list {
			views[i] = p.viewRule(&list[i])
		}
		return p.printJSON(views)
	}
	rows := make([][]string, len(list))
	for i := range list {
		r := &list[i]
		rows[i] = []string{r.ID, p.severityWord(r.Severity), r.Title.In(p.global.lang), p.stateWords(r)}
	}
	return p.columns(rows)
}

// columns writes rows below each other, by the width they have on a terminal.
func (p *program) columns(rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], present.Columns(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-present.Columns(cell)+2))
			}
		}
		if _, err := fmt.Fprintln(p.out, b.String()); err != nil {
			return cannot(err)
		}
	}
	return nil
}

func (p *program) stateWords(r *rules.Rule) string {
	if everyState := 5; len(r.States) == 0 || len(r.States) == everyState {
		return p.say("始终", "always")
	}
	words := make([]string, len(r.States))
	for i, s := range r.States {
		words[i] = present.State(s, p.global.lang)
	}
	if r.OnOrder {
		words = append(words, p.say("或有备案订单", "or an order"))
	}
	return strings.Join(words, p.say("、", ", "))
}

func (p *program) severityWord(s domaincheck.Severity) string {
	return present.Level(s, p.global.lang)
}

func (p *program) rulesShow(id string) error {
	world, err := p.openTables()
	if err != nil {
		return err
	}
	r, ok := world.Book.Rule(id)
	if !ok {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "", "there is no rule %q", id).WithHint("see: domaincheck rules list")
	}
	if p.global.format == "json" {
		return p.printJSON(p.viewRule(r))
	}
	lang := p.global.lang
	fmt.Fprintf(p.out, "%s  %s  %s\n", r.ID, r.Title.In(lang), p.severityWord(r.Severity))
	line := func(zh, en, text string) {
		if text != "" {
			fmt.Fprintf(p.out, "  %s%s\n", p.say(zh+"：", en+": "), text)
		}
	}
	line("适用", "applies", p.stateWords(r))
	line("通过条件", "passes", r.Passes.In(lang))
	line("后果", "may cost", r.Consequence.In(lang))
	line("处理", "to do", r.Fix.In(lang))
	line("确认", "sure after", p.confirmWords(r))
	for _, c := range r.Basis {
		cite := c.Citation(lang)
		line("依据", "basis", cite.Text+p.say("　——", " — ")+cite.Source)
	}
	fmt.Fprintln(p.out, "  "+p.say("结论代码：", "codes:"))
	for _, code := range slices.Sorted(maps.Keys(r.Codes)) {
		w := r.Codes[code]
		text := w.ZH
		if lang == "en" {
			text = w.EN
		}
		fmt.Fprintf(p.out, "    %-22s %s\n", code, text)
	}
	p.explainSources()
	return nil
}

// explainSources tells how citations are read.
func (p *program) explainSources() {
	fmt.Fprintln(p.out, p.say("\n出处：001:2058 指编号 001 的文本第 2058 行；各文本是什么，见 docs/rules.md（原文不随程序分发）",
		"\nsources: 001:2058 is line 2058 of text 001; docs/rules.md tells what the texts are (they do not come with the program)"))
}

func (p *program) rulesProvince(name string) error {
	world, err := p.openTables()
	if err != nil {
		return err
	}
	province, ok := world.Book.Province(name)
	if !ok {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "", "there is no book for %q", name).
			WithHint("a mainland province, such as 上海")
	}
	if p.global.format == "json" {
		return p.printJSON(province)
	}
	seed, _, _ := strings.Cut(province.Lines, ":")
	fmt.Fprintf(p.out, "%s  %s %s\n", province.Name, rules.SeedName(seed), province.Section)
	for _, part := range []struct {
		title string
		book  *rules.ProvinceBook
	}{{p.say("单位", "units"), &province.Unit}, {p.say("个人", "individuals"), &province.Individual}} {
		fmt.Fprintf(p.out, "\n%s\n", part.title)
		p.clauses(part.book.Demands())
		if doubts := part.book.Doubts(); len(doubts) > 0 {
			fmt.Fprintf(p.out, "  %s\n", p.say("原文不清楚的地方：", "where the source is unclear:"))
			p.clauses(doubts)
		}
	}
	p.explainSources()
	return nil
}

// clauses writes demands below each other, with where each stands.
func (p *program) clauses(list []rules.Clause) {
	for _, clause := range list {
		cite := clause.Citation(p.global.lang)
		fmt.Fprintf(p.out, "  · %s%s\n", cite.Text, p.say("　——", " — ")+cite.Source)
	}
}

func (p *program) confirmWords(r *rules.Rule) string {
	c := r.Confirm
	if c.Looks <= 1 {
		return p.say("一次即可", "one look")
	}
	return fmt.Sprintf(p.say("%d 次，相隔 %s发首次通知、%s起算期限", "%d looks, %s apart for the first notice, %s apart for the clock"), c.Looks, p.span(c.NotifyApart), p.span(c.Apart))
}

// span is a length of time as people say it.
func (p *program) span(d time.Duration) string {
	switch {
	case d >= 24*time.Hour && d%(24*time.Hour) == 0:
		return fmt.Sprintf(p.say("%d 天", "%d d"), d/(24*time.Hour))
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf(p.say("%d 小时", "%d h"), d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf(p.say("%d 分钟", "%d min"), d/time.Minute)
	}
	return d.String()
}
