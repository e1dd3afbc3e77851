package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/config"
	"domaincheck/inventory"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

func (p *program) planCommand() *cobra.Command {
	c := &checkFlags{}
	cmd := &cobra.Command{
		Use:   "plan [-f FILE]",
		Short: "How long a sweep takes, and which registry bounds it (巡检用时预测)",
		Long: `Predicts how long one look at every site takes, part by part, under the schedules and limits of the
settings, and which registry is the slowest. Of the inventory of the store, or of a FILE without any
store. What the daemon has learned of registries that refused counts. Nothing is asked.

根据台账、巡检计划与限速，预测域名解析、首页、域名注册信息各巡检一遍需要多久，以及受哪个注册局限制。
不发出任何查询；-f FILE 时不需要数据库。`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{"settings": "found"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return p.plan(cmd.Context(), c) },
	}
	cmd.Flags().StringVarP(&c.file, "file", "f", "", "ledger to plan for: .txt, .csv, .yaml, .xlsx; - is stdin (default: the inventory of the store)")
	cmd.Flags().StringArrayVar(&c.columns, "map", nil, "which column of a table is which field, as `COLUMN=FIELD` (repeatable)")
	return cmd
}

func (p *program) plan(ctx context.Context, c *checkFlags) error {
	world, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer world.Close()
	s := p.global.settings
	schedules, err := planSchedules(s)
	if err != nil {
		return err
	}
	in := scheduler.PredictInput{
		Paces: map[string]int{}, Schedules: schedules, At: time.Now(), Concurrency: s.Limits.Concurrency,
		PerSecond: s.Limits.WHOISPerSecond, Burst: s.Limits.WHOISBurst, Servers: s.Limits.Servers, Restarted: true,
	}
	if in.Sites, in.Learned, err = p.planned(ctx, c, func(domain string) {
		if _, err := netip.ParseAddr(domain); err == nil {
			return // an address has no registry
		}
		in.Paces[cmp.Or(world.Registrations.Registry(domain), "-")]++
	}); err != nil {
		return err
	}
	forecasts := scheduler.Predict(in)
	if p.global.format == "json" {
		return p.printJSON(planView{Sites: in.Sites, Concurrency: s.Limits.Concurrency, Sweeps: sweepViews(forecasts)})
	}
	p.showPlan(in.Sites, forecasts)
	return nil
}

// planned gives every name of the inventory to plan for, and tells how many
// sites it has and what the daemon has learned.
func (p *program) planned(ctx context.Context, c *checkFlags, name func(domain string)) (sites int, learned []store.Budget, err error) {
	document := func(doc inventory.Document, err error) error {
		sites = len(doc.Sites)
		for i := range doc.Sites {
			for _, d := range doc.Sites[i].Domains {
				name(d.Domain)
			}
		}
		return err
	}
	if c.file != "" {
		err := document(p.inventory(c))
		return sites, nil, err
	}
	opened, err := p.openStore(ctx, true)
	if errors.Is(err, store.CodeNotFound) { // the inventory file of the settings, before the daemon's first start
		err := document(p.wholeInventory(ctx))
		return sites, nil, err
	}
	if err != nil {
		return 0, nil, err
	}
	defer opened.Close()
	if p.global.settings.Inventory != "" { // the daemon may not have read it yet
		err = document(p.wholeInventory(ctx))
	} else {
		sites, err = opened.Names(ctx, name)
		err = storeError(err)
	}
	if err != nil {
		return 0, nil, err
	}
	learned, err = scheduler.Learned(ctx, opened)
	return sites, learned, storeError(err)
}

func planSchedules(s config.Settings) (scheduler.Schedules, error) {
	var out scheduler.Schedules
	zone, err := s.Timezone.Location()
	if err != nil {
		return out, err
	}
	if out.Access, err = s.Schedule.Access.In(zone); err != nil {
		return out, err
	}
	if out.Page, err = s.Schedule.Page.In(zone); err != nil {
		return out, err
	}
	out.Registration, err = s.Schedule.Registration.In(zone)
	return out, err
}

// planView is the JSON of plan. Spans are seconds.
type planView struct {
	Sites       int         `json:"sites"`
	Concurrency int         `json:"concurrency"`
	Sweeps      []sweepView `json:"sweeps"`
}

