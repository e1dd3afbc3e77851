package app

import (
	"errors"
	"fmt"
	"testing"

	"domaincheck"
)

// TestSilence: many hosts of one domain whose servers are dead are no silence of
// DNS; many domains are.
func TestSilence(t *testing.T) {
	read := func(domains, hosts int) *reading {
		r := &reading{p: &pointed{}, domains: map[uint64]bool{}, silent: map[string]bool{}}
		r.p.file.path = "names.csv"
		for i := range domains {
			for range hosts {
				domain := fmt.Sprintf("dead%d.cn", i)
				r.status.Names++
				r.domains[hashOf(domain)] = true
				r.hears(domain, false)
			}
		}
		return r
	}
	one := read(1, 1000)
	one.domains[hashOf("here.cn")] = true
	if err := one.heard(nil); one.deaf() || err != nil {
		t.Errorf("one domain is dead: %v, %v", one.deaf(), err)
	}
	if r := read(silentInRow, 3); !r.deaf() {
		t.Error("DNS is silent")
	} else if r.hears("here.cn", true); r.deaf() {
		t.Error("DNS answers")
	}
	if err := read(2, 10).heard(nil); !errors.Is(err, domaincheck.CodeTimeout) {
		t.Errorf("DNS did not answer about anything: %v", err)
	}
}
