package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/alert"
)

func notFound(what string) error {
	return domaincheck.Errorf(CodeNotFound, what, "there is no such thing")
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	Next  string // cursor for the next page; "" at the end
	Prev  string // cursor for the page before; "" at the beginning, or where the list only goes forward
}

// query collects conditions with their numbered arguments.
type query struct {
	where []string
	args  []any
}

// add puts a condition in; each ? is the next argument.
func (q *query) add(cond string, args ...any) {
	for _, a := range args {
		q.args = append(q.args, a)
		cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(q.args)), 1)
	}
	q.where = append(q.where, cond)
}

func (q *query) sql() string {
	if len(q.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(q.where, " AND ")
}

// search adds the words of a text.
func (s *Store) search(q *query, text string) {
	for _, word := range strings.Fields(fold(text)) {
		q.add(`s.search LIKE ? ESCAPE '!'`, like(word))
	}
}

// anyOf adds "column is one of the words"; nothing for no words.
func anyOf(q *query, cond string, words []string) {
	if len(words) == 0 {
		return
	}
	args := make([]any, len(words))
	for i, w := range words {
		args[i] = w
	}
	q.add(fmt.Sprintf(cond, strings.TrimSuffix(strings.Repeat("?, ", len(words)), ", ")), args...)
}

func encodeCursor(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func decodeCursor(text string, into any) error {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "cursor", "%.60q is no cursor of this list", text).WithHint("take it from the page before, as it is")
	}
	return nil
}

// severityOf is the severity of a rank; "" for -1.
func severityOf(rank int) domaincheck.Severity {
	for _, v := range []domaincheck.Severity{domaincheck.Critical, domaincheck.High, domaincheck.Medium, domaincheck.Low, domaincheck.Info} {
		if v.Rank() == rank {
			return v
		}
	}
	return ""
}

// FindingQuery asks for failing findings, and those that could not be observed
// though they matter, over all sites.
type FindingQuery struct {
	Scope       Scope
	Site        string // main domain
	Rule        string
	Result      domaincheck.Result
	Certainty   domaincheck.Certainty
	MinSeverity domaincheck.Severity
	Tags        []string // of the site, any of them
	After       string
	Limit       int
}

// FindingRow is a finding with its site.
type FindingRow struct {
	Site      string
	Finding   domaincheck.Finding // ObservedAt is of the newest true look; zero for what nobody truly saw
	Certainty domaincheck.Certainty
	Since     time.Time // first bad look; zero if none is known
}

type rowCursor struct {
	Site string `json:"s"`
	N    int64  `json:"n"`
}

// Findings lists findings by site and the order of the rule book.
func (s *Store) Findings(ctx context.Context, ask FindingQuery) (Page[FindingRow], error) {
	q := &query{}
	if ask.Rule != "" {
		q.add(`f.rule = ?`, ask.Rule)
	}
	if ask.Result != "" {
		q.add(`f.result = ?`, string(ask.Result))
	}
	if ask.Certainty != "" {
		q.add(`f.certainty = ?`, string(ask.Certainty))
	}
	if ask.MinSeverity != "" {
		q.add(`f.severity >= ?`, ask.MinSeverity.Rank())
	}
	wanted := func(w []string) bool { // rule, result, severity, certainty
		severity, err := strconv.Atoi(w[2])
		return err == nil && (ask.Rule == "" || w[0] == ask.Rule) && (ask.Result == "" || w[1] == string(ask.Result)) && (ask.MinSeverity == "" || severity >= ask.MinSeverity.Rank()) &&
			(ask.Certainty == "" || w[3] == string(ask.Certainty))
	}
	return listRows(ctx, s, rowList{query: q, from: "findings", columns: "f.certainty, f.since, s.ok_registration, s.ok_resolution, s.ok_page", kind: facetFinding, wanted: wanted,
		site: ask.Site, scope: ask.Scope, tags: ask.Tags, after: ask.After, limit: ask.Limit},
		func(l *listedRow) (FindingRow, error) {
			r := FindingRow{Site: l.at.Site, Certainty: domaincheck.Certainty(l.text), Since: instant(l.number)}
			var seen struct {
				Part string `json:"part"`
			}
			err := errors.Join(json.Unmarshal([]byte(l.doc), &r.Finding), json.Unmarshal([]byte(l.doc), &seen))
			for i, part := range lookedParts() {
				if part == seen.Part {
					r.Finding.ObservedAt = domaincheck.At(instant(l.looked[i]))
				}
			}
			return r, err
		})
}

// RiskQuery asks for risks over all sites.
type RiskQuery struct {
	Scope    Scope
	Site     string // main domain
	Outcome  domaincheck.RiskOutcome
	MinLevel domaincheck.Severity
	Before   time.Time // with a deadline before then; zero: any
	Tags     []string  // of the site, any of them
	After    string
	Limit    int
}

