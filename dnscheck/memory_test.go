package dnscheck

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"domaincheck/netguard"
)

func TestMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory[int]
		asked := 0
		get := func(good time.Duration) int {
			return m.get(t.Context(), "k", time.Minute, func() (int, time.Duration) { asked++; return asked, good })
		}
		if a, b := get(time.Hour), get(time.Hour); a != 1 || b != 1 {
			t.Errorf("%d, %d", a, b)
		}
		<-time.After(59 * time.Second)
		if a := get(time.Hour); a != 1 {
			t.Errorf("forgotten too soon: %d", a)
		}
		<-time.After(2 * time.Second)
		if a, b := get(0), get(0); a != 2 || b != 3 {
			t.Errorf("believed too long, or what was good for no time: %d, %d", a, b)
		}
	})
}

// Those who ask at one time ask once; where that fails each asks for himself,
// beside the others and not after them.
func TestMemoryAsksOnce(t *testing.T) {
	for name, good := range map[string]time.Duration{"an answer": time.Minute, "none": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var m memory[int]
				var asked atomic.Int64
				var wg sync.WaitGroup
				began := time.Now()
				for range 50 {
					wg.Go(func() {
						m.get(t.Context(), "k", time.Minute, func() (int, time.Duration) {
							asked.Add(1)
							<-time.After(time.Second)
							return 1, good
						})
					})
				}
				wg.Wait()
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("took %s", took)
				}
				if n := asked.Load(); good > 0 && n != 1 || good == 0 && n != 50 {
					t.Errorf("asked %d times", n)
				}
			})
		})
	}
}

func TestMemoryWaitsNoLongerThanWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type answer struct{ err error }
		var m memory[answer]
		release := make(chan struct{})
		go m.get(t.Context(), "k", time.Minute, func() (answer, time.Duration) { <-release; return answer{}, 0 })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := m.get(ctx, "k", time.Minute, func() (answer, time.Duration) { return answer{ctx.Err()}, 0 }).err
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		close(release)
	})
}

// Two domains with one name server: the servers of .cn and the addresses of the
// server are asked for once.
func TestSharedServersAreLookedUpOnce(t *testing.T) {
	t.Parallel()
	records := map[string]string{
		"cn. NS": "cn. 600 IN NS a.nic.test.", "a.nic.test. A": "a.nic.test. 600 IN A 203.0.114.53", "ns1.shared.test. A": "ns1.shared.test. 600 IN A 203.0.115.1",
		"one.cn. NS": "one.cn. 60 IN NS ns1.shared.test.", "two.cn. NS": "two.cn. 60 IN NS ns1.shared.test.",
	}
	resolver := serve(t, func(q *dns.Msg) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		if text, ok := records[q.Question[0].Name+" "+dns.TypeToString[q.Question[0].Qtype]]; ok {
			m.Answer = append(m.Answer, rr(t, text))
		}
		return m
	})
	parent := serve(t, func(q *dns.Msg) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.Ns = append(m.Ns, rr(t, q.Question[0].Name+" 60 IN NS ns1.shared.test."))
		return m
	})
	child := serve(t, func(q *dns.Msg) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.Authoritative = true
		m.Answer = append(m.Answer, rr(t, q.Question[0].Name+" 60 IN NS ns1.shared.test."))
		return m
	})
	var maps []netguard.Mapping
	for _, text := range []string{"a.nic.test:53:" + parent.address, "ns1.shared.test:53:" + child.address} {
		m, err := netguard.ParseMapping(text)
		if err != nil {
			t.Fatal(err)
		}
		maps = append(maps, m)
	}
	o, err := New(Options{Resolvers: []string{resolver.address}, ConnectTo: maps})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	for _, domain := range []string{"one.cn", "two.cn"} {
		if d := o.delegation(t.Context(), domain); d.Outcome != "ok" || len(d.Lame) > 0 {
			t.Fatalf("%s: %+v", domain, d)
		}
	}
	counts := map[string]int{}
	resolver.mu.Lock()
	defer resolver.mu.Unlock()
	for _, q := range resolver.asked {
		counts[q.Name+" "+dns.TypeToString[q.Qtype]]++
	}
	for _, q := range []string{"cn. NS", "a.nic.test. A", "a.nic.test. AAAA", "ns1.shared.test. A", "ns1.shared.test. AAAA"} {
		if counts[q] != 1 {
			t.Errorf("%s was asked %d times", q, counts[q])
		}
	}
}
