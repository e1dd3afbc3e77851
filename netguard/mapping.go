package netguard

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Mapping sends connections meant for one host and port to another, as curl's
// --connect-to does.
type Mapping struct {
	Host   string // host named, or an address it resolved to; empty = any
	Port   uint16 // 0 = any
	To     string // host to connect to; empty = as named
	ToPort uint16 // 0 = as named
	addr   netip.Addr
}

// ParseMapping reads HOST:PORT:HOST:PORT. Each field may be empty (any, or as
// named); an IPv6 address stands in brackets. A malformed mapping is an error
// of code bad_settings.
func ParseMapping(s string) (Mapping, error) {
	bad := func(why string) (Mapping, error) {
		err := errorf(CodeBadSettings, s, "%s", why)
		err.Hint = "write HOST:PORT:HOST:PORT, each may be empty, IPv6 in brackets: example.com:443:127.0.0.1:8443"
		return Mapping{}, err
	}
	fields, ok := splitColons(strings.TrimSpace(s))
	if !ok || len(fields) != 4 {
		return bad("a mapping has four fields between colons")
	}
	m := Mapping{Host: foldHost(fields[0]), To: foldHost(fields[2])}
	for _, i := range []int{1, 3} {
		if fields[i] == "" {
			continue
		}
		n, err := strconv.ParseUint(fields[i], 10, 16)
		if err != nil || n == 0 {
			return bad("a port is a number from 1 to 65535")
		}
		if i == 1 {
			m.Port = uint16(n)
		} else {
			m.ToPort = uint16(n)
		}
	}
	for i, field := range []string{fields[0], fields[2]} {
		host := []string{m.Host, m.To}[i]
		_, err := netip.ParseAddr(host)
		switch {
		case strings.HasPrefix(field, "[") && (err != nil || !strings.HasSuffix(field, "]")):
			return bad("between brackets stands an IPv6 address")
		case err != nil && (!isPlain(host) || emptyLabel(host) || host == "" && field != ""):
			return bad("a host is a name or an address")
		}
	}
	m.addr, _ = netip.ParseAddr(m.Host)
	m.addr = m.addr.Unmap()
	return m, nil
}

// String is the mapping as [ParseMapping] reads it.
func (m Mapping) String() string {
	port := func(n uint16) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(int(n))
	}
	host := func(h string) string {
		if strings.Contains(h, ":") {
			return "[" + h + "]"
		}
		return h
	}
	return host(m.Host) + ":" + port(m.Port) + ":" + host(m.To) + ":" + port(m.ToPort)
}

// matchesHost tells whether the mapping speaks of the host as it was named.
func (m Mapping) matchesHost(host string, port uint16) bool {
	return (m.Port == 0 || m.Port == port) && (m.Host == "" || m.Host == host)
}

// matchesAddr tells whether the mapping speaks of an address the host has.
func (m Mapping) matchesAddr(a netip.Addr, port uint16) bool {
	return (m.Port == 0 || m.Port == port) && m.Host != "" && m.address() == a.Unmap() && a.IsValid()
}

func (m Mapping) address() netip.Addr {
	if m.addr.IsValid() {
		return m.addr
	}
	a, err := netip.ParseAddr(m.Host)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

// splitColons splits at colons outside brackets.
func splitColons(s string) ([]string, bool) {
	var fields []string
	start, depth := 0, 0
	for i, c := range s {
		switch c {
		case '[':
			depth++
		case ']':
			depth--
		case ':':
			if depth == 0 {
				fields = append(fields, s[start:i])
				start = i + 1
			}
		}
		if depth < 0 || depth > 1 {
			return nil, false
		}
	}
	return append(fields, s[start:]), depth == 0
}

// foldHost is the one spelling of a host: no brackets, no trailing dot, A-labels
// in lower case, addresses in canonical form.
func foldHost(h string) string {
	h = strings.TrimSuffix(strings.TrimPrefix(h, "["), "]")
	if a, is := literal(h); is {
		return a.Unmap().String()
	}
	h = strings.TrimSuffix(strings.ReplaceAll(h, "。", "."), ".")
	if isPlain(h) {
		return h
	}
	if ascii, err := idna.Lookup.ToASCII(h); err == nil {
		return ascii
	}
	return strings.ToLower(h)
}

func emptyLabel(h string) bool {
	return strings.HasPrefix(h, ".") || strings.HasSuffix(h, ".") || strings.Contains(h, "..")
}

func isPlain(h string) bool {
	for i := 0; i < len(h); i++ {
		c := h[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_') {
			return false
		}
	}
	return true
}
