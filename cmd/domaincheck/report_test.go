package main

import (
	"archive/zip"
	"bytes"
	"io"

	"github.com/rogpeppe/go-internal/testscript"
)

// unzippedInScript prints one file of a zip: `unzipped FILE.zip NAME`.
func unzippedInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: unzipped FILE.zip NAME")
	}
	data := ts.ReadFile(args[0])
	z, err := zip.NewReader(bytes.NewReader([]byte(data)), int64(len(data)))
	ts.Check(err)
	f, err := z.Open(args[1])
	ts.Check(err)
	defer f.Close()
	_, err = io.Copy(ts.Stdout(), f)
	ts.Check(err)
}
