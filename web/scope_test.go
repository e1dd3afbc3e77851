package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
	"domaincheck/store/storetest"
	"domaincheck/web"
)

// secret stands in every text of the other tenant's sites.
const secret = "zzsecretzz"

// tenants fills a store with three sites of the tag shop and seven of another
// tenant, with everything around them: a subject and a server that both share,
// some of each alone, reports, events, messages, silences, cases, audit.
func tenants(t *testing.T, w *world) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	both := domaincheck.Subject{ID: "both", Name: "共用公司", Kind: domaincheck.KindUnit, Province: "北京", Counts: &domaincheck.Counts{Sites: domaincheck.Known(7777)},
		Contacts:  []domaincheck.Contact{{Name: "李", Email: "personal@example.com", Mobile: "13900001111"}},
		Principal: &domaincheck.Person{Name: "张三", BirthDate: domaincheck.MustDate("1980-02-03"), PhoneProvince: "广东"}}
	var l store.Ledger
	for i := range 10 {
		name, tag, sub, srv := fmt.Sprintf("shop%d.cn", i), "shop", both, "srv-both"
		if i >= 3 {
			name, tag = fmt.Sprintf("%s%d.cn", secret, i), secret+"-tag"
			if i >= 6 {
				sub, srv = domaincheck.Subject{ID: secret + "-sub", Name: secret + "公司", Province: "上海"}, secret+"-srv"
			}
		}
		l.Sites = append(l.Sites, domaincheck.Site{
			Domains: []domaincheck.Domain{{Domain: name, Role: domaincheck.RoleMain}}, Name: domaincheck.Text(name), Subject: &sub, State: domaincheck.StateFiled, Tags: []string{tag},
			Servers: []domaincheck.Server{{ID: domaincheck.Text(srv), Provider: "aliyun"}}, Responsible: &domaincheck.Person{Name: "王五", BirthDate: domaincheck.MustDate("1990-05-06")},
		})
	}
	done, err := w.db.Import(ctx, l, store.ImportOptions{})
	must(err)
	if len(done.Refused) > 0 {
		t.Fatal(done.Refused[0].Err)
	}
	now := domaincheck.At(w.clock.now())
	for _, site := range l.Sites {
		name := site.MainDomain()
		m, err := w.db.Load(ctx, name)
		must(err)
		r := storetest.Report(name, "refused", now)
		r.Site.Site = m.Site
		r.Site.Siblings = m.Siblings
		e := alert.Event{Key: alert.KeyOf(name, "site.reachable", "", now), Kind: alert.Opened, Domain: domaincheck.Text(name), Rule: "site.reachable", Level: domaincheck.High, At: now, Since: now,
			Tags: append([]string{"shared-subject-tag"}, site.Tags...), Finding: r.Findings[3]}
		out := alert.Outgoing{Channel: "ops", Keys: []string{e.Key}, Kind: e.Kind, Events: []alert.Event{e}}
		committed, err := w.db.Commit(ctx, []store.Commit{{Site: name, Rev: m.Rev, Report: r, Events: []alert.Event{e}, Out: []alert.Outgoing{out}, Open: &[]alert.Open{{Event: e}}}})
		must(err)
		must(committed[0].Err)
		h, err := store.SilenceHold("hold-"+name, store.HoldSilence, alert.Silence{Match: alert.Match{Tags: site.Tags}, Owner: name, Reason: name, Until: domaincheck.At(w.clock.now().AddDate(0, 1, 0))})
		must(err)
		must(w.db.PutHold(ctx, h))
		h, err = store.FindingHold("false-"+name, store.HoldSuppression, name, alert.Suppression{Rule: "domain.rule03", Fingerprint: "x", Reason: name, Owner: name, At: now})
		must(err)
		must(w.db.PutHold(ctx, h))
		must(w.db.Audit(ctx, store.AuditEntry{Who: "admin", Action: "change", Kind: "site", Object: name, Site: name, After: json.RawMessage(`{"name": "` + name + `"}`)}))
		_, err = w.db.PutCases(ctx, []store.Case{{Domain: name, Source: store.CaseFromNotice, Kind: "空壳", Note: name}}, "admin")
		must(err)
	}
	grouped := alert.Outgoing{Channel: "ops", Kind: alert.Opened}
	for _, site := range []string{"shop0.cn", secret + "9.cn"} {
		e := alert.Event{Key: alert.KeyOf(site, "a.b", "", now), Kind: alert.Opened, Domain: domaincheck.Text(site), Rule: "a.b"}
		grouped.Keys, grouped.Events = append(grouped.Keys, e.Key), append(grouped.Events, e)
	}
	must(w.db.Enqueue(ctx, "", []alert.Outgoing{grouped}))
}

