// Command house draws the architecture from the real imports: every package of
// the module on its floor, and an arrow to each package it leans on (only the
// arrows that no longer path implies). docs/architecture.md shows the drawing.
//
//	go run ./bench/house > docs/house.svg
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// The floors, from the ground up, with what each is for. A package that stands
// on none of them is an error: the drawing is never silently incomplete.
func floors() []floor {
	return []floor{
		{"words", []string{"domaincheck"}},
		{"tables", []string{"icp", "tldlist", "registrars", "providers", "holder", "inventory"}},
		{"judgement", []string{"rules", "watch", "risk", "alert", "desk", "lab"}},
		{"observers", []string{"netguard", "whoischeck", "dnscheck", "sitecheck", "recordcheck"}},
		{"one check", []string{"check"}},
		{"memory", []string{"store"}},
		{"motion", []string{"scheduler", "notify", "cluster"}},
		{"face", []string{"config", "present", "web"}},
		{"daemon", []string{"app", "heap"}},
		{"commands", []string{"cmd/domaincheck"}},
	}
}

type floor struct {
	name     string
	packages []string
}

func main() {
	if err := draw(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
		os.Exit(1)
	}
}

func draw(w io.Writer) error {
	imports, err := read()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, picture(reduce(imports)))
	return err
}

// read gives the imports of ours of each package that ships, by house name.
func read() (map[string][]string, error) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Name,Imports", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	known := map[string]bool{}
	for _, f := range floors() {
		for _, p := range f.packages {
			known[p] = true
		}
	}
	all := map[string][]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Name string
			Imports          []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		name := house(p.ImportPath)
		if p.Name == "main" && !known[name] || strings.HasSuffix(p.Name, "test") || strings.HasPrefix(name, "zz_") {
			continue // generators, test equipment
		}
		if !known[name] {
			return nil, fmt.Errorf("package %s stands on no floor", p.ImportPath)
		}
		all[name] = nil
		for _, i := range p.Imports {
			if to := house(i); known[to] && to != name {
				all[name] = append(all[name], to)
			}
		}
	}
}

func house(path string) string { return strings.TrimPrefix(path, "domaincheck/") }

// reduce leaves out an arrow where another way leads to the same place.
func reduce(imports map[string][]string) map[string][]string {
	var reach func(from, to string) bool
	reach = func(from, to string) bool {
		return slices.ContainsFunc(imports[from], func(next string) bool { return next == to || reach(next, to) })
	}
	short := map[string][]string{}
	for from, list := range imports {
		for _, to := range list {
			if !slices.ContainsFunc(list, func(other string) bool { return other != to && reach(other, to) }) {
				short[from] = append(short[from], to)
			}
		}
	}
	return short
}

const (
	width, left   = 1040, 120
	boxH, floorH  = 34, 78
	colours       = "#1d4ed8 #0f766e #7c3aed #b45309 #be123c #475569 #0369a1 #4d7c0f #9f1239 #334155"
	fontFamily    = "system-ui, 'Noto Sans', sans-serif"
	paper, ink    = "#ffffff", "#0f172a"
	quiet, strand = "#64748b", "#94a3b8"
)

type place struct{ x, y, w int }

// picture is the drawing: the ground floor at the bottom.
func picture(arrows map[string][]string) string {
	all := floors()
	height := len(all)*floorH + 40
	at := map[string]place{}
	var boxes, lines strings.Builder
	colour := strings.Fields(colours)
	for n, f := range all {
		y := height - 20 - (n+1)*floorH + (floorH-boxH)/2
		fmt.Fprintf(&boxes, "<text x=\"16\" y=\"%d\" fill=\"%s\" font-size=\"13\">%d %s</text>\n", y+boxH/2+5, quiet, n, html.EscapeString(f.name))
		room := (width - left - 20) / len(f.packages)
		for i, p := range f.packages {
			w := min(room-18, 170)
			x := left + i*room + (room-w)/2
			if len(f.packages) == 1 {
				x += (n%3 - 1) * 230 // lone boxes step aside, so that long arrows pass
			}
			at[p] = place{x, y, w}
			fmt.Fprintf(&boxes, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"%s\"/>\n", x, y, w, boxH, colour[n%len(colour)])
			fmt.Fprintf(&boxes, "<text x=\"%d\" y=\"%d\" fill=\"#fff\" font-size=\"14\" text-anchor=\"middle\">%s</text>\n", x+w/2, y+boxH/2+5, html.EscapeString(p))
		}
	}
	for _, f := range all {
		for _, from := range f.packages {
			a, known := at[from]
			targets := slices.Sorted(slices.Values(arrows[from]))
			for _, to := range targets {
				b := at[to]
				if !known || b == (place{}) {
					continue
				}
				x1, y1, x2, y2 := a.x+a.w/2, a.y+boxH, b.x+b.w/2, b.y
				if a.y == b.y { // neighbours on one floor
					y2 = b.y + boxH
				}
				mid := (y1 + y2) / 2
				if a.y == b.y {
					mid = y1 + 22
				}
				fmt.Fprintf(&lines, "<path d=\"M%d %dC%d %d %d %d %d %d\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.4\" marker-end=\"url(#tip)\"/>\n", x1, y1, x1, mid, x2, mid, x2, y2, strand)
			}
		}
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="%s" role="img" aria-label="The packages of domaincheck on their floors">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="%s"/></marker></defs>
<rect width="%d" height="%d" fill="%s"/>
<text x="16" y="24" fill="%s" font-size="15" font-weight="600">domaincheck: arrows point down only</text>
%s%s</svg>
`, width, height, fontFamily, strand, width, height, paper, ink, lines.String(), boxes.String())
}
