package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/inventory"
	"domaincheck/present"
	"domaincheck/store"
)

// importFlags are the flags of import.
type importFlags struct {
	columns     []string
	inputFormat string
	template    string
	dryRun      bool
	skipRefused bool
	merge       bool
	force       bool
}

func (p *program) importCommand() *cobra.Command {
	var c importFlags
	cmd := &cobra.Command{
		Use:   "import FILE | import --template FILE.xlsx",
		Short: "Take a ledger over into the inventory (导入台账)",
		Long: `Reads a ledger (yaml, csv, xlsx, txt; - is stdin) and takes its sites, subjects and servers over: new
ones are added, known ones replaced, what the file does not name stays. Sites are known again by their
domains. The daemon may run meanwhile; it looks at what is new or changed at once.

Every row that is refused is named with its place and cause, and keeps all others from being written,
unless --skip-refused is given: nothing is ever half imported. Importing a file twice changes nothing.

读取台账并写入清单：新增的加入，已有的整条更新，文件未提到的保持不变。有被拒绝的行时一行也不写入（除非
--skip-refused），并逐行说明位置与原因。`,
		Args:        cobra.MaximumNArgs(1),
		Annotations: map[string]string{"settings": "found", "formats": "text|json"},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case c.template != "" && len(args) == 0:
				return p.writeTemplate(c.template, c.force)
			case c.template != "" || len(args) == 0:
				return domaincheck.Errorf(domaincheck.CodeBadInput, "", "import takes one FILE, or --template FILE.xlsx").
					WithHint("- is stdin; with it name its --input-format")
			}
			return p.importLedger(cmd.Context(), &c, args[0])
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&c.columns, "map", nil, "csv/xlsx column `COLUMN=FIELD` (repeatable)")
	f.StringVar(&c.inputFormat, "input-format", "", "yaml|csv|xlsx|txt (default: told from the name, else from the content)")
	f.StringVar(&c.template, "template", "", "write a sheet to fill in to `FILE.xlsx`, and do nothing else")
	f.BoolVar(&c.force, "force", false, "with --template: overwrite a file that is there")
	f.BoolVar(&c.dryRun, "dry-run", false, "tell what would change, write nothing")
	f.BoolVar(&c.skipRefused, "skip-refused", false, "write the good rows although others are refused")
	f.BoolVar(&c.merge, "merge", false, "keep the facts of known sites that the file does not name")
	return cmd
}

// writeTemplate writes the sheet to fill in.
func (p *program) writeTemplate(path string, force bool) error {
	if err := mayWrite(path, force); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := inventory.Template(&b); err != nil {
		return cannot(err)
	}
	if err := p.writeOut(path, b.Bytes()); err != nil {
		return err
	}
	if path == "-" {
		return nil
	}
	if p.global.format == "json" {
		return p.printJSON(map[string]any{"file": path, "bytes": b.Len()})
	}
	fmt.Fprintf(p.out, p.say("%s：填写「网站」「主体」「服务器」三张表，再运行 domaincheck import %s\n", "%s: fill in the three sheets, then run: domaincheck import %s\n"), path, path)
	return nil
}

// imported is what an import did, as it is printed in JSON.
type imported struct {
	File      string       `json:"file"`
	DryRun    bool         `json:"dry_run"`
	Written   bool         `json:"written"`
	Rows      int          `json:"rows"`
	Added     []string     `json:"added"`
	Changed   []string     `json:"changed"`
	Unchanged []string     `json:"unchanged"`
	Affected  []string     `json:"affected"` // unchanged themselves, but their subject or server changed
	Subjects  int          `json:"subjects"` // written
	Servers   int          `json:"servers"`  // written
	Refused   []refusedRow `json:"refused"`
	Ignored   []string     `json:"ignored_columns"`
}

// refusedRow is a row that is not taken over.
type refusedRow struct {
	Place string             `json:"place"`
	Input string             `json:"input"`
	Error *domaincheck.Error `json:"error"`
}

func (p *program) importLedger(ctx context.Context, c *importFlags, path string) error {
	columns, err := inventory.ParseMap(c.columns)
	if err != nil {
		return err
	}
	switch c.inputFormat {
	case "", "yaml", "csv", "xlsx", "txt":
	default:
		return badFlag("input-format", c.inputFormat, "yaml, csv, xlsx or txt")
	}
	step := p.steps()
	defer step.end()
	step.now(p.say("读取", "reading"))
	doc, err := p.readLedger(path, inventory.Options{Format: c.inputFormat, Columns: columns})
	if err != nil {
		return err
	}
	if path == "-" {
		path = "stdin"
	}
	if c.dryRun {
		// What would happen is told without making a store that is not there.
		if to := p.global.settings.Store.Path(); to != "" {
			if _, err := os.Stat(p.global.settings.StoreURL()[len("sqlite:"):]); errors.Is(err, fs.ErrNotExist) {
				return p.importInto(ctx, nil, doc, c, path, step)
			}
		}
	}
	db, err := p.openStore(ctx, false)
	if err != nil {
		return err
	}
	defer db.Close()
	return p.importInto(ctx, db, doc, c, path, step)
}

