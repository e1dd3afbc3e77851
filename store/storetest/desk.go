package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
	"domaincheck/watch"
)

// desk is an invented inventory with everything about it, to compare what the
// lists say with what is so.
type desk struct {
	s     *store.Store
	c     *clock
	sites map[string]domaincheck.Site
	look  map[string]*domaincheck.Report // newest; nil: never looked at
	names []string                       // sorted
	keys  map[string][]string            // event's key → sites that a message with it tells of
}

func newDesk(t *testing.T, env Env, n int) *desk {
	t.Helper()
	s, c := begin(t, env)
	d := &desk{s: s, c: c, sites: map[string]domaincheck.Site{}, look: map[string]*domaincheck.Report{}, keys: map[string][]string{}}
	r := rand.New(rand.NewPCG(7, uint64(n)))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	subjects := []domaincheck.Subject{{ID: "a", Name: "北京鼎龙科技有限公司", Province: "北京"}, {ID: "b", Name: "上海海和贸易", Province: "上海"}, {ID: "c", Name: "西藏雪域科技", Province: "西藏"}, {ID: "d", Name: "无省公司"}}
	servers := []domaincheck.Server{{ID: "w1", Provider: "aliyun"}, {ID: "w2", Provider: "tencent"}}
	l := store.Ledger{Subjects: subjects, Servers: servers}
	for i := range n {
		e := site(fmt.Sprintf("%s%02d.%s", pick("a", "b", "zz"), i, pick("cn", "com", "xn--fiqs8s")))
		e.Name = domaincheck.Text(pick("龙科", "科技", "官网 abc", "100%_x", "a", ""))
		if j := r.IntN(5); j < 4 {
			e.Subject = &subjects[j]
		}
		if j := r.IntN(4); j < 2 {
			e.Servers = []domaincheck.Server{servers[j]}
		}
		if r.IntN(3) > 0 {
			e.Access = []domaincheck.Access{{Provider: pick("aliyun", "huawei"), State: domaincheck.AccessState(pick("active", "cancelled"))}}
		}
		e.State = domaincheck.SiteState(pick("filed", "filed", "unfiled", "filing"))
		e.Customer = domaincheck.Text(pick("", "客户甲", "客户乙"))
		for _, tag := range []string{"红", "绿", "蓝"} {
			if r.IntN(3) == 0 {
				e.Tags = append(e.Tags, tag)
			}
		}
		l.Sites = append(l.Sites, e)
	}
	must[store.Changes](t)(s.Import(t.Context(), l, store.ImportOptions{}))
	// Some come later, one by one, some go, some are changed.
	for i := range l.Sites {
		if i%7 == 3 {
			ok(t, s.Remove(t.Context(), l.Sites[i].MainDomain()))
			must[store.Changes](t)(s.Import(t.Context(), store.Ledger{Sites: l.Sites[i : i+1]}, store.ImportOptions{}))
		}
		if i%11 == 5 {
			l.Sites[i].Tags, l.Sites[i].Name = []string{"红"}, "改过的名字"
			must[store.Changes](t)(s.Import(t.Context(), store.Ledger{Sites: l.Sites[i : i+1]}, store.ImportOptions{}))
		}
	}
	for _, e := range l.Sites {
		d.sites[e.MainDomain()] = e
		d.names = append(d.names, e.MainDomain())
	}
	slices.Sort(d.names)
	for round := range 2 {
		d.lookAround(t, r, round)
	}
	return d
}

