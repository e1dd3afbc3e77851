-- +goose Up
ALTER TABLE sites ADD COLUMN deadline BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN expires BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN ok_registration BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN ok_resolution BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN ok_page BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN known TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN seen TEXT NOT NULL DEFAULT '';
CREATE INDEX sites_deadline ON sites (deadline, site) WHERE deadline <> 0;
CREATE INDEX sites_expires ON sites (expires, site) WHERE expires <> 0;
CREATE INDEX sites_looked ON sites (looked_at, site);
-- What a site can be filtered by, and the pairs of neighbouring signs by which
-- its texts are found: for each word the ids of its sites, 65,536 a chunk, as a
-- sorted list of 16-bit numbers, or from 4,096 on as a map of bits.
CREATE TABLE site_sets (
  word TEXT NOT NULL,
  chunk BIGINT NOT NULL,
  n BIGINT NOT NULL,
  ids BLOB NOT NULL,
  PRIMARY KEY (word, chunk)
) WITHOUT ROWID;
CREATE TABLE site_pairs (
  word TEXT NOT NULL,
  chunk BIGINT NOT NULL,
  n BIGINT NOT NULL,
  ids BLOB NOT NULL,
  PRIMARY KEY (word, chunk)
) WITHOUT ROWID;
CREATE TABLE site_counts (
  word TEXT NOT NULL PRIMARY KEY,
  n BIGINT NOT NULL
) WITHOUT ROWID;
-- The ids of the sites in the order of their domains, in runs; each begins with
-- the first domain at or after its name.
CREATE TABLE site_order (
  first TEXT NOT NULL PRIMARY KEY,
  n BIGINT NOT NULL,
  ids BLOB NOT NULL
) WITHOUT ROWID;
DROP TRIGGER sites_search_insert;
DROP TRIGGER sites_search_update;
DROP TRIGGER sites_search_delete;
DROP TABLE site_search;
-- What alerting remembers as open, listed; the original stands in sites.memory.
CREATE TABLE opens (
  site_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  key TEXT NOT NULL,
  rule TEXT NOT NULL,
  level BIGINT NOT NULL,
  since BIGINT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (site_id, n)
) WITHOUT ROWID;
CREATE INDEX opens_level ON opens (level, since, site_id, n);
CREATE INDEX opens_key ON opens (key);
CREATE INDEX risks_deadline ON risks (deadline, site_id, n) WHERE deadline > 0;
CREATE INDEX outbox_dead ON outbox (channel, id) WHERE state = 'dead';
CREATE TABLE cases (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ref TEXT NOT NULL,
  site TEXT NOT NULL,
  domain TEXT NOT NULL,
  source TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  ended BIGINT NOT NULL,
  owner TEXT NOT NULL,
  customer TEXT NOT NULL,
  due TEXT NOT NULL,
  rev BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  search TEXT NOT NULL,
  doc TEXT NOT NULL
);
CREATE UNIQUE INDEX cases_ref ON cases (ref) WHERE ref <> '';
CREATE INDEX cases_site ON cases (site, id);
CREATE INDEX cases_state ON cases (state, id);
CREATE TABLE case_steps (
  case_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  was TEXT NOT NULL,
  state TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (case_id, n)
) WITHOUT ROWID;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  site TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL
);
CREATE INDEX audit_site ON audit (site, id);
CREATE INDEX audit_who ON audit (who, id);
CREATE TABLE sessions (
  hash TEXT NOT NULL PRIMARY KEY,
  principal TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  doc TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_principal ON sessions (principal);
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE TABLE failures (
  key TEXT NOT NULL PRIMARY KEY,
  n BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL
) WITHOUT ROWID;
-- Rows about sites by the tags of these sites: what a scope sees.
CREATE TABLE row_tags (
  kind TEXT NOT NULL,
  tag TEXT NOT NULL,
  row_id BIGINT NOT NULL,
  PRIMARY KEY (kind, tag, row_id)
) WITHOUT ROWID;
