package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	dc "domaincheck"
	"domaincheck/alert"
	"domaincheck/lab"
	"domaincheck/notify"
)

func notifier(t *testing.T, h http.Handler, words alert.Words, channels ...notify.Channel) *notify.Notifier {
	t.Helper()
	n, err := notify.New(notify.Options{Channels: channels, Words: words, Client: &http.Client{Transport: direct{h}}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWebhookContract reads the request as a receiver would who knows the
// contract only.
func TestWebhookContract(t *testing.T) {
	for _, kind := range []alert.Kind{alert.Opened, alert.Worse, alert.Reminder, alert.Deadline, alert.Summary, alert.Resolved, alert.Test} {
		var got *http.Request
		var body map[string]any
		var raw []byte
		hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
			got = req
			buf := make([]byte, 1<<20)
			n := 0
			for {
				m, err := req.Body.Read(buf[n:])
				if n += m; err != nil {
					break
				}
			}
			raw = buf[:n]
			_ = json.Unmarshal(raw, &body)
		}))
		n, err := notify.New(notify.Options{Words: plain{}, Channels: []notify.Channel{{Name: "h", Type: "webhook", URL: notify.NewSecret(hook.URL + "/x?y=1"), Secret: notify.NewSecret(secret)}}})
		if err != nil {
			t.Fatal(err)
		}
		o := row("h", "example.cn", kind, "")
		o.Events[0].Deadline = dc.At(dc.MustDate("2026-12-01").Start())
		if err := n.Send(t.Context(), "h", o.Events); err != nil {
			t.Fatal(err)
		}
		hook.Close()
		mac := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(mac, "%s.%s", got.Header.Get("X-Domaincheck-Timestamp"), raw)
		if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); got.Header.Get("X-Domaincheck-Signature") != want {
			t.Errorf("%s: signature %s", kind, got.Header.Get("X-Domaincheck-Signature"))
		}
		event := map[alert.Kind]string{alert.Opened: "opened", alert.Resolved: "resolved", alert.Test: "test"}[kind]
		if event == "" {
			event = "updated"
		}
		if body["schema"] != 1.0 || body["key"] != o.Keys[0] || body["event"] != event || body["domain"] != "example.cn" || body["rule"] != "access.mainland" ||
			body["level"] != "high" || body["deadline"] != "2026-12-01T00:00:00+08:00" || !strings.Contains(body["text"].(string), "example.cn") {
			t.Errorf("%s: %s", kind, raw)
		}
		if got.Method != http.MethodPost || got.URL.RequestURI() != "/x?y=1" || got.Header.Get("Idempotency-Key") != o.Keys[0] || !strings.HasPrefix(got.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %s %s %v", kind, got.Method, got.URL, got.Header)
		}
	}
}

func TestAlertmanagerContract(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := robots()
		n := notifier(t, r, plain{}, chats(r, "alertmanager")...)
		opened, resolved := row("", "example.cn", alert.Opened, ""), row("", "example.cn", alert.Resolved, "")
		for _, o := range []alert.Outgoing{opened, resolved} {
			if err := n.Send(t.Context(), "alertmanager", o.Events); err != nil {
				t.Fatal(err)
			}
		}
		var bodies [2][]struct {
			Labels, Annotations map[string]string
			StartsAt, EndsAt    time.Time
		}
		for i, h := range r.Posted("alertmanager") {
			if err := json.Unmarshal(h.Body, &bodies[i]); err != nil {
				t.Fatal(err)
			}
		}
		first, second := bodies[0][0], bodies[1][0]
		if fmt.Sprint(first.Labels) != fmt.Sprint(second.Labels) {
			t.Errorf("another identity: %v, %v", first.Labels, second.Labels)
		}
		if first.Labels["domain"] != "example.cn" || first.Annotations["key"] != opened.Keys[0] || !first.EndsAt.After(time.Now().Add(24*time.Hour)) || second.EndsAt.After(time.Now()) {
			t.Errorf("%+v\n%+v", first, second)
		}
	})
}

