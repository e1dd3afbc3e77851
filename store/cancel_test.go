package store

import (
	"context"
	"errors"
	"testing"
)

// TestCancelledInside: whoever ends his context in the middle of a transaction
// is told of that end, whatever the driver says of its closed statements.
func TestCancelledInside(t *testing.T) {
	s := openSmall(t, 3)
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.inTx(ctx, func(t *tx) error {
			for n := 0; ; n++ {
				if n == 3 {
					cancel()
				}
				if _, err := t.exec(ctx, `UPDATE moment SET n = n + 1`); err != nil {
					return err
				}
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("%v", err)
		}
	}
}
