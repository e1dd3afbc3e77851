package dnscheck

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// FuzzAnswer reads a datagram as the answer to "A www.example.cn". Whatever
// comes: no panic; the same bytes read the same; at most MaxChain aliases, none
// twice; names are printable ASCII of at most 4 × 255 bytes (each byte of a
// name may be escaped); a loop has no addresses; every address is IPv4; and an
// address appears only if the answer section says so of the name asked or of
// one of its aliases. The text that is kept is the library's.
func FuzzAnswer(f *testing.F) {
	c, err := newCall("www.example.cn.", dns.TypeA, flags{recursion: true, edns: true})
	if err != nil {
		f.Fatal(err)
	}
	question := append([]byte(nil), c.question...)
	c.release()
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > dns.MaxMsgSize || match(b, question) == foreign {
			return
		}
		m, fail := parse(append([]byte(nil), b...), "192.0.2.1:53")
		if fail != nil {
			if m != nil {
				t.Fatal("a message beside an error")
			}
			return
		}
		if text := string(appendText(nil, m)); text != m.String() {
			t.Fatalf("kept as\n%s\nnot as\n%s", text, m)
		}
		a := Answer{Name: "www.example.cn", Type: dns.TypeA}
		last := a.follow(m, "www.example.cn.")
		again := Answer{Name: a.Name, Type: a.Type}
		if again.follow(m, "www.example.cn.") != last || again.String() != a.String() {
			t.Fatalf("read twice, different: %v %v", a, again)
		}
		if len(a.CNAME) > MaxChain || a.Loop && len(a.Addresses) > 0 && len(a.CNAME) == 0 && !hasOwner(m, "www.example.cn.") {
			t.Fatalf("%v", a)
		}
		seen := map[string]bool{a.Name: true}
		for _, n := range a.CNAME {
			if seen[n] {
				t.Fatalf("%s twice in the chain %v", n, a.CNAME)
			}
			seen[n] = true
			if len(n) > 4*255 || strings.ContainsFunc(n, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("name %q", n)
			}
		}
		for _, ip := range a.Addresses {
			if !ip.Is4() || !backed(m, seen, ip) {
				t.Fatalf("%v is not in the chain of %v", ip, a)
			}
		}
		nsNames(m.Answer)
		glueOf(m)
		referral(m, "www.example.cn")
		authoritative(m, "www.example.cn")
	})
}

func hasOwner(m *dns.Msg, name string) bool {
	for _, rr := range m.Answer {
		if sameName(rr.Header().Name, name) {
			return true
		}
	}
	return false
}

func backed(m *dns.Msg, names map[string]bool, ip netip.Addr) bool {
	for _, rr := range m.Answer {
		if a, ok := rr.(*dns.A); ok && names[plain(a.Hdr.Name)] && a.A.String() == ip.String() {
			return true
		}
	}
	return false
}

// FuzzHost reads a host of a ledger. A name that is taken is one DNS can ask
// for, is its own normal form, and packs into a query.
func FuzzHost(f *testing.F) {
	f.Fuzz(func(t *testing.T, host string) {
		name, ok := hostName(host, "example.cn")
		if !ok {
			return
		}
		if again, ok := hostName(name+".", "example.cn"); !ok || again != name {
			t.Fatalf("%q → %q → %q %v", host, name, again, ok)
		}
		c, err := newCall(fqdn(name), dns.TypeA, flags{})
		if err != nil {
			t.Fatalf("%q cannot be asked: %v", name, err)
		}
		c.release()
	})
}

func TestSeedsAreThere(t *testing.T) {
	for target, least := range map[string]int{"FuzzAnswer": 8, "FuzzHost": 6} {
		seeds, err := os.ReadDir(filepath.Join("testdata", "fuzz", target))
		if err != nil || len(seeds) < least {
			t.Errorf("%s: %d seeds, want at least %d (%v)", target, len(seeds), least, err)
		}
	}
}
