package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"domaincheck"
)

var update = flag.Bool("update", false, "write the golden files")

// planted are secrets that no message and no dump may show. Those of the
// environment are of no valid kind anywhere, those of files neither.
const (
	fromFile = "hunter2-in-a-file"
	fromEnv  = "https://robot.example/hunter2-in-the-environment"
	signedBy = "hunter2-that-signs"
)

// environ is the environment of the tests.
func environ(more ...string) []string {
	return append([]string{"DT_URL=" + fromEnv, "CHAT_URL=" + fromEnv, "DT_SECRET=" + signedBy, "HOME=/nowhere"}, more...)
}

// readSecret stands for the file system.
func readSecret(name string) ([]byte, error) {
	switch filepath.Base(name) {
	case "token":
		return []byte(fromFile + "\n"), nil
	case "url":
		return []byte(fromEnv + "\r\n"), nil
	case "empty":
		return []byte("\n"), nil
	}
	return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
}

func load(t *testing.T, text string, variables ...string) (Settings, error) {
	t.Helper()
	return Load(strings.NewReader(text), Options{Name: "settings.yaml", Environ: environ(variables...), ReadFile: readSecret})
}

func mustLoad(t *testing.T, text string, variables ...string) Settings {
	t.Helper()
	s, err := load(t, text, variables...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// told is what a person reads of an error.
func told(err error) string {
	var b strings.Builder
	var problems Problems
	if !errors.As(err, &problems) {
		return err.Error() + "\n"
	}
	for _, e := range problems {
		b.WriteString(e.Error() + "\n")
		if e.Hint != "" {
			b.WriteString("  " + e.Hint + "\n")
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
}

// TestBad holds one file per mistake; beside each stands what is said of it.
func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 80 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, err = load(t, string(data))
			if err == nil {
				t.Fatal("accepted")
			}
			if !errors.Is(err, domaincheck.CodeBadSettings) {
				t.Errorf("code of %v", err)
			}
			golden(t, strings.TrimSuffix(name, ".yaml")+".txt", told(err))
			if strings.Contains(told(err), "hunter2") {
				t.Errorf("a secret is told: %s", told(err))
			}
		})
	}
}

// TestDefaults: an empty file, a file of comments, empty sections and no file
// are all the same defaults.
func TestDefaults(t *testing.T) {
	want := Default().Redacted().String()
	golden(t, "testdata/defaults.yaml", want)
	for _, text := range []string{"", "# nothing\n", "---\n", "\ufeff", "network:\nlimits:\nstore:\n", "store: null\n---\n", "%YAML 1.2\n---\nlimits:\n", want} {
		s := mustLoad(t, text)
		if got := s.Redacted().String(); got != want {
			t.Errorf("%q gives\n%s", text, got)
		}
	}
	s, err := Load(nil, Options{})
	if err != nil || s.Redacted().String() != want {
		t.Errorf("without a file: %v", err)
	}
}

// TestFull reads a file with every key, and its dump again.
func TestFull(t *testing.T) {
	data, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := mustLoad(t, string(data))
	golden(t, "testdata/full.golden.yaml", s.Redacted().String())
	asJSON, err := json.MarshalIndent(s.Redacted(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/full.golden.json", string(asJSON)+"\n")
	sameAgain(t, s)
	for key := range Variables() {
		path := Variables()[key]
		if !s.Given(path) && !strings.HasPrefix(path, "network.proxy") {
			t.Errorf("full.yaml lacks %s", path)
		}
	}
	if got := s.Channels["ops"].Secret.Reveal(); got != fromFile {
		t.Errorf("secret of a file: %q", got)
	}
	if got := s.Channels["ops"].URL.Reveal(); got != fromEnv {
		t.Errorf("secret of the environment: %q", got)
	}
	if got := s.Store.Reveal(); got != "postgres://dc:"+signedBy+"@db.example/dc?sslmode=require" {
		t.Errorf("store %q", got)
	}
	if s.Retention.Changes != 1200*24*time.Hour || s.Routes[0].Repeat != 24*time.Hour || *s.Confirm.Apart != 0 {
		t.Errorf("durations: %v %v %v", s.Retention.Changes, s.Routes[0].Repeat, *s.Confirm.Apart)
	}
	if got := s.File(s.Tables.Prefixes); got != "prefixes.csv" {
		t.Errorf("path %q", got)
	}
}

// secrets lists the secrets of a value in the order of a dump: those that keep
// tells to, by text and reference.
func secrets(v reflect.Value, keep func(text, from string) bool) []string {
	one := func(text, from string) []string {
		if keep == nil || keep(text, from) {
			return []string{text}
		}
		return nil
	}
	switch x := v.Interface().(type) {
	case Secret:
		return one(x.Reveal(), x.from)
	case DSN:
		return one(x.Reveal(), x.from)
	}
	var out []string
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out = secrets(v.Elem(), keep)
		}
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			out = append(out, secrets(v.Field(f.index), keep)...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, secrets(v.Index(i), keep)...)
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			out = append(out, secrets(v.MapIndex(key), keep)...)
		}
	}
	return out
}

