package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	s, err := store.Open(context.WithoutCancel(w.t.Context()), store.Options{URL: "sqlite:" + filepath.Join(w.dir, "store.db")})
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	do(s)
}
