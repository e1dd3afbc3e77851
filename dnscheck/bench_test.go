package dnscheck

import (
	"testing"

	"github.com/miekg/dns"
)

// The parts of a question that cost CPU of ours; bench/dns measures the whole
// against a real server.

func BenchmarkPack(b *testing.B) {
	b.ReportAllocs()
	var buf [maxQuery]byte
	for b.Loop() {
		if _, _, err := pack(buf[:], "www.example.cn.", dns.TypeA, flags{recursion: true, edns: true}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	m := new(dns.Msg).SetQuestion("www.example.cn.", dns.TypeA)
	m.Response, m.Compress = true, true
	for _, s := range []string{"www.example.cn. 60 IN CNAME w.kunlun.example.", "w.kunlun.example. 60 IN A 47.110.0.1", "w.kunlun.example. 60 IN A 47.110.0.2"} {
		r, err := dns.NewRR(s)
		if err != nil {
			b.Fatal(err)
		}
		m.Answer = append(m.Answer, r)
	}
	m.SetEdns0(udpSize, false)
	reply, err := m.Pack()
	if err != nil {
		b.Fatal(err)
	}
	question := reply[headerSize : headerSize+len("www.example.cn")+2+4]
	b.ReportAllocs()
	for b.Loop() {
		if match(reply, question) == foreign {
			b.Fatal("not ours")
		}
		m, fail := parse(reply, "192.0.2.1:53")
		if fail != nil {
			b.Fatal(fail)
		}
		a := Answer{Name: "www.example.cn", Type: dns.TypeA}
		if a.follow(m, "www.example.cn."); len(a.Addresses) != 2 {
			b.Fatal(a)
		}
	}
}
