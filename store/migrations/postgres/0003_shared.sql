-- +goose Up
CREATE INDEX site_servers_site ON site_servers (site_id);
-- Substrings of subjects and servers, where the extension may be had.
-- +goose StatementBegin
DO $$
BEGIN
  CREATE INDEX subjects_search ON subjects USING gin (search gin_trgm_ops);
  CREATE INDEX servers_search ON servers USING gin (search gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'pg_trgm is not to be had: %', SQLERRM;
END
$$;
-- +goose StatementEnd
