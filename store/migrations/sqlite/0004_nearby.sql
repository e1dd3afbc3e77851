-- +goose Up
-- What a line of the list of sites shows stands in its row, and what is counted
-- or sorted by stands in the index: a page reads few places of the disk.
ALTER TABLE sites ADD COLUMN holder TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN worst TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN failing BIGINT NOT NULL DEFAULT 0;
DROP INDEX sites_subject;
CREATE INDEX sites_subject ON sites (subject_key, verdict, level);
DROP INDEX risks_deadline;
CREATE INDEX risks_deadline ON risks (deadline, site_id, n, level) WHERE deadline > 0;
DROP INDEX outbox_keys_row;
CREATE INDEX outbox_keys_row ON outbox_keys (outbox_id, site);
-- How many transactions were written: connections that read the same number see
-- the same moment.
CREATE TABLE moment (n BIGINT NOT NULL);
INSERT INTO moment (n) VALUES (0);
-- With all that is asked of them: SQLite counts by these alone.
DROP INDEX outbox_pending;
CREATE INDEX outbox_pending ON outbox (channel, id, state) WHERE state = 'pending';
DROP INDEX outbox_dead;
CREATE INDEX outbox_dead ON outbox (id, channel, state) WHERE state = 'dead';
