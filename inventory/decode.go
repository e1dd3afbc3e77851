package inventory

import (
	"encoding/json"
	"math"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"domaincheck"
)

func sortStrings(s []string) { slices.Sort(s) }

// decoder turns a tree into the nouns of the root package, by their JSON
// names. It goes on after an error, so that one bad cell does not hide the
// rest of its row.
type decoder struct {
	o        Options
	words    *words
	privacy  privacy
	loose    bool // tables: words and forms as people write them
	date1904 bool
	shapes   map[reflect.Type]shape // of the structs met so far
	errs     []*domaincheck.Error
}

func (d *decoder) fail(n *node, code domaincheck.Code, hint, format string, args ...any) {
	d.errs = append(d.errs, domaincheck.Errorf(code, n.place, format, args...).WithHint(hint))
}

func (d *decoder) bad(n *node, path string, err error) {
	d.fail(n, domaincheck.CodeBadInput, "", "%s: %s", path, err)
}

// take gives the errors met since the last call as one: the first, followed by
// how many more there are.
func (d *decoder) take() *domaincheck.Error {
	if len(d.errs) == 0 {
		return nil
	}
	e := d.errs[0]
	if n := len(d.errs) - 1; n > 0 {
		e = domaincheck.Errorf(e.Code, string(e.Place), "%s (and %d more: %s)", e.Message, n, d.errs[1].Error()).WithHint(e.Hint)
	}
	d.errs = nil
	return e
}

// fields gives a struct's fields by JSON name, in order.
func fields(t reflect.Type) []reflect.StructField {
	var out []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		if name := jsonName(f); name != "" && name != "-" {
			out = append(out, f)
		}
	}
	return out
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// structure decodes a map into a struct; unknown keys are errors.
func (d *decoder) structure(n *node, v reflect.Value, path string) {
	if n.kind != mapNode {
		d.fail(n, domaincheck.CodeBadInput, "", "%s holds names and values, not %s", path, n.what())
		return
	}
	sh := d.shape(v.Type())
	for _, e := range n.keys {
		i, ok := sh.index[e.key]
		if !ok {
			d.unknownKey(e, path, sh.names)
			continue
		}
		d.value(e.value, v.Field(i), join(path, e.key))
	}
}

// shape is where a struct's fields are, by JSON name.
type shape struct {
	names []string
	index map[string]int
}

func (d *decoder) shape(t reflect.Type) shape {
	if sh, ok := d.shapes[t]; ok {
		return sh
	}
	sh := shape{index: map[string]int{}}
	for _, f := range fields(t) {
		sh.names = append(sh.names, jsonName(f))
		sh.index[jsonName(f)] = f.Index[0]
	}
	if d.shapes == nil {
		d.shapes = map[reflect.Type]shape{}
	}
	d.shapes[t] = sh
	return sh
}

