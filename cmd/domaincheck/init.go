package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/inventory"
	"domaincheck/present"
)

// initFlags are the flags of init.
type initFlags struct {
	checkFlags
	out   string
	force bool
}

func (p *program) initCommand() *cobra.Command {
	var c initFlags
	cmd := &cobra.Command{
		Use:   "init -f domains.txt -o ledger.xlsx",
		Short: "Draft a ledger from what can be seen (由域名列表起草台账)",
		Long: `Looks at each domain (registration, DNS, home page) and drafts a ledger: record numbers, registrant,
provider, expiry, title. Each fact is marked: 实测 was seen just so, 推断 follows from what was seen, 待填
cannot be seen from outside (in xlsx by colour and the column 标注, in yaml by comments, in csv by the
column). The draft can be imported as it is; correct it and fill it in first.

What a ledger given with -f declares stays as it is and carries no mark.`,
		Args:        cobra.ArbitraryArgs,
		Annotations: map[string]string{"formats": "text|json"},
		RunE:        func(cmd *cobra.Command, args []string) error { return p.draft(cmd.Context(), &c, args) },
	}
	f := cmd.Flags()
	f.StringVarP(&c.file, "file", "f", "", "domains or ledger `FILE`: txt, csv, yaml, xlsx; - is stdin")
	f.StringArrayVar(&c.columns, "map", nil, "csv/xlsx column `COLUMN=FIELD` (repeatable)")
	f.IntVar(&c.concurrency, "concurrency", 64, "sites at a time")
	f.BoolVar(&c.force, "force", false, "overwrite an output file that is there")
	f.StringVarP(&c.out, "output", "o", "", "ledger `FILE` to write: .xlsx, .yaml or .csv; - is stdout (yaml)")
	c.flags = f
	return cmd
}

func draftFormat(path string) (string, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".xlsx":
		return "xlsx", nil
	case ".yaml", ".yml":
		return "yaml", nil
	case ".csv":
		return "csv", nil
	}
	if path == "-" {
		return "yaml", nil
	}
	return "", domaincheck.Errorf(domaincheck.CodeBadInput, "--output", "%q does not tell the format", path).WithHint("end it in .xlsx, .yaml or .csv")
}

// drafted is what init prints in JSON.
type drafted struct {
	File     string         `json:"file"`
	Format   string         `json:"format"`
	Sites    []draftedSite  `json:"sites"`
	Subjects int            `json:"subjects"`
	Facts    map[string]int `json:"facts"` // observed, inferred, missing
	Refused  []refusedRow   `json:"refused"`
}

// draftedSite is one site of a draft with the marks of its facts.
type draftedSite struct {
	Domain   string   `json:"domain"`
	Observed []string `json:"observed"`
	Inferred []string `json:"inferred"`
	Missing  []string `json:"missing"`
}

func (p *program) draft(ctx context.Context, c *initFlags, args []string) error {
	if c.out == "" || len(args) == 0 && c.file == "" {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "", "init needs domains and an --output file").
			WithHint("domaincheck init -f domains.txt -o ledger.xlsx")
	}
	format, err := draftFormat(c.out)
	if err != nil {
		return err
	}
	if err := mayWrite(c.out, c.force); err != nil {
		return err
	}
	if !c.flags.Changed("concurrency") {
		c.concurrency = p.global.settings.Limits.Concurrency
	}
	if c.concurrency < 1 || c.concurrency > 4096 {
		return badFlag("concurrency", fmt.Sprint(c.concurrency), "between 1 and 4096")
	}
	rows, err := p.rows(&c.checkFlags, args)
	if err != nil {
		return err
	}
	world, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer world.Close()
	at, err := p.global.instant()
	if err != nil {
		return err
	}
	done := drafted{File: c.out, Format: format, Refused: []refusedRow{}}
	reports := p.looks(ctx, world, rows, at, c.concurrency, &done)
	if len(reports) == 0 {
		for _, r := range done.Refused {
			p.tell(r.Error)
		}
		return domaincheck.Errorf(domaincheck.CodeBadInput, c.file, "holds no domain that can be looked at")
	}
	d := check.Draft(reports)
	var b bytes.Buffer
	if err := inventory.WriteDraft(&b, format, d); err != nil {
		return cannot(err)
	}
	if err := p.writeOut(c.out, b.Bytes()); err != nil {
		return err
	}
	done.count(d)
	return p.toldDraft(done)
}

