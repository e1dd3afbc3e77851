package inventory

import (
	"testing"
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
