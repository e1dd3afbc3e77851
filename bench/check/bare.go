package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// bare does one bare piece s.count times, 64 at a time, and prints the seconds
// that it took and the processor time of this process as JSON.
func bare(ctx context.Context, s settings, stdout io.Writer) error {
	roots, err := trusted(s.roots)
	if err != nil {
		return err
	}
	one := func(i int) error { return handshake(ctx, s.to, roots, domain(i)) }
	if s.bare != "tls" {
		client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{RootCAs: roots},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, s.to)
			},
		}}
		one = func(i int) error { return fetch(ctx, client, s.bare+"://"+domain(i)+"/") }
	}
	p, err := (&meter{}).of(s.count, func() error { return many(ctx, s.count, one) })
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(p)
}

// trusted are the roots named on the command line.
func trusted(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: no certificate", file)
	}
	return pool, nil
}

// fetch gets a page over a new connection and discards it.
func fetch(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && n < 20_000 {
		err = fmt.Errorf("%d bytes", n)
	}
	return err
}

// handshake connects, speaks TLS, verifies the certificate, and closes.
func handshake(ctx context.Context, to string, roots *x509.CertPool, host string) error {
	conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: host}}).DialContext(ctx, "tcp", to)
	if err != nil {
		return err
	}
	return conn.Close()
}

// many does one n times, 64 at a time.
func many(ctx context.Context, n int, one func(int) error) error {
	var next atomic.Int64
	var first sync.Once
	var failed error
	var work sync.WaitGroup
	for range 64 {
		work.Go(func() {
			for i := int(next.Add(1)); i <= n && ctx.Err() == nil; i = int(next.Add(1)) {
				if err := one(i); err != nil {
					first.Do(func() { failed = err })
					return
				}
			}
		})
	}
	work.Wait()
	if failed == nil {
		failed = ctx.Err()
	}
	return failed
}
