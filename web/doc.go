// Package web is the face towards machines and browsers: the HTTP API under
// /api/v1 with its OpenAPI 3.1 document, server-sent events, the dashboard, and
// /metrics, /healthz and /readyz.
//
// # Who may
//
// A request comes from a [Principal]: a token shown as "Authorization: Bearer",
// a session that a browser began by showing a token once (POST /login), or, where
// no tokens are set and the server listens on loopback only, anybody on this
// machine. A principal has a [Role] (read < operate < admin) and may be narrowed
// to sites with certain tags; then it never sees another site, nor a number in
// which another site is counted.
//
// # What is refused before anything else
//
//   - a Host that is not one of ours: a name of a stranger that resolves to this
//     machine (DNS rebinding) is refused even on loopback;
//   - a request that changes something and comes from another origin (Origin,
//     Sec-Fetch-Site); programs that send neither are let in;
//   - a change by a session without its CSRF token;
//   - headers over 32 KiB, bodies over the operation's bound, bodies that come
//     too slowly, more connections than are served at once.
//
// # Where things stand
//
// Everything is read from and written to the store; a check is asked for through
// it ([store.Store.Request]), and what the daemon says of itself comes by the
// small functions of [Options]. No page and no answer contacts another host.
// Every change is written to the audit log.
//
// Errors are problem documents (RFC 9457, application/problem+json) with a stable
// "code" beside the sentence. Lists are {"items": [...], "next": cursor or null};
// the cursor is opaque.
package web
