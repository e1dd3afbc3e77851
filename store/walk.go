package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"domaincheck"
)

// WalkQuery says which sites a [Walk] goes over. Zero fields ask for nothing.
type WalkQuery struct {
	Tags  []string  // any of them
	Since time.Time // also read how each site was then
}

// Walked is one site of a [Walk].
type Walked struct {
	Site     domaincheck.Site
	Siblings *domaincheck.Siblings
	Report   *domaincheck.Report // the newest; nil before the first look
	ReportID int64
	FirstAt  time.Time           // since when the site is as the report says
	LookedAt time.Time           // newest look
	AddedAt  time.Time           // to the inventory
	Before   *domaincheck.Report // as of Since, if that is another one than Report; nil also where there was none
}

// Walk is a way over all sites at one moment: the worst risk first, then by
// domain. It keeps one number a site, so that it may be gone over again in the
// same order, and reads the sites themselves as they are asked for.
type Walk struct {
	s   *Store
	ask WalkQuery
	ids []int64
}

// walkBatch is how many sites are read at once.
const walkBatch = 100

// Walk settles which sites, in which order.
func (s *Store) Walk(ctx context.Context, ask WalkQuery) (*Walk, error) {
	q := &query{}
	anyOf(q, `s.id IN (SELECT site_id FROM site_tags WHERE tag IN (%s))`, ask.Tags)
	w := &Walk{s: s, ask: ask}
	var id int64
	err := s.each(ctx, `SELECT s.id FROM sites s`+q.sql()+` ORDER BY s.level DESC, s.site`, q.args, []any{&id}, func() error {
		w.ids = append(w.ids, id)
		return nil
	})
	return w, err
}

// Len is how many sites there were.
func (w *Walk) Len() int { return len(w.ids) }

// All goes over the sites. Those that are gone meanwhile are passed over; an
// error ends the walk.
func (w *Walk) All(ctx context.Context) iter.Seq2[Walked, error] {
	return func(yield func(Walked, error) bool) {
		h := newShared(w.s.read)
		for ids := range slices.Chunk(w.ids, walkBatch) {
			batch, err := w.read(ctx, h, ids)
			if err != nil {
				yield(Walked{}, w.s.explain(err))
				return
			}
			for _, id := range ids {
				if row, there := batch[id]; there && !yield(*row, nil) {
					return
				}
			}
		}
	}
}

// read loads one batch, by id.
func (w *Walk) read(ctx context.Context, h *shared, ids []int64) (map[int64]*Walked, error) {
	type line struct {
		id             int64
		doc, key, site string
		looked, added  int64
		report, first  int64
		packed         []byte
	}
	args := make([]any, len(ids))
	marks := make([]string, len(ids))
	for i, id := range ids {
		args[i], marks[i] = id, fmt.Sprintf("$%d", i+1)
	}
	var lines []line
	var l line
	err := w.s.each(ctx, `SELECT s.id, s.site, s.doc, s.subject_key, s.looked_at, s.added_at, s.report_id, COALESCE(r.first_at, 0), r.doc
		FROM sites s LEFT JOIN reports r ON r.id = s.report_id WHERE s.id IN (`+strings.Join(marks, ", ")+`)`, args,
		[]any{&l.id, &l.site, &l.doc, &l.key, &l.looked, &l.added, &l.report, &l.first, &l.packed}, func() error {
			next := l
			next.packed = slices.Clone(l.packed)
			lines = append(lines, next)
			return nil
		})
	if err != nil {
		return nil, err
	}
	out := make(map[int64]*Walked, len(lines))
	for _, l := range lines {
		row := &Walked{ReportID: l.report, FirstAt: instant(l.first), LookedAt: instant(l.looked), AddedAt: instant(l.added)}
		if row.Site, err = h.inline(ctx, l.doc); err != nil {
			return nil, err
		}
		if row.Siblings, err = h.siblings(ctx, l.key); err != nil {
			return nil, err
		}
		if len(l.packed) > 0 {
			if row.Report, err = unpackReport(l.packed); err != nil {
				return nil, err
			}
		}
		if row.Before, err = w.before(ctx, l.site, l.first); err != nil {
			return nil, err
		}
		out[l.id] = row
	}
	return out, nil
}

// before is the report that held at the moment asked for, if another one has
// followed it.
func (w *Walk) before(ctx context.Context, site string, first int64) (*domaincheck.Report, error) {
	if w.ask.Since.IsZero() || first <= micros(w.ask.Since) {
		return nil, nil
	}
	rows, err := w.s.reports(ctx, `SELECT id, site, first_at, at, looks, verdict, level, doc FROM reports
		WHERE site = $1 AND first_at <= $2 ORDER BY id DESC LIMIT 1`, site, micros(w.ask.Since))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0].Report, nil
}
