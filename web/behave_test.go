package web_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/present"
	"domaincheck/store"
	"domaincheck/web"
)

// TestPaging: going by cursors meets every site once, in each order, whatever
// the length of a page.
func TestPaging(t *testing.T) {
	t.Parallel()
	w := seeded(t, nil)
	total := int(w.want(200, "GET /api/v1/status", nil).json(t)["sites"].(map[string]any)["total"].(float64))
	for _, path := range []string{"/sites?limit=7", "/sites?limit=1000", "/sites?limit=5&sort=risk", "/sites?limit=3&sort=deadline&order=desc", "/sites?limit=4&sort=looked", "/sites?limit=6&sort=expiry"} {
		seen := map[string]bool{}
		for cursor := ""; ; {
			a := w.want(200, "GET /api/v1"+path+cursor, nil)
			for _, item := range a.items(t) {
				domain := item["domain"].(string)
				if seen[domain] {
					t.Errorf("%s: %s twice", path, domain)
				}
				seen[domain] = true
			}
			next, more := a.json(t)["next"].(string)
			if !more {
				break
			}
			cursor = "&cursor=" + next
		}
		if len(seen) != total || total < 10 {
			t.Errorf("%s: %d of %d sites", path, len(seen), total)
		}
	}
	ids := map[any]bool{}
	cursor, n := "", 0
	for ; ; n++ {
		a := w.want(200, "GET /api/v1/alerts?limit=9"+cursor, nil)
		for _, item := range a.items(t) {
			if ids[item["id"]] {
				t.Errorf("event %v twice", item["id"])
			}
			ids[item["id"]] = true
		}
		next, more := a.json(t)["next"].(string)
		if !more {
			break
		}
		cursor = "&cursor=" + next
	}
	if n < 2 {
		t.Errorf("%d pages of alerts", n)
	}
}

// TestTags: what has not changed is not sent again; a change based on an old
// entry is refused, one after a mere look is not.
func TestTags(t *testing.T) {
	t.Parallel()
	w := begin(t, nil)
	tenants(t, w)
	const path = "/api/v1/sites/shop0.cn"
	first := w.want(200, "GET "+path, nil)
	tag := first.header.Get("ETag")
	if same := w.want(304, "GET "+path, nil, "If-None-Match", tag); len(same.body) > 0 || same.header.Get("ETag") != tag {
		t.Errorf("304 with %d bytes and tag %s, was %s", len(same.body), same.header.Get("ETag"), tag)
	}
	w.want(304, "GET /api/v1/sites", nil, "If-None-Match", w.want(200, "GET /api/v1/sites", nil).header.Get("ETag"))
	look(t, w, "shop0.cn")
	w.want(200, "GET "+path, nil, "If-None-Match", tag)
	item := first.json(t) // sent back whole, as a program does that changes one thing
	item["name"] = "改了名"
	second := w.want(200, "PUT "+path, item, "If-Match", tag)
	if got := second.json(t); got["name"] != "改了名" || got["subject"].(map[string]any)["id"] != "both" || got["domain"] != "shop0.cn" {
		t.Errorf("after PUT: %s", second.body)
	}
	w.want(412, "PUT "+path, item, "If-Match", tag)
	w.want(200, "PUT "+path, item, "If-Match", second.header.Get("ETag"))
	w.want(412, "DELETE "+path, nil, "If-Match", tag)
	w.want(204, "DELETE "+path, nil, "If-Match", w.want(200, "GET "+path, nil).header.Get("ETag"))
}

// TestSilenceOwner: a silence is its asker's, or of whom it names; who asked
// stands in the audit log.
func TestSilenceOwner(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) { o.Tokens = tokens() })
	for owner, want := range map[string]string{"": "operator", "李": "李"} {
		body := map[string]any{"reason": "搬迁", "until": "2027-01-01", "owner": owner}
		if got := w.want(201, "POST /api/v1/silences", body, as("operator")...).json(t)["owner"]; got != want {
			t.Errorf("owner %q: %v, want %q", owner, got, want)
		}
	}
	for _, entry := range w.want(200, "GET /api/v1/audit", nil, as("admin")...).items(t) {
		if entry["who"] != "operator" {
			t.Errorf("the audit log says %v", entry["who"])
		}
	}
}

