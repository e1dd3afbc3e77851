package sitecheck_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/netguard"
	"domaincheck/providers"
	"domaincheck/sitecheck"
)

// pages serves HTML by path.
func pages(by map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, ok := by[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, text)
	}
}

const frameFoot = `<html><body><p>版权所有 示例科技</p><a href="https://beian.miit.gov.cn/">京ICP备12345678号-1</a></body></html>`

func TestFramesAndRefresh(t *testing.T) {
	long := strings.Repeat("<p>我们提供软件开发与技术服务，欢迎洽谈合作。</p>", 20)
	for _, tc := range []struct {
		name   string
		by     map[string]string
		number string
		final  domaincheck.Text
		cut    bool
	}{
		{"meta refresh", map[string]string{"/": `<meta http-equiv="refresh" content="0;url=/home.html">`, "/home.html": body}, "京ICP备12345678号-1", "http://site.cn/home.html", false},
		{"meta refresh quoted", map[string]string{"/": `<META HTTP-EQUIV=Refresh CONTENT="1; URL='home.html'">`, "/home.html": body}, "京ICP备12345678号-1", "http://site.cn/home.html", false},
		{"meta refresh twice", map[string]string{"/": `<meta http-equiv=refresh content="0;url=/a">`, "/a": `<meta http-equiv=refresh content="0;url=/b">`, "/b": body}, "京ICP备12345678号-1", "http://site.cn/b", false},
		{"refresh of itself", map[string]string{"/": body + `<meta http-equiv=refresh content="300">`}, "京ICP备12345678号-1", "http://site.cn/", false},
		{"frameset, number in the lower frame", map[string]string{"/": `<title>示例</title><frameset rows="*,80"><frame src="top.html"><frame src="foot.html"></frameset>`,
			"/top.html": long, "/foot.html": frameFoot}, "京ICP备12345678号-1", "http://site.cn/", false},
		{"one frame around another site", map[string]string{"/": `<iframe src="http://other.cn/" width="100%" height="100%"></iframe>`}, "京ICP备12345678号-1", "http://site.cn/", false},
		{"footer in a frame of a full page", map[string]string{"/": long + `<iframe src="/foot.html"></iframe>`, "/foot.html": frameFoot}, "京ICP备12345678号-1", "http://site.cn/", false},
		{"a stranger's frame in a full page is not ours", map[string]string{"/": long + `<iframe src="http://other.cn/"></iframe>`}, "", "http://site.cn/", false},
		{"hidden frame", map[string]string{"/": long + `<iframe src="/foot.html" style="display:none"></iframe>`, "/foot.html": frameFoot}, "", "http://site.cn/", false},
		{"a frame that cannot be read", map[string]string{"/": `<iframe src="http://127.0.0.1/"></iframe>`}, "", "http://site.cn/", true},
		{"a frame within itself", map[string]string{"/": `<iframe src="/"></iframe><iframe src="/f"></iframe>`, "/f": `<iframe src="/f"></iframe>` + frameFoot}, "京ICP备12345678号-1", "http://site.cn/", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.http("site.cn", pages(tc.by))
			w.http("other.cn", page)
			p := w.look(w.options(), sitecheck.Target{Domain: "site.cn"})
			if p.Outcome != domaincheck.OutcomeOK || numbers(p) != tc.number || p.Final != tc.final || p.Truncated != tc.cut {
				t.Errorf("%s, numbers %q, final %s, truncated %v\n%s", p.Outcome, numbers(p), p.Final, p.Truncated, outcomes(p))
			}
		})
	}
}

func TestRedirectToABlockPageIsASign(t *testing.T) {
	signs, err := providers.DefaultSigns()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.http("site.cn", redirectTo("https://dnspod.qcloud.com/static/webblock.html?d=site.cn"))
	opt := w.options()
	opt.Parse.Signs = signs
	p := w.look(opt, sitecheck.Target{Domain: "site.cn"})
	if p.Block == nil || p.Block.Provider != "tencent" || p.Outcome != domaincheck.OutcomeOK || status(p) != 302 {
		t.Errorf("block %+v, %s %d %v\n%s", p.Block, p.Outcome, status(p), p.Error, outcomes(p))
	}
	if len(p.Attempts) != 2 {
		t.Errorf("went on after a block page\n%s", outcomes(p))
	}
}

func TestPortsAndPrivateAddressesTheUserNames(t *testing.T) {
	w := newWorld(t)
	w.http("site.cn", page)
	port := strconv.Itoa(int(w.maps[0].ToPort))
	w.maps = nil
	w.mapTo("site.cn:"+port, "127.0.0.1:"+port)
	p := w.look(w.options(), sitecheck.Target{Domain: "site.cn", Home: "http://site.cn:" + port + "/x"})
	if p.Outcome != domaincheck.OutcomeOK || p.Final != domaincheck.Text("http://site.cn:"+port+"/x") {
		t.Errorf("a port the user names: %s %v", p.Outcome, p.Error)
	}
	opt := w.options()
	opt.Guard = netguard.New(netguard.Options{AllowPrivate: true})
	o, err := sitecheck.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	p = o.Look(t.Context(), sitecheck.Target{Domain: "127.0.0.1", Home: "http://127.0.0.1:" + port + "/"})
	if p.Outcome != domaincheck.OutcomeOK || p.Attempts[0].IP != "127.0.0.1" {
		t.Errorf("private addresses allowed: %s %v", p.Outcome, p.Error)
	}
}
