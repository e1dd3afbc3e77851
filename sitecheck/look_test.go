package sitecheck_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/sitecheck"
)

const body = `<!doctype html><html><head><meta charset="utf-8"><title>示例科技</title></head><body><h1>示例科技</h1>
<p>北京示例科技有限公司主要从事软件开发、系统集成与技术服务，欢迎各界朋友来电来函洽谈业务，我们将竭诚为您服务。公司成立于二零零五年，现有员工三百余人，在全国各地设有分支机构，为客户提供优质的产品与服务。</p>
<footer><a href="https://beian.miit.gov.cn/">京ICP备12345678号-1</a></footer></body></html>`

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, body)
}

func outcomes(p *domaincheck.HomePage) string {
	var out []string
	for _, a := range p.Attempts {
		s := a.URL + " " + string(a.Outcome)
		if a.Status != nil {
			s += fmt.Sprint(" ", *a.Status)
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func status(p *domaincheck.HomePage) int {
	if p.Status == nil {
		return 0
	}
	return *p.Status
}

func TestPlainPage(t *testing.T) {
	w := newWorld(t)
	w.http("site.cn", page)
	p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
	if p.Outcome != domaincheck.OutcomeOK || status(p) != 200 || p.Error != nil {
		t.Fatalf("%s %d %v", p.Outcome, status(p), p.Error)
	}
	if p.Requested != "http://site.cn/" || p.Final != "http://site.cn/" || len(p.Redirects) != 0 || p.Bytes != int64(len(body)) || p.Truncated {
		t.Errorf("%+v", p)
	}
	if got := outcomes(p); got != "http://site.cn/ ok 200" {
		t.Errorf("attempts %s", got)
	}
	if p.Attempts[0].IP != "47.110.0.1" {
		t.Errorf("address %q", p.Attempts[0].IP)
	}
	if p.TLS != nil {
		t.Errorf("TLS facts %+v of a site without https", p.TLS)
	}
	if p.At.IsZero() {
		t.Error("no instant")
	}
}

func TestFallback(t *testing.T) {
	for _, tc := range []struct {
		name  string
		build func(*world)
		want  domaincheck.Outcome
		final domaincheck.Text
		at    int
		tries string
	}{
		{"www only", func(w *world) { delete(w.hosts, "site.cn"); w.http("www.site.cn", page) },
			domaincheck.OutcomeOK, "http://www.site.cn/", 200,
			"http://site.cn/ absent\nhttps://site.cn/ absent\nhttp://www.site.cn/ ok 200"},
		{"404 on the bare domain", func(w *world) {
			w.http("site.cn", http.NotFound)
			w.http("www.site.cn", page)
		}, domaincheck.OutcomeOK, "http://www.site.cn/", 200, ""},
		{"403 everywhere is a live server", func(w *world) {
			h := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }
			w.http("site.cn", h)
		}, domaincheck.OutcomeOK, "http://site.cn/", 403, ""},
		{"502", func(w *world) {
			w.http("site.cn", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) })
		}, domaincheck.OutcomeOK, "http://site.cn/", 502, ""},
		{"refused everywhere", func(*world) {}, domaincheck.OutcomeFailed, "http://site.cn/", 0,
			"http://site.cn/ failed\nhttps://site.cn/ failed\nhttp://www.site.cn/ failed\nhttps://www.site.cn/ failed"},
		{"no address at all", func(w *world) { clear(w.hosts) }, domaincheck.OutcomeAbsent, "http://site.cn/", 0, ""},
		{"private answers", func(w *world) {
			w.hosts["site.cn"], w.hosts["www.site.cn"] = []string{"192.168.0.1"}, []string{"10.0.0.1"}
			w.http("site.cn", page)
		}, domaincheck.OutcomeRefused, "http://site.cn/", 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			tc.build(w)
			p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
			if p.Outcome != tc.want || p.Final != tc.final || status(p) != tc.at {
				t.Errorf("%s %s %d (%v)\n%s", p.Outcome, p.Final, status(p), p.Error, outcomes(p))
			}
			if tc.tries != "" && outcomes(p) != tc.tries {
				t.Errorf("attempts\n%s", outcomes(p))
			}
			if (p.Error == nil) != (p.Outcome == domaincheck.OutcomeOK) {
				t.Errorf("outcome %s with error %v", p.Outcome, p.Error)
			}
		})
	}
}

