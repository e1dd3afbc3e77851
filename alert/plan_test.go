package alert_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	dc "domaincheck"
	"domaincheck/alert"
)

func at(text string) dc.Instant {
	i, err := dc.ParseInstant(text)
	if err != nil {
		panic(err)
	}
	return i
}

// bench is a site over time: what is open in the watch's eyes, and what the
// plan made of it.
type bench struct {
	t      *testing.T
	policy alert.Policy
	report dc.Report
	open   []alert.Open
	supp   []alert.Suppression
	last   alert.Planned
}

func newBench(t *testing.T, p alert.Policy) *bench {
	site := &dc.ReportSite{Site: dc.Site{
		Tags: dc.List[string]{"shop"}, Subject: &dc.Subject{ID: "acme", Name: "北京示例科技有限公司", Tags: dc.List[string]{"vip"}},
		Access: dc.List[dc.Access]{{Provider: "huawei", State: dc.AccessCancelled}, {Provider: "aliyun"}},
	}}
	return &bench{t: t, policy: p, report: dc.Report{Domain: "example.cn", Unicode: "example.cn", Site: site}}
}

// fail sets a confirmed failure; rule may be rule@target, code "" is bad.
func (b *bench) fail(rule, code string, level dc.Severity, since string) *bench {
	rule, target, _ := strings.Cut(rule, "@")
	b.drop(rule, target)
	if code == "" {
		code = "bad"
	}
	s := dc.State{Rule: rule, Target: dc.Text(target), Certainty: dc.Confirmed, Code: dc.Text(code), Severity: level, Since: at(since), NoticedAt: at(since), LastLook: at(since), LastKnown: at(since), LastResult: dc.Fail}
	f := dc.Finding{Rule: rule, Target: dc.Text(target), Code: code, Result: dc.Fail, Severity: level, ObservedAt: at(since)}
	b.report.States = append(b.report.States, s)
	b.report.Findings = append(b.report.Findings, f)
	return b
}

func (b *bench) drop(rule, target string) {
	b.report.States = slices.DeleteFunc(b.report.States, func(s dc.State) bool { return s.Rule == rule && string(s.Target) == target })
	b.report.Findings = slices.DeleteFunc(b.report.Findings, func(f dc.Finding) bool { return f.Rule == rule && string(f.Target) == target })
	b.report.Risks = slices.DeleteFunc(b.report.Risks, func(r dc.Risk) bool { return slices.Contains(r.Causes, rule) })
}

func (b *bench) state(rule string) *dc.State {
	i := slices.IndexFunc(b.report.States, func(s dc.State) bool { return s.Rule == rule })
	if i < 0 {
		b.t.Fatalf("no state of %s", rule)
	}
	return &b.report.States[i]
}

func (b *bench) risk(rule, signal string, level dc.Severity, deadline string) *bench {
	b.report.Risks = append(b.report.Risks, dc.Risk{
		Outcome: dc.RiskDeAccess, Signal: signal, Level: level, Expected: level, Confirmed: true, Deadline: at(deadline), DeadlineKind: "typical", Provider: "aliyun", Causes: dc.List[string]{rule},
	})
	return b
}

// pass recovers a rule.
func (b *bench) pass(rule, look string) *bench {
	s := b.state(rule)
	*s = dc.State{Rule: s.Rule, Target: s.Target, Certainty: dc.CertainOK, LastLook: at(look), LastKnown: at(look), LastResult: dc.Pass}
	for i := range b.report.Findings {
		if f := &b.report.Findings[i]; f.Rule == s.Rule && f.Target == s.Target {
			*f = dc.Finding{Rule: s.Rule, Target: s.Target, Code: "fine", Result: dc.Pass, ObservedAt: at(look)}
		}
	}
	b.report.Risks = slices.DeleteFunc(b.report.Risks, func(r dc.Risk) bool { return slices.Contains(r.Causes, s.Rule) })
	return b
}

