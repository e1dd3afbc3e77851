package lab

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	dc "domaincheck"
	"domaincheck/tldlist"
)

// OperationOptions of PlanOperation.
type OperationOptions struct {
	Sites int // 0 is 300
	Days  int // 0 is 90
	Seed  uint64
	Start time.Time // begin of the first day
	// How often a daemon under test looks: the longest gap of each schedule.
	Access, Page, Registration time.Duration
}

// Operation is a plan of months of life: healthy sites, faults planted on some
// of them over time, and noise that must alarm nobody. It is computed from its
// seed, holds no clock, and answers, for any instant, what an observer would
// see. Its ground truth (by when must somebody have been told, and what may be
// told at all) follows from the promises made to users, not from the code
// under test.
type Operation struct {
	Options OperationOptions
	Faults  []PlantedFault
	Noises  []Noise

	plans    []*plan
	byDomain map[string]int
	bySite   map[int][]*PlantedFault
	tlds     *tldlist.Table
}

// PlantedFault is something that is truly wrong with a site for a time.
type PlantedFault struct {
	Kind  string    `json:"kind"`
	Site  string    `json:"site"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"` // zero: it lasts
	Rule  string    `json:"rule"`  // that must be told
	Level string    `json:"level"` // at least; "" any
	// By is when it must have been told; Over when its end must have been told
	// (zero: nothing is demanded).
	By   time.Time `json:"by"`
	Over time.Time `json:"over"`

	index int
	may   []string      // further rules, or parts of the book ("site"), that may be told meanwhile
	early time.Duration // a clock that is ahead may tell a date so much too early
	n     int           // of the kind: a detail
}

// Noise is what goes wrong with the looking, or too shortly to be told.
type Noise struct {
	Kind     string        `json:"kind"`
	From     time.Time     `json:"from"`
	Until    time.Time     `json:"until"`
	Site     string        `json:"site"`     // "": all
	Registry string        `json:"registry"` // host:port; "": none or all
	Shift    time.Duration `json:"shift"`    // of the clock

	index int
}

// The kinds of noise.
const (
	NoiseHiccupPage   = "hiccup_page"      // one site answers 503, or refuses, shorter than is confirmed
	NoiseHiccupDNS    = "hiccup_dns"       // one name does not exist, shorter than is confirmed
	NoiseSilent       = "resolver_silent"  // the resolvers do not answer
	NoiseLies         = "resolver_lies"    // the resolvers say that nothing exists
	NoiseUplink       = "uplink_dead"      // nothing answers
	NoiseRefuses      = "registry_refuses" // one registry refuses
	NoiseMaintenance  = "registry_lies"    // one registry says that nothing is registered
	NoiseDown         = "daemon_down"      // nobody looks: a restart, a long stop
	NoiseClock        = "clock_jump"       // the clock is wrong for a while
	NoiseDeploy       = "deploy"           // announced maintenance: one site is down
	noiseTruncated    = 90                 // of 10,000 looks at pages
	noiseTimeout      = 150                // of 10,000 looks
	healthyStory      = "healthy"
	operateRegistries = 3
)

// PlanOperation plans.
func PlanOperation(o OperationOptions) (*Operation, error) {
	if o.Sites <= 0 {
		o.Sites = 300
	}
	if o.Days <= 0 {
		o.Days = 90
	}
	o.Access = cmp.Or(o.Access, 30*time.Minute)
	o.Page = cmp.Or(o.Page, 6*time.Hour)
	o.Registration = cmp.Or(o.Registration, 24*time.Hour)
	if o.Start.IsZero() {
		return nil, dc.Errorf(dc.CodeBadInput, "lab", "an operation needs its first day")
	}
	w, err := newWorld(Options{Sites: o.Sites, Seed: o.Seed, Now: o.Start, Stories: []string{healthyStory}})
	if err != nil {
		return nil, err
	}
	op := &Operation{Options: o, byDomain: map[string]int{}, bySite: map[int][]*PlantedFault{}}
	if op.tlds, err = tldlist.Default(); err != nil {
		return nil, err
	}
	d := diceFor(o.Seed, 0, 40)
	for i := range o.Sites {
		p := w.plan(i)
		// Nothing runs out during the operation but what is meant to.
		p.reg.expires = p.today.AddDays(o.Days + 150 + d.n(500)).Start().Add(12 * time.Hour)
		p.site.Servers[0].Expires = p.today.AddDays(o.Days + 90 + d.n(300))
		p.site.LastVisitOn = dc.Date{}
		op.plans = append(op.plans, p)
		op.byDomain[p.domain] = i
	}
	op.dealNoise(&d)
	op.dealFaults(&d)
	op.settleTruth()
	return op, nil
}

