package web_test

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestSilenceOfWhat: a silence whose match has a key that nobody knows would
// hold everything back; it is refused, and nothing is held back.
func TestSilenceOfWhat(t *testing.T) {
	t.Parallel()
	w := seeded(t, nil)
	for _, key := range []string{"domain", "tag", "rule", "domian"} {
		body := map[string]any{"match": map[string]any{key: []string{"shop1.cn"}}, "reason": "r", "until": "2026-12-01"}
		w.want(422, "POST /api/v1/silences", body).code(t)
	}
	if n := len(w.want(200, "GET /api/v1/silences?all=true", nil).items(t)); n != 0 {
		t.Errorf("%d silences were made", n)
	}
	got := w.want(201, "POST /api/v1/silences", map[string]any{"match": map[string]any{"domains": []string{"shop1.cn"}}, "reason": "r", "until": "2026-12-01"}).json(t)
	if m, _ := got["match"].(map[string]any); len(m) != 1 {
		t.Errorf("the match became %v", got["match"])
	}
}

// TestSilenceOfNothing: a rule that there is not would silence nothing, and is
// refused; a provider may be called by any name.
func TestSilenceOfNothing(t *testing.T) {
	w := begin(t, nil)
	ask := func(match string) string {
		return `{"match": ` + match + `, "reason": "x", "until": "2030-01-01"}`
	}
	a := w.want(422, "POST /api/v1/silences", ask(`{"rules": ["site.numbr"]}`), "Content-Type", "application/json", "Accept-Language", "en")
	if v := a.json(t); v["detail"] != `there is no rule "site.numbr"` {
		t.Errorf("%s", a.body)
	}
	a = w.want(201, "POST /api/v1/silences", ask(`{"rules": ["site.*", "watch.blind", "access.mainland"], "providers": ["阿里云", "某机房"]}`), "Content-Type", "application/json")
	if !strings.Contains(string(a.body), `"aliyun","某机房"`) {
		t.Errorf("%s", a.body)
	}
}

// TestAbsentIsNull: a finding that the watch does not follow has no state, which
// is null and no empty word.
func TestAbsentIsNull(t *testing.T) {
	t.Parallel()
	w := seeded(t, nil)
	for _, f := range w.want(200, "GET /api/v1/findings?limit=1000", nil).items(t) {
		if state, there := f["state"]; !there || state == "" {
			t.Errorf("%v %v: state %q", f["domain"], f["rule"], state)
		}
	}
}

// TestEntriesInTheDocument: what is written as JSON is documented as an object,
// not as a file.
func TestEntriesInTheDocument(t *testing.T) {
	t.Parallel()
	w := seeded(t, nil)
	paths := w.want(200, "GET /openapi.json", nil).json(t)["paths"].(map[string]any)
	for _, at := range []string{"/sites post", "/sites/{domain} put", "/subjects post", "/subjects/{id} put", "/servers post", "/servers/{id} put"} {
		path, method, _ := strings.Cut(at, " ")
		var node any = paths[path]
		for _, key := range []string{method, "requestBody", "content", "application/json", "schema", "type"} {
			m, _ := node.(map[string]any)
			node = m[key]
		}
		if node != "object" {
			t.Errorf("%s takes %v", at, node)
		}
	}
}

// TestTooLargeIsHeard: a program that sends its whole body before it reads the
// answer hears 413, and is not cut off.
func TestTooLargeIsHeard(t *testing.T) {
	t.Parallel()
	w := seeded(t, nil)
	server := httptest.NewServer(w.srv.Handler())
	t.Cleanup(server.Close)
	conn, err := net.DialTimeout("tcp", server.Listener.Addr().String(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	body := strings.Repeat("a", 24<<20)
	head := "POST /api/v1/sites HTTP/1.1\r\nHost: 127.0.0.1:8480\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	if _, err := conn.Write([]byte(head + body)); err != nil {
		t.Fatalf("cut off: %v", err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestEntityTooLarge || answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s, %s", answer.Status, answer.Header.Get("Content-Type"))
	}
}

// TestPagesOfFindings: whatever the size of a page, the pages of findings and
// risks come to an end and hold each row once, also where a page ends with the
// last row of a site.
func TestPagesOfFindings(t *testing.T) {
	t.Parallel()
	w := seeded(t, nil)
	for _, list := range []string{"findings", "risks"} {
		all := len(w.want(200, "GET /api/v1/"+list+"?limit=1000", nil).items(t))
		for limit := 1; limit <= 6; limit++ {
			n, cursor := 0, ""
			for n <= all {
				a := w.want(200, "GET /api/v1/"+list+"?limit="+strconv.Itoa(limit)+cursor, nil)
				n += len(a.items(t))
				next, _ := a.json(t)["next"].(string)
				if next == "" {
					break
				}
				cursor = "&cursor=" + next
			}
			if n != all {
				t.Errorf("%s by %d: %d rows of %d", list, limit, n, all)
			}
		}
	}
}
