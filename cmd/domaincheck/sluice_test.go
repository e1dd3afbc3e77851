package main

import (
	"net"
	"sync"
	"testing"
)

// sluice is the way of one node to the database. Shut, it swallows whatever
// comes from either side without a word, like a network that lost a route; what
// was open then stays dumb for ever, like a connection whose state was lost.
type sluice struct {
	mu   sync.Mutex
	shut bool
	gone bool // the test is over
	open map[*stream]bool
}

// stream is one connection through a sluice.
type stream struct {
	ends [2]net.Conn
	dumb bool // guarded by the sluice
	over chan struct{}
	once sync.Once
}

func (s *stream) end() {
	s.once.Do(func() {
		close(s.over)
		_ = s.ends[0].Close()
		_ = s.ends[1].Close()
	})
}

// newSluice leads from an address of its own to a unix socket.
func newSluice(t *testing.T, socket string) (*sluice, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sluice{open: map[*stream]bool{}}
	stop := serveConns(l, func(c net.Conn) { s.lead(c, socket) })
	t.Cleanup(func() {
		s.mu.Lock()
		s.gone = true
		for st := range s.open {
			st.end()
		}
		s.mu.Unlock()
		stop()
	})
	return s, l.Addr().String()
}

func (s *sluice) lead(c net.Conn, socket string) {
	to, err := net.Dial("unix", socket)
	if err != nil {
		_ = c.Close()
		return
	}
	st := &stream{ends: [2]net.Conn{c, to}, over: make(chan struct{})}
	s.mu.Lock()
	st.dumb = s.shut
	s.open[st] = true
	if s.gone {
		st.end()
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.open, st)
		s.mu.Unlock()
	}()
	var both sync.WaitGroup
	both.Go(func() { s.pour(st, to, c) })
	both.Go(func() { s.pour(st, c, to) })
	both.Wait()
}

// pour copies one way; once dumb, it neither passes bytes on nor that an end
// hung up.
func (s *sluice) pour(st *stream, to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		s.mu.Lock()
		dumb := st.dumb
		s.mu.Unlock()
		switch {
		case dumb:
			if err != nil {
				<-st.over // the other end never hears of it
				return
			}
			continue
		case n > 0:
			if _, werr := to.Write(buf[:n]); werr != nil {
				err = werr
			}
		}
		if err != nil {
			st.end()
			return
		}
	}
}

// close makes all connections dumb, and those to come while it is shut.
func (s *sluice) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = true
	for st := range s.open {
		st.dumb = true
	}
}

// heal lets new connections through.
func (s *sluice) heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = false
}
