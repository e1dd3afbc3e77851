package whoischeck_test

import (
	"fmt"

	"domaincheck/whoischeck"
)

func ExampleParseWHOIS() {
	r := whoischeck.ParseWHOIS("shili.cn", []byte(`Domain Name: shili.cn
Domain Status: clientTransferProhibited
Registrant: 北京示例科技有限公司
Sponsoring Registrar: 阿里云计算有限公司（万网）
Registration Time: 2003-03-17 12:20:05
Expiration Time: 2027-03-17 12:48:36
`))
	fmt.Println(r.Outcome, r.Registrant.Name, r.Expires, r.Statuses)

	r = whoischeck.ParseWHOIS("shili.cn", []byte("Queried interval is too short.\n\nNo matching record.\n"))
	fmt.Println(r.Outcome)
	// Output:
	// ok 北京示例科技有限公司 2027-03-17T12:48:36+08:00 [clientTransferProhibited]
	// refused
}

func ExampleParseRDAP() {
	r := whoischeck.ParseRDAP("shili.com", []byte(`{"objectClassName": "domain", "ldhName": "SHILI.COM",
		"status": ["client transfer prohibited"],
		"events": [{"eventAction": "expiration", "eventDate": "2027-11-11T05:00:00Z"}],
		"entities": [{"roles": ["registrar"], "publicIds": [{"type": "IANA Registrar ID", "identifier": "420"}],
			"vcardArray": ["vcard", [["fn", {}, "text", "Sample Registrar"]]]}]}`))
	fmt.Println(r.Outcome, r.Registrar.IANAID, r.Expires, r.Statuses)
	// Output: ok 420 2027-11-11T13:00:00+08:00 [clientTransferProhibited]
}

func ExampleIsRefusal() {
	ref, ok := whoischeck.IsRefusal("The WHOIS query quota for 198.51.100.7 has been exceeded\nand will be replenished in 50 seconds.\n")
	fmt.Println(ok, ref.Wait)
	_, ok = whoischeck.IsRefusal("Queries that exceed the limit may be blocked.\n")
	fmt.Println(ok)
	// Output:
	// true 50s
	// false
}
