package scheduler

import (
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"domaincheck"
	"domaincheck/watch"
)

// Spans of the cadence.
const (
	nearDays   = 120           // within so many days of its expiry a name is asked about at every tick
	weekly     = 7             // ticks between two questions about a name that runs longer
	inDanger   = 6 * time.Hour // at most, between two questions about a name that has expired, is on hold or about to be deleted
	retryWHOIS = time.Hour     // after a question that was not answered
	mostRetry  = 10 * time.Minute
	retryDown  = time.Hour // at most, between two looks at a site that is known to be down
	settleDNS  = time.Hour // between two questions to the registry that a change of DNS brings about
	again      = 500 * time.Millisecond
	mostSpread = 10 * time.Minute
)

// ticks is a cron schedule with what follows from it.
type ticks struct {
	schedule cron.Schedule
	interval time.Duration // longest gap between two ticks
	spread   time.Duration // over which the sites of one tick are spread
}

// ticksOf measures a schedule: some ticks on from a moment, a week at least
// where they come that seldom.
func ticksOf(schedule cron.Schedule, at time.Time) ticks {
	t := ticks{schedule: schedule}
	if schedule == nil {
		return t
	}
	prev := schedule.Next(at)
	for n := 0; n < 400 && (n < 3 || prev.Sub(at) < 8*24*time.Hour); n++ {
		next := schedule.Next(prev)
		if next.IsZero() {
			break
		}
		t.interval = max(t.interval, next.Sub(prev))
		prev = next
	}
	if t.interval >= time.Minute {
		t.spread = min(t.interval/10, mostSpread)
	}
	return t
}

// Interval is the longest gap between two ticks of a schedule, looking a week
// ahead from a moment, three ticks at least: how often a part is looked at.
// Zero for no schedule.
func Interval(schedule cron.Schedule, at time.Time) time.Duration {
	return ticksOf(schedule, at).interval
}

// next is the n-th tick after a moment, plus the site's own share of the
// spread. A part without a schedule is due in a thousand years.
func (t ticks) next(site string, after time.Time, n int) time.Time {
	if t.schedule == nil {
		return after.AddDate(1000, 0, 0)
	}
	tick := after
	for range max(1, n) {
		next := t.schedule.Next(tick)
		if next.IsZero() {
			break
		}
		tick = next
	}
	return tick.Add(t.offset(site))
}

// offset is the site's share of the spread: always the same.
func (t ticks) offset(site string) time.Duration {
	if t.spread <= 0 {
		return 0
	}
	return time.Duration(hashOf(site) % uint64(t.spread)).Truncate(time.Millisecond)
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s)) // never fails
	return h.Sum64()
}

// retry is how long after a look that saw nothing the next one comes.
func (t ticks) retry() time.Duration {
	if t.interval <= 0 {
		return mostRetry
	}
	return min(max(t.interval/6, again), mostRetry)
}

// retryAfter is when a look that did not end with an observation is repeated;
// zero if it did. A site that is known to be down told all there is to see.
func (t ticks) retryAfter(p watch.Policy, r *domaincheck.Report, part watch.Part, looked time.Time) time.Duration {
	if conclusive(r, part) {
		return 0
	}
	for i := range r.States {
		s := &r.States[i]
		if p.For(s.Rule).Part == part && s.LastResult == domaincheck.Fail && !s.LastKnown.Before(looked.Truncate(time.Millisecond)) {
			return retryDown
		}
	}
	return t.retry()
}

// cutShort tells whether a page that came whole before broke off this time: what
// stands below the break was not seen, and is looked for again soon, once. A
// page that always breaks off (it is longer than is read) keeps its schedule.
func cutShort(before, r *domaincheck.Report) bool {
	page := r.Observation.Page
	if page == nil || !page.Truncated || !page.Outcome.Conclusive() {
		return false
	}
	return before == nil || before.Observation.Page == nil || !before.Observation.Page.Truncated
}

// Cadence says when a registration is asked about again: at every how-manieth
// tick of its schedule, but after soon at the latest (0: no bound).
//
//   - A name that runs for more than 120 days, and one whose expiry nobody
//     knows, is asked about at every seventh tick: weekly, by the default
//     schedule.
//   - Within 120 days of its expiry it is asked about at every tick: daily.
//   - One that has expired, or is on hold, in redemption or about to be
//     deleted, is asked about at every tick and every 6 hours at least.
//   - Where the last question was not answered, an hour later.
//
// expires is the day that the ledger knows, for registries that show none.
func Cadence(r *domaincheck.Registration, expires domaincheck.Date, at time.Time) (every int, soon time.Duration) {
	if r == nil {
		return 1, retryWHOIS
	}
	ends := endOf(r, expires)
	every = weekly
	if !ends.IsZero() && ends.Sub(at) <= nearDays*24*time.Hour {
		every = 1
	}
	if !ends.IsZero() && !ends.After(at) || slices.ContainsFunc(r.Statuses, dangerous) {
		every, soon = 1, inDanger
	}
	if !r.Outcome.Conclusive() || r.LastAttempt != nil && r.LastAttempt.At.After(r.At.Time) {
		soon = retryWHOIS
	}
	return every, soon
}

