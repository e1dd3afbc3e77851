package sitecheck

import (
	"bytes"
	"net/url"
	"os"
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	base, err := url.Parse("https://www.site.cn/a/b?c")
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"x":                        "https://www.site.cn/a/x",
		"/x y":                     "https://www.site.cn/x%20y",
		"?q=中文":                    "https://www.site.cn/a/b?q=%E4%B8%AD%E6%96%87",
		"//OTHER.cn":               "https://other.cn/",
		"HTTP://Other.CN:80/":      "http://other.cn/",
		"https://other.cn:443/#x":  "https://other.cn/",
		"http://other.cn:8080":     "http://other.cn:8080/",
		"http://例子.中国/":            "http://xn--fsqu00a.xn--fiqs8s/",
		"http://%E4%BE%8B.cn/":     "http://xn--fsq.cn/",
		`http:\\other.cn\x`:        "http://other.cn/x",
		"http://u:p@other.cn/":     "http://other.cn/",
		"http://other.cn./":        "http://other.cn/",
		"http://other.cn/100%":     "http://other.cn/100%25",
		"\n http://other.cn/\r\nx": "http://other.cn/x",
		"http://[2001:DB8::1]/":    "http://[2001:DB8::1]/",
		"javascript:void(0)":       "",
		"data:text/html,x":         "",
		"ftp://other.cn/":          "",
		"http://":                  "",
		"http:///x":                "",
		"http://a b/":              "",
		"http://other.cn:x/":       "",
	} {
		u, err := parseURL(base, in)
		got := ""
		if err == nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%q → %q (%v), want %q", in, got, err, want)
		}
	}
}

// Whatever a stranger writes as a URL, what is requested is an http or https
// URL of a host without user or fragment, in one spelling, that fits on the
// request line.
func FuzzParseURL(f *testing.F) {
	f.Add("http://例子.中国/a b?c=d#e")
	f.Add(`\\other.cn\x`)
	base := &url.URL{Scheme: "https", Host: "www.site.cn", Path: "/a/b"}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := parseURL(base, s)
		if err != nil {
			return
		}
		text := u.String()
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
			t.Errorf("%q → %q", s, text)
		}
		if line := hostHeader(u) + u.RequestURI(); strings.ContainsAny(line, " \r\n\x00") {
			t.Errorf("%q → request line %q", s, line)
		}
		again, err := parseURL(nil, text)
		if err != nil || again.String() != text {
			t.Errorf("%q → %q → %v %v: not idempotent", s, text, again, err)
		}
	})
}

// Mending a header only drops lines: nothing is added, the body is untouched,
// and what was mended needs no mending.
func FuzzHeader(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\n<!-- x -->\r\nA: b\r\n\r\nbody"))
	f.Add([]byte("HTTP/1.0 200\nno colon\n\n\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		out := mended(b)
		if out == nil {
			return
		}
		if len(out) > 2*len(b) || !bytes.HasPrefix(out, []byte("HTTP/1.")) {
			t.Errorf("%q → %q", b, out)
		}
		if again := mended(out); again != nil {
			t.Errorf("%q → %q → %q", b, out, again)
		}
	})
}

func TestClientSeedsAreThere(t *testing.T) {
	for _, target := range []string{"FuzzParseURL", "FuzzHeader"} {
		if files, err := os.ReadDir("testdata/fuzz/" + target); err != nil || len(files) < 4 {
			t.Errorf("%s has %d seeds: %v", target, len(files), err)
		}
	}
}
