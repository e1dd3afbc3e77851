package web

import (
	"html/template"
	"net/http"
)

// page registers a page of the dashboard for a role. pattern is one of
// http.ServeMux; a browser without a session is led to the login page, and a
// change needs the session's CSRF token (Principal.CSRF) in the field "csrf".
func (s *Server) page(pattern string, need Role, h http.HandlerFunc) {
	s.mux.Handle(pattern, s.allow(need, h))
}

// public registers what everybody may see: the login page and static files.
func (s *Server) public(pattern string, h http.HandlerFunc) { s.mux.HandleFunc(pattern, h) }

// pages registers all pages.
func (s *Server) pages() {
	s.public("GET /login", func(w http.ResponseWriter, r *http.Request) { s.loginPage(w, r, http.StatusOK) })
}

// loginPage asks for a token.
func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`<!doctype html><meta charset="utf-8"><title>domaincheck</title><form method="post" action="/login"><input type="hidden" name="next" value="` +
		template.HTMLEscapeString(localPath(r.FormValue("next"))) + `"><label>Token <input type="password" name="token"></label><button>OK</button></form>`))
}

// loginFailed answers a wrong token.
func (s *Server) loginFailed(w http.ResponseWriter, r *http.Request) {
	if wantsPage(r) {
		s.loginPage(w, r, http.StatusUnauthorized)
		return
	}
	s.fail(w, r, problem(http.StatusUnauthorized, "unauthorized", "the token is not known"))
}

// problemPage shows a problem to a browser.
func (s *Server) problemPage(w http.ResponseWriter, _ *http.Request, p *Problem) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write([]byte(`<!doctype html><meta charset="utf-8"><title>domaincheck</title><h1>` + template.HTMLEscapeString(p.Title) + `</h1><p>` + template.HTMLEscapeString(p.Detail) + `</p>`))
}
