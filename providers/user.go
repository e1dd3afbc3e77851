package providers

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"

	"domaincheck"
)

// maxPrefixes bounds a user's file of prefixes or suffixes in bytes.
const maxPrefixes = 64 << 20

// userWord is what the user says of a network or a suffix.
type userWord struct {
	provider string
	mainland *bool
}

type userPrefixes struct {
	byPrefix map[netip.Prefix]userWord
	bits     []int // lengths in use, longest first
}

// find gives the user's word on an address: the longest prefix wins.
func (u *userPrefixes) find(ip netip.Addr) (userWord, bool) {
	if u == nil {
		return userWord{}, false
	}
	for _, bits := range u.bits {
		if p, err := ip.Prefix(bits); err == nil {
			if v, ok := u.byPrefix[p]; ok {
				return v, true
			}
		}
	}
	return userWord{}, false
}

// WithPrefixes makes a table in which the user's own prefixes precede all
// else. The file is CSV: prefix,provider[,mainland][,note], one network or
// single address a row, with or without that header; # begins a comment line.
// Provider is an id, name or alias of the table, or a word of the user's own;
// mainland is yes, no (是, 否) or empty, which leaves the place to the address
// table. Errors have code [domaincheck.CodeBadTable] and name file and line.
func (t *Table) WithPrefixes(r io.Reader, name string) (*Table, error) {
	u := &userPrefixes{byPrefix: map[netip.Prefix]userWord{}}
	raw, err := userRows(r, name, "prefix", func(row []string) *domaincheck.Error { return t.addPrefix(u, row) })
	if err != nil {
		return nil, err
	}
	next := t.withUser(raw)
	next.users = u
	return next, nil
}

// WithCNAMEs makes a table in which the user's own suffixes of CNAME targets
// precede the built-in ones and what is known of the address, but for carriers'
// sinks, special addresses and the user's own prefixes. The file is CSV:
// suffix,provider[,mainland][,note], with or without that header; the longest
// suffix counts, and * and ? stand for what they do in the built-in table. The
// rest is as in [Table.WithPrefixes].
func (t *Table) WithCNAMEs(r io.Reader, name string) (*Table, error) {
	u := &suffixMap[userWord]{}
	raw, err := userRows(r, name, "suffix", func(row []string) *domaincheck.Error { return t.addSuffix(u, row) })
	if err != nil {
		return nil, err
	}
	next := t.withUser(raw)
	next.userNames = u
	return next, nil
}

// withUser is a copy whose version tells of the user's file.
func (t *Table) withUser(raw []byte) *Table {
	next := *t
	next.version = domaincheck.TableVersion(t.version[:strings.IndexByte(t.version, '#')], []byte(t.version), raw)
	return &next
}

// userRows reads a file of the user's; an error of add gets its line.
func userRows(r io.Reader, name, heading string, add func(row []string) *domaincheck.Error) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxPrefixes+1))
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "cannot be read: %w", err)
	}
	if len(raw) > maxPrefixes {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "is larger than %d MiB", maxPrefixes>>20)
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	in.Comment, in.FieldsPerRecord, in.TrimLeadingSpace = '#', -1, true
	for first := true; ; first = false {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return raw, nil
		}
		if err != nil {
			place, bad := name, (*csv.ParseError)(nil)
			if errors.As(err, &bad) {
				place += ":" + strconv.Itoa(bad.Line)
			}
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, place, "is no CSV file: %w", err)
		}
		line, _ := in.FieldPos(0)
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		if first && strings.EqualFold(row[0], heading) {
			continue
		}
		if err := add(row); err != nil {
			err.Place = domaincheck.Text(name + ":" + strconv.Itoa(line))
			return nil, err
		}
	}
}

func (t *Table) addPrefix(u *userPrefixes, row []string) *domaincheck.Error {
	if len(row) < 2 || len(row) > 4 || row[1] == "" {
		return domaincheck.Errorf(domaincheck.CodeBadTable, "", "needs prefix,provider[,mainland][,note]")
	}
	prefix, err := netip.ParsePrefix(row[0])
	if err != nil {
		ip, err2 := netip.ParseAddr(row[0])
		if err2 != nil || ip.Zone() != "" {
			return domaincheck.Errorf(domaincheck.CodeBadTable, "", "%q is no network such as 203.0.113.0/24 and no address", row[0])
		}
		ip = ip.Unmap()
		prefix = netip.PrefixFrom(ip, ip.BitLen())
	}
	if prefix.Addr().Is4In6() {
		return domaincheck.Errorf(domaincheck.CodeBadTable, "", "%q is an IPv4 network written as IPv6; write it as IPv4", row[0])
	}
	if prefix != prefix.Masked() {
		return domaincheck.Errorf(domaincheck.CodeBadTable, "", "%q has bits behind the prefix length; %s is meant", row[0], prefix.Masked())
	}
	if _, ok := u.byPrefix[prefix]; ok {
		return domaincheck.Errorf(domaincheck.CodeBadTable, "", "has %s twice", prefix)
	}
	word, bad := t.userWord(row)
	if bad != nil {
		return bad
	}
	u.byPrefix[prefix] = word
	u.bits = addBits(u.bits, prefix.Bits())
	return nil
}

