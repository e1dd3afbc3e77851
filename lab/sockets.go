package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/miekg/dns"

	dc "domaincheck"
)

// service is one thing that listens. Whatever is added to the lab (chat robots,
// say) is one more of these.
type service struct {
	name  string
	close func() error // stops it; its goroutines belong to Lab.wg
}

// ports are the addresses (host:port) of all services.
type ports struct {
	resolver1, resolver2, parent, child, lame, silent string
	whois, whoisRegistrar, rdap, http, https, closed  string
	whoisRefused, rdapRefused                         string // for the suffixes whose registries refuse
}

// open starts every service.
func (l *Lab) open(ctx context.Context, host string) error {
	for _, s := range []struct {
		role role
		addr *string
	}{
		{roleResolver1, &l.ports.resolver1}, {roleResolver2, &l.ports.resolver2}, {roleParent, &l.ports.parent},
		{roleChild, &l.ports.child}, {roleLame, &l.ports.lame}, {roleSilent, &l.ports.silent},
	} {
		addr, err := l.openDNS(host, &nameserver{role: s.role, world: l.world, counts: l.counts})
		if err != nil {
			return err
		}
		*s.addr = addr
	}
	var err error
	if l.ports.whois, err = l.openTCP(ctx, host, (&whoisServer{world: l.world, counts: l.counts}).serve); err != nil {
		return err
	}
	if l.ports.whoisRefused, err = l.openTCP(ctx, host, (&whoisServer{world: l.world, counts: l.counts}).serve); err != nil {
		return err
	}
	if l.ports.whoisRegistrar, err = l.openTCP(ctx, host, (&whoisServer{registrar: true, world: l.world, counts: l.counts}).serve); err != nil {
		return err
	}
	linked := "https://" + hostRegistrarRDAP + "/rdap/"
	registrar := &rdapServer{registrar: true, world: l.world, counts: l.counts, linked: linked}
	if l.ports.rdap, err = l.openHTTP(ctx, host, nil, &rdapServer{world: l.world, counts: l.counts, linked: linked}); err != nil {
		return err
	}
	bomb := sync.OnceValue(bomb)
	if l.ports.rdapRefused, err = l.openHTTP(ctx, host, nil, &rdapServer{world: l.world, counts: l.counts, linked: linked}); err != nil {
		return err
	}
	plain := &siteServer{world: l.world, counts: l.counts, rdap: registrar, bomb: bomb, hijacked: l.wg.Done}
	if l.ports.http, err = l.openHTTP(ctx, host, nil, plain); err != nil {
		return err
	}
	secure := &siteServer{tls: true, world: l.world, counts: l.counts, rdap: registrar, bomb: bomb, hijacked: l.wg.Done}
	config := &tls.Config{GetConfigForClient: handshake(ctx, l.world, l.authority), MinVersion: tls.VersionTLS12}
	if l.ports.https, err = l.openHTTP(ctx, host, config, secure); err != nil {
		return err
	}
	l.ports.closed, err = l.openClosed(host)
	return err
}

func cannotListen(err error) error {
	return dc.Errorf(dc.CodeNetwork, "", "the lab cannot listen: %w", err)
}

// openDNS serves one role over UDP and TCP on the same port.
func (l *Lab) openDNS(host string, handler dns.Handler) (string, error) {
	tcp, udp, err := samePort(host)
	if err != nil {
		return "", cannotListen(err)
	}
	servers := []*dns.Server{
		{PacketConn: udp, Handler: handler, UDPSize: 4096},
		{Listener: tcp, Handler: handler, MaxTCPQueries: -1},
	}
	for _, s := range servers {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		failed := make(chan error, 1)
		l.wg.Go(func() { failed <- s.ActivateAndServe() })
		select {
		case <-started:
		case err := <-failed:
			return "", cannotListen(err)
		}
		l.services = append(l.services, service{name: "dns", close: s.Shutdown})
	}
	return tcp.Addr().String(), nil
}

// samePort finds a port that is free for both TCP and UDP.
func samePort(host string) (net.Listener, net.PacketConn, error) {
	var last error
	for range 50 {
		tcp, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return nil, nil, err
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err == nil {
			return tcp, udp, nil
		}
		last = errors.Join(err, tcp.Close())
	}
	return nil, nil, last
}

// openTCP runs serve for each connection; a connection lives five minutes at most.
func (l *Lab) openTCP(ctx context.Context, host string, serve func(context.Context, net.Conn)) (string, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "", cannotListen(err)
	}
	conns := &connections{open: make(map[net.Conn]struct{})}
	l.services = append(l.services, service{name: "whois", close: func() error { return errors.Join(listener.Close(), conns.close()) }})
	l.wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if !conns.add(conn) {
				_ = conn.Close()
				return
			}
			l.wg.Go(func() {
				defer conns.remove(conn)
				_ = conn.SetDeadline(time.Now().Add(5 * time.Minute))
				serve(ctx, conn)
			})
		}
	})
	return listener.Addr().String(), nil
}

// connections are the open ones, so that closing the lab closes them.
type connections struct {
	mu     sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
}

func (c *connections) add(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.open[conn] = struct{}{}
	return true
}

func (c *connections) remove(conn net.Conn) {
	c.mu.Lock()
	delete(c.open, conn)
	c.mu.Unlock()
	_ = conn.Close()
}

func (c *connections) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for conn := range c.open {
		_ = conn.Close()
	}
	return nil
}

// openHTTP serves a handler, over TLS if config is given.
func (l *Lab) openHTTP(ctx context.Context, host string, config *tls.Config, handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "", cannotListen(err)
	}
	addr := listener.Addr().String()
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 64 << 10,
		ErrorLog: log.New(io.Discard, "", 0), BaseContext: func(net.Listener) context.Context { return ctx },
		// Serve calls this with StateNew before it starts the connection's
		// goroutine, so that Wait cannot overtake it.
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				l.wg.Add(1)
			case http.StateClosed:
				l.wg.Done()
			}
		},
	}
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	l.services = append(l.services, service{name: "http", close: server.Close})
	l.wg.Go(func() { _ = server.Serve(listener) })
	return addr, nil
}

// openClosed finds a port that refuses connections for as long as the lab runs:
// the near end of a connection of the lab's own, on which nobody listens and
// which nobody else can be given.
func (l *Lab) openClosed(host string) (string, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "", cannotListen(err)
	}
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return "", cannotListen(errors.Join(err, listener.Close()))
	}
	l.services = append(l.services, service{name: "closed", close: func() error { return errors.Join(near.Close(), listener.Close()) }})
	return near.LocalAddr().String(), nil
}
