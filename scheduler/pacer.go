package scheduler

import (
	"context"
	"log/slog"
	"maps"
	"math"
	"strings"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/store"
)

// PacerOptions of NewPacer.
type PacerOptions struct {
	Store     Budgets
	Now       func() time.Time   // the store's clock; nil is time.Now
	PerSecond float64            // questions a second to one registry server; 0 is 1
	Burst     int                // questions at once; 0 is 5
	Servers   map[string]float64 // host or host:port → questions a second instead

	// Place sets this process's buckets apart from those of the others: where
	// each machine has a source address of its own and registries count by
	// address. "" shares them: limits often hold for a whole network.
	Place string

	// MostWait is the longest turn that is waited for: a question whose turn
	// comes later is refused at once, so that a slow registry holds no workers.
	// 0 is 30 s.
	MostWait time.Duration
	// Backoff is how long a server that refused without a term is left alone,
	// doubled at each further refusal up to 64 times; 0 is 10 s.
	Backoff time.Duration
	Log     *slog.Logger // nil is silent
}

// Pacer bounds how fast registries are asked, by a bucket of tokens each that
// all processes of a store share and that outlives them. It is a
// whoischeck.Pacer in all but the type of a refusal: see [Pacer.Learn].
//
// A question takes a token, or reserves one that is still to come and waits for
// it. A refusal halves the rate (to one question in ten minutes at least) and
// leaves the server alone for as long as it asked, or ever longer; answers
// bring the rate back by and by, a two-hundredth of the full rate each. While
// the store is lost the buckets are kept in memory.
//
// It is safe for concurrent use.
type Pacer struct {
	o PacerOptions

	mu    sync.Mutex
	names map[string]string // host:port → key
	keys  map[string]*paced
}

// paced is what is remembered of a bucket between two questions.
type paced struct {
	budget  store.Budget
	known   bool
	named   float64 // rate given by the settings for one of its hosts; 0: none
	waiting int
}

// mostKeys bounds the memory of a pacer: strangers name registrars' servers.
const mostKeys = 8192

const slowest = 1.0 / 600 // questions a second

// NewPacer makes a pacer.
func NewPacer(o PacerOptions) *Pacer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PerSecond <= 0 {
		o.PerSecond = 1
	}
	if o.Burst <= 0 {
		o.Burst = 5
	}
	if o.MostWait <= 0 {
		o.MostWait = 30 * time.Second
	}
	if o.Backoff <= 0 {
		o.Backoff = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Pacer{o: o, names: map[string]string{}, keys: map[string]*paced{}}
}

// Limit changes the bounds of the settings, keeping what was learned.
func (p *Pacer) Limit(perSecond float64, burst int, servers map[string]float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if perSecond > 0 {
		p.o.PerSecond = perSecond
	}
	if burst > 0 {
		p.o.Burst = burst
	}
	p.o.Servers = servers
	for _, k := range p.keys {
		k.named = 0
	}
	for name, key := range p.names {
		p.rename(key, name)
	}
}

// Name tells which host a key stands for, so that limits given by name hold
// for every host at that address (the strictest counts), and a site's pace key
// leads to its bucket.
func (p *Pacer) Name(key, hostport string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.names) >= mostKeys {
		clear(p.names)
	}
	p.names[hostport] = key
	p.rename(key, hostport)
}

// Names tells under which key each host:port is paced, as far as it was asked.
func (p *Pacer) Names() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.names)
}

func (p *Pacer) rename(key, hostport string) {
	rate, ok := p.o.Servers[hostport]
	if !ok {
		rate, ok = p.o.Servers[hostOf(hostport)]
	}
	if k := p.key(key); ok && rate > 0 && (k.named == 0 || rate < k.named) {
		k.named = rate
	}
}

func (p *Pacer) key(key string) *paced {
	k := p.keys[key]
	if k == nil {
		if len(p.keys) >= mostKeys {
			for name, other := range p.keys {
				if other.waiting == 0 && len(p.keys) >= mostKeys/2 {
					delete(p.keys, name)
				}
			}
		}
		k = &paced{}
		p.keys[key] = k
	}
	return k
}

// hostOf is the host of a host:port.
func hostOf(hostport string) string {
	if i := strings.LastIndexByte(hostport, ':'); i >= 0 {
		return strings.Trim(hostport[:i], "[]")
	}
	return hostport
}

// full is the rate of the settings.
func (p *Pacer) full(key string) float64 {
	if rate := p.o.Servers[key]; rate > 0 {
		return rate
	}
	if k := p.keys[key]; k != nil && k.named > 0 {
		return k.named
	}
	return p.o.PerSecond
}

// update changes a bucket in the store, or, while the store is lost, the copy
// in memory.
func (p *Pacer) update(ctx context.Context, key string, change func(b store.Budget, known bool) store.Budget) store.Budget {
	stored := key
	if p.o.Place != "" {
		stored += " from " + p.o.Place
	}
	next, err := p.o.Store.UpdateBudget(ctx, stored, change)
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.key(key)
	if err != nil {
		if ctx.Err() == nil {
			p.o.Log.WarnContext(ctx, "pacing: the budget is kept in memory", "registry", key, "error", err)
		}
		next = change(k.budget, k.known)
		next.Key = key
	}
	k.budget, k.known = next, true
	return next
}