// plan runs one judgement through JSON, as the store would keep it, and
// compares the rows: "channel kind rule[!not before]".
func (b *bench) plan(now string, want ...string) *bench {
	b.t.Helper()
	b.last = alert.Plan(alert.Input{Report: &b.report, Open: b.open, Suppressions: b.supp, At: at(now)}, b.policy)
	text, err := json.Marshal(b.last.Open)
	if err != nil {
		b.t.Fatal(err)
	}
	b.open = nil
	if err := json.Unmarshal(text, &b.open); err != nil {
		b.t.Fatal(err)
	}
	got := []string{}
	for _, o := range b.last.Out {
		row := fmt.Sprintf("%s %s %s", o.Channel, o.Kind, o.Events[0].Rule)
		if !o.NotBefore.IsZero() {
			row += "!" + o.NotBefore.In(dc.Beijing()).Format("01-02 15:04")
		}
		if len(o.Keys) != 1 || len(o.Events) != 1 || o.Keys[0] != o.Events[0].Key || o.Kind != o.Events[0].Kind {
			b.t.Errorf("row %+v does not agree with itself", o)
		}
		got = append(got, row)
	}
	if want == nil {
		want = []string{}
	}
	if !slices.Equal(got, want) {
		b.t.Fatalf("at %s:\n got %q\nwant %q", now, got, want)
	}
	return b
}

func route(channels ...string) alert.Route {
	return alert.Route{Channels: channels, MinLevel: dc.Low, GroupBy: []string{"cause"}}
}

func one(channels ...string) alert.Policy {
	return alert.Policy{Routes: []alert.Route{route(channels...)}}
}

func TestLifeOfAnEvent(t *testing.T) {
	p := one("ops", "mail")
	p.Routes[0].Repeat = 24 * time.Hour
	b := newBench(t, p)
	b.plan("2026-11-01T08:00:00+08:00")
	b.fail("access.mainland", "foreign", dc.High, "2026-11-01T09:00:00+08:00").risk("access.mainland", "S07", dc.High, "2026-11-30")
	b.plan("2026-11-01T09:30:00+08:00", "ops opened access.mainland", "mail opened access.mainland")
	key := b.last.Out[0].Keys[0]
	if len(key) != 16 || key != alert.KeyOf("example.cn", "access.mainland", "", at("2026-11-01T09:00:00+08:00")) {
		t.Errorf("key %q", key)
	}
	b.plan("2026-11-01T09:30:00+08:00")
	b.plan("2026-11-02T09:29:00+08:00")
	b.plan("2026-11-02T09:31:00+08:00", "ops reminder access.mainland", "mail reminder access.mainland")
	b.report.Risks[0].Expected = dc.Critical
	b.plan("2026-11-02T10:00:00+08:00", "ops worse access.mainland", "mail worse access.mainland")
	b.report.Risks[0].Expected = dc.High
	b.plan("2026-11-02T11:00:00+08:00")
	b.report.Risks[0].Expected = dc.Critical // not news: it was told
	b.plan("2026-11-02T12:00:00+08:00")
	b.state("access.mainland").Certainty = dc.Recovering
	b.plan("2026-11-04T12:00:00+08:00")
	b.pass("access.mainland", "2026-11-04T13:00:00+08:00")
	b.plan("2026-11-04T13:00:00+08:00", "mail resolved access.mainland", "ops resolved access.mainland")
	for _, o := range b.last.Out {
		if o.Keys[0] != key || o.Events[0].Finding.Code != "fine" || o.Group != "cause=S07" || len(o.Events[0].Risks) != 0 {
			t.Errorf("resolved row %+v", o)
		}
	}
	if len(b.open) != 0 {
		t.Errorf("still open: %+v", b.open)
	}
	b.plan("2026-11-04T13:30:00+08:00")
	b.fail("access.mainland", "foreign", dc.High, "2026-11-05T09:00:00+08:00")
	b.plan("2026-11-05T09:30:00+08:00", "ops opened access.mainland", "mail opened access.mainland")
	if b.last.Out[0].Keys[0] == key {
		t.Error("a new opening has the old key")
	}
}

