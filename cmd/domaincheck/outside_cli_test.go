package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// oDesk is the world of the command-line tests.
func oDesk(t *testing.T) (*oWorld, func(stdin string, args ...string) (int, string, string)) {
	t.Helper()
	w := oStart(t)
	w.add(oHealthy("desk-ok.cn"))
	low := oHealthy("desk-low.cn")
	low.page = oPage(oNumber)
	w.add(low)
	medium := oHealthy("desk-medium.cn")
	medium.page = oPage(`<a href="http://www.miitbeian.gov.cn">` + oNumber + `</a>`)
	w.add(medium)
	w.add(oExpiring(5)("desk-high.cn"))
	w.add(oStatus("serverHold")("desk-critical.cn"))
	blind := oHealthy("desk-blind.cn")
	blind.whois = "\n" // no answer at all
	w.add(blind)
	sub := oHealthy("desk-sub.cn")
	sub.names["shop.a"] = oName{a: []string{oAliyun}}
	w.add(sub)
	w.add(oHealthy("xn--fsqu00a.xn--fiqs8s"))
	w.add(oHealthy("desk-com.com.cn"))
	flags := w.flags(t)
	return w, func(stdin string, args ...string) (int, string, string) {
		t.Helper()
		var out, errs strings.Builder
		status := run(append(append([]string{"check"}, flags...), args...), streams{strings.NewReader(stdin), &out, &errs})
		return status, out.String(), errs.String()
	}
}

// TestOutsideRows holds every input row to one output row, in every format.
func TestOutsideRows(t *testing.T) {
	_, check := oDesk(t)
	rows := []struct{ input, domain, verdict string }{
		{"desk-ok.cn", "desk-ok.cn", "pass"}, {"not a domain", "", "unknown"}, {"a@b.com", "", "unknown"}, {"com.cn", "", "unknown"}, {"cn", "", "unknown"}, {"WWW.Desk-OK.CN.", "desk-ok.cn", "pass"},
		{"desk-ok.cn", "desk-ok.cn", "pass"}, {"http://", "", "unknown"}, {"例子。中国", "xn--fsqu00a.xn--fiqs8s", "pass"}, {"例子.中国", "xn--fsqu00a.xn--fiqs8s", "pass"},
		{"xn--fsqu00a.xn--fiqs8s", "xn--fsqu00a.xn--fiqs8s", "pass"}, {"..", "", "unknown"}, {strings.Repeat("a", 200) + ".cn", "", "unknown"}, {"desk-low.cn", "desk-low.cn", "fail"},
		{"desk-blind.cn", "desk-blind.cn", "unknown"}, {"https://shop.a.desk-sub.cn/x?y=1", "desk-sub.cn", "pass"}, {"-bad-.cn", "", "unknown"}, {"desk-com.com.cn", "desk-com.com.cn", "pass"}, {"10.1.2.3", "10.1.2.3", "unknown"},
		{"ｄｅｓｋ－ｏｋ．ｃｎ", "desk-ok.cn", "pass"}, {"foo.nosuchtld", "", "unknown"}, {"desk-ok.cn/path#x", "desk-ok.cn", "pass"},
	}
	var file strings.Builder
	for _, r := range rows {
		file.WriteString(r.input + "\n")
	}
	name := filepath.Join(t.TempDir(), "rows.txt")
	if err := os.WriteFile(name, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	expect := func(t *testing.T, i int, m map[string]any) {
		t.Helper()
		var domain any
		if rows[i].domain != "" {
			domain = rows[i].domain
		}
		bad := rows[i].domain == ""
		if m["input"] != rows[i].input || (domain != nil && m["domain"] != domain) || m["verdict"] != rows[i].verdict || (m["error"] != nil) != bad {
			t.Errorf("row %d %q: input %v domain %v verdict %v error %v", i, rows[i].input, m["input"], m["domain"], m["verdict"], m["error"])
		}
		for _, k := range []string{"inferred", "findings", "risks", "states"} {
			if _, ok := m[k].([]any); !ok {
				t.Errorf("row %d: %s = %v, a list is never null", i, k, m[k])
			}
		}
		if e, ok := m["error"].(map[string]any); ok {
			for _, k := range []string{"code", "message", "place"} {
				if _, ok := e[k]; !ok {
					t.Errorf("row %d: no error.%s", i, k)
				}
			}
		}
	}
	t.Run("json", func(t *testing.T) {
		for _, stdin := range []bool{false, true} {
			from, in := name, ""
			if stdin {
				from, in = "-", file.String()
			}
			status, out, errs := check(in, "--json", "-f", from)
			var list []map[string]any
			if err := json.Unmarshal([]byte(out), &list); err != nil || status != 1 {
				t.Fatalf("%v status %d %s", err, status, errs)
			}
			if len(list) != len(rows) {
				t.Fatalf("%d rows out, %d in", len(list), len(rows))
			}
			for i, m := range list {
				expect(t, i, m)
			}
		}
	})
	t.Run("arguments", func(t *testing.T) {
		args := []string{"--json", "--"}
		for _, r := range rows {
			args = append(args, r.input)
		}
		status, out, errs := check("", args...)
		var list []map[string]any
		if err := json.Unmarshal([]byte(out), &list); err != nil || status != 1 || len(list) != len(rows) {
			t.Fatalf("%v status %d, %d rows %s", err, status, len(list), errs)
		}
		for i, m := range list {
			expect(t, i, m)
		}
	})
	t.Run("jsonl", func(t *testing.T) {
		_, out, _ := check("", "--format", "jsonl", "-f", name)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != len(rows) {
			t.Fatalf("%d lines, %d rows", len(lines), len(rows))
		}
		for i, l := range lines {
			var m map[string]any
			if err := json.Unmarshal([]byte(l), &m); err != nil {
				t.Fatal(err)
			}
			expect(t, i, m)
		}
	})
	t.Run("csv", func(t *testing.T) {
		_, out, _ := check("", "--format", "csv", "-f", name)
		list, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out, "\ufeff"))).ReadAll()
		if err != nil || len(list) != len(rows)+1 {
			t.Fatalf("%d lines, %d rows: %v", len(list), len(rows), err)
		}
		col := map[string]int{}
		for i, h := range list[0] {
			col[h] = i
		}
		for i, r := range rows {
			l := list[i+1]
			if strings.TrimPrefix(l[col["input"]], "'") != r.input || r.domain != "" && l[col["domain"]] != r.domain || l[col["verdict"]] != r.verdict {
				t.Errorf("row %d %q: %q", i, r.input, l)
			}
		}
	})
	t.Run("text", func(t *testing.T) {
		for _, format := range []string{"text", "markdown"} {
			_, out, _ := check("", "--format", format, "-f", name)
			for _, d := range []string{"desk", "site.link"} {
				if !strings.Contains(out, d) {
					t.Errorf("%s: no %q in\n%s", format, d, out)
				}
			}
			if strings.Contains(out, "\x1b") {
				t.Errorf("%s: colours without a terminal", format)
			}
		}
	})
}

