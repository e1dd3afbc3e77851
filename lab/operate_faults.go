package lab

import (
	"slices"
	"strings"
	"time"

	dc "domaincheck"
)

// This file deals the noise and the faults of an operation, and works out by
// when each fault must have been told.

// faultKind is a kind of fault, with what must be told of it.
type faultKind struct {
	name, rule string
	part       string // access, page, registration, dates: what shows it
	may        []string
	level      string
	chinese    bool // only where the registry shows the registrant
	lasts      bool // never ends
}

func faultKinds() []faultKind {
	return []faultKind{
		{name: "abroad", rule: "access.mainland", part: "access", may: []string{"access", "site", "domain.changed"}, level: "high"},
		{name: "nxdomain", rule: "access.resolves", part: "access", may: []string{"access", "site", "domain.status"}, level: "high"},
		{name: "unreachable", rule: "site.reachable", part: "page", may: []string{"site"}, level: "medium"},
		{name: "blocked", rule: "site.blocked", part: "page", may: []string{"site"}, level: "critical"},
		{name: "number_removed", rule: "site.number", part: "page", may: []string{"site"}, level: "medium"},
		{name: "number_of_others", rule: "site.number_matches", part: "page", may: []string{"site"}, level: "high"},
		{name: "link_lost", rule: "site.link", part: "page", may: []string{"site"}},
		{name: "parked", rule: "site.parked", part: "page", may: []string{"site"}, level: "medium"},
		{name: "holder_changed", rule: "domain.holder", part: "registration", may: []string{"domain.changed"}, level: "high", chinese: true},
		{name: "hold", rule: "domain.status", part: "registration", may: []string{"domain"}, level: "critical"},
		{name: "expiry_near", rule: "domain.expiry", part: "dates", lasts: true},
		{name: "expiry_passes", rule: "domain.expiry", part: "dates", level: "critical", may: []string{"domain", "access", "site"}},
		{name: "server_ending", rule: "server.expiry", part: "dates", level: "medium", lasts: true},
		{name: "notice", rule: "notice.deadline", part: "dates"},
	}
}

// calmAfter is how long a site must be quiet between two things planted on it.
const calmAfter = 30 * time.Hour

// dealNoise deals what must alarm nobody.
func (o *Operation) dealNoise(d *dice) {
	days := o.Options.Days
	at := func(n int) time.Time { // some moment of a day
		return o.Options.Start.AddDate(0, 0, n).Add(time.Duration(d.n(86400)) * time.Second)
	}
	add := func(kind string, from time.Time, span time.Duration) *Noise {
		o.Noises = append(o.Noises, Noise{Kind: kind, From: from, Until: from.Add(span), index: -1})
		return &o.Noises[len(o.Noises)-1]
	}
	minutes := func(least, most int) time.Duration { return time.Duration(least+d.n(most-least)) * time.Minute }
	// What happens to the daemon as a whole comes on days of its own, every
	// third or so.
	kinds := []string{NoiseSilent, NoiseLies, NoiseUplink, NoiseDown, NoiseClock, NoiseRefuses, NoiseMaintenance, NoiseDown}
	for day, n := 2, d.n(len(kinds)); day < days-1; day, n = day+2+d.n(3), n+1 {
		from := at(day)
		switch kind := kinds[n%len(kinds)]; kind {
		case NoiseSilent, NoiseLies, NoiseUplink:
			add(kind, from, minutes(5, 70))
		case NoiseDown:
			span := minutes(1, 30)
			if d.n(3) == 0 {
				span = minutes(300, 1400)
			}
			add(kind, from, span)
		case NoiseClock:
			shift := time.Duration(60+d.n(240)) * time.Minute
			if d.n(2) == 0 {
				shift = -shift
			}
			add(kind, from, minutes(20, 150)).Shift = shift
		case NoiseRefuses:
			add(kind, from, minutes(60, 1800)).Registry = o.Registry(o.plans[d.n(len(o.plans))].domain)
		case NoiseMaintenance:
			add(kind, from, minutes(30, 900)).Registry = o.Registry(o.plans[d.n(len(o.plans))].domain)
		}
	}
	for i, p := range o.plans {
		for day := 1 + d.n(12); day < days; day += 4 + d.n(20) {
			kind := pick(d, []string{NoiseHiccupPage, NoiseHiccupDNS, NoiseDeploy})
			span := minutes(2, 25)
			if kind == NoiseDeploy {
				span = minutes(20, 100)
			}
			n := add(kind, at(day), span)
			n.index, n.Site = i, p.domain
		}
	}
}

// dealFaults plants on two of five sites or so; one provider's outage strikes
// several at once.
func (o *Operation) dealFaults(d *dice) {
	kinds, days := faultKinds(), o.Options.Days
	for i, p := range o.plans {
		if d.n(5) >= 2 {
			continue
		}
		k := kinds[d.n(len(kinds))]
		if k.chinese && !p.chinese() {
			k = kinds[d.n(8)]
		}
		f := PlantedFault{Kind: k.name, Site: p.domain, Rule: k.rule, Level: k.level, index: i, may: k.may, n: d.n(1000)}
		first := 1
		if k.part == "registration" {
			first = 2
		}
		f.From = o.Options.Start.AddDate(0, 0, first+d.n(max(1, days-first-1))).Add(time.Duration(d.n(86400)) * time.Second)
		if k.part == "dates" && k.name != "notice" {
			f.From = dc.DateOf(f.From).Start() // the day on which the limit is reached
			if k.name == "expiry_passes" {
				f.From = f.From.Add(12 * time.Hour)
			}
			f.early = 6 * time.Hour
		}
		if !k.lasts && d.n(3) > 0 {
			f.Until = f.From.Add(time.Duration(24+d.n(240)) * time.Hour)
			if k.part == "registration" || k.name == "expiry_passes" {
				f.Until = f.Until.AddDate(0, 0, 9)
			}
		}
		o.Faults = append(o.Faults, f)
	}
	o.providerDown(d)
	for n := range o.Faults {
		f := &o.Faults[n]
		o.bySite[f.index] = append(o.bySite[f.index], f)
	}
}

