package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// piece is what doing something N times took.
type piece struct {
	N       int     `json:"n"`
	Seconds float64 `json:"seconds"`
	Own     float64 `json:"own"`     // processor time of who asks, in seconds
	Servers float64 `json:"servers"` // and of who answers
}

func (p piece) rate() float64 { return float64(p.N) / p.Seconds }

// cpu is the processor time that one takes of all who have a part in it, in
// microseconds.
func (p piece) cpu() float64 { return (p.Own + p.Servers) / float64(p.N) * 1e6 }

// meter measures wall and processor time: of this process and of servers.
type meter struct{ servers []int }

// newMeter takes the processes that are named, with their children.
func newMeter(list string) (*meter, error) {
	m := &meter{}
	for name := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' }) {
		pid, err := strconv.Atoi(name)
		if err != nil {
			return nil, err
		}
		m.servers = append(m.servers, pid)
	}
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	for range 3 { // generations
		for _, dir := range all {
			pid, _ := strconv.Atoi(filepath.Base(dir))
			if parent, _, err := stat(pid); err == nil && slices.Contains(m.servers, parent) && !slices.Contains(m.servers, pid) {
				m.servers = append(m.servers, pid)
			}
		}
	}
	return m, nil
}

// of measures n times something.
func (m *meter) of(n int, do func() error) (piece, error) {
	own, servers, err := m.read()
	if err != nil {
		return piece{}, err
	}
	began := time.Now()
	if err := do(); err != nil {
		return piece{}, err
	}
	p := piece{N: n, Seconds: time.Since(began).Seconds()}
	own2, servers2, err := m.read()
	p.Own, p.Servers = own2-own, servers2-servers
	return p, err
}

func (m *meter) read() (own, servers float64, err error) {
	if _, own, err = stat(os.Getpid()); err != nil {
		return 0, 0, err
	}
	for _, pid := range m.servers {
		_, n, err := stat(pid)
		if err != nil {
			return 0, 0, err
		}
		servers += n
	}
	return own, servers, nil
}

// stat is a process's parent and its processor time in seconds.
func stat(pid int) (parent int, seconds float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, 0, fmt.Errorf("process %d: its stat has %d fields", pid, len(fields))
	}
	parent, _ = strconv.Atoi(fields[1])
	for _, f := range fields[11:13] {
		ticks, _ := strconv.Atoi(f)
		seconds += float64(ticks) / 100
	}
	return parent, seconds, nil
}
