package config

import (
	"path/filepath"
	"time"

	"domaincheck"
)

// Settings are all settings as plain values. Fields carry the key in the yaml
// tag; the comment of a field ends with its default where that is not the zero
// value. The zero value is not the defaults: see [Default].
type Settings struct {
	Store     DSN    `yaml:"store"`                 // sqlite:PATH or postgres://…; default sqlite:domaincheck.db
	Listen    string `yaml:"listen"`                // HOST:PORT of API, dashboard and metrics; default 127.0.0.1:8480
	Timezone  Zone   `yaml:"timezone"`              // IANA name; default Asia/Shanghai
	Language  string `yaml:"language" enum:"zh|en"` // default zh
	Inventory Path   `yaml:"inventory"`             // ledger file, re-read on change; its rows are read-only by API

	Schedule Schedule `yaml:"schedule"`
	Confirm  Confirm  `yaml:"confirm"`
	Limits   Limits   `yaml:"limits"`
	Network  Network  `yaml:"network"`
	Tables   Tables   `yaml:"tables"`
	Record   *Record  `yaml:"record"` // licensed record API
	Auth     Auth     `yaml:"auth"`
	Web      Web      `yaml:"web"`

	Channels    map[string]Channel `yaml:"channels"`
	Templates   Templates          `yaml:"templates"`
	Routes      []Route            `yaml:"routes"`
	Silences    []Silence          `yaml:"silences"`
	Maintenance []Maintenance      `yaml:"maintenance"`
	Heartbeat   Secret             `yaml:"heartbeat"` // dead-man's URL
	Reports     []Report           `yaml:"reports"`
	Retention   Retention          `yaml:"retention"`
	Desk        Desk               `yaml:"desk"`

	dir     string
	given   map[string]bool
	written map[string]reference
	places  map[string]place
	unused  []string
}

// reference is a text that came from the environment by ${NAME}.
type reference struct {
	raw   string
	value *string
}

// Schedule says when each part of every site is looked at.
type Schedule struct {
	Access       Cron `yaml:"access"`       // DNS; default every 30 minutes
	Page         Cron `yaml:"page"`         // home page; default every 6 hours
	Registration Cron `yaml:"registration"` // WHOIS/RDAP of the sites then due; default 03:00
}

// Confirm overrides every rule's own confirmation, for failure and for
// recovery; nil leaves each rule its own (shown by "rules list --json").
type Confirm struct {
	Looks       *int           `yaml:"looks"`        // bad looks until it counts, 1 to 100
	Apart       *time.Duration `yaml:"apart"`        // between them until the risk clock starts; 0 = at once
	NotifyApart *time.Duration `yaml:"notify_apart"` // between them until the first notice
}

// Limits bound how much is asked at once.
type Limits struct {
	Concurrency    int                `yaml:"concurrency"`      // sites at a time, 1 to 4096; default 64
	WHOISPerSecond float64            `yaml:"whois_per_second"` // questions a second to one registry server; default 1
	WHOISBurst     int                `yaml:"whois_burst"`      // questions at once to one registry server; default 5
	Servers        map[string]float64 `yaml:"servers"`          // HOST or HOST:PORT → questions a second
	PerAddress     bool               `yaml:"per_address"`      // each machine has these limits for itself; default: all that share a store share them
}

// Network says how the world is reached.
type Network struct {
	Resolvers    []string      `yaml:"resolvers"`                           // HOST[:PORT]; default 223.5.5.5 and 119.29.29.29
	Vantage      string        `yaml:"vantage" enum:"auto|mainland|abroad"` // where the resolvers look from; default auto
	ClientSubnet string        `yaml:"client_subnet"`                       // EDNS client subnet, CIDR
	WHOIS        WHOIS         `yaml:"whois"`
	RDAP         RDAP          `yaml:"rdap"`
	HTTP         HTTP          `yaml:"http"`
	Proxy        Secret        `yaml:"proxy"` // not supported yet: only null is accepted
	AllowPrivate bool          `yaml:"allow_private"`
	Browser      string        `yaml:"browser"` // auto, off, or the path of a Chromium; default auto
	CAFile       Path          `yaml:"ca_file"` // further trusted certificates (PEM)
	Timeout      time.Duration `yaml:"timeout"` // of one answer; default 10s
}

// WHOIS holds the servers to ask instead of the table's.
type WHOIS struct {
	Servers map[string]string `yaml:"servers"` // suffix or * → HOST[:PORT]; "" turns WHOIS off
}

