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
// of a registry that refuses are put off to the end.
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

	mu      sync.Mutex
	change  *sync.Cond
	queues  []*queue
	flying  int    // rows under way
	waiting int    // of them those that only wait for their turn
	over    []bool // by row: its report is made
	first   int    // the first row that is not over
}

type outcome struct {
	row    int
	report domaincheck.Report
}

// queue is the rows about which one registry is asked first.
type queue struct {
	rows            []int // not yet begun
	flying, waiting int
	until           time.Time // the registry is left alone
	doubt           bool      // it refused, and has not answered since
	given           bool      // nothing else was left to do: its rows are not put off any longer
}

// enqueue sorts the rows by registry. Without observers, or with one that
// tells no registries, there is one queue.
func (r *run) enqueue() {
	namer, _ := r.c.o.Registrations.(interface{ Registry(domain string) string })
	known := map[string]*queue{}
	for i, row := range r.rows {
		name := ""
		if namer != nil && row.Err == nil {
			name = namer.Registry(row.Job.Site.MainDomain())
		}
		q := known[name]
		if q == nil {
			q = &queue{}
			known[name] = q
			r.queues = append(r.queues, q)
		}
		q.rows = append(q.rows, i)
	}
}

// work begins the rows; what is left when ctx ends is reported as cancelled.
func (r *run) work(ctx context.Context) {
	var looks sync.WaitGroup
	for {
		q, row := r.next(ctx)
		if q == nil {
			break
		}
		looks.Go(func() { r.look(ctx, q, row) })
	}
	looks.Wait()
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

// next waits for a row that may begin and takes it; nil when ctx has ended or
// none is left.
func (r *run) next(ctx context.Context) (*queue, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ctx.Err() == nil {
		q, left := r.pick(time.Now())
		if !left {
			return nil, 0
		}
		if q != nil {
			row := q.rows[0]
			q.rows = q.rows[1:]
			q.flying++
			r.flying++
			return q, row
		}
		r.change.Wait()
	}
	return nil, 0
}

// pick is the queue whose next row is to begin, nil if none may yet, and
// whether rows are left at all.
func (r *run) pick(now time.Time) (best *queue, left bool) {
	full := r.flying-r.waiting >= r.limit || r.flying >= aloft*r.limit
	var put *queue // off, of all the one with the earliest row
	for _, q := range r.queues {
		if len(q.rows) == 0 {
			continue
		}
		left = true
		if full || q.rows[0] >= r.first+maxAhead || q.waiting > 0 && q.flying >= max(2, r.limit/share) {
			continue
		}
		if !q.given && (now.Before(q.until) || q.doubt && q.flying > 0) {
			if put == nil || q.rows[0] < put.rows[0] {
				put = q
			}
			continue
		}
		if best == nil || q.rows[0] < best.rows[0] {
			best = q
		}
	}
	if best == nil && put != nil && r.flying == 0 {
		put.given = true
		best = put
	}
	return best, left
}

// look checks one row and gives its report away.
func (r *run) look(ctx context.Context, q *queue, row int) {
	job := r.rows[row]
	t := &turn{run: r, queue: q, busy: 1}
	var report domaincheck.Report
	if job.Err != nil {
		report = r.c.Refused(job.Job.Input, job.Err)
	} else {
		report = r.c.Check(context.WithValue(ctx, turnKey{}, t), job.Job)
	}
	r.out <- outcome{row, report}
	r.mu.Lock()
	defer r.mu.Unlock()
	t.over = true
	q.flying--
	r.flying--
	if seen := report.Observation.Registration; seen != nil {
		q.learn(seen.Outcome, t.held)
	}
	r.over[row] = true
	for r.first < len(r.over) && r.over[r.first] {
		r.first++
	}
	r.change.Signal()
}

// learn takes in how the registry answered about one of its rows; held is until
// when it is left alone, if that was told.
func (q *queue) learn(o domaincheck.Outcome, held time.Time) {
	switch {
	case o.Conclusive():
		q.doubt, q.given, q.until = false, false, time.Time{}
	case o == domaincheck.OutcomeRefused:
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
