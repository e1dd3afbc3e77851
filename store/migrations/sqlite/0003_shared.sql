-- +goose Up
CREATE INDEX site_servers_site ON site_servers (site_id);
-- Subjects and servers by number: their documents are too long for tables
-- without row ids, and their texts are found as those of sites are, by pairs of
-- signs; a word begins with s or v.
CREATE TABLE subjects_new (
  num INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  doc TEXT NOT NULL,
  origin TEXT NOT NULL,
  search TEXT NOT NULL,
  changed_at BIGINT NOT NULL
);
INSERT INTO subjects_new (id, doc, origin, search, changed_at) SELECT id, doc, origin, search, changed_at FROM subjects ORDER BY id;
DROP TABLE subjects;
ALTER TABLE subjects_new RENAME TO subjects;
CREATE UNIQUE INDEX subjects_id ON subjects (id);
CREATE TABLE servers_new (
  num INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  doc TEXT NOT NULL,
  origin TEXT NOT NULL,
  search TEXT NOT NULL,
  changed_at BIGINT NOT NULL
);
INSERT INTO servers_new (id, doc, origin, search, changed_at) SELECT id, doc, origin, search, changed_at FROM servers ORDER BY id;
DROP TABLE servers;
ALTER TABLE servers_new RENAME TO servers;
CREATE UNIQUE INDEX servers_id ON servers (id);
CREATE TABLE shared_pairs (
  word TEXT NOT NULL,
  chunk BIGINT NOT NULL,
  n BIGINT NOT NULL,
  ids BLOB NOT NULL,
  PRIMARY KEY (word, chunk)
) WITHOUT ROWID;
