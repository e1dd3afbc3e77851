package sitecheck

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"domaincheck"
	"domaincheck/netguard"
)

// stream is the decoded body on its way to the parser: counted, cut at the
// limit, kept where it is evidence, its end remembered.
type stream struct {
	r     io.Reader
	left  int64 // bytes still allowed
	n     int64
	kept  *bytes.Buffer // nil: nothing is kept
	err   error
	more  bool // there was more than the limit
	probe [1]byte

	head [256]byte // how the body begins
	held int       // bytes of head
}

func (s *stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, io.EOF
	}
	if s.left == 0 {
		n, err := s.r.Read(s.probe[:])
		if n > 0 {
			s.more = true
			err = io.EOF
		}
		if err != nil {
			s.err = err
			return 0, io.EOF
		}
		return 0, nil
	}
	if int64(len(p)) > s.left {
		p = p[:s.left]
	}
	n, err := s.r.Read(p)
	s.left -= int64(n)
	s.n += int64(n)
	if s.held < len(s.head) {
		s.held += copy(s.head[s.held:], p[:n])
	}
	if s.kept != nil {
		s.kept.Write(p[:n])
	}
	if err != nil {
		s.err = err
		err = io.EOF // the parser sees a page that ends; the client knows why
	}
	return n, err
}

// broken is why the body ended before its end; nil if it did not.
func (s *stream) broken() error {
	if s.err == nil || errors.Is(s.err, io.EOF) && !errors.Is(s.err, io.ErrUnexpectedEOF) {
		return nil
	}
	return s.err
}

var gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

// read decodes and parses the body of an answer that is no redirect.
func (l *look) read(ctx context.Context, u *url.URL, resp *http.Response, chain []string, a *answer) error {
	opt := &l.o.opt
	contentType := resp.Header.Get("Content-Type")
	if notAPage(contentType) {
		a.attempt.Outcome = domaincheck.OutcomeMalformed
		return domaincheck.Errorf(domaincheck.CodeMalformed, u.String(), "not a page but %.60s", contentType)
	}
	// Compressed bytes are bounded too: a stream of empty blocks has no end and
	// no content.
	body, done, err := decode(io.LimitReader(resp.Body, opt.MaxBytes+(1<<20)), resp.Header)
	defer done()
	if err != nil {
		return l.bodyError(ctx, u, err, a)
	}
	s := &stream{r: body, left: opt.MaxBytes}
	if opt.KeepRaw {
		s.kept = new(bytes.Buffer)
	}
	po := opt.Parse
	po.URL, po.ContentType, po.Limit = a.attempt.URL, contentType, opt.MaxBytes
	po.Status, po.Header, po.Redirects = resp.StatusCode, resp.Header, chain
	page, out, perr := parsePage(s, po)
	for s.err == nil { // whatever the parser left
		if _, err := io.Copy(io.Discard, s); err != nil {
			break
		}
	}
	broken := s.broken()
	if page == nil || s.n == 0 && broken != nil {
		return l.bodyError(ctx, u, errors.Join(broken, perr), a)
	}
	if !s.more && !isText(s.head[:s.held], string(page.Charset)) {
		a.attempt.Outcome = domaincheck.OutcomeMalformed
		return domaincheck.Errorf(domaincheck.CodeMalformed, u.String(), "not a page but bytes that are no text")
	}
	page.Bytes = s.n
	page.Truncated = page.Truncated || s.more || broken != nil
	a.page, a.out, a.scripted = page, out, out.scripted
	if opt.KeepRaw {
		page.Raw = []domaincheck.Raw{{Kind: "http", Source: a.attempt.URL, At: domaincheck.At(opt.Now()), Bytes: rawAnswer(resp, s.kept.Bytes())}}
	}
	switch {
	case page.Challenge != "":
		a.attempt.Outcome = domaincheck.OutcomeRefused
		return domaincheck.Errorf(domaincheck.CodeRefused, u.String(), "a wall against robots: %s", page.Challenge)
	case resp.StatusCode == http.StatusTooManyRequests:
		a.attempt.Outcome = domaincheck.OutcomeRefused
		return domaincheck.Errorf(domaincheck.CodeRefused, u.String(), "too many requests")
	}
	a.attempt.Outcome = domaincheck.OutcomeOK
	switch {
	case s.more:
		a.attempt.Error = domaincheck.Errorf(domaincheck.CodeTooLarge, u.String(), "cut after %d bytes", s.n)
	case broken != nil:
		a.attempt.Error = domaincheck.AsError(netguard.Classify(ctx, u.String(), broken), domaincheck.CodeNetwork, u.String())
	}
	return nil
}

