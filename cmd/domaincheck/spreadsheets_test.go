package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"domaincheck"
	"domaincheck/inventory"
)

// kept is a sheet as people keep it and what importing it must give.
type kept struct {
	name   string
	rows   [][]any            // of the first sheet
	merges []string           // A3:A5 …
	more   map[string][][]any // further sheets
	flags  []string
	want   func(sites map[string]domaincheck.Site) string // what is wrong; "" is nothing
}

func has[T comparable](list []T, want ...T) bool {
	if len(list) != len(want) {
		return false
	}
	for i := range want {
		if list[i] != want[i] {
			return false
		}
	}
	return true
}

func separators() []kept {
	var out []kept
	for name, sep := range map[string]string{"bar": "|", "comma": ",", "wide comma": "，", "pause": "、", "wide semicolon": "；", "semicolon": ";", "slash": "/", "newline": "\n", "both": " ， "} {
		out = append(out, kept{
			name: "separator " + name,
			rows: [][]any{{"域名", "接入商", "服务器IP"}, {"a.cn" + sep + "b.cn", "阿里云", "47.110.0.1" + sep + "47.110.0.2"}},
			want: func(sites map[string]domaincheck.Site) string {
				s := sites["a.cn"]
				if len(s.Domains) != 2 || s.Domains[1].Domain != "b.cn" || len(s.Access) != 1 || !has(s.Access[0].Addresses, "47.110.0.1", "47.110.0.2") {
					return "domains or addresses"
				}
				return ""
			},
		})
	}
	return out
}

func dates() []kept {
	var out []kept
	for _, form := range []any{"2026/3/1", "2026.3.1", "2026年3月1日", "2026-03-01", "2026/03/01", 46082, "46082", "2026/3/1 0:00:00", "20260301"} {
		out = append(out, kept{
			name: "date", rows: [][]any{{"域名", "备案日期"}, {"a.cn", form}},
			want: func(sites map[string]domaincheck.Site) string {
				if got := sites["a.cn"].FiledOn.String(); got != "2026-03-01" {
					return "the date is " + got
				}
				return ""
			},
		})
	}
	return out
}

func words() []kept {
	return []kept{
		{name: "words", rows: [][]any{
			{"网站域名", "网站名称", "主办单位名称", "主办单位性质", "主体备案号", "网站备案号", "备案状态", "是否经营性", "付费方式", "服务器到期日期"},
			{"a.cn", "甲站", "甲公司", "企业", "京ICP备12345678号", "京ICP备12345678号-1", "已备案", "否", "包年包月", "2027/1/1"},
			{"b.cn", "乙站", "张三", "个人", "", "", "备案中", "是", "按量", ""},
			{"c.cn", "", "", "", "", "", "无需备案", "", "", ""},
		}, want: func(sites map[string]domaincheck.Site) string {
			a, b, c := sites["a.cn"], sites["b.cn"], sites["c.cn"]
			switch {
			case a.State != domaincheck.StateFiled || b.State != domaincheck.StateFiling || c.State != domaincheck.StateNotRequired:
				return "states"
			case a.Subject == nil || a.Subject.Kind != domaincheck.KindUnit || b.Subject == nil || b.Subject.Kind != domaincheck.KindIndividual || c.Subject != nil:
				return "kinds"
			case !domaincheck.IsNot(a.Commercial) || !domaincheck.Is(b.Commercial) || c.Commercial != nil:
				return "yes and no"
			case len(a.Servers) != 1 || a.Servers[0].Billing != "subscription" || len(b.Servers) != 1 || b.Servers[0].Billing != "pay_as_you_go":
				return "billing"
			case a.Subject.RecordNumber != "京ICP备12345678号" || a.RecordNumber != "京ICP备12345678号-1" || a.Name != "甲站":
				return "numbers"
			}
			return ""
		}},
		{name: "field names", rows: [][]any{{"domain", "name", "subject.name", "record_number", "filed_on", "auto_renew"}, {"a.cn", "甲站", "甲公司", "京ICP备12345678号-1", "2020-05-01", "true"}},
			want: func(sites map[string]domaincheck.Site) string {
				if s := sites["a.cn"]; s.Name != "甲站" || s.Subject == nil || s.Subject.Name != "甲公司" || s.RecordNumber == "" || !domaincheck.Is(s.AutoRenew) || s.FiledOn.IsZero() {
					return "fields"
				}
				return ""
			}},
		{name: "map", flags: []string{"--map", "站点=domain", "--map", "归属=subject.name"}, rows: [][]any{{"站点", "归属", "备注"}, {"a.cn", "甲公司", "x"}},
			want: func(sites map[string]domaincheck.Site) string {
				if s := sites["a.cn"]; s.Subject == nil || s.Subject.Name != "甲公司" {
					return "mapped columns"
				}
				return ""
			}},
		{name: "titles", rows: [][]any{{"2026年网站备案台账"}, {"部门：信息中心", "", "2026-11"}, {}, {"序号", "域名", "网站名称"}, {1, "a.cn", "甲站"}, {}, {2, "b.cn", "乙站"}, {"合计"}},
			want: func(sites map[string]domaincheck.Site) string {
				if len(sites) != 2 || sites["b.cn"].Name != "乙站" {
					return "rows below titles"
				}
				return ""
			}, flags: []string{"--skip-refused"}},
	}
}

