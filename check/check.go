package check

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/dnscheck"
	"domaincheck/risk"
	"domaincheck/rules"
	"domaincheck/sitecheck"
	"domaincheck/watch"
)

// Registrations looks up registration data; [whoischeck.Observer] does.
type Registrations interface {
	Look(ctx context.Context, domain string) *domaincheck.Registration
}

// Resolutions looks up DNS; [dnscheck.Observer] does.
type Resolutions interface {
	Look(ctx context.Context, q dnscheck.Question) *domaincheck.Resolution
}

// Pages looks at home pages; [sitecheck.Observer] does.
type Pages interface {
	Look(ctx context.Context, t sitecheck.Target) *domaincheck.HomePage
}

// Records looks up filed records; [recordcheck.Observer] does.
type Records interface {
	Look(ctx context.Context, domain string) *domaincheck.FilingRecord
}

// recordAge is how old a filed record is before it is looked up again: the
// registers change once a day at most. A little less, so that looks at the same
// hour of each day find it due.
const recordAge = 23 * time.Hour

// Parts is a set of parts of an observation.
type Parts uint8

// The parts, and all of them.
const (
	RegistrationPart Parts = 1 << iota
	ResolutionPart
	PagePart
	AllParts = RegistrationPart | ResolutionPart | PagePart
)

// Options are what a Checker works with. A nil observer is never asked: its
// part stays as it was.
type Options struct {
	Registrations Registrations
	Resolutions   Resolutions
	Pages         Pages
	Records       Records // asked with the page, if what is known is a day old
	Book          *rules.Book
	Risks         *risk.Table                                    // nil: no risks are assessed
	Policy        watch.Policy                                   // how a history makes failures sure
	Attribute     func(netip.Addr, []string) domaincheck.Address // for sites that are addresses
	ProviderID    func(string) string                            // a provider's id by any of its names, "" if not known
	Tables        map[string]string                              // table → date#hash, for the report
	Now           func() time.Time                               // time.Now when nil
}

// Checker checks sites. It is safe for concurrent use.
type Checker struct{ o Options }

// New makes a Checker.
func New(o Options) *Checker {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Checker{o}
}

// Job is one site to check.
type Job struct {
	Input    string           // as the user wrote it
	Site     domaincheck.Site // at least one domain (or an address in its place)
	Siblings *domaincheck.Siblings
	Previous domaincheck.Observation // what is known already
	History  []Past                  // earlier observations, oldest first
	Parts    Parts                   // to look at; 0 means all
	At       domaincheck.Instant     // judge as of; zero means when the looks are done
	only     []string                // domains to look at; nil means all

	// Watched tells that this look goes on where another left off, as the
	// daemon's do (also the very first): the states advance from States, the
	// registration data are compared with Before, and watch.stale speaks by
	// StaleAfter. All three are those of the report before. Without it only a
	// History confirms anything.
	Watched      bool
	States       []domaincheck.State
	Before       *domaincheck.Observation
	StaleAfter   *domaincheck.StaleAfter
	Acknowledged []alert.Suppression // changes that somebody has seen: rule, target, fingerprint, and when
}

// Past is an earlier observation of a site, as of its time.
type Past struct {
	At          domaincheck.Instant
	Observation domaincheck.Observation
}

// Check looks and judges. It always gives a report; when ctx ends before the
// looks do, it is one with an error of code cancelled and nothing judged.
func (c *Checker) Check(ctx context.Context, job Job) domaincheck.Report {
	observation := c.Look(ctx, job)
	// What was cut short looks like silence: it must not be judged. Connections
	// carry the deadline themselves and may end a moment before ctx does.
	deadline, limited := ctx.Deadline()
	if ctx.Err() != nil || limited && !time.Now().Before(deadline) {
		return c.cancelled(ctx, Row{Job: job})
	}
	at := job.At
	if at.IsZero() {
		at = domaincheck.At(c.o.Now())
	}
	return c.Judge(job, observation, at)
}

// Look asks the observers for the parts of the job and lays the answers over
// what was known. All parts of all domains are asked at once.
func (c *Checker) Look(ctx context.Context, job Job) domaincheck.Observation {
	parts := job.Parts
	if parts == 0 {
		parts = AllParts
	}
	main := job.Site.MainDomain()
	result := job.Previous
	others := make([]*domaincheck.Observation, len(job.Site.Domains))
	turn := turnOf(ctx)
	all := &looks{turn: turn}
	for i, d := range job.Site.Domains {
		seen := job.Previous.Of(d.Domain, main)
		target := &result
		if d.Domain != main {
			seen.Others = nil
			others[i] = &seen
			target = others[i]
		}
		if job.only == nil || slices.Contains(job.only, d.Domain) {
			c.lookAt(ctx, all, job.Site, d, parts, target)
		}
	}
	if all.here != nil {
		all.here()
	}
	turn.add(-1)
	all.Wait()
	turn.add(1)
	result.Others = collect(job.Site.Domains, others)
	return result
}

