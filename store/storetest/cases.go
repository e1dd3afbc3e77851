package storetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/store"
)

// cases: opened once, moved along legal ways by one at a time, with history.
func cases(t *testing.T, env Env) {
	s, c := begin(t, env)
	must[store.Changes](t)(s.Import(t.Context(), richLedger(), store.ImportOptions{}))
	due := domaincheck.MustDate("2026-12-05")
	list := []store.Case{
		{Ref: "list a.xlsx/1", Domain: "example.com.cn", Source: store.CaseFromList, Kind: "空壳", Customer: "客户甲", Due: due, Evidence: json.RawMessage(`{"since":"2026-11-01"}`), Origin: &store.CaseOrigin{File: "a.xlsx", Sheet: "核查", Row: 4}},
		{Ref: "list a.xlsx/2", Domain: "nobody.cn", Source: store.CaseFromList, Kind: "未备案", Origin: &store.CaseOrigin{File: "a.xlsx", Sheet: "核查", Row: 5}},
		{Domain: "other.com", Source: store.CaseFromFinding, Kind: "access.mainland", Owner: "王"},
	}
	put := must[[]store.Case](t)(s.PutCases(t.Context(), list, "李"))
	if put[0].Site != "example.cn" || put[1].Site != "" || put[2].State != store.CaseOpen || put[0].ID == 0 || put[0].Rev != 1 {
		t.Fatalf("cases %+v", put)
	}
	again := must[[]store.Case](t)(s.PutCases(t.Context(), list[:2], "李"))
	if again[0].ID != put[0].ID || again[1].ID != put[1].ID || again[0].Customer != "客户甲" {
		t.Fatalf("the list again: %+v", again)
	}
	c.forward(time.Hour)
	owner := "赵"
	got := must[store.Case](t)(s.AdvanceCase(t.Context(), put[0].ID, 1, store.CaseChange{To: store.CaseNotified, Who: "赵", Said: "短信", Owner: &owner}))
	if got.State != store.CaseNotified || got.Owner != "赵" || got.Rev != 2 {
		t.Fatalf("advanced %+v", got)
	}
	_, err := s.AdvanceCase(t.Context(), put[0].ID, 1, store.CaseChange{To: store.CaseFixed})
	wantCode(t, err, store.CodeConflict)
	_, err = s.AdvanceCase(t.Context(), put[0].ID, 2, store.CaseChange{To: store.CaseOpen})
	wantCode(t, err, store.CodeTransition)
	_, err = s.AdvanceCase(t.Context(), 1<<40, 1, store.CaseChange{To: store.CaseFixed})
	wantCode(t, err, store.CodeNotFound)
	_, err = s.PutCases(t.Context(), []store.Case{{Kind: "空壳"}}, "李")
	wantCode(t, err, domaincheck.CodeBadInput)
	note := "已联系"
	must[store.Case](t)(s.AdvanceCase(t.Context(), put[0].ID, 2, store.CaseChange{Who: "赵", Note: &note}))
	must[store.Case](t)(s.AdvanceCase(t.Context(), put[0].ID, 3, store.CaseChange{To: store.CaseFixed, Who: "赵"}))
	whole := must[store.Case](t)(s.Case(t.Context(), store.Scope{}, put[0].ID))
	steps := []store.CaseStep{{Who: "李", To: "open"}, {Who: "赵", From: "open", To: "notified", Note: "短信"}, {Who: "赵", From: "notified", To: "notified"}, {Who: "赵", From: "notified", To: "fixed"}}
	for i := range whole.Steps {
		whole.Steps[i].At = time.Time{}
	}
	same(t, "history", whole.Steps, steps)
	if whole.Note != note || whole.Due != due || string(whole.Evidence) != `{"since":"2026-11-01"}` || *whole.Origin != *list[0].Origin || !whole.ChangedAt.Equal(c.now()) {
		t.Fatalf("case %+v", whole)
	}
	caseLists(t, s, put)
}

