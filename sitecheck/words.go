package sitecheck

import "math/bits"

// wordFinder finds which of at most 64 words occur in a text, in one pass. It
// is read only once made.
type wordFinder struct {
	words []string
	pairs [1024]uint64 // the words that begin with a pair of bytes, by a hash of it
}

func newWordFinder(words ...string) *wordFinder {
	f := &wordFinder{words: words}
	for i, w := range words {
		f.pairs[pairHash(w[0], w[1])] |= 1 << i
	}
	return f
}

func pairHash(a, b byte) uint32 { return (uint32(a)<<3 ^ uint32(b)) & 1023 }

// all tells which words occur: bit n is word n.
func (f *wordFinder) all(s []byte) (found uint64) {
	for i := 0; i+1 < len(s); i++ {
		m := f.pairs[pairHash(s[i], s[i+1])] &^ found
		for ; m != 0; m &= m - 1 {
			k := bits.TrailingZeros64(m)
			if w := f.words[k]; len(s)-i >= len(w) && string(s[i:i+len(w)]) == w {
				found |= 1 << k
			}
		}
	}
	return found
}
