package alert_test

import (
	"fmt"

	dc "domaincheck"
	"domaincheck/alert"
)

// A failure that the watch noticed is told once; judged again, nothing is said.
func ExamplePlan() {
	since := at("2026-11-03T09:00:00+08:00")
	report := &dc.Report{
		Domain: "example.cn", Unicode: "example.cn",
		Findings: dc.List[dc.Finding]{{Rule: "access.mainland", Code: "foreign", Result: dc.Fail, Severity: dc.High, ObservedAt: since}},
		States:   dc.List[dc.State]{{Rule: "access.mainland", Certainty: dc.Suspected, Code: "foreign", Severity: dc.High, Since: since, NoticedAt: since}},
	}
	policy := alert.Policy{Routes: []alert.Route{{Channels: []string{"ops"}, MinLevel: dc.Medium, GroupBy: []string{"cause"}}}}
	first := alert.Plan(alert.Input{Report: report, At: since}, policy)
	for _, row := range first.Out {
		fmt.Println(row.Channel, row.Kind, row.Keys, row.Group)
	}
	again := alert.Plan(alert.Input{Report: report, Open: first.Open, At: at("2026-11-03T09:30:00+08:00")}, policy)
	fmt.Println(len(again.Out))
	// Output:
	// ops opened [51367E4307055277] cause=access.mainland
	// 0
}