// sameAgain dumps settings, puts the hidden secrets back in, loads that, and
// wants the same settings.
func sameAgain(t *testing.T, s Settings) {
	t.Helper()
	hidden := secrets(reflect.ValueOf(s), func(text, from string) bool { return text != "" && from == "" })
	if len(hidden) > 0 && hidden[0] == s.Store.Reveal() {
		hidden = hidden[1:] // hidden in part, see below
	}
	lines := strings.Split(s.Redacted().String(), "\n")
	literal := func(secret string) string { return string(quote(strings.ReplaceAll(secret, "${", "$${"))) }
	if strings.Contains(lines[0], Hidden) {
		lines[0] = "store: " + literal(s.Store.Reveal())
	}
	for i, line := range lines {
		if rest, ok := strings.CutSuffix(line, ` "`+Hidden+`"`); ok && len(hidden) > 0 {
			lines[i] = rest + " " + literal(hidden[0])
			hidden = hidden[1:]
		}
	}
	if len(hidden) > 0 {
		t.Fatalf("the dump shows %d secrets too few", len(hidden))
	}
	again, err := Load(strings.NewReader(strings.Join(lines, "\n")), Options{Name: "settings.yaml", Environ: environ(), ReadFile: readSecret})
	if err != nil {
		t.Fatalf("the dump does not load: %s\n%s", told(err), s.Redacted())
	}
	if a, b := s.Redacted().String(), again.Redacted().String(); a != b && !strings.Contains(a, "store: \"postgres") {
		t.Errorf("the dump loads to\n%s\nwant\n%s", b, a)
	}
	if a, b := secrets(reflect.ValueOf(s), nil), secrets(reflect.ValueOf(again), nil); !slices.Equal(a, b) {
		t.Errorf("secrets %q, want %q", b, a)
	}
}

// TestSecretsStayHidden prints settings in every way a program may stumble into.
func TestSecretsStayHidden(t *testing.T) {
	data, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := mustLoad(t, string(data))
	type holder struct{ hidden Settings } // unexported: fmt calls no method there
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "settings", s, "secret", s.Heartbeat, "store", s.Store)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "settings", s, "secret", s.Heartbeat, "store", s.Store)
	asJSON, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	dump, err := json.Marshal(s.Redacted())
	if err != nil {
		t.Fatal(err)
	}
	channel := s.Channels["ops"]
	for _, shown := range []string{
		fmt.Sprint(s), fmt.Sprintf("%+v %#v", s, s), fmt.Sprintf("%+v %#v", holder{s}, &holder{s}),
		fmt.Sprintf("%s %v %+v %#v %d %x", channel.URL, channel.URL, channel, channel, channel.Secret, channel.Secret),
		fmt.Sprint(&s.Store, s.Heartbeat.String(), s.Store.String()), log.String(), string(asJSON), string(dump), s.Redacted().String(),
		fmt.Sprintf("%v %+v", s.Redacted(), s.Redacted()),
	} {
		for _, secret := range []string{"hunter2", fmt.Sprintf("%x", "hunter2")} {
			if strings.Contains(shown, secret) {
				t.Errorf("shows a secret: %.400s", shown)
			}
		}
	}
}

