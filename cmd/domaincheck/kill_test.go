package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"domaincheck/alert"
	"domaincheck/inventory"
	"domaincheck/lab"
	"domaincheck/store"
)

// TestKill ends the daemon with SIGKILL at random moments and starts it again,
// while sites are bad from the beginning and one breaks and recovers. After all
// of it the store opens without repair; every message that the store holds for a
// channel arrived there, every planted fault was told, and what arrived twice
// carries the same key. DOMAINCHECK_KILLS is how often; 20 without it.
func TestKill(t *testing.T) {
	kills := 20
	if text := os.Getenv("DOMAINCHECK_KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	k := newKillable(t)
	seed := uint64(time.Now().UnixNano())
	dice := rand.New(rand.NewPCG(seed, 0))
	t.Logf("%d kills, seed %d", kills, seed)
	began := time.Now()
	for i := range kills {
		p := k.start()
		life := time.Duration(50+dice.IntN(800)) * time.Millisecond
		if dice.IntN(4) == 0 { // also before it listens
			life = time.Duration(dice.IntN(250)) * time.Millisecond
		} else {
			k.listening(p)
		}
		end := time.NewTimer(life)
		<-end.C
		p.kill()
		if i%4 == 1 {
			k.broken.Store(!k.broken.Load())
		}
	}
	k.broken.Store(false)
	p := k.start()
	k.listening(p)
	k.settled(60 * time.Second)
	p.end()
	k.judge()
	t.Logf("%d kills in %s; %s", kills, time.Since(began).Round(time.Second), k.tally)
}

// killable is a lab, a webhook and a folder with settings.
type killable struct {
	t      *testing.T
	dir    string
	lab    *lab.Lab
	robots *lab.Robots
	broken atomic.Bool
	site   string       // that breaks
	store  string       // its URL
	hook   string       // of the webhook
	opened *store.Store // nil: it is opened for each look at it
	tally  string
}

func newKillable(t *testing.T) *killable {
	t.Helper()
	k := newKillableLab(t, lab.Options{Seed: 3, Stories: []string{
		"healthy_http_only", "healthy_cn", "healthy_com", "expires_5_days", "link_wrong", "number_missing", "number_other_subject", "located_hongkong", "server_ended", "holder_other",
	}})
	k.store = "sqlite:" + filepath.Join(k.dir, "store.db")
	settings := k.settings()
	http := settings["network"].(map[string]any)["http"].(map[string]any)
	http["connect_to"] = k.breakable(http["connect_to"].([]any))
	k.write("domaincheck.yaml", settings)
	return k
}

// newKillableLab starts a lab and a webhook, and writes the lab's ledger.
func newKillableLab(t *testing.T, o lab.Options) *killable {
	t.Helper()
	k := &killable{t: t, dir: t.TempDir()}
	o.Now, o.CAFile = time.Now(), filepath.Join(k.dir, "ca.pem")
	var err error
	if k.lab, err = lab.Start(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.lab.Close() })
	for _, truth := range k.lab.Truth() {
		if truth.Story == "healthy_http_only" {
			k.site = truth.Domain
		}
	}
	k.robots = lab.NewRobots(lab.RobotOptions{Now: time.Now})
	base, stop, err := k.robots.Listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop() })
	k.hook = base + k.robots.Path("webhook")
	var ledger bytes.Buffer
	if err := inventory.WriteYAML(&ledger, inventory.Document{Sites: k.lab.Ledger()}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(k.dir, "sites.yaml"), ledger.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return k
}

// settings lead to the lab and the webhook, and look all the time.
func (k *killable) settings() map[string]any {
	k.t.Helper()
	var settings map[string]any
	if err := json.Unmarshal([]byte(labSettings(k.lab, filepath.Join(k.dir, "ca.pem"))), &settings); err != nil {
		k.t.Fatal(err)
	}
	settings["network"].(map[string]any)["browser"] = "off"
	for key, value := range map[string]any{
		"store": k.store, "listen": "127.0.0.1:0", "inventory": "sites.yaml",
		"schedule": map[string]any{"access": "@every 1s", "page": "@every 1s", "registration": "@every 1s"},
		"confirm":  map[string]any{"looks": 1, "apart": "0s"},
		"channels": map[string]any{"hook": map[string]any{"type": "webhook", "url": k.hook}},
		"routes":   []any{map[string]any{"channels": []string{"hook"}, "group_by": []string{}}},
	} {
		settings[key] = value
	}
	return settings
}

