package app_test

import (
	"net"
	"net/http"
	"testing"
	"time"

	"domaincheck/app"
	"domaincheck/store/storetest"
)

// freeAddress is one that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestNodes: three processes on one Postgres, one of them for the API only. A
// site that breaks is told once, whoever sees it; a check that the API node is
// asked for is made by another; and when a node stops the rest goes on.
func TestNodes(t *testing.T) {
	w := newWorld(t)
	url := storetest.StartPostgres(t).New(t)
	w.store = url
	node := func(role app.Role) *daemon {
		w.settings(map[string]any{"store": url, "listen": freeAddress(t)})
		return w.start(func(o *app.Options) { o.Role = role })
	}
	first, second, face := node(app.Worker), node(app.All), node(app.API)
	w.until("all are ready", 30*time.Second, func() bool {
		for _, d := range []*daemon{first, second, face} {
			if code, _ := d.get("/readyz"); code != http.StatusOK {
				return false
			}
		}
		return true
	})
	asked := time.Now()
	resp, err := http.Post(face.url+"/api/v1/sites/"+w.site+"/check", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		t.Fatalf("the API node answered %s", resp.Status)
	}
	w.until("the look that was asked for", 30*time.Second, func() bool {
		m := w.memory(w.site)
		return m != nil && m.LookedAt.After(asked)
	})
	for _, broken := range []bool{true, false} {
		w.http.broken.Store(broken)
		w.https.broken.Store(broken)
		event := map[bool]string{true: "opened", false: "resolved"}[broken]
		w.until(event, 40*time.Second, func() bool { _, ok := w.find(event, "site.reachable"); return ok })
		if broken {
			first.stop() // it may have led; the other goes on
		}
	}
	n := map[string]int{}
	for _, h := range w.heard() {
		if h.Rule == "site.reachable" {
			n[h.Event]++
		}
	}
	if n["opened"] != 1 || n["resolved"] != 1 {
		t.Errorf("told %v", n)
	}
}
