package check

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"domaincheck"
)

// provinceDir is where the rule book keeps its provinces.
const provinceDir = "provinces"

// overlaid is a rule book with the user's province files laid over it: each
// replaces the built-in file of its name, or adds a province.
type overlaid struct {
	fs.FS       // the book
	user  fs.FS // province files, *.yaml at its top
}

// mine is the name within the user's folder of a file that stands there.
func (o overlaid) mine(name string) (string, bool) {
	dir, base := path.Split(name)
	if path.Clean(dir) != provinceDir || !strings.HasSuffix(base, ".yaml") {
		return "", false
	}
	_, err := fs.Stat(o.user, base)
	return base, err == nil
}

// Open implements fs.FS.
func (o overlaid) Open(name string) (fs.File, error) {
	if base, ok := o.mine(name); ok {
		return o.user.Open(base)
	}
	return o.FS.Open(name)
}

// ReadDir implements fs.ReadDirFS, which fs.Glob asks.
func (o overlaid) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, name)
	if err != nil || path.Clean(name) != provinceDir {
		return entries, err
	}
	own, err := fs.ReadDir(o.user, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range own {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".yaml") {
			continue
		}
		entries = slices.DeleteFunc(entries, func(old fs.DirEntry) bool { return old.Name() == e.Name() })
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// provincesIn checks the user's folder of province files.
func provincesIn(dir string, user fs.FS) error {
	names, err := fs.Glob(user, "*.yaml")
	if _, statErr := fs.Stat(user, "."); statErr != nil {
		err = statErr
	}
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, dir, "the folder of provinces cannot be read: %w", err)
	}
	if len(names) == 0 {
		return domaincheck.Errorf(domaincheck.CodeBadTable, dir, "the folder holds no province file").
			WithHint("one file a province, such as shanghai.yaml; " + `"rules province 上海 --json" shows the built-in one`)
	}
	return nil
}

// blame names the user's file in an error of the book that comes from it.
func blame(err error, dir string, user fs.FS) error {
	e, ok := domaincheck.ErrorIn(err)
	if !ok {
		return err
	}
	name, rest, _ := strings.Cut(string(e.Place), ":")
	base, mine := overlaid{nil, user}.mine(name)
	if !mine {
		return err
	}
	moved := *e
	moved.Place = domaincheck.Text(path.Join(dir, base))
	if rest != "" {
		moved.Place += domaincheck.Text(":" + rest)
	}
	return &moved
}
