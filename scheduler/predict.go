package scheduler

import (
	"cmp"
	"slices"
	"time"

	"domaincheck/store"
	"domaincheck/watch"
)

// PredictInput is what a prediction goes by.
type PredictInput struct {
	Sites     int            // of the inventory
	Paces     map[string]int // questions to each registry, by host:port, that one sweep of registration asks
	Schedules Schedules
	At        time.Time

	Concurrency int                          // looks at once; 0 is 64
	Looks       map[watch.Part]time.Duration // how long one look takes; what is missing is a usual figure

	PerSecond float64            // questions a second to one registry; 0 is 1
	Burst     int                // questions at once; 0 is 5
	Servers   map[string]float64 // host or host:port → questions a second instead
	Learned   []store.Budget     // what was learned of registries, by their host:port
	Restarted bool               // buckets are empty, as after a start
}

// Forecast is how long a sweep of a part takes.
type Forecast struct {
	Part     watch.Part         `json:"part"`
	Sites    int                `json:"sites"`
	Interval time.Duration      `json:"-"`        // longest gap of the schedule
	Takes    time.Duration      `json:"-"`        // one sweep of all sites
	Bound    string             `json:"bound_by"` // what bounds it: a registry's host:port, or "concurrency"
	Fits     bool               `json:"fits"`     // within the schedule
	Registry []RegistryForecast `json:"registries"`
}

// RegistryForecast is how long one registry takes to answer for its names.
type RegistryForecast struct {
	Key       string        `json:"registry"`
	Sites     int           `json:"sites"`
	PerSecond float64       `json:"per_second"`
	Learned   bool          `json:"learned"`
	Blocked   time.Time     `json:"-"`
	Note      string        `json:"note"`
	Takes     time.Duration `json:"-"`
}

// usual is how long one look takes, where nobody measured it: medians of looks
// over mainland lines.
func usual(part watch.Part) time.Duration {
	switch part {
	case watch.Resolution:
		return 200 * time.Millisecond
	case watch.Page:
		return 1500 * time.Millisecond
	}
	return 500 * time.Millisecond
}

// Predict tells how long one sweep of every part takes. DNS and pages are
// bound by how many looks run at once; registration by the slowest registry,
// each of which takes its questions one after another at its own pace.
func Predict(in PredictInput) []Forecast {
	if in.Concurrency <= 0 {
		in.Concurrency = 64
	}
	if in.PerSecond <= 0 {
		in.PerSecond = 1
	}
	if in.Burst <= 0 {
		in.Burst = 5
	}
	var all []Forecast
	for _, p := range []struct {
		part watch.Part
		t    ticks
	}{
		{watch.Resolution, ticksOf(in.Schedules.Access, in.At)}, {watch.Page, ticksOf(in.Schedules.Page, in.At)}, {watch.Registration, ticksOf(in.Schedules.Registration, in.At)},
	} {
		f := Forecast{Part: p.part, Sites: in.Sites, Interval: p.t.interval, Bound: "concurrency", Registry: []RegistryForecast{}}
		look := cmp.Or(in.Looks[p.part], usual(p.part))
		rounds := (in.Sites + in.Concurrency - 1) / in.Concurrency
		f.Takes = time.Duration(rounds) * look
		if p.part == watch.Registration {
			in.registries(&f, look)
		}
		f.Fits = p.t.interval > 0 && f.Takes <= p.t.interval
		all = append(all, f)
	}
	return all
}

// registries adds the registries, the slowest first.
func (in *PredictInput) registries(f *Forecast, look time.Duration) {
	f.Sites = 0
	for key, n := range in.Paces {
		f.Sites += n
		r := RegistryForecast{Key: key, Sites: n, PerSecond: in.rate(key)}
		b, known := in.budget(key)
		if known && b.PerSecond > 0 && b.PerSecond < r.PerSecond {
			r.PerSecond, r.Learned, r.Note = b.PerSecond, true, b.Note
		}
		now := refilled(b, known, in.rate(key), float64(in.Burst), in.At)
		if in.Restarted && known {
			now.Tokens = 0
		}
		// As many questions as there are tokens come at once, the others one by one.
		wait := max(0, float64(n)-max(now.Tokens, 0)) / r.PerSecond
		if key == "" || key == "-" { // no registry: nobody bounds it
			wait, r.PerSecond = 0, 0
		}
		r.Takes = time.Duration(wait*float64(time.Second)) + look
		if b.Blocked.After(in.At) {
			r.Blocked = b.Blocked
			r.Takes += b.Blocked.Sub(in.At)
		}
		f.Registry = append(f.Registry, r)
	}
	slices.SortFunc(f.Registry, func(a, b RegistryForecast) int {
		return cmp.Or(cmp.Compare(b.Takes, a.Takes), cmp.Compare(a.Key, b.Key))
	})
	rounds := (f.Sites + in.Concurrency - 1) / in.Concurrency
	f.Takes = time.Duration(rounds) * look
	if len(f.Registry) > 0 && f.Registry[0].Takes > f.Takes {
		f.Takes, f.Bound = f.Registry[0].Takes, f.Registry[0].Key
	}
}

func (in *PredictInput) rate(key string) float64 {
	if r := in.Servers[key]; r > 0 {
		return r
	}
	if r := in.Servers[hostOf(key)]; r > 0 {
		return r
	}
	return in.PerSecond
}

func (in *PredictInput) budget(key string) (store.Budget, bool) {
	for _, b := range in.Learned {
		if b.Key == key {
			return b, true
		}
	}
	return store.Budget{Key: key}, false
}
