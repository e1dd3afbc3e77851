package check

import "domaincheck"

// part is a part of an observation: it embeds a Look.
type part interface {
	domaincheck.Registration | domaincheck.Resolution | domaincheck.HomePage
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
	lookOf(&kept).LastAttempt = &domaincheck.Attempt{Outcome: look.Outcome, Error: look.Error, At: look.At}
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
	}
	panic("unreachable: part lists every kind")
}
