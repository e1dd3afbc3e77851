// Package config reads the settings: one yaml file, the environment, and the
// defaults, as plain values. It opens no socket and no table; what it takes
// from outside (the file, the environment, secret files) is handed to it.
//
// # Strict
//
// A setting that would do nothing is an error: an unknown or doubled key, a
// value of the wrong type, a schedule that does not parse or never comes, a
// route to a channel that is not there, a second yaml document. Each error has
// code bad_settings, names file:line:column (or the variable of the
// environment), says what is wrong with which key, and carries a hint. All of
// a file's errors are told at once ([Problems]). An empty file, or none, is
// the defaults: see [Default].
//
// # Precedence
//
// Flags win over the environment, the environment over the file, the file over
// the defaults. A key is overridden by DOMAINCHECK_ and its path in capitals,
// joined by underscores:
//
//	DOMAINCHECK_LISTEN=127.0.0.1:9000
//	DOMAINCHECK_NETWORK_RESOLVERS=10.0.0.53,10.0.1.53
//	DOMAINCHECK_NETWORK_WHOIS_SERVERS='cn=10.0.0.9:4343,*=10.0.0.9'
//	DOMAINCHECK_LIMITS_WHOIS_PER_SECOND=0.5
//	DOMAINCHECK_ROUTES='[{channels: [ops], min_level: high}]'
//
// Lists are separated by commas, maps written key=value; anything in brackets
// is read as yaml. A list or map replaces the file's whole. An empty variable
// counts as not set. DOMAINCHECK_CONFIG (the file) and DOMAINCHECK_TABLES (the
// folder of updated tables) are no keys; variables that Kubernetes makes for a
// service of this name (DOMAINCHECK_PORT…, DOMAINCHECK_SERVICE_…) are passed
// over. A variable that is nearly a key's, or begins as a section's, is an error;
// any other of the prefix is none of ours ([Settings.Unused] lists it).
//
// # Secrets
//
// ${NAME} in a text of the file stands for a variable of the environment, which
// must be set; $${ is a plain ${. Where a secret is expected the whole text may
// also be file:PATH, whose content (without the line end) is the secret. A
// [Secret] never shows itself: not by fmt, encoding/json, yaml nor slog. A dump
// ([Settings.Redacted]) shows the reference it came by, else "•••".
//
// # Words
//
// Durations: 300ms, 30s, 30m, 6h, 90d, 2w, 1d12h; a day is 24 hours. Schedules:
// five fields (minute hour day month weekday), @hourly, @daily, @weekly,
// @monthly, @yearly, or @every 30m; they run in the settings' timezone unless
// they begin with CRON_TZ=Zone. Paths that are not absolute are relative to the
// folder of the settings file, without a file to the working directory.
package config
