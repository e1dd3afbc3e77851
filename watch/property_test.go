package watch_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/watch"
)

// sequence reads bytes as a row of looks: two bytes each, what was seen and
// how much later (or, rarely, earlier) it was judged.
func sequence(data []byte, each func(findings []domaincheck.Finding, at domaincheck.Instant)) {
	ids := []string{"access.resolves", "site.blocked", "domain.expiry", "site.reachable", "x.unheard_of"}
	severities := []domaincheck.Severity{domaincheck.Info, domaincheck.Low, domaincheck.Medium, domaincheck.High, domaincheck.Critical}
	spans := []time.Duration{0, time.Second, 4 * time.Minute, 5 * time.Minute, 29 * time.Minute, 30 * time.Minute, 6 * time.Hour, 25 * time.Hour, -time.Hour, 200 * time.Hour, -9999 * time.Hour}
	at := start()
	last := map[string]domaincheck.Finding{}
	for i := 0; i+1 < len(data) && i < 120; i += 2 {
		at = at.Add(spans[int(data[i+1])%len(spans)])
		now := domaincheck.At(at)
		rule := ids[int(data[i]>>5)%len(ids)]
		var f domaincheck.Finding
		switch data[i] & 7 {
		case 0, 1:
			f = pass(rule, now)
		case 2, 3:
			f = fail(rule, now)
			f.Severity = severities[int(data[i+1]>>4)%len(severities)]
			f.Code = []string{"a", "b"}[data[i]>>3&1]
		case 4:
			f = unknown(rule, domaincheck.WhyUnobserved)
		case 5:
			f = unknown(rule, domaincheck.WhyUndeclared)
		case 6:
			f = domaincheck.Finding{Rule: rule, Result: domaincheck.NotApplicable}
		default: // the look before, judged again
			var seen bool
			if f, seen = last[rule]; !seen {
				f = fail(rule, now)
			}
		}
		if data[i]>>4&1 == 1 && data[i+1]&0x60 == 0x60 {
			f.Knows = domaincheck.Declared
		}
		last[rule] = f
		findings := make([]domaincheck.Finding, 0, len(ids))
		for _, id := range ids {
			if f, ok := last[id]; ok {
				findings = append(findings, f)
			}
		}
		each(findings, now)
	}
}

// advanced is one step: what went in and what came out.
type advanced struct {
	previous, states []domaincheck.State
	changes          []watch.Change
	findings         []domaincheck.Finding
	at               domaincheck.Instant
	policy           watch.Policy
	declared         bool // some finding so far rested on the ledger
}

// check holds what must be true of every step whatever the looks.
func (a advanced) check(t *testing.T) {
	t.Helper()
	previous, states, changes, findings, at := a.previous, a.states, a.changes, a.findings, a.at
	was := map[string]domaincheck.State{}
	for _, s := range previous {
		was[s.Rule] = s
	}
	now := map[string]domaincheck.State{}
	for _, s := range states {
		if _, twice := now[s.Rule]; twice {
			t.Fatalf("%s has two states", s.Rule)
		}
		now[s.Rule] = s
	}
	place := -1
	for i, f := range findings {
		s, kept := now[f.Rule]
		before, known := was[f.Rule]
		switch f.Result {
		case domaincheck.NotApplicable:
			if kept {
				t.Fatalf("%s does not apply and is kept", f.Rule)
			}
		case domaincheck.Unknown:
			if known != kept && known {
				t.Fatalf("%s: unknown lost the state", f.Rule)
			}
			if s.Certainty != before.Certainty && s.Certainty != domaincheck.CertainGone && s.Certainty != domaincheck.NeverKnown {
				t.Fatalf("%s: unknown made %q of %q", f.Rule, s.Certainty, before.Certainty)
			}
			if !before.NoticedAt.IsZero() && s.NoticedAt.IsZero() || before.NoticedAt.IsZero() && !s.NoticedAt.IsZero() {
				t.Fatalf("%s: unknown moved the notice", f.Rule)
			}
		default:
			if !kept {
				t.Fatalf("%s %s has no state", f.Rule, f.Result)
			}
		}
		if !kept {
			continue
		}
		if j := index(states, f.Rule); j <= place {
			t.Fatalf("finding %d (%s) stands at %d after %d", i, f.Rule, j, place)
		} else {
			place = j
		}
		a.invariants(t, s)
	}
	for _, c := range changes {
		if c.At.After(at.Time) {
			t.Fatalf("change in the future: %+v", c)
		}
		if c.Kind == watch.Noticed && now[c.Rule].NoticedAt.IsZero() {
			t.Fatalf("told of nothing: %+v", c)
		}
		if c.Kind == watch.Resolved && !c.Told {
			t.Fatalf("resolved what nobody was told of: %+v", c)
		}
	}
}

func index(states []domaincheck.State, rule string) int {
	for i, s := range states {
		if s.Rule == rule {
			return i
		}
	}
	return -1
}

