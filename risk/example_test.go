package risk_test

import (
	"fmt"
	"time"

	"domaincheck"
	"domaincheck/risk"
)

// A site whose www leads to Hong Kong since 3 November, confirmed six hours
// later: its only provider will cancel access, and the filing is then an empty
// shell.
func ExampleTable_Assess() {
	table, err := risk.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	since := domaincheck.At(domaincheck.MustDate("2026-11-03").Start().Add(9 * time.Hour))
	later := domaincheck.At(since.Add(6 * time.Hour))
	c := domaincheck.Case{At: later, Site: domaincheck.Site{
		Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn"}}, State: domaincheck.StateFiled,
		Access: domaincheck.List[domaincheck.Access]{{Provider: "aliyun"}},
	}}
	findings := []domaincheck.Finding{{Rule: "access.mainland", Code: "foreign", Result: domaincheck.Fail, Severity: domaincheck.High, ObservedAt: later}}
	states := []domaincheck.State{{Rule: "access.mainland", Certainty: domaincheck.Confirmed, Since: since, NoticedAt: later, ConfirmedAt: later}}
	for _, r := range table.Assess(c, findings, states) {
		x := table.Explain(r, "zh")
		fmt.Println(r.Signal, r.Level, x.Outcome, x.Deadline)
	}
	// Output:
	// S07 high 取消接入 2026-11-13（经验期限，非法定）
	// S07 medium 空壳网站 2026-11-20（经验期限，非法定）
}
