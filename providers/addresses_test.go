package providers

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"

	"domaincheck"
)

// walk calls f with the start and value of every range, in order.
func (t *addressTable) walk(part int, unit uint, f func(start uint64, p Place)) {
	idx, dat := t.parts[part], t.parts[part+1]
	for b := 0; b < len(idx); b += rangeIdxLen {
		start, pos, end := le64(idx, b), int(le32(idx, b+8)), len(dat)
		if b+rangeIdxLen < len(idx) {
			end = int(le32(idx, b+rangeIdxLen+8))
		}
		n, pos := uvarint(dat, pos)
		f(start, t.pair(n))
		for pos < end {
			d, p := uvarint(dat, pos)
			if d&1 == 0 {
				d = d >> 1 << unit
			} else {
				d >>= 1
			}
			start += d
			n, pos = uvarint(dat, p)
			f(start, t.pair(n))
		}
	}
}

// The generated file is whole: its sum is right, every range is in order and
// found again at its start and just before the next, every AS has a name.
func TestAddressesAreWhole(t *testing.T) {
	table, err := openAddresses(addressBytes)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256([]byte(addressBytes[headerLen:])); string(sum[:8]) != table.sum {
		t.Error("the content is not what the generator wrote")
	}
	if len(addressBytes) > 8<<20 {
		t.Errorf("the table grew to %d bytes", len(addressBytes))
	}
	for part, want := range map[int]int{1: 500_000, 3: 250_000} {
		unit := uint(8)
		addr := func(n uint64) netip.Addr {
			return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		}
		if part == 3 {
			unit = 16
			addr = func(n uint64) netip.Addr {
				var b [16]byte
				binary.BigEndian.PutUint64(b[:8], n)
				return netip.AddrFrom16(b)
			}
		}
		count, mainland, bad := 0, 0, 0
		var last uint64
		var lastPlace Place
		table.walk(part, unit, func(start uint64, p Place) {
			if count > 0 && (start <= last || p == lastPlace) {
				bad++
			}
			if table.lookup(addr(start)) != p || count > 0 && table.lookup(addr(start-1)) != lastPlace {
				bad++
			}
			if p.Country != "" && (len(p.Country) != 2 || p.Country[0] < 'A' || p.Country[1] > 'Z') {
				bad++
			}
			if p.ASN != 0 && count%97 == 0 && table.asName(p.ASN) == "" {
				t.Errorf("AS%d has no name", p.ASN)
			}
			if p.Country == "CN" {
				mainland++
			}
			count, last, lastPlace = count+1, start, p
		})
		if bad > 0 || count < want || mainland < 1000 {
			t.Errorf("part %d: %d ranges, %d of the mainland, %d wrong", part, count, mainland, bad)
		}
	}
	if got := table.lookup(netip.MustParseAddr("0.0.0.1")); got != (Place{}) {
		t.Errorf("before the first range: %+v", got)
	}
	for asn, want := range map[uint32]string{37963: "Hangzhou Alibaba Advertising Co.,Ltd.", 15169: "Google LLC", 0: "", 4294967295: ""} {
		if got := table.asName(asn); got != want {
			t.Errorf("AS%d = %q, want %q", asn, got, want)
		}
	}
}

func TestOpenAddressesRefuses(t *testing.T) {
	for name, b := range map[string]string{"empty": "", "text": "hello", "cut": addressBytes[:len(addressBytes)/2], "head only": addressBytes[:headerLen], "other magic": "X" + addressBytes[1:]} {
		if _, err := openAddresses(b); !errors.Is(err, domaincheck.CodeBadTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every CNAME suffix of providers.csv has a kind and every provider a name.
func TestTablesAgree(t *testing.T) {
	table, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	check := func(row *Row) {
		if table.names.byID[row.Provider].zh == "" {
			t.Errorf("%s has no row in names.csv", row.Provider)
		}
		for _, s := range row.Suffixes {
			if _, ok := table.kinds.match(sample(s)); !ok {
				t.Errorf("%s has no kind", s)
			}
		}
	}
	for p, r := range table.ranges {
		if r.provider != "" && r.provider != "-" && table.names.byID[r.provider].zh == "" {
			t.Errorf("%s of ranges.csv names %q, which has no row in names.csv", p, r.provider)
		}
	}
	for _, row := range table.asns {
		check(row)
	}
	for _, row := range table.cnames.plain {
		check(row)
	}
	for _, w := range table.cnames.wild {
		check(w.value)
	}
	if len(table.cnames.plain) < 300 || len(table.cnames.wild) < 6 {
		t.Errorf("%d plain and %d wild suffixes", len(table.cnames.plain), len(table.cnames.wild))
	}
}

// sample is a host that a pattern matches.
func sample(pattern string) string {
	out := []byte("www.")
	for i := range len(pattern) {
		c := pattern[i]
		if c == '*' || c == '?' {
			c = '1'
		}
		out = append(out, c)
	}
	return string(out)
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		p, s string
		want bool
	}{
		{"a", "a", true}, {"a", "b", false}, {"*", "", true}, {"*", "abc", true}, {"a*", "abc", true}, {"a*c", "abbc", true}, {"a*c", "abcd", false},
		{"?", "a", true}, {"?", "", false}, {"gtm-a?b?", "gtm-a1b2", true}, {"gtm-a?b?", "gtm-a12b2", false}, {"*a*b*", "xaxbx", true}, {"*a*b*", "xbxax", false}, {"", "", true}, {"", "a", false},
	} {
		if got := glob(c.p, c.s); got != c.want {
			t.Errorf("glob(%q, %q) = %v", c.p, c.s, got)
		}
	}
}

func TestHasRegion(t *testing.T) {
	for _, c := range []struct {
		host, code string
		want       bool
	}{
		{"oss-cn-hongkong", "cn-hongkong", true}, {"oss-cn-hongkong-internal", "cn-hongkong", true}, {"b.cn-hongkong.fc", "cn-hongkong", true}, {"xcn-hongkong", "cn-hongkong", false},
		{"cn-hongkong2", "cn-hongkong", false}, {"oss-ap-southeast-1", "ap-southeast-*", true}, {"oss-ap-southeast-", "ap-southeast-*", false}, {"", "x", false},
		{"xap-southeast-1.oss-ap-southeast-1", "ap-southeast-*", true},
	} {
		if got := hasRegion(c.host, c.code); got != c.want {
			t.Errorf("hasRegion(%q, %q) = %v", c.host, c.code, got)
		}
	}
}