func collect(domains []domaincheck.Domain, seen []*domaincheck.Observation) map[string]*domaincheck.Observation {
	var others map[string]*domaincheck.Observation
	for i, o := range seen {
		if o == nil {
			continue
		}
		if others == nil {
			others = make(map[string]*domaincheck.Observation)
		}
		others[domains[i].Domain] = o
	}
	return others
}

// looks are those that run at once for one site.
type looks struct {
	sync.WaitGroup
	turn *turn
	here func() // the one that whoever waits for the others does himself; nil: none
}

// Go starts a look.
func (l *looks) Go(look func()) {
	l.turn.add(1)
	l.WaitGroup.Go(func() {
		defer l.turn.add(-1)
		look()
	})
}

// lookAt starts the looks at one domain; each writes its own part of o.
func (c *Checker) lookAt(ctx context.Context, wait *looks, site domaincheck.Site, d domaincheck.Domain, parts Parts, o *domaincheck.Observation) {
	if ip, err := netip.ParseAddr(d.Domain); err == nil {
		if parts&ResolutionPart != 0 {
			o.Resolution = c.addressItself(ip)
		}
		parts &= PagePart
	}
	hosts := hostsOf(site, d.Domain)
	if parts&RegistrationPart != 0 && c.o.Registrations != nil {
		wait.Go(func() {
			o.Registration = newer(o.Registration, c.o.Registrations.Look(ctx, d.Domain))
		})
	}
	if parts&ResolutionPart != 0 && c.o.Resolutions != nil {
		wait.Go(func() {
			o.Resolution = newer(o.Resolution, c.o.Resolutions.Look(ctx, dnscheck.Question{Domain: d.Domain, Hosts: hosts}))
		})
	}
	if parts&PagePart != 0 && c.o.Records != nil && d.Domain == site.MainDomain() && c.recordDue(o.Record) {
		wait.Go(func() {
			o.Record = newer(o.Record, c.o.Records.Look(ctx, d.Domain))
		})
	}
	if parts&PagePart != 0 && c.o.Pages != nil && showsPage(d.Role) {
		home := ""
		if d.Domain == site.MainDomain() {
			home = string(site.Home)
		}
		look := func() {
			o.Page = newer(o.Page, c.o.Pages.Look(ctx, sitecheck.Target{Domain: d.Domain, Hosts: hosts, Home: home}))
		}
		// A page needs a deep stack, which a new goroutine would have to grow to.
		if wait.here == nil {
			wait.here = look
		} else {
			wait.Go(look)
		}
	}
}

// recordDue tells whether the filed record is to be asked for: nothing is known,
// or what is known is a day old. A record that a person looked up stands until
// the API says otherwise.
func (c *Checker) recordDue(known *domaincheck.FilingRecord) bool {
	return known == nil || !known.Outcome.Conclusive() || c.o.Now().Sub(known.At.Time) >= recordAge
}

// showsPage tells whether page rules look at a domain of this role.
func showsPage(r domaincheck.Role) bool {
	return r == domaincheck.RoleMain || r == domaincheck.RoleAlias || r == ""
}

