package providers_test

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"domaincheck"
	"domaincheck/providers"
)

func TestWithPrefixes(t *testing.T) {
	base := load(t)
	table, err := base.WithPrefixes(strings.NewReader("\ufeffprefix,provider,mainland,note\n# ours\n203.0.113.0/24,自有机房,是,rack 3\n203.0.113.128/25,阿里云,no\n"+
		"47.110.0.0/16, 某某IDC\n10.8.0.0/16,自有机房,yes,lab\n2001:db8:1::/48,own,no,\"x, y\"\n223.5.5.5,own\n36.111.0.0/16,电信,yes\n8.210.0.0/16,own\n"), "prefixes.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ ip, cname, want string }{
		{"203.0.113.1", "", "CN mainland 自有机房 user/user"},
		{"203.0.113.200", "", "abroad aliyun user/user"}, // the longer prefix, by alias
		{"47.110.0.1", "x.cdn.dnsv1.com", "CN mainland 某某IDC user/asn"},
		{"10.8.1.1", "", "CN mainland 自有机房 user/user"}, // also private space, when the user names it
		{"10.9.1.1", "", "? / private"},
		{"2001:db8:1::5", "", "abroad own user/user"},
		{"::ffff:203.0.113.1", "", "CN mainland 自有机房 user/user"},
		{"223.5.5.5", "", "CN mainland own user/country"},
		{"223.5.5.6", "", "CN mainland aliyun asn/country"},
		{"36.111.0.1", "", "CN mainland user/user carrier"},
		{"8.210.0.1", "", "HK abroad own user/country"},
	} {
		if got := show(table.Attribute(netip.MustParseAddr(c.ip), []string{c.cname})); got != c.want {
			t.Errorf("%s = %s, want %s", c.ip, got, c.want)
		}
	}
	if table.Version() == base.Version() {
		t.Error("the version does not tell the user's prefixes")
	}
	if got := show(base.Attribute(netip.MustParseAddr("203.0.113.1"), nil)); got != "? / private" {
		t.Errorf("the old table changed: %s", got)
	}
}

func TestWithPrefixesRefuses(t *testing.T) {
	table := load(t)
	for in, place := range map[string]string{
		"prefix,provider\n203.0.113.0/33,x\n":    "p.csv:2",
		"203.0.113.1/24,x\n":                     "p.csv:1",
		"203.0.113.0/24\n":                       "p.csv:1",
		"203.0.113.0/24,x,perhaps\n":             "p.csv:1",
		"203.0.113.0/24,x\n\n203.0.113.0/24,y\n": "p.csv:3",
		"203.0.113.0/24,x,yes,note,more\n":       "p.csv:1",
		"::ffff:203.0.113.0/120,x\n":             "p.csv:1",
		"host.example.com,x\n":                   "p.csv:1",
		"fe80::1%eth0,x\n":                       "p.csv:1",
		"203.0.113.0/24,\n":                      "p.csv:1",
		"203.0.113.0/24,\"x\n":                   "p.csv:1",
	} {
		_, err := table.WithPrefixes(strings.NewReader(in), "p.csv")
		var e *domaincheck.Error
		if !errors.As(err, &e) || e.Code != domaincheck.CodeBadTable || string(e.Place) != place {
			t.Errorf("%q: %v, want bad_table at %s", in, err, place)
		}
	}
}

// TestWithCNAMEs: the user's own suffixes precede the built-in ones, the longest
// first; his own networks precede them.
func TestWithCNAMEs(t *testing.T) {
	base := load(t)
	table, err := base.WithCNAMEs(strings.NewReader("\ufeffsuffix,provider,mainland,note\n# ours\n*.cdn.idc.example,自有机房,是,edge\nbig.cdn.idc.example,阿里云,no\nkunlunca.com,我的CDN\n"), "cnames.csv")
	if err != nil {
		t.Fatal(err)
	}
	if table, err = table.WithPrefixes(strings.NewReader("47.110.0.0/16,某某IDC\n"), "prefixes.csv"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ ip, cname, want string }{
		{"119.29.0.1", "a.cn.cdn.idc.example", "CN mainland 自有机房 user/user"},
		{"119.29.0.1", "x.big.cdn.idc.example.", "HK abroad aliyun user/user"},
		{"119.29.0.1", "a.cn.w.kunlunca.com", "CN mainland 我的CDN user/asn"},
		{"47.110.0.1", "a.cn.cdn.idc.example", "CN mainland 某某IDC user/asn"},
		{"10.0.0.1", "a.cn.cdn.idc.example", "? / private"},
		{"119.29.0.1", "cdn.idc.example.org", "CN mainland tencent asn/asn"},
	} {
		if got := show(table.Attribute(netip.MustParseAddr(c.ip), []string{c.cname})); got != c.want {
			t.Errorf("%s by %s = %s, want %s", c.ip, c.cname, got, c.want)
		}
	}
	if table.Version() == base.Version() {
		t.Error("the version does not tell the user's suffixes")
	}
	for in, place := range map[string]string{
		"suffix,provider\nexample,x\n": "c.csv:2", "a.example\n": "c.csv:1", "a.example,x\nA.example.,y\n": "c.csv:2", "a.example,x,perhaps\n": "c.csv:1", "a.example,\"x\n": "c.csv:1",
	} {
		_, err := base.WithCNAMEs(strings.NewReader(in), "c.csv")
		if e, ok := domaincheck.ErrorIn(err); !ok || e.Code != domaincheck.CodeBadTable || string(e.Place) != place {
			t.Errorf("%q: %v, want bad_table at %s", in, err, place)
		}
	}
}

