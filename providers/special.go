package providers

import "net/netip"

// special tells addresses that no site of the internet has: the blocks of the
// IANA special-purpose registries (RFC 6890 and its updates), multicast
// (RFC 5771, RFC 4291) and class E (RFC 1112). 198.18.0.0/15, set apart for
// benchmarks, is also what proxy software gives as "fake" answers.
func special(ip netip.Addr) bool {
	if ip.IsPrivate() || ip.IsLoopback() || ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast() {
		return true
	}
	if ip.Is4() {
		b := ip.As4()
		switch {
		case b[0] == 0, b[0] >= 240:
			return true
		case b[0] == 100 && b[1]&0xc0 == 64: // 100.64/10, RFC 6598
			return true
		case b[0] == 192 && b[1] == 0 && (b[2] == 0 || b[2] == 2): // RFC 6890, RFC 5737
			return true
		case b[0] == 198 && (b[1]&0xfe == 18 || b[1] == 51 && b[2] == 100): // RFC 2544, RFC 5737
			return true
		case b[0] == 203 && b[1] == 0 && b[2] == 113: // RFC 5737
			return true
		}
		return false
	}
	b := ip.As16()
	switch {
	case b[0]&0xe0 != 0x20: // outside 2000::/3, the only global unicast block
		return true
	case b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8: // 2001:db8::/32, RFC 3849
		return true
	case b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && (b[3] == 0 || b[3] == 2 && b[4] == 0 && b[5] == 0): // Teredo 2001::/32, RFC 4380; 2001:2::/48, RFC 5180
		return true
	case b[0] == 0x3f && b[1] == 0xff && b[2] < 0x10: // 3fff::/20, RFC 9637
		return true
	}
	return false
}

// inner is the IPv4 address that an IPv6 address stands for: mapped
// (::ffff:0:0/96), NAT64 (64:ff9b::/96, RFC 6052) or 6to4 (2002::/16,
// RFC 3056); else the address itself. A zone is dropped.
func inner(ip netip.Addr) netip.Addr {
	ip = ip.WithZone("").Unmap()
	if !ip.Is6() {
		return ip
	}
	b := ip.As16()
	switch {
	case b[0] == 0x20 && b[1] == 0x02:
		return netip.AddrFrom4([4]byte(b[2:6]))
	case [12]byte(b[:12]) == [12]byte{0, 0x64, 0xff, 0x9b}:
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return ip
}
