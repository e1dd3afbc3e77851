package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"domaincheck"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/width"
)

func read(t *testing.T, text string, o Options) Document {
	t.Helper()
	doc, err := Read(strings.NewReader(text), o)
	if err != nil {
		t.Fatalf("%v (%s)", err, domaincheck.AsError(err, "", "").Hint)
	}
	return doc
}

func full(t *testing.T) Document {
	t.Helper()
	data, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc := read(t, string(data), Options{Name: "full.yaml"})
	for _, r := range doc.Refused() {
		t.Fatal(r.Err)
	}
	return doc
}

func TestYAML(t *testing.T) {
	doc := full(t)
	if len(doc.Subjects) != 1 || len(doc.Servers) != 1 || len(doc.Sites) != 4 || len(doc.Rows) != 6 || len(doc.SiteRows()) != 4 {
		t.Fatalf("%d subjects, %d servers, %d sites, %d rows", len(doc.Subjects), len(doc.Servers), len(doc.Sites), len(doc.Rows))
	}
	s := doc.Sites[0]
	if s.Subject == nil || s.Subject.Principal.BirthDate != domaincheck.MustDate("1980-01-01") || *s.Subject.ClusterAddress || s.Servers[0].Codes.Paid[0].State != "已绑定" ||
		s.Domains[1].Role != domaincheck.RoleRedirect || s.Access[0].Notices[0].Text != "请于 10 日内整改: #1" || s.Order != nil || len(s.Papers) != 1 || !s.Expires.IsZero() {
		t.Errorf("first site: %+v", s)
	}
	if s := doc.Sites[1]; s.Access[0].State != domaincheck.AccessActive || s.Papers == nil || len(s.Papers) != 0 || s.Domains[0].Role != domaincheck.RoleMain || s.Subject != nil {
		t.Errorf("second site: %+v", s)
	}
	if s := doc.Sites[3]; s.Domains[0].Domain != "example.net" || s.Hosts[0] != "www" || s.Domains[1].Role != domaincheck.RoleAlias || *s.Servers[0].OrderAmount != 99.5 || s.Servers[1].ID != "web1" || s.Papers != nil {
		t.Errorf("fourth site: %+v", s)
	}
	if doc.Sites[2].MainDomain() != "xn--fsqu00a.xn--fiqs8s" || doc.Rows[4].Place != "full.yaml:19:5" {
		t.Errorf("third site: %+v at %s", doc.Sites[2], doc.Rows[4].Place)
	}
}

func TestRoundTrips(t *testing.T) {
	doc := full(t)
	for format, write := range map[string]func(*bytes.Buffer) error{
		"yaml": func(b *bytes.Buffer) error { return WriteYAML(b, doc) },
		"xlsx": func(b *bytes.Buffer) error { return WriteXLSX(b, doc) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(format, err)
		}
		again := read(t, b.String(), Options{Name: "x." + format})
		for _, r := range again.Refused() {
			t.Error(format, r.Err)
		}
		for i := range doc.Sites {
			if !reflect.DeepEqual(doc.Sites[i], again.Sites[i]) {
				t.Errorf("%s: site %d\n%+v\n%+v", format, i, tree(valueOf(doc.Sites[i])), again.Sites[i])
			}
		}
		if !reflect.DeepEqual(doc.Subjects, again.Subjects) || !reflect.DeepEqual(doc.Servers, again.Servers) {
			t.Errorf("%s: subjects or servers differ: %+v %+v", format, doc.Subjects, again.Subjects)
		}
	}
	var b bytes.Buffer
	if err := WriteCSV(&b, doc); err != nil {
		t.Fatal(err)
	}
	again := read(t, b.String(), Options{Name: "x.csv"})
	for _, r := range again.Refused() {
		t.Error(r.Err)
	}
	if !reflect.DeepEqual(doc.Sites, again.Sites) {
		t.Errorf("csv: %+v", again.Sites)
	}
	if !strings.HasPrefix(b.String(), "\ufeff") || strings.Contains(b.String(), ",=cmd") || !strings.Contains(b.String(), "'=cmd") {
		t.Error("csv carries no mark, or a formula")
	}
}

