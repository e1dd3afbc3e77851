package config

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
)

// Hidden stands where a secret is not shown.
const Hidden = "•••"

// Secret is a text that is never shown: every verb of fmt, encoding/json, yaml
// and slog give "•••" (nothing for an empty one). It lies behind a pointer, so
// that even printing a struct that holds it unexported shows an address only.
// Compare secrets by [Secret.Reveal].
type Secret struct {
	value *string
	from  string // the reference it came by: ${NAME} or file:PATH
}

// NewSecret makes a secret of a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{value: &text}
}

// Reveal is the secret itself, for the one place that sends it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero tells whether there is no secret.
func (s Secret) IsZero() bool { return s.value == nil || *s.value == "" }

// Reference is how the settings name the secret (${NAME}, file:PATH); empty
// where it was written out.
func (s Secret) Reference() string { return s.from }

// String is "•••", or empty without a secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return Hidden
}

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON writes "•••", or null.
func (s Secret) MarshalJSON() ([]byte, error) { return hiddenJSON(s.String()) }

// MarshalText writes "•••".
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML writes "•••".
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

func hiddenJSON(text string) ([]byte, error) {
	if text == "" {
		return []byte("null"), nil
	}
	return json.Marshal(text)
}

// DSN names a store: sqlite:PATH or postgres://…. A password in it is hidden
// wherever it is printed.
type DSN struct {
	value *string
	from  string
}

// NewDSN makes a DSN of a text, unchecked.
func NewDSN(text string) DSN { return DSN{value: &text} }

// Reveal is the whole text, password included, for the one place that opens
// the store.
func (d DSN) Reveal() string {
	if d.value == nil {
		return ""
	}
	return *d.value
}

// Postgres tells whether the store is on a server, else it is a SQLite file.
func (d DSN) Postgres() bool {
	return strings.HasPrefix(d.Reveal(), "postgres://") || strings.HasPrefix(d.Reveal(), "postgresql://")
}

// Path is the file of a SQLite store; empty for Postgres.
func (d DSN) Path() string {
	path, ok := strings.CutPrefix(d.Reveal(), "sqlite:")
	if !ok {
		return ""
	}
	return path
}

// secretParameter matches the parameters of a DSN that hold secrets.
var secretParameter = regexp.MustCompile(`(?i)(pass|secret|token|key)`)

// String is the DSN with its secrets hidden; all of it where it cannot be read.
func (d DSN) String() string {
	if d.value == nil {
		return ""
	}
	return hideInDSN(*d.value)
}

// variableInDSN matches a reference in a DSN; markInDSN what stands for it
// while the URL is taken apart.
var (
	variableInDSN = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	markInDSN     = regexp.MustCompile(`-ref--([A-Za-z_][A-Za-z0-9_]*)--`)
)

// redactDSN hides the secrets of a DSN as it is written, with its ${NAME}.
func redactDSN(raw string) string {
	marked := variableInDSN.ReplaceAllString(raw, "-ref--$1--")
	return markInDSN.ReplaceAllString(hideInDSN(marked), "$${$1}")
}

func hideInDSN(text string) string {
	d := DSN{value: &text}
	if !d.Postgres() {
		if path := d.Path(); path != "" {
			return "sqlite:" + path
		}
		return Hidden
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || strings.Contains(text, "#") { // no DSN has a fragment: half a password, maybe
		return Hidden
	}
	var b strings.Builder
	b.WriteString(u.Scheme + "://")
	if u.User != nil {
		b.WriteString(url.User(u.User.Username()).String())
		if _, has := u.User.Password(); has {
			b.WriteString(":" + Hidden)
		}
		b.WriteString("@")
	}
	b.WriteString(u.Host + u.EscapedPath())
	sep := "?"
	for _, pair := range strings.Split(u.RawQuery, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if err != nil || secretParameter.MatchString(name) {
			value = Hidden
		}
		b.WriteString(sep + key + "=" + value)
		sep = "&"
	}
	return b.String()
}

// Format implements fmt.Formatter for every verb.
func (d DSN) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// LogValue implements slog.LogValuer.
func (d DSN) LogValue() slog.Value { return slog.StringValue(d.String()) }

// MarshalJSON writes the DSN with its secrets hidden.
func (d DSN) MarshalJSON() ([]byte, error) { return hiddenJSON(d.String()) }

// MarshalText writes the DSN with its secrets hidden.
func (d DSN) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalYAML writes the DSN with its secrets hidden.
func (d DSN) MarshalYAML() (any, error) { return d.String(), nil }
