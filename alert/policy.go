package alert

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"domaincheck"
)

// Policy is who hears what, from the settings.
type Policy struct {
	Routes []Route
	// Default are the channels that hear everything of level low or worse,
	// grouped by cause and repeated daily, where there is no route at all.
	Default []string
	// Channels are all that there are: a site may name one of them for itself.
	Channels    []string
	Silences    []Silence
	Maintenance []Window
	DigestOnly  []string       // rules told of in digests only: site.police
	Zone        *time.Location // of quiet hours; nil: Beijing
}

// Match chooses events: every list that is not empty must hold one word of the
// event. An empty match chooses all.
type Match struct {
	Tags      []string
	Subjects  []string // id or name
	Providers []string
	Domains   []string // A-label or U-label, of the site or of the target
	Rules     []string // an id, or all of a part with a star: site.*
}

// Route leads events to channels. An event takes every route that matches and
// admits its level; a channel named by several hears it once, by the first.
type Route struct {
	Match    Match
	Channels []string
	MinLevel domaincheck.Severity
	GroupBy  []string      // cause, rule, subject, provider; none: one event a message
	Repeat   time.Duration // reminder while it lasts; 0: none
	Quiet    Quiet         // held back then, unless critical
	// Digest gives the next time of a summary after a moment; nil: none.
	Digest func(after time.Time) time.Time
}

// Quiet are hours of the day: from From (inclusive) to To (exclusive), in
// minutes after midnight; over midnight where To is earlier. The zero value is
// none.
type Quiet struct{ From, To int }

// Until is the end of the quiet hours that hold t, in t's own zone; zero if
// none do.
func (q Quiet) Until(t time.Time) time.Time {
	if q == (Quiet{}) {
		return time.Time{}
	}
	now := t.Hour()*60 + t.Minute()
	inside := q.From <= now && now < q.To
	if q.From > q.To {
		inside = now >= q.From || now < q.To
	}
	if !inside {
		return time.Time{}
	}
	y, m, d := t.Date()
	end := time.Date(y, m, d, q.To/60, q.To%60, 0, 0, t.Location())
	if !end.After(t) {
		end = time.Date(y, m, d+1, q.To/60, q.To%60, 0, 0, t.Location())
	}
	return end
}

// Silence holds events back until it ends.
type Silence struct {
	Match  Match
	Owner  string
	Reason string
	From   domaincheck.Instant // zero: at once
	Until  domaincheck.Instant
}

// Window is a maintenance window: once (From, Until), or again and again (Next
// gives the first beginning after a moment, For its length).
type Window struct {
	Match  Match
	Reason string
	From   domaincheck.Instant
	Until  domaincheck.Instant
	Next   func(after time.Time) time.Time
	For    time.Duration
}

// until is the end of the window that holds at; zero if none does.
func (w Window) until(at domaincheck.Instant) domaincheck.Instant {
	if w.Next != nil {
		begin := w.Next(at.Add(-w.For))
		if begin.IsZero() || begin.After(at.Time) {
			return domaincheck.Instant{}
		}
		return domaincheck.At(begin.Add(w.For))
	}
	if w.From.After(at.Time) || !at.Before(w.Until.Time) {
		return domaincheck.Instant{}
	}
	return w.Until
}

func (s Silence) until(at domaincheck.Instant) domaincheck.Instant {
	return Window{From: s.From, Until: s.Until}.until(at)
}

// Suppression is a finding that somebody called a false alarm (误报). It holds
// as long as the same rule fails on the same target with the same evidence.
type Suppression struct {
	Rule        string              `json:"rule"`
	Target      domaincheck.Text    `json:"target"`
	Fingerprint string              `json:"fingerprint"` // of the finding: see [Fingerprint]
	Reason      string              `json:"reason"`
	Owner       string              `json:"owner"`
	At          domaincheck.Instant `json:"at"`
}

