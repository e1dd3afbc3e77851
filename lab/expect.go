package lab

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	dc "domaincheck"
)

// Expect is what one rule must say of a site. It speaks of the worst finding of
// the rule over all its targets: fail before unknown before pass before not
// applicable, and among failures the one of the highest severity.
//
// Results lists every result that the facts allow (mostly one). Code, Severity
// and Why are empty where nothing fixes them; they bind only a finding that
// failed (Code, Severity) or is unknown (Why).
type Expect struct {
	Rule     string      `json:"rule"`
	Results  []dc.Result `json:"results"`
	Code     dc.Text     `json:"code"`
	Severity dc.Severity `json:"severity"`
	Why      dc.Why      `json:"why"`
}

// String is the expectation in one line, for test output.
func (e Expect) String() string {
	words := make([]string, 0, 4)
	for _, r := range e.Results {
		words = append(words, string(r))
	}
	s := e.Rule + " " + strings.Join(words, "|")
	for _, extra := range []string{string(e.Severity), string(e.Why), string(e.Code)} {
		if extra != "" {
			s += " " + extra
		}
	}
	return s
}

// met tells whether a finding is what was expected.
func (e Expect) met(f dc.Finding) bool {
	if !slices.Contains(e.Results, f.Result) {
		return false
	}
	switch f.Result {
	case dc.Fail:
		return (e.Severity == "" || e.Severity == f.Severity) && (e.Code == "" || string(e.Code) == f.Code)
	case dc.Unknown:
		return e.Why == "" || e.Why == f.Why
	}
	return true
}

func fails(rule string, severity dc.Severity) Expect {
	return Expect{Rule: rule, Results: []dc.Result{dc.Fail}, Severity: severity}
}

func failsAs(rule string, severity dc.Severity, code string) Expect {
	return Expect{Rule: rule, Results: []dc.Result{dc.Fail}, Severity: severity, Code: dc.Text(code)}
}

func passes(rule string) Expect {
	return Expect{Rule: rule, Results: []dc.Result{dc.Pass}}
}

func unknown(rule string, why dc.Why) Expect {
	return Expect{Rule: rule, Results: []dc.Result{dc.Unknown}, Why: why}
}

func silent(rule string) Expect {
	return Expect{Rule: rule, Results: []dc.Result{dc.NotApplicable}}
}

// calm expects anything but a failure.
func calm(rule string) Expect {
	return Expect{Rule: rule, Results: []dc.Result{dc.Pass, dc.Unknown, dc.NotApplicable}}
}

// fine expects a pass, or that the rule does not apply.
func fine(rule string) Expect {
	return Expect{Rule: rule, Results: []dc.Result{dc.Pass, dc.NotApplicable}}
}

// unseen expects that a fact which was not seen is neither pass nor fail.
func unseen(rule string) Expect {
	return Expect{Rule: rule, Results: []dc.Result{dc.Unknown, dc.NotApplicable}}
}

// baseline is what the rules say of a filed site on which nothing is wrong. The
// stories change what they disturb.
func baseline(p *plan) map[string]Expect {
	list := []Expect{
		passes("domain.registered"), passes("domain.tld"), passes("domain.registrar"), silent("domain.domestic"),
		silent("domain.term"), passes("domain.expiry"), passes("domain.status"), passes("domain.real_name"),
		passes("domain.holder"), silent("domain.privacy"), fine("domain.changed"),
		silent("access.unfiled"), passes("access.resolves"), passes("access.mainland"), passes("access.provider"),
		fine("access.address"), passes("access.delegation"),
		silent("server.type"), silent("server.region"), silent("server.term"), silent("server.bandwidth"), silent("server.codes"),
		passes("server.expiry"),
		passes("site.reachable"), passes("site.blocked"), passes("site.parked"), passes("site.number"),
		passes("site.number_matches"), passes("site.link"), passes("site.police"), calm("site.copyright"),
		calm("site.title"), calm("site.category"), passes("site.tls"), calm("site.traffic"),
		calm("subject.count"), calm("subject.identity"), calm("subject.state"), calm("subject.contact"),
		calm("record.exists"), calm("record.matches"), calm("record.stale"),
		fine("notice.deadline"), fine("watch.stale"),
	}
	m := make(map[string]Expect, len(list))
	for _, e := range list {
		m[e.Rule] = e
	}
	if p.reg.redacted {
		m["domain.holder"] = unknown("domain.holder", dc.WhyUnknowable)
	}
	return m
}

// expectations is the sorted list for one plan.
func expectations(p *plan) []Expect {
	m := baseline(p)
	for _, group := range p.story.loose {
		for rule := range m {
			if rule == group || strings.HasPrefix(rule, group+".") {
				delete(m, rule)
			}
		}
	}
	for _, e := range p.story.want {
		m[e.Rule] = e
	}
	out := make([]Expect, 0, len(m))
	for _, e := range m {
		out = append(out, e)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Rule < out[j].Rule })
	return out
}

// worst is the finding of a rule that decides, over all targets; false if the
// rule has none.
func worst(findings []dc.Finding, rule string) (dc.Finding, bool) {
	rank := func(f dc.Finding) int {
		switch f.Result {
		case dc.Fail:
			return 100 + f.Severity.Rank()
		case dc.Unknown:
			return 50
		case dc.Pass:
			return 10
		}
		return 0
	}
	var out dc.Finding
	found := false
	for _, f := range findings {
		if f.Rule == rule && (!found || rank(f) > rank(out)) {
			out, found = f, true
		}
	}
	return out, found
}

// Disagreements lists, one line each, where findings are not what the story
// planted: a failure missed, a false alarm, a wrong severity, code or reason.
// Rules of which there is no finding at all are left out: whether the book is
// complete is another question. It is empty when all agree.
func (t Truth) Disagreements(findings []dc.Finding) []string {
	var out []string
	for _, e := range t.Expected {
		f, ok := worst(findings, e.Rule)
		if !ok || e.met(f) {
			continue
		}
		out = append(out, fmt.Sprintf("%s (%s): expected %s, got %s %s %s %s", t.Domain, t.Story, e, f.Result, f.Severity, f.Why, f.Code))
	}
	return out
}
