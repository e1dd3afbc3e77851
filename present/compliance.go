package present

import (
	"cmp"
	"io"
	"iter"
	"slices"
	"strings"

	"domaincheck"
)

// Compliance is what a compliance report is written from: plain values, and one
// way over the sites.
type Compliance struct {
	Title string              // of whom it speaks; "" leaves it out
	At    domaincheck.Instant // as of; must be given
	Since domaincheck.Instant // changes since then are told; zero: none are
	Scope Scope               // what the sites were chosen by, for show

	// Sites gives each site once, the worst first. It may be gone over several
	// times and gives the same each time; an error ends the report. No more than
	// one entry is held at a time.
	Sites iter.Seq2[Entry, error]
}

// Entry is one site of a compliance report.
type Entry struct {
	// Report is the newest. A site that was never looked at has one with only
	// Domain and Site.
	Report domaincheck.Report
	Before *domaincheck.Report // as of Since, where it said something else; nil: as now
	New    bool                // not watched yet at Since
}

// Scope chooses sites. Its zero value chooses all.
type Scope struct {
	Tags     []string // any of them, the site's or its subject's
	Subject  string   // id, record number, or part of the name
	Provider string   // id of an access provider on record or, without one, seen
}

// IsZero tells whether all sites are chosen.
func (s Scope) IsZero() bool { return len(s.Tags) == 0 && s.Subject == "" && s.Provider == "" }

// Admits tells whether a site is chosen.
func (s Scope) Admits(r *domaincheck.Report) bool {
	site := domaincheck.Site{}
	if r.Site != nil {
		site = r.Site.Site
	}
	subject := domaincheck.Subject{}
	if site.Subject != nil {
		subject = *site.Subject
	}
	if len(s.Tags) > 0 && !slices.ContainsFunc(s.Tags, func(tag string) bool { return slices.Contains(site.Tags, tag) || slices.Contains(subject.Tags, tag) }) {
		return false
	}
	if want := s.Subject; want != "" && string(subject.ID) != want && string(subject.RecordNumber) != want && !strings.Contains(string(subject.Name), want) {
		return false
	}
	return s.Provider == "" || slices.Contains(providersOf(r), s.Provider)
}

// providersOf are the access providers of a site by id: those on record, else
// those whose mainland addresses were seen.
func providersOf(r *domaincheck.Report) []string {
	var ids []string
	if r.Site != nil {
		for _, a := range r.Site.Access {
			if a.State != domaincheck.AccessCancelled {
				ids = add(ids, a.Provider)
			}
		}
	}
	if len(ids) > 0 || r.Observation.Resolution == nil {
		return ids
	}
	for _, h := range r.Observation.Resolution.Hosts {
		for _, a := range h.Addresses {
			if !domaincheck.IsNot(a.Mainland) {
				ids = add(ids, string(a.Provider))
			}
		}
	}
	return ids
}

// WriteReport writes a compliance report: "html" (one file that needs nothing
// else, for reading and printing on A4), "xlsx", "csv" (one row a site), "json",
// or "text" (the summary alone). Of o it takes the language, the book, the risk
// table and the names of providers. html goes over the sites twice, the others
// once. A format or language that is not known is an error of CodeBadSettings;
// other errors are the writer's or those of c.Sites.
func WriteReport(w io.Writer, format string, c Compliance, o Options) error {
	o.Format = ""
	p, err := NewPrinter(w, o)
	if err != nil {
		return err
	}
	switch format {
	case "html":
		return p.htmlReport(c)
	case "xlsx":
		return p.xlsxReport(w, c)
	case "csv":
		return p.csvReport(c)
	case "json":
		return p.jsonReport(c)
	case "text":
		return p.textReport(c)
	}
	return domaincheck.Errorf(domaincheck.CodeBadSettings, "--format", "%q is not a format of a report", clip(Clean(format), 20)).WithHint(strings.Join(ReportFormats(), ", "))
}

// ReportFormats are the formats of [WriteReport].
func ReportFormats() []string { return []string{"html", "xlsx", "csv", "json", "text"} }

// ReportFile names a report's file and its media type.
func ReportFile(format string, at domaincheck.Instant) (name, mediaType string) {
	name = "domaincheck-" + at.Day().String() + "." + format
	switch format {
	case "html":
		return name, "text/html; charset=utf-8"
	case "xlsx":
		return name, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case "csv":
		return name, "text/csv; charset=utf-8"
	case "json":
		return name, "application/json"
	}
	return strings.TrimSuffix(name, format) + "txt", "text/plain; charset=utf-8"
}

// ReportNews is the report as a chat message: what was counted, and one line for
// each site with a risk of level critical. It grows with the number of such
// sites and no faster; channels split it.
func ReportNews(c Compliance, o Options) (string, error) {
	p, err := NewPrinter(io.Discard, o)
	if err != nil {
		return "", err
	}
	d, err := p.digest(c)
	if err != nil {
		return "", err
	}
	lines := p.overview(&d)
	for _, s := range d.Critical {
		lines = append(lines, p.stepLine(s))
	}
	if len(d.Critical) == 0 {
		lines = append(lines, p.v.say("没有紧急风险。", "No critical risk."))
	}
	return strings.Join(lines, "\n"), nil
}

// unlooked tells a site that was never looked at.
func unlooked(r *domaincheck.Report) bool { return r.At.IsZero() && r.Error == nil }

func verdictOf(r *domaincheck.Report) domaincheck.Verdict {
	if r.Verdict == "" {
		return domaincheck.VerdictUnknown
	}
	return r.Verdict
}

// worstOf is a site's risk to speak of first; nil for none of level low or
// worse. One that is not confirmed counts by what it would be.
func worstOf(r *domaincheck.Report) *domaincheck.Risk {
	for _, risk := range shownRisks(r) {
		if max(risk.Level.Rank(), risk.Expected.Rank()) >= domaincheck.Low.Rank() {
			return &risk
		}
	}
	return nil
}

// compareSteps puts what must be done first in front: the level, what is
// confirmed, the deadline, the name.
func compareSteps(a, b Step) int {
	return cmp.Or(cmp.Compare(b.Risk.Level.Rank(), a.Risk.Level.Rank()), cmp.Compare(b.Risk.Expected.Rank(), a.Risk.Expected.Rank()),
		compareDeadlines(a.Risk.Deadline, b.Risk.Deadline), cmp.Compare(a.Domain, b.Domain))
}

// compareDeadlines puts the unknown instant last.
func compareDeadlines(a, b domaincheck.Instant) int {
	switch {
	case a.IsZero() || b.IsZero():
		return cmp.Compare(boolRank(a.IsZero()), boolRank(b.IsZero()))
	default:
		return a.Compare(b.Time)
	}
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}
