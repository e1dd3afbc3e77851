package rules

import (
	"domaincheck/tldlist"
)

// tldWith finds a TLD of the real table by its approvals, so that rows do not
// rest on one TLD whose approval may change; "" if there is none.
func tldWith(approved, beijing tldlist.Approval) string {
	t, err := tldlist.Default()
	if err != nil {
		panic(err)
	}
	for _, r := range t.All() {
		if r.Approved == approved && r.Beijing == beijing && r.TLD != "" {
			return r.TLD
		}
	}
	return ""
}
