package alert

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"domaincheck"
)

// Input is one judgement of one site, with what was told before.
type Input struct {
	Report       *domaincheck.Report // its Site, Findings, Risks and States
	Open         []Open              // as the last Plan of this site gave them
	Suppressions []Suppression       // of this site
	At           domaincheck.Instant // of the judgement
}

// Planned is what is to be said and remembered.
type Planned struct {
	Events []Event    // what happened, each once, however many channels hear it; also those that nobody does
	Out    []Outgoing // rows for the outbox, the worst first
	Open   []Open     // for the next Plan, in the order of the states
}

// Plan compares the states of a site with what was told. It reads the states
// rather than the changes that led there, so that a judgement that was lost
// loses no event, and the same judgement twice says nothing twice.
//
// A failure is open from its notice until the watch is sure of its recovery.
// One whose rule no longer applies ends without a word. While it recovers,
// flaps or was not seen for too long, nothing more is said of it.
func Plan(in Input, p Policy) Planned {
	pl := planner{in: &in, p: &p, routes: p.routes()}
	pl.collect()
	for i := range pl.live {
		pl.hold(&pl.live[i])
	}
	for i := range pl.live {
		pl.tell(&pl.live[i])
		pl.out.Open = append(pl.out.Open, pl.live[i].Open)
	}
	for i := range in.Open {
		pl.resolve(&in.Open[i])
	}
	slices.SortStableFunc(pl.out.Out, func(a, b Outgoing) int {
		return cmp.Compare(b.Events[0].Level.Rank(), a.Events[0].Level.Rank())
	})
	return pl.out
}

// open is an Open with the state it stands for.
type open struct {
	Open
	state *domaincheck.State
	fresh bool // was not remembered
	sure  bool // some risk is confirmed
	anew  bool // was called a false alarm, and no longer is: its evidence changed, or somebody took it back
	hold  hold
}

type planner struct {
	in     *Input
	p      *Policy
	routes []Route
	live   []open
	out    Planned
}

// collect finds the failures that are open, with their facts as of now.
func (pl *planner) collect() {
	r := pl.in.Report
	for i := range r.States {
		s := &r.States[i]
		if s.NoticedAt.IsZero() || s.Certainty == domaincheck.CertainOK || s.Certainty == domaincheck.NeverKnown {
			continue
		}
		o := open{state: s, fresh: true}
		if j := slices.IndexFunc(pl.in.Open, func(o Open) bool { return o.Event.Rule == s.Rule && o.Event.Target == s.Target }); j >= 0 {
			o.Open, o.fresh = pl.in.Open[j], false
			told := make(map[string]*Told, len(o.Told))
			for channel, t := range o.Told {
				copied := *t
				told[channel] = &copied
			}
			o.Told = told
		} else {
			o.Told = map[string]*Told{}
			o.Event.Key = KeyOf(string(r.Domain), s.Rule, string(s.Target), s.Since)
			o.Event.Since = s.Since
		}
		pl.facts(&o)
		pl.live = append(pl.live, o)
	}
	for i := range pl.live {
		c := &pl.live[i].Event
		c.Explains = nil
		for j := range pl.live {
			if e := &pl.live[j].Event; i != j && Explains(c, e) {
				c.Explains = append(c.Explains, e.Rule)
			}
		}
	}
}

// facts brings the event of an open failure up to now.
func (pl *planner) facts(o *open) {
	r, s, e := pl.in.Report, o.state, &o.Event
	before := e.Finding
	*e = Event{Key: e.Key, Since: e.Since, Kind: Opened, Domain: r.Domain, Unicode: r.Unicode, Rule: s.Rule, Target: s.Target, At: pl.in.At, Level: s.Severity, Cause: s.Rule}
	e.Finding = domaincheck.Finding{Rule: s.Rule, Target: s.Target, Code: string(s.Code), Result: domaincheck.Fail, Severity: s.Severity, ObservedAt: s.LastLook}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Rule != s.Rule || f.Target != s.Target {
			continue
		}
		switch {
		case f.Result == domaincheck.Fail:
			e.Finding = *f
		case before.Rule != "":
			e.Finding = before // what failed, while the newest look says otherwise or nothing
		}
	}
	for _, k := range r.Risks {
		if !slices.Contains(k.Causes, s.Rule) || k.Target != "" && s.Target != "" && k.Target != s.Target {
			continue
		}
		e.Risks = append(e.Risks, k)
		o.sure = o.sure || k.Confirmed
		if k.Expected.Rank() > e.Level.Rank() {
			e.Level = k.Expected
		}
	}
	if len(e.Risks) > 0 {
		e.Cause = e.Risks[0].Signal
	}
	pl.deadline(e, o.sure)
	siteFacts(e, r.Site)
}

