package rules

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"io/fs"

	"domaincheck"
)

// Reading the book's 400 KiB of yaml takes a tenth of a second, too long for a
// command that asks one question. compiled.gob holds what the reader made of
// each file, together with the file's hash: a file that is still the same byte
// for byte is taken from there, every other one is read and checked anew. So
// the yaml stays the only source, and a stale compiled.gob costs time, never
// truth. After a change of a yaml file:
//
//go:generate go test -run ^TestCompiledBookIsCurrent$ -update .

// sourceFile is one yaml file of a book.
type sourceFile struct {
	name string
	raw  []byte
	sum  [sha256.Size]byte
}

// readSources reads the files that a pattern names, in the order of names.
func readSources(fsys fs.FS, pattern string) ([]sourceFile, error) {
	names, err := fs.Glob(fsys, pattern)
	if err != nil || len(names) == 0 {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, pattern, "no such files")
	}
	out := make([]sourceFile, len(names))
	for i, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "%w", err)
		}
		out[i] = sourceFile{name, raw, sha256.Sum256(raw)}
	}
	return out, nil
}

// version is "YYYY-MM-DD#8hex": the book's date and a hash of all its files.
func version(files ...[]sourceFile) string {
	h := sha256.New()
	for _, list := range files {
		for _, f := range list {
			h.Write([]byte(f.name))
			h.Write(f.sum[:])
		}
	}
	return AsOf + "#" + hex.EncodeToString(h.Sum(nil)[:4])
}

// compiledFile is a file as it was read; either Book or Province is set.
type compiledFile struct {
	Name     string
	Sum      [sha256.Size]byte
	Book     *bookFile
	Province *Province
}

// compiled finds files that were read before, by name and hash.
type compiled map[string]*compiledFile

// readCompiled reads compiled.gob; what cannot be read is left out, for it can
// be had from the yaml.
func readCompiled(raw []byte) compiled {
	var list []compiledFile
	if gob.NewDecoder(bytes.NewReader(raw)).Decode(&list) != nil {
		return nil
	}
	out := make(compiled, len(list))
	for i := range list {
		out[list[i].Name] = &list[i]
	}
	return out
}

func (c compiled) book(f sourceFile) (*bookFile, error) {
	if done := c[f.name]; done != nil && done.Sum == f.sum && done.Book != nil {
		return done.Book, nil
	}
	return parseBookFile(f.raw)
}

func (c compiled) province(f sourceFile) (*Province, error) {
	if done := c[f.name]; done != nil && done.Sum == f.sum && done.Province != nil {
		return done.Province, nil
	}
	return parseProvince(f.raw)
}

// compile writes what readCompiled reads.
func compile(fsys fs.FS) ([]byte, error) {
	books, err := readSources(fsys, "book/*.yaml")
	if err != nil {
		return nil, err
	}
	provinces, err := readSources(fsys, "provinces/*.yaml")
	if err != nil {
		return nil, err
	}
	var list []compiledFile
	for _, f := range books {
		b, err := parseBookFile(f.raw)
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, f.name, "%w", err)
		}
		list = append(list, compiledFile{Name: f.name, Sum: f.sum, Book: b})
	}
	for _, f := range provinces {
		p, err := parseProvince(f.raw)
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, f.name, "%w", err)
		}
		list = append(list, compiledFile{Name: f.name, Sum: f.sum, Province: p})
	}
	var out bytes.Buffer
	if err := gob.NewEncoder(&out).Encode(list); err != nil {
		return nil, badTable("%w", err)
	}
	return out.Bytes(), nil
}
