package main

import (
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// TestDiskFull takes the room for files away from a running daemon: looks go on,
// /readyz fails, a last alert goes out past the store, and what was found
// meanwhile is told once there is room again.
func TestDiskFull(t *testing.T) {
	k := newKillable(t)
	p := k.start()
	k.listening(p)
	k.settled(60 * time.Second)
	url := p.out.url()
	wait := func(what string, is func() bool) {
		t.Helper()
		limit := time.NewTimer(40 * time.Second)
		defer limit.Stop()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for !is() {
			select {
			case <-tick.C:
			case <-limit.C:
				t.Fatalf("not within 40 s: %s\n%s", what, p.err.String())
			}
		}
	}
	ready := func() (int, string) {
		resp, err := http.Get(url + "readyz")
		if err != nil {
			return 0, err.Error()
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	heard := func(event, domain, rule string) bool {
		for _, bodies := range k.told() {
			for _, b := range bodies {
				if b.Event == event && b.Domain == domain && b.Rule == rule {
					return true
				}
			}
		}
		return false
	}
	wait("ready", func() bool { code, _ := ready(); return code == http.StatusOK })
	before := heard("opened", k.site, "site.reachable")

	limitFiles(t, p.cmd.Process.Pid, 4096)
	wait("not ready", func() bool {
		code, body := ready()
		return code == http.StatusServiceUnavailable && strings.Contains(body, "store_")
	})
	wait("the last alert", func() bool { return heard("opened", "domaincheck", "daemon.store") })
	asked := k.asked()
	wait("looks go on", func() bool { return k.asked() > asked+20 })
	k.broken.Store(true)
	asked = k.asked()
	wait("looks at what broke", func() bool { return k.asked() > asked+40 })

	limitFiles(t, p.cmd.Process.Pid, ^uint64(0))
	wait("ready again", func() bool { code, _ := ready(); return code == http.StatusOK })
	wait("its end is told", func() bool { return heard("resolved", "domaincheck", "daemon.store") })
	wait("what broke meanwhile is told", func() bool { return before || heard("opened", k.site, "site.reachable") })
	k.broken.Store(false)
	k.settled(60 * time.Second)
	p.end()
	k.judge()
}

// asked is how many questions the lab answered so far.
func (k *killable) asked() int {
	n := 0
	for _, c := range k.lab.Counts() {
		n += c.N
	}
	return n
}

// limitFiles bounds the size of the files that a process writes.
func limitFiles(t *testing.T, pid int, size uint64) {
	t.Helper()
	limit := [2]uint64{size, ^uint64(0)}
	if _, _, err := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0); err != 0 {
		t.Fatal(err)
	}
}