func redirectTo(location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(302)
	}
}

func TestRedirects(t *testing.T) {
	for _, tc := range []struct {
		name, location string
		want           domaincheck.Outcome
		code           domaincheck.Code
		final          domaincheck.Text
	}{
		{"other host", "http://other.cn/a?b=c#d", "ok", "", "http://other.cn/a?b=c"},
		{"no scheme", "//other.cn", "ok", "", "http://other.cn/"},
		{"relative", "/home", "ok", "", "http://site.cn/home"},
		{"user in the URL", "http://u:p@other.cn/", "ok", "", "http://other.cn/"},
		{"raw Chinese", "/首页 一", "ok", "", "http://site.cn/%E9%A6%96%E9%A1%B5%20%E4%B8%80"},
		{"backslashes", `\\other.cn\x`, "ok", "", "http://other.cn/x"},
		{"loopback literal", "http://127.0.0.1/", "refused", domaincheck.CodeForbidden, "http://127.0.0.1/"},
		{"metadata literal", "http://169.254.169.254/latest/meta-data/", "refused", domaincheck.CodeForbidden, "http://169.254.169.254/latest/meta-data/"},
		{"mapped literal", "http://[::ffff:10.0.0.1]/", "refused", domaincheck.CodeForbidden, "http://[::ffff:10.0.0.1]/"},
		{"private name", "http://private.cn/", "refused", domaincheck.CodeForbidden, "http://private.cn/"},
		{"metadata name", "https://metadata.cn/", "refused", domaincheck.CodeForbidden, "https://metadata.cn/"},
		{"other port", "http://other.cn:22/", "refused", domaincheck.CodeForbidden, "http://other.cn:22/"},
		{"file", "file:///etc/passwd", "malformed", domaincheck.CodeMalformed, "http://site.cn/"},
		{"javascript", "javascript:alert(1)", "malformed", domaincheck.CodeMalformed, "http://site.cn/"},
		{"itself", "/", "malformed", domaincheck.CodeTooLarge, "http://site.cn/"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.http("site.cn", func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/" {
					page(rw, r)
					return
				}
				redirectTo(tc.location)(rw, r)
			})
			w.http("other.cn", page)
			w.mapTo(":", "127.0.0.1:1") // a catch-all does not help an address literal
			p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
			if p.Outcome != tc.want || p.Final != tc.final {
				t.Errorf("%s %s %v\n%s", p.Outcome, p.Final, p.Error, outcomes(p))
			}
			if tc.code != "" && !errors.Is(p.Error, tc.code) {
				t.Errorf("error %v, want %s", p.Error, tc.code)
			}
		})
	}
}

func TestRedirectLoops(t *testing.T) {
	w := newWorld(t)
	n := 0
	w.http("site.cn", func(rw http.ResponseWriter, r *http.Request) {
		n++
		redirectTo(fmt.Sprintf("/%d", n))(rw, r)
	})
	p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
	if p.Outcome != domaincheck.OutcomeMalformed || !errors.Is(p.Error, domaincheck.CodeTooLarge) || len(p.Redirects) != sitecheck.MaxRedirects {
		t.Errorf("endless redirects: %s %v %d", p.Outcome, p.Error, len(p.Redirects))
	}

	w = newWorld(t)
	w.http("site.cn", redirectTo("http://www.site.cn/"))
	w.http("www.site.cn", redirectTo("http://site.cn/"))
	p = w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
	if p.Outcome != domaincheck.OutcomeMalformed || len(p.Redirects) > 2 {
		t.Errorf("a loop of two: %s %v", p.Outcome, p.Redirects)
	}
}

