package desk

import (
	"slices"
	"strings"

	"domaincheck"
)

// Kind is what is wrong about a site at the desk.
type Kind string

// The kinds.
const (
	Elsewhere      Kind = "filed_here_resolves_elsewhere"
	Unlisted       Kind = "resolves_here_not_listed"
	Shell          Kind = "empty_shell"
	NumberShared   Kind = "number_of_two_subjects"
	SubjectNumbers Kind = "subject_with_two_numbers"
	ForeignNumber  Kind = "number_of_another_subject"
)

// Kinds lists all kinds in the order in which a desk works them.
func Kinds() []Kind {
	return []Kind{Shell, Elsewhere, Unlisted, NumberShared, SubjectNumbers, ForeignNumber}
}

// Name is a kind in words; lang is "en", else Chinese.
func (k Kind) Name(lang string) string {
	zh, en := string(k), string(k)
	switch k {
	case Elsewhere:
		zh, en = "在本接入商备案、解析到别处（取消接入候选）", "filed here, resolves elsewhere (access may be cancelled)"
	case Unlisted:
		zh, en = "解析到本接入商、台账没有接入记录", "resolves here, not in the ledger"
	case Shell:
		zh, en = "空壳候选", "empty-shell candidate"
	case NumberShared:
		zh, en = "同一主体备案号对应两个主办单位", "one subject number under two subjects"
	case SubjectNumbers:
		zh, en = "同一主办单位有两个主体备案号", "one subject with two numbers"
	case ForeignNumber:
		zh, en = "网站备案号不属于其主办单位的主体备案号", "a site under the number of another subject"
	}
	if lang == "en" {
		return en
	}
	return zh
}

// Own names the desk's access provider by its ids (an operator may have
// several: a cloud and its CDN).
type Own []string

func (o Own) has(provider domaincheck.Text) bool { return slices.Contains(o, string(provider)) }

// Serves tells whether a site has an access record here.
func (o Own) Serves(s *domaincheck.Site) bool {
	return slices.ContainsFunc(s.Access, func(x domaincheck.Access) bool {
		return x.State != domaincheck.AccessCancelled && o.has(domaincheck.Text(x.Provider))
	})
}

// Candidate is one row of a list: what is wrong, since when, what it rests on.
type Candidate struct {
	Kind         Kind                                 `json:"kind"`
	Domain       string                               `json:"domain"` // main domain, A-label
	Unicode      string                               `json:"unicode"`
	Customer     domaincheck.Text                     `json:"customer"`
	Subject      domaincheck.Text                     `json:"subject"`   // its name
	Provider     domaincheck.Text                     `json:"provider"`  // whose access record it is about
	Confirmed    bool                                 `json:"confirmed"` // the watch is sure; else one look says so
	Since        domaincheck.Instant                  `json:"since"`     // first look that said so
	Deadline     domaincheck.Instant                  `json:"deadline"`
	DeadlineKind domaincheck.Text                     `json:"deadline_kind"` // notice, legal, typical
	Hosts        domaincheck.List[domaincheck.Keeper] `json:"hosts"`         // that still point here
	Seen         domaincheck.List[string]             `json:"seen"`          // where it leads instead: host → address (provider)
	Rules        domaincheck.List[string]             `json:"rules"`         // that failed
	Signals      domaincheck.List[string]             `json:"signals"`       // of the risks behind it
	Numbers      domaincheck.List[string]             `json:"numbers"`       // of a contradiction
	Others       domaincheck.List[string]             `json:"others"`        // the other sites or subjects of a contradiction
}

// OfReport gives what a site's newest report says to the desk of own: at most
// one of [Elsewhere] and [Shell] each. A site that is not filed, or has no
// access record here, gives none.
func OfReport(r *domaincheck.Report, own Own) []Candidate {
	if r == nil || r.Site == nil || r.Site.State != domaincheck.StateFiled {
		return nil
	}
	var provider domaincheck.Text
	for _, x := range r.Site.Access {
		if x.State != domaincheck.AccessCancelled && own.has(domaincheck.Text(x.Provider)) {
			provider = domaincheck.Text(x.Provider)
			break
		}
	}
	if provider == "" {
		return nil
	}
	base := Candidate{Domain: string(r.Domain), Unicode: string(r.Unicode), Customer: r.Site.Customer, Provider: provider}
	if r.Site.Subject != nil {
		base.Subject = r.Site.Subject.Name
	}
	var all []Candidate
	if c, is := shell(r, base); is {
		all = append(all, c)
	}
	if c, is := elsewhere(r, own, base); is {
		all = append(all, c)
	}
	return all
}

// elsewhere tells whether @ and www lead away from the own provider. Hosts
// beside them that still lead here are named: as long as they do, some
// providers let the filing stand.
func elsewhere(r *domaincheck.Report, own Own, c Candidate) (Candidate, bool) {
	front := fronts(r)
	for _, k := range r.Keepers {
		if !own.has(k.Provider) {
			continue
		}
		if slices.Contains(front, k.Host) {
			return c, false
		}
		c.Hosts = append(c.Hosts, k)
	}
	away := false
	for _, name := range front {
		h := host(r, name)
		switch {
		case h == nil || h.Outcome != domaincheck.OutcomeOK:
			return c, false // not seen: it may still lead here
		case len(h.Addresses) == 0:
			continue // leads nowhere: that is for the rules on resolution
		}
		for _, a := range h.Addresses {
			abroad := a.Mainland != nil && !*a.Mainland
			if !abroad && (own.has(a.Provider) || hidden(a)) {
				return c, false // here, or something in front of what may be here
			}
			seen := name + " → " + a.IP
			if a.Provider != "" {
				seen += " (" + string(a.Provider) + ")"
			}
			c.Seen = append(c.Seen, seen)
		}
		away = true
	}
	if !away {
		return c, false
	}
	c.Kind = Elsewhere
	dated(r, &c, func(x domaincheck.Risk) bool { return x.Outcome == domaincheck.RiskDeAccess && sameProvider(x, own) })
	sure(r, &c, "access.provider", "access.mainland", "access.resolves")
	if c.Since.IsZero() && r.Observation.Resolution != nil {
		c.Since = r.Observation.Resolution.At
	}
	return c, true
}

