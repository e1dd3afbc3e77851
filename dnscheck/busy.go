package dnscheck

import (
	"sync"
	"time"
)

// Most domains lie with a few hosters, whose name servers a sweep asks many
// times a second. Opening and closing a socket costs several times what the
// question does, so that those servers are asked as resolvers are: over a few
// connected sockets, many questions on each.
//
// That takes nothing from those who would forge an answer from elsewhere but
// the changing of the port with each question. They would have to know the port
// of a socket that hears nobody but the server it is connected to: the ways
// known to find one out (side channels of ICMP limits) try about a thousand
// ports a second, of the 28,000 and more that there are, and a socket lives for
// two seconds. Which name is asked when nobody outside knows; the id of each
// question is random as before.
const (
	busyWindow  = 2 * time.Second
	busyAfter   = 8 // questions within the window
	busyMost    = 32
	busySockets = 2
	busyLife    = 2 * time.Second
	busyIdle    = time.Second
	busyBatch   = 8 // datagrams per system call: room is taken for each
	busyTried   = 4096
)

// busy knows the authoritative servers that are asked again and again. The zero
// value is ready.
type busy struct {
	mu     sync.Mutex
	since  time.Time      // when counting began
	counts map[string]int // questions since then, by address
	shared map[string]*upstream
}

// server gives the sockets that questions to a busy server share; nil for one
// that is asked now and then.
func (b *busy) server(address string, opts *Options) *upstream {
	b.mu.Lock()
	defer b.mu.Unlock()
	if u := b.shared[address]; u != nil {
		return u
	}
	now := time.Now()
	if b.counts == nil || now.Sub(b.since) > busyWindow {
		b.since, b.counts = now, make(map[string]int)
	}
	if len(b.counts) >= busyTried {
		return nil
	}
	b.counts[address]++
	if b.counts[address] < busyAfter || len(b.shared) >= busyMost && !b.forgetOne() {
		return nil
	}
	u := newUpstream(address, opts, sharing{sockets: busySockets, batch: busyBatch, idle: busyIdle, life: busyLife})
	if b.shared == nil {
		b.shared = make(map[string]*upstream)
	}
	b.shared[address] = u
	return u
}

// forgetOne drops a server that nobody has asked for a while. The caller holds
// mu.
func (b *busy) forgetOne() bool {
	for address, u := range b.shared {
		if u.quiet() {
			delete(b.shared, address)
			return true
		}
	}
	return false
}

func (b *busy) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range b.shared {
		u.close()
	}
	b.shared = nil
}
