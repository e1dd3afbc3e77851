package whoischeck

import "testing"

func TestPrivacy(t *testing.T) {
	for v, want := range map[string]string{
		"REDACTED FOR PRIVACY":                  "redacted",
		"Redacted | Registry Policy":            "redacted",
		"Data Protected":                        "redacted",
		"DATA REDACTED":                         "redacted",
		"NOT DISCLOSED!":                        "redacted",
		"Not Disclosed - Visit www.internet.ee": "redacted",
		"<data not disclosed>":                  "redacted",
		"(not shown)":                           "redacted",
		"HIDDEN!":                               "redacted",
		"Hidden upon user request":              "redacted",
		"GDPR Masked":                           "redacted",
		"GDPR Redacted":                         "redacted",
		"Not displayed due to GDPR":             "redacted",
		"Statutory Masking Enabled":             "redacted",
		"Withheld for Privacy Purposes":         "redacted",
		"Non-Public Data":                       "redacted",
		"Ano Nymous":                            "redacted",
		"***********":                           "redacted",
		"*******科技有限公司":                         "redacted",
		"Registrant of shili.example":           "redacted",
		"Private Registrant":                    "redacted",
		"Privacy Protected":                     "redacted",
		"On request":                            "redacted",
		"已隐藏":                                   "redacted",
		"信息不公开":                                 "redacted",
		"DYNADOT PRIVACY":                       "proxy",
		"Nexperian Holding Limited":             "proxy",
		"Privacy service provided by Withheld for Privacy ehf": "proxy",
		"Domains By Proxy, LLC":                                "proxy",
		"WhoisGuard, Inc.":                                     "proxy",
		"Contact Privacy Inc. Customer 0123456789":             "proxy",
		"PERFECT PRIVACY, LLC":                                 "proxy",
		"Identity Protection Service":                          "proxy",
		"Super Privacy Service LTD c/o Dynadot":                "proxy",
		"PrivacyProtect.org":                                   "proxy",
		"Whois Privacy Protection Service, Inc.":               "proxy",
		"Private Registration":                                 "proxy",
		"Not Found Ltd":                                        "name",
		"Hidden Valley Farms Ltd":                              "name",
		"Restricted Area GmbH":                                 "name",
		"Masked Rider Productions":                             "name",
		"Confidential Shredding Inc.":                          "name",
		"北京隐私科技有限公司":                                           "name",
		"Proxy Industries AG":                                  "name",
	} {
		got := "name"
		switch {
		case isProxy(v):
			got = "proxy"
		case isRedacted(v):
			got = "redacted"
		}
		if got != want {
			t.Errorf("%q is taken as %s, want %s", v, got, want)
		}
	}
}
