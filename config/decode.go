package config

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"domaincheck"
)

func domaincheckText(at place) domaincheck.Text { return domaincheck.Text(at.String()) }

// setter is a value that reads itself from a text. Its errors say why in a few
// words and do not repeat the text.
type setter interface{ set(text string) error }

// field is a key of a struct.
type field struct {
	key   string
	enum  []string // the words allowed; nil: any
	index int
	typ   reflect.Type
}

// fieldsOf lists the keys of a settings struct in order.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		key := f.Tag.Get("yaml")
		if !f.IsExported() || key == "" {
			continue
		}
		made := field{key: key, index: i, typ: f.Type}
		if words, ok := f.Tag.Lookup("enum"); ok {
			made.enum = strings.Split(words, "|")
		}
		out = append(out, made)
	}
	return out
}

// isValue tells the structs that are one value, not keys and values.
func isValue(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[Secret](), reflect.TypeFor[DSN](), reflect.TypeFor[Quiet](), reflect.TypeFor[domaincheck.Instant]():
		return true
	}
	return false
}

// decoder turns the tree into settings. It goes on after an error.
type decoder struct {
	*findings
	environ map[string]string
	file    func(name string) ([]byte, error) // nil: no file: secrets
	dir     string
	places  map[string]place // of every value given, by path
	written map[string]reference
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// structure decodes a map into a struct.
func (d *decoder) structure(n *node, v reflect.Value, path string) {
	if n.kind != mapNode {
		name := path
		if name == "" {
			name = "the file"
		}
		d.add(n.at, "", "%s holds keys and values, not %s", name, n.what())
		return
	}
	fields := fieldsOf(v.Type())
	for _, e := range n.keys {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == e.key })
		if i < 0 {
			d.unknown(e, path, fields)
			continue
		}
		at := join(path, e.key)
		d.places[at] = e.value.at
		d.value(e.value, v.Field(fields[i].index), at, fields[i].enum)
	}
}

func (d *decoder) unknown(e entry, path string, fields []field) {
	words := make([]string, len(fields))
	for i, f := range fields {
		words[i] = f.key
	}
	hint := "the keys here are " + strings.Join(words, ", ")
	if near := Nearest(e.key, words); near != "" {
		hint = "did you mean " + near + "?"
	}
	if strings.HasPrefix(path, "routes") && strings.HasSuffix(path, ".match") && slices.Contains([]string{"level", "levels", "min_level", "severity"}, e.key) {
		hint = "min_level stands beside match"
	}
	where := "the settings have"
	if path != "" {
		where = path + " has"
	}
	d.add(e.at, hint, "%s no key %s", where, show(e.key))
}

// value decodes n into v. Null leaves the default.
func (d *decoder) value(n *node, v reflect.Value, path string, enum []string) {
	if n.kind == nullNode {
		return
	}
	switch t := v.Type(); {
	case t == reflect.TypeFor[Secret]():
		d.secret(n, path, func(text string, from string) error {
			v.Set(reflect.ValueOf(Secret{&text, from}))
			return nil
		})
	case t == reflect.TypeFor[DSN]():
		d.secret(n, path, func(text string, from string) error {
			if from == "" && strings.Contains(n.text, "${") && !n.env {
				from = redactDSN(n.text)
			}
			v.Set(reflect.ValueOf(DSN{&text, from}))
			return nil
		})
	case t == reflect.TypeFor[time.Duration]():
		d.scalar(n, path, "a duration", func(text string) error {
			span, err := ParseDuration(text)
			v.SetInt(int64(span))
			return err
		})
	case t == reflect.TypeFor[domaincheck.Instant]():
		d.instant(n, v, path)
	case v.CanAddr() && t.Implements(reflect.TypeFor[setter]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[setter]()):
		d.scalar(n, path, noun(t), v.Addr().Interface().(setter).set)
	case t.Kind() == reflect.Pointer:
		fresh := reflect.New(t.Elem())
		prepare(fresh)
		d.value(n, fresh.Elem(), path, enum)
		v.Set(fresh)
	case t.Kind() == reflect.Struct:
		d.structure(n, v, path)
	case t.Kind() == reflect.Slice:
		d.list(n, v, path)
	case t.Kind() == reflect.Map:
		d.mapping(n, v, path)
	default:
		d.plain(n, v, path, enum)
	}
}

// prepare gives a fresh value its own defaults.
func prepare(p reflect.Value) {
	if v, ok := p.Interface().(interface{ defaults() }); ok {
		v.defaults()
	}
}

func (d *decoder) instant(n *node, v reflect.Value, path string) {
	d.scalar(n, path, "an instant", func(text string) error {
		at, err := domaincheck.ParseInstant(text)
		if err != nil {
			return fmt.Errorf("a day (2026-11-21) or an instant (2026-11-21T09:00:00+08:00)")
		}
		v.Set(reflect.ValueOf(at))
		return nil
	})
}

