package notify_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	dc "domaincheck"
	"domaincheck/alert"
	"domaincheck/lab"
	"domaincheck/notify"
)

// drained runs a notifier over the outbox for a span of (fake) time.
func drained(t *testing.T, m *memory, r http.Handler, channels []notify.Channel, span time.Duration) *notify.Notifier {
	t.Helper()
	n, err := notify.New(notify.Options{Channels: channels, Outbox: m, Words: plain{}, Owner: "one", Client: &http.Client{Transport: direct{r}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	if err := n.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestEachChannel: an event and its recovery come to every service once, with
// the same key, in order.
func TestEachChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := &memory{}, robots()
		channels := chats(r)
		for _, c := range channels {
			m.add(row(c.Name, "example.cn", alert.Opened, ""), row(c.Name, "example.cn", alert.Resolved, ""))
		}
		drained(t, m, r, channels, 20*time.Second)
		key := row("", "example.cn", alert.Opened, "").Keys[0]
		for _, c := range channels {
			posted := r.Posted(c.Type)
			if len(posted) != 2 || len(r.Heard(c.Type)) != 2 {
				t.Errorf("%s: %d posted, %d heard: %+v", c.Type, len(posted), len(r.Heard(c.Type)), r.Heard(c.Type))
				continue
			}
			for i, head := range []string{"【高】example.cn", "【恢复】example.cn"} {
				if !strings.HasPrefix(posted[i].Text, head) || !slices.Equal(posted[i].Keys, []string{key}) {
					t.Errorf("%s: %q, keys %q", c.Type, posted[i].Text, posted[i].Keys)
				}
			}
		}
		if m.waiting() != 0 {
			t.Errorf("%d rows wait", m.waiting())
		}
		for i, event := range []string{"opened", "resolved"} {
			if got := r.Posted("webhook")[i].Title; got != event {
				t.Errorf("webhook says %s, want %s", got, event)
			}
		}
	})
}

// TestPace: a hundred events at once break no service's limit, and none is
// lost, doubled or out of order.
func TestPace(t *testing.T) {
	for _, group := range []string{"", "cause=S07"} {
		synctest.Test(t, func(t *testing.T) {
			m, r := &memory{}, robots()
			channels := chats(r)
			for i := range 100 {
				for _, c := range channels {
					m.add(row(c.Name, fmt.Sprintf("site-%03d.cn", i), alert.Opened, group))
				}
			}
			drained(t, m, r, channels, 8*time.Minute)
			for _, c := range channels {
				var keys []string
				for _, h := range r.Heard(c.Type) {
					if !h.Accepted {
						t.Fatalf("%s refused: %d %s", c.Type, h.Status, h.Answer)
					}
					keys = append(keys, h.Keys...)
				}
				for i := range 100 {
					if want := row("", fmt.Sprintf("site-%03d.cn", i), alert.Opened, "").Keys[0]; i >= len(keys) || keys[i] != want {
						t.Fatalf("%s: event %d of %d is not %s", c.Type, i, len(keys), want)
					}
				}
				if len(keys) != 100 {
					t.Errorf("%s: %d events", c.Type, len(keys))
				}
				if calls := len(r.Heard(c.Type)); group != "" && c.Type != "webhook" && calls > 20 {
					t.Errorf("%s: a group of 100 in %d messages", c.Type, calls)
				}
			}
		})
	}
}

// TestFaults: whatever the answer, the message is tried again within a minute,
// and is delivered when the service is well.
func TestFaults(t *testing.T) {
	faults := map[string]lab.Fault{
		"500": {Status: 500, Body: "oops"}, "503": {Status: 503}, "404": {Status: 404}, "400": {Status: 400, Body: "invalid_payload"}, "redirect": {Status: 302},
		"429": {Status: 429, RetryAfter: "45"}, "reset": {Reset: true}, "hang": {Hang: true},
	}
	inside := map[string]lab.Fault{
		"empty 200": {}, "html": {Body: "<html>captive portal</html>"}, "unknown code": {Body: `{"errcode":999999,"errmsg":"?","code":999999,"msg":"?"}`},
		"code as text": {Body: `{"errcode":"bad","code":"bad"}`}, "half": {Body: `{"errcode":0,`}, "list": {Body: `[]`}, "null": {Body: `null`}, "no code": {Body: `{"errmsg":"ok"}`},
	}
	for _, typ := range []string{"dingtalk", "slack", "wecom", "feishu", "webhook", "alertmanager"} {
		all := map[string]lab.Fault{}
		for name, f := range faults {
			all[name] = f
		}
		if typ != "webhook" && typ != "alertmanager" {
			for name, f := range inside {
				all[name] = f
			}
		}
		for name, f := range all {
			t.Run(typ+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m, r := &memory{}, robots()
					r.Fail(typ, 9, f)
					m.add(row(typ, "example.cn", alert.Opened, ""))
					n := drained(t, m, r, chats(r, typ), 15*time.Minute)
					heard := r.Heard(typ)
					if len(r.Posted(typ)) != 1 || len(heard) != 10 || m.waiting() != 0 {
						t.Fatalf("%d heard, %d posted, %d waiting", len(heard), len(r.Posted(typ)), m.waiting())
					}
					for i := 1; i < len(heard); i++ {
						// A hanging call lasts its time-out, 15 s.
						if gap := heard[i].At.Sub(heard[i-1].At); gap > 76*time.Second || gap < time.Second {
							t.Errorf("%s between tries %d and %d", gap, i, i+1)
						}
					}
					if h := n.Health()[0]; !h.Failing.IsZero() || h.Last.IsZero() {
						t.Errorf("%+v", h)
					}
				})
			})
		}
	}
}