// bodyError is the error of a body of which nothing could be read.
func (l *look) bodyError(ctx context.Context, u *url.URL, err error, a *answer) error {
	var corrupt flate.CorruptInputError
	_, coded := domaincheck.ErrorIn(err)
	switch {
	case coded:
		return err
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, zlib.ErrHeader),
		errors.Is(err, zlib.ErrChecksum), errors.As(err, &corrupt):
		a.attempt.Outcome = domaincheck.OutcomeMalformed
		return domaincheck.Errorf(domaincheck.CodeMalformed, u.String(), "the body is not compressed as it says: %w", err)
	}
	return netguard.Classify(ctx, u.String(), err)
}

// decode undoes Content-Encoding: gzip, deflate (zlib or raw, RFC 9110 §8.4.1)
// and identity; what was not asked for is an error.
func decode(r io.Reader, h http.Header) (io.Reader, func(), error) {
	nothing := func() {}
	enc := strings.ToLower(strings.TrimSpace(strings.Join(h.Values("Content-Encoding"), ",")))
	switch enc {
	case "", "identity", "none", "utf-8":
		return r, nothing, nil
	case "gzip", "x-gzip":
		z := gzips.Get().(*gzip.Reader)
		if err := z.Reset(r); err != nil {
			gzips.Put(z)
			if errors.Is(err, io.EOF) { // an empty body needs no trailer
				return strings.NewReader(""), nothing, nil
			}
			return nil, nothing, err
		}
		return z, func() { z.Close(); gzips.Put(z) }, nil
	case "deflate":
		br := bufio.NewReader(r)
		if b, err := br.Peek(2); err == nil && b[0]&0x0f == 8 && (uint(b[0])<<8|uint(b[1]))%31 == 0 {
			z, err := zlib.NewReader(br)
			if err != nil {
				return nil, nothing, err
			}
			return z, func() { z.Close() }, nil
		}
		z := flate.NewReader(br)
		return z, func() { z.Close() }, nil
	}
	return nil, nothing, domaincheck.Errorf(domaincheck.CodeMalformed, "", "a body in encoding %.40q, which was not asked for", enc)
}

// notAPage tells media types that a browser would show otherwise than as a page,
// or save. A missing or odd type is read: servers forget it.
func notAPage(contentType string) bool {
	if t, _, _ := strings.Cut(contentType, ";"); strings.EqualFold(strings.TrimSpace(t), "text/html") {
		return false
	}
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	kind, _, _ := strings.Cut(t, "/")
	switch kind {
	case "image", "audio", "video", "font":
		return t != "image/svg+xml"
	case "application":
		switch t {
		case "application/pdf", "application/zip", "application/octet-stream", "application/x-gzip", "application/gzip",
			"application/msword", "application/vnd.ms-excel", "application/x-rar-compressed", "application/x-msdownload",
			"application/wasm", "application/vnd.android.package-archive", "application/x-shockwave-flash":
			return true
		}
		return strings.HasPrefix(t, "application/vnd.openxmlformats")
	}
	return false
}

// isText tells whether a body that begins with head can be text in a charset.
// What is not (a compression that the header does not tell of, a picture, an
// archive) is taken for a page by its type alone, and shows a visitor nothing
// that could be read.
func isText(head []byte, charset string) bool {
	if strings.HasPrefix(charset, "utf-16") {
		return true
	}
	for _, magic := range [...]string{"\x1f\x8b\x08", "PK\x03\x04", "\x89PNG", "\xff\xd8\xff", "GIF8", "%PDF-", "\x28\xb5\x2f\xfd", "Rar!", "7z\xbc\xaf"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return false
		}
	}
	controls := 0
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\n' && c != '\f' && c != '\r' && c != 0x1b {
			controls++
		}
	}
	return controls < 4 || controls*32 < len(head)
}

// rawAnswer is the answer as evidence: status line, header, decoded body.
func rawAnswer(resp *http.Response, body []byte) []byte {
	var b bytes.Buffer
	b.WriteString(resp.Proto + " " + resp.Status + "\r\n")
	resp.Header.Write(&b)
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}
