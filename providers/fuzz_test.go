package providers_test

import (
	"net/netip"
	"strings"
	"testing"

	"domaincheck/providers"
)

// CNAME targets come from strangers' zones: attribution ends, case and a final
// dot change nothing, special addresses and sinks never name a provider, and
// whoever is named is known.
func FuzzAttribute(f *testing.F) {
	table := load(f)
	f.Fuzz(func(t *testing.T, raw []byte, cname string) {
		ip, ok := netip.AddrFromSlice(raw)
		if !ok {
			ip = netip.AddrFrom4([4]byte{47, 110, 0, 1})
		}
		chain := strings.Fields(cname)
		a := table.Attribute(ip, chain)
		if a.IP != ip.String() || a.Mainland != nil && *a.Mainland && a.Country != "CN" || a.Mainland != nil && !*a.Mainland && a.Country == "CN" {
			t.Fatalf("%s by %q = %+v", ip, chain, a)
		}
		if (a.Kind == providers.KindPrivate || a.Kind == providers.KindSink || a.Kind == providers.KindCarrier) && a.Provider != "" {
			t.Fatalf("%s by %q names a provider: %+v", ip, chain, a)
		}
		if a.Provider != "" && table.Name(string(a.Provider), "zh") == string(a.Provider) {
			t.Fatalf("%s by %q: the provider %q has no name", ip, chain, a.Provider)
		}
		for i, c := range chain {
			if c == strings.ToLower(c) && !strings.HasSuffix(c, ".") {
				chain[i] = c + "."
			}
		}
		if b := table.Attribute(ip, chain); show(a) != show(b) {
			t.Fatalf("a final dot changes %s to %s", show(a), show(b))
		}
	})
}
