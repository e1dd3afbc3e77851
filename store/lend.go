package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"domaincheck"
)

// those names sites by their ids, for a condition that begins with a column:
// column + is, arg.
type those struct {
	is  string
	arg any
}

// groups puts sites together as far as one statement does for several. Over a
// network it saves ways; SQLite is quicker with what it has prepared for one.
func (s *Store) groups(ids []int64) []those {
	if s.d.name == "postgres" {
		return []those{{` = ANY($1)`, ids}}
	}
	all := make([]those, len(ids))
	for i, id := range ids {
		all[i] = those{` = $1`, id}
	}
	return all
}

// lend writes the leases of what was found to be due, and reads what is known
// of the sites.
func (s *Store) lend(ctx context.Context, t *tx, all []Claimed, o ClaimOptions, until time.Time) error {
	now := s.Now()
	t.brief(ctx)
	by := make(map[int64]*Claimed, len(all))
	ids := make([]int64, len(all))
	for i := range all {
		l := &all[i].Lease
		l.Part, l.Owner, l.Until = o.Part, o.Owner, until
		l.Token++
		by[l.siteID], ids[i] = &all[i], l.siteID
	}
	for _, g := range s.groups(ids) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE parts SET lease_owner = $2, lease_token = lease_token + 1, lease_until = $3, ready_at = $3 WHERE site_id`+g.is+` AND part = $4`,
			g.arg, o.Owner, micros(until), string(o.Part)); err != nil {
			return err
		}
		for _, part := range o.Along {
			a := Lease{Part: part, Owner: o.Owner, Until: until}
			if err := t.each(ctx, `UPDATE parts SET lease_owner = $2, lease_token = lease_token + 1, lease_until = $3, ready_at = $3
				WHERE site_id`+g.is+` AND part = $4 AND ready_at <= $5 AND due_at >= $6 RETURNING site_id, lease_token, asked`,
				[]any{g.arg, o.Owner, micros(until), string(part), micros(now), micros(now.Add(-century / 2))}, []any{&a.siteID, &a.Token, &a.asked}, func() error {
					by[a.siteID].Along = append(by[a.siteID].Along, a)
					return nil
				}); err != nil {
				return err
			}
		}
	}
	return s.remind(ctx, newShared(t), ids, by)
}

// remind reads what a claim gives of sites: from the database what may have
// changed, the rest from what is kept, if the row says that it still holds.
func (s *Store) remind(ctx context.Context, h *shared, ids []int64, by map[int64]*Claimed) error {
	kept := make(map[int64]keptSite, len(ids)) // as the rows name them
	keys := make(map[int64]string, len(ids))
	for _, g := range s.groups(ids) {
		rows, err := h.q.QueryContext(ctx, `SELECT id, site, subject_key, rev, report_id, memory, origin, changed_at, looked_at FROM sites WHERE id`+g.is, g.arg)
		if err != nil {
			return err
		}
		var id, changed, looked int64
		var main, key string
		var open []byte
		m := Memory{}
		if err := eachRow(rows, []any{&id, &main, &key, &m.Rev, &m.ReportID, &open, &m.Origin, &changed, &looked}, func() (err error) {
			m.ChangedAt, m.LookedAt = instant(changed), instant(looked)
			if m.Open, err = openOf(open); err != nil {
				return err
			}
			m.Site, m.Report = domaincheck.Site{}, nil
			e := keptSite{rev: m.Rev, report: m.ReportID, looked: looked}
			if was, ok := s.kept.get(main, e.rev, e.report, looked); ok {
				m.Site, m.Report = was.site, was.newest
			} else {
				kept[id] = e
			}
			keys[id], by[id].Memory = key, m
			return nil
		}); err != nil {
			return err
		}
	}
	if len(keys) < len(by) {
		return sql.ErrNoRows
	}
	if err := s.countSiblings(ctx, h, keys); err != nil {
		return err
	}
	for id, key := range keys {
		var err error
		if by[id].Siblings, err = h.siblings(ctx, key); err != nil {
			return err
		}
	}
	missing := slices.DeleteFunc(ids, func(id int64) bool { _, is := kept[id]; return !is })
	return s.reread(ctx, h, missing, by, kept)
}

// reread fills in what is not kept of sites, and keeps it.
func (s *Store) reread(ctx context.Context, h *shared, ids []int64, by map[int64]*Claimed, kept map[int64]keptSite) error {
	if len(ids) == 0 {
		return nil
	}
	type docs struct {
		site   string
		report []byte
	}
	for _, g := range s.groups(ids) {
		rows, err := h.q.QueryContext(ctx, `SELECT s.id, s.doc, r.doc FROM sites s LEFT JOIN reports r ON r.id = s.report_id WHERE s.id`+g.is, g.arg)
		if err != nil {
			return err
		}
		var id int64
		var one docs
		read := map[int64]docs{}
		if err := eachRow(rows, []any{&id, &one.site, &one.report}, func() error {
			read[id] = one
			return nil
		}); err != nil {
			return err
		}
		for id, one := range read {
			m, e, size := &by[id].Memory, kept[id], 0
			if m.Site, err = h.inline(ctx, one.site); err != nil {
				return err
			}
			if one.report != nil {
				if m.Report, size, err = unpackLean(one.report); err != nil {
					return err
				}
			}
			if size <= keptBytes {
				e.site, e.newest = m.Site, m.Report
				s.kept.put(m.Site.MainDomain(), e)
			}
		}
	}
	return nil
}

// countSiblings counts those of many subjects at once, where that saves ways.
func (s *Store) countSiblings(ctx context.Context, h *shared, keys map[int64]string) error {
	if s.d.name != "postgres" {
		return nil
	}
	var all []string
	for _, key := range keys {
		if key != "" {
			all = append(all, key)
		}
	}
	if len(all) == 0 {
		return nil
	}
	rows, err := h.q.QueryContext(ctx, `SELECT s.subject_key, count(DISTINCT s.id), count(DISTINCT d.label) FROM sites s JOIN site_domains d ON d.site_id = s.id WHERE s.subject_key = ANY($1) GROUP BY s.subject_key`, all)
	if err != nil {
		return err
	}
	var key string
	var v domaincheck.Siblings
	return eachRow(rows, []any{&key, &v.Sites, &v.DomainPrefixes}, func() error {
		h.counts[key] = v
		return nil
	})
}

// siblings counts the sites of a subject, and their domains' first labels.
func (h *shared) siblings(ctx context.Context, key string) (*domaincheck.Siblings, error) {
	if key == "" {
		return nil, nil
	}
	v, known := h.counts[key]
	if known {
		return &v, nil
	}
	rows, err := h.q.QueryContext(ctx, `SELECT count(DISTINCT s.id), count(DISTINCT d.label) FROM sites s JOIN site_domains d ON d.site_id = s.id WHERE s.subject_key = $1`, key)
	if err != nil {
		return nil, err
	}
	if err := eachRow(rows, []any{&v.Sites, &v.DomainPrefixes}, func() error { return nil }); err != nil {
		return nil, err
	}
	h.counts[key] = v
	return &v, nil
}
