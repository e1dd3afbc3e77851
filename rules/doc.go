// Package rules is the rule book and the engine that judges by it.
//
// Facts go in as a [domaincheck.Case] (what the owner declares and what was
// seen, as of one moment); findings come out, one for every rule of the book
// and every target, in the book's order, also those that do not apply. The
// package performs no I/O while judging, reads no clock and holds no state.
package rules
