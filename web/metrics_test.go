package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
	"domaincheck/store/storetest"
	"domaincheck/web"
)

// metered is a server whose every metric has a value.
func metered(t *testing.T) *world {
	t.Helper()
	m := web.NewMeter()
	w := begin(t, func(o *web.Options) {
		o.Meter = m
		o.Channels = []web.Channel{{Name: "ops"}, {Name: "mail"}}
		at := domaincheck.At(o.Now())
		past := domaincheck.At(o.Now().Add(-time.Hour))
		o.Status = func(context.Context) web.Status {
			return web.Status{
				Started: past, Reload: &web.ReloadStatus{At: at},
				Parts:    []web.PartStatus{{Part: "page", Sites: 10, Due: 3, Running: 2, Oldest: past}, {Part: "resolution", Overrun: true}},
				Paces:    []web.PaceStatus{{Key: "whois.example:43", PerSecond: 1, Blocked: domaincheck.At(o.Now().Add(time.Minute)), Sites: 10}},
				Channels: []web.ChannelStatus{{Channel: "ops", Failing: past}},
				Blind:    []web.BlindnessState{{Part: "resolution", Since: past}},
			}
		}
	})
	tenants(t, w)
	m.Look("page", domaincheck.OutcomeOK, 200*time.Millisecond)
	m.Look("registration", domaincheck.OutcomeRefused, time.Second)
	m.Waited("whois.example:43", 3*time.Second)
	m.Refused("whois.example:43")
	m.Delivered("ops", "delivered")
	m.Delivered("ops", "dead")
	return w
}

