package check_test

import (
	"context"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/sitecheck"
)

// pagesInTurn gives one page after another.
type pagesInTurn []*domaincheck.HomePage

func (p *pagesInTurn) Look(context.Context, sitecheck.Target) *domaincheck.HomePage {
	next := (*p)[0]
	*p = (*p)[1:]
	return next
}

// TestDown: a site that was up and is refused now is down, although the last
// good page stays for what was on it; a time-out tells nothing of it.
func TestDown(t *testing.T) {
	world, err := check.OpenTables(check.TableFiles{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	status := 200
	page := func(minute int, outcome domaincheck.Outcome, code domaincheck.Code) *domaincheck.HomePage {
		p := &domaincheck.HomePage{Look: domaincheck.Look{Outcome: outcome, At: domaincheck.At(at.Add(time.Duration(minute) * time.Minute))}, Requested: "http://example.cn/"}
		a := domaincheck.PageAttempt{URL: "http://example.cn/", IP: "47.110.0.1", Outcome: outcome}
		if outcome == domaincheck.OutcomeOK {
			p.Status, a.Status = &status, &status
		} else {
			p.Error = domaincheck.Errorf(code, "http://example.cn/", "no page")
			a.Error = p.Error
		}
		p.Attempts = domaincheck.List[domaincheck.PageAttempt]{a}
		return p
	}
	looks := pagesInTurn{
		page(0, domaincheck.OutcomeOK, ""), page(30, domaincheck.OutcomeFailed, domaincheck.CodeNetwork),
		page(60, domaincheck.OutcomeTimeout, domaincheck.CodeTimeout), page(90, domaincheck.OutcomeOK, ""),
	}
	checker := check.New(check.Options{Pages: &looks, Book: world.Book, Policy: world.Policy(), Tables: world.Tables})
	site := domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: domaincheck.RoleMain}}, State: domaincheck.StateFiled}
	var last domaincheck.Report
	for i, want := range []domaincheck.Result{domaincheck.Pass, domaincheck.Fail, domaincheck.Unknown, domaincheck.Pass} {
		now := domaincheck.At(at.Add(time.Duration(i) * 30 * time.Minute))
		last = checker.Check(t.Context(), check.Job{
			Site: site, Parts: check.PagePart, Previous: last.Observation, At: now,
			Watched: true, States: last.States, Before: last.Before,
		})
		f := findingOf(last, "site.reachable")
		if f.Result != want || !f.ObservedAt.Equal(now.Time) {
			t.Errorf("look %d: %s %s of %s, want %s of %s", i, f.Result, f.Code, f.ObservedAt, want, now)
		}
		if last.Observation.Page.Status == nil {
			t.Errorf("look %d: the last good page is lost", i)
		}
	}
	if s := stateOf(last, "site.reachable"); s.Since.IsZero() && s.Changes == 0 {
		t.Errorf("the failure left no trace: %+v", s)
	}
}
