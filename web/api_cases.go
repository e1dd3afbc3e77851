package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"domaincheck"
	"domaincheck/store"
)

// CaseItem is a piece of work on one site at a provider's desk.
type CaseItem struct {
	ID        int64                      `json:"id"`
	Domain    string                     `json:"domain"`
	Site      domaincheck.Text           `json:"site" doc:"main domain of the site; null for a domain that is in no ledger"`
	Source    string                     `json:"source" enum:"finding,notice,list"`
	Kind      string                     `json:"kind" doc:"a rule, a kind of notice, 空壳, 未备案 …"`
	State     string                     `json:"state" enum:"open,notified,fixing,fixed,de_accessed,deregistered,false_alarm"`
	Owner     domaincheck.Text           `json:"owner"`
	Customer  domaincheck.Text           `json:"customer"`
	Due       domaincheck.Date           `json:"due"`
	Note      domaincheck.Text           `json:"note"`
	Evidence  any                        `json:"evidence"`
	Origin    *store.CaseOrigin          `json:"origin" doc:"the row of the list that it comes from"`
	CreatedAt domaincheck.Instant        `json:"created_at"`
	ChangedAt domaincheck.Instant        `json:"changed_at"`
	Next      domaincheck.List[string]   `json:"next" doc:"states that it may go to"`
	Steps     domaincheck.List[CaseStep] `json:"steps" doc:"its history, oldest first, where one case is asked for"`
}

// CaseStep is one entry of a case's history.
type CaseStep struct {
	At   domaincheck.Instant `json:"at"`
	Who  string              `json:"who"`
	From domaincheck.Text    `json:"from"`
	To   string              `json:"to"`
	Note domaincheck.Text    `json:"note"`
}

// CaseOf is a case as the API and the command give it.
func CaseOf(c store.Case) CaseItem {
	item := CaseItem{
		ID: c.ID, Domain: c.Domain, Site: domaincheck.Text(c.Site), Source: c.Source, Kind: c.Kind, State: string(c.State), Owner: domaincheck.Text(c.Owner),
		Customer: domaincheck.Text(c.Customer), Due: c.Due, Note: domaincheck.Text(c.Note), Origin: c.Origin, CreatedAt: domaincheck.At(c.CreatedAt), ChangedAt: domaincheck.At(c.ChangedAt),
	}
	if len(c.Evidence) > 0 {
		item.Evidence = c.Evidence
	}
	for _, n := range c.State.Next() {
		item.Next = append(item.Next, string(n))
	}
	for _, s := range c.Steps {
		item.Steps = append(item.Steps, CaseStep{domaincheck.At(s.At), s.Who, domaincheck.Text(s.From), string(s.To), domaincheck.Text(s.Note)})
	}
	return item
}

type casesInput struct {
	PageInput
	State    []string `query:"state,explode" maxItems:"7" enum:"open,notified,fixing,fixed,de_accessed,deregistered,false_alarm"`
	Open     bool     `query:"open" doc:"not ended"`
	Domain   string   `query:"domain" maxLength:"300"`
	Source   string   `query:"source" enum:"finding,notice,list"`
	Kind     string   `query:"kind" maxLength:"60"`
	Owner    string   `query:"owner" maxLength:"100"`
	Customer string   `query:"customer" maxLength:"200"`
	DueBy    string   `query:"due_by" maxLength:"10" doc:"a date"`
	Search   string   `query:"q" maxLength:"200"`
}

func (s *Server) listCases(ctx context.Context, in *casesInput) (*listed[CaseItem], error) {
	q := store.CaseQuery{Scope: scopeOf(ctx), Open: in.Open, Source: in.Source, Kind: in.Kind, Owner: in.Owner, Customer: in.Customer, Text: in.Search, After: in.Cursor, Limit: in.Limit}
	for _, v := range in.State {
		q.States = append(q.States, store.CaseState(v))
	}
	if in.Domain != "" {
		t, err := domaincheck.ParseTarget(in.Domain)
		if err != nil {
			return nil, err
		}
		q.Domain = t.Domain
	}
	var err error
	if q.DueBy, err = domaincheck.ParseDate(in.DueBy); err != nil {
		return nil, problem(http.StatusUnprocessableEntity, "bad_input", "query.due_by is no date")
	}
	page, err := s.o.Store.Cases(ctx, q)
	out := &listed[CaseItem]{}
	out.Body.Next = domaincheck.Text(page.Next)
	for _, c := range page.Items {
		out.Body.Items = append(out.Body.Items, CaseOf(c))
	}
	return out, err
}

// CaseInput names a case.
type CaseInput struct {
	ID int64 `path:"id" minimum:"1"`
}

type caseOutput struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     CaseItem
}

func caseAnswer(c store.Case) *caseOutput {
	return &caseOutput{ETag: caseTag(c), Location: apiRoot + "/cases/" + strconv.FormatInt(c.ID, 10), Body: CaseOf(c)}
}

