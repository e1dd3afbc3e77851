package main

import (
	"bytes"
	"context"
	"io"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/inventory"
	"domaincheck/present"
)

// judgeFlags are the flags of judge.
type judgeFlags struct {
	checkFlags
	site, observation, history string
}

func (p *program) judgeCommand() *cobra.Command {
	var j judgeFlags
	cmd := &cobra.Command{
		Use:   "judge REPORT | judge --site FILE --observation FILE",
		Short: "Judge again from stored facts, without any network (离线重新判定)",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.judge(cmd.Context(), &j, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&j.site, "site", "", "`FILE` with one site of the ledger format (yaml or json)")
	f.StringVar(&j.observation, "observation", "", "`FILE` with the observation (json)")
	f.StringVar(&j.history, "history", "", "earlier reports, oldest first (`FILE.jsonl`)")
	j.bindVerdict(f)
	return cmd
}

func (p *program) judge(ctx context.Context, j *judgeFlags, args []string) error {
	line, err := newStatusLine(j.failOn, j.strict)
	if err != nil {
		return err
	}
	var stored []domaincheck.Report
	switch {
	case len(args) == 1 && j.site == "" && j.observation == "":
		stored, err = p.readReports(args[0])
	case len(args) == 0 && j.site != "" && j.observation != "":
		stored, err = p.assemble(j)
	default:
		return domaincheck.Errorf(domaincheck.CodeBadInput, "", "judge takes a REPORT, or both --site and --observation").
			WithHint("a report is what check --json prints; - is stdin")
	}
	if err != nil {
		return err
	}
	history, err := p.readHistory(j.history)
	if err != nil {
		return err
	}
	asOf, err := p.global.instant()
	if err != nil {
		return err
	}
	world, err := p.openTables()
	if err != nil {
		return err
	}
	printer, err := present.NewPrinter(p.out, p.presentation(world, len(stored) == 1))
	if err != nil {
		return err
	}
	for _, old := range stored {
		report := rejudge(world.Checker, old, history, asOf)
		report.Lang = domaincheck.Text(p.global.lang)
		line.count(&report)
		if err := printer.Print(report); err != nil {
			return cannot(err)
		}
	}
	if err := printer.Close(); err != nil {
		return cannot(err)
	}
	p.status = line.status()
	return ctx.Err()
}

// rejudge repeats the judgement of a stored report. A row that was refused
// stays refused.
func rejudge(c *check.Checker, old domaincheck.Report, history []domaincheck.Report, asOf domaincheck.Instant) domaincheck.Report {
	if old.Site == nil {
		old.Findings, old.Risks, old.States = nil, nil, nil
		return old
	}
	at := old.At
	if !asOf.IsZero() {
		at = asOf
	}
	return c.Judge(check.Job{
		Input: string(old.Input), Site: check.Forget(old.Site.Site, old.Inferred),
		Siblings: old.Site.Siblings, History: earlier(history, string(old.Domain)),
		Watched: old.Before != nil || old.StaleAfter != nil, States: old.States, Before: old.Before, StaleAfter: old.StaleAfter,
	}, old.Observation, at)
}

// earlier are the observations of one domain in a history.
func earlier(history []domaincheck.Report, domain string) []check.Past {
	var seen []check.Past
	for _, r := range history {
		if string(r.Domain) == domain || r.Domain == "" {
			seen = append(seen, check.Past{At: r.At, Observation: check.AsThen(r.Observation, r.At)})
		}
	}
	return seen
}

func (p *program) readReports(path string) ([]domaincheck.Report, error) {
	data, err := p.readInput(path)
	if err != nil {
		return nil, err
	}
	return present.ReadReports(bytes.NewReader(data), path)
}

func (p *program) readHistory(path string) ([]domaincheck.Report, error) {
	if path == "" {
		return nil, nil
	}
	return p.readReports(path)
}

// assemble makes a report of a site file and an observation file. As of: --at,
// else the newest look of the observation, so that the answer does not depend
// on the day of asking.
func (p *program) assemble(j *judgeFlags) ([]domaincheck.Report, error) {
	siteData, err := p.readInput(j.site)
	if err != nil {
		return nil, err
	}
	site, err := inventory.ReadSite(siteData, j.site)
	if err != nil {
		return nil, err
	}
	siblings, err := siblingsOf(siteData, j.site)
	if err != nil {
		return nil, err
	}
	data, err := p.readInput(j.observation)
	if err != nil {
		return nil, err
	}
	observation, err := present.ReadObservation(bytes.NewReader(data), j.observation)
	if err != nil {
		return nil, err
	}
	if len(site.Domains) == 0 {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, j.site, "names no domain").WithHint("add: domain: example.cn")
	}
	if reg := observation.Registration; reg != nil && reg.Domain != "" {
		if seen, err := domaincheck.ParseTarget(string(reg.Domain)); err == nil && !hasDomain(site, seen.Domain) {
			return nil, domaincheck.Errorf(domaincheck.CodeBadInput, j.observation, "is about %s, which is no domain of the site in %s", seen.Domain, j.site).
				WithHint("give the observation of " + site.MainDomain() + ", or add the domain to the site")
		}
	}
	domain := domaincheck.Text(site.MainDomain())
	at, err := p.global.instant()
	if err != nil {
		return nil, err
	}
	if newest := check.Newest(observation); at.IsZero() {
		at = newest
	}
	observation = check.Dated(observation, at)
	return []domaincheck.Report{{
		Schema: domaincheck.Schema, Input: domain, Domain: domain, At: at,
		Site: &domaincheck.ReportSite{Site: site, Siblings: siblings}, Observation: observation,
	}}, nil
}

// siblingsOf reads the counts that a report's site carries beside its facts.
func siblingsOf(data []byte, name string) (*domaincheck.Siblings, error) {
	var counts struct {
		Siblings *domaincheck.Siblings `yaml:"siblings"`
	}
	if err := yaml.Unmarshal(data, &counts); err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, name, "siblings: %w", err)
	}
	return counts.Siblings, nil
}

// maxInput bounds what is read from stdin in one piece.
const maxInput = 1 << 30

// readInput reads a file, or stdin for "-".
func (p *program) readInput(path string) ([]byte, error) {
	if path != "-" {
		return readFile(path)
	}
	data, err := io.ReadAll(io.LimitReader(p.in, maxInput))
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, "stdin", "cannot be read: %w", err)
	}
	return data, nil
}