func TestCookieRoundIsNoLoop(t *testing.T) {
	w := newWorld(t)
	w.http("site.cn", func(rw http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("seen"); err == nil && c.Value == "1" {
			page(rw, r)
			return
		}
		http.SetCookie(rw, &http.Cookie{Name: "seen", Value: "1"})
		redirectTo("/")(rw, r)
	})
	if p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"}); p.Outcome != domaincheck.OutcomeOK || status(p) != 200 {
		t.Errorf("%s %v", p.Outcome, p.Error)
	}
}

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

func zlibbed(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

func TestBodies(t *testing.T) {
	big := strings.Repeat("<p>文字文字文字文字</p>\n", 200_000)
	for _, tc := range []struct {
		name           string
		header, body   string
		want           domaincheck.Outcome
		bytes          int64
		cut            bool
		attemptHasCode domaincheck.Code
	}{
		{"gzip", "Content-Encoding: gzip\r\n", gzipped(body), "ok", int64(len(body)), false, ""},
		{"deflate", "Content-Encoding: deflate\r\n", zlibbed(body), "ok", int64(len(body)), false, ""},
		{"no type", "", body, "ok", int64(len(body)), false, ""},
		{"empty", "Content-Length: 0\r\n", "", "ok", 0, false, ""},
		{"empty gzip", "Content-Encoding: gzip\r\nContent-Length: 0\r\n", "", "ok", 0, false, ""},
		{"oversize", "", big, "ok", sitecheck.DefaultMaxBytes, true, domaincheck.CodeTooLarge},
		{"bomb", "Content-Encoding: gzip\r\n", gzipped(strings.Repeat("\x00", 64<<20)), "ok", sitecheck.DefaultMaxBytes, true, domaincheck.CodeTooLarge},
		{"gzip in name only", "Content-Encoding: gzip\r\n", body, "malformed", 0, false, domaincheck.CodeMalformed},
		{"brotli unasked", "Content-Encoding: br\r\n", "xxxx", "malformed", 0, false, domaincheck.CodeMalformed},
		{"cut short", "Content-Length: 100000\r\n", body, "ok", int64(len(body)), true, domaincheck.CodeNetwork},
		{"gzip cut short", "Content-Encoding: gzip\r\n", gzipped(big)[:4000], "ok", -1, true, domaincheck.CodeNetwork},
		{"picture", "Content-Type: image/png\r\n", "\x89PNG", "malformed", 0, false, domaincheck.CodeMalformed},
		{"chunks", "Transfer-Encoding: chunked\r\n", "5\r\n<p>ab\r\n3\r\ncde\r\n0\r\n\r\n", "ok", 8, false, ""},
		{"lines that are no fields", "<!-- debug -->\r\nBad Name: x\r\nSet-Cookie a=b\r\nContent-Length: 5\r\n", "\r\nabc", "ok", 5, false, ""},
		{"folded line", "P3P: CP=\"a\"\r\n b\r\nContent-Length: 3\r\n", "abc", "ok", 3, false, ""},
		{"bad chunks", "Transfer-Encoding: chunked\r\n", "5\r\n<p>ab\r\nzzz\r\n", "ok", 5, true, domaincheck.CodeNetwork},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.raw("site.cn:80", func(_ context.Context, c net.Conn) {
				readRequest(c)
				io.WriteString(c, "HTTP/1.1 200 OK\r\n"+tc.header+"\r\n"+tc.body)
			})
			p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
			if p.Outcome != tc.want || p.Truncated != tc.cut || tc.bytes >= 0 && p.Bytes != tc.bytes {
				t.Errorf("%s, %d bytes, truncated %v, %v", p.Outcome, p.Bytes, p.Truncated, p.Error)
			}
			if err := p.Attempts[0].Error; tc.attemptHasCode != "" && !errors.Is(err, tc.attemptHasCode) || tc.attemptHasCode == "" && err != nil {
				t.Errorf("attempt's error %v", err)
			}
			if status(p) != 200 {
				t.Errorf("status %d", status(p))
			}
		})
	}
}

