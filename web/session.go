package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	sessionIdle = 12 * time.Hour
	sessionLife = 7 * 24 * time.Hour
)

// session is a browser that showed a token. It is kept by the hash of its id
// and holds as long as the token is unchanged.
type session struct {
	token  string // name
	hash   string // of the token
	csrf   string
	began  time.Time
	active time.Time
}

// sessions are kept in memory: after a restart browsers log in again.
type sessions struct {
	mu   sync.Mutex
	most int
	now  func() time.Time
	all  map[string]session
}

func newSessions(most int, now func() time.Time) *sessions {
	return &sessions{most: most, now: now, all: map[string]session{}}
}

func sessionKey(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// begin makes a session for a token and gives the id for the cookie.
func (m *sessions) begin(t Token) string {
	id, now := randomHex(32), m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.all) >= m.most {
		m.sweep(now)
	}
	m.all[sessionKey(id)] = session{token: t.Name, hash: t.Hash, csrf: randomHex(16), began: now, active: now}
	return id
}

// sweep removes what ended, and if that was nothing the one longest unused.
func (m *sessions) sweep(now time.Time) {
	var oldest string
	n := len(m.all)
	for key, v := range m.all {
		if v.over(now) {
			delete(m.all, key)
		} else if oldest == "" || v.active.Before(m.all[oldest].active) {
			oldest = key
		}
	}
	if len(m.all) == n {
		delete(m.all, oldest)
	}
}

func (v session) over(now time.Time) bool {
	return now.Sub(v.active) > sessionIdle || now.Sub(v.began) > sessionLife
}

func (m *sessions) get(id string) (session, bool) {
	key, now := sessionKey(id), m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.all[key]
	if !ok || v.over(now) {
		delete(m.all, key)
		return session{}, false
	}
	v.active = now
	m.all[key] = v
	return v, true
}

func (m *sessions) end(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.all, sessionKey(id))
}

// cookieName is bound to our host and to TLS where there is any.
func (s *Server) cookieName(r *http.Request) string {
	if s.secure(r) {
		return "__Host-domaincheck"
	}
	return "domaincheck"
}

// sessionOf is the principal of the request's session, if it has one.
func (s *Server) sessionOf(r *http.Request, tokens []Token) (Principal, bool) {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil {
		return Principal{}, false
	}
	v, ok := s.sessions.get(c.Value)
	if !ok {
		return Principal{}, false
	}
	for _, t := range tokens {
		if t.Name == v.token && t.Hash == v.hash {
			p := t.principal()
			p.Session, p.CSRF, p.id = true, v.csrf, c.Value
			return p, true
		}
	}
	s.sessions.end(c.Value)
	return Principal{}, false
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
	id := s.sessions.begin(t)
	s.setCookie(w, r, id, int(sessionLife/time.Second))
	http.Redirect(w, r, localPath(r.PostForm.Get("next")), http.StatusSeeOther)
}

func (s *Server) setCookie(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(r), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode})
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	if p, ok := PrincipalOf(r.Context()); ok && p.Session {
		s.sessions.end(p.id)
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
