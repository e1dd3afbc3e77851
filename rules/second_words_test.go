package rules_test

import (
	"testing"

	"domaincheck"
	"domaincheck/rules"
)

// Words as the texts print them and as people write them: papers, documents
// and citizenships of the second reading under their other names.
func TestSecondReadingInOtherWords(t *testing.T) {
	book, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]sheet{}
	for _, s := range loadSheets(t) {
		byName[s.Province] = s
	}
	away := func(c *domaincheck.Case) { principalOf(c).IDProvince = "海南" }
	born := func(day string) func(*domaincheck.Case) {
		return func(c *domaincheck.Case) { principalOf(c).BirthDate = domaincheck.MustDate(day) }
	}
	document := func(nationality, kind, ends string) func(*domaincheck.Case) {
		return func(c *domaincheck.Case) {
			p := principalOf(c)
			p.Nationality, p.IDType, p.IDExpires = domaincheck.Text(nationality), domaincheck.Text(kind), domaincheck.MustDate(ends)
		}
	}
	forum := func(c *domaincheck.Case) { c.Site.Categories = domaincheck.List[string]{"论坛"} }
	without := func(old string, named ...string) func(*domaincheck.Case) { return inTurn(take(old), give(named...)) }
	for _, c := range []struct {
		province, kind string
		line           string // of 001
		want           domaincheck.Result
		change         func(*domaincheck.Case)
	}{
		{"福建", "individual", "1766", domaincheck.Pass, inTurn(away, give("本人手持本省居住证照片"))},
		{"内蒙古", "unit", "1339", domaincheck.Pass, inTurn(away, give("法定代表人手持身份证原件正反面照片", "手持营业执照原件照片"))},
		{"内蒙古", "unit", "1339", domaincheck.Fail, inTurn(away, give("法定代表人手持身份证原件正反面照片"))},
		{"北京", "unit", "1137", domaincheck.Pass, inTurn(notLegal, give("法定代表人授权委托书", "法定代表人身份证"))},
		{"北京", "unit", "1161", domaincheck.Pass, without("手持单位证件照片", "网站负责人手持单位证件照片")},
		{"北京", "individual", "1204", domaincheck.Pass, without("手持个人证件照片", "个人手持个人证件照片")},
		{"江苏", "unit", "1851", domaincheck.Pass, inTurn(forum, give("网信办会商结果文件"))},
		{"江苏", "unit", "1828", domaincheck.Pass, without("承诺视频", "网站备案信息真实性承诺书视频")},
		{"江苏", "unit", "1828", domaincheck.Fail, without("承诺视频", "视频会议纪要")},
		{"安徽", "individual", "1667", domaincheck.Pass, inTurn(born("2009-12-01"), give("本人劳动就业证明材料"))},
		{"福建", "individual", "1767", domaincheck.Pass, inTurn(born("2009-12-01"), give("本人就业证明"))},
		{"上海", "unit", "2064", domaincheck.Pass, without("主办单位证件", "营业执照")},
		{"上海", "unit", "2065", domaincheck.Pass, without("主体负责人证件", "主体负责人有效证件")},
		{"黑龙江", "individual", "880", domaincheck.Pass, document("中国", "居民身份证", "2030-01-01")},
		{"黑龙江", "individual", "889", domaincheck.Fail, document("CN", "居民身份证", "2027-02-21")},
		{"黑龙江", "individual", "880", domaincheck.Fail, document("CN", "临时居民身份证", "2030-01-01")},
		{"上海", "individual", "2093", domaincheck.Fail, document("CN", "临时居民身份证", "2030-01-01")},
		{"上海", "individual", "2093", domaincheck.Pass, document("中国香港", "港澳居民来往内地通行证", "2030-01-01")},
		{"上海", "individual", "2093", domaincheck.Fail, document("香港", "护照", "2030-01-01")},
		{"河北", "individual", "1296", domaincheck.Pass, document("中国", "身份证", "2030-01-01")},
		{"河北", "individual", "1296", domaincheck.Pass, document("香港", "港澳居民居住证", "2030-01-01")},
		{"河北", "individual", "1296", domaincheck.Fail, document("美国", "护照", "2030-01-01")},
		{"山西", "unit", "1440", domaincheck.Fail, document("中国台湾", "护照", "2030-01-01")},
	} {
		s := byName[c.province]
		b := &s.Unit
		if c.kind == "individual" {
			b = &s.Individual
		}
		g := &personCases{province: c.province, kind: c.kind, book: b, today: domaincheck.MustDate("2026-11-21")}
		pc := personCase{today: g.today, order: domaincheck.OrderFirst, change: []func(*domaincheck.Case){c.change}}
		if f := findingOf(t, book.Evaluate(g.build(pc)), identity); f.Result != c.want {
			t.Errorf("%s %s, line %s: got %s %s %v, want %s", c.province, c.kind, c.line, f.Result, f.Code, f.Evidence, c.want)
		}
	}
}
