package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"domaincheck"
)

// apiRoot is where the API begins.
const apiRoot = "/api/v1"

// listOf is a page of a list.
type listOf[T any] struct {
	Items domaincheck.List[T] `json:"items"`
	Next  domaincheck.Text    `json:"next" doc:"cursor of the next page, to be sent as it is; null at the end"`
}

// listed is the answer of a list.
type listed[T any] struct{ Body listOf[T] }

// one is the answer that is one thing.
type one[T any] struct{ Body T }

// none is the answer without a body.
type none struct{}

// LangInput says in which language sentences are.
type LangInput struct {
	Lang           string `query:"lang" enum:"zh,en" doc:"of sentences; else by Accept-Language, else as set"`
	AcceptLanguage string `header:"Accept-Language" hidden:"true"`
}

// PageInput asks for one page of a list.
type PageInput struct {
	Cursor string `query:"cursor" maxLength:"2000" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// lang is the language of an answer.
func (s *Server) lang(in LangInput) string {
	if in.Lang != "" {
		return in.Lang
	}
	return s.acceptLang(in.AcceptLanguage)
}

// acceptLang is the first language of ours that an Accept-Language header
// names; the settings' where it names none.
func (s *Server) acceptLang(header string) string {
	for part := range strings.SplitSeq(clip(header, 500), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if base == "zh" || base == "en" {
			return base
		}
	}
	return s.o.Lang
}

// builder registers operations.
type builder struct {
	s   *Server
	api huma.API
}

// api builds the API and its document.
func (s *Server) api() error {
	mux := http.NewServeMux()
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "domaincheck", Version: "1", Description: apiText},
			Servers: []*huma.Server{{URL: apiRoot}},
			Components: &huma.Components{Schemas: newSchemas(), SecuritySchemes: map[string]*huma.SecurityScheme{
				"token":   {Type: "http", Scheme: "bearer", Description: "a token of the settings (auth.tokens)"},
				"session": {Type: "apiKey", In: "cookie", Name: "domaincheck", Description: "a browser's session (POST /login); changes need the header X-CSRF-Token"},
			}},
			Security: []map[string][]string{{"token": {}}, {"session": {}}, {}},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{s.asProblem},
	}
	b := &builder{s: s, api: humago.NewWithPrefix(mux, apiRoot, config)}
	b.sites()
	b.ledger()
	b.reports()
	b.alerts()
	b.holding()
	b.cases()
	b.desk()
	b.about()
	b.transfer()
	b.events()
	b.auditing()
	doc, err := json.Marshal(b.api.OpenAPI())
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeInternal, "openapi", "the document of the API cannot be written: %w", err)
	}
	serve := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(doc)
	}
	s.mux.HandleFunc("GET /openapi.json", serve)
	mux.HandleFunc("GET "+apiRoot+"/openapi.json", serve)
	s.mux.Handle(apiRoot+"/", s.repeated(s.tagged(mux)))
	return nil
}

func jsonFormat() huma.Format {
	return huma.Format{Marshal: encodeJSON, Unmarshal: json.Unmarshal}
}

// asProblem turns huma's own errors, those of validation, into problems, and
// says all of them in the language of the request.
func (s *Server) asProblem(ctx huma.Context, _ string, v any) (any, error) {
	tongue := func() string {
		r, _ := humago.Unwrap(ctx)
		return s.tongueOf(r).lang
	}
	switch e := v.(type) {
	case *huma.ErrorModel:
		p := problem(e.Status, codeOf(e.Status), "%s", e.Detail)
		for _, d := range e.Errors {
			if d != nil {
				p.Errors = append(p.Errors, ProblemDetail{Place: d.Location, Message: d.Message})
			}
		}
		p.ID = RequestID(ctx.Context())
		s.inTongue(p, tongue())
		return p, nil
	case *Problem:
		own := *e
		own.ID = RequestID(ctx.Context())
		s.inTongue(&own, tongue())
		return &own, nil
	}
	return v, nil
}

// codeOf is the word for a status that comes without one.
func codeOf(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "bad_input"
	case http.StatusRequestEntityTooLarge:
		return "too_large"
	case http.StatusUnsupportedMediaType:
		return "unsupported_media_type"
	case http.StatusRequestTimeout:
		return "timeout"
	case http.StatusNotAcceptable:
		return "not_acceptable"
	case http.StatusNotFound:
		return "not_found"
	}
	return "internal"
}

// add registers an operation for a role. Errors of the handler become problems;
// those on our side are logged.
func add[I, O any](b *builder, need Role, op huma.Operation, h func(context.Context, *I) (*O, error)) {
	s := b.s
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = s.o.Limits.Body
	}
	op.BodyReadTimeout = s.o.Limits.Read
	op.RejectUnknownQueryParameters = true
	op.Description = strings.TrimSpace(op.Description + " Needs the role " + string(need) + ".")
	onlyJSON := op.RequestBody != nil && len(op.RequestBody.Content) == 1 && op.RequestBody.Content["application/json"] != nil
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		if err := s.check(r, need); err != nil {
			s.fail(w, r, err)
			return
		}
		if changes(r) && r.Body != nil {
			raw, err := io.ReadAll(r.Body)
			if err != nil {
				s.fail(w, r, bodyProblem(err))
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(raw))
		}
		if sent := r.Header.Get("Content-Type"); onlyJSON && sent != "" {
			if media, _, err := mime.ParseMediaType(sent); err != nil || media != "application/json" {
				s.fail(w, r, problem(http.StatusUnsupportedMediaType, "unsupported_media_type", "the body must be JSON, not %s", clip(sent, 80)).hint("Content-Type: application/json"))
				return
			}
		}
		next(ctx)
	})
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = &huma.Response{
		Description: "what went wrong, as a problem document (RFC 9457)",
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: b.schemaOf(Problem{})}},
	}
	if onlyJSON && op.SkipValidateBody { // the library takes a raw body for a file
		media := op.RequestBody.Content["application/json"]
		defer func(as *huma.Schema) { op.RequestBody.Content["application/json"].Schema = as }(media.Schema)
	}
	huma.Register(b.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err == nil {
			return out, nil
		}
		p := problemOf(err)
		if p.Status >= 500 && !errors.Is(err, context.Canceled) {
			s.o.Log.Error("request failed", "id", RequestID(ctx), "operation", op.OperationID, "error", err)
		}
		return nil, p
	})
}

// schemaOf refers to the component of a value's type.
func (b *builder) schemaOf(v any) *huma.Schema {
	return b.api.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, "")
}

// also documents a further answer of an operation.
func (b *builder) also(status int, v any) map[string]*huma.Response {
	return map[string]*huma.Response{itoa(status): {Description: http.StatusText(status), Content: map[string]*huma.MediaType{"application/json": {Schema: b.schemaOf(v)}}}}
}

const apiText = "Watches domains for mainland-China ICP filing. Instants are RFC 3339, civil dates are days in Beijing, absent facts are null, lists are never null. " +
	"Errors are problem documents with a stable code. Lists go by cursor. GET answers carry an ETag (If-None-Match gives 304); PUT and DELETE take If-Match. " +
	"POST with an Idempotency-Key may be repeated for a day. New members and words may appear at any time."
