package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/rules"
)

// preflightFlags are the flags of preflight.
type preflightFlags struct {
	judge  judgeFlags
	facts  factFlags
	order  string
	papers string
}

func (p *program) preflightCommand() *cobra.Command {
	var f preflightFlags
	cmd := &cobra.Command{
		Use:   "preflight DOMAIN --order first|new_site|access|change|cancel",
		Short: "What a filing order needs at its province and provider (备案前核对)",
		Long: `preflight lists everything that an order needs at the subject's province and at
its provider: each condition with where it stands (met, unmet, unknown, todo),
its citation and the facts that would settle it; the papers with their limits;
the safe sequence of steps.

  domaincheck preflight example.cn --order first --province 上海 --kind unit --provider aliyun
  domaincheck preflight example.cn --order access --facts site.yaml --papers ./papers
  domaincheck preflight --order change --site site.yaml --observation observation.json

It looks at the domain as check does; with --site and --observation it uses no
network. --papers names a folder of files to hand in: format (by content), size
and age are checked, and files are matched to the papers asked for by name.

The status is 1 if a condition or a required paper is unmet, 3 if something of
weight could not be seen (--strict: whatever is unknown), else 0.

备案前核对：逐条列出订单在该省、该接入商要满足的条件、材料和步骤。`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return p.preflight(cmd.Context(), &f, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.order, "order", "", "first|new_site|access|change|cancel (首次|新增网站|接入|变更|注销)")
	flags.StringVar(&f.papers, "papers", "", "`DIR` with the files to hand in")
	flags.StringVar(&f.judge.site, "site", "", "`FILE` with one site of the ledger format, offline with --observation")
	flags.StringVar(&f.judge.observation, "observation", "", "`FILE` with the observation (json)")
	f.judge.bindVerdict(flags)
	f.facts.bind(flags)
	return cmd
}

// orderOf reads --order, by its word or its Chinese name.
func orderOf(word string) (domaincheck.OrderKind, error) {
	zh := map[string]domaincheck.OrderKind{
		"首次": domaincheck.OrderFirst, "首次备案": domaincheck.OrderFirst, "新增网站": domaincheck.OrderNewSite,
		"接入": domaincheck.OrderAccess, "接入备案": domaincheck.OrderAccess, "新增接入": domaincheck.OrderAccess,
		"变更": domaincheck.OrderChange, "变更备案": domaincheck.OrderChange, "注销": domaincheck.OrderCancel,
	}
	if kind, ok := zh[word]; ok {
		return kind, nil
	}
	kind := domaincheck.OrderKind(strings.ReplaceAll(word, "-", "_"))
	if slices.Contains(rules.OrderKinds(), kind) {
		return kind, nil
	}
	return "", badFlag("order", word, "first, new_site, access, change or cancel")
}

func (p *program) preflight(ctx context.Context, f *preflightFlags, args []string) error {
	line, err := newStatusLine(f.judge.failOn, f.judge.strict)
	if err != nil {
		return err
	}
	if f.order == "" {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "--order", "is missing").
			WithHint("one of first, new_site, access, change, cancel")
	}
	kind, err := orderOf(f.order)
	if err != nil {
		return err
	}
	offline := f.judge.site != "" || f.judge.observation != ""
	if offline && (f.judge.site == "" || f.judge.observation == "") || !offline && len(args) == 0 {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "", "preflight takes a DOMAIN, or both --site and --observation").
			WithHint("see: domaincheck preflight --help")
	}
	orders, err := rules.DefaultOrders()
	if err != nil {
		return cannot(err)
	}
	files, err := p.paperFiles(f.papers)
	if err != nil {
		return err
	}
	report, world, err := p.preflightReport(ctx, f, kind, args, offline)
	if err != nil {
		return err
	}
	defer world.Close()
	view := p.judgeOrder(world, orders, report, kind, files)
	view.Verdict = view.list.Verdict(f.judge.strict)
	findings := slices.Concat(view.list.Findings(), fileFindings(view.Files))
	if view.Verdict != domaincheck.VerdictFail {
		view.Verdict = domaincheck.VerdictOf(findings, f.judge.strict)
	}
	if err := p.printPreflight(view); err != nil {
		return err
	}
	line.count(&domaincheck.Report{Findings: findings})
	p.status = line.status()
	return ctx.Err()
}

