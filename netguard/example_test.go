package netguard_test

import (
	"fmt"
	"net/netip"

	"domaincheck/netguard"
)

func ExampleVet() {
	for _, a := range []string{"47.110.0.1", "169.254.169.254", "2002:7f00:1::1"} {
		fmt.Println(netguard.Vet(netip.MustParseAddr(a)))
	}
	// Output:
	// <nil>
	// 169.254.169.254: not an address of the public internet: Link local (cloud metadata services answer here) (169.254.0.0/16, RFC 3927)
	// 2002:7f00:1::1: 6to4 address around a forbidden one: 127.0.0.1: not an address of the public internet: Loopback (127.0.0.0/8, RFC 1122)
}

func ExampleParseMapping() {
	m, err := netguard.ParseMapping("例子.中国:443:127.0.0.1:8443")
	fmt.Println(m, err)
	// Output: xn--fsqu00a.xn--fiqs8s:443:127.0.0.1:8443 <nil>
}
