package sitecheck_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/netguard"
	"domaincheck/sitecheck"
)

// benchPage is a page of 20 KB with its number at the end, as homes of
// companies are.
func benchPage() string {
	item := `<li class="item"><a href="/news/2026/%d.html" title="公司新闻">公司召开年度技术交流会议</a><span class="date">2026-11-21</span></li>` + "\n"
	var b strings.Builder
	b.WriteString(`<!doctype html><html><head><meta charset="utf-8"><title>示例科技</title></head><body><h1>示例科技</h1><ul>`)
	for b.Len() < 20<<10-200 {
		b.WriteString(item)
	}
	b.WriteString(`</ul><footer><a href="https://beian.miit.gov.cn/">京ICP备12345678号-1</a></footer></body></html>`)
	return b.String()
}

// cpu reports the processor time an operation took, server included: on a
// machine that others use too, it is the steadier figure.
func cpu(b *testing.B) func() {
	var begin, end syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &begin); err != nil {
		b.Fatal(err)
	}
	return func() {
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &end); err != nil {
			b.Fatal(err)
		}
		spent := end.Utime.Nano() + end.Stime.Nano() - begin.Utime.Nano() - begin.Stime.Nano()
		b.ReportMetric(float64(spent)/float64(b.N), "cpu-ns/op")
	}
}

// BenchmarkLook sets a look (one request, a new connection, the page parsed)
// beside a bare net/http fetch of the same page that discards the body, http
// and https apart. The figure to hold is ≥ 60 % of the bare fetch's rate.
func BenchmarkLook(b *testing.B) {
	text := benchPage()
	serve := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, text)
	})
	plain := httptest.NewServer(serve)
	defer plain.Close()
	secure := httptest.NewTLSServer(serve)
	defer secure.Close()
	for scheme, s := range map[string]*httptest.Server{"http": plain, "https": secure} {
		to, err := netip.ParseAddrPort(s.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(scheme+"/bare", func(b *testing.B) {
			client := &http.Client{Transport: &http.Transport{
				DisableKeepAlives: true,
				TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, network, to.String())
				},
			}}
			b.ReportAllocs()
			defer cpu(b)()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					resp, err := client.Get(scheme + "://site.cn/")
					if err != nil {
						b.Error(err)
						return
					}
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			})
		})
		b.Run(scheme+"/look", func(b *testing.B) {
			o, err := sitecheck.New(sitecheck.Options{
				Browser: "off", NoTLSProbe: true, Timeout: 10 * time.Second,
				Guard: netguard.New(netguard.Options{
					Resolve: func(context.Context, string) ([]netip.Addr, error) {
						return []netip.Addr{netip.AddrFrom4([4]byte{47, 110, 0, 1})}, nil
					},
					ConnectTo: []netguard.Mapping{{To: to.Addr().String(), ToPort: to.Port()}},
				}),
			})
			if err != nil {
				b.Fatal(err)
			}
			defer o.Close()
			target := sitecheck.Target{Domain: "site.cn", Home: scheme + "://site.cn/"}
			b.ReportAllocs()
			defer cpu(b)()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					p := o.Look(context.Background(), target)
					if p.Outcome != domaincheck.OutcomeOK || len(p.RecordNumbers) != 1 || len(p.Attempts) != 1 {
						b.Errorf("%s %v", p.Outcome, p.Error)
						return
					}
				}
			})
		})
	}
}
