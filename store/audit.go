package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"domaincheck"
)

// AuditEntry is one change that a person or a program made, as it stands in
// the log. Entries are added and read; nothing changes or removes one but
// Prune, by its age.
type AuditEntry struct {
	ID      int64     // grows
	At      time.Time // the store's clock
	Who     string    // name of the token or person
	Address string    // where the request came from
	Action  string    // put, delete, check, import, silence, advance …
	Kind    string    // of the object: site, subject, hold, case, settings …
	Object  string    // its id; a domain for sites
	Site    string    // main domain of the site concerned; "" for none or several
	Before  json.RawMessage
	After   json.RawMessage
}

// Audit adds an entry; ID and At are the store's.
func (s *Store) Audit(ctx context.Context, e AuditEntry) error {
	for _, doc := range []json.RawMessage{e.Before, e.After} {
		if len(doc) > 0 && !json.Valid(doc) {
			return domaincheck.Errorf(domaincheck.CodeBadInput, e.Object, "what was changed is no JSON")
		}
	}
	return s.inTx(ctx, func(t *tx) error {
		if err := s.inOrder(ctx, t); err != nil {
			return err
		}
		var id int64
		if err := t.row(ctx, `INSERT INTO audit (at, who, address, action, kind, object, site, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
			[]any{micros(s.Now()), e.Who, e.Address, e.Action, e.Kind, e.Object, e.Site, string(e.Before), string(e.After)}, &id); err != nil {
			return err
		}
		return tagRow(ctx, t, "a", e.Site, id)
	})
}

// AuditQuery asks for entries, newest first.
type AuditQuery struct {
	Scope  Scope // entries about sites in it only
	Who    string
	Action string
	Kind   string
	Object string
	Site   string
	After  int64 // id of the last one of the page before
	Limit  int
}

// AuditLog lists entries.
func (s *Store) AuditLog(ctx context.Context, ask AuditQuery) ([]AuditEntry, error) {
	if !ask.Scope.All() && ask.Site == "" {
		return scopedPages(ctx, s, "a", ask.Scope, ask.After, page(ask.Limit), func(ids []int64) ([]AuditEntry, error) { return s.auditLog(ctx, ask, ids) })
	}
	return s.auditLog(ctx, ask, nil)
}

func (s *Store) auditLog(ctx context.Context, ask AuditQuery, ids []int64) ([]AuditEntry, error) {
	q := &query{}
	if ids != nil {
		q.add(`id IN (` + numbers(ids) + `)`)
	} else {
		q.scopedRow(ask.Scope, "a", "audit.id")
	}
	for _, c := range []struct{ column, value string }{{"who", ask.Who}, {"action", ask.Action}, {"kind", ask.Kind}, {"object", ask.Object}, {"site", ask.Site}} {
		if c.value != "" {
			q.add(c.column+` = ?`, c.value)
		}
	}
	var all []AuditEntry
	var e AuditEntry
	var at int64
	var before, after string
	err := s.each(ctx, `SELECT id, at, who, address, action, kind, object, site, before, after FROM audit`+q.byID(ask.After, true, ask.Limit), q.args,
		[]any{&e.ID, &at, &e.Who, &e.Address, &e.Action, &e.Kind, &e.Object, &e.Site, &before, &after}, func() error {
			row := e
			row.At, row.Before, row.After = instant(at), rawJSON(before), rawJSON(after)
			all = append(all, row)
			return nil
		})
	return all, err
}

func rawJSON(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

// Session is somebody who logged in. The store knows only the hash of what the
// browser holds.
type Session struct {
	Hash      string // of the secret; the caller's
	Principal string
	CreatedAt time.Time // the store's
	SeenAt    time.Time // newest use, to the minute
	Expires   time.Time
	Doc       json.RawMessage // the caller's: role, scope …
}

// PutSession writes a session, or replaces the one with the same hash, and
// ends those that ran out.
func (s *Store) PutSession(ctx context.Context, v Session) error {
	return s.inTx(ctx, func(t *tx) error {
		now := micros(s.Now())
		if _, err := t.exec(ctx, `DELETE FROM sessions WHERE expires_at <= $1`, now); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO sessions (hash, principal, created_at, seen_at, expires_at, doc) VALUES ($1, $2, $3, $3, $4, $5)
			ON CONFLICT (hash) DO UPDATE SET principal = excluded.principal, seen_at = excluded.seen_at, expires_at = excluded.expires_at, doc = excluded.doc`,
			v.Hash, v.Principal, now, micros(v.Expires), string(v.Doc))
		return err
	})
}

