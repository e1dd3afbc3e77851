package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/store/storetest"
)

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// made is a closed store with some sites in it.
func made(t *testing.T, sites int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "store.db")
	s := open(t, "sqlite:"+path)
	var l store.Ledger
	for i := range sites {
		l.Sites = append(l.Sites, plain(fmt.Sprintf("s%04d.cn", i)))
	}
	if _, err := s.Import(t.Context(), l, store.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func sumOf(t *testing.T, path string) [32]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(b)
}

func refused(t *testing.T, url string, code domaincheck.Code) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: url})
	if err == nil {
		_ = s.Close()
		t.Fatal("it was opened")
	}
	if !errors.Is(err, code) {
		t.Fatalf("refused with %v, want code %s", err, code)
	}
	if e, ok := domaincheck.ErrorIn(err); !ok || e.Hint == "" {
		t.Fatalf("no hint: %v", err)
	}
}

// TestCorrupt refuses damaged and foreign files and leaves every byte.
func TestCorrupt(t *testing.T) {
	good, err := os.ReadFile(made(t, 60))
	if err != nil {
		t.Fatal(err)
	}
	middle := bytes.Clone(good)
	for i := len(middle) / 3; i < len(middle)/3+9000; i++ {
		middle[i] ^= 0xa5
	}
	for name, b := range map[string][]byte{
		"text":      []byte("store: sqlite:domaincheck.db\n"),
		"long text": bytes.Repeat([]byte("no store\n"), 1000),
		"cut head":  good[:50],
		"cut":       good[:len(good)/2],
		"head":      append(bytes.Repeat([]byte{0xff}, 100), good[100:]...),
		"middle":    middle,
		"zeros":     make([]byte, 8192),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			before := sumOf(t, path)
			refused(t, "sqlite:"+path, store.CodeCorrupt)
			if sumOf(t, path) != before {
				t.Fatal("the file was touched")
			}
		})
	}
	t.Run("folder", func(t *testing.T) { refused(t, t.TempDir(), store.CodeCorrupt) })
	t.Run("no folder", func(t *testing.T) {
		refused(t, filepath.Join(t.TempDir(), "none", "store.db"), domaincheck.CodeBadSettings)
	})
	t.Run("another program", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "other.db")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), `CREATE TABLE sites (a)`); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		before := sumOf(t, path)
		refused(t, path, store.CodeCorrupt)
		if sumOf(t, path) != before {
			t.Fatal("the file was touched")
		}
	})
}

// TestEmptyFile is a store that nobody wrote yet.
func TestEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	pages(t, path)
}

// pages expects a store of pages of the size that reads a large one best.
func pages(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || len(b) < 100 || binary.BigEndian.Uint16(b[16:]) != 8192 {
		t.Fatal("not of pages of 8192 bytes", len(b), err)
	}
}

// TestPrivate: a store and its backup are for their owner alone.
func TestPrivate(t *testing.T) {
	path := made(t, 1)
	s := open(t, path)
	defer s.Close()
	if err := s.Backup(t.Context(), path+".copy"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + ".copy"} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Fatalf("%s has rights %v", p, info.Mode())
		}
	}
}

