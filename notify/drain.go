package notify

import (
	"context"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/alert"
)

// The figures of draining.
const (
	leaseFor  = 25 * time.Second // a drainer's lease; longer than a call
	pageOf    = 500              // rows looked at a time, at first
	pageMost  = pageOf * 64      // … and at most
	mergeMost = 50               // rows that share a message
	handOver  = 6                // failed tries (half a minute) until the fallback hears it too
)

// drainer drains one channel.
type drainer struct {
	n       *Notifier
	channel *Channel
	s       sending
	poke    chan struct{}

	pace   *pace
	pause  time.Time      // no call before
	failed int            // failures in a row
	leased time.Time      // when the lease was last prolonged; zero: not held
	alone  map[int64]bool // rows refused together with others: each is tried by itself, to find out which is to blame
	owed   *owed          // what was sent and could not be recorded yet

	mu     sync.Mutex
	health Health
}

// owed are tries to be recorded.
type owed struct {
	tries []alert.Delivery
	more  []alert.Outgoing
}

func (d *drainer) run(ctx context.Context) {
	d.pace = paceOf(d.channel.Type)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			d.last(ctx)
			return
		case <-timer.C:
		case <-d.poke:
		}
		timer.Reset(min(d.turn(ctx), leaseFor/2))
	}
}

// last records what is owed after the end was asked for, and gives the lease
// back.
func (d *drainer) last(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	d.settle(ctx)
	if !d.leased.IsZero() {
		if err := d.n.o.Outbox.DropChannel(ctx, d.channel.Name, d.n.o.Owner); err != nil {
			d.n.o.Log.WarnContext(ctx, "the channel's lease runs on for a while", "channel", d.channel.Name, "error", err)
		}
	}
}

// turn sends at most one message; it gives the time until the next turn.
func (d *drainer) turn(ctx context.Context) time.Duration {
	if !d.settle(ctx) {
		return time.Second
	}
	if !d.lead(ctx) {
		return d.n.o.Poll
	}
	now := time.Now()
	if wait := max(d.pause.Sub(now), d.pace.wait(now)); wait > 0 {
		return min(wait, leaseFor/3)
	}
	var rows []alert.Queued
	var picked []int
	var wake domaincheck.Instant
	// Where quiet hours hold a whole page, what breaks through lies behind it.
	for limit := pageOf; len(picked) == 0 && limit <= pageMost; limit *= 4 {
		var err error
		if rows, err = d.n.o.Outbox.Pending(ctx, d.channel.Name, limit); err != nil {
			d.n.o.Log.WarnContext(ctx, "the outbox cannot be read", "channel", d.channel.Name, "error", err)
			return d.n.o.Poll
		}
		picked, wake = alert.Batch(rows, domaincheck.At(now), mergeMost)
		if len(rows) < limit {
			break
		}
	}
	if len(picked) == 0 {
		poll := d.n.o.Poll
		if len(rows) >= pageOf {
			poll *= 5 // so much to read for nothing
		}
		if wake.IsZero() {
			return poll
		}
		return min(poll, max(wake.Sub(now), time.Millisecond))
	}
	d.deliver(ctx, rows, d.apart(rows, picked))
	d.settle(ctx)
	return 0
}

// lead takes or keeps the channel's lease.
func (d *drainer) lead(ctx context.Context) bool {
	now := time.Now()
	if !d.leased.IsZero() && now.Sub(d.leased) < leaseFor/3 {
		return true
	}
	ok, err := d.n.o.Outbox.LeaseChannel(ctx, d.channel.Name, d.n.o.Owner, leaseFor)
	if err != nil {
		d.n.o.Log.WarnContext(ctx, "the outbox cannot be reached", "channel", d.channel.Name, "error", err)
	}
	if ok = ok && err == nil; ok && d.leased.IsZero() {
		d.pace.takeOver(now)
	}
	d.leased = time.Time{}
	if ok {
		d.leased = now
	}
	d.note(func(h *Health) { h.Leading = ok })
	return ok
}

// apart leaves of the picked rows one that was refused with others, or those
// that were not.
func (d *drainer) apart(rows []alert.Queued, picked []int) []int {
	if d.alone[rows[picked[0]].ID] {
		return picked[:1]
	}
	var together []int
	for _, i := range picked {
		if !d.alone[rows[i].ID] {
			together = append(together, i)
		}
	}
	return together
}

