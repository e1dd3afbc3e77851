package watch_test

import (
	"fmt"
	"time"

	"domaincheck"
	"domaincheck/watch"
)

func ExampleAdvance() {
	policy := watch.DefaultPolicy()
	first := domaincheck.MustDate("2026-11-03").Start().Add(9 * time.Hour)
	var states []domaincheck.State
	for _, later := range []time.Duration{0, 30 * time.Minute, 6 * time.Hour} {
		at := domaincheck.At(first.Add(later))
		findings := []domaincheck.Finding{{Rule: "access.mainland", Code: "foreign", Result: domaincheck.Fail, Severity: domaincheck.High, ObservedAt: at}}
		var changes []watch.Change
		states, changes = watch.Advance(states, findings, policy, at)
		for _, c := range changes {
			fmt.Println(at, c.Kind, "since", c.Since)
		}
	}
	// Output:
	// 2026-11-03T09:00:00+08:00 suspected since 2026-11-03T09:00:00+08:00
	// 2026-11-03T09:30:00+08:00 noticed since 2026-11-03T09:00:00+08:00
	// 2026-11-03T15:00:00+08:00 confirmed since 2026-11-03T09:00:00+08:00
}