func caseLists(t *testing.T, s *store.Store, put []store.Case) {
	t.Helper()
	for i, test := range []struct {
		q    store.CaseQuery
		want []int
	}{
		{store.CaseQuery{}, []int{2, 1, 0}}, {store.CaseQuery{Open: true}, []int{2, 1}}, {store.CaseQuery{States: []store.CaseState{store.CaseFixed, store.CaseDeAccessed}}, []int{0}},
		{store.CaseQuery{Site: "example.cn"}, []int{0}}, {store.CaseQuery{Domain: "nobody.cn"}, []int{1}}, {store.CaseQuery{Source: store.CaseFromList}, []int{1, 0}}, {store.CaseQuery{Kind: "空壳"}, []int{0}},
		{store.CaseQuery{Owner: "王"}, []int{2}}, {store.CaseQuery{Customer: "客户甲"}, []int{0}}, {store.CaseQuery{File: "a.xlsx"}, []int{1, 0}}, {store.CaseQuery{File: "a"}, nil},
		{store.CaseQuery{DueBy: domaincheck.MustDate("2026-12-05")}, []int{0}}, {store.CaseQuery{DueBy: domaincheck.MustDate("2026-12-04")}, nil}, {store.CaseQuery{Text: "空壳 赵"}, []int{0}},
		{store.CaseQuery{Scope: store.Scope{Tags: []string{"shop"}}}, []int{0}}, {store.CaseQuery{Scope: store.Scope{Tags: []string{"x"}}}, nil}, {store.CaseQuery{Scope: store.Scope{Tags: []string{"重要"}}, Open: true}, nil},
	} {
		got := everyPage(t, func(after string, n int) (store.Page[store.Case], error) {
			q := test.q
			q.After, q.Limit = after, 1
			return s.Cases(t.Context(), q)
		})
		var ids, want []int64
		for _, c := range got {
			ids = append(ids, c.ID)
		}
		for _, n := range test.want {
			want = append(want, put[n].ID)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("query %d finds %v, want %v", i, ids, want)
		}
		counts := must[map[store.CaseState]int64](t)(s.CountCases(t.Context(), test.q))
		sum := int64(0)
		for _, n := range counts {
			sum += n
		}
		if sum != int64(len(want)) {
			t.Errorf("query %d counts %v, want %d", i, counts, len(want))
		}
	}
	_, err := s.Case(t.Context(), store.Scope{Tags: []string{"shop"}}, put[1].ID)
	wantCode(t, err, store.CodeNotFound)
	must[store.Case](t)(s.Case(t.Context(), store.Scope{Tags: []string{"shop"}}, put[0].ID))
	// One of many wins.
	var wg sync.WaitGroup
	won := make(chan error, 8)
	for range 8 {
		wg.Go(func() {
			_, err := s.AdvanceCase(t.Context(), put[2].ID, 1, store.CaseChange{To: store.CaseFixing, Who: "x"})
			won <- err
		})
	}
	wg.Wait()
	close(won)
	n := 0
	for err := range won {
		if err == nil {
			n++
		} else {
			wantCode(t, err, store.CodeConflict)
		}
	}
	if n != 1 {
		t.Fatalf("%d won", n)
	}
}

// transitions: every way is either legal or refused; an ended case can only be
// taken up again, or go on from 取消接入 to 注销.
func transitions(t *testing.T, env Env) {
	s, _ := begin(t, env)
	for _, from := range store.CaseStates() {
		for _, to := range store.CaseStates() {
			c := must[[]store.Case](t)(s.PutCases(t.Context(), []store.Case{{Domain: "a.cn", State: from}}, "x"))[0]
			got, err := s.AdvanceCase(t.Context(), c.ID, c.Rev, store.CaseChange{To: to})
			if from == to || slices.Contains(from.Next(), to) {
				ok(t, err)
				if got.State != to {
					t.Errorf("%s → %s gives %s", from, to, got.State)
				}
			} else {
				wantCode(t, err, store.CodeTransition)
			}
			if from.Ended() && to.Ended() && from != to && err == nil && (from != store.CaseDeAccessed || to != store.CaseDeregistered) {
				t.Errorf("an ended case went from %s to %s", from, to)
			}
		}
	}
}

// audit: what was done stands in the log, newest first, in scope.
func audit(t *testing.T, env Env) {
	s, c := begin(t, env)
	must[store.Changes](t)(s.Import(t.Context(), richLedger(), store.ImportOptions{}))
	for i := range 7 {
		site := []string{"example.cn", "other.com", ""}[i%3]
		ok(t, s.Audit(t.Context(), store.AuditEntry{Who: fmt.Sprintf("w%d", i%2), Address: "127.0.0.1", Action: "put", Kind: "site", Object: site, Site: site, After: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))}))
		c.forward(time.Second)
	}
	wantCode(t, s.Audit(t.Context(), store.AuditEntry{Before: json.RawMessage(`{`)}), domaincheck.CodeBadInput)
	read := func(q store.AuditQuery) string {
		var ns []string
		q.Limit = 2
		for {
			p := must[[]store.AuditEntry](t)(s.AuditLog(t.Context(), q))
			if len(p) == 0 {
				return fmt.Sprint(ns)
			}
			for _, e := range p {
				ns = append(ns, string(e.After))
			}
			q.After = p[len(p)-1].ID
		}
	}
	for want, q := range map[string]store.AuditQuery{
		`[{"n":6} {"n":5} {"n":4} {"n":3} {"n":2} {"n":1} {"n":0}]`: {}, `[{"n":5} {"n":3} {"n":1}]`: {Who: "w1"}, `[{"n":6} {"n":3} {"n":0}]`: {Scope: store.Scope{Tags: []string{"shop", "x"}}},
		`[{"n":3}]`: {Scope: store.Scope{Tags: []string{"shop"}}, Who: "w1", Action: "put", Kind: "site"}, `[{"n":4} {"n":1}]`: {Site: "other.com", Object: "other.com"}, `[]`: {Scope: store.Scope{Tags: []string{"shop"}}, Site: "other.com"},
	} {
		if got := read(q); got != want {
			t.Errorf("%+v:\n got %s\nwant %s", q, got, want)
		}
	}
	e := must[[]store.AuditEntry](t)(s.AuditLog(t.Context(), store.AuditQuery{Limit: 1}))[0]
	if !e.At.Equal(c.now().Add(-time.Second)) || e.Address != "127.0.0.1" || e.Before != nil {
		t.Fatalf("entry %+v", e)
	}
}

