-- +goose Up
-- Files between their preview and its confirmation.
CREATE TABLE uploads (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  doc TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  size BIGINT NOT NULL,
  bytes BLOB NOT NULL
);
