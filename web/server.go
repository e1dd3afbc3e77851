package web

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"domaincheck"
)

// Server answers HTTP. Make it with New; its methods may be called from any
// goroutine.
type Server struct {
	o       Options
	hosts   hostNames
	mux     *http.ServeMux
	handler http.Handler

	mu     sync.RWMutex
	tokens []Token

	logins  *limiter
	cross   *http.CrossOriginProtection
	answers *answers // of requests with an Idempotency-Key

	face      *face         // templates and static files of the dashboard
	reading   chan struct{} // holds a token for each reading of the metrics that runs
	listeners atomic.Int64  // of events
	closing   chan struct{} // closed when Serve begins to end: long answers end then
	once      sync.Once
}

// New builds a server from its options and connects to nothing. Errors are of
// domaincheck.CodeBadSettings.
func New(o Options) (*Server, error) {
	if o.Store == nil || o.Book == nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "web", "a store and a rule book must be given")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Zone == nil {
		o.Zone = domaincheck.Beijing()
	}
	if o.Lang == "" {
		o.Lang = "zh"
	}
	o.Limits = o.Limits.withDefaults()
	hosts, err := newHostNames(o)
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, hosts: hosts, mux: http.NewServeMux(), tokens: o.Tokens, closing: make(chan struct{}), reading: make(chan struct{}, 4), cross: http.NewCrossOriginProtection()}
	s.answers = newAnswers(o.Now)
	s.logins = newLimiter(o.Limits.LoginFailures, o.Limits.LoginWindow, o.Now)
	if s.face, err = newFace(); err != nil {
		return nil, err
	}
	if err := s.routes(); err != nil {
		return nil, err
	}
	s.handler = s.chain(s.mux)
	return s, nil
}

// Handler answers everything; the bounds on connections and headers are those of
// Serve.
func (s *Server) Handler() http.Handler { return s.handler }

// SetTokens replaces those who may come in, as after a reload of the settings.
// Sessions of tokens that are gone or changed end.
func (s *Server) SetTokens(tokens []Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = tokens
}

func (s *Server) tokensNow() []Token {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.tokens
}

// Serve answers on a listener until ctx ends; then it takes nothing new, ends
// event streams, lets what runs finish for up to ten seconds, and returns nil.
// It closes the listener. With Options.TLS it speaks TLS 1.2 or newer.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	l = netutil.LimitListener(l, s.o.Limits.Connections)
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: s.o.Limits.ReadHeader,
		ReadTimeout:       s.o.Limits.Read,
		WriteTimeout:      s.o.Limits.Write,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
	if s.o.TLS != nil {
		cfg := s.o.TLS.Clone()
		cfg.MinVersion = max(cfg.MinVersion, tls.VersionTLS12)
		cfg.NextProtos = []string{"h2", "http/1.1"}
		srv.TLSConfig = cfg
		l = tls.NewListener(l, cfg)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	s.once.Do(func() { close(s.closing) })
	end, stop := context.WithTimeout(base, 10*time.Second)
	defer stop()
	err := srv.Shutdown(end)
	if err != nil {
		cancel()
		_ = srv.Close()
	}
	if served := <-served; !errors.Is(served, http.ErrServerClosed) {
		return served
	}
	return nil
}

// routes puts everything on the mux.
func (s *Server) routes() error {
	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /readyz", s.readyz)
	s.mux.Handle("GET /metrics", s.allow(RoleRead, s.serveMetrics))
	s.mux.HandleFunc("POST /login", s.login)
	s.mux.Handle("POST /logout", s.allow(RoleRead, s.logout))
	s.pages()
	return s.api()
}

// healthz tells that the process answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	plain(w, http.StatusOK, "ok")
}

// readyz tells whether the daemon can do its work. Why it cannot stands in the
// status and the log, not here, where no token is asked for.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	ready := s.o.Ready
	if ready == nil {
		ready = s.o.Store.Ready
	}
	if err := ready(ctx); err != nil {
		code := "not_ready"
		if e, ok := domaincheck.ErrorIn(err); ok {
			code = string(e.Code)
		}
		s.o.Log.Warn("not ready", "error", err)
		plain(w, http.StatusServiceUnavailable, "not ready: "+code)
		return
	}
	plain(w, http.StatusOK, "ready")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}
