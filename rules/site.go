package rules

import (
	"strings"

	"domaincheck"
)

// This file holds the rules site.*: what a visitor meets.

// siteReachable: a server that answers at all (401, 403, 404 included) is up;
// a refused or reset connection and 5xx are down; a time-out is down only if
// another host answered in the same look, for else the fault may be ours.
func siteReachable(e *eval, v *view) outcome {
	p := v.obs.Page
	if p == nil {
		return unobserved("not_looked")
	}
	p = newestTry(p)
	o := reach(e, v, p).seen(&p.Look)
	if o.result != domaincheck.Fail {
		return o
	}
	o = o.with("outcome", string(p.Outcome))
	if len(p.Redirects) > 0 && p.Final != "" { // it may be another host than the one that was asked
		o = o.with("url", string(p.Final))
	}
	if until := e.openLater(); e.today.Before(until) {
		o = o.severity(domaincheck.Info).with("open_from", day(until))
	}
	return o
}

// newestTry is the page as of the newest look at it. Whether a site is up is a
// matter of now: after a look that came to no page it is judged by that one,
// not by the last good page, which stays for what was on it.
func newestTry(p *domaincheck.HomePage) *domaincheck.HomePage {
	l := p.LastAttempt
	if l == nil || !l.At.After(p.At.Time) {
		return p
	}
	return &domaincheck.HomePage{Look: domaincheck.Look{Outcome: l.Outcome, Error: l.Error, At: l.At}, Attempts: l.Attempts}
}

// openLater is the day from which the province demands that the site be open:
// so many months after the subject's number was given (天津); none elsewhere,
// or when that day is not declared.
func (e *eval) openLater() (until domaincheck.Date) {
	books, n := e.books()
	filed := e.subject.FiledOn
	if filed.IsZero() {
		return until
	}
	for i, b := range books[:n] {
		if b.Reachable == nil || b.Reachable.AfterMonths == 0 {
			return domaincheck.Date{}
		}
		if d := filed.AddMonths(b.Reachable.AfterMonths); i == 0 || d.Before(until) {
			until = d
		}
	}
	return until
}

func reach(e *eval, v *view, p *domaincheck.HomePage) outcome {
	if p.Status != nil {
		return byStatus(*p.Status, p.Challenge != "")
	}
	if p.Outcome == domaincheck.OutcomeOK {
		return pass("up")
	}
	answered, alive, status, refused, connected := false, false, 0, false, false
	for i := range p.Attempts {
		a := &p.Attempts[i]
		connected = connected || a.IP != ""
		switch {
		case a.Status != nil:
			if *a.Status < 500 || *a.Status > 599 {
				answered = true
				alive = alive || *a.Status < 300 || *a.Status >= 400
			}
			status = *a.Status
		case a.Outcome == domaincheck.OutcomeFailed && networkError(a.Error):
			refused = true
		}
	}
	switch {
	case p.Challenge != "":
		return unobserved("challenge")
	case v.obs.Resolution != nil && noFront(v):
		return notApplicable("no_address")
	case !connected && status == 0 && noAnswer(v):
		return unobserved("look_failed").with("outcome", string(v.obs.Resolution.Outcome))
	case p.Outcome == domaincheck.OutcomeTimeout && unresolved(p): // no server was silent: its address was not learned
		return unobserved("look_failed").with("outcome", string(p.Outcome))
	case answered && p.Outcome == domaincheck.OutcomeTimeout, p.Outcome == domaincheck.OutcomeTimeout && e.anotherAnswered(v):
		return fail("timeout")
	case answered && !alive && p.Outcome == domaincheck.OutcomeFailed && networkError(p.Error) && !spokeTLS(p):
		return fail("refused") // every way on leads to where nobody answers
	case answered:
		return unobserved("look_failed").with("outcome", string(p.Outcome))
	case status >= 500:
		return fail("server_error").with("status", status)
	case p.Outcome == domaincheck.OutcomeFailed && (refused || networkError(p.Error)):
		return fail("refused")
	}
	return unobserved("look_failed").with("outcome", string(p.Outcome))
}

