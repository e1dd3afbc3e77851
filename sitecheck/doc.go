// Package sitecheck takes one guarded look at the home page of a site.
//
// [Observer.Look] does what a visitor's browser does: http://domain/ first,
// then https, then www, following redirects, and stops at the first page that
// is one. It differs from a browser in what it promises:
//
//   - Every host that the site names (redirect, frame, meta refresh, script) is
//     resolved, vetted and dialled by package netguard. A redirect to an
//     address of a private network is refused, not followed.
//   - Everything is bounded: 10 redirects, 4 pages in a row that do nothing but
//     lead on, 64 KiB of header, 2 MiB of page
//     after decompression, and a deadline for each of connection, TLS
//     handshake, header and body. A page that was cut has truncated set, and
//     what is missing from it is unknown.
//   - A bad certificate is a fact, not a failure: the page is read and the
//     certificate is judged apart (expired, wrong_name, self_signed, …).
//
// # What the outcome says
//
//   - ok: an HTTP answer was read, whatever its status. 401, 403 and 404 come
//     from a live server; 5xx is for the rules to judge.
//   - failed: the server, or something before it, refused or cut the
//     connection. The code of the attempt's error is tls_reset where it was cut
//     after the TLS ClientHello and before any byte came back: filters that
//     look for a name do that.
//   - timeout: silence, also where no path or no resolver could be had.
//   - malformed: bytes came that are no page: not HTTP, an endless header, a
//     redirect loop, a page that only reloads itself, an encoding nobody asked
//     for, a picture, bytes that are no text.
//   - refused: a captcha or WAF wall (then status is set and challenge names
//     it), 429, or our own guard (error code forbidden).
//   - absent: the host has no address.
//
// Every request is listed in attempts with URL, address, outcome and status.
//
// # Scripts
//
// A page that is drawn by script is rendered by a headless Chromium where one
// is installed and allowed ([Options].Browser); without it script_shell stays
// true and what the page lacks is unknown. It is scrolled to its end and read
// when it has come to rest, as far as style sheets let it be seen. What leads to
// an error page, or draws no more than a word of waiting, counts as not rendered.
package sitecheck
