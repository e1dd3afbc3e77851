package check_test

import (
	"context"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/check"
)

// records is a record API that counts its questions.
type records struct {
	asked   int
	outcome domaincheck.Outcome
	now     func() time.Time
}

func (r *records) Look(context.Context, string) *domaincheck.FilingRecord {
	r.asked++
	return &domaincheck.FilingRecord{Look: domaincheck.Look{Outcome: r.outcome, At: domaincheck.At(r.now())}, Source: "api"}
}

// The filed record is asked for with the page, once a day, and again at once
// where nothing was learned; a failed question leaves what was known.
func TestRecordIsAskedOnceADay(t *testing.T) {
	world, err := check.OpenTables(check.TableFiles{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	api := &records{outcome: domaincheck.OutcomeOK, now: func() time.Time { return now }}
	checker := check.New(check.Options{Records: api, Book: world.Book, Risks: world.Risks, Policy: world.Policy(), Now: api.now})
	job := check.Job{Site: domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: "a.cn", Role: domaincheck.RoleMain}, {Domain: "b.cn"}}}, Parts: check.PagePart}
	look := func() *domaincheck.FilingRecord {
		job.Previous = checker.Look(t.Context(), job)
		return job.Previous.Record
	}
	for _, step := range []struct {
		after   time.Duration
		outcome domaincheck.Outcome
		asked   int
		known   domaincheck.Outcome
	}{
		{0, domaincheck.OutcomeOK, 1, domaincheck.OutcomeOK},
		{6 * time.Hour, domaincheck.OutcomeOK, 1, domaincheck.OutcomeOK},
		{18 * time.Hour, domaincheck.OutcomeTimeout, 2, domaincheck.OutcomeOK},
		{6 * time.Hour, domaincheck.OutcomeAbsent, 3, domaincheck.OutcomeAbsent},
		{6 * time.Hour, domaincheck.OutcomeOK, 3, domaincheck.OutcomeAbsent},
	} {
		now = now.Add(step.after)
		api.outcome = step.outcome
		r := look()
		if api.asked != step.asked || r == nil || r.Outcome != step.known {
			t.Errorf("at %v: asked %d times, known %+v", now, api.asked, r)
		}
		if step.outcome == domaincheck.OutcomeTimeout && (r.LastAttempt == nil || r.LastAttempt.Outcome != step.outcome) {
			t.Errorf("the failed question is not told: %+v", r.Look)
		}
	}
	job.Parts = check.ResolutionPart
	now = now.Add(48 * time.Hour)
	if look(); api.asked != 3 {
		t.Error("asked with another part than the page")
	}
}
