package present

import (
	"bytes"
	"strings"
	"testing"

	"domaincheck"
)

// TestReportsThatWait: reports that are rendered as they are done, packed, and
// put in their order are what Print writes, in each format, and packed they are
// small.
func TestReportsThatWait(t *testing.T) {
	t.Parallel()
	var reports []domaincheck.Report
	for _, r := range []domaincheck.Report{failing(), failing(), {Input: "bad bad", Error: domaincheck.Errorf(domaincheck.CodeBadInput, "a.txt:3", "no name")}, failing()} {
		r.Domain += domaincheck.Text(strings.Repeat("x", len(reports)))
		reports = append(reports, r)
	}
	for _, format := range []string{"text", "json", "jsonl", "csv", "markdown"} {
		o := Options{Format: format, Lang: "en", Book: fake{}, ProviderName: shownProvider}
		want := render(t, o, reports...)
		var got bytes.Buffer
		p, err := NewPrinter(&got, o)
		if err != nil {
			t.Fatal(err)
		}
		waiting := make([]Rendered, len(reports))
		for _, i := range []int{2, 1, 3, 0} {
			r, err := p.Render(reports[i])
			if err != nil {
				t.Fatal(err)
			}
			waiting[i] = p.Pack(r)
			if n, packed := len(r.body)+len(r.detail), len(waiting[i].packed); i == 3 && n > minPacked && 5*packed > n {
				t.Errorf("%s: %d bytes packed are %d", format, n, packed)
			}
		}
		for _, r := range waiting {
			if err := p.Put(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if got.String() != want {
			t.Errorf("%s: %d bytes, printed in order %d", format, got.Len(), len(want))
		}
	}
}
