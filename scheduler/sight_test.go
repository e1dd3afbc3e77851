//go:build !race

// Days in simulated time, on SQLite: too long under the race detector, which
// the other tests of the package have. test.sh runs these apart.

package scheduler_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"domaincheck"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

// about lists what was told of sites, and what of the daemon itself.
func (r *rig) about() (sites, self []string) {
	for _, line := range r.told() {
		if strings.Contains(line, scheduler.SystemDomain+" ") {
			self = append(self, line)
		} else {
			sites = append(sites, line)
		}
	}
	return sites, self
}

// TestBlind: what goes wrong everywhere at once is our own blindness: it is
// said once, nothing is said of the sites, and its end is said too.
func TestBlind(t *testing.T) {
	for _, c := range []struct {
		name   string
		state  func(site string, part watch.Part) (bad, no bool)
		atOnce bool
		access string
	}{
		{"the resolver lies", func(_ string, p watch.Part) (bool, bool) { return p == watch.Resolution, false }, false, "*/30 * * * *"},
		{"the resolver lies, nothing is confirmed", func(_ string, p watch.Part) (bool, bool) { return p == watch.Resolution, false }, true, "*/30 * * * *"},
		{"the resolver lies every second", func(_ string, p watch.Part) (bool, bool) { return p == watch.Resolution, false }, true, "@every 1s"},
		{"the uplink is dead", func(string, watch.Part) (bool, bool) { return false, true }, false, "*/30 * * * *"},
		{"the uplink is dead and pages are refused", func(_ string, p watch.Part) (bool, bool) { return p == watch.Page, p != watch.Page }, true, "@every 5s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, 20, time.Now)
				defer r.close()
				r.o.Schedules = schedules(t, c.access, c.access, "0 3 * * *")
				if c.atOnce {
					r.o.Policy = watch.DefaultPolicy().Overridden(watch.Override{Apart: ptr(time.Duration(0))})
					r.world.policy = r.o.Policy
				}
				s := r.scheduler()
				stop := r.run(s)
				settle := 80 * time.Minute
				if c.access != "*/30 * * * *" {
					settle = 24 * time.Second
				}
				time.Sleep(settle)
				r.world.set(c.state)
				for begun := time.Now(); s.Status().Blind == nil && time.Since(begun) < settle; {
					time.Sleep(time.Second)
				}
				if s.Status().Blind == nil {
					t.Fatal("it does not know that it cannot see")
				}
				time.Sleep(settle / 4)
				r.world.set(nil)
				for begun := time.Now(); s.Status().Blind != nil && time.Since(begun) < settle; {
					time.Sleep(time.Second)
				}
				time.Sleep(settle)
				stop()
				sites, self := r.about()
				if len(sites) != 0 {
					t.Errorf("told of sites: %v", sites)
				}
				if len(self) < 2 || !strings.HasPrefix(self[0], "opened") || !strings.HasPrefix(self[len(self)-1], "resolved") {
					t.Errorf("told of itself: %v", self)
				}
				for i := range self[:len(self)/2] {
					if slices.Contains(self[i+1:], self[i]) && strings.HasPrefix(self[i], "opened") && len(self) > 4 {
						t.Errorf("told again and again: %v", self)
						break
					}
				}
			})
		})
	}
}

// TestProviderOutage: what one provider does to its sites is no blindness, even
// where most sites are its customers.
func TestProviderOutage(t *testing.T) {
	for _, atOnce := range []bool{false, true} {
		t.Run(fmt.Sprint(atOnce), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, 20, time.Now)
				defer r.close()
				for i, site := range r.sites {
					if i >= 3 {
						r.world.nets[site] = "aliyun"
					} else {
						r.world.nets[site] = "tencent"
					}
				}
				r.o.Schedules = schedules(t, "*/30 * * * *", "*/30 * * * *", "0 3 * * *")
				if atOnce {
					r.o.Policy = watch.DefaultPolicy().Overridden(watch.Override{Apart: ptr(time.Duration(0))})
					r.world.policy = r.o.Policy
				}
				s := r.scheduler()
				stop := r.run(s)
				time.Sleep(2 * time.Hour)
				r.world.set(func(site string, p watch.Part) (bool, bool) {
					return p == watch.Page && r.world.nets[site] == "aliyun", false
				})
				time.Sleep(2 * time.Hour)
				stop()
				sites, self := r.about()
				if len(sites) != 17 || len(self) != 0 {
					t.Errorf("told of %d sites, of itself %v", len(sites), self)
				}
			})
		})
	}
}

// TestEverywhereForLong: what lasts for hours everywhere is believed in the end.
func TestEverywhereForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 12, time.Now)
		defer r.close()
		r.o.Schedules = schedules(t, "*/10 * * * *", "*/10 * * * *", "0 3 * * *")
		stop := r.run(r.scheduler())
		time.Sleep(time.Hour)
		r.world.set(func(_ string, p watch.Part) (bool, bool) { return p == watch.Page, false })
		time.Sleep(3 * time.Hour)
		stop()
		sites, self := r.about()
		if len(sites) != 12 || len(self) != 2 {
			t.Errorf("told of %d sites, of itself %v", len(sites), self)
		}
	})
}