// importInto hands the good rows to the store. A refused row of the file makes
// it a dry run, so that what the store would refuse is told at once too.
func (p *program) importInto(ctx context.Context, db *store.Store, doc inventory.Document, c *importFlags, path string, step *steps) error {
	done := imported{File: path, DryRun: c.dryRun, Rows: len(doc.Rows), Ignored: doc.Ignored}
	for _, r := range doc.Refused() {
		done.Refused = append(done.Refused, refusedRow{Place: r.Place, Input: r.Input, Error: r.Err})
	}
	step.now(p.say("写入", "writing"))
	if db == nil {
		scratch, remove, err := scratchStore(ctx)
		if err != nil {
			return err
		}
		defer remove()
		db = scratch
	}
	sites, rows := joinedSites(doc)
	ledger := store.Ledger{Subjects: doc.Subjects, Servers: doc.Servers, Sites: sites}
	if c.merge {
		known, err := db.Export(ctx)
		if err != nil {
			return storeError(err)
		}
		ledger = mergeLedger(ledger, known)
	}
	changes, err := db.Import(ctx, ledger, store.ImportOptions{
		DryRun: c.dryRun || len(done.Refused) > 0 && !c.skipRefused, SkipRefused: c.skipRefused,
	})
	if ctx.Err() != nil && err != nil {
		return cannot(domaincheck.Errorf(domaincheck.CodeCancelled, path, "stopped by a signal; nothing was written"))
	}
	if err != nil {
		return storeError(fmt.Errorf("%s: %w", path, err))
	}
	done.Refused = append(done.Refused, refusedByStore(doc, rows, changes.Refused)...)
	done.Written, done.Added, done.Changed, done.Unchanged = changes.Written, changes.Added, changes.Changed, changes.Unchanged
	done.Affected, done.Subjects, done.Servers = changes.Affected, changes.Subjects, changes.Servers
	step.end()
	return p.toldImport(done, c)
}

// scratchStore is a store that is thrown away: a dry run before there is one.
func scratchStore(ctx context.Context) (*store.Store, func(), error) {
	dir, err := os.MkdirTemp("", "domaincheck-dry-run-")
	if err != nil {
		return nil, nil, cannot(err)
	}
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + dir + "/store.db"})
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, nil, storeError(err)
	}
	return db, func() { _, _ = db.Close(), os.RemoveAll(dir) }, nil
}

// refusedByStore gives the store's refusals the places of their rows: sites
// are the rows of the sites that it was given.
func refusedByStore(doc inventory.Document, sites []inventory.Row, refusals []store.Refusal) []refusedRow {
	if len(refusals) == 0 {
		return nil
	}
	shared := map[string]inventory.Row{}
	for _, r := range doc.Rows {
		if r.Err == nil && r.Kind != inventory.RowSite {
			shared[r.Input] = r
		}
	}
	var rows []refusedRow
	for _, refusal := range refusals {
		row := inventory.Row{Input: refusal.Site}
		if refusal.Index >= 0 && refusal.Index < len(sites) {
			row = sites[refusal.Index]
		} else if known, ok := shared[refusal.Site]; ok {
			row = known
		}
		e := *refusal.Err
		if row.Place != "" {
			e.Place = domaincheck.Text(row.Place)
			e.Message = refusal.Site + ": " + e.Message
		}
		rows = append(rows, refusedRow{Place: row.Place, Input: row.Input, Error: &e})
	}
	return rows
}

