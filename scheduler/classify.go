package scheduler

import (
	"strconv"
	"strings"

	"domaincheck"
	"domaincheck/watch"
)

// class is what one look says of the sight of this machine.
type class int

const (
	neutral class = iota // the site was bad before: it tells nothing
	good                 // seen, and nothing was wrong
	unseen               // the look ended without an observation
	turned               // the site was good a look ago and is bad now
)

// glance is what a look at one part of a site says of our sight.
type glance struct {
	part    watch.Part
	class   class
	advance bool // the commit would make a failure surer: a first bad look, the notice, the risk clock
	opens   bool // somebody would be told
	again   bool // the look before ended without an observation, too
	server  bool // what turned says SERVFAIL or the like: the name servers' fault, if it is true
}

// classify compares the report after a look with the one before. fixed tells
// the rules that need no second look under the policy as it comes: dates,
// lists, declared facts. They have nothing to do with sight.
func classify(p watch.Policy, fixed func(rule string) bool, before, after *domaincheck.Report, part watch.Part) glance {
	g := glance{part: part}
	was := map[stateKey]*domaincheck.State{}
	if before != nil {
		for i := range before.States {
			was[keyOf(&before.States[i])] = &before.States[i]
		}
	}
	healthy := true
	for i := range after.States {
		s := &after.States[i]
		if p.For(s.Rule).Part != part || fixed(s.Rule) {
			continue
		}
		old := was[keyOf(s)]
		bad := s.Certainty == domaincheck.Suspected || s.Certainty == domaincheck.Confirmed || s.Certainty == domaincheck.Flapping
		if !bad {
			continue
		}
		healthy = false
		fresh := old == nil || old.LastKnown.Before(s.LastKnown.Time)
		if !fresh || s.LastResult != domaincheck.Fail {
			continue
		}
		newly := old == nil || old.Certainty != s.Certainty && (old.Certainty == domaincheck.CertainOK || old.Certainty == domaincheck.Recovering || old.Certainty == domaincheck.NeverKnown)
		notice := !s.NoticedAt.IsZero() && (old == nil || old.NoticedAt.IsZero())
		firm := !s.ConfirmedAt.IsZero() && (old == nil || old.ConfirmedAt.IsZero())
		g.advance = g.advance || newly || notice || firm
		g.opens = g.opens || notice
		if old != nil && newly && old.Certainty != domaincheck.NeverKnown && doubted(part, s.Rule) {
			g.class = turned
			g.server = g.server || strings.Contains(string(s.Code), "servfail")
		}
	}
	if g.class == turned {
		return g
	}
	switch {
	case !conclusive(after, part):
		if healthy {
			g.class, g.again = unseen, before != nil && !conclusive(before, part)
		}
	case healthy:
		g.class = good
	}
	return g
}

// doubted tells whether a failure that comes over many sites at once may be a
// fault of our sight. What a registry says of a name it knows (a hold, another
// registrant) is an answer; only that it knows none of them any more may be a
// refusal in disguise.
func doubted(part watch.Part, rule string) bool {
	return part != watch.Registration || rule == "domain.registered"
}

type stateKey struct{ rule, target string }

func keyOf(s *domaincheck.State) stateKey { return stateKey{s.Rule, string(s.Target)} }

// conclusive tells whether the newest look at a part of the main domain ended
// with an observation.
func conclusive(r *domaincheck.Report, part watch.Part) bool {
	l := lookOf(&r.Observation, part)
	if l == nil {
		return true // nobody looks at this part of this site
	}
	return l.Outcome.Conclusive() && (l.LastAttempt == nil || !l.LastAttempt.At.After(l.At.Time))
}

func lookOf(o *domaincheck.Observation, part watch.Part) *domaincheck.Look {
	switch {
	case part == watch.Registration && o.Registration != nil:
		return &o.Registration.Look
	case part == watch.Resolution && o.Resolution != nil:
		return &o.Resolution.Look
	case part == watch.Page && o.Page != nil:
		return &o.Page.Look
	case part == watch.Record && o.Record != nil:
		return &o.Record.Look
	}
	return nil
}

// newest is when a part was last looked at, failed looks included.
func newest(r *domaincheck.Report, part watch.Part) domaincheck.Instant {
	if r == nil {
		return domaincheck.Instant{}
	}
	l := lookOf(&r.Observation, part)
	if l == nil {
		return domaincheck.Instant{}
	}
	if l.LastAttempt != nil && l.LastAttempt.At.After(l.At.Time) {
		return l.LastAttempt.At
	}
	return l.At
}

// groups of a site: who serves it, and who serves its names. Sites of one group
// may well fail together for a reason of their own.
type groups struct{ host, names string }

// groupsOf takes the groups from what was known before the look.
func groupsOf(before, after *domaincheck.Report) groups {
	g := groups{host: "?", names: "?"}
	for _, r := range []*domaincheck.Report{before, after} {
		if r == nil || r.Observation.Resolution == nil {
			continue
		}
		res := r.Observation.Resolution
		if g.host == "?" {
			if ids := hosters(res); len(ids) > 0 {
				g.host = ids[0]
			}
		}
		if g.names == "?" && res.Delegation != nil {
			for _, ns := range sorted(append(append([]string{}, res.Delegation.Parent...), res.Delegation.Child...)) {
				g.names = lastLabels(ns)
				break
			}
		}
	}
	return g
}

func lastLabels(host string) string {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	return strings.Join(labels[max(0, len(labels)-2):], ".")
}

// hoster is who serves an address, as far as is known.
func hoster(a domaincheck.Address) string {
	switch {
	case a.Provider != "":
		return string(a.Provider)
	case a.ASN != nil:
		return "AS" + strconv.FormatInt(*a.ASN, 10)
	}
	return string(a.Country)
}
