package domaincheck

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	for _, c := range []struct{ in, domain, unicode, host, url string }{
		{"example.com", "example.com", "example.com", "", ""},
		{"WWW.Example.CN", "example.cn", "example.cn", "www.example.cn", ""},
		{"  example.cn.\n", "example.cn", "example.cn", "", ""},
		{"例子.中国", "xn--fsqu00a.xn--fiqs8s", "例子.中国", "", ""},
		{"例子。中国", "xn--fsqu00a.xn--fiqs8s", "例子.中国", "", ""},
		{"www｡例子．中国。", "xn--fsqu00a.xn--fiqs8s", "例子.中国", "www.xn--fsqu00a.xn--fiqs8s", ""},
		{"XN--FSQU00A.XN--FIQS8S", "xn--fsqu00a.xn--fiqs8s", "例子.中国", "", ""},
		{"https://shop.example.com.cn/x", "example.com.cn", "example.com.cn", "shop.example.com.cn", "https://shop.example.com.cn/x"},
		{"http://user:p@ss@Example.cn:8080/a%20b?x=1#y", "example.cn", "example.cn", "", "http://example.cn:8080/a%20b?x=1"},
		{"https://example.cn:443", "example.cn", "example.cn", "", "https://example.cn/"},
		{"example.cn/", "example.cn", "example.cn", "", ""},
		{"example.cn:8080", "example.cn", "example.cn", "", "http://example.cn:8080/"},
		{"example.cn:443/a", "example.cn", "example.cn", "", "https://example.cn/a"},
		{"//example.cn/a", "example.cn", "example.cn", "", "http://example.cn/a"},
		{"ｈｔｔｐｓ：／／ｗｗｗ．ｅｘａｍｐｌｅ．ｃｎ／", "example.cn", "example.cn", "www.example.cn", "https://www.example.cn/"},
		{"http://%E4%BE%8B%E5%AD%90.cn/", "xn--fsqu00a.cn", "例子.cn", "", "http://xn--fsqu00a.cn/"},
		{"a.b.gov.cn", "b.gov.cn", "b.gov.cn", "a.b.gov.cn", ""},
		{"x.bj.cn", "x.bj.cn", "x.bj.cn", "", ""},
		{"甲.公司.cn", "xn--tny.xn--55qx5d.cn", "甲.公司.cn", "", ""},
		{"me.github.io", "github.io", "github.io", "me.github.io", ""}, // private rules are skipped
		{"a.uk.com", "uk.com", "uk.com", "a.uk.com", ""},
		{"www.ck", "www.ck", "www.ck", "", ""}, // exception to *.ck
		{"a.city.kawasaki.jp", "city.kawasaki.jp", "city.kawasaki.jp", "a.city.kawasaki.jp", ""},
		{"r1---sn-x.example.com", "example.com", "example.com", "r1---sn-x.example.com", ""},
		{"faß.de", "xn--fa-hia.de", "faß.de", "", ""},
		{"\ufeffexample.cn", "example.cn", "example.cn", "", ""},
		{"47.110.0.1", "47.110.0.1", "47.110.0.1", "", ""},
		{"４７．110。0．1", "47.110.0.1", "47.110.0.1", "", ""},
		{"47.110.0.1:8443", "47.110.0.1", "47.110.0.1", "", "http://47.110.0.1:8443/"},
		{"https://47.110.0.1/a?b", "47.110.0.1", "47.110.0.1", "", "https://47.110.0.1/a?b"},
		{"2408:4000::1", "2408:4000::1", "2408:4000::1", "", ""},
		{"[2408:4000:0::1]:8080", "2408:4000::1", "2408:4000::1", "", "http://[2408:4000::1]:8080/"},
		{"http://[2408:4000::1]/", "2408:4000::1", "2408:4000::1", "", "http://[2408:4000::1]/"},
		{"::ffff:47.110.0.1", "47.110.0.1", "47.110.0.1", "", ""},
	} {
		got, err := ParseTarget(c.in)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		if got.Domain != c.domain || got.Unicode != c.unicode || got.Host != c.host || got.URL != c.url {
			t.Errorf("%q: got %+v", c.in, got)
		}
	}
}

