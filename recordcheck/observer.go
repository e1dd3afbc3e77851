package recordcheck

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
	"sync"
	"time"

	"golang.org/x/time/rate"

	"domaincheck"
	"domaincheck/icp"
)

const (
	maxAnswer = 256 << 10 // an answer is a few hundred bytes
	maxKept   = 200_000   // answers in memory; the oldest half goes beyond
)

// Options of an Observer.
type Options struct {
	// URL is asked with the domain in place of {domain}, or with domain=… added
	// to its query where there is none. It may hold a key: it is in no error.
	URL       string
	Headers   map[string]string
	Map       Map           // nil: [DefaultMap]
	PerSecond float64       // questions a second; 0 is 1
	Timeout   time.Duration // of one question, without its wait for a turn; 0 is 10 s
	Keep      time.Duration // of an answer; 0 is 24 h
	// Dial connects; nil is net.Dialer's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Now  func() time.Time // nil is time.Now
}

// Observer asks one record API. It is safe for concurrent use.
type Observer struct {
	o      Options
	client *http.Client
	pace   *rate.Limiter

	mu    sync.Mutex
	until time.Time // nothing is asked before: the API asked for patience
	kept  map[string]domaincheck.FilingRecord
}

// New makes an observer. Errors have code bad_settings and quote no secret.
func New(o Options) (*Observer, error) {
	if o.Map == nil {
		o.Map = DefaultMap()
	}
	if lacks := o.Map.missing(); lacks != "" {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "record.map", "does not say where %s stands", lacks).
			WithHint("an answer must tell a record from \"no record\" and from an error")
	}
	if u, err := url.Parse(strings.ReplaceAll(o.URL, "{domain}", "a.cn")); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, "record.url", "is no http or https URL")
	}
	if o.PerSecond <= 0 {
		o.PerSecond = 1
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Keep <= 0 {
		o.Keep = 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Observer{
		o: o, pace: rate.NewLimiter(rate.Limit(o.PerSecond), max(1, int(o.PerSecond))), kept: map[string]domaincheck.FilingRecord{},
		client: &http.Client{
			Transport:     &http.Transport{DialContext: o.Dial, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: o.Timeout},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Look asks for the record of a registrable domain (A-label). It always gives a
// part: what went wrong is its outcome.
func (o *Observer) Look(ctx context.Context, domain string) *domaincheck.FilingRecord {
	if kept, ok := o.recall(domain); ok {
		return &kept
	}
	r := o.ask(ctx, domain)
	r.Source, r.At = "api", domaincheck.At(o.o.Now())
	if r.Outcome.Conclusive() {
		o.keep(domain, r)
	}
	return &r
}

func (o *Observer) recall(domain string) (domaincheck.FilingRecord, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r, ok := o.kept[domain]
	return r, ok && o.o.Now().Sub(r.At.Time) < o.o.Keep && !o.o.Now().Before(r.At.Time)
}

func (o *Observer) keep(domain string, r domaincheck.FilingRecord) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.kept) >= maxKept {
		for d, old := range o.kept {
			if o.o.Now().Sub(old.At.Time) > o.o.Keep/2 || len(o.kept) > maxKept*3/4 {
				delete(o.kept, d)
			}
		}
	}
	o.kept[domain] = r
}

func failed(outcome domaincheck.Outcome, code domaincheck.Code, format string, args ...any) domaincheck.FilingRecord {
	return domaincheck.FilingRecord{Look: domaincheck.Look{Outcome: outcome, Error: domaincheck.Errorf(code, "record API", format, args...)}}
}

// ask puts one question, after its turn has come.
func (o *Observer) ask(ctx context.Context, domain string) domaincheck.FilingRecord {
	o.mu.Lock()
	until := o.until
	o.mu.Unlock()
	if o.o.Now().Before(until) {
		return failed(domaincheck.OutcomeRefused, domaincheck.CodeRefused, "asked to be left alone until %s", domaincheck.At(until))
	}
	if err := o.pace.Wait(ctx); err != nil {
		return failed(domaincheck.OutcomeTimeout, domaincheck.CodeTimeout, "no turn came in time")
	}
	ctx, done := context.WithTimeout(ctx, o.o.Timeout)
	defer done()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.address(domain), nil)
	if err != nil {
		return failed(domaincheck.OutcomeFailed, domaincheck.CodeInternal, "the question cannot be written")
	}
	request.Header.Set("Accept", "application/json")
	for name, value := range o.o.Headers {
		request.Header.Set(name, value)
	}
	response, err := o.client.Do(request)
	if err != nil {
		return transport(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return transport(err)
	}
	if len(body) > maxAnswer {
		return failed(domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "the answer is longer than %d bytes", maxAnswer)
	}
	if response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusServiceUnavailable {
		o.patience(response.Header.Get("Retry-After"))
	}
	return o.read(response.StatusCode, body)
}

// transport is an error on the way, without the URL that http puts into it.
func transport(err error) domaincheck.FilingRecord {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
		return failed(domaincheck.OutcomeTimeout, domaincheck.CodeTimeout, "no answer in time")
	}
	if errors.Is(err, context.Canceled) {
		return failed(domaincheck.OutcomeFailed, domaincheck.CodeCancelled, "cancelled")
	}
	return failed(domaincheck.OutcomeFailed, domaincheck.CodeNetwork, "%w", err)
}

func (o *Observer) address(domain string) string {
	if strings.Contains(o.o.URL, "{domain}") {
		return strings.ReplaceAll(o.o.URL, "{domain}", url.QueryEscape(domain))
	}
	join := "?"
	if strings.Contains(o.o.URL, "?") {
		join = "&"
	}
	return o.o.URL + join + "domain=" + url.QueryEscape(domain)
}

// patience notes that the API asked to be left alone: seconds or a date
// (RFC 9110 §10.2.3), at most an hour; a minute where it does not say.
func (o *Observer) patience(after string) {
	now := o.o.Now()
	wait := time.Minute
	if n, err := strconv.Atoi(after); err == nil && n >= 0 {
		wait = time.Duration(min(n, 3600)) * time.Second
	} else if t, err := http.ParseTime(after); err == nil {
		wait = min(t.Sub(now), time.Hour)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.until = now.Add(wait)
}

// read turns an answer into a part.
func (o *Observer) read(code int, body []byte) domaincheck.FilingRecord {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var answer any
	if err := decoder.Decode(&answer); err != nil {
		if code >= 300 {
			return refusal(code, "")
		}
		return failed(domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "the answer is no JSON")
	}
	m := o.o.Map
	said, _ := m.place(answer, "message")
	status, hasStatus := m.place(answer, "status")
	if hasStatus && m.among(status, "none") {
		return domaincheck.FilingRecord{Look: domaincheck.Look{Outcome: domaincheck.OutcomeAbsent}}
	}
	if code >= 300 {
		return refusal(code, said)
	}
	if m["ok"] != "" && !m.among(status, "ok") {
		return failed(domaincheck.OutcomeRefused, domaincheck.CodeRefused, "status %s: %s", strconv.Quote(status), strconv.Quote(said))
	}
	number, _ := m.place(answer, "number")
	if number == "" {
		if m.none(answer) {
			return domaincheck.FilingRecord{Look: domaincheck.Look{Outcome: domaincheck.OutcomeAbsent}}
		}
		return failed(domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "the answer holds no number and does not say that there is none")
	}
	parsed, err := icp.ParseNumber(number)
	if err != nil {
		return failed(domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "%s is no record number", strconv.Quote(number))
	}
	r := domaincheck.FilingRecord{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK}, Number: domaincheck.Text(parsed.Number)}
	subject, _ := m.place(answer, "subject")
	name, _ := m.place(answer, "site_name")
	day, _ := m.place(answer, "audited_on")
	r.Subject, r.SiteName, r.AuditedOn = domaincheck.Text(subject), domaincheck.Text(name), readDay(day)
	return r
}

// refusal is an HTTP status that is no answer. A bare 404 is none either: the
// API may have moved.
func refusal(code int, said string) domaincheck.FilingRecord {
	if code >= 500 && code != http.StatusServiceUnavailable {
		return failed(domaincheck.OutcomeFailed, domaincheck.CodeNetwork, "answered %d %s", code, strconv.Quote(said))
	}
	return failed(domaincheck.OutcomeRefused, domaincheck.CodeRefused, "answered %d %s", code, strconv.Quote(said))
}
