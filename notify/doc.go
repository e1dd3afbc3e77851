// Package notify drains the outbox to people: DingTalk, Slack, WeCom, Feishu,
// e-mail, webhooks and Alertmanager.
//
// # At least once, in order
//
// One process drains a channel at a time, held together by a lease. It takes
// the oldest rows that are due, those of one kind and group as one message,
// sends them, and records what became of them. What was sent and could not be
// recorded is recorded before anything more goes out; if the process dies in
// between, the message comes again with the same keys. Nobody hears of a
// recovery before the failure ([domaincheck/alert.Batch]).
//
// # When it does not work
//
// Only an answer that says so in the service's own way is a delivery: an error
// code inside a 200, a 200 that cannot be understood, a refusal, a time-out, a
// reset connection are all failures. They are tried again after a second, then
// two, and so on up to a minute, or when the service asks to (Retry-After), for
// more than a day; then the row is a dead letter, kept and visible. Where the
// way is shut (no connection, 5xx, a limit, a wrong signature) the whole
// channel waits; where only a message is refused the others go on. After half
// a minute of failing the fallback channel is told too, once.
//
// # Limits
//
// Calls are paced below each service's documented limit, and messages cut to
// its size, each piece naming every event it tells with its own line and key.
//
// # Secrets
//
// URLs, signing secrets and passwords are in no error, log line, delivery or
// diagnosis, even if the service sends them back. Redirects are not followed.
package notify