// TestWithoutUser: no password is shown or kept, and nothing else is lost.
func TestWithoutUser(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"https://me:s3cret@www.example.cn/a@b?c=d@e": "https://www.example.cn/a@b?c=d@e",
		"HTTP://me@example.cn":                       "HTTP://example.cn",
		"ftp://me:p@ss@example.cn/":                  "ftp://example.cn/",
		"me:s3cret@example.cn:8080":                  "example.cn:8080",
		"ｈｔｔｐ：／／ｍｅ：ｓ３ｃｒｅｔ＠example.cn":                "http://example.cn",
		"someone@example.cn":                         "someone@example.cn",
		"mailto:someone@example.cn":                  "mailto:someone@example.cn",
		"mail: someone@example.cn":                   "mail: someone@example.cn",
		" Example。CN ":                               " Example。CN ",
		"https://example.cn/@me":                     "https://example.cn/@me",
	} {
		if got := WithoutUser(input); got != want || WithoutUser(got) != got {
			t.Errorf("%q: %q, want %q", input, got, want)
		}
		if target, err := ParseTarget(input); strings.Contains(target.Input, "3cret") || err != nil && strings.Contains(err.Error(), "3cret") {
			t.Errorf("%q: kept as %q, %v", input, target.Input, err)
		}
	}
}

func TestParseTargetRefuses(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, c := range []struct {
		in   string
		code Code
	}{
		{"", CodeBadInput},
		{"   ", CodeBadInput},
		{"mysite", CodeUnknownSuffix},
		{"example", CodeReservedName},
		{"localhost", CodeReservedName},
		{"cn", CodePublicSuffix},
		{".cn", CodeBadInput},
		{"com.cn", CodePublicSuffix},
		{"公司.cn", CodePublicSuffix},
		{"bj.cn", CodePublicSuffix},
		{"x.ck", CodePublicSuffix},
		{"example.nosuchtld", CodeUnknownSuffix},
		{"a.test", CodeReservedName},
		{"a.example", CodeReservedName},
		{"a.invalid", CodeReservedName},
		{"b.localhost", CodeReservedName},
		{"a.onion", CodeReservedName},
		{"printer.local", CodeReservedName},
		{"a.internal", CodeReservedName},
		{"1.0.0.127.in-addr.arpa", CodeReservedName},
		{"a.alt", CodeReservedName},
		{"info@example.cn", CodeEmail},
		{"mailto:info@example.cn", CodeEmail},
		{"ftp://example.cn/", CodeBadInput},
		{"http://", CodeBadInput},
		{"http:///path", CodeBadInput},
		{"exam ple.cn", CodeBadInput},
		{"a.cn,b.cn", CodeBadInput},
		{"*.example.cn", CodeBadInput},
		{"_dmarc.example.cn", CodeBadInput},
		{"example..cn", CodeBadInput},
		{"example.cn..", CodeBadInput},
		{"-a.cn", CodeBadInput},
		{"a-.cn", CodeBadInput},
		{"a.cn:0", CodeBadInput},
		{"a.cn:99999", CodeBadInput},
		{"http:example.cn", CodeBadInput},
		{"a\x00b.cn", CodeControlChars},
		{"a\x1b[31mb.cn", CodeControlChars},
		{"a\u202eb.cn", CodeControlChars},
		{"a\tb.cn", CodeControlChars},
		{"a\xffb.cn", CodeControlChars},
		{long + ".cn", CodeTooLong},
		{strings.Repeat("abcdefghi.", 26) + "cn", CodeTooLong},
		{strings.Repeat("a", 10<<20), CodeTooLarge},
		{"xn--.cn", CodeBadInput},
		{"xn--a.cn", CodeBadInput},
		{"xn--abc-.cn", CodeBadInput},
		{"xn--EXAMPLE-.cn", CodeBadInput},
		{"256.1.1.1", CodeBadInput},
		{"1.2.3", CodeBadInput},
		{"127.1", CodeBadInput},
		{"0x7f.1", CodeBadInput},
		{"47.110.0.0/24", CodeBadInput},
		{"[47.110.0.1]", CodeBadInput},
		{"[2408::1", CodeBadInput},
		{"fe80::1%eth0", CodeBadInput},
		{"0.0.0.0", CodeReservedName},
		{"224.0.0.1", CodeReservedName},
		{"2408:::1", CodeBadInput},
		{"http://a%zz.cn/", CodeBadInput},
		{"你好！.cn", CodeBadInput},
		{"i.cn、j.cn", CodeBadInput},
		{"xn--cnj-5y3b.cn", CodeBadInput}, // cn、j
		{"“d.cn”", CodeBadInput},
		{"《例子》.cn", CodeBadInput},
		{"例—子.cn", CodeBadInput},
	} {
		got, err := ParseTarget(c.in)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.40q: no error, got %+v", c.in, got)
			continue
		}
		if e.Code != c.code || !errors.Is(err, CodeBadInput) || e.Hint == "" || e.Message == "" {
			t.Errorf("%.40q: code %s (want %s), hint %q, %v", c.in, e.Code, c.code, e.Hint, err)
		}
		if len(e.Message) > 600 || len(got.Input) > 20000 {
			t.Errorf("%.40q: the message or input kept is not bounded", c.in)
		}
		if strings.ContainsFunc(strings.ReplaceAll(e.Message, "\uFFFD", ""), hostileRune) {
			t.Errorf("%.40q: message %q would reach a terminal raw", c.in, e.Message)
		}
	}
}

