-- +goose Up
-- Subjects and servers by number, so that their texts are found as those of
-- sites are; a word begins with s or v.
ALTER TABLE subjects ADD COLUMN num BIGINT NOT NULL DEFAULT 0;
ALTER TABLE servers ADD COLUMN num BIGINT NOT NULL DEFAULT 0;
CREATE INDEX subjects_num ON subjects (num);
CREATE INDEX servers_num ON servers (num);
CREATE INDEX subjects_order ON subjects (id, num);
CREATE INDEX servers_order ON servers (id, num);
CREATE TABLE shared_pairs (
  word TEXT NOT NULL,
  chunk BIGINT NOT NULL,
  n BIGINT NOT NULL,
  ids BLOB NOT NULL,
  PRIMARY KEY (word, chunk)
) WITHOUT ROWID;