// TestRetryAfter: the service's wish is kept, up to a minute.
func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := &memory{}, robots()
		r.Fail("slack", 1, lab.Fault{Status: 429, RetryAfter: "40"})
		r.Fail("slack", 1, lab.Fault{Status: 429, RetryAfter: "300"})
		m.add(row("slack", "example.cn", alert.Opened, ""))
		drained(t, m, r, chats(r, "slack"), 10*time.Minute)
		heard := r.Heard("slack")
		if len(heard) != 3 || heard[1].At.Sub(heard[0].At) < 40*time.Second || heard[1].At.Sub(heard[0].At) > 42*time.Second || heard[2].At.Sub(heard[1].At).Round(time.Second) != time.Minute {
			t.Errorf("%+v", heard)
		}
	})
}

// TestDeadLetter: a day and more of trying, then it is given up and visible;
// the fallback heard of it after half a minute, and once.
func TestDeadLetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := &memory{}, robots()
		r.Fail("dingtalk", 100_000, lab.Fault{Status: 500})
		channels := chats(r, "dingtalk", "slack")
		channels[0].Fallback = "slack"
		began := time.Now()
		m.add(row("dingtalk", "a.cn", alert.Opened, ""), row("dingtalk", "b.cn", alert.Opened, ""))
		n := drained(t, m, r, channels, 24*time.Hour-time.Minute)
		if _, dead := m.settled(); len(dead) != 0 || m.waiting() != 2 {
			t.Fatalf("%d dead, %d waiting within a day", len(dead), m.waiting())
		}
		if h := n.Health()[0]; h.Failing.IsZero() || h.Code != "500" {
			t.Errorf("%+v", h)
		}
		if posted := r.Posted("slack"); len(posted) != 2 || posted[0].At.Sub(began) > 2*time.Minute {
			t.Errorf("the fallback heard %d", len(posted))
		}
		drained(t, m, r, channels, 3*time.Hour)
		_, dead := m.settled()
		if len(dead) != 2 || m.waiting() != 0 || len(r.Posted("slack")) != 2 {
			t.Errorf("%d dead, %d waiting, %d on the fallback", len(dead), m.waiting(), len(r.Posted("slack")))
		}
	})
}

// poison refuses what names one domain and passes the rest on.
type poison struct {
	next http.Handler
	word string
}

