package lab

import (
	"slices"
	"strings"
	"testing"

	dc "domaincheck"
)

func TestDisagreements(t *testing.T) {
	truth := Truth{Domain: "hengtong1.cn", Story: "x", Expected: []Expect{
		passes("a"), fails("b", dc.High), failsAs("c", "", "proxy"), unknown("d", dc.WhyUnobserved), fine("e"), unseen("f"), calm("g"),
	}}
	found := func(rule string, result dc.Result, severity dc.Severity, why dc.Why, code string) dc.Finding {
		return dc.Finding{Rule: rule, Result: result, Severity: severity, Why: why, Code: code}
	}
	right := []dc.Finding{
		found("a", dc.Pass, dc.High, "", ""),
		found("b", dc.Pass, dc.High, "", ""), found("b", dc.Fail, dc.Low, "", ""), found("b", dc.Fail, dc.High, "", ""), found("b", dc.Unknown, dc.High, dc.WhyUnobserved, ""),
		found("c", dc.Fail, dc.Medium, "", "proxy"), found("d", dc.Unknown, dc.High, dc.WhyUnobserved, ""),
		found("e", dc.NotApplicable, dc.Low, "", ""), found("f", dc.Unknown, dc.Low, dc.WhyUndeclared, ""), found("g", dc.Pass, dc.Low, "", ""),
	}
	if got := truth.Disagreements(right); len(got) > 0 {
		t.Errorf("all is as planted, yet %v", got)
	}
	if got := truth.Disagreements(nil); len(got) > 0 {
		t.Errorf("no finding is no disagreement, yet %v", got)
	}
	for name, wrong := range map[string]dc.Finding{
		"false alarm":    found("a", dc.Fail, dc.Low, "", ""),
		"other severity": found("b", dc.Fail, dc.Critical, "", ""),
		"missed":         found("c", dc.Pass, dc.Medium, "", "proxy"),
		"other code":     found("c", dc.Fail, dc.Medium, "", "differs"),
		"other reason":   found("d", dc.Unknown, dc.High, dc.WhyUndeclared, ""),
		"concluded":      found("f", dc.Pass, dc.Low, "", ""),
		"calm alarm":     found("g", dc.Fail, dc.Low, "", ""),
	} {
		others := slices.DeleteFunc(slices.Clone(right), func(f dc.Finding) bool { return f.Rule == wrong.Rule })
		got := truth.Disagreements(append(others, wrong))
		if len(got) != 1 || !strings.Contains(got[0], "hengtong1.cn (x): expected "+wrong.Rule+" ") {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Every site's expectations must be such that a page which was never seen, a
// registry that refused and a resolver that kept silent cannot lead to a
// failure of what rests on them alone.
func TestNothingUnseenIsExpectedToFail(t *testing.T) {
	unseenRules := map[string][]string{
		"whois_too_fast": {"domain."}, "whois_silent": {"domain."}, "rdap_too_many": {"domain."}, "rdap_malformed": {"domain."},
		"dns_dropped": {"access."}, "dns_refused": {"access."}, "down_hang": {"site."}, "captcha": {"site."}, "waf_wall": {"site."}, "body_trickle": {"site."},
	}
	c := start(t, Options{Seed: 2})
	seen := 0
	for _, site := range c.lab.Truth() {
		for _, family := range unseenRules[site.Story] {
			seen++
			for _, e := range site.Expected {
				if strings.HasPrefix(e.Rule, family) && slices.Contains(e.Results, dc.Fail) {
					t.Errorf("%s: %s", site.Story, e)
				}
			}
		}
	}
	if seen != len(unseenRules) {
		t.Errorf("%d of %d stories seen", seen, len(unseenRules))
	}
}

func TestVerdicts(t *testing.T) {
	c := start(t, Options{Seed: 9})
	for _, site := range c.lab.Truth() {
		want := dc.Text("")
		switch site.Story {
		case "healthy", "healthy_cn", "healthy_gbk", "healthy_frames":
			want = "pass"
		case "number_missing", "located_hongkong", "expires_90_days", "tls_expired", "server_hold":
			want = "fail"
		case "whois_too_fast", "dns_dropped", "captcha", "script_shell":
		default:
			continue
		}
		if site.Verdict != want {
			t.Errorf("%s: verdict %q", site.Story, site.Verdict)
		}
	}
}
