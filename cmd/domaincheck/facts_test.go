package main

import (
	"testing"

	"domaincheck"
)

// TestFactsInWords: kind and state are understood as cells of a ledger have
// them; what is no word for them is refused.
func TestFactsInWords(t *testing.T) {
	f := factFlags{kind: "企业", state: "已备案", province: "上海市", recordNumber: "沪ICP备１２３４５６７８号－１"}
	site, err := f.site()
	if err != nil || site.State != domaincheck.StateFiled || site.Subject == nil || site.Subject.Kind != domaincheck.KindUnit || site.Subject.Province != "上海" || site.RecordNumber != "沪ICP备12345678号-1" {
		t.Errorf("%+v, %v", site, err)
	}
	if site, err := (&factFlags{kind: "individual", state: "unfiled"}).site(); err != nil || site.State != domaincheck.StateUnfiled || site.Subject.Kind != domaincheck.KindIndividual {
		t.Errorf("%+v, %v", site, err)
	}
	for flag, f := range map[string]factFlags{"--kind": {kind: "火星人"}, "--state": {state: "好"}} {
		if _, err := f.site(); err == nil || string(domaincheck.AsError(err, "", "").Place) != flag {
			t.Errorf("%s: %v", flag, err)
		}
	}
}
