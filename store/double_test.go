package store

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"domaincheck"
)

// TestDouble: what a commit keeps for the next claim is, to the last field,
// what the next claim would read: with every field set, with none, and with
// what does not come back as it went.
func TestDouble(t *testing.T) {
	var whole domaincheck.Report
	n := 0
	full(reflect.ValueOf(&whole).Elem(), 7, &n)
	odd := domaincheck.Report{
		At:       domaincheck.Instant{Time: time.Date(2026, 11, 22, 1, 2, 3, 4567890, time.UTC)},
		Findings: domaincheck.List[domaincheck.Finding]{{Rule: "site.link"}},
		States:   domaincheck.List[domaincheck.State]{{Since: domaincheck.Instant{Time: time.Now()}, Turns: domaincheck.List[domaincheck.Instant]{{}, domaincheck.At(time.Now())}}},
		Observation: domaincheck.Observation{
			Page: &domaincheck.HomePage{
				Look:  domaincheck.Look{Error: &domaincheck.Error{Code: "x", Message: "bad \xff\xfe", Hint: "gone", Err: fmt.Errorf("gone too")}},
				Title: "\xe4\xb8", Status: domaincheck.Known(0), H1: []string{}, Raw: []domaincheck.Raw{{Kind: "http"}},
				Others: domaincheck.List[*domaincheck.HomePage]{nil, {Raw: []domaincheck.Raw{{}}}},
			},
			Others: map[string]*domaincheck.Observation{"b.cn": {Registration: &domaincheck.Registration{Provenance: map[string]string{"a": "b\xff"}}}, "c.cn": nil},
		},
		Before: &domaincheck.Observation{Others: map[string]*domaincheck.Observation{}},
	}
	packs := &packPools{}
	for name, r := range map[string]*domaincheck.Report{"whole": &whole, "empty": {}, "odd": &odd} {
		t.Run(name, func(t *testing.T) {
			before := fmt.Sprintf("%+v", *r)
			p, err := packs.report(r)
			if err != nil {
				t.Fatal(err)
			}
			want, size, err := unpackLean(p.doc)
			if err != nil || size != p.size {
				t.Fatal(size, p.size, err)
			}
			got, err := packs.double().report(r)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if after := fmt.Sprintf("%+v", *r); after != before {
				t.Errorf("the report was changed: %s, was %s", after, before)
			}
			if o := got.Observation.Page; o != nil && o == r.Observation.Page {
				t.Error("a part is shared")
			}
		})
	}
	if len(whole.States) == 0 || whole.Observation.Page == nil || len(whole.Observation.Others) == 0 {
		t.Fatal("nothing was filled")
	}
}
