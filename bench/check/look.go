package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

// watched is a store of sites that are looked at again and again.
type watched struct {
	s      settings
	scheme string
	among  int // sites in the store; 0: those that are looked at
	world  *check.World
	file   string

	imported int64 // bytes of the file before any look

	store *store.Store
	sched *scheduler.Scheduler
	moved atomic.Int64 // the clock goes on by a day a round
	looks atomic.Int64
	bad   atomic.Int64

	mu      sync.Mutex
	reports map[string]*domaincheck.Report // of the last round
	why     string                         // an observation that is not what is there
	close   []func()
}

func begin(ctx context.Context, s settings, scheme string, among int) (*watched, error) {
	w := &watched{s: s, scheme: scheme, among: among, reports: map[string]*domaincheck.Report{}}
	err := w.open(ctx)
	if err != nil {
		w.end()
	}
	return w, err
}

func (w *watched) end() {
	for i := len(w.close) - 1; i >= 0; i-- {
		w.close[i]()
	}
}

func (w *watched) now() time.Time { return time.Now().Add(time.Duration(w.moved.Load())) }

func (w *watched) open(ctx context.Context) error {
	var err error
	if w.world, err = connect(w.s); err != nil {
		return err
	}
	w.close = append(w.close, w.world.Close)
	dir, err := os.MkdirTemp("", "bench-check")
	if err != nil {
		return err
	}
	w.close = append(w.close, func() { os.RemoveAll(dir) })
	w.file = filepath.Join(dir, "bench.db")
	var ledger store.Ledger
	for i := range w.s.sites {
		ledger.Sites = append(ledger.Sites, site(w.scheme, i))
		for len(ledger.Sites) < (i+1)*w.among/w.s.sites { // those that are not looked at lie between
			ledger.Sites = append(ledger.Sites, other(w.scheme, len(ledger.Sites)))
		}
	}
	if w.store, err = store.Open(ctx, store.Options{URL: "sqlite:" + w.file, Now: w.now}); err != nil {
		return err
	}
	w.close = append(w.close, func() { w.store.Close() })
	if _, err := w.store.Import(ctx, ledger, store.ImportOptions{}); err != nil {
		return err
	}
	if w.imported, err = w.size(ctx); err != nil {
		return err
	}
	daily, err := cron.ParseStandard("@every 12h")
	if err != nil {
		return err
	}
	w.sched, err = scheduler.New(scheduler.Options{
		Store: w.store, Owner: "bench", Policy: w.world.Policy(), Schedules: scheduler.Schedules{Access: daily, Page: daily},
		Looker: scheduler.LookerFunc(w.look),
	})
	if err != nil {
		return err
	}
	if err := w.sched.Resume(ctx); err != nil {
		return err
	}
	return w.putOff(ctx, ledger)
}

