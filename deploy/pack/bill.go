package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// subject is what the bill is of.
type subject struct {
	Version string
	At      time.Time // of the commit, not of the build
	Digest  [sha256.Size]byte
}

// The parts of a CycloneDX 1.6 document that are used here
// (https://cyclonedx.org/docs/1.6/json/).
type bill struct {
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Serial       string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string     `json:"timestamp"`
	Component component  `json:"component"`
	Settings  []property `json:"properties,omitempty"`
}

type component struct {
	Ref      string          `json:"bom-ref"`
	Type     string          `json:"type"`
	Name     string          `json:"name"`
	Version  string          `json:"version"`
	Scope    string          `json:"scope,omitempty"`
	Hashes   []hash          `json:"hashes,omitempty"`
	Licences []licenceChoice `json:"licenses,omitempty"`
	PURL     string          `json:"purl"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type licenceChoice struct {
	Licence licence `json:"license"`
}

type licence struct {
	ID string `json:"id"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref  string   `json:"ref"`
	Uses []string `json:"dependsOn,omitempty"`
}

// billOf lists what the linker put into a binary: its modules as they are (a
// replaced one by what replaced it) with the sums of go.sum, and the standard
// library. The serial number follows from the binary, so that the same binary
// has the same bill.
func billOf(info *debug.BuildInfo, s subject, licences map[string]string) ([]byte, error) {
	id := sha256.Sum256(append([]byte("cyclonedx "), s.Digest[:]...))
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // a UUID of version 8
	root := component{
		Type: "application", Name: info.Main.Path, Version: s.Version, PURL: purl(info.Main.Path, s.Version),
		Hashes: []hash{{"SHA-256", hex.EncodeToString(s.Digest[:])}}, Licences: []licenceChoice{{licence{"Apache-2.0"}}},
	}
	root.Ref = root.PURL
	doc := bill{
		Format: "CycloneDX", Spec: "1.6", Version: 1,
		Serial:   fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16]),
		Metadata: metadata{Timestamp: s.At.Format(time.RFC3339), Component: root},
	}
	for _, setting := range info.Settings {
		doc.Metadata.Settings = append(doc.Metadata.Settings, property{"go:build:" + setting.Key, setting.Value})
	}
	std := strings.TrimPrefix(info.GoVersion, "go")
	doc.Components = []component{{Type: "library", Name: "std", Version: std, Scope: "required",
		PURL: purl("stdlib", std), Ref: purl("stdlib", std), Licences: []licenceChoice{{licence{"BSD-3-Clause"}}}}}
	for _, m := range linked(info) {
		c := component{Type: "library", Name: m.Path, Version: m.Version, Scope: "required", PURL: purl(m.Path, m.Version)}
		c.Ref = c.PURL
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:"))
		if err != nil || m.Sum != "" && len(sum) != sha256.Size {
			return nil, fmt.Errorf("%s has a sum that is none: %q", m.Path, m.Sum)
		}
		if len(sum) > 0 {
			c.Hashes = []hash{{"SHA-256", hex.EncodeToString(sum)}} // of the module's files, as the sum database has it
		}
		for _, id := range licenceIDs(licences[m.Path+"@"+m.Version]) {
			c.Licences = append(c.Licences, licenceChoice{licence{id}})
		}
		doc.Components = append(doc.Components, c)
	}
	uses := dependency{Ref: root.Ref}
	for _, c := range doc.Components {
		uses.Uses = append(uses.Uses, c.Ref)
	}
	doc.Dependencies = []dependency{uses}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(doc)
	return out.Bytes(), err
}

// linked gives the modules of a binary, by path.
func linked(info *debug.BuildInfo) []*debug.Module {
	var all []*debug.Module
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *debug.Module) int { return cmp.Compare(a.Path, b.Path) })
	return all
}

// purl names a Go module as package-url does.
func purl(path, version string) string {
	return "pkg:golang/" + path + "@" + url.QueryEscape(version)
}

// licenceIDs tells the SPDX ids of the licences a text holds, and none for words
// it does not know: a wrong id is worse than none.
func licenceIDs(text string) []string {
	plain := regexp.MustCompile(`[\s*#>/]+`).ReplaceAllString(strings.ToLower(text), " ")
	var ids []string
	if strings.Contains(plain, "apache license") && strings.Contains(plain, "version 2.0") {
		ids = append(ids, "Apache-2.0")
	}
	if strings.Contains(plain, "redistribution and use in source and binary forms") {
		if regexp.MustCompile(`neither the names? of|names? of .{0,120} may (not )?be used to endorse`).MatchString(plain) {
			ids = append(ids, "BSD-3-Clause")
		} else {
			ids = append(ids, "BSD-2-Clause")
		}
	}
	if strings.Contains(plain, "permission is hereby granted, free of charge") {
		ids = append(ids, "MIT")
	}
	if strings.Contains(plain, "permission to use, copy, modify, and or distribute this software for any purpose") {
		ids = append(ids, "ISC")
	}
	if strings.Contains(plain, "mozilla public license") && strings.Contains(plain, "2.0") {
		ids = append(ids, "MPL-2.0")
	}
	return ids
}

// standardLibrary is the key of the licence that is no module's.
const standardLibrary = "std"

// thirdParty is the text that the licences of the linked modules ask to go with
// every copy. A module without a licence text stops the release.
func thirdParty(info *debug.BuildInfo, licences map[string]string) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("domaincheck is linked with the standard library of Go and the modules below.\n")
	add := func(name, text string) error {
		if text = strings.TrimSpace(text); text == "" {
			return fmt.Errorf("%s has no licence file", name)
		}
		fmt.Fprintf(&out, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), name, text)
		return nil
	}
	if err := add("Go "+strings.TrimPrefix(info.GoVersion, "go"), licences[standardLibrary]); err != nil {
		return nil, err
	}
	for _, m := range linked(info) {
		if err := add(m.Path+" "+m.Version, licences[m.Path+"@"+m.Version]); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
