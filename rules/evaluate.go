package rules

import (
	"maps"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/registrars"
	"domaincheck/tldlist"
)

// outcome is what a rule says of one target, before it becomes a finding.
type outcome struct {
	code   string
	result domaincheck.Result
	why    domaincheck.Why
	sev    domaincheck.Severity // the rule's own when empty
	knows  domaincheck.Knows    // observed when empty
	at     domaincheck.Instant
	ev     domaincheck.Evidence
	shared bool // ev belongs to other findings too
}

func pass(code string) outcome { return outcome{code: code, result: domaincheck.Pass} }
func fail(code string) outcome { return outcome{code: code, result: domaincheck.Fail} }
func notApplicable(code string) outcome {
	return outcome{code: code, result: domaincheck.NotApplicable}
}
func unobserved(code string) outcome {
	return outcome{code: code, result: domaincheck.Unknown, why: domaincheck.WhyUnobserved}
}
func undeclared(code string) outcome {
	return outcome{code: code, result: domaincheck.Unknown, why: domaincheck.WhyUndeclared, knows: domaincheck.Declared}
}
func unknowable(code string) outcome {
	return outcome{code: code, result: domaincheck.Unknown, why: domaincheck.WhyUnknowable}
}

// with adds evidence: names and values in turn; an empty text is left out.
func (o outcome) with(pairs ...any) outcome {
	switch {
	case o.ev == nil:
		o.ev = make(domaincheck.Evidence, len(pairs)/2)
	case o.shared:
		o.ev, o.shared = maps.Clone(o.ev), false
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if list, ok := pairs[i+1].([]string); ok && list == nil {
			pairs[i+1] = []string{} // lists are never null
		}
		if text, ok := pairs[i+1].(string); ok && text == "" {
			continue // what is not known is left out
		}
		o.ev[pairs[i].(string)] = pairs[i+1]
	}
	return o
}

// only is with for the sole evidence of an outcome, a text of which there are
// few: it is shared by all findings that say the same.
func (o outcome) only(name, text string, e *eval) outcome {
	if o.ev != nil || text == "" {
		return o.with(name, text)
	}
	o.ev, o.shared = e.b.seen.single(name, text), true
	return o
}

func (o outcome) severity(s domaincheck.Severity) outcome { o.sev = s; return o }
func (o outcome) declared() outcome                       { o.knows = domaincheck.Declared; return o }
func (o outcome) inferred() outcome                       { o.knows = domaincheck.Inferred; return o }
func (o outcome) seen(l *domaincheck.Look) outcome        { o.at = l.At; return o }

// eval is one evaluation of a case.
type eval struct {
	b     *Book
	c     *domaincheck.Case
	at    time.Time
	today domaincheck.Date

	state   domaincheck.SiteState
	guessed bool // the state is inferred from a page that could not be seen
	ordered bool // an order other than a cancellation is asked for
	order   domaincheck.OrderKind

	kind     domaincheck.Kind
	province string
	known    *Province // nil: not declared, or no book for it
	subject  *domaincheck.Subject

	views   []view
	several bool

	asked struct { // the last answer of named
		name, how string
		role      namedRole
	}
	stateBit      states
	stateEvidence domaincheck.Evidence // shared by the findings that do not apply in this state

	one [1]view          // the room of views for the common case
	own domaincheck.Case // what c points to

	number   domaincheck.Number // the declared record number
	numbered numberState
}

type numberState uint8

const (
	noNumber numberState = iota
	badNumber
	subjectNumber // only the subject's number is declared
	siteNumber
)

// view is one domain of the site with what was seen of it.
type view struct {
	domain string
	target domaincheck.Text
	role   domaincheck.Role
	ip     bool
	obs    domaincheck.Observation

	statusRead bool // statusBits holds what status gives
	statusBits statusBits

	looked    bool // the tables below were asked
	tld       tldlist.Row
	registrar registrars.Match
}

// Evaluate judges a case: a finding for every rule of the book and every
// target, in the book's order, also those that do not apply. The target is
// null for a site of one domain (or of at most one server), else the domain
// (or the server's id). Evaluate is pure and safe for concurrent use; equal
// cases give equal findings. A case without a state is judged as [Infer]
// completes it; the case itself is not changed. Findings may share evidence,
// also with those of other cases: it is not to be changed.
func (b *Book) Evaluate(c domaincheck.Case) []domaincheck.Finding {
	e := b.seen.evals.Get().(*eval)
	defer func() {
		*e = eval{} // nothing of the case is held on to
		b.seen.evals.Put(e)
	}()
	e.own = c
	Infer(&e.own)
	e.begin(b)
	out := make([]domaincheck.Finding, 0, len(b.rules)+len(b.rules)*(len(e.views)-1)/2+4*len(c.Site.Servers))
	for i := range b.rules {
		r := &b.rules[i]
		switch applies := e.applies(r); {
		case r.scope == perDomain:
			for j := range e.views {
				v := &e.views[j]
				o := &outcome{}
				if applies {
					*o = e.judgeDomain(r, v)
				} else {
					e.ofState(o)
				}
				out = e.add(out, r, v.target, o)
			}
		case !applies:
			o := &outcome{}
			e.ofState(o)
			out = e.add(out, r, "", o)
		case r.scope == perServer:
			out = e.judgeServers(out, r)
		default:
			o := r.site(e)
			e.guard(r, &o)
			out = e.add(out, r, "", &o)
		}
	}
	return out
}

