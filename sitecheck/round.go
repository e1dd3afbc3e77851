package sitecheck

import (
	"context"
	"sync"
	"time"
)

// round is the visits of one call of best.
type round struct {
	look       *look
	static     context.Context
	candidates []string

	mu       sync.Mutex
	visits   []*visit // begun, in the order of the candidates
	beside   int      // how many run in goroutines of their own
	finished chan *visit
	wanted   context.Context    // of the visits beside; nil: there were none
	cancel   context.CancelFunc // of wanted
	closed   bool               // no more are begun
	header   *time.Timer        // until the first was waited for headerPatience
}

// next begins the next visit, once those beside have ended; nil if there is a
// page to stop at, no candidate is left, or time is up.
func (r *round) next() *visit {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wait()
	good, _ := r.standing()
	if good || len(r.visits) == len(r.candidates) || len(r.visits) > 0 && r.static.Err() != nil {
		r.close()
		return nil
	}
	return r.begin()
}

// close tells that no more are begun. It is called with the lock.
func (r *round) close() {
	r.closed = true
	if r.header != nil {
		r.header.Stop()
	}
}

// begin adds the next candidate. It is called with the lock.
func (r *round) begin() *visit {
	v := &visit{start: r.candidates[len(r.visits)]}
	r.visits = append(r.visits, v)
	return v
}

// stop ends what belongs to the round.
func (r *round) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.close()
	if r.cancel != nil {
		r.cancel()
	}
}

// end notes that a visit is done.
func (r *round) end(v *visit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v.done = true
}

// impatient is called when connectPatience is over.
func (r *round) impatient() {
	r.silent(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.header = time.AfterFunc(headerPatience-connectPatience, func() { r.silent(2) })
	}
}

// silent begins all other candidates if the first has not come to a stage.
func (r *round) silent(stage int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.visits) == 0 || r.visits[0].stage.Load() >= stage {
		return
	}
	if r.finished == nil {
		r.finished = make(chan *visit, len(r.candidates))
		r.wanted, r.cancel = context.WithCancel(r.static)
	}
	for len(r.visits) < len(r.candidates) {
		v := r.begin()
		r.beside++
		go func() {
			r.look.follow(r.wanted, r.static, v)
			r.finished <- v
		}()
	}
}

// wait waits for the visits beside; with a page to stop at, later ones are no
// longer wanted and are cancelled. It is called with the lock.
func (r *round) wait() {
	for r.beside > 0 {
		if good, waiting := r.standing(); good && !waiting {
			r.cancel()
			r.close()
			for ; r.beside > 0; r.beside-- {
				r.receive()
			}
			return
		}
		v := r.receive()
		r.beside--
		v.done = true
	}
}

// receive waits for one visit beside, without the lock.
func (r *round) receive() *visit {
	r.mu.Unlock()
	defer r.mu.Lock()
	return <-r.finished
}

// standing tells whether a finished visit is a page to stop at, and whether an
// earlier one is still under way.
func (r *round) standing() (good, waiting bool) {
	for _, v := range r.visits {
		if !v.done {
			waiting = true
		} else if weight(v.page) >= weightPage {
			return true, waiting
		}
	}
	return false, waiting
}
