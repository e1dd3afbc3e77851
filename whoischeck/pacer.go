package whoischeck

import (
	"context"
	"strings"
	"sync"
	"time"

	domaincheck "domaincheck"

	"golang.org/x/time/rate"
)

// Pacer bounds how fast registries are asked. A key stands for one server
// address: "198.51.100.7:43" for WHOIS, "198.51.100.8:443" for RDAP, or
// "host:port" where the address is not known.
//
// Implementations are safe for concurrent use.
type Pacer interface {
	// Wait returns when the server may be asked, or an error: of code refused
	// if the server asked for more patience than the pacer has, of code timeout
	// or cancelled if ctx ends first.
	Wait(ctx context.Context, key string) error
	// Learn tells how the server answered: a refusal, or the zero Refusal for
	// a true answer.
	Learn(key string, r Refusal)
}

// Limits are the bounds of a [MemoryPacer]. The zero value gives the defaults.
type Limits struct {
	PerSecond float64            // questions a second to one server; default 1
	Burst     int                // questions at once; default 5
	Servers   map[string]float64 // per second for one key, "host:port" or "host", instead of PerSecond

	// MaxHold is how much of a server's "come back later" is waited for; a
	// longer one is told as refused at once. Default 10 s.
	MaxHold time.Duration
	// Backoff is how long a server that refused without a term is left alone,
	// doubled at each further refusal up to 64 times. Default 10 s.
	Backoff time.Duration
}

// maxRefusals is how often in a row a server that never answered may refuse
// before nobody waits for it any more: who asks then is told refused at once,
// until the term is over and one question has been answered. One that did answer
// counts its questions, as registries with a quota by the minute do, and may
// refuse maxQuotaRefusals times.
const (
	maxRefusals      = 3
	maxQuotaRefusals = 6
)

// MemoryPacer is a Pacer for one process: a token bucket a server. After a
// refusal the server is left alone for the term it gave, or for Backoff; then
// one question goes out, and the others wait for what becomes of it.
type MemoryPacer struct {
	limits Limits
	mu     sync.Mutex
	keys   map[string]*bucket
}

type bucket struct {
	limiter  *rate.Limiter
	until    time.Time     // asked to come back then
	asked    bool          // … by the server itself
	refusals int           // in a row
	since    time.Time     // of the first of these
	answered bool          // it gave a true answer once
	calm     time.Duration // how long it refused before it last answered again
	probing  bool          // one question is out, and until is how long its answer is waited for
	named    bool          // a limit was given by the host's name
	changed  chan struct{}
}

// lost tells whether nobody waits for the server any more.
func (b *bucket) lost() bool {
	return b.refusals >= maxQuotaRefusals || b.refusals >= maxRefusals && !b.answered
}

// tell wakes those who wait for the hold to end.
func (b *bucket) tell() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// maxBuckets bounds the memory of a pacer; strangers name registrars' servers.
const maxBuckets = 8192

// NewMemoryPacer makes a pacer with these limits.
func NewMemoryPacer(l Limits) *MemoryPacer {
	if l.PerSecond <= 0 {
		l.PerSecond = 1
	}
	if l.Burst <= 0 {
		l.Burst = 5
	}
	if l.MaxHold <= 0 {
		l.MaxHold = 10 * time.Second
	}
	if l.Backoff <= 0 {
		l.Backoff = 10 * time.Second
	}
	return &MemoryPacer{limits: l, keys: map[string]*bucket{}}
}

func (p *MemoryPacer) bucket(key string) *bucket {
	b := p.keys[key]
	if b == nil {
		if len(p.keys) >= maxBuckets {
			p.sweep()
		}
		per := p.limits.PerSecond
		if v, ok := p.limits.Servers[key]; ok && v > 0 {
			per = v
		}
		b = &bucket{limiter: rate.NewLimiter(rate.Limit(per), p.limits.Burst), changed: make(chan struct{})}
		p.keys[key] = b
	}
	return b
}

// sweep forgets the servers that are at rest; if all are busy, the half of
// them, so that the map stays bounded.
func (p *MemoryPacer) sweep() {
	now := time.Now()
	for k, b := range p.keys {
		if now.After(b.until) && b.limiter.Tokens() >= float64(p.limits.Burst) {
			delete(p.keys, k)
		}
	}
	for k := range p.keys {
		if len(p.keys) < maxBuckets/2 {
			return
		}
		delete(p.keys, k)
	}
}