// hostsOf lists the declared hosts that belong to domain: labels ("@", "www",
// "api") belong to every domain of the site, full names to the one they end in.
func hostsOf(site domaincheck.Site, domain string) []string {
	var hosts []string
	for _, h := range site.Hosts {
		if owner := ownerOf(site, h); owner == "" || owner == domain {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

func ownerOf(site domaincheck.Site, host string) string {
	owner := ""
	for _, d := range site.Domains {
		if within(host, d.Domain) && len(d.Domain) > len(owner) {
			owner = d.Domain
		}
	}
	return owner
}

func within(host, domain string) bool {
	if host == domain {
		return true
	}
	n := len(host) - len(domain)
	return n > 0 && host[n-1] == '.' && host[n:] == domain
}

// addressItself stands for DNS where the site is an address: nothing is asked,
// so no view can differ.
func (c *Checker) addressItself(ip netip.Addr) *domaincheck.Resolution {
	address := domaincheck.Address{IP: ip.String()}
	if c.o.Attribute != nil {
		address = c.o.Attribute(ip, nil)
	}
	return &domaincheck.Resolution{
		Look:    domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: domaincheck.At(c.o.Now())},
		Vantage: domaincheck.VantageMainland,
		Hosts: domaincheck.List[domaincheck.Host]{{
			Host: ip.String(), Outcome: domaincheck.OutcomeOK, RCode: "NOERROR",
			Addresses: domaincheck.List[domaincheck.Address]{address}, Agreed: 1,
		}},
	}
}

// Judge turns facts into a report without looking at anything: what Check does
// after its looks, and all that `judge` does.
func (c *Checker) Judge(job Job, observation domaincheck.Observation, at domaincheck.Instant) domaincheck.Report {
	kase := domaincheck.Case{
		Site: c.withProviderIDs(job.Site), Siblings: job.Siblings, Observation: observation, At: at,
		History: observations(job.History),
	}
	var before *domaincheck.Observation
	if job.Watched {
		before = compared(job.Site, job.Before, observation)
		kase.History = slices.Insert(kase.History, 0, *before)
	}
	rules.Infer(&kase)
	book, policy := c.measure(job)
	findings := book.Evaluate(kase)
	if job.Watched {
		if next := settled(job, before, observation, findings); next != nil {
			before, kase.History[0] = next, *next
			findings = book.Evaluate(kase)
		}
	}
	states := job.States
	if !job.Watched || len(job.History) > 0 {
		states = c.remembered(job)
	}
	if job.Watched || len(job.History) > 0 {
		states, _ = watch.Advance(states, findings, policy, at)
	}
	report := blank(job.Input, at, c.o.Tables)
	report.Domain = domaincheck.Text(job.Site.MainDomain())
	report.Unicode = domaincheck.Text(domaincheck.Unicode(job.Site.MainDomain()))
	report.Inferred = slices.Clone(kase.Inferred)
	report.Site = &domaincheck.ReportSite{Site: kase.Site, Siblings: kase.Siblings}
	report.Observation = kase.Observation
	report.Findings = findings
	report.States = states
	report.Before = before
	if job.Watched {
		report.StaleAfter = job.StaleAfter
	}
	report.Keepers = risk.Keepers(kase)
	if c.o.Risks != nil {
		report.Risks = c.o.Risks.Assess(kase, findings, states)
	}
	report.Verdict = domaincheck.VerdictOf(findings, false)
	return report
}

// measure is the book and the policy by which a job is judged: under its
// schedule, if it has one.
func (c *Checker) measure(job Job) (*rules.Book, watch.Policy) {
	if !job.Watched || job.StaleAfter == nil {
		return c.o.Book, c.o.Policy
	}
	seconds := func(n int64) time.Duration { return time.Duration(n) * time.Second }
	limit := rules.Limits{
		Registration: seconds(job.StaleAfter.Registration), Resolution: seconds(job.StaleAfter.Resolution), Page: seconds(job.StaleAfter.Page),
	}
	policy := c.o.Policy
	policy.Schedule = watch.Schedule{Registration: limit.Registration / 3, Resolution: limit.Resolution / 3, Page: limit.Page / 3} // see watch.StaleAfter
	return c.o.Book.Watching(limit), policy
}

// remembered is what a watch over the history would remember: each earlier
// observation is judged as of its time, and the states go from one to the next.
// Without a history nothing is remembered, and nothing is confirmed.
func (c *Checker) remembered(job Job) []domaincheck.State {
	var states []domaincheck.State
	for i, past := range job.History {
		kase := domaincheck.Case{
			Site: c.withProviderIDs(job.Site), Siblings: job.Siblings, Observation: past.Observation, At: past.At,
			History: observations(job.History[:i]),
		}
		rules.Infer(&kase)
		states, _ = watch.Advance(states, c.o.Book.Evaluate(kase), c.o.Policy, past.At)
	}
	return states
}

func observations(history []Past) []domaincheck.Observation {
	seen := make([]domaincheck.Observation, len(history))
	for i, past := range history {
		seen[i] = past.Observation
	}
	return seen
}

// withProviderIDs writes the providers of a site by their ids, however the
// ledger calls them (阿里云, Alibaba Cloud, 万网), so that rules compare ids.
// Names that the table does not know stay.
func (c *Checker) withProviderIDs(site domaincheck.Site) domaincheck.Site {
	id := func(name string) string {
		if c.o.ProviderID != nil && name != "" {
			if known := c.o.ProviderID(name); known != "" {
				return known
			}
		}
		return name
	}
	site.Access = slices.Clone(site.Access)
	for i := range site.Access {
		site.Access[i].Provider = id(site.Access[i].Provider)
	}
	site.Servers = slices.Clone(site.Servers)
	for i := range site.Servers {
		site.Servers[i].Provider = domaincheck.Text(id(string(site.Servers[i].Provider)))
	}
	if site.Order != nil {
		order := *site.Order
		order.Provider = domaincheck.Text(id(string(order.Provider)))
		site.Order = &order
	}
	return site
}

// Refused is the report of an input row that cannot be checked: one output row
// per input row, always.
func (c *Checker) Refused(input string, err error) domaincheck.Report {
	report := blank(input, domaincheck.At(c.o.Now()), c.o.Tables)
	report.Error = domaincheck.AsError(err, domaincheck.CodeBadInput, "")
	return report
}

func blank(input string, at domaincheck.Instant, tables map[string]string) domaincheck.Report {
	return domaincheck.Report{
		Schema: domaincheck.Schema, Input: domaincheck.Text(domaincheck.WithoutUser(input)), At: at,
		Verdict: domaincheck.VerdictUnknown, Tables: tables,
	}
}
