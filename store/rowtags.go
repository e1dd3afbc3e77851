package store

import (
	"context"
	"slices"
)

// This file keeps, for the growing lists about sites (events, messages, cases,
// the audit log), which tags their sites have, so that a scope reads its own
// rows and no others.

// taggedRow is one of these lists.
type taggedRow struct{ kind, table, id string }

func taggedRows() []taggedRow {
	return []taggedRow{{"e", "events", "events.id"}, {"o", "outbox_keys", "outbox_keys.outbox_id"}, {"c", "cases", "cases.id"}, {"a", "audit", "audit.id"}}
}

// tagRow lists a new row about a site.
func tagRow(ctx context.Context, t *tx, kind, site string, id int64) error {
	if site == "" {
		return nil
	}
	return t.retag(ctx, kind, true, `INSERT INTO row_tags (kind, tag, row_id) SELECT $1, y.tag, $2 FROM sites z JOIN site_tags y ON y.site_id = z.id WHERE z.site = $3 ON CONFLICT DO NOTHING`, kind, id, site)
}

// retag runs a statement that adds rows of a kind to row_tags, or removes some,
// and notes those of messages.
func (t *tx) retag(ctx context.Context, kind string, add bool, query string, args ...any) error {
	if kind != "o" || !t.sets {
		_, err := t.exec(ctx, query, args...)
		return err
	}
	var id int64
	var tag string
	return t.each(ctx, query+` RETURNING row_id, tag`, args, []any{&id, &tag}, func() error {
		if w := messageTag + tag; add {
			t.remessage(id, "", w)
		} else {
			t.remessage(id, w, "")
		}
		return nil
	})
}

// retagRows moves the rows about a site, by its main domain, from some tags to
// others.
func retagRows(ctx context.Context, t *tx, site string, was, is []string) error {
	for _, k := range taggedRows() {
		for _, tag := range was {
			if slices.Contains(is, tag) {
				continue
			}
			// A message about several sites keeps the tag if another of them has
			// it; who reads looks at every one of its sites all the same.
			if err := t.retag(ctx, k.kind, false, `DELETE FROM row_tags WHERE kind = $1 AND tag = $2 AND row_id IN (SELECT `+k.id+` FROM `+k.table+` WHERE site = $3)`, k.kind, tag, site); err != nil {
				return err
			}
			if k.kind == "o" {
				if err := t.retag(ctx, k.kind, true, `INSERT INTO row_tags (kind, tag, row_id) SELECT DISTINCT 'o', y.tag, k.outbox_id FROM outbox_keys k JOIN sites z ON z.site = k.site JOIN site_tags y ON y.site_id = z.id
					WHERE y.tag = $1 AND k.site <> $2 AND k.outbox_id IN (SELECT outbox_id FROM outbox_keys WHERE site = $2) ON CONFLICT DO NOTHING`, tag, site); err != nil {
					return err
				}
			}
		}
		for _, tag := range is {
			if slices.Contains(was, tag) {
				continue
			}
			if err := t.retag(ctx, k.kind, true, `INSERT INTO row_tags (kind, tag, row_id) SELECT DISTINCT $1, $2, `+k.id+` FROM `+k.table+` WHERE site = $3 ON CONFLICT DO NOTHING`, k.kind, tag, site); err != nil {
				return err
			}
		}
	}
	return nil
}

// scopedIDs gives the ids of up to n rows of a list that a scope may see, the
// newest first, before an id (0: from the end).
func (s *Store) scopedIDs(ctx context.Context, kind string, scope Scope, before int64, n int) ([]int64, error) {
	var all []int64
	var id int64
	for _, tag := range scope.Tags {
		query, args := `SELECT row_id FROM row_tags WHERE kind = $1 AND tag = $2 ORDER BY row_id DESC LIMIT `+decimal(int64(n)), []any{kind, tag}
		if before > 0 {
			query, args = `SELECT row_id FROM row_tags WHERE kind = $1 AND tag = $2 AND row_id < $3 ORDER BY row_id DESC LIMIT `+decimal(int64(n)), append(args, before)
		}
		if err := s.each(ctx, query, args, []any{&id}, func() error { all = append(all, id); return nil }); err != nil {
			return nil, err
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	slices.Reverse(all)
	return all[:min(len(all), n)], nil
}

// scopedPages reads rows of a list newest first by the ids that a scope may
// see: read is given a stretch of ids, newest first, and gives the rows of them
// that it wants, in that order, until there are limit.
func scopedPages[T any](ctx context.Context, s *Store, kind string, scope Scope, before int64, limit int, read func(ids []int64) ([]T, error)) ([]T, error) {
	var out []T
	for n := 2 * limit; ; n = min(4*n, 4000) {
		ids, err := s.scopedIDs(ctx, kind, scope, before, n)
		if err != nil || len(ids) == 0 {
			return out, err
		}
		rows, err := read(ids)
		if err != nil {
			return nil, err
		}
		if out = append(out, rows...); len(out) >= limit || len(ids) < n {
			return out[:min(len(out), limit)], nil
		}
		before = ids[len(ids)-1]
	}
}
