package risk

import (
	"cmp"
	"slices"
	"strings"

	"domaincheck"
)

// This file holds what several signals of one site have to do with each other.

// outranks orders items: sure before unsure, then by level, then the earlier
// deadline.
func (x *item) outranks(y *item) bool {
	if x.r.Confirmed != y.r.Confirmed {
		return x.r.Confirmed
	}
	if x.r.Expected != y.r.Expected {
		return x.r.Expected.Rank() > y.r.Expected.Rank()
	}
	if d := byDeadline(x.r.Deadline, y.r.Deadline); d != 0 {
		return d < 0
	}
	return x.r.Signal < y.r.Signal
}

// join takes another item's causes over, and its level, start and deadline
// where they are worse; what is not sure never adds to what is.
func (x *item) join(y *item) {
	for _, c := range y.r.Causes {
		if !slices.Contains(x.r.Causes, c) {
			x.r.Causes = append(x.r.Causes, c)
		}
	}
	for _, s := range append(slices.Clone(y.r.Absorbed), y.r.Signal) {
		if s != x.r.Signal && !slices.Contains(x.r.Absorbed, s) {
			x.r.Absorbed = append(x.r.Absorbed, s)
		}
	}
	if x.r.Confirmed && !y.r.Confirmed {
		return
	}
	if !x.r.Confirmed && y.r.Confirmed {
		x.r.Confirmed, x.r.Expected, x.r.Since = true, y.r.Expected, y.r.Since
		x.r.Deadline, x.r.DeadlineKind, x.r.Approximate = y.r.Deadline, y.r.DeadlineKind, y.r.Approximate
		x.holds = y.holds
		return
	}
	x.holds = x.holds || y.holds
	if y.r.Expected.Rank() > x.r.Expected.Rank() {
		x.r.Expected = y.r.Expected
	}
	if y.r.Since.Before(x.r.Since.Time) {
		x.r.Since = y.r.Since
	}
	if !y.r.Deadline.IsZero() && (x.r.Deadline.IsZero() || y.r.Deadline.Before(x.r.Deadline.Time)) {
		x.r.Deadline, x.r.DeadlineKind, x.r.Approximate = y.r.Deadline, y.r.DeadlineKind, y.r.Approximate
	}
}

// allCancelled raises S04: every access record is cancelled.
func (a *assessment) allCancelled() {
	for i := range a.c.Site.Access {
		if a.c.Site.Access[i].State != domaincheck.AccessCancelled {
			return
		}
	}
	if a.state == "" {
		a.begin()
	}
	s := a.t.byID["S04"]
	if s == nil || !in(s.States, a.state) {
		return
	}
	f := domaincheck.Finding{Rule: s.When[0].Rule, Result: domaincheck.Fail, Knows: domaincheck.Declared}
	a.raise(s, &s.When[0], &f)
}

// combine lets causes absorb what they explain.
func (a *assessment) combine() {
	a.absorb("block", "S13")
	a.absorb("expiry", "S06")
	a.collapse()
	a.otherDomains()
	a.replaceDates()
	a.shell()
}

// absorb drops the items of a signal that a group explains, each into the item
// of the group that fits best. A passing look ahead (level info) explains
// nothing, and what is not sure does not explain what is. An expiry that still
// lies ahead did not bring the consequence about: there is one risk, but with
// the worse level and the earlier date of both.
func (a *assessment) absorb(group, loser string) {
	kept := a.items[:0:0]
	for i := range a.items {
		y := &a.items[i]
		best := -1
		for j := range a.items {
			x := &a.items[j]
			if y.s.ID != loser || x.s.Group != group || x.r.Target != y.r.Target || x.r.Expected == domaincheck.Info || y.r.Confirmed && !x.r.Confirmed {
				continue
			}
			if best < 0 || x.r.Outcome == y.r.Outcome && a.items[best].r.Outcome != y.r.Outcome {
				best = j
			}
		}
		if best < 0 {
			kept = append(kept, *y)
			continue
		}
		x := &a.items[best]
		take := x.joinName
		if x.s.Ahead && x.r.Outcome == y.r.Outcome {
			take = x.join
		}
		take(y)
		for k := range kept {
			if same(&kept[k], x) {
				kept[k] = *x
			}
		}
	}
	a.items = kept
}

func same(x, y *item) bool {
	return x.r.Signal == y.r.Signal && x.r.Outcome == y.r.Outcome && x.r.Target == y.r.Target && x.r.Provider == y.r.Provider
}

// collapse keeps the worst of the findings about one name's whereabouts and
// its page, for each outcome.
func (a *assessment) collapse() {
	related := func(x *item) bool {
		return (x.s.Group == "location" || x.s.Group == "down") && x.r.Outcome == domaincheck.RiskDeAccess
	}
	var kept []item
	for i := range a.items {
		y := a.items[i]
		joined := false
		for k := range kept {
			x := &kept[k]
			if !related(&y) || !related(x) || x.r.Target != y.r.Target {
				continue
			}
			if y.outranks(x) {
				y.joinName(x)
				*x = y
			} else {
				x.joinName(&y)
			}
			joined = true
			break
		}
		if !joined {
			kept = append(kept, y)
		}
	}
	a.items = kept
}

// joinName takes causes and names over, but neither level nor dates.
func (x *item) joinName(y *item) {
	quiet := *y
	quiet.r.Confirmed = false
	if x.r.Confirmed {
		x.join(&quiet)
		return
	}
	// Neither is sure: the outranking one keeps its level.
	quiet.r.Expected, quiet.r.Since, quiet.r.Deadline = domaincheck.Info, x.r.Since, domaincheck.Instant{}
	quiet.holds = false
	x.join(&quiet)
}

