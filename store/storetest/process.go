package storetest

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	neturl "net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver that plays the newer version

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
)

// The variables by which the test binary becomes the second process.
const (
	childRole = "DOMAINCHECK_STORETEST_ROLE"
	childURL  = "DOMAINCHECK_STORETEST_URL"
)

// Main runs the tests, or plays the second process of one of them.
func Main(ctx context.Context, m *testing.M) int {
	role := os.Getenv(childRole)
	if role == "" {
		defer endShared()
		return m.Run()
	}
	if err := child(ctx, role, os.Getenv(childURL)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func child(ctx context.Context, role, url string) error {
	if role == "open" { // can it be opened at all?
		s, err := store.Open(ctx, store.Options{URL: url})
		if err != nil {
			if e, ok := domaincheck.ErrorIn(err); ok {
				fmt.Println(e.Code)
			}
			return err
		}
		return s.Close()
	}
	s, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Println("ready")
	if role == "import" {
		for i := range 10 {
			name := fmt.Sprintf("imported%02d.cn", i)
			if _, err := s.Import(ctx, store.Ledger{Sites: []domaincheck.Site{site(name)}}, store.ImportOptions{}); err != nil {
				return err
			}
			fmt.Println(name)
		}
		return nil
	}
	for i := 1; ; i++ { // role "commit": until it is killed
		m, err := s.Load(ctx, "s000.example.cn")
		if err != nil {
			return err
		}
		e := event("s000.example.cn", domaincheck.At(time.Unix(int64(1800000000+i), 0)))
		got, err := s.Commit(ctx, []store.Commit{{Site: "s000.example.cn", Rev: m.Rev, Report: Report("s000.example.cn", fmt.Sprint("n", i), e.At),
			Events: []alert.Event{e}, Out: []alert.Outgoing{outgoing("ops", e)}}})
		if err != nil {
			return err
		}
		if got[0].Err == nil {
			fmt.Println(i) // acknowledged
		}
	}
}

// Child starts the second process.
func Child(t *testing.T, role, url string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	ok(t, err)
	cmd := exec.CommandContext(t.Context(), self) // whatever fails, it does not outlive the test
	cmd.Env = append(os.Environ(), childRole+"="+role, childURL+"="+url)
	return cmd
}

// twoProcesses: an import beside a daemon: both get through, nothing is lost.
func twoProcesses(t *testing.T, env Env) {
	url := env.New(t)
	c := newClock()
	s := reopen(t, url, c)
	names := fill(t, s, 4)
	cmd := Child(t, "import", url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	var lines []string
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for in := bufio.NewScanner(out); in.Scan(); {
			lines = append(lines, in.Text())
		}
	}()
	rounds := 0
	for over := false; !over; {
		select {
		case <-ended:
			over = true
		default:
			rounds++
			for _, n := range names {
				commitNow(t, s, c, n, fmt.Sprint("round", rounds))
			}
		}
	}
	ok(t, cmd.Wait())
	if len(lines) != 11 {
		t.Fatalf("the import said %q", lines)
	}
	for _, n := range lines[1:] {
		must[*store.Memory](t)(s.Load(t.Context(), n))
	}
	for _, n := range names {
		if m := must[*store.Memory](t)(s.Load(t.Context(), n)); m.Rev != int64(1+rounds) {
			t.Fatalf("%s has revision %d after %d commits", n, m.Rev, rounds)
		}
	}
}

// killed: what a process that dies had acknowledged is there, whole, and the
// store opens as if nothing had been.
func killed(t *testing.T, env Env) {
	url := env.New(t)
	c := newClock()
	first, err := store.Open(t.Context(), store.Options{URL: url, Now: c.now})
	ok(t, err)
	fill(t, first, 1)
	ok(t, first.Close())
	total := 0
	for _, after := range []int{1, 3, 6} {
		cmd := Child(t, "commit", url)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		ok(t, err)
		ok(t, cmd.Start())
		acknowledged := 0
		in := bufio.NewScanner(out)
		for in.Scan() {
			n, err := strconv.Atoi(in.Text())
			if err != nil {
				continue
			}
			if acknowledged = n; n == after {
				ok(t, cmd.Process.Kill())
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("it ended by itself")
		}
		total += acknowledged
		s, err := store.Open(t.Context(), store.Options{URL: url, Now: c.now})
		ok(t, err)
		m := must[*store.Memory](t)(s.Load(t.Context(), "s000.example.cn"))
		events := must[[]store.Event](t)(s.Events(t.Context(), store.EventQuery{Limit: 1000}))
		rows := must[[]alert.Queued](t)(s.Pending(t.Context(), "ops", 1000))
		// One more may have been written than was said; never a part of one.
		if len(events) < total || len(events) != len(rows) || m.Rev != int64(1+len(events)) {
			t.Fatalf("%d acknowledged, %d events, %d messages, revision %d", total, len(events), len(rows), m.Rev)
		}
		total = len(events)
		ok(t, s.Close())
	}
}

// newer: a store of a newer version is refused in clear words and not touched.
func newer(t *testing.T, env Env) {
	url := env.New(t)
	c := newClock()
	s, err := store.Open(t.Context(), store.Options{URL: url, Now: c.now})
	ok(t, err)
	have, know, err := s.SchemaVersion(t.Context())
	ok(t, err)
	if have != know || have < 1 {
		t.Fatalf("schema %d of %d", have, know)
	}
	ok(t, s.Close())
	driver, source := "pgx", url
	if path, isFile := strings.CutPrefix(url, "sqlite:"); isFile {
		driver, source = "sqlite", (&neturl.URL{Scheme: "file", Opaque: (&neturl.URL{Path: path}).EscapedPath()}).String()
	}
	db, err := sql.Open(driver, source)
	ok(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, TRUE)`, know+1)
	ok(t, err)
	_, err = store.Open(t.Context(), store.Options{URL: url})
	wantCode(t, err, store.CodeNewer)
	e, _ := domaincheck.ErrorIn(err)
	if e.Hint == "" || e.Place == "" {
		t.Fatalf("no hint or place: %+v", e)
	}
	var n int64
	ok(t, db.QueryRowContext(t.Context(), `SELECT max(version_id) FROM goose_db_version`).Scan(&n))
	if n != know+1 {
		t.Fatalf("it was touched: version %d", n)
	}
}
