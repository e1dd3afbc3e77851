package app_test

import (
	"strings"
	"testing"
	"time"

	"domaincheck/app"
	"domaincheck/desk"
	"domaincheck/store"
)

// TestPointing: names that lead here and are in no ledger are listed and get
// their case, from a file that is read again when it changed; so are the user's
// own networks. A bad file of networks keeps those from before and tells its
// line.
func TestPointing(t *testing.T) {
	w := newWorld(t)
	w.write("own.csv", "prefix,provider,mainland\n203.0.113.0/24,idc,yes\n")
	w.write("names.csv", "域名,IP\nwww.stranger.cn,203.0.113.9\nother.cn,198.51.100.1\na..b,203.0.113.9\n"+w.site+",\n")
	set := map[string]any{
		"desk":   map[string]any{"own": []string{"idc"}, "pointing": "names.csv", "open_cases": []string{string(desk.Unlisted)}},
		"tables": map[string]any{"prefixes": "own.csv"},
	}
	w.settings(set)
	d := w.start(func(o *app.Options) { o.Desk = 50 * time.Millisecond })
	list := func() string { _, body := d.get("/api/v1/desk?kind=resolves_here_not_listed"); return body }
	lists := func(domains ...string) func() bool {
		return func() bool {
			body := list()
			for _, domain := range domains {
				if !strings.Contains(body, `"domain":"`+domain+`"`) {
					return false
				}
			}
			return strings.Count(body, `"domain":`) == len(domains)
		}
	}
	w.until("the stranger", 20*time.Second, lists("stranger.cn"))
	w.until("the file", 20*time.Second, func() bool {
		return strings.Contains(list(), `"file":"names.csv"`) && strings.Contains(list(), `"rows":3,"refused":1,"names":1`) && strings.Contains(list(), "names.csv:4")
	})
	w.until("its case", 20*time.Second, func() bool { return len(w.cases()) == 1 })
	if c := w.cases()[0]; c.Domain != "stranger.cn" || c.Kind != string(desk.Unlisted) || c.State != store.CaseOpen || !strings.Contains(string(c.Evidence), "203.0.113.9") {
		t.Errorf("the case: %+v", c)
	}

	w.write("own.csv", "198.51.100.0/24,idc\n203.0.113.0/33,idc\n")
	w.until("the refusal", 20*time.Second, func() bool {
		_, ok := w.find("opened", "daemon.tables")
		return ok && strings.Contains(w.log.String(), "own.csv:2")
	})
	if !lists("stranger.cn")() {
		t.Errorf("a bad file of networks changed the list: %s", list())
	}
	if err := d.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "own.csv:2") {
		t.Errorf("a reload with a bad table: %v", err)
	}

	w.write("own.csv", "198.51.100.0/24,idc\n")
	w.until("other networks", 20*time.Second, lists("other.cn"))
	w.until("all is well", 20*time.Second, func() bool { _, ok := w.find("resolved", "daemon.tables"); return ok })
	w.write("own.csv", "0.0.0.0/0,idc\n")
	w.until("a name that is looked up", 20*time.Second, lists("other.cn", "stranger.cn", w.site))
	w.write("names.csv", "third.cn,198.51.100.2\n")
	w.until("another file", 20*time.Second, lists("third.cn"))
	w.until("cases for all, none twice", 20*time.Second, func() bool { return len(w.cases()) == 4 })
	w.write("names.csv", "a..b\n")
	w.until("a file without names", 20*time.Second, func() bool { return strings.Contains(list(), `"error":{`) })
	if !lists("third.cn")() {
		t.Errorf("a file without names was taken over: %s", list())
	}
}

// TestPointingInSilence: while DNS is silent the list stays as it was, is said
// to be, and is read again soon.
func TestPointingInSilence(t *testing.T) {
	w := newWorld(t)
	w.write("own.csv", "0.0.0.0/0,idc\n")
	w.write("names.csv", w.site+"\n")
	set := map[string]any{
		"desk":     map[string]any{"own": []string{"idc"}, "pointing": "names.csv"},
		"tables":   map[string]any{"prefixes": "own.csv"},
		"schedule": map[string]any{"access": "@every 1h", "page": "@every 1h", "registration": "@every 1h"},
	}
	network := func(resolvers []string) {
		set["network"] = map[string]any{"resolvers": resolvers, "client_subnet": w.lab.ClientSubnet(), "browser": "off", "timeout": "1s", "http": map[string]any{"connect_to": w.lab.ConnectTo()}}
		w.settings(set)
	}
	network(w.lab.Resolvers())
	d := w.start(func(o *app.Options) { o.Desk = 50 * time.Millisecond })
	says := func(parts ...string) func() bool {
		return func() bool {
			_, body := d.get("/api/v1/desk?kind=resolves_here_not_listed")
			for _, part := range parts {
				if !strings.Contains(body, part) {
					return false
				}
			}
			return true
		}
	}
	listed := `"domain":"` + w.site + `"`
	w.until("the name", 20*time.Second, says(listed, `"error":null`))
	network([]string{"127.0.0.1:1"})
	if err := d.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.write("names.csv", w.site+"\n\n")
	w.until("silence", 20*time.Second, says(listed, `"code":"timeout"`, "DNS did not answer about 1 of 1 names"))
	network(w.lab.Resolvers())
	if err := d.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.until("DNS again", 20*time.Second, says(listed, `"error":null`, `"unanswered":0`))
}
