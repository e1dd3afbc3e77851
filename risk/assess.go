package risk

import (
	"slices"
	"strings"
	"time"

	"domaincheck"
)

// item is a risk on its way: with the signal it came from.
type item struct {
	r     domaincheck.Risk
	s     *Signal
	holds bool // access is at stake now
}

// assessment is one run over a case.
type assessment struct {
	t      *Table
	c      *domaincheck.Case
	states []domaincheck.State
	state  domaincheck.SiteState
	main   string
	today  domaincheck.Date
	items  []item
	raised []string // signals raised by the finding at hand
	anchor map[string]string
}

// Assess turns the findings of a case into risks, worst first: by level, then
// by deadline, then along the chain block, de_access, empty_shell,
// deregistration, fine, not_fileable. states are what package watch remembers
// after these findings; without any, findings that need a second look give
// risks of level info. Assess is pure and changes none of its arguments.
func (t *Table) Assess(c domaincheck.Case, findings []domaincheck.Finding, states []domaincheck.State) []domaincheck.Risk {
	a := assessment{t: t, c: &c, states: states}
	for i := range findings {
		f := &findings[i]
		switch f.Result {
		case domaincheck.Fail:
		case domaincheck.Pass:
			if f.Rule != "domain.expiry" {
				continue
			}
		default:
			continue
		}
		if a.state == "" {
			a.begin()
		}
		a.finding(f)
	}
	if len(c.Site.Access) > 0 {
		a.allCancelled()
	}
	if len(a.items) == 0 {
		return nil
	}
	a.combine()
	return a.finish()
}

func (a *assessment) begin() {
	a.state = stateOf(a.c)
	a.main = a.c.Site.MainDomain()
	a.today = domaincheck.DateOf(a.c.At.Time)
}

// stateOf is the declared state, or the one that a declared or visible record
// number shows.
func stateOf(c *domaincheck.Case) domaincheck.SiteState {
	if c.Site.State != "" {
		return c.Site.State
	}
	if p := c.Observation.Page; c.Site.RecordNumber != "" || p != nil && len(p.RecordNumbers) > 0 {
		return domaincheck.StateFiled
	}
	return domaincheck.StateUnfiled
}

// finding raises the signals of one finding.
func (a *assessment) finding(f *domaincheck.Finding) {
	a.raised = a.raised[:0]
	refs := a.t.byRule[f.Rule]
	for i := range refs {
		s, w := refs[i].signal, refs[i].when
		if w.Result != f.Result || !in(s.States, a.state) || len(w.States) > 0 && !in(w.States, a.state) {
			continue
		}
		if slices.ContainsFunc(s.Unless, func(id string) bool { return slices.Contains(a.raised, id) }) {
			continue
		}
		if !a.holds(w, f) {
			continue
		}
		a.raised = append(a.raised, s.ID)
		a.raise(s, w, f)
	}
	if len(a.raised) == 0 && f.Result == domaincheck.Fail && f.Severity.Rank() >= domaincheck.Medium.Rank() {
		a.raise(a.t.rest, nil, f)
	}
}

func in[T comparable](list []T, v T) bool { return slices.Contains(list, v) }

// holds tells whether a condition is met by a finding of its rule and result.
func (a *assessment) holds(w *Condition, f *domaincheck.Finding) bool {
	individual := a.c.Site.Subject != nil && a.c.Site.Subject.Kind == domaincheck.KindIndividual
	if w.Kind != "" && (w.Kind == "individual") != individual {
		return false
	}
	if len(w.Anchor) > 0 && !in(w.Anchor, a.anchorOf(a.domain(f))) {
		return false
	}
	switch w.Field {
	case "notice.kind", "notice.text":
		return slices.ContainsFunc(a.notices(), func(n notice) bool { return n.meets(w.Field, w.In, w.NotIn) })
	case "site.access.state", "other_domain":
		return false // raised by facts, not by a finding alone
	}
	if w.AtMost != nil {
		n, ok := number(f.Evidence[w.Field])
		return ok && n <= *w.AtMost
	}
	return meets(a.values(w.Field, f), w.In, w.NotIn)
}

// values of a field of a finding: its code or severity, the phase of the
// domain's life, or evidence.
func (a *assessment) values(field string, f *domaincheck.Finding) []string {
	switch field {
	case "code":
		return []string{f.Code}
	case "severity":
		return []string{string(f.Severity)}
	case "phase":
		return []string{a.phase(f)}
	}
	return words(f.Evidence[field])
}

// meets: some value is in list ("*": any), or none is in the forbidden one.
func meets(values, list, forbidden []string) bool {
	if len(list) == 0 {
		return !slices.ContainsFunc(values, func(v string) bool { return in(forbidden, v) })
	}
	for _, v := range values {
		if in(list, v) || list[0] == "*" {
			return true
		}
	}
	return false
}

