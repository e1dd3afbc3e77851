package store

import (
	"encoding/json"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"domaincheck"
)

// TestDecode: documents are read as encoding/json reads them, those that codec
// writes without its help.
func TestDecode(t *testing.T) {
	var whole domaincheck.Report
	n := 0
	full(reflect.ValueOf(&whole).Elem(), 7, &n)
	facts := domaincheck.Report{Site: &domaincheck.ReportSite{Site: domaincheck.Site{Papers: []domaincheck.Paper{}, AutoRenew: domaincheck.Known(false)}, Siblings: &domaincheck.Siblings{}},
		Observation: domaincheck.Observation{Page: &domaincheck.HomePage{Status: domaincheck.Known(0), Title: "bad \xff utf-8"}}}
	for name, r := range map[string]domaincheck.Report{"whole": whole, "empty": {}, "facts": facts} {
		var c codec
		short, err := c.encode(&r)
		if err != nil {
			t.Fatal(err)
		}
		long, err := json.Marshal(&r)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range [][]byte{short, long} {
			same[domaincheck.Report](t, name, doc)
			same[leanReport](t, name, doc)
			var d decoder
			var got domaincheck.Report
			if rest, err := d.of(reflect.TypeFor[domaincheck.Report]())(doc, reflect.ValueOf(&got).Elem(), 0); err != nil || len(rest) > 0 {
				t.Errorf("%s: left to encoding/json: %v, before %.40q", name, err, rest)
			}
		}
	}
}

// same reads a document both ways.
func same[V any](t *testing.T, name string, doc []byte) {
	t.Helper()
	var got, want V
	errWant := json.Unmarshal(doc, &want)
	errGot := (&decoder{}).decode(doc, &got)
	if (errGot == nil) != (errWant == nil) || errWant == nil && !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, encoding/json %v\ngot  %+v\nwant %+v\nof %s", name, errGot, errWant, got, want, doc)
	}
}

// TestDecodeOdd: what codec does not write, an older version, a hand or a damaged
// disk may have.
func TestDecodeOdd(t *testing.T) {
	type inner struct {
		A string               `json:"a"`
		N int8                 `json:"n"`
		T domaincheck.Instant  `json:"t"`
		D domaincheck.Date     `json:"d"`
		M map[string]int       `json:"m"`
		L []*inner             `json:"l"`
		B *bool                `json:"b"`
		F float64              `json:"f"`
		E domaincheck.Evidence `json:"e"`
	}
	for _, doc := range []string{
		``, `{`, `{}`, `null`, ` {"a":"b"}`, `{"a" : "b"}`, `{"a":"b",}`, `{"a":"b"}x`, `{"a":"b"} `, `[]`, `"a"`, `{"a":null,"n":null,"t":null,"d":null,"m":null,"l":null,"b":null,"f":null,"e":null}`,
		`{"n":12}`, `{"n":-12}`, `{"n":128}`, `{"n":1.0}`, `{"n":1e1}`, `{"n":01}`, `{"n":-}`, `{"n":"1"}`, `{"n":99999999999999999999}`, `{"a":1}`, `{"a":"x","a":"y"}`, `{"n":7,"a":"x","n":0}`, `{"l":[null,{"a":"x"}],"l":[{}]}`,
		`{"a":"\u4e2d\n"}`, "{\"a\":\"\xff\"}", "{\"a\":\"\n\"}", `{"\u0061":"x"}`, `{"z":{"a":[1,{"b":"]}\""}]},"a":"x"}`, `{"z":tru,"a":"x"}x`, `{"l":[]}`, `{"l":[{}]}`, `{"l":[{},]}`, `{"l":[,]}`, `{"l":[null]}`, `{"l":{}}`,
		`{"m":{}}`, `{"m":{"k":1,"j":2}}`, `{"m":{"k":1,"k":2}}`, `{"m":{"k":"v"}}`, `{"b":true}`, `{"b":false}`, `{"b":truth}`, `{"b":1}`, `{"f":1.5}`, `{"f":-0}`, `{"e":{"k":[1,"a",null,true]}}`, `{"e":[]}`,
		`{"t":""}`, `{"t":"2026-11-21"}`, `{"t":"2026-11-21T09:00:00+08:00"}`, `{"t":"2026-11-21T09:00:00.5+08:00"}`, `{"t":"2026-11-21T09:00:00.123+08:00"}`, `{"t":"2026-11-21T09:00:00.1234+08:00"}`, `{"t":"2026-11-21T09:00:00.+08:00"}`,
		`{"t":"2026-11-21T09:00:00Z"}`, `{"t":"2026-11-21T09:00:00+09:00"}`, `{"t":"2026-11-31T09:00:00+08:00"}`, `{"t":"2026-10-31T09:00:00+08:00"}`, `{"t":"2026-11-21T24:00:00+08:00"}`, `{"t":"2026-11-21T23:60:00+08:00"}`, `{"t":"2026-11-21T23:59:60+08:00"}`, `{"t":"2026-1-211T23:59:00+08:00"}`, `{"t":"yesterday"}`, `{"t":5}`,
		`{"d":"2026-02-29"}`, `{"d":"2024-02-29"}`, `{"d":"2026-02-28"}`, `{"d":"0000-01-01"}`, `{"d":"2026-13-01"}`, `{"d":"2026-00-01"}`, `{"d":"2026/01/01"}`, `{"d":""}`,
	} {
		same[inner](t, "odd", []byte(doc))
	}
	deep := []byte(strings.Repeat(`{"l":[`, 60) + strings.Repeat(`]}`, 60))
	same[inner](t, "deep", deep)
	if err := (&decoder{}).decode([]byte(strings.Repeat(`{"l":[`, 1e6)), &inner{}); err == nil {
		t.Error("a document without end is read")
	}
}

