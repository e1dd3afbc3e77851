package dnscheck

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/net/ipv4"
)

// single is the batcher of systems that have no batches: a datagram a call.
type single struct{ conn *net.UDPConn }

// tooLong is what Windows says of a datagram that was longer than the room for
// it (WSAEMSGSIZE); the room is full then.
const tooLong = syscall.Errno(10040)

func (s single) ReadBatch(ms []ipv4.Message, _ int) (int, error) {
	room := ms[0].Buffers[0]
	n, _, flags, _, err := s.conn.ReadMsgUDPAddrPort(room, nil)
	if errors.Is(err, tooLong) {
		n, flags, err = len(room), cut, nil
	}
	if err != nil {
		return 0, err
	}
	ms[0].N, ms[0].Flags = n, flags
	return 1, nil
}

func (s single) WriteBatch(ms []ipv4.Message, _ int) (int, error) {
	if _, err := s.conn.Write(ms[0].Buffers[0]); err != nil {
		return 0, err
	}
	return 1, nil
}
