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
// traditional signs left as they are), with any number of words of any length
// that must all be found. All methods may be called from several goroutines and
// from several processes at once.
//
// # How a million sites are listed
//
// What a site can be filtered by is a set of words: its state, province,
// providers, tags, verdict, the level and outcomes of its risks, what it fails,
// the day of its first deadline, the hour of its last true look. SQLite keeps,
// beside the rows, for each word the ids of its sites (a list of 16-bit numbers
// or a map of bits for every 65,536 ids), how many they are, and all ids in the
// order of their domains. For each pair of neighbouring signs of the texts it
// keeps the same: a word of two signs, as most Chinese ones are, is its pair; a
// longer one the intersection of its pairs, and a look at the texts that are
// left. A page is an intersection and a stretch of an order; a count is the
// number of bits; a scope is one more set, and what is counted in it stands beside
// each tag. The messages that wait, or were given up on, have such sets of their
// own. Whatever the filters, nothing is read row by row but what is shown. A transaction gathers what it changes of
// the sets and writes each block once; a look that finds nothing new moves a
// site from one hour to another, and adds nothing.
//
// PostgreSQL has a row for each site and word ([Store.Sites] is plain SQL
// there), and pg_trgm where the extension may be created; without it a search
// reads every row. Sets would make all nodes wait for a few rows.
//
// All of this is made of the entries and the newest reports: Open makes it
// anew in a store whose form is another one, once, which takes some minutes for
// a million sites.
//
// # Many sites at once
//
// An import into a store without sites writes many rows a statement and builds
// its indexes afterwards (PostgreSQL: by COPY, the texts' index last), in one
// transaction as any other; [Store.ImportSeq]
// reads the ledger as it comes. Later imports go entry by entry, since each is
// compared with what is there.
//
// # The desk
//
// A [Case] is a piece of work on a site: it moves along [CaseState.Next] by
// [Store.AdvanceCase], one at a time, and keeps who did what when. The audit
// log ([Store.Audit]) is added to and read; sessions and failed logins stand
// under hashes and keys that the caller makes.
//
// # Not here yet
//
// Tables are not partitioned; an import into a store that has sites goes entry
// by entry. The lists of findings, risks and events
// come without a count, and go forward only. Over a million sites PostgreSQL
// counts for the overview row by row. Leases and due times trust the clock: one
// that jumps far ahead and back leaves leases that run until the false time,
// unless their owners end them. The addresses and titles of a site are in its
// reports, but a change of them alone makes no row of history (see [Hash]).
//
// Errors are [*domaincheck.Error] with the codes of this package; the context
// ends every call. A call that returns without error is on disk (SQLite
// synchronous=FULL).
package store