func newEval(b *Book, c *domaincheck.Case) *eval {
	e := &eval{own: *c}
	e.begin(b)
	return e
}

// begin reads what all rules need from the case e.own.
func (e *eval) begin(b *Book) {
	c := &e.own
	e.b, e.c, e.at, e.today, e.state, e.subject = b, c, c.At.Time, domaincheck.DateOf(c.At.Time), c.Site.State, c.Site.Subject
	e.stateBit = stateBit(e.state)
	if o := c.Site.Order; o != nil && o.Kind != domaincheck.OrderCancel {
		e.ordered, e.order = true, o.Kind
	}
	if e.order == "" {
		e.order = domaincheck.OrderFirst
	}
	if e.subject != nil {
		e.kind, e.province = e.subject.Kind, b.provinceName(string(e.subject.Province))
		e.known = b.provinces[e.province]
	} else {
		e.subject = &domaincheck.Subject{}
	}
	main := c.Site.MainDomain()
	e.several = len(c.Site.Domains) > 1
	if e.views = e.one[:]; e.several {
		e.views = make([]view, len(c.Site.Domains))
	}
	for i := range e.views {
		var d domaincheck.Domain // a site without domains has one that is empty
		if len(c.Site.Domains) > 0 {
			d = c.Site.Domains[i]
		}
		v := &e.views[i]
		v.domain, v.role, v.obs = d.Domain, d.Role, c.Observation.Of(d.Domain, main)
		if e.several {
			v.target = domaincheck.Text(d.Domain)
		}
		if mayBeAddress(d.Domain) {
			_, err := netip.ParseAddr(d.Domain)
			v.ip = err == nil
		}
	}
	e.guessed = e.state == domaincheck.StateUnfiled && isInferred(c, "state") && !absenceSeen(c)
	e.readNumber()
}

// mayBeAddress tells whether parsing a name as an address is worth the while.
func mayBeAddress(s string) bool {
	if s == "" {
		return false
	}
	last := s[len(s)-1]
	return last >= '0' && last <= '9' || strings.IndexByte(s, ':') >= 0
}

// add appends an outcome as a finding: it gives it its place and the defaults
// of its rule.
func (e *eval) add(out []domaincheck.Finding, r *Rule, target domaincheck.Text, o *outcome) []domaincheck.Finding {
	if o.result == domaincheck.Fail && r.pageRule && e.known != nil {
		*o = o.with("province", e.province, "kind", string(e.kind))
	}
	out = append(out, domaincheck.Finding{})
	f := &out[len(out)-1]
	f.Rule, f.Target, f.Code, f.Result, f.Why = r.ID, target, o.code, o.result, o.why
	f.Severity, f.Knows, f.ObservedAt, f.Evidence = o.sev, o.knows, o.at, o.ev
	if o.sev == "" {
		f.Severity = r.Severity
	}
	if o.knows == "" {
		f.Knows = domaincheck.Observed
	}
	return out
}

// applies tells whether the rule speaks of sites in this state.
func (e *eval) applies(r *Rule) bool {
	return r.states == allStates || r.states&e.stateBit != 0 || r.OnOrder && e.ordered
}

// ofState is the outcome of rules that do not apply in this state.
func (e *eval) ofState(o *outcome) {
	if e.stateEvidence == nil {
		e.stateEvidence = e.b.seen.single("state", string(e.state))
	}
	o.code, o.result, o.knows, o.ev, o.shared = "state", domaincheck.NotApplicable, domaincheck.Declared, e.stateEvidence, true
}

// guard withdraws a failure that rests only on a state inferred from a page
// that nobody could see: such a site may well be filed.
func (e *eval) guard(r *Rule, o *outcome) {
	if e.guessed && o.result == domaincheck.Fail && r.states != allStates && r.states&stateBit(domaincheck.StateFiled) == 0 {
		*o = unobserved("state_unseen").inferred().with("would", o.code)
	}
}

func (e *eval) judgeDomain(r *Rule, v *view) outcome {
	if v.ip && !r.addresses {
		return notApplicable("address_site").with("domain", v.domain)
	}
	if r.pageRule && !showsPage(v.role) {
		return notApplicable("role").declared().with("role", string(v.role))
	}
	o := r.domain(e, v)
	e.guard(r, &o)
	return o
}

