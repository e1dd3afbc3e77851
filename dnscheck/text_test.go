package dnscheck

import (
	"testing"

	"github.com/miekg/dns"
)

// TestText: an answer is kept as the library writes it.
func TestText(t *testing.T) {
	records := []string{
		"www.example.cn. 600 IN A 47.110.0.1", "www.example.cn. 0 IN AAAA 2400:3200::1", "www.example.cn. 60 IN AAAA ::ffff:1.2.3.4",
		"www.example.cn. 60 IN CNAME www.example.cn.w.kunlunar.com.", "example.cn. 60 IN NS dns1.hichina.com.", "example.cn. 60 IN NS .",
		`odd\.label.example.cn. 60 IN A 1.2.3.4`, `example.cn. 60 IN NS a\032b.example.cn.`, `\"q\".example.cn. 60 IN CNAME \200.cn.`, `*.example.cn. 60 IN A 1.2.3.4`,
		"example.cn. 60 CH A 1.2.3.4", "example.cn. 60 IN SOA ns1.example.cn. host.example.cn. 1 2 3 4 5", `example.cn. 60 IN TXT "v=spf1" "a;b"`,
		"example.cn. 60 IN MX 5 mail.example.cn.", "example.cn. 60 IN TYPE65534 \\# 2 abcd",
	}
	plain := new(dns.Msg)
	plain.SetQuestion("www.example.cn.", dns.TypeA)
	messages := []*dns.Msg{{}, plain}
	for i, s := range records {
		m := new(dns.Msg)
		m.SetQuestion(`odd\.name.example.cn.`, dns.TypeAAAA)
		m.Response, m.Authoritative, m.Rcode = true, i%2 == 0, i%4
		r := rr(t, s)
		switch i % 3 {
		case 0:
			m.Answer = []dns.RR{r, rr(t, records[0])}
		case 1:
			m.Ns = []dns.RR{r}
			m.SetEdns0(1232, true)
		default:
			m.Answer, m.Extra = []dns.RR{r}, []dns.RR{r}
			m.SetEdns0(4096, false)
		}
		messages = append(messages, m)
	}
	messages = append(messages, &dns.Msg{MsgHdr: dns.MsgHdr{Opcode: dns.OpcodeUpdate}},
		&dns.Msg{Answer: []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: "a.", Class: dns.ClassINET, Rrtype: dns.TypeA}}, &dns.AAAA{Hdr: dns.RR_Header{Name: "", Class: dns.ClassINET}}, nil}})
	for _, m := range messages {
		if got, want := string(appendText([]byte(">"), m)), ">"+m.String(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}
