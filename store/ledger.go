package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"domaincheck"
	"domaincheck/watch"
)

// FromFile is the origin of rows of the inventory file: read-only for all but
// that file.
const FromFile = "file"

// Ledger is an inventory: what package inventory calls a document. Sites may
// have their subject and servers inlined; those with an id are kept once and
// shared, and an inlined one of which only the id is given refers to the one
// kept.
type Ledger struct {
	Subjects []domaincheck.Subject
	Servers  []domaincheck.Server
	Sites    []domaincheck.Site
}

// ImportOptions say how a ledger is taken over.
type ImportOptions struct {
	// Origin is "" for import and API, or FromFile for the inventory file: its
	// rows then take over what was there, and rows of that origin that the
	// ledger no longer has are removed.
	Origin string
	DryRun bool // say what would happen and write nothing
	// SkipRefused writes the good rows although others are refused. Without it
	// one refused row keeps all from being written.
	SkipRefused bool
}

// Refusal is a row that cannot be taken over.
type Refusal struct {
	Site  string // main domain, or the id of a subject or server
	Index int    // in Ledger.Sites; -1 for subjects and servers
	Err   *domaincheck.Error
}

// Changes is what an import did, or would do. Lists hold main domains.
type Changes struct {
	Added, Changed, Unchanged, Removed []string
	Affected                           []string // unchanged themselves, but their subject or server changed
	Subjects, Servers                  int      // written
	Refused                            []Refusal
	Written                            bool
}

var errDry = errors.New("dry run")

// Import upserts a ledger in one transaction: all or nothing, but see
// SkipRefused. A site is known again by its main domain, or, if that is new,
// as the one site that had one of its domains; its memory goes with it. A new
// site is due at once in every part; one whose facts changed gets a new
// revision and a look at DNS at once, so that it is judged anew.
func (s *Store) Import(ctx context.Context, l Ledger, o ImportOptions) (Changes, error) {
	if len(l.Sites) > 0 {
		whole := gather(l)
		sites := func(yield func(domaincheck.Site, error) bool) {
			for _, site := range whole.Sites {
				if !yield(site, nil) {
					return
				}
			}
		}
		done, filled, err := s.fill(ctx, Source{whole.Subjects, whole.Servers, sites}, o)
		if err != nil || !filled {
			return done, err
		}
	}
	return s.upsert(ctx, l, o)
}