func (p poison) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var body bytes.Buffer
	_, _ = body.ReadFrom(req.Body)
	if strings.Contains(body.String(), p.word) {
		_, _ = w.Write([]byte(`{"errcode":999999,"errmsg":"content"}`))
		return
	}
	req.Body = http.NoBody
	clone := req.Clone(req.Context())
	clone.Body = readCloser{&body}
	p.next.ServeHTTP(w, clone)
}

type readCloser struct{ *bytes.Buffer }

func (readCloser) Close() error { return nil }

// TestPoison: one message that a service does not take holds up no other, not
// even one that would have shared its message.
func TestPoison(t *testing.T) {
	for _, group := range []string{"", "g"} {
		synctest.Test(t, func(t *testing.T) {
			m, r := &memory{}, robots()
			for i := range 10 {
				m.add(row("wecom", fmt.Sprintf("site-%d.cn", i), alert.Opened, group))
			}
			drained(t, m, poison{r, "site-3.cn"}, chats(r, "wecom"), 20*time.Minute)
			var keys int
			for _, h := range r.Posted("wecom") {
				keys += len(h.Keys)
			}
			if keys != 9 || m.waiting() != 1 {
				t.Errorf("group %q: %d of 9 posted, %d waiting", group, keys, m.waiting())
			}
		})
	}
}

// TestBrokenChannelAlone: the others hear at once.
func TestBrokenChannelAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := &memory{}, robots()
		r.Fail("dingtalk", 1000, lab.Fault{Hang: true})
		m.add(row("dingtalk", "a.cn", alert.Opened, ""), row("slack", "a.cn", alert.Opened, ""))
		drained(t, m, r, chats(r, "dingtalk", "slack"), 3*time.Second)
		if len(r.Posted("slack")) != 1 {
			t.Error("slack waits for dingtalk")
		}
	})
}

// TestStoreGone: what was sent and could not be recorded is not sent again by
// this process, and nothing more goes out until it is recorded.
func TestStoreGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := &memory{}, robots()
		m.add(row("webhook", "a.cn", alert.Opened, ""), row("webhook", "b.cn", alert.Opened, ""))
		r.Fail("webhook", 1, lab.Fault{Status: 204, Posted: true})
		lossy := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			m.lose(true)
			r.ServeHTTP(w, req)
		})
		done := make(chan struct{})
		go func() {
			defer close(done)
			drained(t, m, lossy, chats(r, "webhook"), time.Minute)
		}()
		<-time.After(20 * time.Second)
		if len(r.Posted("webhook")) != 1 {
			t.Errorf("%d posted while the store is gone", len(r.Posted("webhook")))
		}
		m.lose(false)
		<-time.After(20 * time.Second)
		m.lose(false)
		<-done
		if len(r.Posted("webhook")) != 2 {
			t.Errorf("%d posted", len(r.Posted("webhook")))
		}
	})
}

// TestTwoProcesses: one drains, and the other takes over when it is gone.
func TestTwoProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := &memory{}, robots()
		for i := range 30 {
			m.add(row("slack", fmt.Sprintf("a%d.cn", i), alert.Opened, ""))
		}
		done := make(chan struct{}, 2)
		for i, span := range []time.Duration{10 * time.Second, 3 * time.Minute} {
			n, err := notify.New(notify.Options{Channels: chats(r, "slack"), Outbox: m, Words: plain{}, Owner: fmt.Sprint(i), Client: &http.Client{Transport: direct{r}}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), span)
			defer cancel()
			go func() {
				_ = n.Run(ctx)
				done <- struct{}{}
			}()
		}
		<-done
		<-done
		if heard, posted := r.Heard("slack"), r.Posted("slack"); len(heard) != 30 || len(posted) != 30 {
			t.Errorf("%d heard, %d posted", len(heard), len(posted))
		}
	})
}

