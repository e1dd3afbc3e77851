package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/watch"
)

// Source is a ledger that is read as it comes, for more sites than one wants in
// memory at once.
type Source struct {
	Subjects []domaincheck.Subject
	Servers  []domaincheck.Server
	// Sites may be gone over more than once: a transaction that lost against
	// another begins again. An error ends the import, and nothing is written.
	Sites iter.Seq2[domaincheck.Site, error]
}

// ImportSeq is Import for a Source. Into a store that has no sites yet it
// writes many rows a statement and builds the indexes afterwards, in one
// transaction all the same; what it keeps in memory then is the names. There, a
// site may refer by id alone only to a subject or server of the lists or of an
// earlier site.
func (s *Store) ImportSeq(ctx context.Context, src Source, o ImportOptions) (Changes, error) {
	done, filled, err := s.fill(ctx, src, o)
	if err != nil || !filled {
		return done, err
	}
	l := Ledger{Subjects: src.Subjects, Servers: src.Servers}
	for site, err := range src.Sites {
		if err != nil {
			return Changes{}, err
		}
		l.Sites = append(l.Sites, site)
	}
	return s.upsert(ctx, l, o)
}

// fill imports into a store without sites; filled tells that it has some.
func (s *Store) fill(ctx context.Context, src Source, o ImportOptions) (done Changes, filled bool, err error) {
	ctx = patient(ctx)
	some := errors.New("there are sites")
	err = s.inTx(ctx, func(t *tx) error {
		done = Changes{}
		if s.d.name == "postgres" {
			if _, err := t.exec(ctx, `LOCK TABLE sites IN SHARE ROW EXCLUSIVE MODE`); err != nil {
				return err
			}
		}
		var n int64
		if err := t.row(ctx, `SELECT count(*) FROM (SELECT id FROM sites LIMIT 1) x`, nil, &n); err != nil {
			return err
		}
		if n > 0 {
			return some
		}
		b := &bulk{importer: importer{s: s, tx: t, o: o, now: micros(s.Now()), c: &done}}
		if err := b.load(ctx, src); err != nil {
			return err
		}
		if o.DryRun || len(done.Refused) > 0 && !o.SkipRefused {
			return errDry
		}
		done.Written = true
		return nil
	})
	switch {
	case errors.Is(err, errDry):
		err = nil
	case errors.Is(err, some):
		return Changes{}, true, nil
	}
	return done, false, err
}

// bulk takes a source over into an empty inventory.
type bulk struct {
	importer
	seed     maphash.Seed
	domains  map[uint64]struct{} // hashes of those written
	subjects map[domaincheck.Text]*subjectFacts
	servers  map[domaincheck.Text]*serverFacts
	next     int64 // id
	made     *derived

	sites, names, tags, uses, parts, facets inserter

	news map[string]*inserter // of subjects and servers, where there are none to compare with
}

// subjectFacts are those of a subject by which its sites are found.
type subjectFacts struct {
	name, number, province domaincheck.Text
	former, other          []string
}

// serverFacts are those of a server.
type serverFacts struct {
	provider  domaincheck.Text
	addresses []string
}

// entry is one site made ready.
type entry struct {
	index    int
	site     domaincheck.Site // whole
	main     string
	doc      []byte
	subjects []domaincheck.Subject // inlined, with facts
	servers  []domaincheck.Server
	err      error
}

