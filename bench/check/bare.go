package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"

	pieces "domaincheck/bench/bare"
)

// bare does one bare piece s.count times, 64 at a time, and prints the seconds
// that it took and the processor time of this process as JSON.
func bare(ctx context.Context, s settings, stdout io.Writer) error {
	roots, err := pieces.Roots(s.roots)
	if err != nil {
		return err
	}
	one := func(i int) error { return handshake(ctx, s.to, roots, domain(i)) }
	if s.bare != "tls" {
		client := pieces.Client(s.to, roots)
		one = func(i int) error { return pieces.Fetch(ctx, client, s.bare+"://"+domain(i)+"/") }
	}
	p, err := (&meter{}).of(s.count, func() error { return pieces.Times(ctx, s.count, 64, one) })
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(p)
}

// handshake connects, speaks TLS, verifies the certificate, and closes.
func handshake(ctx context.Context, to string, roots *x509.CertPool, host string) error {
	conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: host}}).DialContext(ctx, "tcp", to)
	if err != nil {
		return err
	}
	return conn.Close()
}
