package inventory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"domaincheck"
)

// tree brings a noun into the shape that is written: by JSON names, facts that
// are not declared left out. It is nil for a value that says nothing.
func tree(v reflect.Value) *node {
	if date, ok := v.Interface().(domaincheck.Date); ok {
		if date.IsZero() {
			return nil
		}
		return scalar("", date.String())
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return tree(v.Elem())
	case reflect.Struct:
		out := &node{kind: mapNode}
		for _, f := range fields(v.Type()) {
			field := v.FieldByIndex(f.Index)
			if child := tree(field); child != nil && !(field.Kind() == reflect.Slice && field.IsNil()) {
				out.keys = append(out.keys, entry{key: jsonName(f), value: child})
			}
		}
		if len(out.keys) == 0 {
			return nil
		}
		return out
	case reflect.Slice:
		if v.IsNil() || v.Len() == 0 && v.Type() != reflect.TypeFor[[]domaincheck.Paper]() {
			return nil
		}
		out := &node{kind: listNode}
		for i := range v.Len() {
			if child := tree(v.Index(i)); child != nil {
				out.items = append(out.items, child)
			} else {
				out.items = append(out.items, scalar("", ""))
			}
		}
		return out
	case reflect.String:
		if v.String() == "" {
			return nil
		}
		return scalar("", v.String())
	case reflect.Bool, reflect.Int:
		return &node{text: fmt.Sprint(v.Interface()), place: "bare"}
	case reflect.Float64:
		return &node{text: strconv.FormatFloat(v.Float(), 'f', -1, 64), place: "bare"}
	}
	return nil
}

// ledger is a document ready to be written: subjects and servers with an id
// apart from the sites, which refer to them.
type ledger struct {
	subjects, servers, sites []*node
}

// newLedger takes subjects and servers out of the sites where that loses
// nothing: one that has no id, or differs from its namesake, stays inlined.
func newLedger(doc Document) ledger {
	var out ledger
	subjects := map[string]domaincheck.Subject{}
	servers := map[string]domaincheck.Server{}
	for _, s := range doc.Subjects {
		out.addSubject(subjects, s)
	}
	for _, s := range doc.Servers {
		out.addServer(servers, s)
	}
	for _, site := range doc.Sites {
		n := tree(reflect.ValueOf(site))
		if n == nil {
			n = &node{kind: mapNode}
		}
		if s := site.Subject; s != nil && s.ID != "" {
			out.addSubject(subjects, *s)
			if same(subjects[string(s.ID)], *s) {
				n.replace("subject", scalar("", string(s.ID)))
			}
		}
		if refs := n.get("servers"); refs != nil {
			for i, s := range site.Servers {
				if s.ID == "" {
					continue
				}
				out.addServer(servers, s)
				if same(servers[string(s.ID)], s) {
					refs.items[i] = scalar("", string(s.ID))
				}
			}
		}
		out.sites = append(out.sites, n)
	}
	return out
}

func same(a, b any) bool {
	return bytes.Equal(flow(tree(reflect.ValueOf(a))), flow(tree(reflect.ValueOf(b))))
}

func (n *node) replace(key string, value *node) {
	for i := range n.keys {
		if n.keys[i].key == key {
			n.keys[i].value = value
		}
	}
}

func (l *ledger) addSubject(known map[string]domaincheck.Subject, s domaincheck.Subject) {
	if _, ok := known[string(s.ID)]; ok || s.ID == "" {
		return
	}
	known[string(s.ID)] = s
	l.subjects = append(l.subjects, tree(reflect.ValueOf(s)))
}

func (l *ledger) addServer(known map[string]domaincheck.Server, s domaincheck.Server) {
	if _, ok := known[string(s.ID)]; ok || s.ID == "" {
		return
	}
	known[string(s.ID)] = s
	l.servers = append(l.servers, tree(reflect.ValueOf(s)))
}

