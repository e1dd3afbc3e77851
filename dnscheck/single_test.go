package dnscheck

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/net/ipv4"
)

// Where there are no batches a datagram a call goes out and comes in; one that
// does not fit says so.
func TestSingle(t *testing.T) {
	here, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	conn, err := net.DialUDP("udp", nil, here.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s := single{conn}
	ms := make([]ipv4.Message, 2)
	for i, text := range []string{"first", "second"} {
		ms[i].Buffers = [][]byte{[]byte(text)}
	}
	if n, err := s.WriteBatch(ms, 0); n != 1 || err != nil {
		t.Fatalf("wrote %d, %v", n, err)
	}
	got := make([]byte, 100)
	n, from, err := here.ReadFromUDPAddrPort(got)
	if err != nil || string(got[:n]) != "first" {
		t.Fatalf("%q arrived, %v", got[:n], err)
	}
	for text, want := range map[string]struct {
		text string
		cut  bool
	}{"12345678": {"12345678", false}, "123456789": {"12345678", true}} {
		if _, err := here.WriteToUDPAddrPort([]byte(text), from); err != nil {
			t.Fatal(err)
		}
		ms[0].Buffers[0] = make([]byte, 8)
		if n, err := s.ReadBatch(ms, 0); n != 1 || err != nil {
			t.Fatalf("read %d, %v", n, err)
		}
		if got := string(ms[0].Buffers[0][:ms[0].N]); got != want.text || ms[0].Flags&cut != 0 != want.cut {
			t.Errorf("%q was read as %q, flags %#x", text, got, ms[0].Flags)
		}
	}
	if err := conn.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReadBatch(ms, 0); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("an idle socket gives %v", err)
	}
}
