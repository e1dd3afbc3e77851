package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"domaincheck/inventory"
	"domaincheck/present"
	"domaincheck/store"
)

// importView is the import page: a file to choose, then what would happen.
type importView struct {
	Columns string
	Preview *previewView
	Expired bool
	File    string // of the settings' inventory, read-only here
}

// previewView is what an import would do, before anything is written.
type previewView struct {
	ID, Name                            string
	Rows                                int
	Added, Changed, Unchanged, Affected importList
	Subjects, Servers                   int
	Refused                             []refusedView
	MoreRefused                         int
	Ignored                             []string
	Columns                             string
	Nothing                             bool
}

// importList is the beginning of a list of domains.
type importList struct {
	N     int
	Shown []string
	More  int
}

type refusedView struct{ Place, Input, Text, Hint string }

const importShown = 200

func firstOfList(list []string) importList {
	v := importList{N: len(list)}
	for _, d := range list[:min(len(list), importShown)] {
		v.Shown = append(v.Shown, siteLabel(d))
	}
	v.More = len(list) - len(v.Shown)
	return v
}

// upload is a file between its preview and its confirmation. It is kept in the
// store, since the confirmation may come to another process: after a restart, a
// reload, or at another node.
type upload struct {
	id, who, name, columns string
	data                   []byte
}

// uploadDoc is what is kept of an upload beside its bytes.
type uploadDoc struct {
	Name    string `json:"name"`
	Columns string `json:"columns,omitempty"`
}

const (
	uploadsBytes = 96 << 20 // of all of them, as they are kept
	uploadsAge   = 15 * time.Minute
)

func (s *Server) putUpload(ctx context.Context, f upload) error {
	doc, err := json.Marshal(uploadDoc{f.name, f.columns})
	if err != nil {
		return err
	}
	return s.o.Store.PutUpload(ctx, store.Upload{ID: f.id, Owner: f.who, Expires: s.o.Store.Now().Add(uploadsAge), Doc: doc, Bytes: f.data}, uploadsBytes)
}

// takeUpload gives a file of somebody's, once; ok is false where there is none.
func (s *Server) takeUpload(ctx context.Context, id, who string) (f upload, ok bool, err error) {
	u, err := s.o.Store.TakeUpload(ctx, id, who)
	if errors.Is(err, store.CodeNotFound) {
		return f, false, nil
	}
	var doc uploadDoc
	if err == nil {
		err = json.Unmarshal(u.Doc, &doc)
	}
	return upload{id: id, who: who, name: doc.Name, columns: doc.Columns, data: u.Bytes}, err == nil, err
}

func (s *Server) importPage(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, "import", view{Title: s.tongueOf(r).say("导入台账", "Import a ledger"), Section: "import", D: &importView{File: s.o.Inventory}})
}

// importForm takes a file and shows what would happen, or, with the id of such
// a preview, does it.
func (s *Server) importForm(w http.ResponseWriter, r *http.Request) {
	who, _ := PrincipalOf(r.Context())
	if id := r.FormValue("confirm"); id != "" {
		s.importConfirmed(w, r, id)
		return
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		s.fail(w, r, problem(http.StatusUnprocessableEntity, "bad_input", "no file was sent").hint("choose a file first"))
		return
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(file)
	if err != nil {
		s.fail(w, r, problem(http.StatusRequestEntityTooLarge, "too_large", "the file cannot be read whole"))
		return
	}
	f := upload{id: randomHex(12), who: who.Name, name: clip(header.Filename, 200), columns: clip(r.FormValue("columns"), 2000), data: data}
	s.importPreview(w, r, f)
}

// fileColumns reads "列=字段" pairs, one a line.
func fileColumns(text string) (map[string]string, error) {
	var pairs []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			pairs = append(pairs, line)
		}
	}
	return inventory.ParseMap(pairs)
}

func (s *Server) importPreview(w http.ResponseWriter, r *http.Request, f upload) {
	columns, err := fileColumns(f.columns)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	result, err := s.importLedger(r.Context(), ImportInput{Name: f.name, Columns: columns, DryRun: true, SkipRefused: true, Data: f.data})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.putUpload(r.Context(), f); err != nil {
		s.fail(w, r, err)
		return
	}
	t := s.tongueOf(r)
	p := &previewView{ID: f.id, Name: clean(f.name), Rows: result.Rows, Added: firstOfList(result.Added), Changed: firstOfList(result.Changed), Unchanged: importList{N: len(result.Unchanged)}, Affected: firstOfList(result.Affected),
		Subjects: result.Subjects, Servers: result.Servers, Columns: f.columns}
	p.Refused, p.MoreRefused = t.refusals(result.Refused)
	for _, c := range result.Ignored {
		p.Ignored = append(p.Ignored, clipped(c, 60))
	}
	p.Nothing = len(result.Added)+len(result.Changed)+len(result.Affected)+result.Subjects+result.Servers == 0
	s.show(w, r, "import", view{Title: t.say("导入预览", "Import preview"), Section: "import", D: &importView{Preview: p, Columns: f.columns, File: s.o.Inventory}})
}

func (t tongue) refusals(list []RefusedItem) (rows []refusedView, more int) {
	for i, r := range list {
		if i == importShown {
			return rows, len(list) - i
		}
		v := refusedView{Place: clipped(r.Place, 120), Input: clipped(r.Input, 120), Hint: clipped(string(r.Hint), 200)}
		if r.Error != nil {
			e := *r.Error
			e.Place = "" // stands in its own column
			v.Text = present.Problem(&e, t.lang)
		}
		rows = append(rows, v)
	}
	return rows, 0
}

func (s *Server) importConfirmed(w http.ResponseWriter, r *http.Request, id string) {
	who, _ := PrincipalOf(r.Context())
	f, ok, err := s.takeUpload(r.Context(), id, who.Name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !ok {
		s.showAs(w, r, http.StatusConflict, "import", view{Title: s.tongueOf(r).say("导入台账", "Import a ledger"), Section: "import", D: &importView{Expired: true, File: s.o.Inventory}})
		return
	}
	columns, err := fileColumns(f.columns)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if _, err := s.importLedger(r.Context(), ImportInput{Name: f.name, Columns: columns, SkipRefused: true, Data: f.data}); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/sites?done=imported", http.StatusSeeOther)
}

// importTemplate is an empty sheet to fill in.
func (s *Server) importTemplate(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", typeXLSX)
	w.Header().Set("Content-Disposition", `attachment; filename="ledger-template.xlsx"`)
	if err := inventory.Template(w); err != nil {
		s.o.Log.Warn("a template broke off", "id", RequestID(r.Context()), "error", err)
	}
}
