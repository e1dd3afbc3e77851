package web

import (
	"bytes"
	"net/http"
	"strconv"

	"domaincheck"
	"domaincheck/present"
	"domaincheck/store"
)

// askedReport is the report of the site that the request names: ?report=ID, else
// the newest. A failure has been answered when ok is false.
func (s *Server) askedReport(w http.ResponseWriter, r *http.Request) (row store.ReportRow, ok bool) {
	mem, ok := s.siteHere(w, r)
	if !ok {
		return row, false
	}
	id := mem.ReportID
	if text := r.URL.Query().Get("report"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			s.fail(w, r, problem(http.StatusUnprocessableEntity, "bad_input", "the report is named by a number"))
			return row, false
		}
		id = n
	}
	row, err := s.o.Store.ReportIn(r.Context(), scopeOf(r.Context()), id)
	if err == nil && row.Site != mem.Site.MainDomain() {
		err = problem(http.StatusNotFound, "not_found", "the site has no such report")
	}
	if err != nil {
		s.fail(w, r, err)
		return row, false
	}
	return row, true
}

// evidenceFile hands out what an appeal takes with it: the newest report of a
// site, its findings in words, the answers that it rests on, and their hashes.
func (s *Server) evidenceFile(w http.ResponseWriter, r *http.Request) {
	row, ok := s.askedReport(w, r)
	if !ok {
		return
	}
	raws, err := s.o.Store.Raws(r.Context(), row.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	words := s.words(r)
	d := present.Dossier{
		Report: *row.Report, ReportID: row.ID, FirstAt: domaincheck.At(row.FirstAt), Looks: row.Looks, Program: "domaincheck " + s.o.Version,
	}
	d.Report.Lang = domaincheck.Text(words.lang)
	for _, raw := range raws {
		d.Answers = append(d.Answers, present.Answer{Domain: raw.Domain, Part: raw.Part, Raw: raw.Raw})
	}
	o := words.options()
	o.Risks, o.Stored = s.o.Risks, true
	var b bytes.Buffer
	if err := present.WriteEvidence(&b, d, o); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="evidence-`+row.Site+"-"+d.Report.At.Day().String()+`.zip"`)
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes())
}
