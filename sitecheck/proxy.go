package sitecheck

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"domaincheck"
	"domaincheck/netguard"
)

// Limits of what a rendered page may fetch.
const (
	proxyBytes    = 24 << 20
	proxyRequests = 300
)

// proxy is the only way out of a rendered page: an HTTP proxy on loopback that
// lives as long as one rendering and dials through the guard, so that a script
// reaches no address that a redirect could not.
type proxy struct {
	guard     *netguard.Guard
	listener  net.Listener
	server    *http.Server
	transport *http.Transport
	cancel    context.CancelFunc
	ctx       context.Context
	bytes     atomic.Int64 // still allowed
	requests  atomic.Int64 // still allowed
	active    atomic.Int64 // plain requests under way
	moved     atomic.Int64 // when bytes last moved, Unix nanoseconds
	refused   atomic.Int64 // connections the guard refused
	work      sync.WaitGroup
}

var errProxyBudget = errors.New("the page fetches more than is allowed")

// newProxy starts a proxy; Close ends it with all its connections.
func newProxy(ctx context.Context, guard *netguard.Guard) (*proxy, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeInternal, "", "no port for the browser's proxy: %w", err)
	}
	p := &proxy{guard: guard, listener: l}
	p.ctx, p.cancel = context.WithCancel(ctx)
	p.bytes.Store(proxyBytes)
	p.requests.Store(proxyRequests)
	p.touch()
	p.transport = &http.Transport{
		DialContext:            guard.DialContext,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		ResponseHeaderTimeout:  10 * time.Second,
		MaxResponseHeaderBytes: DefaultMaxHeader,
	}
	p.server = &http.Server{
		Handler: p, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: DefaultMaxHeader,
		BaseContext: func(net.Listener) context.Context { return p.ctx },
		ErrorLog:    nil,
	}
	p.work.Go(func() { p.server.Serve(l) })
	return p, nil
}

// URL is what the browser is told.
func (p *proxy) URL() string { return "http://" + p.listener.Addr().String() }

// Close ends the proxy and waits for its goroutines.
func (p *proxy) Close() {
	p.cancel()
	p.server.Close()
	p.work.Wait()
}

func (p *proxy) touch() { p.moved.Store(time.Now().UnixNano()) }

// quiet tells whether nothing has moved for d.
func (p *proxy) quiet(d time.Duration) bool {
	return p.active.Load() == 0 && time.Since(time.Unix(0, p.moved.Load())) >= d
}

// ServeHTTP implements the proxy: CONNECT tunnels, and plain http requests.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.touch()
	if p.requests.Add(-1) < 0 || p.bytes.Load() <= 0 {
		http.Error(w, errProxyBudget.Error(), http.StatusTooManyRequests)
		return
	}
	if r.Method == http.MethodConnect {
		p.tunnel(w, r)
		return
	}
	if r.URL.Scheme != "http" || r.URL.Host == "" {
		http.Error(w, "only http", http.StatusBadRequest)
		return
	}
	p.active.Add(1)
	defer p.active.Add(-1)
	out := r.Clone(r.Context())
	out.RequestURI = ""
	for _, h := range []string{"Proxy-Connection", "Proxy-Authorization", "Connection", "Upgrade", "Te", "Trailer", "Keep-Alive"} {
		out.Header.Del(h)
	}
	resp, err := p.transport.RoundTrip(out)
	if err != nil {
		p.fail(w, err)
		return
	}
	defer resp.Body.Close()
	for _, h := range []string{"Connection", "Keep-Alive", "Transfer-Encoding", "Proxy-Authenticate"} {
		resp.Header.Del(h)
	}
	for k, v := range resp.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(resp.StatusCode)
	io.Copy(&meter{p, w}, resp.Body)
}

func (p *proxy) fail(w http.ResponseWriter, err error) {
	if errors.Is(err, domaincheck.CodeForbidden) {
		p.refused.Add(1)
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	http.Error(w, "no answer", http.StatusBadGateway)
}

func (p *proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	far, err := p.guard.DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		p.fail(w, err)
		return
	}
	defer far.Close()
	hj, ok := w.(http.Hijacker)
	if !ok {
		http.Error(w, "no tunnel", http.StatusInternalServerError)
		return
	}
	near, buffered, err := hj.Hijack()
	if err != nil {
		return
	}
	p.work.Add(1) // server.Close does not wait for hijacked connections
	defer p.work.Done()
	defer near.Close()
	stop := context.AfterFunc(p.ctx, func() { near.Close(); far.Close() })
	defer stop()
	io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n")
	var up sync.WaitGroup
	up.Go(func() {
		io.Copy(&meter{p, far}, buffered)
		far.Close()
	})
	io.Copy(&meter{p, near}, far)
	near.Close()
	up.Wait()
}

// meter counts what is written against the proxy's budget.
type meter struct {
	p *proxy
	w io.Writer
}

func (m *meter) Write(b []byte) (int, error) {
	m.p.touch()
	if m.p.bytes.Add(-int64(len(b))) < 0 {
		return 0, errProxyBudget
	}
	return m.w.Write(b)
}
