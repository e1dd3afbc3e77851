package sitecheck

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/netguard"
)

// answer is what one request gave.
type answer struct {
	attempt  domaincheck.PageAttempt
	header   http.Header
	page     *domaincheck.HomePage // parsed body; nil for a redirect or a failure
	out      *outline              // where the page leads; nil without page
	scripted bool                  // the body has scripts
	next     *url.URL              // where a redirect leads
	err      error
}

// wire counts what came back, so that a connection cut before any byte can be
// told from one cut later, and stops an endless header.
type wire struct {
	net.Conn
	got   int64
	limit int64         // 0 = none
	err   error         // of the last read
	tape  *bytes.Buffer // what was read while the limit stood; nil: nothing is kept
}

var errHeaderTooLarge = errors.New("the header is larger than is read")

func (w *wire) Read(p []byte) (int, error) {
	if w.limit > 0 && int64(len(p)) > w.limit-w.got {
		if w.got >= w.limit {
			w.err = errHeaderTooLarge
			return 0, w.err
		}
		p = p[:w.limit-w.got]
	}
	n, err := w.Conn.Read(p)
	w.got += int64(n)
	w.err = err
	if w.limit > 0 && w.tape != nil {
		w.tape.Write(p[:n])
	}
	return n, err
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

// fetch makes one request and reads one answer. seen is told when a TCP
// connection stands (0), when a request can be made (1) and when a header came
// (2).
func (l *look) fetch(ctx context.Context, u *url.URL, jar *cookies, chain []string, seen func(int)) *answer {
	a := &answer{attempt: domaincheck.PageAttempt{URL: u.String()}}
	a.err = l.exchange(ctx, u, jar, chain, seen, a)
	if a.err != nil {
		a.attempt.Error = domaincheck.AsError(a.err, domaincheck.CodeNetwork, a.attempt.URL)
	}
	if a.attempt.Outcome == "" {
		a.attempt.Outcome = outcomeOf(a.err)
	}
	return a
}

func (l *look) exchange(ctx context.Context, u *url.URL, jar *cookies, chain []string, seen func(int), a *answer) error {
	conn, w, err := l.connect(ctx, u, a, seen)
	if err != nil {
		return err
	}
	defer conn.Close()
	// The context reaches the socket: whoever cancels wakes the read.
	stop := context.AfterFunc(ctx, func() { w.Conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	opt := &l.o.opt
	if err := l.deadline(ctx, w, opt.Header); err != nil {
		return err
	}
	// A server may answer and close before it has read all of a request, so
	// that a failed write is told only if no answer can be read.
	tape := tapes.Get().(*bytes.Buffer)
	defer tapes.Put(tape)
	tape.Reset()
	tape.Grow(512)
	tape.Write(l.request(tape.AvailableBuffer(), u, jar))
	_, werr := conn.Write(tape.Bytes())
	tape.Reset()
	limited := &wire{Conn: conn, limit: opt.MaxHeader, tape: tape}
	br := readers.Get().(*bufio.Reader)
	br.Reset(limited)
	defer func() { br.Reset(nil); readers.Put(br) }()
	resp, err := readResponse(br)
	if err != nil {
		if again := mended(tape.Bytes()); again != nil {
			resp, err = readResponse(bufio.NewReader(io.MultiReader(bytes.NewReader(again), limited)))
		}
	}
	if err != nil {
		return headerError(ctx, u, limited, err, werr)
	}
	limited.limit = 0
	defer resp.Body.Close()
	seen(2)
	a.attempt.Status = domaincheck.Known(resp.StatusCode)
	a.header = resp.Header
	jar.store(u.Host, resp)
	if next, is, err := redirect(u, resp); is {
		a.next = next
		a.attempt.Outcome = domaincheck.OutcomeOK
		if err != nil {
			a.attempt.Outcome = domaincheck.OutcomeMalformed
			return err
		}
		return nil
	}
	if err := l.deadline(ctx, w, opt.Body); err != nil {
		return err
	}
	return l.read(ctx, u, resp, chain, a)
}

// connect resolves, vets, dials and, for https, shakes hands. The wire is the
// raw connection below TLS.
func (l *look) connect(ctx context.Context, u *url.URL, a *answer, seen func(int)) (net.Conn, *wire, error) {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	raw, err := l.guard.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		a.attempt.IP = l.knownAddress(u.Hostname())
		return nil, nil, err
	}
	if c, ok := raw.(*netguard.Conn); ok && c.Vetted.IsValid() {
		a.attempt.IP = domaincheck.Text(c.Vetted.String())
	}
	seen(0)
	w := &wire{Conn: raw}
	if u.Scheme != "https" {
		seen(1)
		return w, w, nil
	}
	tc, err := l.handshake(ctx, w, u.Hostname())
	if err != nil {
		raw.Close()
		return nil, nil, err
	}
	seen(1)
	return tc, w, nil
}

// knownAddress is the address of a host that could not be reached, where it
// has but one.
func (l *look) knownAddress(host string) domaincheck.Text {
	if addrs := l.guard.Remembered(host); len(addrs) > 0 {
		return domaincheck.Text(addrs[0].String())
	}
	return ""
}

// deadline gives the connection until d from now, or until the context ends.
func (l *look) deadline(ctx context.Context, w *wire, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return netguard.Classify(ctx, "", err)
	}
	t := time.Now().Add(d)
	if end, ok := ctx.Deadline(); ok && end.Before(t) {
		t = end
	}
	return w.Conn.SetDeadline(t)
}

// request appends the request for u to b.
func (l *look) request(b []byte, u *url.URL, jar *cookies) []byte {
	b = append(b, "GET "...)
	b = append(b, u.RequestURI()...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, hostHeader(u)...)
	b = append(b, "\r\nUser-Agent: "...)
	b = append(b, l.o.opt.UserAgent...)
	b = append(b, "\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: zh-CN,zh;q=0.9,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\n"...)
	if c := jar.header(u.Host); c != "" {
		b = append(b, "Cookie: "...)
		b = append(b, c...)
		b = append(b, "\r\n"...)
	}
	return append(b, "Connection: close\r\n\r\n"...)
}

// hostHeader is the host without the scheme's own port.
func hostHeader(u *url.URL) string {
	if u.Scheme == "http" {
		return strings.TrimSuffix(u.Host, ":80")
	}
	return strings.TrimSuffix(u.Host, ":443")
}

var getRequest = &http.Request{Method: http.MethodGet}

var tapes = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// mended drops from the header of an answer the lines that are none (no colon,
// a blank in the name, control characters): browsers pass over them, and so
// must who would see what a visitor sees. It gives all of the answer read so
// far, or nil where that is no HTTP answer or there was nothing to drop.
func mended(tape []byte) []byte {
	if !bytes.HasPrefix(tape, []byte("HTTP/1.")) {
		return nil
	}
	end, blank := bytes.Index(tape, []byte("\r\n\r\n")), 4
	if lf := bytes.Index(tape, []byte("\n\n")); lf >= 0 && (end < 0 || lf < end) {
		end, blank = lf, 2
	}
	if end < 0 {
		return nil
	}
	out := make([]byte, 0, len(tape))
	dropped := false
	for i, line := range bytes.Split(tape[:end], []byte("\n")) {
		line = bytes.TrimRight(line, "\r")
		if i > 0 && !isField(line) {
			dropped = true
			continue
		}
		out = append(append(out, line...), "\r\n"...)
	}
	if !dropped {
		return nil
	}
	return append(append(out, "\r\n"...), tape[end+blank:]...)
}

// isField tells whether a line is a header field: a name of token characters
// (RFC 9110 §5.6.2), a colon, a value without control characters.
func isField(line []byte) bool {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) == 0 {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f || bytes.IndexByte([]byte("()<>@,;:\\\"/[]?={}"), c) >= 0 {
			return false
		}
	}
	return bytes.IndexFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) < 0
}