func (b *bulk) load(ctx context.Context, src Source) error {
	b.seed, b.domains, b.made = maphash.MakeSeed(), map[uint64]struct{}{}, newDerived(b.s.place)
	defer b.made.close()
	b.subjects, b.servers = map[domaincheck.Text]*subjectFacts{}, map[domaincheck.Text]*serverFacts{}
	b.mains, b.touched, b.stirred = map[string]bool{}, map[int64]bool{}, map[int64]string{}
	// Ids are never given twice.
	newest := `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'sites'`
	if b.s.d.name == "postgres" {
		newest = `SELECT nextval(pg_get_serial_sequence('sites', 'id')) - 1`
	}
	if err := b.tx.row(ctx, newest, nil, &b.next); err != nil {
		return err
	}
	if err := b.prepareInserters(ctx); err != nil {
		return err
	}
	rebuild, err := b.dropIndexes(ctx)
	if err != nil {
		return err
	}
	if err := b.loadShared(ctx, src.Subjects, src.Servers); err != nil {
		return err
	}
	if err := b.loadSites(ctx, src.Sites); err != nil {
		return err
	}
	for _, in := range []*inserter{&b.sites, &b.names, &b.tags, &b.uses, &b.parts, &b.facets, b.news["subjects"], b.news["servers"]} {
		if in == nil {
			continue
		}
		if err := in.end(ctx); err != nil {
			return err
		}
	}
	if b.s.d.name == "postgres" {
		if err := b.afterCopy(ctx); err != nil {
			return err
		}
	}
	b.s.blocks.Store(b.next >> blockBits)
	for _, query := range rebuild {
		if _, err := b.tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	if b.o.Origin == FromFile {
		var l Ledger
		for id := range b.subjects {
			l.Subjects = append(l.Subjects, domaincheck.Subject{ID: id})
		}
		for id := range b.servers {
			l.Servers = append(l.Servers, domaincheck.Server{ID: id})
		}
		if err := b.removeGone(ctx, l); err != nil {
			return err
		}
	}
	return b.made.finish(ctx, b.s, b.tx)
}

func (b *bulk) prepareInserters(ctx context.Context) error {
	columns := "id, site, doc, subject_key, state, customer, origin, search, added_at, changed_at, memory, known, seen, expires"
	if b.s.sets() {
		columns += ", holder"
	}
	b.sites = b.tx.into("sites", columns+", rev, looked_at, verdict, level, report_id, facts", 1, 0, "", -1, 0, "")
	b.names = b.tx.into("site_domains", "domain, site_id, label")
	b.tags = b.tx.into("site_tags", "site_id, tag")
	b.uses = b.tx.into("site_servers", "server_id, site_id")
	b.parts = b.tx.into("parts", "site_id, part, shard, due_at, ready_at, pace, asked, lease_owner, lease_token, lease_until", "", 0, "", 0, 0)
	b.facets = b.tx.into("site_facets", "facet, site_id")
	b.news = map[string]*inserter{}
	if !b.tx.copies() {
		return nil
	}
	for _, table := range []string{"subjects", "servers"} {
		var n int64
		if err := b.tx.row(ctx, `SELECT count(*) FROM (SELECT id FROM `+table+` LIMIT 1) x`, nil, &n); err != nil {
			return err
		}
		if n == 0 {
			in := b.tx.into(table, "id, doc, origin, search, changed_at")
			b.news[table] = &in
		}
	}
	// Texts wait for their index until all are there.
	for _, query := range []string{`SET LOCAL gin_pending_list_limit = '1GB'`, `SET LOCAL maintenance_work_mem = '256MB'`} {
		if _, err := b.tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	return nil
}

// afterCopy does in PostgreSQL what follows when all rows are written.
func (b *bulk) afterCopy(ctx context.Context) error {
	if _, err := b.tx.exec(ctx, `SELECT setval(pg_get_serial_sequence('sites', 'id'), $1)`, b.next+1); err != nil {
		return err
	}
	if !b.tx.copies() || !b.s.d.trigrams {
		return nil
	}
	for _, index := range []string{"sites_search", "subjects_search", "servers_search"} {
		if _, err := b.tx.ExecContext(ctx, `SELECT gin_clean_pending_list(to_regclass($1)) WHERE to_regclass($1) IS NOT NULL`, index); err != nil {
			return err
		}
	}
	return nil
}

// declare writes a subject or server that no entry before had, and tells whether
// that changed it.
func (b *bulk) declare(ctx context.Context, table, id string, v any, words string) (bool, error) {
	in := b.news[table]
	if in == nil {
		return b.shared(ctx, table, id, v, words)
	}
	doc, err := json.Marshal(v)
	if err != nil {
		return false, err
	}
	return true, in.add(ctx, id, string(doc), b.o.Origin, fold(words), b.now)
}

// dropIndexes takes the indexes away that are cheaper to build at the end, and
// gives the statements that do so.
func (b *bulk) dropIndexes(ctx context.Context) ([]string, error) {
	if b.s.d.name != "sqlite" {
		return nil, nil
	}
	var names, rebuild []string
	var name, text string
	if err := b.tx.each(ctx, `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('sites', 'site_domains', 'site_tags', 'parts') ORDER BY name`, nil, []any{&name, &text}, func() error {
		names, rebuild = append(names, name), append(rebuild, text)
		return nil
	}); err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, err := b.tx.ExecContext(ctx, `DROP INDEX `+name); err != nil {
			return nil, err
		}
	}
	return rebuild, nil
}

func (b *bulk) loadShared(ctx context.Context, subjects []domaincheck.Subject, servers []domaincheck.Server) error {
	for _, v := range subjects {
		if err := b.subject(ctx, v); err != nil {
			return err
		}
	}
	for _, v := range servers {
		if err := b.server(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// subject writes one; the first of an id counts, as in Import.
func (b *bulk) subject(ctx context.Context, v domaincheck.Subject) error {
	if v.ID == "" || b.subjects[v.ID] != nil {
		return nil
	}
	written, err := b.declare(ctx, "subjects", string(v.ID), v, subjectWords(&v))
	if written {
		b.c.Subjects++
	}
	b.subjects[v.ID] = &subjectFacts{v.Name, v.RecordNumber, v.Province, v.FormerNames, v.OtherNames}
	return err
}

func (b *bulk) server(ctx context.Context, v domaincheck.Server) error {
	if v.ID == "" || b.servers[v.ID] != nil {
		return nil
	}
	written, err := b.declare(ctx, "servers", string(v.ID), v, serverWords(&v))
	if written {
		b.c.Servers++
	}
	b.servers[v.ID] = &serverFacts{v.Provider, v.Addresses}
	return err
}

// bulkBatch is how many sites are made ready together.
const bulkBatch = 256

// loadSites makes sites ready on one processor while it writes on another.
func (b *bulk) loadSites(ctx context.Context, sites iter.Seq2[domaincheck.Site, error]) error {
	ctx, cancel := context.WithCancel(ctx)
	ready, ended := make(chan []entry, 4), make(chan struct{})
	go func() {
		defer close(ended)
		defer close(ready)
		i := 0
		batch := make([]entry, 0, bulkBatch)
		for site, err := range sites {
			e := entry{index: i, site: site, err: err}
			if err == nil {
				e.err = e.prepare(b.s)
			}
			i++
			if batch = append(batch, e); len(batch) == bulkBatch || e.err != nil {
				select {
				case ready <- batch:
				case <-ctx.Done():
					return
				}
				batch = make([]entry, 0, bulkBatch)
			}
			if e.err != nil {
				return
			}
		}
		select {
		case ready <- batch:
		case <-ctx.Done():
		}
	}()
	defer func() { cancel(); <-ended }()
	for batch := range ready {
		for i := range batch {
			if err := b.entry(ctx, &batch[i]); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// prepare does what needs no store.
func (e *entry) prepare(s *Store) error {
	e.main = e.site.MainDomain()
	if sub := e.site.Subject; sub != nil && sub.ID != "" && !bareSubject(sub) {
		e.subjects = append(e.subjects, *sub)
	}
	for i := range e.site.Servers {
		if v := &e.site.Servers[i]; v.ID != "" && !bare(*v, domaincheck.Server{ID: v.ID}) {
			e.servers = append(e.servers, *v)
		}
	}
	var err error
	e.doc, err = referring(s, e.site)
	return err
}

func bareSubject(v *domaincheck.Subject) bool {
	return v.Name == "" && v.Province == "" && bare(*v, domaincheck.Subject{ID: v.ID})
}

// entry writes one site.
func (b *bulk) entry(ctx context.Context, e *entry) error {
	if e.err != nil {
		return e.err
	}
	if e.main == "" {
		b.refuse("", e.index, domaincheck.CodeBadInput, "the entry has no domain")
		return nil
	}
	for _, v := range e.subjects {
		if err := b.subject(ctx, v); err != nil {
			return err
		}
	}
	for _, v := range e.servers {
		if err := b.server(ctx, v); err != nil {
			return err
		}
	}
	if ok := b.refers(e); !ok {
		return nil
	}
	if ok, err := b.fresh(ctx, e); err != nil || !ok {
		return err
	}
	b.next++
	id := b.next
	known, text, expires := "", searchText(e.site), dateMicros(e.site.Expires)
	known = knownFacets(&e.site, b.o.Origin, expires)
	row := []any{id, e.main, string(e.doc), subjectKey(e.site.Subject), string(e.site.State), string(e.site.Customer), b.o.Origin, text, b.now, b.now, []byte{}, known, neverSeen(), expires}
	if b.s.sets() {
		row = append(row, holderOf(&e.site))
	}
	if err := b.sites.add(ctx, row...); err != nil {
		return err
	}
	for i, d := range e.site.Domains {
		if slices.ContainsFunc(e.site.Domains[:i], func(x domaincheck.Domain) bool { return x.Domain == d.Domain }) {
			continue
		}
		label, _, _ := strings.Cut(d.Domain, ".")
		if err := b.names.add(ctx, d.Domain, id, label); err != nil {
			return err
		}
	}
	for i, tag := range e.site.Tags {
		if slices.Contains(e.site.Tags[:i], tag) {
			continue
		}
		if err := b.tags.add(ctx, id, tag); err != nil {
			return err
		}
	}
	for i, v := range e.site.Servers {
		if v.ID != "" && !slices.ContainsFunc(e.site.Servers[:i], func(x domaincheck.Server) bool { return x.ID == v.ID }) {
			if err := b.uses.add(ctx, string(v.ID), id); err != nil {
				return err
			}
		}
	}
	shard := shardOf(e.main)
	for _, part := range bulkParts() {
		if err := b.parts.add(ctx, id, string(part), shard, b.now, b.now); err != nil {
			return err
		}
	}
	b.c.Added = append(b.c.Added, e.main)
	if b.o.Origin == FromFile {
		b.touched[id] = true
	}
	return b.list(ctx, id, listing{known, neverSeen(), text, lookWords([3]int64{}, 0), nil})
}

// bulkParts are all parts in the order of their names: rows come as their key
// has them.
func bulkParts() []watch.Part {
	all := allParts()
	slices.Sort(all)
	return all
}

func (b *bulk) list(ctx context.Context, id int64, l listing) error {
	if b.s.sets() {
		if b.made.tags.n > b.s.sizes.pending {
			if err := b.made.tags.write(ctx, b.tx); err != nil {
				return err
			}
		}
		return b.made.site(id, l)
	}
	for w := range union(l.known, l.seen) {
		if err := b.facets.add(ctx, w, id); err != nil {
			return err
		}
	}
	return nil
}

// refers puts the subject and the servers of an entry in place.
func (b *bulk) refers(e *entry) bool {
	if sub := e.site.Subject; sub != nil && sub.ID != "" {
		v := b.subjects[sub.ID]
		if v == nil {
			b.refuse(e.main, e.index, domaincheck.CodeBadInput, "there is no subject with the id %q", sub.ID)
			return false
		}
		e.site.Subject = &domaincheck.Subject{ID: sub.ID, Name: v.name, RecordNumber: v.number, Province: v.province, FormerNames: v.former, OtherNames: v.other}
	}
	servers := slices.Clone(e.site.Servers)
	for i, v := range servers {
		if v.ID == "" {
			continue
		}
		known := b.servers[v.ID]
		if known == nil {
			b.refuse(e.main, e.index, domaincheck.CodeBadInput, "there is no server with the id %q", v.ID)
			return false
		}
		servers[i] = domaincheck.Server{ID: v.ID, Provider: known.provider, Addresses: known.addresses}
	}
	e.site.Servers = servers
	return true
}

// fresh tells whether no entry before has one of the domains, and takes them.
func (b *bulk) fresh(ctx context.Context, e *entry) (bool, error) {
	for _, d := range e.site.Domains {
		h := maphash.String(b.seed, d.Domain)
		if _, had := b.domains[h]; !had {
			continue
		}
		if err := errors.Join(b.sites.end(ctx), b.names.end(ctx)); err != nil {
			return false, err
		}
		var other string
		err := b.tx.row(ctx, `SELECT s.site FROM site_domains d JOIN sites s ON s.id = d.site_id WHERE d.domain = $1`, []any{d.Domain}, &other)
		if isNone(err) {
			continue // another domain with the same hash
		}
		if err != nil {
			return false, fmt.Errorf("%s: %w", d.Domain, err)
		}
		if other == e.main {
			b.refuse(e.main, e.index, domaincheck.CodeBadInput, "stands twice in this ledger")
		} else {
			b.refuse(e.main, e.index, domaincheck.CodeBadInput, "one of its domains belongs to the site %s", other)
		}
		return false, nil
	}
	for _, d := range e.site.Domains {
		b.domains[maphash.String(b.seed, d.Domain)] = struct{}{}
	}
	return true, nil
}