// TestLongSummary: a digest of 500 sites comes whole to every service, within
// its limits, each site with its own line and key.
func TestLongSummary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := &memory{}, robots()
		channels := chats(r)
		for _, c := range channels {
			digest := alert.Outgoing{Channel: c.Name, Kind: alert.Summary}
			for i := range 500 {
				o := row(c.Name, fmt.Sprintf("site-%03d.cn", i), alert.Summary, "")
				digest.Keys, digest.Events = append(digest.Keys, o.Keys...), append(digest.Events, o.Events...)
			}
			m.add(digest)
		}
		drained(t, m, r, channels, 30*time.Minute)
		for _, c := range channels {
			seen, text := map[string]bool{}, ""
			for _, h := range r.Heard(c.Type) {
				if !h.Accepted {
					t.Fatalf("%s refused: %s", c.Type, h.Answer)
				}
				for _, k := range h.Keys {
					seen[k] = true
				}
				text += h.Text
			}
			for i := range 500 {
				if name := fmt.Sprintf("site-%03d.cn", i); !strings.Contains(text, name) {
					t.Fatalf("%s does not name %s", c.Type, name)
				}
			}
			if len(seen) != 500 || m.waiting() != 0 {
				t.Errorf("%s: %d keys, %d waiting", c.Type, len(seen), m.waiting())
			}
		}
	})
}

// stranger is what a page says of itself.
type stranger struct{ plain }