// Wait returns when the server may be asked. An error is of code refused if its
// turn is further away than MostWait (it asked for more patience, or too many
// wait), of code timeout or cancelled if ctx ends first.
func (p *Pacer) Wait(ctx context.Context, key string) error {
	p.mu.Lock()
	full, burst := p.full(key), float64(p.o.Burst)
	p.key(key).waiting++
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.key(key).waiting--
		p.mu.Unlock()
	}()
	most := p.o.MostWait
	if deadline, ok := ctx.Deadline(); ok {
		most = min(most, time.Until(deadline))
	}
	var wait time.Duration
	var taken bool
	b := p.update(ctx, key, func(b store.Budget, known bool) store.Budget {
		now := p.o.Now()
		b = refilled(b, known, full, burst, now)
		rate := rateOf(b, full)
		wait, taken = 0, false
		if b.Blocked.After(now) {
			wait = b.Blocked.Sub(now)
		}
		if b.Tokens < 1 {
			wait = max(wait, time.Duration((1-b.Tokens)/rate*float64(time.Second)))
		}
		if wait <= most {
			b.Tokens--
			taken = true
		}
		return b
	})
	if ctx.Err() != nil {
		return waitError(ctx, key)
	}
	if !taken {
		return domaincheck.Errorf(domaincheck.CodeRefused, key, "the registry is not asked for another %s%s", wait.Round(time.Second), because(b.Note))
	}
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return waitError(ctx, key)
	}
}

func because(note string) string {
	if note == "" {
		return ""
	}
	return ": " + note
}

func waitError(ctx context.Context, key string) error {
	code := domaincheck.CodeTimeout
	if ctx.Err() == context.Canceled {
		code = domaincheck.CodeCancelled
	}
	return domaincheck.Errorf(code, key, "the turn to ask the registry does not come in time: %w", ctx.Err())
}

// refilled counts the tokens of a bucket as of now. One that is not known holds
// a single token: nobody knows who asked the registry before.
func refilled(b store.Budget, known bool, full, burst float64, now time.Time) store.Budget {
	if !known {
		b.Tokens, b.At = 1, now
		return b
	}
	if b.At.After(now) { // the clock was put back
		b.At = now
		if limit := now.Add(24 * time.Hour); b.Blocked.After(limit) {
			b.Blocked = limit
		}
	}
	most := burst
	if b.PerSecond > 0 {
		most = 1
	}
	b.Tokens = math.Min(most, b.Tokens+now.Sub(b.At).Seconds()*rateOf(b, full))
	b.At = now
	return b
}

// rateOf is the rate in force: what was learned, but never faster than allowed.
func rateOf(b store.Budget, full float64) float64 {
	if b.PerSecond > 0 {
		return math.Min(b.PerSecond, full)
	}
	return full
}

// Learn tells how the server answered. refused false is a true answer. wait is
// how long the server asked to be left alone, 0 if it did not say; phrase the
// words it was known by.
func (p *Pacer) Learn(ctx context.Context, key string, refused bool, phrase string, wait time.Duration) {
	p.mu.Lock()
	full, burst := p.full(key), float64(p.o.Burst)
	k := p.key(key)
	calm := !refused && k.known && k.budget.PerSecond == 0 && k.budget.Refusals == 0
	p.mu.Unlock()
	if calm {
		return
	}
	b := p.update(ctx, key, func(b store.Budget, known bool) store.Budget {
		now := p.o.Now()
		b = refilled(b, known, full, burst, now)
		if !refused {
			return recovered(b, full)
		}
		leave := wait
		if leave <= 0 {
			leave = p.o.Backoff << min(max(b.Refusals, 0), 6)
		}
		leave = min(leave, 24*time.Hour)
		b.PerSecond = math.Max(rateOf(b, full)/2, math.Min(slowest, full))
		b.Tokens = math.Min(b.Tokens, 0)
		b.Refusals++
		b.Note = phrase
		if until := now.Add(leave); until.After(b.Blocked) {
			b.Blocked = until
		}
		return b
	})
	if refused {
		p.o.Log.InfoContext(ctx, "pacing: the registry refused and is asked more slowly", "registry", key, "phrase", phrase, "per_second", b.PerSecond, "left_alone_until", b.Blocked)
	}
}

// recovered is a bucket after an answer.
func recovered(b store.Budget, full float64) store.Budget {
	b.Refusals = 0
	if b.PerSecond > 0 {
		b.PerSecond += full / 200
		if b.PerSecond >= full {
			b.PerSecond, b.Note = 0, ""
		}
	}
	return b
}

// Blocked is until when a registry is left alone; zero if it may be asked.
// pace is a key or a host:port.
func (p *Pacer) Blocked(pace string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.lookUp(pace)
	if k == nil || !k.budget.Blocked.After(p.o.Now()) {
		return time.Time{}
	}
	return k.budget.Blocked
}

func (p *Pacer) lookUp(pace string) *paced {
	if key, ok := p.names[pace]; ok {
		pace = key
	}
	return p.keys[pace]
}

// Rate is how many questions a second a registry takes now.
func (p *Pacer) Rate(pace string) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := pace
	if known, ok := p.names[pace]; ok {
		key = known
	} else {
		if rate, ok := p.o.Servers[hostOf(pace)]; ok && rate > 0 {
			return rate
		}
	}
	full := p.full(key)
	if k := p.keys[key]; k != nil {
		return rateOf(k.budget, full)
	}
	return full
}

// Status lists the registries that hold something up, or of which something was
// learned.
func (p *Pacer) Status() []PaceStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.o.Now()
	var all []PaceStatus
	for key, k := range p.keys {
		blocked := k.budget.Blocked
		if !blocked.After(now) {
			blocked = time.Time{}
		}
		if blocked.IsZero() && k.budget.PerSecond == 0 && k.waiting == 0 {
			continue
		}
		all = append(all, PaceStatus{Key: key, PerSecond: rateOf(k.budget, p.full(key)), Learned: k.budget.PerSecond > 0, Blocked: blocked, Note: k.budget.Note, Waiting: k.waiting})
	}
	return all
}
