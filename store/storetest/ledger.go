package storetest

import (
	"slices"
	"testing"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/watch"
)

func richLedger() store.Ledger {
	unit := domaincheck.Subject{ID: "acme", Name: "北京示例科技有限公司", Kind: domaincheck.KindUnit, Province: "北京", RecordNumber: "京ICP备12345678号",
		FiledOn: domaincheck.MustDate("2020-05-01"), FormerNames: []string{"示例"}, ClusterAddress: domaincheck.Known(false)}
	server := domaincheck.Server{ID: "web1", Provider: "aliyun", Type: "ecs", Addresses: []string{"47.110.0.1"}, Expires: domaincheck.MustDate("2027-03-01")}
	a := site("example.cn")
	a.Domains = append(a.Domains, domaincheck.Domain{Domain: "example.com.cn", Role: domaincheck.RoleRedirect})
	a.Name, a.Subject, a.Servers = "示例科技", &unit, []domaincheck.Server{server}
	a.Access = []domaincheck.Access{{Provider: "aliyun", State: domaincheck.AccessActive, Notices: []domaincheck.Notice{{Kind: "接入核查", Text: "请核查 <&> 域名"}}}}
	a.Papers = []domaincheck.Paper{}
	a.Tags = []string{"shop", "重要"}
	b := site("xn--fiq228c.cn")
	b.Subject = &domaincheck.Subject{ID: "acme"}
	b.Customer = "客户乙"
	c := site("other.com")
	c.Subject = &domaincheck.Subject{Name: "张三", Kind: domaincheck.KindIndividual}
	return store.Ledger{Subjects: []domaincheck.Subject{unit}, Servers: []domaincheck.Server{server}, Sites: []domaincheck.Site{a, b, c}}
}

// ledger: what is imported comes back whole, and again is no change.
func ledger(t *testing.T, env Env) {
	s, _ := begin(t, env)
	l := richLedger()
	dry := must[store.Changes](t)(s.Import(t.Context(), l, store.ImportOptions{DryRun: true}))
	if len(dry.Added) != 3 || dry.Written {
		t.Fatalf("dry run: %+v", dry)
	}
	if got := must[store.Ledger](t)(s.Export(t.Context())); len(got.Sites)+len(got.Subjects) != 0 {
		t.Fatal("a dry run wrote")
	}
	must[store.Changes](t)(s.Import(t.Context(), l, store.ImportOptions{}))
	want := richLedger()
	want.Sites[1].Subject = &want.Subjects[0]
	got := must[store.Ledger](t)(s.Export(t.Context()))
	same(t, "export", got, want)
	again := must[store.Changes](t)(s.Import(t.Context(), got, store.ImportOptions{}))
	if len(again.Unchanged) != 3 || len(again.Changed)+len(again.Added)+len(again.Affected)+again.Subjects+again.Servers != 0 {
		t.Fatalf("importing the export again: %+v", again)
	}
	m := must[*store.Memory](t)(s.Load(t.Context(), "example.com.cn"))
	same(t, "load by another domain", m.Site, want.Sites[0])
	same(t, "siblings", m.Siblings, domaincheck.Siblings{Sites: 2, DomainPrefixes: 2})
	_, err := s.Load(t.Context(), "nobody.cn")
	wantCode(t, err, store.CodeNotFound)
	wantCode(t, s.RemoveSubject(t.Context(), "acme"), store.CodeConflict)
	ok(t, s.Remove(t.Context(), "example.cn"))
	ok(t, s.Remove(t.Context(), "xn--fiq228c.cn"))
	wantCode(t, s.Remove(t.Context(), "example.cn"), store.CodeNotFound)
	ok(t, s.RemoveSubject(t.Context(), "acme"))
	ok(t, s.RemoveServer(t.Context(), "web1"))
	if got := must[store.Ledger](t)(s.Export(t.Context())); len(got.Sites) != 1 || len(got.Subjects)+len(got.Servers) != 0 {
		t.Fatalf("after removal: %+v", got)
	}
}

// refusals: one bad row keeps all out, is named, and may be passed over.
func refusals(t *testing.T, env Env) {
	s, _ := begin(t, env)
	fill(t, s, 1)
	good := site("good.cn")
	noSubject := site("nosubject.cn")
	noSubject.Subject = &domaincheck.Subject{ID: "nobody"}
	noServer := site("noserver.cn")
	noServer.Servers = []domaincheck.Server{{ID: "nothing"}}
	thief := site("thief.cn")
	thief.Domains = append(thief.Domains, domaincheck.Domain{Domain: "good.cn", Role: domaincheck.RoleAlias})
	l := store.Ledger{Sites: []domaincheck.Site{good, {}, noSubject, noServer, good, thief}}
	got := must[store.Changes](t)(s.Import(t.Context(), l, store.ImportOptions{}))
	if got.Written || len(got.Refused) != 5 {
		t.Fatalf("refused: %+v", got)
	}
	for i, r := range got.Refused {
		if r.Index != i+1 || r.Err == nil || r.Err.Message == "" {
			t.Errorf("refusal %d: %+v", i, r)
		}
	}
	if e := must[store.Ledger](t)(s.Export(t.Context())); len(e.Sites) != 1 {
		t.Fatalf("half imported: %d sites", len(e.Sites))
	}
	got = must[store.Changes](t)(s.Import(t.Context(), l, store.ImportOptions{SkipRefused: true}))
	if !got.Written || !slices.Equal(got.Added, []string{"good.cn"}) {
		t.Fatalf("skipping: %+v", got)
	}
}

