// Package cluster lets many machines work one inventory: River on PostgreSQL
// spreads sweeps and deliveries over the nodes. It is the only package that
// knows River.
//
// # Who does what
//
// Every node runs a River client in a schema of its own beside the store's
// tables. River elects a leader; the leader's periodic jobs fire on the same
// cron schedules that one machine alone would follow, and each begins a sweep:
// a job that any node may take and that inserts the sweep's shards. A shard is
// a range of the sites (DNS and pages) or one registry's pace key
// (registration). The node that takes a shard works it with the code of the
// single machine ([Worker], the scheduler's). A message for a channel that
// another node drains is announced by a poke into that node's own queue.
//
// # What holds when things break
//
// River gives leadership, spreading and insight; correctness comes from the
// store. A part of a site is looked at under a lease, and a commit that started
// from an outdated revision writes nothing, so a shard that runs twice does no
// harm. A sweep and a shard are unique while they are open: one that overruns
// is not stacked. And because due times stand in the store, every node also
// works what is due anywhere each 15 seconds ([Options].Poll): a dead node's
// leases run out in half a minute and its sites are taken up, whatever River's
// own rescue of stuck jobs does and however long an election takes.
//
// Behind a pooler that does not keep sessions (pgbouncer in transaction mode)
// set PollOnly: no LISTEN, no prepared statements; a poke then takes up to a
// second.
package cluster
