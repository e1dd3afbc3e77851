package lab

import (
	"testing"

	dc "domaincheck"
	"domaincheck/icp"
	"domaincheck/providers"
	"domaincheck/registrars"
	"domaincheck/tldlist"
)

// The tests in this file hold the plants against the reference tables: an
// address that the tables place elsewhere, or a registrar that is not what the
// story says, would make every expectation that rests on it wrong.

func TestPoolsLieWhereTheTablesSay(t *testing.T) {
	table, err := providers.Default()
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[pool]struct {
		provider string
		mainland bool
	}{
		poolAliyun: {"aliyun", true}, poolTencent: {"tencent", true}, poolHuawei: {"huawei", true}, poolBaidu: {"baidu", true},
		poolTelecom: {"", true}, poolAliyun6: {"aliyun", true}, poolHongKong: {"aliyun", false},
		poolSingapore: {"aws", false}, poolCloudflare: {"cloudflare", false}, poolForeign6: {"cloudflare", false},
	} {
		for _, n := range []int{0, 1, 300, 5000, 12_345, 40_000, 65_023} {
			got := table.Attribute(p.at(n), nil)
			if string(got.Provider) != want.provider || got.Mainland == nil || *got.Mainland != want.mainland {
				t.Errorf("%s: %s is %+v", p, got.IP, got)
			}
		}
	}
	for _, suffix := range []string{cdnAliyun, cdnTencent} {
		got := table.Attribute(poolTelecom.at(5), []string{"www.hengtong5.cn" + suffix})
		if !got.CDN || !dc.Is(got.Mainland) {
			t.Errorf("%s: %+v", suffix, got)
		}
	}
	if got := table.Attribute(poolSingapore.at(5), []string{"www.hengtong5.cn" + cdnAliyun}); !dc.IsNot(got.Mainland) {
		t.Errorf("a CDN node abroad: %+v", got)
	}
	for _, host := range []string{hostNS1, hostNS2, hostNS3, hostLame, hostSilent, hostTLD1, hostTLD2, hostRoot, hostRegistrarRDAP, hostRegistrarWHOIS, hostBlock} {
		if got := table.Attribute(ownHosts(host)[0], nil); !dc.Is(got.Mainland) {
			t.Errorf("%s: %+v", host, got)
		}
	}
}

func TestRegistrarsAreWhatTheStoriesSay(t *testing.T) {
	table, err := registrars.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range registrarFacts() {
		for _, m := range []registrars.Match{table.Match(r.chinese, ""), table.Match(r.english, ""), table.Match(r.english, r.ianaID)} {
			if m.Approved != "yes" {
				t.Errorf("%s: %+v", r.english, m)
			}
		}
	}
	if m := table.Match("GoDaddy.com, LLC", "146"); m.Approved != "no" {
		t.Errorf("foreign: %+v", m)
	}
	if m := table.Match("示例域名注册服务有限公司", ""); m.Approved != "unknown" {
		t.Errorf("unknown: %+v", m)
	}
}

func TestSuffixesAreWhatTheStoriesSay(t *testing.T) {
	table, err := tldlist.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, tld := range suffixes() {
		row := table.Lookup(tld)
		want, beijing := "yes", "yes"
		switch tld {
		case "org":
			want, beijing = "no", ""
		case "dev":
			want, beijing = "no", ""
		}
		if string(row.Approved) != want || beijing != "" && string(row.Beijing) != beijing {
			t.Errorf("%s: %+v", tld, row)
		}
	}
}

func TestNumbersAreNumbers(t *testing.T) {
	w, err := newWorld(Options{Sites: 400, Seed: 11, Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	subjects := map[string]bool{}
	for i := range w.n {
		p := w.plan(i)
		number, err := icp.ParseNumber(p.number)
		if err != nil || number.Subject != p.subject || number.Index == nil || *number.Index != 1 || string(number.Province) != p.province.name {
			t.Errorf("%s: %+v %v", p.number, number, err)
		}
		if subjects[p.otherNumber()] || p.otherNumber() == p.number {
			t.Errorf("the neighbour's number %s is somebody's", p.otherNumber())
		}
		subjects[p.number] = true
		if police := icp.FindPolice(p.police()); len(police) != 1 || len(police[0].Code) != 14 {
			t.Errorf("%s: %+v", p.police(), police)
		}
	}
}
