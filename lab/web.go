package lab

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// serving is what a port does for one site.
type serving int

const (
	serveHere    serving = iota
	serveToTLS           // http only: a redirect to https
	serveNoTLS           // https only: the handshake is refused with an alert
	serveReset           // RST after the request (http) or the ClientHello (https)
	serveRefused         // the flags map the site to a closed port
	serveHang            // accepted, and nothing follows
	serveBomb            // gzip that unpacks to 256 MiB
	serveEndless
	serveTrickle
	serveCut   // ends before the announced length
	serveFlood // headers without end
)

// web is a site's web server.
type web struct {
	http, https serving
	toWWW       bool // the apex redirects to www
	cert        certificate
	status      int
	location    string // every request is redirected there; "loop" and "many" stay on the site
	delay       time.Duration
	gzip        bool
	charset     string // of the bytes: "" is UTF-8, gbk, gb18030
	declared    string // in Content-Type; "" none
	meta        string // in a meta tag; "" none
	body        bodyKind
	footer      footer
	police      bool
	partner     bool // a partner's number stands in the text
	shop        bool
	title, h1   string
	copyright   string
}

// siteServer serves every site on one of the two ports.
type siteServer struct {
	tls    bool
	world  *world
	counts *counter
	rdap   http.Handler // of the registrar, on its own host

	bomb     func() []byte // made once, when first asked for
	hijacked func()        // called when a connection that was taken over is done with
}

func (s *siteServer) kind() string {
	if s.tls {
		return "https"
	}
	return "http"
}

// ServeHTTP implements http.Handler, by the Host header.
func (s *siteServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == hostRegistrarRDAP {
		s.rdap.ServeHTTP(w, r)
		return
	}
	s.counts.add(Count{Kind: s.kind(), Server: "site", Name: host, Type: r.URL.Path})
	if host == hostBlock {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, tencentBlock)
		return
	}
	p, below := s.world.find(host)
	if p == nil {
		http.Error(w, "no such site", http.StatusNotFound)
		return
	}
	mode := p.web.http
	if s.tls {
		mode = p.web.https
	}
	if !s.fault(w, r, p, mode) && !s.redirect(w, r, p, below) {
		s.page(w, r, p)
	}
}

// fault does what a faulty server does; false for a sound one.
func (s *siteServer) fault(w http.ResponseWriter, r *http.Request, p *plan, mode serving) bool {
	switch mode {
	case serveToTLS:
		http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusMovedPermanently)
	case serveReset, serveRefused:
		s.takeOver(w, reset)
	case serveHang:
		<-r.Context().Done()
		abandon()
	case serveBomb:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(s.bomb())
	case serveEndless:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><head><title>"+p.web.title+"</title></head><body>")
		endless(r.Context(), w, []byte("<p>这一段永远不会结束。</p>\n"))
		abandon()
	case serveTrickle:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		trickle(r.Context(), flusher{w}, []byte("<!DOCTYPE html><html>"))
		abandon()
	case serveCut:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", "20000")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><head><title>"+p.web.title+"</title></head><body><h1>"+p.web.h1+"</h1><p>这一页在这里断")
		_ = http.NewResponseController(w).Flush()
		abandon()
	case serveFlood:
		s.takeOver(w, func(conn net.Conn) { flood(r.Context(), conn) })
	default:
		return false
	}
	return true
}

// abandon ends an answer without finishing it: a handler that merely returned
// would send a sound end, or an empty 200.
func abandon() { panic(http.ErrAbortHandler) }

// takeOver lets do have the connection to itself, and closes it.
func (s *siteServer) takeOver(w http.ResponseWriter, do func(net.Conn)) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		abandon()
	}
	defer s.hijacked()
	do(conn)
	_ = conn.Close()
}

// flood writes response headers until the reader or the lab is gone, 64 MiB at
// most.
func flood(ctx context.Context, conn net.Conn) {
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	line := []byte("X-Filler: " + strings.Repeat("x", 4000) + "\r\n")
	if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n"); err != nil {
		return
	}
	for n := 0; n < 64<<20; n += len(line) {
		if _, err := conn.Write(line); err != nil {
			return
		}
	}
}

