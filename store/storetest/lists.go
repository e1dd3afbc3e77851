package storetest

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
)

func domainsOf(rows []store.SiteRow) []string {
	all := []string{}
	for _, r := range rows {
		all = append(all, r.Domain)
	}
	return all
}

// search: substrings of any length and script; signs of patterns are plain.
func search(t *testing.T, env Env) {
	s, _ := begin(t, env)
	var l store.Ledger
	for i, name := range []string{"北京示例科技有限公司", "上海示范网络", "100%满意_商城", `引"号 OR x`, "ＦＵＬＬ宽Ｗｉｄｅ"} {
		e := site(fmt.Sprintf("a%d.cn", i))
		e.Name = domaincheck.Text(name)
		e.RecordNumber = domaincheck.Text(fmt.Sprintf("京ICP备1234567%d号-1", i))
		l.Sites = append(l.Sites, e)
	}
	l.Sites = append(l.Sites, site("xn--fiq228c.cn")) // 中文.cn
	must[store.Changes](t)(s.Import(t.Context(), l, store.ImportOptions{}))
	for _, test := range []struct {
		text string
		want []string
	}{
		{"示", []string{"a0.cn", "a1.cn"}},
		{"示例", []string{"a0.cn"}},
		{"例科技", []string{"a0.cn"}},
		{"示例科技有限", []string{"a0.cn"}},
		{"示例技", []string{}},
		{"公司 北京", []string{"a0.cn"}},
		{"icp备12345671", []string{"a1.cn"}},
		{"ICP备1234567", []string{"a0.cn", "a1.cn", "a2.cn", "a3.cn", "a4.cn"}},
		{"%", []string{"a2.cn"}},
		{"_商", []string{"a2.cn"}},
		{"100%满", []string{"a2.cn"}},
		{`引"号`, []string{"a3.cn"}},
		{`"`, []string{"a3.cn"}},
		{"full宽WIDE", []string{"a4.cn"}},
		{"中文", []string{"xn--fiq228c.cn"}},
		{"xn--fiq", []string{"xn--fiq228c.cn"}},
		{"!", []string{}},
		{"没有的", []string{}},
		{"a0.", []string{"a0.cn"}},
		{"0.cn", []string{"a0.cn"}},
		{"fiq228c", []string{"xn--fiq228c.cn"}},
		{"fiq28c", []string{}},
		{"12345670", []string{"a0.cn"}},
		{"cn\na", []string{"a0.cn", "a1.cn", "a2.cn", "a3.cn", "a4.cn"}},
	} {
		got := must[store.Page[store.SiteRow]](t)(s.Sites(t.Context(), store.SiteQuery{Text: test.text}))
		if !slices.Equal(domainsOf(got.Items), test.want) {
			t.Errorf("%q (by %s): %v, want %v", test.text, s.Search(), domainsOf(got.Items), test.want)
		}
	}
	renamed := l.Sites[0]
	renamed.Name = "天津改名公司"
	must[store.Changes](t)(s.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{renamed}}, store.ImportOptions{}))
	ok(t, s.Remove(t.Context(), "a1.cn"))
	for text, want := range map[string]int{"示例科技": 0, "天津改名": 1, "上海示范": 0} {
		if got := must[store.Page[store.SiteRow]](t)(s.Sites(t.Context(), store.SiteQuery{Text: text})); len(got.Items) != want {
			t.Errorf("after the changes %q finds %v", text, domainsOf(got.Items))
		}
	}
}

// paging: every row once, in order, whatever comes meanwhile.
func paging(t *testing.T, env Env) {
	s, c := begin(t, env)
	all := fill(t, s, 25)
	var batch []store.Commit
	for i, n := range all {
		code := ""
		if i%3 == 0 {
			code = "x"
		}
		batch = append(batch, store.Commit{Site: n, Rev: 1, Report: Report(n, code, c.at())})
	}
	must[[]store.Committed](t)(s.Commit(t.Context(), batch))
	walk := func(q store.SiteQuery, between func()) []string {
		t.Helper()
		var got []string
		for {
			p := must[store.Page[store.SiteRow]](t)(s.Sites(t.Context(), q))
			got = append(got, domainsOf(p.Items)...)
			if q.After = p.Next; q.After == "" {
				return got
			}
			if len(p.Items) != q.Limit {
				t.Fatalf("a page of %d with a next one", len(p.Items))
			}
			between()
		}
	}
	n := 0
	got := walk(store.SiteQuery{Limit: 5}, func() {
		n++ // before the cursor: must shift nothing
		must[store.Changes](t)(s.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{site(fmt.Sprintf("a%d.cn", n))}}, store.ImportOptions{}))
	})
	if !slices.Equal(got, all) {
		t.Fatalf("by domain: %v", got)
	}
	got = walk(store.SiteQuery{Limit: 4, Worst: true, Verdict: domaincheck.VerdictFail}, func() {})
	if len(got) != 9 || !slices.IsSorted(got) {
		t.Fatalf("failing: %v", got)
	}
	got = walk(store.SiteQuery{Limit: 7, Worst: true}, func() {})
	slices.Sort(got)
	if len(got) != len(all)+n || len(slices.Compact(got)) != len(all)+n {
		t.Fatalf("worst first: %d rows", len(got))
	}
	if got = walk(store.SiteQuery{Limit: 100, MinLevel: domaincheck.High}, nil); len(got) != 9 {
		t.Fatalf("by level: %v", got)
	}
	_, err := s.Sites(t.Context(), store.SiteQuery{After: "not a cursor"})
	wantCode(t, err, domaincheck.CodeBadInput)
}

