// Package lab is test equipment: a small internet on loopback, made from one
// seed. It holds N invented sites and everything an observer must ask about
// them: recursive resolvers, a fake root with its TLD and child name servers, a
// WHOIS registry and registrar, RDAP, and http/https sites, all on real sockets
// with every fault the rules look for. Its ground truth is exported, so that
// what a check says can be compared with what was planted. It is never a
// source of results for a check of the real world.
//
// # How a site comes to be
//
// A [Story] names one thing that is wrong (or, in the healthy stories, one
// thing that looks wrong and is not) and what the rules must find. Site number
// i is dealt a story from a deck shuffled by the seed; its names, numbers and
// dates follow from (seed, i, now). Nothing is stored per site: each answer is
// computed when it is asked for, so 10,000 sites start as fast as ten.
//
// # How a program is led here
//
// The lab opens some fifteen sockets on loopback and no more. Its names resolve
// to addresses inside real providers' ranges (else no attribution could be
// tested), so every connection must be led back by the flags that [Lab.Flags]
// gives: --resolver, --whois-server, --rdap-base, --connect-to and
// --client-subnet. The catch-all mappings for ports 43, 53, 80 and 443 see to
// it that nothing planned by the lab is ever dialled for real. The replaced
// hosts are public-looking on purpose: a guard that vets addresses before it
// applies a mapping must still let the healthy ones through and refuse the
// private ones that some stories redirect to.
//
// Which name server is asked cannot be told from a question, so each role has
// its own port: TLD and root servers, lame and silent servers are mapped by
// host name and by address; every other host on port 53 is a child server.
//
// # Truth
//
// [Lab.Truth] gives, for each site, the planted facts, the entry its owner would
// keep in a ledger, and an [Expect] for each rule on which the story leaves no
// doubt. [Truth.Disagreements] compares findings with it. Where a rule's answer
// is open to the reader (does a dead name server also count as lame?) the story
// expects nothing, rather than something convenient.
//
// # Robots
//
// [Robots] are the services that alerts go to (DingTalk, Slack, WeCom, Feishu,
// a webhook, an Alertmanager) and [Mailbox] an SMTP server, with the limits and
// the error codes that the real ones document. They stand beside a Lab and need
// none.
package lab
