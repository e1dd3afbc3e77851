package app_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/config"
	"domaincheck/inventory"
	"domaincheck/store"
)

// TestBreakAndRecover is the daemon's whole way on real sockets: a site breaks,
// the alarm arrives; the daemon is restarted; the site recovers, and the end of
// the alarm arrives with the same key.
func TestBreakAndRecover(t *testing.T) {
	w := newWorld(t)
	w.settings(nil)
	d := w.start()
	w.until("ready", 10*time.Second, func() bool { code, _ := d.get("/readyz"); return code == http.StatusOK })
	w.until("a first look", 20*time.Second, func() bool { return w.looked(d) })
	before := len(w.heard())
	w.http.broken.Store(true)
	w.https.broken.Store(true)
	t.Cleanup(func() {
		if t.Failed() {
			m := w.memory(w.site)
			data, _ := json.Marshal(m.Report.States)
			t.Logf("looked %s\nstates %s\nfindings %+v\nopen %+v", m.LookedAt, data, m.Report.Findings, m.Open)
			p, _ := json.Marshal(m.Report.Observation.Page)
			t.Logf("page %s", p)
		}
	})
	w.until("the alarm", 30*time.Second, func() bool { _, ok := w.find("opened", "site.reachable"); return ok })
	opened, _ := w.find("opened", "site.reachable")
	if opened.Domain != w.site || !strings.Contains(opened.Text, w.site) || !strings.Contains(opened.Text, opened.Key) {
		t.Errorf("the alarm: %+v", opened)
	}
	if took := d.stop(); took > 10*time.Second {
		t.Errorf("stopping took %s", took)
	}
	w.http.broken.Store(false)
	w.https.broken.Store(false)
	w.start()
	w.until("the end of the alarm", 30*time.Second, func() bool { _, ok := w.find("resolved", "site.reachable"); return ok })
	resolved, _ := w.find("resolved", "site.reachable")
	if resolved.Key != opened.Key || resolved.Domain != w.site {
		t.Errorf("resolved %+v, opened %+v", resolved, opened)
	}
	n := 0
	for _, h := range w.heard()[before:] {
		if h.Rule == "site.reachable" && h.Event == "opened" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the alarm was told %d times", n)
	}
}

// looked tells whether every part of the site was looked at once.
func (w *world) looked(*daemon) bool {
	m := w.memory(w.site)
	if m == nil || m.Report == nil {
		return false
	}
	o := m.Report.Observation
	return o.Registration != nil && o.Resolution != nil && o.Page != nil
}

// memory is what the store knows of a site; nil for nothing.
func (w *world) memory(site string) *store.Memory {
	var m *store.Memory
	w.peek(func(s *store.Store) {
		var err error
		if m, err = s.Load(context.WithoutCancel(w.t.Context()), site); err != nil && !errors.Is(err, store.CodeNotFound) {
			w.t.Fatal(err)
		}
	})
	return m
}

// peek opens the daemon's store beside it, as a command does.
func (w *world) peek(do func(*store.Store)) {
	w.t.Helper()
	s, err := store.Open(context.WithoutCancel(w.t.Context()), store.Options{URL: cmp.Or(w.store, "sqlite:"+filepath.Join(w.dir, "store.db"))})
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	do(s)
}

