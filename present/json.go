package present

import (
	"bytes"
	"encoding/json"

	"domaincheck"
	"domaincheck/rules"
)

// jsonReport is a report as it is promised to scripts: that of the root
// package, with each finding rendered. A test holds the two field lists equal.
type jsonReport struct {
	Schema      int                                  `json:"schema"`
	Input       domaincheck.Text                     `json:"input"`
	Domain      domaincheck.Text                     `json:"domain"`
	Unicode     domaincheck.Text                     `json:"unicode"`
	At          domaincheck.Instant                  `json:"at"`
	Lang        domaincheck.Text                     `json:"lang"`
	Error       *domaincheck.Error                   `json:"error"`
	Inferred    domaincheck.List[string]             `json:"inferred"`
	Site        *domaincheck.ReportSite              `json:"site"`
	Observation domaincheck.Observation              `json:"observation"`
	Findings    []jsonFinding                        `json:"findings"`
	Risks       domaincheck.List[domaincheck.Risk]   `json:"risks"`
	Keepers     domaincheck.List[domaincheck.Keeper] `json:"keepers"`
	States      domaincheck.List[domaincheck.State]  `json:"states"`
	Verdict     domaincheck.Verdict                  `json:"verdict"`
	Tables      map[string]string                    `json:"tables"`

	Before     *domaincheck.Observation `json:"before,omitempty"`
	StaleAfter *domaincheck.StaleAfter  `json:"stale_after,omitempty"`
}

// jsonFinding is a finding with its sentences.
type jsonFinding struct {
	Rule       string               `json:"rule"`
	Target     domaincheck.Text     `json:"target"`
	Code       string               `json:"code"`
	Result     domaincheck.Result   `json:"result"`
	Why        domaincheck.Why      `json:"why"`
	Severity   domaincheck.Severity `json:"severity"`
	Knows      domaincheck.Knows    `json:"knows"`
	ObservedAt domaincheck.Instant  `json:"observed_at"`
	Summary    domaincheck.Text     `json:"summary"`
	Evidence   map[string]any       `json:"evidence"` // not Evidence: its own writer escapes HTML
	Fix        domaincheck.Text     `json:"fix"`
	Basis      []rules.Citation     `json:"basis"`
}

// rendered gives a report its sentences.
func (p *Printer) rendered(r *domaincheck.Report) jsonReport {
	out := jsonReport{
		Schema: r.Schema, Input: r.Input, Domain: r.Domain, Unicode: r.Unicode, At: r.At, Lang: domaincheck.Text(p.o.Lang),
		Error: r.Error, Inferred: r.Inferred, Site: r.Site, Observation: r.Observation,
		Findings: make([]jsonFinding, 0, len(r.Findings)), Risks: r.Risks, Keepers: r.Keepers, States: r.States, Verdict: r.Verdict, Tables: r.Tables,
		Before: r.Before, StaleAfter: r.StaleAfter,
	}
	if out.Schema == 0 {
		out.Schema = domaincheck.Schema
	}
	if out.Verdict == "" {
		out.Verdict = domaincheck.VerdictUnknown
	}
	if out.Tables == nil {
		out.Tables = map[string]string{}
	}
	for _, f := range r.Findings {
		x := p.explain(f)
		j := jsonFinding{Rule: f.Rule, Target: f.Target, Code: f.Code, Result: f.Result, Why: f.Why, Severity: f.Severity, Knows: f.Knows,
			ObservedAt: f.ObservedAt, Summary: domaincheck.Text(x.Summary), Evidence: f.Evidence, Fix: domaincheck.Text(x.Fix), Basis: x.Basis}
		if j.Evidence == nil {
			j.Evidence = map[string]any{}
		}
		if j.Basis == nil {
			j.Basis = []rules.Citation{}
		}
		out.Findings = append(out.Findings, j)
	}
	return out
}

// jsonPrinter writes one object, an array, or a line each. An array is written
// as it grows, so that a stopped run leaves what is done, closed by Close.
type jsonPrinter struct {
	*Printer
	lines bool
	n     int
}

func (p *jsonPrinter) render(r *domaincheck.Report) (Rendered, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if !p.lines && !p.o.Compact {
		indent := ""
		if !p.o.Single {
			indent = "  "
		}
		enc.SetIndent(indent, "  ")
	}
	if err := enc.Encode(p.rendered(r)); err != nil {
		return Rendered{}, domaincheck.Errorf(domaincheck.CodeInternal, string(r.Domain), "the report cannot be written as JSON: %w", err)
	}
	return Rendered{body: string(bytes.TrimRight(b.Bytes(), "\n"))}, nil
}

func (p *jsonPrinter) put(r Rendered) error {
	p.n++
	switch {
	case p.lines || p.o.Single:
		p.write(r.body, "\n")
	case p.n == 1:
		p.write("[\n  ", r.body)
	default:
		p.write(",\n  ", r.body)
	}
	return nil
}

func (p *jsonPrinter) close() error {
	switch {
	case p.lines || p.o.Single:
	case p.n == 0:
		p.write("[]\n")
	default:
		p.write("\n]\n")
	}
	return nil
}
