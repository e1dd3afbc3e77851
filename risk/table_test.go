package risk_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"domaincheck"
	"domaincheck/risk"
	"domaincheck/tldlist"
)

// TestLoadRefuses: a row that is not whole, an unknown word, a signal that is
// not accounted for.
func TestLoadRefuses(t *testing.T) {
	tlds, err := tldlist.Default()
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	signals, holidays := read("signals.yaml"), read("holidays.csv")
	load := func(text string) error {
		_, err := risk.Load(fstest.MapFS{"signals.yaml": {Data: []byte(text)}, "holidays.csv": {Data: []byte(holidays)}}, tlds)
		return err
	}
	if err := load(signals); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a row without rule id":     {"{rule: site.traffic, field: code, in: [no_visits]}", "{field: code, in: [no_visits]}"},
		"a row without field":       {"{rule: site.traffic, field: code, in: [no_visits]}", "{rule: site.traffic, in: [no_visits]}"},
		"a row without values":      {"{rule: site.traffic, field: code, in: [no_visits]}", "{rule: site.traffic, field: code}"},
		"a rule that is none":       {"rule: site.traffic", "rule: site.traffick"},
		"unknown raises a risk":     {"in: [no_visits]}", "in: [no_visits], result: unknown}"},
		"an unknown key":            {"  - id: S15", "  - sign: x\n    id: S15"},
		"a signal missing":          {"  - id: S15", "  - id: N15"},
		"a signal twice":            {"  - id: S15", "  - id: S14"},
		"left out without a reason": {"      en: a carrier's address", "      xx: a carrier's address"},
		"an outcome that is none":   {"outcome: de_access, term_kind: none", "outcome: closing, term_kind: none"},
		"a term kind that is none":  {"outcome: de_access, term_kind: none", "outcome: de_access, term_kind: lunar"},
		"a level that is none":      {"levels: [{level: medium}]", "levels: [{level: grave}]"},
		"a state that is none":      {"states: [filed]", "states: [file]"},
		"no basis":                  {"basis: [{cite: 阿里云接入准确性核查", "basis: [{cite: ''"},
		"no source":                 {"source: 30 天为推测值", "source: ''"},
		"no confidence":             {"confidence: L\n    source: 30 天为推测值", "source: 30 天为推测值"},
		"a word never used":         {"zh: 长期没有访问", "zh: 长期没有访问会掉备案"},
		"advice to cancel":          {"zh: 确认网站在用并产生正常访问", "zh: 直接注销备案"},
		"advice to cancel, English": {"see that the site is in use and visited", "cancel the filing"},
		"a negative term":           {"term_days: 30, term_kind: calendar", "term_days: -30, term_kind: calendar"},
		"a second document":         {"as_of: 2026-11-21", "as_of: 2026-11-21\n---\nas_of: 2026-11-21"},
		"no date":                   {"as_of: 2026-11-21", "as_of: soon"},
	} {
		changed := strings.Replace(signals, change[0], change[1], 1)
		if changed == signals {
			t.Errorf("%s: the table has no %q to change", name, change[0])
			continue
		}
		if err := load(changed); !errors.Is(err, domaincheck.CodeBadTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, files := range map[string]fstest.MapFS{
		"no signals":  {"holidays.csv": {Data: []byte(holidays)}},
		"no holidays": {"signals.yaml": {Data: []byte(signals)}},
		"binary":      {"signals.yaml": {Data: []byte{0xff, 0xfe, 0}}, "holidays.csv": {Data: []byte(holidays)}},
	} {
		if _, err := risk.Load(files, tlds); !errors.Is(err, domaincheck.CodeBadTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOwnTable: terms by provider, working days at another's table, and the
// floor under what is confirmed, with a changed table.
func TestOwnTable(t *testing.T) {
	tlds, err := tldlist.Default()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("signals.yaml")
	if err != nil {
		t.Fatal(err)
	}
	holidays, err := os.ReadFile("holidays.csv")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(raw), "terms: {west: 10}", "terms: {aliyun: 4}")
	text = strings.Replace(text, "outcomes: [{outcome: fine, term_kind: none}]\n    levels: [{level: medium}]", "outcomes: [{outcome: fine, term_kind: none}]\n    levels: [{level: info}]", 1)
	tab, err := risk.Load(fstest.MapFS{"signals.yaml": {Data: []byte(text)}, "holidays.csv": {Data: holidays}}, tlds)
	if err != nil {
		t.Fatal(err)
	}
	open := declared(fails("notice.deadline", "open", domaincheck.High))
	dead := declared(fails("subject.state", "not_in_business", domaincheck.High))
	missing := fails("site.number", "missing", domaincheck.Medium)
	moved := fails("access.address", "not_on_record", domaincheck.Medium)
	findings := []domaincheck.Finding{open, dead, missing, moved}
	c := filed(noticed("接入核查", "2026-11-19", "", ""))
	got := shown(tab.Assess(c, findings, []domaincheck.State{confirmed(missing, 0), confirmed(moved, 0)}))
	want := []string{"S03 de_access critical 2026-11-23 typical", "S03 empty_shell high 2026-11-30 typical", "S12 fine low 2026-12-04 typical", "S26 fine low", "S34 de_access high 2026-11-25 typical"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	later := filed()
	later.At = domaincheck.At(day("2026-12-28").Start())
	risks := tab.Assess(later, []domaincheck.Finding{declared(moved)}, nil)
	if len(risks) != 1 || !risks[0].Approximate || risks[0].Deadline != midnight("2027-01-11") {
		t.Errorf("%q %+v", shown(risks), risks)
	}
	var rows strings.Builder
	for d := day("2027-01-01"); d.Before(day("2027-01-31")); d = d.AddDays(1) {
		rows.WriteString(d.String() + ",off,x,y\n")
	}
	calendar, err := risk.ReadCalendar(strings.NewReader("day,kind,holiday,source\n" + rows.String() + "2026-12-26,work,x,y\n"))
	if err != nil {
		t.Fatal(err)
	}
	risks = tab.WithCalendar(calendar).Assess(later, []domaincheck.Finding{declared(moved)}, nil)
	if len(risks) != 1 || risks[0].Approximate || risks[0].Deadline != midnight("2027-02-09") {
		t.Errorf("%q", shown(risks))
	}
}

// TestAccounted: S01 to S40 are rows or left out by name.
func TestAccounted(t *testing.T) {
	tab := table(t)
	rows := map[string]bool{}
	for _, s := range tab.Signals() {
		rows[s.ID] = true
	}
	left := tab.LeftOut()
	if len(left) != 1 || left[0].ID != "S10" || rows["S10"] {
		t.Errorf("left out: %+v", left)
	}
	if len(rows) != 39+7 {
		t.Errorf("%d rows", len(rows))
	}
	if !strings.HasPrefix(tab.Version(), "2026-11-21#") || len(tab.Version()) != len("2026-11-21#12345678") {
		t.Errorf("version %s", tab.Version())
	}
}

// TestExplain: in both languages, with the kind of the date said; nothing that
// is typical looks like the law's.
func TestExplain(t *testing.T) {
	tab := table(t)
	for _, e := range examples() {
		for _, r := range tab.Assess(e.c, []domaincheck.Finding{e.f}, []domaincheck.State{confirmed(e.f, e.since)}) {
			for _, lang := range []string{"zh", "en"} {
				x := tab.Explain(r, lang)
				if x.Title == "" || x.Title == r.Signal || x.Outcome == "" || x.Fix == "" || len(x.Basis) == 0 || x.Sure != "" {
					t.Errorf("%s %s: %+v", r.Signal, lang, x)
				}
				if !r.Deadline.IsZero() && !strings.Contains(x.Deadline, r.Deadline.Day().String()) {
					t.Errorf("%s %s: deadline %q", r.Signal, lang, x.Deadline)
				}
				if typical := strings.Contains(x.Deadline, "非法定") || strings.Contains(x.Deadline, "not a legal date"); typical != (r.DeadlineKind == "typical") {
					t.Errorf("%s %s: deadline %q of kind %s", r.Signal, lang, x.Deadline, r.DeadlineKind)
				}
				for _, w := range []string{"掉备案", "违法"} {
					if strings.Contains(x.Title+x.Fix+x.Outcome+x.Chain, w) {
						t.Errorf("%s uses %s", r.Signal, w)
					}
				}
			}
		}
	}
	far := domaincheck.Risk{Outcome: domaincheck.RiskFine, Signal: "S12", Level: domaincheck.Low, Deadline: midnight("2027-01-08"), DeadlineKind: "typical", Approximate: true, Absorbed: domaincheck.List[string]{"S13"}}
	x := tab.Explain(far, "zh")
	if x.Deadline != "约 2027-01-08（经验期限，非法定）" || x.Sure == "" || len(x.Also) != 1 {
		t.Errorf("%+v", x)
	}
	if x := tab.Explain(domaincheck.Risk{Signal: "S99", Outcome: "x"}, "en"); x.Title != "S99" || x.Outcome != "x" {
		t.Errorf("%+v", x)
	}
	shell := domaincheck.Risk{Outcome: domaincheck.RiskEmptyShell, Signal: "S07", Subject: true}
	if got := risk.OutcomeName(shell, "zh"); got != "空壳网站、空壳主体" {
		t.Errorf("%s", got)
	}
}

// TestSeeds: the seeds of the fuzz target are there.
func TestSeeds(t *testing.T) {
	entries, err := os.ReadDir("testdata/fuzz/FuzzAssess")
	if err != nil || len(entries) < 3 {
		t.Fatalf("%d seeds of FuzzAssess, want at least 3 (%v)", len(entries), err)
	}
}
