package store

import (
	"encoding/binary"
	"iter"
	"math/bits"
	"slices"
)

// idSet is a set of row ids, 65,536 to a block.
type idSet map[int64]*idBlock

type idBlock [1024]uint64

const (
	blockBits = 16
	// sparse is below how many ids a block is kept as a list: from there on a
	// map of bits takes no more space.
	sparse = 4096
)

func (s idSet) has(id int64) bool {
	b := s[id>>blockBits]
	return b != nil && b[id&0xffff>>6]&(1<<(id&63)) != 0
}

func (s idSet) add(id int64) {
	b := s[id>>blockBits]
	if b == nil {
		b = new(idBlock)
		s[id>>blockBits] = b
	}
	b[id&0xffff>>6] |= 1 << (id & 63)
}

func (b *idBlock) len() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s idSet) len() int {
	n := 0
	for _, b := range s {
		n += b.len()
	}
	return n
}

// and keeps what is also in o.
func (s idSet) and(o idSet) {
	for k, b := range s {
		other := o[k]
		if other == nil {
			delete(s, k)
			continue
		}
		left := uint64(0)
		for i := range b {
			b[i] &= other[i]
			left |= b[i]
		}
		if left == 0 {
			delete(s, k)
		}
	}
}

// or takes over what is in o; blocks that s has not are shared from then on.
func (s idSet) or(o idSet) {
	for k, b := range o {
		if mine := s[k]; mine != nil {
			for i := range mine {
				mine[i] |= b[i]
			}
		} else {
			s[k] = b
		}
	}
}

// both is what is in both, leaving them as they are.
func (s idSet) both(o idSet) idSet {
	if len(o) < len(s) {
		s, o = o, s
	}
	out := idSet{}
	for k, b := range s {
		if other := o[k]; other != nil {
			c := *b
			left := uint64(0)
			for i := range c {
				c[i] &= other[i]
				left |= c[i]
			}
			if left != 0 {
				out[k] = &c
			}
		}
	}
	return out
}

// minus takes away what is in o.
func (s idSet) minus(o idSet) {
	for k, b := range s {
		if other := o[k]; other != nil {
			for i := range b {
				b[i] &^= other[i]
			}
		}
	}
}

// all goes over the ids, ascending.
func (s idSet) all() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		keys := make([]int64, 0, len(s))
		for k := range s {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			for i, w := range s[k] {
				for ; w != 0; w &= w - 1 {
					if !yield(k<<blockBits | int64(i)<<6 | int64(bits.TrailingZeros64(w))) {
						return
					}
				}
			}
		}
	}
}

// mix adds what a stored block holds.
func (s idSet) mix(chunk, n int64, ids []byte) {
	b := s[chunk]
	if b == nil {
		b = new(idBlock)
		s[chunk] = b
	}
	b.mix(n, ids)
}

func (b *idBlock) mix(n int64, ids []byte) {
	if n < sparse {
		for ; len(ids) >= 2; ids = ids[2:] {
			id := binary.LittleEndian.Uint16(ids)
			b[id>>6] |= 1 << (id & 63)
		}
		return
	}
	for i := 0; i < len(b) && len(ids) >= 8; i, ids = i+1, ids[8:] {
		b[i] |= binary.LittleEndian.Uint64(ids)
	}
}

// pickIn adds to another set the ids of a stored block that are in this one, and
// counts them.
func (s idSet) pickIn(into idSet, chunk, n int64, ids []byte) (count int) {
	b := s[chunk]
	if b == nil {
		return 0
	}
	var out *idBlock
	put := func(i int, bits64 uint64) {
		if out == nil {
			if out = into[chunk]; out == nil {
				out = new(idBlock)
				into[chunk] = out
			}
		}
		out[i] |= bits64
		count += bits.OnesCount64(bits64)
	}
	if n < sparse {
		for ; len(ids) >= 2; ids = ids[2:] {
			id := binary.LittleEndian.Uint16(ids)
			if b[id>>6]>>(id&63)&1 == 1 {
				put(int(id>>6), 1<<(id&63))
			}
		}
		return count
	}
	for i := 0; i < len(b) && len(ids) >= 8; i, ids = i+1, ids[8:] {
		if both := b[i] & binary.LittleEndian.Uint64(ids); both != 0 {
			put(i, both)
		}
	}
	return count
}

// countIn counts the ids of a stored block that are in the set.
func (s idSet) countIn(chunk, n int64, ids []byte) int64 {
	b := s[chunk]
	if b == nil {
		return 0
	}
	var count int64
	if n < sparse {
		for ; len(ids) >= 2; ids = ids[2:] {
			id := binary.LittleEndian.Uint16(ids)
			count += int64(b[id>>6] >> (id & 63) & 1)
		}
		return count
	}
	for i := 0; i < len(b) && len(ids) >= 8; i, ids = i+1, ids[8:] {
		count += int64(bits.OnesCount64(b[i] & binary.LittleEndian.Uint64(ids)))
	}
	return count
}

// stored is the block as it is kept.
func (b *idBlock) stored() (n int64, ids []byte) {
	n = int64(b.len())
	if n >= sparse {
		ids = make([]byte, 0, 8*len(b))
		for _, w := range b {
			ids = binary.LittleEndian.AppendUint64(ids, w)
		}
		return n, ids
	}
	ids = make([]byte, 0, 2*n)
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			ids = binary.LittleEndian.AppendUint16(ids, uint16(i<<6|bits.TrailingZeros64(w))) //nolint:gosec // below 65,536
		}
	}
	return n, ids
}

// storedList is the same for ids of one block that are sorted and distinct.
func storedList(low []uint16) (n int64, ids []byte) {
	if len(low) >= sparse {
		var b idBlock
		for _, v := range low {
			b[v>>6] |= 1 << (v & 63)
		}
		return b.stored()
	}
	ids = make([]byte, 0, 2*len(low))
	for _, v := range low {
		ids = binary.LittleEndian.AppendUint16(ids, v)
	}
	return int64(len(low)), ids
}