// End is when the operation ends.
func (o *Operation) End() time.Time { return o.Options.Start.AddDate(0, 0, o.Options.Days) }

// Domains lists the sites.
func (o *Operation) Domains() []string {
	all := make([]string, len(o.plans))
	for i, p := range o.plans {
		all[i] = p.domain
	}
	return all
}

// Site is what the owner of a site has written down as of a moment.
func (o *Operation) Site(domain string, at time.Time) (dc.Site, bool) {
	i, ok := o.byDomain[domain]
	if !ok {
		return dc.Site{}, false
	}
	p := o.plans[i]
	site := p.site
	for _, f := range o.bySite[i] {
		switch f.Kind {
		case "server_ending":
			site.Servers = slices.Clone(site.Servers)
			site.Servers[0].Expires = dc.DateOf(f.From).AddDays(30)
		case "notice":
			if at.Before(f.From) {
				continue
			}
			notice := dc.Notice{Kind: "接入核查", Received: dc.DateOf(f.From), Deadline: dc.DateOf(f.From).AddDays(10), Text: "请于期限内整改"}
			state := dc.AccessNotice
			if !f.Until.IsZero() && !at.Before(f.Until) {
				notice.ClosedOn, state = dc.DateOf(f.Until), dc.AccessActive
			}
			site.Access = slices.Clone(site.Access)
			site.Access[0].State, site.Access[0].Notices = state, dc.List[dc.Notice]{notice}
		}
	}
	return site, true
}

// LedgerChanges lists when which site's ledger entry changes.
func (o *Operation) LedgerChanges() []LedgerChange {
	var all []LedgerChange
	for i := range o.Faults {
		f := &o.Faults[i]
		if f.Kind != "notice" {
			continue
		}
		all = append(all, LedgerChange{f.From, f.Site})
		if !f.Until.IsZero() {
			all = append(all, LedgerChange{f.Until, f.Site})
		}
	}
	slices.SortFunc(all, func(a, b LedgerChange) int { return a.At.Compare(b.At) })
	return all
}

// LedgerChange is a moment at which an owner changes his ledger.
type LedgerChange struct {
	At   time.Time
	Site string
}

// Registry is the registry server that answers for a domain.
func (o *Operation) Registry(domain string) string {
	i, ok := o.byDomain[domain]
	if !ok {
		return ""
	}
	return registryOf(o.plans[i])
}

func registryOf(p *plan) string {
	switch {
	case p.chinese():
		return "whois.cn.lab-dns.net:43"
	case p.tld == "com" || p.tld == "net":
		return "rdap.com.lab-dns.net:443"
	}
	return "rdap.top.lab-dns.net:443"
}

// Shift is how wrong the daemon's clock is.
func (o *Operation) Shift(at time.Time) time.Duration {
	for i := range o.Noises {
		if n := &o.Noises[i]; n.Kind == NoiseClock && n.over(at) {
			return n.Shift
		}
	}
	return 0
}

// Down tells whether the daemon is stopped, and until when.
func (o *Operation) Down(at time.Time) (until time.Time, down bool) {
	for i := range o.Noises {
		if n := &o.Noises[i]; n.Kind == NoiseDown && n.over(at) {
			return n.Until, true
		}
	}
	return time.Time{}, false
}

// Turns lists every instant at which the world changes, in order: a simulation
// stops at each.
func (o *Operation) Turns() []time.Time {
	var all []time.Time
	for i := range o.Noises {
		all = append(all, o.Noises[i].From, o.Noises[i].Until)
	}
	for i := range o.Faults {
		all = append(all, o.Faults[i].From)
		if !o.Faults[i].Until.IsZero() {
			all = append(all, o.Faults[i].Until)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

func (n *Noise) over(at time.Time) bool { return !at.Before(n.From) && at.Before(n.Until) }

func (f *PlantedFault) over(at time.Time) bool {
	return !at.Before(f.From) && (f.Until.IsZero() || at.Before(f.Until))
}

// String is the fault in one line.
func (f *PlantedFault) String() string {
	s := fmt.Sprintf("%s %s on %s from %s", f.Kind, f.Rule, f.Site, dc.At(f.From))
	if !f.Until.IsZero() {
		s += " until " + dc.At(f.Until).String()
	}
	return s + ", to be told by " + dc.At(f.By).String()
}
