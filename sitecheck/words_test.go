package sitecheck

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestWordFinder holds it to strings.Index and strings.Contains.
func TestWordFinder(t *testing.T) {
	t.Parallel()
	words := []string{"ab", "abc", "bca", "cc", "©", "版权", "a\x00"}
	f := newWordFinder(words...)
	r := rand.New(rand.NewPCG(7, 7))
	pieces := []string{"a", "b", "c", "©", "版", "权", "\x00", "\xE7", "-"}
	for range 20_000 {
		var b strings.Builder
		for range r.IntN(12) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		s := b.String()
		first, found := len(s), f.all([]byte(s))
		for i, w := range words {
			if strings.Contains(s, w) != (found>>i&1 == 1) {
				t.Fatalf("%q in %q: %b", w, s, found)
			}
			if at := strings.Index(s, w); at >= 0 {
				first = min(first, at)
			}
		}
		if at, word := f.next(s, 0); at != first || (word < 0) != (first == len(s)) || word >= 0 && !strings.HasPrefix(s[at:], words[word]) {
			t.Fatalf("%q: at %d word %d, want %d", s, at, word, first)
		}
	}
}
