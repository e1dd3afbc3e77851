package sitecheck

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"domaincheck"
	"domaincheck/netguard"
)

// How long the first candidate may be silent before the others are tried
// beside it: without a connection, and without the header of an answer.
const (
	connectPatience = 500 * time.Millisecond
	headerPatience  = 2 * time.Second
)

// look is one look at one site: its memory of names and certificates.
type look struct {
	o     *Observer
	guard *netguard.Guard
	mu    sync.Mutex
	tls   map[string]*domaincheck.TLS // by host
}

// visit is one candidate followed to its end.
type visit struct {
	start  string
	page   *domaincheck.HomePage // never nil once done
	final  *url.URL              // of the page; nil where the start was no URL
	header http.Header
	out    *outline
	// scripted tells that the page has scripts.
	scripted bool
	stage    atomic.Int32 // 1 connected, 2 a header came
	probe    *probing     // the question for the certificate, beside a page over http
	done     bool
}

// best visits the candidates in order and gives the best page: the first that
// is one, else the one that says most. A candidate that fails hands over to the
// next; one that is silent for a while gets the others beside it, and is waited
// for, so that what is chosen does not hang on who was quicker. All attempts
// are listed, in the order of the candidates. static bounds the requests, whole
// the rendering too.
//
// The earliest candidate that is not done is followed here and not beside: it
// mostly is the page, and the stack of a new goroutine would have to grow to
// what parsing needs.
func (l *look) best(static, whole context.Context, candidates []string) *domaincheck.HomePage {
	r := &round{look: l, static: static, candidates: candidates, visits: make([]*visit, 0, len(candidates))}
	defer r.stop()
	began := time.Now()
	connect := time.AfterFunc(connectPatience, r.impatient)
	defer connect.Stop()
	for v := r.next(); v != nil; v = r.next() {
		l.follow(static, static, v)
		r.end(v)
	}
	v := l.choose(r.visits, began)
	l.render(whole, v)
	return v.page
}

// Weights of what a visit found; the highest is reported, the earliest of
// equals. A block page outweighs a working one: the site is blocked for those
// who come that way.
const (
	weightBlock = 100
	weightPage  = 90
)

func weight(p *domaincheck.HomePage) int {
	status := 0
	if p.Status != nil {
		status = *p.Status
	}
	switch {
	case p.Block != nil:
		return weightBlock
	case p.Outcome == domaincheck.OutcomeOK && status < 300 && p.Parked == nil:
		return weightPage
	case p.Outcome == domaincheck.OutcomeOK && status < 400:
		return 80
	case p.Challenge != "":
		return 75
	case p.Outcome == domaincheck.OutcomeOK && status < 500:
		return 70
	case p.Outcome == domaincheck.OutcomeRefused && p.Status != nil:
		return 65
	case p.Outcome == domaincheck.OutcomeOK:
		return 60
	case answered(p): // a live server, but its page could not be had
		return 50
	case p.Outcome == domaincheck.OutcomeMalformed:
		return 40
	case p.Outcome == domaincheck.OutcomeFailed, p.Outcome == domaincheck.OutcomeTimeout:
		return 30 // a closed port 443 says no more than silence on port 80 before it
	case p.Outcome == domaincheck.OutcomeRefused:
		return 20
	}
	return 10
}

// answered tells whether any request of a visit got an HTTP answer.
func answered(p *domaincheck.HomePage) bool {
	for _, a := range p.Attempts {
		if a.Status != nil {
			return true
		}
	}
	return false
}

// choose takes the best of the finished visits, gives it the attempts of all,
// and adds the certificate. No question for one goes on behind it.
func (l *look) choose(visits []*visit, began time.Time) *visit {
	defer func() {
		for _, v := range visits {
			v.probe.stop()
		}
	}()
	var top *visit
	var attempts domaincheck.List[domaincheck.PageAttempt]
	for _, v := range visits {
		if !v.done {
			continue // cancelled: it was not wanted any more
		}
		attempts = append(attempts, v.page.Attempts...)
		if top == nil || weight(v.page) > weight(top.page) {
			top = v
		}
	}
	page := top.page
	page.Attempts = attempts
	if top.final == nil {
		return top
	}
	host := top.final.Hostname()
	if top.probe != nil && top.probe.host == host && page.Status != nil && !tried(attempts, host) {
		if a := top.probe.answer(time.Since(began)); a != nil {
			page.Attempts = append(page.Attempts, *a)
		}
	}
	page.TLS = l.certificate(host)
	return top
}

// tried tells whether https of the host was attempted already.
func tried(attempts []domaincheck.PageAttempt, host string) bool {
	for _, a := range attempts {
		if u, err := url.Parse(a.URL); err == nil && u.Scheme == "https" && u.Hostname() == host && u.Port() == "" {
			return true
		}
	}
	return false
}

// merge gives page the attempts of an earlier one that found nothing.
func merge(page, earlier *domaincheck.HomePage) *domaincheck.HomePage {
	page.Attempts = append(earlier.Attempts, page.Attempts...)
	page.Others = append(earlier.Others, page.Others...)
	return page
}