// A prefix file is the user's, but may be anything: it is read or refused, and
// what was read is found again.
func FuzzPrefixes(f *testing.F) {
	table := load(f)
	f.Fuzz(func(t *testing.T, in string) {
		next, err := table.WithPrefixes(strings.NewReader(in), "p.csv")
		if (next == nil) == (err == nil) {
			t.Fatal("neither read nor refused")
		}
		if err != nil && !errors.Is(err, domaincheck.CodeBadTable) {
			t.Fatalf("error without its code: %v", err)
		}
		if err != nil {
			return
		}
		for _, line := range strings.Split(in, "\n") {
			word, _, _ := strings.Cut(line, ",")
			if ip, err := netip.ParseAddr(word); err == nil && ip.Zone() == "" && !strings.ContainsAny(line, "\"\r#") {
				if a := next.Attribute(ip, nil); a.By != "user" && ip.Is4() {
					t.Fatalf("%s was read and is not found: %+v", ip, a)
				}
			}
		}
	})
}

// mmdbFile is a MaxMind DB with one record for one IPv4 network, written from
// the format's specification: search tree, 16 zero bytes, data, metadata.
func mmdbFile(prefix netip.Prefix, record []byte) []byte {
	bits := prefix.Bits()
	var out []byte
	node := func(left, right uint32) {
		for _, v := range []uint32{left, right} {
			out = append(out, byte(v>>16), byte(v>>8), byte(v))
		}
	}
	ip := prefix.Addr().As4()
	n := uint32(bits)
	for i := range bits {
		next := uint32(i + 1)
		if i == bits-1 {
			next = n + 16 // the first record of the data section
		}
		if ip[i/8]>>(7-i%8)&1 == 0 {
			node(next, n)
		} else {
			node(n, next)
		}
	}
	out = append(out, make([]byte, 16)...)
	out = append(out, record...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	meta := []byte{}
	str := func(s string) { meta = append(append(meta, byte(2<<5|len(s))), s...) }
	num := func(kind byte, v uint64, size int) {
		if kind > 7 {
			meta = append(meta, byte(size), kind-7)
		} else {
			meta = append(meta, kind<<5|byte(size))
		}
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], v)
		meta = append(meta, b[8-size:]...)
	}
	meta = append(meta, 7<<5|9)
	for _, f := range []struct {
		key  string
		kind byte
		v    uint64
		size int
	}{{"node_count", 6, uint64(n), 4}, {"record_size", 5, 24, 1}, {"ip_version", 5, 4, 1}, {"binary_format_major_version", 5, 2, 1}, {"binary_format_minor_version", 5, 0, 1}, {"build_epoch", 9, 1767225600, 8}} {
		str(f.key)
		num(f.kind, f.v, f.size)
	}
	str("database_type")
	str("Test")
	str("languages")
	meta = append(meta, 0, 4) // an array of none
	str("description")
	meta = append(meta, 7<<5)
	return append(out, meta...)
}

