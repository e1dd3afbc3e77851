package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"domaincheck"
	"domaincheck/lab"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"domaincheck": main})
}

// TestScripts runs testdata/script/*.txt: each fixes what a command prints and
// which status it ends with. A script finds in $LABFLAGS (one word a flag; use
// it through the command "lab") the flags that point to a lab of 60 sites.
func TestScripts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	world, err := lab.Start(ctx, lab.Options{Sites: 60, Seed: 1, Now: time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())})
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("LANG", "")
			return os.WriteFile(filepath.Join(env.WorkDir, "lab.flags"), []byte(strings.Join(world.Flags(), "\n")), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"lab":    labCommandInScript,
			"status": statusInScript,
		},
	})
}

// labCommandInScript runs domaincheck with the flags of the lab: `lab check …`.
func labCommandInScript(ts *testscript.TestScript, neg bool, args []string) {
	statusOf(ts, neg, append(strings.Split(ts.ReadFile("lab.flags"), "\n"), args...))
}

// statusInScript runs domaincheck and checks the status: `status 2 check …`.
func statusInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: status N ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	args = args[1:]
	if len(args) > 0 && args[0] == "lab" {
		args = append(strings.Split(ts.ReadFile("lab.flags"), "\n"), args[1:]...)
	}
	got := 0
	if err := ts.Exec("domaincheck", args...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("status %d, want %d", got, want)
	}
}

func statusOf(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec("domaincheck", args...)
	if neg != (err != nil) {
		ts.Fatalf("domaincheck: error %v", err)
	}
}
