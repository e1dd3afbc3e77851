package netguard

import "syscall"

// The errors of the system's network: Windows has numbers of its own
// (winsock2.h), and what package syscall calls by their POSIX names never comes
// from a socket there.
const (
	errRefused       = syscall.Errno(10061) // WSAECONNREFUSED
	errReset         = syscall.Errno(10054) // WSAECONNRESET
	errNetwork       = syscall.Errno(10051) // WSAENETUNREACH
	errHost          = syscall.Errno(10065) // WSAEHOSTUNREACH
	errNoAddress     = syscall.Errno(10049) // WSAEADDRNOTAVAIL
	errNoSuchAddress = syscall.Errno(10047) // WSAEAFNOSUPPORT
)
