package web

import (
	"strings"

	"domaincheck"
	"domaincheck/risk"
)

// riskView is a risk in words.
type riskView struct {
	Level, LevelWord string
	Title            string // what is the matter
	Outcome          string // what may come of it
	Chain            []string
	Target           string
	Provider         string
	Day              string // of the deadline; "" if no term is known
	Left             string // 还有 2 天
	Past             bool
	Term             string // 经验期限，非法定
	Fix              string
	Basis, Also      []string
	Sure             string // "" once confirmed
	Causes           []string
}

// risk says a risk in words. The level of one that is not confirmed yet is the
// level it would have, and Sure says so.
func (t tongue) risk(r domaincheck.Risk, table *risk.Table, provider func(string) string) riskView {
	v := riskView{Target: siteLabel(string(r.Target)), Provider: provider(string(r.Provider)), Causes: r.Causes}
	level := r.Level
	if !r.Confirmed && r.Expected != "" {
		level = r.Expected
	}
	v.Level, v.LevelWord = string(level), t.severity(level)
	if table == nil {
		v.Title, v.Outcome = clean(r.Signal), risk.OutcomeName(r, t.lang)
	} else {
		e := table.Explain(r, t.lang)
		v.Title, v.Outcome, v.Fix, v.Sure = clean(e.Title), e.Outcome, clean(e.Fix), e.Sure
		for _, b := range e.Basis {
			v.Basis = append(v.Basis, clean(b))
		}
		for _, a := range e.Also {
			v.Also = append(v.Also, clean(a))
		}
		for step := range strings.SplitSeq(e.Chain, "→") {
			if step = strings.TrimSpace(step); step != "" {
				v.Chain = append(v.Chain, step)
			}
		}
	}
	if !r.Deadline.IsZero() {
		day := r.Deadline.Day()
		v.Day, v.Left = day.String(), t.left(day)
		if r.Approximate {
			v.Day = t.say("约 ", "about ") + v.Day
		}
		v.Past = day.Before(domaincheck.DateOf(t.now))
		v.Term = t.deadlineKind(string(r.DeadlineKind))
	}
	return v
}

// deadlineKind says what kind of date a deadline is: a typical one never looks
// like the law's.
func (t tongue) deadlineKind(kind string) string {
	switch kind {
	case "notice":
		return t.say("通知上的期限", "date of the notice")
	case "legal":
		return t.say("到期日", "date of registry or server")
	}
	return t.say("经验期限，非法定", "typical, not a legal date")
}
