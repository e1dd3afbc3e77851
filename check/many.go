package check

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/whoischeck"
)

// Row is one row of input: a job, or the reason why there is none.
type Row struct {
	Job Job
	Err error // the row cannot be checked; Job.Input names it
}

const (
	// maxAhead is how far rows are begun before the first that is not done: so
	// many results at most wait for their turn with who keeps the rows' order.
	maxAhead = 20000
	// aloft bounds the sites under way, those that wait included, by the sites
	// that may be looked at at once.
	aloft = 4
	// share is how much of the sites that may be looked at at once may wait for
	// one registry; the others that it is to be asked about leave their place to
	// those of other registries.
	share = 4
)

// Many checks rows and gives one report per row with the row's index, in the
// order in which they are done. At most concurrency sites are looked at at
// once; a site that does nothing but wait for its turn at a registry is not
// counted, and while sites wait for one registry those of others go on. Sites
// of a registry that refuses are put off to the end, and those that it refused
// to answer about while it answered about others are asked about again: only
// then are their reports given.
//
// When ctx ends, rows not yet begun are reported as cancelled. When the
// consumer leaves, running looks are cancelled and waited for.
func (c *Checker) Many(ctx context.Context, rows []Row, concurrency int) iter.Seq2[int, domaincheck.Report] {
	return func(yield func(int, domaincheck.Report) bool) {
		ctx, stop := context.WithCancel(ctx)
		r := &run{c: c, rows: rows, limit: max(concurrency, 1), over: make([]bool, len(rows)), out: make(chan outcome)}
		r.change = sync.NewCond(&r.mu)
		r.enqueue()
		awake := context.AfterFunc(ctx, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.change.Broadcast()
		})
		go r.work(ctx)
		defer func() {
			stop()
			awake()
			for range r.out { // until the last look has ended
			}
		}()
		for o := range r.out {
			if !yield(o.row, o.report) {
				return
			}
		}
	}
}

// run is one run of Many.
type run struct {
	c     *Checker
	rows  []Row
	limit int
	out   chan outcome
	namer registryNamer // nil: all are of one

	mu      sync.Mutex
	change  *sync.Cond
	queues  []*queue
	known   map[string]*queue // by registry
	held    int               // rows that wait to be asked about again
	flying  int               // rows under way
	waiting int               // of them those that only wait for their turn
	over    []bool            // by row: its report is made
	first   int               // the first row that is not over
}

type outcome struct {
	row    int
	report domaincheck.Report
}

// registryNamer tells which registry is asked about a domain.
type registryNamer interface{ Registry(domain string) string }

// queue is the rows about which one registry is asked first.
type queue struct {
	rows            []int   // not yet begun
	again           []*held // refused, by row
	answers         int     // of the registry in this run
	flying, waiting int
	until           time.Time // the registry is left alone
	doubt           bool      // it refused, and has not answered since
	given           bool      // nothing else was left to do: its rows are not put off any longer
}

// enqueue sorts the rows by registry. Without observers, or with one that
// tells no registries, there is one queue.
func (r *run) enqueue() {
	r.namer, _ = r.c.o.Registrations.(registryNamer)
	r.known = map[string]*queue{}
	for i, row := range r.rows {
		domain := ""
		if row.Err == nil {
			domain = row.Job.Site.MainDomain()
		}
		q := r.registry(domain)
		q.rows = append(q.rows, i)
	}
}

// registry is the queue of the registry of a domain; "" is of none.
func (r *run) registry(domain string) *queue {
	name := ""
	if r.namer != nil && domain != "" {
		name = r.namer.Registry(domain)
	}
	q := r.known[name]
	if q == nil {
		q = &queue{}
		r.known[name] = q
		r.queues = append(r.queues, q)
	}
	return q
}

// work begins the rows; what is left when ctx ends is reported as cancelled.
func (r *run) work(ctx context.Context) {
	var looks sync.WaitGroup
	for {
		q, row, h := r.next(ctx)
		if q == nil {
			break
		}
		looks.Go(func() { r.look(ctx, q, row, h) })
	}
	looks.Wait()
	for _, q := range r.queues {
		for _, h := range q.again {
			r.over[h.row] = true
			r.out <- outcome{h.row, h.report}
		}
	}
	for i, over := range r.over {
		if !over {
			report := r.c.cancelled(ctx, r.rows[i])
			if r.rows[i].Err != nil {
				report = r.c.Refused(r.rows[i].Job.Input, r.rows[i].Err)
			}
			r.out <- outcome{i, report}
		}
	}
	close(r.out)
}

// next waits for a row that may begin, or be asked about again, and takes it;
// nil when ctx has ended or none is left.
func (r *run) next(ctx context.Context) (*queue, int, *held) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ctx.Err() == nil {
		q, left := r.pick(time.Now())
		if !left {
			break
		}
		if q == nil {
			r.change.Wait()
			continue
		}
		row, h := q.upcoming(r.first + maxAhead)
		if h != nil {
			h.over = !h.hopeful()
			q.again = q.again[1:]
			r.held--
		} else {
			q.rows = q.rows[1:]
		}
		q.flying++
		r.flying++
		return q, row, h
	}
	return nil, 0, nil
}

