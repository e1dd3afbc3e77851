package sitecheck_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"domaincheck/sitecheck"
)

// TestFootersOfToday holds a second corpus, of pages as they are built today:
// drawn by scripts or on the server, with utility classes, web components and
// rules within rules, in the encodings that are still met.
func TestFootersOfToday(t *testing.T) {
	t.Parallel()
	cases := readFooters(t, "testdata/footers_today.txt")
	if len(cases) < 60 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, f := range cases {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			opt := sitecheck.ParseOptions{URL: f.url, ContentType: "text/html; charset=utf-8"}
			if f.charset != "" {
				f.markup, opt.ContentType = sentIn(t, f.charset, f.markup), "text/html"
			}
			if f.claimed != "" {
				opt.ContentType = "text/html; charset=" + f.claimed
			}
			page := sitecheck.Parse(strings.NewReader(f.markup), opt)
			checkFooter(t, f, page)
			if page.ScriptShell != f.drawn {
				t.Errorf("script_shell %v, want %v", page.ScriptShell, f.drawn)
			}
			again := sitecheck.Parse(&trickle{s: f.markup}, opt)
			if got := numbersOf(again); got != numbersOf(page) || again.ScriptShell != page.ScriptShell {
				t.Errorf("byte by byte: numbers %q, script_shell %v", got, again.ScriptShell)
			}
		})
	}
}

// sentIn is text in an encoding; utf-16 is with its mark.
func sentIn(t *testing.T, charset, text string) string {
	t.Helper()
	if charset == "utf-16" {
		return encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), text)
	}
	e, err := htmlindex.Get(charset)
	if err != nil {
		t.Fatal(err)
	}
	return encode(t, e, text)
}
