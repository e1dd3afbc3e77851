package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"domaincheck"
	"domaincheck/alert"
)

// email sends one mail for all events; servers commonly take 10 MiB and more,
// so that only very many events make a second mail.
func (s *sending) email(events []alert.Event) ([]call, error) {
	var out []call
	for _, p := range s.compose(events, alert.Limits{Bytes: 1 << 20}) {
		m := mail.NewMsg(mail.WithCharset(mail.CharsetUTF8))
		if err := m.From(s.channel.From); err != nil {
			return nil, &Failure{Kind: domaincheck.CodeBadSettings, Message: "from is no e-mail address", Whole: true}
		}
		if err := m.To(s.channel.To...); err != nil {
			return nil, &Failure{Kind: domaincheck.CodeBadSettings, Message: "to holds what is no e-mail address", Whole: true}
		}
		m.Subject(short(p.Title(), 150))
		e := p.Blocks[0].Event
		// The same mail sent twice has the same id, which mail programs and
		// ticket systems recognise.
		m.SetMessageIDWithValue(strings.ToLower(e.Key) + "." + string(e.Kind) + "." + strconv.FormatInt(e.At.Unix(), 10) + "@domaincheck")
		m.SetGenHeader("X-Domaincheck-Key", e.Key)
		m.SetGenHeader("Auto-Submitted", "auto-generated")
		m.SetBodyString(mail.TypeTextPlain, p.Text()+"\n")
		if s.doc != nil {
			if err := s.doc.attach(m); err != nil {
				return nil, err
			}
		}
		out = append(out, call{eventsOf(p), func(ctx context.Context) error { return s.deliver(ctx, m) }})
	}
	return out, nil
}

func (s *sending) deliver(ctx context.Context, m *mail.Msg) error {
	c := s.channel
	u, err := url.Parse(c.URL.reveal())
	if err != nil {
		return &Failure{Kind: domaincheck.CodeBadSettings, Message: "the channel's url cannot be read", Whole: true}
	}
	client, err := mail.NewClient(u.Hostname(), s.mailOptions(u)...)
	if err != nil {
		return &Failure{Kind: domaincheck.CodeBadSettings, Message: c.scrub(err.Error()), Whole: true}
	}
	m.SetDate()
	return mailFailure(c, client.DialAndSendWithContext(ctx, m))
}

// mailOptions are the way to the server: smtps is encrypted from the first
// byte; smtp takes STARTTLS where it is offered (auto), demands it (always), or
// leaves it (never). A password goes over an unencrypted connection only where
// the settings say never.
func (s *sending) mailOptions(u *url.URL) []mail.Option {
	c := s.channel
	options := []mail.Option{mail.WithTimeout(s.timeout), mail.WithoutNoop()}
	port := 25
	tlsConfig := s.tls.Clone()
	if tlsConfig == nil {
		tlsConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if tlsConfig.ServerName == "" {
		tlsConfig.ServerName = u.Hostname()
	}
	options = append(options, mail.WithTLSConfig(tlsConfig))
	switch {
	case u.Scheme == "smtps":
		port = 465
		options = append(options, mail.WithSSL())
	case c.StartTLS == "always":
		port = 587
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case c.StartTLS == "never":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	}
	if n, err := strconv.Atoi(u.Port()); err == nil {
		port = n
	}
	options = append(options, mail.WithPort(port))
	password := c.Password.reveal()
	if inside, ok := u.User.Password(); ok && password == "" {
		password = inside
	}
	if user := u.User.Username(); user != "" && password != "" {
		auth := mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover)
		switch {
		case c.StartTLS == "never":
			auth = mail.WithSMTPAuth(mail.SMTPAuthPlainNoEnc)
		case u.Scheme == "smtps":
			// Of a connection that it did not make itself the library does not see
			// that it is encrypted, and would discover no way to log in.
			auth = mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthPlain, mail.SMTPAuthLogin)
		}
		options = append(options, auth, mail.WithUsername(user), mail.WithPassword(password))
	}
	if s.dial != nil {
		options = append(options, mail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := s.dial(ctx, network, address)
			if err == nil && u.Scheme == "smtps" {
				conn = tls.Client(conn, tlsConfig)
			}
			return conn, err
		}))
	}
	return options
}

// mailFailure reads what the server said. A refusal that lasts (5xx) is of the
// message unless it is about logging in.
func mailFailure(c *Channel, err error) error {
	if err == nil {
		return nil
	}
	f := &Failure{Kind: domaincheck.CodeRefused, Message: c.scrub(err.Error()), Whole: true}
	var sent *mail.SendError
	if errors.As(err, &sent) && sent.ErrorCode() != 0 {
		f.Code = strconv.Itoa(sent.ErrorCode())
		f.Whole = sent.IsTemp()
	} else if code := smtpCode(f.Message); code != "" {
		f.Code = code
	} else {
		f.Kind = onTheWay(c, err).Kind
	}
	if m, ok := meaningOf("email", f.Code, ""); ok {
		f.Whole = m.whole
	}
	return f
}

// smtpCode finds the reply code of a refused login, which the mail library
// gives in words only.
func smtpCode(text string) string {
	for _, code := range []string{"535", "534", "530", "454", "538"} {
		if strings.Contains(text, code+" ") {
			return code
		}
	}
	return ""
}