func (stranger) Finding(dc.Finding, string) alert.Sentence {
	return alert.Sentence{Summary: `<!channel> <@U1> <at user_id="all"></at> @all [x](http://evil.example) ![y](http://evil.example) & "\ *b*`, Fix: strings.Repeat(`"\`, 3000)}
}

// TestStrangersText: a page can neither call people nor plant a link.
func TestStrangersText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := robots()
		channels := chats(r, "dingtalk", "slack", "feishu", "wecom")
		n := notifier(t, r, stranger{}, channels...)
		for _, c := range channels {
			if err := n.Send(t.Context(), c.Name, row("", "example.cn", alert.Opened, "").Events); err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			h := r.Posted(c.Type)[0]
			bad := map[string][]string{"dingtalk": {"[x]", "@all", "<"}, "slack": {"<!", "<@"}, "feishu": {"<at"}}[c.Type]
			for _, b := range bad {
				if strings.Contains(h.Text, b) {
					t.Errorf("%s keeps %q: %.300s", c.Type, b, h.Text)
				}
			}
			if len(h.Mentions) != 0 {
				t.Errorf("%s calls %q", c.Type, h.Mentions)
			}
		}
	})
}

func TestMentions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := robots()
		for typ, c := range map[string]struct{ given, want []string }{
			"dingtalk": {[]string{"13800000000", "li"}, []string{"13800000000", "li"}},
			"wecom":    {[]string{"13800000000", "li"}, []string{"li", "13800000000"}},
			"feishu":   {[]string{"ou_1"}, []string{"ou_1"}}, "slack": {[]string{"U012"}, []string{"U012"}},
		} {
			channel := chats(r, typ)[0]
			channel.Mentions = c.given
			n := notifier(t, r, plain{}, channel)
			for _, kind := range []alert.Kind{alert.Opened, alert.Resolved} {
				if err := n.Send(t.Context(), typ, row("", "example.cn", kind, "").Events); err != nil {
					t.Fatalf("%s: %v", typ, err)
				}
				<-time.After(2 * time.Second)
			}
			posted := r.Posted(typ)
			if fmt.Sprint(posted[0].Mentions) != fmt.Sprint(c.want) || len(posted[1].Mentions) != 0 {
				t.Errorf("%s calls %q, then %q", typ, posted[0].Mentions, posted[1].Mentions)
			}
		}
	})
}

// TestTrial: what a user can mend is explained, in both languages.
func TestTrial(t *testing.T) {
	ok := func(typ string) notify.Channel { return chats(robots(), typ)[0] }
	for _, c := range []struct {
		name   string
		o      lab.RobotOptions
		c      notify.Channel
		fault  *lab.Fault
		code   string
		advice string // in Chinese
	}{
		{"dingtalk", lab.RobotOptions{Secret: secret}, ok("dingtalk"), nil, "", ""},
		{"dingtalk sign", lab.RobotOptions{Secret: "SECother"}, ok("dingtalk"), nil, "310000", "加签不对"},
		{"dingtalk keyword", lab.RobotOptions{Secret: secret, Keyword: "监控"}, ok("dingtalk"), nil, "310000", "关键词"},
		{"dingtalk address", lab.RobotOptions{Secret: secret}, ok("dingtalk"), &lab.Fault{Body: `{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist"}`}, "310000", "白名单"},
		{"dingtalk token", lab.RobotOptions{Token: "other", Secret: secret}, ok("dingtalk"), nil, "300005", "access_token"},
		{"dingtalk fast", lab.RobotOptions{Secret: secret}, ok("dingtalk"), &lab.Fault{Body: `{"errcode":130101,"errmsg":"send too fast"}`}, "130101", "每分钟最多 20 条"},
		{"dingtalk long", lab.RobotOptions{Secret: secret}, ok("dingtalk"), &lab.Fault{Body: `{"errcode":460101,"errmsg":"too long"}`}, "460101", "太长"},
		{"dingtalk unknown", lab.RobotOptions{Secret: secret}, ok("dingtalk"), &lab.Fault{Body: `{"errcode":-1,"errmsg":"系统繁忙"}`}, "-1", "未知"},
		{"wecom key", lab.RobotOptions{Token: "other"}, ok("wecom"), nil, "93000", "key"},
		{"feishu sign", lab.RobotOptions{Secret: "other"}, ok("feishu"), nil, "19021", "签名"},
		{"feishu keyword", lab.RobotOptions{Secret: secret, Keyword: "监控"}, ok("feishu"), nil, "19024", "关键词"},
		{"feishu fast", lab.RobotOptions{Secret: secret}, ok("feishu"), &lab.Fault{Body: `{"code":9499,"msg":"too many request"}`}, "9499", "太快"},
		{"slack gone", lab.RobotOptions{Token: "other"}, ok("slack"), nil, "404", "失效"},
		{"slack says no in 200", lab.RobotOptions{}, ok("slack"), &lab.Fault{Body: `{"ok":false,"error":"channel_not_found"}`}, "channel_not_found", "未知"},
		{"webhook sign", lab.RobotOptions{Secret: "other"}, ok("webhook"), nil, "401", "secret"},
		{"portal", lab.RobotOptions{Secret: secret}, ok("wecom"), &lab.Fault{Body: "<html>"}, "", "无法识别"},
		{"reset", lab.RobotOptions{Secret: secret}, ok("wecom"), &lab.Fault{Reset: true}, "", "断开"},
		{"empty", lab.RobotOptions{Secret: secret}, ok("dingtalk"), &lab.Fault{Body: " "}, "", "无法识别"},
		{"no such path", lab.RobotOptions{Secret: secret}, ok("dingtalk"), &lab.Fault{Status: 404}, "404", "地址不对"},
		{"forbidden", lab.RobotOptions{Secret: secret}, ok("feishu"), &lab.Fault{Status: 403}, "403", "密钥"},
		{"paced", lab.RobotOptions{Secret: secret}, ok("dingtalk"), &lab.Fault{Status: 429}, "429", "太快"},
		{"down", lab.RobotOptions{Secret: secret}, ok("wecom"), &lab.Fault{Status: 502}, "502", "服务出错"},
		{"bad request", lab.RobotOptions{Secret: secret}, ok("webhook"), &lab.Fault{Status: 400}, "400", "不接受"},
		{"silent", lab.RobotOptions{Secret: secret}, ok("wecom"), &lab.Fault{Hang: true}, "", "时限"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if c.o.Token == "" {
					c.o.Token = token
				}
				c.o.Now = time.Now
				r := lab.NewRobots(c.o)
				if c.fault != nil {
					r.Fail(c.c.Type, 2, *c.fault)
				}
				n := notifier(t, r, plain{}, c.c)
				d, err := n.Test(t.Context(), c.c.Name, "zh")
				if err != nil || d.Delivered != (c.advice == "") || string(d.Code) != c.code || !strings.Contains(string(d.Advice), c.advice) || d.Took > time.Minute {
					t.Fatalf("%+v %v", d, err)
				}
				if !d.Delivered {
					if en, _ := n.Test(t.Context(), c.c.Name, "en"); en.Advice == "" || en.Advice == d.Advice {
						t.Errorf("no English advice: %+v", en)
					}
				}
			})
		})
	}
}

func TestBeat(t *testing.T) {
	status := http.StatusOK
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	n := notifier(t, h, plain{})
	if err := n.Beat(t.Context(), notify.NewSecret("http://beat.example/"+token)); err != nil {
		t.Error(err)
	}
	status = http.StatusNotFound
	if err := n.Beat(t.Context(), notify.NewSecret("http://beat.example/"+token)); err == nil || strings.Contains(err.Error(), token) {
		t.Errorf("%v", err)
	}
}
