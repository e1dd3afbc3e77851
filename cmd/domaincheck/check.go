package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/icp"
	"domaincheck/inventory"
	"domaincheck/present"
)

// checkFlags are the flags of check (and of the bare command).
type checkFlags struct {
	file        string
	columns     []string
	failOn      string
	strict      bool
	concurrency int
	facts       factFlags
	flags       *pflag.FlagSet
}

func (c *checkFlags) bind(f *pflag.FlagSet) {
	c.flags = f
	f.StringVarP(&c.file, "file", "f", "", "domains or ledger `FILE`: txt, csv, yaml, xlsx; - is stdin")
	f.StringArrayVar(&c.columns, "map", nil, "csv/xlsx column `COLUMN=FIELD` (repeatable)")
	f.IntVar(&c.concurrency, "concurrency", 64, "sites at a time")
	c.bindVerdict(f)
	c.facts.bind(f)
}

func (c *checkFlags) bindVerdict(f *pflag.FlagSet) {
	f.StringVar(&c.failOn, "fail-on", "low", "status 1 from this severity on: critical|high|medium|low")
	f.BoolVar(&c.strict, "strict", false, "count every unknown, whatever its reason")
}

func (p *program) checkCommand() *cobra.Command {
	var c checkFlags
	cmd := &cobra.Command{
		Use:   "check [-f FILE] [DOMAIN …]",
		Short: "Check domains now (一次性核查)",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && c.file == "" {
				return domaincheck.Errorf(domaincheck.CodeBadInput, "", "nothing to check").
					WithHint("name a DOMAIN, or a file with -f FILE (- is stdin)")
			}
			return p.check(cmd.Context(), &c, args)
		},
	}
	c.bind(cmd.Flags())
	return cmd
}

// check is the main job: rows in, reports out.
func (p *program) check(ctx context.Context, c *checkFlags, args []string) error {
	line, err := newStatusLine(c.failOn, c.strict)
	if err != nil {
		return err
	}
	if !c.flags.Changed("concurrency") {
		c.concurrency = p.global.settings.Limits.Concurrency
	}
	if c.concurrency < 1 || c.concurrency > 4096 {
		return badFlag("concurrency", fmt.Sprint(c.concurrency), "between 1 and 4096")
	}
	rows, err := p.rows(c, args)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return domaincheck.Errorf(domaincheck.CodeBadInput, c.file, "holds no domain").
			WithHint("one domain a line, or a sheet with a column 域名 / domain")
	}
	if n := &p.global.network; len(rows) <= n.WHOISBurst {
		n.Patience = n.Timeout // somebody waits for these few, and not for minutes
	}
	world, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer world.Close()
	if err := p.fit(&c.facts, world, rows); err != nil {
		return err
	}
	at, err := p.global.instant()
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Job.At = at
	}
	single := c.file == "" && len(args) == 1
	return p.report(ctx, world, rows, line, single, c.concurrency)
}

// report checks the rows and prints each report when all before it are printed.
func (p *program) report(ctx context.Context, world *check.World, rows []check.Row, line tally, single bool, concurrency int) error {
	printer, err := present.NewPrinter(p.out, p.presentation(world, single))
	if err != nil {
		return err
	}
	progress := p.progress(len(rows))
	next, refused := 0, 0
	held := map[int]present.Rendered{} // done before their turn
	for row, report := range world.Checker.Many(ctx, rows, concurrency) {
		report.Lang = domaincheck.Text(p.global.lang)
		line.count(&report)
		if seen := report.Observation.Registration; seen != nil && seen.Outcome == domaincheck.OutcomeRefused {
			refused++
		}
		ready, err := printer.Render(report)
		if err != nil {
			return cannot(err)
		}
		_ = progress.Clear() // the bar and the reports share the terminal
		if row != next {
			held[row] = printer.Pack(ready)
		}
		for mine := row == next; mine; next++ {
			if err := printer.Put(ready); err != nil {
				return cannot(err)
			}
			delete(held, next)
			ready, mine = held[next+1]
		}
		_ = progress.Add(1)
	}
	_ = progress.Finish()
	if err := printer.Close(); err != nil {
		return cannot(err)
	}
	p.tellRefused(world, refused, len(rows))
	p.status = line.status()
	return nil
}

// tellRefused says of a run over many sites how many registries refused to
// answer about, and when they may be asked again: one site's report says so itself.
func (p *program) tellRefused(world *check.World, refused, rows int) {
	if refused == 0 || rows < 2 {
		return
	}
	p.note(p.say("%d 个网站的注册信息未能查询：注册局拒绝答复（暂时无法判断，不等于不合规）", "registrations of %d sites were not seen: the registry refused to answer (unknown, not a failure)"), refused)
	if servers, until := world.Refusing(); servers > 0 {
		p.note(p.say("请在 %s 之后再查这些网站", "check these again after %s"), p.clock(domaincheck.At(until)))
	}
}

func (p *program) presentation(world *check.World, single bool) present.Options {
	width, _ := terminal(p.out)
	return present.Options{
		Format: p.global.format, Lang: p.global.lang, Color: p.coloured(), Width: width,
		Verbose: p.global.verbose, Single: single, Book: world.Book, ProviderName: world.ProviderName, Risks: world.Risks,
	}
}

// progress is a bar on stderr when that is a terminal and there is work enough
// to wait for; else it shows nothing.
func (p *program) progress(n int) *progressbar.ProgressBar {
	_, tty := terminal(p.err)
	if !tty || p.global.quiet || n < 2 {
		return progressbar.DefaultSilent(int64(n))
	}
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(p.err), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetDescription(p.say("核查", "checking")))
}

