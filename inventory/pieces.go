package inventory

import (
	"bytes"
	"fmt"

	"github.com/goccy/go-yaml/parser"
)

// pieceBytes is how much of a list is handed to the yaml library at once: it
// takes some eighty times as much memory as the text has bytes.
const pieceBytes = 128 << 10

// piece is some entries of one of the lists at the top, as they stand in the
// file, below the list's key.
type piece struct {
	key   string
	line  int // of the key
	first int // line of the first entry
	dash  []byte
	text  []byte
}

// parsePieces reads a file that holds nothing but lists of entries at its top,
// piece by piece, to the same tree as it would read the whole; nil if the file
// is of another form, has anchors, or cannot be read so: an entry that goes on
// where another seems to begin leaves quotes or brackets open. Then only the
// whole tells what is there, or what is wrong.
func parsePieces(name string, data []byte, size int) *node {
	pieces := cut(data, size)
	if len(pieces) == 0 {
		return nil
	}
	root := &node{kind: mapNode, place: fmt.Sprintf("%s:%d:1", name, pieces[0].line)}
	b := &treeBuilder{name: name}
	for i, p := range pieces {
		// What comes after a text has a say in how its end is read.
		more := i+1 < len(pieces) && pieces[i+1].line == p.line
		switch {
		case more:
			p.text = append(append(p.text, p.dash...), "z: z\n"...)
		case i+1 < len(pieces):
			p.text = append(p.text, "z: z\n"...)
		}
		file, err := parser.ParseBytes(p.text, 0)
		if err != nil || len(file.Docs) != 1 || file.Docs[0].Body == nil {
			return nil
		}
		b.down = p.first - 2 // the key is the first line of a piece
		part, err := b.build(file.Docs[0].Body, 0)
		if err != nil || part.kind != mapNode || len(part.keys) == 0 || part.keys[0].value.kind != listNode || (len(part.keys) == 2) != (!more && i+1 < len(pieces)) {
			return nil
		}
		list := part.keys[0].value
		if more {
			list.items = list.items[:len(list.items)-1]
		}
		for _, item := range list.items {
			if item.kind != mapNode {
				return nil
			}
		}
		if had := root.get(p.key); had != nil {
			had.items = append(had.items, list.items...)
			continue
		}
		root.keys = append(root.keys, entry{key: p.key, place: fmt.Sprintf("%s:%d:1", name, p.line), value: list})
	}
	return root
}

// cut cuts a file into pieces; nil if it is not of that form.
func cut(data []byte, size int) []piece {
	var pieces []piece
	var dash []byte // how an entry of the list at hand begins
	seen := map[string]bool{}
	key, at, line := "", 0, 0
	for text := range bytes.Lines(data) {
		line++
		bare := bytes.TrimRight(text, "\r\n")
		switch {
		case bytes.Equal(bare, []byte("subjects:")), bytes.Equal(bare, []byte("servers:")), bytes.Equal(bare, []byte("sites:")):
			key, at, dash = string(bare[:len(bare)-1]), line, nil
			if seen[key] {
				return nil
			}
			seen[key] = true
			continue
		case len(bare) == 0 || bare[0] == '#':
		case key == "":
			return nil
		case dash == nil:
			n := len(bare) - len(bytes.TrimLeft(bare, " "))
			if !bytes.HasPrefix(bare[n:], []byte("- ")) {
				return nil
			}
			dash = bytes.Clone(bare[:n+2])
		case bare[0] != ' ' && !bytes.HasPrefix(bare, dash):
			return nil
		}
		if dash == nil { // before the first entry
			continue
		}
		last := len(pieces) - 1
		if begins := bytes.HasPrefix(bare, dash); last < 0 || pieces[last].line != at || begins && len(pieces[last].text) >= size {
			pieces = append(pieces, piece{key: key, line: at, first: line, dash: dash, text: []byte(key + ":\n")})
			last++
		}
		pieces[last].text = append(pieces[last].text, text...)
	}
	for k := range seen { // a list without entries
		if !has(pieces, k) {
			return nil
		}
	}
	return pieces
}

func has(pieces []piece, key string) bool {
	for i := range pieces {
		if pieces[i].key == key {
			return true
		}
	}
	return false
}
