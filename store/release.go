package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"domaincheck"
)

// Machines that share a store are upgraded one after another, so for a while two
// releases write the same tables. What holds them together: the migrations of a
// release only add what the release before neither reads nor needs to write
// (tables, columns with a default, indexes), so that that one goes on; whatever
// is older is refused. The store itself says which schema is the oldest that may
// still write, since an older program cannot know it.

// schemaBefore is the PostgreSQL schema of the release before this one. Whoever
// adds a migration for a new release sets it to the newest one of the release
// that is out. 0: nothing is out yet, and only this very schema may write.
const schemaBefore = 0

// writersMark keeps, as JSON, which schemas may write the store.
const writersMark = "schema.writers"

// writers says of one schema which is the oldest that may still write.
type writers struct {
	Schema int64 `json:"schema"`
	Oldest int64 `json:"oldest"`
}

func writersOf(know, before int64) writers {
	if before == 0 {
		before = know
	}
	return writers{Schema: know, Oldest: before}
}

// admit is nil if a program that knows a schema may write a store of another:
// an older one, which it will migrate, or a newer one that allows it.
func admit(ctx context.Context, db *sql.DB, place string, have, know int64) error {
	if have <= know {
		return nil
	}
	var text string
	w := writers{}
	err := db.QueryRowContext(ctx, `SELECT value FROM marks WHERE name = $1`, writersMark).Scan(&text)
	if err != nil && !isNone(err) {
		return err
	}
	// A mark that was not written for this very schema says nothing of it.
	if err == nil && json.Unmarshal([]byte(text), &w) == nil && w.Schema == have && know >= w.Oldest {
		return nil
	}
	return refuseNewer(place, have, know)
}

// allow says who may write the schema that this program is about to make.
func allow(ctx context.Context, db *sql.DB, know int64) error {
	text, err := json.Marshal(writersOf(know, schemaBefore))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE marks.value <> excluded.value`, writersMark, string(text))
	return err
}

// Admitted tells whether this program may still write the store: another
// machine may have brought it to a schema that ends its time, which has code
// store_newer.
func (s *Store) Admitted(ctx context.Context) error {
	if s.d.name != "postgres" {
		return nil
	}
	ctx, done := s.timely(ctx)
	defer done()
	have, know, err := s.SchemaVersion(ctx)
	if err == nil {
		err = admit(ctx, s.read, s.place, have, know)
	}
	return s.explain(s.silent(ctx, err))
}

// refuseNewer is the error for a schema that this program may not write.
func refuseNewer(place string, have, know int64) error {
	if have <= know {
		return nil
	}
	return domaincheck.Errorf(CodeNewer, place, "the store was written by a newer version (its schema is %d, this program knows %d)", have, know).
		WithHint("use the newer program, or a backup made before the upgrade; the store was left as it is")
}