// TestDecodeInstants: instants and dates come back as they were written.
func TestDecodeInstants(t *testing.T) {
	var c codec
	for ms := int64(1790000000000); ms < 1790000000000+40*int64(time.Hour*24/time.Millisecond); ms += 12_345_678_9 {
		for _, v := range []any{domaincheck.At(time.UnixMilli(ms)), domaincheck.At(time.UnixMilli(ms - ms%100)), domaincheck.DateOf(time.UnixMilli(ms))} {
			doc, err := c.encode(v)
			if err != nil {
				t.Fatal(err)
			}
			back := reflect.New(reflect.TypeOf(v))
			if err := (&decoder{}).decode(doc, back.Interface()); err != nil || !reflect.DeepEqual(back.Elem().Interface(), v) {
				t.Fatalf("%s: %v, want %v (%v)", doc, back.Elem(), v, err)
			}
		}
	}
}

// FuzzDecode: whatever is read ends in a value or an error; and what codec
// writes of any report that encoding/json reads is read as by encoding/json.
func FuzzDecode(f *testing.F) {
	f.Fuzz(func(t *testing.T, doc []byte) {
		var got, r domaincheck.Report
		_ = (&decoder{}).decode(doc, &got) // no panic
		if json.Unmarshal(doc, &r) != nil {
			return
		}
		var c codec
		short, err := c.encode(&r)
		if err != nil {
			return
		}
		same[domaincheck.Report](t, "fuzz", short)
		same[leanReport](t, "fuzz", short)
	})
}

func TestDecodeSeedsAreThere(t *testing.T) {
	seeds, err := fs.Glob(os.DirFS("testdata/fuzz/FuzzDecode"), "*")
	if err != nil || len(seeds) < 3 {
		t.Errorf("%d seeds, %v", len(seeds), err)
	}
}

// BenchmarkDecode reads a report as a claim does.
func BenchmarkDecode(b *testing.B) {
	at := domaincheck.At(time.UnixMilli(1790000000123))
	look := domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: at}
	r := domaincheck.Report{Schema: 1, Domain: "example.cn", At: at, Verdict: "ok", Observation: domaincheck.Observation{
		Resolution: &domaincheck.Resolution{Look: look, Hosts: domaincheck.List[domaincheck.Host]{{Host: "example.cn", Outcome: domaincheck.OutcomeOK, RCode: "NOERROR"}, {Host: "www.example.cn", Outcome: domaincheck.OutcomeOK, RCode: "NOERROR"}}},
		Page:       &domaincheck.HomePage{Look: look, Requested: "http://example.cn/", Final: "http://example.cn/", Title: "北京某某科技有限公司", Status: domaincheck.Known(200)},
	}}
	for range 45 {
		r.States = append(r.States, domaincheck.State{Rule: "access.provider_matches", Certainty: domaincheck.CertainOK, LastLook: at, LastKnown: at, LastResult: domaincheck.Pass})
		r.Findings = append(r.Findings, domaincheck.Finding{Rule: "access.provider_matches", Result: domaincheck.Pass, ObservedAt: at, Severity: domaincheck.High})
	}
	var p packPools
	doc, err := p.docs.encode(&r)
	if err != nil {
		b.Fatal(err)
	}
	for name, read := range map[string]func([]byte, any) error{"decode": documents.decode, "json": json.Unmarshal} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				var r leanReport
				if err := read(doc, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
