package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"domaincheck/lab"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"domaincheck": main})
}

// TestScripts runs testdata/script/*.txt: each fixes what a command prints and
// which status it ends with. The command "lab ARGS…" runs domaincheck with the
// flags that lead it to a lab; $SITE_story is the domain on which that story is
// planted.
func TestScripts(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca.pem")
	world, err := lab.Start(t.Context(), lab.Options{Seed: 1, Now: time.Now(), CAFile: ca, Stories: []string{
		"healthy_cn", "healthy_com", "healthy_gbk", "unfiled_mainland", "link_wrong", "whois_refused_absent",
		"expires_5_days", "jump_metadata", "script_shell", "blocked_aliyun",
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { world.Close() }) // after the scripts, which run in parallel
	tables, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	robots := robotsInScript(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("LANG", "")
			env.Setenv("TABLES", tables)
			robots(env)
			for _, planted := range world.Truth() {
				env.Setenv("SITE_"+planted.Story, planted.Domain)
			}
			if err := os.WriteFile(filepath.Join(env.WorkDir, "lab.yaml"), []byte(labSettings(world, ca)), 0o600); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "lab.flags"), []byte(strings.Join(world.Flags(), "\n")), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"lab":      labCommandInScript,
			"resolver": resolverInScript,
			"status":   statusInScript,
			"served":   servedInScript,
			"newer":    newerInScript,
			"damage":   damageInScript,
			"commit":   commitInScript,
			"judged":   judgedInScript,
			"unzipped": unzippedInScript,
		},
	})
}

// labSettings are the flags that lead to the lab, as settings.
func labSettings(world *lab.Lab, ca string) string {
	text := map[string]any{
		"language": "zh",
		"network": map[string]any{
			"resolvers": world.Resolvers(), "client_subnet": world.ClientSubnet(), "ca_file": ca,
			"whois": map[string]any{"servers": world.WHOISServers()}, "rdap": map[string]any{"bases": world.RDAPBases()},
			"http": map[string]any{"connect_to": world.ConnectTo()},
		},
		"limits": map[string]any{"whois_per_second": 1000, "whois_burst": 1000},
	}
	asJSON, err := json.Marshal(text)
	if err != nil {
		panic(err) // plain maps and texts
	}
	return string(asJSON)
}

// resolverInScript runs domaincheck with the lab's resolvers as flags:
// `resolver check …`.
func resolverInScript(ts *testscript.TestScript, neg bool, args []string) {
	var flags []string
	all := strings.Split(ts.ReadFile("lab.flags"), "\n")
	for i, flag := range all {
		if flag == "--resolver" {
			flags = append(flags, flag, all[i+1])
		}
	}
	statusOf(ts, neg, append(flags, args...))
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
	if len(args) > 0 && args[0] == "atlab" {
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
