package sitecheck

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math/bits"
)

// This file reads the attributes of tags, and words of up to eight bytes as
// numbers, by which tags and attributes are known.

// attrSpan is the name and the value of an attribute as they stand, and which
// one it is.
type attrSpan struct {
	key, value span
	name       attrName
}

// attributes reads what stands between the name of a tag, which ends at b[i],
// and its end; 0 if b ends before that.
func (z *scanner) attributes(b []byte, i int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	z.have, z.coded, z.loose = 0, 0, 0
	for i < len(b) {
		c := b[i]
		if tagBytes[c]&inName != 0 { // a blank, / or >
			i++
			if c == '>' {
				return i
			}
			continue
		}
		if i+10 > len(b) {
			if i = z.attribute(b, i); i == 0 {
				return 0
			}
			continue
		}
		w := binary.LittleEndian.Uint64(b[i : i+8])
		n := letters(w)
		q := b[i+n+1]
		if b[i+n] != '=' || q != '"' && q != '\'' || n == 0 {
			if i = z.attribute(b, i); i == 0 {
				return 0
			}
			continue
		}
		name := attrNamed(w<<(-n*8&63), n) // name="value", as most
		i += n + 2
		from, references := i, uint64(0)
		for quotes := uint64(q) * ones; ; i += 8 {
			if i+8 > len(b) {
				k := bytes.IndexByte(b[i:], q)
				if k < 0 {
					return 0
				}
				i, references = i+k, high
				break
			}
			w := binary.LittleEndian.Uint64(b[i : i+8])
			x, y := w^quotes, w^'&'*ones
			references |= (y - ones) &^ y
			if x = (x - ones) &^ x & high; x != 0 {
				i += bits.TrailingZeros64(x) >> 3
				break
			}
		}
		z.note(name, from, i, references&high != 0)
		i++
	}
	return 0
}

// note remembers where the value of an attribute stands. The first counts.
func (z *scanner) note(name attrName, from, to int, references bool) {
	bit := attrSet(1) << name &^ (1 << attrOther)
	if bit &^= z.have; bit == 0 {
		return
	}
	z.have |= bit
	z.spans[name] = between(from, to)
	if references {
		z.coded |= bit
	}
}

// attribute reads an attribute that begins at b[i], however it is written; next
// is where it ends, 0 if b ends before that.
func (z *scanner) attribute(b []byte, i int) (next int) {
	a, next := attrAt(b, i)
	if next > 0 {
		z.note(a.name, int(a.value.from), int(a.value.to), true)
		z.loose = int(a.value.to)
	}
	return next
}

// attrAt reads the attribute at b[i]; next is where it ends, 0 if b ends before
// that.
func attrAt(b []byte, i int) (a attrSpan, next int) {
	a, i = keyAt(b, i)
	for i < len(b) && tagBytes[b[i]]&inSpace != 0 {
		i++
	}
	if i+1 < len(b) && b[i] == '=' {
		i, a.value = valueAt(b, i+1)
	}
	return a, i
}

// keyAt reads the name of an attribute at b[i], which is part of it whatever
// it is, up to end.
func keyAt(b []byte, i int) (a attrSpan, end int) {
	end = i + 1
	var w uint64
	if i+8 <= len(b) {
		w = binary.LittleEndian.Uint64(b[i : i+8])
		end = i + max(1, letters(w))
	}
	for end < len(b) && tagBytes[b[end]]&inKey == 0 {
		end++
	}
	a = attrSpan{key: between(i, end), value: between(end, end)}
	switch n := end - i; {
	case n > 8:
		a.name = longAttrNamed(b[i:end])
	case w != 0:
		a.name = attrNamed(w<<(-n*8&63), n)
	default:
		a.name = attrNamed(shortWord(b[i:end]), n)
	}
	return a, end
}

// letters counts the bytes that are no blanks, signs or digits which eight
// bytes begin with.
func letters(w uint64) int { return bits.TrailingZeros64(^(w|w<<1)&0x8080808080808080) >> 3 }

// wordLength counts the bytes which eight bytes begin with that are letters of
// a name for certain: letters, and digits up to 7.
func wordLength(w uint64) int {
	digits := w << 2 & (w << 3) &^ (w << 4)
	return bits.TrailingZeros64(^(w|w<<1|digits)&0x8080808080808080) >> 3
}

// word is b[from:to], one to eight bytes, as a number: no two are the same
// unless one begins with NUL.
func word(b []byte, from, to int) uint64 {
	if from+8 > len(b) {
		return shortWord(b[from:to])
	}
	return binary.LittleEndian.Uint64(b[from:from+8]) << ((from - to) * 8 & 63)
}

func shortWord(b []byte) (w uint64) {
	for _, c := range b {
		w = w>>8 | uint64(c)<<56
	}
	return w
}

// valueAt reads an attribute's value behind its =, at i; next is 0 if b ends
// before it.
func valueAt(b []byte, i int) (next int, value span) {
	for i < len(b) && tagBytes[b[i]]&inSpace != 0 {
		i++
	}
	if i >= len(b) || b[i] == '>' {
		return i, between(i, i)
	}
	if q := b[i]; q == '"' || q == '\'' {
		end := bytes.IndexByte(b[i+1:], q)
		if end < 0 {
			return 0, span{}
		}
		return i + end + 2, between(i+1, i+1+end)
	}
	from := i
	for i++; i < len(b) && tagBytes[b[i]]&inValue == 0; i++ {
	}
	return i, between(from, i)
}

// closesItself tells whether the slash at b[slash], before the end of the tag,
// is no part of the last attribute's value.
func (z *scanner) closesItself(b []byte, slash int) bool {
	if z.loose-1 != slash {
		return true // as most
	}
	last := attrSpan{}
	for a := range attrsOf(b[:slash+2], int(z.name.to)) {
		last = a
	}
	for a := range attrsOf(b[:slash+2], int(z.name.to)) {
		if a != last && sameName(b[a.key.from:a.key.to], b[last.key.from:last.key.to]) {
			return true // a doubled attribute is none
		}
	}
	return false
}

// attrsOf are the attributes of a tag, as they stand, doubled ones too; its name
// ends at i.
func attrsOf(tag []byte, i int) iter.Seq[attrSpan] {
	return func(yield func(attrSpan) bool) {
		for i > 0 && i < len(tag) {
			if tagBytes[tag[i]]&inName != 0 {
				i++
				continue
			}
			var a attrSpan
			if a, i = attrAt(tag, i); i > 0 && !yield(a) {
				return
			}
		}
	}
}
