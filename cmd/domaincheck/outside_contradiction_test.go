package main

import "testing"

// RDAP 404 while WHOIS holds the name.
func TestOutsideContradiction(t *testing.T) {
	w := oStart(t)
	s := oHealthy("living.com")
	s.whois = "Domain Name: LIVING.COM\nCreation Date: 2012-03-01T00:00:00Z\nRegistry Expiry Date: 2099-03-01T00:00:00Z\nRegistrar: Alibaba Cloud Computing (Beijing) Co., Ltd.\nRegistrar IANA ID: 420\nDomain Status: ok\nName Server: NS1.OUTSIDE-HOSTING.CN\n"
	w.add(s)
	r := w.check(t, append(oFacts(t, oFiled(s.domain, "")), s.domain)...)
	r.says("domain.registered pass", "domain.expiry pass")
	r.ends("pass")
}