// words reads evidence as it was made or as it came back from JSON. A detail
// behind a colon is cut: "card_expired:principal".
func words(v any) []string {
	cut := func(s string) string { s, _, _ = strings.Cut(s, ":"); return s }
	switch v := v.(type) {
	case string:
		return []string{cut(v)}
	case []string:
		out := make([]string, len(v))
		for i, s := range v {
			out[i] = cut(s)
		}
		return out
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, cut(s))
			}
		}
		return out
	}
	return nil
}

func number(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int64:
		return int(v), true
	case float64:
		return int(v), true
	}
	return 0, false
}

// truthy: the evidence is there and says neither no nor nothing.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	}
	return true
}

// domain a finding speaks of: its target, or the site's main domain.
func (a *assessment) domain(f *domaincheck.Finding) string {
	if f.Target != "" {
		return string(f.Target)
	}
	return a.main
}

func (a *assessment) anchorOf(domain string) string {
	if got, ok := a.anchor[domain]; ok {
		return got
	}
	if a.anchor == nil {
		a.anchor = map[string]string{}
	}
	a.anchor[domain] = anchorOf(a.c, domain)
	return a.anchor[domain]
}

// expires is the earlier of the registry's and the registrar's instant, else
// the declared day.
func (a *assessment) expires(domain string) domaincheck.Instant {
	r := a.c.Observation.Of(domain, a.main).Registration
	var at domaincheck.Instant
	if r != nil && r.Outcome == domaincheck.OutcomeOK {
		at = r.Expires
		if !r.RegistrarExpires.IsZero() && (at.IsZero() || r.RegistrarExpires.Before(at.Time)) {
			at = r.RegistrarExpires
		}
	}
	if at.IsZero() && domain == a.main && !a.c.Site.Expires.IsZero() {
		at = domaincheck.At(a.c.Site.Expires.Start())
	}
	return at
}

func (a *assessment) lifecycle(domain string) Phase {
	var statuses []string
	if r := a.c.Observation.Of(domain, a.main).Registration; r != nil && r.Outcome == domaincheck.OutcomeOK {
		statuses = r.Statuses
	}
	return Lifecycle(a.t.tlds.Lookup(domain).Family, a.expires(domain), statuses, a.c.At)
}

// phase of a domain whose expiry failed: grace, redemption or pending_delete;
// empty while it is in term. The finding decides that it has run out, the
// registry's stages decide how far.
func (a *assessment) phase(f *domaincheck.Finding) string {
	switch f.Code {
	case "expired", "redemption", "pending_delete":
	default:
		return ""
	}
	name := a.lifecycle(a.domain(f)).Name
	switch {
	case name == Redemption || f.Code == "redemption":
		return string(Redemption)
	case name == PendingDelete || f.Code == "pending_delete":
		return string(PendingDelete)
	}
	return string(Grace)
}

// sure gives the first bad look, and whether the failure counts: confirmed by
// the watch, or of a kind that needs no second look.
func (a *assessment) sure(f *domaincheck.Finding) (since domaincheck.Instant, sure bool, st *domaincheck.State) {
	for i := range a.states {
		if s := &a.states[i]; s.Rule == f.Rule && s.Target == f.Target {
			st = s
			break
		}
	}
	sure = f.Knows == domaincheck.Declared || a.t.atOnce[f.Rule]
	since = f.ObservedAt
	if st != nil && !st.Since.IsZero() {
		since = st.Since
		if !st.WorseSince.IsZero() {
			since = st.WorseSince
		}
	}
	if st != nil && (!st.ConfirmedAt.IsZero() || st.Certainty == domaincheck.Confirmed) {
		sure = true
	}
	if since.IsZero() || since.After(a.c.At.Time) {
		since = a.c.At
	}
	return since, sure, st
}

// raise makes the items of a signal.
func (a *assessment) raise(s *Signal, w *Condition, f *domaincheck.Finding) {
	if w != nil && strings.HasPrefix(w.Field, "notice.") {
		a.raiseNotices(s, w, f)
		return
	}
	since, sure, st := a.sure(f)
	level := a.level(s, f, since)
	if level == "" && f.Result != domaincheck.Fail {
		return
	}
	if level == "" || f.Result != domaincheck.Fail {
		level = domaincheck.Info
	}
	if w != nil && w.LowerBy != "" && a.lowered(w.LowerBy, f) {
		level = level.Lower()
	}
	if st != nil && st.Next != nil && !st.NoticedAt.IsZero() && level.Rank() > st.Severity.Rank() && f.Severity.Rank() > st.Severity.Rank() {
		level = st.Severity // worse than what the watch is sure of
	}
	if f.Result == domaincheck.Fail && f.Severity.Rank() >= domaincheck.Medium.Rank() && level.Rank() < domaincheck.Low.Rank() {
		level = domaincheck.Low
	}
	for i := range s.Outcomes {
		o := &s.Outcomes[i]
		if len(o.States) > 0 && !in(o.States, a.state) || len(o.Anchor) > 0 && !in(o.Anchor, a.anchorOf(a.domain(f))) {
			continue
		}
		if o.Field != "" && !meets(a.values(o.Field, f), o.In, o.NotIn) {
			continue
		}
		it := item{s: s, holds: !s.Ahead || s.AheadUnless != "" && f.Code == s.AheadUnless, r: domaincheck.Risk{
			Outcome: o.Outcome, Signal: s.ID, Target: f.Target, Expected: level, Confirmed: sure, Since: since,
			Causes: domaincheck.List[string]{f.Rule}, Provider: a.actor(o.Outcome, f),
		}}
		a.term(&it, o, f)
		a.add(it)
	}
}

