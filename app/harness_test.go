package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"domaincheck/app"
	"domaincheck/check"
	"domaincheck/config"
	"domaincheck/inventory"
	"domaincheck/lab"
	"domaincheck/watch"
)

// wire leads TCP connections to a target, or cuts each at once: the web server
// of one site that goes down and comes back.
type wire struct {
	target string
	l      net.Listener
	broken atomic.Bool
}

func newWire(t *testing.T, target string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{target: target, l: l}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { w.lead(c) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return w
}

func (w *wire) lead(c net.Conn) {
	defer c.Close()
	if w.broken.Load() {
		return
	}
	to, err := net.Dial("tcp", w.target)
	if err != nil {
		return
	}
	defer to.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(to, c)
		_ = to.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(c, to)
	_ = c.Close()
	<-done
}

// world is a lab with one site that can be broken, robots, and a folder with
// settings for a daemon.
type world struct {
	t      *testing.T
	dir    string
	lab    *lab.Lab
	site   string // that can be broken
	http   *wire
	https  *wire
	robots *lab.Robots
	base   string // of the robots
	log    *safeBuffer
	store  string // its URL; "" is the folder's own
}

const hookSecret = "hook-secret-9f2c"

func newWorld(t *testing.T, stories ...string) *world {
	t.Helper()
	if len(stories) == 0 {
		stories = []string{"healthy_cn"}
	}
	w := &world{t: t, dir: t.TempDir(), log: &safeBuffer{}}
	var err error
	if w.lab, err = lab.Start(t.Context(), lab.Options{Seed: 1, Now: time.Now(), Stories: stories, CAFile: filepath.Join(w.dir, "ca.pem")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.lab.Close() })
	w.site = w.lab.Truth()[0].Domain
	w.http, w.https = newWire(t, w.mapped("80")), newWire(t, w.mapped("443"))
	w.robots = lab.NewRobots(lab.RobotOptions{Now: time.Now, Secret: hookSecret})
	base, stop, err := w.robots.Listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop() })
	w.base = base
	w.inventory(func(doc *inventory.Document) {})
	return w
}

// mapped is where the lab serves a port of any host.
func (w *world) mapped(port string) string {
	for _, m := range w.lab.ConnectTo() {
		parts := strings.Split(m, ":")
		if len(parts) == 4 && parts[0] == "" && parts[1] == port {
			return parts[2] + ":" + parts[3]
		}
	}
	w.t.Fatalf("the lab serves no port %s: %v", port, w.lab.ConnectTo())
	return ""
}

// inventory writes the lab's ledger as the inventory file, changed.
func (w *world) inventory(change func(*inventory.Document)) {
	w.t.Helper()
	doc := inventory.Document{Sites: w.lab.Ledger()}
	change(&doc)
	var b bytes.Buffer
	if err := inventory.WriteYAML(&b, doc); err != nil {
		w.t.Fatal(err)
	}
	w.write("sites.yaml", b.String())
}

func (w *world) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		w.t.Fatal(err)
	}
}

// settings writes domaincheck.yaml: the lab, quick schedules, every failure sure
// at the first look, a webhook; more is merged over it at the top level.
func (w *world) settings(more map[string]any) {
	w.t.Helper()
	connect := []string{}
	for _, name := range []string{w.site, "www." + w.site} {
		connect = append(connect, name+":80:"+w.http.l.Addr().String(), name+":443:"+w.https.l.Addr().String())
	}
	s := map[string]any{
		"store": "sqlite:store.db", "listen": "127.0.0.1:0", "inventory": "sites.yaml", "language": "zh",
		"schedule": map[string]any{"access": "@every 1s", "page": "@every 1s", "registration": "@every 1s"},
		"confirm":  map[string]any{"looks": 1, "apart": "0s"},
		"limits":   map[string]any{"whois_per_second": 1000, "whois_burst": 1000},
		"network": map[string]any{
			"resolvers": w.lab.Resolvers(), "client_subnet": w.lab.ClientSubnet(), "ca_file": "ca.pem", "browser": "off", "timeout": "3s",
			"whois": map[string]any{"servers": w.lab.WHOISServers()}, "rdap": map[string]any{"bases": w.lab.RDAPBases()},
			"http": map[string]any{"connect_to": append(connect, w.lab.ConnectTo()...)},
		},
		"channels": map[string]any{"hook": map[string]any{"type": "webhook", "url": w.base + w.robots.Path("webhook"), "secret": hookSecret}},
		"routes":   []any{map[string]any{"channels": []string{"hook"}, "group_by": []string{}}},
	}
	for k, v := range more {
		if v == nil {
			delete(s, k)
			continue
		}
		s[k] = v
	}
	data, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		w.t.Fatal(err)
	}
	w.write("domaincheck.yaml", string(data))
}

