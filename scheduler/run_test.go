package scheduler_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/watch"
)

func ptr[T any](v T) *T { return &v }

// TestSweeps: every part of every site is looked at when its schedule says,
// once, and never two at a time.
func TestSweeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 6, time.Now)
		defer r.close()
		r.world.took = 300 * time.Millisecond
		s := r.scheduler()
		stop := r.run(s)
		time.Sleep(24 * time.Hour)
		stop()
		for _, site := range r.sites {
			if n := r.world.count(site, watch.Resolution); n < 48 || n > 49 {
				t.Errorf("%s: DNS looked at %d times a day", site, n)
			}
			if n := r.world.count(site, watch.Page); n < 4 || n > 5 {
				t.Errorf("%s: page looked at %d times a day", site, n)
			}
			if n := r.world.count(site, watch.Registration); n < 1 || n > 2 {
				t.Errorf("%s: registration looked at %d times a day", site, n)
			}
		}
		if r.world.double != 0 {
			t.Errorf("%d looks at once at one part", r.world.double)
		}
		if told := r.told(); len(told) != 0 {
			t.Errorf("told %v", told)
		}
		st := s.Status()
		if st.Parts[watch.Resolution].LastSweep <= 0 || st.Parts[watch.Resolution].Looks < 6*48 || st.Blind != nil {
			t.Errorf("status %+v", st)
		}
	})
}

// TestConfirm: a failure is told as early as the policy permits, and so is its
// recovery.
func TestConfirm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 8, time.Now)
		defer r.close()
		stop := r.run(r.scheduler())
		time.Sleep(3 * time.Hour)
		r.world.set(func(site string, part watch.Part) (bool, bool) {
			return site == r.sites[3] && part == watch.Page, false
		})
		down := time.Now()
		for len(r.told()) == 0 {
			time.Sleep(10 * time.Second)
		}
		// A page is looked at every 6 hours; the notice needs a second look 30 minutes later.
		page := every(t, "0 */6 * * *").Next(down)
		if late := time.Since(page.Add(30*time.Minute + 10*time.Minute)); late > time.Minute {
			t.Errorf("told %s too late", late)
		}
		if told := r.told(); !slices.Equal(told, []string{"opened " + r.sites[3] + " site.reachable"}) {
			t.Fatalf("told %v", told)
		}
		r.world.set(nil)
		up := time.Now()
		for len(r.told()) == 1 {
			time.Sleep(10 * time.Second)
		}
		page = every(t, "0 */6 * * *").Next(up)
		if late := time.Since(page.Add(40 * time.Minute)); late > time.Minute {
			t.Errorf("resolved %s too late", late)
		}
		stop()
	})
}

// TestAtOnce: with "@every 1s" and no confirmation a failure is told within a
// second or two.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 6, time.Now)
		defer r.close()
		r.o.Schedules = schedules(t, "@every 1s", "@every 1s", "@every 1s")
		r.o.Policy = watch.DefaultPolicy().Overridden(watch.Override{Apart: ptr(time.Duration(0))})
		r.world.policy = r.o.Policy
		r.world.took = 50 * time.Millisecond
		stop := r.run(r.scheduler())
		time.Sleep(20 * time.Second)
		for _, part := range []watch.Part{watch.Resolution, watch.Page, watch.Registration} {
			n := len(r.told())
			r.world.set(func(site string, p watch.Part) (bool, bool) { return site == r.sites[1] && p == part, false })
			down := time.Now()
			limit := 2 * time.Second
			if part == watch.Registration { // every seventh tick, far from expiry
				limit = 9 * time.Second
			}
			for len(r.told()) == n && time.Since(down) < time.Minute {
				time.Sleep(10 * time.Millisecond)
			}
			if took := time.Since(down); took > limit {
				t.Errorf("%s: told after %s", part, took)
			}
			r.world.set(nil)
			for len(r.told()) == n+1 && time.Since(down) < time.Minute {
				time.Sleep(10 * time.Millisecond)
			}
			if took := time.Since(down); took > 2*limit {
				t.Errorf("%s: resolved after %s", part, took)
			}
		}
		stop()
	})
}

// TestRequested: a site that is asked for is looked at at once, as a whole, in
// one report.
func TestRequested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 5, time.Now)
		defer r.close()
		var reports int
		s := r.scheduler()
		stop := r.run(s)
		time.Sleep(time.Hour + 7*time.Minute)
		before := map[watch.Part]int{}
		for _, p := range []watch.Part{watch.Resolution, watch.Page, watch.Registration} {
			before[p] = r.world.count(r.sites[2], p)
		}
		st := s.Status()
		reports = int(st.Parts[watch.Resolution].Commits + st.Parts[watch.Page].Commits + st.Parts[watch.Registration].Commits)
		if _, err := r.store.Request(t.Context(), r.sites[2]); err != nil {
			t.Fatal(err)
		}
		s.Wake()
		time.Sleep(time.Second)
		for p, n := range before {
			if got := r.world.count(r.sites[2], p); got != n+1 {
				t.Errorf("%s: %d looks more", p, got-n)
			}
		}
		st = s.Status()
		if n := int(st.Parts[watch.Resolution].Commits+st.Parts[watch.Page].Commits+st.Parts[watch.Registration].Commits) - reports; n != 1 {
			t.Errorf("%d reports", n)
		}
		stop()
	})
}