// TestKilled: a process that dies at any moment, a hundred times over, loses
// nothing; what is said twice has the same key.
func TestKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dice := rand.New(rand.NewPCG(7, 7))
		m, r := &memory{}, robots()
		want := map[string]bool{}
		for i := range 100 {
			o := row("feishu", fmt.Sprintf("site-%03d.cn", i), alert.Opened, "")
			want[o.Keys[0]] = true
			m.add(o)
			// The process dies with the store cut off at a random moment: what
			// it sent last may not be recorded.
			dying := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if dice.IntN(3) == 0 {
					m.lose(true)
				}
				r.ServeHTTP(w, req)
			})
			drained(t, m, dying, chats(r, "feishu"), time.Duration(dice.IntN(3000))*time.Millisecond)
			m.lose(false)
			m.leases = nil
		}
		drained(t, m, r, chats(r, "feishu"), 2*time.Minute)
		for _, h := range r.Posted("feishu") {
			for _, k := range h.Keys {
				delete(want, k)
			}
		}
		if len(want) != 0 || m.waiting() != 0 {
			t.Errorf("%d of 100 events are lost, %d wait", len(want), m.waiting())
		}
	})
}

// TestNoSecrets: nothing that people or machines get to see holds a secret,
// even if the service sends it back.
func TestNoSecrets(t *testing.T) {
	for _, typ := range []string{"dingtalk", "slack", "wecom", "feishu", "webhook", "alertmanager"} {
		secret := secret
		if typ == "slack" || typ == "wecom" {
			secret = token // these have no other
		}
		for _, f := range []lab.Fault{
			{Status: 403, Body: "token " + token + " and " + secret + " are wrong"}, {Body: "see http://robots.example/x?access_token=" + token}, {Reset: true}, {Hang: true},
			{Body: `{"errcode":310000,"errmsg":"sign ` + secret + ` not match","code":19021,"msg":"` + token + `"}`},
		} {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				m, r := &memory{}, robots()
				r.Fail(typ, 1000, f)
				m.add(row(typ, "example.cn", alert.Opened, ""))
				channels := chats(r, typ)
				if typ == "alertmanager" {
					channels[0].URL = notify.NewSecret("http://user:" + secret + "@robots.example/alertmanager?k=" + token)
				}
				n, err := notify.New(notify.Options{Channels: channels, Outbox: m, Words: plain{}, Owner: "one", Client: &http.Client{Transport: direct{r}}, Log: slog.New(slog.NewJSONHandler(&log, nil))})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_ = n.Run(ctx)
				d, err := n.Test(t.Context(), typ, "zh")
				tries, _ := m.settled()
				shown := fmt.Sprintf("%+v %v %#v %s %+v %+v %+v", d, err, d, log.String(), n.Health(), tries, channels)
				if strings.Contains(shown, token) || strings.Contains(shown, secret) {
					t.Errorf("%s shows a secret: %s", typ, shown)
				}
				if typ != "webhook" && typ != "alertmanager" && d.Delivered {
					t.Errorf("%s: %+v", typ, d)
				}
			})
		}
	}
}

// TestBehindQuietHours: what breaks through is found behind any number of rows
// that wait for the morning.
func TestBehindQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := &memory{}, robots()
		for i := range 3000 {
			o := row("webhook", fmt.Sprintf("site-%04d.cn", i), alert.Opened, "")
			o.NotBefore = dc.At(time.Now().Add(8 * time.Hour))
			m.add(o)
		}
		m.add(row("webhook", "urgent.cn", alert.Opened, ""))
		drained(t, m, r, chats(r, "webhook"), 5*time.Second)
		if posted := r.Posted("webhook"); len(posted) != 1 || !strings.Contains(posted[0].Text, "urgent.cn") {
			t.Errorf("%d posted", len(posted))
		}
	})
}

func TestNotAChannel(t *testing.T) {
	for _, c := range []notify.Channel{
		{Name: "x", Type: "pigeon"}, {Name: "x", Type: "slack"}, {Name: "x", Type: "slack", URL: notify.NewSecret("smtp://h")}, {Name: "x", Type: "email", URL: notify.NewSecret("smtp://h:25")},
		{Name: "x", Type: "email", URL: notify.NewSecret("http://h"), From: "a@b.cn", To: []string{"a@b.cn"}},
	} {
		if _, err := notify.New(notify.Options{Channels: []notify.Channel{c}, Words: plain{}}); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	if _, err := notify.New(notify.Options{}); err == nil {
		t.Error("no words are needed")
	}
}