// unresolved tells whether nothing that ran out of time was a server: it was the
// question for its address, or there is no way from here to that address (IPv6
// alone, as a rule).
func unresolved(p *domaincheck.HomePage) bool {
	some := false
	for i := range p.Attempts {
		if a := &p.Attempts[i]; a.Outcome == domaincheck.OutcomeTimeout {
			if a.IP != "" && (a.Error == nil || a.Error.Code == domaincheck.CodeTimeout) {
				return false
			}
			some = true
		}
	}
	return some
}

// spokeTLS tells whether the host that the page ends at answered a handshake,
// though not with a certificate: a version or suite that is spoken by others
// may be lacking here, so that it is not known to be down.
func spokeTLS(p *domaincheck.HomePage) bool {
	return p.TLS != nil && domaincheck.IsNot(p.TLS.OK)
}

// byStatus: codes beyond those that are defined are made up by walls against
// robots.
func byStatus(status int, challenge bool) outcome {
	if status < 500 {
		return pass("up").with("status", status)
	}
	if status > 599 {
		return unobserved("status").with("status", status)
	}
	if challenge {
		return unobserved("challenge").with("status", status)
	}
	return fail("server_error").with("status", status)
}

// networkError tells failures of the other end from refusals of our own guard
// and from our own defects.
func networkError(err *domaincheck.Error) bool {
	if err == nil {
		return true
	}
	switch err.Code {
	case domaincheck.CodeForbidden, domaincheck.CodeCancelled, domaincheck.CodeInternal, domaincheck.CodeBadInput, domaincheck.CodeTooLarge, domaincheck.CodeTimeout:
		return false
	}
	return true
}

// noFront tells whether DNS says for sure that neither @ nor www has an address.
func noFront(v *view) bool {
	if v.ip {
		return false
	}
	r, _ := resolution(v)
	if r == nil {
		return false
	}
	first, other, _, some := front(r, v.domain)
	return some && first == noAddress && other == noAddress
}

// noAnswer tells whether DNS gave no address to connect to, for whatever
// reason: then no server has refused anything.
func noAnswer(v *view) bool {
	if v.ip || v.obs.Resolution == nil {
		return false
	}
	first, other, _, _ := front(v.obs.Resolution, v.domain)
	return first != hasAddress && other != hasAddress
}

// anotherAnswered tells whether another domain of the site answered in its look.
func (e *eval) anotherAnswered(v *view) bool {
	for i := range e.views {
		if w := &e.views[i]; w != v && w.obs.Page != nil && newestTry(w.obs.Page).Status != nil {
			return true
		}
	}
	return false
}

func siteBlocked(e *eval, v *view) outcome {
	if o, sunk := sinkAnswer(v); sunk {
		return o
	}
	p := v.obs.Page
	if p == nil || p.Block == nil {
		if o, off := takenOffline(e, v); off {
			return o
		}
	}
	switch {
	case p == nil:
		return unobserved("not_looked")
	case p.Block != nil:
		return fail("blocked").seen(&p.Look).with("provider", string(p.Block.Provider), "sign", p.Block.Sign)
	case p.Outcome != domaincheck.OutcomeOK && p.Status == nil:
		return lookFailed(&p.Look)
	case p.Challenge != "":
		return unobserved("challenge").seen(&p.Look).with("sign", string(p.Challenge))
	}
	return pass("not_blocked").seen(&p.Look)
}

