package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/rules"
)

// maxPaperFiles bounds what --papers reads.
const maxPaperFiles = 1000

// paperFile is one file of --papers.
type paperFile struct {
	name string
	size int64
	head []byte
}

// paperFiles reads a folder: regular files, hidden ones left out, not those of
// folders below it; nil without a folder.
func (p *program) paperFiles(dir string) ([]paperFile, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, dir, "cannot be read: %w", err).
			WithHint("--papers names a folder")
	}
	files := []paperFile{}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := filepath.Join(dir, e.Name())
		info, err := os.Stat(name)
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, name, "cannot be read: %w", err)
		}
		if !info.Mode().IsRegular() {
			continue
		}
		if len(files) == maxPaperFiles {
			return nil, domaincheck.Errorf(domaincheck.CodeTooLarge, dir, "holds more than %d files", maxPaperFiles)
		}
		head, err := headOf(name)
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, name, "cannot be read: %w", err)
		}
		files = append(files, paperFile{e.Name(), info.Size(), head})
	}
	return files, nil
}

// headOf reads the first bytes of a file.
func headOf(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 16)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return head[:n], nil
}

// withFiles adds the files to the declared papers: a file whose name means a
// paper that is asked for is that paper at hand, unless it would be refused. Dates stay as declared. The
// person responsible for the site is the principal by default (001 §5, line
// 709); one document serves both then.
func withFiles(site *domaincheck.Site, files []paperFile, list *rules.Checklist) []domaincheck.Paper {
	papers := append([]domaincheck.Paper{}, site.Papers...)
	add := func(kind string) {
		if kind != "" && !slices.ContainsFunc(papers, func(x domaincheck.Paper) bool { return rules.SamePaper(x.Kind, kind) }) {
			papers = append(papers, domaincheck.Paper{Kind: kind})
		}
	}
	for _, f := range files {
		kind := rules.PaperFor(f.name, list.Papers)
		if len(f.faults(kind, list.Papers, list.Image)) > 0 {
			continue
		}
		add(kind)
		if kind == "主体负责人证件" && onePerson(site) {
			add("网站负责人证件")
		}
	}
	return papers
}

// faults are why a file would be refused as that kind of paper, "" if its name
// means none: a paper that is no picture has limits of its own.
func (f paperFile) faults(kind string, needs []rules.PaperNeed, image rules.ImageLimits) []string {
	for i := len(needs) - 1; i >= 0; i-- {
		if n := &needs[i]; kind != "" && !n.Image && n.Names(kind) {
			return rules.VideoFaults(n.Limits, f.size, f.head)
		}
	}
	return image.Faults(f.name, f.size, f.head)
}

// onePerson tells whether the principal is responsible for the site too.
func onePerson(site *domaincheck.Site) bool {
	if site.Responsible == nil {
		return true
	}
	return site.Subject != nil && site.Subject.Principal != nil && site.Subject.Principal.Name != "" && site.Subject.Principal.Name == site.Responsible.Name
}

// judgeFiles judges each file and lays it beside the paper that it is.
func (v *preflightView) judgeFiles(files []paperFile) {
	v.Files = []fileView{}
	needs := make([]rules.PaperNeed, len(v.Papers))
	for i := range v.Papers {
		needs[i] = v.Papers[i].PaperNeed
	}
	for _, f := range files {
		x := fileView{File: f.name, Bytes: f.size, Format: domaincheck.Text(rules.ImageFormat(f.head)), Paper: domaincheck.Text(rules.PaperFor(f.name, needs)), State: rules.Met}
		for i := range v.Papers {
			if x.Paper == "" || !v.Papers[i].Names(string(x.Paper)) {
				continue
			}
			v.Papers[i].Files = append(v.Papers[i].Files, f.name)
		}
		x.Problems = f.faults(string(x.Paper), needs, v.Image)
		switch {
		case len(x.Problems) > 0:
			x.State = rules.Unmet
		case x.Paper == "":
			x.State = rules.ToDo // a person must tell what it is
		}
		v.Files = append(v.Files, x)
	}
}

// fileFindings are the files for the status: a picture that would be refused
// fails.
func fileFindings(files []fileView) []domaincheck.Finding {
	var out []domaincheck.Finding
	for _, f := range files {
		finding := domaincheck.Finding{Rule: "file", Target: domaincheck.Text(f.File), Result: domaincheck.NotApplicable, Severity: domaincheck.Medium}
		switch f.State {
		case rules.Met:
			finding.Result = domaincheck.Pass
		case rules.Unmet:
			finding.Result = domaincheck.Fail
		}
		out = append(out, finding)
	}
	return out
}
