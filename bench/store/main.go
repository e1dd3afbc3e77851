// Command store measures package store at scale: see run.sh.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/watch"
)

func main() { os.Exit(run()) }

func run() int {
	path := flag.String("store", "", "SQLite file; for import also the URL of an empty PostgreSQL database")
	sites := flag.Int("sites", 1000000, "size of the inventory")
	rounds := flag.Int("rounds", 5, "times each query is asked, warm and cold")
	only := flag.String("only", "", "only queries whose name has this")
	profile := flag.String("profile", "", "write a CPU profile there")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return 1
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return 1
		}
		defer pprof.StopCPUProfile()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	w := world{*sites, time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())}
	var err error
	switch flag.Arg(0) {
	case "generate":
		err = w.generate(ctx, *path, true)
	case "import":
		err = w.generate(ctx, *path, false)
	case "query":
		err = w.query(ctx, *path, *rounds, *only)
	case "commit":
		err = w.again(ctx, *path)
	default:
		err = fmt.Errorf("generate, import, query or commit?")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/store:", err)
		return 1
	}
	return 0
}

func (w world) open(ctx context.Context, path string) (*store.Store, error) {
	return store.Open(ctx, store.Options{URL: place(path), Now: func() time.Time { return w.now }})
}

// place is the URL of a store: a path is a SQLite file's.
func place(path string) string {
	if strings.Contains(path, "://") {
		return path
	}
	return "sqlite:" + path
}

// asked is one query of a page.
type asked struct {
	name string
	do   func(ctx context.Context, s *store.Store) (int, error)
}

func (w world) sitesBy(name string, q store.SiteQuery) asked {
	q.Limit = 50
	return asked{name, func(ctx context.Context, s *store.Store) (int, error) {
		p, err := s.Sites(ctx, q)
		if err != nil {
			return 0, err
		}
		_, err = s.CountSites(ctx, q)
		return len(p.Items), err
	}}
}

// queries are those of the pages: each with the count that stands above it.
func (w world) queries() []asked {
	team, rare := store.Scope{Tags: []string{"team03"}}, store.Scope{Tags: []string{"稀有"}}
	day := 24 * time.Hour
	var all []asked
	for _, f := range []struct {
		name string
		q    store.SiteQuery
	}{
		{"all", store.SiteQuery{}}, {"state filed", store.SiteQuery{State: domaincheck.StateFiled}}, {"state unfiled", store.SiteQuery{State: domaincheck.StateUnfiled}},
		{"verdict fail", store.SiteQuery{Verdict: domaincheck.VerdictFail}}, {"verdict pass", store.SiteQuery{Verdict: domaincheck.VerdictPass}}, {"never looked at", store.SiteQuery{Unlooked: true}},
		{"level high+", store.SiteQuery{MinLevel: domaincheck.High}}, {"level critical", store.SiteQuery{Level: domaincheck.Critical}}, {"outcome de_access", store.SiteQuery{Outcome: domaincheck.RiskDeAccess}},
		{"outcome not_fileable", store.SiteQuery{Outcome: domaincheck.RiskNotFileable}}, {"province 北京", store.SiteQuery{Province: "北京"}}, {"province 西藏", store.SiteQuery{Province: "西藏"}},
		{"provider aliyun", store.SiteQuery{Provider: "aliyun"}}, {"provider west263", store.SiteQuery{Provider: "west263"}}, {"registrar", store.SiteQuery{Registrar: registrar[0]}}, {"tld cn", store.SiteQuery{TLD: "cn"}},
		{"tld shop", store.SiteQuery{TLD: "shop"}}, {"tag team00", store.SiteQuery{Tags: []string{"team00"}}}, {"tag 稀有", store.SiteQuery{Tags: []string{"稀有"}}}, {"customer", store.SiteQuery{Customer: "客户0000"}},
		{"subject", store.SiteQuery{Subject: "s0000001"}}, {"rule site.number", store.SiteQuery{Rule: "site.number"}}, {"unchecked 24 h", store.SiteQuery{UncheckedSince: w.now.Add(-day)}},
		{"unchecked page 24 h", store.SiteQuery{UncheckedSince: w.now.Add(-day), Unchecked: watch.Page}}, {"deadline in 7 days", store.SiteQuery{DeadlineBy: w.now.Add(7 * day)}},
		{"text 科技", store.SiteQuery{Text: "科技"}}, {"text 北京", store.SiteQuery{Text: "北京"}}, {"text 鼎龙", store.SiteQuery{Text: "鼎龙"}}, {"text 京", store.SiteQuery{Text: "京"}}, {"text 没有", store.SiteQuery{Text: "没有"}},
		{"text 信息技术", store.SiteQuery{Text: "信息技术"}}, {"text 北京 教育", store.SiteQuery{Text: "北京 教育"}}, {"text abc", store.SiteQuery{Text: "abc"}}, {"text domain", store.SiteQuery{Text: w.domain(w.sites / 2)}},
		{"text number", store.SiteQuery{Text: "京ICP备10000123号"}}, {"text 47.11", store.SiteQuery{Text: "47.11"}}, {"text a", store.SiteQuery{Text: "a"}},
		{"four filters", store.SiteQuery{Province: "广东", Provider: "aliyun", Verdict: domaincheck.VerdictFail, TLD: "cn", Text: "科技"}},
		{"scope team03", store.SiteQuery{Scope: team}}, {"scope 稀有", store.SiteQuery{Scope: rare}}, {"scope and filters", store.SiteQuery{Scope: team, Verdict: domaincheck.VerdictFail, Text: "贸易"}},
	} {
		for _, by := range []struct {
			name string
			by   store.SiteOrder
			desc bool
			last bool
		}{{"", store.ByDomain, false, false}, {", last", store.ByDomain, false, true}, {", worst", store.ByLevel, true, false}, {", worst, last", store.ByLevel, true, true}, {", deadline", store.ByDeadline, false, false},
			{", expiry", store.ByExpiry, false, false}, {", expiry down", store.ByExpiry, true, false}, {", looked", store.ByLooked, false, false}, {", looked down", store.ByLooked, true, false}} {
			q := f.q
			q.Sort, q.Desc, q.Last = by.by, by.desc, by.last
			all = append(all, w.sitesBy("sites "+f.name+by.name, q))
		}
	}
	for _, c := range []struct {
		name  string
		scope store.Scope
	}{{"", store.Scope{}}, {" in scope team03", team}, {" in scope 稀有", rare}} {
		all = append(all, w.others(c.name, c.scope)...)
	}
	return all
}

