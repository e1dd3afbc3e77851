package store

import (
	"context"
	"slices"
)

// rawRef is a row that says which answer came with a report.
type rawRef struct {
	n, at              int64
	kind, source, hash string
}

// writeRaws keeps the answers that came with the parts that were looked at; a
// report that says something new takes along those of the other parts. What
// came just as before is there already.
func writeRaws(ctx context.Context, t *tx, was int64, done Committed, parts []packedPart) error {
	if done.Changed && was != 0 {
		if err := t.put(ctx, `INSERT INTO raw_refs (report_id, domain, part, n, kind, source, at, hash)
			SELECT $1, domain, part, n, kind, source, at, hash FROM raw_refs WHERE report_id = $2`, done.ReportID, was); err != nil {
			return err
		}
	}
	for i := range parts {
		if err := writeRawPart(ctx, t, was, done.ReportID, &parts[i]); err != nil {
			return err
		}
	}
	return nil
}

func writeRawPart(ctx context.Context, t *tx, was, report int64, part *packedPart) error {
	old, err := t.rawsOf(ctx, was, report, part)
	if err != nil {
		return err
	}
	for i := range part.raws {
		raw := &part.raws[i]
		next := rawRef{int64(i), raw.at, raw.kind, raw.source, raw.hash}
		had := slices.ContainsFunc(old, func(o rawRef) bool { return o.n == next.n })
		if had && slices.Contains(old, next) {
			continue
		}
		if !slices.ContainsFunc(old, func(o rawRef) bool { return o.hash == raw.hash }) {
			if err := t.put(ctx, `INSERT INTO raws (hash, size, bytes) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING`, raw.hash, raw.size, raw.bytes); err != nil {
				return err
			}
		}
		query := `INSERT INTO raw_refs (kind, source, at, hash, report_id, domain, part, n) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
		if had {
			query = `UPDATE raw_refs SET kind = $1, source = $2, at = $3, hash = $4 WHERE report_id = $5 AND domain = $6 AND part = $7 AND n = $8`
		}
		if err := t.put(ctx, query, raw.kind, raw.source, raw.at, raw.hash, report, part.domain, part.part, i); err != nil {
			return err
		}
	}
	if len(old) > len(part.raws) {
		if err := t.put(ctx, `DELETE FROM raw_refs WHERE report_id = $1 AND domain = $2 AND part = $3 AND n >= $4`, report, part.domain, part.part, len(part.raws)); err != nil {
			return err
		}
	}
	for _, o := range old {
		if slices.ContainsFunc(part.raws, func(raw packedRaw) bool { return raw.hash == o.hash }) {
			continue
		}
		if err := t.put(ctx, `DELETE FROM raws WHERE hash = $1 AND NOT EXISTS (SELECT 1 FROM raw_refs WHERE raw_refs.hash = $1)`, o.hash); err != nil {
			return err
		}
	}
	return nil
}
