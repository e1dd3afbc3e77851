package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"domaincheck"
	"domaincheck/store"
)

type holdsInput struct {
	Kind string `query:"kind" enum:"silence,maintenance,suppression,acknowledgement" doc:"none: silences and maintenance windows"`
	All  bool   `query:"all" doc:"also those that are over"`
}

func (s *Server) listHolds(ctx context.Context, in *holdsInput) (*listed[HoldItem], error) {
	kinds := []string{store.HoldSilence, store.HoldMaintenance}
	if in.Kind != "" {
		kinds = []string{in.Kind}
	}
	items, err := s.holds(ctx, kinds, in.All)
	out := &listed[HoldItem]{}
	out.Body.Items = items
	return out, err
}

type silenceInput struct{ Body SilenceInput }

type holdOutput struct {
	Location string `header:"Location"`
	Body     HoldItem
}

func created(item HoldItem, err error) (*holdOutput, error) {
	return &holdOutput{Location: apiRoot + "/silences/" + item.ID, Body: item}, err
}

// FalseAlarmInput calls a finding a false alarm (误报).
type FalseAlarmInput struct {
	Rule   string `json:"rule" minLength:"1" maxLength:"60"`
	Target string `json:"target,omitempty" maxLength:"300" doc:"as the finding names it; none: the first failing finding of the rule"`
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

// AcknowledgeInput says that a change of the registration data was seen.
type AcknowledgeInput struct {
	Target string `json:"target,omitempty" maxLength:"300" doc:"the domain, for a site of several"`
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

type falseAlarmInput struct {
	SiteInput
	Body FalseAlarmInput
}

type acknowledgeInput struct {
	SiteInput
	Body AcknowledgeInput
}

// holding registers silences, false alarms and acknowledgements.
func (b *builder) holding() {
	s := b.s
	tag := []string{"silences"}
	add(b, RoleRead, huma.Operation{OperationID: "list-silences", Method: http.MethodGet, Path: "/silences", Tags: tag, Summary: "What holds messages back"}, s.listHolds)
	add(b, RoleOperate, huma.Operation{OperationID: "create-silence", Method: http.MethodPost, Path: "/silences", Tags: tag, Summary: "Hold messages back until a moment",
		DefaultStatus: http.StatusCreated}, func(ctx context.Context, in *silenceInput) (*holdOutput, error) {
		return created(s.putSilence(ctx, in.Body))
	})
	add(b, RoleOperate, huma.Operation{OperationID: "end-silence", Method: http.MethodDelete, Path: "/silences/{id}", Tags: tag, Summary: "End a silence, a false alarm or an acknowledgement",
		DefaultStatus: http.StatusNoContent}, func(ctx context.Context, in *IDInput) (*none, error) { return nil, s.endHold(ctx, in.ID) })
	add(b, RoleOperate, huma.Operation{OperationID: "suppress", Method: http.MethodPost, Path: "/sites/{domain}/suppressions", Tags: tag,
		Summary: "Call a failing finding a false alarm (误报), until its evidence changes", DefaultStatus: http.StatusCreated},
		func(ctx context.Context, in *falseAlarmInput) (*holdOutput, error) {
			return created(s.suppress(ctx, in.Domain, in.Body.Rule, in.Body.Target, in.Body.Reason))
		})
	add(b, RoleOperate, huma.Operation{OperationID: "acknowledge", Method: http.MethodPost, Path: "/sites/{domain}/acknowledge", Tags: tag,
		Summary: "Say that a change of registrant, registrar, name servers or creation date (domain.changed) is right", DefaultStatus: http.StatusCreated},
		func(ctx context.Context, in *acknowledgeInput) (*holdOutput, error) {
			return created(s.acknowledge(ctx, in.Domain, in.Body.Target, in.Body.Reason))
		})
}

type auditInput struct {
	Cursor string `query:"cursor" maxLength:"40"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Who    string `query:"who" maxLength:"100"`
	Action string `query:"action" maxLength:"40"`
	Kind   string `query:"kind" maxLength:"40"`
	Object string `query:"object" maxLength:"300"`
	Domain string `query:"domain" maxLength:"300"`
}

// AuditItem is one change that somebody made.
type AuditItem struct {
	ID      int64               `json:"id"`
	At      domaincheck.Instant `json:"at"`
	Who     string              `json:"who" doc:"name of the token"`
	Address domaincheck.Text    `json:"address"`
	Action  string              `json:"action"`
	Kind    string              `json:"kind"`
	Object  string              `json:"object"`
	Domain  domaincheck.Text    `json:"domain" doc:"the site, where it concerns one"`
	Before  any                 `json:"before"`
	After   any                 `json:"after"`
}

func (s *Server) listAudit(ctx context.Context, in *auditInput) (*listed[AuditItem], error) {
	site, err := s.siteOf(ctx, in.Domain)
	if err != nil {
		return nil, err
	}
	before, err := after(in.Cursor)
	if err != nil {
		return nil, err
	}
	rows, err := s.o.Store.AuditLog(ctx, store.AuditQuery{Scope: scopeOf(ctx), Who: in.Who, Action: in.Action, Kind: in.Kind, Object: in.Object, Site: site, After: before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &listed[AuditItem]{}
	for _, r := range rows {
		item := AuditItem{ID: r.ID, At: domaincheck.At(r.At), Who: r.Who, Address: domaincheck.Text(r.Address), Action: r.Action, Kind: r.Kind, Object: r.Object, Domain: domaincheck.Text(r.Site)}
		if len(r.Before) > 0 {
			item.Before = r.Before
		}
		if len(r.After) > 0 {
			item.After = r.After
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	out.Body.Next = following(len(rows), in.Limit, func() int64 { return rows[len(rows)-1].ID })
	return out, nil
}

// auditing registers the audit log.
func (b *builder) auditing() {
	add(b, RoleAdmin, huma.Operation{OperationID: "list-audit", Method: http.MethodGet, Path: "/audit", Tags: []string{"audit"}, Summary: "Who changed what, newest first"}, b.s.listAudit)
}