// TestRestart: what is missed is made up for by one look, and nothing is told
// of the time in which nobody was awake.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 6, time.Now)
		defer r.close()
		stop := r.run(r.scheduler())
		time.Sleep(5 * time.Hour)
		stop()
		before := r.world.count(r.sites[0], watch.Resolution)
		time.Sleep(72 * time.Hour)
		s := r.scheduler()
		stop = r.run(s)
		time.Sleep(20 * time.Second)
		if n := r.world.count(r.sites[0], watch.Resolution) - before; n != 1 {
			t.Errorf("%d looks make up for three days", n)
		}
		if m := s.Status().Parts[watch.Resolution].Missed; m != 144 {
			t.Errorf("missed %d runs", m)
		}
		for _, task := range r.world.newest(3) {
			if task.Schedule != (watch.Schedule{}) {
				t.Errorf("just awake, yet it may be stale after %+v", task.Schedule)
			}
		}
		time.Sleep(3 * time.Hour)
		if task := r.world.newest(1)[0]; task.Schedule.Resolution != 30*time.Minute {
			t.Errorf("awake for long, yet %+v", task.Schedule)
		}
		stop()
	})
}

// TestOverrun: a sweep that takes longer than its schedule is told, and no site
// is looked at twice for it.
func TestOverrun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 40, time.Now)
		defer r.close()
		r.o.Concurrency = 1
		r.o.Schedules.Access = every(t, "@every 1m")
		r.world.took = 4 * time.Second // 160 s for all
		s := r.scheduler()
		stop := r.run(s)
		time.Sleep(12 * time.Minute)
		if s.Status().Parts[watch.Resolution].Overrun.IsZero() {
			t.Error("an overrunning sweep is not told")
		}
		r.world.mu.Lock()
		r.world.took = time.Second
		r.world.mu.Unlock()
		time.Sleep(8 * time.Minute)
		if at := s.Status().Parts[watch.Resolution].Overrun; !at.IsZero() {
			t.Errorf("still overrunning since %s", at)
		}
		stop()
		if r.world.double != 0 {
			t.Errorf("%d looks at once at one part", r.world.double)
		}
	})
}

// TestStop: what is under way is finished, what would take too long is given
// back, within 10 seconds.
func TestStop(t *testing.T) {
	for _, took := range []time.Duration{3 * time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, 10, time.Now)
			defer r.close()
			r.world.took = took
			stop := r.run(r.scheduler())
			time.Sleep(time.Second)
			begun := time.Now()
			stop()
			if d := time.Since(begun); d > 10*time.Second {
				t.Errorf("stopping took %s", d)
			}
			for _, part := range []watch.Part{watch.Resolution, watch.Page, watch.Registration} {
				b, err := r.store.Backlog(t.Context(), part, storeAll())
				if err != nil {
					t.Fatal(err)
				}
				if b.Lent != 0 || took > 10*time.Second && b.Due != 10 || took < 10*time.Second && b.Due != 0 {
					t.Errorf("looks of %s, %s: %+v", took, part, b)
				}
			}
		})
	}
}

// TestReload: another schedule is in force at once.
func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, time.Now)
		defer r.close()
		r.o.Schedules = schedules(t, "0 4 * * *", "0 4 * * *", "0 3 * * *")
		s := r.scheduler()
		stop := r.run(s)
		time.Sleep(10 * time.Minute)
		if err := s.Reload(t.Context(), tuning(t, "@every 5s")); err != nil {
			t.Fatal(err)
		}
		before := r.world.count(r.sites[0], watch.Resolution)
		time.Sleep(time.Minute)
		if n := r.world.count(r.sites[0], watch.Resolution) - before; n < 10 || n > 13 {
			t.Errorf("%d looks a minute", n)
		}
		stop()
	})
}

// TestSilence: a suppression and a silence are asked for at every report.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 2, time.Now)
		defer r.close()
		var asked atomic.Int64
		r.o.Concurrency = 1
		r.o.Alerts = func() alert.Policy {
			return alert.Policy{Default: []string{"ops"}, Silences: []alert.Silence{{Match: alert.Match{Domains: []string{r.sites[0]}}, Owner: "li", Until: domaincheck.At(time.Now().AddDate(1, 0, 0))}}}
		}
		r.o.Suppressions = func(site string) []alert.Suppression {
			if site == r.sites[1] {
				asked.Add(1)
			}
			return nil
		}
		r.world.set(func(_ string, p watch.Part) (bool, bool) { return p == watch.Page, false })
		stop := r.run(r.scheduler())
		time.Sleep(2 * time.Hour)
		stop()
		if told := r.told(); !slices.Equal(told, []string{"opened " + r.sites[1] + " site.reachable"}) {
			t.Errorf("told %v", told)
		}
		if asked.Load() == 0 {
			t.Error("nobody asked for false alarms")
		}
	})
}