// RiskRow is a risk with its site.
type RiskRow struct {
	Site string
	Risk domaincheck.Risk
}

// Risks lists risks by site, the worst of a site first.
func (s *Store) Risks(ctx context.Context, ask RiskQuery) (Page[RiskRow], error) {
	q := &query{}
	if ask.Outcome != "" {
		q.add(`f.outcome = ?`, string(ask.Outcome))
	}
	if ask.MinLevel != "" {
		q.add(`f.level >= ?`, ask.MinLevel.Rank())
	}
	if !ask.Before.IsZero() {
		q.add(`f.deadline > 0 AND f.deadline < ?`, micros(ask.Before))
	}
	wanted := func(w []string) bool { // outcome, level
		level, err := strconv.Atoi(w[1])
		return err == nil && (ask.Outcome == "" || w[0] == string(ask.Outcome)) && (ask.MinLevel == "" || level >= ask.MinLevel.Rank())
	}
	return listRows(ctx, s, rowList{query: q, from: "risks", columns: "'', f.level, 0, 0, 0", kind: facetRisk, wanted: wanted,
		site: ask.Site, scope: ask.Scope, tags: ask.Tags, after: ask.After, limit: ask.Limit},
		func(l *listedRow) (RiskRow, error) {
			r := RiskRow{Site: l.at.Site}
			err := json.Unmarshal([]byte(l.doc), &r.Risk)
			return r, err
		})
}

// rowList is what the lists of findings and risks have in common.
type rowList struct {
	*query                                  // what is asked of a row
	from, columns, site string              // columns: a text and a number
	kind                string              // of the words that sites with such rows have
	wanted              func([]string) bool // which of their values are asked for
	scope               Scope
	tags                []string
	after               string
	limit               int
}

// listedRow is a row of such a list.
type listedRow struct {
	at        rowCursor
	doc, text string
	number    int64
	looked    [3]int64 // newest true looks: registration, resolution, page
}

// each reads rows of the list.
func (l *rowList) each(ctx context.Context, from querier, q *query, n int, do func(*listedRow) error) error {
	var r listedRow
	return eachOf(ctx, from, `SELECT s.site, f.n, f.doc, `+l.columns+` FROM `+l.from+` f JOIN sites s ON s.id = f.site_id`+q.sql()+` ORDER BY s.site, f.n LIMIT `+strconv.Itoa(n), q.args,
		[]any{&r.at.Site, &r.at.N, &r.doc, &r.text, &r.number, &r.looked[0], &r.looked[1], &r.looked[2]}, func() error { return do(&r) })
}

func listRows[T any](ctx context.Context, s *Store, l rowList, read func(*listedRow) (T, error)) (Page[T], error) {
	if s.sets() && l.site == "" {
		return rowsBySets(ctx, s, l, read)
	}
	var out Page[T]
	q := l.query
	if l.site != "" {
		q.add(`s.site = ?`, l.site)
	}
	q.scoped(l.scope, "s.id")
	q.scoped(Scope{l.tags}, "s.id")
	if l.after != "" {
		var c rowCursor
		if err := decodeCursor(l.after, &c); err != nil {
			return out, err
		}
		q.add(`(s.site > ? OR s.site = ? AND f.n > ?)`, c.Site, c.Site, c.N)
	}
	n := page(l.limit)
	var last rowCursor
	err := l.each(ctx, s.read, q, n+1, func(r *listedRow) error {
		if len(out.Items) == n {
			out.Next = encodeCursor(last)
			return nil
		}
		v, err := read(r)
		out.Items, last = append(out.Items, v), r.at
		return err
	})
	return out, s.explain(err)
}

// EventQuery asks for events, oldest first after an id, or with Newest the
// other way round.
type EventQuery struct {
	Scope  Scope
	Site   string
	Key    string
	After  int64 // id of the last one seen; 0 begins at the end asked for
	Newest bool
	Limit  int
}

// Event is one event with its place in the order of all: ids grow.
type Event struct {
	ID    int64
	Event alert.Event
}

// Events lists events.
func (s *Store) Events(ctx context.Context, ask EventQuery) ([]Event, error) {
	if !ask.Scope.All() && ask.Newest && ask.Site == "" && ask.Key == "" {
		return scopedPages(ctx, s, "e", ask.Scope, ask.After, page(ask.Limit), func(ids []int64) ([]Event, error) { return s.events(ctx, ask, ids) })
	}
	return s.events(ctx, ask, nil)
}

