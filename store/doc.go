// Package store remembers: the inventory, what was last seen of each site and
// what changed, when each part of a site is due, what was told to whom, and
// what is still to be told. SQLite by default, with nothing to install;
// PostgreSQL when several machines share the work. Both stand behind one
// contract, held by one suite of tests (package storetest).
//
// # Who does what when
//
// A part of a site (registration, resolution, page, record) has a due time.
// [Store.Claim] gives the caller sites whose part is due and lends each to it
// for the span of a lease; [Store.Extend] is the heartbeat. The caller looks,
// judges, and hands everything that follows to [Store.Commit]: the report with
// its states, the events, the messages to send, and the next due times stand
// in one transaction, so that there is never an event without its message or
// a message without its event. A commit names the revision of the site it
// started from; if another was faster, or the ledger changed meanwhile, that
// item alone is skipped ([CodeConflict]) and nothing of it is written. Leases
// save work; the comparison of revisions gives correctness. Double work is
// therefore harmless, and the sites of a dead machine are free again when their
// leases run out. [Store.Request] puts a site first.
//
// # What is kept
//
// A report whose facts and judgement are those of the report before ([Hash])
// replaces it in place and grows nothing; a change begins a new row, and the
// old one stays as history. Answers as they came are kept once by their
// SHA-256, compressed, for the report they belong to; a newer answer of the
// same part replaces the one before as long as nothing changed. [Store.Prune]
// ends what is older than its retention.
//
// # Messages
//
// An outbox row is written with the report that causes it and leaves the state
// "pending" only when a channel took it or it was given up on for good
// ("dead"). Nobody deletes a pending row. One drainer a channel, by a named
// lease ([Store.Acquire]), keeps its order and pace. A message that was sent
// before its sender died is sent again with the same key: at least once.
//
// # Two dialects
//
// Instants are microseconds since 1970 UTC in a BIGINT, civil dates stand in
// the JSON documents as text, keys and cursors compare byte by byte. Search is
// by substring of a folded column (lower case, full width made narrow,
// traditional signs left as they are), with any number of words that must all
// be found: SQLite narrows it by an FTS5 index of trigrams for words of three
// characters and more, PostgreSQL by pg_trgm where the extension may be
// created; shorter words, as most Chinese ones are, are read row by row in
// both, which takes some 20 ms for 10,000 sites. All methods may be called from
// several goroutines and from several processes at once.
//
// # Not here yet
//
// Tables are not partitioned and a first import writes row by row in both
// dialects. Leases and due times trust the clock: one that jumps far ahead and
// back leaves leases that run until the false time, unless their owners end
// them. The addresses and titles of a site are in its reports, but a change of
// them alone makes no row of history (see [Hash]).
//
// Errors are [*domaincheck.Error] with the codes of this package; the context
// ends every call. A call that returns without error is on disk (SQLite
// synchronous=FULL).
package store
