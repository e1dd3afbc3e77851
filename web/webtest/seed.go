// Package webtest fills a store with sites that tell stories, for tests of the
// dashboard and for the pictures of it: each site's looks of the last weeks are
// judged by the real rule book, watch, risk table and alerting, look by look,
// as the daemon would have judged them. Nothing is looked up.
package webtest

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/providers"
	"domaincheck/risk"
	"domaincheck/rules"
	"domaincheck/store"
	"domaincheck/tldlist"
	"domaincheck/watch"
)

// World is what judging needs.
type World struct {
	Book      *rules.Book
	Risks     *risk.Table
	Providers *providers.Table
}

// Open loads the embedded tables.
func Open() (*World, error) {
	tlds, err := tldlist.Default()
	if err != nil {
		return nil, err
	}
	w := &World{}
	if w.Providers, err = providers.Default(); err != nil {
		return nil, err
	}
	if w.Book, err = rules.Load(rules.Files(), rules.Tables{TLDs: tlds, Providers: w.Providers}); err != nil {
		return nil, err
	}
	w.Risks, err = risk.Load(risk.Files(), tlds)
	return w, err
}

// Days is how far back the history of a seeded store goes.
const Days = 40

// Channels are those that the seeded messages went to.
func Channels() []string { return []string{"ops", "mail"} }

// Seed writes the stories, each looked at once a day until now, with events,
// messages and what became of them.
func (w *World) Seed(ctx context.Context, s *store.Store, now time.Time) error {
	all := stories(now)
	var ledger store.Ledger
	for i := range all {
		ledger.Sites = append(ledger.Sites, all[i].site)
	}
	ledger.Servers = append(ledger.Servers, servers(now)...)
	if _, err := s.Import(ctx, ledger, store.ImportOptions{}); err != nil {
		return err
	}
	r := &replay{World: w, store: s, rev: map[string]int64{}, states: map[string][]domaincheck.State{}, open: map[string][]alert.Open{}}
	for day := Days; day >= 0; day-- {
		at := now.AddDate(0, 0, -day).Add(-time.Duration(3) * time.Minute)
		if err := r.look(ctx, all, day, at); err != nil {
			return err
		}
	}
	return r.deliver(ctx, now)
}

// replay is one run through the past.
type replay struct {
	*World
	store  *store.Store
	rev    map[string]int64
	states map[string][]domaincheck.State
	open   map[string][]alert.Open
}

func (r *replay) look(ctx context.Context, all []story, day int, at time.Time) error {
	policy := watch.DefaultPolicy()
	policy.Schedule = watch.Schedule{Registration: 24 * time.Hour, Resolution: 24 * time.Hour, Page: 24 * time.Hour}
	var batch []store.Commit
	var names []string
	for i := range all {
		st := &all[i]
		mem, err := r.memory(ctx, st.domain())
		if err != nil {
			return err
		}
		c := domaincheck.Case{Site: mem.Site, Siblings: mem.Siblings, Observation: st.seen(r.World, day, at), At: domaincheck.At(at)}
		rules.Infer(&c)
		findings := r.Book.Evaluate(c)
		states, _ := watch.Advance(r.states[st.domain()], findings, policy, c.At)
		r.states[st.domain()] = states
		report := &domaincheck.Report{Schema: domaincheck.Schema, Domain: domaincheck.Text(st.domain()), Unicode: domaincheck.Text(domaincheck.Unicode(st.domain())), At: c.At, Inferred: c.Inferred,
			Site: &domaincheck.ReportSite{Site: c.Site, Siblings: c.Siblings}, Observation: c.Observation, Findings: findings, Risks: r.Risks.Assess(c, findings, states), Keepers: risk.Keepers(c), States: states,
			Verdict: verdict(findings), Tables: map[string]string{"rules": r.Book.Version(), "signals": r.Risks.Version()}}
		planned := alert.Plan(alert.Input{Report: report, Open: r.open[st.domain()], At: c.At}, alert.Policy{Routes: []alert.Route{{Channels: Channels(), MinLevel: domaincheck.Low, GroupBy: []string{"cause"}}}})
		r.open[st.domain()] = planned.Open
		batch = append(batch, store.Commit{Site: st.domain(), Rev: mem.Rev, Report: report, Open: &planned.Open, Events: planned.Events, Out: planned.Out})
		names = append(names, st.domain())
	}
	done, err := r.store.Commit(ctx, batch)
	if err != nil {
		return err
	}
	for i, d := range done {
		if d.Err != nil {
			return fmt.Errorf("%s: %w", names[i], d.Err)
		}
		r.rev[names[i]] = d.Rev
	}
	return nil
}

func (r *replay) memory(ctx context.Context, domain string) (*store.Memory, error) {
	mem, err := r.store.Load(ctx, domain)
	if err == nil && r.rev[domain] != 0 {
		mem.Rev = r.rev[domain]
	}
	return mem, err
}

// verdict is that of the contract: some failure of severity low or worse, else
// something of severity medium or worse that was not observed.
func verdict(findings []domaincheck.Finding) domaincheck.Verdict {
	v := domaincheck.VerdictPass
	for _, f := range findings {
		switch {
		case f.Result == domaincheck.Fail && f.Severity.Rank() >= domaincheck.Low.Rank():
			return domaincheck.VerdictFail
		case f.Result == domaincheck.Unknown && f.Why == domaincheck.WhyUnobserved && f.Severity.Rank() >= domaincheck.Medium.Rank():
			v = domaincheck.VerdictUnknown
		}
	}
	return v
}

// deliver settles most messages: the mail channel gave up on its newest two, the
// newest of ops waits for a second try.
func (r *replay) deliver(ctx context.Context, now time.Time) error {
	for _, channel := range Channels() {
		rows, err := r.store.Pending(ctx, channel, 10000)
		if err != nil {
			return err
		}
		var tries []alert.Delivery
		for i, row := range rows {
			d := alert.Delivery{Row: row.ID, Channel: channel, Keys: row.Keys, Kind: row.Kind, At: domaincheck.At(now), Outcome: alert.Delivered, Attempts: 1, FirstTry: domaincheck.At(now)}
			left := len(rows) - i
			switch {
			case channel == "mail" && left <= 2:
				d.Outcome, d.Code, d.Message, d.Attempts = alert.Dead, "550", "mailbox unavailable: <b>ops@example.com</b>", 37
			case channel == "ops" && left == 1:
				d.Outcome, d.Code, d.Message, d.NextTry = alert.Retry, "130101", "send too fast, exceed 20 times per minute", domaincheck.At(now.Add(40*time.Second))
			}
			tries = append(tries, d)
		}
		if err := r.store.Settle(ctx, tries, nil); err != nil {
			return err
		}
	}
	return nil
}

// attribute says what is known of an address.
func (w *World) attribute(ip string, cname []string) domaincheck.Address {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return domaincheck.Address{IP: ip}
	}
	return w.Providers.Attribute(addr, cname)
}

// LookAgain looks once more at a seeded site, as the daemon does when it is
// asked for.
func (w *World) LookAgain(ctx context.Context, s *store.Store, domain string, now time.Time) error {
	for _, st := range stories(now) {
		if st.domain() != domain {
			continue
		}
		mem, err := s.Load(ctx, domain)
		if err != nil {
			return err
		}
		r := &replay{World: w, store: s, rev: map[string]int64{}, states: map[string][]domaincheck.State{}, open: map[string][]alert.Open{domain: mem.Open}}
		if mem.Report != nil {
			r.states[domain] = mem.Report.States
		}
		return r.look(ctx, []story{st}, 0, now)
	}
	return fmt.Errorf("%s is not seeded", domain)
}
