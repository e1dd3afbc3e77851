// Command single measures one check of one site by the command, as a person
// runs it: from the start of the process to its first query, and how much longer
// than the slowest server it takes. The lab's WHOIS answers after two seconds
// and everything else at once; a relay before the lab's resolver notes when the
// first question comes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"domaincheck/lab"
)

// slowest is how long the lab's slow WHOIS server thinks.
const slowest = 2 * time.Second

func main() {
	binary := flag.String("binary", "", "the command to measure")
	rounds := flag.Int("rounds", 15, "runs")
	flag.Parse()
	if err := measure(context.Background(), *binary, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "single:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, binary string, rounds int) error {
	dir, err := os.MkdirTemp("", "single-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	world, err := lab.Start(ctx, lab.Options{Seed: 1, Now: time.Now(), Stories: []string{"whois_slow"}, CAFile: filepath.Join(dir, "ca.pem")})
	if err != nil {
		return err
	}
	defer world.Close()
	first := &relay{to: world.Resolver()}
	address, err := first.listen()
	if err != nil {
		return err
	}
	defer first.conn.Close()
	args := []string{"check", world.Truth()[0].Domain, "--json", "--browser", "off", "--resolver", address}
	for i, flags := 0, world.Flags(); i+1 < len(flags); i += 2 {
		if flags[i] != "--resolver" {
			args = append(args, flags[i], flags[i+1])
		}
	}
	var queries, rest, work, bare []time.Duration
	for range rounds {
		began := time.Now()
		if err := exec.CommandContext(ctx, binary, "version").Run(); err != nil {
			return err
		}
		bare = append(bare, time.Since(began))
		first.at.Store(0)
		began = time.Now()
		cmd := exec.CommandContext(ctx, binary, args...)
		var status *exec.ExitError
		if out, err := cmd.Output(); err != nil && (!errors.As(err, &status) || len(out) == 0) {
			return err
		}
		rest = append(rest, time.Since(began)-slowest)
		queries = append(queries, time.Duration(first.at.Load()-began.UnixNano()))
		work = append(work, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	fmt.Printf("%-52s %8s %8s %8s\n", "ms of a single check", "least", "median", "most")
	for _, line := range []struct {
		name  string
		times []time.Duration
	}{{"process start to first query (bar 50)", queries}, {"beyond the slowest server's 2 s (bar 50)", rest}, {"processor time of the process", work}, {`"domaincheck version", the whole process`, bare}} {
		slices.Sort(line.times)
		fmt.Printf("%-52s", line.name)
		for _, d := range []time.Duration{line.times[0], line.times[len(line.times)/2], line.times[len(line.times)-1]} {
			fmt.Printf(" %8.1f", float64(d)/float64(time.Millisecond))
		}
		fmt.Println()
	}
	return nil
}

// relay hands questions on to a resolver, and notes when the first came.
type relay struct {
	to   string
	conn net.PacketConn
	at   atomic.Int64 // nanoseconds since 1970; 0: none yet
}

func (r *relay) listen() (string, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	r.conn = conn
	go r.serve()
	return conn.LocalAddr().String(), nil
}

// serve relays until the socket is closed.
func (r *relay) serve() {
	for {
		question := make([]byte, 4096)
		n, from, err := r.conn.ReadFrom(question)
		if err != nil {
			return
		}
		r.at.CompareAndSwap(0, time.Now().UnixNano())
		go r.ask(question[:n], from)
	}
}

// ask loses what it cannot relay, as the wire does.
func (r *relay) ask(question []byte, from net.Addr) {
	c, err := net.Dial("udp", r.to)
	if err != nil {
		return
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return
	}
	answer := make([]byte, 65535)
	if _, err := c.Write(question); err != nil {
		return
	}
	if n, err := c.Read(answer); err == nil {
		_, _ = r.conn.WriteTo(answer[:n], from)
	}
}