// WriteYAML writes the inventory in yaml. What [Read] makes of it is the
// document again, but for its rows.
func WriteYAML(w io.Writer, doc Document) error {
	l := newLedger(doc)
	var b bytes.Buffer
	for _, part := range []struct {
		name string
		list []*node
	}{{"subjects", l.subjects}, {"servers", l.servers}, {"sites", l.sites}} {
		if len(part.list) == 0 {
			continue
		}
		b.WriteString(part.name + ":\n")
		for _, n := range part.list {
			writeEntry(&b, n)
		}
	}
	if b.Len() == 0 {
		b.WriteString("sites: []\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

// writeEntry writes one entry: a key a line, what is below in flow style.
func writeEntry(b *bytes.Buffer, n *node) {
	for i, e := range n.keys {
		lead := "    "
		if i == 0 {
			lead = "  - "
		}
		b.WriteString(lead + e.key + ": ")
		b.Write(flow(e.value))
		b.WriteByte('\n')
	}
	if len(n.keys) == 0 {
		b.WriteString("  - {}\n")
	}
}

// flow writes a tree on one line. Every JSON reader that knows yaml's plain
// words, and every yaml reader, understands it.
func flow(n *node) []byte {
	if n == nil {
		return []byte("null")
	}
	var b bytes.Buffer
	switch n.kind {
	case mapNode:
		b.WriteByte('{')
		for i, e := range n.keys {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(e.key + ": ")
			b.Write(flow(e.value))
		}
		b.WriteByte('}')
	case listNode:
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteString(", ")
			}
			b.Write(flow(item))
		}
		b.WriteByte(']')
	default:
		if n.place == "bare" || plain(n.text) {
			return []byte(n.text)
		}
		return quoted(n.text)
	}
	return b.Bytes()
}

// plain tells the texts that yaml reads back unquoted: words of letters, digits
// and a few marks that begin with a letter and are no yaml word; dates.
func plain(s string) bool {
	if _, err := domaincheck.ParseDate(s); err == nil && s != "" {
		return true
	}
	for i, r := range s {
		letter := unicode.IsLetter(r)
		if !letter && (i == 0 || !(r >= '0' && r <= '9') && r != '.' && r != '-' && r != '_') {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "", "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return false
	}
	return !strings.HasSuffix(s, "-") && len(s) < 200
}

// quoted is a double-quoted string: JSON's escapes, and yaml's own for what
// JSON leaves raw but yaml takes for a line break.
func quoted(s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // a string always encodes
		return []byte(`""`)
	}
	out := bytes.TrimRight(b.Bytes(), "\n")
	for _, r := range []string{"\u0085", "\ufeff", "\u00a0"} {
		out = bytes.ReplaceAll(out, []byte(r), fmt.Appendf(nil, `\u%04x`, []rune(r)[0]))
	}
	return out
}

// cellText is the text of a fact in a cell: words that people read, lists over
// several lines, what is deeper in brackets.
func cellText(w *words, v reflect.Value) string {
	n := tree(v)
	if n == nil {
		return ""
	}
	return n.cell(w)
}

func (n *node) cell(w *words) string {
	switch n.kind {
	case scalarNode:
		switch {
		case n.place == "bare" && n.text == "true":
			return "是"
		case n.place == "bare" && n.text == "false":
			return "否"
		case n.place != "bare" && (n.text != strings.TrimSpace(n.text) || strings.HasPrefix(n.text, `"`) || strings.ContainsAny(n.text, "\r\t") || w.isNothing(n.text)):
			return string(quoted(n.text)) // to the letter
		}
		return n.text
	case listNode:
		var parts []string
		for _, item := range n.items {
			if item.kind != scalarNode || w.isNothing(item.text) || strings.HasPrefix(item.text, `"`) {
				return string(flow(n))
			}
			parts = append(parts, item.text)
		}
		joined := strings.Join(parts, "\n")
		if len(parts) > 0 && slices.Equal(splitCell(joined, true), parts) && slices.Equal(splitNames(joined), parts) && !strings.HasPrefix(joined, "[") && !strings.HasPrefix(joined, "{") {
			return joined
		}
	}
	return string(flow(n))
}

// flatten gives the leaves of an entry by dotted path; lists are leaves, and
// so are the domains of a site as plain names where their roles say nothing.
func flatten(w *words, n *node, prefix string, into map[string]string) {
	for _, e := range n.keys {
		path := prefix + e.key
		switch {
		case e.value.kind == mapNode && path != "site.subject":
			flatten(w, e.value, path+".", into)
		case path == "site.domains":
			into[path] = domainsCell(e.value)
		default:
			into[path] = e.value.cell(w)
		}
	}
}

// domainsCell writes names alone if the first is main and all others aliases.
func domainsCell(n *node) string {
	var names []string
	for i, item := range n.items {
		role := domaincheck.RoleAlias
		if i == 0 {
			role = domaincheck.RoleMain
		}
		r, d := item.get("role"), item.get("domain")
		if d == nil || len(item.keys) != 2 || r == nil || r.text != string(role) {
			return string(flow(n))
		}
		names = append(names, d.text)
	}
	return strings.Join(names, "\n")
}

// columns are the headings of a sheet: always the usual ones, and every other
// for which some entry has a value. order gives their places.
func (w *words) columns(kind RowKind, rows []map[string]string) (paths, headings []string) {
	used := map[string]bool{}
	for _, row := range rows {
		for path := range row {
			used[path] = true
		}
	}
	for _, path := range usual(kind) {
		used[path] = true
	}
	var t reflect.Type
	switch kind {
	case RowSubject:
		t = reflect.TypeFor[domaincheck.Subject]()
	case RowServer:
		t = reflect.TypeFor[domaincheck.Server]()
	default:
		t = reflect.TypeFor[domaincheck.Site]()
	}
	for _, path := range leaves(t, string(kind)) {
		if !used[path] {
			continue
		}
		heading, ok := w.first[path]
		if !ok {
			heading = strings.TrimPrefix(path, string(kind)+".")
		}
		paths, headings = append(paths, path), append(headings, heading)
	}
	return paths, headings
}

// leaves lists the paths of a noun's fields in order.
func leaves(t reflect.Type, prefix string) []string {
	var out []string
	for _, f := range fields(t) {
		path := prefix + "." + jsonName(f)
		ft := f.Type
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		if ft.Kind() == reflect.Struct && ft != reflect.TypeFor[domaincheck.Date]() && path != "site.subject" {
			out = append(out, leaves(ft, path)...)
			continue
		}
		out = append(out, path)
	}
	return out
}

func usual(kind RowKind) []string {
	switch kind {
	case RowSubject:
		return []string{"subject.id", "subject.name", "subject.kind", "subject.province", "subject.record_number"}
	case RowServer:
		return []string{"server.id", "server.provider", "server.type", "server.addresses", "server.expires"}
	}
	return []string{"site.domains", "site.name", "site.subject", "site.state", "site.record_number", "site.servers", "site.access"}
}