// deliver sends the picked rows as one message, or as several where it is too
// long, and notes what became of them.
func (d *drainer) deliver(ctx context.Context, rows []alert.Queued, picked []int) {
	var events []alert.Event
	for _, i := range picked {
		events = append(events, rows[i].Events...)
	}
	calls, err := d.s.plan(events)
	told := 0
	for _, c := range calls {
		if err = d.ready(ctx); err != nil {
			break
		}
		d.pace.spend(time.Now())
		// A call that has begun is ended: to give up half-way would leave open
		// whether it was heard.
		if err = d.s.once(context.WithoutCancel(ctx), c); err != nil {
			break
		}
		told += len(c.events)
	}
	now := domaincheck.At(time.Now())
	d.owed = &owed{}
	rest := picked
	for len(rest) > 0 && told >= len(rows[rest[0]].Events) {
		q := &rows[rest[0]]
		told -= len(q.Events)
		rest = rest[1:]
		t := try(q, now, alert.Delivered)
		t.Attempts, t.NextTry = q.Attempts+1, domaincheck.Instant{}
		d.owed.tries = append(d.owed.tries, t)
		delete(d.alone, q.ID)
	}
	if err == nil {
		d.failed, d.pause = 0, time.Time{}
		d.note(func(h *Health) { *h = Health{Leading: h.Leading, Last: now} })
		return
	}
	if ctx.Err() != nil && failureOf(d.channel, err).Kind == domaincheck.CodeCancelled {
		return // stopped between two calls: nothing failed
	}
	d.fail(rows, rest, failureOf(d.channel, err), now)
}

// ready waits for the pace between the calls of one message, keeping the lease.
func (d *drainer) ready(ctx context.Context) error {
	for {
		wait := d.pace.wait(time.Now())
		if wait <= 0 {
			return nil
		}
		timer := time.NewTimer(min(wait, leaseFor/3))
		select {
		case <-ctx.Done():
			timer.Stop()
			return &Failure{Kind: domaincheck.CodeCancelled, Message: "stopped", Whole: true}
		case <-timer.C:
		}
		if !d.lead(ctx) {
			return &Failure{Kind: domaincheck.CodeCancelled, Message: "another process drains the channel", Whole: true}
		}
	}
}

// fail notes a failure: the rows that were tried wait, and where the way is
// shut every row that is due does; after long enough the fallback hears of
// them, and after a day they are given up.
func (d *drainer) fail(rows []alert.Queued, tried []int, f *Failure, now domaincheck.Instant) {
	d.failed++
	pause := max(backOff(d.failed), f.RetryAfter)
	d.note(func(h *Health) {
		if h.Failing.IsZero() {
			h.Failing = now
		}
		h.Code, h.Message = f.Code, f.Message
	})
	d.n.o.Log.Warn("a message was not delivered", "channel", d.channel.Name, "code", f.Code, "error", f.Message, "tries", d.failed)
	if f.Whole {
		tried = tried[:0:0]
		for i := range rows {
			if !rows[i].NotBefore.After(now.Time) && !rows[i].NextTry.After(now.Time) && !delivered(d.owed.tries, rows[i].ID) {
				tried = append(tried, i)
			}
		}
	} else {
		// The others get their turn before this one comes again.
		pause = min(pause, 30*time.Second)
		if len(tried) > 1 {
			if d.alone == nil {
				d.alone = map[int64]bool{}
			}
			for _, i := range tried {
				d.alone[rows[i].ID] = true
			}
		}
	}
	d.pause = now.Add(pause)
	for _, i := range tried {
		q := &rows[i]
		t := try(q, now, alert.Retry)
		t.Attempts, t.Code, t.Message = q.Attempts+1, domaincheck.Text(f.Code), domaincheck.Text(f.Message)
		wait := pause
		if !f.Whole {
			wait = min(time.Minute, 2*max(pause, backOff(t.Attempts)))
		}
		t.NextTry = domaincheck.At(now.Add(wait))
		if t.FirstTry.IsZero() {
			t.FirstTry = now
		}
		if now.Sub(t.FirstTry.Time) >= d.n.o.GiveUp {
			t.Outcome, t.NextTry = alert.Dead, domaincheck.Instant{}
		}
		d.owed.tries = append(d.owed.tries, t)
		if d.channel.Fallback != "" && (t.Attempts == handOver || t.Outcome == alert.Dead && t.Attempts < handOver) {
			other := q.Outgoing
			other.Channel, other.NotBefore = d.channel.Fallback, domaincheck.Instant{}
			d.owed.more = append(d.owed.more, other)
		}
	}
}

func delivered(tries []alert.Delivery, row int64) bool {
	for i := range tries {
		if tries[i].Row == row {
			return true
		}
	}
	return false
}

func try(q *alert.Queued, at domaincheck.Instant, outcome alert.Outcome) alert.Delivery {
	return alert.Delivery{Row: q.ID, Channel: q.Channel, Keys: q.Keys, Kind: q.Kind, At: at, Outcome: outcome, FirstTry: q.FirstTry}
}

// settle records what is owed. While the store cannot be written nothing more
// is sent, so that at most one message is sent again after a crash.
func (d *drainer) settle(ctx context.Context) bool {
	if d.owed == nil {
		return true
	}
	if len(d.owed.tries) > 0 {
		if err := d.n.o.Outbox.Settle(context.WithoutCancel(ctx), d.owed.tries, d.owed.more); err != nil {
			d.n.o.Log.WarnContext(ctx, "deliveries cannot be recorded", "channel", d.channel.Name, "error", err)
			return false
		}
	}
	if len(d.owed.more) > 0 {
		d.n.Poke(d.channel.Fallback)
	}
	d.owed = nil
	return true
}

func (d *drainer) note(change func(*Health)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.health)
}
