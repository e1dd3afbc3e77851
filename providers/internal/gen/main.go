//go:build ignore

// Command gen writes addresses.bin, the table address → country and
// autonomous system that package providers embeds.
//
//	go generate ./providers        (runs: go run internal/gen/main.go)
//	go run internal/gen/main.go -dir /folder/with/the/two/tgz
//
// It fetches two packages with the npm client, in the versions and with the
// checksums pinned below, and merges them into one sorted list of ranges. To
// refresh: raise version, asOf and the checksums, run it, run the tests, and
// state the new day in README.md.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
)

const (
	version = "2.3.2026061719"
	asOf    = "2026-06-17"
	block   = 32 // ranges a block; see addresses.go

	asnPackage     = "@ip-location-db/asn" // CC BY 4.0: RouteViews, NRO, DB-IP
	asnSum         = "b9425daf2f011c28f8586685d4f89166e77627e2c15fd93c6262c3e2dead6153"
	countryPackage = "@ip-location-db/geo-whois-asn-country" // CC0 1.0 (statistics of NRO: CC BY 4.0)
	countrySum     = "2a3e609015884c93c2d398e777ce1d2d34cab026054c43559bff32b25669f606"
)

func main() {
	dir := flag.String("dir", "", "folder that already holds the two packages (default: fetch them with npm pack)")
	out := flag.String("o", "addresses.bin", "file to write")
	flag.Parse()
	if err := run(*dir, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(dir, out string) error {
	if dir == "" {
		tmp, err := os.MkdirTemp("", "addresses")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		for _, p := range []string{asnPackage, countryPackage} {
			cmd := exec.Command("npm", "pack", p+"@"+version)
			cmd.Dir, cmd.Stderr = tmp, os.Stderr
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("npm pack %s: %w", p, err)
			}
		}
		dir = tmp
	}
	asn, err := unpack(dir, asnPackage, asnSum)
	if err != nil {
		return err
	}
	country, err := unpack(dir, countryPackage, countrySum)
	if err != nil {
		return err
	}
	names := map[uint32]string{}
	var tables [2][]segment
	for i, family := range []string{"ipv4", "ipv6"} {
		a, err := ranges(asn["asn-"+family+".csv"], func(rec []string) (value, error) {
			n, err := strconv.ParseUint(rec[2], 10, 32)
			if names[uint32(n)] == "" && len(rec) > 3 {
				names[uint32(n)] = clean(rec[3])
			}
			return value{asn: uint32(n)}, err
		})
		if err != nil {
			return fmt.Errorf("%s %s: %w", asnPackage, family, err)
		}
		c, err := ranges(country["geo-whois-asn-country-"+family+".csv"], func(rec []string) (value, error) {
			if len(rec[2]) != 2 {
				return value{}, fmt.Errorf("country %q", rec[2])
			}
			return value{country: [2]byte([]byte(rec[2]))}, nil
		})
		if err != nil {
			return fmt.Errorf("%s %s: %w", countryPackage, family, err)
		}
		if family == "ipv6" {
			c = slices.DeleteFunc(c, headquarters)
		}
		tables[i] = merge(a, c)
		fmt.Printf("%s: %d AS ranges, %d country ranges, %d merged\n", family, len(a), len(c), len(tables[i]))
	}
	return os.WriteFile(out, encode(tables, names), 0o644)
}

func unpack(dir, pkg, sum string) (map[string][]byte, error) {
	name := strings.NewReplacer("@", "", "/", "-").Replace(pkg) + "-" + version + ".tgz"
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	if got := sha256.Sum256(raw); hex.EncodeToString(got[:]) != sum {
		return nil, fmt.Errorf("%s has checksum %x, not the pinned one", name, got)
	}
	gz, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for tr := tar.NewReader(gz); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if files[path.Base(h.Name)], err = io.ReadAll(tr); err != nil {
			return nil, err
		}
	}
}

// A value is what is said of a range; zero parts are not known.
type value struct {
	asn     uint32
	country [2]byte
}

// A segment is a range [from, to] of addresses: the 32 bits of IPv4, or the
// first 64 bits of IPv6 (no network smaller than /64 is told apart).
type segment struct {
	from, to uint64
	value
}

func ranges(raw []byte, read func([]string) (value, error)) ([]segment, error) {
	if len(raw) == 0 {
		return nil, errors.New("the file is missing")
	}
	in := csv.NewReader(bytes.NewReader(raw))
	in.FieldsPerRecord = -1
	var out []segment
	for {
		rec, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(rec) < 3 {
			return nil, fmt.Errorf("a row of %d columns", len(rec))
		}
		from, err := netip.ParseAddr(rec[0])
		if err != nil {
			return nil, err
		}
		to, err := netip.ParseAddr(rec[1])
		if err != nil {
			return nil, err
		}
		v, err := read(rec)
		if err != nil {
			return nil, err
		}
		out = append(out, segment{number(from), number(to), v})
	}
	slices.SortStableFunc(out, func(a, b segment) int {
		if a.from < b.from {
			return -1
		} else if a.from > b.from {
			return 1
		}
		return 0
	})
	for i := 1; i < len(out); i++ { // ranges that share a /64: the first keeps it
		if out[i].from <= out[i-1].to {
			out[i].from = out[i-1].to + 1
		}
		if out[i].to < out[i].from {
			out[i].from, out[i].to, out[i].value = out[i-1].from, out[i-1].to, out[i-1].value
		}
	}
	return out, nil
}

