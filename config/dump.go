package config

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"domaincheck"
)

// Dump is settings to be shown: every key in the order of [Settings], secrets
// by reference or hidden. It is written as yaml, which [Load] reads again where
// no secret had to be hidden, and marshals to JSON.
type Dump struct{ root dumped }

// dumped is one value of a dump.
type dumped struct {
	raw    string // a number, truth value or null, as both formats write it
	text   *string
	keys   []string
	values []dumped // of the keys, or of a list if there are none
	isMap  bool
}

// Redacted gives the settings to be shown. What came from the environment by
// ${NAME} is shown as written, unless it has been changed since.
func (s Settings) Redacted() Dump {
	return Dump{s.dump(reflect.ValueOf(s), "")}
}

func textOf(s string) dumped { return dumped{text: &s} }

func null() dumped { return dumped{raw: "null"} }

func orNull(s string) dumped {
	if s == "" {
		return null()
	}
	return textOf(s)
}

func (s Settings) dump(v reflect.Value, path string) dumped {
	if ref, ok := s.written[path]; ok && v.Kind() == reflect.String && v.String() == *ref.value {
		return textOf(ref.raw)
	}
	switch x := v.Interface().(type) {
	case Secret:
		if x.from != "" {
			return textOf(x.from)
		}
		return orNull(x.String())
	case DSN:
		if x.from != "" {
			return textOf(x.from)
		}
		return orNull(strings.ReplaceAll(x.String(), "${", "$${"))
	case time.Duration:
		return textOf(FormatDuration(x))
	case domaincheck.Instant:
		return orNull(x.String())
	case Quiet:
		return orNull(x.String())
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return null()
		}
		return s.dump(v.Elem(), path)
	case reflect.Struct:
		out := dumped{isMap: true}
		for _, f := range fieldsOf(v.Type()) {
			value := s.dump(v.Field(f.index), join(path, f.key))
			if value.text != nil && *value.text == "" {
				value = null()
			}
			out.keys = append(out.keys, f.key)
			out.values = append(out.values, value)
		}
		return out
	case reflect.Slice:
		out := dumped{}
		for i := range v.Len() {
			out.values = append(out.values, s.dump(v.Index(i), path+"["+strconv.Itoa(i)+"]"))
		}
		return out
	case reflect.Map:
		out := dumped{isMap: true}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			value := s.dump(v.MapIndex(key), join(path, key.String()))
			if value.raw == "null" { // an empty secret: a key of a map has a value
				value = textOf("")
			}
			out.keys = append(out.keys, key.String())
			out.values = append(out.values, value)
		}
		return out
	case reflect.Bool:
		return dumped{raw: strconv.FormatBool(v.Bool())}
	case reflect.Int:
		return dumped{raw: strconv.FormatInt(v.Int(), 10)}
	case reflect.Float64:
		return dumped{raw: strconv.FormatFloat(v.Float(), 'f', -1, 64)}
	}
	if strings.Contains(path, ".mentions[") {
		return textOf(hidePhone(strings.ReplaceAll(v.String(), "${", "$${")))
	}
	return textOf(strings.ReplaceAll(v.String(), "${", "$${"))
}

// hidePhone keeps the last digits of a phone number, by which its owner knows
// it; other words stay.
func hidePhone(word string) string {
	if len(word) < 7 || strings.Trim(word, "+-0123456789 ") != "" {
		return word
	}
	return Hidden + word[len(word)-4:]
}

// MarshalJSON writes the dump as JSON, keys in order.
func (d Dump) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	d.root.json(&b)
	return b.Bytes(), nil
}

func (d dumped) json(b *bytes.Buffer) {
	switch {
	case d.raw != "":
		b.WriteString(d.raw)
	case d.text != nil:
		b.Write(quote(*d.text))
	default:
		open, end := byte('['), byte(']')
		if d.isMap {
			open, end = '{', '}'
		}
		b.WriteByte(open)
		for i, v := range d.values {
			if i > 0 {
				b.WriteByte(',')
			}
			if d.isMap {
				b.Write(quote(d.keys[i]))
				b.WriteByte(':')
			}
			v.json(b)
		}
		b.WriteByte(end)
	}
}

// quote writes a JSON string, which is a yaml double-quoted text too.
func quote(text string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string into memory
	return bytes.TrimRight(b.Bytes(), "\n")
}

// WriteTo writes the dump as yaml.
func (d Dump) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	d.root.yaml(&b, 0)
	n, err := w.Write(b.Bytes())
	return int64(n), err
}

// String is the dump as yaml.
func (d Dump) String() string {
	var b strings.Builder
	_, _ = d.WriteTo(&b) // a Builder does not fail
	return b.String()
}

// plainText and plainSpan match texts that mean the same without quotes in
// yaml.
var (
	plainText = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./-]*$`)
	plainSpan = regexp.MustCompile(`^([0-9]+(ms|[smhd]))+$`)
)

func scalarYAML(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf":
		return `"` + text + `"`
	}
	if plainText.MatchString(text) || plainSpan.MatchString(text) {
		return text
	}
	return string(quote(text))
}

func (d dumped) leaf() (string, bool) {
	switch {
	case d.raw != "":
		return d.raw, true
	case d.text != nil:
		return scalarYAML(*d.text), true
	case len(d.values) == 0 && d.isMap:
		return "{}", true
	case len(d.values) == 0:
		return "[]", true
	}
	if d.isMap {
		return "", false
	}
	words := make([]string, len(d.values))
	for i, v := range d.values {
		if v.text == nil {
			return "", false
		}
		words[i] = scalarYAML(*v.text)
	}
	return "[" + strings.Join(words, ", ") + "]", true
}

func (d dumped) yaml(b *bytes.Buffer, indent int) {
	pad := strings.Repeat("  ", indent)
	for i, v := range d.values {
		if d.isMap {
			b.WriteString(pad + scalarYAML(d.keys[i]) + ":")
			if text, ok := v.leaf(); ok {
				b.WriteString(" " + text + "\n")
				continue
			}
			b.WriteByte('\n')
			v.yaml(b, indent+1)
			continue
		}
		if text, ok := v.leaf(); ok {
			b.WriteString(pad + "- " + text + "\n")
			continue
		}
		// A map in a list: its first key stands after the dash.
		var inner bytes.Buffer
		v.yaml(&inner, indent+1)
		b.WriteString(pad + "- " + strings.TrimPrefix(inner.String(), pad+"  "))
	}
}