// sinkAnswer finds a carrier's answer in place of the site's address: blocked,
// though for another cause than filing.
func sinkAnswer(v *view) (outcome, bool) {
	r := v.obs.Resolution
	if r == nil {
		return outcome{}, false
	}
	for i := range r.Hosts {
		for j := range r.Hosts[i].Addresses {
			if a := &r.Hosts[i].Addresses[j]; a.Kind == "sink" && isFront(r.Hosts[i].Host, v.domain) {
				return fail("carrier_dns").severity(domaincheck.High).seen(&r.Look).with("host", r.Hosts[i].Host, "address", a.IP), true
			}
		}
	}
	return outcome{}, false
}

func siteParked(e *eval, v *view) outcome {
	p := v.obs.Page
	if p == nil || p.Parked == nil {
		if o, parked := parkedByNS(e, v); parked {
			return o
		}
	}
	if p == nil {
		return unobserved("not_looked")
	}
	if k := p.Parked; k != nil {
		o := fail("parked").with("kind", k.Kind, "sign", k.Sign)
		switch k.Kind {
		case "for_sale", "default":
			o.code = k.Kind
		case "empty":
			if p.Truncated {
				return unobserved("truncated").seen(&p.Look)
			}
			if p.Status != nil && *p.Status >= 300 && *p.Status < 400 { // a redirect that does not say where
				return unobserved("status").seen(&p.Look).with("status", *p.Status)
			}
			// An empty page is not the regulator's test.
			o.code, o.sev = "empty", domaincheck.Low
		}
		return o.seen(&p.Look)
	}
	switch {
	case p.Outcome != domaincheck.OutcomeOK:
		return lookFailed(&p.Look)
	case p.Challenge != "":
		return unobserved("challenge").seen(&p.Look)
	case p.Block != nil:
		return unobserved("page_blocked").seen(&p.Look)
	case p.Status != nil && *p.Status >= 500:
		return unobserved("status").seen(&p.Look).with("status", *p.Status)
	case p.Status != nil && *p.Status >= 400: // a live server without a home page, which is no parking
		return notApplicable("status").seen(&p.Look).with("status", *p.Status)
	case p.ScriptShell && !p.Rendered:
		return unobserved("script_shell").seen(&p.Look)
	}
	return pass("a_site").seen(&p.Look)
}

// ownNumbers sorts the visible numbers: the best one of the declared subject,
// else the first.
func (e *eval) ownNumber(p *domaincheck.HomePage) (best *domaincheck.PageNumber, own bool) {
	rank := -1
	for i := range p.RecordNumbers {
		n := &p.RecordNumbers[i]
		r := linkRank(n.LinkState)
		mine := e.numbered >= subjectNumber && sameSubject(&n.Number, &e.number)
		if mine {
			r += 10
		}
		if n.Suffix != "" {
			r -= 5
		}
		if best == nil || r > rank {
			best, rank, own = n, r, mine
		}
	}
	return best, own
}

func linkRank(s domaincheck.LinkState) int {
	switch s {
	case domaincheck.LinkCurrent:
		return 4
	case domaincheck.LinkOutdated:
		return 3
	case domaincheck.LinkWrong:
		return 2
	}
	return 1
}

func siteNumberShown(e *eval, v *view) outcome {
	p := v.obs.Page
	o, absence := pageSeen(p)
	if o.code != "" {
		return o
	}
	if n, _ := e.ownNumber(p); n != nil {
		return pass("shown").seen(&p.Look).with("number", n.Number.Number)
	}
	if !absence {
		return absentUnknown(p)
	}
	o = fail("missing").seen(&p.Look)
	if len(p.Tooltips) > 0 {
		o = o.with("tooltips", []string(p.Tooltips))
	}
	return o
}

