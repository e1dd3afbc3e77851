package store

import (
	"context"
	"slices"
	"strings"

	"domaincheck"
)

// Scope bounds what a caller may see: the sites that carry at least one of the
// tags, and of subjects, servers, findings, risks, events, messages, holds,
// cases and the audit log only what belongs to such sites; counts count
// nothing else. The zero value is everything. Tags are those of the site
// itself. What speaks of several sites at once (a grouped message) is seen
// only by who may see every one of them.
type Scope struct {
	Tags []string
}

// All tells whether the scope bounds nothing.
func (c Scope) All() bool { return len(c.Tags) == 0 }

// marks is "?, ?" for n arguments.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// scoped adds that the site whose id stands in a column is in scope.
func (q *query) scoped(c Scope, column string) {
	anyOf(q, `EXISTS (SELECT 1 FROM site_tags y WHERE y.site_id = `+column+` AND y.tag IN (%s))`, c.Tags)
}

// scopedRow adds that the row of a list about sites is in scope.
func (q *query) scopedRow(c Scope, kind, id string) {
	anyOf(q, `EXISTS (SELECT 1 FROM row_tags y WHERE y.kind = '`+kind+`' AND y.tag IN (%s) AND y.row_id = `+id+`)`, c.Tags)
}

// scopedMessage adds that every site of which a row of the outbox tells is in
// scope, and that it tells of one.
func (q *query) scopedMessage(c Scope) {
	if c.All() {
		return
	}
	q.add(`EXISTS (SELECT 1 FROM outbox_keys k WHERE k.outbox_id = outbox.id)`)
	anyOf(q, `NOT EXISTS (SELECT 1 FROM outbox_keys k WHERE k.outbox_id = outbox.id AND NOT EXISTS
		(SELECT 1 FROM sites z JOIN site_tags y ON y.site_id = z.id WHERE z.site = k.site AND y.tag IN (%s)))`, c.Tags)
}

// Visible gives the main domain of the site that has a domain, if it is in
// scope; else CodeNotFound, as if there were none.
func (s *Store) Visible(ctx context.Context, scope Scope, domain string) (site string, err error) {
	q := &query{}
	q.add(`d.domain = ?`, domain)
	q.scoped(scope, "d.site_id")
	err = s.read.QueryRowContext(ctx, `SELECT s.site FROM site_domains d JOIN sites s ON s.id = d.site_id`+q.sql(), q.args...).Scan(&site)
	if isNone(err) {
		return "", domaincheck.Errorf(CodeNotFound, domain, "is not in the inventory")
	}
	return site, s.explain(err)
}

// VisibleSites gives those of some main domains that are in scope, in their
// order.
func (s *Store) VisibleSites(ctx context.Context, scope Scope, sites []string) ([]string, error) {
	if scope.All() || len(sites) == 0 {
		return sites, nil
	}
	seen := map[string]bool{}
	for part := range slices.Chunk(sites, 500) {
		q := &query{}
		anyOf(q, `s.site IN (%s)`, part)
		q.scoped(scope, "s.id")
		var site string
		if err := s.each(ctx, `SELECT s.site FROM sites s`+q.sql(), q.args, []any{&site}, func() error { seen[site] = true; return nil }); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(sites), func(x string) bool { return !seen[x] }), nil
}

// LoadIn is Load for who may see only a scope.
func (s *Store) LoadIn(ctx context.Context, scope Scope, domain string) (*Memory, error) {
	if !scope.All() {
		if _, err := s.Visible(ctx, scope, domain); err != nil {
			return nil, err
		}
	}
	return s.Load(ctx, domain)
}

// ReportIn is Report for who may see only a scope: of a site that is in it now.
func (s *Store) ReportIn(ctx context.Context, scope Scope, id int64) (ReportRow, error) {
	r, err := s.Report(ctx, id)
	if err != nil || scope.All() {
		return r, err
	}
	seen, err := s.VisibleSites(ctx, scope, []string{r.Site})
	if err == nil && len(seen) == 0 {
		err = notFound("report")
	}
	if err != nil {
		return ReportRow{}, err
	}
	return r, nil
}
