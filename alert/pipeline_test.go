package alert_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	dc "domaincheck"
	"domaincheck/alert"
	"domaincheck/risk"
	"domaincheck/watch"
)

// TestPipeline lets a site live through 30 days of random faults, looked at
// every 30 minutes, and holds what was told against what the watch said: every
// notice that nothing held back is told once, to each channel, before its
// recovery; every recovery of what was told is told once; no key is used for
// two openings; nothing is told twice, however often it is judged.
func TestPipeline(t *testing.T) {
	table, err := risk.Default()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { live(t, table, seed) })
	}
}

// faulty are rules with the code and severity of their failure.
type faulty struct {
	rule, code string
	severity   dc.Severity
	bad        bool
}

// told is what the watch was sure of, and what was said.
type told struct {
	noticed, resolved map[string]int // by key, of the watch
	said              map[string]int // channel, key and kind
	open              map[string]string
}

func live(t *testing.T, table *risk.Table, seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 1))
	rules := []faulty{
		{rule: "access.mainland", code: "foreign", severity: dc.High}, {rule: "site.number", code: "missing", severity: dc.Medium},
		{rule: "domain.holder", code: "other", severity: dc.High}, {rule: "subject.count", code: "over", severity: dc.Medium},
	}
	site := dc.Site{Domains: dc.List[dc.Domain]{{Domain: "example.cn", Role: dc.RoleMain}}, State: dc.StateFiled, Access: dc.List[dc.Access]{{Provider: "aliyun"}}}
	policy := watch.DefaultPolicy()
	routes := one("ops", "mail")
	var states []dc.State
	var open []alert.Open
	b := told{noticed: map[string]int{}, resolved: map[string]int{}, said: map[string]int{}, open: map[string]string{}}
	start := dc.MustDate("2026-11-01").Start()
	for look := range 30 * 48 {
		now := dc.At(start.Add(time.Duration(look) * 30 * time.Minute))
		var findings []dc.Finding
		for i := range rules {
			r := &rules[i]
			if dice.IntN(200) == 0 {
				r.bad = !r.bad
			}
			f := dc.Finding{Rule: r.rule, Code: "fine", Result: dc.Pass, Severity: r.severity, Knows: dc.Observed, ObservedAt: now}
			switch {
			case dice.IntN(50) == 0:
				f.Result, f.Why, f.Code = dc.Unknown, dc.WhyUnobserved, "timeout"
			case r.bad:
				f.Result, f.Code = dc.Fail, r.code
			}
			findings = append(findings, f)
		}
		var changes []watch.Change
		states, changes = watch.Advance(states, findings, policy, now)
		c := dc.Case{Site: site, At: now}
		report := dc.Report{Domain: "example.cn", Unicode: "example.cn", At: now, Site: &dc.ReportSite{Site: site}, Findings: findings, States: states, Risks: table.Assess(c, findings, states)}
		for range 1 + dice.IntN(2) { // a judgement may come twice
			p := alert.Plan(alert.Input{Report: &report, Open: open, At: now}, routes)
			if open = p.Open; len(p.Out) > 0 || look%16 == 0 { // as the store keeps it
				text, err := json.Marshal(p.Open)
				if err != nil {
					t.Fatal(err)
				}
				open = nil
				if err := json.Unmarshal(text, &open); err != nil {
					t.Fatal(err)
				}
			}
			for _, o := range p.Out {
				b.hear(t, o)
			}
		}
		b.watch(changes)
	}
	b.compare(t)
	if len(b.noticed) < 5 {
		t.Fatalf("only %d openings: the test shows nothing", len(b.noticed))
	}
}

// watch keeps the openings that the watch is sure of.
func (b *told) watch(changes []watch.Change) {
	for _, c := range changes {
		switch c.Kind {
		case watch.Noticed:
			key := alert.KeyOf("example.cn", c.Rule, string(c.Target), c.Since)
			b.noticed[key]++
			b.open[c.Rule] = key
		case watch.Resolved:
			b.resolved[b.open[c.Rule]]++
			delete(b.open, c.Rule)
		}
	}
}

func (b *told) hear(t *testing.T, o alert.Outgoing) {
	t.Helper()
	key := o.Keys[0]
	b.said[o.Channel+" "+key+" "+string(o.Kind)]++
	opened, resolved := b.said[o.Channel+" "+key+" opened"], b.said[o.Channel+" "+key+" resolved"]
	if opened != 1 || resolved > 1 || o.Kind != alert.Resolved && resolved > 0 {
		t.Fatalf("%s hears %s of %s: opened %d, resolved %d times", o.Channel, o.Kind, o.Events[0].Rule, opened, resolved)
	}
}

func (b *told) compare(t *testing.T) {
	for key, n := range b.noticed {
		for _, channel := range []string{"ops", "mail"} {
			if n != 1 || b.said[channel+" "+key+" opened"] != 1 {
				t.Errorf("%s: noticed %d times, told %s %d times", key, n, channel, b.said[channel+" "+key+" opened"])
			}
			if b.said[channel+" "+key+" resolved"] != b.resolved[key] {
				t.Errorf("%s: resolved %d times, told %s %d times", key, b.resolved[key], channel, b.said[channel+" "+key+" resolved"])
			}
		}
	}
	openings := 0
	for what := range b.said {
		var channel, key, kind string
		if _, err := fmt.Sscan(what, &channel, &key, &kind); err != nil {
			t.Fatal(err)
		}
		if kind == "opened" && channel == "ops" {
			openings++
			if b.noticed[key] == 0 {
				t.Errorf("a false alarm: %s", key)
			}
		}
	}
	if openings != len(b.noticed) {
		t.Errorf("%d openings told, %d noticed", openings, len(b.noticed))
	}
}
