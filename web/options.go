package web

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/netip"
	"time"

	"domaincheck"
	"domaincheck/providers"
	"domaincheck/risk"
	"domaincheck/rules"
	"domaincheck/store"
)

// Options of New. Store and Book must be given; everything else has a default
// that shows nothing rather than something false.
type Options struct {
	Store     *store.Store
	Book      *rules.Book
	Risks     *risk.Table
	Providers *providers.Table

	// Tokens are those who may come in. None: everybody on this machine may do
	// everything, which [CheckListen] admits on loopback only.
	Tokens []Token

	// Listen is HOST:PORT as set; it makes its own host a name of ours.
	Listen string
	// Hosts are further names (or HOST:PORT) by which browsers and programs
	// address the server. Loopback names and literal addresses need no entry.
	Hosts []string
	// TLS holds the server's keys; nil: plain HTTP.
	TLS *tls.Config
	// Proxies are the addresses of reverse proxies whose X-Forwarded-For and
	// X-Forwarded-Proto are believed.
	Proxies []netip.Prefix

	Zone    *time.Location // in which pages show times; nil: Beijing
	Lang    string         // zh (also "") or en: where the request does not say
	Version string         // of the program

	// Status is what the daemon says of itself; nil: nothing is known.
	Status func(ctx context.Context) Status
	// Ready tells why the daemon cannot do its work, nil if it can; used by
	// /readyz. Nil: the store's own answer.
	Ready func(ctx context.Context) error
	// TestChannel sends a trial message; lang is zh or en. Nil: there are no
	// channels. An unknown channel is an error of store.CodeNotFound.
	TestChannel func(ctx context.Context, channel, lang string) (ChannelTest, error)
	// Poke tells the daemon that a site was asked for ("" for none), holds
	// changed, or dead letters came to life, so that it need not wait for its
	// next round. It must return at once; nil: it finds out by itself.
	Poke func(site string)

	// Desk is the newest list of the provider's desk; nil: there is none.
	Desk func() DeskList

	Meter     *Meter      // what the daemon measures; nil: nothing
	Channels  []Channel   // as set, without their secrets
	Settings  string      // yaml with secrets hidden, for the settings page
	Inventory string      // name of the inventory file; "": none
	Silences  []FileHold  // silences and maintenance windows of the settings
	Stale     Staleness   // when a site counts as not truly checked
	Tables    TableStates // versions of the tables in force

	Limits Limits
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log hears of requests that failed on our side. Nil is silent.
	Log *slog.Logger
}

// Limits bound what one client, or all of them, may use. Zero fields take the
// defaults.
type Limits struct {
	Connections   int           // at once; default 1024
	Body          int64         // bytes of a request's body; default 1 MiB
	Upload        int64         // bytes of an imported file, also once unpacked; default 64 MiB
	CheckQueue    int           // sites asked for and not yet looked at; default 1000
	EventClients  int           // listeners of server-sent events at once; default 64
	LoginFailures int           // of one address (/32, /64) in LoginWindow; default 10
	LoginWindow   time.Duration // default 1 min
	ReadHeader    time.Duration // until a request's headers are there; default 5 s
	Read          time.Duration // until a whole request is there; default 30 s (uploads: 2 min)
	Write         time.Duration // until a response is written; default 60 s (events, exports: renewed while they move)
	Heartbeat     time.Duration // of server-sent events; default 15 s
	EventPoll     time.Duration // how often the store is asked for new events; default 1 s
}

func (l Limits) withDefaults() Limits {
	fill := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	fill64 := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	span := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	fill(&l.Connections, 1024)
	fill64(&l.Body, 1<<20)
	fill64(&l.Upload, 64<<20)
	fill(&l.CheckQueue, 1000)
	fill(&l.EventClients, 64)
	fill(&l.LoginFailures, 10)
	span(&l.LoginWindow, time.Minute)
	span(&l.ReadHeader, 5*time.Second)
	span(&l.Read, 30*time.Second)
	span(&l.Write, 60*time.Second)
	span(&l.Heartbeat, 15*time.Second)
	span(&l.EventPoll, time.Second)
	return l
}

// Token is one that may come in, kept as a hash only.
type Token struct {
	Name string
	Hash string   // "sha256:" and 64 hexadecimal digits, or the digits alone
	Role Role     // "" is read
	Tags []string // only sites with one of these tags; none: all sites
}

// Channel is a way to tell people, as pages show it.
type Channel struct {
	Name     string
	Type     string
	Fallback string
	Lang     string
}

// ChannelTest is what came of a trial message.
type ChannelTest struct {
	Channel   string           `json:"channel"`
	Type      string           `json:"type"`
	Delivered bool             `json:"delivered"`
	Code      domaincheck.Text `json:"code"`    // the service's own
	Message   domaincheck.Text `json:"message"` // what it said, free of secrets
	Advice    domaincheck.Text `json:"advice"`  // what to do
	TookMS    int64            `json:"took_ms"`
}

