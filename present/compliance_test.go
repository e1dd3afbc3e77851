package present

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"domaincheck"
	"domaincheck/risk"
)

// entries are five sites that differ in all that a report tells apart.
func entries() []Entry {
	list := reports()
	bad, unsure, good := list[0], list[1], list[3]
	bad.Site.Access = domaincheck.List[domaincheck.Access]{{Provider: "aliyun", State: domaincheck.AccessNotice, Notices: domaincheck.List[domaincheck.Notice]{{Kind: "接入核查", Deadline: domaincheck.MustDate("2026-11-24")}}}}
	bad.Site.Subject.Contacts = domaincheck.List[domaincheck.Contact]{{Name: "李四", Email: "li@example.cn"}}
	bad.Site.Subject.RecordNumber, bad.Site.Subject.Province = "京ICP备12345678号", "北京"
	bad.Site.Tags = domaincheck.List[string]{"shop"}
	bad.Site.Servers = domaincheck.List[domaincheck.Server]{{ID: "=web1", Provider: "aliyun", Expires: domaincheck.MustDate("2026-12-24")}}
	bad.Risks[0].Level, bad.Risks[0].Expected, bad.Risks[0].Confirmed = domaincheck.Critical, domaincheck.Critical, true
	before := good
	before.Domain, before.Site = bad.Domain, bad.Site
	tried := good
	tried.Domain, tried.Unicode = "maybe.com", "maybe.com"
	tried.Verdict = domaincheck.VerdictFail
	tried.Findings = domaincheck.List[domaincheck.Finding]{{Rule: "site.reachable", Code: "refused", Result: domaincheck.Fail, Severity: domaincheck.Medium, Knows: domaincheck.Observed}}
	tried.Risks = domaincheck.List[domaincheck.Risk]{{Outcome: domaincheck.RiskDeAccess, Signal: "S13", Level: domaincheck.Info, Expected: domaincheck.Medium, Causes: domaincheck.List[string]{"site.reachable"}}}
	never := domaincheck.Report{Domain: "new.example.net", Unicode: "new.example.net", Site: &domaincheck.ReportSite{Site: domaincheck.Site{Name: "<script>alert(1)</script>", State: domaincheck.StateFiling}}}
	recovered := good
	was := bad
	was.Domain = "good.example"
	recovered.Domain, recovered.Unicode = "good.example", "good.example"
	recovered.Findings = append(slices.Clone(recovered.Findings), domaincheck.Finding{Rule: "site.number", Code: "shown", Result: domaincheck.Pass, Severity: domaincheck.Medium, Knows: domaincheck.Observed})
	return []Entry{{Report: bad, Before: &before}, {Report: tried, New: true}, {Report: unsure}, {Report: recovered, Before: &was}, {Report: never}}
}

func walkOver(list []Entry) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func compliance() Compliance {
	return Compliance{Title: "示例集团 & Co.", At: at("2026-11-21T10:00:00+08:00"), Since: at("2026-11-01"), Sites: walkOver(entries())}
}

func complianceOptions(t *testing.T, lang string) Options {
	t.Helper()
	risks, err := risk.Default()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Lang: lang, Book: fake{}, Risks: risks, ProviderName: func(id, lang string) string {
		return map[string]string{"aliyunzh": "阿里云", "aliyunen": "Alibaba Cloud"}[id+lang]
	}}
}

func TestReportGolden(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for _, format := range []string{"html", "csv", "json", "text"} {
			var b bytes.Buffer
			if err := WriteReport(&b, format, compliance(), complianceOptions(t, lang)); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b.Bytes(), []byte("li@example.cn")) {
				t.Errorf("%s %s gives a contact away", lang, format)
			}
			golden(t, "testdata/report-"+lang+"."+format, b.Bytes())
		}
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run with -update and look at the change):\n%s", path, got)
	}
}

// A page for an auditor asks nobody for anything and runs nothing, whatever a
// stranger wrote into his site.
func TestHTMLReportStandsAlone(t *testing.T) {
	var b bytes.Buffer
	if err := WriteReport(&b, "html", compliance(), complianceOptions(t, "zh")); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if hit := regexp.MustCompile(`(?i)<script|<link|<img|<iframe|<object|\bsrc=|url\(|@import|\son\w+=|https?://`).FindString(withoutText(page)); hit != "" {
		t.Errorf("the page asks for or runs something: %q", hit)
	}
	if strings.ContainsAny(page, "\x1b\u202e") || strings.Contains(page, "<b>标题") {
		t.Error("remote text reached the page unescaped")
	}
	for _, want := range []string{"示例集团 &amp; Co.", "thead { display: table-header-group; }", "@page { size: A4", "2026-11-24", "接入核查", "先做什么", `id="basis-3"`, `href="#basis-3"`, "尚未查过"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// withoutText is the page's markup without what stands between tags.
func withoutText(page string) string {
	return regexp.MustCompile(`>[^<]*<`).ReplaceAllString(page, "><")
}

func TestXLSXReport(t *testing.T) {
	var b bytes.Buffer
	if err := WriteReport(&b, "xlsx", compliance(), complianceOptions(t, "en")); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.GetSheetList(); !slices.Equal(got, []string{"Summary", "Sites", "Findings", "Deadlines", "Changes", "Subjects", "Providers"}) {
		t.Fatalf("sheets %q", got)
	}
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil || len(rows) < 2 {
			t.Fatalf("%s: %d rows, %v", name, len(rows), err)
		}
		for i, row := range rows {
			for j, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
					t.Errorf("%s %d/%d could become a formula: %q", name, i+1, j+1, cell)
				}
			}
		}
		panes, err := f.GetPanes(name)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: the headings are not frozen: %+v %v", name, panes, err)
		}
	}
	if rows, _ := f.GetRows("Sites"); len(rows) != 6 || rows[1][0] != "example.cn" || rows[1][5] != "fail" || rows[5][5] != "never looked at" {
		t.Errorf("sites %q", rows)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	filters := 0
	for _, file := range z.File {
		if strings.HasPrefix(file.Name, "xl/worksheets/sheet") {
			r, err := file.Open()
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			_, err = text.ReadFrom(r)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(text.String(), "<autoFilter") && strings.Contains(text.String(), `orientation="landscape"`) {
				filters++
			}
		}
	}
	if filters != 7 {
		t.Errorf("%d of 7 sheets have a filter and a page layout", filters)
	}
}

