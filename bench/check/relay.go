package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"domaincheck/check"
)

// asked counts what a look at a site asks for, by looking at a few of them
// through relays: DNS queries, and connections to the web server.
func asked(ctx context.Context, s settings) (queries, connects float64, err error) {
	const sample = 50
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var q, c atomic.Int64
	resolver, err := relayUDP(ctx, s.resolver, &q)
	if err != nil {
		return 0, 0, err
	}
	to, err := relayTCP(ctx, s.to, &c)
	if err != nil {
		return 0, 0, err
	}
	world, err := connect(s, resolver, to)
	if err != nil {
		return 0, 0, err
	}
	defer world.Close()
	looked := func(i int) error {
		report := world.Checker.Check(ctx, check.Job{Input: domain(i), Site: site(s, i), Parts: check.ResolutionPart | check.PagePart})
		if !good(&report) {
			return fmt.Errorf("%s: %v %+v", domain(i), report.Error, report.Observation)
		}
		return nil
	}
	if err := looked(0); err != nil { // what is asked once for all sites
		return 0, 0, err
	}
	q.Store(0)
	c.Store(0)
	for i := range sample {
		if err := looked(1 + i); err != nil {
			return 0, 0, err
		}
	}
	return float64(q.Load()) / sample, float64(c.Load()) / sample, nil
}

// relayUDP passes datagrams on to a name server and counts them, until ctx ends.
func relayUDP(ctx context.Context, to string, count *atomic.Int64) (string, error) {
	in, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	context.AfterFunc(ctx, func() { in.Close() })
	go func() {
		for {
			buf := make([]byte, 4096)
			n, from, err := in.ReadFrom(buf)
			if err != nil {
				return
			}
			count.Add(1)
			go func() {
				out, err := net.Dial("udp", to)
				if err != nil {
					return
				}
				defer out.Close()
				_ = out.SetDeadline(time.Now().Add(5 * time.Second))
				if _, err := out.Write(buf[:n]); err != nil {
					return
				}
				answer := make([]byte, 65535)
				if n, err := out.Read(answer); err == nil {
					_, _ = in.WriteTo(answer[:n], from)
				}
			}()
		}
	}()
	return in.LocalAddr().String(), nil
}

// relayTCP passes connections on and counts them, until ctx ends.
func relayTCP(ctx context.Context, to string, count *atomic.Int64) (string, error) {
	in, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	context.AfterFunc(ctx, func() { in.Close() })
	go func() {
		for {
			conn, err := in.Accept()
			if err != nil {
				return
			}
			count.Add(1)
			go func() {
				defer conn.Close()
				out, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer out.Close()
				var both sync.WaitGroup
				both.Go(func() { _, _ = io.Copy(out, conn); _ = out.(*net.TCPConn).CloseWrite() })
				both.Go(func() { _, _ = io.Copy(conn, out); _ = conn.(*net.TCPConn).CloseWrite() })
				both.Wait()
			}()
		}
	}()
	return in.Addr().String(), nil
}