// Has tells whether the match chooses the event.
func (m Match) Has(e *Event) bool {
	any := func(list []string, holds func(word string) bool) bool {
		return len(list) == 0 || slices.ContainsFunc(list, holds)
	}
	return any(m.Tags, func(w string) bool { return slices.Contains(e.Tags, w) }) &&
		any(m.Subjects, func(w string) bool { return w == string(e.Subject) || w == string(e.SubjectName) }) &&
		any(m.Providers, func(w string) bool { return w == string(e.Provider) }) &&
		any(m.Domains, func(w string) bool { return isDomain(w, string(e.Domain)) || isDomain(w, string(e.Target)) }) &&
		any(m.Rules, func(w string) bool {
			part, star := strings.CutSuffix(w, "*")
			return w == e.Rule || star && strings.HasPrefix(e.Rule, part)
		})
}

func isDomain(word, domain string) bool {
	if domain == "" {
		return false
	}
	word = strings.ToLower(strings.TrimSuffix(word, "."))
	return word == domain || word == domaincheck.Unicode(domain)
}

// admits tells whether the route leads the event to its channels.
func (r *Route) admits(e *Event) bool {
	least := cmp.Or(r.MinLevel, domaincheck.Low)
	return e.Level.Rank() >= least.Rank() && r.Match.Has(e)
}

// group is what rows of this route may share a message by; "" for none.
func (r *Route) group(e *Event) string {
	var parts []string
	for _, word := range r.GroupBy {
		value := ""
		switch word {
		case "cause":
			value = e.Cause
		case "rule":
			value = e.Rule
		case "subject":
			value = cmp.Or(string(e.Subject), string(e.SubjectName), "domain "+string(e.Domain))
		case "provider":
			value = string(e.Provider)
		}
		parts = append(parts, word+"="+value)
	}
	return strings.Join(parts, "|")
}

// routes are those in force.
func (p *Policy) routes() []Route {
	if len(p.Routes) > 0 || len(p.Default) == 0 {
		return p.Routes
	}
	return []Route{{Channels: p.Default, MinLevel: domaincheck.Low, GroupBy: []string{"cause"}, Repeat: 24 * time.Hour}}
}

// way is the route by which a channel hears an event.
type way struct {
	channel string
	route   *Route
}

// ways lists the channels that hear the event, in the order of the routes.
func ways(routes []Route, e *Event) []way {
	var out []way
	for i := range routes {
		if !routes[i].admits(e) {
			continue
		}
		for _, c := range routes[i].Channels {
			if !slices.ContainsFunc(out, func(w way) bool { return w.channel == c }) {
				out = append(out, way{c, &routes[i]})
			}
		}
	}
	return out
}

// quiet is when the route lets the event through; zero is at once.
func (p *Policy) quiet(r *Route, e *Event, at domaincheck.Instant) domaincheck.Instant {
	if e.Level == domaincheck.Critical {
		return domaincheck.Instant{}
	}
	zone := p.Zone
	if zone == nil {
		zone = domaincheck.Beijing()
	}
	return domaincheck.At(r.Quiet.Until(at.In(zone)))
}

// hold is why nobody is told of an event now.
type hold struct {
	why, by string
	until   domaincheck.Instant // zero where that is not known
}

// held tells whether a silence or a maintenance window holds the event; the
// one that ends last.
func (p *Policy) held(e *Event, at domaincheck.Instant) (h hold) {
	longer := func(why, by string, until domaincheck.Instant) {
		if until.After(h.until.Time) {
			h = hold{why, by, until}
		}
	}
	for i := range p.Silences {
		if s := &p.Silences[i]; s.Match.Has(e) {
			longer("silenced", s.Owner, s.until(at))
		}
	}
	for i := range p.Maintenance {
		if w := &p.Maintenance[i]; w.Match.Has(e) {
			longer("maintenance", w.Reason, w.until(at))
		}
	}
	return h
}
