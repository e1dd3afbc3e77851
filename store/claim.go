package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/watch"
)

// Shards is the number of shards of sites: a partition is a range of them.
const Shards = 256

// century is how long before now a part is due that somebody asked for: before
// all others, and among them first come, first served.
const century = 100 * 365 * 24 * time.Hour

// Partition is the share of the sites that a claim is for. The zero value is
// all of them.
type Partition struct {
	Pace *string // only parts with this pace key
	// Shards From up to, not including, To; To 0 means all.
	From, To int
}

// Lease is a part of a site lent to one owner until a moment. Its token grows
// with every claim, so that an owner that slept cannot mistake another's lease
// for its own.
type Lease struct {
	Site  string // main domain, as it was when claimed
	Part  watch.Part
	Owner string
	Token int64
	Until time.Time

	siteID, asked int64
}

// ClaimOptions of Claim.
type ClaimOptions struct {
	Part      watch.Part
	Along     []watch.Part // lent with it where they are due too, and nobody asked for them
	Partition Partition
	N         int           // at most so many; 0 is 1
	Owner     string        // names the process, for people
	Lease     time.Duration // 0 is 30 s
	By        time.Time     // only what was due by then; zero is now
}

// Memory is what the store knows of a site.
type Memory struct {
	Site     domaincheck.Site
	Siblings *domaincheck.Siblings // counted over the inventory, this site included; nil without a subject
	Rev      int64                 // to be handed to Commit
	// Report is the newest; nil before the first. A claim gives what the next
	// look goes on from: the observation, the states, what registration data
	// are compared with; not the site, findings and risks, which it makes anew.
	Report   *domaincheck.Report
	ReportID int64
	Open     []alert.Open // what alerting remembers of the site
	Origin   string       // "" or FromFile
	ChangedAt,
	LookedAt time.Time
}

// Claimed is a part of a site that is to be looked at now.
type Claimed struct {
	Memory
	Lease Lease
	Along []Lease   // of the same site, in the order of ClaimOptions.Along
	Due   time.Time // when it became due; for one asked for, when it was asked for
	Asked bool      // somebody asked for it
	Pace  string
}

// Claim lends parts that are due, those asked for first, then the longest due.
// A part is lent to one owner at a time. Fewer than N, or none, is no error.
func (s *Store) Claim(ctx context.Context, o ClaimOptions) ([]Claimed, error) {
	if o.N <= 0 {
		o.N = 1
	}
	if o.Lease <= 0 {
		o.Lease = 30 * time.Second
	}
	if o.Partition.To <= 0 {
		o.Partition.To = Shards
	}
	var all []Claimed
	err := s.inTx(ctx, func(t *tx) error {
		all = nil
		now := s.Now()
		until := now.Add(o.Lease)
		query := `SELECT p.site_id, p.due_at, p.asked, p.lease_token, p.pace FROM parts p
			WHERE p.part = $1 AND p.ready_at <= $2 AND p.shard >= $3 AND p.shard < $4`
		by := now
		if !o.By.IsZero() && o.By.Before(now) {
			by = o.By
		}
		args := []any{string(o.Part), micros(by), o.Partition.From, o.Partition.To, o.N}
		if o.Partition.Pace != nil {
			query += ` AND p.pace = $6`
			args = append(args, *o.Partition.Pace)
		}
		query += ` ORDER BY p.ready_at, p.site_id LIMIT $5` + s.d.skip
		var c Claimed
		var due int64
		if err := t.each(ctx, query, args, []any{&c.Lease.siteID, &due, &c.Lease.asked, &c.Lease.Token, &c.Pace}, func() error {
			c.Due, c.Asked = instant(due), false
			if c.Due.Before(now.Add(-century / 2)) {
				c.Due, c.Asked = c.Due.Add(century), true
			}
			all = append(all, c)
			return nil
		}); err != nil {
			return err
		}
		if len(all) == 0 {
			return errNothing
		}
		return s.lend(ctx, t, all, o, until)
	})
	if err != nil {
		return nil, err
	}
	for i := range all {
		name := all[i].Site.MainDomain()
		all[i].Lease.Site = name
		for j := range all[i].Along {
			all[i].Along[j].Site = name
		}
	}
	return all, nil
}

