-- +goose Up
PRAGMA application_id = 1684891502; -- "dmcn": what refuses another program's database
CREATE TABLE sites (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  site TEXT NOT NULL UNIQUE,
  doc TEXT NOT NULL,
  subject_key TEXT NOT NULL,
  state TEXT NOT NULL,
  customer TEXT NOT NULL,
  origin TEXT NOT NULL,
  search TEXT NOT NULL,
  rev BIGINT NOT NULL,
  added_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  looked_at BIGINT NOT NULL,
  verdict TEXT NOT NULL,
  level BIGINT NOT NULL,
  report_id BIGINT NOT NULL,
  facts TEXT NOT NULL,
  memory BLOB NOT NULL
);
CREATE INDEX sites_subject ON sites (subject_key);
CREATE INDEX sites_level ON sites (level, site);
CREATE TABLE site_domains (
  domain TEXT NOT NULL PRIMARY KEY,
  site_id BIGINT NOT NULL,
  label TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX site_domains_site ON site_domains (site_id);
CREATE TABLE site_tags (
  site_id BIGINT NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (site_id, tag)
) WITHOUT ROWID;
CREATE INDEX site_tags_tag ON site_tags (tag, site_id);
CREATE TABLE subjects (
  id TEXT NOT NULL PRIMARY KEY,
  doc TEXT NOT NULL,
  origin TEXT NOT NULL,
  search TEXT NOT NULL,
  changed_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE servers (
  id TEXT NOT NULL PRIMARY KEY,
  doc TEXT NOT NULL,
  origin TEXT NOT NULL,
  search TEXT NOT NULL,
  changed_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE site_servers (
  server_id TEXT NOT NULL,
  site_id BIGINT NOT NULL,
  PRIMARY KEY (server_id, site_id)
) WITHOUT ROWID;
CREATE TABLE parts (
  site_id BIGINT NOT NULL,
  part TEXT NOT NULL,
  shard BIGINT NOT NULL,
  pace TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  ready_at BIGINT NOT NULL,
  asked BIGINT NOT NULL,
  lease_owner TEXT NOT NULL,
  lease_token BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  PRIMARY KEY (site_id, part)
) WITHOUT ROWID;
CREATE INDEX parts_ready ON parts (part, ready_at, site_id);
CREATE INDEX parts_pace ON parts (part, pace, ready_at, site_id);
CREATE TABLE reports (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  site TEXT NOT NULL,
  first_at BIGINT NOT NULL,
  at BIGINT NOT NULL,
  looks BIGINT NOT NULL,
  hash TEXT NOT NULL,
  verdict TEXT NOT NULL,
  level BIGINT NOT NULL,
  doc BLOB NOT NULL
);
CREATE INDEX reports_site ON reports (site, id);
CREATE INDEX reports_at ON reports (at);
CREATE TABLE raws (
  hash TEXT NOT NULL PRIMARY KEY,
  size BIGINT NOT NULL,
  bytes BLOB NOT NULL
);
CREATE TABLE raw_refs (
  report_id BIGINT NOT NULL,
  domain TEXT NOT NULL,
  part TEXT NOT NULL,
  n BIGINT NOT NULL,
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  at BIGINT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (report_id, domain, part, n)
) WITHOUT ROWID;
CREATE INDEX raw_refs_hash ON raw_refs (hash);
CREATE INDEX raw_refs_at ON raw_refs (at);
CREATE TABLE findings (
  site_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  rule TEXT NOT NULL,
  target TEXT NOT NULL,
  result TEXT NOT NULL,
  severity BIGINT NOT NULL,
  certainty TEXT NOT NULL,
  since BIGINT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (site_id, n)
) WITHOUT ROWID;
CREATE INDEX findings_rule ON findings (rule, severity);
CREATE TABLE risks (
  site_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  level BIGINT NOT NULL,
  deadline BIGINT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (site_id, n)
) WITHOUT ROWID;
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  site TEXT NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  rule TEXT NOT NULL,
  level BIGINT NOT NULL,
  at BIGINT NOT NULL,
  doc BLOB NOT NULL
);
CREATE INDEX events_site ON events (site, id);
CREATE INDEX events_key ON events (key, id);
CREATE INDEX events_at ON events (at);
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL,
  once TEXT NOT NULL,
  kind TEXT NOT NULL,
  grp TEXT NOT NULL,
  doc BLOB NOT NULL,
  queued_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  first_try BIGINT NOT NULL,
  last_try BIGINT NOT NULL,
  next_try BIGINT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  settled_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX outbox_once ON outbox (channel, once) WHERE once <> '';
CREATE INDEX outbox_pending ON outbox (channel, id) WHERE state = 'pending';
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE state <> 'pending';
CREATE TABLE outbox_keys (
  key TEXT NOT NULL,
  outbox_id BIGINT NOT NULL,
  site TEXT NOT NULL,
  PRIMARY KEY (key, outbox_id)
) WITHOUT ROWID;
CREATE INDEX outbox_keys_row ON outbox_keys (outbox_id);
CREATE INDEX outbox_keys_site ON outbox_keys (site, outbox_id);
CREATE TABLE leases (
  name TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  token BIGINT NOT NULL,
  until BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE budgets (
  key TEXT NOT NULL PRIMARY KEY,
  tokens DOUBLE PRECISION NOT NULL,
  per_second DOUBLE PRECISION NOT NULL,
  burst DOUBLE PRECISION NOT NULL,
  at BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL,
  refusals BIGINT NOT NULL,
  note TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE holds (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  owner TEXT NOT NULL,
  reason TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  ended_by TEXT NOT NULL,
  doc BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE marks (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
CREATE VIRTUAL TABLE site_search USING fts5(search, tokenize = 'trigram case_sensitive 1', detail = 'full');
-- +goose StatementBegin
CREATE TRIGGER sites_search_insert AFTER INSERT ON sites BEGIN
  INSERT INTO site_search (rowid, search) VALUES (new.id, new.search);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sites_search_update AFTER UPDATE OF search ON sites WHEN old.search <> new.search BEGIN
  UPDATE site_search SET search = new.search WHERE rowid = new.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sites_search_delete AFTER DELETE ON sites BEGIN
  DELETE FROM site_search WHERE rowid = old.id;
END;
-- +goose StatementEnd
