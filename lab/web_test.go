package lab

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestPages(t *testing.T) {
	for story, want := range map[string]struct {
		status   int
		has, not string
	}{
		"healthy_https":       {301, "", ""},
		"number_missing":      {200, "版权所有", "ICP备"},
		"number_comment":      {200, "<!-- <a", ""},
		"number_hidden":       {200, "display:none", ""},
		"link_missing":        {200, "号", "beian.miit.gov.cn"},
		"link_outdated":       {200, "http://www.miitbeian.gov.cn/", "beian.miit.gov.cn"},
		"police_missing":      {200, "ICP备", "公网安备"},
		"healthy_forbidden":   {403, "403", ""},
		"down_503":            {503, "", ""},
		"blocked_aliyun":      {403, "Non-compliance ICP Filing", ""},
		"blocked_tencent":     {302, "webblock.html", ""},
		"parked":              {200, "域名停放", ""},
		"default_nginx":       {200, "Welcome to nginx!", ""},
		"healthy_frames":      {200, "<frameset", "ICP备"},
		"healthy_meta":        {200, "", ""},
		"script_shell":        {200, `<div id="app"></div>`, "ICP备"},
		"captcha":             {200, "安全验证", ""},
		"jump_metadata":       {302, "169.254.169.254", ""},
		"jump_mapped":         {302, "::ffff:127.0.0.1", ""},
		"copyright_other":     {200, "成都他人示例商贸有限公司", ""},
		"healthy_zero_width":  {200, "\u200b", ""},
		"healthy_traditional": {200, "備", ""},
	} {
		if story == "healthy_meta" {
			story = "healthy_meta_refresh"
			want.has = `http-equiv="refresh"`
		}
		c, site := only(t, story)
		scheme := "https://"
		if story == "healthy_https" {
			scheme = "http://"
		}
		resp, body := c.mustGet(scheme + site.Domain + "/")
		body += resp.Header.Get("Location")
		if resp.StatusCode != want.status || !strings.Contains(body, want.has) || want.not != "" && strings.Contains(body, want.not) {
			t.Errorf("%s: %d\n%s", story, resp.StatusCode, body)
		}
	}
}

func TestPagesElsewhere(t *testing.T) {
	c, site := only(t, "healthy_frames")
	if _, body := c.mustGet("https://www." + site.Domain + "/main.html"); !strings.Contains(body, string(site.Planted.Number)) {
		t.Errorf("frame: %s", body)
	}
	c, site = only(t, "healthy_meta_refresh")
	if _, body := c.mustGet("https://" + site.Domain + "/home/"); !strings.Contains(body, string(site.Planted.Number)) {
		t.Errorf("after the refresh: %s", body)
	}
	c, site = only(t, "blocked_tencent")
	resp, _ := c.mustGet("https://" + site.Domain + "/")
	if _, body := c.mustGet(resp.Header.Get("Location")); !strings.Contains(body, "网站暂时无法访问") {
		t.Errorf("block page: %s", body)
	}
	c, site = only(t, "healthy_gbk")
	resp, body := c.mustGet("https://" + site.Domain + "/")
	text, err := simplifiedchinese.GBK.NewDecoder().String(body)
	if err != nil || !strings.Contains(text, string(site.Planted.Number)) || !strings.HasSuffix(resp.Header.Get("Content-Type"), "gbk") {
		t.Errorf("GBK: %v %s", err, text)
	}
	c, site = only(t, "healthy_gzip")
	_, body = c.mustGet("https://" + site.Domain + "/")
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil || !bytes.Contains(plain, []byte(site.Planted.Number)) {
		t.Errorf("gzip: %v %s", err, plain)
	}
	c, site = only(t, "bomb_gzip")
	_, body = c.mustGet("https://" + site.Domain + "/")
	if z, err = gzip.NewReader(strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, z); err != nil || n < 256<<20 || len(body) > 2<<20 {
		t.Errorf("bomb: %d bytes from %d, %v", n, len(body), err)
	}
	for _, story := range []string{"jump_loop", "jump_many"} {
		c, site = only(t, story)
		url := "https://" + site.Domain + "/"
		for range 25 {
			if resp, _ = c.mustGet(url); resp.StatusCode != 302 {
				t.Fatalf("%s ends at %s", story, url)
			}
			url = resp.Header.Get("Location")
		}
	}
}

func TestTransportFaults(t *testing.T) {
	t.Parallel() // waits for answers that do not come
	for story, want := range map[string]func(error) bool{
		"down_reset":   func(err error) bool { return err != nil && !isTimeout(err) },
		"down_refused": func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) },
		"down_hang":    isTimeout,
		"body_trickle": isTimeout,
		"body_cut":     func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) },
		"header_flood": func(err error) bool { return err != nil && strings.Contains(err.Error(), "headers exceeded") },
	} {
		c, site := only(t, story)
		c.web.Timeout = time.Second
		for _, scheme := range []string{"http://", "https://"} {
			if _, _, err := c.get(scheme + site.Domain + "/"); !want(err) {
				t.Errorf("%s%s: %v", scheme, story, err)
			}
		}
	}
	c, site := only(t, "body_endless")
	if _, b, err := c.get("http://" + site.Domain + "/"); err != nil || len(b) != 4<<20 {
		t.Errorf("endless: %d bytes, %v", len(b), err)
	}
}

func TestCertificates(t *testing.T) {
	for story, want := range map[string]func(error) bool{
		"healthy": func(err error) bool { return err == nil },
		"tls_expired": func(err error) bool {
			e, ok := errors.AsType[x509.CertificateInvalidError](err)
			return ok && e.Reason == x509.Expired
		},
		"tls_wrong_name":    func(err error) bool { _, ok := errors.AsType[x509.HostnameError](err); return ok },
		"tls_self_signed":   func(err error) bool { _, ok := errors.AsType[x509.UnknownAuthorityError](err); return ok },
		"healthy_http_only": func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) },
		"tls_alert": func(err error) bool {
			e, ok := errors.AsType[*net.OpError](err)
			return ok && e.Op == "remote error" // as crypto/tls tells an alert
		},
	} {
		c, site := only(t, story)
		for _, host := range []string{site.Domain, "www." + site.Domain} {
			if _, _, err := c.get("https://" + host + "/"); !want(err) {
				t.Errorf("%s: %v", story, err)
			}
		}
	}
}
