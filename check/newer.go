package check

import "domaincheck"

// part is a part of an observation: it embeds a Look.
type part interface {
	domaincheck.Registration | domaincheck.Resolution | domaincheck.HomePage | domaincheck.FilingRecord
}

// newer lays a new look over what was known. A look that came to an answer
// replaces it; one that did not stands beside the last good part as its last
// attempt, and only where nothing good was known is it the part itself.
func newer[P part](old, seen *P) *P {
	if seen == nil {
		return old
	}
	look := lookOf(seen)
	if look.Outcome.Conclusive() || old == nil || !lookOf(old).Outcome.Conclusive() {
		return seen
	}
	kept := *old
	last := &domaincheck.Attempt{Outcome: look.Outcome, Error: look.Error, At: look.At}
	if page, ok := any(seen).(*domaincheck.HomePage); ok {
		last.Attempts = page.Attempts
	}
	lookOf(&kept).LastAttempt = last
	return &kept
}

func lookOf[P part](p *P) *domaincheck.Look {
	switch v := any(p).(type) {
	case *domaincheck.Registration:
		return &v.Look
	case *domaincheck.Resolution:
		return &v.Look
	case *domaincheck.HomePage:
		return &v.Look
	case *domaincheck.FilingRecord:
		return &v.Look
	}
	panic("unreachable: part lists every kind")
}

// Newest is the newest look of an observation, failed ones included: the
// moment as of which it can be judged. Zero if nothing was ever looked at.
func Newest(o domaincheck.Observation) domaincheck.Instant {
	var newest domaincheck.Instant
	take := func(l domaincheck.Look) {
		for _, at := range []domaincheck.Instant{l.At, attemptAt(l)} {
			if at.After(newest.Time) {
				newest = at
			}
		}
	}
	if o.Registration != nil {
		take(o.Registration.Look)
	}
	if o.Resolution != nil {
		take(o.Resolution.Look)
	}
	if o.Page != nil {
		take(o.Page.Look)
	}
	if o.Record != nil {
		take(o.Record.Look)
	}
	for _, other := range o.Others {
		if at := Newest(*other); at.After(newest.Time) {
			newest = at
		}
	}
	return newest
}

func attemptAt(l domaincheck.Look) domaincheck.Instant {
	if l.LastAttempt == nil {
		return domaincheck.Instant{}
	}
	return l.LastAttempt.At
}

// Dated gives an observation in which parts without a time of their own have
// that of the report they stand in. The observation given is not changed.
func Dated(o domaincheck.Observation, at domaincheck.Instant) domaincheck.Observation {
	return redated(o, func(l domaincheck.Look) domaincheck.Look {
		if l.At.IsZero() {
			l.At = at
		}
		return l
	})
}

// AsThen is Dated for a report of the past: a part cannot be newer than the
// report it stands in, whatever it says.
func AsThen(o domaincheck.Observation, at domaincheck.Instant) domaincheck.Observation {
	return redated(o, func(l domaincheck.Look) domaincheck.Look {
		if l.At.IsZero() || l.At.After(at.Time) {
			l.At = at
		}
		return l
	})
}

func redated(o domaincheck.Observation, date func(domaincheck.Look) domaincheck.Look) domaincheck.Observation {
	if o.Registration != nil {
		part := *o.Registration
		part.Look = date(part.Look)
		o.Registration = &part
	}
	if o.Resolution != nil {
		part := *o.Resolution
		part.Look = date(part.Look)
		o.Resolution = &part
	}
	if o.Page != nil {
		part := *o.Page
		part.Look = date(part.Look)
		o.Page = &part
	}
	if o.Record != nil {
		part := *o.Record
		part.Look = date(part.Look)
		o.Record = &part
	}
	if len(o.Others) > 0 {
		others := make(map[string]*domaincheck.Observation, len(o.Others))
		for domain, other := range o.Others {
			part := redated(*other, date)
			others[domain] = &part
		}
		o.Others = others
	}
	return o
}
