package web_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/web"
)

// TestHost: a name of a stranger that leads to this machine is refused, also on
// loopback (DNS rebinding); addresses, localhost and the names of the settings
// are ours.
func TestHost(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) {
		o.Hosts = []string{"Watch.Example.CN", "*.tenants.example.cn", "例子.example.cn:8443"}
	})
	for host, good := range map[string]bool{
		"127.0.0.1:8480": true, "127.0.0.1": true, "[::1]:8480": true, "localhost:8480": true, "LOCALHOST.": true, "a.localhost": true, "192.0.2.7:80": true,
		"watch.example.cn": true, "watch.example.cn:443": true, "watch.example.cn.": true, "xn--fsqu00a.example.cn": true, "a.tenants.example.cn": true,
		"evil.example": false, "127.0.0.1.evil.example": false, "localhost.evil.example": false, "tenants.example.cn": false, "a.b.tenants.example.cn": false, "watch.example.cn.evil.example": false,
		"": false, "watch.example.cn:80:80": false, "a b": false, "watch.example.cn:http": false, "..": false,
	} {
		for _, path := range []string{"/api/v1/sites", "/metrics", "/healthz", "/login", "/openapi.json"} {
			got := w.call("GET "+path, nil, "Host", host)
			if refused := got.status == http.StatusForbidden; refused == good {
				t.Errorf("Host %q at %s: status %d", host, path, got.status)
			} else if refused && got.code(t) != "wrong_host" {
				t.Errorf("Host %q: %s", host, got.body)
			}
		}
	}
}

// TestOrigin: a page of another origin changes nothing, even on loopback where
// nobody needs a token; a program that sends no Origin does.
func TestOrigin(t *testing.T) {
	t.Parallel()
	w := seeded(t, nil)
	site := w.want(200, "GET /api/v1/sites?limit=1", nil).items(t)[0]["domain"].(string)
	check := "POST /api/v1/sites/" + site + "/check"
	for _, c := range []struct {
		status int
		header []string
	}{
		{202, nil},
		{202, []string{"Origin", "http://127.0.0.1:8480"}},
		{202, []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://127.0.0.1:8480"}},
		{403, []string{"Origin", "https://evil.example"}},
		{403, []string{"Origin", "null"}},
		{403, []string{"Origin", "http://127.0.0.1:9999"}},
		{403, []string{"Sec-Fetch-Site", "cross-site"}},
		{403, []string{"Sec-Fetch-Site", "same-site"}},
		{403, []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://127.0.0.1:8480"}},
	} {
		if got := w.call(check, nil, c.header...); got.status != c.status {
			t.Errorf("%q: status %d, want %d", c.header, got.status, c.status)
		}
	}
	for _, call := range []string{"PUT /api/v1/sites/x.cn", "DELETE /api/v1/sites/" + site, "POST /login", "POST /logout", "POST /silences", "PATCH /api/v1/sites"} {
		if got := w.call(call, nil, "Origin", "https://evil.example"); got.status != 403 {
			t.Errorf("%s from elsewhere: %d", call, got.status)
		}
	}
}

// TestRoles: each operation takes its role; no token, a wrong one and a scoped
// one where that is not enough are refused.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := seeded(t, func(o *web.Options) {
		o.Tokens = tokens()
		o.TestChannel = noTest
		o.Channels = []web.Channel{{Name: "ops"}}
	})
	for _, path := range []string{"/healthz", "/readyz", "/openapi.json", "/login"} {
		w.want(200, "GET "+path, nil)
	}
	need := map[string]string{
		"GET /sites": "reader", "GET /findings": "reader", "GET /export": "operator", "GET /audit": "admin", "POST /sites/no.example.cn/check": "operator", "POST /sites": "admin",
		"PUT /sites/a.cn": "admin", "DELETE /sites/a.cn": "admin", "POST /import": "admin", "POST /silences": "operator", "POST /channels/ops/test": "operator", "PUT /subjects/a": "admin", "POST /cases": "operator",
	}
	rank := map[string]int{"reader": 0, "operator": 1, "admin": 2}
	for call, role := range need {
		method, path, _ := strings.Cut(call, " ")
		if got := w.call(method+" /api/v1"+path, nil); got.status != 401 || got.header.Get("WWW-Authenticate") == "" || got.code(t) != "unauthorized" {
			t.Errorf("%s without a token: %d %s", call, got.status, got.body)
		}
		for who := range rank {
			got := w.call(method+" /api/v1"+path, nil, as(who)...)
			if (got.status == 403) != (rank[who] < rank[role]) {
				t.Errorf("%s as %s: %d %.200s", call, who, got.status, got.body)
			}
		}
	}
	w.want(401, "GET /metrics", nil)
	w.want(200, "GET /metrics", nil, as("reader")...)
	w.want(403, "GET /metrics", nil, as("shop")...)
	w.want(403, "GET /api/v1/channels", nil, as("shop")...)
	w.want(403, "POST /api/v1/channels/ops/test", nil, as("shop")...)
	w.srv.SetTokens(tokens()[1:])
	w.want(401, "GET /api/v1/sites", nil, as("reader")...)
}