// TestUnreadableRecordNumber: a number that nobody can read is told with its
// place and not stored; that there is none may be written in a table.
func TestUnreadableRecordNumber(t *testing.T) {
	o := Options{RecordNumber: func(s string) error {
		if strings.Contains(s, "ICP备") {
			return nil
		}
		return domaincheck.Errorf(domaincheck.CodeBadInput, "", "record number %q is none", s)
	}}
	for _, c := range []struct{ format, text, place, number string }{
		{"yaml", "sites:\n  - domain: a.cn\n    record_number: 京ICP05032038\n", "-:3:20", ""},
		{"yaml", "subjects:\n  - {id: x, record_number: 备案中}\nsites: [a.cn]\n", "-:2:28", ""},
		{"yaml", "sites:\n  - domain: a.cn\n    record_number: 京ICP备05032038号-1\n", "", "京ICP备05032038号-1"},
		{"csv", "域名,备案号\na.cn,京ICP05032038\n", "-:2:6", ""},
		{"csv", "域名,备案号\na.cn, 京ICP备05032038号-1 \n", "", "京ICP备05032038号-1"},
		{"csv", "域名,备案号\na.cn,未备案\n", "", ""},
		{"csv", "域名,备案号\na.cn,备案中\n", "", ""},
		{"csv", "域名,备案号\na.cn,暂无\n", "", ""},
	} {
		o.Format = c.format
		doc, err := Read(strings.NewReader(c.text), o)
		if err != nil {
			t.Fatal(err)
		}
		refused := doc.Refused()
		switch {
		case c.place == "" && (len(refused) > 0 || len(doc.Sites) != 1 || string(doc.Sites[0].RecordNumber) != c.number):
			t.Errorf("%q: %+v, refused %+v", c.text, doc.Sites, refused)
		case c.place != "" && (len(refused) != 1 || string(refused[0].Err.Place) != c.place || !strings.Contains(refused[0].Err.Message, "record_number")):
			t.Errorf("%q: refused %+v", c.text, refused)
		}
	}
}

func TestYAMLErrors(t *testing.T) {
	for _, c := range []struct{ yaml, place, says string }{
		{"sites: [{domain: a.cn, nmae: x}]", "-:1:24", `no key "nmae"`},
		{"sites:\n  - domain: a.cn\n    state: approved\n", "-:3:12", "not one of"},
		{"sites:\n  - domain: a.cn\n    filed_on: 2020/5/1\n", "-:3:15", "not a date"},
		{"sites:\n  - domain: a.cn\n    commercial: 是\n", "-:3:17", "neither true nor false"},
		{"sites:\n  - domain: a.cn\n    subject: nobody\n", "-:3:14", "no subject"},
		{"sites:\n  - domain: a.cn\n    servers: [nothing]\n", "-:3:15", "no server"},
		{"sites:\n  - domain: a_b.cn\n", "-:2:13", "holds"},
		{"sites:\n  - name: x\n", "-:2:5", "no domain"},
		{"sites:\n  - domain: a.cn\n    domain: b.cn\n", "-:3:5", "already defined"},
		{"sites:\n  - domain: a.cn\n    responsible: {name: 张三, id_number: 110101199001011234}\n", "", "id_number"},
		{"sites:\n  - domain: a.cn\n    responsible: {name: '张三 110101199001011234'}\n", "-:3:25", "identity number"},
		{"sites:\n  - domain: a.cn\n    customer: 11010119900101123X\n", "-:3:15", "identity number"},
		{"sites:\n  - domain: a.cn\n    responsible: {name: 13800138000}\n", "-:3:25", "mobile number"},
		{"sites:\n  - domain: a.cn\n    hosts: ['a b']\n", "-:3:12", "no host"},
		{"sites:\n  - domain: a.cn\n    home: ftp://a.cn\n", "-:3:11", "URL"},
		{"sites:\n  - domain: a.cn\n    access: [{provider: aliyun, addresses: [1.2.3]}]\n", "-:3:45", "IP address"},
		{"sites:\n  - domain: a.cn\n    providers: a\n    access: [b]\n", "", "either providers or access"},
		{"subjects:\n  - {name: x}\nsites: [a.cn]\n", "-:2:6", "no id"},
		{"sites:\n  - domain: [a.cn\n", "", ""},
		{"a.cn: {", "", ""},
		{"site: []\nsites: [a.cn]", "-:1:1", `no key "site"`},
		{"--- \nsites: [a.cn]\n---\nsites: [b.cn]\n", "", "second yaml document"},
		{"sites: [*x]", "", "not defined"},
		{"sites: " + strings.Repeat("[", 100), "-:1", "nested"},
		{"- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - x", "-:1", "nested"},
		{"just words", "-:1:1", "an inventory has"},
		{"# nothing\n", "", ""},
	} {
		doc, err := Read(strings.NewReader(c.yaml), Options{Format: "yaml"})
		if err == nil && len(doc.Refused()) > 0 {
			err = doc.Refused()[0].Err
		}
		var e *domaincheck.Error
		if !errors.As(err, &e) || c.place != "" && string(e.Place) != c.place || !strings.Contains(e.Message, c.says) {
			t.Errorf("%q: place %v, %v", c.yaml, e, err)
		}
		if strings.Contains(fmt.Sprint(err), "19900101") || strings.Contains(fmt.Sprint(err), "13800138000") {
			t.Errorf("%q: the message repeats the number", c.yaml)
		}
	}
}