// follow takes one candidate through its redirects, meta refreshes, and its
// frames. static outlives ctx, which ends when the visit is no longer wanted.
func (l *look) follow(ctx, static context.Context, v *visit) {
	u, err := parseURL(nil, v.start)
	if err != nil {
		v.page = &domaincheck.HomePage{Requested: domaincheck.Text(v.start)}
		l.fail(v.page, &answer{err: err})
		return
	}
	seen := func(stage int) {
		if v.stage.Load() < int32(stage) {
			v.stage.Store(int32(stage))
		}
	}
	c := &chain{jar: &cookies{}, been: map[string]int{}}
	if !l.o.opt.NoTLSProbe {
		c.ask = func(host string) *probing { return l.ask(static, host) }
	}
	defer func() { v.probe = c.probe }()
	a := l.through(ctx, u, c, seen)
	// The pages that only lead on are on the record as attempts; what a visitor
	// comes to see is the last.
	for hops := 0; a.page != nil && a.err == nil; hops++ {
		next := onward(a, c, hops)
		if next == nil {
			break
		}
		c.redirects, c.way = append(c.redirects, next.String()), append(c.way, c.at.String())
		a = l.through(ctx, next, c, seen)
	}
	if a.page != nil && a.err == nil {
		l.addFrames(ctx, a, c)
	}
	page := a.page
	if page == nil {
		page = new(domaincheck.HomePage)
	}
	v.page, page.Requested = page, domaincheck.Text(v.start)
	page.Redirects, page.Attempts = c.redirects, c.attempts
	v.final, v.header, v.out, v.scripted = c.at, a.header, a.out, a.scripted
	l.fail(page, a)
	page.Final = domaincheck.Text(c.at.String())
	if a.page == nil {
		l.signsOfTheWay(page, c)
	}
}

// maxOnward is how many pages in a row may do nothing but lead on.
const maxOnward = 4

// onward is where a page that says nothing itself sends its visitor, by meta
// refresh or by a script that does nothing else; nil where there is none or it
// was gone through already. A page that shows nothing and for ever leads in a
// circle is a fault of the answer, like a redirect loop: what visitors come to
// see was not seen.
func onward(a *answer, c *chain, hops int) *url.URL {
	out := a.out
	if out.view.Runes >= sparse {
		return nil
	}
	loop := false
	for i, target := range [...]string{out.refresh, out.script} {
		if target == "" {
			continue
		}
		u, err := parseURL(c.at, target)
		if err != nil {
			continue
		}
		switch been := c.been[u.String()]; {
		case been != 0 && (been == 1+c.jar.rev || out.view.Runes > 0):
			loop = loop || i == 0
		case hops < maxOnward: // one gone through comes again to be shown the cookies
			return u
		default:
			loop = true
		}
	}
	if loop && out.view.Runes == 0 && !out.scripted && !out.pictured && len(out.frames) == 0 {
		place := c.at.String()
		a.err = domaincheck.Errorf(domaincheck.CodeTooLarge, place, "a page that does nothing but lead on, again and again")
		a.attempt.Outcome, a.attempt.Error = domaincheck.OutcomeMalformed, domaincheck.AsError(a.err, domaincheck.CodeTooLarge, place)
		c.attempts[len(c.attempts)-1] = a.attempt
	}
	return nil
}

// fail writes how the last request of a visit ended.
func (l *look) fail(page *domaincheck.HomePage, a *answer) {
	page.At = domaincheck.At(l.o.opt.Now())
	page.Status = a.attempt.Status
	page.Outcome = a.attempt.Outcome
	if page.Outcome == "" {
		page.Outcome = outcomeOf(a.err)
	}
	page.Error = nil
	if a.err != nil {
		page.Error = domaincheck.AsError(a.err, domaincheck.CodeNetwork, a.attempt.URL)
	}
}

// signsOfTheWay looks for a block sign in the addresses gone through, where
// the last of them gave no page: a redirect to a block page is one, whether or
// not that can be read.
func (l *look) signsOfTheWay(page *domaincheck.HomePage, c *chain) {
	if len(c.redirects) == 0 {
		return
	}
	po := l.o.opt.Parse
	po.URL, po.Redirects = c.at.String(), c.way
	if p := Parse(strings.NewReader(""), po); p.Block != nil {
		page.Block = p.Block
		page.Outcome, page.Error = domaincheck.OutcomeOK, nil
		for i := range c.attempts {
			if s := c.attempts[i].Status; s != nil {
				page.Status = s
			}
		}
	}
}

// chain is one way through redirects.
type chain struct {
	jar       *cookies
	been      map[string]int // URL → 1 + the cookies' revision when it was asked
	at        *url.URL       // where the chain stands
	way       []string       // URLs gone through before that
	redirects []string       // where each of them led
	attempts  []domaincheck.PageAttempt

	ask   func(host string) *probing // nil: certificates are not asked for
	probe *probing                   // of the page the chain stands at, if that is http
}

// through requests u and follows redirects to a page, a failure, a loop or the
// limit.
func (l *look) through(ctx context.Context, u *url.URL, c *chain, seen func(int)) *answer {
	for {
		c.at = u
		c.been[u.String()] = 1 + c.jar.rev
		c.probe.stop()
		c.probe = nil
		a := l.fetch(ctx, u, c.jar, c.way, func(stage int) {
			if stage == 1 && c.ask != nil && u.Scheme == "http" && u.Port() == "" {
				c.probe = c.ask(u.Hostname())
			}
			seen(stage)
		})
		if a.next != nil && a.err == nil {
			next := a.next.String()
			switch {
			case c.been[next] == 1+c.jar.rev:
				a.err = domaincheck.Errorf(domaincheck.CodeTooLarge, next, "a redirect loop")
			case len(c.redirects) >= MaxRedirects:
				a.err = domaincheck.Errorf(domaincheck.CodeTooLarge, next, "more than %d redirects", MaxRedirects)
			}
			if a.err != nil {
				a.attempt.Outcome = domaincheck.OutcomeMalformed
				a.attempt.Error = domaincheck.AsError(a.err, domaincheck.CodeTooLarge, next)
			} else {
				c.redirects, c.way = append(c.redirects, next), append(c.way, u.String())
			}
		}
		c.attempts = append(c.attempts, a.attempt)
		if a.next == nil || a.err != nil {
			return a
		}
		u = a.next
	}
}