// pick is the queue whose next row is to begin, nil if none may yet, and
// whether rows are left at all.
func (r *run) pick(now time.Time) (best *queue, left bool) {
	full := r.flying-r.waiting >= r.limit || r.flying >= aloft*r.limit
	left = r.flying > 0 // they may have to be asked about again
	var put *queue      // off, of all the one with the earliest row
	least, off := 0, 0  // the rows of best and put
	for _, q := range r.queues {
		left = left || len(q.rows)+len(q.again) > 0
		row, h := q.upcoming(r.first + maxAhead)
		if row < 0 || full || q.waiting > 0 && q.flying >= max(2, r.limit/share) {
			continue
		}
		asks := h == nil || h.hopeful()
		if asks && !q.given && (now.Before(q.until) || q.doubt && q.flying > 0) {
			if put == nil || row < off {
				put, off = q, row
			}
			continue
		}
		if best == nil || row < least {
			best, least = q, row
		}
	}
	if best == nil && put != nil && r.flying == 0 {
		put.given = true
		best = put
	}
	return best, left
}

// look checks one row, or asks about it again, and gives its report away if
// nothing is to be asked any more.
func (r *run) look(ctx context.Context, q *queue, row int, h *held) {
	job := r.rows[row]
	t := &turn{run: r, queue: q, busy: 1}
	ctx = context.WithValue(ctx, turnKey{}, t)
	o := outcome{row: row}
	switch {
	case job.Err != nil:
		o.report = r.c.Refused(job.Job.Input, job.Err)
	case h != nil:
		o.report = r.again(ctx, h)
	default:
		o.report = r.c.Check(ctx, job.Job)
	}
	r.mu.Lock()
	if h == nil || !h.over {
		r.learn(q, o, t.held)
	}
	kept := r.hold(q, h, o, !t.held.IsZero())
	r.mu.Unlock()
	if !kept {
		r.out <- o
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t.over = true
	q.flying--
	r.flying--
	r.over[row] = !kept
	for r.first < len(r.over) && r.over[r.first] {
		r.first++
	}
	r.change.Signal()
}

// learn takes in how the registries answered about one row; held is until when
// one of them is left alone, if that was told.
func (r *run) learn(q *queue, o outcome, held time.Time) {
	main := string(o.report.Domain)
	for _, d := range r.rows[o.row].Job.Site.Domains {
		if seen := o.report.Observation.Of(d.Domain, main).Registration; seen != nil && seen.Outcome.Conclusive() {
			r.registry(d.Domain).answers++
		}
	}
	seen := o.report.Observation.Registration
	switch {
	case seen == nil:
	case seen.Outcome.Conclusive():
		q.doubt, q.given, q.until = false, false, time.Time{}
	case seen.Outcome == domaincheck.OutcomeRefused:
		q.doubt = true
		if held.After(q.until) {
			q.until = held
		}
	}
}

// turn is one row under way. Its methods do nothing for a nil one: what is
// looked at outside of a run waits for nobody.
type turn struct {
	run   *run
	queue *queue
	held  time.Time // a server that it needed is left alone until then
	busy  int       // what it does besides waiting for servers
	over  bool
}

type turnKey struct{}

// turnOf is the row that a context belongs to, nil if to none.
func turnOf(ctx context.Context) *turn {
	t, _ := ctx.Value(turnKey{}).(*turn)
	return t
}

// add counts what begins or goes on (1), and what ends or waits (-1).
func (t *turn) add(n int) {
	if t == nil {
		return
	}
	t.run.mu.Lock()
	defer t.run.mu.Unlock()
	if t.over { // another site's look at the same name goes on
		return
	}
	was := t.busy == 0
	t.busy += n
	if is := t.busy == 0; is != was {
		d := 1
		if was {
			d = -1
		}
		t.queue.waiting += d
		t.run.waiting += d
		t.run.change.Signal()
	}
}

// hold tells that a server that is needed is left alone until then.
func (t *turn) hold(until time.Time) {
	if t == nil {
		return
	}
	t.run.mu.Lock()
	defer t.run.mu.Unlock()
	if until.After(t.held) {
		t.held = until
	}
}

// turns is the pacer of this process, seen by the run that a question is of.
type turns struct{ *whoischeck.MemoryPacer }

// Wait implements whoischeck.Pacer.
func (p turns) Wait(ctx context.Context, key string) error {
	t := turnOf(ctx)
	t.add(-1)
	err := p.MemoryPacer.Wait(ctx, key)
	t.add(1)
	if errors.Is(err, domaincheck.CodeRefused) {
		t.hold(p.Held(key))
	}
	return err
}

func (c *Checker) cancelled(ctx context.Context, row Row) domaincheck.Report {
	cause := context.Cause(ctx)
	if cause == nil { // the deadline is over, the timer of ctx has not fired yet
		cause = context.DeadlineExceeded
	}
	err := domaincheck.Errorf(domaincheck.CodeCancelled, "", "not checked, because the run was stopped: %w", cause)
	report := c.Refused(row.Job.Input, err)
	report.Domain = domaincheck.Text(row.Job.Site.MainDomain())
	return report
}
