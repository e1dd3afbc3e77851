package config

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Bounds of a settings file: more is refused before it costs memory.
const (
	maxBytes = 1 << 20
	maxDepth = 20
	maxNodes = 100_000
)

type kind int

const (
	textNode  kind = iota // a yaml string, quoted or not
	plainNode             // a yaml number or truth value, as written
	nullNode
	mapNode
	listNode
)

// node is a value of the file with its place.
type node struct {
	kind  kind
	at    place
	text  string
	keys  []entry
	items []*node
	env   bool // from the environment: everything is text there, nothing is expanded
}

type entry struct {
	key   string
	at    place
	value *node
}

func (n *node) find(key string) (int, bool) {
	for i := range n.keys {
		if n.keys[i].key == key {
			return i, true
		}
	}
	return 0, false
}

// what names a kind of value for people.
func (n *node) what() string {
	switch n.kind {
	case mapNode:
		return "keys and values"
	case listNode:
		return "a list"
	case nullNode:
		return "nothing"
	case textNode:
		return "a text"
	}
	if n.text == "true" || n.text == "false" {
		return "a truth value"
	}
	return "a number"
}

// parse reads one yaml document; nil for an empty file. What it finds wrong
// goes to f.
func parse(name string, data []byte, f *findings) (root *node) {
	start := place{name: name}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > maxBytes:
		f.add(start, "split off what is no setting", "the file is larger than %d MiB", maxBytes>>20)
		return nil
	case !utf8.Valid(data):
		f.add(start, "save the file as UTF-8", "the file is not text in UTF-8")
		return nil
	}
	if line := tooDeep(data); line > 0 {
		f.add(place{name, line, 1}, "", "nested deeper than %d levels", maxDepth)
		return nil
	}
	// The yaml library is not ours: a panic of its on strange bytes is a
	// malformed file, not a crash.
	defer func() {
		if recover() != nil {
			root = nil
			f.add(start, yamlHint, "not valid yaml")
		}
	}()
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, message := yamlMessage(name, err)
		f.add(at, yamlHint, "not valid yaml%s", message)
		return nil
	}
	b := builder{name: name, found: f, anchors: map[string]ast.Node{}}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.NullType && d.Body.Type() != ast.DirectiveType {
			bodies = append(bodies, d.Body)
		}
	}
	if len(bodies) == 0 {
		return nil
	}
	if len(bodies) > 1 {
		f.add(b.at(bodies[1]), "join the documents: settings are one", "a second yaml document begins here")
		return nil
	}
	return b.build(bodies[0], 0)
}

const yamlHint = "check the indentation and the quotes at this place; a text with *, @, ${ or “: ” stands in quotes"

var yamlPlace = regexp.MustCompile(`^\[(\d+):(\d+)\] ([^\n]*)`)

// yamlMessage takes place and sentence out of the library's error. A sentence
// that quotes the file is dropped: it could be quoting a secret.
func yamlMessage(name string, err error) (place, string) {
	m := yamlPlace.FindStringSubmatch(err.Error())
	if m == nil {
		return place{name: name}, ""
	}
	line, _ := strconv.Atoi(m[1])
	col, _ := strconv.Atoi(m[2])
	message := ""
	if known := yamlSentence.MatchString(m[3]); known {
		message = ": " + strings.ReplaceAll(m[3], "\t", `\t`) // which is what it speaks of
	}
	return place{name, line, col}, message
}

// yamlSentence matches a sentence of the library without quoted words.
var yamlSentence = regexp.MustCompile("^[a-zA-Z ,.'/\t\\[\\]{}-]{1,100}$")

// tooDeep finds the first line on which brackets or indicators nest deeper
// than is read; 0 if none. It may count brackets inside quotes too.
func tooDeep(data []byte) int {
	depth, line, dashes, fresh := 0, 1, 0, true
	for _, c := range data {
		switch c {
		case '\n':
			line, dashes, fresh = line+1, 0, true
		case '[', '{':
			depth, fresh = depth+1, false
		case ']', '}':
			depth, fresh = max(0, depth-1), false
		case '-', '?', ':', '!', '&', '*':
			if fresh {
				dashes++
			}
		case ' ', '\t':
		default:
			fresh = false
		}
		if depth > maxDepth || dashes > maxDepth {
			return line
		}
	}
	return 0
}

type builder struct {
	name    string
	found   *findings
	anchors map[string]ast.Node
	inside  []string // anchors being expanded
	count   int
	full    bool
}

func (b *builder) at(n ast.Node) place {
	switch v := n.(type) {
	case *ast.MappingNode:
		if len(v.Values) > 0 {
			n = v.Values[0].Key
		}
	case *ast.MappingValueNode:
		n = v.Key
	}
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return place{name: b.name}
	}
	return place{b.name, t.Position.Line, t.Position.Column}
}

// build gives the value of a node; null after an error, which is told.
func (b *builder) build(n ast.Node, depth int) *node {
	out := &node{kind: nullNode, at: b.at(n)}
	if b.count++; b.count > maxNodes || depth > maxDepth {
		if !b.full {
			b.full = true
			b.found.add(out.at, "", "more than %d values, or nested deeper than %d levels", maxNodes, maxDepth)
		}
		return out
	}
	switch v := n.(type) {
	case *ast.NullNode:
	case *ast.StringNode:
		out.kind, out.text = textNode, v.Value
	case *ast.LiteralNode:
		out.kind, out.text = textNode, v.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		out.kind, out.text = plainNode, n.GetToken().Value
	case *ast.MappingNode:
		b.mapping(out, v.Values, depth)
	case *ast.MappingValueNode:
		b.mapping(out, []*ast.MappingValueNode{v}, depth)
	case *ast.SequenceNode:
		out.kind = listNode
		for _, item := range v.Values {
			out.items = append(out.items, b.build(item, depth+1))
		}
	case *ast.AnchorNode:
		b.anchors[v.Name.GetToken().Value] = v.Value
		return b.build(v.Value, depth+1)
	case *ast.AliasNode:
		return b.alias(v, out, depth)
	default:
		b.found.add(out.at, "write the value itself", "tags are not used in settings")
	}
	return out
}

func (b *builder) alias(v *ast.AliasNode, out *node, depth int) *node {
	name := v.Value.GetToken().Value
	target, ok := b.anchors[name]
	if !ok {
		b.found.add(out.at, "a text that begins with * stands in quotes", "no anchor of this name above")
		return out
	}
	for _, open := range b.inside {
		if open == name {
			b.found.add(out.at, "", "an anchor that contains itself")
			return out
		}
	}
	b.inside = append(b.inside, name)
	out = b.build(target, depth+1)
	b.inside = b.inside[:len(b.inside)-1]
	return out
}

func (b *builder) mapping(out *node, values []*ast.MappingValueNode, depth int) {
	out.kind = mapNode
	for _, mv := range values {
		at := b.at(mv.Key)
		key := ""
		switch k := mv.Key.(type) {
		case *ast.MergeKeyNode:
			b.found.add(at, "write the keys out", "merge keys are not used in settings")
			continue
		case *ast.StringNode:
			key = k.Value
		case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
			key = strings.TrimSpace(mv.Key.GetToken().Value)
		default:
			b.found.add(at, "", "a key is a plain word")
			continue
		}
		if _, doubled := out.find(key); doubled {
			b.found.add(at, "keep one of the two", "the key %s is there twice", show(key))
			continue
		}
		child := b.build(mv.Value, depth+1)
		if child.kind == nullNode {
			child.at = at
		}
		out.keys = append(out.keys, entry{key, at, child})
	}
}
