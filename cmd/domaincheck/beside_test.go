package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/watch"
)

// worker claims and commits as the daemon does until its context ends.
type worker struct {
	db      *store.Store
	commits atomic.Int64
	lost    atomic.Int64  // commits of sites that the ledger changed meanwhile
	more    chan struct{} // a batch was committed
	done    chan error
}

func (w *worker) work(ctx context.Context) {
	w.done <- func() error {
		for n := 0; ctx.Err() == nil; n++ {
			claimed, err := w.db.Claim(ctx, store.ClaimOptions{Part: watch.Page, N: 20, Owner: "daemon", Lease: time.Minute})
			if err != nil {
				return err
			}
			var batch []store.Commit
			for _, c := range claimed {
				at := domaincheck.At(time.Now())
				batch = append(batch, store.Commit{
					Site: c.Lease.Site, Rev: c.Rev, Leases: []store.Lease{c.Lease},
					Report: &domaincheck.Report{
						Schema: domaincheck.Schema, Domain: domaincheck.Text(c.Lease.Site), At: at, Verdict: domaincheck.VerdictPass,
						Site: &domaincheck.ReportSite{Site: c.Site},
					},
					Next: []store.Due{{Part: watch.Page, At: at.Time}},
				})
			}
			results, err := w.db.Commit(ctx, batch)
			if err != nil {
				return err
			}
			select {
			case w.more <- struct{}{}:
			default:
			}
			for _, r := range results {
				switch {
				case r.Err == nil:
					w.commits.Add(1)
				case errors.Is(r.Err, store.CodeConflict):
					w.lost.Add(1)
				default:
					return r.Err
				}
			}
		}
		return nil
	}()
}

// TestImportBesideWork imports and exports in processes of their own while this
// one claims and commits: neither stops the other, and nothing is lost.
func TestImportBesideWork(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "domaincheck.db")
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	command := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "domaincheck", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "DOMAINCHECK_STORE=sqlite:"+path, "DOMAINCHECK_CONFIG=")
		var problems strings.Builder
		cmd.Stderr = &problems
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, problems.String())
		}
		return string(out)
	}
	ledger := func(name string, from, to int, title string) string {
		var b strings.Builder
		b.WriteString("域名,网站名称,主办单位名称\n")
		for i := from; i < to; i++ {
			fmt.Fprintf(&b, "site%d.cn,%s%d,公司%d\n", i, title, i, i/10)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	command("import", ledger("first.csv", 0, 100, "甲"))

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	w := &worker{db: db, more: make(chan struct{}, 1), done: make(chan error, 1)}
	go w.work(ctx)
	until := func(n int64) {
		t.Helper()
		for w.commits.Load() < n {
			select {
			case err := <-w.done:
				t.Fatalf("the worker ended after %d commits: %v", w.commits.Load(), err)
			case <-w.more:
			}
		}
	}
	until(40)
	var did imported
	if err := json.Unmarshal([]byte(command("import", ledger("second.csv", 50, 1050, "乙"), "--json")), &did); err != nil {
		t.Fatal(err)
	}
	if !did.Written || len(did.Added) != 950 || len(did.Changed) != 50 {
		t.Fatalf("added %d, changed %d", len(did.Added), len(did.Changed))
	}
	until(w.commits.Load() + 1000)
	if err := json.Unmarshal([]byte(command("import", "second.csv", "--json")), &did); err != nil || len(did.Unchanged) != 1000 {
		t.Fatalf("again: %d unchanged, %v", len(did.Unchanged), err)
	}
	command("backup", "copy.db")
	out := command("export", "-", "--format", "csv")
	stop()
	if err := <-w.done; err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if rows := strings.Count(out, "site"); rows != 1050 || strings.Count(out, "乙") != 1000 || !strings.Contains(out, "甲49") {
		t.Errorf("%d rows exported", rows)
	}
	known, err := db.Load(t.Context(), "site99.cn")
	if err != nil || known.Site.Name != "乙99" || known.Report == nil {
		t.Fatalf("%+v %v", known, err)
	}
	t.Logf("%d commits, %d lost against the import", w.commits.Load(), w.lost.Load())
}
