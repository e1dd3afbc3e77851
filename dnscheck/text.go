package dnscheck

import (
	"net/netip"
	"strconv"

	"github.com/miekg/dns"
)

// appendText appends a message as its String is, without making a longer string
// of each line.
func appendText(b []byte, m *dns.Msg) []byte {
	if m.Opcode != dns.OpcodeQuery {
		return append(b, m.String()...)
	}
	b = append(append(b, m.MsgHdr.String()...), " QUERY: "...)
	for i, n := range [...]int{len(m.Question), len(m.Answer), len(m.Ns), len(m.Extra)} {
		b = append(b, [...]string{"", ", ANSWER: ", ", AUTHORITY: ", ", ADDITIONAL: "}[i]...)
		b = strconv.AppendInt(b, int64(n), 10)
	}
	b = append(b, '\n')
	opt := m.IsEdns0()
	if opt != nil {
		b = append(append(b, opt.String()...), '\n')
	}
	if len(m.Question) > 0 {
		b = append(b, "\n;; QUESTION SECTION:\n"...)
		for i := range m.Question {
			b = append(append(b, m.Question[i].String()...), '\n')
		}
	}
	b = appendRecords(b, "\n;; ANSWER SECTION:\n", m.Answer, true)
	b = appendRecords(b, "\n;; AUTHORITY SECTION:\n", m.Ns, true)
	if opt == nil || len(m.Extra) > 1 {
		b = appendRecords(b, "\n;; ADDITIONAL SECTION:\n", m.Extra, false)
	}
	return b
}

func appendRecords(b []byte, title string, records []dns.RR, opt bool) []byte {
	if len(records) == 0 {
		return b
	}
	b = append(b, title...)
	for _, rr := range records {
		if rr != nil && (opt || rr.Header().Rrtype != dns.TypeOPT) {
			b = append(appendRecord(b, rr), '\n')
		}
	}
	return b
}

// appendRecord appends a record as its String is; those that most answers are
// made of go without it.
func appendRecord(b []byte, rr dns.RR) []byte {
	h := rr.Header()
	if h.Class == dns.ClassINET && writtenAsIs(h.Name) {
		switch rr := rr.(type) {
		case *dns.A:
			if ip, ok := netip.AddrFromSlice(rr.A); ok && (ip.Is4() || ip.Is4In6()) {
				return ip.Unmap().AppendTo(appendHead(b, h, "A"))
			}
		case *dns.AAAA:
			if ip, ok := netip.AddrFromSlice(rr.AAAA); ok && ip.Is6() && !ip.Is4In6() {
				return ip.AppendTo(appendHead(b, h, "AAAA"))
			}
		case *dns.NS:
			if writtenAsIs(rr.Ns) {
				return append(appendHead(b, h, "NS"), rr.Ns...)
			}
		case *dns.CNAME:
			if writtenAsIs(rr.Target) {
				return append(appendHead(b, h, "CNAME"), rr.Target...)
			}
		}
	}
	return append(b, rr.String()...)
}

func appendHead(b []byte, h *dns.RR_Header, kind string) []byte {
	b = append(append(b, h.Name...), '\t')
	b = strconv.AppendInt(b, int64(h.Ttl), 10)
	return append(append(append(b, "\tIN\t"...), kind...), '\t')
}

// writtenAsIs tells whether nothing in a name needs an escape.
func writtenAsIs(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return name != ""
}
