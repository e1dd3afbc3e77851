// Package present writes reports for people and programs: text for a terminal,
// JSON, JSON lines, csv and Markdown, in Chinese and English; and reads reports
// back for judging them again.
//
// Findings hold no sentences. They are rendered here, at the edge, by an
// [Explainer], which the rule book is; nothing rendered is ever stored, and
// [ReadReports] passes over what was rendered before.
//
// Text begins with the verdict, because that is what a person looks for: one
// line a site, then risks, then what failed with its evidence, the steps to
// mend it and its basis, then what could not be told. Facts that the ledger
// does not declare end in one closing line, not in twenty unknown rows.
//
// Everything that came from outside (titles, names, error texts) may be
// hostile: control and bidirectional characters are taken out before they
// reach a terminal, Markdown is escaped, a csv cell cannot become a formula.
package present
