package scheduler

import (
	"testing"

	"domaincheck"
)

// TestCutShort: a page that breaks off is looked at again soon once, not for
// ever.
func TestCutShort(t *testing.T) {
	page := func(outcome domaincheck.Outcome, truncated bool) *domaincheck.Report {
		return &domaincheck.Report{Observation: domaincheck.Observation{Page: &domaincheck.HomePage{
			Look: domaincheck.Look{Outcome: outcome}, Truncated: truncated}}}
	}
	whole, cut, silent := page(domaincheck.OutcomeOK, false), page(domaincheck.OutcomeOK, true), page(domaincheck.OutcomeTimeout, true)
	for name, tc := range map[string]struct {
		before, now *domaincheck.Report
		want        bool
	}{
		"whole":                      {whole, whole, false},
		"cut once":                   {whole, cut, true},
		"cut again":                  {cut, cut, false},
		"cut at first":               {nil, cut, true},
		"never seen":                 {&domaincheck.Report{}, cut, true},
		"whole again":                {cut, whole, false},
		"no page":                    {whole, &domaincheck.Report{}, false},
		"time-out has its own retry": {whole, silent, false},
	} {
		if got := cutShort(tc.before, tc.now); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
