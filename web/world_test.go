package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/web"
	"domaincheck/web/webtest"
)

// clock is given, not read.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is a server over a store.
type world struct {
	t     testing.TB
	db    *store.Store
	clock *clock
	srv   *web.Server
	log   *logged
	o     web.Options
	poked []string
}

// logged keeps what was logged.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var tables = sync.OnceValues(webtest.Open)

// today is the day of all tests here.
func today() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing()) }

// openStore opens a store; what it holds at first is a copy of a file, "" for
// nothing.
func openStore(t testing.TB, c *clock, from string) *store.Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	if from != "" {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + path, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// shared is the file of stories, once it is made.
var shared atomic.Value

// stories is a file that holds a store full of stories, made once.
var stories = sync.OnceValues(func() (string, error) {
	loaded, err := tables()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "domaincheck-web-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + filepath.Join(dir, "store.db"), Now: today})
	if err != nil {
		return "", err
	}
	defer db.Close()
	if err := loaded.Seed(ctx, db, today()); err != nil {
		return "", err
	}
	copied, err := os.CreateTemp("", "domaincheck-web-*.db")
	if err != nil {
		return "", err
	}
	name := copied.Name()
	if err := errors.Join(copied.Close(), os.Remove(name)); err != nil {
		return "", err
	}
	shared.Store(name)
	return name, db.Backup(ctx, name)
})

// begin makes a server over an empty store; change may set options.
func begin(t testing.TB, change func(*web.Options)) *world {
	t.Helper()
	return beginFrom(t, "", change)
}

func beginFrom(t testing.TB, file string, change func(*web.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{t: today()}, log: &logged{}}
	w.db = openStore(t, w.clock, file)
	loaded, err := tables()
	if err != nil {
		t.Fatal(err)
	}
	o := web.Options{
		Store: w.db, Book: loaded.Book, Risks: loaded.Risks, Providers: loaded.Providers, Listen: "127.0.0.1:8480", Now: w.clock.now, Version: "test",
		Log: slog.New(slog.NewTextHandler(w.log, nil)), Poke: func(site string) { w.poked = append(w.poked, site) }, Tables: web.TableStates{"rules": loaded.Book.Version()},
	}
	if change != nil {
		change(&o)
	}
	w.o = o
	if w.srv, err = web.New(o); err != nil {
		t.Fatal(err)
	}
	return w
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%v in %.300s", err, a.body)
	}
	return v
}

func (a answer) items(t testing.TB) []map[string]any {
	t.Helper()
	var v struct{ Items []map[string]any }
	if err := json.Unmarshal(a.body, &v); err != nil || v.Items == nil {
		t.Fatalf("no list (%v): %d %.300s", err, a.status, a.body)
	}
	return v.Items
}

// call sends one request: "GET /path", a body (string, []byte, nil, or what JSON
// is made of), and headers as names and values in turn.
func (w *world) call(call string, body any, header ...string) answer {
	w.t.Helper()
	method, path, _ := strings.Cut(call, " ")
	var in io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	case []byte:
		in = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		in, kind = bytes.NewReader(raw), "application/json"
	}
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, in)
	r.Host, r.RemoteAddr = "127.0.0.1:8480", "127.0.0.1:50000"
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(header); i += 2 {
		switch header[i] {
		case "Host":
			r.Host = header[i+1]
		case "Remote":
			r.RemoteAddr = header[i+1]
		default:
			r.Header.Set(header[i], header[i+1])
		}
	}
	rec := httptest.NewRecorder()
	w.srv.Handler().ServeHTTP(rec, r)
	return answer{rec.Code, rec.Header(), rec.Body.Bytes()}
}

// want is call with the status that must come.
func (w *world) want(status int, call string, body any, header ...string) answer {
	w.t.Helper()
	a := w.call(call, body, header...)
	if a.status != status {
		w.t.Fatalf("%s: status %d, want %d: %.400s", call, a.status, status, a.body)
	}
	return a
}

// code is the word of a problem; the answer must be one.
func (a answer) code(t testing.TB) string {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("an error of type %q: %d %.300s", got, a.status, a.body)
	}
	v := a.json(t)
	if v["status"] != float64(a.status) || v["title"] == "" || v["detail"] == "" || v["type"] != "about:blank" {
		t.Fatalf("no whole problem: %s", a.body)
	}
	code, _ := v["code"].(string)
	return code
}

// seeded is a server over a store full of stories.
func seeded(t *testing.T, change func(*web.Options)) *world {
	t.Helper()
	file, err := stories()
	if err != nil {
		t.Fatal(err)
	}
	return beginFrom(t, file, change)
}

// tokens are three roles over everything and two over some tags.
func tokens() []web.Token {
	hash := map[string]string{}
	for _, name := range []string{"reader", "operator", "admin", "shop", "shopadmin"} {
		hash[name] = web.HashToken(name + "-token")
	}
	return []web.Token{
		{Name: "reader", Hash: hash["reader"], Role: web.RoleRead},
		{Name: "operator", Hash: hash["operator"], Role: web.RoleOperate},
		{Name: "admin", Hash: hash["admin"], Role: web.RoleAdmin},
		{Name: "shop", Hash: hash["shop"], Role: web.RoleOperate, Tags: []string{"shop"}},
		{Name: "shopadmin", Hash: hash["shopadmin"], Role: web.RoleAdmin, Tags: []string{"shop"}},
	}
}

func as(name string) []string { return []string{"Authorization", "Bearer " + name + "-token"} }

func noTest(context.Context, string, string) (web.ChannelTest, error) {
	return web.ChannelTest{Channel: "ops", Type: "webhook", Delivered: true, TookMS: 12}, nil
}
