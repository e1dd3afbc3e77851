package sitecheck

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
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
		found := f.all([]byte(s))
		for i, w := range words {
			if strings.Contains(s, w) != (found>>i&1 == 1) {
				t.Fatalf("%q in %q: %b", w, s, found)
			}
		}
	}
}

// TestCopyrightMarks holds the places of its words to strings.Index.
func TestCopyrightMarks(t *testing.T) {
	t.Parallel()
	words := []string{"©", "版权", "opyright", "opyRight", "OPYRIGHT", "(c)", "(C)", "ⓒ", "Ⓒ", "ights reserved", "ights Reserved", "IGHTS RESERVED"}
	r := rand.New(rand.NewPCG(7, 8))
	pieces := append([]string{"opyr", "(", "c)", "y", "V", "版", "权", "ights ", "reserved", "\xA9", "\x88", "\xE2\x92", "\xC2", " ", "备"}, words...)
	for range 20_000 {
		var b strings.Builder
		for range r.IntN(12) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		s := b.String()
		var marks copyrightMarks
		for from := 0; from < len(s); {
			want := len(s)
			for _, w := range words {
				if at := strings.Index(s[from:], w); at >= 0 {
					want = min(want, from+at)
				}
			}
			if at := marks.next(s, from); at != want {
				t.Fatalf("%q from %d: %d, want %d", s, from, at, want)
			}
			from = want + 1 + r.IntN(9)
		}
	}
}

// TestValidUTF8 holds it to utf8.Valid.
func TestValidUTF8(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 9))
	pieces := []string{"a", "<p class=x>", "备", "案", "©", "\U0001F600", "\xE5", "\xA4", "\xED\xA0\x80", "\xE0\x80\x80", "\xF4\x90\x80\x80", "\uFEFF", "\u1000", "\u0800", "\xF0", "12345678"}
	for range 50_000 {
		var b strings.Builder
		for n := r.IntN(14); n > 0; n-- {
			k := len(pieces)
			if r.IntN(3) > 0 {
				k = 6
			}
			b.WriteString(pieces[r.IntN(k)])
		}
		if s := b.String(); validUTF8([]byte(s), len(s)) != utf8.ValidString(s) {
			t.Fatalf("%q", s)
		}
	}
}