// TestIdempotency: a POST that is sent again with its key is done once.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) { o.Tokens = tokens() })
	body := map[string]any{"reason": "搬迁", "until": "2027-01-01"}
	send := func(status int, who, key string, body any) answer {
		t.Helper()
		return w.want(status, "POST /api/v1/silences", body, append(as(who), "Idempotency-Key", key)...)
	}
	first, again := send(201, "admin", "k1", body), send(201, "admin", "k1", body)
	if !bytes.Equal(first.body, again.body) || again.header.Get("Idempotent-Replayed") != "true" || again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("again: %s, first %s", again.body, first.body)
	}
	if other := send(422, "admin", "k1", map[string]any{"reason": "x", "until": "2027-01-01"}); other.code(t) != "idempotency_key" {
		t.Errorf("the key for another request: %s", other.body)
	}
	send(201, "operator", "k1", body)
	send(403, "reader", "k1", body)
	send(400, "admin", strings.Repeat("k", 300), body)
	if n := len(w.want(200, "GET /api/v1/silences", nil, as("admin")...).items(t)); n != 2 {
		t.Errorf("%d silences, want one of each of two", n)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if a := w.call("POST /api/v1/sites", map[string]any{"domain": "once.cn"}, append(as("admin"), "Idempotency-Key", "k2")...); a.status != 201 && a.code(t) != "in_progress" {
				t.Errorf("at once: %d %s", a.status, a.body)
			}
		})
	}
	all.Wait()
}

// TestQueue: so many sites may wait to be checked; then it takes patience.
func TestQueue(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) { o.Limits.CheckQueue = 2 })
	tenants(t, w)
	w.want(202, "POST /api/v1/sites/shop0.cn/check", nil)
	got := w.want(202, "POST /api/v1/sites/WWW.Shop1.CN./check", nil)
	if got.json(t)["domain"] != "shop1.cn" || got.header.Get("Location") != "/api/v1/sites/shop1.cn/reports/latest" || fmt.Sprint(w.poked) != "[shop0.cn shop1.cn]" {
		t.Errorf("%s, at %s, poked %v", got.body, got.header.Get("Location"), w.poked)
	}
	full := w.want(429, "POST /api/v1/sites/shop2.cn/check", nil)
	if full.code(t) != "queue_full" || full.header.Get("Retry-After") == "" {
		t.Errorf("%s", full.body)
	}
}

// TestFile: rows of the inventory file are shown and exported, and refused to be
// changed, with the reason.
func TestFile(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) { o.Inventory = "sites.yaml" })
	l := store.Ledger{Sites: []domaincheck.Site{{Domains: []domaincheck.Domain{{Domain: "file.cn", Role: domaincheck.RoleMain}}, Subject: &domaincheck.Subject{ID: "f", Name: "文件公司"}, Servers: []domaincheck.Server{{ID: "fs", Type: "ecs"}}}}}
	if done, err := w.db.Import(t.Context(), l, store.ImportOptions{Origin: store.FromFile}); err != nil || !done.Written {
		t.Fatal(err, done)
	}
	if w.want(200, "GET /api/v1/sites/file.cn", nil).json(t)["read_only"] != true {
		t.Error("not shown as read-only")
	}
	for call, body := range map[string]any{
		"PUT /sites/file.cn": map[string]any{"name": "x"}, "DELETE /sites/file.cn": nil, "PUT /subjects/f": map[string]any{"name": "x"}, "DELETE /subjects/f": nil, "PUT /servers/fs": map[string]any{"type": "ecs"},
	} {
		method, path, _ := strings.Cut(call, " ")
		got := w.want(409, method+" /api/v1"+path, body)
		if got.code(t) != "from_file" || !strings.Contains(string(got.body), "sites.yaml") {
			t.Errorf("%s: %s", call, got.body)
		}
	}
	got := w.want(422, "POST /api/v1/import?name=a.csv", "域名,网站名称\nfile.cn,改名\n", "Content-Type", "text/csv")
	if !strings.Contains(string(got.body), "from_file") || !strings.Contains(string(got.body), "a.csv:2") {
		t.Errorf("import over the file: %s", got.body)
	}
	for _, format := range []string{"yaml", "csv", "json"} {
		if !bytes.Contains(w.want(200, "GET /api/v1/export?format="+format, nil).body, []byte("file.cn")) {
			t.Errorf("%s leaves the file's rows out", format)
		}
	}
}