type sweepView struct {
	Part       watch.Part         `json:"part"`
	Sites      int                `json:"sites"`
	Takes      float64            `json:"takes_seconds"`
	Interval   float64            `json:"interval_seconds"`
	Fits       bool               `json:"fits"`
	Bound      domaincheck.Text   `json:"bound_by"`
	Registries []registryPlanView `json:"registries"`
}

type registryPlanView struct {
	Registry  domaincheck.Text    `json:"registry"` // null: nobody is known to answer for the suffix
	Sites     int                 `json:"sites"`
	PerSecond *float64            `json:"per_second"`
	Learned   bool                `json:"learned"`
	Blocked   domaincheck.Instant `json:"blocked_until"`
	Note      domaincheck.Text    `json:"note"`
	Takes     float64             `json:"takes_seconds"`
}

func sweepViews(all []scheduler.Forecast) []sweepView {
	views := make([]sweepView, 0, len(all))
	for _, f := range all {
		v := sweepView{Part: f.Part, Sites: f.Sites, Takes: f.Takes.Seconds(), Interval: f.Interval.Seconds(), Fits: f.Fits, Bound: domaincheck.Text(f.Bound), Registries: []registryPlanView{}}
		for _, r := range f.Registry {
			view := registryPlanView{Registry: domaincheck.Text(r.Key), Sites: r.Sites, Learned: r.Learned, Blocked: domaincheck.At(r.Blocked), Note: domaincheck.Text(r.Note), Takes: r.Takes.Seconds()}
			if r.Key == "-" {
				view.Registry = ""
			} else {
				view.PerSecond = domaincheck.Known(r.PerSecond)
			}
			v.Registries = append(v.Registries, view)
		}
		views = append(views, v)
	}
	return views
}

// showPlan prints a prediction for people: a line a part, and the registries
// that take longest.
func (p *program) showPlan(sites int, all []scheduler.Forecast) {
	fmt.Fprintf(p.out, p.say("%d 个网站\n", "%d sites\n"), sites)
	names := map[watch.Part]string{
		watch.Resolution:   p.say("域名解析", "DNS"),
		watch.Page:         p.say("网站首页", "home page"),
		watch.Registration: p.say("域名注册信息", "registration"),
	}
	for _, f := range all {
		bound := p.say("受并发数限制", "bound by the number of looks at once")
		if f.Bound != "concurrency" {
			bound = fmt.Sprintf(p.say("受 %s 限制", "bound by %s"), f.Bound)
		}
		fits := p.say("赶得上计划", "keeps to the schedule")
		if !f.Fits {
			fits = p.say("赶不上计划：上一轮未完时不会重叠，只会变慢", "does NOT keep to the schedule: sweeps become slower, they do not overlap")
		}
		fmt.Fprintf(p.out, p.say("%s：一轮约 %s（计划每 %s 一轮），%s，%s\n", "%s: about %s a sweep (one every %s by the schedule), %s, %s\n"),
			names[f.Part], span(f.Takes), span(f.Interval), bound, fits)
		const most = 10
		for i, r := range f.Registry {
			if i == most {
				fmt.Fprintf(p.out, p.say("  另有 %d 个注册局更快\n", "  %d more registries are faster\n"), len(f.Registry)-most)
				break
			}
			if r.Key == "-" {
				fmt.Fprintf(p.out, p.say("  无已知查询服务器：%d 个域名\n", "  no registry server known: %d names\n"), r.Sites)
				continue
			}
			learned := ""
			if r.Learned {
				learned = p.say("（曾被拒绝，已降速）", " (slowed down: it refused)")
			}
			fmt.Fprintf(p.out, p.say("  %s：%d 个域名，每秒 %.3g 次%s，约 %s\n", "  %s: %d names, %.3g a second%s, about %s\n"), r.Key, r.Sites, r.PerSecond, learned, span(r.Takes))
		}
	}
	fmt.Fprint(p.out, p.say("到期日还远（120 天以上）的域名每 7 轮才查询一次注册信息。\n", "Names that run for more than 120 days are asked about at every seventh sweep of registration only.\n"))
}

// span is a duration for people: to the second, without empty units.
func span(d time.Duration) string {
	if d <= 0 {
		return "0s"
	}
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return config.FormatDuration(d.Round(time.Second))
}
