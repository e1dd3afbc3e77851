package watch_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/watch"
)

func start() time.Time { return domaincheck.MustDate("2026-11-01").Start() }

func after(d time.Duration) domaincheck.Instant { return domaincheck.At(start().Add(d)) }

func pass(rule string, at domaincheck.Instant) domaincheck.Finding {
	return domaincheck.Finding{Rule: rule, Code: "fine", Result: domaincheck.Pass, Severity: domaincheck.Medium, ObservedAt: at}
}

func fail(rule string, at domaincheck.Instant) domaincheck.Finding {
	return domaincheck.Finding{Rule: rule, Code: "bad", Result: domaincheck.Fail, Severity: domaincheck.Medium, ObservedAt: at}
}

func unknown(rule string, why domaincheck.Why) domaincheck.Finding {
	return domaincheck.Finding{Rule: rule, Code: "unsure", Result: domaincheck.Unknown, Why: why, Severity: domaincheck.Medium}
}

// story is a row of looks at one rule: each says when, what was seen, and what
// must be remembered and told.
type look struct {
	at   string // since the start: "30m", "6h"
	seen string // pass, fail, fail:CODE, fail:CODE:SEVERITY, unobserved, undeclared, unknowable, na, gone, "=" (the look before, judged again)
	want domaincheck.Certainty
	told string // kinds of the changes, joined by blanks
}

func runStory(t *testing.T, rule string, policy watch.Policy, looks []look) []domaincheck.State {
	t.Helper()
	var states []domaincheck.State
	var last domaincheck.Finding
	for i, l := range looks {
		d, err := time.ParseDuration(l.at)
		if err != nil {
			t.Fatal(err)
		}
		at := after(d)
		word, rest, _ := strings.Cut(l.seen, ":")
		code, severity, _ := strings.Cut(rest, ":")
		var findings []domaincheck.Finding
		switch word {
		case "pass":
			last = pass(rule, at)
		case "fail":
			last = fail(rule, at)
			if code != "" {
				last.Code = code
			}
			if severity != "" {
				last.Severity = domaincheck.Severity(severity)
			}
		case "na":
			last = domaincheck.Finding{Rule: rule, Result: domaincheck.NotApplicable}
		case "=":
		case "=pass": // the same look, judged otherwise
			last = pass(rule, last.ObservedAt)
		case "=fail":
			last = fail(rule, last.ObservedAt)
		default:
			last = unknown(rule, domaincheck.Why(word))
		}
		if word != "gone" {
			findings = append(findings, last)
		}
		var changes []watch.Change
		states, changes = watch.Advance(states, findings, policy, at)
		var told []string
		for _, c := range changes {
			told = append(told, string(c.Kind))
		}
		got := domaincheck.Certainty("")
		if len(states) > 0 {
			got = states[0].Certainty
		}
		if got != l.want || strings.Join(told, " ") != l.told {
			t.Fatalf("look %d (%s %s): state %q told %q, want %q %q\n%+v", i, l.at, l.seen, got, strings.Join(told, " "), l.want, l.told, states)
		}
	}
	return states
}

const (
	ok         = domaincheck.CertainOK
	suspected  = domaincheck.Suspected
	confirmed  = domaincheck.Confirmed
	recovering = domaincheck.Recovering
	flapping   = domaincheck.Flapping
	stale      = domaincheck.CertainGone
	never      = domaincheck.NeverKnown
	none       = domaincheck.Certainty("")
)