// rows are the sites named by arguments and file, one row per input row.
func (p *program) rows(c *checkFlags, args []string) ([]check.Row, error) {
	facts, err := c.facts.site()
	if err != nil {
		return nil, err
	}
	var rows []check.Row
	for _, arg := range args {
		if target, err := domaincheck.ParseTarget(arg); err == nil {
			p.foreignFacts(&c.facts, facts, target)
		}
		rows = append(rows, targetRow(arg, "", facts))
	}
	if c.file == "" {
		return rows, nil
	}
	read, err := p.inventory(c)
	if err != nil {
		return nil, err
	}
	return append(rows, ledgerRows(read, facts)...), nil
}

// ledgerRows are the sites of a ledger, bad rows too, with the facts declared
// by flags laid under them.
func ledgerRows(read inventory.Document, facts domaincheck.Site) []check.Row {
	var rows []check.Row
	for _, r := range read.SiteRows() {
		row := check.Row{Job: check.Job{Input: r.Input, Siblings: r.Siblings}}
		switch {
		case r.Err != nil:
			row.Err = r.Err
		case r.Site != nil:
			row.Job.Site = merged(*r.Site, facts)
		default:
			row = targetRow(r.Input, r.Place, facts)
		}
		rows = append(rows, row)
	}
	return rows
}

func targetRow(input, place string, facts domaincheck.Site) check.Row {
	target, err := domaincheck.ParseTarget(input)
	if err != nil {
		e := *domaincheck.AsError(err, domaincheck.CodeBadInput, place)
		if place != "" {
			e.Place = domaincheck.Text(place)
		}
		return check.Row{Job: check.Job{Input: input}, Err: &e}
	}
	return check.Row{Job: check.Job{Input: input, Site: siteOf(target, facts)}}
}

// inventory reads the file of -f, or stdin.
func (p *program) inventory(c *checkFlags) (inventory.Document, error) {
	name, in := c.file, p.in
	if name == "-" {
		name = "stdin"
	} else {
		f, err := os.Open(c.file)
		if err != nil {
			return inventory.Document{}, domaincheck.Errorf(domaincheck.CodeUnreadable, c.file, "cannot be opened: %w", err)
		}
		defer f.Close()
		in = f
	}
	columns, err := inventory.ParseMap(c.columns)
	if err != nil {
		return inventory.Document{}, err
	}
	read, err := inventory.Read(in, inventory.Options{Name: name, Columns: columns, RecordNumber: icp.CheckNumber})
	if err == nil {
		p.notRead(name, read.Ignored)
	}
	return read, err
}

// merged lays facts declared by flags under those of the ledger: what the
// ledger says of a site counts.
func merged(site, facts domaincheck.Site) domaincheck.Site {
	if site.Subject == nil {
		site.Subject = facts.Subject
	}
	if site.State == "" {
		site.State = facts.State
	}
	if site.RecordNumber == "" {
		site.RecordNumber = facts.RecordNumber
	}
	if site.Name == "" {
		site.Name = facts.Name
	}
	if len(site.Access) == 0 {
		site.Access = facts.Access
	}
	if site.Holder == nil {
		site.Holder = facts.Holder
	}
	if site.FiledOn.IsZero() {
		site.FiledOn = facts.FiledOn
	}
	for _, h := range facts.Hosts {
		if !slices.Contains(site.Hosts, h) {
			site.Hosts = append(slices.Clone(site.Hosts), h)
		}
	}
	return site
}

// tally takes each report in, as they are done, and gives the status of the
// process in the end.
type tally interface {
	count(r *domaincheck.Report)
	status() int
}

// statusLine turns reports into the status of the process.
type statusLine struct {
	failOn                        domaincheck.Severity
	strict                        bool
	rows, refused, failed, unsure int
}

func newStatusLine(failOn string, strict bool) (*statusLine, error) {
	switch failOn {
	case "critical", "high", "medium", "low":
		return &statusLine{failOn: domaincheck.Severity(failOn), strict: strict}, nil
	}
	return nil, badFlag("fail-on", failOn, "critical, high, medium or low")
}

// count takes a report in; under --strict it first gives it the strict verdict.
func (l *statusLine) count(r *domaincheck.Report) {
	l.rows++
	if r.Error != nil {
		if r.Error.Code == domaincheck.CodeCancelled {
			l.unsure++
		} else {
			l.refused++
		}
		return
	}
	if l.strict {
		r.Verdict = domaincheck.VerdictOf(r.Findings, true)
	}
	failed := false
	for _, f := range r.Findings {
		if f.Result == domaincheck.Fail && f.Severity.Rank() >= l.failOn.Rank() {
			failed = true
		}
	}
	switch {
	case failed:
		l.failed++
	case domaincheck.VerdictOf(withoutFailures(r.Findings), l.strict) == domaincheck.VerdictUnknown:
		l.unsure++
	}
}

func withoutFailures(findings []domaincheck.Finding) []domaincheck.Finding {
	var rest []domaincheck.Finding
	for _, f := range findings {
		if f.Result != domaincheck.Fail {
			rest = append(rest, f)
		}
	}
	return rest
}

func (l *statusLine) status() int {
	switch {
	case l.failed > 0:
		return statusFail
	case l.refused == l.rows:
		return statusUsage
	case l.unsure > 0 || l.refused > 0:
		return statusUnknown
	}
	return statusPass
}
