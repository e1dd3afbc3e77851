// Package desk compares an access provider's ledger with what is seen: whose
// site is whose. An access provider (接入商) answers for every site that is
// filed as served by it, and for every site that it serves. Three lists follow,
// and one of contradictions:
//
//   - [Elsewhere]: filed here, resolves elsewhere: the access is to be cancelled
//     (取消接入) unless the customer points the site back.
//   - [Unlisted]: resolves here, but the ledger knows no access record for it:
//     an access filing is due, or the service must end.
//   - [Shell]: nothing holds the filing up any more: the server has ended, no
//     host is left, the subject is gone (空壳).
//   - contradictions inside the ledger: one subject number under two names
//     ([NumberShared]), one subject with two numbers ([SubjectNumbers]), a site
//     under a number of another subject ([ForeignNumber]).
//
// What could not be seen makes no candidate: unknown is never a failure. What
// stands behind a CDN or WAF of somebody else is left out too, since the origin
// may well be here.
//
// Everything is pure and safe for concurrent use, but for [Ledger], which
// belongs to one goroutine.
package desk
