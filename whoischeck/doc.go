// Package whoischeck observes the registration of a domain: RDAP (RFC 9082,
// 9083) where the registry offers it, WHOIS (RFC 3912) where it does not.
//
// [Observer.Look] asks, follows thin registries to the registrar, merges both
// answers with the provenance of every fact, and returns a
// domaincheck.Registration whose Outcome tells what kind of answer came: a
// record (ok), no such domain (absent), a name kept back (reserved), a refusal,
// silence, nonsense or a broken connection. A refusal is never read as absence,
// nor a web page, an empty or a cut-off answer: what could not be seen stays
// unknown.
//
// The reading itself is pure: [ParseWHOIS] and [ParseRDAP] take bytes and
// return facts, without network and clock, so stored answers can be read again.
//
// WHOIS is text in any form. The prescribed libraries stay on the path —
// likexian/whois asks, likexian/whois-parser reads — and are mended around: our
// dialer adds context, byte cap and trusted or vetted addresses, and our own
// reader comes first, for it knows sections, handles, RIPE-style blocks, local
// languages, zones, character sets and the phrases of refusal. What it leaves
// open is taken from the library.
//
// Registries bound how fast they may be asked. A [Pacer] is asked before each
// query, keyed by the server's address, and told of each refusal; the default
// [MemoryPacer] lives in the process.
package whoischeck
