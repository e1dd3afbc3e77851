// Package recordcheck asks a licensed record API for the filed record of a
// domain. The ministry's own query page is behind a captcha and is never asked;
// several companies are licensed to resell the data, each with an API of its
// own, so what stands where in an answer is said by a [Map].
//
// An answer tells one of three things, and nothing else counts:
//
//   - a record: the number is there and can be read;
//   - no record: the API says so in the way that the map names (a status, an
//     empty record). A site without a record is in danger, so silence, an empty
//     answer or an error never mean that;
//   - it could not be seen: refused, time-out, malformed, failed.
//
// Answers are kept in memory for a day, since the registers change once a day at
// most and each question costs money. The API is named by the user: its address
// is not vetted, its redirects are not followed, and neither its URL nor its
// headers stand in any error.
package recordcheck
