package inventory_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"domaincheck"
	"domaincheck/inventory"
)

// sheet makes a workbook of one sheet beside an empty one.
func listOf(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	if err := f.SetSheetName("Sheet1", "核查清单"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.NewSheet("说明"); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := f.SetSheetRow("核查清单", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadList(t *testing.T) {
	data := listOf(t,
		[]any{"某省通信管理局空壳网站核查清单"},
		[]any{"序号", "主办单位名称", "网站域名", "备案号", "存在问题", "整改期限"},
		[]any{1, "甲公司", "www.A.cn、例子.cn", "京ICP备12345678号-1", "空壳", "2026年12月1日"},
		[]any{2, "乙公司", "", "", "空壳", ""},
		[]any{},
		[]any{3, "丙公司", "not a domain", "", "", ""},
		[]any{4, "丁公司", "d.com", "", "", "很快"},
		[]any{5, "", "e.com"},
		[]any{"合计", "", "5 个"},
	)
	rows, err := inventory.ReadList(data, "清单.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 {
		t.Fatalf("%d rows: %+v", len(rows), rows)
	}
	first := rows[0]
	if first.Row != 3 || first.Sheet != "核查清单" || !slices.Equal(first.Domains, []string{"a.cn", "xn--fsqu00a.cn"}) || first.Kind != "空壳" ||
		first.Due.String() != "2026-12-01" || first.Subject != "甲公司" || first.Number != "京ICP备12345678号-1" || first.Err != nil {
		t.Errorf("row %+v", first)
	}
	for i, place := range map[int]string{1: "清单.xlsx:核查清单!C4", 2: "清单.xlsx:核查清单!C6", 3: "清单.xlsx:核查清单!F7"} {
		e, ok := domaincheck.ErrorIn(rows[i].Err)
		if !ok || string(e.Place) != place || len(rows[i].Domains) != 0 {
			t.Errorf("row %d: %v, want a refusal at %s", i, rows[i].Err, place)
		}
	}
	if last := rows[4]; last.Row != 8 || !slices.Equal(last.Domains, []string{"e.com"}) || !last.Due.IsZero() {
		t.Errorf("row %+v", last)
	}
	if _, err := inventory.ReadList(listOf(t, []any{"名称", "数量"}, []any{"x", 1}), "x.xlsx"); !errors.Is(err, domaincheck.CodeBadInput) {
		t.Errorf("a list without domains: %v", err)
	}
	if _, err := inventory.ReadList([]byte("PK no workbook"), "x.xlsx"); !errors.Is(err, domaincheck.CodeUnreadable) {
		t.Errorf("no workbook: %v", err)
	}
}

// Results stand in the rows they belong to; written again they replace what was
// there, and all else stays.
func TestWriteResults(t *testing.T) {
	data := listOf(t, []any{"清单"}, []any{"域名", "备注"}, []any{"a.cn", "=1+1"}, []any{"b.cn", "旧"})
	for _, state := range []string{"整改中", "=HYPERLINK(1)"} {
		out, err := inventory.WriteResults(data, "清单.xlsx", []inventory.ListResult{
			{Sheet: "核查清单", Row: 4, Values: map[string]string{"处理状态": state, "处理人": "王"}},
			{Sheet: "核查清单", Row: 400, Values: map[string]string{"处理状态": "nowhere"}},
			{Sheet: "别处", Row: 3, Values: map[string]string{"处理状态": "nowhere"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		data = out
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("核查清单")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"域名", "备注", "处理状态", "处理人", "处理说明", "更新时间"}; !slices.Equal(rows[1], want) {
		t.Errorf("headings %q", rows[1])
	}
	if want := []string{"a.cn", "=1+1"}; !slices.Equal(rows[2][:2], want) || len(rows[2]) > 2 && rows[2][2] != "" {
		t.Errorf("row 3 %q", rows[2])
	}
	if len(rows[3]) < 4 || rows[3][1] != "旧" || rows[3][2] != "'=HYPERLINK(1)" || rows[3][3] != "王" {
		t.Errorf("row 4 %q", rows[3])
	}
	if formula, _ := f.GetCellFormula("核查清单", "C4"); formula != "" {
		t.Errorf("a result became the formula %q", formula)
	}
}

func TestParseTerm(t *testing.T) {
	for text, want := range map[string]inventory.Term{
		"10个工作日内": {Days: 10, Working: true}, "收到通知后５个工作日": {Days: 5, Working: true}, "十五日内": {Days: 15}, "二十个工作日": {Days: 20, Working: true}, "三天": {Days: 3}, "7 working days": {Days: 7, Working: true},
		"5wd": {Days: 5, Working: true}, "30 days": {Days: 30}, "尽快": {}, "10": {}, "12月1日": {}, "0天": {}, "1000天": {}, "十十天": {}, "2026-12-01": {},
	} {
		got, ok := inventory.ParseTerm(text)
		if ok != (want.Days > 0) || ok && got != want {
			t.Errorf("%s: %+v %v, want %+v", text, got, ok, want)
		}
	}
}
