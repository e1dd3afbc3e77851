package app

import (
	"log/slog"
	"time"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/config"
)

// Role is what a process of the daemon does.
type Role string

// The roles. Several processes share a store on Postgres only.
const (
	All    Role = "all"
	API    Role = "api"    // serves the API and the dashboard, looks at nothing and sends nothing
	Worker Role = "worker" // looks and sends; serves health and metrics only
)

// Config is what is in force: the settings, with what flags of the command line
// lay over them.
type Config struct {
	File     string // of the settings; "" without one
	Settings config.Settings
	Network  check.Network
	Tables   check.TableFiles
}

// Options of New.
type Options struct {
	// Load reads the settings, at the start and for every reload.
	Load func() (Config, error)

	Role    Role   // "" is All
	Version string // of the program
	Log     *slog.Logger
	Now     func() time.Time // the clock of the store; nil is time.Now

	// Beat is how often the dead-man's service hears from a daemon that is well;
	// 0 is a minute. Chores is how often it is seen whether something regular is
	// due (digests, reports, pruning), and whether people silenced something; 0
	// is a second. Stray is how long messages wait for a channel that the
	// settings no longer name; 0 is two minutes.
	Beat, Chores, Stray time.Duration

	// Desk is after what time the list of the provider's desk is made anew; 0 is
	// ten minutes.
	Desk time.Duration
}

func (o *Options) defaults() {
	if o.Role == "" {
		o.Role = All
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Desk <= 0 {
		o.Desk = deskEvery
	}
	if o.Beat <= 0 {
		o.Beat = time.Minute
	}
	if o.Chores <= 0 {
		o.Chores = time.Second
	}
	if o.Stray <= 0 {
		o.Stray = strayFor
	}
}

// check refuses a role that the store cannot carry.
func (o *Options) check(s config.Settings) error {
	switch o.Role {
	case All:
		return nil
	case API, Worker:
		if s.Store.Postgres() {
			return nil
		}
		return domaincheck.Errorf(domaincheck.CodeBadSettings, "--role", "the role %s shares a store with other machines, which SQLite cannot", o.Role).
			WithHint("set store: postgres://…, or run one process with --role all")
	}
	return domaincheck.Errorf(domaincheck.CodeBadSettings, "--role", "%q is not all, api or worker", o.Role)
}
