package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/config"
	"domaincheck/recordcheck"
	"domaincheck/watch"
)

// settingsFile is read by the daemon, and by "config check", when no file is
// named; a one-off check never reads a file that was not named.
const settingsFile = "domaincheck.yaml"

// namedSettings is the settings file that the user names: -c, else
// DOMAINCHECK_CONFIG; empty for none.
func (g *globalFlags) namedSettings() string {
	if g.config != "" {
		return g.config
	}
	return os.Getenv("DOMAINCHECK_CONFIG")
}

// loadSettings reads a settings file and the environment; an empty name is no
// file.
func loadSettings(file string) (config.Settings, error) {
	o := config.Options{Name: file, Environ: os.Environ(), ReadFile: readSecret}
	if file == "" {
		return config.Load(nil, o)
	}
	f, err := os.Open(file)
	if err != nil {
		return config.Settings{}, domaincheck.Errorf(domaincheck.CodeUnreadable, file, "the settings cannot be opened: %w", err).
			WithHint("name another file with -c FILE, or unset DOMAINCHECK_CONFIG")
	}
	defer f.Close()
	return config.Load(f, o)
}

// readSecret reads the file of a secret, a little more than one may hold.
func readSecret(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 1<<20))
}

// foundSettings is the file the daemon reads: the one that is named, else
// domaincheck.yaml of the working directory if it is there.
func (g *globalFlags) foundSettings() (string, error) {
	if file := g.namedSettings(); file != "" {
		return file, nil
	}
	switch _, err := os.Stat(settingsFile); {
	case err == nil:
		return settingsFile, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	default:
		return "", domaincheck.Errorf(domaincheck.CodeUnreadable, settingsFile, "the settings cannot be read: %w", err)
	}
}

// needsSettings tells the commands that do their work whatever the settings
// are, or read them themselves.
func needsSettings(cmd *cobra.Command) bool {
	for c := cmd; c != nil; c = c.Parent() {
		switch c.Name() {
		case "completion", "help", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd:
			return false
		}
		if c.Annotations["settings"] == "own" {
			return false
		}
	}
	return true
}

// prepare reads the settings and settles the flags with them.
//
// The annotation "settings" of a command says where from: "own" reads them
// itself, "found" also takes domaincheck.yaml of the working directory, as the
// daemon does, so that both speak of the same store.
func (g *globalFlags) prepare(cmd *cobra.Command) error {
	if formats := cmd.Annotations["formats"]; formats != "" {
		g.formats = formats
		if !g.flags.Changed("format") {
			g.format, _, _ = strings.Cut(formats, "|")
		}
	}
	if needsSettings(cmd) {
		file := g.namedSettings()
		if cmd.Annotations["settings"] == "found" {
			var err error
			if file, err = g.foundSettings(); err != nil {
				return err
			}
		}
		settings, err := loadSettings(file)
		if err != nil {
			return err
		}
		g.settings = settings
	}
	return g.settle()
}

// takeSettings lays the settings under the flags: what a flag says counts. A
// flag that is given replaces a list or map of the settings whole.
func (g *globalFlags) takeSettings() {
	s, n := g.settings, &g.network
	unless := func(flag string, take func()) {
		if !g.flags.Changed(flag) {
			take()
		}
	}
	unless("lang", func() {
		if g.lang = s.Language; !s.Given("language") {
			g.lang = langFromEnvironment(os.Getenv)
		}
	})
	unless("timeout", func() { n.Timeout = s.Network.Timeout })
	unless("resolver", func() { n.Resolvers = s.Network.Resolvers })
	unless("whois-server", func() { n.WHOISServers = bySuffix(s.Network.WHOIS.Servers) })
	unless("rdap-base", func() { n.RDAPBases = bySuffix(s.Network.RDAP.Bases) })
	unless("whois-per-second", func() { n.WHOISPerSecond = s.Limits.WHOISPerSecond })
	unless("whois-burst", func() { n.WHOISBurst = s.Limits.WHOISBurst })
	unless("connect-to", func() { n.ConnectTo = s.Network.HTTP.ConnectTo })
	unless("client-subnet", func() { n.ClientSubnet = s.Network.ClientSubnet })
	unless("vantage", func() { n.Vantage = s.Network.Vantage })
	unless("browser", func() { n.Browser = s.Network.Browser })
	unless("allow-private", func() { n.AllowPrivate = s.Network.AllowPrivate })
	unless("ca-file", func() { n.CAFile = s.File(s.Network.CAFile) })
	n.Record = recordOptions(s.Record, s.Network.Timeout)
	n.WHOISLimits = make(map[string]float64, len(s.Limits.Servers))
	for server, rate := range s.Limits.Servers {
		n.WHOISLimits[strings.ToLower(server)] = rate
	}
}

// recordOptions are the settings of the licensed record API; nil without one.
func recordOptions(r *config.Record, timeout time.Duration) *recordcheck.Options {
	if r == nil {
		return nil
	}
	o := &recordcheck.Options{URL: r.URL.Reveal(), Headers: map[string]string{}, PerSecond: r.PerSecond, Timeout: timeout}
	for name, value := range r.Headers {
		o.Headers[name] = value.Reveal()
	}
	if len(r.Map) > 0 {
		o.Map = recordcheck.Map(r.Map)
	}
	return o
}

// bySuffix folds the suffixes of a map as those of flags are.
func bySuffix(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for suffix, value := range m {
		out[foldSuffix(suffix)] = value
	}
	return out
}

func foldSuffix(suffix string) string { return strings.ToLower(strings.Trim(suffix, ".")) }

// tableFiles are the tables that flags of the environment and settings name.
func (g *globalFlags) tableFiles() check.TableFiles {
	s := g.settings
	return check.TableFiles{
		Dir:  tablesDir(),
		TLDs: s.File(s.Tables.TLDs), Registrars: s.File(s.Tables.Registrars), Providers: s.File(s.Tables.Providers),
		Prefixes: s.File(s.Tables.Prefixes), CNAMEs: s.File(s.Tables.CNAMEs), Provinces: s.File(s.Tables.Provinces), Holidays: s.File(s.Tables.Holidays),
		Confirm: watch.Override{Looks: s.Confirm.Looks, Apart: s.Confirm.Apart, NotifyApart: s.Confirm.NotifyApart},
	}
}
