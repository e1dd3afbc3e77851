package whoischeck

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	domaincheck "domaincheck"
)

// maxRedirects bounds the redirects of one RDAP question.
const maxRedirects = 5

// transport makes an HTTP transport over a dial function. Connections are
// kept for a while, since a sweep asks one base many times.
func transport(dial func(ctx context.Context, network, address string) (net.Conn, error), roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext:            dial,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// Close lets go of idle connections.
func (o *Observer) Close() {
	o.trusted.CloseIdleConnections()
	o.vetted.CloseIdleConnections()
}

// registryRDAP asks the registry and, where its answer is thin, the registrar.
func (o *Observer) registryRDAP(ctx context.Context, domain string, p plan) *domaincheck.Registration {
	base, err := url.Parse(p.base)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		reg := &domaincheck.Registration{Source: "rdap", Domain: domaincheck.Text(domain)}
		return fail(reg, domaincheck.OutcomeFailed, domaincheck.CodeBadSettings, "the RDAP base is no http(s) address: "+cut(p.base, 100))
	}
	u := base.JoinPath("domain", domain)
	reg, link := o.askRDAP(ctx, domain, u, base)
	if reg.Outcome != domaincheck.OutcomeOK || link == "" || !thin(reg) || ctx.Err() != nil {
		return reg
	}
	to, err := url.Parse(link)
	if err != nil || to.String() == u.String() {
		return reg
	}
	trust := (*url.URL)(nil)
	switch {
	case p.ownBase && to.Scheme == base.Scheme && to.Host == base.Host:
		trust = base // the registrar's answer lies on the server that the user named
	case p.ownBase && !o.mapped(to.Hostname(), portOf(to)):
		return reg // the override would be asked, which was just done
	}
	more, _ := o.askRDAP(ctx, domain, to, trust)
	merge(reg, more)
	return reg
}

// thin tells whether a registry's answer leaves the holder to the registrar.
func thin(reg *domaincheck.Registration) bool {
	r := reg.Registrant
	return r == nil || r.Name == "" && r.Organization == ""
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}

// askRDAP asks one address, following bounded redirects. trust is the base
// whose host the user or our table named; every other host is vetted.
func (o *Observer) askRDAP(ctx context.Context, domain string, u, trust *url.URL) (*domaincheck.Registration, string) {
	place := u.Host
	reg := &domaincheck.Registration{Source: "rdap", Servers: []string{place}, Domain: domaincheck.Text(domain)}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range maxRedirects + 1 {
		key, left := o.key(ctx, net.JoinHostPort(u.Hostname(), portOf(u)))
		if err := o.opt.Pacer.Wait(ctx, key); err != nil {
			return failed(reg, err, place), ""
		}
		own := trust != nil && u.Scheme == trust.Scheme && u.Host == trust.Host
		res, body, err := o.fetch(ctx, u, own, left)
		if err != nil {
			return failed(reg, err, u.Host), ""
		}
		if res.StatusCode >= 300 && res.StatusCode < 400 && res.StatusCode != http.StatusNotModified {
			next, err := u.Parse(res.Header.Get("Location"))
			if err != nil || res.Header.Get("Location") == "" || next.Scheme != "http" && next.Scheme != "https" || next.Host == "" || next.User != nil {
				return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "a redirect leads nowhere"), ""
			}
			u = next
			continue
		}
		got, link := o.judge(domain, res, body)
		got.Servers = []string{u.Host}
		got.Raw = []domaincheck.Raw{{Kind: "rdap", Source: u.String(), At: domaincheck.At(o.opt.Now()), Bytes: body}}
		if got.Error != nil && got.Error.Place == "" {
			got.Error.Place = domaincheck.Text(u.String())
		}
		if got.Outcome == domaincheck.OutcomeRefused {
			ref := Refusal{Phrase: got.Error.Message, Wait: retryAfter(res.Header.Get("Retry-After"), o.opt.Now())}
			o.opt.Pacer.Learn(key, ref)
			tellWait(got, ref)
		} else {
			o.opt.Pacer.Learn(key, Refusal{})
		}
		stamp(got, "rdap", u.Host)
		return got, link
	}
	return fail(reg, domaincheck.OutcomeFailed, domaincheck.CodeTooLarge, "too many redirects"), ""
}

// fetch asks once: no redirect, a bounded body, one deadline from the dial to
// the last byte.
func (o *Observer) fetch(ctx context.Context, u *url.URL, trusted bool, left time.Duration) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, domaincheck.Errorf(domaincheck.CodeMalformed, u.Host, "no address to ask: %w", err)
	}
	req.Header.Set("Accept", "application/rdap+json, application/json;q=0.5")
	req.Header.Set("User-Agent", "domaincheck")
	rt := o.vetted
	if trusted {
		rt = o.trusted
	}
	res, err := rt.RoundTrip(req)
	if err != nil {
		return nil, nil, classify(ctx, u.Host, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, MaxRDAP+1))
	if len(body) > MaxRDAP {
		return nil, nil, domaincheck.Errorf(domaincheck.CodeTooLarge, u.Host, "the answer is longer than %d bytes", MaxRDAP)
	}
	if err != nil {
		return nil, nil, classify(ctx, u.Host, err)
	}
	return res, body, nil
}

// judge reads an answer with its HTTP status (RFC 7480 §5). A 404 says "no such
// domain" if it carries an RDAP error object, JSON of RDAP's type, or nothing;
// a 404 with a web page comes from some gateway and says nothing.
func (o *Observer) judge(domain string, res *http.Response, body []byte) (*domaincheck.Registration, string) {
	reg := &domaincheck.Registration{Source: "rdap", Domain: domaincheck.Text(domain)}
	status := strconv.Itoa(res.StatusCode)
	switch {
	case res.StatusCode == http.StatusOK:
		return parseRDAP(domain, body)
	case res.StatusCode == http.StatusNotFound:
		if len(bytes.TrimSpace(body)) == 0 {
			return absent(reg), ""
		}
		top, err := decodeJSON(body)
		if err != nil {
			return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "status 404 with something that is no RDAP"), ""
		}
		if textIn(get(top, "errorCode")) != "" {
			got, _ := parseRDAP(domain, body)
			return got, ""
		}
		kind := strings.ToLower(res.Header.Get("Content-Type"))
		if strings.HasPrefix(kind, "application/rdap+json") || get(top, "rdapConformance") != nil || get(top, "notices") != nil {
			return rdapError(reg, top, "404"), ""
		}
		return fail(reg, domaincheck.OutcomeMalformed, domaincheck.CodeMalformed, "status 404 without an RDAP error object"), ""
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusForbidden, res.StatusCode == http.StatusUnauthorized, res.StatusCode == http.StatusUnavailableForLegalReasons:
		return refuse(reg, Refusal{Phrase: "status " + status}), ""
	case res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "":
		return refuse(reg, Refusal{Phrase: "status " + status + " with Retry-After"}), ""
	}
	return fail(reg, domaincheck.OutcomeFailed, domaincheck.CodeNetwork, "the server answered with status "+status), ""
}

// retryAfter reads seconds or an HTTP date (RFC 9110 §10.2.3), at most a day.
func retryAfter(v string, now time.Time) time.Duration {
	v = strings.TrimSpace(v)
	if n, err := strconv.Atoi(v); err == nil && n >= 0 {
		return min(time.Duration(min(n, 86400))*time.Second, 24*time.Hour)
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, min(t.Sub(now), 24*time.Hour))
	}
	return 0
}
