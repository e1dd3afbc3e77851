package store

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"domaincheck"
)

// This file lists what sites share: subjects and servers.

// SharedQuery asks for subjects or servers by id. Zero fields ask for nothing.
type SharedQuery struct {
	Scope  Scope  // those that a site in scope refers to
	Text   string // words that must all be found
	Before string // Page.Prev of the page behind
	After  string // Page.Next of the page before
	Last   bool   // the last page
	Limit  int
}

// SubjectRow is a subject with how its sites in scope stand.
type SubjectRow struct {
	Subject domaincheck.Subject
	Origin  string
	Sites   int
	Fail    int                  // of them with the verdict fail
	Level   domaincheck.Severity // of their worst risk; "" without one
}

// ServerRow is a server with the number of the sites in scope that refer to it.
type ServerRow struct {
	Server domaincheck.Server
	Origin string
	Sites  int
}

// sharedSet is one of the two tables: of is the condition under which a site s
// refers to the row x.
type sharedSet struct{ table, from, of, sites string }

func subjectSet() sharedSet {
	return sharedSet{"subjects", `sites s`, `s.subject_key = 'id ' || x.id`, `SELECT id FROM sites WHERE subject_key = 'id ' || $1`}
}

func serverSet() sharedSet {
	return sharedSet{"servers", `site_servers v JOIN sites s ON s.id = v.site_id`, `v.server_id = x.id`, `SELECT site_id FROM site_servers WHERE server_id = $1`}
}

// conditions of a list of shared things.
func (v sharedSet) conditions(q *query, ask *SharedQuery) {
	for _, w := range strings.Fields(fold(ask.Text)) {
		q.add(`x.search LIKE ? ESCAPE '!'`, like(w))
	}
	if !ask.Scope.All() {
		anyOf(q, `EXISTS (SELECT 1 FROM `+v.from+` JOIN site_tags t ON t.site_id = s.id WHERE `+v.of+` AND t.tag IN (%s))`, ask.Scope.Tags)
	}
}

type sharedRow struct{ id, doc, origin string }

func (s *Store) sharedPage(ctx context.Context, v sharedSet, ask *SharedQuery) (rows []sharedRow, prev, next string, err error) {
	back, cursor, id := ask.Before != "" || ask.Last, ask.After, ""
	if back {
		cursor = ask.Before
	}
	if cursor != "" {
		if err := decodeCursor(cursor, &id); err != nil {
			return nil, "", "", err
		}
	}
	n := page(ask.Limit)
	if s.sets() && (ask.Text != "" || !ask.Scope.All()) {
		rows, err = s.sharedBySets(ctx, v, ask, id, back, n+1)
	} else {
		rows, err = s.sharedBySQL(ctx, v, ask, id, back, n+1)
	}
	if err != nil {
		return nil, "", "", s.explain(err)
	}
	more := len(rows) > n
	if more {
		rows = rows[:n]
	}
	if back {
		slices.Reverse(rows)
	}
	if len(rows) > 0 {
		if more && back || ask.After != "" && !back {
			prev = encodeCursor(rows[0].id)
		}
		if more && !back || ask.Before != "" {
			next = encodeCursor(rows[len(rows)-1].id)
		}
	}
	return rows, prev, next, nil
}

