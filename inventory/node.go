package inventory

import (
	"encoding/json"
	"fmt"
	"strings"

	"domaincheck"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Limits of a tree that is read: deep or ever-repeating input is refused
// before it costs memory.
const (
	maxDepth = 40
	maxNodes = 4_000_000
)

type nodeKind int

const (
	scalarNode nodeKind = iota
	mapNode
	listNode
	nullNode
)

// node is the one shape to which every format is brought before it is decoded:
// a scalar with its text as written, a map in order, a list, or null.
type node struct {
	kind  nodeKind
	place string // file:line:column or sheet!cell
	text  string
	keys  []entry
	items []*node
}

type entry struct {
	key   string
	place string
	value *node
}

// get is the value under key, or nil.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, e := range n.keys {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// set puts value at a dotted path, making maps on the way; the first value at
// a path stays, and set tells whether it says what value says.
func (n *node) set(path string, value *node) bool {
	key, rest, deeper := strings.Cut(path, ".")
	child := n.get(key)
	switch {
	case !deeper && child == nil:
		n.keys = append(n.keys, entry{key: key, place: value.place, value: value})
	case !deeper:
		return child.kind == scalarNode && strings.TrimSpace(child.text) == strings.TrimSpace(value.text)
	case child == nil:
		child = &node{kind: mapNode, place: value.place}
		n.keys = append(n.keys, entry{key: key, place: value.place, value: child})
		child.set(rest, value)
	default:
		return child.kind == mapNode && child.set(rest, value)
	}
	return true
}

func scalar(place, text string) *node { return &node{kind: scalarNode, place: place, text: text} }

// parseTree reads yaml, or JSON, which is known by its first character.
func parseTree(name string, data []byte) (root *node, err error) {
	trimmed := strings.TrimLeft(string(data[:min(len(data), 4096)]), " \t\r\n\ufeff")
	if (strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")) && json.Valid(data) {
		return parseJSON(name, data)
	}
	if line := tooDeep(data); line > 0 {
		return nil, domaincheck.Errorf(domaincheck.CodeTooLarge, fmt.Sprintf("%s:%d", name, line), "nested deeper than %d levels", maxDepth)
	}
	// The yaml library is fuzzed but not ours: a panic of its on hostile bytes
	// is an unreadable file, not a crash.
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, domaincheck.Errorf(domaincheck.CodeUnreadable, name, "this is not yaml")
		}
	}()
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, yamlError(name, err)
	}
	var docs []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil {
			docs = append(docs, d.Body)
		}
	}
	switch len(docs) {
	case 0:
		return &node{kind: nullNode, place: name}, nil
	case 1:
	default:
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, position(name, docs[1]), "a second yaml document begins here; one file holds one").WithHint("join the documents, or split the file")
	}
	b := &treeBuilder{name: name, anchors: map[string]ast.Node{}}
	return b.build(docs[0], 0)
}

// tooDeep finds the first line on which brackets or indicators nest deeper
// than is read; 0 if none. Brackets within quotes that end on their own line do
// not count; from the first quote on that does not, all do: what is quoted
// there only the yaml reader knows, and it must never be led deep.
func tooDeep(data []byte) int {
	depth, line, dashes := 0, 1, 0
	fresh, sure := true, true
	last := byte('\n') // that is no blank
	for i := 0; i < len(data); i++ {
		switch c := data[i]; c {
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
		case '"', '\'':
			fresh = false
			if !sure || strings.IndexByte("\n:,[{-?", last) < 0 {
				break
			}
			if n := quotedLen(data[i:]); n > 0 {
				i += n - 1
			} else {
				sure = false
			}
		case ' ', '\t', '\r':
			continue
		default:
			fresh = false
		}
		last = data[i]
		if depth > maxDepth || dashes > maxDepth {
			return line
		}
	}
	return 0
}

// quotedLen is the length of the quoted text that data begins with, quotes
// included; 0 if it does not end on its line.
func quotedLen(data []byte) int {
	quote := data[0]
	for i := 1; i < len(data); i++ {
		switch {
		case data[i] == '\n':
			return 0
		case data[i] == '\\' && quote == '"' && i+1 < len(data) && data[i+1] != '\n':
			i++
		case data[i] == quote && quote == '\'' && i+1 < len(data) && data[i+1] == quote:
			i++
		case data[i] == quote:
			return i + 1
		}
	}
	return 0
}