// providerDown lets one provider fail for half a day: its sites that nothing
// else is planted on are truly unreachable.
func (o *Operation) providerDown(d *dice) {
	if o.Options.Days < 12 {
		return
	}
	from := o.Options.Start.AddDate(0, 0, 5+d.n(o.Options.Days-8)).Add(time.Duration(d.n(86400)) * time.Second)
	down := pick(d, []pool{poolAliyun, poolTencent, poolHuawei, poolBaidu})
	taken := map[int]bool{}
	for n := range o.Faults {
		taken[o.Faults[n].index] = true
	}
	for i, p := range o.plans {
		if p.pool != down || taken[i] {
			continue
		}
		o.Faults = append(o.Faults, PlantedFault{Kind: "provider_down", Site: p.domain, Rule: "site.reachable", Level: "medium", From: from, Until: from.Add(26 * time.Hour), index: i, may: []string{"site"}})
	}
}

// settleTruth keeps noise on one site away from its faults, so that each can
// be told from the other, and works out the deadlines.
func (o *Operation) settleTruth() {
	var clocks []Noise
	for _, n := range o.Noises {
		if n.Kind == NoiseClock {
			clocks = append(clocks, n)
		}
	}
	o.Noises = slices.DeleteFunc(o.Noises, func(n Noise) bool {
		if n.index < 0 {
			return false
		}
		// While the clock is wrong nobody can tell 20 minutes from 30.
		if slices.ContainsFunc(clocks, func(c Noise) bool {
			return n.Until.Add(2*time.Hour).After(c.From) && n.From.Before(c.Until.Add(2*time.Hour))
		}) {
			return true
		}
		return slices.ContainsFunc(o.bySite[n.index], func(f *PlantedFault) bool {
			return n.Until.Add(calmAfter).After(f.From) && (f.Until.IsZero() || n.From.Add(-calmAfter).Before(f.Until.Add(9*24*time.Hour)))
		})
	})
	slices.SortStableFunc(o.Noises, func(a, b Noise) int { return a.From.Compare(b.From) })
	parts := map[string]faultKind{}
	for _, k := range faultKinds() {
		parts[k.name] = k
	}
	parts["provider_down"] = faultKind{part: "page"}
	for n := range o.Faults {
		f := &o.Faults[n]
		part := parts[f.Kind].part
		f.By = o.deadline(f, part, f.From)
		if !f.Until.IsZero() && f.Kind != "notice" {
			f.Over = o.deadline(f, part, f.Until)
		}
	}
}

// deadline is when somebody must have been told of what began, or ended, at
// a moment: after the longest gap until a look, plus the span between the two
// looks that make it sure, plus a measure for looks that fail by chance. Time
// in which nobody could look, or in which what was seen could not be believed,
// does not count.
func (o *Operation) deadline(f *PlantedFault, part string, from time.Time) time.Time {
	const half = 30 * time.Minute // between the looks that make it sure, but for blocks and holds: sooner
	var gap, chance time.Duration
	switch part {
	case "access":
		gap, chance = o.Options.Access+half, 25*time.Minute
	case "page":
		gap, chance = o.Options.Page+half, 45*time.Minute
	case "registration":
		gap, chance = 7*o.Options.Registration+half, 6*time.Hour
		if dc.DateOf(o.plans[f.index].reg.expires).Start().Sub(from) < 120*24*time.Hour {
			gap = o.Options.Registration + half
		}
	default: // dates: judged with every look at DNS; the end of one is seen by the registry
		gap, chance = o.Options.Access, 25*time.Minute
		if f.Kind == "expiry_passes" && from.Equal(f.Until) {
			gap, chance = o.Options.Registration, 6*time.Hour
		}
	}
	by := from.Add(gap + chance)
	for n := range o.Noises {
		x := &o.Noises[n]
		if x.index >= 0 || x.Until.Before(from) || !x.From.Before(by) {
			continue
		}
		lost := x.Until.Sub(x.From)
		switch x.Kind {
		case NoiseRefuses:
			if part != "registration" && gap != o.Options.Registration || x.Registry != registryOf(o.plans[f.index]) {
				continue
			}
			lost += 2 * time.Hour
		case NoiseMaintenance:
			if part != "registration" && gap != o.Options.Registration || x.Registry != registryOf(o.plans[f.index]) {
				continue
			}
			// What such a registry says is disbelieved until it has been right again.
			lost += o.Options.Registration
		case NoiseClock:
			lost += x.Shift.Abs() + gap
		default:
			lost += gap
		}
		by = by.Add(lost)
	}
	return by
}

// may tells whether a rule may be told of a site at a moment, and which fault
// it is that allows it.
func (o *Operation) allows(i int, rule string, at time.Time) bool {
	for _, f := range o.bySite[i] {
		from, until := f.From.Add(-f.early), f.Until
		if f.Kind == "expiry_passes" { // 90, 30 and 7 days before, too
			from = f.From.AddDate(0, 0, -91)
		}
		if at.Before(from) || !until.IsZero() && at.After(laterOf(f.Over, until)) {
			continue
		}
		if rule == f.Rule || slices.ContainsFunc(f.may, func(m string) bool { return m == rule || strings.HasPrefix(rule, m+".") }) {
			return true
		}
	}
	return false
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
