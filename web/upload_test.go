package web_test

import (
	"bytes"
	"mime/multipart"
	"regexp"
	"strings"
	"testing"
	"time"

	"domaincheck/web"
)

// TestUpload: a file between its preview and its confirmation outlives the
// process that took it, belongs to who sent it, and is there once and for a
// quarter of an hour.
func TestUpload(t *testing.T) {
	who := func(name, token string) web.Token {
		return web.Token{Name: name, Hash: web.HashToken(token), Role: web.RoleAdmin}
	}
	tokens := func(o *web.Options) { o.Tokens = []web.Token{who("a", "token-a"), who("b", "token-b")} }
	w := begin(t, tokens)
	send := func(token string, fields ...string) answer {
		t.Helper()
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for i := 0; i < len(fields); i += 2 {
			if fields[i] != "file" {
				_ = form.WriteField(fields[i], fields[i+1])
				continue
			}
			part, err := form.CreateFormFile("file", "台账.csv")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = part.Write([]byte(fields[i+1]))
		}
		_ = form.Close()
		return w.call("POST /import", body.String(), "Content-Type", form.FormDataContentType(), "Authorization", "Bearer "+token, "Accept", "text/html")
	}
	preview := func() string {
		t.Helper()
		a := send("token-a", "file", "域名,名称列\nexample.cn,示例\nnot a domain,x\n", "columns", "名称列=name")
		m := regexp.MustCompile(`name="confirm" value="([0-9a-f]{24})"`).FindSubmatch(a.body)
		if a.status != 200 || m == nil {
			t.Fatalf("%d %.2000s", a.status, a.body)
		}
		return string(m[1])
	}
	restart := func() {
		t.Helper()
		o := w.o
		tokens(&o)
		srv, err := web.New(o)
		if err != nil {
			t.Fatal(err)
		}
		w.srv = srv
	}
	id := preview()
	if a := send("token-b", "confirm", id); a.status != 409 {
		t.Errorf("somebody else confirmed: %d", a.status)
	}
	restart()
	if a := send("token-a", "confirm", id); a.status != 303 || !strings.Contains(a.header.Get("Location"), "done=imported") {
		t.Errorf("confirmed after a restart: %d %.1000s", a.status, a.body)
	}
	m, err := w.db.Load(t.Context(), "example.cn")
	if err != nil || m.Site.Name != "示例" {
		t.Errorf("%+v, %v", m, err)
	}
	if a := send("token-a", "confirm", id); a.status != 409 {
		t.Errorf("confirmed twice: %d", a.status)
	}
	id = preview()
	w.clock.forward(16 * time.Minute)
	if a := send("token-a", "confirm", id); a.status != 409 {
		t.Errorf("confirmed too late: %d", a.status)
	}
}
