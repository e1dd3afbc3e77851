package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/watch"
)

// importer takes a ledger over within one transaction.
type importer struct {
	s   *Store
	tx  *tx
	o   ImportOptions
	now int64
	c   *Changes

	mains   map[string]bool  // main domains of this ledger
	touched map[int64]bool   // sites written here
	stirred map[int64]string // sites whose subject or server changed
}

func (im *importer) refuse(name string, index int, code domaincheck.Code, format string, args ...any) {
	im.c.Refused = append(im.c.Refused, Refusal{Site: name, Index: index, Err: domaincheck.Errorf(code, name, format, args...)})
}

func (im *importer) run(ctx context.Context, l Ledger) error {
	im.mains, im.touched, im.stirred = map[string]bool{}, map[int64]bool{}, map[int64]string{}
	l = gather(l)
	for _, v := range l.Subjects {
		written, err := im.shared(ctx, "subjects", string(v.ID), v, subjectWords(&v))
		if err != nil {
			return err
		}
		if written {
			im.c.Subjects++
			if err := im.stir(ctx, `SELECT id, site FROM sites WHERE subject_key = $1`, "id "+string(v.ID)); err != nil {
				return err
			}
		}
	}
	for _, v := range l.Servers {
		written, err := im.shared(ctx, "servers", string(v.ID), v, serverWords(&v))
		if err != nil {
			return err
		}
		if written {
			im.c.Servers++
			if err := im.stir(ctx, `SELECT id, site FROM sites JOIN site_servers ON site_id = id WHERE server_id = $1`, string(v.ID)); err != nil {
				return err
			}
		}
	}
	if err := im.sites(ctx, l.Sites); err != nil {
		return err
	}
	if im.o.Origin == FromFile {
		if err := im.removeGone(ctx, l); err != nil {
			return err
		}
	}
	return im.rejudge(ctx)
}

func subjectWords(v *domaincheck.Subject) string {
	return strings.Join(append(append([]string{string(v.ID), string(v.Name), string(v.RecordNumber), string(v.Province)}, v.FormerNames...), v.Tags...), "\n")
}

func serverWords(v *domaincheck.Server) string {
	return strings.Join(append([]string{string(v.ID), string(v.Provider), string(v.Type), string(v.Region)}, v.Addresses...), "\n")
}

// gather adds the inlined subjects and servers that have an id and facts of
// their own to the lists; what stands in the lists wins.
func gather(l Ledger) Ledger {
	subjects, servers := map[domaincheck.Text]bool{}, map[domaincheck.Text]bool{}
	out := Ledger{Sites: l.Sites}
	for _, v := range l.Subjects {
		if v.ID != "" {
			subjects[v.ID] = true
			out.Subjects = append(out.Subjects, v)
		}
	}
	for _, v := range l.Servers {
		if v.ID != "" {
			servers[v.ID] = true
			out.Servers = append(out.Servers, v)
		}
	}
	for _, site := range l.Sites {
		if v := site.Subject; v != nil && v.ID != "" && !subjects[v.ID] && !bare(v, domaincheck.Subject{ID: v.ID}) {
			subjects[v.ID] = true
			out.Subjects = append(out.Subjects, *v)
		}
		for _, v := range site.Servers {
			if v.ID != "" && !servers[v.ID] && !bare(v, domaincheck.Server{ID: v.ID}) {
				servers[v.ID] = true
				out.Servers = append(out.Servers, v)
			}
		}
	}
	return out
}

// bare tells whether a declaration says no more than its id.
func bare(v, idOnly any) bool {
	a, errA := json.Marshal(v)
	b, errB := json.Marshal(idOnly)
	return errA == nil && errB == nil && string(a) == string(b)
}

// shared writes one subject or server and tells whether that changed it.
func (im *importer) shared(ctx context.Context, table, id string, v any, words string) (bool, error) {
	doc, err := json.Marshal(v)
	if err != nil {
		return false, err
	}
	var had, origin, search string
	err = im.tx.row(ctx, `SELECT doc, origin, search FROM `+table+` WHERE id = $1`, []any{id}, &had, &origin, &search)
	switch {
	case isNone(err):
	case err != nil:
		return false, err
	case had == string(doc) && (origin == im.o.Origin || im.o.Origin == ""):
		return false, nil
	case origin == FromFile && im.o.Origin != FromFile:
		im.refuse(id, -1, CodeFromFile, "belongs to the inventory file and is changed there")
		return false, nil
	}
	if _, err = im.tx.exec(ctx, `INSERT INTO `+table+` (id, doc, origin, search, changed_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, origin = excluded.origin, search = excluded.search, changed_at = excluded.changed_at`,
		id, string(doc), im.o.Origin, fold(words), im.now); err != nil {
		return false, err
	}
	return had != string(doc), im.s.pairShared(ctx, im.tx, table, id, search, fold(words))
}