// Load gives what is known of the site that has a domain: its main one or any
// other. CodeNotFound if there is none.
func (s *Store) Load(ctx context.Context, domain string) (*Memory, error) {
	ctx, done := s.timely(ctx)
	defer done()
	m, err := recall(ctx, newShared(s.read), `s.id = (SELECT site_id FROM site_domains WHERE domain = $1)`, domain)
	if isNone(err) {
		return nil, domaincheck.Errorf(CodeNotFound, domain, "is not in the inventory")
	}
	return m, s.explain(s.silent(ctx, err))
}

// recall reads one site with its newest report.
func recall(ctx context.Context, h *shared, where string, arg any) (*Memory, error) {
	rows, err := h.q.QueryContext(ctx, `SELECT s.doc, s.subject_key, s.rev, s.report_id, s.memory, s.origin, s.changed_at, s.looked_at, r.doc
		FROM sites s LEFT JOIN reports r ON r.id = s.report_id WHERE `+where, arg)
	if err != nil {
		return nil, err
	}
	var m *Memory
	var doc, key string
	var report, open []byte
	var changed, looked int64
	got := Memory{}
	if err := eachRow(rows, []any{&doc, &key, &got.Rev, &got.ReportID, &open, &got.Origin, &changed, &looked, &report}, func() error {
		m = &got
		return nil
	}); err != nil {
		return nil, err
	}
	if m == nil {
		return nil, sql.ErrNoRows
	}
	m.ChangedAt, m.LookedAt = instant(changed), instant(looked)
	if m.Site, err = h.inline(ctx, doc); err != nil {
		return nil, err
	}
	if report != nil {
		if m.Report, err = unpackReport(report); err != nil {
			return nil, err
		}
	}
	if m.Open, err = openOf(open); err != nil {
		return nil, err
	}
	m.Siblings, err = h.siblings(ctx, key)
	return m, err
}

// Extend is the heartbeat: it prolongs leases by d from now and returns those
// that were lost, because they ran out and another owner has the part, or
// because the site is gone. A lease that ran out unnoticed is prolonged.
func (s *Store) Extend(ctx context.Context, leases []Lease, d time.Duration) (lost []Lease, err error) {
	// In the order of Commit, so that the two cannot wait for each other.
	leases = slices.SortedFunc(slices.Values(leases), func(a, b Lease) int {
		return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Part, b.Part))
	})
	err = s.inTx(ctx, func(t *tx) error {
		lost = nil
		until := micros(s.Now().Add(d))
		for _, l := range leases {
			n, err := t.exec(ctx, `UPDATE parts SET lease_until = $1, ready_at = $1 WHERE site_id = $2 AND part = $3 AND lease_token = $4 AND lease_until > 0`,
				until, l.siteID, string(l.Part), l.Token)
			if err != nil {
				return err
			}
			if n == 0 {
				lost = append(lost, l)
			}
		}
		return nil
	})
	return lost, err
}

// Release gives parts back without a report: they are due again as before, or
// at the instant given. Leases that were lost are passed over.
func (s *Store) Release(ctx context.Context, leases []Lease, again time.Time) error {
	return s.inTx(ctx, func(t *tx) error {
		for _, l := range leases {
			if _, err := t.exec(ctx, `UPDATE parts SET lease_until = 0, lease_owner = '', ready_at = CASE WHEN CAST($1 AS BIGINT) > 0 AND asked = $2 THEN $1 ELSE due_at END
				WHERE site_id = $3 AND part = $4 AND lease_token = $5`, micros(again), l.asked, l.siteID, string(l.Part), l.Token); err != nil {
				return err
			}
		}
		return nil
	})
}