// TestLogin: a browser shows a token once; its changes need the CSRF token;
// wrong tokens are counted by address.
func TestLogin(t *testing.T) {
	t.Parallel()
	w := seeded(t, func(o *web.Options) { o.Tokens = tokens() })
	form := func(token string) string { return url.Values{"token": {token}, "next": {"/sites"}}.Encode() }
	post := []string{"Content-Type", "application/x-www-form-urlencoded"}
	in := w.want(303, "POST /login", form("admin-token"), post...)
	cookie := in.header.Get("Set-Cookie")
	if in.header.Get("Location") != "/sites" || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || strings.Contains(cookie, "admin") {
		t.Fatalf("location %q, cookie %q", in.header.Get("Location"), cookie)
	}
	pair, _, _ := strings.Cut(cookie, ";")
	session := []string{"Cookie", pair}
	w.want(200, "GET /api/v1/sites", nil, session...)
	if got := w.want(403, "DELETE /api/v1/sites/none.example.cn", nil, session...); got.code(t) != "csrf" {
		t.Errorf("a change without the CSRF token: %s", got.body)
	}
	page := string(w.want(200, "GET /silences", nil, append([]string{"Accept", "text/html"}, session...)...).body)
	_, rest, ok := strings.Cut(page, `name="csrf" value="`)
	csrf, _, _ := strings.Cut(rest, `"`)
	if !ok || len(csrf) != 32 {
		t.Fatalf("no CSRF token in the page: %q", csrf)
	}
	w.want(404, "DELETE /api/v1/sites/none.example.cn", nil, append([]string{"X-CSRF-Token", csrf}, session...)...)
	w.want(403, "POST /logout", nil, session...)
	w.want(303, "POST /logout", "csrf="+csrf, append(session, post...)...)
	w.want(401, "GET /api/v1/sites", nil, session...)

	for next, to := range map[string]string{"//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "/sites?q=a": "/sites?q=a", "": "/"} {
		got := w.want(303, "POST /login", url.Values{"token": {"reader-token"}, "next": {next}}.Encode(), post...)
		if got.header.Get("Location") != to {
			t.Errorf("after the login %q leads to %q", next, got.header.Get("Location"))
		}
	}
	for i := range 10 {
		if got := w.call("POST /login", form(fmt.Sprint("guess", i)), append([]string{"Remote", "203.0.113.9:4000"}, post...)...); got.status != 401 {
			t.Fatalf("guess %d: %d", i, got.status)
		}
	}
	late := w.want(429, "POST /login", form("admin-token"), append([]string{"Remote", "203.0.113.9:4001"}, post...)...)
	if late.code(t) != "rate_limited" || late.header.Get("Retry-After") == "" {
		t.Errorf("after ten wrong tokens: %s", late.body)
	}
	w.want(429, "GET /api/v1/sites", nil, "Remote", "203.0.113.9:4002", "Authorization", "Bearer wrong")
	w.want(200, "GET /api/v1/sites", nil, append([]string{"Remote", "203.0.113.9:4003"}, as("reader")...)...) // who has a good token is not locked out
	w.want(303, "POST /login", form("admin-token"), append([]string{"Remote", "203.0.113.10:4000"}, post...)...)
	w.clock.forward(61 * time.Second)
	w.want(303, "POST /login", form("admin-token"), append([]string{"Remote", "203.0.113.9:4004"}, post...)...)
	if strings.Contains(w.log.String(), "guess") || strings.Contains(w.log.String(), "admin-token") {
		t.Error("the log holds a token")
	}
}

