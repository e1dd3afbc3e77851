package present

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"domaincheck"
	"domaincheck/rules"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fake explains findings by their ids, in the two languages.
type fake struct{}

func (fake) Explain(f domaincheck.Finding, lang string) rules.Explanation {
	if lang == "en" {
		return rules.Explanation{Summary: f.Rule + " says " + f.Code, Fix: "① mend " + f.Rule, Consequence: "it may be cut off", Basis: []rules.Citation{{Text: "what the law says", Source: "RFC 0 §1"}}}
	}
	return rules.Explanation{Summary: "规则 " + f.Rule + " 的结论是 " + f.Code, Fix: "① 修好 " + f.Rule + "；② 再查一次", Consequence: "可能被取消接入",
		Basis: []rules.Citation{{Text: "应当在主页显示备案号", Source: "33号令 第十三条"}, {Text: "第二条依据", Source: "源二"}, {Text: "第三条依据", Source: "源三"}}}
}

func at(s string) domaincheck.Instant {
	i, err := domaincheck.ParseInstant(s)
	if err != nil {
		panic(err)
	}
	return i
}

func failing() domaincheck.Report {
	now := at("2026-11-21T09:00:00+08:00")
	return domaincheck.Report{
		Schema: 1, Input: "WWW.Example.CN", Domain: "example.cn", Unicode: "example.cn", At: now, Lang: "zh",
		Inferred: domaincheck.List[string]{"state"},
		Site: &domaincheck.ReportSite{Site: domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: "main"}}, State: domaincheck.StateFiled,
			Subject: &domaincheck.Subject{Name: "北京示例科技有限公司"}}},
		Observation: domaincheck.Observation{
			Registration: &domaincheck.Registration{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: now}, Expires: at("2027-03-01"), Registrar: &domaincheck.Registrar{Name: "=cmd()"}},
			Resolution: &domaincheck.Resolution{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: now}, Hosts: domaincheck.List[domaincheck.Host]{{Host: "www.example.cn", Outcome: "ok",
				Addresses: domaincheck.List[domaincheck.Address]{{IP: "47.1.2.3", Provider: "aliyun"}}}}},
		},
		Findings: domaincheck.List[domaincheck.Finding]{
			{Rule: "domain.registered", Code: "found", Result: domaincheck.Pass, Severity: domaincheck.Critical, Knows: domaincheck.Observed, ObservedAt: now},
			{Rule: "domain.holder", Code: "subject_undeclared", Result: domaincheck.Unknown, Why: domaincheck.WhyUndeclared, Severity: domaincheck.High, Knows: domaincheck.Declared},
			{Rule: "access.provider", Code: "access_undeclared", Result: domaincheck.Unknown, Why: domaincheck.WhyUndeclared, Severity: domaincheck.High, Knows: domaincheck.Declared},
			{Rule: "subject.contact", Code: "undeclared", Result: domaincheck.Unknown, Why: domaincheck.WhyUndeclared, Severity: domaincheck.Medium, Knows: domaincheck.Declared, Evidence: domaincheck.Evidence{"missing": []string{"principal.phone_checked_on"}}},
			{Rule: "site.number", Code: "missing", Result: domaincheck.Fail, Severity: domaincheck.Medium, Knows: domaincheck.Observed, ObservedAt: now, Evidence: domaincheck.Evidence{"title": "坏\x1b[31m标题\u202e<b>", "url": "http://example.cn/?a=1&b=2"}},
			{Rule: "access.mainland", Target: "www.example.cn", Code: "abroad", Result: domaincheck.Fail, Severity: domaincheck.High, Knows: domaincheck.Observed, ObservedAt: now, Evidence: domaincheck.Evidence{"hosts": []string{"@", "www"}, "provider": "aliyun", "addresses": []any{"47.1.2.3"}, "asn": 45102.0}},
			{Rule: "access.provider", Target: "api", Code: "cdn", Result: domaincheck.Fail, Severity: domaincheck.Info, Knows: domaincheck.Declared},
			{Rule: "site.tls", Code: "no_answer", Result: domaincheck.Unknown, Why: domaincheck.WhyUnobserved, Severity: domaincheck.Low, Knows: domaincheck.Observed},
			{Rule: "domain.term", Code: "not_in_order", Result: domaincheck.NotApplicable, Severity: domaincheck.High, Knows: domaincheck.Observed},
		},
		Keepers: domaincheck.List[domaincheck.Keeper]{{Host: "www.example.cn", Provider: "aliyun"}, {Host: "api.example.cn", Provider: "aliyun"}, {Host: "m.example.cn"}},
		Risks:   domaincheck.List[domaincheck.Risk]{{Outcome: domaincheck.RiskDeAccess, Signal: "S07", Level: domaincheck.High, Since: now, Deadline: at("2026-12-01"), DeadlineKind: "typical", Causes: domaincheck.List[string]{"access.mainland"}}},
		Verdict: domaincheck.VerdictFail, Tables: map[string]string{"rules": "2026-11-21#1a2b3c4d"},
	}
}

