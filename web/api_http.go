package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// encodeJSON writes JSON as the command line does: signs of HTML as they are.
func encodeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// streams tells the answers that are written as they come.
func streams(path string) bool { return path == apiRoot+"/events" || path == apiRoot+"/export" }

// kept is an answer that is held back until it is whole.
type kept struct {
	http.ResponseWriter
	status int
	header http.Header
	body   bytes.Buffer
}

func newKept(w http.ResponseWriter) *kept {
	return &kept{ResponseWriter: w, header: w.Header().Clone()}
}

func (k *kept) Header() http.Header { return k.header }

func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *kept) Write(p []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(p)
}

func (k *kept) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// send writes what was held back.
func (k *kept) send() {
	h := k.ResponseWriter.Header()
	for name, values := range k.header {
		h[name] = values
	}
	if k.status == 0 {
		k.status = http.StatusOK
	}
	k.ResponseWriter.WriteHeader(k.status)
	_, _ = k.ResponseWriter.Write(k.body.Bytes())
}

// tagged gives answers of GET a tag (ETag) and answers 304 where the client has
// the same already. A tag that the operation set, that of the entry, comes
// first in it, before a dot.
func (s *Server) tagged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead || streams(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		k := newKept(w)
		next.ServeHTTP(k, r)
		if k.status == http.StatusOK {
			sum := sha256.Sum256(k.body.Bytes())
			tag := hex.EncodeToString(sum[:8])
			if entry := strings.Trim(k.header.Get("ETag"), `"`); entry != "" {
				tag = entry + "." + tag
			}
			k.header.Set("ETag", `"`+tag+`"`)
			k.header.Set("Cache-Control", "private, no-cache")
			if hasTag(r.Header.Get("If-None-Match"), tag) {
				k.status = http.StatusNotModified
				k.header.Del("Content-Type")
				k.body.Reset()
			}
		}
		k.send()
	})
}

func hasTag(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		one := strings.Trim(strings.TrimPrefix(strings.TrimSpace(part), "W/"), `"`)
		if one != "" && (one == tag || one == "*") {
			return true
		}
	}
	return false
}

const (
	answersMost = 2000
	answersLife = 24 * time.Hour
	answerBytes = 1 << 20
)

// answers remembers what was answered to requests with an Idempotency-Key, for a
// day and until a restart, the newest ones only.
type answers struct {
	mu  sync.Mutex
	now func() time.Time
	all map[string]*answer
}

type answer struct {
	at     time.Time
	body   [sha256.Size]byte // of the request
	done   bool
	status int
	header http.Header
	answer []byte
}

func newAnswers(now func() time.Time) *answers {
	return &answers{now: now, all: map[string]*answer{}}
}

// begin finds what is known under a key, or makes a place for it: then the
// second result is true.
func (a *answers) begin(key string, body [sha256.Size]byte) (answer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if v, ok := a.all[key]; ok && now.Sub(v.at) < answersLife {
		return *v, false
	}
	if len(a.all) >= answersMost {
		var oldest string
		for k, v := range a.all {
			if v.done && (oldest == "" || v.at.Before(a.all[oldest].at)) {
				oldest = k
			}
		}
		delete(a.all, oldest)
	}
	a.all[key] = &answer{at: now, body: body}
	return answer{}, true
}

// end keeps an answer; one that failed on our side, or is too long, is
// forgotten, so that it may be tried again.
func (a *answers) end(key string, k *kept) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.all[key]
	if v == nil {
		return
	}
	if k == nil || k.status >= 500 || k.status == http.StatusTooManyRequests || k.status == http.StatusUnauthorized || k.body.Len() > answerBytes {
		delete(a.all, key)
		return
	}
	v.done, v.status, v.header, v.answer = true, k.status, k.header.Clone(), bytes.Clone(k.body.Bytes())
}

// repeated makes POST with an Idempotency-Key safe to repeat: the first answer is
// given again.
func (s *Server) repeated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := r.Header.Get("Idempotency-Key")
		p, known := PrincipalOf(r.Context())
		if r.Method != http.MethodPost || sent == "" || !known {
			next.ServeHTTP(w, r)
			return
		}
		if len(sent) > 255 {
			s.fail(w, r, problem(http.StatusBadRequest, "bad_input", "an Idempotency-Key has at most 255 characters"))
			return
		}
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			s.fail(w, r, bodyProblem(err))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(raw))
		key := strings.Join([]string{p.Name, string(p.Role), strings.Join(p.Tags, ","), r.URL.RequestURI(), sent}, "\x00")
		sum := sha256.Sum256(raw)
		was, first := s.answers.begin(key, sum)
		switch {
		case first:
		case was.body != sum:
			s.fail(w, r, problem(http.StatusUnprocessableEntity, "idempotency_key", "the Idempotency-Key was used for another request"))
			return
		case !was.done:
			s.fail(w, r, problem(http.StatusConflict, "in_progress", "the first request with this Idempotency-Key still runs").with("Retry-After", "1"))
			return
		default:
			k := &kept{ResponseWriter: w, status: was.status, header: was.header.Clone()}
			k.header.Set("X-Request-Id", RequestID(r.Context()))
			k.header.Set("Idempotent-Replayed", "true")
			k.body.Write(was.answer)
			k.send()
			return
		}
		k := newKept(w)
		defer func() {
			if v := recover(); v != nil {
				s.answers.end(key, nil)
				panic(v)
			}
		}()
		next.ServeHTTP(k, r)
		s.answers.end(key, k)
		k.send()
	})
}

// bodyProblem is why a body could not be read.
func bodyProblem(err error) *Problem {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return problem(http.StatusRequestEntityTooLarge, "too_large", "the body is larger than %d bytes", large.Limit)
	}
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return problem(http.StatusRequestTimeout, "timeout", "the body came too slowly").with("Connection", "close")
	}
	return problem(http.StatusBadRequest, "bad_input", "the body could not be read to its end")
}
