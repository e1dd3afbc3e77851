package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestCasesOfAList: a regulator's list becomes cases, is worked, and goes back
// with results in the same sheet and rows.
func TestCasesOfAList(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("DOMAINCHECK_STORE", "sqlite:"+filepath.Join(dir, "store.db"))
	t.Setenv("USER", "tester")
	ledger := `sites: [{domain: a.cn, state: filed, customer: C-17, subject: {name: 甲公司, kind: unit, province: 北京, contacts: [{name: 李, email: li@a.cn, role: 运维}]}}]`
	if err := os.WriteFile("ledger.yaml", []byte(ledger), 0o600); err != nil {
		t.Fatal(err)
	}
	f := excelize.NewFile()
	for i, row := range [][]any{{"空壳核查清单"}, {"序号", "域名", "整改期限"}, {1, "a.cn、b.cn", "2026-12-01"}, {2, "c.cn", ""}, {3, "??", ""}} {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := f.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SaveAs("list.xlsx"); err != nil {
		t.Fatal(err)
	}
	do := func(want int, args ...string) string {
		t.Helper()
		var out, problems bytes.Buffer
		if got := run(append([]string{"--lang", "zh"}, args...), streams{strings.NewReader(""), &out, &problems}); got != want {
			t.Fatalf("%v: status %d, want %d\n%s%s", args, got, want, &out, &problems)
		}
		return out.String() + problems.String()
	}
	contains := func(text string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if !strings.Contains(text, p) {
				t.Errorf("%q is not in\n%s", p, text)
			}
		}
	}
	do(0, "import", "ledger.yaml")
	contains(do(2, "cases", "import", "list.xlsx", "--kind", "空壳", "--due", "2026-12-10", "--owner", "王"), "新建 3 件工单，编号 1–3，其中 2 件的域名不在台账里；1 行有问题", "list.xlsx:Sheet1!B5")
	contains(do(2, "cases", "import", "list.xlsx", "--kind", "空壳"), "新建 0 件工单；此前已有 3 件（0 件已了结）；1 行有问题") // again: no second one
	contains(do(0, "cases"), "#1  a.cn  空壳  待处理  客户 C-17  处理人 王  期限 2026-12-01", "#3  c.cn  空壳  待处理  处理人 王  期限 2026-12-10")
	contains(do(0, "cases", "set", "1", "--to", "整改中", "--note", "已恢复解析"), "整改中", "已恢复解析")
	contains(do(0, "cases", "set", "#2", "--to", "false_alarm", "--said", "不是本接入商的网站"), "误报")
	contains(do(2, "cases", "set", "2", "--to", "notified"), "不能从")
	contains(do(2, "cases", "set", "99", "--to", "fixed"), "工单 99：没有这一项")
	contains(do(2, "cases", "set", "1", "--to", "nonsense"), "--to: ")
	if text := do(0, "cases", "--json"); strings.Contains(text, "b.cn") || !strings.Contains(text, `"state": "fixing"`) {
		t.Errorf("open cases: %s", text)
	}
	contains(do(0, "cases", "--all", "--state", "误报"), "b.cn")
	contains(do(0, "cases", "letter", "-o", "letters"), "2 封通知书")
	letter, err := os.ReadFile(filepath.Join("letters", "001-C-17.txt"))
	if err != nil {
		t.Fatal(err)
	}
	contains(string(letter), "致：C-17", "主办单位：甲公司", "联系人：李 运维 li@a.cn", "a.cn：空壳，请在 2026-12-01 前处理。已恢复解析（工单 1）")

	contains(do(0, "cases", "export", "list.xlsx", "-o", "back.xlsx"), "3 件工单的结果已写入")
	back, err := excelize.OpenFile("back.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	rows, err := back.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	if rows[1][3] != "处理状态" || rows[2][3] != "a.cn：整改中\nb.cn：误报" || rows[2][5] != "a.cn：已恢复解析" || rows[3][3] != "待处理" || len(rows[4]) > 3 {
		t.Errorf("results %q", rows)
	}
	do(2, "cases", "export", "back.xlsx", "-o", "x.xlsx") // no case came from it
	do(2, "cases", "export", "list.xlsx")
}