// TestImportExport: what is exported, imported anew, is the same; a preview
// writes nothing.
func TestImportExport(t *testing.T) {
	t.Parallel()
	from, to := seeded(t, nil), begin(t, nil)
	for format, kind := range map[string]string{"yaml": "application/yaml", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "json": "application/json"} {
		file := from.want(200, "GET /api/v1/export?format="+format, nil)
		preview := to.want(200, "POST /api/v1/import?dry_run=true", file.body, "Content-Type", kind).json(t)
		if preview["written"] != false || len(preview["refused"].([]any)) > 0 {
			t.Errorf("%s: preview %.500v", format, preview)
		}
		to.want(200, "POST /api/v1/import", file.body, "Content-Type", kind)
		if a, b := from.want(200, "GET /api/v1/export", nil), to.want(200, "GET /api/v1/export", nil); format == "yaml" && !bytes.Equal(a.body, b.body) {
			t.Errorf("%s: the inventories differ", format)
		}
		again := to.want(200, "POST /api/v1/import", file.body, "Content-Type", kind).json(t)
		if len(again["added"].([]any))+len(again["changed"].([]any)) > 0 {
			t.Errorf("%s: imported again it changes %v %v", format, again["added"], again["changed"])
		}
	}
	var form bytes.Buffer
	form.WriteString("--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"台账.csv\"\r\n\r\n域名,网站名称\nform.cn,表单\nbad domain,坏\n\r\n--b--\r\n")
	got := to.want(200, "POST /api/v1/import?skip_refused=true", form.Bytes(), "Content-Type", "multipart/form-data; boundary=b").json(t)
	refused := got["refused"].([]any)
	if got["file"] != "台账.csv" || fmt.Sprint(got["added"]) != "[form.cn]" || len(refused) != 1 || !strings.Contains(fmt.Sprint(refused[0]), "台账.csv:3") {
		t.Errorf("a form: %v", got)
	}
	if n := len(to.want(200, "GET /api/v1/audit?kind=ledger", nil).items(t)); n < 2 {
		t.Errorf("%d imports in the audit log", n)
	}
}

// TestReport: a stored report is answered byte for byte as the command line
// prints it.
func TestReport(t *testing.T) {
	t.Parallel()
	w := seeded(t, nil)
	for _, item := range w.want(200, "GET /api/v1/sites?limit=5&sort=risk", nil).items(t) {
		domain := item["domain"].(string)
		m, err := w.db.Load(t.Context(), domain)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := tables()
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range []string{"zh", "en"} {
			var want bytes.Buffer
			p, err := present.NewPrinter(&want, present.Options{Format: "json", Lang: lang, Single: true, Compact: true, Book: loaded.Book, Risks: loaded.Risks})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Print(*m.Report); err != nil || p.Close() != nil {
				t.Fatal(err)
			}
			got := w.want(200, "GET /api/v1/sites/"+domain+"/reports/latest", nil, "Accept-Language", lang+"-XX,fr;q=0.5")
			if strings.TrimSpace(string(got.body)) != strings.TrimSpace(want.String()) {
				t.Errorf("%s in %s:\n got %.300s\nwant %.300s", domain, lang, got.body, want.String())
			}
		}
	}
}

