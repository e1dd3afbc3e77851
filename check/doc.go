// Package check performs one check of one site, from looking to report.
//
// A check is data flowing one way: a [Job] names the site and what the owner
// declares; the observers look, all parts or only those asked for, at once and
// each under its own deadline; the new parts are laid over what was known
// before, so that a failed look never overwrites a good one; facts that nobody
// declared are inferred from what was seen; the rule book judges the resulting
// case; and all of it, with the versions of the tables in force, is the
// [domaincheck.Report].
//
// One observer's failure never hides the others, and never becomes a verdict:
// it is an outcome inside its part, which the rules read as "unknown".
package check
