package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/app"
	"domaincheck/inventory"
	"domaincheck/notify"
	"domaincheck/store"
)

// TestNothingPrivate: whatever happens to a message on its way, neither the
// secrets of its channel nor facts about persons stand in the log, in the
// deliveries, in the status, at /readyz or in the settings as they are shown;
// for each type of channel, delivered, refused and unreachable.
func TestNothingPrivate(t *testing.T) {
	w := newWorld(t)
	private := []string{"geheim-url-5b1d", "geheim-sign-77aa", "geheim-pass-0e9c", "13912345678", "1980-01-01", "110101198001011234"}
	person := domaincheck.Person{Name: "张三", BirthDate: domaincheck.Date{Year: 1980, Month: 1, Day: 1}}
	w.inventory(func(doc *inventory.Document) {
		s := *doc.Sites[0].Subject
		s.Principal = &person
		s.Contacts = domaincheck.List[domaincheck.Contact]{{Name: "李", Mobile: "13912345678"}}
		doc.Sites[0].Subject = &s
	})
	channels := map[string]any{}
	for _, kind := range []string{"dingtalk", "slack", "wecom", "feishu", "webhook", "alertmanager"} {
		c := map[string]any{"type": kind, "url": w.base + "/geheim-url-5b1d/" + kind} // the robots refuse it
		dead := map[string]any{"type": kind, "url": "http://127.0.0.1:9/geheim-url-5b1d"}
		if kind == "dingtalk" || kind == "feishu" || kind == "webhook" {
			c["secret"], dead["secret"] = "geheim-sign-77aa", "geheim-sign-77aa"
		}
		if kind == "dingtalk" || kind == "wecom" {
			c["mentions"] = []string{"13912345678"}
		}
		channels[kind], channels[kind+"_dead"] = c, dead
	}
	channels["email"] = map[string]any{"type": "email", "url": "smtp://user@127.0.0.1:9", "password": "geheim-pass-0e9c", "from": "a@example.com", "to": []string{"b@example.com"}}
	w.settings(map[string]any{"channels": channels, "routes": nil, "heartbeat": "http://127.0.0.1:9/geheim-url-5b1d"})
	d := w.start()
	w.until("a first look", 20*time.Second, func() bool { return w.looked(d) })
	w.http.broken.Store(true)
	w.https.broken.Store(true)
	shown := map[string]string{}
	w.until("every channel tried", 40*time.Second, func() bool {
		tried := map[string]bool{}
		w.peek(func(s *store.Store) {
			rows, err := s.Deliveries(t.Context(), store.DeliveryQuery{Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if r.Attempts > 0 || r.State != "pending" {
					tried[r.Channel] = true
				}
			}
			shown["deliveries"] = text(t, rows)
		})
		return len(tried) == len(channels)
	})
	// A bad inventory that names an identity number, and a bad reload.
	w.write("sites.yaml", "subjects:\n  - {id: x, name: 某公司, principal: {name: 张三, phone: '13912345678', id_number: '110101198001011234'}}\nsites: [{domain: "+w.site+", subject: x}]\n")
	if err := d.Reload(t.Context()); err == nil {
		t.Error("an identity number was taken over")
	}
	for _, path := range []string{"/readyz", "/metrics", "/api/v1/status", "/api/v1/deliveries", "/api/v1/settings"} {
		_, shown[path] = d.get(path)
	}
	for name := range channels {
		shown["trial of "+name] = trial(t, w, name)
	}
	c, err := w.load()
	if err != nil {
		t.Fatal(err)
	}
	shown["settings"] = c.Settings.Redacted().String()
	shown["channels"] = text(t, c.Settings.Channels["webhook"].URL)
	d.stop()
	shown["log"] = w.log.String()
	for where, what := range shown {
		for _, p := range private {
			if i := strings.Index(what, p); i >= 0 {
				t.Errorf("%q stands in %s: …%s…", p, where, what[max(0, i-200):min(len(what), i+100)])
			}
		}
	}
	if len(shown["log"]) < 1000 || !strings.Contains(shown["deliveries"], "dingtalk") {
		t.Error("nothing was shown that could hold a secret")
	}
}

// trial is what a trial message of a channel tells, in both languages.
func trial(t *testing.T, w *world, name string) string {
	t.Helper()
	c, err := w.load()
	if err != nil {
		t.Fatal(err)
	}
	all, err := app.Channels(c.Settings)
	if err != nil {
		t.Fatal(err)
	}
	n, err := notify.New(notify.Options{Channels: all, Words: plainWords{}, Timeout: 3 * time.Second, Client: &http.Client{}})
	if err != nil {
		t.Fatal(err)
	}
	told := ""
	for _, lang := range []string{"zh", "en"} {
		d, err := n.Test(t.Context(), name, lang)
		if err != nil {
			t.Fatal(err)
		}
		if d.Delivered {
			t.Errorf("%s took a message at an address that is not its own", name)
		}
		told += text(t, d)
	}
	return told
}

func text(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// plainWords say nothing of their own.
type plainWords struct{}

func (plainWords) Finding(f domaincheck.Finding, _ string) alert.Sentence {
	return alert.Sentence{Summary: f.Rule}
}
func (plainWords) Risk(r domaincheck.Risk, _ string) alert.Consequence {
	return alert.Consequence{Outcome: string(r.Outcome)}
}
func (plainWords) Provider(id, _ string) string { return id }