// TestOutsideStatus holds the statuses: what fails from which line on, and
// what is unknown.
func TestOutsideStatus(t *testing.T) {
	_, check := oDesk(t)
	missing := filepath.Join(t.TempDir(), "missing.txt")
	empty := filepath.Join(t.TempDir(), "empty.txt")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		want int
	}{
		{"desk-ok.cn", 0}, {"desk-low.cn", 1}, {"desk-medium.cn", 1}, {"desk-high.cn", 1}, {"desk-critical.cn", 1}, {"desk-blind.cn", 3}, {"desk-ok.cn desk-blind.cn", 3}, {"desk-ok.cn desk-low.cn desk-blind.cn", 1},
		{"--fail-on medium desk-low.cn", 0}, {"--fail-on low desk-low.cn", 1}, {"--fail-on medium desk-medium.cn", 1}, {"--fail-on high desk-medium.cn", 0}, {"--fail-on high desk-high.cn", 1}, {"--fail-on critical desk-high.cn", 0}, {"--fail-on critical desk-critical.cn", 1},
		{"--fail-on critical desk-low.cn desk-blind.cn", 3}, {"--strict desk-ok.cn", 3}, {"--strict desk-low.cn", 1},
		{"--fail-on nonsense desk-ok.cn", 2}, {"--at tomorrow desk-ok.cn", 2}, {"--connect-to nonsense desk-ok.cn", 2}, {"--format xml desk-ok.cn", 2}, {"--lang fr desk-ok.cn", 2}, {"--state x desk-ok.cn", 2}, {"--kind x desk-ok.cn", 2}, {"--province 火星 desk-ok.cn", 2},
		{"--filed-on 2020-02-30 desk-ok.cn", 2}, {"--record-number x desk-ok.cn", 2}, {"--resolver a:b:c desk-ok.cn", 2}, {"--timeout 0 desk-ok.cn", 2}, {"--timeout -1s desk-ok.cn", 2}, {"--whois-server nonsense desk-ok.cn", 2}, {"--rdap-base cn=ftp://x desk-ok.cn", 2}, {"--client-subnet x desk-ok.cn", 2}, {"--no-such-flag desk-ok.cn", 2},
		{"", 2}, {"-f " + missing, 2}, {"-f " + filepath.Dir(missing), 2}, {"-f " + empty, 2}, {"com.cn", 2}, {"a@b.com com.cn", 2}, {"com.cn desk-ok.cn", 3}, {"-f " + missing + " desk-ok.cn", 2}, {"--facts " + missing + " desk-ok.cn", 2},
	} {
		t.Run(strings.ReplaceAll(c.args, "/", "_"), func(t *testing.T) {
			t.Parallel()
			status, out, errs := check("", strings.Fields(c.args)...)
			if status != c.want {
				t.Errorf("status %d, want %d\n%s%s", status, c.want, errs, out)
			}
			if status == 2 && errs == "" && out == "" {
				t.Error("refused without a word")
			}
		})
	}
}