// Brackets in quoted text are no nesting, however many there are; hidden
// behind a quote that does not end on its line they are refused.
func TestQuotedBrackets(t *testing.T) {
	var many strings.Builder
	many.WriteString("sites:\n")
	for i := range 200 {
		fmt.Fprintf(&many, "  - {domain: a%d.cn, name: \"[{ \\\" [\", customer: '[it''s [', tags: [\"{\"]}\n", i)
	}
	if doc := read(t, many.String(), Options{Format: "yaml"}); len(doc.Sites) != 200 || len(doc.Refused()) > 0 {
		t.Errorf("%d sites, %v", len(doc.Sites), doc.Refused())
	}
	deep := strings.Repeat("[", 200_000)
	for _, text := range []string{
		"a: \"x\n\", b: " + deep + " \"", "{a: \"x\n\", b: " + deep + " \"\n", "a: 'x\n', b: " + deep + "'\n", "a: b \"" + deep + "\"", "\"a\" \"" + deep, "a: \"\\\n\"" + deep + "\"",
	} {
		if _, err := Read(strings.NewReader(text), Options{Format: "yaml"}); !errors.Is(err, domaincheck.CodeTooLarge) {
			t.Errorf("%.30q: %v", text, err)
		}
	}
}

func TestText(t *testing.T) {
	doc := read(t, "\ufeff# my sites\nexample.cn\n\n  https://www.例子.中国/a  # shop\nbad domain\n47.110.0.1\r\n"+strings.Repeat("x", 10<<20)+"\nexample.cn\n", Options{Name: "d.txt"})
	var got []string
	for _, r := range doc.Rows {
		got = append(got, fmt.Sprintf("%s %s %v", r.Place, r.Target.Domain, r.Err != nil))
	}
	want := []string{"d.txt:2 example.cn false", "d.txt:4 xn--fsqu00a.xn--fiqs8s false", "d.txt:5  true", "d.txt:6 47.110.0.1 false", "d.txt:7  true", "d.txt:8 example.cn false"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	if s := doc.Sites[1]; s.Hosts[0] != "www" || s.Home != "https://www.xn--fsqu00a.xn--fiqs8s/a" {
		t.Errorf("%+v", s)
	}
}

const habits = `2026年网站备案台账,,,,,,,,,,,
部门：信息中心,,,,,,,,,,,
序号,网站域名（必填）,网站名称,主办单位名称,主办单位性质,主体备案号,网站备案号,备案状态,接入商,服务器IP,备案日期,是否经营性
1,example.cn|example.com.cn,示例,北京示例科技有限公司,企业,京ICP备12345678号,京ICP备12345678号-1,已备案,阿里云,47.110.0.1、47.110.0.2,2020年5月1日,否
2,https://shop.example.net/x,商店,北京示例科技有限公司,企业,,,备案中,阿里云/腾讯云,47.110.0.3,2020/5/1,是
3,b.org,,张三,个人,,,无需备案（海外）,——,待定,43952,
,,,,,,,,,,,
4,bad domain here!,,李四,个人,,,已备案,,,,
5,c.cn,,北京示例科技有限公司,个人,,,已备案,,,待定,不详
6,d.cn,,,,,,随便,,,2020-13-01,
`

func TestCSVHabits(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(habits)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"utf8": habits, "bom": "\ufeff" + habits, "gb18030": gb,
		"semicolon": strings.ReplaceAll(habits, ",", ";"), "tab": strings.ReplaceAll(habits, ",", "\t")} {
		doc := read(t, text, Options{Name: "t.csv"})
		if len(doc.Rows) != 6 {
			t.Fatalf("%s: %d rows: %+v", name, len(doc.Rows), doc.Rows)
		}
		for i := range 3 {
			if doc.Rows[i].Err != nil {
				t.Errorf("%s: %v", name, doc.Rows[i].Err)
			}
		}
		a, b, c := doc.Rows[0].Site, doc.Rows[1].Site, doc.Rows[2].Site
		if len(a.Domains) != 2 || a.Subject.Type != "企业" || a.Subject.Kind != domaincheck.KindUnit || a.State != domaincheck.StateFiled || a.Access[0].Provider != "aliyun" ||
			len(a.Access[0].Addresses) != 2 || a.FiledOn != domaincheck.MustDate("2020-05-01") || !domaincheck.IsNot(a.Commercial) {
			t.Errorf("%s: %+v", name, a)
		}
		if b.Subject.RecordNumber != "京ICP备12345678号" || b.State != domaincheck.StateFiling || len(b.Access) != 1 && len(b.Access) != 2 || b.Hosts[0] != "shop" || b.FiledOn != a.FiledOn || !domaincheck.Is(b.Commercial) {
			t.Errorf("%s: %+v", name, b)
		}
		if c.Subject.Kind != domaincheck.KindIndividual || c.State != domaincheck.StateNotRequired || c.FiledOn != domaincheck.MustDate("2020-05-01") {
			t.Errorf("%s: %+v", name, c)
		}
		for i, says := range []string{"\"bad\"", "kind is", "not one of"} {
			e := doc.Rows[3+i].Err
			if e == nil || !strings.Contains(e.Message, says) || !strings.HasPrefix(string(e.Place), fmt.Sprintf("t.csv:%d", 8+i)) {
				t.Errorf("%s: row %d: %v", name, 3+i, e)
			}
		}
		if !reflect.DeepEqual(doc.Ignored, []string{"序号"}) {
			t.Errorf("%s: ignored %q", name, doc.Ignored)
		}
		if s := doc.Rows[0].Siblings; s == nil || s.Sites != 2 || s.DomainPrefixes != 1 {
			t.Errorf("%s: siblings %+v", name, s)
		}
		if len(doc.Subjects) != 2 {
			t.Errorf("%s: subjects %+v", name, doc.Subjects)
		}
	}
}