// upsert is Import row by row.
func (s *Store) upsert(ctx context.Context, l Ledger, o ImportOptions) (Changes, error) {
	var done Changes
	ctx = patient(ctx)
	err := s.inTx(ctx, func(t *tx) error {
		done = Changes{}
		im := &importer{s: s, tx: t, o: o, now: micros(s.Now()), c: &done}
		if err := im.run(ctx, l); err != nil {
			return err
		}
		if o.DryRun || len(done.Refused) > 0 && !o.SkipRefused {
			return errDry
		}
		done.Written = true
		return nil
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return done, err
}

// subjectKey tells subjects apart: by id, else by name; "" for none.
func subjectKey(sub *domaincheck.Subject) string {
	switch {
	case sub == nil:
		return ""
	case sub.ID != "":
		return "id " + string(sub.ID)
	case sub.Name != "":
		return "name " + string(sub.Name)
	}
	return ""
}

// fold is the form in which texts are searched.
func fold(text string) string { return strings.ToLower(norm.NFKC.String(text)) }

// searchText is all of a site that people search by, folded, one to a line.
func searchText(site domaincheck.Site) string {
	var w []string
	for _, d := range site.Domains {
		w = append(w, d.Domain)
		if u, err := idna.ToUnicode(d.Domain); err == nil && u != d.Domain {
			w = append(w, u)
		}
	}
	w = append(w, string(site.Name), string(site.RecordNumber), string(site.Customer), string(site.PoliceNumber))
	if sub := site.Subject; sub != nil {
		w = append(w, string(sub.ID), string(sub.Name), string(sub.RecordNumber), string(sub.Province))
		w = append(w, sub.FormerNames...)
		w = append(w, sub.OtherNames...)
	}
	for _, a := range site.Access {
		w = append(w, a.Provider)
		w = append(w, a.Addresses...)
	}
	for _, v := range site.Servers {
		w = append(w, string(v.ID))
		w = append(w, v.Addresses...)
	}
	w = append(w, site.Tags...)
	w = slices.DeleteFunc(w, func(x string) bool { return x == "" })
	return fold(strings.Join(w, "\n"))
}

func shardOf(site string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(site))
	return int64(h.Sum32() % Shards)
}

// referring is the site as it is kept: shared subjects and servers by id only.
func referring(s *Store, site domaincheck.Site) ([]byte, error) {
	if site.Subject != nil && site.Subject.ID != "" {
		site.Subject = &domaincheck.Subject{ID: site.Subject.ID}
	}
	servers := slices.Clone(site.Servers)
	for i, v := range servers {
		if v.ID != "" {
			servers[i] = domaincheck.Server{ID: v.ID}
		}
	}
	site.Servers = servers
	return s.packs.docs.encode(site)
}

// parts of every site, in the order in which a new site is looked at.
func allParts() []watch.Part {
	return []watch.Part{watch.Resolution, watch.Page, watch.Registration, watch.Record}
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// shared loads subjects and servers once for many sites.
type shared struct {
	q        querier
	subjects map[domaincheck.Text]*domaincheck.Subject
	servers  map[domaincheck.Text]*domaincheck.Server
	counts   map[string]domaincheck.Siblings // by the subject's key
}

func newShared(q querier) *shared {
	return &shared{q: q, subjects: map[domaincheck.Text]*domaincheck.Subject{}, servers: map[domaincheck.Text]*domaincheck.Server{}, counts: map[string]domaincheck.Siblings{}}
}

// inline decodes a site and puts its subject and servers in place.
func (h *shared) inline(ctx context.Context, doc string) (domaincheck.Site, error) {
	var site domaincheck.Site
	if err := json.Unmarshal([]byte(doc), &site); err != nil {
		return site, domaincheck.Errorf(CodeCorrupt, "", "a site's entry cannot be read: %w", err)
	}
	if site.Subject != nil && site.Subject.ID != "" {
		id := site.Subject.ID
		if _, known := h.subjects[id]; !known {
			v, err := one[domaincheck.Subject](ctx, h.q, `SELECT doc FROM subjects WHERE id = $1`, string(id))
			if err != nil {
				return site, err
			}
			h.subjects[id] = v
		}
		if v := h.subjects[id]; v != nil {
			whole := *v
			site.Subject = &whole
		}
	}
	for i, ref := range site.Servers {
		if ref.ID == "" {
			continue
		}
		if _, known := h.servers[ref.ID]; !known {
			v, err := one[domaincheck.Server](ctx, h.q, `SELECT doc FROM servers WHERE id = $1`, string(ref.ID))
			if err != nil {
				return site, err
			}
			h.servers[ref.ID] = v
		}
		if v := h.servers[ref.ID]; v != nil {
			site.Servers[i] = *v
		}
	}
	return site, nil
}

// ahead reads the subjects and servers of some entries at once.
func (h *shared) ahead(ctx context.Context, docs []string) error {
	subjects, servers := map[string]bool{}, map[string]bool{}
	for _, doc := range docs {
		var refs struct {
			Subject *struct {
				ID string `json:"id"`
			} `json:"subject"`
			Servers []struct {
				ID string `json:"id"`
			} `json:"servers"`
		}
		if err := json.Unmarshal([]byte(doc), &refs); err != nil {
			return domaincheck.Errorf(CodeCorrupt, "", "a site's entry cannot be read: %w", err)
		}
		if refs.Subject != nil && refs.Subject.ID != "" {
			subjects[refs.Subject.ID] = true
		}
		for _, v := range refs.Servers {
			if v.ID != "" {
				servers[v.ID] = true
			}
		}
	}
	if err := some(ctx, h.q, "subjects", subjects, h.subjects); err != nil {
		return err
	}
	return some(ctx, h.q, "servers", servers, h.servers)
}

// some reads the documents of some ids of a table; nil for those not there.
func some[T any](ctx context.Context, from querier, table string, ids map[string]bool, into map[domaincheck.Text]*T) error {
	list := slices.Sorted(maps.Keys(ids))
	for part := range slices.Chunk(list, 500) {
		q := &query{}
		anyOf(q, `id IN (%s)`, part)
		rows, err := from.QueryContext(ctx, `SELECT id, doc FROM `+table+q.sql(), q.args...)
		if err != nil {
			return err
		}
		for _, id := range part {
			into[domaincheck.Text(id)] = nil
		}
		var id, doc string
		if err := eachRow(rows, []any{&id, &doc}, func() error {
			v := new(T)
			into[domaincheck.Text(id)] = v
			return json.Unmarshal([]byte(doc), v)
		}); err != nil {
			return err
		}
	}
	return nil
}

// one decodes the document of at most one row; nil if there is none.
func one[T any](ctx context.Context, q querier, query string, args ...any) (*T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	var doc string
	var found *T
	err = eachRow(rows, []any{&doc}, func() error {
		found = new(T)
		return json.Unmarshal([]byte(doc), found)
	})
	return found, err
}

// Export gives the whole inventory, rows of the file included: subjects and
// servers by id, sites as they were added.
func (s *Store) Export(ctx context.Context) (Ledger, error) {
	var l Ledger
	rt, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: s.d.name == "postgres", Isolation: s.snapshot()})
	if err != nil {
		return l, s.explain(err)
	}
	defer func() { _ = rt.Rollback() }()
	if l.Subjects, err = docs[domaincheck.Subject](ctx, rt, `SELECT doc FROM subjects ORDER BY id`); err != nil {
		return l, s.explain(err)
	}
	if l.Servers, err = docs[domaincheck.Server](ctx, rt, `SELECT doc FROM servers ORDER BY id`); err != nil {
		return l, s.explain(err)
	}
	h := newShared(rt)
	for i := range l.Subjects {
		h.subjects[l.Subjects[i].ID] = &l.Subjects[i]
	}
	for i := range l.Servers {
		h.servers[l.Servers[i].ID] = &l.Servers[i]
	}
	all, err := strs(ctx, rt, `SELECT doc FROM sites ORDER BY id`)
	if err != nil {
		return l, s.explain(err)
	}
	for _, doc := range all {
		site, err := h.inline(ctx, doc)
		if err != nil {
			return l, s.explain(err)
		}
		l.Sites = append(l.Sites, site)
	}
	return l, nil
}

