package netguard_test

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/netguard"
)

func TestVet(t *testing.T) {
	for _, tc := range []struct {
		addr string
		ok   bool
	}{
		{"47.110.0.1", true},
		{"223.5.5.5", true},
		{"192.0.0.9", true},
		{"192.31.196.1", true},
		{"2400:3200::1", true},
		{"2001:4860:4860::8888", true},
		{"2001:20::1", true},
		{"::ffff:47.110.0.1", true},
		{"64:ff9b::47.110.0.1", true},
		{"2002:2f6e:1::1", true}, // 6to4 of 47.110.0.1
		{"2001:0:2f6e:1::d091:fffe", true},

		{"0.0.0.0", false},
		{"0.1.2.3", false},
		{"10.0.0.1", false},
		{"100.64.0.1", false},
		{"100.127.255.255", false},
		{"127.0.0.1", false},
		{"127.255.255.254", false},
		{"169.254.169.254", false},
		{"100.100.100.200", false}, // metadata service of a Chinese cloud
		{"172.16.0.1", false},
		{"172.31.255.255", false},
		{"192.0.0.1", false},
		{"192.0.0.170", false},
		{"192.0.2.1", false},
		{"192.88.99.1", false},
		{"192.168.1.1", false},
		{"198.18.0.1", false},
		{"198.51.100.1", false},
		{"203.0.113.1", false},
		{"224.0.0.1", false},
		{"240.0.0.1", false},
		{"255.255.255.255", false},
		{"::", false},
		{"::1", false},
		{"::127.0.0.1", false},
		{"::47.110.0.1", false},
		{"::ffff:127.0.0.1", false},
		{"::ffff:169.254.169.254", false},
		{"::ffff:0:127.0.0.1", false}, // IPv4-translated, RFC 2765
		{"64:ff9b::10.0.0.1", false},
		{"64:ff9b:1::1", false},
		{"100::1", false},
		{"2001::1", false},
		{"2001:0:2f6e:1::80ff:fffe", false}, // Teredo, client 127.0.0.1
		{"2001:0:7f00:1::d091:fffe", false}, // Teredo, server 127.0.0.1
		{"2001:2::1", false},
		{"2001:10::1", false},
		{"2001:db8::1", false},
		{"2002:7f00:1::1", false},
		{"2002:a9fe:a9fe::1", false},
		{"3fff::1", false},
		{"4000::1", false},
		{"5f00::1", false},
		{"fc00::1", false},
		{"fd00:ec2::254", false},
		{"fe80::1", false},
		{"fe80::1%eth0", false},
		{"2400:3200::1%eth0", false},
		{"fec0::1", false},
		{"ff02::1", false},
	} {
		err := netguard.Vet(netip.MustParseAddr(tc.addr))
		if (err == nil) != tc.ok {
			t.Errorf("Vet(%s) = %v, want ok=%v", tc.addr, err, tc.ok)
		}
		if err != nil && !errors.Is(err, domaincheck.CodeForbidden) {
			t.Errorf("Vet(%s): code of %v is not forbidden", tc.addr, err)
		}
	}
	if err := netguard.Vet(netip.Addr{}); !errors.Is(err, domaincheck.CodeForbidden) {
		t.Errorf("the invalid address: %v", err)
	}
}

func TestVetNeverAllocatesForOrdinaryAddresses(t *testing.T) {
	a := netip.MustParseAddr("47.110.0.1")
	if n := testing.AllocsPerRun(100, func() {
		if netguard.Vet(a) != nil {
			t.Fatal("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestLoadTableRefusesDamage(t *testing.T) {
	rows := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(i + 1)}), 8).String() + ",x,RFC 1,no\n")
		}
		return b.String()
	}
	const head = "# as-of: 2025-01-02\nprefix,name,rfc,reachable\n"
	for name, tc := range map[string]struct{ text, want string }{
		"sound":        {head + rows(25), ""},
		"no date":      {"prefix,name,rfc,reachable\n" + rows(25), "as-of"},
		"bad date":     {"# as-of: soon\nprefix,name,rfc,reachable\n" + rows(25), "as-of"},
		"other header": {"# as-of: 2025-01-02\nblock,name\n", "header"},
		"cut short":    {head + rows(5), "5 rows"},
		"doubled":      {head + rows(25) + "1.0.0.0/8,x,RFC 1,no\n", "twice"},
		"host bits":    {head + rows(25) + "77.0.0.1/8,x,RFC 1,no\n", "not a prefix"},
		"bad word":     {head + rows(25) + "77.0.0.0/8,x,RFC 1,maybe\n", "maybe"},
		"ragged":       {head + rows(25) + "77.0.0.0/8,x\n", "fields"},
	} {
		table, err := netguard.LoadTable(func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(tc.text)), nil
		})
		if tc.want == "" {
			if err != nil || !strings.HasPrefix(table.Version(), "2025-01-02#") || len(table.Version()) != 19 {
				t.Errorf("%s: %v %v", name, table, err)
			}
			continue
		}
		if !errors.Is(err, domaincheck.CodeBadTable) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want bad_table with %q", name, err, tc.want)
		}
	}
}

func FuzzVet(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1})
	f.Add([]byte{0x20, 0x02, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		got := netguard.Vet(a) == nil
		// Whatever the standard library knows as not global is refused.
		u := a.Unmap()
		if got && (u.IsPrivate() || u.IsLoopback() || u.IsLinkLocalUnicast() || u.IsMulticast() || u.IsUnspecified() || !u.IsGlobalUnicast()) {
			t.Errorf("%s is admitted", a)
		}
		// Hiding an IPv4 address in an IPv6 one never admits more.
		if a.Is4() && !got {
			v4 := a.As4()
			for _, form := range [][16]byte{
				netip.AddrFrom16(a.As16()).As16(),
				{0x00, 0x64, 0xff, 0x9b, 12: v4[0], v4[1], v4[2], v4[3]},
				{0x20, 0x02, v4[0], v4[1], v4[2], v4[3]},
			} {
				if h := netip.AddrFrom16(form); netguard.Vet(h) == nil {
					t.Errorf("%s is admitted as %s", a, h)
				}
			}
		}
	})
}
