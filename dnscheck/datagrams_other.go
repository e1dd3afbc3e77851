//go:build !windows

package dnscheck

import (
	"net"
	"syscall"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// cut is the flag of a datagram that was longer than the room for it.
const cut = syscall.MSG_TRUNC

// newBatcher takes several datagrams per system call where the system can
// (Linux), one elsewhere.
func newBatcher(conn *net.UDPConn) batcher {
	if a, ok := conn.RemoteAddr().(*net.UDPAddr); ok && a.IP.To4() == nil {
		return ipv6.NewPacketConn(conn)
	}
	return ipv4.NewPacketConn(conn)
}