func TestRawAnswers(t *testing.T) {
	endless := func(c net.Conn, s string) {
		for {
			if _, err := io.WriteString(c, s); err != nil {
				return
			}
		}
	}
	for _, tc := range []struct {
		name  string
		serve func(context.Context, net.Conn)
		want  domaincheck.Outcome
		code  domaincheck.Code
	}{
		{"silence", func(ctx context.Context, c net.Conn) { readRequest(c); <-ctx.Done() }, "timeout", domaincheck.CodeTimeout},
		{"accepts and closes", func(_ context.Context, c net.Conn) { readRequest(c) }, "failed", domaincheck.CodeNetwork},
		{"reset at once", func(_ context.Context, c net.Conn) { readRequest(c); reset(c) }, "failed", domaincheck.CodeNetwork},
		{"reset in the header", func(_ context.Context, c net.Conn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-")
			reset(c)
		}, "failed", domaincheck.CodeNetwork},
		{"not HTTP", func(_ context.Context, c net.Conn) { io.WriteString(c, "SSH-2.0-OpenSSH_9.6\r\n") }, "malformed", domaincheck.CodeMalformed},
		{"body only", func(_ context.Context, c net.Conn) { readRequest(c); io.WriteString(c, body) }, "malformed", domaincheck.CodeMalformed},
		{"a page without a header, and no line's end", func(_ context.Context, c net.Conn) {
			readRequest(c)
			io.WriteString(c, "<html>"+strings.Repeat("x", 300))
		}, "malformed", domaincheck.CodeMalformed},
		{"cut within the status line", func(_ context.Context, c net.Conn) { readRequest(c); io.WriteString(c, "HT") }, "failed", domaincheck.CodeNetwork},
		{"endless header", func(_ context.Context, c net.Conn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			endless(c, "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")
		}, "malformed", domaincheck.CodeTooLarge},
		{"endless line", func(_ context.Context, c net.Conn) { readRequest(c); endless(c, "HTTP/1.1 200 OKKKKKKKKKKKKKKKKKK") }, "malformed", domaincheck.CodeTooLarge},
		{"endless interim answers", func(_ context.Context, c net.Conn) { readRequest(c); endless(c, "HTTP/1.1 103 Early Hints\r\n\r\n") }, "malformed", domaincheck.CodeMalformed},
		{"trickling header", func(ctx context.Context, c net.Conn) {
			readRequest(c)
			drip(ctx, c, "HTTP/1.1 200 OK\r\nX: ")
		}, "timeout", domaincheck.CodeTimeout},
		{"body never comes", func(ctx context.Context, c net.Conn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			<-ctx.Done()
		}, "timeout", domaincheck.CodeTimeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			delete(w.hosts, "www.site.cn")
			w.raw("site.cn:80", tc.serve)
			opt := w.options()
			if tc.want == domaincheck.OutcomeTimeout {
				opt.Timeout, opt.Total = 300*time.Millisecond, 3*time.Second
			}
			p := w.look(opt, sitecheck.Target{Domain: "site.cn"})
			if p.Outcome != tc.want || !errors.Is(p.Error, tc.code) {
				t.Errorf("%s %v\n%s", p.Outcome, p.Error, outcomes(p))
			}
		})
	}
}

// drip writes a byte every few milliseconds until the test ends.
func drip(ctx context.Context, c net.Conn, first string) {
	io.WriteString(c, first)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := io.WriteString(c, "a"); err != nil {
				return
			}
		}
	}
}

func TestOddAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"HTTP/1.0 without a header": "HTTP/1.0 200 OK\r\n\r\n" + body,
		"no reason":                 "HTTP/1.1 200\r\n\r\n" + body,
		"bare line feeds":           "HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + body,
		"interim answer first":      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + body,
		"two equal lengths":         "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body,
	} {
		w := newWorld(t)
		w.raw("site.cn:80", func(_ context.Context, c net.Conn) { readRequest(c); io.WriteString(c, answer) })
		p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
		if p.Outcome != domaincheck.OutcomeOK || numbers(p) != "京ICP备12345678号-1" || p.Truncated {
			t.Errorf("%s: %s, numbers %q, truncated %v, %v", name, p.Outcome, numbers(p), p.Truncated, p.Error)
		}
	}
}