// endOf is when a name expires: as the registry says, else as the ledger knows;
// zero if nobody does.
func endOf(r *domaincheck.Registration, expires domaincheck.Date) time.Time {
	if r != nil && !r.Expires.IsZero() {
		return r.Expires.Time
	}
	if expires.IsZero() {
		return time.Time{}
	}
	return expires.Start()
}

// dangerous tells the statuses of a name that does not work or will soon be gone.
func dangerous(status string) bool {
	switch strings.ToLower(status) {
	case "redemptionperiod", "pendingdelete", "pendingrestore", "clienthold", "serverhold", "inactive":
		return true
	}
	return false
}

// registrations are those of all domains of a site that have one; a domain that
// was never asked about is a nil.
func registrations(site domaincheck.Site, r *domaincheck.Report) []*domaincheck.Registration {
	var all []*domaincheck.Registration
	main := site.MainDomain()
	for _, d := range site.Domains {
		if _, err := netip.ParseAddr(d.Domain); err == nil {
			continue
		}
		if r == nil {
			all = append(all, nil)
			continue
		}
		all = append(all, r.Observation.Of(d.Domain, main).Registration)
	}
	return all
}

// cadence is the closest of all domains of a site. A site that is an address
// has no registration and is passed at every seventh tick.
func cadence(site domaincheck.Site, r *domaincheck.Report, at time.Time) (every int, soon time.Duration) {
	every = weekly
	for _, reg := range registrations(site, r) {
		e, s := Cadence(reg, site.Expires, at)
		every = min(every, e)
		if s > 0 && (soon == 0 || s < soon) {
			soon = s
		}
	}
	return every, soon
}

// nextRegistration is when the registration is due after a look. The first
// looks of a large inventory all come on one day; the second ones are spread
// over the week.
func nextRegistration(t ticks, site domaincheck.Site, before, after *domaincheck.Report, at time.Time) time.Time {
	every, soon := cadence(site, after, at)
	name := site.MainDomain()
	n := every
	if n == weekly && (before == nil || before.Observation.Registration == nil) {
		n = 1 + int(hashOf(name)>>32%weekly)
	}
	due := t.next(name, at, n)
	// From the day on which its expiry comes near it is asked about more often.
	for _, reg := range registrations(site, after) {
		if near := endOf(reg, site.Expires).AddDate(0, 0, -nearDays); t.schedule != nil && near.After(at) && near.Before(due) {
			due = earlier(due, t.next(name, near, 1))
		}
	}
	if soon > 0 && t.schedule != nil {
		due = earlier(due, at.Add(max(again, min(soon, max(t.interval, again)))))
	}
	return due
}

// moved tells whether DNS says something of the site that the registry might
// explain: other name servers, a name that ceased or began to exist, another
// provider.
func moved(before, after *domaincheck.Report) bool {
	if before == nil || after == nil {
		return false
	}
	was, now := before.Observation.Resolution, after.Observation.Resolution
	if was == nil || now == nil || !was.Outcome.Conclusive() || !now.Outcome.Conclusive() || !now.At.After(was.At.Time) {
		return false
	}
	if a, b := parents(was), parents(now); len(a) > 0 && len(b) > 0 && !slices.Equal(a, b) {
		return true
	}
	if exists(was) != exists(now) {
		return true
	}
	a, b := hosters(was), hosters(now)
	return len(a) > 0 && len(b) > 0 && !slices.Equal(a, b)
}

func parents(r *domaincheck.Resolution) []string {
	if r.Delegation == nil || r.Delegation.ParentOutcome != domaincheck.OutcomeOK {
		return nil
	}
	return sorted(r.Delegation.Parent)
}

func exists(r *domaincheck.Resolution) bool {
	return slices.ContainsFunc(r.Hosts, func(h domaincheck.Host) bool { return h.RCode != "NXDOMAIN" })
}

// hosters are the providers of all addresses.
func hosters(r *domaincheck.Resolution) []string {
	var all []string
	for _, h := range r.Hosts {
		for _, a := range h.Addresses {
			if id := hoster(a); id != "" {
				all = append(all, id)
			}
		}
	}
	return slices.Compact(sorted(all))
}

func sorted(list []string) []string {
	c := slices.Clone(list)
	slices.Sort(c)
	return c
}

func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

// awaited is the earliest look at a part that would bring a state further: to
// the notice, the risk clock, or recovery. looked is when the part was looked
// at; a state that still waits although its time has come was not told anything
// by that look, and is not asked again at once.
func awaited(p watch.Policy, states []domaincheck.State, part watch.Part, looked time.Time, retry time.Duration) time.Time {
	var soonest time.Time
	for i := range states {
		s := &states[i]
		if p.For(s.Rule).Part != part {
			continue
		}
		next := p.NextLook(*s)
		if next.IsZero() {
			continue
		}
		t := next.Time
		switch {
		case t.After(looked):
		case s.LastKnown.Before(looked.Truncate(time.Millisecond)):
			t = looked.Add(retry)
		default:
			t = looked.Add(again)
		}
		soonest = earlier(t, soonest)
	}
	return soonest
}