func reports() []domaincheck.Report {
	unsure := domaincheck.Report{Schema: 1, Input: "例子.中国", Domain: "xn--fsqu00a.xn--fiqs8s", Unicode: "例子.中国", At: at("2026-11-21T09:00:00+08:00"), Verdict: domaincheck.VerdictUnknown,
		Findings: domaincheck.List[domaincheck.Finding]{{Rule: "site.reachable", Code: "timeout", Result: domaincheck.Unknown, Why: domaincheck.WhyUnobserved, Severity: domaincheck.Medium, Knows: domaincheck.Observed}}}
	_, err := domaincheck.ParseTarget("com.cn")
	bad := domaincheck.Report{Schema: 1, Input: "com.cn\x1b[2J", Error: domaincheck.AsError(err, "", "")}
	good := domaincheck.Report{Schema: 1, Input: "example.com", Domain: "example.com", Unicode: "example.com", At: at("2026-11-21T09:00:00+08:00"), Verdict: domaincheck.VerdictPass,
		Findings: domaincheck.List[domaincheck.Finding]{{Rule: "domain.registered", Code: "found", Result: domaincheck.Pass, Severity: domaincheck.Critical, Knows: domaincheck.Observed}}}
	return []domaincheck.Report{failing(), unsure, bad, good}
}

func shownProvider(id, lang string) string {
	return map[string]string{"aliyunzh": "阿里云", "aliyunen": "Alibaba Cloud"}[id+lang]
}

func render(t *testing.T, o Options, list ...domaincheck.Report) string {
	t.Helper()
	var b bytes.Buffer
	o.Book = fake{}
	o.ProviderName = shownProvider
	p, err := NewPrinter(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if err := p.Print(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for name, o := range map[string]Options{
			"single.txt": {Single: true, Width: 100}, "verbose.txt": {Single: true, Verbose: true}, "colour.txt": {Single: true, Color: true, Stored: true, Width: 60},
			"many.txt": {}, "single.json": {Format: "json", Single: true}, "many.json": {Format: "json"}, "many.jsonl": {Format: "jsonl"},
			"many.csv": {Format: "csv"}, "many.md": {Format: "markdown"},
		} {
			o.Lang = lang
			list := reports()
			if o.Single {
				list = list[:1]
			}
			got := render(t, o, list...)
			path := "testdata/" + lang + "-" + name
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs (run with -update and look at the change):\n%s", path, got)
			}
		}
	}
}