func TestMapAndNoColumn(t *testing.T) {
	_, err := Read(strings.NewReader("站,备注\na.cn,x\n"), Options{Name: "t.csv"})
	if !errors.Is(err, domaincheck.CodeBadInput) || !strings.Contains(err.Error(), "站") {
		t.Error(err)
	}
	doc := read(t, "站,人\na.cn,张三\n", Options{Name: "t.csv", Columns: map[string]string{"站": "domain", "人": "subject.name"}})
	if s := doc.Sites[0]; s.MainDomain() != "a.cn" || s.Subject.Name != "张三" {
		t.Errorf("%+v", s)
	}
	if _, err = Read(strings.NewReader("站\na.cn\n"), Options{Name: "t.csv", Columns: map[string]string{"站": "nonsense"}}); !errors.Is(err, domaincheck.CodeBadSettings) {
		t.Error(err)
	}
	if doc = read(t, "a.cn\nb.cn\n", Options{Name: "t.csv"}); len(doc.Sites) != 2 {
		t.Errorf("headless: %+v", doc)
	}
	doc = read(t, "domain,name,subject.name,holder.name,自动续费\na.cn,n,s,h,是\n", Options{Name: "-"})
	if s := doc.Sites[0]; s.Name != "n" || s.Subject.Name != "s" || s.Holder.Name != "h" || !domaincheck.Is(s.AutoRenew) {
		t.Errorf("%+v", s)
	}
}

