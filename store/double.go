package store

import (
	"encoding/json"
	"reflect"
	"sync"
	"unicode/utf8"

	"domaincheck"
)

// This file makes of a report what writing and reading it again makes of it,
// many times faster.

// fix changes a value, which is a plain copy of another and can be addressed,
// into what it is once it was written and read again, and takes away all that
// it shares with the other. Nil: the copy is that already.
type fix func(v reflect.Value) error

// doubler keeps a fix per type.
type doubler struct {
	docs  *codec
	known sync.Map
}

// report doubles the lean part of a report.
func (d *doubler) report(r *domaincheck.Report) (*domaincheck.Report, error) {
	out := lean(r)
	v := reflect.ValueOf(out).Elem()
	return out, d.of(v.Type())(v)
}

func (d *doubler) of(t reflect.Type) fix {
	if f, ok := d.known.Load(t); ok {
		return f.(fix)
	}
	// For types that hold themselves, as in codec.of.
	d.known.LoadOrStore(t, fix(func(v reflect.Value) error {
		if f := d.build(t); f != nil {
			return f(v)
		}
		return nil
	}))
	f := d.build(t)
	d.known.Store(t, f)
	return f
}

func (d *doubler) build(t reflect.Type) fix {
	switch t {
	case reflect.TypeFor[domaincheck.Instant]():
		return fixInstant
	case reflect.TypeFor[domaincheck.Date]():
		return nil
	}
	switch k := t.Kind(); {
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) && k != reflect.Pointer:
	case k == reflect.String:
		return fixText
	case k == reflect.Bool, k >= reflect.Int && k <= reflect.Int64:
		return nil
	case k == reflect.Pointer:
		return d.pointer(t)
	case k == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		return d.slice(t)
	case k == reflect.Map && t.Key().Kind() == reflect.String:
		return d.mapping(t)
	case k == reflect.Struct:
		return d.structure(t)
	}
	return d.through(t)
}

// through writes and reads a value: for types that have a way of their own.
func (d *doubler) through(t reflect.Type) fix {
	return func(v reflect.Value) error {
		doc, err := d.docs.of(t)(nil, v)
		if err != nil {
			return err
		}
		v.SetZero()
		return json.Unmarshal(doc, v.Addr().Interface())
	}
}

// fixInstant cuts an instant to what is written of it.
func fixInstant(v reflect.Value) error {
	at := v.Addr().Interface().(*domaincheck.Instant)
	*at = domaincheck.At(at.Time)
	return nil
}

// fixText is a text as JSON keeps it: each byte that is no UTF-8 becomes U+FFFD.
func fixText(v reflect.Value) error {
	if s := v.String(); !utf8.ValidString(s) {
		v.SetString(string([]rune(s)))
	}
	return nil
}

func (d *doubler) pointer(t reflect.Type) fix {
	return func(v reflect.Value) error {
		if v.IsNil() {
			return nil
		}
		own := reflect.New(t.Elem())
		own.Elem().Set(v.Elem())
		v.Set(own)
		if f := d.of(t.Elem()); f != nil {
			return f(own.Elem())
		}
		return nil
	}
}

func (d *doubler) slice(t reflect.Type) fix {
	return func(v reflect.Value) error {
		if v.IsNil() {
			return nil
		}
		own := reflect.MakeSlice(t, v.Len(), v.Len())
		reflect.Copy(own, v)
		v.Set(own)
		f := d.of(t.Elem())
		if f == nil {
			return nil
		}
		for i := range v.Len() {
			if err := f(v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
}

func (d *doubler) mapping(t reflect.Type) fix {
	return func(v reflect.Value) error {
		if v.IsNil() {
			return nil
		}
		own := reflect.MakeMapWithSize(t, v.Len())
		f := d.of(t.Elem())
		key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		for k, was := range v.Seq2() {
			key.Set(k)
			value.Set(was)
			if err := fixText(key); err != nil {
				return err
			}
			if f != nil {
				if err := f(value); err != nil {
					return err
				}
			}
			own.SetMapIndex(key, value)
		}
		v.Set(own)
		return nil
	}
}

func (d *doubler) structure(t reflect.Type) fix {
	type part struct {
		n    int
		kept bool
		fix  fix
	}
	var parts []part
	for i := range t.NumField() {
		f := t.Field(i)
		p := part{n: i, kept: f.Tag.Get("json") != "-"}
		if p.kept {
			p.fix = d.of(f.Type)
		}
		if f.IsExported() && (!p.kept || p.fix != nil) {
			parts = append(parts, p)
		}
	}
	return func(v reflect.Value) error {
		for i := range parts {
			p := &parts[i]
			x := v.Field(p.n)
			switch {
			case !p.kept:
				x.SetZero()
			case !x.IsZero():
				if err := p.fix(x); err != nil {
					return err
				}
			}
		}
		return nil
	}
}
