package alert_test

import (
	"errors"
	"strings"
	"testing"

	dc "domaincheck"
	"domaincheck/alert"
)

// TestTemplate: a wording of one's own stands in the message; what people and
// programs rely on (level and domain first, the key last) is there whatever it
// leaves out.
func TestTemplate(t *testing.T) {
	for _, c := range []struct {
		name, text string
		kind       alert.Kind
		lang       string
		want       string
	}{
		{"its own", "{{.Mark}}{{.Domain}} @值班 {{.Subject}}\n\n  规则 {{.Rule}}\n{{if .Deadline}}截止 {{.Deadline}}（剩 {{.DaysLeft}} 天）{{end}}\n{{.Ref}}\n", alert.Opened, "zh",
			"【高】example.cn @值班 某公司\n  规则 access.mainland\n截止 2026-11-13（经验期限，非法定）（剩 10 天）\n单号 0123456789ABCDEF"},
		{"no head, no key", "看 {{.Rule}}", alert.Opened, "zh", "【高】example.cn 可能被阿里云取消接入\n看 access.mainland\n单号 0123456789ABCDEF"},
		{"the level without the domain", "{{.Mark}} something", alert.Opened, "en", "[HIGH] example.cn may lose its access at Aliyun\n[HIGH] something\nref 0123456789ABCDEF"},
		{"recovery", "{{.Head}}\n{{.Consequence}}{{.Deadline}}{{.Do}}", alert.Resolved, "en", "[RESOLVED] example.cn recovered: @ and www lead to Hong Kong 47.56.0.1\nref 0123456789ABCDEF"},
		{"nothing", "{{/* nothing */}}", alert.Worse, "zh", "【高】example.cn 升级：可能被阿里云取消接入\n单号 0123456789ABCDEF"},
		{"a trial", "{{.Head}} {{.Kind}}", alert.Test, "zh", "【测试】example.cn 通知渠道测试 test\n单号 0123456789ABCDEF"},
		{"fails with some facts", `{{if eq .Kind "reminder"}}{{if .Provider}}{{index .Tags 7}}{{end}}{{end}}`, alert.Opened, "zh", "-"},
		{"hidden signs", "{{.Mark}}{{.Domain}}\u202e x\x1b[31m", alert.Opened, "zh", "【高】example.cn x[31m\n单号 0123456789ABCDEF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			own, err := alert.ParseTemplate("t.tmpl", c.text)
			if c.want == "-" {
				if !errors.Is(err, dc.CodeBadSettings) {
					t.Fatalf("accepted, or %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			e := sample(c.kind)
			e.SubjectName = "某公司"
			got := alert.Compose([]alert.Event{e}, alert.Options{Lang: c.lang, Words: plain{}, Template: own})
			if len(got) != 1 || got[0].Text() != c.want {
				t.Errorf("%q\nwant %q", got[0].Text(), c.want)
			}
		})
	}
	// What fails only with these facts: the built-in wording does.
	own, err := alert.ParseTemplate("t.tmpl", `{{if eq .Domain "site-0001.cn"}}{{index .Tags 7}}{{end}}own`)
	if err != nil {
		t.Fatal(err)
	}
	text := alert.Compose(many(5), alert.Options{Words: plain{}, Template: own, Limits: alert.Limits{Bytes: 300}})
	whole := ""
	for _, p := range text {
		whole += p.Text() + "\n"
	}
	if strings.Count(whole, "own") != 4 || strings.Count(whole, "单号 ") != 5 || !strings.Contains(whole, "site-0001.cn 可能") {
		t.Errorf("%s", whole)
	}
}

// TestBadTemplate: what is wrong with a template is told with its place before
// anything is sent.
func TestBadTemplate(t *testing.T) {
	for text, want := range map[string]string{
		"{{.Head}}\n{{.Domian}}":         "m.tmpl:2:3: the template cannot be used: <.Domian>: can't evaluate field Domian",
		"a\n{{if .Head}}":                "m.tmpl:2: the template cannot be used: unexpected EOF",
		"{{range .Tags}}{{.X}}{{end}}":   "m.tmpl:1:18: the template cannot be used: <.X>: can't evaluate field X",
		"{{print (index .Tags 3)}}":      "m.tmpl:1:",
		"{{printf \"%070000d\" 1}}":      "it writes more than a message holds",
		strings.Repeat("x", 65<<10):      "longer than 65536 bytes",
		"{{template \"nowhere\"}}":       "m.tmpl:1:",
		"{{define \"x\"}}{{end}}{{foo}}": "m.tmpl:1: the template cannot be used: function \"foo\" not defined",
	} {
		_, err := alert.ParseTemplate("m.tmpl", text)
		if !errors.Is(err, dc.CodeBadSettings) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v\nwant %s", text, err, want)
		}
	}
}