// stir marks sites that a change of something shared concerns.
func (im *importer) stir(ctx context.Context, query string, args ...any) error {
	var id int64
	var site string
	return im.tx.each(ctx, query, args, []any{&id, &site}, func() error { im.stirred[id] = site; return nil })
}

// sites writes the sites: first they let go of domains that they no longer
// have, so that a domain may move from one site to another.
func (im *importer) sites(ctx context.Context, sites []domaincheck.Site) error {
	for _, site := range sites {
		main := site.MainDomain()
		if main == "" {
			continue
		}
		im.mains[main] = true
		var id int64
		var origin string
		err := im.tx.row(ctx, `SELECT id, origin FROM sites WHERE site = $1`, []any{main}, &id, &origin)
		if isNone(err) || err == nil && origin == FromFile && im.o.Origin != FromFile {
			continue
		}
		if err != nil {
			return err
		}
		keep := map[string]bool{}
		for _, d := range site.Domains {
			keep[d.Domain] = true
		}
		had, err := strs(ctx, im.tx, `SELECT domain FROM site_domains WHERE site_id = $1`, id)
		if err != nil {
			return err
		}
		for _, d := range had {
			if !keep[d] {
				if _, err := im.tx.exec(ctx, `DELETE FROM site_domains WHERE domain = $1`, d); err != nil {
					return err
				}
			}
		}
	}
	for i, site := range sites {
		if err := im.site(ctx, i, site); err != nil {
			return err
		}
	}
	return nil
}

// owner is a site that the store has.
type owner struct {
	id                int64
	site, doc, origin string
}

