package dnscheck_test

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/miekg/dns"

	"domaincheck/dnscheck"
)

func Example() {
	resolver, stop := exampleServer()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	observer, err := dnscheck.New(dnscheck.Options{Resolvers: []string{resolver}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer observer.Close()
	look := observer.Look(ctx, dnscheck.Question{Domain: "example.cn", Hosts: []string{"shop"}})
	for _, h := range look.Hosts {
		fmt.Println(h.Host, h.Outcome, h.RCode, h.CNAME, len(h.Addresses))
	}
	// Output:
	// example.cn ok NOERROR [] 1
	// www.example.cn ok NOERROR [example.cn] 1
	// shop.example.cn ok NXDOMAIN [] 0
}

func ExampleObserver_Resolve() {
	resolver, stop := exampleServer()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	observer, err := dnscheck.New(dnscheck.Options{Resolvers: []string{resolver}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer observer.Close()
	a := observer.Resolve(ctx, "www.example.cn", dns.TypeA)
	fmt.Println(a.Outcome, a.RCode, a.CNAME, a.Addresses)
	// Output: ok NOERROR [example.cn] [47.110.0.1]
}

// exampleServer answers for example.cn on loopback.
func exampleServer() (address string, stop func()) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	records := map[string]string{"example.cn.": "A 47.110.0.1", "www.example.cn.": "CNAME example.cn."}
	s := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		for name, asked := q.Question[0].Name, q.Question[0].Qtype; ; {
			data, ok := records[name]
			if !ok {
				m.Rcode = dns.RcodeNameError
				break
			}
			rr, err := dns.NewRR(name + " 60 IN " + data)
			if err != nil {
				panic(err)
			}
			if c, ok := rr.(*dns.CNAME); ok {
				m.Answer = append(m.Answer, rr)
				name = c.Target
				continue
			}
			if asked == dns.TypeA {
				m.Answer = append(m.Answer, rr)
			}
			break
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = s.ActivateAndServe() }()
	return conn.LocalAddr().String(), func() { conn.Close() }
}
