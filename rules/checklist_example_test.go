package rules_test

import (
	"fmt"

	"domaincheck"
	"domaincheck/rules"
)

// What moving a filed site to another provider needs, in its safe sequence.
func ExampleBook_Preflight() {
	book, err := rules.Default()
	if err != nil {
		panic(err)
	}
	orders, err := rules.DefaultOrders()
	if err != nil {
		panic(err)
	}
	list := book.Preflight(orders, domaincheck.Case{
		Site: domaincheck.Site{
			Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: domaincheck.RoleMain}},
			State:   domaincheck.StateFiled, RecordNumber: "沪ICP备12345678号-1",
			Subject: &domaincheck.Subject{Province: "上海", Kind: domaincheck.KindUnit},
			Order:   &domaincheck.Order{Provider: "tencent"},
		},
	}, domaincheck.OrderAccess)
	for _, c := range list.Conditions {
		if c.ID == "order.domain_number" || c.ID == "order.move" {
			fmt.Println(c.ID, c.State, c.Facts)
		}
	}
	for _, s := range list.Steps {
		fmt.Println(s.ID)
	}
	// Output:
	// order.domain_number met []
	// order.move unknown [resolution]
	// access.file
	// review.provider
	// review.sms
	// review.approved
	// access.switch
	// access.release
}

// A picture's format is told by its first bytes, never by its name.
func ExampleImageLimits_Faults() {
	limits := rules.ImageLimits{MinBytes: 200 << 10, MaxBytes: 4 << 20, Formats: []string{"JPG", "JPEG", "PNG", "GIF"}}
	fmt.Println(limits.Faults("营业执照.jpg", 300<<10, []byte("\x89PNG\r\n\x1a\n")))
	fmt.Println(limits.Faults("营业执照.jpg", 1<<10, []byte("%PDF-1.7")))
	// Output:
	// [renamed]
	// [format too_small]
}
