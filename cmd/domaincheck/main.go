// Command domaincheck watches internet domains, and the servers behind them,
// for mainland-China ICP filing (ICP备案).
//
// What every command keeps to:
//
//   - results go to stdout, everything else (progress, refusals, hints) to
//     stderr;
//   - each refusal names its place and cause, and what to do;
//   - flags are checked before anything is opened or asked;
//   - the status is 0 pass, 1 fail, 2 wrong usage or settings or nothing
//     readable at all, 3 unknown, 4 could not run;
//   - Ctrl-C ends cleanly with what is done.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"domaincheck"
	"domaincheck/config"
	"domaincheck/heap"
	"domaincheck/present"
)

// The statuses of the process.
const (
	statusPass    = 0
	statusFail    = 1
	statusUsage   = 2
	statusUnknown = 3
	statusCannot  = 4
)

func main() {
	release := heap.Raise()
	status := run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	release()
	os.Exit(status)
}

// streams are the three standard streams.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// results is stdout. It remembers that something could not be written, which a
// command that prints line by line need not look after.
type results struct {
	io.Writer
	failed atomic.Pointer[error]
}

func (r *results) Write(b []byte) (int, error) {
	n, err := r.Writer.Write(b)
	if err != nil {
		r.failed.CompareAndSwap(nil, &err)
	}
	return n, err
}

// run is the program as a function: arguments in, status out.
func run(args []string, std streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	out := &results{Writer: std.out}
	std.out = out
	p := &program{streams: std, args: args}
	root := p.rootCommand()
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	err := root.ExecuteContext(ctx)
	var said *domaincheck.Error
	switch failed := out.failed.Load(); {
	case err == nil && failed != nil:
		err = cannot(*failed)
	case ctx.Err() != nil && errors.Is(err, context.Canceled) && !errors.As(err, &said):
		err = cannot(domaincheck.Errorf(domaincheck.CodeCancelled, "", "stopped by a signal before it was done"))
	}
	if err != nil {
		return p.refuse(err)
	}
	return p.status
}

// program is what the commands share.
type program struct {
	streams
	global globalFlags
	status int
	args   []string
	words  *present.Refusals // refusals in Chinese; nil before the first
}

// statusError carries a status with its cause.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// cannot marks what kept a command from running at all.
func cannot(err error) error { return &statusError{statusCannot, err} }

// refuse tells the user what is wrong and what to do, and gives the status.
func (p *program) refuse(err error) int {
	status := statusUsage
	var withStatus *statusError
	if errors.As(err, &withStatus) {
		status = withStatus.status
	}
	if errors.Is(err, syscall.EPIPE) {
		return status // the reader has left: there is nobody to tell
	}
	var problems config.Problems
	if errors.As(err, &problems) {
		for _, e := range problems {
			p.tell(e)
		}
		return status
	}
	p.tell(err)
	return status
}

// tell writes one refusal: place and cause, then what to do. Where Chinese is
// spoken it is in Chinese; a cause that is known in English only stands behind
// a Chinese line that names its kind.
func (p *program) tell(err error) {
	e, coded := domaincheck.ErrorIn(err)
	first, hint := err.Error(), ""
	if coded {
		hint = e.Hint
	}
	if p.tellsChinese() {
		first, hint = p.inChinese(err, e)
	}
	fmt.Fprintln(p.err, "domaincheck: "+first)
	if hint != "" {
		fmt.Fprintln(p.err, "  "+hint)
	}
}
