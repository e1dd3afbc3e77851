package dnscheck

import "net"

// cut is the flag of a datagram that was longer than the room for it (MSG_TRUNC
// of winsock2.h).
const cut = 0x100

// newBatcher takes datagrams one by one: golang.org/x/net has no batches for
// Windows.
func newBatcher(conn *net.UDPConn) batcher { return single{conn} }
