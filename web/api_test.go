package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"domaincheck/web"
)

// readDocument loads the API's own description.
func readDocument(t *testing.T, w *world) *document {
	t.Helper()
	var d document
	a := w.want(http.StatusOK, "GET /openapi.json", nil)
	if err := json.Unmarshal(a.body, &d); err != nil {
		t.Fatal(err)
	}
	if b := w.want(http.StatusOK, "GET /api/v1/openapi.json", nil); string(b.body) != string(a.body) {
		t.Error("the two documents differ")
	}
	if !strings.HasPrefix(d.OpenAPI, "3.1") || len(d.Paths) < 30 {
		t.Fatalf("OpenAPI %s with %d paths", d.OpenAPI, len(d.Paths))
	}
	return &d
}

// exchange is one call with the status that must come.
type exchange struct {
	status int
	call   string
	body   any
	header []string
}

// TestConformance calls every documented operation over a store full of
// stories and holds each answer, good ones and problems, to the document.
func TestConformance(t *testing.T) {
	t.Parallel()
	w := seeded(t, func(o *web.Options) {
		o.Channels = []web.Channel{{Name: "ops", Type: "dingtalk", Fallback: "mail"}, {Name: "mail", Type: "email"}}
		o.TestChannel = noTest
	})
	d := readDocument(t, w)
	site := w.want(200, "GET /api/v1/sites?sort=risk&limit=1", nil).items(t)[0]["domain"].(string)
	report := w.want(200, "GET /api/v1/sites/"+site+"/reports", nil).items(t)[0]["id"]
	delivery := w.want(200, "GET /api/v1/deliveries", nil).items(t)[0]["id"]
	var dead any
	for _, v := range w.want(200, "GET /api/v1/deliveries?state=dead", nil).items(t) {
		dead = v["id"]
	}
	if dead == nil {
		t.Fatal("no dead letter in the stories")
	}
	const api = "/api/v1"
	calls := things{site, failingRule(t, w, site), report, delivery, dead}.calls()
	called := map[string]bool{"events": true} // its stream is held to the document by TestEvents
	for _, c := range calls {
		method, path, _ := strings.Cut(c.call, " ")
		got := w.call(method+" "+api+path, c.body, c.header...)
		if got.status != c.status {
			t.Errorf("%s: status %d, want %d: %.400s", c.call, got.status, c.status, got.body)
			continue
		}
		if got.status >= 400 {
			got.code(t)
		}
		called[d.conforms(t, method+" "+api+path, got)] = true
	}
	hold := w.want(200, "GET /api/v1/silences", nil).items(t)[0]["id"]
	called[d.conforms(t, "DELETE /api/v1/silences/x", w.want(204, fmt.Sprintf("DELETE /api/v1/silences/%v", hold), nil))] = true
	var left []string
	for path, item := range d.Paths {
		for method, op := range item {
			if !called[op.ID] {
				left = append(left, method+" "+path)
			}
			if op.Summary == "" {
				t.Errorf("%s has no summary", op.ID)
			}
		}
	}
	if slices.Sort(left); len(left) > 0 {
		t.Errorf("documented but never called: %q", left)
	}
	if s := w.log.String(); strings.Contains(s, "level=ERROR") {
		t.Errorf("the log tells of faults:\n%.3000s", s)
	}
}

// things are what the calls of TestConformance speak of.
type things struct {
	site, failing          string
	report, delivery, dead any
}