// deadline is the earliest: of the risks that are sure, else of those that are
// not yet.
func (pl *planner) deadline(e *Event, sure bool) {
	for _, k := range e.Risks {
		if k.Deadline.IsZero() || sure && !k.Confirmed || !e.Deadline.IsZero() && !k.Deadline.Before(e.Deadline.Time) {
			continue
		}
		e.Deadline, e.DeadlineKind = k.Deadline, k.DeadlineKind
	}
	if !e.Deadline.IsZero() {
		e.DaysLeft = domaincheck.Known(pl.in.At.Day().DaysUntil(e.Deadline.Day()))
	}
}

// siteFacts are what routes and silences match.
func siteFacts(e *Event, site *domaincheck.ReportSite) {
	for _, k := range e.Risks {
		e.Provider = cmp.Or(e.Provider, k.Provider)
	}
	if site == nil {
		return
	}
	e.Tags = slices.Clone(site.Tags)
	if s := site.Subject; s != nil {
		e.Subject, e.SubjectName = cmp.Or(s.ID, s.Name), s.Name
		for _, t := range s.Tags {
			if !slices.Contains(e.Tags, t) {
				e.Tags = append(e.Tags, t)
			}
		}
	}
	for _, a := range site.Access {
		if a.State != domaincheck.AccessCancelled {
			e.Provider = cmp.Or(e.Provider, domaincheck.Text(a.Provider))
		}
	}
}

// hold finds out whether the failure may be told of.
func (pl *planner) hold(o *open) {
	e := &o.Event
	var h hold
	if s := suppressed(pl.in.Suppressions, &e.Finding); s != nil {
		h = hold{why: "suppressed", by: s.Owner}
	} else if slices.Contains(pl.p.DigestOnly, e.Rule) {
		h = hold{why: "digest"}
	} else if h = pl.p.held(e, pl.in.At); h.why == "" {
		h = pl.inhibited(o)
	}
	if h.why == "" && (o.Held == "inhibited" || o.Held == "maintenance") && !pl.freed(o) {
		h = hold{why: string(o.Held), by: string(o.By)}
	} else if h.why != "" {
		o.HeldAt = pl.in.At
	}
	o.anew = o.Held == "suppressed" && h.why == ""
	o.hold, o.Held, o.By = h, domaincheck.Text(h.why), domaincheck.Text(h.by)
}

// inhibited finds a cause that explains the failure. One that somebody called
// a false alarm explains nothing.
func (pl *planner) inhibited(o *open) hold {
	for i := range pl.live {
		c := &pl.live[i]
		if c.state == o.state || !Explains(&c.Event, &o.Event) || suppressed(pl.in.Suppressions, &c.Event.Finding) != nil {
			continue
		}
		return hold{why: "inhibited", by: c.Event.Rule}
	}
	return hold{}
}

// freed tells whether what was held back is seen to last: where the cause is
// gone or the work is done, the site has mostly recovered too, and only the
// next look can tell. A day without any look is enough of waiting.
func (pl *planner) freed(o *open) bool {
	looked := strings.HasPrefix(o.Event.Rule, "access.") || strings.HasPrefix(o.Event.Rule, "site.")
	return !looked || o.state.LastKnown.After(o.HeldAt.Time) || pl.in.At.Sub(o.HeldAt.Time) >= 24*time.Hour
}

// tell says what is new of an open failure to each channel.
func (pl *planner) tell(o *open) {
	if o.fresh {
		pl.out.Events = append(pl.out.Events, o.Event)
	}
	if o.hold.why != "" || o.state.Certainty != domaincheck.Suspected && o.state.Certainty != domaincheck.Confirmed {
		return
	}
	recorded := o.fresh
	for _, w := range pl.ways(&o.Event) {
		e := o.Event
		t := o.Told[w.channel]
		if t != nil && e.Deadline.Day().After(t.Deadline) { // put off: nothing to tell, and near again later
			t.Deadline, t.Days = e.Deadline.Day(), nearest(e.DaysLeft)
		}
		e.Kind = pl.news(o, t, w.route)
		if e.Kind == "" {
			continue
		}
		if t == nil {
			t = &Told{}
			o.Told[w.channel] = t
		}
		if !recorded && e.Kind != Opened {
			recorded = true
			pl.out.Events = append(pl.out.Events, e)
		}
		notBefore := pl.p.quiet(w.route, &e, pl.in.At)
		if t.NotBefore.After(notBefore.Time) && t.NotBefore.After(pl.in.At.Time) && e.Level != domaincheck.Critical {
			notBefore = t.NotBefore
		}
		pl.send(w, e, notBefore)
		t.At, t.NotBefore = pl.in.At, notBefore
		if e.Level.Rank() > t.Level.Rank() || t.Level == "" {
			t.Level = e.Level
		}
		t.Deadline, t.Days = e.Deadline.Day(), nearest(e.DaysLeft)
		t.Group = w.route.group(&e)
	}
}

