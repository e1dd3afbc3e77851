// Package risk says what a failure may cost a site, and by when: that its name
// is blocked, its access cancelled (取消接入), its filing left an empty shell
// (空壳), cancelled (注销), its owner fined, or that it cannot be filed now.
//
// # Two tests, one chain
//
// The regulator looks at records: a site without access data is an empty shell,
// and is cancelled in batches. The access provider looks at the web: does the
// name still lead to its mainland node, is the site alive, do domain, subject
// and content agree with the filing. So a web fact leads to a notice, the
// notice to cancelled access, that to an empty shell, that to cancellation. Risks
// name the link that comes next, and the shell behind it where only one
// provider holds access.
//
// # How a level comes about
//
// signals.yaml lists the signals: which finding raises them, what may come of
// them, how bad, within which term, on which basis, and what to do. A finding
// that package watch has not confirmed raises a risk of level info at most,
// with the level it would have in Expected; registry dates, dates of servers
// and declared facts count at once. Unknown findings never raise anything.
//
// # How a deadline comes about
//
// T0 is the first bad look of a failure that is confirmed by now. The term
// counts from its Beijing day, in calendar days or in working days of the State
// Council's holiday calendar ([Calendar]); registry and server dates stand for
// themselves (legal). An open notice's date replaces a typical one, be it
// earlier or later. A typical deadline is experience, not law, and every text
// says so.
//
// [Table.Assess] is pure and safe for concurrent use. It holds no sentences:
// [Table.Explain] gives them at the edge.
package risk
