package scheduler_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"domaincheck"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

// TestPredict compares a prediction with what happens: a first sweep of three
// registries, one of which is slow by the settings and one because it refused.
func TestPredict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 120, time.Now)
		defer r.close()
		registries := []string{"fast.example:43", "slow.example:43", "learned.example:443"}
		servers := map[string]float64{"fast.example": 4, "slow.example:43": 0.5}
		pace := func(domain string) string {
			switch {
			case domain < name(80):
				return registries[0]
			case domain < name(110):
				return registries[1]
			}
			return registries[2]
		}
		p := newPacer(r, scheduler.PacerOptions{PerSecond: 1, Burst: 5, Servers: servers, MostWait: time.Minute})
		for _, key := range registries {
			p.Name(key, key)
			if err := p.Wait(t.Context(), key); err != nil { // make the bucket known
				t.Fatal(err)
			}
		}
		for range 4 {
			p.Learn(t.Context(), registries[2], true, "too fast", time.Second)
		}
		const look = 300 * time.Millisecond
		r.world.took = look
		ended := map[string]time.Time{}
		r.o.Pace, r.o.Paces = pace, p
		r.o.Looker = scheduler.LookerFunc(func(ctx context.Context, task scheduler.Task) (*domaincheck.Report, error) {
			if task.Has(watch.Registration) {
				if err := p.Wait(ctx, pace(task.Memory.Site.MainDomain())); err != nil {
					return nil, err
				}
			}
			report, err := r.world.Look(ctx, task)
			if task.Has(watch.Registration) {
				r.world.mu.Lock()
				ended[pace(task.Memory.Site.MainDomain())] = time.Now()
				r.world.mu.Unlock()
			}
			return report, err
		})
		learned, err := scheduler.Learned(t.Context(), r.store)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		forecast := scheduler.Predict(scheduler.PredictInput{
			Sites: 120, Paces: map[string]int{registries[0]: 80, registries[1]: 30, registries[2]: 10}, Schedules: r.o.Schedules, At: begun,
			PerSecond: 1, Burst: 5, Servers: servers, Learned: learned, Restarted: true, Looks: map[watch.Part]time.Duration{watch.Registration: look},
		})
		stop := r.run(r.scheduler())
		time.Sleep(10 * time.Minute)
		stop()
		registration := forecast[2]
		if registration.Part != watch.Registration || registration.Bound != registries[2] || len(registration.Registry) != 3 || !registration.Registry[0].Learned {
			t.Fatalf("%+v", registration)
		}
		for _, f := range registration.Registry {
			took := ended[f.Key].Sub(begun)
			if off := (took - f.Takes).Abs(); off > f.Takes/10+2*time.Second {
				t.Errorf("%s: predicted %s, took %s", f.Key, f.Takes, took)
			}
		}
		if registration.Takes != registration.Registry[0].Takes || !registration.Fits {
			t.Errorf("the sweep: %+v", registration)
		}
	})
}

// TestPredictBounds: ten thousand .com at one question a second take 2.8 hours;
// without registries the number of looks at once bounds.
func TestPredictBounds(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, domaincheck.Beijing())
	in := scheduler.PredictInput{Sites: 10000, Paces: map[string]int{"rdap.verisign.com:443": 10000}, Schedules: schedules(t, "*/30 * * * *", "0 */6 * * *", "0 3 * * *"), At: at}
	f := scheduler.Predict(in)
	if h := f[2].Takes.Hours(); h < 2.7 || h > 2.9 || f[2].Bound != "rdap.verisign.com:443" || !f[2].Fits {
		t.Errorf("%+v", f[2])
	}
	if f[0].Bound != "concurrency" || !f[0].Fits || f[0].Interval != 30*time.Minute || f[1].Interval != 6*time.Hour || f[2].Interval != 24*time.Hour {
		t.Errorf("%+v %+v", f[0], f[1])
	}
	in.Learned = []store.Budget{{Key: "rdap.verisign.com:443", PerSecond: 0.05, At: at, Blocked: at.Add(time.Hour), Note: "429"}}
	if f := scheduler.Predict(in)[2]; f.Fits || !f.Registry[0].Learned || f.Registry[0].Takes < 56*time.Hour || f.Registry[0].Note != "429" {
		t.Errorf("%+v", f)
	}
	in = scheduler.PredictInput{Sites: 10, Paces: map[string]int{"-": 10}, Schedules: in.Schedules, At: at}
	if f := scheduler.Predict(in)[2]; f.Bound != "concurrency" || f.Takes > time.Second {
		t.Errorf("%+v", f)
	}
	if f := scheduler.Predict(scheduler.PredictInput{Schedules: in.Schedules, At: at}); f[0].Takes != 0 || f[2].Takes != 0 {
		t.Errorf("an empty inventory: %+v", f)
	}
}

// TestInterval: the longest gap counts.
func TestInterval(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, domaincheck.Beijing())
	for spec, want := range map[string]time.Duration{
		"@every 1s": time.Second, "*/30 * * * *": 30 * time.Minute, "0 3 * * *": 24 * time.Hour,
		"0 9-18 * * 1-5": 63 * time.Hour, "0 3 1 * *": 31 * 24 * time.Hour,
	} {
		if got := scheduler.Interval(every(t, spec), at); got != want {
			t.Errorf("%s: %s, want %s", spec, got, want)
		}
	}
	if scheduler.Interval(nil, at) != 0 {
		t.Error("no schedule has an interval")
	}
}

// TestCadence: how often a registration is asked about.
func TestCadence(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, domaincheck.Beijing())
	reg := func(days int, statuses ...string) *domaincheck.Registration {
		return &domaincheck.Registration{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: domaincheck.At(at)}, Expires: domaincheck.At(at.AddDate(0, 0, days)), Statuses: statuses}
	}
	undated := reg(0)
	undated.Expires = domaincheck.Instant{}
	failed := reg(400)
	failed.LastAttempt = &domaincheck.Attempt{Outcome: domaincheck.OutcomeRefused, At: domaincheck.At(at.Add(time.Hour))}
	for _, c := range []struct {
		name     string
		reg      *domaincheck.Registration
		declared string
		every    int
		soon     time.Duration
	}{
		{"far", reg(400), "", 7, 0}, {"121 days", reg(121), "", 7, 0}, {"120 days", reg(120), "", 1, 0}, {"tomorrow", reg(1), "", 1, 0},
		{"expired", reg(-1), "", 1, 6 * time.Hour}, {"hold", reg(400, "clientHold"), "", 1, 6 * time.Hour}, {"redemption", reg(-40, "redemptionPeriod"), "", 1, 6 * time.Hour},
		{"undated", undated, "", 7, 0}, {"undated, declared near", undated, "2026-12-24", 1, 0}, {"refused", failed, "", 7, time.Hour}, {"never asked", nil, "", 1, time.Hour},
	} {
		declared, err := domaincheck.ParseDate(c.declared)
		if err != nil {
			t.Fatal(err)
		}
		if every, soon := scheduler.Cadence(c.reg, declared, at); every != c.every || soon != c.soon {
			t.Errorf("%s: every %d, soon %s", c.name, every, soon)
		}
	}
}
