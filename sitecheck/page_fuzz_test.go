package sitecheck_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"domaincheck/sitecheck"
)

// FuzzParse holds, for any bytes: no panic; what is reported is bounded and
// valid text; a link is named exactly where its state is not none; and the page
// put into a hidden element shows no number at all.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`<a href="https://beian.miit.gov.cn">京ICP备05032038号-1</a>`), "text/html")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		opt := sitecheck.ParseOptions{URL: "https://www.example.cn/", ContentType: contentType}
		page := sitecheck.Parse(strings.NewReader(string(body)), opt)
		out, err := json.Marshal(page)
		if err != nil || len(out) > 1<<20 {
			t.Fatalf("%d bytes of report, %v", len(out), err)
		}
		for _, s := range append(append([]string{string(page.Title), string(page.Snippet)}, page.H1...), page.Copyright...) {
			if !utf8.ValidString(s) || utf8.RuneCountInString(s) > 300 {
				t.Fatalf("text %q", s)
			}
		}
		for _, n := range page.RecordNumbers {
			if (n.LinkState == "none") != (n.Link == "") {
				t.Fatalf("%s: link %q of state %s", n.Number.Number, n.Link, n.LinkState)
			}
		}
		if page.Charset != "utf-8" || strings.Contains(strings.ToLower(string(body)), "</template") || page.Truncated {
			return
		}
		hidden := sitecheck.Parse(strings.NewReader("<template>"+string(body)), opt)
		if len(hidden.RecordNumbers) > 0 || len(hidden.PoliceNumbers) > 0 {
			t.Fatalf("numbers %q out of a template", numbersOf(hidden))
		}
	})
}

// FuzzCharset holds, for any bytes and any declaration: the text that comes of
// it is the same however the bytes arrive, and the charset is a known one.
func FuzzCharset(f *testing.F) {
	f.Add([]byte("<title>\xca\xbe\xc0\xfd</title>"), "text/html; charset=utf-8")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		opt := sitecheck.ParseOptions{ContentType: contentType}
		one := sitecheck.Parse(strings.NewReader(string(body)), opt)
		two := sitecheck.Parse(&trickle{s: string(body)}, opt)
		a, errA := json.Marshal(one)
		b, errB := json.Marshal(two)
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Fatalf("whole: %s\nbyte by byte: %s", a, b)
		}
		if one.Charset == "" || string(one.Charset) != strings.ToLower(string(one.Charset)) {
			t.Fatalf("charset %q", one.Charset)
		}
	})
}

func TestPageSeedsAreThere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"FuzzParse", "FuzzCharset"} {
		seeds, err := filepath.Glob("testdata/fuzz/" + name + "/*")
		if err != nil || len(seeds) < 10 {
			t.Errorf("%d seeds for %s, %v", len(seeds), name, err)
		}
		for _, seed := range seeds {
			if b, err := os.ReadFile(seed); err != nil || !strings.HasPrefix(string(b), "go test fuzz v1\n") {
				t.Errorf("%s is no seed: %v", seed, err)
			}
		}
	}
}
