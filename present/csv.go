package present

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"

	"domaincheck"
)

// csvColumns are a promise to scripts: new ones come at the end.
func csvColumns() []string {
	return []string{"input", "domain", "unicode", "verdict", "error", "state", "subject", "failed", "unknown", "passed", "worst_severity",
		"failed_rules", "unknown_rules", "summary", "fix", "risk", "risk_level", "deadline", "deadline_kind",
		"expires", "registrar", "record_numbers", "addresses", "providers", "at", "undeclared", "undeclared_rules"}
}

// csvPrinter writes one row a site, with a byte order mark and Windows line
// ends, as spreadsheet programs want it. Values are those of the JSON;
// summary and fix are sentences. No cell can become a formula.
type csvPrinter struct {
	*Printer
	started bool
}

func (p *csvPrinter) start() error {
	if p.started {
		return nil
	}
	p.started = true
	heading, err := p.row(csvColumns())
	p.write("\ufeff", heading)
	return err
}

func (p *csvPrinter) row(cells []string) (string, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	if err := w.Write(cells); err != nil {
		return "", err
	}
	w.Flush()
	return b.String(), w.Error()
}

func (p *csvPrinter) close() error { return p.start() }

func (p *csvPrinter) put(r Rendered) error {
	err := p.start()
	p.write(r.body)
	return err
}

func (p *csvPrinter) render(r *domaincheck.Report) (Rendered, error) {
	verdict := r.Verdict
	if verdict == "" {
		verdict = domaincheck.VerdictUnknown
	}
	row := map[string]string{
		"input": clip(string(r.Input), 300), "domain": string(r.Domain), "unicode": string(r.Unicode), "verdict": string(verdict), "at": r.At.String(),
		"failed": strconv.Itoa(count(r, domaincheck.Fail)), "unknown": strconv.Itoa(count(r, domaincheck.Unknown)), "passed": strconv.Itoa(count(r, domaincheck.Pass)),
	}
	if r.Error != nil {
		row["error"] = p.v.problem(r.Error)
	}
	if r.Site != nil {
		row["state"] = string(r.Site.State)
		if r.Site.Subject != nil {
			row["subject"] = string(r.Site.Subject.Name)
		}
	}
	p.findingCells(r, row)
	p.seenCells(r, row)
	cells := make([]string, 0, len(csvColumns()))
	for _, c := range csvColumns() {
		cells = append(cells, guard(Clean(row[c])))
	}
	line, err := p.row(cells)
	return Rendered{body: line}, err
}

// findingCells fills the columns of findings and risks.
func (p *csvPrinter) findingCells(r *domaincheck.Report, row map[string]string) {
	var bad, unknown, missing, sentences, fixes []string
	for i, f := range failed(r) {
		if i == 0 {
			row["worst_severity"] = string(f.Severity)
		}
		x := p.explain(f)
		bad = add(bad, f.Rule)
		sentences = add(sentences, x.Summary)
		fixes = add(fixes, x.Fix)
	}
	for _, f := range r.Findings {
		switch {
		case f.Result == domaincheck.Unknown && f.Why == domaincheck.WhyUndeclared:
			missing = add(missing, f.Rule)
		case f.Result == domaincheck.Unknown:
			unknown = add(unknown, f.Rule)
		}
	}
	row["failed_rules"], row["unknown_rules"] = strings.Join(bad, " "), strings.Join(unknown, " ")
	_, n := p.undeclared(r)
	row["undeclared"], row["undeclared_rules"] = strconv.Itoa(n), strings.Join(missing, " ")
	row["summary"], row["fix"] = strings.Join(sentences, " | "), strings.Join(fixes, " | ")
	var worst *domaincheck.Risk
	for i := range r.Risks {
		if worst == nil || r.Risks[i].Level.Rank() > worst.Level.Rank() {
			worst = &r.Risks[i]
		}
	}
	if worst != nil {
		row["risk"], row["risk_level"], row["deadline_kind"] = string(worst.Outcome), string(worst.Level), string(worst.DeadlineKind)
		row["deadline"] = worst.Deadline.Day().String()
	}
}

// seenCells fills the columns of what was observed.
func (p *csvPrinter) seenCells(r *domaincheck.Report, row map[string]string) {
	if reg := r.Observation.Registration; reg != nil {
		row["expires"] = reg.Expires.Day().String()
		if reg.Registrar != nil {
			row["registrar"] = string(reg.Registrar.Name)
		}
	}
	var numbers, ips, providers []string
	if page := r.Observation.Page; page != nil {
		for _, n := range page.RecordNumbers {
			numbers = add(numbers, n.Number.Number)
		}
	}
	if res := r.Observation.Resolution; res != nil {
		for _, h := range res.Hosts {
			for _, a := range h.Addresses {
				ips = add(ips, a.IP)
				providers = add(providers, p.fact("provider", string(a.Provider)))
			}
		}
	}
	row["record_numbers"], row["addresses"], row["providers"] = strings.Join(numbers, " "), strings.Join(ips, " "), strings.Join(providers, " ")
}

// add appends what is not empty and not there yet.
func add(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
