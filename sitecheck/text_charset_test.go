package sitecheck_test

import (
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"domaincheck/sitecheck"
)

func encode(t testing.TB, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := encoding.ReplaceUnsupported(e.NewEncoder()).String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func inGB(t testing.TB, s string) string { return encode(t, simplifiedchinese.GB18030, s) }

// TestCharset reads one page in many encodings, declared rightly, wrongly or
// not at all.
func TestCharset(t *testing.T) {
	t.Parallel()
	const body = `<title>示例科技公司的网站</title><p>我们是一家专业的公司，在北京，有很多人。</p><a href="https://beian.miit.gov.cn/">京ICP备05032038号-1</a>`
	const trad = `<title>示例科技公司的網站</title><p>我們是一家專業的公司，在台北，有很多人。</p><a href="https://beian.miit.gov.cn/">京ICP備05032038號-1</a>`
	const short = `<p>京ICP备05032038号-1</p>`
	meta := func(label string) string {
		return `<html><head><meta http-equiv="Content-Type" content="text/html; charset=` + label + `">`
	}
	gb, big5 := simplifiedchinese.GB18030, traditionalchinese.Big5
	u16le, u16be := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	pad := strings.Repeat("<div class='a'> </div>\n", 5000)
	rows := []struct{ name, header, bytes, want string }{
		{"utf-8, undeclared", "", body, "utf-8"},
		{"utf-8, header", "text/html; charset=UTF-8", body, "utf-8"},
		{"utf-8, header quoted", `text/html; charset="utf8"`, body, "utf-8"},
		{"utf-8, says gbk", "text/html; charset=gbk", body, "utf-8"},
		{"utf-8, meta says gb2312", "", meta("gb2312") + body, "utf-8"},
		{"utf-8, says latin1", "text/html; charset=iso-8859-1", body, "utf-8"},
		{"utf-8, says big5", "", meta("big5") + body, "utf-8"},
		{"utf-8, mark", "text/html; charset=gbk", "\xEF\xBB\xBF" + body, "utf-8"},
		{"utf-8, short", "", short, "utf-8"},
		{"utf-8, says utf-16", "", meta("utf-16") + body, "utf-8"},
		{"utf-8, unknown label", "text/html; charset=chinese-xyz", body, "utf-8"},
		{"gbk, undeclared", "", encode(t, gb, body), "gb18030"},
		{"gbk, short, undeclared", "", encode(t, gb, short), "gb18030"},
		{"gbk, header", "text/html;charset=GBK", encode(t, gb, body), "gb18030"},
		{"gbk, meta gb2312", "", meta("gb2312") + encode(t, gb, body), "gb18030"},
		{"gbk, html5 meta", "", `<meta charset='gbk' />` + encode(t, gb, body), "gb18030"},
		{"gbk, xml", "", `<?xml version="1.0" encoding="gb2312"?>` + encode(t, gb, body), "gb18030"},
		{"gbk, header says utf-8", "text/html; charset=utf-8", encode(t, gb, body), "gb18030"},
		{"gbk, header says utf-8, meta gbk", "text/html; charset=utf-8", meta("gbk") + encode(t, gb, body), "gb18030"},
		{"gbk, short, says utf-8", "text/html; charset=utf-8", encode(t, gb, short), "gb18030"},
		{"gbk, says latin1", "text/html; charset=ISO-8859-1", encode(t, gb, body), "gb18030"},
		{"gbk, says big5", "", meta("big5") + encode(t, gb, body), "gb18030"},
		{"gbk, behind 100 KB of markup", "", pad + encode(t, gb, body), "gb18030"},
		{"gbk, meta in a comment", "", "<!-- " + meta("utf-8") + " -->" + encode(t, gb, body), "gb18030"},
		{"gbk, traditional characters, says utf-8", "text/html; charset=utf-8", encode(t, gb, trad), "gb18030"},
		{"gbk, traditional characters, says latin1", "", meta("iso-8859-1") + encode(t, gb, trad), "gb18030"},
		{"gbk, traditional characters, says big5", "", meta("big5") + encode(t, gb, trad), "gb18030"},
		{"gb18030, four bytes", "", meta("gb18030") + encode(t, gb, "<p>㐂𠮷</p>"+body), "gb18030"},
		{"big5, undeclared", "", encode(t, big5, trad), "big5"},
		{"big5, meta", "", meta("Big5") + encode(t, big5, trad), "big5"},
		{"big5, says gbk", "", meta("gbk") + encode(t, big5, trad), "big5"},
		{"big5, says utf-8", "text/html; charset=utf-8", encode(t, big5, trad), "big5"},
		{"utf-16le, mark", "", "\xFF\xFE" + encode(t, u16le, body), "utf-16le"},
		{"utf-16be, mark", "text/html; charset=utf-8", "\xFE\xFF" + encode(t, u16be, body), "utf-16be"},
		{"utf-16le, no mark", "", encode(t, u16le, "<html><head></head><body>"+body), "utf-16le"},
		{"utf-16be, header", "text/html; charset=utf-16be", encode(t, u16be, "<html><head></head><body>"+body), "utf-16be"},
	}
	for _, row := range rows {
		page := sitecheck.Parse(strings.NewReader(row.bytes), sitecheck.ParseOptions{URL: "https://www.example.cn/", ContentType: row.header})
		if string(page.Charset) != row.want {
			t.Errorf("%s: charset %s, want %s", row.name, page.Charset, row.want)
		}
		if len(page.RecordNumbers) != 1 || page.RecordNumbers[0].Number.Number != "京ICP备05032038号-1" {
			t.Errorf("%s: numbers %q, title %q", row.name, numbersOf(page), page.Title)
		}
		if strings.Contains(row.name, "short") {
			continue
		}
		if title := string(page.Title); title != "示例科技公司的网站" && title != "示例科技公司的網站" {
			t.Errorf("%s: title %q", row.name, title)
		}
	}
	jp := sitecheck.Parse(strings.NewReader(meta("Shift_JIS")+encode(t, japanese.ShiftJIS, "<title>日本語のページです</title>")), sitecheck.ParseOptions{})
	if jp.Charset != "shift_jis" || jp.Title != "日本語のページです" {
		t.Errorf("Japanese: charset %s, title %q", jp.Charset, jp.Title)
	}
	ascii := sitecheck.Parse(strings.NewReader("<title>plain</title>"), sitecheck.ParseOptions{})
	if ascii.Charset != "utf-8" {
		t.Errorf("ASCII: charset %s", ascii.Charset)
	}
	western := sitecheck.Parse(strings.NewReader("<title>Caf\xe9 M\xfcller</title><p>D\xe9j\xe0 vu \xa9 2024"), sitecheck.ParseOptions{})
	if western.Charset != "windows-1252" || western.Title != "Café Müller" {
		t.Errorf("Western: charset %s, title %q", western.Charset, western.Title)
	}
}

// TestCharsetOfMixedPages: what a page says of itself holds as long as nobody
// can take it for a mistake, also where another program wrote a part of it.
func TestCharsetOfMixedPages(t *testing.T) {
	t.Parallel()
	number := `<a href="https://beian.miit.gov.cn/">京ICP备05032038号-1</a>`
	text, part := strings.Repeat("<p>我们是一家专业的公司，在北京，有很多人。</p>\n", 60), inGB(t, strings.Repeat("友情链接", 400))
	for name, c := range map[string]struct{ page, want string }{
		"UTF-8 and as it says":      {`<meta charset="utf-8">` + text + part + number, "utf-8"},
		"GBK though it says UTF-8":  {`<meta charset="utf-8">` + inGB(t, text+number), "gb18030"},
		"GBK from the first on":     {inGB(t, text+number), "gb18030"},
		"UTF-8 though it says GBK":  {`<meta charset="gbk">` + text + number, "utf-8"},
		"UTF-8 and one broken byte": {`<meta charset="utf-8">` + text + "\xFF" + number, "utf-8"},
	} {
		page := sitecheck.Parse(strings.NewReader(c.page), sitecheck.ParseOptions{URL: "https://example.cn/"})
		if string(page.Charset) != c.want || len(page.RecordNumbers) != 1 || page.RecordNumbers[0].Number.Number != "京ICP备05032038号-1" {
			t.Errorf("%s: %s, %+v", name, page.Charset, page.RecordNumbers)
		}
	}
}

// TestLimit cuts pages at every byte of their last line: what is read stays
// right, and truncated says that more was there.
func TestLimit(t *testing.T) {
	t.Parallel()
	text := `<p>示例网站</p><p>京ICP备05032038号-1</p><p>完`
	for name, body := range map[string]string{"utf-8": text, "gb18030": inGB(t, text)} {
		for limit := int64(1); limit <= int64(len(body))+1; limit++ {
			page := sitecheck.Parse(strings.NewReader(body), sitecheck.ParseOptions{Limit: limit, ContentType: "text/html; charset=" + name})
			if page.Truncated != (limit < int64(len(body))) || page.Bytes > limit {
				t.Errorf("%s, limit %d of %d: truncated %v, bytes %d", name, limit, len(body), page.Truncated, page.Bytes)
			}
			if limit > int64(len(body))-9 && numbersOf(page) != "京ICP备05032038号-1 none" {
				t.Errorf("%s, limit %d of %d: numbers %q", name, limit, len(body), numbersOf(page))
			}
		}
	}
}

// TestBrokenReader: what was read counts, and the page says that more was there.
func TestBrokenReader(t *testing.T) {
	t.Parallel()
	r := io.MultiReader(strings.NewReader("<p>京ICP备05032038号-1</p>"), brokenReader{})
	page := sitecheck.Parse(r, sitecheck.ParseOptions{URL: "http://example.cn/"})
	if numbersOf(page) != "京ICP备05032038号-1 none" || !page.Truncated || page.Error == nil {
		t.Errorf("numbers %q, truncated %v, error %v", numbersOf(page), page.Truncated, page.Error)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
