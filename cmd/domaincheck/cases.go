package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/desk"
	"domaincheck/inventory"
	"domaincheck/present"
	"domaincheck/store"
	"domaincheck/web"
)

// caseFlags are the flags of cases and its subcommands.
type caseFlags struct {
	states         []string
	kind, owner    string
	customer, text string
	all            bool
	to, note, said string
	due, who       string
	out, template  string
	list           string
}

func (p *program) casesCommand() *cobra.Command {
	var c caseFlags
	stored := map[string]string{"settings": "found", "formats": "text|json"}
	cmd := &cobra.Command{
		Use:   "cases",
		Short: "The work at an access provider's desk (核查工单)",
		Long: `Cases are opened by "desk --open", by rows of a list that a regulator or provider sends, or over the API. States:
open 待处理 → notified 已通知 → fixing 整改中 → fixed 已整改, de_accessed 已取消接入, deregistered 已注销, false_alarm 误报.

  domaincheck cases import 核查清单.xlsx --kind 空壳 --due 10个工作日      one case a row and domain; again: no second one
  domaincheck cases --state open --owner 王
  domaincheck cases show 17
  domaincheck cases set 17 --to notified --said 已电话通知
  domaincheck cases letter -o letters/                                  one letter a customer, for the open cases
  domaincheck cases export 核查清单.xlsx -o 反馈.xlsx                     results into the same sheet, the same rows`,
		Args:        cobra.NoArgs,
		Annotations: stored,
		RunE:        func(cmd *cobra.Command, _ []string) error { return p.listCases(cmd.Context(), c) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&c.states, "state", nil, "only cases in this `STATE` (repeatable)")
	f.StringVar(&c.kind, "kind", "", "only cases of this `KIND`")
	f.StringVar(&c.owner, "owner", "", "only cases of this `NAME`")
	f.StringVar(&c.customer, "customer", "", "only cases of this `CUSTOMER`")
	f.StringVar(&c.text, "text", "", "only cases that hold these `WORDS`")
	f.BoolVar(&c.all, "all", false, "also those that are ended")
	cmd.AddCommand(p.caseShowCommand(), p.caseSetCommand(), p.caseImportCommand(), p.caseExportCommand(), p.caseLetterCommand())
	for _, sub := range cmd.Commands() {
		sub.Annotations = stored
	}
	return cmd
}

// stateList puts states one after the other.
func stateList(states []store.CaseState) string {
	var b strings.Builder
	for i, s := range states {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(s))
	}
	return b.String()
}

// who names whoever works at this machine, for the history of a case.
func (c caseFlags) by() string { return cmp.Or(c.who, os.Getenv("USER"), "domaincheck") }

// caseState reads a state by its code or its word, as a flag gives it.
func caseState(flag, text string) (store.CaseState, error) {
	for _, s := range store.CaseStates() {
		if text == string(s) || text == desk.CaseState(string(s), "zh") || text == desk.CaseState(string(s), "en") {
			return s, nil
		}
	}
	return "", badFlag(flag, text, "one of "+stateList(store.CaseStates()))
}

func (c caseFlags) query() (store.CaseQuery, error) {
	ask := store.CaseQuery{Kind: c.kind, Owner: c.owner, Customer: c.customer, Text: c.text, Open: !c.all && len(c.states) == 0, Limit: 1000}
	for _, text := range c.states {
		s, err := caseState("state", text)
		if err != nil {
			return ask, err
		}
		ask.States = append(ask.States, s)
	}
	return ask, nil
}

// everyCase reads all pages of a query, oldest first.
func everyCase(ctx context.Context, db *store.Store, ask store.CaseQuery) ([]store.Case, error) {
	var all []store.Case
	for {
		page, err := db.Cases(ctx, ask)
		if err != nil {
			return nil, storeError(err)
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			slices.SortFunc(all, func(a, b store.Case) int { return cmp.Compare(a.ID, b.ID) })
			return all, nil
		}
		ask.After = page.Next
	}
}

func (p *program) listCases(ctx context.Context, c caseFlags) error {
	ask, err := c.query()
	if err != nil {
		return err
	}
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := everyCase(ctx, db, ask)
	if err != nil {
		return err
	}
	if p.global.format == "json" {
		out := []web.CaseItem{}
		for _, c := range all {
			out = append(out, web.CaseOf(c))
		}
		return p.printJSON(out)
	}
	if len(all) == 0 {
		fmt.Fprintln(p.out, p.say("没有工单", "no cases"))
	}
	for _, c := range all {
		fmt.Fprintln(p.out, present.Clean(p.caseLine(c)))
	}
	return nil
}

func (p *program) caseLine(c store.Case) string {
	parts := []string{fmt.Sprintf("#%d", c.ID), domaincheck.Unicode(c.Domain), kindName(c.Kind, p.global.lang), desk.CaseState(string(c.State), p.global.lang)}
	add := func(zh, en, text string) {
		if text != "" {
			parts = append(parts, p.say(zh, en)+text)
		}
	}
	add("客户 ", "customer ", c.Customer)
	add("处理人 ", "owner ", c.Owner)
	add("期限 ", "due ", c.Due.String())
	add("", "", c.Note)
	return strings.Join(parts, "  ")
}

