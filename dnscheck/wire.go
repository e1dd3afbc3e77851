package dnscheck

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/miekg/dns"

	"domaincheck"
)

// Sizes of messages. A query has a name of at most 255 bytes, an OPT record
// and perhaps a client subnet. udpSize is what is advertised (the size that
// passes unfragmented, DNS flag day 2020); readSize is what is read, for
// servers that send more.
const (
	maxQuery   = 512
	udpSize    = 1232
	readSize   = 4096
	headerSize = 12
)

// flags of a query.
type flags struct {
	recursion bool
	edns      bool
	subnet    netip.Prefix
}

// query is a pooled message with room for one question and one OPT record.
type query struct {
	msg    dns.Msg
	quest  [1]dns.Question
	opt    dns.OPT
	extra  [1]dns.RR
	subnet dns.EDNS0_SUBNET
}

var queries = sync.Pool{New: func() any { return new(query) }}

// pack writes a query with ID 0 into buf (of maxQuery bytes) and gives the
// message and where its question ends. The name is fully qualified.
func pack(buf []byte, name string, qtype uint16, f flags) (packed []byte, questionEnd int, err error) {
	q := queries.Get().(*query)
	defer queries.Put(q)
	q.quest[0] = dns.Question{Name: name, Qtype: qtype, Qclass: dns.ClassINET}
	q.msg = dns.Msg{Question: q.quest[:]}
	q.msg.RecursionDesired = f.recursion
	if f.edns {
		q.opt = dns.OPT{Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeOPT, Class: udpSize}}
		if f.subnet.IsValid() {
			q.subnet = dns.EDNS0_SUBNET{Code: dns.EDNS0SUBNET, Family: 1, SourceNetmask: uint8(f.subnet.Bits()), Address: f.subnet.Addr().AsSlice()}
			if f.subnet.Addr().Is6() {
				q.subnet.Family = 2
			}
			q.opt.Option = []dns.EDNS0{&q.subnet}
		}
		q.extra[0] = &q.opt
		q.msg.Extra = q.extra[:]
	}
	packed, err = q.msg.PackBuffer(buf)
	if err != nil {
		return nil, 0, domaincheck.Errorf(domaincheck.CodeBadInput, name, "not a domain name: %w", err)
	}
	end := headerSize
	for end < len(packed) && packed[end] != 0 {
		end += int(packed[end]) + 1
	}
	return packed, end + 5, nil
}

// verdict on a datagram that carries the ID of a query in flight.
type verdict int

const (
	foreign  verdict = iota // no response, or to another question: ignored
	accepted                // a response to this question
)

// match tells whether a message is a response to the question. Letters compare
// without case. Servers that cannot read a query leave the question out
// (RFC 2136 §3.8 and common practice); that is taken from an error response.
func match(reply, question []byte) verdict {
	if len(reply) < headerSize || reply[2]&0x80 == 0 || reply[2]&0x78 != 0 {
		return foreign
	}
	switch binary.BigEndian.Uint16(reply[4:]) {
	case 0:
		if reply[3]&0x0f != dns.RcodeSuccess && reply[3]&0x0f != dns.RcodeNameError {
			return accepted
		}
		return foreign
	case 1:
	default:
		return foreign
	}
	if len(reply) < headerSize+len(question) {
		return foreign
	}
	for i, want := range question {
		got := reply[headerSize+i]
		if got != want && (lower(got) != lower(want)) {
			return foreign
		}
	}
	return accepted
}

// garbage tells whether bytes are no response to any single question at all.
func garbage(b []byte) bool {
	return len(b) < headerSize || b[2]&0x80 == 0 || b[2]&0x78 != 0 || binary.BigEndian.Uint16(b[4:]) > 1
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// truncated tells whether the TC bit of a message is set.
func truncated(reply []byte) bool { return reply[2]&0x02 != 0 }

// fqdn is the lower-case name with its final dot, as messages hold it.
func fqdn(name string) string {
	for i := 0; i < len(name); i++ {
		if 'A' <= name[i] && name[i] <= 'Z' {
			name = strings.ToLower(name)
			break
		}
	}
	return dns.Fqdn(name)
}

// plain is the lower-case name without its final dot; "." stays.
func plain(name string) string {
	if name == "." {
		return name
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// sameName compares names of messages without case.
func sameName(a, b string) bool { return a == b || strings.EqualFold(a, b) }

// outcomeOf is what an RCODE says about the look.
func outcomeOf(rcode int) domaincheck.Outcome {
	switch rcode {
	case dns.RcodeSuccess, dns.RcodeNameError:
		return domaincheck.OutcomeOK
	case dns.RcodeRefused, dns.RcodeNotAuth:
		return domaincheck.OutcomeRefused
	}
	return domaincheck.OutcomeFailed
}

// rcodeName is the RCODE's mnemonic (RFC 6895 §2.3).
func rcodeName(rcode int) string {
	if s, ok := dns.RcodeToString[rcode]; ok {
		return s
	}
	return "RCODE" + strconv.Itoa(rcode)
}
