package notify_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	dc "domaincheck"
	"domaincheck/alert"
	"domaincheck/lab"
	"domaincheck/notify"
)

// post is a mailbox with a channel that leads to it.
func postOffice(t *testing.T, o lab.MailOptions, scheme string, change func(*notify.Channel)) (*lab.Mailbox, *notify.Notifier) {
	t.Helper()
	o.Now = time.Now
	box, err := lab.OpenMailbox(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(box.CA())
	_, port, err := net.SplitHostPort(box.Addr())
	if err != nil {
		t.Fatal(err)
	}
	user := ""
	if o.User != "" {
		user = o.User + "@"
	}
	c := notify.Channel{Name: "mail", Type: "email", URL: notify.NewSecret(scheme + "://" + user + "127.0.0.1:" + port), From: "watch@example.com", To: []string{"ops@example.com", "li@example.cn"}}
	change(&c)
	var d net.Dialer // the daemon dials itself, so that a stop can cut connections
	n, err := notify.New(notify.Options{
		Channels: []notify.Channel{c}, Dial: d.DialContext, Words: plain{}, TLS: &tls.Config{RootCAs: pool, ServerName: "mail.lab.example", MinVersion: tls.VersionTLS12}, Timeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return box, n
}

// TestMail goes every way to a server, and is refused in every way.
func TestMail(t *testing.T) {
	const user, password = "watch", "app-password-17"
	login := lab.MailOptions{User: user, Password: password}
	for _, c := range []struct {
		name     string
		o        lab.MailOptions
		scheme   string
		starttls string
		password string
		private  bool
		refused  string // a code; "-" any failure
	}{
		{"plain", lab.MailOptions{}, "smtp", "", "", false, ""},
		{"takes STARTTLS where offered", lab.MailOptions{StartTLS: true}, "smtp", "", "", true, ""},
		{"demands STARTTLS", lab.MailOptions{StartTLS: true}, "smtp", "always", "", true, ""},
		{"demands what is not offered", lab.MailOptions{}, "smtp", "always", "", false, "-"},
		{"never STARTTLS", lab.MailOptions{}, "smtp", "never", "", false, ""},
		{"never, where it must", lab.MailOptions{StartTLS: true}, "smtp", "never", "", false, "530"},
		{"smtps", lab.MailOptions{TLS: true}, "smtps", "", "", true, ""},
		{"login over smtps", lab.MailOptions{TLS: true, User: user, Password: password}, "smtps", "", password, true, ""},
		{"login over STARTTLS", lab.MailOptions{StartTLS: true, User: user, Password: password}, "smtp", "", password, true, ""},
		{"wrong password", lab.MailOptions{TLS: true, User: user, Password: password}, "smtps", "", "wrong-password", true, "535"},
		{"no password in the open", login, "smtp", "", password, false, "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			box, n := postOffice(t, c.o, c.scheme, func(ch *notify.Channel) {
				ch.StartTLS, ch.Password = c.starttls, notify.NewSecret(c.password)
			})
			d, err := n.Test(t.Context(), "mail", "zh")
			if err != nil {
				t.Fatal(err)
			}
			if c.refused != "" {
				if d.Delivered || c.refused != "-" && string(d.Code) != c.refused || d.Advice == "" || len(box.Mails()) != 0 {
					t.Errorf("%+v", d)
				}
			} else if !d.Delivered || len(box.Mails()) != 1 || box.Mails()[0].Private != c.private {
				t.Errorf("%+v, mails %+v", d, box.Mails())
			}
			for _, s := range []string{password, "wrong-password"} {
				if strings.Contains(fmt.Sprintf("%+v", d), s) {
					t.Errorf("a secret is shown: %+v", d)
				}
			}
		})
	}
}

func TestMailContent(t *testing.T) {
	box, n := postOffice(t, lab.MailOptions{}, "smtp", func(*notify.Channel) {})
	o := row("mail", "example.cn", alert.Opened, "")
	other := row("mail", "other.cn", alert.Opened, "")
	if err := n.Send(t.Context(), "mail", []alert.Event{o.Events[0], other.Events[0]}); err != nil {
		t.Fatal(err)
	}
	got := box.Mails()[0]
	m, err := mail.ReadMessage(strings.NewReader(got.Data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, "【高】example.cn") {
		t.Errorf("subject %q, %v", subject, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"【高】example.cn", "【高】other.cn", "单号 " + o.Keys[0], "单号 " + other.Keys[0]} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the mail lacks %q:\n%s", want, body)
		}
	}
	if !strings.Contains(m.Header.Get("Message-Id"), strings.ToLower(o.Keys[0])) || m.Header.Get("X-Domaincheck-Key") != o.Keys[0] || len(got.To) != 2 {
		t.Errorf("%+v", m.Header)
	}
}

// TestMailScope: a server that is busy shuts the way; one that refuses the
// message does not.
func TestMailScope(t *testing.T) {
	for line, whole := range map[string]bool{"451 4.7.1 try again later": true, "554 5.7.1 message refused": false} {
		box, n := postOffice(t, lab.MailOptions{}, "smtp", func(*notify.Channel) {})
		box.Fail(1, line)
		err := n.Send(t.Context(), "mail", row("mail", "a.cn", alert.Opened, "").Events)
		var f *notify.Failure
		if !errors.As(err, &f) || f.Whole != whole || f.Code != line[:3] || !errors.Is(err, dc.CodeRefused) {
			t.Errorf("%s: %+v", line, f)
		}
	}
}

func TestMailNobodyThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	n, err := notify.New(notify.Options{Words: plain{}, Timeout: 300 * time.Millisecond, Channels: []notify.Channel{
		{Name: "silent", Type: "email", URL: notify.NewSecret("smtp://127.0.0.1:" + port), From: "a@b.cn", To: []string{"a@b.cn"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	d, err := n.Test(ctx, "silent", "en")
	if err != nil || d.Delivered || d.Took > 15*time.Second || !strings.Contains(string(d.Advice), "in time") {
		t.Errorf("%+v %v", d, err)
	}
}
