package netguard

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"time"
)

//go:embed data/special-v4.csv data/special-v6.csv
var files embed.FS

// Special is one row of the special-purpose registries.
type Special struct {
	Prefix    netip.Prefix
	Name      string // what the block is for
	RFC       string
	Reachable string // yes, no, embedded
}

// Table is the special-purpose registry of both families. It is safe for
// concurrent use.
type Table struct {
	rows    []Special
	version string
}

// minRows guards against a registry file cut short.
const minRows = 20

var special = sync.OnceValues(func() (*Table, error) {
	return LoadTable(
		func() (io.ReadCloser, error) { return files.Open("data/special-v4.csv") },
		func() (io.ReadCloser, error) { return files.Open("data/special-v6.csv") },
	)
})

// DefaultTable is the embedded registry.
func DefaultTable() (*Table, error) { return special() }

// LoadTable reads registry files: comment lines beginning with #, one of them
// "# as-of: YYYY-MM-DD", then a header prefix,name,rfc,reachable and the rows.
// A missing as-of date, another header, an unreadable prefix, a doubled prefix
// or fewer than 20 rows in a file are errors of code bad_table.
func LoadTable(open ...func() (io.ReadCloser, error)) (*Table, error) {
	t := &Table{}
	hash := sha256.New()
	for i, f := range open {
		place := fmt.Sprintf("special-purpose registry %d", i+1)
		r, err := f()
		if err != nil {
			return nil, errorf(CodeBadTable, place, "cannot be opened: %w", err)
		}
		rows, date, err := readRows(io.TeeReader(r, hash))
		r.Close()
		if err != nil {
			return nil, errorf(CodeBadTable, place, "%w", err)
		}
		t.rows = append(t.rows, rows...)
		t.version = max(t.version, date)
	}
	seen := make(map[netip.Prefix]bool, len(t.rows))
	for _, row := range t.rows {
		if seen[row.Prefix] {
			return nil, errorf(CodeBadTable, row.Prefix.String(), "the prefix stands twice in the registry")
		}
		seen[row.Prefix] = true
	}
	t.version += fmt.Sprintf("#%x", hash.Sum(nil)[:4])
	return t, nil
}

func readRows(r io.Reader) (rows []Special, date string, err error) {
	var body strings.Builder
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, "#"); ok {
			if d, ok := strings.CutPrefix(strings.TrimSpace(rest), "as-of:"); ok {
				date = strings.TrimSpace(d)
			}
			continue
		}
		body.WriteString(line + "\n")
	}
	if err := lines.Err(); err != nil {
		return nil, "", err
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return nil, "", fmt.Errorf("no as-of date")
	}
	records, err := csv.NewReader(strings.NewReader(body.String())).ReadAll()
	if err != nil {
		return nil, "", err
	}
	if len(records) == 0 || strings.Join(records[0], ",") != "prefix,name,rfc,reachable" {
		return nil, "", fmt.Errorf("the header is not prefix,name,rfc,reachable")
	}
	for _, rec := range records[1:] {
		p, err := netip.ParsePrefix(rec[0])
		if err != nil || p != p.Masked() {
			return nil, "", fmt.Errorf("%q is not a prefix", rec[0])
		}
		switch rec[3] {
		case "yes", "no", "embedded":
		default:
			return nil, "", fmt.Errorf("%s: reachable is %q, not yes, no or embedded", rec[0], rec[3])
		}
		rows = append(rows, Special{Prefix: p, Name: rec[1], RFC: rec[2], Reachable: rec[3]})
	}
	if len(rows) < minRows {
		return nil, "", fmt.Errorf("%d rows, at least %d are expected", len(rows), minRows)
	}
	return rows, date, nil
}

// Version is the as-of date and the hash of the files: YYYY-MM-DD#8hex.
func (t *Table) Version() string { return t.version }

// Lookup is the most specific row that holds the address, and false for an
// ordinary address. The address is taken as it is: IPv4-mapped ones are not
// unwrapped.
func (t *Table) Lookup(a netip.Addr) (Special, bool) {
	a = a.WithZone("")
	best := -1
	for i := range t.rows {
		p := t.rows[i].Prefix
		if p.Contains(a) && (best < 0 || p.Bits() > t.rows[best].Prefix.Bits()) {
			best = i
		}
	}
	if best < 0 {
		return Special{}, false
	}
	return t.rows[best], true
}

// Vet tells whether an address is an ordinary host of the internet: nil if it
// is, else an error of code forbidden that names the block it lies in. An
// IPv6 address with a zone is refused. The IPv4 addresses inside mapped,
// NAT64, 6to4 and Teredo addresses are vetted too.
func Vet(a netip.Addr) error {
	t, err := special()
	if err != nil {
		return err
	}
	return t.Vet(a)
}

// Vet is [Vet] under this table.
func (t *Table) Vet(a netip.Addr) error {
	if !a.IsValid() {
		return errorf(CodeForbidden, "", "no address")
	}
	if a.Zone() != "" {
		return errorf(CodeForbidden, a.String(), "an address of one link only (zone %s)", a.Zone())
	}
	row, ok := t.Lookup(a)
	if !ok {
		return nil
	}
	switch row.Reachable {
	case "yes":
		return nil
	case "embedded":
		for _, v4 := range embedded(a) {
			if err := t.Vet(v4); err != nil {
				return errorf(CodeForbidden, a.String(), "%s address around a forbidden one: %w", row.Name, err)
			}
		}
		return nil
	}
	return errorf(CodeForbidden, a.String(), "not an address of the public internet: %s (%s, %s)", row.Name, row.Prefix, row.RFC)
}

// embedded gives the IPv4 addresses inside an IPv6 one, by its form: mapped
// (RFC 4291 §2.5.5.2) and NAT64 (RFC 6052 §2.2) in the last four bytes, 6to4
// (RFC 3056 §2) after the first two, Teredo (RFC 4380 §4) the server in bytes
// 4–7 and the client, inverted, in the last four.
func embedded(a netip.Addr) []netip.Addr {
	b := a.As16()
	v4 := func(i int, mask byte) netip.Addr {
		return netip.AddrFrom4([4]byte{b[i] ^ mask, b[i+1] ^ mask, b[i+2] ^ mask, b[i+3] ^ mask})
	}
	switch {
	case b[0] == 0x20 && b[1] == 0x02:
		return []netip.Addr{v4(2, 0)}
	case b[0] == 0x20 && b[1] == 0x01:
		return []netip.Addr{v4(4, 0), v4(12, 0xff)}
	}
	return []netip.Addr{v4(12, 0)}
}
