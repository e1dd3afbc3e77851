// Command cluster puts a distance between a program and a lab: it reads what
// "domaincheck lab --json" printed, opens a relay for each of its sockets that
// holds every answer up for a round trip, and prints the flags that lead through
// the relays, as JSON. It ends with its standard input.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

func main() {
	trip := flag.Duration("trip", 50*time.Millisecond, "a round trip")
	file := flag.String("lab", "lab.json", "what the lab printed")
	flag.Parse()
	if err := run(*file, *trip); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(file string, trip time.Duration) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var lab struct {
		Flags []string `json:"flags"`
	}
	if err := json.Unmarshal(data, &lab); err != nil {
		return err
	}
	r := relays{trip: trip, known: map[string]string{}}
	for i := 0; i+1 < len(lab.Flags); i += 2 {
		if lab.Flags[i+1], err = r.through(lab.Flags[i], lab.Flags[i+1]); err != nil {
			return err
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(lab); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

type relays struct {
	trip  time.Duration
	known map[string]string // target → relay
}

// through is a flag's value with the relay in the place of the socket it names.
func (r *relays) through(flag, value string) (string, error) {
	switch flag {
	case "--resolver":
		return r.relay(value)
	case "--whois-server":
		suffix, target, _ := strings.Cut(value, "=")
		to, err := r.relay(target)
		return suffix + "=" + to, err
	case "--rdap-base":
		suffix, base, _ := strings.Cut(value, "=http://")
		target, path, _ := strings.Cut(base, "/")
		to, err := r.relay(target)
		return suffix + "=http://" + to + "/" + path, err
	case "--connect-to":
		parts := strings.SplitN(value, ":", 3)
		to, err := r.relay(parts[2])
		return parts[0] + ":" + parts[1] + ":" + to, err
	}
	return value, nil
}

func (r *relays) relay(target string) (string, error) {
	if to, ok := r.known[target]; ok {
		return to, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	packets, err := net.ListenPacket("udp", l.Addr().String())
	if err != nil {
		return "", err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.stream(c, target)
		}
	}()
	go r.datagrams(packets.(*net.UDPConn), target)
	r.known[target] = l.Addr().String()
	return r.known[target], nil
}

// chunk is what came at a moment.
type chunk struct {
	at    time.Time
	bytes []byte
}

// stream holds up what the target says by a round trip, and the first bytes by
// another one, for the opening of the connection.
func (r *relays) stream(c net.Conn, target string) {
	defer c.Close()
	open := time.NewTimer(r.trip)
	<-open.C
	to, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer to.Close()
	go func() {
		_, _ = io.Copy(to, c)
		_ = to.(*net.TCPConn).CloseWrite()
	}()
	late := make(chan chunk, 256)
	go func() {
		defer close(late)
		for {
			buf := make([]byte, 16<<10)
			n, err := to.Read(buf)
			if n > 0 {
				late <- chunk{time.Now(), buf[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for ch := range late {
		wait := time.NewTimer(time.Until(ch.at.Add(r.trip)))
		<-wait.C
		if _, err := c.Write(ch.bytes); err != nil {
			return
		}
	}
}

// datagrams holds up each answer by a round trip. Every client has a socket of
// its own towards the target.
func (r *relays) datagrams(packets *net.UDPConn, target string) {
	address, err := net.ResolveUDPAddr("udp", target)
	if err != nil {
		return
	}
	_ = packets.SetReadBuffer(8 << 20)
	clients := map[string]*net.UDPConn{}
	buf := make([]byte, 64<<10)
	for {
		n, from, err := packets.ReadFromUDP(buf)
		if err != nil {
			return
		}
		to := clients[from.String()]
		if to == nil {
			if to, err = net.DialUDP("udp", nil, address); err != nil {
				continue
			}
			clients[from.String()] = to
			go r.answers(packets, to, from)
		}
		_, _ = to.Write(buf[:n])
	}
}

func (r *relays) answers(packets, to *net.UDPConn, client *net.UDPAddr) {
	_ = to.SetReadBuffer(8 << 20)
	for {
		buf := make([]byte, 4096)
		n, err := to.Read(buf)
		if err != nil {
			return
		}
		time.AfterFunc(r.trip, func() { _, _ = packets.WriteToUDP(buf[:n], client) })
	}
}
