package web

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domaincheck/rules"
	"domaincheck/store"
)

// FuzzEventPlace: whatever a client sends as Last-Event-ID, it is refused or
// means one place, which as text means the same place again.
func FuzzEventPlace(f *testing.F) {
	f.Add("17.1795600000000000.example.cn")
	f.Add("0.0.")
	f.Add("-1.0.x")
	f.Add("9223372036854775808.1.x")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePlace(text)
		if err != nil {
			return
		}
		again, err := parsePlace(p.String())
		if err != nil || again.alert != p.alert || !again.looked.Equal(p.looked) || again.name != p.name {
			t.Errorf("%q is %v, which is %v again (%v)", text, p, again, err)
		}
		if p.alert < 0 || p.looked.Before(time.Unix(0, 0)) || strings.ContainsAny(p.String(), "\r\n") && !strings.ContainsAny(text, "\r\n") {
			t.Errorf("%q gives a place that cannot be: %v", text, p)
		}
	})
}

// FuzzHost: a Host that is let in is an address, localhost, or one of the names
// set, whatever case, port and dots it is written with.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{"127.0.0.1:8480", "[::1]", "localhost.", "watch.example.cn:443", "evil.example", "watch.example.cn.evil.example", "a:b:c", "例子.cn"} {
		f.Add(seed)
	}
	names, err := newHostNames(Options{Hosts: []string{"watch.example.cn"}, Listen: "127.0.0.1:8480"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if !names.has(header) {
			return
		}
		plain, err := plainHost(header)
		if err != nil {
			t.Fatalf("%q is let in and is no host", header)
		}
		named := plain == "localhost" || strings.HasSuffix(plain, ".localhost") || plain == "watch.example.cn"
		if !named && !strings.ContainsAny(plain, ".:") || strings.ContainsAny(plain, " /@\r\n") {
			t.Errorf("%q is let in as %q", header, plain)
		}
		if again, err := plainHost(plain); err != nil || again != plain {
			t.Errorf("%q is %q is %q (%v)", header, plain, again, err)
		}
	})
}

// FuzzQuery: no query, cursor or path makes the server fail on its side.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"sites?q=%E4%BE%8B%20%22a*&limit=3&sort=risk&cursor=eyJzIjoiYS5jbiJ9", "sites?cursor=eyJvIjoibGV2ZWwiLCJ2Ijo5OTk5OTk5OTk5OTk5OTk5OTk5OX0", "findings?cursor=eyJzIjoxfQ&rule='",
		"alerts?cursor=9223372036854775807", "alerts?state=open&cursor=e30", "deliveries?key=%00", "sites/%ff%fe/reports/-1", "sites/a.cn/reports/latest?lang=zh", "risks?deadline_before=2026-02-30",
		"deadlines?from=9999-12-31&to=0001-01-01", "cases?due_by=0000-00-00&state=open&state=fixed", "audit?object=%F0%9F%92%A9", "subjects?cursor=bnVsbA&q=%25%5F!", "sites?deadline_before=292277026596-01-01T00:00:00Z",
		"sites?q=%00", "rules/%2e%2e%2f", "silences/a%2Fb?all=1", "events?last_event_id=1.2.3&types=alert,nothing",
	} {
		f.Add(seed)
	}
	book, err := rules.Default()
	if err != nil {
		f.Fatal(err)
	}
	db, err := store.Open(f.Context(), store.Options{URL: "sqlite:" + filepath.Join(f.TempDir(), "store.db")})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = db.Close() })
	s, err := New(Options{Store: db, Book: book, Listen: "127.0.0.1:8480"})
	if err != nil {
		f.Fatal(err)
	}
	s.once.Do(func() { close(s.closing) }) // streams of events end at once
	f.Fuzz(func(t *testing.T, path string) {
		if strings.ContainsAny(path, "# \x7f") || strings.IndexFunc(path, func(r rune) bool { return r < 0x21 }) >= 0 {
			return // no request line could carry it
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:8480/api/v1/"+path, nil)
		if err != nil {
			return
		}
		r.RemoteAddr = "127.0.0.1:1"
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s: %d %.300s", path, w.Code, w.Body)
		}
		if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d of type %s", path, w.Code, w.Header().Get("Content-Type"))
		}
	})
}

// TestSeeds: the committed seeds are there, so that a fuzz test never runs on
// nothing.
func TestSeeds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"FuzzEventPlace", "FuzzHost", "FuzzQuery"} {
		files, err := os.ReadDir(filepath.Join("testdata", "fuzz", name))
		if err != nil || len(files) < 3 {
			t.Errorf("%s has %d seeds (%v)", name, len(files), err)
		}
	}
}
