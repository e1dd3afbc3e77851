package main

import (
	"os"
	"syscall"
)

// drop takes the pages of a file out of the system's cache.
func drop(path string) error {
	for _, end := range []string{"", "-wal"} {
		f, err := os.Open(path + end)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
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

// peak is the most memory that the process had, in MiB.
func peak() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss >> 10
}

// cpu is the processor time that the process took, in seconds.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