func (t *Table) addSuffix(u *suffixMap[userWord], row []string) *domaincheck.Error {
	if len(row) < 2 || len(row) > 4 || row[1] == "" {
		return domaincheck.Errorf(domaincheck.CodeBadTable, "", "needs suffix,provider[,mainland][,note]")
	}
	word, bad := t.userWord(row)
	if bad != nil {
		return bad
	}
	if suffix := strings.Trim(strings.TrimPrefix(strings.ToLower(row[0]), "*."), "."); !u.add(suffix, word) {
		return domaincheck.Errorf(domaincheck.CodeBadTable, "", "%q is no suffix of names such as cdn.example.cn, or is there twice", row[0])
	}
	return nil
}

// userWord is what a row says, past its first cell.
func (t *Table) userWord(row []string) (userWord, *domaincheck.Error) {
	w := userWord{provider: row[1]}
	if id := t.ID(row[1]); id != "" {
		w.provider = id
	}
	if len(row) > 2 {
		switch strings.ToLower(row[2]) {
		case "":
		case "yes", "true", "1", "是", "境内", "y":
			w.mainland = domaincheck.Known(true)
		case "no", "false", "0", "否", "境外", "n":
			w.mainland = domaincheck.Known(false)
		default:
			return w, domaincheck.Errorf(domaincheck.CodeBadTable, "", "has mainland %q; yes, no or nothing is expected", row[2])
		}
	}
	return w, nil
}

// findCNAME gives the user's word on a chain of CNAME targets: the longest
// suffix wins.
func (t *Table) findCNAME(chain []string) (word userWord, ok bool) {
	if t.userNames == nil {
		return word, false
	}
	var best hit[userWord]
	for _, c := range chain {
		h := hostName(c)
		if found, is := t.userNames.match(h); is && h != "" && (!ok || longer(found.labels, found.length, best.labels, best.length)) {
			best, ok = found, true
		}
	}
	return best.value, ok
}

// mmdb is a user's MaxMind DB file of countries, AS numbers or both.
type mmdb struct{ db *maxminddb.Reader }

// WithMMDB makes a table in which a user's MaxMind DB (bytes of a .mmdb file,
// not to be changed afterwards) replaces the embedded addresses, as far as it
// speaks: what it does not say of an address (a country database has no AS) is
// still taken from the embedded table. It reads the fields of the GeoLite2 and
// DB-IP layouts (country.iso_code, autonomous_system_number) and of the flat
// ones (country_code, country, asn).
func (t *Table) WithMMDB(raw []byte, name string) (*Table, error) {
	db, err := maxminddb.OpenBytes(raw)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "is no MaxMind DB: %w", err)
	}
	next := *t
	next.mmdb = &mmdb{db}
	day := db.Metadata.BuildTime().In(domaincheck.Beijing()).Format("2006-01-02")
	next.version = domaincheck.TableVersion(day, []byte(t.version), raw[max(0, len(raw)-4096):], []byte(strconv.Itoa(len(raw))))
	return &next, nil
}

// overlay writes over p what the database says of ip.
func (m *mmdb) overlay(ip netip.Addr, p *Place) {
	r := m.db.Lookup(ip)
	if !r.Found() {
		return
	}
	for _, path := range [][]any{{"country", "iso_code"}, {"country_code"}, {"country"}, {"registered_country", "iso_code"}} {
		var s string
		if r.DecodePath(&s, path...) == nil && len(s) == 2 {
			p.Country = strings.ToUpper(s)
			break
		}
	}
	for _, path := range [][]any{{"autonomous_system_number"}, {"asn"}, {"as", "number"}} {
		var n uint32
		if r.DecodePath(&n, path...) == nil && n != 0 {
			p.ASN = n
			return
		}
		var s string
		if r.DecodePath(&s, path...) == nil {
			if n := number(s); n != 0 {
				p.ASN = n
				return
			}
		}
	}
}

// number reads "AS37963" or "37963"; 0 for anything else.
func number(s string) uint32 {
	s = strings.TrimPrefix(strings.ToUpper(s), "AS")
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
