package sitecheck_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/netguard"
	"domaincheck/sitecheck"
)

// world is a small internet on loopback: names resolve to public addresses,
// and mappings lead those to servers of the test.
type world struct {
	t     testing.TB
	hosts map[string][]string
	maps  []netguard.Mapping
}

func newWorld(t testing.TB) *world {
	return &world{t: t, hosts: map[string][]string{
		"site.cn": {"47.110.0.1"}, "www.site.cn": {"47.110.0.2"}, "other.cn": {"47.110.0.3"},
		"private.cn": {"10.1.2.3"}, "metadata.cn": {"169.254.169.254"},
	}}
}

// mapTo leads connections for host:port (port may be empty) to addr.
func (w *world) mapTo(hostPort, addr string) {
	w.t.Helper()
	m, err := netguard.ParseMapping(hostPort + ":" + addr)
	if err != nil {
		w.t.Fatal(err)
	}
	w.maps = append(w.maps, m)
}

// http serves a handler for host:80.
func (w *world) http(host string, h http.HandlerFunc) {
	w.t.Helper()
	s := httptest.NewServer(h)
	w.t.Cleanup(s.Close)
	w.mapTo(host+":80", s.Listener.Addr().String())
}

// https serves a handler for host:443 under a certificate.
func (w *world) https(host string, cert tls.Certificate, h http.HandlerFunc) {
	w.t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	w.t.Cleanup(s.Close)
	w.mapTo(host+":443", s.Listener.Addr().String())
}

// raw serves every connection of host:port with a function that gets the
// connection; ctx ends with the test.
func (w *world) raw(hostPort string, serve func(ctx context.Context, c net.Conn)) {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				stop := context.AfterFunc(ctx, func() { c.Close() })
				defer stop()
				serve(ctx, c)
			}()
		}
	}()
	w.t.Cleanup(func() { cancel(); l.Close(); <-done })
	w.mapTo(hostPort, l.Addr().String())
}

// readRequest reads a request's header.
func readRequest(c net.Conn) string {
	var b strings.Builder
	buf := make([]byte, 1024)
	for !strings.Contains(b.String(), "\r\n\r\n") {
		n, err := c.Read(buf)
		if err != nil {
			break
		}
		b.Write(buf[:n])
	}
	return b.String()
}

// reset cuts a connection with RST.
func reset(c net.Conn) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

func (w *world) options() sitecheck.Options {
	return sitecheck.Options{Browser: "off", Timeout: 5 * time.Second}
}

func (w *world) guard() *netguard.Guard {
	return netguard.New(netguard.Options{
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			var out []netip.Addr
			for _, s := range w.hosts[host] {
				out = append(out, netip.MustParseAddr(s))
			}
			return out, nil
		},
		// Whatever the test does not serve is a closed port.
		ConnectTo: append(w.maps, netguard.Mapping{To: "127.0.0.1", ToPort: 1}),
	})
}

// look looks at a site of this world.
func (w *world) look(opt sitecheck.Options, target sitecheck.Target) *domaincheck.HomePage {
	w.t.Helper()
	opt.Guard = w.guard()
	o, err := sitecheck.New(opt)
	if err != nil {
		w.t.Fatal(err)
	}
	defer o.Close()
	return o.Look(w.t.Context(), target)
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Root"},
		NotBefore: time.Now().AddDate(-5, 0, 0), NotAfter: time.Now().AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &authority{cert, key, pool}
}

// issue signs a server certificate; a nil authority signs it with its own key.
func (a *authority) issue(t testing.TB, host string, from, until time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: from, NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	parent, signer := template, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
