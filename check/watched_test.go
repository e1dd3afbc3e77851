package check_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/check"
)

// watched judges look after look as the daemon does: each from what the report
// before left, which goes through JSON as the store's does.
type watched struct {
	t       *testing.T
	checker *check.Checker
	site    domaincheck.Site
	last    domaincheck.Report
	said    []alert.Suppression
	stale   *domaincheck.StaleAfter
}

func (w *watched) look(at domaincheck.Instant, o domaincheck.Observation) domaincheck.Report {
	w.t.Helper()
	w.last = w.checker.Judge(check.Job{
		Site: w.site, Watched: true, States: w.last.States, Before: w.last.Before, StaleAfter: w.stale, Acknowledged: w.said,
	}, o, at)
	data, err := json.Marshal(w.last)
	if err != nil {
		w.t.Fatal(err)
	}
	w.last = domaincheck.Report{}
	if err := json.Unmarshal(data, &w.last); err != nil {
		w.t.Fatal(err)
	}
	return w.last
}

func findingOf(r domaincheck.Report, rule string) domaincheck.Finding {
	i := slices.IndexFunc(r.Findings, func(f domaincheck.Finding) bool { return f.Rule == rule })
	if i < 0 {
		return domaincheck.Finding{}
	}
	return r.Findings[i]
}

func stateOf(r domaincheck.Report, rule string) domaincheck.State {
	i := slices.IndexFunc(r.States, func(s domaincheck.State) bool { return s.Rule == rule })
	if i < 0 {
		return domaincheck.State{}
	}
	return r.States[i]
}

func newWatched(t *testing.T) (*watched, domaincheck.Instant) {
	t.Helper()
	world, err := check.OpenTables(check.TableFiles{})
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{t: t, checker: world.Checker, site: domaincheck.Site{
		Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: domaincheck.RoleMain}}, State: domaincheck.StateFiled,
	}}
	return w, domaincheck.At(time.Date(2026, 11, 1, 9, 0, 0, 0, domaincheck.Beijing()))
}

func registered(at domaincheck.Instant, registrant string, servers ...string) domaincheck.Observation {
	r := &domaincheck.Registration{
		Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: at}, Domain: "example.cn",
		Registrar: &domaincheck.Registrar{Name: "阿里云计算有限公司（万网）"},
		Created:   domaincheck.At(time.Date(2015, 1, 1, 0, 0, 0, 0, domaincheck.Beijing())),
		Expires:   domaincheck.At(time.Date(2030, 1, 1, 0, 0, 0, 0, domaincheck.Beijing())), Nameservers: servers,
	}
	if registrant != "" {
		r.Registrant = &domaincheck.Registrant{Name: domaincheck.Text(registrant)}
	}
	return domaincheck.Observation{Registration: r}
}

func hours(at domaincheck.Instant, n int) domaincheck.Instant {
	return domaincheck.At(at.Add(time.Duration(n) * time.Hour))
}

// TestChangeLastsUntilAcknowledged: a change of the registration data is
// compared with what was there before it, however many looks later, until
// somebody says that he has seen it; then with what he saw.
func TestChangeLastsUntilAcknowledged(t *testing.T) {
	w, at := newWatched(t)
	const rule = "domain.changed"
	steps := []struct {
		registrant string
		server     string
		want       domaincheck.Result
	}{
		{"", "ns1.a.example", domaincheck.NotApplicable},
		{"甲公司", "ns1.a.example", domaincheck.Pass},
		{"", "ns1.a.example", domaincheck.Pass}, // hidden again: the name once seen is remembered
		{"乙公司", "ns1.a.example", domaincheck.Fail},
		{"乙公司", "ns1.a.example", domaincheck.Fail},
	}
	for i, s := range steps {
		r := w.look(hours(at, i), registered(hours(at, i), s.registrant, s.server))
		if f := findingOf(r, rule); f.Result != s.want {
			t.Fatalf("look %d: %s %s %v, want %s", i, f.Result, f.Code, f.Evidence, s.want)
		}
	}
	changed := findingOf(w.last, rule)
	if s := stateOf(w.last, rule); s.NoticedAt.IsZero() {
		t.Fatalf("a registry's change counts at once: %+v", s)
	}
	// An acknowledgement of before the change is of another one.
	w.said = []alert.Suppression{{Rule: rule, Fingerprint: alert.Fingerprint(changed), At: hours(at, 2)}}
	if f := findingOf(w.look(hours(at, 5), registered(hours(at, 5), "乙公司", "ns1.a.example")), rule); f.Result != domaincheck.Fail {
		t.Fatalf("acknowledged before it happened: %s", f.Result)
	}
	w.said[0].At = hours(at, 6)
	for i := 7; i < 9; i++ {
		if f := findingOf(w.look(hours(at, i), registered(hours(at, i), "乙公司", "ns1.a.example")), rule); f.Result != domaincheck.Pass {
			t.Fatalf("acknowledged: %s %s %v", f.Result, f.Code, f.Evidence)
		}
	}
	r := w.look(hours(at, 9), registered(hours(at, 9), "乙公司", "ns9.b.example"))
	if f := findingOf(r, rule); f.Result != domaincheck.Fail || f.Evidence["registrant_was"] != nil {
		t.Fatalf("the next change is compared with what was acknowledged: %s %v", f.Result, f.Evidence)
	}
}

// TestJudgedAgain: a stored report of the daemon holds all it was judged by.
func TestJudgedAgain(t *testing.T) {
	w, at := newWatched(t)
	w.stale = &domaincheck.StaleAfter{Registration: 86400 * 3, Resolution: 5400, Page: 64800}
	w.look(at, registered(at, "甲公司", "ns1.a.example"))
	r := w.look(hours(at, 24), registered(hours(at, 24), "乙公司", "ns1.a.example"))
	again := w.checker.Judge(check.Job{
		Site: check.Forget(r.Site.Site, r.Inferred), Siblings: r.Site.Siblings,
		Watched: true, States: r.States, Before: r.Before, StaleAfter: r.StaleAfter,
	}, r.Observation, r.At)
	for name, pair := range map[string][2]any{"findings": {r.Findings, again.Findings}, "states": {r.States, again.States}, "risks": {r.Risks, again.Risks}} {
		a, err := json.Marshal(pair[0])
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(pair[1])
		if err != nil {
			t.Fatal(err)
		}
		if string(a) != string(b) {
			t.Errorf("%s differ:\n%s\n%s", name, a, b)
		}
	}
}

// TestSilenceFromTheFirstLook: a part that never came to an answer is stale
// once its time is over, counted from the first look, not from the newest.
func TestSilenceFromTheFirstLook(t *testing.T) {
	w, at := newWatched(t)
	w.stale = &domaincheck.StaleAfter{Resolution: 5400}
	silent := func(at domaincheck.Instant) domaincheck.Observation {
		return domaincheck.Observation{Resolution: &domaincheck.Resolution{Look: domaincheck.Look{Outcome: domaincheck.OutcomeTimeout, At: at}}}
	}
	for i, want := range []domaincheck.Result{domaincheck.Unknown, domaincheck.Unknown, domaincheck.Fail} {
		if f := findingOf(w.look(hours(at, i), silent(hours(at, i))), "watch.stale"); f.Result != want {
			t.Errorf("after %d h: %s %s, want %s", i, f.Result, f.Code, want)
		}
	}
}
