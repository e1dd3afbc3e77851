package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// book makes a workbook; all must succeed.
type book struct {
	t *testing.T
	*excelize.File
}

func newBook(t *testing.T, sheets ...string) book {
	b := book{t, excelize.NewFile()}
	b.must(b.SetSheetName("Sheet1", sheets[0]))
	for _, s := range sheets[1:] {
		_, err := b.NewSheet(s)
		b.must(err)
	}
	return b
}

func (b book) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b book) rows(sheet string, rows ...[]any) {
	b.t.Helper()
	for i, row := range rows {
		b.must(b.SetSheetRow(sheet, fmt.Sprint("A", i+1), &row))
	}
}

func (b book) merge(sheet string, ranges ...string) {
	b.t.Helper()
	for _, r := range ranges {
		from, to, _ := strings.Cut(r, ":")
		b.must(b.MergeCell(sheet, from, to))
	}
}

// desked runs commands at a desk of its own.
func desked(t *testing.T) func(want int, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("DOMAINCHECK_STORE", "sqlite:"+filepath.Join(dir, "store.db"))
	t.Setenv("USER", "tester")
	return func(want int, args ...string) string {
		t.Helper()
		var out, problems bytes.Buffer
		if got := run(append([]string{"--lang", "zh"}, args...), streams{strings.NewReader(""), &out, &problems}); got != want {
			t.Fatalf("%v: status %d, want %d\n%s%s", args, got, want, &out, &problems)
		}
		return out.String() + problems.String()
	}
}

func mustHold(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in\n%s", p, text)
		}
	}
}

// TestListMerged: headings in two rows under a title, merged over their parts;
// one due date merged over all rows, as a number of days; blank rows; domains in
// full width, with schemes and ports. Results keep merges, styles and columns.
func TestListMerged(t *testing.T) {
	do := desked(t)
	b := newBook(t, "附件1")
	b.rows("附件1", []any{"某省通信管理局关于空壳网站域名核查情况的通报"},
		[]any{"序号", "主办单位名称", "网站信息", "", "", "整改期限", "备注"},
		[]any{"", "", "网站名称", "网站域名", "备案号", "", ""},
		[]any{1, "甲公司", "甲站", "https：／／ｗｗｗ．ａ１．ｃｎ：８０８０／index.html", "京ICP备11111111号-1", 46357, "=1+1"},
		[]any{2, "", "", "A2.cn（主站）、http://a3.cn/", "", "", "原样"}, []any{},
		[]any{3, "乙公司", "", "无", "", "", ""}, []any{4, "丙公司", "", "a4.cn", "", "", ""}, []any{"填表人：张三", "", "", "", "", "", ""})
	b.merge("附件1", "A1:G1", "A2:A3", "B2:B3", "C2:E2", "F2:F3", "G2:G3", "B4:B5", "F4:F8")
	style, err := b.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Border: []excelize.Border{{Type: "left", Color: "FF0000", Style: 1}}})
	b.must(err)
	b.must(b.SetCellStyle("附件1", "A2", "G8", style))
	b.must(b.SaveAs("通报.xlsx"))

	mustHold(t, do(2, "cases", "import", "通报.xlsx", "--kind", "空壳"), "新建 4 件工单，编号 1–4", "通报.xlsx:附件1!D7")
	mustHold(t, do(0, "cases"), "#1  a1.cn  空壳  待处理  期限 2026-12-01", "#2  a2.cn  空壳  待处理  期限 2026-12-01", "#3  a3.cn", "#4  a4.cn  空壳  待处理  期限 2026-12-01")
	do(0, "cases", "set", "2", "--to", "整改中", "--note", "客户已联系", "--due", "5wd")
	mustHold(t, do(0, "cases", "show", "2"), "来自 通报.xlsx 附件1 第 5 行", "整改中", `"subject":"甲公司"`)
	do(0, "cases", "export", "通报.xlsx", "-o", "反馈.xlsx")
	back, err := excelize.OpenFile("反馈.xlsx")
	b.must(err)
	defer back.Close()
	for cell, want := range map[string]string{"H3": "处理状态", "H4": "待处理", "H5": "a2.cn：整改中\na3.cn：待处理", "J5": "a2.cn：客户已联系", "H8": "待处理", "H7": "", "A9": "填表人：张三", "G5": "原样", "C3": "网站名称"} {
		if got, err := back.GetCellValue("附件1", cell); err != nil || got != want {
			t.Errorf("%s holds %q (%v), want %q", cell, got, err, want)
		}
	}
	merges, err := back.GetMergeCells("附件1")
	if got, _ := back.GetCellStyle("附件1", "H5"); err != nil || len(merges) != 8 || got != style {
		t.Errorf("%d merged ranges, style %d (%v)", len(merges), got, err)
	}
}