// preflightReport is what is declared and seen: by looks, or from two files.
func (p *program) preflightReport(ctx context.Context, f *preflightFlags, kind domaincheck.OrderKind, args []string, offline bool) (*domaincheck.Report, *check.World, error) {
	facts := f.facts
	provider := facts.provider // of the order, not of an access record
	facts.provider = ""
	if offline {
		if facts.file != "" {
			return nil, nil, domaincheck.Errorf(domaincheck.CodeBadInput, "--facts", "stands beside --site").WithHint("the site's file holds the facts; single flags are laid over it")
		}
		facts.file = f.judge.site
	}
	declared, err := facts.site()
	if err != nil {
		return nil, nil, err
	}
	at, err := p.global.instant()
	if err != nil {
		return nil, nil, err
	}
	job := check.Job{At: at}
	var observation domaincheck.Observation
	var target domaincheck.Target
	if len(args) == 1 {
		if target, err = domaincheck.ParseTarget(args[0]); err != nil {
			return nil, nil, domaincheck.AsError(err, domaincheck.CodeBadInput, args[0])
		}
		p.foreignFacts(&facts, declared, target)
		job.Input, job.Site = args[0], siteOf(target, declared)
	}
	if offline {
		stored, err := p.assemble(&f.judge)
		if err != nil {
			return nil, nil, err
		}
		if len(args) == 1 && !hasDomain(declared, target.Domain) {
			return nil, nil, domaincheck.Errorf(domaincheck.CodeBadInput, f.judge.site, "%s is not a domain of this site", target.Domain)
		}
		job.Input, job.Site, job.Siblings = string(stored[0].Input), declared, stored[0].Site.Siblings
		observation = stored[0].Observation
		if at.IsZero() {
			job.At = stored[0].At
		}
		if job.At.IsZero() { // nothing was seen: as of now
			job.At = domaincheck.At(time.Now())
		}
	}
	order := domaincheck.Order{}
	if job.Site.Order != nil {
		order = *job.Site.Order
	}
	order.Kind = kind
	if provider != "" {
		order.Provider = domaincheck.Text(provider)
	}
	job.Site.Order = &order
	if offline {
		world, err := p.openTables()
		if err != nil {
			return nil, nil, err
		}
		if err := p.fit(&f.facts, world, []check.Row{{Job: job}}); err != nil {
			world.Close()
			return nil, nil, err
		}
		report := world.Checker.Judge(job, observation, job.At)
		return &report, world, nil
	}
	world, err := p.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := p.fit(&f.facts, world, []check.Row{{Job: job}}); err != nil {
		world.Close()
		return nil, nil, err
	}
	report := world.Checker.Check(ctx, job)
	return &report, world, nil
}

func hasDomain(site domaincheck.Site, domain string) bool {
	return slices.ContainsFunc(site.Domains, func(d domaincheck.Domain) bool { return d.Domain == domain })
}

// judgeOrder gives the view of a report as an order. Files at hand are papers
// at hand.
func (p *program) judgeOrder(world *check.World, orders *rules.Orders, report *domaincheck.Report, kind domaincheck.OrderKind, files []paperFile) *preflightView {
	c := domaincheck.Case{
		Site: check.Forget(report.Site.Site, report.Inferred), Siblings: report.Site.Siblings, Observation: report.Observation, At: report.At,
	}
	list := world.Book.Preflight(orders, c, kind)
	if files != nil {
		c.Site.Papers = withFiles(&c.Site, files, &list)
		list = world.Book.Preflight(orders, c, kind)
	}
	view := &preflightView{
		Schema: domaincheck.Schema, Domain: report.Domain, Unicode: report.Unicode, At: report.At, Lang: domaincheck.Text(p.global.lang),
		Order: orderView{kind, list.Provider}, Province: list.Province, Kind: list.Kind, State: list.State, Inferred: list.Inferred,
		Image: list.Image, Tables: report.Tables, list: &list, provider: string(list.Provider),
	}
	if name := world.ProviderName(view.provider, p.global.lang); name != "" {
		view.provider = name
	}
	for i := range list.Conditions {
		c := &list.Conditions[i]
		view.Conditions = append(view.Conditions, conditionView{*c, world.Book.Say(c, p.global.lang)})
		switch c.State {
		case rules.Met:
			view.Counts.Met++
		case rules.Unmet:
			view.Counts.Unmet++
		case rules.Unsure:
			view.Counts.Unknown++
		default:
			view.Counts.ToDo++
		}
	}
	for i := range list.Papers {
		n := &list.Papers[i]
		v := paperView{PaperNeed: *n, Files: []string{}}
		for j, clause := range n.Clauses {
			cite := clause.Citation(p.global.lang)
			if j == 0 {
				v.Text = cite.Text
			}
			if !slices.Contains(v.Basis, cite) {
				v.Basis = append(v.Basis, cite)
			}
		}
		view.Papers = append(view.Papers, v)
	}
	for i := range list.Steps {
		cite := list.Steps[i].Say(p.global.lang)
		view.Steps = append(view.Steps, stepView{i + 1, list.Steps[i].ID, cite.Text, []rules.Citation{cite}})
	}
	view.judgeFiles(files)
	return view
}
