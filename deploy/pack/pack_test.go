package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

var commitTime = time.Date(2026, 11, 22, 3, 0, 1, 0, time.UTC)

// The archives are the same bytes whatever the order and the times of the files
// are, and hold what was put in.
func TestArchives(t *testing.T) {
	entries := []entry{{"a/domaincheck", 0o755, bytes.Repeat([]byte("binary "), 9000)}, {"a/README.md", 0o644, []byte("read\n")}, {"a/LICENSE", 0o644, nil}}
	turned := slices.Clone(entries)
	slices.Reverse(turned)
	for name, form := range map[string]func(io.Writer, []entry, time.Time) error{"tar": writeTar, "zip": writeZip} {
		var one, two bytes.Buffer
		if err := errors.Join(form(&one, entries, commitTime), form(&two, turned, commitTime.In(time.FixedZone("", 3600)).UTC())); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one.Bytes(), two.Bytes()) {
			t.Errorf("%s: the order of the files changes the bytes", name)
		}
		got := map[string]func(io.Reader) ([]string, error){"tar": listTar, "zip": listZip}[name]
		list, err := got(&one)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := []string{"a/LICENSE -rw-r--r-- 2026-11-22T03:00:01Z 0", "a/README.md -rw-r--r-- 2026-11-22T03:00:01Z 5", "a/domaincheck -rwxr-xr-x 2026-11-22T03:00:01Z 63000"}
		if !slices.Equal(list, want) {
			t.Errorf("%s holds\n%s", name, strings.Join(list, "\n"))
		}
	}
}

func line(name string, mode fs.FileMode, at time.Time, size int64) string {
	return fmt.Sprintf("%s %s %s %d", name, mode, at.UTC().Format(time.RFC3339), size)
}

func listTar(r io.Reader) (list []string, err error) {
	packed, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	if packed.Name != "" || !packed.ModTime.IsZero() {
		return nil, errors.New("the gzip header names a file or a time")
	}
	for in := tar.NewReader(packed); ; {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		if head.Uid != 0 || head.Gid != 0 || head.Uname != "" {
			return nil, errors.New("a file belongs to somebody")
		}
		list = append(list, line(head.Name, head.FileInfo().Mode(), head.ModTime, head.Size))
	}
}

func listZip(r io.Reader) (list []string, err error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	for _, f := range in.File {
		list = append(list, line(f.Name, f.Mode(), f.Modified, int64(f.UncompressedSize64)))
	}
	return list, nil
}

// The bill names every module that is linked, what replaced one, its sum in hex
// and its licences.
func TestBill(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: "domaincheck"}, Deps: []*debug.Module{
		{Path: "example.com/old", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/new", Version: "v1.2.0", Sum: "h1:" + strings.Repeat("A", 43) + "="}},
		{Path: "example.com/a", Version: "v2.0.0+incompatible"},
	}}
	licences := map[string]string{"example.com/new@v1.2.0": "The MIT License\n\n Permission is hereby\n granted, free  of charge, to", "example.com/a@v2.0.0+incompatible": "do what you want", standardLibrary: "of Go"}
	raw, err := billOf(info, subject{Version: "1.0.0", At: commitTime}, licences)
	if err != nil {
		t.Fatal(err)
	}
	var got bill
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range got.Components {
		names = append(names, c.PURL)
	}
	want := []string{"pkg:golang/stdlib@1.26.8", "pkg:golang/example.com/a@v2.0.0%2Bincompatible", "pkg:golang/example.com/new@v1.2.0"}
	if !slices.Equal(names, want) || !slices.Equal(got.Dependencies[0].Uses, want) {
		t.Errorf("components %q, used %q", names, got.Dependencies[0].Uses)
	}
	module := got.Components[2]
	if len(module.Hashes) != 1 || module.Hashes[0].Content != strings.Repeat("0", 64) {
		t.Errorf("hashes %v", module.Hashes)
	}
	if len(module.Licences) != 1 || module.Licences[0].Licence.ID != "MIT" || got.Components[1].Licences != nil {
		t.Errorf("licences %v and %v", module.Licences, got.Components[1].Licences)
	}
	if got.Metadata.Timestamp != "2026-11-22T03:00:01Z" || got.Metadata.Component.PURL != "pkg:golang/domaincheck@1.0.0" {
		t.Errorf("metadata %+v", got.Metadata)
	}
	info.Deps[1].Sum = "h1:not base64"
	if _, err := billOf(info, subject{}, licences); err == nil {
		t.Error("a sum that is none was taken")
	}
	delete(licences, "example.com/a@v2.0.0+incompatible")
	if _, err := thirdParty(info, licences); err == nil {
		t.Error("a module without a licence was packed")
	}
}

func TestLicenceIDs(t *testing.T) {
	bsd := "Redistribution and use in source and binary forms, with or without modification, are permitted"
	for text, want := range map[string]string{
		"Apache License\n  Version 2.0, January 2004": "Apache-2.0",
		bsd: "BSD-2-Clause",
		bsd + " * Neither the name of\n * the author nor":                                  "BSD-3-Clause",
		"Mozilla Public License Version 2.0":                                               "MPL-2.0",
		"Permission to use, copy, modify, and/or distribute this software for any purpose": "ISC",
		bsd + " … Permission is hereby granted, free of charge, to any person":             "BSD-2-Clause MIT",
		"all rights reserved": "",
	} {
		if got := strings.Join(licenceIDs(text), " "); got != want {
			t.Errorf("%q is read as %q, not %q", text, got, want)
		}
	}
}

// The whole command on a real binary, this test's own: twice, from folders with
// other times, the same files.
func TestPack(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	modules := write("modules", `{"Path":"example.com/a","Version":"v1.0.0","Dir":"`+filepath.ToSlash(filepath.Join(dir, "a"))+`"}`)
	write("a/LICENSE", "free")
	golang := write("GO", "of Go")
	t.Chdir(dir)
	write("docs/x.md", "x")
	var sums [2]string
	for i := range sums {
		out := t.TempDir()
		args := []string{"-name", "n", "-version", "1.0.0", "-time", "1795316401", "-out", out, "-exe", self, "-modules", modules, "-golang", golang, "docs/x.md"}
		if err := errors.Join(run(args), run([]string{"-sums", out})); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(out, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = string(got)
		if err := os.Chtimes("docs/x.md", commitTime, commitTime); err != nil {
			t.Fatal(err)
		}
	}
	ending := ".tar.gz"
	if runtime.GOOS == "windows" {
		ending = ".zip"
	}
	if sums[0] != sums[1] || strings.Count(sums[0], "\n") != 2 || !strings.Contains(sums[0], "  n"+ending+"\n") {
		t.Errorf("sums\n%sthen\n%s", sums[0], sums[1])
	}
	if err := run([]string{"-name", "n"}); err == nil {
		t.Error("half of the arguments were enough")
	}
}
