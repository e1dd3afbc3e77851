// Package bare holds the bare pieces that looks are measured against, the same
// in each benchmark: a fetch that discards the page, and doing a thing many
// times.
package bare

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Roots reads the certificates to trust; nil, which is the system's, without a
// file.
func Roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
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

// Client connects to the same host:port whatever is asked for, anew each time.
func Client(to string, roots *x509.CertPool) *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, to)
		},
	}}
}

// Fetch gets a page of 20 KB and discards it.
func Fetch(ctx context.Context, client *http.Client, url string) error {
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

// Times does one for 1 to n, so many workers at a time; the error is the first.
func Times(ctx context.Context, n, workers int, one func(int) error) error {
	var next atomic.Int64
	var first sync.Once
	var failed error
	var work sync.WaitGroup
	for range workers {
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