// readResponse reads a header, passing over interim answers (RFC 9110 §15.2),
// five at most.
func readResponse(br *bufio.Reader) (*http.Response, error) {
	for range 5 {
		resp, err := http.ReadResponse(br, getRequest)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
	}
	return nil, errors.New("nothing but interim answers")
}

// headerError tells silence, a cut connection and bytes that are not HTTP
// apart. werr is the error of writing the request.
func headerError(ctx context.Context, u *url.URL, w *wire, err, werr error) error {
	place := u.String()
	if w.err != nil && !errors.Is(w.err, io.EOF) {
		err = w.err // the parser of headers tells of the half line it was left with
	}
	var netErr net.Error
	switch {
	case errors.Is(err, errHeaderTooLarge):
		return domaincheck.Errorf(domaincheck.CodeTooLarge, place, "%w", err)
	case errors.As(err, &netErr), ctx.Err() != nil:
		return netguard.Classify(ctx, place, err)
	case w.got == 0 && werr != nil:
		return netguard.Classify(ctx, place, werr)
	case w.got == 0:
		return &domaincheck.Error{Code: domaincheck.CodeNetwork, Message: "connection closed without an answer", Place: domaincheck.Text(place), Err: err}
	case errors.Is(w.err, io.EOF) && !bytes.HasPrefix(w.tape.Bytes(), []byte("HTTP/")[:min(5, w.tape.Len())]):
		return domaincheck.Errorf(domaincheck.CodeMalformed, place, "not an HTTP answer: %w", err)
	case errors.Is(err, io.ErrUnexpectedEOF), w.err != nil:
		return domaincheck.Errorf(domaincheck.CodeNetwork, place, "connection closed within the header: %w", err)
	}
	return domaincheck.Errorf(domaincheck.CodeMalformed, place, "not an HTTP answer: %w", err)
}

// outcomeOf is the outcome that an error stands for; see the package comment.
func outcomeOf(err error) domaincheck.Outcome {
	var record tls.RecordHeaderError
	switch {
	case err == nil:
		return domaincheck.OutcomeOK
	case errors.Is(err, domaincheck.CodeForbidden):
		return domaincheck.OutcomeRefused
	case errors.Is(err, netguard.ErrResolve): // whatever the resolver's reason: nothing was learned of the site
		return domaincheck.OutcomeTimeout
	case errors.Is(err, domaincheck.CodeRefused):
		return domaincheck.OutcomeRefused
	case errors.Is(err, netguard.ErrNoAddress):
		return domaincheck.OutcomeAbsent
	case errors.Is(err, domaincheck.CodeTimeout), errors.Is(err, domaincheck.CodeCancelled):
		return domaincheck.OutcomeTimeout
	case errors.Is(err, domaincheck.CodeTooLarge), errors.Is(err, domaincheck.CodeMalformed), errors.As(err, &record):
		return domaincheck.OutcomeMalformed
	case netguard.Unroutable(err):
		return domaincheck.OutcomeTimeout
	}
	return domaincheck.OutcomeFailed
}
