package check_test

import (
	"os"
	"path/filepath"
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
// sockets.
func TestLab(t *testing.T) {
	l, err := lab.Start(t.Context(), lab.Options{Seed: 7, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	world := connected(t, l, nil)
	truth := l.Truth()
	rows := make([]check.Row, len(truth))
	for i, planted := range truth {
		rows[i].Job = check.Job{Input: planted.Domain, Site: planted.Site}
	}
	i := 0
	for report := range world.Checker.Many(t.Context(), rows, 32) {
		planted := truth[i]
		i++
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
	if i != len(truth) {
		t.Errorf("%d reports for %d sites", i, len(truth))
	}
}
