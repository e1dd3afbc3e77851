package recordcheck_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/recordcheck"
)

const key = "s3cret-key"

// api is a fake of a licensed API: it asks for its key and answers by script.
type api struct {
	*httptest.Server
	asked atomic.Int64
	do    func(w http.ResponseWriter, domain string)
}

func serve(t *testing.T, do func(w http.ResponseWriter, domain string)) *api {
	t.Helper()
	a := &api{do: do}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		if r.Header.Get("Authorization") != "Bearer "+key || r.URL.Query().Get("token") != key {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"message":"bad key"}`)
			return
		}
		a.do(w, r.URL.Query().Get("domain"))
	}))
	t.Cleanup(a.Close)
	return a
}

func observer(t *testing.T, a *api, change func(*recordcheck.Options)) *recordcheck.Observer {
	t.Helper()
	o := recordcheck.Options{
		URL: a.URL + "/icp?token=" + key + "&domain={domain}", Headers: map[string]string{"Authorization": "Bearer " + key},
		PerSecond: 1000, Timeout: 2 * time.Second,
	}
	if change != nil {
		change(&o)
	}
	x, err := recordcheck.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// wrapped is the usual form of such APIs: a status, a message, data.
var wrapped = recordcheck.Map{
	"status": "code", "ok": "200|0", "none": "404001", "message": "msg",
	"number": "data.list.0.icp", "subject": "data.list.0.unit", "site_name": "data.list.0.name", "audited_on": "data.list.0.date", "record": "data.list",
}

var bare = recordcheck.Map{"number": "data.licence"}

func TestAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		m    recordcheck.Map
		code int
		body string
		want string // outcome, then the facts
	}{
		"a record": {nil, 200, `{"number":"京ICP备05032038号-1","subject":"甲公司","site_name":"甲","audited_on":"2026-03-01","found":true}`, "ok 京ICP备05032038号-1 甲公司 甲 2026-03-01"},
		"typed carelessly": {nil, 200, `{"number":" 京icp备 05032038号-1 ","audited_on":"2026年3月1日 10:00:00"}`,
			"ok 京ICP备05032038号-1   2026-03-01"},
		"wrapped":                  {wrapped, 200, `{"code":200,"data":{"list":[{"icp":"沪ICP备12345678号","unit":"乙","name":"乙站","date":"2026/3/1"}]}}`, "ok 沪ICP备12345678号 乙 乙站 2026-03-01"},
		"an odd date is not known": {wrapped, 200, `{"code":0,"data":{"list":[{"icp":"沪ICP备12345678号","date":"soon"}]}}`, "ok 沪ICP备12345678号   "},

		"no record by a flag":         {nil, 200, `{"found":false}`, "absent"},
		"no record by an empty list":  {wrapped, 200, `{"code":200,"data":{"list":[]}}`, "absent"},
		"no record by null":           {wrapped, 200, `{"code":200,"data":{"list":null}}`, "absent"},
		"no record by status":         {wrapped, 200, `{"code":"404001","msg":"无备案"}`, "absent"},
		"no record by status and 404": {wrapped, 404, `{"code":404001}`, "absent"},

		"only the number is mapped, null":          {bare, 200, `{"code":200,"data":{"licence":null}}`, "absent"},
		"only the number is mapped, empty":         {bare, 200, `{"data":{"licence":" "}}`, "absent"},
		"only the number is mapped, none there":    {bare, 200, `{"data":{}}`, "malformed"},
		"only the number is mapped, an error":      {bare, 200, `{"error":"quota","data":{"licence":null}}`, "malformed"},
		"only the number is mapped, a status":      {bare, 200, `{"code":10013,"data":{"licence":""}}`, "malformed"},
		"only the number is mapped, not a success": {bare, 200, `{"success":false,"data":{"licence":""}}`, "malformed"},
		"only the number is mapped, it is there":   {bare, 200, `{"code":200,"data":{"licence":"京ICP备05032038号"}}`, "ok 京ICP备05032038号   "},

		"an empty object":                {nil, 200, `{}`, "malformed"},
		"null":                           {nil, 200, `null`, "malformed"},
		"data is null in an answer":      {wrapped, 200, `{"code":200,"data":null}`, "malformed"},
		"data is null in an error":       {wrapped, 200, `{"code":500,"msg":"余额不足","data":null}`, "refused"},
		"an empty list in an error":      {wrapped, 200, `{"code":10001,"data":{"list":[]}}`, "refused"},
		"no status where one is due":     {wrapped, 200, `{"data":{"list":[]}}`, "refused"},
		"a bare 404":                     {nil, 404, `not found`, "refused"},
		"a 404 with an empty record":     {nil, 404, `{"found":false}`, "refused"},
		"a 403 with an empty record":     {wrapped, 403, `{"code":200,"data":{"list":[]}}`, "refused"},
		"server error":                   {nil, 500, `{"found":false}`, "failed"},
		"a redirect is not followed":     {nil, 302, ``, "refused"},
		"a page":                         {nil, 200, `<html>滑动验证</html>`, "malformed"},
		"a number that is none":          {nil, 200, `{"number":"查询失败"}`, "malformed"},
		"two numbers":                    {nil, 200, `{"number":"京ICP备05032038号-1 沪ICP备12345678号"}`, "malformed"},
		"found but without a number":     {nil, 200, `{"found":true}`, "malformed"},
		"longer than an answer ever was": {nil, 200, `{"found":false,"x":"` + strings.Repeat("x", 300_000) + `"}`, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			a := serve(t, func(w http.ResponseWriter, _ string) { w.WriteHeader(test.code); fmt.Fprint(w, test.body) })
			r := observer(t, a, func(o *recordcheck.Options) { o.Map = test.m }).Look(t.Context(), "a.cn")
			got := string(r.Outcome)
			if r.Outcome == domaincheck.OutcomeOK {
				got = fmt.Sprintf("ok %s %s %s %s", r.Number, r.Subject, r.SiteName, r.AuditedOn)
			}
			if got != test.want {
				t.Errorf("got %q, want %q (%v)", got, test.want, r.Error)
			}
			if r.Source != "api" || r.At.IsZero() || (r.Error == nil) != r.Outcome.Conclusive() {
				t.Errorf("look %+v", r.Look)
			}
			if r.Error != nil && strings.Contains(r.Error.Error(), key) {
				t.Errorf("the error holds the key: %v", r.Error)
			}
		})
	}
}

// What was answered is kept for a day; what was not is asked for again.
func TestAnswersAreKept(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	good := false
	a := serve(t, func(w http.ResponseWriter, domain string) {
		if !good {
			w.WriteHeader(500)
			return
		}
		fmt.Fprint(w, `{"found":false}`)
	})
	o := observer(t, a, func(o *recordcheck.Options) { o.Now = func() time.Time { return now } })
	for range 2 {
		if r := o.Look(t.Context(), "a.cn"); r.Outcome != domaincheck.OutcomeFailed {
			t.Fatalf("outcome %s", r.Outcome)
		}
	}
	good = true
	for range 3 {
		o.Look(t.Context(), "a.cn")
	}
	if n := a.asked.Load(); n != 3 {
		t.Errorf("asked %d times, want 2 failures and 1 answer", n)
	}
	now = now.Add(25 * time.Hour)
	if r := o.Look(t.Context(), "a.cn"); a.asked.Load() != 4 || !r.At.Equal(now) {
		t.Errorf("after a day: asked %d times, seen at %v", a.asked.Load(), r.At)
	}
}

// An API that asks for patience is left alone.
func TestPatience(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	a := serve(t, func(w http.ResponseWriter, _ string) { w.Header().Set("Retry-After", "30"); w.WriteHeader(429) })
	o := observer(t, a, func(o *recordcheck.Options) { o.Now = func() time.Time { return now } })
	for _, d := range []string{"a.cn", "b.cn", "c.cn"} {
		if r := o.Look(t.Context(), d); r.Outcome != domaincheck.OutcomeRefused {
			t.Fatalf("outcome %s", r.Outcome)
		}
	}
	if n := a.asked.Load(); n != 1 {
		t.Errorf("asked %d times within the 30 s", n)
	}
	now = now.Add(31 * time.Second)
	o.Look(t.Context(), "a.cn")
	if n := a.asked.Load(); n != 2 {
		t.Errorf("asked %d times, want once more after 30 s", n)
	}
}

func TestUnreachable(t *testing.T) {
	a := serve(t, nil)
	a.Close()
	if r := observer(t, a, nil).Look(t.Context(), "a.cn"); r.Outcome != domaincheck.OutcomeFailed || strings.Contains(r.Error.Error(), key) {
		t.Errorf("%s %v", r.Outcome, r.Error)
	}
	hang := make(chan struct{})
	b := serve(t, func(http.ResponseWriter, string) { <-hang })
	defer close(hang)
	if r := observer(t, b, func(o *recordcheck.Options) { o.Timeout = 50 * time.Millisecond }).Look(t.Context(), "a.cn"); r.Outcome != domaincheck.OutcomeTimeout {
		t.Errorf("%s %v", r.Outcome, r.Error)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if r := observer(t, b, nil).Look(gone, "a.cn"); r.Outcome.Conclusive() {
		t.Errorf("cancelled: %s", r.Outcome)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for name, o := range map[string]recordcheck.Options{
		"no URL":              {},
		"no web address":      {URL: "ftp://x/" + key},
		"no number":           {URL: "http://x/", Map: recordcheck.Map{"record": "r"}},
		"ok without status":   {URL: "http://x/", Map: recordcheck.Map{"number": "n", "record": "r", "ok": "200"}},
		"none without status": {URL: "http://x/", Map: recordcheck.Map{"number": "n", "none": "404"}},
	} {
		_, err := recordcheck.New(o)
		if e, ok := domaincheck.ErrorIn(err); !ok || e.Code != domaincheck.CodeBadSettings || strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the API answers: absent and ok need an answer that says so.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"number":"京ICP备05032038号-1","found":true}`)
	f.Add(200, `{"found":false}`)
	f.Add(404, `{"found":[]}`)
	var code int
	var body string
	a := &api{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); fmt.Fprint(w, body) }))
	f.Cleanup(a.Close)
	f.Fuzz(func(t *testing.T, c int, b string) {
		if c < 200 || c > 599 || c == 204 || c == 304 {
			return
		}
		code, body = c, b
		r := observer(t, a, nil).Look(t.Context(), "a.cn")
		switch {
		case r.Outcome == domaincheck.OutcomeOK && (r.Number == "" || c >= 300):
			t.Errorf("%d %q is a record without a number", c, b)
		case r.Outcome == domaincheck.OutcomeAbsent && (c >= 300 || !strings.Contains(b, "found")):
			t.Errorf("%d %q says that there is no record", c, b)
		case !r.Outcome.Conclusive() && r.Error == nil:
			t.Errorf("%d %q: %s without an error", c, b, r.Outcome)
		}
	})
}
