package dnscheck

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/net/ipv4"

	"domaincheck"
	"domaincheck/netguard"
)

const (
	batchSize  = 32               // datagrams per system call, of a resolver's socket
	socketIdle = 10 * time.Second // a socket without questions closes after once or twice this
	socketLife = 60 * time.Second // then a socket is replaced, so that its port changes
)

// errSocketClosed marks a call whose socket went away before it was sent.
var errSocketClosed = errors.New("socket closed")

// call is one question in flight. Calls are pooled; the owner holds a call
// from newCall to release and nobody else keeps it: a socket forgets it when
// it answers or when the owner cancels it.
type call struct {
	buf      [maxQuery]byte
	packed   []byte // in buf; the ID is filled in by the socket
	question []byte // in buf
	id       uint16
	reply    []byte
	err      error
	strange  bool          // an answer to another question came, or bytes that are no answer
	done     chan struct{} // of capacity 1: reply or err is set
	timer    *time.Timer
}

var calls = sync.Pool{New: func() any {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &call{done: make(chan struct{}, 1), reply: make([]byte, 0, udpSize), timer: t}
}}

func newCall(name string, qtype uint16, f flags) (*call, error) {
	c := calls.Get().(*call)
	packed, end, err := pack(c.buf[:], name, qtype, f)
	if err != nil {
		calls.Put(c)
		return nil, err
	}
	c.packed, c.question = packed, packed[headerSize:end]
	c.reply, c.err, c.strange = c.reply[:0], nil, false
	return c, nil
}

func (c *call) release() {
	c.timer.Stop()
	calls.Put(c)
}

// batcher reads and writes datagrams, several per system call where the system
// can; it is what ipv4.PacketConn and ipv6.PacketConn share.
type batcher interface {
	ReadBatch(ms []ipv4.Message, flags int) (int, error)
	WriteBatch(ms []ipv4.Message, flags int) (int, error)
}

type packet struct {
	n int
	b [maxQuery]byte
}

// socket is a connected UDP socket shared by many calls. Its reader and writer
// goroutines end when it is closed, which the reader does itself when idle.
type socket struct {
	conn  *net.UDPConn
	batch batcher
	born  time.Time
	idle  time.Duration
	many  int           // datagrams per system call
	wake  chan struct{} // of capacity 1: queue is not empty
	stop  chan struct{} // closed with the socket

	mu     sync.Mutex
	calls  map[uint16]*call
	queue  []packet
	sent   uint64 // calls so far
	closed bool
}

func newSocket(conn *net.UDPConn, now time.Time, idle time.Duration, many int) *socket {
	s := &socket{
		conn: conn, born: now, idle: idle, many: many,
		wake:  make(chan struct{}, 1),
		stop:  make(chan struct{}),
		calls: make(map[uint16]*call),
	}
	s.batch = newBatcher(conn)
	// A larger receive buffer is welcome, but the system may refuse it.
	_ = conn.SetReadBuffer(1 << 20)
	_ = conn.SetReadDeadline(now.Add(idle))
	go s.read()
	go s.write()
	return s
}

// send gives the call a random free ID and queues it. It fails with
// errSocketClosed if the socket is closed.
func (s *socket) send(c *call) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return errSocketClosed
	}
	for {
		c.id = uint16(rand.Uint32()) // ChaCha8, seeded by the system: not to be guessed
		if _, taken := s.calls[c.id]; !taken {
			break
		}
	}
	s.calls[c.id] = c
	s.sent++
	binary.BigEndian.PutUint16(c.packed, c.id)
	s.enqueue(c)
	s.mu.Unlock()
	s.poke()
	return nil
}

// resend queues the same message again, unless its answer has just come.
func (s *socket) resend(c *call) {
	s.mu.Lock()
	if !s.closed && s.calls[c.id] == c {
		s.enqueue(c)
	}
	s.mu.Unlock()
	s.poke()
}

// enqueue copies the call's message, so that the call may end before the
// writer comes to it. The caller holds mu.
func (s *socket) enqueue(c *call) {
	n := len(s.queue)
	if n < cap(s.queue) {
		s.queue = s.queue[:n+1]
	} else {
		s.queue = append(s.queue, packet{})
	}
	s.queue[n].n = copy(s.queue[n].b[:], c.packed)
}

