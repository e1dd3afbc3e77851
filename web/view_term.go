package web

import (
	"time"

	"domaincheck"
	"domaincheck/risk"
)

// termView is the life of a domain as a bar of phases.
type termView struct {
	Created, Expires string
	Left             string
	Phases           []phaseView
	Now              string // the phase in words
	Recoverable      bool
	AutoRenew        string
}

// phaseView is one phase; Fill is how much of it is over, in thousandths.
type phaseView struct {
	Name  string
	Until string
	Fill  float64
	Now   bool
	Class string
	Note  string
}

// term draws the life of a domain: what remains of its term, and which phases
// of its registry's family follow once it has run out.
func (t tongue) term(family string, reg *domaincheck.Registration, site *domaincheck.Site) *termView {
	expires, created := domaincheck.Instant{}, domaincheck.Instant{}
	var statuses []string
	if reg != nil {
		expires, created, statuses = reg.Expires, reg.Created, reg.Statuses
	}
	if expires.IsZero() && site != nil && !site.Expires.IsZero() {
		expires = domaincheck.At(site.Expires.AddDays(1).Start())
	}
	if expires.IsZero() {
		return nil
	}
	now := risk.Lifecycle(family, expires, statuses, domaincheck.At(t.now))
	v := &termView{Expires: expires.Day().String(), Left: t.left(expires.Day()), Now: t.phase(now.Name), Recoverable: now.Recoverable}
	if !created.IsZero() {
		v.Created = created.Day().String()
	}
	if site != nil && site.AutoRenew != nil {
		v.AutoRenew = t.say("没有开通自动续费", "auto-renew is off")
		if *site.AutoRenew {
			v.AutoRenew = t.say("已开通自动续费", "auto-renew is on")
		}
	}
	v.Phases = append(v.Phases, t.active(created.Time, expires.Time, now.Name))
	at := expires
	for range 5 {
		p := risk.Lifecycle(family, expires, nil, at)
		if p.Name == risk.Active || p.Name == risk.NoDate {
			break
		}
		class := "low"
		switch p.Name {
		case risk.Grace, risk.Lapsed:
			class = "medium"
		case risk.Redemption:
			class = "high"
		case risk.PendingDelete, risk.Gone:
			class = "critical"
		}
		phase := phaseView{Name: t.phase(p.Name), Now: p.Name == now.Name, Class: class, Note: t.phaseNote(p.Name)}
		if !p.Until.IsZero() {
			phase.Until = p.Until.Day().String()
			phase.Fill = filled(at.Time, p.Until.Time, t.now)
		}
		v.Phases = append(v.Phases, phase)
		if p.Until.IsZero() || p.Name == risk.Gone {
			break
		}
		at = p.Until
	}
	return v
}

func (t tongue) active(created, expires time.Time, now risk.PhaseName) phaseView {
	if created.IsZero() || created.After(t.now) {
		created = expires.AddDate(-1, 0, 0)
	}
	p := phaseView{Name: t.phase(risk.Active), Until: domaincheck.DateOf(expires).String(), Fill: filled(created, expires, t.now), Now: now == risk.Active || now == risk.AutoRenewed, Class: "pass"}
	switch days := expires.Sub(t.now).Hours() / 24; {
	case days <= 7:
		p.Class = "critical"
	case days <= 30:
		p.Class = "high"
	case days <= 90:
		p.Class = "medium"
	}
	return p
}

func filled(from, to, now time.Time) float64 {
	if !to.After(from) {
		return 0
	}
	return min(max(1000*float64(now.Sub(from))/float64(to.Sub(from)), 0), 1000)
}

func (t tongue) phase(p risk.PhaseName) string {
	switch p {
	case risk.Active:
		return t.say("有效期", "In term")
	case risk.AutoRenewed:
		return t.say("注册局已自动续期", "Renewed by the registry")
	case risk.Grace:
		return t.say("宽限期", "Grace")
	case risk.Redemption:
		return t.say("赎回期", "Redemption")
	case risk.PendingDelete:
		return t.say("待删除", "Pending delete")
	case risk.Gone:
		return t.say("已删除", "Deleted")
	case risk.Lapsed:
		return t.say("已过期", "Expired")
	}
	return t.say("到期日不详", "No date known")
}

func (t tongue) phaseNote(p risk.PhaseName) string {
	switch p {
	case risk.Grace:
		return t.say("原价续费即可", "renewable at the ordinary price")
	case risk.Redemption:
		return t.say("须高价赎回", "restorable at a price")
	case risk.PendingDelete:
		return t.say("已不能赎回", "cannot be had back")
	case risk.Gone:
		return t.say("任何人都能注册", "free for anybody")
	}
	return ""
}