// FileHold is a silence or maintenance window of the settings: shown, not
// changed here.
type FileHold struct {
	Kind   string // silence, maintenance
	Match  Match
	Owner  string
	Reason string
	From   domaincheck.Instant
	Until  domaincheck.Instant
	Cron   string // of a window that comes again
	For    time.Duration
}

// Staleness says when a part of a site counts as not truly checked, from the
// schedule. Zero: a day.
type Staleness struct{ Access, Page, Registration time.Duration }

// TableStates are the versions ("date#hash") of the tables in force, by name.
type TableStates map[string]string

// Status is what the daemon says of itself at one moment.
type Status struct {
	Started  domaincheck.Instant              `json:"started"`
	Role     domaincheck.Text                 `json:"role" doc:"all, api or worker"`
	Parts    domaincheck.List[PartStatus]     `json:"parts"`
	Paces    domaincheck.List[PaceStatus]     `json:"registries"`
	Channels domaincheck.List[ChannelStatus]  `json:"channels"`
	Nodes    domaincheck.List[NodeStatus]     `json:"nodes"`
	Reload   *ReloadStatus                    `json:"reload" doc:"the newest reading of settings and inventory file"`
	Problems domaincheck.List[ProblemStatus]  `json:"problems" doc:"what the operator should know, worst first"`
	Blind    domaincheck.List[BlindnessState] `json:"blind" doc:"parts of which nothing at all can be seen now"`
}

// PartStatus is how the work on one part (registration, resolution, page,
// record) stands.
type PartStatus struct {
	Part      string              `json:"part"`
	Sites     int                 `json:"sites"`
	Due       int                 `json:"due"`
	Running   int                 `json:"running"`
	Oldest    domaincheck.Instant `json:"oldest" doc:"since when the longest one is due"`
	LastSweep domaincheck.Instant `json:"last_sweep"`
	SweepMS   int64               `json:"sweep_ms"`
	Overrun   bool                `json:"overrun" doc:"the last sweep took longer than its interval"`
}

// PaceStatus is the pace at which one registry is asked.
type PaceStatus struct {
	Key       string              `json:"key"`
	PerSecond float64             `json:"per_second"`
	Refusals  int                 `json:"refusals" doc:"in a row"`
	Blocked   domaincheck.Instant `json:"blocked" doc:"nothing is asked before then"`
	Sites     int                 `json:"sites"`
	Note      domaincheck.Text    `json:"note"`
}

// ChannelStatus is how a channel fares.
type ChannelStatus struct {
	Channel string              `json:"channel"`
	Failing domaincheck.Instant `json:"failing" doc:"since when; null while it delivers"`
	Code    domaincheck.Text    `json:"code"`
	Message domaincheck.Text    `json:"message"`
	Last    domaincheck.Instant `json:"last" doc:"newest delivery by this process"`
}

// NodeStatus is one machine of several.
type NodeStatus struct {
	Name   string              `json:"name"`
	Role   string              `json:"role"`
	Leader bool                `json:"leader"`
	Seen   domaincheck.Instant `json:"seen"`
}

// ReloadStatus is what came of the newest reading of settings and inventory.
type ReloadStatus struct {
	At      domaincheck.Instant                  `json:"at"`
	Error   *domaincheck.Error                   `json:"error"`
	Refused domaincheck.List[*domaincheck.Error] `json:"refused" doc:"rows of the inventory file that were not taken over"`
}

// ProblemStatus is one thing the operator should know.
type ProblemStatus struct {
	Code    string              `json:"code"`
	Message string              `json:"message"`
	Since   domaincheck.Instant `json:"since"`
}

// BlindnessState tells that nothing of a part can be seen: every look fails, so
// that it is likely our own network.
type BlindnessState struct {
	Part  string              `json:"part"`
	Since domaincheck.Instant `json:"since"`
}

// Match chooses events: every list that is not empty must hold one word of the
// event. An empty match chooses all.
type Match struct {
	Tags      []string `json:"tags,omitempty" maxItems:"1000"`
	Subjects  []string `json:"subjects,omitempty" maxItems:"1000" doc:"ids or names"`
	Providers []string `json:"providers,omitempty" maxItems:"1000"`
	Domains   []string `json:"domains,omitempty" maxItems:"1000" doc:"A-label or U-label, of the site or of the target"`
	Rules     []string `json:"rules,omitempty" maxItems:"1000" doc:"an id, or all of a part with a star: site.*"`
}

// MatchInput is a [Match] as it comes in: a key that it does not have would
// make it choose more than was meant, and is refused.
type MatchInput Match
