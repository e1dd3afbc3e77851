// Package alert decides who hears what. It turns the states and risks of one
// site's judgement into events, and events into rows for the outbox: one row
// per channel, to be delivered at least once.
//
// # Events
//
// An [Event] is one thing to say about one opening of one failure: opened,
// worse, reminder, deadline near, resolved. Its Key belongs to the opening
// (site, rule, target, first bad look) and is the same over channels, retries
// and restarts, and in the resolved message. [Plan] compares what is open with
// what was told ([Open], kept by the store in the report's transaction), so
// that judging twice says nothing twice, and a notice that was held back goes
// out when what held it ends.
//
// # What holds an event back
//
//   - a suppression (误报 with a reason), until the finding's evidence changes;
//   - a worse cause on the same site that explains it ([Explains]): a name that
//     has expired does not resolve, nor show its number;
//   - a silence with an owner and an end, or a maintenance window;
//   - the route's least level, and quiet hours, which only delay and which
//     critical breaks through.
//
// An event that opened and resolved while held back was never told, and is
// never told as resolved.
//
// # Messages
//
// [Compose] writes what people read, in Chinese or English, from words that the
// edge supplies ([Words]), and cuts it to what a service takes ([Limits]) so
// that each piece names each of its domains with its own line and key.
//
// Everything here is pure: instants are given, nothing is kept, arguments are
// not changed, and all functions are safe for concurrent use.
package alert