func TestTricklingBodyIsCut(t *testing.T) {
	w := newWorld(t)
	w.raw("site.cn:80", func(ctx context.Context, c net.Conn) {
		readRequest(c)
		drip(ctx, c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>begin")
	})
	opt := w.options()
	opt.Body = 200 * time.Millisecond
	begin := time.Now()
	p := w.look(opt, sitecheck.Target{Domain: "site.cn"})
	if p.Outcome != domaincheck.OutcomeOK || !p.Truncated || !errors.Is(p.Attempts[0].Error, domaincheck.CodeTimeout) {
		t.Errorf("%s truncated %v %v", p.Outcome, p.Truncated, p.Attempts[0].Error)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestCancelReachesTheSocket(t *testing.T) {
	w := newWorld(t)
	asked := make(chan struct{}, 8)
	w.raw("site.cn:80", func(ctx context.Context, c net.Conn) { readRequest(c); asked <- struct{}{}; <-ctx.Done() })
	opt := w.options()
	opt.Guard = w.guard()
	opt.Timeout = time.Minute
	o, err := sitecheck.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	begin := time.Now()
	p := o.Look(ctx, sitecheck.Target{Domain: "site.cn"})
	if p.Outcome == domaincheck.OutcomeOK || time.Since(begin) > 30*time.Second {
		t.Errorf("%s after %s", p.Outcome, time.Since(begin))
	}
}

func TestHomeAndFurtherHosts(t *testing.T) {
	w := newWorld(t)
	w.hosts["shop.site.cn"] = []string{"47.110.0.9"}
	w.http("site.cn", page)
	w.http("shop.site.cn", page)
	p := w.look(w.options(), sitecheck.Target{Domain: "site.cn", Home: "http://site.cn/start", Hosts: []string{"@", "www", "shop", "shop.site.cn", "*"}})
	if p.Requested != "http://site.cn/start" || len(p.Others) != 1 || p.Others[0].Final != "http://shop.site.cn/" {
		t.Errorf("%s, others %v", p.Requested, p.Others)
	}
	w = newWorld(t)
	clear(w.hosts)
	w.hosts["shop.site.cn"] = []string{"47.110.0.9"}
	w.http("shop.site.cn", page)
	p = w.look(w.options(), sitecheck.Target{Domain: "site.cn", Hosts: []string{"shop"}})
	if p.Outcome != domaincheck.OutcomeOK || p.Final != "http://shop.site.cn/" || len(p.Attempts) != 5 {
		t.Errorf("only a sub-domain lives: %s %s\n%s", p.Outcome, p.Final, outcomes(p))
	}
}

func TestAddressAsSite(t *testing.T) {
	w := newWorld(t)
	w.http("47.110.0.9", page)
	p := w.look(w.options(), sitecheck.Target{Domain: "47.110.0.9"})
	if p.Outcome != domaincheck.OutcomeOK || p.Final != "http://47.110.0.9/" || p.Attempts[0].IP != "47.110.0.9" {
		t.Errorf("%s %s %v", p.Outcome, p.Final, p.Error)
	}
	if p = w.look(w.options(), sitecheck.Target{Domain: "127.0.0.1"}); p.Outcome != domaincheck.OutcomeRefused || !errors.Is(p.Error, domaincheck.CodeForbidden) {
		t.Errorf("loopback: %s %v", p.Outcome, p.Error)
	}
}

func TestBadSettings(t *testing.T) {
	for _, opt := range []sitecheck.Options{{UserAgent: "a\r\nb", Browser: "off"}, {Browser: "/no/such/browser"}} {
		if _, err := sitecheck.New(opt); !errors.Is(err, domaincheck.CodeBadSettings) {
			t.Errorf("%+v: %v", opt, err)
		}
	}
}