// TestReload: settings are read again without losing anything; a bad file keeps
// the old ones and tells the place; the inventory is read again when it changed,
// and a broken one changes nothing.
func TestReload(t *testing.T) {
	w := newWorld(t, "healthy_cn", "healthy_com")
	w.settings(nil)
	d := w.start()
	w.until("a first look", 20*time.Second, func() bool { return w.looked(d) })
	rev := w.memory(w.site).ReportID

	w.write("domaincheck.yaml", "language: klingon\nroutes: 7\n")
	err := d.Reload(t.Context())
	var problems config.Problems
	if !errors.As(err, &problems) || len(problems) != 2 || !strings.Contains(string(problems[0].Place), "domaincheck.yaml:1") {
		t.Fatalf("a bad file: %v", err)
	}
	if log := w.log.String(); !strings.Contains(log, "domaincheck.yaml:1:11") || !strings.Contains(log, "those from before stay in force") {
		t.Errorf("the log does not tell the place:\n%s", w.log.tail(2000))
	}

	w.settings(map[string]any{"auth": map[string]any{"tokens": []any{map[string]any{"name": "a", "hash": config.HashToken("geheim"), "role": "read"}}}})
	if err := d.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.until("tokens are asked for", 5*time.Second, func() bool { code, _ := d.get("/api/v1/sites"); return code == http.StatusUnauthorized })
	if code, body := d.get("/healthz"); code != http.StatusOK {
		t.Errorf("healthz after a reload: %d %s", code, body)
	}
	if m := w.memory(w.site); m.ReportID < rev || m.Report == nil {
		t.Errorf("the reload lost what was known: %+v", m)
	}

	other := w.lab.Truth()[1].Domain
	w.write("sites.yaml", "sites:\n  - {domain: "+w.site+"}\n  - {domain: '"+w.site+" x'}\n")
	w.until("the broken inventory is told", 10*time.Second, func() bool { _, ok := w.find("opened", "daemon.inventory"); return ok })
	if w.memory(other) == nil {
		t.Error("a broken inventory took a site away")
	}
	w.inventory(func(doc *inventory.Document) {
		doc.Sites = append(doc.Sites, domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: "neu.cn", Role: domaincheck.RoleMain}}})
	})
	w.until("the new site", 10*time.Second, func() bool { return w.memory("neu.cn") != nil })
	w.until("the end of it is told", 10*time.Second, func() bool { _, ok := w.find("resolved", "daemon.inventory"); return ok })
	opened, _ := w.find("opened", "daemon.inventory")
	resolved, _ := w.find("resolved", "daemon.inventory")
	if opened.Key != resolved.Key || !strings.Contains(resolved.Text, "恢复") {
		t.Errorf("opened %+v\nresolved %+v", opened, resolved)
	}
	w.inventory(func(doc *inventory.Document) { doc.Sites = doc.Sites[:1] })
	w.until("a site that left the file", 10*time.Second, func() bool { return w.memory(other) == nil })
}

// TestStoreGone: the file of the store is taken away. Looks go on, /readyz
// fails with the reason, a last alert goes out past the store; back in its
// place, nothing that was acknowledged is lost, and the end is told.
func TestStoreGone(t *testing.T) {
	w := newWorld(t)
	w.settings(nil)
	d := w.start()
	w.until("a first look", 20*time.Second, func() bool { return w.looked(d) })
	w.until("ready", 10*time.Second, func() bool { code, _ := d.get("/readyz"); return code == http.StatusOK })
	db := filepath.Join(w.dir, "store.db")
	if err := os.Rename(db, db+".away"); err != nil {
		t.Fatal(err)
	}
	w.until("not ready", 10*time.Second, func() bool {
		code, body := d.get("/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(body, "store_unavailable")
	})
	if code, _ := d.get("/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}
	asked := w.asked()
	w.until("the last alert", 20*time.Second, func() bool { _, ok := w.find("opened", "daemon.store"); return ok })
	w.until("looks go on", 20*time.Second, func() bool { return w.asked() > asked })
	if err := os.Rename(db+".away", db); err != nil {
		t.Fatal(err)
	}
	w.until("ready again", 20*time.Second, func() bool { code, _ := d.get("/readyz"); return code == http.StatusOK })
	w.until("the end of it is told", 20*time.Second, func() bool { _, ok := w.find("resolved", "daemon.store"); return ok })
	opened, _ := w.find("opened", "daemon.store")
	resolved, _ := w.find("resolved", "daemon.store")
	if opened.Key != resolved.Key {
		t.Errorf("opened %s, resolved %s", opened.Key, resolved.Key)
	}
	if !w.looked(d) {
		t.Error("what was known is lost")
	}
}

// asked is how many questions the lab answered so far.
func (w *world) asked() int {
	n := 0
	for _, c := range w.lab.Counts() {
		n += c.N
	}
	return n
}

// TestHeartbeat: the dead-man's service hears from a daemon that is well, and
// not from one that has lost its store.
func TestHeartbeat(t *testing.T) {
	w := newWorld(t)
	var beats atomic.Int64
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { beats.Add(1) })}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	w.settings(map[string]any{"heartbeat": "http://" + l.Addr().String() + "/beat-7a1c"})
	d := w.start()
	w.until("heartbeats", 20*time.Second, func() bool { return beats.Load() > 3 })
	db := filepath.Join(w.dir, "store.db")
	if err := os.Rename(db, db+".away"); err != nil {
		t.Fatal(err)
	}
	w.until("not ready", 10*time.Second, func() bool { code, _ := d.get("/readyz"); return code != http.StatusOK })
	w.until("its silence is told", 10*time.Second, func() bool { return strings.Contains(w.log.String(), "no heartbeat") })
	before := beats.Load()
	again := time.NewTimer(time.Second)
	<-again.C
	if got := beats.Load(); got > before+1 {
		t.Errorf("%d heartbeats of a daemon without a store", got-before)
	}
	if strings.Contains(w.log.String(), "beat-7a1c") {
		t.Error("the heartbeat's URL stands in the log")
	}
}

