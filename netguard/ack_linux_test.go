package netguard

import (
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSpeakFirst asks the kernel how many segments went out before a word was
// said: of one who speaks first the opening one, of another the acknowledgement
// too.
func TestSpeakFirst(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := netip.MustParseAddrPort(l.Addr().String()).Port()
	g := New(Options{AllowPrivate: true, Ports: []uint16{port}})
	if got := segments(t, g, l.Addr().String()); got != 2 {
		t.Errorf("one who is greeted sent %d segments, want 2", got)
	}
	for range 20 { // a test that is held up for 200 ms sees the late acknowledgement
		if segments(t, g.SpeakFirst(), l.Addr().String()) == 1 {
			return
		}
	}
	t.Error("one who speaks first never sent but 1 segment")
}

// segments connects and tells how many segments went out.
func segments(t *testing.T, g *Guard, to string) uint32 {
	t.Helper()
	conn, err := g.DialContext(t.Context(), "tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*Conn).Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var info *unix.TCPInfo
	var failed error
	if err := raw.Control(func(fd uintptr) { info, failed = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) }); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return info.Segs_out
}
