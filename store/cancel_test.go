package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"testing"
)

// TestCancelledInside: whoever ends his context in the middle of a transaction
// is told of that end, whatever the driver says of its closed statements.
func TestCancelledInside(t *testing.T) {
	s := openSmall(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var said error
	err := s.inTx(ctx, func(t *tx) error {
		for {
			_, said = t.exec(ctx, `UPDATE moment SET n = n + 1`)
			if said != nil && !errors.Is(said, context.Canceled) && !errors.Is(said, sql.ErrTxDone) {
				return said
			}
			cancel()
			runtime.Gosched() // the transaction is rolled back beside us
		}
	})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, said) {
		t.Fatalf("%v, of %v", err, said)
	}
}
