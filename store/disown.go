package store

import "context"

// Disown ends all leases of parts that an owner holds: for a process that starts
// and knows that whoever bore its name before is dead. Its sites are due again
// as before.
func (s *Store) Disown(ctx context.Context, owner string) (n int64, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		var err error
		n, err = t.exec(ctx, `UPDATE parts SET lease_until = 0, lease_owner = '', lease_token = lease_token + 1, ready_at = due_at WHERE lease_owner = $1`, owner)
		return err
	})
	return n, err
}