func caseTag(c store.Case) string { return `"` + strconv.FormatInt(c.Rev, 10) + `"` }

// OpenCaseInput opens a case by hand.
type OpenCaseInput struct {
	Domain string           `json:"domain" minLength:"1" maxLength:"300"`
	Source string           `json:"source,omitempty" enum:"finding,notice,list" default:"notice"`
	Kind   string           `json:"kind" minLength:"1" maxLength:"60"`
	Owner  string           `json:"owner,omitempty" maxLength:"100"`
	Due    domaincheck.Date `json:"due" required:"false"`
	Note   string           `json:"note,omitempty" maxLength:"10000"`
}

type openCaseInput struct{ Body OpenCaseInput }

func (s *Server) openCase(ctx context.Context, in *openCaseInput) (*caseOutput, error) {
	t, err := domaincheck.ParseTarget(in.Body.Domain)
	if err != nil {
		return nil, err
	}
	p, _ := PrincipalOf(ctx)
	if p.Scoped() {
		if _, err := s.visibleSite(ctx, t.Domain); err != nil {
			return nil, err
		}
	}
	source := in.Body.Source
	if source == "" {
		source = store.CaseFromNotice
	}
	put, err := s.o.Store.PutCases(ctx, []store.Case{{Domain: t.Domain, Source: source, Kind: in.Body.Kind, Owner: in.Body.Owner, Due: in.Body.Due, Note: in.Body.Note}}, p.Name)
	if err != nil {
		return nil, err
	}
	s.audit(ctx, auditEntry{Action: "create", Kind: "case", Object: strconv.FormatInt(put[0].ID, 10), Site: put[0].Site, After: CaseOf(put[0])})
	return caseAnswer(put[0]), nil
}

// ChangeCaseInput moves a case on, or changes what is known of it. Members that
// are left out stay as they are.
type ChangeCaseInput struct {
	State string            `json:"state,omitempty" enum:"open,notified,fixing,fixed,de_accessed,deregistered,false_alarm"`
	Said  string            `json:"said,omitempty" maxLength:"10000" doc:"goes into the history"`
	Owner *string           `json:"owner,omitempty" maxLength:"100"`
	Note  *string           `json:"note,omitempty" maxLength:"10000"`
	Due   *domaincheck.Date `json:"due,omitempty"`
}

type changeCaseInput struct {
	CaseInput
	IfMatch string `header:"If-Match" doc:"tag of the case as it was read"`
	Body    ChangeCaseInput
}

func (s *Server) changeCase(ctx context.Context, in *changeCaseInput) (*caseOutput, error) {
	was, err := s.o.Store.Case(ctx, scopeOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	if !matches(in.IfMatch, caseTag(was)) {
		return nil, problem(http.StatusPreconditionFailed, "conflict", "the case was changed meanwhile").hint("read it again, then change it again")
	}
	p, _ := PrincipalOf(ctx)
	ch := store.CaseChange{To: store.CaseState(in.Body.State), Who: p.Name, Said: in.Body.Said, Owner: in.Body.Owner, Note: in.Body.Note, Due: in.Body.Due}
	if ch.To == "" {
		ch.To = was.State
	}
	now, err := s.o.Store.AdvanceCase(ctx, in.ID, was.Rev, ch)
	if err != nil {
		return nil, err
	}
	s.audit(ctx, auditEntry{Action: "change", Kind: "case", Object: strconv.FormatInt(in.ID, 10), Site: now.Site, Before: CaseOf(was), After: CaseOf(now)})
	if whole, err := s.o.Store.Case(ctx, scopeOf(ctx), in.ID); err == nil {
		now = whole
	}
	return caseAnswer(now), nil
}

// cases registers cases.
func (b *builder) cases() {
	s := b.s
	tag := []string{"cases"}
	add(b, RoleRead, huma.Operation{OperationID: "list-cases", Method: http.MethodGet, Path: "/cases", Tags: tag, Summary: "Cases of the provider's desk"}, s.listCases)
	add(b, RoleRead, huma.Operation{OperationID: "get-case", Method: http.MethodGet, Path: "/cases/{id}", Tags: tag, Summary: "One case with its history"},
		func(ctx context.Context, in *CaseInput) (*caseOutput, error) {
			c, err := s.o.Store.Case(ctx, scopeOf(ctx), in.ID)
			return caseAnswer(c), err
		})
	add(b, RoleOperate, huma.Operation{OperationID: "create-case", Method: http.MethodPost, Path: "/cases", Tags: tag, Summary: "Open a case", DefaultStatus: http.StatusCreated}, s.openCase)
	add(b, RoleOperate, huma.Operation{OperationID: "change-case", Method: http.MethodPut, Path: "/cases/{id}", Tags: tag, Summary: "Move a case on, or change what is known of it"}, s.changeCase)
}