// Name tells the pacer which host a key stands for, so that limits given by
// name hold for every host at that address (the strictest counts).
func (p *MemoryPacer) Name(key, hostport string) {
	per, ok := p.limits.Servers[hostport]
	if !ok {
		host, _, _ := strings.Cut(hostport, ":")
		if per, ok = p.limits.Servers[host]; !ok {
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.bucket(key)
	if per > 0 && (!b.named || rate.Limit(per) < b.limiter.Limit()) {
		b.named = true
		b.limiter.SetLimit(rate.Limit(per))
	}
}

// Wait implements [Pacer]. It waits for MaxHold at most while the server is
// left alone, and not at all once it has refused three times in a row and never
// answered, or six times.
func (p *MemoryPacer) Wait(ctx context.Context, key string) error {
	began, token := time.Now(), false
	for {
		p.mu.Lock()
		b := p.bucket(key)
		hold := time.Until(b.until)
		limiter, asked, changed, patience := b.limiter, b.asked, b.changed, p.limits.MaxHold-time.Since(began)
		if b.lost() {
			patience = 0
		}
		first := hold <= 0 && b.refusals > 0 // to come: it finds out for all
		if first {
			b.until, b.probing = time.Now().Add(p.limits.Backoff), true
		}
		p.mu.Unlock()
		if hold <= 0 && token {
			return nil
		}
		if hold <= 0 {
			if err := limiter.Wait(ctx); err != nil {
				return waitError(ctx, key, err)
			}
			if first {
				return nil
			}
			began, token = time.Now(), true // another may have been refused meanwhile
			continue
		}
		deadline, bounded := ctx.Deadline()
		if hold > patience || bounded && time.Until(deadline) < hold {
			if asked {
				return domaincheck.Errorf(domaincheck.CodeRefused, key, "the server asked to wait: it is left alone for another %d s", int((hold+time.Second-1)/time.Second))
			}
			return domaincheck.Errorf(domaincheck.CodeRefused, key, "the server refused and is left alone for another %s", hold.Round(time.Second))
		}
		timer := time.NewTimer(hold)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return waitError(ctx, key, ctx.Err())
		}
	}
}

// Held tells until when the server of a key is left alone; a past time or the
// zero one if it is not.
func (p *MemoryPacer) Held(key string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.keys[key]; b != nil {
		return b.until
	}
	return time.Time{}
}

// Refusing tells how many servers are left alone now because they refused, and
// when the last of them may be asked again.
func (p *MemoryPacer) Refusing() (servers int, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for _, b := range p.keys {
		if b.refusals > 0 && b.until.After(now) {
			servers++
			if b.until.After(until) {
				until = b.until
			}
		}
	}
	return servers, until
}

func waitError(ctx context.Context, key string, err error) error {
	code := domaincheck.CodeTimeout
	if ctx.Err() == context.Canceled {
		code = domaincheck.CodeCancelled
	}
	return domaincheck.Errorf(code, key, "the turn to ask the server does not come in time: %w", err)
}

// Learn implements [Pacer]. Refusals of questions that were on their way when
// the server was first left alone count as one.
func (p *MemoryPacer) Learn(key string, r Refusal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.bucket(key)
	now := time.Now()
	if r == (Refusal{}) {
		if b.refusals > 0 {
			b.calm = min(now.Sub(b.since), p.limits.MaxHold/2) // who waits has patience for it
		}
		b.refusals, b.answered = 0, true
		if b.probing {
			b.probing, b.until = false, now
			b.tell()
		}
		return
	}
	held := now.Before(b.until) && !b.probing
	wait := min(r.Wait, 24*time.Hour)
	if !held {
		switch {
		case b.refusals == 0:
			b.since = now
			if wait <= 0 {
				wait = max(p.limits.Backoff, b.calm)
			}
		case wait <= 0 || b.refusals >= maxRefusals:
			wait = max(wait, p.limits.Backoff<<min(b.refusals, 6))
		}
		b.refusals++
		if b.probing { // what was waited for is known, and the term begins now
			b.probing, b.until = false, now
			defer b.tell()
		}
	}
	if until := now.Add(wait); until.After(b.until) {
		b.until, b.asked = until, r.Wait > 0
	}
}