// TestScope: whatever a token of one tag reads, nothing of the other tenant is
// in it, by name or by number; what it names of the other is not there for it.
func TestScope(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) {
		o.Tokens = tokens()
		o.Channels = []web.Channel{{Name: "ops"}}
		o.Silences = []web.FileHold{{Kind: "silence", Owner: secret, Reason: secret, Until: domaincheck.At(domaincheck.MustDate("2027-01-01").Start())}}
		o.Inventory = "sites.yaml"
	})
	tenants(t, w)
	d := readDocument(t, w)
	theirs := secret + "5.cn"
	id := func(list string) string {
		return fmt.Sprint(w.want(200, "GET /api/v1"+list, nil, as("admin")...).items(t)[0]["id"])
	}
	reportID := id("/sites/" + theirs + "/reports")
	caseID := ""
	for _, c := range w.want(200, "GET /api/v1/cases", nil, as("admin")...).items(t) {
		if c["domain"] == theirs {
			caseID = fmt.Sprint(c["id"])
		}
	}
	// Every documented read, with values of the other tenant in its path.
	values := map[string][]string{
		"/sites/{domain}": {"/sites/" + theirs}, "/sites/{domain}/reports": {"/sites/" + theirs + "/reports"},
		"/sites/{domain}/reports/{id}":      {"/sites/" + theirs + "/reports/latest", "/sites/" + theirs + "/reports/" + reportID, "/sites/shop0.cn/reports/" + reportID, "/sites/shop0.cn/reports/latest"},
		"/sites/{domain}/reports/{id}/raws": {"/sites/" + theirs + "/reports/latest/raws"},
		"/subjects/{id}":                    {"/subjects/" + secret + "-sub", "/subjects/both"}, "/servers/{id}": {"/servers/" + secret + "-srv", "/servers/srv-both"},
		"/cases/{id}": {"/cases/" + caseID}, "/deliveries/{id}": {"/deliveries/" + id("/deliveries")}, "/rules/{id}": {"/rules/domain.tld"},
		"/export": {"/export", "/export?format=csv", "/export?format=json"},
		"/alerts": {"/alerts", "/alerts?state=open", "/alerts?domain=" + theirs}, "/findings": {"/findings", "/findings?tag=" + secret + "-tag", "/findings?domain=" + theirs},
		"/sites":    {"/sites", "/sites?q=" + secret, "/sites?tag=" + secret + "-tag", "/sites?province=" + "%E4%B8%8A%E6%B5%B7", "/sites?sort=risk", "/sites?subject=" + secret + "-sub"},
		"/silences": {"/silences", "/silences?kind=suppression&all=true"},
	}
	skip := []string{"/events", "/channels", "/import/template"} // TestEvents; refused to scoped tokens; a constant file
	reads := 0
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		if _, read := d.Paths[path]["get"]; !read || slices.Contains(skip, path) {
			continue
		}
		calls := values[path]
		if calls == nil {
			if strings.Contains(path, "{") {
				t.Errorf("no values for %s", path)
			}
			calls = []string{path}
		}
		for _, call := range calls {
			reads++
			for _, who := range []string{"shop", "shopadmin"} {
				got := w.call("GET /api/v1"+call, nil, as(who)...)
				echo := strings.NewReplacer(theirs, "", secret+"-sub", "", secret+"-srv", "") // what it named itself
				if body := string(got.body); strings.Contains(body, secret) && (got.status == 200 || strings.Contains(echo.Replace(body), secret)) {
					t.Errorf("%s as %s shows the other tenant: %.600s", call, who, body)
				}
				if strings.Contains(string(got.body), "7777") || strings.Contains(string(got.body), `"sites":7`) || strings.Contains(string(got.body), `"sites":10`) || strings.Contains(string(got.body), `"sites":6`) {
					t.Errorf("%s as %s shows a count of others: %.600s", call, who, got.body)
				}
				if strings.Contains(call, secret) && got.status == 200 {
					if v := got.json(t); v["items"] == nil || len(v["items"].([]any)) > 0 {
						t.Errorf("%s as %s: %d %.300s", call, who, got.status, got.body)
					}
				}
			}
		}
	}
	if reads < 25 {
		t.Errorf("only %d reads were tried", reads)
	}
	ownOnly(t, w)
	scopedWrites(t, w, theirs, caseID)
}

// ownOnly: of its own it sees everything, and counts nothing else.
func ownOnly(t *testing.T, w *world) {
	t.Helper()
	count := func(path string) int {
		return len(w.want(200, "GET /api/v1"+path, nil, as("shopadmin")...).items(t))
	}
	for path, want := range map[string]int{"/sites": 3, "/risks": 3, "/alerts": 3, "/alerts?state=open": 3, "/deliveries": 3, "/cases": 3, "/audit": 3, "/silences": 3, "/silences?kind=suppression": 3, "/subjects": 1, "/servers": 1} {
		if got := count(path); got != want {
			t.Errorf("%s: %d of its own, want %d", path, got, want)
		}
	}
	st := w.want(200, "GET /api/v1/status", nil, as("shop")...).json(t)
	if st["sites"].(map[string]any)["total"] != 3.0 || st["daemon"] != nil || st["store"] != nil {
		t.Errorf("status: %v", st)
	}
}

