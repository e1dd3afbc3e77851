package alert_test

import (
	"slices"
	"testing"

	dc "domaincheck"
	"domaincheck/alert"
)

func TestBatch(t *testing.T) {
	now := at("2026-11-01T10:00:00+08:00")
	later := at("2026-11-01T10:01:00+08:00")
	row := func(kind alert.Kind, group string, keys ...string) alert.Queued {
		return alert.Queued{Outgoing: alert.Outgoing{Kind: kind, Group: group, Keys: keys}}
	}
	put := func(q alert.Queued) alert.Queued { q.NotBefore = later; return q }
	retry := func(q alert.Queued) alert.Queued { q.NextTry = later; return q }
	for _, c := range []struct {
		name string
		rows []alert.Queued
		want []int
		wake dc.Instant
	}{
		{"none", nil, nil, dc.Instant{}},
		{"one", []alert.Queued{row(alert.Opened, "", "A")}, []int{0}, dc.Instant{}},
		{"no group, no company", []alert.Queued{row(alert.Opened, "", "A"), row(alert.Opened, "", "B")}, []int{0}, dc.Instant{}},
		{"a group", []alert.Queued{row(alert.Opened, "g", "A"), row(alert.Opened, "h", "B"), row(alert.Opened, "g", "C")}, []int{0, 2}, dc.Instant{}},
		{"one kind", []alert.Queued{row(alert.Opened, "g", "A"), row(alert.Resolved, "g", "B"), row(alert.Opened, "g", "C")}, []int{0, 2}, dc.Instant{}},
		{"no more than most", []alert.Queued{row(alert.Opened, "g", "A"), row(alert.Opened, "g", "B"), row(alert.Opened, "g", "C"), row(alert.Opened, "g", "D")}, []int{0, 1, 2}, dc.Instant{}},
		{"recovery does not overtake", []alert.Queued{row(alert.Resolved, "g", "A"), row(alert.Opened, "g", "C"), row(alert.Resolved, "g", "C")}, []int{0}, dc.Instant{}},
		{"not yet", []alert.Queued{put(row(alert.Opened, "g", "A"))}, nil, later},
		{"another first", []alert.Queued{retry(row(alert.Opened, "g", "A")), row(alert.Opened, "g", "B")}, []int{1}, dc.Instant{}},
		{"its own later word waits", []alert.Queued{retry(row(alert.Opened, "g", "A")), row(alert.Worse, "g", "A"), row(alert.Resolved, "g", "A")}, nil, later},
		{"worse news breaks through quiet hours", []alert.Queued{put(row(alert.Opened, "g", "A")), row(alert.Worse, "g", "A")}, []int{1}, dc.Instant{}},
		{"recovery waits for the morning too", []alert.Queued{put(row(alert.Opened, "g", "A")), row(alert.Resolved, "g", "A")}, nil, later},
	} {
		picked, wake := alert.Batch(c.rows, now, 3)
		if !slices.Equal(picked, c.want) || wake != c.wake {
			t.Errorf("%s: %v until %s, want %v until %s", c.name, picked, wake, c.want, c.wake)
		}
	}
}
