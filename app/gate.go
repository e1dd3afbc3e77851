package app

import (
	"context"
	"net"
	"sync"

	"domaincheck"
	"domaincheck/web"
)

// gate is the address that the daemon listens at. Connections go to the face in
// force; after a reload those that come next go to the new one, while the old
// one finishes what it has.
type gate struct {
	base net.Listener

	mu   sync.Mutex
	now  *door
	next chan struct{} // closed when another door is opened
}

// door is the gate as one face sees it.
type door struct {
	net.Listener
	conns chan net.Conn
	shut  chan struct{}
	once  sync.Once
}

func newGate(l net.Listener) *gate { return &gate{base: l, next: make(chan struct{})} }

// open makes a new door the one that connections go to.
func (g *gate) open() *door {
	d := &door{Listener: g.base, conns: make(chan net.Conn), shut: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now = d
	close(g.next)
	g.next = make(chan struct{})
	return d
}

// run takes connections until the address is closed; the error tells why it is.
func (g *gate) run(ctx context.Context) error {
	for {
		c, err := g.base.Accept()
		if err != nil {
			return err
		}
		g.lead(ctx, c)
	}
}

// lead hands a connection to the door in force.
func (g *gate) lead(ctx context.Context, c net.Conn) {
	for {
		g.mu.Lock()
		d, next := g.now, g.next
		g.mu.Unlock()
		var conns chan net.Conn
		var shut chan struct{}
		if d != nil {
			conns, shut = d.conns, d.shut
		}
		select {
		case conns <- c:
			return
		case <-shut:
			select { // it was shut for another one, or for good
			case <-next:
			case <-ctx.Done():
				_ = c.Close()
				return
			}
		case <-next:
		case <-ctx.Done():
			_ = c.Close()
			return
		}
	}
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.shut:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener; the address stays open.
func (d *door) Close() error {
	d.once.Do(func() { close(d.shut) })
	return nil
}

// putWeb puts a face in force.
func (a *App) putWeb(s *web.Server) {
	a.mu.Lock()
	a.web = s
	a.mu.Unlock()
	select {
	case a.faces <- struct{}{}:
	default:
	}
}

// runWeb serves the face in force until ctx ends; a face that was replaced
// finishes what it has. The error tells why nothing is served any more.
func (a *App) runWeb(ctx context.Context) error {
	g := newGate(a.listener)
	accepting := make(chan error, 1)
	go func() { accepting <- g.run(ctx) }()
	var served sync.WaitGroup
	failed := make(chan error, 1)
	defer served.Wait()
	for {
		select {
		case <-a.faces:
		default:
		}
		a.mu.Lock()
		face := a.web
		a.mu.Unlock()
		inner, cancel := context.WithCancel(ctx)
		defer cancel()
		d := g.open()
		served.Go(func() {
			if err := face.Serve(inner, d); err != nil && inner.Err() == nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
		select {
		case <-a.faces:
			cancel()
			continue
		case err := <-accepting:
			return domaincheck.Errorf(domaincheck.CodeNetwork, a.listener.Addr().String(), "the address is closed: %w", err)
		case err := <-failed:
			return domaincheck.Errorf(domaincheck.CodeNetwork, a.listener.Addr().String(), "the API is not served any more: %w", err)
		case <-ctx.Done():
			_ = a.listener.Close()
			<-accepting
			return nil
		}
	}
}
