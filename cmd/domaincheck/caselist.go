package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/desk"
	"domaincheck/inventory"
	"domaincheck/store"
)

func (p *program) caseImportCommand() *cobra.Command {
	var c caseFlags
	cmd := &cobra.Command{
		Use: "import LIST.xlsx", Short: "Open a case for each row of a regulator's list (导入核查清单)", Args: cobra.ExactArgs(1),
		Long: `Opens a case for each domain of each row. Every sheet with a column of domains or addresses of sites counts; titles, headings in
several rows, merged cells and blank rows are no matter. A row is known again by its list's name, its sheet, domain, kind and due
date: importing a list again, also with rows added, opens no second case. Another list needs another name (or --list NAME).`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.importCases(cmd.Context(), c, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&c.kind, "kind", "", "what the list is about, where its rows do not say: 空壳, 未备案, 核查 …")
	f.StringVar(&c.due, "due", "", "until when, where its rows do not say: `DATE`, or a term such as 10个工作日 or 5wd from today")
	f.StringVar(&c.owner, "owner", "", "who works on them")
	f.StringVar(&c.who, "who", "", "`NAME` in their history (default: the user of this machine)")
	f.StringVar(&c.list, "list", "", "the list's `NAME` (default: the file's)")
	return cmd
}

// listRef names the row of a list for one of its domains, whatever row it
// stands in.
func listRef(list string, r *inventory.ListRow, domain string) string {
	due := r.Due.String()
	if r.Term.Days > 0 {
		due = fmt.Sprintf("%d %v", r.Term.Days, r.Term.Working)
	}
	return strings.Join([]string{"list", list, r.Sheet, domain, r.Kind, due}, " ")
}

func (p *program) readCaseList(file string) ([]byte, []inventory.ListRow, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, domaincheck.Errorf(domaincheck.CodeUnreadable, file, "cannot be read: %w", err)
	}
	rows, err := inventory.ReadList(data, file)
	return data, rows, err
}

func (p *program) importCases(ctx context.Context, c caseFlags, file string) error {
	var due domaincheck.Date
	if c.due != "" {
		var err error
		if due, err = p.dueFlag(c.due); err != nil {
			return err
		}
	}
	_, rows, err := p.readCaseList(file)
	if err != nil {
		return err
	}
	db, err := p.openStore(ctx, false)
	if err != nil {
		return err
	}
	defer db.Close()
	cases, refused, err := p.casesOf(ctx, db, rows, c, cmp.Or(c.list, filepath.Base(file)))
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		return domaincheck.Errorf(domaincheck.CodeBadInput, file, "holds no row that can be taken")
	}
	for i := range cases {
		if cases[i].Due.IsZero() {
			cases[i].Due = due
		}
	}
	before, err := db.Cases(ctx, store.CaseQuery{Limit: 1})
	if err != nil {
		return storeError(err)
	}
	newest := int64(0)
	if len(before.Items) > 0 {
		newest = before.Items[0].ID
	}
	opened, err := db.PutCases(ctx, cases, c.by())
	if err != nil {
		return storeError(err)
	}
	p.tellOpened(opened, newest, refused)
	return nil
}

// casesOf makes a case of each domain of each row; refused counts the rows that
// cannot be taken as a whole.
func (p *program) casesOf(ctx context.Context, db *store.Store, rows []inventory.ListRow, c caseFlags, list string) (cases []store.Case, refused int, err error) {
	world, err := p.openTables()
	if err != nil {
		return nil, 0, err
	}
	defer world.Close()
	for i := range rows {
		r := &rows[i]
		if r.Err != nil {
			refused++
			p.tell(r.Err)
		}
		evidence, err := json.Marshal(map[string]string{"subject": r.Subject, "number": r.Number, "site_name": r.SiteName})
		if err != nil {
			return nil, 0, cannot(err)
		}
		for _, domain := range r.Domains {
			opened := store.Case{
				Ref: listRef(list, r, domain), Domain: domain, Source: store.CaseFromList, Kind: cmp.Or(r.Kind, c.kind, "核查"),
				Owner: c.owner, Due: r.Due, Evidence: evidence, Origin: &store.CaseOrigin{File: list, Sheet: r.Sheet, Row: r.Row},
			}
			if r.Term.Days > 0 {
				opened.Due = p.endOf(world, r.Term)
			}
			if m, err := db.Load(ctx, domain); err == nil {
				opened.Customer = string(m.Site.Customer)
			}
			cases = append(cases, opened)
		}
	}
	return cases, refused, nil
}

