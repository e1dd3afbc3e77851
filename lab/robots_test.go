package lab_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	dc "domaincheck"
	"domaincheck/lab"
)

// clockwork is a clock that a test winds on.
type clockwork struct{ now time.Time }

func (c *clockwork) Now() time.Time { return c.now }

func newRobots(o lab.RobotOptions) (*lab.Robots, *clockwork) {
	c := &clockwork{dc.MustDate("2026-11-21").Start()}
	o.Now = c.Now
	return lab.NewRobots(o), c
}

func post(r *lab.Robots, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader(body)))
	return w
}

func dingText(text string) string {
	return fmt.Sprintf(`{"msgtype":"markdown","markdown":{"title":"t","text":%q}}`, text)
}

// TestRobotsRefuse: each documented mistake has its documented answer.
func TestRobotsRefuse(t *testing.T) {
	section := `{"type":"section","text":{"type":"mrkdwn","text":%q}}`
	for _, c := range []struct {
		name, path, body string
		o                lab.RobotOptions
		status           int
		want             string
	}{
		{"dingtalk ok", "/robot/send?access_token=lab", dingText("hi"), lab.RobotOptions{}, 200, `"errcode":0`},
		{"dingtalk token", "/robot/send?access_token=x", dingText("hi"), lab.RobotOptions{}, 200, `"errcode":300005`},
		{"dingtalk no sign", "/robot/send?access_token=lab", dingText("hi"), lab.RobotOptions{Secret: "s"}, 200, `"errcode":310000`},
		{"dingtalk keyword", "/robot/send?access_token=lab", dingText("hi"), lab.RobotOptions{Keyword: "备案"}, 200, `keywords not in content`},
		{"dingtalk long", "/robot/send?access_token=lab", dingText(strings.Repeat("x", 20_000)), lab.RobotOptions{}, 200, `"errcode":460101`},
		{"dingtalk kind", "/robot/send?access_token=lab", `{"msgtype":"x"}`, lab.RobotOptions{}, 200, `"errcode":400105`},
		{"wecom ok", "/cgi-bin/webhook/send?key=lab", `{"msgtype":"text","text":{"content":"hi"}}`, lab.RobotOptions{}, 200, `"errcode":0`},
		{"wecom key", "/cgi-bin/webhook/send?key=x", `{"msgtype":"text","text":{"content":"hi"}}`, lab.RobotOptions{}, 200, `"errcode":93000`},
		{"wecom long", "/cgi-bin/webhook/send?key=lab", fmt.Sprintf(`{"msgtype":"text","text":{"content":%q}}`, strings.Repeat("长", 683)), lab.RobotOptions{}, 200, `"errcode":40058`},
		{"feishu ok", "/open-apis/bot/v2/hook/lab", `{"msg_type":"text","content":{"text":"hi"}}`, lab.RobotOptions{}, 200, `"code":0`},
		{"feishu token", "/open-apis/bot/v2/hook/x", `{"msg_type":"text","content":{"text":"hi"}}`, lab.RobotOptions{}, 200, `"code":19001`},
		{"feishu no sign", "/open-apis/bot/v2/hook/lab", `{"msg_type":"text","content":{"text":"hi"}}`, lab.RobotOptions{Secret: "s"}, 200, `"code":19021`},
		{"feishu keyword", "/open-apis/bot/v2/hook/lab", `{"msg_type":"text","content":{"text":"hi"}}`, lab.RobotOptions{Keyword: "备案"}, 200, `"code":19024`},
		{"slack ok", "/services/T000/B000/lab", `{"text":"hi"}`, lab.RobotOptions{}, 200, "ok"},
		{"slack token", "/services/T000/B000/x", `{"text":"hi"}`, lab.RobotOptions{}, 404, "no_service"},
		{"slack blocks", "/services/T000/B000/lab", `{"blocks":[` + strings.TrimSuffix(strings.Repeat(fmt.Sprintf(section, "x")+",", 51), ",") + `]}`, lab.RobotOptions{}, 400, "invalid_blocks"},
		{"slack long block", "/services/T000/B000/lab", `{"blocks":[` + fmt.Sprintf(section, strings.Repeat("x", 3001)) + `]}`, lab.RobotOptions{}, 400, "invalid_blocks"},
		{"webhook no key", "/hook/lab", `{"schema":1,"key":"K","event":"opened"}`, lab.RobotOptions{}, 422, "not an event"},
		{"webhook no sign", "/hook/lab", `{"schema":1,"key":"K","event":"opened"}`, lab.RobotOptions{Secret: "s"}, 401, "bad signature"},
		{"alertmanager empty", "/alertmanager/api/v2/alerts", `[]`, lab.RobotOptions{}, 400, "bad request"},
		{"alertmanager no labels", "/alertmanager/api/v2/alerts", `[{"labels":{}}]`, lab.RobotOptions{}, 400, "invalid alert"},
		{"elsewhere", "/x", `{}`, lab.RobotOptions{}, 404, ""},
	} {
		r, _ := newRobots(c.o)
		if w := post(r, c.path, c.body); w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.name, w.Code, w.Body, c.status, c.want)
		}
	}
}

