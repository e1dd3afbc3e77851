// Command web measures the dashboard over a large store: see run.sh.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"domaincheck/providers"
	"domaincheck/risk"
	"domaincheck/rules"
	"domaincheck/store"
	"domaincheck/tldlist"
	"domaincheck/web"
)

func main() {
	path := flag.String("store", "", "SQLite file, as bench/store generates it")
	rounds := flag.Int("rounds", 5, "times each page is read, warm and cold")
	only := flag.String("only", "", "only addresses that contain this")
	at := flag.String("at", "2026-11-21T09:00:00+08:00", "the moment of the generated store")
	profile := flag.String("profile", "", "file for a profile of the readings")
	limit := flag.Duration("limit", 100*time.Millisecond, "p95 that no page may exceed, cold")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	over, err := profiled(ctx, *profile, options{*path, *only, *at, *rounds, *limit})
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/web:", err)
		os.Exit(4)
	}
	if over > 0 {
		fmt.Printf("%d addresses are over %s\n", over, *limit)
		os.Exit(1)
	}
}

// profiled is run with a profile of it in a file ("": none).
func profiled(ctx context.Context, file string, o options) (over int, err error) {
	if file == "" {
		return run(ctx, o)
	}
	f, err := os.Create(file)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return 0, err
	}
	defer pprof.StopCPUProfile()
	return run(ctx, o)
}

type options struct {
	path, only, at string
	rounds         int
	limit          time.Duration
}

// bench is the tables that are loaded once, and the clock of the store.
type bench struct {
	options
	now       time.Time
	book      *rules.Book
	risks     *risk.Table
	providers *providers.Table
}

func run(ctx context.Context, o options) (over int, err error) {
	b := &bench{options: o}
	if b.now, err = time.Parse(time.RFC3339, o.at); err != nil {
		return 0, err
	}
	tlds, err := tldlist.Default()
	if err != nil {
		return 0, err
	}
	if b.providers, err = providers.Default(); err != nil {
		return 0, err
	}
	if b.book, err = rules.Load(rules.Files(), rules.Tables{TLDs: tlds, Providers: b.providers}); err != nil {
		return 0, err
	}
	if b.risks, err = risk.Load(risk.Files(), tlds); err != nil {
		return 0, err
	}
	addresses, err := b.addresses(ctx)
	if err != nil {
		return 0, err
	}
	fmt.Printf("%-82s %9s %9s %9s %9s %9s %6s %7s %6s\n", "address", "warm p50", "p95", "CPU", "cold p50", "p95", "reads", "disk KiB", "KiB")
	var all []time.Duration
	var slow []string
	for _, address := range addresses {
		if b.only != "" && !strings.Contains(address, b.only) {
			continue
		}
		warm, busy, size, err := b.warm(ctx, address)
		if err != nil {
			return over, fmt.Errorf("%s: %w", address, err)
		}
		cold, reads, bytes, err := b.cold(ctx, address)
		if err != nil {
			return over, fmt.Errorf("%s: %w", address, err)
		}
		mark := ""
		if quantile(cold, .95) > b.limit {
			over++
			mark = "  over"
			slow = append(slow, fmt.Sprintf("%s %.1fms", short(address), ms(quantile(cold, .95))))
		}
		all = append(all, cold...)
		fmt.Printf("%-82s %7.1fms %7.1fms %7.1fms %7.1fms %7.1fms %6d %8d %6d%s\n", short(address), ms(quantile(warm, .5)), ms(quantile(warm, .95)), ms(busy), ms(quantile(cold, .5)), ms(quantile(cold, .95)), reads, bytes>>10, size>>10, mark)
	}
	fmt.Printf("%-82s %9s %9s %9s %7.1fms %7.1fms\n", "all pages", "", "", "", ms(quantile(all, .5)), ms(quantile(all, .95)))
	if over > 0 {
		fmt.Printf("over %s, cold, 95th percentile:\n  %s\n", b.limit, strings.Join(slow, "\n  "))
	}
	return over, nil
}

func short(address string) string {
	if plain, err := url.QueryUnescape(address); err == nil {
		address = plain
	}
	if r := []rune(address); len(r) > 76 {
		return string(r[:76]) + "…"
	}
	return address
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func quantile(list []time.Duration, q float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// serve opens the store and a server over it, whom a token of tag may see.
func (b *bench) serve(ctx context.Context, tag string) (http.Handler, func(), error) {
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + b.path, Now: func() time.Time { return b.now }})
	if err != nil {
		return nil, nil, err
	}
	o := web.Options{Store: db, Book: b.book, Risks: b.risks, Providers: b.providers, Now: func() time.Time { return b.now }, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))}
	if err := db.Prepare(ctx); err != nil { // as the daemon does when it starts
		_ = db.Close()
		return nil, nil, err
	}
	if tag != "" {
		o.Tokens = []web.Token{{Name: "bench", Hash: benchHash, Role: web.RoleRead, Tags: []string{tag}}}
	}
	s, err := web.New(o)
	if err != nil {
		_ = db.Close()
		return nil, nil, err
	}
	return s.Handler(), func() { _ = db.Close() }, nil
}

// The token of scoped readings, and its SHA-256.
const (
	benchToken = "bench"
	benchHash  = "1b32c28cb38c05480eccc1bd60ff97029b57a05c96718b96dad7e9d84894f549"
)

