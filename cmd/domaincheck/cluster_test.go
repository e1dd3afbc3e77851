package main

import (
	"testing"
	"time"
)

// TestFleet: three nodes on one PostgreSQL. One is killed in the midst of its
// looks, one is cut off from the database and comes back, the database crashes
// and comes back; sites break and recover meanwhile. What the dead nodes had in
// hand is looked at within a minute, no part of a site is looked at by two nodes
// at once, every fault and recovery is told, and what is told twice has one key.
func TestFleet(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	sites := f.healthy(4)
	f.up(f.nodes...)
	f.allLooked("the first sweep", time.Time{})

	killed, cut := f.leader(), f.follower()
	f.plant(playedStory, sites[:2]...)
	under := f.kill(killed)
	f.asked.busy(t, cut.number, 3)
	cut.way.close()
	broken := time.Now()
	f.plant(playedStory, sites[2:]...)
	t.Logf("all looked at anew %s after a node died with %d questions in hand and one was cut off", f.allLooked("after a death and a cut", broken).Round(time.Second), under)
	f.heard("faults", "opened", sites...)

	cut.way.heal()
	f.pg.Restart(t)
	back := time.Now()
	f.plant("", sites...)
	f.up(killed)
	t.Logf("all looked at anew %s after the database came back", f.allLooked("after a crash of the database", back).Round(time.Second))
	f.heard("recoveries", "resolved", sites...)
	f.joined(cut)
	f.close()
}
