package holder_test

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/longbridgeapp/opencc"
	"github.com/mozillazg/go-pinyin"

	"domaincheck"
	"domaincheck/holder"
)

func load(t testing.TB) *holder.Matcher {
	t.Helper()
	m, err := holder.Default()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCompare(t *testing.T) {
	m := load(t)
	for _, c := range []struct {
		a, b string
		want holder.Kind
	}{
		// Exact and normalised.
		{"北京示例科技有限公司", "北京示例科技有限公司", "exact"},
		{" 北京示例科技有限公司\n", "北京示例科技有限公司", "exact"},
		{"北京示例（上海）科技有限公司", "北京示例(上海)科技有限公司", "normalised"},
		{"示例（北京）科技有限公司", "示例 ( 北京 ) 科技 有限公司", "normalised"},
		{"示例【北京】科技有限公司", "示例〔北京〕科技有限公司", "normalised"},
		{"ＡＢＣ科技有限公司", "abc科技有限公司", "normalised"},
		{"北京示例科技有限公司", "北京示例科技有限责任公司", "normalised"},
		{"北京\u200b示例科技有限公司\ufeff", "北京示例科技有限公司", "normalised"},
		{"臺灣積體電路有限公司", "台湾积体电路有限公司", "normalised"},
		{"廣東龍門網絡科技有限公司", "广东龙门网络科技有限公司", "normalised"},
		{"陳小明", "陈小明", "normalised"},
		{"阿卜杜拉·买买提", "阿卜杜拉•买买提", "normalised"},
		{"阿卜杜拉．买买提", "阿卜杜拉·买买提", "normalised"},
		{"某某便利店（个体工商户）", "某某便利店", "normalised"},
		{"上海某某合伙企业（有限合伙）", "上海某某合伙企业(有限合伙)", "normalised"},
		{"Beijing Example Technology Co., Ltd.", "BEIJING EXAMPLE TECHNOLOGY CO.,LTD", "normalised"},
		{"Beijing Example Technology Company Limited", "Beijing Example Technology Co Ltd", "normalised"},
		{"Beijing Example Technology (Shanghai) Inc.", "beijing example technology shanghai incorporated", "normalised"},
		{"Johnson & Johnson", "Johnson and Johnson", "normalised"},
		{"Zhuang Ding Shan", "ZHUANGDINGSHAN", "normalised"},
		{"示例科技有限公司（原旧名科技有限公司）", "示例科技有限公司", "normalised"},
		{"示例农场（原生态养殖）", "示例农场", "no"},
		{"Tsinghua University", "清华大学", "pinyin"},
		{"Peking University", "北京大学", "pinyin"},
		{"Beijing University", "北京大学", "pinyin"},
		{"Dongguan Lizi Hardware Products Co., Ltd.", "东莞例子五金制品有限公司", "pinyin"},
		{"Ningbo Lizi Electric Appliance Co., Ltd.", "宁波例子电器有限公司", "pinyin"},
		// Pinyin: persons.
		{"Zhuang Ding Shan", "庄定山", "pinyin"},
		{"ZHUANGDINGSHAN", "庄定山", "pinyin"},
		{"Dingshan Zhuang", "庄定山", "pinyin"},
		{"Ding-Shan, ZHUANG", "莊定山", "pinyin"},
		{"庄定山", "zhuang dingshan", "pinyin"},
		{"Shan Dan", "单丹", "pinyin"},
		{"Dan Dan", "单丹", "pinyin"},
		{"Qiu Ying", "仇英", "pinyin"},
		{"Zeng Guofan", "曾国藩", "pinyin"},
		{"Yue Le", "乐乐", "pinyin"},
		{"Chongqing Zhong", "钟重庆", "pinyin"},
		{"Lv Bu", "吕布", "pinyin"},
		{"Lu Bu", "吕布", "pinyin"},
		{"Lyu Bu", "吕布", "pinyin"},
		{"LÜ BU", "吕布", "pinyin"},
		{"Ouyang Xiu", "欧阳修", "pinyin"},
		{"Xiu Ouyang", "欧阳修", "pinyin"},
		{"Piao Shu", "朴树", "pinyin"},
		{"Zha Liangyong", "查良镛", "pinyin"},
		{"Ou Ming", "区明", "pinyin"},
		{"Xie Hui", "解晖", "pinyin"},
		{"Ren Xian", "任贤", "pinyin"},
		// Pinyin: companies, with and without English words.
		{"Beijing Shi Li Ke Ji You Xian Gong Si", "北京示例科技有限公司", "pinyin"},
		{"beijingshilikejiyouxiangongsi", "北京示例科技有限公司", "pinyin"},
		{"Beijing Shili Technology Co., Ltd.", "北京示例科技有限公司", "pinyin"},
		{"BEIJING SHILI KEJI CO LTD", "北京示例科技有限公司", "pinyin"},
		{"Hangzhou Xunku Network Technology Co., Ltd.", "杭州市迅酷网络科技有限公司", "pinyin"},
		{"Shenzhen City Tengda Electronics Limited", "深圳市腾达电子有限公司", "pinyin"},
		{"Chongqing Zhi Jia Information Technology Company Limited", "重庆智佳信息科技有限公司", "pinyin"},
		{"Beijing ABC Keji Youxian Gongsi", "北京ABC科技有限公司", "pinyin"},
		{"Shanghai Yinyue Culture Media Co., Ltd", "上海音乐文化传媒有限公司", "pinyin"},
		{"Xian Qianxi Network Technology Co. Ltd.", "西安千喜网络科技有限公司", "pinyin"},
		{"Xi'an Qianxi Network Technology Co. Ltd.", "西安千喜网络科技有限公司", "pinyin"},
		{"Nanjing Daxue", "南京大学", "pinyin"},
		// Different: shared beginnings, one character, parts, other legal forms, sound alone.
		{"北京示例科技有限公司", "北京示例网络科技有限公司", "no"},
		{"北京示例科技有限公司", "北京示列科技有限公司", "no"},
		{"北京示例科技有限公司", "北京示例科技股份有限公司", "no"},
		{"北京示例科技有限公司", "北京示例科技有限公司上海分公司", "no"},
		{"北京示例科技有限公司", "北京示例科技", "no"},
		{"北京示例科技有限公司", "上海示例科技有限公司", "no"},
		{"北京示例科技有限公司", "示例科技有限公司", "no"},
		{"北京示例科技有限公司", "北京视力科技有限公司", "no"},
		{"张三", "张山", "no"},
		{"张伟", "章伟", "no"},
		{"王小明", "王小名", "no"},
		{"李乾坤", "李干坤", "no"},
		{"张三", "张三丰", "no"},
		{"Beijing Example Technology Co., Ltd.", "北京示例科技有限公司", "no"},
		{"Beijing Shili Network Co., Ltd.", "北京示例科技有限公司", "no"},
		{"Beijing Shili Technology", "北京示例科技有限公司", "no"},
		{"Shanghai Shili Technology Co., Ltd.", "北京示例科技有限公司", "no"},
		{"Shili Technology Co., Ltd.", "北京示例科技有限公司", "no"},
		{"Beijing Shili Technology Co., Ltd. Shanghai Branch", "北京示例科技有限公司", "no"},
		{"Zhuang Ding", "庄定山", "no"},
		{"Zhuang Shan Ding", "庄定山", "no"},
		{"Zhuang Dingshan Li", "庄定山", "no"},
		{"Z. Dingshan", "庄定山", "no"},
		{"Wang Wei", "张伟", "no"},
		{"Alpha Technology Co., Ltd.", "Alpha Technologies Co., Ltd.", "no"},
		{"Alpha Inc.", "Alpha LLC", "no"},
		{"Alpha Ltd", "Alpha Co., Ltd", "no"},
		{"", "北京示例科技有限公司", "no"},
		{"北京示例科技有限公司", "", "no"},
		{"", "", "no"},
		{"()", "（）", "no"},
		{"...", "---", "no"},
		{strings.Repeat("北京示例科技", 200), strings.Repeat("北京示例科技", 199), "no"},
		{strings.Repeat("a", 300), strings.Repeat("啊", 60), "no"},
	} {
		got := m.Compare(c.a, c.b)
		if got.Kind != c.want {
			t.Errorf("%.50q and %.50q: %s %v, want %s", c.a, c.b, got.Kind, got.Steps, c.want)
		}
		if back := m.Compare(c.b, c.a); back.Kind != got.Kind {
			t.Errorf("%.50q and %.50q: %s one way, %s the other", c.a, c.b, got.Kind, back.Kind)
		}
		if len(got.Steps) == 0 || got.A != c.a || got.B != c.b {
			t.Errorf("%.50q and %.50q: %+v", c.a, c.b, got)
		}
	}
}

func subject(m *holder.Matcher) *holder.Prepared {
	return m.Prepare(
		holder.Name{Text: "Beijing Example Technology Co., Ltd.", Role: holder.RoleOther},
		holder.Name{Text: "北京旧名科技有限公司", Role: holder.RoleFormer},
		holder.Name{Text: "李四", Role: holder.RoleShareholder},
		holder.Name{Text: "张三", Role: holder.RoleRepresentative},
		holder.Name{Text: "", Role: holder.RoleOfficer},
		holder.Name{Text: "北京示例科技有限公司", Role: holder.RoleSubject},
	)
}

func TestJudge(t *testing.T) {
	p := subject(load(t))
	for _, c := range []struct {
		registrant string
		kind       holder.Kind
		role       holder.Role
		b          string
	}{
		{"北京示例科技有限公司", "exact", "subject", "北京示例科技有限公司"},
		{"北京示例科技有限责任公司", "normalised", "subject", "北京示例科技有限公司"},
		{"张三", "exact", "representative", "张三"},
		{"張三", "normalised", "representative", "张三"},
		{"李四", "exact", "shareholder", "李四"},
		{"北京旧名科技有限公司", "former", "former", "北京旧名科技有限公司"},
		{"北京旧名 科技有限公司", "former", "former", "北京旧名科技有限公司"},
		{"BEIJING EXAMPLE TECHNOLOGY CO LTD", "normalised", "other", "Beijing Example Technology Co., Ltd."},
		{"Zhang San", "pinyin", "representative", "张三"},
		{"Beijing Shili Keji Youxian Gongsi", "pinyin", "subject", "北京示例科技有限公司"},
		{"Beijing Jiuming Technology Co., Ltd.", "pinyin", "former", "北京旧名科技有限公司"},
		{"王五", "no", "", "北京示例科技有限公司"},
		{"", "no", "", "北京示例科技有限公司"},
	} {
		got := p.Judge(c.registrant)
		if got.Kind != c.kind || got.Role != c.role || got.B != c.b || got.Matched() != (c.kind != "no") {
			t.Errorf("%q: %+v, want %s %s %s", c.registrant, got, c.kind, c.role, c.b)
		}
	}
	if got := load(t).Prepare().Judge("张三"); got.Kind != holder.No || got.B != "" {
		t.Errorf("a subject without names: %+v", got)
	}
}

func TestJudgeRegistrant(t *testing.T) {
	p := subject(load(t))
	for _, c := range []struct {
		org, name string
		kind      holder.Kind
		status    holder.Status
	}{
		{"北京示例科技有限公司", "王五", "exact", "named"},
		{"", "北京示例科技有限公司", "exact", "named"},
		{"N/A", "张三", "exact", "named"},
		{"-", "Zhang San", "pinyin", "named"},
		{"某某别的公司有限公司", "张三", "no", "named"},                     // the organization holds it
		{"Something Else Inc.", "北京示例科技有限公司", "exact", "named"}, // the unit's own name beside it
		{"Something Else Inc.", "Zhang San", "no", "named"},
		{"REDACTED FOR PRIVACY", "REDACTED FOR PRIVACY", "no", "redacted"},
		{"Data Protected", "", "no", "redacted"},
		{"", "Withheld for Privacy", "no", "redacted"},
		{"REDACTED FOR PRIVACY", "张三", "exact", "named"},
		{"Domains By Proxy, LLC", "Registration Private", "no", "proxy"},
		{"Contact Privacy Inc. Customer 0123456", "Contact Privacy Inc.", "no", "proxy"},
		{"WhoisGuard, Inc.", "WhoisGuard Protected", "no", "proxy"},
		{"Privacy service provided by Withheld for Privacy ehf", "Redacted for Privacy", "no", "proxy"},
		{"Super Privacy Service LTD c/o Dynadot", "REDACTED", "no", "proxy"},
		{"YinSi BaoHu Yi Kai Qi (Hidden by Whois Privacy Protection Service)", "YinSi BaoHu Yi Kai Qi", "no", "proxy"},
		{"", "", "no", "absent"},
		{"none", "无", "no", "absent"},
	} {
		match, status := p.JudgeRegistrant(holder.Registrant{Organization: c.org, Name: c.name})
		if match.Kind != c.kind || status != c.status || len(match.Steps) == 0 {
			t.Errorf("%q / %q: %s %s %v, want %s %s", c.org, c.name, match.Kind, status, match.Steps, c.kind, c.status)
		}
	}
}

func TestPrivacyWordsAreNoNames(t *testing.T) {
	for _, s := range []string{"北京示例科技有限公司", "Beijing Proxy Technology Co., Ltd.", "Guard Privacyland Trading", "Perfect World Co., Ltd.", "北京隐私计算科技有限公司", "Private Bank of China", "Identity Digital Limited", "张三"} {
		if holder.IsProxy(s) || holder.IsRedacted(s) {
			t.Errorf("%q is taken for a privacy service", s)
		}
	}
}

// No one-character change, cut or addition of a company's name matches it.
func TestNearMissesDoNotMatch(t *testing.T) {
	m := load(t)
	for _, name := range []string{"北京示例科技有限公司", "上海贝锐信息科技股份有限公司", "深圳市腾讯计算机系统有限公司", "杭州阿里巴巴广告有限公司", "成都西维数码科技有限公司", "中科院计算所", "欧阳修"} {
		p := m.Prepare(holder.Name{Text: name, Role: holder.RoleSubject})
		runes := []rune(name)
		for i := range runes {
			for _, r := range "一新京海国际的市" {
				if r == runes[i] {
					continue
				}
				changed := string(runes[:i]) + string(r) + string(runes[i+1:])
				added := string(runes[:i]) + string(r) + string(runes[i:])
				for _, other := range []string{changed, added} {
					if got := p.Judge(other); got.Matched() {
						t.Errorf("%s matches %s: %v", other, name, got.Steps)
					}
				}
			}
			if i > 0 {
				for _, part := range []string{string(runes[:i]), string(runes[i:]), string(runes[:i]) + string(runes[i+1:])} {
					if got := p.Judge(part); got.Matched() && part != name {
						t.Errorf("%s matches %s: %v", part, name, got.Steps)
					}
				}
			}
		}
	}
}

// The tables say what the libraries they come from say.
func TestTablesAgreeWithLibraries(t *testing.T) {
	m := load(t)
	cc, err := opencc.New("t2s")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"廣東龍門網絡科技有限公司", "臺北市電腦商業同業公會", "國際貿易發展協會", "陳鄭蕭謝劉張鍾葉趙盧蘇羅", "香港中華煤氣有限公司", "雲端運算數據中心", "網路中文資訊股份有限公司", "衛星廣播電視臺", "銀聯國際", "體驗設計顧問"} {
		simple, err := cc.Convert(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Compare(s, simple); !got.Matched() {
			t.Errorf("%s and %s: %v", s, simple, got.Steps)
		}
	}
	args := pinyin.NewArgs()
	for _, s := range []string{"庄定山", "欧阳修", "北京示例科技有限公司", "广西北部湾在线投资控股有限公司", "新疆诺云在线网络科技有限公司", "呼和浩特市某某能源有限责任公司", "黑龙江省农垦总局"} {
		if got := m.Compare(strings.Join(pinyin.LazyPinyin(s, args), " "), s); got.Kind != holder.Pinyin {
			t.Errorf("%s as %v: %v", s, pinyin.LazyPinyin(s, args), got.Steps)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	all := fstest.MapFS{}
	for _, name := range []string{"t2s.txt", "pinyin.bin", "words.csv"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &fstest.MapFile{Data: raw}
	}
	if _, err := holder.Load(all); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file string
		data []byte
	}{
		"no pairs":    {"t2s.txt", nil},
		"cut pairs":   {"t2s.txt", all["t2s.txt"].Data[:301]},
		"few pairs":   {"t2s.txt", all["t2s.txt"].Data[:600]},
		"cut sounds":  {"pinyin.bin", all["pinyin.bin"].Data[:5000]},
		"other file":  {"pinyin.bin", all["words.csv"].Data},
		"bad set":     {"pinyin.bin", append(append([]byte{}, all["pinyin.bin"].Data[:len(all["pinyin.bin"].Data)-2]...), 0xff, 0xff)},
		"few words":   {"words.csv", []byte("zh,en\n科技,technology\n")},
		"upper case":  {"words.csv", []byte(strings.Replace(string(all["words.csv"].Data), "technology", "Technology", 1))},
		"other words": {"words.csv", []byte("a,b,c\n")},
	} {
		fsys := fstest.MapFS{}
		for k, v := range all {
			fsys[k] = v
		}
		fsys[c.file] = &fstest.MapFile{Data: c.data}
		if _, err := holder.Load(fsys); !errors.Is(err, domaincheck.CodeBadTable) {
			t.Errorf("%s: %v", name, err)
		}
		delete(fsys, c.file)
		if _, err := holder.Load(fsys); !errors.Is(err, domaincheck.CodeBadTable) {
			t.Errorf("without %s: %v", c.file, err)
		}
	}
}

// Registrants are bytes of strangers: comparing ends, is symmetric, finds
// every name equal to itself, blanks or width change nothing, and a comparison
// of two says what a prepared subject says.
func FuzzCompare(f *testing.F) {
	m := load(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		ab, ba := m.Compare(a, b), m.Compare(b, a)
		if ab.Kind != ba.Kind {
			t.Fatalf("%q and %q: %s one way, %s the other", a, b, ab.Kind, ba.Kind)
		}
		prepared := m.Prepare(holder.Name{Text: b, Role: holder.RoleSubject}).Judge(a)
		if prepared.A, prepared.B, prepared.Role = a, b, ""; !reflect.DeepEqual(prepared, ab) {
			t.Fatalf("%q and %q: %+v, prepared %+v", a, b, ab, prepared)
		}
		if strings.TrimSpace(a) != "" && m.Compare(a, a).Kind != holder.Exact {
			t.Fatalf("%q is not itself", a)
		}
		if len(a) < 500 {
			if got := m.Compare("\u3000"+a+" ", b); got.Matched() != ab.Matched() {
				t.Fatalf("blanks around %q change %s to %s", a, ab.Kind, got.Kind)
			}
		}
	})
}

// TestTwoScripts: registrars of international companies write both names.
func TestTwoScripts(t *testing.T) {
	p := load(t).Prepare(holder.Name{Text: "杭州示例广告有限公司", Role: holder.RoleSubject})
	for name, want := range map[string]holder.Kind{
		"Hangzhou Shili Advertising Co., Ltd.(杭州示例广告有限公司)": holder.Exact,
		"杭州示例广告有限公司（Hangzhou Shili Ads Co., Ltd.）":         holder.Exact,
		"杭州示例广告有限责任公司 / Hangzhou Shili Ads Co., Ltd.":      holder.Normalised,
		"杭州示例广告有限公司 (SGNIC-ORG1234567)":                    holder.Exact,
		"杭州示例广告有限公司(Shanghai)":                             holder.No,
		"杭州示例广告有限公司（上海）":                                   holder.No,
		"杭州示例广告有限公司(Shanghai Branch)":                      holder.No,
		"Hangzhou Shili Advertising Co., Ltd.(杭州示例文化有限公司)": holder.No,
		"别家广告有限公司(Hangzhou Shili Guanggao Co., Ltd.)":      holder.No,
	} {
		match, status := p.JudgeRegistrant(holder.Registrant{Organization: name})
		if match.Kind != want || status != holder.Named || match.A != name {
			t.Errorf("%s: %s %s, want %s: %v", name, match.Kind, status, want, match.Steps)
		}
	}
}

func TestFuzzSeeds(t *testing.T) {
	if seeds, err := os.ReadDir("testdata/fuzz/FuzzCompare"); err != nil || len(seeds) < 5 {
		t.Errorf("the fuzz seeds are missing: %d, %v", len(seeds), err)
	}
}

func ExampleMatcher_Compare() {
	m, err := holder.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"北京示例科技有限责任公司", "Beijing Shili Technology Co., Ltd.", "北京示列科技有限公司"} {
		fmt.Println(m.Compare(name, "北京示例科技有限公司").Kind)
	}
	// Output:
	// normalised
	// pinyin
	// no
}

func ExamplePrepared_JudgeRegistrant() {
	m, err := holder.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	p := m.Prepare(holder.Name{Text: "北京示例科技有限公司", Role: holder.RoleSubject}, holder.Name{Text: "庄定山", Role: holder.RoleRepresentative})
	match, status := p.JudgeRegistrant(holder.Registrant{Name: "Zhuang Ding Shan"})
	fmt.Println(match.Kind, match.Role, status)
	_, status = p.JudgeRegistrant(holder.Registrant{Organization: "Domains By Proxy, LLC"})
	fmt.Println(status)
	// Output:
	// pinyin representative named
	// proxy
}

func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		if _, err := holder.Default(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	p := subject(load(b))
	for name, registrant := range map[string]string{"exact": "北京示例科技有限公司", "normalised": "北京示例科技有限责任公司", "pinyin": "Beijing Shili Technology Co., Ltd.", "no": "Something Else Holdings Limited", "nochinese": "上海别的网络有限公司"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.JudgeRegistrant(holder.Registrant{Organization: registrant, Name: "Wang Wu"})
			}
		})
	}
}