// putOff leaves only the sites due that are looked at.
func (w *watched) putOff(ctx context.Context, ledger store.Ledger) error {
	var far []store.Due
	for i := range ledger.Sites {
		if name := ledger.Sites[i].MainDomain(); name[0] == 'o' {
			at := w.now().AddDate(50, 0, 0)
			far = append(far, store.Due{Site: name, Part: watch.Page, At: at}, store.Due{Site: name, Part: watch.Resolution, At: at})
		}
	}
	for part := range slices.Chunk(far, 20_000) {
		if err := w.store.SetDue(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// other is a site that is not looked at.
func other(scheme string, i int) domaincheck.Site {
	s := site(scheme, i)
	s.Domains[0].Domain = fmt.Sprintf("o%07d.cn", i)
	s.Home = domaincheck.Text(scheme + "://" + s.Domains[0].Domain + "/")
	return s
}

// round looks at every site: at all of its parts that are due at once.
func (w *watched) round(ctx context.Context) error {
	w.looks.Store(0)
	w.bad.Store(0)
	for _, part := range []watch.Part{watch.Page, watch.Resolution} {
		if _, err := w.sched.Work(ctx, part, store.Partition{}); err != nil {
			return err
		}
	}
	w.moved.Add(int64(24 * time.Hour))
	// On a crowded machine an answer may come too late: a look that says so is
	// one nonetheless, as long as there are few.
	if w.looks.Load() < int64(w.s.sites) || w.bad.Load() > int64(w.s.sites/10) {
		return fmt.Errorf("%d looks at %d sites, %d did not see what is there, such as %s", w.looks.Load(), w.s.sites, w.bad.Load(), w.why)
	}
	return ctx.Err()
}

// look is the daemon's look: what is due is asked, judged after what was
// remembered.
func (w *watched) look(ctx context.Context, t scheduler.Task) (*domaincheck.Report, error) {
	job := check.Job{Input: t.Memory.Site.MainDomain(), Site: t.Memory.Site, Siblings: t.Memory.Siblings, Watched: true, At: domaincheck.At(w.now())}
	if r := t.Memory.Report; r != nil {
		job.Previous, job.States, job.Before = r.Observation, r.States, r.Before
	}
	for _, p := range t.Parts {
		switch p {
		case watch.Resolution:
			job.Parts |= check.ResolutionPart
		case watch.Page:
			job.Parts |= check.PagePart
		}
	}
	if job.Parts == 0 {
		report := w.world.Checker.Judge(job, job.Previous, job.At)
		return &report, ctx.Err()
	}
	report := w.world.Checker.Check(ctx, job)
	w.looks.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reports[job.Input] = &report; !good(&report) {
		w.bad.Add(1)
		doc, _ := json.Marshal(report.Observation)
		w.why = string(doc)
	}
	return &report, ctx.Err()
}

// recommit commits the reports of the last round once more, in batches as the
// daemon's: what a commit of just such a report costs by itself.
func (w *watched) recommit(ctx context.Context, m *meter) (piece, error) {
	const size = 256
	var batches [][]store.Commit
	at := w.now()
	for i := range w.s.sites {
		if i%size == 0 {
			batches = append(batches, nil)
		}
		last := &batches[len(batches)-1]
		m, err := w.store.Load(ctx, domain(i))
		if err != nil {
			return piece{}, err
		}
		report := *w.reports[domain(i)]
		report.At = domaincheck.At(at)
		*last = append(*last, store.Commit{Site: domain(i), Rev: m.Rev, Report: &report, Open: &m.Open, Next: []store.Due{{Part: watch.Page, At: at}, {Part: watch.Resolution, At: at}}})
	}
	return m.of(w.s.sites, func() error {
		for _, b := range batches {
			done, err := w.store.Commit(ctx, b)
			if err != nil {
				return err
			}
			for _, d := range done {
				if d.Err != nil {
					return d.Err
				}
			}
		}
		return nil
	})
}

// good tells whether the look saw what the servers show.
func good(r *domaincheck.Report) bool {
	if r.Error != nil {
		return false
	}
	if d := r.Observation.Resolution; d != nil && (d.Outcome != domaincheck.OutcomeOK || d.Delegation == nil || d.Delegation.Outcome != domaincheck.OutcomeOK) {
		return false
	}
	p := r.Observation.Page
	return p == nil || p.Outcome == domaincheck.OutcomeOK && len(p.RecordNumbers) == 1 && p.TLS != nil && domaincheck.Is(p.TLS.OK)
}

func site(scheme string, i int) domaincheck.Site {
	return domaincheck.Site{
		Domains: domaincheck.List[domaincheck.Domain]{{Domain: domain(i)}}, State: domaincheck.StateFiled,
		RecordNumber: "京ICP备12345678号-1", Home: domaincheck.Text(scheme + "://" + domain(i) + "/"),
	}
}

// connect leads every name server to the one that there is, and every web
// server to the port of its kind.
func connect(s settings) (*check.World, error) {
	var to []string
	for port, at := range map[int]string{53: s.resolver, 80: s.http, 443: s.https} {
		addr, err := netip.ParseAddrPort(at)
		if err != nil {
			return nil, err
		}
		to = append(to, fmt.Sprintf(":%d:%s:%d", port, addr.Addr(), addr.Port()))
	}
	world, err := check.OpenTables(check.TableFiles{})
	if err != nil {
		return nil, err
	}
	err = world.Connect(check.Network{Resolvers: []string{s.resolver}, ConnectTo: to, Browser: "off", CAFile: s.roots, Timeout: 10 * time.Second})
	if err != nil {
		return nil, errors.Join(err)
	}
	return world, nil
}