// calls are exchanges that call every operation, with good and with bad values.
func (v things) calls() []exchange {
	site, report, delivery, dead, failing := v.site, v.report, v.delivery, v.dead, v.failing
	return []exchange{
		{200, "GET /sites", nil, nil}, {200, "GET /sites?q=cn&verdict=fail&min_risk=low&sort=deadline&limit=5", nil, nil}, {422, "GET /sites?limit=0", nil, nil},
		{422, "GET /sites?colour=red", nil, nil}, {422, "GET /sites?cursor=%25%25", nil, nil}, {422, "GET /sites?deadline_before=soon", nil, nil},
		{200, "GET /sites/" + site, nil, nil}, {404, "GET /sites/not-there.cn", nil, nil}, {404, "GET /sites/%E4%BD%A0%20%3C", nil, nil},
		{201, "POST /sites", map[string]any{"domain": "new.example.cn", "name": "新站", "state": "filed", "providers": []string{"aliyun"}}, nil},
		{409, "POST /sites", map[string]any{"domain": "new.example.cn"}, nil}, {422, "POST /sites", map[string]any{"domain": "x.cn", "colour": 1}, nil},
		{422, "POST /sites", map[string]any{"name": "no domain"}, nil}, {400, "POST /sites", "[1", []string{"Content-Type", "application/json"}},
		{200, "PUT /sites/new.example.cn", map[string]any{"domain": "example.cn", "name": "改名"}, nil}, {201, "PUT /sites/put.cn", map[string]any{"state": "unfiled"}, nil},
		{422, "PUT /sites/put.cn", map[string]any{"domain": "other.cn"}, nil}, {412, "PUT /sites/put.cn", map[string]any{"name": "x"}, []string{"If-Match", `"0000"`}},
		{412, "PUT /sites/put.cn", map[string]any{"name": "x"}, []string{"If-None-Match", "*"}},
		{412, "DELETE /sites/put.cn", nil, []string{"If-Match", `"0000"`}}, {204, "DELETE /sites/put.cn", nil, nil}, {404, "DELETE /sites/put.cn", nil, nil},
		{202, "POST /sites/" + site + "/check", nil, nil}, {202, "POST /sites/" + site + "/check", map[string]any{"parts": []string{"page"}}, nil},
		{422, "POST /sites/" + site + "/check", map[string]any{"parts": []string{"soul"}}, nil}, {404, "POST /sites/not-there.cn/check", nil, nil},
		{200, "GET /sites/" + site + "/reports?limit=2", nil, nil}, {200, "GET /sites/" + site + "/reports/latest", nil, nil}, {200, fmt.Sprintf("GET /sites/%s/reports/%v?lang=en", site, report), nil, nil},
		{404, "GET /sites/" + site + "/reports/999999", nil, nil}, {404, "GET /sites/new.example.cn/reports/latest", nil, nil}, {200, "GET /sites/" + site + "/reports/latest/raws", nil, nil},
		{200, "GET /findings?min_severity=low&lang=en", nil, nil}, {200, "GET /risks", nil, nil}, {200, "GET /risks?domain=" + site, nil, nil}, {200, "GET /deadlines?min_level=low", nil, nil},
		{200, "GET /alerts", nil, nil}, {200, "GET /alerts?state=open", nil, nil}, {200, "GET /deliveries", nil, nil}, {200, fmt.Sprintf("GET /deliveries/%v", delivery), nil, nil},
		{404, "GET /deliveries/999999", nil, nil}, {200, fmt.Sprintf("POST /deliveries/%v/revive", dead), nil, nil}, {409, fmt.Sprintf("POST /deliveries/%v/revive", dead), nil, nil},
		{200, "GET /channels", nil, nil}, {200, "POST /channels/ops/test", nil, nil}, {404, "POST /channels/nowhere/test", nil, nil},
		{200, "GET /subjects", nil, nil}, {201, "POST /subjects", map[string]any{"id": "s-new", "name": "新公司", "kind": "unit"}, nil}, {409, "POST /subjects", map[string]any{"id": "s-new", "name": "新公司"}, nil},
		{200, "GET /subjects/s-new", nil, nil}, {200, "PUT /subjects/s-new", map[string]any{"name": "改名公司", "kind": "unit"}, nil}, {201, "PUT /subjects/s-put", map[string]any{"name": "又一公司"}, nil},
		{204, "DELETE /subjects/s-put", nil, nil}, {404, "GET /subjects/s-put", nil, nil}, {422, "POST /subjects", map[string]any{"name": "no id"}, nil},
		{200, "GET /servers", nil, nil}, {201, "POST /servers", map[string]any{"id": "v-new", "provider": "aliyun", "type": "ecs"}, nil}, {200, "GET /servers/v-new", nil, nil},
		{200, "PUT /servers/v-new", map[string]any{"provider": "aliyun", "type": "swas"}, nil}, {204, "DELETE /servers/v-new", nil, nil},
		{201, "POST /silences", map[string]any{"match": map[string]any{"tags": []string{"shop"}}, "reason": "搬迁", "until": "2026-12-01"}, nil},
		{422, "POST /silences", map[string]any{"reason": "no end"}, nil}, {422, "POST /silences", map[string]any{"reason": "past", "until": "2020-01-01"}, nil},
		{200, "GET /silences", nil, nil}, {404, "DELETE /silences/s-none", nil, nil},
		{201, "POST /sites/" + site + "/suppressions", map[string]any{"rule": failing, "reason": "查过，没有问题"}, nil},
		{409, "POST /sites/" + site + "/suppressions", map[string]any{"rule": "no.such", "reason": "x"}, nil}, {409, "POST /sites/" + site + "/acknowledge", map[string]any{"reason": "x"}, nil},
		{200, "GET /silences?kind=suppression&all=true", nil, nil},
		{201, "POST /cases", map[string]any{"domain": site, "kind": "未备案", "due": "2026-12-01"}, nil}, {200, "GET /cases?open=true", nil, nil}, {200, "GET /cases/1", nil, nil}, {200, "GET /desk?kind=empty_shell", nil, nil},
		{200, "PUT /cases/1", map[string]any{"state": "notified", "said": "已电话通知"}, nil}, {412, "PUT /cases/1", map[string]any{"state": "fixing"}, []string{"If-Match", `"1"`}}, {404, "GET /cases/99", nil, nil},
		{200, "GET /rules", nil, nil}, {200, "GET /rules/domain.tld?lang=en", nil, nil}, {404, "GET /rules/no.such", nil, nil}, {200, "GET /status", nil, nil},
		{200, "POST /import?dry_run=true", "a-new.cn\nb-new.cn\n", []string{"Content-Type", "text/plain"}}, {200, "POST /import?name=a.yaml", "sites:\n- domain: imported.cn\n", []string{"Content-Type", "application/yaml"}},
		{422, "POST /import?name=a.yaml", "sites:\n- domain: ok.cn\n- colour: red\n", []string{"Content-Type", "application/yaml"}}, {415, "POST /import", "x", []string{"Content-Type", "image/png"}},
		{200, "GET /export", nil, nil}, {200, "GET /export?format=csv", nil, nil}, {200, "GET /export?format=xlsx", nil, nil}, {200, "GET /export?format=json", nil, nil}, {200, "GET /import/template", nil, nil},
		{200, "GET /audit", nil, nil}, {200, "GET /audit?kind=site&limit=1", nil, nil}, {422, "GET /events?last_event_id=nonsense", nil, nil},
	}
}

// failingRule is a rule that a site fails.
func failingRule(t *testing.T, w *world, site string) string {
	t.Helper()
	for _, f := range w.want(200, "GET /api/v1/findings?result=fail&domain="+site, nil).items(t) {
		return f["rule"].(string)
	}
	t.Fatalf("%s fails no rule", site)
	return ""
}