// TestParseTargetQuotesTheTyped: who wrote a name in Chinese is told of that
// name, not of its A-label.
func TestParseTargetQuotesTheTyped(t *testing.T) {
	for in, want := range map[string]string{
		"例子..cn":               `"例子..cn" has an empty label`,
		" 。例子.cn ":             `"。例子.cn" has an empty label`,
		"ＥＸＡＭＰＬＥ。。ＣＮ":          `"ＥＸＡＭＰＬＥ。。ＣＮ" has an empty label`,
		"http://例子..中国/a":      `"例子..中国" has an empty label`,
		"http://EXAMPLE..cn":   `"EXAMPLE..cn" has an empty label`,
		"-例子.cn":               `a label of "-例子.cn" begins or ends with a hyphen`,
		"例子-甲.cn-":             `a label of "例子-甲.cn-" begins or ends with a hyphen`,
		"例子.哈哈":                `"例子.哈哈" ends in .哈哈, which is no public suffix`,
		"例子.xn--qvra":          `"例子.xn--qvra" ends in .哈哈, which is no public suffix`,
		"例子.test":              `"例子.test" ends in .test, which is set apart from the public internet`,
		"公司.cn":                `"公司.cn" is a public suffix, not a domain`,
		"中国":                   `"中国" is a public suffix, not a domain`,
		"甲.cn、乙.cn":            `"甲.cn、乙.cn" holds "、", which no site's name does`,
		"例子":                   `"例子" is not a domain: it has no suffix`,
		"例子，甲.cn":              `"例子，甲.cn" holds "，", which no site's name does`,
		"例子　甲.cn":              "\"例子\\u3000甲.cn\" holds \"\\u3000\", which no site's name does",
		"*.例子.cn":              `"*.例子.cn" holds "*", which no site's name does`,
		"甲" + long() + "乙.cn":  `a label of "甲` + long()[:59] + `…" has 75 characters as punycode, at most 63 are allowed`,
		"http://%E4%BE%8B..cn": `"例..cn" has an empty label`,
	} {
		_, err := ParseTarget(in)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
	for in, want := range map[string]string{
		"公司.cn": "give a name registered below it, such as example.公司.cn",
		"例子":    "give the whole domain, such as 例子.cn",
	} {
		_, err := ParseTarget(in)
		if e := AsError(err, CodeBadInput, ""); e.Hint != want {
			t.Errorf("%q: hint %q, want %q", in, e.Hint, want)
		}
	}
}

func long() string { return strings.Repeat("a", 60) }

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"example.com", "http://u:p@例子。中国:80/x?y#z", "[::1]:80", "xn--fsqu00a.cn", "a.github.io", "faß.de", "1.2.3.4/24"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		target, err := ParseTarget(s)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, CodeBadInput) {
				t.Fatalf("%q: an error of another kind: %v", s, err)
			}
			return
		}
		for _, again := range []string{target.Domain, target.Unicode, target.Host, target.URL} {
			if again == "" {
				continue
			}
			second, err := ParseTarget(again)
			if err != nil || second.Domain != target.Domain {
				t.Fatalf("%q gives %+v; %q then gives %+v, %v", s, target, again, second, err)
			}
		}
		if second, _ := ParseTarget(target.URL); target.URL != "" && second.URL != target.URL {
			t.Fatalf("%q: URL %q, read again %q", s, target.URL, second.URL)
		}
	})
}

func TestSeedsArePresent(t *testing.T) {
	entries, err := os.ReadDir("testdata/fuzz/FuzzParseTarget")
	if err != nil || len(entries) < 5 {
		t.Fatalf("seeds of FuzzParseTarget: %d, %v", len(entries), err)
	}
}

func ExampleParseTarget() {
	target, err := ParseTarget("https://商店.例子。中国/目录")
	fmt.Println(target.Domain, target.Unicode, target.Host, err)
	_, err = ParseTarget("com.cn")
	fmt.Println(err)
	// Output:
	// xn--fsqu00a.xn--fiqs8s 例子.中国 xn--czrs0t.xn--fsqu00a.xn--fiqs8s <nil>
	// "com.cn" is a public suffix, not a domain
}