// onlyWorkbooks are forms that csv cannot have.
func onlyWorkbooks() []kept {
	return []kept{
		{name: "merged", rows: [][]any{{"主办单位名称", "主办单位性质", "域名"}, {"甲公司", "企业", "a.cn"}, {"", "", "b.cn"}, {"", "", "c.cn"}, {"李四", "个人", "d.cn"}}, merges: []string{"A2:A4", "B2:B4"},
			want: func(sites map[string]domaincheck.Site) string {
				for _, d := range []string{"a.cn", "b.cn", "c.cn"} {
					if s := sites[d].Subject; s == nil || s.Name != "甲公司" || s.Kind != domaincheck.KindUnit {
						return "the subject of " + d
					}
				}
				if s := sites["d.cn"].Subject; s == nil || s.Name != "李四" {
					return "the row below the merged ones"
				}
				return ""
			}},
		{name: "sheets", rows: [][]any{{"域名", "主体编号", "服务器编号"}, {"a.cn", "s1", "web1"}},
			more: map[string][][]any{
				"主体": {{"主体标识", "主办单位名称", "省份"}, {"s1", "甲公司", "北京市"}}, "服务器": {{"服务器标识", "服务器类型", "公网IP", "付费方式"}, {"web1", "云服务器ECS", "47.110.0.1、47.110.0.2", "包年包月"}},
				"说明": {{"列", "怎么填"}, {"域名", "x.cn"}},
			},
			want: func(sites map[string]domaincheck.Site) string {
				s := sites["a.cn"]
				if len(sites) != 1 || s.Subject == nil || s.Subject.Province != "北京" || len(s.Servers) != 1 || s.Servers[0].Type != "ecs" || len(s.Servers[0].Addresses) != 2 {
					return "what other sheets say"
				}
				return ""
			}},
	}
}

func (k kept) workbook(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill := func(sheet string, rows [][]any) {
		for r, row := range rows {
			cell, err := excelize.CoordinatesToCellName(1, r+1)
			if err == nil {
				err = f.SetSheetRow(sheet, cell, &row)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	fill("Sheet1", k.rows)
	for _, m := range k.merges {
		from, to, _ := strings.Cut(m, ":")
		if err := f.MergeCell("Sheet1", from, to); err != nil {
			t.Fatal(err)
		}
	}
	for name, rows := range k.more {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		fill(name, rows)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (k kept) csv() string {
	var b strings.Builder
	for _, row := range k.rows {
		cells := make([]string, len(row))
		for i, v := range row {
			text, err := json.Marshal(v)
			if err != nil {
				return ""
			}
			cells[i] = string(text)
			if s, ok := v.(string); ok {
				cells[i] = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
			}
		}
		b.WriteString(strings.Join(cells, ",") + "\r\n")
	}
	return b.String()
}

// TestSpreadsheetsAsPeopleKeepThem imports every promised form, as workbook and
// as csv in each encoding.
func TestSpreadsheetsAsPeopleKeepThem(t *testing.T) {
	check := func(t *testing.T, k kept, file string, data []byte) {
		t.Helper()
		dir := t.TempDir()
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("DOMAINCHECK_STORE", "sqlite:"+filepath.Join(dir, "store.db"))
		var out, problems bytes.Buffer
		if status := run(append([]string{"import", path}, k.flags...), streams{strings.NewReader(""), &out, &problems}); status != 0 {
			t.Fatalf("%s: status %d: %s", file, status, problems.String())
		}
		var yaml bytes.Buffer
		if status := run([]string{"export", "-"}, streams{strings.NewReader(""), &yaml, &problems}); status != 0 {
			t.Fatal(problems.String())
		}
		doc, err := inventory.Read(bytes.NewReader(yaml.Bytes()), inventory.Options{Format: "yaml"})
		if err != nil {
			t.Fatal(err)
		}
		sites := map[string]domaincheck.Site{}
		for _, s := range doc.Sites {
			sites[s.MainDomain()] = s
		}
		if wrong := k.want(sites); wrong != "" {
			t.Errorf("%s: wrong: %s\n%s", file, wrong, yaml.String())
		}
	}
	both := append(append(separators(), dates()...), words()...)
	for _, k := range both {
		t.Run(k.name, func(t *testing.T) {
			check(t, k, "kept.xlsx", k.workbook(t))
			check(t, k, "bom.csv", []byte("\ufeff"+k.csv()))
			check(t, k, "plain.csv", []byte(k.csv()))
			gb, err := simplifiedchinese.GB18030.NewEncoder().String(k.csv())
			if err != nil {
				t.Fatal(err)
			}
			check(t, k, "gb18030.csv", []byte(gb))
		})
	}
	for _, k := range onlyWorkbooks() {
		t.Run(k.name, func(t *testing.T) { check(t, k, "kept.xlsx", k.workbook(t)) })
	}
}
