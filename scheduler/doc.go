// Package scheduler decides when each part of each site is looked at, and
// turns a look into what follows from it: the report, its events and messages,
// and the next due times, committed together.
//
// # Who does what
//
// A [Looker] looks at one site and judges it; package check stands behind it.
// The [Scheduler] claims parts that are due from the store, calls the looker,
// compares the report with what was told (alert.Plan), and commits in batches.
// [Scheduler.Run] does so until its context ends; [Scheduler.Work] is one round
// of it, the same code, for shards of many machines and for simulated time.
// The clock is the store's: nothing here reads another one to decide what is
// due, so that all processes of a store agree, and a test can hold the clock.
//
// # When
//
// Three cron schedules (robfig/cron, in the zone they were parsed for) name the
// ticks of DNS ("access"), home page and registration. A site's next look is
// the first tick after its last one, plus a few minutes that differ from site
// to site and stay the same for one site, so that a sweep does not begin with a
// thunderclap. Because due times are kept per site, runs that were missed, by
// sleep or a stop, are made up for by one look. Three things bring a look
// forward: a state that waits for one more look to be sure
// (watch.Policy.NextLook), somebody who asked (store.Request), and, for the
// registration, a change of DNS. See [Cadence] for registration.
//
// # Pacing
//
// A [Pacer] bounds how fast one registry is asked, by token buckets in the
// store. Registration is claimed by pace key, a few sites a key, so that a
// registry that is slow or refuses holds up its own sites only.
//
// # Blindness
//
// If the sites that were good a look ago turn bad all at once, at providers
// that have nothing to do with each other, or if hardly any look ends with an
// observation, it is this machine that cannot see. The scheduler then says so,
// once, holds back what it would have said of the sites, and looks again soon.
// Before a failure is told of, it makes sure of its eyesight by control looks at
// other sites. See [Blind].
//
// # Without a store
//
// When the store is lost or full, looks go on over what is remembered in
// memory, and their reports wait, bounded, until the store is back.
package scheduler