// plain decodes the basic kinds.
func (d *decoder) plain(n *node, v reflect.Value, path string, enum []string) {
	switch v.Kind() {
	case reflect.String:
		d.scalar(n, path, "", func(text string) error {
			if enum != nil && !slices.Contains(enum, text) {
				words := slices.DeleteFunc(slices.Clone(enum), func(w string) bool { return w == "" })
				return wrongWord(words)
			}
			v.SetString(text)
			return nil
		})
	case reflect.Bool:
		if !d.isPlain(n, path, "true or false") {
			return
		}
		switch n.text {
		case "true", "false":
			v.SetBool(n.text == "true")
		default:
			d.add(n.at, "write true or false", "%s is true or false, not %s", path, n.what())
		}
	case reflect.Int:
		if !d.isPlain(n, path, "a whole number") {
			return
		}
		i, err := strconv.ParseInt(n.text, 10, 32)
		if err != nil {
			d.add(n.at, "write it in digits", "%s is a whole number, not %s", path, d.quoted(n))
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		if !d.isPlain(n, path, "a number") {
			return
		}
		x, err := strconv.ParseFloat(n.text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			d.add(n.at, "write it in digits", "%s is a number, not %s", path, d.quoted(n))
			return
		}
		v.SetFloat(x)
	}
}

// quoted shows a value in a message: as it was written, so that what a
// variable holds is not told.
func (d *decoder) quoted(n *node) string { return show(n.text) }

// isPlain refuses lists, maps and, in a file, quoted texts where a number or
// truth value is expected.
func (d *decoder) isPlain(n *node, path, want string) bool {
	switch {
	case n.kind == plainNode:
		return true
	case n.kind == textNode && n.env:
		n.text = strings.TrimSpace(n.text)
		return true
	case n.kind == textNode:
		hint := "write it plainly, without quotes"
		if strings.Contains(n.text, "${") {
			hint = "only texts may stand in ${…}; use " + Prefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
		}
		d.add(n.at, hint, "%s is %s, not the text %s", path, want, d.quoted(n))
	default:
		d.add(n.at, "", "%s is %s, not %s", path, want, n.what())
	}
	return false
}

// wordError says which words there are.
type wordError struct{ words []string }

func wrongWord(words []string) error { return &wordError{words} }

func (e *wordError) Error() string { return "one of " + strings.Join(e.words, ", ") }

// noun names what a type is for people.
func noun(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Cron]():
		return "a schedule"
	case reflect.TypeFor[Zone]():
		return "a time zone"
	case reflect.TypeFor[Quiet]():
		return "quiet hours"
	}
	return "a value"
}

// hintFor says how a value of this noun is written.
func hintFor(noun string) string {
	switch noun {
	case "a schedule":
		return `minute hour day month weekday, such as "0 3 * * *", or @daily, @every 30m`
	case "a time zone":
		return "a name of the IANA database, such as Asia/Shanghai or UTC"
	case "quiet hours":
		return `from-to, such as "22:00-08:00"`
	case "a duration":
		return "30s, 30m, 6h, 90d"
	}
	return ""
}

// scalar hands the text of a value to set. A number in the file counts as text
// only for durations (0).
func (d *decoder) scalar(n *node, path, noun string, set func(string) error) {
	if n.kind == plainNode && noun != "a duration" && noun != "an instant" {
		d.add(n.at, "put it in quotes if that is meant", "%s is a text, not %s", path, n.what())
		return
	}
	if n.kind != plainNode && n.kind != textNode {
		d.add(n.at, hintFor(noun), "%s is one value, not %s", path, n.what())
		return
	}
	text, expanded, ok := d.expand(n, path)
	if !ok {
		return
	}
	err := set(text)
	var words *wordError
	switch {
	case err == nil:
		if expanded {
			d.written[path] = reference{n.text, &text}
		}
	case errors.As(err, &words):
		hint := ""
		if near := Nearest(text, words.words); near != "" && !expanded {
			hint = "did you mean " + near + "?"
		}
		d.add(n.at, hint, "%s: %s is not %s", path, d.quoted(n), err)
	case expanded:
		d.add(n.at, hintFor(noun), "%s: what %s stands for is not %s", path, d.quoted(n), noun)
	default:
		d.add(n.at, hintFor(noun), "%s: %s is not %s: %s", path, d.quoted(n), noun, show1(err))
	}
}

