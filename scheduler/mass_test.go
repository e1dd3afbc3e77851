//go:build !race

package scheduler_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domaincheck"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

// atOnce makes every failure count at its first look.
func (r *rig) atOnce() {
	r.o.Policy = watch.DefaultPolicy().Overridden(watch.Override{Apart: ptr(time.Duration(0))})
	r.world.policy = r.o.Policy
}

// TestMassExpiry: names of several providers that cease to exist at one moment
// are told of as one name would be, as long as the others resolve; nothing is
// said of the daemon's sight.
func TestMassExpiry(t *testing.T) {
	for _, c := range []struct {
		name   string
		atOnce bool
		told   time.Duration // a look, its spread, and the second look
	}{{"confirmed", false, 70 * time.Minute}, {"at once", true, 35 * time.Minute}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, 30, time.Now)
				defer r.close()
				if c.atOnce {
					r.atOnce()
				}
				stop := r.run(r.scheduler())
				time.Sleep(2 * time.Hour)
				r.world.set(func(site string, p watch.Part) (bool, bool) {
					return p == watch.Resolution && site < name(20), p == watch.Page && site < name(20)
				})
				time.Sleep(c.told)
				stop()
				if sites, self := r.about(); len(sites) != 20 || len(self) != 0 {
					t.Errorf("told of sites %v, of itself %v", sites, self)
				}
			})
		})
	}
}

// TestRefusedPages: pages that all turn bad at once are doubted, but where the
// settings ask to hear of failures at once they are told of while names resolve.
func TestRefusedPages(t *testing.T) {
	for _, atOnce := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, 20, time.Now)
			defer r.close()
			r.o.Schedules = schedules(t, "*/10 * * * *", "*/10 * * * *", "0 3 * * *")
			if atOnce {
				r.atOnce()
			}
			stop := r.run(r.scheduler())
			time.Sleep(time.Hour)
			r.world.set(func(_ string, p watch.Part) (bool, bool) { return p == watch.Page, false })
			time.Sleep(15 * time.Minute)
			stop()
			sites, self := r.about()
			if atOnce && (len(sites) != 20 || len(self) != 0) || !atOnce && (len(sites) != 0 || len(self) != 1) {
				t.Errorf("at once %t: told of sites %v, of itself %v", atOnce, sites, self)
			}
		})
	}
}

// TestDeadNames: sites that have not been seen for long say nothing of our
// sight, however often they are looked at; what goes wrong with another one is
// told in time.
func TestDeadNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 30, time.Now)
		defer r.close()
		dead, bad := name(9), name(20)
		r.world.set(func(site string, p watch.Part) (bool, bool) { return false, p == watch.Page && site <= dead })
		s := r.scheduler()
		stop := r.run(s)
		time.Sleep(8 * time.Hour)
		r.world.set(func(site string, p watch.Part) (bool, bool) {
			return p == watch.Page && site == bad, p == watch.Page && site <= dead
		})
		time.Sleep(6*time.Hour + 45*time.Minute) // the longest gap, and the second look
		stop()
		sites, self := r.about()
		if len(self) != 0 || len(sites) != 1 || !strings.Contains(sites[0], bad) {
			t.Errorf("told of sites %v, of itself %v", sites, self)
		}
	})
}

// TestSightBack: sight that is back is noticed within minutes, also of pages
// that are looked at every six hours: other sites are looked at meanwhile.
func TestSightBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 30, time.Now)
		defer r.close()
		s := r.scheduler()
		stop := r.run(s)
		for time.Sleep(time.Minute); time.Now().Hour()%6 != 3; {
			time.Sleep(time.Minute) // until shortly before a sweep over the pages
		}
		r.world.set(func(_ string, p watch.Part) (bool, bool) { return p == watch.Page, false })
		for begun := time.Now(); s.Status().Blind == nil && time.Since(begun) < 7*time.Hour; {
			time.Sleep(time.Second)
		}
		if s.Status().Blind == nil {
			t.Fatal("it does not know that it cannot see")
		}
		time.Sleep(30 * time.Minute)
		bad := name(3)
		r.world.set(func(site string, p watch.Part) (bool, bool) { return p == watch.Page && site == bad, false })
		time.Sleep(10 * time.Minute)
		if b := s.Status().Blind; b != nil {
			t.Errorf("still blind: %+v", b)
		}
		time.Sleep(40 * time.Minute)
		stop()
		sites, self := r.about()
		if len(self) != 2 || len(sites) != 1 || !strings.Contains(sites[0], bad) {
			t.Errorf("told of sites %v, of itself %v", sites, self)
		}
	})
}

// slowControls hangs where it is asked about a site that hangs.
type slowControls struct {
	*world
	hangs func(site string) bool
}

// Look implements scheduler.Looker.
func (l slowControls) Look(ctx context.Context, t scheduler.Task) (*domaincheck.Report, error) {
	if t.Control && l.hangs(t.Memory.Site.MainDomain()) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return l.world.Look(ctx, t)
}

// TestAddedBroken: a site that is broken when it is added is told of in seconds,
// where failures count at once: of the others that are looked at to be sure of
// our sight, one that is seen is enough, and those that hang are not waited for.
func TestAddedBroken(t *testing.T) {
	for _, part := range []watch.Part{watch.Resolution, watch.Page} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, 20, time.Now)
			defer r.close()
			r.atOnce()
			r.o.Looker = slowControls{r.world, func(site string) bool {
				return site != name(2) && site != name(7) && site != name(18) && site != name(13)
			}}
			s := r.scheduler()
			stop := r.run(s)
			time.Sleep(100 * time.Minute) // between two ticks: nobody else is looked at
			added := name(900)
			r.world.set(func(site string, p watch.Part) (bool, bool) { return site == added && p == part, false })
			if _, err := r.store.Import(t.Context(), store.Ledger{Sites: []domaincheck.Site{{Domains: []domaincheck.Domain{{Domain: added, Role: domaincheck.RoleMain}}, State: domaincheck.StateFiled}}}, store.ImportOptions{}); err != nil {
				t.Fatal(err)
			}
			s.Wake()
			begun := time.Now()
			for len(r.told()) == 0 && time.Since(begun) < time.Hour {
				time.Sleep(100 * time.Millisecond)
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("%s: told after %s", part, took)
			}
			stop()
			if sites, self := r.about(); len(self) != 0 || len(sites) != 1 || !strings.Contains(sites[0], added) {
				t.Errorf("%s: told of sites %v, of itself %v", part, sites, self)
			}
		})
	}
}
