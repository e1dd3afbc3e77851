// Command pack makes the release archive of one binary, and its bill of
// materials, from nothing but its arguments: the same files give the same bytes
// on every machine, whenever and wherever it runs. deploy/release.sh calls it.
//
//	pack -name domaincheck_1.0.0_linux_amd64 -version 1.0.0 -time 1763780000 -out dist -exe domaincheck -modules modules.json \
//	     -golang $GOROOT/LICENSE README.md docs/api.md …
//	pack -sums dist
//
// It writes NAME.tar.gz (NAME.zip for Windows) with the binary, the files named,
// the licences of all modules linked in (THIRD_PARTY.txt), and NAME.cdx.json, a
// CycloneDX bill of materials that is read from the binary itself. -sums writes
// SHA256SUMS over a folder.
package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var r release
	var seconds int64
	var sums string
	flags := flag.NewFlagSet("pack", flag.ContinueOnError)
	flags.StringVar(&r.name, "name", "", "`NAME` of the archive, without its ending")
	flags.StringVar(&r.version, "version", "", "the release")
	flags.Int64Var(&seconds, "time", 0, "the commit's instant, in Unix `SECONDS`: the time of every file")
	flags.StringVar(&r.out, "out", ".", "write into `DIR`")
	flags.StringVar(&r.exe, "exe", "", "the binary's `FILE`")
	flags.StringVar(&r.modules, "modules", "", "`FILE` with what go list -m -json all printed")
	flags.StringVar(&r.golang, "golang", "", "the licence `FILE` of the standard library")
	flags.StringVar(&sums, "sums", "", "only write SHA256SUMS over the files of `DIR`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if sums != "" {
		return writeSums(sums)
	}
	r.at, r.files = time.Unix(seconds, 0).UTC(), flags.Args()
	if r.name == "" || r.version == "" || r.exe == "" || r.modules == "" || r.golang == "" || seconds <= 0 {
		return errors.New("-name, -version, -exe, -modules, -golang and -time are needed")
	}
	return r.write()
}

// release is one archive to be made.
type release struct {
	name, version, out, exe, modules, golang string

	at    time.Time
	files []string // relative to the working directory; they keep their paths
}

func (r release) write() error {
	binary, err := os.ReadFile(r.exe)
	if err != nil {
		return err
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return fmt.Errorf("%s: %w", r.exe, err)
	}
	licences, err := readLicences(r.modules)
	if err != nil {
		return err
	}
	bill, err := billOf(info, subject{Version: r.version, At: r.at, Digest: sha256.Sum256(binary)}, licences)
	if err != nil {
		return err
	}
	std, err := os.ReadFile(r.golang)
	if err != nil {
		return err
	}
	licences[standardLibrary] = string(std)
	third, err := thirdParty(info, licences)
	if err != nil {
		return err
	}
	entries := []entry{
		{name: path.Join(r.name, filepath.Base(r.exe)), mode: 0o755, data: binary},
		{name: path.Join(r.name, "THIRD_PARTY.txt"), mode: 0o644, data: third},
		{name: path.Join(r.name, "bom.cdx.json"), mode: 0o644, data: bill},
	}
	for _, file := range r.files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		entries = append(entries, entry{name: path.Join(r.name, filepath.ToSlash(file)), mode: 0o644, data: data})
	}
	ending, form := ".tar.gz", writeTar
	if strings.HasSuffix(r.exe, ".exe") {
		ending, form = ".zip", writeZip
	}
	if err := r.create(ending, func(w io.Writer) error { return form(w, entries, r.at) }); err != nil {
		return err
	}
	return r.create(".cdx.json", func(w io.Writer) error { _, err := w.Write(bill); return err })
}

func (r release) create(ending string, write func(io.Writer) error) error {
	f, err := os.Create(filepath.Join(r.out, r.name+ending))
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// readLicences reads the output of go list -m -json all and gives the texts of
// each module's licence files, by path@version.
func readLicences(list string) (map[string]string, error) {
	f, err := os.Open(list)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	texts := map[string]string{}
	for dec := json.NewDecoder(f); ; {
		var m struct{ Path, Version, Dir string }
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			return texts, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", list, err)
		}
		if m.Dir == "" || m.Version == "" {
			continue // the main module, and modules that no package of ours needs
		}
		text, err := licenceText(m.Dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Path, err)
		}
		texts[m.Path+"@"+m.Version] = text
	}
}

// licenceText joins a module's licence files, in the order of their names.
func licenceText(dir string) (string, error) {
	files, err := os.ReadDir(dir) // sorted
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, file := range files {
		name := strings.ToUpper(file.Name())
		if file.IsDir() || filepath.Ext(name) == ".GO" || !slices.ContainsFunc([]string{"LICEN", "COPYING", "NOTICE"}, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&all, "%s\n\n", strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
	}
	return all.String(), nil
}