// find gives the site that this entry is, nil for a new one; ok is false if
// the entry was refused.
func (im *importer) find(ctx context.Context, i int, site domaincheck.Site) (found *owner, ok bool, err error) {
	main := site.MainDomain()
	var owners []owner
	for _, d := range site.Domains {
		var o owner
		err := im.tx.row(ctx, `SELECT s.id, s.site, s.doc, s.origin FROM site_domains d JOIN sites s ON s.id = d.site_id WHERE d.domain = $1`,
			[]any{d.Domain}, &o.id, &o.site, &o.doc, &o.origin)
		if isNone(err) {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		if !slices.Contains(owners, o) {
			owners = append(owners, o)
		}
	}
	for _, o := range owners {
		if im.touched[o.id] && o.site == main {
			im.refuse(main, i, domaincheck.CodeBadInput, "stands twice in this ledger")
			return nil, false, nil
		}
		if o.site != main && (len(owners) > 1 || im.mains[o.site] || im.touched[o.id]) {
			im.refuse(main, i, domaincheck.CodeBadInput, "one of its domains belongs to the site %s", o.site)
			return nil, false, nil
		}
		if o.origin == FromFile && im.o.Origin != FromFile {
			im.refuse(main, i, CodeFromFile, "belongs to the inventory file and is changed there")
			return nil, false, nil
		}
	}
	if len(owners) == 0 {
		return nil, true, nil
	}
	return &owners[0], true, nil
}

// refersWell tells whether the shared things that a site names are there.
func (im *importer) refersWell(ctx context.Context, i int, site domaincheck.Site) (bool, error) {
	missing := func(table string, id domaincheck.Text) (bool, error) {
		if id == "" {
			return false, nil
		}
		var n int64
		err := im.tx.row(ctx, `SELECT count(*) FROM `+table+` WHERE id = $1`, []any{string(id)}, &n)
		return n == 0, err
	}
	if site.Subject != nil {
		if gone, err := missing("subjects", site.Subject.ID); err != nil {
			return false, err
		} else if gone {
			im.refuse(site.MainDomain(), i, domaincheck.CodeBadInput, "there is no subject with the id %q", site.Subject.ID)
			return false, nil
		}
	}
	for _, v := range site.Servers {
		if gone, err := missing("servers", v.ID); err != nil {
			return false, err
		} else if gone {
			im.refuse(site.MainDomain(), i, domaincheck.CodeBadInput, "there is no server with the id %q", v.ID)
			return false, nil
		}
	}
	return true, nil
}

// site writes one entry.
func (im *importer) site(ctx context.Context, i int, site domaincheck.Site) error {
	main := site.MainDomain()
	if main == "" {
		im.refuse("", i, domaincheck.CodeBadInput, "the entry has no domain")
		return nil
	}
	was, ok, err := im.find(ctx, i, site)
	if err != nil || !ok {
		return err
	}
	if ok, err = im.refersWell(ctx, i, site); err != nil || !ok {
		return err
	}
	doc, err := referring(im.s, site)
	if err != nil {
		return err
	}
	var id int64
	switch {
	case was == nil:
		id, err = im.add(ctx, main, string(doc), site)
	case was.doc == string(doc) && was.site == main:
		id = was.id
		im.c.Unchanged = append(im.c.Unchanged, main)
		if was.origin != im.o.Origin {
			if _, err = im.tx.exec(ctx, `UPDATE sites SET origin = $1 WHERE id = $2`, im.o.Origin, id); err == nil {
				err = im.index(ctx, id)
			}
		}
	default:
		id = was.id
		err = im.change(ctx, was, main, string(doc), site)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", main, err)
	}
	im.touched[id] = true
	return nil
}

func (im *importer) add(ctx context.Context, main, doc string, site domaincheck.Site) (int64, error) {
	var id int64
	err := im.tx.row(ctx, `INSERT INTO sites (site, doc, subject_key, state, customer, origin, search, rev, added_at, changed_at, looked_at, verdict, level, report_id, facts, memory, known, seen)
		VALUES ($1, $2, $3, $4, $5, $6, '', 1, $7, $7, 0, '', -1, 0, '', $8, '', $9) RETURNING id`,
		[]any{main, doc, subjectKey(site.Subject), string(site.State), string(site.Customer), im.o.Origin, im.now, []byte{}, neverSeen()}, &id)
	if err != nil {
		return 0, err
	}
	if err := im.s.reface(ctx, im.tx, id, "", "", "", neverSeen()); err != nil {
		return 0, err
	}
	if err := im.s.relook(ctx, im.tx, id, "", [4]string{}, lookWords([3]int64{}, 0)); err != nil {
		return 0, err
	}
	im.s.reorder(im.tx, main)
	for _, part := range allParts() {
		if _, err := im.tx.exec(ctx, `INSERT INTO parts (site_id, part, shard, pace, due_at, ready_at, asked, lease_owner, lease_token, lease_until)
			VALUES ($1, $2, $3, '', $4, $4, 0, '', 0, 0)`, id, string(part), shardOf(main), im.now); err != nil {
			return 0, err
		}
	}
	im.c.Added = append(im.c.Added, main)
	return id, im.lists(ctx, id, site)
}

func (im *importer) change(ctx context.Context, was *owner, main, doc string, site domaincheck.Site) error {
	if _, err := im.tx.exec(ctx, `UPDATE sites SET site = $1, doc = $2, subject_key = $3, state = $4, customer = $5, origin = $6 WHERE id = $7`,
		main, doc, subjectKey(site.Subject), string(site.State), string(site.Customer), im.o.Origin, was.id); err != nil {
		return err
	}
	if was.site != main {
		im.s.reorder(im.tx, was.site)
		im.s.reorder(im.tx, main)
		for _, table := range []string{"reports", "events", "outbox_keys", "cases", "audit"} {
			if _, err := im.tx.exec(ctx, `UPDATE `+table+` SET site = $1 WHERE site = $2`, main, was.site); err != nil {
				return err
			}
		}
	}
	im.c.Changed = append(im.c.Changed, main)
	im.stirred[was.id] = main
	return im.lists(ctx, was.id, site)
}

// lists writes what is listed of a site beside its document.
func (im *importer) lists(ctx context.Context, id int64, site domaincheck.Site) error {
	tags, err := strs(ctx, im.tx, `SELECT tag FROM site_tags WHERE site_id = $1`, id)
	if err != nil {
		return err
	}
	if err := retagRows(ctx, im.tx, site.MainDomain(), tags, site.Tags); err != nil {
		return err
	}
	for _, table := range []string{"site_domains", "site_tags", "site_servers"} {
		if _, err := im.tx.exec(ctx, `DELETE FROM `+table+` WHERE site_id = $1`, id); err != nil {
			return err
		}
	}
	for _, d := range site.Domains {
		label, _, _ := strings.Cut(d.Domain, ".")
		if _, err := im.tx.exec(ctx, `INSERT INTO site_domains (domain, site_id, label) VALUES ($1, $2, $3) ON CONFLICT (domain) DO NOTHING`, d.Domain, id, label); err != nil {
			return err
		}
	}
	for _, tag := range site.Tags {
		if _, err := im.tx.exec(ctx, `INSERT INTO site_tags (site_id, tag) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, tag); err != nil {
			return err
		}
	}
	for _, v := range site.Servers {
		if v.ID == "" {
			continue
		}
		if _, err := im.tx.exec(ctx, `INSERT INTO site_servers (server_id, site_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, string(v.ID), id); err != nil {
			return err
		}
	}
	return im.index(ctx, id)
}

// index writes what a site is found by, from what is kept now.
func (im *importer) index(ctx context.Context, id int64) error {
	var doc, origin, search, known, seen string
	var looked, expires int64
	var ok [3]int64
	var memory []byte
	if err := im.tx.row(ctx, `SELECT doc, origin, search, known, seen, looked_at, expires, ok_registration, ok_resolution, ok_page, memory FROM sites WHERE id = $1`, []any{id},
		&doc, &origin, &search, &known, &seen, &looked, &expires, &ok[0], &ok[1], &ok[2], &memory); err != nil {
		return err
	}
	site, err := newShared(im.tx).inline(ctx, doc)
	if err != nil {
		return err
	}
	told := int64(0)
	if looked == 0 {
		told = dateMicros(site.Expires)
		expires = told
	}
	text, facets := searchText(site), knownFacets(&site, origin, told)
	if _, err = im.tx.exec(ctx, `UPDATE sites SET search = $1, known = $2, expires = $3 WHERE id = $4`, text, facets, expires, id); err != nil {
		return err
	}
	if im.s.sets() {
		if _, err = im.tx.exec(ctx, `UPDATE sites SET holder = $1 WHERE id = $2`, holderOf(&site), id); err != nil {
			return err
		}
		open, err := openOf(memory)
		if err != nil {
			return err
		}
		looks := lookWords(ok, looked)
		im.tx.pending.tags.move(known, facets, append(looks[:], openWords(open)...))
	}
	if err := im.s.retext(ctx, im.tx, id, search, text); err != nil {
		return err
	}
	return im.s.reface(ctx, im.tx, id, known, seen, facets, seen)
}

// removeGone ends the rows of the inventory file that it no longer has.
func (im *importer) removeGone(ctx context.Context, l Ledger) error {
	var gone []owner
	var o owner
	if err := im.tx.each(ctx, `SELECT id, site FROM sites WHERE origin = 'file' ORDER BY id`, nil, []any{&o.id, &o.site}, func() error {
		if !im.touched[o.id] && !im.mains[o.site] {
			gone = append(gone, o)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, o := range gone {
		if err := im.s.removeSite(ctx, im.tx, o.id); err != nil {
			return err
		}
		im.c.Removed = append(im.c.Removed, o.site)
	}
	keep := map[string]bool{}
	for _, v := range l.Subjects {
		keep["subjects "+string(v.ID)] = true
	}
	for _, v := range l.Servers {
		keep["servers "+string(v.ID)] = true
	}
	for table, used := range map[string]string{
		"subjects": `SELECT count(*) FROM sites WHERE subject_key = 'id ' || $1`,
		"servers":  `SELECT count(*) FROM site_servers WHERE server_id = $1`,
	} {
		ids, err := strs(ctx, im.tx, `SELECT id FROM `+table+` WHERE origin = 'file'`)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if keep[table+" "+id] {
				continue
			}
			// What a site of another origin still uses stays, as its own.
			var n int64
			if err := im.tx.row(ctx, used, []any{id}, &n); err != nil {
				return err
			}
			query := `UPDATE ` + table + ` SET origin = '' WHERE id = $1`
			if n == 0 {
				query = `DELETE FROM ` + table + ` WHERE id = $1`
				if err := im.s.forgetShared(ctx, im.tx, table, id); err != nil {
					return err
				}
			}
			if _, err := im.tx.exec(ctx, query, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// rejudge gives every site with new facts a new revision, so that a commit
// judged by the old ones loses, and makes its cheapest look due.
func (im *importer) rejudge(ctx context.Context) error {
	for id, site := range im.stirred {
		if !slices.Contains(im.c.Changed, site) {
			im.c.Affected = append(im.c.Affected, site)
			if err := im.index(ctx, id); err != nil {
				return err
			}
		}
		if _, err := im.tx.exec(ctx, `UPDATE sites SET rev = rev + 1, changed_at = $1 WHERE id = $2`, im.now, id); err != nil {
			return err
		}
		if err := ask(ctx, im.tx, id, watch.Resolution, im.now); err != nil {
			return err
		}
	}
	slices.Sort(im.c.Affected)
	return nil
}

// Remove takes a site out of the inventory by its main domain; its reports and
// events stay until they are pruned. CodeNotFound, CodeFromFile.
func (s *Store) Remove(ctx context.Context, site string) error {
	return s.inTx(ctx, func(t *tx) error {
		var id int64
		var origin string
		err := t.row(ctx, `SELECT id, origin FROM sites WHERE site = $1`, []any{site}, &id, &origin)
		if isNone(err) {
			return domaincheck.Errorf(CodeNotFound, site, "is not in the inventory")
		}
		if err != nil {
			return err
		}
		if origin == FromFile {
			return domaincheck.Errorf(CodeFromFile, site, "belongs to the inventory file and is removed there")
		}
		return s.removeSite(ctx, t, id)
	})
}

func (s *Store) removeSite(ctx context.Context, t *tx, id int64) error {
	var site, search, known, seen string
	var ok [3]int64
	var looked int64
	var memory []byte
	if err := t.row(ctx, `SELECT site, search, known, seen, ok_registration, ok_resolution, ok_page, looked_at, memory FROM sites WHERE id = $1`, []any{id},
		&site, &search, &known, &seen, &ok[0], &ok[1], &ok[2], &looked, &memory); err != nil {
		return err
	}
	if s.sets() {
		open, err := openOf(memory)
		if err != nil {
			return err
		}
		if err := s.reword(ctx, t, id, nil, openWords(open)); err != nil {
			return err
		}
		t.pending.tags.move(known, "", openWords(open))
	}
	tags, err := strs(ctx, t, `SELECT tag FROM site_tags WHERE site_id = $1`, id)
	if err != nil {
		return err
	}
	if err := retagRows(ctx, t, site, tags, nil); err != nil {
		return err
	}
	if err := errors.Join(s.reface(ctx, t, id, known, seen, "", ""), s.retext(ctx, t, id, search, ""), s.relook(ctx, t, id, known, lookWords(ok, looked), [4]string{})); err != nil {
		return err
	}
	for _, table := range []string{"site_domains", "site_tags", "site_servers", "parts", "findings", "risks", "opens"} {
		if _, err := t.exec(ctx, `DELETE FROM `+table+` WHERE site_id = $1`, id); err != nil {
			return err
		}
	}
	_, err = t.exec(ctx, `DELETE FROM sites WHERE id = $1`, id)
	s.reorder(t, site)
	return err
}

// RemoveSubject ends a shared subject that no site refers to.
func (s *Store) RemoveSubject(ctx context.Context, id string) error {
	return s.removeShared(ctx, "subjects", `SELECT count(*) FROM sites WHERE subject_key = 'id ' || $1`, id)
}

// RemoveServer ends a shared server that no site refers to.
func (s *Store) RemoveServer(ctx context.Context, id string) error {
	return s.removeShared(ctx, "servers", `SELECT count(*) FROM site_servers WHERE server_id = $1`, id)
}

func (s *Store) removeShared(ctx context.Context, table, used, id string) error {
	return s.inTx(ctx, func(t *tx) error {
		var n int64
		if err := t.row(ctx, used, []any{id}, &n); err != nil {
			return err
		}
		var origin string
		err := t.row(ctx, `SELECT origin FROM `+table+` WHERE id = $1`, []any{id}, &origin)
		switch {
		case isNone(err):
			return domaincheck.Errorf(CodeNotFound, id, "is not in the inventory")
		case err != nil:
			return err
		case origin == FromFile:
			return domaincheck.Errorf(CodeFromFile, id, "belongs to the inventory file and is removed there")
		case n > 0:
			return domaincheck.Errorf(CodeConflict, id, "%d sites refer to it", n)
		}
		if err := s.forgetShared(ctx, t, table, id); err != nil {
			return err
		}
		_, err = t.exec(ctx, `DELETE FROM `+table+` WHERE id = $1`, id)
		return err
	})
}
