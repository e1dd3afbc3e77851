//go:build !linux

package sitecheck

import (
	"os/exec"

	"domaincheck"
)

// identity is the user a browser runs as.
type identity struct{ uid, gid uint32 }

// browserIdentity refuses: the confinement that a browser gets is known for
// Linux only, and without it none is run.
func browserIdentity(string) (*identity, error) {
	return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "", "pages are rendered on Linux only")
}

func confine(*exec.Cmd, *identity, string) {}

func killGroup(int) error { return nil }

func groupMemory(int) int64 { return 0 }
