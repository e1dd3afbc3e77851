package check

import (
	"time"

	"domaincheck/recordcheck"
	"domaincheck/whoischeck"
)

// Network is how the world is reached: the network flags and settings as plain
// values. Zero values mean the defaults.
type Network struct {
	Resolvers    []string          // host[:port]; default 223.5.5.5 and 119.29.29.29
	WHOISServers map[string]string // suffix → host[:port]; "" turns WHOIS off; "*" is every suffix
	RDAPBases    map[string]string // suffix → URL; "" turns RDAP off; "*" is every suffix
	ConnectTo    []string          // HOST:PORT:HOST:PORT, as curl's
	ClientSubnet string            // CIDR sent as EDNS client subnet
	Vantage      string            // auto, mainland, abroad
	Browser      string            // auto, off, or the path of a Chromium
	AllowPrivate bool
	CAFile       string        // PEM file of further roots
	Timeout      time.Duration // per answer; default 10 s

	KeepPages bool // keep pages as they came, as evidence: a look then holds up to 2 MiB for each

	WHOISPerSecond float64 // questions a second to one registry server; default 1
	WHOISBurst     int     // questions at once to one registry server; default 5

	// Patience is how much of a registry's "come back later" is waited for, before
	// another name is asked there; what takes longer is told as refused, with the
	// term. 0 is two minutes, the patience of a sweep.
	Patience time.Duration

	WHOISLimits map[string]float64 // "host" or "host:port" → questions a second to that server instead

	// Record is the licensed API that tells filed records; nil: there is none.
	// Its Dial is this network's own.
	Record *recordcheck.Options

	// Pacer paces questions to registries instead of the three limits above;
	// nil: they hold for this process.
	Pacer whoischeck.Pacer
}