// TestRegistryLies: a registry for which all names cease to exist at once is
// not believed; one name that does is.
func TestRegistryLies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 30, time.Now)
		defer r.close()
		r.o.Pace = func(domain string) string {
			if domain < name(15) {
				return "whois.a.example:43"
			}
			return "whois.b.example:43"
		}
		r.o.Schedules = schedules(t, "0 0 * * *", "0 0 * * *", "@every 30m")
		s := r.scheduler()
		stop := r.run(s)
		time.Sleep(4 * time.Hour)
		r.world.set(func(site string, p watch.Part) (bool, bool) {
			return p == watch.Registration && (site < name(15) || site == name(20)), false
		})
		time.Sleep(5 * time.Hour)
		sites, self := r.about()
		if !slices.Equal(sites, []string{"opened " + name(20) + " domain.registered"}) || len(self) != 1 {
			t.Errorf("told of %v, of itself %v", sites, self)
		}
		r.world.set(func(site string, p watch.Part) (bool, bool) {
			return p == watch.Registration && site == name(20), false
		})
		time.Sleep(5 * time.Hour)
		stop()
		if sites, self = r.about(); len(sites) < 1 || slices.ContainsFunc(sites, func(s string) bool { return !strings.Contains(s, name(20)) }) || len(self) != 2 {
			t.Errorf("in the end told of %v, of itself %v", sites, self)
		}
	})
}

// TestSentence: what the daemon says of itself is said in both languages.
func TestSentence(t *testing.T) {
	for _, registry := range []string{"", "whois.example:43"} {
		for _, result := range []domaincheck.Result{domaincheck.Fail, domaincheck.Pass} {
			f := domaincheck.Finding{Rule: scheduler.RuleBlind, Result: result, Evidence: domaincheck.Evidence{"part": "page", "registry": registry, "bad": 7, "of": float64(9)}}
			zh, ok := scheduler.Sentence(f, "zh")
			en, _ := scheduler.Sentence(f, "en")
			if !ok || zh.Summary == "" || en.Summary == "" || zh.Summary == en.Summary || strings.Contains(zh.Summary+en.Summary, "%!") {
				t.Errorf("%q, %q", zh.Summary, en.Summary)
			}
			if result == domaincheck.Fail && (!strings.Contains(zh.Summary, "7") || !strings.Contains(en.Summary, "9")) {
				t.Errorf("without figures: %q, %q", zh.Summary, en.Summary)
			}
		}
	}
	if _, ok := scheduler.Sentence(domaincheck.Finding{Rule: "site.number"}, "zh"); ok {
		t.Error("a sentence of others")
	}
}

// TestBlindRestart: blindness outlives a restart, and so does the promise to
// tell of its end.
func TestBlindRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 20, time.Now)
		defer r.close()
		r.o.Schedules = schedules(t, "*/10 * * * *", "*/10 * * * *", "0 3 * * *")
		stop := r.run(r.scheduler())
		time.Sleep(time.Hour)
		r.world.set(func(_ string, p watch.Part) (bool, bool) { return p == watch.Resolution, false })
		time.Sleep(20 * time.Minute)
		stop()
		s := r.scheduler()
		stop = r.run(s)
		time.Sleep(20 * time.Minute)
		if s.Status().Blind == nil {
			t.Error("blindness is forgotten")
		}
		r.world.set(nil)
		time.Sleep(time.Hour)
		stop()
		sites, self := r.about()
		if len(sites) != 0 || len(self) != 2 {
			t.Errorf("told of %v, of itself %v", sites, self)
		}
	})
}

// TestClock: a clock that is put forward and back tells nothing false and
// stops nothing.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shift atomic.Int64
		r := newRig(t, 10, func() time.Time { return time.Now().Add(time.Duration(shift.Load())) })
		defer r.close()
		s := r.scheduler()
		stop := r.run(s)
		time.Sleep(3 * time.Hour)
		for _, jump := range []time.Duration{50 * time.Hour, -70 * time.Hour, 20 * time.Hour} {
			synctest.Wait()
			shift.Add(int64(jump))
			before := r.world.count(r.sites[4], watch.Resolution)
			time.Sleep(95 * time.Minute)
			if n := r.world.count(r.sites[4], watch.Resolution) - before; n < 2 || n > 5 {
				t.Errorf("after a jump of %s: %d looks in 95 minutes", jump, n)
			}
		}
		stop()
		if told := r.told(); len(told) != 0 {
			t.Errorf("told %v", told)
		}
		m, err := r.store.Load(t.Context(), r.sites[4])
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range m.Report.States {
			if st.Certainty != domaincheck.CertainOK {
				t.Errorf("%s is %s", st.Rule, st.Certainty)
			}
		}
		var _ store.Memory = *m
	})
}
