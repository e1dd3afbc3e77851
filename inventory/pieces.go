package inventory

import (
	"bytes"

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
	text  []byte // of the file, not a copy
}

// inPieces reads a file that holds nothing but lists of entries at its top,
// piece by piece: each entry is decoded as soon as it is read, and its tree let
// go. It tells whether it could: not if the file is of another form, has
// anchors, or an entry that goes on where another seems to begin, having left
// quotes or brackets open. Then only the whole tells what is there, or what is
// wrong, and l is as it was.
func (l *loader) inPieces(data []byte, size int) bool {
	pieces := cut(data, size)
	if len(pieces) == 0 || tooDeep(data) > 0 {
		return false
	}
	part := &loader{o: l.o, w: l.w}
	part.decoder(false)
	b := &treeBuilder{name: l.o.Name}
	for _, kind := range []RowKind{RowSubject, RowServer, RowSite} {
		for i, p := range pieces {
			if p.key != string(kind)+"s" {
				continue
			}
			list := b.piece(p, i+1 < len(pieces), i+1 < len(pieces) && pieces[i+1].line == p.line)
			if list == nil {
				return false
			}
			part.entries(list, kind)
		}
	}
	*l = *part
	return true
}

// piece reads the entries of one piece; nil if they cannot be told by
// themselves. What comes after a text has a say in how its end is read: an
// entry, where more of the list follows, or another key, where another follows.
func (b *treeBuilder) piece(p piece, follows, more bool) (list *node) {
	text := make([]byte, 0, len(p.key)+len(p.dash)+len(p.text)+16)
	text = append(append(append(text, p.key...), ":\n"...), p.text...)
	if more {
		text = append(text, p.dash...)
	}
	if follows {
		text = append(text, "z: z\n"...)
	}
	defer func() { // as in parseTree
		if recover() != nil {
			list = nil
		}
	}()
	file, err := parser.ParseBytes(text, 0)
	if err != nil || len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil
	}
	b.down = p.first - 2 // the key is the first line of a piece
	part, err := b.build(file.Docs[0].Body, 0)
	if err != nil || part.kind != mapNode || len(part.keys) == 0 || part.keys[0].value.kind != listNode || (len(part.keys) == 2) != (follows && !more) {
		return nil
	}
	list = part.keys[0].value
	if more {
		list.items = list.items[:len(list.items)-1]
	}
	for _, item := range list.items {
		if item.kind != mapNode {
			return nil
		}
	}
	return list
}

// cut cuts a file into pieces; nil if it is not of that form.
func cut(data []byte, size int) []piece {
	var pieces []piece
	var dash []byte // how an entry of the list at hand begins
	seen := map[string]bool{}
	key, at, line, past := "", 0, 0, 0
	for text := range bytes.Lines(data) {
		line++
		from := past // where the line begins, and where it ends
		past += len(text)
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
			pieces = append(pieces, piece{key: key, line: at, first: line, dash: dash, text: data[from:from:len(data)]})
			last++
		}
		pieces[last].text = pieces[last].text[:len(pieces[last].text)+len(text)] // one follows the other
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