// Session is the session with a hash. CodeNotFound if there is none or it ran
// out.
func (s *Store) Session(ctx context.Context, hash string) (Session, error) {
	v := Session{Hash: hash}
	var created, seen, expires int64
	var doc string
	err := s.read.QueryRowContext(ctx, `SELECT principal, created_at, seen_at, expires_at, doc FROM sessions WHERE hash = $1 AND expires_at > $2`, hash, micros(s.Now())).
		Scan(&v.Principal, &created, &seen, &expires, &doc)
	if isNone(err) {
		return Session{}, notFound("session")
	}
	v.CreatedAt, v.SeenAt, v.Expires, v.Doc = instant(created), instant(seen), instant(expires), rawJSON(doc)
	return v, s.explain(err)
}

// TouchSession records its use and, if expires is not zero, prolongs it.
// CodeNotFound if there is none or it ran out.
func (s *Store) TouchSession(ctx context.Context, hash string, expires time.Time) error {
	return s.inTx(ctx, func(t *tx) error {
		now := micros(s.Now())
		n, err := t.exec(ctx, `UPDATE sessions SET seen_at = $1, expires_at = CASE WHEN CAST($2 AS BIGINT) > 0 THEN $2 ELSE expires_at END WHERE hash = $3 AND expires_at > $1`,
			now, micros(expires), hash)
		if err == nil && n == 0 {
			return notFound("session")
		}
		return err
	})
}

// EndSession ends one session; none is no error.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	return s.inTx(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM sessions WHERE hash = $1`, hash)
		return err
	})
}

// EndSessions ends all sessions of a principal, and tells how many there were.
func (s *Store) EndSessions(ctx context.Context, principal string) (n int64, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		var err error
		n, err = t.exec(ctx, `DELETE FROM sessions WHERE principal = $1`, principal)
		return err
	})
	return n, err
}

// CountFailure counts a failed login under a key (an address, a name) and gives
// how many there were within the window that began with the first of them.
func (s *Store) CountFailure(ctx context.Context, key string, window time.Duration) (n int, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		now := s.Now()
		if _, err := t.exec(ctx, `DELETE FROM failures WHERE first_at <= $1`, micros(now.Add(-window))); err != nil {
			return err
		}
		return t.row(ctx, `INSERT INTO failures (key, n, first_at, last_at) VALUES ($1, 1, $2, $2)
			ON CONFLICT (key) DO UPDATE SET n = failures.n + 1, last_at = excluded.last_at RETURNING n`, []any{key, micros(now)}, &n)
	})
	return n, err
}

// Failures is how many failed logins are counted under a key within the
// window, and when the newest was.
func (s *Store) Failures(ctx context.Context, key string, window time.Duration) (n int, last time.Time, err error) {
	var at int64
	err = s.read.QueryRowContext(ctx, `SELECT n, last_at FROM failures WHERE key = $1 AND first_at > $2`, key, micros(s.Now().Add(-window))).Scan(&n, &at)
	if isNone(err) {
		return 0, time.Time{}, nil
	}
	return n, instant(at), s.explain(err)
}

// ForgetFailures forgets those of a key: after a login that succeeded.
func (s *Store) ForgetFailures(ctx context.Context, key string) error {
	return s.inTx(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM failures WHERE key = $1`, key)
		return err
	})
}

// HoldsIn is Holds for who may see only a scope: holds of findings of sites in
// it, and silences that choose by nothing but tags or domains in it.
func (s *Store) HoldsIn(ctx context.Context, scope Scope, kind string, all bool) ([]Hold, error) {
	list, err := s.Holds(ctx, kind, all)
	if err != nil || scope.All() {
		return list, err
	}
	var kept []Hold
	for _, h := range list {
		seen, err := s.holdSeen(ctx, scope, h)
		if err != nil {
			return nil, err
		}
		if seen {
			kept = append(kept, h)
		}
	}
	return kept, nil
}

func (s *Store) holdSeen(ctx context.Context, scope Scope, h Hold) (bool, error) {
	var about struct {
		Site    string   `json:"site"`
		Tags    []string `json:"tags"`
		Domains []string `json:"domains"`
	}
	if len(h.Doc) == 0 || json.Unmarshal(h.Doc, &about) != nil {
		return false, nil // what it is about is not known here
	}
	if about.Site != "" {
		about.Domains = append(about.Domains, about.Site)
	}
	own := map[string]bool{}
	for _, t := range scope.Tags {
		own[t] = true
	}
	for _, t := range about.Tags {
		if !own[t] {
			return false, nil
		}
	}
	for _, d := range about.Domains {
		if _, err := s.Visible(ctx, scope, d); errors.Is(err, CodeNotFound) {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	return len(about.Tags)+len(about.Domains) > 0, nil
}
