package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/desk"
	"domaincheck/inventory"
	"domaincheck/present"
	"domaincheck/store"
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
}

func (p *program) casesCommand() *cobra.Command {
	var c caseFlags
	stored := map[string]string{"settings": "found", "formats": "text|json"}
	cmd := &cobra.Command{
		Use:   "cases",
		Short: "The work at an access provider's desk (核查工单)",
		Long: `Cases are opened by "desk --open", by rows of a list that a regulator or provider sends, or over the API. States:
open 待处理 → notified 已通知 → fixing 整改中 → fixed 已整改, de_accessed 已取消接入, deregistered 已注销, false_alarm 误报.

  domaincheck cases import 核查清单.xlsx --kind 空壳 --due 2026-12-01     one case a row and domain; again: no second one
  domaincheck cases --state open --owner 王
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
	cmd.AddCommand(p.caseSetCommand(), p.caseImportCommand(), p.caseExportCommand(), p.caseLetterCommand())
	for _, sub := range cmd.Commands() {
		sub.Annotations = stored
	}
	return cmd
}

// who names whoever works at this machine, for the history of a case.
func (c caseFlags) by() string { return cmp.Or(c.who, os.Getenv("USER"), "domaincheck") }

// state reads a state by its code or its word.
func caseState(text string) (store.CaseState, error) {
	for _, s := range store.CaseStates() {
		if text == string(s) || text == desk.CaseState(string(s), "zh") || text == desk.CaseState(string(s), "en") {
			return s, nil
		}
	}
	return "", badFlag("state", text, fmt.Sprintf("one of %v", store.CaseStates()))
}

func (c caseFlags) query() (store.CaseQuery, error) {
	ask := store.CaseQuery{Kind: c.kind, Owner: c.owner, Customer: c.customer, Text: c.text, Open: !c.all && len(c.states) == 0, Limit: 1000}
	for _, text := range c.states {
		s, err := caseState(text)
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

// caseJSON is a case as the API gives it.
type caseJSON struct {
	ID       int64             `json:"id"`
	Domain   string            `json:"domain"`
	Source   string            `json:"source"`
	Kind     string            `json:"kind"`
	State    string            `json:"state"`
	Owner    domaincheck.Text  `json:"owner"`
	Customer domaincheck.Text  `json:"customer"`
	Due      domaincheck.Date  `json:"due"`
	Note     domaincheck.Text  `json:"note"`
	Origin   *store.CaseOrigin `json:"origin"`

	CreatedAt domaincheck.Instant `json:"created_at"`
	ChangedAt domaincheck.Instant `json:"changed_at"`
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
		out := []caseJSON{}
		for _, c := range all {
			out = append(out, caseJSON{
				ID: c.ID, Domain: c.Domain, Source: c.Source, Kind: c.Kind, State: string(c.State), Owner: domaincheck.Text(c.Owner), Customer: domaincheck.Text(c.Customer),
				Due: c.Due, Note: domaincheck.Text(c.Note), Origin: c.Origin, CreatedAt: domaincheck.At(c.CreatedAt), ChangedAt: domaincheck.At(c.ChangedAt),
			})
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
				if change.To, err = caseState(c.to); err != nil {
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
				due, err := domaincheck.ParseDate(c.due)
				if err != nil {
					return badFlag("due", c.due, "a date, YYYY-MM-DD")
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
	f.StringVar(&c.due, "due", "", "until when, `DATE`")
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

func (p *program) caseImportCommand() *cobra.Command {
	var c caseFlags
	cmd := &cobra.Command{
		Use: "import LIST.xlsx", Short: "Open a case for each row of a regulator's list (导入核查清单)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return p.importCases(cmd.Context(), c, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&c.kind, "kind", "", "what the list is about, where its rows do not say: 空壳, 未备案, 核查 …")
	f.StringVar(&c.due, "due", "", "until when, where its rows do not say: `DATE`")
	f.StringVar(&c.owner, "owner", "", "who works on them")
	f.StringVar(&c.who, "who", "", "`NAME` in their history (default: the user of this machine)")
	return cmd
}

func (p *program) importCases(ctx context.Context, c caseFlags, file string) error {
	var due domaincheck.Date
	if c.due != "" {
		var err error
		if due, err = domaincheck.ParseDate(c.due); err != nil {
			return badFlag("due", c.due, "a date, YYYY-MM-DD")
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, file, "cannot be read: %w", err)
	}
	rows, err := inventory.ReadList(data, file)
	if err != nil {
		return err
	}
	db, err := p.openStore(ctx, false)
	if err != nil {
		return err
	}
	defer db.Close()
	name := filepath.Base(file)
	var cases []store.Case
	refused := 0
	for _, r := range rows {
		if r.Err != nil {
			refused++
			p.tell(r.Err)
			continue
		}
		evidence, err := json.Marshal(map[string]string{"subject": r.Subject, "number": r.Number, "site_name": r.SiteName})
		if err != nil {
			return cannot(err)
		}
		for _, domain := range r.Domains {
			opened := store.Case{
				Ref: fmt.Sprintf("list %s %s %d %s", name, r.Sheet, r.Row, domain), Domain: domain, Source: store.CaseFromList, Kind: cmp.Or(r.Kind, c.kind, "核查"),
				Owner: c.owner, Due: r.Due, Evidence: evidence, Origin: &store.CaseOrigin{File: name, Sheet: r.Sheet, Row: r.Row},
			}
			if opened.Due.IsZero() {
				opened.Due = due
			}
			if m, err := db.Load(ctx, domain); err == nil {
				opened.Customer = string(m.Site.Customer)
			}
			cases = append(cases, opened)
		}
	}
	if len(cases) == 0 {
		return domaincheck.Errorf(domaincheck.CodeBadInput, file, "holds no row that can be taken")
	}
	opened, err := db.PutCases(ctx, cases, c.by())
	if err != nil {
		return storeError(err)
	}
	unknown := 0
	for _, o := range opened {
		if o.Site == "" {
			unknown++
		}
	}
	fmt.Fprintf(p.out, p.say("%d 件工单，编号 %d–%d；其中 %d 件的域名不在台账里；%d 行无法读取\n", "%d cases, %d to %d; %d of them are of domains that are in no ledger; %d rows could not be read\n"),
		len(opened), opened[0].ID, opened[len(opened)-1].ID, unknown, refused)
	if refused > 0 {
		p.status = statusUsage
	}
	return nil
}

func (p *program) caseExportCommand() *cobra.Command {
	var c caseFlags
	cmd := &cobra.Command{
		Use: "export LIST.xlsx -o RESULT.xlsx", Short: "Write results into the sheet that the cases came from (反馈核查清单)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return p.exportCases(cmd.Context(), c, args[0]) },
	}
	cmd.Flags().StringVarP(&c.out, "output", "o", "", "`FILE` to write; required")
	return cmd
}

func (p *program) exportCases(ctx context.Context, c caseFlags, file string) error {
	if c.out == "" {
		return badFlag("output", "", "the file to write")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, file, "cannot be read: %w", err)
	}
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := everyCase(ctx, db, store.CaseQuery{File: filepath.Base(file), Limit: 1000})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return domaincheck.Errorf(domaincheck.CodeBadInput, file, "no case came from a list of this name").WithHint("domaincheck cases import " + file)
	}
	out, err := inventory.WriteResults(data, file, p.results(all))
	if err != nil {
		return err
	}
	if err := p.writeOut(c.out, out); err != nil {
		return err
	}
	fmt.Fprintf(p.out, p.say("%d 件工单的结果已写入 %s\n", "results of %d cases written to %s\n"), len(all), c.out)
	return nil
}

// results are the cases by row: a row with several domains has them in one
// cell, each with its name.
func (p *program) results(all []store.Case) []inventory.ListResult {
	byRow := map[store.CaseOrigin][]store.Case{}
	var order []store.CaseOrigin
	for _, c := range all {
		if c.Origin == nil {
			continue
		}
		if byRow[*c.Origin] == nil {
			order = append(order, *c.Origin)
		}
		byRow[*c.Origin] = append(byRow[*c.Origin], c)
	}
	var out []inventory.ListResult
	for _, o := range order {
		cells := make([][]string, 4)
		for _, c := range byRow[o] {
			values := []string{desk.CaseState(string(c.State), "zh"), c.Owner, c.Note, domaincheck.DateOf(c.ChangedAt).String()}
			for i, v := range values {
				if len(byRow[o]) > 1 && v != "" {
					v = domaincheck.Unicode(c.Domain) + "：" + v
				}
				if v != "" {
					cells[i] = append(cells[i], v)
				}
			}
		}
		r := inventory.ListResult{Sheet: o.Sheet, Row: o.Row, Values: map[string]string{}}
		for i, h := range inventory.ResultHeadings() {
			r.Values[h] = strings.Join(cells[i], "\n")
		}
		out = append(out, r)
	}
	return out
}
