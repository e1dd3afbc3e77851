// Package heap keeps the collector of garbage from running all the time in a
// process that holds little.
//
// Go collects when the heap is twice what was in use after the last collection,
// and 4 MiB at the least. A check of a few sites uses two or three MiB, makes
// some 15 KB of garbage a page, and so is collected every 200 pages, while each
// collection scans all tables and stacks: a fifth of the processor time of a
// look went there.
package heap

import (
	"os"
	"runtime"
)

// Floor is how much garbage may gather, in bytes, however little is in use.
// It is what a process holds in memory more than it otherwise would, at most.
const Floor = 32 << 20

// Raise lets [Floor] bytes of garbage gather between two collections, until
// release is called. It takes addresses and no memory: what counts as in use is
// never touched. Where the environment has GOGC or GOMEMLIMIT the user decides,
// and Raise does nothing.
func Raise() (release func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	weight := make([]byte, Floor)
	return func() { runtime.KeepAlive(weight) }
}
