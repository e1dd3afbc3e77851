package lab

import (
	"encoding/binary"
	"net/netip"
)

// This file holds the invented geography: provinces, address pools, and the
// hosts of the lab itself.

// province is as much of a province as a filing number needs.
type province struct {
	name, mark, city string
	area             string // first six digits of a police number: a district of the province
}

// provinces are those sites are dealt to; guangdong stands apart because it
// shows the subject's number instead of the site's.
func provinces() []province {
	return []province{
		{"北京", "京", "北京", "110108"}, {"上海", "沪", "上海", "310115"}, {"浙江", "浙", "杭州", "330106"},
		{"江苏", "苏", "南京", "320104"}, {"四川", "川", "成都", "510107"}, {"湖北", "鄂", "武汉", "420111"},
		{"山东", "鲁", "济南", "370102"}, {"福建", "闽", "福州", "350102"}, {"河南", "豫", "郑州", "410105"},
		{"广东", "粤", "深圳", "440305"},
	}
}

func provinceNamed(name string) province {
	for _, p := range provinces() {
		if p.name == name {
			return p
		}
	}
	return province{}
}

// pool is a range of addresses of one owner and place. The ranges are those
// announced by the network named beside them in the ip-location-db tables of
// 2026-06; nothing is ever sent to them.
type pool string

const (
	poolAliyun     pool = "aliyun"      // AS37963, Hangzhou
	poolTencent    pool = "tencent"     // AS45090
	poolHuawei     pool = "huawei"      // AS55990
	poolBaidu      pool = "baidu"       // AS38365
	poolTelecom    pool = "telecom"     // AS4134, a carrier: any provider may sit in it
	poolHongKong   pool = "hongkong"    // AS45102, Aliyun's Hong Kong region
	poolSingapore  pool = "singapore"   // AS16509, AWS
	poolCloudflare pool = "cloudflare"  // AS13335
	poolAliyun6    pool = "aliyun6"     // AS37963
	poolForeign6   pool = "cloudflare6" // AS13335
	poolPrivate    pool = "private"     // RFC 1918
)

func (p pool) prefix() netip.Prefix {
	switch p {
	case poolAliyun:
		return netip.MustParsePrefix("47.98.0.0/16")
	case poolTencent:
		return netip.MustParsePrefix("119.29.0.0/16")
	case poolHuawei:
		return netip.MustParsePrefix("121.36.0.0/16")
	case poolBaidu:
		return netip.MustParsePrefix("180.76.0.0/16")
	case poolTelecom:
		return netip.MustParsePrefix("61.144.0.0/16")
	case poolHongKong:
		return netip.MustParsePrefix("8.210.0.0/16")
	case poolSingapore:
		return netip.MustParsePrefix("13.250.0.0/16")
	case poolCloudflare:
		return netip.MustParsePrefix("104.16.0.0/16")
	case poolAliyun6:
		return netip.MustParsePrefix("2408:4001:100::/48")
	case poolForeign6:
		return netip.MustParsePrefix("2606:4700:10::/48")
	}
	return netip.MustParsePrefix("10.20.0.0/16")
}

// poolSize is how many addresses of a pool are dealt before it goes round.
const poolSize = 65536 - 512

// offset is the smallest n for which at(n) is the address; false if there is
// none.
func (p pool) offset(a netip.Addr) (int, bool) {
	if !a.Is4() || !p.prefix().Contains(a) {
		return 0, false
	}
	b := a.As4()
	n := int(binary.BigEndian.Uint16(b[2:])) - 256
	return n, n >= 0 && n < poolSize
}

// at is the n-th usable address of the pool.
func (p pool) at(n int) netip.Addr {
	prefix := p.prefix()
	offset := uint32(256 + n%poolSize)
	if a := prefix.Addr(); a.Is4() {
		b := a.As4()
		binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])+offset)
		return netip.AddrFrom4(b)
	}
	b := prefix.Addr().As16()
	binary.BigEndian.PutUint32(b[12:], offset)
	return netip.AddrFrom16(b)
}

// The lab's own hosts. Their addresses lie in mainland ranges so that a vetting
// guard lets them through; connections to them are mapped back by name and by
// address.
const (
	zoneName = "lab-dns.net."

	hostNS1    = "ns1.lab-dns.net"       // healthy child servers
	hostNS2    = "ns2.lab-dns.net"       //
	hostNS3    = "ns3.lab-dns.net"       // named by the child only
	hostLame   = "ns-lame.lab-dns.net"   // REFUSED: knows no zone
	hostSilent = "ns-silent.lab-dns.net" // never answers
	hostTLD1   = "a.tld.lab-dns.net"     // every TLD's servers
	hostTLD2   = "b.tld.lab-dns.net"     //
	hostRoot   = "a.root.lab-dns.net"    // the root's

	hostRegistrarWHOIS = "whois.registrar.lab-dns.net"
	hostRegistrarRDAP  = "rdap.registrar.lab-dns.net"

	hostIntranet = "intranet.lab-dns.net" // resolves to a private address
	hostMixed    = "rebind.lab-dns.net"   // resolves to a public and a private address
	hostBlock    = "dnspod.qcloud.com"    // Tencent's block pages, as far as redirects go
)

// ownHosts is every host of the lab with its addresses.
func ownHosts(host string) []netip.Addr {
	one := func(s string) []netip.Addr { return []netip.Addr{netip.MustParseAddr(s)} }
	switch host {
	case hostNS1:
		return one("39.96.10.1")
	case hostNS2:
		return one("39.96.10.2")
	case hostNS3:
		return one("39.96.10.3")
	case hostLame:
		return one("39.96.20.1")
	case hostSilent:
		return one("39.96.20.2")
	case hostTLD1:
		return one("203.119.25.11")
	case hostTLD2:
		return one("203.119.26.11")
	case hostRoot:
		return one("203.119.27.11")
	case hostRegistrarWHOIS:
		return one("39.96.30.1")
	case hostRegistrarRDAP:
		return one("39.96.30.2")
	case hostIntranet:
		return one("10.20.0.5")
	case hostMixed:
		return []netip.Addr{netip.MustParseAddr("47.98.0.9"), netip.MustParseAddr("127.0.0.1")}
	case hostBlock:
		return one("119.29.0.10")
	}
	return nil
}

// mainlandSubnet is the client subnet the flags name, a Shanghai carrier's, so
// that the view is the mainland's wherever the lab runs.
const mainlandSubnet = "202.96.209.0/24"