// kindName is a kind in words, where it is one of the desk's.
func kindName(kind, lang string) string { return desk.Kind(kind).Name(lang) }

func (p *program) caseSetCommand() *cobra.Command {
	var c caseFlags
	cmd := &cobra.Command{
		Use: "set ID", Short: "Change a case: state, owner, due date, note (变更工单)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(strings.TrimPrefix(args[0], "#"), 10, 64)
			if err != nil {
				return domaincheck.Errorf(domaincheck.CodeBadInput, args[0], "is no number of a case")
			}
			change := store.CaseChange{Who: c.by(), Said: c.said}
			if c.to != "" {
				if change.To, err = caseState("to", c.to); err != nil {
					return err
				}
			}
			for flag, field := range map[string]**string{"owner": &change.Owner, "note": &change.Note} {
				if cmd.Flags().Changed(flag) {
					text := map[string]string{"owner": c.owner, "note": c.note}[flag]
					*field = &text
				}
			}
			if c.due != "" {
				due, err := p.dueFlag(c.due)
				if err != nil {
					return err
				}
				change.Due = &due
			}
			return p.setCase(cmd.Context(), id, change)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.to, "to", "", "its new `STATE`")
	f.StringVar(&c.owner, "owner", "", "who works on it")
	f.StringVar(&c.note, "note", "", "what stands beside it")
	f.StringVar(&c.due, "due", "", "until when: `DATE`, or a term such as 10个工作日 or 5wd from today")
	f.StringVar(&c.said, "said", "", "what to write into its history")
	f.StringVar(&c.who, "who", "", "`NAME` in its history (default: the user of this machine)")
	return cmd
}

func (p *program) setCase(ctx context.Context, id int64, change store.CaseChange) error {
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	was, err := db.Case(ctx, store.Scope{}, id)
	if err != nil {
		return storeError(err)
	}
	now, err := db.AdvanceCase(ctx, id, was.Rev, change)
	if err != nil {
		return storeError(err)
	}
	fmt.Fprintln(p.out, present.Clean(p.caseLine(now)))
	return nil
}

func (p *program) caseShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "One case with its history and evidence (查看工单)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(strings.TrimPrefix(args[0], "#"), 10, 64)
			if err != nil {
				return domaincheck.Errorf(domaincheck.CodeBadInput, args[0], "is no number of a case")
			}
			return p.showCase(cmd.Context(), id)
		},
	}
}

func (p *program) showCase(ctx context.Context, id int64) error {
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	c, err := db.Case(ctx, store.Scope{}, id)
	if err != nil {
		return storeError(err)
	}
	if p.global.format == "json" {
		return p.printJSON(web.CaseOf(c))
	}
	fmt.Fprintln(p.out, present.Clean(p.caseLine(c)))
	if o := c.Origin; o != nil {
		fmt.Fprintln(p.out, present.Clean(fmt.Sprintf(p.say("  来自 %s %s 第 %d 行", "  from %s %s row %d"), o.File, o.Sheet, o.Row)))
	}
	for _, s := range c.Steps {
		line := fmt.Sprintf("  %s  %s  %s", domaincheck.At(s.At), s.Who, desk.CaseState(string(s.To), p.global.lang))
		if s.Note != "" {
			line += "  " + s.Note
		}
		fmt.Fprintln(p.out, present.Clean(line))
	}
	if len(c.Evidence) > 0 {
		fmt.Fprintln(p.out, present.Clean(p.say("  证据 ", "  evidence ")+string(c.Evidence)))
	}
	return nil
}

// dueFlag reads a day, or a term from today on; working days are those of the
// calendar in force.
func (p *program) dueFlag(text string) (domaincheck.Date, error) {
	if day, err := domaincheck.ParseDate(text); err == nil {
		return day, nil
	}
	term, ok := inventory.ParseTerm(text)
	if !ok {
		return domaincheck.Date{}, badFlag("due", text, "a date, YYYY-MM-DD, or a term such as 10个工作日 or 5wd")
	}
	world, err := p.openTables()
	if err != nil {
		return domaincheck.Date{}, err
	}
	defer world.Close()
	return p.endOf(world, term), nil
}

// endOf is the last day of a term that begins today.
func (p *program) endOf(world *check.World, term inventory.Term) domaincheck.Date {
	today := domaincheck.DateOf(time.Now())
	if !term.Working {
		return today.AddDays(term.Days)
	}
	end, approximate := world.Risks.Calendar().AddWorkingDays(today, term.Days)
	if approximate {
		fmt.Fprintf(p.err, p.say("工作日历未覆盖到 %s，按周末推算\n", "the calendar of working days does not reach %s; weekends alone are counted\n"), end)
	}
	return end
}