// scopedWrites: it changes nothing of others either, nor what is shared.
func scopedWrites(t *testing.T, w *world, theirs, caseID string) {
	t.Helper()
	before := w.want(200, "GET /api/v1/export", nil, as("admin")...).body
	hold := "hold-" + theirs
	for _, c := range []exchange{
		{404, "POST /sites/" + theirs + "/check", nil, nil}, {403, "PUT /sites/" + theirs, map[string]any{"domain": theirs, "tags": []string{"shop"}}, nil}, {404, "DELETE /sites/" + theirs, nil, nil},
		{403, "POST /sites", map[string]any{"domain": "untagged.cn"}, nil}, {403, "PUT /sites/shop0.cn", map[string]any{"name": "tag lost"}, nil},
		{403, "PUT /sites/shop0.cn", map[string]any{"domains": []map[string]any{{"domain": "shop0.cn"}}, "tags": []string{"shop"}, "subject": map[string]any{"id": "both", "name": "改名"}}, nil},
		{403, "PUT /subjects/both", map[string]any{"name": "改名"}, nil}, {403, "PUT /subjects/" + secret + "-sub", map[string]any{"name": "改名"}, nil}, {404, "DELETE /subjects/" + secret + "-sub", nil, nil},
		{403, "PUT /servers/srv-both", map[string]any{"provider": "tencent"}, nil}, {404, "DELETE /servers/" + secret + "-srv", nil, nil},
		{404, "DELETE /silences/" + hold, nil, nil}, {403, "POST /silences", map[string]any{"match": map[string]any{"tags": []string{secret + "-tag"}}, "reason": "x", "until": "2027-01-01"}, nil},
		{404, "POST /sites/" + theirs + "/suppressions", map[string]any{"rule": "domain.rule03", "reason": "x"}, nil}, {404, "POST /sites/" + theirs + "/acknowledge", map[string]any{"reason": "x"}, nil},
		{404, "POST /cases", map[string]any{"domain": theirs, "kind": "x"}, nil}, {404, "PUT /cases/" + caseID, map[string]any{"state": "fixing"}, nil},
		{403, "POST /import?name=a.yaml", "sites:\n- {domain: " + theirs + ", tags: [shop]}\n", []string{"Content-Type", "application/yaml"}},
		{404, "POST /deliveries/1000000/revive", nil, nil},
	} {
		method, path, _ := strings.Cut(c.call, " ")
		if got := w.call(method+" /api/v1"+path, c.body, append(as("shopadmin"), c.header...)...); got.status != c.status {
			t.Errorf("%s: %d, want %d: %.300s", c.call, got.status, c.status, got.body)
		}
	}
	if now := w.want(200, "GET /api/v1/export", nil, as("admin")...).body; !bytes.Equal(before, now) {
		t.Error("the inventory changed")
	}
	mine := w.want(201, "POST /api/v1/silences", map[string]any{"reason": "x", "until": "2027-01-01"}, as("shop")...).json(t)
	if tags := mine["match"].(map[string]any)["tags"]; fmt.Sprint(tags) != "[shop]" {
		t.Errorf("a silence of a scoped token silences %v", tags)
	}
	w.want(201, "POST /api/v1/sites", map[string]any{"domain": "mine.cn", "tags": []string{"shop"}, "subject": map[string]any{"id": "both"}}, as("shopadmin")...)
	w.want(204, "DELETE /api/v1/sites/mine.cn", nil, as("shopadmin")...)
	w.want(202, "POST /api/v1/sites/shop0.cn/check", nil, as("shop")...)
}

// TestMasks: personal facts are seen from operate upwards only.
func TestMasks(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) { o.Tokens = tokens() })
	tenants(t, w)
	personal := []string{"personal@example.com", "13900001111", "1980-02-03", "1990-05-06", "广东"}
	for _, path := range []string{"/sites", "/sites/shop0.cn", "/sites/shop0.cn/reports/latest", "/subjects", "/subjects/both"} {
		masked := string(w.want(200, "GET /api/v1"+path, nil, as("reader")...).body)
		open := string(w.want(200, "GET /api/v1"+path, nil, as("operator")...).body)
		seen := 0
		for _, p := range personal {
			if strings.Contains(masked, p) {
				t.Errorf("%s shows %s to a reader", path, p)
			}
			if strings.Contains(open, p) {
				seen++
			}
		}
		if seen < 3 {
			t.Errorf("%s: an operator sees %d of the personal facts", path, seen)
		}
		if !strings.Contains(masked, "张三") {
			t.Errorf("%s hides the name of the person responsible", path)
		}
	}
}