func (a advanced) invariants(t *testing.T, s domaincheck.State) {
	t.Helper()
	at, policy := a.at, a.policy
	row := policy.For(s.Rule)
	sure := s.Certainty
	if sure == domaincheck.CertainGone {
		sure = s.Frozen
	}
	switch {
	case sure == domaincheck.CertainOK && (!s.Since.IsZero() || !s.NoticedAt.IsZero() || s.Next != nil || s.LastKnown.IsZero()):
		t.Fatalf("ok remembers a failure: %+v", s)
	case sure == domaincheck.Confirmed && (s.ConfirmedAt.IsZero() || s.NoticedAt.IsZero() || s.Since.IsZero()):
		t.Fatalf("confirmed without its instants: %+v", s)
	case sure == domaincheck.Confirmed && s.FirmLooks < row.Looks && !a.declared:
		t.Fatalf("confirmed by %d looks of %d: %+v", s.FirmLooks, row.Looks, s)
	case sure == domaincheck.Suspected && !s.ConfirmedAt.IsZero():
		t.Fatalf("suspected though confirmed: %+v", s)
	case sure == domaincheck.Recovering && s.NoticedAt.IsZero():
		t.Fatalf("recovers from what nobody was told of: %+v", s)
	case sure == domaincheck.NeverKnown && !s.LastKnown.IsZero():
		t.Fatalf("never known, yet known: %+v", s)
	case !s.NoticedAt.IsZero() && s.NoticedAt.Before(s.Since.Time) || !s.ConfirmedAt.IsZero() && s.ConfirmedAt.Before(s.NoticedAt.Time):
		t.Fatalf("instants out of order: %+v", s)
	case s.LastLook.After(at.Time) || s.LastKnown.After(at.Time) || s.Since.After(at.Time):
		t.Fatalf("remembers the future of %s: %+v", at, s)
	case len(s.Turns) > policy.Flap.Turns || s.Changes != len(s.Turns):
		t.Fatalf("turns grow: %+v", s)
	}
	if (s.Certainty == domaincheck.CertainGone) != (s.Frozen != "") {
		t.Fatalf("stale and frozen disagree: %+v", s)
	}
}

func runSequence(t *testing.T, data []byte) {
	t.Helper()
	scheduled := watch.DefaultPolicy()
	scheduled.Schedule = watch.Schedule{Registration: 24 * time.Hour, Resolution: 30 * time.Minute, Page: 6 * time.Hour}
	once := watch.DefaultPolicy().Overridden(watch.Override{Apart: domaincheck.Known(time.Duration(0))})
	for _, policy := range []watch.Policy{watch.DefaultPolicy(), scheduled, once} {
		var states []domaincheck.State
		declared := false
		sequence(data, func(findings []domaincheck.Finding, at domaincheck.Instant) {
			for _, f := range findings {
				declared = declared || f.Knows == domaincheck.Declared
			}
			before, err := json.Marshal(states)
			if err != nil {
				t.Fatal(err)
			}
			next, changes := watch.Advance(states, findings, policy, at)
			if now, _ := json.Marshal(states); string(now) != string(before) {
				t.Fatalf("the previous states were changed:\n%s\n%s", before, now)
			}
			advanced{states, next, changes, findings, at, policy, declared}.check(t)

			again, none := watch.Advance(next, findings, policy, at)
			if len(none) != 0 || !reflect.DeepEqual(again, next) {
				t.Fatalf("the same looks judged twice tell %+v:\n%+v\n%+v", none, next, again)
			}
			stored, err := json.Marshal(next)
			if err != nil {
				t.Fatal(err)
			}
			back := []domaincheck.State{}
			if err := json.Unmarshal(stored, &back); err != nil {
				t.Fatal(err)
			}
			if twice, _ := json.Marshal(back); string(twice) != string(stored) {
				t.Fatalf("JSON does not come back:\n%s\n%s", stored, twice)
			}
			states = back // go on from what a store gives back
		})
	}
}

// FuzzAdvance: whatever is seen in whatever order, at whatever times: unknown
// never makes anything ok or confirmed, the same looks judged twice change
// nothing, states survive JSON, stand in the order of the findings and
// remember no future; arguments stay as they were.
func FuzzAdvance(f *testing.F) {
	f.Add([]byte{2, 0, 2, 5, 2, 6, 0, 6, 0, 5})
	f.Add([]byte{2, 0, 0, 5, 2, 5, 0, 5, 2, 5, 0, 5, 2, 5, 0, 5, 2, 5, 0, 5, 2, 6, 2, 6})
	f.Add([]byte{34, 10, 2, 8, 66, 7, 4, 9, 7, 3, 6, 1, 2, 240})
	f.Fuzz(func(t *testing.T, data []byte) { runSequence(t, data) })
}

// TestSeeds: the seeds of the fuzz target are there.
func TestSeeds(t *testing.T) {
	seeds, err := filepath.Glob("testdata/fuzz/FuzzAdvance/*")
	if err != nil || len(seeds) < 3 {
		t.Fatalf("%d seeds of FuzzAdvance, want at least 3 (%v)", len(seeds), err)
	}
	for _, s := range seeds {
		if b, err := os.ReadFile(s); err != nil || len(b) == 0 {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func BenchmarkAdvance(b *testing.B) {
	policy := watch.DefaultPolicy()
	var findings []domaincheck.Finding
	for _, id := range policy.Rules() {
		findings = append(findings, pass(id, after(0)))
	}
	states, _ := watch.Advance(nil, findings, policy, after(0))
	b.ReportAllocs()
	for b.Loop() {
		watch.Advance(states, findings, policy, after(time.Hour))
	}
}
