// Command check measures whole looks at sites, the way the daemon does them:
// claim from the store, DNS, home page, judgement against what was remembered,
// commit. Registration is left as it is known: registries are slow by law, not
// by computing.
//
//	check -world DIR -sites 3000                          write zones, nsd.conf and names
//	check -sites 3000 -scheme http -resolver A -to B      print sites/s, and what a site asks for
//
// The second form looks at every site once so that there is something to
// remember, then again and again with the clock moved on, and prints the median
// round as JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

type settings struct {
	world, scheme, resolver, to, roots, profile string
	sites, rounds, port                         int
}

func run(args []string, stdout, stderr io.Writer) int {
	var s settings
	fs := flag.NewFlagSet("check", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&s.world, "world", "", "write zones, nsd.conf and queries into this folder")
	fs.IntVar(&s.port, "port", 5397, "port of the name server, for nsd.conf")
	fs.IntVar(&s.sites, "sites", 3000, "sites")
	fs.IntVar(&s.rounds, "rounds", 5, "times that every site is looked at")
	fs.StringVar(&s.scheme, "scheme", "http", "http or https")
	fs.StringVar(&s.resolver, "resolver", "", "HOST:PORT of the name server")
	fs.StringVar(&s.to, "to", "", "HOST:PORT of the web server")
	fs.StringVar(&s.roots, "roots", "", "certificate of the authority to trust")
	fs.StringVar(&s.profile, "cpuprofile", "", "write a CPU profile of the rounds")
	if err := fs.Parse(args); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := error(nil)
	if s.world != "" {
		err = writeWorld(s)
	} else {
		err = measure(ctx, s, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "check:", err)
		return 1
	}
	return 0
}

func domain(i int) string { return fmt.Sprintf("d%06d.cn", i) }

