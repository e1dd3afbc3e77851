package config

import (
	"slices"
	"testing"

	"domaincheck/dnscheck"
	"domaincheck/netguard"
	"domaincheck/recordcheck"
)

// TestAgreement: what the settings accept, those who use it accept too, and the
// other way round. The checks stand here as well because settings import no
// observer and an error needs its place in the file.
func TestAgreement(t *testing.T) {
	for _, text := range []string{
		"223.5.5.5", "223.5.5.5:53", "2400:3200::1", "[2400:3200::1]", "[2400:3200::1]:53", "dns.example", "dns.example:5353", "localhost:53",
		"", " ", "a b", "1.1.1.1:0", "1.1.1.1:65536", "1.1.1.1:x", "1.1.1.1:", ":53", "[::1", "::1]", "[dns.example]:53", "udp://1.1.1.1", "a..b", "-", "a/b", "域名.中国:53", "dns.example.", "1.1.1.1:53:53",
	} {
		_, err := dnscheck.ParseResolver(text)
		if isHostPort(text) != (err == nil) {
			t.Errorf("resolver %q: settings say %v, dnscheck %v", text, isHostPort(text), err)
		}
	}
	for _, text := range []string{
		":::", "example.com:443:127.0.0.1:8443", ":80::8080", "[::1]:443:[::1]:8443", "::127.0.0.1:", "[2001:db8::1]:::80", "例子.中国:80:a:1",
		"", "a:b", "a:1:b", "a:1:b:2:c", "a:0:b:1", "a:65536:b:1", "a:x:b:1", "a b:1:c:2", "[::1:1:b:2", "[x]:1:b:2", "a..b:1:c:2", "a/b:1:c:2", "[1.2.3.4]:1:b:2", "[]:1:b:2",
	} {
		_, err := netguard.ParseMapping(text)
		if isMapping(text) != (err == nil) {
			t.Errorf("mapping %q: settings say %v, netguard %v", text, isMapping(text), err)
		}
	}
	if got, want := recordFields(), recordcheck.Fields(); !slices.Equal(got, want) {
		t.Errorf("fields of a record: settings know %v, recordcheck %v", got, want)
	}
}
