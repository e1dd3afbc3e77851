package netguard

import (
	"context"
	"net/netip"
	"slices"
	"sync"
)

// memory keeps what the resolver said, for the life of one look.
type memory struct {
	mu    sync.Mutex
	hosts []*entry // few: those of one look
}

// find is the entry of a host, nil if there is none. It is called with the lock.
func (m *memory) find(host string) *entry {
	for _, e := range m.hosts {
		if e.host == host {
			return e
		}
	}
	return nil
}

type entry struct {
	host  string
	done  chan struct{} // closed when addrs and err stand
	addrs []netip.Addr
	err   error
}

// Remember is the same guard with a memory of its own: each host is resolved
// once, and all requests of one look go by the same answer (which is vetted
// each time all the same). Meant to live as long as one look; an answer that
// failed for want of time is not kept.
func (g *Guard) Remember() *Guard {
	c := *g
	c.memo = &memory{}
	return &c
}

// Remembered is what the memory holds of a host, without asking anyone; nil
// where the guard has no memory.
func (g *Guard) Remembered(host string) []netip.Addr {
	if g.memo == nil {
		return nil
	}
	g.memo.mu.Lock()
	defer g.memo.mu.Unlock()
	e := g.memo.find(foldHost(host))
	if e == nil {
		return nil
	}
	select {
	case <-e.done:
		return slices.Clone(e.addrs)
	default:
		return nil
	}
}

// resolve asks the resolver, or the memory. Callers that come while the first
// is asking wait for its answer.
func (g *Guard) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	m := g.memo
	if m == nil {
		return g.opt.Resolve(ctx, host)
	}
	m.mu.Lock()
	e := m.find(host)
	if e != nil {
		m.mu.Unlock()
		select {
		case <-e.done:
			return e.addrs, e.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	e = &entry{host: host, done: make(chan struct{})}
	m.hosts = append(m.hosts, e)
	m.mu.Unlock()
	e.addrs, e.err = g.opt.Resolve(ctx, host)
	if e.err != nil && ctx.Err() != nil {
		m.mu.Lock()
		m.hosts = slices.DeleteFunc(m.hosts, func(o *entry) bool { return o == e })
		m.mu.Unlock()
	}
	close(e.done)
	return e.addrs, e.err
}
