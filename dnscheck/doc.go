// Package dnscheck sees what DNS says about a domain: its hosts, their chains
// of aliases and addresses, and its delegation.
//
// [Observer.Look] makes one look for a check. It asks for A and AAAA of the
// apex ("@"), www and every host it is given, at the first two resolvers side
// by side, and keeps apart what differs in meaning:
//
//   - an answer with addresses, NODATA (the name exists, no address) and
//     NXDOMAIN (no such name): all of outcome ok, for an answer came;
//   - SERVFAIL: outcome failed, with the RCODE and the number of resolvers
//     that agreed;
//   - REFUSED, a time-out, bytes that are no DNS message, an unreachable
//     resolver: refused, timeout, malformed, failed. They say something of the
//     looking, nothing of the host.
//
// It also asks one random label (is there a wildcard?) and looks at the
// delegation: the NS set that the parent zone's own servers hand out, the set
// the domain's own servers claim, and which of them are lame. Everything runs
// side by side, so that a look takes about as long as the slowest server.
//
// [Observer.Resolve] is one question, [Observer.Addresses] what a guarded
// dialer needs. Both are cheap enough for millions of names: queries share a
// few connected UDP sockets per resolver, whose datagrams are sent and read in
// batches.
//
// # Trust
//
// Answers are the bytes of strangers. A datagram counts only if it comes from
// the address asked (connected sockets), to the random port and the random
// 16-bit ID of a query in flight, and repeats its question. Only records on
// the alias chain that starts at the name asked are read; whatever else a
// server adds is ignored. Chains end after 16 aliases, messages at 64 KiB.
// Addresses outside the public internet are marked "private" and attributed to
// nobody, unless the user allows private networks; name servers with such
// addresses are not asked.
//
// Names go in and come out as A-labels in lower case without the final dot.
package dnscheck
