package icp_test

import (
	"domaincheck"
	"domaincheck/icp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFindLicences(t *testing.T) {
	t.Parallel()
	rows := []struct {
		text string
		want []string
	}{
		{"京ICP证060342号 B2-20080101", []string{"京ICP证060342号", "B2-20080101"}},
		{"增值电信业务经营许可证：B2-20080101", []string{"B2-20080101"}},
		{"合字B2-20120005", []string{"合字B2-20120005"}},
		{"增值电信业务经营许可证A2.B1.B2-20090001", []string{"A2.B1.B2-20090001"}},
		{"许可证编号：A2、B1-20090003", []string{"A2.B1-20090003"}},
		{"粤B2-20090059-5 粤B2-20090059 B2－20090028", []string{"粤B2-20090059", "B2-20090028"}},
		{"国B2-20090028", []string{"国B2-20090028"}},
		{"京ICP证030173号-1", []string{"京ICP证030173号"}},
		{"B1-20150001号", []string{"B1-20150001"}},
		{"京B2—20171234", []string{"京B2-20171234"}},
		{"京B2 - 20171234", []string{"京B2-20171234"}},
		{"京ICP备05032038号 京公网安备11010802020193号", nil},
		{"型号AB2-20080101", nil},
		{"B2B-20080101 B2 20080101 B2-2008", nil},
		{"Grade B2-12345678", nil},
		{"#b2b2b2 b1 b2 B1-B2", nil},
	}
	for _, row := range rows {
		if got := icp.FindLicences(row.text); !slices.Equal(got, row.want) {
			t.Errorf("FindLicences(%q) = %q, want %q", row.text, got, row.want)
		}
	}
}