func (d *decoder) unknownKey(e entry, path string, names []string) {
	hint := "the keys here are " + strings.Join(names, ", ")
	if near := nearest(e.key, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	place := "the file"
	if path != "" {
		place = path
	}
	d.fail(&node{place: e.place}, domaincheck.CodeBadInput, hint, "%s has no key %q", place, clip(e.key))
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (n *node) what() string {
	switch n.kind {
	case mapNode:
		return "names and values"
	case listNode:
		return "a list"
	case nullNode:
		return "nothing"
	}
	return strconv.Quote(clip(n.text))
}

// value decodes n into v, whatever noun it is. Null leaves v as it is.
func (d *decoder) value(n *node, v reflect.Value, path string) {
	if n.kind == nullNode || d.loose && n.kind == scalarNode && strings.TrimSpace(n.text) == "" {
		return
	}
	if d.loose && n.kind == scalarNode && d.saysNothing(n.text, v.Type()) {
		return
	}
	if date, ok := v.Addr().Interface().(*domaincheck.Date); ok {
		d.scalar(n, path, func(s string) (err error) { *date, err = d.date(s); return err })
		return
	}
	if d.loose && n.kind == scalarNode && (v.Kind() == reflect.Slice || v.Kind() == reflect.Struct) {
		tree := d.cellTree(n, v, path)
		if tree == nil {
			return
		}
		if bracketed(n.text) { // written by us or by somebody who knows yaml
			d.loose = false
			defer func() { d.loose = true }()
		}
		n = tree
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			fresh := reflect.New(v.Type().Elem())
			d.value(n, fresh.Elem(), path)
			if v.Type().Elem().Kind() == reflect.Struct && fresh.Elem().IsZero() {
				return
			}
			v.Set(fresh)
			return
		}
		d.value(n, v.Elem(), path)
	case reflect.Struct:
		d.object(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.String:
		d.scalar(n, path, func(s string) error {
			s, err := d.text(s, v.Type(), path)
			v.SetString(s)
			return err
		})
	case reflect.Bool:
		d.scalar(n, path, func(s string) error { b, err := d.boolean(s); v.SetBool(b); return err })
	case reflect.Int:
		d.scalar(n, path, func(s string) error { i, err := d.number(s, true); v.SetInt(int64(i)); return err })
	case reflect.Float64:
		d.scalar(n, path, func(s string) error { f, err := d.number(s, false); v.SetFloat(f); return err })
	}
}

// saysNothing tells the cells (—, 待定, N/A …) that declare no date, number or
// choice; 无 in a column of 是 and 否 does declare one.
func (d *decoder) saysNothing(text string, t reflect.Type) bool {
	if !d.words.isNothing(text) {
		return false
	}
	if t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Bool {
		_, answer := d.words.value("bool", text)
		return !answer
	}
	return t == reflect.TypeFor[domaincheck.Date]() || t.Kind() == reflect.Pointer && t.Elem().Kind() != reflect.Struct
}

func (d *decoder) scalar(n *node, path string, set func(string) error) {
	if n.kind != scalarNode {
		d.fail(n, domaincheck.CodeBadInput, "", "%s is one value, not %s", path, n.what())
		return
	}
	if err := set(n.text); err != nil {
		d.bad(n, path, err)
	}
}

// cellTree reads the text of a cell that stands for a list or an object:
// yaml or JSON in brackets, else the values between separators.
func (d *decoder) cellTree(n *node, v reflect.Value, path string) *node {
	text := strings.TrimSpace(n.text)
	if bracketed(text) {
		tree, err := parseTree(n.place, []byte(text))
		if err != nil {
			d.fail(n, domaincheck.CodeBadInput, "", "%s: the list in brackets cannot be read", path)
			return nil
		}
		tree.placeAll(n.place)
		return tree
	}
	if v.Kind() == reflect.Struct {
		return n
	}
	out := &node{kind: listNode, place: n.place}
	if _, nothing := d.words.value("nothing", text); nothing {
		return out
	}
	pieces := splitCell(text, strings.HasSuffix(path, "addresses") || strings.HasSuffix(path, "domains") || strings.HasSuffix(path, "hosts"))
	if strings.HasSuffix(path, "names") || strings.HasSuffix(path, "shareholders") {
		pieces = splitNames(text)
	}
	for _, p := range pieces {
		out.items = append(out.items, scalar(n.place, p))
	}
	return out
}

func bracketed(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{")
}

func (n *node) placeAll(place string) {
	n.place = place
	for i := range n.keys {
		n.keys[i].place = place
		n.keys[i].value.placeAll(place)
	}
	for _, item := range n.items {
		item.placeAll(place)
	}
}

// object decodes a struct, some of which may be written as a single word.
func (d *decoder) object(n *node, v reflect.Value, path string) {
	if n.kind == scalarNode {
		switch x := v.Addr().Interface().(type) {
		case *domaincheck.Domain:
			n = &node{kind: mapNode, place: n.place, keys: []entry{{"domain", n.place, n}}}
		case *domaincheck.Access:
			n = &node{kind: mapNode, place: n.place, keys: []entry{{"provider", n.place, n}}}
		case *domaincheck.Paper:
			x.Kind = strings.TrimSpace(n.text)
			return
		case *domaincheck.Approval:
			x.Category = strings.TrimSpace(n.text)
			return
		}
	}
	d.structure(n, v, path)
	if n.kind != mapNode {
		return
	}
	switch x := v.Addr().Interface().(type) {
	case *domaincheck.Domain:
		d.domain(n, x, path)
	case *domaincheck.Access:
		if x.State == "" {
			x.State = domaincheck.AccessActive
		}
		if x.Provider == "" {
			d.fail(n, domaincheck.CodeBadInput, "give provider: aliyun or another", "%s has no provider", path)
		}
	case *domaincheck.Paper:
		d.need(n, x.Kind, path, "kind")
	case *domaincheck.Approval:
		d.need(n, x.Category, path, "category")
	}
}

func (d *decoder) need(n *node, value, path, key string) {
	if value == "" {
		d.fail(n, domaincheck.CodeBadInput, "", "%s has no %s", path, key)
	}
}

// domain checks one domain of a site. A name below the registrable domain is
// cut to it; the loader adds the host.
func (d *decoder) domain(n *node, x *domaincheck.Domain, path string) {
	place := n
	if e := n.get("domain"); e != nil {
		place = e
	}
	t, err := domaincheck.ParseTarget(x.Domain)
	if err != nil {
		e := domaincheck.AsError(err, domaincheck.CodeBadInput, "")
		d.errs = append(d.errs, &domaincheck.Error{Code: e.Code, Message: e.Message, Place: domaincheck.Text(place.place), Hint: e.Hint, Err: domaincheck.CodeBadInput})
		return
	}
	x.Domain = t.Domain
}

// list decodes a list; a single value stands for a list of one.
func (d *decoder) list(n *node, v reflect.Value, path string) {
	items := n.items
	if n.kind != listNode {
		items = []*node{n}
	}
	out := reflect.MakeSlice(v.Type(), 0, len(items))
	for _, item := range items {
		if item.kind == nullNode {
			d.fail(item, domaincheck.CodeBadInput, "", "%s holds an empty entry", path)
			continue
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(item, elem, path)
		out = reflect.Append(out, elem)
	}
	if papers := v.Type() == reflect.TypeFor[[]domaincheck.Paper](); out.Len() == 0 && !papers {
		return
	}
	v.Set(out)
}

func (d *decoder) number(text string, whole bool) (float64, error) {
	s := strings.TrimSpace(text)
	if d.loose {
		s = strings.TrimRight(strings.ReplaceAll(strings.TrimLeft(foldWord(s), "¥￥"), ",", ""), "个月年元天次")
		if strings.HasSuffix(strings.TrimSpace(text), "年") {
			return 0, errText(text, "a number of months")
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(s, "xXpP_"):
		return 0, errText(text, "a number")
	case f < 0 || f > 1e12:
		return 0, errText(text, "a number from 0 to 10¹²")
	case whole && f != math.Trunc(f):
		return 0, errText(text, "a whole number")
	}
	return f, nil
}

type textError string

func (e textError) Error() string { return string(e) }

func errText(text, wanted string) error {
	return textError(strconv.Quote(clip(text)) + " is not " + wanted)
}

// text checks and normalises one string by its type and its place.
func (d *decoder) text(s string, t reflect.Type, path string) (string, error) {
	if len(s) > maxCellBytes {
		return "", errText(s[:60], "of a length that is stored (64 KiB)")
	}
	if exact, ok := unquote(s); d.loose && ok {
		s = exact
	} else if d.loose {
		s = strings.TrimSpace(s)
		if _, nothing := d.words.value("nothing", s); nothing && !strings.HasSuffix(path, "domain") {
			return "", nil
		}
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r == 0xFFFD || r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f }) {
		return "", errText(s, "text: it holds control or undecodable characters")
	}
	for _, e := range enums() {
		if e.is(t, path) {
			return d.word(e.section, s)
		}
	}
	last := path[strings.LastIndexByte(path, '.')+1:]
	switch {
	case last == "provider":
		return d.provider(s), nil
	case last == "province" || strings.HasSuffix(last, "_province"):
		return d.province(s)
	case last == "addresses":
		return address(s)
	case last == "record_number" && d.o.RecordNumber != nil:
		if s, err := d.recordNumber(s); s == "" {
			return s, err
		}
	case last == "home":
		return homeURL(s)
	case last == "email" && (strings.Count(s, "@") != 1 || strings.HasPrefix(s, "@") || strings.HasSuffix(s, "@")):
		return "", errText(s, "an e-mail address")
	case strings.HasSuffix(path, "order.domains"):
		t, err := domaincheck.ParseTarget(s)
		return t.Domain, err
	case last == "domain" || last == "hosts" || last == "mobile":
		return strings.TrimSpace(s), nil
	}
	return s, d.privacy.check(s, aboutPerson(path))
}

// unquote reads a cell in quotes, which holds its text to the letter.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s, false
	}
	var out string
	err := json.Unmarshal([]byte(s), &out)
	return out, err == nil
}

// aboutPerson tells the fields in which a mobile number would be a person's.
func aboutPerson(path string) bool {
	for _, part := range []string{"principal", "responsible", "legal_representative", "holder", "shareholders", "officers"} {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

func homeURL(s string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err == nil && u.Scheme == "" {
		u, err = url.Parse("http://" + strings.TrimSpace(s))
	}
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return "", errText(s, "an http or https URL")
	}
	return u.String(), nil
}

// enum is a field whose values are one of a section's words.
type enum struct {
	section string
	typ     reflect.Type
	suffix  string
}

func enums() []enum {
	return []enum{
		{"kind", reflect.TypeFor[domaincheck.Kind](), ""},
		{"state", reflect.TypeFor[domaincheck.SiteState](), ""},
		{"role", reflect.TypeFor[domaincheck.Role](), ""},
		{"access_state", reflect.TypeFor[domaincheck.AccessState](), ""},
		{"order_kind", reflect.TypeFor[domaincheck.OrderKind](), ""},
		{"billing", reflect.TypeFor[domaincheck.Text](), "billing"},
		{"server_type", reflect.TypeFor[domaincheck.Text](), "servers.type"},
	}
}

func (e enum) is(t reflect.Type, path string) bool {
	return t == e.typ && (e.suffix == "" || path == e.suffix || strings.HasSuffix(path, "."+e.suffix))
}

// nearest finds the name that differs by at most two letters; "" if none does.
func nearest(key string, names []string) string {
	best, found := 3, ""
	for _, name := range names {
		if dist := distance(key, name); dist < best && dist < len(name) {
			best, found = dist, name
		}
	}
	return found
}

func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 99
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diag+cost)
		}
	}
	return row[len(b)]
}
