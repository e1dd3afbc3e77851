package main

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/present"
	"domaincheck/store"
)

// evidenceFlags are the flags of evidence.
type evidenceFlags struct {
	report  int64
	now     bool
	out, by string
	facts   factFlags
}

func (p *program) evidenceCommand() *cobra.Command {
	var e evidenceFlags
	facts := pflag.NewFlagSet("", pflag.ContinueOnError)
	cmd := &cobra.Command{
		Use:   "evidence DOMAIN | evidence --report ID",
		Short: "A zip of raw answers, findings and hashes, to send with an appeal (申诉证据)",
		Long: `Writes a zip of what one report rests on: every answer as it came (WHOIS, RDAP, DNS, the page), the
findings in words, the report itself, SHA256SUMS over all of it, and a cover for people in Chinese and
English (cover.html, cover.txt) that says what was seen, when and by whom. The same report gives the
same file, byte for byte.

  domaincheck evidence example.cn                 of the newest report in the store
  domaincheck evidence --report 1234 -o a.zip     of an older one (ids: domaincheck history DOMAIN)
  domaincheck evidence example.cn --now           look now; needs no store`,
		Args:        cobra.MaximumNArgs(1),
		Annotations: map[string]string{"settings": "found"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (e.report == 0) {
				return domaincheck.Errorf(domaincheck.CodeBadInput, "", "name either a DOMAIN or a report").WithHint("domaincheck evidence DOMAIN, or domaincheck evidence --report ID")
			}
			if e.now && e.report != 0 {
				return badFlag("now", "true", "for a report of the past")
			}
			if given := firstGiven(facts); given != "" && !e.now {
				return domaincheck.Errorf(domaincheck.CodeBadInput, "--"+given, "what a stored report was judged by stands in it").WithHint("leave it out, or look anew by it with --now")
			}
			return p.evidence(cmd.Context(), &e, strings.Join(args, ""))
		},
	}
	f := cmd.Flags()
	f.Int64Var(&e.report, "report", 0, "the report with this `ID` of the store")
	f.BoolVar(&e.now, "now", false, "look now instead of taking the store's newest report")
	f.StringVarP(&e.out, "output", "o", "", "write to `FILE` (default: evidence-DOMAIN-DATE.zip; - is stdout)")
	f.StringVar(&e.by, "by", "", "`WHO` had it looked at, for the cover")
	e.facts.bind(facts)
	f.AddFlagSet(facts)
	return cmd
}

// firstGiven is the first flag of a set that stands on the command line.
func firstGiven(f *pflag.FlagSet) (name string) {
	f.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed && name == "" {
			name = flag.Name
		}
	})
	return name
}

func (p *program) evidence(ctx context.Context, e *evidenceFlags, name string) error {
	if name != "" {
		if _, err := domaincheck.ParseTarget(name); err != nil {
			return err
		}
	}
	world, err := p.openTables()
	if err != nil {
		return err
	}
	var d present.Dossier
	if e.now {
		d, err = p.evidenceNow(ctx, e, name)
	} else {
		d, err = p.evidenceStored(ctx, e.report, name)
	}
	if err != nil {
		return err
	}
	d.Program, d.By = "domaincheck "+version+" "+revision(), e.by
	d.Report.Lang = domaincheck.Text(p.global.lang)
	write := func(w io.Writer) error { return present.WriteEvidence(w, d, p.reportOptions(world)) }
	if e.out == "-" {
		return write(p.out)
	}
	if e.out == "" {
		e.out = "evidence-" + string(d.Report.Domain) + "-" + d.Report.At.Day().String() + ".zip"
	}
	if err := writeWhole(e.out, write); err != nil {
		return err
	}
	if !p.global.quiet {
		p.tellLine(p.say("写入 ", "wrote ") + e.out)
	}
	return nil
}

// tellLine says on stderr what was done.
func (p *program) tellLine(text string) { _, _ = io.WriteString(p.err, text+"\n") }

// evidenceNow looks, by the facts of the store's ledger where there is one.
func (p *program) evidenceNow(ctx context.Context, e *evidenceFlags, name string) (present.Dossier, error) {
	facts, err := e.facts.site()
	if err != nil {
		return present.Dossier{}, err
	}
	row := targetRow(name, "", facts)
	if row.Err != nil {
		return present.Dossier{}, row.Err
	}
	if memory, err := p.remembered(ctx, row.Job.Site.MainDomain()); err != nil {
		return present.Dossier{}, err
	} else if memory != nil {
		row.Job.Site, row.Job.Siblings = merged(memory.Site, facts), memory.Siblings
	}
	p.global.network.KeepPages = true
	world, err := p.open(ctx)
	if err != nil {
		return present.Dossier{}, err
	}
	defer world.Close()
	if err := p.fit(&e.facts, world, []check.Row{row}); err != nil {
		return present.Dossier{}, err
	}
	if row.Job.At, err = p.global.instant(); err != nil {
		return present.Dossier{}, err
	}
	report := world.Checker.Check(ctx, row.Job)
	if report.Error != nil {
		return present.Dossier{}, report.Error
	}
	return present.Dossier{Report: report, Answers: present.AnswersOf(report.Observation, string(report.Domain))}, nil
}

// remembered is what a store that is there knows of a site; nil without one.
func (p *program) remembered(ctx context.Context, domain string) (*store.Memory, error) {
	if path := p.global.settings.Store.Path(); path != "" && storeIsThere(p.global.settings.StoreURL()[len("sqlite:"):]) != nil {
		return nil, nil
	}
	db, err := p.openStore(ctx, true)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	memory, err := db.Load(ctx, domain)
	if errors.Is(err, store.CodeNotFound) {
		return nil, nil
	}
	return memory, storeError(err)
}

// evidenceStored takes a report of the store with its answers.
func (p *program) evidenceStored(ctx context.Context, id int64, name string) (present.Dossier, error) {
	db, err := p.openStore(ctx, true)
	if err != nil {
		return present.Dossier{}, err
	}
	defer db.Close()
	if id == 0 {
		if id, err = p.newestReport(ctx, db, name); err != nil {
			return present.Dossier{}, err
		}
	}
	row, err := db.Report(ctx, id)
	if errors.Is(err, store.CodeNotFound) {
		return present.Dossier{}, domaincheck.Errorf(domaincheck.CodeBadInput, "--report", "there is no report %s", strconv.FormatInt(id, 10)).WithHint("domaincheck history DOMAIN lists the reports of a site")
	}
	if err != nil {
		return present.Dossier{}, storeError(err)
	}
	d := present.Dossier{Report: *row.Report, ReportID: id, FirstAt: domaincheck.At(row.FirstAt), Looks: row.Looks}
	raws, err := db.Raws(ctx, id)
	if err != nil {
		return present.Dossier{}, storeError(err)
	}
	for _, raw := range raws {
		d.Answers = append(d.Answers, present.Answer{Domain: raw.Domain, Part: raw.Part, Raw: raw.Raw})
	}
	return d, nil
}

func (p *program) newestReport(ctx context.Context, db *store.Store, name string) (int64, error) {
	domain, _, err := p.site(ctx, db, name)
	if err != nil {
		return 0, err
	}
	rows, err := db.Reports(ctx, domain, 0, 1, false)
	if err != nil {
		return 0, storeError(err)
	}
	if len(rows) == 0 {
		return 0, domaincheck.Errorf(domaincheck.CodeBadInput, domain, "was not looked at yet").WithHint("look now with --now")
	}
	return rows[0].ID, nil
}
