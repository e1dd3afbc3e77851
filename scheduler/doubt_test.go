package scheduler

import (
	"testing"
	"time"

	"domaincheck"
	"domaincheck/watch"
)

// TestDoubted: that a registry knows a name no more may be its refusal in
// disguise; what it says of a name it knows is believed, over however many.
func TestDoubted(t *testing.T) {
	at := func(minute int) domaincheck.Instant {
		return domaincheck.At(time.Date(2026, 11, 21, 9, minute, 0, 0, time.UTC))
	}
	for rule, want := range map[string]class{"domain.registered": turned, "domain.changed": neutral, "domain.holder": neutral} {
		before := &domaincheck.Report{States: []domaincheck.State{{Rule: rule, Certainty: domaincheck.CertainOK, LastKnown: at(0), LastResult: domaincheck.Pass}}}
		after := &domaincheck.Report{States: []domaincheck.State{{Rule: rule, Certainty: domaincheck.Suspected, LastKnown: at(30), LastResult: domaincheck.Fail}}}
		if g := classify(watch.DefaultPolicy(), func(string) bool { return false }, before, after, watch.Registration); g.class != want || !g.advance {
			t.Errorf("%s: %+v", rule, g)
		}
	}
}
