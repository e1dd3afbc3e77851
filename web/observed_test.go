package web_test

import "testing"

// TestObservedAt: the list of findings tells when each was seen, as the site's
// newest report does.
func TestObservedAt(t *testing.T) {
	w := seeded(t, nil)
	reports, n := map[string]map[string]any{}, 0
	for _, f := range w.want(200, "GET /api/v1/findings?result=fail&limit=200", nil).items(t) {
		domain := f["domain"].(string)
		if reports[domain] == nil {
			seen := map[string]any{}
			for _, one := range w.want(200, "GET /api/v1/sites/"+domain+"/reports/latest", nil).json(t)["findings"].([]any) {
				v := one.(map[string]any)
				target, _ := v["target"].(string)
				seen[v["rule"].(string)+" "+target] = v["observed_at"]
			}
			reports[domain] = seen
		}
		target, _ := f["target"].(string)
		if want := reports[domain][f["rule"].(string)+" "+target]; f["observed_at"] != want {
			t.Errorf("%s %s %s: observed_at %v, in the report %v", domain, f["rule"], target, f["observed_at"], want)
		}
		if f["knows"] == "observed" && f["observed_at"] == nil {
			t.Errorf("%s %s was observed at no time", domain, f["rule"])
		}
		if f["observed_at"] != nil {
			n++
		}
	}
	if n < 10 {
		t.Errorf("%d findings tell when", n)
	}
}