// seen: a listed finding tells when it was seen: by the newest true look, though
// its row stays as it is; of a site that is down, by the newest try.
func seen(t *testing.T, env Env) {
	s, c := begin(t, env)
	must[store.Changes](t)(s.Import(t.Context(), richLedger(), store.ImportOptions{}))
	look := func(page, resolution domaincheck.Instant, outcome domaincheck.Outcome) {
		t.Helper()
		m := must[*store.Memory](t)(s.Load(t.Context(), "example.cn"))
		r := Report("example.cn", "refused", c.at())
		r.Observation.Page = &domaincheck.HomePage{Look: domaincheck.Look{Outcome: outcome, At: page}}
		r.Observation.Resolution.Look = domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: resolution}
		other := *r.Observation.Resolution
		other.At = domaincheck.At(resolution.Add(time.Second))
		r.Observation.Others = map[string]*domaincheck.Observation{"example.com.cn": {Resolution: &other}}
		finding := func(rule string, result domaincheck.Result, at domaincheck.Instant) domaincheck.Finding {
			return domaincheck.Finding{Rule: rule, Result: result, Why: domaincheck.WhyUnobserved, Severity: domaincheck.High, Knows: domaincheck.Observed, ObservedAt: at}
		}
		r.Findings = domaincheck.List[domaincheck.Finding]{
			finding("site.number", domaincheck.Fail, page), finding("access.mainland", domaincheck.Fail, resolution), finding("access.resolves", domaincheck.Fail, other.At),
			finding("site.link", domaincheck.Unknown, page), finding("subject.state", domaincheck.Fail, domaincheck.Instant{}),
		}
		if err := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: "example.cn", Rev: m.Rev, Report: r}}))[0].Err; err != nil {
			t.Fatal(err)
		}
	}
	want := func(page, resolution, link domaincheck.Instant) {
		t.Helper()
		all := must[store.Page[store.FindingRow]](t)(s.Findings(t.Context(), store.FindingQuery{Site: "example.cn"})).Items
		if again := must[store.Page[store.FindingRow]](t)(s.Findings(t.Context(), store.FindingQuery{})).Items; !reflect.DeepEqual(all, again) {
			t.Fatalf("of one site %+v\nof all %+v", all, again)
		}
		var got []string
		for _, f := range all {
			got = append(got, f.Finding.ObservedAt.String())
		}
		if !slices.Equal(got, []string{page.String(), resolution.String(), resolution.String(), link.String(), ""}) {
			t.Fatalf("seen %q, page %s, resolution %s", got, page, resolution)
		}
	}
	first := c.at()
	look(first, first, domaincheck.OutcomeOK)
	want(first, first, first)
	c.forward(30 * time.Minute)
	look(first, c.at(), domaincheck.OutcomeOK)
	want(first, c.at(), first)
	c.forward(30 * time.Minute)
	down := domaincheck.At(c.now().Add(2 * time.Second))
	look(down, c.at(), domaincheck.OutcomeFailed)
	want(down, c.at(), domaincheck.Instant{})
}

