package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/check"
	"domaincheck/present"
)

// reportFlags are the flags of report.
type reportFlags struct {
	file, out, since, title string
	scope                   present.Scope
	formatGiven             bool
}

func (p *program) reportCommand() *cobra.Command {
	var r reportFlags
	cmd := &cobra.Command{
		Use:   "report [-o FILE]",
		Short: "Compliance report over all sites: html, xlsx, csv, json (合规报告)",
		Long: `Writes a compliance report from the store: what is wrong and what to do first, deadlines of 90 days,
changes, sites by subject and by provider, findings with evidence and fix, and the texts they rest on.
html is one file that needs nothing else and prints on A4; csv has one row a site; text is the summary.

  domaincheck report -o report.html              the format follows from the name
  domaincheck report -o shop.xlsx --tag shop     only sites with a tag
  domaincheck check -f ledger.xlsx --json | domaincheck report -f - -o now.html

With -f it is made from reports that check or judge printed (json, jsonl); of several reports of a site
the newest counts, and the changes are those since the newest one before --since.`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{"settings": "found", "formats": "text|html|xlsx|csv|json"},
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.formatGiven = p.global.flags.Changed("format") || p.global.json
			return p.compliance(cmd.Context(), &r)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&r.file, "file", "f", "", "reports from `FILE` (json, jsonl; - is stdin) instead of the store")
	f.StringVarP(&r.out, "output", "o", "", "write to `FILE`; its ending tells the format")
	f.StringVar(&r.since, "since", "", "tell changes since `TIME`: 2026-11-01, an instant, or 30d (default: 30d from the store)")
	f.StringVar(&r.title, "title", "", "of whom the report speaks, for its heading")
	f.StringArrayVar(&r.scope.Tags, "tag", nil, "only sites with this tag (repeatable: any of them)")
	f.StringVar(&r.scope.Subject, "subject", "", "only sites of this subject: id, record number or part of the name")
	f.StringVar(&r.scope.Provider, "provider", "", "only sites at this access provider: id or name")
	return cmd
}

// compliance makes the report.
func (p *program) compliance(ctx context.Context, r *reportFlags) error {
	format, err := p.reportFormat(r)
	if err != nil {
		return err
	}
	world, err := p.openTables()
	if err != nil {
		return err
	}
	if id := world.Providers.ID(r.scope.Provider); id != "" {
		r.scope.Provider = id
	}
	c, done, err := p.complianceOf(ctx, r)
	if err != nil {
		return err
	}
	defer done()
	progress := p.steps()
	defer progress.end()
	progress.now(p.say("写报告", "writing the report"))
	write := func(w io.Writer) error { return present.WriteReport(w, format, c, p.reportOptions(world)) }
	if r.out == "" || r.out == "-" {
		err = write(p.out)
	} else {
		err = writeWhole(r.out, write)
	}
	if progress.end(); err != nil {
		return storeError(err)
	}
	return nil
}

func (p *program) reportOptions(world *check.World) present.Options {
	return present.Options{Lang: p.global.lang, Color: p.coloured(), Book: world.Book, ProviderName: world.ProviderName, Risks: world.Risks, Stored: true}
}

// reportFormat is the one that is named, else that of the file's name.
func (p *program) reportFormat(r *reportFlags) (string, error) {
	if r.out != "" && r.out != "-" && !r.formatGiven {
		ending := strings.ToLower(strings.TrimPrefix(filepath.Ext(r.out), "."))
		switch ending {
		case "htm":
			ending = "html"
		case "txt":
			ending = "text"
		}
		if !slices.Contains(present.ReportFormats(), ending) {
			return "", domaincheck.Errorf(domaincheck.CodeBadInput, "--output", "%q does not end in .html, .xlsx, .csv, .json or .txt", r.out).WithHint("name the format with --format")
		}
		return ending, nil
	}
	if _, tty := terminal(p.out); tty && p.global.format == "xlsx" && r.out != "-" {
		return "", domaincheck.Errorf(domaincheck.CodeBadInput, "--format", "a workbook is nothing for a terminal").WithHint("write it to a file: -o report.xlsx")
	}
	return p.global.format, nil
}

