package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"domaincheck"
)

// Schema tells how the schema of a store stands.
type Schema struct {
	Place   string // names the store, without secrets
	Dialect string // sqlite, postgres
	Exists  bool   // false: Open would make it
	Have    int64  // version in the store; 0 if it does not exist
	Know    int64  // version of this program
}

// Inspect looks at a store without writing to it or making one: what Open would
// have to migrate. It refuses what Open refuses, but for rights to write.
func Inspect(ctx context.Context, o Options) (Schema, error) {
	scheme, rest, ok := strings.Cut(o.URL, ":")
	switch {
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return inspectPostgres(ctx, o)
	case ok && scheme == "sqlite":
		return inspectFile(ctx, strings.TrimPrefix(rest, "//"))
	}
	return Schema{}, domaincheck.Errorf(domaincheck.CodeBadSettings, "store", "%q names no store", scheme).
		WithHint("write sqlite:PATH or postgres://user@host/database")
}

func inspectFile(ctx context.Context, path string) (Schema, error) {
	out := Schema{Place: path, Dialect: "sqlite"}
	var err error
	if out.Know, err = knownVersion(out.Dialect); err != nil {
		return out, err
	}
	if err := inspectSQLite(ctx, path); err != nil {
		return out, err
	}
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return out, nil
	}
	c, err := sqlite.NewConnector(sqliteDSN(path, "mode=ro", "_pragma=busy_timeout(10000)"))
	if err != nil {
		return out, explained(sqliteCode(err), path, err)
	}
	db := sql.OpenDB(c)
	defer db.Close()
	if out.Have, err = readVersion(ctx, db); err != nil {
		return out, explained(sqliteCode(err), path, err)
	}
	out.Exists = true
	return out, nil
}

func inspectPostgres(ctx context.Context, o Options) (Schema, error) {
	out := Schema{Dialect: "postgres"}
	conf, err := pgx.ParseConfig(o.URL)
	if err != nil { // the error would show the URL
		return out, domaincheck.Errorf(domaincheck.CodeBadSettings, "store", "the PostgreSQL URL cannot be read").
			WithHint("write postgres://user:password@host:5432/database")
	}
	out.Place = "postgres " + conf.Host + "/" + conf.Database
	if out.Know, err = knownVersion(out.Dialect); err != nil {
		return out, err
	}
	db := stdlib.OpenDB(*conf)
	defer db.Close()
	var versions sql.NullString
	if err := db.QueryRowContext(ctx, `SELECT to_regclass('goose_db_version')::text`).Scan(&versions); err != nil {
		return out, explained(postgresCode(err), out.Place, err)
	}
	if !versions.Valid {
		return out, nil
	}
	if out.Have, err = readVersion(ctx, db); err != nil {
		return out, explained(postgresCode(err), out.Place, err)
	}
	out.Exists = out.Have > 0
	err = admit(ctx, db, out.Place, out.Have, out.Know)
	var coded *domaincheck.Error
	if err != nil && !errors.As(err, &coded) {
		err = explained(postgresCode(err), out.Place, err)
	}
	return out, err
}