// lists: findings, risks and events over all sites, with their filters.
func lists(t *testing.T, env Env) {
	s, c := begin(t, env)
	must[store.Changes](t)(s.Import(t.Context(), richLedger(), store.ImportOptions{}))
	for _, name := range []string{"example.cn", "other.com"} {
		commitNow(t, s, c, name, "refused")
	}
	f := must[store.Page[store.FindingRow]](t)(s.Findings(t.Context(), store.FindingQuery{Limit: 1}))
	if len(f.Items) != 1 || f.Next == "" || f.Items[0].Site != "example.cn" || f.Items[0].Finding.Code != "refused" || f.Items[0].Certainty != domaincheck.Confirmed || f.Items[0].Since.Unix() != 1790000000 {
		t.Fatalf("findings %+v", f)
	}
	f = must[store.Page[store.FindingRow]](t)(s.Findings(t.Context(), store.FindingQuery{Limit: 1, After: f.Next}))
	if len(f.Items) != 1 || f.Next != "" || f.Items[0].Site != "other.com" {
		t.Fatalf("second page %+v", f)
	}
	for i, q := range []store.FindingQuery{{Rule: "domain.none"}, {Result: domaincheck.Unknown}, {MinSeverity: domaincheck.Critical}, {Certainty: domaincheck.Suspected}, {Tags: []string{"x"}}, {Site: "nobody.cn"}} {
		if f := must[store.Page[store.FindingRow]](t)(s.Findings(t.Context(), q)); len(f.Items) != 0 {
			t.Errorf("query %d finds %+v", i, f.Items)
		}
	}
	if f := must[store.Page[store.FindingRow]](t)(s.Findings(t.Context(), store.FindingQuery{Tags: []string{"x", "重要"}, Result: domaincheck.Fail})); len(f.Items) != 1 {
		t.Fatalf("by tags %+v", f)
	}
	k := must[store.Page[store.RiskRow]](t)(s.Risks(t.Context(), store.RiskQuery{Outcome: domaincheck.RiskDeAccess, MinLevel: domaincheck.High, Before: time.Unix(1791000001, 0)}))
	if len(k.Items) != 2 || k.Items[0].Risk.Signal != "S07" {
		t.Fatalf("risks %+v", k)
	}
	if k := must[store.Page[store.RiskRow]](t)(s.Deadlines(t.Context(), store.DeadlineQuery{MinLevel: domaincheck.High, From: time.Unix(1791000000, 0), To: time.Unix(1791000001, 0), Scope: store.Scope{Tags: []string{"shop"}}})); len(k.Items) != 1 {
		t.Fatalf("deadlines %+v", k)
	}
	if k := must[store.Page[store.RiskRow]](t)(s.Risks(t.Context(), store.RiskQuery{Before: time.Unix(1791000000, 0)})); len(k.Items) != 0 {
		t.Fatalf("risks before %+v", k)
	}
	commitNow(t, s, c, "example.cn", "")
	if f := must[store.Page[store.FindingRow]](t)(s.Findings(t.Context(), store.FindingQuery{})); len(f.Items) != 1 {
		t.Fatalf("a mended site is listed: %+v", f.Items)
	}
	if p := must[store.Page[store.SiteRow]](t)(s.Sites(t.Context(), store.SiteQuery{Subject: "acme", Tags: []string{"shop"}, State: domaincheck.StateFiled})); !slices.Equal(domainsOf(p.Items), []string{"example.cn"}) {
		t.Fatalf("sites %v", domainsOf(p.Items))
	}
	if v := must[[]domaincheck.Subject](t)(s.Subjects(t.Context(), "示例", "", 10)); len(v) != 1 {
		t.Fatalf("subjects %+v", v)
	}
	if v := must[[]domaincheck.Server](t)(s.Servers(t.Context(), "47.110", "web1", 10)); len(v) != 0 {
		t.Fatalf("servers after the last %+v", v)
	}
	for i := range 5 {
		m := must[*store.Memory](t)(s.Load(t.Context(), "other.com"))
		e := event("other.com", domaincheck.At(c.now().Add(time.Duration(i)*time.Second)))
		must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: "other.com", Rev: m.Rev, Report: Report("other.com", "refused", c.at()), Events: []alert.Event{e}}}))
	}
	old := must[[]store.Event](t)(s.Events(t.Context(), store.EventQuery{Limit: 2}))
	rest := must[[]store.Event](t)(s.Events(t.Context(), store.EventQuery{Site: "other.com", After: old[1].ID}))
	newest := must[[]store.Event](t)(s.Events(t.Context(), store.EventQuery{Newest: true, Limit: 2}))
	if len(rest) != 3 || newest[0].ID != rest[2].ID || len(must[[]store.Event](t)(s.Events(t.Context(), store.EventQuery{Newest: true, After: newest[1].ID}))) != 3 {
		t.Fatalf("events %+v %+v", rest, newest)
	}
	if e := must[[]store.Event](t)(s.Events(t.Context(), store.EventQuery{Key: old[0].Event.Key})); len(e) != 1 {
		t.Fatalf("events of a key %+v", e)
	}
}

