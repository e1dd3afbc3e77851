package risk_test

import (
	"errors"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/risk"
)

// TestWorkingDays: long holidays, make-up days, the turn of the year, and days
// beyond the last notice, which are approximate.
func TestWorkingDays(t *testing.T) {
	c := table(t).Calendar()
	for _, k := range []struct {
		from        string
		n           int
		want        string
		approximate bool
	}{
		{"2026-11-20", 0, "2026-11-20", false},
		{"2026-11-21", 0, "2026-11-21", false},
		{"2026-11-20", 1, "2026-11-23", false},
		{"2026-11-20", 10, "2026-12-04", false},
		{"2026-09-18", 1, "2026-09-20", false}, // a Sunday worked for the national holiday
		{"2026-09-30", 1, "2026-10-08", false},
		{"2026-09-30", 3, "2026-10-10", false}, // a Saturday worked
		{"2026-09-30", 4, "2026-10-12", false},
		{"2026-02-13", 1, "2026-02-14", false},
		{"2026-02-14", 1, "2026-02-24", false},
		{"2025-12-31", 1, "2026-01-04", false},
		{"2025-01-27", 1, "2025-02-05", false},
		{"2024-02-09", 1, "2024-02-18", false},
		{"2024-05-11", 1, "2024-05-13", false},
		{"2026-12-31", 1, "2027-01-01", true}, // no notice for 2027: a Friday
		{"2026-12-25", 5, "2027-01-01", true},
		{"2026-12-25", 4, "2026-12-31", false},
		{"2026-11-23", -1, "2026-11-20", false},
		{"2026-10-08", -1, "2026-09-30", false},
		{"2024-01-02", -1, "2023-12-29", true},
	} {
		got, approximate := c.AddWorkingDays(day(k.from), k.n)
		if got != day(k.want) || approximate != k.approximate {
			t.Errorf("%s + %d = %s (approximate %v), want %s (%v)", k.from, k.n, got, approximate, k.want, k.approximate)
		}
	}
	for year, want := range map[int]int{2024: 251, 2025: 248, 2026: 248} {
		n := 0
		for d := (domaincheck.Date{Year: year, Month: 1, Day: 1}); d.Year == year; d = d.AddDays(1) {
			if c.Working(d) {
				n++
			}
		}
		if n != want || !c.Known(year) {
			t.Errorf("%d has %d working days, want %d", year, n, want)
		}
	}
	if c.Known(2023) || c.Known(2027) || !strings.HasPrefix(c.Version(), "2025-11-04#") {
		t.Errorf("known years, version %s", c.Version())
	}
}

func TestReadCalendarRefuses(t *testing.T) {
	const head = "day,kind,holiday,source\n"
	var rows strings.Builder
	for d := day("2026-10-01"); d.Before(day("2026-10-31")); d = d.AddDays(1) {
		rows.WriteString(d.String() + ",off,x,y\n")
	}
	good := head + rows.String()
	if _, err := risk.ReadCalendar(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":                "",
		"another header":       "day,kind\n" + rows.String(),
		"too few rows":         head + "2026-10-01,off,x,y\n",
		"no day":               good + "1 October,off,x,y\n",
		"another kind":         good + "2026-11-01,half,x,y\n",
		"a Monday made up":     good + "2026-11-02,work,x,y\n",
		"no source":            good + "2026-11-01,work,x,\n",
		"a day twice":          good + "2026-10-01,off,x,y\n",
		"a day that never was": good + "2026-02-30,off,x,y\n",
	} {
		if _, err := risk.ReadCalendar(strings.NewReader(text)); !errors.Is(err, domaincheck.CodeBadTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
