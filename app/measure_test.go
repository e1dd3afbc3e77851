package app_test

import (
	"strings"
	"testing"
	"time"
)

// TestMetrics: looks at each part and deliveries of a running daemon stand in
// /metrics.
func TestMetrics(t *testing.T) {
	w := newWorld(t)
	w.settings(nil)
	d := w.start()
	w.until("a first look", 20*time.Second, func() bool { return w.looked(d) })
	w.http.broken.Store(true)
	w.https.broken.Store(true)
	w.until("the alarm", 30*time.Second, func() bool { _, ok := w.find("opened", "site.reachable"); return ok })
	for _, line := range []string{
		`domaincheck_look_duration_seconds_count{outcome="ok",part="resolution"} `, `domaincheck_look_duration_seconds_count{outcome="ok",part="registration"} `,
		`domaincheck_look_duration_seconds_count{outcome="ok",part="page"} `, `domaincheck_look_duration_seconds_count{outcome="failed",part="page"} `,
		`domaincheck_registry_wait_seconds_count{registry="`, `domaincheck_deliveries_total{channel="`,
		`domaincheck_part_due{part="page"} `, `domaincheck_sites `, `domaincheck_start_time_seconds `,
	} {
		var text string
		w.until("the metric "+line, 10*time.Second, func() bool {
			_, text = d.get("/metrics")
			return strings.Contains(text, "\n"+line)
		})
	}
}
