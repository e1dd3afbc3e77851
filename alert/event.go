package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"domaincheck"
)

// Kind is what an event tells.
type Kind string

// The kinds. Worse, Reminder and Deadline are "updated" towards machines.
const (
	Opened   Kind = "opened"
	Worse    Kind = "worse"    // a higher level than was told
	Reminder Kind = "reminder" // still so, after the route's repeat
	Deadline Kind = "deadline" // 7, 3 or 1 days are left
	Resolved Kind = "resolved"
	Summary  Kind = "summary" // an open event as part of a digest
	Test     Kind = "test"    // a trial message
)

// Updated tells the kinds that say more about an event already opened.
func (k Kind) Updated() bool { return k == Worse || k == Reminder || k == Deadline || k == Summary }

// Event is one thing to say about one opening of one failure. It holds facts
// only; sentences are made when it is sent. It survives JSON unchanged.
type Event struct {
	Key          string                             `json:"key"` // of the opening: see [KeyOf]
	Kind         Kind                               `json:"kind"`
	Domain       domaincheck.Text                   `json:"domain"`  // main domain of the site, A-label
	Unicode      domaincheck.Text                   `json:"unicode"` // the same as U-label, for people
	Rule         string                             `json:"rule"`
	Target       domaincheck.Text                   `json:"target"` // what of the site it speaks of; null for the site
	Level        domaincheck.Severity               `json:"level"`  // the worse of the finding's severity and the expected level of its risks
	Since        domaincheck.Instant                `json:"since"`  // first bad look
	At           domaincheck.Instant                `json:"at"`     // when it came to be told
	Deadline     domaincheck.Instant                `json:"deadline"`
	DeadlineKind domaincheck.Text                   `json:"deadline_kind"` // notice, legal, typical
	DaysLeft     *int                               `json:"days_left"`     // to the deadline, in Beijing days; negative once past
	Cause        string                             `json:"cause"`         // the worst risk's signal, else the rule: what events are grouped by
	Finding      domaincheck.Finding                `json:"finding"`       // of a resolved event: the newest look, else what failed
	Risks        domaincheck.List[domaincheck.Risk] `json:"risks"`         // those it causes, worst first; none when resolved
	Tags         domaincheck.List[string]           `json:"tags"`          // of the site and its subject
	Subject      domaincheck.Text                   `json:"subject"`       // id of the subject, else its name
	SubjectName  domaincheck.Text                   `json:"subject_name"`
	Provider     domaincheck.Text                   `json:"provider"` // the access provider that acts, else the site's first
	Explains     domaincheck.List[string]           `json:"explains"` // rules of open failures that this one explains
}

// Outgoing is one row of the outbox: what one channel is to be told. It is
// written in the transaction of the report that brought it.
type Outgoing struct {
	Channel   string                   `json:"channel"`
	Keys      domaincheck.List[string] `json:"keys"`
	Kind      Kind                     `json:"kind"`  // of all its events
	Group     string                   `json:"group"` // rows of one channel, kind and group may share a message; "" shares none
	Events    domaincheck.List[Event]  `json:"events"`
	NotBefore domaincheck.Instant      `json:"not_before"` // quiet hours, silences; zero is at once
}

// Queued is a row of the outbox as its drainer sees it.
type Queued struct {
	ID int64 `json:"id"` // ascending in the order of writing
	Outgoing
	QueuedAt domaincheck.Instant `json:"queued_at"`
	Attempts int                 `json:"attempts"`  // tries that failed so far
	FirstTry domaincheck.Instant `json:"first_try"` // of the failed ones
	NextTry  domaincheck.Instant `json:"next_try"`  // not before then; zero is at once
}

// Outcome of a try to deliver.
type Outcome string

// The outcomes.
const (
	Delivered Outcome = "delivered" // the service took it: the row is done
	Retry     Outcome = "retry"     // it did not; the row stays, not before NextTry
	Dead      Outcome = "dead"      // given up after a day or more: the row is kept as a dead letter
)

// Delivery is one try to deliver one row. Rows that shared a message have one
// each.
type Delivery struct {
	Row      int64                    `json:"row"` // Queued.ID
	Channel  string                   `json:"channel"`
	Keys     domaincheck.List[string] `json:"keys"`
	Kind     Kind                     `json:"kind"`
	At       domaincheck.Instant      `json:"at"`
	Outcome  Outcome                  `json:"outcome"`
	Code     domaincheck.Text         `json:"code"`    // the service's own code (130101, 9499, 429 …)
	Message  domaincheck.Text         `json:"message"` // what went wrong, free of secrets
	Attempts int                      `json:"attempts"`
	FirstTry domaincheck.Instant      `json:"first_try"`
	NextTry  domaincheck.Instant      `json:"next_try"`
}

// Open is what is remembered of one failure that somebody was or may be told
// of, until it is resolved. The store keeps the Opens of a site with its
// states; [Plan] is given them and gives the next ones.
type Open struct {
	Event Event            `json:"event"` // as of the newest judgement, Kind opened
	Told  map[string]*Told `json:"told"`  // by channel; empty: nobody yet
	Held  domaincheck.Text `json:"held"`  // why nobody is told now: suppressed, digest, inhibited, silenced, maintenance; null: nothing holds it
	By    domaincheck.Text `json:"by"`    // the owner of the silence or suppression, or the rule of the cause
	// HeldAt is the newest judgement at which something held it.
	HeldAt domaincheck.Instant `json:"held_at"`
}

// Told is what one channel was told of one event.
type Told struct {
	At        domaincheck.Instant  `json:"at"`    // newest
	Level     domaincheck.Severity `json:"level"` // worst
	Deadline  domaincheck.Date     `json:"deadline"`
	Days      *int                 `json:"days"`       // least of 7, 3, 1 that was told of this deadline
	NotBefore domaincheck.Instant  `json:"not_before"` // of the newest row
	Group     string               `json:"group"`      // of the newest row
}

// KeyOf is the stable key of an opening: 16 capital hexadecimal digits from the
// SHA-256 of its site, rule, target and first bad look.
func KeyOf(domain, rule, target string, since domaincheck.Instant) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{domain, rule, target, since.String()}, "\x00")))
	return strings.ToUpper(hex.EncodeToString(sum[:8]))
}