// sessions end by themselves, by hand, and all of one person at once; failed
// logins are counted within their window.
func sessions(t *testing.T, env Env) {
	s, c := begin(t, env)
	put := func(hash, who string, d time.Duration) {
		ok(t, s.PutSession(t.Context(), store.Session{Hash: hash, Principal: who, Expires: c.now().Add(d), Doc: json.RawMessage(`{"role":"read"}`)}))
	}
	put("h1", "王", time.Hour)
	put("h2", "王", 3*time.Hour)
	put("h3", "李", 3*time.Hour)
	got := must[store.Session](t)(s.Session(t.Context(), "h1"))
	if got.Principal != "王" || string(got.Doc) != `{"role":"read"}` || !got.CreatedAt.Equal(c.now()) {
		t.Fatalf("session %+v", got)
	}
	c.forward(30 * time.Minute)
	ok(t, s.TouchSession(t.Context(), "h3", c.now().Add(5*time.Hour)))
	ok(t, s.TouchSession(t.Context(), "h2", time.Time{}))
	c.forward(time.Hour)
	_, err := s.Session(t.Context(), "h1")
	wantCode(t, err, store.CodeNotFound)
	wantCode(t, s.TouchSession(t.Context(), "h1", c.now().Add(time.Hour)), store.CodeNotFound)
	if n := must[int64](t)(s.EndSessions(t.Context(), "王")); n == 0 {
		t.Fatal("no session ended")
	}
	_, err = s.Session(t.Context(), "h2")
	wantCode(t, err, store.CodeNotFound)
	c.forward(3 * time.Hour)
	if got := must[store.Session](t)(s.Session(t.Context(), "h3")); !got.SeenAt.Equal(c.now().Add(-4 * time.Hour)) {
		t.Fatalf("prolonged %+v", got)
	}
	ok(t, s.EndSession(t.Context(), "h3"))
	_, err = s.Session(t.Context(), "h3")
	wantCode(t, err, store.CodeNotFound)
	window := 10 * time.Minute
	for i := range 3 {
		if n := must[int](t)(s.CountFailure(t.Context(), "10.0.0.1", window)); n != i+1 {
			t.Fatalf("failure %d counts %d", i+1, n)
		}
		c.forward(time.Minute)
	}
	n, last, err := s.Failures(t.Context(), "10.0.0.1", window)
	ok(t, err)
	if n != 3 || !last.Equal(c.now().Add(-time.Minute)) {
		t.Fatalf("%d failures, last %v", n, last)
	}
	ok(t, s.ForgetFailures(t.Context(), "10.0.0.1"))
	if n, _, err := s.Failures(t.Context(), "10.0.0.1", window); err != nil || n != 0 {
		t.Fatal(n, err)
	}
	must[int](t)(s.CountFailure(t.Context(), "10.0.0.1", window))
	c.forward(window)
	if n := must[int](t)(s.CountFailure(t.Context(), "10.0.0.1", window)); n != 1 {
		t.Fatalf("in a new window %d", n)
	}
}

// holdScopes: a scope sees the holds that speak of nothing else.
func holdScopes(t *testing.T, env Env) {
	s, _ := begin(t, env)
	must[store.Changes](t)(s.Import(t.Context(), richLedger(), store.ImportOptions{}))
	for id, doc := range map[string]string{"tags": `{"tags":["shop"]}`, "more tags": `{"tags":["shop","x"]}`, "site": `{"site":"example.cn","rule":"site.link"}`, "other": `{"site":"other.com"}`,
		"domains": `{"domains":["example.com.cn"]}`, "everything": `{}`, "rules": `{"rules":["site.link"]}`, "none": ``} {
		ok(t, s.PutHold(t.Context(), store.Hold{ID: id, Kind: "silence", Doc: []byte(doc)}))
	}
	var ids []string
	for _, h := range must[[]store.Hold](t)(s.HoldsIn(t.Context(), store.Scope{Tags: []string{"shop"}}, "", false)) {
		ids = append(ids, h.ID)
	}
	if !slices.Equal(ids, []string{"domains", "site", "tags"}) {
		t.Fatalf("holds in scope: %v", ids)
	}
	if all := must[[]store.Hold](t)(s.HoldsIn(t.Context(), store.Scope{}, "", false)); len(all) != 8 {
		t.Fatalf("%d holds", len(all))
	}
}

