// Package heap keeps the collector of garbage from running all the time in a
// process that holds little.
//
// Go collects when the heap is twice what was in use after the last collection,
// and 4 MiB at the least. A check of a few sites uses two or three MiB, makes
// some 13 KB of garbage a page, and so is collected every 200 pages, while each
// collection scans all tables and stacks: a tenth of the processor time of a
// look went there. A process that holds much is not collected often, and needs
// no help.
package heap

import (
	"os"
	"runtime"
	"runtime/metrics"
	"sync"
)

// Floor is how much garbage may gather, in bytes, however little is in use. It
// is also the use from which on there is no floor any more: the process then
// holds what any Go program of its size holds.
const Floor = 32 << 20

// Raise lets [Floor] bytes of garbage gather between two collections, until
// release is called or as much is in use. It takes addresses and no memory:
// what counts as in use is never touched. Where the environment has GOGC or
// GOMEMLIMIT the user decides, and Raise does nothing.
func Raise() (release func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	w := &weight{bytes: make([]byte, Floor), gone: make(chan struct{})}
	w.watch()
	return w.drop
}

// weight is what counts as in use.
type weight struct {
	mu    sync.Mutex
	bytes []byte
	gone  chan struct{} // closed when bytes are given back
}

// watch has collected called after the next collection.
func (w *weight) watch() {
	sentinel := &struct{ w *weight }{w}
	runtime.AddCleanup(sentinel, (*weight).collected, w)
}

// collected gives the weight back where as much else is in use.
func (w *weight) collected() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() == metrics.KindUint64 && live[0].Value.Uint64() >= 2*Floor {
		w.drop()
		return
	}
	select {
	case <-w.gone:
	default:
		w.watch()
	}
}

func (w *weight) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bytes != nil {
		w.bytes = nil
		close(w.gone)
	}
}
