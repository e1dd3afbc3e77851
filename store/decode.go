package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"domaincheck"
)

// This file reads what codec.go writes, several times faster than encoding/json
// does. What it does not know at sight, such as blanks between the words, it
// leaves to encoding/json, with the whole document; both read the same of what
// codec.go wrote. Of a damaged document they may not: members that no type here
// has are gone over without reading them, and names in another case are such.

// errOdd tells that a document is not as codec.go writes it.
var errOdd = errors.New("not read here")

// deepest is how deep values may hold values of pointers: real ones go three or
// four deep.
const deepest = 50

// reader reads one value from the front of b into v, which is zero, and gives
// what follows; deep is how many pointers it was reached through.
type reader func(b []byte, v reflect.Value, deep int) ([]byte, error)

// decoder keeps a reader per type. Its zero value is ready.
type decoder struct{ known sync.Map }

// decode reads a document into what v points to.
func (d *decoder) decode(doc []byte, v any) error {
	into := reflect.ValueOf(v).Elem()
	into.SetZero()
	rest, err := d.of(into.Type())(doc, into, 0)
	if err == nil && len(rest) == 0 {
		return nil
	}
	into.SetZero()
	return json.Unmarshal(doc, v)
}

func (d *decoder) of(t reflect.Type) reader {
	if f, ok := d.known.Load(t); ok {
		return f.(reader)
	}
	// For types that hold themselves, as in codec.of.
	d.known.LoadOrStore(t, reader(func(b []byte, v reflect.Value, deep int) ([]byte, error) { return d.build(t)(b, v, deep) }))
	f := d.build(t)
	d.known.Store(t, f)
	return f
}

func (d *decoder) build(t reflect.Type) reader {
	switch t {
	case reflect.TypeFor[domaincheck.Instant]():
		return readInstant
	case reflect.TypeFor[domaincheck.Date]():
		return readDate
	}
	switch k := t.Kind(); {
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) && k != reflect.Pointer:
	case k == reflect.String:
		return readString
	case k == reflect.Bool:
		return readBool
	case k >= reflect.Int && k <= reflect.Int64:
		return readInt
	case k == reflect.Pointer:
		return d.pointer(t)
	case k == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		return d.slice(t)
	case k == reflect.Map && t.Key().Kind() == reflect.String && t.Elem().Kind() != reflect.Interface:
		return d.mapping(t)
	case k == reflect.Struct:
		return d.structure(t)
	}
	return readOther
}

// null takes a null from the front.
func null(b []byte) ([]byte, bool) { return bytes.CutPrefix(b, []byte("null")) }

// readOther reads a value in the way of encoding/json.
func readOther(b []byte, v reflect.Value, _ int) ([]byte, error) {
	rest, err := skip(b)
	if err != nil {
		return nil, err
	}
	return rest, json.Unmarshal(b[:len(b)-len(rest)], v.Addr().Interface())
}

// text takes a string without escapes from the front.
func text(b []byte) (s, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, nil, false
	}
	plain := true
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			s = b[1:i]
			return s, b[i+1:], plain || utf8.Valid(s)
		case c == '\\' || c < ' ':
			return nil, nil, false
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return nil, nil, false
}

func readString(b []byte, v reflect.Value, deep int) ([]byte, error) {
	s, rest, ok := text(b)
	if !ok {
		return readOther(b, v, deep)
	}
	v.SetString(string(s))
	return rest, nil
}

func readBool(b []byte, v reflect.Value, _ int) ([]byte, error) {
	if rest, ok := bytes.CutPrefix(b, []byte("true")); ok {
		v.SetBool(true)
		return rest, nil
	}
	if rest, ok := bytes.CutPrefix(b, []byte("false")); ok {
		return rest, nil
	}
	return nil, errOdd
}

func readInt(b []byte, v reflect.Value, _ int) ([]byte, error) {
	i := 0
	if len(b) > 0 && b[0] == '-' {
		i++
	}
	first := i
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	if i == first || i-first > 1 && b[first] == '0' || i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' {
		return nil, errOdd
	}
	n, err := strconv.ParseInt(string(b[:i]), 10, 64)
	if err != nil || v.OverflowInt(n) {
		return nil, errOdd
	}
	v.SetInt(n)
	return b[i:], nil
}

// digits reads two digits.
func digits(b []byte) (n int, ok bool) {
	hi, lo := b[0]-'0', b[1]-'0'
	return int(hi)*10 + int(lo), hi <= 9 && lo <= 9
}

// day reads YYYY-MM-DD up to the 28th: what every month has.
func day(b []byte) (d domaincheck.Date, ok bool) {
	century, ok1 := digits(b)
	year, ok2 := digits(b[2:])
	month, ok3 := digits(b[5:])
	date, ok4 := digits(b[8:])
	d = domaincheck.Date{Year: century*100 + year, Month: time.Month(month), Day: date}
	return d, ok1 && ok2 && ok3 && ok4 && b[4] == '-' && b[7] == '-' && month >= 1 && month <= 12 && date >= 1 && date <= 28 && d.Year > 0
}

// readDate reads a date as appendDate writes it.
func readDate(b []byte, v reflect.Value, deep int) ([]byte, error) {
	s, rest, ok := text(b)
	if ok && len(s) == len("2006-01-02") {
		if d, ok := day(s); ok {
			*v.Addr().Interface().(*domaincheck.Date) = d
			return rest, nil
		}
	}
	return readOther(b, v, deep)
}

