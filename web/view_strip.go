package web

import (
	"time"

	"domaincheck"
	"domaincheck/store"
)

// stripView is the history of one finding over the last days, drawn as a strip:
// a failure fills its whole height, an unknown result half of it, hatched, a
// pass is a line at the bottom, so that the strip reads without colours.
type stripView struct {
	Label    string // in words, for those who do not see it
	From, To string
	Parts    []stripPart
}

// stripPart is a stretch of equal results; X and W count in thousandths.
type stripPart struct {
	X, W, Y, H float64
	Class      string
	Title      string
}

const stripWidth, stripHeight = 1000.0, 16.0

// strips draws the history of every finding of the newest report. rows are the
// site's reports, newest first, each a change that held until the next one.
func (t tongue) strips(rows []store.ReportRow, days int) map[string]*stripView {
	out := map[string]*stripView{}
	if len(rows) == 0 || rows[0].Report == nil {
		return out
	}
	from, to := t.now.AddDate(0, 0, -days), t.now
	for _, f := range rows[0].Report.Findings {
		if f.Result == domaincheck.NotApplicable {
			continue
		}
		s := &stripView{From: t.short(from), To: t.say("现在", "now")}
		var bad time.Duration
		times := 0
		before := ""
		for i := len(rows) - 1; i >= 0; i-- {
			begin, end := rows[i].FirstAt, to
			if i > 0 {
				end = rows[i-1].FirstAt
			}
			if rows[i].Report == nil || !end.After(from) || !begin.Before(to) {
				continue
			}
			if begin.Before(from) {
				begin = from
			}
			class := classThen(rows[i].Report, f)
			if class == "" {
				continue
			}
			if isFailure(class) {
				bad += end.Sub(begin)
				if !isFailure(before) {
					times++
				}
			}
			before = class
			s.add(t, class, stretch{begin, end}, stretch{from, to})
		}
		s.Label = t.stripWords(bad, times, days)
		out[findingID(f.Rule, string(f.Target))] = s
	}
	return out
}

func (t tongue) stripWords(bad time.Duration, times, days int) string {
	if times == 0 {
		return t.sayf("近 %d 天没有不符合", "no failure in the last %d days", days)
	}
	return t.sayf("近 %d 天不符合 %d 次，共 %s", "failed %[2]d times in the last %[1]d days, %[3]s in all", days, times, t.span(bad))
}

func isFailure(class string) bool {
	switch class {
	case "critical", "high", "medium", "low", "info":
		return true
	}
	return false
}

// classThen is the class of the same finding in an earlier report: its severity
// where it failed, else its result; "" where it did not apply.
func classThen(r *domaincheck.Report, f domaincheck.Finding) string {
	for _, then := range r.Findings {
		if then.Rule != f.Rule || then.Target != f.Target {
			continue
		}
		switch then.Result {
		case domaincheck.Fail:
			return string(then.Severity)
		case domaincheck.Pass, domaincheck.Unknown:
			return string(then.Result)
		}
	}
	return ""
}

// stretch is a time with two ends.
type stretch struct{ from, to time.Time }

func (v stretch) length() float64 { return float64(v.to.Sub(v.from)) }

// add draws a stretch of one class on the strip of the whole time.
func (s *stripView) add(t tongue, class string, part, whole stretch) {
	x := stripWidth * float64(part.from.Sub(whole.from)) / whole.length()
	w := stripWidth * part.length() / whole.length()
	if n := len(s.Parts); n > 0 && s.Parts[n-1].Class == class {
		s.Parts[n-1].W = x + w - s.Parts[n-1].X
		return
	}
	p := stripPart{X: x, W: max(w, 2), Class: class}
	word := t.severity(domaincheck.Severity(class))
	switch class {
	case "pass":
		p.H, word = 4, t.say("符合", "pass")
	case "unknown":
		p.H, word = 9, t.say("暂时无法判断", "unknown")
	default:
		p.H = stripHeight
		word = t.say("不符合 ", "fail ") + word
	}
	p.Y = stripHeight - p.H
	p.Title = t.short(part.from) + " – " + word
	s.Parts = append(s.Parts, p)
}
