package main

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// drop takes the pages of a store out of the system's cache.
func drop(path string) error {
	for _, end := range []string{"", "-wal"} {
		f, err := os.Open(path + end)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		const dontNeed = 4 // POSIX_FADV_DONTNEED
		_, _, code := syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, dontNeed, 0, 0)
		if err := f.Close(); err != nil {
			return err
		}
		if code != 0 {
			return code
		}
	}
	return nil
}

// processorTime is what the process used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// readsSoFar is how often the process read files, and how many bytes of them
// came from the disk rather than from the system's cache.
func readsSoFar() (calls, bytes int64) {
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0, 0
	}
	for _, line := range strings.Split(string(text), "\n") {
		name, value, _ := strings.Cut(line, ": ")
		n, err := strconv.ParseInt(value, 10, 64)
		switch {
		case err != nil:
		case name == "syscr":
			calls = n
		case name == "read_bytes":
			bytes = n
		}
	}
	return calls, bytes
}
