package notify

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/alert"
)

// Secret is a text that is never shown: every verb of fmt, encoding/json and
// slog give "•••", and nothing for an empty one.
type Secret struct{ value *string }

// NewSecret makes a secret of a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

func (s Secret) reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

const hidden = "•••"

// String is "•••", or empty without a secret.
func (s Secret) String() string {
	if s.value == nil {
		return ""
	}
	return hidden
}

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText writes "•••".
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Channel is one way to tell people, as the settings give it.
type Channel struct {
	Name     string
	Type     string          // dingtalk, slack, wecom, feishu, email, webhook, alertmanager
	URL      Secret          // of e-mail smtp[s]://user@host:port, of alertmanager its base
	Secret   Secret          // signs the message: dingtalk, feishu, webhook
	Fallback string          // channel that takes over while this one cannot deliver
	Language string          // en, else Chinese
	Template *alert.Template // the wording; nil: the built-in one
	Mentions []string        // mobiles or user ids to call: dingtalk, wecom, feishu, slack
	Password Secret          // e-mail
	From     string          // e-mail
	To       []string        // e-mail
	StartTLS string          // e-mail: always, never, else when it is offered
}

// secrets are the texts of a channel that must not be shown: its URL, the parts
// of it that are secrets by themselves, and what signs.
func (c *Channel) secrets() []string {
	all := []string{c.URL.reveal(), c.Secret.reveal(), c.Password.reveal()}
	if u, err := url.Parse(c.URL.reveal()); err == nil {
		if pass, ok := u.User.Password(); ok {
			all = append(all, pass)
		}
		for _, values := range u.Query() {
			all = append(all, values...)
		}
		all = append(all, u.RawQuery)
		if c.Type != "email" {
			all = append(all, strings.TrimPrefix(u.Path, "/"))
			all = append(all, strings.Split(u.Path, "/")...)
		}
	}
	all = slices.DeleteFunc(all, func(s string) bool {
		return len(s) < 4 || slices.Contains([]string{"services", "robot", "send", "webhook", "cgi-bin", "open-apis", "hook", "hooks", "alerts", "alertmanager"}, s)
	})
	for _, s := range slices.Clone(all) {
		all = append(all, url.QueryEscape(s), url.PathEscape(s))
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) }) // the longest first, so that no rest stays
	return slices.Compact(all)
}

// scrub hides the channel's secrets in a text that may hold them, and bounds
// it: what a service answers comes from outside.
func (c *Channel) scrub(text string) string {
	for _, s := range c.secrets() {
		text = strings.ReplaceAll(text, s, hidden)
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return text
}

// check tells what a channel lacks.
func (c *Channel) check() error {
	place := "channels." + c.Name
	u, err := url.Parse(c.URL.reveal())
	switch c.Type {
	case "dingtalk", "slack", "wecom", "feishu", "webhook", "alertmanager":
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return domaincheck.Errorf(domaincheck.CodeBadInput, place, "its url is not an http or https URL")
		}
	case "email":
		if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" {
			return domaincheck.Errorf(domaincheck.CodeBadInput, place, "its url is not an smtp or smtps URL")
		}
		if c.From == "" || len(c.To) == 0 {
			return domaincheck.Errorf(domaincheck.CodeBadInput, place, "an e-mail channel needs from and to")
		}
	default:
		return domaincheck.Errorf(domaincheck.CodeBadInput, place, "%q is no type of a channel", c.Type)
	}
	return nil
}
