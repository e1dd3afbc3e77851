package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"domaincheck"
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
	)
	return cmd
}

func (p *program) rulesList() error {
	world, err := p.openTables()
	if err != nil {
		return err
	}
	list := world.Book.Rules()
	if p.global.format == "json" {
		return p.printJSON(list)
	}
	w := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', 0)
	for _, r := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, p.severityWord(r.Severity), strings.Join(stateWords(r), " "), r.Title.In(p.global.lang))
	}
	return w.Flush()
}

func stateWords(r rules.Rule) []string {
	if len(r.States) == 0 {
		return []string{"*"}
	}
	words := make([]string, len(r.States))
	for i, s := range r.States {
		words[i] = string(s)
	}
	return words
}

func (p *program) severityWord(s domaincheck.Severity) string {
	switch s {
	case domaincheck.Critical:
		return p.say("紧急", "critical")
	case domaincheck.High:
		return p.say("高", "high")
	case domaincheck.Medium:
		return p.say("中", "medium")
	case domaincheck.Low:
		return p.say("低", "low")
	}
	return p.say("提示", "info")
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
		return p.printJSON(r)
	}
	fmt.Fprintf(p.out, "%s  %s  [%s]\n", r.ID, r.Title.In(p.global.lang), p.severityWord(r.Severity))
	return nil
}