// TestDigest: what is told of in digests only is told of by the digest, and
// nowhere else.
func TestDigest(t *testing.T) {
	w := newWorld(t, "police_missing")
	w.settings(map[string]any{"routes": []any{map[string]any{"channels": []string{"hook"}, "min_level": "low", "digest": "@every 1s"}}})
	w.start()
	w.until("the digest", 40*time.Second, func() bool {
		for _, h := range w.heard() {
			if h.Rule == "site.police" {
				return true
			}
		}
		return false
	})
	if _, ok := w.find("opened", "site.police"); ok {
		t.Error("a matter for the digest had a message of its own")
	}
}

// TestRemovedChannel: what waits for a channel that left the settings becomes
// dead letters, seen by API and metrics, and the others hear as before.
func TestRemovedChannel(t *testing.T) {
	w := newWorld(t)
	hook := map[string]any{"type": "webhook", "url": w.base + w.robots.Path("webhook"), "secret": hookSecret}
	routes := func(names ...string) []any { return []any{map[string]any{"channels": names, "group_by": []string{}}} }
	w.settings(map[string]any{
		"channels": map[string]any{"hook": hook, "gone": map[string]any{"type": "slack", "url": w.base + "/nowhere"}},
		"routes":   routes("hook", "gone"),
	})
	d := w.start(func(o *app.Options) { o.Stray = 300 * time.Millisecond })
	w.until("a first look", 20*time.Second, func() bool { return w.looked(d) })
	w.http.broken.Store(true)
	w.https.broken.Store(true)
	rows := func(state string) int {
		_, body := d.get("/api/v1/deliveries?channel=gone&state=" + state)
		return strings.Count(body, `"channel":"gone"`)
	}
	w.until("a message waits", 20*time.Second, func() bool { return rows("pending") > 0 })
	w.settings(map[string]any{"channels": map[string]any{"hook": hook}, "routes": routes("hook")})
	if err := d.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.until("it is given up", 20*time.Second, func() bool { return rows("pending") == 0 && rows("dead") > 0 })
	if _, body := d.get("/metrics"); !strings.Contains(body, `domaincheck_outbox_dead{channel="(removed)"} `) {
		t.Error("the metrics do not count the dead letters of a removed channel")
	}
	if _, body := d.get("/api/v1/channels"); !strings.Contains(body, `"removed":true`) {
		t.Errorf("the channels do not tell of the removed one: %s", body)
	}
}

// TestSilencedAtOnce: a silence holds from the moment that it is answered.
func TestSilencedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.settings(nil)
	d := w.start(func(o *app.Options) { o.Chores = time.Hour })
	w.until("a first look", 20*time.Second, func() bool { return w.looked(d) })
	body := fmt.Sprintf(`{"match": {"domains": [%q]}, "reason": "x", "until": "2099-01-01"}`, w.site)
	resp, err := http.Post(d.url+"/api/v1/silences", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	w.http.broken.Store(true)
	w.https.broken.Store(true)
	w.until("the failure is held", 20*time.Second, func() bool {
		_, body := d.get("/api/v1/alerts?state=open&rule=site.reachable")
		return strings.Contains(body, `"held":"silenced"`)
	})
	if h, told := w.find("opened", "site.reachable"); told {
		t.Errorf("it was told all the same: %+v", h)
	}
}
