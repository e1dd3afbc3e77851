package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
)

// Env is a database to test against.
type Env struct {
	// Change changes how stores are opened; nil leaves it.
	Change func(store.Options) store.Options
	// New gives the URL of an empty store.
	New func(t testing.TB) string
	// Only names the tests that are to run; nil: all of them.
	Only []string
}

// Run holds a store against the contract of package store.
func Run(t *testing.T, env Env) {
	tests := []struct {
		name string
		do   func(*testing.T, Env)
	}{
		{"ledger", ledger}, {"refusals", refusals}, {"file", inventoryFile}, {"moves", moves}, {"shared", sharedFacts},
		{"claim", claim}, {"request", request}, {"partitions", partitions}, {"heartbeat", heartbeat}, {"asked", asked}, {"paces", paces}, {"bounds", bounds},
		{"commit", commit}, {"conflict", conflict}, {"grows nothing", growsNothing}, {"history", history}, {"raws", raws},
		{"outbox", outbox}, {"once", once}, {"leases", leases}, {"budgets", budgets}, {"holds", holds},
		{"search", search}, {"paging", paging}, {"lists", lists}, {"seen", seen}, {"queued", queued}, {"expiries", expiries}, {"walk", walk}, {"filters", filters}, {"scope", scope}, {"cases", cases}, {"transitions", transitions}, {"audit", audit}, {"sessions", sessions}, {"uploads", uploads}, {"hold scopes", holdScopes}, {"bulk", bulk}, {"prune", prune}, {"backup", backup},
		{"two stores", twoStores}, {"order", order}, {"cancelled", cancelled}, {"newer", newer},
		{"two processes", twoProcesses}, {"killed", killed},
	}
	for _, test := range tests {
		if env.Only != nil && !slices.Contains(env.Only, test.name) {
			continue
		}
		t.Run(test.name, func(t *testing.T) { test.do(t, env) })
	}
}

// clock is given, not read.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock {
	return &clock{t: time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func (c *clock) at() domaincheck.Instant { return domaincheck.At(c.now()) }

// begin opens an empty store.
func begin(t *testing.T, env Env) (*store.Store, *clock) {
	t.Helper()
	c := newClock()
	o := store.Options{URL: env.New(t), Now: c.now}
	if env.Change != nil {
		o = env.Change(o)
	}
	return opened(t, o), c
}

func reopen(t *testing.T, url string, c *clock) *store.Store {
	t.Helper()
	return opened(t, store.Options{URL: url, Now: c.now})
}

func opened(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// must gives a value whose error fails the test.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code domaincheck.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("error is %v, want code %s", err, code)
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	g, err := json.Marshal(got)
	ok(t, err)
	w, err := json.Marshal(want)
	ok(t, err)
	if string(g) != string(w) {
		t.Fatalf("%s:\n got %s\nwant %s", what, g, w)
	}
}

// site is a plain entry.
func site(domain string) domaincheck.Site {
	return domaincheck.Site{Domains: []domaincheck.Domain{{Domain: domain, Role: domaincheck.RoleMain}}, State: domaincheck.StateFiled}
}

// fill imports n plain sites s000.example.cn …
func fill(t *testing.T, s *store.Store, n int) []string {
	t.Helper()
	var l store.Ledger
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("s%03d.example.cn", i))
		l.Sites = append(l.Sites, site(names[i]))
	}
	c := must[store.Changes](t)(s.Import(t.Context(), l, store.ImportOptions{}))
	if len(c.Added) != n || !c.Written {
		t.Fatalf("import: %+v", c)
	}
	return names
}

// Report is a report as a look at a site gives it: a failing finding with its
// state and risk, and all that is around it. code "" is a healthy site.
func Report(domain, code string, at domaincheck.Instant) *domaincheck.Report {
	s := site(domain)
	r := &domaincheck.Report{
		Schema: domaincheck.Schema, Domain: domaincheck.Text(domain), At: at, Verdict: domaincheck.VerdictPass,
		Site:   &domaincheck.ReportSite{Site: s},
		Tables: map[string]string{"rules": "2026-11-21#1a2b3c4d"},
		Observation: domaincheck.Observation{
			Registration: &domaincheck.Registration{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: at}, Domain: domaincheck.Text(domain), Nameservers: []string{"ns1.example.net", "ns2.example.net"}},
			Resolution: &domaincheck.Resolution{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: at}, Hosts: []domaincheck.Host{
				{Host: domain, Outcome: domaincheck.OutcomeOK, RCode: "NOERROR", Addresses: []domaincheck.Address{{IP: "47.110.0.1", Country: "CN", Provider: "aliyun"}}}}},
		},
	}
	for i := range 40 {
		r.Findings = append(r.Findings, domaincheck.Finding{Rule: fmt.Sprintf("domain.rule%02d", i), Code: "approved", Result: domaincheck.Pass,
			Severity: domaincheck.High, Knows: domaincheck.Observed, ObservedAt: at, Evidence: domaincheck.Evidence{"days": 100 + i, "names": []string{"甲", "乙"}}})
	}
	if code != "" {
		r.Verdict = domaincheck.VerdictFail
		r.Findings[3].Result, r.Findings[3].Code = domaincheck.Fail, code
		r.States = append(r.States, domaincheck.State{Rule: r.Findings[3].Rule, Certainty: domaincheck.Confirmed, Code: domaincheck.Text(code), Severity: domaincheck.High, Since: domaincheck.At(time.Unix(1790000000, 0)), LastLook: at})
		r.Risks = append(r.Risks, domaincheck.Risk{Outcome: domaincheck.RiskDeAccess, Signal: "S07", Level: domaincheck.High, Causes: []string{r.Findings[3].Rule}, Deadline: domaincheck.At(time.Unix(1791000000, 0))})
	}
	return r
}

// event is an opened event of a site.
func event(domain string, at domaincheck.Instant) alert.Event {
	return alert.Event{Key: alert.KeyOf(domain, "site.reachable", "", at), Kind: alert.Opened, Domain: domaincheck.Text(domain), Rule: "site.reachable", Level: domaincheck.High, At: at, Since: at}
}

func outgoing(channel string, e alert.Event) alert.Outgoing {
	return alert.Outgoing{Channel: channel, Keys: []string{e.Key}, Kind: e.Kind, Events: []alert.Event{e}}
}

// one commits one report of a site as it stands now.
func commitNow(t *testing.T, s *store.Store, c *clock, domain, code string) store.Committed {
	t.Helper()
	m := must[*store.Memory](t)(s.Load(t.Context(), domain))
	got := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: domain, Rev: m.Rev, Report: Report(domain, code, c.at())}}))
	ok(t, got[0].Err)
	return got[0]
}
