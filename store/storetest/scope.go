package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/watch"
)

// scope: no list, count or look-up shows what is out of scope.
func scope(t *testing.T, env Env) {
	d := newDesk(t, env, 60)
	for _, sc := range scopes() {
		d.scopeSites(t, sc)
		d.scopeRows(t, sc)
		d.scopeCounts(t, sc)
	}
}

func (d *desk) scopeSites(t *testing.T, sc store.Scope) {
	t.Helper()
	for _, name := range d.names {
		m, err := d.s.LoadIn(t.Context(), sc, name)
		seen, err2 := d.s.Visible(t.Context(), sc, name)
		if !d.inScope(sc, name) {
			wantCode(t, err, store.CodeNotFound)
			wantCode(t, err2, store.CodeNotFound)
			if m != nil || seen != "" {
				t.Fatalf("%s shows in %v", name, sc)
			}
			continue
		}
		ok(t, errors.Join(err, err2))
		if m.ReportID != 0 {
			must[store.ReportRow](t)(d.s.ReportIn(t.Context(), sc, m.ReportID))
		}
	}
	for _, name := range d.names {
		if m := must[*store.Memory](t)(d.s.Load(t.Context(), name)); m.ReportID != 0 && !d.inScope(sc, name) {
			_, err := d.s.ReportIn(t.Context(), sc, m.ReportID)
			wantCode(t, err, store.CodeNotFound)
		}
	}
	subjects, servers := map[string]int{}, map[string]int{}
	for _, name := range d.names {
		if e := d.sites[name]; d.inScope(sc, name) || sc.All() {
			if e.Subject != nil {
				subjects[string(e.Subject.ID)]++
			}
			for _, v := range e.Servers {
				servers[string(v.ID)]++
			}
		}
	}
	list := must[store.Page[store.SubjectRow]](t)(d.s.SubjectList(t.Context(), store.SharedQuery{Scope: sc}))
	for _, r := range list.Items {
		if r.Sites != subjects[string(r.Subject.ID)] || !sc.All() && r.Sites == 0 {
			t.Errorf("subject %s counts %d sites in %v, want %d", r.Subject.ID, r.Sites, sc, subjects[string(r.Subject.ID)])
		}
	}
	if !sc.All() && len(list.Items) != len(subjects) {
		t.Errorf("%d subjects in %v, want %d", len(list.Items), sc, len(subjects))
	}
	if n := must[store.Count](t)(d.s.CountSubjects(t.Context(), store.SharedQuery{Scope: sc})); n.N != int64(len(list.Items)) {
		t.Errorf("%d subjects are counted in %v of %d", n.N, sc, len(list.Items))
	}
	for _, r := range must[store.Page[store.ServerRow]](t)(d.s.ServerList(t.Context(), store.SharedQuery{Scope: sc})).Items {
		if r.Sites != servers[string(r.Server.ID)] {
			t.Errorf("server %s counts %d sites in %v", r.Server.ID, r.Sites, sc)
		}
	}
	for text, ids := range map[string][]string{"科技": {"a", "c"}, "鼎": {"a"}, "海和贸": {"b"}, "没有": {}, "西藏 雪": {"c"}} {
		want := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !sc.All() && subjects[id] == 0 })
		var got []string
		for _, r := range everyPage(t, func(after string, _ int) (store.Page[store.SubjectRow], error) {
			return d.s.SubjectList(t.Context(), store.SharedQuery{Scope: sc, Text: text, After: after, Limit: 1})
		}) {
			got = append(got, string(r.Subject.ID))
		}
		last := must[store.Page[store.SubjectRow]](t)(d.s.SubjectList(t.Context(), store.SharedQuery{Scope: sc, Text: text, Last: true, Limit: 1}))
		if !slices.Equal(got, want) || len(want) > 0 && string(last.Items[0].Subject.ID) != want[len(want)-1] {
			t.Errorf("subjects with %q in %v: %v, want %v, last %+v", text, sc, got, want, last.Items)
		}
		if n := must[store.Count](t)(d.s.CountSubjects(t.Context(), store.SharedQuery{Scope: sc, Text: text})); n.N != int64(len(want)) {
			t.Errorf("subjects with %q in %v are counted %+v, want %v", text, sc, n, want)
		}
	}
	for _, id := range []string{"a", "b", "c", "d"} {
		if _, err := d.s.Subject(t.Context(), sc, id); (err == nil) != (sc.All() || subjects[id] > 0) {
			t.Errorf("subject %s in %v: %v", id, sc, err)
		}
	}
}

