package inventory

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"domaincheck"
)

// TestLinesOfSums: a line of sums is no row of the inventory, wherever its word
// stands; a row that only lacks its domain still is one, and is refused.
func TestLinesOfSums(t *testing.T) {
	for _, c := range []struct {
		name, csv     string
		sites, refuse int
	}{
		{"in a column that is not read", "序号,域名,网站名称\n1,a.cn,甲\n合计,,1 个\n", 1, 0},
		{"in the column of domains", "域名,网站名称\na.cn,甲\n总计：,1\nb.cn,乙\n", 2, 0},
		{"in English", "no,domain\n1,a.cn\nTotal,\n", 1, 0},
		{"a row without a domain", "序号,域名,网站名称\n1,a.cn,甲\n2,,乙\n", 1, 1},
		{"a remark only", "域名,备注\na.cn,甲\n,乙\n", 1, 1},
		{"a site of that name", "网站名称,域名\n合计,a.cn\n", 1, 0},
	} {
		doc := read(t, c.csv, Options{Format: "csv"})
		if len(doc.Sites) != c.sites || len(doc.Refused()) != c.refuse {
			t.Errorf("%s: %d sites, %d refused", c.name, len(doc.Sites), len(doc.Refused()))
		}
	}
}

// TestHeadingsOfFlags: the field names of the format stand above columns too,
// those of the subject without its name before them.
func TestHeadingsOfFlags(t *testing.T) {
	doc := read(t, "domain,subject_name,kind,province,legal_representative,subject_record_number\na.cn｜b.cn,甲公司,企业,北京市,张三,京ICP备12345678号\n", Options{Format: "csv"})
	if len(doc.Refused()) != 0 || len(doc.Ignored) != 0 || len(doc.Sites) != 1 || len(doc.Sites[0].Domains) != 2 {
		t.Fatalf("%+v", doc)
	}
	s := doc.Sites[0].Subject
	if s == nil || s.Name != "甲公司" || s.Kind != "unit" || s.Province != "北京" || s.LegalRepresentative != "张三" || s.RecordNumber != "京ICP备12345678号" {
		t.Errorf("%+v", s)
	}
}

// TestHeadingsOfExports: the headings of what people and providers export are
// read as what they mean; those that may mean two things are told as not read.
func TestHeadingsOfExports(t *testing.T) {
	const ignored = ""
	for heading, want := range map[string]string{
		"主体": "subject.name", "主体名称": "subject.name", "主办单位": "subject.name", "主办单位名称": "subject.name", "备案主体": "subject.name",
		"备案主体名称": "subject.name", "单位名称": "subject.name", "公司": "subject.name", "公司名称": "subject.name", "企业名称": "subject.name", "备案单位": "subject.name", "单位全称（必填）": "subject.name",
		"域名": "site.domains", "网站域名": "site.domains", "域名名称": "site.domains", "*域名": "site.domains",
		"备案号": "site.record_number", "ICP备案号": "site.record_number", "icp 备案号": "site.record_number", "网站备案号": "site.record_number",
		"主体备案号": "subject.record_number", "接入商": "access.provider", "接入商名称": "access.provider", "服务商": "access.provider",
		"域名到期时间": "site.expires", "域名到期日": "site.expires", "服务器到期时间": "server.expires",
		"服务器IP": "access.addresses", "服务器ＩＰ": "access.addresses", "IP地址": "access.addresses", "省份": "subject.province", "标签": "site.tags", "主体标签": "subject.tags",
		// a registrar is observed, not declared; of what, or of whom, is not said
		"注册商": ignored, "到期时间": ignored, "到期日": ignored, "到期日期": ignored, "有效期": ignored, "备注": ignored, "负责人": ignored, "负责人姓名": ignored, "单位": ignored, "名称": ignored,
		"状态": ignored, "注册日期": ignored, "解析IP": ignored, "序号": ignored,
	} {
		l := &loader{}
		got, err := l.columnPath(heading, RowSite)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", heading, got, err, want)
		}
		if want == ignored {
			doc := read(t, "域名,"+heading+"\na.cn,甲\n", Options{Format: "csv"})
			if len(doc.Sites) != 1 || !slices.Equal(doc.Ignored, []string{heading}) {
				t.Errorf("%s: %d sites, not read %q", heading, len(doc.Sites), doc.Ignored)
			}
		}
	}
}

// TestTwoColumnsOfOneMeaning: of two columns that mean one thing the first that
// is filled in counts; where the other says something else, that is told.
func TestTwoColumnsOfOneMeaning(t *testing.T) {
	for _, c := range []struct{ csv, name, ignored string }{
		{"域名,主体,公司\na.cn,甲公司,甲公司\n", "甲公司", ""},
		{"域名,主体,公司\na.cn,,甲公司\n", "甲公司", ""},
		{"域名,主体,公司\na.cn,甲公司,乙公司\n", "甲公司", "公司"},
	} {
		doc := read(t, c.csv, Options{Format: "csv"})
		if len(doc.Sites) != 1 || doc.Sites[0].Subject == nil || string(doc.Sites[0].Subject.Name) != c.name || strings.Join(doc.Ignored, " ") != c.ignored {
			t.Errorf("%q: %+v, not read %q", c.csv, doc.Sites, doc.Ignored)
		}
	}
}