// toldImport prints what an import did.
func (p *program) toldImport(done imported, c *importFlags) error {
	good := done.Rows - len(done.Refused)
	refused := len(done.Refused) > 0 && (!c.skipRefused || good <= 0)
	if refused {
		p.status = statusUsage
	}
	if p.global.format == "json" {
		for _, list := range []*[]string{&done.Added, &done.Changed, &done.Unchanged, &done.Affected, &done.Ignored} {
			*list = orEmpty(*list)
		}
		done.Refused = orEmpty(done.Refused)
		return p.printJSON(done)
	}
	for _, r := range done.Refused {
		p.tell(&domaincheck.Error{
			Code: r.Error.Code, Message: present.Clean(r.Error.Message), Place: domaincheck.Text(present.Clean(string(r.Error.Place))),
			Hint: present.Clean(r.Error.Hint),
		})
	}
	what := p.say("已导入", "imported")
	switch {
	case refused:
		what = p.say("未写入任何内容", "nothing was written")
	case c.dryRun:
		what = p.say("试运行，未写入", "dry run, nothing was written")
	}
	fmt.Fprintf(p.out, p.say("%s：%s（%d 行）\n", "%s: %s (%d rows)\n"), done.File, what, done.Rows)
	counts := p.say("  新增 %d  变更 %d  未变 %d  受影响 %d  主体 %d  服务器 %d  拒绝 %d\n", "  added %d  changed %d  unchanged %d  affected %d  subjects %d  servers %d  refused %d\n")
	if !done.Written {
		counts = p.say("  将新增 %d  变更 %d  未变 %d  受影响 %d  主体 %d  服务器 %d  拒绝 %d\n", "  would add %d  change %d  leave %d  affect %d  write subjects %d  servers %d  refuse %d\n")
	}
	fmt.Fprintf(p.out, counts,
		len(done.Added), len(done.Changed), len(done.Unchanged), len(done.Affected), done.Subjects, done.Servers, len(done.Refused))
	if c.dryRun || p.global.verbose {
		p.listed("+", done.Added)
		p.listed("~", done.Changed)
	}
	if refused && !c.skipRefused {
		p.note(p.say("  改正上述 %d 行后再导入，或用 --skip-refused 只写入其余的行", "  mend these %d rows and import again, or write the others alone with --skip-refused"), len(done.Refused))
	}
	return nil
}

// listed prints names, a few at least and all if asked for.
func (p *program) listed(mark string, names []string) {
	const few = 20
	for i, name := range names {
		if i == few && !p.global.verbose {
			fmt.Fprintf(p.out, p.say("  %s … 另有 %d 个（-v 全部列出）\n", "  %s … and %d more (-v lists all)\n"), mark, len(names)-few)
			return
		}
		fmt.Fprintf(p.out, "  %s %s\n", mark, name)
	}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// readLedger reads a ledger from a file, or stdin for "-", as the daemon reads
// the inventory file.
func (p *program) readLedger(path string, o inventory.Options) (inventory.Document, error) {
	world, err := p.openTables()
	if err != nil {
		return inventory.Document{}, err
	}
	o.Provider, o.RecordNumber = world.Providers.ID, icp.CheckNumber
	in := p.in
	o.Name, o.RecordNumber = path, icp.CheckNumber
	if path == "-" {
		o.Name = "stdin"
	} else {
		f, err := os.Open(path)
		if err != nil {
			return inventory.Document{}, domaincheck.Errorf(domaincheck.CodeUnreadable, path, "cannot be opened: %w", err)
		}
		defer f.Close()
		in = f
	}
	doc, err := inventory.Read(in, o)
	if err == nil {
		p.notRead(o.Name, doc.Ignored)
	}
	return doc, err
}

// notRead says which columns of a table were not understood.
func (p *program) notRead(name string, columns []string) {
	const most = 20
	if len(columns) == 0 {
		return
	}
	rest := ""
	if n := len(columns); n > most {
		columns, rest = columns[:most], fmt.Sprintf(p.say("等 %d 列", " and others, %d in all"), n)
	}
	p.note(p.say("%s：没有读取这些列：%s%s（可用 --map 列=字段 指定）", "%s: columns not read: %s%s (name them with --map COLUMN=FIELD)"),
		name, present.Clean(strings.Join(columns, p.say("、", ", "))), rest)
}

// mayWrite refuses to overwrite what people fill in: a file that is there and
// not empty, unless force is set.
func mayWrite(path string, force bool) error {
	if info, err := os.Stat(path); err == nil && !force && path != "-" && info.Mode().IsRegular() && info.Size() > 0 {
		return domaincheck.Errorf(domaincheck.CodeBadInput, path, "is already there").WithHint("name a new file, or overwrite it with --force")
	}
	return nil
}

// writeOut writes a file whole or not at all; "-" is stdout. A ledger names
// people: a new file is for its owner alone.
func (p *program) writeOut(path string, data []byte) error {
	if path == "-" {
		if _, err := io.Copy(p.out, bytes.NewReader(data)); err != nil {
			return cannot(err)
		}
		return nil
	}
	if err := replaceFile(path, data); err != nil {
		return cannot(domaincheck.Errorf(domaincheck.CodeUnreadable, path, "cannot be written: %w", err))
	}
	return nil
}
