package cluster_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"domaincheck/cluster"
	"domaincheck/store"
	"domaincheck/store/storetest"
	"domaincheck/watch"
)

// board is what the nodes of a test did, and what is wrong about it.
type board struct {
	mu      sync.Mutex
	running map[string]int // share → nodes at it now
	done    map[string]int // share → rounds
	by      map[string]int // node → rounds
	overlap []string
	drainer map[string]string
	poked   chan string
	paces   map[string]int
	news    chan struct{} // one signal after each round
}

func newBoard() *board {
	return &board{
		running: map[string]int{}, done: map[string]int{}, by: map[string]int{}, drainer: map[string]string{},
		poked: make(chan string, 100), news: make(chan struct{}, 1),
	}
}

func (b *board) Paces(context.Context, watch.Part) (map[string]int, error) { return b.paces, nil }

func (b *board) Drainer(_ context.Context, channel string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.drainer[channel], nil
}

func (b *board) Asked(context.Context) (int, error) { return 0, nil }

// worker notes who works which share, and stays at it until more is let in.
func (b *board) worker(node string) cluster.Worker {
	return func(ctx context.Context, part watch.Part, p store.Partition) (bool, error) {
		share := fmt.Sprintf("%s %d-%d", part, p.From, p.To)
		if p.Pace != nil {
			share = fmt.Sprintf("%s %s", part, *p.Pace)
		}
		b.mu.Lock()
		if p.To > 0 || p.Pace != nil {
			b.running[share]++
			if b.running[share] > 1 {
				b.overlap = append(b.overlap, share)
			}
		}
		b.mu.Unlock()
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.running[share]--
		b.done[share]++
		b.by[node]++
		select {
		case b.news <- struct{}{}:
		default:
		}
		return false, ctx.Err()
	}
}

// until waits for what must come to pass.
func (b *board) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	end := time.After(40 * time.Second)
	for {
		b.mu.Lock()
		is := holds()
		b.mu.Unlock()
		if is {
			return
		}
		select {
		case <-b.news:
		case <-end:
			b.mu.Lock()
			defer b.mu.Unlock()
			t.Fatalf("%s did not come to pass: shares %v, nodes %v", what, b.done, b.by)
		}
	}
}

func everySecond(t *testing.T, parts ...watch.Part) map[watch.Part]cron.Schedule {
	t.Helper()
	schedule, err := cron.ParseStandard("@every 1s")
	if err != nil {
		t.Fatal(err)
	}
	all := map[watch.Part]cron.Schedule{}
	for _, p := range parts {
		all[p] = schedule
	}
	return all
}

type running struct {
	*cluster.Node
	stop context.CancelFunc
	gone chan struct{}
}

func start(t *testing.T, o cluster.Options) *running {
	t.Helper()
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	n, err := cluster.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{n, stop, make(chan struct{})}
	go func() {
		defer close(r.gone)
		if err := n.Run(ctx); err != nil {
			t.Errorf("%s: %v", o.Node, err)
		}
		n.Close()
	}()
	t.Cleanup(r.end)
	return r
}

func (r *running) end() {
	r.stop()
	<-r.gone
}

// Three nodes share sweeps: every share is worked again and again, by more than
// one node, never by two at once; when nodes go, whoever leads, the rest goes on.
func TestNodesShareSweeps(t *testing.T) {
	url := storetest.StartPostgres(t).New(t)
	b := newBoard()
	b.paces = map[string]int{"whois.cnnic.cn:43": 10, "rdap.verisign.com": 5}
	var nodes []*running
	for i := range 3 {
		name := fmt.Sprintf("node%d", i)
		nodes = append(nodes, start(t, cluster.Options{
			URL: url, Node: name, Store: b, Worker: b.worker(name), Shards: 8, Workers: 2, Poll: time.Hour,
			Cron: everySecond(t, watch.Resolution, watch.Registration),
		}))
	}
	all := func(atLeast int) func() bool {
		return func() bool {
			for i := range 8 {
				if b.done[fmt.Sprintf("resolution %d-%d", i*32, i*32+32)] < atLeast {
					return false
				}
			}
			return b.done["registration whois.cnnic.cn:43"] >= atLeast && b.done["registration rdap.verisign.com"] >= atLeast
		}
	}
	b.until(t, "two sweeps of everything by several nodes", func() bool { return all(2)() && len(b.by) >= 2 })

	for _, n := range nodes[:2] { // one of them may be the leader
		n.end()
	}
	b.mu.Lock()
	clear(b.done)
	b.mu.Unlock()
	b.until(t, "sweeps by the node that is left", all(1))
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.overlap) > 0 {
		t.Errorf("worked by two at once: %v", b.overlap)
	}
	if s := nodes[2].Status(); s.Shards == 0 || s.Node != "node2" {
		t.Errorf("status %+v", s)
	}
}

// A poke reaches the node that drains the channel, and no other.
func TestPokeReachesTheDrainer(t *testing.T) {
	url := storetest.StartPostgres(t).New(t)
	for _, pollOnly := range []bool{false, true} {
		b := newBoard()
		b.drainer["ops"] = "b"
		node := func(name string) *running {
			return start(t, cluster.Options{
				URL: url, Node: name, Store: b, Worker: b.worker(name), Idle: true, PollOnly: pollOnly,
				Poke: func(channel string) { b.poked <- name + " " + channel },
			})
		}
		a, second := node("a"), node("b")
		for _, from := range []*running{a, second} {
			if err := from.Poke(t.Context(), "ops"); err != nil {
				t.Fatal(err)
			}
			select {
			case got := <-b.poked:
				if got != "b ops" {
					t.Errorf("poked %q", got)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("the poke was lost")
			}
		}
		if err := a.Poke(t.Context(), "mail"); err != nil { // nobody drains it: whoever is first
			t.Fatal(err)
		}
		if got := <-b.poked; got != "a mail" {
			t.Errorf("poked %q", got)
		}
		a.end()
		second.end()
	}
}

// Without River's shards a node still works what is due anywhere.
func TestPollWorksWithoutShards(t *testing.T) {
	url := storetest.StartPostgres(t).New(t)
	b := newBoard()
	var polls atomic.Int64
	n := start(t, cluster.Options{URL: url, Node: "a", Store: b, Poll: 10 * time.Millisecond, Worker: func(_ context.Context, part watch.Part, p store.Partition) (bool, error) {
		if p.Pace != nil || p.To != 0 {
			t.Errorf("a poll was cut to %+v", p)
		}
		if part == watch.Page && polls.Add(1) == 3 {
			close(b.poked)
		}
		return false, nil
	}})
	<-b.poked
	if n.Status().Polls < 3 {
		t.Errorf("status %+v", n.Status())
	}
}

// Nodes that start at the same moment migrate one after another.
func TestNodesStartTogether(t *testing.T) {
	url := storetest.StartPostgres(t).New(t)
	b := newBoard()
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			n, err := cluster.New(t.Context(), cluster.Options{URL: url, Node: fmt.Sprint(i), Store: b, Worker: b.worker("x")})
			if err != nil {
				t.Errorf("node %d: %v", i, err)
				return
			}
			n.Close()
		})
	}
	wait.Wait()
}