// siteNumberMatches compares with the declared number: in Guangdong the page
// shows the subject's, elsewhere the site's.
func siteNumberMatches(e *eval, v *view) outcome {
	p := v.obs.Page
	o, absence := pageSeen(p)
	if o.code != "" {
		return o
	}
	if len(p.RecordNumbers) == 0 {
		if !absence {
			return absentUnknown(p)
		}
		return notApplicable("no_number").seen(&p.Look)
	}
	switch e.numbered {
	case noNumber:
		return undeclared("number_undeclared")
	case badNumber:
		return undeclared("number_unreadable")
	}
	subjectShown := e.showsSubject()
	o = fail("other_subject").severity(domaincheck.High)
	for i := range p.RecordNumbers {
		n := &p.RecordNumbers[i].Number
		if !sameSubject(n, &e.number) {
			continue
		}
		if next := e.judgeNumber(n, subjectShown); o.code == "other_subject" || next.result == domaincheck.Pass && o.result != domaincheck.Pass {
			o = next.with("shown", n.Number)
		}
	}
	if o.code == "other_subject" {
		if !absence {
			return absentUnknown(p)
		}
		o = o.with("shown", p.RecordNumbers[0].Number.Number)
	}
	return o.seen(&p.Look).with("declared", e.number.Number, "wanted", e.wantedNumber(subjectShown))
}

// judgeNumber judges a visible number of the right subject.
func (e *eval) judgeNumber(n *domaincheck.Number, subjectShown bool) outcome {
	low := func(code string) outcome { return fail(code).severity(domaincheck.Low) }
	switch {
	case n.Suffix != "":
		return low("app_number")
	case subjectShown && n.Index == nil:
		return pass("matches")
	case subjectShown:
		return low("site_number_shown")
	case n.Index == nil:
		return low("subject_number_shown")
	case e.numbered == siteNumber && *n.Index != *e.number.Index:
		return low("other_index")
	}
	return pass("matches")
}

func (e *eval) wantedNumber(subjectShown bool) string {
	if subjectShown || e.numbered == subjectNumber {
		return e.number.Subject
	}
	return e.number.Number
}

// showsSubject tells whether the subject's number is to be shown: by the
// province's book, which is that of the number's mark when no province is
// declared.
func (e *eval) showsSubject() bool {
	known := e.known
	if known == nil {
		known = e.b.provinces[string(e.number.Province)]
	}
	if known == nil {
		return false
	}
	if e.kind == domaincheck.KindIndividual {
		return known.Individual.Number.Show == "subject"
	}
	return known.Unit.Number.Show == "subject"
}

func siteLink(e *eval, v *view) outcome {
	p := v.obs.Page
	o, absence := pageSeen(p)
	if o.code != "" {
		return o
	}
	n, _ := e.ownNumber(p)
	if n == nil {
		if !absence {
			return absentUnknown(p)
		}
		return notApplicable("no_number").seen(&p.Look)
	}
	switch n.LinkState {
	case domaincheck.LinkCurrent:
		o = pass("current")
	case domaincheck.LinkOutdated:
		o = fail("outdated").severity(domaincheck.Medium)
	case domaincheck.LinkWrong:
		o = fail("wrong").severity(domaincheck.Medium)
	default:
		o = fail("none").severity(domaincheck.Low)
	}
	return o.seen(&p.Look).with("number", n.Number.Number, "link", string(n.Link))
}

