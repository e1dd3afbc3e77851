package sitecheck_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"domaincheck/sitecheck"
)

// TestSignals measures the detector on labelled pages: of the signals it gives,
// at least 95 % must be right; silence is cheap, since a person looks at what
// matters.
func TestSignals(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/signals.txt")
	if err != nil {
		t.Fatal(err)
	}
	pages, given, right, wanted := 0, 0, 0, 0
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "|")
		if len(f) < 3 {
			t.Fatalf("line %q", line)
		}
		prose := strings.Join(f[3:], "")
		var kinds []string
		if f[0] != "-" {
			kinds = strings.Split(f[0], ",")
		}
		var html strings.Builder
		fmt.Fprintf(&html, "<html><head><meta charset=utf-8><title>%s</title></head><body><ul>", f[1])
		for label := range strings.SplitSeq(f[2], "/") {
			fmt.Fprintf(&html, "<li><a href='#'>%s</a></li>", label)
		}
		fmt.Fprintf(&html, "</ul><p>%s</p></body></html>", prose)
		page := sitecheck.Parse(strings.NewReader(html.String()), sitecheck.ParseOptions{URL: "https://www.example.cn/"})
		pages++
		wanted += len(kinds)
		for _, s := range page.Signals {
			given++
			if slices.Contains(kinds, s.Kind) {
				right++
			} else {
				t.Logf("%s: %s (%s), labelled %s", f[1], s.Kind, s.Text, f[0])
			}
		}
	}
	if pages < 200 {
		t.Fatalf("%d pages", pages)
	}
	t.Logf("%d pages: %d signals, %d right (precision %.1f %%), %d of %d found (recall %.1f %%)",
		pages, given, right, 100*float64(right)/float64(given), right, wanted, 100*float64(right)/float64(wanted))
	if right*100 < given*95 {
		t.Errorf("precision %d of %d is below 95 %%", right, given)
	}
	if right*100 < wanted*70 {
		t.Errorf("only %d of %d signals found", right, wanted)
	}
}