func rows[T any](list []T, err error) (int, error) { return len(list), err }

func items[T any](p store.Page[T], err error) (int, error) { return len(p.Items), err }

func (w world) others(name string, scope store.Scope) []asked {
	today := domaincheck.DateOf(w.now)
	return []asked{
		{"overview" + name, func(ctx context.Context, s *store.Store) (int, error) {
			o, err := s.Overview(ctx, scope, w.now.Add(-24*time.Hour))
			return int(o.Sites), err
		}},
		{"deadline days" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return rows(s.DeadlineDays(ctx, scope, today, today.AddDays(90)))
		}},
		{"deadlines" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return items(s.Deadlines(ctx, store.DeadlineQuery{Scope: scope, From: w.now, Limit: 20}))
		}},
		{"newest events" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return rows(s.Events(ctx, store.EventQuery{Scope: scope, Newest: true, Limit: 50}))
		}},
		{"open events" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return items(s.OpenEvents(ctx, store.OpenQuery{Scope: scope, Limit: 50}))
		}},
		{"open counts" + name, func(ctx context.Context, s *store.Store) (int, error) {
			m, err := s.OpenCounts(ctx, scope)
			return len(m), err
		}},
		{"channels" + name, func(ctx context.Context, s *store.Store) (int, error) { return rows(s.Channels(ctx, scope)) }},
		{"deliveries" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return rows(s.Deliveries(ctx, store.DeliveryQuery{Scope: scope, Limit: 50}))
		}},
		{"dead letters" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return rows(s.Deliveries(ctx, store.DeliveryQuery{Scope: scope, State: "dead", Limit: 50}))
		}},
		{"findings of a rule" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return items(s.Findings(ctx, store.FindingQuery{Scope: scope, Rule: "site.number", Limit: 50}))
		}},
		{"critical findings" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return items(s.Findings(ctx, store.FindingQuery{Scope: scope, MinSeverity: domaincheck.Critical, Limit: 50}))
		}},
		{"findings" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return items(s.Findings(ctx, store.FindingQuery{Scope: scope, Limit: 50}))
		}},
		{"risks of an outcome" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return items(s.Risks(ctx, store.RiskQuery{Scope: scope, Outcome: domaincheck.RiskNotFileable, Limit: 50}))
		}},
		{"subjects" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return items(s.SubjectList(ctx, store.SharedQuery{Scope: scope, Limit: 50}))
		}},
		{"subjects 鼎龙" + name, func(ctx context.Context, s *store.Store) (int, error) {
			return items(s.SubjectList(ctx, store.SharedQuery{Scope: scope, Text: "鼎龙", Limit: 50}))
		}},
		{"facets" + name, func(ctx context.Context, s *store.Store) (int, error) {
			n := 0
			for _, f := range []store.Facet{store.FacetProvince, store.FacetProvider, store.FacetRegistrar, store.FacetTLD, store.FacetTag} {
				list, err := s.Facets(ctx, scope, f, 50)
				if err != nil {
					return 0, err
				}
				n += len(list)
			}
			return n, nil
		}},
		{"one site" + name, func(ctx context.Context, s *store.Store) (int, error) {
			_, err := s.Load(ctx, w.domain(w.sites/3))
			return 1, err
		}},
	}
}

