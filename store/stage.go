package store

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// stage keeps runs of sorted rows in a file beside the store until they are
// read together, in one order: rows that are written in the order of their key
// stand next to each other on the disk.
type stage struct {
	file   *os.File
	out    *bufio.Writer
	at     int64
	starts []int64
	buf    []byte
}

// stagedRow is a block of a set.
type stagedRow struct {
	word     string
	chunk, n int64
	ids      []byte
}

// newStage makes the file. Where that can be done it loses its name at once, so
// that nothing is left of it whatever happens; else it goes when it is closed.
func newStage(store string) (*stage, error) {
	f, err := os.CreateTemp(filepath.Dir(store), ".domaincheck-import-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name())
	return &stage{file: f, out: bufio.NewWriterSize(f, 1<<18)}, nil
}

func (g *stage) close() error {
	err := g.file.Close()
	if gone := os.Remove(g.file.Name()); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// run begins a run.
func (g *stage) run() { g.starts = append(g.starts, g.at) }

// add puts a row behind the others of its run.
func (g *stage) add(r stagedRow) error {
	b := binary.AppendUvarint(g.buf[:0], uint64(len(r.word)))
	b = append(b, r.word...)
	b = binary.AppendVarint(b, r.chunk)
	b = binary.AppendVarint(b, r.n)
	b = binary.AppendUvarint(b, uint64(len(r.ids)))
	b = append(b, r.ids...)
	g.buf = b
	n, err := g.out.Write(b)
	g.at += int64(n)
	return err
}

// rows gives all rows by word and block; a row is good until the next one.
func (g *stage) rows(do func(r *stagedRow) error) error {
	if err := g.out.Flush(); err != nil {
		return err
	}
	var h stageHeap
	for i, from := range g.starts {
		to := g.at
		if i+1 < len(g.starts) {
			to = g.starts[i+1]
		}
		r := &stageReader{in: bufio.NewReaderSize(io.NewSectionReader(g.file, from, to-from), 1<<16)}
		if more, err := r.next(); err != nil {
			return err
		} else if more {
			h = append(h, r)
		}
	}
	heap.Init(&h)
	for len(h) > 0 {
		r := h[0]
		if err := do(&r.row); err != nil {
			return err
		}
		more, err := r.next()
		switch {
		case err != nil:
			return err
		case more:
			heap.Fix(&h, 0)
		default:
			heap.Pop(&h)
		}
	}
	return nil
}

// stageReader reads one run.
type stageReader struct {
	in  *bufio.Reader
	row stagedRow
}

func (r *stageReader) next() (more bool, err error) {
	n, err := binary.ReadUvarint(r.in)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return false, err
	}
	word := make([]byte, n)
	if _, err := io.ReadFull(r.in, word); err != nil {
		return false, err
	}
	r.row.word = string(word)
	if r.row.chunk, err = binary.ReadVarint(r.in); err != nil {
		return false, err
	}
	if r.row.n, err = binary.ReadVarint(r.in); err != nil {
		return false, err
	}
	if n, err = binary.ReadUvarint(r.in); err != nil {
		return false, err
	}
	r.row.ids = make([]byte, n)
	_, err = io.ReadFull(r.in, r.row.ids)
	return err == nil, err
}

// stageHeap holds the reader of the first row at its top.
type stageHeap []*stageReader

func (h stageHeap) Len() int { return len(h) }
func (h stageHeap) Less(i, j int) bool {
	a, b := &h[i].row, &h[j].row
	return a.word < b.word || a.word == b.word && a.chunk < b.chunk
}
func (h stageHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *stageHeap) Push(x any)   { *h = append(*h, x.(*stageReader)) }
func (h *stageHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
