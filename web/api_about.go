package web

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"domaincheck"
	"domaincheck/rules"
	"domaincheck/store"
)

// RuleItem is a rule of the book, as "rules list --json" prints it.
type RuleItem struct {
	ID          string                                  `json:"id"`
	Title       rules.Words                             `json:"title"`
	Passes      rules.Words                             `json:"passes"`
	Consequence rules.Words                             `json:"consequence"`
	Fix         rules.Words                             `json:"fix"`
	Severity    domaincheck.Severity                    `json:"severity"`
	States      domaincheck.List[domaincheck.SiteState] `json:"states" doc:"[] is every state"`
	OnOrder     bool                                    `json:"on_order"`
	Verdict     bool                                    `json:"verdict" doc:"a failure moves the verdict"`
	Digest      bool                                    `json:"digest"`
	Part        string                                  `json:"part"`
	Layer       string                                  `json:"layer"`
	Confirm     ConfirmItem                             `json:"confirm"`
	Basis       domaincheck.List[rules.Citation]        `json:"basis"`
	Codes       domaincheck.List[string]                `json:"codes"`
}

// ConfirmItem is how a failure becomes sure.
type ConfirmItem struct {
	Looks       int    `json:"looks"`
	Apart       string `json:"apart"`
	NotifyApart string `json:"notify_apart"`
}

func ruleItem(r *rules.Rule, lang string) RuleItem {
	item := RuleItem{
		ID: r.ID, Title: r.Title, Passes: r.Passes, Consequence: r.Consequence, Fix: r.Fix, Severity: r.Severity, States: r.States, OnOrder: r.OnOrder,
		Verdict: r.Verdict, Digest: r.Digest, Part: r.Part, Layer: r.Layer, Codes: slices.Sorted(maps.Keys(r.Codes)),
		Confirm: ConfirmItem{r.Confirm.Looks, r.Confirm.Apart.String(), r.Confirm.NotifyApart.String()},
	}
	for _, c := range r.Basis {
		item.Basis = append(item.Basis, c.Citation(lang))
	}
	return item
}

type ruleInput struct {
	LangInput
	ID string `path:"id" maxLength:"60"`
}

type rulesInput struct{ LangInput }

// StatusItem is how everything stands, as far as the principal may know.
type StatusItem struct {
	Version  string              `json:"version"`
	Now      domaincheck.Instant `json:"now"`
	Language string              `json:"language"`
	Store    domaincheck.Text    `json:"store" doc:"sqlite or postgres; null for a token that sees some sites only"`
	Ready    bool                `json:"ready"`
	Who      WhoItem             `json:"who"`
	Tables   TableStates         `json:"tables" doc:"versions of the tables in force"`
	Sites    SitesStatus         `json:"sites"`
	Daemon   *Status             `json:"daemon" doc:"null for a token that sees some sites only, and where no daemon runs"`
}

// WhoItem is who asks.
type WhoItem struct {
	Name string                   `json:"name"`
	Role Role                     `json:"role"`
	Tags domaincheck.List[string] `json:"tags" doc:"[] is all sites"`
}

// SitesStatus counts the sites that the principal sees.
type SitesStatus struct {
	Total    int64                          `json:"total"`
	Verdicts map[string]int64               `json:"verdicts" doc:"by verdict; none: not looked at yet"`
	Risks    map[string]int64               `json:"risks" doc:"by the level of the worst risk; none: without one"`
	States   map[string]int64               `json:"states"`
	Outcomes map[string]int64               `json:"outcomes"`
	Coverage domaincheck.List[CoverageItem] `json:"coverage"`
}

// CoverageItem is how much of one part was truly looked at.
type CoverageItem struct {
	Part  string `json:"part"`
	Sites int64  `json:"sites"`
	Old   int64  `json:"old" doc:"not within its time, those never looked at too"`
	Never int64  `json:"never"`
}

// status is what the daemon says of itself; nothing where no daemon runs.
func (s *Server) status(ctx context.Context) Status {
	if s.o.Status == nil {
		return Status{}
	}
	return s.o.Status(ctx)
}

// named makes the keys of a count words: the empty one is none.
func named[K ~string](counts map[K]int64) map[string]int64 {
	out := map[string]int64{}
	for k, n := range counts {
		name := string(k)
		if name == "" {
			name = "none"
		}
		out[name] += n
	}
	return out
}