// actor is the provider that acts: who would block, or the only one with access.
func (a *assessment) actor(o domaincheck.RiskOutcome, f *domaincheck.Finding) domaincheck.Text {
	switch o {
	case domaincheck.RiskBlock:
		if p, ok := f.Evidence["provider"].(string); ok {
			return domaincheck.Text(p)
		}
	case domaincheck.RiskDeAccess:
		if list := providers(a.c); len(list) == 1 {
			return domaincheck.Text(list[0])
		}
	}
	return ""
}

// lowered tells whether what softens a signal holds.
func (a *assessment) lowered(by string, f *domaincheck.Finding) bool {
	if by == "guessed_state" {
		return slices.Contains(a.c.Inferred, "state")
	}
	return truthy(f.Evidence[by])
}

// level is the worst step that holds; empty if none does.
func (a *assessment) level(s *Signal, f *domaincheck.Finding, since domaincheck.Instant) domaincheck.Severity {
	var worst domaincheck.Severity
	for i := range s.Levels {
		l := &s.Levels[i]
		switch {
		case l.AfterDays > 0 && a.c.At.Sub(since.Time) < time.Duration(l.AfterDays)*24*time.Hour:
		case l.LeftDays != nil && !a.left(f, *l.LeftDays):
		case l.Field != "" && !meets(a.values(l.Field, f), l.In, nil):
		case l.Severity != "" && f.Severity.Rank() < l.Severity.Rank():
		case l.State != "" && l.State != a.state:
		case l.Level.Rank() > worst.Rank():
			worst = l.Level
		}
	}
	return worst
}

func (a *assessment) left(f *domaincheck.Finding, limit int) bool {
	days, ok := number(f.Evidence["days"])
	return ok && days <= limit
}

// term sets the deadline of a confirmed item.
func (a *assessment) term(it *item, o *Outcome, f *domaincheck.Finding) {
	if !it.r.Confirmed {
		return
	}
	days := o.TermDays
	if own, ok := it.s.Terms[string(it.r.Provider)]; ok && days > 0 {
		days = own
	}
	from := it.r.Since.Day()
	switch o.TermKind {
	case "none":
		return
	case "until_date":
		if until := a.until(f); !until.IsZero() {
			it.r.Deadline, it.r.DeadlineKind = until, "legal"
		}
		return
	case "lifecycle":
		if f.Rule == "domain.expiry" {
			if p := a.lifecycle(a.domain(f)); !p.Until.IsZero() && p.Until.After(a.c.At.Time) {
				it.r.Deadline, it.r.DeadlineKind = p.Until, "legal"
				return
			}
		}
	case "working":
		day, approximate := a.t.calendar.AddWorkingDays(from, days)
		it.r.Deadline, it.r.DeadlineKind, it.r.Approximate = domaincheck.At(day.Start()), "typical", approximate
		return
	}
	it.r.Deadline, it.r.DeadlineKind = domaincheck.At(from.AddDays(days).Start()), "typical"
}

// until is the date that registry, server or ledger give.
func (a *assessment) until(f *domaincheck.Finding) domaincheck.Instant {
	if f.Rule == "domain.expiry" {
		if at := a.expires(a.domain(f)); !at.IsZero() {
			return at
		}
	}
	s, _ := f.Evidence["expires"].(string)
	d, err := domaincheck.ParseDate(s)
	if err != nil || d.IsZero() {
		return domaincheck.Instant{}
	}
	return domaincheck.At(d.Start())
}

// add joins an item with one of the same signal, outcome and target.
func (a *assessment) add(it item) {
	for i := range a.items {
		b := &a.items[i]
		if b.r.Signal == it.r.Signal && b.r.Outcome == it.r.Outcome && b.r.Target == it.r.Target && b.r.Provider == it.r.Provider {
			b.join(&it)
			return
		}
	}
	a.items = append(a.items, it)
}