func TestWithMMDB(t *testing.T) {
	base := load(t)
	str := func(s string) string { return string(byte(2<<5|len(s))) + s }
	key := func(s string) string {
		if len(s) < 29 {
			return string([]byte{byte(2<<5 | len(s))}) + s
		}
		return ""
	}
	_ = str
	country := "\xe1" + key("country") + "\xe1" + key("iso_code") + key("HK")
	asn := "\xe1" + key("autonomous_system_number") + "\xc4\x00\x02\x04\x6b" // 132203
	if len("autonomous_system_number") != 24 {
		t.Fatal("the key's length is written for 24 bytes")
	}
	flat := "\xe2" + key("asn") + key("AS45090") + key("country_code") + key("CN")
	for _, c := range []struct{ name, record, ip, want string }{
		{"country", country, "219.76.4.4", "HK abroad country/country"},
		{"country of a mainland AS", country, "47.110.0.1", "CN mainland aliyun asn/asn"},
		{"country of a mixed AS", country, "223.5.5.5", "HK abroad aliyun asn/country"},
		{"asn", asn, "47.110.0.1", "abroad tencent asn/asn"},
		{"flat", flat, "8.8.8.8", "CN mainland tencent asn/asn"},
	} {
		ip := netip.MustParseAddr(c.ip)
		prefix, _ := ip.Prefix(24)
		table, err := base.WithMMDB(mmdbFile(prefix, []byte(c.record)), "user.mmdb")
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := show(table.Attribute(ip, nil)); got != c.want {
			t.Errorf("%s: %s = %s, want %s", c.name, c.ip, got, c.want)
		}
		if got := show(table.Attribute(netip.MustParseAddr("121.36.0.1"), nil)); got != "CN mainland huawei asn/asn" {
			t.Errorf("%s: an address it does not cover = %s", c.name, got)
		}
		if got := show(table.Attribute(netip.MustParseAddr("2400:3200::1"), nil)); got != "CN mainland aliyun asn/asn" {
			t.Errorf("%s: IPv6 with an IPv4 database = %s", c.name, got)
		}
		if !strings.HasPrefix(table.Version(), "2026-01-01#") {
			t.Errorf("%s: version %s", c.name, table.Version())
		}
	}
	if _, err := base.WithMMDB([]byte("not a database"), "user.mmdb"); !errors.Is(err, domaincheck.CodeBadTable) {
		t.Errorf("nonsense was taken: %v", err)
	}
}

const head = "provider,name_zh,asn,scope,cname_suffixes,sources,confidence\n"

func TestReplaceAndValidate(t *testing.T) {
	base := load(t)
	if base.Len() != 222 {
		t.Errorf("%d rows", base.Len())
	}
	next, err := base.Replace(strings.NewReader("# as of 2027-01-01\n"+head+"aliyun,阿里云,132203,mainland,,own,high\n"), "mine.csv")
	if err != nil {
		t.Fatal(err)
	}
	if got := show(next.Attribute(netip.MustParseAddr("43.154.0.1"), []string{"x.cdn.dnsv1.com"})); got != "CN mainland aliyun asn/asn" {
		t.Error(got)
	}
	if err := providers.Validate(base, next); !errors.Is(err, domaincheck.CodeBadTable) {
		t.Errorf("a table that lost nearly everything passes: %v", err)
	}
	if err := providers.Validate(base, base); err != nil {
		t.Error(err)
	}
}

func TestLoadRefuses(t *testing.T) {
	all := fstest.MapFS{}
	for _, name := range []string{"providers.csv", "names.csv", "kinds.csv", "regions.csv", "ranges.csv", "countries.csv", "block_pages.csv"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &fstest.MapFile{Data: raw}
	}
	if _, err := providers.Load(all); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, old, new string }{
		{"providers.csv", "阿里云,37963,mainland", "阿里云,37963,inland"},
		{"providers.csv", "阿里云,37963,mainland", "阿里云,AS37963,mainland"},
		{"providers.csv", ",45102,mixed", ",37963,mixed"},
		{"providers.csv", "yundunwaf1.com;yundunwaf2.com", "yundunwaf1.com;yundunwaf1.com"},
		{"providers.csv", "yundunwaf1.com", "YUNDUNWAF1.com"},
		{"providers.csv", "aliyun,阿里云,37963", "aliyun,,37963"},
		{"providers.csv", "provider,name_zh", "id,name_zh"},
		{"names.csv", "aliyun,cloud,", "aliyun,sky,"},
		{"names.csv", "|qcloud|", "|aliyun|"},
		{"kinds.csv", "aligaofang.com,ddos", "aligaofang.com,flood"},
		{"kinds.csv", "AS63949", "ASx"},
		{"regions.csv", "cn-hongkong,international", "cn-hongkong,foreign"},
		{"ranges.csv", "47.124.0.0/14", "47.124.0.1/14"},
		{"countries.csv", "\nCN,", "\nCHN,"},
		{"block_pages.csv", "ip:182.43.124.6", "ip:182.43.124.666"},
	} {
		fsys := fstest.MapFS{}
		for k, v := range all {
			fsys[k] = v
		}
		next := strings.Replace(string(all[c.file].Data), c.old, c.new, 1)
		if next == string(all[c.file].Data) {
			t.Fatalf("%s: %q is not there", c.file, c.old)
		}
		fsys[c.file] = &fstest.MapFile{Data: []byte(next)}
		_, err := providers.Load(fsys)
		var e *domaincheck.Error
		if !errors.As(err, &e) || e.Code != domaincheck.CodeBadTable || !strings.HasPrefix(string(e.Place), c.file) {
			t.Errorf("%s with %q: %v", c.file, c.new, err)
		}
	}
	for name := range all {
		fsys := fstest.MapFS{}
		for k, v := range all {
			if k != name {
				fsys[k] = v
			}
		}
		if _, err := providers.Load(fsys); !errors.Is(err, domaincheck.CodeBadTable) {
			t.Errorf("loaded without %s: %v", name, err)
		}
	}
}
