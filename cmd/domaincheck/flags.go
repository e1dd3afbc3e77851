package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/config"
)

// globalFlags are understood by every command.
type globalFlags struct {
	config  string
	format  string
	json    bool
	lang    string
	at      string
	quiet   bool
	verbose bool
	noColor bool
	network check.Network

	whoisServers, rdapBases []string

	formats  string          // that the command writes, as flags show them
	flags    *pflag.FlagSet  // those above, to tell which were given
	settings config.Settings // in force, before the flags
}

func (p *program) rootCommand() *cobra.Command {
	var c checkFlags
	root := &cobra.Command{
		Use:   "domaincheck DOMAIN …",
		Short: "Watches domains and servers for mainland-China ICP filing (ICP备案)",
		Long: `domaincheck asks WHOIS/RDAP, DNS and the home page whether a domain may be filed
(ICP备案), and whether a filed site is about to lose its filing.

  domaincheck example.com            check now
  domaincheck -f ledger.xlsx         check a whole ledger
  domaincheck lab --check            the same without any network

域名与服务器的 ICP 备案核查：查注册、解析、首页，给出结论、依据与处理步骤。`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && c.file == "" {
				return cmd.Help()
			}
			if c.file == "" && slices.Contains(commandsToCome, args[0]) {
				return domaincheck.Errorf(domaincheck.CodeBadInput, "", "this version has no command %q yet", args[0]).
					WithHint("see: domaincheck --help")
			}
			return p.check(cmd.Context(), &c, args)
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	p.global.bind(root.PersistentFlags())
	c.bind(root.Flags())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		text := err.Error()
		var unknown *pflag.NotExistError
		if errors.As(err, &unknown) { // which reads letters as bytes
			if letter, n := utf8.DecodeRuneInString(unknown.GetSpecifiedShortnames()); n > 1 {
				text = fmt.Sprintf("unknown shorthand flag: %q in -%s", letter, unknown.GetSpecifiedShortnames())
			}
		}
		return domaincheck.Errorf(domaincheck.CodeBadInput, "", "%s", withoutGo.ReplaceAllString(text, "")).
			WithHint("see: " + cmd.CommandPath() + " --help")
	})
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return p.global.prepare(cmd) }
	root.AddCommand(p.checkCommand(), p.judgeCommand(), p.preflightCommand(), p.inspectCommand(), p.rulesCommand(),
		p.listsCommand(), p.doctorCommand(), p.versionCommand(), p.labCommand(), p.configCommand())
	root.AddCommand(p.importCommand(), p.exportCommand(), p.migrateCommand(), p.backupCommand(), p.tokenCommand(), p.historyCommand(), p.diffCommand(), p.reportCommand(), p.evidenceCommand(), p.demoCommand())
	root.AddCommand(p.serveCommand(), p.notifyCommand(), p.planCommand())
	root.AddCommand(p.initCommand(), p.deskCommand(), p.casesCommand())
	hintUsage(root)
	return root
}

// commandsToCome are words that are no domains: a user who types one means a
// command. One that exists never comes to be read as a DOMAIN.
var commandsToCome = []string{"plan"}

// withoutGo takes the names of Go's parsers out of what pflag says.
var withoutGo = regexp.MustCompile(`strconv\.\w+: parsing "[^"]*": |time: `)

// hintUsage shows how a command is called when its arguments are wrong.
func hintUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return domaincheck.Errorf(domaincheck.CodeBadInput, "", "%w", err).WithHint("usage: " + cmd.UseLine())
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		hintUsage(sub)
	}
}

func (g *globalFlags) bind(f *pflag.FlagSet) {
	g.flags, g.settings, g.formats = f, config.Default(), usualFormats
	f.StringVarP(&g.config, "config", "c", "", "settings `FILE` (also DOMAINCHECK_CONFIG); flags win over the environment, that over the file")
	f.StringVar(&g.format, "format", "text", "text|json|jsonl|csv|markdown")
	f.BoolVar(&g.json, "json", false, "same as --format json")
	f.StringVar(&g.lang, "lang", "", "zh|en (default: settings, then LANG, then zh)")
	f.StringVar(&g.at, "at", "", "judge as of `TIME`: 2026-11-21 (00:00 +08:00) or RFC 3339")
	f.BoolVarP(&g.quiet, "quiet", "q", false, "no progress, only results")
	f.BoolVarP(&g.verbose, "verbose", "v", false, "also show what passed and what does not apply")
	f.BoolVar(&g.noColor, "no-color", false, "no colours (also NO_COLOR, or not a terminal)")

	n := &g.network
	n.Timeout = 10 * time.Second
	f.Var((*duration)(&n.Timeout), "timeout", "`DURATION` to wait for each answer")
	f.StringArrayVar(&n.Resolvers, "resolver", nil, "DNS resolver `HOST[:PORT]` (repeatable; default 223.5.5.5, 119.29.29.29)")
	f.StringArrayVar(&g.whoisServers, "whois-server", nil, "WHOIS server `SUFFIX=HOST[:PORT]` (* = every suffix)")
	f.StringArrayVar(&g.rdapBases, "rdap-base", nil, "RDAP base `SUFFIX=URL` (* = every suffix; empty URL = off)")
	f.Float64Var(&n.WHOISPerSecond, "whois-per-second", 1, "questions a second to one WHOIS or RDAP server")
	f.IntVar(&n.WHOISBurst, "whois-burst", 5, "questions at once to one WHOIS or RDAP server")
	f.StringArrayVar(&n.ConnectTo, "connect-to", nil, "as curl's: `HOST:PORT:HOST:PORT`, empty = any")
	f.StringVar(&n.ClientSubnet, "client-subnet", "", "EDNS client subnet `CIDR`")
	f.StringVar(&n.Vantage, "vantage", "auto", "where the resolvers look from: auto|mainland|abroad")
	f.StringVar(&n.Browser, "browser", "auto", "auto|off|PATH of a Chromium that renders script pages")
	f.BoolVar(&n.AllowPrivate, "allow-private", false, "also connect to private addresses that strangers name")
	f.StringVar(&n.CAFile, "ca-file", "", "`FILE` of further trusted certificates (PEM)")
}

