package inventory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"

	"domaincheck"
)

// parseJSON reads one JSON value into a tree; numbers keep their text, places
// are lines and columns.
func parseJSON(name string, data []byte) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	j := &jsonBuilder{name: name, dec: dec}
	for i, c := range data {
		if c == '\n' {
			j.lines = append(j.lines, int64(i))
		}
	}
	n, err := j.value(0)
	if err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, j.place(), "more than one JSON value")
	}
	return n, nil
}

type jsonBuilder struct {
	name  string
	dec   *json.Decoder
	lines []int64 // offsets of newlines
	count int
}

func (j *jsonBuilder) place() string {
	off := j.dec.InputOffset()
	i := sort.Search(len(j.lines), func(i int) bool { return j.lines[i] >= off })
	start := int64(-1)
	if i > 0 {
		start = j.lines[i-1]
	}
	return fmt.Sprintf("%s:%d:%d", j.name, i+1, max(1, off-start-1))
}

func (j *jsonBuilder) value(depth int) (*node, error) {
	if j.count++; depth > maxDepth || j.count > maxNodes {
		return nil, domaincheck.Errorf(domaincheck.CodeTooLarge, j.place(), "the JSON is nested deeper than %d levels or holds more than %d values", maxDepth, maxNodes)
	}
	tok, err := j.dec.Token()
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, j.place(), "not valid JSON: %w", err)
	}
	switch v := tok.(type) {
	case nil:
		return &node{kind: nullNode, place: j.place()}, nil
	case json.Delim:
		if v == '{' {
			return j.object(depth)
		}
		out := &node{kind: listNode, place: j.place()}
		for j.dec.More() {
			child, err := j.value(depth + 1)
			if err != nil {
				return nil, err
			}
			out.items = append(out.items, child)
		}
		_, err := j.dec.Token()
		return out, err
	default:
		return scalar(j.place(), fmt.Sprint(v)), nil
	}
}

func (j *jsonBuilder) object(depth int) (*node, error) {
	out := &node{kind: mapNode, place: j.place()}
	seen := map[string]bool{}
	for j.dec.More() {
		tok, err := j.dec.Token()
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, j.place(), "not valid JSON: %w", err)
		}
		key, place := fmt.Sprint(tok), j.place()
		if seen[key] {
			return nil, domaincheck.Errorf(domaincheck.CodeBadInput, place, "the key %q is there twice", clip(key))
		}
		seen[key] = true
		child, err := j.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out.keys = append(out.keys, entry{key: key, place: place, value: child})
	}
	_, err := j.dec.Token()
	return out, err
}