func (s *Store) sharedBySQL(ctx context.Context, v sharedSet, ask *SharedQuery, id string, back bool, n int) (rows []sharedRow, err error) {
	q := &query{}
	v.conditions(q, ask)
	order := ` ORDER BY x.id`
	if back {
		order = ` ORDER BY x.id DESC`
	}
	if id != "" && back {
		q.add(`x.id < ?`, id)
	} else if id != "" {
		q.add(`x.id > ?`, id)
	}
	var r sharedRow
	err = s.each(ctx, `SELECT x.id, x.doc, x.origin FROM `+v.table+` x`+q.sql()+order+` LIMIT `+strconv.Itoa(n), q.args, []any{&r.id, &r.doc, &r.origin}, func() error {
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

func (s *Store) sharedBySets(ctx context.Context, set sharedSet, ask *SharedQuery, id string, back bool, n int) ([]sharedRow, error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	ids, err := v.sharedIDs(ctx, set, ask, id, back, n)
	if err != nil {
		return nil, err
	}
	rows := make([]sharedRow, len(ids))
	for i, id := range ids {
		rows[i].id = id
		if err := v.QueryRowContext(ctx, `SELECT doc, origin FROM `+set.table+` WHERE id = $1`, id).Scan(&rows[i].doc, &rows[i].origin); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// sharedStanding counts the sites in scope that refer to one row.
func (s *Store) sharedStanding(ctx context.Context, v sharedSet, scope Scope, id string) (sites, fail int, level domaincheck.Severity, err error) {
	q := &query{}
	q.add(strings.ReplaceAll(v.of, "x.id", "?"), id)
	q.scoped(scope, "s.id")
	worst := -1
	err = s.read.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(CASE WHEN s.verdict = 'fail' THEN 1 ELSE 0 END), 0), coalesce(max(s.level), -1) FROM `+v.from+q.sql(), q.args...).Scan(&sites, &fail, &worst)
	return sites, fail, severityOf(worst), s.explain(err)
}

func (s *Store) subjectRow(ctx context.Context, scope Scope, r sharedRow) (SubjectRow, error) {
	out := SubjectRow{Origin: r.origin}
	if err := json.Unmarshal([]byte(r.doc), &out.Subject); err != nil {
		return out, domaincheck.Errorf(CodeCorrupt, r.id, "a subject cannot be read: %w", err)
	}
	var err error
	out.Sites, out.Fail, out.Level, err = s.sharedStanding(ctx, subjectSet(), scope, r.id)
	return out, err
}

func (s *Store) serverRow(ctx context.Context, scope Scope, r sharedRow) (ServerRow, error) {
	out := ServerRow{Origin: r.origin}
	if err := json.Unmarshal([]byte(r.doc), &out.Server); err != nil {
		return out, domaincheck.Errorf(CodeCorrupt, r.id, "a server cannot be read: %w", err)
	}
	var err error
	out.Sites, _, _, err = s.sharedStanding(ctx, serverSet(), scope, r.id)
	return out, err
}

// SubjectList lists subjects by id.
func (s *Store) SubjectList(ctx context.Context, ask SharedQuery) (Page[SubjectRow], error) {
	return listShared(ctx, s, subjectSet(), ask, s.subjectRow)
}

// ServerList lists servers by id.
func (s *Store) ServerList(ctx context.Context, ask SharedQuery) (Page[ServerRow], error) {
	return listShared(ctx, s, serverSet(), ask, s.serverRow)
}

func listShared[T any](ctx context.Context, s *Store, v sharedSet, ask SharedQuery, read func(context.Context, Scope, sharedRow) (T, error)) (Page[T], error) {
	var out Page[T]
	rows, prev, next, err := s.sharedPage(ctx, v, &ask)
	if err != nil {
		return out, err
	}
	out.Prev, out.Next = prev, next
	for _, r := range rows {
		item, err := read(ctx, ask.Scope, r)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// Subject is one subject by its id. CodeNotFound if it is not there or no site
// in scope refers to it.
func (s *Store) Subject(ctx context.Context, scope Scope, id string) (SubjectRow, error) {
	r, err := s.oneShared(ctx, subjectSet(), scope, id)
	if err != nil {
		return SubjectRow{}, err
	}
	return s.subjectRow(ctx, scope, r)
}

// Server is one server by its id, as Subject.
func (s *Store) Server(ctx context.Context, scope Scope, id string) (ServerRow, error) {
	r, err := s.oneShared(ctx, serverSet(), scope, id)
	if err != nil {
		return ServerRow{}, err
	}
	return s.serverRow(ctx, scope, r)
}

func (s *Store) oneShared(ctx context.Context, v sharedSet, scope Scope, id string) (sharedRow, error) {
	q := &query{}
	q.add(`x.id = ?`, id)
	v.conditions(q, &SharedQuery{Scope: scope})
	var r sharedRow
	err := s.read.QueryRowContext(ctx, `SELECT x.id, x.doc, x.origin FROM `+v.table+` x`+q.sql(), q.args...).Scan(&r.id, &r.doc, &r.origin)
	if isNone(err) {
		return r, domaincheck.Errorf(CodeNotFound, id, "is not in the inventory")
	}
	return r, s.explain(err)
}

// CountSubjects counts the subjects that a query would list.
func (s *Store) CountSubjects(ctx context.Context, ask SharedQuery) (Count, error) {
	return s.countShared(ctx, subjectSet(), &ask)
}

// CountServers counts the servers that a query would list.
func (s *Store) CountServers(ctx context.Context, ask SharedQuery) (Count, error) {
	return s.countShared(ctx, serverSet(), &ask)
}

func (s *Store) countShared(ctx context.Context, v sharedSet, ask *SharedQuery) (Count, error) {
	if s.sets() && ask.Text != "" && ask.Scope.All() {
		view, end, err := s.view(ctx)
		if err != nil {
			return Count{}, err
		}
		defer end()
		f, err := view.sharedText(ctx, v.table, ask.Text)
		if err != nil {
			return Count{}, s.explain(err)
		}
		if n := f.set.len(); len(f.words) == 0 || n == 0 || n > CountLimit {
			return Count{N: int64(n), About: len(f.words) > 0 && n > 0}, nil
		}
		ids, err := view.sharedIDs(ctx, v, ask, "", false, CountLimit+1)
		return Count{N: int64(len(ids))}, s.explain(err)
	}
	q := &query{}
	v.conditions(q, ask)
	return s.counted(ctx, `SELECT 1 FROM `+v.table+` x`+q.sql(), q.args)
}
