package present

import (
	"bufio"
	"io"
	"strings"

	"domaincheck"
	"domaincheck/inventory"
	"domaincheck/risk"
	"domaincheck/rules"
)

// Explainer renders a finding's sentences; [rules.Book] is one.
type Explainer interface {
	Explain(f domaincheck.Finding, lang string) rules.Explanation
}

// Options of a [Printer].
type Options struct {
	Format  string // text (also ""), json, jsonl, csv, markdown
	Lang    string // zh (also ""), en
	Color   bool   // ANSI colours in text
	Width   int    // of the terminal in columns; 0: lines are not broken
	Verbose bool   // text: also what passed, what does not apply, undeclared facts one by one
	Single  bool   // exactly one report was asked for: json prints an object, text its details at once
	Stored  bool   // the reports come from a store that confirms findings over time
	Compact bool   // json without indentation

	Book         Explainer                    // needed unless there are no findings
	ProviderName func(id, lang string) string // nil: ids are shown
	Risks        *risk.Table                  // says risks in words; nil: only their outcome
}

// Printer writes reports one after another. It is for one goroutine.
type Printer struct {
	o    Options
	v    voice
	w    *bufio.Writer
	impl printer
	pack packer

	headings map[string]string // of the ledger's facts, by path
}

// printer is one format. render may be called before it is a report's turn, put
// in the order of the reports.
type printer interface {
	render(r *domaincheck.Report) (Rendered, error)
	put(r Rendered) error
	close() error
}

// Rendered is a report ready to be printed: far smaller than the report, and
// smaller still when packed.
type Rendered struct {
	body, detail string
	verdict      domaincheck.Verdict // "" of a row that could not be checked
	doubt        bool                // a failure that is not confirmed is shown
	packed       []byte              // body and detail, deflated
}

// NewPrinter makes a printer; an unknown format or language is an error of
// CodeBadSettings.
func NewPrinter(w io.Writer, o Options) (*Printer, error) {
	switch o.Lang {
	case "":
		o.Lang = "zh"
	case "zh", "en":
	default:
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "--lang", "%q is not a language here", clip(Clean(o.Lang), 20)).WithHint("zh or en")
	}
	headings, err := inventory.Headings()
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "", "the names of the ledger's facts: %w", err)
	}
	p := &Printer{headings: headings, o: o, v: voice{o.Lang == "zh"}, w: bufio.NewWriter(w)}
	switch o.Format {
	case "", "text":
		p.impl = &textPrinter{Printer: p}
	case "json":
		p.impl = &jsonPrinter{Printer: p}
	case "jsonl":
		p.impl = &jsonPrinter{Printer: p, lines: true}
	case "csv":
		p.impl = &csvPrinter{Printer: p}
	case "markdown", "md":
		p.impl = &markdownPrinter{Printer: p}
	default:
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "--format", "%q is not a format", clip(Clean(o.Format), 20)).WithHint("text, json, jsonl, csv or markdown")
	}
	return p, nil
}

// Print writes one report, or the part of it that comes now: text with
// several sites keeps details for Close. What is written has reached the
// writer when Print returns.
func (p *Printer) Print(r domaincheck.Report) error {
	ready, err := p.Render(r)
	if err != nil {
		return err
	}
	return p.Put(ready)
}

// Render makes a report ready to be put where it belongs, now or later.
func (p *Printer) Render(r domaincheck.Report) (Rendered, error) { return p.impl.render(&r) }

// Pack makes small what Render made and what has to wait for its turn; only
// this printer can put it.
func (p *Printer) Pack(r Rendered) Rendered { return p.pack.seal(r) }

// Put prints what Render made, as Print does.
func (p *Printer) Put(r Rendered) error {
	r, err := p.pack.open(r)
	if err != nil {
		return err
	}
	if err := p.impl.put(r); err != nil {
		return err
	}
	return p.w.Flush()
}

// Close writes what stands at the end. The writer stays open.
func (p *Printer) Close() error {
	if err := p.impl.close(); err != nil {
		return err
	}
	return p.w.Flush()
}

// explain renders a finding; without a book it says its bare ids.
func (p *Printer) explain(f domaincheck.Finding) rules.Explanation {
	if p.o.Book == nil {
		return rules.Explanation{Summary: f.Rule + " " + f.Code}
	}
	return p.o.Book.Explain(f, p.o.Lang)
}

// write prints without caring for errors: bufio keeps the first for Flush.
func (p *Printer) write(parts ...string) {
	for _, s := range parts {
		_, _ = p.w.WriteString(s)
	}
}

