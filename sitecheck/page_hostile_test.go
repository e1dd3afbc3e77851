package sitecheck_test

import (
	"encoding/json"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/sitecheck"
)

// TestHostile reads 512 KiB of each of many patterns that hurt careless parsers.
// The report stays bounded. So does the time, without a clock: work that grew
// with the square of the page would outlast any limit on the tests.
func TestHostile(t *testing.T) {
	t.Parallel()
	const size = 512 << 10
	fill := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	rows := map[string]string{
		"deep":           fill("<div>"),
		"deep classes":   "<style>.a .a .a .a .a .a .a .b{display:none}</style>" + strings.Repeat("<p class=a><span class=a>", 1000) + fill("<i class=b></i>"),
		"formatting":     strings.Repeat("<b><i>", 1000) + fill("</b><b>"),
		"open items":     strings.Repeat("<span>", 2000) + fill("<li>"),
		"stray ends":     strings.Repeat("<span>", 2000) + fill("</em>"),
		"links":          fill(`<a href="/x">京ICP备`),
		"numbers":        fill("京ICP备05032038号-1 "),
		"many numbers":   manyNumbers(size),
		"copyright":      fill("© 版权所有 Copyright (c)\n<br>"),
		"copyright line": fill("© 版权所有 "),
		"police":         fill("京公网安备1101080202019"),
		"one word":       strings.Repeat("备", size/3),
		"entities":       fill("&amp;&#20140;"),
		"open comment":   "<!--" + fill("- "),
		"open script":    "<script>" + fill("location.href=''"),
		"open tag":       "<a " + fill("a=1 "),
		"open value":     `<a href="` + fill("x"),
		"rules":          "<style>" + fill(".a{display:none}") + "</style>" + fill("<p class=a>"),
		"rules for none": "<style>" + strings.Repeat(".x .y .a{display:none}", 4000) + "</style>" + fill("<p class=a>"),
		"rules for deep": "<style>" + strings.Repeat(".x .y .a{display:none}", 4000) + "</style>" + strings.Repeat("<span>", 2000) + fill("<i class=a></i>"),
		"braces":         "<style>" + fill("{"),
		"media":          "<style>" + fill("@media screen{"),
		"nested rules":   "<style>" + fill(".a,.b,.c{") + "</style>" + "<p class=a>x",
		"nested lists":   "<style>" + fill(".a,.b{.c,.d{&.e,.f &{display:none}}}") + "</style>" + fill("<p class=a>"),
		"long parents":   "<style>." + strings.Repeat("p", size/2) + "{" + strings.Repeat("&", size/2) + "{color:red}}</style>",
		"many parents":   "<style>" + strings.Repeat("a:b,", size/8) + "{" + strings.Repeat("c{color:red}", size/24) + "}</style>",
		"parents again":  "<style>" + strings.Repeat("a:b,", 400) + "c{" + fill("@media all{top:0;display:none}") + "}</style>",
		"one long list":  "<style>" + fill(".a,") + ".b{display:none}</style>" + fill("<p class=a>"),
		"bracket lists":  "<style>" + fill(":is(.a,.b,.c):is(.d,.e,.f) :where(.g,.h){display:none}") + "</style>" + fill("<p class=a>"),
		"shadow roots":   fill(`<x-a><template shadowrootmode=open><slot></slot>`),
		"own elements":   fill(`<x-footer>`),
		"inner pages":    fill(`<iframe srcdoc="<p>京ICP备05032038号<iframe srcdoc='x'>"></iframe>`),
		"clicks":         fill(`<i onclick="open location href navigate('">x</i>`),
		"titles":         fill(`<i title="京ICP备05032038号">x</i>`),
		"headings":       fill("<h1>京ICP备"),
		"logos":          fill(`<b class="logo">x`),
		"high bytes":     fill("\xb1\xb8\xff"),
		"zeros":          fill("\x00"),
		"zero width":     "京ICP备" + fill("\u200b") + "05032038号",
		"frames":         fill(`<iframe src="/a"></iframe>`),
		"labels":         fill("<b>加入购物车</b>"),
		"refresh":        fill(`<meta http-equiv=refresh content="0;url=/a">`),
	}
	for name, body := range rows {
		page := sitecheck.Parse(strings.NewReader(body), sitecheck.ParseOptions{URL: "https://www.example.cn/"})
		out, err := json.Marshal(page)
		if err != nil || len(out) > 256<<10 {
			t.Errorf("%s: %d bytes of report, %v", name, len(out), err)
		}
	}
}

// manyNumbers is a text of n bytes in which every number is another one.
func manyNumbers(n int) string {
	var b strings.Builder
	for i := 10_000_001; b.Len() < n; i++ {
		b.WriteString("京ICP备")
		for d := 10_000_000; d > 0; d /= 10 {
			b.WriteByte(byte('0' + i/d%10))
		}
		b.WriteString("号 ")
	}
	return b.String()
}

// Bytes that are no text shift nothing: what is looked for in lower case is
// read where it stands.
func TestBrokenBytesInScripts(t *testing.T) {
	const broken = "\xff\xff\xff\xff\xff\xff\xff\xff"
	for _, body := range []string{
		"<script>" + broken + "location</script>",
		"<script>" + broken + "location='/new/'</script>",
		"<p onclick=\"" + broken + "open\">x</p>",
		"<p onclick=\"" + strings.Repeat("\u0130", 40) + "location.href='https://beian.miit.gov.cn/'\">京ICP备05032038号-1</p>",
	} {
		page := sitecheck.Parse(strings.NewReader(body), sitecheck.ParseOptions{URL: "http://site.cn/", ContentType: "text/html; charset=utf-8"})
		if len(page.RecordNumbers) > 0 && page.RecordNumbers[0].LinkState != domaincheck.LinkCurrent {
			t.Errorf("%q: %+v", body, page.RecordNumbers)
		}
	}
}

// TestDeepPageIsCountedWhole holds that a page that is given up for its depth is
// reported alike whatever memory it is read into: all its bytes are counted.
func TestDeepPageIsCountedWhole(t *testing.T) {
	t.Parallel()
	page := strings.Repeat("<div>", 3000) + strings.Repeat("x ", 100_000)
	for range 2 {
		got := sitecheck.Parse(strings.NewReader(page), sitecheck.ParseOptions{})
		if got.Bytes != int64(len(page)) || !got.Truncated {
			t.Errorf("%d bytes of %d, truncated %v", got.Bytes, len(page), got.Truncated)
		}
		sitecheck.Parse(strings.NewReader("<!--"+page), sitecheck.ParseOptions{}) // more memory for the next
	}
}