// TestMetrics: values are right, names and helps keep to Prometheus' habits, and
// no label names a site.
func TestMetrics(t *testing.T) {
	t.Parallel()
	w := metered(t)
	w.want(200, "GET /api/v1/sites", nil)
	text := string(w.want(200, "GET /metrics", nil).body)
	for _, line := range []string{
		`domaincheck_sites 10`, `domaincheck_sites_by_verdict{verdict="fail"} 10`, `domaincheck_sites_by_risk{level="high"} 10`, `domaincheck_sites_by_state{state="filed"} 10`,
		`domaincheck_sites_at_risk{outcome="de_access"} 10`, `domaincheck_sites_stale{part="page"} 10`, `domaincheck_sites_stale{part="resolution"} 0`, `domaincheck_domains_by_expiry{up_to="unknown"} 10`,
		`domaincheck_outbox_pending{channel="ops"} 11`, `domaincheck_outbox_dead{channel="mail"} 0`, `domaincheck_part_lag_seconds{part="page"} 3600`, `domaincheck_blind{part="resolution"} 1`, `domaincheck_blind{part="page"} 0`,
		`domaincheck_part_overrun{part="resolution"} 1`, `domaincheck_registry_blocked_seconds{registry="whois.example:43"} 60`, `domaincheck_channel_failing_seconds{channel="ops"} 3600`, `domaincheck_store_up 1`,
		`domaincheck_look_duration_seconds_count{outcome="ok",part="page"} 1`, `domaincheck_registry_refusals_total{registry="whois.example:43"} 1`, `domaincheck_deliveries_total{channel="ops",outcome="dead"} 1`,
		`domaincheck_http_request_duration_seconds_count{class="2xx",kind="api"} 1`, `domaincheck_build_info{version="test"} 1`, `domaincheck_reload_failed 0`, `domaincheck_checks_queued 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			name, _, _ := strings.Cut(line, " ")
			family, _, _ := strings.Cut(name, "{")
			t.Errorf("no line %q, but\n%s", line, strings.Join(grep(text, family), "\n"))
		}
	}
	if strings.Contains(text, "shop1") || strings.Contains(text, secret) {
		t.Error("a metric names a site")
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if !strings.HasPrefix(p.Metric, "domaincheck_go_") && !strings.HasPrefix(p.Metric, "domaincheck_process_") { // named by the client library
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	for _, name := range names(text) {
		if !strings.HasPrefix(name, "domaincheck_") {
			t.Errorf("%s is not ours by name", name)
		}
	}
}

func grep(text, part string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return !strings.Contains(l, part) })
}

// names are the families of metrics in a text.
func names(text string) []string {
	var all []string
	for _, l := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(l, "# TYPE "); ok {
			name, _, _ := strings.Cut(rest, " ")
			all = append(all, name)
		}
	}
	return all
}

// TestCardinality: whatever the daemon is told, a label takes so many values
// only.
func TestCardinality(t *testing.T) {
	t.Parallel()
	m := web.NewMeter()
	w := begin(t, func(o *web.Options) { o.Meter = m })
	for i := range 5000 {
		m.Refused(fmt.Sprintf("whois%d.example:43", i))
		m.Delivered(fmt.Sprint("channel", i), "delivered")
		w.call(fmt.Sprintf("GET /no/such/page/%d", i), nil)
		if i > 50 && i%1000 != 0 {
			continue
		}
		w.call(fmt.Sprintf("GET /api/v1/sites/x%d.cn", i), nil)
	}
	lines := strings.Count(string(w.want(200, "GET /metrics", nil).body), "\ndomaincheck_")
	if lines > 1500 {
		t.Errorf("%d series", lines)
	}
	var none *web.Meter
	none.Look("page", domaincheck.OutcomeOK, time.Second)
	none.Refused("x")
	none.Waited("x", time.Second)
	none.Delivered("x", "dead")
}

// shipped reads a file of the folder deploy.
func shipped(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "deploy", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestShipped: every metric that the shipped rules and dashboard speak of is
// there, and every panel asks something.
func TestShipped(t *testing.T) {
	t.Parallel()
	w := metered(t)
	w.want(200, "GET /metrics", nil) // so that the next reading has seen a request
	text := string(w.want(200, "GET /metrics", nil).body)
	word := regexp.MustCompile(`domaincheck_[a-z0-9_]+`)
	asked := 0
	for _, file := range []string{"prometheus/alerts.yml", "grafana/dashboard.json"} {
		for _, name := range word.FindAllString(string(shipped(t, file)), -1) {
			asked++
			family := regexp.MustCompile(`_(bucket|count)$`).ReplaceAllString(name, "")
			if !strings.Contains(text, "# TYPE "+family+" ") {
				t.Errorf("%s speaks of %s, which is not there", file, name)
			}
		}
	}
	if asked < 40 {
		t.Errorf("only %d metrics are spoken of", asked)
	}
	var board struct {
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(shipped(t, "grafana/dashboard.json"), &board); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	for _, p := range board.Panels {
		if p.Title == "" || len(p.Targets) == 0 || ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d %q", p.ID, p.Title)
		}
		ids[p.ID] = true
	}
	if len(board.Panels) < 15 {
		t.Errorf("%d panels", len(board.Panels))
	}
	// Every expression of the dashboard is one that Prometheus understands.
	var rules bytes.Buffer
	fmt.Fprintln(&rules, "groups:\n- name: board\n  rules:")
	for _, p := range board.Panels {
		for i, target := range p.Targets {
			fmt.Fprintf(&rules, "  - record: board_%d_%d\n    expr: %q\n", p.ID, i, strings.ReplaceAll(target.Expr, "$job", "domaincheck"))
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "board.yml"), rules.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	tool(t, dir, "check", "rules", "board.yml")
	tool(t, filepath.Join("..", "deploy", "prometheus"), "check", "rules", "alerts.yml")
	tool(t, filepath.Join("..", "deploy", "prometheus"), "test", "rules", "alerts_test.yml")
	tool(t, filepath.Join("..", "deploy", "prometheus"), "check", "config", "prometheus.yml")
	check := exec.CommandContext(t.Context(), "/usr/bin/promtool", "check", "metrics")
	check.Stdin = strings.NewReader(strings.Join(slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.Contains(l, "go_") || strings.Contains(l, "process_") }), "\n"))
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// tool runs promtool in a folder.
func tool(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/usr/bin/promtool", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %q: %v\n%s", args, err, out)
	}
}

// freePort is a port of loopback that nobody has.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// daemon runs a program until the test ends.
func daemon(t *testing.T, name string, args ...string) *logged {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out := &logged{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("%s: %v", name, err)
	}
	t.Cleanup(func() {
		cancel()
		if err := cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	})
	return out
}

// until asks again and again until it is so, for at most a minute.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	end := time.NewTimer(time.Minute)
	defer end.Stop()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for !so() {
		select {
		case <-end.C:
			t.Fatalf("%s: not within a minute", what)
		case <-again.C:
		}
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	b, _ := io.ReadAll(resp.Body) // asked again if it broke off
	return string(b)
}

// TestPrometheus: Debian's Prometheus scrapes the server with a token, a shipped
// rule fires, and the alert arrives through Debian's Alertmanager.
func TestPrometheus(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) { o.Tokens = tokens(); o.Meter = web.NewMeter(); o.Now = time.Now })
	now := domaincheck.At(w.clock.now())
	if _, err := w.db.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{{Domains: []domaincheck.Domain{{Domain: "gone.cn", Role: domaincheck.RoleMain}}}}}, store.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	address, _ := serving(t, w)

	var mu sync.Mutex
	var arrived []string
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var v struct {
			Alerts []struct {
				Status      string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, a := range v.Alerts {
			arrived = append(arrived, a.Status+" "+a.Labels["alertname"]+" "+a.Labels["instance"]+": "+a.Annotations["summary"])
		}
	}))
	t.Cleanup(hook.Close)

	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("alerts.yml", string(shipped(t, "prometheus/alerts.yml")))
	write("token", "reader-token")
	manager, prom := freePort(t), freePort(t)
	am := write("alertmanager.yml", "route: {receiver: test, group_wait: 100ms, group_interval: 1s, repeat_interval: 1h}\nreceivers: [{name: test, webhook_configs: [{url: '"+hook.URL+"', send_resolved: true}]}]\n")
	config := strings.NewReplacer("30s", "500ms", "127.0.0.1:9093", manager, "127.0.0.1:8480", address, "# authorization:", "authorization:", "#   credentials_file: /etc/prometheus/domaincheck.token", "  credentials_file: token").
		Replace(string(shipped(t, "prometheus/prometheus.yml")))
	amLog := daemon(t, "/usr/bin/prometheus-alertmanager", "--config.file="+am, "--web.listen-address="+manager, "--cluster.listen-address=", "--storage.path="+filepath.Join(dir, "am"))
	promLog := daemon(t, "/usr/bin/prometheus", "--config.file="+write("prometheus.yml", config), "--web.listen-address="+prom, "--storage.tsdb.path="+filepath.Join(dir, "tsdb"))
	defer func() {
		if t.Failed() {
			t.Logf("prometheus:\n%s\nalertmanager:\n%s", promLog, amLog)
		}
	}()
	until(t, "a scrape", func() bool {
		return strings.Contains(fetch(t, "http://"+prom+"/api/v1/query?query=domaincheck_sites"), `"1"]`)
	})
	mu.Lock()
	early := len(arrived)
	mu.Unlock()
	if early > 0 {
		t.Fatalf("alerts before there was cause: %q", arrived)
	}
	m, err := w.db.Load(t.Context(), "gone.cn")
	if err != nil {
		t.Fatal(err)
	}
	r := storetest.Report("gone.cn", "expired", now)
	r.Risks[0].Level = domaincheck.Critical
	if done, err := w.db.Commit(t.Context(), []store.Commit{{Site: "gone.cn", Rev: m.Rev, Report: r, Events: []alert.Event{}}}); err != nil || done[0].Err != nil {
		t.Fatal(err, done)
	}
	want := "firing DomaincheckSiteCritical " + address + ": 1 sites have a critical risk"
	until(t, "the alert", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return slices.Contains(arrived, want)
	})
	if got := fetch(t, "http://"+manager+"/api/v2/alerts?filter=alertname=DomaincheckSiteCritical"); !strings.Contains(got, `"severity":"critical"`) {
		t.Errorf("Alertmanager holds %s", got)
	}
}