// bulk: a first import by rows that come, and a second one over it.
func bulk(t *testing.T, env Env) {
	s, c := begin(t, env)
	l := richLedger()
	src := store.Source{Sites: func(yield func(domaincheck.Site, error) bool) {
		for _, e := range l.Sites {
			if !yield(e, nil) {
				return
			}
		}
	}}
	broken := store.Source{Sites: func(yield func(domaincheck.Site, error) bool) {
		_ = yield(l.Sites[0], nil) && yield(domaincheck.Site{}, domaincheck.Errorf(domaincheck.CodeBadInput, "row 2", "no"))
	}}
	_, err := s.ImportSeq(t.Context(), broken, store.ImportOptions{})
	wantCode(t, err, domaincheck.CodeBadInput)
	if dry := must[store.Changes](t)(s.ImportSeq(t.Context(), src, store.ImportOptions{DryRun: true})); len(dry.Added) != 3 || dry.Written {
		t.Fatalf("dry run %+v", dry)
	}
	if n := must[store.Count](t)(s.CountSites(t.Context(), store.SiteQuery{})); n.N != 0 {
		t.Fatalf("%d sites before the import", n.N)
	}
	got := must[store.Changes](t)(s.ImportSeq(t.Context(), src, store.ImportOptions{}))
	if len(got.Added) != 3 || !got.Written || got.Subjects != 1 || got.Servers != 1 {
		t.Fatalf("import %+v", got)
	}
	if again := must[store.Changes](t)(s.ImportSeq(t.Context(), src, store.ImportOptions{})); len(again.Unchanged) != 3 {
		t.Fatalf("again %+v", again)
	}
	want := richLedger()
	want.Sites[1].Subject = &want.Subjects[0]
	same(t, "export", must[store.Ledger](t)(s.Export(t.Context())), want)
	commitNow(t, s, c, "example.cn", "refused")
	if p := must[store.Page[store.SiteRow]](t)(s.Sites(t.Context(), store.SiteQuery{Text: "示例科", Provider: "aliyun", Province: "北京"})); len(p.Items) != 1 || p.Items[0].Failing != 1 {
		t.Fatalf("found %+v", p.Items)
	}
}

// uploads are given back to who sent them, once, within their time, and bounded
// all together; also by another process.
func uploads(t *testing.T, env Env) {
	c := newClock()
	url := env.New(t)
	s, other := reopen(t, url, c), reopen(t, url, c)
	put := func(id, owner string, data []byte, most int64) {
		t.Helper()
		ok(t, s.PutUpload(t.Context(), store.Upload{ID: id, Owner: owner, Expires: c.now().Add(time.Minute), Doc: json.RawMessage(`{"name":"台账.csv"}`), Bytes: data}, most))
	}
	gone := func(id, owner string) {
		t.Helper()
		_, err := s.TakeUpload(t.Context(), id, owner)
		wantCode(t, err, store.CodeNotFound)
	}
	data := bytes.Repeat([]byte("{域名}\n"), 1000)
	put("a", "王", data, 1<<20)
	gone("a", "李")
	u := must[store.Upload](t)(other.TakeUpload(t.Context(), "a", "王"))
	if !bytes.Equal(u.Bytes, data) || string(u.Doc) != `{"name":"台账.csv"}` || !u.Expires.Equal(c.now().Add(time.Minute)) {
		t.Fatalf("taken %+v", u)
	}
	gone("a", "王")
	put("b", "王", data, 1<<20)
	put("empty", "王", nil, 1<<20)
	c.forward(time.Minute)
	gone("b", "王")
	noise := make([]byte, 1000) // cannot be packed
	sum := sha256.New()
	for i := range noise {
		sum.Write([]byte{byte(i)})
		noise[i] = sum.Sum(nil)[i%32]
	}
	for _, id := range []string{"1", "2", "3"} {
		put(id, "王", noise, 2100)
	}
	gone("1", "王")
	must[store.Upload](t)(s.TakeUpload(t.Context(), "2", "王"))
	put("4", "王", noise, 10)
	gone("3", "王")
	must[store.Upload](t)(s.TakeUpload(t.Context(), "4", "王"))
}
