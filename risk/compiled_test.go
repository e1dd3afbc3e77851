package risk

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"testing"
)

var update = flag.Bool("update", false, "write compiled.json anew")

// compiled.json is what signals.yaml says today, and what the yaml reader
// makes of it to the last field.
func TestCompiledSignalsAreCurrent(t *testing.T) {
	raw, err := os.ReadFile("signals.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := compileSignals(raw)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("compiled.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("compiled.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("compiled.json is not that of signals.yaml: run go generate ./risk")
	}
	quick, err := readSignals(raw, want)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := parseSignals(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(quick, slow) {
		t.Error("compiled.json does not carry all of signals.yaml")
	}
}

// A changed signals.yaml is read, whatever was compiled; a spoiled compilation
// changes nothing but the time.
func TestCompiledSignalsNeverBeatTheYAML(t *testing.T) {
	raw, err := os.ReadFile("signals.yaml")
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := compileSignals(raw)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(raw, []byte("confidence: H"), []byte("confidence: L"), 1)
	for name, c := range map[string][]byte{"whole": compiled, "cut": compiled[:len(compiled)/2], "none": nil} {
		f, err := readSignals(changed, c)
		if err != nil || f.Signals[0].Confidence != "L" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
