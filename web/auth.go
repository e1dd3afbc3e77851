package web

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
)

// allow lets a handler be reached by a role. Browsers that have no session are
// led to the login page, programs get 401.
func (s *Server) allow(need Role, h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.check(r, need); err != nil {
			if err.Status == http.StatusUnauthorized && r.Method == http.MethodGet && wantsPage(r) {
				http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
				return
			}
			s.fail(w, r, err)
			return
		}
		h(w, r)
	})
}

// check is why a request may not do what takes a role; nil if it may. A change
// by a session needs its CSRF token.
func (s *Server) check(r *http.Request, need Role) *Problem {
	p, ok := PrincipalOf(r.Context())
	if !ok {
		return problem(http.StatusUnauthorized, "unauthorized", "this needs a token").
			hint(`send "Authorization: Bearer TOKEN", or log in at /login`).with("WWW-Authenticate", `Bearer realm="domaincheck"`)
	}
	if !p.Role.May(need) {
		return problem(http.StatusForbidden, "forbidden", "this needs the role %s; %s has the role %s", need, p.Name, p.Role)
	}
	if p.Session && changes(r) {
		sent := r.Header.Get("X-CSRF-Token")
		if sent == "" && !strings.HasPrefix(r.URL.Path, "/api/") {
			sent = r.FormValue("csrf")
		}
		if subtle.ConstantTimeCompare([]byte(sent), []byte(p.CSRF)) != 1 {
			return problem(http.StatusForbidden, "csrf", "the change did not come from a page of this session").hint("load the page again, then send the form again")
		}
	}
	return nil
}

// changes tells methods that change something.
func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
}

// authenticate finds out who it is. A token that is shown and wrong is refused
// even where none would be needed; a session that ended is passed over.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tokens := s.tokensNow()
		if shown, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && len(tokens) > 0 {
			who := s.client(r)
			t, good := find(tokens, strings.TrimSpace(shown))
			if !good {
				if wait := s.logins.fail(who); wait > 0 {
					s.fail(w, r, tooMany(wait))
					return
				}
				s.fail(w, r, problem(http.StatusUnauthorized, "unauthorized", "the token is not known").with("WWW-Authenticate", `Bearer realm="domaincheck", error="invalid_token"`))
				return
			}
			next.ServeHTTP(w, r.WithContext(withPrincipal(r.Context(), t.principal())))
			return
		}
		if len(tokens) == 0 {
			next.ServeHTTP(w, r.WithContext(withPrincipal(r.Context(), Principal{Name: "local", Role: RoleAdmin, Open: true})))
			return
		}
		if p, ok := s.sessionOf(r, tokens); ok {
			r = r.WithContext(withPrincipal(r.Context(), p))
		}
		next.ServeHTTP(w, r)
	})
}