func TestStories(t *testing.T) {
	scheduled := watch.DefaultPolicy()
	scheduled.Schedule = watch.Schedule{Resolution: 30 * time.Minute, Page: 6 * time.Hour, Registration: 24 * time.Hour}
	quick := watch.DefaultPolicy().Overridden(watch.Override{Looks: domaincheck.Known(3), Apart: domaincheck.Known(10 * time.Minute), NotifyApart: domaincheck.Known(2 * time.Minute)})
	once := watch.DefaultPolicy().Overridden(watch.Override{Apart: domaincheck.Known(time.Duration(0))})
	two := watch.DefaultPolicy().Overridden(watch.Override{Looks: domaincheck.Known(2), Apart: domaincheck.Known(time.Duration(0))})
	for _, c := range []struct {
		name, rule string
		policy     watch.Policy
		looks      []look
	}{
		{"healthy", "access.resolves", watch.DefaultPolicy(), []look{
			{"0m", "pass", ok, ""}, {"30m", "pass", ok, ""}, {"30m", "=", ok, ""},
		}},
		{"one bad look is a hiccup", "access.resolves", watch.DefaultPolicy(), []look{
			{"0m", "pass", ok, ""}, {"30m", "fail", suspected, "suspected"}, {"60m", "pass", ok, "cleared"},
		}},
		{"told after 30 minutes, clock after 6 hours", "access.resolves", watch.DefaultPolicy(), []look{
			{"0m", "fail", suspected, "suspected"}, {"0m", "=", suspected, ""},
			{"29m59s", "fail", suspected, ""}, {"30m", "fail", suspected, "noticed"}, {"60m", "fail", suspected, ""},
			{"5h59m59s", "fail", suspected, ""}, {"6h", "fail", confirmed, "confirmed"}, {"7h", "fail", confirmed, ""},
		}},
		{"a long gap settles both at once", "access.mainland", watch.DefaultPolicy(), []look{
			{"0m", "fail", suspected, "suspected"}, {"24h", "fail", confirmed, "noticed confirmed"},
		}},
		{"the same look judged for days is one look", "site.reachable", watch.DefaultPolicy(), []look{
			{"0m", "fail", suspected, "suspected"}, {"24h", "=", suspected, ""}, {"72h", "=", suspected, ""},
		}},
		{"block pages take 5 minutes", "site.blocked", watch.DefaultPolicy(), []look{
			{"0m", "fail", suspected, "suspected"}, {"4m59s", "fail", suspected, ""}, {"5m", "fail", confirmed, "noticed confirmed"},
		}},
		{"a hold takes 5 minutes", "domain.status", watch.DefaultPolicy(), []look{
			{"0m", "fail", suspected, "suspected"}, {"5m", "fail", confirmed, "noticed confirmed"},
		}},
		{"dates at once, both ways", "domain.expiry", watch.DefaultPolicy(), []look{
			{"0m", "fail:within_90:low", confirmed, "suspected noticed confirmed"},
			{"1h", "fail:within_30:medium", confirmed, "worse"}, {"2h", "fail:within_90:low", confirmed, "milder"},
			{"3h", "pass", ok, "recovering resolved"},
		}},
		{"declared facts at once", "server.expiry", watch.DefaultPolicy(), []look{
			{"0m", "pass", ok, ""}, {"1h", "fail", confirmed, "suspected noticed confirmed"}, {"2h", "pass", ok, "recovering resolved"},
		}},
		{"a date comes although nobody looked", "domain.expiry", watch.DefaultPolicy(), []look{
			{"0m", "pass", ok, ""}, {"48h", "=fail", confirmed, "suspected noticed confirmed"}, {"49h", "=", confirmed, ""},
		}},
		{"a declared fact settles an old look", "domain.holder", watch.DefaultPolicy(), []look{
			{"0m", "fail", suspected, "suspected"}, {"7h", "fail", confirmed, "noticed confirmed"}, {"8h", "=pass", ok, "recovering resolved"},
		}},
		{"recovery is confirmed too", "access.resolves", watch.DefaultPolicy(), []look{
			{"0m", "fail", suspected, "suspected"}, {"6h", "fail", confirmed, "noticed confirmed"},
			{"7h", "pass", recovering, "recovering"}, {"7h", "=", recovering, ""}, {"7h29m", "pass", recovering, ""}, {"7h30m", "pass", ok, "resolved"},
		}},
		{"what was told of recovers with a word", "access.resolves", watch.DefaultPolicy(), []look{
			{"0m", "fail", suspected, "suspected"}, {"30m", "fail", suspected, "noticed"},
			{"60m", "pass", recovering, "recovering"}, {"90m", "pass", ok, "resolved"},
		}},
		{"relapse", "access.resolves", watch.DefaultPolicy(), []look{
			{"0m", "fail", suspected, "suspected"}, {"6h", "fail", confirmed, "noticed confirmed"},
			{"7h", "pass", recovering, "recovering"}, {"7h10m", "fail", confirmed, "relapsed"}, {"8h", "pass", recovering, "recovering"}, {"9h", "pass", ok, "resolved"},
		}},
		{"a relapse before the risk clock starts it anew", "access.resolves", watch.DefaultPolicy(), []look{
			{"0m", "fail", suspected, "suspected"}, {"30m", "fail", suspected, "noticed"}, {"5h", "pass", recovering, "recovering"},
			{"5h10m", "fail", suspected, "relapsed"}, {"6h", "fail", suspected, ""}, {"11h9m", "fail", suspected, ""}, {"11h10m", "fail", confirmed, "confirmed"},
		}},
		{"unknown freezes", "access.resolves", watch.DefaultPolicy(), []look{
			{"0m", "unobserved", none, ""}, {"10m", "fail", suspected, "suspected"}, {"40m", "unobserved", suspected, ""}, {"24h", "unobserved", suspected, ""},
			{"25h", "undeclared", suspected, ""}, {"26h", "unknowable", suspected, ""}, {"27h", "fail", confirmed, "noticed confirmed"},
			{"28h", "unobserved", confirmed, ""}, {"29h", "pass", recovering, "recovering"}, {"40h", "unobserved", recovering, ""}, {"41h", "pass", ok, "resolved"},
		}},
		{"not applicable ends it quietly", "site.reachable", watch.DefaultPolicy(), []look{
			{"0m", "pass", ok, ""}, {"1h", "na", none, ""}, {"2h", "fail", suspected, "suspected"}, {"3h", "na", none, "ended"}, {"4h", "na", none, ""},
		}},
		{"a rule that is gone ends too", "site.reachable", watch.DefaultPolicy(), []look{
			{"0m", "fail", suspected, "suspected"}, {"1h", "gone", none, "ended"},
		}},
		{"another code of the same severity", "site.reachable", watch.DefaultPolicy(), []look{
			{"0m", "fail:refused", suspected, "suspected"}, {"30m", "fail:timeout", suspected, "other_code noticed"}, {"6h", "fail:refused", confirmed, "other_code confirmed"},
		}},
		{"worse is confirmed too", "access.resolves", watch.DefaultPolicy(), []look{
			{"0m", "fail:only_subdomain:low", suspected, "suspected"}, {"6h", "fail:only_subdomain:low", confirmed, "noticed confirmed"},
			{"7h", "fail:no_address:high", confirmed, ""}, {"7h10m", "fail:no_address:high", confirmed, ""}, {"7h30m", "fail:no_address:high", confirmed, "worse"},
			{"8h", "fail:only_subdomain:low", confirmed, ""}, {"8h30m", "fail:no_address:high", confirmed, ""},
			{"9h", "fail:only_subdomain:low", confirmed, ""}, {"9h30m", "fail:only_subdomain:low", confirmed, "milder"},
		}},
		{"worse before the notice is taken over", "access.resolves", watch.DefaultPolicy(), []look{
			{"0m", "fail:only_subdomain:low", suspected, "suspected"}, {"30m", "fail:no_address:high", suspected, "worse noticed"},
		}},
		{"never seen, then stale", "access.resolves", scheduled, []look{
			{"0m", "unobserved", never, ""}, {"90m", "unobserved", never, ""}, {"91m", "unobserved", stale, "stale"}, {"120m", "unobserved", stale, ""},
			{"150m", "fail", suspected, "seen suspected"},
		}},
		{"what nobody can see does not go stale", "domain.holder", scheduled, []look{
			{"0m", "unknowable", none, ""}, {"0m", "pass", ok, ""}, {"999h", "unknowable", ok, ""}, {"1999h", "undeclared", ok, ""},
		}},
		{"a confirmed failure goes stale and comes back", "access.resolves", scheduled, []look{
			{"0m", "fail", suspected, "suspected"}, {"6h", "fail", confirmed, "noticed confirmed"}, {"7h30m", "unobserved", confirmed, ""},
			{"7h31m", "unobserved", stale, "stale"}, {"9h", "fail", confirmed, "seen"},
		}},
		{"an old look kept beside failed ones goes stale", "site.reachable", scheduled, []look{
			{"0m", "pass", ok, ""}, {"18h", "=", ok, ""}, {"18h1m", "=", stale, "stale"}, {"19h", "pass", ok, "seen"},
		}},
		{"declared facts do not go stale", "server.expiry", scheduled, []look{
			{"0m", "pass", ok, ""}, {"9999h", "unobserved", ok, ""},
		}},
		{"the user's measure: three looks", "site.reachable", quick, []look{
			{"0m", "fail", suspected, "suspected"}, {"2m", "fail", suspected, ""}, {"3m", "fail", suspected, ""}, {"4m", "fail", suspected, "noticed"},
			{"10m", "fail", suspected, ""}, {"19m", "fail", suspected, ""}, {"20m", "fail", confirmed, "confirmed"},
			{"21m", "pass", recovering, "recovering"}, {"23m", "pass", recovering, ""}, {"25m", "pass", ok, "resolved"},
		}},
		{"0s: at once", "site.reachable", once, []look{
			{"0m", "fail", confirmed, "suspected noticed confirmed"}, {"1s", "pass", ok, "recovering resolved"}, {"2s", "fail", confirmed, "suspected noticed confirmed"},
		}},
		{"0s with two looks: two looks", "site.reachable", two, []look{
			{"0m", "fail", suspected, "suspected"}, {"0m", "=", suspected, ""}, {"1s", "fail", confirmed, "noticed confirmed"},
			{"2s", "pass", recovering, "recovering"}, {"3s", "pass", ok, "resolved"},
		}},
		{"flapping, then calm and good", "site.reachable", watch.DefaultPolicy(), []look{
			{"0m", "pass", ok, ""}, {"1h", "fail", suspected, "suspected"}, {"2h", "pass", ok, "cleared"}, {"3h", "fail", suspected, "suspected"}, {"4h", "pass", ok, "cleared"},
			{"5h", "fail", suspected, "suspected"}, {"6h", "pass", ok, "cleared"}, {"7h", "fail", suspected, "suspected"}, {"8h", "pass", flapping, "flapping"},
			{"9h", "fail", flapping, ""}, {"10h", "pass", flapping, ""}, {"15h59m", "pass", flapping, ""}, {"16h", "pass", ok, "calmed"},
		}},
		{"flapping, then calm and bad", "site.reachable", watch.DefaultPolicy(), []look{
			{"0m", "pass", ok, ""}, {"1h", "fail", suspected, "suspected"}, {"2h", "pass", ok, "cleared"}, {"3h", "fail", suspected, "suspected"}, {"4h", "pass", ok, "cleared"},
			{"5h", "fail", suspected, "suspected"}, {"6h", "pass", ok, "cleared"}, {"7h", "fail", suspected, "suspected"}, {"8h", "pass", flapping, "flapping"},
			{"9h", "fail", flapping, ""}, {"14h59m", "fail", flapping, ""}, {"15h", "fail", confirmed, "calmed noticed confirmed"},
		}},
		{"flapping, then nothing for days", "site.reachable", watch.DefaultPolicy(), []look{
			{"0m", "pass", ok, ""}, {"1h", "fail", suspected, "suspected"}, {"2h", "pass", ok, "cleared"}, {"3h", "fail", suspected, "suspected"}, {"4h", "pass", ok, "cleared"},
			{"5h", "fail", suspected, "suspected"}, {"6h", "pass", ok, "cleared"}, {"7h", "fail", suspected, "suspected"}, {"8h", "pass", flapping, "flapping"},
			{"99h", "pass", ok, "calmed"},
		}},
		{"one look judged this way and that does not flap", "site.reachable", watch.DefaultPolicy(), []look{
			{"0h", "pass", ok, ""}, {"1h", "=fail", suspected, "suspected"}, {"2h", "=pass", ok, "cleared"}, {"3h", "=fail", suspected, "suspected"}, {"4h", "=pass", ok, "cleared"},
			{"5h", "=fail", suspected, "suspected"}, {"6h", "=pass", ok, "cleared"}, {"7h", "=fail", suspected, "suspected"}, {"8h", "=pass", ok, "cleared"},
			{"9h", "=fail", suspected, "suspected"},
		}},
		{"where nothing may delay nothing flaps", "site.reachable", two, []look{
			{"0m", "pass", ok, ""}, {"1m", "fail", suspected, "suspected"}, {"2m", "pass", ok, "cleared"}, {"3m", "fail", suspected, "suspected"}, {"4m", "pass", ok, "cleared"},
			{"5m", "fail", suspected, "suspected"}, {"6m", "pass", ok, "cleared"}, {"7m", "fail", suspected, "suspected"}, {"8m", "pass", ok, "cleared"},
			{"9m", "fail", suspected, "suspected"}, {"10m", "fail", confirmed, "noticed confirmed"},
		}},
		{"slow turns do not flap", "site.reachable", watch.DefaultPolicy(), []look{
			{"0h", "pass", ok, ""}, {"6h", "fail", suspected, "suspected"}, {"12h", "pass", ok, "cleared"}, {"18h", "fail", suspected, "suspected"}, {"24h", "pass", ok, "cleared"},
			{"30h", "fail", suspected, "suspected"}, {"36h", "pass", ok, "cleared"}, {"42h", "fail", suspected, "suspected"}, {"48h", "pass", ok, "cleared"},
			{"54h", "fail", suspected, "suspected"}, {"60h", "pass", ok, "cleared"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) { runStory(t, c.rule, c.policy, c.looks) })
	}
}

// TestEveryTransition: each certainty met by each kind of look, a day later.
func TestEveryTransition(t *testing.T) {
	scheduled := watch.DefaultPolicy()
	scheduled.Schedule = watch.Schedule{Page: time.Hour}
	flaps := []look{{"0h", "pass", ok, ""}}
	for i, kinds := range []string{"suspected", "cleared", "suspected", "cleared", "suspected", "cleared", "suspected", "flapping"} {
		l := look{at: time.Duration(i + 1).String(), seen: "fail", want: suspected, told: kinds}
		l.at = (time.Duration(i+1) * time.Minute).String()
		if i%2 == 1 {
			l.seen, l.want = "pass", ok
		}
		if kinds == "flapping" {
			l.want = flapping
		}
		flaps = append(flaps, l)
	}
	bad, worse := look{"0m", "fail", suspected, "suspected"}, look{"6h", "fail", confirmed, "noticed confirmed"}
	ways := []struct {
		name   string
		policy watch.Policy
		way    []look
	}{
		{"nothing", watch.DefaultPolicy(), nil},
		{"ok", watch.DefaultPolicy(), []look{{"0m", "pass", ok, ""}}},
		{"suspected", watch.DefaultPolicy(), []look{bad}},
		{"told", watch.DefaultPolicy(), []look{bad, {"30m", "fail", suspected, "noticed"}}},
		{"confirmed", watch.DefaultPolicy(), []look{bad, worse}},
		{"recovering", watch.DefaultPolicy(), []look{bad, worse, {"7h", "pass", recovering, "recovering"}}},
		{"flapping", watch.DefaultPolicy(), flaps},
		{"never", scheduled, []look{{"0m", "unobserved", never, ""}}},
		{"stale, was ok", scheduled, []look{{"0m", "pass", ok, ""}, {"4h", "unobserved", stale, "stale"}}},
		{"stale, was confirmed", scheduled, []look{bad, worse, {"10h", "unobserved", stale, "stale"}}},
	}
	seen := []string{"pass", "fail", "fail:other", "unobserved", "undeclared", "unknowable", "na", "gone"}
	want := map[string][]look{ // in the order of seen
		"nothing":              {{want: ok}, {want: suspected, told: "suspected"}, {want: suspected, told: "suspected"}, {}, {}, {}, {}, {}},
		"ok":                   {{want: ok}, {want: suspected, told: "suspected"}, {want: suspected, told: "suspected"}, {want: ok}, {want: ok}, {want: ok}, {}, {}},
		"suspected":            {{want: ok, told: "cleared"}, {want: confirmed, told: "noticed confirmed"}, {want: confirmed, told: "other_code noticed confirmed"}, {want: suspected}, {want: suspected}, {want: suspected}, {told: "ended"}, {told: "ended"}},
		"told":                 {{want: recovering, told: "recovering"}, {want: confirmed, told: "confirmed"}, {want: confirmed, told: "other_code confirmed"}, {want: suspected}, {want: suspected}, {want: suspected}, {told: "ended"}, {told: "ended"}},
		"confirmed":            {{want: recovering, told: "recovering"}, {want: confirmed}, {want: confirmed, told: "other_code"}, {want: confirmed}, {want: confirmed}, {want: confirmed}, {told: "ended"}, {told: "ended"}},
		"recovering":           {{want: ok, told: "resolved"}, {want: confirmed, told: "relapsed"}, {want: confirmed, told: "relapsed other_code"}, {want: recovering}, {want: recovering}, {want: recovering}, {told: "ended"}, {told: "ended"}},
		"flapping":             {{want: ok, told: "calmed"}, {want: flapping}, {want: flapping}, {want: flapping}, {want: flapping}, {want: flapping}, {told: "ended"}, {told: "ended"}},
		"never":                {{want: ok, told: ""}, {want: suspected, told: "suspected"}, {want: suspected, told: "suspected"}, {want: stale, told: "stale"}, {want: never}, {want: never}, {}, {}},
		"stale, was ok":        {{want: ok, told: "seen"}, {want: suspected, told: "seen suspected"}, {want: suspected, told: "seen suspected"}, {want: stale}, {want: stale}, {want: stale}, {told: "ended"}, {told: "ended"}},
		"stale, was confirmed": {{want: recovering, told: "seen recovering"}, {want: confirmed, told: "seen"}, {want: confirmed, told: "seen other_code"}, {want: stale}, {want: stale}, {want: stale}, {told: "ended"}, {told: "ended"}},
	}
	for _, w := range ways {
		if len(want[w.name]) != len(seen) {
			t.Fatalf("%s: not every look has its row", w.name)
		}
		for i, s := range seen {
			t.Run(w.name+"/"+s, func(t *testing.T) {
				last := want[w.name][i]
				last.at, last.seen = "34h", s
				runStory(t, "site.reachable", w.policy, append(slices.Clone(w.way), last))
			})
		}
	}
}

// TestDeclared: what the ledger says needs no second look, whatever the rule.
func TestDeclared(t *testing.T) {
	f := fail("domain.holder", domaincheck.Instant{})
	f.Knows = domaincheck.Declared
	states, changes := watch.Advance(nil, []domaincheck.Finding{f}, watch.DefaultPolicy(), after(0))
	if len(changes) != 3 || states[0].Certainty != confirmed || states[0].ConfirmedAt != after(0) {
		t.Fatalf("%+v %+v", states, changes)
	}
	f.Result = domaincheck.Pass
	states, changes = watch.Advance(states, []domaincheck.Finding{f}, watch.DefaultPolicy(), after(time.Minute))
	if len(changes) != 2 || changes[1].Kind != watch.Resolved || states[0].Certainty != ok {
		t.Fatalf("%+v %+v", states, changes)
	}
}

// TestClockBack: after a clock that ran ahead is put right, a look is lost at
// most, and the failure is confirmed in the ordinary time.
func TestClockBack(t *testing.T) {
	policy := watch.DefaultPolicy()
	future := after(9999 * time.Hour)
	states, _ := watch.Advance(nil, []domaincheck.Finding{fail("access.resolves", future)}, policy, future)
	total := ""
	for _, h := range []int{0, 1, 2, 6, 7, 8} {
		at := after(time.Duration(h) * time.Hour)
		var changes []watch.Change
		states, changes = watch.Advance(states, []domaincheck.Finding{fail("access.resolves", at)}, policy, at)
		for _, c := range changes {
			total += string(c.Kind) + " "
		}
		if states[0].Since.After(at.Time) || states[0].LastLook.After(at.Time) {
			t.Fatalf("remembers the future: %+v", states[0])
		}
	}
	if total != "noticed confirmed " || states[0].Certainty != confirmed {
		t.Errorf("told %q, state %s", total, states[0].Certainty)
	}
}

// TestInstants: T0 is the first bad look, and a worse severity has its own.
func TestInstants(t *testing.T) {
	states := runStory(t, "access.resolves", watch.DefaultPolicy(), []look{
		{"0m", "fail:only_subdomain:low", suspected, "suspected"}, {"6h", "fail:only_subdomain:low", confirmed, "noticed confirmed"},
		{"7h", "fail:no_address:high", confirmed, ""}, {"8h", "fail:no_address:high", confirmed, "worse"},
	})
	s := states[0]
	if s.Since != after(0) || s.NoticedAt != after(6*time.Hour) || s.ConfirmedAt != after(6*time.Hour) || s.WorseSince != after(7*time.Hour) || s.LastKnown != after(8*time.Hour) {
		t.Errorf("%+v", s)
	}
	if s.Severity != domaincheck.High || s.Code != "no_address" {
		t.Errorf("%+v", s)
	}
}

// TestOrder: states stand in the order of the findings, whatever the order of
// those before, and targets do not mix.
func TestOrder(t *testing.T) {
	at := after(0)
	var findings []domaincheck.Finding
	for _, rule := range []string{"site.tls", "access.resolves", "domain.expiry"} {
		for _, target := range []domaincheck.Text{"b.cn", "a.cn", ""} {
			f := fail(rule, at)
			f.Target = target
			findings = append(findings, f)
		}
	}
	states, _ := watch.Advance(nil, findings, watch.DefaultPolicy(), at)
	reversed := slices.Clone(states)
	slices.Reverse(reversed)
	again, changes := watch.Advance(reversed, findings, watch.DefaultPolicy(), at)
	if len(changes) != 0 || len(again) != len(findings) {
		t.Fatalf("%d states, changes %v", len(again), changes)
	}
	for i, s := range again {
		if s.Rule != findings[i].Rule || s.Target != findings[i].Target {
			t.Errorf("state %d is %s %s", i, s.Rule, s.Target)
		}
	}
}

func TestNextLook(t *testing.T) {
	policy := watch.DefaultPolicy()
	for _, c := range []struct {
		rule  string
		looks []look
		want  domaincheck.Instant
	}{
		{"access.resolves", []look{{"0m", "pass", ok, ""}}, domaincheck.Instant{}},
		{"access.resolves", []look{{"0m", "fail", suspected, "suspected"}}, after(30 * time.Minute)},
		{"access.resolves", []look{{"0m", "fail", suspected, "suspected"}, {"31m", "fail", suspected, "noticed"}}, after(6 * time.Hour)},
		{"site.blocked", []look{{"0m", "fail", suspected, "suspected"}}, after(5 * time.Minute)},
		{"access.resolves", []look{{"0m", "fail", suspected, "suspected"}, {"6h", "fail", confirmed, "noticed confirmed"}}, domaincheck.Instant{}},
		{"access.resolves", []look{{"0m", "fail", suspected, "suspected"}, {"6h", "fail", confirmed, "noticed confirmed"}, {"7h", "pass", recovering, "recovering"}}, after(7*time.Hour + 30*time.Minute)},
		{"access.resolves", []look{{"0m", "fail", suspected, "suspected"}, {"6h", "fail", confirmed, "noticed confirmed"}, {"7h", "fail:bad:high", confirmed, ""}}, after(7*time.Hour + 30*time.Minute)},
		{"server.expiry", []look{{"0m", "fail", confirmed, "suspected noticed confirmed"}}, domaincheck.Instant{}},
	} {
		states := runStory(t, c.rule, policy, c.looks)
		if got := policy.NextLook(states[0]); got != c.want {
			t.Errorf("%s after %v: next look %s, want %s", c.rule, c.looks, got, c.want)
		}
	}
}

func TestStaleAfter(t *testing.T) {
	for interval, want := range map[time.Duration]time.Duration{
		0: 0, time.Second: time.Hour, 20 * time.Minute: time.Hour, 30 * time.Minute: 90 * time.Minute, 24 * time.Hour: 72 * time.Hour,
	} {
		if got := watch.StaleAfter(interval); got != want {
			t.Errorf("StaleAfter(%s) = %s, want %s", interval, got, want)
		}
	}
}