// prune: what is old goes, what stands stays.
func prune(t *testing.T, env Env) {
	s, c := begin(t, env)
	names := fill(t, s, 2)
	for _, code := range []string{"a", "b", "c"} {
		m := must[*store.Memory](t)(s.Load(t.Context(), names[0]))
		r := Report(names[0], code, c.at())
		r.Observation.Registration.Raw = []domaincheck.Raw{{Kind: "whois", At: c.at(), Bytes: []byte(code)}}
		e := event(names[0], c.at())
		must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: names[0], Rev: m.Rev, Report: r, Events: []alert.Event{e}, Out: []alert.Outgoing{outgoing("ops", e)}}}))
		c.forward(100 * 24 * time.Hour)
	}
	commitNow(t, s, c, names[1], "x")
	ok(t, s.Remove(t.Context(), names[1]))
	q := must[[]alert.Queued](t)(s.Pending(t.Context(), "ops", 9))
	ok(t, s.Settle(t.Context(), []alert.Delivery{{Row: q[0].ID, At: c.at(), Outcome: alert.Delivered}}, nil))
	c.forward(24 * time.Hour)
	day := 24 * time.Hour
	p := must[store.Pruned](t)(s.Prune(t.Context(), store.Retention{Changes: 1200 * day, Raw: 150 * day}))
	if p != (store.Pruned{Raws: 2}) {
		t.Fatalf("raws: %+v", p)
	}
	if r := must[[]store.ReportRow](t)(s.Reports(t.Context(), names[0], 0, 9, false)); len(r) != 3 {
		t.Fatalf("history %+v", r)
	}
	c.forward(1150 * day)
	p = must[store.Pruned](t)(s.Prune(t.Context(), store.Retention{Changes: 1200 * day, Raw: day}))
	if p.Reports != 2 || p.Events != 3 || p.Raws != 0 || p.Messages != 0 {
		t.Fatalf("pruned %+v", p)
	}
	c.forward(100 * day)
	p = must[store.Pruned](t)(s.Prune(t.Context(), store.Retention{Changes: 1200 * day, Raw: day}))
	if p.Reports != 1 || p.Messages != 1 {
		t.Fatalf("pruned later %+v", p)
	}
	m := must[*store.Memory](t)(s.Load(t.Context(), names[0]))
	if m.Report == nil || len(must[[]store.RawAnswer](t)(s.Raws(t.Context(), m.ReportID))) != 1 {
		t.Fatal("the newest report lost something")
	}
	if n := must[[]alert.Queued](t)(s.Pending(t.Context(), "ops", 9)); len(n) != 2 {
		t.Fatalf("pending messages were pruned: %+v", n)
	}
	sizes := must[map[string]int64](t)(s.Sizes(t.Context()))
	if sizes["outbox_keys"] != 2 || sizes["raw_refs"] != 1 {
		t.Fatalf("left behind: %v", sizes)
	}
}

// backup: whole, while in use, over nothing, and it opens as a store.
func backup(t *testing.T, env Env) {
	s, c := begin(t, env)
	must[store.Changes](t)(s.Import(t.Context(), richLedger(), store.ImportOptions{}))
	commitNow(t, s, c, "example.cn", "refused")
	e := event("example.cn", c.at())
	ok(t, s.Enqueue(t.Context(), "", []alert.Outgoing{outgoing("ops", e)}))
	must[store.Budget](t)(s.UpdateBudget(t.Context(), "k", func(b store.Budget, _ bool) store.Budget { b.Tokens = 1.5; return b }))
	path := filepath.Join(t.TempDir(), "copy.db")
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() { // a writer all the while
		var err error
		for i := 0; err == nil; i++ {
			select {
			case <-stop:
				ended <- nil
				return
			default:
				err = s.SetMark(context.WithoutCancel(t.Context()), "n", fmt.Sprint(i))
			}
		}
		ended <- err
	}()
	ok(t, s.Backup(t.Context(), path))
	close(stop)
	ok(t, <-ended)
	wantCode(t, s.Backup(t.Context(), path), domaincheck.CodeBadInput)
	b := reopen(t, "sqlite:"+path, c)
	same(t, "inventory", must[store.Ledger](t)(b.Export(t.Context())), must[store.Ledger](t)(s.Export(t.Context())))
	same(t, "memory", must[*store.Memory](t)(b.Load(t.Context(), "example.cn")), must[*store.Memory](t)(s.Load(t.Context(), "example.cn")))
	same(t, "outbox", must[[]alert.Queued](t)(b.Pending(t.Context(), "ops", 9)), must[[]alert.Queued](t)(s.Pending(t.Context(), "ops", 9)))
	same(t, "budgets", must[[]store.Budget](t)(b.Budgets(t.Context())), must[[]store.Budget](t)(s.Budgets(t.Context())))
	if p := must[store.Page[store.SiteRow]](t)(b.Sites(t.Context(), store.SiteQuery{Text: "示例科技"})); len(p.Items) == 0 {
		t.Fatal("the copy cannot be searched")
	}
	commitNow(t, b, c, "other.com", "x") // ids go on
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.part*"))
	ok(t, err)
	if len(left) != 0 {
		t.Fatalf("left behind: %v", left)
	}
}