// complianceOf gathers what the report is made from; done ends the store.
func (p *program) complianceOf(ctx context.Context, r *reportFlags) (c present.Compliance, done func(), err error) {
	done = func() {}
	at, err := p.global.instant()
	if err != nil {
		return c, done, err
	}
	c = present.Compliance{Title: r.title, At: at, Scope: r.scope}
	if r.file != "" {
		return c, done, p.fromReports(r, &c)
	}
	if !at.IsZero() {
		return c, done, domaincheck.Errorf(domaincheck.CodeBadInput, "--at", "the report tells how the sites of the store are now").WithHint("history DOMAIN tells how a site was; --since tells what changed")
	}
	c.At = domaincheck.At(time.Now())
	since := r.since
	if since == "" {
		since = "30d"
	}
	if c.Since, err = sinceOf(since, c.At); err != nil {
		return c, done, err
	}
	db, err := p.openStore(ctx, true)
	if err != nil {
		return c, done, err
	}
	done = func() { _ = db.Close() }
	c.Sites, err = app.Entries(ctx, db, r.scope, c.Since.Time)
	return c, done, storeError(err)
}

// fromReports takes the sites from a file of reports, as of the newest one.
func (p *program) fromReports(r *reportFlags, c *present.Compliance) error {
	in, name := p.in, "stdin"
	if r.file != "-" {
		f, err := os.Open(r.file)
		if err != nil {
			return domaincheck.Errorf(domaincheck.CodeUnreadable, r.file, "cannot be opened: %w", err)
		}
		defer f.Close()
		in, name = f, r.file
	}
	list, err := present.ReadReports(in, name)
	if err != nil {
		return err
	}
	if c.At.IsZero() {
		for i := range list {
			if list[i].At.After(c.At.Time) {
				c.At = list[i].At
			}
		}
	}
	if c.At.IsZero() {
		return domaincheck.Errorf(domaincheck.CodeBadInput, name, "no report in it says as of when it is")
	}
	if r.since != "" {
		if c.Since, err = sinceOf(r.since, c.At); err != nil {
			return err
		}
	}
	c.Sites = app.ReportEntries(list, r.scope, c.Since.Time)
	return nil
}

// sinceOf reads a day, an instant, or a number of days back.
func sinceOf(text string, at domaincheck.Instant) (domaincheck.Instant, error) {
	if days, is := strings.CutSuffix(text, "d"); is {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 36500 {
			return domaincheck.At(at.Day().AddDays(-n).Start()), nil
		}
	}
	since, err := domaincheck.ParseInstant(text)
	if err != nil {
		return since, badFlag("since", text, "a day (2026-11-01), an instant or a number of days back (30d)")
	}
	if since.After(at.Time) {
		return since, badFlag("since", text, "before "+at.String())
	}
	return since, nil
}

// writeWhole writes a file so that nobody sees half of it: under another name
// first, then under its own. What is there already stays if anything fails.
func writeWhole(path string, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return cannotWrite(path, err)
		}
		return errors.Join(write(f), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return cannotWrite(path, err)
	}
	err = write(f)
	if err == nil {
		if err = errors.Join(f.Chmod(0o600), f.Sync()); err != nil {
			err = cannotWrite(path, err)
		}
	}
	if closing := f.Close(); err == nil && closing != nil {
		err = cannotWrite(path, closing)
	}
	if err == nil {
		if renaming := os.Rename(f.Name(), path); renaming != nil {
			err = cannotWrite(path, renaming)
		}
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func cannotWrite(path string, err error) error {
	return cannot(domaincheck.Errorf(domaincheck.CodeUnreadable, path, "cannot be written: %w", err))
}
