package config

import (
	"io"
	"path/filepath"
	"reflect"
	"strings"

	"domaincheck"
)

// Options say where the settings come from, beside the file's text.
type Options struct {
	Name     string                            // the file's name, for errors and for relative paths; empty: no file
	Environ  []string                          // NAME=VALUE, as os.Environ gives it
	ReadFile func(name string) ([]byte, error) // reads file: secrets; nil: there are none
}

// Load reads settings: the defaults, the file (nil: none) laid over them, the
// environment over both. Errors are [Problems], or of code unreadable if r
// fails.
func Load(r io.Reader, o Options) (Settings, error) {
	var data []byte
	if r != nil {
		var err error
		if data, err = io.ReadAll(io.LimitReader(r, maxBytes+1)); err != nil {
			return Settings{}, domaincheck.Errorf(domaincheck.CodeUnreadable, o.Name, "cannot be read: %w", err)
		}
	}
	dir := ""
	if o.Name != "" {
		if dir = filepath.Dir(o.Name); dir == "." {
			dir = ""
		}
	}
	if o.Name == "" {
		o.Name = "settings"
	}
	var found findings
	root, unused := overlay(parse(o.Name, data, &found), o.Environ, &found)
	d := &decoder{
		findings: &found, environ: map[string]string{}, file: o.ReadFile, dir: dir,
		places: map[string]place{}, written: map[string]reference{},
	}
	for _, variable := range o.Environ {
		if name, value, ok := strings.Cut(variable, "="); ok {
			d.environ[name] = value
		}
	}
	s := Default()
	s.dir = dir
	if root != nil {
		d.structure(root, reflect.ValueOf(&s).Elem(), "")
	}
	if err := found.err(); err != nil {
		return Settings{}, err
	}
	(&checker{decoder: d, s: &s}).all()
	if err := found.err(); err != nil {
		return Settings{}, err
	}
	s.written, s.places, s.unused = d.written, d.places, unused
	s.given = map[string]bool{}
	given(root, "", s.given)
	return s, nil
}

// given collects the paths of the keys that have a value.
func given(n *node, path string, out map[string]bool) {
	if n == nil || n.kind == nullNode {
		return
	}
	if path != "" {
		out[path] = true
	}
	for _, e := range n.keys {
		given(e.value, join(path, e.key), out)
	}
}
