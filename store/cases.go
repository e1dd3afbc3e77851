package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"domaincheck"
)

// CodeTransition is a change of state that a case cannot make.
const CodeTransition domaincheck.Code = "case_transition"

// CaseState is how far the work on a case is.
type CaseState string

// The states of a case: the first three are open, the others end it.
const (
	CaseOpen         CaseState = "open"         // 待处理
	CaseNotified     CaseState = "notified"     // 已通知
	CaseFixing       CaseState = "fixing"       // 整改中
	CaseFixed        CaseState = "fixed"        // 已整改
	CaseDeAccessed   CaseState = "de_accessed"  // 已取消接入
	CaseDeregistered CaseState = "deregistered" // 已注销
	CaseFalseAlarm   CaseState = "false_alarm"  // 误报
)

// CaseStates lists all, in the order of the work.
func CaseStates() []CaseState {
	return []CaseState{CaseOpen, CaseNotified, CaseFixing, CaseFixed, CaseDeAccessed, CaseDeregistered, CaseFalseAlarm}
}

// Ended tells whether nothing is left to do.
func (c CaseState) Ended() bool {
	return c == CaseFixed || c == CaseDeAccessed || c == CaseDeregistered || c == CaseFalseAlarm
}

// Next lists the states that a case may go to from here: on along the work or
// to any end; back to 待处理 or 整改中 only from an end that turned out to be
// none; after 取消接入 also on to 注销.
func (c CaseState) Next() []CaseState {
	ends := []CaseState{CaseFixed, CaseDeAccessed, CaseDeregistered, CaseFalseAlarm}
	switch c {
	case CaseOpen:
		return append([]CaseState{CaseNotified, CaseFixing}, ends...)
	case CaseNotified:
		return append([]CaseState{CaseFixing}, ends...)
	case CaseFixing:
		return append([]CaseState{CaseNotified}, ends...)
	case CaseFixed, CaseFalseAlarm:
		return []CaseState{CaseOpen, CaseFixing}
	case CaseDeAccessed:
		return []CaseState{CaseDeregistered, CaseOpen, CaseFixing}
	case CaseDeregistered:
		return []CaseState{CaseOpen}
	}
	return nil
}

// What a case comes from.
const (
	CaseFromFinding = "finding" // a confirmed finding
	CaseFromNotice  = "notice"  // a notice of a provider or regulator
	CaseFromList    = "list"    // a row of an imported list
)

// CaseOrigin is the row of a list that a case comes from, so that results can
// be written back into it.
type CaseOrigin struct {
	File  string `json:"file"`
	Sheet string `json:"sheet"`
	Row   int    `json:"row"` // from 1, as the sheet numbers it
}

// CaseStep is one entry of a case's history.
type CaseStep struct {
	At   time.Time
	Who  string
	From CaseState // "" for the first
	To   CaseState // equal to From where only something else changed
	Note string    // what was said with it
}

// Case is a piece of work on one site at the provider's desk.
type Case struct {
	ID       int64
	Ref      string // names its occasion, so that the same one opens no second case; "" for none
	Site     string // main domain, "" for a domain that is in no ledger
	Domain   string // the domain concerned, A-label
	Source   string // CaseFromFinding, CaseFromNotice, CaseFromList
	Kind     string // a rule id, a kind of notice, 空壳, 未备案 …
	State    CaseState
	Owner    string
	Customer string
	Due      domaincheck.Date
	Note     string
	Evidence json.RawMessage
	Origin   *CaseOrigin
	Rev      int64 // to be handed to AdvanceCase

	CreatedAt, ChangedAt time.Time  // the store's
	Steps                []CaseStep // oldest first; only Store.Case reads them
}

// caseDoc is what of a case stands in its document.
type caseDoc struct {
	Note     string          `json:"note,omitempty"`
	Evidence json.RawMessage `json:"evidence,omitempty"`
	Origin   *CaseOrigin     `json:"origin,omitempty"`
}

func (c *Case) doc() (string, error) {
	if len(c.Evidence) > 0 && !json.Valid(c.Evidence) {
		return "", domaincheck.Errorf(domaincheck.CodeBadInput, c.Domain, "the evidence of a case is no JSON")
	}
	b, err := json.Marshal(caseDoc{c.Note, c.Evidence, c.Origin})
	return string(b), err
}

