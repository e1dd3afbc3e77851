package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"domaincheck/watch"
)

// This file holds what the scheduler asks beside Claim and Commit.

// ClaimAsked lends, to the owner of a lease and for d from now, the other parts
// of the lease's site that somebody asked for and nobody looks at: a site that
// is asked for is looked at as a whole, and has one report.
func (s *Store) ClaimAsked(ctx context.Context, of Lease, d time.Duration) ([]Lease, error) {
	var more []Lease
	err := s.inTx(ctx, func(t *tx) error {
		more = nil
		now := s.Now()
		var part string
		l := Lease{Site: of.Site, Owner: of.Owner, Until: now.Add(d), siteID: of.siteID}
		if err := t.each(ctx, `SELECT part, asked, lease_token FROM parts WHERE site_id = $1 AND part <> $2 AND ready_at <= $3 AND due_at < $4 ORDER BY part`+s.d.skip,
			[]any{of.siteID, string(of.Part), micros(now), micros(now.Add(-century / 2))}, []any{&part, &l.asked, &l.Token}, func() error {
				l.Part = watch.Part(part)
				more = append(more, l)
				return nil
			}); err != nil {
			return err
		}
		for i := range more {
			more[i].Token++
			if _, err := t.exec(ctx, `UPDATE parts SET lease_owner = $1, lease_token = $2, lease_until = $3, ready_at = $3 WHERE site_id = $4 AND part = $5`,
				of.Owner, more[i].Token, micros(more[i].Until), of.siteID, string(more[i].Part)); err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}

// Borrow lends parts of a site to an owner for d although they are not due: for
// a look beside the schedule. ok is false if anybody looks at one of them now;
// then none is lent. Release gives them back, due as before.
func (s *Store) Borrow(ctx context.Context, site string, parts []watch.Part, owner string, d time.Duration) (leases []Lease, ok bool, err error) {
	busy := errors.New("somebody looks at it")
	err = s.inTx(ctx, func(t *tx) error {
		leases = nil
		now := s.Now()
		for _, part := range slices.Sorted(slices.Values(parts)) {
			l := Lease{Site: site, Part: part, Owner: owner, Until: now.Add(d)}
			err := t.row(ctx, `UPDATE parts SET lease_owner = $1, lease_token = lease_token + 1, lease_until = $2, ready_at = $2
				WHERE site_id = (SELECT id FROM sites WHERE site = $3) AND part = $4 AND lease_until <= $5 RETURNING site_id, lease_token, asked`,
				[]any{owner, micros(l.Until), site, string(part), micros(now)}, &l.siteID, &l.Token, &l.asked)
			if isNone(err) {
				return busy
			}
			if err != nil {
				return err
			}
			leases = append(leases, l)
		}
		return nil
	})
	if errors.Is(err, busy) {
		return nil, false, nil
	}
	return leases, err == nil, err
}

// ReadyPaces counts, by pace key, the parts that may be claimed now; keys
// without any are left out.
func (s *Store) ReadyPaces(ctx context.Context, part watch.Part, p Partition) (map[string]int, error) {
	if p.To <= 0 {
		p.To = Shards
	}
	counts := map[string]int{}
	var key string
	var n int
	err := s.soon(ctx, `SELECT pace, count(*) FROM parts WHERE part = $1 AND ready_at <= $2 AND shard >= $3 AND shard < $4 GROUP BY pace`,
		[]any{string(part), micros(s.Now()), p.From, p.To}, []any{&key, &n}, func() error {
			counts[key] = n
			return nil
		})
	return counts, err
}

// AssignPaces names the pace key of every site's part that has none yet (new
// sites have none), by its main domain, and gives their number. name must not
// give "".
func (s *Store) AssignPaces(ctx context.Context, part watch.Part, name func(domain string) string) (int, error) {
	const most = 1000
	total := 0
	for {
		type row struct {
			id   int64
			site string
		}
		var rows []row
		err := s.inTx(ctx, func(t *tx) error {
			rows = rows[:0]
			var r row
			if err := t.each(ctx, `SELECT p.site_id, s.site FROM parts p JOIN sites s ON s.id = p.site_id WHERE p.part = $1 AND p.pace = '' LIMIT $2`,
				[]any{string(part), most}, []any{&r.id, &r.site}, func() error {
					rows = append(rows, r)
					return nil
				}); err != nil {
				return err
			}
			for _, r := range rows {
				if _, err := t.exec(ctx, `UPDATE parts SET pace = $1 WHERE site_id = $2 AND part = $3`, name(r.site), r.id, string(part)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return total, err
		}
		total += len(rows)
		if len(rows) < most {
			return total, nil
		}
	}
}

// BoundDue brings forward what lies too far ahead: due times later than
// latestDue, and leases that run beyond latestLease, as a clock that was wrong
// or a schedule that was slower has left them. It gives the number of parts it
// changed. A zero instant bounds nothing.
func (s *Store) BoundDue(ctx context.Context, part watch.Part, latestDue, latestLease time.Time) (int64, error) {
	var total int64
	ctx = patient(ctx)
	err := s.inTx(ctx, func(t *tx) error {
		total = 0
		if !latestLease.IsZero() {
			n, err := t.exec(ctx, `UPDATE parts SET lease_until = $1, ready_at = $1 WHERE part = $2 AND ready_at > $1 AND lease_until > $1`, micros(latestLease), string(part))
			if err != nil {
				return err
			}
			total += n
		}
		if latestDue.IsZero() {
			return nil
		}
		n, err := t.exec(ctx, `UPDATE parts SET due_at = $1, ready_at = CASE WHEN lease_until > $2 THEN ready_at ELSE $1 END WHERE part = $3 AND due_at > $1`,
			micros(latestDue), micros(s.Now()), string(part))
		total += n
		return err
	})
	return total, err
}

// Sample names some sites that have a report, the newest ones first.
func (s *Store) Sample(ctx context.Context, n int) ([]string, error) {
	var all []string
	var site string
	err := s.soon(ctx, `SELECT site FROM sites WHERE report_id > 0 ORDER BY id DESC LIMIT $1`, []any{n}, []any{&site}, func() error {
		all = append(all, site)
		return nil
	})
	return all, err
}