// everyPage reads a list to its end, by pages of 3.
func everyPage[T any](t *testing.T, read func(after string, limit int) (store.Page[T], error)) []T {
	t.Helper()
	var all []T
	for after := ""; ; {
		p, err := read(after, 3)
		ok(t, err)
		all = append(all, p.Items...)
		if after = p.Next; after == "" {
			return all
		}
	}
}

func (d *desk) scopeRows(t *testing.T, sc store.Scope) {
	t.Helper()
	count := func(what string, sites []string, want func(r *domaincheck.Report) int) {
		t.Helper()
		n := 0
		for _, name := range d.names {
			if rep := d.look[name]; rep != nil && d.inScope(sc, name) {
				n += want(rep)
			}
		}
		for _, name := range sites {
			if !d.inScope(sc, name) {
				t.Errorf("%s of %s shows in %v", what, name, sc)
			}
		}
		if len(sites) != n {
			t.Errorf("%d %s in %v, want %d", len(sites), what, sc, n)
		}
	}
	var sites []string
	for _, f := range everyPage(t, func(after string, n int) (store.Page[store.FindingRow], error) {
		return d.s.Findings(t.Context(), store.FindingQuery{Scope: sc, After: after, Limit: n})
	}) {
		sites = append(sites, f.Site)
	}
	failing := func(r *domaincheck.Report) int { return len(r.Risks) }
	count("findings", sites, failing)
	if !slices.IsSorted(sites) {
		t.Errorf("findings stand as %v", sites)
	}
	sites = nil
	for _, f := range everyPage(t, func(after string, n int) (store.Page[store.RiskRow], error) {
		return d.s.Risks(t.Context(), store.RiskQuery{Scope: sc, MinLevel: domaincheck.High, After: after, Limit: n})
	}) {
		sites = append(sites, f.Site)
	}
	count("high risks", sites, func(r *domaincheck.Report) int {
		return len(r.Risks) - boolean(len(r.Risks) > 0 && r.Risks[0].Level == domaincheck.Low)
	})
	sites = nil
	var before time.Time
	for _, f := range everyPage(t, func(after string, n int) (store.Page[store.RiskRow], error) {
		return d.s.Deadlines(t.Context(), store.DeadlineQuery{Scope: sc, After: after, Limit: n})
	}) {
		if f.Risk.Deadline.Before(before) {
			t.Errorf("deadlines go back to %v", f.Risk.Deadline)
		}
		sites, before = append(sites, f.Site), f.Risk.Deadline.Time
	}
	count("deadlines", sites, func(r *domaincheck.Report) int { return boolean(len(r.Risks) > 0 && !r.Risks[0].Deadline.IsZero()) })
	sites = nil
	level := 9
	for _, o := range everyPage(t, func(after string, n int) (store.Page[store.OpenRow], error) {
		return d.s.OpenEvents(t.Context(), store.OpenQuery{Scope: sc, After: after, Limit: n})
	}) {
		if o.Open.Event.Level.Rank() > level {
			t.Error("what is open does not begin with the worst")
		}
		sites, level = append(sites, o.Site), o.Open.Event.Level.Rank()
	}
	count("open events", sites, failing)
	sum := int64(0)
	for _, n := range must[map[domaincheck.Severity]int64](t)(d.s.OpenCounts(t.Context(), sc)) {
		sum += n
	}
	if sum != int64(len(sites)) {
		t.Errorf("%d open events are counted in %v of %d", sum, sc, len(sites))
	}
	d.scopeEvents(t, sc)
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (d *desk) scopeEvents(t *testing.T, sc store.Scope) {
	t.Helper()
	whole := must[[]store.Event](t)(d.s.Events(t.Context(), store.EventQuery{Limit: 1000}))
	want := 0
	for _, e := range whole {
		want += boolean(d.inScope(sc, string(e.Event.Domain)))
	}
	var got []store.Event
	for after := int64(0); ; {
		p := must[[]store.Event](t)(d.s.Events(t.Context(), store.EventQuery{Scope: sc, Newest: true, After: after, Limit: 3}))
		if len(p) == 0 {
			break
		}
		got, after = append(got, p...), p[len(p)-1].ID
	}
	if up := must[[]store.Event](t)(d.s.Events(t.Context(), store.EventQuery{Scope: sc, Limit: 1000})); len(up) != want || len(got) != want {
		t.Errorf("%d and %d events in %v, want %d", len(got), len(up), sc, want)
	}
	for i, e := range got {
		if !d.inScope(sc, string(e.Event.Domain)) || i > 0 && got[i-1].ID <= e.ID {
			t.Errorf("event %d of %s in %v", e.ID, e.Event.Domain, sc)
		}
	}
	rows := must[[]store.DeliveryRow](t)(d.s.Deliveries(t.Context(), store.DeliveryQuery{Scope: sc, Limit: 1000}))
	pending := must[[]store.DeliveryRow](t)(d.s.Deliveries(t.Context(), store.DeliveryQuery{Scope: sc, State: "pending", Limit: 1000}))
	want = 0
	for _, sites := range d.keys {
		want += boolean(!slices.ContainsFunc(sites, func(x string) bool { return !d.inScope(sc, x) }))
	}
	if len(rows) != want || len(pending) != want {
		t.Errorf("%d and %d messages in %v, want %d", len(rows), len(pending), sc, want)
	}
	channels := must[[]store.ChannelCount](t)(d.s.Channels(t.Context(), sc))
	if want > 0 && (len(channels) != 1 || channels[0].Pending != int64(want)) || want == 0 && len(channels) != 0 {
		t.Errorf("channels in %v: %+v, want %d", sc, channels, want)
	}
}

func (d *desk) scopeCounts(t *testing.T, sc store.Scope) {
	t.Helper()
	since := d.c.now().Add(-24 * time.Hour)
	got := must[store.Overview](t)(d.s.Overview(t.Context(), sc, since))
	rows := must[store.Page[store.SiteRow]](t)(d.s.Sites(t.Context(), store.SiteQuery{Scope: sc, Limit: 1000})).Items
	want := store.Overview{At: got.At, Verdicts: map[domaincheck.Verdict]int64{}, Levels: map[domaincheck.Severity]int64{}, Outcomes: map[domaincheck.RiskOutcome]int64{}, States: map[domaincheck.SiteState]int64{}}
	cut := since.Truncate(time.Hour)
	cover := make([]store.Coverage, 3)
	for i, part := range []watch.Part{watch.Registration, watch.Resolution, watch.Page} {
		cover[i].Part = part
	}
	provinces, providers := map[string]store.Standing{}, map[string]store.Standing{}
	days := map[string]int64{}
	for _, r := range rows {
		want.Sites++
		want.Verdicts[r.Verdict]++
		want.Levels[r.Level]++
		want.States[r.Site.State]++
		if r.Worst != nil {
			want.Outcomes[r.Worst.Outcome]++
		}
		if !r.Deadline.IsZero() {
			days[domaincheck.DateOf(r.Deadline).String()]++
		}
		for i, at := range []time.Time{r.TrueLooks.Registration, r.TrueLooks.Resolution, r.TrueLooks.Page} {
			cover[i].Sites++
			cover[i].Old += int64(boolean(at.Before(cut)))
			cover[i].Never += int64(boolean(at.IsZero()))
		}
		stand := func(to map[string]store.Standing, key string) {
			v := to[key]
			v.Key, v.Sites = key, v.Sites+1
			v.Fail += int64(boolean(r.Verdict == domaincheck.VerdictFail))
			v.High += int64(boolean(r.Level.Rank() >= 3))
			to[key] = v
		}
		stand(provinces, r.Province)
		for _, p := range r.Providers {
			stand(providers, p)
		}
		if len(r.Providers) == 0 {
			stand(providers, "")
		}
	}
	want.Provinces, want.Providers, want.Coverage = standing(provinces), standing(providers), cover
	if len(rows) == 0 {
		cover[0].Sites = 0
	}
	if len(got.Coverage) == 0 && len(rows) == 0 {
		got.Coverage = cover
	}
	if want.Provinces == nil {
		want.Provinces = got.Provinces[:0:0]
	}
	same(t, fmt.Sprint("overview in ", sc), jsonable(got), jsonable(want))
	today := domaincheck.DateOf(d.c.now())
	n := map[string]int64{}
	for _, v := range must[[]store.DayCount](t)(d.s.DeadlineDays(t.Context(), sc, today.AddDays(-400), today.AddDays(400))) {
		n[v.Day.String()] = v.N
	}
	same(t, fmt.Sprint("days in ", sc), n, days)
	for _, tag := range must[[]store.Tally](t)(d.s.Facets(t.Context(), sc, store.FacetTag, 0)) {
		if !sc.All() && !slices.Contains(sc.Tags, tag.Key) {
			t.Errorf("the tag %s shows in %v", tag.Key, sc)
		}
	}
}

func standing(m map[string]store.Standing) []store.Standing {
	var all []store.Standing
	for _, v := range m {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b store.Standing) int {
		if a.Sites != b.Sites {
			return int(b.Sites - a.Sites)
		}
		return compare(a.Key, b.Key)
	})
	return all
}

// jsonable is an overview without its empty maps' entries and nil lists.
func jsonable(o store.Overview) map[string]any {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		panic(err)
	}
	for k, v := range m {
		if v == nil {
			m[k] = []any{}
		}
	}
	return m
}
