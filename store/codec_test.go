package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"domaincheck"
)

// full fills a value so that no field is zero, n deep into types that hold
// themselves; each string is another one, with signs that need escaping.
func full(v reflect.Value, depth int, n *int) {
	*n++
	switch v.Interface().(type) {
	case domaincheck.Instant:
		v.Set(reflect.ValueOf(domaincheck.At(time.UnixMilli(1790000000123 + int64(*n)))))
		return
	case domaincheck.Date:
		v.Set(reflect.ValueOf(domaincheck.MustDate("2026-11-21").AddDays(*n)))
		return
	case domaincheck.Evidence:
		v.Set(reflect.ValueOf(domaincheck.Evidence{"days": float64(*n), "names": []any{"甲", "\u2028<&>\"\\\x00"}, "none": nil, "yes": true, "part": 1.5e-9, "map": map[string]any{"a": "b"}}))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("文%d\"\\\n\t<&>\u2028", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.25)
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			full(v.Elem(), depth-1, n)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			full(v.Index(0), depth-1, n)
			full(v.Index(1), depth-1, n)
		} else {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		if depth > 0 {
			e := reflect.New(v.Type().Elem()).Elem()
			full(e, depth-1, n)
			v.SetMapIndex(reflect.ValueOf(fmt.Sprint("键", *n)), e)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				full(v.Field(i), depth, n)
			}
		}
	}
}

// TestCodecInstants: instants and dates are written as they name themselves.
func TestCodecInstants(t *testing.T) {
	var c codec
	check := func(v any, want string) {
		t.Helper()
		got, err := c.encode(v)
		if err != nil || string(got) != `"`+want+`"` {
			t.Errorf("%v: %s, want %q (%v)", v, got, want, err)
		}
	}
	for _, ns := range []int{0, 1, 999_999, 1_000_000, 10_000_000, 100_000_000, 120_000_000, 123_000_000, 123_999_999, 999_999_999} {
		for _, year := range []int{1, 99, 1970, 2026, 9999} {
			at := domaincheck.Instant{Time: time.Date(year, 12, 31, 23, 59, 7, ns, time.UTC)}
			check(at, at.String())
			check(domaincheck.At(at.Time), at.String())
		}
	}
	check(domaincheck.Instant{}, "")
	check(domaincheck.Date{}, "")
	for _, d := range []domaincheck.Date{{Year: 1, Month: 1, Day: 1}, {Year: 2026, Month: 11, Day: 22}, {Year: 9999, Month: 12, Day: 31}, {Year: 12345, Month: 13, Day: 40}} {
		check(d, d.String())
	}
}

// TestCodec: a report with every field set, an empty one, and ones with zero
// values that are facts come back as they were, as users' JSON tells.
func TestCodec(t *testing.T) {
	var whole domaincheck.Report
	n := 0
	full(reflect.ValueOf(&whole).Elem(), 7, &n)
	if n < 1000 {
		t.Fatalf("only %d values were filled", n)
	}
	facts := domaincheck.Report{Site: &domaincheck.ReportSite{Site: domaincheck.Site{Papers: []domaincheck.Paper{}, AutoRenew: domaincheck.Known(false)}, Siblings: &domaincheck.Siblings{}},
		Observation: domaincheck.Observation{Page: &domaincheck.HomePage{Status: domaincheck.Known(0), Title: "bad \xff utf-8"}}}
	for name, r := range map[string]domaincheck.Report{"whole": whole, "empty": {}, "facts": facts} {
		t.Run(name, func(t *testing.T) {
			var c codec
			doc, err := c.encode(&r)
			if err != nil {
				t.Fatal(err)
			}
			var back domaincheck.Report
			if err := json.Unmarshal(doc, &back); err != nil {
				t.Fatalf("%v in %s", err, doc)
			}
			// What users' JSON keeps of it: bytes that are no UTF-8 it does not.
			want, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var kept domaincheck.Report
			if err := json.Unmarshal(want, &kept); err != nil {
				t.Fatal(err)
			}
			if want, err = json.Marshal(kept); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(back)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Fatalf("got  %s\nwant %s", got, want)
			}
			if name == "whole" && len(doc) > len(want) {
				t.Fatalf("%d bytes instead of %d", len(doc), len(want))
			}
		})
	}
}

// TestRaw: an answer is read as it came, packed or not, and none looks like a
// document that was not packed.
func TestRaw(t *testing.T) {
	p := &packPools{}
	for _, n := range []int{0, 1, shortRaw - 1, shortRaw, 70000} {
		for _, first := range []byte{'{', 0, 0xff} {
			want := make([]byte, n)
			for i := range want {
				want[i] = byte(i*i>>3) ^ first
			}
			b, err := p.raw(want)
			if err != nil || b[0] == '{' || n < shortRaw && len(b) > n+10 {
				t.Fatal(n, err, len(b))
			}
			got, err := unpack(b)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatal(n, err)
			}
		}
	}
}
