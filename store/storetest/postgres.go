package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes databases

	"domaincheck/store"
)

// Postgres is a private server on a socket in a folder of its own.
type Postgres struct {
	dir   string
	start func() (*exec.Cmd, error)
	cmd   *exec.Cmd
	ended chan error
	log   bytes.Buffer
	admin *sql.DB
	count atomic.Int64

	madeOnce sync.Once
	madeErr  error
}

// common is the server that the tests of one binary share.
var common struct {
	sync.Mutex
	server *Postgres
	ends   []func()
}

// lasting is a test for whose end nothing waits that is put into it: Main does.
type lasting struct{ testing.TB }

func (lasting) Cleanup(f func()) { common.ends = append(common.ends, f) }
func (lasting) Failed() bool     { return false } // it speaks for one test alone

// SharedPostgres is StartPostgres for tests that only want databases of their
// own: one server serves all of a binary that runs by Main. Making a server
// takes seconds.
func SharedPostgres(t testing.TB) *Postgres {
	t.Helper()
	common.Lock()
	defer common.Unlock()
	if common.server == nil {
		common.server = StartPostgres(lasting{t})
	}
	return common.server
}

// endShared ends the server that was shared.
func endShared() {
	for _, end := range slices.Backward(common.ends) {
		end()
	}
}

// Made gives the URL of a store that is there already, without anything in it:
// a copy of one that was migrated once.
func (p *Postgres) Made(t testing.TB) string {
	t.Helper()
	p.madeOnce.Do(func() {
		ctx := context.WithoutCancel(t.Context())
		var s *store.Store
		if _, p.madeErr = p.admin.ExecContext(ctx, "CREATE DATABASE made"); p.madeErr != nil {
			return
		}
		if s, p.madeErr = store.Open(ctx, store.Options{URL: p.url("made")}); p.madeErr == nil {
			p.madeErr = s.Close()
		}
	})
	if p.madeErr != nil {
		t.Fatal(p.madeErr)
	}
	return p.create(t, " TEMPLATE made")
}

// postgresBin finds a program of PostgreSQL, the newest version first.
func postgresBin(name string) (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil {
		return "", err
	}
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) + strings.Compare(b, a) })
	if len(found) > 0 {
		return found[0], nil
	}
	return exec.LookPath(name)
}

// StartPostgres starts a server for the time of the test. It keeps nothing
// safe from a power cut: it is for tests. It does not run as root: then it
// becomes the user postgres.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	initdb, err := postgresBin("initdb")
	if err != nil {
		t.Fatalf("PostgreSQL is not installed (apt-get install postgresql): %v", err)
	}
	server, err := postgresBin("postgres")
	if err != nil {
		t.Fatalf("PostgreSQL is not installed (apt-get install postgresql): %v", err)
	}
	// A short path: a socket's name has room for 107 bytes.
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	attr := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Fatalf("PostgreSQL does not run as root: %v", err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	data := filepath.Join(dir, "data")
	start := exec.Command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	start.SysProcAttr, start.Dir = attr, dir
	if out, err := start.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	p := &Postgres{dir: dir}
	p.prepare(t, server, data, attr)
	p.Start(t)
	if p.admin, err = sql.Open("pgx", p.url("postgres")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.admin.Close() })
	p.answers(t)
	return p
}

// answers waits until the server does.
func (p *Postgres) answers(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := p.admin.PingContext(t.Context())
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("PostgreSQL did not start: %v", err)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// Socket is the path of the socket that the server listens at.
func (p *Postgres) Socket() string { return filepath.Join(p.dir, ".s.PGSQL.5432") }

// prepare tells how the server is started; it ends with the test, or with this
// process if that dies.
func (p *Postgres) prepare(t testing.TB, server, data string, attr *syscall.SysProcAttr) {
	p.start = func() (*exec.Cmd, error) {
		cmd := exec.Command(server, "-D", data, "-k", p.dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off",
			"-c", "full_page_writes=off", "-c", "max_connections=120", "-c", "shared_buffers=32MB")
		cmd.Stdout, cmd.Stderr, cmd.Dir = &p.log, &p.log, p.dir
		own := *attr
		own.Pdeathsig = syscall.SIGINT
		cmd.SysProcAttr = &own
		return cmd, cmd.Start()
	}
	t.Cleanup(func() {
		p.end(syscall.SIGINT)
		if t.Failed() {
			t.Logf("PostgreSQL said:\n%s", p.log.String())
		}
	})
}

// Start starts the server, again after a Crash; it returns before it answers.
func (p *Postgres) Start(t testing.TB) {
	t.Helper()
	type begun struct {
		cmd *exec.Cmd
		err error
	}
	started, ended := make(chan begun), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the signal comes when the thread that started it ends
		defer runtime.UnlockOSThread()
		cmd, err := p.start()
		started <- begun{cmd, err}
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	b := <-started
	if b.err != nil {
		t.Fatal(b.err)
	}
	p.cmd, p.ended = b.cmd, ended
}

// Crash ends the server as "pg_ctl stop -m immediate" does: at once, without
// finishing anything.
func (p *Postgres) Crash() { p.end(syscall.SIGQUIT) }

// Restart crashes the server and starts it again; it returns when it answers.
func (p *Postgres) Restart(t testing.TB) {
	t.Helper()
	p.Crash()
	p.Start(t)
	p.answers(t)
}

func (p *Postgres) end(sig syscall.Signal) {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(sig)
	<-p.ended
	p.cmd = nil
}

func (p *Postgres) url(database string) string {
	return fmt.Sprintf("postgres:///%s?host=%s&user=postgres", database, p.dir)
}

// New makes an empty database and gives its URL.
func (p *Postgres) New(t testing.TB) string {
	t.Helper()
	return p.create(t, "")
}

func (p *Postgres) create(t testing.TB, how string) string {
	t.Helper()
	name := fmt.Sprintf("store%d", p.count.Add(1))
	if _, err := p.admin.ExecContext(context.WithoutCancel(t.Context()), "CREATE DATABASE "+name+how); err != nil {
		t.Fatal(err)
	}
	return p.url(name)
}