// TestRobotsPace: the n-th call within the span is refused, and the way it is.
func TestRobotsPace(t *testing.T) {
	for _, c := range []struct {
		service, path, body string
		most                int
		refusal             string
		after               time.Duration // heals
	}{
		{"dingtalk", "/robot/send?access_token=lab", dingText("hi"), 20, "130101", 10*time.Minute + time.Second},
		{"wecom", "/cgi-bin/webhook/send?key=lab", `{"msgtype":"text","text":{"content":"hi"}}`, 20, "45009", time.Minute},
		{"feishu", "/open-apis/bot/v2/hook/lab", `{"msg_type":"text","content":{"text":"hi"}}`, 5, "9499", time.Second},
		{"slack", "/services/T000/B000/lab", `{"text":"hi"}`, 1, "rate_limited", time.Second},
	} {
		r, clock := newRobots(lab.RobotOptions{})
		for range c.most {
			if w := post(r, c.path, c.body); w.Code != 200 {
				t.Fatalf("%s: %d", c.service, w.Code)
			}
		}
		if got := post(r, c.path, c.body).Body.String(); !strings.Contains(got, c.refusal) || len(r.Posted(c.service)) != c.most {
			t.Errorf("%s: %s, %d posted", c.service, got, len(r.Posted(c.service)))
		}
		clock.now = clock.now.Add(c.after)
		post(r, c.path, c.body)
		if len(r.Posted(c.service)) != c.most+1 || len(r.Heard("")) != c.most+2 {
			t.Errorf("%s does not heal", c.service)
		}
	}
}

func TestRobotsFaults(t *testing.T) {
	r, _ := newRobots(lab.RobotOptions{})
	r.Fail("slack", 2, lab.Fault{Status: 500, Body: "rollup_error", RetryAfter: "7"})
	if w := post(r, r.Path("slack"), `{"text":"hi"}`); w.Code != 500 || w.Header().Get("Retry-After") != "7" || len(r.Posted("slack")) != 0 {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	r.Heal("slack")
	r.Fail("slack", 1, lab.Fault{Status: 429, Posted: true})
	if w := post(r, r.Path("slack"), `{"text":"【高】a.cn\n单号 AB12"}`); w.Code != 429 {
		t.Errorf("%d", w.Code)
	}
	if posted := r.Posted("slack"); len(posted) != 1 || len(posted[0].Keys) != 1 || posted[0].Keys[0] != "AB12" {
		t.Errorf("%+v", posted)
	}
}

func TestRobotsListen(t *testing.T) {
	r, _ := newRobots(lab.RobotOptions{})
	base, stop, err := r.Listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(base+r.Path("slack"), "application/json", strings.NewReader(`{"text":"hi"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if err := stop(); err != nil || len(r.Posted("slack")) != 1 {
		t.Errorf("%v, %d posted", err, len(r.Posted("slack")))
	}
	if _, err := http.Post(base+r.Path("slack"), "application/json", nil); err == nil {
		t.Error("still listening")
	}
}