// TestProxy: X-Forwarded-For and -Proto are believed of a named proxy only.
func TestProxy(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) {
		o.Tokens = tokens()
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		o.Limits.LoginFailures = 1
	})
	login := func(remote, forwarded string) answer {
		return w.call("POST /login", "token=reader-token", "Content-Type", "application/x-www-form-urlencoded", "Remote", remote, "X-Forwarded-For", forwarded, "X-Forwarded-Proto", "https")
	}
	if c := login("10.1.2.3:99", "198.51.100.1").header.Get("Set-Cookie"); !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, "Secure") {
		t.Errorf("behind a proxy that encrypts: %q", c)
	}
	if c := login("192.0.2.1:99", "198.51.100.1").header.Get("Set-Cookie"); strings.Contains(c, "Secure") {
		t.Errorf("a stranger's word is believed: %q", c)
	}
	wrong := func(remote, forwarded string) int {
		return w.call("GET /api/v1/sites", nil, "Authorization", "Bearer x", "Remote", remote, "X-Forwarded-For", forwarded).status
	}
	if a, b, c := wrong("10.1.2.3:1", "198.51.100.1"), wrong("10.9.9.9:2", "6.6.6.6, 198.51.100.1, 10.1.1.1"), wrong("10.1.2.3:3", "198.51.100.2"); a != 401 || b != 429 || c != 401 {
		t.Errorf("wrong tokens through proxies: %d %d %d", a, b, c)
	}
}

// TestListen: beyond loopback it takes tokens, and keys or a named proxy.
func TestListen(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}
	for _, c := range []struct {
		o    web.Options
		good bool
	}{
		{web.Options{Listen: "127.0.0.1:8480"}, true}, {web.Options{Listen: "[::1]:0"}, true}, {web.Options{Listen: "localhost:1"}, true},
		{web.Options{Listen: "0.0.0.0:8480"}, false}, {web.Options{Listen: ":8480"}, false}, {web.Options{Listen: "8480"}, false},
		{web.Options{Listen: "0.0.0.0:8480", Tokens: tokens()}, false}, {web.Options{Listen: ":8480", Tokens: tokens(), Proxies: proxies}, true}, {web.Options{Listen: ":8480", Proxies: proxies}, false},
	} {
		err := web.CheckListen(c.o)
		if (err == nil) != c.good {
			t.Errorf("%s with %d tokens and %d proxies: %v", c.o.Listen, len(c.o.Tokens), len(c.o.Proxies), err)
		}
		if e, ok := domaincheck.ErrorIn(err); err != nil && (!ok || e.Code != domaincheck.CodeBadSettings || e.Hint == "") {
			t.Errorf("%v is no error of the settings with a hint", err)
		}
	}
}