// show1 is an error of a library as one clean line.
func show1(err error) string {
	text := show(err.Error())
	return strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`)
}

// name of a variable between ${ and }.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces ${NAME} by the variable, and $${ by ${. It tells whether a
// variable was used.
func (d *decoder) expand(n *node, path string) (text string, expanded, ok bool) {
	rest := n.text
	if n.env || !strings.Contains(rest, "${") {
		return rest, false, true
	}
	var b strings.Builder
	for {
		i := strings.Index(rest, "${")
		if i < 0 {
			b.WriteString(rest)
			return b.String(), expanded, true
		}
		if i > 0 && rest[i-1] == '$' {
			b.WriteString(rest[:i-1] + "${")
			rest, expanded = rest[i+2:], true
			continue
		}
		b.WriteString(rest[:i])
		name, after, closed := strings.Cut(rest[i+2:], "}")
		if !closed || !variableName.MatchString(name) {
			d.add(n.at, "write ${NAME}; a plain ${ is written $${", "%s: a ${ without a name and a }", path)
			return "", false, false
		}
		value, set := d.environ[name]
		if !set {
			d.add(n.at, "set the variable, or write file:PATH for a secret in a file", "%s: the variable ${%s} is not set", path, name)
			return "", false, false
		}
		b.WriteString(value)
		rest, expanded = after, true
	}
}

// wholeReference matches a text that is nothing but one reference.
var wholeReference = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`)

// maxSecret bounds the file of a secret.
const maxSecret = 64 << 10

// secret reads a text that may be a secret, written out, ${NAME} or file:PATH.
// No message quotes it.
func (d *decoder) secret(n *node, path string, set func(text, from string) error) {
	switch n.kind {
	case textNode:
	case plainNode:
		d.add(n.at, "put it in quotes", "%s is a text, not %s", path, n.what())
		return
	default:
		d.add(n.at, "write ${NAME} or file:PATH", "%s is one text, not %s", path, n.what())
		return
	}
	text, expanded, ok := d.expand(n, path)
	if !ok {
		return
	}
	from := ""
	if expanded && wholeReference.MatchString(n.text) {
		from = n.text
	}
	if name, isFile := strings.CutPrefix(n.text, "file:"); isFile && !expanded {
		if text, ok = d.secretFile(n, path, name); !ok {
			return
		}
		from = n.text
	}
	if strings.Contains(text, Hidden) {
		d.add(n.at, "write the secret itself, ${NAME} or file:PATH", "%s: this is a dump with its secret hidden", path)
		return
	}
	if text == "" && from != "" {
		d.add(n.at, "", "%s: what %s stands for is empty", path, show(from))
		return
	}
	_ = set(text, from)
}

func (d *decoder) secretFile(n *node, path, name string) (string, bool) {
	if d.file == nil || name == "" {
		d.add(n.at, "write file:PATH", "%s: a file: without a file", path)
		return "", false
	}
	data, err := d.file(inDir(d.dir, name))
	switch {
	case err != nil:
		d.add(n.at, "the file must exist and be readable by this user", "%s: %s cannot be read%s", path, show(n.text), why(err))
	case len(data) > maxSecret:
		d.add(n.at, "", "%s: %s holds more than %d KiB", path, show(n.text), maxSecret>>10)
	default:
		return strings.TrimRight(string(data), "\r\n"), true
	}
	return "", false
}

// why tells the common reasons without repeating the path.
func why(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ": no such file"
	case errors.Is(err, fs.ErrPermission):
		return ": permission denied"
	}
	return ""
}

// list decodes a list; one single text stands for a list of one in neither
// file nor environment.
func (d *decoder) list(n *node, v reflect.Value, path string) {
	if n.kind != listNode {
		d.add(n.at, "write [one, two]", "%s is a list, not %s", path, n.what())
		return
	}
	out := reflect.MakeSlice(v.Type(), 0, len(n.items))
	for i, item := range n.items {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.places[at] = item.at
		if item.kind == nullNode {
			d.add(item.at, "drop the dash", "%s is empty", at)
			continue
		}
		fresh := reflect.New(v.Type().Elem())
		prepare(fresh)
		d.value(item, fresh.Elem(), at, nil)
		out = reflect.Append(out, fresh.Elem())
	}
	v.Set(out)
}

func (d *decoder) mapping(n *node, v reflect.Value, path string) {
	if n.kind != mapNode {
		d.add(n.at, "write {key: value}", "%s holds keys and values, not %s", path, n.what())
		return
	}
	out := reflect.MakeMap(v.Type())
	for _, e := range n.keys {
		at := join(path, e.key)
		d.places[at] = e.value.at
		fresh := reflect.New(v.Type().Elem())
		prepare(fresh)
		if e.value.kind == nullNode {
			d.add(e.value.at, "give it a value or drop the key", "%s has no value", at)
			continue
		}
		d.value(e.value, fresh.Elem(), at, nil)
		out.SetMapIndex(reflect.ValueOf(e.key), fresh.Elem())
	}
	v.Set(out)
}
