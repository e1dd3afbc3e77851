package providers

import (
	"net/netip"
	"strings"

	"domaincheck"
)

func signSpec() domaincheck.TableSpec {
	return domaincheck.TableSpec{Name: "block_pages.csv", MinRows: 120, Key: func(r []string) string { return r[0] + "|" + r[2] },
		Header: []string{"provider", "kind", "match_text_or_host", "sources", "confidence"}}
}

// takeSinks keeps the addresses that carriers' DNS gives for blocked names.
func (t *Table) takeSinks(f *domaincheck.TableFile) error {
	t.sinks = map[netip.Addr]bool{}
	for i, c := range f.Rows {
		if s, ok := strings.CutPrefix(c[2], "ip:"); ok {
			ip, err := netip.ParseAddr(s)
			if err != nil {
				return f.Row("block_pages.csv", i, "has %q, which is no address", s)
			}
			t.sinks[ip] = true
		}
	}
	return nil
}