// zipBomb is a small workbook of three parts of size bytes each, packed once.
func zipBomb(t *testing.T, size int64) []byte {
	t.Helper()
	var packed bytes.Buffer
	part, sum := gzip.NewWriter(&packed), crc32.NewIEEE() // ten bytes, what deflate made, eight bytes (RFC 1952)
	if _, err := io.Copy(io.MultiWriter(part, sum), io.LimitReader(zeros{}, size)); err != nil || part.Close() != nil {
		t.Fatal(err)
	}
	deflated := packed.Bytes()[10 : packed.Len()-8]
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		f, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: sum.Sum32(), CompressedSize64: uint64(len(deflated)), UncompressedSize64: uint64(size)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(deflated); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestBombs: what is too large is refused, also what only becomes so when it is
// unpacked.
func TestBombs(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) { o.Limits.Body, o.Limits.Upload = 10_000, 1_000_000 })
	large := strings.Repeat("x", 10_001)
	if got := w.want(413, "POST /api/v1/sites", large, "Content-Type", "application/json"); got.code(t) != "too_large" {
		t.Errorf("%s", got.body)
	}
	w.want(413, "PUT /api/v1/sites/a.cn", large)
	w.want(413, "POST /login", large)
	w.want(413, "POST /api/v1/import", strings.Repeat("a.cn\n", 300_000), "Content-Type", "text/plain")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.Copy(z, io.LimitReader(zeros{}, 5_000_000)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	if got := w.want(413, "POST /api/v1/import", packed.Bytes(), "Content-Encoding", "gzip"); got.code(t) != "too_large" {
		t.Errorf("%s", got.body)
	}
	w.want(415, "POST /api/v1/sites", packed.Bytes()[:100], "Content-Encoding", "gzip")
	w.want(415, "POST /api/v1/import", "x", "Content-Encoding", "br")
	w.want(400, "POST /api/v1/import", "not gzip at all", "Content-Encoding", "gzip")
	w.want(400, "POST /api/v1/import", packed.Bytes()[:200], "Content-Encoding", "gzip")
	var small bytes.Buffer
	z = gzip.NewWriter(&small)
	if _, err := z.Write([]byte("packed.cn\n")); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	if got := w.want(200, "POST /api/v1/import?format=txt", small.Bytes(), "Content-Encoding", "gzip"); got.json(t)["written"] != true {
		t.Errorf("a packed ledger: %s", got.body)
	}
	bomb := zipBomb(t, 40<<20)
	if len(bomb) > 1_000_000 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	got := w.call("POST /api/v1/import", bomb, "Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	if got.status != 413 && got.status != 422 {
		t.Errorf("a workbook that unpacks to 120 MiB: %d %.200s", got.status, got.body)
	}
	deep := strings.Repeat("[", 9_000)
	if got := w.call("POST /api/v1/sites", `{"domain": "a.cn", "tags": `+deep, "Content-Type", "application/json"); got.status != 400 {
		t.Errorf("deep JSON: %d", got.status)
	}
	w.want(422, "POST /api/v1/import?name=a.yaml", "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b]\n", "Content-Type", "application/yaml")
}

// serving starts Serve on a loopback port and gives its address.
func serving(t *testing.T, w *world) (address string, stop func()) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.srv.Serve(ctx, l) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
	t.Cleanup(stop)
	return l.Addr().String(), stop
}

// TestSlow: who sends headers or a body too slowly, or too many headers, is cut
// off; others are served meanwhile.
func TestSlow(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) { o.Limits.ReadHeader, o.Limits.Read = 300*time.Millisecond, 600*time.Millisecond })
	address, _ := serving(t, w)
	dial := func(text string) net.Conn {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return c
	}
	begun := time.Now()
	slow := []net.Conn{
		dial("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "),
		dial("POST /api/v1/sites HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"),
		dial("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: " + strings.Repeat("x", 60<<10) + "\r\n\r\n"),
	}
	quick, err := http.Get("http://" + address + "/healthz") //nolint:noctx // a plain client
	if err != nil {
		t.Fatal(err)
	}
	_ = quick.Body.Close()
	for i, want := range []string{"", "408", "431"} {
		got, _ := io.ReadAll(slow[i]) // an error is the cut itself
		if !strings.Contains(string(got), want) {
			t.Errorf("slow client %d was answered %.100q, want %s", i, got, want)
		}
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("slow clients were let sit for %s", took)
	}
}

// TestHeaders: every answer forbids frames, sniffing and foreign or inline
// scripts.
func TestHeaders(t *testing.T) {
	t.Parallel()
	w := begin(t, nil)
	for _, call := range []string{"GET /", "GET /api/v1/sites", "GET /nowhere", "POST /nowhere", "GET /static/none.js", "GET /login", "GET /metrics"} {
		h := w.call(call, nil).header
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", call, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" || h.Get("X-Request-Id") == "" || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", call, h)
		}
	}
	for call, status := range map[string]int{"GET /api/v1/nowhere": 404, "PATCH /api/v1/sites": 405, "POST /api/v1/rules": 405, "TRACE /api/v1/sites": 405, "GET /nowhere": 404, "POST /healthz": 405} {
		got := w.call(call, nil)
		if got.status != status {
			t.Errorf("%s: %d, want %d", call, got.status, status)
		}
		if code := got.code(t); code != "not_found" && code != "method_not_allowed" {
			t.Errorf("%s: %s", call, code)
		}
	}
}
