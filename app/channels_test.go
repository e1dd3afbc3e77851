package app_test

import (
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/check"
	"domaincheck/config"
	"domaincheck/notify"
)

// settingsOf reads settings of a folder.
func settingsOf(t *testing.T, dir, text string) config.Settings {
	t.Helper()
	s, err := config.Load(strings.NewReader(text), config.Options{Name: filepath.Join(dir, "domaincheck.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestChannels: a channel words its messages by its own template, else by that
// of its language, and believes an authority of one's own.
func TestChannels(t *testing.T) {
	dir, heard := t.TempDir(), make(chan string, 9)
	service := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		heard <- string(body)
	}))
	defer service.Close()
	for name, text := range map[string]string{
		"zh.tmpl": "{{.Head}}\n自己的话\n", "own.tmpl": "{{.Head}} own words", "bad.tmpl": "{{.Head}}\n{{.Haed}}",
		"ca.pem": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: service.Certificate().Raw})),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := settingsOf(t, dir, `
network: {ca_file: ca.pem}
templates: {zh: zh.tmpl}
channels:
  a: {type: webhook, url: "`+service.URL+`"}
  b: {type: webhook, url: "`+service.URL+`", language: en}
  c: {type: webhook, url: "`+service.URL+`", template: own.tmpl}
`)
	trust, err := app.Trust(s.File(s.Network.CAFile))
	if err != nil {
		t.Fatal(err)
	}
	channels, err := app.Channels(s)
	if err != nil {
		t.Fatal(err)
	}
	n, err := notify.New(notify.Options{Channels: channels, Words: plainWords{}, TLS: trust})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": `通知渠道测试\n自己的话\n单号 TEST"`, "b": `channel test\nAbout: `, "c": `通知渠道测试 own words\n单号 TEST"`} {
		d, err := n.Test(t.Context(), name, "en")
		if err != nil || !d.Delivered {
			t.Fatalf("%s: %+v, %v", name, d, err)
		}
		if body := <-heard; !strings.Contains(body, want) {
			t.Errorf("%s: %s\nwant %s", name, body, want)
		}
	}
	for text, place := range map[string]string{
		"templates: {en: bad.tmpl}": "bad.tmpl:2:3", "templates: {zh: none.tmpl}": "none.tmpl",
		"channels: {a: {type: webhook, url: 'https://h/x', template: bad.tmpl}}": "bad.tmpl:2:3",
	} {
		_, err := app.Channels(settingsOf(t, dir, text))
		var e *domaincheck.Error
		if !errors.As(err, &e) || e.Code != domaincheck.CodeBadSettings || !strings.HasSuffix(string(e.Place), place) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := app.Trust(filepath.Join(dir, "zh.tmpl")); err == nil {
		t.Error("a file without certificates is taken")
	}
}

// TestExamine: words that no table holds are refused, those of the daemon itself
// and of one's own prefixes are not; a provider may be called by any name.
func TestExamine(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p.csv"), []byte("203.0.113.0/24,某机房\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	world, err := check.OpenTables(check.TableFiles{Prefixes: filepath.Join(dir, "p.csv")})
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	s := settingsOf(t, dir, `
channels: {a: {type: slack, url: "https://h/x"}}
routes: [{channels: [a], match: {rules: [watch.blind, "daemon.*", site.number], providers: [阿里云, 某机房]}}]
`)
	if err := app.Examine(s, world); err != nil {
		t.Error(err)
	}
	policy, err := app.Policy(s, world.Book, world.Providers.ID)
	if err != nil || strings.Join(policy.Routes[0].Match.Providers, " ") != "aliyun 某机房" {
		t.Errorf("%+v, %v", policy.Routes, err)
	}
	err = app.Examine(settingsOf(t, dir, `silences: [{match: {rules: [site.numbr]}, owner: x, until: 2030-01-01}]`), world)
	if e := domaincheck.AsError(err, "", ""); !strings.HasSuffix(string(e.Place), "domaincheck.yaml:1:29") || e.Hint != "did you mean site.number?" {
		t.Errorf("%+v", e)
	}
}
