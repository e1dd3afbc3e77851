package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/inventory"
	"domaincheck/present"
	"domaincheck/store"
)

// newerInScript makes a store one that a newer version wrote: `newer FILE`.
func newerInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: newer FILE")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	for _, text := range []string{
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999999, 1)`,
		`PRAGMA journal_mode = DELETE`,
	} {
		_, err = db.Exec(text)
		ts.Check(err)
	}
	ts.Check(db.Close())
}

// damageInScript overwrites the middle of a file: `damage FILE`.
func damageInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: damage FILE")
	}
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	for i := len(b) / 3; i < len(b)/3+9000; i++ {
		b[i] ^= 0xa5
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

func TestJoinedSites(t *testing.T) {
	doc, err := inventory.Read(strings.NewReader("域名,网站名称,标签,备案状态\na.cn,甲,x,\nwww.a.cn,,y,已备案\nb.cn,乙,,\nm.b.cn,丙,,\na.cn,甲,,\n"), inventory.Options{Name: "t.csv"})
	if err != nil {
		t.Fatal(err)
	}
	sites, rows := joinedSites(doc)
	if len(sites) != 3 || len(rows) != 3 || rows[2].Place != "t.csv:5" {
		t.Fatalf("%d sites, %v", len(sites), rows)
	}
	if s := sites[0]; s.Name != "甲" || s.State != domaincheck.StateFiled || len(s.Tags) != 2 || len(s.Hosts) != 1 || s.Hosts[0] != "www" {
		t.Errorf("%+v", s)
	}
}

func TestMergeKeepsWhatIsNotNamed(t *testing.T) {
	if got := laid(struct{ A, B string }{"new", ""}, struct{ A, B string }{"old", "kept"}); got.A != "new" || got.B != "kept" {
		t.Errorf("%+v", got)
	}
}

// commitInScript puts a report into the store of the script, as the daemon
// would after a look: `commit STORE REPORT.json`.
func commitInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: commit STORE REPORT.json")
	}
	reports, err := present.ReadReports(strings.NewReader(ts.ReadFile(args[1])), args[1])
	ts.Check(err)
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + ts.MkAbs(args[0])})
	ts.Check(err)
	defer db.Close()
	for _, r := range reports {
		known, err := db.Load(ctx, string(r.Domain))
		ts.Check(err)
		event := alert.Event{Key: "k1", Kind: alert.Opened, Domain: r.Domain, Rule: "site.number", Level: domaincheck.Medium, At: r.At}
		done, err := db.Commit(ctx, []store.Commit{{
			Site: string(r.Domain), Rev: known.Rev, Report: &r, Events: []alert.Event{event},
			Out: []alert.Outgoing{{Channel: "ops", Keys: domaincheck.List[string]{"k1"}, Kind: alert.Opened, Events: domaincheck.List[alert.Event]{event}}},
		}})
		ts.Check(err)
		ts.Check(done[0].Err)
	}
}

// judgedInScript makes a report of an observation as of an instant:
// `judged OBSERVATION.json REPORT.json AT`.
func judgedInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: judged OBSERVATION.json REPORT.json AT")
	}
	var out, problems strings.Builder
	run([]string{"judge", "--json", "--site", ts.MkAbs("site.yaml"), "--observation", ts.MkAbs(args[0]), "--at", args[2]},
		streams{strings.NewReader(""), &out, &problems})
	if out.Len() == 0 {
		ts.Fatalf("judge: %s", problems.String())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(out.String()), 0o600))
}

// full is a disk that is.
type full struct{}

func (full) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
}

// TestResultsUnwritten: no command says that it passed when its results were
// not written, whichever way it prints them.
func TestResultsUnwritten(t *testing.T) {
	for _, args := range [][]string{
		{"version"}, {"version", "--json"}, {"token", "create", "x"}, {"token", "list"}, {"rules", "list"}, {"config", "check", "--help"},
	} {
		var problems bytes.Buffer
		if status := run(append(args, "--lang", "zh"), streams{strings.NewReader(""), full{}, &problems}); status != statusCannot || !strings.Contains(problems.String(), "写入 /dev/stdout：磁盘空间不足") {
			t.Errorf("%q: status %d, %s", args, status, problems.String())
		}
	}
}

// TestImportStopped: an import that a signal ends says that it wrote nothing.
func TestImportStopped(t *testing.T) {
	doc, err := inventory.Read(strings.NewReader("a.cn\nb.cn\n"), inventory.Options{Name: "名单.txt"})
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "a.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	p := &program{streams: streams{strings.NewReader(""), io.Discard, io.Discard}}
	err = p.importInto(ctx, db, doc, &importFlags{}, "名单.txt", p.steps())
	if !errors.Is(err, domaincheck.CodeCancelled) || err.Error() != "名单.txt: stopped by a signal; nothing was written" {
		t.Errorf("%v", err)
	}
	if known, err := db.Export(t.Context()); err != nil || len(known.Sites) != 0 {
		t.Errorf("%d sites, %v", len(known.Sites), err)
	}
}
