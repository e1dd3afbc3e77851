package web

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// chain puts around the routes what holds for every request, the outermost
// first: an id, recovery from our own defects, headers of safety, the Host, the
// origin of changes, the bound of bodies, and who it is.
func (s *Server) chain(next http.Handler) http.Handler {
	return s.identify(s.recovering(s.safeHeaders(s.checkHost(s.checkOrigin(s.bound(s.problems(s.authenticate(next))))))))
}

// identify gives the request an id.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := randomHex(8)
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(s.withAddress(r), requestIDKey{}, id)))
	})
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program rather than give less
	return hex.EncodeToString(b)
}

// recovering turns a panic into a problem and a line in the log.
func (s *Server) recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, path, at := &begun{ResponseWriter: w, status: http.StatusOK}, r.URL.Path, time.Now()
		defer func() {
			v := recover()
			if v == nil {
				if !streams(path) {
					s.o.Meter.request(path, began.status, time.Since(at))
				}
				return
			}
			s.o.Meter.request(path, http.StatusInternalServerError, time.Since(at))
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.o.Log.Error("a request met a defect of the program", "id", RequestID(r.Context()), "method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			if began.yes {
				panic(http.ErrAbortHandler) // half an answer must not look whole
			}
			s.fail(w, r, problem(http.StatusInternalServerError, "internal", "the request failed on our side; the log tells more under its request id"))
		}()
		next.ServeHTTP(began, r)
	})
}

// begun remembers whether an answer was begun, and how.
type begun struct {
	http.ResponseWriter
	yes    bool
	status int
}

func (b *begun) WriteHeader(status int) {
	if !b.yes && status >= 200 {
		b.yes, b.status = true, status
	}
	b.ResponseWriter.WriteHeader(status)
}

func (b *begun) Write(p []byte) (int, error) { b.yes = true; return b.ResponseWriter.Write(p) }
func (b *begun) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// PagePolicy is the content security policy of pages: scripts, styles, pictures
// and calls of our own files only, nothing inline, no frame around us.
const PagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (s *Server) safeHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", PagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Vary", "Cookie, Authorization, Accept-Language")
		if s.secure(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.hosts.has(r.Host) {
			s.fail(w, r, problem(http.StatusForbidden, "wrong_host", "this server is not called %q", clip(r.Host, 100)).
				hint("call it by its address or localhost, or add the name to the settings (web.hosts)"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkOrigin refuses changes that a page of another origin asks for. Programs,
// which send neither Origin nor Sec-Fetch-Site, pass.
func (s *Server) checkOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.cross.Check(r); err != nil {
			p := problem(http.StatusForbidden, "cross_origin", "a page of another origin asked for a change")
			s.fail(w, r, p.hint("call the server from its own pages, or from a program that sends no Origin"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// bound keeps bodies to their size. Uploads have their own bound and more time.
func (s *Server) bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := s.o.Limits.Body
		if isUpload(r.URL.Path) {
			most = s.o.Limits.Upload
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(4 * s.o.Limits.Read)) // a listener without deadlines has none to prolong
		}
		if r.ContentLength > most {
			w.Header().Set("Connection", "close")
			swallow(r)
			s.fail(w, r, problem(http.StatusRequestEntityTooLarge, "too_large", "the body has %d bytes, at most %d are read", r.ContentLength, most))
			return
		}
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, most)
		}
		switch how := r.Header.Get("Content-Encoding"); {
		case how == "" || strings.EqualFold(how, "identity"):
		case strings.EqualFold(how, "gzip") && isUpload(r.URL.Path):
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				s.fail(w, r, problem(http.StatusBadRequest, "bad_input", "the body is no gzip"))
				return
			}
			// What it unpacks to is bounded too, whatever came over the wire.
			r.Body = http.MaxBytesReader(w, z, most)
			r.ContentLength = -1
		default:
			s.fail(w, r, problem(http.StatusUnsupportedMediaType, "unsupported_media_type", "the encoding %s is not understood here", clip(how, 40)).with("Accept-Encoding", "identity"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// swallow reads a body that is too large to its end, if that is not far: many
// programs read no answer before they have sent everything, and would tell of a
// broken connection instead. One that waits for leave to send gets none.
func swallow(r *http.Request) {
	const most = 32 << 20 // bytes, within the time that any body has
	if r.Body != nil && r.ContentLength <= most && r.Header.Get("Expect") == "" {
		_, _ = io.Copy(io.Discard, r.Body) // who sends no more hears nothing either
	}
}

func isUpload(path string) bool { return path == "/api/v1/import" || path == "/import" }

// problems turns the bare answers of the mux (404, 405, 400) into problems.
func (s *Server) problems(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&muxAnswers{ResponseWriter: w, s: s, r: r}, r)
	})
}

// muxAnswers replaces a bare answer of http.ServeMux, known by its plain text,
// by a problem.
type muxAnswers struct {
	http.ResponseWriter
	s       *Server
	r       *http.Request
	dropped bool
}

func (m *muxAnswers) WriteHeader(status int) {
	h := m.Header()
	if (status == http.StatusMethodNotAllowed || status == http.StatusNotFound || status == http.StatusBadRequest) && h.Get("Content-Type") == "text/plain; charset=utf-8" {
		m.dropped = true
		h.Del("Content-Length")
		path := clip(m.r.URL.Path, 200)
		p := problem(status, "not_found", "there is nothing at %s", path)
		switch status {
		case http.StatusMethodNotAllowed:
			p = problem(status, "method_not_allowed", "%s is not for %s", clip(m.r.Method, 20), path).hint("allowed here: " + h.Get("Allow"))
		case http.StatusBadRequest:
			p = problem(status, "bad_input", "the request cannot be understood")
		}
		m.s.fail(m.ResponseWriter, m.r, p)
		return
	}
	m.ResponseWriter.WriteHeader(status)
}

func (m *muxAnswers) Write(p []byte) (int, error) {
	if m.dropped {
		return len(p), nil
	}
	return m.ResponseWriter.Write(p)
}

func (m *muxAnswers) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// secure tells whether the browser's connection is encrypted, up to us or to a
// proxy that we believe.
func (s *Server) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	return s.fromProxy(r) && strings.EqualFold(lastOf(r.Header.Values("X-Forwarded-Proto")), "https")
}

func (s *Server) fromProxy(r *http.Request) bool {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && slices.ContainsFunc(s.o.Proxies, func(p netip.Prefix) bool { return p.Contains(ap.Addr().Unmap()) })
}

// client is the address of who calls: that of the connection, or what a proxy
// that we believe says, the nearest hop that is no such proxy itself.
func (s *Server) client(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := ap.Addr().Unmap()
	if !s.fromProxy(r) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		addr = a.Unmap()
		if !slices.ContainsFunc(s.o.Proxies, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			break
		}
	}
	return addr
}

func lastOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	all := strings.Split(values[len(values)-1], ",")
	return strings.TrimSpace(all[len(all)-1])
}

// clip cuts a text that a stranger sent.
func clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
