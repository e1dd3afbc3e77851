package scheduler_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

// world is what the fake looker sees: three rules, one a part.
type world struct {
	mu     sync.Mutex
	now    func() time.Time
	policy watch.Policy
	took   time.Duration                                     // of a look
	state  func(site string, part watch.Part) (bad, no bool) // bad, or not to be seen
	looks  map[watch.Part][]string
	at     map[string][]time.Time // of looks, by site and part
	busy   map[string]int
	double int // looks at one part of a site at once
	tasks  []scheduler.Task
	pacer  *scheduler.Pacer
	nets   map[string]string // site → provider
}

func newWorld(now func() time.Time) *world {
	return &world{now: now, policy: watch.DefaultPolicy(), looks: map[watch.Part][]string{}, at: map[string][]time.Time{}, busy: map[string]int{}, nets: map[string]string{}}
}

func ruleOf(part watch.Part) string {
	switch part {
	case watch.Resolution:
		return "access.resolves"
	case watch.Page:
		return "site.reachable"
	}
	return "domain.registered"
}

// newest are the last n tasks.
func (w *world) newest(n int) []scheduler.Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]scheduler.Task(nil), w.tasks[len(w.tasks)-n:]...)
}

// Look implements Looker as package check would: looks, lays over, judges.
func (w *world) Look(ctx context.Context, t scheduler.Task) (*domaincheck.Report, error) {
	site := t.Memory.Site.MainDomain()
	w.mu.Lock()
	w.tasks = append(w.tasks, t)
	for _, p := range t.Parts {
		key := site + " " + string(p)
		if w.busy[key]++; w.busy[key] > 1 && !t.Control {
			w.double++
		}
		if !t.Control {
			w.looks[p] = append(w.looks[p], site)
			w.at[key] = append(w.at[key], w.now())
		}
	}
	state, took := w.state, w.took
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, p := range t.Parts {
			w.busy[site+" "+string(p)]--
		}
	}()
	if t.Has(watch.Registration) && w.pacer != nil {
		if err := w.pacer.Wait(ctx, "whois.example:43"); err != nil {
			return nil, err
		}
	}
	if took > 0 && len(t.Parts) > 0 {
		timer := time.NewTimer(took)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return w.judge(t, site, state), nil
}

func (w *world) judge(t scheduler.Task, site string, state func(string, watch.Part) (bool, bool)) *domaincheck.Report {
	at := domaincheck.At(w.now())
	r := &domaincheck.Report{Schema: 1, Domain: domaincheck.Text(site), Unicode: domaincheck.Text(site), At: at, Site: &domaincheck.ReportSite{Site: t.Memory.Site}}
	var states []domaincheck.State
	if t.Memory.Report != nil {
		r.Observation = t.Memory.Report.Observation
		states = t.Memory.Report.States
	}
	for _, part := range []watch.Part{watch.Resolution, watch.Page, watch.Registration} {
		var was *domaincheck.Look
		f := domaincheck.Finding{Rule: ruleOf(part), Severity: domaincheck.High, Knows: domaincheck.Observed}
		if t.Has(part) {
			bad, no := false, false
			if state != nil {
				bad, no = state(site, part)
			}
			look := domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: at}
			if no {
				look.Outcome = domaincheck.OutcomeTimeout
			}
			w.lay(&r.Observation, part, look, site, bad)
		}
		switch part {
		case watch.Resolution:
			if o := r.Observation.Resolution; o != nil {
				was = &o.Look
				f.Result = domaincheck.Pass
				if len(o.Hosts) > 0 && o.Hosts[0].RCode == "NXDOMAIN" {
					f.Result, f.Code = domaincheck.Fail, "nxdomain"
				}
			}
		case watch.Page:
			if o := r.Observation.Page; o != nil {
				was = &o.Look
				f.Result = domaincheck.Pass
				if o.Status != nil && *o.Status >= 500 {
					f.Result, f.Code = domaincheck.Fail, "server_error"
				}
			}
		default:
			if o := r.Observation.Registration; o != nil {
				was = &o.Look
				f.Result = domaincheck.Pass
				if o.Outcome == domaincheck.OutcomeAbsent {
					f.Result, f.Code = domaincheck.Fail, "absent"
				}
			}
		}
		switch {
		case was == nil:
			f.Result, f.Why = domaincheck.Unknown, domaincheck.WhyUnobserved
		case !was.Outcome.Conclusive() || was.LastAttempt != nil && was.LastAttempt.At.After(was.At.Time):
			f.Result, f.Why = domaincheck.Unknown, domaincheck.WhyUnobserved
		default:
			f.ObservedAt = was.At
		}
		r.Findings = append(r.Findings, f)
	}
	policy := w.policy
	policy.Schedule = t.Schedule
	r.States, _ = watch.Advance(states, r.Findings, policy, at)
	r.Verdict = domaincheck.VerdictOf(r.Findings, false)
	return r
}