// otherDomains: of a site with several domains, one that has lapsed or moved
// costs its own number, not the site's access (S37).
func (a *assessment) otherDomains() {
	if len(a.c.Site.Domains) < 2 {
		return
	}
	s := a.t.byID["S37"]
	var kept []item
	for _, it := range a.items {
		chain := it.r.Outcome == domaincheck.RiskDeAccess || it.r.Outcome == domaincheck.RiskDeregistration
		if it.r.Target == "" || string(it.r.Target) == a.main || !chain || !it.holds || it.s.Group != "location" && it.s.Group != "expiry" {
			kept = append(kept, it)
			continue
		}
		next := item{s: s, r: it.r}
		next.r.Signal, next.r.Outcome, next.r.Provider = s.ID, s.Outcomes[0].Outcome, ""
		next.r.Absorbed = append(slices.Clone(it.r.Absorbed), it.r.Signal)
		next.r.Expected = s.Levels[0].Level
		if it.r.Confirmed {
			next.r.Deadline, next.r.DeadlineKind = domaincheck.At(it.r.Since.Day().AddDays(s.Outcomes[0].TermDays).Start()), "typical"
		}
		at := slices.IndexFunc(kept, func(k item) bool { return same(&k, &next) })
		if at >= 0 {
			kept[at].join(&next)
		} else {
			kept = append(kept, next)
		}
	}
	a.items = kept
}

// shellDays is the shortest time between a regulator's public notice of empty
// shells and their cancellation: 7 days in Guizhou (2024-08-05) and Ningxia
// (2024-08-30), up to 68 in Tibet (2025).
const shellDays = 7

// shell follows de_access: with access cancelled at the only provider the
// record holds no access data any more. Dated after the cancellation.
func (a *assessment) shell() {
	if a.state != domaincheck.StateFiled || len(providers(a.c)) != 1 {
		return
	}
	var cause *item
	for i := range a.items {
		it := &a.items[i]
		if it.r.Outcome == domaincheck.RiskEmptyShell {
			return
		}
		if it.r.Outcome != domaincheck.RiskDeAccess || !it.holds || it.r.Target != "" && string(it.r.Target) != a.main && isDomainRule(it.r.Causes[0]) {
			continue
		}
		if cause == nil || it.outranks(cause) {
			cause = it
		}
	}
	if cause == nil {
		return
	}
	r := cause.r
	r.Causes, r.Absorbed = slices.Clone(r.Causes), slices.Clone(r.Absorbed)
	r.Outcome = domaincheck.RiskEmptyShell
	r.Approximate = false
	if r.Expected.Rank() > domaincheck.Low.Rank() {
		r.Expected = r.Expected.Lower()
	}
	if !r.Deadline.IsZero() {
		r.Deadline, r.DeadlineKind = domaincheck.At(r.Deadline.Day().AddDays(shellDays).Start()), "typical"
	}
	for _, n := range a.notices() {
		if strings.Contains(string(n.Kind), "空壳") && !n.Deadline.IsZero() {
			r.Deadline, r.DeadlineKind = domaincheck.At(n.Deadline.Start()), "notice"
		}
	}
	a.items = append(a.items, item{r: r, s: cause.s})
}

func isDomainRule(rule string) bool { return !strings.HasPrefix(rule, "server.") }

// onlySite tells whether the subject has no other site.
func (a *assessment) onlySite() bool {
	if s := a.c.Siblings; s != nil && s.Sites > 0 {
		return s.Sites == 1
	}
	s := a.c.Site.Subject
	return s != nil && s.Counts != nil && s.Counts.Sites != nil && *s.Counts.Sites == 1
}

// finish sets the levels and the order.
func (a *assessment) finish() []domaincheck.Risk {
	out := make([]domaincheck.Risk, 0, len(a.items))
	for i := range a.items {
		r := a.items[i].r
		r.Level = r.Expected
		if !r.Confirmed {
			r.Level = domaincheck.Info
		}
		r.Subject = r.Outcome == domaincheck.RiskEmptyShell && a.onlySite()
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(x, y domaincheck.Risk) int {
		return cmp.Or(
			-cmp.Compare(x.Level.Rank(), y.Level.Rank()),
			-cmp.Compare(x.Expected.Rank(), y.Expected.Rank()),
			byDeadline(x.Deadline, y.Deadline),
			cmp.Compare(chain(x.Outcome), chain(y.Outcome)),
			cmp.Compare(x.Signal, y.Signal),
			cmp.Compare(x.Target, y.Target),
			cmp.Compare(x.Provider, y.Provider),
		)
	})
	return out
}

func byDeadline(x, y domaincheck.Instant) int {
	switch {
	case x.IsZero() && y.IsZero():
		return 0
	case x.IsZero():
		return 1
	case y.IsZero():
		return -1
	}
	return x.Compare(y.Time)
}

// chain is the place of an outcome along the chain.
func chain(o domaincheck.RiskOutcome) int {
	return slices.Index([]domaincheck.RiskOutcome{
		domaincheck.RiskBlock, domaincheck.RiskDeAccess, domaincheck.RiskEmptyShell,
		domaincheck.RiskDeregistration, domaincheck.RiskFine, domaincheck.RiskNotFileable,
	}, o)
}