// query times every query.
func (w world) query(ctx context.Context, path string, rounds int, only string) error {
	fmt.Printf("%-44s %8s %8s %8s %8s %8s %6s\n", "query (ms)", "cpu", "warm p50", "warm p95", "cold p50", "cold p95", "rows")
	var slow []string
	var warmAll, coldAll []time.Duration
	for _, q := range w.queries() {
		if !strings.Contains(q.name, only) {
			continue
		}
		var warm, cold []time.Duration
		var n int
		used := 0.0
		for range rounds {
			s, err := w.open(ctx, path)
			if err != nil {
				return err
			}
			if err := drop(path); err != nil {
				return err
			}
			for _, times := range []*[]time.Duration{&cold, &warm} {
				start, before := time.Now(), cpu()
				if n, err = q.do(ctx, s); err != nil {
					return fmt.Errorf("%s: %w", q.name, err)
				}
				*times = append(*times, time.Since(start))
				if times == &warm {
					used += cpu() - before
				}
			}
			if err := s.Close(); err != nil {
				return err
			}
		}
		fmt.Printf("%-44s %8.1f %8.1f %8.1f %8.1f %8.1f %6d\n", q.name, used/float64(rounds)*1000, at(warm, 50), at(warm, 95), at(cold, 50), at(cold, 95), n)
		if at(cold, 95) > 50 {
			slow = append(slow, q.name)
		}
		warmAll, coldAll = append(warmAll, warm...), append(coldAll, cold...)
	}
	fmt.Printf("%-44s %8s %8.1f %8.1f %8.1f %8.1f\n", "all of them", "", at(warmAll, 50), at(warmAll, 95), at(coldAll, 50), at(coldAll, 95))
	if len(slow) > 0 {
		return fmt.Errorf("over 50 ms with cold caches: %s", strings.Join(slow, "; "))
	}
	return nil
}

func at(times []time.Duration, percent int) float64 {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return float64(times[min(len(times)*percent/100, len(times)-1)].Microseconds()) / 1000
}

// again looks at 20,000 sites once more: nothing of them changed.
func (w world) again(ctx context.Context, path string) error {
	w2 := w
	s, err := store.Open(ctx, store.Options{URL: place(path), Now: func() time.Time { return w2.now }})
	if err != nil {
		return err
	}
	defer s.Close()
	claim := min(w.sites, 20000)
	var batches [][]store.Commit
	for i := 0; i < claim; {
		var batch []store.Commit
		for ; len(batch) < 256 && i < claim; i++ {
			if i%50 == 49 {
				continue
			}
			m, err := s.Load(ctx, w.domain(i))
			if err != nil {
				return err
			}
			c := w.commit(i, m.LookedAt.Add(time.Hour), m.Rev)
			c.Next = []store.Due{{Part: watch.Resolution, At: w.now.Add(time.Hour)}, {Part: watch.Page, At: w.now.Add(6 * time.Hour)}}
			batch = append(batch, c)
		}
		batches = append(batches, batch)
	}
	before, err := os.Stat(path)
	if err != nil {
		return err
	}
	start, n := time.Now(), 0
	used := cpu()
	for _, batch := range batches {
		done, err := s.Commit(ctx, batch)
		if err != nil {
			return err
		}
		for _, d := range done {
			if d.Err != nil || d.Changed {
				return fmt.Errorf("an unchanged commit: %+v", d)
			}
		}
		n += len(batch)
	}
	took := time.Since(start)
	used = cpu() - used
	after, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Printf("unchanged commits in batches of 256: %.0f a second (%.0f a second of processor time); the file grew by %d bytes\n", float64(n)/took.Seconds(), float64(n)/used, after.Size()-before.Size())
	return nil
}
