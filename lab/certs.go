package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"
)

// certificate is what a site's https shows.
type certificate int

const (
	certValid certificate = iota
	certExpired
	certWrongName
	certSelfSigned
)

// authority signs the sites' certificates. Its keys are random at each start:
// they are the one thing the seed does not decide.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey // the authority's
	leaf *ecdsa.PrivateKey // shared by all sites
	pem  []byte
	now  time.Time
}

func newAuthority(now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the authority's key: %w", err)
	}
	leaf, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the sites' key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "domaincheck lab authority"},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("sign the authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the authority back: %w", err)
	}
	return &authority{cert: cert, key: key, leaf: leaf, now: now,
		pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}, nil
}

// issue makes a certificate for a host and its www, or the www's parent.
func (a *authority) issue(host string, kind certificate) (*tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.now.Unix()), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host, "www." + host},
		NotBefore: a.now.AddDate(0, 0, -30), NotAfter: a.now.AddDate(0, 0, 300),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	parent, key := a.cert, a.key
	switch kind {
	case certExpired:
		template.NotAfter = a.now.AddDate(0, 0, -3)
	case certWrongName:
		template.Subject.CommonName, template.DNSNames = "other.lab-dns.net", []string{"other.lab-dns.net"}
	case certSelfSigned:
		parent, key = template, a.leaf
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &a.leaf.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of %s: %w", host, err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.leaf}, nil
}
