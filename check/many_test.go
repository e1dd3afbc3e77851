package check

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domaincheck"
	"domaincheck/dnscheck"
	"domaincheck/whoischeck"
)

// registries answers about names by their suffix, which is the registry: each
// at the pace of the process, .bad never, .moody not until it has been left
// alone for a while, .quota 20 questions a minute, without saying so, .spent 30
// and no more.
type registries struct {
	turns
	mu    sync.Mutex
	calm  time.Time // .moody answers from then on
	asked map[string]int

	began   time.Time // the minute of .quota
	answers int       // in it, and of .spent
	names   map[string]int
}

func (r *registries) Registry(domain string) string {
	return domain[strings.IndexByte(domain, '.')+1:]
}

func (r *registries) Look(ctx context.Context, domain string) *domaincheck.Registration {
	key := r.Registry(domain)
	seen := &domaincheck.Registration{Look: domaincheck.Look{Outcome: domaincheck.OutcomeRefused}, Domain: domaincheck.Text(domain)}
	defer func() { seen.At = domaincheck.At(time.Now()) }()
	if err := r.Wait(ctx, key); err != nil {
		seen.Error = domaincheck.AsError(err, domaincheck.CodeRefused, key)
		return seen
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[key]++
	if r.names == nil {
		r.names = map[string]int{}
	}
	r.names[domain]++
	if refusal, refused := r.refuses(key); refused {
		r.Learn(key, refusal)
		seen.Error = domaincheck.Errorf(domaincheck.CodeRefused, key, "not now")
		return seen
	}
	r.Learn(key, whoischeck.Refusal{})
	seen.Outcome = domaincheck.OutcomeOK
	return seen
}

// refuses tells whether a question that comes now is refused, and in which words.
func (r *registries) refuses(key string) (whoischeck.Refusal, bool) {
	now := time.Now()
	switch key {
	case "bad":
		return whoischeck.Refusal{Phrase: "not now", Wait: 30 * time.Second}, true
	case "moody":
		return whoischeck.Refusal{Phrase: "not now", Wait: 30 * time.Second}, now.Before(r.calm)
	case "quota":
		if now.Sub(r.began) >= time.Minute {
			r.began, r.answers = now, 0
		}
		r.answers++
		return whoischeck.Refusal{Phrase: "too many"}, r.answers > 20
	case "spent":
		r.answers++
		return whoischeck.Refusal{Phrase: "too many today"}, r.answers > 30
	}
	return whoischeck.Refusal{}, false
}

// nameServer takes a second over each name, and counts how many at once.
type nameServer struct {
	mu               sync.Mutex
	now, most, asked int
}

func (n *nameServer) Look(ctx context.Context, q dnscheck.Question) *domaincheck.Resolution {
	n.mu.Lock()
	n.now++
	n.asked++
	n.most = max(n.most, n.now)
	n.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now--
	return &domaincheck.Resolution{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: domaincheck.At(time.Now())}}
}

func rowsOf(counts map[string]int, order ...string) []Row {
	var rows []Row
	for _, suffix := range order {
		for i := range counts[suffix] {
			domain := fmt.Sprintf("n%d.%s", i, suffix)
			rows = append(rows, Row{Job: Job{Input: domain, Site: domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: domain, Role: domaincheck.RoleMain}}}}})
		}
	}
	return rows
}

// TestManyRegistries: while one registry is waited for or refuses, the names of
// others go on; one that refuses for good costs minutes, not a minute for each
// name; one that answers again is asked about all of its names.
func TestManyRegistries(t *testing.T) {
	world, err := OpenTables(TableFiles{})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		pacer := whoischeck.NewMemoryPacer(whoischeck.Limits{PerSecond: 1, Burst: 5, Servers: map[string]float64{"quick": 1e6}, MaxHold: 2 * time.Minute})
		seen := &registries{turns: turns{pacer}, calm: start.Add(45 * time.Second), asked: map[string]int{}}
		dns := &nameServer{}
		c := New(Options{Registrations: seen, Resolutions: dns, Book: world.Book, Policy: world.Policy()})
		counts := map[string]int{"bad": 60, "slow": 100, "moody": 40, "quick": 80}
		rows := rowsOf(counts, "bad", "slow", "moody", "quick")
		rows = append(rows, Row{Job: Job{Input: "bad bad"}, Err: domaincheck.Errorf(domaincheck.CodeBadInput, "", "no name")})
		last := map[string]time.Duration{}
		outcomes := map[string]int{}
		done := map[int]bool{}
		for i, report := range c.Many(t.Context(), rows, 8) {
			if done[i] || string(report.Input) != rows[i].Job.Input {
				t.Fatalf("row %d: %s, done %v", i, report.Input, done[i])
			}
			done[i] = true
			if report.Error != nil {
				continue
			}
			suffix := seen.Registry(string(report.Domain))
			last[suffix] = time.Since(start)
			outcomes[suffix+" "+string(report.Observation.Registration.Outcome)]++
		}
		if len(done) != len(rows) {
			t.Errorf("%d of %d rows", len(done), len(rows))
		}
		for suffix, n := range counts {
			want := suffix + " ok"
			if suffix == "bad" {
				want = "bad refused"
			}
			if got := outcomes[want]; got != n {
				t.Errorf("%s: %d of %d; %v", want, got, n, outcomes)
			}
		}
		if last["quick"] > 20*time.Second || last["slow"] > 130*time.Second || last["bad"] > 5*time.Minute {
			t.Errorf("last reports: %v", last)
		}
		if seen.asked["bad"] > 12 {
			t.Errorf("a registry that refuses was asked %d times", seen.asked["bad"])
		}
		if dns.most > 8 {
			t.Errorf("%d sites looked at at once", dns.most)
		}
		if n, until := pacer.Refusing(); n != 1 || !until.After(time.Now()) {
			t.Errorf("%d servers refuse, until %s", n, until)
		}
	})
}