// read asks for one page. An address that begins with "tag:" is asked for by a
// token that sees that tag only.
func read(ctx context.Context, h http.Handler, address string) (time.Duration, int64, error) {
	_, path := scoped(address)
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1"+path, nil)
	req.Host = "127.0.0.1"
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Authorization", "Bearer "+benchToken)
	rec := httptest.NewRecorder()
	begin := time.Now()
	h.ServeHTTP(rec, req)
	took := time.Since(begin)
	size, err := io.Copy(io.Discard, rec.Body)
	if rec.Code != http.StatusOK {
		return 0, 0, fmt.Errorf("answered %d", rec.Code)
	}
	return took, size, err
}

func scoped(address string) (tag, path string) {
	if rest, ok := strings.CutPrefix(address, "tag:"); ok {
		tag, path, _ = strings.Cut(rest, "/")
		return tag, "/" + path
	}
	return "", address
}

// warm reads from warm caches; busy is the time of the processors that a reading
// takes, which a machine with other work does not lengthen.
func (b *bench) warm(ctx context.Context, address string) (times []time.Duration, busy time.Duration, size int64, err error) {
	tag, _ := scoped(address)
	h, done, err := b.serve(ctx, tag)
	if err != nil {
		return nil, 0, 0, err
	}
	defer done()
	begin := time.Duration(0)
	for i := range b.rounds + 1 {
		took, n, err := read(ctx, h, address)
		if err != nil {
			return nil, 0, 0, err
		}
		if size = n; i > 0 { // the first warms
			times = append(times, took)
			continue
		}
		begin = processorTime()
	}
	return times, (processorTime() - begin) / time.Duration(b.rounds), size, nil
}

// cold reads with nothing in any cache: the store is opened anew, then the
// file's pages are dropped from the system's.
// reads and bytes are of one reading.
func (b *bench) cold(ctx context.Context, address string) (times []time.Duration, reads, bytes int64, err error) {
	tag, _ := scoped(address)
	for range b.rounds {
		h, done, err := b.serve(ctx, tag)
		if err != nil {
			return nil, 0, 0, err
		}
		if err := drop(b.path); err != nil {
			return nil, 0, 0, err
		}
		calls, disk := readsSoFar()
		took, _, err := read(ctx, h, address)
		calls2, disk2 := readsSoFar()
		done()
		if err != nil {
			return nil, 0, 0, err
		}
		times, reads, bytes = append(times, took), reads+calls2-calls, bytes+disk2-disk
	}
	return times, reads / int64(b.rounds), bytes / int64(b.rounds), nil
}

// addresses are the pages of the dashboard: each filter alone and together, in
// each order, first and last page, searches of any length, a site, the lists.
func (b *bench) addresses(ctx context.Context) ([]string, error) {
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + b.path, Now: func() time.Time { return b.now }})
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	first := func(facet store.Facet) string {
		list, err := db.Facets(ctx, store.Scope{}, facet, 1)
		if err != nil || len(list) == 0 {
			return ""
		}
		return list[0].Key
	}
	worst, err := db.Sites(ctx, store.SiteQuery{Sort: store.ByLevel, Desc: true, Limit: 1})
	if err != nil {
		return nil, err
	}
	all := []string{"/"}
	filters := []string{"", "verdict=fail", "verdict=unknown", "risk=critical", "min_risk=high", "state=filed", "state=unfiled", "province=" + url.QueryEscape(first(store.FacetProvince)), "provider=" + url.QueryEscape(first(store.FacetProvider)),
		"registrar=" + url.QueryEscape(first(store.FacetRegistrar)), "tld=" + url.QueryEscape(first(store.FacetTLD)), "tag=" + url.QueryEscape(first(store.FacetTag)), "rule=site.number", "outcome=de_access", "due=2026-12-01", "unchecked=page",
		"q=" + url.QueryEscape("科技"), "q=" + url.QueryEscape("京"), "q=" + url.QueryEscape("信息技术"), "q=" + url.QueryEscape("北京 教育"), "q=abc", "q=" + url.QueryEscape("没有这样的"), "q=47.11",
		"province=" + url.QueryEscape("广东") + "&provider=aliyun&verdict=fail&tld=cn&q=" + url.QueryEscape("科技")}
	for _, f := range filters {
		for _, order := range []string{"", "&last=1", "&sort=deadline", "&sort=expiry", "&sort=domain", "&sort=domain&last=1", "&sort=looked"} {
			all = append(all, "/sites?"+strings.TrimPrefix(f+order, "&"))
		}
	}
	for _, row := range worst.Items {
		all = append(all, "/sites/"+row.Domain)
	}
	all = append(all, "/subjects", "/subjects?last=1", "/subjects?q="+url.QueryEscape("科技"), "/servers", "/servers?last=1", "/alerts", "/alerts?level=critical", "/alerts?tab=history", "/deliveries", "/deliveries?state=dead", "/silences?all=1",
		"/channels", "/rules", "/rules/"+url.PathEscape("广东"), "/import", "/audit", "/status")
	tag := first(store.FacetTag)
	if tag != "" {
		for _, path := range []string{"/", "/sites", "/sites?verdict=fail&sort=deadline", "/sites?q=" + url.QueryEscape("科技"), "/alerts", "/alerts?tab=history", "/deliveries", "/subjects", "/servers"} {
			all = append(all, "tag:"+tag+path)
		}
	}
	return all, nil
}
