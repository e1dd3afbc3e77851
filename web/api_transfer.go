package web

import (
	"bytes"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/inventory"
	"domaincheck/store"
)

const (
	typeYAML = "application/yaml"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// ImportInput is a ledger to be taken over.
type ImportInput struct {
	Name        string // of the file; stands in front of places
	Format      string // yaml, csv, xlsx, txt; "": told from the name or the content
	Columns     map[string]string
	DryRun      bool // say what would happen, and write nothing
	SkipRefused bool // take the good rows over although others are refused
	Data        []byte
}

// ImportResult is what an import did, or would do.
type ImportResult struct {
	File      string                        `json:"file"`
	DryRun    bool                          `json:"dry_run"`
	Written   bool                          `json:"written"`
	Rows      int                           `json:"rows"`
	Added     domaincheck.List[string]      `json:"added" doc:"main domains"`
	Changed   domaincheck.List[string]      `json:"changed"`
	Unchanged domaincheck.List[string]      `json:"unchanged"`
	Affected  domaincheck.List[string]      `json:"affected" doc:"unchanged themselves, but their subject or server changed"`
	Subjects  int                           `json:"subjects"`
	Servers   int                           `json:"servers"`
	Refused   domaincheck.List[RefusedItem] `json:"refused"`
	Ignored   domaincheck.List[string]      `json:"ignored_columns"`
}

// RefusedItem is a row that is not taken over.
type RefusedItem struct {
	Place string             `json:"place"`
	Input string             `json:"input"`
	Error *domaincheck.Error `json:"error"`
	Hint  domaincheck.Text   `json:"hint"`
}

// importLedger takes a ledger over, or says what would happen. Where rows are
// refused and are not to be passed over, nothing is written: the result says
// why, Written is false.
func (s *Server) importLedger(ctx context.Context, in ImportInput) (ImportResult, error) {
	out := ImportResult{File: in.Name, DryRun: in.DryRun}
	o := inventory.Options{Format: in.Format, Name: in.Name, Columns: in.Columns, RecordNumber: icp.CheckNumber}
	if s.o.Providers != nil {
		o.Provider = s.o.Providers.ID
	}
	doc, err := inventory.Read(bytes.NewReader(in.Data), o)
	if err != nil {
		return out, err
	}
	out.Rows, out.Ignored = len(doc.Rows), doc.Ignored
	for _, r := range doc.Refused() {
		out.Refused = append(out.Refused, RefusedItem{r.Place, r.Input, r.Err, domaincheck.Text(r.Err.Hint)})
	}
	ledger := store.Ledger{Subjects: doc.Subjects, Servers: doc.Servers, Sites: doc.Sites}
	if err := s.mayWrite(ctx, ledger); err != nil {
		return out, err
	}
	done, err := s.o.Store.Import(ctx, ledger, store.ImportOptions{DryRun: in.DryRun || len(out.Refused) > 0 && !in.SkipRefused, SkipRefused: in.SkipRefused})
	if err != nil {
		return out, err
	}
	places := placesOf(doc)
	for _, r := range done.Refused {
		e := s.refusalOf(r)
		place := string(e.Place)
		if known, ok := places(r); ok {
			place = known
		}
		out.Refused = append(out.Refused, RefusedItem{place, r.Site, e, domaincheck.Text(e.Hint)})
	}
	out.Written, out.Added, out.Changed, out.Unchanged = done.Written, done.Added, done.Changed, done.Unchanged
	out.Affected, out.Subjects, out.Servers = done.Affected, done.Subjects, done.Servers
	if out.Written {
		s.audit(ctx, auditEntry{Action: "import", Kind: "ledger", Object: clip(in.Name, 200), After: map[string]any{
			"rows": out.Rows, "added": len(out.Added), "changed": len(out.Changed), "refused": len(out.Refused), "subjects": out.Subjects, "servers": out.Servers}})
		s.poke("")
	}
	return out, nil
}

// refusalOf is the store's refusal of a row, naming the inventory file.
func (s *Server) refusalOf(r store.Refusal) *domaincheck.Error {
	e := *r.Err
	if e.Code == store.CodeFromFile {
		p := s.fromFile(r.Site)
		e.Message, e.Hint = p.Detail, p.Hint
	}
	return &e
}

// placesOf finds the places of rows that the store refuses.
func placesOf(doc inventory.Document) func(store.Refusal) (string, bool) {
	var sites []string // one for each of doc.Sites
	shared := map[string]string{}
	for _, r := range doc.Rows {
		switch {
		case r.Err != nil:
		case r.Kind == inventory.RowSite:
			sites = append(sites, r.Place)
		default:
			shared[r.Input] = r.Place
		}
	}
	return func(r store.Refusal) (string, bool) {
		if r.Index >= 0 && r.Index < len(sites) {
			return sites[r.Index], true
		}
		place, ok := shared[r.Site]
		return place, ok
	}
}

type importInput struct {
	Format      string   `query:"format" enum:"yaml,csv,xlsx,txt" doc:"else told from Content-Type, name and content"`
	Name        string   `query:"name" maxLength:"200" doc:"of the file; stands in front of places"`
	DryRun      bool     `query:"dry_run" doc:"say what would happen, and write nothing"`
	SkipRefused bool     `query:"skip_refused" doc:"take the good rows over although others are refused"`
	Map         []string `query:"map,explode" maxItems:"100" doc:"COLUMN=FIELD, for headings that are not understood"`
	ContentType string   `header:"Content-Type" hidden:"true"`
	RawBody     []byte   `contentType:"application/octet-stream"`
}

type importOutput struct{ Body ImportResult }

func (s *Server) postImport(ctx context.Context, in *importInput) (*importOutput, error) {
	columns, err := inventory.ParseMap(in.Map)
	if err != nil {
		return nil, err
	}
	ask := ImportInput{Name: in.Name, Format: in.Format, Columns: columns, DryRun: in.DryRun, SkipRefused: in.SkipRefused, Data: in.RawBody}
	if err := ask.fromType(in.ContentType, s.o.Limits.Upload); err != nil {
		return nil, err
	}
	if ask.Name == "" {
		ask.Name = "body"
	}
	done, err := s.importLedger(ctx, ask)
	if err != nil {
		return nil, err
	}
	if len(done.Refused) > 0 && !done.DryRun && !done.Written {
		p := problem(http.StatusUnprocessableEntity, "rows_refused", "%d of %d rows are refused; nothing was written", len(done.Refused), done.Rows).
			hint("mend them, or write the others alone with skip_refused=true; dry_run=true shows what would happen")
		for i, r := range done.Refused {
			if i == 1000 {
				break
			}
			p.Errors = append(p.Errors, ProblemDetail{Place: r.Place, Message: r.Error.Message, Code: string(r.Error.Code)})
		}
		return nil, p
	}
	return &importOutput{done}, nil
}

// fromType takes what Content-Type says: a format, or a form with a file.
func (in *ImportInput) fromType(contentType string, most int64) error {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil && contentType != "" {
		return problem(http.StatusUnsupportedMediaType, "unsupported_media_type", "the Content-Type cannot be read")
	}
	format := ""
	switch media {
	case "multipart/form-data":
		return in.fromForm(params["boundary"], most)
	case typeYAML, "application/x-yaml", "text/yaml", "application/json":
		format = "yaml"
	case "text/csv":
		format = "csv"
	case typeXLSX:
		format = "xlsx"
	case "", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded": // the last is what curl -d says of anything
	default:
		return problem(http.StatusUnsupportedMediaType, "unsupported_media_type", "%s is no format of a ledger", clip(media, 80)).hint("send yaml, csv, xlsx, txt, or a form with a file")
	}
	if in.Format == "" {
		in.Format = format
	}
	return nil
}

// fromForm takes the first file of a form.
func (in *ImportInput) fromForm(boundary string, most int64) error {
	bad := problem(http.StatusBadRequest, "bad_input", "the form holds no file")
	if boundary == "" {
		return bad
	}
	form := multipart.NewReader(bytes.NewReader(in.Data), boundary)
	for range 100 {
		part, err := form.NextPart()
		if err != nil {
			return bad
		}
		if part.FileName() == "" {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(part, most))
		if err != nil {
			return problem(http.StatusBadRequest, "bad_input", "the form breaks off")
		}
		if in.Data = data; in.Name == "" {
			in.Name = clip(part.FileName(), 200)
		}
		return nil
	}
	return bad
}

// whole is the inventory that the principal sees.
func (s *Server) whole(ctx context.Context) (inventory.Document, error) {
	scope := scopeOf(ctx)
	if scope.All() {
		l, err := s.o.Store.Export(ctx)
		return inventory.Document{Subjects: l.Subjects, Servers: l.Servers, Sites: l.Sites}, err
	}
	var doc inventory.Document
	subjects, servers := map[domaincheck.Text]bool{}, map[domaincheck.Text]bool{}
	ask := store.SiteQuery{Scope: scope, Limit: 1000}
	for {
		page, err := s.o.Store.Sites(ctx, ask)
		if err != nil {
			return doc, err
		}
		for _, r := range page.Items {
			site := maskSite(ctx, r.Site)
			doc.Sites = append(doc.Sites, site)
			if sub := site.Subject; sub != nil && sub.ID != "" && !subjects[sub.ID] {
				subjects[sub.ID] = true
				doc.Subjects = append(doc.Subjects, *sub)
			}
			for _, v := range site.Servers {
				if v.ID != "" && !servers[v.ID] {
					servers[v.ID] = true
					doc.Servers = append(doc.Servers, v)
				}
			}
		}
		if page.Next == "" {
			return doc, nil
		}
		ask.After = page.Next
	}
}

type exportInput struct {
	Format string `query:"format" enum:"yaml,csv,xlsx,json" default:"yaml"`
}

type exportOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) getExport(ctx context.Context, in *exportInput) (*exportOutput, error) {
	doc, err := s.whole(ctx)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	out := &exportOutput{Disposition: `attachment; filename="domaincheck-` + domaincheck.At(s.o.Store.Now()).Day().String() + "." + in.Format + `"`}
	switch in.Format {
	case "csv":
		out.ContentType, err = "text/csv; charset=utf-8", inventory.WriteCSV(&b, doc)
	case "xlsx":
		out.ContentType, err = typeXLSX, inventory.WriteXLSX(&b, doc)
	case "json":
		out.ContentType, err = "application/json", ledgerJSON(&b, doc)
	default:
		out.ContentType, err = typeYAML, inventory.WriteYAML(&b, doc)
	}
	out.Body = b.Bytes()
	return out, err
}

