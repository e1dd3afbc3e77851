// Package netguard makes connections to hosts that strangers name.
//
// A domain under check, a redirect, a WHOIS referral, an RDAP link and a
// script on a page all name hosts, and whoever writes them may name the
// scanner's own network: 127.0.0.1, a router, the metadata service of a cloud
// (169.254.169.254). A [Guard] therefore
//
//  1. resolves the name itself,
//  2. vets every address against the IANA special-purpose registries
//     ([Vet]), IPv4 addresses hidden in IPv6 ones included,
//  3. dials that very address. There is no second resolution, so an answer
//     cannot change between the check and the use of it.
//
// Hosts that the user names (resolvers, WHOIS servers in the settings, targets
// of a connect-to [Mapping]) are trusted: [Guard.DialTrusted].
//
// A mapping HOST:PORT:HOST:PORT sends connections elsewhere, as curl's
// --connect-to does. The host that it replaces is vetted all the same: a
// redirect to an address literal of a private network is refused even where a
// catch-all mapping would have led it to a harmless place.
//
// A refusal has code forbidden, silence has code timeout, everything else code
// network; the system's own error stays in the chain, so that Refused and Reset
// tell a closed port from a cut connection.
package netguard
