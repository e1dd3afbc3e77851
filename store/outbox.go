package store

import (
	"context"
	"encoding/json"
	"time"

	"domaincheck"
	"domaincheck/alert"
)

// Enqueue writes rows for the outbox that come with no report: digests, tests,
// what the daemon says of itself. once names the occasion: rows of a channel
// for an occasion that had rows already are not written again, so that a
// digest whose writer died and began anew is sent once. "" writes always.
func (s *Store) Enqueue(ctx context.Context, once string, out []alert.Outgoing) error {
	return s.inTx(ctx, func(t *tx) error {
		if err := s.inOrder(ctx, t); err != nil {
			return err
		}
		had := map[string]bool{}
		for i := range out {
			channel := out[i].Channel
			if _, asked := had[channel]; once != "" && !asked {
				var n int64
				if err := t.row(ctx, `SELECT count(*) FROM outbox WHERE channel = $1 AND once = $2`, []any{channel, once}, &n); err != nil {
					return err
				}
				had[channel] = n > 0
				if n == 0 {
					if err := s.enqueue(ctx, t, once, &out[i]); err != nil {
						return err
					}
					continue
				}
			}
			if !had[channel] {
				if err := s.enqueue(ctx, t, "", &out[i]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *Store) enqueue(ctx context.Context, t *tx, once string, out *alert.Outgoing) error {
	doc, err := json.Marshal(out)
	if err != nil {
		return err
	}
	var id int64
	err = t.row(ctx, `INSERT INTO outbox (channel, once, kind, grp, doc, queued_at, state, attempts, first_try, last_try, next_try, code, message, settled_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'pending', 0, 0, 0, 0, '', '', 0) RETURNING id`,
		[]any{out.Channel, once, string(out.Kind), out.Group, doc, micros(s.Now())}, &id)
	if err != nil {
		return err
	}
	t.remessage(id, "", messageWord("pending", out.Channel))
	first := ""
	for i, key := range out.Keys {
		site := ""
		if i < len(out.Events) {
			site = string(out.Events[i].Domain)
		}
		if i == 0 {
			first = site
		} else if site != first {
			t.remessage(id, "", messageSeveral)
		}
		if _, err := t.exec(ctx, `INSERT INTO outbox_keys (key, outbox_id, site) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, key, id, site); err != nil {
			return err
		}
		if err := tagRow(ctx, t, "o", site, id); err != nil {
			return err
		}
	}
	return nil
}

// Pending gives the oldest rows of a channel that are neither delivered nor
// dead, at most limit, in the order of writing: also those whose time
// (NotBefore, NextTry) has not come, since they decide what may overtake.
func (s *Store) Pending(ctx context.Context, channel string, limit int) ([]alert.Queued, error) {
	var all []alert.Queued
	var id, queued, attempts, first, next int64
	var doc []byte
	err := s.soon(ctx, `SELECT id, doc, queued_at, attempts, first_try, next_try FROM outbox WHERE channel = $1 AND state = 'pending' ORDER BY id LIMIT $2`,
		[]any{channel, max(limit, 1)}, []any{&id, &doc, &queued, &attempts, &first, &next}, func() error {
			q := alert.Queued{ID: id, Attempts: int(attempts)}
			if err := json.Unmarshal(doc, &q.Outgoing); err != nil {
				return err
			}
			q.QueuedAt, q.FirstTry, q.NextTry = beijing(queued), beijing(first), beijing(next)
			all = append(all, q)
			return nil
		})
	return all, err
}

// beijing is an instant as the documents write it.
func beijing(us int64) domaincheck.Instant { return domaincheck.At(instant(us)) }

// Settle records tries to deliver and, in the same transaction, adds rows (the
// fallback's, for a dead letter). A row to retry keeps its place; a delivered
// or dead one leaves the pending ones and stays visible until it is pruned. A
// row that is already delivered or dead is left as it is; rows that are added
// for nothing but such rows are not added again.
func (s *Store) Settle(ctx context.Context, tries []alert.Delivery, more []alert.Outgoing) error {
	return s.inTx(ctx, func(t *tx) error {
		if len(more) > 0 {
			if err := s.inOrder(ctx, t); err != nil {
				return err
			}
		}
		now := micros(s.Now())
		var settled int64
		for _, d := range tries {
			state, at := "pending", int64(0)
			switch d.Outcome {
			case alert.Delivered:
				state, at = "delivered", now
			case alert.Dead:
				state, at = "dead", now
			}
			n, err := t.exec(ctx, `UPDATE outbox SET state = $1, attempts = $2, first_try = $3, last_try = $4, next_try = $5, code = $6, message = $7, settled_at = $8
				WHERE id = $9 AND state = 'pending'`,
				state, d.Attempts, micros(d.FirstTry.Time), micros(d.At.Time), micros(d.NextTry.Time), string(d.Code), string(d.Message), at, d.Row)
			if err != nil {
				return err
			}
			if settled += n; n > 0 && state != "pending" {
				if err := t.restated(ctx, d.Row, "pending", state); err != nil {
					return err
				}
			}
		}
		if len(tries) > 0 && settled == 0 {
			return nil
		}
		for i := range more {
			if err := s.enqueue(ctx, t, "", &more[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Revive makes a dead letter pending again, as if it had never been tried: for
// an operator who mended the channel. CodeNotFound if it is not dead.
func (s *Store) Revive(ctx context.Context, id int64) error {
	return s.inTx(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `UPDATE outbox SET state = 'pending', attempts = 0, first_try = 0, next_try = 0, settled_at = 0 WHERE id = $1 AND state = 'dead'`, id)
		if err == nil && n == 0 {
			return domaincheck.Errorf(CodeNotFound, "", "there is no dead letter %d", id)
		}
		if err == nil {
			err = t.restated(ctx, id, "dead", "pending")
		}
		return err
	})
}

// LeaseChannel makes owner the one drainer of a channel for ttl from now, or
// prolongs its lease. It is false while somebody else holds one.
func (s *Store) LeaseChannel(ctx context.Context, channel, owner string, ttl time.Duration) (bool, error) {
	_, ok, err := s.Acquire(ctx, "drain "+channel, owner, ttl)
	return ok, err
}

// Drainer is the owner of a channel's drainer lease; "" while nobody drains it.
func (s *Store) Drainer(ctx context.Context, channel string) (owner string, err error) {
	var until int64
	err = s.one(ctx, `SELECT owner, until FROM leases WHERE name = $1`, []any{"drain " + channel}, &owner, &until)
	if isNone(err) || err == nil && until <= micros(s.Now()) {
		return "", nil
	}
	return owner, s.explain(err)
}

// Acquire takes a named lease for ttl from now, or prolongs the owner's own.
// ok is false while somebody else holds it. The token grows whenever the lease
// changes hands or had run out.
func (s *Store) Acquire(ctx context.Context, name, owner string, ttl time.Duration) (token int64, ok bool, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		now := s.Now()
		var had string
		var until int64
		token, ok = 0, false
		// The row is there before it is read, so that two first ones meet on it.
		if _, err := t.exec(ctx, `INSERT INTO leases (name, owner, token, until) VALUES ($1, '', 0, 0) ON CONFLICT (name) DO NOTHING`, name); err != nil {
			return err
		}
		if err := t.row(ctx, `SELECT owner, token, until FROM leases WHERE name = $1`+s.d.forUpdate, []any{name}, &had, &token, &until); err != nil {
			return err
		}
		alive := until > micros(now)
		if alive && had != owner {
			return nil
		}
		if !alive {
			token++
		}
		ok = true
		_, err := t.exec(ctx, `UPDATE leases SET owner = $1, token = $2, until = $3 WHERE name = $4`, owner, token, micros(now.Add(ttl)), name)
		return err
	})
	return token, ok, err
}

// Drop gives a named lease back, if the owner has it.
func (s *Store) Drop(ctx context.Context, name, owner string) error {
	return s.inTx(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE leases SET until = 0 WHERE name = $1 AND owner = $2`, name, owner)
		return err
	})
}

// DropChannel gives a drainer's lease back, so that another need not wait.
func (s *Store) DropChannel(ctx context.Context, channel, owner string) error {
	return s.Drop(ctx, "drain "+channel, owner)
}

// Mark keeps a small value by name: when a schedule last fired, what a file
// looked like. It is "" if there is none.
func (s *Store) Mark(ctx context.Context, name string) (string, error) {
	var v string
	err := s.one(ctx, `SELECT value FROM marks WHERE name = $1`, []any{name}, &v)
	if isNone(err) {
		return "", nil
	}
	return v, s.explain(err)
}

// SetMark keeps a value under a name.
func (s *Store) SetMark(ctx context.Context, name, value string) error {
	return s.inTx(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		return err
	})
}