func showsPage(r domaincheck.Role) bool {
	return r == domaincheck.RoleMain || r == domaincheck.RoleAlias || r == ""
}

func (e *eval) judgeServers(out []domaincheck.Finding, r *Rule) []domaincheck.Finding {
	servers := e.c.Site.Servers
	if len(servers) == 0 {
		o := undeclared("no_server")
		return e.add(out, r, "", &o)
	}
	for i := range servers {
		target := domaincheck.Text("")
		if len(servers) > 1 {
			target = e.serverTarget(i)
		}
		o := r.server(e, &servers[i])
		e.guard(r, &o)
		out = e.add(out, r, target, &o)
	}
	return out
}

// serverTarget is the server's id; for one without id, or with the id of an
// earlier one, its place in the list, so that (rule, target) stays unique.
func (e *eval) serverTarget(i int) domaincheck.Text {
	servers := e.c.Site.Servers
	unique := servers[i].ID != ""
	for j := range i {
		unique = unique && servers[j].ID != servers[i].ID
	}
	if unique {
		return servers[i].ID
	}
	return domaincheck.Text(string(servers[i].ID) + "#" + strconv.Itoa(i+1))
}

// books gives the province's books that bind the subject: one, or both when
// its kind is not declared; none when the province is not declared or unknown.
func (e *eval) books() (books [2]*ProvinceBook, n int) {
	switch {
	case e.known == nil:
		return books, 0
	case e.kind == domaincheck.KindUnit:
		return [2]*ProvinceBook{&e.known.Unit}, 1
	case e.kind == domaincheck.KindIndividual:
		return [2]*ProvinceBook{&e.known.Individual}, 1
	}
	return [2]*ProvinceBook{&e.known.Unit, &e.known.Individual}, 2
}

// perBook judges by the province's book; with the kind of the subject unknown
// by both: a failure counts only if both fail. Without a book it judges with
// nil, which means: what the law demands everywhere.
func (e *eval) perBook(judge func(*ProvinceBook) outcome) outcome {
	books, n := e.books()
	if n == 0 {
		return judge(nil)
	}
	first := judge(books[0])
	if n == 2 {
		return e.either(first, judge(books[1]))
	}
	if first.result == domaincheck.NotApplicable {
		return first
	}
	if first.ev != nil {
		return first.with("province", e.province, "kind", string(e.kind))
	}
	first.ev, first.shared = e.b.seen.place(e.province, e.kind, ""), true
	return first
}

// either joins what the unit's and the individual's book say.
func (e *eval) either(unit, individual outcome) outcome {
	if unit.result == individual.result {
		return unit.with("province", e.province)
	}
	if unit.result == domaincheck.Unknown {
		return unit.with("province", e.province)
	}
	if individual.result == domaincheck.Unknown {
		return individual.with("province", e.province)
	}
	if unit.result == domaincheck.Fail || individual.result == domaincheck.Fail {
		o := undeclared("depends_on_kind").with("province", e.province, "unit", string(unit.result), "individual", string(individual.result))
		o.at = unit.at
		return o
	}
	if unit.result == domaincheck.Pass {
		return unit.with("province", e.province)
	}
	return individual.with("province", e.province)
}

// exempt tells whether the filing was completed before 2018-01-01 and not
// changed since: such filings keep their domain (工信部信管〔2017〕264号). A change
// before that day does not end it; a filing without a declared date is not
// exempt.
func (e *eval) exempt() bool {
	limit := domaincheck.Date{Year: 2018, Month: time.January, Day: 1}
	filed, changed := e.c.Site.FiledOn, e.c.Site.ChangedOn
	return e.state == domaincheck.StateFiled && !filed.IsZero() && filed.Before(limit) && (changed.IsZero() || changed.Before(limit))
}

// lookFailed is the finding of a look that ended without an answer.
func lookFailed(l *domaincheck.Look) outcome {
	return unobserved("look_failed").seen(l).with("outcome", string(l.Outcome))
}

func isInferred(c *domaincheck.Case, name string) bool {
	for _, n := range c.Inferred {
		if n == name {
			return true
		}
	}
	return false
}

// day writes a date as YYYY-MM-DD; empty for none. It is [domaincheck.Date.String]
// without its formatting engine, for it runs a dozen times a site.
func day(d domaincheck.Date) string {
	if d.IsZero() || d.Year < 0 || d.Year > 9999 {
		return d.String()
	}
	b := [10]byte{4: '-', 7: '-'}
	y, m := d.Year, int(d.Month)
	b[0], b[1], b[2], b[3] = byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10)
	b[5], b[6] = byte('0'+m/10), byte('0'+m%10)
	b[8], b[9] = byte('0'+d.Day/10), byte('0'+d.Day%10)
	return string(b[:])
}
