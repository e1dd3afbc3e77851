package present

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"domaincheck"
)

// TestHTMLReportPrints: a real browser lays the report out on several pages of
// A4, and asks nobody for anything on the way.
func TestHTMLReportPrints(t *testing.T) {
	list := entries()
	c := compliance()
	c.Sites = func(yield func(Entry, error) bool) {
		for i := range 120 {
			e := list[i%len(list)]
			e.Report.Domain = domaincheck.Text(fmt.Sprintf("n%d.example", i))
			e.Report.Unicode = e.Report.Domain
			if !yield(e, nil) {
				return
			}
		}
	}
	dir := t.TempDir()
	page, pdf, log := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.pdf"), filepath.Join(dir, "net.json")
	f, err := os.Create(page)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteReport(f, "html", c, complianceOptions(t, "zh")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	browser := exec.CommandContext(ctx, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--no-pdf-header-footer", "--log-net-log="+log, "--host-resolver-rules=MAP * ~NOTFOUND", "--print-to-pdf="+pdf, "file://"+page)
	if out, err := browser.CombinedOutput(); err != nil {
		t.Fatalf("chromium (Debian package chromium): %v\n%s", err, out)
	}
	printed, err := os.ReadFile(pdf)
	if err != nil {
		t.Fatal(err)
	}
	pages := regexp.MustCompile(`/Type\s*/Page\b`).FindAll(printed, -1)
	if len(pages) < 6 {
		t.Errorf("120 sites on %d pages", len(pages))
	}
	boxes := regexp.MustCompile(`/MediaBox\s*\[\s*0 0 ([0-9.]+) ([0-9.]+)\s*\]`).FindAllSubmatch(printed, -1)
	if len(boxes) == 0 {
		t.Fatal("the print says no size of a page")
	}
	for _, box := range boxes {
		if !near(box[1], 595.3) || !near(box[2], 841.9) {
			t.Fatalf("a page of %s × %s points is not A4", box[1], box[2])
		}
	}
	net, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if hit := regexp.MustCompile(`"url":"https?://[^"]*(n\d+\.example|beian|example\.cn)[^"]*"`).Find(net); hit != nil {
		t.Errorf("the page asks for %s", bytes.TrimSpace(hit))
	}
}

// near compares points within a millimetre.
func near(text []byte, want float64) bool {
	got, err := strconv.ParseFloat(string(text), 64)
	return err == nil && got > want-2.8 && got < want+2.8
}
