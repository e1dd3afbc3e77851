package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestFleet: three nodes on one PostgreSQL. One is killed in the midst of its
// looks, one is cut off from the database and comes back, the database crashes
// and comes back; sites break and recover meanwhile. What the dead nodes had in
// hand is looked at within a minute, no part of a site is looked at by two nodes
// at once, every fault and recovery is told, and what is told twice has one key.
//
// With DOMAINCHECK_CLUSTER=long every scene is played by itself besides, some
// eight minutes more; with a regular expression those whose names match it.
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
	if which := os.Getenv("DOMAINCHECK_CLUSTER"); which != "" {
		f.scenes(sites, regexp.MustCompile(strings.TrimPrefix(which, "long")))
	}
	f.close()
}

// scenes plays each mishap by itself: while it lasts two sites break, and after
// it they recover.
func (f *fleet) scenes(sites []string, which *regexp.Regexp) {
	wait := func(d time.Duration) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		<-timer.C
	}
	var hurt *node
	for _, scene := range []struct {
		what       string
		begin, end func()
	}{
		{"the leader is killed", func() { hurt = f.leader(); f.kill(hurt) }, func() { f.up(hurt) }},
		{"a follower is killed", func() { hurt = f.follower(); f.kill(hurt) }, func() { f.up(hurt) }},
		{"the leader is cut off", func() { hurt = f.leader(); hurt.way.close() }, func() { hurt.way.heal(); f.joined(hurt) }},
		{"a follower is cut off", func() { hurt = f.follower(); hurt.way.close() }, func() { hurt.way.heal(); f.joined(hurt) }},
		{"the leader is stopped", func() { hurt = f.leader(); hurt.life.end(); hurt.life = nil }, func() { f.up(hurt) }},
		{"the database crashes at once again and again", func() {
			f.pg.Restart(f.t)
			wait(time.Second)
			f.pg.Restart(f.t)
			wait(3 * time.Second)
			f.pg.Restart(f.t)
		}, func() {}},
		{"the database is away for 20 s", func() { f.pg.Crash(); wait(20 * time.Second); f.pg.Start(f.t) }, func() {}},
		{"all connections are taken for a minute", func() { f.exhaust(time.Minute) }, func() { f.joined(f.nodes...) }},
		// For longer than any lease that they hold.
		{"a follower is frozen", func() { hurt = f.follower(); f.freeze(hurt) }, func() { wait(40 * time.Second); f.thaw(hurt) }},
		{"the leader is frozen", func() { hurt = f.leader(); f.freeze(hurt) }, func() { wait(40 * time.Second); f.thaw(hurt) }},
	} {
		if !which.MatchString(scene.what) {
			continue
		}
		begun := time.Now()
		f.plant(playedStory, sites[:2]...)
		scene.begin()
		after := time.Now()
		looked := f.allLooked(scene.what, after)
		f.heard(scene.what, "opened", sites[:2]...)
		scene.end()
		f.plant("", sites[:2]...)
		f.heard(scene.what, "resolved", sites[:2]...)
		f.t.Logf("%s: all looked at anew %.1f s after; two faults and two recoveries told; %s", scene.what, looked.Seconds(), time.Since(begun).Round(time.Second))
	}
}

// freeze stops a node in the midst of its looks, without its knowing.
func (f *fleet) freeze(n *node) {
	f.t.Helper()
	f.asked.busy(f.t, n.number, 1)
	if err := n.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		f.t.Fatal(err)
	}
	f.died[n.number] = append(f.died[n.number], time.Now())
}

// thaw lets it go on where it was.
func (f *fleet) thaw(n *node) {
	f.t.Helper()
	if err := n.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		f.t.Fatal(err)
	}
	f.joined(n)
}

// exhaust takes every connection of the server away from the nodes, for d.
func (f *fleet) exhaust(d time.Duration) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), d)
	defer cancel()
	var all []*pgx.Conn
	defer func() {
		for _, c := range all {
			_ = c.Close(context.WithoutCancel(ctx))
		}
		f.t.Logf("%d connections were taken", len(all))
	}()
	for ctx.Err() == nil {
		if c, err := pgx.Connect(ctx, f.store+"&application_name=hog"); err == nil {
			all = append(all, c)
			continue
		}
		if len(all) > 0 {
			_, _ = all[0].Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'node%'`)
		}
	}
}
