//go:build !linux

package netguard

import "syscall"

// acknowledgeWithData does nothing: only Linux is told when to acknowledge.
func acknowledgeWithData(_, _ string, _ syscall.RawConn) error { return nil }