// headquarters tells the ranges of APNIC's first IPv6 blocks that the country
// set puts into Australia, where APNIC has its seat, whoever holds them: they
// hold CERNET2 and many others of Asia. Their country is not known.
func headquarters(s segment) bool {
	if s.country != [2]byte{'A', 'U'} {
		return false
	}
	for _, p := range []string{"2001:200::/23", "2001:c00::/23", "2001:e00::/23", "2001:4400::/23"} {
		if prefix := netip.MustParsePrefix(p); prefix.Contains(netip.AddrFrom16(first16(s.from))) {
			return true
		}
	}
	return false
}

func first16(hi uint64) (b [16]byte) {
	binary.BigEndian.PutUint64(b[:8], hi)
	return b
}

func number(a netip.Addr) uint64 {
	if a.Is4() {
		b := a.As4()
		return uint64(binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	return binary.BigEndian.Uint64(b[:8])
}

// merge lays both lists over each other: every point of the result has the AS
// of the one and the country of the other; equal neighbours become one; gaps
// are segments with the zero value.
func merge(a, c []segment) []segment {
	cuts := make([]uint64, 0, 2*(len(a)+len(c)))
	for _, list := range [][]segment{a, c} {
		for _, s := range list {
			cuts = append(cuts, s.from)
			if s.to+1 != 0 {
				cuts = append(cuts, s.to+1)
			}
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []segment
	i, j := 0, 0
	for _, at := range cuts {
		for i < len(a) && a[i].to < at {
			i++
		}
		for j < len(c) && c[j].to < at {
			j++
		}
		var v value
		if i < len(a) && a[i].from <= at {
			v.asn = a[i].asn
		}
		if j < len(c) && c[j].from <= at {
			v.country = c[j].country
		}
		if len(out) == 0 || out[len(out)-1].value != v {
			out = append(out, segment{from: at, value: v})
		}
	}
	return out
}

// clean keeps a name printable and short.
func clean(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if r := []rune(s); len(r) > 60 {
		s = strings.TrimSpace(string(r[:60]))
	}
	return s
}

// encode writes the format that addresses.go reads and describes.
func encode(tables [2][]segment, names map[uint32]string) []byte {
	count := map[value]int{}
	for _, t := range tables {
		for _, s := range t {
			count[s.value]++
		}
	}
	pairs := make([]value, 0, len(count))
	for v := range count {
		pairs = append(pairs, v)
	}
	sort.Slice(pairs, func(i, j int) bool { // the frequent ones get the short numbers
		a, b := pairs[i], pairs[j]
		if count[a] != count[b] {
			return count[a] > count[b]
		}
		if a.asn != b.asn {
			return a.asn < b.asn
		}
		return string(a.country[:]) < string(b.country[:])
	})
	index := make(map[value]uint64, len(pairs))
	var pairBytes []byte
	for i, v := range pairs {
		index[v] = uint64(i)
		pairBytes = binary.LittleEndian.AppendUint32(pairBytes, v.asn)
		pairBytes = append(pairBytes, v.country[:]...)
	}
	idx4, dat4 := encodeRanges(tables[0], index, 8)
	idx6, dat6 := encodeRanges(tables[1], index, 16)
	idxN, datN := encodeNames(names)

	out := append([]byte("DCADDR1\n"), asOf...)
	at := uint32(len(out) + 2 + 8 + 7*8)
	parts := [][]byte{pairBytes, idx4, dat4, idx6, dat6, idxN, datN}
	sum := sha256.Sum256(slices.Concat(parts...))
	out = append(append(out, 0, 0), sum[:8]...)
	for _, p := range parts {
		out = binary.LittleEndian.AppendUint32(out, at)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(p)))
		at += uint32(len(p))
	}
	out = append(out, slices.Concat(parts...)...)
	fmt.Printf("pairs %d B, v4 %d + %d B, v6 %d + %d B, names %d + %d B, all %d B\n", len(pairBytes), len(idx4), len(dat4), len(idx6), len(dat6), len(idxN), len(datN), len(out))
	return out
}

func encodeRanges(t []segment, index map[value]uint64, unit uint) (idx, dat []byte) {
	var prev uint64
	for i, s := range t {
		if i%block == 0 {
			idx = binary.LittleEndian.AppendUint64(idx, s.from)
			idx = binary.LittleEndian.AppendUint32(idx, uint32(len(dat)))
		} else {
			d := s.from - prev
			if d%(1<<unit) == 0 {
				dat = binary.AppendUvarint(dat, d>>unit<<1)
			} else {
				dat = binary.AppendUvarint(dat, d<<1|1)
			}
		}
		dat = binary.AppendUvarint(dat, index[s.value])
		prev = s.from
	}
	return idx, dat
}

func encodeNames(names map[uint32]string) (idx, dat []byte) {
	var all []uint32
	for n, s := range names {
		if s != "" {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	for i, n := range all {
		if i%block == 0 {
			idx = binary.LittleEndian.AppendUint32(idx, n)
			idx = binary.LittleEndian.AppendUint32(idx, uint32(len(dat)))
		} else {
			dat = binary.AppendUvarint(dat, uint64(n-all[i-1]))
		}
		dat = binary.AppendUvarint(dat, uint64(len(names[n])))
		dat = append(dat, names[n]...)
	}
	return idx, dat
}