// TestOutsideForms holds what one input turns into.
func TestOutsideForms(t *testing.T) {
	w, check := oDesk(t)
	t.Run("sub-domain", func(t *testing.T) {
		_, out, _ := check("", "--json", "https://Shop.A.desk-sub.cn/x?y=1")
		r := &oReport{t: t, out: out}
		if err := json.Unmarshal([]byte(out), &r.m); err != nil {
			t.Fatal(err)
		}
		r.is("input", "https://Shop.A.desk-sub.cn/x?y=1")
		r.is("domain", "desk-sub.cn")
		if !strings.Contains(out, `"host": "shop.a.desk-sub.cn"`) {
			t.Error("the host given was not looked at")
		}
		if _, ok := w.asked.Load("shop.a.desk-sub.cn"); !ok {
			t.Error("its page was not fetched")
		}
	})
	t.Run("long", func(t *testing.T) {
		long := strings.Repeat("a", 1000) + ".cn"
		if status, out, _ := check("", "--json", long); status != 2 || !strings.Contains(out, long) {
			t.Errorf("status %d, or the input is cut: %s", status, out)
		}
	})
	t.Run("object or array", func(t *testing.T) {
		_, one, _ := check("", "--json", "desk-ok.cn")
		_, two, _ := check("", "--json", "desk-ok.cn", "desk-ok.cn")
		_, file, _ := check("desk-ok.cn\n", "--json", "-f", "-")
		if one[0] != '{' || two[0] != '[' || file[0] != '[' {
			t.Errorf("%c %c %c, want { [ [", one[0], two[0], file[0])
		}
	})
	t.Run("address", func(t *testing.T) {
		_, out, _ := check("", "--json", "47.110.0.1")
		r := &oReport{t: t, out: out}
		if err := json.Unmarshal([]byte(out), &r.m); err != nil {
			t.Fatal(err)
		}
		r.is("domain", "47.110.0.1")
		r.is("observation.resolution.hosts.0.addresses.0.provider", "aliyun")
		r.says("domain.registered not_applicable", "domain.expiry not_applicable", "domain.tld not_applicable", "access.delegation not_applicable")
	})
	t.Run("at", func(t *testing.T) {
		for at, want := range map[string]string{"2026-11-21": "2026-11-21T00:00:00+08:00", "2026-11-21T01:02:03Z": "2026-11-21T09:02:03+08:00"} {
			_, out, _ := check("", "--json", "--at", at, "desk-ok.cn")
			r := &oReport{t: t, out: out}
			if err := json.Unmarshal([]byte(out), &r.m); err != nil {
				t.Fatal(err)
			}
			r.is("at", want)
		}
		_, out, _ := check("", "--json", "--at", oDays(399).Format("2006-01-02"), "desk-ok.cn")
		r := &oReport{t: t, out: out}
		if err := json.Unmarshal([]byte(out), &r.m); err != nil {
			t.Fatal(err)
		}
		r.says("domain.expiry fail high")
	})
	t.Run("facts as flags", func(t *testing.T) {
		_, out, _ := check("", "--json", "--subject-name", oCompany, "--kind", "unit", "--province", "北京", "--record-number", oNumber, "--site-name", "示例科技", "--provider", "腾讯云", "--state", "filed", "--filed-on", "2020-05-01", "desk-ok.cn")
		r := &oReport{t: t, out: out}
		if err := json.Unmarshal([]byte(out), &r.m); err != nil {
			t.Fatal(err)
		}
		r.is("inferred", []string{})
		r.is("site.filed_on", "2020-05-01")
		r.is("site.access.0.provider", "tencent")
		r.says("domain.holder pass observed", "site.number_matches pass", "access.provider fail")
	})
}