// inventoryFile: its rows are marked, read-only for others, and go with it.
func inventoryFile(t *testing.T, env Env) {
	s, _ := begin(t, env)
	fill(t, s, 1)
	l := richLedger()
	file := store.ImportOptions{Origin: store.FromFile}
	must[store.Changes](t)(s.Import(t.Context(), l, file))
	if m := must[*store.Memory](t)(s.Load(t.Context(), "other.com")); m.Origin != store.FromFile {
		t.Fatalf("origin %q", m.Origin)
	}
	wantCode(t, s.Remove(t.Context(), "other.com"), store.CodeFromFile)
	changed := site("other.com")
	changed.Name = "别的"
	got := must[store.Changes](t)(s.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{changed}}, store.ImportOptions{}))
	if got.Written || len(got.Refused) != 1 {
		t.Fatalf("a row of the file was changed: %+v", got)
	}
	wantCode(t, got.Refused[0].Err, store.CodeFromFile)
	wantCode(t, s.RemoveSubject(t.Context(), "acme"), store.CodeFromFile)
	got = must[store.Changes](t)(s.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{changed}}, file))
	slices.Sort(got.Removed)
	if !slices.Equal(got.Removed, []string{"example.cn", "xn--fiq228c.cn"}) || !slices.Equal(got.Changed, []string{"other.com"}) {
		t.Fatalf("the file without two sites: %+v", got)
	}
	e := must[store.Ledger](t)(s.Export(t.Context()))
	if len(e.Sites) != 2 || len(e.Subjects)+len(e.Servers) != 0 {
		t.Fatalf("after the file shrank: %+v", e)
	}
}

// moves: a site keeps its memory under a new main domain; a domain may move
// from one site to another within a ledger.
func moves(t *testing.T, env Env) {
	s, c := begin(t, env)
	two := site("a.cn")
	two.Domains = append(two.Domains, domaincheck.Domain{Domain: "b.cn", Role: domaincheck.RoleAlias}, domaincheck.Domain{Domain: "c.cn", Role: domaincheck.RoleAlias})
	must[store.Changes](t)(s.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{two}}, store.ImportOptions{}))
	commitNow(t, s, c, "a.cn", "refused")
	renamed := site("b.cn")
	renamed.Domains = append(renamed.Domains, domaincheck.Domain{Domain: "a.cn", Role: domaincheck.RoleAlias}, domaincheck.Domain{Domain: "c.cn", Role: domaincheck.RoleAlias})
	got := must[store.Changes](t)(s.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{renamed}}, store.ImportOptions{}))
	if !slices.Equal(got.Changed, []string{"b.cn"}) {
		t.Fatalf("renamed: %+v", got)
	}
	if h := must[[]store.ReportRow](t)(s.Reports(t.Context(), "b.cn", 0, 10, false)); len(h) != 1 {
		t.Fatalf("the history stayed behind: %+v", h)
	}
	// c.cn becomes a site of its own; its entry stands first.
	got = must[store.Changes](t)(s.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{site("c.cn"), site("b.cn")}}, store.ImportOptions{}))
	if !got.Written || !slices.Equal(got.Added, []string{"c.cn"}) || !slices.Equal(got.Changed, []string{"b.cn"}) {
		t.Fatalf("moved: %+v", got)
	}
	_, err := s.Load(t.Context(), "a.cn")
	wantCode(t, err, store.CodeNotFound)
}

// sharedFacts: a change of a subject concerns its sites: a commit judged by
// the old facts loses, and they are looked at again.
func sharedFacts(t *testing.T, env Env) {
	s, c := begin(t, env)
	l := richLedger()
	must[store.Changes](t)(s.Import(t.Context(), l, store.ImportOptions{}))
	for _, part := range []watch.Part{watch.Resolution} {
		claimed := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: part, N: 10}))
		var batch []store.Commit
		for _, k := range claimed {
			name := k.Site.MainDomain()
			batch = append(batch, store.Commit{Site: name, Rev: k.Rev, Report: Report(name, "", c.at()), Leases: []store.Lease{k.Lease},
				Next: []store.Due{{Part: part, At: c.now().Add(1 << 40)}}})
		}
		for _, d := range must[[]store.Committed](t)(s.Commit(t.Context(), batch)) {
			ok(t, d.Err)
		}
	}
	before := must[*store.Memory](t)(s.Load(t.Context(), "example.cn"))
	changed := l.Subjects[0]
	changed.Name = "北京改名有限公司"
	got := must[store.Changes](t)(s.Import(t.Context(), store.Ledger{Subjects: []domaincheck.Subject{changed}}, store.ImportOptions{}))
	if !slices.Equal(got.Affected, []string{"example.cn", "xn--fiq228c.cn"}) || got.Subjects != 1 {
		t.Fatalf("affected: %+v", got)
	}
	lost := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: "example.cn", Rev: before.Rev, Report: Report("example.cn", "", c.at())}}))
	wantCode(t, lost[0].Err, store.CodeConflict)
	if n := must[[]store.Claimed](t)(s.Claim(t.Context(), store.ClaimOptions{Part: watch.Resolution, N: 10})); len(n) != 2 {
		t.Fatalf("%d sites are judged anew, want 2", len(n))
	}
	found := must[store.Page[store.SiteRow]](t)(s.Sites(t.Context(), store.SiteQuery{Text: "改名"}))
	if len(found.Items) != 2 || found.Items[0].Site.Subject.Name != changed.Name {
		t.Fatalf("search by the new name: %+v", found.Items)
	}
}
