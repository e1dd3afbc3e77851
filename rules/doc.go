// Package rules is the rule book and the engine that judges by it.
//
// Facts go in as a [domaincheck.Case]: what the owner declares, what was seen,
// as of one moment. Findings come out: one for every rule of the book and every
// target, in the book's order, also those that do not apply. Judging performs
// no I/O, reads no clock and changes nothing; equal cases give equal findings.
//
// # Four results
//
// A rule passes, fails, does not apply, or its result is unknown: because the
// thing could be seen but was not (unobserved), because a fact of the ledger is
// missing (undeclared), or because it cannot be seen from outside (unknowable).
// A time-out, a refusal, a captcha wall, a page that was cut off are unknown,
// never a pass and never a failure.
//
// # The book
//
// book/*.yaml hold the rules that hold everywhere: what passes, how severe a
// failure is, in which states of a filing the rule applies, what may come of a
// failure, what to do, on which text it rests, and the words of each code.
// provinces/*.yaml hold what each provincial administration demands of units
// and of individuals, line by line with its citation; provinces/README.md tells
// how to write one. Both are embedded, strict, and replaceable: [Load] reads
// them from any fs.FS. [Book.Evaluate] reads parameters from there, so a
// province's number is never in the code.
//
// Findings hold no sentences. [Book.Explain] renders one at the edge, in
// Chinese or English, with its citations.
//
// # Days
//
// Days are those of Beijing (UTC+8). An instant in the past is over even on the
// same day; a declared day lasts until its end. Months are counted by the
// calendar and cut to the month's last day; >= and > are as printed.
package rules
