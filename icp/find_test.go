package icp_test

import (
	"domaincheck"
	"domaincheck/icp"
	"strings"
	"testing"
)

// TestFind reads footers as people type them. A row is the text and the
// numbers expected, in order; none means that nothing may be found.
func TestFind(t *testing.T) {
	t.Parallel()
	rows := []struct {
		why, text string
		want      []string
	}{
		{"plain", "京ICP备05032038号", []string{"京ICP备05032038号"}},
		{"site", "京ICP备05032038号-1", []string{"京ICP备05032038号-1"}},
		{"ten digits", "粤ICP备2021000123号-12", []string{"粤ICP备2021000123号-12"}},
		{"copyright beside", "© 2005-2024 某某公司 版权所有 京ICP备05032038号-1 京公网安备11010802020193号", []string{"京ICP备05032038号-1"}},
		{"glued police", "京ICP备05032038号-1京公网安备 11010802020193号", []string{"京ICP备05032038号-1"}},
		{"glued police without index", "京ICP备05032038号京公网安备11010802020193号", []string{"京ICP备05032038号"}},
		{"police first", "京公网安备11010802020193号京ICP备05032038号", []string{"京ICP备05032038号"}},
		{"lower case", "京icp备05032038号", []string{"京ICP备05032038号"}},
		{"mixed case", "京Icp备05032038号-2", []string{"京ICP备05032038号-2"}},
		{"full width", "京ＩＣＰ备０５０３２０３８号－１", []string{"京ICP备05032038号-1"}},
		{"full width lower", "京ｉｃｐ備０５０３２０３８號－１", []string{"京ICP备05032038号-1"}},
		{"traditional", "粵ICP備05032038號", []string{"粤ICP备05032038号"}},
		{"blanks", "京 ICP 备 05032038 号 - 1", []string{"京ICP备05032038号-1"}},
		{"blanks in ICP", "京 I C P 备 05032038 号", []string{"京ICP备05032038号"}},
		{"nbsp", "京ICP备\u00a005032038号", []string{"京ICP备05032038号"}},
		{"ideographic blank", "京ICP备　05032038　号", []string{"京ICP备05032038号"}},
		{"blank in digits", "京ICP 备 2021 000123 号", []string{"京ICP备2021000123号"}},
		{"three groups", "京ICP备2021 0001 23号", []string{"京ICP备2021000123号"}},
		{"blank between all digits", "京ICP备 0 5 0 3 2 0 3 8 号", []string{"京ICP备05032038号"}},
		{"year in brackets", "京ICP备[2021]000123号", []string{"京ICP备2021000123号"}},
		{"year in wide brackets", "京ICP备（2021）000123号-1", []string{"京ICP备2021000123号-1"}},
		{"zero width", "京ICP备0503\u200b2038号-\u200d1", []string{"京ICP备05032038号-1"}},
		{"soft hyphen", "京ICP备0503\u00ad2038号", []string{"京ICP备05032038号"}},
		{"bom", "\ufeff京\ufeffICP备05032038号", []string{"京ICP备05032038号"}},
		{"word joiner", "京I\u2060CP备05032038号", []string{"京ICP备05032038号"}},
		{"em dash", "京ICP备05032038号—1", []string{"京ICP备05032038号-1"}},
		{"two em dashes", "京ICP备05032038号——1", []string{"京ICP备05032038号-1"}},
		{"en dash", "京ICP备05032038号–1", []string{"京ICP备05032038号-1"}},
		{"minus sign", "京ICP备05032038号−1", []string{"京ICP备05032038号-1"}},
		{"katakana dash", "京ICP备05032038号ー1", []string{"京ICP备05032038号-1"}},
		{"small dash", "京ICP备05032038号﹣1", []string{"京ICP备05032038号-1"}},
		{"underscore", "京ICP备05032038号_1", []string{"京ICP备05032038号-1"}},
		{"displaced", "京ICP备05032038-1号", []string{"京ICP备05032038号-1"}},
		{"missing", "京ICP备05032038", []string{"京ICP备05032038号"}},
		{"missing with index", "京ICP备05032038-1", []string{"京ICP备05032038号-1"}},
		{"号 first", "京ICP备号05032038", []string{"京ICP备05032038号"}},
		{"案", "京ICP备案05032038号", []string{"京ICP备05032038号"}},
		{"案号", "京ICP备案号05032038", []string{"京ICP备05032038号"}},
		{"案号 colon", "京ICP备案号：05032038号-3", []string{"京ICP备05032038号-3"}},
		{"第", "京ICP备第05032038号", []string{"京ICP备05032038号"}},
		{"colon", "京ICP备:05032038号", []string{"京ICP备05032038号"}},
		{"brackets around mark", "(京)ICP备05032038号", []string{"京ICP备05032038号"}},
		{"wide brackets around mark", "（京）ICP备05032038号", []string{"京ICP备05032038号"}},
		{"brackets around digits", "京ICP备（05032038）号", []string{"京ICP备05032038号"}},
		{"brackets around all", "[京ICP备05032038号-1]", []string{"京ICP备05032038号-1"}},
		{"dash before digits", "京ICP备-05032038号", []string{"京ICP备05032038号"}},
		{"label", "ICP备案号：京ICP备05032038号", []string{"京ICP备05032038号"}},
		{"label without blank", "备案号京ICP备05032038号-1", []string{"京ICP备05032038号-1"}},
		{"name for mark", "广东ICP备05032038号", []string{"粤ICP备05032038号"}},
		{"辽宁 is not 宁夏", "辽宁ICP备05032038号", []string{"辽ICP备05032038号"}},
		{"北京", "北京ICP备05032038号", []string{"京ICP备05032038号"}},
		{"备 forgotten", "京ICP05032038号-1", []string{"京ICP备05032038号-1"}},
		{"app", "京ICP备05032038号-2A", []string{"京ICP备05032038号-2A"}},
		{"mini program, lower", "京ICP备05032038号-3x", []string{"京ICP备05032038号-3X"}},
		{"quick app", "京ICP备05032038号-4K", []string{"京ICP备05032038号-4K"}},
		{"word after index", "京ICP备05032038号-1All rights reserved", []string{"京ICP备05032038号-1"}},
		{"copyright after index", "京ICP备05032038号-1Copyright 2024", []string{"京ICP备05032038号-1"}},
		{"slash list", "京ICP备05032038号-1/2/3", []string{"京ICP备05032038号-1", "京ICP备05032038号-2", "京ICP备05032038号-3"}},
		{"dashed list", "京ICP备05032038号-1、-2", []string{"京ICP备05032038号-1", "京ICP备05032038号-2"}},
		{"two", "京ICP备05032038号-1 沪ICP备09012345号-2", []string{"京ICP备05032038号-1", "沪ICP备09012345号-2"}},
		{"two glued", "京ICP备05032038号沪ICP备09012345号", []string{"京ICP备05032038号", "沪ICP备09012345号"}},
		{"two glued without 号", "京ICP备05032038沪ICP备09012345", []string{"京ICP备05032038号", "沪ICP备09012345号"}},
		{"two with slash", "京ICP备05032038号-1/沪ICP备09012345号", []string{"京ICP备05032038号-1", "沪ICP备09012345号"}},
		{"twice", "京ICP备05032038号-1 京ICP备05032038号-1", []string{"京ICP备05032038号-1"}},
		{"subject and site", "京ICP备05032038号 京ICP备05032038号-1", []string{"京ICP备05032038号", "京ICP备05032038号-1"}},
		{"the sample of every manual", "京ICP备12345678号", []string{"京ICP备12345678号"}},
		{"pipe", "京ICP备05032038号|京公网安备 11010802020193号", []string{"京ICP备05032038号"}},

		{"phone after blank", "京ICP备05032038号 400-820-8820", []string{"京ICP备05032038号"}},
		{"phone glued by dash", "京ICP备05032038号-400-820-8820", []string{"京ICP备05032038号"}},
		{"phone behind spaced dash", "京ICP备05032038号 - 010-88886666", []string{"京ICP备05032038号"}},
		{"phone without 号", "京ICP备05032038 010-88886666", []string{"京ICP备05032038号"}},
		{"mobile without 号", "京ICP备05032038 13800138000", []string{"京ICP备05032038号"}},
		{"mobile behind dash", "京ICP备05032038号-13800138000", []string{"京ICP备05032038号"}},
		{"hotline with blanks", "京ICP备05032038号-400 820 8820", []string{"京ICP备05032038号"}},
		{"year behind spaced dash", "京ICP备05032038号 - 2024 版权所有", []string{"京ICP备05032038号"}},
		{"years", "京ICP备05032038号 2005-2024", []string{"京ICP备05032038号"}},
		{"service hours", "京ICP备05032038号 - 24小时服务", []string{"京ICP备05032038号"}},
		{"opening hours", "京ICP备05032038号 - 9:00-18:00", []string{"京ICP备05032038号"}},
		{"address behind", "京ICP备05032038号 12号楼", []string{"京ICP备05032038号"}},
		{"address behind, no 号", "京ICP备20032038 12号楼", []string{"京ICP备20032038号"}},
		{"house behind dash", "京ICP备05032038号 - 12号楼", []string{"京ICP备05032038号"}},
		{"next line number", "京ICP备05032038\n12号楼", []string{"京ICP备05032038号"}},
		{"next line digits", "京ICP备0503\n20381234", nil},
		{"number wrapped", "京ICP备\n05032038号", []string{"京ICP备05032038号"}},
		{"postcode", "京ICP备05032038号 邮编100080", []string{"京ICP备05032038号"}},

		{"licence", "京ICP证030173号", []string{"京ICP证030173号"}},
		{"licence with index", "京ICP证030173号-1", []string{"京ICP证030173号-1"}},
		{"licence traditional", "京ICP證030173號", []string{"京ICP证030173号"}},
		{"licence beside filing", "京ICP备05032038号-1 京ICP证060342号", []string{"京ICP备05032038号-1"}},
		{"licence with index beside filing", "京ICP备05032038号-1 京ICP证060342号-2", []string{"京ICP备05032038号-1", "京ICP证060342号-2"}},
		{"class licence", "浙B2-20080224", []string{"浙B2-20080224"}},
		{"class licence with index", "浙B2-20080224-1", []string{"浙B2-20080224-1"}},
		{"class licence 号", "粤B2-20090059号-5", []string{"粤B2-20090059-5"}},
		{"class licence lower, wide dash", "浙b2－20080224－1", []string{"浙B2-20080224-1"}},
		{"class licence declared", "增值电信业务经营许可证：浙B2-20080224", nil},
		{"class licence declared with index", "增值电信业务经营许可证：浙B2-20080224-3", []string{"浙B2-20080224-3"}},
		{"cross-province", "B2-20080101 合字B2-20120005", nil},
		{"B1", "京B1-20150001-1", []string{"京B1-20150001-1"}},

		{"no mark", "备案号:05032038", nil},
		{"no mark, ICP", "ICP备05032038号", nil},
		{"joke", "萌ICP备20231234号", nil},
		{"joke two", "茶ICP备2023123456号", nil},
		{"joke beside", "萌ICP备20231234号 京ICP备05032038号", []string{"京ICP备05032038号"}},
		{"joke mark behind blank", "京 萌ICP备20231234号", nil},
		{"seven digits", "京ICP备0503203号", nil},
		{"nine digits", "京ICP备050320381号", nil},
		{"five digits", "京ICP备12345号", nil},
		{"eleven digits", "京ICP备20210001234号", nil},
		{"ten digits without a year", "京ICP备1234567890号", nil},
		{"zeros", "京ICP备00000000号", nil},
		{"eights", "京ICP备88888888号-1", nil},
		{"ones", "京ICP备11111111号", []string{"京ICP备11111111号"}},
		{"crosses", "京ICP备XXXXXXXX号", nil},
		{"stars", "京ICP备********号-1", nil},
		{"crosses after year", "京ICP备2021XXXXXX号", nil},
		{"only words", "京ICP备案系统 ICP备案查询 12345678", nil},
		{"agency", "北京ICP备案代办 电话 01088886666", nil},
		{"news licence", "京网文〔2021〕1234-567号 网信备110108123456789号", nil},
		{"drug licence", "（京）-经营性-2021-0001", nil},
		{"empty", "", nil},
	}
	for _, row := range rows {
		var got []string
		for _, n := range icp.Find(row.text) {
			got = append(got, n.Number)
			checkNumber(t, row.text, n)
		}
		if strings.Join(got, " ") != strings.Join(row.want, " ") {
			t.Errorf("%s: Find(%q) = %q, want %q", row.why, row.text, got, row.want)
		}
	}
}

// checkNumber holds what is true of every number found.
func checkNumber(t *testing.T, text string, n domaincheck.Number) {
	t.Helper()
	if !strings.Contains(text, n.Text) || n.Text == "" {
		t.Errorf("text %q of %q is not part of %q", n.Text, n.Number, text)
	}
	if !strings.HasPrefix(n.Number, n.Subject) || n.Province == "" {
		t.Errorf("number %+v: subject or province wrong", n)
	}
	again, err := icp.ParseNumber(n.Number)
	if err != nil {
		t.Fatalf("ParseNumber(%q): %v", n.Number, err)
	}
	if again.Number != n.Number || again.Subject != n.Subject || again.Province != n.Province || again.Kind != n.Kind {
		t.Errorf("normal form of %q is not stable: %+v", n.Number, again)
	}
}
