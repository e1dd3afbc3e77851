package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"domaincheck/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(context.Background(), m)) }

func newSQLite(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "store #1 ?%.db")
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, storetest.Env{New: newSQLite})
}

func TestPostgres(t *testing.T) {
	server := storetest.StartPostgres(t)
	storetest.Run(t, storetest.Env{New: server.New})
}