func TestFactsOfAnEvent(t *testing.T) {
	b := newBench(t, one("ops")).fail("access.mainland", "foreign", dc.Medium, "2026-11-01T09:00:00+08:00")
	b.risk("access.mainland", "S07", dc.High, "2026-11-20").risk("access.mainland", "S08", dc.Medium, "2026-11-13")
	b.report.Risks[0].Confirmed, b.report.Risks[0].Level = false, dc.Info
	b.report.Risks[1].Confirmed, b.report.Risks[1].Level = false, dc.Info
	b.plan("2026-11-05T09:30:00+08:00", "ops opened access.mainland")
	e := b.last.Out[0].Events[0]
	if e.Level != dc.High || e.Cause != "S07" || e.Deadline.Day().String() != "2026-11-13" || *e.DaysLeft != 8 || e.DeadlineKind != "typical" {
		t.Errorf("%+v", e)
	}
	if e.Provider != "aliyun" || e.Subject != "acme" || !slices.Equal(e.Tags, []string{"shop", "vip"}) || e.Since != at("2026-11-01T09:00:00+08:00") {
		t.Errorf("%+v", e)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back alert.Event
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(back); string(again) != string(text) || !reflect.DeepEqual(back.Deadline, e.Deadline) {
		t.Errorf("an event changes in JSON:\n%s\n%s", text, again)
	}
}

// TestUnnoticed: what the watch is not sure enough of is nobody's business.
func TestUnnoticed(t *testing.T) {
	b := newBench(t, one("ops")).fail("site.reachable", "", dc.Medium, "2026-11-01")
	s := b.state("site.reachable")
	for _, c := range []dc.Certainty{dc.Suspected, dc.Flapping, dc.NeverKnown, dc.CertainOK, dc.CertainGone} {
		s.NoticedAt, s.Certainty = dc.Instant{}, c
		b.plan("2026-11-01T10:00:00+08:00")
	}
	s.NoticedAt, s.Certainty = at("2026-11-01"), dc.Suspected
	b.plan("2026-11-01T10:00:00+08:00", "ops opened site.reachable")
	for _, c := range []dc.Certainty{dc.Flapping, dc.CertainGone, dc.Recovering} {
		s.Certainty, s.Severity = c, dc.Critical
		b.plan("2026-11-01T11:00:00+08:00")
		if len(b.open) != 1 {
			t.Fatalf("%s: forgotten", c)
		}
	}
}

func TestEndsQuietly(t *testing.T) {
	b := newBench(t, one("ops")).fail("site.reachable", "", dc.Medium, "2026-11-01")
	b.plan("2026-11-01T10:00:00+08:00", "ops opened site.reachable")
	b.drop("site.reachable", "")
	b.plan("2026-11-01T11:00:00+08:00")
	if len(b.open) != 0 || len(b.last.Events) != 0 {
		t.Errorf("%+v", b.last)
	}
}

func TestDeadlines(t *testing.T) {
	b := newBench(t, one("ops")).fail("notice.deadline", "open", dc.High, "2026-11-01").risk("notice.deadline", "S03", dc.High, "2026-11-20")
	b.plan("2026-11-01T10:00:00+08:00", "ops opened notice.deadline")
	told := []string{}
	for day := dc.MustDate("2026-11-02"); day.Before(dc.MustDate("2026-11-24")); day = day.AddDays(1) {
		for _, h := range []int{1, 12} {
			p := alert.Plan(alert.Input{Report: &b.report, Open: b.open, At: dc.At(day.Start().Add(time.Duration(h) * time.Hour))}, b.policy)
			b.open = p.Open
			for _, o := range p.Out {
				told = append(told, fmt.Sprintf("%s %d %s", o.Kind, *o.Events[0].DaysLeft, day))
			}
		}
	}
	if want := []string{"deadline 7 2026-11-13", "deadline 3 2026-11-17", "deadline 1 2026-11-19"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestDeadlineMoves(t *testing.T) {
	b := newBench(t, one("ops")).fail("notice.deadline", "open", dc.High, "2026-11-01").risk("notice.deadline", "S03", dc.High, "2026-11-05")
	b.plan("2026-11-03T10:00:00+08:00", "ops opened notice.deadline") // 2 days left were told
	b.plan("2026-11-04T10:00:00+08:00", "ops deadline notice.deadline")
	b.report.Risks[0].Deadline = at("2026-11-30") // put off
	b.plan("2026-11-05T10:00:00+08:00")
	b.plan("2026-11-23T10:00:00+08:00", "ops deadline notice.deadline")
	b.report.Risks[0].Deadline = at("2026-11-28") // brought forward
	b.plan("2026-11-23T11:00:00+08:00", "ops deadline notice.deadline")
	b.report.Risks[0].Confirmed, b.report.Risks[0].Deadline = false, at("2026-11-24")
	b.plan("2026-11-23T12:00:00+08:00") // not sure of it
}

func TestInhibition(t *testing.T) {
	b := newBench(t, one("ops"))
	b.fail("access.resolves", "no_address", dc.High, "2026-11-01T08:00:00+08:00").fail("site.reachable", "", dc.Medium, "2026-11-01T08:00:00+08:00")
	b.fail("domain.expiry", "expired", dc.Critical, "2026-11-01T08:00:00+08:00")
	b.plan("2026-11-01T09:00:00+08:00", "ops opened domain.expiry")
	if got := b.last.Out[0].Events[0].Explains; !slices.Equal(got, []string{"access.resolves", "site.reachable"}) {
		t.Errorf("explains %q", got)
	}
	if len(b.last.Events) != 3 {
		t.Errorf("%d events are known of, want 3", len(b.last.Events))
	}
	// The name is renewed; the newest looks at the rest are of before.
	b.pass("domain.expiry", "2026-11-02T08:00:00+08:00")
	b.plan("2026-11-02T08:00:00+08:00", "ops resolved domain.expiry")
	b.plan("2026-11-02T08:10:00+08:00")
	// It resolves again, but the site stays down.
	b.pass("access.resolves", "2026-11-02T08:30:00+08:00")
	b.state("site.reachable").LastKnown = at("2026-11-02T08:30:00+08:00")
	b.plan("2026-11-02T08:30:00+08:00", "ops opened site.reachable")
	b.pass("site.reachable", "2026-11-02T09:30:00+08:00")
	b.plan("2026-11-02T09:30:00+08:00", "ops resolved site.reachable")
}

func TestInhibitedForADayWithoutLook(t *testing.T) {
	b := newBench(t, one("ops")).fail("site.reachable", "", dc.Medium, "2026-11-01").fail("site.blocked", "", dc.Critical, "2026-11-01")
	b.plan("2026-11-01T09:00:00+08:00", "ops opened site.blocked")
	b.drop("site.blocked", "")
	b.plan("2026-11-01T10:00:00+08:00")
	b.plan("2026-11-02T08:59:00+08:00")
	b.plan("2026-11-02T09:00:00+08:00", "ops opened site.reachable")
}

func TestExplains(t *testing.T) {
	event := func(rule, code, target string, level dc.Severity) *alert.Event {
		rule, _, _ = strings.Cut(rule, "!")
		return &alert.Event{Domain: "a.cn", Rule: rule, Target: dc.Text(target), Level: level, Finding: dc.Finding{Code: code}}
	}
	for _, c := range []struct {
		cause, code, target string
		level               dc.Severity
		rule, of            string
		of2                 dc.Severity
		want                bool
	}{
		{"domain.expiry", "expired", "", dc.Critical, "access.resolves", "", dc.High, true},
		{"domain.expiry", "within_7", "", dc.High, "access.resolves", "", dc.High, false},
		{"domain.expiry", "expired", "a.cn", dc.Critical, "site.number", "", dc.Medium, true},
		{"domain.expiry", "expired", "b.cn", dc.Critical, "site.number", "", dc.Medium, false},
		{"domain.expiry", "expired", "b.cn", dc.Critical, "access.resolves", "www.b.cn", dc.Medium, true},
		{"domain.expiry", "expired", "b.cn", dc.Critical, "access.resolves", "xb.cn", dc.Medium, false},
		{"domain.expiry", "expired", "", dc.Critical, "server.expiry", "", dc.Medium, false},
		{"domain.registered", "absent", "", dc.Critical, "domain.status", "", dc.Critical, true},
		{"domain.status", "hold", "", dc.Critical, "access.mainland", "", dc.High, true},
		{"domain.status", "hold", "", dc.Low, "access.mainland", "", dc.High, false},
		{"access.resolves", "", "", dc.High, "site.reachable", "", dc.Medium, true},
		{"access.resolves", "", "", dc.High, "domain.expiry", "", dc.Medium, false},
		{"access.mainland", "", "", dc.High, "access.provider", "", dc.High, true},
		{"access.mainland", "", "", dc.High, "site.number", "", dc.Medium, false},
		{"server.expiry", "ended", "web1", dc.Critical, "site.reachable", "", dc.Medium, true},
		{"server.expiry", "within_7", "web1", dc.Critical, "site.reachable", "", dc.Medium, false},
		{"site.blocked", "", "", dc.Critical, "site.number", "", dc.Medium, true},
		{"site.parked", "", "", dc.Medium, "site.link", "", dc.Low, true},
		{"site.number", "", "", dc.Medium, "site.link", "", dc.Low, true},
		{"site.number", "", "", dc.Medium, "site.police", "", dc.Low, false},
		{"site.link", "", "", dc.Medium, "site.number", "", dc.Low, false},
	} {
		if got := alert.Explains(event(c.cause, c.code, c.target, c.level), event(c.rule, "", c.of, c.of2)); got != c.want {
			t.Errorf("%s %s of %q explains %s of %q: %t", c.cause, c.code, c.target, c.rule, c.of, got)
		}
	}
}

// TestExplainsNoCircle: no two failures may hush each other.
func TestExplainsNoCircle(t *testing.T) {
	rules := []string{"domain.registered", "domain.expiry", "domain.status", "access.resolves", "access.mainland", "access.provider", "access.delegation", "server.expiry", "site.blocked", "site.reachable", "site.parked", "site.number", "site.number_matches", "site.link", "site.tls"}
	for _, a := range rules {
		for _, b := range rules {
			x := &alert.Event{Rule: a, Level: dc.High, Finding: dc.Finding{Code: "expired"}}
			y := &alert.Event{Rule: b, Level: dc.High, Finding: dc.Finding{Code: "ended"}}
			if alert.Explains(x, y) && alert.Explains(y, x) {
				t.Errorf("%s and %s explain each other", a, b)
			}
		}
	}
}

func TestSilence(t *testing.T) {
	p := one("ops")
	p.Silences = []alert.Silence{
		{Match: alert.Match{Tags: []string{"shop"}, Rules: []string{"site.*"}}, Owner: "li", From: at("2026-11-01T08:00:00+08:00"), Until: at("2026-11-01T12:00:00+08:00")},
		{Match: alert.Match{Domains: []string{"other.cn"}}, Owner: "wang", Until: at("2027-01-01")},
	}
	b := newBench(t, p).fail("site.reachable", "", dc.Medium, "2026-11-01T07:00:00+08:00")
	b.plan("2026-11-01T07:59:00+08:00", "ops opened site.reachable")
	b.fail("site.number", "", dc.Medium, "2026-11-01T09:00:00+08:00").drop("site.reachable", "")
	b.plan("2026-11-01T09:30:00+08:00")
	if b.open[0].Held != "silenced" || b.open[0].By != "li" {
		t.Errorf("%+v", b.open[0])
	}
	b.plan("2026-11-01T11:59:00+08:00")
	b.plan("2026-11-01T12:00:00+08:00", "ops opened site.number")
}

// TestSilenceResolved: what opened and resolved in a silence is never told;
// recovery of what was told before comes when the silence ends.
func TestSilenceResolved(t *testing.T) {
	p := one("ops")
	p.Silences = []alert.Silence{{Match: alert.Match{Rules: []string{"site.*"}}, Owner: "li", From: at("2026-11-01T08:00:00+08:00"), Until: at("2026-11-01T12:00:00+08:00")}}
	b := newBench(t, p).fail("site.reachable", "", dc.Medium, "2026-11-01T07:00:00+08:00")
	b.plan("2026-11-01T07:59:00+08:00", "ops opened site.reachable")
	b.fail("site.tls", "", dc.Medium, "2026-11-01T07:00:00+08:00")
	b.plan("2026-11-01T08:30:00+08:00")
	b.pass("site.reachable", "2026-11-01T09:00:00+08:00").pass("site.tls", "2026-11-01T09:00:00+08:00")
	b.plan("2026-11-01T09:30:00+08:00", "ops resolved site.reachable!11-01 12:00")
	b.plan("2026-11-01T12:30:00+08:00")
}

func TestMaintenance(t *testing.T) {
	p := one("ops")
	nightly := func(after time.Time) time.Time { // 02:00 Beijing
		next := dc.DateOf(after).Start().Add(2 * time.Hour)
		if !next.After(after) {
			next = dc.DateOf(after).AddDays(1).Start().Add(2 * time.Hour)
		}
		return next
	}
	p.Maintenance = []alert.Window{
		{Next: nightly, For: time.Hour, Reason: "backup"},
		{From: at("2026-11-05T10:00:00+08:00"), Until: at("2026-11-05T12:00:00+08:00"), Match: alert.Match{Providers: []string{"aliyun"}}},
	}
	for _, c := range []struct {
		now  string
		held bool
	}{
		{"2026-11-01T01:59:59+08:00", false}, {"2026-11-01T02:00:00+08:00", true}, {"2026-11-01T02:59:59+08:00", true}, {"2026-11-01T03:00:00+08:00", false},
		{"2026-11-05T09:59:59+08:00", false}, {"2026-11-05T10:00:00+08:00", true}, {"2026-11-05T12:00:00+08:00", false},
	} {
		b := newBench(t, p).fail("domain.status", "hold", dc.Critical, "2026-11-01")
		if c.held {
			b.plan(c.now)
		} else {
			b.plan(c.now, "ops opened domain.status")
		}
	}
	// After the work the next look decides, except where nothing needs a look.
	b := newBench(t, p).fail("site.reachable", "", dc.High, "2026-11-01T02:10:00+08:00").fail("notice.deadline", "", dc.High, "2026-11-01T02:10:00+08:00")
	b.plan("2026-11-01T02:30:00+08:00")
	b.plan("2026-11-01T03:00:00+08:00", "ops opened notice.deadline")
	b.state("site.reachable").LastKnown = at("2026-11-01T03:10:00+08:00")
	b.plan("2026-11-01T03:10:00+08:00", "ops opened site.reachable")
}

func TestSuppression(t *testing.T) {
	b := newBench(t, one("ops")).fail("site.category", "review", dc.Low, "2026-11-01")
	f := &b.report.Findings[0]
	f.Evidence = dc.Evidence{"signs": []string{"shop", "forum"}, "days": 3}
	b.supp = []alert.Suppression{{Rule: "site.category", Fingerprint: alert.Fingerprint(*f), Reason: "论坛为内部使用", Owner: "li"}}
	b.plan("2026-11-01T10:00:00+08:00")
	if b.open[0].Held != "suppressed" || b.open[0].By != "li" {
		t.Errorf("%+v", b.open[0])
	}
	f.Evidence = dc.Evidence{"signs": []any{"forum", "shop"}, "days": 4.0} // the same in another order, a day later, from JSON
	b.plan("2026-11-02T10:00:00+08:00")
	f.Evidence = dc.Evidence{"signs": []string{"shop", "forum", "payment"}}
	b.plan("2026-11-03T10:00:00+08:00", "ops opened site.category")
	f.Evidence = dc.Evidence{"signs": []string{"shop", "forum"}}
	f.Code = "other"
	b.report.States[0].Code = "other"
	if alert.Fingerprint(*f) == b.supp[0].Fingerprint {
		t.Error("another code has the same fingerprint")
	}
}

// TestSuppressedLater: what was told, then called a false alarm, is told anew
// once its evidence changes, and only once.
func TestSuppressedLater(t *testing.T) {
	b := newBench(t, one("ops")).fail("site.number_matches", "other_subject", dc.High, "2026-11-01")
	f := &b.report.Findings[0]
	f.Evidence = dc.Evidence{"shown": "京ICP备1号"}
	b.plan("2026-11-01T10:00:00+08:00", "ops opened site.number_matches")
	b.supp = []alert.Suppression{{Rule: "site.number_matches", Fingerprint: alert.Fingerprint(*f), Owner: "li"}}
	b.plan("2026-11-01T10:10:00+08:00")
	f.Evidence = dc.Evidence{"shown": "京ICP备2号"}
	b.plan("2026-11-01T10:20:00+08:00", "ops reminder site.number_matches")
	b.plan("2026-11-01T10:30:00+08:00")
}

// TestSuppressedCause: a false alarm explains nothing away.
func TestSuppressedCause(t *testing.T) {
	b := newBench(t, one("ops")).fail("site.parked", "", dc.Medium, "2026-11-01").fail("site.number", "", dc.Medium, "2026-11-01")
	b.supp = []alert.Suppression{{Rule: "site.parked", Fingerprint: alert.Fingerprint(b.report.Findings[0])}}
	b.plan("2026-11-01T10:00:00+08:00", "ops opened site.number")
}

func TestRoutes(t *testing.T) {
	for _, c := range []struct {
		name  string
		match alert.Match
		want  bool
	}{
		{"all", alert.Match{}, true},
		{"tag of the site", alert.Match{Tags: []string{"x", "shop"}}, true}, {"tag of the subject", alert.Match{Tags: []string{"vip"}}, true}, {"other tag", alert.Match{Tags: []string{"x"}}, false},
		{"subject id", alert.Match{Subjects: []string{"acme"}}, true}, {"subject name", alert.Match{Subjects: []string{"北京示例科技有限公司"}}, true}, {"other subject", alert.Match{Subjects: []string{"a"}}, false},
		{"provider", alert.Match{Providers: []string{"aliyun"}}, true}, {"cancelled provider", alert.Match{Providers: []string{"huawei"}}, false},
		{"domain", alert.Match{Domains: []string{"EXAMPLE.cn."}}, true}, {"other domain", alert.Match{Domains: []string{"ample.cn"}}, false}, {"target", alert.Match{Domains: []string{"www.example.cn"}}, true},
		{"rule", alert.Match{Rules: []string{"site.tls"}}, true}, {"rules", alert.Match{Rules: []string{"site.*"}}, true}, {"other rules", alert.Match{Rules: []string{"access.*"}}, false}, {"no prefix without star", alert.Match{Rules: []string{"site."}}, false},
		{"both", alert.Match{Tags: []string{"shop"}, Rules: []string{"site.tls"}}, true}, {"one of two", alert.Match{Tags: []string{"shop"}, Rules: []string{"x"}}, false},
	} {
		p := one("ops")
		p.Routes[0].Match = c.match
		b := newBench(t, p).fail("site.tls@www.example.cn", "", dc.Low, "2026-11-01")
		if c.want {
			b.plan("2026-11-01T10:00:00+08:00", "ops opened site.tls")
		} else {
			b.plan("2026-11-01T10:00:00+08:00")
		}
	}
}

func TestLevelsAndChannels(t *testing.T) {
	high, low := route("ops"), route("ops", "mail")
	high.MinLevel, high.GroupBy = dc.High, nil
	b := newBench(t, alert.Policy{Routes: []alert.Route{high, low}})
	b.fail("subject.count", "", dc.Low, "2026-11-01").fail("domain.status", "", dc.Critical, "2026-11-01").fail("site.x", "", dc.Info, "2026-11-01")
	b.plan("2026-11-01T10:00:00+08:00", "ops opened domain.status", "mail opened domain.status", "ops opened subject.count", "mail opened subject.count")
	if g := b.last.Out[0].Group; g != "" {
		t.Errorf("ops hears high ones alone, got group %q", g)
	}
	if g := b.last.Out[1].Group; g != "cause=domain.status" {
		t.Errorf("group %q", g)
	}
	// A channel added later hears what is open.
	b.policy.Routes = append(b.policy.Routes, route("chat"))
	b.plan("2026-11-01T11:00:00+08:00", "chat opened domain.status", "chat opened subject.count")
	// No route at all: the default channels.
	b = newBench(t, alert.Policy{Default: []string{"ops"}}).fail("subject.count", "", dc.Low, "2026-11-01")
	b.plan("2026-11-01T10:00:00+08:00", "ops opened subject.count")
	b = newBench(t, alert.Policy{}).fail("subject.count", "", dc.Low, "2026-11-01")
	b.plan("2026-11-01T10:00:00+08:00")
}

// TestMinLevelReached: what was too mild to be told is opened, not "worse",
// when it becomes worse.
func TestMinLevelReached(t *testing.T) {
	p := one("ops")
	p.Routes[0].MinLevel = dc.High
	b := newBench(t, p).fail("domain.expiry", "within_30", dc.Medium, "2026-11-01")
	b.plan("2026-11-01T10:00:00+08:00")
	key := b.open[0].Event.Key
	b.fail("domain.expiry", "within_7", dc.High, "2026-11-01")
	b.plan("2026-11-24T10:00:00+08:00", "ops opened domain.expiry")
	if b.last.Out[0].Keys[0] != key {
		t.Error("the key changed")
	}
}

func TestGroups(t *testing.T) {
	p := one("ops")
	p.Routes[0].GroupBy = []string{"cause", "subject", "provider", "rule"}
	b := newBench(t, p).fail("site.tls", "", dc.Low, "2026-11-01").risk("site.tls", "S20", dc.Low, "")
	b.plan("2026-11-01T10:00:00+08:00", "ops opened site.tls")
	if g := b.last.Out[0].Group; g != "cause=S20|subject=acme|provider=aliyun|rule=site.tls" {
		t.Errorf("group %q", g)
	}
}

func TestQuiet(t *testing.T) {
	p := one("ops")
	p.Routes[0].Quiet = alert.Quiet{From: 22 * 60, To: 8 * 60}
	b := newBench(t, p).fail("site.tls", "", dc.Low, "2026-11-01T22:00:00+08:00")
	b.plan("2026-11-01T23:00:00+08:00", "ops opened site.tls!11-02 08:00")
	b.pass("site.tls", "2026-11-02T01:00:00+08:00")
	b.plan("2026-11-02T01:00:00+08:00", "ops resolved site.tls!11-02 08:00")
	b.fail("domain.status", "", dc.Critical, "2026-11-02T02:00:00+08:00")
	b.plan("2026-11-02T02:00:00+08:00", "ops opened domain.status")
	b.pass("domain.status", "2026-11-02T03:00:00+08:00")
	b.plan("2026-11-02T03:00:00+08:00", "ops resolved domain.status")
	b.fail("access.mainland", "", dc.High, "2026-11-02T04:00:00+08:00")
	b.plan("2026-11-02T04:00:00+08:00", "ops opened access.mainland!11-02 08:00")
	b.report.States[len(b.report.States)-1].Severity = dc.Critical // breaks through
	b.plan("2026-11-02T05:00:00+08:00", "ops worse access.mainland")
}

func TestQuietUntil(t *testing.T) {
	for _, c := range []struct {
		q         alert.Quiet
		now, want string
	}{
		{alert.Quiet{}, "2026-11-01T00:00:00+08:00", ""},
		{alert.Quiet{From: 0, To: 60}, "2026-11-01T00:00:00+08:00", "2026-11-01T01:00:00+08:00"},
		{alert.Quiet{From: 0, To: 60}, "2026-11-01T01:00:00+08:00", ""},
		{alert.Quiet{From: 1320, To: 480}, "2026-11-01T22:00:00+08:00", "2026-11-02T08:00:00+08:00"},
		{alert.Quiet{From: 1320, To: 480}, "2026-11-01T21:59:59+08:00", ""},
		{alert.Quiet{From: 1320, To: 480}, "2026-11-01T07:59:59+08:00", "2026-11-01T08:00:00+08:00"},
		{alert.Quiet{From: 1320, To: 0}, "2026-11-30T23:30:00+08:00", "2026-12-01T00:00:00+08:00"},
	} {
		got := dc.At(c.q.Until(at(c.now).Time))
		if got != at(c.want) {
			t.Errorf("%v at %s: until %s, want %s", c.q, c.now, got, c.want)
		}
	}
}

func TestDigest(t *testing.T) {
	p := one("ops", "mail")
	p.DigestOnly = []string{"site.police"}
	p.Silences = []alert.Silence{{Match: alert.Match{Rules: []string{"site.tls"}}, Until: at("2027-01-01")}}
	b := newBench(t, p).fail("site.police", "", dc.Low, "2026-11-01").fail("site.tls", "", dc.Low, "2026-11-01").fail("site.blocked", "", dc.Critical, "2026-11-01").fail("site.link", "", dc.Low, "2026-11-01").fail("site.title", "", dc.Info, "2026-11-01")
	b.plan("2026-11-01T10:00:00+08:00", "ops opened site.blocked", "mail opened site.blocked")
	rows := alert.Digest(p.Routes[0], p, b.open, at("2026-11-02T09:00:00+08:00"))
	if len(rows) != 2 || rows[0].Channel != "ops" || rows[1].Channel != "mail" || rows[0].Kind != alert.Summary {
		t.Fatalf("%+v", rows)
	}
	var got []string
	for _, e := range rows[0].Events {
		got = append(got, e.Rule)
	}
	if want := []string{"site.blocked", "site.link", "site.police"}; !slices.Equal(got, want) || len(rows[0].Keys) != len(want) {
		t.Errorf("%q, want %q", got, want)
	}
	if rows := alert.Digest(p.Routes[0], p, nil, at("2026-11-02")); rows != nil {
		t.Errorf("a summary of nothing: %+v", rows)
	}
	b.pass("site.police", "2026-11-03")
	b.plan("2026-11-03T10:00:00+08:00") // was never told alone
}

// TestPlanChangesNothing: the arguments are as before, and the same judgement
// twice from the same memory gives the same rows.
func TestPlanChangesNothing(t *testing.T) {
	b := newBench(t, one("ops")).fail("notice.deadline", "open", dc.High, "2026-11-01").risk("notice.deadline", "S03", dc.High, "2026-11-05")
	b.plan("2026-11-03T10:00:00+08:00", "ops opened notice.deadline")
	in := alert.Input{Report: &b.report, Open: b.open, At: at("2026-11-04T10:00:00+08:00")}
	before, _ := json.Marshal(in)
	first := alert.Plan(in, b.policy)
	second := alert.Plan(in, b.policy)
	if after, _ := json.Marshal(in); string(after) != string(before) {
		t.Errorf("arguments changed:\n%s\n%s", before, after)
	}
	if len(first.Out) != 1 || !reflect.DeepEqual(first, second) {
		t.Errorf("%+v\n%+v", first, second)
	}
}

func TestKeyOf(t *testing.T) {
	i := at("2026-11-01T09:00:00+08:00")
	keys := map[string]bool{}
	for _, k := range []string{alert.KeyOf("a.cn", "r", "", i), alert.KeyOf("a.cn", "", "r", i), alert.KeyOf("b.cn", "r", "", i), alert.KeyOf("a.cn", "r", "", at("2026-11-01T09:00:00.001+08:00"))} {
		if len(k) != 16 || strings.Trim(k, "0123456789ABCDEF") != "" || keys[k] {
			t.Errorf("key %q", k)
		}
		keys[k] = true
	}
	if alert.KeyOf("a.cn", "r", "", i) != alert.KeyOf("a.cn", "r", "", at("2026-11-01T01:00:00Z")) {
		t.Error("the key depends on the zone")
	}
}