// writeWorld writes a zone for each site, all from one file, and their parent.
func writeWorld(s settings) error {
	const soa = "$TTL 600\n@ SOA ns1.bench.cn. host.bench.cn. 1 3600 600 86400 600\n@ NS ns1.bench.cn.\n@ NS ns2.bench.cn.\n"
	var conf, parent, queries strings.Builder
	fmt.Fprintf(&conf, "server:\n\tport: %d\n\tip-address: 127.0.0.1\n\tusername: \"\"\n\tchroot: \"\"\n\tserver-count: 1\n\trrl-ratelimit: 0\n\tzonesdir: %q\n\tpidfile: %q\n\txfrdfile: %q\n\tzonelistfile: %q\n\tlogfile: %q\n\ttcp-count: 200\nremote-control:\n\tcontrol-enable: no\n",
		s.port, s.world, filepath.Join(s.world, "nsd.pid"), filepath.Join(s.world, "xfrd.state"), filepath.Join(s.world, "zone.list"), filepath.Join(s.world, "nsd.log"))
	parent.WriteString(soa + "ns1.bench A 47.110.0.2\nns2.bench A 47.110.0.3\n")
	conf.WriteString("zone:\n\tname: cn\n\tzonefile: parent\n")
	for i := range s.sites {
		fmt.Fprintf(&conf, "zone:\n\tname: %s\n\tzonefile: site\n", domain(i))
		fmt.Fprintf(&parent, "%[1]s NS ns1.bench.cn.\n%[1]s NS ns2.bench.cn.\n", strings.TrimSuffix(domain(i), ".cn"))
		fmt.Fprintf(&queries, "%[1]s A\nwww.%[1]s A\n", domain(i))
	}
	site := soa + "@ A 47.110.0.1\nwww A 47.110.0.1\n"
	for name, text := range map[string]string{"nsd.conf": conf.String(), "parent": parent.String(), "site": site, "queries": queries.String()} {
		if err := os.WriteFile(filepath.Join(s.world, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// figures are what is printed.
type figures struct {
	Sites    int       `json:"sites"`
	Rate     float64   `json:"sites_per_second"` // median round
	Rounds   []float64 `json:"rounds"`
	Queries  float64   `json:"queries_per_site"`
	Connects float64   `json:"connections_per_site"`
}

func measure(ctx context.Context, s settings, stdout io.Writer) error {
	var f figures
	var err error
	if f.Queries, f.Connects, err = asked(ctx, s); err != nil {
		return err
	}
	world, err := connect(s, s.resolver, s.to)
	if err != nil {
		return err
	}
	defer world.Close()
	dir, err := os.MkdirTemp("", "bench-check")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var moved atomic.Int64 // the clock goes on by a day a round
	now := func() time.Time { return time.Now().Add(time.Duration(moved.Load())) }
	st, err := store.Open(ctx, store.Options{URL: "sqlite:" + filepath.Join(dir, "bench.db"), Now: now})
	if err != nil {
		return err
	}
	defer st.Close()
	var ledger store.Ledger
	for i := range s.sites {
		ledger.Sites = append(ledger.Sites, site(s, i))
	}
	if _, err := st.Import(ctx, ledger, store.ImportOptions{}); err != nil {
		return err
	}
	daily, err := cron.ParseStandard("@every 12h")
	if err != nil {
		return err
	}
	var looks, bad atomic.Int64
	sched, err := scheduler.New(scheduler.Options{
		Store: st, Owner: "bench", Policy: world.Policy(), Schedules: scheduler.Schedules{Access: daily, Page: daily},
		Looker: scheduler.LookerFunc(func(ctx context.Context, t scheduler.Task) (*domaincheck.Report, error) {
			report := look(ctx, world, t, now)
			looks.Add(1)
			if len(t.Parts) > 0 && !good(report) {
				bad.Add(1)
			}
			return report, ctx.Err()
		}),
	})
	if err != nil {
		return err
	}
	if err := sched.Resume(ctx); err != nil {
		return err
	}
	for round := range s.rounds + 1 {
		if round == 1 && s.profile != "" {
			out, err := os.Create(s.profile)
			if err != nil {
				return err
			}
			defer out.Close()
			if err := pprof.StartCPUProfile(out); err != nil {
				return err
			}
			defer pprof.StopCPUProfile()
		}
		looks.Store(0)
		began := time.Now()
		if err := sweep(ctx, sched); err != nil {
			return err
		}
		took := time.Since(began)
		if looks.Load() < int64(s.sites) || bad.Load() > 0 {
			return fmt.Errorf("round %d: %d looks at %d sites, %d bad", round, looks.Load(), s.sites, bad.Load())
		}
		fmt.Fprintf(os.Stderr, "round %d: %d looks, %.0f sites/s\n", round, looks.Load(), float64(s.sites)/took.Seconds())
		if round > 0 {
			f.Rounds = append(f.Rounds, float64(s.sites)/took.Seconds())
		}
		moved.Add(int64(24 * time.Hour))
	}
	f.Sites = s.sites
	sorted := slices.Sorted(slices.Values(f.Rounds))
	f.Rate = sorted[len(sorted)/2]
	return json.NewEncoder(stdout).Encode(f)
}

// sweep looks at everything that is due; a look at a site takes all its parts
// that are due along.
func sweep(ctx context.Context, sched *scheduler.Scheduler) error {
	for _, part := range []watch.Part{watch.Resolution, watch.Page} {
		if _, err := sched.Work(ctx, part, store.Partition{}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// look is the daemon's look: what is due is asked, judged after what was
// remembered.
func look(ctx context.Context, world *check.World, t scheduler.Task, now func() time.Time) *domaincheck.Report {
	job := check.Job{Input: t.Memory.Site.MainDomain(), Site: t.Memory.Site, Siblings: t.Memory.Siblings, Watched: true, At: domaincheck.At(now())}
	if r := t.Memory.Report; r != nil {
		job.Previous, job.States, job.Before = r.Observation, r.States, r.Before
	}
	for _, p := range t.Parts {
		switch p {
		case watch.Resolution:
			job.Parts |= check.ResolutionPart
		case watch.Page:
			job.Parts |= check.PagePart
		}
	}
	if job.Parts == 0 {
		report := world.Checker.Judge(job, job.Previous, job.At)
		return &report
	}
	report := world.Checker.Check(ctx, job)
	return &report
}

// good tells whether the look saw what the servers show.
func good(r *domaincheck.Report) bool {
	if r.Error != nil {
		return false
	}
	if d := r.Observation.Resolution; d != nil && d.Outcome != domaincheck.OutcomeOK {
		return false
	}
	p := r.Observation.Page
	return p == nil || p.Outcome == domaincheck.OutcomeOK && len(p.RecordNumbers) == 1
}

func site(s settings, i int) domaincheck.Site {
	return domaincheck.Site{
		Domains: domaincheck.List[domaincheck.Domain]{{Domain: domain(i)}}, State: domaincheck.StateFiled,
		RecordNumber: "京ICP备12345678号-1", Home: domaincheck.Text(s.scheme + "://" + domain(i) + "/"),
	}
}

func connect(s settings, resolver, to string) (*check.World, error) {
	addr, err := netip.ParseAddrPort(to)
	if err != nil {
		return nil, err
	}
	world, err := check.OpenTables(check.TableFiles{})
	if err != nil {
		return nil, err
	}
	err = world.Connect(check.Network{
		Resolvers: []string{resolver}, ConnectTo: []string{fmt.Sprintf("::%s:%d", addr.Addr(), addr.Port())},
		Browser: "off", CAFile: s.roots, Timeout: 10 * time.Second,
	})
	if err != nil {
		return nil, errors.Join(err)
	}
	return world, nil
}
