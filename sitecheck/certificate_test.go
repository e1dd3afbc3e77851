package sitecheck_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/sitecheck"
)

func TestCertificates(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	now := time.Now()
	past, soon, later := now.AddDate(-1, 0, 0), now.Add(-time.Hour), now.AddDate(0, 3, 0)
	for _, tc := range []struct {
		name  string
		by    *authority
		host  string
		from  time.Time
		until time.Time
		want  domaincheck.Text
	}{
		{"sound", ca, "site.cn", past, later, ""},
		{"expired", ca, "site.cn", past, soon, "expired"},
		{"not yet", ca, "site.cn", now.Add(time.Hour), later, "not_yet_valid"},
		{"wrong name", ca, "www.elsewhere.cn", past, later, "wrong_name"},
		{"self-signed", nil, "site.cn", past, later, "self_signed"},
		{"unknown issuer", stranger, "site.cn", past, later, "unknown_issuer"},
		{"all of it", nil, "elsewhere.cn", past, soon, "expired,wrong_name,self_signed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.http("site.cn", redirectTo("https://site.cn/"))
			w.https("site.cn", tc.by.issue(t, tc.host, tc.from, tc.until), page)
			opt := w.options()
			opt.Roots = ca.pool
			p := w.look(opt, sitecheck.Target{Domain: "site.cn"})
			if p.Outcome != domaincheck.OutcomeOK || p.Final != "https://site.cn/" {
				t.Fatalf("a bad certificate hides the page: %s %v", p.Outcome, p.Error)
			}
			if p.TLS == nil || p.TLS.Error != tc.want || domaincheck.Is(p.TLS.OK) != (tc.want == "") || p.TLS.Expires.Unix() != tc.until.Unix() {
				t.Errorf("%+v, want %q", p.TLS, tc.want)
			}
		})
	}
}

func TestCertificateOfAPageReadOverHTTP(t *testing.T) {
	w := newWorld(t)
	w.http("site.cn", page)
	w.https("site.cn", newAuthority(t).issue(t, "site.cn", time.Now().AddDate(-1, 0, 0), time.Now().AddDate(0, 1, 0)), page)
	p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
	if p.TLS == nil || p.TLS.Error != "unknown_issuer" || outcomes(p) != "http://site.cn/ ok 200" {
		t.Errorf("%+v\n%s", p.TLS, outcomes(p))
	}
	opt := w.options()
	opt.NoTLSProbe = true
	if p = w.look(opt, sitecheck.Target{Domain: "site.cn"}); p.TLS != nil {
		t.Errorf("probed all the same: %+v", p.TLS)
	}
}

// A filter that looks for names cuts the connection when it has seen the
// ClientHello.
func TestResetAfterClientHello(t *testing.T) {
	cut := func(_ context.Context, c net.Conn) {
		io.ReadFull(c, make([]byte, 16))
		reset(c)
	}
	for _, withHTTP := range []bool{false, true} {
		w := newWorld(t)
		delete(w.hosts, "www.site.cn")
		w.raw("site.cn:443", cut)
		if withHTTP {
			w.http("site.cn", page)
		}
		p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
		var seen *domaincheck.PageAttempt
		for i := range p.Attempts {
			if p.Attempts[i].URL == "https://site.cn/" {
				seen = &p.Attempts[i]
			}
		}
		if seen == nil || seen.Outcome != domaincheck.OutcomeFailed || seen.Error.Code != domaincheck.CodeTLSReset ||
			!errors.Is(seen.Error, syscall.ECONNRESET) || !errors.Is(seen.Error, domaincheck.CodeNetwork) {
			t.Errorf("http %v: %+v\n%s", withHTTP, seen, outcomes(p))
		}
		if p.TLS == nil || p.TLS.Error != "reset_after_client_hello" || p.TLS.OK != nil {
			t.Errorf("http %v: TLS %+v", withHTTP, p.TLS)
		}
		if want := map[bool]domaincheck.Outcome{true: "ok", false: "failed"}[withHTTP]; p.Outcome != want {
			t.Errorf("http %v: outcome %s", withHTTP, p.Outcome)
		}
	}
}

func TestOtherHandshakes(t *testing.T) {
	for _, tc := range []struct {
		name  string
		serve func(context.Context, net.Conn)
		want  domaincheck.Outcome
		code  domaincheck.Code
	}{
		{"plain http on 443", func(_ context.Context, c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, "malformed", domaincheck.CodeMalformed},
		{"closed after ClientHello", func(_ context.Context, c net.Conn) {
			buf := make([]byte, 4096)
			c.Read(buf)
		}, "failed", domaincheck.CodeNetwork},
		{"silence", func(ctx context.Context, _ net.Conn) { <-ctx.Done() }, "timeout", domaincheck.CodeTimeout},
		{"alert", func(_ context.Context, c net.Conn) {
			c.Read(make([]byte, 4096))
			c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // fatal handshake_failure
		}, "failed", domaincheck.CodeNetwork},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.raw("site.cn:443", tc.serve)
			opt := w.options()
			opt.TLS = 200 * time.Millisecond
			p := w.look(opt, sitecheck.Target{Domain: "site.cn"})
			var got domaincheck.PageAttempt
			for _, a := range p.Attempts {
				if a.URL == "https://site.cn/" {
					got = a
				}
			}
			if got.Outcome != tc.want || !errors.Is(got.Error, tc.code) || got.Error.Code == domaincheck.CodeTLSReset {
				t.Errorf("%s %v", got.Outcome, got.Error)
			}
		})
	}
}

func TestHTTPSOnly(t *testing.T) {
	w := newWorld(t)
	w.https("site.cn", newAuthority(t).issue(t, "site.cn", time.Now().AddDate(-1, 0, 0), time.Now().AddDate(0, 1, 0)),
		func(rw http.ResponseWriter, r *http.Request) {
			if r.ProtoMajor != 1 {
				rw.WriteHeader(505)
				return
			}
			page(rw, r)
		})
	p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
	if p.Outcome != domaincheck.OutcomeOK || p.Final != "https://site.cn/" || status(p) != 200 {
		t.Errorf("%s %s %v", p.Outcome, p.Final, p.Error)
	}
}
