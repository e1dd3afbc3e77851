package check

import (
	"slices"
	"time"

	"domaincheck"
	"domaincheck/alert"
)

// ruleChanged is the rule that compares registration data with earlier ones.
const ruleChanged = "domain.changed"

// compared is what a judgement compares the present with: for each domain, the
// registration data as first seen, or as they were when a change of them was
// last acknowledged; and of every part that never came to an answer the first
// look, from which its silence is counted. earlier is what the judgement before
// left; nil at the beginning.
func compared(site domaincheck.Site, earlier *domaincheck.Observation, seen domaincheck.Observation) *domaincheck.Observation {
	main := site.MainDomain()
	out := &domaincheck.Observation{}
	if earlier == nil {
		earlier = &domaincheck.Observation{}
	}
	for _, d := range site.Domains {
		was, is := earlier.Of(d.Domain, main), seen.Of(d.Domain, main)
		kept := domaincheck.Observation{
			Registration: earlierRegistration(was.Registration, is.Registration),
			Resolution:   firstSilence(was.Resolution, is.Resolution),
			Page:         firstSilence(was.Page, is.Page),
		}
		keep(out, d.Domain, main, kept)
	}
	return out
}

// keep lays the parts of one domain into an observation of the site.
func keep(o *domaincheck.Observation, domain, main string, parts domaincheck.Observation) {
	if parts.Registration == nil && parts.Resolution == nil && parts.Page == nil {
		return
	}
	if domain == main {
		o.Registration, o.Resolution, o.Page = parts.Registration, parts.Resolution, parts.Page
		return
	}
	if o.Others == nil {
		o.Others = make(map[string]*domaincheck.Observation)
	}
	o.Others[domain] = &parts
}

// earlierRegistration keeps the first good look and completes it with what only
// a later look showed (a registrant that was hidden at first).
func earlierRegistration(was, is *domaincheck.Registration) *domaincheck.Registration {
	good := func(r *domaincheck.Registration) bool { return r != nil && r.Outcome == domaincheck.OutcomeOK }
	switch {
	case good(was) && good(is):
		return completed(was, is)
	case good(was):
		return was
	case good(is):
		return essence(is)
	}
	return firstSilence(was, is)
}

// essence is what is compared of registration data.
func essence(r *domaincheck.Registration) *domaincheck.Registration {
	return &domaincheck.Registration{
		Look:   domaincheck.Look{Outcome: r.Outcome, At: r.At},
		Domain: r.Domain, Registrar: r.Registrar, Registrant: r.Registrant, Created: r.Created, Nameservers: r.Nameservers,
	}
}

func completed(was, is *domaincheck.Registration) *domaincheck.Registration {
	hidden := func(r *domaincheck.Registrant) bool {
		return r == nil || r.Redacted || r.Name == "" && r.Organization == ""
	}
	nameless := func(r *domaincheck.Registrar) bool { return r == nil || r.Name == "" && r.IANAID == "" }
	out := *was
	if hidden(out.Registrant) && !hidden(is.Registrant) {
		out.Registrant = is.Registrant
	}
	if nameless(out.Registrar) && !nameless(is.Registrar) {
		out.Registrar = is.Registrar
	}
	if len(out.Nameservers) == 0 {
		out.Nameservers = is.Nameservers
	}
	if out.Created.IsZero() {
		out.Created = is.Created
	}
	return &out
}

// firstSilence is the first look at a part that never came to an answer; nil
// once it did.
func firstSilence[P part](was, is *P) *P {
	if is == nil || lookOf(is).Outcome.Conclusive() {
		return nil
	}
	if was != nil && !lookOf(was).At.IsZero() {
		return was
	}
	first := new(P)
	*lookOf(first) = domaincheck.Look{Outcome: lookOf(is).Outcome, At: lookOf(is).At}
	return first
}

// settled takes what was acknowledged into what is compared with: the present
// registration data of the domains whose change somebody has seen and said so.
// An acknowledgement holds for one change, by its evidence, and only if it was
// given after the change was seen. It is nil if there is none.
func settled(job Job, before *domaincheck.Observation, seen domaincheck.Observation, findings []domaincheck.Finding) *domaincheck.Observation {
	var next *domaincheck.Observation
	main := job.Site.MainDomain()
	for _, f := range findings {
		if f.Rule != ruleChanged || f.Result != domaincheck.Fail {
			continue
		}
		since, known := failingSince(job.States, f)
		if !known || !acknowledged(job.Acknowledged, f, since) {
			continue
		}
		domain := string(f.Target)
		if domain == "" {
			domain = main
		}
		is := seen.Of(domain, main).Registration
		if is == nil || is.Outcome != domaincheck.OutcomeOK {
			continue
		}
		if next == nil {
			copied := *before
			copied.Others = cloneOthers(before.Others)
			next = &copied
		}
		was := essence(is)
		if was.At = since; !since.Before(is.At.Time) {
			was.At = domaincheck.At(is.At.Add(-time.Millisecond))
		}
		parts := before.Of(domain, main)
		parts.Registration, parts.Others = was, nil
		keep(next, domain, main, parts)
	}
	return next
}

func cloneOthers(m map[string]*domaincheck.Observation) map[string]*domaincheck.Observation {
	out := make(map[string]*domaincheck.Observation, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}

// failingSince is when a failure that is remembered was first seen.
func failingSince(states []domaincheck.State, f domaincheck.Finding) (domaincheck.Instant, bool) {
	i := slices.IndexFunc(states, func(s domaincheck.State) bool { return s.Rule == f.Rule && s.Target == f.Target })
	if i < 0 || states[i].Since.IsZero() {
		return domaincheck.Instant{}, false
	}
	return states[i].Since, true
}

func acknowledged(said []alert.Suppression, f domaincheck.Finding, since domaincheck.Instant) bool {
	if len(said) == 0 {
		return false
	}
	print := alert.Fingerprint(f)
	return slices.ContainsFunc(said, func(a alert.Suppression) bool {
		return a.Rule == f.Rule && a.Target == f.Target && a.Fingerprint == print && !a.At.Before(since.Time)
	})
}
