package scheduler

import (
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"domaincheck"
	"domaincheck/store"
)

// TestNearing: a name whose expiry comes near between two weekly questions is
// asked about on that day, and is not called stale by the closer measure before.
func TestNearing(t *testing.T) {
	daily, err := cron.ParseStandard("0 3 * * *")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 4, 0, 0, 0, domaincheck.Beijing())
	now := at
	tk := ticksOf(daily, at)
	site := domaincheck.Site{Domains: []domaincheck.Domain{{Domain: "a.cn", Role: domaincheck.RoleMain}}}
	report := func(left int) *domaincheck.Report {
		return &domaincheck.Report{Domain: "a.cn", Observation: domaincheck.Observation{Registration: &domaincheck.Registration{
			Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: domaincheck.At(at)}, Expires: domaincheck.At(at.AddDate(0, 0, left))}}}
	}
	const day = 24 * time.Hour
	for left, most := range map[int]time.Duration{400: 8 * day, 127: 8 * day, 123: 4 * day, 121: 2 * day, 120: day, 10: day} {
		due := nextRegistration(tk, site, report(left), report(left), at)
		if least := most - day; due.Sub(at) > most || due.Sub(at) < least-2*time.Hour {
			t.Errorf("%d days before it expires: asked again after %s", left, due.Sub(at))
		}
	}
	s, err := New(Options{Store: clockStore{now: func() time.Time { return now }}, Looker: LookerFunc(nil), Schedules: Schedules{Registration: daily}})
	if err != nil {
		t.Fatal(err)
	}
	s.awake = at.AddDate(0, -3, 0)
	gap := func(left, days int) time.Duration {
		return s.scheduleOf(s.tuning(), &store.Memory{Site: site, Report: report(left)}, at.AddDate(0, 0, days)).Registration
	}
	for _, c := range []struct{ left, days, ticks int }{{400, 3, 7}, {123, 2, 7}, {123, 5, 7}, {120, 1, 1}, {10, 5, 1}} {
		if got := gap(c.left, c.days); got != time.Duration(c.ticks)*day {
			t.Errorf("asked %d days before it expires, %d days later: every %s", c.left, c.days, got)
		}
	}
}

// clockStore is a store of which only the clock is asked.
type clockStore struct {
	Store
	now func() time.Time
}

// Now implements Store.
func (c clockStore) Now() time.Time { return c.now() }
