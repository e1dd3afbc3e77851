package sitecheck

import "math/bits"

// wordFinder finds which of at most 64 words occur in a text, in one pass that
// looks at a pair of bytes and mostly steps over several (Wu and Manber, A Fast
// Algorithm for Multi-Pattern Searching, 1994). It is read only once made.
type wordFinder struct {
	words  []string
	window int          // as long as the shortest word
	shifts [1024]uint8  // by the pair that ends the window: how far the next possible beginning of a word is
	ending [1024]uint64 // the words whose window ends with the pair
}

// newWordFinder makes a finder of words of two bytes and more.
func newWordFinder(words ...string) *wordFinder {
	f := &wordFinder{words: words, window: 1 << 6}
	for _, w := range words {
		f.window = min(f.window, len(w))
	}
	for i := range f.shifts {
		f.shifts[i] = uint8(f.window - 1)
	}
	for i, w := range words {
		for k := 1; k < f.window; k++ {
			h := pairHash(w[k-1], w[k])
			f.shifts[h] = min(f.shifts[h], uint8(f.window-1-k))
		}
		f.ending[pairHash(w[f.window-2], w[f.window-1])] |= 1 << i
	}
	return f
}

func pairHash(a, b byte) uint32 { return (uint32(a)<<3 ^ uint32(b)) & 1023 }

// all tells which words occur: bit n is word n.
func (f *wordFinder) all(s []byte) (found uint64) {
	for i := f.window - 1; i < len(s); i++ {
		h := pairHash(s[i-1], s[i])
		if shift := int(f.shifts[h]); shift > 0 {
			i += shift - 1
			continue
		}
		from := s[i+1-f.window:]
		for m := f.ending[h] &^ found; m != 0; m &= m - 1 {
			k := bits.TrailingZeros64(m)
			if w := f.words[k]; len(from) >= len(w) && string(from[:len(w)]) == w {
				found |= 1 << k
			}
		}
	}
	return found
}
