package app

import (
	"context"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/notify"
	"domaincheck/watch"
	"domaincheck/web"
)

// measured is the outbox as the notifier sees it, with every try counted.
type measured struct {
	notify.Outbox
	meter *web.Meter
}

// Settle implements notify.Outbox.
func (m *measured) Settle(ctx context.Context, tries []alert.Delivery, more []alert.Outgoing) error {
	err := m.Outbox.Settle(ctx, tries, more)
	if err == nil {
		for _, t := range tries {
			m.meter.Delivered(t.Channel, string(t.Outcome))
		}
	}
	return err
}

// measureLook counts a look at some parts of a site's main domain. A look at
// several parts at once counts for each of them with the time of all.
func measureLook(m *web.Meter, parts []watch.Part, o *domaincheck.Observation, begun, ended time.Time) {
	for _, p := range parts {
		if outcome := outcomeSince(partOf(o, p), begun); outcome != "" {
			m.Look(string(p), outcome, ended.Sub(begun))
		}
	}
}

// partOf is how a part was looked at; nil if it never was.
func partOf(o *domaincheck.Observation, p watch.Part) *domaincheck.Look {
	switch {
	case p == watch.Registration && o.Registration != nil:
		return &o.Registration.Look
	case p == watch.Resolution && o.Resolution != nil:
		return &o.Resolution.Look
	case p == watch.Page && o.Page != nil:
		return &o.Page.Look
	}
	return nil
}

// outcomeSince is what came of the newest look since a moment; "" without one.
// A failed look stands beside the last good one.
func outcomeSince(l *domaincheck.Look, since time.Time) domaincheck.Outcome {
	since = since.Truncate(time.Millisecond)
	switch {
	case l == nil:
		return ""
	case l.LastAttempt != nil && !l.LastAttempt.At.Before(since):
		return l.LastAttempt.Outcome
	case !l.At.Before(since):
		return l.Outcome
	}
	return ""
}
