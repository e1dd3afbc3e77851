package watch

import (
	"slices"
	"time"

	"domaincheck"
)

// Part is what a rule's finding rests on.
type Part string

// The parts. Only the observed ones, Registration to Record, can go stale.
const (
	Registration Part = "registration"
	Resolution   Part = "resolution"
	Page         Part = "page"
	Record       Part = "record"
	Declared     Part = "declared" // facts of the ledger, or what judging itself knows
)

// Confirm says how sure is sure, for one rule.
type Confirm struct {
	Rule        string
	Part        Part
	Looks       int           // looks needed, at least 1
	NotifyApart time.Duration // apart enough to tell somebody (NoticedAt), and for recovery
	Apart       time.Duration // apart enough for the risk clock (ConfirmedAt)
}

// AtOnce tells whether the first look settles it.
func (c Confirm) AtOnce() bool { return c.Looks <= 1 }

// Flap says when a state turns too often to be believed.
type Flap struct {
	Turns  int           // turns between good and bad …
	Window time.Duration // … within this span begin flapping; 0 turns: never
	Calm   time.Duration // no turn for this long ends it
}

// Schedule is how often each observed part is looked at; zero for a part that
// nobody looks at regularly, whose states then never go stale.
type Schedule struct {
	Registration, Resolution, Page, Record time.Duration
}

// Policy is what [Advance] goes by. Make one with [DefaultPolicy] and narrow
// it with [Policy.Overridden]; it is then read only and may be shared.
type Policy struct {
	Flap     Flap
	Schedule Schedule

	rows  map[string]Confirm
	other Confirm
}

// Override is the user's own measure for every rule; nil leaves each rule's.
type Override struct {
	Looks       *int
	Apart       *time.Duration
	NotifyApart *time.Duration
}

// DefaultPolicy is the measure of each rule.
//
//   - A block page and a hold are read from an answer that names them: a second
//     look 5 minutes later excludes a captive answer.
//   - What DNS and the web server do may be a hiccup of theirs or ours:
//     somebody is told after 30 minutes, the risk clock starts after 6 hours.
//   - Findings for the digest (police number, title, copyright, category,
//     delegation) can wait 6 hours.
//   - Registry dates, dates of servers, approval lists and declared facts do
//     not waver: they count at once.
//
// A rule without a row gets the measure of DNS and web.
func DefaultPolicy() Policy {
	const (
		minutes = 5 * time.Minute
		half    = 30 * time.Minute
		hours   = 6 * time.Hour
	)
	table := []Confirm{
		{"domain.registered", Registration, 2, half, hours},
		{"domain.tld", Declared, 1, 0, 0},
		{"domain.registrar", Registration, 2, half, hours},
		{"domain.domestic", Registration, 1, 0, 0},
		{"domain.term", Registration, 1, 0, 0},
		{"domain.expiry", Registration, 1, 0, 0},
		{"domain.status", Registration, 2, minutes, minutes},
		{"domain.real_name", Registration, 2, half, hours},
		{"domain.holder", Registration, 2, half, hours},
		{"domain.privacy", Registration, 1, 0, 0},
		{"domain.changed", Registration, 2, half, hours},
		{"access.unfiled", Resolution, 2, half, hours},
		{"access.resolves", Resolution, 2, half, hours},
		{"access.mainland", Resolution, 2, half, hours},
		{"access.provider", Resolution, 2, half, hours},
		{"access.address", Resolution, 2, half, hours},
		{"access.delegation", Resolution, 2, hours, hours},
		{"server.type", Declared, 1, 0, 0},
		{"server.region", Declared, 1, 0, 0},
		{"server.term", Declared, 1, 0, 0},
		{"server.bandwidth", Declared, 1, 0, 0},
		{"server.codes", Declared, 1, 0, 0},
		{"server.expiry", Declared, 1, 0, 0},
		{"site.reachable", Page, 2, half, hours},
		{"site.blocked", Page, 2, minutes, minutes},
		{"site.parked", Page, 2, half, hours},
		{"site.number", Page, 2, half, hours},
		{"site.number_matches", Page, 2, half, hours},
		{"site.link", Page, 2, half, hours},
		{"site.police", Page, 2, hours, hours},
		{"site.copyright", Page, 2, hours, hours},
		{"site.title", Page, 2, hours, hours},
		{"site.category", Page, 2, hours, hours},
		{"site.tls", Page, 2, half, hours},
		{"site.traffic", Declared, 1, 0, 0},
		{"subject.count", Declared, 1, 0, 0},
		{"subject.identity", Declared, 1, 0, 0},
		{"subject.state", Declared, 1, 0, 0},
		{"subject.contact", Declared, 1, 0, 0},
		{"record.exists", Record, 2, half, hours},
		{"record.matches", Record, 2, half, hours},
		{"record.stale", Record, 1, 0, 0},
		{"notice.deadline", Declared, 1, 0, 0},
		{"watch.stale", Declared, 1, 0, 0},
	}
	rows := make(map[string]Confirm, len(table))
	for _, c := range table {
		rows[c.Rule] = c
	}
	return Policy{
		Flap:  Flap{Turns: 8, Window: 24 * time.Hour, Calm: hours},
		rows:  rows,
		other: Confirm{Part: Declared, Looks: 2, NotifyApart: half, Apart: hours},
	}
}

