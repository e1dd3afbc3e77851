//go:build ignore

// Command peer is what one writes with goquery: fetch, parse into a tree, take
// scripts and styles out, look for the number with a regular expression, find
// the link around it. run.sh builds it in a module of its own.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/PuerkitoBio/goquery"
)

func main() {
	scheme := flag.String("scheme", "http", "")
	to := flag.String("to", "127.0.0.1:18480", "")
	roots := flag.String("roots", "", "")
	count := flag.Int64("n", 5000, "")
	workers := flag.Int("c", 64, "")
	flag.Parse()
	pool := x509.NewCertPool()
	if pem, err := os.ReadFile(*roots); err == nil {
		pool.AppendCertsFromPEM(pem)
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: pool},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, *to)
		},
	}}
	number := regexp.MustCompile(`[\p{Han}]ICP[备证]\s*\d{6,10}号(?:-\d+)?`)
	var left atomic.Int64
	left.Store(*count)
	var work sync.WaitGroup
	began := time.Now()
	for range *workers {
		work.Go(func() {
			for left.Add(-1) >= 0 {
				if err := look(client, *scheme, number); err != nil {
					fmt.Fprintln(os.Stderr, "peer:", err)
					os.Exit(1)
				}
			}
		})
	}
	work.Wait()
	fmt.Printf("%.0f\n", float64(*count)/time.Since(began).Seconds())
}

func look(client *http.Client, scheme string, number *regexp.Regexp) error {
	resp, err := client.Get(scheme + "://bench.example/")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	doc, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		return err
	}
	title := doc.Find("title").Text()
	doc.Find("script,style,noscript,template").Remove()
	found := number.FindString(doc.Find("body").Text())
	link := ""
	doc.Find("a").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		if strings.Contains(s.Text(), found) {
			link, _ = s.Attr("href")
			return false
		}
		return true
	})
	if found == "" || title == "" || link == "" {
		return fmt.Errorf("number %q, title %q, link %q", found, title, link)
	}
	return nil
}