// LedgerText is the inventory in JSON, which reads back as its yaml does.
type LedgerText struct {
	Subjects domaincheck.List[domaincheck.Subject] `json:"subjects"`
	Servers  domaincheck.List[domaincheck.Server]  `json:"servers"`
	Sites    domaincheck.List[domaincheck.Site]    `json:"sites"`
}

func ledgerJSON(w io.Writer, doc inventory.Document) error {
	return encodeJSON(w, LedgerText{doc.Subjects, doc.Servers, doc.Sites})
}

// binary documents a body that is a file of one of several types.
func binary(types ...string) map[string]*huma.MediaType {
	all := map[string]*huma.MediaType{}
	for _, t := range types {
		all[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	return all
}

// transfer registers import and export.
func (b *builder) transfer() {
	s := b.s
	tag := []string{"inventory"}
	add(b, RoleAdmin, huma.Operation{
		OperationID: "import", Method: http.MethodPost, Path: "/import", Tags: tag, Summary: "Take a ledger over (yaml, csv, xlsx, txt), or with dry_run see what would happen",
		Description:  "The body is the file, or a form (multipart/form-data) with one; it may be sent with Content-Encoding: gzip. Nothing is written if a row is refused, unless skip_refused is set.",
		MaxBodyBytes: s.o.Limits.Upload, RequestBody: &huma.RequestBody{Required: true, Content: binary("application/octet-stream", typeYAML, "text/csv", typeXLSX, "text/plain", "multipart/form-data")},
	}, s.postImport)
	files := binary(typeYAML, "text/csv", typeXLSX)
	files["application/json"] = &huma.MediaType{Schema: b.schemaOf(LedgerText{})}
	add(b, RoleOperate, huma.Operation{
		OperationID: "export", Method: http.MethodGet, Path: "/export", Tags: tag, Summary: "The inventory as a ledger",
		Responses: map[string]*huma.Response{"200": {Description: "the file", Content: files}},
	}, s.getExport)
	add(b, RoleRead, huma.Operation{
		OperationID: "import-template", Method: http.MethodGet, Path: "/import/template", Tags: tag, Summary: "A workbook to fill in",
		Responses: map[string]*huma.Response{"200": {Description: "the workbook", Content: binary(typeXLSX)}},
	}, func(context.Context, *struct{}) (*exportOutput, error) {
		var buf bytes.Buffer
		err := inventory.Template(&buf)
		return &exportOutput{typeXLSX, `attachment; filename="domaincheck-template.xlsx"`, buf.Bytes()}, err
	})
}
