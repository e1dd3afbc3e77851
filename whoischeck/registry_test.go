package whoischeck

import "testing"

// TestRegistry: RDAP precedes WHOIS, the user's servers precede the table's.
func TestRegistry(t *testing.T) {
	o := New(Options{
		Services: func(tld string) (string, string) {
			switch tld {
			case "com":
				return "whois.verisign-grs.com", "https://rdap.verisign.com/com/v1/"
			case "cn":
				return "whois.cnnic.cn", ""
			}
			return "", ""
		},
		RDAPBases: map[string]string{"net": "http://127.0.0.1:8080/"},
		Servers:   map[string]string{"org": "10.0.0.9:4343"},
	})
	for domain, want := range map[string]string{
		"example.com": "rdap.verisign.com:443", "example.cn": "whois.cnnic.cn:43", "example.net": "127.0.0.1:8080",
		"example.org": "10.0.0.9:4343", "example.xyz": "",
	} {
		if got := o.Registry(domain); got != want {
			t.Errorf("%s: %q, want %q", domain, got, want)
		}
	}
}
