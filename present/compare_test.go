package present

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"domaincheck"
)

func compared(t *testing.T, a, b domaincheck.Report) Difference {
	t.Helper()
	d, err := Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func seen(change func(r *domaincheck.Report)) domaincheck.Report {
	status := 200
	r := domaincheck.Report{
		Domain: "example.cn", At: domaincheck.At(domaincheck.MustDate("2026-11-01").Start()), Verdict: domaincheck.VerdictPass,
		Site: &domaincheck.ReportSite{Site: domaincheck.Site{
			Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: domaincheck.RoleMain}}, State: domaincheck.StateFiled,
			Servers: domaincheck.List[domaincheck.Server]{{ID: "web1", Type: "ecs"}},
		}},
		Observation: domaincheck.Observation{
			Registration: &domaincheck.Registration{
				Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK}, Servers: domaincheck.List[string]{"whois.cnnic.cn:43"},
				Registrar: &domaincheck.Registrar{Name: "甲"}, Nameservers: domaincheck.List[string]{"a.example.net", "b.example.net"},
			},
			Resolution: &domaincheck.Resolution{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK}, Hosts: domaincheck.List[domaincheck.Host]{
				{Host: "www.example.cn", Outcome: domaincheck.OutcomeOK, Addresses: domaincheck.List[domaincheck.Address]{{IP: "47.110.0.1", Country: "CN"}, {IP: "47.110.0.2", Country: "CN"}}},
			}},
			Page: &domaincheck.HomePage{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK}, Status: &status, Title: "示例"},
		},
		Findings: []domaincheck.Finding{
			{Rule: "site.number", Code: "seen", Result: domaincheck.Pass, Severity: domaincheck.Medium},
			{Rule: "site.link", Code: "none", Result: domaincheck.Fail, Severity: domaincheck.Low},
			{Rule: "site.tls", Code: "expired", Result: domaincheck.Fail, Severity: domaincheck.Low},
		},
		Risks:  []domaincheck.Risk{{Signal: "S07", Outcome: domaincheck.RiskDeAccess, Level: domaincheck.High}},
		Tables: map[string]string{"rules": "2026-11-01#00000000"},
	}
	if change != nil {
		change(&r)
	}
	return r
}

// What changes from look to look by nature, and the order of lists, is no change.
func TestCompareSame(t *testing.T) {
	b := seen(func(r *domaincheck.Report) {
		r.At = domaincheck.At(domaincheck.MustDate("2026-11-02").Start())
		r.Observation.Page.At, r.Observation.Page.Bytes = r.At, 12345
		r.Observation.Registration.Servers = nil
		slices.Reverse(r.Observation.Registration.Nameservers)
		slices.Reverse(r.Observation.Resolution.Hosts[0].Addresses)
		r.Findings[1].ObservedAt = r.At
	})
	if d := compared(t, seen(nil), b); !d.Empty() {
		t.Errorf("%+v", d)
	}
}

func TestCompare(t *testing.T) {
	b := seen(func(r *domaincheck.Report) {
		r.Verdict = domaincheck.VerdictFail
		r.Observation.Registration.Registrar.Name = "乙"
		r.Observation.Resolution.Hosts[0].Addresses[1].IP = "47.52.0.2"
		r.Observation.Page.Title = ""
		r.Observation.Others = map[string]*domaincheck.Observation{"example.net": {Page: &domaincheck.HomePage{Title: "另一个"}}}
		r.Site.Servers[0].Type = "swas"
		r.Findings = []domaincheck.Finding{
			{Rule: "site.number", Code: "missing", Result: domaincheck.Fail, Severity: domaincheck.Medium},
			{Rule: "site.link", Code: "none", Result: domaincheck.Pass, Severity: domaincheck.Low},
			{Rule: "site.tls", Code: "unseen", Result: domaincheck.Unknown, Severity: domaincheck.Low},
		}
		r.Risks = []domaincheck.Risk{{Signal: "S09", Outcome: domaincheck.RiskBlock, Level: domaincheck.High}}
		r.Tables["rules"] = "2026-11-02#00000001"
	})
	d := compared(t, seen(nil), b)
	if d.Verdict == nil || d.Verdict.Before != "pass" || d.Verdict.After != "fail" {
		t.Errorf("verdict %+v", d.Verdict)
	}
	var got []string
	for _, f := range d.Findings {
		got = append(got, f.Rule+" "+f.Kind)
	}
	for _, r := range d.Risks {
		got = append(got, r.Signal+" "+r.Kind)
	}
	for _, f := range append(d.Facts, d.Tables...) {
		got = append(got, f.Fact+": "+FactValue(f.Before, "en")+" > "+FactValue(f.After, "en"))
	}
	for _, w := range []string{
		"site.number opened", "site.link closed", "site.tls changed", "S09 opened", "S07 closed",
		"registration.registrar.name: 甲 > 乙", "resolution.hosts[www.example.cn].addresses[47.110.0.2]: there > (none)",
		"resolution.hosts[www.example.cn].addresses[47.52.0.2]: (none) > there", "page.title: 示例 > (none)",
		"domains[example.net]: (none) > there", "site.servers[web1].type: ecs > swas", "rules: 2026-11-01#00000000 > 2026-11-02#00000001",
	} {
		if !slices.Contains(got, w) {
			t.Errorf("%q is missing in\n%s", w, strings.Join(got, "\n"))
		}
	}
	if back := compared(t, b, seen(nil)); len(back.Facts) != len(d.Facts) || len(back.Findings) != len(d.Findings) {
		t.Errorf("the other way round: %d facts, %d findings; %d and %d there", len(back.Facts), len(back.Findings), len(d.Facts), len(d.Findings))
	}
}

// Lists of a difference are never null, and a site that was never seen compares.
func TestCompareEmpty(t *testing.T) {
	text, err := json.Marshal(compared(t, domaincheck.Report{}, domaincheck.Report{}))
	if err != nil || strings.Contains(strings.ReplaceAll(string(text), `"verdict":null`, ""), `[null`) || strings.Contains(string(text), `"facts":null`) || strings.Contains(string(text), `"findings":null`) {
		t.Errorf("%s %v", text, err)
	}
}

func TestFactName(t *testing.T) {
	for path, want := range map[string]string{
		"registration.expires": "域名到期", "resolution.hosts[www.example.cn].rcode": "解析结果 www.example.cn",
		"resolution.hosts[@].addresses[1.2.3.4].provider": "地址属于 @ 1.2.3.4", "domains[example.net].page.title": "首页标题 example.net", "strange.path": "strange.path",
	} {
		if got := FactName(path, "zh"); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