// TestOutsideLedgers reads ledgers as people keep them.
func TestOutsideLedgers(t *testing.T) {
	_, check := oDesk(t)
	dir := t.TempDir()
	sheet := "某某公司网站备案台账,,,,\r\n主办单位名称,域名,网站名称,网站备案号,接入商\r\n" + oCompany + ",desk-ok.cn、desk-com.com.cn,示例科技,京ICP备12345678号-1,阿里云\r\n" + oCompany + ",desk-low.cn,示例科技,京ICP备12345678号－1,腾讯云\r\n" + oCompany + ",bad bad,示例科技,x,y\r\n"
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(sheet)
	if err != nil {
		t.Fatal(err)
	}
	book := excelize.NewFile()
	for i, row := range [][]any{{"网站备案台账"}, {"主办单位名称", "域名", "网站名称", "网站备案号", "接入商"}, {oCompany, "desk-ok.cn\ndesk-com.com.cn", "示例科技", oNumber, "阿里云"}, {"", "desk-low.cn", "示例科技", oNumber, "腾讯云"}, {"", "bad bad", "示例科技", "x", "y"}} {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.MergeCell("Sheet1", "A3", "A5"); err != nil {
		t.Fatal(err)
	}
	xlsx := filepath.Join(dir, "l.xlsx")
	if err := book.SaveAs(xlsx); err != nil {
		t.Fatal(err)
	}
	yaml := "subjects:\n  - {id: acme, name: " + oCompany + ", kind: unit, province: 北京}\nsites:\n  - domains: [{domain: desk-ok.cn}, {domain: desk-com.com.cn, role: alias}]\n    name: 示例科技\n    state: filed\n    subject: acme\n    record_number: " + oNumber + "\n    providers: [aliyun]\n" +
		"  - {domain: desk-low.cn, name: 示例科技, state: filed, subject: acme, record_number: " + oNumber + ", providers: [tencent]}\n  - {domain: bad bad, state: filed, subject: acme}\n"
	for name, text := range map[string]string{"gbk.csv": gbk, "bom.csv": "\ufeff" + sheet, "plain.csv": sheet, "l.yaml": yaml, "l.xlsx": ""} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, name)
			if text != "" {
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			status, out, errs := check("", "--json", "-f", file)
			var list []map[string]any
			if err := json.Unmarshal([]byte(out), &list); err != nil {
				t.Fatalf("%v: %s", err, errs)
			}
			if status != 1 || len(list) != 3 {
				t.Fatalf("status %d, %d rows, want 1 and 3: %s", status, len(list), out)
			}
			first, second, bad := &oReport{t: t, m: list[0]}, &oReport{t: t, m: list[1]}, list[2]
			first.is("site.subject.name", oCompany)
			first.is("site.record_number", oNumber)
			first.is("site.state", "filed")
			first.is("site.access.0.provider", "aliyun")
			first.is("site.domains.1.domain", "desk-com.com.cn")
			first.says("domain.registered@desk-ok.cn pass", "domain.registered@desk-com.com.cn pass", "access.provider@desk-ok.cn pass", "domain.holder@desk-com.com.cn pass")
			second.is("site.subject.name", oCompany)
			second.says("access.provider fail", "site.link fail low")
			if bad["error"] == nil || bad["verdict"] != "unknown" {
				t.Errorf("bad row: %v %v", bad["error"], bad["verdict"])
			}
			oShape(t, first)
			oShape(t, second)
		})
	}
}

// TestOutsideCells keeps what strangers write from becoming formulas,
// terminal sequences or markup.
func TestOutsideCells(t *testing.T) {
	w := oStart(t)
	s := oHealthy("cells-x.cn")
	s.whois = oCN(s.domain, "=HYPERLINK(\"http://evil\")", "=cmd|' /C calc'!A0", oDays(5))
	s.page = oPage("\x1b[31m\u202e" + oNumber)
	w.add(s)
	flags := w.flags(t)
	for _, format := range []string{"csv", "text", "markdown"} {
		var out, errs strings.Builder
		run(append(append([]string{"check", "-v"}, flags...), "--format", format, "--subject-name", "@SUM(1)", "--province", "北京", "--kind", "unit", "cells-x.cn"), streams{strings.NewReader(""), &out, &errs})
		if strings.ContainsAny(out.String(), "\x1b\u202e") {
			t.Errorf("%s passes control characters on", format)
		}
		if format != "csv" {
			continue
		}
		list, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range list {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+@-\t\r", rune(cell[0])) {
					t.Errorf("cell %q is a formula", cell)
				}
			}
		}
	}
}
