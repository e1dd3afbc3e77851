package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"domaincheck/check"
)

// needs are what a look at a site asks for.
type needs struct {
	questions       []string // of dnsperf, for domain(0)
	queries         float64
	fetches, shakes float64 // over http; over TLS
}

// asked counts what a look asks for, by looking at a few sites through relays.
func asked(ctx context.Context, s settings, scheme string) (needs, error) {
	const sample = 50
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var names questions
	var plain, secure atomic.Int64
	through := s
	var err error
	if through.resolver, err = relayUDP(ctx, s.resolver, names.note); err != nil {
		return needs{}, err
	}
	if through.http, err = relayTCP(ctx, s.http, &plain); err != nil {
		return needs{}, err
	}
	if through.https, err = relayTCP(ctx, s.https, &secure); err != nil {
		return needs{}, err
	}
	world, err := connect(through)
	if err != nil {
		return needs{}, err
	}
	defer world.Close()
	looked := func(i int) error {
		report := world.Checker.Check(ctx, check.Job{Input: domain(i), Site: site(scheme, i), Parts: check.ResolutionPart | check.PagePart})
		if !good(&report) {
			return fmt.Errorf("%s: %v %+v", domain(i), report.Error, report.Observation)
		}
		return nil
	}
	if err := looked(0); err != nil { // what is asked once for all sites
		return needs{}, err
	}
	names.take()
	plain.Store(0)
	secure.Store(0)
	for i := range sample {
		if err := looked(1 + i); err != nil {
			return needs{}, err
		}
	}
	all := names.take()
	n := needs{queries: float64(len(all)) / sample, fetches: float64(plain.Load()) / sample, shakes: float64(secure.Load()) / sample}
	for _, q := range all {
		if strings.Contains(q, domain(sample)) {
			n.questions = append(n.questions, strings.ReplaceAll(q, domain(sample), domain(0)))
		}
	}
	return n, nil
}

// questions are those that came through a relay, as dnsperf takes them.
type questions struct {
	mu  sync.Mutex
	all []string
}

func (q *questions) note(packet []byte) {
	var m dns.Msg
	if m.Unpack(packet) != nil || len(m.Question) != 1 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, strings.ToLower(m.Question[0].Name)+" "+dns.TypeToString[m.Question[0].Qtype])
}

func (q *questions) take() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.all
	q.all = nil
	return all
}

// relayUDP passes datagrams on to a name server and notes them, until ctx ends.
func relayUDP(ctx context.Context, to string, note func([]byte)) (string, error) {
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
			note(buf[:n])
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