// snapshot is the isolation under which several reads agree.
func (s *Store) snapshot() sql.IsolationLevel {
	if s.d.name == "postgres" {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

func docs[T any](ctx context.Context, q querier, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	var all []T
	var doc string
	err = eachRow(rows, []any{&doc}, func() error {
		var v T
		err := json.Unmarshal([]byte(doc), &v)
		all = append(all, v)
		return err
	})
	return all, err
}

func strs(ctx context.Context, q querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	var all []string
	var v string
	err = eachRow(rows, []any{&v}, func() error { all = append(all, v); return nil })
	return all, err
}

// Subjects lists the shared subjects whose folded words contain text, by id,
// after the id after, at most limit.
func (s *Store) Subjects(ctx context.Context, text, after string, limit int) ([]domaincheck.Subject, error) {
	v, err := docs[domaincheck.Subject](ctx, s.read, `SELECT doc FROM subjects WHERE id > $1 AND search LIKE $2 ESCAPE '!' ORDER BY id LIMIT $3`, after, like(text), page(limit))
	return v, s.explain(err)
}

// Servers lists the shared servers, as Subjects does.
func (s *Store) Servers(ctx context.Context, text, after string, limit int) ([]domaincheck.Server, error) {
	v, err := docs[domaincheck.Server](ctx, s.read, `SELECT doc FROM servers WHERE id > $1 AND search LIKE $2 ESCAPE '!' ORDER BY id LIMIT $3`, after, like(text), page(limit))
	return v, s.explain(err)
}

// like is the pattern that finds a text anywhere.
func like(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(fold(text)) + "%"
}

// likeExact is the same without folding.
func likeExact(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
}

// quoted is a text as encoding/json writes it.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		return ""
	}
	return string(b)
}

// page bounds the length of one page of a list.
func page(limit int) int {
	if limit <= 0 {
		return 100
	}
	return min(limit, 1000)
}