// flusher sends each write at once.
type flusher struct{ http.ResponseWriter }

func (f flusher) Flush() { _ = http.NewResponseController(f.ResponseWriter).Flush() }

// bomb makes a small body that unpacks to 256 MiB; nil if it cannot be made.
func bomb() []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil
	}
	if _, err := io.WriteString(z, "<!DOCTYPE html><html><head><title>x</title></head><body>"); err != nil {
		return nil
	}
	blank := bytes.Repeat([]byte{' '}, 1<<20)
	for range 256 {
		if _, err := z.Write(blank); err != nil {
			return nil
		}
	}
	if err := z.Close(); err != nil {
		return nil
	}
	return b.Bytes()
}

// redirect sends the visitor on where the story says so.
func (s *siteServer) redirect(w http.ResponseWriter, r *http.Request, p *plan, below string) bool {
	scheme := s.kind() + "://"
	switch {
	case p.web.location == "loop":
		next := "/a"
		if r.URL.Path == "/a" {
			next = "/b"
		}
		http.Redirect(w, r, scheme+r.Host+next, http.StatusFound)
	case p.web.location == "many":
		n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/hop/"))
		http.Redirect(w, r, scheme+r.Host+"/hop/"+strconv.Itoa(n+1), http.StatusFound)
	case p.web.location != "":
		http.Redirect(w, r, p.web.location, http.StatusFound)
	case p.web.toWWW && below == "":
		http.Redirect(w, r, scheme+"www."+p.domain+r.URL.RequestURI(), http.StatusMovedPermanently)
	default:
		return false
	}
	return true
}

// page writes the page.
func (s *siteServer) page(w http.ResponseWriter, r *http.Request, p *plan) {
	if p.web.delay > 0 && !pause(r.Context(), p.web.delay) {
		abandon()
	}
	h := w.Header()
	body := p.html(r.URL.Path)
	switch p.web.charset {
	case "gbk":
		body = encoded(body, simplifiedchinese.GBK)
	case "gb18030":
		body = encoded(body, simplifiedchinese.GB18030)
	}
	contentType := "text/html"
	if p.web.declared != "" {
		contentType += "; charset=" + p.web.declared
	}
	h.Set("Content-Type", contentType)
	for key, value := range p.web.body.headers() {
		h.Set(key, value)
	}
	status := p.web.status
	if s := p.web.body.status(); s != 0 {
		status = s
	}
	if p.web.gzip && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, body)
		_ = z.Close()
		return
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// encoded is the page in another character set; what it lacks (GBK has no ©)
// becomes an entity, as editors do it.
func encoded(body string, set encoding.Encoding) string {
	out, err := encoding.HTMLEscapeUnsupported(set.NewEncoder()).String(body)
	if err != nil {
		return body
	}
	return out
}

// errNoTLS ends a handshake.
var errNoTLS = errors.New("this site speaks no TLS")

// handshake chooses the certificate by the name the client shows (SNI), or does
// what the site's faulty server does.
func handshake(ctx context.Context, w *world, a *authority) func(*tls.ClientHelloInfo) (*tls.Config, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		host := strings.ToLower(hello.ServerName)
		kind := certValid
		if p, _ := w.find(host); p != nil {
			kind = p.web.cert
			switch p.web.https {
			case serveNoTLS:
				return nil, errNoTLS
			case serveReset, serveRefused:
				reset(hello.Conn)
				return nil, errNoTLS
			case serveHang:
				_ = pause(ctx, time.Minute) // nothing tells that the client has gone
				return nil, errNoTLS
			}
			host = p.domain
		}
		if host == "" {
			host = "unnamed.lab-dns.net"
		}
		cert, err := a.issue(host, kind)
		if err != nil {
			return nil, err
		}
		return &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, nil
	}
}