// duration is a flag's time that says what is wrong with what was given for it.
type duration time.Duration

// String implements pflag.Value.
func (d *duration) String() string { return time.Duration(*d).String() }

// Type implements pflag.Value.
func (d *duration) Type() string { return "duration" }

// Set implements pflag.Value.
func (d *duration) Set(text string) error {
	given, err := time.ParseDuration(text)
	if _, notBare := strconv.ParseFloat(text, 64); err != nil && notBare == nil {
		return fmt.Errorf("it has no unit, such as %ss", text)
	}
	if err != nil {
		return errors.New("it is no duration such as 10s or 2m")
	}
	*d = duration(given)
	return nil
}

// usualFormats are what most commands write. A command that writes others says
// so in the annotation "formats", the one it writes unless told otherwise first.
const usualFormats = "text|json|jsonl|csv|markdown"

// settle checks the flags against each other and completes them from the
// environment, before anything is opened.
func (g *globalFlags) settle() error {
	if g.json {
		g.format = "json"
	}
	if known := strings.Split(g.formats, "|"); !slices.Contains(known, g.format) {
		last := len(known) - 1
		return badFlag("format", g.format, strings.Join(known[:last], ", ")+" or "+known[last])
	}
	g.takeSettings()
	switch g.lang {
	case "zh", "en":
	default:
		return badFlag("lang", g.lang, "zh or en")
	}
	if g.network.Timeout <= 0 {
		return badFlag("timeout", g.network.Timeout.String(), "a duration above zero, such as 10s")
	}
	if g.network.WHOISPerSecond <= 0 || g.network.WHOISBurst < 1 {
		return badFlag("whois-per-second", fmt.Sprint(g.network.WHOISPerSecond, " / ", g.network.WHOISBurst), "a rate above zero with a burst of at least one")
	}
	if _, err := g.instant(); err != nil {
		return err
	}
	var err error
	if g.flags.Changed("whois-server") {
		if g.network.WHOISServers, err = pairs("whois-server", g.whoisServers); err != nil {
			return err
		}
	}
	if g.flags.Changed("rdap-base") {
		g.network.RDAPBases, err = pairs("rdap-base", g.rdapBases)
	}
	return err
}

// instant is --at; zero when it is not given.
func (g *globalFlags) instant() (domaincheck.Instant, error) {
	at, err := domaincheck.ParseInstant(g.at)
	if err != nil {
		return at, domaincheck.Errorf(domaincheck.CodeBadInput, "--at", "%w", err)
	}
	return at, nil
}

// pairs reads SUFFIX=VALUE flags.
func pairs(flag string, values []string) (map[string]string, error) {
	m := make(map[string]string, len(values))
	for _, v := range values {
		suffix, value, ok := strings.Cut(v, "=")
		if !ok || suffix == "" {
			return nil, badFlag(flag, v, "SUFFIX=VALUE, such as cn=127.0.0.1:4343")
		}
		m[foldSuffix(suffix)] = value
	}
	return m, nil
}

func badFlag(flag, value, want string) error {
	return domaincheck.Errorf(domaincheck.CodeBadInput, "--"+flag, "%q is not %s", value, want)
}

// langFromEnvironment reads LC_ALL, LC_MESSAGES and LANG, the first that is
// set: en… is English, all else Chinese.
func langFromEnvironment(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "en") {
				return "en"
			}
			return "zh"
		}
	}
	return "zh"
}

// terminal tells whether a stream is a terminal, and how wide it is.
func terminal(stream any) (width int, ok bool) {
	if r, ours := stream.(*results); ours {
		stream = r.Writer
	}
	f, isFile := stream.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 80
	}
	return width, true
}

// coloured tells whether results may carry colours.
func (p *program) coloured() bool {
	_, tty := terminal(p.out)
	return tty && !p.global.noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func (p *program) zh() bool { return p.global.lang != "en" }

// say chooses the sentence of the language.
func (p *program) say(zh, en string) string {
	if p.zh() {
		return zh
	}
	return en
}