// sitePolice: 30 days after opening the site must be filed with the public
// security organ and show that number with its link.
func sitePolice(e *eval, v *view) outcome {
	p := v.obs.Page
	o, absence := pageSeen(p)
	if o.code != "" {
		return o
	}
	opened := e.c.Site.OpenedOn
	justOpened := !opened.IsZero() && opened.DaysUntil(e.today) < 30
	if len(p.PoliceNumbers) == 0 {
		switch {
		case justOpened:
			return notApplicable("just_opened").declared().with("opened_on", day(opened))
		case !absence:
			return absentUnknown(p)
		case opened.IsZero():
			return undeclared("opened_undeclared")
		}
		return fail("missing").seen(&p.Look)
	}
	n := &p.PoliceNumbers[0]
	other := e.c.Site.PoliceNumber != ""
	for i := range p.PoliceNumbers {
		m := &p.PoliceNumbers[i]
		if e.c.Site.PoliceNumber != "" && samePolice(string(e.c.Site.PoliceNumber), m) {
			n, other = m, false
			break
		}
		if linkRank(m.LinkState) > linkRank(n.LinkState) && other == (e.c.Site.PoliceNumber != "") {
			n = m
		}
	}
	switch {
	case other:
		o = fail("other_number").with("declared", string(e.c.Site.PoliceNumber))
	case n.LinkState == domaincheck.LinkCurrent:
		o = pass("shown")
	case n.LinkState == domaincheck.LinkOutdated:
		o = fail("link_outdated")
	case n.LinkState == domaincheck.LinkWrong:
		o = fail("link_wrong")
	default:
		o = fail("link_none")
	}
	if justOpened && o.result == domaincheck.Fail {
		return notApplicable("just_opened").declared().with("opened_on", day(opened))
	}
	return o.seen(&p.Look).with("number", n.Number, "link", string(n.Link))
}

// samePolice compares the 14 digits of two public-security numbers.
func samePolice(declared string, n *domaincheck.PoliceNumber) bool {
	if declared == n.Number {
		return true
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, declared)
	return digits == n.Code
}

// httpsUnseen tells whether https was tried in this look without learning
// whether it is spoken: a time-out, or a question that was cut short. A refusal
// is an answer. At a host that gave no answer over http either, the silence is
// the host's and says nothing of https.
func httpsUnseen(p *domaincheck.HomePage) bool {
	for i := range p.Attempts {
		a := &p.Attempts[i]
		host, ok := strings.CutPrefix(a.URL, "https://")
		answered := a.Status != nil || a.Outcome == domaincheck.OutcomeOK || a.Outcome == domaincheck.OutcomeMalformed || a.Outcome == domaincheck.OutcomeAbsent ||
			a.Outcome == domaincheck.OutcomeFailed && networkError(a.Error)
		if ok && !answered && !silentHost(p, hostOf(host)) {
			return true
		}
	}
	return false
}

// hostOf cuts port and path from what follows the scheme of a URL.
func hostOf(rest string) string {
	rest, _, _ = strings.Cut(rest, "/")
	if strings.HasPrefix(rest, "[") {
		rest, _, _ = strings.Cut(rest, "]")
		return rest
	}
	rest, _, _ = strings.Cut(rest, ":")
	return strings.ToLower(rest)
}

// silentHost tells whether a host was asked over http, and never answered.
func silentHost(p *domaincheck.HomePage, host string) bool {
	asked := false
	for i := range p.Attempts {
		rest, plain := strings.CutPrefix(p.Attempts[i].URL, "http://")
		if !plain || hostOf(rest) != host {
			continue
		}
		if p.Attempts[i].Status != nil {
			return false
		}
		asked = true
	}
	return asked
}

func siteTLS(e *eval, v *view) outcome {
	p := v.obs.Page
	if p == nil {
		return unobserved("not_looked")
	}
	t := p.TLS
	if t == nil || t.OK == nil {
		if t != nil && t.Error != "" {
			return unobserved("no_handshake").seen(&p.Look).with("error", string(t.Error))
		}
		if p.Outcome != domaincheck.OutcomeOK && p.Status == nil {
			return lookFailed(&p.Look)
		}
		if httpsUnseen(p) {
			return unobserved("https_unseen").seen(&p.Look)
		}
		return notApplicable("no_https").seen(&p.Look)
	}
	var o outcome
	switch {
	case !t.Expires.IsZero() && !t.Expires.After(e.at):
		o = fail("expired")
	case !*t.OK:
		o = fail("unsound").with("error", string(t.Error))
	default:
		o = pass("sound")
	}
	if !t.Expires.IsZero() {
		o = o.with("expires", day(domaincheck.DateOf(t.Expires.Time)))
	}
	return o.seen(&p.Look)
}