// TestManyQuota: a registry that answers only so many questions a minute is
// waited for, since it did answer, and asked again about the names that it
// refused: none of a list stays unknown. One that has answered all that it will
// today is left alone in the end.
func TestManyQuota(t *testing.T) {
	world, err := OpenTables(TableFiles{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		suffix          string
		names, answered int
		most            int // questions
		within          time.Duration
	}{
		{"quota", 200, 200, 260, 15 * time.Minute},
		{"quota", 21, 21, 32, 5 * time.Minute},
		{"spent", 200, 30, 60, 10 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			pacer := whoischeck.NewMemoryPacer(whoischeck.Limits{PerSecond: 1, Burst: 5, MaxHold: 2 * time.Minute})
			seen := &registries{turns: turns{pacer}, asked: map[string]int{}}
			dns := &nameServer{}
			checker := New(Options{Registrations: seen, Resolutions: dns, Book: world.Book, Policy: world.Policy()})
			answered, given := 0, map[int]time.Duration{}
			for i, report := range checker.Many(t.Context(), rowsOf(map[string]int{c.suffix: c.names}, c.suffix), 16) {
				if report.Observation.Registration.Outcome == domaincheck.OutcomeOK {
					answered++
				}
				if report.Observation.Resolution == nil || report.Error != nil {
					t.Errorf("row %d: %+v", i, report)
				}
				given[i] = time.Since(start)
			}
			if answered != c.answered || len(given) != c.names || seen.asked[c.suffix] > c.most || dns.asked != c.names {
				t.Errorf(".%s: %d of %d names answered, %d reports, asked %d times, the name servers %d times", c.suffix, answered, c.names, len(given), seen.asked[c.suffix], dns.asked)
			}
			for name, n := range seen.names {
				if n > maxAsks {
					t.Errorf("asked about %s %d times", name, n)
				}
			}
			if took := time.Since(start); took > c.within || given[0] > 10*time.Second {
				t.Errorf(".%s took %s, the first row %s", c.suffix, took, given[0])
			}
			t.Logf(".%s: %d of %d answered in %s, asked %d times", c.suffix, answered, c.names, time.Since(start), seen.asked[c.suffix])
		})
	}
}

// TestManyAgain: of a site with names at two registries only the name that was
// refused is asked about again; a run that is stopped gives the report of a row
// that waits for that, with all that was seen.
func TestManyAgain(t *testing.T) {
	world, err := OpenTables(TableFiles{})
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(map[string]int{"quick": 30}, "quick")
	for i := range rows {
		alias := strings.Replace(rows[i].Job.Input, "quick", "quota", 1)
		rows[i].Job.Site.Domains = append(rows[i].Job.Site.Domains, domaincheck.Domain{Domain: alias, Role: domaincheck.RoleAlias})
	}
	run := func(ctx context.Context) (both, seen int, asked *registries, dns *nameServer) {
		pacer := whoischeck.NewMemoryPacer(whoischeck.Limits{PerSecond: 1, Burst: 5, Servers: map[string]float64{"quick": 1e6}, MaxHold: 2 * time.Minute})
		asked, dns = &registries{turns: turns{pacer}, asked: map[string]int{}}, &nameServer{}
		c := New(Options{Registrations: asked, Resolutions: dns, Book: world.Book, Policy: world.Policy()})
		for i, report := range c.Many(ctx, rows, 8) {
			if report.Error != nil {
				continue
			}
			seen++
			alias := report.Observation.Others[rows[i].Job.Site.Domains[1].Domain]
			if report.Observation.Registration.Outcome == domaincheck.OutcomeOK && alias.Registration.Outcome == domaincheck.OutcomeOK && alias.Resolution != nil {
				both++
			}
		}
		return both, seen, asked, dns
	}
	synctest.Test(t, func(t *testing.T) {
		both, seen, asked, dns := run(t.Context())
		if both != 30 || seen != 30 || asked.asked["quick"] != 30 || asked.asked["quota"] > 40 || dns.asked != 60 {
			t.Errorf("%d of %d sites answered, asked %v, the name servers %d times", both, seen, asked.asked, dns.asked)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 28*time.Second) // the quota is over, the minute not
		defer cancel()
		if both, seen, asked, _ := run(ctx); both != 20 || seen <= both {
			t.Errorf("%d of %d sites answered, asked %v", both, seen, asked.asked)
		}
	})
}

// TestManyStopped: a run that ends early still gives a report for each row, and
// a consumer that leaves leaves nothing running.
func TestManyStopped(t *testing.T) {
	world, err := OpenTables(TableFiles{})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		pacer := whoischeck.NewMemoryPacer(whoischeck.Limits{PerSecond: 1, Burst: 5})
		c := New(Options{Registrations: &registries{turns: turns{pacer}, asked: map[string]int{}}, Resolutions: &nameServer{}, Book: world.Book, Policy: world.Policy()})
		rows := rowsOf(map[string]int{"slow": 50}, "slow")
		ctx, cancel := context.WithCancel(t.Context())
		defer time.AfterFunc(10500*time.Millisecond, cancel).Stop()
		cut, done := 0, 0
		for _, report := range c.Many(ctx, rows, 8) {
			if done++; report.Error != nil && report.Error.Code == domaincheck.CodeCancelled {
				cut++
			}
		}
		if done != 50 || cut < 30 || cut > 40 {
			t.Errorf("%d rows, %d of them cut short", done, cut)
		}
		for range c.Many(t.Context(), rows, 8) {
			break
		}
	})
}
