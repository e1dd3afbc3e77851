// Package domaincheck holds the nouns of the field: the words in which every
// other package speaks of a filed site and of what was seen of it.
//
// The product watches internet domains, and the servers behind them, for
// mainland-China ICP filing (ICP备案). Three kinds of things are kept apart:
//
//   - what the owner declares: [Subject] (主办单位), [Server], [Site], [Access];
//   - what was seen: [Observation], made of [Registration] (WHOIS/RDAP),
//     [Resolution] (DNS), [HomePage] and [FilingRecord], each with the [Look]
//     that tells when, how and with which [Outcome] it was made;
//   - what it means: [Finding] (one rule, one target, one [Result]), [State]
//     (how sure, over time), [Risk] (what it may cost, by when), all of it in
//     a [Report].
//
// The package imports nothing of ours and performs no I/O. It never reads the
// clock: whoever needs an instant is given one. JSON is the promise made to
// users' scripts: snake_case, instants in RFC 3339 with zone, civil dates as
// YYYY-MM-DD in Beijing days, an absent fact is null and never a zero value,
// a list is never null. [Text], [Instant], [Date] and [List] carry that
// promise, so that no field can forget it.
package domaincheck
