package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
	"domaincheck/store/storetest"
	"domaincheck/web"
)

// stream is a client of the events.
type stream struct {
	t    *testing.T
	resp *http.Response
	r    *bufio.Reader
}

func listen(t *testing.T, address, query string, header ...string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/v1/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return &stream{t, resp, bufio.NewReader(resp.Body)}
}

// next reads one block: an event's lines by name, or "" for a comment.
func (s *stream) next() map[string]string {
	s.t.Helper()
	block := map[string]string{}
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			if err != io.EOF {
				s.t.Errorf("the stream breaks: %v", err)
			}
			return nil
		}
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			return block
		}
		name, value, _ := strings.Cut(line, ":")
		block[name] = strings.TrimSpace(value)
	}
}

// event reads until the next event.
func (s *stream) event() map[string]string {
	s.t.Helper()
	for {
		b := s.next()
		if b == nil || b["event"] != "" {
			return b
		}
	}
}

// look commits a report and an event of a site, a second later.
func look(t *testing.T, w *world, name string) {
	t.Helper()
	w.clock.forward(time.Second)
	now := domaincheck.At(w.clock.now())
	m, err := w.db.Load(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	r := storetest.Report(name, "refused", now)
	e := alert.Event{Key: alert.KeyOf(name, "x", "", now), Kind: alert.Opened, Domain: domaincheck.Text(name), Rule: "site.reachable", Level: domaincheck.High, At: now, Since: now, Finding: r.Findings[3]}
	done, err := w.db.Commit(t.Context(), []store.Commit{{Site: name, Rev: m.Rev, Report: r, Events: []alert.Event{e}}})
	if err != nil || done[0].Err != nil {
		t.Fatal(err, done)
	}
}

// TestEvents: what happens comes as it happens, within the scope, goes on behind
// the last event after a break, and ends with the server. Clients are bounded.
func TestEvents(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) {
		o.Tokens = tokens()
		o.Limits.EventPoll, o.Limits.Heartbeat, o.Limits.EventClients = 10*time.Millisecond, 30*time.Millisecond, 3
	})
	tenants(t, w)
	w.clock.forward(time.Second)
	address, stop := serving(t, w)
	theirs := secret + "5.cn"

	admin, shop := listen(t, address, "", as("admin")...), listen(t, address, "?lang=en", as("shop")...)
	if got := admin.resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("%d %s", admin.resp.StatusCode, got)
	}
	for alive := false; !alive; {
		b := admin.next()
		_, alive = b[""]
	}
	look(t, w, theirs)
	look(t, w, "shop1.cn")
	d := readDocument(t, w)
	seen := map[string]int{}
	var last string
	for range 4 {
		e := admin.event()
		name, data := e["event"], e["data"]
		seen[name]++
		last = e["id"]
		component := map[string]string{"alert": "AlertItem", "report": "ReportEvent"}[name]
		if faults := d.faults(&schema{Ref: "#/components/schemas/" + component}, parsed(t, data), name); len(faults) > 0 {
			t.Errorf("%s: %v", data, faults)
		}
	}
	if seen["alert"] != 2 || seen["report"] != 2 {
		t.Errorf("seen %v", seen)
	}
	for range 2 {
		if e := shop.event(); strings.Contains(fmt.Sprint(e), secret) || !strings.Contains(e["data"], "shop1.cn") {
			t.Errorf("a token of one tag hears %v", e)
		}
	}
	_ = admin.resp.Body.Close()

	look(t, w, "shop2.cn") // while nobody of all tags listens
	again := listen(t, address, "", append(as("admin"), "Last-Event-ID", last)...)
	for range 2 {
		if e := again.event(); !strings.Contains(e["data"], "shop2.cn") {
			t.Errorf("after the break: %v", e)
		}
	}
	one := listen(t, address, "?types=report&domain=shop0.cn", as("admin")...)
	look(t, w, "shop1.cn")
	look(t, w, "shop0.cn")
	if e := one.event(); e["event"] != "report" || !strings.Contains(e["data"], "shop0.cn") {
		t.Errorf("of one site: %v", e)
	}
	if other := listen(t, address, "?domain="+theirs, as("shop")...); other.resp.StatusCode != 404 {
		t.Errorf("of another's site: %d", other.resp.StatusCode)
	}
	if full := listen(t, address, "", as("admin")...); full.resp.StatusCode != 429 || full.resp.Header.Get("Retry-After") == "" {
		t.Errorf("a fourth listener: %d", full.resp.StatusCode)
	}
	w.srv.SetTokens(tokens()[:3]) // shop's is gone: so is its stream
	for b := shop.next(); b != nil; b = shop.next() {
		if strings.Contains(fmt.Sprint(b), secret) {
			t.Error("a last word about another's site")
		}
	}
	stop()
	for b := one.next(); b != nil; b = one.next() {
		continue
	}
}
