package lab

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"time"
)

// pause waits; false if the lab was closed meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// reset makes the close of a TCP connection a reset (RST) instead of an end.
func reset(conn net.Conn) {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// endless writes a chunk again and again, until the reader or the lab is gone.
func endless(ctx context.Context, w io.Writer, chunk []byte) {
	block := make([]byte, 0, 32<<10)
	for len(block)+len(chunk) <= cap(block) {
		block = append(block, chunk...)
	}
	for ctx.Err() == nil {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// trickle writes one byte every two seconds, the text over and over, until the
// reader or the lab is gone.
func trickle(ctx context.Context, w io.Writer, text []byte) {
	for i := 0; ; i = (i + 1) % len(text) {
		if _, err := w.Write(text[i : i+1]); err != nil {
			return
		}
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		if !pause(ctx, 2*second) {
			return
		}
	}
}

// silence waits until the other side goes away or the lab closes the
// connection.
func silence(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