// TestAudit: every change stands in the log, with who, from where, before and
// after; reading leaves no trace.
func TestAudit(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) { o.Tokens = tokens() })
	w.want(201, "POST /api/v1/sites", map[string]any{"domain": "audit.cn"}, as("admin")...)
	w.want(200, "PUT /api/v1/sites/audit.cn", map[string]any{"name": "改"}, append(as("admin"), "Remote", "198.51.100.4:1")...)
	w.want(202, "POST /api/v1/sites/audit.cn/check", nil, as("operator")...)
	w.want(200, "GET /api/v1/sites", nil, as("admin")...)
	w.want(204, "DELETE /api/v1/sites/audit.cn", nil, as("admin")...)
	w.want(404, "DELETE /api/v1/sites/audit.cn", nil, as("admin")...)
	var got []string
	for _, a := range w.want(200, "GET /api/v1/audit", nil, as("admin")...).items(t) {
		got = append(got, fmt.Sprint(a["who"], " ", a["action"], " ", a["object"], " ", a["address"], " ", a["before"] != nil, " ", a["after"] != nil))
	}
	want := []string{"admin delete audit.cn 127.0.0.1 true false", "operator check audit.cn 127.0.0.1 false false", "admin change audit.cn 198.51.100.4 true true", "admin create audit.cn 127.0.0.1 false true"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestReload: other options are in force at once, sessions go on, an error
// changes nothing.
func TestReload(t *testing.T) {
	t.Parallel()
	var kept web.Options
	w := begin(t, func(o *web.Options) { o.Tokens = tokens(); kept = *o })
	h := w.srv.Handler()
	pair, _, _ := strings.Cut(w.want(303, "POST /login", "token=reader-token", "Content-Type", "application/x-www-form-urlencoded").header.Get("Set-Cookie"), ";")
	next := kept
	next.Tokens, next.Hosts, next.Lang = tokens()[:2], []string{"new.example.cn"}, "en"
	if err := w.srv.Reload(next); err != nil {
		t.Fatal(err)
	}
	if w.srv.Handler() == nil || h == nil {
		t.Fatal("no handler")
	}
	if got := w.want(200, "GET /api/v1/status", nil, "Cookie", pair, "Host", "new.example.cn").json(t); got["language"] != "en" {
		t.Errorf("language %v", got["language"])
	}
	w.want(401, "GET /api/v1/status", nil, as("admin")...)
	bad := next
	bad.Hosts = []string{"no host"}
	if err := w.srv.Reload(bad); err == nil {
		t.Error("a host that is none is taken")
	}
	w.want(200, "GET /api/v1/status", nil, "Cookie", pair, "Host", "new.example.cn")
}

// certificate is a key pair for a name, signed by itself.
func certificate(t *testing.T, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// TestTLS: with keys it speaks TLS and HTTP/2, is called by the certificate's
// name, and tells browsers to come back encrypted.
func TestTLS(t *testing.T) {
	t.Parallel()
	pair, pool := certificate(t, "watch.example.cn")
	w := begin(t, func(o *web.Options) {
		o.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	})
	address, _ := serving(t, w)
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}}}
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://watch.example.cn/api/v1/status", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var v map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil || resp.StatusCode != 200 || resp.ProtoMajor != 2 || resp.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%v: %s %s %v", err, resp.Status, resp.Proto, resp.Header)
	}
}

// TestContentTypes: what is no JSON by its type is refused where JSON is wanted;
// without a type it is taken for JSON.
func TestContentTypes(t *testing.T) {
	t.Parallel()
	w := begin(t, nil)
	for _, c := range []exchange{
		{201, "POST /sites", `{"domain": "plain.cn"}`, nil},
		{200, "PUT /sites/plain.cn", `{"name": "x"}`, []string{"Content-Type", "application/json; charset=utf-8"}},
		{415, "POST /sites", `{"domain": "form.cn"}`, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{415, "PUT /sites/form.cn", `domain=form.cn`, []string{"Content-Type", "text/plain"}},
		{415, "PUT /subjects/a", `{}`, []string{"Content-Type", "text/plain"}},
		{415, "POST /silences", `{"reason": "x", "until": "2027-01-01"}`, []string{"Content-Type", "text/plain"}},
		{202, "POST /sites/plain.cn/check", nil, []string{"Content-Type", "application/json"}},
		{202, "POST /sites/plain.cn/check", "", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{202, "POST /sites/plain.cn/check", "{}", nil},
		{400, "POST /silences", `{"reason"`, nil},
	} {
		method, path, _ := strings.Cut(c.call, " ")
		got := w.call(method+" /api/v1"+path, c.body, c.header...)
		if got.status != c.status {
			t.Errorf("%s %v %q: %d, want %d: %.300s", c.call, c.body, c.header, got.status, c.status, got.body)
		} else if got.status >= 400 {
			got.code(t)
		}
	}
}
