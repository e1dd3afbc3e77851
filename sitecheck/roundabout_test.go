package sitecheck_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/sitecheck"
)

// TestRoundabouts: pages that show nothing and lead on. Whatever a visitor
// comes to see is read; where he comes to nothing, nothing is known of it.
func TestRoundabouts(t *testing.T) {
	html := func(w http.ResponseWriter, status int, text string) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
	// wall gives its page to who brings the cookie.
	wall := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if _, err := r.Cookie("seen"); err == nil {
				page(w, r)
				return
			}
			w.Header().Set("Set-Cookie", "seen=1; path=/")
			html(w, status, text)
		}
	}
	always := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { html(w, status, text) }
	}
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    domaincheck.Outcome
		number  string
	}{
		{"refresh of itself with a cookie", wall(200, `<meta http-equiv="refresh" content="0">`), "ok", "京ICP备12345678号-1"},
		{"the same with its address", wall(200, `<meta http-equiv="refresh" content="1;url=/">`), "ok", "京ICP备12345678号-1"},
		{"refresh of itself for ever", always(200, `<meta http-equiv="refresh" content="0">`), "malformed", ""},
		{"a new cookie each time", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", fmt.Sprintf("n=%p", r))
			html(w, 200, `<meta http-equiv="refresh" content="0">`)
		}, "malformed", ""},
		{"two pages that lead to each other", func(w http.ResponseWriter, r *http.Request) {
			html(w, 200, map[bool]string{true: `<meta http-equiv=refresh content="0;url=/a">`, false: `<meta http-equiv=refresh content="0;url=/">`}[r.URL.Path == "/"])
		}, "malformed", ""},
		{"refresh in the header", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				w.Header().Set("Refresh", "0; url=/home")
				html(w, 200, "")
				return
			}
			page(w, r)
		}, "ok", "京ICP备12345678号-1"},
		{"a page that reloads itself shows itself", always(200, `<meta http-equiv="refresh" content="5">`+body), "ok", "京ICP备12345678号-1"},
		{"a picture that reloads itself is a page", always(200, `<meta http-equiv="refresh" content="9"><img src="/a.jpg">`), "ok", ""},
		{"a script asks for a cookie with 521", always(521, `<script>document.cookie=('_')+('_')+('j')+'sl=1';location.href=location.pathname+location.search</script>`), "refused", ""},
		{"an error page whose script counts visitors", always(502, `<h1>502 Bad Gateway</h1><p>网站暂时无法访问，请稍后再试，给您带来不便敬请谅解。</p><script>document.cookie="a=1"</script>`), "ok", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			delete(w.hosts, "www.site.cn")
			w.http("site.cn", tc.handler)
			p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
			if p.Outcome != tc.want || numbers(p) != tc.number || len(p.Attempts) > 9 {
				t.Errorf("%s %v, numbers %q\n%s", p.Outcome, p.Error, numbers(p), outcomes(p))
			}
		})
	}
}

// TestScriptsThatLeadOn: what a script is sure to do is followed; a script that
// only speaks of its location leads nowhere.
func TestScriptsThatLeadOn(t *testing.T) {
	for script, leads := range map[string]bool{
		`window.location.href="/home.html"`:                                                                true,
		`location = '/home.html';`:                                                                         true,
		`setTimeout("location.replace('/home.html')",1000)`:                                                true,
		`setTimeout(function(){window.location.assign("home.html")},3000)`:                                 true,
		`if(location.protocol=="ftp:")alert(1);self.location="/home.html"`:                                 true,
		`var allocation="/nowhere.html";top.location.href = "/home.html"`:                                  true,
		`new WebSocket("ws://"+location.host+"/w");document.body.innerHTML="<a href=\"/home.html\">x</a>"`: false,
		`location.href="https://"+location.host+"/home.html"`:                                              false,
		"location.href=`/${lang}/home.html`":                                                               false,
		`function go(){location.href="/home.html"}`:                                                        false,
		`if(location.href=="/home.html")x()`:                                                               false,
		`location.hash="/home.html"`:                                                                       false,
		`if(top!=self)top.location.href="/home.html"`:                                                      false,
		`if(/Mobile/.test(navigator.userAgent))location="/home.html";else location="/home.html"`:           false,
		`self!=top?top.location="/home.html":0`:                                                            false,
		`isPhone()&&(location.href="/home.html")`:                                                          false,
		`/* location.href="/home.html" */`:                                                                 false,
		`// location.href="/home.html"`:                                                                    false,
		`// location.href="/nowhere.html"` + "\n" + `var u="//a.cn/";location="/home.html"`:                true,
		`location.href="javascript:void(0)"`:                                                               false,
	} {
		w := newWorld(t)
		delete(w.hosts, "www.site.cn")
		w.http("site.cn", pages(map[string]string{"/": `<meta charset="utf-8"><script>` + script + `</script>`, "/home.html": body}))
		p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
		if got := p.Final == "http://site.cn/home.html"; got != leads || !leads && p.Final != "http://site.cn/" {
			t.Errorf("%s: %s\n%s", script, p.Final, outcomes(p))
		}
	}
}

// TestBytesThatAreNoText: what is called text/html and is none shows no page.
func TestBytesThatAreNoText(t *testing.T) {
	noise := make([]byte, 4000)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	utf16 := []byte{0xff, 0xfe}
	for _, r := range body {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	for name, tc := range map[string]struct {
		body string
		want domaincheck.Outcome
	}{
		"gzip that the header does not tell of": {gzipped(body), "malformed"},
		"gzip within gzip":                      {gzipped(gzipped(body)), "malformed"},
		"noise":                                 {string(noise), "malformed"},
		"an archive":                            {"PK\x03\x04" + strings.Repeat("a", 90), "malformed"},
		"UTF-16":                                {string(utf16), "ok"},
		"a few control characters":              {"\x01\x02" + body + "\x1f", "ok"},
	} {
		w := newWorld(t)
		delete(w.hosts, "www.site.cn")
		w.raw("site.cn:80", func(_ context.Context, c net.Conn) {
			readRequest(c)
			var b bytes.Buffer
			b.WriteString("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")
			if name == "gzip within gzip" {
				b.WriteString("Content-Encoding: gzip\r\n")
			}
			b.WriteString("\r\n" + tc.body)
			c.Write(b.Bytes())
		})
		p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
		if p.Outcome != tc.want || (numbers(p) != "") != (tc.want == "ok") || status(p) != 200 {
			t.Errorf("%s: %s %v, numbers %q", name, p.Outcome, p.Error, numbers(p))
		}
		if tc.want == "malformed" && !errors.Is(p.Error, domaincheck.CodeMalformed) {
			t.Errorf("%s: %v", name, p.Error)
		}
	}
}