// TestEnvironment: variables win over the file, errors name the variable.
func TestEnvironment(t *testing.T) {
	s := mustLoad(t, "language: zh\nnetwork: {resolvers: [1.1.1.1], whois: {servers: {com: a.example}}}\nlimits:\n",
		"DOMAINCHECK_LANGUAGE=en", "DOMAINCHECK_NETWORK_RESOLVERS=10.0.0.53, 10.0.1.53:5353",
		"DOMAINCHECK_NETWORK_WHOIS_SERVERS=cn=10.0.0.9:4343,*=10.0.0.9", "DOMAINCHECK_LIMITS_WHOIS_PER_SECOND=0.5",
		"DOMAINCHECK_LIMITS_CONCURRENCY= 8", "DOMAINCHECK_NETWORK_ALLOW_PRIVATE=true", "DOMAINCHECK_CONFIRM_APART=0",
		"DOMAINCHECK_CHANNELS={ops: {type: slack, url: \"file:url\"}, a: {type: wecom, url: 'https://h/hunter2'}}",
		"DOMAINCHECK_ROUTES=[{channels: [a], min_level: high, group_by: []}]",
		"DOMAINCHECK_HEARTBEAT=https://beat.example/${DT_SECRET}", "DOMAINCHECK_RECORD_URL=https://api.example",
		"DOMAINCHECK_LISTEN=", "DOMAINCHECK_CONFIG=x", "DOMAINCHECK_TABLES=/x", "DOMAINCHECK_PORT=tcp://10.0.0.1:8480",
		"DOMAINCHECK_BIN=/usr/bin/domaincheck", "DOMAINCHECK_PORT_8480_TCP=x", "DOMAINCHECK_SERVICE_HOST=10.0.0.1", "DOMAINCHECK_SCHEDULE_PAGE=@every 1s",
	)
	for _, row := range []struct{ what, got, want string }{
		{"language", s.Language, "en"},
		{"listen", s.Listen, "127.0.0.1:8480"},
		{"resolvers", fmt.Sprint(s.Network.Resolvers), "[10.0.0.53 10.0.1.53:5353]"},
		{"whois servers", fmt.Sprint(s.Network.WHOIS.Servers), "map[*:10.0.0.9 cn:10.0.0.9:4343]"},
		{"limits", fmt.Sprint(s.Limits), "{8 0.5 5 map[] false}"},
		{"private", fmt.Sprint(s.Network.AllowPrivate), "true"},
		{"apart", fmt.Sprint(*s.Confirm.Apart), "0s"},
		{"record", s.Record.URL.Reveal(), "https://api.example"},
		{"record rate", fmt.Sprint(s.Record.PerSecond), "1"},
		{"channel by file", s.Channels["ops"].URL.Reveal(), fromEnv},
		{"channel", s.Channels["a"].URL.Reveal(), "https://h/hunter2"},
		{"route", fmt.Sprint(s.Routes[0].Channels, s.Routes[0].MinLevel, len(s.Routes[0].GroupBy), s.Routes[0].Repeat), "[a]high0 24h0m0s"},
		{"heartbeat is not expanded", s.Heartbeat.Reveal(), "https://beat.example/${DT_SECRET}"},
	} {
		if row.got != row.want {
			t.Errorf("%s: %s, want %s", row.what, row.got, row.want)
		}
	}
	if got := fmt.Sprint(s.Unused()); got != "[DOMAINCHECK_BIN]" {
		t.Errorf("unused %s", got)
	}
	if !s.Given("language") || s.Given("limits.whois_burst") || s.Given("listen") {
		t.Error("Given does not tell what is given")
	}
	for variable, want := range map[string]string{
		"DOMAINCHECK_LANGAUGE=zh":                "DOMAINCHECK_LANGAUGE: no setting has this name\n  did you mean DOMAINCHECK_LANGUAGE?\n",
		"DOMAINCHECK_NETWORK_HTTP_PROXY=x":       "DOMAINCHECK_NETWORK_HTTP_PROXY: no setting has this name\n  a variable is DOMAINCHECK_ and the key's path in capitals, such as DOMAINCHECK_NETWORK_RESOLVERS\n",
		"DOMAINCHECK_SCHEDULE=hourly":            "DOMAINCHECK_SCHEDULE: no setting has this name\n  a variable is DOMAINCHECK_ and the key's path in capitals, such as DOMAINCHECK_NETWORK_RESOLVERS\n",
		"DOMAINCHECK_SCHEDULE_ACCESS=hunter":     "DOMAINCHECK_SCHEDULE_ACCESS: schedule.access: \"hunter\" is not a schedule: expected exactly 5 fields, found 1: [hunter]\n  minute hour day month weekday, such as \"0 3 * * *\", or @daily, @every 30m\n",
		"DOMAINCHECK_LIMITS_CONCURRENCY=many":    "DOMAINCHECK_LIMITS_CONCURRENCY: limits.concurrency is a whole number, not \"many\"\n  write it in digits\n",
		"DOMAINCHECK_NETWORK_ALLOW_PRIVATE=ja":   "DOMAINCHECK_NETWORK_ALLOW_PRIVATE: network.allow_private is true or false, not a text\n  write true or false\n",
		"DOMAINCHECK_ROUTES=mail":                "DOMAINCHECK_ROUTES: routes[0] holds keys and values, not a text\n",
		"DOMAINCHECK_ROUTES=[{channels: [x]}]":   "DOMAINCHECK_ROUTES: routes[0].channels[0]: there is no channel \"x\"\n  define it under channels:\n",
		"DOMAINCHECK_ROUTES=[{":                  "DOMAINCHECK_ROUTES: not valid yaml: could not find flow mapping end token '}'\n  check the indentation and the quotes at this place; a text with *, @, ${ or “: ” stands in quotes\n",
		"DOMAINCHECK_NETWORK_WHOIS_SERVERS=cn":   "DOMAINCHECK_NETWORK_WHOIS_SERVERS: the value is no list of pairs\n  write KEY=VALUE,KEY=VALUE\n",
		"DOMAINCHECK_HEARTBEAT=hunter2":          "DOMAINCHECK_HEARTBEAT: heartbeat: not an http or https URL\n  https://…\n",
		"DOMAINCHECK_LIMITS_SERVERS=a=1,a=2":     "DOMAINCHECK_LIMITS_SERVERS: the key \"a\" is there twice\n  keep one of the two\n",
		"DOMAINCHECK_LISTEN=0.0.0.0:80":          "DOMAINCHECK_LISTEN: listen: \"0.0.0.0:80\" is beyond loopback, which needs auth.tokens\n  make one with: domaincheck token, and add it to auth.tokens\n",
		"DOMAINCHECK_CONFIRM_LOOKS=1000":         "DOMAINCHECK_CONFIRM_LOOKS: confirm.looks: 1000 is not between 1 and 100\n  1 counts at the first look\n",
		"DOMAINCHECK_NETWORK_CLIENT_SUBNET=home": "DOMAINCHECK_NETWORK_CLIENT_SUBNET: network.client_subnet: \"home\" is no network\n  such as 114.80.0.0/24\n",
	} {
		_, err := load(t, "", variable)
		if err == nil {
			t.Errorf("%s is accepted", variable)
		} else if got := told(err); got != want {
			t.Errorf("%s:\n%swant\n%s", variable, got, want)
		}
	}
	// A section that is no map in the file keeps its own error.
	if _, err := load(t, "limits: 3\n", "DOMAINCHECK_LIMITS_CONCURRENCY=8"); err == nil || !strings.HasPrefix(told(err), "settings.yaml:1:9: limits holds keys and values") {
		t.Errorf("limits: 3: %v", err)
	}
}

