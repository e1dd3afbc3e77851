package icp_test

import (
	"domaincheck"
	"domaincheck/icp"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestFind reads footers as people type them, one a row of the corpus.
func TestFind(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/numbers.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			t.Fatalf("line %q", line)
		}
		text, err := strconv.Unquote(f[1])
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		var got []string
		for _, n := range icp.Find(text) {
			got = append(got, n.Number)
			checkNumber(t, text, n)
		}
		if want := strings.TrimPrefix(f[2], "-"); strings.Join(got, " ") != want {
			t.Errorf("%s: Find(%q) = %q, want %q", f[0], text, got, want)
		}
		rows++
	}
	if rows < 100 {
		t.Fatalf("%d rows", rows)
	}
}

// checkNumber holds what is true of every number found.
func checkNumber(t *testing.T, text string, n domaincheck.Number) {
	t.Helper()
	if !strings.Contains(text, n.Text) || n.Text == "" {
		t.Errorf("text %q of %q is not part of %q", n.Text, n.Number, text)
	}
	if !strings.HasPrefix(n.Number, n.Subject) || n.Province == "" {
		t.Errorf("number %+v: subject or province wrong", n)
	}
	again, err := icp.ParseNumber(n.Number)
	if err != nil {
		t.Fatalf("ParseNumber(%q): %v", n.Number, err)
	}
	if again.Number != n.Number || again.Subject != n.Subject || again.Province != n.Province || again.Kind != n.Kind {
		t.Errorf("normal form of %q is not stable: %+v", n.Number, again)
	}
}