// TestReadOnly refuses a store that its user may not write. Rights do not bind
// root, so there a second process opens it as nobody.
func TestReadOnly(t *testing.T) {
	path := made(t, 1)
	for _, how := range []struct {
		name      string
		file, dir os.FileMode
	}{{"file", 0o444, 0o777}, {"folder", 0o666, 0o555}} {
		t.Run(how.name, func(t *testing.T) {
			for dir := filepath.Dir(path); strings.Contains(dir, t.Name()[:8]); dir = filepath.Dir(dir) {
				if err := os.Chmod(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(path, how.file); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(filepath.Dir(path), how.dir); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o755) })
			before := sumOf(t, path)
			if os.Getuid() != 0 {
				refused(t, path, store.CodeReadOnly)
			} else {
				cmd := storetest.Child(t, "open", "sqlite:"+path)
				self := filepath.Join(t.TempDir(), "self")
				b, err := os.ReadFile(cmd.Path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(self, b, 0o755); err != nil {
					t.Fatal(err)
				}
				for dir := filepath.Dir(self); strings.Contains(dir, t.Name()[:8]); dir = filepath.Dir(dir) {
					if err := os.Chmod(dir, 0o755); err != nil {
						t.Fatal(err)
					}
				}
				cmd.Path, cmd.Dir = self, "/"
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
				out, err := cmd.Output()
				if err == nil || strings.TrimSpace(string(out)) != string(store.CodeReadOnly) {
					t.Fatalf("it said %q, %v", out, err)
				}
			}
			if sumOf(t, path) != before {
				t.Fatal("the file was touched")
			}
		})
	}
}

// TestFull is a full disk: the call says so, what was acknowledged stays, what
// only reads goes on, and with space again everything does.
func TestFull(t *testing.T) {
	s := open(t, made(t, 20))
	defer s.Close()
	if err := s.Exec(`PRAGMA max_page_count = 1`); err != nil { // no page more than there are
		t.Fatal(err)
	}
	var stopped error
	done := 0
	for i := 0; i < 20 && stopped == nil; i++ {
		name := fmt.Sprintf("s%04d.cn", i)
		r := storetest.Report(name, "x", domaincheck.At(time.Unix(1790000000, 0)))
		r.Observation.Registration.Raw = []domaincheck.Raw{{Kind: "whois", Bytes: random(20000, uint32(i))}}
		if _, stopped = s.Commit(t.Context(), []store.Commit{{Site: name, Rev: 1, Report: r}}); stopped == nil {
			done++
		}
	}
	if !errors.Is(stopped, store.CodeFull) {
		t.Fatalf("a full disk: %v", stopped)
	}
	for i := range 20 {
		m, err := s.Load(t.Context(), fmt.Sprintf("s%04d.cn", i))
		if err != nil {
			t.Fatal(err)
		}
		if (m.Report != nil) != (i < done) {
			t.Fatalf("site %d of %d done has report %v", i, done, m.Report != nil)
		}
	}
	if err := s.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), []store.Commit{{Site: fmt.Sprintf("s%04d.cn", done), Rev: 1, Report: storetest.Report("x.cn", "x", domaincheck.At(time.Unix(1790000000, 0)))}}); err != nil {
		t.Fatal(err)
	}
}

// random is what does not compress.
func random(n int, seed uint32) []byte {
	b := make([]byte, n)
	for i := range b {
		seed = seed*1664525 + 1013904223
		b[i] = byte(seed >> 24)
	}
	return b
}

// TestGone is PostgreSQL that is not there: coded, and without the password.
func TestGone(t *testing.T) {
	for _, url := range []string{"postgres://u:geheim@127.0.0.1:1/db?connect_timeout=2", "postgres://u:geheim@127.0.0.1:notaport/db", "postgres://u:geheim@%zz"} {
		_, err := store.Open(t.Context(), store.Options{URL: url})
		if err == nil {
			t.Fatal("it was opened")
		}
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), "geheim") {
			t.Fatalf("the password leaks: %v", err)
		}
		if !errors.Is(err, store.CodeUnavailable) && !errors.Is(err, domaincheck.CodeBadSettings) {
			t.Fatalf("not coded: %v", err)
		}
	}
	for _, url := range []string{"", "mysql://x", "sqlite:", "sqlite::memory:"} {
		refused(t, url, domaincheck.CodeBadSettings)
	}
}

// TestClosed is a store that is used after its end.
func TestClosed(t *testing.T) {
	s := open(t, made(t, 1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(context.WithoutCancel(t.Context())); err == nil {
		t.Fatal("a closed store is ready")
	}
}