// lookAround commits reports of most sites, with events and messages.
func (d *desk) lookAround(t *testing.T, r *rand.Rand, round int) {
	t.Helper()
	var batch []store.Commit
	for i, name := range d.names {
		if i%9 == 4 || round == 1 && i%3 == 0 {
			continue
		}
		d.c.forward(time.Duration(r.IntN(3)) * time.Hour)
		code := []string{"", "refused", "gone"}[r.IntN(3)]
		rep := Report(name, code, d.c.at())
		rep.Site.Site = d.sites[name]
		rep.Observation.Registration.Expires = domaincheck.At(d.c.now().Add(time.Duration(r.IntN(4)) * 40 * 24 * time.Hour))
		if r.IntN(3) == 0 {
			rep.Observation.Registration.Expires = domaincheck.Instant{}
		}
		rep.Observation.Registration.Registrar = &domaincheck.Registrar{Name: domaincheck.Text([]string{"万网", "新网"}[r.IntN(2)])}
		if r.IntN(3) == 0 {
			rep.Observation.Resolution.Outcome = domaincheck.OutcomeTimeout
		}
		rep.Observation.Page = &domaincheck.HomePage{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: domaincheck.At(d.c.now().Add(-time.Duration(r.IntN(60)) * time.Hour))}}
		for k := range rep.Risks {
			rep.Risks[k].Level = []domaincheck.Severity{domaincheck.Low, domaincheck.High, domaincheck.Critical}[r.IntN(3)]
			rep.Risks[k].Outcome = []domaincheck.RiskOutcome{domaincheck.RiskDeAccess, domaincheck.RiskBlock}[r.IntN(2)]
			rep.Risks[k].Deadline = domaincheck.At(d.c.now().Add(time.Duration(r.IntN(100)-20) * 12 * time.Hour))
			if r.IntN(4) == 0 {
				rep.Risks[k].Deadline = domaincheck.Instant{}
			}
		}
		m := must[*store.Memory](t)(d.s.Load(t.Context(), name))
		c := store.Commit{Site: name, Rev: m.Rev, Report: rep, Open: &[]alert.Open{}}
		if code != "" {
			e := event(name, d.c.at())
			e.Level = rep.Risks[0].Level
			c.Events, c.Open = []alert.Event{e}, &[]alert.Open{{Event: e}}
			out := outgoing("ops", e)
			d.keys[e.Key] = []string{name}
			if i%4 == 0 { // a message about two sites
				other := event(d.names[(i+1)%len(d.names)], d.c.at())
				out.Events, out.Keys = append(out.Events, other), append(out.Keys, other.Key)
				d.keys[e.Key] = append(d.keys[e.Key], string(other.Domain))
			}
			c.Out = []alert.Outgoing{out}
		}
		d.look[name], batch = rep, append(batch, c)
	}
	for _, done := range must[[]store.Committed](t)(d.s.Commit(t.Context(), batch)) {
		ok(t, done.Err)
	}
}

func (d *desk) inScope(scope store.Scope, name string) bool {
	return len(scope.Tags) == 0 || slices.ContainsFunc(d.sites[name].Tags, func(t string) bool { return slices.Contains(scope.Tags, t) })
}

func scopes() []store.Scope {
	return []store.Scope{{}, {Tags: []string{"红"}}, {Tags: []string{"绿", "蓝"}}, {Tags: []string{"没有"}}}
}

// filters: whatever is asked for, in whatever order and by whatever pages, the
// list is what the rows themselves say.
// brief: the rows of a list without what no line shows are the same but for
// the facts of subjects and servers, and the count is that of the list.
func (d *desk) brief(t *testing.T, q store.SiteQuery) {
	t.Helper()
	want := must[store.Page[store.SiteRow]](t)(d.s.Sites(t.Context(), q))
	n := must[store.Count](t)(d.s.CountSites(t.Context(), q))
	q.Brief = true
	got, count, err := d.s.SitesCounted(t.Context(), q)
	ok(t, err)
	if count != n {
		t.Errorf("%+v: counted %+v, else %+v", q, count, n)
	}
	strip := func(rows []store.SiteRow) []store.SiteRow {
		rows = slices.Clone(rows)
		for i := range rows {
			r := &rows[i]
			if sub := r.Site.Subject; sub != nil {
				r.Site.Subject = &domaincheck.Subject{ID: sub.ID, Name: sub.Name}
			}
			r.Site.Servers = slices.Clone(r.Site.Servers)
			for j, v := range r.Site.Servers {
				r.Site.Servers[j] = domaincheck.Server{ID: v.ID}
			}
		}
		return rows
	}
	same(t, fmt.Sprintf("%+v, brief", q), strip(got.Items), strip(want.Items))
}

