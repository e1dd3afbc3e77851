package risk

import (
	"strings"

	"domaincheck"
)

// This file holds what open notices of providers and regulators do.

// notice is an open one, with the provider whose access record it stands on.
type notice struct {
	*domaincheck.Notice
	provider string
}

// notices lists the open ones.
func (a *assessment) notices() []notice {
	var out []notice
	for i := range a.c.Site.Access {
		x := &a.c.Site.Access[i]
		for j := range x.Notices {
			n := &x.Notices[j]
			if n.ClosedOn.IsZero() || n.ClosedOn.After(a.today) {
				out = append(out, notice{n, x.Provider})
			}
		}
	}
	return out
}

// meets tells whether the notice's kind or text holds one of the words, or
// none of the forbidden ones.
func (n notice) meets(field string, list, forbidden []string) bool {
	text := string(n.Kind)
	if field == "notice.text" {
		text = string(n.Text)
	}
	if len(list) == 0 {
		for _, w := range forbidden {
			if strings.Contains(text, w) {
				return false
			}
		}
		return true
	}
	for _, w := range list {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// raiseNotices makes an item for each open notice that meets the condition.
func (a *assessment) raiseNotices(s *Signal, w *Condition, f *domaincheck.Finding) {
	for _, n := range a.notices() {
		if !n.meets(w.Field, w.In, w.NotIn) {
			continue
		}
		since := a.c.At
		if !n.Received.IsZero() {
			since = domaincheck.At(n.Received.Start())
		}
		for i := range s.Outcomes {
			o := &s.Outcomes[i]
			if o.Field != "" && !n.meets(o.Field, o.In, o.NotIn) || len(o.States) > 0 && !in(o.States, a.state) {
				continue
			}
			it := item{s: s, holds: true, r: domaincheck.Risk{
				Outcome: o.Outcome, Signal: s.ID, Confirmed: true, Since: since,
				Causes: domaincheck.List[string]{f.Rule}, Provider: domaincheck.Text(n.provider),
			}}
			it.r.Deadline, it.r.DeadlineKind = a.noticeDate(n, s, o.TermDays)
			days := a.today.DaysUntil(it.r.Deadline.Day())
			for _, l := range s.Levels {
				if l.LeftDays != nil && days > *l.LeftDays {
					continue
				}
				if l.Level.Rank() > it.r.Expected.Rank() {
					it.r.Expected = l.Level
				}
			}
			a.add(it)
		}
	}
}

// noticeDate is the date on the notice, else the typical term after it came.
func (a *assessment) noticeDate(n notice, s *Signal, days int) (domaincheck.Instant, domaincheck.Text) {
	if !n.Deadline.IsZero() {
		return domaincheck.At(n.Deadline.Start()), "notice"
	}
	if own, ok := s.Terms[n.provider]; ok && days > 0 {
		days = own
	}
	from := n.Received
	if from.IsZero() {
		from = a.today
	}
	return domaincheck.At(from.AddDays(days).Start()), "typical"
}

// replaceDates puts the date of an open notice in place of typical deadlines of
// what the notice threatens, earlier or later. Legal dates stand.
func (a *assessment) replaceDates() {
	var open [3]domaincheck.Date
	for _, n := range a.notices() {
		if n.Deadline.IsZero() {
			continue
		}
		k := 0
		switch {
		case strings.Contains(string(n.Kind), "空壳"):
			k = 2
		case n.Kind == "管局":
			k = 1
		case n.Kind == "公安":
			continue
		}
		if open[k].IsZero() || n.Deadline.Before(open[k]) {
			open[k] = n.Deadline
		}
	}
	for i := range a.items {
		r := &a.items[i].r
		if !r.Confirmed || r.DeadlineKind == "legal" || r.DeadlineKind == "notice" || strings.HasPrefix(r.Signal, "N") || a.items[i].s.Ahead {
			continue
		}
		var d domaincheck.Date
		switch r.Outcome {
		case domaincheck.RiskDeAccess:
			d = open[0]
		case domaincheck.RiskDeregistration:
			d = open[1]
		case domaincheck.RiskEmptyShell:
			d = open[2]
		}
		if !d.IsZero() {
			r.Deadline, r.DeadlineKind, r.Approximate = domaincheck.At(d.Start()), "notice", false
		}
	}
}
