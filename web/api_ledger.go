package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/inventory"
	"domaincheck/store"
)

// SubjectItem is a filing subject (主办单位) with how its sites stand.
type SubjectItem struct {
	domaincheck.Subject
	Sites    int                  `json:"sites" doc:"of those that the token sees"`
	Failing  int                  `json:"failing" doc:"of them, those with verdict fail"`
	Risk     domaincheck.Severity `json:"risk" doc:"the worst of their risks"`
	ReadOnly bool                 `json:"read_only"`
}

// ServerItem is a declared server with the number of sites on it.
type ServerItem struct {
	domaincheck.Server
	Sites    int  `json:"sites" doc:"of those that the token sees"`
	ReadOnly bool `json:"read_only"`
}

type sharedInput struct {
	PageInput
	Search string `query:"q" maxLength:"200" doc:"words that must all be found"`
}

func (in sharedInput) query(ctx context.Context) store.SharedQuery {
	return store.SharedQuery{Scope: scopeOf(ctx), Text: in.Search, After: in.Cursor, Limit: in.Limit}
}

// IDInput names a thing by its id.
type IDInput struct {
	ID string `path:"id" maxLength:"200"`
}

type putSharedInput struct {
	IDInput
	IfMatch string `header:"If-Match"`
	EntryInput
}

type writtenShared[T any] struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     T
}

// shared is what the API needs to know of subjects or of servers: T is the item
// as it is shown.
type shared[T any] struct {
	kind, list string // subject, subjects
	get        func(ctx context.Context, scope store.Scope, id string) (sharedRow[T], error)
	remove     func(ctx context.Context, id string) error
	ledger     func(inventory.Document) (store.Ledger, string)
}

// sharedRow is one of them: the item, the entry it was made of, and whether the
// inventory file holds it.
type sharedRow[T any] struct {
	item  T
	entry any
	file  bool
}

func (s *Server) subjectRow(ctx context.Context, r store.SubjectRow) sharedRow[SubjectItem] {
	file := r.Origin == store.FromFile
	return sharedRow[SubjectItem]{SubjectItem{maskSubject(ctx, r.Subject), r.Sites, r.Fail, r.Level, file}, r.Subject, file}
}

func serverRow(r store.ServerRow) sharedRow[ServerItem] {
	file := r.Origin == store.FromFile
	return sharedRow[ServerItem]{ServerItem{r.Server, r.Sites, file}, r.Server, file}
}

// readShared reads one entry of the ledger's list of that name.
func readShared(raw []byte, list, id string) (inventory.Document, error) {
	var doc inventory.Document
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil {
		return doc, problem(http.StatusBadRequest, "bad_input", "the body is no JSON object")
	}
	for _, name := range []string{"sites", "failing", "risk", "read_only"} { // of an item sent back
		delete(members, name)
	}
	if id != "" && members["id"] == nil {
		members["id"], _ = json.Marshal(id)
	}
	wrapped, err := json.Marshal(map[string]any{list: []any{members}})
	if err != nil {
		return doc, err
	}
	doc, err = inventory.Read(bytes.NewReader(wrapped), inventory.Options{Format: "yaml", Name: "body", RecordNumber: icp.CheckNumber})
	if err != nil {
		return doc, err
	}
	for _, row := range doc.Refused() {
		return doc, row.Err
	}
	return doc, nil
}

// write takes an entry over. id is that of the path, "" for POST.
func (v shared[T]) write(s *Server, ctx context.Context, id, ifMatch string, raw []byte) (*writtenShared[T], error) {
	doc, err := readShared(raw, v.list, id)
	if err != nil {
		return nil, err
	}
	ledger, named := v.ledger(doc)
	switch {
	case named == "":
		return nil, problem(http.StatusUnprocessableEntity, "bad_input", "a %s needs an id", v.kind)
	case id != "" && named != id:
		return nil, problem(http.StatusUnprocessableEntity, "bad_input", "the entry's id is not that of the address")
	}
	was, err := v.get(ctx, store.Scope{}, named)
	known := err == nil
	switch {
	case err != nil && !errors.Is(err, store.CodeNotFound):
		return nil, err
	case known && id == "":
		return nil, problem(http.StatusConflict, "conflict", "there is a %s %s already", v.kind, named).hint("change it with PUT /" + v.list + "/" + named)
	case known && was.file:
		return nil, s.fromFile(v.kind + " " + named)
	case !known && ifMatch != "", known && !matches(ifMatch, jsonTag(was.entry)):
		return nil, problem(http.StatusPreconditionFailed, "conflict", "the %s %s was changed meanwhile", v.kind, named)
	}
	if err := s.mayWrite(ctx, ledger); err != nil {
		return nil, err
	}
	done, err := s.o.Store.Import(ctx, ledger, store.ImportOptions{})
	if err != nil {
		return nil, err
	}
	if len(done.Refused) > 0 {
		return nil, s.refusal(done.Refused[0])
	}
	now, err := v.get(ctx, store.Scope{}, named)
	if err != nil {
		return nil, err
	}
	entry := auditEntry{Action: "create", Kind: v.kind, Object: named, After: now.entry}
	out := &writtenShared[T]{Status: http.StatusCreated, Location: apiRoot + "/" + v.list + "/" + url.PathEscape(named), ETag: jsonTag(now.entry), Body: now.item}
	if known {
		entry.Action, entry.Before, out.Status = "change", was.entry, http.StatusOK
	}
	s.audit(ctx, entry)
	s.poke("")
	return out, nil
}

