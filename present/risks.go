package present

import (
	"cmp"
	"slices"

	"domaincheck"
)

// shownRisks are the risks worth a line each: of each outcome and target the
// worst, the worst first. All of them stand in the JSON.
func shownRisks(r *domaincheck.Report) []domaincheck.Risk {
	weight := func(risk domaincheck.Risk) int { return 10*risk.Level.Rank() + risk.Expected.Rank() }
	type about struct {
		outcome domaincheck.RiskOutcome
		target  domaincheck.Text
	}
	risks := slices.Clone(r.Risks)
	slices.SortStableFunc(risks, func(a, b domaincheck.Risk) int { return cmp.Compare(weight(b), weight(a)) })
	seen := map[about]bool{}
	return slices.DeleteFunc(risks, func(risk domaincheck.Risk) bool {
		key := about{risk.Outcome, risk.Target}
		again := seen[key]
		seen[key] = true
		return again
	})
}

// riskWords is a risk in words: what may come of it, by when, and why.
func (p *Printer) riskWords(r domaincheck.Risk) string {
	if p.o.Risks == nil {
		return p.v.outcome(r.Outcome)
	}
	lang := "zh"
	if !p.v.zh {
		lang = "en"
	}
	e := p.o.Risks.Explain(r, lang)
	text := e.Outcome
	if e.Chain != "" {
		text = e.Chain
	}
	if r.Target != "" {
		text = clip(Clean(string(r.Target)), 100) + p.v.say("：", ": ") + text
	}
	if e.Deadline != "" {
		text += p.v.say("　期限：", "  by ") + e.Deadline
	}
	return text + p.v.say("　原因：", "  because: ") + Clean(e.Title)
}

// riskLevel is the level to show and a mark behind it: the level of a risk that
// is not confirmed yet is the level it would have.
func (p *Printer) riskLevel(r domaincheck.Risk) (domaincheck.Severity, string) {
	if !r.Confirmed && r.Expected != "" {
		return r.Expected, p.v.say("（确认后）", " (once confirmed)")
	}
	return r.Level, ""
}