// looks checks the rows, in their order. A row whose look was cut short by
// Ctrl-C stands in the draft with its name alone.
func (p *program) looks(ctx context.Context, world *check.World, rows []check.Row, at domaincheck.Instant, concurrency int, done *drafted) []domaincheck.Report {
	for i := range rows {
		rows[i].Job.At = at
	}
	progress := p.progress(len(rows))
	seen := make([]domaincheck.Report, len(rows))
	for row, report := range world.Checker.Many(ctx, rows, concurrency) {
		seen[row] = report
		_ = progress.Add(1)
	}
	_ = progress.Finish()
	var reports []domaincheck.Report
	for i, report := range seen {
		switch job := rows[i].Job; {
		case report.Error == nil:
			reports = append(reports, report)
		case report.Error.Code == domaincheck.CodeCancelled && len(job.Site.Domains) > 0:
			reports = append(reports, domaincheck.Report{Site: &domaincheck.ReportSite{Site: job.Site}})
		default:
			done.Refused = append(done.Refused, refusedRow{Place: string(report.Error.Place), Input: string(report.Input), Error: report.Error})
		}
	}
	return reports
}

func (done *drafted) count(d inventory.Draft) {
	done.Sites, done.Subjects = []draftedSite{}, len(d.Subjects)
	done.Facts = map[string]int{"observed": 0, "inferred": 0, "missing": 0}
	sort := func(m inventory.Marks) (site draftedSite) {
		site.Observed, site.Inferred, site.Missing = []string{}, []string{}, []string{}
		for _, path := range sortedKeys(m) {
			switch m[path] {
			case inventory.MarkObserved:
				site.Observed = append(site.Observed, path)
			case inventory.MarkInferred:
				site.Inferred = append(site.Inferred, path)
			default:
				site.Missing = append(site.Missing, path)
			}
		}
		done.Facts["observed"] += len(site.Observed)
		done.Facts["inferred"] += len(site.Inferred)
		done.Facts["missing"] += len(site.Missing)
		return site
	}
	for i, site := range d.Sites {
		s := sort(d.SiteMarks[i])
		s.Domain = site.MainDomain()
		done.Sites = append(done.Sites, s)
	}
	for _, m := range d.SubjectMarks {
		sort(m)
	}
}

func (p *program) toldDraft(done drafted) error {
	if done.File == "-" { // stdout is the ledger
		for _, r := range done.Refused {
			p.tell(r.Error)
		}
		return nil
	}
	if p.global.format == "json" {
		return p.printJSON(done)
	}
	for _, r := range done.Refused {
		p.tell(&domaincheck.Error{Code: r.Error.Code, Place: r.Error.Place, Message: present.Clean(r.Error.Message), Hint: r.Error.Hint})
	}
	fmt.Fprintf(p.out, p.say("%s：%d 个网站、%d 个主体；实测 %d 项，推断 %d 项，待填 %d 项", "%s: %d sites, %d subjects; observed %d, inferred %d, to fill in %d"),
		done.File, len(done.Sites), done.Subjects, done.Facts["observed"], done.Facts["inferred"], done.Facts["missing"])
	if len(done.Refused) > 0 {
		fmt.Fprintf(p.out, p.say("；%d 行未能识别", "; %d rows refused"), len(done.Refused))
	}
	fmt.Fprintln(p.out)
	p.note(p.say("核对推断的、补上待填的，再运行：domaincheck import %s", "check what is inferred, fill in what is missing, then run: domaincheck import %s"), done.File)
	return nil
}
