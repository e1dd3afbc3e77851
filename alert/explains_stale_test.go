package alert_test

import (
	"testing"

	dc "domaincheck"
	"domaincheck/alert"
)

// TestExplainsStale: where a site is down there is no page to be seen; nothing
// explains that a registry was not asked.
func TestExplainsStale(t *testing.T) {
	stale := func(parts any) *alert.Event {
		return &alert.Event{Domain: "a.cn", Rule: "watch.stale", Level: dc.Low, Finding: dc.Finding{Code: "stale", Evidence: dc.Evidence{"parts": parts}}}
	}
	for _, cause := range []string{"site.reachable", "access.resolves", "domain.registered"} {
		c := &alert.Event{Domain: "a.cn", Rule: cause, Level: dc.Medium}
		for _, parts := range []any{[]string{"page"}, []any{"page"}} {
			if !alert.Explains(c, stale(parts)) {
				t.Errorf("%s does not explain %v", cause, parts)
			}
		}
		for _, parts := range []any{[]string{"registration", "page"}, []any{"resolution"}, nil} {
			if alert.Explains(c, stale(parts)) {
				t.Errorf("%s explains %v", cause, parts)
			}
		}
	}
	if alert.Explains(&alert.Event{Domain: "a.cn", Rule: "site.link", Level: dc.Medium}, stale([]string{"page"})) {
		t.Error("a link explains that a page was not seen")
	}
}
