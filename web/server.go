package web

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"domaincheck"
	"domaincheck/present"
)

// Server answers HTTP. Make it with New; its methods may be called from any
// goroutine.
type Server struct {
	*lasting
	o       Options
	hosts   hostNames
	mux     *http.ServeMux
	handler http.Handler
	cross   *http.CrossOriginProtection
	face    *face // templates and static files of the dashboard

	refusals *present.Refusals // what went wrong, in Chinese
}

// lasting is what outlives a reload of the options.
type lasting struct {
	live atomic.Pointer[Server] // who answers now

	mu     sync.RWMutex
	tokens []Token

	logins    *limiter
	answers   *answers      // of requests with an Idempotency-Key
	reading   chan struct{} // holds a token for each reading of the metrics that runs
	listeners atomic.Int64  // of events
	closing   chan struct{} // closed when Serve begins to end: long answers end then
	once      sync.Once
}

// New builds a server from its options and connects to nothing. Errors are of
// domaincheck.CodeBadSettings.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	return build(o, &lasting{
		closing: make(chan struct{}), reading: make(chan struct{}, 4),
		answers: newAnswers(o.Now), logins: newLimiter(o.Limits.LoginFailures, o.Limits.LoginWindow, o.Now),
	})
}

// withDefaults fills in what New promises.
func (o Options) withDefaults() Options {
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
	return o
}

// build makes a server that answers from now on.
func build(o Options, last *lasting) (*Server, error) {
	if o.Store == nil || o.Book == nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "web", "a store and a rule book must be given")
	}
	hosts, err := newHostNames(o)
	if err != nil {
		return nil, err
	}
	s := &Server{lasting: last, o: o, hosts: hosts, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection()}
	if s.face, err = newFace(); err != nil {
		return nil, err
	}
	if s.refusals, err = present.NewRefusals(); err != nil {
		return nil, err
	}
	if err := s.routes(); err != nil {
		return nil, err
	}
	s.handler = s.chain(s.mux)
	last.live.Store(s)
	last.setTokens(o.Tokens)
	return s, nil
}

// Reload takes over other options, as after a change of the settings: requests
// that come from now on are answered by them, those under way end as they began.
// Sessions, counted logins and event streams go on, as far as their tokens are
// unchanged. The listener, its TLS keys and the bounds of its connections stay
// those of Serve. After an error everything is as before.
func (s *Server) Reload(o Options) error {
	_, err := build(o.withDefaults(), s.lasting)
	return err
}

// Handler answers everything; the bounds on connections and headers are those of
// Serve.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.live.Load().handler.ServeHTTP(w, r) })
}

// SetTokens replaces those who may come in. Sessions of tokens that are gone or
// changed end.
func (s *Server) SetTokens(tokens []Token) { s.setTokens(tokens) }

func (l *lasting) setTokens(tokens []Token) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tokens = tokens
}

func (l *lasting) tokensNow() []Token {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.tokens
}

// Serve answers on a listener until ctx ends; then it takes nothing new, ends
// event streams, lets what runs finish for up to ten seconds, and returns nil.
// It closes the listener. With Options.TLS it speaks TLS 1.2 or newer.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	l = netutil.LimitListener(l, s.o.Limits.Connections)
	srv := &http.Server{
		Handler:           s.Handler(),
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

// readyz tells whether the daemon can do its work. Of why it cannot only the
// codes stand here, where no token is asked for; the rest stands in the status
// and the log.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	ready := s.o.Ready
	if ready == nil {
		ready = s.o.Store.Ready
	}
	answer := struct {
		Ready   bool     `json:"ready"`
		Reasons []string `json:"reasons"`
	}{true, []string{}}
	status := http.StatusOK
	if err := ready(ctx); err != nil {
		answer.Ready, answer.Reasons, status = false, codesOf(err), http.StatusServiceUnavailable
		s.o.Log.Warn("not ready", "error", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// codesOf are the codes of an error, or of each that was joined to it.
func codesOf(err error) []string {
	if e, ok := err.(*domaincheck.Error); ok {
		return []string{string(e.Code)}
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []string
		for _, e := range many.Unwrap() {
			all = append(all, codesOf(e)...)
		}
		return all
	}
	if e, ok := domaincheck.ErrorIn(err); ok {
		return []string{string(e.Code)}
	}
	return []string{"not_ready"}
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}