func filters(t *testing.T, env Env) {
	d := newDesk(t, env, 60)
	all := must[store.Page[store.SiteRow]](t)(d.s.Sites(t.Context(), store.SiteQuery{Limit: 1000})).Items
	if len(all) != len(d.names) {
		t.Fatalf("%d sites of %d", len(all), len(d.names))
	}
	now := d.c.now()
	cut := now.Add(-24 * time.Hour).Truncate(time.Hour)
	type test struct {
		q    store.SiteQuery
		want func(r *store.SiteRow) bool
	}
	tests := []test{
		{store.SiteQuery{State: domaincheck.StateFiled}, func(r *store.SiteRow) bool { return r.Site.State == domaincheck.StateFiled }},
		{store.SiteQuery{Verdict: domaincheck.VerdictFail}, func(r *store.SiteRow) bool { return r.Verdict == domaincheck.VerdictFail }},
		{store.SiteQuery{Unlooked: true}, func(r *store.SiteRow) bool { return d.look[r.Domain] == nil }},
		{store.SiteQuery{MinLevel: domaincheck.High}, func(r *store.SiteRow) bool { return r.Level.Rank() >= 3 }},
		{store.SiteQuery{Level: domaincheck.Low}, func(r *store.SiteRow) bool { return r.Level == domaincheck.Low }},
		{store.SiteQuery{Outcome: domaincheck.RiskBlock}, func(r *store.SiteRow) bool { return r.Worst != nil && r.Worst.Outcome == domaincheck.RiskBlock }},
		{store.SiteQuery{Province: "北京"}, func(r *store.SiteRow) bool { return r.Site.Subject != nil && r.Site.Subject.Province == "北京" }},
		{store.SiteQuery{Provider: "aliyun"}, func(r *store.SiteRow) bool { return slices.Contains(r.Providers, "aliyun") }},
		{store.SiteQuery{Registrar: "万网"}, func(r *store.SiteRow) bool {
			rep := d.look[r.Domain]
			return rep != nil && rep.Observation.Registration.Registrar.Name == "万网"
		}},
		{store.SiteQuery{TLD: "cn"}, func(r *store.SiteRow) bool { return r.Domain[len(r.Domain)-3:] == ".cn" }},
		{store.SiteQuery{Tags: []string{"红", "蓝"}}, func(r *store.SiteRow) bool { return d.inScope(store.Scope{Tags: []string{"红", "蓝"}}, r.Domain) }},
		{store.SiteQuery{Customer: "客户甲"}, func(r *store.SiteRow) bool { return r.Site.Customer == "客户甲" }},
		{store.SiteQuery{Subject: "b"}, func(r *store.SiteRow) bool { return r.Site.Subject != nil && r.Site.Subject.ID == "b" }},
		{store.SiteQuery{Site: d.names[5]}, func(r *store.SiteRow) bool { return r.Domain == d.names[5] }},
		{store.SiteQuery{Server: "w1"}, func(r *store.SiteRow) bool { return len(r.Site.Servers) > 0 && r.Site.Servers[0].ID == "w1" }},
		{store.SiteQuery{Rule: "domain.rule03"}, func(r *store.SiteRow) bool { return r.Failing > 0 }},
		{store.SiteQuery{DeadlineBy: now.Add(36 * time.Hour)}, func(r *store.SiteRow) bool { return !r.Deadline.IsZero() && r.Deadline.Before(now.Add(36*time.Hour)) }},
		{store.SiteQuery{UncheckedSince: cut}, func(r *store.SiteRow) bool {
			return r.TrueLooks.Page.Before(cut) || r.TrueLooks.Resolution.Before(cut)
		}},
		{store.SiteQuery{UncheckedSince: cut, Unchecked: watch.Page}, func(r *store.SiteRow) bool { return r.TrueLooks.Page.Before(cut) }},
		{store.SiteQuery{UncheckedSince: cut, Unchecked: watch.Registration}, func(r *store.SiteRow) bool { return r.TrueLooks.Registration.Before(cut) }},
		{store.SiteQuery{Text: "科技"}, nil}, {store.SiteQuery{Text: "龙"}, nil}, {store.SiteQuery{Text: "a0 北京"}, nil}, {store.SiteQuery{Text: "鼎龙科"}, nil}, {store.SiteQuery{Text: "改过"}, nil}, {store.SiteQuery{Text: "0%_"}, nil},
		{store.SiteQuery{Province: "北京", Verdict: domaincheck.VerdictFail, Text: "科"}, nil},
	}
	orders := []struct {
		by   store.SiteOrder
		desc bool
	}{{store.ByDomain, false}, {store.ByDomain, true}, {store.ByLevel, true}, {store.ByLevel, false}, {store.ByDeadline, false}, {store.ByDeadline, true}, {store.ByExpiry, false}, {store.ByExpiry, true}, {store.ByLooked, false}, {store.ByLooked, true}}
	for i, test := range tests {
		for j, scope := range scopes() {
			q := test.q
			q.Scope = scope
			var want []store.SiteRow
			if test.want != nil {
				for _, r := range all {
					if d.inScope(scope, r.Domain) && test.want(&r) {
						want = append(want, r)
					}
				}
			} else { // what it finds is compared over orders and pages only, and with the text
				q.Limit = 1000
				want = must[store.Page[store.SiteRow]](t)(d.s.Sites(t.Context(), q)).Items
				for _, r := range want {
					if !d.inScope(scope, r.Domain) {
						t.Errorf("query %d shows %s out of scope", i, r.Domain)
					}
				}
			}
			d.brief(t, q)
			n := must[store.Count](t)(d.s.CountSites(t.Context(), q))
			if n != (store.Count{N: int64(len(want))}) {
				t.Errorf("query %d in %v counts %+v, want %d", i, scope, n, len(want))
			}
			o := orders[(i+3*j)%len(orders)]
			sortRows(want, o.by, o.desc)
			q.Sort, q.Desc = o.by, o.desc
			d.pages(t, q, domainsOf(want))
		}
	}
	for _, o := range orders {
		sortRows(all, o.by, o.desc)
		d.pages(t, store.SiteQuery{Sort: o.by, Desc: o.desc}, domainsOf(all))
	}
	_, err := d.s.Sites(t.Context(), store.SiteQuery{Sort: "colour"})
	wantCode(t, err, domaincheck.CodeBadInput)
	_, err = d.s.Sites(t.Context(), store.SiteQuery{UncheckedSince: now, Unchecked: watch.Record})
	wantCode(t, err, domaincheck.CodeBadInput)
	p := must[store.Page[store.SiteRow]](t)(d.s.Sites(t.Context(), store.SiteQuery{Limit: 1}))
	_, err = d.s.Sites(t.Context(), store.SiteQuery{After: p.Next, Sort: store.ByExpiry})
	wantCode(t, err, domaincheck.CodeBadInput)
}

