package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"domaincheck"
)

// The ids and their order are a promise to users' scripts.
func TestRuleIDsAreThePromisedOnes(t *testing.T) {
	want := strings.Fields(`domain.registered domain.tld domain.registrar domain.domestic domain.term domain.expiry domain.status
		domain.real_name domain.holder domain.privacy domain.changed
		access.unfiled access.resolves access.mainland access.provider access.address access.delegation
		server.type server.region server.term server.bandwidth server.codes server.expiry
		site.reachable site.blocked site.parked site.number site.number_matches site.link site.police
		site.copyright site.title site.category site.tls site.traffic
		subject.count subject.identity subject.state subject.contact
		record.exists record.matches record.stale notice.deadline watch.stale`)
	var got []string
	for _, r := range loadBook(t).Rules() {
		got = append(got, r.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// Which states a rule applies to, and how severe a failure is by default.
func TestSeveritiesAndStates(t *testing.T) {
	book := loadBook(t)
	severities := map[string]string{
		"site.blocked": "critical", "domain.status": "critical", "domain.expiry": "critical",
		"access.mainland": "high", "access.resolves": "high", "access.unfiled": "high", "site.number_matches": "high",
		"domain.registrar": "high", "domain.tld": "high", "domain.holder": "high",
		"site.reachable": "medium", "site.parked": "medium", "site.number": "medium", "access.address": "medium",
		"server.type": "medium", "server.region": "medium", "server.term": "medium", "server.bandwidth": "medium", "server.codes": "medium",
		"subject.count": "medium", "subject.identity": "medium",
		"site.link": "low", "site.police": "low", "site.tls": "low", "site.title": "low", "access.delegation": "low", "site.category": "low",
	}
	states := map[string]string{
		"domain.registered": "", "domain.tld": "unfiled filing filed", "domain.registrar": "unfiled filing filed", "domain.domestic": "unfiled filing",
		"domain.term": "unfiled filing", "domain.expiry": "", "domain.status": "", "domain.real_name": "", "domain.holder": "",
		"domain.privacy": "unfiled filing", "domain.changed": "", "access.unfiled": "unfiled cancelled", "access.resolves": "filing filed",
		"access.mainland": "filed", "access.provider": "filed", "access.address": "filed", "access.delegation": "",
		"server.type": "unfiled filing", "server.expiry": "", "site.reachable": "filed", "site.category": "filed filing",
		"notice.deadline": "filed", "watch.stale": "", "record.exists": "filed",
	}
	for id, want := range severities {
		if r, ok := book.Rule(id); !ok || string(r.Severity) != want {
			t.Errorf("%s: severity is not %s", id, want)
		}
	}
	for id, want := range states {
		r, _ := book.Rule(id)
		if want == "" {
			want = "unfiled not_required filing filed cancelled"
		}
		if !r.Verdict {
			t.Errorf("%s moves no verdict", id)
		}
		var got []string
		for _, s := range r.States {
			got = append(got, string(s))
		}
		wanted := strings.Fields(want)
		slices.Sort(got)
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) {
			t.Errorf("%s applies to %v, want %v", id, got, wanted)
		}
	}
}

// Every case gives one finding for every rule and target, in one order; the
// result does not depend on the run, survives JSON, and the case stays as it was.
func TestEvaluateIsWholeStableAndPure(t *testing.T) {
	book := loadBook(t)
	for _, r := range allRows() {
		c := r.base()
		if r.change != nil {
			r.change(&c)
		}
		before := encode(t, c)
		findings := book.Evaluate(c)
		if after := encode(t, c); !bytes.Equal(before, after) {
			t.Fatalf("%s %s: Evaluate changed the case", r.rule, r.name)
		}
		var ids []string
		for _, f := range findings {
			ids = append(ids, f.Rule)
			if (f.Result == domaincheck.Unknown) != (f.Why != "") || f.Severity == "" || f.Knows == "" || f.Code == "" {
				t.Errorf("%s %s: %+v", r.rule, r.name, f)
			}
			if f.Rule == "domain.real_name" && f.Knows == domaincheck.Observed && (f.Result == domaincheck.Pass || f.Result == domaincheck.Fail) {
				t.Errorf("%s: a verification is never observed: %+v", r.name, f)
			}
		}
		if !slices.Equal(slices.Compact(ids), IDs()) {
			t.Fatalf("%s %s: findings of %v", r.rule, r.name, ids)
		}
		var again domaincheck.Case
		if err := json.Unmarshal(before, &again); err != nil {
			t.Fatal(err)
		}
		if a, b := encode(t, findings), encode(t, book.Evaluate(again)); !bytes.Equal(a, b) {
			t.Errorf("%s %s: judged again from JSON:\n%s\n%s", r.rule, r.name, a, b)
		}
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// With several domains the target names the domain, with several servers the
// server; page rules leave domains that show no page alone.
func TestTargets(t *testing.T) {
	c := healthy()
	c.Site.Domains = append(c.Site.Domains, domaincheck.Domain{Domain: "example.com.cn", Role: domaincheck.RoleRedirect}, domaincheck.Domain{Domain: "example.com", Role: domaincheck.RoleAlias})
	c.Observation.Others = map[string]*domaincheck.Observation{"example.com": {Page: &domaincheck.HomePage{Look: okLook(), Status: domaincheck.Known(200)}}}
	c.Site.Servers = append(c.Site.Servers, domaincheck.Server{ID: "web2"}, domaincheck.Server{}, domaincheck.Server{ID: "web2"})
	seen := map[string]bool{}
	var numbers, servers []string
	for _, f := range loadBook(t).Evaluate(c) {
		key := f.Rule + " " + string(f.Target)
		if seen[key] {
			t.Errorf("%s stands there twice", key)
		}
		seen[key] = true
		switch f.Rule {
		case "site.number":
			numbers = append(numbers, fmt.Sprint(f.Target, " ", f.Result, " ", f.Code))
		case "server.expiry":
			servers = append(servers, fmt.Sprint(f.Target, " ", f.Result))
		case "subject.count", "notice.deadline":
			if f.Target != "" {
				t.Errorf("%s has target %s", f.Rule, f.Target)
			}
		}
	}
	if want := []string{"example.cn pass shown", "example.com.cn not_applicable role", "example.com fail missing"}; !slices.Equal(numbers, want) {
		t.Errorf("site.number: %q", numbers)
	}
	if want := []string{"web1 pass", "web2 unknown", "#3 unknown", "web2#4 unknown"}; !slices.Equal(servers, want) {
		t.Errorf("server.expiry: %q", servers)
	}
}

// A time-out is a failure when another domain of the site answered.
func TestAnotherDomainAnswered(t *testing.T) {
	c := healthy()
	c.Site.Domains = append(c.Site.Domains, domaincheck.Domain{Domain: "example.com", Role: domaincheck.RoleAlias})
	c.Observation.Others = map[string]*domaincheck.Observation{"example.com": {Page: &domaincheck.HomePage{Look: domaincheck.Look{Outcome: domaincheck.OutcomeTimeout, At: instant(today)}}}}
	for _, f := range loadBook(t).Evaluate(c) {
		if f.Rule == "site.reachable" && f.Target == "example.com" && (f.Result != domaincheck.Fail || f.Code != "timeout") {
			t.Errorf("got %+v", f)
		}
	}
}

func TestInfer(t *testing.T) {
	visible := healthy()
	visible.Site.State, visible.Site.Subject, visible.Site.RecordNumber = "", nil, ""
	none := visible
	page := *visible.Observation.Page
	page.RecordNumbers = nil
	none.Observation.Page = &page
	app := visible
	appPage := *visible.Observation.Page
	appNumber := number("沪ICP备2020012345号-2A", "沪ICP备2020012345号", 2, domaincheck.LinkCurrent)
	appNumber.Suffix = "A"
	appPage.RecordNumbers = domaincheck.List[domaincheck.PageNumber]{appNumber}
	app.Observation.Page = &appPage
	declared := none
	declared.Site.State, declared.Site.RecordNumber = domaincheck.StateFiled, "粤ICP备2020012345号-1"
	full := healthy()
	listed := none
	listed.Site.RecordNumber = "粤ICP备12345678号-1"
	for _, test := range []struct {
		name     string
		c        domaincheck.Case
		state    domaincheck.SiteState
		province domaincheck.Text
		inferred []string
	}{
		{"a visible number", visible, domaincheck.StateFiled, "上海", []string{"state", "subject.province"}},
		{"none", none, domaincheck.StateUnfiled, "", []string{"state"}},
		{"an app's number files no site", app, domaincheck.StateUnfiled, "", []string{"state"}},
		{"a declared number that is not visible", listed, domaincheck.StateFiled, "广东", []string{"state", "subject.province"}},
		{"a declared number tells the province", declared, domaincheck.StateFiled, "广东", []string{"subject.province"}},
		{"all declared", full, domaincheck.StateFiled, "上海", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.c
			for range 2 { // idempotent
				Infer(&c)
				province := domaincheck.Text("")
				if c.Site.Subject != nil {
					province = c.Site.Subject.Province
				}
				if c.Site.State != test.state || province != test.province || !slices.Equal(c.Inferred, test.inferred) {
					t.Fatalf("got %s %s %v", c.Site.State, province, c.Inferred)
				}
			}
		})
	}
	if subject := visible.Site.Subject; subject != nil {
		t.Error("Infer changed what the case pointed to")
	}
}

// Loading refuses a book that is not whole.
func TestLoadRefuses(t *testing.T) {
	for _, test := range []struct{ name, file, old, new, want string }{
		{"unknown key", "book/domain.yaml", "severity: critical", "sevrity: critical", "unknown field"},
		{"no citation", "book/subject.yaml", `      - {cite: 本程序, text: 每个部分须在三倍周期（至少 1 小时）内看到一次, en: "each part is seen within three times its interval, at least one hour"}`, "", "no citation"},
		{"no consequence", "book/site.yaml", "consequence: {zh: 网站已不能访问, ", "consequence: {zh: \"\", ", "consequence"},
		{"no fix", "book/site.yaml", "fix: {zh: 更换有效证书, ", "fix: {zh: \"\", ", "fix"},
		{"severity", "book/site.yaml", "severity: critical", "severity: terrible", "severity"},
		{"state", "book/site.yaml", "states: [filed]", "states: [filled]", "state"},
		{"layer", "book/site.yaml", "layer: law", "layer: hearsay", "layer"},
		{"part", "book/site.yaml", "part: page", "part: pge", "part"},
		{"unknown rule", "book/site.yaml", "id: site.tls", "id: site.tsl", "no such rule"},
		{"doubled rule", "book/site.yaml", "id: site.tls", "id: site.link", "twice"},
		{"code without words", "book/site.yaml", `sound: {zh: 证书有效, en: "the certificate is valid"}`, `sound: {zh: 证书有效, en: ""}`, "zh and en"},
		{"line outside the text", "book/site.yaml", "001:1844", "001:8441", "lines 1 to"},
		{"no looks", "book/site.yaml", "looks: 2", "looks: 0", "looks"},
		{"province", "provinces/shanghai.yaml", "province: 上海", "province: 上海滩", "no province"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := testFiles(t).(fstest.MapFS)
			raw := string(files[test.file].Data)
			mended := strings.Replace(raw, test.old, test.new, 1)
			if mended == raw {
				t.Fatal("the sample does not hold what is to be replaced")
			}
			files[test.file] = &fstest.MapFile{Data: []byte(mended)}
			_, err := load(files, Tables{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
			if e := domaincheck.AsError(err, "", ""); err != nil && (e.Code != domaincheck.CodeBadTable || e.Place == "") {
				t.Errorf("got %s at %q, want bad_table with its file", e.Code, e.Place)
			}
		})
	}
	if _, err := Load(fstest.MapFS{}, Tables{}); err == nil {
		t.Error("an empty book loads")
	}
}

// The version changes with any byte of the book.
func TestVersion(t *testing.T) {
	a := loadBook(t).Version()
	files := testFiles(t).(fstest.MapFS)
	files["provinces/shanghai.yaml"].Data = append(files["provinces/shanghai.yaml"].Data, '\n')
	b, err := load(files, Tables{})
	if err != nil {
		t.Fatal(err)
	}
	if a == b.Version() || !strings.HasPrefix(a, AsOf+"#") || len(a) != len("2026-11-21#1a2b3c4d") {
		t.Errorf("%s, %s", a, b.Version())
	}
}

// The embedded book is the one in the folder.
func TestEmbeddedBookIsWhole(t *testing.T) {
	b, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(Files(), "provinces/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(b.provinces) != len(names) || len(b.Rules()) != len(IDs()) {
		t.Errorf("%d provinces of %d files, %d rules", len(b.provinces), len(names), len(b.Rules()))
	}
	if len(b.provinces) != 31 {
		t.Errorf("%d provinces", len(b.provinces))
	}
	_, err = Load(testFiles(t), Tables{})
	if err == nil || !strings.Contains(err.Error(), "江苏") {
		t.Errorf("a book without 江苏 loads: %v", err)
	}
	if _, ok := b.Province("上海市"); !ok {
		t.Error("a province is found by its full name")
	}
}

// An explanation cites the seed by its human name and section, and the
// province's own clause.
func TestExplainCitesTheProvince(t *testing.T) {
	c := unfiled()
	reg(&c).Expires = instant("2027-05-21")
	book := loadBook(t)
	x := book.Explain(find(t, book.Evaluate(c), "domain.term"), "zh")
	want := Citation{Text: "域名剩余有效期须超过 6 个月", Source: "《阿里云 ICP备案前准备 20220711》 §6.4.5 (001:2058)"}
	if !slices.Contains(x.Basis, want) {
		t.Errorf("got %+v", x.Basis)
	}
	if x.Summary != "到期日 2027-05-21，须 > 6 个月（2027-05-21）" {
		t.Errorf("got %s", x.Summary)
	}
	// A finding read back from JSON is explained alike.
	for _, f := range book.Evaluate(sick()) {
		var back domaincheck.Finding
		if err := json.Unmarshal(encode(t, f), &back); err != nil {
			t.Fatal(err)
		}
		if a, b := book.Explain(f, "en"), book.Explain(back, "en"); !reflect.DeepEqual(a, b) {
			t.Errorf("%s: %+v, read back %+v", f.Rule, a, b)
		}
	}
}

// Sources are written for people, and say once what repeats.
func TestSource(t *testing.T) {
	for cite, want := range map[string]string{
		"001:2058": "《阿里云 ICP备案前准备 20220711》 §6.4.5 (001:2058)",
		"001:359, 001:464-468, 001:478-480, 002:39": "《阿里云 ICP备案前准备 20220711》 §3 (001:359); §4.1 (001:464-468, 001:478-480); 《互联互通 ICP备案流程和要求》 (002:39)",
		"RFC 5731":                  "RFC 5731",
		"000:22, 33号令 第十三条, 000:20": "《内蒙古备案规则》 (000:22); 33号令 第十三条; 《内蒙古备案规则》 (000:20)",
	} {
		if got := source(cite); got != want {
			t.Errorf("%s: got %s, want %s", cite, got, want)
		}
	}
}

func ExampleBook_Evaluate() {
	book, err := Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	site := domaincheck.Site{
		Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn"}},
		State:   domaincheck.StateUnfiled, Expires: domaincheck.MustDate("2026-12-01"),
		Subject: &domaincheck.Subject{Kind: domaincheck.KindUnit, Province: "上海"},
	}
	at := domaincheck.At(domaincheck.MustDate("2026-11-21").Start())
	for _, f := range book.Evaluate(domaincheck.Case{Site: site, At: at}) {
		if f.Result == domaincheck.Fail {
			fmt.Println(f.Rule, f.Severity, book.Explain(f, "en").Summary)
		}
	}
	// Output:
	// domain.term medium expires 2026-12-01, but > 6 months (2027-05-21) are needed
	// domain.expiry medium expires 2026-12-01, only 10 days left
}
