package store_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"domaincheck/store"
	"domaincheck/store/storetest"
)

// bouncer starts a pgbouncer of the given pool_mode in front of a server and
// gives a URL that leads through it.
func bouncer(t *testing.T, url, mode string) string {
	t.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		if path = "/usr/sbin/pgbouncer"; !executable(path) {
			t.Fatalf("pgbouncer is not installed (apt-get install pgbouncer): %v", err)
		}
	}
	dir, err := os.MkdirTemp("", "pb") // short: a socket's name has room for 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	rest, query, _ := strings.Cut(strings.TrimPrefix(url, "postgres:///"), "?")
	host := ""
	for _, part := range strings.Split(query, "&") {
		if h, ok := strings.CutPrefix(part, "host="); ok {
			host = h
		}
	}
	conf := filepath.Join(dir, "pgbouncer.ini")
	writeFile(t, conf, fmt.Sprintf("[databases]\n* = host=%s user=postgres\n[pgbouncer]\nunix_socket_dir = %s\nlisten_port = 6432\nauth_type = any\npool_mode = %s\ndefault_pool_size = 8\nmax_client_conn = 200\nignore_startup_parameters = extra_float_digits,options\n", host, dir, mode))
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		for _, f := range []string{dir, conf} {
			if err := os.Chown(f, uid, gid); err != nil {
				t.Fatal(err)
			}
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	cmd := exec.Command(path, "-q", conf)
	cmd.SysProcAttr, cmd.Dir, cmd.Stderr = attr, dir, t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for end := time.Now().Add(20 * time.Second); ; {
		if c, err := net.Dial("unix", filepath.Join(dir, ".s.PGSQL.6432")); err == nil {
			_ = c.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal("pgbouncer did not start")
		}
		<-time.After(10 * time.Millisecond)
	}
	return fmt.Sprintf("postgres:///%s?host=%s&port=6432&user=postgres", rest, dir)
}

func executable(path string) bool {
	s, err := os.Stat(path)
	return err == nil && s.Mode()&0o111 != 0
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A pooler is told by its mode, and behind one that gives every transaction
// another session the store keeps its promises all the same.
func TestPostgresBehindPooler(t *testing.T) {
	t.Parallel()
	server := storetest.SharedPostgres(t)
	for mode, pooled := range map[string]bool{"session": false, "transaction": true} {
		s, err := store.Open(t.Context(), store.Options{URL: bouncer(t, server.New(t), mode)})
		if err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		if s.Pooled() != pooled {
			t.Errorf("%s: pooled %v", mode, s.Pooled())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	storetest.Run(t, storetest.Env{
		New:  func(t testing.TB) string { return bouncer(t.(*testing.T), server.Made(t), "transaction") },
		Only: []string{"ledger", "claim", "commit", "conflict", "outbox", "leases", "budgets", "search", "backup", "two stores", "order", "two processes"},
	})
}
