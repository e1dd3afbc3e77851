// Command testlog reads the output of `go test -json` on standard input, prints
// a line a package and the full output of what failed, and closes with the
// slowest tests and the totals. It ends with status 1 if a test failed, was skipped, or none ran: a
// skipped test has shown nothing.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

func main() {
	output := map[string][]string{}
	var passed, failed, skipped int
	var bad []string
	var slow []event
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text())
			continue
		}
		key := e.Package + e.ImportPath + "\x00" + e.Test
		switch e.Action {
		case "output", "build-output":
			output[key] = append(output[key], e.Output)
		case "pass":
			delete(output, key)
			if e.Test != "" {
				passed++
				if e.Elapsed >= 5 && !strings.Contains(e.Test, "/") {
					slow = append(slow, e)
				}
			} else {
				fmt.Printf("ok    %-36s %6.1fs\n", e.Package, e.Elapsed)
			}
		case "skip":
			if e.Test != "" {
				skipped++
				bad = append(bad, key)
			}
		case "fail", "build-fail":
			if e.Test != "" {
				failed++
			} else {
				fmt.Printf("FAIL  %-36s %6.1fs\n", e.Package, e.Elapsed)
			}
			bad = append(bad, key)
		}
	}
	slices.Sort(bad)
	for _, key := range bad {
		fmt.Printf("--- %s\n%s", strings.ReplaceAll(key, "\x00", " "), strings.Join(output[key], ""))
	}
	slices.SortFunc(slow, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	for _, e := range slow[:min(len(slow), 25)] {
		fmt.Printf("slow  %-36s %6.1fs %s\n", e.Package, e.Elapsed, e.Test)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if len(bad) > 0 || passed == 0 {
		os.Exit(1)
	}
}
