package providers

import (
	"embed"
	"io"
	"io/fs"
	"net/netip"
	"strconv"
	"strings"

	"domaincheck"
)

//go:embed providers.csv names.csv kinds.csv regions.csv ranges.csv countries.csv block_pages.csv
var files embed.FS

// The scopes of an AS or a CNAME suffix.
const (
	ScopeMainland      = "mainland"      // all of it in the mainland
	ScopeInternational = "international" // none of it
	ScopeMixed         = "mixed"         // the address decides
)

// The kinds of what stands behind an address ([domaincheck.Address.Kind]).
const (
	KindCDN     = "cdn"     // a content delivery network, the origin is behind it
	KindWAF     = "waf"     // a web application firewall, the origin is behind it
	KindDDoS    = "ddos"    // 高防: scrubbing, the origin is behind it
	KindOSS     = "oss"     // object storage that serves the site itself
	KindHost    = "host"    // site hosting or a product's own endpoint
	KindGTM     = "gtm"     // DNS steering: the address is the origin's
	KindCarrier = "carrier" // resold address space of a carrier
	KindPrivate = "private" // private, reserved, documentation …: no site of the internet
	KindSink    = "sink"    // what carriers' DNS answers for blocked names
)

// Row is a row of providers.csv: an AS, or CNAME suffixes.
type Row struct {
	Provider   string
	NameZH     string
	ASN        uint32
	Scope      string
	Suffixes   []string
	Sources    string
	Confidence string // high, medium, low
}

// rangeRow is a row of ranges.csv; provider is empty (as the AS says), "-"
// (none can be told) or an id.
type rangeRow struct{ provider, scope string }

type region struct{ suffix, code, scope string }

// Table attributes addresses and CNAMEs to providers and places.
type Table struct {
	asns      map[uint32]*Row
	cnames    suffixMap[*Row]
	kinds     suffixMap[string]
	asnKinds  map[uint32]string
	regions   []region
	ranges    map[netip.Prefix]rangeRow
	rangeBits []int
	sinks     map[netip.Addr]bool
	names     names
	countries map[string][2]string
	addresses *addressTable
	mmdb      *mmdb
	users     *userPrefixes
	userNames *suffixMap[userWord]
	rows      int
	keys      map[string]bool
	version   string
}

// Default loads the embedded tables.
func Default() (*Table, error) { return Load(files) }

// Load reads the small tables from fsys; the addresses are the embedded ones.
// Errors have code [domaincheck.CodeBadTable] and name file and line.
func Load(fsys fs.FS) (*Table, error) {
	addresses, err := openAddresses(addressBytes)
	if err != nil {
		return nil, err
	}
	t := &Table{addresses: addresses}
	rows, err := open(fsys, providerSpec("providers.csv", 150))
	if err != nil {
		return nil, err
	}
	parts := [][]byte{[]byte(addresses.sum)}
	for _, s := range []struct {
		spec domaincheck.TableSpec
		take func(*domaincheck.TableFile) error
	}{
		{nameSpec(), t.takeNames},
		{kindSpec(), t.takeKinds},
		{regionSpec(), t.takeRegions},
		{rangeSpec(), t.takeRanges},
		{countrySpec(), t.takeCountries},
		{signSpec(), t.takeSinks},
	} {
		f, err := open(fsys, s.spec)
		if err != nil {
			return nil, err
		}
		if err := s.take(f); err != nil {
			return nil, err
		}
		parts = append(parts, f.Bytes)
	}
	if err := t.takeRows(rows, "providers.csv"); err != nil {
		return nil, err
	}
	t.version = domaincheck.TableVersion(rows.AsOf, append(parts, rows.Bytes)...)
	return t, nil
}

// Replace makes a table in which the user's providers.csv (same header as the
// embedded one) stands in for the embedded rows. Name is the file's name for
// errors.
func (t *Table) Replace(r io.Reader, name string) (*Table, error) {
	f, err := domaincheck.ReadTable(r, providerSpec(name, 1))
	if err != nil {
		return nil, err
	}
	next := *t
	if err := next.takeRows(f, name); err != nil {
		return nil, err
	}
	next.version = domaincheck.TableVersion(f.AsOf, []byte(t.version), f.Bytes)
	return &next, nil
}

// Validate tells whether next may take the place of old: it must not have lost
// more than 10 % of old's rows.
func Validate(old, next *Table) error {
	return domaincheck.TableLoss("providers.csv", old.keys, next.keys)
}

// Version is "YYYY-MM-DD#8hex" of the tables in force, addresses, user
// prefixes and the user's mmdb included.
func (t *Table) Version() string { return t.version }

// AddressesAsOf is the day of the embedded address table.
func (t *Table) AddressesAsOf() string { return t.addresses.asOf }

// Len is the number of rows of providers.csv in force.
func (t *Table) Len() int { return t.rows }

func open(fsys fs.FS, spec domaincheck.TableSpec) (*domaincheck.TableFile, error) {
	f, err := fsys.Open(spec.Name)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, spec.Name, "cannot be opened: %w", err)
	}
	defer f.Close()
	return domaincheck.ReadTable(f, spec)
}

func first(row []string) string { return row[0] }

