package notify

import (
	"context"
	"time"

	"domaincheck/alert"
)

// Outbox is what a drainer needs of the store. All methods may be called from
// any goroutine. An error means that nothing was done.
type Outbox interface {
	// LeaseChannel makes owner the one drainer of the channel for ttl from now,
	// or prolongs its lease. It is false while somebody else holds one.
	LeaseChannel(ctx context.Context, channel, owner string, ttl time.Duration) (bool, error)

	// DropChannel gives owner's lease back, so that another need not wait for
	// its end.
	DropChannel(ctx context.Context, channel, owner string) error

	// Pending gives the oldest rows of the channel that are neither delivered
	// nor dead, at most limit, in the order of writing: also those whose time
	// (NotBefore, NextTry) has not come, since they decide what may overtake.
	Pending(ctx context.Context, channel string, limit int) ([]alert.Queued, error)

	// Settle records tries and, in the same transaction, adds rows (the
	// fallback's, for a dead letter). A delivered row leaves the outbox, a dead
	// one stays visible as a dead letter, one to retry keeps its place with the
	// new Attempts, FirstTry and NextTry. A row that is already delivered or
	// dead is left as it is.
	Settle(ctx context.Context, tries []alert.Delivery, more []alert.Outgoing) error
}
