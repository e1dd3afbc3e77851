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
//
// In SQLite sites gives those of a row with how they stand, and refs all by the
// id of what they refer to; both from an index alone.
type sharedSet struct{ table, from, of, sites, refs string }

func subjectSet() sharedSet {
	return sharedSet{
		"subjects", `sites s`, `s.subject_key = 'id ' || x.id`,
		`SELECT id, verdict, level FROM sites WHERE subject_key = 'id ' || $1`,
		`SELECT substr(subject_key, 4) AS ref, id FROM sites INDEXED BY sites_subject WHERE subject_key > 'id ' || $1 AND subject_key < 'id!' ORDER BY subject_key`,
	}
}

func serverSet() sharedSet {
	return sharedSet{
		"servers", `site_servers v JOIN sites s ON s.id = v.site_id`, `v.server_id = x.id`,
		`SELECT site_id, '', -1 FROM site_servers WHERE server_id = $1`,
		`SELECT server_id AS ref, site_id FROM site_servers WHERE server_id > $1 ORDER BY server_id`,
	}
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
	err = v.spread(ctx, len(ids), func(q querier, i int) error {
		return eachOf(ctx, q, `SELECT id, doc, origin FROM `+set.table+` WHERE id = $1`, []any{ids[i]}, []any{&rows[i].id, &rows[i].doc, &rows[i].origin}, func() error { return nil })
	})
	return rows, err
}

// standing is how the sites of one row stand.
type standing struct {
	sites, fail int
	level       domaincheck.Severity
}

// standingsBySets counts the sites in scope that refer to each of some rows.
func (s *Store) standingsBySets(ctx context.Context, set sharedSet, scope Scope, rows []sharedRow) ([]standing, error) {
	v, end, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	within, err := v.scopeSet(ctx, scope)
	if err != nil {
		return nil, s.explain(err)
	}
	out := make([]standing, len(rows))
	err = v.spread(ctx, len(rows), func(q querier, i int) error {
		worst := -1
		var id int64
		var verdict string
		var level int
		err := eachOf(ctx, q, set.sites, []any{rows[i].id}, []any{&id, &verdict, &level}, func() error {
			if within != nil && !within.has(id) {
				return nil
			}
			if out[i].sites++; verdict == string(domaincheck.VerdictFail) {
				out[i].fail++
			}
			worst = max(worst, level)
			return nil
		})
		out[i].level = severityOf(worst)
		return err
	})
	return out, s.explain(err)
}

// standings counts the sites in scope that refer to each of some rows.
func (s *Store) sharedStandings(ctx context.Context, v sharedSet, scope Scope, rows []sharedRow) ([]standing, error) {
	if s.sets() {
		return s.standingsBySets(ctx, v, scope, rows)
	}
	out := make([]standing, len(rows))
	for i := range rows {
		q := &query{}
		q.add(strings.ReplaceAll(v.of, "x.id", "?"), rows[i].id)
		q.scoped(scope, "s.id")
		worst := -1
		if err := s.read.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(CASE WHEN s.verdict = 'fail' THEN 1 ELSE 0 END), 0), coalesce(max(s.level), -1) FROM `+v.from+q.sql(), q.args...).Scan(&out[i].sites, &out[i].fail, &worst); err != nil {
			return nil, s.explain(err)
		}
		out[i].level = severityOf(worst)
	}
	return out, nil
}

func subjectRow(r sharedRow, of standing) (SubjectRow, error) {
	out := SubjectRow{Origin: r.origin, Sites: of.sites, Fail: of.fail, Level: of.level}
	if err := json.Unmarshal([]byte(r.doc), &out.Subject); err != nil {
		return out, domaincheck.Errorf(CodeCorrupt, r.id, "a subject cannot be read: %w", err)
	}
	return out, nil
}

func serverRow(r sharedRow, of standing) (ServerRow, error) {
	out := ServerRow{Origin: r.origin, Sites: of.sites}
	if err := json.Unmarshal([]byte(r.doc), &out.Server); err != nil {
		return out, domaincheck.Errorf(CodeCorrupt, r.id, "a server cannot be read: %w", err)
	}
	return out, nil
}

// SubjectList lists subjects by id.
func (s *Store) SubjectList(ctx context.Context, ask SharedQuery) (Page[SubjectRow], error) {
	return listShared(ctx, s, subjectSet(), ask, subjectRow)
}

// ServerList lists servers by id.
func (s *Store) ServerList(ctx context.Context, ask SharedQuery) (Page[ServerRow], error) {
	return listShared(ctx, s, serverSet(), ask, serverRow)
}

func listShared[T any](ctx context.Context, s *Store, v sharedSet, ask SharedQuery, read func(sharedRow, standing) (T, error)) (Page[T], error) {
	var out Page[T]
	rows, prev, next, err := s.sharedPage(ctx, v, &ask)
	if err != nil {
		return out, err
	}
	out.Prev, out.Next = prev, next
	of, err := s.sharedStandings(ctx, v, ask.Scope, rows)
	if err != nil {
		return out, err
	}
	for i, r := range rows {
		item, err := read(r, of[i])
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
	of, err := s.sharedStandings(ctx, subjectSet(), scope, []sharedRow{r})
	if err != nil {
		return SubjectRow{}, err
	}
	return subjectRow(r, of[0])
}

// Server is one server by its id, as Subject.
func (s *Store) Server(ctx context.Context, scope Scope, id string) (ServerRow, error) {
	r, err := s.oneShared(ctx, serverSet(), scope, id)
	if err != nil {
		return ServerRow{}, err
	}
	of, err := s.sharedStandings(ctx, serverSet(), scope, []sharedRow{r})
	if err != nil {
		return ServerRow{}, err
	}
	return serverRow(r, of[0])
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
	if s.sets() && !ask.Scope.All() {
		return s.countInScope(ctx, v, ask)
	}
	q := &query{}
	v.conditions(q, ask)
	return s.counted(ctx, `SELECT 1 FROM `+v.table+` x`+q.sql(), q.args)
}