func providerSpec(name string, rows int) domaincheck.TableSpec {
	return domaincheck.TableSpec{Name: name, MinRows: rows, Key: func(r []string) string { return r[0] + "|" + r[2] + "|" + r[4] },
		Header: []string{"provider", "name_zh", "asn", "scope", "cname_suffixes", "sources", "confidence"}}
}

func kindSpec() domaincheck.TableSpec {
	return domaincheck.TableSpec{Name: "kinds.csv", MinRows: 200, Key: first, Header: []string{"suffix", "kind", "note"}}
}

func regionSpec() domaincheck.TableSpec {
	return domaincheck.TableSpec{Name: "regions.csv", MinRows: 40, Key: func(r []string) string { return r[0] + "|" + r[1] },
		Header: []string{"suffix", "region", "scope", "note"}}
}

func rangeSpec() domaincheck.TableSpec {
	return domaincheck.TableSpec{Name: "ranges.csv", MinRows: 1, Key: first, Header: []string{"prefix", "provider", "scope", "source"}}
}

func validScope(s string) bool {
	return s == ScopeMainland || s == ScopeInternational || s == ScopeMixed
}

func (t *Table) takeRows(f *domaincheck.TableFile, name string) error {
	t.asns, t.cnames, t.rows, t.keys = map[uint32]*Row{}, suffixMap[*Row]{}, len(f.Rows), map[string]bool{}
	for i, c := range f.Rows {
		row := &Row{Provider: c[0], NameZH: c[1], Scope: c[3], Suffixes: list(c[4], ";"), Sources: c[5], Confidence: c[6]}
		switch {
		case row.Provider == "" || row.NameZH == "" || row.Sources == "":
			return f.Row(name, i, "needs provider, name_zh and sources")
		case !validScope(row.Scope):
			return f.Row(name, i, "has scope %q; mainland, international or mixed is expected", row.Scope)
		case (c[2] == "") == (len(row.Suffixes) == 0):
			return f.Row(name, i, "needs either an asn or cname_suffixes")
		case row.Confidence != "high" && row.Confidence != "medium" && row.Confidence != "low":
			return f.Row(name, i, "has confidence %q; high, medium or low is expected", row.Confidence)
		}
		if c[2] != "" {
			n, err := strconv.ParseUint(c[2], 10, 32)
			if err != nil || n == 0 {
				return f.Row(name, i, "has %q, which is no AS number", c[2])
			}
			if t.asns[uint32(n)] != nil {
				return f.Row(name, i, "has AS%d a second time", n)
			}
			row.ASN = uint32(n)
			t.asns[row.ASN] = row
		}
		for _, s := range row.Suffixes {
			if !t.cnames.add(s, row) {
				return f.Row(name, i, "has the suffix %q malformed or a second time", s)
			}
		}
		t.keys[c[0]+"|"+c[2]+"|"+c[4]] = true
	}
	return nil
}

func (t *Table) takeKinds(f *domaincheck.TableFile) error {
	t.asnKinds = map[uint32]string{}
	for i, c := range f.Rows {
		switch c[1] {
		case KindCDN, KindWAF, KindDDoS, KindOSS, KindHost, KindGTM:
		default:
			return f.Row("kinds.csv", i, "has the unknown kind %q", c[1])
		}
		if as, ok := strings.CutPrefix(c[0], "AS"); ok {
			n, err := strconv.ParseUint(as, 10, 32)
			if err != nil {
				return f.Row("kinds.csv", i, "has %q, which is no AS number", c[0])
			}
			t.asnKinds[uint32(n)] = c[1]
		} else if !t.kinds.add(c[0], c[1]) {
			return f.Row("kinds.csv", i, "has the suffix %q malformed or a second time", c[0])
		}
	}
	return nil
}

func (t *Table) takeRegions(f *domaincheck.TableFile) error {
	for i, c := range f.Rows {
		if !validScope(c[2]) || c[1] == "" || !strings.Contains(c[0], ".") {
			return f.Row("regions.csv", i, "needs suffix, region and scope")
		}
		t.regions = append(t.regions, region{c[0], c[1], c[2]})
	}
	return nil
}

func (t *Table) takeRanges(f *domaincheck.TableFile) error {
	t.ranges = map[netip.Prefix]rangeRow{}
	for i, c := range f.Rows {
		p, err := netip.ParsePrefix(c[0])
		if err != nil || p != p.Masked() {
			return f.Row("ranges.csv", i, "has %q, which is no network prefix", c[0])
		}
		if !validScope(c[2]) || c[3] == "" {
			return f.Row("ranges.csv", i, "needs scope and source")
		}
		t.ranges[p] = rangeRow{c[1], c[2]}
		t.rangeBits = addBits(t.rangeBits, p.Bits())
	}
	return nil
}

// addBits keeps a list of prefix lengths, longest first, each once.
func addBits(bits []int, n int) []int {
	for i, b := range bits {
		if b == n {
			return bits
		}
		if b < n {
			return append(bits[:i:i], append([]int{n}, bits[i:]...)...)
		}
	}
	return append(bits, n)
}

func list(s, sep string) []string {
	var out []string
	for _, p := range strings.Split(s, sep) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