// What a stranger puts into a title must not reach the terminal as more than
// letters, whatever the format.
func TestHostile(t *testing.T) {
	for _, format := range []string{"text", "markdown", "csv"} {
		got := render(t, Options{Format: format}, reports()...)
		if strings.ContainsAny(got, "\x1b\u202e\x07") {
			t.Errorf("%s lets control characters through: %q", format, got)
		}
	}
	if got := render(t, Options{Format: "markdown"}, reports()...); strings.Contains(got, "<b>") || strings.Contains(got, "http://") {
		t.Errorf("markdown lets markup through:\n%s", got)
	}
	got := render(t, Options{Format: "csv"}, reports()...)
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(got, "\ufeff"))).ReadAll()
	if err != nil || len(records) != 5 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for _, record := range records {
		for _, cell := range record {
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("a cell could become a formula: %q", cell)
			}
		}
	}
}

func TestJSON(t *testing.T) {
	one := render(t, Options{Format: "json", Single: true}, failing())
	var m map[string]any
	if err := json.Unmarshal([]byte(one), &m); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(one, `\u003c`) || !strings.Contains(one, "a=1&b=2") {
		t.Error("HTML is escaped")
	}
	if strings.Contains(one, ": null,\n    \"basis\"") || m["states"] == nil || m["error"] != nil || m["lang"] != "zh" {
		t.Error("lists are null, or facts are not")
	}
	if got := render(t, Options{Format: "json"}); got != "[]\n" {
		t.Errorf("no report: %q", got)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(render(t, Options{Format: "json"}, reports()...)), &list); err != nil || len(list) != 4 {
		t.Errorf("%d, %v", len(list), err)
	}
	if list[2]["error"].(map[string]any)["code"] != "public_suffix" || list[2]["verdict"] != "unknown" || list[2]["findings"] == nil {
		t.Errorf("a bad row: %v", list[2])
	}
}

// The report that is written has the very fields of the report.
func TestJSONFields(t *testing.T) {
	tags := func(x reflect.Type) (out []string) {
		for i := range x.NumField() {
			out = append(out, x.Field(i).Tag.Get("json"))
		}
		return out
	}
	if a, b := tags(reflect.TypeFor[domaincheck.Report]()), tags(reflect.TypeFor[jsonReport]()); !reflect.DeepEqual(a, b) {
		t.Errorf("report: %v\nwritten: %v", a, b)
	}
	written := map[string]bool{}
	for _, tag := range tags(reflect.TypeFor[jsonFinding]()) {
		written[tag] = true
	}
	for _, tag := range tags(reflect.TypeFor[domaincheck.Finding]()) {
		if !written[tag] {
			t.Errorf("a finding's %s is not written", tag)
		}
	}
}

func TestReadReports(t *testing.T) {
	for _, o := range []Options{{Format: "json"}, {Format: "jsonl"}} {
		got, err := ReadReports(strings.NewReader(render(t, o, reports()...)), "r.json")
		if err != nil || len(got) != 4 {
			t.Fatalf("%s: %d, %v", o.Format, len(got), err)
		}
		if a, b := render(t, o, reports()...), render(t, o, got...); a != b {
			t.Errorf("%s: written, read and written again differs:\n%s\n%s", o.Format, a, b)
		}
		for _, endian := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} { // as a shell of Windows redirects
			wide, err := unicode.UTF16(endian, unicode.UseBOM).NewEncoder().String(render(t, o, reports()...))
			if err != nil {
				t.Fatal(err)
			}
			if again, err := ReadReports(strings.NewReader(wide), "r.json"); err != nil || !reflect.DeepEqual(again, got) {
				t.Errorf("%s in UTF-16: %d reports, %v", o.Format, len(again), err)
			}
		}
	}
	for _, c := range []struct {
		json, place string
		code        domaincheck.Code
	}{
		{"", "r", domaincheck.CodeUnreadable},
		{"nonsense", "r:1:2", domaincheck.CodeUnreadable},
		{"[]", "r", domaincheck.CodeBadInput},
		{"3", "r:1:1", domaincheck.CodeBadInput},
		{"{}", "r:1:1", domaincheck.CodeBadInput},
		{`{"schema": 2, "domain": "a.cn"}`, "r:1:1", domaincheck.CodeBadInput},
		{`{"schema": 0}`, "r:1:1", domaincheck.CodeBadInput},
		{`{"schema": 1, "at": "2026-11-21"}`, "r:1:1", domaincheck.CodeBadInput},
		{`{"schema": 1, "domain": "a.cn"}`, "r:1:1", domaincheck.CodeBadInput},
		{"[{\"schema\": 1, \"domain\": \"a.cn\", \"at\": \"2026-11-21\"},\n {\"schema\": 1, \"domain\": [1]}]", "r:2", domaincheck.CodeBadInput},
		{"{\"schema\": 1, \"domain\": \"a.cn\", \"at\": \"2026-11-21\",\n\"observation\": {\"page\": {\"status\": \"x\"}}}", "r:2", domaincheck.CodeBadInput},
		{`{"schema": 1, "domain": "a.cn", "at": "2026-11-21", "observation": {"page": {}}}`, "r:1:1", domaincheck.CodeBadInput},
		{`{"schema": 1, "domain": "a.cn", "at": "2026-11-21"`, "r:1", domaincheck.CodeUnreadable},
		{strings.Repeat("[", 100000), "r:1:65", domaincheck.CodeTooLarge},
	} {
		_, err := ReadReports(strings.NewReader(c.json), "r")
		var e *domaincheck.Error
		if !errors.As(err, &e) || e.Code != c.code || !strings.HasPrefix(string(e.Place), c.place) {
			t.Errorf("%.60q: %v", c.json, err)
		}
	}
}

