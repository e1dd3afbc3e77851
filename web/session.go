package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"domaincheck/store"
)

const (
	sessionIdle = 12 * time.Hour
	sessionLife = 7 * 24 * time.Hour
)

// sessionDoc is what is kept of a session beside the name of its token. It holds
// as long as the token is unchanged.
type sessionDoc struct {
	Token string `json:"token"` // hash of the token
	CSRF  string `json:"csrf"`
}

// sessionKey is what is kept of a session's id.
func sessionKey(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// beginSession makes a session for a token and gives the id for the cookie.
func (s *Server) beginSession(ctx context.Context, t Token) (string, error) {
	id := randomHex(32)
	doc, err := json.Marshal(sessionDoc{Token: t.Hash, CSRF: randomHex(16)})
	if err != nil {
		return "", err
	}
	return id, s.o.Store.PutSession(ctx, store.Session{Hash: sessionKey(id), Principal: t.Name, Expires: s.o.Store.Now().Add(sessionIdle), Doc: doc})
}

// cookieName is bound to our host and to TLS where there is any.
func (s *Server) cookieName(r *http.Request) string {
	if s.secure(r) {
		return "__Host-domaincheck"
	}
	return "domaincheck"
}

// sessionOf is the principal of the request's session, if it has one. A use
// prolongs it, up to its longest life.
func (s *Server) sessionOf(r *http.Request, tokens []Token) (Principal, bool) {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil || len(c.Value) != 64 {
		return Principal{}, false
	}
	key := sessionKey(c.Value)
	v, err := s.o.Store.Session(r.Context(), key)
	if err != nil {
		if !errors.Is(err, store.CodeNotFound) && r.Context().Err() == nil {
			s.o.Log.Error("a session cannot be read", "id", RequestID(r.Context()), "error", err)
		}
		return Principal{}, false
	}
	var doc sessionDoc
	if json.Unmarshal(v.Doc, &doc) != nil {
		return Principal{}, false
	}
	for _, t := range tokens {
		if t.Name != v.Principal || t.Hash != doc.Token {
			continue
		}
		now := s.o.Store.Now()
		if until := earlier(now.Add(sessionIdle), v.CreatedAt.Add(sessionLife)); until.Sub(v.Expires) > 10*time.Minute {
			if err := s.o.Store.TouchSession(r.Context(), key, until); err != nil && !errors.Is(err, store.CodeNotFound) {
				s.o.Log.Warn("a session cannot be prolonged", "error", err)
			}
		}
		p := t.principal()
		p.Session, p.CSRF, p.id = true, doc.CSRF, key
		return p, true
	}
	return Principal{}, false
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// login takes a token from the login page's form (fields token and next) and
// begins a session. Failures are counted by address.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	tokens := s.tokensNow()
	if len(tokens) == 0 {
		http.Redirect(w, r, localPath(r.FormValue("next")), http.StatusSeeOther)
		return
	}
	who := s.client(r)
	if wait := s.logins.wait(who); wait > 0 {
		s.fail(w, r, tooMany(wait))
		return
	}
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, problem(http.StatusBadRequest, "bad_input", "the form cannot be read"))
		return
	}
	t, ok := find(tokens, strings.TrimSpace(r.PostForm.Get("token")))
	if !ok {
		if wait := s.logins.fail(who); wait > 0 {
			s.fail(w, r, tooMany(wait))
			return
		}
		s.o.Log.Warn("a login failed", "from", who.String())
		s.loginFailed(w, r)
		return
	}
	id, err := s.beginSession(r.Context(), t)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.audit(withPrincipal(r.Context(), t.principal()), auditEntry{Action: "login", Kind: "session", Object: t.Name})
	s.setCookie(w, r, id, int(sessionLife/time.Second))
	http.Redirect(w, r, localPath(r.PostForm.Get("next")), http.StatusSeeOther)
}

func (s *Server) setCookie(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(r), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode})
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	if p, ok := PrincipalOf(r.Context()); ok && p.Session {
		if err := s.o.Store.EndSession(r.Context(), p.id); err != nil {
			s.fail(w, r, err)
			return
		}
		s.audit(r.Context(), auditEntry{Action: "logout", Kind: "session", Object: p.Name})
	}
	s.setCookie(w, r, "", -1)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// localPath is where to go after the login: a path of ours, else the overview.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

// limiter counts failures by address within a window that slides by halves.
type limiter struct {
	mu     sync.Mutex
	most   int
	window time.Duration
	now    func() time.Time
	all    map[netip.Prefix]failures
}

type failures struct {
	n     int
	since time.Time
}

func newLimiter(most int, window time.Duration, now func() time.Time) *limiter {
	return &limiter{most: most, window: window, now: now, all: map[netip.Prefix]failures{}}
}

// network is what counts as one address: an IPv4 one, or a /64 of IPv6.
func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// wait is how long an address must wait before it may try again.
func (l *limiter) wait(a netip.Addr) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left(network(a))
}

func (l *limiter) left(key netip.Prefix) time.Duration {
	f, ok := l.all[key]
	if !ok || f.n < l.most {
		return 0
	}
	left := f.since.Add(l.window).Sub(l.now())
	if left <= 0 {
		delete(l.all, key)
		return 0
	}
	return left
}

// fail counts a failure and gives how long to wait, 0 while more may be tried.
func (l *limiter) fail(a netip.Addr) time.Duration {
	key, now := network(a), l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait := l.left(key); wait > 0 {
		return wait
	}
	f := l.all[key]
	if now.Sub(f.since) >= l.window {
		f = failures{since: now}
	}
	f.n++
	if len(l.all) >= 100_000 { // a flood from everywhere: forget what is over
		for k, v := range l.all {
			if now.Sub(v.since) >= l.window {
				delete(l.all, k)
			}
		}
	}
	if _, known := l.all[key]; known || len(l.all) < 100_000 {
		l.all[key] = f
	}
	return 0
}

func tooMany(wait time.Duration) *Problem {
	seconds := int(wait/time.Second) + 1
	return problem(http.StatusTooManyRequests, "rate_limited", "too many wrong tokens; wait %d seconds", seconds).with("Retry-After", itoa(seconds))
}
