package alert_test

import (
	"slices"
	"testing"

	dc "domaincheck"
	"domaincheck/alert"
)

// TestOwnChannel: a channel that the ledger names for a site hears of it beside
// those of the routes, once; one that there is not hears nothing.
func TestOwnChannel(t *testing.T) {
	channels := func(p alert.Policy, channel string) []string {
		b := newBench(t, p).fail("access.mainland", "", dc.High, "2026-11-01")
		b.report.Site.Channel = dc.Text(channel)
		planned := alert.Plan(alert.Input{Report: &b.report, At: at("2026-11-01T09:00:00+08:00")}, p)
		var names []string
		for _, o := range planned.Out {
			names = append(names, o.Channel)
		}
		slices.Sort(names)
		return names
	}
	routed := alert.Policy{Channels: []string{"chat", "ops"}, Routes: []alert.Route{{Channels: []string{"ops"}}}}
	other := alert.Policy{Channels: []string{"chat", "ops"}, Routes: []alert.Route{{Match: alert.Match{Tags: []string{"none"}}, Channels: []string{"ops"}}}}
	for _, c := range []struct {
		name    string
		policy  alert.Policy
		channel string
		want    []string
	}{
		{"none named", routed, "", []string{"ops"}},
		{"another one", routed, "chat", []string{"chat", "ops"}},
		{"the same one", routed, "ops", []string{"ops"}},
		{"no route fits", other, "chat", []string{"chat"}},
		{"not there", routed, "gone", []string{"ops"}},
	} {
		if got := channels(c.policy, c.channel); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