// failed gives the findings that count against the site, from the worst
// severity down, in the book's order within one.
func failed(r *domaincheck.Report) []domaincheck.Finding {
	var out []domaincheck.Finding
	for rank := domaincheck.Critical.Rank(); rank >= domaincheck.Low.Rank(); rank-- {
		for _, f := range r.Findings {
			if f.Result == domaincheck.Fail && f.Severity.Rank() == rank {
				out = append(out, f)
			}
		}
	}
	return out
}

// hints gives what is worth knowing but counts against nothing: failures of
// severity info.
func hints(r *domaincheck.Report) []domaincheck.Finding {
	var out []domaincheck.Finding
	for _, f := range r.Findings {
		if f.Result == domaincheck.Fail && f.Severity.Rank() < domaincheck.Low.Rank() {
			out = append(out, f)
		}
	}
	return out
}

// unsure gives the unknown findings that no fact of the ledger would settle.
func unsure(r *domaincheck.Report) []domaincheck.Finding {
	var out []domaincheck.Finding
	for _, f := range r.Findings {
		if f.Result == domaincheck.Unknown && f.Why != domaincheck.WhyUndeclared {
			out = append(out, f)
		}
	}
	return out
}

// undeclared gives the facts of the ledger that are missing, by name, and how
// many findings wait for them.
func (p *Printer) undeclared(r *domaincheck.Report) (facts []string, findings int) {
	for _, f := range r.Findings {
		if f.Result != domaincheck.Unknown || f.Why != domaincheck.WhyUndeclared {
			continue
		}
		names := []string{f.Code}
		switch missing := f.Evidence["missing"].(type) {
		case []string:
			names = missing
		case []any: // read back from JSON
			names = nil
			for _, name := range missing {
				if s, ok := name.(string); ok {
					names = append(names, s)
				}
			}
		case string:
			names = []string{missing}
		}
		waits := false
		for _, name := range names {
			if fact := p.v.fact(p.headings, name); fact != "" {
				facts, waits = add(facts, fact), true
			}
		}
		if waits {
			findings++
		}
	}
	return facts, findings
}

// missing is the closing line about undeclared facts; "" if none is missing.
func (p *Printer) missing(r *domaincheck.Report) string {
	facts, n := p.undeclared(r)
	if n == 0 {
		return ""
	}
	const most = 8
	list := strings.Join(facts[:min(len(facts), most)], p.v.say("、", ", "))
	if len(facts) > most && !p.o.Verbose {
		list += p.v.say(" 等", " …")
	} else {
		list = strings.Join(facts, p.v.say("、", ", "))
	}
	return p.v.sayf("补充这 %d 项可多查 %d 条：%s（填在台账或 --facts 文件里）", "Declare these %d facts to have %d more rules checked: %s (in the ledger or a --facts file)", len(facts), n, list)
}

// confirmed tells whether a failure is sure. Declared facts need no second
// look, nor do rules that the book counts at once, such as registry dates.
func (p *Printer) confirmed(r *domaincheck.Report, f domaincheck.Finding) bool {
	if f.Knows == domaincheck.Declared {
		return true
	}
	for _, s := range r.States {
		if s.Rule == f.Rule && s.Target == f.Target {
			return s.Certainty == domaincheck.Confirmed || s.Certainty == domaincheck.Recovering
		}
	}
	if book, ok := p.o.Book.(interface {
		Rule(id string) (*rules.Rule, bool)
	}); ok {
		if rule, ok := book.Rule(f.Rule); ok {
			return rule.Confirm.Looks <= 1 && rule.Confirm.Apart == 0
		}
	}
	return false
}

// count counts the findings of a result that speak for or against the site:
// failures of severity info and undeclared facts are not counted.
func count(r *domaincheck.Report, result domaincheck.Result) int {
	n := 0
	for _, f := range r.Findings {
		switch {
		case f.Result != result:
		case result == domaincheck.Fail && f.Severity.Rank() < domaincheck.Low.Rank():
		case result == domaincheck.Unknown && f.Why == domaincheck.WhyUndeclared:
		default:
			n++
		}
	}
	return n
}

// name is how a report's site is called: U-label and A-label, else the input.
func name(r *domaincheck.Report) string {
	switch {
	case r.Unicode != "" && r.Unicode != r.Domain:
		return Clean(string(r.Unicode)) + " (" + Clean(string(r.Domain)) + ")"
	case r.Domain != "":
		return Clean(string(r.Domain))
	}
	return clip(Clean(string(r.Input)), 80)
}
