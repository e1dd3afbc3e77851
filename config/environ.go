package config

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Prefix begins every variable of the environment that overrides a key.
const Prefix = "DOMAINCHECK_"

// leaf is a key that a variable can override.
type leaf struct {
	path []string
	typ  reflect.Type
}

// leaves lists the keys of a settings struct by the names of their variables.
func leaves(t reflect.Type, path []string, out map[string]leaf) {
	for _, f := range fieldsOf(t) {
		at := append(slices.Clone(path), f.key)
		ft := f.typ
		if ft.Kind() == reflect.Pointer && ft.Elem().Kind() == reflect.Struct {
			ft = ft.Elem()
		}
		if ft.Kind() == reflect.Struct && !isValue(ft) {
			leaves(ft, at, out)
			continue
		}
		out[Prefix+strings.ToUpper(strings.Join(at, "_"))] = leaf{at, f.typ}
	}
}

// Variables lists the variables of the environment that override a key, each
// with the key's path.
func Variables() map[string]string {
	all := map[string]leaf{}
	leaves(reflect.TypeFor[Settings](), nil, all)
	out := make(map[string]string, len(all))
	for name, l := range all {
		out[name] = strings.Join(l.path, ".")
	}
	return out
}

// passedOver tells the variables of the prefix that are no keys: those the
// program reads itself, and those Kubernetes makes for a service of this name.
func passedOver(name string) bool {
	rest := strings.TrimPrefix(name, Prefix)
	return rest == "CONFIG" || rest == "TABLES" || rest == "PORT" ||
		strings.HasPrefix(rest, "PORT_") || strings.HasPrefix(rest, "SERVICE_")
}

// ofSection tells a variable that is named after a section of the settings.
func ofSection(name string) bool {
	rest := strings.TrimPrefix(name, Prefix)
	return slices.ContainsFunc(fieldsOf(reflect.TypeFor[Settings]()), func(f field) bool {
		section := strings.ToUpper(f.key)
		return rest == section || strings.HasPrefix(rest, section+"_")
	})
}

// overlay lays the variables of the environment over the file's tree, and
// lists those of the prefix that are none of ours.
func overlay(root *node, environ []string, f *findings) (laid *node, unused []string) {
	all := map[string]leaf{}
	leaves(reflect.TypeFor[Settings](), nil, all)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	environ = slices.Clone(environ)
	slices.Sort(environ)
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, Prefix) || value == "" || passedOver(name) {
			continue
		}
		at := place{name: name}
		l, ok := all[name]
		if !ok {
			near := Nearest(name, names)
			switch {
			case near != "":
				f.add(at, "did you mean "+strings.ToUpper(near)+"?", "no setting has this name")
			case ofSection(name):
				f.add(at, "a variable is "+Prefix+" and the key's path in capitals, such as "+Prefix+"NETWORK_RESOLVERS", "no setting has this name")
			default:
				unused = append(unused, name)
			}
			continue
		}
		if !isText(value) {
			f.add(at, "set it to text in UTF-8", "the value holds bytes that are no text")
			continue
		}
		if n := variableNode(at, value, l.typ, f); n != nil {
			root = put(root, l.path, n)
		}
	}
	return root, unused
}

// isText tells whether a value is UTF-8 without control characters but tabs and
// line breaks.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r'
	})
}

// variableNode reads the text of a variable as a value of type t.
func variableNode(at place, value string, t reflect.Type, f *findings) *node {
	trimmed := strings.TrimSpace(value)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	isList := t.Kind() == reflect.Slice
	isMap := t.Kind() == reflect.Map
	switch {
	case trimmed == "null":
		return &node{kind: nullNode, at: at, env: true}
	case !isList && !isMap:
		return &node{kind: textNode, at: at, text: value, env: true}
	case strings.HasPrefix(trimmed, "[") || strings.HasPrefix(trimmed, "{"):
		before := len(f.list)
		n := parse(at.name, []byte(value), f)
		for i := before; i < len(f.list); i++ {
			f.list[i].at = at
			f.list[i].err.Place = domaincheckText(at)
		}
		if len(f.list) > before || n == nil {
			return nil
		}
		fromEnvironment(n, at)
		return n
	case isList:
		out := &node{kind: listNode, at: at, env: true}
		for _, item := range strings.Split(value, ",") {
			if item = strings.TrimSpace(item); item != "" {
				out.items = append(out.items, &node{kind: textNode, at: at, text: item, env: true})
			}
		}
		return out
	}
	out := &node{kind: mapNode, at: at, env: true}
	for _, pair := range strings.Split(value, ",") {
		key, text, ok := strings.Cut(pair, "=")
		if key = strings.TrimSpace(key); !ok || key == "" {
			f.add(at, "write KEY=VALUE,KEY=VALUE", "the value is no list of pairs")
			return nil
		}
		if _, doubled := out.find(key); doubled {
			f.add(at, "keep one of the two", "the key %s is there twice", show(key))
			return nil
		}
		out.keys = append(out.keys, entry{key, at, &node{kind: textNode, at: at, text: strings.TrimSpace(text), env: true}})
	}
	return out
}

// fromEnvironment marks a parsed value as coming from a variable.
func fromEnvironment(n *node, at place) {
	n.at, n.env = at, true
	for i := range n.keys {
		n.keys[i].at = at
		fromEnvironment(n.keys[i].value, at)
	}
	for _, item := range n.items {
		fromEnvironment(item, at)
	}
}

// put sets the value at a path, making the maps on the way. Where the file has
// something else than a map on the way, its own error is told later.
func put(root *node, path []string, value *node) *node {
	if root == nil || root.kind == nullNode {
		root = &node{kind: mapNode, at: value.at}
	}
	here := root
	for i, key := range path {
		if here.kind != mapNode {
			return root
		}
		last := i == len(path)-1
		j, ok := here.find(key)
		if !ok {
			here.keys = append(here.keys, entry{key, value.at, &node{kind: nullNode, at: value.at}})
			j = len(here.keys) - 1
		}
		e := &here.keys[j]
		switch {
		case last:
			e.value = value
		case e.value.kind == nullNode:
			e.value = &node{kind: mapNode, at: value.at}
		}
		here = e.value
	}
	return root
}
