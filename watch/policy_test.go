package watch_test

import (
	"testing"
	"time"

	"domaincheck"
	"domaincheck/rules"
	"domaincheck/watch"
)

// TestPolicyAndBook: the measure that `rules list` prints is the one that is
// gone by, and no rule is without.
func TestPolicyAndBook(t *testing.T) {
	book, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	policy := watch.DefaultPolicy()
	seen := map[string]bool{}
	for _, r := range book.Rules() {
		seen[r.ID] = true
		c := policy.For(r.ID)
		if c.Looks != r.Confirm.Looks || c.Apart != r.Confirm.Apart || c.NotifyApart != r.Confirm.NotifyApart {
			t.Errorf("%s: the book prints %+v, the policy goes by %+v", r.ID, r.Confirm, c)
		}
		if string(c.Part) != r.Part {
			t.Errorf("%s: the book says it rests on %s, the policy on %s", r.ID, r.Part, c.Part)
		}
	}
	for _, id := range policy.Rules() {
		if !seen[id] {
			t.Errorf("%s has a measure but is no rule", id)
		}
	}
	if len(seen) != len(policy.Rules()) {
		t.Errorf("%d rules, %d measures", len(seen), len(policy.Rules()))
	}
}

func TestOverridden(t *testing.T) {
	span := func(d time.Duration) *time.Duration { return &d }
	for _, c := range []struct {
		name     string
		override watch.Override
		rule     string
		want     watch.Confirm
	}{
		{"nothing", watch.Override{}, "site.reachable", watch.Confirm{Looks: 2, NotifyApart: 30 * time.Minute, Apart: 6 * time.Hour}},
		{"all", watch.Override{Looks: domaincheck.Known(3), Apart: span(time.Hour), NotifyApart: span(time.Minute)}, "site.reachable", watch.Confirm{Looks: 3, NotifyApart: time.Minute, Apart: time.Hour}},
		{"0s", watch.Override{Apart: span(0)}, "site.reachable", watch.Confirm{Looks: 1}},
		{"0s, two looks", watch.Override{Looks: domaincheck.Known(2), Apart: span(0)}, "site.reachable", watch.Confirm{Looks: 2}},
		{"a shorter clock shortens the notice", watch.Override{Apart: span(time.Minute)}, "site.reachable", watch.Confirm{Looks: 2, NotifyApart: time.Minute, Apart: time.Minute}},
		{"dates stay at once", watch.Override{Looks: domaincheck.Known(5), Apart: span(time.Hour)}, "domain.expiry", watch.Confirm{Looks: 1}},
		{"a rule without a row", watch.Override{}, "x.y", watch.Confirm{Looks: 2, NotifyApart: 30 * time.Minute, Apart: 6 * time.Hour}},
		{"nonsense", watch.Override{Looks: domaincheck.Known(-1), Apart: span(-time.Hour)}, "site.reachable", watch.Confirm{Looks: 1}},
	} {
		base := watch.DefaultPolicy()
		got := base.Overridden(c.override).For(c.rule)
		if got.Looks != c.want.Looks || got.Apart != c.want.Apart || got.NotifyApart != c.want.NotifyApart {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if again := base.For("site.reachable"); again.Looks != 2 || again.Apart != 6*time.Hour {
			t.Fatalf("%s changed the policy it started from: %+v", c.name, again)
		}
	}
}
