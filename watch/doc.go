// Package watch decides how sure one is. A finding is what a single look says;
// the world behind it may have hiccuped, or the way to it. Watch folds the
// findings of one look after another into a state per (rule, target):
//
//	ok → suspected → confirmed → recovering → ok
//
// and beside that road flapping (it turns too often to be believed either
// way), stale (what could be seen was not seen for too long) and unknown (no
// look has told anything yet).
//
// # When a look counts
//
// A finding carries the instant of the look it rests on. The same look judged
// twice is one look, so judging is idempotent. To be told of (NoticedAt) and
// to start the clock of a risk (ConfirmedAt) a failure must be seen by a
// number of looks, each of them apart enough from the one counted before; the
// two clocks have spans of their own, by rule: see [DefaultPolicy]. Recovery
// needs the same number of good looks with the span of the notice. What needs
// no second look, registry dates and declared facts, counts at once.
//
// # What does not count
//
// An unknown finding freezes the state: it never makes it better and never
// worse. If nothing was known of an observed part for longer than
// [StaleAfter] of its schedule, the state is stale, and takes up again where it
// froze with the next look that tells something. A finding that no longer
// applies ends its state quietly.
//
// [Advance] is a pure function: it reads no clock, keeps nothing, changes none
// of its arguments, and is safe for concurrent use.
package watch
