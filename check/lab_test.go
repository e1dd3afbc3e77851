package check_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/lab"
)

// connected opens a world that looks at the lab.
func connected(t *testing.T, l *lab.Lab, change func(*check.Network)) *check.World {
	t.Helper()
	world, err := check.OpenTables(check.TableFiles{})
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, l.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	n := check.Network{
		Resolvers: l.Resolvers(), WHOISServers: l.WHOISServers(), RDAPBases: l.RDAPBases(),
		ConnectTo: l.ConnectTo(), ClientSubnet: l.ClientSubnet(), Browser: "off", CAFile: ca, Timeout: 5 * time.Second,
		WHOISPerSecond: 1000, WHOISBurst: 1000,
	}
	if change != nil {
		change(&n)
	}
	if err := world.Connect(n); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	return world
}

// TestLab plants every story of the lab and compares what is found with what
// was planted: the observers, the inference and the rules together, on real
// sockets. Stories in which somebody is silent by design wait together; the
// others are given time enough for a machine that is busy.
func TestLab(t *testing.T) {
	var quick, slow, refused []string
	for _, story := range lab.Catalogue() {
		switch {
		case slices.Contains([]string{"rdap_too_many", "whois_too_fast", "whois_refused_absent"}, story.Name):
			refused = append(refused, story.Name)
		case story.Slow:
			slow = append(slow, story.Name)
		default:
			quick = append(quick, story.Name)
		}
	}
	impatient := func(n *check.Network) { n.Patience = time.Millisecond }
	t.Run("quick", func(t *testing.T) { judged(t, quick, 8, func(n *check.Network) { n.Timeout = 15 * time.Second }) })
	t.Run("slow", func(t *testing.T) { judged(t, slow, 32, func(n *check.Network) { n.Timeout = 6 * time.Second }) })
	t.Run("refused", func(t *testing.T) { judged(t, refused, 8, impatient) })
}

func judged(t *testing.T, stories []string, concurrency int, change func(*check.Network)) {
	l, err := lab.Start(t.Context(), lab.Options{Seed: 7, Now: time.Now(), Stories: stories})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	world := connected(t, l, change)
	truth := l.Truth()
	rows := make([]check.Row, len(truth))
	for i, planted := range truth {
		rows[i].Job = check.Job{Input: planted.Domain, Site: planted.Site}
	}
	done := 0
	for i, report := range world.Checker.Many(t.Context(), rows, concurrency) {
		planted := truth[i]
		done++
		t.Run(planted.Story, func(t *testing.T) {
			for _, d := range planted.Disagreements(report.Findings) {
				t.Error(d)
			}
			if planted.Verdict != "" && string(report.Verdict) != string(planted.Verdict) {
				t.Errorf("verdict %s, planted %s", report.Verdict, planted.Verdict)
			}
			if report.Domain != domaincheck.Text(planted.Domain) {
				t.Errorf("reported %s", report.Domain)
			}
		})
	}
	if done != len(truth) {
		t.Errorf("%d reports for %d sites", done, len(truth))
	}
}

// TestInterrupted stops a run in the middle: what was cut short is reported as
// such and judged by nobody.
func TestInterrupted(t *testing.T) {
	l, err := lab.Start(t.Context(), lab.Options{Seed: 3, Now: time.Now(), Stories: []string{"down_hang", "healthy_cn"}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	world := connected(t, l, nil)
	var rows []check.Row
	for _, planted := range l.Truth() {
		rows = append(rows, check.Row{Job: check.Job{Input: planted.Domain, Site: planted.Site}})
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for _, report := range world.Checker.Many(ctx, rows, 1) {
		if report.Error == nil || report.Error.Code != domaincheck.CodeCancelled || len(report.Findings) > 0 {
			t.Errorf("%s: error %v, %d findings", report.Input, report.Error, len(report.Findings))
		}
	}
	ctx, stop = context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	for i := range rows {
		if rows[i].Job.Site.State != "" && l.Truth()[i].Story == "down_hang" {
			if report := world.Checker.Check(ctx, rows[i].Job); report.Error == nil {
				t.Errorf("a look that was cut short was judged: %s", report.Verdict)
			}
		}
	}
}