// lay lays a look over what is known; a failed one stands beside a good one.
func (w *world) lay(o *domaincheck.Observation, part watch.Part, look domaincheck.Look, site string, bad bool) {
	attempt := &domaincheck.Attempt{Outcome: look.Outcome, At: look.At}
	switch part {
	case watch.Resolution:
		if !look.Outcome.Conclusive() && o.Resolution != nil && o.Resolution.Outcome.Conclusive() {
			c := *o.Resolution
			c.LastAttempt = attempt
			o.Resolution = &c
			return
		}
		host := domaincheck.Host{Host: "www." + site, Outcome: domaincheck.OutcomeOK, RCode: "NOERROR",
			Addresses: domaincheck.List[domaincheck.Address]{{IP: "192.0.2.1", Provider: domaincheck.Text(w.nets[site])}}}
		if bad {
			host.RCode, host.Addresses = "NXDOMAIN", nil
		}
		o.Resolution = &domaincheck.Resolution{Look: look, Hosts: domaincheck.List[domaincheck.Host]{host}}
	case watch.Page:
		if !look.Outcome.Conclusive() && o.Page != nil && o.Page.Outcome.Conclusive() {
			c := *o.Page
			c.LastAttempt = attempt
			o.Page = &c
			return
		}
		status := 200
		if bad {
			status = 503
		}
		o.Page = &domaincheck.HomePage{Look: look, Status: &status}
	default:
		if !look.Outcome.Conclusive() && o.Registration != nil && o.Registration.Outcome.Conclusive() {
			c := *o.Registration
			c.LastAttempt = attempt
			o.Registration = &c
			return
		}
		if bad {
			look.Outcome = domaincheck.OutcomeAbsent
		}
		o.Registration = &domaincheck.Registration{Look: look, Expires: domaincheck.At(look.At.AddDate(2, 0, 0))}
	}
}

// count is how often a part of a site was looked at.
func (w *world) count(site string, part watch.Part) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.at[site+" "+string(part)])
}

func (w *world) set(state func(site string, part watch.Part) (bad, no bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = state
}

func every(t testing.TB, spec string) cron.Schedule {
	t.Helper()
	s, err := cron.ParseStandard(spec)
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := s.(*cron.SpecSchedule); ok {
		c.Location = domaincheck.Beijing()
	}
	return s
}

func schedules(t testing.TB, access, page, registration string) scheduler.Schedules {
	return scheduler.Schedules{Access: every(t, access), Page: every(t, page), Registration: every(t, registration)}
}

// rig is a scheduler on a real SQLite store.
type rig struct {
	t     *testing.T
	store *store.Store
	world *world
	o     scheduler.Options
	sites []string
}

func name(i int) string { return fmt.Sprintf("s%03d.example.cn", i) }

func providers() []string { return []string{"aliyun", "tencent", "huawei", "baidu"} }

func newRig(t *testing.T, sites int, now func() time.Time) *rig {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "s.db"), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, store: s, world: newWorld(s.Now)}
	var l store.Ledger
	for i := range sites {
		r.sites = append(r.sites, name(i))
		r.world.nets[name(i)] = providers()[i%4]
		l.Sites = append(l.Sites, domaincheck.Site{Domains: []domaincheck.Domain{{Domain: name(i), Role: domaincheck.RoleMain}}, State: domaincheck.StateFiled})
	}
	if _, err := s.Import(t.Context(), l, store.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	r.o = scheduler.Options{Store: s, Looker: r.world, Schedules: schedules(t, "*/30 * * * *", "0 */6 * * *", "0 3 * * *"), Owner: "test", Poll: time.Minute,
		Policy: watch.DefaultPolicy(), Alerts: func() alert.Policy { return alert.Policy{Default: []string{"ops"}} }}
	return r
}

func (r *rig) close() {
	if err := r.store.Close(); err != nil {
		r.t.Error(err)
	}
}

func (r *rig) scheduler() *scheduler.Scheduler {
	r.t.Helper()
	s, err := scheduler.New(r.o)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// run runs a scheduler until stop is called, which waits for its end.
func (r *rig) run(s *scheduler.Scheduler) (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	}
}

// told lists what was put into the outbox: kind, domain and rule.
func (r *rig) told() []string {
	r.t.Helper()
	rows, err := r.store.Pending(r.t.Context(), "ops", 10000)
	if err != nil {
		r.t.Fatal(err)
	}
	var all []string
	for _, row := range rows {
		for _, e := range row.Events {
			all = append(all, fmt.Sprintf("%s %s %s", row.Kind, e.Domain, e.Rule))
		}
	}
	return all
}