func (c *Case) search() string {
	w := []string{c.Domain, c.Site, c.Kind, c.Owner, c.Customer, c.Note}
	if c.Origin != nil {
		w = append(w, c.Origin.File, c.Origin.Sheet)
	}
	return fold(strings.Join(slices.DeleteFunc(w, func(x string) bool { return x == "" }), "\n"))
}

// PutCases opens cases, all in one transaction, and gives them back as they
// stand. One whose Ref is known already is given back as it is, unchanged: a
// list may be imported again. Domain must be given; Site is found by it, where
// an entry has it. State may be given for work that was begun elsewhere.
func (s *Store) PutCases(ctx context.Context, cases []Case, who string) ([]Case, error) {
	var out []Case
	err := s.inTx(ctx, func(t *tx) error {
		out = make([]Case, len(cases))
		if err := s.inOrder(ctx, t); err != nil {
			return err
		}
		for i, c := range cases {
			var err error
			if out[i], err = s.putCase(ctx, t, c, who); err != nil {
				return fmt.Errorf("%s: %w", c.Domain, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Store) putCase(ctx context.Context, t *tx, c Case, who string) (Case, error) {
	if c.State == "" {
		c.State = CaseOpen
	}
	if c.Domain == "" || !slices.Contains(CaseStates(), c.State) {
		return c, domaincheck.Errorf(domaincheck.CodeBadInput, c.Domain, "a case needs a domain, and a state that is known (it has %q)", c.State)
	}
	if c.Ref != "" {
		had, err := oneCase(ctx, t, `ref = $1`, c.Ref)
		if err == nil || !isNone(err) {
			return had, err
		}
	}
	if c.Site == "" {
		if err := t.row(ctx, `SELECT s.site FROM site_domains d JOIN sites s ON s.id = d.site_id WHERE d.domain = $1`, []any{c.Domain}, &c.Site); err != nil && !isNone(err) {
			return c, err
		}
	}
	doc, err := c.doc()
	if err != nil {
		return c, err
	}
	now := s.Now()
	c.Rev, c.CreatedAt, c.ChangedAt = 1, now, now
	if err := t.row(ctx, `INSERT INTO cases (ref, site, domain, source, kind, state, ended, owner, customer, due, rev, created_at, changed_at, search, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11, $12, $13) RETURNING id`,
		[]any{c.Ref, c.Site, c.Domain, c.Source, c.Kind, string(c.State), endedAt(c.State, now), c.Owner, c.Customer, c.Due.String(), micros(now), c.search(), doc}, &c.ID); err != nil {
		return c, err
	}
	c.Steps = []CaseStep{{At: now, Who: who, To: c.State, Note: c.Note}}
	if err := tagRow(ctx, t, "c", c.Site, c.ID); err != nil {
		return c, err
	}
	return c, addStep(ctx, t, c.ID, 1, c.Steps[0])
}

func endedAt(state CaseState, now time.Time) int64 {
	if state.Ended() {
		return micros(now)
	}
	return 0
}

func addStep(ctx context.Context, t *tx, id, n int64, step CaseStep) error {
	_, err := t.exec(ctx, `INSERT INTO case_steps (case_id, n, at, who, was, state, note) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, n, micros(step.At), step.Who, string(step.From), string(step.To), step.Note)
	return err
}

// CaseChange changes a case; nil and "" leave things as they are.
type CaseChange struct {
	To       CaseState
	Who      string
	Said     string // goes into the history
	Owner    *string
	Customer *string
	Note     *string
	Due      *domaincheck.Date
	Evidence json.RawMessage
}

// AdvanceCase changes a case that stands at revision rev, with an entry in its
// history. CodeNotFound; CodeConflict if somebody changed it meanwhile;
// CodeTransition if there is no way from its state to the other.
func (s *Store) AdvanceCase(ctx context.Context, id, rev int64, ch CaseChange) (Case, error) {
	var c Case
	err := s.inTx(ctx, func(t *tx) error {
		var err error
		if c, err = oneCase(ctx, t, `id = $1`+s.d.forUpdate, id); isNone(err) {
			return notFound("case " + strconv.FormatInt(id, 10))
		}
		if err != nil {
			return err
		}
		place := "case " + strconv.FormatInt(id, 10)
		if c.Rev != rev {
			return domaincheck.Errorf(CodeConflict, place, "changed since it was read (revision %d, now %d)", rev, c.Rev)
		}
		step := CaseStep{At: s.Now(), Who: ch.Who, From: c.State, To: c.State, Note: ch.Said}
		if ch.To != "" && ch.To != c.State {
			if !slices.Contains(c.State.Next(), ch.To) {
				return domaincheck.Errorf(CodeTransition, place, "there is no way from %q to %q", c.State, ch.To).WithHint(fmt.Sprintf("from here it may become %v", c.State.Next()))
			}
			step.To, c.State = ch.To, ch.To
		}
		ch.apply(&c)
		doc, err := c.doc()
		if err != nil {
			return err
		}
		c.Rev, c.ChangedAt = rev+1, step.At
		if _, err := t.exec(ctx, `UPDATE cases SET state = $1, ended = CASE WHEN CAST($2 AS BIGINT) = 0 THEN 0 WHEN ended = 0 OR $12 = 1 THEN $2 ELSE ended END, owner = $3, customer = $4, due = $5, rev = $6, changed_at = $7, search = $8, doc = $9, site = $10 WHERE id = $11`,
			string(c.State), endedAt(c.State, step.At), c.Owner, c.Customer, c.Due.String(), c.Rev, micros(c.ChangedAt), c.search(), doc, c.Site, id, boolInt(step.From != step.To)); err != nil {
			return err
		}
		var n int64
		if err := t.row(ctx, `SELECT coalesce(max(n), 0) + 1 FROM case_steps WHERE case_id = $1`, []any{id}, &n); err != nil {
			return err
		}
		return addStep(ctx, t, id, n, step)
	})
	return c, err
}

func (ch *CaseChange) apply(c *Case) {
	if ch.Owner != nil {
		c.Owner = *ch.Owner
	}
	if ch.Customer != nil {
		c.Customer = *ch.Customer
	}
	if ch.Note != nil {
		c.Note = *ch.Note
	}
	if ch.Due != nil {
		c.Due = *ch.Due
	}
	if len(ch.Evidence) > 0 {
		c.Evidence = ch.Evidence
	}
}

const caseColumns = `id, ref, site, domain, source, kind, state, owner, customer, due, rev, created_at, changed_at, doc`

func readCases(ctx context.Context, q querier, text string, args ...any) ([]Case, error) {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	var all []Case
	var c Case
	var due, doc string
	var created, changed int64
	err = eachRow(rows, []any{&c.ID, &c.Ref, &c.Site, &c.Domain, &c.Source, &c.Kind, &c.State, &c.Owner, &c.Customer, &due, &c.Rev, &created, &changed, &doc}, func() error {
		row := c
		row.CreatedAt, row.ChangedAt = instant(created), instant(changed)
		if due != "" {
			if err := row.Due.UnmarshalText([]byte(due)); err != nil {
				return err
			}
		}
		var d caseDoc
		if err := json.Unmarshal([]byte(doc), &d); err != nil {
			return domaincheck.Errorf(CodeCorrupt, c.Domain, "a case cannot be read: %w", err)
		}
		row.Note, row.Evidence, row.Origin = d.Note, d.Evidence, d.Origin
		all = append(all, row)
		return nil
	})
	return all, err
}

// oneCase reads a case; sql.ErrNoRows if there is none.
func oneCase(ctx context.Context, q querier, where string, arg any) (Case, error) {
	all, err := readCases(ctx, q, `SELECT `+caseColumns+` FROM cases WHERE `+where, arg)
	if err == nil && len(all) == 0 {
		err = errNone()
	}
	if err != nil {
		return Case{}, err
	}
	return all[0], nil
}

// Case is one case with its history. CodeNotFound, also if its site is not in
// scope.
func (s *Store) Case(ctx context.Context, scope Scope, id int64) (Case, error) {
	q := &query{}
	q.add(`id = ?`, id)
	q.scopedRow(scope, "c", "cases.id")
	all, err := readCases(ctx, s.read, `SELECT `+caseColumns+` FROM cases`+q.sql(), q.args...)
	if err == nil && len(all) == 0 {
		err = notFound("case " + strconv.FormatInt(id, 10))
	}
	if err != nil {
		return Case{}, s.explain(err)
	}
	c := all[0]
	var step CaseStep
	var at int64
	err = s.each(ctx, `SELECT at, who, was, state, note FROM case_steps WHERE case_id = $1 ORDER BY n`, []any{id}, []any{&at, &step.Who, &step.From, &step.To, &step.Note}, func() error {
		step.At = instant(at)
		c.Steps = append(c.Steps, step)
		return nil
	})
	return c, err
}

// CaseQuery asks for cases, the newest first. Zero fields ask for nothing.
type CaseQuery struct {
	Scope    Scope
	States   []CaseState // any of them
	Open     bool        // not ended
	Site     string      // main domain
	Domain   string
	Source   string
	Kind     string
	Owner    string
	Customer string
	File     string           // of the list that they come from
	DueBy    domaincheck.Date // due on that day or before
	Text     string           // words that must all be found
	After    string
	Limit    int
}

func (ask *CaseQuery) conditions() *query {
	q := &query{}
	states := make([]string, len(ask.States))
	for i, v := range ask.States {
		states[i] = string(v)
	}
	anyOf(q, `state IN (%s)`, states)
	if ask.Open {
		q.add(`ended = 0`)
	}
	for _, c := range []struct{ column, value string }{{"site", ask.Site}, {"domain", ask.Domain}, {"source", ask.Source}, {"kind", ask.Kind}, {"owner", ask.Owner}, {"customer", ask.Customer}} {
		if c.value != "" {
			q.add(c.column+` = ?`, c.value)
		}
	}
	if ask.File != "" {
		q.add(`search LIKE ? ESCAPE '!'`, like(ask.File)) // narrows; the document decides
		q.add(`doc LIKE ? ESCAPE '!'`, likeExact(`"origin":{"file":`+quoted(ask.File)+`,`))
	}
	if !ask.DueBy.IsZero() {
		q.add(`due <> '' AND due <= ?`, ask.DueBy.String())
	}
	for _, w := range strings.Fields(fold(ask.Text)) {
		q.add(`search LIKE ? ESCAPE '!'`, like(w))
	}
	return q
}

// Cases lists cases without their histories.
func (s *Store) Cases(ctx context.Context, ask CaseQuery) (Page[Case], error) {
	var out Page[Case]
	var after int64
	if ask.After != "" {
		if err := decodeCursor(ask.After, &after); err != nil {
			return out, err
		}
	}
	n := page(ask.Limit)
	read := func(ids []int64) ([]Case, error) {
		q := ask.conditions()
		if ids != nil {
			q.add(`id IN (` + numbers(ids) + `)`)
		}
		if after > 0 {
			q.add(`id < ?`, after)
		}
		return readCases(ctx, s.read, `SELECT `+caseColumns+` FROM cases`+q.sql()+` ORDER BY id DESC LIMIT `+strconv.Itoa(n+1), q.args...)
	}
	var all []Case
	var err error
	if ask.Scope.All() {
		all, err = read(nil)
	} else {
		all, err = scopedPages(ctx, s, "c", ask.Scope, after, n+1, read)
	}
	if len(all) > n {
		all = all[:n]
		out.Next = encodeCursor(all[n-1].ID)
	}
	out.Items = all
	return out, s.explain(err)
}

// CountCases counts the cases that a query would list, by state.
func (s *Store) CountCases(ctx context.Context, ask CaseQuery) (map[CaseState]int64, error) {
	q := ask.conditions()
	anyOf(q, `id IN (SELECT row_id FROM row_tags WHERE kind = 'c' AND tag IN (%s))`, ask.Scope.Tags)
	counts := map[CaseState]int64{}
	var state CaseState
	var n int64
	err := s.each(ctx, `SELECT state, count(*) FROM cases`+q.sql()+` GROUP BY state`, q.args, []any{&state, &n}, func() error {
		counts[state] = n
		return nil
	})
	return counts, err
}