// sitesStatus counts sites, with what is too old by a day.
func (s *Server) sitesStatus(ctx context.Context) (SitesStatus, error) {
	o, err := s.o.Store.Overview(ctx, scopeOf(ctx), s.o.Store.Now().Add(-24*time.Hour))
	if err != nil {
		return SitesStatus{}, err
	}
	out := SitesStatus{Total: o.Sites, Verdicts: named(o.Verdicts), Risks: named(o.Levels), States: named(o.States), Outcomes: named(o.Outcomes)}
	for _, c := range o.Coverage {
		out.Coverage = append(out.Coverage, CoverageItem{string(c.Part), c.Sites, c.Old, c.Never})
	}
	return out, nil
}

func (s *Server) getStatus(ctx context.Context, in *rulesInput) (*one[StatusItem], error) {
	p, _ := PrincipalOf(ctx)
	item := StatusItem{
		Version: s.o.Version, Now: domaincheck.At(s.o.Store.Now()), Language: s.o.Lang, Tables: s.o.Tables,
		Who: WhoItem{p.Name, p.Role, p.Tags},
	}
	if item.Tables == nil {
		item.Tables = TableStates{}
	}
	ready := s.o.Ready
	if ready == nil {
		ready = s.o.Store.Ready
	}
	item.Ready = ready(ctx) == nil
	var err error
	if item.Sites, err = s.sitesStatus(ctx); err != nil {
		return nil, err
	}
	if !p.Scoped() {
		item.Store = domaincheck.Text(s.o.Store.Dialect())
		if s.o.Status != nil {
			st := s.status(ctx)
			s.sayStatus(&st, s.lang(in.LangInput))
			item.Daemon = &st
		}
	}
	return &one[StatusItem]{item}, nil
}

type deadlinesInput struct {
	PageInput
	LangInput
	From     string `query:"from" maxLength:"40" doc:"an instant or a date; default now"`
	To       string `query:"to" maxLength:"40" doc:"default 90 days later"`
	MinLevel string `query:"min_level" enum:"critical,high,medium,low,info"`
}

func (s *Server) listDeadlines(ctx context.Context, in *deadlinesInput) (*listed[RiskItem], error) {
	from, err := instantOf("query.from", in.From)
	if err != nil {
		return nil, err
	}
	to, err := instantOf("query.to", in.To)
	if err != nil {
		return nil, err
	}
	if from.IsZero() {
		from = s.o.Store.Now()
	}
	if to.IsZero() {
		to = from.Add(90 * 24 * time.Hour)
	}
	page, err := s.o.Store.Deadlines(ctx, store.DeadlineQuery{Scope: scopeOf(ctx), From: from, To: to, MinLevel: domaincheck.Severity(in.MinLevel), After: in.Cursor, Limit: in.Limit})
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

// about registers rules, status and deadlines.
func (b *builder) about() {
	s := b.s
	add(b, RoleRead, huma.Operation{OperationID: "list-rules", Method: http.MethodGet, Path: "/rules", Tags: []string{"rules"}, Summary: "The rule book with its citations"},
		func(_ context.Context, in *rulesInput) (*listed[RuleItem], error) {
			out, lang := &listed[RuleItem]{}, s.lang(in.LangInput)
			all := s.o.Book.Rules()
			for i := range all {
				out.Body.Items = append(out.Body.Items, ruleItem(&all[i], lang))
			}
			return out, nil
		})
	add(b, RoleRead, huma.Operation{OperationID: "get-rule", Method: http.MethodGet, Path: "/rules/{id}", Tags: []string{"rules"}, Summary: "One rule"},
		func(_ context.Context, in *ruleInput) (*one[RuleItem], error) {
			r, ok := s.o.Book.Rule(in.ID)
			if !ok {
				return nil, problem(http.StatusNotFound, "not_found", "there is no rule %q", clip(in.ID, 60))
			}
			return &one[RuleItem]{ruleItem(r, s.lang(in.LangInput))}, nil
		})
	add(b, RoleRead, huma.Operation{OperationID: "get-status", Method: http.MethodGet, Path: "/status", Tags: []string{"status"}, Summary: "How everything stands"}, s.getStatus)
	add(b, RoleRead, huma.Operation{OperationID: "list-deadlines", Method: http.MethodGet, Path: "/deadlines", Tags: []string{"risks"}, Summary: "Risks by their deadline, the nearest first"}, s.listDeadlines)
}