// RDAP holds the bases to ask instead of the table's.
type RDAP struct {
	Bases map[string]string `yaml:"bases"` // suffix or * → URL; "" turns RDAP off
}

// HTTP holds what is special about connections.
type HTTP struct {
	ConnectTo []string `yaml:"connect_to"` // HOST:PORT:HOST:PORT, as curl's; each may be empty
}

// Tables are files that replace a built-in table, or (provinces, prefixes)
// are laid over it.
type Tables struct {
	TLDs       Path `yaml:"tlds"`
	Registrars Path `yaml:"registrars"`
	Providers  Path `yaml:"providers"`
	Provinces  Path `yaml:"provinces"` // folder of province books, each replacing the built-in one of its name
	CNAMEs     Path `yaml:"cnames"`    // suffix,provider[,mainland][,note]: precedes the built-in suffixes of CNAME targets
	Prefixes   Path `yaml:"prefixes"`  // prefix,provider[,mainland][,note]: precedes all other knowledge of addresses
	Holidays   Path `yaml:"holidays"`
}

// Record is a licensed API that tells the filed record of a domain.
type Record struct {
	URL       Secret            `yaml:"url"`
	Headers   map[string]Secret `yaml:"headers"`
	Map       map[string]string `yaml:"map"`        // our field → place in the answer
	PerSecond float64           `yaml:"per_second"` // default 1
}

// Auth says who may use the API; required when listening beyond loopback.
type Auth struct {
	Tokens []Token `yaml:"tokens"`
}

// Web says how browsers and programs reach the API and the dashboard. Beyond
// loopback tokens travel encrypted: by our own keys, or by a reverse proxy.
type Web struct {
	TLS     TLS      `yaml:"tls"`
	Hosts   []string `yaml:"hosts"`   // further names by which the server is addressed: watch.example.cn
	Proxies []string `yaml:"proxies"` // addresses or networks of reverse proxies that encrypt; their X-Forwarded-For is believed
}

// TLS holds the files of a certificate with its chain and of its key, both PEM;
// both or neither.
type TLS struct {
	Certificate Path `yaml:"certificate"`
	Key         Path `yaml:"key"`
}

// Token is one API token, kept as a hash only.
type Token struct {
	Name  string `yaml:"name"`
	Hash  Secret `yaml:"hash"` // as [HashToken] gives it
	Role  string `yaml:"role" enum:"read|operate|admin"`
	Scope Scope  `yaml:"scope"`
}

// Scope narrows a token to sites with one of the tags; empty means all.
type Scope struct {
	Tags []string `yaml:"tags"`
}

// Channel is one way to tell people. Which keys a channel may have depends on
// its type.
type Channel struct {
	Type     string   `yaml:"type" enum:"dingtalk|slack|wecom|feishu|email|webhook|alertmanager"`
	URL      Secret   `yaml:"url"`                                // of e-mail smtp[s]://user@host:port, of alertmanager its base
	Secret   Secret   `yaml:"secret"`                             // signs the message: dingtalk, feishu, webhook
	Fallback string   `yaml:"fallback"`                           // channel that takes over when this one cannot deliver
	Language string   `yaml:"language" enum:"|zh|en"`             // empty: the settings' language
	Template Path     `yaml:"template"`                           // wording of its messages; empty: that of its language in templates
	Mentions []string `yaml:"mentions"`                           // mobiles or user ids to call: dingtalk, wecom, feishu, slack
	Password Secret   `yaml:"password"`                           // e-mail
	From     string   `yaml:"from"`                               // e-mail
	To       []string `yaml:"to"`                                 // e-mail
	StartTLS string   `yaml:"starttls" enum:"|auto|always|never"` // e-mail; empty: auto
}

// Templates are files with a wording of one's own, by language: see package
// alert. Empty is the built-in wording.
type Templates struct {
	ZH Path `yaml:"zh"`
	EN Path `yaml:"en"`
}

// Match chooses events: every list that is not empty must hold one word of the
// event. An empty match chooses all.
type Match struct {
	Tags      []string `yaml:"tags"`
	Subjects  []string `yaml:"subjects"`
	Providers []string `yaml:"providers"`
	Domains   []string `yaml:"domains"`
	Rules     []string `yaml:"rules"`
}

// Empty tells whether the match chooses all.
func (m Match) Empty() bool {
	return len(m.Tags)+len(m.Subjects)+len(m.Providers)+len(m.Domains)+len(m.Rules) == 0
}

