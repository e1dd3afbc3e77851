package present_test

import (
	"slices"
	"testing"

	"domaincheck"
	"domaincheck/present"
)

func TestWordsAtTheEdge(t *testing.T) {
	f := domaincheck.Finding{Rule: "access.mainland", Result: domaincheck.Fail, Evidence: domaincheck.Evidence{
		"provider": "aliyun", "host": "www.example.cn\x1b[31m", "province": "北京", "vantage": "abroad"}}
	names := func(id, lang string) string { return map[string]string{"aliyunzh": "阿里云"}[id+lang] }
	got := present.Evidence(f, present.Options{Lang: "zh", ProviderName: names})
	want := []present.Pair{{Name: "主机", Value: "www.example.cn"}, {Name: "接入商", Value: "阿里云"}, {Name: "观察位置", Value: "境外"}}
	if !slices.Equal(got, want) {
		t.Errorf("evidence in Chinese: %q, want %q", got, want)
	}
	got = present.Evidence(f, present.Options{Lang: "en", ProviderName: names})
	want = []present.Pair{{Name: "host", Value: "www.example.cn"}, {Name: "provider", Value: "aliyun"}, {Name: "vantage", Value: "abroad"}}
	if !slices.Equal(got, want) {
		t.Errorf("evidence in English: %q, want %q", got, want)
	}
	if zh, en := present.Verdict(domaincheck.VerdictUnknown, "zh"), present.Verdict(domaincheck.VerdictFail, "en"); zh != "暂时无法判断" || en != "fail" {
		t.Errorf("verdicts: %q, %q", zh, en)
	}
}

func TestUndeclaredAtTheEdge(t *testing.T) {
	r := &domaincheck.Report{Findings: domaincheck.List[domaincheck.Finding]{
		{Rule: "site.number_matches", Result: domaincheck.Unknown, Why: domaincheck.WhyUndeclared, Code: "number_undeclared", Evidence: domaincheck.Evidence{"missing": "site.record_number"}},
		{Rule: "site.reachable", Result: domaincheck.Unknown, Why: domaincheck.WhyUnobserved, Code: "timeout"},
	}}
	facts, n, err := present.Undeclared(r, "en")
	if err != nil || n != 1 || !slices.Equal(facts, []string{"record number"}) {
		t.Errorf("undeclared: %q in %d findings, %v", facts, n, err)
	}
	if present.Confirmed(r, domaincheck.Finding{Rule: "access.mainland", Knows: domaincheck.Observed}, present.Options{}) {
		t.Error("one look without a state counts as confirmed")
	}
	if !present.Confirmed(r, domaincheck.Finding{Rule: "server.expiry", Knows: domaincheck.Declared}, present.Options{}) {
		t.Error("a declared fact needs no second look")
	}
}