// tellOpened says what came of an import: cases up to newest were there before.
func (p *program) tellOpened(opened []store.Case, newest int64, refused int) {
	var fresh []int64
	had, ended, unknown := map[int64]bool{}, 0, 0
	for _, o := range opened {
		switch {
		case o.ID > newest && !slices.Contains(fresh, o.ID):
			fresh = append(fresh, o.ID)
			if o.Site == "" {
				unknown++
			}
		case o.ID <= newest && !had[o.ID]:
			had[o.ID] = true
			if o.State.Ended() {
				ended++
			}
		}
	}
	fmt.Fprintf(p.out, p.say("新建 %d 件工单", "%d new cases"), len(fresh))
	if len(fresh) > 0 {
		fmt.Fprintf(p.out, p.say("，编号 %d–%d，其中 %d 件的域名不在台账里", ", %d to %d, %d of them of domains that are in no ledger"), slices.Min(fresh), slices.Max(fresh), unknown)
	}
	if len(had) > 0 {
		fmt.Fprintf(p.out, p.say("；此前已有 %d 件（%d 件已了结）", "; %d were there before (%d of them ended)"), len(had), ended)
	}
	if refused > 0 {
		fmt.Fprintf(p.out, p.say("；%d 行有问题", "; something is wrong with %d rows"), refused)
		p.status = statusUsage
	}
	fmt.Fprintln(p.out)
}

func (p *program) caseExportCommand() *cobra.Command {
	var c caseFlags
	cmd := &cobra.Command{
		Use: "export LIST.xlsx -o RESULT.xlsx", Short: "Write results into the sheet that the cases came from (反馈核查清单)", Args: cobra.ExactArgs(1),
		Long: `Writes state, owner, note and day into the rows of the list, in four columns behind the others (or those that are there already);
all else stays as it is. A row is found by what it says, so rows may have been added or sorted since the import.`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.exportCases(cmd.Context(), c, args[0]) },
	}
	cmd.Flags().StringVarP(&c.out, "output", "o", "", "`FILE` to write; required")
	cmd.Flags().StringVar(&c.list, "list", "", "the list's `NAME`, where its file was renamed since the import")
	return cmd
}

func (p *program) exportCases(ctx context.Context, c caseFlags, file string) error {
	if c.out == "" {
		return badFlag("output", "", "the file to write")
	}
	data, rows, err := p.readCaseList(file)
	if err != nil {
		return err
	}
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	list := cmp.Or(c.list, filepath.Base(file))
	all, err := everyCase(ctx, db, store.CaseQuery{File: list, Limit: 1000})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return domaincheck.Errorf(domaincheck.CodeBadInput, file, "no case came from a list of this name").WithHint("domaincheck cases import " + file + "; --list NAME where the file was renamed")
	}
	results, placed := p.results(rows, all, list)
	out, err := inventory.WriteResults(data, file, results)
	if err != nil {
		return err
	}
	if err := p.writeOut(c.out, out); err != nil {
		return err
	}
	fmt.Fprintf(p.out, p.say("%d 件工单的结果已写入 %s\n", "results of %d cases written to %s\n"), len(placed), c.out)
	for i := range all {
		if !placed[all[i].ID] {
			fmt.Fprintf(p.err, p.say("工单 %d（%s）在清单里找不到对应的行\n", "case %d (%s) has no row in the list\n"), all[i].ID, domaincheck.Unicode(all[i].Domain))
			p.status = statusUsage
		}
	}
	return nil
}

// results are the cases by row: a row with several domains has them in one
// cell, each with its name. A row that says something else now is known by its
// place and domain, or by the domain alone where it stands once.
func (p *program) results(rows []inventory.ListRow, all []store.Case, list string) (out []inventory.ListResult, placed map[int64]bool) {
	byRef, byPlace, byDomain := map[string]*store.Case{}, map[string]*store.Case{}, map[string][]*store.Case{}
	place := func(sheet string, row int, domain string) string { return fmt.Sprintf("%s %d %s", sheet, row, domain) }
	for i := range all {
		c := &all[i]
		byRef[c.Ref] = c
		if c.Origin != nil {
			byPlace[place(c.Origin.Sheet, c.Origin.Row, c.Domain)] = c
		}
		byDomain[c.Domain] = append(byDomain[c.Domain], c)
	}
	placed = map[int64]bool{}
	for i := range rows {
		r := &rows[i]
		var found []*store.Case
		for _, domain := range r.Domains {
			c := byRef[listRef(list, r, domain)]
			if c == nil {
				c = byPlace[place(r.Sheet, r.Row, domain)]
			}
			if same := byDomain[domain]; c == nil && len(same) == 1 {
				c = same[0]
			}
			if c != nil {
				found = append(found, c)
				placed[c.ID] = true
			}
		}
		if len(found) > 0 {
			out = append(out, resultOf(r, found))
		}
	}
	return out, placed
}

func resultOf(row *inventory.ListRow, found []*store.Case) inventory.ListResult {
	cells := make([][]string, len(inventory.ResultHeadings()))
	for _, c := range found {
		for i, v := range []string{desk.CaseState(string(c.State), "zh"), c.Owner, c.Note, domaincheck.DateOf(c.ChangedAt).String()} {
			if len(row.Domains) > 1 && v != "" {
				v = domaincheck.Unicode(c.Domain) + "：" + v
			}
			if v != "" {
				cells[i] = append(cells[i], v)
			}
		}
	}
	r := inventory.ListResult{Sheet: row.Sheet, Row: row.Row, Values: map[string]string{}}
	for i, h := range inventory.ResultHeadings() {
		r.Values[h] = strings.Join(cells[i], "\n")
	}
	return r
}