func (v shared[T]) drop(s *Server, ctx context.Context, id string) error {
	was, err := v.get(ctx, scopeOf(ctx), id)
	if err != nil {
		return err
	}
	if was.file {
		return s.fromFile(v.kind + " " + id)
	}
	if err := v.remove(ctx, id); err != nil {
		return err
	}
	s.audit(ctx, auditEntry{Action: "delete", Kind: v.kind, Object: id, Before: was.entry})
	return nil
}

// register puts the operations of one kind on the API.
func (v shared[T]) register(b *builder, list func(context.Context, *sharedInput) (*listed[T], error)) {
	s := b.s
	tag := []string{v.list}
	entry := func() *huma.RequestBody {
		return &huma.RequestBody{Required: true, Description: "an entry as under " + v.list + ": in the ledger", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}}}
	}
	one := "/" + v.list + "/{id}"
	add(b, RoleRead, huma.Operation{OperationID: "list-" + v.list, Method: http.MethodGet, Path: "/" + v.list, Tags: tag, Summary: "List " + v.list}, list)
	add(b, RoleRead, huma.Operation{OperationID: "get-" + v.kind, Method: http.MethodGet, Path: one, Tags: tag, Summary: "One " + v.kind},
		func(ctx context.Context, in *IDInput) (*writtenShared[T], error) {
			row, err := v.get(ctx, scopeOf(ctx), in.ID)
			if err != nil {
				return nil, err
			}
			return &writtenShared[T]{Status: http.StatusOK, ETag: jsonTag(row.entry), Body: row.item}, nil
		})
	add(b, RoleAdmin, huma.Operation{OperationID: "create-" + v.kind, Method: http.MethodPost, Path: "/" + v.list, Tags: tag, Summary: "Add a " + v.kind, DefaultStatus: http.StatusCreated,
		RequestBody: entry(), SkipValidateBody: true}, func(ctx context.Context, in *EntryInput) (*writtenShared[T], error) {
		return v.write(s, ctx, "", "", in.RawBody)
	})
	var item T
	add(b, RoleAdmin, huma.Operation{OperationID: "put-" + v.kind, Method: http.MethodPut, Path: one, Tags: tag, Summary: "Write a " + v.kind + " (200), or add it (201)",
		RequestBody: entry(), SkipValidateBody: true, Responses: b.also(http.StatusCreated, item)}, func(ctx context.Context, in *putSharedInput) (*writtenShared[T], error) {
		return v.write(s, ctx, in.ID, in.IfMatch, in.RawBody)
	})
	add(b, RoleAdmin, huma.Operation{OperationID: "delete-" + v.kind, Method: http.MethodDelete, Path: one, Tags: tag, Summary: "Remove a " + v.kind + " that no site refers to",
		DefaultStatus: http.StatusNoContent}, func(ctx context.Context, in *IDInput) (*none, error) { return nil, v.drop(s, ctx, in.ID) })
}

// jsonTag is the tag of an entry.
func jsonTag(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return tagOf(b)
}

