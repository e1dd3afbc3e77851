package scheduler_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

// broken is a store that can be taken away.
type broken struct {
	*store.Store
	gone  atomic.Bool // everything fails
	full  atomic.Bool // writing fails
	fails atomic.Int64
}

func (b *broken) err(write bool) error {
	if b.gone.Load() || write && b.full.Load() {
		b.fails.Add(1)
		return domaincheck.Errorf(store.CodeFull, "store", "there is no space left")
	}
	return nil
}

func (b *broken) Claim(ctx context.Context, o store.ClaimOptions) ([]store.Claimed, error) {
	if err := b.err(true); err != nil {
		return nil, err
	}
	return b.Store.Claim(ctx, o)
}

func (b *broken) Commit(ctx context.Context, batch []store.Commit) ([]store.Committed, error) {
	if err := b.err(true); err != nil {
		return nil, err
	}
	return b.Store.Commit(ctx, batch)
}

func (b *broken) SetMark(ctx context.Context, name, value string) error {
	if err := b.err(true); err != nil {
		return err
	}
	return b.Store.SetMark(ctx, name, value)
}

func (b *broken) Release(ctx context.Context, l []store.Lease, at time.Time) error {
	if err := b.err(true); err != nil {
		return err
	}
	return b.Store.Release(ctx, l, at)
}

func (b *broken) Extend(ctx context.Context, l []store.Lease, d time.Duration) ([]store.Lease, error) {
	if err := b.err(true); err != nil {
		return nil, err
	}
	return b.Store.Extend(ctx, l, d)
}

func (b *broken) Backlog(ctx context.Context, part watch.Part, p store.Partition) (store.Backlog, error) {
	if err := b.err(false); err != nil {
		return store.Backlog{}, err
	}
	return b.Store.Backlog(ctx, part, p)
}

func (b *broken) ReadyPaces(ctx context.Context, part watch.Part, p store.Partition) (map[string]int, error) {
	if err := b.err(false); err != nil {
		return nil, err
	}
	return b.Store.ReadyPaces(ctx, part, p)
}

func (b *broken) Load(ctx context.Context, domain string) (*store.Memory, error) {
	if err := b.err(false); err != nil {
		return nil, err
	}
	return b.Store.Load(ctx, domain)
}

// TestStoreLost: with the store full or gone looks go on, and what they found
// is told when it is back.
func TestStoreLost(t *testing.T) {
	for _, full := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, 8, time.Now)
			defer r.close()
			b := &broken{Store: r.store}
			r.o.Store = b
			r.o.Schedules = schedules(t, "@every 10m", "@every 10m", "0 3 * * *")
			var told []bool
			r.o.Hooks.Store = func(err error) { told = append(told, err != nil) }
			s := r.scheduler()
			stop := r.run(s)
			time.Sleep(time.Hour)
			if full {
				b.full.Store(true)
			} else {
				b.gone.Store(true)
			}
			r.world.set(func(site string, p watch.Part) (bool, bool) { return site == r.sites[2] && p == watch.Page, false })
			before := r.world.count(r.sites[5], watch.Resolution)
			time.Sleep(90 * time.Minute)
			st := s.Status().Store
			if n := r.world.count(r.sites[5], watch.Resolution) - before; n < 8 || n > 10 {
				t.Errorf("%d looks without a store", n)
			}
			if st.Lost.IsZero() || st.Queued != 8 || st.Dropped != 0 || !slices.Equal(told, []bool{true}) {
				t.Errorf("status %+v, told %v", st, told)
			}
			b.full.Store(false)
			b.gone.Store(false)
			time.Sleep(time.Minute + 10*time.Second)
			if lines := r.told(); !slices.Equal(lines, []string{"opened " + r.sites[2] + " site.reachable"}) {
				t.Errorf("told %v", lines)
			}
			if st := s.Status().Store; !st.Lost.IsZero() || st.Queued != 0 || !slices.Equal(told, []bool{true, false}) {
				t.Errorf("status %+v, told %v", st, told)
			}
			r.world.set(nil)
			time.Sleep(time.Hour)
			stop()
			if lines := r.told(); len(lines) != 2 || !strings.HasPrefix(lines[1], "resolved") {
				t.Errorf("told %v", lines)
			}
			if r.world.double != 0 {
				t.Errorf("%d looks at once at one part", r.world.double)
			}
		})
	}
}

