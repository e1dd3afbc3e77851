package lab

import (
	"fmt"
	"slices"
	"time"

	dc "domaincheck"
)

// Told is one message that went out during an operation.
type Told struct {
	At    time.Time `json:"at"` // true time
	Site  string    `json:"site"`
	Rule  string    `json:"rule"`
	Kind  string    `json:"kind"` // opened, worse, reminder, deadline, resolved
	Level string    `json:"level"`
}

// Score is what became of an operation.
type Score struct {
	Seed    uint64          `json:"seed"`
	Days    int             `json:"days"`
	Sites   int             `json:"sites"`
	Access  string          `json:"access"`  // when DNS was looked at: a cron schedule
	Sparser bool            `json:"sparser"` // that is less often than the daemon does by itself, to be done in time
	Looks   int             `json:"looks"`   // made by the daemon
	Noises  int             `json:"noises"`  // disturbances that must alarm nobody
	Planted int             `json:"planted"` // faults that had to be told before the end
	Alerted int             `json:"alerted"` // of them, those that were told in time
	Late    int             `json:"late"`    // told too late, or never; recoveries included
	False   int             `json:"false"`   // messages that nothing planted allows
	Sent    int             `json:"sent"`    // messages in all
	Lates   dc.List[string] `json:"late_list"`
	Falses  dc.List[string] `json:"false_list"`
}

// SystemRule begins the rules of what the daemon says of itself, which is no
// alarm about a site.
const systemDomain = "domaincheck"

// Score compares what was told with the truth, as of the end of the operation
// or, if that was earlier, of until.
func (o *Operation) Score(all []Told, until time.Time) Score {
	s := Score{Seed: o.Options.Seed, Days: o.Options.Days, Sites: len(o.plans), Noises: len(o.Noises), Sent: len(all)}
	bySite := map[string][]Told{}
	for _, t := range all {
		bySite[t.Site] = append(bySite[t.Site], t)
		if t.Site == systemDomain {
			continue
		}
		i, known := o.byDomain[t.Site]
		switch {
		case !known:
			s.Falses = append(s.Falses, t.String()+": no such site")
		case t.Kind == "resolved":
			if f := o.still(i, t); f != nil {
				s.Falses = append(s.Falses, t.String()+": it lasts ("+f.String()+")")
			}
		case t.Rule == "watch.stale":
			if !o.unseen(i, t.At) {
				s.Falses = append(s.Falses, t.String())
			}
		case !o.allows(i, t.Rule, t.At):
			s.Falses = append(s.Falses, t.String())
		}
	}
	for n := range o.Faults {
		f := &o.Faults[n]
		if f.By.After(until) || !f.Until.IsZero() && f.Until.Before(f.By) {
			continue // not due, or over before it had to be told
		}
		s.Planted++
		told, when := f.told(bySite[f.Site])
		switch {
		case !told:
			s.Lates = append(s.Lates, f.String()+": never told")
		case when.After(f.By):
			s.Lates = append(s.Lates, f.String()+": told at "+dc.At(when).String())
		default:
			s.Alerted++
			if late := f.ended(bySite[f.Site], until); late != "" {
				s.Lates = append(s.Lates, f.String()+": "+late)
			}
		}
	}
	slices.Sort(s.Falses)
	slices.Sort(s.Lates)
	s.Late, s.False = len(s.Lates), len(s.Falses)
	return s
}

// String is the message in one line.
func (t Told) String() string {
	return fmt.Sprintf("%s %s %s %s %s", dc.At(t.At), t.Kind, t.Level, t.Site, t.Rule)
}

// told is the first message of a fault.
func (f *PlantedFault) told(all []Told) (bool, time.Time) {
	since := f.From.Add(-f.early)
	if f.Kind == "expiry_passes" {
		since = f.From.AddDate(0, 0, -8) // critical from seven days before: it cannot become worse
	}
	for _, t := range all {
		if t.Rule != f.Rule || t.Kind == "resolved" || t.At.Before(since) {
			continue
		}
		if f.Level == "" || dc.Severity(t.Level).Rank() >= dc.Severity(f.Level).Rank() {
			return true, t.At
		}
	}
	return false, time.Time{}
}

// ended tells what is wrong with the message of a fault's end; "" if nothing.
func (f *PlantedFault) ended(all []Told, until time.Time) string {
	if f.Over.IsZero() || f.Over.After(until) {
		return ""
	}
	for _, t := range all {
		if t.Rule == f.Rule && t.Kind == "resolved" && !t.At.Before(f.Until.Add(-f.early)) {
			if t.At.After(f.Over) {
				return "its end was told at " + dc.At(t.At).String() + ", not by " + dc.At(f.Over).String()
			}
			return ""
		}
	}
	return "its end was never told"
}

// still is the fault that lasts although it was told to be over.
func (o *Operation) still(i int, t Told) *PlantedFault {
	for _, f := range o.bySite[i] {
		if t.Rule == f.Rule && f.over(t.At) && (f.Until.IsZero() || t.At.Before(f.Until.Add(-f.early))) {
			return f
		}
	}
	return nil
}

// unseen tells whether a site was truly not seen for an hour and a half or
// longer before a moment, so that saying so is right.
func (o *Operation) unseen(i int, at time.Time) bool {
	const least = 80 * time.Minute
	for _, n := range o.Noises {
		if n.index >= 0 && n.index != i || n.From.After(at) || n.Until.Add(time.Hour).Before(at) {
			continue
		}
		long := n.Until.Sub(n.From)
		switch n.Kind {
		case NoiseSilent, NoiseLies, NoiseUplink:
			if long >= least {
				return true
			}
		case NoiseRefuses, NoiseMaintenance:
			if long >= 20*24*time.Hour {
				return true
			}
		}
	}
	return false
}