// TestListSheets: two sheets with other headings, terms in working days, dates
// as text, beside sheets that are no list.
func TestListSheets(t *testing.T) {
	do := desked(t)
	b := newBook(t, "填写说明", "空壳网站", "未备案网站")
	b.rows("填写说明", []any{"请于每月底前反馈"}, []any{"联系人", "李"})
	b.rows("空壳网站", []any{"网站首页URL（必填）", "存在的问题", "要求整改时限", "联系电话"},
		[]any{"http://www.b1.cn:8080/", "空壳网站", "收到通知后10个工作日内", "略"}, []any{"b2.cn/news;b3.com", "空壳主体", "2026年12月5日前", ""})
	b.rows("未备案网站", []any{"", ""}, []any{"序号", "域名/IP", "截止日期"}, []any{1, "b1.cn", "2026/12/8"}, []any{2, "not a name", "2026.12.8"}, []any{3, "47.110.0.1", "下周"})
	b.must(b.SaveAs("清单.xlsx"))
	mustHold(t, do(2, "cases", "import", "清单.xlsx"), "新建 4 件工单，编号 1–4", "2 行有问题", "清单.xlsx:未备案网站!B4", "清单.xlsx:未备案网站!C5")
	all := do(0, "cases")
	mustHold(t, all, "#1  b1.cn  空壳网站  待处理  期限 20", "#2  b2.cn  空壳主体  待处理  期限 2026-12-05", "#3  b3.com  空壳主体", "#4  b1.cn  核查  待处理  期限 2026-12-08")
	do(2, "cases", "import", "清单.xlsx", "--due", "tomorrow")
}

// TestListChanged: a list that was sorted, added to and renamed since the
// import gets its results in the rows that say the same; a column of results
// that is there is used. The next month's list of the same name has cases of
// its own where it says something else.
func TestListChanged(t *testing.T) {
	do := desked(t)
	head := []any{"处理状态", "域名", "整改期限"}
	one, two, three := []any{"", "c1.cn", "2026-12-01"}, []any{"", "c2.cn", "2026-12-01"}, []any{"旧", "c3.cn", "2026-12-01"}
	save := func(name string, rows ...[]any) {
		b := newBook(t, "清单")
		b.rows("清单", append([][]any{head}, rows...)...)
		b.must(b.SaveAs(name))
	}
	save("list.xlsx", one, two)
	mustHold(t, do(0, "cases", "import", "list.xlsx"), "新建 2 件工单，编号 1–2")
	do(0, "cases", "set", "2", "--to", "已注销")
	save("list.xlsx", three, two, one)
	mustHold(t, do(0, "cases", "import", "list.xlsx"), "新建 1 件工单，编号 3–3", "此前已有 2 件（1 件已了结）")
	save("renamed.xlsx", two, three, one)
	do(2, "cases", "export", "renamed.xlsx", "-o", "x.xlsx")
	mustHold(t, do(0, "cases", "export", "renamed.xlsx", "--list", "list.xlsx", "-o", "back.xlsx"), "3 件工单的结果已写入")
	back, err := excelize.OpenFile("back.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	rows, err := back.GetRows("清单")
	if err != nil || len(rows) != 4 || rows[1][0] != "已注销" || rows[2][0] != "待处理" || rows[3][0] != "待处理" || rows[0][3] != "处理人" {
		t.Errorf("%q (%v)", rows, err)
	}
	save("list.xlsx", three)
	mustHold(t, do(2, "cases", "export", "list.xlsx", "-o", "back.xlsx"), "1 件工单的结果已写入", "工单 1（c1.cn）在清单里找不到对应的行")
	save("list.xlsx", []any{"", "c2.cn", "2027-01-10"})
	mustHold(t, do(0, "cases", "import", "list.xlsx"), "新建 1 件工单，编号 4–4")
}
