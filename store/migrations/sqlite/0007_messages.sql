-- +goose Up
-- Which messages wait at a channel, which were given up on there, which bear a
-- tag, and which may tell of several sites: their ids as those of sites are kept,
-- so that counting what a scope sees of them reads a few rows. The ids stand
-- beside the index: who looks for a word reads none of them.
CREATE TABLE message_sets (
  word TEXT NOT NULL,
  chunk BIGINT NOT NULL,
  n BIGINT NOT NULL,
  ids BLOB NOT NULL,
  PRIMARY KEY (word, chunk)
);
