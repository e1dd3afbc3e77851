// Package inventory reads and writes the ledger (台账) of sites, their filing
// subjects and their servers, in the formats people keep it: yaml, text with
// one name a line, csv and xlsx.
//
// [Read] never gives up at a bad row. It returns a [Document] whose Rows match
// the rows of the input one by one, in order; a bad one carries an error that
// names the file, the line and column or the sheet and cell, and the cause.
// What is a row: an entry of sites, subjects or servers in yaml; a line that is
// neither blank nor a comment in text; a row below the headings in a table.
// Read itself fails only when there is nothing to go by: an empty or binary
// file, one too large, a table without a column of domains.
//
// Yaml is strict: an unknown key, a wrong type or a reference to a subject that
// is not there is an error with its place. Tables are lenient, because people
// write them: headings in Chinese or the field names of yaml, title rows above
// the headings, merged cells, several domains in a cell, dates in many forms,
// 是/否, 已备案/备案中, 包年包月/按量 and the like. A cell that cannot be
// understood is still an error, never a guess.
//
// Full identity numbers and the mobile numbers of responsible persons are
// refused, not stored; only Contact.Mobile, which exists so that somebody can
// be reached, holds a number. Formulas are never evaluated: the value that the
// spreadsheet program cached beside them is read as text.
//
// [WriteYAML], [WriteXLSX] and [WriteCSV] write what Read reads back; yaml and
// xlsx are lossless. Cells that a spreadsheet program would take for a formula
// get an apostrophe in front, which reading takes off again.
//
// Nothing here opens files, looks at the clock or keeps state: all functions
// may be called from several goroutines.
package inventory
