package netguard

import "syscall"

// acknowledgeWithData turns the immediate acknowledgement of a handshake off
// before it begins (tcp(7), TCP_QUICKACK). It is a hint: a kernel that refuses
// it connects as ever.
func acknowledgeWithData(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 0)
	})
}
