package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"domaincheck/lab"
)

// robotsInScript opens robots for scripts; their addresses stand in HOOK_URL,
// DINGTALK_URL and SLACK_URL. The secret of those that sign is "lab-secret".
func robotsInScript(t *testing.T) func(*testscript.Env) {
	t.Helper()
	robots := lab.NewRobots(lab.RobotOptions{Now: time.Now, Secret: "lab-secret"})
	base, stop, err := robots.Listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop() })
	return func(env *testscript.Env) {
		for name, service := range map[string]string{"HOOK_URL": "webhook", "DINGTALK_URL": "dingtalk", "SLACK_URL": "slack"} {
			env.Setenv(name, base+robots.Path(service))
		}
	}
}

// servedInScript runs the daemon until it says that it runs, asks it GET PATH,
// stops it as a service manager does, and leaves what it printed in served.out,
// served.err and served.answer: `served PATH ARGS…`. It must end with status 0,
// within ten seconds.
func servedInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: served PATH ARGS…")
	}
	cmd := exec.Command("domaincheck", append([]string{"serve", "--json"}, args[1:]...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "LANG=", "HOOK_URL="+ts.Getenv("HOOK_URL"))
	out, log := &growing{came: make(chan struct{}, 1)}, &growing{came: make(chan struct{}, 1)}
	cmd.Stdout, cmd.Stderr = out, log
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for !strings.HasSuffix(out.String(), "}\n") {
		select {
		case <-out.came:
		case err := <-ended:
			ts.Fatalf("it ended: %v\n%s", err, log.String())
		case <-ctx.Done():
			_ = cmd.Process.Kill()
			ts.Fatalf("it does not start\n%s", log.String())
		}
	}
	answer, err := asked(ctx, out.String(), args[0])
	ts.Check(err)
	began := time.Now()
	ts.Check(cmd.Process.Signal(syscall.SIGTERM))
	if err := <-ended; err != nil {
		ts.Fatalf("it ended with %v\n%s", err, log.String())
	}
	if took := time.Since(began); took > 10*time.Second {
		ts.Fatalf("stopping took %s", took)
	}
	for name, text := range map[string]string{"served.out": out.String(), "served.err": log.String(), "served.answer": answer} {
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs("."), name), []byte(text), 0o600))
	}
}

// asked gets a path of the daemon whose start was printed.
func asked(ctx context.Context, started, path string) (string, error) {
	_, rest, ok := strings.Cut(started, `"url": "`)
	base, _, closed := strings.Cut(rest, `"`)
	if !ok || !closed {
		return "", errors.New("it does not tell where it listens: " + started)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.Status + "\n" + string(body), err
}

// growing keeps what is written and tells that something came.
type growing struct {
	mu   sync.Mutex
	b    strings.Builder
	came chan struct{}
}

func (g *growing) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case g.came <- struct{}{}:
	default:
	}
	return g.b.Write(p)
}

func (g *growing) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.String()
}