// yamlError keeps the place and the sentence of the library's error.
func yamlError(name string, err error) error {
	place, message := name, err.Error()
	if rest, ok := strings.CutPrefix(message, "["); ok {
		if at, after, ok := strings.Cut(rest, "] "); ok {
			place, message = name+":"+at, after
		}
	}
	message, _, _ = strings.Cut(message, "\n")
	message = strings.ReplaceAll(message, "\t", `\t`) // which is what it speaks of
	return domaincheck.Errorf(domaincheck.CodeUnreadable, place, "not valid yaml: %s", clean(message)).WithHint("check the indentation and the quotes at this place")
}

type treeBuilder struct {
	name    string
	anchors map[string]ast.Node
	count   int
	down    int      // lines of the file above the text that is read
	inside  []string // anchors being expanded, against loops
}

func position(name string, n ast.Node) string {
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return name
	}
	return fmt.Sprintf("%s:%d:%d", name, t.Position.Line, t.Position.Column)
}

// at is where a node stands in the file.
func (b *treeBuilder) at(n ast.Node) string {
	if t := n.GetToken(); b.down != 0 && t != nil && t.Position != nil {
		return fmt.Sprintf("%s:%d:%d", b.name, t.Position.Line+b.down, t.Position.Column)
	}
	return position(b.name, n)
}

func (b *treeBuilder) fail(n ast.Node, format string, args ...any) error {
	return domaincheck.Errorf(domaincheck.CodeBadInput, b.at(n), format, args...)
}

func (b *treeBuilder) build(n ast.Node, depth int) (*node, error) {
	if b.count++; b.count > maxNodes || depth > maxDepth {
		return nil, domaincheck.Errorf(domaincheck.CodeTooLarge, b.at(n), "the file is nested deeper than %d levels or holds more than %d values", maxDepth, maxNodes)
	}
	place := b.at(n)
	switch v := n.(type) {
	case *ast.NullNode:
		return &node{kind: nullNode, place: place}, nil
	case *ast.StringNode:
		return scalar(place, v.Value), nil
	case *ast.LiteralNode:
		return scalar(place, v.Value.Value), nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return scalar(place, n.GetToken().Value), nil
	case *ast.MappingNode:
		return b.mapping(place, v.Values, depth)
	case *ast.MappingValueNode:
		return b.mapping(place, []*ast.MappingValueNode{v}, depth)
	case *ast.SequenceNode:
		out := &node{kind: listNode, place: place}
		for _, item := range v.Values {
			child, err := b.build(item, depth+1)
			if err != nil {
				return nil, err
			}
			if child.kind == nullNode && b.anchors == nil {
				return nil, b.fail(item, "where nothing stands only the whole file tells")
			}
			out.items = append(out.items, child)
		}
		return out, nil
	case *ast.AnchorNode:
		if b.anchors == nil {
			return nil, b.fail(v, "an anchor in a piece of a file")
		}
		b.anchors[v.Name.GetToken().Value] = v.Value
		return b.build(v.Value, depth)
	case *ast.AliasNode:
		return b.alias(v, depth)
	}
	return nil, b.fail(n, "tags and other advanced yaml are not used here")
}

func (b *treeBuilder) alias(v *ast.AliasNode, depth int) (*node, error) {
	name := v.Value.GetToken().Value
	target, ok := b.anchors[name]
	if !ok {
		return nil, b.fail(v, "the anchor %q is not defined above", clip(name))
	}
	for _, open := range b.inside {
		if open == name {
			return nil, b.fail(v, "the anchor %q contains itself", clip(name))
		}
	}
	b.inside = append(b.inside, name)
	out, err := b.build(target, depth+1)
	b.inside = b.inside[:len(b.inside)-1]
	return out, err
}

func (b *treeBuilder) mapping(place string, values []*ast.MappingValueNode, depth int) (*node, error) {
	out := &node{kind: mapNode, place: place}
	seen := map[string]bool{}
	for i, mv := range values {
		if _, merge := mv.Key.(*ast.MergeKeyNode); merge {
			return nil, b.fail(mv.Key, "merge keys are not used here")
		}
		key := keyText(mv.Key)
		if i == 0 {
			out.place = b.at(mv.Key)
		}
		if seen[key] {
			return nil, b.fail(mv.Key, "the key %q is there twice", clip(key))
		}
		seen[key] = true
		child, err := b.build(mv.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if child.kind == nullNode {
			child.place = b.at(mv.Key)
		}
		out.keys = append(out.keys, entry{key: key, place: b.at(mv.Key), value: child})
	}
	return out, nil
}

func keyText(k ast.MapKeyNode) string {
	if s, ok := k.(*ast.StringNode); ok {
		return s.Value
	}
	return k.GetToken().Value
}