func (s *socket) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// cancel takes the call back: after it the socket no longer knows the call,
// and its done channel is empty.
func (s *socket) cancel(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[c.id] == c {
		delete(s.calls, c.id)
		return
	}
	select {
	case <-c.done:
	default:
	}
}

// write sends what is queued, as many datagrams per system call as have come
// together meanwhile.
func (s *socket) write() {
	var spare []packet
	ms := make([]ipv4.Message, s.many)
	bufs := make([][1][]byte, s.many)
	for i := range ms {
		ms[i].Buffers = bufs[i][:]
	}
	for {
		select {
		case <-s.wake:
		case <-s.stop:
			return
		}
		runtime.Gosched() // let others queue theirs
		s.mu.Lock()
		batch := s.queue
		s.queue = spare[:0]
		s.mu.Unlock()
		s.flush(batch, ms)
		spare = batch
	}
}

func (s *socket) flush(batch []packet, ms []ipv4.Message) {
	errs := 0
	for len(batch) > 0 {
		n := min(len(batch), len(ms))
		for i := range n {
			ms[i].Buffers[0] = batch[i].b[:batch[i].n]
		}
		sent, err := s.batch.WriteBatch(ms[:n], 0)
		batch = batch[max(sent, 0):]
		if err == nil {
			continue
		}
		// A refusal here reports an earlier datagram; what is left is sent on.
		if errs++; errs > 3 || errors.Is(err, net.ErrClosed) {
			s.fail(err)
			return
		}
		s.fail(err)
	}
}

// read hands arriving messages to their calls. On an idle time-out it closes
// the socket.
func (s *socket) read() {
	ms := make([]ipv4.Message, s.many)
	room := make([]byte, s.many*readSize)
	for i := range ms {
		ms[i].Buffers = [][]byte{room[i*readSize : (i+1)*readSize]}
	}
	before := uint64(0)
	for {
		n, err := s.batch.ReadBatch(ms, 0)
		if err == nil {
			s.deliver(ms[:n])
			continue
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			if s.fail(err); s.isClosed() || errors.Is(err, net.ErrClosed) {
				s.close()
				return
			}
			continue
		}
		s.mu.Lock()
		quiet := len(s.calls) == 0 && s.sent == before
		before = s.sent
		s.mu.Unlock()
		if quiet {
			s.close()
			return
		}
		_ = s.conn.SetReadDeadline(time.Now().Add(s.idle))
	}
}

func (s *socket) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *socket) deliver(ms []ipv4.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range ms {
		b := ms[i].Buffers[0][:ms[i].N]
		if garbage(b) {
			// Nobody knows whose it was meant to be: whoever stays without an
			// answer had a server that talks, but not DNS.
			for _, c := range s.calls {
				c.strange = true
			}
			continue
		}
		c := s.calls[binary.BigEndian.Uint16(b)]
		if c == nil {
			continue
		}
		if match(b, c.question) == foreign {
			c.strange = true
			continue
		}
		delete(s.calls, c.id)
		c.reply = append(c.reply[:0], b...)
		if ms[i].Flags&cut != 0 {
			c.reply[2] |= 0x02
		}
		c.done <- struct{}{}
	}
}

// fail ends every call in flight with err: on a connected socket an error of
// the network speaks of the one server asked.
func (s *socket) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, c := range s.calls {
		delete(s.calls, id)
		c.err = err
		c.done <- struct{}{}
	}
}

func (s *socket) close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.mu.Unlock()
	close(s.stop)
	s.conn.Close()
	s.fail(errSocketClosed)
}

// networkError is a failure of the network as an error of the product.
func networkError(err error, server string) *domaincheck.Error {
	var op *net.OpError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &op) && op.Timeout():
		return domaincheck.Errorf(domaincheck.CodeTimeout, server, "no answer in time: %w", err)
	case netguard.Refused(err):
		return domaincheck.Errorf(domaincheck.CodeNetwork, server, "nothing answers on this port: %w", err)
	}
	return domaincheck.Errorf(domaincheck.CodeNetwork, server, "cannot be asked: %w", err)
}