// ledger registers subjects and servers.
func (b *builder) ledger() {
	s := b.s
	subjects := shared[SubjectItem]{
		kind: "subject", list: "subjects", remove: s.o.Store.RemoveSubject,
		get: func(ctx context.Context, scope store.Scope, id string) (sharedRow[SubjectItem], error) {
			r, err := s.o.Store.Subject(ctx, scope, id)
			return s.subjectRow(ctx, r), err
		},
		ledger: func(d inventory.Document) (store.Ledger, string) {
			if len(d.Subjects) != 1 {
				return store.Ledger{}, ""
			}
			return store.Ledger{Subjects: d.Subjects}, string(d.Subjects[0].ID)
		},
	}
	subjects.register(b, func(ctx context.Context, in *sharedInput) (*listed[SubjectItem], error) {
		page, err := s.o.Store.SubjectList(ctx, in.query(ctx))
		out := &listed[SubjectItem]{}
		out.Body.Next = domaincheck.Text(page.Next)
		for _, r := range page.Items {
			out.Body.Items = append(out.Body.Items, s.subjectRow(ctx, r).item)
		}
		return out, err
	})
	servers := shared[ServerItem]{
		kind: "server", list: "servers", remove: s.o.Store.RemoveServer,
		get: func(ctx context.Context, scope store.Scope, id string) (sharedRow[ServerItem], error) {
			r, err := s.o.Store.Server(ctx, scope, id)
			return serverRow(r), err
		},
		ledger: func(d inventory.Document) (store.Ledger, string) {
			if len(d.Servers) != 1 {
				return store.Ledger{}, ""
			}
			return store.Ledger{Servers: d.Servers}, string(d.Servers[0].ID)
		},
	}
	servers.register(b, func(ctx context.Context, in *sharedInput) (*listed[ServerItem], error) {
		page, err := s.o.Store.ServerList(ctx, in.query(ctx))
		out := &listed[ServerItem]{}
		out.Body.Next = domaincheck.Text(page.Next)
		for _, r := range page.Items {
			out.Body.Items = append(out.Body.Items, serverRow(r).item)
		}
		return out, err
	})
}

// mayWrite keeps a principal that sees some sites only to what is its own:
// every site carries one of its tags, before and after, and what sites of
// others share (subjects, servers) stays as it is.
func (s *Server) mayWrite(ctx context.Context, l store.Ledger) error {
	p, _ := PrincipalOf(ctx)
	if !p.Scoped() {
		return nil
	}
	for _, site := range l.Sites {
		if !p.Sees(site.Tags) {
			return problem(http.StatusForbidden, "out_of_scope", "%s carries no tag within the scope of %s", site.MainDomain(), p.Name).hint("give it one of the token's tags")
		}
		for _, d := range site.Domains {
			if err := s.ownOrNew(ctx, d.Domain); err != nil {
				return err
			}
		}
		if site.Subject != nil {
			l.Subjects = append(l.Subjects, *site.Subject)
		}
		l.Servers = append(l.Servers, site.Servers...)
	}
	for _, sub := range l.Subjects {
		if sub.ID == "" {
			continue
		}
		whole, err := s.o.Store.Subject(ctx, store.Scope{}, string(sub.ID))
		mine, err2 := s.o.Store.Subject(ctx, scopeOf(ctx), string(sub.ID))
		if err := sharedByOthers(p, string(sub.ID), sharing{whole.Sites, mine.Sites, err, err2, same(sub, whole.Subject) || same(sub, domaincheck.Subject{ID: sub.ID})}); err != nil {
			return err
		}
	}
	for _, v := range l.Servers {
		if v.ID == "" {
			continue
		}
		whole, err := s.o.Store.Server(ctx, store.Scope{}, string(v.ID))
		mine, err2 := s.o.Store.Server(ctx, scopeOf(ctx), string(v.ID))
		if err := sharedByOthers(p, string(v.ID), sharing{whole.Sites, mine.Sites, err, err2, same(v, whole.Server) || same(v, domaincheck.Server{ID: v.ID})}); err != nil {
			return err
		}
	}
	return nil
}

// sharing is how a subject or server is shared: by how many sites in all and of
// the principal's, and whether the entry leaves it as it is.
type sharing struct {
	all, own       int
	found, foundIn error
	unchanged      bool
}

func sharedByOthers(p Principal, id string, v sharing) error {
	switch {
	case errors.Is(v.found, store.CodeNotFound):
		return nil
	case v.found != nil:
		return v.found
	case v.foundIn != nil && !errors.Is(v.foundIn, store.CodeNotFound):
		return v.foundIn
	case v.foundIn == nil && (v.unchanged || v.all == v.own):
		return nil
	}
	return problem(http.StatusForbidden, "out_of_scope", "%s is not %s's alone to write", clip(id, 60), p.Name)
}

// ownOrNew admits a domain that is in no site, or in one that the principal
// sees.
func (s *Server) ownOrNew(ctx context.Context, domain string) error {
	_, err := s.o.Store.Visible(ctx, store.Scope{}, domain)
	if errors.Is(err, store.CodeNotFound) {
		return nil
	}
	if err == nil {
		_, err = s.o.Store.Visible(ctx, scopeOf(ctx), domain)
	}
	if errors.Is(err, store.CodeNotFound) {
		p, _ := PrincipalOf(ctx)
		return problem(http.StatusForbidden, "out_of_scope", "%s is not %s's to write", domain, p.Name)
	}
	return err
}

func same(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}