// Request puts a site first: its parts (none given: all) are due before all
// that nobody asked for. A part that is being looked at is looked at once more
// afterwards. domain is any domain of the site; the main one is returned.
func (s *Store) Request(ctx context.Context, domain string, parts ...watch.Part) (site string, err error) {
	if len(parts) == 0 {
		parts = allParts()
	}
	err = s.inTx(ctx, func(t *tx) error {
		var id int64
		err := t.row(ctx, `SELECT s.id, s.site FROM site_domains d JOIN sites s ON s.id = d.site_id WHERE d.domain = $1`, []any{domain}, &id, &site)
		if isNone(err) {
			return domaincheck.Errorf(CodeNotFound, domain, "is not in the inventory")
		}
		if err != nil {
			return err
		}
		for _, part := range parts {
			if err := ask(ctx, t, id, part, micros(s.Now())); err != nil {
				return err
			}
		}
		return nil
	})
	return site, err
}

func ask(ctx context.Context, t *tx, id int64, part watch.Part, now int64) error {
	_, err := t.exec(ctx, `UPDATE parts SET asked = asked + 1, due_at = $1, ready_at = CASE WHEN lease_until > $2 THEN ready_at ELSE $1 END WHERE site_id = $3 AND part = $4`,
		now-century.Microseconds(), now, id, string(part))
	return err
}

// Due is when a part of a site is due next.
type Due struct {
	Site string
	Part watch.Part
	At   time.Time
	Pace *string // the pace key from now on; nil leaves it
}

// SetDue changes due times; parts that were asked for stay first, and those
// being looked at keep the time that their commit gives them. Sites that are
// gone are passed over.
func (s *Store) SetDue(ctx context.Context, dues []Due) error {
	return s.inTx(ctx, func(t *tx) error {
		now := s.Now()
		for _, d := range dues {
			if d.Pace != nil {
				if _, err := t.exec(ctx, `UPDATE parts SET pace = $1 WHERE part = $2 AND site_id = (SELECT id FROM sites WHERE site = $3)`, *d.Pace, string(d.Part), d.Site); err != nil {
					return err
				}
			}
			if _, err := t.exec(ctx, `UPDATE parts SET due_at = $1, ready_at = CASE WHEN lease_until > $2 THEN ready_at ELSE $1 END
				WHERE part = $3 AND due_at > $4 AND site_id = (SELECT id FROM sites WHERE site = $5)`,
				micros(d.At), micros(now), string(d.Part), micros(now.Add(-century/2)), d.Site); err != nil {
				return err
			}
		}
		return nil
	})
}

// Backlog is how the work on a part stands.
type Backlog struct {
	Sites  int       // that have the part
	Due    int       // due now and not lent
	Lent   int       // being looked at
	Next   time.Time // when the next one may be claimed; zero if there is none
	Oldest time.Time // since when the longest one is due; zero if none is
}

// Backlog counts the work on a part within a partition.
func (s *Store) Backlog(ctx context.Context, part watch.Part, p Partition) (Backlog, error) {
	if p.To <= 0 {
		p.To = Shards
	}
	now := s.Now()
	query := `SELECT count(*), coalesce(sum(CASE WHEN ready_at <= $1 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN lease_until > $1 THEN 1 ELSE 0 END), 0),
		coalesce(min(ready_at), 0), coalesce(min(CASE WHEN ready_at <= $1 AND due_at > $2 THEN due_at END), 0)
		FROM parts WHERE part = $3 AND shard >= $4 AND shard < $5`
	args := []any{micros(now), micros(now.Add(-century / 2)), string(part), p.From, p.To}
	if p.Pace != nil {
		query += ` AND pace = $6`
		args = append(args, *p.Pace)
	}
	var b Backlog
	var next, oldest int64
	err := s.one(ctx, query, args, &b.Sites, &b.Due, &b.Lent, &next, &oldest)
	b.Next, b.Oldest = instant(next), instant(oldest)
	return b, s.explain(err)
}

// Paces counts the sites of each pace key of a part.
func (s *Store) Paces(ctx context.Context, part watch.Part) (map[string]int, error) {
	counts := map[string]int{}
	var key string
	var n int
	err := s.soon(ctx, `SELECT pace, count(*) FROM parts WHERE part = $1 GROUP BY pace`, []any{string(part)}, []any{&key, &n}, func() error {
		counts[key] = n
		return nil
	})
	return counts, err
}
