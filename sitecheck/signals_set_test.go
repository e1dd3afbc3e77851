package sitecheck_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"domaincheck/sitecheck"
)

// TestSignalsOnPages measures the detector on whole pages that were composed
// and labelled without sight of it: of the signals it gives at least 95 % are
// right. Kinds that the labels call doubtful count neither way.
func TestSignalsOnPages(t *testing.T) {
	t.Parallel()
	const dir = "testdata/signals"
	raw, err := os.ReadFile(filepath.Join(dir, "labels.json"))
	if err != nil {
		t.Fatal(err)
	}
	var labels []struct {
		File            string
		Kinds, Doubtful []string
		Why             string
	}
	if err := json.Unmarshal(raw, &labels); err != nil {
		t.Fatal(err)
	}
	given, right, wanted := 0, 0, 0
	for _, l := range labels {
		body, err := os.ReadFile(filepath.Join(dir, "pages", l.File))
		if err != nil {
			t.Fatal(err)
		}
		page := sitecheck.Parse(strings.NewReader(string(body)), sitecheck.ParseOptions{URL: "https://www.example.cn/"})
		wanted += len(l.Kinds)
		for _, s := range page.Signals {
			switch {
			case slices.Contains(l.Kinds, s.Kind):
				given, right = given+1, right+1
			case !slices.Contains(l.Doubtful, s.Kind):
				given++
				t.Logf("%s: %s (%s), labelled %v: %s", l.File, s.Kind, s.Text, l.Kinds, l.Why)
			}
		}
	}
	t.Logf("%d pages: %d signals, %d right, %d wanted", len(labels), given, right, wanted)
	if len(labels) < 200 || given == 0 || right*100 < given*95 {
		t.Errorf("%d pages, precision %d of %d", len(labels), right, given)
	}
}
