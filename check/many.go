package check

import (
	"context"
	"iter"

	"domaincheck"
)

// Row is one row of input: a job, or the reason why there is none.
type Row struct {
	Job Job
	Err error // the row cannot be checked; Job.Input names it
}

// Many checks rows, at most concurrency at once, and gives one report per row
// in the order of the rows, each as soon as it and all before it are done. When
// ctx ends, rows not yet begun are reported as cancelled. When the consumer
// leaves, running looks are cancelled and waited for.
func (c *Checker) Many(ctx context.Context, rows []Row, concurrency int) iter.Seq[domaincheck.Report] {
	concurrency = max(concurrency, 1)
	return func(yield func(domaincheck.Report) bool) {
		ctx, stop := context.WithCancel(ctx)
		slots := make(chan struct{}, concurrency)
		gone := make(chan struct{})
		// Twice the slots, so that one slow site does not idle all the others.
		pending := make(chan chan domaincheck.Report, 2*concurrency)
		go func() {
			defer close(pending)
			for _, row := range rows {
				done := make(chan domaincheck.Report, 1)
				select {
				case pending <- done:
					c.start(ctx, slots, row, done)
				case <-gone:
					return
				}
			}
		}()
		defer func() {
			close(gone)
			stop()
			for done := range pending {
				<-done
			}
		}()
		for done := range pending {
			if !yield(<-done) {
				return
			}
		}
	}
}

// start answers done, now or from a goroutine that holds a slot.
func (c *Checker) start(ctx context.Context, slots chan struct{}, row Row, done chan<- domaincheck.Report) {
	if row.Err != nil {
		done <- c.Refused(row.Job.Input, row.Err)
		return
	}
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		done <- c.cancelled(ctx, row)
		return
	}
	go func() {
		defer func() { <-slots }()
		done <- c.Check(ctx, row.Job)
	}()
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