// TestVariables: every key has one variable of its own.
func TestVariables(t *testing.T) {
	seen := map[string]string{}
	for name, path := range Variables() {
		if other := seen[path]; other != "" || passedOver(name) {
			t.Errorf("%s and %s mean %s", name, other, path)
		}
		seen[path] = name
		if want := Prefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_")); name != want {
			t.Errorf("%s, want %s", name, want)
		}
	}
	if len(seen) < 45 {
		t.Errorf("only %d variables", len(seen))
	}
}

// TestGuide: the guide's example is sound and shows every key.
func TestGuide(t *testing.T) {
	data, err := os.ReadFile("../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, ok := strings.Cut(string(data), "```yaml\n")
	example, _, closed := strings.Cut(example, "```")
	if !ok || !closed {
		t.Fatal("the guide has no example")
	}
	s, err := Load(strings.NewReader(example), Options{
		Name: "docs.yaml", Environ: environ("RECORD_URL=https://x.example", "RECORD_KEY=x", "SLACK_URL=https://x.example"),
		ReadFile: func(string) ([]byte, error) { return []byte("secret"), nil },
	})
	if err != nil {
		t.Fatal(told(err))
	}
	for name, path := range Variables() {
		if !s.Given(path) && path != "network.proxy" {
			t.Errorf("the guide lacks %s (%s)", path, name)
		}
	}
}