// sortRows is the order that the list promises.
func sortRows(rows []store.SiteRow, by store.SiteOrder, desc bool) {
	key := func(r *store.SiteRow) (none bool, v int64) {
		switch by {
		case store.ByLevel:
			return false, int64(r.Level.Rank())
		case store.ByLooked:
			if r.LookedAt.IsZero() {
				return false, 0
			}
			return false, r.LookedAt.UnixMicro()
		case store.ByDeadline:
			return r.Deadline.IsZero(), r.Deadline.UnixMicro()
		case store.ByExpiry:
			return r.Expires.IsZero(), r.Expires.UnixMicro()
		}
		return false, 0
	}
	slices.SortFunc(rows, func(a, b store.SiteRow) int {
		an, av := key(&a)
		bn, bv := key(&b)
		sign := 1
		if desc {
			sign = -1
		}
		switch {
		case an != bn && an:
			return 1
		case an != bn:
			return -1
		case !an && av < bv:
			return -sign
		case !an && av > bv:
			return sign
		}
		if by == store.ByDomain {
			return sign * compare(a.Domain, b.Domain)
		}
		return compare(a.Domain, b.Domain)
	})
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// pages walks a list there and back again, and asks for its last page.
func (d *desk) pages(t *testing.T, q store.SiteQuery, want []string) {
	t.Helper()
	q.Limit = 7
	var there, back []string
	var last store.Page[store.SiteRow]
	for {
		p := must[store.Page[store.SiteRow]](t)(d.s.Sites(t.Context(), q))
		there = append(there, domainsOf(p.Items)...)
		if (p.Prev == "") != (q.After == "") && len(p.Items) > 0 {
			t.Fatalf("%+v: the way back is %q", q, p.Prev)
		}
		last = p
		if q.After = p.Next; q.After == "" {
			break
		}
	}
	if !slices.Equal(there, want) {
		t.Fatalf("%+v:\n got %v\nwant %v", q, there, want)
	}
	q.Last = true
	p := must[store.Page[store.SiteRow]](t)(d.s.Sites(t.Context(), q))
	if n := min(7, len(want)); !slices.Equal(domainsOf(p.Items), want[len(want)-n:]) || p.Next != "" {
		t.Fatalf("%+v: the last page is %v, next %q", q, domainsOf(p.Items), p.Next)
	}
	for q.Last = false; ; {
		back = append(domainsOf(p.Items), back...)
		if p.Prev == "" {
			break
		}
		q.Before = p.Prev
		if p = must[store.Page[store.SiteRow]](t)(d.s.Sites(t.Context(), q)); p.Next == "" {
			t.Fatalf("%+v: no way on", q)
		}
	}
	if len(last.Items) > 0 && !slices.Equal(back, want) {
		t.Fatalf("%+v backwards:\n got %v\nwant %v", q, back, want)
	}
}
