package sitecheck_test

import (
	"context"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/providers"
	"domaincheck/sitecheck"
)

// silent makes a port that drops requests for a connection: the listener's
// queue is cut to nothing and filled.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	raw, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var cut error
	if err := raw.Control(func(fd uintptr) { cut = syscall.Listen(int(fd), 0) }); err != nil || cut != nil {
		t.Fatal(err, cut)
	}
	for range 16 {
		c, err := net.DialTimeout("tcp", l.Addr().String(), 100*time.Millisecond)
		if err != nil {
			return l.Addr().String()
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("the queue does not fill")
	return ""
}

// TestSilentHTTPSPortDelaysNothing: a site without https whose port 443 drops
// packets is looked at as fast as its page comes.
func TestSilentHTTPSPortDelaysNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.http("site.cn", page)
	w.mapTo("site.cn:443", silent(t))
	opt := w.options()
	opt.Timeout = 20 * time.Second
	began := time.Now()
	p := w.look(opt, sitecheck.Target{Domain: "site.cn"})
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("took %v", took)
	}
	if p.TLS != nil || outcomes(p) != "http://site.cn/ ok 200\nhttps://site.cn/ timeout" {
		t.Errorf("%+v\n%s", p.TLS, outcomes(p))
	}
}

// TestCertificateIsAskedBesideThePage: the handshake is under way while the
// page is still being made.
func TestCertificateIsAskedBesideThePage(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	w := newWorld(t)
	w.raw("site.cn:443", func(_ context.Context, c net.Conn) {
		close(asked)
		c.Read(make([]byte, 16))
		reset(c)
	})
	w.http("site.cn", func(rw http.ResponseWriter, r *http.Request) {
		select {
		case <-asked:
		case <-r.Context().Done():
		}
		page(rw, r)
	})
	p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
	if p.Outcome != domaincheck.OutcomeOK || p.TLS == nil || p.TLS.Error != "reset_after_client_hello" {
		t.Errorf("%s %+v\n%s", p.Outcome, p.TLS, outcomes(p))
	}
}

// TestRedirectToBlockPage: the page that a host blocks a site with is known by
// its address, and its own name, at the end of the way, does not make it the
// site's page.
func TestRedirectToBlockPage(t *testing.T) {
	t.Parallel()
	signs, err := providers.DefaultSigns()
	if err != nil {
		t.Fatal(err)
	}
	for name, serve := range map[string]http.HandlerFunc{
		"with a page": page, "empty": func(http.ResponseWriter, *http.Request) {}, "not found": http.NotFound, "gone": nil,
	} {
		for _, way := range []string{"http://dnspod.qcloud.com/static/webblock.html?d=site.cn", "https://dnspod.qcloud.com/static/webblock.html"} {
			w := newWorld(t)
			w.hosts["dnspod.qcloud.com"] = []string{"47.110.0.9"}
			w.http("site.cn", redirectTo(way))
			if serve != nil {
				w.http("dnspod.qcloud.com", serve)
				w.https("dnspod.qcloud.com", newAuthority(t).issue(t, "dnspod.qcloud.com", time.Now().AddDate(-1, 0, 0), time.Now().AddDate(0, 1, 0)), serve)
			}
			opt := w.options()
			opt.Parse.Signs = signs
			p := w.look(opt, sitecheck.Target{Domain: "site.cn"})
			if p.Block == nil || p.Outcome != domaincheck.OutcomeOK {
				t.Errorf("%s, %s: %s, block %+v\n%s", name, way, p.Outcome, p.Block, outcomes(p))
			}
		}
	}
}