// Overridden is the policy with the user's measure in place of each rule's
// own, for failure and for recovery. A span of 0s that comes without a number
// of looks means at once: nothing else delays, not even a second look or
// flapping. The notice never comes later than the risk clock: its span is cut
// to Apart. Rules that count at once stay so.
func (p Policy) Overridden(o Override) Policy {
	change := func(c Confirm) Confirm {
		if c.Looks <= 1 && c.Apart == 0 && c.NotifyApart == 0 {
			return c
		}
		if o.Looks != nil {
			c.Looks = max(1, *o.Looks)
		}
		if o.Apart != nil {
			c.Apart = max(0, *o.Apart)
			if c.Apart == 0 && o.Looks == nil {
				c.Looks = 1
			}
		}
		if o.NotifyApart != nil {
			c.NotifyApart = max(0, *o.NotifyApart)
		}
		c.NotifyApart = min(c.NotifyApart, c.Apart)
		return c
	}
	next := p
	next.other = change(p.other)
	next.rows = make(map[string]Confirm, len(p.rows))
	for id, c := range p.rows {
		next.rows[id] = change(c)
	}
	return next
}

// For is the measure of one rule.
func (p Policy) For(rule string) Confirm {
	if c, ok := p.rows[rule]; ok {
		return c
	}
	c := p.other
	c.Rule = rule
	c.Looks = max(1, c.Looks)
	return c
}

// Rules lists the ids that have a row, sorted.
func (p Policy) Rules() []string {
	ids := make([]string, 0, len(p.rows))
	for id := range p.rows {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// StaleAfter is how long a part that is looked at every interval may tell
// nothing before that is worth a word: three times the interval, at least an
// hour; 0 (never) for a part without a schedule.
func StaleAfter(interval time.Duration) time.Duration {
	if interval <= 0 {
		return 0
	}
	return max(3*interval, time.Hour)
}

// StaleAfter is [StaleAfter] of the schedule of a part.
func (p Policy) StaleAfter(part Part) time.Duration {
	switch part {
	case Registration:
		return StaleAfter(p.Schedule.Registration)
	case Resolution:
		return StaleAfter(p.Schedule.Resolution)
	case Page:
		return StaleAfter(p.Schedule.Page)
	case Record:
		return StaleAfter(p.Schedule.Record)
	}
	return 0
}

// NextLook is the earliest instant at which one more look of the rule's part
// would bring the state further: to the notice, to the risk clock, or to
// recovery. It is unknown if no look is awaited. A scheduler that looks then,
// and not a moment sooner, tells as early as the policy allows.
func (p Policy) NextLook(s domaincheck.State) domaincheck.Instant {
	c := p.For(s.Rule)
	if c.Part == Declared {
		return domaincheck.Instant{}
	}
	after := func(i domaincheck.Instant, d time.Duration) domaincheck.Instant {
		return domaincheck.At(i.Add(d))
	}
	switch s.Certainty {
	case domaincheck.Suspected:
		if s.NoticedAt.IsZero() {
			return after(s.CountedAt, c.NotifyApart)
		}
		return after(s.FirmAt, c.Apart)
	case domaincheck.Recovering:
		return after(s.CountedAt, c.NotifyApart)
	case domaincheck.Confirmed:
		if s.Next != nil {
			return after(s.Next.CountedAt, c.NotifyApart)
		}
	}
	return domaincheck.Instant{}
}