// TestGroupedHeadings: a heading merged over a group of columns (主体 above 名称
// and 省份) is not itself taken for the row of headings.
func TestGroupedHeadings(t *testing.T) {
	for _, rows := range []string{
		"域名,主体,主体\n域名,名称,省份\na.cn,甲公司,北京\n",
		"域名,主体,\n域名,名称,省份\na.cn,甲公司,北京\n",
		"网站,主体,主体\n域名,名称,省份\na.cn,甲公司,北京\n",
		"域名,主体,省份\n域名,名称,省份\na.cn,甲公司,北京\n",
	} {
		doc := read(t, rows, Options{Format: "csv"})
		if len(doc.Refused()) != 0 || len(doc.Sites) != 1 || doc.Sites[0].Subject == nil || doc.Sites[0].Subject.Name != "甲公司" || doc.Sites[0].Subject.Province != "北京" {
			t.Errorf("%q: %+v, refused %+v", rows, doc.Sites, doc.Refused())
		}
	}
}

// TestSubjectByIDInColumn: a column 主体 may hold the ids of the sheet of
// subjects instead of their names.
func TestSubjectByIDInColumn(t *testing.T) {
	text := workbook(t, func(f *excelize.File) {
		_, err := f.NewSheet("主体")
		must(t, err, f.SetSheetRow("主体", "A1", &[]any{"主体标识", "主体名称", "省份"}), f.SetSheetRow("主体", "A2", &[]any{"s1", "甲公司", "北京"}),
			f.SetSheetRow("Sheet1", "A1", &[]any{"域名", "主体"}), f.SetSheetRow("Sheet1", "A2", &[]any{"a.cn", "s1"}), f.SetSheetRow("Sheet1", "A3", &[]any{"b.cn", "甲公司"}))
	})
	doc := read(t, text, Options{Name: "t.xlsx"})
	if len(doc.Refused()) != 0 || len(doc.Sites) != 2 || len(doc.Subjects) != 1 {
		t.Fatalf("%+v, refused %+v", doc, doc.Refused())
	}
	for _, site := range doc.Sites {
		if site.Subject == nil || site.Subject.Name != "甲公司" || site.Subject.Province != "北京" {
			t.Errorf("%+v", site.Subject)
		}
	}
}

// TestSwallowedRows: rows behind a quotation mark that is not closed are not
// lost without a word; a cell of several lines is no such thing.
func TestSwallowedRows(t *testing.T) {
	for _, c := range []struct {
		csv   string
		sites int
		err   string
	}{
		{"域名,主体\na.cn,\"没有结束\nb.cn,乙\nc.cn,丙\n", 0, "t.csv:2:6: a quotation mark opens here and is not closed: it swallows 2 rows below"},
		{"域名,主体\na.cn,\"没有结束\nb.cn,\"乙\"\nc.cn,丙\n", 1, "t.csv:2:6: a quotation mark opens here and is not closed: it swallows 1 rows below"},
		{"域名,备注\na.cn,\"迁移记录：\nwww.b.cn,已迁走\nc.cn,待定\"\nd.cn,无\n", 2, ""}, // a note of many lines, well quoted
		{"主体;域名\n\"甲;a.cn\n乙;b.cn\n", 0, "t.csv:2:1: a quotation mark opens here and is not closed: it swallows 1 rows below"},
		{"域名,主体,主机名\na.cn,甲,\"@\nwww\"\nb.cn,\"乙\n（北京）\",\n", 2, ""},
		{"域名,备注\na.cn,\"一行，\n两行, 三行\"\nb.cn,\n", 2, ""},
		{"域名,主机名\na.cn,\"www.a.cn\napi.a.cn, m.a.cn\"\n", 1, ""},
	} {
		doc := read(t, c.csv, Options{Format: "csv", Name: "t.csv"})
		got := ""
		if refused := doc.Refused(); len(refused) > 0 {
			got = refused[0].Err.Error()
		}
		if len(doc.Sites) != c.sites || got != c.err {
			t.Errorf("%q: %d sites, %s", c.csv, len(doc.Sites), got)
		}
	}
}

// TestWebPages: a table of HTML that is called .xls is told for what it is.
func TestWebPages(t *testing.T) {
	for _, text := range []string{"<html><table>", "\ufeff \n<!DOCTYPE html>", "<TABLE border=1>", `<?xml version="1.0"?><Workbook>`} {
		for _, name := range []string{"a.xls", "a.xlsx", "a.csv"} {
			if _, err := Read(strings.NewReader(text), Options{Name: name}); !errors.Is(err, domaincheck.CodeUnreadable) || !strings.Contains(err.Error(), "web page") {
				t.Errorf("%s %q: %v", name, text, err)
			}
		}
	}
}

// TestStatesInWords: 是否备案 is answered as people answer, with a tick too.
func TestStatesInWords(t *testing.T) {
	for word, want := range map[string]domaincheck.SiteState{
		"已备案（正常）": "filed", "是": "filed", "√": "filed", "Y": "filed", "有": "filed", "正在备案": "filing", "管局审核中": "filing", "否": "unfiled", "×": "unfiled", "未备案": "unfiled", "已注销": "cancelled",
		"不清楚": "",
	} {
		doc := read(t, "域名,是否备案\na.cn,"+word+"\n", Options{Format: "csv"})
		if want == "" {
			if len(doc.Refused()) != 1 {
				t.Errorf("%s is taken", word)
			}
		} else if len(doc.Sites) != 1 || doc.Sites[0].State != want {
			t.Errorf("%s: %+v, %+v", word, doc.Sites, doc.Refused())
		}
	}
}
