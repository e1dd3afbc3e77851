package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"domaincheck"
	"domaincheck/present"
	"domaincheck/rules"
	"domaincheck/store"
)

// ReportItem is one stored report: how a site was from first_at to at.
type ReportItem struct {
	ID      int64                `json:"id"`
	Domain  string               `json:"domain"`
	FirstAt domaincheck.Instant  `json:"first_at" doc:"first look that said so"`
	At      domaincheck.Instant  `json:"at" doc:"newest look that said so"`
	Looks   int                  `json:"looks"`
	Verdict domaincheck.Verdict  `json:"verdict"`
	Risk    domaincheck.Severity `json:"risk"`
}

// FindingText is a finding with its sentences in one language.
type FindingText struct {
	domaincheck.Finding
	Summary domaincheck.Text                 `json:"summary"`
	Fix     domaincheck.Text                 `json:"fix"`
	Basis   domaincheck.List[rules.Citation] `json:"basis"`
}

// ReportText is a report with its sentences: the shape that the command line
// prints with --json.
type ReportText struct {
	domaincheck.Report
	Findings domaincheck.List[FindingText] `json:"findings"`
}

type reportsInput struct {
	SiteInput
	Cursor string `query:"cursor" maxLength:"40"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// after reads the cursor of a list that goes by ids.
func after(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || id <= 0 {
		p := problem(http.StatusUnprocessableEntity, "bad_input", "%q is no cursor of this list", clip(cursor, 40))
		p.Place = "query.cursor"
		return 0, p.hint("take it from the page before, as it is")
	}
	return id, nil
}

// following is the cursor behind a page of a list that goes by ids.
func following(n, limit int, last func() int64) domaincheck.Text {
	if n < limit || n == 0 {
		return ""
	}
	return domaincheck.Text(strconv.FormatInt(last(), 10))
}

func (s *Server) listReports(ctx context.Context, in *reportsInput) (*listed[ReportItem], error) {
	site, err := s.visibleSite(ctx, in.Domain)
	if err != nil {
		return nil, err
	}
	before, err := after(in.Cursor)
	if err != nil {
		return nil, err
	}
	rows, err := s.o.Store.Reports(ctx, site, before, in.Limit, false)
	if err != nil {
		return nil, err
	}
	out := &listed[ReportItem]{}
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, ReportItem{r.ID, r.Site, domaincheck.At(r.FirstAt), domaincheck.At(r.At), r.Looks, r.Verdict, r.Level})
	}
	out.Body.Next = following(len(rows), in.Limit, func() int64 { return rows[len(rows)-1].ID })
	return out, nil
}

type reportInput struct {
	SiteInput
	LangInput
	ID string `path:"id" maxLength:"20" pattern:"^([0-9]+|latest)$" doc:"of the list, or latest"`
}

type rawOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// report is one stored report of a site, if the principal may see it.
func (s *Server) report(ctx context.Context, domain, id string) (store.ReportRow, error) {
	var none store.ReportRow
	m, err := s.loadSite(ctx, domain)
	if err != nil {
		return none, err
	}
	site := m.Site.MainDomain()
	if id == "latest" {
		if m.Report == nil {
			return none, problem(http.StatusNotFound, "not_found", "%s was not checked yet", site).hint("ask for it with POST /sites/" + site + "/check")
		}
		return store.ReportRow{ID: m.ReportID, Site: site, Report: m.Report}, nil
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return none, problem(http.StatusNotFound, "not_found", "%s has no report %s", site, clip(id, 20))
	}
	r, err := s.o.Store.ReportIn(ctx, scopeOf(ctx), n)
	if errors.Is(err, store.CodeNotFound) || err == nil && r.Site != site {
		return none, problem(http.StatusNotFound, "not_found", "%s has no report %s", site, id)
	}
	return r, err
}

func (s *Server) getReport(ctx context.Context, in *reportInput) (*rawOutput, error) {
	row, err := s.report(ctx, in.Domain, in.ID)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	p, err := present.NewPrinter(&b, present.Options{Format: "json", Lang: s.lang(in.LangInput), Single: true, Compact: true, Book: s.o.Book, Risks: s.o.Risks})
	if err != nil {
		return nil, err
	}
	if err := p.Print(maskReport(ctx, *row.Report)); err != nil {
		return nil, err
	}
	if err := p.Close(); err != nil {
		return nil, err
	}
	return &rawOutput{"application/json", b.Bytes()}, nil
}

// RawItem is an answer as it came from a registry, name server or site.
type RawItem struct {
	Domain string              `json:"domain" doc:"which domain of the site"`
	Part   string              `json:"part"`
	Kind   string              `json:"kind" doc:"whois, rdap, dns, http"`
	Source string              `json:"source"`
	At     domaincheck.Instant `json:"at"`
	SHA256 string              `json:"sha256"`
	Bytes  []byte              `json:"bytes" doc:"base64"`
}

type rawsInput struct {
	SiteInput
	ID string `path:"id" maxLength:"20" pattern:"^([0-9]+|latest)$"`
}

func (s *Server) listRaws(ctx context.Context, in *rawsInput) (*listed[RawItem], error) {
	row, err := s.report(ctx, in.Domain, in.ID)
	if err != nil {
		return nil, err
	}
	raws, err := s.o.Store.Raws(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	out := &listed[RawItem]{}
	for _, r := range raws {
		out.Body.Items = append(out.Body.Items, RawItem{r.Domain, r.Part, r.Kind, r.Source, r.At, r.Hash, r.Bytes})
	}
	return out, nil
}

// text renders a finding.
func (s *Server) text(ctx context.Context, f domaincheck.Finding, lang string) FindingText {
	f = maskFinding(ctx, f)
	e := s.o.Book.Explain(f, lang)
	return FindingText{f, domaincheck.Text(e.Summary), domaincheck.Text(e.Fix), e.Basis}
}

// FindingItem is a finding of one of all sites.
type FindingItem struct {
	Domain string `json:"domain"`
	FindingText
	State *domaincheck.Certainty `json:"state" doc:"how sure it is; null for what is not watched, or was not looked at twice"`
	Since domaincheck.Instant    `json:"since" doc:"first bad look"`
}

// siteOf narrows a list to one site; what it gives is "" for no narrowing.
func (s *Server) siteOf(ctx context.Context, domain string) (string, error) {
	if domain == "" {
		return "", nil
	}
	return s.visibleSite(ctx, domain)
}

type findingsInput struct {
	PageInput
	LangInput
	Domain      string   `query:"domain" maxLength:"300"`
	Rule        string   `query:"rule" maxLength:"60"`
	Result      string   `query:"result" enum:"fail,unknown"`
	State       string   `query:"state" enum:"ok,suspected,confirmed,recovering,flapping,stale,unknown"`
	MinSeverity string   `query:"min_severity" enum:"critical,high,medium,low,info"`
	Tag         []string `query:"tag,explode" maxItems:"50"`
}

func (s *Server) listFindings(ctx context.Context, in *findingsInput) (*listed[FindingItem], error) {
	site, err := s.siteOf(ctx, in.Domain)
	if err != nil {
		return nil, err
	}
	page, err := s.o.Store.Findings(ctx, store.FindingQuery{
		Scope: scopeOf(ctx), Site: site, Rule: in.Rule, Result: domaincheck.Result(in.Result), Certainty: domaincheck.Certainty(in.State),
		MinSeverity: domaincheck.Severity(in.MinSeverity), Tags: in.Tag, After: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out, lang := &listed[FindingItem]{}, s.lang(in.LangInput)
	out.Body.Next = domaincheck.Text(page.Next)
	for _, r := range page.Items {
		item := FindingItem{Domain: r.Site, FindingText: s.text(ctx, r.Finding, lang), Since: domaincheck.At(r.Since)}
		if r.Certainty != "" {
			item.State = &r.Certainty
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}

// RiskItem is a risk of one of all sites, in words too.
type RiskItem struct {
	Domain string `json:"domain"`
	domaincheck.Risk
	Title        domaincheck.Text         `json:"title" doc:"what is the matter"`
	Summary      domaincheck.Text         `json:"summary" doc:"what may come of it"`
	Chain        domaincheck.Text         `json:"chain" doc:"and what follows"`
	DeadlineText domaincheck.Text         `json:"deadline_text"`
	Fix          domaincheck.Text         `json:"fix"`
	Basis        domaincheck.List[string] `json:"basis"`
}

type risksInput struct {
	PageInput
	LangInput
	Domain   string   `query:"domain" maxLength:"300"`
	Outcome  string   `query:"outcome" enum:"block,de_access,empty_shell,deregistration,fine,not_fileable"`
	MinLevel string   `query:"min_level" enum:"critical,high,medium,low,info"`
	Due      string   `query:"deadline_before" maxLength:"40"`
	Tag      []string `query:"tag,explode" maxItems:"50"`
}

func (s *Server) listRisks(ctx context.Context, in *risksInput) (*listed[RiskItem], error) {
	site, err := s.siteOf(ctx, in.Domain)
	if err != nil {
		return nil, err
	}
	before, err := instantOf("query.deadline_before", in.Due)
	if err != nil {
		return nil, err
	}
	page, err := s.o.Store.Risks(ctx, store.RiskQuery{
		Scope: scopeOf(ctx), Site: site, Outcome: domaincheck.RiskOutcome(in.Outcome), MinLevel: domaincheck.Severity(in.MinLevel), Before: before,
		Tags: in.Tag, After: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out, lang := &listed[RiskItem]{}, s.lang(in.LangInput)
	out.Body.Next = domaincheck.Text(page.Next)
	for _, r := range page.Items {
		out.Body.Items = append(out.Body.Items, s.riskItem(r, lang))
	}
	return out, nil
}

func (s *Server) riskItem(r store.RiskRow, lang string) RiskItem {
	item := RiskItem{Domain: r.Site, Risk: r.Risk}
	if s.o.Risks != nil {
		e := s.o.Risks.Explain(r.Risk, lang)
		item.Title, item.Summary, item.Chain = domaincheck.Text(e.Title), domaincheck.Text(e.Outcome), domaincheck.Text(e.Chain)
		item.DeadlineText, item.Fix, item.Basis = domaincheck.Text(e.Deadline), domaincheck.Text(e.Fix), e.Basis
	}
	return item
}

// reports registers reports, findings and risks.
func (b *builder) reports() {
	s := b.s
	add(b, RoleRead, huma.Operation{OperationID: "list-reports", Method: http.MethodGet, Path: "/sites/{domain}/reports", Tags: []string{"reports"}, Summary: "A site's reports, newest first, each one a change"}, s.listReports)
	add(b, RoleRead, huma.Operation{OperationID: "get-report", Method: http.MethodGet, Path: "/sites/{domain}/reports/{id}", Tags: []string{"reports"}, Summary: "One report, as check --json prints it",
		Responses: b.also(http.StatusOK, ReportText{})}, s.getReport)
	add(b, RoleOperate, huma.Operation{OperationID: "list-raws", Method: http.MethodGet, Path: "/sites/{domain}/reports/{id}/raws", Tags: []string{"reports"}, Summary: "The answers that a report rests on, as they came"}, s.listRaws)
	add(b, RoleRead, huma.Operation{OperationID: "list-findings", Method: http.MethodGet, Path: "/findings", Tags: []string{"findings"}, Summary: "Failing findings of all sites, and those that could not be observed though they matter"}, s.listFindings)
	add(b, RoleRead, huma.Operation{OperationID: "list-risks", Method: http.MethodGet, Path: "/risks", Tags: []string{"risks"}, Summary: "Risks of all sites"}, s.listRisks)
}