func TestReadObservation(t *testing.T) {
	o, err := ReadObservation(strings.NewReader(`{"page": {"outcome": "ok", "at": "2026-11-21T09:00:00+08:00", "title": "x"}}`), "o")
	if err != nil || o.Page == nil || o.Page.Title != "x" {
		t.Errorf("%+v %v", o, err)
	}
	o, err = ReadObservation(strings.NewReader(render(t, Options{Format: "json", Single: true}, failing())), "o")
	if err != nil || o.Registration == nil {
		t.Errorf("%+v %v", o, err)
	}
	for _, bad := range []string{"[]", "{}", "x", `{"page": 3}`} {
		if _, err := ReadObservation(strings.NewReader(bad), "o"); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{Format: "pdf"}, {Lang: "fr"}} {
		if _, err := NewPrinter(&bytes.Buffer{}, o); !errors.Is(err, domaincheck.CodeBadSettings) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	p, err := NewPrinter(closedPipe{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Print(failing()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed pipe: %v", err)
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

// A state that the watch has confirmed is not called unconfirmed.
func TestConfirmed(t *testing.T) {
	r := failing()
	got := render(t, Options{Single: true}, r)
	if !strings.Contains(got, "未确认") || !strings.Contains(got, "过几小时再查一次") {
		t.Errorf("one look is shown as sure:\n%s", got)
	}
	for _, f := range r.Findings {
		if f.Result == domaincheck.Fail {
			r.States = append(r.States, domaincheck.State{Rule: f.Rule, Target: f.Target, Certainty: domaincheck.Confirmed})
		}
	}
	if got = render(t, Options{Single: true}, r); strings.Contains(got, "未确认") {
		t.Errorf("a confirmed failure is called unconfirmed:\n%s", got)
	}
}

// What was not seen says nothing about a filing, and nothing seen at all speaks
// of the machine.
func TestNothingSeen(t *testing.T) {
	r := failing()
	r.Inferred = []string{"state"}
	r.Site.State = domaincheck.StateUnfiled
	r.Observation = domaincheck.Observation{
		Registration: &domaincheck.Registration{Look: domaincheck.Look{Outcome: domaincheck.OutcomeTimeout}},
		Resolution:   &domaincheck.Resolution{Look: domaincheck.Look{Outcome: domaincheck.OutcomeFailed}},
	}
	for _, format := range []string{"text", "markdown"} {
		got := render(t, Options{Single: true, Format: format}, r)
		if !strings.Contains(got, "没有看到首页，暂按未备案判断") || !strings.Contains(got, "domaincheck doctor") {
			t.Errorf("%s: nothing seen:\n%s", format, got)
		}
	}
}

func TestClosingLine(t *testing.T) {
	got := render(t, Options{Single: true}, failing())
	if strings.Count(got, "补充这 3 项可多查 3 条：主办单位名称、接入商、主体负责人电话核实日期") != 1 || strings.Contains(got, "subject_undeclared") {
		t.Errorf("undeclared facts:\n%s", got)
	}
}

func TestWrap(t *testing.T) {
	for _, s := range []string{"一二三四五六七八九十，一二三四五六七八九十。", "plain words that go on and on without end", strings.Repeat("x", 100), "混合 text 与中文（括号）以及。标点"} {
		for _, line := range wrap(s, 20) {
			if columns(line) > 20 {
				t.Errorf("%q is wider than 20", line)
			}
			if line == "" || closing([]rune(line)[0]) && len([]rune(s)) > 1 && !strings.HasPrefix(s, line[:1]) {
				t.Errorf("a line begins with %q", line)
			}
		}
		if joined := strings.Join(wrap(s, 20), ""); strings.ReplaceAll(joined, " ", "") != strings.ReplaceAll(s, " ", "") {
			t.Errorf("%q became %q", s, joined)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"a\x1b]0;x\x07b", "\u202egpj.exe", "正常", "a\nb\tc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := Clean(s)
		if strings.IndexFunc(c, unsafeRune) >= 0 || Clean(c) != c {
			t.Fatalf("%q becomes %q", s, c)
		}
		if m := escapeMarkdown(s); strings.Contains(m, "://") || strings.Contains(m, "\n") {
			t.Fatalf("%q becomes %q", s, m)
		}
		wrap(c, 20)
	})
}

func FuzzReadReports(f *testing.F) {
	for _, s := range []string{`{"schema":1,"domain":"a.cn","at":"2026-11-21","observation":{"page":{"outcome":"ok"}}}`, `[{"schema":1,"error":{"code":"x","message":"y","place":null}}]`, "{}\n[]", `{"schema":1e3}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ReadReports(bytes.NewReader(data), "r")
		if err != nil {
			var e *domaincheck.Error
			if !errors.As(err, &e) || e.Place == "" {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		var b bytes.Buffer
		p, err := NewPrinter(&b, Options{Format: "jsonl"})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if err := p.Print(r); err != nil {
				t.Fatal(err)
			}
		}
		if again, err := ReadReports(&b, "r"); err != nil || len(again) != len(list) {
			t.Fatalf("written and read again: %d of %d, %v", len(again), len(list), err)
		}
	})
}

func TestSeedsArePresent(t *testing.T) {
	for _, target := range []string{"FuzzClean", "FuzzReadReports"} {
		if entries, err := os.ReadDir("testdata/fuzz/" + target); err != nil || len(entries) < 3 {
			t.Errorf("seeds of %s: %d, %v", target, len(entries), err)
		}
	}
}

func ExamplePrinter() {
	p, err := NewPrinter(os.Stdout, Options{Book: fake{}, Lang: "en", Single: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = p.Print(domaincheck.Report{Domain: "example.cn", Unicode: "example.cn", Verdict: domaincheck.VerdictPass,
		Findings: domaincheck.List[domaincheck.Finding]{{Rule: "domain.registered", Result: domaincheck.Pass}}})
	_ = p.Close()
	// Output: pass  example.cn  0 failed, 0 unknown, 1 passed
}

// What the judgement was given, such as the province, is not said to be seen.
func TestGivenIsNotSeen(t *testing.T) {
	r := failing()
	for i := range r.Findings {
		r.Findings[i].Evidence = map[string]any{"province": "湖北", "kind": domaincheck.KindUnit, "demanded": false, "error": "handshake_failed"}
	}
	got := render(t, Options{Single: true}, r)
	if !strings.Contains(got, "看到：错误 握手失败\n") {
		t.Errorf("what is given is said to be seen:\n%s", got)
	}
}
