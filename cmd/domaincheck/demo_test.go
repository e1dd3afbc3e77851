//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/check"
	"domaincheck/lab"
)

// TestDemo starts the demo as a newcomer does, asks its API for the three named
// stories and for the past of one, and ends it: nothing is left.
func TestDemo(t *testing.T) {
	left := t.TempDir()
	t.Setenv("TMPDIR", left)
	ctx, stop := context.WithTimeout(t.Context(), 8*time.Minute) // a guard against hanging, on a machine with much else to do
	defer stop()
	out, in := io.Pipe()
	var problems bytes.Buffer
	p := &program{streams: streams{bytes.NewReader(nil), in, &problems}}
	root := p.rootCommand()
	root.SetArgs([]string{"demo", "--json", "--listen", "127.0.0.1:0"})
	done := make(chan error, 1)
	began := processorTime(t)
	go func() {
		err := root.ExecuteContext(ctx)
		in.CloseWithError(io.EOF)
		done <- err
	}()
	var info app.Info
	if err := json.NewDecoder(out).Decode(&info); err != nil {
		t.Fatalf("%v: %v\n%s", err, <-done, problems.String())
	}
	// A minute on a machine of its own: counted in work, so that it means the
	// same beside other tests.
	if took := processorTime(t) - began; took > time.Minute {
		t.Errorf("it took %s of processor time to begin", took)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()

	world, err := lab.Start(ctx, lab.Options{Demo: true, Seed: 1, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	named := 0
	for _, site := range world.Demo() {
		if len(site.Risks) > 0 {
			named++
			checkRisks(t, info.URL, site)
		}
	}
	if named < 3 || info.Sites < 55 {
		t.Errorf("%d stories with named risks, %d sites", named, info.Sites)
	}
	var past struct {
		Items []struct{ Verdict domaincheck.Verdict }
	}
	ask(t, info.URL+"api/v1/sites/"+world.Demo()[1].Domain+"/reports", &past)
	if n := len(past.Items); n < 3 || past.Items[0].Verdict != domaincheck.VerdictFail || past.Items[n-1].Verdict != domaincheck.VerdictPass {
		t.Errorf("the past of the site that moved: %+v", past.Items)
	}

	stop()
	if err := <-done; err != nil {
		t.Errorf("it ended with %v\n%s", err, problems.String())
	}
	if rest, err := os.ReadDir(left); err != nil || len(rest) > 0 {
		t.Errorf("left behind: %v, %v", rest, err)
	}
	if _, err := http.Get(info.URL); err == nil { //nolint:noctx // it must not answer
		t.Error("it still answers")
	}
}

// processorTime is how long this process has worked.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// checkRisks compares the risks of a site with those it is cast for.
func checkRisks(t *testing.T, base string, site lab.DemoSite) {
	t.Helper()
	var got struct {
		Items []struct {
			Signal  string
			Outcome domaincheck.RiskOutcome
			Level   domaincheck.Severity
		}
	}
	ask(t, base+"api/v1/risks?domain="+url.QueryEscape(site.Domain), &got)
	for _, want := range site.Risks {
		if !slices.ContainsFunc(got.Items, func(r struct {
			Signal  string
			Outcome domaincheck.RiskOutcome
			Level   domaincheck.Severity
		}) bool {
			return lab.DemoRisk{Signal: r.Signal, Outcome: r.Outcome, Level: r.Level} == want
		}) {
			t.Errorf("%s (%s): no risk %+v among %+v", site.Domain, site.Story, want, got.Items)
		}
	}
}

func ask(t *testing.T, address string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v\n%s", address, resp.Status, err, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s: %v\n%s", address, err, body)
	}
}

// TestDemoAddress: the demo never listens to others.
func TestDemoAddress(t *testing.T) {
	for listen, good := range map[string]bool{"127.0.0.1:0": true, "localhost:9000": true, "[::1]:0": true, "0.0.0.0:8480": false, "192.168.1.1:80": false, ":8480": false, "nonsense": false} {
		if _, err := demoAddress(t.Context(), listen); (err == nil) != good {
			t.Errorf("%s: %v", listen, err)
		}
	}
}

// TestDemoIsAsPlanted: what the checks say of every site of the cast is what
// its story plants, and before its story began nothing was wrong.
func TestDemoIsAsPlanted(t *testing.T) {
	dir := t.TempDir()
	s, err := openStage(t.Context(), dir, "127.0.0.1:0", "zh")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	p := &program{streams: streams{bytes.NewReader(nil), io.Discard, io.Discard}}
	p.global.lang = "zh"
	config, err := p.demoConfig(s)
	if err != nil {
		t.Fatal(err)
	}
	world, err := check.OpenTables(config.Tables)
	if err != nil {
		t.Fatal(err)
	}
	if err := world.Connect(config.Network); err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	players, err := s.look(t.Context(), world.Checker)
	if err != nil {
		t.Fatal(err)
	}
	for _, player := range players {
		planted, _ := s.lab.TruthOf(player.Domain)
		for story, scene := range player.scenes {
			report := world.Checker.Judge(check.Job{Input: player.Domain, Site: scene.site}, scene.observation, domaincheck.At(time.Now()))
			if story == "" {
				for _, line := range planted.Disagreements(report.Findings) {
					t.Error(line)
				}
			}
			if story == "healthy" && report.Verdict == domaincheck.VerdictFail {
				for _, f := range report.Findings {
					if f.Result == domaincheck.Fail && f.Severity.Rank() > domaincheck.Low.Rank() {
						t.Errorf("%s (%s) before its story: %s %s %s", player.Domain, player.Story, f.Rule, f.Code, f.Severity)
					}
				}
			}
		}
	}
}
