package present

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"slices"

	"domaincheck"
)

// packer deflates reports that wait for their turn. Reports of one run say most
// things in the same words: the first is the dictionary of the others, which
// then take a twentieth of their length.
type packer struct {
	w    *flate.Writer
	dict []byte
}

const (
	maxDict   = 32 << 10 // as far back as deflate looks
	minPacked = 512      // less, such as the line of a row that is no domain, stays and is no dictionary
)

// seal gives r as it is where it cannot be made smaller.
func (p *packer) seal(r Rendered) Rendered {
	all := r.body + r.detail
	if len(all) < minPacked {
		return r
	}
	if p.w == nil {
		p.dict = []byte(all[max(0, len(all)-maxDict):])
		w, err := flate.NewWriterDict(io.Discard, 5, p.dict)
		if err != nil {
			return r
		}
		p.w = w
	}
	var b bytes.Buffer
	p.w.Reset(&b)
	var length [binary.MaxVarintLen64]byte
	_, _ = p.w.Write(binary.AppendUvarint(length[:0], uint64(len(r.body)))) // a buffer takes everything
	_, _ = io.WriteString(p.w, all)
	if p.w.Close() != nil {
		return r
	}
	return Rendered{verdict: r.verdict, doubt: r.doubt, packed: slices.Clone(b.Bytes())}
}

// open gives back what was sealed.
func (p *packer) open(r Rendered) (Rendered, error) {
	if r.packed == nil {
		return r, nil
	}
	all, err := io.ReadAll(flate.NewReaderDict(bytes.NewReader(r.packed), p.dict))
	n, used := binary.Uvarint(all)
	if err != nil || used <= 0 || n > uint64(len(all)-used) {
		return r, domaincheck.Errorf(domaincheck.CodeInternal, "", "a report that waited for its turn cannot be read: %w", err)
	}
	text := string(all[used:])
	r.body, r.detail, r.packed = text[:n], text[n:], nil
	return r, nil
}
