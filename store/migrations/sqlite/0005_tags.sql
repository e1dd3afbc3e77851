-- +goose Up
-- How many sites of each tag have each word that is counted: who sees one tag
-- reads its counts as others read those of all.
CREATE TABLE tag_counts (
  tag TEXT NOT NULL,
  word TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (tag, word)
) WITHOUT ROWID;
-- The same of the hours in which the sites of a tag were last looked at: for
-- registration, resolution and page their number, then hour and count of each,
-- hours as the difference to the one before.
CREATE TABLE tag_looks (
  tag TEXT NOT NULL PRIMARY KEY,
  hours BLOB NOT NULL
) WITHOUT ROWID;