// readInstant reads an instant as appendInstant writes it.
func readInstant(b []byte, v reflect.Value, deep int) ([]byte, error) {
	const whole, zone = len("2006-01-02T15:04:05"), "+08:00"
	s, rest, ok := text(b)
	if !ok || len(s) < whole+len(zone) || len(s) > whole+len(".999")+len(zone) || s[10] != 'T' || s[13] != ':' || s[16] != ':' || string(s[len(s)-len(zone):]) != zone {
		return readOther(b, v, deep)
	}
	d, ok := day(s[:10])
	hour, ok1 := digits(s[11:])
	minute, ok2 := digits(s[14:])
	second, ok3 := digits(s[17:])
	part := s[whole : len(s)-len(zone)]
	nanos, unit := 0, 100_000_000
	for i, c := range part {
		if i == 0 {
			ok = ok && c == '.' && len(part) > 1
			continue
		}
		ok = ok && '0' <= c && c <= '9'
		nanos, unit = nanos+int(c-'0')*unit, unit/10
	}
	if !ok || !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 {
		return readOther(b, v, deep)
	}
	*v.Addr().Interface().(*domaincheck.Instant) = domaincheck.At(time.Date(d.Year, d.Month, d.Day, hour, minute, second, nanos, domaincheck.Beijing()))
	return rest, nil
}

func (d *decoder) pointer(t reflect.Type) reader {
	item := t.Elem()
	return func(b []byte, v reflect.Value, deep int) ([]byte, error) {
		if rest, ok := null(b); ok {
			return rest, nil
		}
		if deep >= deepest {
			return nil, errOdd
		}
		v.Set(reflect.New(item))
		return d.of(item)(b, v.Elem(), deep+1)
	}
}

// list goes over what stands between brackets of this kind, or a null, one value
// after the other.
func list(b []byte, open, end byte, each func(b []byte) ([]byte, error)) ([]byte, error) {
	if rest, ok := null(b); ok {
		return rest, nil
	}
	if len(b) < 2 || b[0] != open {
		return nil, errOdd
	}
	if b[1] == end {
		return b[2:], nil
	}
	for {
		var err error
		if b, err = each(b[1:]); err != nil {
			return nil, err
		}
		switch {
		case len(b) == 0:
			return nil, errOdd
		case b[0] == end:
			return b[1:], nil
		case b[0] != ',':
			return nil, errOdd
		}
	}
}

func (d *decoder) slice(t reflect.Type) reader {
	var usual atomic.Int32 // how long the last one was
	return func(b []byte, v reflect.Value, deep int) ([]byte, error) {
		item, n := d.of(t.Elem()), 0
		rest, err := list(b, '[', ']', func(b []byte) ([]byte, error) {
			v.Grow(int(max(usual.Load()-int32(n), 1)))
			n++
			v.SetLen(n)
			v.Index(n - 1).SetZero()
			return item(b, v.Index(n-1), deep)
		})
		if n > 0 {
			usual.Store(int32(min(n, 64)))
		} else if err == nil && b[0] == '[' {
			v.Set(reflect.MakeSlice(t, 0, 0))
		}
		return rest, err
	}
}

// key takes the name of a member and its colon from the front.
func key(b []byte) (name, rest []byte, err error) {
	name, rest, ok := text(b)
	if !ok || len(rest) == 0 || rest[0] != ':' {
		return nil, nil, errOdd
	}
	return name, rest[1:], nil
}

func (d *decoder) mapping(t reflect.Type) reader {
	return func(b []byte, v reflect.Value, deep int) ([]byte, error) {
		if len(b) > 0 && b[0] == '{' {
			v.Set(reflect.MakeMap(t))
		}
		item := d.of(t.Elem())
		return list(b, '{', '}', func(b []byte) ([]byte, error) {
			name, rest, err := key(b)
			if err != nil {
				return nil, err
			}
			value := reflect.New(t.Elem()).Elem()
			if rest, err = item(rest, value, deep); err == nil {
				v.SetMapIndex(reflect.ValueOf(string(name)).Convert(t.Key()), value)
			}
			return rest, err
		})
	}
}

// member is a field of a structure, or of one embedded in it.
type member struct {
	index []int
	name  string
	read  reader
}

func (d *decoder) structure(t reflect.Type) reader {
	var members []member
	for _, f := range fieldsOf(t, nil) {
		members = append(members, member{f.index, f.tag, d.of(f.t)})
	}
	return func(b []byte, v reflect.Value, deep int) ([]byte, error) {
		next := 0
		return list(b, '{', '}', func(b []byte) ([]byte, error) {
			name, rest, err := key(b)
			if err != nil {
				return nil, err
			}
			m := find(members, next, name)
			if m < 0 {
				return skip(rest)
			}
			x := v
			for _, n := range members[m].index {
				x = x.Field(n)
			}
			if m < next && !x.IsZero() {
				return nil, errOdd // perhaps a second time: encoding/json lays one over the other
			}
			next = m + 1
			return members[m].read(rest, x, deep)
		})
	}
}

// find gives the place of a member: mostly one of the next.
func find(members []member, next int, name []byte) int {
	for i := next; i < len(members); i++ {
		if members[i].name == string(name) {
			return i
		}
	}
	for i := range min(next, len(members)) {
		if members[i].name == string(name) {
			return i
		}
	}
	return -1
}

// skip passes over one value.
func skip(b []byte) ([]byte, error) {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case ',', ':':
			if depth == 0 {
				return nil, errOdd
			}
			continue
		default:
			for i+1 < len(b) && b[i+1] != ',' && b[i+1] != '}' && b[i+1] != ']' {
				i++
			}
		}
		if depth < 0 || i >= len(b) {
			return nil, errOdd
		}
		if depth == 0 {
			return b[i+1:], nil
		}
	}
	return nil, errOdd
}