func TestReportJSON(t *testing.T) {
	var b bytes.Buffer
	if err := WriteReport(&b, "json", compliance(), complianceOptions(t, "zh")); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema  int
		Sites   []map[string]any
		Summary Digest
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	d := got.Summary
	if len(got.Sites) != 5 || d.Sites != 5 || d.Fail != 2 || d.Unknown != 2 || d.Pass != 1 || d.Never != 1 || d.New != 1 || len(d.Changes) != 3 {
		t.Errorf("%d sites, %+v", len(got.Sites), d)
	}
	if len(d.First) != 2 || d.First[0].Domain != "example.cn" || d.First[1].Domain != "maybe.com" {
		t.Errorf("first %+v", d.First)
	}
	if len(d.Outcomes) != 1 || d.Outcomes[0].Critical != 1 || d.Outcomes[0].Unsure != 1 {
		t.Errorf("outcomes %+v", d.Outcomes)
	}
	if bytes.Contains(b.Bytes(), []byte("null,null")) || bytes.Contains(b.Bytes(), []byte(`"changes":null`)) {
		t.Error("a list is null")
	}
}

func TestReportNews(t *testing.T) {
	got, err := ReportNews(compliance(), complianceOptions(t, "zh"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"网站 5 个：不符合 2，暂时无法判断 2，符合 1", "【紧急】example.cn 可能取消接入", "期限：2026-12-01（经验期限，非法定）"} {
		if !strings.Contains(got, want) {
			t.Errorf("news lack %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "maybe.com") {
		t.Errorf("news name a site that is not critical:\n%s", got)
	}
}

func TestScope(t *testing.T) {
	bad := entries()[0].Report
	for _, c := range []struct {
		s    Scope
		want bool
	}{
		{Scope{}, true}, {Scope{Tags: []string{"x", "shop"}}, true}, {Scope{Tags: []string{"x"}}, false},
		{Scope{Subject: "京ICP备12345678号"}, true}, {Scope{Subject: "示例科技"}, true}, {Scope{Subject: "别家"}, false},
		{Scope{Provider: "aliyun"}, true}, {Scope{Provider: "tencent"}, false},
	} {
		if got := c.s.Admits(&bad); got != c.want {
			t.Errorf("%+v admits %v", c.s, got)
		}
	}
}

// An error on the way ends the report and is the error given; a format that is
// none is the user's.
func TestReportErrors(t *testing.T) {
	broken := errors.New("the store is gone")
	for _, format := range ReportFormats() {
		c := compliance()
		c.Sites = func(yield func(Entry, error) bool) {
			if yield(entries()[0], nil) {
				yield(Entry{}, broken)
			}
		}
		if err := WriteReport(&bytes.Buffer{}, format, c, complianceOptions(t, "zh")); !errors.Is(err, broken) {
			t.Errorf("%s: %v", format, err)
		}
	}
	if err := WriteReport(&bytes.Buffer{}, "pdf", compliance(), complianceOptions(t, "zh")); !errors.Is(err, domaincheck.CodeBadSettings) {
		t.Errorf("pdf: %v", err)
	}
}

// Many sites are written with few in memory: each is made when it is asked for.
func TestReportStreams(t *testing.T) {
	const n = 3000
	list := entries()
	open := 0
	c := compliance()
	c.Sites = func(yield func(Entry, error) bool) {
		for i := range n {
			e := list[i%len(list)]
			e.Report.Domain = domaincheck.Text(fmt.Sprintf("n%d.example", i))
			open++
			if !yield(e, nil) {
				return
			}
		}
	}
	for format, walks := range map[string]int{"html": 2, "xlsx": 1, "csv": 1, "json": 1} {
		open = 0
		var b bytes.Buffer
		if err := WriteReport(&b, format, c, complianceOptions(t, "zh")); err != nil {
			t.Fatal(err)
		}
		if open != walks*n {
			t.Errorf("%s read %d entries, want %d ways of %d", format, open, walks, n)
		}
	}
}