func (s *Store) events(ctx context.Context, ask EventQuery, ids []int64) ([]Event, error) {
	q := &query{}
	if ids != nil {
		q.add(`id IN (` + numbers(ids) + `)`)
	} else {
		q.scopedRow(ask.Scope, "e", "events.id")
	}
	if ask.Site != "" {
		q.add(`site = ?`, ask.Site)
	}
	if ask.Key != "" {
		q.add(`key = ?`, ask.Key)
	}
	var all []Event
	var e Event
	var doc []byte
	err := s.each(ctx, `SELECT id, doc FROM events`+q.byID(ask.After, ask.Newest, ask.Limit), q.args, []any{&e.ID, &doc}, func() error {
		e.Event = alert.Event{}
		err := json.Unmarshal(doc, &e.Event)
		all = append(all, e)
		return err
	})
	return all, err
}

// byID ends a query that pages by id.
func (q *query) byID(after int64, newest bool, limit int) string {
	order := " ORDER BY id"
	switch {
	case newest && after > 0:
		q.add(`id < ?`, after)
	case !newest:
		q.add(`id > ?`, after)
	}
	if newest {
		order += " DESC"
	}
	q.args = append(q.args, page(limit))
	return q.sql() + order + fmt.Sprintf(` LIMIT $%d`, len(q.args))
}

// DeliveryQuery asks for what the channels were given, newest first.
type DeliveryQuery struct {
	Scope   Scope
	Channel string
	State   string // pending, delivered, dead
	Site    string
	Key     string // of an event
	After   int64  // id of the last one of the page before
	Limit   int
}

// DeliveryRow is one row of the outbox and what became of it.
type DeliveryRow struct {
	alert.Queued
	State     string // pending, delivered, dead
	LastTry   time.Time
	SettledAt time.Time // delivered or given up
	Code      string    // of the newest try
	Message   string
}

// Deliveries lists rows of the outbox, settled ones too.
func (s *Store) Deliveries(ctx context.Context, ask DeliveryQuery) ([]DeliveryRow, error) {
	plain := !ask.Scope.All() && ask.Site == "" && ask.Key == ""
	if plain && s.sets() && messageWord(ask.State, "") != "" {
		ids, err := s.countedDeliveries(ctx, &ask)
		if err != nil || len(ids) == 0 {
			return nil, err
		}
		return s.deliveries(ctx, ask, ids)
	}
	if plain && (s.sets() || ask.State == "" || ask.State == "delivered") {
		return scopedPages(ctx, s, "o", ask.Scope, ask.After, page(ask.Limit), func(ids []int64) ([]DeliveryRow, error) {
			if s.sets() {
				own, err := s.ownOf(ctx, ask.Scope, ids)
				if err != nil || len(own) == 0 {
					return nil, err
				}
				ids = own
			}
			return s.deliveries(ctx, ask, ids)
		})
	}
	return s.deliveries(ctx, ask, nil)
}

func (s *Store) deliveries(ctx context.Context, ask DeliveryQuery, ids []int64) ([]DeliveryRow, error) {
	q := &query{}
	from := `outbox`
	if s.sets() && ask.State == "dead" && ask.Site == "" && ask.Key == "" {
		from += ` INDEXED BY outbox_dead`
	}
	if ids != nil {
		q.add(`id IN (` + numbers(ids) + `)`)
	}
	if ask.Channel != "" {
		q.add(`channel = ?`, ask.Channel)
	}
	if ask.State != "" {
		if ask.State == "dead" || ask.State == "pending" {
			q.add(`state = '` + ask.State + `'`) // as the partial indexes have it
		} else {
			q.add(`state = ?`, ask.State)
		}
	}
	if ask.Site != "" {
		q.add(`id IN (SELECT outbox_id FROM outbox_keys WHERE site = ?)`, ask.Site)
	}
	if ask.Key != "" {
		q.add(`id IN (SELECT outbox_id FROM outbox_keys WHERE key = ?)`, ask.Key)
	}
	if ids == nil || !s.sets() { // else they are settled
		q.scopedMessage(ask.Scope)
	}
	var all []DeliveryRow
	var d DeliveryRow
	var doc []byte
	var queued, first, last, next, settled int64
	err := s.each(ctx, `SELECT id, doc, queued_at, attempts, first_try, last_try, next_try, state, code, message, settled_at FROM `+from+q.byID(ask.After, true, ask.Limit), q.args,
		[]any{&d.ID, &doc, &queued, &d.Attempts, &first, &last, &next, &d.State, &d.Code, &d.Message, &settled}, func() error {
			row := d
			row.Outgoing = alert.Outgoing{}
			row.QueuedAt, row.FirstTry, row.NextTry = beijing(queued), beijing(first), beijing(next)
			row.LastTry, row.SettledAt = instant(last), instant(settled)
			err := json.Unmarshal(doc, &row.Outgoing)
			all = append(all, row)
			return err
		})
	return all, err
}
