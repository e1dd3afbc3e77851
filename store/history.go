package store

import (
	"context"
	"errors"
	"time"

	"domaincheck"
)

// ReportRow is one stored report: how a site was from FirstAt to At.
type ReportRow struct {
	ID      int64
	Site    string
	FirstAt time.Time // first look that said so
	At      time.Time // newest
	Looks   int
	Verdict domaincheck.Verdict
	Level   domaincheck.Severity // of its worst risk; "" without one
	Report  *domaincheck.Report  // nil in a list without documents
}

// Reports lists the reports of a site by its main domain, newest first, each
// one a change; before is the id of the last one of the page before, or 0.
// whole also reads the reports themselves.
func (s *Store) Reports(ctx context.Context, site string, before int64, limit int, whole bool) ([]ReportRow, error) {
	q := &query{}
	q.add(`site = ?`, site)
	column := "doc"
	if !whole {
		column = "NULL"
	}
	return s.reports(ctx, `SELECT id, site, first_at, at, looks, verdict, level, `+column+` FROM reports`+q.byID(before, true, limit), q.args...)
}

// Report is one stored report by its id. CodeNotFound if there is none.
func (s *Store) Report(ctx context.Context, id int64) (ReportRow, error) {
	rows, err := s.reports(ctx, `SELECT id, site, first_at, at, looks, verdict, level, doc FROM reports WHERE id = $1`, id)
	if err == nil && len(rows) == 0 {
		err = notFound("report")
	}
	if err != nil {
		return ReportRow{}, err
	}
	return rows[0], nil
}

func (s *Store) reports(ctx context.Context, text string, args ...any) ([]ReportRow, error) {
	var all []ReportRow
	var r ReportRow
	var first, at int64
	var level int
	var doc []byte
	err := s.each(ctx, text, args, []any{&r.ID, &r.Site, &first, &at, &r.Looks, &r.Verdict, &level, &doc}, func() error {
		r.FirstAt, r.At, r.Level, r.Report = instant(first), instant(at), severityOf(level), nil
		if doc != nil {
			var err error
			if r.Report, err = unpackReport(doc); err != nil {
				return err
			}
		}
		all = append(all, r)
		return nil
	})
	return all, err
}

// RawAnswer is an answer as it came, with the report that it belongs to.
type RawAnswer struct {
	Domain string // which domain of the site
	Part   string // registration, resolution, page
	Hash   string // SHA-256 of Bytes, hexadecimal
	domaincheck.Raw
}

// Raws gives the answers that belong to a report.
func (s *Store) Raws(ctx context.Context, reportID int64) ([]RawAnswer, error) {
	var all []RawAnswer
	var r RawAnswer
	var at int64
	var packed []byte
	err := s.each(ctx, `SELECT f.domain, f.part, f.kind, f.source, f.at, f.hash, r.bytes FROM raw_refs f JOIN raws r ON r.hash = f.hash
		WHERE f.report_id = $1 ORDER BY f.domain, f.part, f.n`, []any{reportID},
		[]any{&r.Domain, &r.Part, &r.Kind, &r.Source, &at, &r.Hash, &packed}, func() error {
			b, err := unpack(packed)
			r.Bytes, r.At = b, beijing(at)
			all = append(all, r)
			return err
		})
	return all, err
}

// Retention of Prune: what is older is ended. Zero keeps for ever.
type Retention struct {
	Changes time.Duration // reports that are not the newest of their site, events, settled messages, ended holds
	Raw     time.Duration // answers as they came, but for the newest report's
}

// Pruned counts what Prune removed.
type Pruned struct{ Reports, Events, Messages, Holds, Raws int64 }

// Prune removes what is older than its retention. The newest report of a site
// in the inventory stays, with its answers; a pending message stays.
func (s *Store) Prune(ctx context.Context, keep Retention) (Pruned, error) {
	var p Pruned
	ctx = patient(ctx)
	err := s.inTx(ctx, func(t *tx) error {
		p = Pruned{}
		now := s.Now()
		type step struct {
			count *int64
			age   time.Duration
			query string
		}
		steps := []step{
			{&p.Reports, keep.Changes, `DELETE FROM reports WHERE at < $1 AND id NOT IN (SELECT report_id FROM sites)`},
			{&p.Events, keep.Changes, `DELETE FROM events WHERE at < $1`},
			{&p.Messages, keep.Changes, `DELETE FROM outbox WHERE state <> 'pending' AND settled_at < $1`},
			{&p.Holds, keep.Changes, `DELETE FROM holds WHERE ended_at > 0 AND ended_at < $1 OR ends_at > 0 AND ends_at < $1`},
			{new(int64), keep.Raw, `DELETE FROM raw_refs WHERE at < $1 AND report_id NOT IN (SELECT report_id FROM sites)`},
		}
		for _, step := range steps {
			if step.age <= 0 {
				continue
			}
			before := micros(now.Add(-step.age))
			if step.count == &p.Messages {
				if err := t.forget(ctx, before); err != nil {
					return err
				}
			}
			var err error
			if *step.count, err = t.exec(ctx, step.query, before); err != nil {
				return err
			}
		}
		for _, query := range []string{
			`DELETE FROM raw_refs WHERE report_id NOT IN (SELECT id FROM reports)`,
			`DELETE FROM outbox_keys WHERE outbox_id NOT IN (SELECT id FROM outbox)`,
			`DELETE FROM row_tags WHERE kind = 'e' AND row_id NOT IN (SELECT id FROM events)`,
		} {
			if _, err := t.exec(ctx, query); err != nil {
				return err
			}
		}
		err := errors.Join(t.retag(ctx, "o", false, `DELETE FROM row_tags WHERE kind = 'o' AND row_id NOT IN (SELECT id FROM outbox)`), s.dropUploads(ctx, t))
		if err != nil {
			return err
		}
		p.Raws, err = t.exec(ctx, `DELETE FROM raws WHERE hash NOT IN (SELECT hash FROM raw_refs)`)
		return err
	})
	return p, err
}

// Sizes counts the rows of every table: how much is kept.
func (s *Store) Sizes(ctx context.Context) (map[string]int64, error) {
	sizes := map[string]int64{}
	for _, table := range tables() {
		var n int64
		if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM `+table).Scan(&n); err != nil {
			return nil, s.explain(err)
		}
		sizes[table] = n
	}
	return sizes, nil
}