func TestPrivateColumns(t *testing.T) {
	doc := read(t, "域名,身份证号,负责人手机\na.cn,110101199001011234,\nb.cn,,138****8000\nc.cn,,138-0013-8000\n", Options{Name: "t.csv"})
	for i, refused := range []bool{true, false, true} {
		if e := doc.Rows[i].Err; (e != nil) != refused || refused && (!errors.Is(e, CodePrivate) || strings.Contains(e.Error(), "0013")) {
			t.Errorf("row %d: %v", i, e)
		}
	}
}

func workbook(t *testing.T, build func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	build(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestXLSXHabits(t *testing.T) {
	text := workbook(t, func(f *excelize.File) {
		const s = "Sheet1"
		must(t, f.SetCellValue(s, "A1", "网站台账"), f.MergeCell(s, "A1", "E1"),
			f.SetSheetRow(s, "A2", &[]any{"主办单位", "", "域名", "到期", "服务器"}),
			f.SetSheetRow(s, "A3", &[]any{"名称", "性质", "", "域名到期日期", "服务器到期日期"}), f.MergeCell(s, "A2", "B2"), f.MergeCell(s, "C2", "C3"),
			f.SetSheetRow(s, "A4", &[]any{"甲公司", "企业", "a.cn", 46082, "2027.3.1"}), f.MergeCell(s, "A4", "A6"), f.MergeCell(s, "B4", "B6"),
			f.SetCellValue(s, "C5", "b.cn\nc.cn"), f.SetCellFormula(s, "C6", `HYPERLINK("http://evil","d.cn")`),
			f.SetSheetRow(s, "A7", &[]any{"乙", "个人", "e.cn", "长期", ""}))
		_, err := f.NewSheet("服务器")
		must(t, err, f.SetSheetRow("服务器", "A1", &[]any{"服务器标识", "服务器类型", "付费方式"}), f.SetSheetRow("服务器", "A2", &[]any{"web1", "云服务器ECS", "包年包月"}))
	})
	doc := read(t, text, Options{Name: "t.xlsx"})
	rows := doc.SiteRows()
	if len(rows) != 4 || len(doc.Servers) != 1 || doc.Servers[0].Type != "ecs" || doc.Servers[0].Billing != "subscription" {
		t.Fatalf("%+v", doc)
	}
	if s := rows[0].Site; rows[0].Err != nil || s.Subject.Name != "甲公司" || s.Expires != domaincheck.MustDate("2026-03-01") || s.Servers[0].Expires != domaincheck.MustDate("2027-03-01") {
		t.Errorf("%+v %v", s, rows[0].Err)
	}
	if s := rows[1].Site; len(s.Domains) != 2 || s.Subject == nil || s.Subject.Name != "甲公司" || s.Subject.Kind != domaincheck.KindUnit {
		t.Errorf("%+v", s)
	}
	if e := rows[2].Err; e == nil || e.Place != "t.xlsx:Sheet1!A6" {
		t.Errorf("a formula without a value: %v", e)
	}
	if s := rows[3].Site; s.Subject.Name != "乙" || s.Expires.Year != 9999 {
		t.Errorf("%+v", s)
	}
}

func TestTemplate(t *testing.T) {
	var b bytes.Buffer
	must(t, Template(&b))
	if _, err := Read(&b, Options{Name: "t.xlsx"}); !errors.Is(err, domaincheck.CodeUnreadable) || !strings.Contains(err.Error(), "no rows") {
		t.Errorf("an empty template: %v", err)
	}
	must(t, Template(&b))
	f, err := excelize.OpenReader(&b)
	must(t, err, f.SetSheetRow("网站", "A2", &[]any{"a.cn", "甲", "s1", "已备案"}), f.SetSheetRow("主体", "A2", &[]any{"s1", "甲公司", "单位"}))
	var out bytes.Buffer
	must(t, f.Write(&out))
	doc := read(t, out.String(), Options{})
	if len(doc.Refused()) > 0 || doc.Sites[0].Subject.Name != "甲公司" {
		t.Errorf("%+v", doc.Rows)
	}
}

// Every word that a drop-down of the template offers is understood, and cells
// have their explanations.
func TestTemplateChoices(t *testing.T) {
	var b bytes.Buffer
	must(t, Template(&b))
	f, err := excelize.OpenReader(&b)
	must(t, err)
	lists, prompts := 0, 0
	for _, sheet := range []string{"网站", "主体", "服务器"} {
		all, err := f.GetDataValidations(sheet)
		must(t, err)
		for _, dv := range all {
			if dv.Prompt != nil && *dv.Prompt != "" {
				prompts++
			}
			if dv.Type != "list" {
				continue
			}
			lists++
			first, _, _ := strings.Cut(dv.Sqref, ":")
			for i, word := range strings.Split(strings.Trim(dv.Formula1, `"`), ",") {
				col, _, err := excelize.CellNameToCoordinates(first)
				must(t, err)
				head, err := excelize.CoordinatesToCellName(col, 1)
				must(t, err)
				heading, err := f.GetCellValue(sheet, head)
				must(t, err)
				id := map[string]string{"网站": "域名", "主体": "主体标识", "服务器": "服务器标识"}[sheet]
				doc := read(t, workbook(t, func(w *excelize.File) {
					_, err := w.NewSheet(sheet)
					must(t, err, w.SetSheetRow(sheet, "A1", &[]any{id, heading}), w.SetSheetRow(sheet, "A2", &[]any{fmt.Sprintf("a%d.cn", i), word}), w.DeleteSheet("Sheet1"))
				}), Options{Name: "t.xlsx"})
				if len(doc.Refused()) > 0 || len(doc.Ignored) > 0 {
					t.Errorf("%s %s: %v %v", heading, word, doc.Refused(), doc.Ignored)
				}
			}
		}
	}
	if lists < 7 || prompts < 20 {
		t.Errorf("%d drop-downs, %d explanations", lists, prompts)
	}
}

func TestBadFiles(t *testing.T) {
	for _, c := range []struct {
		name, data string
		code       domaincheck.Code
	}{
		{"empty.txt", "", domaincheck.CodeUnreadable},
		{"blank.csv", " \n\n", domaincheck.CodeUnreadable},
		{"comments.txt", "# a\n", domaincheck.CodeUnreadable},
		{"binary.csv", "\x00\x01\x02\xff", domaincheck.CodeUnreadable},
		{"binary.txt", "a\xff\xff\xff.cn\n\x80\x80", domaincheck.CodeUnreadable},
		{"old.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", domaincheck.CodeUnreadable},
		{"not.xlsx", "PK\x03\x04 no zip at all", domaincheck.CodeUnreadable},
		{"text.xlsx", "a.cn\n", domaincheck.CodeUnreadable},
		{"empty.yaml", "sites: []\n", domaincheck.CodeUnreadable},
		{"only.csv", "域名,名称\n", domaincheck.CodeUnreadable},
		{"large.txt", strings.Repeat("a.cn\n", 14<<20), domaincheck.CodeTooLarge},
	} {
		if _, err := Read(strings.NewReader(c.data), Options{Name: c.name}); !errors.Is(err, c.code) {
			t.Errorf("%s: %v", c.name, err)
		} else if e := domaincheck.AsError(err, "", ""); !strings.HasPrefix(string(e.Place), c.name) {
			t.Errorf("%s: place %q", c.name, e.Place)
		}
	}
	if _, err := Read(strings.NewReader("a.cn"), Options{Format: "docx"}); !errors.Is(err, domaincheck.CodeBadSettings) {
		t.Error(err)
	}
	if _, err := Read(errReader{}, Options{Name: "x"}); !errors.Is(err, domaincheck.CodeUnreadable) {
		t.Error(err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("disk on fire") }

func TestFacts(t *testing.T) {
	site, err := ReadSite([]byte("hosts: ['@', www, api.example.cn]\nsubject: {name: 甲公司, kind: unit, province: 上海}\nstate: filed\nproviders: [aliyun]\n"), "f.yaml")
	if err != nil || site.Subject.Name != "甲公司" || site.Access[0].Provider != "aliyun" || len(site.Domains) != 0 || len(site.Hosts) != 3 || site.Hosts[2] != "api.example.cn" {
		t.Errorf("%+v %v", site, err)
	}
	site, err = ReadSite([]byte(`{"domains":[{"domain":"a.cn","role":"main"}],"subject":{"name":"甲","counts":{"sites":3,"domain_prefixes":null}},"siblings":{"sites":1},"servers":[],"commercial":false,"papers":null,"tags":[]}`), "f.json")
	if err != nil || *site.Subject.Counts.Sites != 3 || site.Papers != nil || site.Commercial == nil {
		t.Errorf("%+v %v", site, err)
	}
	for _, bad := range []string{"[a.cn]", "stat: filed", "{\"domain\": \"a.cn\", \"x\": 1}", "sites: [a.cn, b.cn]", "sites: [a_b.cn]"} {
		if _, err := ReadSite([]byte(bad), "f"); err == nil || domaincheck.AsError(err, "", "").Place == "" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestDates(t *testing.T) {
	d := &decoder{words: (&loader{}).words(), loose: true}
	for _, s := range []string{"2026-03-01", "2026/3/1", "2026.3.1", "2026年3月1日", "2026年03月01日", "20260301", "46082", "46082.75", "2026-03-01 08:00:00", "2026/3/1 0:00", "2026-02-28T16:00:00Z", "２０２６／３／１", "2026-03-01T00:00:00", "2026 年 3 月 1 日"} {
		if got, err := d.date(s); err != nil || got != domaincheck.MustDate("2026-03-01") {
			t.Errorf("%q: %v %v", s, got, err)
		}
	}
	for _, s := range []string{"3/1/2026", "26-3-1", "2026-13-01", "2026-02-30", "明年", "1", "2026", "2026-3", "T10:00", "0000-01-01", "99999"} {
		if got, err := d.date(s); err == nil {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestWords(t *testing.T) {
	if _, err := loadWords(wordsFile); err != nil {
		t.Fatal(err)
	}
	if _, err := loadWords("[kind]\na = b\nc = b\n"); err == nil {
		t.Error("a doubled word is accepted")
	}
	w, _ := loadWords(wordsFile)
	for _, path := range w.order {
		root, rest, _ := strings.Cut(path, ".")
		switch root {
		case "site", "subject", "server":
			if got, ok := fieldPath(path, RowSite); !ok || got != path || rest == "" {
				t.Errorf("%s is no field", path)
			}
		}
	}
}

func Example() {
	doc, err := Read(strings.NewReader("域名,备案状态,域名到期日期\nexample.cn,已备案,2027年3月1日\nexample..cn,,\n"), Options{Name: "sites.csv"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range doc.Rows {
		if row.Err != nil {
			fmt.Println(row.Err)
			continue
		}
		fmt.Println(row.Target.Domain, row.Site.State, row.Site.Expires)
	}
	// Output:
	// example.cn filed 2027-03-01
	// sites.csv:3:1: "example..cn" has an empty label
}

func TestParseMap(t *testing.T) {
	got, err := ParseMap([]string{"站点=domain", "a=b = name"})
	if err != nil || got["站点"] != "domain" || got["a=b"] != "name" {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{"x", "=y", "x="} {
		if _, err := ParseMap([]string{bad}); !errors.Is(err, domaincheck.CodeBadSettings) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestNothingCells(t *testing.T) {
	doc := read(t, "域名,备案日期,公网带宽,订单金额,是否经营性,网站名称,标签,接入商\na.cn,—,无,待定,N/A,无,-,/\n", Options{Name: "t.csv"})
	if doc.Rows[0].Err != nil {
		t.Fatal(doc.Rows[0].Err)
	}
	s := doc.Sites[0]
	if !s.FiledOn.IsZero() || s.Commercial != nil || s.Name != "" || len(s.Tags) != 0 || len(s.Access) != 0 || len(s.Servers) != 1 || !domaincheck.IsNot(s.Servers[0].PublicBandwidth) || s.Servers[0].OrderAmount != nil {
		t.Errorf("%+v", s)
	}
}

// The short way of foldWord says what the long one says: folding goes sign by
// sign.
func TestPlainWord(t *testing.T) {
	plain := 0
	for r := rune(0); r <= 0x10FFFF; r++ {
		s := string(r)
		if !plainWord(s) {
			continue
		}
		plain++
		if got := strings.ToLower(width.Fold.String(s)); got != s {
			t.Errorf("%q folds to %q", s, got)
		}
	}
	if plain < 20_000 || foldWord(" ＩＰ：") != "ip" || foldWord("a*B") != "ab" {
		t.Errorf("%d plain signs, %q", plain, foldWord(" ＩＰ："))
	}
}
