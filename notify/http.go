package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"domaincheck"
)

// answer is what a service said, bounded.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// maxAnswer bounds what is read of an answer; the services' own are below 1 KiB.
const maxAnswer = 64 << 10

// encode is JSON as chat services read it: without escaping <, > and &.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// post sends a body to the channel's URL, or to another one derived from it.
// Redirects are not followed: they would carry the message elsewhere. An
// answer of 2xx comes back; all else is a Failure.
func (s *sending) post(ctx context.Context, to string, body []byte, header map[string]string) (answer, error) {
	c := s.channel
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return answer{}, &Failure{Kind: domaincheck.CodeBadSettings, Message: "the channel's url cannot be used", Whole: true}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "domaincheck")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return answer{}, onTheWay(c, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{}, onTheWay(c, err)
	}
	a := answer{resp.StatusCode, resp.Header, text}
	if a.status/100 == 2 {
		return a, nil
	}
	f := &Failure{Kind: domaincheck.CodeRefused, Code: strconv.Itoa(a.status), status: a.status, Message: c.scrub(strings.TrimSpace(http.StatusText(a.status) + " " + string(text)))}
	f.RetryAfter = retryAfter(a.header.Get("Retry-After"))
	m, _ := meaningOf(c.Type, f.Code, f.Message)
	f.Whole = m.whole || shut(a.status)
	return a, f
}

// shut tells the statuses that are of the way rather than of one message: the
// service fails or paces, or the address or the secret is wrong.
func shut(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusProxyAuthRequired, http.StatusGone:
		return true
	}
	return status >= 500 || status/100 == 3
}

// onTheWay is a failure of the connection. The URL that net/http puts into its
// errors is left out.
func onTheWay(c *Channel, err error) *Failure {
	f := &Failure{Kind: domaincheck.CodeNetwork, Whole: true}
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err
	}
	var timeout net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		f.Kind, f.Message = domaincheck.CodeTimeout, "no answer in time"
	case errors.Is(err, context.Canceled):
		f.Kind, f.Message = domaincheck.CodeCancelled, "given up"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		f.Message, f.broken = "the connection broke off before a whole answer", true
	default:
		f.Message = c.scrub(err.Error())
	}
	return f
}

// retryAfter reads seconds or a date, at most a minute: a channel is never left
// untried for longer.
func retryAfter(text string) time.Duration {
	d := time.Duration(0)
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
		d = time.Duration(min(n, 60)) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		d = time.Until(at)
	}
	return max(0, min(d, time.Minute))
}

// unreadable is a 200 that does not say whether the message was taken.
func unreadable(c *Channel, body []byte) *Failure {
	if len(bytes.TrimSpace(body)) == 0 {
		return &Failure{Kind: domaincheck.CodeMalformed, Message: "an empty answer", Whole: true}
	}
	return &Failure{Kind: domaincheck.CodeMalformed, Message: c.scrub("an answer that cannot be understood: " + string(body)), Whole: true}
}

// inside reads the code that chat services put inside a 200: every one of the
// names that is there must be 0, and one must be.
func inside(c *Channel, body []byte, text string, names ...string) error {
	var m map[string]json.RawMessage
	if json.Unmarshal(body, &m) != nil {
		return unreadable(c, body)
	}
	found := false
	for _, name := range names {
		raw, ok := m[name]
		if !ok {
			continue
		}
		code := strings.Trim(string(raw), `"`)
		if code == "0" {
			found = true
			continue
		}
		if _, err := strconv.ParseInt(code, 10, 64); err != nil {
			return unreadable(c, body)
		}
		var said string
		if json.Unmarshal(m[text], &said) != nil {
			said = string(body)
		}
		f := &Failure{Kind: domaincheck.CodeRefused, Code: code, Message: c.scrub(said)}
		meant, _ := meaningOf(c.Type, code, said)
		f.Whole, f.RetryAfter = meant.whole, meant.wait
		return f
	}
	if !found {
		return unreadable(c, body)
	}
	return nil
}

func containsAny(text string, words ...string) bool {
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