// load reads the settings as the command does.
func (w *world) load() (app.Config, error) {
	file := filepath.Join(w.dir, "domaincheck.yaml")
	f, err := os.Open(file)
	if err != nil {
		return app.Config{}, err
	}
	defer f.Close()
	s, err := config.Load(f, config.Options{Name: file, ReadFile: os.ReadFile})
	if err != nil {
		return app.Config{}, err
	}
	return app.Config{File: file, Settings: s, Network: check.Network{
		Resolvers: s.Network.Resolvers, WHOISServers: s.Network.WHOIS.Servers, RDAPBases: s.Network.RDAP.Bases, ConnectTo: s.Network.HTTP.ConnectTo,
		ClientSubnet: s.Network.ClientSubnet, Vantage: s.Network.Vantage, Browser: s.Network.Browser, AllowPrivate: s.Network.AllowPrivate,
		CAFile: s.File(s.Network.CAFile), Timeout: s.Network.Timeout, WHOISPerSecond: s.Limits.WHOISPerSecond, WHOISBurst: s.Limits.WHOISBurst,
	}, Tables: check.TableFiles{
		Prefixes: s.File(s.Tables.Prefixes), CNAMEs: s.File(s.Tables.CNAMEs), Holidays: s.File(s.Tables.Holidays), Confirm: watch.Override{Looks: s.Confirm.Looks, Apart: s.Confirm.Apart, NotifyApart: s.Confirm.NotifyApart},
	}}, nil
}

// daemon is a running one.
type daemon struct {
	*app.App
	w    *world
	url  string
	stop func() time.Duration
}

// start runs a daemon; it is stopped at the end of the test.
func (w *world) start(change ...func(*app.Options)) *daemon {
	w.t.Helper()
	o := app.Options{Load: w.load, Log: app.NewLog(w.log, false, slog.LevelDebug), Beat: 200 * time.Millisecond, Chores: 100 * time.Millisecond}
	for _, c := range change {
		c(&o)
	}
	a, err := app.New(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	info, err := a.Info(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	var once sync.Once
	d := &daemon{App: a, w: w, url: strings.TrimSuffix(info.URL, "/")}
	d.stop = func() (took time.Duration) {
		once.Do(func() {
			began := time.Now()
			cancel()
			if err := <-done; err != nil {
				w.t.Errorf("the daemon ended with %v", err)
			}
			a.Close()
			took = time.Since(began)
		})
		return took
	}
	w.t.Cleanup(func() {
		d.stop()
		if w.t.Failed() {
			w.t.Log(w.log.tail(12000))
		}
	})
	return d
}

// get asks the daemon over HTTP.
func (d *daemon) get(path string) (int, string) {
	d.w.t.Helper()
	resp, err := http.Get(d.url + path)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

// until waits for something to become true.
func (w *world) until(what string, limit time.Duration, is func() bool) {
	w.t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline.C:
			w.t.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// hooked is a webhook's body.
type hooked struct {
	Key, Event, Domain, Rule, Level, Text string
}

// heard lists what the webhook took, in order.
func (w *world) heard() []hooked {
	var all []hooked
	for _, h := range w.robots.Posted("webhook") {
		var b hooked
		if err := json.Unmarshal(h.Body, &b); err != nil {
			w.t.Fatalf("%v: %s", err, h.Body)
		}
		all = append(all, b)
	}
	return all
}

// find is the first message of an event kind on a rule.
func (w *world) find(event, rule string) (hooked, bool) {
	for _, h := range w.heard() {
		if h.Event == event && h.Rule == rule {
			return h, true
		}
	}
	return hooked{}, false
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *safeBuffer) tail(n int) string {
	text := s.String()
	return text[max(0, len(text)-n):]
}
