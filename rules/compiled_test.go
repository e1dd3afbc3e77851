package rules

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "write compiled.gob and the golden files anew")

// compiled.gob is what the yaml files say today, and nothing else.
func TestCompiledBookIsCurrent(t *testing.T) {
	want, err := compile(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("compiled.gob")
	if err != nil {
		t.Fatal(err)
	}
	same := bytes.Equal(got, want) || reflect.DeepEqual(readCompiled(got), readCompiled(want))
	switch {
	case *update && !same: // the order of maps differs from run to run
		if err := os.WriteFile("compiled.gob", want, 0o644); err != nil {
			t.Fatal(err)
		}
	case !same:
		t.Error("compiled.gob is not that of the yaml files: run go generate ./rules")
	}
}

// The compiled book is the one that is read from yaml: what gob cannot carry
// is nowhere in it.
func TestCompiledBookEqualsYAML(t *testing.T) {
	raw, err := compile(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	done := readCompiled(raw)
	for _, pattern := range []string{"book/*.yaml", "provinces/*.yaml"} {
		list, err := readSources(os.DirFS("."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if done[f.name] == nil || done[f.name].Sum != f.sum {
				t.Fatalf("%s is not compiled", f.name)
			}
			if pattern == "book/*.yaml" {
				want, err := parseBookFile(f.raw)
				if err != nil || !reflect.DeepEqual(bare(reflect.ValueOf(*want)), bare(reflect.ValueOf(*done[f.name].Book))) {
					t.Errorf("%s differs (%v)", f.name, err)
				}
				continue
			}
			want, err := parseProvince(f.raw)
			if err != nil || !reflect.DeepEqual(bare(reflect.ValueOf(*want)), bare(reflect.ValueOf(*done[f.name].Province))) {
				t.Errorf("%s differs (%v)", f.name, err)
			}
			if err == nil && !reflect.DeepEqual(want.Clauses(), done[f.name].Province.Clauses()) {
				t.Errorf("%s: clauses differ", f.name)
			}
		}
	}
}

// bare writes a value as plain lists and maps, in which an empty list is none.
func bare(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return bare(v.Elem())
	case reflect.Struct:
		out := map[string]any{}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				out[f.Name] = bare(v.Field(i))
			}
		}
		return out
	case reflect.Slice:
		if v.Len() == 0 {
			return nil
		}
		var out []any
		for i := range v.Len() {
			out = append(out, bare(v.Index(i)))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, k := range v.MapKeys() {
			out[k.String()] = bare(v.MapIndex(k))
		}
		return out
	}
	return v.Interface()
}

// A changed file is read anew, whatever was compiled; a spoiled compilation
// changes nothing but the time.
func TestCompiledNeverBeatsTheYAML(t *testing.T) {
	raw, err := compile(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	yaml, err := os.ReadFile("provinces/shanghai.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(yaml, []byte("months: 6"), []byte("months: 7"), 1)
	files, err := readSources(fstest.MapFS{"provinces/shanghai.yaml": {Data: changed}}, "provinces/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, done := range map[string]compiled{"whole": readCompiled(raw), "cut": readCompiled(raw[:len(raw)/2]), "none": readCompiled(nil)} {
		list, err := done.provinces(files)
		if err != nil || list["上海"].Unit.Term.Months != 7 {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}