// hidden tells an address that says nothing of where the origin is.
func hidden(a domaincheck.Address) bool {
	switch a.Kind {
	case "cdn", "waf", "ddos", "oss", "private", "carrier", "sink":
		return true
	}
	return a.CDN
}

// shell tells whether the risk model or the subject's state says that nothing
// holds the filing up.
func shell(r *domaincheck.Report, c Candidate) (Candidate, bool) {
	c.Kind = Shell
	for _, x := range r.Risks {
		if x.Outcome != domaincheck.RiskEmptyShell || x.Expected.Rank() < domaincheck.Medium.Rank() {
			continue
		}
		if len(r.Keepers) > 0 && !slices.ContainsFunc(x.Causes, func(rule string) bool { return !strings.HasPrefix(rule, "access.") }) {
			continue // it has moved in part: a host still holds the filing up
		}
		c.Signals = append(c.Signals, x.Signal)
		c.Confirmed = c.Confirmed || x.Confirmed
		for _, rule := range x.Causes {
			if !slices.Contains(c.Rules, rule) {
				c.Rules = append(c.Rules, rule)
			}
		}
	}
	for _, f := range r.Findings {
		if f.Rule == "subject.state" && f.Result == domaincheck.Fail && f.Severity.Rank() >= domaincheck.Medium.Rank() {
			c.Rules = append(c.Rules, f.Rule)
			c.Confirmed = true // declared: needs no second look
		}
	}
	if len(c.Rules) == 0 && len(c.Signals) == 0 {
		return c, false
	}
	dated(r, &c, func(x domaincheck.Risk) bool {
		return x.Outcome == domaincheck.RiskEmptyShell && slices.Contains(c.Signals, x.Signal)
	})
	if c.Since.IsZero() {
		c.Since = r.At
	}
	c.Hosts = append(c.Hosts, r.Keepers...)
	return c, true
}

// dated takes since and deadline from the risks chosen: the earliest of each.
func dated(r *domaincheck.Report, c *Candidate, chosen func(domaincheck.Risk) bool) {
	for _, x := range r.Risks {
		if !chosen(x) {
			continue
		}
		if !slices.Contains(c.Signals, x.Signal) {
			c.Signals = append(c.Signals, x.Signal)
		}
		if !x.Since.IsZero() && (c.Since.IsZero() || x.Since.Before(c.Since.Time)) {
			c.Since = x.Since
		}
		if !x.Deadline.IsZero() && (c.Deadline.IsZero() || x.Deadline.Before(c.Deadline.Time)) {
			c.Deadline, c.DeadlineKind = x.Deadline, x.DeadlineKind
		}
	}
}

// sure takes from the states whether somebody may be told, and since when.
func sure(r *domaincheck.Report, c *Candidate, rules ...string) {
	for _, f := range r.Findings {
		if f.Result == domaincheck.Fail && slices.Contains(rules, f.Rule) && !slices.Contains(c.Rules, f.Rule) {
			c.Rules = append(c.Rules, f.Rule)
		}
	}
	for _, s := range r.States {
		if !slices.Contains(rules, s.Rule) || s.NoticedAt.IsZero() || s.Certainty == domaincheck.CertainOK {
			continue
		}
		c.Confirmed = true
		if !s.Since.IsZero() && (c.Since.IsZero() || s.Since.Before(c.Since.Time)) {
			c.Since = s.Since
		}
	}
}

func sameProvider(x domaincheck.Risk, own Own) bool { return x.Provider == "" || own.has(x.Provider) }

// fronts are @ and www of the site's main domain: what providers look at.
func fronts(r *domaincheck.Report) []string {
	return []string{string(r.Domain), "www." + string(r.Domain)}
}

func host(r *domaincheck.Report, name string) *domaincheck.Host {
	if r.Observation.Resolution == nil {
		return nil
	}
	for i := range r.Observation.Resolution.Hosts {
		if h := &r.Observation.Resolution.Hosts[i]; h.Host == name {
			return h
		}
	}
	return nil
}

// CaseState is a state of a case in words; lang is "en", else Chinese. A word
// that is none is given back.
func CaseState(state, lang string) string {
	for _, w := range [][3]string{
		{"open", "待处理", "to do"}, {"notified", "已通知", "notified"}, {"fixing", "整改中", "being mended"}, {"fixed", "已整改", "mended"},
		{"de_accessed", "已取消接入", "access cancelled"}, {"deregistered", "已注销", "deregistered"}, {"false_alarm", "误报", "false alarm"},
	} {
		if state == w[0] || state == w[1] || state == w[2] {
			if lang == "en" {
				return w[2]
			}
			return w[1]
		}
	}
	return state
}