// TestQueueBound: the queue of a lost store is bounded.
func TestQueueBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 9, time.Now)
		defer r.close()
		b := &broken{Store: r.store}
		r.o.Store, r.o.Queue = b, 3
		r.o.Schedules = schedules(t, "@every 10m", "@every 10m", "0 3 * * *")
		r.world.took = 20 * time.Second
		s := r.scheduler()
		stop := r.run(s)
		time.Sleep(10 * time.Second) // all claimed
		b.gone.Store(true)
		time.Sleep(time.Minute)
		if st := s.Status().Store; st.Queued != 3 || st.Dropped == 0 {
			t.Errorf("status %+v", st)
		}
		b.gone.Store(false)
		time.Sleep(30 * time.Minute)
		stop()
		for _, site := range r.sites {
			if m, err := r.store.Load(t.Context(), site); err != nil || m.Report == nil {
				t.Errorf("%s has no report: %v", site, err)
			}
		}
	})
}

// TestConflict: a site that changes while it is looked at is judged anew on
// what it has become, without another look.
func TestConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 4, time.Now)
		defer r.close()
		r.world.took = 10 * time.Second
		s := r.scheduler()
		stop := r.run(s)
		time.Sleep(2 * time.Second)
		l, err := r.store.Export(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range l.Sites {
			l.Sites[i].Name = "新名"
		}
		if _, err := r.store.Import(t.Context(), l, store.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop()
		st := s.Status()
		conflicts := st.Parts[watch.Resolution].Conflicts + st.Parts[watch.Page].Conflicts + st.Parts[watch.Registration].Conflicts
		if conflicts == 0 {
			t.Error("nothing conflicted")
		}
		for _, site := range r.sites {
			m, err := r.store.Load(t.Context(), site)
			if err != nil {
				t.Fatal(err)
			}
			o := m.Report.Observation
			if m.Report.Site.Name != "新名" || o.Page == nil || o.Resolution == nil || o.Registration == nil {
				t.Errorf("%s: %s, %v %v %v", site, m.Report.Site.Name, o.Page != nil, o.Resolution != nil, o.Registration != nil)
			}
			if n := r.world.count(site, watch.Page); n != 1 {
				t.Errorf("%s: %d looks at the page", site, n)
			}
		}
	})
}

// TestWork: rounds driven by hand do what Run does.
func TestWork(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	r := newRig(t, 10, func() time.Time { return now })
	defer r.close()
	s := r.scheduler()
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, part := range []watch.Part{watch.Resolution, watch.Page, watch.Registration} {
		d, err := s.Work(t.Context(), part, store.Partition{})
		if err != nil || d.Claimed != 10 || d.Committed != 10 || d.Next.IsZero() {
			t.Fatalf("%s: %+v, %v", part, d, err)
		}
	}
	r.world.set(func(site string, p watch.Part) (bool, bool) {
		return site == r.sites[7] && p == watch.Resolution, false
	})
	looks := 0
	for range 200 {
		b, err := r.store.Backlog(t.Context(), watch.Resolution, store.Partition{})
		if err != nil {
			t.Fatal(err)
		}
		if b.Next.After(now) {
			s.Alive(t.Context(), b.Next.Sub(now))
			now = b.Next
		}
		d, err := s.Work(t.Context(), watch.Resolution, store.Partition{})
		if err != nil {
			t.Fatal(err)
		}
		if looks += d.Looked; len(r.told()) > 0 {
			break
		}
	}
	if told := r.told(); !slices.Equal(told, []string{"opened " + r.sites[7] + " access.resolves"}) || looks > 40 {
		t.Errorf("told %v after %d looks", told, looks)
	}
	if d, err := s.Work(t.Context(), watch.Page, store.Partition{From: 0, To: 1}); err != nil || d.Claimed != 0 {
		t.Errorf("a partition: %+v, %v", d, err)
	}
}

// TestBroken: a look that breaks off is one look lost, not the daemon.
func TestBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, time.Now)
		defer r.close()
		r.o.Alerts = func() alert.Policy { return alert.Policy{} }
		r.o.Looker = scheduler.LookerFunc(func(ctx context.Context, task scheduler.Task) (*domaincheck.Report, error) {
			if task.Memory.Site.MainDomain() == r.sites[1] {
				panic("a defect")
			}
			return r.world.Look(ctx, task)
		})
		s := r.scheduler()
		stop := r.run(s)
		time.Sleep(time.Hour)
		stop()
		st := s.Status().Parts // a page takes the names along: a commit for both
		if names, pages := st[watch.Resolution], st[watch.Page]; names.Failed+pages.Failed < 2 || names.Commits+pages.Commits < 4 {
			t.Errorf("%+v\n%+v", names, pages)
		}
	})
}
