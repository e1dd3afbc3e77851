package sitecheck

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"domaincheck"
)

// identity is the user a browser runs as: nil for our own.
type identity struct{ uid, gid uint32 }

// browserIdentity says as whom the browser runs. A browser shows pages of
// strangers and is never root: where we are, it gets the user name given (by
// default nobody), and is not run if there is no such user.
func browserIdentity(name string) (*identity, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	if name == "" {
		name = "nobody"
	}
	u, err := user.Lookup(name)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, name, "no user for the browser, which is never run as root: %w", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil || uid == 0 || gid == 0 {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, name, "the browser is never run as root")
	}
	return &identity{uint32(uid), uint32(gid)}, nil
}

// confine makes the browser the head of a process group of its own, which dies
// with us and is killed whole, under its own user.
func confine(cmd *exec.Cmd, id *identity, dir string) {
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if id != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: id.uid, Gid: id.gid, Groups: []uint32{}}
	}
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	cmd.WaitDelay = 5 * time.Second
}

// killGroup kills a process group at once.
func killGroup(pgid int) error {
	if err := syscall.Kill(-pgid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("killing process group %d: %w", pgid, err)
	}
	return nil
}

// groupMemory is how much memory the processes of a group hold for themselves
// (resident without shared pages), in bytes.
func groupMemory(pgid int) int64 {
	dirs, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	var pages int64
	for _, d := range dirs {
		if _, err := strconv.Atoi(d.Name()); err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + d.Name() + "/stat")
		if err != nil {
			continue
		}
		// The command's name, in brackets, may hold anything: fields count from
		// behind it. state ppid pgrp …
		i := bytes.LastIndexByte(stat, ')')
		if i < 0 {
			continue
		}
		f := bytes.Fields(stat[i+1:])
		if len(f) < 3 || string(f[2]) != strconv.Itoa(pgid) {
			continue
		}
		statm, err := os.ReadFile("/proc/" + d.Name() + "/statm")
		if err != nil {
			continue
		}
		var size, resident, shared int64
		if n, _ := fmt.Sscan(string(statm), &size, &resident, &shared); n == 3 {
			pages += resident - shared
		}
	}
	return pages * int64(os.Getpagesize())
}