func (k *killable) write(name string, settings map[string]any) {
	k.t.Helper()
	text, err := json.Marshal(settings)
	if err == nil {
		err = os.WriteFile(filepath.Join(k.dir, name), text, 0o600)
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

// breakable leads port 80 of the site through a wire that can be cut.
func (k *killable) breakable(connect []any) []any {
	target := ""
	for _, m := range connect {
		if to, ok := strings.CutPrefix(m.(string), ":80:"); ok {
			target = to
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil || target == "" {
		k.t.Fatal(err, target)
	}
	k.t.Cleanup(serveConns(l, func(c net.Conn) { k.lead(c, target) }))
	return append([]any{k.site + ":80:" + l.Addr().String(), "www." + k.site + ":80:" + l.Addr().String()}, connect...)
}

func (k *killable) lead(c net.Conn, target string) {
	if k.broken.Load() {
		_ = c.Close()
		return
	}
	lead(c, target)
}

// life is one run of the daemon.
type life struct {
	k        *killable
	cmd      *exec.Cmd
	out      *firstBytes
	err      bytes.Buffer
	finished chan error
}

func (k *killable) start() *life { return k.startWith("domaincheck.yaml") }

func (k *killable) startWith(file string) *life {
	k.t.Helper()
	p := &life{k: k, cmd: exec.Command("domaincheck", "serve", "-c", filepath.Join(k.dir, file), "--json"), out: newFirstBytes(), finished: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = p.out, &p.err
	p.cmd.Env = append(os.Environ(), "LANG=")
	if err := p.cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	go func() { p.finished <- p.cmd.Wait() }()
	return p
}

// listening waits until the daemon says that it runs.
func (k *killable) listening(p *life) {
	k.t.Helper()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	select {
	case <-p.out.came:
	case err := <-p.finished:
		k.t.Fatalf("the daemon ended: %v\n%s", err, p.err.String())
	case <-limit.C:
		k.t.Fatalf("the daemon does not start\n%s", p.err.String())
	}
}

func (p *life) kill() {
	_ = p.cmd.Process.Kill()
	<-p.finished
}

// end stops the daemon as a service manager does.
func (p *life) end() {
	p.k.t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.k.t.Fatal(err)
	}
	if err := <-p.finished; err != nil {
		p.k.t.Errorf("stopped with %v\n%s", err, p.err.String())
	}
	if took := time.Since(began); took > 10*time.Second {
		p.k.t.Errorf("stopping took %s", took)
	}
}

// firstBytes tells when something came.
type firstBytes struct {
	came chan struct{}
	once sync.Once
	mu   sync.Mutex
	b    bytes.Buffer
}

func newFirstBytes() *firstBytes { return &firstBytes{came: make(chan struct{})} }

func (f *firstBytes) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.once.Do(func() { close(f.came) })
	return f.b.Write(b)
}

// url is where the daemon says that it listens.
func (f *firstBytes) url() string { return f.value("url") }

// value is what the daemon says under a name.
func (f *firstBytes) value(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, rest, _ := strings.Cut(f.b.String(), `"`+name+`": "`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func (k *killable) peek(do func(context.Context, *store.Store)) {
	k.t.Helper()
	if k.opened != nil {
		do(k.t.Context(), k.opened)
		return
	}
	s, err := store.Open(k.t.Context(), store.Options{URL: k.store})
	if err != nil {
		k.t.Fatalf("the store does not open: %v", err)
	}
	defer s.Close()
	do(k.t.Context(), s)
}

// told are the messages that arrived: key and kind → bodies.
func (k *killable) told() map[string][]hookBody {
	all := map[string][]hookBody{}
	for _, h := range k.robots.Posted("webhook") {
		var b hookBody
		if err := json.Unmarshal(h.Body, &b); err != nil {
			k.t.Fatalf("%v: %s", err, h.Body)
		}
		if strings.HasPrefix(b.Rule, "daemon.") {
			all[b.Key+" "+b.Event] = append(all[b.Key+" "+b.Event], b)
			continue // past the store
		}
		if b.Key == "" || h.Header.Get("Idempotency-Key") != b.Key {
			k.t.Errorf("a message without its key: %s", h.Body)
		}
		all[b.Key+" "+b.Event] = append(all[b.Key+" "+b.Event], b)
	}
	return all
}

type hookBody struct{ Key, Event, Domain, Rule, Since string }

// planted are the faults that must have been told, as "domain rule".
func (k *killable) planted() []string {
	var all []string
	for _, truth := range k.lab.Truth() {
		for _, e := range truth.Expected {
			if len(e.Results) == 1 && e.Results[0] == "fail" && e.Severity.Rank() >= 1 {
				all = append(all, truth.Domain+" "+e.Rule)
			}
		}
	}
	return all
}

// settled waits until every planted fault was told, the one that broke is well
// again, and nothing waits in the outbox.
func (k *killable) settled(limit time.Duration) {
	k.t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		missing := k.missing()
		if len(missing) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			k.t.Fatalf("not within %s: %s", limit, strings.Join(missing, ", "))
		}
	}
}

func (k *killable) missing() []string {
	var missing []string
	opened := map[string]bool{}
	for _, bodies := range k.told() {
		for _, b := range bodies {
			if b.Event == "opened" {
				opened[b.Domain+" "+b.Rule] = true
			}
		}
	}
	for _, fault := range k.planted() {
		if !opened[fault] {
			missing = append(missing, fault)
		}
	}
	k.peek(func(ctx context.Context, s *store.Store) {
		if rows, err := s.Pending(ctx, "hook", 10); err != nil || len(rows) > 0 {
			missing = append(missing, fmt.Sprintf("%d rows of the outbox (%v)", len(rows), err))
		}
		m, err := s.Load(ctx, k.site)
		if err != nil || len(m.Open) > 0 {
			missing = append(missing, fmt.Sprintf("the recovery of %s (%v)", k.site, err))
		}
	})
	return missing
}

// judge compares the store's events and outbox with what arrived.
func (k *killable) judge() {
	k.t.Helper()
	told := k.told()
	events, rows, twice := 0, 0, 0
	k.peek(func(ctx context.Context, s *store.Store) {
		if err := s.Ready(ctx); err != nil {
			k.t.Errorf("the store is not ready: %v", err)
		}
		sent := map[string]bool{}
		for after := int64(0); ; {
			page, err := s.Deliveries(ctx, store.DeliveryQuery{After: after, Limit: 500})
			if err != nil {
				k.t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, row := range page {
				rows++
				after = row.ID
				for _, key := range row.Keys {
					id := key + " " + hookWord(row.Kind)
					sent[id] = true
					if row.State != "delivered" || len(told[id]) == 0 {
						k.t.Errorf("row %d (%s, %s) never arrived", row.ID, row.State, id)
					}
				}
			}
		}
		heard := map[string]bool{} // rules of a site that something was told of
		for after := int64(0); ; {
			page, err := s.Events(ctx, store.EventQuery{After: after, Limit: 500})
			if err != nil {
				k.t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				events++
				after = e.ID
				id := e.Event.Key + " " + hookWord(e.Event.Kind)
				if sent[id] {
					heard[string(e.Event.Domain)+" "+e.Event.Rule] = true
				} else if !k.heldBack(ctx, s, &e.Event) {
					k.t.Errorf("event %d (%s %s %s) has no message", e.ID, e.Event.Domain, e.Event.Rule, id)
				}
			}
		}
	})
	keys := map[string]string{} // opening → key
	for _, bodies := range told {
		twice += len(bodies) - 1
		for _, b := range bodies {
			opening := b.Domain + " " + b.Rule + " " + b.Since
			if was, ok := keys[opening]; ok && was != b.Key {
				k.t.Errorf("%s has two keys, %s and %s", opening, was, b.Key)
			}
			keys[opening] = b.Key
		}
	}
	k.tally = fmt.Sprintf("%d events, %d rows of the outbox, %d openings told, %d messages came twice with their key", events, rows, len(keys), twice)
}

// heldBack tells whether an event was held back on purpose: another failure of
// the site explains it, or it is for the digest.
func (k *killable) heldBack(ctx context.Context, s *store.Store, e *alert.Event) bool {
	m, err := s.Load(ctx, string(e.Domain))
	if err != nil {
		return false
	}
	for _, o := range m.Open {
		if o.Event.Key == e.Key && o.Held != "" {
			return true
		}
	}
	return false
}

// hookWord is a kind as a webhook calls it.
func hookWord(kind alert.Kind) string {
	switch {
	case kind == alert.Opened:
		return "opened"
	case kind == alert.Resolved:
		return "resolved"
	}
	return "updated"
}
