package providers

import (
	"io/fs"
	"net/netip"
	"strings"

	"domaincheck"
)

// sign is one row of block_pages.csv.
type sign struct {
	provider   string
	kind       string // block, parked, default
	where      string // body, title, header, url, cname, ns, ip, tls, dns_txt, host
	text       string // folded for body and title, lower case for names and URLs
	row        string // as in the table: what a finding shows
	confidence string
}

// Signs knows block, parked and default pages by their signs.
type Signs struct {
	byPlace map[string][]sign
	ips     map[netip.Addr]sign
	version string
}

// DefaultSigns loads the embedded table of signs.
func DefaultSigns() (*Signs, error) { return LoadSigns(files) }

// LoadSigns reads block_pages.csv from fsys. Errors have code
// [domaincheck.CodeBadTable] and name file and line.
func LoadSigns(fsys fs.FS) (*Signs, error) {
	f, err := open(fsys, signSpec())
	if err != nil {
		return nil, err
	}
	s := &Signs{byPlace: map[string][]sign{}, ips: map[netip.Addr]sign{}, version: domaincheck.TableVersion(f.AsOf, f.Bytes)}
	for i, c := range f.Rows {
		where, text, ok := strings.Cut(c[2], ":")
		if !ok || text == "" {
			return nil, f.Row("block_pages.csv", i, "has %q; a place such as body: and a text are expected", c[2])
		}
		g := sign{provider: c[0], kind: c[1], where: where, text: strings.ToLower(text), row: c[2], confidence: c[4]}
		if g.kind != "block" && g.kind != "parked" && g.kind != "default" {
			return nil, f.Row("block_pages.csv", i, "has kind %q; block, parked or default is expected", g.kind)
		}
		if g.confidence != "high" && g.confidence != "medium" && g.confidence != "low" {
			return nil, f.Row("block_pages.csv", i, "has confidence %q; high, medium or low is expected", g.confidence)
		}
		switch where {
		case "body", "title":
			if g.text = foldText(text); g.text == "" {
				return nil, f.Row("block_pages.csv", i, "has an empty text")
			}
		case "header":
			if !strings.Contains(text, ": ") {
				return nil, f.Row("block_pages.csv", i, "has %q; a header and its value are expected", text)
			}
		case "ip":
			ip, err := netip.ParseAddr(text)
			if err != nil {
				return nil, f.Row("block_pages.csv", i, "has %q, which is no address", text)
			}
			s.ips[ip] = g
		case "url", "cname", "ns", "tls", "dns_txt", "host":
		default:
			return nil, f.Row("block_pages.csv", i, "has the unknown place %q", where)
		}
		s.byPlace[where] = append(s.byPlace[where], g)
	}
	return s, nil
}

// Version is "YYYY-MM-DD#8hex" of the table of signs.
func (s *Signs) Version() string { return s.version }

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
