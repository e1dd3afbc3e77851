//go:build !windows

package netguard

import "syscall"

// The errors of the system's network, by their POSIX names.
const (
	errRefused       = syscall.ECONNREFUSED
	errReset         = syscall.ECONNRESET
	errNetwork       = syscall.ENETUNREACH
	errHost          = syscall.EHOSTUNREACH
	errNoAddress     = syscall.EADDRNOTAVAIL
	errNoSuchAddress = syscall.EAFNOSUPPORT
)
