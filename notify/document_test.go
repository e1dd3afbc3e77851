package notify_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"

	dc "domaincheck"
	"domaincheck/lab"
	"domaincheck/notify"
)

func edition() notify.Document {
	text := "网站 3 个：不符合 2，暂时无法判断 0，符合 1"
	for i := range 60 {
		text += fmt.Sprintf("\n【紧急】n%d.cn 可能取消接入｜期限：2026-12-01（经验期限，非法定）", i)
	}
	return notify.Document{Key: "R20261121", Subject: "ICP 备案合规报告 2026-11-21", Text: text, At: dc.At(time.Date(2026, 11, 21, 8, 0, 0, 0, dc.Beijing())),
		File: &notify.File{Name: "domaincheck-2026-11-21.xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Bytes: []byte("PK\x03\x04 備案\x00\xff")}}
}

// TestReportByMail: the file arrives byte for byte, under its name.
func TestReportByMail(t *testing.T) {
	box, n := postOffice(t, lab.MailOptions{}, "smtp", func(c *notify.Channel) { c.StartTLS = "never" })
	doc := edition()
	if err := n.SendReport(t.Context(), "mail", doc); err != nil {
		t.Fatal(err)
	}
	mails := box.Mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	m, err := mail.ReadMessage(strings.NewReader(mails[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	if subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || subject != doc.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	text, err := parts.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(text)
	if err != nil || !strings.Contains(string(body), "n59.cn") {
		t.Errorf("body %q, %v", body, err)
	}
	file, err := parts.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, file))
	if err != nil || string(got) != string(doc.File.Bytes) || file.FileName() != doc.File.Name || !strings.HasPrefix(file.Header.Get("Content-Type"), doc.File.Type) {
		t.Errorf("file %q %q %v: %q", file.FileName(), file.Header.Get("Content-Type"), err, got)
	}
}

// TestReportByRobots: every line arrives with every service, in as many
// messages as its limits demand, and nobody is called.
func TestReportByRobots(t *testing.T) {
	for _, service := range []string{"dingtalk", "wecom", "feishu", "slack", "webhook"} {
		robots := lab.NewRobots(lab.RobotOptions{Now: time.Now})
		server := httptest.NewServer(robots)
		n, err := notify.New(notify.Options{Words: plain{}, Channels: []notify.Channel{{Name: "c", Type: service, URL: notify.NewSecret(server.URL + robots.Path(service)), Mentions: []string{"13800000000", "someone"}}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.SendReport(t.Context(), "c", edition()); err != nil {
			t.Errorf("%s: %v", service, err)
		}
		var all strings.Builder
		for _, h := range robots.Posted(service) {
			if len(h.Mentions) > 0 {
				t.Errorf("%s: calls %q", service, h.Mentions)
			}
			all.WriteString(h.Text + "\n")
			if service == "webhook" {
				var body struct{ Event, Key, Text string }
				if err := json.Unmarshal(h.Body, &body); err != nil || body.Event != "report" || body.Key != "R20261121" {
					t.Errorf("webhook %s, %v", h.Body, err)
				}
				all.WriteString(body.Text)
			}
		}
		for i := range 60 {
			if !strings.Contains(all.String(), fmt.Sprintf("n%d.cn", i)) {
				t.Errorf("%s: site %d is lost", service, i)
			}
		}
		server.Close()
	}
}

func TestReportRefused(t *testing.T) {
	n, err := notify.New(notify.Options{Words: plain{}, Channels: []notify.Channel{{Name: "am", Type: "alertmanager", URL: notify.NewSecret("http://127.0.0.1:1")}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.SendReport(t.Context(), "am", edition()); !errors.Is(err, dc.CodeBadSettings) {
		t.Errorf("alertmanager: %v", err)
	}
	if err := n.SendReport(t.Context(), "none", edition()); !errors.Is(err, dc.CodeBadInput) {
		t.Errorf("no such channel: %v", err)
	}
}
