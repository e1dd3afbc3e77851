package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/store"
)

// Problem is an error as the API tells it (RFC 9457).
type Problem struct {
	Type   string          `json:"type" doc:"always about:blank; tell problems apart by code"`
	Title  string          `json:"title" doc:"the status in words"`
	Status int             `json:"status"`
	Code   string          `json:"code" doc:"stable word for programs: not_found, conflict, from_file, bad_input, rate_limited …"`
	Detail string          `json:"detail" doc:"what happened"`
	Hint   string          `json:"hint,omitempty" doc:"what to do about it"`
	Place  string          `json:"place,omitempty" doc:"where in the input"`
	ID     string          `json:"request_id,omitempty" doc:"the request's X-Request-Id, as in the log"`
	Errors []ProblemDetail `json:"errors,omitempty" doc:"several faults at once, such as those of an import's rows"`

	header http.Header
	cause  error // for the log; never shown
}

// ProblemDetail is one of several faults.
type ProblemDetail struct {
	Place   string `json:"place" doc:"such as query.limit, body.reason, or file:line"`
	Message string `json:"message"`
	Code    string `json:"code,omitempty"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// Unwrap gives the cause to errors.Is.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are headers of the answer, such as Retry-After.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType is that of problem documents.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problem makes a problem; the code is a stable word.
func problem(status int, code, format string, args ...any) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: fmt.Sprintf(format, args...)}
}

func (p *Problem) hint(text string) *Problem { p.Hint = text; return p }

func (p *Problem) with(name, value string) *Problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
	return p
}

// problemOf turns any error into a problem. Errors of ours that the client can
// do nothing about tell their code but not their details.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	status, code := http.StatusInternalServerError, "internal"
	e, coded := domaincheck.ErrorIn(err)
	if !coded {
		p = problem(status, code, "the request failed on our side; the log tells more under its request id")
		p.cause = err
		return p
	}
	status = statusOf(e.Code)
	p = problem(status, string(e.Code), "%s", e.Message)
	p.Hint, p.Place, p.cause = e.Hint, string(e.Place), err
	switch {
	case status == http.StatusServiceUnavailable:
		p.Detail, p.Place = "the store does not answer now", ""
		p.with("Retry-After", "5")
	case status >= 500:
		p.Detail, p.Hint, p.Place = "the request failed on our side; the log tells more under its request id", "", ""
	}
	return p
}

func statusOf(code domaincheck.Code) int {
	switch code {
	case store.CodeNotFound:
		return http.StatusNotFound
	case store.CodeConflict, store.CodeFromFile:
		return http.StatusConflict
	case store.CodeUnavailable, store.CodeReadOnly, store.CodeFull, domaincheck.CodeTimeout:
		return http.StatusServiceUnavailable
	case domaincheck.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case domaincheck.CodeForbidden:
		return http.StatusForbidden
	case domaincheck.CodeBadInput, domaincheck.CodeUnknownSuffix, domaincheck.CodeReservedName, domaincheck.CodeUnreadable, domaincheck.CodeBadSettings,
		domaincheck.CodeEmail, domaincheck.CodeTooLong, domaincheck.CodePublicSuffix, domaincheck.CodeControlChars, domaincheck.CodeMalformed, "personal_number":
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

// fail answers with a problem: JSON for the API and for programs, a page for
// browsers elsewhere.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := *problemOf(err)
	p.ID = RequestID(r.Context())
	if p.Status >= 500 && p.cause != nil && r.Context().Err() == nil {
		s.o.Log.Error("request failed", "id", p.ID, "method", r.Method, "path", r.URL.Path, "error", p.cause)
	}
	for name, values := range p.header {
		w.Header()[name] = slices.Clone(values)
	}
	s.inTongue(&p, s.tongueOf(r).lang)
	if wantsPage(r) {
		s.problemPage(w, r, &p)
		return
	}
	writeProblem(w, &p)
}

// inTongue says what happened in a language, as far as it is known there; code
// and title stay as they are.
func (s *Server) inTongue(p *Problem, lang string) {
	if lang != "zh" {
		return
	}
	p.Detail, _ = s.refusals.Say(p.Detail)
	p.Hint, _ = s.refusals.Say(p.Hint)
	p.Errors = slices.Clone(p.Errors)
	for i := range p.Errors {
		p.Errors[i].Message, _ = s.refusals.Say(p.Errors[i].Message)
	}
}

// sayStatus says what the daemon tells of itself in a language. What is given is
// not changed.
func (s *Server) sayStatus(st *Status, lang string) {
	if lang != "zh" {
		return
	}
	st.Problems = slices.Clone(st.Problems)
	for i := range st.Problems {
		st.Problems[i].Message, _ = s.refusals.Say(st.Problems[i].Message)
	}
	if st.Reload == nil {
		return
	}
	reload := *st.Reload
	say := func(e *domaincheck.Error) *domaincheck.Error {
		if e != nil {
			e, _ = s.refusals.Error(e)
		}
		return e
	}
	reload.Error, reload.Refused = say(reload.Error), slices.Clone(reload.Refused)
	for i := range reload.Refused {
		reload.Refused[i] = say(reload.Refused[i])
	}
	st.Reload = &reload
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// wantsPage tells a browser's navigation from a program's call.
func wantsPage(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/api/") && r.URL.Path != "/metrics" && strings.Contains(r.Header.Get("Accept"), "text/html")
}
