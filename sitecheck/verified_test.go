package sitecheck

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"math/big"
	"testing"
	"time"
)

// signed makes a certificate that is good from yesterday for so many days; one
// without an issuer is a root.
func signed(t *testing.T, name string, days int, by *x509.Certificate, key *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().AddDate(0, 0, -1), NotAfter: time.Now().AddDate(0, 0, days),
		IsCA: name != "site.cn", BasicConstraintsValid: true,
	}
	if by == nil {
		by, key = template, own
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, &own.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, own
}

// TestVerifiedChains: what led to a root does so again while all its certificates
// are good, and nothing else is taken for it.
func TestVerifiedChains(t *testing.T) {
	root, rootKey := signed(t, "root", 30, nil, nil)
	between, key := signed(t, "between", 10, root, rootKey)
	leaf, _ := signed(t, "site.cn", 20, between, key)
	namesake, otherKey := signed(t, "between", 10, root, rootKey)
	twin, _ := signed(t, "site.cn", 20, namesake, otherKey) // by another of that name than comes with it
	pool := x509.NewCertPool()
	pool.AddCert(root)
	o, err := New(Options{Roots: pool, Browser: "off"})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	now := time.Now()
	for range 2 {
		for _, tc := range []struct {
			name  string
			certs []*x509.Certificate
			days  int
			want  string
		}{
			{"sound", []*x509.Certificate{leaf, between}, 0, ""},
			{"sound still", []*x509.Certificate{leaf, between}, 9, ""},
			{"an issuer's term is over", []*x509.Certificate{leaf, between}, 11, tlsExpired},
			{"before all terms", []*x509.Certificate{leaf, between}, -2, tlsExpired},
			{"without the certificate between", []*x509.Certificate{leaf}, 0, tlsUntrusted},
			{"signed by another", []*x509.Certificate{twin, between}, 0, tlsUntrusted},
		} {
			if got := o.chainFault(tc.certs, now.AddDate(0, 0, tc.days)); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
		}
	}
	if len(o.verified.now) != 1 {
		t.Errorf("%d chains remembered", len(o.verified.now))
	}
	for key, term := range o.verified.now {
		if key != chainKey([]*x509.Certificate{leaf, between}) || term.until != between.NotAfter.Unix() {
			t.Errorf("remembered until %d", term.until)
		}
	}
	// What is remembered is what is told: without it the signatures are checked.
	o.verified.now[chainKey([]*x509.Certificate{twin, between})] = term{until: 1 << 62}
	if got := o.chainFault([]*x509.Certificate{twin, between}, now); got != "" {
		t.Errorf("not asked what is remembered: %q", got)
	}
}

// TestVerifiedIsBounded: what is seen again and again stays, the rest goes.
func TestVerifiedIsBounded(t *testing.T) {
	var v verified
	var often, once [sha256.Size]byte
	often[31], once[31] = 1, 2
	good := term{until: 1 << 62}
	now := time.Now()
	for _, key := range [][sha256.Size]byte{often, once} {
		v.put(key, good)
	}
	for i := range 3 * verifiedMost {
		var key [sha256.Size]byte
		binary.BigEndian.PutUint64(key[:], uint64(i+1))
		v.put(key, good)
		if i%1000 == 0 && !v.good(often, now) {
			t.Fatalf("forgotten after %d others", i)
		}
	}
	if v.good(once, now) || len(v.now)+len(v.old) > 2*verifiedMost {
		t.Errorf("%d remembered", len(v.now)+len(v.old))
	}
}