// Route leads events to channels.
type Route struct {
	Match    Match                `yaml:"match"`
	Channels []string             `yaml:"channels"`
	MinLevel domaincheck.Severity `yaml:"min_level" enum:"critical|high|medium|low|info"` // default low
	GroupBy  []string             `yaml:"group_by"`                                       // cause, rule, subject, provider; [] = one event a message; default [cause]
	Repeat   time.Duration        `yaml:"repeat"`                                         // reminder while it lasts; 0 = none; default 24h
	Quiet    Quiet                `yaml:"quiet"`                                          // held back then, unless critical
	Digest   Cron                 `yaml:"digest"`                                         // also a summary
}

// Silence holds events back until it ends.
type Silence struct {
	Match  Match               `yaml:"match"`
	Owner  string              `yaml:"owner"`
	Reason string              `yaml:"reason"`
	From   domaincheck.Instant `yaml:"from"` // null: at once
	Until  domaincheck.Instant `yaml:"until"`
}

// Maintenance is a window in which events of a match are held back: once (from,
// until) or again and again (cron, for).
type Maintenance struct {
	Match  Match               `yaml:"match"`
	Reason string              `yaml:"reason"`
	From   domaincheck.Instant `yaml:"from"`
	Until  domaincheck.Instant `yaml:"until"`
	Cron   Cron                `yaml:"cron"`
	For    time.Duration       `yaml:"for"`
}

// Report is a compliance report sent regularly.
type Report struct {
	Cron     Cron     `yaml:"cron"`
	Format   string   `yaml:"format" enum:"html|xlsx|csv|json"` // default xlsx
	Channels []string `yaml:"channels"`
	Match    Match    `yaml:"match"`
}

// Desk says what the access provider's desk wants done by itself.
type Desk struct {
	Own       []string             `yaml:"own"`                                            // ids of the access providers whose desk it is; default none
	Pointing  Path                 `yaml:"pointing"`                                       // names that may lead here, or rows of passive DNS; re-read on change; default none
	OpenCases []string             `yaml:"open_cases"`                                     // rules whose confirmed failure opens a case ("*" is each), and kinds of the desk's list; default none
	MinLevel  domaincheck.Severity `yaml:"min_level" enum:"critical|high|medium|low|info"` // of what opens one; default medium
}

// Retention says how long memory lasts.
type Retention struct {
	Changes time.Duration `yaml:"changes"` // default 1200d
	Raw     time.Duration `yaml:"raw"`     // raw answers; default 90d
}

// Path is a file or folder. Where it is not absolute it is relative to the
// folder of the settings: see [Settings.File].
type Path string

// Default gives the settings of an empty file.
func Default() Settings {
	return Settings{
		Store: NewDSN("sqlite:domaincheck.db"), Listen: "127.0.0.1:8480", Timezone: "Asia/Shanghai", Language: "zh",
		Schedule: Schedule{Access: "*/30 * * * *", Page: "0 */6 * * *", Registration: "0 3 * * *"},
		Limits:   Limits{Concurrency: 64, WHOISPerSecond: 1, WHOISBurst: 5},
		Network: Network{
			Resolvers: []string{"223.5.5.5", "119.29.29.29"}, Vantage: "auto", Browser: "auto", Timeout: 10 * time.Second,
		},
		Retention: Retention{Changes: 1200 * day, Raw: 90 * day}, Desk: Desk{MinLevel: domaincheck.Medium},
	}
}

func (r *Record) defaults() { r.PerSecond = 1 }

func (r *Route) defaults() {
	r.MinLevel, r.GroupBy, r.Repeat = domaincheck.Low, []string{"cause"}, 24*time.Hour
}

func (r *Report) defaults() { r.Format = "xlsx" }

// Given tells whether the file or the environment sets the key, by its path:
// "language", "network.resolvers".
func (s Settings) Given(path string) bool { return s.given[path] }

// Unused lists the variables of the environment that begin as ours do but are
// no setting, nor near one.
func (s Settings) Unused() []string { return s.unused }

// StoreURL is the URL with which the store is opened: a relative path of a
// SQLite file leads below the folder of the settings, as all paths of the
// settings do. It holds the password of a server: never print it.
func (s Settings) StoreURL() string {
	if s.Store.Path() == "" {
		return s.Store.Reveal()
	}
	return "sqlite:" + s.File(Path(s.Store.Path()))
}

// File is where a path of the settings leads: as it is where it is absolute or
// empty, else below the folder of the settings file.
func (s Settings) File(p Path) string { return inDir(s.dir, string(p)) }

func inDir(dir, path string) string {
	if path == "" || dir == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
