package check

import (
	"cmp"
	"context"
	"slices"

	"domaincheck"
)

const (
	// maxAsks is how often in all a run asks a registry about one name that it
	// refuses to answer about: as often in a row as the pacer of this process has
	// a registry that did answer refuse.
	maxAsks = 6
	// maxDenials is how often a name may be refused while others are answered.
	// The first time tells that the registry counts its questions, the second is
	// lost to those that ask at the same moment, and who is refused a third time
	// is refused for the name's sake.
	maxDenials = 3
	// maxHeld bounds the reports that are kept until their registry answers
	// again; those beyond are given away as they are, refused.
	maxHeld = 1000
)

// held is a row that has its report but for a registry that refused: it waits
// until that answers again, and is then asked about once more.
type held struct {
	row     int
	report  domaincheck.Report
	asked   int  // refusals in all
	denials int  // those between which the registry answered
	spent   bool // the last is the pacer's: it takes longer than is waited for
	refused []refusal
	over    bool // nobody is to be asked: the report stands
}

// refusal is one domain of a site about which a registry refused to answer.
type refusal struct {
	domain   string
	registry *queue
	answers  int // of the registry in this run until then
}

// answeredSince tells whether a registry that refused has answered another
// question since.
func (h *held) answeredSince() bool {
	return slices.ContainsFunc(h.refused, func(f refusal) bool { return f.registry.answers > f.answers })
}

// hopeful tells whether asking again may help: the registry has answered since,
// or it did answer before and the pacer still has patience with it (of a list of
// 21 names the last may be the only one over a quota of 20).
//
// So a run ends: a name is asked about maxAsks times at most, each time at the
// registry's pace and after no longer a wait than the pacer's; and a registry
// that answers nobody any more has soon used up the patience for all its names.
func (h *held) hopeful() bool {
	if h.answeredSince() {
		return h.denials < maxDenials
	}
	return !h.spent && slices.ContainsFunc(h.refused, func(f refusal) bool { return f.registry.answers > 0 })
}

// upcoming is the row of a queue whose turn is next, of those before end: one
// about which its registry can be asked again, else one not yet begun. When
// there is none of these, and nothing under way that may change it, it is one
// that was refused, whatever comes of it. -1: none.
func (q *queue) upcoming(end int) (int, *held) {
	var h *held
	if len(q.again) > 0 {
		h = q.again[0]
	}
	switch {
	case h != nil && h.answeredSince():
		return h.row, h
	case len(q.rows) > 0 && q.rows[0] < end:
		return q.rows[0], nil
	case h != nil && q.flying == 0:
		return h.row, h
	}
	return -1, nil
}

// hold keeps the report of a row, if a registry refused and may be asked again;
// spent tells that it was the pacer that refused. The lock of the run is held.
func (r *run) hold(q *queue, h *held, o outcome, spent bool) bool {
	if h == nil {
		h = &held{row: o.row}
	}
	if h.asked++; h.asked == 1 || h.answeredSince() {
		h.denials++
	}
	if h.over || h.asked >= maxAsks || r.held >= maxHeld || o.report.Error != nil {
		return false
	}
	h.report, h.spent, h.refused = o.report, spent, h.refused[:0]
	main := string(o.report.Domain)
	for _, d := range r.rows[o.row].Job.Site.Domains {
		seen := o.report.Observation.Of(d.Domain, main).Registration
		if seen != nil && seen.Outcome == domaincheck.OutcomeRefused {
			registry := r.registry(d.Domain)
			h.refused = append(h.refused, refusal{d.Domain, registry, registry.answers})
		}
	}
	if len(h.refused) == 0 {
		return false
	}
	at, _ := slices.BinarySearchFunc(q.again, o.row, func(h *held, row int) int { return cmp.Compare(h.row, row) })
	q.again = slices.Insert(q.again, at, h)
	r.held++
	return true
}

// again asks about the domains of a row whose registries refused, and judges
// anew; where none answers, the report stays.
func (r *run) again(ctx context.Context, h *held) domaincheck.Report {
	if h.over {
		return h.report
	}
	job := r.rows[h.row].Job
	job.Previous, job.Parts = h.report.Observation, RegistrationPart
	for _, f := range h.refused {
		job.only = append(job.only, f.domain)
	}
	report := r.c.Check(ctx, job)
	answered := slices.ContainsFunc(job.only, func(domain string) bool {
		seen := report.Observation.Of(domain, string(report.Domain)).Registration
		return seen != nil && seen.Outcome.Conclusive()
	})
	if report.Error != nil || !answered {
		return h.report
	}
	return report
}