func TestFindPolice(t *testing.T) {
	t.Parallel()
	rows := []struct{ text, number, province string }{
		{"京公网安备 11010802020193号", "京公网安备11010802020193号", "北京"},
		{"京公网安备11010802020193", "京公网安备11010802020193号", "北京"},
		{"京 公 网 安 备 1101 0802 0201 93 号", "京公网安备11010802020193号", "北京"},
		{"粵公網安備 44030502001234號", "粤公网安备44030502001234号", "广东"},
		{"川公网安备 51010402000123号", "川公网安备51010402000123号", "四川"},
		{"公网安备 51010402000123号", "川公网安备51010402000123号", "四川"},
		{"沪公网安备案31010402000123号", "沪公网安备31010402000123号", "上海"},
		{"公安备案号：44010602000123", "粤公网安备44010602000123号", "广东"},
		{"公安联网备案号 44010602000123", "粤公网安备44010602000123号", "广东"},
		{"京公网安备１１０１０８０２０２０１９３号", "京公网安备11010802020193号", "北京"},
		{"京ICP备05032038号-1京公网安备11010802020193号", "京公网安备11010802020193号", "北京"},
		{"京公网安备110108020201号", "京公网安备110108020201号", "北京"},
		{"京公网安备：1101050123 客服", "京公网安备1101050123号", "北京"},
		{"京公网安备1101080202010号", "", ""},
		{"北京市公安局朝阳分局备案编号110105014669 | 京ICP证070359号", "京公网安备110105014669号", "北京"},
		{"京ICP证070512号 北京市公安局朝阳分局备案编号：1101050667", "京公网安备1101050667号", "北京"},
		{"北京市公安局海淀分局备案号:11010802020193", "京公网安备11010802020193号", "北京"},
		{"公安局备案编号：110105014669", "京公网安备110105014669号", "北京"},
		{"广东省公安厅备案：44030502001234", "", ""},
		{"某市公安局XX分局备案编号：110105014669", "", ""},
		{"某市公安局分局备案编号：123456789123", "", ""},
		{"税务局备案编号：110105014669", "", ""},
		{"北京市公安局某某某某某某某某某某某某某局备案编号：110105014669", "", ""},
		{"京公网安备110108020201 010-88888888", "京公网安备110108020201号", "北京"},
		{"京公网安备110108 020201号", "", ""},
		{"京公网安备110108000000号", "", ""},
		{"沪公网安备310108020201号", "", ""},
		{"辽公网安备 21020000000000号", "", ""},
		{"京公网安备 99010802020193号", "", ""},
		{"京公网安备 110108020201931号", "", ""},
		{"京公网安备", "", ""},
		{"设备 11010802020193", "", ""},
		{"安备 11010802020193", "", ""},
	}
	for _, row := range rows {
		got := icp.FindPolice(row.text)
		if row.number == "" {
			if len(got) > 0 {
				t.Errorf("FindPolice(%q) = %+v, want none", row.text, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Number != row.number || got[0].Province != row.province {
			t.Errorf("FindPolice(%q) = %+v, want %s", row.text, got, row.number)
			continue
		}
		if p := got[0]; p.Text != row.text[p.Start:p.End] || !strings.Contains(p.Number, p.Code) {
			t.Errorf("FindPolice(%q): text %q, code %q", row.text, p.Text, p.Code)
		}
	}
}

func TestParseNumber(t *testing.T) {
	t.Parallel()
	good := []struct {
		text, number, kind, subject, suffix, province string
		index                                         int
	}{
		{"京ICP备12345678号-1", "京ICP备12345678号-1", icp.KindFiling, "京ICP备12345678号", "", "北京", 1},
		{" 蜀icp备2021000123号 ", "蜀ICP备2021000123号", icp.KindFiling, "蜀ICP备2021000123号", "", "四川", 0},
		{"备案号：京ICP备12345678号", "京ICP备12345678号", icp.KindFiling, "京ICP备12345678号", "", "北京", 0},
		{"京ICP备12345678号-2A", "京ICP备12345678号-2A", icp.KindFiling, "京ICP备12345678号", "A", "北京", 2},
		{"京ICP证030173号-1", "京ICP证030173号-1", icp.KindLicence, "京ICP证030173号", "", "北京", 1},
		{"浙B2-20080224-12", "浙B2-20080224-12", icp.KindLicence, "浙B2-20080224", "", "浙江", 12},
		{"粤B2-20090059", "粤B2-20090059", icp.KindLicence, "粤B2-20090059", "", "广东", 0},
		{"许可证号：浙B2-20080224-1", "浙B2-20080224-1", icp.KindLicence, "浙B2-20080224", "", "浙江", 1},
	}
	for _, row := range good {
		n, err := icp.ParseNumber(row.text)
		if err != nil {
			t.Errorf("ParseNumber(%q): %v", row.text, err)
			continue
		}
		index := 0
		if n.Index != nil {
			index = *n.Index
		}
		if n.Number != row.number || n.Kind != row.kind || n.Subject != row.subject || string(n.Suffix) != row.suffix ||
			string(n.Province) != row.province || index != row.index {
			t.Errorf("ParseNumber(%q) = %+v", row.text, n)
		}
	}
	bad := []string{
		"", "  ", "京ICP备1234567号", "ICP备12345678号", "萌ICP备20231234号", "B2-20080101", "京公网安备11010802020193号",
		"京ICP备12345678号 沪ICP备12345678号", "京ICP备12345678号-1/2", "示例公司 京ICP备12345678号", "京ICP备12345678号 是",
		"京ICP备00000000号", "无", strings.Repeat("京", 1000),
	}
	for _, text := range bad {
		n, err := icp.ParseNumber(text)
		if !errors.Is(err, domaincheck.CodeBadInput) {
			t.Errorf("ParseNumber(%q) = %+v, %v; want bad_input", text, n, err)
		}
		var e *domaincheck.Error
		if errors.As(err, &e) && (e.Hint == "" || len(e.Message) > 300) {
			t.Errorf("ParseNumber(%q): message of %d bytes, hint %q", text, len(e.Message), e.Hint)
		}
	}
}

func TestSameSubject(t *testing.T) {
	t.Parallel()
	number := func(s string) domaincheck.Number {
		n, err := icp.ParseNumber(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	rows := []struct {
		a, b          string
		subject, same bool
	}{
		{"京ICP备12345678号", "京ICP备12345678号-1", true, false},
		{"京ICP备12345678号-1", "京 icp 备 12345678-1 号", true, true},
		{"京ICP备12345678号-2", "京ICP备12345678号-2A", true, false},
		{"京ICP备12345678号", "沪ICP备12345678号", false, false},
		{"川ICP备12345678号", "蜀ICP备12345678号", true, true},
		{"京ICP备12345678号", "京ICP证123456号", false, false},
		{"浙B2-20080224", "浙B2-20080224-1", true, false},
	}
	for _, row := range rows {
		a, b := number(row.a), number(row.b)
		if icp.SameSubject(a, b) != row.subject || icp.Same(a, b) != row.same || icp.SameSubject(b, a) != row.subject {
			t.Errorf("%s, %s: SameSubject %v, Same %v", row.a, row.b, icp.SameSubject(a, b), icp.Same(a, b))
		}
	}
	if icp.SameSubject(domaincheck.Number{}, domaincheck.Number{}) {
		t.Error("two absent numbers are the same subject")
	}
}

func TestProvinces(t *testing.T) {
	t.Parallel()
	all := icp.Provinces()
	if len(all) != 31 {
		t.Fatalf("%d provinces", len(all))
	}
	seen := map[string]string{}
	for i, p := range all {
		for _, key := range append([]string{p.Name, p.Full, p.Code, p.English, strings.ToUpper(p.English), " " + p.Name + " "}, strings.Split(p.Marks, "")...) {
			if got, ok := icp.ProvinceByName(key); !ok || got.Name != p.Name {
				t.Errorf("ProvinceByName(%q) = %q, %v; want %q", key, got.Name, ok, p.Name)
			}
		}
		for _, mark := range p.Marks {
			if other := seen[string(mark)]; other != "" {
				t.Errorf("mark %c of %s and %s", mark, p.Name, other)
			}
			seen[string(mark)] = p.Name
		}
		if !strings.HasPrefix(p.Marks, p.Mark) || len(p.Code) != 6 || !strings.HasPrefix(p.Full, p.Name) {
			t.Errorf("row %+v", p)
		}
		if i > 0 && all[i-1].Code >= p.Code {
			t.Errorf("%s is not in the order of codes", p.Name)
		}
	}
	for name, want := range map[string]string{"廣東": "广东", "Xizang": "西藏", "内蒙古自治区": "内蒙古", "广西自治区": "广西", "innermongolia": "内蒙古", "雲南省": "云南"} {
		if p, ok := icp.ProvinceByName(name); !ok || p.Name != want {
			t.Errorf("ProvinceByName(%q) = %q", name, p.Name)
		}
	}
	for _, name := range []string{"", "香港", "Taiwan", "萌", "京津", "北", "11", "00"} {
		if p, ok := icp.ProvinceByName(name); ok {
			t.Errorf("ProvinceByName(%q) = %q", name, p.Name)
		}
	}
}

// TestFindIsLinear holds that hostile text costs no more a byte than other text.
func TestFindIsLinear(t *testing.T) {
	hostile := []string{"备", "京ICP备", "ICP备", "京ICP备1", "京ICP备 1 ", "B2-", "京B2-2", "A1.", "A1.B2-20080101", "\u200b", "京\u200bICP备\u200b0503", "号-1/", "公网安", "京公网安备1", "京ICP备20210001 "}
	for _, unit := range hostile {
		text := strings.Repeat(unit, 200_000/len(unit))
		began := time.Now()
		icp.Find(text)
		icp.FindPolice(text)
		icp.FindLicences(text)
		// A quadratic scan of 200 KB takes minutes; the bound leaves room for a busy machine.
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%q repeated: %v for %d bytes", unit, took, len(text))
		}
	}
}

func TestFindAllocatesNothingForOtherText(t *testing.T) {
	text := strings.Repeat("设备准备完毕，请查看证书与备注。B2B 平台 b1 B2 ICP备案流程 12345678 ", 100)
	if n := testing.AllocsPerRun(10, func() { icp.Find(text) }); n > 0 {
		t.Errorf("%v allocations for text without a number", n)
	}
}

func ExampleFind() {
	for _, n := range icp.Find("© 2005-2024 京 icp 备０５０３２０３８-1 号 ｜ 京公网安备 11010802020193号 ｜ 电话 010-88886666") {
		fmt.Println(n.Number, n.Subject, *n.Index, n.Province)
	}
	// Output: 京ICP备05032038号-1 京ICP备05032038号 1 北京
}

func ExampleProvinceByName() {
	p, _ := icp.ProvinceByName("Sichuan")
	fmt.Println(p.Name, p.Full, p.Mark, p.Code)
	// Output: 四川 四川省 蜀 510000
}