// ways lists the channels that hear an event: those of the routes, and the one
// that the ledger names for the site, which hears by the rules of the first
// route that fits, or, where none does, of everything of level low or worse.
func (pl *planner) ways(e *Event) []way {
	all := ways(pl.routes, e)
	site := pl.in.Report.Site
	if site == nil || site.Channel == "" || !slices.Contains(pl.p.Channels, string(site.Channel)) {
		return all
	}
	own := way{channel: string(site.Channel), route: &Route{MinLevel: domaincheck.Low, GroupBy: []string{"cause"}, Repeat: 24 * time.Hour}}
	if len(all) > 0 {
		own.route = all[0].route
	} else if !own.route.admits(e) {
		return all
	}
	if !slices.ContainsFunc(all, func(w way) bool { return w.channel == own.channel }) {
		all = append(all, own)
	}
	return all
}

// news is what a channel is to be told of the failure; "" for nothing.
func (pl *planner) news(o *open, t *Told, r *Route) Kind {
	e := &o.Event
	switch {
	case t == nil:
		return Opened
	case e.Level.Rank() > t.Level.Rank():
		return Worse
	case o.sure && nearer(e, t):
		return Deadline
	case o.anew, r.Repeat > 0 && pl.in.At.Sub(t.At.Time) >= r.Repeat:
		return Reminder
	}
	return ""
}

// nearest is the least of 7, 3 and 1 days that is reached; nil for none. A
// deadline that has passed was near before.
func nearest(days *int) *int {
	if days == nil {
		return nil
	}
	for _, n := range [...]int{1, 3, 7} {
		if *days <= n {
			return domaincheck.Known(n)
		}
	}
	return nil
}

// nearer tells whether the deadline has come nearer than the channel was told.
func nearer(e *Event, t *Told) bool {
	now := nearest(e.DaysLeft)
	if now == nil || *e.DaysLeft < 0 {
		return false
	}
	return t.Days == nil || e.Deadline.Day().Before(t.Deadline) || *now < *t.Days
}

func (pl *planner) send(w way, e Event, notBefore domaincheck.Instant) {
	group := w.route.group(&e)
	pl.out.Out = append(pl.out.Out, Outgoing{Channel: w.channel, Keys: []string{e.Key}, Kind: e.Kind, Group: group, Events: []Event{e}, NotBefore: notBefore})
}

// resolve closes a failure that is no longer open: with a word where the watch
// is sure that it passes, to each channel that was told.
func (pl *planner) resolve(o *Open) {
	r := pl.in.Report
	same := func(s domaincheck.State) bool { return s.Rule == o.Event.Rule && s.Target == o.Event.Target }
	i := slices.IndexFunc(r.States, same)
	if i < 0 || slices.ContainsFunc(pl.live, func(l open) bool { return l.state == &r.States[i] }) {
		return
	}
	e := o.Event
	e.Kind, e.At, e.Risks, e.Explains = Resolved, pl.in.At, nil, nil
	e.Deadline, e.DeadlineKind, e.DaysLeft = domaincheck.Instant{}, "", nil
	for _, f := range r.Findings {
		if f.Rule == e.Rule && f.Target == e.Target {
			e.Finding = f
		}
	}
	pl.out.Events = append(pl.out.Events, e)
	held := pl.p.held(&e, pl.in.At).until
	channels := make([]string, 0, len(o.Told))
	for c := range o.Told {
		channels = append(channels, c)
	}
	slices.Sort(channels)
	for _, c := range channels {
		t := o.Told[c]
		notBefore := held
		for _, w := range pl.ways(&e) {
			if w.channel != c || t.Level == domaincheck.Critical {
				continue
			}
			if quiet := pl.p.quiet(w.route, &e, pl.in.At); quiet.After(notBefore.Time) {
				notBefore = quiet
			}
		}
		if t.NotBefore.After(pl.in.At.Time) && t.NotBefore.After(notBefore.Time) {
			notBefore = t.NotBefore
		}
		pl.out.Out = append(pl.out.Out, Outgoing{Channel: c, Keys: []string{e.Key}, Kind: Resolved, Group: t.Group, Events: []Event{e}, NotBefore: notBefore})
	}
}

// Digest is the summary of a route: one row for each of its channels that names
// every open failure it admits, the worst first; no row where there is none.
// False alarms and what is silenced stay out; what another failure explains and
// what is told of in digests only is in.
func Digest(r Route, p Policy, all []Open, at domaincheck.Instant) []Outgoing {
	var events []Event
	for i := range all {
		e := all[i].Event
		if all[i].Held == "suppressed" || !r.admits(&e) || p.held(&e, at).why != "" {
			continue
		}
		e.Kind, e.At = Summary, at
		if !e.Deadline.IsZero() {
			e.DaysLeft = domaincheck.Known(at.Day().DaysUntil(e.Deadline.Day()))
		}
		events = append(events, e)
	}
	if len(events) == 0 {
		return nil
	}
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(b.Level.Rank(), a.Level.Rank()), cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Target, b.Target))
	})
	keys := make([]string, len(events))
	for i := range events {
		keys[i] = events[i].Key
	}
	var out []Outgoing
	for _, c := range r.Channels {
		out = append(out, Outgoing{Channel: c, Keys: keys, Kind: Summary, Events: events})
	}
	return out
}
